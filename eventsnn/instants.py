"""Instants finer than a double.

The time of an event is a double in milliseconds. What its rounding leaves over is kept beside it for the neuron's
own next prediction: otherwise a regular train at 1 s would round the same way at every spike and drift by half
an ulp a spike, some tens of ulp within one binade.
"""

from __future__ import annotations

from math import ulp

import numpy as np

from ._jit import kernel


@kernel
def two_sum(a, b):
    """Return the rounded sum of two doubles and its rounding error.

    Source
    ------
    Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.
    """
    total = a + b
    if total - total != 0.0:  # infinite: nothing is left over
        return total, 0.0
    part = total - a
    return total, (a - (total - part)) + (b - part)


def tick(number: int, step: float) -> float:
    """Return a multiple of a clock's step [ms]: the decimal next to it where there is one, without drift."""
    instant = number * step
    rounded = round(instant * 1e9) / 1e9
    return rounded if abs(rounded - instant) <= 2.0 * ulp(instant) else instant


def ticks(numbers: np.ndarray, step: float) -> np.ndarray:
    """Return many multiples of a clock's step, each with the bits of `tick`."""
    instants = numbers * step
    rounded = np.rint(instants * 1e9) / 1e9
    return np.where(np.abs(rounded - instants) <= 2.0 * np.spacing(np.abs(instants)), rounded, instants)


@kernel
def later(instant, low, delay):
    """Return the instant ``instant + low + delay`` as a double and what its rounding leaves over."""
    return two_sum(instant, low + delay)


@kernel
def elapsed(since, since_low, now, now_low):
    """Return the time between two instants, never negative; zero when their doubles agree and `now_low` is 0.

    The last rule makes the value at the reported time of an event the value right after it.
    """
    if now == since and now_low == 0.0:
        return 0.0
    span = (now - since) + (now_low - since_low)
    return span if span > 0.0 else 0.0
