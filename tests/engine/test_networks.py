"""Random recurrent networks against the oracle: the same neurons in the same order, at the true times.

Each time is compared with a bound of its own. Every crossing may be off by what is promised, 2 [ulp(t) + ulp(v)/|v'|],
every change of state by 8 ulp, every sum of a time and a delay by one; these spread through the network along causes
and effects, and `propagated` adds up to first order what can arrive at a spike.
"""

import numpy as np
import pytest
from networks import (
    cuba,
    currents,
    currents_as_slow_as_the_membrane,
    currents_without_refractory_period,
    decided,
    delta,
    delta_with_threshold_subtracted,
    delta_without_refractory_period,
    slow_currents,
)

MOST = 100


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(k, marks=pytest.mark.slow) for k in range(3, 40))])
@pytest.mark.parametrize(
    "draw",
    [
        delta,
        delta_without_refractory_period,
        delta_with_threshold_subtracted,
        currents,
        currents_without_refractory_period,
        currents_as_slow_as_the_membrane,
        slow_currents,
        cuba,
    ],
)
def test_the_first_hundred_spikes_of_a_random_network_are_true(draw, seed):
    wiring, truth = decided(draw, seed, MOST)
    ours = wiring.run(float(truth[-1].time) + 1e-3)
    assert ours.neurons == [s.neuron for s in truth]
    assert all(abs(s.time - t) <= s.slack for t, s in zip(ours.times, truth, strict=True))
    # the bound is of use, and the network one
    assert max(s.slack for s in truth) < 1e-8
    assert len(wiring.synapses) > 20 and len(np.unique(ours.neurons)) > 5
