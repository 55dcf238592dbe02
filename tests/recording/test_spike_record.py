"""Recorded spikes: what a record costs, and that bulk and single spikes are kept alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsnn import Network, NeuronGroup, SpikeMonitor, ms
from eventsnn.recording import spikes as spikes_module
from eventsnn.recording.measures import by_neuron
from eventsnn.recording.spikes import SpikeRecord

N = 5

SPIKES = st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, N - 1)), max_size=8)


def columns(spikes, kind=np.int64):
    return np.array([t for t, _ in spikes], float), np.array([k for _, k in spikes], kind)


@given(st.lists(st.tuples(SPIKES, st.sampled_from([np.int64, np.int32])), max_size=4))
def test_spikes_added_together_are_those_added_one_by_one(batches):
    many, single = SpikeRecord(N), SpikeRecord(N)
    for spikes, kind in batches:
        many.add(*columns(spikes, kind))
        for t, k in spikes:
            single.times.append(t)
            single.neurons.append(k)
    assert many.times == single.times and many.neurons == single.neurons
    assert many.total == sum(len(spikes) for spikes, _ in batches)
    assert many.counts().tolist() == [single.neurons.count(k) for k in range(N)]


def test_a_spike_takes_twelve_bytes_and_little_slack():
    record, times, neurons = SpikeRecord(N), np.arange(1000.0), np.zeros(1000, np.int64)
    for _ in range(100):
        record.add(times, neurons)
    assert record.times.itemsize + record.neurons.itemsize == 12
    held = record.times.__sizeof__() + record.neurons.__sizeof__()
    assert held <= 13 * record.total


def test_arrays_that_do_not_lie_together_are_taken_as_they_are():
    record = SpikeRecord(N)
    record.add(np.arange(6.0)[::2], np.array([0, 1, 2, 3, 4, 0])[::2])
    assert record.time_array().tolist() == [0.0, 2.0, 4.0]
    assert record.neuron_array().tolist() == [0, 2, 4]


def test_reading_leaves_the_record_free_to_grow():
    record = SpikeRecord(N)
    record.add(np.array([1.0]), np.array([2]))
    seen = record.shown("t"), record.shown("i"), record.time_array(), record.counts()
    record.add(np.array([2.0]), np.array([3]))
    assert [len(array) for array in seen] == [1, 1, 1, N]
    assert record.neuron_array().tolist() == [2, 3]


def test_a_record_of_checkpoints_with_eight_bytes_a_neuron_is_taken_over():
    record = SpikeRecord(N)
    record.add(np.array([1.0, 2.0]), np.array([4, 0]))
    old = record.snapshot() | {"neurons": np.array([4, 0], np.int64)}
    other = SpikeRecord(N)
    other.restore(old)
    assert other.neurons == record.neurons and other.times == record.times


@given(st.integers(1, 200_000), st.lists(st.integers(0, 2**31 - 1), max_size=30))
def test_spikes_are_put_neuron_by_neuron_in_their_order(n, numbers):
    neurons = np.array(numbers, np.int64) % n
    order, ends = by_neuron(neurons, n)
    assert order.tolist() == np.argsort(neurons, kind="stable").tolist()
    assert ends.tolist() == np.cumsum(np.bincount(neurons, minlength=n)).tolist()


@pytest.mark.parametrize("piece", [1, 3, spikes_module.PIECE])
def test_counting_goes_piece_by_piece(piece, monkeypatch):
    monkeypatch.setattr(spikes_module, "PIECE", piece)
    record = SpikeRecord(N)
    record.add(np.arange(7.0), np.array([0, 1, 1, 4, 4, 4, 0]))
    assert record.counts().tolist() == [2, 2, 0, 0, 3]


def test_trains_are_those_of_every_neuron():
    G = NeuronGroup(3, "dv/dt = (i + 1)/(10*ms) : 1", threshold="v > 1", reset="v = 0")
    M = SpikeMonitor(G)
    Network(G, M).run(25 * ms)
    trains = M.spike_trains()
    assert {k: len(train) for k, train in trains.items()} == {0: 2, 1: 4, 2: 7}
    for k, train in trains.items():
        assert (train / ms).tolist() == (M.t[M.i == k] / ms).tolist()
