"""Thresholds as users write them: what can be solved, and why the rest cannot."""

import pytest

from eventsnn import ArgumentError, Network, NeuronGroup, NoExactSolutionError, SpikeMonitor, ms

MODEL = "dv/dt = 1/ms : 1\nw : 1\ndu/dt = 1/ms : 1\nx = v - w : 1\ngo : boolean"


def first_spikes(threshold, n=1, **values):
    group = NeuronGroup(n, MODEL, threshold=threshold, reset="v = -100; u = -100", refractory=100 * ms)
    for name, value in values.items():
        setattr(group, name, value)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(20 * ms)
    return [(float(train[0] / ms) if len(train) else None) for train in spikes.spike_trains().values()]


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        ("v > 3", 3),
        ("3 < v", 3),
        ("2*v - 1 >= 5", 3),
        ("-v < -3", 3),
        ("v - 10 > -7", 3),
        ("x > 3", 3),
        ("v/2 > 1.5", 3),
        ("not v < 3", 3),
        ("not (v <= 3 or t < 5*ms)", 5),
        ("v > 3 and t >= 5*ms", 5),
        ("v > 3 or t > 2*ms", 2),
        ("1 < v < 2", 1),
        ("v > 3 and v < 2", None),
        ("v > 3 and go", None),
        ("v > 3 or go", 3),
        ("(v > 3) == True or v > 4", None),
        ("t - lastspike > 7*ms and v > 3", 3),
        ("v > 3 and not_refractory", 3),
        ("v > sqrt(9) + min(0, 1)", 3),
        ("t/ms > 4", 4),
        ("0*v > 1", None),
        ("True and v > 3", 3),
    ],
)
def test_a_condition_holds_from_the_instant_that_it_says(threshold, expected):
    if "==" in threshold:
        with pytest.raises(NoExactSolutionError, match="A condition on a changing variable is used as a number"):
            first_spikes(threshold)
    else:
        assert first_spikes(threshold) == [expected]


def test_a_slope_may_be_zero_for_some_neurons():
    # neuron 0: 0*v > -1 holds from the start; neuron 1: v > -1 too; neuron 2: -v > -1 until 1, then no more
    assert first_spikes("w*v > -1", 3, w=[0, 1, -1]) == [0, 0, 0]
    # 0 > 3 never holds, v > 3 from 3 on, -v > 3 never
    assert first_spikes("w*v > 3", 3, w=[0, 1, -1]) == [None, 3, None]


@pytest.mark.parametrize(
    ("threshold", "piece", "reason"),
    [
        ("v == 3", "v == 3", "is equal to a value at single instants only.\nCompare with >, >=, < or <=."),
        ("v != 3", "v != 3", "is equal to a value at single instants only."),
        ("v**2 > 3", "v**2 > 3", "It compares the square of v.\nSolved exactly: comparisons of state variables"),
        ("abs(v) > 1", "abs(v)", "It takes abs() of v."),
        ("v*u > 1", "v*u", "It multiplies v by u."),
        ("int(v > 1) > 0", "int(v > 1) > 0", "A condition on a changing variable is used as a number."),
    ],
)
def test_a_threshold_that_cannot_be_solved_is_explained(threshold, piece, reason):
    with pytest.raises(NoExactSolutionError) as caught:
        first_spikes(threshold)
    head, line, carets, *why = str(caught.value).split("\n")
    assert head == "group 'neurongroup', threshold: no exact solution is known"
    begin = carets.index("^")
    # int(...) is pointed at by its argument's comparison or the whole
    assert line[begin : begin + carets.count("^")] in (piece, piece.split(" >")[0], "v > 1")
    assert reason in "\n".join(why)


def test_a_level_that_is_not_a_number_names_the_neuron():
    with pytest.raises(
        ArgumentError, match="threshold: the level to compare with is not a number for neuron 1\n    v > "
    ):
        first_spikes("v > w/w", 2, w=[1, 0])


def test_the_step_of_a_clock_is_no_part_of_a_custom_event():
    group = NeuronGroup(1, MODEL, events={"up": "v > dt/ms"})
    with pytest.raises(NoExactSolutionError, match="dt is the step of a clock; this group has none\n    v > dt/ms"):
        group.explain()
