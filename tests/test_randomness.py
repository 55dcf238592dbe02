"""Random numbers: the generator's published answers, and what changes no draw."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import spikes

import eventsnn
from eventsnn import Network, NeuronGroup, SpikeMonitor, ms, seed, start_scope
from eventsnn.normals import uniform, uniforms_of
from eventsnn.philox import philox_halves, philox_words
from eventsnn.randomness import SOURCE, Draws, Stream

ALL = 0xFFFFFFFF
# Random123, kat_vectors: philox4x32, 10 rounds
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ALL,) * 4, (ALL, ALL), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
word = st.integers(0, ALL)


def halves(words):
    return words[0] << 32 | words[1], words[2] << 32 | words[3]


@pytest.mark.parametrize("counter, key, answer", KNOWN)
def test_philox_gives_the_published_answers(counter, key, answer):
    assert philox_words(*counter, *key) == answer
    arrays = tuple(np.full(3, c, np.uint64) for c in counter)
    assert [w.tolist() for w in philox_halves(*arrays, key)] == [[a] * 3 for a in halves(answer)]


@pytest.mark.parametrize("counter, key, answer", KNOWN)
def test_a_uniform_number_is_the_first_two_words_of_its_neuron_and_counter(counter, key, answer):
    draws = Draws("a", "spikes")
    draws.key = key
    neuron, count = (np.array([[low | high << 32]], np.uint64) for low, high in (counter[:2], counter[2:]))
    for numbers, high, low in zip(draws.pairs(neuron, count), answer[::2], answer[1::2], strict=True):
        assert numbers.tolist() == [[((high >> 5) * 2**26 + (low >> 6)) / 2**53]]
    assert draws.uniforms(neuron, count) == draws.pairs(neuron, count)[0]


@given(st.lists(st.tuples(word, word, word, word), min_size=1, max_size=8), st.tuples(word, word))
def test_philox_over_arrays_is_philox_of_each(counters, key):
    columns = tuple(np.array(c, np.uint64) for c in zip(*counters, strict=True))
    ours = list(zip(*(w.tolist() for w in philox_halves(*columns, key)), strict=True))
    assert ours == [halves(philox_words(*c, *key)) for c in counters]


@given(st.tuples(word, word, word, word), st.tuples(word, word), st.sets(st.integers(0, 3)))
def test_a_word_that_all_blocks_have_may_be_one_number(counter, key, alone):
    columns = [c if j in alone - {0} else np.full(5, c, np.uint64) for j, c in enumerate(counter)]
    ours = [w.tolist() for w in philox_halves(*columns, key)]
    assert ours == [[w] * 5 for w in halves(philox_words(*counter, *key))]


@pytest.mark.parametrize("function", ["rand", "randn"])
def test_draws_in_one_and_in_many_agree(function):
    seed(3)
    stream, n, some = Stream("a", "reset", 50), np.arange(50), np.array([3, 4, 40])
    one = [[stream.draw_one(function, k, 0) for k in range(50)] for _ in range(4)]
    one += [[stream.draw_one(function, k, 0) for k in some.tolist()], stream.draw_one(function, 4, 0)]
    seed(3)
    many = [stream.draw_many(function, n, 0).tolist() for _ in range(4)]
    # and may be mixed
    assert one == [*many, stream.draw_many(function, some, 0).tolist(), stream.draw_one(function, 4, 0)]


def test_an_object_made_later_under_the_same_name_draws_on():
    # otherwise the trials of a loop with start_scope() would all be the same
    def trial():
        start_scope()
        group = NeuronGroup(2, "dv/dt = 1/(8*ms) : 1", threshold="v > 1", reset="v = rand()")
        group.v = "rand()"
        spikes = SpikeMonitor(group)
        Network(group, spikes).run(50 * ms)
        return (spikes.t / ms).tolist()

    seed(4)
    first = [trial() for _ in range(3)]
    assert len({tuple(t) for t in first}) == 3
    seed(4)
    assert [trial() for _ in range(3)] == first


def test_seed_starts_all_streams_again():
    stream = Stream("a", "reset", 5)
    seed(8)
    first = [stream.draw_one("rand", 2, 0) for _ in range(5)]
    more = stream.draw_one("rand", 2, 0)
    seed(8)
    assert [stream.draw_one("rand", 2, 0) for _ in range(5)] == first
    assert stream.draw_one("rand", 2, 0) == more and more not in first
    seed(9)
    assert [stream.draw_one("rand", 2, 0) for _ in range(5)] != first


def test_seed_sets_numpys_generator_too():
    seed(8)
    first = np.random.rand(3).tolist()
    seed(8)
    assert np.random.rand(3).tolist() == first


def test_seed_without_a_number_is_new_each_time():
    seed()
    first = SOURCE.seed
    seed()
    assert SOURCE.seed != first
    seed(0)


def test_name_purpose_occurrence_and_neuron_have_streams_of_their_own():
    seed(1)
    draws = [
        Stream(name, purpose, 4).draw_one("rand", neuron, occurrence)
        for name in ("a", "b")
        for purpose in ("reset", "refractory")
        for neuron in (0, 1, 3)
        for occurrence in (0, 1)
    ]
    assert len(set(draws)) == len(draws)


def test_a_neuron_does_not_notice_how_often_others_draw():
    seed(1)
    stream = Stream("a", "reset", 4)
    alone = [stream.draw_one("rand", 1, 0) for _ in range(3)]
    seed(1)
    crowd = []
    for _ in range(3):
        stream.draw_one("rand", 0, 0)
        crowd.append(stream.draw_one("rand", 1, 0))
        stream.draw_many("rand", np.array([2, 3]), 0)
    assert crowd == alone


def draws(function, n):
    seed(2024)
    return Stream("moments", function, n).draw_many(function, np.arange(n), 0)


def test_uniform_numbers_fill_the_half_open_unit_interval():
    n = 200_000
    x = draws("rand", n)
    assert x.min() >= 0.0 and x.max() < 1.0
    # standard errors of mean and variance: sqrt(1/12 n) and sqrt(1/180 n); five of them (1 in 2 million)
    assert abs(x.mean() - 0.5) < 5 / math.sqrt(12 * n)
    assert abs(x.var() - 1 / 12) < 5 / math.sqrt(180 * n)
    # Kolmogorov: P(sup > c/sqrt(n)) = 2 exp(-2 c^2), 1e-6 at c = 2.7
    grid = np.arange(1, n + 1) / n
    assert np.abs(np.sort(x) - grid).max() < 2.7 / math.sqrt(n)


def test_the_largest_words_stay_below_one():
    assert uniform(ALL, ALL) == 1 - 2.0**-53 and uniform(0, 0) == 0.0
    numbers = np.array([0, 2**64 - 1], np.uint64)
    assert uniforms_of(numbers).tolist() == [0.0, 1 - 2.0**-53]


def test_successive_draws_of_a_neuron_do_not_correlate():
    seed(7)
    stream = Stream("a", "reset", 1)
    x = np.array([stream.draw_one("rand", 0, 0) for _ in range(20_000)]) - 0.5
    # correlation coefficient of n independent pairs: standard error 1/sqrt(n)
    for lag in (1, 2, 7):
        assert abs((x[:-lag] * x[lag:]).mean() * 12) < 5 / math.sqrt(len(x))


# --- through the public API ------------------------------------------------------------------------------------------


def noisy(ends, before=False, after=False, name="neurongroup*"):
    """Run a group with random resets and initial values; other objects are made before or after it."""
    start_scope()
    seed(11)
    things = []
    if before:
        things.append(NeuronGroup(3, "v : 1", threshold="v > 0.5", reset="v = rand()", name="somebody"))
        things[0].v = "rand()"
    group = NeuronGroup(
        4,
        "dv/dt = (2 - v)/(10*ms) : 1",
        threshold="v > 1",
        reset="v = 0.9*rand() - 0.1*abs(randn())",
        refractory="rand()*ms",
        name=name,
        namespace={},
    )
    group.v = "rand()"
    if after:
        later = NeuronGroup(5, "v : 1", threshold="v > 0.5", reset="v = 0.5*rand()")
        later.v = "rand() + randn()"
        things.append(later)
    monitor = SpikeMonitor(group)
    network = Network(group, monitor, *things)
    for length in ends:
        network.run(length * ms, namespace={})
    return spikes(monitor)


def test_the_same_seed_gives_the_same_spikes():
    assert noisy([50]) == noisy([50])


def test_cutting_a_run_changes_no_draw():
    assert noisy([50]) == noisy([0.5, 10, 0, 4.25, 35.25])


def test_later_and_named_objects_change_no_draw():
    assert noisy([50]) == noisy([50], after=True) == noisy([50], before=True)


def test_another_name_means_other_draws():
    assert noisy([50]) != noisy([50], name="another")


def test_initial_values_from_strings_are_drawn_per_neuron():
    seed(4)
    group = NeuronGroup(1000, "v : 1\nw : 1")
    group.v = "rand()"
    group.w = "rand()"
    v, w = group.v[:], group.w[:]
    assert len(set(v.tolist())) == 1000 and not set(v.tolist()) & set(w.tolist())
    group.v = "rand() - rand()"
    assert np.count_nonzero(group.v[:]) == 1000


def test_initial_values_do_not_depend_on_the_size_of_the_group():
    values = []
    for n in (5, 50):
        start_scope()
        seed(4)
        group = NeuronGroup(n, "v : 1")
        group.v = "randn()"
        values.append(group.v[:5].tolist())
    assert values[0] == values[1]


def test_seed_is_public():
    assert eventsnn.seed is seed
