"""Figures of plasticity show what the model does, and what was recorded, at its exact times."""

from __future__ import annotations

import math
import warnings

import matplotlib
import numpy as np
import plasticity_oracle as oracle
import pytest

from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    EventSNNWarning,
    Hz,
    MissingError,
    Network,
    NeuronGroup,
    OutOfRangeError,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    UnknownNameError,
    WrongTypeError,
    models,
    ms,
    mV,
    nS,
    plotting,
    second,
    seed,
    volt,
)

matplotlib.use("Agg")
from matplotlib import pyplot

# One rounding each for the value, for SI and for the unit of the axis, of numbers of order one
ROUNDING = 4 * np.finfo(float).eps

MODEL = """w : 1
dapre/dt = -apre/(20*ms) : 1 (event-driven)
dapost/dt = -apost/(30*ms) : 1 (event-driven)"""
ON_PRE = """v_post += w
apre += 0.01
w = clip(w + apost, 0, 1)"""
ON_POST = """apost -= 0.012
w = clip(w + apre, 0, 1)"""
LAGS = np.array([-40.0, -7.5, -0.1, 0.0, 0.1, 3.7, 55.0])


def window(lags, shift=0.0):
    """The changes that these texts stand for."""
    lags = lags - shift
    return np.where(lags >= 0, 0.01 * np.exp(-lags / 20), -0.012 * np.exp(lags / 30))


@pytest.fixture
def ax():
    figure, axes = pyplot.subplots()
    yield axes
    pyplot.close(figure)


@pytest.fixture
def neurons():
    return NeuronGroup(3, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0", name="neurons")


def pair_rule(neurons, delay=None, **options):
    synapses = Synapses(neurons, neurons, MODEL, on_pre=ON_PRE, on_post=ON_POST, delay=delay, name="plastic", **options)
    synapses.connect()
    synapses.w = 0.5
    return synapses


class TestSTDPCurve:
    def test_is_what_the_texts_say(self, neurons):
        changes = plotting.stdp_curve(pair_rule(neurons), LAGS * ms)
        assert changes == pytest.approx(window(LAGS), rel=0, abs=2 * ROUNDING)

    def test_keeps_the_shape_of_the_lags(self, neurons):
        synapses = pair_rule(neurons)
        assert plotting.stdp_curve(synapses, [[-1, 1, 2], [3, 4, 5]] * ms).shape == (2, 3)
        assert np.shape(plotting.stdp_curve(synapses, 10 * ms)) == ()
        assert float(plotting.stdp_curve(synapses, 10 * ms)) == pytest.approx(0.01 * math.exp(-0.5), rel=1e-12)

    def test_at_lag_zero_the_pathway_of_the_source_comes_first_or_as_its_order_says(self, neurons):
        synapses = pair_rule(neurons)
        assert plotting.stdp_curve(synapses, 0 * ms) == pytest.approx(0.01, rel=1e-12)
        synapses.pre.order = 5
        assert plotting.stdp_curve(synapses, 0 * ms) == pytest.approx(-0.012, rel=1e-12)

    def test_delays_shift_the_window_by_what_arrives_later(self, neurons):
        synapses = pair_rule(neurons, delay=3 * ms)
        changes = plotting.stdp_curve(synapses, LAGS * ms)
        assert changes == pytest.approx(window(LAGS, 3.0), rel=0, abs=2 * ROUNDING)
        synapses.post.delay = 5 * ms
        changes = plotting.stdp_curve(synapses, LAGS * ms)
        assert changes == pytest.approx(window(LAGS, -2.0), rel=0, abs=2 * ROUNDING)

    def test_delays_can_be_left_out(self, neurons):
        synapses = pair_rule(neurons, delay=3 * ms)
        changes = plotting.stdp_curve(synapses, LAGS * ms, delays=False)
        assert changes == pytest.approx(window(LAGS), rel=0, abs=2 * ROUNDING)

    def test_the_chosen_synapse_gives_values_and_delay(self, neurons):
        synapses = pair_rule(neurons)
        synapses.w[4], synapses.delay[4] = 0.995, 1 * ms
        # 0.01 exp(-5/20) would go beyond 1
        with pytest.warns(EventSNNWarning, match=r"w = 0\.995 on, .* at a bound of clip\(w, 0, 1\) at 1 of 1"):
            change = plotting.stdp_curve(synapses, 6 * ms, synapse=4)
        assert change == pytest.approx(0.005, rel=1e-12)

    def test_values_to_begin_with_may_be_given(self, neurons):
        assert plotting.stdp_curve(pair_rule(neurons), 5 * ms, start={"w": 1}) == 0
        assert plotting.stdp_curve(pair_rule(neurons), -5 * ms, start={"apre": 0.1}) == pytest.approx(
            0.1 - 0.012 * math.exp(-5 / 30), rel=1e-12
        )

    def test_traces_begin_at_rest_whatever_has_happened(self, neurons):
        synapses = pair_rule(neurons)
        synapses.apre, synapses.apost = 3, -4
        assert plotting.stdp_curve(synapses, LAGS * ms) == pytest.approx(window(LAGS), rel=0, abs=2 * ROUNDING)

    def test_rest_need_not_be_zero(self, neurons):
        # a resource that a spike uses up and that comes back to 1
        model = "w : 1\ndx/dt = (1 - x)/(50*ms) : 1 (event-driven)"
        synapses = Synapses(neurons, neurons, model, on_pre="x *= 0.6", on_post="w += x")
        synapses.connect()
        assert plotting.stdp_curve(synapses, [-10, 10] * ms) == pytest.approx([1, 1 - 0.4 * math.exp(-0.2)], rel=1e-12)

    def test_units_come_out_as_they_are_declared(self, neurons):
        synapses = Synapses(neurons, neurons, "g : siemens", on_post="g += 0.2*nS")
        synapses.connect()
        change = plotting.stdp_curve(synapses, 1 * ms, "g")
        assert float(change / nS) == pytest.approx(0.2, rel=1e-12)

    def test_a_weight_that_moves_by_itself_is_read_at_the_last_arrival(self, neurons):
        model = "dw/dt = -w/(100*ms) : 1 (clock-driven)"
        synapses = Synapses(neurons, neurons, model, on_pre="w += 0.5", on_post="w += 0.25")
        synapses.connect()
        expected = [0.25 * math.exp(-0.1) + 0.5, 0.5 * math.exp(-0.2) + 0.25]
        assert plotting.stdp_curve(synapses, [-10, 20] * ms) == pytest.approx(expected, rel=1e-12)

    def test_a_sub_expression_can_be_the_weight(self, neurons):
        synapses = Synapses(neurons, neurons, "u : 1\ng = 3*u : 1", on_post="u += 1")
        synapses.connect()
        assert plotting.stdp_curve(synapses, [-1, 1] * ms, "g") == pytest.approx([3, 3], rel=1e-12)

    def test_variables_of_neurons_are_there_as_they_are_at_present(self):
        model = "dv/dt = -v/(10*ms) : volt\nE : volt\ngain = (E - v)/mV : 1"
        group = NeuronGroup(2, model, threshold="v > 10*mV", reset="v = 0*mV", namespace={})
        group.v, group.E = [1, 2] * mV, [5, 7] * mV
        synapses = Synapses(group, group, "w : 1", on_pre="v_post += 1*mV", on_post="w += gain_post + v_pre/mV")
        synapses.connect(i=0, j=1)
        # the source fires first and has raised v of the target, which does not fall back meanwhile
        assert plotting.stdp_curve(synapses, [-3, 3] * ms) == pytest.approx([5 + 1, 4 + 1], rel=1e-12)
        assert np.array_equal(group.v / mV, [1, 2])

    def test_stimuli_and_parts_may_stand_at_the_ends(self, neurons):
        source = PoissonGroup(5, 10 * Hz)
        synapses = Synapses(source, neurons[1:], MODEL, on_pre=ON_PRE, on_post=ON_POST)
        synapses.connect(i=4, j=1)
        synapses.w = 0.5
        assert plotting.stdp_curve(synapses, LAGS * ms) == pytest.approx(window(LAGS), rel=0, abs=2 * ROUNDING)

    def test_several_pathways_and_custom_events_are_as_in_the_model(self):
        group = NeuronGroup(2, "dx/dt = 1/(10*ms) : 1", events={"full": "x > 1"})
        texts = {"one": "w += 1", "two": "w *= 3"}
        synapses = Synapses(group, group, "w : 1", on_pre=texts, on_event="full", delay={"one": 1 * ms, "two": 2 * ms})
        synapses.connect()
        synapses.w = 2
        assert plotting.stdp_curve(synapses, 1 * ms) == pytest.approx(9 - 2, rel=1e-12)

    def test_shared_and_integer_variables_are_taken_over(self, neurons):
        synapses = Synapses(neurons, neurons, "w : 1\nn : integer\nstep : 1 (shared)", on_post="w += n*step; n += 1")
        synapses.connect()
        synapses.n, synapses.step = 3, 0.5
        assert plotting.stdp_curve(synapses, 1 * ms) == pytest.approx(1.5, rel=1e-12)
        assert plotting.stdp_curve(synapses, 1 * ms, start={"n": 5, "step": 2}) == pytest.approx(10, rel=1e-12)

    def test_summed_variables_of_the_target_are_left_out(self, neurons):
        group = NeuronGroup(2, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", threshold="v > 1", reset="v = 0")
        synapses = Synapses(group, group, "w : 1\nI_post = w : 1 (summed)", on_post="w += 1")
        synapses.connect()
        assert plotting.stdp_curve(synapses, 1 * ms) == 1

    def test_synapses_need_not_be_connected(self, neurons):
        synapses = Synapses(neurons, neurons, MODEL, on_pre=ON_PRE, on_post=ON_POST)
        changes = plotting.stdp_curve(synapses, LAGS * ms, start={"w": 0.5})
        assert changes == pytest.approx(window(LAGS), rel=0, abs=2 * ROUNDING)

    def test_names_of_the_caller_are_found(self, neurons):
        tau_of_the_caller, namespace = 20 * ms, {"tau_of_the_caller": 40 * ms}
        model = "w : 1\nda/dt = -a/tau_of_the_caller : 1 (event-driven)"
        synapses = Synapses(neurons, neurons, model, on_pre="a += 1", on_post="w += a")
        synapses.connect()
        assert plotting.stdp_curve(synapses, 10 * ms) == pytest.approx(math.exp(-10 * ms / tau_of_the_caller))
        assert plotting.stdp_curve(synapses, 10 * ms, namespace=namespace) == pytest.approx(math.exp(-0.25))

    def test_leaves_the_users_objects_and_random_numbers_alone(self):
        def simulate(measure):
            seed(4)
            source = PoissonGroup(3, 50 * Hz, name="source")
            group = NeuronGroup(3, "v : 1", threshold="v > 2", reset="v = 0.1*rand()", name="target")
            synapses = Synapses(source, group, MODEL, on_pre=f"{ON_PRE}; w += 0.1*rand()", on_post=ON_POST, name="s")
            synapses.connect(p=0.8)
            synapses.w = "rand()"
            spikes = SpikeMonitor(group)
            network = Network(source, group, synapses, spikes)
            for _ in range(3):
                if measure:
                    plotting.stdp_curve(synapses, [-5, 5] * ms)
                network.run(100 * ms)
            return spikes.t_.tolist(), synapses.w[:].tolist(), np.random.rand()

        assert simulate(True) == simulate(False)

    def test_who_only_measures_is_not_told_that_nothing_was_run(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            group = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0")
            synapses = Synapses(group, group, "w : 1", on_post="w += 1")
            plotting.stdp_curve(synapses, 1 * ms)
            del synapses, group


class TestSTDPCurveWithBounds:
    def test_fresh_ready_made_rules_are_measured_from_the_middle(self, neurons):
        synapses = models.stdp(neurons, neurons, w_max=2 * mV, effect="")
        expected = np.array([-0.0105, 0.01]) * 2 * math.exp(-0.5)
        assert plotting.stdp_curve(synapses, [-10, 10] * ms) / mV == pytest.approx(expected, rel=1e-12)
        synapses.connect()
        assert plotting.stdp_curve(synapses, [-10, 10] * ms) / mV == pytest.approx(expected, rel=1e-12)
        assert np.all(synapses.w == 0 * mV)

    def test_bounds_are_read_from_texts_with_names_of_the_caller(self, neurons):
        w_low, w_high = 1, 3
        on_pre, on_post = (text.replace("0, 1)", "w_low, w_high)") for text in (ON_PRE, ON_POST))
        synapses = Synapses(neurons, neurons, MODEL, on_pre=on_pre, on_post=on_post)
        synapses.connect()
        # beyond both bounds
        for w in (0, w_low, w_high, 4):
            synapses.w = w
            assert plotting.stdp_curve(synapses, LAGS * ms) == pytest.approx(window(LAGS), rel=0, abs=8 * ROUNDING)

    def test_rules_that_depend_on_the_weight_begin_in_the_middle_too(self, neurons):
        synapses = models.stdp(neurons, neurons, mu_plus=1, mu_minus=1)
        expected = np.array([-0.0105, 0.01]) * 0.5 * math.exp(-0.5)
        assert plotting.stdp_curve(synapses, [-10, 10] * ms) == pytest.approx(expected, rel=1e-12)

    def test_a_weight_inside_its_bounds_stays_where_it_is(self, neurons):
        synapses = models.stdp(neurons, neurons, mu_plus=1, mu_minus=1)
        synapses.connect()
        synapses.w = 0.25
        expected = np.array([-0.0105 * 0.25, 0.01 * 0.75]) * math.exp(-0.5)
        assert plotting.stdp_curve(synapses, [-10, 10] * ms) == pytest.approx(expected, rel=1e-12)

    def test_changes_that_are_cut_are_told_with_their_number(self, neurons):
        synapses = models.stdp(neurons, neurons, A_plus=0.7, name="steep")
        with pytest.warns(EventSNNWarning, match=r"'steep': from w = 0\.5 on, the change .* at 2 of 4 lags"):
            changes = plotting.stdp_curve(synapses, [-10, 1, 2, 20] * ms)
        assert changes[1] == changes[2] == 0.5

    def test_a_weight_with_one_bound_only_stays_at_it_and_says_so(self, neurons):
        synapses = Synapses(neurons, neurons, MODEL, on_pre=ON_PRE.replace("0, 1)", "0, inf)"), on_post=ON_POST)
        # the other pathway has both, so there is a middle
        assert plotting.stdp_curve(synapses, -5 * ms) == pytest.approx(-0.012 * math.exp(-5 / 30), rel=1e-12)
        on_pre, on_post = (text.replace("0, 1)", "0, inf)") for text in (ON_PRE, ON_POST))
        synapses = Synapses(neurons, neurons, MODEL, on_pre=on_pre, on_post=on_post)
        with pytest.warns(EventSNNWarning, match=r"w = 0\.0 on, .* 1 of 2 lags. Begin elsewhere, start={'w': ...}"):
            assert plotting.stdp_curve(synapses, [-5, 5] * ms)[0] == 0

    def test_a_weight_that_moves_by_itself_has_bounds_too(self, neurons):
        model = MODEL.replace("w : 1", "dw/dt = 0*w/second : 1")
        synapses = Synapses(neurons, neurons, model, on_pre=ON_PRE, on_post=ON_POST)
        assert plotting.stdp_curve(synapses, LAGS * ms) == pytest.approx(window(LAGS), rel=0, abs=4 * ROUNDING)

    def test_bounds_that_cannot_be_read_are_none(self, neurons):
        synapses = Synapses(neurons, neurons, MODEL, on_pre=ON_PRE, on_post="top = 1\nw = clip(w + apre, 0, top)")
        synapses.connect()
        synapses.w = 0.5
        assert plotting.stdp_curve(synapses, [-5] * ms) == 0


class TestSTDPCurveOfManyPairs:
    @pytest.mark.parametrize("rate", [1, 20, 50])
    def test_triplets_are_those_of_the_oracle(self, neurons, rate):
        synapses = models.triplet_stdp(neurons, neurons, clipped=False)
        lags = [-10.0, -2.5, 3.0, 10.0]
        changes = plotting.stdp_curve(synapses, lags * ms, pairs=12, rate=rate * Hz)
        rule = oracle.TripletRule(0.0, 6.5e-3, 7.1e-3, 0.0, 101.0, 114.0)
        for lag, change in zip(lags, changes, strict=True):
            before, behind = ([side + k * 1000 / rate for k in range(12)] for side in (max(-lag, 0), max(lag, 0)))
            w, error = oracle.weight(rule, before, behind, w=0, clipped=False)
            # instants of spikes are rounded once, up to a time of so many ms over the shortest time constant
            late = 12000 / rate * 2.0**-52 / 16.8
            assert change == pytest.approx(float(w), rel=late, abs=error)

    def test_one_pair_does_not_potentiate_the_triplet_rule_of_the_visual_cortex(self, neurons):
        synapses = models.triplet_stdp(neurons, neurons)
        changes = plotting.stdp_curve(synapses, [-10, 10] * ms)
        assert changes == pytest.approx([-7.1e-3 * math.exp(-10 / 33.7), 0], rel=1e-12)

    def test_pairs_far_apart_add_up(self, neurons):
        changes = plotting.stdp_curve(pair_rule(neurons), LAGS * ms, pairs=3, rate=0.1 * Hz)
        assert changes == pytest.approx(3 * window(LAGS), rel=0, abs=8 * ROUNDING)

    def test_a_weight_that_moves_is_read_after_the_last(self, neurons):
        model = "dw/dt = -w/(100*ms) : 1 (clock-driven)"
        synapses = Synapses(neurons, neurons, model, on_pre="w += 0.5", on_post="w += 0.25")
        expected = 0.5 * math.exp(-0.6) + 0.25 * math.exp(-0.5) + 0.5 * math.exp(-0.1) + 0.25
        assert plotting.stdp_curve(synapses, 10 * ms, pairs=2, rate=20 * Hz) == pytest.approx(expected, rel=1e-12)

    def test_the_line_is_broken_wherever_spikes_arrive_together(self, neurons, ax):
        plotting.plot_stdp_curve(pair_rule(neurons), np.arange(-25, 27, 2) * ms, pairs=2, rate=50 * Hz, ax=ax)
        assert np.isnan(ax.lines[-1].get_ydata()).sum() == 3
        assert ax.get_ylabel() == "Change of w by 2 pairs"

    def test_pairs_and_rate_go_together(self, neurons):
        synapses = pair_rule(neurons)
        with pytest.raises(ArgumentError, match=r"both or neither of pairs=60, rate=20\*Hz, found pairs=5 alone"):
            plotting.stdp_curve(synapses, 1 * ms, pairs=5)
        with pytest.raises(ArgumentError, match=r"found rate=5\. Hz alone"):
            plotting.plot_stdp_curve(synapses, rate=5 * Hz)
        with pytest.raises(ArgumentError, match=r"pairs: expected a positive whole number, found 2\.5"):
            plotting.stdp_curve(synapses, 1 * ms, pairs=2.5, rate=5 * Hz)
        with pytest.raises(ArgumentError, match=r"rate: expected one positive rate"):
            plotting.stdp_curve(synapses, 1 * ms, pairs=2, rate=0 * Hz)
        with pytest.raises(DimensionMismatchError, match=r"rate: expected"):
            plotting.stdp_curve(synapses, 1 * ms, pairs=2, rate=5)


class TestSTDPCurveRefuses:
    def test_what_is_no_synapses(self, neurons):
        with pytest.raises(ArgumentError, match=r"stdp_curve: expected a Synapses, found <NeuronGroup"):
            plotting.stdp_curve(neurons, [1] * ms)

    def test_lags_that_are_no_times(self, neurons):
        with pytest.raises(DimensionMismatchError, match=r"lags: expected a time, found 5"):
            plotting.stdp_curve(pair_rule(neurons), 5)
        with pytest.raises(ArgumentError, match=r"lags: expected finite times"):
            plotting.stdp_curve(pair_rule(neurons), np.inf * ms)

    def test_an_unknown_weight(self, neurons):
        with pytest.raises(MissingError, match=r"'g' of their own; they have w, apre, apost"):
            plotting.stdp_curve(pair_rule(neurons), 5 * ms, "g")

    def test_a_weight_that_nothing_changes(self, neurons):
        synapses = Synapses(neurons, neurons, "w : 1\nu : 1", on_pre="v_post += w; u += 1")
        with pytest.raises(ArgumentError, match=r"no pathway changes 'w'; on_pre and on_post change 'u'"):
            plotting.stdp_curve(synapses, 5 * ms)

    def test_a_weight_that_is_no_real_number(self, neurons):
        synapses = Synapses(neurons, neurons, "n : integer", on_pre="n += 1")
        with pytest.raises(WrongTypeError, match=r"'n' is integer, expected a real number"):
            plotting.stdp_curve(synapses, 5 * ms, "n")

    def test_a_synapse_that_does_not_exist(self, neurons):
        with pytest.raises(OutOfRangeError, match=r"synapse: there are 9 synapses, found 9"):
            plotting.stdp_curve(pair_rule(neurons), 5 * ms, synapse=9)

    def test_values_that_do_not_fit(self, neurons):
        synapses = pair_rule(neurons)
        with pytest.raises(MissingError, match=r"start: there is no variable 'v' to set; there are w, apre, apost"):
            plotting.stdp_curve(synapses, 5 * ms, start={"v": 1})
        with pytest.raises(DimensionMismatchError, match=r"w: expected dimensionless"):
            plotting.stdp_curve(synapses, 5 * ms, start={"w": 1 * mV})
        with pytest.raises(ArgumentError, match=r"start: expected one value of 'w'"):
            plotting.stdp_curve(synapses, 5 * ms, start={"w": [1, 2]})

    def test_names_that_are_defined_nowhere_under_the_name_that_the_user_knows(self, neurons):
        synapses = Synapses(neurons, neurons, "w : 1", on_pre="w += nowhere", name="mine")
        with pytest.raises(UnknownNameError, match=r"Synapses 'mine'.*'nowhere' is not defined"):
            plotting.stdp_curve(synapses, 5 * ms)


def shown(line):
    """Return the points of a line without its gaps."""
    x, y = line.get_data()
    return x[~np.isnan(x)], y[~np.isnan(x)]


class TestPlotSTDPCurve:
    def test_draws_what_is_measured_into_the_axes_given(self, neurons, ax):
        assert plotting.plot_stdp_curve(pair_rule(neurons), LAGS * ms, ax=ax) is ax
        x, y = shown(ax.lines[-1])
        assert x == pytest.approx(LAGS, rel=ROUNDING) and y == pytest.approx(window(LAGS), rel=0, abs=2 * ROUNDING)
        assert ax.get_xlabel().endswith("(ms)") and ax.get_ylabel() == "Change of w"

    def test_in_a_default_figure_no_label_is_cut_off(self, neurons, ax):
        plotting.plot_stdp_curve(pair_rule(neurons), ax=ax)
        ax.figure.canvas.draw()
        assert ax.yaxis.label.get_window_extent().x0 >= 0

    def test_lags_have_a_default(self, neurons, ax):
        plotting.plot_stdp_curve(pair_rule(neurons), ax=ax)
        x, _ = shown(ax.lines[-1])
        assert x == pytest.approx(np.arange(-100, 101), rel=0, abs=100 * ROUNDING)

    def test_the_line_is_broken_where_both_arrive_together(self, neurons, ax):
        plotting.plot_stdp_curve(pair_rule(neurons, delay=2 * ms), np.arange(-4, 7) * ms, ax=ax)
        x = ax.lines[-1].get_xdata()
        assert np.flatnonzero(np.isnan(x)).tolist() == [6, 8] and x[7] == pytest.approx(2, rel=ROUNDING)

    def test_a_formula_is_drawn_behind_and_has_its_jump(self, neurons, ax):
        def formula(lag):
            return float(window(lag / ms))

        plotting.plot_stdp_curve(pair_rule(neurons), LAGS * ms, theory=formula, ax=ax)
        x, y = shown(ax.lines[-2])
        assert y == pytest.approx(window(x), rel=0, abs=1e-9)
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["theory", "measured"]
        # nothing joins the two branches
        steps = np.abs(np.diff(ax.lines[-2].get_ydata()))
        assert np.nanmax(steps) < 0.001

    def test_a_theory_may_be_numbers(self, neurons, ax):
        plotting.plot_stdp_curve(pair_rule(neurons), LAGS * ms, theory=window(LAGS), ax=ax)
        assert shown(ax.lines[-2])[1].tolist() == window(LAGS).tolist()

    def test_given_numbers_are_drawn_in_order(self, ax):
        plotting.plot_stdp_curve(lags=[3, -1, 0] * ms, changes=[3, -1, 0] * mV, weight="g", ax=ax)
        x, y = shown(ax.lines[-1])
        assert x.tolist() == pytest.approx([-1, 0, 3], rel=ROUNDING) and y.tolist() == pytest.approx([-1, 0, 3])
        assert ax.get_ylabel() == "Change of g (mV)"

    def test_style_goes_to_matplotlib(self, ax):
        plotting.plot_stdp_curve(lags=[1] * ms, changes=[1], ax=ax, c="C3", marker="x")
        assert ax.lines[-1].get_color() == "C3" and ax.lines[-1].get_marker() == "x"

    def test_refuses_nothing_to_draw_and_numbers_that_do_not_fit(self, ax):
        with pytest.raises(ArgumentError, match=r"plot_stdp_curve: expected Synapses, or changes="):
            plotting.plot_stdp_curve(ax=ax)
        with pytest.raises(ArgumentError, match=r"one change for each lag, found 2 changes and 1 lags"):
            plotting.plot_stdp_curve(lags=[1] * ms, changes=[1, 2], ax=ax)
        with pytest.raises(ArgumentError, match=r"theory: expected a function or 1 values"):
            plotting.plot_stdp_curve(lags=[1] * ms, changes=[1], theory=[1, 2], ax=ax)
        with pytest.raises(DimensionMismatchError, match=r"theory: expected dimensionless"):
            plotting.plot_stdp_curve(lags=[1] * ms, changes=[1], theory=lambda lag: lag, ax=ax)


@pytest.fixture
def steps():
    """Three synapses whose weights step up at the spikes of their sources, and a trace of each."""
    source = SpikeGeneratorGroup(3, [0, 1, 0, 2, 2], [1, 2, 3.5, 3.5, 8] * ms)
    synapses = Synapses(
        source, source, "w : volt\nda/dt = -a/(10*ms) : 1 (event-driven)", on_pre="w += 1*mV; a += 1", name="stairs"
    )
    synapses.connect(j="i")
    synapses.w = "i*10*mV"
    states = StateMonitor(synapses, ["w", "a"], record=True)
    network = Network(source, synapses, states)
    network.run(10 * ms)
    return network, synapses, states


class TestPlotWeights:
    def test_draws_how_many_weights_are_in_each_bin(self, steps, ax):
        assert plotting.plot_weights(steps[1], "w", bins=4, range=[0, 40] * mV, ax=ax) is ax
        counts, edges, _ = ax.patches[0].get_data()
        # 2, 11 and 22 mV
        assert counts.tolist() == [1, 1, 1, 0] and edges == pytest.approx([0, 10, 20, 30, 40], rel=ROUNDING)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("w (mV)", "Synapses")

    def test_equals_numpys_histogram(self, ax):
        numbers = np.random.default_rng(0).normal(size=1000)
        plotting.plot_weights(numbers, bins=30, ax=ax)
        counts, edges, _ = ax.patches[0].get_data()
        expected = np.histogram(numbers, 30)
        assert np.array_equal(counts, expected[0]) and np.array_equal(edges, expected[1])

    def test_bins_span_from_zero_to_the_largest_weight_allowed(self, steps, ax):
        plotting.plot_weights(steps[1], w_max=50 * mV, bins=5, ax=ax)
        assert ax.patches[0].get_data().edges == pytest.approx([0, 10, 20, 30, 40, 50], rel=ROUNDING)
        assert ax.lines[0].get_xdata()[0] == pytest.approx(50, rel=ROUNDING)

    def test_edges_may_be_given(self, steps, ax):
        plotting.plot_weights(steps[1], bins=[0, 15, 30] * mV, ax=ax)
        counts, edges, _ = ax.patches[0].get_data()
        assert counts.tolist() == [2, 1] and edges == pytest.approx([0, 15, 30], rel=ROUNDING)

    def test_recorded_weights_are_those_of_the_end(self, steps, ax):
        plotting.plot_weights(steps[2], bins=[0, 1.5, 2.5, 40] * mV, ax=ax)
        assert ax.patches[0].get_data().values.tolist() == [0, 1, 2]

    def test_recorded_weights_at_several_times_have_a_legend(self, steps, ax):
        plotting.plot_weights(steps[2], "w", bins=[0, 0.5, 1.5, 2.5, 40] * mV, times=[0, 1, 5] * ms, ax=ax)
        found = [patch.get_data().values.tolist() for patch in ax.patches]
        assert found == [[1, 0, 0, 2], [0, 1, 0, 2], [0, 0, 1, 2]]
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0 ms", "1 ms", "5 ms"]

    def test_delays_views_and_shared_values_are_numbers_too(self, neurons, ax):
        synapses = Synapses(neurons, neurons, "w : 1\nu : 1 (shared)", on_pre="v_post += w + u", delay=1 * ms)
        synapses.connect()
        synapses.u = 2
        for weights, variable, label in (
            (synapses, "delay", "delay (ms)"),
            (synapses.delay, "w", "delay (ms)"),
            (synapses, "u", "u"),
            ([1.0, 2.0] * volt, "strength", "strength (V)"),
        ):
            ax.clear()
            plotting.plot_weights(weights, variable, ax=ax)
            total = 9 if label != "strength (V)" else 2
            assert ax.get_xlabel() == label and ax.patches[0].get_data().values.sum() in (1, total)

    def test_style_goes_to_matplotlib(self, steps, ax):
        plotting.plot_weights(steps[1], ax=ax, color="C3", lw=3, fill=False)
        assert ax.patches[0].get_edgecolor() == matplotlib.colors.to_rgba("C3")
        assert ax.patches[0].get_linewidth() == 3

    def test_refuses_what_it_cannot_draw(self, steps, ax):
        _, synapses, states = steps
        with pytest.raises(MissingError, match=r"plot_weights of Synapses 'stairs': they have no variable 'g'"):
            plotting.plot_weights(synapses, "g", ax=ax)
        with pytest.raises(ArgumentError, match=r"'g' was not recorded; recorded are w, a"):
            plotting.plot_weights(states, "g", ax=ax)
        with pytest.raises(ArgumentError, match=r"times: needs a StateMonitor"):
            plotting.plot_weights(synapses, times=1 * ms, ax=ax)
        with pytest.raises(DimensionMismatchError, match=r"w_max: expected a voltage, found 1"):
            plotting.plot_weights(synapses, w_max=1, ax=ax)
        with pytest.raises(ArgumentError, match=r"range: expected a pair"):
            plotting.plot_weights(synapses, range=1 * mV, ax=ax)
        with pytest.raises(ArgumentError, match=r"expected finite weights"):
            plotting.plot_weights([1, np.nan], ax=ax)
        group = synapses.source
        with pytest.raises(
            ArgumentError, match=r"^plot_weights: expected Synapses, a StateMonitor or numbers, found <"
        ):
            plotting.plot_weights(group, ax=ax)


class TestPlotWeightTrajectories:
    def test_weights_are_steps_at_the_exact_times_of_spikes(self, steps, ax):
        assert plotting.plot_weight_trajectories(steps[2], "w", ax=ax) is ax
        t, w = ax.lines[0].get_data()
        assert t == pytest.approx([0, 1, 3.5, 10], rel=ROUNDING) and w == pytest.approx([0, 1, 2, 2], rel=ROUNDING)
        assert ax.lines[0].get_drawstyle() == "steps-post"
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("Time (ms)", "w (mV)")

    def test_the_mean_steps_with_each_of_them(self, steps, ax):
        plotting.plot_weight_trajectories(steps[2], "w", ax=ax)
        t, w = ax.lines[3].get_data()
        assert t == pytest.approx([0, 1, 2, 3.5, 8, 10], rel=ROUNDING)
        assert w == pytest.approx(np.array([30, 31, 32, 34, 35, 35]) / 3, rel=ROUNDING)
        names = [text.get_text() for text in ax.get_legend().get_texts()]
        assert names == ["synapse 0", "synapse 1", "synapse 2", "mean of 3"]

    def test_curves_lie_on_the_closed_form_and_jump_upright(self, steps, ax):
        plotting.plot_weight_trajectories(steps[2], "a", synapses=1, ax=ax)
        t, a = ax.lines[0].get_data()
        expected = np.where(t < 2, 0, np.exp(-(t - 2) / 10))
        # times between spikes have gone through seconds and the unit of the axis
        assert np.max(np.abs(a - expected)[np.abs(t - 2) > 1e-9]) <= 10 * ROUNDING
        place = int(np.argmax(np.diff(a)))
        assert t[place + 1] == pytest.approx(2, rel=ROUNDING) and t[place + 1] - t[place] <= 4 * np.spacing(2.0)
        assert a[place] == 0 and a[place + 1] == 1

    def test_the_mean_of_curves_is_that_of_all(self, steps, ax):
        plotting.plot_weight_trajectories(steps[2], "a", ax=ax)
        t, mean = ax.lines[3].get_data()
        first, second, third = (np.interp(t, *line.get_data()) for line in ax.lines[:3])
        away = np.all([np.abs(t - spike) > 1e-6 for spike in (1, 2, 3.5, 8)], axis=0)
        # what is interpolated between 2001 points of a curve with this time constant
        assert np.max(np.abs(mean - (first + second + third) / 3)[away]) < 1e-6

    def test_between_shows_a_part_with_the_value_that_holds_there(self, steps, ax):
        plotting.plot_weight_trajectories(steps[2], "w", synapses=0, between=[2, 9] * ms, ax=ax)
        t, w = ax.lines[0].get_data()
        assert t == pytest.approx([2, 3.5, 9], rel=ROUNDING) and w == pytest.approx([1, 2, 2], rel=ROUNDING)
        assert ax.get_xlim() == (2, 9)

    def test_the_line_breaks_where_nothing_was_recorded_and_steps_where_a_value_was_assigned(self, steps, ax):
        network, synapses, states = steps
        synapses.w[0] = 20 * mV
        network.run(5 * ms)
        states.active = False
        network.run(5 * ms)
        states.active = True
        network.run(5 * ms)
        plotting.plot_weight_trajectories(states, "w", synapses=[0], ax=ax)
        t, w = ax.lines[0].get_data()
        assert t == pytest.approx([0, 1, 3.5, 10, 15, 20, 20, 25], rel=ROUNDING)
        assert w == pytest.approx([0, 1, 2, 20, 20, np.nan, 20, 20], rel=ROUNDING, nan_ok=True)

    def test_of_many_some_are_drawn_and_the_mean_is_that_of_all(self, ax):
        n = 400
        source = SpikeGeneratorGroup(n, np.arange(n), np.arange(n) * 0.01 * ms)
        synapses = Synapses(source, source, "w : 1", on_pre="w += i")
        synapses.connect(j="i")
        states = StateMonitor(synapses, "w", record=True)
        Network(source, synapses, states).run(10 * ms)
        np.random.seed(1)
        before = np.random.get_state()[1].copy()
        plotting.plot_weight_trajectories(states, w_max=500, ax=ax)
        assert np.array_equal(np.random.get_state()[1], before)
        assert len(ax.lines) == 102
        assert ax.lines[100].get_ydata()[-1] == pytest.approx((n - 1) / 2, rel=1e-12)
        names = [text.get_text() for text in ax.get_legend().get_texts()]
        assert names == ["100 of 400 synapses", "mean of 400"]
        assert set(ax.lines[101].get_ydata()) == {500}

    def test_a_single_weight_needs_neither_mean_nor_legend(self, steps, ax):
        plotting.plot_weight_trajectories(steps[2], "w", synapses=2, ax=ax, color="C3", lw=3)
        assert len(ax.lines) == 1 and ax.get_legend() is None
        assert ax.lines[0].get_color() == "C3" and ax.lines[0].get_linewidth() == 3

    def test_the_mean_can_be_left_out(self, steps, ax):
        plotting.plot_weight_trajectories(steps[2], "w", mean=False, ax=ax)
        assert len(ax.lines) == 3

    def test_refuses_what_it_cannot_draw(self, steps, ax):
        _, synapses, states = steps
        where = "plot_weight_trajectories"
        with pytest.raises(ArgumentError, match=rf"{where}: expected a StateMonitor, found <Synapses"):
            plotting.plot_weight_trajectories(synapses, ax=ax)
        with pytest.raises(ArgumentError, match=rf"{where} of StateMonitor .* 'g' was not recorded"):
            plotting.plot_weight_trajectories(states, "g", ax=ax)
        with pytest.raises(ArgumentError, match=r"synapse 7 was not recorded; recorded are 0, 1, 2"):
            plotting.plot_weight_trajectories(states, synapses=7, ax=ax)
        with pytest.raises(ArgumentError, match=r"nothing was recorded between 1000 and 2000 ms"):
            plotting.plot_weight_trajectories(states, between=[1, 2] * second, ax=ax)
        with pytest.raises(DimensionMismatchError, match=r"w_max: expected a voltage"):
            plotting.plot_weight_trajectories(states, w_max=1, ax=ax)
