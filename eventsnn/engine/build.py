"""From the user's objects to what the engine works on: one `Cells` per group, with its recordings wired up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..equations.code import Function, write_value
from ..equations.expression import parse_expression
from ..errors import SimulationError
from ..groups import NeuronGroup
from ..monitors import PopulationRateMonitor, SpikeMonitor, StateMonitor
from ..monitors.base import Monitor
from ..neurons.model import layout_of, parameter_arrays
from ..recording.spikes import SpikeRecord
from ..store import scalars
from .cells import Cells, Sink
from .queue import STEP, EventQueue


def build(
    groups: Sequence[NeuronGroup], monitors: Sequence[Monitor], now: float, end: float
) -> tuple[list[Cells], EventQueue]:
    """Return the cells of solved groups, recorded from `now` on, and the queue of what is predicted until `end`."""
    for group in groups:
        if group._before_step is not None:
            Cells(group, [], [], end, group._before_step).arrive_at_pending_step(now)
            group._before_step = None
    cells = [_build_cells(group, [m for m in monitors if m._group is group], end) for group in groups]
    entries: list[tuple[float, int, int]] = []
    for number, part in enumerate(cells):
        _require_finite_state(part)
        part.honour_last_spikes(now)
        part.renew_recovery(now)
        entries += [(part.predict_from(k, now), number, k) for k in range(part.store.n)]
        entries.append((part.next_step, number, STEP))
        part.record_all(now)
    return cells, EventQueue(entries)


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
        if isinstance(monitor, SpikeMonitor):
            sinks.append(_spike_sink(monitor, group))
            judged += [monitor] if monitor.accuracy else []
        elif isinstance(monitor, PopulationRateMonitor):
            sinks.append(_recording_sink(monitor._record, monitor.source.start, monitor.source.stop))
        elif isinstance(monitor, StateMonitor):
            tapes.append(monitor._tape)
    cells = Cells(group, sinks, tapes, end)
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


def _spike_sink(monitor: SpikeMonitor, group: NeuronGroup) -> Sink:
    start, stop, record = monitor.source.start, monitor.source.stop, monitor._record
    if not monitor.record:
        return _counting_sink(record, start, stop)
    if not monitor.variables:
        return _recording_sink(record, start, stop)
    functions = {name: _reader_of(name, group) for name in monitor.variables}
    store = group._store
    parameters = tuple(scalars(array) for array in parameter_arrays(store))
    state, plain = scalars(store.state), _recording_sink(record, start, stop)

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
    layout.fixed["not_refractory"] = "True"
    return write_value(parse_expression(name, "recorded variable"), group._solved.scope, "recorded variable", layout)


def _recording_sink(record: SpikeRecord, start: int, stop: int) -> Sink:
    add_time, add_neuron = record.times.append, record.neurons.append

    def sink(k: int, t: float) -> None:
        if start <= k < stop:
            add_time(t)
            add_neuron(k - start)

    return sink


def _counting_sink(record: SpikeRecord, start: int, stop: int) -> Sink:
    counts = scalars(record.counted_only)

    def sink(k: int, t: float) -> None:
        if start <= k < stop:
            counts[k - start] += 1

    return sink
