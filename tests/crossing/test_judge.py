"""Sums of exponentials with sixty digits, against divided differences with hundreds."""

import random

import mpmath
import pytest

from eventsnn.crossing.judge import sum_of_terms

mp = mpmath.mp.clone()


def truth(rates, s):
    """Return exp[rates](s) by its definition; equal rates a part in 1e80 of 1/s apart."""
    mp.dps = 700
    moved = sorted((mp.mpc(rate) for rate in rates), key=lambda z: (z.real, z.imag))
    for k in range(1, len(moved)):
        for other in moved[:k]:
            if abs(moved[k] - other) < mp.mpf(10) ** -80 / s:
                moved[k] += k * mp.mpf(10) ** -80 / s
    table = [mp.exp(rate * mp.mpf(s)) for rate in moved]
    for width in range(1, len(moved)):
        table = [(table[k + 1] - table[k]) / (moved[k + width] - moved[k]) for k in range(len(table) - 1)]
    return table[0]


def precise(rates, coefficient, s):
    return sum_of_terms([[(complex(rate), 0j) for rate in rates]], [coefficient], s)


@pytest.mark.parametrize("reach", [(-2, 2), (3, 18)])
def test_real_rates_near_and_far(reach):
    rng = random.Random(4)
    for _ in range(120):
        base = -(10 ** rng.uniform(-3, 1))
        rates = [rng.choice([base, base, base * (1 + 2e-16), 2 * base, 0.0, 0.0, 1e-3 * base]) for _ in range(4)]
        rates = rates[: rng.randint(1, 4)]
        s = 10 ** rng.uniform(*reach) / -base
        true = truth(rates, s).real
        if true > mp.mpf(10) ** -290:
            assert abs(precise(rates, 1.0, s) - true) <= 2.0**-52 * true, (rates, s)


def test_complex_rates():
    rng = random.Random(5)
    for _ in range(60):
        z = complex(-rng.uniform(0, 0.5), rng.uniform(0.1, 3))
        rates = rng.sample([z, z, z.conjugate(), 0.0, -0.3, -0.3], rng.randint(1, 4))
        s, c = rng.uniform(0.1, 30), complex(rng.gauss(0, 1), rng.gauss(0, 1))
        true = (c * truth(rates, s)).real
        assert precise(rates, c, s) == pytest.approx(float(true), rel=1e-14, abs=1e-300)


def test_terms_that_cancel_keep_their_difference():
    # e^(-s) - e^(-s (1 + 1e-15)): nothing is left of it in doubles
    rates = [[(-1.0 + 0j, 0j)], [(-1.0 + 0j, -1e-15 + 0j)]]
    mp.dps = 60
    true = mp.exp(-2) - mp.exp(-2 * (1 + mp.mpf(1e-15)))
    assert sum_of_terms(rates, [1.0, -1.0], 2.0) == pytest.approx(float(true), rel=1e-14)
