"""Sums with oscillating terms: the guarantees of test_sums for sinusoids, resonators and damped waves."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear_cases import Case, adaptation, driven, grazing, inverse, judge, resonator, some, tone
from linear_oracle import Wave, exact, mp
from strategies import moderate

TAU = 10.0
MARGINS = [side * 10.0**-e for e in (3, 5, 7, 9, 10, 11, 12, 13) for side in (1, -1)]


def check(case, **more):
    verdict = judge(case, **more)
    assert verdict.fine, (verdict, case, case.found())
    return verdict


def sine(per_tau, phase=0.0, **more):
    return Wave(omega=per_tau / TAU, phase=phase, **more)


@pytest.mark.parametrize("per_tau", some([1e-3, 0.03, 1.0, 10.0, 1e3], 0.03, 10.0))
@pytest.mark.parametrize("phase", some([0.0, 1.0, -2.5], 0.0))
def test_a_leaky_neuron_with_one_sine(per_tau, phase):
    horizon = min(60 * TAU, 30 * 2 * math.pi * TAU / per_tau)
    for drive, amplitude in ((0.0, 2.0), (0.9, 0.2), (1.5, 0.3), (1.0, 0.5), (0.0, 1e3)):
        case = driven(0.0, drive, TAU, 1.0, horizon, [(sine(per_tau, phase), amplitude)])
        check(case)
        for margin in MARGINS[::3]:
            near = grazing(case, margin, number=1)
            if near is not None:
                check(near)


@pytest.mark.parametrize("start", [1.0, math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0)])
def test_starts_on_the_threshold(start):
    for per_tau in (0.1, 1.0, 50.0):
        for phase in (0.0, math.pi, 0.5 * math.pi, -0.5 * math.pi):
            for drive in (1.0, 0.9, 1.1):
                check(driven(start, drive, TAU, 1.0, 3 * TAU, [(sine(per_tau, phase), 0.3)]))


def test_several_sines():
    for frequencies in ((1.0, 1.001), (1.0, 1.0 + 1e-9), (1.0, 2.0, 3.0), (0.1, 10.0), (0.5, 7.0, 1.1, 20.0)):
        waves = [(sine(f, 0.3 * k), 1.5 / (k + 1)) for k, f in enumerate(frequencies)]
        case = driven(0.2, 0.1, TAU, 0.5, 8 * TAU, waves)
        check(case)
        for number in (0, 1, 3):
            for margin in (1e-3, -1e-6, 1e-9, -1e-9, 1e-12, -1e-12):
                near = grazing(case, margin, number)
                if near is not None:
                    check(near)


@pytest.mark.parametrize("rate", [-0.05, -1e-3, 0.02])
def test_a_damped_or_growing_sine_drives(rate):
    for power in (0, 1, 2):
        wave = sine(3.0, 0.4, rate=rate, power=power)
        case = driven(0.0, 0.2, TAU, 0.6, 10 * TAU, [(wave, 2.0 / TAU**power)])
        check(case)
        check(replace(case, base=123.4))
        for margin in (1e-4, -1e-8, 1e-11, -1e-11):
            near = grazing(case, margin, 1)
            if near is not None:
                check(near)


@pytest.mark.parametrize("periods", some([5, 25], 5))
@pytest.mark.parametrize("quality", some([1e-3, 0.05, 0.5, 1.0, 10.0, 1e3, math.inf], 1e-3, 0.5, 1.0, math.inf))
def test_resonators(quality, periods):
    # the damping 1/(2 Q) in units of the frequency
    omega = 0.3
    mu = -omega / (2 * quality)
    horizon = min(periods * 2 * math.pi / omega, 40 / -mu if mu else math.inf)
    for drive in (0.0, 0.05, 0.3):
        for x in ((0.0, 0.0), (0.5, -1.0), (-2.0, 0.3)):
            for more in ((), (0.7, 4.0)):
                case = resonator(*x, mu, omega, drive, 0.4, horizon, *more)
                check(case)
                check(replace(case, constant=0.0))
                for margin in MARGINS[::4]:
                    for number in (0, 2):
                        near = grazing(case, margin, number)
                        if near is not None:
                            check(near)


@pytest.mark.parametrize("omega", [1e-2, 1e-4, 1e-6, 1e-8, 1e-12])
def test_near_critical_damping(omega):
    # sin(omega s)/omega is s; the next turn of the oscillation lies far beyond where doubles have anything left
    for w in (-1.5, 0.7, 2.0):
        for more in ((), (1.0, 3.0), (-1.0, 0.4)):
            for theta in (0.0, 0.1, -0.3):
                case = resonator(0.4, -w / omega, -1.0, omega, 0.0, theta, 60.0, *more)
                check(case)
                for number in (0, 1):
                    for margin in (1e-6, -1e-6, 1e-9, -1e-9, 1e-11, -1e-11):
                        near = grazing(case, margin, number)
                        if near is not None:
                            check(near)


def test_a_summit_is_found_however_long_the_period():
    # its place was once found to a 1e-11 part of the period: an overshoot of 1e-9 of the terms was missed
    case = Case(
        matrix=((-1.0, -1.0189163227091591e-08, 1.0), (1.0189163227091591e-08, -1.0, 0.0), (0.0, 0.0, -1 / 4.184321)),
        constants=(0.0, 0.0, 0.0),
        x=(-0.5140272676300266, 150243691.60083202, 1.102909865680969),
        weights=(1.0, 0.0, 0.0),
        constant=-0.4,
        horizon=60.0,
    )
    for margin in (1e-7, 1e-8, 1.36e-9, 1e-10, 1e-11):
        for side in (1, -1):
            for number in (0, 1):
                near = grazing(case, side * margin, number)
                if near is not None:
                    check(near)


def test_resonance_at_the_systems_own_frequency():
    for mu in (0.0, -0.01, -0.2):
        for shift in (0.0, 1e-15, 1e-9, -1e-3):
            case = resonator(0.1, 0.0, mu, 0.3, 0.0, 0.5, 200.0)
            waves = ((0, Wave(omega=0.3 * (1 + shift), phase=0.7, rate=mu), 0.05),)
            check(replace(case, waves=waves))
            for margin in (1e-4, -1e-8, 1e-11):
                near = grazing(replace(case, waves=waves), margin, 2)
                if near is not None:
                    check(near)


def test_coupled_adaptation_that_oscillates():
    for a in (0.1, 1.0, 5.0, 300.0):
        for tau_w in (1.0, 10.0, math.nextafter(10.0, 11.0), 300.0):
            case = adaptation(0.3, -2.0, 0.5, TAU, tau_w, 0.7, 30 * TAU, a=a)
            check(case)
            for margin in (1e-3, -1e-6, 1e-9, -1e-12):
                near = grazing(case, margin)
                if near is not None:
                    check(near)


def test_nothing_is_invented_before_a_crossing_after_long_silence():
    # a slow drift lifts a fast small sine over the threshold after 1e4 of its periods
    slow = 3e3 * TAU
    matrix = ((-inverse(TAU), inverse(TAU)), (0.0, -inverse(slow)))
    case = Case(matrix, (0.0, inverse(slow) * 2), (0.0, 0.0), (1.0, 0.0), -1.0, slow, ((0, sine(2.0), 0.05 / TAU),))
    ((_, sign), (s, _)) = case.found()[:2]
    assert sign == -1
    # the steady response is a sine: nothing above before, by the truth at every summit of the last periods
    view = case.view
    assert abs(view.at(s)) < 1e-13
    for k in range(400):
        assert view.at(s - (k + 0.5) * 2 * math.pi * TAU / 2.0 / 20 - 1e-6) < 0


# --- the wave that a condition looks at -----------------------------------------------------------------------------


@pytest.mark.parametrize("omega", [1e-3, 1.0, 37.0])
@pytest.mark.parametrize("t", [0.1, 1e3, 12345678.9, 1e9])
def test_a_wave_is_true_to_rounding_however_late(omega, t):
    for phase in (0.0, 0.3, -2.0):
        for is_cosine in (True, False):
            wave = Wave(omega=omega, phase=phase, is_cosine=is_cosine)
            angle = mp.mpf(omega) * mp.mpf(t) + mp.mpf(phase)
            right = mp.cos(angle) if is_cosine else mp.sin(angle)
            # the phase omega t + phase is exact but for one rounding of its part of a turn
            assert abs(tone(wave).at(t) - right) <= 4 * 2.0**-52


def test_the_start_is_judged_rightly_however_late():
    wave = Wave(omega=1.0, phase=0.3)
    for k in range(40):
        base = 1e6 + 123456.789 * k
        level = mp.sin(mp.mpf(base) + mp.mpf(0.3))
        for side in (1, -1):
            x = float(level) + side * 1e-12
            case = Case(((-0.01,),), (0.0,), (x,), (1.0,), 0.0, 5.0, (), ((wave, -1.0),), base=base)
            assert (case.combination.at(case.x, base) > 0) == (mp.mpf(x) > level)
            assert exact(base) == base
            check(case)


frequency = st.floats(-1.5, 1.3).map(lambda e: 10.0**e)
sines = st.builds(
    lambda f, p, a, c: (Wave(omega=f / TAU, phase=p, is_cosine=c), a),
    frequency,
    moderate(-3.0, 3.0),
    moderate(-3.0, 3.0),
    st.booleans(),
)
size = moderate(-3.0, 3.0)


@given(
    st.one_of(
        st.builds(
            driven, size, size, st.just(TAU), st.just(1.0), st.just(6 * TAU), st.lists(sines, min_size=1, max_size=3)
        ),
        st.builds(resonator, size, size, moderate(-1, 0.01), frequency, size, size, st.just(30.0)),
        st.builds(resonator, size, size, moderate(-1, 0.0), frequency, size, size, st.just(30.0), size, frequency),
    ),
    st.sampled_from([None, *MARGINS]),
    st.integers(0, 2),
)
def test_random_states(case, margin, number):
    if margin is not None:
        case = grazing(case, margin, number) or case
    check(case)
