"""Thresholds that compare time."""

from laws import run_until, spikes, times_of

from eventsnn import Network, NeuronGroup, SpikeMonitor, ms, second


def fire(length, n, threshold, equations="x : 1", reset=None, refractory=None):
    group = NeuronGroup(n, equations, threshold=threshold, reset=reset, refractory=refractory, namespace={})
    monitor = SpikeMonitor(group)
    run_until(Network(group, monitor), length)
    return monitor


def test_each_neuron_fires_at_its_own_time_to_the_bit():
    for operator in (">", ">="):
        monitor = fire(200.0, 10, f"t {operator} (1 + i)*10*ms", refractory=1 * second)
        assert spikes(monitor) == ([10.0 * k for k in range(1, 11)], list(range(10)))


def test_tenths_of_a_millisecond_arrive_as_typed():
    monitor = fire(10.0, 1, "t > 0.1*ms", refractory=1 * second)
    assert times_of(monitor) == [0.1]


def test_a_level_that_still_holds_fires_again_after_every_refractory_period():
    assert times_of(fire(40.0, 1, "t > 10*ms", refractory=8 * ms)) == [10.0, 18.0, 26.0, 34.0]


def test_a_window_of_time_fires_only_inside_it():
    assert times_of(fire(40.0, 1, "10*ms < t < 20*ms", refractory=4 * ms)) == [10.0, 14.0, 18.0]
    # at its end the window is closed or open as the operator says
    assert times_of(fire(40.0, 1, "t <= 8*ms", refractory=4 * ms)) == [0.0, 4.0, 8.0]
    assert times_of(fire(40.0, 1, "t < 8*ms", refractory=4 * ms)) == [0.0, 4.0]


def test_time_since_the_last_spike_makes_a_pacemaker():
    monitor = fire(21.0, 1, "t - lastspike > 5*ms", reset="x += 1")
    assert times_of(monitor) == [0.0, 5.0, 10.0, 15.0, 20.0]


def test_a_time_threshold_at_the_end_of_a_run_belongs_to_the_next():
    group = NeuronGroup(1, "x : 1", threshold="t > 10*ms", refractory=1 * second)
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    network.run(10 * ms)
    assert monitor.num_spikes == 0
    network.run(10 * ms)
    assert times_of(monitor) == [10.0]


def test_time_and_state_together_wait_for_the_later():
    equations = "dv/dt = 1/(8*ms) : 1"
    assert times_of(fire(50.0, 1, "v > 1 and t > 20*ms", equations, "v = 0")) == [20.0, 28.0, 36.0, 44.0]
    assert times_of(fire(50.0, 1, "v > 1 and t < 20*ms", equations, "v = 0")) == [8.0, 16.0]


def test_not_refractory_in_a_threshold_changes_nothing():
    equations = "dv/dt = 1/(2*ms) : 1"
    one = fire(50.0, 1, "v > 1", equations, "v = 0", 5 * ms)
    other = fire(50.0, 1, "v > 1 and not_refractory", equations, "v = 0", 5 * ms)
    assert times_of(one) == times_of(other) == [2.0 + 5.0 * k for k in range(10)]


def test_two_variables_that_tie_exactly_open_no_gap():
    # v passes 1 at the very instant at which w passes 0: the condition never holds
    equations = "dv/dt = 1/(8*ms) : 1\ndw/dt = -1/(8*ms) : 1\nw0 : 1"
    group = NeuronGroup(1, equations, threshold="v > 1 and not w < 0", reset="v = 0")
    group.w = 1
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(50 * ms)
    assert monitor.num_spikes == 0
