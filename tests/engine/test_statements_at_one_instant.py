"""Statements of synapses at one instant, against the law of arrivals read out word by word.

All sources fire at t = 0 and reach all targets there, and nothing moves by itself; so what is left at the end is what
the statements made, in the order of the law:

a. In the order of the synapses, every statement that can run at once does; it sees the neurons as they were before.
   ``+=`` and ``-=`` into a variable of a neuron are only collected.
b. The collected sums are added.
c. In the same order the others run: other assignments to a variable of a neuron, and what in the same text depends on
   them, or on a variable that its own sum has changed, or must not overtake one of these.
"""

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import run_until

from eventsnn import Network, NeuronGroup, Synapses

NEURONS, SYNAPSES = ("n_pre", "n_post", "m_post"), ("a", "w")
BEFORE = {"n": [1.0, -0.5], "m": [3.0, 0.75]}
BEHIND = {"n": [0.25, 2.0], "m": [-1.0, 3.0]}
OWN = {"a": [0.5, 1.5, -2.0, 0.75], "w": [0.125, -0.25, 1.0, 0.3]}


@dataclass(frozen=True)
class Setting:
    """Who is joined to whom: two groups of two neurons, or one group; with parameters, or states of equations."""

    pairs: tuple[tuple[int, int], ...] = ((0, 0), (0, 1), (1, 0), (1, 1))
    one_group: bool = False
    of_states: bool = False


APART = Setting()
STATES = Setting(of_states=True)
TOGETHER = Setting(one_group=True)
CROSSWISE = Setting(((0, 1), (1, 0)), one_group=True, of_states=True)
AUTAPSES = Setting(((0, 0), (1, 1)), one_group=True, of_states=True)


def split(text):
    """Return the statements of a text as (target, operator, expression, names that are read)."""
    statements = []
    for part in text.split(";"):
        target, sign, expression = re.fullmatch(r"\s*(\w+) (.?)= (.*)", part).groups()
        reads = {n.id for n in ast.walk(ast.parse(expression, mode="eval")) if isinstance(n, ast.Name)}
        statements.append((target, sign, expression, reads))
    return statements


def late(statements):
    """Tell for each statement whether it has to wait for the sums."""
    waits, summed, set_late, read_late = [], set(), set(), set()
    for target, sign, _, reads in statements:
        seen = reads | ({target} if sign and target not in NEURONS else set())
        depends = seen & (summed | set_late) or target in set_late | read_late
        wait = bool(depends) or (target in NEURONS and sign not in ("+", "-"))
        if wait:
            set_late.add(target)
            read_late |= seen
        elif target in NEURONS:
            summed.add(target)
        waits.append(wait)
    return waits


class Pathway(NamedTuple):
    order: int
    group: int
    name: str
    text: str


def by_the_law(*pathways, setting=APART):
    """Return the variables of the neurons before and behind, and of two groups of synapses, after one spike of each.

    A text stands for a pathway of its own.
    """
    pathways = [p if isinstance(p, Pathway) else Pathway(-1, 0, "pre", p) for p in pathways]
    behind = {name: list(x) for name, x in BEHIND.items()}
    before = behind if setting.one_group else {name: list(x) for name, x in BEFORE.items()}
    synapses = [{name: list(x) for name, x in OWN.items()} for _ in range(2)]
    sums, scratch = defaultdict(float), defaultdict(dict)

    def place(name, group, k):
        """Return the array and the index of what a synapse calls by this name."""
        i, j = setting.pairs[k]
        arrays = {"n_pre": (before["n"], i), "n_post": (behind["n"], j), "m_post": (behind["m"], j)}
        return arrays.get(name) or (synapses[group][name], k)

    for waiting in (False, True):
        for pathway in sorted(pathways):
            statements = split(pathway.text)
            for k in range(len(setting.pairs)):
                own = scratch[pathway, k]
                for (target, sign, expression, _), wait in zip(statements, late(statements), strict=True):
                    if wait != waiting:
                        continue
                    seen = dict(own)
                    for name in (*NEURONS, *SYNAPSES):
                        array, index = place(name, pathway.group, k)
                        seen[name] = array[index]
                    value = eval(expression, {}, seen)
                    if target in NEURONS and not wait:
                        array, index = place(target, pathway.group, k)
                        sums[id(array), index] += value if sign == "+" else -value
                        continue
                    if sign:
                        value = eval(f"old {sign} new", {}, {"old": seen[target], "new": value})
                    if target in seen and target not in own:
                        array, index = place(target, pathway.group, k)
                        array[index] = value
                    else:
                        own[target] = value
        if not waiting:
            for array in (*before.values(), *({} if setting.one_group else behind).values()):
                for index in range(2):
                    if (id(array), index) in sums:
                        array[index] += sums[id(array), index]
    return [before, behind, *({name: x[: len(setting.pairs)] for name, x in own.items()} for own in synapses)]


def by_simulation(*pathways, setting=APART):
    pathways = [p if isinstance(p, Pathway) else Pathway(-1, 0, "pre", p) for p in pathways]
    variables = "dn/dt = 0/ms : 1\ndm/dt = 0/ms : 1" if setting.of_states else "n : 1\nm : 1"
    before = NeuronGroup(2, f"v : 1\n{variables}", threshold="v > 1", reset="v = 0", namespace={})
    behind = before if setting.one_group else NeuronGroup(2, variables, namespace={})
    before.v, before.n, before.m = 2, BEFORE["n"], BEFORE["m"]
    behind.n, behind.m = BEHIND["n"], BEHIND["m"]
    groups = []
    for number in range(2):
        own = [p for p in pathways if p.group == number]
        group = Synapses(before, behind, "a : 1\nw : 1", on_pre={p.name: p.text for p in own}, namespace={})
        group.connect(i=np.array([i for i, _ in setting.pairs]), j=np.array([j for _, j in setting.pairs]))
        group.a, group.w = (OWN[name][: len(setting.pairs)] for name in ("a", "w"))
        for p in own:
            getattr(group, p.name).order = p.order
        groups.append(group)
    run_until(Network(*dict.fromkeys([before, behind]), *groups), 1.0)
    neurons = [{"n": group.n, "m": group.m} for group in (before, behind)]
    synapses = [{"a": group.a, "w": group.w} for group in groups]
    return [{name: np.asarray(x).tolist() for name, x in values.items()} for values in (*neurons, *synapses)]


@st.composite
def texts(draw):
    known, statements = [*NEURONS, *SYNAPSES], []
    for _ in range(draw(st.integers(1, 4))):
        target = draw(st.sampled_from([*NEURONS, *SYNAPSES, "x"]))
        sign = draw(st.sampled_from(["", "+", "-", "*"] if target in known else [""]))
        first, second = draw(st.sampled_from(known)), draw(st.sampled_from(known))
        expression = draw(
            st.sampled_from([first, "0.5", f"{first} + {second}", f"{first} * {second}", f"0.5 - {first}"])
        )
        statements.append(f"{target} {sign}= {expression}")
        if target not in known:
            known.append(target)
    if "x" in known and not any("x" in expression for _, _, expression, _ in split("; ".join(statements))):
        # a name that nothing reads is refused as a misprint
        statements.append("a += x")
    return "; ".join(statements)


@pytest.mark.parametrize(
    "setting",
    [
        APART,
        STATES,
        TOGETHER,
        CROSSWISE,
        AUTAPSES,
    ],
)
@given(texts())
def test_any_text_does_what_the_law_says(setting, text):
    assert by_simulation(text, setting=setting) == by_the_law(text, setting=setting)


@pytest.mark.parametrize("setting", [APART, STATES, TOGETHER, CROSSWISE, AUTAPSES])
@given(
    st.lists(
        st.builds(Pathway, st.sampled_from([-1, 0, 2]), st.sampled_from([0, 1]), st.just(""), texts()),
        min_size=2,
        max_size=4,
    ),
    st.permutations(["alpha", "mike", "tango", "zulu"]),
)
def test_any_pathways_do_what_the_law_says(setting, pathways, names):
    pathways = [p._replace(name=name) for p, name in zip(pathways, names, strict=False)]
    expected = by_the_law(*pathways, setting=setting)
    # squares of squares grow out of all bounds, and infinity is refused
    assume(all(abs(x) < 1e9 for values in expected for array in values.values() for x in array))
    assert by_simulation(*pathways, setting=setting) == expected


@pytest.mark.parametrize(
    "text",
    [
        "n_post += w",
        "n_post += w; w = 0",
        "n_post = w; w = 0",
        "n_post += w; a = n_post; a = 3",
        "n_post += w; n_post += n_post",
        "n_post = 4; n_post += w",
        "n_post += w; n_post = 4; n_post += w",
        "n_post *= 2; n_post += w; n_post *= 2",
        "x = n_post; n_post = 5; a = x",
        "a = n_post; n_post = a + 1",
        "n_pre -= w; n_post += n_pre; m_post = n_post",
        "x = a; a = w; w = x; n_post += w",
    ],
)
def test_what_a_user_may_write_does_what_the_law_says(text):
    assert by_simulation(text) == by_the_law(text)


def test_the_law_in_numbers():
    # by hand: sums of w over sources, 0.125 + 1 and -0.25 + 0.3
    assert by_the_law("n_post += w")[1]["n"] == [0.25 + 1.125, 2.0 + (-0.25 + 0.3)]
    # the last source has the last word
    assert by_the_law("n_post = w; w = 0")[1]["n"] == [1.0, 0.3]
    assert by_the_law("n_post += w; a = n_post")[2]["a"] == [1.375, 2.05, 1.375, 2.05]
    assert by_the_law("a = n_post; n_post += w")[2]["a"] == [0.25, 2.0, 0.25, 2.0]
    # one after the other: 1 gets what 0 has, and 0 then what 1 has got
    assert by_the_law("n_post = 2*n_pre", setting=CROSSWISE)[1]["n"] == [1.0, 0.5]
