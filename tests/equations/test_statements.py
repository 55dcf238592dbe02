"""Resets do what they say, line by line, and what is generated never fails in the middle of a run."""

import math

import pytest

from eventsnn import EquationError, Network, NeuronGroup, SimulationError, SpikeMonitor, ms, mV
from eventsnn.equations.code import divide, power, remainder, whole_quotient

NAMES = {"tau": 10 * ms, "E": -70 * mV}


def after_one_spike(reset, model="dv/dt = 1/tau : 1", **options):
    group = NeuronGroup(2, model, threshold="v > 1", reset=reset, namespace=NAMES, refractory=100 * ms, **options)
    group.v = [0.5, 0]
    Network(group).run(5 * ms + 1e-9 * ms)
    return group


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("v = 0", 0.0),
        ("v -= 0.25", 0.75),
        ("v += 1; v *= 3; v /= 4", 1.5),
        ("v = v**2 - 3*v", -2.0),
        ("v = clip(v, 0, 0.5)", 0.5),
        ("v = int(v + 1.7)", 2.0),
        ("v = i + N", 2.0),
        ("v = (\n 2 +\n 3)  # over several lines", 5.0),
        ("v = exp(0) + sqrt(4) + abs(-1)", 4.0),
        ("v = 7 // 2 + 7 % 4", 6.0),
        ("v = int(v > 0.5 and not v > 2)", 1.0),
        ("v = -v", -1.0),
        ("v = t/ms", 5.0),
        ("v = lastspike/ms", 5.0),
    ],
)
def test_assignments_do_what_they_say(reset, expected):
    group = after_one_spike(reset)
    frozen_since = 1e-9 * 0.1  # the variable runs on after the reset for 1e-9 ms at 0.1/ms
    assert group.v[0] == pytest.approx(expected + frozen_since, abs=1e-14)


def test_later_statements_see_earlier_ones():
    group = after_one_spike(
        "n += 1\nk = 10*n + 5\nflag = k > 3", "dv/dt = 1/tau : 1\nn : 1\nk : integer\nflag : boolean"
    )
    assert (group.n[0], group.k[0], group.flag[0]) == (1.0, 15, True)
    assert (group.n[1], group.k[1], group.flag[1]) == (0.0, 0, False)


def test_a_parameter_that_the_reset_changes_acts_from_then_on():
    group = NeuronGroup(1, "dv/dt = rate : 1\nrate : Hz", threshold="v > 1", reset="v = 0; rate *= 2", namespace=NAMES)
    group.rate = "0.1/ms"
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(18 * ms)
    assert (spikes.t / ms).tolist() == pytest.approx([10, 15, 17.5], rel=1e-15)


def test_a_threshold_that_the_reset_raises_acts_from_then_on():
    group = NeuronGroup(1, "dv/dt = 1/tau : 1\nvt : 1", threshold="v > vt", reset="v = 0; vt += 1", namespace=NAMES)
    group.vt = 1
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(61 * ms)
    assert (spikes.t / ms).tolist() == [10.0, 30.0, 60.0]


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("v == 0", "expected an assignment such as 'v = 0*mV' or 'v -= theta', found\n    v == 0\n"),
        (
            "w = 0",
            "reset: 'w' is not a variable of the group\n    w = 0\n    ^\nVariables that can be set: v.",
        ),
        ("w = 0; v = 0", "reset: 'w' is not a variable of the group, and no later statement uses it\n"),
        ("t = 0*ms", "'t' is a special variable and cannot be set"),
        ("x = 0", "'x' is a sub-expression and cannot be set"),
        ("v **= 2", "'**=' cannot be used; write the assignment out"),
        ("s = 1", "reset: 's' is shared by all neurons and used by their equations"),
    ],
)
def test_assignments_that_cannot_be_are_explained(reset, expected):
    model = "dv/dt = 1/tau : 1\nx = v : 1" if "s =" not in reset else "dv/dt = s/tau : 1\ns : 1 (shared)"
    with pytest.raises(EquationError) as caught:
        after_one_spike(reset, model)
    assert expected in str(caught.value)


def test_a_state_that_is_not_a_number_stops_the_run():
    with pytest.raises(SimulationError) as caught:
        after_one_spike("v = log(-v)")
    assert "stopped at t = 5.0 ms: v of neuron 0 of group 'neurongroup' is nan after its reset" in str(caught.value)


def test_a_state_that_runs_to_infinity_stops_the_run():
    with pytest.raises(SimulationError, match="v of neuron 0 of group 'neurongroup' is -inf after its reset"):
        after_one_spike("v = log(v - 1)")


def test_arithmetic_is_that_of_ieee_754_without_exceptions():
    assert divide(1.0, 0.0) == math.inf
    assert divide(-1.0, 0.0) == -math.inf
    assert divide(1.0, -0.0) == -math.inf
    assert math.isnan(divide(0.0, 0.0))
    assert power(10.0, 400.0) == math.inf
    assert power(-10.0, 401.0) == -math.inf
    assert math.isnan(power(-1.0, 0.5))
    assert power(0.0, -1.0) == math.inf
    assert math.isnan(remainder(1.0, 0.0))
    assert whole_quotient(1.0, 0.0) == math.inf
