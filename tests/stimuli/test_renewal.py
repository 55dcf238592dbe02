"""Regular, gamma and dead-time trains: intervals, stationarity, and changes between runs."""

import numpy as np
import pytest
from scipy import stats
from sources import arrays, drive, fresh, kolmogorov, trains

from eventsnn import Hz, ms, mV, second, seed
from eventsnn.errors import ArgumentError, DimensionMismatchError, EquationError
from eventsnn.groups.renewal import DeadTimePoissonGroup, GammaGroup, RegularGroup


def waits(spikes, n):
    return np.concatenate([np.diff(train) for train in trains(spikes, n)])


def within(found, expected, sigma):
    """Whether a normal number lies within five standard deviations: not so in 1 of 1.7 million cases."""
    return abs(found - expected) < 5 * sigma


# --- regular ---------------------------------------------------------------------------------------------------


def test_regular_trains_do_not_drift():
    source = RegularGroup(3, [100, 30, 0] * Hz, phase=[2.5, 0, 1] * ms)
    found = trains(drive(source, 100_000.0), 3)
    assert found[0].tolist() == [2.5 + 10 * k for k in range(10_000)]
    interval = 1 / 0.03
    assert np.abs(found[1] - np.arange(3000) * interval).max() <= np.spacing(1e5) / 2 and len(found[1]) == 3000
    assert len(found[2]) == 0
    assert (source.phase / ms).tolist() == [2.5, 0, 1] and RegularGroup(1, 3 * Hz).phase is None


def test_random_phases_are_uniform_and_the_rate_is_right_from_the_start():
    n = 3000
    first = [train[0] for train in trains(fresh(lambda: RegularGroup(n, 20 * Hz), 50.0), n)]
    assert kolmogorov(first, lambda t: t / 50) < 2.7


def test_a_change_of_rate_stretches_what_is_left_of_an_interval():
    source = RegularGroup(2, 100 * Hz, phase=4 * ms)
    assert drive(source, 20.0) == [(4.0, 0), (4.0, 1), (14.0, 0), (14.0, 1)]
    source.rates = [100, 50] * Hz
    assert drive(source, 40.0) == [(24.0, 0), (28.0, 1), (34.0, 0)]
    source.rates[0] = 0 * Hz
    assert drive(source, 70.0) == [(48.0, 1), (68.0, 1)]
    source.rates[0] = 100 * Hz  # 4 ms of an interval were left
    assert [s for s in drive(source, 90.0) if s[1] == 0] == [(74.0, 0), (84.0, 0)]


def test_a_train_that_is_silent_at_first_has_its_phase_too():
    source = RegularGroup(500, 0 * Hz)
    assert drive(source, 30.0) == []
    source.rates = 100 * Hz
    first = [train[0] for train in trains(drive(source, 40.0), 500)]
    assert kolmogorov(first, lambda t: (t - 30) / 10) < 2.7


# --- gamma -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [0.4, 1, 3, 30])
def test_gamma_intervals(shape):
    n, end = 40, 5000.0
    spikes = fresh(lambda: GammaGroup(n, 100 * Hz, shape), end)
    found = waits(spikes, n)
    law = stats.gamma(shape, scale=10 / shape)
    assert kolmogorov(found, law.cdf) < 2.7
    # counts over long times have the variance of their mean over the shape
    assert within(len(spikes), 0.1 * n * end, np.sqrt(0.1 * n * end / shape) + n)
    assert found.std() / found.mean() == pytest.approx(1 / np.sqrt(shape), rel=0.05)
    pairs = [(w[:-1] - 10) * (w[1:] - 10) for w in map(np.diff, trains(spikes, n))]
    assert within(np.concatenate(pairs).mean(), 0, law.var() / np.sqrt(len(found)))


def test_stationary_trains_have_their_rate_from_the_start():
    n = 20_000
    for shape in (0.4, 5):
        spikes = fresh(lambda shape=shape: GammaGroup(n, 100 * Hz, shape), 20.0)
        times, _ = arrays(spikes)
        counts = np.histogram(times, np.arange(0, 21, 2))[0]
        mean = 0.1 * 2 * n
        assert np.abs(counts - mean).max() < 5 * np.sqrt(2 * mean)
        # the time to the first: (1 - F(x))/mean, through its integral
        first = [train[0] for train in trains(spikes, n) if len(train)]
        law, grid = stats.gamma(shape, scale=10 / shape), np.linspace(0, 20, 4001)
        integral = np.concatenate([[0], np.cumsum((law.sf(grid[1:]) + law.sf(grid[:-1])) / 2 * 0.005) / 10])
        assert kolmogorov(first, lambda t, g=grid, s=integral: np.interp(t, g, s / s[-1])) < 2.7


def test_ordinary_trains_begin_right_after_a_spike():
    n = 4000
    spikes = fresh(lambda: GammaGroup(n, 100 * Hz, 5, equilibrium=False), 100.0)
    first = [train[0] for train in trains(spikes, n)]
    assert kolmogorov(first, stats.gamma(5, scale=2).cdf) < 2.7
    spikes = fresh(lambda: DeadTimePoissonGroup(n, 100 * Hz, 4 * ms, equilibrium=False), 200.0)
    first = [train[0] for train in trains(spikes, n)]
    assert min(first) >= 4 and kolmogorov(first, lambda t: 1 - np.exp(-(t - 4) / 6)) < 2.7
    assert GammaGroup(1, 3 * Hz, 2).equilibrium and not DeadTimePoissonGroup(1, 3 * Hz, 2 * ms, False).equilibrium


def test_a_gamma_train_after_a_spike_follows_its_hazard():
    # the autocorrelation of shape 2 at 100 Hz: rate*(1 - exp(-4*rate*x)) (Cox 1962, section 4.2)
    n, end, width = 60, 20_000.0, 2.0
    counts, spikes = np.zeros(10), 0
    for train in trains(fresh(lambda: GammaGroup(n, 100 * Hz, 2), end), n):
        inner = train[train < end - 25]
        begin = np.searchsorted(train, inner, side="right")
        for bin in range(10):
            low, high = (np.searchsorted(train, inner + edge, side="left") for edge in (bin * width, (bin + 1) * width))
            counts[bin] += (np.maximum(high, begin) - np.maximum(low, begin)).sum()
        spikes += len(inner)
    edges = np.arange(11) * width
    integral = 0.1 * (edges + np.exp(-0.4 * edges) / 0.4)
    expected = spikes * np.diff(integral)
    assert np.abs(counts - expected).max() < 6 * np.sqrt(expected.max())


# --- dead time -------------------------------------------------------------------------------------------------


def test_no_interval_is_shorter_than_the_dead_time():
    n, end, dead = 50, 5000.0, 6.0
    spikes = fresh(lambda: DeadTimePoissonGroup(n, 100 * Hz, dead * ms), end)
    found = waits(spikes, n)
    assert found.min() >= dead - np.spacing(end)
    assert kolmogorov(found, lambda x: 1 - np.exp(-(x - dead) / 4)) < 2.7
    # the variance of a count is the mean times the squared CV of the intervals, here 0.4**2
    assert within(len(spikes), 0.1 * n * end, np.sqrt(0.1 * n * end) * 0.4 + np.sqrt(n))


def test_dead_time_trains_are_stationary():
    n = 20_000
    times, _ = arrays(fresh(lambda: DeadTimePoissonGroup(n, 100 * Hz, 7 * ms), 30.0))
    counts = np.histogram(times, np.arange(0, 31))[0]
    assert np.abs(counts - 0.1 * n).max() < 5 * np.sqrt(0.1 * n)


def test_without_dead_time_it_is_a_poisson_process():
    found = waits(fresh(lambda: DeadTimePoissonGroup(20, 200 * Hz, 0 * ms), 5000.0), 20)
    assert kolmogorov(found, lambda x: 1 - np.exp(-x / 5)) < 2.7


@pytest.mark.parametrize(
    "make", [lambda: GammaGroup(300, 50 * Hz, 9), lambda: DeadTimePoissonGroup(300, 50 * Hz, 9 * ms)]
)
def test_rates_change_between_runs(make):
    seed(1)
    source = make()
    first = drive(source, 1000.0)
    source.rates = 90 * Hz
    second_part = drive(source, 2000.0)
    assert within(len(first), 15_000, np.sqrt(15_000)) and within(len(second_part), 27_000, np.sqrt(27_000))
    source.rates = 0 * Hz
    assert drive(source, 3000.0) == []
    source.rates = 50 * Hz
    assert within(len(drive(source, 4000.0)), 15_000, np.sqrt(15_000))


# --- arguments -------------------------------------------------------------------------------------------------


def test_values_for_each_neuron():
    gamma = GammaGroup(3, "(1 + i)*10*Hz", "2 + i")
    assert (gamma.rates / Hz).tolist() == pytest.approx([10, 20, 30]) and gamma.shape[:].tolist() == [2, 3, 4]
    gamma.shape["i == 1"] = 7
    assert "shape 2 to 7" in repr(gamma) and "10 to 30 Hz" in repr(gamma)
    dead = DeadTimePoissonGroup(2, "factor*Hz", [0, 2] * ms, namespace={"factor": 5})
    assert (dead.dead_time / ms).tolist() == [0, 2] and (dead.rates / Hz).tolist() == pytest.approx([5, 5])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: RegularGroup(2, [1, -1] * Hz), ArgumentError, r"\.rates: expected finite .* found -1 Hz for neuron 1"),
        (lambda: RegularGroup(2, 3 * ms), DimensionMismatchError, r"\.rates: expected a frequency"),
        (lambda: RegularGroup(2, 3 * Hz, phase=1 * mV), DimensionMismatchError, "phase: expected a time, found 1. mV"),
        (lambda: RegularGroup(2, 3 * Hz, phase=[1, 2, 3] * ms), ArgumentError, r"phase: expected 1 value or 2 \(one"),
        (
            lambda: RegularGroup(2, 3 * Hz, phase=[1, -2] * ms),
            ArgumentError,
            "phase: expected finite .* -2 ms for neuron 1",
        ),
        (lambda: GammaGroup(2, "sin(t/second)*Hz", 2), EquationError, "rates: it cannot change with time here\n"),
        (
            lambda: GammaGroup(2, 3 * Hz, [1, 0]),
            ArgumentError,
            "shape: expected positive, finite values, found 0 for neuron 1",
        ),
        (lambda: GammaGroup(2, 3 * Hz, 2 * mV), DimensionMismatchError, r"\.shape: expected dimensionless"),
        (
            lambda: DeadTimePoissonGroup(2, [10, 100] * Hz, 10 * ms),
            ArgumentError,
            r"rates: expected a dead time below 1/rate, found 10 ms at 100 Hz \(1/rate = 10 ms\) for neuron 1",
        ),
        (
            lambda: DeadTimePoissonGroup(2, 10 * Hz, [1, -1] * second),
            ArgumentError,
            "dead_time: expected finite values that are not negative, found -1000 ms for neuron 1",
        ),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_dead_time_is_checked_when_it_is_assigned():
    source = DeadTimePoissonGroup(3, [10, 20, 30] * Hz, 5 * ms)
    with pytest.raises(ArgumentError, match=r"dead_time: .* found 50 ms at 20 Hz \(1/rate = 50 ms\) for neuron 1"):
        source.dead_time = 50 * ms
    assert (source.dead_time / ms).tolist() == [5, 5, 5]
