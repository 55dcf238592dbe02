"""States of synapses: exact between events, changed by events and assignments only."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsnn
from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    EquationError,
    Network,
    NeuronGroup,
    NoExactSolutionError,
    SpikeGeneratorGroup,
    Synapses,
    TimedArray,
    UnknownNameError,
    ms,
    second,
)

#: Relative error of one step of a trace: exp, its argument, a product and a sum, each within an ulp or two.
STEP = 4 * 2.0**-52

TRAIN = [1.0, 2.5, 2.5, 7.0, 20.25]


def network(model, on_pre="", times=TRAIN, n=1, lines="v : 1", **options):
    """Return a network of one source, n targets, and synapses from it to each."""
    eventsnn.start_scope()
    indices, instants = np.zeros(len(times), int), np.array(times) * ms
    # one neuron may fire once at an instant: those that fire together are two
    if len(set(times)) < len(times):
        seen = set()
        indices = np.array([int(t in seen or bool(seen.add(t))) for t in times])
    source = SpikeGeneratorGroup(2, indices, instants, name="source")
    target = NeuronGroup(n, lines, name="target")
    synapses = Synapses(source[:2], target, model, on_pre=on_pre, name="S", **options)
    synapses.connect(i=[0] * n, j=list(range(n)))
    if 1 in indices:
        synapses.connect(i=1, j=0)
    return Network(source, target, synapses), synapses, target


def single(model, on_pre="", times=(1.0, 2.5, 7.0, 20.25), **options):
    return network(model, on_pre, list(times), **options)


# --- against closed forms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["", " (event-driven)", " (clock-driven)"])
@pytest.mark.parametrize("tau", [0.5, 10.0, 1234.5])
def test_a_trace_is_the_sum_of_its_exponentials(flag, tau):
    net, synapses, _ = single(f"dx/dt = -x/tau : 1{flag}", "x += 1", namespace={"tau": tau * ms})
    net.run(30 * ms)
    expected = mpmath.fsum(mpmath.exp(-(mpmath.mpf(30) - t) / tau) for t in (1.0, 2.5, 7.0, 20.25))
    # four steps from event to event, one to the present; the argument of exp carries its own rounding
    bound = 5 * STEP * (1 + 30 / tau)
    assert abs(synapses.x[0] - expected) <= bound * expected


def test_spike_timing_dependent_plasticity_is_what_all_pairs_say():
    """Every pair of a spike before and one behind changes the weight by its own exponential."""
    pre, post, tau_pre, tau_post = [1.0, 4.5, 11.0, 30.0], [2.0, 4.5, 12.25, 33.0, 40.0], 20.0, 12.5
    source = SpikeGeneratorGroup(1, np.zeros(4, int), pre * ms)
    target = SpikeGeneratorGroup(1, np.zeros(5, int), post * ms)
    synapses = Synapses(
        source,
        target,
        """w : 1
        dapre/dt = -apre/(20*ms) : 1 (event-driven)
        dapost/dt = -apost/(12.5*ms) : 1 (event-driven)""",
        on_pre="apre += 0.01; w += apost",
        on_post="apost -= 0.0105; w += apre",
    )
    synapses.connect()
    Network(source, target, synapses).run(50 * ms)
    expected = 0.0
    for a in pre:
        for b in post:
            # a pair of one instant: the pathway of the source comes first, so it counts as before
            expected += 0.01 * math.exp(-(b - a) / tau_pre) if a <= b else -0.0105 * math.exp(-(a - b) / tau_post)
    assert synapses.w[0] == pytest.approx(expected, rel=0, abs=20 * STEP * 0.0105 * 9)


def test_an_alpha_function_inside_the_synapse():
    net, synapses, _ = single("dg/dt = (h - g)/tau : 1\ndh/dt = -h/tau : 1", "h += 1", namespace={"tau": 5 * ms})
    net.run(33 * ms)
    passed = [mpmath.mpf(33) - t for t in (1.0, 2.5, 7.0, 20.25)]
    expected = mpmath.fsum(s / 5 * mpmath.exp(-s / 5) for s in passed)
    # g takes over h in each of five steps, with errors of the size of h = 2 at most
    assert abs(synapses.g[0] - expected) <= 5 * STEP * 2 * 8
    assert abs(synapses.h[0] - mpmath.fsum(mpmath.exp(-s / 5) for s in passed)) <= 5 * STEP * 8


def test_depression_and_facilitation_follow_their_recursion():
    """Tsodyks & Markram: between spikes x recovers to 1 and u returns to U; at a spike u rises, then x is used."""
    tau_d, tau_f, U = 200.0, 600.0, 0.2
    net, synapses, target = single(
        "du/dt = (U - u)/tau_f : 1 (event-driven)\ndx/dt = (1 - x)/tau_d : 1 (event-driven)",
        "u += U*(1 - u); v += u*x; x -= u*x",
        namespace={"tau_d": tau_d * ms, "tau_f": tau_f * ms, "U": U},
    )
    synapses.u, synapses.x = U, 1
    net.run(30 * ms)
    u, x, v, last = mpmath.mpf(U), mpmath.mpf(1), mpmath.mpf(0), 0.0
    for t in (1.0, 2.5, 7.0, 20.25):
        u = U + (u - U) * mpmath.exp(-(t - last) / tau_f)
        x = 1 + (x - 1) * mpmath.exp(-(t - last) / tau_d)
        u += U * (1 - u)
        v += u * x
        x -= u * x
        last = t
    assert abs(target.v[0] - v) <= 4 * 10 * STEP
    assert abs(synapses.u[0] - (U + (u - U) * mpmath.exp(-(30 - last) / tau_f))) <= 50 * STEP


def test_each_synapse_has_its_own_time_constant():
    net, synapses, _ = single("dx/dt = -x/tau : 1\ntau : second", "x += 1", times=(1.0, 4.0), n=3)
    synapses.tau = [1, 10, 100] * ms
    net.run(6 * ms)
    expected = [math.exp(-5 / tau) + math.exp(-2 / tau) for tau in (1, 10, 100)]
    assert synapses.x[:] == pytest.approx(expected, rel=10 * STEP)
    assert synapses.x[1] == synapses.x["tau == 10*ms"][0]


def test_equal_time_constants_are_solved_once_for_all():
    for values, individual in (([5, 5, 5], False), ([5, 5, 6], True)):
        net, synapses, _ = single("dx/dt = -x/tau : 1\ntau : second", "x += 1", n=3)
        synapses.tau = values * ms
        net.run(1 * ms)
        assert synapses._dynamics.is_individual == individual


def test_a_sine_may_drive_a_state():
    omega, tau = 2 * math.pi / 10, 5.0
    net, synapses, _ = single("dx/dt = (sin(2*pi*t/(10*ms)) - x)/(5*ms) : 1", "", times=(50.0,))
    net.run(12 * ms)
    # x(t) of x(0) = 0
    a = 1 / (1 + (omega * tau) ** 2)
    expected = a * (math.sin(omega * 12) - omega * tau * math.cos(omega * 12) + omega * tau * math.exp(-12 / tau))
    assert synapses.x[0] == pytest.approx(expected, abs=20 * STEP)


def test_states_that_turn_round_each_other():
    net, synapses, _ = single("dx/dt = y/ms : 1\ndy/dt = -x/ms : 1", "x += 1", times=(1.0, 3.0))
    net.run(10 * ms)
    assert synapses.x[0] == pytest.approx(math.cos(9) + math.cos(7), abs=40 * STEP)
    assert synapses.y[0] == pytest.approx(-math.sin(9) - math.sin(7), abs=40 * STEP)


@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=5, unique=True).map(sorted), st.floats(0.5, 50.0))
def test_a_state_read_by_its_event_is_that_of_its_very_instant(times, tau):
    net, _, target = single("dx/dt = -x/tau : 1", "v = x; x = 1", times=times, namespace={"tau": tau * ms})
    net.run(51 * ms)
    expected = math.exp(-(times[-1] - times[-2]) / tau) if len(times) > 1 else 0.0
    # seconds at the border and milliseconds inside may differ by an ulp of 50 ms
    assert target.v[0] == pytest.approx(expected, rel=STEP * (4 + 100 / tau), abs=0)


# --- only events and assignments change anything ----------------------------------------------------------------------


def story(looks=(), cuts=(), **options):
    net, synapses, target = network(
        "dx/dt = -x/tau : 1\ndy/dt = (x - y)/(3*ms) : 1\ntau : second\nw : 1",
        "x += 1; w += y; v_post += w*x",
        n=3,
        **options,
    )
    synapses.tau = [1, 7, 7, 30] * ms
    end, done = 25.0, 0.0
    for cut in (*cuts, end):
        net.run((cut - done) * ms)
        done = cut
        for name in looks:
            getattr(synapses, name)[:]
    return [np.array(getattr(synapses, name)).tolist() for name in ("x", "y", "w")], np.array(target.v).tolist()


@pytest.mark.parametrize("cuts", [(0.5,), (1.0, 2.5), (0.25, 2.5, 3.0, 7.0, 20.25), (24.9999,)])
@pytest.mark.parametrize("looks", [(), ("x", "y", "w", "lastupdate")])
def test_cutting_a_run_and_looking_change_no_bit(cuts, looks):
    assert story(looks, cuts) == story()


def test_looking_stores_nothing():
    net, synapses, _ = single("dx/dt = -x/(10*ms) : 1", "x += 1")
    net.run(5 * ms)
    before = [synapses._store.states["x"].copy(), synapses._store.lastupdate.copy()]
    assert synapses.x[0] < 2
    assert [synapses._store.states["x"].tolist(), synapses._store.lastupdate.tolist()] == [b.tolist() for b in before]
    assert synapses.lastupdate[0] == 2.5 * ms


def test_an_assignment_settles_the_synapses_that_it_concerns_and_no_others():
    net, synapses, _ = single("dx/dt = -x/(10*ms) : 1\ny : 1", "x += 1", n=3)
    net.run(5 * ms)
    stored = synapses._store.states["x"].copy()
    synapses.y = 3
    synapses.x[1] = 0.5
    assert synapses._store.states["x"].tolist() == [stored[0], 0.5, stored[2]]
    assert synapses._store.lastupdate.tolist() == [2.5, 5.0, 2.5]
    net.run(1 * ms)
    assert synapses.x[1] == 0.5 * math.exp(-0.1)


def test_an_assignment_to_one_state_keeps_the_others_of_its_synapse():
    net, synapses, _ = single("dg/dt = (h - g)/(5*ms) : 1\ndh/dt = -h/(5*ms) : 1", "h += 1", times=(1.0,))
    net.run(3 * ms)
    g, h = synapses.g[0], synapses.h[0]
    synapses.h = 2
    assert (synapses.g[0], synapses.h[0]) == (g, 2)
    net.run(1 * ms)
    assert synapses.g[0] == pytest.approx((g + 2 / 5) * math.exp(-1 / 5), rel=4 * STEP)
    assert h == pytest.approx(math.exp(-2 / 5), rel=STEP)


def test_a_time_constant_assigned_between_runs_holds_from_then_on():
    net, synapses, _ = single("dx/dt = -x/tau : 1\ntau : second", "x += 1", times=(1.0,), n=2)
    synapses.tau = 10 * ms
    net.run(3 * ms)
    synapses.tau[1] = 1 * ms
    net.run(2 * ms)
    assert synapses.x[0] == pytest.approx(math.exp(-4 / 10), rel=2 * STEP)
    assert synapses.x[1] == pytest.approx(math.exp(-2 / 10 - 2 / 1), rel=6 * STEP)


def test_a_constant_changed_between_runs_holds_from_then_on():
    net, synapses, _ = single("dx/dt = -x/tau : 1", "x += 1", times=(1.0,))
    tau = 10 * ms
    net.run(3 * ms)
    tau = 1 * ms
    net.run(2 * ms)
    assert synapses.x[0] == pytest.approx(math.exp(-2 / 10 - 2), rel=6 * STEP)
    assert tau == 1 * ms


def test_synapses_made_between_runs_leave_the_others_as_they_are():
    net, synapses, _ = single("dx/dt = -x/tau : 1\ntau : second", "x += 1", times=(1.0, 4.0), n=2)
    synapses.tau = [5, 10] * ms
    net.run(3 * ms)
    before = synapses.x[:].tolist()
    assert before == pytest.approx([math.exp(-2 / 5), math.exp(-2 / 10)], rel=STEP)
    synapses.connect(i=0, j=0)
    assert synapses.x[:].tolist() == [*before, 0.0]
    synapses.x[0] = 1
    synapses.tau[2] = 20 * ms
    net.run(2 * ms)
    expected = [math.exp(-1 / 5) + math.exp(-2 / 5), math.exp(-1 / 10) + math.exp(-4 / 10), math.exp(-1 / 20)]
    expected[0] = (math.exp(-1 / 5) + 1) * math.exp(-1 / 5)
    assert synapses.x[:].tolist() == pytest.approx(expected, rel=6 * STEP)


def test_synapses_that_leave_a_network_keep_their_state_and_rest():
    net, synapses, _ = single("dx/dt = -x/(10*ms) : 1", "x += 1", times=(1.0,))
    net.run(3 * ms)
    before = synapses.x[0]
    net.remove(synapses)
    net.run(20 * ms)
    assert synapses.x[0] == before
    net.add(synapses)
    net.run(10 * ms)
    assert synapses.x[0] == pytest.approx(math.exp(-12 / 10), rel=6 * STEP)


def test_the_time_of_the_last_event_can_be_used_in_a_text():
    net, _, target = single("dx/dt = -x/(10*ms) : 1 (event-driven)", "v = (t - lastupdate)/ms")
    net.run(10 * ms)
    # events at 1, 2.5 and 7 ms
    assert target.v[0] == 4.5


def test_a_parameter_may_be_called_lastupdate_where_there_are_no_states():
    net, synapses, target = single("lastupdate : second", "v = (t - lastupdate)/ms; lastupdate = t")
    net.run(10 * ms)
    assert (target.v[0], synapses.lastupdate[0]) == (4.5, 7 * ms)


def test_on_post_sees_the_state_at_its_own_instant():
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    target = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 4", reset="v = 0")
    synapses = Synapses(
        source, target, "dx/dt = -x/(10*ms) : 1\nseen : 1", on_pre="x += 1", on_post="seen = x", delay=0.5 * ms
    )
    synapses.connect()
    Network(source, target, synapses).run(5 * ms)
    assert synapses.seen[0] == math.exp(-0.25)


def test_an_object_without_synapses_runs_and_is_explained():
    source, target = SpikeGeneratorGroup(1, [0], [1] * ms), NeuronGroup(1, "v : 1")
    synapses = Synapses(source, target, "dx/dt = -x/tau : 1\ntau : second", on_pre="x += 1; v += x", name="S")
    assert "state x: leaky relaxation" in str(synapses.explain())
    synapses.connect(False)
    network = Network(source, target, synapses)
    network.run(2 * ms)
    synapses.connect()
    synapses.tau = 5 * ms
    network.run(2 * ms)
    assert (target.v[0], synapses.x[:].tolist()) == (0, [0])


def test_explanations_name_the_solution():
    _, synapses, _ = single("dx/dt = -x/(10*ms) : 1 (event-driven)\nw : 1", "x += w; v += x; v = 2*v")
    assert str(synapses.explain()) == (
        "Synapses 'S': 1 from source[0:2] to target\n"
        "  state x: leaky relaxation, x(s) = rest + (x - rest)*exp(-s/tau)\n"
        "  pre: waits for spikes of source[0:2], no delay\n"
        "      x += w\n"
        "      v += x    (added to what else arrives at this instant)\n"
        "      v = 2*v    (after the sums of this instant)"
    )


# --- what is refused --------------------------------------------------------------------------------------------------

STEPS = TimedArray([0, 1, 2], dt=1 * ms)


@pytest.mark.parametrize(
    ("model", "options", "error", "expected"),
    [
        (
            "dx/dt = -x/tau : 1\ntau : second",
            {},
            ArgumentError,
            "Synapses 'S', equation of dx/dt: the equation has no finite coefficients for synapse 0",
        ),
        (
            "dx/dt = -x/tau : 1\ntau : second",
            dict(on_pre="tau = 2*ms"),
            NoExactSolutionError,
            "Synapses 'S', equation of dx/dt: 'tau' is changed by events, so the coefficients of the equation would "
            "change with every spike\n    dx/dt = -x/tau : 1\n            ^^^^^^\nKeep 'tau' out of the equation",
        ),
        (
            "dx/dt = (v_post - x)/(10*ms) : 1",
            {},
            NoExactSolutionError,
            "'v_post' stands in a differential equation of the synapses. Only their own parameters, constants and "
            "functions of t may; a value of a neuron can be taken over at a spike, in on_pre or on_post.",
        ),
        ("dx/dt = (u - x)/(10*ms) : 1", {}, UnknownNameError, "Synapses 'S', equation of dx/dt: 'u' is not defined"),
        (
            "dx/dt = xi/ms**0.5 : 1",
            {},
            EquationError,
            "Synapses 'S', equation of dx/dt: xi is noise\n    dx/dt = xi/ms**0.5 : 1\n            ^^\nWhite noise has "
            "no value at an instant. It stands in the differential equations of neurons",
        ),
        (
            "dx/dt = exp(x)/ms : 1",
            {},
            NoExactSolutionError,
            "a numerical method, as in method='euler', is for neurons only. Move the state to the neuron if it is the "
            "same for all its synapses, or linearise the equation.",
        ),
        (
            "dx/dt = (steps(t) - x)/(10*ms) : 1",
            dict(namespace={"steps": STEPS}),
            NoExactSolutionError,
            "Synapses 'S': an equation of synapses changes in steps of time (TimedArray, comparison of t), which is "
            "not supported. Let the neurons' equations have the steps.",
        ),
        ("dx/dt = (int(t > 2*ms) - x)/ms : 1", {}, NoExactSolutionError, "changes in steps of time"),
        (
            "dx/dt = -x : 1",
            {},
            DimensionMismatchError,
            "Synapses 'S', equation of dx/dt: expected 1/second, found dimensionless",
        ),
        ("w : 1\nh = 2*w : volt", {}, DimensionMismatchError, "Synapses 'S', sub-expression h: expected a voltage (V)"),
        (
            "dx/dt = -x/ms : 1\nlastupdate : second",
            {},
            EquationError,
            "Synapses 'S': synapses with differential equations have a variable 'lastupdate' already",
        ),
    ],
)
def test_what_cannot_be_solved_is_refused_before_the_run(model, options, error, expected):
    with pytest.raises(error) as caught:
        net, _, _ = single(model, **options)
        net.run(1 * second)
    assert expected in str(caught.value)
    with pytest.raises(error):
        _, synapses, _ = single(model, **options)
        synapses.explain()
