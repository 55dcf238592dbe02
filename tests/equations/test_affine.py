"""The affine form keeps what the user wrote: time constants and resting values come out to the last bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsnn import NeuronGroup, NoExactSolutionError, ms, mV

doubles = st.floats(1e-3, 1e3)


def rest_and_tau(text, unit="1", **names):
    group = NeuronGroup(1, f"dv/dt = {text} : {unit}", namespace=names)
    group._refresh({})
    (motion,) = group._solved.dynamics.motions
    _, p, q, _ = motion.active
    return p[0], q[0]


@given(v0=doubles, tau=doubles)
@pytest.mark.parametrize(
    "text", ["(v0 - v)/tau", "-(v - v0)/tau", "(v0 - v)*(1/tau)", "tau**-1*(v0 - v)", "v0/tau - v/tau"]
)
def test_rest_and_tau_are_the_users_own(text, v0, tau):
    tau_ms = tau * ms
    inside = rest_and_tau(text, v0=v0, tau=tau_ms)
    assert inside[0] == v0
    assert inside[1] == rest_and_tau("-v/tau", tau=tau_ms)[1]


def test_decimals_arrive_as_decimals():
    assert rest_and_tau("(E - v)/tau", "volt", E=-70.1 * mV, tau=16.1 * ms) == (-70.1, 16.1)


def test_conductance_and_capacitance_give_their_quotient():
    rest, tau = rest_and_tau("(g*(E - v) + I)/C", v0=0, g=2.0, E=3.0, I=4.0, C=10 * ms)
    assert (rest, tau) == ((2.0 * 3.0 + 4.0) / 2.0, 10.0 / 2.0)


def test_terms_that_cancel_leave_an_integrator():
    assert rest_and_tau("(v0 + v - v)/tau", v0=3.0, tau=10 * ms)[0] == pytest.approx(0.3, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "piece", "reason"),
    [
        ("v**3/tau", "^^^^", "It raises v to the power 3."),
        ("v**0.5/tau", "^^^^^^", "It raises v to a power."),
        ("v*v*v/tau", "^^^^^", "It multiplies v**2 by v."),
        ("v*w/tau", "^^^", "It multiplies v by w."),
        ("v*sin(t/tau)/tau", "^^^^^^^^^^^^", "It multiplies v by a function of t."),
        ("2**v/tau", "^^^^", "It has v in an exponent."),
        ("1/v/tau", "^", "It divides by v."),
        ("v % 2/tau", "^^^^^", "It takes a remainder of v."),
        ("exp(v)/tau", "^^^^^^", "It takes exp() of v."),
        ("tan(t/tau)/tau", "^^^^^^^^^^", "It takes tan() of t."),
        ("sin(t**2/tau**2)/tau", "^^^^^^^^^^^^^^^^", "It takes sin() of a function of t."),
        ("exp(sin(t/tau))/tau", "^^^^^^^^^^^^^^^", "It takes exp() of a function of t."),
        ("1/(1 + t/tau)/tau", "^^^^^^^^^", "It divides by t."),
        ("(v**2 + w)/tau", "^^^^^^^^^^^^^^", "It has the square of v and also couples v to w."),
        ("(v**2 + cos(t/tau))/tau", "^^^^^^^^^^^^^^^^^^^^^^^", "It has the square of v and also a function of t."),
        ("w**2/tau", "^^^^^^^^", "The square of w drives v."),
        ("int(v > 1)/tau", "^^^^^", "It asks for a comparison of v inside an equation."),
    ],
)
def test_what_has_no_exact_solution_is_pointed_at(text, piece, reason):
    lines = f"dv/dt = {text} : 1\ndw/dt = -w/tau : 1"
    group = NeuronGroup(1, lines, namespace={"tau": 10 * ms}, name="exc", method="exact")
    with pytest.raises(NoExactSolutionError) as caught:
        group.explain()
    head, line, carets, why = str(caught.value).split("\n")[:4]
    assert head == "group 'exc', equation of dv/dt: no exact solution is known"
    assert line == f"    dv/dt = {text} : 1"
    assert carets.strip() == piece
    assert reason in why


def test_a_sub_expression_is_followed_to_the_piece():
    group = NeuronGroup(1, "dv/dt = (x - v)/(10*ms) : 1\nx = 3*v**3 : 1", name="exc")
    with pytest.raises(NoExactSolutionError) as caught:
        group.explain()
    assert "equation of dv/dt, sub-expression x: no exact" in str(caught.value)
    assert "    x = 3*v**3 : 1\n          ^^^^" in str(caught.value)


def test_coefficients_without_a_finite_value_name_the_neuron():
    group = NeuronGroup(3, "dv/dt = -v/tau_m : 1\ntau_m : second", name="exc")
    group.tau_m = [10, 0, 5] * ms
    with pytest.raises(ValueError, match="no finite coefficients for neuron 1\n.*\n.*\n.*was it set"):
        group.explain()


def test_numerical_methods_are_mentioned_when_there_is_no_exact_solution():
    group = NeuronGroup(1, "dv/dt = v**3/(10*ms) : 1")
    with pytest.raises(NoExactSolutionError, match="On a clock, not exactly, the group runs with method='rk4'"):
        group.explain()
    group = NeuronGroup(1, "dv/dt = v**3/(10*ms) : 1", method="gsl")
    with pytest.raises(NoExactSolutionError, match="method='gsl' is not there. On a clock"):
        group.explain()
