"""From a machine to the tables that compiled loops work on; or why they cannot.

`find_obstacle` looks quickly, before anything is laid out: it names the first thing that only the reference engine does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...equations.code import Function
from ...groups.poisson import PoissonGroup
from ...groups.poissoninput import PoissonInput
from ...monitors import EventMonitor, PopulationRateMonitor, SpikeMonitor, StateMonitor
from ...monitors.base import Monitor
from ...neurons.separate import SeparateDynamics
from ...stimuli.renewal import RenewalTrains
from ...synapses.names import POST
from ..cells import Cells
from ..clocked import ClockedCells
from ..emitter import Emitter
from ..machine import Machine
from ..pathway_code import plain_parameter
from ..projection import Projection
from .memory import address_of
from .poisson import is_poisson
from .resets import Step, find_steps
from .tables import (
    COURSE,
    CROWD,
    DUE,
    NO_PERIOD,
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
    if not isinstance(model.dynamics, SeparateDynamics) or len(model.dynamics.motions) != 1:
        return f"{name} has several variables"
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
    if isinstance(model.duration, Function):
        return f"{name} has a refractory time that is a formula"
    if cells.records_all:
        return f"{name} has a recorded variable that all neurons share, and spikes change it"
    return find_steps(cells)[1]


def _of_pathway(projection: Projection, machine: Machine) -> str | None:
    synapses, pathway = projection.synapses, projection.pathway
    name = f"{synapses._owner}, {pathway._where}"
    if pathway.event != "spike":
        return f"{name}: waits for custom events"
    if projection.tapes:
        return f"{name}: a StateMonitor records its synapses"
    if projection._batch_values is None or projection.written.late is not None or len(projection.written.ports) != 1:
        return f"{name}: does more than add one value that no event changes"
    port, cells = projection.written.ports[0], projection.post.cells
    if port.side != POST or cells is None or port.name not in projection.post.states:
        return f"{name}: adds to something else than a state variable of the neuron behind"
    if projection.sends_from.cells is not None and len(synapses) and pathway.shortest_delay == 0.0:
        return f"{name}: spikes of neurons arrive without a delay"
    if _changes(synapses, machine):
        return f"{name}: what it adds is changed by events"
    return None


def _changes(synapses: Any, machine: Machine) -> bool:
    """Return whether any event writes to variables of synapses."""
    return any(
        p.synapses is synapses
        and any(r.name in synapses._equations for r in p.pathway._division.writes if r.side == "")
        for p in machine.projections
    )


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
    laws, courses = _lay_out_laws(cells)
    numbers = {id(part): number for number, part in enumerate([*cells, *machine.emitters])}
    private = [e for e in machine.emitters if _is_private(e, machine)]
    hidden = {id(emitter) for emitter in private}
    ways, delays = _lay_out_ways(machine, first, numbers, hidden, kept)
    trains, owned = _lay_out_trains(machine, private, first, numbers)
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
        calendar=None,
        trains=trains,
    )
    is_recorded = np.zeros(n, bool)
    for number, part in enumerate(cells):
        for tape in part.tapes:
            is_recorded[first[number] + np.array([*tape.tracks], np.int64)] = True
    sends = np.diff(ways.first_way) > 0
    group_of = np.repeat(np.arange(n_groups, dtype=np.int32), sizes[:n_groups])
    net = Net(laws, ways, group_of, is_recorded, sends)
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


# --- how neurons move ---------------------------------------------------------------------------------------------------


def _lay_out_laws(cells: Sequence[Cells]) -> tuple[Laws, np.ndarray]:
    """Return the courses of all groups, and which one each neuron has."""
    parts: list[dict[str, np.ndarray]] = []
    courses, base = [], 0
    for part in cells:
        steps, _ = find_steps(part)
        table, which = _distinct_rows(_columns_of(part, steps))
        courses.append(base + which)
        parts.append(_courses_of(part, table, steps))
        base += len(table)
    laws = {name: np.concatenate([p[name] for p in parts]) if parts else np.empty(0) for name in Laws._fields}
    for name, many in (("row", "kind"), ("first_step", "step_kind")):
        # places in the columns of one group become places in those of all
        begins = np.cumsum([0, *(len(p[many]) for p in parts)])[:-1]
        laws[name] = np.concatenate([p[name] + begin for p, begin in zip(parts, begins, strict=True)] or [np.empty(0)])
    laws["first_step"] = np.append(laws["first_step"], len(laws["step_kind"]))
    floats = ("level", "period", "p", "q", "r", "step_value")
    columns = {name: laws[name].astype(np.float64 if name in floats else np.int64) for name in Laws._fields}
    return Laws(**columns), np.concatenate(courses) if courses else np.empty(0)


def _columns_of(part: Cells, steps: Sequence[Step]) -> np.ndarray:
    """Return all numbers in which neurons of a group can differ, a row each; shape (n, numbers)."""
    n, model = part.store.n, part.model
    columns: list[Any] = [c for motion in model.dynamics.motions for c in motion.columns()]
    levels, sides = model.threshold.columns[0] if model.threshold is not None else (0.0, 0.0)
    duration = NO_PERIOD if model.duration is None else model.duration
    columns += [levels, sides, duration, *(value for _, _, value in steps)]
    return np.stack([np.broadcast_to(np.asarray(c, float), (n,)) for c in columns], axis=1)


def _distinct_rows(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that differ, and which of them each is; all of them where nearly all differ."""
    n = len(table)
    if n == 0 or (table == table[0]).all():
        return table[:1], np.zeros(n, np.int64)
    bits = np.ascontiguousarray(table).view(np.uint64)
    weights = np.random.default_rng(0).integers(1, 2**63, table.shape[1], np.uint64) | np.uint64(1)
    _, firsts, which = np.unique((bits * weights).sum(axis=1), return_index=True, return_inverse=True)
    if (bits[firsts][which] == bits).all():
        return table[firsts], which
    return table, np.arange(n)


def _courses_of(part: Cells, table: np.ndarray, steps: Sequence[Step]) -> dict[str, np.ndarray]:
    """Return the columns of `Laws` for the courses of one group: what `_columns_of` gives of each."""
    m, search, n = len(part.store.states), part.model.threshold, len(table)
    motions = table[:, : 8 * m].reshape(n, m, 2, 4).transpose(0, 2, 1, 3).reshape(-1, 4)
    level, side, period = table[:, 8 * m : 8 * m + 3].T
    frozen = [int(j in part.frozen) for j in range(m)] * 2
    return {
        "family": np.full(n, SEPARATE),
        "m": np.full(n, m),
        "row": 2 * m * np.arange(n),
        "system": np.zeros(n),
        "leaf": np.full(n, -1 if search is None else search.leaves[0].variable),
        "upward": side,
        "strict": np.full(n, 0 if search is None else int(search.leaves[0].strict)),
        "level": level,
        "period": period,
        "first_step": len(steps) * np.arange(n),
        "kind": motions[:, 0],
        "frozen": np.tile(frozen, n),
        "p": motions[:, 1],
        "q": motions[:, 2],
        "r": motions[:, 3],
        "step_kind": np.tile([kind for kind, _, _ in steps], n),
        "step_variable": np.tile([variable for _, variable, _ in steps], n),
        "step_value": table[:, 8 * m + 3 :].reshape(-1),
    }


# --- where spikes go ----------------------------------------------------------------------------------------------------


def _lay_out_ways(
    machine: Machine, first: Sequence[int], numbers: dict[int, int], hidden: set[int], kept: list
) -> tuple[Ways, list[tuple[bool, float, float]]]:
    """Return the pathways by rank; and of each whether neurons send through it, and its delays."""
    parts = {id(part.group): part for part in machine.cells} | {id(e.source): e for e in machine.emitters}
    columns: dict[str, list] = {name: [] for name in Ways._fields}
    ranks: dict[int, list[int]] = {}
    delays = []

    def hold(array: Any, dtype: type) -> int:
        array = np.ascontiguousarray(array, dtype)
        kept.append(array)
        return address_of(array)

    for projection in machine.projections:
        fan, pathway = projection.fan, projection.pathway
        sender = parts[id(projection.sends_from.whole)]
        number, target = numbers[id(sender)], numbers[id(projection.post.cells)]
        port = projection.written.ports[0]
        values, constant = _values_of(projection)
        pairs, size = projection.synapses._pairs, len(projection.synapses)
        columns["first"].append(first[number] + projection.first)
        columns["stop"].append(first[number] + projection.stop)
        columns["starts"].append(hold(fan.starts, np.int64))
        columns["numbers"].append(0 if fan.unsorted is None else hold(fan.unsorted, np.int32))
        columns["post"].append(hold(pairs.post, np.int32))
        columns["size"].append(size)
        columns["target"].append(first[target] + projection.post.offset)
        columns["variable"].append(projection.post.states.index(port.name))
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


# --- Poisson trains of single neurons -----------------------------------------------------------------------------------


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
    columns: dict[str, list] = {name: [] for name in Trains._fields}
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
