"""Recorded traces: right-continuous, exact at any time, the same however they are asked for."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import run_until, simulate, spikes
from oracles import FROZEN, Leaky, Neuron, exact, mp, spike_times
from strategies import groups

from eventsnn import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, mV


def record(length=40.0, variables="v", equations="dv/dt = 1/(8*ms) : 1", n=1, **options):
    options = {"threshold": "v > 1", "reset": "v = 0.25", **options}
    group = NeuronGroup(n, equations, namespace={}, **options)
    monitor, trace = SpikeMonitor(group), StateMonitor(group, variables, record=True)
    network = Network(group, monitor, trace)
    run_until(network, length)
    return network, group, monitor, trace


def test_at_a_spike_the_value_is_the_one_after_the_reset():
    *_, monitor, trace = record()
    assert spikes(monitor)[0] == [8.0, 14.0, 20.0, 26.0, 32.0, 38.0]
    assert trace.at([8, 14, 20] * ms, "v")[0].tolist() == [0.25, 0.25, 0.25]
    before = trace.at([7.984375, 13.984375] * ms, "v")[0]
    assert before.tolist() == [1 - 1 / 512, 1 - 1 / 512]


def test_at_the_end_of_the_run_the_value_is_the_limit_from_the_left():
    network, group, monitor, trace = record(length=8.0)
    assert trace.at(8 * ms, "v")[0, 0] == 1.0 == group.v[0]
    assert monitor.num_spikes == 0
    network.run(1 * ms)
    # now the instant has been handled
    assert trace.at(8 * ms, "v")[0, 0] == 0.25


def test_an_assignment_between_runs_shows_from_that_instant_on():
    network, group, _, trace = record(length=4.0)
    group.v = 0.75
    assert trace.at(4 * ms, "v")[0, 0] == 0.5
    network.run(1 * ms)
    assert trace.at([3, 4, 5] * ms, "v")[0].tolist() == [0.375, 0.75, 0.875]


@given(groups())
def test_samples_are_what_at_gives_at_the_same_instants(setup):
    group = setup.build()
    trace = StateMonitor(group, ["v", "w"], record=True)
    network = Network(group, trace)
    network.run(20 * ms, namespace={})
    for name in ("v", "w"):
        assert np.array_equal(getattr(trace, name), trace.at(trace.t, name))
        assert getattr(trace, name).shape == (setup.n, 200)


@given(groups(), st.lists(st.integers(0, 40 * 64), min_size=1, max_size=10))
def test_the_order_of_questions_does_not_matter(setup, numbers):
    times = [k / 64 for k in numbers]
    one = simulate(setup, [40.0], record=["v"], ask=times).samples["v at"]
    other = simulate(setup, [40.0], record=["v"], ask=times[::-1]).samples["v at"]
    assert np.array_equal(one, other[:, ::-1])


def test_at_every_reported_spike_time_stands_the_value_after_the_reset():
    # spike times go out in seconds and come back as questions: none may fall an ulp before its own event
    n = 8
    group = NeuronGroup(
        n,
        "dv/dt = (I - v)/(7.3*ms) : 1 (unless refractory)\nI : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=0.4 * ms,
    )
    group.I = np.linspace(1.1, 6.0, n)
    monitor, trace = SpikeMonitor(group), StateMonitor(group, "v", record=True)
    Network(group, monitor, trace).run(2000 * ms)
    values = trace.at(monitor.t, "v")
    assert monitor.num_spikes > 3000
    wrong = np.flatnonzero(values[monitor.i, np.arange(monitor.num_spikes)] != 0.0)
    assert len(wrong) == 0


def test_the_recorded_state_is_the_group_s_own_at_the_end_of_every_run():
    group = NeuronGroup(
        3,
        "dv/dt = (I - v)/(7.3*ms) : 1 (unless refractory)\nI : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=1.7 * ms,
    )
    group.I = [0.5, 1.5, 7]
    trace = StateMonitor(group, "v", record=True)
    network = Network(group, trace)
    for length in (0.1, 3.3, 11.7, 1e-6, 25.0):
        network.run(length * ms)
        assert np.array_equal(trace.at(network.t, "v")[:, 0], group.v[:])


@pytest.mark.parametrize("frozen", [True, False])
def test_values_at_any_time_agree_with_the_oracle(frozen):
    flag = " (unless refractory)" if frozen else ""
    equations = f"dv/dt = (2.5 - v)/(9.7*ms) : 1{flag}"
    *_, trace = record(100.0, equations=equations, reset="v = -0.5", refractory=2.3 * ms)
    neuron = Neuron(0.0, Leaky(2.5, 9.7), 1.0, offset=-0.5, refractory=2.3, during=FROZEN if frozen else None)
    truth = spike_times(neuron, 100.0)
    questions = np.random.default_rng(0).uniform(0, 100, 500)
    values = trace.at(questions * ms, "v")[0]
    for t, v in zip(questions.tolist(), values.tolist(), strict=True):
        last = max((s for s in truth if s <= t), default=None)
        if min((abs(s - t) for s in truth), default=1) < 1e-9:
            continue
        begin, x = (exact(0), exact(0.0)) if last is None else (last, exact(-0.5))
        if last is not None and frozen:
            begin = min(last + exact(2.3), exact(t))
        expected = neuron.motion.flow(x, exact(t) - begin)
        # times of the order of 100 carry an ulp (1.4e-14) each, through |v'| <= 0.31/ms; a spike some; the flow 3 ulp
        assert abs(exact(v) - expected) <= 0.31 * 8 * math.ulp(100.0) + 5 * math.ulp(2.5)


def test_values_over_sixteen_decades_of_time_keep_their_digits():
    group = NeuronGroup(1, "dv/dt = (1 - v)/(10*ms) : 1")
    trace = StateMonitor(group, "v", record=True)
    Network(group, trace).run(400 * ms)
    times = 10.0 ** np.linspace(-14, 2.6, 300)
    inside = [float(t) for t in times]
    values = trace.at(inside * ms, "v")[0]
    for t, v in zip(inside, values.tolist(), strict=True):
        truth = -mp.expm1(-exact(t) / 10)
        # t*ms rounds, and the border rounds once or twice more (3 ulp); the quotient and expm1 add 1.5
        assert abs(exact(v) - truth) <= 6 * exact(math.ulp(v))


def test_traces_in_units_and_of_several_variables():
    equations = "dv/dt = (-70*mV - v)/(10*ms) : volt\nu = v + 70*mV : volt\ng : 1"
    *_, trace = record(20.0, ["v", "u", "g"], equations, threshold="v > 0*mV", reset="v = -70*mV")
    assert trace.u.shape == (1, 200)
    assert trace.at(5 * ms, "u")[0, 0] / mV == pytest.approx(70 * math.exp(-0.5), rel=1e-14)
    assert np.array_equal(trace.g, np.zeros((1, 200)))


def test_a_sub_expression_sees_the_state_and_parameters_of_its_instant():
    equations = "dv/dt = 1/(8*ms) : 1\nk : 1\nx = 2*v + k : 1\nage = t - lastspike : second"
    *_, trace = record(20.0, ["x", "age", "not_refractory"], equations, reset="v = 0; k += 10", refractory=4 * ms)
    assert trace.at([4, 8, 12, 16, 17] * ms, "x")[0].tolist() == [1.0, 10.0, 11.0, 20.0, 20.25]
    assert (trace.at([8, 9, 16, 18] * ms, "age")[0] / ms).tolist() == pytest.approx([0, 1, 0, 2], abs=1e-12)
    assert trace.at([7, 8, 11.5, 12, 16] * ms, "not_refractory")[0].tolist() == [True, False, False, True, False]


def test_the_sampling_grid_of_cut_runs_is_that_of_the_whole():
    def times(lengths):
        group = NeuronGroup(1, "dv/dt = 1/(8*ms) : 1", name="g")
        trace = StateMonitor(group, "v", record=True)
        network = Network(group, trace)
        for x in lengths:
            network.run(x * ms)
        return (trace.t / ms).tolist(), trace.v[0].tolist()

    whole = times([10])
    assert len(whole[0]) == 100 and whole[0] == pytest.approx(np.arange(100) / 10, rel=1e-15)
    assert times([2.5, 2.5, 5]) == whole
    assert times([0.03125, 0.0625, 0, 9.90625]) == whole


def test_rates_sum_to_the_spikes():
    from eventsnn import PopulationRateMonitor

    group = NeuronGroup(3, "dv/dt = 1/(8*ms) : 1", threshold="v > 1", reset="v = 0")
    rate, monitor = PopulationRateMonitor(group), SpikeMonitor(group)
    Network(group, rate, monitor).run(100 * ms)
    # spikes per neuron and bin of 0.1 ms
    assert (np.asarray(rate.rate) * 1e-4).sum() * 3 == pytest.approx(monitor.num_spikes, rel=1e-12)
