"""Whole spike trains of linear neurons from the slow truth, event by event; nothing of eventsnn.

A neuron is a system outside and one inside the refractory period, a view that must be positive for a spike, and a
reset. Between events `linear_oracle` walks; instants are fractions, so nothing is rounded but at 2**-288.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from linear_oracle import ONE, System, Wave, exact, mp

#: The units of time in which events are kept.
TICK = Fraction(1, 1 << 200)


@dataclass(frozen=True)
class LinearNeuron:
    """One neuron.

    Attributes
    ----------
    active, refractory : System
        How it moves; the same where nothing is frozen.
    weights, constant, waves
        What must be positive for a spike.
    reset : callable
        From the values at a spike to those after it, as fractions.
    length : float [ms]
        Of the refractory period.
    """

    active: System
    weights: Sequence
    constant: float
    reset: Callable[[list[Fraction]], list[Fraction]]
    length: float = 0.0
    refractory: System | None = None
    waves: tuple[tuple[Wave, float], ...] = ()


@dataclass(frozen=True)
class Spike:
    """When, with which slope, and the sum of the sizes of all that adds up there."""

    t: Fraction
    slope: float
    size: float


def rational(values) -> list[Fraction]:
    """Return the values of a state (in units of 2**-BITS) as fractions."""
    return [Fraction(v, ONE) for v in values]


def train(
    neuron: LinearNeuron,
    x: Sequence,
    end: float,
    steps: Sequence[tuple[float, Callable[[LinearNeuron], LinearNeuron]]] = (),
) -> list[Spike]:
    """Return the spikes in ``[0, end)``.

    Parameters
    ----------
    steps : sequence of (float, callable)
        Instants at which the neuron becomes another one, in order: what a `TimedArray` does.
    """
    now, x = Fraction(0), [exact(v) for v in x]
    found: list[Spike] = []
    waiting = [(exact(t), change) for t, change in steps]
    free_from, stop = Fraction(0), exact(end)
    while now < stop:
        limit = min([stop, *(t for t, _ in waiting[:1])])
        in_refractory = now < free_from
        if in_refractory:
            limit = min(limit, free_from)
        path = (neuron.refractory or neuron.active if in_refractory else neuron.active).path(x, now)
        spike = None
        if not in_refractory:
            view = path.view(neuron.weights, neuron.constant, neuron.waves)
            start = view.at(0)
            if start > 0:
                spike = Fraction(0)
            else:
                ups = [c for c in view.changes(float(limit - now) * (1 + 1e-9) + 1e-12) if c.sign > 0]
                spike = next((_ticks(c.s) for c in ups), None)
            if spike is not None and now + spike >= limit:
                spike = None
        s = spike if spike is not None else limit - now
        x = rational(path.state(s)[: path.m])
        now += s
        if spike is not None:
            slope = abs(float(view.at(s, 1)))
            found.append(Spike(now, slope, path.size(neuron.weights, neuron.constant, neuron.waves, float(s))))
            x = neuron.reset(x)
            free_from = now + exact(neuron.length)
        while waiting and waiting[0][0] <= now:
            neuron = waiting.pop(0)[1](neuron)
    return found


def _ticks(s) -> Fraction:
    return Fraction(int(mp.floor(mp.ldexp(s, 200)))) * TICK


def frozen(system: System, *variables: int) -> System:
    """Return the system in which some variables stand still."""
    still = set(variables)
    matrix = [[0.0] * len(row) if i in still else row for i, row in enumerate(system.matrix)]
    constants = [0.0 if i in still else b for i, b in enumerate(system.constants)]
    return replace(
        system, matrix=matrix, constants=constants, waves=tuple(w for w in system.waves if w[0] not in still)
    )
