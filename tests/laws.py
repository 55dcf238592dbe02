"""Helpers that run a small network through the public API and give back plain numbers, and the laws of a family.

Times are those inside, in milliseconds and to the last bit: ``M.t`` has been multiplied by 0.001.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

import eventsnn
from eventsnn import EndlessSpikingError, Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, second
from eventsnn.border import to_internal
from eventsnn.neurons import dispatch

TIME = second.dim


def spikes(monitor: SpikeMonitor) -> tuple[list[float], list[int]]:
    """Return times [ms] and neurons, to the last bit."""
    return monitor._record.time_array().tolist(), monitor.i.tolist()


def times_of(monitor: SpikeMonitor, neuron: int = 0) -> list[float]:
    """Return the spike times of one neuron [ms], to the last bit."""
    return [t for t, i in zip(*spikes(monitor), strict=True) if i == neuron]


def run_until(network: Network, target: float) -> None:
    """Run a network to the very double `target` [ms].

    Where the border has no duration that leads there (it takes 2.2499999999999996*ms for 2.25*ms), in two runs.
    """
    for stopover in (None, 0.5, 0.3, 0.7, 0.41):
        if stopover is not None:
            network.run(float(Fraction(target) - network._exact_time) * stopover * ms, namespace={})
        duration = _duration_to(network._exact_time, target)
        if duration is not None:
            network.run(duration * second, namespace={})
            return
    raise AssertionError(f"no duration leads from {network.now!r} to {target!r} ms")


def _duration_to(begin: Fraction, target: float) -> float | None:
    length = float(Fraction(target) - begin) * 1e-3
    near = [length]
    for direction in (-math.inf, math.inf):
        x = length
        for _ in range(4):
            x = math.nextafter(x, direction)
            near.append(x)
    fits = (d for d in near if d >= 0 and float(begin + Fraction(to_internal(d, TIME))) == target)
    return next(fits, None)


@dataclass(frozen=True)
class Setup:
    """A group and its initial values, in internal units (all texts dimensionless or in plain ms)."""

    n: int
    equations: str
    threshold: str | None = None
    reset: str | None = None
    refractory: Any = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def build(self, **changed: Any) -> NeuronGroup:
        group = NeuronGroup(
            self.n,
            self.equations,
            threshold=self.threshold,
            reset=self.reset,
            refractory=self.refractory,
            namespace={},
            name="neurons",
        )
        for name, value in {**self.values, **changed}.items():
            setattr(group, name, value)
        return group


@dataclass
class Outcome:
    """What a simulation gave, to the last bit."""

    times: list[float]
    neurons: list[int]
    states: dict[str, list[float]]
    samples: dict[str, np.ndarray]

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Outcome)
        return (
            (self.times, self.neurons, self.states) == (other.times, other.neurons, other.states)
            and self.samples.keys() == other.samples.keys()
            and all(np.array_equal(self.samples[k], other.samples[k]) for k in self.samples)
        )


def simulate(
    setup: Setup, ends: Iterable[float], record: Iterable[str] = (), ask: Any = None, look: bool = False, seed: int = 1
) -> Outcome:
    """Run to each of `ends` [ms] in turn.

    Parameters
    ----------
    record : names of variables
        To be recorded by a `StateMonitor` with the default grid.
    ask : array of float [ms]
        Instants for ``StateMonitor.at``.
    look : bool
        Whether to read every variable between runs.
    """
    eventsnn.start_scope()
    eventsnn.seed(seed)
    group = setup.build()
    monitor = SpikeMonitor(group, name="spikes")
    network = Network(group, monitor)
    record = tuple(record)
    if record:
        trace = StateMonitor(group, record, record=True, name="trace")
        network.add(trace)
    for end in ends:
        try:
            run_until(network, end)
        except EndlessSpikingError as error:
            # a drawn model may fire without end: then this is what must not depend on cuts and looks
            return Outcome(*spikes(monitor), {"stopped": str(error)}, {})
        if look:
            for name in group.equations:
                np.asarray(getattr(group, name))
    samples = {}
    for name in record:
        samples[name] = np.asarray(getattr(trace, name))
        if ask is not None:
            samples[f"{name} at"] = np.asarray(trace.at(np.asarray(ask) * 1e-3 * second, name))
    states = {name: np.asarray(getattr(group, name)).tolist() for name in group.equations}
    return Outcome(*spikes(monitor), states, samples)


# --- the laws of an exact family, for any kind in `dispatch` ---------------------------------------------------------


def check_zero_time_is_identity(kind: int, x: float, p: float, q: float) -> None:
    result = dispatch.flow(kind, x, p, q, 0.0, 0.0)
    assert result == x


def check_flow_law(kind: int, x: float, p: float, q: float, a: float, b: float, tolerance: float) -> None:
    there = dispatch.flow(kind, dispatch.flow(kind, x, p, q, 0.0, a), p, q, 0.0, b)
    assert abs(there - dispatch.flow(kind, x, p, q, 0.0, a + b)) <= tolerance


def check_crossing(kind: int, x: float, level: float, p: float, q: float, tolerance: float) -> None:
    """At the crossing the state is at the level, before it never beyond, after it beyond; all to `tolerance`."""
    upward = x < level
    s = dispatch.time_to_pass(kind, x, level, upward, p, q, 0.0)
    side = 1.0 if upward else -1.0
    if s == math.inf:
        for far in (1.0, 1e3, 1e6):
            assert side * (dispatch.flow(kind, x, p, q, 0.0, far * abs(q or 1.0)) - level) <= tolerance
        return
    assert s >= 0.0
    assert abs(dispatch.flow(kind, x, p, q, 0.0, s) - level) <= tolerance
    for part in (0.0, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9):
        assert side * (dispatch.flow(kind, x, p, q, 0.0, s * part) - level) <= tolerance
    for part in (1 + 1e-9, 1.1, 2.0):
        assert side * (dispatch.flow(kind, x, p, q, 0.0, s * part) - level) >= -tolerance
