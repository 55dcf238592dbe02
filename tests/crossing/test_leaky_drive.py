"""The first crossing of a leaky variable under a constant and two exponentials, against 60 digits."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, log, log1p, nextafter, sqrt, ulp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leaky_truth import KINDS, LONGEST, Motion, crossings, crossings_extended, hard_states, highest_sample, mp

from eventsnn.crossing.leaky_drive import (
    DOUBT,
    FOUND,
    NEVER,
    NOT_BEFORE,
    next_crossing,
)
from eventsnn.crossing.leaky_response import decay, distance, largest_response, precise_distance, turning_time

# overshoots below so many ulp of the scale may be missed
UNDECIDED = 8.0


def as_floats(rows) -> Iterator[tuple[float, ...]]:
    """Yield the rows of an array as tuples of Python floats."""
    return (tuple(float(x) for x in row) for row in rows)


def error(s: float, crossing) -> float:
    """Return the error of a time in units of ulp(s) + ulp(scale)/|f'|."""
    if crossing.s == s:
        return 0.0
    unit = mp.mpf(ulp(float(crossing.s)))
    if crossing.speed != 0:
        unit += mp.mpf(ulp(float(crossing.scale))) / abs(crossing.speed)
    return float(abs(crossing.s - mp.mpf(s)) / unit)


def judge(state, s: float, status: int) -> tuple[str, float]:
    """Return "right", "miss", "invention" or "wrong time", and the error of the time."""
    found, _ = crossings(state)
    allowed = []
    for crossing in found:
        allowed.append(crossing)
        if crossing.overshoot > UNDECIDED:
            break
    if status == NEVER:
        if not allowed or allowed[-1].overshoot <= UNDECIDED:
            return "right", 0.0
        # the limit of the kernel: all exponentials have died away
        late = state[2] <= 0.0 and allowed[-1].s > LONGEST * max(state[1], state[4], state[6])
        return ("right" if late else "miss"), 0.0
    if not allowed:
        return "invention", 0.0
    worst = min(error(s, crossing) for crossing in allowed)
    return ("right" if worst <= 2.0 else "wrong time"), worst


# ------------------------------------------------------------------------------------------ closed forms


@pytest.mark.parametrize("f0", [-1e-12, -0.3, -15.0, -1e5])
def test_a_constant_drive_is_the_logarithm(f0):
    s, status = next_crossing(f0, 20.0, 2.5, 0.0, 5.0, 0.0, 10.0, inf)
    assert status == FOUND
    assert s == pytest.approx(20.0 * log1p(-f0 / 2.5), rel=4e-16)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("I", [70.0, 75.0, 200.0, 1e4])
def test_half_the_membrane_time_constant_is_a_quadratic(I, swapped):
    tau_m, f0, F0 = 20.0, -12.0, -9.0
    currents = (0.0, 7.0, I, tau_m / 2) if swapped else (I, tau_m / 2, 0.0, 7.0)
    b = F0 + I - f0
    z = -2.0 * f0 / (b + sqrt(b * b + 4.0 * I * f0))
    s, status = next_crossing(f0, tau_m, F0, *currents, inf)
    assert status == FOUND
    assert s == pytest.approx(-tau_m * log1p(-z), rel=1e-14)


def test_a_touch_is_no_crossing_and_one_ulp_more_is_one():
    # f = -1 + 4 K with the largest K = 1/4 at s = tau_m log 2
    assert next_crossing(-1.0, 2.0, -1.0, 4.0, 1.0, 0.0, 1.0, inf) == (inf, NEVER)
    assert next_crossing(-1.0, 2.0, -1.0, nextafter(4.0, 0.0), 1.0, 0.0, 1.0, inf) == (inf, NEVER)
    s, status = next_crossing(-1.0, 2.0, -1.0, nextafter(4.0, 5.0), 1.0, 0.0, 1.0, inf)
    assert status == FOUND
    assert s < 2.0 * log(2.0)
    assert s == pytest.approx(2.0 * log(2.0), rel=1e-7)


@pytest.mark.parametrize(
    ("drive", "at_once"),
    [
        ((1.0, 0.0, 1.0, 0.0, 1.0), True),  # D > 0
        ((-3.0, 1.0, 5.0, 2.0 + 2.0**-51, 7.0), True),  # D > 0 by one ulp of a term
        ((-3.0, 1.0, 5.0, 2.0, 7.0), False),  # D = 0, falls
        ((1.0, 1.0, 5.0, -2.0, 7.0), True),  # D = 0, rises
        ((1.0, 1.0, 4.0, -2.0, 8.0), True),  # D = D' = 0, D'' > 0
        ((1.0, -2.0, 8.0, 1.0, 4.0), True),
        ((-1.0, -1.0, 4.0, 2.0, 8.0), False),  # D = D' = 0, D'' < 0
        ((0.0, 1.0, 4.0, -1.0, 4.0), False),  # no drive at all
        ((0.0, 0.0, 4.0, 0.0, 4.0), False),
    ],
)
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_at_threshold_it_crosses_at_once_if_it_rises_at_once(drive, at_once, zero):
    s, status = next_crossing(zero, 20.0, *drive, inf)
    assert (status == FOUND and s == 0.0) == at_once


def test_at_threshold_with_a_falling_start_it_may_cross_later():
    state = (0.0, 20.0, 5.0, -30.0, 5.0, 0.0, 10.0)
    s, status = next_crossing(*state, inf)
    assert status == FOUND
    assert s > 1.0
    assert judge(state, s, status)[0] == "right"


# --------------------------------------------------------------------------------------- against the truth

magnitudes = st.builds(lambda exponent, sign: sign * 10.0**exponent, st.floats(-9, 4), st.sampled_from((-1.0, 1.0)))
amounts = st.one_of(magnitudes, st.floats(-100.0, 100.0), st.sampled_from((0.0, 1.0, -1.0)))
times = st.one_of(st.floats(-3, 3).map(lambda exponent: 10.0**exponent), st.sampled_from((5.0, 10.0, 20.0)))


@given(amounts.map(lambda x: -abs(x)), times, amounts, amounts, times, amounts, times)
def test_no_crossing_is_missed_invented_or_late(f0, tau_m, F0, I1, tau1, I2, tau2):
    state = (f0, tau_m, F0, I1, tau1, I2, tau2)
    assert judge(state, *next_crossing(*state, inf))[0] == "right"


@given(times, amounts, amounts, st.integers(-3, 3), st.integers(-3, 3), st.floats(1e-3, 20.0))
def test_time_constants_ulps_apart_are_no_special_case(tau_m, I1, I2, steps1, steps2, f0):
    tau1, tau2 = tau_m + steps1 * ulp(tau_m), tau_m + steps2 * ulp(tau_m)
    state = (-f0, tau_m, -1.0, I1, tau1, I2, tau2)
    assert judge(state, *next_crossing(*state, inf))[0] == "right"


@pytest.mark.parametrize("kind", KINDS)
def test_hard_states_are_right(kind):
    rows, names = hard_states(40 * len(KINDS), seed=11)
    for state in as_floats(rows[names == kind]):
        assert judge(state, *next_crossing(*state, inf))[0] == "right", state


def test_the_truth_agrees_with_blind_sampling():
    rows, _ = hard_states(130, seed=12)
    for state in as_floats(rows):
        found, _ = crossings(state)
        first = float(found[0].s) if found else 20.0 * max(state[1], state[4], state[6])
        assert highest_sample(state, first * (1.0 - 1e-6), 2001) < 1e-14, state
        if found and found[0].overshoot > 1e6 and first > 0.0:
            assert highest_sample(state, first * 1.5 + 1e-3 * state[1], 20001) > -1e-9, state


def test_both_truths_agree():
    rows, _ = hard_states(260, seed=13)
    times, _, _, doubt = crossings_extended(rows)
    for state, s, height in zip(as_floats(rows), times, doubt, strict=True):
        if height > 1e-12:
            found, _ = crossings(state)
            assert float(s) == pytest.approx(float(found[0].s) if found else inf, rel=1e-9), state


# --------------------------------------------------------------------------------------------- the horizon


def horizons(draw, s: float, tau_m: float) -> list[float]:
    """Return some horizons, a few within ulps of the crossing."""
    random = [tau_m * 10.0 ** draw.uniform(-6, 2) for _ in range(2)]
    if not 1e-300 < s < inf:  # among denormal numbers no slack can be added
        return random
    return [*random, s, s * (1.0 + 2.0**-52), s * (1.0 - 2.0**-52), s * draw.uniform(0, 2), s * (1 - 2.0**-40)]


def check_horizons(state, predict, draw) -> None:
    """Assert that a horizon changes nothing but whether a crossing beyond it is looked for."""
    s, status = predict(*state, inf)
    assert status in (FOUND, NEVER)
    for horizon in horizons(draw, s, state[1]):
        bound, limited = predict(*state, horizon)
        if limited == NOT_BEFORE:
            assert horizon < bound <= s, (state, horizon)
        else:
            assert (bound, limited) == (s, status), (state, horizon)


def test_a_horizon_does_not_change_the_time():
    draw = np.random.default_rng(5)
    rows, _ = hard_states(3900, seed=14)
    for state in as_floats(rows):
        check_horizons(state, next_crossing, draw)


def test_a_near_horizon_ends_the_search():
    s, status = next_crossing(-5.0, 20.0, -5.0, 100.0, 5.0, 10.0, 10.0, 0.5)
    assert status == NOT_BEFORE
    assert 0.5 < s < next_crossing(-5.0, 20.0, -5.0, 100.0, 5.0, 10.0, 10.0, inf)[0]


# ------------------------------------------------------------------------------------- parts and invariance


def test_the_solution_is_within_its_doubt():
    rows, _ = hard_states(650, seed=15)
    draw = np.random.default_rng(1)
    for state in as_floats(rows):
        s = state[1] * 10.0 ** draw.uniform(-6, 1.5)
        motion = Motion(state)
        f, D, A1, A2, scale = distance(s, *state)
        exact = motion.value(mp.mpf(s))
        assert abs(mp.mpf(f) - exact) <= DOUBT * scale + 1e-300
        assert abs(mp.mpf(D) - motion.drive(mp.mpf(s))) <= 1e-15 * (abs(state[2]) + abs(A1) + abs(A2)) + 1e-300
        assert scale <= 2.3 * float(motion.scale(mp.mpf(s)))
        assert abs(mp.mpf(precise_distance(s, *state)) - exact) <= 1.2e-16 * abs(exact) + 1e-28 * motion.scale(s)


@given(st.floats(1e-3, 690.0), st.floats(0.1, 100.0))
def test_late_decays_lose_nothing_by_the_rounding_of_s_over_tau(z, tau):
    s = z * tau
    e, low = decay(s, tau)
    exact = mp.exp(-mp.mpf(s) / mp.mpf(tau))
    assert abs((mp.mpf(e) + mp.mpf(low)) / exact - 1) < 1.1 * 2.0**-53 + 1e-29 + (z < 0.25) * 0.25 * 2.0**-53


@given(st.floats(-6, 5).map(lambda x: 10.0**x), st.floats(0.1, 50.0))
def test_the_largest_response_is_bounded_from_above(ratio, tau_m):
    tau = tau_m * ratio
    x = mp.mpf(tau) / mp.mpf(tau_m)
    exact = mp.exp(-1) if x == 1 else mp.exp(-mp.log(x) / (x - 1))
    bound = largest_response(tau_m, tau)
    assert bound >= exact
    if 0.1 < ratio < 10.0:
        assert bound < 1.05 * exact


def test_the_drive_turns_where_its_slope_changes_sign():
    s = turning_time(3.0, 20.0, -10.0, 5.0)
    slope = [3.0 / 20.0 * mp.exp(-t / 20) - 2.0 * mp.exp(-t / 5) for t in (s * (1 - 1e-14), s * (1 + 1e-14))]
    assert slope[0] < 0 < slope[1]
    assert turning_time(3.0, 20.0, -0.5, 5.0) == inf  # the slower current rules from the start
    assert turning_time(4.0, 20.0, -1.0, 5.0) == inf  # and exactly so


@pytest.mark.parametrize("power", [-60, -3, 7, 100])
def test_other_units_give_the_same_digits(power):
    rows, _ = hard_states(390, seed=16)
    unit, tick = 2.0**power, 4.0**power
    for f0, tau_m, F0, I1, tau1, I2, tau2 in as_floats(rows):
        s, status = next_crossing(f0, tau_m, F0, I1, tau1, I2, tau2, inf)
        again = next_crossing(unit * f0, tick * tau_m, unit * F0, unit * I1, tick * tau1, unit * I2, tick * tau2, inf)
        assert again == (s * tick, status)


def test_the_order_of_the_currents_does_not_matter():
    rows, _ = hard_states(390, seed=17)
    for f0, tau_m, F0, I1, tau1, I2, tau2 in as_floats(rows):
        if tau1 != tau2:
            assert next_crossing(f0, tau_m, F0, I1, tau1, I2, tau2, inf) == next_crossing(
                f0, tau_m, F0, I2, tau2, I1, tau1, inf
            )


def extreme_states(n: int, seed: int) -> Iterator[tuple[float, ...]]:
    """Yield states of any size that a double has, zeros included."""
    draw = np.random.default_rng(seed)
    for _ in range(n):
        f0, F0, I1, I2 = draw.choice((-1.0, 1.0), 4) * 10.0 ** draw.uniform(-308, 290, 4) * (draw.random(4) > 0.2)
        tau_m, tau1, tau2 = 10.0 ** draw.uniform(-90, 90, 3)
        yield tuple(float(x) for x in (-abs(f0), tau_m, F0, I1, tau1, I2, tau2))


def test_no_state_raises_or_gives_a_time_that_is_no_number():
    for state in extreme_states(4000, seed=3):
        s, status = next_crossing(*state, inf)
        assert s >= 0.0, state
        assert status in (FOUND, NEVER)
        assert (s < inf) == (status == FOUND), state


# ------------------------------------------------------------------------------------------------ compiled


def test_compiled_and_interpreted_give_the_same_bits():
    pytest.importorskip("numba")
    from compiled import compiled

    predict = compiled(next_crossing)
    draw = np.random.default_rng(6)
    rows, _ = hard_states(3900, seed=18)
    for state in [*as_floats(rows), *extreme_states(1000, seed=4)]:
        for horizon in (inf, state[1] * 10.0 ** draw.uniform(-3, 1)):
            assert predict(*state, horizon) == next_crossing(*state, horizon), (state, horizon)


@pytest.mark.slow
def test_a_hundred_thousand_hard_states():
    """All of them against 64-bit bisection; 60 digits wherever that is in doubt, on every disagreement and a sample."""
    pytest.importorskip("numba")
    from compiled import compiled

    predict = compiled(next_crossing)
    rows, kinds = hard_states(100_000, seed=2024)
    found = [predict(*state, inf) for state in as_floats(rows)]
    times, status = np.array([s for s, _ in found]), np.array([code for _, code in found])
    truth, speed, scale, doubt = crossings_extended(rows)
    with np.errstate(all="ignore"):
        unit = np.spacing(truth.astype(float)) + np.spacing(scale.astype(float)) / abs(speed)
        errors = np.where(np.isfinite(truth), abs(times - truth) / unit, 0.0).astype(float)
    agree = (np.isfinite(truth) == (status == FOUND)) & (errors <= 2.0)
    draw = np.random.default_rng(7)
    sample = (doubt < 1e-14) | ~agree | (draw.random(len(rows)) < 0.05)
    verdicts = np.array(["right"] * len(rows), dtype=object)
    for i in np.flatnonzero(sample):
        verdicts[i], errors[i] = judge(tuple(map(float, rows[i])), float(times[i]), int(status[i]))
    print(f"\n{'kind':30}{'states':>8}{'cross':>8}{'by 60 digits':>14}{'missed':>8}{'invented':>10}{'worst error':>13}")
    for kind in [*KINDS, "all"]:
        own = (kinds == kind) | (kind == "all")
        print(
            f"{kind:30}{own.sum():8}{np.mean(status[own] == FOUND):8.0%}{sample[own].sum():14}"
            f"{(verdicts[own] == 'miss').sum():8}{(verdicts[own] == 'invention').sum():10}{errors[own].max():13.2f}"
        )
    assert set(verdicts) == {"right"}
    for state in as_floats(rows):
        check_horizons(state, predict, draw)
