"""Linear systems: the laws of their flow, its agreement with the slow truth, and texts of equations made by chance."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg
from hypothesis import example, given
from hypothesis import strategies as st
from laws import Setup, simulate
from linear_cases import (
    RESOLUTION,
    UNDECIDABLE,
    Case,
    U,
    adaptation,
    adaptive_threshold,
    alpha_current,
    driven,
    inverse,
    next_double,
    one_current,
    resonator,
    two_currents,
)
from linear_oracle import System, Wave, as_mpf, exact, mp
from linear_runs import frozen, rational
from strategies import moderate

from eventsnn import ms
from eventsnn.crossing.leaves import Combination
from eventsnn.instants import later

TAU = 10.0
H = 200.0
SINE = Wave(omega=0.7, phase=0.3)


def families():
    """Return a state of each family, with equal and with different time constants."""
    cases = {}
    for name, tau_s in (("equal", TAU), ("nearly equal", next_double(TAU, 3)), ("fast", 2.0), ("slow", 300.0)):
        cases |= {
            f"one current, {name}": one_current(0.2, 3.0, 0.5, TAU, tau_s, 1.0, H),
            f"two currents, {name}": two_currents(-0.2, 3.0, -2.0, 0.5, TAU, tau_s, 4.0, 1.0, H),
            f"alpha, {name}": alpha_current(0.2, 0.1, 5.0, 0.0, TAU, tau_s, 1.0, H),
            f"double exponential, {name}": alpha_current(0.2, 0.0, 5.0, 0.0, TAU, tau_s, 1.0, H, tau_x=1.0),
            f"spike-triggered adaptation, {name}": adaptation(0.3, 0.7, 2.0, TAU, tau_s, 1.0, H),
            f"subthreshold adaptation, {name}": adaptation(0.3, 0.7, 2.0, TAU, tau_s, 1.0, H, a=0.4),
            f"adaptive threshold, {name}": adaptive_threshold(0.0, 1.8, 1.5, 0.9, TAU, tau_s, H),
        }
    third = 1.0 / 3.0
    chain = ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0))
    three = ((-0.1, 0.03, -0.2), (0.05, -third, 0.01), (0.02, 0.4, -0.5))
    turning = ((-0.1, -0.5, 0.0), (0.4, -0.1, 0.2), (0.3, 0.0, -0.2))
    first = (1.0, 0.0, 0.0)
    return cases | {
        "resonate-and-fire": resonator(0.3, -0.5, -0.05, 0.6, 0.1, 0.2, H),
        "resonator without damping": resonator(0.3, -0.5, 0.0, 0.6, 0.1, 0.2, 50.0),
        "resonator with a current": resonator(0.3, -0.5, -0.05, 0.6, 0.0, 0.2, H, 0.7, 4.0),
        "dx/dt = y": Case(((0.0, 1.0), (0.0, 0.0)), (0.0, 0.01), (-1.0, 0.2), (1.0, 0.0), 0.0, H),
        "three integrators": Case(chain, (0.0, 0.0, 0.001), (0.0, 0.1, -0.02), first, -0.2, 100.0),
        "three coupled": Case(three, (0.1, 0.2, -0.1), (0.0, 1.0, -1.0), first, -0.3, H),
        "three coupled, turning": Case(turning, (0.1, 0.0, 0.0), (0.0, 1.0, -1.0), first, -0.3, 60.0),
        "sine": driven(0.1, 0.5, TAU, 0.6, H, [(SINE, 2.0)]),
        "two waves late": driven(0.1, 0.5, TAU, 0.6, H, [(SINE, 2.0), (replace(SINE, rate=-0.01), 3.0)], base=1234.5),
        "ramp": driven(0.1, 0.5, TAU, 2.0, H, [(Wave(power=2, is_cosine=True), 0.001)], base=3.3),
        "exponential with an origin": driven(
            0.1, 0.5, TAU, 1.0, H, [(Wave(rate=-0.1, origin=5e3, is_cosine=True), 3.0)], base=5e3
        ),
    }


FAMILIES = families()
every_family = pytest.mark.parametrize("case", FAMILIES.values(), ids=FAMILIES)
TIMES = (1e-9, 0.01, 1.0, TAU, 3.7, 55.5, 199.0)


def unit(case, j):
    return tuple(float(i == j) for i in range(len(case.x)))


def sizes(path, s):
    """Return, for each variable, the sum of the sizes of what each cause contributes.

    Not less than what the truth can tell from zero.
    """
    least = RESOLUTION / UNDECIDABLE * max(1.0, *map(abs, map(float, rational(path.start))))
    return [max(least, path.size([float(i == j) for i in range(path.m)], 0.0, (), s)) for j in range(path.m)]


def size_of_terms(case, j, s):
    """Return the size that the solution itself reports: in a block of three or more its terms are larger."""
    return case.phase.slope_and_size(Combination(((j, 1.0),), (), 0.0), case.x, (case.base, 0.0), s)[1]


def path_of(case):
    return case.view.path.system.path(case.x, case.base)


@every_family
def test_no_time_changes_nothing(case):
    assert case.phase.flow(case.x, case.base, 0.0, 0.0) == list(case.x)
    assert [case.phase.value(j, case.x, case.base, 0.0, 0.0) for j in range(len(case.x))] == list(case.x)


@every_family
def test_the_flow_agrees_with_the_truth(case):
    path = path_of(case)
    for s in TIMES:
        ours, truth = case.phase.flow(case.x, case.base, 0.0, s), path.values(s)
        for j, size in enumerate(sizes(path, s)):
            # the promise: a sum is known to less than 8 ulp of its terms' sizes
            if len(case.x) > 2 and case.name == "":
                size = max(size, size_of_terms(case, j, s))
            assert abs(ours[j] - truth[j]) <= UNDECIDABLE * size, (j, s)
            assert case.phase.value(j, case.x, case.base, 0.0, s) == ours[j]


@every_family
def test_flow_of_a_then_b_is_flow_of_their_sum(case):
    path, m = path_of(case), len(case.x)
    for a, b in ((0.1, 0.2), (1.0, 30.0), (30.0, 1.0), (1e-7, 5.0), (TAU, TAU)):
        middle = case.phase.flow(case.x, case.base, 0.0, a)
        there = case.phase.flow(middle, *later(case.base, 0.0, a), b)
        whole = case.phase.flow(case.x, case.base, 0.0, a + b)
        second = path.system.path(middle, exact(case.base) + exact(a))
        first, then, both = sizes(path, a), sizes(second, b), sizes(path, a + b)
        for j in range(m):
            # each of three flows is known to 8 ulp of its terms' sizes; the error of the first is carried on by the
            # second; and a + b is rounded, which moves the state by its speed times half an ulp
            carried = sum(map(math.prod, zip(second.response(j, b)[:m], first, strict=True)))
            speed = abs(float(path.view(unit(case, j)).at(a + b, 1)))
            tolerance = UNDECIDABLE * (then[j] + both[j] + carried) + speed * math.ulp(a + b)
            assert abs(there[j] - whole[j]) <= tolerance


@every_family
def test_at_a_crossing_the_state_is_on_the_threshold(case):
    values = [float(f) for _, f in case.nodes]
    case = case.with_constant(case.constant - 0.5 * (min(values) + max(values)))
    combination, found = case.combination, case.found()[1:]
    assert found
    for s, _ in found:
        t, low = later(case.base, 0.0, s)
        x = case.phase.flow(case.x, case.base, 0.0, s)
        size, speed = case.size(s) + sum(map(math.prod, zip(map(abs, case.weights), map(abs, x), strict=True))), 0.0
        speed = abs(float(case.view.at(s, 1)))
        # the promise for the time, 2 [ulp(t) + ulp(size)/|f'|], times the speed, and 8 ulp of the flow
        assert abs(combination.at(x, t, low)) <= 2 * (math.ulp(s) * speed + math.ulp(size)) + UNDECIDABLE * size


# --- frozen in the refractory period: through the public API ------------------------------------------------------


def in_a_refractory_period(equations, values, times, length=5.0):
    """Return the states at `times` of a neuron that fires at 0 and never again, and stays refractory for `length`."""
    setup = Setup(1, equations, "t < 1*ms", "", length * ms, values)
    out = simulate(setup, [20.0], record=values, ask=times)
    assert out.times == [0.0]
    return {name: out.samples[f"{name} at"][0] for name in values}


RATES = ((-0.1, 0.1, -0.1), (0.03, -0.25, 0.0), (0.0, 0.2, -0.02))
CONSTANTS = (0.15, 0.0, 0.01)
X = (0.2, 1.0, -0.5)
LINES = [
    "dv/dt = (-0.1*v + 0.1*I - 0.1*w + 0.15)/ms : 1",
    "dI/dt = (0.03*v - 0.25*I)/ms : 1",
    "dw/dt = (0.2*I - 0.02*w + 0.01)/ms : 1",
]
ASKED = [0.0, 0.3, 2.5, 4.99, 5.0, 5.01, 9.0, 17.0]


def compare_with(outside, inside, ours, names=("v", "I", "w")):
    """Compare with the truth for a neuron that is one system for 5 ms and another one then."""
    inner = inside.path(X, 0.0)
    at_end = inner.state(5.0)[: inner.m]
    outer, carried_sizes = outside.path(rational(at_end), 5.0), sizes(inner, 5.0)
    for k, t in enumerate(ASKED):
        path, s = (inner, t) if t < 5.0 else (outer, t - 5.0)
        truth = path.values(s)
        for j, name in enumerate(names):
            bound = UNDECIDABLE * sizes(path, s)[j]
            if t >= 5.0:
                # what was rounded at the end of the refractory period is carried on
                response = path.response(j, s)[: path.m]
                bound += UNDECIDABLE * sum(map(math.prod, zip(response, carried_sizes, strict=True)))
            assert abs(ours[name][k] - truth[j]) <= bound, (name, t)


@pytest.mark.parametrize("still", [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)])
def test_any_variables_may_stand_still_in_the_refractory_period(still):
    lines = [line + " (unless refractory)" * (j in still) for j, line in enumerate(LINES)]
    ours = in_a_refractory_period("\n".join(lines), dict(zip(("v", "I", "w"), X, strict=True)), ASKED)
    system = System(RATES, CONSTANTS)
    compare_with(system, frozen(system, *still), ours)


def test_a_factor_not_refractory_switches_terms_off():
    lines = [LINES[0].replace("0.1*I", "0.1*I*int(not_refractory)"), *LINES[1:]]
    ours = in_a_refractory_period("\n".join(lines), dict(zip(("v", "I", "w"), X, strict=True)), ASKED)
    off = ((-0.1, 0.0, -0.1), *RATES[1:])
    compare_with(System(RATES, CONSTANTS), System(off, CONSTANTS), ours)


def test_a_sine_goes_on_behind_a_variable_that_stands_still():
    lines = [
        "dv/dt = (-0.1*v + 0.1*I - 0.1*w + 0.15 + 0.3*sin(0.7*t/ms + 0.3))/ms : 1 (unless refractory)",
        *LINES[1:],
    ]
    ours = in_a_refractory_period("\n".join(lines), dict(zip(("v", "I", "w"), X, strict=True)), ASKED)
    system = System(RATES, CONSTANTS, ((0, SINE, 0.3),))
    compare_with(system, frozen(system, 0), ours)


# --- texts of equations made by chance ------------------------------------------------------------------------------

coefficient = st.one_of(st.just(0.0), moderate(-0.5, 0.5), st.sampled_from([0.1, -0.1, 0.25]))


@st.composite
def linear_texts(draw):
    """Return equations with 2 to 4 variables, their matrix, constants and waves, and initial values."""
    n = draw(st.integers(2, 4))
    row = st.lists(coefficient, min_size=n, max_size=n)
    matrix = draw(st.lists(row, min_size=n, max_size=n))
    for j in range(n):
        matrix[j][j] = draw(st.one_of(moderate(-1.0, 0.1), st.sampled_from([0.0, -0.1, -0.25])))
    constants = draw(row)
    waves, lines = [], []
    for j in range(n):
        terms = [f"{a!r}*x{i}" for i, a in enumerate(matrix[j]) if a]
        terms += [repr(constants[j])] if constants[j] else []
        if draw(st.integers(0, 3)) == 0:
            wave = Wave(omega=draw(st.sampled_from([0.3, 1.1, 7.0])), phase=draw(moderate(-3.0, 3.0)))
            amplitude = draw(st.sampled_from([0.5, -1.5]))
            waves.append((j, wave, amplitude))
            terms.append(f"{amplitude!r}*sin({wave.omega!r}*t/ms + {wave.phase!r})")
        draw(st.randoms(use_true_random=False)).shuffle(terms)
        lines.append(f"dx{j}/dt = ({' + '.join(terms) or '0'})/ms : 1")
    x = draw(st.lists(moderate(-3.0, 3.0), min_size=n, max_size=n))
    return "\n".join(lines), matrix, constants, tuple(waves), x


def homogeneous(matrix, constants, waves, x):
    """Return the matrix of a homogeneous system with the same solution, and its initial values."""
    n = len(matrix)
    B = np.zeros((n + 1 + 2 * len(waves),) * 2)
    B[:n, :n], B[:n, n] = matrix, constants
    z = [*x, 1.0]
    for k, (j, wave, amplitude) in enumerate(waves):
        c = n + 1 + 2 * k
        B[j, c], B[c, c + 1], B[c + 1, c] = amplitude, wave.omega, -wave.omega
        z += [math.sin(wave.phase), math.cos(wave.phase)]
    return B, np.array(z)


@given(linear_texts())
@example(("dx0/dt = (0)/ms : 1\ndx1/dt = (1.0*x0)/ms : 1", [[0.0, 0.0], [1.0, 0.0]], [0.0, 0.0], (), [1.0, -1.0]))
def test_equations_made_by_chance_agree_with_the_matrix_exponential(drawn):
    text, matrix, constants, waves, x = drawn
    names = [f"x{j}" for j in range(len(x))]
    times = [0.0, 0.013, 1.0, 7.7, 20.0]
    out = simulate(
        Setup(1, text, "t < 0*ms", "x0 = 0", values=dict(zip(names, x, strict=True))), [20.0], record=names, ask=times
    )
    B, z = homogeneous(matrix, constants, waves, x)
    # the size of all ways from a cause to a variable: signs of couplings count as plus
    M = np.abs(B)
    np.fill_diagonal(M, np.diag(B))
    path = System(matrix, constants, waves).path(x, 0.0)
    # a wave has its size where it passes zero, too
    start = np.array([*map(abs, x), *np.ones(len(z) - len(x))])
    for k, s in enumerate(times):
        right, size = scipy.linalg.expm(B * s) @ z, scipy.linalg.expm(M * s) @ start
        truth, known = path.values(s), size[: len(x)]
        for j, name in enumerate(names):
            ours = out.samples[f"{name} at"][0][k]
            # expm is true to the norm, not to each entry: squarings of sums over all variables
            norm = np.abs(B * s).sum(1).max()
            assert abs(ours - right[j]) <= 16 * len(z) * U * (1 + norm) * size.max()
            # and the truth, more strictly: 8 ulp of these sizes
            assert abs(ours - truth[j]) <= UNDECIDABLE * max(0.0, known[j]) + RESOLUTION * (1 + norm)


def test_the_slow_truth_is_that_of_mpmath():
    # the oracle itself: against mpmath's own matrix exponential
    for case in FAMILIES.values():
        if case.view.path.system.waves:
            continue
        n = len(case.x)
        B = mp.matrix(n + 1)
        for i in range(n):
            for j in range(n):
                B[i, j] = as_mpf(exact(case.matrix[i][j]))
            B[i, n] = as_mpf(exact(case.constants[i]))
        for s in (0.01, 3.7, 55.5):
            right = mp.expm(B * mp.mpf(s)) * mp.matrix([*map(mp.mpf, case.x), 1])
            for j, value in enumerate(path_of(case).values(s)):
                assert abs(value - right[j]) <= mp.mpf(2) ** -200


def test_rates_are_as_exact_as_their_quotients():
    # 1/tau is kept as a fraction: after many time constants a rounded rate would show
    case = replace(one_current(1.0, 1.0, 0.0, 3.0, 7.0, 2.0, 1.0), x=(1.0, 1.0))
    assert case.phase.matrix[0][0] == -inverse(3.0)
    s = 200.0
    ours, truth = case.phase.flow(case.x, 0.0, 0.0, s), path_of(case).values(s)
    for j in range(2):
        assert abs(ours[j] - truth[j]) <= UNDECIDABLE * sizes(path_of(case), s)[j]
