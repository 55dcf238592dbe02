"""What synapses cost: bytes for each, and no array that a user may still change."""

import numpy as np
import pytest

from eventsnn import Network, NeuronGroup, SpikeMonitor, Synapses, ms, mV
from eventsnn.simulation.description import _bytes_of

N, FAN = 100, 50


@pytest.fixture
def group():
    G = NeuronGroup(N, "dv/dt = -v/(20*ms) : volt", threshold="v > 20*mV", reset="v = 0*mV", name="G")
    G.v = "30*mV*int(i % 2 == 0)"
    return G


def wired(group, kind=np.int32):
    rng = np.random.default_rng(3)
    i, j = np.repeat(np.arange(N), FAN).astype(kind), rng.integers(0, N, N * FAN).astype(kind)
    S = Synapses(group, group, "w : volt", on_pre="v += w")
    S.connect(i=i, j=j)
    S.w = rng.random(N * FAN) * mV
    S.delay = (1 + rng.integers(0, 91, N * FAN) / 10) * ms
    return S, i, j


def cost(synapses):
    """Return the bytes of a synapse, but for those of its neurons."""
    own = _bytes_of(synapses, [*synapses._pathways.values()]) - 8 * (N + 1)
    return own / len(synapses)


def test_a_synapse_with_weight_and_delay_takes_20_bytes(group):
    S, _, _ = wired(group)
    assert cost(S) == 20
    Network(group, S).run(0 * ms)
    assert cost(S) == 20


def test_the_order_of_arrivals_takes_four_more_where_spikes_go_one_by_one(group):
    S, _, _ = wired(group)
    pathway = S.pre
    network = Network(group, S)
    network.run(0 * ms)
    assert pathway.fan().of(3).tolist() == sorted(range(150, 200), key=lambda k: S.delay_[k])
    # and one for each neuron that has spoken
    assert cost(S) <= 24 + N / len(S)


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.uint8, float])
def test_arrays_that_were_given_may_be_changed_afterwards(group, kind):
    S, i, j = wired(group, kind)
    pairs = S.i[:].tolist(), S.j[:].tolist()
    i[:], j[:] = 0, 0
    assert (S.i[:].tolist(), S.j[:].tolist()) == pairs


def test_values_that_were_given_may_be_changed_afterwards(group):
    S = Synapses(group, group, "w : 1\nk : integer", on_pre="v += w*mV")
    S.connect(j="i")
    weights, counts = np.arange(float(N)), np.arange(N)
    S.w, S.k = weights, counts
    delays = (1 + np.arange(float(N))) * ms
    S.delay = delays
    weights[:], counts[:], delays[:] = 7, 7, 7 * ms
    assert S.w[:].tolist() == S.k[:].tolist() == list(range(N))
    assert np.asarray(S.delay / ms).tolist() == pytest.approx([1 + k for k in range(N)])


def test_one_target_for_many_sources_is_spread(group):
    S = Synapses(group, group, on_pre="v += 1*mV")
    S.connect(i=[3, 1, 2], j=5)
    assert S.i[:].tolist() == [3, 1, 2] and S.j[:].tolist() == [5, 5, 5]
    S.connect(i=0, j=[1, 2])
    assert S.i[:].tolist() == [3, 1, 2, 0, 0] and S.j[:].tolist() == [5, 5, 5, 1, 2]


def test_delays_given_at_once_and_one_by_one_do_the_same(group):
    def times(is_at_once):
        S, _, _ = wired(group)
        delays = S.delay[:]
        if not is_at_once:
            for k in range(len(S)):
                S.delay[k] = delays[k]
        M = SpikeMonitor(group)
        network = Network(group, S, M)
        network.store()
        network.run(20 * ms)
        result = M.t_.tolist()
        network.restore()
        network.remove(group, S, M)
        return result

    assert times(True) == times(False)
