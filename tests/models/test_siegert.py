"""Rate and coefficient of variation of the noisy leaky neuron: against quadrature to 30 digits, and at the limits."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from noise_oracle import mp, siegert_interval, siegert_variance

from eventsnn import ArgumentError, DimensionMismatchError, Hz, Quantity, UnitError, models, ms, mV, second

EPS = 2.0**-52

#: mu, sigma, reset, for a threshold of 1; the levels are doubles whose differences are not.
CASES = [
    # around threshold
    (0.8, 0.5, 0.0),
    (1.0, 0.5, 0.0),
    (1.5, 0.5, 0.0),
    (0.5, 3.0, -2.0),
    # one exponential of the square fills the range of a double
    (0.2, 0.04, 0.0),
    (0.0, 0.0385, -1.0),
    (-5.0, 1.0, 0.0),
    # nearly without noise: a logarithm, whose argument must not be rounded
    (1.5, 1e-3, 0.0),
    (1.5, 1e-8, 0.3),
    (100.0, 0.5, 0.999999),
    # both sides of where the series begins
    (11.2, 1.0, 0.0),
    (12.0, 1.0, 0.0),
    # where the ways of computing it meet: series with quadrature, and the two sides of zero
    *((middle + side, 1.0, 0.0) for middle in (11.0, 10.0) for side in (-1e-9, 1e-9)),
    *((middle + 1e-9, 1.0, 0.0) for middle in (1.0, 0.0)),
    # all noise; mu just above and at threshold with little noise
    (0.5, 1e5, 0.0),
    (1.0, 1e-5, 0.0),
    (1.0 + 1e-13, 1e-5, 0.0),
    # reset close below threshold, far above zero
    (0.3, 0.05, 0.99),
    (-300.0, 20.0, 0.5),
]


def condition(mu, sigma):
    """Return by how much a relative error of (V_th - mu)/sigma grows in exp of its square, and in the rest."""
    return 1 + 2 * max((1 - mu) / sigma, 0.0) ** 2


@pytest.mark.parametrize("mu, sigma, reset", CASES)
def test_the_rate_is_siegerts_integral(mu, sigma, reset):
    interval = siegert_interval(mu, sigma, 10.0, 1.0, reset, 2.0)
    rate = models.lif_rate(mu, sigma, 10 * ms, 1, reset, 2 * ms)
    # three roundings of (V_th - mu)/sigma and its square; some tens of those of a sum of positive terms
    assert abs(float(rate) * interval / 1000 - 1) < (3 * condition(mu, sigma) + 30) * EPS


@pytest.mark.parametrize("mu, sigma, reset", CASES)
def test_the_coefficient_of_variation_is_brunels_integral(mu, sigma, reset):
    interval = siegert_interval(mu, sigma, 10.0, 1.0, reset, 2.0)
    cv = models.lif_cv(mu, sigma, 10 * ms, 1, reset, 2 * ms)
    # exp of the square is in mean and deviation alike; where a width of reset to threshold is resolved, it remains
    assert abs(float(cv) * interval / mp.sqrt(siegert_variance(mu, sigma, 10.0, 1.0, reset)) - 1) < 1e-13


class TestLimits:
    def test_without_noise_the_rate_is_that_of_the_logarithm(self):
        expected = 1 / (2 * ms + 10 * ms * math.log(1.5 / 0.5))
        for sigma in (0.0, 1e-300, 1e-20, 1e-9):
            assert float(models.lif_rate(1.5, sigma, 10 * ms, 1, 0, 2 * ms) / expected) == pytest.approx(1, rel=4 * EPS)
        assert models.lif_cv(1.5, 0.0, 10 * ms, 1, 0) == 0.0

    def test_a_little_noise_varies_the_interval_as_its_variance_at_threshold(self):
        # the free membrane starts at reset without variance: var(v) = sigma**2/2 (1 - exp(-2T/tau)) over its speed
        T = 10 * math.log(3.0)
        expected = 1e-6 * math.sqrt((1 - math.exp(-T / 5)) / 2) / (0.5 / 10) / T
        assert models.lif_cv(1.5, 1e-6, 10 * ms, 1, 0) == pytest.approx(expected, rel=1e-10)

    def test_without_noise_nothing_fires_below_or_at_threshold(self):
        assert np.asarray(models.lif_rate([-1.0, 0.0, 0.999, 1.0], 0.0, 10 * ms, 1, 0)).tolist() == [0.0] * 4
        assert np.isnan(models.lif_cv([-1.0, 0.0, 0.999, 1.0], 0.0, 10 * ms, 1, 0)).all()

    @pytest.mark.parametrize("sigma", [1e-2, 1e-5, 1e-160, 5e-324])
    def test_far_below_threshold_the_rate_vanishes_without_a_warning(self, sigma):
        assert models.lif_rate(0.5, sigma, 10 * ms, 1, 0) == 0 * Hz
        assert models.lif_cv(0.5, sigma, 10 * ms, 1, 0) == pytest.approx(1.0, abs=1e-12)

    def test_rates_down_to_the_smallest_doubles_follow_kramers(self):
        # b exp(-b**2)/(tau sqrt(pi)), less by 1/(2 b**2)
        b = 26.2
        rate = float(models.lif_rate(0.0, 1.0, 1 * second, b, 0.0))
        assert 1e-300 < rate < 1e-296
        assert rate == pytest.approx(b * math.exp(-b * b) / math.sqrt(math.pi), rel=1 / b**2)
        assert rate < b * math.exp(-b * b) / math.sqrt(math.pi)

    def test_much_noise_is_a_walk_that_reaches_threshold_at_once(self):
        # sqrt(pi) tau gap/sigma is the mean interval to first order
        rate = models.lif_rate(0.3, 1e9, 10 * ms, 1, 0)
        assert float(rate * 10 * ms) * math.sqrt(math.pi) / 1e9 == pytest.approx(1, rel=1e-8)

    def test_the_far_tail_is_a_poisson_train(self):
        assert models.lif_cv(-3.0, 0.5, 10 * ms, 1, 0) == pytest.approx(1.0, abs=1e-12)


def test_the_refractory_period_adds_to_the_interval_and_not_to_its_deviation():
    rates = [float(models.lif_rate(0.8, 0.5, 10 * ms, 1, 0, t_ref)) for t_ref in (0 * ms, 5 * ms)]
    cvs = [models.lif_cv(0.8, 0.5, 10 * ms, 1, 0, t_ref) for t_ref in (0 * ms, 5 * ms)]
    assert 1 / rates[1] - 1 / rates[0] == pytest.approx(0.005, rel=1e-13)
    assert cvs[1] / rates[1] == pytest.approx(cvs[0] / rates[0], rel=1e-13)


def test_arguments_broadcast_and_each_is_as_if_alone():
    # more than are integrated at a time
    mu, sigma = np.linspace(-0.5, 2, 201), np.array([[0.1], [0.5], [2.0]])
    rate = models.lif_rate(mu, sigma, 10 * ms, 1, 0, [[1], [2], [3]] * ms)
    cv = models.lif_cv(mu, sigma, 10 * ms, 1, 0, [[1], [2], [3]] * ms)
    assert isinstance(rate, Quantity) and rate.shape == cv.shape == (3, 201)
    for row, column in ((0, 0), (1, 100), (2, 200), (1, 99)):
        alone = mu[column], sigma[row, 0], 10 * ms, 1, 0, (row + 1) * ms
        # sums of other lengths may round otherwise
        assert float(rate[row, column]) == pytest.approx(float(models.lif_rate(*alone)), rel=1e-15)
        assert cv[row, column] == pytest.approx(models.lif_cv(*alone), rel=1e-14)
    assert models.lif_rate(mu[:0], 1, 10 * ms, 1, 0).shape == (0,)


def test_levels_may_be_voltages():
    in_volts = models.lif_rate(-58 * mV, 4 * mV, 20 * ms, -50 * mV, -60 * mV, 2 * ms)
    assert float(in_volts / models.lif_rate(-58, 4, 20 * ms, -50, -60, 2 * ms)) == pytest.approx(1, rel=1e-13)
    assert in_volts.dim is Hz.dim


@pytest.mark.parametrize("function", [models.lif_rate, models.lif_cv])
@pytest.mark.parametrize(
    "changed, error, message",
    [
        (
            dict(sigma=5 * mV),
            DimensionMismatchError,
            "expected sigma to be .*dimensionless.* as mu is, .* a voltage",
        ),
        (dict(V_th=1 * mV), DimensionMismatchError, "expected V_th to be "),
        (dict(tau_m=10), DimensionMismatchError, "expected tau_m to be a time .s., found it to be .*dimensionless"),
        (dict(t_ref=2), DimensionMismatchError, "expected t_ref to be a time"),
        (dict(mu="0.5"), UnitError, "Expected a number or a quantity"),
        (dict(sigma=[0.5, -0.5]), ArgumentError, "expected sigma to be finite and not negative, got -0.5"),
        (dict(mu=math.nan), ArgumentError, "expected mu to be finite, got nan"),
        (dict(tau_m=0 * ms), ArgumentError, "expected tau_m to be finite and positive, got 0. s"),
        (dict(t_ref=-1 * ms), ArgumentError, "expected t_ref to be finite and not negative, got -1. ms"),
        (dict(V_reset=1), ArgumentError, "expected V_reset below V_th, or the neuron would fire again at once"),
        (dict(mu=[1, 2], sigma=[1, 2, 3]), ArgumentError, r"broadcast, got the shapes mu \(2,\), sigma \(3,\)"),
    ],
)
def test_what_makes_no_sense_is_refused(function, changed, error, message):
    arguments = dict(mu=0.8, sigma=0.5, tau_m=10 * ms, V_th=1, V_reset=0, t_ref=2 * ms) | changed
    with pytest.raises(error, match=message) as caught:
        function(**arguments)
    assert error is UnitError or str(caught.value).startswith(f"{function.__name__}: ")


def test_scipy_is_loaded_by_those_who_ask_for_a_rate():
    code = (
        "import sys; from eventsnn import models, ms; assert 'scipy' not in sys.modules; "
        "models.lif_rate(1, 1, 1*ms, 1, 0); assert 'scipy' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
