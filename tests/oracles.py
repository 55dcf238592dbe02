"""The slow truth: spike times of independent linear neurons to 40 digits, from the doubles the simulator uses.

Two ways that share nothing but the exponential: `spike_times` solves every interval by a logarithm or a division,
`scan` walks along a grid and bisects. Neither imports anything of eventsnn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import mpmath

DIGITS = 40
mp = mpmath.mp.clone()
mp.dps = DIGITS


def exact(x: float | Fraction) -> mpmath.mpf:
    """Return the number that a double stands for."""
    if isinstance(x, Fraction):
        return mp.mpf(x.numerator) / x.denominator
    return mp.mpf(x)


@dataclass(frozen=True)
class Leaky:
    """``dx/dt = (rest - x)/tau``."""

    rest: float
    tau: float

    def flow(self, x, s):
        rest = exact(self.rest)
        return rest + (x - rest) * mp.exp(-s / exact(self.tau))

    def slope(self, x):
        return (exact(self.rest) - x) / exact(self.tau)

    def delay(self, x, level):
        """Return the time at which `level` is passed, on either side; None for never."""
        rest, tau = exact(self.rest), exact(self.tau)
        if x == level:
            return mp.mpf(0) if self.slope(x) != 0 else None
        if level == rest or x == rest or (x > rest) != (level > rest):
            # `rest` itself is never reached and never passed
            return None
        s = tau * mp.log((x - rest) / (level - rest))
        return s if s > 0 else None


@dataclass(frozen=True)
class Integrator:
    """``dx/dt = rate``."""

    rate: float

    def flow(self, x, s):
        return x + exact(self.rate) * s

    def slope(self, x):
        return exact(self.rate)

    def delay(self, x, level):
        rate = exact(self.rate)
        if rate == 0:
            return None
        s = (level - x) / rate
        return s if s >= 0 else None


FROZEN = Integrator(0.0)


@dataclass(frozen=True)
class Neuron:
    """One neuron with one variable.

    Attributes
    ----------
    start : float
        Value at t = 0.
    motion : Leaky or Integrator
    level : float
        Threshold.
    above : bool
        Whether it fires above (``v > level``) or below (``v < level``).
    factor, offset : float
        The reset is ``v = factor*v + offset``.
    refractory : float [ms]
    during : Leaky or Integrator, optional
        Motion in the refractory period; `motion` goes on where it is not given, `FROZEN` for "unless refractory".
    """

    start: float
    motion: Leaky | Integrator
    level: float
    above: bool = True
    factor: float = 0.0
    offset: float = 0.0
    refractory: float = 0.0
    during: Leaky | Integrator | None = None


def spike_times(neuron: Neuron, end: float, begin: float = 0.0, most: int = 100_000) -> list:
    """Return the spike times in ``[begin, end)`` as 40-digit numbers."""
    now, x, level = exact(begin), exact(neuron.start), exact(neuron.level)
    side = 1 if neuron.above else -1
    during = neuron.during or neuron.motion
    found: list = []
    while len(found) < most:
        if side * (x - level) <= 0:
            delay = neuron.motion.delay(x, level)
            # on the level itself the neuron fires only if it moves on to the far side
            if delay is None or side * neuron.motion.slope(level) <= 0:
                break
            now, x = now + delay, level
        if now >= exact(end):
            break
        found.append(now)
        x = exact(neuron.factor) * x + exact(neuron.offset)
        refractory = exact(neuron.refractory)
        if refractory > 0:
            now, x = now + refractory, during.flow(x, refractory)
    return found


def scan(condition: Callable, begin: float, end: float, steps: int) -> mpmath.mpf | None:
    """Return the first time in ``[begin, end]`` from which ``condition(t)`` holds, by walking and halving.

    Finds every stretch longer than ``(end - begin)/steps``; its answer is right to 1e-36 of the span.
    """
    begin, end = exact(begin), exact(end)
    if condition(begin):
        return begin
    width = (end - begin) / steps
    for k in range(1, steps + 1):
        high = begin + k * width
        if condition(high):
            low = high - width
            for _ in range(120):
                middle = (low + high) / 2
                if condition(middle):
                    high = middle
                else:
                    low = middle
            return high
    return None


def ulp(x) -> mpmath.mpf:
    """Return the unit in the last place of the double next to `x`."""
    return mp.mpf(math.ulp(float(x)))


def crossing_bound(s, level: float, speed, *scale: float) -> mpmath.mpf:
    """Return the promised bound of one crossing time: 2 x [ulp(t) + ulp(v)/|v'|].

    Parameters
    ----------
    s
        True time of the crossing.
    speed
        v' there.
    *scale
        The numbers that enter besides the level; ulp(v) is that of the largest.
    """
    largest = max(abs(float(x)) for x in (level, *scale))
    return 2 * (ulp(s) + ulp(largest) / abs(speed))
