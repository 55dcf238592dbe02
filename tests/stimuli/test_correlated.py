"""Correlated Poisson trains and pulse packets."""

import numpy as np
import pytest
from scipy import stats
from sources import arrays, drive, fresh, kolmogorov, trains

from eventsnn import Hz, ms, mV, start_scope
from eventsnn.errors import ArgumentError, DimensionMismatchError, WrongTypeError
from eventsnn.groups.correlated import CorrelatedPoissonGroup
from eventsnn.groups.packets import PulsePacketGroup
from eventsnn.randomness import Draws
from eventsnn.stimuli.correlated import KINDS, choose

N, RATE, END = 12, 0.05, 40_000.0


def within(found, expected, sigma):
    """Whether a normal number lies within five standard deviations: not so in 1 of 1.7 million cases."""
    return abs(found - expected) < 5 * sigma


@pytest.fixture(scope="module")
def runs():
    return {
        (kind, c): fresh(lambda kind=kind, c=c: CorrelatedPoissonGroup(N, 50 * Hz, c, kind), END)
        for kind in KINDS
        for c in (0.0, 0.2, 1.0)
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("c", [0.0, 0.2, 1.0])
def test_rates_intervals_and_shared_spikes(runs, kind, c):
    parts = trains(runs[kind, c], N)
    mean = RATE * END
    for train in parts:
        assert within(len(train), mean, np.sqrt(mean))
    assert kolmogorov(np.diff(parts[0]), lambda x: 1 - np.exp(-RATE * x)) < 2.7
    # exact coincidences: any two share c of their spikes, at the same double
    shared = [len(np.intersect1d(a, b)) for k, a in enumerate(parts) for b in parts[:k]]
    if c == 0.0:
        assert max(shared) == 0
    elif c == 1.0:
        assert all(np.array_equal(train, parts[0]) for train in parts)
    else:
        for count in shared:
            assert within(count, c * mean, np.sqrt(c * mean))
        assert np.mean(shared) == pytest.approx(c * mean, rel=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_counts_have_the_correlation(runs, kind):
    times, who = arrays(runs[kind, 0.2])
    for width in (5.0, 100.0):
        counts = np.histogram2d(who, times, bins=(np.arange(N + 1), np.arange(0, END + width, width)))[0]
        correlation = np.corrcoef(counts)[np.triu_indices(N, 1)]
        # of one coefficient over END/width windows; the pairs are not independent of each other
        assert np.abs(correlation - 0.2).max() < 6 / np.sqrt(END / width)
        assert abs(correlation.mean() - 0.2) < 3 / np.sqrt(END / width)


def test_the_kinds_differ_in_how_many_fire_together(runs):
    sizes = {}
    for kind in KINDS:
        times, _ = arrays(runs[kind, 0.2])
        sizes[kind] = np.unique(times, return_counts=True)[1]
    # common: alone or all; copy: binomial with p = c, all silent ones left out; mixture: binomial with p = sqrt(c)
    assert set(sizes["common"]) == {1, N}
    for kind, p, common in (("copy", 0.2, RATE / 0.2), ("mixture", np.sqrt(0.2), RATE)):
        for k in range(2, 10):
            expected = common * END * stats.binom(N, p).pmf(k)
            assert within((sizes[kind] == k).sum(), expected, np.sqrt(expected) + 1)


def test_choosing_by_leaps_is_choosing_each():
    for p in (0.003, 0.3, 0.97):
        which, who = choose(Draws("a", "copies"), np.arange(3000), 50, p)
        assert within(len(who), 3000 * 50 * p, np.sqrt(3000 * 50 * p * (1 - p)))
        assert len(np.unique(which * 50 + who)) == len(who)
        counts = np.bincount(who, minlength=50)
        assert np.abs(counts - 3000 * p).max() < 5 * np.sqrt(3000 * p * (1 - p)) + 2
        assert who.min() >= 0 and who.max() < 50


def test_the_choice_for_one_spike_does_not_depend_on_the_others():
    start_scope()
    draws = Draws("a", "copies")
    which, who = choose(draws, np.arange(40), 30, 0.2)
    for k in (0, 7, 39):
        _, alone = choose(draws, np.array([k]), 30, 0.2)
        assert sorted(alone.tolist()) == sorted(who[which == k].tolist())


def test_rate_and_correlation_change_between_runs():
    source = CorrelatedPoissonGroup(10, 50 * Hz, 0.5)
    first = drive(source, 10_000.0)
    source.c, source.rate = 0.0, 20 * Hz
    second = drive(source, 20_000.0)
    assert within(len(first), 5000, np.sqrt(5000 * 5.5)) and within(len(second), 2000, np.sqrt(2000))
    times, _ = arrays(second)
    assert len(np.unique(times)) == len(times)
    assert float(source.c) == 0 and source.rate == 20 * Hz and source.kind == "mixture"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((-1 * Hz, 0.1), ArgumentError, r"\.rate: expected finite values that are not negative, found -1 Hz"),
        ((1 * ms, 0.1), DimensionMismatchError, r"\.rate: expected a frequency \(Hz\), found 1. ms"),
        ((1 * Hz, 1.1), ArgumentError, r"\.c: expected a correlation from 0 to 1, found 1.1"),
        ((1 * Hz, -0.1), ArgumentError, r"\.c: expected a correlation from 0 to 1, found -0.1"),
        ((1 * Hz, 0.1, "hybrid"), ArgumentError, r"kind: expected one of mixture, copy, common, found 'hybrid'"),
    ],
)
def test_errors_of_correlated_groups(arguments, error, message):
    with pytest.raises(error, match=message):
        CorrelatedPoissonGroup(3, *arguments)


# --- pulse packets ---------------------------------------------------------------------------------------------


def test_packets_are_normal_around_their_centres():
    n, sigma = 2000, [1.0, 3.0]
    times, who = arrays(fresh(lambda: PulsePacketGroup(n, [50, 150] * ms, [n, 1500], sigma * ms), 300.0))
    for centre, count, width in ((50, n, 1.0), (150, 1500, 3.0)):
        inside = np.abs(times - centre) < 50
        assert inside.sum() == count == len(np.unique(who[inside]))
        assert kolmogorov(times[inside], stats.norm(centre, width).cdf) < 2.7
        assert within(times[inside].mean(), centre, width / np.sqrt(count))
        assert within(times[inside].std(), width, width / np.sqrt(2 * count))


def test_who_takes_part_is_chosen_anew_for_each_packet():
    n, packets, count = 40, 500, 10
    source = PulsePacketGroup(n, np.arange(packets) * ms, count)
    times, who = arrays(drive(source, packets + 1.0))
    assert np.array_equal(times, np.repeat(np.arange(packets), count))
    assert all(len(set(who[k : k + count])) == count for k in range(0, len(who), count))
    taken = np.bincount(who, minlength=n)
    assert np.abs(taken - packets * count / n).max() < 5 * np.sqrt(packets * 0.25 * 0.75)


def test_without_sigma_all_fire_at_exactly_the_centre():
    assert drive(PulsePacketGroup(3, 16.1 * ms), 20.0) == [(16.1, 0), (16.1, 1), (16.1, 2)]
    assert drive(PulsePacketGroup(3, [4, 4] * ms, [1, 0]), 20.0)[0][0] == 4.0


def test_what_comes_before_the_beginning_is_not_sent():
    spikes = fresh(lambda: PulsePacketGroup(1000, 0 * ms, sigma=5 * ms), 100.0)
    assert 350 < len(spikes) < 650 and min(spikes)[0] >= 0


def test_packets_are_read():
    source = PulsePacketGroup(10, [5, 15] * ms, [3, 4], 2 * ms)
    assert (source.times / ms).tolist() == [5, 15] and source.spikes.tolist() == [3, 4]
    assert (source.sigma / ms).tolist() == [2, 2]
    assert "2 packets of 3 to 4 spikes, sigma 2 ms" in repr(source)
    assert drive(PulsePacketGroup(10, [] * ms), 10.0) == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((5 * mV,), DimensionMismatchError, r"\.times: expected a time, found 5. mV \(a voltage"),
        (([5, -1] * ms,), ArgumentError, r"\.times: expected finite times from 0 on, found -1. ms at \[1\]"),
        (([[5]] * ms,), ArgumentError, r"\.times: expected a list of times, found shape \(1, 1\)"),
        (([5, 6] * ms, 11), ArgumentError, r"\.spikes: expected from 0 to 10 spikes .* found 11 at \[0\]"),
        (([5, 6] * ms, [1, -1]), ArgumentError, r"\.spikes: expected from 0 to 10 spikes .* found -1 at \[1\]"),
        (([5, 6] * ms, 1.5), WrongTypeError, r"\.spikes: expected whole numbers, found 1.5"),
        (
            ([5, 6] * ms, [1, 2, 3]),
            ArgumentError,
            r"\.spikes: expected 1 value or 2 \(one for each packet\), got shape",
        ),
        (([5, 6] * ms, 1, 5 * Hz), DimensionMismatchError, r"\.sigma: expected a time, found 5. Hz"),
        (([5, 6] * ms, 1, -5 * ms), ArgumentError, r"\.sigma: expected finite times from 0 on, found -5. ms at \[0\]"),
    ],
)
def test_errors_of_packets(arguments, error, message):
    with pytest.raises(error, match=message):
        PulsePacketGroup(10, *arguments)
