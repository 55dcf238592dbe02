"""Groups on the clock: converging to the truth, the same bits however they are run, events at their own times."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from clocked import euler as plain_euler
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from eventsnn import (
    ArgumentError,
    ExactnessNote,
    Hz,
    Network,
    NeuronGroup,
    NoExactSolutionError,
    PoissonGroup,
    SimulationError,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    mV,
    nS,
    pA,
    pF,
    seed,
    start_scope,
)

pytestmark = pytest.mark.filterwarnings("ignore::eventsnn.ExactnessNote")

METHODS = {"euler": 1, "exponential_euler": 1, "rk2": 2, "rk4": 4}

# A Hodgkin-Huxley neuron of our own: Wang & Buzsaki (1996), J Neurosci 16, 6402-6413, with m a variable.
WANG_BUZSAKI = """
dv/dt = (-g_L*(v - E_L) - g_Na*m*m*m*h*(v - E_Na) - g_K*n*n*n*n*(v - E_K) + I)/C : volt
dm/dt = 5*(1/exprel(-(v + 35*mV)/(10*mV))*(1 - m) - 4*exp(-(v + 60*mV)/(18*mV))*m)/ms : 1
dh/dt = 5*(0.07*exp(-(v + 58*mV)/(20*mV))*(1 - h) - 1/(exp(-0.1/mV*(v + 28*mV)) + 1)*h)/ms : 1
dn/dt = 5*(0.1/exprel(-(v + 34*mV)/(10*mV))*(1 - n) - 0.125*exp(-(v + 44*mV)/(80*mV))*n)/ms : 1
I : amp
"""
CONSTANTS = dict(g_L=10 * nS, E_L=-65 * mV, g_Na=3500 * nS, E_Na=55 * mV, g_K=900 * nS, E_K=-90 * mV, C=100 * pF)


def wang_buzsaki(method: str, step: float, size: int = 1, current: float = 200.0) -> NeuronGroup:
    group = NeuronGroup(
        size,
        WANG_BUZSAKI,
        threshold="v > -20*mV",
        refractory="v > -20*mV",
        method=method,
        dt=step * ms,
        namespace=CONSTANTS,
    )
    group.v, group.h, group.n, group.I = -64 * mV, 0.78, 0.09, current * pA
    return group


def truth(current: float, duration: float) -> tuple[np.ndarray, float]:
    """Return spike times and the last voltage by an independent integrator, to about 1e-10."""

    def rates(t, y):
        v, m, h, n = y
        a_m, b_m = 0.1 * (v + 35) / (1 - math.exp(-0.1 * (v + 35))), 4 * math.exp(-(v + 60) / 18)
        a_h, b_h = 0.07 * math.exp(-(v + 58) / 20), 1 / (math.exp(-0.1 * (v + 28)) + 1)
        a_n, b_n = 0.01 * (v + 34) / (1 - math.exp(-0.1 * (v + 34))), 0.125 * math.exp(-(v + 44) / 80)
        ionic = 10 * (v + 65) + 3500 * m**3 * h * (v - 55) + 900 * n**4 * (v + 90)
        gates = 5 * (a_m * (1 - m) - b_m * m), 5 * (a_h * (1 - h) - b_h * h), 5 * (a_n * (1 - n) - b_n * n)
        return [(current - ionic) / 100, *gates]

    def crosses(t, y):
        return y[0] + 20

    crosses.direction = 1
    start = [-64.0, 0.0, 0.78, 0.09]
    found = solve_ivp(rates, (0, duration), start, "DOP853", events=crosses, rtol=1e-12, atol=1e-13)
    return found.t_events[0], found.y[0, -1]


def run_wang_buzsaki(method: str, step: float, duration: float = 30.0, size: int = 1):
    start_scope()
    group = wang_buzsaki(method, step, size)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(duration * ms)
    return np.asarray(spikes.t / ms), np.asarray(group.v / mV)


@pytest.mark.parametrize("method, order", METHODS.items())
def test_a_hodgkin_huxley_neuron_converges_to_an_independent_integrator_with_the_order_of_the_method(method, order):
    true_spikes, true_v = truth(200.0, 30.0)
    errors = []
    for step in (0.01, 0.005):
        spikes, v = run_wang_buzsaki(method, step)
        assert len(spikes) == len(true_spikes) == 3
        errors.append((np.max(np.abs(spikes - true_spikes)), abs(v[0] - true_v)))
    for coarse, fine in zip(*errors, strict=True):
        # half the step divides the error by two to the order; the next term of the error is smaller by a step times
        # the steepest rate, 0.01 ms * 20/ms, and shifts the ratio by that much
        assert coarse / fine == pytest.approx(2**order, rel=0.2)


# --- the same bits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_size_of_a_group_changes_no_bit(method):
    one_spikes, one_v = run_wang_buzsaki(method, 0.02)
    many_spikes, many_v = run_wang_buzsaki(method, 0.02, size=12)
    assert many_v.tolist() == [one_v[0]] * 12
    assert many_spikes.tolist() == np.repeat(one_spikes, 12).tolist()


ZOO = {
    "frozen": dict(
        model="dv/dt = (1.5 - v**3)/(10*ms) + g/(5*ms) : 1 (unless refractory)\ndg/dt = -g/(4*ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=2.345 * ms,
    ),
    "free": dict(
        model="dv/dt = (1.6 - v**3)/(10*ms) : 1\ndg/dt = -g*g/(4*ms) : 1", threshold="v > 1 + 0.1*g", reset="v -= 0.9"
    ),
    "condition": dict(
        model="dv/dt = (u - v**3)/(3*ms) : 1\ndu/dt = (2 - u - 3*v)/(20*ms) : 1\ng : 1",
        threshold="v > 0.8",
        refractory="v > 0.2",
    ),
    "parameters": dict(
        model="dv/dt = (b - v**3 - a)/(10*ms) : 1 (unless refractory)\nda/dt = -a/(30*ms) : 1\nb : 1\ng : 1",
        threshold="v > 1 and a < 2",
        reset="v = 0.1*rand()\na += 0.3\nb += 0.05",
        refractory="1*ms + 0.3*ms*i",
    ),
    "noise": dict(
        model="dv/dt = (1.1 - v)/(10*ms) + 0.2*xi*(10*ms)**-0.5 : 1 (unless refractory)\ng : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=1.23 * ms,
        method="euler",
    ),
}


def network(kind: str, method: str = "rk4", n: int = 3, record: bool = True) -> Network:
    start_scope()
    seed(5)
    options = {"method": method, **ZOO[kind]}
    group = NeuronGroup(n, **options, name="neurons")
    group.v = "0.1*i"
    if "b : 1" in options["model"]:
        group.b = "1.5 + 0.1*i"
    source = PoissonGroup(4, 150 * Hz, name="source")
    inputs = Synapses(source, group, on_pre="v_post += 0.1\ng_post += 0.2", delay=0.137 * ms, name="inputs")
    inputs.connect(j="(i + k) % N_post for k in range(2)")
    spikes = SpikeMonitor(group, name="spikes", variables="v")
    trace = StateMonitor(group, "v", record=[0, n - 1], name="trace", dt=0.25 * ms)
    return Network(group, source, inputs, spikes, *([trace] if record else []))


def outcome(net: Network) -> tuple:
    spikes, group = net["spikes"], net["neurons"]
    trace = net["trace"].v.tolist() if "trace" in net else None
    return spikes.t_.tolist(), spikes.i.tolist(), spikes.v.tolist(), group.v[:].tolist(), trace


@pytest.mark.parametrize("kind", ZOO)
def test_the_zoo_fires(kind):
    net = network(kind)
    net.run(60 * ms)
    assert net["spikes"].num_spikes > 2


@pytest.mark.parametrize("n", [3, 11])
@pytest.mark.parametrize("kind", ZOO)
@settings(max_examples=6, deadline=None)
@given(cuts=st.lists(st.floats(0.001, 20), max_size=5))
def test_cutting_and_reading_change_no_bit(kind, n, cuts):
    whole = network(kind, n=n)
    whole.run(40 * ms)
    cut, before = network(kind, n=n), 0.0
    for instant in sorted({*cuts, 17.3}):
        cut.run((instant - before) * ms)
        before = float(cut.t / ms)
        assert np.all(np.isfinite(cut["neurons"].v))
    assert 0 < before < 40
    while before < 40:
        # the difference of two times is not always the time that was meant: go on until there
        cut.run((40 - before) * ms)
        before = float(cut.t / ms)
    assert outcome(cut) == outcome(whole)


@pytest.mark.parametrize("kind", ZOO)
def test_recording_changes_no_bit(kind):
    found = []
    for record in (True, False):
        net = network(kind, record=record)
        net.run(40 * ms)
        found.append(outcome(net)[:4])
    assert found[0] == found[1]


def test_a_drive_that_comes_back_from_a_file_is_the_same_drive(tmp_path):
    found = []
    for is_restored in (False, True):
        start_scope()
        namespace = {"I": TimedArray([1.5, 1.9, 1.2, 2.0], dt=1.37 * ms)}
        group = NeuronGroup(2, "dv/dt = (I(t) - v**3)/(5*ms) : 1", method="rk4", dt=0.5 * ms, namespace=namespace)
        net = Network(group)
        net.run(0.7 * ms)
        if is_restored:
            net.store(filename=tmp_path / "checkpoint")
            net.restore(filename=tmp_path / "checkpoint", restore_random_state=True)
        net.run(3.3 * ms)
        found.append(group.v[:].tolist())
    assert found[0] == found[1]


# --- on the grid and off it -------------------------------------------------------------------------------------


def test_between_ticks_a_simple_clocked_simulator_is_met():
    # the same forward Euler on the same grid: no spike, so that nothing is off the grid
    start_scope()
    group = NeuronGroup(2, "dv/dt = (1 - v*v*v)/(10*ms) : 1", threshold="v > 5", reset="v = 0", method="euler")
    group.v = [0, 3]
    trace = StateMonitor(group, "v", record=True)
    Network(group, trace).run(10 * ms)
    path = [np.array([0.0, 3.0])]
    for _ in range(99):
        path.append(path[-1] + 0.1 * ((1 - path[-1] * path[-1] * path[-1]) / 10))
    # ticks are decimals, and the spans between them differ from 0.1 in the last digits
    assert np.allclose(trace.v, np.array(path).T, rtol=0, atol=100 * 3 * 2**-52)
    fired = plain_euler(lambda x: (1 - x**3) / 10, [0.0, 3.0], lambda x: x > 5, lambda x: 0 * x, 10.0, 0.1)
    assert fired == [[], []]


def test_a_forced_clock_converges_to_the_exact_solution():
    def spikes(method, step):
        start_scope()
        group = NeuronGroup(
            2,
            "dv/dt = (1.2 - v)/(10*ms) : 1 (unless refractory)",
            threshold="v > 1",
            reset="v = 0",
            refractory=1.618 * ms,
            method=method,
            dt=step * ms,
        )
        group.v = [0, 0.3]
        source = SpikeGeneratorGroup(1, [0, 0, 0], [3.3333, 7.1234, 21.0] * ms)
        synapses = Synapses(source, group, on_pre="v_post += 0.123", delay=0.0371 * ms)
        synapses.connect()
        monitor = SpikeMonitor(group)
        Network(group, source, synapses, monitor).run(80 * ms)
        return np.asarray(monitor.t / ms), np.asarray(monitor.i)

    exact, who = spikes("exact", 0.1)
    errors = []
    for step in (0.1, 0.05):
        clocked, same = spikes("clocked_rk4", step)
        assert same.tolist() == who.tolist()
        errors.append(np.max(np.abs(clocked - exact)))
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.2)
    # (h/tau)**4/120 a step is the error of the method, 800 steps
    assert errors[0] < 0.01**4 / 120 * 800 * 10


@pytest.mark.parametrize("drive", ["I(t)", "(1.3 + 0.3*int(t > 5*ms))", "(1.6 - 0.3*int(t <= 5*ms))"])
def test_a_drive_that_steps_at_ticks_leaves_the_method_its_order(drive):
    def spikes(method, step):
        start_scope()
        model = f"dv/dt = ({drive} - v)/(10*ms) : 1"
        namespace = {"I": TimedArray([1.3, 1.6, 1.2, 1.4], dt=5 * ms)}
        group = NeuronGroup(
            1, model, threshold="v > 1", reset="v = 0", method=method, dt=step * ms, namespace=namespace
        )
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(40 * ms)
        return np.asarray(monitor.t / ms)

    exact = spikes("exact", 0.1)
    errors = [np.max(np.abs(spikes("clocked_rk4", step) - exact)) for step in (0.2, 0.1)]
    # 16 on average; where a spike falls in its step matters for the error of the cubic. Of first order it would be 2
    assert errors[0] / errors[1] > 10


def test_an_input_in_the_middle_of_a_step_acts_at_its_own_time():
    # by exponential Euler a linear equation is exact however its steps are cut, up to the line between ticks
    start_scope()
    group = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1", method="clocked_exponential_euler", dt=1 * ms)
    source = SpikeGeneratorGroup(1, [0, 0], [2.345, 2.789] * ms)
    synapses = Synapses(source, group, on_pre="v_post += 1")
    synapses.connect()
    Network(group, source, synapses).run(5 * ms)
    # the second input comes on the line from 1 to exp(-0.0655), from which the rest of the step starts
    at_input = 1 + (math.exp(-0.0655) - 1) * (0.444 / 0.655) + 1
    assert group.v[0] == pytest.approx(at_input * math.exp(-0.0211) * math.exp(-0.2), rel=1e-13)


def test_a_refractory_period_ends_off_the_grid_and_the_level_fires_then():
    start_scope()
    group = NeuronGroup(
        1,
        "dv/dt = 0.5/ms : 1 (unless refractory)\nw : 1",
        threshold="v >= 1",
        reset="v = 2 - w\nw += 2",
        refractory=1.23 * ms,
        method="clocked_euler",
        dt=0.5 * ms,
    )
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(8 * ms)
    # at 2 it stays above the level, and fires when the period ends; then from 0 it takes two ms after the next one
    assert np.asarray(monitor.t / ms) == pytest.approx([2, 3.23, 3.23 + 1.23 + 2], abs=1e-14)


def test_a_neuron_without_reset_fires_once_a_step_while_it_is_above():
    start_scope()
    group = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1 and v < 2", method="clocked_euler", dt=0.25 * ms)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(4 * ms)
    assert np.asarray(monitor.t / ms) == pytest.approx([1, 1.25, 1.5, 1.75], abs=1e-12)


@pytest.mark.parametrize("size", [2, 20])
def test_a_group_without_differential_equations_fires_between_ticks_too(size):
    start_scope()
    group = NeuronGroup(size, "due : 1", threshold="t >= due*ms", reset="due += 1.5", method="clocked_euler")
    group.due = 0.33
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(4 * ms)
    assert np.asarray(monitor.t / ms).tolist() == np.repeat([0.33, 1.83, 3.33], size).tolist()


def test_a_refractory_period_may_be_given_in_steps():
    start_scope()
    options = dict(threshold="v > 1", reset="v = 0", refractory="3*dt", method="clocked_rk4", dt=0.25 * ms)
    group = NeuronGroup(1, "dv/dt = 1/ms : 1 (unless refractory)", **options)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(4 * ms)
    assert np.asarray(monitor.t / ms) == pytest.approx([1, 2.75], abs=1e-14)


def test_a_neuron_that_has_never_fired_may_say_so_by_minus_infinity():
    start_scope()
    group = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", method="clocked_rk4")
    group.lastspike = -math.inf * ms
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(1.5 * ms)
    assert np.asarray(monitor.t / ms) == pytest.approx([1], abs=1e-14)


def test_what_is_assigned_between_runs_holds_from_then_on():
    start_scope()
    group = NeuronGroup(1, "dv/dt = a/ms + 0*v**3/ms : 1\na : 1", method="euler", dt=1 * ms)
    net = Network(group)
    group.a = 1
    net.run(0.3 * ms)
    group.a = 2
    assert group.v[0] == pytest.approx(0.3)
    net.run(0.5 * ms)
    assert group.v[0] == pytest.approx(0.3 + 1.0)
    net.run(1.2 * ms)
    assert group.v[0] == pytest.approx(0.3 + 2 * 1.7)


def test_shared_and_own_parameters_stand_side_by_side():
    start_scope()
    model = "dv/dt = (g - v**3)/tau : 1\ng : 1\ntau : second (shared)"
    group = NeuronGroup(3, model, method="rk4")
    group.g, group.tau = [1, 2, 3], 5 * ms
    net = Network(group)
    net.run(1.05 * ms)
    before = np.array(group.v)
    group.g = [1, 2, 4]
    net.run(0 * ms)
    assert np.array(group.v).tolist() == before.tolist()
    group.tau = 50 * ms
    net.run(1e-3 * ms)
    assert np.max(np.abs(np.array(group.v) - before)) < 1e-4


def test_another_step_holds_from_the_next_run_on():
    start_scope()
    group = NeuronGroup(1, "dv/dt = -v**3/ms : 1", method="euler", dt=1 * ms)
    group.v = 0.5
    net = Network(group)
    net.run(0.5 * ms)
    middle = float(group.v[0])
    group.clock.dt = 0.25 * ms
    net.run(0.25 * ms)
    assert group.v[0] == pytest.approx(middle - 0.25 * middle**3, rel=1e-14)


def test_values_between_ticks_are_interpolated():
    start_scope()
    group = NeuronGroup(1, "dv/dt = -v**3/ms : 1", method="rk4", dt=0.1 * ms)
    group.v = 1
    trace = StateMonitor(group, "v", record=0)
    Network(group, trace).run(1 * ms)
    times = np.array([0.033, 0.05, 0.1, 0.7777])
    # 1/sqrt(1 + 2 t); the error of the cubic is h**4/384 times the fourth derivative, 105
    assert np.asarray(trace.at(times * ms, "v"))[0] == pytest.approx(1 / np.sqrt(1 + 2 * times), abs=1e-4 / 384 * 105)


def test_functions_of_time_and_steps_of_arrays_are_read():
    start_scope()
    values = TimedArray([1, 2, 3], dt=1 * ms)
    group = NeuronGroup(1, "dv/dt = values(t)/ms + 0*v**3/ms : 1", method="euler", dt=0.5 * ms)
    Network(group).run(3 * ms, namespace={"values": values})
    assert group.v[0] == pytest.approx(6)


# --- noise ------------------------------------------------------------------------------------------------------


def test_a_noisy_membrane_has_the_mean_and_variance_of_its_scheme():
    start_scope()
    seed(11)
    group = NeuronGroup(2000, "dv/dt = (1 - v)/(10*ms) + 0.5*xi*sqrt(2/(10*ms)) : 1", dt=1 * ms)
    Network(group).run(60 * ms)
    # v' = 0.9 v + 0.1 + 0.5 sqrt(0.2) z: stationary variance 0.25*0.2/(1 - 0.81); 60 steps leave 0.9**60 of the start
    mean, variance = 1 - 0.9**60, 0.05 / 0.19 * (1 - 0.81**60)
    v = np.asarray(group.v)
    assert abs(v.mean() - mean) < 4 * math.sqrt(variance / 2000)
    assert abs(v.var(ddof=1) / variance - 1) < 4 * math.sqrt(2 / 1999)


def test_a_seed_set_in_the_middle_of_a_step_holds_from_then_on():
    start_scope()
    seed(1)
    group = NeuronGroup(3, "dv/dt = -v/(10*ms) + xi*ms**-0.5 : 1", dt=1 * ms)
    net = Network(group)
    net.run(5.5 * ms)
    before = np.array(group.v)
    seed(2)
    assert np.array(group.v).tolist() == before.tolist()
    net.run(1e-6 * ms)
    # noise acts for 1e-6 ms: six standard deviations of it, 1e-3 each
    assert np.max(np.abs(np.array(group.v) - before)) < 6e-3
    net.run(5 * ms)
    assert np.max(np.abs(np.array(group.v) - before)) > 0.1


def test_sources_of_noise_are_independent_and_one_source_is_one():
    start_scope()
    seed(12)
    model = "dx/dt = xi_1*ms**-0.5 : 1\ndy/dt = xi_2*ms**-0.5 : 1\ndz/dt = 2*xi_1*ms**-0.5 : 1"
    group = NeuronGroup(1000, model, dt=1 * ms)
    Network(group).run(1 * ms)
    assert np.allclose(group.z, 2 * group.x, rtol=1e-15)
    assert abs(np.corrcoef(group.x, group.y)[0, 1]) < 4 / math.sqrt(1000)


@pytest.mark.parametrize("what", ["step", "network"])
def test_no_draw_is_used_twice(what):
    # draws are numbered by the step: of another length, or in another network, the same numbers come again
    start_scope()
    seed(13)
    group = NeuronGroup(500, "dx/dt = xi*ms**-0.5 : 1", dt=0.1 * ms)
    net = Network(group)
    net.run(2 * ms)
    before = np.asarray(group.x)
    if what == "step":
        group.clock.dt = 0.2 * ms
    else:
        net.remove(group)
        net = Network(group)
    net.run(2 * ms)
    assert abs(np.corrcoef(before, group.x - before)[0, 1]) < 4 / math.sqrt(500)


def test_a_noisy_group_says_that_it_is_not_exact():
    start_scope()
    group = NeuronGroup(1, "dv/dt = -v/(10*ms) + xi*ms**-0.5 : 1")
    with pytest.warns(ExactnessNote, match=r"on the clock: noise \(xi\) has no exact solution. Method 'euler' with"):
        Network(group).run(1 * ms)


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model, options, message",
    [
        (
            "dv/dt = -v**3/ms : 1",
            dict(method="exponential_euler"),
            "an equation that is linear in v\n.*\n.*\nUse",
        ),
        (
            "dv/dt = -v/ms + xi*ms**-0.5 : 1",
            dict(method="rk4"),
            "noise .xi. is integrated by 'euler', 'heun' or 'milstein', .*found 'rk4'. Leave method= out",
        ),
        (
            "dv/dt = -v/ms + v*xi*ms**-0.5 : 1",
            dict(method="rk4"),
            "'heun' or 'milstein' integrates it in the sense of Stratonovich",
        ),
        (
            "dv/dt = -v/ms + v*xi*ms**-0.5 : 1",
            dict(method="euler"),
            "the noise xi is multiplied by a variable\n.*\n.*\nSuch noise means one thing to Ito",
        ),
        (
            "dv/dt = -v/ms + s*xi : 1\ns = v*ms**-0.5 : Hz**0.5",
            dict(method="euler"),
            "the noise xi is multiplied by a variable",
        ),
        (
            "dv/dt = -v/ms + w*xi*ms**-0.5 : 1\ndw/dt = -w/ms : 1",
            dict(method="milstein"),
            "'heun' integrates it .*found 'milstein'.*needs for each variable a source of its own",
        ),
        ("dv/dt = -v/ms + xi**2 : 1", dict(method="euler"), "it is not linear in the noise xi"),
        (
            "dv/dt = -v**3/ms : 1",
            dict(method="rk4", events={"up": "v > 1"}),
            "custom events need an exact .*Leave events= out",
        ),
        ("dv/dt = -v**3/ms : 1", dict(events={"up": "v > 1"}), "so no numerical method helps"),
        ("dv/dt = -v**3/ms : 1", dict(method="rk4", reset="v = 0"), "reset given without a threshold"),
        (
            "dv/dt = -v**3/ms : 1",
            dict(method="rk4", threshold="v > 1", refractory="rand() < 0.5"),
            "a condition that draws rand.. has no first instant",
        ),
        ("dv/dt = -v**3/ms : 1", dict(method="gsl"), "method='gsl' is not there. On a clock, .*'rk4'"),
    ],
)
def test_what_does_not_fit_the_clock_is_refused(model, options, message):
    start_scope()
    group = NeuronGroup(1, model, **options)
    with pytest.raises(ValueError, match=message) as caught:
        Network(group).run(1 * ms)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize("n", [1, 20])
def test_a_value_that_is_no_number_stops_the_run_and_says_what_to_do(n):
    start_scope()
    group = NeuronGroup(n, "dv/dt = (v - 1)/(exp(v - 1) - 1)/ms : 1", method="rk4")
    group.v = 1
    with pytest.raises(SimulationError, match=r"at t = 0 ms: v of neuron 0 of .* becomes nan (.|\n)*exprel"):
        Network(group).run(1 * ms)


def test_steps_that_are_too_long_are_told_with_what_to_try():
    start_scope()
    with pytest.raises(SimulationError) as caught:
        Network(wang_buzsaki("rk4", 0.5)).run(200 * ms)
    first, _, last = str(caught.value).split("\n")
    # without the noise of rounding, and nothing of 0/0, which these equations cannot be
    assert re.match(
        r"Simulation stopped at t = [\d.]{1,4} ms: \w of neuron 0 of .* becomes .* by the method 'rk4'$", first
    )
    assert last == (
        "The steps of dt = 0.5 ms are too long, or the equations themselves grow without bound. "
        "Try a shorter step, dt=0.1*ms, or method='exponential_euler'."
    )


def test_exponential_euler_is_recommended_only_where_it_runs():
    start_scope()
    group = NeuronGroup(1, "dv/dt = (1 + v**3)/ms : 1", method="rk4")
    with pytest.raises(SimulationError, match=r"Try a shorter step, dt=0.02\*ms.$"):
        Network(group).run(3 * ms)


@pytest.mark.parametrize("method, precision", [("rk4", 0.01), ("rk2", 0.01), ("euler", 0.1)])
@pytest.mark.parametrize("size", [1, 20])
def test_an_upstroke_steeper_than_the_clock_is_a_spike(method, precision, size):
    # the exponential integrate-and-fire neuron reaches every level in finite time, and its steps leave the numbers
    start_scope()
    model = "dv/dt = (0.5 - v + D*exp((v - 1)/D))/(10*ms) : 1"
    options = dict(threshold="v > 1000", reset="v = 0", method=method, dt=0.01 * ms, namespace={"D": 0.1})
    group = NeuronGroup(size, model, **options)
    group.v = 1.3
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(2 * ms)
    # above 4 it takes 1e-12 ms more; in the last step the rate grows beyond every bound, and the error is the step (for
    # forward Euler, which lags behind all the way, some steps)
    true_time = quad(lambda v: 10 / (0.5 - v + 0.1 * math.exp((v - 1) / 0.1)), 1.3, 4, epsabs=1e-12)[0]
    assert np.all(np.isfinite(group.v))
    assert np.asarray(monitor.t / ms) == pytest.approx([true_time] * size, abs=precision)


def test_without_a_method_a_nonlinear_group_is_refused_with_the_way_out():
    start_scope()
    with pytest.raises(NoExactSolutionError, match="v to the power 3(.|\n)*method='rk4' .or 'rk2', 'euler'.; docs"):
        Network(NeuronGroup(1, "dv/dt = -v**3/ms : 1")).run(1 * ms)


def test_only_methods_that_fit_are_recommended():
    start_scope()
    with pytest.raises(NoExactSolutionError, match="or 'rk2', 'euler', 'exponential_euler'.; docs: how to run a model"):
        NeuronGroup(1, "dv/dt = -g*v/ms : 1\ndg/dt = -g/ms : 1").explain()
    with pytest.raises(NoExactSolutionError) as caught:
        NeuronGroup(1, "dv/dt = -v**3/ms : 1", events={"up": "v > 1"}).explain()
    assert "docs" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:group .* runs on the clock")
def test_methods_for_multiplied_noise_are_euler_where_it_is_only_added():
    values = []
    for method in ("euler", "milstein", "heun"):
        start_scope()
        seed(3)
        group = NeuronGroup(5, "dv/dt = -v/ms + xi*ms**-0.5 : 1", method=method, name="noisy")
        Network(group).run(2 * ms)
        values.append(np.asarray(group.v).tolist())
    assert values[0] == values[1] == values[2]


def test_of_a_list_of_methods_the_first_that_there_is_runs_on_the_clock():
    start_scope()
    group = NeuronGroup(1, "dv/dt = -v**3/ms : 1", method=("exact", "gsl", "rk4", "euler"))
    assert "method 'rk4', a step" in str(group.explain())


def test_the_step_of_the_clock_in_a_recorded_variable():
    start_scope()
    group = NeuronGroup(1, "dv/dt = (2 - v**3)/ms : 1\nw = v*dt/ms : 1", threshold="v > 1", reset="v = 0", method="rk4")
    monitor = SpikeMonitor(group, variables="w")
    with pytest.raises(ArgumentError, match="'w' uses dt, the step of a clock, which is not recorded"):
        StateMonitor(group, "w", record=0)
    Network(group, monitor).run(1 * ms)
    assert monitor.w[0] == pytest.approx(0.1, rel=1e-12)


def test_explain_says_that_it_is_not_exact_and_how_it_is_done():
    start_scope()
    text = str(wang_buzsaki("rk4", 0.05).explain())
    assert "1 neuron, on a clock, not exactly" in text
    assert "method 'rk4', a step every 0.05 ms" in text
    assert "the spike is where the interpolated path crosses" in text
