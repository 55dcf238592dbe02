"""A clocked simulator must converge to us as its step shrinks."""

import math

import numpy as np
import pytest
from clocked import euler
from laws import Setup, simulate

from eventsnn import ms

TAU, I = 10.0, np.array([1.2, 1.5, 2.0, 4.0])
STEPS = (0.1, 0.05, 0.025, 0.0125, 0.00625)


def ours(equations, threshold, reset, n, length, refractory=None, **values):
    out = simulate(Setup(n, equations, threshold, reset, refractory, values), [length])
    return [[t for t, i in zip(out.times, out.neurons, strict=True) if i == k] for k in range(n)]


def test_the_first_crossing_of_a_clocked_leaky_neuron_converges_to_ours_to_first_order():
    exact = [t[0] for t in ours("dv/dt = (I - v)/(10*ms) : 1\nI : 1", "v > 1", "v = 0", 4, 60.0, I=I)]
    for k, drive in enumerate(I.tolist()):
        errors = []
        for dt in STEPS:
            trains = euler(lambda v, d=drive: (d - v) / TAU, np.zeros(1), lambda v: v > 1, lambda v: 0 * v, 40.0, dt)
            clocked, h = trains[0][0], dt / TAU
            # Euler multiplies the distance to I by 1 - h in each step, h = dt/tau: it crosses after
            # log(1 - 1/I)/log(1 - h) steps, rounded up. -log(1 - h) lies between h + h^2/2 and h + h^2/2 + h^3/2
            # (h < 0.1), so before rounding up it is early by 0.4 h to h/2 + h^2 of the true time
            low, high = -exact[k] * h * (0.5 + h), -exact[k] * h * 0.4 + dt
            assert low - 1e-9 <= clocked - exact[k] <= high + 1e-9
            errors.append(abs(clocked - exact[k]))
        # first order: the bound shrinks with the step; the error stays within it down the whole ladder
        assert errors[-1] <= (exact[k] / TAU + 1) * STEPS[-1]


def test_the_unrounded_crossing_of_the_clock_shows_the_ratio_of_first_order():
    # the grid's rounding hides the order; a straight line through the step that crosses takes it away
    exact = ours("dv/dt = (2 - v)/(10*ms) : 1", "v > 1", "v = 0", 1, 20.0)[0][0]
    errors = []
    for dt in STEPS:
        v, t = 0.0, 0.0
        while True:
            w = v + dt * (2.0 - v) / TAU
            if w > 1:
                break
            v, t = w, t + dt
        errors.append(exact - (t + dt * (1 - v) / (w - v)))
    # error = t h/2 (1 + O(h)) plus the curvature inside one step, at most dt h/8: ratios of 2 to within O(h)
    for dt, a, b in zip(STEPS, errors, errors[1:], strict=False):
        h = dt / TAU
        assert abs(a / b - 2) <= 2 * (2 * h + 2 * (h / 4) * dt / (exact * h / 2 / 2))
    assert errors[0] == pytest.approx(exact * 0.1 / TAU / 2, rel=0.05)


@pytest.mark.parametrize("dt", STEPS)
def test_a_clocked_train_with_refractory_period_converges_to_ours(dt):
    exact = ours(
        "dv/dt = (I - v)/(10*ms) : 1 (unless refractory)\nI : 1", "v > 1", "v = 0", 4, 200.0, refractory=2 * ms, I=I
    )
    clocked = euler(lambda v: (I - v) / TAU, np.zeros(4), lambda v: v > 1, lambda v: 0 * v, 200.0, dt, refractory=2.0)
    for k in range(4):
        interval = exact[k][0]
        # each interval is off by at most: early by interval*(h/2 + h^2), late by one step
        for n, (a, b) in enumerate(zip(exact[k], clocked[k], strict=False), 1):
            h = dt / TAU
            assert -n * interval * h * (0.5 + h) - 1e-9 <= b - a <= n * dt + 1e-9
        assert abs(len(exact[k]) - len(clocked[k])) <= 1 + math.ceil(len(exact[k]) * dt / (interval + 2))


def test_an_integrator_on_a_fine_enough_grid_is_late_by_less_than_a_step():
    rates = np.array([0.1, 0.13, 0.37])
    exact = ours("dv/dt = r/ms : 1\nr : 1", "v > 1", "v = 0", 3, 50.0, r=rates)
    for dt in STEPS:
        clocked = euler(lambda v: rates, np.zeros(3), lambda v: v > 1, lambda v: 0 * v, 50.0, dt)
        for k in range(3):
            # sums of dt*r are off by rounding, so a tie may fall a step late
            assert -1e-9 <= clocked[k][0] - exact[k][0] <= 2 * dt + 1e-9
