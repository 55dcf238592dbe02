"""The quick search for a leaky variable under one sinusoid, against the general one and in closed form."""

import math
import random

import pytest

from eventsnn.crossing.chains import Node
from eventsnn.crossing.oscillations import OscillatingSum
from eventsnn.crossing.sine_drive import find_sine_drive

TAU = 10.0


def setup(omega):
    plan = OscillatingSum([Node(-1 / TAU), Node(0.0), Node(complex(0, omega))], [(0,), (0, 1), (0, 2), (1,)])
    return plan, find_sine_drive(plan)


def coefficients(f0, F0, A, phase):
    """Return those of ``tau f' = -f + F0 + A sin(omega s + phase)``."""
    return [f0, F0 / TAU, A / TAU * complex(math.sin(phase), -math.cos(phase)), 0.0]


def quick(omega, f0, F0, A, phase, horizon=math.inf):
    c = coefficients(f0, F0, A, phase)
    return setup(omega)[1].first_change(c, f0, horizon, [abs(x) for x in c])


def test_both_searches_find_the_same_crossing():
    rng, found, asked = random.Random(9), 0, 0
    for _ in range(600):
        omega, A, phase = 10 ** rng.uniform(-1.2, 2), 10 ** rng.uniform(-2, 1), rng.uniform(0, 6.3)
        swing = A / math.hypot(1, omega * TAU)
        # anything; the steady swing just below or above the threshold; a drive that touches it
        F0 = rng.choice([rng.uniform(-2, 2), -swing * (1 + 10 ** rng.uniform(-9, -1)), -swing * 0.99, -A, A])
        f0 = rng.choice([-1.0, 1.0]) * 10 ** rng.uniform(-6, 1)
        plan, drive = setup(omega)
        c = coefficients(f0, F0, A, phase)
        s = drive.first_change(c, f0, 500.0, [abs(x) for x in c])
        general = plan.sign_changes(c, f0, 500.0)
        next(general)
        true = next(general, (math.inf, 0))[0]
        if s is None:
            continue
        asked += 1
        assert s == pytest.approx(true, rel=1e-12) or min(s, true) > 500.0
        found += true < math.inf
    assert asked > 400 and found > 250


def test_a_window_thousands_of_periods_away_is_found_at_once():
    # from far below, f creeps up by exp(-s/tau) with tau = 10; the swing at omega = 1000/tau is small
    omega = 100.0
    q = omega * TAU
    A = math.hypot(1, q)  # a steady swing of one
    F0 = -1.0 + 1e-12
    s = quick(omega, -3.0, F0, A, 0.3)
    # the steady swing passes zero when the rest has decayed to about 1e-12
    assert 270 < s < 300
    c = coefficients(-3.0, F0, A, 0.3)
    plan = setup(omega)[0]
    assert abs(plan.terms.precise_total(c, s)) < 1e-13
    # no crossing in any of the windows before
    for k in range(1, 200):
        assert plan.terms.precise_total(c, s - k * 2 * math.pi / omega) < 0


def test_a_drive_that_never_exceeds_the_threshold_never_crosses():
    assert quick(1.0, -1.0, -2.0, 2.0, 0.0) == math.inf
    assert quick(1.0, -1.0, -2.0, 1.0, 0.0) == math.inf


def test_a_steady_swing_below_the_threshold_never_crosses():
    swing = 1 / math.hypot(1, 50.0)
    assert quick(5.0, -1.0, -swing * 1.001, 1.0, 0.0) == math.inf


def test_what_lies_beyond_the_horizon_is_left_out():
    s = quick(2.0, -1.0, 0.2, 1.0, 0.0)
    assert quick(2.0, -1.0, 0.2, 1.0, 0.0, horizon=s + 1) == s
    assert quick(2.0, -1.0, 0.2, 1.0, 0.0, horizon=1.0) in (s, math.inf)


def test_two_sinusoids_or_a_damped_one_are_for_the_general_search():
    nodes = [Node(-1 / TAU), Node(0.0), Node(1j), Node(2j)]
    assert find_sine_drive(OscillatingSum(nodes, [(0,), (0, 2), (0, 3), (1,)])) is None
    nodes = [Node(-1 / TAU), Node(0.0), Node(complex(-0.01, 1))]
    assert find_sine_drive(OscillatingSum(nodes, [(0,), (0, 2), (1,)])) is None
    # slow ones
    assert quick(0.01, -1.0, -0.5, 1.0, 0.0) is None
