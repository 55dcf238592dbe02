"""Equations are read as written, and what cannot be read is shown with the piece that is wrong."""

import pytest

from eventsnn import EquationError, Equations, ms, mV, volt
from eventsnn.equations.text import DIFFERENTIAL, PARAMETER, SUBEXPRESSION


def message(*arguments, **options):
    with pytest.raises(EquationError) as caught:
        Equations(*arguments, **options)
    return str(caught.value)


def test_the_three_kinds_of_line_are_told_apart():
    eqs = Equations("""
        dv/dt = (v0 - v)/tau : volt (unless refractory)  # the membrane
        I = g*v : amp
        v0 : volt (constant)

        n : integer
        on : boolean (shared)""")
    assert [line.kind for line in eqs.values()] == [DIFFERENTIAL, SUBEXPRESSION, PARAMETER, PARAMETER, PARAMETER]
    assert eqs["v"].flags == ("unless refractory",)
    assert eqs["v"].dimension == volt.dim
    assert (eqs["n"].dtype, eqs["on"].dtype, eqs["on"].shared) == (int, bool, True)
    assert eqs.state_names == eqs.diff_eq_names == ("v",)
    assert eqs.parameter_names == ("v0", "n", "on")
    assert eqs.subexpression_names == ("I",)
    assert eqs.identifiers == {"v0", "v", "tau", "g"}


def test_an_expression_may_run_over_several_lines():
    eqs = Equations("""dv/dt = (v0 -
           v   # a comment inside
           )/tau : 1
        w : 1""")
    assert eqs["v"].expression.names() == {"v0", "v", "tau"}
    assert list(eqs) == ["v", "w"]


def test_constant_over_dt_is_accepted():
    assert Equations("x = 2*y : 1 (constant over dt)\ny : 1")["x"].flags == ("constant over dt",)


def test_values_and_names_are_substituted():
    eqs = Equations("dx/dt = (y - x)/tau : volt", x="v", y=-70 * mV, tau="tau_m")
    assert list(eqs) == ["v"]
    assert eqs["v"].expression.names() == {"v", "tau_m"}


def test_each_summand_keeps_its_own_substitution():
    eqs = Equations("dv/dt = -v/tau : 1", tau=10 * ms) + Equations("dw/dt = -w/tau : 1", tau=20 * ms)
    assert eqs.identifiers == {"v", "w"}


def test_equations_add_up_with_text_from_either_side():
    eqs = "a : 1" + Equations("b : 1") + "c : volt"
    assert list(eqs) == ["a", "b", "c"]
    assert str(eqs) == "a : 1\nb : 1\nc : volt"
    assert eqs == Equations(str(eqs))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dv/dt = -v/tau", "this line has no unit\n    dv/dt = -v/tau\n                  ^"),
        ("dv/dt = -v/tau : mV", "is one without prefix, found mV\n    dv/dt = -v/tau : mV\n                     ^^"),
        ("v : vlot", "'vlot' is no unit; did you mean 'volt'?\n    v : vlot\n        ^^^^"),
        ("v : volt + amp", "units are not joined by '+'"),
        ("v : 1 (unless refractory)", "a parameter cannot be '(unless refractory)'\n    v : 1 (unless refractory)\n"),
        ("v : 1 (summed)", "a parameter cannot be '(summed)'\n    v : 1 (summed)\n"),
        ("dv/dt = v) : 1", "equation of dv/dt: this is not an expression (unmatched ')')"),
        ("dv/dt = : 1", "expected an expression, found nothing"),
        ("dv/dt : 1", "the differential equation of 'v' has no right-hand side"),
        ("dv/dt = 1/tau : boolean", "'v' changes continuously and cannot be boolean"),
        ("v : 1\nv : volt", "'v' is defined twice\n    v : 1\n    v : volt"),
        ("hello", "this line has no unit"),
        ("v : V", "'V' is no unit; did you mean 'volt'?"),
        ("v : volts", "'volts' is no unit; did you mean 'volt'?"),
        (
            "dv/dt = -v/tau : 1 (unless refractory",
            "a bracket is not closed\n    dv/dt = -v/tau : 1 (unless refractory\n",
        ),
        ("dv/dt = (I - v)/tau\nI : 1", "Does the line before lack its unit, as in ': volt'?"),
        ("hello world : 1", "neither an equation nor a parameter"),
        ("t : second", "'t' has a meaning of its own in every model and cannot be defined\n    t : second\n    ^"),
        ("xi : 1", "'xi' has a meaning of its own"),
        ("exp : 1", "'exp' is the name of a function or constant"),
        ("_v : 1", "'_v' does not start with a letter"),
        ("v_post : 1", "'v_post' ends like the variables that synapses see"),
        ("a = b : 1\nb = c : 1\nc = a : 1", "in a circle: a -> b -> c -> a"),
        ("dv/dt = v^2/tau : 1", "(BitXor) cannot be used in equations\n    dv/dt = v^2/tau : 1\n"),
        ("dv/dt = v.__class__ : 1", "(Attribute) cannot be used"),
        ("dv/dt = x[0] : 1", "(Subscript) cannot be used"),
        ("dv/dt = f(x=1) : 1", "arguments with a name or a star cannot be used"),
        ("dv/dt = 'a' : 1", "the value 'a' cannot be used"),
        ("dv/dt = 1j : 1", "the value 1j cannot be used"),
        ("dv/dt = µ : 1", "expected plain ASCII characters, found 'µ'"),
        ("dv/dt = [v for v in x] : 1", "(ListComp) cannot be used"),
    ],
)
def test_a_line_that_cannot_be_read_is_explained(text, expected):
    assert expected in message(text)


def test_a_substitution_that_makes_no_sense_is_refused():
    assert "the replacement of 'tau' is [1, 2]" in message("dv/dt = -v/tau : 1", tau=[1, 2])
    assert "can be renamed by a string, not replaced by 3" in message("dv/dt = -v/tau : 1", v=3)
    assert "expected a text, found int" in message(5)


def test_no_user_text_is_ever_evaluated():
    for text in ("__import__('os').system('x')", "(lambda: 1)()", "open('x')", "x if y else z", "{1: 2}", "(yield)"):
        with pytest.raises(EquationError):
            Equations(f"dv/dt = {text} : 1")
