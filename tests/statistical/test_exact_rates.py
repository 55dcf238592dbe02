"""The rate of a neuron stepped by exact transitions and the bridge's crossing test, by quadrature: no simulation.

Of `EulerNeuron` only the idea: mean numbers of steps solve an integral equation, here with the density of the exact
transition times the chance not to have met the threshold on the way. What a simulation sees to a few in a thousand is
seen here to one in a hundred thousand.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from noise_oracle import composite_rule, siegert_interval
from scipy.stats import norm, qmc

from eventsnn.neurons.bridge import Distance
from eventsnn.neurons.transition import Diffusion

SIGMA, TAU, T_REF = 0.5, 10.0, 2.0

#: So many pairs of random numbers stand for those of the crossing time: more evenly spread than random ones.
PAIRS = 1024


def mean_after(x, t, mu):
    return mu + (x - mu) * np.exp(-t / TAU)


def deviation_after(t):
    return SIGMA * np.sqrt(-np.expm1(-2 * t / TAU) / 2)


def rate_by_quadrature(mu, h):
    """Return the rate [1/ms] of a neuron with threshold 1 and reset 0, a refractory period of whole steps."""
    spread = float(deviation_after(h))
    below, weights = composite_rule(min(mu, 0.0) - 6.5 * SIGMA, 1.0, spread)
    above, its_weights = composite_rule(1.0, 1.0 + 9 * spread, spread)
    ends = np.concatenate([below, above])
    drift = [[-1 / TAU]], [mu / TAU], [[SIGMA / math.sqrt(TAU)]]
    diffusion = Diffusion(*(np.array([part]) for part in drift))
    bridge = Distance.made(*diffusion.coefficients, (-1.0,), 1.0).over(h)

    starts, targets = np.broadcast_arrays(below[:, None], ends)
    density = norm.pdf(targets, mean_after(starts, h, mu), spread) * np.concatenate([weights, its_weights])
    met = np.exp(-bridge.exponent([starts], [targets]))
    stay, leave = (density * (1 - met))[:, : len(below)], density * met
    steps = np.linalg.solve(np.eye(len(below)) - stay, np.ones(len(below)))

    normals, uniforms = qmc.Sobol(2, seed=1).random(PAIRS).T
    rest = np.array([h / 2])
    for _ in range(2):
        # from reset over the rest of a step and a whole one; on the way no threshold is near
        landing = norm.pdf(below, mean_after(0.0, h + rest[:, None], mu), deviation_after(h + rest[:, None]))
        landing = landing.mean(axis=0) * weights
        flux = np.linalg.solve(np.eye(len(below)) - stay.T, landing)[:, None] * leave
        counts = flux > 1e-6 * flux.max()
        share, x, y = flux[counts] / flux[counts].sum(), 1 - starts[counts], 1 - targets[counts]
        # the result is nearly linear in how much is left of the step, so that its mean over the ends will do
        times = [
            share @ bridge.time(x, y, normal, uniform)
            for normal, uniform in zip(norm.ppf(normals), uniforms, strict=True)
        ]
        rest = h - np.array(times)
    return 1 / (T_REF + h * (1 + landing @ steps))


@pytest.mark.parametrize(
    "mu, h",
    [(1.5, 0.5), *(pytest.param(mu, h, marks=pytest.mark.statistical) for mu in (0.8, 1.5) for h in (0.25, 0.5, 1.0))],
)
def test_exact_transitions_have_siegerts_rate(mu, h):
    interval = float(siegert_interval(mu, SIGMA, TAU, 1, 0, T_REF))
    # the sag of the mean path in its standard deviations: the chance to meet the threshold is right to u**2 + ..., in
    # each of the few steps that bring a neuron there, and the time of the last one, which leaves it out, to u steps
    u = abs(mu - 1) * h**1.5 / (8 * TAU**1.5 * SIGMA)
    bound = 5 * (u * u + (h / TAU) ** 2 * u / 10) + u * h / interval
    # what so many pairs of numbers leave of the mean time
    assert rate_by_quadrature(mu, h) * interval == pytest.approx(1, abs=bound + 4 * h / interval / PAIRS)
