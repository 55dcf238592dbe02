"""The slow truth about networks: the spikes of leaky neurons that send each other spikes, to 50 digits.

An event loop in the order of the laws of time, on cells whose every motion is a sum of exponentials. Two events are
at one instant if their 50-digit times are equal: times and delays that are doubles have exact sums. What is so nearly
a tie, or a touch, that rounding might decide otherwise is refused (`Undecided`): draw another network.

Nothing here is taken from eventsnn.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

import mpmath
from exponentials import Undecided, exact, mp, sign_changes, value
from propagated import NONE, Error, Roundings, StateError, bound

NEVER = mp.inf
#: The port of a jump in v; currents are the ports 1, 2, ...
V = 0


@dataclass(frozen=True)
class Cell:
    """``dv/dt = (rest + g_1 + g_2 + ... - v)/tau``, ``dg_k/dt = -g_k/decays[k]``, which fires for ``v > theta``.

    In its refractory period v is frozen and deaf, and currents go on. The reset is ``v = reset``, or with `subtract`
    ``v -= theta``. Decays differ from each other and from tau.
    """

    tau: float
    rest: float
    theta: float
    start: float = 0.0
    reset: float = 0.0
    subtract: bool = False
    refractory: float = 0.0
    decays: Sequence[float] = ()

    def terms(self, x, rest) -> list:
        """Return v(s) of the state ``x = [v, g_1, ...]`` as pairs (rate, coefficient) of exponentials."""
        tau, decays = exact(self.tau), [exact(d) for d in self.decays]
        driven = [(1 / d, g * d / (d - tau)) for g, d in zip(x[1:], decays, strict=True)]
        return [(exact(0), exact(rest)), (1 / tau, x[V] - rest - sum(b for _, b in driven)), *driven]

    def flow(self, x, s, frozen: bool) -> list:
        """Return the state after `s` ms without events."""
        v = x[V] if frozen else value(self.terms(x, self.rest), s)
        return [v, *(g * mp.exp(-s / exact(d)) for g, d in zip(x[1:], self.decays, strict=True))]

    def slope(self, x):
        return (exact(self.rest) + sum(x[1:]) - x[V]) / exact(self.tau)

    def time_to_fire(self, x):
        """Return the time from which v is above threshold: 0 if it is, or stands on it and rises."""
        distance = x[V] - exact(self.theta)
        if distance > 0:
            return exact(0)
        (_, rest), *moving = self.terms(x, self.rest)
        terms = [(exact(0), rest - exact(self.theta)), *moving]
        changes = sign_changes(terms, distance)
        if distance == 0 and value(terms, changes[0] / 2 if changes else 1) > 0:
            return exact(0)
        return changes[0] if changes else NEVER


class Neuron:
    """A cell in time: its state `x` at `since`, the next instant to `look` at it, and what rounding may do to it."""

    def __init__(self, cell: Cell, roundings: Roundings) -> None:
        self.cell = cell
        self.x = [exact(cell.start), *(exact(0) for _ in cell.decays)]
        self.since = self.look = exact(0)
        self.release = NEVER
        self.error = StateError(roundings, cell.tau, cell.decays)

    @property
    def refractory(self) -> bool:
        return self.release < NEVER

    def advance(self, now) -> None:
        """Bring the state to `now`; at the instant of a foreseen crossing, v stands on the threshold."""
        if now == self.since:
            return
        s, cell = now - self.since, self.cell
        self.error.see(cell.theta, cell.rest, *map(float, self.x))
        self.error.flow(float(s), self.refractory)
        self.x = cell.flow(self.x, s, self.refractory)
        self.since = now
        if self.look == now:
            self.x[V] = exact(cell.theta)
            self.error.cross(float(now), float(cell.slope(self.x)))

    def end_refractory(self, now) -> None:
        at_spike = self.error.of_time
        self.advance(now)
        self.release, self.look = NEVER, now
        self.error.happen(float(now), at_spike)
        self.error.set_free(float(self.cell.slope(self.x)))

    def receive(self, now, port: int, weight, time_error: Error) -> None:
        if weight == 0 or (port == V and self.refractory):
            return
        self.advance(now)
        self.x[port] += weight
        at_spike = self.error.of_time
        self.error.happen(float(now), time_error)
        self.error.add(port, float(weight))
        if self.refractory:
            self.error.of_time = at_spike
        else:
            self.look = now

    def fires(self, now) -> bool:
        """Test the threshold, and foresee the next crossing."""
        self.advance(now)
        self.look = now + self.cell.time_to_fire(self.x)
        return self.look == now

    def fire(self, now) -> None:
        cell = self.cell
        if cell.subtract:
            self.x[V] -= exact(cell.theta)
            self.error.add(V, -cell.theta)
        else:
            self.x[V] = exact(cell.reset)
            self.error.set()
        if cell.refractory:
            self.release, self.look = now + exact(cell.refractory), NEVER
        elif not cell.subtract:
            self.error.set_free(float(cell.slope(self.x)))


class Synapse(NamedTuple):
    source: int
    target: int
    port: int
    weight: float
    delay: float


class Input(NamedTuple):
    time: float
    target: int
    port: int
    weight: float


class Spike(NamedTuple):
    """A spike; `slack` is by how much a simulator that keeps its promises may miss its time."""

    time: mpmath.mpf
    neuron: int
    slack: float


def spikes_of(
    cells: Sequence[Cell],
    synapses: Sequence[Synapse] = (),
    inputs: Sequence[Input] = (),
    end: float = math.inf,
    most: int = 1_000_000,
    gap: float = 1e-6,
) -> list[Spike]:
    """Return the spikes in ``[0, end)``: those of one instant by rounds, and in a round by number.

    Stops after the instant that completes `most` spikes. Two events, or a jump and a threshold, that are nearer than
    `gap` and not equal are `Undecided`.
    """
    roundings = Roundings()
    neurons = [Neuron(cell, roundings) for cell in cells]
    ticket = count()
    flights = [(exact(i.time), next(ticket), i.target, i.port, exact(i.weight), NONE) for i in inputs]
    heapq.heapify(flights)
    outgoing: dict[int, list[Synapse]] = defaultdict(list)
    for synapse in synapses:
        outgoing[synapse.source].append(synapse)
    spikes: list[Spike] = []
    now = -NEVER
    while len(spikes) < most:
        before, now = now, min(*(n.look for n in neurons), *(n.release for n in neurons), *(f[0] for f in flights[:1]))
        if now >= end or now == NEVER:
            break
        _demand(now - before >= gap, f"events at {before} and {now} ms")
        for neuron in neurons:
            if neuron.release == now:
                neuron.end_refractory(now)
        arrivals = []
        while flights and flights[0][0] == now:
            arrivals.append(heapq.heappop(flights)[2:])
        while True:
            # sums first, and all of them before any test
            for (target, port), (weight, error) in _sums(arrivals).items():
                neuron = neurons[target]
                _demand(not now < neuron.look < now + gap, f"an arrival at {now} ms and a crossing at {neuron.look} ms")
                neuron.receive(now, port, weight, error)
                distance = abs(neuron.x[V] - exact(neuron.cell.theta))
                _demand(port != V or distance == 0 or distance >= gap, f"a jump at {now} ms to {neuron.x[V]}")
            firing = [k for k, n in enumerate(neurons) if n.look == now and n.fires(now)]
            # all resets, then all emissions; those without delay arrive in the next round
            arrivals = []
            for k in firing:
                error = neurons[k].error.of_time
                spikes.append(Spike(now, k, bound(error)))
                neurons[k].fire(now)
                for s in outgoing[k]:
                    arrival = (s.target, s.port, exact(s.weight), error)
                    if s.delay == 0:
                        arrivals.append(arrival)
                    else:
                        heapq.heappush(flights, (now + exact(s.delay), next(ticket), *arrival))
            if not arrivals and not any(n.look == now for n in neurons):
                break
    return spikes


def _demand(decided: bool, text: str) -> None:
    if not decided:
        raise Undecided(text)


def _sums(arrivals) -> dict:
    """Return for each target and port the sum of the weights, and the error of the time."""
    sums: dict = {}
    for target, port, weight, error in arrivals:
        total, _ = sums.get((target, port), (exact(0), None))
        sums[target, port] = (total + weight, error)
    return sums
