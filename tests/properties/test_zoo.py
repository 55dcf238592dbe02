"""Every kind of neuron and synapse, alone and all at once: what is true of all of them, to the last bit."""

import numpy as np
import pytest
import zoo
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import run_until, spikes

import eventsnn
from eventsnn import Network, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms

END = 30.0
SEEDS = st.integers(0, 2**32)
CUTS = st.lists(st.floats(0.1, 29.9), max_size=6, unique=True).map(sorted)
#: Where the drive steps, and where inputs and delays on the grid meet.
MEETINGS = [7.5, 15.1, 16.0, *[k + 0.5 for k in range(17, 29)]]


@settings(max_examples=20)
@given(SEEDS, CUTS)
def test_cutting_and_looking_change_no_bit(seed, cuts):
    whole = zoo.run(seed, END)
    assert zoo.run(seed, *cuts, END) == whole
    assert zoo.run(seed, *MEETINGS, END, look=True) == whole


@pytest.mark.slow
@settings(max_examples=300)
@given(SEEDS, CUTS)
def test_cutting_and_looking_change_no_bit_thorough(seed, cuts):
    whole = zoo.run(seed, END)
    assert zoo.run(seed, *cuts, END, look=True) == whole
    assert zoo.run(seed, *MEETINGS, END) == whole


def test_the_zoo_is_alive():
    # several groups fire in it, more than once, and some synapses have learnt
    for seed in range(5):
        out = zoo.run(seed, END)
        counts = [len(value[0]) for name, value in out.items() if "." not in name]
        assert sum(c > 4 for c in counts) >= 2
        assert any(any(value) for name, value in out.items() if name.endswith((".a", ".x", ".y")))


@pytest.mark.parametrize("kind", [kind for kind in zoo.KINDS if kind not in ("current", "waiting")])
@given(SEEDS)
def test_an_input_is_an_assignment_between_two_runs(kind, seed):
    # but for the kinds with random periods, or another variable, which an assignment brings up to date as well
    rng = np.random.default_rng(seed)
    times, weights = np.sort(rng.uniform(0.0, 29.0, 4)).round(6), rng.normal(0.2, 0.4, 4)
    network, group, monitor = _alone(kind, seed)
    for t, w in zip(times, weights, strict=True):
        run_until(network, float(t))
        deaf = "unless refractory" in zoo.KINDS[kind][0] and ~np.asarray(group.not_refractory)
        group.v = np.where(deaf, group.v, np.asarray(group.v) + w)
    run_until(network, END)
    assigned = spikes(monitor), np.asarray(group.v).tolist()
    network, group, monitor = _alone(kind, seed)
    source = SpikeGeneratorGroup(4, np.arange(4), times * ms)
    kicks = Synapses(source, group, "w : 1", on_pre="v_post += w")
    kicks.connect()
    kicks.w = np.repeat(weights, zoo.N)
    network.add(source, kicks)
    run_until(network, END)
    assert (spikes(monitor), np.asarray(group.v).tolist()) == assigned


def _alone(kind, seed):
    eventsnn.start_scope()
    group = zoo.group_of(kind, np.random.default_rng(seed))
    monitor = SpikeMonitor(group)
    return Network(group, monitor), group, monitor
