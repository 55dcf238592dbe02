"""The quadratic integrate-and-fire against 150 digits."""

from __future__ import annotations

import itertools
import math
import random
import struct
from dataclasses import dataclass
from math import inf

import mpmath
import pytest
from compiled import compiled
from hypothesis import assume, example, given
from hypothesis import strategies as st
from strategies import positive, signed

from eventsnn.neurons import quadratic
from eventsnn.neurons.quadratic import flow, time_to_pass

# The antiderivative at both ends, subtracted, loses the digits that the difference is short of: with kappa down to
# 1e-30 of u*u and states one ulp apart some 50, with fixed points within 1e-32 of a state 32 more.
mp = mpmath.mp.clone()
mp.dps = 150

LARGEST = mp.mpf(1.7976931348623157e308)


@dataclass(frozen=True)
class Quadratic:
    """``dx/dt = rate ((x - center)**2 + kappa)``, by its antiderivative at both ends; no formula of eventsnn."""

    center: float
    kappa: float
    rate: float

    def mirrored(self) -> Quadratic:
        return Quadratic(-self.center, self.kappa, -self.rate)

    def slope(self, x):
        return mp.mpf(self.rate) * ((mp.mpf(x) - mp.mpf(self.center)) ** 2 + mp.mpf(self.kappa))

    def delay(self, x, level, upward):
        """Return the time until x passes `level`; None for never."""
        if self.rate < 0:
            return self.mirrored().delay(-x, -level, not upward)
        if not (x <= level if upward else x >= level):
            return None
        u, w = mp.mpf(x) - mp.mpf(self.center), mp.mpf(level) - mp.mpf(self.center)
        k = mp.sqrt(abs(mp.mpf(self.kappa)))
        if self.kappa > 0:
            return (mp.atan(w / k) - mp.atan(u / k)) / (k * mp.mpf(self.rate)) if upward else None
        if not ((u > k and w > k) or w < -k if upward else -k < w <= u < k):
            return None
        return self._antiderivative(w, k) - self._antiderivative(u, k) if x != level else mp.mpf(0)

    def _antiderivative(self, u, k):
        """Return the integral of du/(rate (u**2 - k**2)), zero at infinity."""
        if mp.isinf(u):
            return mp.mpf(0)
        if k == 0:
            return -1 / (u * mp.mpf(self.rate))
        return mp.log(abs((u - k) / (u + k))) / (2 * k * mp.mpf(self.rate))

    def flow(self, x, s):
        if self.rate < 0:
            return -self.mirrored().flow(-x, s)
        if s == 0:
            return mp.mpf(x)
        end = self.delay(x, inf, True)
        if end is not None and end <= s:
            return mp.inf
        center, z, k = mp.mpf(self.center), mp.mpf(self.rate) * mp.mpf(s), mp.sqrt(abs(mp.mpf(self.kappa)))
        u = mp.mpf(x) - center
        if self.kappa > 0:
            return center + k * mp.tan(mp.atan(u / k) + k * z)
        if self.kappa == 0:
            return center + (1 / (1 / u - z) if u != 0 else 0)
        if abs(u) == k:
            return mp.mpf(x)
        # the cross-ratio with the two fixed points decays exponentially
        ratio, decay = (u - k) / (u + k) if x > -inf else mp.mpf(1), mp.exp(-2 * k * z)
        return center + k * (decay + ratio) / (decay - ratio)


def ulp(x) -> mpmath.mpf:
    return mp.mpf(math.ulp(float(x)))


def largest_of(*numbers: float) -> float:
    return max(abs(x) for x in numbers if abs(x) < inf)


def draw_case(source: random.Random) -> tuple[float, float, bool, Quadratic]:
    """Return ``(x, level, upward, motion)``, as adverse as possible.

    States are ordinary, of other sizes by up to 1e12, infinite, on a fixed point (exactly, if k is a short number), a
    few ulp or a part of 1e-16 to 0.1 away from it, or between both; the level any of these, or as close to x. kappa is
    zero, or of either sign from 1e-30 to 1e6 of the square of the scale.
    """
    scale = 10.0 ** (source.uniform(-6, 6) if source.random() < 0.8 else source.uniform(-90, 90))

    def held(x: float) -> float:
        """Return x, zero if it is so small that 150 digits do not hold it beside the others."""
        return x if abs(x) > 1e-31 * scale else 0.0

    center = held(source.choice([0.0, 1.0, 10.0 ** source.uniform(-10, 10)]) * source.uniform(-1, 1) * scale)
    short = source.randrange(1, 1000) * 2.0 ** math.floor(math.log2(scale))
    k = source.choice([0.0, scale * source.uniform(0.1, 3), scale * 10.0 ** source.uniform(-15, 3), short])
    kappa = source.choice([1.0, -1.0, -1.0]) * k * k

    def beside(x: float) -> float:
        if x == 0.0:
            return source.choice([-1e-30, 0.0, 1e-30]) * scale
        for _ in range(source.choice([0, 1, 1, 2, 5])):
            x = math.nextafter(x, source.choice([-inf, inf]))
        return x

    def state() -> float:
        point = source.choice([-k, k])
        return source.choice(
            [
                center + source.uniform(-2, 2) * scale,
                center + source.choice([-1, 1]) * scale * 10.0 ** source.uniform(-12, 12),
                source.choice([-inf, inf]),
                beside(center + point),
                center + point * (1 + source.choice([-1, 1]) * 10.0 ** source.uniform(-16, -1)),
                center + source.uniform(-1, 1) * k,
            ]
        )

    x = held(state())
    close = [beside(x), x * (1 + source.uniform(-1, 1) * 10.0 ** source.uniform(-15, -1))] if abs(x) < inf else [x]
    level = held(source.choice([state(), state(), *close]))
    upward = level > x if source.random() < 0.9 else source.random() < 0.5
    return x, level, upward, Quadratic(center, kappa, source.choice([1, -1]) * 10.0 ** source.uniform(-6, 6))


def draw_time(source: random.Random, x: float, level: float, upward: bool, motion: Quadratic) -> float:
    """Return a time that goes with a case: close to its crossing or explosion, or of any size beside its time scale."""
    c, kappa, r = motion.center, motion.kappa, motion.rate
    scales = [1.0 / abs(r * v) for v in (x - c, math.sqrt(abs(kappa))) if 1e-200 < abs(v) < inf] or [1.0]
    for end, direction in ((level, upward), (inf * r, r > 0)):
        t = time_to_pass(x, end, direction, c, kappa, r)
        scales += [t, t] if 0 < t < 1e200 else []
    part = source.choice([1.0, 1 - 1e-15, 1 - 1e-9, source.uniform(1e-3, 1), 10.0 ** source.uniform(-20, 3)])
    return source.choice(scales) * part


sources = st.randoms(use_true_random=False)
cases = sources.map(draw_case)


# --- crossing --------------------------------------------------------------------------------------------------------


def error_of_time(x, level, upward, motion) -> float:
    """Return the error in units of ulp(t) + ulp(scale)/|x'|, inf for a crossing missed or invented."""
    t = time_to_pass(x, level, upward, motion.center, motion.kappa, motion.rate)
    truth = motion.delay(x, level, upward)
    if truth is None or truth > LARGEST:
        return 0.0 if t == inf else inf
    if t == inf or truth == 0:
        return 0.0 if t == truth else inf
    # an infinite level is passed at infinite speed, and then ulp(t) alone counts
    unit = ulp(truth)
    if abs(level) < inf:
        unit += ulp(largest_of(x, level, motion.center)) / abs(motion.slope(level))
    return float(abs(mp.mpf(t) - truth) / unit)


# The bound 2 follows from the method: all is carried to 32 digits but the libm function (0.75 ulp of its result, so at
# most 1.5 ulp of the time, as the binades of both may differ) and the last rounding, 0.5 ulp.


@given(cases)
@example((-inf, inf, True, Quadratic(0.0, 1.0, 1.0)))
@example((-inf, inf, True, Quadratic(0.0, 5e-324, 1.0)))
@example((0.0, 1e150, True, Quadratic(0.0, 5e-324, 1.0)))
@example((-1e200, 1e200, True, Quadratic(0.0, 1e-200, 1.0)))
@example((1e-200, 1e200, True, Quadratic(1e-201, 0.0, 1.0)))
@example((math.nextafter(1.0, 2.0), inf, True, Quadratic(0.0, -1.0, 1.0)))
@example((math.nextafter(1.0, 0.0), -1.0 + 1e-15, False, Quadratic(0.0, -1.0, 1.0)))
@example((1.0, math.nextafter(1.0, 2.0), True, Quadratic(0.0, 1e-30, 1.0)))
# the nearest double to sqrt(2), and a center that brings the difference to within 1e-25 of it
@example((1.4142135623730951, inf, True, Quadratic(9.667293313452e-17, -2.0, 1.0)))
@example((1.4142135623730951, inf, True, Quadratic(9.667293313452913e-17, -2.0, 1.0)))
def test_a_crossing_is_off_by_rounding_only_and_none_is_missed_or_invented(case):
    assert error_of_time(*case) <= 2


def test_two_thousand_adverse_crossings_are_off_by_rounding_only():
    source = random.Random(1)
    assert max(error_of_time(*draw_case(source)) for _ in range(2000)) <= 2


@given(signed(1e-100, 1e100), st.data(), st.sampled_from([0.0, 1e-30, 1e-12, 1.0, 1e6]), signed(1e-6, 1e6))
def test_close_states_keep_all_digits_of_their_time(x, data, size, rate):
    # the difference is exact however few digits it has, so ulp(t) alone bounds the error
    kappa = data.draw(st.sampled_from([1.0, -1.0])) * size * x * x
    level = x
    for _ in range(data.draw(st.integers(1, 5))):
        level = math.nextafter(level, inf)
    motion = Quadratic(0.0, kappa, rate)
    upward = motion.slope(x) > 0
    x, level = (x, level) if upward else (level, x)
    truth = motion.delay(x, level, upward)
    assume(truth is not None and truth < LARGEST)
    assert abs(time_to_pass(x, level, upward, 0.0, kappa, rate) - truth) <= 2 * ulp(truth)


@pytest.mark.parametrize("rate", [1.0, -1.0, 0.037])
@pytest.mark.parametrize("k", [1.0, 0.3, 2.0**-200])
@pytest.mark.parametrize("margin", [1e-3, 1e-6, 1e-9, 1e-12, 1e-15, 2.0**-52])
def test_beside_the_fixed_points_the_ways_part(margin, k, rate):
    # all with mirrored signs for rate < 0
    side, kappa = math.copysign(1.0, rate), -k * k
    k = math.sqrt(-kappa)
    motion = Quadratic(0.0, kappa, rate)
    up = rate > 0
    assert error_of_time(side * k * (1 + margin), side * inf, up, motion) <= 2
    assert error_of_time(side * k * (1 - margin), -side * k * (1 - margin), not up, motion) <= 2
    assert error_of_time(-inf * side, -side * k * (1 + margin), up, motion) <= 2
    for passes, x, level, upward in (
        (True, k * (1 + margin), inf, True),
        (False, k * (1 - margin), inf, True),
        (True, k * (1 - margin), -k * (1 - margin), False),
        (False, k * (1 - margin), -k * (1 + margin), False),
        (True, -inf, -k * (1 + margin), True),
        (False, -inf, -k * (1 - margin), True),
    ):
        t = time_to_pass(side * x, side * level, upward == up, 0.0, kappa, rate)
        assert (t < inf) == passes


@pytest.mark.parametrize("rate", [1.0, -2.5])
@pytest.mark.parametrize(("center", "k"), [(0.0, 0.0), (0.0, 1.0), (3.0, 0.5), (-7.0, 1024.0), (0.25, 0.0)])
def test_a_fixed_point_is_never_passed_nor_left(center, k, rate):
    kappa = -k * k
    for point in {center - k, center + k}:
        for upward, other in itertools.product((True, False), (-inf, center - 3 * k - 1, center, center + 2 * k, inf)):
            assert time_to_pass(other, point, upward, center, kappa, rate) == inf
            assert time_to_pass(point, other, upward, center, kappa, rate) == inf
        for s in (0.0, 1e-300, 1.0, 1e300, inf):
            assert flow(point, center, kappa, rate, s) == point


@given(cases)
def test_from_the_level_itself_the_crossing_is_now_or_never(case):
    x, _, _, motion = case
    slope = motion.slope(x)
    for upward in (True, False):
        t = time_to_pass(x, x, upward, motion.center, motion.kappa, motion.rate)
        assert t == (0.0 if slope != 0 and (slope > 0) == upward else inf)


@given(cases)
def test_from_the_far_side_a_level_is_never_passed(case):
    x, level, _, motion = case
    assume(x != level)
    assert time_to_pass(x, level, x > level, motion.center, motion.kappa, motion.rate) == inf


@pytest.mark.parametrize("kappa", [1e-10, 1e-17, 1e-30, 1e-60, 1e-200, 5e-324])
@pytest.mark.parametrize(("x", "level"), [(1.0, 3.0), (1.0, inf), (-inf, -1.0), (-3.0, -1.0), (1.0, 1.0 + 2.0**-52)])
def test_the_limit_of_coinciding_fixed_points_is_smooth(x, level, kappa):
    limit = Quadratic(0.0, 0.0, 0.7).delay(x, level, True)
    for sign in (1.0, -1.0):
        t = time_to_pass(x, level, True, 0.0, sign * kappa, 0.7)
        # kappa shortens or prolongs by a part of kappa/u**2 at most, and |u| >= 1 (here up to 2 kappa, for safety)
        assert abs(t - limit) <= 2 * ulp(limit) + 2 * kappa * limit
        y = flow(-1.0, 0.0, sign * kappa, 0.7, 0.3)
        assert abs(y - flow(-1.0, 0.0, 0.0, 0.7, 0.3)) <= 64 * ulp(1.0) + kappa


QUADRATURES = [
    (0.3, 1.7, True, Quadratic(0.1, 0.8, 1.3)),
    (-4.0, 5.0, True, Quadratic(0.5, 2.0, 0.25)),
    (0.3, 1.7, True, Quadratic(0.1, 0.0, 1.3)),
    (2.0, 9.0, True, Quadratic(0.5, -1.0, 0.75)),
    (-9.0, -2.0, True, Quadratic(0.5, -1.0, 0.75)),
    (1.25, -0.25, False, Quadratic(0.5, -1.0, 0.75)),
    (1.25, -3.0, False, Quadratic(0.5, 0.7, -2.0)),
    (-0.25, 1.25, True, Quadratic(0.5, -1.0, -0.75)),
    (-2.0, -inf, False, Quadratic(0.5, -1.0, -0.75)),
    (-inf, inf, True, Quadratic(0.5, 1.0, 0.75)),
]


@pytest.mark.parametrize(("x", "level", "upward", "motion"), QUADRATURES)
def test_the_truth_agrees_with_a_quadrature(x, level, upward, motion):
    # dt = dx/x', independent of any closed form
    with mp.workdps(45):
        t = mp.quad(lambda v: 1 / motion.slope(v), [x, level])
    assert abs(t - motion.delay(x, level, upward)) < mp.mpf(10) ** -38 * t
    assert abs(time_to_pass(x, level, upward, motion.center, motion.kappa, motion.rate) - t) <= 2 * ulp(t)


@pytest.mark.parametrize("motion", [Quadratic(0.1, 0.8, 1.0), Quadratic(0.1, -0.8, 1.0), Quadratic(0.1, 0.0, -1.0)])
def test_the_truth_agrees_with_an_integration_of_the_equation(motion):
    context = mpmath.mp.clone()
    context.dps = 40
    c, kappa, r = (context.mpf(v) for v in (motion.center, motion.kappa, motion.rate))
    y = context.odefun(lambda s, x: r * ((x - c) ** 2 + kappa), 0, context.mpf("0.5"))(context.mpf("0.75"))
    assert abs(y - motion.flow(0.5, 0.75)) < mp.mpf(10) ** -37
    assert abs(flow(0.5, motion.center, motion.kappa, motion.rate, 0.75) - y) <= flow_bound(0.5, 0.75, motion)


# --- flow ------------------------------------------------------------------------------------------------------------


def flow_bound(x, s, motion):
    """Return 32 [ulp(X) + ulp(s) |x'|], with X the larger of |x(s)| and |center|.

    Before half of the way to an explosion the step is p q b/(e - q b). With each operation off by U (libm's by 1.5 U),
    p, q, b, e enter with U, 2 U, 5 U, 3 U (the divisor is never below e/2, which doubles them), the product and the
    divisor with 3 U, the last two operations with 2 U: 16 U of a step that is no longer than 2 X or than the distance
    to a fixed point; as U X <= ulp(X), that makes 32. The exponent has three roundings, U s each. After half of it,
    the time left is off by 2 ulp(T) <= 4 ulp(s) and four roundings more; tangent and division add 4 U of 2 X.
    """
    y = motion.flow(x, s)
    return 32 * (ulp(largest_of(float(y), motion.center)) + ulp(s) * abs(motion.slope(y)))


def flow_error(x, s, motion) -> float:
    """Return the error in units of ulp(X) + ulp(s) |x'|; inf for an explosion that is off by more than 2 ulp."""
    y, truth = flow(x, motion.center, motion.kappa, motion.rate, s), motion.flow(x, s)
    if math.isinf(y) or mp.isinf(truth) or abs(truth) > LARGEST:
        end = motion.delay(x, inf * motion.rate, motion.rate > 0)
        same = y == truth or (math.isinf(y) and abs(truth) > LARGEST)
        return 0.0 if same or (end is not None and abs(s - end) <= 2 * ulp(end)) else inf
    return float(32 * abs(mp.mpf(y) - truth) / flow_bound(x, s, motion))


@given(sources)
def test_flow_is_off_by_the_rounding_of_its_steps(source):
    case = draw_case(source)
    assert flow_error(case[0], draw_time(source, *case), case[3]) <= 32


@given(cases)
def test_zero_time_is_identity(case):
    x, _, _, motion = case
    assert flow(x, motion.center, motion.kappa, motion.rate, 0.0) == x


@given(sources, positive(1e-6, 1e3))
def test_flow_of_a_then_b_is_flow_of_their_sum(source, part):
    x, level, upward, motion = draw_case(source)
    a = draw_time(source, x, level, upward, motion)
    b = a * part
    p = (motion.center, motion.kappa, motion.rate)
    there = flow(x, *p, a)
    # a flow grows with x, and is monotone in s: so the true state at a + b lies between those that start from `there`
    # less and plus its error, and take b less and plus the rounding of a + b and the error in s of flow and explosion
    error = float(flow_bound(x, a, motion)) if abs(there) < inf and abs(motion.flow(x, a)) < LARGEST else 0.0
    slack = 64 * math.ulp(a + b)
    ends = [flow(there + d, *p, max(b + e, 0.0)) for d in (-error, error) for e in (-slack, slack)]
    total = flow(x, *p, a + b)
    rounding = 64 * math.ulp(largest_of(total, motion.center, *ends))
    assert min(ends) - rounding <= total <= max(ends) + rounding


@given(cases)
def test_at_the_crossing_the_state_is_on_the_level_and_before_it_never_beyond(case):
    x, level, upward, motion = case
    p = (motion.center, motion.kappa, motion.rate)
    side = 1.0 if upward else -1.0
    s = time_to_pass(x, level, upward, *p)

    def is_beyond(time: float) -> bool:
        # the flow is off by 32 ulp of its value
        y = flow(x, *p, time)
        return side * (y - level) > 32 * math.ulp(largest_of(y, level, motion.center)) if y != level else False

    if s == inf:
        speed = abs(motion.rate) * max(math.sqrt(abs(motion.kappa)), 1e-200)
        assert side * (x - level) > 0 or not any(is_beyond(part / speed) for part in (1e-9, 0.1, 1.0, 3.0, 10.0))
        return
    if abs(level) == inf:
        assert flow(x, *p, s) == level
        return
    # the time is off by 2 ulp and the flow by what 32 ulp of the time make out, and by 32 ulp of its value besides
    slack = 34 * math.ulp(s)
    assert not any(is_beyond(part * s) for part in (0.1, 0.5, 0.9, 0.999, 1 - 1e-9))
    assert not is_beyond(max(s - slack, 0.0))
    y = flow(x, *p, s + slack)
    assert side * (y - level) >= -32 * math.ulp(largest_of(y, level, motion.center))


@given(cases)
def test_an_explosion_comes_on_its_time_and_stays(case):
    x, _, _, motion = case
    p = (motion.center, motion.kappa, motion.rate)
    end = math.copysign(inf, motion.rate)
    s = time_to_pass(x, end, end > 0, *p)
    assume(0.0 < s < inf and x != end)
    for later in (s, math.nextafter(s, inf), s * (1 + 1e-9), 2 * s, 1e6 * s, inf):
        assert flow(x, *p, later) == end
    assert abs(flow(x, *p, math.nextafter(s, 0.0))) < inf
    assert flow(end, *p, 1.0) == end


def test_from_minus_infinity_the_state_is_finite_at_once():
    assert flow(-inf, 0.0, 0.0, 1.0, 2.0**-10) == -(2.0**10)
    assert flow(-inf, 5.0, 0.0, 2.0, 1.0) == 4.5
    assert flow(inf, 5.0, 0.0, -2.0, 1.0) == 5.5
    assert flow(-inf, 0.0, 1.0, 1.0, math.pi / 4) == pytest.approx(-1.0, rel=4e-16)
    assert flow(-inf, 0.0, -1.0, 1.0, 1e6) == -1.0
    assert flow(-inf, 0.0, 0.0, 1.0, inf) == 0.0


@given(cases)
def test_after_long_silence_the_state_is_exactly_at_rest(case):
    x, _, _, motion = case
    assume(motion.kappa < 0)
    c, k = motion.center, math.sqrt(-motion.kappa)
    assume(motion.delay(x, inf * motion.rate, motion.rate > 0) is None and motion.slope(x) != 0)
    assume(abs(x) < inf or (x < 0) == (motion.rate > 0))
    # exp(-800) is below any distance of the cases, 1e-32 at the start from the unstable point included
    y = flow(x, c, motion.kappa, motion.rate, 800.0 / (k * abs(motion.rate)))
    assert y == (c - k if motion.rate > 0 else c + k)


@given(cases)
def test_the_mirrored_equation_gives_the_mirrored_bits(case):
    x, level, upward, m = case
    there = time_to_pass(x, level, upward, m.center, m.kappa, m.rate)
    assert time_to_pass(-x, -level, not upward, -m.center, m.kappa, -m.rate) == there
    s = there if there < inf else 0.5 / abs(m.rate)
    assert flow(-x, -m.center, m.kappa, -m.rate, 0.7 * s) == -flow(x, m.center, m.kappa, m.rate, 0.7 * s)


def test_no_combination_of_extremes_is_an_error_or_no_number():
    sizes = (0.0, 1.0, -1.0, 5e-324, -5e-324, 1e-150, 1e150, 1e300, -1e300, inf, -inf)
    kappas = (0.0, -0.0, 1.0, -1.0, -4.0, 5e-324, -5e-324, 1e300, -1e300)
    for x, c, kappa, r in itertools.product(sizes, (0.0, 1.0, -1e150), kappas, (1.0, -1e-300, 1e300, 5e-324)):
        for y in (0.0, 1.0, -1e300, 1e-200, inf, -inf):
            assert time_to_pass(x, y, x < y, c, kappa, r) >= 0.0
            assert not math.isnan(flow(x, c, kappa, r, abs(y)))


# --- compiled --------------------------------------------------------------------------------------------------------


def bits(x: float) -> bytes:
    return struct.pack("d", x)


def test_compiled_kernels_give_the_same_bits():
    pytest.importorskip("numba")
    fast_flow, fast_time = compiled(quadratic.flow), compiled(quadratic.time_to_pass)
    source = random.Random(2)
    for _ in range(3000):
        x, level, upward, m = draw_case(source)
        s = draw_time(source, x, level, upward, m)
        p = (m.center, m.kappa, m.rate)
        assert bits(fast_time(x, level, upward, *p)) == bits(time_to_pass(x, level, upward, *p)), (x, level, upward, m)
        assert bits(fast_flow(x, *p, s)) == bits(flow(x, *p, s)), (x, s, m)
    sizes = (0.0, -0.0, 1.0, 5e-324, -1e-150, 1e300, inf, -inf)
    for x, y, kappa, r in itertools.product(sizes, sizes, (0.0, 1.0, -1.0, 5e-324, -1e300), (1.0, -1e-300, 5e-324)):
        args = (x, y, x < y, 0.0, kappa, r)
        assert bits(fast_time(*args)) == bits(time_to_pass(*args)), args
        assert bits(fast_flow(x, 0.0, kappa, r, abs(y))) == bits(flow(x, 0.0, kappa, r, abs(y))), args


# --- at length -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_hundred_thousand_adverse_states_keep_the_promise(capsys):
    source = random.Random(3)
    crossings, worst, worst_case = 0, 0.0, None
    for _ in range(100_000):
        case = draw_case(source)
        error = error_of_time(*case)
        crossings += case[3].delay(*case[:3]) is not None
        if error > worst:
            worst, worst_case = error, case
    with capsys.disabled():
        print(f"\nquadratic: worst of {crossings} crossings {worst:.3f} [ulp(t) + ulp(scale)/|x'|], at {worst_case}")
    assert crossings > 20_000
    assert worst <= 2, worst_case


@pytest.mark.slow
def test_a_hundred_thousand_adverse_flows_keep_the_promise(capsys):
    source = random.Random(4)
    worst, worst_case = 0.0, None
    for _ in range(100_000):
        case = draw_case(source)
        s = draw_time(source, *case)
        error = flow_error(case[0], s, case[3])
        if error > worst:
            worst, worst_case = error, (case[0], s, case[3])
    with capsys.disabled():
        print(f"\nquadratic: worst flow {worst:.3f} [ulp(max(|x(s)|, |center|)) + ulp(s) |x'|], at {worst_case}")
    assert worst <= 32, worst_case
