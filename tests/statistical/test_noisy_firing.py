"""How often, and how regularly, noisy neurons fire: against the scheme's own rate, which is known, and Siegert's.

Stepped by Euler and Maruyama a neuron fires too seldom, by the root of the step: what a path does between two ticks is
not seen. `EulerNeuron` says how often exactly, so that a test at a step of 0.2 ms is as sharp as one at 0.01 ms. By
method='exact' it fires as often as Siegert says, at any step. Seeds are fixed; comparisons are to four standard errors.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from noise_oracle import EulerNeuron
from scipy import stats

from eventsnn import (
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    Synapses,
    models,
    ms,
    seed,
    start_scope,
)

pytestmark = pytest.mark.filterwarnings("ignore:group .* runs on the clock")

SIGMA, TAU, T_REF = 0.5, 10.0, 2.0

#: Until a group that started together has forgotten it [ms].
WARM = 60.0

long = pytest.mark.statistical


def fire(mu, dt, n, duration, method="euler", number=201, disturb=0.0):
    """Return spike counts per neuron in `duration` [ms] after `WARM`, and all intervals [ms].

    Parameters
    ----------
    disturb : float
        Rate at which each neuron gets inputs of no weight [1/ms].
    """
    start_scope()
    seed(number)
    group = NeuronGroup(
        n,
        "dv/dt = (mu - v)/(10*ms) + 0.5*xi*(10*ms)**-0.5 : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0",
        refractory=2 * ms,
        method=method,
        dt=dt * ms,
        name="noisy",
    )
    monitor = SpikeMonitor(group)
    objects = [group, monitor]
    if disturb:
        source = PoissonGroup(n, disturb * 1000 / (1000 * ms), name="source")
        synapses = Synapses(source, group, on_pre="v_post += 1e-300", name="no_weight")
        synapses.connect(j="i")
        objects += [source, synapses]
    Network(*objects).run((WARM + duration) * ms)
    trains = [np.asarray(train / ms) for train in monitor.spike_trains().values()]
    late = [train[train >= WARM] for train in trains]
    return np.array([len(train) for train in late]), np.concatenate([np.diff(train) for train in trains])


def rate_and_error(counts, duration):
    """Return a rate [1/ms] and its standard error."""
    return counts.mean() / duration, counts.std(ddof=1) / math.sqrt(len(counts)) / duration


def siegert(mu):
    """Return the true rate [1/ms]."""
    return float(models.lif_rate(mu, SIGMA, TAU * ms, 1, 0, T_REF * ms) * ms)


def scheme(mu, dt):
    return EulerNeuron(mu, SIGMA, TAU, 1.0, 0.0, T_REF, dt)


@pytest.mark.parametrize(
    "mu, dt, n, duration",
    [
        pytest.param(1.5, 0.2, 100, 200, id="short"),
        *(
            pytest.param(mu, dt, 1000, 1000, id=f"mu={mu}, dt={dt}, long", marks=long)
            for mu in (0.8, 1.5)
            for dt in (0.5, 0.1)
        ),
    ],
)
def test_the_rate_at_a_step_is_that_of_the_scheme(mu, dt, n, duration):
    rate, error = rate_and_error(fire(mu, dt, n, duration)[0], duration)
    assert abs(rate - scheme(mu, dt).rate_between_ticks()) < 4 * error


@long
@pytest.mark.parametrize("mu", [0.8, 1.5])
def test_the_rate_tends_to_siegerts_as_the_root_of_the_step(mu):
    n, duration, steps = 1000, 1000, (0.4, 0.1)
    (coarse, its_error), (fine, error) = (rate_and_error(fire(mu, dt, n, duration)[0], duration) for dt in steps)
    known = [scheme(mu, dt).rate_between_ticks() for dt in steps]
    # of c*sqrt(dt) nothing is left at dt = 0; of d*dt there is, as much as the scheme itself has
    rest = abs(2 * known[1] - known[0] - siegert(mu))
    assert rest < 0.02 * siegert(mu)
    assert abs(2 * fine - coarse - siegert(mu)) < rest + 4 * math.hypot(2 * error, its_error)
    assert coarse < fine < siegert(mu)


@pytest.mark.parametrize(
    "mu, dt, n, duration",
    [
        pytest.param(1.5, 0.2, 100, 200, id="short"),
        pytest.param(0.8, 0.1, 1000, 1000, id="mu=0.8, long", marks=long),
        pytest.param(1.5, 0.1, 1000, 1000, id="mu=1.5, long", marks=long),
    ],
)
def test_the_intervals_vary_as_those_of_the_scheme(mu, dt, n, duration):
    intervals = fire(mu, dt, n, duration)[1]
    deviation, uncertain = scheme(mu, dt).deviation_between_ticks()
    # long intervals are cut off by the end of a run: by less than a few in a thousand of the deviation
    edge = 2 * intervals.mean() / duration * deviation
    error = deviation * math.sqrt((stats.kurtosis(intervals) + 2) / 4 / len(intervals))
    assert abs(intervals.std() - deviation) < 4 * error + uncertain + edge
    # and with them the coefficient of variation is near that of Brunel's formula: within the shortfall of the rate
    shortfall = 1 - scheme(mu, dt).rate_between_ticks() / siegert(mu)
    expected = models.lif_cv(mu, SIGMA, TAU * ms, 1, 0, T_REF * ms)
    assert abs(intervals.std() / intervals.mean() / expected - 1) < shortfall + 5 * error / deviation


@pytest.mark.parametrize(
    "n, duration", [pytest.param(40, 100, id="short"), pytest.param(400, 1000, id="long", marks=long)]
)
def test_inputs_of_no_weight_bring_the_rate_nearer_to_siegerts_and_never_past_it(n, duration):
    mu, dt = 1.5, 0.5
    rate, error = rate_and_error(fire(mu, dt, n, duration, disturb=1.0)[0], duration)
    # the path is seen at the inputs, too, so that it is between the scheme's at its step and at none
    assert scheme(mu, dt).rate_between_ticks() - 4 * error < rate < siegert(mu) + 4 * error


# --- in distribution --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mu, dt, n, duration, disturb",
    [
        pytest.param(1.5, 0.5, 100, 200, 0.0, id="short"),
        pytest.param(1.5, 0.5, 30, 60, 0.5, id="with inputs, short"),
        *(
            pytest.param(mu, dt, 1000, 1000, 0.0, id=f"mu={mu}, dt={dt}, long", marks=long)
            for mu in (0.8, 1.5)
            for dt in (1.0, 0.2)
        ),
        pytest.param(0.8, 0.5, 400, 1000, 0.5, id="with inputs, long", marks=long),
    ],
)
def test_exact_transitions_fire_as_siegert_says_at_any_step(mu, dt, n, duration, disturb):
    counts, intervals = fire(mu, dt, n, duration, "exact", 202, disturb)
    rate, error = rate_and_error(counts, duration)
    assert abs(rate - siegert(mu)) < 4 * error
    expected = models.lif_cv(mu, SIGMA, TAU * ms, 1, 0, T_REF * ms) / siegert(mu)
    spread = expected * math.sqrt((stats.kurtosis(intervals) + 2) / 4 / len(intervals))
    assert abs(intervals.std() - expected) < 4 * spread + 2 * intervals.mean() / duration * expected


# --- thresholds that draw ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "n, ticks", [pytest.param(60, 500, id="short"), pytest.param(400, 4000, id="long", marks=long)]
)
def test_a_threshold_that_draws_fires_binomially_without_memory_and_each_neuron_by_itself(n, ticks):
    start_scope()
    seed(203)
    group = NeuronGroup(n, "rates : Hz", threshold="rand() < rates*dt", dt=1 * ms)
    group.rates = 100 / (1000 * ms)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(ticks * ms)
    p, fired = 0.1, np.zeros((n, ticks))
    fired[monitor.i[:], np.round(np.asarray(monitor.t / ms)).astype(int)] = 1
    spread = p * (1 - p)
    assert abs(fired.mean() - p) < 4 * math.sqrt(spread / fired.size)
    # counts vary as binomial ones: a chi-squared number for each neuron
    excess = (fired.sum(axis=1) - ticks * p) ** 2 / (ticks * spread)
    assert abs(excess.sum() - n) < 4 * math.sqrt(2 * n)
    centred = (fired - p) / math.sqrt(spread)
    for lag in (1, 2, 3):
        assert abs(np.mean(centred[:, lag:] * centred[:, :-lag])) < 4 / math.sqrt(n * (ticks - lag))
    pairs = (centred @ centred.T / math.sqrt(ticks))[np.triu_indices(n, 1)]
    # squares of products of independent numbers; their variance is 2 up to a share of 1/ticks over spread
    assert abs(np.sum(pairs**2) - len(pairs)) < 4 * math.sqrt((2 + 1 / (ticks * spread**2)) * len(pairs))


def test_correlated_groups_after_brette_have_the_rates_and_correlations_of_theory():
    # seed 003: a common rate that is drawn once a step for all, (shared) and by run_regularly
    start_scope()
    seed(204)
    n, ticks = 100, 4000
    group = NeuronGroup(
        n, "level : 1 (shared)\nrate = (20 + 15*level)*Hz : Hz", threshold="rand() < rate*dt", dt=1 * ms
    )
    group.run_regularly("level = 2*int(rand() < 0.5) - 1", dt=5 * ms)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(ticks * ms)
    counts = np.bincount(np.round(np.asarray(monitor.t / ms)).astype(int) // 5, minlength=ticks // 5)
    # in each window of 5 ticks the sum over neurons is binomial with p = 0.035 or 0.005
    windows, draws = len(counts), 5 * n
    variance = draws * (0.035 * 0.965 + 0.005 * 0.995) / 2 + (draws * 0.015) ** 2
    assert abs(counts.mean() - draws * 0.02) < 4 * math.sqrt(variance / windows)
    # two-valued means: the kurtosis is below that of a normal number
    assert abs(counts.var() / variance - 1) < 4 * math.sqrt(2 / windows)
