"""Custom events: when a condition becomes true, and what follows from it."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import run_until

import eventsnn
from eventsnn import (
    EndlessSpikingError,
    EventMonitor,
    MissingError,
    Network,
    NeuronGroup,
    NoExactSolutionError,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
)


def events(group, *others, name="e", end=20.0, cuts=(), between=None, variables=None):
    """Return the instants [ms] and neurons of an event, and the monitor."""
    monitor = EventMonitor(group, name, variables=variables)
    network = Network(group, monitor, *others)
    for cut in (*cuts, end):
        run_until(network, cut)
        if between is not None:
            between(network)
    return monitor._record.time_array().tolist(), monitor.i.tolist(), monitor


def inputs(group, times, text, name="inputs"):
    """Return a stimulus and synapses that carry out `text` at these times [ms] on every neuron."""
    source = SpikeGeneratorGroup(1, [0] * len(times), times * ms, name=name)
    synapses = Synapses(source, group, on_pre=text, name=f"{name}_synapses")
    synapses.connect()
    return source, synapses


# --- edges ------------------------------------------------------------------------------------------------------------


def test_an_event_happens_when_its_condition_becomes_true_and_not_while_it_holds():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x > 3"})
    assert events(group)[0] == [3.0]


def test_each_rise_of_an_oscillation_is_one_event():
    group = NeuronGroup(1, "dx/dt = y/ms : 1\ndy/dt = -x/ms : 1", events={"e": "x > 0.5", "fall": "x < 0.5"})
    group.x = 1
    rises, _, _ = events(group, end=20.0)
    # cos(t) passes 0.5 upwards at 2 pi n - pi/3
    expected = [2 * math.pi * n - math.pi / 3 for n in (1, 2, 3)]
    assert rises == pytest.approx(expected, rel=0, abs=8 * 2.0**-52 * 20)


def test_a_condition_true_from_the_beginning_is_no_event():
    group = NeuronGroup(2, "dx/dt = -x/(10*ms) : 1", events={"e": "x > 1"})
    group.x = [2, 0.5]
    assert events(group)[0] == []


def test_on_its_level_at_the_beginning_the_condition_becomes_true_at_once_where_it_rises():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x > 0"})
    assert events(group)[0] == [0.0]
    other = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x >= 0"})
    assert events(other)[0] == []


def test_times_of_regular_events_do_not_drift():
    group = NeuronGroup(1, "dx/dt = 1/(0.1*ms) : 1", events={"e": "x > 1"})
    group.run_on_event("e", "x = 0")
    times, _, _ = events(group, end=100.05)
    assert times == pytest.approx([0.1 * n for n in range(1, 1001)], abs=2.0**-46)
    assert len(times) == 1000


def test_a_condition_may_be_about_time():
    group = NeuronGroup(2, "x : 1", events={"e": "t > 5*ms or x > 1"})
    group.x = [0, 2]
    assert events(group)[:2] == ([5.0], [0])


def test_a_condition_may_compare_two_variables():
    group = NeuronGroup(
        3, "dv/dt = (a - v)/(10*ms) : 1\ndw/dt = -w/(10*ms) : 1\na : 1", events={"e": "v > w", "f": "v - w > 0.25"}
    )
    group.a, group.w = [2, 1, 0.5], 1
    # a (1 - z) = z + level, with z = exp(-t/10)
    times, neurons, _ = events(group, end=60.0)
    assert neurons == [0, 1, 2]
    assert times == pytest.approx([-10 * math.log(a / (a + 1)) for a in (2, 1, 0.5)], rel=8 * 2.0**-52)
    again = NeuronGroup(3, "dv/dt = (a - v)/(10*ms) : 1\ndw/dt = -w/(10*ms) : 1\na : 1", events={"f": "v - w > 0.25"})
    again.a, again.w = [2, 1, 0.5], 1
    times, _, _ = events(again, name="f", end=60.0)
    assert times == pytest.approx([-10 * math.log((a - 0.25) / (a + 1)) for a in (2, 1, 0.5)], rel=32 * 2.0**-52)


def test_parts_of_a_condition_join():
    group = NeuronGroup(
        1,
        "dx/dt = 1/ms : 1\ndy/dt = -1/ms : 1",
        events={"both": "x > 2 and y > 4", "either": "x > 6 or y < 1", "between": "x > 2 and x < 3"},
    )
    group.y = 10
    assert events(group, name="both")[0] == [2.0]
    for name, expected in (("either", [6.0]), ("between", [2.0])):
        other = NeuronGroup(1, "dx/dt = 1/ms : 1\ndy/dt = -1/ms : 1", events={name: group.events[name]})
        other.y = 10
        assert events(other, name=name)[0] == expected


def test_an_instant_at_which_one_part_gives_way_to_another_is_no_rise():
    # x > 2 ends the one as it begins the other, with equality in neither
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "(x > 1 and x <= 2) or x > 2"})
    assert events(group)[0] == [1.0]


@given(
    st.lists(st.tuples(st.integers(1, 79), st.integers(-8, 8)), max_size=8),
    st.sampled_from([">", ">="]),
    st.lists(st.integers(1, 79), max_size=3),
)
def test_jumps_of_a_constant_make_the_events_that_a_list_says(jumps, operator, cuts):
    """The condition is about a parameter's value after all inputs of an instant; only its rises count."""
    eventsnn.start_scope()
    by_instant = {}
    for instant, size in jumps:
        by_instant[instant] = by_instant.get(instant, 0) + size
    expected, x = [], 0
    for instant, size in sorted(by_instant.items()):
        holds = (lambda v: v > 3) if operator == ">" else (lambda v: v >= 3)
        if holds(x + size) and not holds(x):
            expected.append(instant / 4)
        x += size
    group = NeuronGroup(1, "x : 1", events={"e": f"x {operator} 3"})
    parts = []
    for number, (instant, size) in enumerate(jumps):
        parts += inputs(group, [instant / 4], f"x += {size}", name=f"input_{number}")
    found, _, _ = events(group, *parts, cuts=sorted(cut / 4 for cut in cuts))
    assert found == expected


def polygon(changes, end):
    """Return the rises of ``x > 3`` along straight lines that begin at the instants of (size of a jump, new slope).

    The law read out: at an instant all changes come first. The condition rises there if it did not hold just before,
    and holds then or just after; and wherever a line passes the level upwards.
    """
    rises, held, t, x, slope = [], False, 0.0, 0.0, 0.0
    for instant, (size, new) in [*sorted(changes.items()), (end, (0.0, 0.0))]:
        if slope and t < (passing := t + (3 - x) / slope) < instant:
            rises += [passing] * (slope > 0)
            held = slope > 0
        elif slope and t < passing == instant:
            held = slope < 0
        x, t = x + slope * (instant - t) + size, instant
        slope = slope if new is None else new
        after = x > 3 or (x == 3 and slope > 0)
        if t < end and not held and after:
            rises.append(t)
        held = after
    return rises


@given(
    st.dictionaries(
        st.integers(1, 79),
        st.tuples(st.integers(-12, 12), st.one_of(st.none(), st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]))),
        max_size=8,
    ),
    st.lists(st.integers(1, 79), max_size=3),
    st.booleans(),
)
def test_a_course_of_straight_lines_makes_the_events_that_the_law_says(changes, cuts, has_other):
    eventsnn.start_scope()
    changes = {instant / 4: (size / 4, slope) for instant, (size, slope) in changes.items()}
    group = NeuronGroup(1, "dx/dt = slope/ms : 1\nslope : 1\ng : 1", events={"e": "x > 3"}, name="G")
    parts = []
    for number, (instant, (size, slope)) in enumerate(changes.items()):
        text = f"x += {size}" + ("" if slope is None else f"; slope = {slope}")
        parts += inputs(group, [instant], text, name=f"input_{number}")
    if has_other:
        # what concerns another variable changes nothing
        parts += inputs(group, [0.25 * n for n in range(1, 80)], "g += 1", name="other")
    found, _, _ = events(group, *parts, cuts=sorted(cut / 4 for cut in cuts))
    assert found == polygon(changes, 20.0)


def test_several_inputs_of_one_instant_that_cancel_make_no_event():
    group = NeuronGroup(1, "x : 1", events={"e": "x > 1"})
    assert events(group, *inputs(group, [1.0], "x += 5", "a"), *inputs(group, [1.0], "x -= 5", "b"))[0] == []


def test_a_jump_across_the_level_and_back_in_two_rounds_is_an_event():
    group = NeuronGroup(1, "x : 1", events={"e": "x > 1"})
    group.run_on_event("e", "x = 0")
    times, _, _ = events(group, *inputs(group, [1.0, 1.5, 4.0], "x += 2"))
    assert times == [1.0, 1.5, 4.0]


def test_an_input_that_changes_something_else_makes_no_second_event():
    group = NeuronGroup(100, "dx/dt = (a - x)/(10*ms) : 1\na : 1\ng : 1", events={"e": "x > 1"})
    group.a = np.linspace(1.5, 5, 100)
    times, neurons, _ = events(group, *inputs(group, [0.5, 2.0, 5.0, 10.5, 15.0], "g += 1"))
    assert sorted(neurons) == list(range(100))
    assert sorted(times) == pytest.approx(sorted(10 * np.log(group.a / (group.a - 1))), rel=1e-13)


CONDITIONS = [
    "x > 0.5",
    "x < 0.5",
    "x > z",
    "x > z and y > 0",
    "x > 0.7 or z > 0.4",
    "x - y > 0.3 and t < 11*ms",
    "not (x > 0.2 and z > 0.3)",
    "u > 0.8",
    "u > z",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_does_not_concern_the_condition_makes_no_difference(condition):
    """Neither inputs, resets, statements of events, nor cuts; also those that come at the very instant of an event."""

    def found(disturb):
        eventsnn.start_scope()
        group = NeuronGroup(
            5,
            """dx/dt = (1 + 0.3*i)*y/ms : 1
            dy/dt = -(1 + 0.3*i)*x/ms : 1
            dz/dt = (0.6 - z)/(10*ms) : 1
            du/dt = (1.3 - u)/(3*ms) : 1
            g : 1
            k : 1""",
            threshold="x > 0.9",
            reset="k += 1",
            refractory=2 * ms,
            events={"e": condition, "other": "z > 0.3 or y > 0.5", "same": condition},
        )
        group.y = 0.99
        parts = []
        if disturb:
            group.run_on_event("other", "g += 1")
            group.run_on_event("same", "k += 1")
            back = Synapses(group, group, on_pre="g_post += 1", on_event="e")
            back.connect("i == j")
            parts = [back, *inputs(group, np.arange(0.5, 14, 0.5).tolist(), "g += 1")]
        times, neurons, monitor = events(group, *parts, end=14.0, cuts=(3.0, 7.7) if disturb else ())
        return sorted(zip(neurons, times, strict=True)), monitor

    (plain, _), (disturbed, _) = found(False), found(True)
    assert [k for k, _ in plain] == [k for k, _ in disturbed]
    assert len(plain) >= 5
    # each of some thirty interruptions may move a crossing by some ulp of its variables over its slope
    assert [t for _, t in plain] == pytest.approx([t for _, t in disturbed], rel=0, abs=30 * 8 * 2.0**-52 / 0.02)


def test_an_input_while_the_condition_holds_and_will_cease_makes_no_second_event():
    """What is to come must not be taken for what is."""
    group = NeuronGroup(1, "dx/dt = -x/(10*ms) : 1\ng : 1", events={"e": "x > 1"})
    assert events(
        group, *inputs(group, [1.0], "x += 2", "kick"), *inputs(group, [2.0, 3.0, 7.0, 12.0], "g += 1", "other")
    )[0] == [1.0]


def test_a_level_is_crossed_anew_after_the_condition_has_ceased():
    group = NeuronGroup(1, "dx/dt = -x/(10*ms) : 1", events={"e": "x > 1"})
    # from 2 it falls below 1 after 6.9 ms
    assert events(group, *inputs(group, [1.0, 2.0, 12.0, 13.0], "x = 2"))[0] == [1.0, 12.0]


def test_a_step_of_the_drive_may_make_the_condition_true():
    namespace = {"steps": TimedArray([0, 3, 0, 3], dt=2 * ms)}
    group = NeuronGroup(1, "dx/dt = steps(t)/ms : 1", events={"e": "steps(t) > 1", "f": "x > 9"}, namespace=namespace)
    later = EventMonitor(group, "f")
    assert events(group, later, end=7.5)[0] == [2.0, 6.0]
    assert (later.t / ms).tolist() == [7.0]


# --- refractory periods -----------------------------------------------------------------------------------------------


def test_events_go_on_in_the_refractory_period():
    group = NeuronGroup(
        1,
        "dv/dt = 1/ms : 1 (unless refractory)\ndx/dt = 1/ms : 1",
        threshold="v > 2",
        reset="v = 0; x = 0",
        refractory=5 * ms,
        events={"e": "x > 3", "frozen": "v > 1"},
    )
    # spikes at 2, 9, 16; x is 3 three milliseconds after each
    assert events(group)[0] == [5.0, 12.0, 19.0]


def test_a_frozen_variable_crosses_its_level_after_the_period():
    group = NeuronGroup(
        1,
        "dv/dt = 1/ms : 1 (unless refractory)",
        threshold="v > 2",
        reset="v = 0",
        refractory=5 * ms,
        events={"e": "v > 1"},
    )
    assert events(group)[0] == [1.0, 8.0, 15.0]


def test_the_condition_may_ask_for_the_refractory_period_through_an_equation():
    group = NeuronGroup(
        1,
        "dv/dt = 1/ms : 1 (unless refractory)\ndx/dt = int(not_refractory)*(-x/ms) + int(not not_refractory)/ms : 1",
        threshold="v > 2",
        reset="v = 0",
        refractory=5 * ms,
        events={"e": "x > 4"},
    )
    # x rises in the period, from 0 at 2 ms, and relaxes after 7 ms
    times, _, _ = events(group, end=14.0)
    assert times[0] == 6.0
    left = 5 * math.exp(-2)
    assert times[1:] == pytest.approx([9 + 4 - left], rel=4 * 2.0**-52)


# --- together with spikes ---------------------------------------------------------------------------------------------


def test_the_threshold_itself_may_be_an_event():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1\nn : 1", threshold="v > 1", reset="v = 0", events={"e": "v > 1"}, name="G")
    group.run_on_event("e", "n += 1")
    spikes = SpikeMonitor(group)
    times, _, _ = events(group, spikes, end=3.5)
    assert times == (spikes.t / ms).tolist() == [1.0, 2.0, 3.0]
    # the reset stands
    assert (group.v[0], group.n[0]) == (0.5, 3)


def test_what_an_event_carries_out_comes_after_the_reset():
    group = NeuronGroup(
        1, "dv/dt = 1/ms : 1\nn : 1", threshold="v > 1", reset="v = 0; n = 10", events={"e": "v > 1"}, name="G"
    )
    group.run_on_event("e", "n = 2*n + v")
    events(group, end=1.5)
    assert group.n[0] == 20


@pytest.mark.parametrize("code", [None, "n += 1"])
@pytest.mark.parametrize("reset", ["k = 1", "v = 0"])
def test_a_crossing_that_is_rounded_is_one_event_also_when_the_neuron_is_changed_there(code, reset):
    """The neuron stands on the level of its event as it does on its threshold."""
    group = NeuronGroup(
        200,
        "dv/dt = (a - v)/(10*ms) : 1 (unless refractory)\na : 1\nk : 1\nn : 1",
        threshold="v > 1",
        reset=reset,
        refractory=100 * ms,
        events={"e": "v > 1"},
    )
    if code:
        group.run_on_event("e", code)
    group.a = np.linspace(1.1, 5, 200)
    _, _, monitor = events(group, end=30.0)
    assert set(monitor.count) == {1}
    assert set(group.n[:]) == {1.0 if code else 0.0}


@pytest.mark.parametrize("delay", [0.0, 1.0])
@pytest.mark.parametrize("condition", ["y > 1", "y > z", "y - z > 0.1 and y > 0"])
def test_an_event_that_comes_back_to_its_own_neuron_happens_once(condition, delay):
    group = NeuronGroup(
        100,
        "dy/dt = (a - y)/(10*ms) : 1\ndz/dt = (1 - z)/(5*ms) : 1\na : 1\ng : 1",
        events={"e": condition},
    )
    group.a = np.linspace(1.2, 5, 100)
    synapses = Synapses(group, group, on_pre="g_post += 1", on_event="e", delay=delay * ms)
    synapses.connect("i == j")
    _, _, monitor = events(group, synapses, end=60.0)
    # y rises above every level but once; from y = z = 0 on it may do so at once
    assert set(monitor.count) <= {0, 1}
    assert sum(monitor.count) >= 95
    assert group.g[:].tolist() == monitor.count.tolist()


def test_events_of_one_instant_see_the_neuron_before_the_reset():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1\nk : 1", threshold="v > 2", reset="v = 0; k = 5", events={"e": "v > 2"})
    times, _, monitor = events(group, end=5.0, variables=["v", "k"])
    assert (times, monitor.v.tolist(), monitor.k.tolist()) == ([2.0, 4.0], [2.0, 2.0], [0.0, 5.0])


def test_a_reset_may_make_the_condition_true():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1\nk : 1", threshold="v > 2", reset="v = 0; k += 1", events={"e": "k > 1"})
    assert events(group, end=7.0)[0] == [4.0]


def test_a_reset_may_make_it_false_and_the_course_true_again():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 2", reset="v = 0", events={"e": "v > 1"})
    assert events(group, end=7.5)[0] == [1.0, 3.0, 5.0, 7.0]


def test_an_inhibition_at_exactly_the_crossing_prevents_the_event():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x > 2"})
    assert events(group, *inputs(group, [2.0], "x -= 1"))[0] == [3.0]


# --- what events carry out --------------------------------------------------------------------------------------------


def test_statements_follow_one_another_and_add_up_over_calls():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\nn : 1\nm : integer", events={"e": "x > 2"})
    group.run_on_event("e", "n += 1; x = 0")
    group.run_on_event("e", "n = 10*n; m += 1")
    events(group, end=7.0)
    assert (group.n[0], group.m[0], group.x[0]) == (1110.0, 3, 1.0)


def test_several_events_of_one_neuron_at_one_instant_follow_their_order():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\nn : 1", events={"b": "x > 2", "a": "x > 2"})
    group.run_on_event("a", "n = 2*n")
    group.run_on_event("b", "n = n + 3; x = 0")
    events(group, name="b", end=5.0)
    # b was declared first
    assert (group.n[0], group.x[0]) == ((((0 + 3) * 2) + 3) * 2, 1.0)


def test_one_event_may_make_another_happen_at_the_same_instant():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\nn : 1\nk : 1", events={"first": "x > 2", "second": "n > 1"})
    group.run_on_event("first", "n += 1; x = 0")
    group.run_on_event("second", "n = 0; k = t/ms")
    assert events(group, name="second", end=9.0)[0] == [4.0, 8.0]
    assert group.k[0] == 8.0


def test_an_event_may_make_the_neuron_fire():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\nv : 1", threshold="v > 1", reset="v = 0", events={"e": "x > 2"}, name="G")
    group.run_on_event("e", "v = 5; x = 0")
    spikes = SpikeMonitor(group)
    events(group, spikes, end=5.0)
    assert (spikes.t / ms).tolist() == [2.0, 4.0]


def test_draws_of_an_event_are_those_of_its_neuron():
    def drawn(n, cuts=()):
        eventsnn.start_scope()
        eventsnn.seed(3)
        group = NeuronGroup(n, "dx/dt = 1/ms : 1\nr : 1", events={"e": "x > 1 + 0.25*i"}, name="G")
        group.run_on_event("e", "x = 0; r = rand()")
        events(group, cuts=cuts)
        return group.r[:].tolist()

    two = drawn(2)
    assert len({*two, 0.0}) == 3
    assert drawn(4)[:2] == two
    assert drawn(2, (1.0, 3.3, 7.5)) == two


def test_what_an_event_carries_out_is_recorded():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x > 2"})
    group.run_on_event("e", "x = -1")
    trace = StateMonitor(group, "x", record=True)
    events(group, trace, end=6.0)
    assert trace.at([1.5, 2, 3, 4.5, 5, 5.5] * ms, "x")[0].tolist() == [1.5, -1, 0, 1.5, -1, -0.5]


def test_events_do_what_they_do_where_the_coefficients_are_changed():
    group = NeuronGroup(1, "dx/dt = slope/ms : 1\nslope : 1", events={"up": "x > 2", "down": "x < 0"})
    group.slope = 1
    group.run_on_event("up", "slope = -0.5")
    group.run_on_event("down", "slope = 1")
    # up at 2, down at 2 + 4, up at 6 + 2, down at 8 + 4
    assert events(group, name="down")[0] == [6.0, 12.0, 18.0]


def test_an_event_that_never_comes_to_rest_is_named():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x > 1", "f": "x < 0.5"}, name="G")
    group.run_on_event("e", "x = 0")
    group.run_on_event("f", "x = 2")
    with pytest.raises(EndlessSpikingError) as caught:
        events(group)
    assert str(caught.value).startswith(
        "Simulation stopped at t = 1.0 ms: event 'e' of neuron 0 of group 'G' happened 1000 times at this same instant"
    )
    assert "what it carries out makes its condition false and true again" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = log(x - x)", "event 'e' of group 'G' leaves x of neuron 0 at -inf"),
        ("n = 1/(x - x)", "event 'e' of group 'G' gives no whole number for neuron 0"),
    ],
)
def test_values_that_are_no_numbers_stop_the_run(code, expected):
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\nn : integer", events={"e": "x > 1"}, name="G")
    group.run_on_event("e", code)
    with pytest.raises(RuntimeError) as caught:
        events(group)
    assert f"Simulation stopped at t = 1.0 ms: {expected}" in str(caught.value)


def test_a_level_that_all_neurons_share_cannot_be_moved_by_events():
    group = NeuronGroup(2, "dx/dt = 1/ms : 1\ng : 1 (shared)", events={"e": "x > g"}, name="G")
    group.run_on_event("e", "g += 1")
    with pytest.raises(NoExactSolutionError, match="group 'G', event: 'g' is shared by all neurons and used"):
        events(group)
    group = NeuronGroup(2, "dx/dt = 1/ms : 1\ng : 1 (shared)", events={"e": "x > g"}, name="H")
    with pytest.raises(NoExactSolutionError, match="group 'H': 'g' is shared by all neurons .* and synapses change it"):
        events(group, *inputs(group, [1.0], "g_post += 1"))


def test_only_events_that_exist_can_carry_something_out():
    group = NeuronGroup(1, "x : 1", threshold="x > 1", reset="x = 0", events={"e": "x > 2"}, name="G")
    with pytest.raises(MissingError, match=r"'G'.run_on_event: there is no event 'f'; events are: 'e'.$"):
        group.run_on_event("f", "x = 0")
    with pytest.raises(MissingError, match="events are: 'e'. What a spike does is its reset."):
        group.run_on_event("spike", "x = 0")


# --- between runs -----------------------------------------------------------------------------------------------------


@cache
def cut_story(cuts):
    eventsnn.start_scope()
    group = NeuronGroup(
        8,
        "dv/dt = (2 - v)/(10*ms) : 1 (unless refractory)\ndw/dt = (v - w)/(3*ms) : 1\nn : 1\ng : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * ms,
        events={"e": "w > 0.5 + 0.01*i", "cross": "v > w"},
        name="G",
    )
    group.run_on_event("e", "w -= 0.25; n += 1")
    group.v = "0.04*i"
    synapses = Synapses(group, group, on_pre="g_post += 1; w_post += 0.01", on_event="cross", name="S")
    synapses.connect("abs(i - j) == 1")
    synapses.delay = "0.3*ms + 0.1*i*ms"
    monitor = EventMonitor(group, "cross", name="crossings")
    times, neurons, _ = events(group, synapses, monitor, cuts=cuts, end=40.0)
    crossings = monitor._record.time_array().tolist(), monitor.i.tolist()
    return times, neurons, crossings, group.v[:].tolist(), group.w[:].tolist(), group.g[:].tolist()


@pytest.mark.parametrize("cuts", [(7.0,), (0.1, 0.2, 0.3, 20.0, 39.99), tuple(np.linspace(1, 39, 20))])
def test_cutting_a_run_changes_no_bit(cuts):
    story = cut_story(())
    assert len(story[0]) > 50
    assert len(story[2][0]) > 25
    assert cut_story(cuts) == story


def test_cutting_a_run_exactly_at_events_changes_no_bit():
    story = cut_story(())
    cuts = tuple(sorted({*story[0][::7], *story[2][0][::11]}))
    assert cut_story(cuts) == story


@pytest.mark.parametrize("dynamics", ["dx/dt = 1/ms : 1", "x : 1"])
def test_made_true_by_an_assignment_between_runs_it_is_an_event_at_that_instant(dynamics):
    group = NeuronGroup(1, f"{dynamics}\ntheta : 1", events={"e": "x > theta"})
    group.theta = 100
    monitor = EventMonitor(group, "e")
    net = Network(group, monitor)
    net.run(4 * ms)
    group.x = 200
    assert monitor.num_events == 0
    net.run(4 * ms)
    assert (monitor.t / ms).tolist() == [4.0]


def test_a_level_that_is_moved_past_the_variable_between_runs_makes_an_event():
    group = NeuronGroup(2, "dx/dt = 1/ms : 1\ntheta : 1", events={"e": "x > theta"})
    group.theta = [100, 3]
    monitor = EventMonitor(group, "e")
    net = Network(group, monitor)
    net.run(4 * ms)
    group.theta[0] = 2
    net.run(4 * ms)
    assert (monitor.i.tolist(), (monitor.t / ms).tolist()) == ([1, 0], [3.0, 4.0])
    # back above the variable, and reached from there
    group.theta = 10
    net.run(4 * ms)
    assert (monitor.t / ms).tolist() == [3.0, 4.0, 10.0, 10.0]


def test_a_constant_of_the_condition_is_looked_up_at_each_run():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x > level"})
    monitor = EventMonitor(group, "e")
    net = Network(group, monitor)
    level = 100
    net.run(4 * ms)
    level = 2
    net.run(1 * ms)
    level = 7
    net.run(4 * ms)
    assert ((monitor.t / ms).tolist(), level) == ([4.0, 7.0], 7)


def test_a_condition_that_is_made_false_between_runs_can_become_true_again():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x > 2"})
    monitor = EventMonitor(group, "e")
    net = Network(group, monitor)
    net.run(4 * ms)
    group.x = 1
    net.run(4 * ms)
    assert (monitor.t / ms).tolist() == [2.0, 5.0]


def test_an_assignment_that_leaves_the_condition_true_is_no_event():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\ng : 1", events={"e": "x > 2"})
    monitor = EventMonitor(group, "e")
    net = Network(group, monitor)
    net.run(4 * ms)
    group.x = 3
    net.run(1 * ms)
    group.g = 7
    net.run(1 * ms)
    assert (monitor.t / ms).tolist() == [2.0]


def test_a_run_that_was_stopped_at_an_event_does_not_repeat_it():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x > 2"})
    # something happens often enough for the run to be stopped
    clock = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 0.0078125", reset="v = 0", name="clock")
    monitor = EventMonitor(group, "e")
    net = Network(group, clock, monitor)

    def stop(elapsed, completed, start, duration):
        if completed > 0:
            eventsnn.stop()

    net.run(20 * ms, report=stop, report_period=0 * ms)
    assert float(net.t / ms) == 2.0
    net.run(20 * ms)
    assert (monitor.t / ms).tolist() == [2.0]


# --- synapses ---------------------------------------------------------------------------------------------------------


def test_events_travel_through_synapses_with_their_delays():
    source = NeuronGroup(2, "dx/dt = 1/ms : 1", events={"e": "x > 1 + i"})
    target = NeuronGroup(2, "y : 1\nwhen : 1")
    synapses = Synapses(source, target, "w : 1", on_pre="y += w; when = t/ms", on_event="e")
    synapses.connect("i == j")
    synapses.w, synapses.delay = [10, 20], [0.5, 0] * ms
    Network(source, target, synapses).run(5 * ms)
    assert (target.y[:].tolist(), target.when[:].tolist()) == ([10, 20], [1.5, 2.0])


def test_events_behind_the_synapses_drive_on_post():
    source = NeuronGroup(1, "y : 1")
    target = NeuronGroup(2, "dx/dt = 1/ms : 1", events={"e": "x > 1 + i"})
    synapses = Synapses(source, target, "w : 1", on_post="w = t/ms", on_event={"post": "e"}, delay={"post": 0.25 * ms})
    synapses.connect()
    Network(source, target, synapses).run(5 * ms)
    assert synapses.w[:].tolist() == [1.25, 2.25]


def test_a_chain_of_events_without_delay_is_one_instant():
    group = NeuronGroup(50, "x : 1", events={"e": "x > 1"})
    chain = Synapses(group, group, on_pre="x_post += 2", on_event="e")
    chain.connect("j == i + 1")
    times, neurons, _ = events(group, chain, *_first(group))
    assert (set(times), neurons) == ({1.0}, list(range(50)))


def _first(group):
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    synapses = Synapses(source, group, on_pre="x_post += 2", name="start")
    synapses.connect(j=0, i=0)
    return source, synapses


def test_events_on_their_way_arrive_in_a_later_run():
    source = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"e": "x > 1"})
    target = NeuronGroup(1, "y : 1")
    synapses = Synapses(source, target, on_pre="y = t/ms", on_event="e", delay=5 * ms)
    synapses.connect()
    net = Network(source, target, synapses)
    net.run(3 * ms)
    net.run(4 * ms)
    assert target.y[0] == 6.0


def test_events_that_kick_each_other_without_end_name_their_synapses():
    group = NeuronGroup(2, "dx/dt = 1/(10*ms) : 1", events={"full": "x > 1"}, name="pair")
    group.run_on_event("full", "x = 0")
    synapses = Synapses(group, group, on_pre="x_post += 2", on_event="full", name="kicks")
    synapses.connect(condition="i != j")
    with pytest.raises(EndlessSpikingError) as caught:
        Network(group, synapses).run(20 * ms)
    assert "1000 events 'full' of neuron" in str(caught.value)
    assert "Group 'pair' excites itself through 'kicks', whose delay is 0 ms" in str(caught.value)
