"""The range of an expression: no value ever lies outside, and it is not much wider than it must be."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eventsnn import Hz, TimedArray, ms
from eventsnn.equations.expression import parse_expression
from eventsnn.equations.intervals import Range, point
from eventsnn.equations.ranges import find_range, refuse_range
from eventsnn.equations.scope import Scope
from eventsnn.equations.values import evaluate
from eventsnn.errors import EquationError

STEPS = TimedArray([3.0, -1.0, 0.5, 8.0, 2.0], dt=2.5 * ms)
TABLE = TimedArray(np.array([[0, 1, 2], [10, -11, 12], [5, 5, -5.0]]), times=[0, 1, 7] * ms)
NAMES = {"steps": STEPS, "table": TABLE}
NEURONS = np.arange(3)


def scope():
    return Scope("'source'", {}, None, NAMES)


def bound(text, begin, end):
    """Return the range over [begin, end] ms, and what keeps it from being finite."""

    def read(name):
        return Range(np.float64(begin), np.float64(end)) if name == "t" else point(NEURONS)

    return find_range(parse_expression(text, "here"), scope(), "rates", read)


def sample(text, instants):
    """Return the values at instants, for the three neurons."""
    t = np.asarray(instants, dtype=float)[:, np.newaxis]
    values = evaluate(
        parse_expression(text, "here"), scope(), "rates", lambda name: t if name == "t" else NEURONS.astype(float)
    )
    return np.broadcast_to(np.asarray(values, float), (len(instants), 3))


def combine(children):
    unary = ["-({})", "abs({})", "exp({})", "expm1({})", "exprel({})", "log({})", "log10({})", "log1p({})", "sin({})"]
    unary += ["cos({})", "tan({})", "sinh({})", "cosh({})", "tanh({})", "arcsin({})", "arccos({})", "arctan({})"]
    unary += ["sqrt({})", "floor({})", "ceil({})", "sign({})", "int({})", "steps({}*ms)", "table({}*ms, i)"]
    unary += ["table(t, int(abs({})) % 3)", "({})**2", "({})**3", "({})**-1", "({})**-2", "({})**0.5", "({})**-1.5"]
    binary = ["({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / ({})", "({}) % ({})", "({}) // ({})", "({})**({})"]
    binary += ["min({}, {})", "max({}, {})", "int(({}) < ({}))", "int(({}) >= ({}))", "int(({}) == ({}))"]
    binary += ["int(({}) > 1 and not ({}) <= 2)", "int(({}) > 1 or ({}) != 2)"]
    return st.one_of(
        st.builds(str.format, st.sampled_from(unary), children),
        st.builds(str.format, st.sampled_from(binary), children, children),
        st.builds("clip({}, {}, 1 + ({})**2)".format, children, children, children),
        children.map("({0})*({0})".format),
    )


leaves = st.sampled_from(["t/ms", "i", "1.5", "0.1", "-2.0", "3", "i + t/(3*ms)", "steps(t)", "table(t, i)", "pi"])
texts = st.recursive(leaves, combine, max_leaves=6)
windows = st.tuples(st.floats(0, 20), st.one_of(st.floats(0, 20), st.floats(0, 1e-3))).map(
    lambda w: (w[0], w[0] + w[1])
)


@given(texts, windows, st.lists(st.floats(0, 1), min_size=5, max_size=30))
@settings(max_examples=max(400, settings().max_examples))
def test_no_value_lies_outside(text, window, shares):
    begin, end = window
    found, _ = bound(text, begin, end)
    inside = np.clip([begin, end, *(begin + (end - begin) * s for s in shares)], begin, end)
    values = sample(text, inside)
    known = ~np.isnan(values)
    low, high = (np.broadcast_to(x, values.shape)[known] for x in (found.low, found.high))
    assert np.all(values[known] >= low) and np.all(values[known] <= high)


@given(texts, st.floats(0, 20))
def test_what_does_not_change_keeps_its_bits(text, instant):
    assume("t" not in parse_expression(text, "here").names())
    found, _ = bound(text, instant, instant + 3)
    value = sample(text, [instant])[0]
    known = ~np.isnan(value)
    for side in (found.low, found.high):
        assert np.array_equal(np.broadcast_to(side, 3)[known], value[known])


@pytest.mark.parametrize(
    "text",
    [
        "exp(-t/(5*ms))",
        "3*t/ms - 2",
        "(t/ms)**3",
        "sqrt(t/ms)",
        "log(1 + t/ms)",
        "tanh(t/(4*ms))",
        "1/(1 + t/ms)",
        "arctan(t/ms)",
        "sinh(t/(9*ms))",
        "exprel(t/(7*ms))",
        "arccos(t/(80*ms))",
        "2**(t/ms)",
        "(1 + t/ms)**-1.5",
    ],
)
@given(window=windows)
def test_bounds_of_monotone_functions_are_tight(text, window):
    found, culprit = bound(text, *window)
    ends = np.sort(sample(text, window)[:, 0])
    # 1 is added on the way; an exponent of 40 makes 28 ulp of one of its own
    size = max(1.0, np.abs(sample(text, [0, *window])).max())
    assert culprit is None
    np.testing.assert_allclose([found.low, found.high], ends, rtol=0, atol=100 * np.spacing(size))


@given(st.floats(-30, 30), st.floats(0, 8))
def test_a_sinusoid_knows_where_its_summits_are(begin, width):
    for text, place in (("sin(t/ms)", np.pi / 2), ("cos(t/ms)", 0.0)):
        found, _ = bound(text, begin, begin + width)
        instants = np.linspace(begin, begin + width, 2001)
        values = sample(text, instants)[:, 0]
        summits = (np.arange(-20, 20) * 2 * np.pi + place)[:, np.newaxis]
        assume(np.abs(summits - [[begin, begin + width]]).min() > 1e-9)
        # between two samples a sinusoid rises by less than step**2/2 over them
        assert values.max() <= found.high <= values.max() + (width / 2000) ** 2 + 1e-13
        assert values.min() >= found.low >= values.min() - (width / 2000) ** 2 - 1e-13


def test_timed_arrays_are_bounded_by_the_rows_that_are_passed():
    assert STEPS.bounds(0.0, 2.4) == (3.0, 3.0)
    assert STEPS.bounds(0.0, 2.5) == (-1.0, 3.0) and STEPS.bounds(7.6, 1e9) == (2.0, 8.0)
    low, high = TABLE.bounds(np.array([0.0, 0.0, 7.0]), np.array([0.5, 8.0, 7.0]), np.arange(3))
    assert low.tolist() == [0, -11, -5] and high.tolist() == [0, 5, -5]
    assert TABLE.bounds(0.0, 2.0) == (-11, 12)


def test_time_modulo_a_period_is_followed_within_a_round():
    found, _ = bound("(t % (10*ms))/ms", 13, 17)
    np.testing.assert_allclose([found.low, found.high], [3, 7])
    found, _ = bound("(t % (10*ms))/ms", 17, 23)
    np.testing.assert_allclose([found.low, found.high], [0, 10])


@pytest.mark.parametrize(
    ("text", "piece", "reason"),
    [
        ("2 + 1/sin(t/ms)", "    2 + 1/sin(t/ms)\n        ^^^^^^^^^^^", "It divides by what passes zero."),
        ("tan(t/ms)*3", "    tan(t/ms)*3\n    ^^^^^^^^^", "tan() is not finite everywhere there."),
        ("exp(exp(t/ms))", "    exp(exp(t/ms))\n    ^^^^^^^^^^^^^^", "exp() is not finite everywhere there."),
        ("log(t/ms - 3)", "    log(t/ms - 3)\n    ^^^^^^^^^^^^^", "log() is not finite everywhere there."),
        ("(t/ms - 4)**-0.5", "    (t/ms - 4)**-0.5\n    ^", "It raises zero to a negative power, what is negative to"),
    ],
)
def test_the_piece_without_a_bound_is_known(text, piece, reason):
    expression = parse_expression(text, "here")
    _, culprit = bound(text, 0, 20)
    with pytest.raises(EquationError) as problem:
        refuse_range(expression, scope(), "rates", *culprit)
    assert piece in str(problem.value) and reason in str(problem.value)
    assert "'source', rates: no bound can be found" in str(problem.value)


def test_what_is_infinite_on_the_way_does_no_harm():
    found, _ = bound("exp(-1/(t/ms))", 0, 2)
    assert found.low == 0 and found.high == pytest.approx(np.exp(-0.5))
    found, _ = bound("1/(1 + 1/(t/ms)**2)", 0, 2)
    assert found.low <= 0 and found.high == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("text", ["sqrt(1 - sin(t/ms)**2)", "(1 - sin(t/ms)**2)**0.5", "arccos(sin(t/ms)**2/1.0)"])
def test_what_touches_the_end_of_a_domain_is_no_error(text):
    found, culprit = bound(text, 1.5, 1.7)
    assert culprit is None and np.isfinite(found.high)


def test_random_numbers_have_no_place():
    with pytest.raises(EquationError, match=r"rand\(\) would be drawn anew at every instant"):
        bound("rand()*t/ms", 0, 1)


def test_what_may_be_no_number_leaves_comparisons_open():
    for text in ("int(not log(t/ms - 3) < 1e9)", "int(not clip(0/(t/ms), 0, 1) < 2)", "int(sin(1/(t/ms)) <= 1)"):
        found, _ = bound(text, 0, 2)
        assert (found.low, found.high) == (0, 1)
    assert bound("steps(i/(t/ms)*ms)", 0, 1)[0].low.tolist() == [-1, -1, -1]


def test_units_are_those_of_the_inside():
    found, _ = find_range(
        parse_expression("f*(1 + t/(1*second))", "here"),
        Scope("'source'", {}, {"f": 20 * Hz}, {}),
        "rates",
        lambda name: Range(np.float64(0), np.float64(1000)),
    )
    assert (found.low, found.high) == (pytest.approx(0.02), pytest.approx(0.04))
