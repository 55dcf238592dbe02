"""Which pairs a call of connect makes: all, by condition, by chance, several times; and what it refuses."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from rule_ends import WHERE, connect, make_ends

from eventsnn.equations.text import Equations
from eventsnn.errors import (
    ArgumentError,
    DimensionMismatchError,
    EquationError,
    OutOfRangeError,
    UnknownNameError,
    WrongTypeError,
)
from eventsnn.synapses import ends as ends_module
from eventsnn.synapses import rules
from eventsnn.synapses.rules import find_pairs
from eventsnn.synapses.sampling import scattered
from eventsnn.units import mV

X, Y = [0.5, -1.0, 2.0, 3.5, 1.0], [1.0, 0.0, 2.5, -3.0, 4.0, 0.5, 2.0]
GROUPS = {"x_pre": X, "y_post": Y, "y": Y}


def loop(test=lambda i, j: True, times=lambda i, j: 1):
    """Return the pairs of 5 and 7 neurons as Brian's documentation has it: sources outside, targets inside."""
    return [(i, j) for i in range(5) for j in range(7) if test(i, j) for _ in range(times(i, j))]


@pytest.fixture(params=[1 << 20, 8, 3])
def blocks(request, monkeypatch):
    """Let the same rules work in blocks of several sources, of one, and of a part of one."""
    monkeypatch.setattr(rules, "BLOCK", request.param)


def test_without_arguments_all_are_connected_to_all_source_after_source():
    assert connect(5, 7) == loop()


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        ("i != j", lambda i, j: i != j),
        ("abs(i - j) < 3 and i != j", lambda i, j: abs(i - j) < 3 and i != j),
        ("x_pre < y_post", lambda i, j: X[i] < Y[j]),
        ("x_pre < y", lambda i, j: X[i] < Y[j]),
        ("x_pre > 0", lambda i, j: X[i] > 0),
        ("y_post > 0", lambda i, j: Y[j] > 0),
        ("i + N_pre*j > N_post*width", lambda i, j: i + 5 * j > 7 * 2.5),
        ("(i + j) % 3 == 0 or not (i < 4)", lambda i, j: (i + j) % 3 == 0 or not i < 4),
        ("True", lambda i, j: True),
        ("False", lambda i, j: False),
        (True, lambda i, j: True),
        (np.bool_(False), lambda i, j: False),
    ],
)
@pytest.mark.usefixtures("blocks")
def test_a_condition_is_what_a_double_loop_says(condition, test):
    assert connect(5, 7, ends={"constants": {"width": 2.5}, **GROUPS}, condition=condition) == loop(test)


def test_a_condition_may_use_sub_expressions_of_the_synapses():
    distance = Equations("d = abs(x_pre - y_post) : 1")["d"]
    found = connect(5, 7, ends={"lines": [distance], **GROUPS}, condition="d < 1.5")
    assert found == loop(lambda i, j: abs(X[i] - Y[j]) < 1.5)


def test_variables_of_one_end_are_read_once_for_each_neuron(monkeypatch):
    ends = make_ends(5, 7, **GROUPS)
    asked = []
    spied = ends_module.Ends(
        5, 7, ends.scope, lambda *a: asked.append((a[0], len(a[1]))) or ends.read(*a), ends.random, ""
    )
    monkeypatch.setattr(rules, "BLOCK", 3)
    find_pairs(spied, condition="x_pre < y_post")
    assert asked == [("x_pre", 5), ("y_post", 7)]


@pytest.mark.parametrize(("n_pre", "n_post"), [(0, 4), (4, 0), (0, 0)])
@pytest.mark.parametrize(
    "arguments", [{}, {"condition": "i != j"}, {"p": 0.5}, {"p": "i/10"}, {"j": "k for k in range(N_post)"}, {"n": 2}]
)
def test_empty_groups_have_no_pairs(n_pre, n_post, arguments):
    assert connect(n_pre, n_post, **arguments) == []


@pytest.mark.parametrize("condition", [None, "i != j", "i > 1"])
@pytest.mark.parametrize(
    ("n", "times"),
    [(3, lambda i, j: 3), (0, lambda i, j: 0), ("i + 2*j", lambda i, j: i + 2 * j), ("2", lambda i, j: 2)],
)
@pytest.mark.usefixtures("blocks")
def test_synapses_of_one_pair_stand_side_by_side(condition, n, times):
    tests = {None: lambda i, j: True, "i != j": lambda i, j: i != j, "i > 1": lambda i, j: i > 1}
    assert connect(5, 7, condition=condition, n=n) == loop(tests[condition], times)


# --- chance -----------------------------------------------------------------------------------------------------

# 5 standard deviations: a correct law fails one such comparison in 1.7 million; the seeds are fixed besides
SIGMAS = 5.0


def assert_binomial(count, trials, p):
    assert abs(count - trials * p) <= SIGMAS * math.sqrt(trials * p * (1.0 - p)) + 1e-9


@pytest.mark.parametrize("p", [0.003, 0.1, 0.5, 0.97])
def test_a_probability_takes_each_pair_on_its_own(p):
    n = 400
    found = find_pairs(make_ends(n, n, seed=4), p=p)
    assert_binomial(len(found.pre), n * n, p)
    flat = found.pre.astype(np.int64) * n + found.post
    assert np.all(np.diff(flat) > 0)
    # neighbours in the order of creation are independent, too: both taken with probability p**2
    assert_binomial(int(np.sum(np.diff(flat) == 1)), n * n - 1, p * p)


def test_no_pair_is_preferred_by_chance():
    # 35 pairs, 4000 times: chi-square with 35 degrees of freedom exceeds 85 with probability 5e-6
    ends, counts = make_ends(5, 7, seed=9), np.zeros((5, 7))
    for _ in range(4000):
        found = find_pairs(ends, p=0.2)
        counts[found.pre, found.post] += 1
    assert np.sum((counts - 800.0) ** 2) / (4000 * 0.2 * 0.8) < 85.0


@pytest.mark.parametrize(
    ("p", "expected"), [(0.0, 0), (1.0, 35), ("0", 0), ("1", 35), (0, 0), (1, 35), ("certain", 35)]
)
def test_certain_and_impossible_pairs_need_no_luck(p, expected):
    assert len(connect(5, 7, ends={"constants": {"certain": 1.0}}, p=p)) == expected


def test_tiny_probabilities_do_not_overflow():
    random = np.random.Generator(np.random.Philox(1))
    assert sum(len(places) for places in scattered(2**62, 1e-320, random)) == 0
    assert_binomial(sum(len(places) for places in scattered(2**62, 1e-15, random)), 2**62, 1e-15)


@pytest.mark.parametrize("condition", [None, "i != j", "i % 2 == 0", "(i + j) % 2 == 0"])
@pytest.mark.parametrize("p", [0.3, "0.3", "0.2 + 0.2*i/(N_pre - 1)", "0.2 + 0.2*j/(N_post - 1)", "0.6*rand()"])
def test_chance_and_condition_go_together(condition, p):
    n = 301
    found = find_pairs(make_ends(n, n, seed=2), condition=condition, p=p)
    i, j = np.mgrid[:n, :n]
    allowed = np.full((n, n), True) if condition is None else eval(condition)
    chance = eval(p, {"i": i, "j": j, "N_pre": n, "N_post": n, "rand": lambda: 0.5}) if isinstance(p, str) else p
    chance = np.broadcast_to(chance, (n, n))
    assert allowed[found.pre, found.post].all()
    assert np.all(np.diff(found.pre.astype(np.int64) * n + found.post) > 0)
    taken = np.zeros((n, n), bool)
    taken[found.pre, found.post] = True
    for part in (np.s_[: n // 2], np.s_[n // 2 :], np.s_[:, : n // 2], np.s_[:, n // 2 :]):
        each = chance[part][allowed[part]]
        assert abs(taken[part].sum() - each.sum()) < SIGMAS * math.sqrt(np.sum(each * (1.0 - each)))


def test_rand_in_a_condition_is_drawn_anew_for_each_pair():
    found = find_pairs(make_ends(300, 300), condition="rand() < 0.25 and i != j")
    assert_binomial(len(found.pre), 300 * 299, 0.25)


def test_the_same_seed_gives_the_same_pairs():
    one, two, other = (find_pairs(make_ends(99, 99, seed=s), condition="i != j", p=0.2) for s in (7, 7, 8))
    assert np.array_equal(one.pre, two.pre) and np.array_equal(one.post, two.post)
    assert not np.array_equal(one.post, other.post)


def test_a_probability_need_not_make_sense_where_the_condition_says_no():
    assert connect(3, 3, condition="i > 0", p="1/i")[:3] == [(1, 0), (1, 1), (1, 2)]
    assert (
        {(1, 0), (1, 2)} <= {*connect(3, 3, condition="i > 0 and i != j", p="1/i")} <= {(1, 0), (1, 2), (2, 0), (2, 1)}
    )
    assert {(1, 1)} <= {*connect(3, 3, condition="i*j > 0", p="1/(i*j)")} <= {(1, 1), (1, 2), (2, 1), (2, 2)}


def test_a_text_above_one_is_certain_as_in_brian():
    assert len(connect(4, 4, p="1.5")) == 16
    assert {j for i, j in connect(40, 4, p="1 + j")} == {0, 1, 2, 3} and len(connect(40, 4, p="1 + j")) == 160
    assert [i for i, _ in connect(3, 5, p="3*i")] == [1] * 5 + [2] * 5


@pytest.mark.parametrize(
    ("p", "message"),
    [
        (1.5, "connect, p: expected a probability between 0 and 1, found 1.5"),
        (-0.1, "found -0.1"),
        (math.nan, "connect, p: expected a finite number, found nan"),
        ("-1.5", "found -1.5\n    -1.5\n    ^^^^\nWrite clip(..., 0, 1)"),
        ("1 - i/2", "found -0.5 for i = 3\n    1 - i/2\n    ^^^^^^^"),
        ("1 - j/2", "found -0.5 for i = 0, j = 3"),
        ("(i - 1)**0.5/2", "found nan for i = 0"),
    ],
)
def test_impossible_probabilities_are_refused_with_the_pair(p, message):
    with pytest.raises(ArgumentError) as error:
        connect(4, 4, p=p)
    assert message in str(error.value)


# --- indices ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("i", "j", "expected"),
    [
        (3, 4, [(3, 4)]),
        ([0, 2, 2], [6, 1, 1], [(0, 6), (2, 1), (2, 1)]),
        (np.array([4, 1]), 3, [(4, 3), (1, 3)]),
        (np.int64(2), range(3), [(2, 0), (2, 1), (2, 2)]),
        ([], [], []),
        ([1.0, 2.0], [3, 4], [(1, 3), (2, 4)]),
        (np.array([1], np.uint8), [0, 5], [(1, 0), (1, 5)]),
    ],
)
def test_indices_are_paired_in_their_order(i, j, expected):
    assert connect(5, 7, i=i, j=j) == expected
    assert connect(5, 7, i=i, j=j, n=2) == list(itertools.chain(*([pair, pair] for pair in expected)))


def test_indices_may_have_a_probability_and_texts():
    i, j = np.repeat(np.arange(100), 100), np.tile(np.arange(100), 100)
    assert_binomial(len(connect(100, 100, i=i, j=j, p=0.3)), 10_000, 0.3)
    assert connect(5, 7, i=[0, 1, 2], j=[1, 1, 3], n="i*j") == [(1, 1), *[(2, 3)] * 6]
    assert connect(5, 7, i=[0, 1, 2], j=4, p="int(i == 1)") == [(1, 4)]


@pytest.mark.parametrize(
    ("i", "j", "family", "message"),
    [
        ([0, 5], 1, OutOfRangeError, "connect, i: entry 1 is 5, but the source group has neurons 0 to 4"),
        (
            [0, -1],
            1,
            OutOfRangeError,
            "entry 1 is -1, but the source group has neurons 0 to 4. Negative indices do not",
        ),
        (0, 7, OutOfRangeError, "connect, j: the index is 7, but the target group has neurons 0 to 6"),
        ([0, 1.5], 1, WrongTypeError, "connect, i: expected whole numbers, entry 1 is 1.5"),
        ([0, math.nan], 1, WrongTypeError, "entry 1 is nan"),
        ([0, 1], [1, 2, 3], ArgumentError, "i has 2 entries and j has 3; expected as many, or a single index"),
        ([True, False], 1, WrongTypeError, "found True and False. Write np.flatnonzero(...)"),
        ([[0, 1]], 1, ArgumentError, "expected one index or a list of them, found shape (1, 2)"),
        (["a"], 1, WrongTypeError, "connect, i: expected numbers, found ['a']"),
        (1 * mV, 1, DimensionMismatchError, "connect, i: an index is a pure number, found a voltage (V)"),
        ([0, 1], None, ArgumentError, "i= is given without j=. Indices come in pairs"),
        (None, 2, ArgumentError, "j= is given without i=."),
    ],
)
def test_indices_that_make_no_sense_are_refused_with_the_entry(i, j, family, message):
    with pytest.raises(family) as error:
        connect(5, 7, i=i, j=j)
    assert message in str(error.value) and str(error.value).startswith(WHERE)


@pytest.mark.parametrize(
    ("n", "family", "message"),
    [
        (-1, ArgumentError, "connect, n: expected a whole number of synapses, 0 or more, found -1"),
        (1.5, WrongTypeError, "0 or more, found 1.5"),
        ("i - 1", ArgumentError, "connect, n: expected 0 or more synapses, found -1 for i = 0, j = 0\n    i - 1\n"),
        (
            "i/2",
            WrongTypeError,
            "expected a whole number, found 0.5 for i = 1, j = 0\n    i/2\n    ^^^\nWrite int(...)",
        ),
        ([1, 2], WrongTypeError, "connect, n: expected a number or a text, found [1, 2]"),
        (2 * mV, DimensionMismatchError, "connect, n: expected a pure number, found a voltage (V)"),
        ("2*mV", DimensionMismatchError, "expected dimensionless, found a voltage (V)"),
    ],
)
def test_numbers_of_synapses_are_whole_and_not_negative(n, family, message):
    with pytest.raises(family) as error:
        connect(3, 3, n=n)
    assert message in str(error.value)


# --- what cannot be -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"condition": "i != j", "i": 1, "j": 2}, "condition= cannot go together with i= and j=. In a generator"),
        ({"condition": "i != j", "j": "i"}, "condition= cannot go together with j=."),
        ({"i": [0], "j": "i"}, "j= cannot go together with i=. A text as j= starts from all neurons"),
        ({"i": "j", "j": "i"}, "i= cannot go together with j=."),
        ({"i": 0, "j": 0, "skip_if_invalid": True}, "skip_if_invalid= cannot go together with i= and j=."),
        ({"matrix": np.ones((2, 2)), "p": 0.5, "n": "2"}, "matrix= cannot go together with p= and n=. A matrix says"),
        ({"edges": [(0, 1)], "matrix": np.ones((2, 2))}, "matrix= cannot go together with edges=."),
        ({"edges": [(0, 1)], "i": 1, "condition": "True"}, "edges= cannot go together with condition= and i=."),
    ],
)
def test_contradictory_arguments_are_named(arguments, message):
    with pytest.raises(ArgumentError) as error:
        connect(2, 2, **arguments)
    assert f"{WHERE}: {message}" in str(error.value)


@pytest.mark.parametrize(
    ("condition", "family", "message"),
    [
        (
            "i",
            EquationError,
            "connect, condition: expected a condition such as 'v > 1', found dimensionless\n    i\n    ^",
        ),
        ("i != ", EquationError, "this is not an expression"),
        ("i < width", UnknownNameError, "'width' is not defined\n    i < width\n        ^^^^^"),
        ("i < 3*mV", DimensionMismatchError, "cannot compare dimensionless with a voltage (V)"),
        (
            "N_incoming < 3",
            ArgumentError,
            "'N_incoming' cannot be used here\n    N_incoming < 3\n    ^^^^^^^^^^\nThis is",
        ),
        ("k for k in range(3)", ArgumentError, "this is a generator, not a condition. Write connect(j='k for k in"),
        (
            [0, 1],
            WrongTypeError,
            "expected a condition as text, True or False, found list of shape (2,). Indices are given as",
        ),
    ],
)
def test_conditions_that_cannot_be_read_are_refused(condition, family, message):
    with pytest.raises(family) as error:
        connect(2, 2, condition=condition)
    assert message in str(error.value)


def test_texts_for_p_are_pure_numbers():
    with pytest.raises(DimensionMismatchError, match=r"connect, p: expected dimensionless, found a voltage \(V\)"):
        connect(2, 2, p="3*mV")


def test_pairs_do_not_depend_on_the_size_of_blocks_unless_chance_does(monkeypatch):
    whole = connect(40, 30, condition="(i + j) % 7 > 2", n="1 + i % 2")
    monkeypatch.setattr(rules, "BLOCK", 64)
    assert connect(40, 30, condition="(i + j) % 7 > 2", n="1 + i % 2") == whole
