"""Double-doubles against 60 digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leaky_truth import mp

from eventsnn.crossing.double_double import add, divide, exponential, growth, multiply, precise_decay, two_product

moderate = st.builds(
    lambda mantissa, exponent, sign: sign * mantissa * 2.0**exponent,
    st.floats(1.0, 2.0),
    st.integers(-80, 80),
    st.sampled_from((-1.0, 1.0)),
)
parts = st.floats(-1.0, 1.0)


def value(pair):
    return mp.mpf(pair[0]) + mp.mpf(pair[1])


def with_remainder(x, part):
    """Return a double-double whose remainder is some part of half an ulp of x."""
    return x, x * part * 2.0**-54


def relative_error(pair, exact):
    return float(abs(value(pair) / exact - 1))


@given(moderate, moderate)
def test_a_product_and_its_rounding_error_are_exact(a, b):
    assert value(two_product(a, b)) == mp.mpf(a) * mp.mpf(b)


@given(moderate, parts, moderate, parts)
def test_arithmetic_has_31_digits(a, part_a, b, part_b):
    a, b = with_remainder(a, part_a), with_remainder(b, part_b)
    assert relative_error(multiply(*a, *b), value(a) * value(b)) < 1e-31
    assert relative_error(divide(*a, *b), value(a) / value(b)) < 1e-31
    if value(a) + value(b) != 0:
        assert relative_error(add(*a, *b), value(a) + value(b)) < 1e-31


@given(moderate, parts)
def test_a_sum_that_cancels_keeps_its_digits(a, part):
    x = with_remainder(a, part)
    assert value(add(*x, -a, 0.0)) == mp.mpf(x[1])


@given(st.floats(-0.5, 0.5), parts)
def test_growth_is_expm1_of_x_over_x(x, part):
    x = with_remainder(x, part)
    if abs(x[0]) > 1e-140:
        assert relative_error(growth(*x), mp.expm1(value(x)) / value(x)) < 1e-31


@given(st.floats(-650.0, 650.0), parts)
def test_the_exponential_loses_only_what_its_argument_has(x, part):
    x = with_remainder(x, part)
    assert relative_error(exponential(*x), mp.exp(value(x))) < 1e-31 * (1 + abs(x[0]))


@given(st.floats(1e-6, 600.0), st.floats(0.1, 100.0))
def test_decay_takes_the_time_constant_as_it_is(z, tau):
    s = z * tau
    assert relative_error(precise_decay(s, tau), mp.exp(-mp.mpf(s) / mp.mpf(tau))) < 1e-31 * (1 + z)


@pytest.mark.parametrize("function", [growth, exponential])
def test_zero_gives_one(function):
    assert function(0.0, 0.0) == (1.0, 0.0)


def test_the_exponential_vanishes_before_its_remainder_does():
    assert exponential(-700.0, 0.0) == (0.0, 0.0)
