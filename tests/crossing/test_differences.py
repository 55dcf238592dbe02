"""Divided differences of the exponential against the matrix exponential of their bidiagonal matrix, to 60 digits."""

import itertools
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from linear_cases import some
from linear_oracle import mp

from eventsnn.crossing.differences import complex_difference, difference

U = 2.0**-53


def truth(rates, s):
    """Return ``exp[rates](s)``: the corner of ``exp(s M)``, M with the rates on its diagonal and ones above it."""
    n = len(rates)
    number = mp.mpc if any(isinstance(rate, complex) for rate in rates) else mp.mpf
    # e^(c s) is taken out: what is left is a series without overflow, in steps small enough to converge at once
    centre = number(max(rates, key=lambda z: complex(z).real))
    diagonal = [number(rate) - centre for rate in rates]
    size = max(map(abs, diagonal)) * s + 1
    halvings = max(0, math.ceil(math.log2(float(size)))) + 4
    with mp.workprec(mp.prec + 64 + 4 * halvings):
        h = mp.mpf(s) / 2**halvings
        total = [[number(i == j) for j in range(n)] for i in range(n)]
        term = total
        for k in range(1, 60):
            step = h / k
            # times M: on the diagonal the rates, above it ones
            term = [
                [(row[j] * diagonal[j] + (row[j - 1] if j > i else 0)) * step if j >= i else row[j] for j in range(n)]
                for i, row in enumerate(term)
            ]
            total = [[a + b for a, b in zip(p, q, strict=True)] for p, q in zip(total, term, strict=True)]
        for _ in range(halvings):
            total = _times(total, total)
        return total[0][n - 1] * mp.exp(centre * s)


def _times(a, b):
    n = len(a)
    return [[sum((a[i][l] * b[l][j] for l in range(i, j + 1)), mp.mpf(0)) for j in range(n)] for i in range(n)]


def bound(rates):
    """Return the bound for real rates, relative: 3 ulp up to three, 2 more for each further one, as promised."""
    return (3 + 2 * max(0, len(rates) - 3)) * 2 * U


def check_real(rates, s):
    rates = sorted(rates, reverse=True)
    ours, right = difference(rates, [0.0] * len(rates), 0, len(rates) - 1, s), truth(rates, s).real
    if right < mp.mpf(2) ** -1000:
        assert 0.0 <= ours <= 2.0**-990  # what doubles hold no more with all their digits
        return
    assert abs(ours - right) <= bound(rates) * right


gaps = st.sampled_from([0.0, 2.0**-52, 1e-15, 1e-9, 1e-3, 0.1, 1.0, 2.0, 2.1, 4.0, 30.0, 1e3])
spans = st.sampled_from([1e-12, 1e-6, 1e-3, 0.1, 0.9, 1.0, 2.0001, 5.0, 40.0, 300.0, 1e6])


@given(st.lists(gaps, min_size=1, max_size=6), st.sampled_from([0.0, -1.0, -0.1, -1e-5, 0.3]), spans, st.floats(0.5, 1))
# found at 36 and 200 ulp: differences of differences, each a little too close to be subtracted
@example([2e-10, 0.1237, 0.0921, 0.0], -0.1838, 9.319, 1.0)
@example([2.3, 0.0, 1e-9, 0.0, 2.3], -0.49, 1.2, 1.0)
def test_real_rates_at_any_distance(gaps, first, s, stretch):
    rates = [first]
    for gap in gaps:
        # gaps are relative to the rate, and in proportion to 1/s: close and far ones at every s
        rates.append(rates[-1] - gap * stretch * (abs(first) or 1.0) * (1.0 if s > 1 else 1.0 / s))
    if rates[0] * s < 600.0:
        check_real(rates, s)


@pytest.mark.parametrize("n", some([2, 3, 4, 5, 6, 7], 3, 4, 5))
@pytest.mark.parametrize("d", some([0.5, 1.9, 2.1, 2.5, 4.0, 10.0], 0.5, 2.1, 2.5))
def test_rates_in_two_clusters(n, d):
    for many in range(1, n):
        check_real([-1.0] * many + [-1.0 - d] * (n - many), 1.0)
        check_real([-1.0 - d * k / (n - 1) for k in range(n)], 1.0)


@pytest.mark.parametrize(
    "first, second", list(itertools.combinations([0.0, 1.0, 1e-5, 1e3, 1.0 + 2**-52, 1.0 + 1e-9, 0.999], 2))
)
def test_two_and_three_rates_at_every_time(first, second):
    for s in (1e-9, 0.01, 1.0, 30.0, 700.0, 1e6):
        for rates in ([-first, -second], [-first, -first, -second], [-first, -second, -second], [0.0, -first, -second]):
            check_real(rates, s)


def test_growing_rates_up_to_where_doubles_end():
    for rates in ([1.0, 1.0], [1.0, 0.5], [1.0, -1.0, 1.0], [0.25, -3.0, 0.0]):
        for s in (1.0, 100.0, 600.0):
            check_real(rates, s)


def test_what_the_rounding_of_a_rate_left_over_counts():
    # the rate 1/3 in two doubles: after 600 time constants its rounding alone would make 50 ulp
    third = -1.0 / 3.0
    low = float(mp.mpf(-1) / 3 - mp.mpf(third))
    right = mp.exp(-mp.mpf(1800) / 3)
    assert abs(difference([third], [low], 0, 0, 1800.0) - right) <= 3 * U * right
    right = (1 - mp.exp(-mp.mpf(600))) * 3
    assert abs(difference([0.0, third], [0.0, low], 0, 1, 1800.0) - right) <= 6 * U * right


# --- complex rates ------------------------------------------------------------------------------------------------


def check_complex(rates, s, factor=8.0):
    """Compare with the truth, in units of the largest size that a divided difference with these real parts has."""
    ours, right = complex_difference(tuple(map(complex, rates)), (0j,) * len(rates), s), truth(rates, s)
    scale = truth([complex(r).real for r in rates], s).real
    # phases and exponents are rounded rates times s: known to an ulp of themselves, whatever their size
    if scale < mp.mpf(2) ** -1000:
        return
    assert abs(mp.mpc(ours) - right) <= factor * 2 * U * len(rates) * scale


@pytest.mark.parametrize("omega", some([1e-12, 1e-9, 1e-6, 1e-3, 0.1, 0.99, 1.0, 1.01, 3.0, 1e3], 1e-9, 1.01, 1e3))
@pytest.mark.parametrize("mu", some([0.0, -1e-3, -1.0, 0.2], -1.0, 0.2))
def test_conjugate_pairs(mu, omega):
    z = complex(mu, omega)
    for s in (1e-9, 0.1, 1.0, 1.999, 2.001, 30.0, 500.0):
        for rates in ([z], [z, z.conjugate()], [z, z], [0.0, z], [0.0, z, z.conjugate()], [z, z.conjugate(), -1.0]):
            check_complex(rates, s)


@pytest.mark.parametrize("d", [1e-15, 1e-9, 1e-3, 0.1, 1.0])
def test_a_resonator_driven_near_its_own_frequency(d):
    z = complex(-0.01, 1.0)
    for s in (0.1, 1.0, 10.0, 100.0):
        check_complex([z + 1j * d, z, z.conjugate()], s)
        check_complex([z, z + d, z.conjugate()], s)


def test_tiny_frequencies_do_not_underflow():
    for omega in (1e-100, 1e-160, 1e-200, 1e-300):
        z = complex(-1.0, omega)
        check_complex([z, z.conjugate()], 1.0)
