"""The leaky relaxation against 40 digits."""

import math

import oracles
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from oracles import Leaky, crossing_bound, exact, mp, ulp
from strategies import crossings, moderate, near, positive, signed

from eventsnn.neurons.leaky import LARGEST_EXPONENT, flow, time_to_pass

U = 2.0**-53


def true_delay(x, level, upward, rest, tau):
    """Return the 40-digit time to pass `level` in the given direction; None for never."""
    motion = Leaky(rest, tau)
    speed = motion.slope(exact(level)) if x != level else motion.slope(exact(x))
    if (speed > 0) != upward or speed == 0:
        return None
    return motion.delay(exact(x), exact(level))


def flow_bound(x, rest, tau, s):
    """Bound the error of `flow` by its own operations, each with one rounding (libm's with two).

    distance d = rest - x: U d; exponent z = s/tau: U |z| e^-z d; the function: 2 U; its product with d: U;
    the last sum: U of the result.
    """
    z, d = exact(s) / exact(tau), abs(exact(rest) - exact(x))
    part = abs(mp.expm1(-z)) if z < 0.5 else mp.exp(-z)
    result = exact(rest) + (exact(x) - exact(rest)) * mp.exp(-z)
    # the factor covers products of two errors
    return 1.001 * U * (d * (4 * part + abs(z) * mp.exp(-z)) + abs(result)) + mp.mpf(5e-324)


@given(crossings())
@example((0.0, 1.0, 1.0 + 1e-9, 10.0))
@example((0.0, 1.0, 1.0 + 1e-15, 10.0))
@example((0.0, 1.0, math.nextafter(1.0, 2.0), 10.0))
@example((math.nextafter(1.0, 0.0), 1.0, math.nextafter(1.0, 2.0), 10.0))
@example((math.nextafter(1.0, 0.0), 1.0, 2.0, 10.0))
@example((-50.0, -49.99999999999999, -49.0, 1e9))
@example((0.0, 1.0, 1e16, 1e-6))
@example((1.0 + 2.0**-52, 3.0, 1.0, -10.0))
def test_a_crossing_is_off_by_rounding_only(case):
    x, level, rest, tau = case
    assume(x != level)
    s = time_to_pass(x, level, x < level, rest, tau)
    truth = true_delay(x, level, x < level, rest, tau)
    if truth is None:
        assert s == math.inf
    else:
        speed = Leaky(rest, tau).slope(exact(level))
        assert abs(exact(s) - truth) <= crossing_bound(truth, level, speed, x, rest)


@given(positive(1e-100, 1e100), st.data(), positive(1e-6, 1e9))
def test_close_to_threshold_and_rest_a_crossing_keeps_all_digits(level, data, tau):
    # all three within a factor two of each other: both differences are exact (Sterbenz), the quotient costs U, its
    # logarithm (condition number at most 1) passes that on and costs 2 U, the product costs U: 4 U <= 4 ulp
    x, rest = data.draw(near(level)), data.draw(near(level))
    assume((x < level) == (level < rest) and x != level)
    s = time_to_pass(x, level, x < level, rest, tau)
    truth = true_delay(x, level, x < level, rest, tau)
    assert abs(exact(s) - truth) <= 4 * ulp(truth)


@pytest.mark.parametrize("margin", [1e-9, 1e-12, 1e-15, 2.0**-52])
@pytest.mark.parametrize("tau", [1e-6, 10.0, 1e9])
@pytest.mark.parametrize("scale", [1e-200, 1.0, 50.0, 1e200])
def test_a_drive_barely_above_threshold_is_seen(margin, tau, scale):
    rest = scale * (1 + margin)
    assert rest > scale
    truth = true_delay(0.0, scale, True, rest, tau)
    # from zero the gap is exact too
    assert abs(exact(time_to_pass(0.0, scale, True, rest, tau)) - truth) <= 4 * ulp(truth)


def test_a_drive_of_exactly_the_threshold_never_crosses():
    assert time_to_pass(0.0, 1.0, True, 1.0, 10.0) == math.inf
    assert time_to_pass(1.0, 1.0, True, 1.0, 10.0) == math.inf
    assert time_to_pass(2.0, 1.0, False, 1.0, 10.0) == math.inf
    assert time_to_pass(1.0, 2.0, True, 1.0, -10.0) == math.inf  # growth away from where it stands


@given(crossings())
def test_from_the_level_itself_the_crossing_is_now_or_never(case):
    _, level, rest, tau = case
    for upward in (True, False):
        leaves = ((rest > level) if tau > 0 else (level > rest)) == upward and rest != level
        assert time_to_pass(level, level, upward, rest, tau) == (0.0 if leaves else math.inf)


def test_a_tiny_interval_keeps_its_digits():
    # 1e-12 ms from a state set a little below threshold
    rest, tau, level = 2.0, 10.0, 1.0
    x = level - 1e-13
    s = time_to_pass(x, level, True, rest, tau)
    truth = true_delay(x, level, True, rest, tau)
    assert 0.9e-12 < s < 1.1e-12
    assert abs(exact(s) - truth) <= 4 * ulp(truth)


@given(crossings(), moderate(0.0, 1.0), st.booleans())
def test_flow_is_off_by_the_rounding_of_its_steps(case, part, long):
    x, _, rest, tau = case
    s = part * abs(tau) * (100.0 if long else 1.0)
    truth = Leaky(rest, tau).flow(exact(x), exact(s))
    assert abs(exact(flow(x, rest, tau, s)) - truth) <= flow_bound(x, rest, tau, s)


@given(crossings(), moderate(0.0, 50.0))
def test_a_decaying_flow_is_within_three_ulp_of_the_larger_end(case, z):
    # the promise of the docstring
    x, _, rest, tau = case
    tau = abs(tau)
    truth = Leaky(rest, tau).flow(exact(x), exact(z * tau))
    assert abs(exact(flow(x, rest, tau, z * tau)) - truth) <= 3 * ulp(max(abs(x), abs(rest)))


@given(crossings())
def test_after_long_silence_the_state_is_exactly_at_rest(case):
    x, _, rest, tau = case
    tau = abs(tau)
    assume(abs(x) < 1e300)
    assert flow(x, rest, tau, 1e6 * tau) == rest
    assert flow(x, rest, tau, 800.0 * tau) == rest


@given(crossings(), moderate(0.0, 60.0))
def test_flow_never_overshoots_rest(case, z):
    x, _, rest, tau = case
    y = flow(x, rest, abs(tau), z * abs(tau))
    tolerance = 3 * math.ulp(max(abs(x), abs(rest)))
    assert min(x, rest) - tolerance <= y <= max(x, rest) + tolerance


@given(crossings(), st.lists(moderate(0.0, 40.0), min_size=2, max_size=20))
def test_flow_is_monotone_to_rounding(case, parts):
    x, _, rest, tau = case
    times = [z * abs(tau) for z in sorted(parts)]
    values = [flow(x, rest, tau, s) for s in times]
    side = 1.0 if (rest > x) == (tau > 0) else -1.0
    for (s, a), (r, b) in zip(zip(times, values, strict=True), list(zip(times, values, strict=True))[1:], strict=False):
        assert side * (b - a) >= -float(flow_bound(x, rest, tau, s) + flow_bound(x, rest, tau, r))


def test_growth_without_end_is_infinite_and_not_an_error():
    assert flow(1.0, 0.0, -1.0, 1e6) == math.inf
    assert flow(-1.0, 0.0, -1.0, 1e6) == -math.inf
    assert flow(3.0, 3.0, -1.0, 1e6) == 3.0
    assert flow(1.0, 0.0, -1.0, LARGEST_EXPONENT) == pytest.approx(math.exp(LARGEST_EXPONENT), rel=1e-12)


@given(signed(1e-6, 1e6), positive(1e-3, 1e3), positive(1e-3, 1e3))
def test_scaling_by_a_power_of_two_scales_bits(rest, tau, s):
    # values and times in other binary units: every operation scales without a rounding
    for factor in (2.0**-60, 2.0**80):
        assert flow(0.3 * factor, rest * factor, tau, s) == factor * flow(0.3, rest, tau, s)
        t = time_to_pass(0.125, 0.25, True, rest, tau)
        assert time_to_pass(0.125 * factor, 0.25 * factor, True, rest * factor, tau) == t
        assert time_to_pass(0.125, 0.25, True, rest, tau * 4.0) == 4.0 * t


def test_a_negative_zero_of_time_constant_signs_does_not_matter():
    assert flow(1.0, -0.0, 10.0, 0.0) == 1.0
    assert oracles.DIGITS == 40


def test_a_quotient_beyond_the_largest_double_is_no_missed_crossing():
    # log(1 + 1e300/1e-15) = 315 log(10) to all digits
    t = time_to_pass(-1e300, 1.0, True, 1.0 + 2.0**-50, 10.0)
    assert t == pytest.approx(10.0 * (300 * math.log(10) + 50 * math.log(2)), rel=4e-16)
