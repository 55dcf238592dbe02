"""The loop over instants in a run: its desk, its room, and what of it is kept at the beginning of a chunk."""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple

import numpy as np

from ..._jit import find_compiler, kept
from ..machine import Machine
from ..projection import Projection
from . import desk as places
from .calendar import Calendar, enlarged, entries_of, make_calendar, put_entry
from .calls import address_of_kernel, teach_calls
from .deeds import put_back
from .desk import Desk
from .instants import advance_instants
from .linear_tables import scratch_of
from .moments import law_of
from .places import teach_places
from .plastic_survey import lay_out
from .several import fire_several, predict_several, show_several, take_inputs
from .spike_texts import SpikeTexts
from .survey import Survey
from .tables import SEPARATE, Found, Net, State

#: Room for arrivals and for former values at first.
ENTRIES, LOGS = 1 << 12, 1 << 21

#: Columns of the heap of arrivals.
_SOON = (places.SOON_TIME, places.SOON_RANK, places.SOON_BEGIN, places.SOON_END)


class Kept(NamedTuple):
    """The beginning of a chunk: arrays that events change, beside the state of neurons, and arrivals."""

    arrays: list[np.ndarray]
    soon: list[np.ndarray]


class Instants:
    """The loop over instants of one run.

    Parameters
    ----------
    machine : Machine
    laid : Survey
    """

    def __init__(self, machine: Machine, laid: Survey) -> None:
        if find_compiler() is not None:
            teach_places()
            teach_calls()
        self.desk, self.n = Desk(), len(laid.state.wake)
        self.variables = int(laid.net.laws.m.max(initial=1))
        lay, net, ways = self.desk.lay, laid.net, laid.net.ways
        lasts, untils = (lay(place, np.full(self.n, -inf)) for place in (places.LASTS, places.UNTILS))
        self.plasticity = lay_out(machine, laid.first, lasts, untils)
        lay(places.LAW, law_of(net.laws), np.float64)
        self._lay_systems(net)
        lay(places.STEP_KINDS, net.laws.step_kind, np.int64)
        lay(places.STEP_VALUES, net.laws.step_value, np.float64)
        lay(places.GROUP_OF, net.group_of, np.int32)
        lay(places.RECORDED, net.is_recorded, np.int64)
        lay(places.SENDS, net.sends, np.int64)
        for name in ("first_way", "way", "first", "stop", "starts", "numbers", "post", "target", "variable", "delays"):
            lay(getattr(places, name.upper()), getattr(ways, name), np.int64)
        lay(places.WEIGHTS, ways.weights, np.int64)
        lay(places.DELAY, ways.delay, np.float64)
        lay(places.WEIGHT, ways.weight, np.float64)
        for place, table in self.plasticity.tables.items():
            lay(place, table, np.int64)
        texts = SpikeTexts(machine.cells, laid.first, lasts)
        lay(places.SPIKE_TEXTS, np.array(texts.rows, np.int64))
        lay(places.SPIKE_CHECKS, np.array(texts.checks, np.int64))
        self.desk.table[places.HAS_SPIKE_TEXTS] = any(texts.rows)
        self.texts, self.changed = texts, self.plasticity.changed + texts.changed
        self._lay_numbers(laid)
        self.machine = machine
        self._make_room(ENTRIES, LOGS)

    def _lay_systems(self, net: Net) -> None:
        """Put on the desk how neurons with several variables move."""
        lay, table, laws, linear = self.desk.lay, self.desk.table, net.laws, net.linear
        lay(places.MOTION_KINDS, laws.kind, np.int64)
        for place, column in ((places.MOTION_P, laws.p), (places.MOTION_Q, laws.q), (places.MOTION_R, laws.r)):
            lay(place, column, np.float64)
        lay(places.FROZEN, laws.frozen, np.int64)
        lay(places.STEP_VARIABLES, laws.step_variable, np.int64)
        sizes = (
            (places.LINEAR_INTS, places.N_INTS, linear.ints),
            (places.LINEAR_FLOATS, places.N_FLOATS, linear.floats),
        )
        for place, size, column in (*sizes, (places.DRIVEN_ROWS, places.N_DRIVEN, linear.driven)):
            table[size] = len(lay(place, column))
        table[places.N_WORK] = len(lay(places.WORK_ROOM, scratch_of(linear)))
        lay(places.ASIDE, np.zeros(self.variables))
        if ((laws.m != 1) | (laws.family != SEPARATE)).any():
            table[places.HAS_SEVERAL] = 1
            for place, function in _OF_SEVERAL.items():
                table[place] = address_of_kernel(function)

    def _lay_numbers(self, laid: Survey) -> None:
        table, n = self.desk.table, self.n
        slots = n * self.variables
        table[places.N_NEURONS], table[places.WIDTH], table[places.VARIABLES] = n, laid.width, self.variables
        for place in (places.HEAP, places.PLACE, places.DUE_NOW, places.FIRED):
            self.desk.lay(place, np.zeros(n, np.int64))
        for place, kind in ((places.TOUCHED, np.int64), (places.IS_THERE, np.int64), (places.SUM, np.float64)):
            self.desk.lay(place, np.zeros(slots, kind))

    def _make_room(self, entries: int, logs: int) -> None:
        lay, table = self.desk.lay, self.desk.table
        for place in (places.ITEM_KEY, places.ITEM_RANK, places.ITEM_BEGIN, places.ITEM_END):
            lay(place, np.empty(entries, np.int64))
        self.columns = [lay(place, np.empty(entries, np.float64 if place == _SOON[0] else np.int64)) for place in _SOON]
        # without large objects nothing is written down
        logs = logs if len(self.plasticity.tables[places.LOG_ROWS]) else 2
        lay(places.LOG_ADDRESS, np.empty(logs, np.int64))
        lay(places.LOG_VALUE, np.empty(logs, np.int64))
        table[places.ROOM_SOON], table[places.ROOM_LOG] = entries, logs
        size, notes = (
            3 + max(map(len, self.plasticity.noted.values()), default=0),
            entries if self.plasticity.noted else 2,
        )
        self.notes = lay(places.SYNAPSE_NOTES, np.empty((notes, size), np.int64))
        table[places.SYNAPSE_NOTE], table[places.ROOM_NOTES] = size, notes

    # --- going on -------------------------------------------------------------------------------------------------

    def take_arrivals(self, calendar: Calendar) -> None:
        """Take over what is on its way."""
        entries = entries_of(calendar)
        while len(entries) > self.desk.table[places.ROOM_SOON]:
            self.make_room()
        # what is in order is a heap
        for number, column in enumerate(self.columns):
            column[: len(entries)] = [entry[number] for entry in entries]
        self.desk.table[places.N_SOON] = len(entries)

    def calendar(self) -> Calendar:
        """Return what is on its way."""
        calendar = make_calendar(1, 256)
        soon = [column[: self.desk.table[places.N_SOON]].tolist() for column in self.columns]
        for entry in zip(*soon, strict=True):
            while not put_entry(calendar, 0, *entry):
                calendar = enlarged(calendar)
        return calendar

    def advance(
        self, state: State, found: Found, stimuli: Any, end: float, budget: int, tally: Any
    ) -> tuple[int, float]:
        """Go on until `end` [ms], or until about so much is done; return a status, and the instant that was reached."""
        lay, table = self.desk.lay, self.desk.table
        for place, array in ((places.ROWS, state.rows), (places.WAKE, state.wake), (places.LASTSPIKE, state.lastspike)):
            lay(place, array)
        for place, array in zip(_FOUND, (found.time, found.neuron, found.change), strict=True):
            lay(place, array)
        for place, array in zip(_STIMULI, stimuli, strict=True):
            lay(place, array)
        table[places.N_STIMULI], table[places.N_SENT] = len(stimuli[0]), tally[0]
        table[places.ROOM_SPIKES], table[places.ROOM_CHANGES] = found.time.shape[1], found.change.shape[1]
        table[places.NOTE] = found.change.shape[2]
        table[places.N_SPIKES] = table[places.N_CHANGES] = 0
        status, reached = kept(advance_instants)(self.desk.address, end, budget)
        found.spikes[0], found.changes[0] = table[places.N_SPIKES], table[places.N_CHANGES]
        tally[0], tally[1] = table[places.N_SENT], table[places.WORK]
        return status, reached

    def record(self) -> None:
        """Write the segments of recorded synapses on their tapes."""
        for rank, k, *values in self.notes[: self.desk.table[places.N_NOTES]].tolist():
            projection, names = self.machine.projections[rank], self.plasticity.noted[rank]
            now, *numbers = np.array(values, np.int64).view(np.float64)[: 1 + len(names)].tolist()
            _record_synapse(projection, k, now, dict(zip(names, numbers, strict=True)))
        self.desk.table[places.N_NOTES] = 0

    # --- doing it again -------------------------------------------------------------------------------------------

    def keep(self) -> Kept:
        """Return copies of what the network changes, beside the state of its neurons."""
        soon = [column[: self.desk.table[places.N_SOON]].copy() for column in self.columns]
        return Kept([array.copy() for array in self.changed], soon)

    def go_back(self, before: Kept) -> None:
        """Make the beginning of the chunk the present."""
        kept(put_back)(self.desk.address)
        for mine, its in zip(self.changed, before.arrays, strict=True):
            mine[:] = its
        for column, values in zip(self.columns, before.soon, strict=True):
            column[: len(values)] = values
        self.desk.table[places.N_SOON] = len(before.soon[0])
        self.desk.lay(places.IS_THERE, np.zeros(self.n * self.variables, np.int64))

    def make_room(self) -> None:
        """Make more room, as something was too small."""
        table, before = self.desk.table, self.columns
        self._make_room(4 * int(table[places.ROOM_SOON]), 4 * int(table[places.ROOM_LOG]))
        for column, values in zip(self.columns, before, strict=True):
            column[: len(values)] = values


def _record_synapse(projection: Projection, k: int, now: float, noted: dict[str, float]) -> None:
    """Write what was noted of synapse k on the tapes that follow it; see `projection.record_synapse`."""
    synapses, store = projection.synapses, projection.synapses._store

    def value_of(name: str) -> float:
        array = store.arrays[name]
        if name not in noted:
            return float(array[k if len(array) > 1 else 0])
        return noted[name] if array.dtype.kind == "f" else float(np.float64(noted[name]).view(np.int64))

    for tape in projection.tapes:
        if k in tape.tracks:
            state, extras = tuple(map(value_of, store.states)), (0.0, *map(value_of, tape.extras))
            since = noted["lastupdate"] if store.states else now
            course = synapses._dynamics.course(k) if synapses._dynamics is not None else None
            tape.add(k, now, (since, 0.0, -inf, 0.0, state, course, extras, projection.scope))


_OF_SEVERAL = {
    places.SHOW: show_several,
    places.TAKE: take_inputs,
    places.FIRE: fire_several,
    places.PREDICT: predict_several,
}
_FOUND = (places.FOUND_TIME, places.FOUND_NEURON, places.FOUND_CHANGE)
_STIMULI = (places.STIMULUS_TIME, places.STIMULUS_SENDER, places.STIMULUS_GROUP)
