"""Division of the statements of synapses into early and late ones, and the functions that they become."""

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsnn import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms
from eventsnn.equations.scope import Scope
from eventsnn.equations.statements import parse_statements, with_temporaries
from eventsnn.synapses.names import INDEX, OWN, POST, PRE, Names, Reference
from eventsnn.synapses.statements import SynapseLayout, divide, is_additive, write

OWN_NAMES, NEURON_NAMES = ("a", "w"), ("v_pre", "v_post", "x_post")


@pytest.fixture(scope="module")
def names():
    group = NeuronGroup(2, "v : 1\nx : 1\nboth = v + x : 1", name="G")
    synapses = Synapses(group, group, "a : 1\nw : 1\nh = 2*w : 1\nneighbour = v_post + a : 1", name="S")
    return Names(synapses._equations, group, group)


def divided(text, names):
    """Return the lines that run early, and those that run late."""
    division = divide(parse_statements(text, "here"), names)
    return "; ".join(s.line for s in division.early), "; ".join(s.line for s in division.late)


# --- the table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "v_post += w",
        "v += w",
        "v_pre -= w",
        "a = clip(a, 0, 1)",
        "a += 1; w = a; v_post += w",
        "v_post += w; x_post += 2*w; v_pre += 1",
        "w = v_post; v_post += w",
        "v_post += w*v_post",
        "v_post += both_post",
        "z = 2*w; v_post += z",
        "v_post += w; w = 2*w",
        "v_post += w; a = i + j + N_pre",
        "x_post += 1; a = v_post",
        "v_post += 1; v_post += 1",
    ],
)
def test_sums_and_what_is_the_synapses_own_are_early(text, names):
    assert divided(text, names) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "v_post = 0",
        "v = 0",
        "v_post *= 2",
        "v_post /= 2",
        "v_post = v_post + w",
        "v_pre = clip(v_pre, 0, 1)",
        "x_post = 2; v_post = x_post",
    ],
)
def test_other_assignments_to_a_variable_of_a_neuron_are_late(text, names):
    assert divided(text, names) == ("", text)


@pytest.mark.parametrize(
    ("early", "late"),
    [
        # reads what this text has just added to, itself or through a sub-expression
        ("v_post += w", "a = v_post"),
        ("v_post += w", "a = both_post"),
        ("v_post += w", "a = neighbour"),
        ("v_post += w", "x_post += v_post"),
        ("v_post += w", "v_post = clip(v_post, 0, 1)"),
        # writes what a late statement has written, or reads it
        ("", "v_post = 0; v_post += w"),
        ("", "v_post = 0; a = v_post; w = a; z = w"),
        ("z = 2", "v_post = z"),
        # must not overtake a late statement that reads what it writes
        ("", "v_post = w; w = 2"),
        ("", "v_post = h; w += 1"),
        ("v_post += w", "a = v_post; v_post += w"),
        ("", "x_post = v_post; v_post += w"),
        # and what has nothing to do with them goes on
        ("a = 1; v_pre += a", "v_post = 0"),
    ],
)
def test_what_depends_on_late_statements_and_on_sums_is_late(early, late, names):
    parts = [part for part in (early, late) if part]
    assert divided("; ".join(parts), names) == (early, late)


def test_a_statement_that_depends_on_nothing_late_runs_early_whatever_stands_before(names):
    assert divided("v_post = 0; a = 1; x_post += w", names) == ("a = 1; x_post += w", "v_post = 0")


def test_a_name_without_suffix_counts_as_that_of_the_target(names):
    assert divided("v += w; a = v_post", names) == ("v += w", "a = v_post")
    assert divided("v += w; a = v_pre", names) == ("v += w; a = v_pre", "")


def test_a_division_tells_what_is_read_and_written(names):
    division = divide(parse_statements("v_post += h; x_post = v_pre; a = i", "here"), names)
    assert division.reads_early == {Reference(OWN, "w"), Reference(INDEX, "i")}
    assert division.reads_late == {Reference(PRE, "v")}
    assert division.writes == {Reference(POST, "v"), Reference(POST, "x"), Reference(OWN, "a")}
    assert division.uses == division.reads_early | division.reads_late | division.writes


def test_only_sums_are_additive():
    statements = parse_statements("v += 1; v -= 1; v = 1; v *= 2; v /= 2", "here")
    assert [is_additive(s) for s in statements] == [True, True, False, False, False]


# --- any text ---------------------------------------------------------------------------------------------------------

TARGETS = st.sampled_from([*OWN_NAMES, *NEURON_NAMES, "z"])
OPERANDS = st.sampled_from([*OWN_NAMES, *NEURON_NAMES, "2"])


@st.composite
def texts(draw):
    """Draw texts in which z, a name of the text's own, is made before it is read."""
    lines, has_z = [], False
    for _ in range(draw(st.integers(1, 6))):
        target = draw(TARGETS)
        sign = "" if target == "z" else draw(st.sampled_from(["", "+", "-", "*"]))
        left = "z" if has_z and draw(st.integers(0, 3)) == 0 else draw(OPERANDS)
        lines.append(f"{target} {sign}= {left} {draw(st.sampled_from(['+', '-', '*']))} {draw(OPERANDS)}")
        has_z = has_z or target == "z"
    # a name that nothing reads is no name of the text's own
    return "; ".join([*lines, "a = z"] if has_z else lines)


def pieces(text):
    for line in text.split("; "):
        target, sign, value = re.fullmatch(r"(\w+) (.?)= (.*)", line).groups()
        read = {node.id for node in ast.walk(ast.parse(value)) if isinstance(node, ast.Name)}
        yield target, sign, value, read


@given(texts())
def test_both_parts_keep_the_order_of_the_text(text):
    names = _names()
    statements = parse_statements(text, "here")
    division = divide(statements, names)
    place = {id(s): n for n, s in enumerate(statements)}
    for part in (division.early, division.late):
        assert [place[id(s)] for s in part] == sorted(place[id(s)] for s in part)
    assert len(division.early) + len(division.late) == len(statements)


@given(texts())
def test_no_early_statement_touches_what_a_late_one_before_it_touches(text):
    """So it may run first: that is all that makes the division right."""
    names = _names()
    statements = parse_statements(text, "here")
    early = {id(s) for s in divide(statements, names).early}
    for n, later in enumerate(statements):
        if id(later) not in early:
            continue
        for before in statements[:n]:
            if id(before) in early:
                continue
            assert later.target != before.target
            assert before.target not in later.value.names()
            assert later.target not in before.value.names()


@given(texts())
def test_a_text_of_one_synapse_alone_does_what_its_lines_say_one_after_the_other(text):
    """With a single synapse and neurons of its own, dividing a text changes nothing, to rounding of the sums."""
    values = {"a": 0.5, "w": -1.5, "v_pre": 2.0, "v_post": 3.0, "x_post": -0.25}
    expected = dict(values)
    for target, sign, value, _ in pieces(text):
        new = eval(value, {}, expected)
        expected[target] = eval(f"old {sign} new", {}, {"old": expected[target], "new": new}) if sign else new
    found = carried_out(text, values)
    # halves and quarters of small numbers: all sums and products are exact, unless they become large
    if max(map(abs, expected.values())) < 2.0**20:
        assert found == {name: expected[name] for name in values}


@given(texts())
def test_early_functions_write_to_no_neuron(text):
    values = {"a": 0.5, "w": -1.5, "v_pre": 2.0, "v_post": 3.0, "x_post": -0.25}
    written, arrays, out = functions(text, values)
    if written.early is not None:
        call(written.early, arrays, out)
    assert (arrays["pre"][0][0], arrays["post"][0][0], arrays["post"][1][0]) == (2.0, 3.0, -0.25)


def _names():
    group = NeuronGroup(2, "v : 1\nx : 1", name="G")
    return Names(Synapses(group, group, "a : 1\nw : 1", name="S")._equations, group, group)


def functions(text, values):
    """Return the functions of a text, and arrays for a synapse from neuron 0 to neuron 0 of another group."""
    names = _names()
    statements = parse_statements(text, "here")
    scope = with_temporaries(statements, Scope("S", names.equations, None, {}), "here")
    layout = SynapseLayout(names, OWN_NAMES, ("v", "x"), ("v", "x"), (), (), frozenset(), (0, 0), {})
    written = write(divide(statements, names), scope, "here", layout)
    arrays = {
        "own": [[values["a"]], [values["w"]]],
        "pre": [[values["v_pre"]], [9.0]],
        "post": [[values["v_post"]], [values["x_post"]]],
    }
    return written, arrays, [0.0] * written.size


def call(function, arrays, out):
    draw = None
    function.call(0, 0, 0, 0.0, arrays["own"], (), arrays["pre"], (), arrays["post"], function.constants, draw, out)


def carried_out(text, values):
    """Return all variables after the early statements, the sums, and the late statements of one synapse."""
    written, arrays, out = functions(text, values)
    if written.early is not None:
        call(written.early, arrays, out)
    sums = {}
    for number, port in enumerate(written.ports):
        key = port.side, "vx".index(port.name)
        sums[key] = sums.get(key, 0.0) + out[number]
    for (side, place), total in sums.items():
        arrays[side][place][0] += total
    if written.late is not None:
        call(written.late, arrays, out)
    (a,), (w,) = arrays["own"]
    return {
        "a": a,
        "w": w,
        "v_pre": arrays["pre"][0][0],
        "v_post": arrays["post"][0][0],
        "x_post": arrays["post"][1][0],
    }


def test_ports_say_what_is_sent_where():
    values = dict.fromkeys((*OWN_NAMES, *NEURON_NAMES), 0.0)
    written, _, _ = functions("v_post += w; v_pre -= 2*a; x_post += 1; a = 3", values)
    assert [(p.side, p.name, p.value.text, p.is_negative, p.line) for p in written.ports] == [
        (POST, "v", "w", False, "v_post += w"),
        (PRE, "v", "2*a", True, "v_pre -= 2*a"),
        (POST, "x", "1", False, "x_post += 1"),
    ]
    assert written.late is None


# --- names ------------------------------------------------------------------------------------------------------------


def test_names_mean_the_own_variable_then_that_of_the_target():
    source, target = NeuronGroup(1, "v : 1\nu : 1"), NeuronGroup(1, "v : 1\nw : 1")
    references = Names(Synapses(source, target, "w : 1")._equations, source, target).references
    assert references["w"] == Reference(OWN, "w")
    assert references["w_post"] == Reference(POST, "w")
    assert references["v"] == references["v_post"] == Reference(POST, "v")
    assert references["u_pre"] == Reference(PRE, "u")
    assert "u" not in references
    assert references["i"] == Reference(INDEX, "i")
    assert "lastupdate" not in references


def test_synapses_that_move_know_when_they_last_did():
    group = NeuronGroup(1, "v : 1")
    references = Names(Synapses(group, group, "dx/dt = -x/ms : 1")._equations, group, group).references
    assert references["lastupdate"] == Reference(OWN, "lastupdate")


def test_a_sub_expression_of_a_group_is_what_stands_in_it(names):
    assert names.behind({"both_post"}) == {Reference(POST, "v"), Reference(POST, "x")}
    assert names.behind({"both_pre", "h"}) == {Reference(PRE, "v"), Reference(PRE, "x"), Reference(OWN, "w")}
    assert names.behind({"neighbour"}) == {Reference(POST, "v"), Reference(OWN, "a")}
    assert names.behind({"nowhere"}) == set()


def test_a_sub_expression_keeps_the_namespace_of_its_group():
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    target = NeuronGroup(1, "v : 1\nscaled = k*v : 1\nseen : 1", namespace={"k": 3})
    target.v = 2
    synapses = Synapses(source, target, on_pre="seen += scaled", namespace={"k": 100})
    synapses.connect()
    Network(source, target, synapses).run(2 * ms)
    assert target.seen[0] == 6.0
