"""What noise may not do is said before its unit is, and every message says what would work."""

from __future__ import annotations

import pytest

from eventsnn import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    Synapses,
    ms,
    mV,
    start_scope,
)
from eventsnn.errors import ArgumentError, DimensionMismatchError, EquationError, NoExactSolutionError, UnknownNameError

LEAKY = "dv/dt = -v/tau : 1"
NOISY = "dv/dt = -v/tau + 0.1*xi*tau**-0.5 : 1"
NAMES = {"tau": 10 * ms, "rate": 20 * Hz}

#: What is said of noise that stands where it has no value.
PLACE = (
    "White noise has no value at an instant. It stands in the differential equations of neurons, added to the rest, "
    "times a factor without noise: dv/dt = -v/tau + sigma*xi*tau**-0.5. For a random number at an event, in a "
    "threshold or in an initial value write randn()."
)


@pytest.fixture(autouse=True)
def _empty_scope():
    start_scope()


def group(model=LEAKY, namespace=None, **options):
    return NeuronGroup(2, model, name="exc", namespace=NAMES | (namespace or {}), **options)


def message(model=LEAKY, error=EquationError, **options):
    """Return with what error, of exactly this class, a group is refused."""
    with pytest.raises(error) as caught:
        group(model, **options).explain()
    assert type(caught.value) is error
    return str(caught.value)


def synapses(model="", **options):
    source = SpikeGeneratorGroup(1, [0], [1 * ms])
    target = group(LEAKY)
    between = Synapses(source, target, model, name="syn", namespace=NAMES, **options)
    between.connect()
    return Network(source, target, between), between


def message_of_event(text, model="", error=EquationError):
    network, _ = synapses(model, on_pre=text)
    with pytest.raises(error) as caught:
        network.run(0 * ms)
    return str(caught.value)


# --- where noise may stand --------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [LEAKY, NOISY])
@pytest.mark.parametrize(
    "options, where, line, carets",
    [
        (dict(threshold="v > 1 + xi", reset="v = 0"), "threshold", "v > 1 + xi", "        ^^"),
        (dict(threshold="v > 1 + xi*tau**0.5", reset="v = 0"), "threshold", "v > 1 + xi*tau**0.5", "        ^^"),
        (dict(threshold="v > 1", reset="v = xi"), "reset", "v = xi", "    ^^"),
        (dict(threshold="v > 1", reset="v += 2*xi"), "reset", "v += 2*xi", "       ^^"),
        (dict(threshold="v > 1", reset="a = xi; v = a"), "reset", "a = xi", "    ^^"),
        (dict(threshold="v > 1", reset="v = 0", refractory="xi > 0"), "refractory", "xi > 0", "^^"),
        (dict(threshold="v > 1", reset="v = 0", refractory="xi*ms"), "refractory", "xi*ms", "^^"),
        (dict(events={"up": "xi > 0"}), "event 'up'", "xi > 0", "^^"),
    ],
)
def test_noise_is_refused_before_its_unit_is(model, options, where, line, carets):
    assert message(model, **options) == f"group 'exc', {where}: xi is noise\n    {line}\n    {carets}\n{PLACE}"


def test_a_subexpression_that_holds_noise_is_named_where_it_is_read():
    found = message(NOISY + "\nI = 2*J : 1\nJ = xi*tau**0.5 : 1", threshold="v > 1 + I", reset="v = 0")
    assert found == f"group 'exc', threshold: 'I' holds noise (xi)\n    v > 1 + I\n            ^\n{PLACE}"


@pytest.mark.parametrize("text", ["v_post += xi", "v_post += xi*ms**0.5"])
def test_noise_in_on_pre_is_refused(text):
    found = message_of_event(text)
    assert found == f"Synapses 'syn', on_pre: xi is noise\n    {text}\n              ^^\n{PLACE}"


@pytest.mark.parametrize("line", ["dw/dt = -w/tau + xi : 1 (event-driven)", "w = xi : 1"])
def test_noise_in_the_equations_of_synapses_is_refused(line):
    found = message_of_event("v_post += w", line)
    assert found.startswith("Synapses 'syn', ")
    assert f": xi is noise\n    {line}\n" in found
    assert found.endswith(PLACE)


def test_noise_is_no_initial_value_index_or_statement_at_ticks():
    def set_value():
        group().v = "xi"

    def set_places():
        group().v["xi > 0"] = 1

    def run_code():
        regular = group()
        regular.run_regularly("v = xi", dt=1 * ms, name="kick")
        Network(regular).run(1 * ms)

    for act, where in ((set_value, "value of v"), (set_places, "index"), (run_code, "run_regularly 'kick'")):
        with pytest.raises(EquationError) as caught:
            act()
        assert str(caught.value).startswith(f"group 'exc', {where}: xi is noise\n")
        assert str(caught.value).endswith(PLACE)


def test_noise_is_no_rate_weight_delay_or_condition():
    def rates():
        Network(PoissonGroup(2, "xi", name="p")).run(1 * ms)

    def weight():
        neurons = group()
        Network(neurons, PoissonInput(neurons, "v", 2, 10 * Hz, weight="xi")).run(1 * ms)

    def delay():
        synapses(on_pre="v += 1")[1].delay = "xi*ms"

    def condition():
        neurons = group(threshold="v > 1", reset="v = 0")
        Synapses(neurons, neurons, on_pre="v += 1", name="syn").connect(condition="xi > 0")

    for act in (rates, weight, delay, condition):
        with pytest.raises(EquationError) as caught:
            act()
        assert ": xi is noise\n" in str(caught.value)
        assert str(caught.value).endswith(PLACE)


def test_noise_has_no_value_that_could_be_read():
    neurons = group(NOISY + "\nI = xi*tau**0.5 : 1")
    with pytest.raises(EquationError) as caught:
        _ = neurons.I[:]
    expected = f"group 'exc', sub-expression I: xi is noise\n    I = xi*tau**0.5 : 1\n        ^^\n{PLACE}"
    assert str(caught.value) == expected


def test_noise_in_subexpressions_of_an_equation_is_allowed():
    assert "clock" in str(group("dv/dt = (I - v)/tau : 1\nI = 2*J : 1\nJ = xi*tau**0.5 : 1").explain())


def test_shared_noise_is_refused_with_what_would_work():
    assert message("dv/dt = (I - v)/tau : 1\nI = xi*tau**0.5 : 1 (shared)") == (
        "group 'exc', sub-expression I: it is shared by all neurons, but each of them has noise (xi) of its own\n"
        "    I = xi*tau**0.5 : 1 (shared)\n"
        "        ^^\n"
        "For independent noise write xi in the differential equation itself, or leave (shared) out; noise that neurons "
        "have in common comes from a TimedArray, or from a variable of another group, as (linked)."
    )
    found = message("dv/dt = (I - v)/tau : 1\nI = 2*J : 1 (shared)\nJ = xi_a*tau**0.5 : 1")
    assert "has noise (xi_a) of its own\n    I = 2*J : 1 (shared)\n          ^\n" in found


# --- how noise enters an equation -------------------------------------------------------------------------------

ADDED = (
    "Noise must be added, times a factor, as in sigma*xi*tau**-0.5. The square of white noise, or another function of "
    "it, has no meaning."
)


@pytest.mark.parametrize("method", [None, "euler", "exact", "rk4"])
@pytest.mark.parametrize(
    "text, piece",
    [
        ("-v/tau + xi**2", "xi**2"),
        ("-v/tau + xi*xi", "xi*xi"),
        ("-v/tau + exp(xi)/tau", "exp(xi)"),
        ("-v/tau + sqrt(xi)", "sqrt(xi)"),
        ("-v/tau + 1/xi", "1/xi"),
        ("(int(xi > 0) - v)/tau", "int(xi > 0)"),
    ],
)
def test_functions_of_noise_are_refused_whatever_their_unit(text, piece, method):
    line, begin = f"dv/dt = {text} : 1", 8 + text.index(piece)
    assert message(line, method=method) == (
        f"group 'exc', equation of dv/dt: it is not linear in the noise xi\n    {line}\n"
        f"    {' ' * begin}{'^' * len(piece)}\n{ADDED}"
    )


@pytest.mark.parametrize("method", [None, "heun", "exact"])
def test_two_sources_that_are_multiplied_are_named(method):
    assert message("dv/dt = -v/tau + xi*xi_2 : 1", method=method) == (
        "group 'exc', equation of dv/dt: two sources of noise are multiplied, xi and xi_2\n"
        "    dv/dt = -v/tau + xi*xi_2 : 1\n"
        "                        ^^^^\n"
        "Noise must be added, times a factor without noise, as in sigma*xi*tau**-0.5."
    )
    found = message("dv/dt = -v/tau + a*xi_1*tau**-0.5 : 1\na = 1 + xi_2*tau**0.5 : 1", method=method)
    assert "multiplied, xi_1 and xi_2\n    dv/dt = -v/tau + a*xi_1*tau**-0.5 : 1\n                     ^\n" in found


# --- which noise is which ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "second, more",
    [
        ("xi*tau**-0.5 - w/tau", ""),
        ("-w/tau + I/tau", "\nI = xi*tau**0.5 : 1"),
        ("I/tau", "\nI = J:1\nJ=xi*tau**0.5:1"),
    ],
)
def test_noise_without_a_name_stands_in_one_equation(second, more):
    found = message(f"{NOISY}\ndw/dt = {second} : 1{more}")
    assert found.startswith(
        f"group 'exc', equation of dw/dt: xi stands in dv/dt and dw/dt\n    dw/dt = {second} : 1\n    "
    )
    assert found.endswith("\nName the sources: xi_1 and xi_2 are independent; the same name twice is the same noise.")


def test_all_equations_with_noise_without_a_name_are_listed():
    lines = "\n".join(f"d{name}/dt = xi*tau**-0.5 : 1" for name in "uvw")
    assert "xi stands in du/dt, dv/dt and dw/dt\n    dv/dt = xi*tau**-0.5 : 1\n            ^^\n" in message(lines)


@pytest.mark.parametrize("names", [("xi_1", "xi_1"), ("xi_1", "xi_2"), ("xi", "xi_2")])
def test_noise_with_names_stands_in_many_equations(names):
    lines = "\n".join(f"d{x}/dt = {name}*tau**-0.5 : 1" for x, name in zip("vw", names, strict=True))
    assert "clock" in str(group(lines).explain())
    # twice in one equation is one source, too
    assert "clock" in str(group("dv/dt = xi*tau**-0.5 + 0.1*xi*tau**-0.5 : 1").explain())


# --- methods ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["rk4", "rk2", "exponential_euler", "gsl"])
def test_a_method_without_noise_is_answered_with_those_that_know_it(method):
    assert message(NOISY, NoExactSolutionError, method=method) == (
        "group 'exc': noise (xi) is integrated by 'euler', 'heun' or 'milstein', and 'exact' where the equations are "
        f"linear; found '{method}'. Leave method= out, or use method='euler' (Euler-Maruyama)."
    )


def test_a_mistyped_method_is_answered_with_all_of_them():
    with pytest.raises(ArgumentError) as caught:
        group(method="eulr")
    assert str(caught.value) == (
        "NeuronGroup 'exc'.method: expected 'exact', or on the clock 'rk4', 'rk2', 'euler' or 'exponential_euler', "
        "with noise 'euler', 'heun' or 'milstein' (after 'clocked_', as in 'clocked_rk4', even where there is an exact "
        "solution), found 'eulr'. Did you mean 'euler'?"
    )


STRATONOVICH = (
    "Such noise means one thing to Ito and another to Stratonovich. {names} integrates it in the sense of "
    "Stratonovich, as in Brian; found '{found}'.{why} For Ito's meaning subtract half the strength times "
    "its derivative from the equation."
)


def test_milstein_says_what_noise_it_needs():
    found = message(
        "dv/dt = -w*xi_1*tau**-0.5 : 1\ndw/dt = v*xi_2*tau**-0.5 : 1", NoExactSolutionError, method="milstein"
    )
    why = " 'milstein' needs for each variable a source of its own, multiplied by that variable alone."
    assert found.endswith(STRATONOVICH.format(names="'heun'", found="milstein", why=why))


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_noise_times_a_variable_is_answered_with_the_methods_that_know_it(method):
    found = message("dv/dt = -v/tau + v*xi*tau**-0.5 : 1", NoExactSolutionError, method=method)
    assert found.startswith("group 'exc', equation of dv/dt: the noise xi is multiplied by a variable\n    dv/dt = ")
    assert found.endswith(STRATONOVICH.format(names="'heun' or 'milstein'", found=method, why=""))


# --- random numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [None, "exact", "clocked_rk4"])
@pytest.mark.parametrize("model", ["dv/dt = (1 - v)/tau : 1\nchance = rand() : 1", NOISY + "\nchance = rand() : 1"])
@pytest.mark.parametrize("text", ["rand() < 0.5", "chance < 0.5"])
def test_a_refractory_condition_that_draws_is_refused_with_a_clock_and_without(model, text, method):
    if "xi" in model and method == "clocked_rk4":
        method = "euler"
    found = message(model, method=method, threshold="v > 0.9", reset="v = 0", refractory=text)
    assert found == (
        "group 'exc', refractory: a condition that draws rand() has no first instant at which it is false\n"
        f"    {text}\n    {'^' * len(text)}\nA time may draw it: refractory='2*ms + rand()*ms'."
    )


@pytest.mark.parametrize("function", ["rand", "randn"])
def test_random_numbers_take_no_size(function):
    assert message(f"dv/dt = ({function}(3) - v)/tau : 1") == (
        f"group 'exc', equation of dv/dt: {function}() takes 0 argument(s), found 1\n"
        f"    dv/dt = ({function}(3) - v)/tau : 1\n             {'^' * (len(function) + 3)}\n"
        f"Each neuron draws its own number: write {function}()."
    )
    assert message_of_event(f"v += {function}(2)").endswith(f"Each synapse draws its own number: write {function}().")


@pytest.mark.parametrize("outside", [{}, {"rand": abs}])
def test_a_draw_without_its_brackets_is_recognised(outside):
    found = message("v : 1", UnknownNameError, threshold="rand < 0.1", namespace=outside)
    assert found == "group 'exc', threshold: 'rand' is a function: write rand()\n    rand < 0.1\n    ^^^^"


def test_a_number_may_be_called_rand():
    assert group(threshold="v > rand", reset="v = 0", namespace={"rand": 0.5}).explain()


@pytest.mark.parametrize(
    "text, expected",
    [
        ("rand() < rate", "rand() < rate*dt"),
        ("rate > rand()", "rand() < rate*dt"),
        ("rand() < r", "rand() < r*dt"),
        ("rand() <= rate + r", "rand() < (rate + r)*dt"),
    ],
)
def test_a_draw_that_is_compared_with_a_rate_is_answered_with_its_probability(text, expected):
    found = message("r : Hz", DimensionMismatchError, threshold=text)
    assert found.endswith(f"\nA rate times the step is a probability: {expected}.")


@pytest.mark.parametrize("text", ["rand() < tau", "randn() < rate", "v < rate", "rand() + v < rate"])
def test_other_comparisons_with_rates_are_no_probabilities(text):
    found = message("v : 1", DimensionMismatchError, threshold=text)
    assert "cannot compare dimensionless with a " in found
    assert "probability" not in found


def test_the_draws_of_other_libraries_are_answered_with_those_here():
    for text, advice in (
        ("normal(0, 1)", "For a normal number write randn(), as in m + s*randn(). Known: abs, "),
        ("gauss(0, 1)", "For a normal number write randn(), as in m + s*randn(). Known: abs, "),
        ("uniform(0, 1)", "For an evenly distributed number write rand(), as in a + b*rand(). Known: abs, "),
        ("random()", "Did you mean 'rand'? Known: abs, "),
    ):
        found = message(f"dv/dt = ({text} - v)/tau : 1", UnknownNameError, namespace={"normal": abs})
        assert f"\n{advice}" in found


def test_a_custom_event_that_draws_is_answered_with_what_may():
    found = message(LEAKY, NoExactSolutionError, events={"up": "rand() < 0.5"})
    assert "group 'exc', event 'up': no exact solution is known\n    rand() < 0.5\n    ^^^^^^\n" in found
    assert (
        "\nThe threshold and the equations of neurons may draw it, once a step of a clock; a reset, timed code, a "
        "refractory time or an initial value does without one.\n"
    ) in found
    assert found.endswith("so no numerical method helps.")


# --- the step of a clock ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, begin, more",
    [("v_post += dt/tau", 10, ""), ("v_post += 2*h", 12, "h = dt/tau : 1"), ("v += 3*dt/ms", 7, "")],
)
def test_the_step_of_a_clock_is_pointed_at_in_on_pre(text, begin, more):
    assert message_of_event(text, more) == (
        "Synapses 'syn', on_pre: dt is the step of a clock, and there is none; write the time that is meant\n"
        f"    {text}\n    {' ' * begin}{'^' if more else '^^'}"
    )


def test_volts_do_not_hide_that_noise_is_noise():
    found = message("dv/dt = -v/tau : volt", threshold="v > 1*mV + xi*mV", reset="v = 0*mV", namespace={"mV": mV})
    assert "threshold: xi is noise\n    v > 1*mV + xi*mV\n               ^^\n" in found
