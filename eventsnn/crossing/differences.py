r"""Divided differences of the exponential, the building stones of every linear system's solution.

``exp[a, b, ..., c](s)`` is the divided difference of ``x -> exp(x s)`` over the rates a, b, ..., c:

    exp[a](s) = e^(a s)
    exp[a, ..., b, c](s) = (exp[a, ..., b](s) - exp[..., b, c](s))/(a - c)

and its limit where rates coincide. It is what is left at the end of a chain of relaxations with these rates, one
driven by the other, after a unit kick to the first: ``exp[a, b]`` is the post-synaptic potential of an exponential
current, ``exp[a, a, b]`` that of an alpha current, ``exp[0, b]`` the response to a constant drive. Differentiating
obeys one rule, ``(d/ds - a) exp[a, b, ..., c] = exp[b, ..., c]``, on which the search for crossings rests.

Accuracy
    Real rates: within 3 ulp for up to three, 2 more for each further rate, whatever the distances between them; equal
    rates are no special case. The leading exponential takes the rounding of its exponent into account, so a long decay
    costs nothing.
Source
    McCurdy, Ng & Parlett (1984), Mathematics of Computation 43, 501-528; Caliari et al. (2020).
"""

from __future__ import annotations

from math import cos, exp, expm1, inf, sin

from .._jit import kernel
from .double_double import two_product

#: Where exp overflows, and where it has vanished.
LARGEST_EXPONENT = 709.0
SMALLEST_EXPONENT = -745.0

#: Rates closer than this (times s, and times the number of subtractions that follow) are expanded in a series of
#: positive terms, others subtracted.
CLOSE = 2.0
#: No series needs more terms.
TERMS = 300


@kernel
def exponential(rate, low, s):
    """Return exp((rate + low) s), to about an ulp however large the exponent."""
    z, rest = two_product(rate, s)
    if z == 0.0:
        return 1.0
    if z > LARGEST_EXPONENT:
        return inf
    if z < SMALLEST_EXPONENT:
        return 0.0
    e = exp(z)
    return e + e * (rest + low * s)


@kernel
def difference_of_two(rate, low, gap, s):
    """Return exp[rate, rate - gap](s) for gap >= 0."""
    d = gap * s
    growth = s if d == 0.0 else -expm1(-d) / gap
    return growth * exponential(rate, low, s)


@kernel
def difference(rates, lows, first, last, s):
    """Return exp[rates[first], ..., rates[last]](s) for decreasing real rates.

    Parameters
    ----------
    rates, lows : sequence of float [1/ms]
        Decreasing, and what their rounding left over.
    """
    if first == last:
        return exponential(rates[first], lows[first], s)
    gap = (rates[first] - rates[last]) + (lows[first] - lows[last])
    if last == first + 1:
        return difference_of_two(rates[first], lows[first], gap, s)
    if gap * s > CLOSE * (last - first - 1):
        left = difference(rates, lows, first, last - 1, s)
        return (left - difference(rates, lows, first + 1, last, s)) / gap
    return difference_of_close(rates, lows, first, last, s)


@kernel
def difference_of_close(rates, lows, first, last, s):
    """Return what `difference` does where rates are close, as a series."""
    # exp[...] = e^(c s) s^k sum over n of h_n/(n + k)!, h_n the complete homogeneous polynomials of the distances
    # to the smallest rate c: no term is negative
    k = last - first
    rows = [0.0] * k
    factor = 1.0
    for n in range(1, k + 1):
        factor *= s / n
    total, n = factor, 0
    rows[0] = 1.0
    for l in range(k):
        rows[l] = 1.0
    while n < TERMS:
        n += 1
        factor /= n + k
        h = 0.0
        for l in range(k):
            d = ((rates[first + l] - rates[last]) + (lows[first + l] - lows[last])) * s
            h += d * rows[l]
            rows[l] = h
        term = h * factor
        total += term
        if term <= 1e-18 * total:
            n = TERMS
    return total * exponential(rates[last], lows[last], s)


@kernel
def oscillation(rate, low, s):
    """Return exp((rate + low) s) for a complex rate and what its rounding left over."""
    growth = exponential(rate.real, low.real, s)
    phase, rest = two_product(rate.imag, s)
    if phase == 0.0:
        return complex(growth, 0.0)
    c, d = cos(phase), sin(phase)
    rest += low.imag * s
    return complex(growth * (c - d * rest), growth * (d + c * rest))


@kernel
def complex_difference_of_two(a, a_low, b, b_low, s):
    """Return exp[a + a_low, b + b_low](s) for complex rates."""
    if a.real > b.real:
        a, a_low, b, b_low = b, b_low, a, a_low
    gap, gap_low = a - b, a_low - b_low
    if gap.real == 0.0 and gap.imag == 0.0:
        return s * oscillation(b, b_low, s)
    # a decays faster: expm1 of (a - b) s without cancellation
    x = gap.real * s + gap_low.real * s
    y, rest = two_product(gap.imag, s)
    rest += gap_low.imag * s
    c, d, half = cos(y), sin(y), sin(0.5 * y)
    c, d, half = c - d * rest, d + c * rest, half + 0.5 * cos(0.5 * y) * rest
    growth = expm1(x) if x > SMALLEST_EXPONENT else -1.0
    turn = complex(growth * c - 2.0 * half * half, (growth + 1.0) * d)
    return quotient(turn, gap + gap_low) * oscillation(b, b_low, s)


@kernel
def quotient(a, b):
    """Return a/b for complex numbers of any size (Smith 1962)."""
    if abs(b.real) >= abs(b.imag):
        ratio = b.imag / b.real
        size = b.real + b.imag * ratio
        return complex((a.real + a.imag * ratio) / size, (a.imag - a.real * ratio) / size)
    ratio = b.real / b.imag
    size = b.real * ratio + b.imag
    return complex((a.real * ratio + a.imag) / size, (a.imag * ratio - a.real) / size)


def complex_difference(rates: tuple[complex, ...], lows: tuple[complex, ...], s: float) -> complex:
    """Return exp[rates](s) for complex rates and what their rounding left over, in any order."""
    if len(rates) == 1:
        return oscillation(rates[0], lows[0], s)
    if len(rates) == 2:
        return complex_difference_of_two(rates[0], lows[0], rates[1], lows[1], s)
    gap, p, q = max((abs(a - b), i, j) for i, a in enumerate(rates) for j, b in enumerate(rates) if i < j)
    if gap * s > CLOSE:
        left = complex_difference(rates[:q] + rates[q + 1 :], lows[:q] + lows[q + 1 :], s)
        right = complex_difference(rates[:p] + rates[p + 1 :], lows[:p] + lows[p + 1 :], s)
        return (left - right) / ((rates[p] - rates[q]) + (lows[p] - lows[q]))
    return _close_complex_difference(rates, s)


def _close_complex_difference(rates: tuple[complex, ...], s: float) -> complex:
    """Return exp[rates](s) by its series around the mean of the rates."""
    k = len(rates) - 1
    centre = sum(rates) / (k + 1)
    distances = [(rate - centre) * s for rate in rates]
    factor = 1.0
    for n in range(1, k + 1):
        factor *= s / n
    rows = [1.0 + 0.0j] * (k + 1)
    total = complex(factor)
    for n in range(1, 60):
        factor /= n + k
        h = 0.0j
        for l, d in enumerate(distances):
            h += d * rows[l]
            rows[l] = h
        total += h * factor
        # a single term may vanish by symmetry: judge by their bound
        if factor * CLOSE**n * 2.0**k < 1e-18 * abs(total):
            break
    return total * oscillation(centre, 0.0j, s)
