"""Refractory periods: [t, t + ref), ties included, exact to the bit where the numbers are."""

import math
from itertools import pairwise

import pytest
from laws import run_until, spikes, times_of
from oracles import exact, ulp

from eventsnn import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms

PIF = "dv/dt = 1/(8*ms) : 1"


def fire(length, n=1, equations=PIF, threshold="v > 1", reset="v = 0", refractory=None, **values):
    group = NeuronGroup(n, equations, threshold=threshold, reset=reset, refractory=refractory, namespace={})
    for name, value in values.items():
        setattr(group, name, value)
    monitor = SpikeMonitor(group)
    run_until(Network(group, monitor), length)
    return monitor


def test_frozen_for_two_milliseconds_an_integrator_fires_every_ten():
    ours = times_of(fire(1000.0, equations=PIF + " (unless refractory)", refractory=2 * ms))
    assert ours == [8.0 + 10.0 * k for k in range(100)]


def test_running_on_a_refractory_period_shorter_than_the_interval_changes_nothing():
    assert times_of(fire(1000.0, refractory=2 * ms)) == [8.0 * k for k in range(1, 125)]


def test_running_on_a_crossing_exactly_at_the_refractory_end_is_one_spike_there():
    # from 0 at the spike the threshold is reached exactly when the period of 8 ms ends
    assert times_of(fire(1000.0, refractory=8 * ms)) == [8.0 * k for k in range(1, 125)]


def test_running_on_above_threshold_at_the_end_fires_at_the_end():
    assert times_of(fire(100.0, refractory=15 * ms)) == [8.0 + 15.0 * k for k in range(7)]


@pytest.mark.parametrize("periods", [2, 3, 16])
def test_a_refractory_period_of_several_intervals_ends_in_a_spike(periods):
    ours = times_of(fire(1000.0, refractory=8 * periods * ms))
    assert ours == [8.0 + 8.0 * periods * k for k in range(math.ceil(992 / (8 * periods)))]


def test_one_ulp_before_and_after_the_tie_the_order_is_right():
    # the end of the refractory period moved by the smallest amounts around the crossing at 16 ms
    for shift in (-1, 1):
        ref = math.nextafter(8.0, math.inf * shift)
        group = NeuronGroup(1, PIF + "\nref : second", threshold="v > 1", reset="v = 0", refractory="ref", namespace={})
        group._store.parameters["ref"][:] = ref
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(17 * ms, namespace={})
        first, second = times_of(monitor)
        assert first == 8.0
        # before the tie the crossing itself, after it the end of the period (8 + 1 ulp(8) rounds to even at 16)
        assert abs(exact(second) - max(exact(16), 8 + exact(ref))) <= ulp(16)


def test_a_refractory_end_on_another_neurons_crossing_is_one_instant():
    # neuron 0 is freed at 8 + 8 above threshold, neuron 1 crosses at 16
    monitor = fire(
        17.0,
        n=2,
        equations="dv/dt = r/(8*ms) : 1\nr : 1\nref : second",
        refractory="ref",
        r=[3, 0.5],
        ref=[40 / 3, 0] * ms,
    )
    assert spikes(monitor)[0] == pytest.approx([8 / 3, 16, 16], rel=1e-15)


def test_each_neuron_has_its_own_refractory_period():
    monitor = fire(
        50.0, n=3, equations=PIF + " (unless refractory)\nref : second", refractory="ref", ref=[0, 2, 16] * ms
    )
    assert times_of(monitor, 0) == [8.0 * k for k in range(1, 7)]
    assert times_of(monitor, 1) == [8.0, 18.0, 28.0, 38.0, 48.0]
    assert times_of(monitor, 2) == [8.0, 32.0]


def test_a_refractory_expression_is_evaluated_once_after_the_reset():
    # ref is set by the reset of the very spike: 1, 2, 3, ... ms
    monitor = fire(
        100.0,
        equations=PIF + " (unless refractory)\nk : 1",
        reset="v = 0\nk += 1",
        refractory="k*ms",
    )
    expected, t = [], 0.0
    for k in range(1, 20):
        t += 8.0
        expected.append(t)
        t += k
    assert times_of(monitor) == [t for t in expected if t < 100]


def test_a_random_refractory_period_is_drawn_once_a_spike():
    from eventsnn import seed

    seed(5)
    ours = times_of(fire(3000.0, equations=PIF + " (unless refractory)", refractory="2*ms + rand()*ms"))
    gaps = [b - a for a, b in pairwise(ours)]
    assert all(10.0 <= gap < 11.0 for gap in gaps) and len(set(gaps)) == len(gaps) > 250
    # mean of n uniform numbers: 5 standard errors
    assert abs(sum(gaps) / len(gaps) - 10.5) < 5 / math.sqrt(12 * len(gaps))


@pytest.mark.parametrize(
    "refractory",
    ["t - lastspike < 2*ms", "t - lastspike <= 2*ms", "not (t >= lastspike + 2*ms)", "t < lastspike + 2*ms"],
)
def test_a_condition_on_time_is_a_period(refractory):
    assert times_of(fire(100.0, equations=PIF + " (unless refractory)", refractory=refractory)) == [
        8.0 + 10.0 * k for k in range(10)
    ]


def test_a_condition_on_another_variable_ends_when_that_crosses():
    # w jumps to 1 and decays: below 1/2 after tau log 2
    monitor = fire(
        100.0,
        equations=PIF + " (unless refractory)\ndw/dt = -w/(10*ms) : 1",
        reset="v = 0; w = 1",
        refractory="w > 0.5",
    )
    ours = times_of(monitor)
    period = 8 + 10 * math.log(2)
    assert ours == pytest.approx([8 + period * k for k in range(7)], rel=1e-15)


def test_refractory_while_above_threshold_fires_once_per_excursion():
    # Brian's way to count a spike once: no reset, refractory as long as v stays above threshold
    group = NeuronGroup(1, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", threshold="v > 1", refractory="v > 1")
    group.I = 2
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    network.run(50 * ms)
    assert times_of(monitor) == pytest.approx([10 * math.log(2)], rel=1e-15)
    group.I = 0
    network.run(50 * ms)
    assert monitor.num_spikes == 1
    group.I = 2
    network.run(50 * ms)
    v = (1 - math.exp(-5)) * 2 * math.exp(-5)
    assert times_of(monitor)[1:] == pytest.approx([100 + 10 * math.log(2 - v)], rel=1e-15)


def test_a_growing_neuron_that_is_refractory_above_threshold_fires_once():
    assert times_of(fire(100.0, reset=None, refractory="v >= 1")) == [8.0]
    assert times_of(fire(100.0, reset=None, refractory="v > 1")) == [8.0]


def test_a_downward_threshold_with_the_same_refractory_condition_fires_once():
    monitor = fire(100.0, equations="dv/dt = (-2 - v)/(10*ms) : 1", threshold="v < -1", reset=None, refractory="v < -1")
    assert times_of(monitor) == pytest.approx([10 * math.log(2)], rel=1e-15)


def test_a_condition_that_is_false_after_the_reset_is_no_refractory_period():
    assert times_of(fire(33.0, refractory="v > 1")) == [8.0, 16.0, 24.0, 32.0]


def test_a_parameter_as_condition_keeps_the_neuron_refractory_until_it_is_set():
    group = NeuronGroup(2, PIF + "\nb : boolean", threshold="v > 1", reset="v = 0", refractory="b")
    group.b = [True, False]
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    network.run(20 * ms)
    assert spikes(monitor) == ([8.0, 8.0, 16.0], [0, 1, 1])
    group.b = [False, False]
    network.run(1 * ms)
    # neuron 0 has run on to 1.5, is freed at 20 ms and fires there
    assert times_of(monitor, 0) == [8.0, 20.0]


def test_not_refractory_in_an_equation_switches_the_motion():
    group = NeuronGroup(
        1,
        "dv/dt = int(not_refractory)/(8*ms) - int(not not_refractory)/(4*ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=4 * ms,
    )
    monitor, trace = SpikeMonitor(group), StateMonitor(group, "v", record=True)
    Network(group, monitor, trace).run(50 * ms)
    # down to -1 in 4 ms, then 16 ms up
    assert times_of(monitor) == [8.0, 28.0, 48.0]
    assert trace.at([8, 10, 12, 20] * ms, "v")[0].tolist() == [0.0, -0.5, -1.0, 0.0]


def test_the_frozen_variable_stays_and_others_go_on():
    group = NeuronGroup(
        1,
        PIF + " (unless refractory)\ndw/dt = -w/(10*ms) : 1",
        threshold="v > 1",
        reset="v = 0.25; w += 1",
        refractory=4 * ms,
    )
    trace = StateMonitor(group, ["v", "w"], record=True)
    Network(group, trace).run(20 * ms)
    assert trace.at([8, 9, 11.5, 12, 16] * ms, "v")[0].tolist() == [0.25, 0.25, 0.25, 0.25, 0.75]
    assert trace.at([10, 12] * ms, "w")[0].tolist() == pytest.approx([math.exp(-0.2), math.exp(-0.4)], rel=1e-15)


def test_a_direct_assignment_reaches_a_frozen_variable():
    group = NeuronGroup(1, PIF + " (unless refractory)", threshold="v > 1", reset="v = 0", refractory=4 * ms)
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    network.run(9 * ms)
    group.v = 0.5
    network.run(10 * ms)
    assert times_of(monitor) == [8.0, 16.0]


def test_above_threshold_by_assignment_fires_when_the_period_ends():
    group = NeuronGroup(1, PIF + " (unless refractory)", threshold="v > 1", reset="v = 0", refractory=4 * ms)
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    network.run(9 * ms)
    group.v = 5
    network.run(10 * ms)
    assert times_of(monitor) == [8.0, 12.0]


def test_an_endless_refractory_period_silences_for_ever():
    monitor = fire(1000.0, n=2, equations=PIF + "\nref : second", refractory="ref", ref=[math.inf, 0] * ms)
    assert monitor.count.tolist() == [1, 124]
