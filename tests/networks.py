"""Networks as the oracle is told of them, drawn at random and built through the public API."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from exponentials import Undecided
from laws import TIME, Outcome, run_until, spikes
from network_oracle import Cell, Input, Spike, Synapse, V, spikes_of

import eventsnn
from eventsnn import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms, mV, second
from eventsnn.border import to_internal


def exactly(x: float) -> Any:
    """Return the time that is the very double `x` [ms] inside, or None where the border has no such time."""
    low = high = x * 1e-3
    near = [low]
    for _ in range(3):
        low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
        near += [low, high]
    return next((s * second for s in near if to_internal(s, TIME) == x), None)


@dataclass(frozen=True)
class Wiring:
    """Cells that differ in `rest` and `start` only, their synapses and inputs."""

    cells: tuple[Cell, ...]
    synapses: tuple[Synapse, ...] = ()
    inputs: tuple[Input, ...] = ()
    in_millivolts: bool = False

    def truth(self, most: int) -> list[Spike]:
        return spikes_of(self.cells, self.synapses, self.inputs, most=most)

    @property
    def _ports(self) -> list[str]:
        return ["v", *(f"g{k}" for k, _ in enumerate(self.cells[0].decays, 1))]

    @property
    def _unit(self) -> tuple[Any, str]:
        return (mV, "volt") if self.in_millivolts else (1, "1")

    def build(self) -> tuple[Network, NeuronGroup, SpikeMonitor]:
        cell, ports = self.cells[0], self._ports
        unit, dimension = self._unit
        currents = "".join(f" + {g}" for g in ports[1:])
        group = NeuronGroup(
            len(self.cells),
            f"dv/dt = (rest{currents} - v)/tau : {dimension} (unless refractory)\nrest : {dimension}\n"
            + "\n".join(f"d{g}/dt = -{g}/tau_{g} : {dimension}" for g in ports[1:]),
            threshold="v > theta",
            reset="v -= theta" if cell.subtract else "v = v_reset",
            refractory=cell.refractory * ms,
            namespace={
                "tau": exactly(cell.tau),
                "theta": cell.theta * unit,
                "v_reset": cell.reset * unit,
                **{f"tau_{g}": exactly(d) for g, d in zip(ports[1:], cell.decays, strict=True)},
            },
            name="neurons",
        )
        group.rest = np.array([c.rest for c in self.cells]) * unit
        group.v = np.array([c.start for c in self.cells]) * unit
        monitor = SpikeMonitor(group, name="spikes")
        parts: list[Any] = [group, monitor]
        if self.inputs:
            # one neuron for each input: so it can have a weight of its own
            times = [i.time for i in self.inputs] * ms
            generator = SpikeGeneratorGroup(len(self.inputs), range(len(self.inputs)), times, name="inputs")
            parts.append(generator)
        for port, variable in enumerate(ports):
            given = [(k, i) for k, i in enumerate(self.inputs) if i.port == port]
            inner = [s for s in self.synapses if s.port == port]
            if given:
                entry = self._connect(generator, group, variable, [k for k, _ in given], [i for _, i in given])
                parts.append(entry)
            if inner:
                recurrent = self._connect(group, group, variable, [s.source for s in inner], inner)
                recurrent.delay = [s.delay for s in inner] * ms
                parts.append(recurrent)
        return Network(*parts), group, monitor

    def _connect(self, source, group, variable: str, sources: list[int], ends: Iterable) -> Synapses:
        unit, dimension = self._unit
        synapses = Synapses(
            source, group, f"w : {dimension}", on_pre=f"{variable}_post += w", name=f"{source.name}_to_{variable}"
        )
        synapses.connect(i=sources, j=[e.target for e in ends])
        synapses.w = np.array([e.weight for e in ends]) * unit
        return synapses

    def run(self, *ends: float) -> Outcome:
        """Run to each of `ends` [ms] in turn, and return what came out, to the last bit."""
        eventsnn.start_scope()
        network, group, monitor = self.build()
        for end in ends:
            run_until(network, end)
        return Outcome(*spikes(monitor), {p: np.asarray(getattr(group, p)).tolist() for p in self._ports}, {})


# --- drawn at random --------------------------------------------------------------------------------------------------

#: Ports of the two currents.
EXCITATION, INHIBITION = 1, 2


def on_grid(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a multiple of 1/64 ms: sums of these are exact, and ties are ties."""
    return float(rng.integers(round(low * 64), round(high * 64))) / 64


def off_grid(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a decimal with six places, which the border leaves as it is."""
    return round(float(rng.uniform(low, high)), 6)


def some_time(rng: np.random.Generator, low: float, high: float) -> float:
    return (on_grid, off_grid)[rng.integers(2)](rng, low, high)


def some_delay(rng: np.random.Generator) -> float:
    """Draw a delay: often 0, often the same as others'."""
    return (0.0, 0.0, 1.5, some_time(rng, 0.1, 5.0), some_time(rng, 0.1, 5.0))[rng.integers(5)]


def pairs(rng, n, probability):
    return [(i, j) for i in range(n) for j in range(n) if i != j and rng.random() < probability]


def delta(rng, refractory=2.0, subtract=False):
    """Draw leaky neurons that kick each other."""
    n = int(rng.integers(10, 20))
    cells = [
        Cell(20.0, float(rest), 1.0, float(start), subtract=subtract, refractory=refractory)
        for rest, start in zip(rng.uniform(0.9, 1.5, n), rng.uniform(0.0, 0.95, n), strict=True)
    ]
    synapses = [Synapse(i, j, V, float(rng.normal(0.03, 0.12)), some_delay(rng)) for i, j in pairs(rng, n, 0.3)]
    inputs = [
        Input(some_time(rng, 0.0, 120.0), int(rng.integers(n)), V, float(rng.normal(0.1, 0.2))) for _ in range(150)
    ]
    return Wiring(tuple(cells), tuple(synapses), tuple(inputs))


def delta_without_refractory_period(rng):
    return delta(rng, refractory=0.0)


def delta_with_threshold_subtracted(rng):
    return delta(rng, refractory=0.0, subtract=True)


def currents(rng, refractory=2.0, decays=(5.0, 10.0)):
    """Draw leaky neurons with two exponential currents, an excitatory and an inhibitory one."""
    n = int(rng.integers(10, 20))
    cells = [
        Cell(20.0, float(rest), 1.0, float(start), refractory=refractory, decays=decays)
        for rest, start in zip(rng.uniform(0.9, 1.5, n), rng.uniform(0.0, 0.95, n), strict=True)
    ]
    synapses = [
        Synapse(i, j, EXCITATION, float(rng.uniform(0.0, 0.3)), some_delay(rng))
        if i % 4
        else Synapse(i, j, INHIBITION, -float(rng.uniform(0.0, 0.6)), some_delay(rng))
        for i, j in pairs(rng, n, 0.3)
    ]
    inputs = [
        Input(some_time(rng, 0.0, 120.0), int(rng.integers(n)), EXCITATION, float(rng.uniform(0.0, 0.8)))
        for _ in range(150)
    ]
    return Wiring(tuple(cells), tuple(synapses), tuple(inputs))


def currents_without_refractory_period(rng):
    return currents(rng, refractory=0.0)


def currents_as_slow_as_the_membrane(rng):
    return currents(rng, decays=(20.0 * (1 + 2.0**-20), 20.0 * (1 - 2.0**-20)))


def slow_currents(rng):
    return currents(rng, decays=(80.0, 30.0))


def cuba(rng):
    """Draw a small CUBA network (Vogels & Abbott 2005; Brette et al. 2007, benchmark 2), in millivolts."""
    n = 20
    cells = [
        Cell(20.0, -49.0, -50.0, round(float(rng.uniform(-60, -50)), 6), -60.0, refractory=5.0, decays=(5.0, 10.0))
        for _ in range(n)
    ]
    synapses = [
        Synapse(i, j, EXCITATION, 1.62, some_delay(rng)) if i < 16 else Synapse(i, j, INHIBITION, -9.0, some_delay(rng))
        for i, j in pairs(rng, n, 0.25)
    ]
    return Wiring(tuple(cells), tuple(synapses), in_millivolts=True)


def decided(draw, seed: int, most: int) -> tuple[Wiring, list[Spike]]:
    """Return the first of the networks ``draw(rng)`` in which no rounding decides, and its first spikes."""
    for attempt in range(20):
        wiring = draw(np.random.default_rng([seed, attempt]))
        try:
            return wiring, wiring.truth(most)
        except Undecided:
            continue
    raise AssertionError("twenty networks with near ties")
