"""From the user's objects to what the engine works on: one `Cells` per group, with its recordings wired up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..equations.code import Function, write_value
from ..equations.expression import parse_expression
from ..equations.scope import Scope
from ..errors import ExactnessNote, SimulationError, warn_user
from ..groups import NeuronGroup, SpikeSource, Synapses
from ..groups.pathway import Pathway
from ..groups.subgroup import whole_of
from ..monitors import EventMonitor, PopulationRateMonitor, SpikeMonitor, StateMonitor
from ..monitors.base import Monitor
from ..neurons.model import layout_of, parameter_arrays
from ..neurons.ticking import ClockedDynamics
from ..recording.spikes import SpikeRecord
from ..store import scalars
from ..synapses.names import PRE
from .bulk import find_leapers
from .cells import Cells, Sink
from .clocked import ClockedCells
from .emitter import Emitter
from .events import EventCells, present_state
from .flights import Flights
from .following import follow_links
from .loops import watch_loops
from .machine import Machine
from .projection import Projection, record_synapse
from .steps import take_pending_step


def build(
    groups: Sequence[NeuronGroup],
    sources: Sequence[SpikeSource],
    synapses: Sequence[tuple[Synapses, Scope]],
    monitors: Sequence[Monitor],
    now: float,
    end: float,
) -> Machine:
    """Return what a run from `now` to `end` works on: everything solved or refreshed, with its recordings wired up.

    What comes next for each neuron is not asked here: see `Machine.begin`.

    Parameters
    ----------
    synapses : sequence of (Synapses, Scope)
        With the names that hold in this run.
    """
    for group in groups:
        if group._before_step is not None:
            take_pending_step(Cells(group, [], [], end, group._before_step), now)
            group._before_step = None
    recorders: dict[int, list[Monitor]] = {}
    for monitor in monitors:
        recorders.setdefault(id(monitor._group), []).append(monitor)
    cells = [_build_cells(group, recorders.get(id(group), []), end) for group in groups]
    follow_links(cells, now)
    for part in cells:
        _require_finite_state(part)
        part.honour_last_spikes(now)
        part.renew_recovery(now)
    emitters = [Emitter(s, [_sink_of(m, s) for m in recorders.get(id(s), ())], end) for s in sources]
    machine = Machine(cells, emitters, events=_build_events(cells, recorders), monitors=monitors)
    _build_projections(machine, synapses, recorders, now)
    connected = {id(whole_of(end)) for thing, _ in synapses for end in (thing.source, thing.target)}
    machine.leapers = find_leapers(cells, connected, recorders, now)
    return machine


def _build_projections(
    machine: Machine,
    synapses: Sequence[tuple[Synapses, Scope]],
    recorders: Mapping[int, Sequence[Monitor]],
    now: float,
) -> None:
    """Give a machine the pathways of synapses, in the order in which they act, and the spikes that are on their way."""
    parts: dict[int, Any] = {id(part.group): part for part in machine.cells}
    parts |= {id(emitter.source): emitter for emitter in machine.emitters}
    events = {(event.cells, event.name): event for event in machine.events}
    pathways = [
        (pathway.order, number, pathway.key, pathway, scope)
        for number, (thing, scope) in enumerate(synapses)
        for pathway in thing._pathways.values()
    ]
    tapes = {
        id(thing): [m._prepare() for m in recorders.get(id(thing), ()) if isinstance(m, StateMonitor)]
        for thing, _ in synapses
    }
    projections = []
    for rank, (_, _, _, pathway, scope) in enumerate(sorted(pathways, key=lambda entry: entry[:3])):
        thing = pathway._synapses
        pre, post = (parts[id(whole_of(group))] for group in (thing.source, thing.target))
        ends = [part if isinstance(part, Cells) else None for part in (pre, post)]
        projection = Projection(pathway, scope, ends[0], ends[1], rank, tapes[id(thing)])
        projections.append(projection)
        sender = pre if pathway.side == PRE else post
        _note_reads_after_reset(pathway)
        if pathway.active:
            machine.connect(events.get((sender, pathway.event), sender), projection)
    machine.projections = projections
    machine.flights = Flights((p.rank, flight) for p in projections for flight in p.pathway._in_flight)
    for thing, scope in synapses:
        for tape in tapes[id(thing)]:
            for k in tape.tracks:
                record_synapse(thing, k, now, [tape], scope)
    watch_loops(machine)


def _note_reads_after_reset(pathway: Pathway) -> None:
    """Say once that a text without delay reads what the reset of the neuron that fired has just changed."""
    group = whole_of(pathway.source)
    if pathway._noted or not isinstance(group, NeuronGroup) or pathway.shortest_delay > 0.0 or pathway.event != "spike":
        return
    division = pathway._division
    changed = {statement.target for statement in group._description.reset}
    read = {r.name for r in division.reads_early | division.reads_late if r.side == pathway.side} & changed
    if read:
        pathway._noted = True
        name = f"{min(read)}_{pathway.side}"
        warn_user(
            f"{pathway._synapses._owner}, {pathway._where}: '{name}' is read after the reset of the neuron that fired, "
            "since a spike without delay arrives after it (Brian reads it before). For the value at the spike let the "
            "reset keep it in a variable of its own.",
            ExactnessNote,
        )


def _build_events(cells: Sequence[Cells], recorders: Mapping[int, Sequence[Monitor]]) -> list[EventCells]:
    """Return the custom events of all groups, with their recordings."""
    events = []
    for part in cells:
        monitors = recorders.get(id(part.group), ())
        for name in part.model.events:
            own = [m for m in monitors if isinstance(m, EventMonitor) and m.event == name]
            events.append(EventCells(part, name, [_event_sink(m, part) for m in own]))
    return events


def _event_sink(monitor: EventMonitor, cells: Cells) -> Sink:
    """Return what records a custom event; it sees the present values, and changes nothing."""
    if not monitor.variables:
        return _spike_sink(monitor, cells.group)
    scratch = [0.0] * len(cells.state)
    plain = _spike_sink(monitor, cells.group, scratch)

    def sink(k: int, t: float) -> None:
        present_state(cells, k, t, scratch)
        plain(k, t)

    return sink


def _sink_of(monitor: Monitor, group: NeuronGroup | SpikeSource) -> Sink:
    """Return what records the spikes of neurons or of a stimulus."""
    if isinstance(monitor, EventMonitor):
        return _spike_sink(monitor, group)
    assert isinstance(monitor, PopulationRateMonitor)
    return _recording_sink(monitor._record, monitor.source.start, monitor.source.stop)


def _require_finite_state(part: Cells) -> None:
    for place in np.flatnonzero(~np.isfinite(part.store.state)).tolist():
        k, j = divmod(place, part.m)
        if part.courses[k].may_be_infinite(j) and part.state[place] == part.state[place]:
            continue
        what = f"{part.store.states[j]} of neuron {k} is {part.state[place]}"
        raise SimulationError(
            f"group '{part.group.name}': {what} (it grew beyond all numbers, or was left "
            "so by a run that stopped with an error). Assign a value before the next run."
        )


def _build_cells(group: NeuronGroup, monitors: Sequence[Monitor], end: float) -> Cells:
    sinks: list[Sink] = []
    tapes = []
    judged = []
    for monitor in monitors:
        if isinstance(monitor, EventMonitor) and monitor.event != "spike":
            continue
        if isinstance(monitor, StateMonitor):
            tapes.append(monitor._prepare())
            continue
        sinks.append(_sink_of(monitor, group))
        judged += [monitor] if isinstance(monitor, SpikeMonitor) and monitor.accuracy else []
    kind = ClockedCells if isinstance(group._solved.dynamics, ClockedDynamics) else Cells
    cells = kind(group, sinks, tapes, end)
    sinks += [_accuracy_sink(monitor, cells) for monitor in judged]
    return cells


def _accuracy_sink(monitor: SpikeMonitor, cells: Cells) -> Sink:
    start, stop = monitor.source.start, monitor.source.stop
    add_slope, add_error = monitor._record.slopes.append, monitor._record.errors.append

    def sink(k: int, t: float) -> None:
        if start <= k < stop:
            slope, error = cells.accuracy(k, t)
            add_slope(slope)
            add_error(error)

    return sink


def _spike_sink(monitor: EventMonitor, group: Any, state: Any = None) -> Sink:
    """Return what records an event; with variables from `state`, the store's own where none is given."""
    start, stop, record = monitor.source.start, monitor.source.stop, monitor._record
    if not monitor.record:
        return _counting_sink(record, start, stop)
    if not monitor.variables:
        return _recording_sink(record, start, stop)
    functions = {name: _reader_of(name, group) for name in monitor.variables}
    store = group._store
    parameters = tuple(scalars(array) for array in parameter_arrays(store))
    state = scalars(store.state) if state is None else state
    plain = _recording_sink(record, start, stop)

    def sink(k: int, t: float) -> None:
        if start <= k < stop:
            plain(k, t)
            for name, function in functions.items():
                value = function.call(k, t, state, parameters, function.constants, None)
                record.values[name].append(float(value) - (start if name == "i" else 0))

    return sink


def _reader_of(name: str, group: NeuronGroup) -> Function:
    """Return the function that reads a variable of one neuron just before its reset."""
    layout = layout_of(group._store, group.equations)
    layout.fixed |= {"not_refractory": "True", "dt": repr(group.clock.step)}
    return write_value(parse_expression(name, "recorded variable"), group._solved.scope, "recorded variable", layout)


def _recording_sink(record: SpikeRecord, start: int, stop: int) -> Sink:
    add_time, add_neuron = record.times.append, record.neurons.append

    def sink(k: int, t: float) -> None:
        if start <= k < stop:
            add_time(t)
            add_neuron(k - start)

    def sink_of_file(k: int, t: float) -> None:
        record.make_room()
        sink(k, t)

    return sink if record.file is None else sink_of_file


def _counting_sink(record: SpikeRecord, start: int, stop: int) -> Sink:
    counts = scalars(record.counted_only)

    def sink(k: int, t: float) -> None:
        if start <= k < stop:
            counts[k - start] += 1

    return sink
