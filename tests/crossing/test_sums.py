"""Sums of real exponentials: every sign change is found, none is invented, each to the promised accuracy.

The guarantee: what overshoots by more than 8 ulp of the terms' size is not missed, what stays below is not invented,
and a time is off by at most 2 x [ulp(t) + ulp(size)/|f'|].
"""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear_cases import (
    Case,
    adaptation,
    adaptive_threshold,
    alpha_current,
    grazing,
    inverse,
    judge,
    next_double,
    one_current,
    some,
    two_currents,
)
from linear_oracle import Wave, mp
from strategies import moderate

#: By how much a summit exceeds the threshold, relative to the terms' size.
MARGINS = [side * 10.0**-e for e in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14) for side in (1, -1)]
RATIOS = [1e-5, 1e-3, 0.1, 0.5, 1 - 1e-3, 1 - 1e-9, 1 - 1e-15, 1 - 2**-53, 1.0, 1 + 2**-52, 1 + 1e-9, 1.5, 10.0, 1e3]

TAU = 10.0


def check(case):
    for only_first in (False, True):
        verdict = judge(case, only_first)
        assert verdict.fine, (verdict, case, case.found(only_first))
    return verdict


def families(ratio, drive=0.0, v=0.0):
    """Return a state of each family that rises to a summit and falls again."""
    s, h = TAU * ratio, 80 * TAU * max(1.0, ratio)
    strength = 3.0 / min(ratio, 1.0)
    return [
        one_current(v, strength, drive, TAU, s, 1.0, h),
        two_currents(v, strength, -1.0, drive, TAU, s, 3.0, 1.0, h),
        two_currents(v, strength, -0.3 * strength, drive, TAU, s, next_double(s), 1.0, h),
        alpha_current(v, 0.0, strength, drive, TAU, s, 1.0, h),
        alpha_current(v, 0.1, strength, drive, TAU, s, 1.0, h, tau_x=next_double(s, -1)),
        adaptation(v, -strength, drive, TAU, s, 1.0, h),
        adaptation(v, -strength, drive, TAU, s, 1.0, h, a=-0.3 if ratio > 1 else 0.1 * ratio),
        adaptive_threshold(v, 1.0 + 1.5, drive + 2.0, 1.0, TAU, s, h),
    ]


@pytest.mark.parametrize("ratio", some(RATIOS, 1e-3, 0.5, 1 - 1e-9, 1.0, 1 + 2**-52, 1e3))
def test_grazing_summits_on_both_sides(ratio):
    graze = 0
    for case in families(ratio):
        for margin in MARGINS[:: 7 if ratio != 1.0 else 2]:
            near = grazing(case, margin)
            if near is not None:
                graze += 1
                check(near)
    assert graze > 10


@pytest.mark.parametrize("ratio", some(RATIOS, 1e-3, 0.5, 1 - 1e-9, 1.0, 1 + 2**-52, 1e3))
@pytest.mark.parametrize("drive", some([1.0, 1.0 + 1e-9, 1.0 - 1e-15, 2.0, 0.5], 1.0, 1.0 - 1e-15))
def test_ordinary_states_and_drives_at_the_threshold(ratio, drive):
    for case in families(ratio, drive):
        check(case)


@pytest.mark.parametrize(
    "v",
    some(
        [1.0, next_double(1.0, -1), next_double(1.0), 1 - 1e-12, 1 + 1e-12], 1.0, next_double(1.0, -1), next_double(1.0)
    ),
)
@pytest.mark.parametrize("strength", some([3.0, -3.0, 1e-9, 0.0], 3.0, 1e-9))
@pytest.mark.parametrize("drive", some([0.0, 1.0, 1.0 + 1e-12, 2.0], 1.0, 1.0 + 1e-12))
def test_starts_on_the_threshold_and_one_ulp_beside_it(v, strength, drive):
    for ratio in (0.5, 1.0, 3.0):
        check(one_current(v, strength, drive, TAU, TAU * ratio, 1.0, 80 * TAU))
        check(two_currents(v, strength, -1.5 * strength, drive, TAU, TAU * ratio, 4.0, 1.0, 80 * TAU))
        check(adaptive_threshold(v, v, drive, 1.0 - 0.1 * strength, TAU, TAU * ratio, 80 * TAU))


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9])
def test_two_crossings_within_microseconds(gap):
    """A summit that is above for `gap` ms: its overshoot is |f''| (gap/2)**2/2."""
    case = one_current(0.0, 4.0, 0.0, 20.0, 5.0, 0.1, 400.0)
    ((s, _), *_) = case.view.extrema(case.horizon)
    overshoot = -case.view.at(s, 2) * mp.mpf(gap / 2) ** 2 / 2
    near = grazing(case, float(overshoot) / case.size(float(s)))
    found = [t for t, _ in near.found()[1:]]
    if overshoot > 1e-14 * case.size(float(s)):
        assert len(found) == 2
        assert found[1] - found[0] == pytest.approx(gap, rel=1e-2)
    check(near)


@pytest.mark.parametrize("silence", [1e3, 1e6, 1e9])
def test_silence_before_a_crossing(silence):
    # a slow current brings the membrane over the threshold after very many of its own time constants
    slow = TAU * silence
    case = Case(
        ((-inverse(TAU), inverse(TAU)), (0.0, -inverse(slow))),
        (0.0, inverse(slow) * 2),
        (0.0, 0.0),
        (1.0, 0.0),
        -1.0,
        30 * slow,
    )
    check(case)
    ((_, _), (s, _)) = case.found()
    assert s == pytest.approx(slow * math.log(2), rel=1e-2)
    # and an integrator with a drift so weak that it needs that long
    check(Case(((0.0,),), (1 / slow,), (0.0,), (1.0,), -1.0, 3 * slow))


def test_the_last_crossing_of_a_slow_tail():
    # v follows I, which falls below the threshold after many time constants, and may have passed it before
    for ratio in (1e2, 1e3, 1e5):
        for v in (0.0, 1.0, 3.0):
            check(one_current(v, 2.0, 0.0, TAU, TAU * ratio, 1.0, 60 * TAU * ratio))


@pytest.mark.parametrize("power", [1, 2, 3, 4])
def test_ramps(power):
    for sign in (1.0, -1.0):
        for b in (0.0, 0.3, -5.0):
            wave = Wave(power=power, is_cosine=True)
            case = Case(((-0.1,),), (b,), (0.0,), (1.0,), -1.0, 300.0, ((0, wave, sign * 1e-3**power),))
            check(case)
            check(replace(case, base=7.3))
            check(replace(case, waves=(), observed=((wave, -sign * 1e-2**power),)))


def test_growing_modes():
    for rate in (0.1, 1e-3, 0.1 + 2**-55):
        for x in (1e-12, -1e-12, 1e-30, 0.0):
            check(Case(((rate,),), (0.0,), (x,), (1.0,), -1.0, 600 / rate))
            check(Case(((rate, 1.0), (0.0, -0.5)), (0.0, 0.0), (x, -1e-3), (1.0, 0.0), -1.0, 600 / rate))
            check(Case(((rate, 1.0), (0.0, -0.5)), (0.0, 0.0), (x, 1e-3), (1.0, -1.0), -1e-3, 600 / rate))


def test_chains_of_integrators():
    for x in ((0.0, 0.0, -0.5, 0.1), (-1.0, 1.0, -0.5, 0.1), (0.0, 1.0, -1.0, 0.0), (0.0, 0.0, 0.0, 0.0)):
        matrix = ((0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 0.0))
        case = Case(matrix, (0.0, 0.0, 0.0, 0.001), x, (1.0, 0.0, 0.0, 0.0), -1.0, 1e3)
        check(case)
        for number in (0, 1):
            for margin in (1e-5, -1e-5, 1e-10, -1e-10):
                near = grazing(case, margin, number)
                if near is not None:
                    check(near)


@pytest.mark.parametrize("base", [300.0, 3000.0, 5000.0])
def test_a_decaying_drive_that_began_long_after_zero(base):
    # exp(-(t - base)/tau) is written exp(base/tau) exp(-t/tau): a large number times a small one
    drive = Wave(rate=-0.1, is_cosine=True)
    check(Case(((-0.1,),), (0.0,), (0.0,), (1.0,), -1.0, 100.0, ((0, drive, 0.3 * math.exp(0.1 * base)),), base=base))


size = moderate(-3.0, 3.0)
tau_s = st.one_of(st.sampled_from(RATIOS), st.floats(-1, 1).map(lambda e: 10.0**e)).map(lambda r: TAU * r)
H = 60 * TAU


@given(
    st.one_of(
        st.builds(one_current, size, size, size, st.just(TAU), tau_s, st.just(1.0), st.just(H)),
        st.builds(two_currents, size, size, size, size, st.just(TAU), tau_s, tau_s, st.just(1.0), st.just(H)),
        st.builds(alpha_current, size, size, size, size, st.just(TAU), tau_s, st.just(1.0), st.just(H)),
        st.builds(adaptation, size, size, size, st.just(TAU), tau_s, st.just(1.0), st.just(H), size),
        st.builds(adaptive_threshold, size, size, size, size, st.just(TAU), tau_s, st.just(H)),
    ),
    st.sampled_from([None, *MARGINS[:22]]),
    st.integers(0, 2),
)
def test_random_states(case, margin, number):
    if margin is not None:
        case = grazing(case, margin, number) or case
    check(case)
