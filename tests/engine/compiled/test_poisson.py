"""Poisson trains in compiled code: the bits of `RenewalTrains`, wherever they are cut."""

import numpy as np
import pytest
from compiled import compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsnn import seed
from eventsnn.engine.compiled.poisson import BLOCK, advance_trains, fill_poisson, is_poisson
from eventsnn.randomness import Draws
from eventsnn.stimuli.rates import ConstantRates
from eventsnn.stimuli.renewal import ExponentialLaw, GammaLaw, RenewalTrains, poisson_trains

ARRAYS = ("count", "slope", "origin", "left", "age", "is_first", "next")

#: Rates [1/ms]: none, hardly any, usual ones, and more than ever.
RATES = st.sampled_from([0.0, 1e-300, 1e-12, 0.005, 0.3, 2.0, 20.0, 200.0])


@pytest.fixture(params=["interpreted", "compiled"], scope="module")
def fill(request):
    if request.param == "interpreted":
        return fill_poisson
    pytest.importorskip("numba")
    return compiled(fill_poisson)


def make(rates, n=None):
    seed(5)
    return poisson_trains(Draws("p", "spikes"), len(rates), np.array(rates), 0.0)


def bits_of(trains):
    return [getattr(trains, name).tobytes() for name in ARRAYS], trains.now


def sorted_spikes(times, neurons):
    order = np.lexsort((times, neurons))
    return times[order].tobytes(), neurons[order].tolist()


def advance(trains, end):
    """Return the spikes of trains up to an instant, in any number of stretches."""
    parts = []
    while trains.now < end:
        parts.append(trains.advance(end, 100))
    return sorted_spikes(*(np.concatenate(column) for column in zip(*parts, strict=True))) if parts else (b"", [])


def fill_all(fill, trains, end, size):
    """Do the same neuron by neuron, as a compiled engine does."""
    times, room, found, who = np.empty(size), np.empty(2 * BLOCK), [], []
    if trains.now < end:
        trains.enter()
    for k in range(trains.n):
        while trains.next[k] < end:
            made, count, due, left, origin = fill(
                k, *trains.draws.key, trains.count[k], trains.next[k], trains.slope[k], end, times, room
            )
            assert 0 < made <= size
            trains.count[k], trains.next[k], trains.left[k], trains.origin[k] = count, due, left, origin
            trains.age[k], trains.is_first[k] = 0.0, False
            found += times[:made].tolist()
            who += [k] * made
    trains.now = max(trains.now, end)
    return sorted_spikes(np.array(found), np.array(who, int))


@given(
    rates=st.lists(RATES, min_size=1, max_size=4),
    ends=st.lists(st.one_of(st.floats(0, 3), st.integers(0, 3).map(float)), min_size=1, max_size=4),
    size=st.integers(BLOCK, 40),
    change=st.sampled_from(["none", "rates", "numbers"]),
)
@settings(max_examples=40)
def test_trains_have_the_bits_of_those_that_advance(fill, rates, ends, size, change):
    mine, theirs = make(rates), make(rates)
    for end in sorted(ends):
        assert fill_all(fill, mine, end, size) == advance(theirs, end)
        assert not mine.now or bits_of(mine) == bits_of(theirs)
        for trains in (mine, theirs):
            if change == "rates":
                trains.use(ConstantRates(np.roll(trains.rates.values, 1) * 0.7))
            elif change == "numbers":
                seed(8)
                trains.renew(trains.draws.begin_again())


def test_a_spike_at_the_very_end_is_not_made(fill):
    trains = make([0.3])
    (first, _), room = trains.advance(100.0, 10**6), np.empty(2 * BLOCK)
    for end, expected in ((first[3], 3), (np.nextafter(first[3], 1e9), 4)):
        trains = make([0.3])
        trains.enter()
        times = np.empty(50)
        made, _, due, _, _ = fill(0, *trains.draws.key, 1, trains.next[0], 0.3, end, times, room)
        assert times[:made].tolist() == first[:expected].tolist() and due == first[expected]


def test_without_a_spike_there_is_nothing_to_note(fill):
    made, count, due, left, origin = fill(0, 1, 2, 7, 5.0, 0.1, 5.0, np.empty(BLOCK), np.empty(2 * BLOCK))
    assert (made, count, due) == (0, 7, 5.0) and np.isnan(left) and np.isnan(origin)


def test_large_counters_and_neurons_have_their_own_numbers(fill):
    for neuron, count in ((2**33 + 5, 3), (5, 2**40), (2**20, 2**32 - 3)):
        draws = Draws("p", "spikes")
        times = np.empty(20)
        made, after, *_ = fill(neuron, *draws.key, count, 0.0, 1.0, 6.0, times, np.empty(2 * BLOCK))
        u = draws.uniforms(np.full(made - 1, neuron), count + np.arange(made - 1))
        waits = ExponentialLaw().intervals(u, np.array([]))
        assert times[:made].tolist() == np.add.accumulate(np.append(0.0, waits)).tolist() and after == count + made


@pytest.mark.parametrize("budget", [50, 10**6])
def test_all_trains_of_a_source_advance_together(budget):
    rates = np.random.default_rng(1).choice([0.0, 0.02, 1.0, 30.0], 40)
    mine, theirs = make(rates), make(rates)
    for end in (0.0, 1.5, 1.5000001, 40.0):
        found = [advance_trains(mine, end, budget)]
        while mine.now < end:
            found.append(advance_trains(mine, end, budget))
        assert sorted_spikes(*(np.concatenate(part) for part in zip(*found, strict=True))) == advance(theirs, end)
        assert not end or bits_of(mine) == bits_of(theirs)


def test_other_trains_advance_by_themselves():
    gamma = RenewalTrains(Draws("g", "spikes"), 2, GammaLaw(np.full(2, 3.0)), ConstantRates(np.full(2, 0.1)), 0.0)
    assert not is_poisson(gamma) and not is_poisson(None)
    dead = RenewalTrains(
        Draws("d", "spikes"), 2, ExponentialLaw(), ConstantRates(np.full(2, 0.1)), 0.0, np.array([0.0, 1.0])
    )
    assert not is_poisson(dead) and is_poisson(make([1.0]))
    times, _ = advance_trains(gamma, 100.0, 10**6)
    assert len(times) > 5 and gamma.now == 100.0
