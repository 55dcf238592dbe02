"""What went wrong while linear groups were made, one test each, named after what must hold."""

import math
import warnings

import mpmath
import numpy as np
import pytest

from eventsnn import (
    Hz,
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


# --- found by review ---------------------------------------------------------------------------------------------


def test_a_square_in_a_comparison_inside_an_equation_is_refused():
    with pytest.raises(NoExactSolutionError, match=r"asks for a comparison of t and v\*\*2 inside an equation"):
        spikes("dv/dt = int(t/ms + v*v > 5)/ms : 1", "v > 1")


def test_comparisons_of_time_without_a_slope_are_true_or_false_for_ever():
    for limit, expected in (("5*ms", [0.0, 5.0, 7.5]), ("-5*ms", [10.0, 10.0, 10.0])):
        group = NeuronGroup(3, f"dv/dt = int(k*t > {limit})/ms : 1\nk : 1", namespace={})
        group.k = [0, 1, 2]
        Network(group).run(10 * ms, namespace={})
        np.testing.assert_allclose(np.asarray(group.v), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("drive", "expected"),
    [("t/ms*sin(t/ms)**2 + t/ms", "x*sin(x)**2 + x"), ("t/ms*(1 - cos(t/ms)**2)", "x*sin(x)**2")],
)
def test_a_ramp_and_the_ramp_in_a_product_are_one(drive, expected):
    group = NeuronGroup(1, f"dv/dt = ({drive})/ms : 1", namespace={})
    Network(group).run(3 * ms, namespace={})
    true = mp.quad(lambda x: eval(expected, {"sin": mp.sin, "x": x}), [0, 3])
    assert group.v[0] == pytest.approx(float(true), rel=1e-14)


def twice(model, threshold, reset, cuts, refractory=None, n=2, names=None, **values):
    """Return spikes and the final state of a run in one piece and of one in several."""
    found = []
    for ends in ([cuts[-1]], cuts):
        group = NeuronGroup(
            n, model, threshold=threshold, reset=reset, refractory=refractory, namespace=names, name="g"
        )
        for name, value in values.items():
            setattr(group, name, value)
        monitor = SpikeMonitor(group)
        network, now = Network(group, monitor), 0.0
        for end in ends:
            network.run((end - now) * ms, namespace={})
            now = end
        found.append((monitor._record.time_array().tolist(), monitor.i.tolist(), np.asarray(group.v).tolist()))
    return found


@pytest.mark.parametrize(
    ("model", "threshold", "refractory"),
    [
        ("dv/dt = (I(t, i) - v)/(10.3*ms) : 1", "v > 1", None),
        ("dv/dt = (1.5 - v)/(10.3*ms) : 1", "v > 0.5 + 0.2*I(t, i)", 2 * ms),
        ("dv/dt = (1.5 - v)/(10.3*ms) : 1\ndw/dt = -w/(5*ms) : 1", "v > 0.6 + w", "v > 0.2*I(t, i)"),
    ],
)
def test_a_cut_at_a_step_changes_no_bit(model, threshold, refractory):
    names = {"I": TimedArray([[1.5, 1.5], [2, 1.5], [2, 1.2]], dt=7 * ms)}
    whole, parts = twice(model, threshold, "v = 0", [7.0, 14.0, 60.0], refractory, names=names)
    assert whole == parts and len(whole[0]) > 4


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("threshold", ["v > 1", "v > 1 + w"])
def test_a_touch_at_a_falling_step_is_no_spike(threshold, cut):
    rng, tried = np.random.default_rng(3), 0
    for _ in range(25):
        tau, drive, v0 = rng.uniform(5, 15), rng.uniform(1.2, 3), rng.uniform(-0.5, 0.5)
        crossing = tau * math.log((drive - v0) / (drive - 1))
        group = NeuronGroup(
            1,
            f"dv/dt = ({drive!r} - v)/({tau!r}*ms) : 1\ndw/dt = -w/(20*ms) : 1",
            threshold=threshold,
            reset="v = 0",
            namespace={},
        )
        group.v = v0
        monitor = SpikeMonitor(group)
        Network(group, monitor).run((crossing + 1) * ms, namespace={})
        probe = monitor._record.time_array()
        names = {"I": TimedArray([drive, -5.0], times=[0, probe[0]] * ms)}
        if names["I"].next_step(0.0) != probe[0]:
            continue  # a double that seconds cannot bring back
        tried += 1
        model = f"dv/dt = (I(t) - v)/({tau!r}*ms) : 1\ndw/dt = -w/(20*ms) : 1"
        cuts = [probe[0], 60.0] if cut else [60.0]
        for times, _, _ in twice(model, threshold, "v = 0", cuts, n=1, names=names, v=v0):
            assert times == []
    assert tried > 15


def test_an_infinite_level_is_explained_and_never_reached():
    group = NeuronGroup(
        2, "du/dt = -u/(5*ms) : 1\ndv/dt = (u - v)/(10*ms) : 1\nvt : 1", threshold="v > vt", reset="v = 0", namespace={}
    )
    group.vt = [np.inf, 0.1]
    group.u = 2
    assert "the level is infinite" in str(group.explain(namespace={}))
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(20 * ms, namespace={})
    assert set(monitor.i) == {1}
    (times,) = spikes("du/dt = -u/(5*ms) : 1\ndv/dt = (u - v)/(10*ms) : 1\nvt : 1", "v > vt + u", vt=np.inf, u=2)
    assert len(times) == 0


def test_a_fractional_column_is_refused():
    array = TimedArray([[0, 2.0]], dt=1 * ms)
    with pytest.raises(TypeError, match=r"group 'g', equation of dv/dt: (.|\n)*expected a column, a whole number"):
        spikes("dv/dt = (st(t, i/2) - v)/(10*ms) : 1", "v > 1", n=2, names={"st": array})


def test_a_product_of_decays_with_two_origins_does_not_overflow():
    (times,) = spikes(
        "dv/dt = (1.5 - v - exp(-(t - lastspike)/(5*ms))*exp(-(t - 5*ms)/(3*ms)))/(10*ms) : 1",
        "v > 1",
        length=9 * second,
    )
    assert len(times) == pytest.approx(9000 / (10 * math.log(3)), abs=2)


def test_minus_a_condition_is_minus_one():
    group = NeuronGroup(3, "v : 1", namespace={})
    group.v = "-(i > 1)"
    assert np.asarray(group.v).tolist() == [0.0, 0.0, -1.0]
    Network(group).run(0 * ms, namespace={})


@pytest.mark.parametrize("frequency", ["1e-300*Hz", "1e-20*Hz", "1e-12*Hz"])
def test_a_frequency_next_to_nothing_is_a_constant(frequency):
    (times,) = spikes(f"dv/dt = (2*cos(2*pi*{frequency}*t) - v)/(10*ms) : 1", "v > 1")
    np.testing.assert_allclose(times, 10 * math.log(2) * np.arange(1, len(times) + 1), rtol=1e-13)
    assert len(times) == 8


def test_a_neuron_without_the_square_stands_beside_quadratic_ones():
    equations = "dv/dt = (a*(v - b)*(v - c) + I)/(10*ms) : 1\na : 1\nb : 1\nc : 1\nI : 1"
    linear, quadratic = spikes(equations, "v > 2", n=2, a=[0, 1], b=-1, c=1, I=2, length=40 * ms)
    np.testing.assert_allclose(linear, [10, 20, 30], rtol=1e-14)
    # v**2 + 1 from 0 to 2
    np.testing.assert_allclose(quadratic[0], 10 * math.atan(2), rtol=1e-14)


def test_a_quadratic_neuron_that_exploded_while_refractory_goes_on_in_the_next_run():
    whole, parts = twice("dv/dt = (1.5 + v*v)/(3*ms) : 1", "v > 10", "v = 1", [5.0, 7.0, 60.0], 4 * ms, names={}, v=0)
    assert whole == parts and len(whole[0]) > 10


@pytest.mark.parametrize(
    "gate", ["sin(2*pi*f*t + 0.3) > 0.2", "0.2 < sin(2*pi*f*t + 0.3)", "cos(-2*pi*f*t - 0.3 + pi/2) >= 0.2"]
)
def test_a_sinusoid_may_switch_a_drive_on_and_off(gate):
    (times,) = spikes(f"dv/dt = int({gate})/ms : 1\nf : Hz", "v > 1", length=2 * second, f=7 * Hz)
    # v counts the time for which the gate was open
    period, opening = 1000 / 7, (math.asin(0.2) - 0.3) / (2 * math.pi) * 1000 / 7
    width = (math.pi - 2 * math.asin(0.2)) / (2 * math.pi) * 1000 / 7
    first_open = max(opening, 0.0)
    lost = first_open - opening

    def instant(count):
        rounds, rest = divmod(count + lost, width)
        return opening + rounds * period + rest

    np.testing.assert_allclose(times, [instant(k + 1) for k in range(len(times))], rtol=1e-12)
    assert len(times) > 600


def test_a_pair_that_is_singular_but_for_rounding_is_crossed():
    # rates -0.3 and 4e-18: beside the zeros of a sum that hardly moves any more, its edges say nothing
    (times,) = spikes(
        "dv/dt = (w - v)/(5*ms) : 1\ndw/dt = (v - w)/(10*ms) : 1",
        "0.3*w - v < 1.411884282915417",
        "v = -5",
        length=5 * ms,
        v=-1.8133191300517013,
        w=-0.30712713333765906,
    )

    def combination(s):
        v, w = mp.mpf(-1.8133191300517013), mp.mpf(-0.30712713333765906)
        rest, gap = (v + 2 * w) / 3, (v - w) * mp.exp(-mp.mpf("0.3") * s)
        return mp.mpf(0.3) * (rest - gap / 3) - (rest + 2 * gap / 3) - mp.mpf(1.411884282915417)

    assert times[0] == pytest.approx(float(mp.findroot(combination, 1)), rel=1e-13)
