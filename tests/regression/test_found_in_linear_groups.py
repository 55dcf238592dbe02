"""What went wrong while linear groups were made, one test each, named after what must hold."""

import math
import warnings

import mpmath
import numpy as np
import pytest

from eventsnn import (
    Network,
    NeuronGroup,
    NoExactSolutionError,
    OutOfRangeError,
    SpikeMonitor,
    StateMonitor,
    TimedArray,
    ms,
    second,
)

mp = mpmath.mp.clone()
mp.dps = 40


def spikes(equations, threshold, reset="v = 0", length=60 * ms, n=1, refractory=None, names=None, **values):
    group = NeuronGroup(
        n, equations, threshold=threshold, reset=reset, refractory=refractory, namespace=names or {}, name="g"
    )
    for name, value in values.items():
        setattr(group, name, value)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(length, namespace={})
    return [np.asarray(train) * 1e3 for train in monitor.spike_trains().values()]


def test_which_variable_a_threshold_watches_may_change_at_a_spike():
    (times,) = spikes(
        "dv/dt = (2 - v)/(10*ms) : 1\ndw/dt = (1.5 - w)/(20*ms) : 1\na : 1",
        "a*v + (1 - a)*w > 1",
        "v = 0; w = 0; a = 1 - a",
        length=60 * ms,
        a=1,
    )
    first, second_ = 10 * math.log(2), 20 * math.log(3)
    np.testing.assert_allclose(times, np.cumsum([first, second_, first, second_])[: len(times)], rtol=1e-14)
    assert len(times) == 4


def test_neurons_whose_weight_is_zero_stand_beside_others():
    equations = "dv/dt = (2 - v)/(10*ms) : 1\ndw/dt = (v - w)/(20*ms) : 1\nk : 1\nvt : 1"
    both = spikes(equations, "v - k*w > vt", "v = 0; vt += 0.05", n=2, k=[0, 0.2], vt=0.5)
    alone = [spikes(equations, "v - k*w > vt", "v = 0; vt += 0.05", k=k, vt=0.5)[0] for k in (0, 0.2)]
    assert all(np.array_equal(a, b) for a, b in zip(both, alone, strict=True))
    assert both[0][0] < both[1][0] and len(both[1]) > 3
    # a weight that a reset makes different from zero
    assert len(spikes(equations, "v - k*w > vt", "v = 0; k += 0.1", k=0, vt=0.5)[0]) > 3


@pytest.mark.parametrize(
    ("equations", "threshold"),
    [
        ("dv/dt = (1.5 - v)/(10*ms) : 1", "v > 0.9 + 0.5*exp(-(t - lastspike)/(10*ms))"),
        ("dv/dt = (1.5 - v - 1.5*exp(-(t - lastspike)/(10*ms)))/(10*ms) : 1", "v > 0.6"),
    ],
)
def test_a_wave_may_begin_with_the_first_spike(equations, threshold):
    (times,) = spikes(equations, threshold)
    # with u = exp(-s/10): v = 1.5 (1 - u) against 0.9 + 0.5 u, or v = 1.5 (1 - u) - 1.5 s/10 u against 0.6
    if "0.9" in threshold:
        first, period = 10 * mp.log(mp.mpf("1.5") / mp.mpf("0.6")), 10 * mp.log(2 / mp.mpf("0.6"))
    else:
        first = 10 * mp.log(mp.mpf("1.5") / mp.mpf("0.9"))
        period = mp.findroot(lambda s: 1.5 - 1.5 * mp.exp(-s / 10) * (1 + s / 10) - mp.mpf("0.6"), 13)
    expected = [float(first + k * period) for k in range(len(times))]
    np.testing.assert_allclose(times, expected, rtol=1e-14)
    assert len(times) >= 3


def test_a_trace_may_be_read_where_a_step_couples_variables():
    on = TimedArray([0, 1], dt=10 * ms)
    group = NeuronGroup(1, "dv/dt = (w*on(t) - v)/(10*ms) : 1\ndw/dt = -w/(20*ms) : 1", namespace={"on": on})
    group.w = 3
    monitor = StateMonitor(group, "v", record=True)
    Network(group, monitor).run(40 * ms, namespace={})
    t = np.asarray(monitor.t) * 1e3
    s = np.maximum(t - 10, 0)
    # from 10 ms on, a current of 3 exp(-1/2) with 20 ms into a membrane with 10 ms
    expected = 3 * math.exp(-0.5) * 2 * (np.exp(-s / 20) - np.exp(-s / 10))
    np.testing.assert_allclose(np.asarray(monitor.v)[0], expected, atol=1e-14)


def test_steps_of_time_count_as_numbers_in_thresholds():
    (times,) = spikes("dv/dt = (1.5 - v)/(10*ms) : 1", "v > 1 - 0.5*int(t > 20*ms and t < 30*ms)", length=32 * ms)
    low = 10 * math.log(1.5)
    # the threshold falls to 0.5 at 20 ms and finds v above it; at 30 ms it rises again
    expected = [10 * math.log(3), 20.0, 20 + low, 20 + 2 * low]
    np.testing.assert_allclose(times, expected, rtol=1e-14)


@pytest.mark.parametrize("frequency", [7, 13, 30, 33, 41])
@pytest.mark.parametrize("refractory", ["v > vt", "vt < v"])
def test_a_combination_that_ends_a_refractory_period_stands_on_zero(frequency, refractory):
    (times,) = spikes(
        f"dv/dt = (2*sin(2*pi*{frequency}*Hz*t) - v)/(10*ms) : 1\ndvt/dt = (0.3 - vt)/(7*ms) : 1",
        "v > vt",
        "",
        length=200 * ms,
        refractory=refractory,
    )
    # one spike each time that v rises above vt, none when it falls below
    x = 2 * math.pi * frequency * 1e-3 * 10
    t = np.linspace(0, 200, 200_001)
    swing = (np.sin(x * t / 10) - x * np.cos(x * t / 10)) * 2 / (1 + x * x) + 2 * x / (1 + x * x) * np.exp(-t / 10)
    above = swing > 0.3 * (1 - np.exp(-t / 7))
    rises = t[1:][above[1:] & ~above[:-1]]
    assert len(times) == len(rises)
    np.testing.assert_allclose(times, rises, atol=0.0011)


def test_a_ramp_of_any_power_is_crossed():
    (times,) = spikes("dv/dt = -v/(10*ms) + 0.3/ms - 1e-6*(t/ms)**2/ms : 1", "v > 1", length=5 * ms)
    assert times == [pytest.approx(4.054751780874, rel=1e-12)]


def test_a_sum_that_tends_to_zero_is_crossed_before():
    (times,) = spikes(
        "dv/dt = (2 - 0.05*v)/ms : 1\ndtheta/dt = (0.005*v - 0.01*(theta - 20))/ms : 1",
        "v > theta",
        length=20 * ms,
        theta=20,
    )

    def distance(s):
        v = 40 * (1 - mp.exp(-s / 20))
        # theta - 20 obeys x' = 0.005 v - 0.01 x
        return v - 20 - (20 * (1 - mp.exp(-s / 100)) - 5 * (mp.exp(-s / 100) - mp.exp(-s / 20)))

    assert times[0] == pytest.approx(float(mp.findroot(distance, 14)), rel=1e-13)


@pytest.mark.parametrize("start", [0.3, 3.0, 9.0])
def test_a_decay_that_begins_late_keeps_its_origin(start):
    (times,) = spikes(
        f"dv/dt = (3*exp(-(t - {start}*second)/(10*ms))*int(t > {start}*second) - v)/(10*ms) : 1",
        "v > 0.3",
        length=(start + 0.002) * second,
    )
    # v = 0.3 s exp(-s/10)
    s = mp.findroot(lambda s: s * mp.exp(-s / 10) - 1, 1.1)
    origin = start * 1000.0
    assert abs(mp.mpf(times[0]) - (origin + s)) <= 4 * math.ulp(origin)


def test_an_infinite_state_draws_no_warning():
    group = NeuronGroup(1, "dv/dt = (v**2 + 1)/(10*ms) : 1", threshold="v > inf", reset="v = -inf", namespace={})
    monitor = StateMonitor(group, "v", record=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Network(group, monitor).run(40 * ms, namespace={})
        assert monitor.at(10 * math.pi * ms, "v") == pytest.approx(0, abs=1e-13)


def test_rounds_of_time_are_lines_and_steps():
    (times,) = spikes("dv/dt = (2*int(t % (20*ms) < 10*ms) - v)/(10*ms) : 1", "v > 1.1", length=40 * ms)
    first = 10 * math.log(2 / 0.9)
    end = 2 * (1 - math.exp(-(10 - first) / 10)) * math.exp(-1)
    second_ = 20 + 10 * math.log((2 - end) / 0.9)
    np.testing.assert_allclose(times, [first, second_], rtol=1e-14)
    (times,) = spikes("dv/dt = (t // (20*ms))/(10*ms) : 1", "v > 1", length=50 * ms)
    np.testing.assert_allclose(times, [30, 40, 45], rtol=1e-14)
    with pytest.raises(NoExactSolutionError, match="It rounds t by % with a slope or period that is not positive"):
        spikes("dv/dt = (-t % (20*ms))/ms**2 : 1", "v > 1")


def test_a_missing_column_names_the_place():
    array = TimedArray([[0, 2.0]], dt=1 * ms)
    with pytest.raises(OutOfRangeError, match=r"group 'g', equation of dv/dt: .*no column 2(.|\n)*st\(t, i\)"):
        spikes("dv/dt = (st(t, i) - v)/(10*ms) : 1", "v > 1", n=3, names={"st": array})
