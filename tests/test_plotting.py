"""Figures show the exact values, in fitting units, in the Axes that they are given."""

from __future__ import annotations

import math

import matplotlib
import numpy as np
import pytest

from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    Hz,
    MissingError,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    plotting,
    second,
)

matplotlib.use("Agg")
from matplotlib import pyplot

# One rounding each for the value, for SI and for the unit of the axis, of numbers of order one
ROUNDING = 4 * np.finfo(float).eps


@pytest.fixture
def ax():
    figure, axes = pyplot.subplots()
    yield axes
    pyplot.close(figure)


@pytest.fixture
def membrane():
    """Two neurons in millivolts that fire at 10 log1p(...) ms, and their monitors."""
    group = NeuronGroup(
        2,
        """dv/dt = (E - v)/(10*ms) : volt (unless refractory)
        E : volt""",
        threshold="v > -40*mV",
        reset="v = -60*mV",
        refractory=5 * ms,
    )
    group.v = -70 * mV
    group.E = [-10, 0] * mV
    states, spikes = StateMonitor(group, ["v", "E"], record=True), SpikeMonitor(group)
    network = Network(group, states, spikes)
    network.run(40 * ms)
    return network, group, states, spikes


class TestLegends:
    """A legend stays within the width of its axes, and out of the neighbours' ones."""

    @pytest.fixture(params=["none", "constrained"])
    def grid(self, request):
        layout = None if request.param == "none" else request.param
        figure, axes = pyplot.subplots(2, 2, layout=layout)
        yield figure, axes
        pyplot.close(figure)

    def test_in_a_grid_nothing_reaches_into_another_panel(self, grid):
        figure, axes = grid
        source = SpikeGeneratorGroup(4, np.arange(4), np.arange(4) * ms)
        synapses = Synapses(source, source, "w : 1", on_pre="w += 1")
        synapses.connect(j="i")
        states, spikes = StateMonitor(synapses, "w", record=True), SpikeMonitor(source)
        Network(source, synapses, states, spikes).run(10 * ms)
        plotting.plot_weight_trajectories(states, ax=axes[0, 0])
        plotting.plot_weights(states, times=[0, 1, 2, 3] * ms, ax=axes[0, 1])
        plotting.trace(states, "w", ax=axes[1, 0])
        plotting.rates({f"a long name {k}": spikes for k in range(4)}, ax=axes[1, 1])
        figure.canvas.draw()
        for ax in axes.flat:
            legend, panel = ax.get_legend().get_window_extent(), ax.get_window_extent()
            assert legend.width <= panel.width
            assert panel.x0 - 1 <= legend.x0 and legend.x1 <= panel.x1 + 1
            others = [other.get_window_extent() for other in axes.flat if other is not ax]
            assert not any(legend.overlaps(other) for other in others)
            inside = panel.y0 <= legend.y0 and legend.y1 <= panel.y1
            assert inside == (figure.get_layout_engine() is None)

    def test_under_a_title_the_legend_is_inside(self, membrane):
        figure, ax = pyplot.subplots(layout="constrained")
        ax.set_title("Two neurons")
        plotting.trace(membrane[2], "v", ax=ax)
        figure.canvas.draw()
        assert ax.get_legend().get_window_extent().y1 <= ax.get_window_extent().y1
        pyplot.close(figure)


class TestKeywords:
    """What neither a function nor matplotlib knows is named, before anything is drawn."""

    def test_a_slip_of_the_pen_has_a_guess(self, ax):
        with pytest.raises(ArgumentError, match=r"^plot_weights: unknown keyword 'bin'. Did you mean 'bins'\? It has"):
            plotting.plot_weights([1, 2], bin=3, ax=ax)
        with pytest.raises(ArgumentError, match=r"Did you mean 'linewidth'\?.* matplotlib's StepPatch can be"):
            plotting.plot_weights([1, 2], linewidht=3, ax=ax)
        assert not ax.patches

    def test_all_functions_name_themselves(self, membrane, ax):
        _, group, states, spikes = membrane
        synapses = Synapses(group, group, on_pre="v_post += 1*mV")
        synapses.connect()
        for draw, arguments in (
            (plotting.trace, (states, "v")),
            (plotting.fi_curve, (group.E, spikes, 40 * ms)),
            (plotting.raster, (spikes,)),
            (plotting.rates, (spikes,)),
            (plotting.connectivity, (synapses,)),
            (plotting.plot_stdp_curve, (synapses,)),
            (plotting.plot_weights, (synapses,)),
            (plotting.plot_weight_trajectories, (states, "v")),
        ):
            with pytest.raises(ArgumentError, match=rf"^{draw.__name__}: unknown keyword 'max_lag'\. It has"):
                draw(*arguments, max_lag=5)

    def test_short_names_and_names_of_the_axes_are_known(self, membrane, ax):
        states = membrane[2]
        plotting.trace(states, "v", ax=ax, c="k", lw=2, ls=":", scalex=True)
        plotting.plot_weights([1, 2], ax=ax, fc="k", lw=2, baseline=1, orientation="vertical")
        assert len(ax.lines) == 2


class TestTrace:
    def test_returns_the_axes_it_was_given(self, membrane, ax):
        assert plotting.trace(membrane[2], "v", ax=ax) is ax

    def test_draws_into_the_present_axes_when_none_are_given(self, membrane, ax):
        pyplot.sca(ax)
        assert plotting.trace(membrane[2], "v") is ax

    def test_labels_carry_the_fitting_units(self, membrane, ax):
        plotting.trace(membrane[2], "v", ax=ax)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("Time (ms)", "v (mV)")

    def test_a_reset_is_upright_at_the_true_time_of_the_spike(self, membrane, ax):
        plotting.trace(membrane[2], "v", neurons=0, ax=ax)
        t, v = ax.lines[0].get_data()
        first = 10 * math.log(60 / 30)  # from -70 to -40 mV towards -10 mV
        falls = np.flatnonzero(np.diff(v) < -1)
        before, after = falls[0], falls[0] + 1
        assert t[after] - t[before] <= 4 * np.spacing(first)
        assert t[after] == pytest.approx(first, rel=ROUNDING)
        assert v[before] == pytest.approx(-40, rel=ROUNDING) and v[after] == pytest.approx(-60, rel=ROUNDING)

    def test_all_points_lie_on_the_closed_form(self, membrane, ax):
        plotting.trace(membrane[2], "v", neurons=0, ax=ax)
        t, v = ax.lines[0].get_data()
        early = t < 10 * math.log(60 / 30)
        expected = -10 - 60 * np.exp(-t[early] / 10)
        # the largest term is 60 mV
        assert np.max(np.abs(v[early] - expected)) <= 60 * ROUNDING

    def test_the_end_of_a_refractory_period_is_a_point_of_the_line(self, membrane, ax):
        plotting.trace(membrane[2], "v", neurons=0, ax=ax)
        t, v = ax.lines[0].get_data()
        end = 10 * math.log(2) + 5
        nearest = np.argmin(np.abs(t - end))
        assert t[nearest] == pytest.approx(end, rel=ROUNDING) and v[nearest] == pytest.approx(-60, rel=ROUNDING)

    def test_spikes_stand_on_the_trace_and_reach_the_peak(self, membrane, ax):
        _, _, states, spikes = membrane
        plotting.trace(states, "v", neurons=1, spikes=spikes, peak=20 * mV, ax=ax)
        segments = ax.collections[0].get_segments()
        times = spikes.spike_trains()[1] / ms
        assert [s[0][0] for s in segments] == pytest.approx(times.tolist(), rel=ROUNDING)
        assert np.array([s[:, 1] for s in segments]) == pytest.approx(np.array([[-40, 20]] * len(times)), rel=ROUNDING)

    def test_without_a_peak_the_marks_rise_above_the_trace(self, membrane, ax):
        _, _, states, spikes = membrane
        plotting.trace(states, "v", neurons=0, spikes=spikes, ax=ax)
        # half of the height from -70 to -40 mV
        assert ax.collections[0].get_segments()[0][1][1] == pytest.approx(-25, rel=ROUNDING)

    def test_the_threshold_is_a_level_line_in_the_unit_of_the_trace(self, membrane, ax):
        plotting.trace(membrane[2], "v", threshold=-0.04 * 1000 * mV, ax=ax)
        assert set(ax.lines[-1].get_ydata()) == {-40.0}

    def test_several_neurons_have_a_legend(self, membrane, ax):
        plotting.trace(membrane[2], "v", ax=ax)
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["neuron 0", "neuron 1"]

    def test_a_monitor_of_a_subgroup_finds_its_own_spikes(self, ax):
        other = NeuronGroup(3, "dv/dt = (i - v)/(10*ms) : 1", threshold="v > 0.8", reset="v = 0", name="other")
        states, spikes = StateMonitor(other[1:3], "v", record=True), SpikeMonitor(other[2:3])
        Network(other, states, spikes).run(30 * ms)
        plotting.trace(states, "v", neurons=1, spikes=spikes, ax=ax)
        times = [s[0][0] for s in ax.collections[0].get_segments()]
        assert times == pytest.approx((spikes.t / ms).tolist(), rel=ROUNDING)

    def test_between_shows_a_part_of_the_time_in_full_resolution(self, membrane, ax):
        plotting.trace(membrane[2], "v", neurons=0, between=[6, 8] * ms, ax=ax)
        t = ax.lines[0].get_xdata()
        assert ax.get_xlim() == (6, 8) and len(t) > plotting.POINTS and t.min() == 6 and t.max() <= 8

    def test_an_assignment_between_two_runs_is_upright(self, membrane, ax):
        network, group, states, _ = membrane
        group.v = -55 * mV
        network.run(1 * ms)
        plotting.trace(states, "v", neurons=0, between=[39, 41] * ms, ax=ax)
        t, v = ax.lines[0].get_data()
        assert v[t >= 40][0] == pytest.approx(-55, rel=ROUNDING) and t[t >= 40][0] == 40

    def test_the_line_breaks_where_nothing_was_recorded(self, ax):
        group = NeuronGroup(1, "dv/dt = (1 - v)/(10*ms) : 1")
        states = StateMonitor(group, "v", record=0)
        network = Network(group, states)
        network.run(10 * ms)
        network.remove(states)
        network.run(10 * ms)
        network.add(states)
        network.run(10 * ms)
        plotting.trace(states, "v", ax=ax)
        t, v = ax.lines[0].get_data()
        assert np.isnan(v).sum() == 1 and not np.any((t > 10) & (t < 20))

    def test_style_goes_to_matplotlib(self, membrane, ax):
        plotting.trace(membrane[2], "v", neurons=0, ax=ax, color="C3", lw=3)
        assert ax.lines[0].get_color() == "C3" and ax.lines[0].get_linewidth() == 3


class TestTraceRefuses:
    def test_a_variable_that_was_not_recorded(self, membrane, ax):
        with pytest.raises(ArgumentError, match=r"'w' was not recorded; recorded are v, E"):
            plotting.trace(membrane[2], "w", ax=ax)

    def test_a_neuron_that_was_not_recorded(self, membrane, ax):
        with pytest.raises(ArgumentError, match=r"neuron 7 was not recorded; recorded are 0, 1"):
            plotting.trace(membrane[2], "v", neurons=7, ax=ax)

    def test_a_monitor_that_saw_nothing(self, ax):
        group = NeuronGroup(1, "dv/dt = (1 - v)/(10*ms) : 1")
        states = StateMonitor(group, "v", record=0)
        with pytest.raises(ArgumentError, match=r"nothing was recorded yet. Call run"):
            plotting.trace(states, "v", ax=ax)
        Network(group, states).run(0 * ms)

    def test_a_time_outside_the_recording(self, membrane, ax):
        with pytest.raises(ArgumentError, match=r"nothing was recorded between 50 and 60 ms; recorded is 0 to 40 ms"):
            plotting.trace(membrane[2], "v", between=[50, 60] * ms, ax=ax)

    def test_spikes_of_another_group(self, membrane, ax):
        other = NeuronGroup(1, "dv/dt = (1 - v)/(10*ms) : 1", threshold="v > 0.8", reset="v = 0")
        spikes = SpikeMonitor(other)
        Network(other, spikes).run(0 * ms)
        with pytest.raises(ArgumentError, match=r"expected spikes of group"):
            plotting.trace(membrane[2], "v", spikes=spikes, ax=ax)

    def test_a_threshold_of_another_dimension(self, membrane, ax):
        with pytest.raises(DimensionMismatchError, match=r"trace, threshold: expected a voltage, found 5. ms"):
            plotting.trace(membrane[2], "v", threshold=5 * ms, ax=ax)

    def test_what_is_no_monitor(self, membrane, ax):
        with pytest.raises(ArgumentError, match=r"trace: expected a StateMonitor, found <NeuronGroup"):
            plotting.trace(membrane[1], "v", ax=ax)


class TestRaster:
    def test_every_spike_is_a_mark_at_its_exact_time(self, membrane, ax):
        spikes = membrane[3]
        assert plotting.raster(spikes, ax=ax) is ax
        t, i = ax.lines[0].get_data()
        assert np.array_equal(t, spikes.t / ms) and np.array_equal(i, spikes.i)

    def test_the_time_axis_spans_the_run(self, membrane, ax):
        plotting.raster(membrane[3], ax=ax)
        assert ax.get_xlim() == (0, 40)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("Time (ms)", "Neuron index")

    def test_silence_is_an_empty_figure(self, ax):
        group = NeuronGroup(2, "dv/dt = (0.5 - v)/(10*ms) : 1", threshold="v > 0.8", reset="v = 0")
        spikes = SpikeMonitor(group)
        Network(group, spikes).run(10 * second)
        plotting.raster(spikes, ax=ax)
        assert len(ax.lines[0].get_xdata()) == 0 and ax.get_xlabel() == "Time (s)"

    def test_counts_alone_are_refused(self, ax):
        group = NeuronGroup(2, "dv/dt = (1 - v)/(10*ms) : 1", threshold="v > 0.8", reset="v = 0")
        spikes = SpikeMonitor(group, record=False)
        Network(group, spikes).run(10 * ms)
        with pytest.raises(ArgumentError, match=r"kept only counts. Make it without record=False"):
            plotting.raster(spikes, ax=ax)

    def test_style_goes_to_matplotlib(self, membrane, ax):
        plotting.raster(membrane[3], ax=ax, c="C1", marker=".")
        assert ax.lines[0].get_color() == "C1" and ax.lines[0].get_marker() == "."


class TestFICurve:
    def test_rates_are_counts_per_second(self, membrane, ax):
        _, group, _, spikes = membrane
        assert plotting.fi_curve(group.E, spikes, 40 * ms, ax=ax) is ax
        x, rates = ax.lines[0].get_data()
        assert np.array_equal(rates, spikes.count / 0.04)
        assert x == pytest.approx([-10, 0], rel=ROUNDING)

    def test_the_drive_gives_its_name_and_unit(self, membrane, ax):
        plotting.fi_curve(membrane[1].E, membrane[3], 40 * ms, ax=ax)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("E (mV)", "Firing rate (Hz)")

    def test_a_plain_array_will_do(self, membrane, ax):
        plotting.fi_curve([1.0, 2.0], membrane[3], 40 * ms, ax=ax)
        assert ax.get_xlabel() == "Drive"

    def test_the_number_of_drives_must_be_that_of_the_neurons(self, membrane, ax):
        with pytest.raises(ArgumentError, match=r"expected 2 values, one for each neuron of \w+, found shape \(3,\)"):
            plotting.fi_curve([1, 2, 3], membrane[3], 40 * ms, ax=ax)

    def test_the_duration_is_a_positive_time(self, membrane, ax):
        with pytest.raises(DimensionMismatchError, match=r"fi_curve, duration: expected a time, found 40 \("):
            plotting.fi_curve(membrane[1].E, membrane[3], 40, ax=ax)
        with pytest.raises(ArgumentError, match=r"fi_curve, duration: expected a positive time, found 0"):
            plotting.fi_curve(membrane[1].E, membrane[3], 0 * ms, ax=ax)


def stimulus(n, spikes, name, silence=10):
    """A generator that fires at given (neuron, ms), its monitor, after a run of 10 ms."""
    group = SpikeGeneratorGroup(n, [i for i, _ in spikes], [t for _, t in spikes] * ms, name=name)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(silence * ms)
    return group, monitor


class TestRasterOfSeveral:
    def test_bands_are_stacked_from_below_and_apart(self, ax):
        _, low = stimulus(3, [(0, 1), (2, 5)], "low")
        _, high = stimulus(2, [(1, 4)], "high")
        plotting.raster({"exc": low, "inh": high}, ax=ax)
        assert [line.get_xdata().tolist() for line in ax.lines[:2]] == [[1, 5], [4]]
        # three rows, a gap of one, then the other two
        assert [line.get_ydata().tolist() for line in ax.lines[:2]] == [[0, 2], [5]]

    def test_bands_have_colours_and_names(self, ax):
        monitors = [stimulus(2, [(0, 1)], name)[1] for name in ("a", "b")]
        plotting.raster(monitors, ax=ax)
        assert [line.get_color() for line in ax.lines[:2]] == ["C0", "C1"]
        assert [(text.get_text(), text.get_color()) for text in ax.texts] == [("a", "C0"), ("b", "C1")]

    def test_a_line_parts_two_bands(self, ax):
        monitors = [stimulus(2, [(0, 1)], name)[1] for name in ("a", "b")]
        plotting.raster(monitors, ax=ax)
        assert set(ax.lines[2].get_ydata()) == {2.0}

    def test_each_band_counts_its_own_neurons(self, ax):
        monitors = [stimulus(n, [(0, 1)], name)[1] for n, name in ((100, "a"), (60, "b"))]
        plotting.raster(monitors, ax=ax)
        heights = ax.yaxis.get_major_locator()()
        labels = ax.yaxis.get_major_formatter().format_ticks(heights)
        # 100 rows and a gap of 3 % of 160
        start = 100 + 0.03 * 160
        assert heights[0] == 0 and labels[0] == "0"
        assert start in heights and labels[list(heights).index(start)] == "0"
        expected = [y if y < 100 else y - start for y in heights]
        assert [float(label) for label in labels] == pytest.approx(expected, abs=1e-12)

    def test_ticks_follow_a_zoom(self, ax):
        monitors = [stimulus(n, [(0, 1)], name)[1] for n, name in ((100, "a"), (60, "b"))]
        plotting.raster(monitors, ax=ax)
        ax.set_ylim(20, 30)
        assert {22, 24, 26, 28} <= set(ax.yaxis.get_major_locator()())

    def test_one_colour_for_all_or_one_for_each(self, ax):
        monitors = [stimulus(2, [(0, 1)], name)[1] for name in ("a", "b")]
        plotting.raster(monitors, ax=ax, color="k")
        plotting.raster(monitors, ax=ax, c=["C3", "C5"])
        assert [ax.lines[k].get_color() for k in (0, 1, 3, 4)] == ["k", "k", "C3", "C5"]

    def test_the_time_axis_spans_all_runs(self, ax):
        monitors = [stimulus(2, [(0, 1)], name, silence)[1] for name, silence in (("a", 10), ("b", 30))]
        plotting.raster(monitors, ax=ax)
        assert ax.get_xlim() == (0, 30)

    def test_parts_of_one_monitor_stay_in_their_rows(self, ax):
        _, monitor = stimulus(10, [(1, 1), (8, 2), (5, 3)], "g")
        plotting.raster(monitor, groups={"exc": 8, "inh": 2}, ax=ax)
        assert [line.get_ydata().tolist() for line in ax.lines[:2]] == [[1, 5], [8]]
        assert set(ax.lines[2].get_ydata()) == {7.5}
        assert [text.get_text() for text in ax.texts] == ["exc", "inh"]

    def test_parts_may_be_subgroups(self, ax):
        group, monitor = stimulus(10, [(1, 1), (8, 2), (5, 3)], "g")
        plotting.raster(monitor, groups={"some": group[4:6], "others": group[7:10]}, ax=ax)
        assert [line.get_ydata().tolist() for line in ax.lines[:2]] == [[5], [8]]

    def test_parts_of_a_monitored_part_count_from_its_beginning(self, ax):
        group = SpikeGeneratorGroup(10, [4, 6], [1, 2] * ms)
        monitor = SpikeMonitor(group[3:8])
        Network(group, monitor).run(5 * ms)
        plotting.raster(monitor, groups={"a": group[3:5], "b": group[5:8]}, ax=ax)
        assert [line.get_ydata().tolist() for line in ax.lines[:2]] == [[1], [3]]


class TestRasterRefuses:
    @pytest.fixture
    def group_and_monitor(self):
        return stimulus(10, [(1, 1)], "g")

    def test_numbers_that_do_not_add_up(self, group_and_monitor, ax):
        with pytest.raises(ArgumentError, match=r"raster, groups: the numbers add up to 9, but g has 10 neurons"):
            plotting.raster(group_and_monitor[1], groups={"exc": 8, "inh": 1}, ax=ax)

    def test_parts_of_another_group(self, group_and_monitor, ax):
        other = SpikeGeneratorGroup(10, [1], [1] * ms, name="other")
        Network(other).run(0 * ms)
        with pytest.raises(
            ArgumentError, match=r"groups\['exc'\]: expected a part of g, found <Subgroup 'other\[0:3\]'"
        ):
            plotting.raster(group_and_monitor[1], groups={"exc": other[:3]}, ax=ax)

    def test_parts_that_are_neither_numbers_nor_groups(self, group_and_monitor, ax):
        with pytest.raises(
            ArgumentError, match=r"groups\['exc'\]: expected a number of neurons or a part of g, found -3"
        ):
            plotting.raster(group_and_monitor[1], groups={"exc": -3}, ax=ax)
        with pytest.raises(ArgumentError, match=r"expected a dictionary such as {'exc': 3200, 'inh': 800}, found 5"):
            plotting.raster(group_and_monitor[1], groups=5, ax=ax)

    def test_groups_of_several_monitors(self, group_and_monitor, ax):
        monitors = [group_and_monitor[1]] * 2
        with pytest.raises(
            ArgumentError, match=r"raster, groups: splits one monitor, found 2; name them in a dictionary"
        ):
            plotting.raster(monitors, groups={"exc": 10}, ax=ax)

    def test_something_else_among_the_monitors(self, group_and_monitor, ax):
        group, monitor = group_and_monitor
        with pytest.raises(ArgumentError, match=r"raster, 'b': expected a SpikeMonitor, found <SpikeGeneratorGroup"):
            plotting.raster({"a": monitor, "b": group}, ax=ax)
        with pytest.raises(ArgumentError, match=r"raster: expected at least one monitor, found none"):
            plotting.raster([], ax=ax)

    def test_a_wrong_number_of_colours(self, group_and_monitor, ax):
        with pytest.raises(ArgumentError, match=r"raster, color: expected one colour, or 2 in a list, found \['C0'\]"):
            plotting.raster([group_and_monitor[1]] * 2, color=["C0"], ax=ax)


class TestRates:
    def test_every_spike_is_spread_by_a_normal_density(self, ax):
        _, monitor = stimulus(4, [(0, 50), (3, 53)], "g", 100)
        assert plotting.rates(monitor, width=2 * ms, ax=ax) is ax
        t, rate = ax.lines[0].get_data()
        density = sum(np.exp(-0.5 * ((t - at) / 2) ** 2) for at in (50, 53)) / (2 * math.sqrt(2 * math.pi))
        # far from the ends; the density is cut where it is below 1e-15 of its peak
        inside = (t > 20) & (t < 80)
        assert rate[inside] == pytest.approx(1000 * density[inside] / 4, rel=1e-12, abs=1e-12)

    def test_a_constant_rate_does_not_sink_towards_the_ends(self, ax):
        group = NeuronGroup(100, "dv/dt = 1/(10*ms) : 1", threshold="v > 1", reset="v = 0")
        group.v = "(i + 0.5)/N"
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(100 * ms)
        plotting.rates(monitor, width=5 * ms, ax=ax)
        # one spike each 0.1 ms, and the sum over it differs little from an integral
        assert ax.lines[0].get_ydata() == pytest.approx(100, rel=1e-3)

    def test_both_kinds_of_monitors_show_the_same(self, ax):
        group = SpikeGeneratorGroup(4, [0, 1, 2], [2, 3, 7] * ms)
        monitors = [SpikeMonitor(group), PopulationRateMonitor(group)]
        Network(group, monitors).run(10 * ms)
        plotting.rates(monitors, width=1 * ms, ax=ax)
        assert np.array_equal(ax.lines[0].get_data(), ax.lines[1].get_data())

    def test_agrees_with_the_smooth_rate_of_the_monitor(self, ax):
        group = SpikeGeneratorGroup(4, [0, 1, 2], [20, 23, 27] * ms)
        monitor = PopulationRateMonitor(group, dt=0.5 * ms)
        Network(group, monitor).run(50 * ms)
        plotting.rates(monitor, width=1 * ms, ax=ax)
        t, rate = ax.lines[0].get_data()
        assert t[50:-50:5] == pytest.approx(monitor.t[10:-9] / ms, rel=1e-12)
        # what lies outside of the recording is below 1e-6 of a density, 5 ms from its ends
        assert rate[50:-50:5] == pytest.approx(monitor.smooth_rate(width=1 * ms)[10:-9] / Hz, rel=1e-6, abs=1e-9)

    def test_parts_have_rates_of_their_own_neurons(self, ax):
        _, monitor = stimulus(5, [(0, 50), (4, 50)], "g", 100)
        plotting.rates(monitor, width=2 * ms, groups={"four": 4, "one": 1}, ax=ax)
        four, one = (line.get_ydata() for line in ax.lines)
        assert four.max() == pytest.approx(1000 / (4 * 2 * math.sqrt(2 * math.pi)), rel=1e-12)
        assert one == pytest.approx(4 * four, rel=1e-12)
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["four", "one"]

    def test_the_axis_is_in_hertz_and_starts_at_zero(self, ax):
        plotting.rates(stimulus(1, [(0, 5)], "g")[1], ax=ax)
        assert ax.get_ylabel() == "Firing rate (Hz)" and ax.get_ylim()[0] == 0

    def test_without_a_width_a_hundredth_of_the_time_is_taken(self, ax):
        plotting.rates(stimulus(1, [(0, 50)], "g", 100)[1], ax=ax)
        assert ax.lines[0].get_ydata().max() == pytest.approx(1000 / math.sqrt(2 * math.pi), rel=1e-12)

    def test_the_line_breaks_where_nothing_was_recorded(self, ax):
        group = SpikeGeneratorGroup(1, [0], [5] * ms)
        monitor = SpikeMonitor(group)
        network = Network(group, monitor)
        network.run(10 * ms)
        network.remove(monitor)
        network.run(10 * ms)
        network.add(monitor)
        network.run(10 * ms)
        plotting.rates(monitor, width=1 * ms, ax=ax)
        t, rate = ax.lines[0].get_data()
        assert np.isnan(rate).sum() == 1 and not np.any((t > 10) & (t < 20))

    def test_colours_are_those_of_the_raster(self, ax):
        monitors = {name: stimulus(2, [(0, 1)], name)[1] for name in ("a", "b")}
        plotting.rates(monitors, ax=ax)
        assert [line.get_color() for line in ax.lines] == ["C0", "C1"]


class TestRatesRefuse:
    def test_a_monitor_that_saw_nothing(self, ax):
        group = SpikeGeneratorGroup(1, [0], [5] * ms)
        monitor = SpikeMonitor(group, name="unseen")
        with pytest.raises(ArgumentError, match=r"rates: 'unseen' has recorded nothing yet. Call run"):
            plotting.rates(monitor, ax=ax)
        Network(group, monitor).run(0 * ms)

    def test_a_width_that_is_no_positive_time(self, ax):
        _, monitor = stimulus(1, [(0, 5)], "g")
        with pytest.raises(DimensionMismatchError, match=r"rates, width: expected a time, found 5 \("):
            plotting.rates(monitor, width=5, ax=ax)
        with pytest.raises(ArgumentError, match=r"rates, width: expected a positive time, found 0. s"):
            plotting.rates(monitor, width=0 * ms, ax=ax)

    def test_to_split_a_rate(self, ax):
        group = SpikeGeneratorGroup(2, [0], [5] * ms)
        monitor = PopulationRateMonitor(group)
        Network(group, monitor).run(10 * ms)
        with pytest.raises(ArgumentError, match=r"rates, groups: needs a SpikeMonitor, which knows who fired"):
            plotting.rates(monitor, groups={"a": 1, "b": 1}, ax=ax)

    def test_what_is_no_monitor(self, membrane, ax):
        with pytest.raises(
            ArgumentError, match=r"rates: expected a SpikeMonitor or PopulationRateMonitor, found <State"
        ):
            plotting.rates(membrane[2], ax=ax)


@pytest.fixture
def synapses():
    """Four synapses from three neurons to a part of five."""
    source = NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0", name="few")
    target = NeuronGroup(5, "v : 1", name="many")
    result = Synapses(source, target[1:], "w : volt", on_pre="v_post += w/volt")
    result.connect(i=[0, 0, 2, 2], j=[0, 3, 1, 1])
    result.w = [1, 2, 3, 5] * mV
    result.delay = [0.5, 1, 1.5, 2] * ms
    Network(source, target, result).run(0 * ms)
    return result


def large(n, name="large"):
    """A network with more synapses than a figure shows dots: each to all others of its half."""
    group = NeuronGroup(n, "v : 1", name=name)
    result = Synapses(group, group, "w : 1")
    result.connect("i // (N_pre/2) == j // (N_pre/2)")
    result.w = "i"
    Network(group, result).run(0 * ms)
    return result


class TestConnectivity:
    def test_lines_join_source_and_target(self, synapses, ax):
        assert plotting.connectivity(synapses, "lines", ax=ax) is ax
        segments = [segment.tolist() for segment in ax.collections[0].get_segments()]
        assert segments == [[[0, i], [1, j]] for i, j in ((0, 0), (0, 3), (2, 1), (2, 1))]
        assert [line.get_ydata().tolist() for line in ax.lines] == [[0, 1, 2], [0, 1, 2, 3]]

    def test_lines_say_which_groups(self, synapses, ax):
        plotting.connectivity(synapses, "lines", ax=ax)
        assert [label.get_text() for label in ax.get_xticklabels()] == ["few\n(source)", "many[1:5]\n(target)"]

    def test_dots_lie_at_source_and_target(self, synapses, ax):
        assert plotting.connectivity(synapses, "dots", ax=ax) is ax
        assert ax.collections[0].get_offsets().tolist() == [[0, 0], [0, 3], [2, 1], [2, 1]]
        assert ax.get_xlabel() == "Source neuron index (few)"
        assert ax.get_ylabel() == "Target neuron index (many[1:5])"

    def test_a_matrix_counts_the_synapses_of_each_pair(self, synapses, ax):
        plotting.connectivity(synapses, "matrix", ax=ax)
        cells = ax.collections[0].get_array()
        assert cells.tolist() == [[1, 0, 0], [0, 0, 2], [0, 0, 0], [1, 0, 0]]
        assert scale_of(ax) == ("Synapses per pair", (0, 2))

    def test_a_matrix_of_weights_has_their_means_and_holes(self, synapses, ax):
        plotting.connectivity(synapses, "matrix", weight="w", ax=ax)
        cells = ax.collections[0].get_array()
        assert cells.mask.tolist() == [[False, True, True], [True, True, False], [True] * 3, [False, True, True]]
        assert cells.compressed() == pytest.approx([1, 4, 2], rel=ROUNDING)
        assert scale_of(ax)[0] == "Mean of w (mV)"

    def test_without_a_kind_both_ways_stand_side_by_side(self, synapses):
        left, right = plotting.connectivity(synapses)
        assert left.figure is right.figure
        assert len(left.collections[0].get_segments()) == len(right.collections[0].get_offsets()) == 4
        pyplot.close(left.figure)

    def test_two_axes_may_be_given(self, synapses):
        figure, axes = pyplot.subplots(1, 2)
        assert plotting.connectivity(synapses, ax=axes) == tuple(axes)
        pyplot.close(figure)

    @pytest.mark.parametrize("kind", ["lines", "dots"])
    def test_a_variable_becomes_colour_with_its_unit(self, synapses, ax, kind):
        plotting.connectivity(synapses, kind, weight="w", ax=ax)
        assert ax.collections[0].get_array().tolist() == pytest.approx([1, 2, 3, 5], rel=ROUNDING)
        assert scale_of(ax) == ("w (mV)", pytest.approx((1, 5), rel=ROUNDING))

    def test_the_delay_is_a_variable_too(self, synapses, ax):
        plotting.connectivity(synapses, "dots", weight="delay", ax=ax)
        assert ax.collections[0].get_array().tolist() == pytest.approx([0.5, 1, 1.5, 2], rel=ROUNDING)
        assert scale_of(ax)[0] == "delay (ms)"

    def test_a_shared_variable_gives_all_the_same_colour(self, ax):
        group = NeuronGroup(3, "v : 1")
        alike = Synapses(group, group, "w : 1 (shared)")
        alike.connect(j="i")
        alike.w = 2
        Network(group, alike).run(0 * ms)
        plotting.connectivity(alike, "dots", weight="w", ax=ax)
        assert ax.collections[0].get_array().tolist() == [2, 2, 2]

    def test_numbers_of_any_origin_become_colour(self, synapses, ax):
        plotting.connectivity(synapses, "dots", weight=[1, 2, 3, 4] * mV, ax=ax)
        assert ax.collections[0].get_array().tolist() == pytest.approx([1, 2, 3, 4], rel=ROUNDING)
        assert scale_of(ax)[0] == "Weight (mV)"

    def test_weights_of_both_signs_part_at_zero(self, synapses, ax):
        plotting.connectivity(synapses, "dots", weight=[-1, 2, 0, 4], ax=ax)
        assert scale_of(ax) == ("Weight", (-4, 4))

    def test_equal_weights_have_a_scale_from_zero(self, synapses, ax):
        plotting.connectivity(synapses, "dots", weight=[3, 3, 3, 3], ax=ax)
        assert scale_of(ax) == ("Weight", (0, 3))

    def test_style_goes_to_matplotlib(self, synapses, ax):
        plotting.connectivity(synapses, "lines", ax=ax, color="C3")
        plotting.connectivity(synapses, "dots", ax=ax, weight="w", cmap="magma", vmin=0)
        lines, dots = ax.collections
        assert matplotlib.colors.same_color(lines.get_color()[0][:3], "C3")
        assert dots.get_cmap().name == "magma" and dots.norm.vmin == 0

    def test_no_synapses_are_an_empty_figure(self, ax):
        group = NeuronGroup(3, "v : 1")
        none = Synapses(group, group, "w : 1")
        none.connect("i > 5")
        Network(group, none).run(0 * ms)
        for kind in ("lines", "dots", "matrix"):
            plotting.connectivity(none, kind, ax=ax)
            plotting.connectivity(none, kind, weight="w", ax=ax)
        assert len(ax.collections[0].get_segments()) == 0

    def test_a_stimulus_may_be_the_source(self, ax):
        clicks = SpikeGeneratorGroup(2, [0], [1] * ms, name="clicks")
        group = NeuronGroup(3, "v : 1")
        heard = Synapses(clicks, group)
        heard.connect()
        Network(clicks, group, heard).run(0 * ms)
        plotting.connectivity(heard, "dots", ax=ax)
        assert len(ax.collections[0].get_offsets()) == 6 and ax.get_xlabel() == "Source neuron index (clicks)"


class TestConnectivityOfManyNeurons:
    def test_an_image_takes_the_place_of_many_dots(self):
        left, right = plotting.connectivity(large(200))
        cells = right.collections[0].get_array()
        assert cells.shape == (200, 200) and set(cells[:100, :100].ravel()) == {1} and not cells[100:, :100].any()
        pyplot.close(left.figure)

    def test_cells_of_several_neurons_hold_the_part_that_is_connected(self, ax):
        # 450 neurons: cells of three; a cell in the middle of 150 is connected to a half or not at all
        plotting.connectivity(large(450), "matrix", ax=ax)
        cells = ax.collections[0].get_array()
        assert cells.shape == (150, 150)
        assert cells.sum() * 9 == pytest.approx(2 * 225**2, rel=1e-12) and set(np.unique(cells)) == {0, 1}

    def test_the_last_cell_may_be_smaller(self, ax):
        group = NeuronGroup(401, "v : 1")
        everyone = Synapses(group, group)
        everyone.connect(i=np.arange(401), j=400)
        Network(group, everyone).run(0 * ms)
        plotting.connectivity(everyone, "matrix", ax=ax)
        cells = ax.collections[0].get_array()
        # cells of three; the last has two neurons, one of which has all the synapses
        assert cells.shape == (134, 134) and set(cells[-1]) == {0.5} and not cells[:-1].any()

    def test_means_of_weights_are_those_of_a_cell(self, ax):
        plotting.connectivity(large(450), "matrix", weight="w", ax=ax)
        cells = ax.collections[0].get_array()
        assert cells[0].compressed() == pytest.approx(np.arange(75) * 3 + 1, rel=ROUNDING)

    def test_some_of_many_lines_are_drawn_and_the_title_says_so(self, ax):
        many = large(60)
        plotting.connectivity(many, "lines", ax=ax)
        segments = ax.collections[0].get_segments()
        assert len(segments) == 500 and ax.get_title() == "500 of 1800 synapses"
        assert all((a[1] < 30) == (b[1] < 30) for a, b in segments)

    def test_drawing_leaves_random_numbers_alone(self, ax):
        np.random.seed(1)
        state = np.random.get_state()[1].copy()
        plotting.connectivity(large(60), "lines", ax=ax)
        assert np.array_equal(np.random.get_state()[1], state)


class TestConnectivityRefuses:
    def test_what_is_no_synapses(self, membrane, ax):
        with pytest.raises(ArgumentError, match=r"connectivity: expected a Synapses, found <NeuronGroup"):
            plotting.connectivity(membrane[1], ax=ax)

    def test_synapses_that_were_never_connected(self, ax):
        group = NeuronGroup(3, "v : 1")
        loose = Synapses(group, group, name="loose")
        with pytest.raises(ArgumentError, match=r"connectivity: Synapses 'loose' were never connected. Call connect"):
            plotting.connectivity(loose, ax=ax)
        loose.connect()
        Network(group, loose).run(0 * ms)

    def test_an_unknown_kind(self, synapses, ax):
        with pytest.raises(ArgumentError, match=r"kind: expected 'lines', 'dots', 'matrix' or None, found 'image'"):
            plotting.connectivity(synapses, "image", ax=ax)

    def test_one_axes_for_two_ways(self, synapses, ax):
        with pytest.raises(ArgumentError, match=r"connectivity, ax: expected two Axes.*Give kind='lines'"):
            plotting.connectivity(synapses, ax=ax)

    def test_an_unknown_variable(self, synapses, ax):
        with pytest.raises(MissingError, match=r"weight: the synapses have no variable 'g'; they have w, delay"):
            plotting.connectivity(synapses, "dots", weight="g", ax=ax)

    def test_a_wrong_number_of_weights(self, synapses, ax):
        with pytest.raises(ArgumentError, match=r"weight: expected 4 values, one for each synapse, found shape \(3,\)"):
            plotting.connectivity(synapses, "dots", weight=[1, 2, 3], ax=ax)


def scale_of(ax):
    """Return the label and the ends of the scale of colours."""
    bar = ax.collections[-1].colorbar
    return bar.ax.get_ylabel() or bar.ax.yaxis.label.get_text(), (bar.vmin, bar.vmax)
