"""From a machine to the tables that compiled loops work on; or why they cannot.

`find_obstacle` looks quickly, before anything is laid out: it names the first thing that only the reference engine
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...groups.poisson import PoissonGroup
from ...groups.poissoninput import PoissonInput
from ...monitors import EventMonitor, PopulationRateMonitor, SpikeMonitor, StateMonitor
from ...monitors.base import Monitor
from ...stimuli.renewal import RenewalTrains
from ..cells import Cells
from ..clocked import ClockedCells
from ..emitter import Emitter
from ..machine import Machine
from ..pathway_code import plain_parameter
from ..projection import Projection
from .calendar import make_calendar
from .courses import find_obstacle_of_system, lay_out_laws
from .memory import address_of
from .plastic_survey import find_obstacle as find_obstacle_in_text
from .plastic_survey import is_static, needs_instants
from .poisson import is_poisson
from .spike_texts import find_obstacle_at_spikes
from .tables import (
    COURSE,
    CROWD,
    DRIVEN,
    DUE,
    SEPARATE,
    SINCE,
    SINCE_LOW,
    UNTIL,
    UNTIL_LOW,
    Laws,
    Net,
    State,
    Trains,
    Ways,
    X,
)


def find_obstacle(machine: Machine) -> str | None:
    """Return what in a network the compiled engine cannot take, and why; None where there is nothing."""
    checks = (
        *(_of_group(part) for part in machine.cells),
        *(_of_pathway(projection, machine) for projection in machine.projections),
        *(_of_monitor(monitor) for monitor in machine.monitors),
    )
    return next((reason for reason in checks if reason), None)


def _of_group(cells: Cells) -> str | None:
    name, model = f"group '{cells.group.name}'", cells.model
    if isinstance(cells, ClockedCells):
        return f"{name} runs on the clock"
    if cells.watchers or model.events:
        return f"{name} has custom events"
    if cells.renews:
        return f"{name}: spikes or inputs change parameters that its equations or its threshold use"
    if np.min(model.until, initial=np.inf) < np.inf:
        return f"{name} is driven in steps of time"
    if model.recovery is not None:
        return f"{name} has a refractory condition, not a refractory time"
    search = model.threshold
    if search is not None and (len(search.leaves) > 1 or search.leaves[0].variable < 0):
        return f"{name} has a threshold that is not one variable against a level"
    if cells.records_all:
        return f"{name} has a recorded variable that all neurons share, and spikes change it"
    return find_obstacle_of_system(cells) or find_obstacle_at_spikes(cells)


def _of_pathway(projection: Projection, machine: Machine) -> str | None:
    synapses, pathway = projection.synapses, projection.pathway
    name = f"{synapses._owner}, {pathway._where}"
    if pathway.event != "spike":
        return f"{name}: waits for custom events"
    return find_obstacle_in_text(projection, machine)


def _of_monitor(monitor: Monitor) -> str | None:
    name = f"{type(monitor).__name__} '{monitor.name}'"
    if isinstance(monitor, SpikeMonitor) and monitor.accuracy:
        return f"{name} records the accuracy of spikes"
    if isinstance(monitor, EventMonitor):
        return f"{name} records variables with every spike" if monitor.variables else None
    if isinstance(monitor, PopulationRateMonitor | StateMonitor):
        return None
    return f"{name} is not known"


@dataclass
class Survey:
    """A network laid out.

    Attributes
    ----------
    net : Net
    state : State
    width : int
        Of a neuron's row.
    first : list of int
        The number of the first neuron of each group, in the order of the machine, and behind them those of the senders
        of each stimulus.
    private : list of (Emitter, RenewalTrains, int)
        Stimuli whose spikes are made where they act, with the place of their columns.
    shortest, longest : float [ms]
        Delays from neurons to neurons, and of all.
    kept : list
        What is kept alive for its address.
    """

    net: Net
    state: State
    width: int
    first: list[int]
    private: list[tuple[Emitter, RenewalTrains, int]]
    shortest: float
    longest: float
    kept: list = field(default_factory=list)


def survey(machine: Machine) -> Survey:
    """Lay out a machine that has no obstacles."""
    cells, n_groups = machine.cells, len(machine.cells)
    sizes = [*(part.store.n for part in cells), *(len(emitter.source) for emitter in machine.emitters)]
    first = [0, *np.cumsum(sizes).tolist()]
    n = first[n_groups]
    width = X + max((len(part.store.states) for part in cells), default=1)
    width += -width % 4
    kept: list = []
    laws, linear, courses = lay_out_laws(cells)
    numbers = {id(part): number for number, part in enumerate([*cells, *machine.emitters])}
    # in the loop over instants nothing is private
    private = [] if needs_instants(machine) else [e for e in machine.emitters if _is_private(e, machine)]
    hidden = {id(emitter) for emitter in private}
    ways, delays = _lay_out_ways(machine, first, numbers, hidden, kept)
    trains, owned = _lay_out_trains(machine, private, first, numbers)
    for number in np.flatnonzero(np.diff(trains.first_train) > 1).tolist():
        # the quiet make one train where it acts, and not several
        laws.quiet[courses[first[number] : first[number + 1]].astype(np.int64)] = 0
    rows = np.zeros((n, width))
    for number, part in enumerate(cells):
        store, rest = part.store, rows[first[number] : first[number + 1]]
        rest[:, SINCE], rest[:, SINCE_LOW] = store.since, store.since_low
        rest[:, UNTIL], rest[:, UNTIL_LOW] = store.until, store.until_low
        rest[:, X : X + len(store.states)] = store.state.reshape(store.n, -1)
        rest[:, DUE] = np.inf
    rows[:, COURSE] = courses
    state = State(
        rows=rows.reshape(-1),
        lastspike=np.concatenate([part.store.lastspike for part in cells]) if cells else np.empty(0),
        wake=np.full(n, np.inf),
        earliest=np.full(-(-n // CROWD), np.inf),
        # the driver knows how large it has to be
        calendar=make_calendar(1, 1),
        trains=trains,
    )
    is_recorded = np.zeros(n, bool)
    for number, part in enumerate(cells):
        for tape in part.tapes:
            is_recorded[first[number] + np.array([*tape.tracks], np.int64)] = True
    sends = np.diff(ways.first_way) > 0
    group_of = np.repeat(np.arange(n_groups, dtype=np.int32), sizes[:n_groups])
    net = Net(laws, linear, ways, group_of, is_recorded, sends, _kinds_of_neurons(laws))
    among = [d for from_neuron, low, _ in delays if from_neuron for d in (low,)]
    return Survey(
        net=net,
        state=state,
        width=width,
        first=first,
        private=owned,
        shortest=min(among, default=np.inf),
        longest=max((high for _, _, high in delays), default=0.0),
        kept=kept,
    )


def _kinds_of_neurons(laws: Laws) -> np.ndarray:
    is_one, is_driven = (laws.family == SEPARATE) & (laws.m == 1), laws.family == DRIVEN
    return np.array([is_one.any(), is_driven.any(), not (is_one | is_driven).all()])


# --- where spikes go --------------------------------------------------------------------------------------------------


def _lay_out_ways(
    machine: Machine, first: Sequence[int], numbers: dict[int, int], hidden: set[int], kept: list
) -> tuple[Ways, list[tuple[bool, float, float]]]:
    """Return the pathways by rank; and of each whether neurons send through it, and its delays."""
    parts = {id(part.group): part for part in machine.cells} | {id(e.source): e for e in machine.emitters}
    columns: dict[str, Any] = {name: [] for name in Ways._fields}
    ranks: dict[int, list[int]] = {}
    delays = []

    def hold(array: Any, dtype: type) -> int:
        array = np.ascontiguousarray(array, dtype)
        kept.append(array)
        return address_of(array)

    for projection in machine.projections:
        fan, pathway = projection.fan, projection.pathway
        sender = parts[id(projection.sends_from.whole)]
        number, target, variable = numbers[id(sender)], 0, 0
        values, constant = None, 0.0
        if is_static(projection, machine):
            target = first[numbers[id(projection.post.cells)]] + projection.post.offset
            variable = projection.post.states.index(projection.written.ports[0].name)
            values, constant = _values_of(projection)
        pairs, size = projection.synapses._pairs, len(projection.synapses)
        columns["first"].append(first[number] + projection.first)
        columns["stop"].append(first[number] + projection.stop)
        columns["starts"].append(hold(fan.starts, np.int64))
        columns["numbers"].append(0 if fan.unsorted is None else hold(fan.unsorted, np.int32))
        columns["post"].append(hold(pairs.post, np.int32))
        columns["size"].append(size)
        columns["target"].append(target)
        columns["variable"].append(variable)
        is_one = np.ndim(fan.delays) == 0
        columns["delays"].append(0 if is_one else hold(fan.delays, np.float64))
        columns["delay"].append(float(fan.delays) if is_one else np.nan)
        columns["weights"].append(0 if values is None else hold(values, np.float64))
        columns["weight"].append(constant)
        # spikes on their way arrive, whether it still takes up others or not
        if pathway.active and id(sender) not in hidden and size:
            ranks.setdefault(number, []).append(projection.rank)
            delays.append((sender in machine.cells, float(np.min(fan.delays)), float(np.max(fan.delays))))
    groups = len(first) - 1
    lists = [ranks.get(number, []) for number in range(groups)]
    columns["first_way"] = np.cumsum([0, *map(len, lists)])
    columns["way"] = [rank for ranks_of_one in lists for rank in ranks_of_one]
    kinds = {name: np.float64 if name in ("delay", "weight") else np.int64 for name in columns}
    return Ways(**{name: np.array(values, kinds[name]) for name, values in columns.items()}), delays


def _values_of(projection: Projection) -> tuple[np.ndarray | None, float]:
    """Return what each synapse adds, by its number; or None, and what all of them do."""
    (port,), synapses = projection.written.ports, projection.synapses
    plain = plain_parameter(port, synapses)
    if plain is not None:
        values = synapses._store.parameters[plain].astype(np.float64, copy=False)
    else:
        given = projection._batch_values[0](np.arange(len(synapses)))  # type: ignore[index]
        if isinstance(given, float):
            return None, given
        values = np.array(given, dtype=np.float64)
    if len(values) and (values == values[0]).all():
        return None, float(values[0])
    return values, np.nan


# --- Poisson trains of single neurons ---------------------------------------------------------------------------------


def _is_private(emitter: Emitter, machine: Machine) -> bool:
    """Return whether the spikes of a stimulus concern one neuron each, and nobody else asks for them."""
    source, outgoing = emitter.source, machine.outgoing(emitter)
    trains = source._trains
    if emitter.sinks or len(outgoing) != 1 or not source.active or not isinstance(source, PoissonInput | PoissonGroup):
        return False
    if not is_poisson(trains):
        return False
    (projection,) = outgoing
    fan, post, n = projection.fan, projection.synapses._pairs.post, len(source)
    if np.ndim(fan.delays) or fan.delays != 0.0:
        return False
    if projection.pathway._in_flight or _values_of(projection)[0] is not None:
        return False
    return fan.unsorted is None and np.array_equal(fan.starts, np.arange(n + 1)) and np.array_equal(post, np.arange(n))


def _lay_out_trains(
    machine: Machine, private: Iterable[Emitter], first: Sequence[int], numbers: dict[int, int]
) -> tuple[Trains, list]:
    columns: dict[str, Any] = {name: [] for name in Trains._fields}
    by_group: dict[int, list[tuple[Emitter, Projection]]] = {}
    for emitter in private:
        (projection,) = machine.outgoing(emitter)
        by_group.setdefault(numbers[id(projection.post.cells)], []).append((emitter, projection))
    owned, place = [], 0
    columns["first_train"].append(0)
    for number in range(len(machine.cells)):
        for emitter, projection in by_group.get(number, ()):
            trains, n = emitter.source._trains, len(emitter.source)
            begin = first[number] + projection.post.offset
            values = {
                "lowest": begin,
                "highest": begin + n,
                "place": place,
                "variable": projection.post.states.index(projection.written.ports[0].name),
                "rank": projection.rank,
                "weight": _values_of(projection)[1],
                "key_0": trains.draws.key[0],
                "key_1": trains.draws.key[1],
            }
            for name, value in values.items():
                columns[name].append(value)
            for name in ("count", "next", "slope", "origin", "left"):
                columns[name].append(getattr(trains, name))
            owned.append((emitter, trains, place))
            place += n
        columns["first_train"].append(len(owned))
    for name in ("count", "next", "slope", "origin", "left"):
        columns[name] = np.concatenate(columns[name]) if columns[name] else np.empty(0)
    floats = ("weight", "next", "slope", "origin", "left")
    return Trains(**{k: np.array(v, np.float64 if k in floats else np.int64) for k, v in columns.items()}), owned
