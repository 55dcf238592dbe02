"""The perfect integrator against exact rational arithmetic."""

import math
from fractions import Fraction

from hypothesis import assume, example, given
from hypothesis import strategies as st
from strategies import near, signed

from eventsnn.neurons.integrator import flow, time_to_pass


@given(signed(1e-9, 1e9), signed(1e-9, 1e9), st.floats(0.0, 1e6))
def test_flow_costs_one_rounding_of_the_product_and_one_of_the_sum(x, slope, s):
    truth = Fraction(x) + Fraction(slope) * Fraction(s)
    bound = Fraction(math.ulp(slope * s)) / 2 + Fraction(math.ulp(float(truth))) * Fraction(501, 1000)
    # the sum rounds the rounded product: at a power of two its ulp may be twice that of the truth
    bound += Fraction(math.ulp(float(truth))) / 2
    assert abs(Fraction(flow(x, slope, s)) - truth) <= bound


@given(signed(1e-9, 1e9), st.data(), signed(1e-9, 1e9), st.booleans())
@example(1.0, None, 1e-300, False)
def test_a_crossing_is_off_by_rounding_only(level, data, slope, close):
    x = data.draw(near(level) if close else signed(1e-9, 1e9)) if data else 0.0
    assume(x != level)
    s = time_to_pass(x, level, x < level, slope)
    if (slope > 0) != (x < level):
        assert s == math.inf
        return
    truth = (Fraction(level) - Fraction(x)) / Fraction(slope)
    # half an ulp of the difference, carried through the quotient, and half an ulp of the quotient (a binade apart
    # at worst)
    bound = Fraction(math.ulp(level - x)) / abs(Fraction(slope)) / 2 + Fraction(math.ulp(float(truth)))
    assert abs(Fraction(s) - truth) <= bound


@given(st.integers(-(2**20), 2**20), st.integers(-(2**20), 2**20), st.integers(-8, 8), st.integers(0, 2**20))
def test_dyadic_numbers_are_never_rounded(x, level, power, s):
    slope = 2.0**power
    assert flow(x / 64, slope, s / 64) == x / 64 + slope * (s / 64)
    if level > x:
        assert time_to_pass(x / 64, level / 64, True, slope) == (level - x) / 64 / slope


def test_without_slope_nothing_moves_and_nothing_crosses():
    assert flow(3.0, 0.0, math.inf) == 3.0
    for upward in (True, False):
        assert time_to_pass(1.0, 1.0, upward, 0.0) == math.inf
        assert time_to_pass(0.0 if upward else 2.0, 1.0, upward, 0.0) == math.inf


def test_from_the_level_itself_the_crossing_is_now_or_never():
    assert time_to_pass(1.0, 1.0, True, 0.5) == 0.0
    assert time_to_pass(1.0, 1.0, False, 0.5) == math.inf
    assert time_to_pass(1.0, 1.0, False, -0.5) == 0.0


def test_the_leaky_neuron_tends_to_the_integrator():
    # relative difference s/(2 tau) to first order
    from eventsnn.neurons import leaky

    for tau in (1e6, 1e9):
        exactly, limit = leaky.time_to_pass(0.0, 1.0, True, 0.1 * tau, tau), time_to_pass(0.0, 1.0, True, 0.1)
        assert abs(exactly / limit - 1) <= limit / tau
