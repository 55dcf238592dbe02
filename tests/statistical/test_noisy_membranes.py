"""Noisy membranes without threshold: moments, which are known exactly, also of the discretised chain; independence.

Seeds are fixed. Each comparison is to four standard deviations: a right program fails one in 16 000 of them.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from noise_oracle import LinearNoise
from scipy import stats

from eventsnn import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, ms, seed, start_scope

pytestmark = pytest.mark.filterwarnings("ignore:group .* runs on the clock")

#: Numbers of neurons: what runs always, and before a release.
SIZES = [pytest.param(1500, id="short"), pytest.param(300000, id="long", marks=pytest.mark.statistical)]

METHODS = ("euler", "exact")

TAU, MU, SIGMA = 10.0, 0.8, 0.5
LEAKY = "dv/dt = (0.8 - v)/(10*ms) + 0.5*xi*(10*ms)**-0.5 : 1"


def states_at(net, group, instants, names):
    """Return the variables of all neurons at some instants [ms], of shape (instants, variables, neurons)."""
    values, before = [], 0.0
    for instant in instants:
        net.run((instant - before) * ms)
        before = instant
        values.append([np.array(getattr(group, name)) for name in names])
    return np.array(values)


def deviations(values, mean, covariance):
    """Return by how many standard deviations mean and covariance of a sample differ from those of its distribution.

    A product of two Gaussian deviations has the variance C_ii C_jj + C_ij**2.
    """
    n, centred = values.shape[-1], values - mean[..., None]
    found = np.einsum("...in,...jn->...ij", centred, centred) / n
    own = np.einsum("...ii->...i", covariance)
    spread = np.sqrt((own[..., :, None] * own[..., None, :] + covariance**2) / n)
    return centred.mean(axis=-1) / np.sqrt(own / n), (found - covariance) / spread


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("method, dt", [("euler", 1.0), ("euler", 0.25), ("exact", 1.0)])
def test_the_free_membrane_has_mean_variance_and_shape_of_its_scheme(n, method, dt):
    start_scope()
    seed(101)
    group = NeuronGroup(n, LEAKY, method=method, dt=dt * ms)
    instants = [1.0, 2.0, 5.0, 10.0, 30.0]
    values = states_at(Network(group), group, instants, "v")
    means, covariances = LinearNoise.leaky(MU, SIGMA, TAU, method).moments([0], [dt] * round(30 / dt))
    ends = [round(t / dt) - 1 for t in instants]
    for found in deviations(values, means[ends], covariances[ends]):
        assert np.max(np.abs(found)) < 4
    standard = (values[:, 0] - means[ends]) / np.sqrt(covariances[ends, 0])
    for sample in standard:
        # Gaussian to its tails: a chance of 1e-4 to be refused
        assert stats.kstest(sample, "norm").pvalue > 1e-4
        assert abs(stats.kurtosis(sample)) < 4 * math.sqrt(24 / n)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("method", METHODS)
def test_the_free_membrane_forgets_as_its_scheme_does(n, method):
    start_scope()
    seed(102)
    dt = 0.5
    group = NeuronGroup(n, LEAKY, method=method, dt=dt * ms)
    begin, lags = 20.0, [0.5, 1.0, 5.0, 10.0, 25.0]
    first, *later = states_at(Network(group), group, [begin, *(begin + lag for lag in lags)], "v")[:, 0]
    chain = LinearNoise.leaky(MU, SIGMA, TAU, method)
    means, covariances = chain.moments([0], [dt] * round((begin + lags[-1]) / dt))
    at = round(begin / dt) - 1
    for lag, values in zip(lags, later, strict=True):
        then = at + round(lag / dt)
        own, its = covariances[at, 0, 0], covariances[then, 0, 0]
        expected = chain.memory(dt, round(lag / dt))[0, 0] * own
        found = np.mean((first - means[at]) * (values - means[then]))
        assert abs(found - expected) < 4 * math.sqrt((own * its + expected**2) / n)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("method", METHODS)
def test_variables_that_share_a_source_vary_together(n, method):
    start_scope()
    seed(103)
    dt = 0.5
    model = """
    dx/dt = (1 - x)/(10*ms) + 0.3*xi_1*ms**-0.5 : 1
    dy/dt = (x - y)/(4*ms) + 0.2*xi_1*ms**-0.5 - 0.1*xi_2*ms**-0.5 : 1
    dz/dt = -z/(6*ms) + 0.3*xi_2*ms**-0.5 + 0.1*xi*ms**-0.5 : 1
    """
    group = NeuronGroup(n, model, method=method, dt=dt * ms)
    A = np.array([[-1 / 10, 0, 0], [1 / 4, -1 / 4, 0], [0, 0, -1 / 6]])
    B = np.array([[0.3, 0, 0], [0.2, -0.1, 0], [0, 0.3, 0.1]])
    means, covariances = LinearNoise(A, np.array([0.1, 0, 0]), B, method).moments([0, 0, 0], [dt] * 40)
    instants = [0.5, 2.0, 20.0]
    ends = [round(t / dt) - 1 for t in instants]
    values = states_at(Network(group), group, instants, "xyz")
    for found in deviations(values, means[ends], covariances[ends]):
        assert np.max(np.abs(found)) < 4


# --- independence -----------------------------------------------------------------------------------------------


def correlation(a, b):
    """Return by how many standard deviations the squared correlations of rows exceed those of independent ones."""
    a, b = (x / np.sqrt(np.mean(x * x, axis=1, keepdims=True)) for x in (a, b))
    squares = (a @ b.T) ** 2 / a.shape[1]
    # each a chi-squared number, of mean 1 and variance 2
    return (squares.sum() - squares.size) / math.sqrt(2 * squares.size)


@pytest.mark.parametrize(
    "ticks", [pytest.param(600, id="short"), pytest.param(20000, id="long", marks=pytest.mark.statistical)]
)
def test_neurons_sources_groups_and_steps_draw_independently(ticks):
    start_scope()
    seed(104)
    model = "dx/dt = xi_1*ms**-0.5 : 1\ndy/dt = xi_2*ms**-0.5 : 1"
    groups = [NeuronGroup(40, model, dt=1 * ms, name=name) for name in ("these", "those")]
    monitors = [StateMonitor(group, ["x", "y"], record=True, dt=1 * ms) for group in groups]
    Network(*groups, *monitors).run((ticks + 1) * ms)
    steps = [np.diff(np.asarray(getattr(monitor, name)), axis=1) for monitor in monitors for name in "xy"]
    assert all(x.shape == (40, ticks) for x in steps)
    for k, x in enumerate(steps):
        assert abs(np.mean(x * x) - 1) < 4 * math.sqrt(2 / x.size)
        off = np.corrcoef(x)[np.triu_indices(40, 1)] ** 2 * ticks
        assert abs(off.sum() - off.size) < 4 * math.sqrt(2 * off.size)
        # a counter that is off by one would give a neuron what another had a step before
        for lag in (1, 2):
            assert abs(correlation(x[:, lag:], x[:, :-lag])) < 4
        for y in steps[:k]:
            assert abs(correlation(x, y)) < 4


def test_seeds_names_and_restarts_give_other_noise():
    def values(number, name):
        start_scope()
        seed(number)
        group = NeuronGroup(4000, "dx/dt = xi*ms**-0.5 : 1", dt=1 * ms, name=name)
        Network(group).run(1 * ms)
        return np.asarray(group.x)

    samples = [values(1, "these"), values(2, "these"), values(1, "those"), values(2, "those")]
    assert values(1, "these").tolist() == samples[0].tolist()
    correlations = np.corrcoef(samples)[np.triu_indices(4, 1)]
    assert np.max(np.abs(correlations)) < 4 / math.sqrt(4000)


# --- divided steps ----------------------------------------------------------------------------------------------


def disturbed(model, n, instants, number, duration, dt, weights=(1e-300,), **options):
    """Return a group, and the network in which it gets inputs of no weight, or of weights that cancel."""
    start_scope()
    seed(number)
    group = NeuronGroup(n, model, dt=dt * ms, name="disturbed", **options)
    source = SpikeGeneratorGroup(1, [0] * len(instants), np.array(instants) * ms, name="source")
    synapses = []
    for j, weight in enumerate(weights):
        synapses.append(Synapses(source, group, on_pre=f"v_post += {weight}", name=f"weight_{j}"))
        synapses[-1].connect()
    return group, Network(group, source, *synapses)


def divided(instants, duration, dt):
    """Return the spans into which inputs divide the steps of a clock [ms]."""
    edges = np.unique(np.concatenate([np.arange(round(duration / dt) + 1) * dt, instants]))
    return np.diff(edges)


@pytest.mark.parametrize(
    "n", [pytest.param(150, id="short"), pytest.param(5000, id="long", marks=pytest.mark.statistical)]
)
@pytest.mark.parametrize("method", METHODS)
def test_inputs_of_no_weight_divide_steps_and_leave_mean_and_variance_those_of_the_divided_scheme(n, method):
    duration, dt = 20.0, 2.0
    instants = np.sort(np.random.default_rng(6).uniform(0, duration, 25))
    group, net = disturbed(LEAKY, n, instants, 105, duration, dt, method=method)
    values = states_at(net, group, [duration], "v")
    spans = divided(instants, duration, dt)
    means, covariances = LinearNoise.leaky(MU, SIGMA, TAU, method).moments([0], spans)
    for found in deviations(values[0], means[-1], covariances[-1]):
        assert np.max(np.abs(found)) < 4


@pytest.mark.parametrize(
    "n", [pytest.param(400, id="short"), pytest.param(10000, id="long", marks=pytest.mark.statistical)]
)
@pytest.mark.parametrize("method", METHODS)
def test_divided_steps_are_brownian_at_every_division(n, method):
    # what inputs find: W(s) at several s within one step and in the next one, independent increments of variance ds
    instants = [0.2, 0.3, 0.9, 1.5]
    start_scope()
    seed(106)
    group = NeuronGroup(n, "dv/dt = xi*ms**-0.5 : 1\nseen : 1", method=method, dt=1 * ms)
    source = SpikeGeneratorGroup(1, [0] * 4, np.array(instants) * ms)
    synapses = Synapses(source, group, on_pre="seen_post = v_post")
    synapses.connect()
    after = [t + 0.05 for t in instants]
    values = states_at(Network(group, source, synapses), group, [*after, 2.0], ["seen", "v"])
    found = np.array([*values[:-1, 0], values[-1, 1]])
    steps = np.diff(found, axis=0, prepend=0) / np.sqrt(np.diff([*instants, 2.0], prepend=0))[:, None]
    for z in deviations(steps, np.zeros(5), np.eye(5)):
        assert np.max(np.abs(z)) < 4


def test_weights_that_cancel_leave_the_step_as_it_was_drawn():
    instants = np.sort(np.random.default_rng(7).uniform(0, 6, 20))
    options = dict(n=30, number=107, duration=6.0, dt=1.0)
    model = "dv/dt = xi*ms**-0.5 : 1"
    group, net = disturbed(model, instants=instants, weights=(0.75, -0.75), **options)
    net.run(6 * ms)
    free, alone = disturbed(model, instants=[], **options)
    alone.run(6 * ms)
    # W(s) and R - W(s) are rounded, and their sums, each to half an ulp of a number below 16
    assert np.max(np.abs(np.asarray(group.v) - np.asarray(free.v))) < 4 * (len(instants) + 6) * np.spacing(8.0)
