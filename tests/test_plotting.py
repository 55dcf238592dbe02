"""Figures show the exact values, in fitting units, in the Axes that they are given."""

from __future__ import annotations

import math

import matplotlib
import numpy as np
import pytest

from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
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
