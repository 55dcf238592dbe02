"""The laws against firing without end, each with its message."""

import re

import pytest
from laws import times_of

from eventsnn import EquationError, Network, NeuronGroup, SpikeMonitor, ms
from eventsnn.errors import EndlessSpikingError


def run(*arguments, length=50, values=(), **options):
    group = NeuronGroup(*arguments, name="exc", namespace={}, **options)
    for name, value in dict(values).items():
        setattr(group, name, value)
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    network.run(length * ms, namespace={})
    return monitor


def message(text):
    return re.escape(text)


def test_a_threshold_with_neither_reset_nor_refractory_period_is_refused_before_the_run():
    with pytest.raises(
        EquationError,
        match=message(
            "group 'exc': the threshold 'v > 1' has neither reset nor refractory period, "
            "so the neuron would fire without end."
        ),
    ):
        run(1, "dv/dt = (2 - v)/(10*ms) : 1", threshold="v > 1")


def test_a_refractory_period_of_zero_is_none():
    with pytest.raises(EquationError, match="has neither reset nor refractory period"):
        run(1, "dv/dt = (2 - v)/(10*ms) : 1", threshold="v > 1", refractory=0 * ms)


def test_a_reset_that_stays_above_threshold_stops_after_a_thousand_spikes():
    with pytest.raises(EndlessSpikingError) as caught:
        run(1, "dv/dt = 1/(8*ms) : 1", threshold="v > 1", reset="v = 2")
    text = str(caught.value)
    assert "Simulation stopped at t = 8.0 ms: neuron 0 of group 'exc' fired 1000 times at this same instant" in text
    assert "its threshold 'v > 1' still holds after its reset 'v = 2'" in text
    assert text.endswith("Let the reset take it below threshold, or give it a refractory period.")


def test_a_reset_onto_the_threshold_itself_is_named_at_once():
    with pytest.raises(EndlessSpikingError) as caught:
        run(1, "dv/dt = 1/(8*ms) : 1", threshold="v > 1", reset="v = 1")
    text = str(caught.value)
    assert "at t = 8.0 ms: neuron 0 of group 'exc' crosses its threshold 'v > 1' again at this same instant" in text
    assert "after its reset 'v = 1'" in text


def test_a_reset_that_does_not_touch_the_variable_is_named():
    with pytest.raises(EndlessSpikingError, match="after its reset 'w = 0'"):
        run(1, "dv/dt = 1/(8*ms) : 1\nw : 1", threshold="v > 1", reset="w = 0")


def test_a_time_threshold_without_refractory_period_is_endless():
    with pytest.raises(EndlessSpikingError, match=r"t = 10\.0 ms.*'t > 10\*ms'"):
        run(1, "w : 1", threshold="t > 10*ms", reset="w += 1")


def test_the_neuron_named_is_the_one_that_fires():
    with pytest.raises(EndlessSpikingError, match="neuron 2 of group 'exc'"):
        run(4, "dv/dt = d/(8*ms) : 1\nd : 1", threshold="v > 1", reset="v = 1", values={"d": [0, 0.5, 1, 0.25]})


def test_a_reset_onto_the_threshold_is_fine_with_a_refractory_period():
    # on threshold and rising at the end of the period: fires there
    ours = times_of(
        run(1, "dv/dt = 1/(8*ms) : 1 (unless refractory)", threshold="v > 1", reset="v = 1", refractory=4 * ms)
    )
    assert ours == [8.0 + 4.0 * k for k in range(11)]


def test_a_reset_onto_the_threshold_is_fine_where_the_state_falls():
    ours = times_of(run(1, "dv/dt = -1/(8*ms) : 1", threshold="v > 1", reset="v = 1", values={"v": 3}))
    assert ours == [0.0]


def test_nine_hundred_spikes_at_one_instant_are_legal_again_and_again():
    # 600 spikes at the end of each refractory period, of two neurons, at many instants: no count runs on
    ours = run(
        2,
        "dv/dt = 60/ms : 1\nref : second",
        threshold="v > 1",
        reset="v -= 1; ref = int(v <= 1)*10*ms",
        refractory="ref",
    )
    assert min(ours.count) > 2000


def test_the_times_and_state_before_the_stop_are_kept():
    group = NeuronGroup(
        1, "dv/dt = 1/(8*ms) : 1\nk : 1", threshold="v > 1", reset="k += 1; v = int(k > 2)*3", namespace={}
    )
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    with pytest.raises(EndlessSpikingError):
        network.run(100 * ms)
    assert times_of(monitor)[:3] == [8.0, 16.0, 24.0]
    assert network.t == 24 * ms


def test_subtracting_the_threshold_from_an_exact_multiple_of_it_does_not_stop_the_run():
    # 3 -> 2 -> 1, and from 1 upwards it crosses again: three spikes at one instant, and it comes to rest at 0
    group = NeuronGroup(1, "dv/dt = 1/(8*ms) : 1", threshold="v > 1", reset="v -= 1")
    group.v = 3
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(9 * ms)
    assert times_of(monitor) == [0.0, 0.0, 0.0, 8.0]
