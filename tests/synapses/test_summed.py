"""Summed variables: the same as a current of the neuron's own, and equal to the sum over its synapses at any time."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import spikes

import eventsnn
from eventsnn import (
    EquationError,
    EventSNNError,
    Network,
    NeuronGroup,
    NoExactSolutionError,
    SimulationError,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
)

TARGETS = "dv/dt = (g - v)/(10*ms) : 1 (unless refractory)\n"
ONE_STATE = "g_post = w*s : 1 (summed)\nds/dt = -s/(5*ms) : 1 (clock-driven)\nw : 1"
N_PRE, N_POST = 6, 4


def build(trains, current, weights=None, **options):
    """Return a network of neurons that are driven by `trains` through a sum over synapses, or a current of their own.

    Parameters
    ----------
    trains : list of list of float
        Spike times of each source [ms].
    """
    eventsnn.start_scope()
    indices = [i for i, train in enumerate(trains) for _ in train]
    source = SpikeGeneratorGroup(len(trains), indices, [t for train in trains for t in train] * ms, name="source")
    lines = "dg/dt = -g/(5*ms) : 1" if current else "g : 1"
    target = NeuronGroup(
        N_POST, TARGETS + lines, threshold="v > 1", reset="v = 0", refractory=2 * ms, name="target", **options
    )
    model, on_pre = ("w : 1", "g_post += w") if current else (ONE_STATE, "s += 1")
    synapses = Synapses(source, target, model, on_pre=on_pre, name="S")
    synapses.connect()
    rng = np.random.default_rng(5)
    synapses.w = rng.uniform(-0.3, 1.0, len(synapses)) if weights is None else weights
    synapses.delay = rng.choice([0.0, 0.5, 1.25], len(synapses)) * ms
    monitor = SpikeMonitor(target)
    return Network(source, target, synapses, monitor), target, synapses, monitor


def total(synapses, target):
    """Return the sum over the synapses of each neuron, from their own variables."""
    result = np.zeros(len(target))
    np.add.at(result, np.array(synapses.j[:]), np.array(synapses.w[:]) * np.array(synapses.s[:]))
    return result


# --- equal to a current of the neuron's own ---------------------------------------------------------------------------

INSTANTS = st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.25, 4.0, 7.125]), min_size=N_PRE, max_size=N_PRE)


@given(INSTANTS, st.lists(st.floats(-2, 4), min_size=N_PRE * N_POST, max_size=N_PRE * N_POST))
def test_of_synapses_that_have_not_fired_before_the_sum_is_the_current_to_the_bit(instants, weights):
    results = []
    for current in (False, True):
        net, target, _, monitor = build([[t] for t in instants], current, np.array(weights))
        net.run(30 * ms)
        results.append((spikes(monitor), target.g[:].tolist(), target.v[:].tolist()))
    assert results[0] == results[1]


def test_a_sum_of_traces_makes_the_spikes_of_a_current():
    rng = np.random.default_rng(3)
    trains = [sorted(rng.choice(np.arange(0, 400), 40, replace=False) / 4) for _ in range(N_PRE)]
    results = []
    for current in (False, True):
        net, target, _, monitor = build(trains, current)
        net.run(120 * ms)
        results.append((*spikes(monitor), np.array(target.g)))
    (times, neurons, g), (expected_times, expected_neurons, expected_g) = results
    assert neurons == expected_neurons
    assert len(times) > 20
    # 240 events, each rounding w*s a few times, of size 4 at most; crossings here are steeper than 0.005/ms
    rounding = 240 * 4 * 2.0**-52 * 4
    assert np.max(np.abs(g - expected_g)) <= rounding
    assert np.max(np.abs(np.array(times) - expected_times)) <= rounding / 0.005


def alpha(current, times):
    eventsnn.start_scope()
    source = SpikeGeneratorGroup(2, [0, 1] * (len(times) // 2), times * ms)
    lines = "dg/dt = (h - g)/(3*ms) : 1\ndh/dt = -h/(3*ms) : 1" if current else "g : 1"
    target = NeuronGroup(2, f"dv/dt = (g - v)/(10*ms) : 1\n{lines}", threshold="v > 0.5", reset="v = 0")
    summed = "g_post = w*x : 1 (summed)\ndx/dt = (y - x)/(3*ms) : 1\ndy/dt = -y/(3*ms) : 1\nw : 1"
    model = "w : 1" if current else summed
    synapses = Synapses(source, target, model, on_pre="h_post += w" if current else "y += 1", name="S")
    synapses.connect()
    synapses.w = [1, 2.5, -0.5, 3]
    trace, monitor = StateMonitor(target, "g", record=True), SpikeMonitor(target)
    net = Network(source, target, synapses, trace, monitor)
    net.run(40 * ms)
    return trace.at(np.arange(0, 40, 0.3) * ms, "g"), spikes(monitor)


def test_a_sum_of_alpha_functions_is_an_alpha_current():
    (g, (times, neurons)), (expected, (expected_times, expected_neurons)) = (
        alpha(current, [1.0, 2.5, 7.0, 7.25, 8.5, 12.0]) for current in (False, True)
    )
    # six events of size 4
    rounding = 6 * 4 * 2.0**-52 * 8
    assert np.max(np.abs(g - expected)) <= rounding
    assert neurons == expected_neurons
    assert len(times) >= 4
    assert np.max(np.abs(np.array(times) - expected_times)) <= rounding / 0.05


def test_several_states_and_a_constant_may_stand_in_one_sum():
    source = SpikeGeneratorGroup(1, [0, 0], [1, 4] * ms)
    target = NeuronGroup(1, "g : volt")
    synapses = Synapses(
        source,
        target,
        """g_post = w*(fast - 0.5*slow) + offset : volt (summed)
        dfast/dt = -fast/(2*ms) : 1
        dslow/dt = -slow/(20*ms) : 1
        w : volt
        offset : volt""",
        on_pre="fast += 1; slow += 1",
    )
    synapses.connect(n=3)
    synapses.w, synapses.offset = [1, 2, 3] * mV, [10, 0, -30] * mV
    Network(source, target, synapses).run(6 * ms)
    fast = math.exp(-5 / 2) + math.exp(-2 / 2)
    slow = math.exp(-5 / 20) + math.exp(-2 / 20)
    assert float(target.g[0] / mV) == pytest.approx(6 * (fast - 0.5 * slow) - 20, abs=60 * 2.0**-52)


def test_a_sub_expression_of_the_synapses_may_stand_in_a_sum():
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    target = NeuronGroup(1, "g : 1")
    synapses = Synapses(
        source, target, "g_post = effect : 1 (summed)\neffect = 2*w*s : 1\nds/dt = -s/ms : 1\nw : 1", on_pre="s += 1"
    )
    synapses.connect()
    synapses.w = 3
    Network(source, target, synapses).run(3 * ms)
    assert target.g[0] == 6 * math.exp(-2)


def test_weights_without_states_add_up_to_a_constant():
    source, target = NeuronGroup(3, "x : 1"), NeuronGroup(2, "dv/dt = (g - v)/(10*ms) : 1\ng : 1")
    synapses = Synapses(source, target, "g_post = w : 1 (summed)\nw : 1")
    synapses.connect("i != j")
    synapses.w = [1, 2, 4, 8]
    net = Network(source, target, synapses)
    net.run(10 * ms)
    pairs = zip(synapses.j, synapses.w, strict=True)
    expected = [0.0, 0.0]
    for j, w in pairs:
        expected[j] += w
    assert target.g[:].tolist() == expected
    assert target.v[:].tolist() == [g * -math.expm1(-1) for g in expected]


def test_weights_without_states_may_be_changed_by_events():
    source = SpikeGeneratorGroup(1, [0, 0], [1, 3] * ms)
    target = NeuronGroup(2, "dx/dt = g/ms : 1\ng : 1")
    synapses = Synapses(source, target, "g_post = w : 1 (summed)\nw : 1", on_pre="w += 1 + j")
    synapses.connect()
    synapses.w = 0.5
    Network(source, target, synapses).run(5 * ms)
    assert target.g[:].tolist() == [2.5, 4.5]
    assert target.x[:].tolist() == [0.5 + 2 * 1.5 + 2 * 2.5, 0.5 + 2 * 2.5 + 2 * 4.5]


def test_what_stands_beside_the_states_may_be_changed_by_events_too():
    source = SpikeGeneratorGroup(2, [0, 1], [1, 3] * ms)
    target = NeuronGroup(1, "dx/dt = g/ms : 1\ng : 1")
    synapses = Synapses(
        source, target, "g_post = w*s - 2*u : 1 (summed)\nds/dt = -s/(4*ms) : 1\nw : 1\nu : 1", on_pre="s += 1; u += 3"
    )
    synapses.connect()
    synapses.w = [5, 7]
    Network(source, target, synapses).run(4 * ms)
    assert target.g[0] == pytest.approx(5 * math.exp(-3 / 4) + 7 * math.exp(-1 / 4) - 12, rel=2.0**-50)
    courses = 4 * (5 * -math.expm1(-3 / 4) + 7 * -math.expm1(-1 / 4)) - 6 * 3 - 6 * 1
    # x goes through values up to 20
    assert target.x[0] == pytest.approx(courses, abs=20 * 2.0**-50)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w*s", set()),
        ("-(w*s)/u", set()),
        ("w*(s - 2*r)", set()),
        ("both", set()),
        ("w", {"w"}),
        ("w*s + u", {"w", "u"}),
        ("w*(s + u)", {"w", "u"}),
        ("w*both - 1", {"w"}),
        ("s*exp(w)", set()),
    ],
)
def test_what_may_change_the_part_without_states_is_known(text, expected):
    target = NeuronGroup(1, "g : 1")
    model = f"g_post = {text} : 1 (summed)\nds/dt = -s/ms : 1\ndr/dt = -r/ms : 1\nw : 1\nu : 1\nboth = s + r : 1"
    (summed,) = Synapses(target, target, model)._sums.summed
    assert summed.rest_from & {"w", "u"} == expected


def test_a_sum_may_go_to_the_neurons_before_the_synapses():
    source = NeuronGroup(2, "dv/dt = 1/ms : 1\ng : 1", threshold="v > 2", reset="v = 0")
    source.v = [0, 1]
    target = NeuronGroup(3, "x : 1")
    synapses = Synapses(source, target, "g_pre = s : 1 (summed)\nds/dt = -s/(5*ms) : 1", on_pre="s += j")
    synapses.connect()
    Network(source, target, synapses).run(2.5 * ms)
    assert source.g[:] == pytest.approx([3 * math.exp(-0.1), 3 * math.exp(-0.3)], rel=8 * 2.0**-52)


def test_parts_of_groups_get_sums_of_their_own():
    source = SpikeGeneratorGroup(4, [0, 1, 2, 3], [1, 1, 1, 1] * ms)
    target = NeuronGroup(5, "g : 1")
    synapses = Synapses(
        source[1:3], target[2:4], "g_post = w*s : 1 (summed)\nds/dt = -s/ms : 1\nw : 1", on_pre="s += 1"
    )
    synapses.connect()
    synapses.w = "10*(i + 1) + j"
    Network(source, target, synapses).run(2 * ms)
    assert target.g[:].tolist() == [0, 0, (10 + 20) * math.exp(-1), (11 + 21) * math.exp(-1), 0]


# --- weights that change ----------------------------------------------------------------------------------------------


def plastic(cuts=()):
    eventsnn.start_scope()
    rng = np.random.default_rng(8)
    indices, times = rng.integers(0, 5, 60), np.sort(rng.choice(np.arange(800), 60, replace=False) / 8)
    source = SpikeGeneratorGroup(5, indices, times * ms, name="source")
    target = NeuronGroup(3, TARGETS + "g : 1", threshold="v > 1", reset="v = 0", refractory=1 * ms, name="target")
    synapses = Synapses(
        source,
        target,
        ONE_STATE + "\ndapre/dt = -apre/(20*ms) : 1 (event-driven)\ndapost/dt = -apost/(20*ms) : 1 (event-driven)",
        on_pre="s += 1; apre += 0.1; w = clip(w + apost, 0, 3)",
        on_post="apost -= 0.12; w = clip(w + apre, 0, 3)",
        name="S",
    )
    synapses.connect()
    synapses.w = np.linspace(0.5, 1.5, 15)
    synapses.delay = "(0.25 + 0.125*i)*ms"
    monitor = SpikeMonitor(target)
    net = Network(source, target, synapses, monitor)
    done = 0.0
    for cut in (*cuts, 110.0):
        net.run((cut - done) * ms)
        done = cut
    return target, synapses, monitor


def test_plasticity_changes_the_sum_by_what_it_changes_at_its_synapse():
    target, synapses, monitor = plastic()
    assert monitor.num_events > 10
    assert len(set(synapses.w[:])) == 15
    # every event rounds the sum twice, and w*s; sizes stay below 15 * 3 * 2
    events = 60 * 3 + monitor.num_events * 5
    assert np.max(np.abs(np.array(target.g) - total(synapses, target))) <= events * 4 * 2.0**-52 * 90


@pytest.mark.parametrize("cuts", [(50.0,), (1.0, 30.125, 30.25, 99.0), (12.5, 12.5)])
def test_cutting_a_run_changes_no_bit(cuts):
    (target, synapses, monitor), (target_2, synapses_2, monitor_2) = plastic(), plastic(cuts)
    assert spikes(monitor) == spikes(monitor_2)
    assert target.g[:].tolist() == target_2.g[:].tolist()
    assert [synapses.w[:].tolist(), synapses.s[:].tolist()] == [synapses_2.w[:].tolist(), synapses_2.s[:].tolist()]


def test_looking_changes_no_bit():
    net, target, synapses, _ = build([[1.0, 3.0]] * N_PRE, False)
    net.run(2 * ms)
    looked = [target.g[:], synapses.s[:], synapses.g_post[:], target.v[:]]
    net.run(8 * ms)
    other, target_2, _, _ = build([[1.0, 3.0]] * N_PRE, False)
    other.run(10 * ms)
    assert len(looked) == 4
    assert (target.g[:].tolist(), target.v[:].tolist()) == (target_2.g[:].tolist(), target_2.v[:].tolist())


def test_what_is_assigned_between_runs_counts_from_the_next_run_on():
    net, target, synapses, _ = build([[1.0]] * N_PRE, False, 0.125)
    synapses.delay = 0 * ms
    net.run(3 * ms)
    assert target.g[:].tolist() == pytest.approx([6 * 0.125 * math.exp(-2 / 5)] * N_POST, rel=2.0**-50)
    synapses.w["j == 2"] = 1
    synapses.s["i == 0 and j == 1"] = 5
    before = target.v[:].copy()
    net.run(0 * ms)
    decay = math.exp(-2 / 5)
    assert target.v[:].tolist() == before.tolist()
    expected = [0.75 * decay, 0.625 * decay + 0.625, 6 * decay, 0.75 * decay]
    assert target.g[:].tolist() == pytest.approx(expected, rel=2.0**-50)
    net.run(2 * ms)
    assert target.g[:].tolist() == pytest.approx([g * decay for g in expected], rel=2.0**-49)
    assert np.array(target.g) == pytest.approx(total(synapses, target), rel=2.0**-49)


def test_initial_values_of_the_synapses_count():
    net, target, synapses, _ = build([[5.0]] * N_PRE, False, 1.0)
    synapses.s = 2
    net.run(1 * ms)
    assert target.g[:].tolist() == pytest.approx([12 * math.exp(-1 / 5)] * N_POST, rel=2.0**-50)


def test_synapses_made_between_runs_join_the_sum():
    net, target, synapses, _ = build([[1.0, 4.0]] * N_PRE, False, 0.0)
    synapses.delay = 0 * ms
    net.run(2 * ms)
    synapses.connect(i=0, j=1)
    synapses.w[-1] = 0.5
    net.run(3 * ms)
    assert target.g[:].tolist() == pytest.approx([0, 0.5 * math.exp(-1 / 5), 0, 0], rel=2.0**-50)


def test_a_constant_of_the_sum_is_looked_up_at_each_run():
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    target = NeuronGroup(1, "g : 1")
    synapses = Synapses(source, target, "g_post = scale*s : 1 (summed)\nds/dt = -s/(5*ms) : 1", on_pre="s += 1")
    synapses.connect()
    net = Network(source, target, synapses)
    scale = 2
    net.run(2 * ms)
    scale = 3
    net.run(0 * ms)
    assert target.g[0] == pytest.approx(scale * math.exp(-1 / 5), rel=2.0**-51)


# --- seen from outside ------------------------------------------------------------------------------------------------


def test_the_sum_can_be_recorded_and_explained():
    source, target = SpikeGeneratorGroup(1, [0], [1] * ms), NeuronGroup(4, "g : 1", name="target")
    synapses = Synapses(source, target, ONE_STATE, on_pre="s += 1", name="S")
    synapses.connect(n=6)
    synapses.w = 0.125
    trace = StateMonitor(target, "g", record=[2])
    net = Network(source, target, synapses, trace)
    net.run(10 * ms)
    assert trace.at([0.5, 1, 6] * ms, "g")[0] == pytest.approx([0, 0.75, 0.75 * math.exp(-1)], rel=2.0**-51)
    assert "g_post = w*s : 1 (summed)\n      exact: group 'target' has taken over the equations of the sum" in str(
        synapses.explain()
    )
    assert "dg_S_s/dt = -g_S_s / (5 * ms) : 1\n      leaky relaxation" in str(target.explain())


def test_a_monitor_made_before_the_synapses_records_the_sum():
    source, target = SpikeGeneratorGroup(1, [0], [1] * ms), NeuronGroup(1, "g : 1")
    trace = StateMonitor(target, "g", record=True)
    synapses = Synapses(source, target, "g_post = s : 1 (summed)\nds/dt = -s/(5*ms) : 1", on_pre="s += 1")
    synapses.connect()
    Network(source, target, synapses, trace).run(5 * ms)
    assert trace.at(3 * ms, "g")[0, 0] == math.exp(-2 / 5)


def test_the_group_keeps_its_state_when_synapses_bring_a_sum():
    target = NeuronGroup(2, "dv/dt = (g - v)/(10*ms) : 1\ng : 1\nk : 1")
    net = Network(target)
    target.v, target.k = [1, 2], [3, 4]
    net.run(10 * ms)
    before = target.v[:].tolist()
    source = SpikeGeneratorGroup(1, [0], [11] * ms)
    synapses = Synapses(source, target, "g_post = s : 1 (summed)\nds/dt = -s/(5*ms) : 1", on_pre="s += 1")
    synapses.connect()
    assert (target.v[:].tolist(), target.k[:].tolist()) == (before, [3, 4])
    net.add(source, synapses)
    net.run(3 * ms)
    assert target.g[0] > 0


# --- what is refused --------------------------------------------------------------------------------------------------

DECAY = "\nds/dt = -s/ms : 1"


@pytest.mark.parametrize(
    ("model", "options", "error", "expected"),
    [
        ("g = s : 1 (summed)" + DECAY, {}, EquationError, "written with _post or _pre, found 'g'\n    g = s : 1"),
        (
            "q_post = s : 1 (summed)" + DECAY,
            {},
            EquationError,
            "Synapses 'S': 'q_post' is a sum for 'q', which is no variable of group 'G'\n    q_post = s : 1 (summed)\n"
            "Declare it there as 'q : 1'.",
        ),
        ("g_post = s : 1 (summed)" + DECAY, dict(lines="g : integer"), EquationError, "which is no plain parameter"),
        ("g_post = s : 1 (summed)" + DECAY, dict(lines="g : 1 (shared)"), EquationError, "which is no plain parameter"),
        ("g_post = s : 1 (summed)" + DECAY, dict(lines="dg/dt = -g/ms : 1"), EquationError, "which is no plain param"),
        (
            "g_post = s : volt (summed)\nds/dt = -s/ms : volt",
            {},
            EquationError,
            "'g_post' is declared as volt, and 'g' of group 'G' as 1",
        ),
        ("g_post = s : 1 (summed)\ng_post = 2*s : 1 (summed)" + DECAY, {}, EquationError, "'g_post' is defined twice"),
        (
            "g_post = w*(v_pre - v_post) : 1 (summed)\nw : 1",
            dict(source="group"),
            NoExactSolutionError,
            "A current through a gap junction, w*(v_pre - v_post), would couple all neurons.",
        ),
        (
            "g_post = s*s : 1 (summed)" + DECAY,
            {},
            NoExactSolutionError,
            "Synapses 'S', summed g_post: it is not linear in the states of the synapses\n    g_post = s*s",
        ),
        ("g_post = s*u : 1 (summed)\ndu/dt = -u/ms : 1" + DECAY, {}, NoExactSolutionError, "It multiplies s by u."),
        ("g_post = s*i : 1 (summed)" + DECAY, {}, NoExactSolutionError, "it depends on 'i', which is no variable"),
        ("g_post = s*t/ms : 1 (summed)" + DECAY, {}, NoExactSolutionError, "it depends on 't'"),
        ("g_post = s*rand() : 1 (summed)" + DECAY, {}, NoExactSolutionError, "g_post: no exact solution is known"),
        (
            "g_post = s : 1 (summed)\nds/dt = (1 - s)/ms : 1",
            {},
            NoExactSolutionError,
            "Synapses 'S', equation of ds/dt: a state behind a summed variable has a drive of its own",
        ),
        (
            "g_post = s : 1 (summed)\nds/dt = -s/tau : 1\ntau : second",
            {},
            NoExactSolutionError,
            "summed g_post: the equation of s uses 'tau'\n    ds/dt = -s/tau : 1\n            ^^^^^^\nA summed",
        ),
        (
            "g_post = s : 1 (summed)\nds/dt = -s*sin(t/ms)/ms : 1",
            {},
            NoExactSolutionError,
            "summed g_post: the equation of s uses 't'",
        ),
        (
            "g_post = w*s : 1 (summed)\nw : 1 (shared)" + DECAY,
            dict(on_pre="w += 1"),
            NoExactSolutionError,
            "Synapses 'S', summed g_post: 'w' is shared by all synapses and changed by events",
        ),
        (
            "g_post = s : 1 (summed)" + DECAY,
            dict(on_pre="g_post += 1"),
            EquationError,
            "Synapses 'S', on_pre: 'g_post' is a sub-expression and cannot be set",
        ),
        (
            "g_post = s : 1 (summed)" + DECAY,
            dict(on_pre="s = 1/(v_post - v_post)"),
            SimulationError,
            "s of synapse 0 is inf after Synapses 'S', on_pre",
        ),
    ],
)
def test_a_sum_that_has_no_exact_solution_is_refused(model, options, error, expected):
    given_lines, on_pre = options.get("lines", "g : 1"), options.get("on_pre", "")
    target = NeuronGroup(2, f"v : 1\n{given_lines}", name="G")
    source = target if options.get("source") == "group" else SpikeGeneratorGroup(1, [0], [1] * ms)
    with pytest.raises(error) as caught:
        synapses = Synapses(source, target, model, on_pre=on_pre, name="S")
        synapses.connect()
        Network(source, target, synapses).run(3 * ms)
    assert expected in str(caught.value)
    assert isinstance(caught.value, EventSNNError)


def test_a_second_sum_into_the_same_variable_is_refused():
    source, target = SpikeGeneratorGroup(1, [0], [1] * ms), NeuronGroup(2, "g : 1", name="G")
    first = Synapses(source, target, "g_post = s : 1 (summed)" + DECAY, on_pre="s += 1")
    with pytest.raises(EquationError, match="'g_post' is a sum for 'g', which is the sum of other synapses already"):
        Synapses(source, target, "g_post = s : 1 (summed)" + DECAY, on_pre="s += 1")
    first.connect()
    with pytest.raises(ValueError, match="G.g: it is a sub-expression and cannot be set"):
        target.g = 3
