"""Divided differences of the exponential over many times at once, for reading traces; see `differences`.

NumPy's exponentials may differ from the C library's in the last bit, so nothing that the simulation keeps comes from
here.
"""

from __future__ import annotations

import numpy as np

from .differences import CLOSE


def over_times(rates: tuple, lows: tuple, s: np.ndarray) -> np.ndarray:
    """Return exp[rates](s) for decreasing real rates, or for complex ones in any order.

    Parameters
    ----------
    rates, lows : tuple of float or of complex [1/ms]
        And what their rounding left over.
    s : ndarray [ms]
    """
    if len(rates) == 1:
        return np.exp(rates[0] * s + lows[0] * s)
    gaps = [(abs(a - b), i, j) for i, a in enumerate(rates) for j, b in enumerate(rates) if i < j]
    _, p, q = max(gaps)
    gap = (rates[p] - rates[q]) + (lows[p] - lows[q])
    if len(rates) == 2:
        return _over_times_of_two(rates, lows, gap, s)
    is_far = abs(gap) * s > CLOSE * (len(rates) - 2)
    result = np.empty(s.shape, dtype=complex if isinstance(rates[0], complex) else float)
    if np.any(is_far):
        late = s[is_far]
        left = over_times(rates[:q] + rates[q + 1 :], lows[:q] + lows[q + 1 :], late)
        result[is_far] = (left - over_times(rates[:p] + rates[p + 1 :], lows[:p] + lows[p + 1 :], late)) / gap
    if not np.all(is_far):
        result[~is_far] = _close_over_times(rates, s[~is_far])
    return result


def _over_times_of_two(rates: tuple, lows: tuple, gap: complex | float, s: np.ndarray) -> np.ndarray:
    if gap == 0.0:
        return s * np.exp(rates[0] * s)
    (a, b), (a_low, b_low) = rates, lows
    if a.real > b.real:
        a, b, a_low, b_low, gap = b, a, b_low, a_low, -gap
    growth = np.exp(b * s + b_low * s)
    if isinstance(a, complex):
        x, y = gap.real * s, gap.imag * s
        half, decay = np.sin(0.5 * y), np.expm1(x)
        turn = decay * np.cos(y) - 2.0 * half * half + 1j * (decay + 1.0) * np.sin(y)
        return turn / gap * growth
    return np.expm1(gap * s) / gap * growth


def _close_over_times(rates: tuple, s: np.ndarray) -> np.ndarray:
    """Return the divided difference by its series around the rate that decays fastest."""
    k = len(rates) - 1
    centre = min(rates, key=lambda rate: rate.real)
    factor = np.ones_like(s)
    for n in range(1, k + 1):
        factor = factor * s / n
    rows: list = [1.0] * (k + 1)
    total = factor + 0.0 * centre
    for n in range(1, 60 + 10 * k):
        factor = factor / (n + k)
        h: np.ndarray | float = 0.0
        for l, rate in enumerate(rates):
            h = h + (rate - centre) * s * rows[l]
            rows[l] = h
        total = total + h * factor
    return total * np.exp(centre * s)
