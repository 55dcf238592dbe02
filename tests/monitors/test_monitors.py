"""Monitors record exactly, and change nothing."""

import math

import numpy as np
import pytest

from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    Hz,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    second,
)


def integrators(n=3):
    """Neuron i fires every 1 + i ms, at whole milliseconds exactly."""
    return NeuronGroup(n, "dv/dt = 1/ms : 1\nx = 2*v + k : 1\nk : 1", threshold="v > 1 + i", reset="v = 0; k += 1")


@pytest.fixture
def spikes():
    group = integrators()
    monitor = SpikeMonitor(group, variables=["v", "x", "k", "i"])
    Network(group, monitor).run(6.5 * ms)
    return monitor


# --- spikes -----------------------------------------------------------------------------------------------------


def test_spikes_come_in_the_order_of_time_then_of_neurons(spikes):
    assert (spikes.t / ms).tolist() == [1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 6]
    assert spikes.i.tolist() == [0, 0, 1, 0, 2, 0, 1, 0, 0, 1, 2]
    assert spikes.count.tolist() == [6, 3, 2]
    assert spikes.num_spikes == len(spikes) == 11
    assert spikes.t_.tolist() == np.asarray(spikes.t).tolist()
    assert [np.asarray(a).tolist() for a in spikes.it] == [spikes.i.tolist(), spikes.t_.tolist()]


def test_spike_trains_are_sorted_by_neuron(spikes):
    trains = spikes.spike_trains()
    assert {k: (train / ms).tolist() for k, train in trains.items()} == {
        0: [1, 2, 3, 4, 5, 6],
        1: [2, 4, 6],
        2: [3, 6],
    }


def test_variables_are_recorded_just_before_the_reset_and_on_the_threshold(spikes):
    assert spikes.v.tolist() == [1 + k for k in spikes.i]
    assert spikes.values("k")[0].tolist() == [0, 1, 2, 3, 4, 5]
    assert spikes.values("x")[1].tolist() == [4, 5, 6]
    assert spikes.all_values()["i"][2].tolist() == [2, 2]


def test_without_record_only_counts_are_kept():
    group = integrators()
    monitor = SpikeMonitor(group, record=False)
    Network(group, monitor).run(6.5 * ms)
    assert (monitor.count.tolist(), monitor.num_spikes) == ([6, 3, 2], 11)
    with pytest.raises(AttributeError, match="has no t: it was made with record=False and only counts"):
        _ = monitor.t


def test_a_monitor_without_spikes_is_empty():
    monitor = SpikeMonitor(integrators())
    assert (len(monitor.t), monitor.count.tolist(), str(monitor.t)) == (0, [0, 0, 0], "[] s")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda g: SpikeMonitor(NeuronGroup(1, "v : 1")), "has no threshold and never fires"),
        (lambda g: PopulationRateMonitor(NeuronGroup(1, "v : 1")), "has no threshold and never fires"),
        (lambda g: SpikeMonitor(g, variables="w"), "variables: neurongroup has no variable 'w'"),
        (lambda g: SpikeMonitor("G"), "SpikeMonitor: expected a group to record from, found 'G'"),
        (lambda g: StateMonitor(g, "w", record=0), "neurongroup has no variable 'w' to record; it has v, x, k"),
        (lambda g: StateMonitor(g, "v"), "say which neurons to record: True for all, an index or a list"),
        (lambda g: StateMonitor(g, "v", record=3), "neurongroup has neurons 0 to 2, found 3"),
        (lambda g: StateMonitor(g, "v", record=0.5), "expected True, an index or a list of indices, found 0.5"),
        (lambda g: StateMonitor(g, "v", record=0, dt=1 * ms, times=[1] * ms), "give only one of dt, clock and times"),
        (lambda g: StateMonitor(g, "v", record=0, times=[2, 1] * ms), "times: expected increasing instants"),
        (lambda g: StateMonitor(g, "v", record=0, dt=0 * ms), "dt: expected a positive time, found 0. s"),
    ],
)
def test_a_monitor_that_makes_no_sense_is_explained(make, expected):
    with pytest.raises(ArgumentError) as caught:
        make(integrators())
    assert expected in str(caught.value)


# --- states -----------------------------------------------------------------------------------------------------


def relaxation(**options):
    group = NeuronGroup(2, "dv/dt = (1 - v)/(10*ms) : 1", threshold="v > 0.8", reset="v = 0", **options)
    group.v = [0, 0.5]
    return group


def test_samples_lie_on_whole_multiples_of_the_step():
    group = relaxation()
    monitor = StateMonitor(group, "v", record=True)
    Network(group, monitor).run(30 * ms)
    assert monitor.v.shape == (2, 300)
    assert (monitor.t / ms).tolist() == pytest.approx([k / 10 for k in range(300)], rel=1e-15, abs=0)


def test_samples_are_the_closed_form_to_1e_15():
    group = NeuronGroup(1, "dv/dt = (1 - v)/(10*ms) : 1")
    monitor = StateMonitor(group, "v", record=0)
    Network(group, monitor).run(30 * ms)
    assert np.abs(monitor.v[0] - (1 - np.exp(-monitor.t / (10 * ms)))).max() <= 1e-15


def test_the_step_may_be_given_or_be_the_default_clocks():
    group = relaxation()
    fine, coarse = StateMonitor(group, "v", record=0, dt=0.3 * ms), StateMonitor(group, "v", record=0)
    defaultclock.dt = 1 * ms
    try:
        Network(group, fine, coarse).run(9 * ms)
        assert (fine.v.shape, coarse.v.shape) == ((1, 30), (1, 9))
    finally:
        defaultclock.dt = 0.1 * ms


def test_instants_of_samples_may_be_given():
    group = relaxation()
    monitor = StateMonitor(group, "v", record=[1], times=[0.1, 2.34567, 50] * ms)
    Network(group, monitor).run(30 * ms)
    assert (monitor.t / ms).tolist() == pytest.approx([0.1, 2.34567], rel=1e-15)
    assert monitor.v[0, 1] == pytest.approx(1 - 0.5 * math.exp(-0.234567), rel=1e-15)


def test_values_can_be_asked_for_at_any_instant():
    group = relaxation()
    monitor = StateMonitor(group, "v", record=[1])
    net = Network(group, monitor)
    net.run(30 * ms)
    first = 10 * math.log(0.5 / 0.2)
    found = monitor.at([3.3, 0, first + 1, first - 1] * ms, "v")
    exact = [1 - 0.5 * math.exp(-0.33), 0.5, 1 - math.exp(-0.1), 1 - 0.2 * math.exp(0.1)]
    assert found.shape == (1, 4)
    assert found[0].tolist() == pytest.approx(exact, rel=4e-15)
    assert monitor.at(3.3 * ms, "v").shape == (1, 1)


def test_sub_expressions_and_parameters_are_recorded_with_their_changes():
    group = integrators(1)
    monitor = StateMonitor(group, ["v", "x", "k", "t", "lastspike", "not_refractory"], record=True, dt=0.5 * ms)
    Network(group, monitor).run(2.5 * ms)
    assert monitor.v[0].tolist() == [0, 0.5, 0, 0.5, 0]
    assert monitor.k[0].tolist() == [0, 0, 1, 1, 2]
    assert monitor.x[0].tolist() == [0, 1, 1, 2, 2]
    assert (monitor[0].t / ms).tolist() == [0, 0.5, 1, 1.5, 2]
    assert (monitor.lastspike[0, 2:] / ms).tolist() == [1, 1, 2]
    assert monitor.not_refractory[0].tolist() == [True] * 5


def test_recorded_constants_are_those_of_their_run():
    group = NeuronGroup(1, "dv/dt = 0/ms : 1\ny = c*v : 1")
    group.v = 1
    monitor = StateMonitor(group, "y", record=0, dt=1 * ms)
    net = Network(group, monitor)
    net.run(2 * ms, namespace={"c": 1.0})
    net.run(2 * ms, namespace={"c": 5.0})
    assert monitor.y[0].tolist() == [1, 1, 5, 5]


def test_an_assignment_between_runs_shows_from_then_on():
    group = relaxation()
    monitor = StateMonitor(group, "v", record=0, dt=1 * ms)
    net = Network(group, monitor)
    net.run(2 * ms)
    before = monitor.at(2 * ms, "v")
    group.v = 0.25
    assert monitor.at(2 * ms, "v") == before
    net.run(2 * ms)
    assert monitor.v[0, 2] == 0.25
    assert monitor.at(2 * ms, "v") == 0.25


def test_neurons_are_chosen_by_their_index_in_the_group():
    group = integrators()
    monitor = StateMonitor(group, "v", record=[2, 0])
    Network(group, monitor).run(1.5 * ms)
    assert monitor.v[0, -1] == monitor[2].v[-1]
    assert monitor[0].v[10] == 0
    assert monitor[[0, 2]].v.shape == (2, 15)
    assert monitor[2].at(1.25 * ms, "v").tolist() == [1.25]
    with pytest.raises(IndexError, match="neuron 1 was not recorded"):
        monitor[1]


@pytest.mark.parametrize(
    ("times", "name", "error", "expected"),
    [
        (31 * ms, "v", ArgumentError, "at: 31 ms was not recorded; recorded is 0 to 30 ms"),
        (-1 * ms, "v", ArgumentError, "at: -1 ms was not recorded"),
        (1 * ms, "w", ArgumentError, "'w' was not recorded; recorded are v"),
        (3, "v", DimensionMismatchError, "at: expected times, found 3. Write [1, 2.5]*ms."),
    ],
)
def test_asking_for_what_was_not_recorded_is_explained(times, name, error, expected):
    group = relaxation()
    monitor = StateMonitor(group, "v", record=0)
    Network(group, monitor).run(30 * ms)
    with pytest.raises(error) as caught:
        monitor.at(times, name)
    assert expected in str(caught.value)


def test_units_come_with_recorded_values():
    group = NeuronGroup(1, "dv/dt = (-50*mV - v)/(10*ms) : volt", threshold="v > -55*mV", reset="v = -70*mV")
    group.v = -70 * mV
    states, spikes = StateMonitor(group, "v", record=0), SpikeMonitor(group, variables="v")
    Network(group, states, spikes).run(20 * ms)
    assert states.v[0, 0] == -70 * mV
    assert states.v_[0, 0] == -0.07
    assert spikes.v[0] == -55 * mV


# --- rates ------------------------------------------------------------------------------------------------------


def test_the_rate_counts_spikes_per_bin_and_neuron():
    group = integrators(2)
    rates = PopulationRateMonitor(group, dt=1 * ms)
    Network(group, rates).run(5 * ms)
    # neuron 0 fires at 1, 2, 3, 4 ms, neuron 1 at 2, 4 ms; a spike at the beginning of a bin belongs to it
    assert (rates.rate / Hz).tolist() == [0, 500, 1000, 500, 1000]
    assert (rates.t / ms).tolist() == [0, 1, 2, 3, 4]


def test_the_smooth_rate_uses_exact_spike_times():
    group = integrators(1)
    rates = PopulationRateMonitor(group)
    Network(group, rates).run(100 * ms)
    flat = rates.smooth_rate("flat", width=10 * ms) / Hz
    assert flat[500] == 1000
    gaussian = rates.smooth_rate("gaussian", width=3 * ms) / Hz
    # a comb of spikes 1 ms apart: by Poisson's summation formula the rest is below 2*exp(-2*(3*pi)**2)
    assert gaussian[500] == pytest.approx(1000, rel=1e-14)
    spikes = np.arange(1, 100)
    exact = np.exp(-0.5 * ((spikes - 12.3) / 3) ** 2).sum() / (3 * math.sqrt(2 * math.pi)) * 1000
    assert gaussian[123] == pytest.approx(exact, rel=1e-13)
    assert np.isclose(rates.smooth_rate(np.ones(3))[200], rates.rate[199:202].sum() / 3, rtol=1e-15)


@pytest.mark.parametrize(
    ("window", "width", "expected"),
    [
        ("triangle", 1 * ms, "expected 'gaussian', 'flat' or an array, found 'triangle'"),
        ("flat", None, "the flat window needs a width"),
        (np.ones(3), 1 * ms, "a window given as an array has its own width"),
        (np.ones(4), None, "expected an array of odd length"),
    ],
)
def test_a_window_that_makes_no_sense_is_explained(window, width, expected):
    with pytest.raises(ArgumentError) as caught:
        PopulationRateMonitor(integrators()).smooth_rate(window, width)
    assert expected in str(caught.value)


def test_the_mean_rate_is_spikes_over_time():
    group = integrators(1)
    rates = PopulationRateMonitor(group)
    Network(group, rates).run(1 * second)
    assert np.mean(rates.rate) == 999 * Hz


# --- small print --------------------------------------------------------------------------------------------------


def test_all_variables_may_be_recorded_and_neurons_chosen_by_a_slice():
    group = integrators(4)
    monitor = StateMonitor(group, True, record=slice(1, 3))
    Network(group, monitor).run(1 * ms)
    assert monitor.recorded_variables == ("v", "x", "k", "lastspike", "not_refractory")
    assert monitor.record.tolist() == [1, 2]
    assert monitor.t_.tolist() == np.asarray(monitor.t).tolist()
    assert monitor[1:3].v.shape == (2, 10)
    assert (
        repr(monitor) == "<StateMonitor 'statemonitor': v, x, k, lastspike, not_refractory of 2 neurons of neurongroup>"
    )
    nothing = StateMonitor(integrators(), "v", record=False)
    assert nothing.v.shape == (0, 0)


def test_a_recorded_name_that_does_not_exist_is_explained(spikes):
    with pytest.raises(AttributeError, match="SpikeMonitor 'spikemonitor' has no attribute or recorded variable 'w'"):
        _ = spikes.w
    with pytest.raises(ArgumentError, match="'w' was not recorded; recorded are t, v, x, k, i"):
        spikes.values("w")
    states = StateMonitor(integrators(), "v", record=0)
    with pytest.raises(AttributeError, match="StateMonitor 'statemonitor' has no attribute or recorded variable 'w'"):
        _ = states.w
    assert spikes.v_.tolist() == spikes.v.tolist()
    assert repr(spikes) == "<SpikeMonitor 'spikemonitor': 11 spikes of neurongroup>"


def test_a_variable_that_draws_random_numbers_cannot_be_recorded():
    group = NeuronGroup(1, "x = y + 1 : 1\ny = rand() : 1")
    with pytest.raises(ArgumentError, match="'x' draws random numbers, so it has no value between events"):
        StateMonitor(group, "x", record=0)


def test_a_refractory_expression_that_comes_out_negative_stops_the_run():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1\nk : 1", threshold="v > 1", reset="v = 0; k += 1", refractory="(2 - k)*ms")
    with pytest.raises(ArgumentError, match=r"found -1 ms for neuron 0 at t = 3.0 ms\n    \(2 - k\)\*ms"):
        Network(group).run(100 * ms)


def test_a_sampling_step_without_unit_is_refused():
    with pytest.raises(DimensionMismatchError, match=r"defaultclock.dt: expected a time, found 0.1. Write 0.1\*ms"):
        defaultclock.dt = 0.1
    assert repr(defaultclock) == "<Clock 'defaultclock': dt = 100. us>"
