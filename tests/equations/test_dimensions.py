"""The dimension of every text is checked, and a mismatch names both sides and points at the piece."""

import re

import pytest

from eventsnn import DimensionMismatchError, EquationError, Network, NeuronGroup, UnknownNameError, ms, mV, nA, pF

ONE = "dv/dt = (E - v)/tau : volt\nI : amp\nn : 1"
NAMES = {"E": -70 * mV, "tau": 10 * ms, "C": 100 * pF, "power": 2, "i_0": 1 * nA}


def message(model=ONE, error=DimensionMismatchError, **options):
    group = NeuronGroup(2, model, namespace=NAMES, name="exc", **options)
    with pytest.raises(error) as caught:
        Network(group).run(1 * ms)
    return str(caught.value)


def test_a_missing_time_constant_is_suspected():
    assert message("dv/dt = (1 - v) : 1") == (
        "group 'exc', equation of dv/dt: expected 1/second, found dimensionless\n"
        "    dv/dt = (1 - v) : 1\n"
        "             ^^^^^\n"
        "Is a division by a time constant missing, as in (...)/tau?"
    )


def test_a_time_constant_without_unit_is_recognised():
    group = NeuronGroup(1, "dv/dt = (1 - v)/tau_m : 1", namespace={"tau_m": 10})
    with pytest.raises(DimensionMismatchError, match=r"'tau_m' is 10, a pure number; .* as in tau_m = 10\*ms."):
        group.explain()


@pytest.mark.parametrize("line", ["-v/tau + xi/tau", "xi", "-v/tau + xi_2"])
def test_noise_whose_unit_does_not_come_out_is_answered_with_how_it_is_written(line):
    text = message(f"dv/dt = {line} : 1")
    assert re.search(
        r"xi\w* has the unit second\*\*-0.5: write xi\w*\*sqrt\(2/tau\) or xi\w*\*tau\*\*-0.5, times", text
    )


def test_noise_that_is_right_is_not_suspected():
    assert "second**-0.5" not in message("dv/dt = -v/tau + E/tau + xi*tau**-0.5 : 1")


def test_a_sum_of_a_voltage_and_a_current_is_refused():
    assert message("dv/dt = (E - v + I)/tau : volt\nI : amp") == (
        "group 'exc', equation of dv/dt: cannot add a voltage (V) and a current (A)\n"
        "    dv/dt = (E - v + I)/tau : volt\n"
        "                     ^"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dv/dt = I/tau : volt\nI : amp", "expected volt/second, found a quantity in A s^-1"),
        ("dv/dt = E*exp(v)/tau : volt", "exp() takes a pure number, found a voltage (V)"),
        ("dv/dt = E*v**E/tau : volt", "an exponent is a pure number, found a voltage (V)"),
        ("dv/dt = v**n/tau : volt\nn : 1", "the exponent of a voltage (V) should be a constant"),
        ("dv/dt = clip(v, 0, 1)/tau : volt", "the arguments of clip() should agree, found a voltage (V) and"),
        ("dv/dt = -v/tau : volt\nx = v : amp", "sub-expression x: expected a current (A), found a voltage (V)"),
    ],
)
def test_the_piece_that_does_not_fit_is_named(line, expected):
    assert expected in message(line)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (dict(threshold="v > 0", reset="v = E"), "cannot compare a voltage (V) with dimensionless"),
        (
            dict(threshold="v > I", reset="v = E"),
            "cannot compare a voltage (V) with a current (A)\n    v > I\n        ^",
        ),
        (dict(threshold="v > E and n", reset="v = E"), "expected a condition, found dimensionless\n    v > E and n\n"),
        (dict(threshold="v > E", reset="v = 0"), "reset: expected a voltage (V), found dimensionless\n    v = 0\n"),
        (dict(threshold="v > E", reset="v *= E"), "reset: expected dimensionless, found a voltage (V)"),
        (dict(threshold="v > E", reset="v = E", refractory="E"), "refractory: expected a time or a condition, found"),
    ],
)
def test_threshold_reset_and_refractory_are_checked(options, expected):
    assert expected in message(**options)


def test_slips_of_the_pen_get_advice():
    with pytest.raises(EquationError, match="'=' assigns; conditions compare with =="):
        NeuronGroup(1, ONE, threshold="v = 1")
    with pytest.raises(EquationError, match="Conditions are joined with 'and', 'or' and 'not', in small letters."):
        NeuronGroup(1, ONE, threshold="v > E AND v < 0*mV")
    assert message(threshold="v > E", reset="v = 0").endswith("declared as volt. Give the zero its unit, as in 0*mV.")


def test_a_zero_without_unit_gets_advice():
    assert message(threshold="v > 0", reset="v = E").endswith("Give the zero its unit, as in 0*mV.")


@pytest.mark.parametrize(
    ("model", "options", "expected"),
    [
        (ONE, dict(threshold="v", reset="v = E"), "expected a condition such as 'v > 1', found a voltage (V)"),
        ("dv/dt = foo(v)/tau : volt", {}, "'foo' is no function that equations may call"),
        ("dv/dt = clip(v)/tau : volt", {}, "clip() takes 3 argument(s), found 1"),
        ("dv/dt = v*rand(2)/tau : volt", {}, "rand() takes 0 argument(s), found 1"),
    ],
)
def test_texts_that_are_no_conditions_or_calls_are_explained(model, options, expected):
    assert expected in message(model, EquationError, **options)


def test_powers_of_quantities_need_constant_exponents_and_take_them():
    group = NeuronGroup(1, "dv/dt = -v*tau**-0.5*tau**(power - 2.5) : 1", namespace=NAMES)
    Network(group).run(1 * ms)


def test_unknown_names_say_where_they_were_looked_for():
    text = message("dv/dt = (E - v)/tua : volt", UnknownNameError)
    assert "group 'exc', equation of dv/dt: 'tua' is not defined\n    dv/dt = (E - v)/tua : volt\n" in text
    assert "Did you mean 'tau'? Looked in: the group's variables, namespace=, the caller's scope, units" in text


def test_a_function_without_its_call_is_recognised():
    assert "'exp' is a function: write exp(...)" in message("dv/dt = (exp - v)/tau : 1", UnknownNameError)
