"""The sign of a sum of exponentials where doubles cannot tell: sixty digits, for the rare summit that grazes zero.

The coefficients and rates count as exact. For real rates a divided difference is computed by its definition, with more
digits than the subtractions cost. For complex ones it is the corner of the exponential of a matrix with the rates on
its diagonal and ones beside it (Opitz 1964), by scaling and squaring.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import MIN_EMIN, Context, Decimal, localcontext
from math import ceil, log2, log10

DIGITS = 60
#: Equal rates are told apart at this digit; each difference loses as many.
APART = 24
#: Terms of the series for a matrix of norm 1/2: the next is below 1e-60.
SERIES = 40

#: A complex number: real and imaginary part.
Pair = tuple[Decimal, Decimal]
ZERO, ONE = (Decimal(0), Decimal(0)), (Decimal(1), Decimal(0))


def sum_of_terms(rates: Sequence[Sequence[tuple[complex, complex]]], coefficients: Sequence, s: float) -> float:
    """Return the real part of the sum of ``coefficient * exp[rates](s)``, rounded once.

    Parameters
    ----------
    rates : sequence
        For each term the rates of its chain, each with what its rounding left over.
    """
    longest = max((len(chain) for chain in rates), default=1)
    reach = s * max((abs(high) for chain in rates for high, _ in chain), default=0.0)
    digits = (APART + max(0, ceil(log10(reach)) if reach else 0)) * longest + 36
    exponentials: dict[Decimal, Decimal] = {}
    with localcontext(Context(prec=max(DIGITS, digits), Emin=MIN_EMIN)):
        total, time = Decimal(0), Decimal(s)
        for chain, c in zip(rates, coefficients, strict=True):
            pairs = [_as_pair(rate) for rate in chain]
            if any(y for _, y in pairs):
                z = _corner(pairs, time)
            else:
                z = _real_difference([x for x, _ in pairs], time, exponentials), Decimal(0)
            total += Decimal(c.real) * z[0] - Decimal(c.imag) * z[1]
        return float(total)


def _real_difference(rates: list[Decimal], s: Decimal, exponentials: dict[Decimal, Decimal]) -> Decimal:
    """Return exp[rates](s) for real rates by its definition; equal rates are moved apart by 1e-24 of them and of 1/s.

    `exponentials` remembers those at s.
    """
    rates = sorted(rates)
    largest, once = max(map(abs, rates)), 1 / (s or Decimal(1))
    least = (min(largest, once) if largest else once).scaleb(-APART)
    for k in range(1, len(rates)):
        if rates[k] - rates[k - 1] < least:
            rates[k] = rates[k - 1] + least
    for rate in rates:
        if rate not in exponentials:
            exponentials[rate] = (rate * s).exp()
    table = [exponentials[rate] for rate in rates]
    for width in range(1, len(rates)):
        table = [(table[k + 1] - table[k]) / (rates[k + width] - rates[k]) for k in range(len(table) - 1)]
    return table[0]


def _as_pair(rate: tuple[complex, complex]) -> Pair:
    high, low = rate
    return Decimal(high.real) + Decimal(low.real), Decimal(high.imag) + Decimal(low.imag)


def _corner(rates: list[Pair], s: Decimal) -> Pair:
    """Return exp[rates](s)."""
    n = len(rates)
    size = float(s) * max(1e-300, *(abs(float(x)) + abs(float(y)) for x, y in rates))
    halvings = max(0, ceil(log2(size)) + 2) if size > 0.0 else 0
    # ones beside the diagonal become s; scaled so that they do not enter the norm
    step = s / 2**halvings
    scaled = [(x * step, y * step) for x, y in rates]
    matrix = _series(scaled, n)
    for _ in range(halvings):
        matrix = _square(matrix, n)
    corner = matrix[0][n - 1]
    power = step ** (n - 1)
    return corner[0] * power, corner[1] * power


def _series(rates: list[Pair], n: int) -> list[list[Pair]]:
    """Return the exponential of the matrix with these rates on its diagonal and ones beside it."""
    total = [[ONE if i == j else ZERO for j in range(n)] for i in range(n)]
    term = [row[:] for row in total]
    for k in range(1, SERIES + n):
        for i in range(n):
            for j in reversed(range(i, n)):
                x, y = _times(term[i][j], rates[j])
                if j > i:
                    x, y = x + term[i][j - 1][0], y + term[i][j - 1][1]
                term[i][j] = x / k, y / k
                total[i][j] = total[i][j][0] + term[i][j][0], total[i][j][1] + term[i][j][1]
    return total


def _square(matrix: list[list[Pair]], n: int) -> list[list[Pair]]:
    result = [[ZERO] * n for _ in range(n)]
    for i in range(n):
        for j in range(i, n):
            x = y = Decimal(0)
            for l in range(i, j + 1):
                u, v = _times(matrix[i][l], matrix[l][j])
                x, y = x + u, y + v
            result[i][j] = x, y
    return result


def _times(a: Pair, b: Pair) -> Pair:
    if not a[1] and not b[1]:
        return a[0] * b[0], Decimal(0)
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]
