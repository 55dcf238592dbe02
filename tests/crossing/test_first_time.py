"""The first instant of a condition, on its own: comparisons, joins and ties."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsnn.crossing.conditions import Combined, Comparison, Fixed, Join, comparisons, negate
from eventsnn.crossing.first_time import CLOCK, Leaf, Search, first_time_true, leaf_holds, prepare_search
from eventsnn.equations.forms import Affine, Ratio

STATES = ("a", "b")


def changes_of(search, x, speeds, base):
    """Return the ``changes_of`` of variables that move in straight lines (dyadic numbers: exact)."""

    def changes(number):
        leaf, (level, upward) = search.leaves[number], search.levels[0][number]
        holds = leaf_holds(leaf, level, upward, x[leaf.variable])
        speed, gap = speeds[leaf.variable], level - x[leaf.variable]
        if speed == 0 or (speed > 0) != (upward != holds) or gap / speed < 0:
            return holds, iter(())
        return holds, iter([(base + gap / speed, 0.0)])

    return changes


eighths = st.integers(-16, 16).map(lambda k: k / 8)
speeds = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])
leaf = st.one_of(
    st.builds(Comparison, st.sampled_from([*STATES, "t"]), eighths, st.booleans(), st.booleans()),
    st.builds(Fixed, st.booleans()),
)


def join(parts):
    lists = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(Join, st.sampled_from(["and", "or"]), lists)


condition = st.recursive(leaf, join, max_leaves=5)


def truth(part, x, t):
    """Evaluate a condition at a point, plainly."""
    if isinstance(part, Fixed):
        return bool(part.truth)
    if isinstance(part, Join):
        return (all if part.operator == "and" else any)(truth(p, x, t) for p in part.parts)
    value = t if part.variable == "t" else x[STATES.index(part.variable)]
    if value == part.level:
        return not part.strict
    return (value > part.level) == bool(part.upward)


@given(condition, st.tuples(eighths, eighths), st.tuples(speeds, speeds), eighths)
def test_the_answer_is_the_first_stretch_on_which_the_condition_holds(what, x, v, base):
    search = prepare_search(what, STATES, 1)
    instant, low, crossed = first_time_true(search, search.levels[0], x, (base, 0.0), changes_of(search, x, v, base))
    assert low == 0.0

    def holds(t):
        return truth(what, [a + b * (t - base) for a, b in zip(x, v, strict=True)], t)

    # all changes lie on multiples of 1/16 from the start: the middles of the stretches between tell all
    if holds(base):
        assert (instant, crossed) == (base, ())
        return
    # levels are at most 2 away from 0, speeds at least 1/2: nothing changes after 8 ms; t itself reaches 2 after 4
    stretches = [base + k / 16 for k in range(16 * 10)]
    expected = next((s for s in stretches if holds(s + 1 / 32)), math.inf)
    assert instant == expected
    assert bool(crossed) == (instant < math.inf)


@given(condition, st.tuples(eighths, eighths), eighths)
def test_a_negated_condition_holds_where_the_condition_does_not(what, x, t):
    assert truth(negate(what), x, t) != truth(what, x, t)
    assert truth(negate(negate(what)), x, t) == truth(what, x, t)


@given(condition)
def test_leaves_are_numbered_from_left_to_right(what):
    leaves = comparisons(what)
    search = prepare_search(what, STATES, 1)
    assert len(search.leaves) == len(leaves) == len(search.levels[0])
    for truths in itertools.islice(itertools.product([False, True], repeat=len(leaves)), 32):
        answers = iter(truths)

        def evaluate(part, answers=answers):
            if isinstance(part, Join):
                values = [evaluate(p) for p in part.parts]
                return all(values) if part.operator == "and" else any(values)
            return next(answers)

        assert search.holds(truths) == evaluate(what)


def test_levels_are_spread_over_the_neurons():
    search = prepare_search(Comparison("b", np.array([1.0, 2.0]), True, True), STATES, 2)
    assert search.leaves == (Leaf(1, True),)
    assert search.levels == [((1.0, True),), ((2.0, True),)]
    assert prepare_search(Comparison("t", 1.0, True, True), STATES, 1).leaves[0].variable == CLOCK


@pytest.mark.parametrize(
    "strict, upward, x, expected",
    [
        (True, True, 1.0, False),
        (False, True, 1.0, True),
        (True, False, 1.0, False),
        (False, False, 1.0, True),
        (True, True, math.nextafter(1, 2), True),
        (True, False, math.nextafter(1, 0), True),
    ],
)
def test_on_its_level_a_comparison_goes_by_its_operator(strict, upward, x, expected):
    assert leaf_holds(Leaf(0, strict), 1.0, upward, x) == expected


def test_two_changes_at_one_instant_are_one_step():
    # a passes 1 upwards when b passes 1 upwards: "a > 1 and not b > 1" never holds in between
    what = Join("and", (Comparison("a", 1.0, True, True), negate(Comparison("b", 1.0, True, True))))
    search = prepare_search(what, STATES, 1)
    assert first_time_true(
        search, search.levels[0], (0.0, 0.0), (0.0, 0.0), changes_of(search, (0.0, 0.0), (1.0, 1.0), 0.0)
    ) == (
        math.inf,
        0.0,
        (),
    )


# --- the levels of many neurons ---------------------------------------------------------------------------------------

N = 3
spread = st.one_of(eighths, st.lists(eighths, min_size=N, max_size=N).map(np.array))
sides = st.one_of(st.booleans(), st.lists(st.booleans(), min_size=N, max_size=N).map(np.array))
spread_leaf = st.one_of(
    st.builds(Comparison, st.sampled_from([*STATES, "t"]), spread, sides, st.booleans()),
    st.builds(Fixed, sides),
)
spread_condition = st.recursive(spread_leaf, join, max_leaves=4)
weights = st.one_of(st.just(1.0), st.lists(eighths, min_size=N, max_size=N).map(np.array))
combined = st.builds(
    lambda a, b, upward: Combined(Affine(Ratio(b), {"a": Ratio(a), "b": Ratio(1.0)}), upward, True),
    weights,
    spread,
    st.booleans(),
)


def plain_levels(what):
    """Return what `Search.levels` has to be, neuron by neuron."""
    found = [[] for _ in range(N)]
    for part in comparisons(what):
        level, side = (part.truth, True) if isinstance(part, Fixed) else (part.level, part.upward)
        for row, its, upward in zip(found, np.broadcast_to(level, N), np.broadcast_to(side, N), strict=True):
            row.append((its.item(), upward.item()))
    return [tuple(row) for row in found]


@given(spread_condition)
def test_every_neuron_has_its_levels(what):
    search = prepare_search(what, STATES, N)
    assert [search.of(k) for k in range(N)] == plain_levels(what)
    assert search.levels == plain_levels(what)


@given(st.one_of(spread_condition, combined))
def test_a_search_of_given_levels_has_these(what):
    search = prepare_search(what, STATES, N)
    again = Search.of_levels(search.leaves, search.levels, search.holds)
    assert again.levels == search.levels
    for (levels, sides), (others, other_sides) in zip(search.columns, again.columns, strict=True):
        assert list(levels) == list(others) and sides.tolist() == other_sides.tolist()


@given(st.one_of(spread_condition, combined), st.integers(0, N - 1), st.integers(0, N - 1), st.booleans())
def test_the_levels_of_one_neuron_can_be_replaced(what, k, other, has_looked):
    search = prepare_search(what, STATES, N)
    before = list(prepare_search(what, STATES, N).levels)
    assert not has_looked or search.levels == before
    copy, fresh = search.copy(), search.of(other)
    search.replace(k, fresh)
    expected = [fresh if neuron == k else levels for neuron, levels in enumerate(before)]
    assert [search.of(neuron) for neuron in range(N)] == search.levels == expected
    assert copy.levels == before


def test_a_level_that_is_the_same_for_all_is_kept_once():
    search = prepare_search(Comparison("a", 1.0, True, True), STATES, 1000)
    ((levels, sides),) = search.columns
    assert levels.strides == sides.strides == (0,)
    alike = prepare_search(Combined(Affine(Ratio(1.0), {"a": Ratio(1.0), "b": Ratio(2.0)}), True, True), STATES, 1000)
    assert len({id(combination) for combination in alike.columns[0][0]}) == 1
