"""The slow truth about noise agrees with itself: three ways to a rate that share nothing but the equation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from noise_oracle import OVERSHOOT, EulerNeuron, euler_maruyama, siegert_interval

# mu, sigma, tau, threshold, reset, refractory period
NEURONS = [(0.8, 0.5, 10.0, 1.0, 0.0, 2.0), (1.5, 0.5, 10.0, 1.0, 0.0, 2.0)]


@pytest.mark.parametrize("neuron", NEURONS)
def test_the_rate_at_a_step_is_that_of_a_plain_simulation(neuron):
    n, dt, warm, ticks = 1500, 0.5, 200, 1000
    who, when = euler_maruyama(*neuron, dt=dt, n=n, steps=warm + ticks, generator=np.random.default_rng(3))
    counts = np.bincount(who[when > warm], minlength=n)
    expected = EulerNeuron(*neuron, dt).rate_on_the_grid() * ticks * dt
    assert abs(counts.mean() - expected) < 4 * counts.std() / math.sqrt(n)


@pytest.mark.parametrize("neuron", NEURONS)
def test_the_rate_falls_short_of_siegerts_by_the_root_of_the_step(neuron):
    mu, sigma, tau, V_th, V_reset, t_ref = neuron
    truth = 1 / float(siegert_interval(*neuron))
    shortfalls = []
    for dt in (0.16, 0.04):
        rates = EulerNeuron(*neuron, dt).rate_on_the_grid(), EulerNeuron(*neuron, dt).rate_between_ticks()
        # Asmussen, Glynn & Pitman: as if the threshold were higher by what a walk overshoots it
        raised = V_th + OVERSHOOT * sigma * math.sqrt(dt / tau)
        as_if = 1 / float(siegert_interval(mu, sigma, tau, raised, V_reset, t_ref))
        shortfalls.append([(truth - rate, as_if - rate) for rate in rates])
    coarse, fine = np.array(shortfalls)
    # a quarter of the step: half of the shortfall, and a quarter of what the higher threshold does not explain
    assert coarse[:, 1] / fine[:, 1] == pytest.approx([4, 4], abs=0.6)
    # c sqrt(dt) + d dt, with d dt a share of it at the longer step, has the ratio 2/(1 + share) to first order
    share = np.abs(coarse[:, 1] / coarse[:, 0])
    assert np.all(np.abs(coarse[:, 0] / fine[:, 0] - 2) < 2 * share)
