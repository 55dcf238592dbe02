"""Right-hand sides for the clock: written once, the same over floats and over arrays."""

from __future__ import annotations

import ast
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsnn.equations.builtins import FUNCTIONS
from eventsnn.equations.expression import parse_expression
from eventsnn.equations.rates import NotLinearError, RateAlgebra, RateLayout, inline, split_linear, write_rates
from eventsnn.equations.scope import Scope
from eventsnn.equations.text import Equations

TEXTS = (
    "x*y - 0.3",
    "(x + y)/(x - y)",
    "x**2 - y**3 + (x + y)**4",
    "x**0.5 + 2**y",
    "exp(x) - tanh(y) + sin(x*y) + sqrt(abs(x))",
    "exprel(x) + log(abs(y) + 1) + expm1(y)",
    "int(x > 0.2 and not y < 0.1) + (x > y)*3 - (x <= y)",
    "clip(x, -1, 1) + min(x, y)*max(x, y) + floor(x) - ceil(y) + sign(y)",
    "x % 0.7 + y // 0.3",
    "p*x + i*0.5 + N + t*0.1",
    "s*s - s",
    "not_refractory*x",
)


def write(text: str):
    equations = Equations("dx/dt = 1/second : 1\ndy/dt = 1/second : 1\np : 1\ns = x + 2*y : 1")
    scope = Scope("group 'test'", equations, None, {})
    layout = RateLayout(("x", "y"), ("p",), {"t": "t", "i": "k", "N": "7.0", "not_refractory": "active"})
    expression = parse_expression(text, "test")
    return write_rates([(expression.fold(RateAlgebra(expression, scope, "test", layout)), "")], layout)


@pytest.mark.parametrize("text", TEXTS)
def test_one_neuron_and_many_give_the_same_bits(text):
    rates = write(text)
    random = np.random.default_rng(3)
    x, y, p = random.normal(size=(3, 40))
    x[0] = y[0] = 0.0
    active = (random.random(40) > 0.3).astype(float)
    k = np.arange(40.0)
    with np.errstate(all="ignore"):
        many = np.broadcast_to(rates.many(1.25, k, [x, y], (p,), active, rates.constants)[0], 40)
    for j in range(40):
        one = rates.one(1.25, k[j], [float(x[j]), float(y[j])], (float(p[j]),), float(active[j]), rates.constants)[0]
        assert one == many[j] or (math.isnan(one) and math.isnan(many[j]))


def test_a_sub_expression_is_computed_once():
    assert write("s*s - s").source.count("own_s =") == 1


def test_what_is_held_stands_still_in_the_refractory_period_even_without_a_value():
    equations = Equations("dx/dt = 1/second : 1")
    layout = RateLayout(("x",), (), {})
    expression = parse_expression("1/x", "test")
    scope = Scope("group 'test'", equations, None, {})
    rates = write_rates([(expression.fold(RateAlgebra(expression, scope, "test", layout)), "hold")], layout)
    assert rates.one(0.0, 0.0, [0.0], (), 0.0, ())[0] == 0.0
    with np.errstate(all="ignore"):
        values = rates.many(0.0, np.zeros(2), [np.array([0.0, 2.0])], (), np.array([0.0, 1.0]), ())[0]
    assert values.tolist() == [0.0, 0.5]


# --- linear in a name -------------------------------------------------------------------------------------------


SPECIAL = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.5, -2.5, 800.0, -800.0, 5e-324, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("name, function", FUNCTIONS.items())
def test_a_function_of_floats_and_of_arrays_is_one_function(name, function):
    # NaN and infinities too: a group of few neurons must not go on where one of many would stop
    rows = list(itertools.product(SPECIAL, repeat=function.arguments))
    if function.arguments > 1:
        # which of two equal zeros is the smaller nobody says
        rows = [row for row in rows if row.count(0.0) < 2]
    with np.errstate(all="ignore"):
        many = [function.over_arrays(*(np.array([x]) for x in row))[0] for row in rows]
    assert [repr(float(function.for_one(*row))) for row in rows] == [repr(float(x)) for x in many]


@pytest.mark.parametrize(
    "text",
    ["a*x + b", "-(x - b)/a", "(a*(x + 2*(b - x)))/3 + x", "b*b", "x", "+x - -x", "(1 - x)*a - b*x", "b - x", "x - b"],
)
@given(a=st.floats(0.5, 2), b=st.floats(-2, 2), x=st.floats(-5, 5))
def test_a_linear_expression_is_its_two_parts(text, a, b, x):
    first, rest = split_linear(parse_expression(text, "test").tree, "x")

    def value(tree, names):
        return (
            0.0 if tree is None else eval(compile(ast.fix_missing_locations(ast.Expression(tree)), "", "eval"), names)
        )

    names = {"a": a, "b": b}
    whole = eval(text, {**names, "x": x})
    # some ten operations on numbers below 100
    assert value(first, names) * x + value(rest, names) == pytest.approx(whole, abs=10 * 100 * 2**-52)


@pytest.mark.parametrize("text, piece", [("x*x", "x*x"), ("1 + exp(x)", "exp(x)"), ("a/x", "a/x"), ("x**1", "x**1")])
def test_what_is_not_linear_is_pointed_at(text, piece):
    with pytest.raises(NotLinearError) as caught:
        split_linear(parse_expression(text, "test").tree, "x")
    assert ast.unparse(caught.value.node) == ast.unparse(ast.parse(piece))


def test_only_the_sub_expressions_that_hold_a_name_are_written_out():
    equations = Equations("dx/dt = 1/second : 1\ndy/dt = 1/second : 1\nf = g + 1 : 1\ng = 2*x : 1\nh = y : 1")
    expression = inline(parse_expression("f*h", "test"), equations, "x")
    assert expression.names() == {"x", "h"}
