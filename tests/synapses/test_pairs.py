"""Pairs of neurons and their grouping for deliveries, against lists."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsnn.synapses.pairs as pairs_module
from eventsnn.synapses.flight import Flight, depart
from eventsnn.synapses.pairs import Pairs

N_PRE, N_POST = 5, 4
BATCH = st.lists(st.tuples(st.integers(0, N_PRE - 1), st.integers(0, N_POST - 1)), max_size=8)
SOME = st.lists(st.integers(0, 3), unique=True)
DELAYS = st.sampled_from([0.0, 0.5, 1.0, 2.25])


def make(batches):
    """Return pairs made in several calls, and the same as a list."""
    pairs, plain = Pairs(N_PRE, N_POST), []
    for batch in batches:
        pairs.add(np.array([a for a, _ in batch], int), np.array([b for _, b in batch], int))
        plain += batch
    return pairs, plain


@given(st.lists(st.one_of(BATCH, BATCH.map(sorted)), max_size=4))
def test_a_synapse_keeps_its_number_and_its_neurons(batches):
    pairs, plain = make(batches)
    assert len(pairs) == len(plain)
    assert list(zip(pairs.pre.tolist(), pairs.post.tolist(), strict=True)) == plain
    numbers = np.arange(len(plain))[::-1]
    assert pairs.pre_of(numbers).tolist() == [a for a, _ in plain[::-1]]
    assert pairs.post.dtype == np.int32


@given(st.lists(BATCH, max_size=3))
def test_synapses_are_counted_for_each_neuron(batches):
    pairs, plain = make(batches)
    assert pairs.outgoing().tolist() == [sum(a == k for a, _ in plain) for k in range(N_PRE)]
    assert pairs.incoming().tolist() == [sum(b == k for _, b in plain) for k in range(N_POST)]


@given(st.lists(BATCH, max_size=3))
def test_synapses_of_one_pair_are_counted_in_their_order(batches):
    pairs, plain = make(batches)
    assert pairs.place_among_equals().tolist() == [plain[:n].count(pair) for n, pair in enumerate(plain)]


@given(st.lists(BATCH, max_size=3), SOME, SOME)
def test_any_of_some_and_any_of_others_are_found(batches, some, others):
    pairs, plain = make(batches)
    found = pairs.matching(np.array(some, int), np.array(others, int))
    assert found.tolist() == [n for n, (a, b) in enumerate(plain) if a in some and b in others]


@given(st.lists(st.one_of(BATCH, BATCH.map(sorted)), max_size=3), st.booleans(), st.data())
def test_a_fan_holds_the_synapses_of_a_neuron_the_quickest_first(batches, from_pre, data):
    pairs, plain = make(batches)
    delays = data.draw(st.one_of(DELAYS, st.lists(DELAYS, min_size=len(plain), max_size=len(plain)).map(np.array)))
    # counting goes piece by piece
    with patch.object(pairs_module, "PIECE", data.draw(st.sampled_from([1, 3, pairs_module.PIECE]))):
        fan = pairs.fan(from_pre, delays if np.ndim(delays) else float(delays))
    of = np.broadcast_to(delays, (len(plain),)).tolist()
    for k in range(N_PRE if from_pre else N_POST):
        own = [n for n, pair in enumerate(plain) if pair[0 if from_pre else 1] == k]
        # sorted() keeps the order of creation where delays are equal
        assert fan.of(k).tolist() == sorted(own, key=lambda n: of[n])
        # and again, now that they are sorted
        assert fan.of(k).tolist() == sorted(own, key=lambda n: of[n])
        begin, end = fan.starts[k : k + 2]
        assert (list(range(begin, end)) if fan.unsorted is None else fan.unsorted[begin:end].tolist()) == own


def test_nothing_is_stored_twice_where_synapses_stand_source_by_source():
    pairs, _ = make([[(0, 1), (1, 0), (1, 2)]])
    assert pairs.fan(True, 1.5).unsorted is None
    assert pairs.fan(False, 1.5).unsorted is not None
    # 4 bytes a synapse
    assert pairs.post.itemsize == pairs.fan(False, 1.5).unsorted.itemsize == 4


def test_a_fan_sorts_nothing_before_somebody_asks():
    pairs, _ = make([[(0, 1), (1, 0), (1, 2)]])
    fan = pairs.fan(True, np.array([1.0, 3.0, 2.0]))
    assert fan.arrays[2] is None
    assert fan.of(1).tolist() == [2, 1]
    assert fan.arrays[2].itemsize == 4


# --- flights ----------------------------------------------------------------------------------------------------------


@given(
    st.floats(0, 1e4),
    st.lists(st.one_of(DELAYS, st.floats(0, 100)), min_size=1, max_size=8),
)
def test_a_flight_reaches_each_synapse_once_at_the_rounded_sum(t, delays):
    delays = np.array(delays)
    numbers = np.argsort(delays, kind="stable")
    flight, arrived = depart(3, t, numbers, delays), []
    while flight is not None:
        instant = flight.instant
        reached, flight = flight.arrive()
        arrived += [(instant, n) for n in reached.tolist()]
    # those of one instant in the order of creation, also where only rounding brings them together
    assert arrived == sorted((t + delays[n], n) for n in numbers.tolist())


@given(st.lists(DELAYS, min_size=1, max_size=6), st.integers(0, 5))
def test_a_flight_shifted_arrives_later_by_as_much(delays, taken):
    delays = np.array(delays)
    flight = depart(0, 8.0, np.argsort(delays, kind="stable"), delays)
    for _ in range(taken):
        _, rest = flight.arrive()
        flight = rest or flight
    shifted, both = flight.shifted(-8.0), []
    for f in (flight, shifted):
        both.append([])
        while f is not None:
            instant = f.instant
            reached, f = f.arrive()
            both[-1].append((instant, reached.tolist()))
    assert [(t - 8.0, numbers) for t, numbers in both[0]] == both[1]


def test_one_delay_for_all_is_one_arrival():
    numbers = np.array([4, 7])
    flight = depart(1, 2.0, numbers, 0.5)
    assert (flight.instant, flight.neuron, flight.instants) == (2.5, 1, None)
    reached, rest = flight.arrive()
    assert (reached.tolist(), rest) == ([4, 7], None)
    assert isinstance(flight, Flight)


@pytest.mark.parametrize("delay", [0.0, 5e-324, 1e-20])
def test_a_delay_below_the_rounding_arrives_at_the_same_instant(delay):
    assert depart(0, 10.0, np.array([0]), np.array([delay])).instant == 10.0
