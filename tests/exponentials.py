"""Where a sum of exponentials changes its sign, without fail and to 50 digits.

By Rolle's theorem: between two zeros of a function its derivative has one. Multiplied by an exponential a sum keeps its
signs; so let its slowest term be a constant, and the derivative is a sum with one term less. Between the sign changes
of that one, found in the same way, the sum is monotone and has one zero or none.

Nothing here is taken from eventsnn.
"""

from __future__ import annotations

from itertools import pairwise

import mpmath

mp = mpmath.mp.clone()
mp.dps = 50
exact = mp.mpf


class Undecided(Exception):
    """Two events lie so near to each other that rounding might exchange them."""


def value(terms, s):
    """Return the sum of c * exp(-r * s) over the terms (r, c)."""
    return mp.fsum(c * mp.exp(-r * s) for r, c in terms)


def sign_changes(terms, at_zero=None) -> list:
    """Return all s > 0 at which the sum changes its sign, in order.

    `at_zero` is its value at s = 0, where that is known better than to 50 digits. Near touches are `Undecided`.
    """
    terms = sorted((r, c) for r, c in terms if c != 0)
    if len(terms) < 2:
        return []
    terms = [(r - terms[0][0], c) for r, c in terms]
    slope = [(r, -r * c) for r, c in terms[1:]]
    edges = [exact(0), *sign_changes(slope)]
    heights = [value(terms, s) for s in edges]
    for s, height in zip(edges[1:], heights[1:], strict=True):
        if abs(height) < 1e-9 * mp.fsum(abs(c) * mp.exp(-r * s) for r, c in terms):
            raise Undecided("nearly a touch, or two zeros at nearly one time")
    if at_zero is not None:
        heights[0] = at_zero
    # the last piece has no end; the constant is the value at infinity
    far = edges[-1] + 1
    while value(terms, far) * terms[0][1] < 0:
        far *= 2
    pieces = pairwise(zip([*edges, far], [*heights, value(terms, far)], strict=True))
    return [_zero(terms, slope, low, high, below < 0) for (low, below), (high, above) in pieces if below * above < 0]


def _zero(terms, slope, low, high, rising: bool):
    """Return the zero in a bracket on which the sum is monotone: Newton, halving where that leaves the bracket."""
    s = (low + high) / 2
    for _ in range(1000):
        f = value(terms, s)
        if (f > 0) == rising:
            high = s
        else:
            low = s
        step = f / value(slope, s)
        if min(abs(step), high - low) <= 8 * mp.eps * high:
            return s
        s = s - step if low < s - step < high else (low + high) / 2
    raise AssertionError("a zero was bracketed and not found")
