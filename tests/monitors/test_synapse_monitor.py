"""State monitors of synapses: variables over time, exact at any instant."""

import math

import numpy as np
import pytest

import eventsnn
from eventsnn import (
    ArgumentError,
    MissingError,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    ms,
    mV,
    volt,
)
from eventsnn.errors import OutOfRangeError, WrongTypeError

MODEL = """w : volt
k : integer
dx/dt = -x/(10*ms) : 1
dy/dt = (x - y)/(4*ms) : 1
strong = 2*w : volt
both = x + 100*k : 1
share : 1 (shared)"""


def connect(on_pre="x += 1; w += mV; k += 1", times=((0, 1.0), (1, 2.5), (0, 4.0)), **options):
    """Return two sources, two targets and all synapses between them."""
    source = SpikeGeneratorGroup(2, [i for i, _ in times], [t for _, t in times] * ms, name="source")
    target = NeuronGroup(2, "v : 1\ng : volt", name="target")
    synapses = Synapses(source, target, MODEL, on_pre=on_pre, name="S", **options)
    synapses.connect()
    return source, target, synapses


def test_variables_are_exact_at_any_instant():
    parts = connect()
    monitor = StateMonitor(parts[2], ["x", "w", "k"], record=True)
    Network(*parts, monitor).run(10 * ms)
    instants = [0.5, 1.0, 3.999, 4.0, 7.0, 10.0]
    x = [math.exp(-(t - 1) / 10) * (t >= 1) + math.exp(-(t - 4) / 10) * (t >= 4) for t in instants]
    for synapse in (0, 1):
        assert monitor.at(instants * ms, "x")[synapse] == pytest.approx(x, rel=8 * 2.0**-52)
        assert (monitor.at(instants * ms, "w")[synapse] / mV).tolist() == [0, 1, 1, 2, 2, 2]
        assert monitor.at(instants * ms, "k")[synapse].tolist() == [0, 1, 1, 2, 2, 2]
    assert monitor.at(instants * ms, "k")[3].tolist() == [0, 0, 1, 1, 1, 1]
    assert monitor.at(1 * ms, "k").dtype == np.int64


def test_coupled_states_and_sub_expressions_are_recorded():
    parts = connect()
    monitor = StateMonitor(parts[2], True, record=[2])
    assert monitor.recorded_variables == ("w", "k", "x", "y", "strong", "both", "share")
    Network(*parts, monitor).run(10 * ms)
    s = 5.0
    # x = exp(-s/10), and y follows it: 10/6 (exp(-s/10) - exp(-s/4))
    assert monitor.at(7.5 * ms, "x")[0, 0] == pytest.approx(math.exp(-s / 10), rel=4 * 2.0**-52)
    assert monitor.at(7.5 * ms, "y")[0, 0] == pytest.approx(
        10 / 6 * (math.exp(-s / 10) - math.exp(-s / 4)), rel=16 * 2.0**-52
    )
    assert monitor.at(7.5 * ms, "strong")[0, 0] == 2 * mV
    assert monitor.at(7.5 * ms, "both")[0, 0] == monitor.at(7.5 * ms, "x")[0, 0] + 100


def test_samples_are_those_of_the_clock_or_of_given_instants():
    parts = connect()
    fine = StateMonitor(parts[2], "w", record=[0], dt=0.5 * ms, name="fine")
    given = StateMonitor(parts[2], "w", record=[0], times=[0.25, 1, 9] * ms, name="given")
    Network(*parts, fine, given).run(5 * ms)
    assert (fine.t / ms).tolist() == [0.5 * n for n in range(10)]
    assert (fine.w[0] / mV).tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 2, 2]
    assert ((given.t / ms).tolist(), (given.w[0] / mV).tolist()) == ([0.25, 1.0], [0, 1])
    assert fine.w_[0, 2] == 0.001
    assert fine.w.dim == volt.dim


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        (lambda s: True, [0, 1, 2, 3]),
        (lambda s: False, []),
        (lambda s: 2, [2]),
        (lambda s: [3, 1], [3, 1]),
        (lambda s: slice(1, 3), [1, 2]),
        (lambda s: s[1, :], [2, 3]),
        (lambda s: s[:, 0], [0, 2]),
        (lambda s: s["i == j"], [0, 3]),
        (lambda s: np.array([0, 3]), [0, 3]),
    ],
)
def test_synapses_are_chosen_by_number_by_neurons_or_by_condition(choose, expected):
    parts = connect()
    monitor = StateMonitor(parts[2], "w", record=choose(parts[2]))
    Network(*parts, monitor).run(3 * ms)
    assert monitor.record.tolist() == expected
    assert monitor.w.shape == (len(expected), 30)
    # the synapses of source 0 have had their spike at 1 ms, those of source 1 at 2.5 ms
    first = [next((n for n, w in enumerate(row) if w), None) for row in np.asarray(monitor.w).tolist()]
    assert first == [10 if k < 2 else 25 for k in expected]


def test_a_recording_is_found_by_the_number_of_the_synapse():
    parts = connect()
    monitor = StateMonitor(parts[2], "k", record=[3, 0])
    Network(*parts, monitor).run(5 * ms)
    assert monitor[0].k[-1] == 2
    assert monitor[3].k[-1] == 1
    assert monitor[[0, 3]].k[:, -1].tolist() == [2, 1]
    assert monitor[0].at(2 * ms, "k").tolist() == [1]
    with pytest.raises(IndexError, match="StateMonitor 'statemonitor': synapse 1 was not recorded"):
        monitor[1]


def test_what_on_post_and_delays_do_is_recorded():
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    target = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 3", reset="v = 0")
    synapses = Synapses(source, target, "w : 1", on_pre="w += 1", on_post="w = 10*w", delay=1.25 * ms)
    synapses.connect()
    monitor = StateMonitor(synapses, "w", record=True)
    Network(source, target, synapses, monitor).run(7 * ms)
    assert monitor.at([2.249, 2.25, 2.999, 3, 5.999, 6] * ms, "w")[0].tolist() == [0, 1, 1, 10, 10, 100]


def test_what_late_statements_do_is_recorded():
    source = SpikeGeneratorGroup(1, [0, 0], [1, 2] * ms)
    target = NeuronGroup(1, "v : 1")
    synapses = Synapses(source, target, "w : 1", on_pre="v_post += 1; w = v_post")
    synapses.connect()
    monitor = StateMonitor(synapses, "w", record=True)
    Network(source, target, synapses, monitor).run(3 * ms)
    assert monitor.at([0.5, 1, 1.5, 2] * ms, "w")[0].tolist() == [0, 1, 1, 2]


def test_assignments_and_constants_between_runs_are_recorded():
    parts = connect("x += 1")
    synapses = parts[2]
    monitor = StateMonitor(synapses, ["w", "x"], record=[0])
    net = Network(*parts, monitor)
    net.run(2 * ms)
    synapses.w, synapses.x = 7 * mV, 3
    net.run(1 * ms)
    assert (monitor.at([1.9, 2, 2.5] * ms, "w")[0] / mV).tolist() == [0, 7, 7]
    assert monitor.at([1.5, 2, 3] * ms, "x")[0] == pytest.approx([math.exp(-0.05), 3, 3 * math.exp(-0.1)], rel=2.0**-50)


def test_a_shared_variable_is_recorded_with_any_synapse():
    parts = connect()
    monitor = StateMonitor(parts[2], "share", record=[1, 2])
    net = Network(*parts, monitor)
    parts[2].share = 5
    net.run(1 * ms)
    assert monitor.at(0.5 * ms, "share").tolist() == [[5], [5]]


def test_a_shared_variable_that_one_synapse_changes_is_recorded_for_all():
    parts = connect("share += 1")
    monitor = StateMonitor(parts[2], "share", record=True)
    Network(*parts, monitor).run(5 * ms)
    # two synapses for each spike, at 1, 2.5 and 4 ms
    assert monitor.at([0.5, 1.5, 3, 4.5] * ms, "share").tolist() == [[0, 2, 4, 6]] * 4


@pytest.mark.parametrize(("text", "expected"), [("share_post += 1", [0, 1, 2, 3]), ("share_post = 5", [0, 5, 5, 5])])
def test_a_shared_variable_of_neurons_that_synapses_change_is_recorded_for_all(text, expected):
    source = SpikeGeneratorGroup(1, [0, 0, 0], [1, 2, 4] * ms)
    target = NeuronGroup(3, "share : 1 (shared)\ntwice = 2*share : 1")
    synapses = Synapses(source, target, on_pre=text)
    synapses.connect(i=0, j=0)
    monitor = StateMonitor(target, ["share", "twice"], record=True)
    Network(source, target, synapses, monitor).run(5 * ms)
    assert monitor.at([0.5, 1.5, 3, 4.5] * ms, "share").tolist() == [expected] * 3
    assert monitor.at([0.5, 1.5, 3, 4.5] * ms, "twice").tolist() == [[2 * x for x in expected]] * 3


def recorded(cuts=(), looks=False):
    eventsnn.start_scope()
    parts = connect("x += w/mV; w += 0.1*mV; v_post += x; w += 0.01*v_post*mV")
    monitor = StateMonitor(parts[2], ["x", "y", "w"], record=True)
    parts[2].w = "(1 + i + j)*mV"
    net = Network(*parts, *([monitor] if not looks else [monitor, StateMonitor(parts[2], "x", record=[1])]))
    done = 0.0
    for cut in (*cuts, 8.0):
        net.run((cut - done) * ms)
        done = cut
        if looks:
            monitor.x, monitor.at(cut * ms, "y")
    return [np.asarray(monitor.at([0.5, 1, 2.75, 3.9, 6.1] * ms, name)).tolist() for name in ("x", "y", "w")]


@pytest.mark.parametrize("cuts", [(1.0,), (0.3, 2.5, 2.6, 4.0)])
@pytest.mark.parametrize("looks", [False, True])
def test_cutting_a_run_and_looking_change_no_bit(cuts, looks):
    assert recorded(cuts, looks) == recorded()


def test_recording_changes_nothing():
    results = []
    for names in ([], ["x"], ["x", "y", "w", "k"]):
        eventsnn.start_scope()
        parts = connect("x += 1; w += 0.1*x*mV; g_post += w")
        monitors = [StateMonitor(parts[2], name, record=True) for name in names]
        Network(*parts, *monitors).run(8 * ms)
        results.append((parts[2].x[:].tolist(), parts[2].w[:].tolist(), parts[1].g[:].tolist()))
    assert results[0] == results[1] == results[2]


def test_a_monitor_says_what_it_is():
    *_, synapses = connect()
    assert repr(StateMonitor(synapses, ["w", "x"], record=[1, 2])) == (
        "<StateMonitor 'statemonitor': w, x of 2 synapses of S>"
    )


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "options", "error", "expected"),
    [
        (
            "q",
            dict(record=True),
            MissingError,
            "StateMonitor 'statemonitor': the synapses 'S' have no variable 'q' of their own to record; they have w",
        ),
        ("v_post", dict(record=True), MissingError, "Record a variable of the neurons from their group."),
        ("v", dict(record=True), MissingError, "have no variable 'v' of their own to record"),
        ("i", dict(record=True), MissingError, "have no variable 'i' of their own to record"),
        (
            "w",
            {},
            WrongTypeError,
            "StateMonitor 'statemonitor'.record: say which synapses to record: True for all, an index or a list",
        ),
        ("w", dict(record=4), OutOfRangeError, "S has synapses 0 to 3, found 4"),
        ("w", dict(record=[0, -1]), OutOfRangeError, "S has synapses 0 to 3, found -1"),
        ("w", dict(record=1.5), WrongTypeError, "expected True, an index or a list of indices, found 1.5"),
        ("w", dict(record=True, dt=1 * ms, times=[1] * ms), ArgumentError, "give only one of dt, clock and times"),
    ],
)
def test_what_cannot_be_recorded_is_refused(variables, options, error, expected):
    *_, synapses = connect()
    with pytest.raises(error) as caught:
        StateMonitor(synapses, variables, **options)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("h = w*v_post : 1", "'h' depends on 'v_post', which is no variable of the synapses\n    h = w*v_post : 1"),
        ("h = rand() : 1", "'h' draws random numbers, so it has no value between events"),
    ],
)
def test_sub_expressions_of_other_things_are_refused(line, expected):
    target = NeuronGroup(1, "v : 1")
    synapses = Synapses(target, target, f"w : 1\n{line}")
    synapses.connect()
    with pytest.raises(ArgumentError) as caught:
        StateMonitor(synapses, "h", record=True)
    assert expected in str(caught.value)


def test_instants_outside_and_other_variables_are_refused():
    parts = connect()
    monitor = StateMonitor(parts[2], "w", record=True)
    Network(*parts, monitor).run(2 * ms)
    with pytest.raises(ArgumentError, match=r"'statemonitor'.at: 3 ms was not recorded; recorded is 0 to 2 ms"):
        monitor.at(3 * ms, "w")
    with pytest.raises(ArgumentError, match="'x' was not recorded; recorded are w"):
        monitor.at(1 * ms, "x")
