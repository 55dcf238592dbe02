"""Noise times a state variable: strong convergence to Stratonovich's solution on the same Brownian path.

The increments of a group are known: a Wiener process of the same name and seed has drawn the same ones. Errors of a
method of order p fall as dt**p, on average; means over n paths scatter, and the bounds say by how much.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from eventsnn import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms, seed, start_scope

pytestmark = pytest.mark.filterwarnings("ignore:group .* runs on the clock")

DRIFT, STRENGTH = 0.1, 0.4
GEOMETRIC = "dv/dt = 0.1*v/ms + 0.4*v*xi*ms**-0.5 : 1"

METHODS = ("euler", "heun", "milstein")

#: Steps [ms], each a quarter of the one before.
STEPS = [1 / 16, 1 / 64, 1 / 256]


def run(model, n, dt, duration, start=0.0, instants=(), **options):
    """Return v at the end [ms]; inputs of no weight divide the steps."""
    start_scope()
    seed(301)
    group = NeuronGroup(n, model, dt=dt * ms, name="walkers", **options)
    group.v = start
    source = SpikeGeneratorGroup(1, [0] * len(instants), np.array(instants) * ms, name="source")
    synapses = Synapses(source, group, on_pre="v_post += 1e-300", name="no_weight")
    synapses.connect()
    Network(group, source, synapses).run(duration * ms)
    return np.asarray(group.v)


def geometric_error(method, n, dt, instants=()):
    """Return the relative error of each path at 2 ms."""
    path = run("dv/dt = xi*ms**-0.5 : 1", n, dt, 2, instants=instants)
    return run(GEOMETRIC, n, dt, 2, 1.0, instants, method=method) / np.exp(DRIFT * 2 + STRENGTH * path) - 1


@pytest.mark.parametrize("method", ["heun", "milstein"])
@pytest.mark.parametrize(
    "n", [pytest.param(500, id="short"), pytest.param(50000, id="long", marks=pytest.mark.statistical)]
)
def test_geometric_brownian_motion_converges_strongly_with_order_one(method, n):
    squares = [geometric_error(method, n, dt) ** 2 for dt in STEPS]
    errors = np.sqrt([square.mean() for square in squares])
    # the standard error of a root mean square, relative, of each of the two
    scatter = [square.std() / square.mean() / 2 / math.sqrt(n) for square in squares]
    for coarse, fine in ((0, 1), (1, 2)):
        ratio = errors[coarse] / errors[fine]
        # what is of higher order: a share of the error as large as STRENGTH*sqrt(2)*sqrt(dt)
        higher = STRENGTH * math.sqrt(2 * STEPS[coarse])
        assert abs(ratio / 4 - 1) < 4 * math.hypot(scatter[coarse], scatter[fine]) + higher
    # of Ito's meaning nothing: that would be a factor of exp(-STRENGTH**2*2/2) = 0.85
    assert errors[-1] < 0.01


@pytest.mark.parametrize("method", ["heun", "milstein"])
def test_divided_steps_converge_as_well_as_whole_ones(method):
    n, instants = 100, np.sort(np.random.default_rng(8).uniform(0, 2, 8))
    for dt in STEPS[:2]:
        whole, divided = (np.sqrt(np.mean(geometric_error(method, n, dt, s) ** 2)) for s in ((), instants))
        # some steps are shorter; a part that used its increment twice, or none, would err by STRENGTH*sqrt(dt) = 0.1
        assert divided < 1.5 * whole


@pytest.mark.parametrize("method", ["heun", "milstein"])
@pytest.mark.parametrize(
    "n", [pytest.param(4000, id="short"), pytest.param(400000, id="long", marks=pytest.mark.statistical)]
)
def test_the_mean_is_stratonovichs_and_not_itos(method, n):
    # E x = exp((drift + strength**2/2) t), with a log-normal spread
    x = run(GEOMETRIC, n, 1 / 64, 2, 1.0, method=method)
    expected, variance = math.exp((DRIFT + STRENGTH**2 / 2) * 2), STRENGTH**2 * 2
    error = expected * math.sqrt(math.expm1(variance) / n)
    # a step has the mean 1 + c dt with c = drift + strength**2/2, and not exp(c dt): over 2 ms that is c**2 dt
    bias = expected * (DRIFT + STRENGTH**2 / 2) ** 2 / 64
    assert abs(x.mean() - expected) < 4 * error + bias


def test_additive_noise_is_the_same_by_all_methods():
    # where the strength does not move with the state, the corrections vanish
    values = [run("dv/dt = (1 - v)/(10*ms) + 0.5*xi*ms**-0.5 : 1", 40, 0.5, 10, method=m) for m in METHODS]
    for others in values[1:]:
        assert others == pytest.approx(values[0], rel=1e-13)


@pytest.mark.parametrize(
    "n", [pytest.param(4000, id="short"), pytest.param(200000, id="long", marks=pytest.mark.statistical)]
)
def test_two_sources_that_do_not_commute_keep_the_law_by_heun(n):
    # the first source turns (x, y), which leaves the radius alone; the second adds 0.5**2 a ms to its mean square
    start_scope()
    seed(302)
    model = "dx/dt = -y*xi_1*ms**-0.5 : 1\ndy/dt = x*xi_1*ms**-0.5 + 0.5*xi_2*ms**-0.5 : 1"
    dt, duration = 1 / 64, 2
    group = NeuronGroup(n, model, method="heun", dt=dt * ms)
    group.x = 1
    Network(group).run(duration * ms)
    square = np.asarray(group.x) ** 2 + np.asarray(group.y) ** 2
    # in a step of Heun's that turns by w the square grows by a share of w**4/4, whose mean is 3/4 dt**2
    bias = (1 + 0.25 * duration) * 0.75 * dt * duration * math.exp(0.75 * dt * duration)
    assert abs(square.mean() - (1 + 0.25 * duration)) < 4 * square.std() / math.sqrt(n) + bias
