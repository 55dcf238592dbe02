"""What happens first when several things happen at one instant: the laws of time, for networks.

The pacemaker crosses its threshold at exactly 8 ms, 16 ms, ...; the still neuron does nothing but hold what it was
given. All times and sums are exact unless a test says otherwise, and are compared with ``==``.
"""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import run_until, spikes, times_of
from networks import exactly

from eventsnn import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    second,
)
from eventsnn.errors import EndlessSpikingError

PACEMAKER = "dv/dt = 1/(8*ms) : 1"
STILL = "v : 1"
FIRST = 10 * math.log(2)


def neurons(n=1, model=STILL, threshold="v > 1", reset="v = 0", **options):
    """Return a group; with the default model its neurons fire only when they are kicked above 1."""
    return NeuronGroup(n, model, threshold=threshold, reset=reset, namespace={}, **options)


def deaf(n=1, period=2.0, **options):
    """Return neurons that hold what they were given, but are deaf for so many ms after a spike."""
    return neurons(n, "dv/dt = 0/ms : 1 (unless refractory)", refractory=period * ms, **options)


def counters(n=1):
    """Return neurons that count what arrives and never fire."""
    return NeuronGroup(n, "n : 1", namespace={})


def inputs(*times, **options):
    """Return a generator with a neuron for each of the times [ms]."""
    return SpikeGeneratorGroup(len(times), list(range(len(times))), np.array(times, dtype=float) * ms, **options)


def connect(source, target, effect="v_post += w", i=None, j=None, w=None, delay=0.0, model="w : 1", **options):
    """Connect all with all, or those given, with weights and delays [ms] in the order of the synapses."""
    synapses = Synapses(source, target, model, on_pre=effect, namespace={}, **options)
    if i is None and j is None:
        synapses.connect()
    else:
        synapses.connect(i=np.asarray(i), j=np.asarray(j))
    if w is not None:
        synapses.w = w
    if np.any(delay):
        synapses.delay = np.asarray(delay, dtype=float) * ms
    return synapses


def run(length, group, *others):
    """Run for so many ms; return the monitor of the spikes of `group`."""
    monitor = SpikeMonitor(group)
    run_until(Network(group, monitor, *others), length)
    return monitor


def spikes_with(length, group, *kicks):
    """Return the times at which `group`, one neuron, fires with kicks (time, weight)."""
    source = inputs(*(t for t, _ in kicks))
    kick = connect(source, group, i=range(len(kicks)), j=[0] * len(kicks), w=[w for _, w in kicks])
    return times_of(run(length, group, source, kick))


# --- an input at exactly a crossing -----------------------------------------------------------------------------------


def test_an_inhibition_at_exactly_the_crossing_prevents_the_spike():
    # from 1 - 1/4 it takes another 2 ms
    assert spikes_with(12, neurons(model=PACEMAKER), (8.0, -0.25)) == [10.0]


def test_an_excitation_at_exactly_the_crossing_makes_no_second_spike():
    assert spikes_with(20, neurons(model=PACEMAKER), (8.0, 0.25)) == [8.0, 16.0]


def test_an_excitation_at_exactly_the_crossing_is_there_before_the_reset():
    assert spikes_with(20, neurons(model=PACEMAKER, reset="v -= 1"), (8.0, 0.25)) == [8.0, 14.0]


def test_inputs_of_sum_zero_at_exactly_the_crossing_change_nothing():
    assert spikes_with(20, neurons(model=PACEMAKER), (8.0, 0.25), (8.0, -0.25)) == [8.0, 16.0]


@pytest.mark.parametrize("w, fires", [(-0.25, False), (-1e-9, False), (0.0, True), (1e-9, True)])
def test_at_a_crossing_that_is_rounded_the_neuron_stands_on_its_threshold(w, fires):
    leaky = "dv/dt = (2 - v)/(10*ms) : 1"
    (crossing,) = times_of(run(10, neurons(model=leaky)))
    group, source = neurons(model=leaky), inputs(1.0)
    kick = connect(source, group, w=w)
    kick.delay = exactly(crossing - 1.0)
    trace = StateMonitor(group, "v", record=True)
    ours = times_of(run(10, group, source, kick, trace))
    assert (ours[0] == crossing) == fires
    if not fires:
        # from 1 + w again to 1, with a rounding of the time and one of the state
        delay = 10 * math.log1p(-w)
        assert ours[0] == pytest.approx(crossing + delay, abs=2 * (math.ulp(10.0) + 10 * math.ulp(2.0)))


@pytest.mark.parametrize("w, fires", [(1.0, True), (-0.5, True), (-0.999, True), (-1.001, False), (-1.5, False)])
def test_a_current_that_turns_the_membrane_back_at_its_crossing_prevents_the_spike(w, fires):
    model = "dv/dt = (2 + g - v)/(10*ms) : 1\ndg/dt = -g/(5*ms) : 1"
    (crossing,) = times_of(run(10, neurons(model=model)))
    assert crossing == pytest.approx(FIRST, rel=1e-15)
    group, source = neurons(model=model), inputs(1.0)
    kick = connect(source, group, "g_post += w", w=w)
    kick.delay = exactly(crossing - 1.0)
    # at the crossing v' is (1 + w)/10 per ms
    ours = times_of(run(crossing + 1e-3, group, source, kick))
    assert ours == [crossing] * fires


def test_an_inhibition_that_needs_one_more_round_comes_too_late():
    group, source, relay = neurons(model=PACEMAKER), inputs(8.0), neurons(name="relay")
    ours = run(19, group, source, relay, connect(source, relay, w=2), connect(relay, group, w=-0.25, name="too_late"))
    # it fires, is reset, and then goes down to -1/4
    assert times_of(ours) == [8.0, 18.0]


def test_an_inhibition_on_its_way_for_a_while_comes_in_time():
    group, source, relay = neurons(model=PACEMAKER), inputs(5.0), neurons(name="relay")
    path = [connect(source, relay, w=2, delay=1.5), connect(relay, group, w=-0.25, delay=1.5, name="in_time")]
    assert times_of(run(19, group, source, relay, *path)) == [10.0, 18.0]


@pytest.mark.parametrize("threshold, fires", [("v > 1", False), ("v >= 1", True)])
def test_a_jump_to_exactly_the_threshold_is_decided_by_the_operator(threshold, fires):
    assert spikes_with(5, neurons(threshold=threshold), (2.0, 1.0)) == [2.0] * fires
    falling = neurons(model="dv/dt = -v/(10*ms) : 1", threshold=threshold)
    assert spikes_with(5, falling, (2.0, 1.0)) == [2.0] * fires


def test_a_jump_to_exactly_the_threshold_fires_where_the_neuron_rises_from_there():
    assert spikes_with(5, neurons(model=PACEMAKER), (4.0, 0.5)) == [4.0]


def test_a_step_of_the_drive_comes_before_an_arrival_of_the_same_instant():
    for after, expected in ((0.125, [10.0]), (0.5, [8.5, 10.5]), (-1.0, [])):
        drive = TimedArray([0.125, after], times=[0, 8] * ms)
        group = NeuronGroup(1, "dv/dt = drive(t)/ms : 1", threshold="v > 1", reset="v = 0", namespace={"drive": drive})
        assert spikes_with(11, group, (8.0, -0.25)) == expected


# --- refractory periods -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again, heard", [(4.5, False), (5.999999, False), (6.0, True), (6.000001, True)])
def test_an_input_at_exactly_the_end_of_a_refractory_period_counts(again, heard):
    assert spikes_with(10, deaf(), (4.0, 2.0), (again, 2.0)) == [4.0, again][: 1 + heard]


@given(st.floats(0.5, 30.0), st.integers(-3, 3), st.sampled_from([0.0, 4.0, 3.7, 1e3]))
def test_an_input_during_the_last_ulp_of_a_refractory_period_does_not_count(period, steps, begin):
    end = begin + period
    arrival = end + steps * math.ulp(end)
    delay = arrival - begin
    assume(begin + delay == arrival)
    delay, refractory = exactly(delay), exactly(period)
    assume(delay is not None and refractory is not None)
    group = neurons(model="dv/dt = 0/ms : 1 (unless refractory)", refractory=refractory)
    source = inputs(begin)
    kick, later = connect(source, group, w=2), connect(source, group, w=2, name="later")
    later.delay = delay
    ours = times_of(run(end + 1, group, source, kick, later))
    assert ours == [begin, arrival][: 1 + (arrival >= end)]


def test_what_was_not_heard_is_gone():
    assert spikes_with(10, deaf(), (4.0, 2.0), (5.0, 0.75), (7.0, 0.75)) == [4.0]


def test_a_neuron_that_hears_while_refractory_fires_at_the_end_of_its_period():
    group = neurons(refractory=2 * ms)
    assert spikes_with(10, group, (4.0, 2.0), (5.0, 0.75), (5.5, 0.75)) == [4.0, 6.0]


def test_an_inhibition_at_exactly_the_end_of_a_period_is_there_before_the_test():
    group = neurons(refractory=2 * ms)
    assert spikes_with(10, group, (4.0, 2.0), (5.0, 1.5), (6.0, -1.0), (8.0, 1.0)) == [4.0, 8.0]


def test_a_deaf_variable_does_not_make_the_others_deaf():
    model = "dv/dt = 0/ms : 1 (unless refractory)\ng : 1"
    group, source = neurons(model=model, refractory=2 * ms), inputs(4.0, 5.0)
    both = connect(source, group, "v_post += 2; g_post += 1")
    assert times_of(run(10, group, source, both)) == [4.0]
    assert (group.v[0], group.g[0]) == (0.0, 2.0)


def test_other_statements_do_not_reach_a_deaf_variable_either():
    group, source = deaf(), inputs(4.0, 5.0, 6.0)
    ours = run(10, group, source, connect(source, group, "v_post = 2"))
    assert times_of(ours) == [4.0, 6.0]


def test_a_neuron_is_deaf_from_the_round_on_in_which_it_fires():
    # its own spike comes back without a delay: after the reset, in the refractory period
    group, source = deaf(), inputs(4.0)
    ours = run(10, group, source, connect(source, group, w=2), connect(group, group, w=2, name="autapse"))
    assert times_of(ours) == [4.0]
    assert group.v[0] == 0.0


# --- sums -------------------------------------------------------------------------------------------------------------


@given(st.floats(-3.0, 3.0), st.floats(0.0, 39.0), st.sampled_from([0.0, 2.0]))
def test_two_inputs_that_cancel_leave_no_trace_in_any_bit(w, when, period):
    def simulate(*weights):
        leaky = neurons(3, "dv/dt = (I - v)/(7.3*ms) : 1\nI : 1", refractory=period * ms)
        leaky.I = [2.0, 1.1, 0.9]
        parts = []
        if weights:
            parts = [source := inputs(*[when for _ in weights])]
            parts += [connect(source, leaky, i=k, j=[0, 1, 2], w=w) for k, w in enumerate(weights)]
        monitor = run(40, leaky, *parts)
        return spikes(monitor), np.asarray(leaky.v).tolist()

    assert simulate(w, -w) == simulate()


@given(st.permutations(range(8)), st.integers(0, 2**32))
def test_a_sum_does_not_depend_on_the_order_in_which_synapses_were_made(order, seed):
    weights = np.random.default_rng(seed).normal(size=8)
    source, count = inputs(*[3.0] * 8), counters()
    made = connect(source, count, "n_post += w", i=order, j=[0] * 8, w=weights[list(order)])
    run_until(Network(source, count, made), 5)
    total = 0.0
    for w in weights.tolist():
        total += w
    assert count.n[0] == total


def test_the_classic_sum_of_tenths_is_that_of_the_canonical_order():
    # (0.1 + 0.2) + 0.3 is not 0.3 + (0.2 + 0.1)
    for order in ([0, 1, 2], [2, 1, 0]):
        source, count = inputs(3.0, 3.0, 3.0), counters()
        made = connect(source, count, "n_post += w", i=order, j=[0, 0, 0], w=[(0.1, 0.2, 0.3)[k] for k in order])
        run_until(Network(source, count, made), 5)
        assert count.n[0] == 0.6000000000000001 != 0.3 + 0.2 + 0.1


def test_the_sum_is_added_once():
    # 1 + 1e-16 + 1e-16 in this order would stay 1
    source, count = inputs(3.0, 3.0), counters()
    count.n = 1
    run_until(Network(source, count, connect(source, count, "n_post += w", w=1e-16)), 5)
    assert count.n[0] == 1 + 2e-16 > 1


def test_a_sum_arrives_from_several_groups_and_synapses_at_once():
    # a peak of 1.5 that would cross, and an inhibition from elsewhere; neither is tested alone
    group, more, less = neurons(), inputs(3.0, name="more"), inputs(3.0, name="less")
    parts = [connect(more, group, w=1.5, name="zz"), connect(less, group, w=-1, name="aa")]
    assert times_of(run(5, group, more, less, *parts)) == []
    assert group.v[0] == 0.5


@pytest.mark.parametrize("names", [("aa", "zz"), ("zz", "aa")])
@pytest.mark.parametrize(
    "late, expected",
    [("n_post = 5", 5), ("n_post *= 2", 6), ("n_post = clip(n_post, 0, 2.5)", 2.5), ("n_post = n_post + n_post", 6)],
)
def test_other_statements_come_after_the_sums(names, late, expected):
    for made_first in ("sum", "statement"):
        source, count = inputs(3.0, 3.0), counters()
        count.n = 1
        parts = []
        for kind in ("sum", "statement") if made_first == "sum" else ("statement", "sum"):
            if kind == "sum":
                parts.append(connect(source, count, "n_post += 1", i=[0, 1], j=[0, 0], name=names[0]))
            else:
                parts.append(connect(source, count, late, i=[0], j=[0], name=names[1]))
        run_until(Network(source, count, *parts), 5)
        assert count.n[0] == expected


def test_a_bound_in_the_same_text_holds_after_all_sums():
    # Brian would clip after each synapse, 0.75 + 0.75 -> 1 -> 0.25; the sum 0.75 + 0.75 - 0.75 is below the bound
    source, count = inputs(3.0, 3.0, 3.0), counters()
    made = connect(source, count, "n_post += w; n_post = clip(n_post, 0, 1)", w=[0.75, 0.75, -0.75])
    run_until(Network(source, count, made), 5)
    assert count.n[0] == 0.75


def test_a_statement_reads_what_was_before_the_round():
    source, count = inputs(3.0, 3.0), counters()
    count.n = 1
    adds = connect(source, count, "n_post += 1", name="aa")
    reads = connect(source, count, "a = n_post", model="a : 1", name="zz")
    run_until(Network(source, count, adds, reads), 5)
    assert count.n[0] == 3 and np.asarray(reads.a).tolist() == [1, 1]


def test_a_statement_after_its_own_sum_reads_the_whole_sum():
    source, count = inputs(3.0, 3.0), counters()
    count.n = 1
    made = connect(source, count, "n_post += 1; a = n_post", model="a : 1")
    run_until(Network(source, count, made), 5)
    assert count.n[0] == 3 and np.asarray(made.a).tolist() == [3, 3]


def test_a_sum_may_depend_on_what_was_there_before():
    # a conductance-like kick: both synapses see the same n
    source, count = inputs(3.0, 3.0), counters()
    count.n = 1
    run_until(Network(source, count, connect(source, count, "n_post += 0.5*(3 - n_post)")), 5)
    assert count.n[0] == 3


def test_assignments_follow_the_numbers_of_the_sources():
    source, count = inputs(*[3.0] * 5), counters()
    order = [3, 0, 4, 2, 1]
    run_until(Network(source, count, connect(source, count, "n_post = i", i=order, j=[0] * 5)), 5)
    assert count.n[0] == 4


@pytest.mark.parametrize("text", ["v_post -= 0.5; v_post *= 0.5", "v_post = -0.5; v_post += 0.75"])
def test_statements_of_one_text_at_exactly_the_crossing_follow_each_other(text):
    # 1 - 1/2 and half of it: 1/4, 6 ms below the threshold
    group, source = neurons(model=PACEMAKER), inputs(8.0)
    assert times_of(run(15, group, source, connect(source, group, text))) == [14.0]


def test_looking_at_what_a_sum_has_made_at_exactly_the_crossing_changes_nothing():
    group, source = neurons(model=PACEMAKER), inputs(8.0)
    looks = connect(source, group, "v_post -= 0.5; a = v_post", model="a : 1")
    assert times_of(run(15, group, source, looks)) == [12.0]
    assert looks.a[0] == 0.5


@pytest.mark.parametrize("texts", [("v_post -= 0.5", "v_post *= 0.5"), ("v_post = 0.5", "v_post *= 0.5")])
def test_statements_of_several_texts_at_exactly_the_crossing_follow_each_other(texts):
    group, source = neurons(model=PACEMAKER), inputs(8.0)
    assert times_of(run(15, group, source, *(connect(source, group, text) for text in texts))) == [14.0]


def test_a_sum_and_a_statement_at_exactly_a_refractory_end_both_count():
    # above threshold at 10 ms: (9/8 - 1)/2 is 1/16, 7.5 ms below
    group, source = neurons(model=PACEMAKER, reset="v = 0.875", refractory=2 * ms), inputs(10.0)
    kick = connect(source, group, "v_post -= 1; v_post *= 0.5")
    assert times_of(run(18, group, source, kick)) == [8.0, 17.5]


def test_a_sum_and_a_statement_between_two_spikes_of_one_instant_both_count():
    # 4.5, a spike, (3.5 - 0.5)/2 = 1.5, a spike, (0.5 - 0.5)/2
    group, source = neurons(model="dv/dt = 0/ms : 1", reset="v -= 1"), inputs(3.0)
    back = connect(group, group, "v_post -= 0.5; v_post *= 0.5")
    assert times_of(run(5, group, source, connect(source, group, w=4.5), back)) == [3.0, 3.0]
    assert group.v[0] == 0.0


@pytest.mark.parametrize(
    "motion",
    [
        "n : 1",
        "dn/dt = 0/ms : 1",
    ],
)
def test_a_late_statement_reads_what_the_sums_have_made(motion):
    source, target = neurons(model=f"v : 1\n{motion}"), NeuronGroup(1, motion, namespace={})
    source.v, source.n = 2, 1
    parts = [connect(source, target, "n_pre += 1"), connect(source, target, "n_post = n_pre")]
    run_until(Network(source, target, *parts), 1)
    assert (source.n[0], target.n[0]) == (2.0, 2.0)


def test_an_assignment_to_both_neurons_of_a_synapse_is_noticed_by_both():
    # 0 crosses at 4 ms, is set to 1/2 by its own spike, and crosses again 4 ms later
    pair = neurons(2, PACEMAKER)
    pair.v = [0.5, 0]
    ours = run(11, pair, connect(pair, pair, "v_pre = 0.5; v_post = 0", i=[0], j=[1]))
    assert spikes(ours) == ([4.0, 8.0], [0, 0])


def test_an_assignment_that_lifts_the_sender_above_threshold_fires_it_again():
    pair, source = neurons(2), inputs(3.0)
    again = connect(pair, pair, "v_pre = 2*int(c < 2); v_post = 0; c += 1", i=[0], j=[1], model="c : 1", name="again")
    ours = run(5, pair, source, connect(source, pair, i=[0], j=[0], w=2), again)
    assert spikes(ours) == ([3.0] * 3, [0] * 3)


# --- pathways ---------------------------------------------------------------------------------------------------------


def test_pre_comes_before_post():
    first, second_ = inputs(3.0, name="first"), inputs(3.0, name="second_")
    both = Synapses(first, second_, "a : 1", on_pre="a = 2*a", on_post="a += 1")
    both.connect()
    both.a = 1
    run_until(Network(first, second_, both), 5)
    assert both.a[0] == 3


def test_pre_comes_before_post_after_delays_too():
    first, second_ = inputs(2.0, name="first"), inputs(1.5, name="second_")
    both = Synapses(
        first, second_, "a : 1", on_pre="a = 2*a", on_post="a += 1", delay={"pre": 1 * ms, "post": 1.5 * ms}
    )
    both.connect()
    both.a = 1
    run_until(Network(first, second_, both), 5)
    assert both.a[0] == 3


def test_the_order_of_a_pathway_is_the_users_to_choose():
    first, second_ = inputs(3.0, name="first"), inputs(3.0, name="second_")
    both = Synapses(first, second_, "a : 1", on_pre="a = 2*a", on_post="a += 1")
    both.connect()
    both.pre.order, both.post.order = 1, -1
    both.a = 1
    run_until(Network(first, second_, both), 5)
    assert both.a[0] == 4


def test_a_spike_that_an_input_causes_comes_back_in_the_next_round():
    # pre (a = 2), then the neuron fires, then post: at one instant
    source, group = inputs(3.0), neurons()
    both = Synapses(source, group, "a : 1", on_pre="a = 2*a; v_post += 2", on_post="a += 1")
    both.connect()
    both.a = 1
    assert times_of(run(5, group, source, both)) == [3.0]
    assert both.a[0] == 3


# --- rounds of one instant --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [50, 1500])
def test_a_chain_without_delays_is_one_instant(length):
    chain, source = neurons(length), inputs(3.0)
    links = connect(chain, chain, i=range(length - 1), j=range(1, length), w=2, name="links")
    ours = run(5, chain, source, connect(source, chain, i=[0], j=[0], w=2), links)
    assert spikes(ours) == ([3.0] * length, list(range(length)))


def test_a_chain_runs_against_the_numbers_just_as_well():
    chain, source = neurons(50), inputs(3.0)
    links = connect(chain, chain, i=range(1, 50), j=range(49), w=2, name="links")
    ours = run(5, chain, source, connect(source, chain, i=[0], j=[49], w=2), links)
    assert spikes(ours) == ([3.0] * 50, list(range(49, -1, -1)))


def test_a_delay_too_small_for_a_double_is_a_next_round():
    pair, source = neurons(2), inputs(3.0)
    link = connect(pair, pair, i=[0], j=[1], w=2, name="link")
    link.delay = 1e-20 * second
    ours = run(5, pair, source, connect(source, pair, i=[0], j=[0], w=2), link)
    assert spikes(ours) == ([3.0, 3.0], [0, 1])


def test_a_ring_with_refractory_periods_goes_round_once():
    ring, source = deaf(6, period=1.0), inputs(3.0)
    links = connect(ring, ring, i=range(6), j=[1, 2, 3, 4, 5, 0], w=2, name="links")
    ours = run(50, ring, source, connect(source, ring, i=[0], j=[2], w=2), links)
    assert spikes(ours) == ([3.0] * 6, [2, 3, 4, 5, 0, 1])


@pytest.mark.parametrize("w, second_time", [(-0.5, 20.0), (0.25, 14.0), (-4.0, 48.0)])
def test_two_that_fire_together_kick_each_other_after_both_resets(w, second_time):
    pair = neurons(2, PACEMAKER)
    ours = run(second_time + 1, pair, connect(pair, pair, i=[0, 1], j=[1, 0], w=w))
    assert spikes(ours) == ([8.0, 8.0, second_time, second_time], [0, 1, 0, 1])


def test_many_that_fire_together_kick_each_other_after_all_resets():
    crowd = neurons(9, PACEMAKER)
    kicks = Synapses(crowd, crowd, on_pre="v_post -= 0.125")
    kicks.connect(condition="i != j")
    # all go down to -1: 16 ms more
    assert spikes(run(25, crowd, kicks)) == ([8.0] * 9 + [24.0] * 9, [*range(9)] * 2)


def test_a_neuron_above_threshold_by_several_fires_several_times_and_each_is_sent():
    group, count, source = neurons(reset="v -= 1"), counters(), inputs(3.0)
    sent = connect(group, count, "n_post += 1", name="sent")
    ours = run(5, group, count, source, connect(source, group, w=3.5), sent)
    assert times_of(ours) == [3.0] * 3
    assert (group.v[0], count.n[0]) == (0.5, 3)


def test_arrivals_come_between_two_spikes_of_one_instant():
    # its own inhibition comes back after the first spike and takes away the second
    group, source = neurons(reset="v -= 1"), inputs(3.0)
    ours = run(5, group, source, connect(source, group, w=2.5), connect(group, group, w=-1, name="autapse"))
    assert times_of(ours) == [3.0]
    assert group.v[0] == 0.5


def test_recorded_values_are_those_after_the_instant():
    group, source = neurons(), inputs(3.0, 4.0)
    trace = StateMonitor(group, "v", record=True)
    run(5, group, source, connect(source, group, w=0.75), trace)
    assert trace.at([2.5, 3.0, 3.5, 4.0] * ms, "v")[0].tolist() == [0, 0.75, 0.75, 0]


# --- winner takes all -------------------------------------------------------------------------------------------------


def test_two_that_one_input_pushes_over_threshold_do_not_silence_each_other():
    pair, source = neurons(2), inputs(3.0)
    ours = run(
        5, pair, source, connect(source, pair, w=2), connect(pair, pair, i=[0, 1], j=[1, 0], w=-10, name="mutual")
    )
    assert spikes(ours) == ([3.0, 3.0], [0, 1])


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9, 1e-12, 0.0])
@pytest.mark.parametrize("first", [0, 1, 2])
def test_the_first_takes_all_however_small_its_lead(gap, first):
    group = neurons(3, PACEMAKER)
    group.v = [0 if k == first else -gap / 8 for k in range(3)]
    mutual = Synapses(group, group, on_pre="v_post -= 1")
    mutual.connect(condition="i != j")
    times, winners = spikes(run(8.5, group, mutual))
    assert winners == ([first] if gap else [0, 1, 2])
    assert set(times) == {8.0}


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9, 1e-12, 0.0])
def test_of_two_inputs_the_first_decides_however_small_its_lead(gap):
    pair, source = neurons(2), inputs(3.0 + gap, 3.0)
    kick = connect(source, pair, i=[0, 1], j=[0, 1], w=2)
    ours = run(5, pair, source, kick, connect(pair, pair, i=[0, 1], j=[1, 0], w=-10, name="mutual"))
    assert ours.i.tolist() == ([1] if gap else [0, 1])


# --- delivery ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=6), st.floats(1.1, 9.0))
def test_a_spike_arrives_at_exactly_the_rounded_sum_of_its_time_and_delay(delays, drive):
    exact_delays = [(d, q) for d in delays if (q := exactly(d)) is not None]
    assume(exact_delays)
    source = neurons(model="dv/dt = (I - v)/(10*ms) : 1\nI : 1", refractory=1e6 * ms, name="source")
    source.I = drive
    targets, sent = neurons(len(exact_delays), name="targets"), SpikeMonitor(source)
    line = connect(source, targets, w=2)
    line.delay = [float(q) for _, q in exact_delays] * second
    arrived = run(100, targets, source, sent, line)
    (t,) = times_of(sent)
    assert [times_of(arrived, k) for k in range(len(exact_delays))] == [[t + d] for d, _ in exact_delays]


def test_delays_of_one_target_may_overtake_each_other():
    source, group = inputs(1.0, 2.0, 3.0), neurons()
    line = connect(source, group, w=2, delay=[5.0, 3.0, 1.0])
    assert times_of(run(10, group, source, line)) == [4.0, 5.0, 6.0]


def test_several_synapses_between_two_neurons_are_several():
    source, count = inputs(1.0), counters()
    line = connect(source, count, "n_post += 1", i=[0, 0, 0], j=[0, 0, 0], delay=[1.0, 1.0, 2.0])
    network = Network(source, count, line)
    for end, expected in ((2.0, 0), (2.5, 2), (3.5, 3)):
        run_until(network, end)
        assert count.n[0] == expected


# --- loops that do not come to rest -----------------------------------------------------------------------------------


def endless(*objects):
    with pytest.raises(EndlessSpikingError) as caught:
        run_until(Network(*objects), 5)
    return str(caught.value)


def test_a_loop_without_delay_is_named():
    pair, source = neurons(2, name="exc"), inputs(3.0, name="inputs")
    text = endless(pair, source, connect(source, pair, w=2), connect(pair, pair, i=[0, 1], j=[1, 0], w=2, name="loop"))
    assert "'exc'" in text and "'loop'" in text and "t = 3" in text
    assert "inputs" not in text


def test_an_autapse_without_delay_is_a_loop():
    group, source = neurons(name="exc"), inputs(3.0)
    text = endless(group, source, connect(source, group, w=2), connect(group, group, w=2, name="autapse"))
    assert "'exc'" in text and "'autapse'" in text


def test_a_loop_over_several_groups_is_named_with_all_of_them():
    a, b, source = neurons(name="here"), neurons(name="there"), inputs(3.0)
    text = endless(
        a, b, source, connect(source, a, w=2), connect(a, b, w=2, name="forth"), connect(b, a, w=2, name="back")
    )
    assert all(f"'{name}'" in text for name in ("here", "there", "forth", "back"))


def test_a_loop_whose_delays_are_too_small_for_a_double_is_named():
    pair, source = neurons(2, name="exc"), inputs(3.0)
    loop = connect(pair, pair, i=[0, 1], j=[1, 0], w=2, name="loop")
    loop.delay = 1e-20 * second
    text = endless(pair, source, connect(source, pair, w=2), loop)
    assert "'exc'" in text and "'loop'" in text and "its threshold" not in text


def test_a_loop_with_a_small_delay_is_none():
    pair, source = neurons(2, name="exc"), inputs(3.0)
    loop = connect(pair, pair, i=[0, 1], j=[1, 0], w=2, delay=1 / 64, name="loop")
    monitor = SpikeMonitor(pair)
    run_until(Network(pair, monitor, source, connect(source, pair, i=[0], j=[0], w=2), loop), 5)
    assert times_of(monitor, 0) == [3 + k / 32 for k in range(64)]


def test_a_large_crowd_that_fires_together_is_in_order():
    crowd, brake = neurons(3000, PACEMAKER, name="crowd"), neurons(threshold="v > 0.5", name="brake")
    excite = connect(crowd, brake, w=1 / 4096, name="excite")
    inhibit = connect(brake, crowd, w=-0.5, name="inhibit")
    # 3000/4096 is above one half; then all go down to -1/2: 12 ms more
    times, who = spikes(run(21, crowd, brake, excite, inhibit))
    assert times == [8.0] * 3000 + [20.0] * 3000 and who == [*range(3000)] * 2


def test_a_crowd_that_inhibits_itself_without_delay_is_in_order():
    crowd = neurons(300, PACEMAKER)
    kicks = Synapses(crowd, crowd, on_pre="v_post -= 1/128.0")
    kicks.connect()
    times, _ = spikes(run(35, crowd, kicks))
    assert times == [8.0] * 300 + [16.0 + 8 * 300 / 128] * 300
