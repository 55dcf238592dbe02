"""The programs people wrote for Brian 2 give their exact values, with the import changed and under `eventsnn run`.

Closed forms are computed by mpmath at 40 digits from the doubles that the programs use. The programs with noise are
compared with plain NumPy and with probabilities, from one fixed seed; a bound of four standard deviations, as
everywhere here, would be left by chance once in 16 000 seeds.
"""

from __future__ import annotations

import math
import os
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mpmath
import numpy as np
import population_oracle
import pytest

TESTS = Path(__file__).resolve().parent
PROGRAMS = sorted((TESTS / "seeds").glob("0*.py"))
WAYS = ("import", "command")

# ten logarithms of five, and so on, as anybody may check
PLAIN = ["16.0943791243410037", "32.1887582486820075", "48.2831373730230112"]
FROZEN = ["16.0943791243410037", "37.1887582486820075"]
RUNNING = ["8.0471895621705019", "23.0471895621705019", "38.0471895621705019"]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What every program did, by way and name; as many processes at a time as there are processors."""
    folder = tmp_path_factory.mktemp("seeds")
    # with the changed import, programs can follow each other in one process; a command has its own
    jobs = [("import", PROGRAMS)] + [("command", [program]) for program in PROGRAMS]

    def work(number):
        way, programs = jobs[number]
        out = folder / f"{number}.pickle"
        command = [sys.executable, str(TESTS / "seed_probe.py"), way, str(out), *map(str, programs)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment())
        assert done.returncode == 0, done.stderr
        return way, pickle.loads(out.read_bytes()), done.stderr

    found = {way: {} for way in WAYS}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for way, results, complaints in pool.map(work, range(len(jobs))):
            for name, result in results.items():
                found[way][name] = {**result, "complaints": complaints}
    return found


def environment():
    places = [str(TESTS.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": os.pathsep.join(filter(None, places))}


@pytest.fixture(params=WAYS)
def seeds(request, outcomes):
    """The outcomes of all programs, run in one way."""
    return outcomes[request.param]


def digits(compute):
    """Return what a function computes with 40 digits."""
    with mpmath.workdps(40):
        return compute()


def assert_same(found, expected, slack=0.0):
    """Hold that numbers agree to 1e-15 relative, and `slack` beyond."""
    assert len(found) == len(expected)
    with mpmath.workdps(40):
        for mine, true in zip(found, expected, strict=True):
            true = mpmath.mpf(true)
            assert abs(mpmath.mpf(float(mine)) - true) <= 1e-15 * abs(true) + slack, (mine, true)


def train(first, period, end):
    """Return the spikes of a neuron that fires at `first` and then regularly, before `end`."""
    times = []
    while first < end:
        times.append(first)
        first = first + period
    return times


# --- the deterministic programs -------------------------------------------------------------------------------

PLAIN_RUNS = [("000_2_threshold_and_reset", 0), ("001_notebook", 6), ("001_notebook", 7)]
FROZEN_RUNS = [("000_3_refractory_frozen", 0), ("001_notebook", 8)]
RUNNING_RUNS = [("000_4_refractory_running", 0), ("001_notebook", 9)]
MANY_RUNS = [("000_5_many_neurons", 0), ("001_notebook", 10)]
CURVE_RUNS = [("000_6_fi_curve", 0, 1), ("001_notebook", 11, 2)]


def test_every_program_is_looked_at():
    looked_at = {name for name, *_ in PLAIN_RUNS + FROZEN_RUNS + RUNNING_RUNS + MANY_RUNS + CURVE_RUNS}
    others = {"000_1_relaxation_then_threshold", "004_1_membrane_in_millivolts", "004_2_fi_curve_in_millivolts"}
    others |= {"000_7_noisy_fi_curve", "003_correlated_groups"}
    assert looked_at | others == {program.stem for program in PROGRAMS}


def test_every_program_ends_well_and_makes_all_its_runs(seeds):
    runs = {name: (found["status"], len(found["runs"])) for name, found in seeds.items()}
    assert runs.pop("000_1_relaxation_then_threshold") == (0, 3)
    assert runs.pop("001_notebook") == (0, 14)
    assert runs.pop("003_correlated_groups") == (0, 3)
    assert set(runs.values()) == {(0, 1)}


@pytest.mark.parametrize(("name", "runs"), [("000_1_relaxation_then_threshold", [0]), ("001_notebook", [0, 1])])
def test_relaxation_ends_at_its_closed_form(seeds, name, runs):
    for number in runs:
        assert_same(seeds[name]["runs"][number]["after"]["v"], [digits(lambda: 1 - mpmath.exp(-10))])
    assert "Before v = 0.0\nAfter v = 0.9999546000702375\n" in seeds[name]["printed"]


@pytest.mark.parametrize(("name", "runs"), [("000_1_relaxation_then_threshold", [1]), ("001_notebook", [2, 3])])
def test_samples_of_relaxation_lie_on_its_closed_form(seeds, name, runs):
    for number in runs:
        times, values = seeds[name]["runs"][number]["samples"]
        assert times.tolist() == pytest.approx([0.1 * k for k in range(300)], rel=1e-15)
        assert_same(values[0], digits(lambda times=times: [1 - mpmath.exp(-mpmath.mpf(t) / 10) for t in times]))


def test_a_sine_drives_the_membrane_on_its_closed_form(seeds):
    times, values = seeds["001_notebook"]["runs"][4]["samples"]

    def membrane(t):
        """The steady oscillation, and what is left of the start at 5."""
        t, x = mpmath.mpf(t), 2 * mpmath.pi * 100 / 1000 * 10
        wave = (mpmath.sin(x * t / 10) - x * mpmath.cos(x * t / 10)) / (1 + x * x)
        return wave + (5 + x / (1 + x * x)) * mpmath.exp(-t / 10)

    # the frequency 2*pi*100*Hz is three roundings off, and a phase of 38 rad as much
    slack = digits(lambda: 3 * 2.0**-53 * 38 / mpmath.sqrt(1 + (2 * mpmath.pi) ** 2)) + 4 * 2.0**-53
    assert len(times) == 600
    assert_same(values[0], digits(lambda: [membrane(t) for t in times]), slack)


def test_euler_asked_for_is_answered_exactly_with_a_note(outcomes):
    report = outcomes["command"]["001_notebook"]["complaints"]
    assert "method='euler' was asked for; the exact solution is used instead." in report


@pytest.mark.parametrize(("name", "number"), PLAIN_RUNS)
def test_threshold_and_reset_gives_multiples_of_ten_logarithms_of_five(seeds, name, number):
    assert_same(seeds[name]["runs"][number]["spikes"][0], PLAIN)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("000_1_relaxation_then_threshold", 2),
        ("000_2_threshold_and_reset", 0),
        ("001_notebook", 5),
        ("001_notebook", 7),
    ],
)
def test_samples_between_spikes_lie_on_the_closed_form_since_the_last_spike(seeds, name, number):
    times, values = seeds[name]["runs"][number]["samples"]

    def since_spike(t):
        period = 10 * mpmath.log(5)
        return 1 - mpmath.exp(-(mpmath.mpf(t) % period) / 10)

    # how far v moves while the time of the last spike is off by two roundings of 50 ms
    slack = 2 * math.ulp(50.0) / 10
    assert len(times) == 500
    assert_same(values[0], digits(lambda: [since_spike(t) for t in times]), slack)


@pytest.mark.parametrize("name", ["000_2_threshold_and_reset", "001_notebook"])
def test_spike_times_are_printed_with_eight_digits(seeds, name):
    assert "Spike times: [16.09437912 32.18875825 48.28313737] ms\n" in seeds[name]["printed"]


@pytest.mark.parametrize(("name", "number"), FROZEN_RUNS)
def test_a_frozen_refractory_period_delays_the_next_spike_by_itself(seeds, name, number):
    assert_same(seeds[name]["runs"][number]["spikes"][0], FROZEN)


@pytest.mark.parametrize(("name", "number"), FROZEN_RUNS)
def test_v_is_exactly_zero_while_it_is_frozen(seeds, name, number):
    times, values = seeds[name]["runs"][number]["samples"]
    assert np.all(values[0][(times > 16.0944) & (times < 21.0943)] == 0.0)
    assert np.all(values[0][(times > 21.0944) & (times < 37.1887)] > 0.0)


@pytest.mark.parametrize(("name", "number"), RUNNING_RUNS)
def test_a_neuron_above_threshold_fires_at_the_instant_its_refractory_period_ends(seeds, name, number):
    assert_same(seeds[name]["runs"][number]["spikes"][0], RUNNING)
    assert "Spike times: [ 8.04718956 23.04718956 38.04718956] ms\n" in seeds[name]["printed"]


@pytest.mark.parametrize(("name", "number"), MANY_RUNS)
def test_many_neurons_fire_as_their_random_starts_demand(seeds, name, number):
    run = seeds[name]["runs"][number]
    assert len(np.unique(run["before"]["v"])) == len(run["spikes"]) == 100
    for start, spikes in zip(run["before"]["v"], run["spikes"], strict=True):
        first = digits(lambda start=start: 10 * mpmath.log(2 - mpmath.mpf(start)))
        assert_same(spikes, digits(lambda first=first: train(first, 10 * mpmath.log(2), 50)))


@pytest.mark.parametrize(("name", "number", "figure"), CURVE_RUNS)
def test_fi_curve_neurons_fire_at_their_closed_forms(seeds, name, number, figure):
    run = seeds[name]["runs"][number]
    drives = run["after"]["v0"]
    assert drives.tolist() == [k * 3.0 / 99 for k in range(100)]
    for drive, spikes in zip(drives, run["spikes"], strict=True):
        if drive <= 1.0:
            assert len(spikes) == 0
            continue
        first = digits(lambda drive=drive: -10 * mpmath.log1p(-1 / mpmath.mpf(drive)))
        assert_same(spikes, digits(lambda first=first: train(first, first + 5, 1000)))


@pytest.mark.parametrize(("name", "number", "figure"), CURVE_RUNS)
def test_fi_curve_is_drawn_in_spikes_per_second(seeds, name, number, figure):
    run = seeds[name]["runs"][number]
    # the notebook draws on one axes until it makes a figure with two
    ((x, y),) = seeds[name]["axes"][figure]
    assert x.tolist() == run["after"]["v0"].tolist()
    assert y.tolist() == run["count"].tolist() == [len(spikes) for spikes in run["spikes"]]
    # 1000/(5 - 10*log1p(-1/3)), less the part of a cycle at the end
    assert y[-1] == 110


def test_membrane_in_millivolts_lies_on_its_closed_form(seeds):
    times, values = seeds["004_1_membrane_in_millivolts"]["runs"][0]["samples"]

    def membrane(t):
        """From -70 mV towards -10 mV; at -40 mV back to -60 mV, and there for 5 ms."""
        t, first, again = mpmath.mpf(t), 10 * mpmath.log(2), 10 * mpmath.log(mpmath.mpf(5) / 3)
        if t < first:
            return -10 - 60 * mpmath.exp(-t / 10)
        return -10 - 50 * mpmath.exp(-max((t - first) % (again + 5) - 5, 0) / 10)

    # how far v (in mV, from -60 at a slope of 5 mV/ms) moves while a spike is off by two roundings of 50 ms
    slack = 2 * math.ulp(50.0) * 5
    assert len(times) == 500
    assert_same(values[0] * 1000, digits(lambda: [membrane(t) for t in times]), slack)


def test_membrane_in_millivolts_is_drawn_in_millivolts(seeds):
    found = seeds["004_1_membrane_in_millivolts"]
    ((x, y),) = found["axes"][0]
    assert x.tolist() == found["runs"][0]["samples"][0].tolist()
    assert (y.min(), -41 < y.max() < -40) == (-70.0, True)


def test_fi_curve_in_millivolts_fires_at_its_closed_forms(seeds):
    run = seeds["004_2_fi_curve_in_millivolts"]["runs"][0]
    inputs = run["before"]["I"] * 1000
    assert inputs.tolist() == pytest.approx([k * 40 / 99 for k in range(100)], rel=1e-15)
    for current, spikes in zip(inputs, run["spikes"], strict=True):
        if current <= 10.0:
            assert len(spikes) == 0
            continue

        def rise(start, current=current):
            rest = mpmath.mpf(current) - 50
            return 10 * mpmath.log((rest - start) / (rest + 40))

        times = digits(lambda: train(rise(-70), rise(-60) + 1, 1000))
        # v0 + I is rounded near -40 mV, which moves each crossing by that over the slope there (the promised
        # bound of one crossing, 2 ulp(v)/|v'|, and there is one for each spike so far)
        per_crossing = 2 * math.ulp(40.0) / ((current - 10) / 10)
        for number, (mine, true) in enumerate(zip(spikes, times, strict=True)):
            assert_same([mine], [true], (number + 1) * per_crossing)


def test_fi_curve_in_millivolts_is_drawn_in_spikes_per_second(seeds):
    found = seeds["004_2_fi_curve_in_millivolts"]
    raster, (x, y) = found["axes"][0]
    assert x.tolist() == pytest.approx([k * 40 / 99 for k in range(100)], rel=1e-15)
    assert y.tolist() == found["runs"][0]["count"].tolist()
    assert len(raster[0]) == y.sum()


# --- the programs with noise ----------------------------------------------------------------------------------

NOISY_CURVE_RUNS = [("000_7_noisy_fi_curve", 0, 1), ("001_notebook", 12, 4)]
#: The standard deviations that a sum may be off.
SIGMAS = 4


@pytest.fixture(scope="module")
def noisy_counts():
    """Spike counts of the noisy f-I curve on ticks: 20 repetitions by 100 drives."""
    drives = np.tile(np.linspace(0, 3, 100), 20)
    return population_oracle.fixed_threshold(drives, 1000, 0.2, np.random.default_rng(0)).reshape(20, 100)


@pytest.mark.parametrize(("name", "number", "figure"), NOISY_CURVE_RUNS)
def test_noisy_fi_curve_is_that_of_plain_euler_maruyama(seeds, noisy_counts, name, number, figure):
    count = seeds[name]["runs"][number]["count"]
    # A spike is placed where the path crosses, up to a step before the tick at which NumPy sees it, so each of the n
    # intervals of a neuron is up to 0.1 ms of 1000 ms shorter, which leaves room for up to n * n * 1e-4 spikes more.
    # A mean of 20 repetitions adds a twentieth to the variance.
    for tenth in np.split(np.arange(100), 10):
        sums = noisy_counts[:, tenth].sum(1)
        more, slack = (noisy_counts[:, tenth].mean(0) ** 2).sum() * 1e-4, SIGMAS * math.sqrt(21 / 20) * sums.std(ddof=1)
        assert -slack <= count[tenth].sum() - sums.mean() <= more + slack
    assert count.mean() == pytest.approx(55, abs=0.6)


@pytest.mark.parametrize(("name", "number", "figure"), NOISY_CURVE_RUNS)
def test_noise_makes_neurons_fire_below_the_deterministic_threshold(seeds, name, number, figure):
    run = seeds[name]["runs"][number]
    ((x, y),) = seeds[name]["axes"][figure]
    assert (x.tolist(), y.tolist()) == (run["after"]["v0"].tolist(), run["count"].tolist())
    # the S-shaped rise that both texts show: at v0 = 2/3 a few spikes per second, and none at v0 = 0
    assert y[0] == 0 and 0 < y[22] < 10 and y[33] > 20


def test_adaptive_population_fires_as_plain_euler_maruyama(seeds):
    run = seeds["001_notebook"]["runs"][13]
    times, starts = np.sort(np.concatenate(run["spikes"])), run["before"]["v"]
    assert len(starts) == 1000 and np.all((starts > -0.07) & (starts < -0.05))
    repetitions = np.random.default_rng(0).uniform(-70, -50, (40, 1000))
    rng = np.random.default_rng(1)
    theirs = [np.sort(population_oracle.moving_threshold(starts, 100, rng)) for starts in repetitions]
    for until in np.arange(10, 101, 10):
        counts = np.array([np.searchsorted(spikes, until) for spikes in theirs])
        # intervals are longer than 5 ms and up to 0.1 ms shorter here than on ticks: time runs up to 2 % faster
        later = np.mean([np.searchsorted(spikes, 1.02 * until) for spikes in theirs])
        slack = SIGMAS * math.sqrt(41 / 40) * counts.std(ddof=1)
        assert counts.mean() - slack <= np.searchsorted(times, until) <= later + slack


def test_adaptive_population_never_fires_twice_in_its_refractory_period(seeds):
    intervals = [np.diff(train) for train in seeds["001_notebook"]["runs"][13]["spikes"]]
    # rounding of a time near 100 ms, twice
    assert min(gaps.min() for gaps in intervals if len(gaps)) >= 5 - 2 * math.ulp(100.0)


CORRELATIONS = [(0, 0.0), (1, 0.5), (2, 1.0)]
TICKS, NEURONS, RATE = 40_000, 10, 10 * 0.1e-3


def chances(c):
    """Return the probabilities that 0, 1, ... 10 of the neurons fire at one tick.

    With probability RATE all take part in a common event and fire with sqrt(c); each fires alone with
    RATE*(1 - sqrt(c)).
    """
    alone = RATE * (1 - math.sqrt(c))
    together = 1 - (1 - math.sqrt(c)) * (1 - alone)

    def binomial(p):
        return np.array([math.comb(NEURONS, m) * p**m * (1 - p) ** (NEURONS - m) for m in range(NEURONS + 1)])

    return RATE * binomial(together) + (1 - RATE) * binomial(alone)


def firing(run):
    """Return which neuron fires at which tick, shape (10, 40 000)."""
    found = np.zeros((NEURONS, TICKS), int)
    for neuron, spikes in enumerate(run["spikes"]):
        found[neuron, np.round(spikes / 0.1).astype(int)] = 1
    return found


@pytest.mark.parametrize(("number", "c"), CORRELATIONS)
def test_drawn_spikes_lie_on_ticks(seeds, number, c):
    for spikes in seeds["003_correlated_groups"]["runs"][number]["spikes"]:
        ticks = np.round(spikes / 0.1).astype(int)
        assert np.all((ticks >= 0) & (ticks < TICKS)) and np.all(np.diff(ticks) > 0)
        assert_same(spikes, [mpmath.mpf(int(k)) / 10 for k in ticks])


@pytest.mark.parametrize(("number", "c"), CORRELATIONS)
def test_correlated_groups_fire_at_ten_hertz(seeds, number, c):
    found, m = firing(seeds["003_correlated_groups"]["runs"][number]).sum(), np.arange(NEURONS + 1)
    mean = chances(c) @ m
    # p = RATE*(1 - RATE*s*(1 - s)), s = sqrt(c): at most a quarter of a thousandth below RATE
    assert mean / NEURONS == pytest.approx(RATE, rel=RATE / 4)
    assert abs(found - TICKS * mean) <= SIGMAS * math.sqrt(TICKS * (chances(c) @ m**2 - mean**2))
    printed = re.findall(r"Mean firing rate \(c = (.*)\):  (.*) Hz", seeds["003_correlated_groups"]["printed"])
    assert (float(printed[number][0]), float(printed[number][1])) == (c, found / 40)


@pytest.mark.parametrize(("number", "c"), CORRELATIONS)
def test_pairs_have_the_correlation_asked_for(seeds, number, c):
    together, m = firing(seeds["003_correlated_groups"]["runs"][number]).sum(0), np.arange(NEURONS + 1)
    # how probable it is that another one fires where one does: pairs over spikes, with the variance of a ratio
    pairs, chance = m * (m - 1) / (NEURONS - 1), chances(c)
    expected = (chance @ pairs) / (chance @ m)
    deviation = math.sqrt(chance @ (pairs - expected * m) ** 2 / TICKS) / (chance @ m)
    p = chance @ m / NEURONS
    assert (expected - p) / (1 - p) == pytest.approx(c, abs=2 * RATE)  # Pearson's coefficient of 0 and 1 per tick
    assert abs(pairs[together].sum() / together.sum() - expected) <= SIGMAS * deviation + 1e-15


def test_draws_are_shared_neither_by_groups_nor_by_neurons_nor_by_ticks(seeds):
    free, half, full = (firing(run) for run in seeds["003_correlated_groups"]["runs"])
    # Poisson means of coincidences by chance: 0.4 to 4 (0.01 per tick for any of ten neurons, against a common event);
    # a mean of 4 gives more than 16 once in a million
    assert (free.any(0) & half.any(0)).sum() <= 16
    assert (free.any(0) & full.any(0)).sum() <= 16 and (half.any(0) & full.any(0)).sum() <= 16
    # within the free group 45 pairs at RATE**2 make 1.8; one neuron at two ticks in a row, 0.4
    assert (free.sum(0) > 1).sum() <= 16 and (free[:, 1:] & free[:, :-1]).sum() <= 16


def test_the_weight_of_a_fully_correlated_pair_climbs_one_per_event(seeds):
    dw, *rasters, weights = seeds["003_correlated_groups"]["axes"]
    ((gaps, changes),) = dw
    # microseconds of a time difference in seconds, before and after
    assert changes.tolist() == pytest.approx((-np.sign(gaps) * np.exp(-np.abs(gaps) / 0.01)).tolist(), rel=1e-14)
    assert [len(x) for ((x, _),) in rasters] == [
        int(firing(run).sum()) for run in seeds["003_correlated_groups"]["runs"]
    ]
    # all ten fire at once, in the order of their indices: neuron 0 then 1 at no time between them, which makes 1
    climbs = weights[2][1]
    assert climbs.tolist() == [1 + k // 10 for k in range(len(rasters[2][0][0]) - 2)]
    # neurons of the free group rarely fire within 10 ms of each other, in either order alike
    assert abs(weights[0][1][-1]) < 6 < weights[1][1][-1] < climbs[-1]


# --- the two ways ---------------------------------------------------------------------------------------------


def test_both_ways_give_the_same_numbers_to_the_last_bit(outcomes):
    for name, one in outcomes["import"].items():
        for mine, other in zip(one["runs"], outcomes["command"][name]["runs"], strict=True):
            for a, b in zip(mine["spikes"] or [], other["spikes"] or [], strict=True):
                assert np.array_equal(a, b)


def test_the_command_reports_what_was_exact(outcomes):
    report = outcomes["command"]["000_6_fi_curve"]["complaints"]
    assert "100 neurons, 1000 ms, 5257 spikes\n" in report
    assert "dv/dt: leaky relaxation, closed form\n" in report and "threshold v>1: logarithm\n" in report
    # in one process with the notebook, whose sine asks for Euler's method, and with all groups on a clock
    notes = [line for line in outcomes["import"]["000_6_fi_curve"]["complaints"].splitlines() if "Note: " in line]
    assert sum("the exact solution is used instead" in note for note in notes) == 1
    assert {"the exact solution is used" in note or "runs on the clock" in note for note in notes} == {True}


def test_the_command_says_what_ran_on_a_clock(outcomes):
    report = outcomes["command"]["000_7_noisy_fi_curve"]["complaints"]
    assert "dv/dt: 'euler' with a step of 0.1 ms, not exact\n" in report
    assert "group 'neurongroup': runs on the clock: noise (xi) has no exact solution." in report
    report = outcomes["command"]["003_correlated_groups"]["complaints"]
    assert "rand() < rate*(1 - sqrt(c))*dt: asked once at each tick\n" in report
