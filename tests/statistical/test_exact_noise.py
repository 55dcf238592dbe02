"""Rates and intervals of groups that are stepped from their exact law: against closed forms, whatever the step.

Seeds are fixed. Each comparison is to four standard deviations: a right program fails one in 16 000 of them.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from noise_oracle import OVERSHOOT, siegert_interval, siegert_variance

from eventsnn import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms, seed, start_scope

pytestmark = [pytest.mark.statistical, pytest.mark.filterwarnings("ignore:group .* runs on the clock")]

TAU, SIGMA = 10.0, 0.5
LIF = "dv/dt = (mu - v)/(10*ms) + 0.5*xi*(10*ms)**-0.5 : 1 (unless refractory)"


def counts(model, dt, duration, n=1000, method="exact", inputs=None, **options):
    """Return how often each neuron has fired."""
    start_scope()
    seed(31)
    values = options.pop("values", {})
    group = NeuronGroup(n, model, method=method, dt=dt * ms, **options)
    for name, value in values.items():
        setattr(group, name, value)
    parts = [group, monitor := SpikeMonitor(group)]
    if inputs is not None:
        instants, weights = inputs
        source = SpikeGeneratorGroup(len(instants), range(len(instants)), np.array(instants) * ms)
        kicks = Synapses(source, group, "w : 1", on_pre="v_post += w")
        kicks.connect()
        kicks.w = np.repeat(weights, n)
        parts += [source, kicks]
    Network(*parts).run(duration * ms)
    return np.array(monitor.count)


def require_same(a, b):
    assert abs(a.mean() - b.mean()) < 4 * math.hypot(a.std() / math.sqrt(len(a)), b.std() / math.sqrt(len(b)))


@pytest.mark.parametrize("mu", [0.8, 1.5])
@pytest.mark.parametrize("dt", [0.1, 0.5, 1.0, 2.0])
def test_intervals_have_siegerts_mean_and_variance_at_any_step(mu, dt):
    n, each, T_ref = 800, 20, 2.0
    mean = float(siegert_interval(mu, SIGMA, TAU, 1.0, 0.0, T_ref))
    variance = float(siegert_variance(mu, SIGMA, TAU, 1.0, 0.0))
    options = dict(threshold="v > 1", reset="v = 0", refractory=T_ref * ms, namespace=dict(mu=mu))
    start_scope()
    seed(30)
    group = NeuronGroup(n, LIF, method="exact", dt=dt * ms, **options)
    monitor = SpikeMonitor(group)
    # twice as long as so many intervals are on average: a sum of them is longer by five standard deviations nowhere
    Network(group, monitor).run(2 * each * mean * ms)
    found = np.array([np.diff(train / ms)[:each] for train in monitor.spike_trains().values()]).ravel()
    assert len(found) == n * each
    assert abs(found.mean() - mean) < 4 * math.sqrt(variance / len(found))
    squares = np.square(found - mean)
    assert abs(squares.mean() - variance) < 4 * squares.std() / math.sqrt(len(found))


@pytest.mark.parametrize("mu", [0.8, 1.5])
def test_inputs_of_no_weight_leave_the_rate_as_it_is(mu):
    generator = np.random.default_rng(5)
    duration, n, dt = 250.0, 300, 1.0
    instants = np.sort(generator.uniform(0, duration, 500))
    options = dict(threshold="v > 1", reset="v = 0", namespace=dict(mu=mu))
    inputs = instants, np.full(len(instants), 1e-300)
    found = counts(LIF, dt, duration, n, inputs=inputs, **options)
    require_same(found, counts(LIF, dt, duration, 2 * n, **options))


def test_dense_weak_inputs_in_mid_step_act_as_in_small_steps():
    generator = np.random.default_rng(6)
    duration, n = 200.0, 300
    instants = np.sort(generator.uniform(0, duration, 400))
    inputs = instants, generator.choice([0.06, -0.03], len(instants))
    options = dict(threshold="v > 1", reset="v = 0", refractory=2 * ms, namespace=dict(mu=0.7))
    coarse = counts(LIF, 1.0, duration, n, inputs=inputs, **options)
    require_same(coarse, counts(LIF, 0.1, duration, n, inputs=inputs, **options))
    require_between(coarse, counts(LIF, 0.05, duration, n, "euler", inputs, **options), 0.7 + 0.03 * 20, 0.05)


def require_between(exact, euler, mu, dt):
    """Require that Euler's method falls short by no more than a threshold that is higher by a walk's overshoot."""
    raised = float(siegert_interval(mu, SIGMA, TAU, 1 + OVERSHOOT * SIGMA * math.sqrt(dt / TAU), 0.0))
    share = raised / float(siegert_interval(mu, SIGMA, TAU, 1.0, 0.0)) - 1
    scatter = 4 * math.hypot(exact.std(), euler.std()) / math.sqrt(len(exact))
    assert -scatter < exact.mean() - euler.mean() < scatter + 1.5 * share * exact.mean()


def test_an_adaptive_threshold_does_not_know_of_the_step():
    model = LIF + "\ndtheta/dt = (1 - theta)/(30*ms) : 1"
    options = dict(threshold="v > theta", reset="v = 0; theta += 0.15", values=dict(theta=1), namespace=dict(mu=1.2))
    duration, n = 300.0, 400
    coarse = counts(model, 1.0, duration, n, **options)
    require_same(coarse, counts(model, 0.1, duration, n, **options))
    require_between(coarse, counts(model, 0.05, duration, n, "euler", **options), 1.2, 0.05)


@pytest.mark.parametrize("own", [0.0, 0.2])
def test_noise_through_a_current_does_not_know_of_the_step(own):
    model = """dv/dt = (0.7 + I - v)/(10*ms) + own*xi_1*(10*ms)**-0.5 : 1
    dI/dt = -I/(5*ms) + 0.6*xi_2*(5*ms)**-0.5 : 1"""
    options = dict(threshold="v > 1", reset="v = 0", namespace=dict(own=own))
    duration, n = 400.0, 500
    fine, coarse = (counts(model, dt, duration, n, **options) for dt in (0.1, 1.0))
    require_same(fine, coarse)
    require_between(coarse, counts(model, 0.05, duration, n, "euler", **options), 0.7, 0.05)


def test_a_parameter_that_spikes_change_does_not_know_of_the_step():
    model = LIF.replace("mu -", "0.9 + drive -") + "\ndrive : 1\nlevel : 1"
    reset = "v = 0; drive = 0.3*sin(10*lastspike/second); level = 1 + 0.2*cos(20*lastspike/second)"
    options = dict(threshold="v > level", reset=reset, values=dict(level=1))
    require_same(*(counts(model, dt, 300.0, 300, **options) for dt in (0.2, 2.0)))
