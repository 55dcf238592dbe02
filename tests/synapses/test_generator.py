"""Connections by generator: against Python's own generators, with samples, with neurons that are not there."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_ends import connect, make_ends

from eventsnn.errors import (
    ArgumentError,
    DimensionMismatchError,
    EquationError,
    OutOfRangeError,
    UnknownNameError,
    WrongTypeError,
)
from eventsnn.synapses import sampling
from eventsnn.synapses.rules import find_pairs
from eventsnn.units import ms

N_PRE, N_POST = 6, 9


def as_python(text, sought="j", skip=False):
    """Return the pairs that Python's own generator expression gives; None when one is not there."""
    given = "i" if sought == "j" else "j"
    text = text if " for " in text else "{} for _ in range(1){}{}".format(*text.partition(" if"))
    pairs = []
    for neuron in range(N_PRE if given == "i" else N_POST):
        names = {given: neuron, "N_pre": N_PRE, "N_post": N_POST, "int": math.floor}
        for found in eval(f"[{text}]", names):
            if 0 <= found < (N_POST if sought == "j" else N_PRE):
                pairs.append((neuron, found) if sought == "j" else (found, neuron))
            elif not skip:
                return None
    return pairs


@pytest.mark.parametrize(
    "text",
    [
        "i",
        "(i + 1) % N_pre",
        "3",
        "i if i % 2 == 0",
        "i + 5 if i < N_pre - 3",
        "k for k in range(N_post)",
        "k for k in range(i)",
        "k for k in range(i, N_post, 2)",
        "k for k in range(N_post - 1, i, -1)",
        "k for k in range(i, i - 2, -3)",
        "k for k in range(0, 0)",
        "i + k for k in range(0, 3)",
        "2*k for k in range(0, 4) if k != i",
        "N_post - 1 - k for k in range(i, 8) if k % 2 == 0 and i > 1",
        "(i + k) % N_post for k in range(-2, 3) if k != 0",
        "i // 2 for _ in range(2)",
        "int(i/2) for k in range(i)",
        "i + (-1)**k for k in range(2) if i > 0",
        "  k for k in range(\n    i,\n    i + 3\n  ) if k > 2  ",
    ],
)
@pytest.mark.parametrize("size", [1 << 20, 5, 1])
def test_generators_give_what_python_gives(text, size, monkeypatch):
    monkeypatch.setattr(sampling, "BLOCK", size)
    expected = as_python(" ".join(text.split()))
    assert expected is not None
    assert connect(N_PRE, N_POST, j=text) == expected


bounds = st.sampled_from(["0", "i", "-i", "i - 3", "i + 4", "N_post", "N_pre - i", "2*i - 5", "i // 2", "9 - i"])
steps = st.sampled_from(["1", "2", "-1", "-3", "i + 1", "-i - 1"])
elements = st.sampled_from(["k", "i + k", "k - i", "3*k", "-k", "(k + i) % N_post", "k % 5"])
tests = st.sampled_from(["", " if k != i", " if k > i and i % 2 == 0", " if i > 2", " if not (k < 3)"])


@given(elements, bounds, bounds, steps, tests)
def test_any_range_gives_what_python_gives(element, start, stop, step, test):
    text = f"{element} for k in range({start}, {stop}, {step}){test}"
    assert connect(N_PRE, N_POST, j=text, skip_if_invalid=True) == as_python(text, skip=True)
    expected = as_python(text)
    if expected is None:
        with pytest.raises(OutOfRangeError):
            connect(N_PRE, N_POST, j=text)
    else:
        assert connect(N_PRE, N_POST, j=text) == expected


@given(bounds, bounds, steps)
def test_the_mirrored_form_goes_target_after_target(start, stop, step):
    text = re.sub(r"\bi\b", "j", f"k for k in range({start}, {stop}, {step}) if k != i")
    assert connect(N_PRE, N_POST, i=text, skip_if_invalid=True) == as_python(text, "i", skip=True)


def test_brackets_around_a_generator_change_nothing():
    assert connect(3, 4, j="(k for k in range(i))") == connect(3, 4, j="k for k in range(i)")


def test_a_condition_sees_the_neuron_that_was_found():
    assert connect(3, 5, j="i + k for k in range(-2, 3) if j >= 0 and j < N_post and i != j") == [
        (i, i + k) for i in range(3) for k in range(-2, 3) if 0 <= i + k < 5 and k != 0
    ]
    y = np.array([0.0, 3.0, 1.0, 5.0, 2.0])
    assert connect(3, 5, ends={"y_post": y}, j="k for k in range(i, N_post) if y_post > i + 1") == [
        (i, k) for i in range(3) for k in range(i, 5) if y[k] > i + 1
    ]


def test_variables_of_missing_neurons_are_never_read():
    ends = {"y_post": [1.0, 2.0, 3.0]}
    assert connect(3, 3, ends=ends, j="i + 1 if y_post > 0", skip_if_invalid=True) == [(0, 1), (1, 2)]
    with pytest.raises(OutOfRangeError):
        connect(3, 3, ends=ends, j="i + 1 if y_post > 0")


def test_ranges_may_depend_on_variables_of_the_given_end():
    assert connect(3, 5, ends={"x_pre": [2.0, 0.0, 3.0]}, j="k for k in range(int(x_pre))") == [
        (0, 0), (0, 1), (2, 0), (2, 1), (2, 2)
    ]  # fmt: skip


def test_the_variable_beats_an_outside_constant_of_its_name():
    ends = {"constants": {"k": 100.0, "width": 2.0}}
    assert connect(2, 4, ends=ends, j="k for k in range(width)") == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_neurons_are_left_out_before_their_ranges_need_make_sense():
    assert connect(4, 4, j="k for k in range(0, 2, i - 2) if i == 3") == [(3, 0), (3, 1)]
    assert len(connect(4, 4, j="k for k in sample(i, size=2) if i > 1")) == 4
    assert connect(4, 4, j="i/2 if i % 2 == 0") == [(0, 0), (2, 1)]


def test_n_and_p_go_with_generators():
    assert connect(2, 4, j="k for k in range(1, 3)", n=2) == [(i, k) for i in range(2) for k in (1, 1, 2, 2)]
    assert connect(2, 4, j="k + 1 for k in range(3)", n="k") == [(i, j) for i in range(2) for j in (2, 3, 3)]
    assert connect(2, 4, j="k for k in range(4)", p="int(k == i)") == [(0, 0), (1, 1)]
    # binomial: 5 standard deviations of 10 000 draws with probability 0.3
    assert abs(len(connect(100, 100, j="k for k in range(N_post)", p=0.3)) - 3000) < 5 * math.sqrt(2100)


def test_rand_is_drawn_for_each_candidate():
    found = find_pairs(make_ends(100, 100), j="k for k in range(N_post) if rand() < 0.3")
    assert abs(len(found.pre) - 3000) < 5 * math.sqrt(2100)
    found = find_pairs(make_ends(2000, 10), j="int(rand()*N_post) for k in range(5)")
    # chi-square with 9 degrees of freedom exceeds 42 with probability 3e-6
    assert np.sum((np.bincount(found.post) - 1000.0) ** 2) / 1000.0 < 42.0


# --- samples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1 << 20, 50])
@pytest.mark.parametrize("p", ["0.02", "0.7", "(i + 1)/N_pre*0.9"])
def test_sample_by_probability_takes_each_place_on_its_own(p, size, monkeypatch):
    monkeypatch.setattr(sampling, "BLOCK", size)
    n = 200
    found = find_pairs(make_ends(n, n, seed=3), j=f"k for k in sample(N_post, p={p})")
    chances = np.broadcast_to(eval(p, {"i": np.arange(n), "N_pre": n}), n)
    assert np.all(np.diff(found.pre.astype(np.int64) * n + found.post) > 0)
    for some in (np.s_[:n], np.s_[: n // 2], np.s_[-n // 4 :]):
        count = np.bincount(found.pre, minlength=n)[some].sum()
        variance = n * np.sum(chances[some] * (1 - chances[some]))
        assert abs(count - n * chances[some].sum()) < 5 * math.sqrt(variance)
    # targets: one chi-square with 200 degrees of freedom; exceeds 307 with probability 2e-6
    expected = chances.sum()
    deviations = np.bincount(found.post, minlength=n) - expected
    assert np.sum(deviations**2) / np.sum(chances * (1 - chances)) < 307.0


@pytest.mark.parametrize("taken", [1, 3, 4, 7])
def test_all_samples_of_a_size_are_equally_likely(taken):
    # 20 000 samples out of 8; every subset is a cell. Mean + 6 standard deviations of chi-square (2 df) bounds its
    # upper tail below 1e-5 for 7 degrees of freedom and more
    n = 20_000
    found = find_pairs(make_ends(n, 8, seed=5), j=f"k for k in sample(8, size={taken})")
    chosen = found.post.reshape(n, taken)
    assert np.all(np.diff(chosen, axis=1) > 0)
    assert np.array_equal(found.pre, np.repeat(np.arange(n), taken))
    _, counts = np.unique(np.sum(1 << chosen, axis=1), return_counts=True)
    cells = math.comb(8, taken)
    assert len(counts) == cells
    expected = n / cells
    assert np.sum((counts - expected) ** 2) / expected < cells - 1 + 6 * math.sqrt(2 * (cells - 1))


def test_samples_respect_start_stop_step_and_the_order_of_a_range():
    found = connect(50, 20, j="k for k in sample(17, i % 4, -3, size=3)")
    for i in range(50):
        chosen = [j for pre, j in found if pre == i]
        assert len(chosen) == 3 and chosen == sorted(chosen, reverse=True)
        assert set(chosen) <= set(range(17, i % 4, -3))


@pytest.mark.parametrize(("text", "expected"), [("0", 0), ("1", 4), ("i", 2)])
def test_certain_and_impossible_samples(text, expected):
    assert len(connect(2, 2, j=f"k for k in sample(N_post, p={text})")) == expected


def test_sizes_may_depend_on_the_given_end():
    found = connect(6, 9, j="k for k in sample(1, N_post, size=i)")
    assert [sum(pre == i for pre, _ in found) for i in range(6)] == list(range(6))
    assert len(set(found)) == len(found) and min(j for _, j in found) >= 1
    assert connect(2, 3, j="k for k in sample(N_post, size=5)", skip_if_invalid=True) == [
        (i, j) for i in range(2) for j in range(3)
    ]
    assert connect(2, 3, j="k for k in sample(N_post, size=i - 1)", skip_if_invalid=True) == []


def test_conditions_filter_samples():
    found = connect(200, 200, j="k for k in sample(N_post, p=0.1) if i != k")
    assert all(i != j for i, j in found)
    assert abs(len(found) - 3980) < 5 * math.sqrt(3980 * 0.9)


# --- what cannot be ---------------------------------------------------------------------------------------------


def test_missing_neurons_are_named_with_their_source_and_the_remedy():
    with pytest.raises(OutOfRangeError) as error:
        connect(5, 5, j="i + k for k in range(3) if k > 0")
    assert str(error.value) == (
        "Synapses 's'.connect, j: source neuron i = 3 is given the target j = 5, "
        "but the target group has neurons 0 to 4\n"
        "    i + k for k in range(3) if k > 0\n"
        "    ^^^^^\n"
        "Add a condition, as in '... if j >= 0 and j < N_post', or leave such pairs out with skip_if_invalid=True."
    )
    with pytest.raises(OutOfRangeError, match="target neuron j = 0 is given the source i = -1, but the source group"):
        connect(5, 5, i="j - 1")


@pytest.mark.parametrize(
    ("text", "family", "message"),
    [
        ("i/2", WrongTypeError, "expected a whole number, found 0.5 for i = 1\n    i/2\n    ^^^\nWrite int(...) to"),
        ("1/i", WrongTypeError, "expected a whole number, found inf for i = 0\n    1/i\n    ^^^"),
        (
            "k for k in range(i/2)",
            WrongTypeError,
            "found 0.5 for i = 1\n    k for k in range(i/2)\n" + " " * 21 + "^^^",
        ),
        ("k for k in range(0, 3, i)", ArgumentError, "the step is 0 for i = 0\n    k for k in range(0, 3, i)\n"),
        ("k for k in sample(4, size=i + 3)", OutOfRangeError, "cannot choose 5 different places out of 4 for i = 2"),
        ("k for k in sample(4, size=-1)", OutOfRangeError, "cannot choose -1 different places out of 4 for i = 0"),
        ("k for k in sample(4, p=1 - i)", ArgumentError, "expected a probability, 0 or more, found -1 for i = 2"),
        ("i + z", UnknownNameError, "'z' is not defined\n    i + z\n        ^"),
        ("k for k in range(z)", UnknownNameError, "'z' is not defined\n    k for k in range(z)\n" + " " * 21 + "^"),
        ("k for k in range(3) if z > k", UnknownNameError, "'z' is not defined"),
        ("k for k in range(k)", UnknownNameError, "'k' is not defined"),
        ("i + tau", DimensionMismatchError, "cannot add dimensionless and a time (s)"),
        ("tau", DimensionMismatchError, "connect, j: expected dimensionless, found a time (s)"),
        ("k for k in range(3) if k", EquationError, "expected a condition such as 'v > 1', found dimensionless"),
        ("i == 3", WrongTypeError, "expected the index of a neuron, found a condition\n    i == 3\n    ^^^^^^"),
        ("j + 1", ArgumentError, "'j' cannot be used here\n    j + 1\n    ^\nThe text is to give 'j', so this piece"),
        ("y_post", ArgumentError, "'y_post' cannot be used here"),
        ("k for k in range(j)", ArgumentError, "'j' cannot be used here\n    k for k in range(j)\n" + " " * 21 + "^"),
        ("k for k in range(N_incoming)", ArgumentError, "'N_incoming' cannot be used here"),
        ("k for k in", EquationError, "this is not a generator (invalid syntax)"),
        ("k for k in range(1, 2, 3, 4)", EquationError, "range() takes one to three whole numbers"),
        ("k for k in range()", EquationError, "range() takes one to three whole numbers"),
        ("k for k in range(*3)", EquationError, "range() takes one to three whole numbers"),
        ("k for k in range(3, step=2)", EquationError, "range() takes no argument with a name"),
        ("k for k in list(3)", EquationError, "range(...) or sample(...) should follow 'in'\n    k for k in list(3)\n"),
        ("k for k in [1, 2]", EquationError, "range(...) or sample(...) should follow 'in'"),
        ("k for k, l in range(3)", EquationError, "one variable should follow 'for'\n    k for k, l in range(3)\n"),
        ("k for k in range(3) for l in range(2)", EquationError, "there should be one 'for' only"),
        ("k for k in range(3) if k > 1 if k < 3", EquationError, "there should be one 'if' only; join conditions"),
        ("k for k in sample(3)", EquationError, "sample() takes p= or size="),
        ("k for k in sample(3, p=1, size=2)", EquationError, "sample() takes p= or size="),
        ("[k for k in range(3)]", EquationError, "this is not a generator; it takes no brackets"),
        ("i for i in range(3)", EquationError, "'i' has a meaning of its own here; take another name, such as k"),
        ("1 if i > 2 else 3", EquationError, "cannot be used in equations\n    1 if i > 2 else 3\n"),
        ("ä for k in range(3)", EquationError, "expected plain ASCII characters, found 'ä'"),
        ("(lambda: 3)()", EquationError, "cannot be used in equations"),
        ("k.real for k in range(3)", EquationError, "cannot be used in equations\n    k.real for k in range(3)\n    ^"),
        ("", EquationError, "expected an expression, found nothing"),
    ],
)
def test_texts_that_cannot_be_are_refused_at_the_piece(text, family, message):
    with pytest.raises(family) as error:
        connect(5, 9, ends={"constants": {"tau": 10 * ms}, "y_post": np.zeros(9)}, j=text)
    assert message in str(error.value)
    assert str(error.value).startswith("Synapses 's'.connect, j: ")


def test_carets_find_their_place_in_texts_of_several_lines():
    with pytest.raises(UnknownNameError) as error:
        connect(5, 5, j="k\n  for k in range(i,\n                 width)")
    assert "\n    width)\n    ^^^^^\n" in str(error.value)
