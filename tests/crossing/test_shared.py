"""Divided differences that share their exponentials, against the slow truth and against each by itself."""

from __future__ import annotations

import math
import random

import pytest
from linear_oracle import mp

from eventsnn.crossing.chains import Node, Terms
from eventsnn.crossing.shared import LONGEST, ONE, PAIR_AND_NEXT, SINGLE, SharedTerms

#: The promise: 3 ulp.
BOUND = 6 * 2.0**-53


def truth(rates, s):
    """Return ``exp[rates](s)`` for one rate or two."""
    with mp.workprec(400):
        first, last = (mp.mpf(rates[k]) for k in (0, -1))
        if first == last:
            return mp.mpf(s) ** (len(rates) - 1) * mp.exp(first * s)
        return (mp.exp(first * s) - mp.exp(last * s)) / (first - last)


def cascade(rng, n):
    """Return nodes, the first of rate zero, and the chains of one variable that a constant and all others drive."""
    base = -(10.0 ** rng.uniform(-3, 1))
    factors = [rng.choice([1.0, 1.0 + 1e-15, 1.001, 2.0, 4.0, rng.uniform(0.1, 6.0)]) for _ in range(n)]
    nodes = [Node(0.0), *(Node(base * factor) for factor in factors)]
    own = rng.randrange(1, n + 1)
    chains = [(q,) for q in range(1, n + 1)] + [tuple(sorted((own, q))) for q in range(n + 1) if q != own]
    return nodes, chains, rng.choice([rng.uniform(0.0, 3.0), 10.0 ** rng.uniform(-6, 2)]) / -base


@pytest.mark.parametrize("seed", range(40))
def test_shared_terms_are_as_exact_as_each_by_itself(seed):
    rng = random.Random(seed)
    for _ in range(10):
        nodes, chains, s = cascade(rng, rng.randint(1, 4))
        terms = SharedTerms(nodes, chains)
        values = terms.at(s)
        for chain in chains:
            right = truth([nodes[q].rate for q in chain], s)
            if right > mp.mpf(2) ** -1000:
                assert abs(values[terms.place[chain]] - right) <= BOUND * right, (nodes, chain, s)


def test_other_chains_have_the_bits_of_their_own_evaluation():
    nodes = [Node(0.0), Node(-0.1), Node(-0.2), Node(complex(-0.1, 0.7)), Node(complex(-0.1, -0.7))]
    chains = [(0, 1, 2), (1, 1, 2), (3,), (3, 4), (1, 3, 4)]
    shared, terms = SharedTerms(nodes, [*chains, (1,), (1, 2)]), Terms(nodes, chains)
    for s in (0.3, 5.0, 60.0):
        values = shared.at(s)
        for j, chain in enumerate(chains):
            assert values[shared.place[chain]] == terms.value(j, s)


def test_one_function_for_each_rate():
    # a leak, two currents and a constant: six terms, four steps
    nodes = [Node(0.0), Node(-0.2), Node(-0.1), Node(-0.05)]
    terms = SharedTerms(nodes, [(3,), (0, 3), (1, 3), (2, 3), (1,), (2,)])
    assert [step.kind for step in terms.steps] == [ONE, PAIR_AND_NEXT, PAIR_AND_NEXT, PAIR_AND_NEXT]


def test_equal_rates_are_one():
    nodes = [Node(0.0), Node(-0.2), Node(-0.2), Node(-0.05), Node(0.0)]
    terms = SharedTerms(nodes, [(1,), (2,), (1, 3), (2, 3), (0, 3), (3, 4), (4,)])
    place = terms.place
    assert place[1,] == place[2,] and place[1, 3] == place[2, 3] and place[0, 3] == place[3, 4]
    assert terms.at(7.0)[place[4,]] == 1.0
    equal = SharedTerms(nodes, [(1, 2), (1,)])
    values = equal.at(7.0)
    assert values[equal.place[1, 2]] == 7.0 * values[equal.place[1,]]


def test_no_long_row_of_exponentials_made_from_each_other():
    nodes = [Node(-0.01 * k) for k in range(8)]
    terms = SharedTerms(nodes, [*((k,) for k in range(8)), *((k, k + 1) for k in range(7))])
    kinds = [step.kind for step in terms.steps if step.kind in (SINGLE, PAIR_AND_NEXT)]
    assert max(len(row) for row in "".join("x" if kind == PAIR_AND_NEXT else " " for kind in kinds).split()) == LONGEST


def test_growing_rates_overflow_alone():
    nodes = [Node(1.0), Node(0.9999), Node(-1.0)]
    terms = SharedTerms(nodes, [(0,), (1,), (2,), (0, 1), (0, 2)])
    values = terms.at(1e4)
    assert values[terms.place[0,]] == math.inf and values[terms.place[2,]] == 0.0
    assert not any(math.isnan(value) for value in values)
