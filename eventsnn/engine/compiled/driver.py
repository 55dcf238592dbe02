"""A run of the compiled engine: chunk after chunk of windows, and between them a look at the world outside.

A chunk is some hundredths of a second of work. Its beginning is kept, so that it can be done again: with more room
where there was too little; or up to the window in which something came up that only the reference engine can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np

from ..._jit import find_compiler, kept
from ...synapses.flight import Flight
from ..flights import Flights
from ..machine import Machine
from ..reference import Control
from ..takers import Taker, find_taker
from .arrivals import DONE, HANDOVER, NO_ARRIVALS, NO_CHANGES, NO_ENTRIES, NO_INPUTS, NO_ITEMS, NO_SPIKES
from .beginning import begin_solo, begin_trains
from .calendar import SHORTER, copy_of, enlarged, entries_of, make_calendar, put_entry, window_of
from .inputs import BATCH
from .instants_run import Instants
from .many_beginning import begin_many, room_for_many
from .memory import teach_compiler
from .plastic_survey import needs_instants
from .poisson import advance_trains, is_poisson
from .survey import survey
from .tables import SINCE, SINCE_LOW, UNTIL, UNTIL_LOW, Found, Room, State, X
from .team import Team
from .windows import advance_windows, advance_windows_of_all

#: So much is done in a chunk: arrivals, inputs, visits and spikes. The first chunks are smaller, as they find out how
#: much room is needed.
BUDGET, FIRST = 2_000_000, 1 << 16

#: After a hand-over the reference engine goes on for so long at first, in units of a window.
SPAN = 1.0

#: So many buckets a calendar has at most: what comes later than that shares them, and waits there for its turn.
BUCKETS = 1 << 16

#: Windows are so much longer than instants are apart at least; shorter delays are left to the reference engine.
COARSE = 1024.0

#: Where no delay says how long a window is, about so much happens in it.
CROWDED = 1 << 19

#: And so much at each neuron, whose inputs should stay in the processor's cache.
SERVED = 1 << 11

#: How often a neuron is taken to fire then [1/ms].
USUAL_RATE = 0.05

#: So many spikes of stimuli are made ahead at a time.
STRETCH = 1_000_000


class Outcome(NamedTuple):
    """How far a run came.

    Attributes
    ----------
    reached : float [ms]
        Everything before is done, nothing later.
    why : 'end', 'stopped' or 'handover'
        At a hand-over the reference engine has to go on for a while.
    """

    reached: float
    why: str


def advance(machine: Machine, end: float, control: Control, threads: int = 1) -> Outcome:
    """Handle every event before `end`, with the bits of the reference engine.

    Parameters
    ----------
    machine : Machine
        Without obstacles; to be left afterwards, as what it has predicted is out of date.
    threads : int
        How many share the neurons of a window.
    """
    if find_compiler() is not None:
        teach_compiler()
    with np.errstate(all="ignore"):
        run = _Run(machine, control.now, end, threads)
        # whose threshold was moved is brought to the present, and recorded so
        run.leave_neurons()
        for part in machine.cells:
            part.record_all(control.now)
        outcome = run.go(control)
    if run.team is not None:
        run.team.close()
    run.leave(outcome.reached)
    return outcome


@dataclass
class _Kept:
    """The beginning of a chunk."""

    state: State
    tally: np.ndarray
    instants: Any


class _Run:
    """One stretch of a run."""

    def __init__(self, machine: Machine, now: float, end: float, threads: int) -> None:
        self.machine, self.now, self.end = machine, now, end
        for emitter in machine.emitters:
            # what it has looked at ahead is looked at again
            emitter.source._rewind()
            if is_poisson(emitter.source._trains):
                emitter.source._trains.enter()
        self.laid = laid = survey(machine)
        owned = {id(emitter) for emitter, _, _ in laid.private}
        self.open = [emitter for emitter in machine.emitters if id(emitter) not in owned and emitter.source.active]
        self.numbers = {id(emitter): number for number, emitter in enumerate(machine.emitters, len(machine.cells))}
        # stimuli are asked for their spikes up to here, and for so long ahead
        self.asked, self.stretch = now, max((end - now) / 64.0, np.spacing(end) * 1024.0)
        self.to_record: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.tally = np.zeros(4, np.int64)
        self.budget = min(FIRST, BUDGET)
        # in place of the loop over windows, where that cannot take the network
        self.instants = Instants(machine, laid) if needs_instants(machine) else None
        self._ask_stimuli()
        n, longest = len(laid.state.wake), laid.longest
        flights = machine.flights.left()
        for _, flight in flights:
            longest = max(longest, max(flight.instants or [flight.instant]) - now)
        self.span = self._window()
        self.per_ms = 1.0 / self.span
        self.tally[3] = window_of(now, self.per_ms)
        self.state = laid.state._replace(calendar=make_calendar(int(min(longest * self.per_ms + 4.0, BUCKETS)), 256))
        self.work = room_for_many(laid.net, laid.width)
        # threads share neurons in windows only
        self.team = Team(threads, bool(self.work)) if threads > 1 and self.instants is None else None
        parts = 1 if self.team is None else threads
        self.room = _make_room(n, parts, items=1 << 14, arrivals=1 << 17, inputs=1 << 13, work=self.work)
        spikes = int(min(4.0 * USUAL_RATE * n * self.span, float(BUDGET)))
        self.found = _make_found(parts, max(1 << 14, spikes), 1 << 12, laid.width)
        self.takers = self._find_takers()
        self.inverse: dict[int, np.ndarray] = {}
        for rank, flight in flights:
            self._take_flight(rank, flight)
        if self.instants is not None:
            self.instants.take_arrivals(self.state.calendar)
        kept(begin_solo)(laid.net, self.state, laid.width, now)
        if self.work:
            kept(begin_many)(laid.net, self.state, self.room.work[0], laid.width, now)
        kept(begin_trains)(laid.net, self.state)

    def _window(self) -> float:
        """Return how long windows are [ms]."""
        if self.laid.shortest < inf:
            return max(self.laid.shortest * (1.0 - SHORTER), np.spacing(self.end) * COARSE)
        state, ahead = self.laid.state, self.asked - self.now
        rate = float(state.trains.slope.sum()) + len(self.stimuli[0]) / ahead + USUAL_RATE * len(state.wake)
        return max(
            min(self.end - self.now, min(CROWDED, SERVED * len(state.wake)) / rate), np.spacing(self.end) * COARSE
        )

    def _find_takers(self) -> dict[int, list[Taker]]:
        """Return what records the spikes of each group and stimulus."""
        found: dict[int, list[Taker]] = {}
        for monitor in self.machine.monitors:
            taker = find_taker(monitor)
            if taker is not None:
                found.setdefault(id(monitor._group), []).append(taker)
        return found

    def _take_flight(self, rank: int, flight: Flight) -> None:
        """Put a spike that is on its way into the calendar."""
        unsorted, places = self.machine.projections[rank].fan.unsorted, flight.numbers[flight.place :]
        if unsorted is not None:
            if rank not in self.inverse:
                self.inverse[rank] = np.argsort(unsorted, kind="stable")
            places = self.inverse[rank][places]
        if flight.instants is None and (np.diff(places) == 1).all():
            self._put(flight.instant, rank, int(places[0]), int(places[-1]) + 1)
            return
        instants = [flight.instant] * len(places) if flight.instants is None else flight.instants[flight.place :]
        for place, instant in zip(places.tolist(), instants, strict=True):
            self._put(instant, rank, place, place + 1)

    def _put(self, instant: float, *entry: Any) -> None:
        while not put_entry(self.state.calendar, window_of(instant, self.per_ms), instant, *entry):
            self.state = self.state._replace(calendar=enlarged(self.state.calendar))

    # --- going on -------------------------------------------------------------------------------------------------

    def go(self, control: Control) -> Outcome:
        """Go to the end, unless something comes between."""
        while self.now < self.end:
            self._ask_stimuli()
            is_handed_over = self._take_chunk()
            self._record()
            control.poll(self.now)
            if is_handed_over:
                return Outcome(self.now, "handover")
            if control.stopped:
                return Outcome(self.now, "stopped")
        return Outcome(self.end, "end")

    def _take_chunk(self) -> bool:
        """Go on for a while; return whether the reference engine has to take over."""
        before, limit, budget, is_handed_over = self._keep(), min(self.end, self.asked), self.budget, False
        self.budget = min(4 * self.budget, BUDGET)
        while True:
            status, reached = self._loop(limit, budget)
            if status == DONE:
                self.now = reached
                return is_handed_over
            self._go_back(before)
            if status != HANDOVER:
                self._make_room(status)
                # the calendar may have become larger
                before = self._keep()
                continue
            if reached <= self.now:
                return True
            # once more, up to there
            limit, budget, is_handed_over = reached, 1 << 62, True

    def _loop(self, limit: float, budget: int) -> tuple[int, float]:
        if self.instants is not None:
            return self.instants.advance(self.state, self.found, self.stimuli, limit, budget, self.tally)
        laid, work = self.laid, (self.state, self.found, self.room, self.stimuli)
        loop = advance_windows_of_all if self.work else advance_windows
        advance_all = kept(loop) if self.team is None else self.team.advance
        return advance_all(laid.net, *work, laid.width, self.per_ms, limit, budget, self.tally)

    def _keep(self) -> _Kept:
        instants = None if self.instants is None else self.instants.keep()
        return _Kept(_copy_of(self.state), self.tally.copy(), instants)

    def _go_back(self, before: _Kept) -> None:
        self.state = _copy_of(before.state)
        self.tally[:] = before.tally
        self.found.spikes[:] = self.found.changes[:] = self.found.inputs[:] = 0
        self.room.first[:] = -1
        if self.instants is not None:
            self.instants.go_back(before.instants)

    def _make_room(self, status: int) -> None:
        """Make more room where there was too little."""
        room, found = self.room, self.found
        items, arrivals, inputs = len(room.time), len(room.item), room.instants.shape[1]
        spikes, changes = found.time.shape[1], found.change.shape[1]
        if status == NO_ENTRIES:
            self.state = self.state._replace(calendar=enlarged(enlarged(self.state.calendar)))
        elif status in (NO_SPIKES, NO_CHANGES):
            spikes *= 4 if status == NO_SPIKES else 1
            changes *= 4 if status == NO_CHANGES else 1
            self.found = _make_found(len(found.spikes), spikes, changes, self.laid.width)
        elif self.instants is not None:
            self.instants.make_room()
        else:
            items *= 4 if status == NO_ITEMS else 1
            arrivals *= 4 if status == NO_ARRIVALS else 1
            inputs *= 4 if status == NO_INPUTS else 1
            self.room = _make_room(len(room.first), len(found.spikes), items, arrivals, inputs, self.work)

    def _ask_stimuli(self) -> None:
        """Have spikes of the stimuli ready for a stretch to come."""
        if self.now < self.asked:
            return
        self.asked, made = min(self.end, self.now + self.stretch), 0
        columns = [(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))]
        for emitter in self.open:
            number = self.numbers[id(emitter)]
            times, neurons = emitter.source._take_before(self.asked, advance_trains)
            self.to_record[id(emitter.source)] = times, neurons
            columns.append((times, neurons + self.laid.first[number], np.full(len(times), number)))
            made += len(times)
        times, senders, groups = (np.concatenate(column) for column in zip(*columns, strict=True))
        order = np.argsort(times, kind="stable")
        self.stimuli = times[order], senders[order].astype(np.int64), groups[order].astype(np.int64)
        self.tally[0] = 0
        # the next stretch gives about as many as are wanted
        self.stretch *= min(max(STRETCH / max(made, 1), 0.1), 10.0)

    # --- what was found -------------------------------------------------------------------------------------------

    def _record(self) -> None:
        """Hand what was found over to monitors, and what stimuli have sent meanwhile."""
        found, first = self.found, self.laid.first
        times = np.concatenate([found.time[part, :count] for part, count in enumerate(found.spikes)])
        neurons = np.concatenate([found.neuron[part, :count] for part, count in enumerate(found.spikes)])
        if self.instants is None:
            times, neurons = in_order(times, neurons)
        for number, part in enumerate(self.machine.cells):
            takers = self.takers.get(id(part.group), ())
            if takers:
                mine = (neurons >= first[number]) & (neurons < first[number + 1])
                is_all = bool(mine.all())
                own = (times, neurons - first[number]) if is_all else (times[mine], neurons[mine] - first[number])
                for taker in takers:
                    taker(*own)
        for emitter in self.open:
            times, neurons = self.to_record[id(emitter.source)]
            count = int(np.searchsorted(times, self.now, side="left"))
            for taker in self.takers.get(id(emitter.source), ()):
                taker(times[:count], neurons[:count])
            self.to_record[id(emitter.source)] = times[count:], neurons[count:]
        self._record_changes()
        if self.instants is not None:
            self.instants.record()
        found.spikes[:] = found.changes[:] = 0

    def _record_changes(self) -> None:
        """Write the segments of recorded neurons on their tapes."""
        if not self.found.changes.any():
            return
        rows = np.concatenate([self.found.change[p, :count] for p, count in enumerate(self.found.changes)])
        rows = rows[np.argsort(rows[:, 1], kind="stable")]
        first = self.laid.first
        for number, part in enumerate(self.machine.cells):
            m, scope = len(part.store.states), part.model.scope
            mine = rows[(rows[:, 0] >= first[number]) & (rows[:, 0] < first[number + 1])]
            for g, start, lastspike, since, since_low, until, until_low, *x in mine.tolist():
                k = int(g) - first[number]
                for tape in part.tapes:
                    if k in tape.tracks:
                        parameters = part.store.parameters
                        own = (float(parameters[name][k if len(parameters[name]) > 1 else 0]) for name in tape.extras)
                        times = (since, since_low, until, until_low)
                        tape.add(k, start, (*times, tuple(x[:m]), part.courses[k], (lastspike, *own), scope))

    # --- the end --------------------------------------------------------------------------------------------------

    def leave_neurons(self) -> None:
        """Put the neurons back where they belong."""
        laid, state = self.laid, self.state
        rows = state.rows.reshape(-1, laid.width)
        for number, part in enumerate(self.machine.cells):
            own, store = slice(laid.first[number], laid.first[number + 1]), part.store
            store.state[:] = rows[own, X : X + len(store.states)].reshape(-1)
            store.since[:], store.since_low[:] = rows[own, SINCE], rows[own, SINCE_LOW]
            store.until[:], store.until_low[:] = rows[own, UNTIL], rows[own, UNTIL_LOW]
            store.lastspike[:] = state.lastspike[own]

    def leave(self, reached: float) -> None:
        """Put everything back where it belongs."""
        laid, state = self.laid, self.state
        self.leave_neurons()
        for emitter, trains, place in laid.private:
            mine = slice(place, place + len(emitter.source))
            fired = trains.count != state.trains.count[mine]
            for name in _TRAIN_COLUMNS:
                getattr(trains, name)[:] = getattr(state.trains, name)[mine]
            trains.age[fired], trains.is_first[fired] = 0.0, False
            trains.now = reached
        for emitter in self.open:
            emitter.source._give_back(reached)
        if self.instants is not None:
            self.state = self.state._replace(calendar=self.instants.calendar())
        self._leave_flights()

    def _leave_flights(self) -> None:
        flights = []
        for instant, rank, begin, end in entries_of(self.state.calendar):
            projection = self.machine.projections[rank]
            fan = projection.fan
            numbers = np.arange(begin, end) if fan.unsorted is None else np.array(fan.unsorted[begin:end])
            neuron = int(np.searchsorted(fan.starts, begin, side="right")) - 1 + projection.first
            flights.append((rank, Flight(instant, neuron, numbers)))
        self.machine.flights = Flights(flights)


_TRAIN_COLUMNS = ("count", "next", "origin", "left")


def _copy_of(state: State) -> State:
    trains = state.trains._replace(**{name: getattr(state.trains, name).copy() for name in _TRAIN_COLUMNS})
    columns = {name: getattr(state, name).copy() for name in ("rows", "lastspike", "wake", "earliest")}
    return state._replace(**columns, calendar=copy_of(state.calendar), trains=trains)


def _make_room(n: int, parts: int, items: int, arrivals: int, inputs: int, work: int = 0) -> Room:
    return Room(
        time=np.empty(items),
        rank=np.empty(items, np.int32),
        begin=np.empty(items, np.int64),
        end=np.empty(items, np.int64),
        weight=np.empty(items),
        item=np.empty(arrivals, np.int32),
        value=np.empty(arrivals),
        following=np.empty(arrivals, np.int32),
        first=np.full(n, -1, np.int32),
        count=np.zeros(n, np.int32),
        todo=np.empty(n, np.int32),
        instants=np.empty((parts, inputs)),
        weights=np.empty((parts, inputs)),
        variables=np.empty((parts, inputs if work else 1), np.int32),
        items=np.empty((parts, inputs), np.int32),
        offsets=np.zeros((parts, BATCH + 1), np.int64),
        woken=np.empty((parts, BATCH)),
        drawn=np.empty((parts, inputs)),
        scratch=np.empty((parts, 64)),
        work=np.zeros((parts, work)),
    )


def _make_found(parts: int, spikes: int, changes: int, width: int) -> Found:
    return Found(
        time=np.empty((parts, spikes)),
        neuron=np.empty((parts, spikes), np.int32),
        spikes=np.zeros(parts, np.int64),
        change=np.empty((parts, changes, width)),
        changes=np.zeros(parts, np.int64),
        inputs=np.zeros(parts, np.int64),
    )


def in_order(times: np.ndarray, neurons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return spikes as they are recorded: by time, those of one instant in rounds, in each round by neuron."""
    order = np.argsort(times)
    ordered = times[order]
    if (ordered[1:] > ordered[:-1]).all():
        return ordered, neurons[order]
    order = np.lexsort((neurons, times))
    times, neurons = times[order], neurons[order]
    # who fires twice at one instant does so in two rounds
    again = (times[1:] == times[:-1]) & (neurons[1:] == neurons[:-1])
    if not again.any():
        return times, neurons
    place = np.arange(len(times))
    starts = np.concatenate([[True], ~again])
    rounds = place - np.maximum.accumulate(np.where(starts, place, 0))
    order = np.lexsort((neurons, rounds, times))
    return times[order], neurons[order]
