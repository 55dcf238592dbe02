"""Whole simulations through the public API against the oracle."""

import math
from itertools import pairwise

import numpy as np
import oracles
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import TIME, Setup, run_until, simulate, spikes, times_of
from oracles import FROZEN, Integrator, Leaky, Neuron, crossing_bound, exact, spike_times, ulp

from eventsnn import Hz, Mohm, Network, NeuronGroup, SpikeMonitor, ms, mV, nA, nF, second, volt

LIF = "dv/dt = (I - v)/tau : 1\nI : 1\ntau : second\ntheta : 1\nref : second"


def run(group, length):
    """Return the spike monitor of a group that ran for so many ms."""
    monitor = SpikeMonitor(group)
    run_until(Network(group, monitor), length)
    return monitor


def accumulated_bound(neuron, truth, n, scale):
    """Bound the error of the n-th spike.

    Each interval adds what one crossing may be off (2 [ulp(s) + ulp(v)/|v'|], s the interval) and the rounding of
    what the reset and the refractory flow make of v (5 ulp, divided by the speed at the crossing; a decaying state
    only forgets); the sum of the times is kept with its remainder, so it is rounded once, at the end.
    """
    speed = abs(neuron.motion.slope(exact(neuron.level)))
    interval = truth[n] / (n + 1)
    one = crossing_bound(interval, neuron.level, speed, scale) + 5 * ulp(scale) / speed
    return (n + 1) * one + ulp(truth[n])


@pytest.mark.parametrize(
    "reset, factor, offset", [("v = 0", 0.0, 0.0), ("v -= 0.75", 1.0, -0.75), ("v = 0.5*v - 1", 0.5, -1.0)]
)
@pytest.mark.parametrize("drive", [2.0, 1.0 + 1e-3, 1.0 + 1e-9, 50.0])
@pytest.mark.parametrize("ref", [0.0, 2.0, 0.1])
def test_one_second_of_regular_firing_is_exact_to_the_last_spike(reset, factor, offset, drive, ref):
    group = Setup(
        1, LIF, "v > theta", reset, "ref", {"I": drive, "tau": 10 * ms, "theta": 1.0, "ref": ref * ms}
    ).build()
    ours = times_of(run(group, 1000.0))
    neuron = Neuron(0.0, Leaky(drive, 10.0), 1.0, factor=factor, offset=offset, refractory=ref)
    truth = spike_times(neuron, 1000.0)
    assert len(ours) == len(truth) > 3
    for n, (a, b) in enumerate(zip(ours, truth, strict=True)):
        assert abs(exact(a) - b) <= accumulated_bound(neuron, truth, n, max(drive, 2.0))


@pytest.mark.parametrize(
    "equation, motion, theta",
    [
        ("dv/dt = (1 - v)/(10*ms) : 1", Leaky(1.0, 10.0), 0.8),
        ("dv/dt = (2 - v)/(7.3*ms) : 1", Leaky(2.0, 7.3), 1.0),
        ("dv/dt = 0.3/ms : 1", Integrator(0.3), 1.0),
        ("dv/dt = 0.7/ms : 1", Integrator(0.7), 1.1),
    ],
)
@pytest.mark.parametrize("flag", ["", " (unless refractory)"])
@pytest.mark.parametrize("ref", [0.0, 0.1, 1.7])
def test_a_regular_train_does_not_drift(equation, motion, theta, flag, ref):
    # the relative error stays below 1e-15 however many spikes there are: the period is off by at most 4 roundings
    # (4.4e-16), each sum of remainders by a part of one more, the last rounding of the time by one
    group = NeuronGroup(1, equation + flag, threshold=f"v > {theta}", reset="v = 0", refractory=ref * ms)
    ours = times_of(run(group, 2000.0))
    neuron = Neuron(0.0, motion, theta, refractory=ref, during=FROZEN if flag else None)
    truth = spike_times(neuron, 2000.0)
    assert len(ours) == len(truth) > 99
    errors = [abs(exact(a) - b) / b for a, b in zip(ours, truth, strict=True)]
    assert max(errors) <= 1e-15


def test_a_train_of_refractory_ends_does_not_drift():
    # above threshold all the time: a spike at every end of the refractory period, k*ref to one rounding
    group = NeuronGroup(1, "v : 1", threshold="v > 0", refractory=0.1 * ms)
    group.v = 1
    ours = times_of(run(group, 1000.0))
    assert len(ours) in (10000, 10001)  # 10 000 times the double 0.1 is a little more than 1000
    for k, t in enumerate(ours):
        truth = exact(0.1) * k
        assert abs(exact(t) - truth) <= ulp(truth)


@given(
    st.floats(-2.0, 0.99),
    st.sampled_from([1.0 + 1e-9, 1.0 + 1e-15, math.nextafter(1.0, 2.0), 1.01, 1.5, 3.0, 100.0, 0.5]),
    st.sampled_from([1e-6, 0.01, 1.0, 10.0, 1e4, 1e9]),
    st.sampled_from([0.0, 0.1, 2.0, 1e-6]),
    st.booleans(),
)
def test_the_first_spikes_of_any_leaky_neuron_are_true(v, drive, tau, ref, frozen):
    flag = " (unless refractory)" if frozen else ""
    equations = f"dv/dt = (I - v)/tau : 1{flag}\nI : 1\ntau : second"
    group = NeuronGroup(1, equations, threshold="v > 1", reset="v = 0", refractory=ref * ms)
    group.v, group.I, group.tau = v, drive, tau * ms
    neuron = Neuron(v, Leaky(drive, tau), 1.0, refractory=ref, during=FROZEN if frozen else None)
    truth = spike_times(neuron, 1e12, most=5)
    end = float(truth[-1]) * 1.0009765625 + tau if truth else 100 * tau
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    network.run(end * ms, namespace={})
    ours = times_of(monitor)[:5]
    assert len(ours) == len(truth)
    speed = abs(neuron.motion.slope(exact(1.0))) if truth else 1
    scale = max(abs(v), 1.0, drive)
    carried = exact(0)
    for t, b in zip(ours, truth, strict=True):
        # as in accumulated_bound, interval by interval; a spike at a refractory end costs its rounding only
        carried += crossing_bound(b, 1.0, speed, scale) + 5 * ulp(scale) / speed
        assert abs(exact(t) - b) <= carried


def test_neurons_of_a_group_keep_their_own_parameters():
    n = 40
    rng = np.random.default_rng(3)
    I, tau, theta = rng.uniform(0.5, 4, n), rng.uniform(1, 30, n), rng.uniform(0.2, 2, n)
    ref, v = rng.uniform(0, 5, n), rng.uniform(-1, 0.1, n)
    group = Setup(n, LIF, "v > theta", "v = 0", "ref", {"I": I, "tau": tau * ms, "theta": theta, "v": v}).build()
    group.ref = ref * ms
    monitor = run(group, 100.0)
    taus, refs = group._store.parameters["tau"].tolist(), group._store.parameters["ref"].tolist()
    for k in range(n):
        neuron = Neuron(float(v[k]), Leaky(float(I[k]), taus[k]), float(theta[k]), refractory=refs[k])
        truth, ours = spike_times(neuron, 100.0), times_of(monitor, k)
        assert len(ours) == len(truth)
        for i, (a, b) in enumerate(zip(ours, truth, strict=True)):
            assert abs(exact(a) - b) <= accumulated_bound(neuron, truth, i, max(float(I[k]), float(theta[k]), 1.0))


def test_a_membrane_in_millivolts_with_resistance_and_capacitance_is_exact():
    tau, R, C, theta = 20 * ms, 50 * Mohm, 0.4 * nF, -50 * mV
    group = NeuronGroup(
        2,
        """dv/dt = (E - v + R*I)/tau : volt (unless refractory)
           E : volt
           I : amp""",
        threshold="v > theta",
        reset="v = -65*mV",
        refractory=3 * ms,
        namespace={"tau": tau, "R": R, "theta": theta},
    )
    group.E, group.v, group.I = -70 * mV, -70 * mV, [0.5, 0.40000001] * nA
    monitor = run(group, 500.0)
    ours = [times_of(monitor, k) for k in (0, 1)]
    for k, rest in ((0, -45.0), (1, -70.0 + 50 * 0.40000001)):
        neuron = Neuron(-70.0, Leaky(rest, 20.0), -50.0, offset=-65.0, refractory=3.0, during=FROZEN)
        truth = spike_times(neuron, 500.0)
        assert len(ours[k]) == len(truth) > 1 - k
        # E + R*I is rounded in the equation: another 2 ulp of the drive, at the crossing 2 ulp / |v'|
        for n, (a, b) in enumerate(zip(ours[k], truth, strict=True)):
            assert abs(exact(a) - b) <= 2 * accumulated_bound(neuron, truth, n, 70.0)

    # the same membrane as a sum of currents
    other = NeuronGroup(
        1,
        "dv/dt = (I + (E - v)/R)/C : volt (unless refractory)\nE : volt\nI : amp",
        threshold="v > theta",
        reset="v = -65*mV",
        refractory=3 * ms,
        namespace={"R": R, "C": C, "theta": theta},
    )
    other.E, other.v, other.I = -70 * mV, -70 * mV, 0.5 * nA
    # coefficients 1/(R C) and (I + E/R)/C are quotients of a few roundings each: 8 U relative in tau and rest
    for a, b in zip(times_of(run(other, 500.0)), ours[0], strict=True):
        assert abs(a - b) <= 8 * 2.0**-52 * b + 8 * 8 * math.ulp(70.0) / 0.25


@pytest.mark.parametrize("unit", [1e-6, 1e6, 1e150])
def test_tiny_and_huge_voltages_fire_like_others(unit):
    group = NeuronGroup(1, "dv/dt = (I - v)/(10*ms) : volt\nI : volt", threshold="v > I/2", reset="v = 0*volt")
    group.I = unit * volt
    ours = times_of(run(group, 50.0))
    assert ours == pytest.approx([10 * math.log(2) * k for k in range(1, 8)], rel=1e-15)


def test_a_downward_threshold_fires_on_the_way_down():
    group = NeuronGroup(1, "dv/dt = (-3 - v)/(10*ms) : 1", threshold="v < -1", reset="v = 1")
    ours = times_of(run(group, 200.0))
    neuron = Neuron(0.0, Leaky(-3.0, 10.0), -1.0, above=False, offset=1.0)
    truth = spike_times(neuron, 200.0)
    assert len(ours) == len(truth) > 20
    assert max(abs(exact(a) - b) / b for a, b in zip(ours, truth, strict=True)) <= 1e-15


def test_growth_away_from_rest_is_exact():
    # dv/dt = (v - E)/tau: an unstable state, on either side
    group = NeuronGroup(2, "dv/dt = (v - E)/(10*ms) : 1\nE : 1\nd : 1", threshold="v*d > 2", reset="v = E + 0.001*d")
    group.E, group.d = 0.25, [1, -1]
    group.v = [0.25 + 1e-12, 0.25 - 1e-12]
    monitor = run(group, 1000.0)
    for k, (start, level, offset) in enumerate([(0.25 + 1e-12, 2.0, 0.251), (0.25 - 1e-12, -2.0, 0.249)]):
        neuron = Neuron(start, Leaky(0.25, -10.0), level, above=level > 0, offset=offset)
        truth, ours = spike_times(neuron, 1000.0), times_of(monitor, k)
        assert len(ours) == len(truth) > 8
        # 0.25 + 0.001 is rounded once in the reset, as in the oracle's literal to one ulp; growth makes of an ulp of v
        # an error of ulp*tau/(v - E) in time, once per spike
        for n, (a, b) in enumerate(zip(ours, truth, strict=True)):
            bound = (n + 1) * (2 * math.ulp(0.25) * 10 / 0.001 + 4 * math.ulp(280.0)) + 2 * math.ulp(float(b))
            assert abs(exact(a) - b) <= bound


def test_a_million_time_constants_of_silence_leave_no_trace():
    group = NeuronGroup(1, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", threshold="v > 1", reset="v = 0")
    group.I, group.v = 0.3, 0.9
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    run_until(network, 1e7)
    assert group.v[0] == 0.3 and monitor.num_spikes == 0
    group.I = 2.0
    run_until(network, 1e7 + 100.0)
    ours = times_of(monitor)
    truth = spike_times(Neuron(0.3, Leaky(2.0, 10.0), 1.0), 1e7 + 100.0, begin=1e7)
    assert len(ours) == len(truth) > 10
    for n, (a, b) in enumerate(zip(ours, truth, strict=True)):
        assert abs(exact(a) - b) <= ulp(b) + (n + 1) * crossing_bound(7.0, 1.0, 0.1, 2.0)


def test_an_assigned_state_after_long_silence_starts_there():
    group = NeuronGroup(1, "dv/dt = (0.5 - v)/(10*ms) : 1", threshold="v < -1", reset="v = 0")
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    run_until(network, 1e7)
    group.v = 0.75
    run_until(network, 1e7 + 5.0)
    assert group.v[0] == pytest.approx(0.5 + 0.25 * math.exp(-0.5), rel=1e-15)


@given(st.data())
def test_conditions_of_two_variables_fire_when_a_scan_says_so(data):
    real = st.integers(-200, 200).map(lambda k: k / 97)
    v0, w0, v1, w1 = (data.draw(real) for _ in range(4))
    a, b, c = data.draw(real), data.draw(real), data.draw(st.floats(0.0, 30.0))
    text, truth = data.draw(
        st.sampled_from(
            [
                ("v > a and w > b", lambda v, w, t: v > a and w > b),
                ("v > a or w < b", lambda v, w, t: v > a or w < b),
                ("not (v < a) and not w > b", lambda v, w, t: v >= a and w <= b),
                ("a < v < b", lambda v, w, t: a < v < b),
                ("v > a and t > c*ms", lambda v, w, t: v > a and t > c),
                ("v > a and t <= c*ms or w > b", lambda v, w, t: (v > a and t <= c) or w > b),
                ("(v > a or w > b) and not (v > a and w > b)", lambda v, w, t: (v > a) != (w > b)),
                ("2*v - a >= v*0.5", lambda v, w, t: 2 * v - a >= v * 0.5),
                ("1 - v/2 < a", lambda v, w, t: 1 - v / 2 < a),
            ]
        )
    )
    equations = "dv/dt = (v1 - v)/(10*ms) : 1\ndw/dt = (w1 - w)/(3*ms) : 1\nv1 : 1\nw1 : 1\na : 1\nb : 1\nc : 1"
    values = {"v": v0, "w": w0, "v1": v1, "w1": w1, "a": a, "b": b, "c": c}
    ours = simulate(Setup(1, equations, text, "v = v", 1e6 * ms, values), [40.0]).times
    x, y = Leaky(v1, 10.0), Leaky(w1, 3.0)
    start = exact(v0), exact(w0)
    # 1/20 ms: shorter stretches of truth are not looked for by the scan; nor do we want near touches at the walls
    edges = [x.delay(start[0], exact(level)) for level in (a, b, a / 1.5, 2 - 2 * a)]
    edges += [y.delay(start[1], exact(b)), exact(c)]
    # a start on a level that is rounded (a/1.5) is decided by its rounding
    assume(all(abs(v0 - level) > 1e-9 for level in (a, b, a / 1.5, 2 - 2 * a)) and abs(w0 - b) > 1e-9)
    edges = sorted(e for e in [*edges, exact(0), exact(40)] if e is not None)
    assume(all(q == p or q - p > 1 / 16 for p, q in pairwise(edges)))
    expected = oracles.scan(lambda t: truth(x.flow(start[0], t), y.flow(start[1], t), t), 0.0, 39.99, 40 * 20)
    if expected is None:
        assert not [t for t in ours if t < 39.9]
        return
    assert len(ours) == 1
    # one crossing of a level at the promised bound; the slowest crossing here is one at the edge of 1/16 ms
    speeds = [abs(x.slope(x.flow(start[0], expected))), abs(y.slope(y.flow(start[1], expected)))]
    slowest = min([s for s in speeds if s > 1e-4] or [exact(1e-4)])
    # levels such as a/1.5 are rounded twice: 2 ulp of v more
    assert abs(exact(ours[0]) - expected) <= 2 * ulp(40.0) + 4 * ulp(4.0) / slowest


def test_a_spike_at_the_end_of_a_run_belongs_to_the_next():
    group = NeuronGroup(1, "dv/dt = 1/(8*ms) : 1", threshold="v > 1", reset="v = 0")
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    network.run(8 * ms)
    assert monitor.num_spikes == 0 and group.v[0] == 1.0
    network.run(0 * ms)
    assert monitor.num_spikes == 0
    network.run(8 * ms)
    assert spikes(monitor) == ([8.0], [0])
    network.run(0.015625 * ms)
    assert spikes(monitor) == ([8.0, 16.0], [0, 0])


def test_the_state_on_threshold_at_the_start_fires_only_if_it_rises():
    for drive, fires in ((2.0, True), (1.0, False), (0.5, False)):
        group = NeuronGroup(1, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", threshold="v > 1", reset="v = 0")
        group.v, group.I = 1.0, drive
        assert times_of(run(group, 1.0)) == ([0.0] if fires else [])


def test_at_or_above_threshold_on_a_jump_the_users_operator_decides():
    for operator, count in ((">", 0), (">=", 1)):
        group = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1", threshold=f"v {operator} 1", reset="v = 0")
        group.v = 1.0
        assert run(group, 1.0).num_spikes == count


def test_subtracting_the_threshold_from_far_above_fires_as_often_as_it_fits():
    group = NeuronGroup(1, "dv/dt = (0.5 - v)/(10*ms) : 1", threshold="v > 1", reset="v -= 1")
    group.v = 3.5
    monitor = SpikeMonitor(group, variables="v")
    Network(group, monitor).run(20 * ms)
    assert spikes(monitor) == ([0.0, 0.0, 0.0], [0, 0, 0])
    assert monitor.v.tolist() == [3.5, 2.5, 1.5]


def test_neurons_that_cross_together_fire_in_the_order_of_their_numbers():
    group = NeuronGroup(5, "dv/dt = 1/(8*ms) : 1", threshold="v > 1", reset="v = 0")
    assert spikes(run(group, 17.0)) == ([8.0] * 5 + [16.0] * 5, [0, 1, 2, 3, 4] * 2)


def test_the_tutorial_times_are_the_closed_forms():
    group = NeuronGroup(1, "dv/dt = (1 - v)/(10*ms) : 1", threshold="v > 0.8", reset="v = 0")
    ours = times_of(run(group, 1000.0))
    truth = [10 * oracles.mp.log(1 / (1 - exact(0.8))) * (k + 1) for k in range(62)]
    assert len(ours) == 62
    assert all(abs(exact(a) - b) / b <= 1e-15 for a, b in zip(ours, truth, strict=True))

    # running on through 15 ms: at its end far above threshold, so it fires there
    group = NeuronGroup(1, "dv/dt = (1 - v)/(10*ms) : 1", threshold="v > 0.8", reset="v = 0", refractory=15 * ms)
    ours = times_of(run(group, 1000.0))
    assert ours[0] == pytest.approx(16.094379124341003, rel=1e-15)
    assert all(abs(exact(a) - (truth[0] + 15 * k if k else truth[0])) <= 4 * ulp(a) for k, a in enumerate(ours[:1]))


def test_firing_rates_are_counts_per_second():
    group = NeuronGroup(1, "dv/dt = 1/(8*ms) : 1", threshold="v > 1", reset="v = 0")
    monitor = run(group, 1000.0)
    assert monitor.count[0] == 124  # the 125th falls on the end of the run
    assert (monitor.count / second)[0] == 124 * Hz
    assert monitor.t.dim is TIME or monitor.t.dim == TIME
