"""Linear systems as tables: the same bits as the objects of the reference engine, compiled and interpreted."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from compiled import compiled

from eventsnn.crossing.first_time import Leaf
from eventsnn.crossing.leaky_drive import FOUND, NEVER, NOT_BEFORE
from eventsnn.crossing.leaves import Tone
from eventsnn.engine.compiled import driven, linear
from eventsnn.engine.compiled.driven import HANDOVER
from eventsnn.engine.compiled.driven_tables import (
    CONSTANT,
    COUPLING_A,
    COUPLING_B,
    F0,
    FORM,
    FROM_ZERO,
    HAS_B,
    LOW_A,
    LOW_B,
    RATE_A,
    RATE_B,
    RESTS,
    TAU_A,
    TAU_B,
    TAU_M,
    WIDTH,
    A,
    B,
    V,
)
from eventsnn.engine.compiled.linear_tables import find_obstacle, linear_tables, scratch_of
from eventsnn.neurons.linear import Phase
from eventsnn.neurons.systems import LinearCourse

KERNELS = (
    linear.flow,
    linear.earliest_change,
    linear.first_crossing,
    driven.flow_driven,
    driven.flow_resting,
    driven.earliest_driven,
    driven.cross_driven,
    driven.stays_under,
)


@pytest.fixture(scope="module", params=["interpreted", "compiled"])
def kernels(request):
    if request.param == "interpreted":
        return KERNELS
    pytest.importorskip("numba")
    return tuple(compiled(kernel) for kernel in KERNELS)


def course_of(matrix, constants, rests=-1):
    """Return a system; variable `rests` stands still in its refractory period."""
    rows = tuple(tuple(Fraction(a) for a in row) for row in matrix)
    drives = tuple(Fraction(b) for b in constants)
    active = Phase(rows, drives, ())
    if rests < 0:
        return LinearCourse(active, active)
    still = tuple(tuple(a * (j != rests) for a in row) for j, row in enumerate(rows))
    return LinearCourse(active, Phase(still, tuple(b * (j != rests) for j, b in enumerate(drives)), ()))


def system(rng):
    """Return a system of one to five variables, one of which the others drive, and that one."""
    m = rng.choice([1, 2, 2, 3, 3, 3, 3, 4, 5])
    v = rng.randrange(m)
    taus = [5.0, 10.0, 20.0, 20.0, 5.0, 1.7, rng.uniform(0.5, 50.0), 100.0, 20.00000001]
    matrix = [[Fraction(0)] * m for _ in range(m)]
    for j in range(m):
        matrix[j][j] = -1 / Fraction(rng.choice(taus)) if rng.random() < 0.95 else Fraction(rng.choice([0.0, 0.1]))
        if j != v:
            matrix[v][j] = Fraction(rng.choice([0.05, 1.0, -0.3]))
    others = [j for j in range(m) if j != v]
    if len(others) > 1 and rng.random() < 0.25:
        matrix[others[0]][others[1]] = Fraction(rng.uniform(-1.0, 1.0))
    constants = [0.0] * m
    if rng.random() < 0.8:
        constants[v] = rng.choice([-2.45, 0.5, 1.0, rng.uniform(-5.0, 5.0)])
    if rng.random() < 0.1:
        constants[rng.randrange(m)] = rng.uniform(-1.0, 1.0)
    return course_of(matrix, constants, v if rng.random() < 0.7 else -1), v


def state(rng, m, v, level, upward):
    """Return variables of a neuron that is not beyond its level."""
    x = [rng.choice([0.0, rng.gauss(0.0, 1.0) * 10.0 ** rng.uniform(-3, 2)]) for _ in range(m)]
    below = rng.choice([0.0, rng.expovariate(0.1), rng.expovariate(10.0), 1e-9])
    x[v] = level - below if upward else level + below
    return x


def draws(seed, many):
    """Yield systems laid out together: tables, room, number, row of the driven ones, course, variable, level."""
    rng = random.Random(seed)
    for _ in range(many):
        systems = [(course, v) for course, v in (system(rng) for _ in range(4)) if find_obstacle(course) is None]
        levels = [rng.choice([-50.0, 0.0, 1.0, 15.0, -3.3]) for _ in systems]
        tables = linear_tables([course for course, _ in systems], [v for _, v in systems], levels)
        work = scratch_of(tables)
        for c, ((course, v), level) in enumerate(zip(systems, levels, strict=True)):
            row = tables.driven[c * WIDTH : (c + 1) * WIDTH].tolist()
            yield rng, tables, work, c, row, course, v, level


@pytest.mark.parametrize("seed", range(4))
def test_the_flow_has_the_bits_of_the_reference_engine(kernels, seed):
    flow, flow_driven, flow_resting = kernels[0], kernels[3], kernels[4]
    for rng, tables, work, c, row, course, v, level in draws(seed, 12):
        form, m = int(row[FORM]), len(course.active.matrix)
        for _ in range(6):
            x = state(rng, m, v, level, True)
            s = rng.choice([0.0, rng.expovariate(0.5), rng.expovariate(0.5), rng.uniform(0.0, 100.0), 1e-9, 2000.0])
            for in_refractory in (False, True):
                right = course.advance(x, 0.0, 0.0, s, in_refractory)
                xs = np.array([7.0, *x, 8.0])
                flow(tables, c, in_refractory, xs, 1, s, work)
                # what grows may have no number left
                assert xs.tolist() == [7.0, *right, 8.0] or any(map(math.isnan, right))
                if not form or s == 0.0:
                    continue
                v, a, b = (int(row[place]) for place in (V, A, B))
                if in_refractory and form & RESTS:
                    found = (x[v], *flow_resting(x[a], x[b], s, row[RATE_A], row[LOW_A], row[RATE_B], row[LOW_B]))
                else:
                    found = flow_driven(x[v], x[a], x[b], s, form, *row[CONSTANT - 3 : COUPLING_B + 1])
                many = 3 if form & HAS_B else 2
                assert found[:many] == (right[v], right[a], right[b])[:many]


@pytest.mark.parametrize("seed", range(4))
def test_the_first_crossing_has_the_bits_of_the_reference_engine(kernels, seed):
    earliest_change, first_crossing, earliest_driven, cross_driven = (kernels[k] for k in (1, 2, 5, 6))
    seen = set()
    for rng, tables, work, c, row, course, v, level in draws(seed, 20):
        form, upward = int(row[FORM]), rng.random() < 0.8
        for _ in range(6):
            x = state(rng, len(course.active.matrix), v, level, upward)
            horizon = rng.choice([math.inf, rng.expovariate(0.1)])
            xs = np.array([7.0, *x])
            bound, (s, status) = (
                earliest_change(tables, c, xs, 1, work),
                first_crossing(tables, c, xs, 1, horizon, work),
            )
            seen.add(status)
            if form:
                numbers = [row[k] for k in (TAU_M, F0, COUPLING_A, TAU_A, COUPLING_B, TAU_B)]
                three = [x[int(row[place])] for place in (V, A, B)]
                assert cross_driven(*three, form, level, *numbers, horizon) == (s, status)
                assert earliest_driven(*three, form, level, *(numbers[k] for k in (0, 1, 2, 4))) == pytest.approx(bound)
            if status == HANDOVER:
                continue
            holds, changes = course.leaf_changes(
                Leaf(v, True), level, upward, x, (0.0, 0.0), False, horizon, False, True
            )
            right = next(changes, None)
            assert not holds
            if status == FOUND:
                # from 0 on, an instant is its time
                assert right is not None and right[0] == s and bound <= s
            else:
                assert right is None
                s, status = first_crossing(tables, c, xs, 1, math.inf, work)
                assert bound <= s
    assert seen == {FOUND, NEVER, NOT_BEFORE, HANDOVER}


def cuba(level=-50.0):
    matrix = [
        [-1 / Fraction(20), 1 / Fraction(20), 1 / Fraction(20)],
        [0, -1 / Fraction(5), 0],
        [0, 0, -1 / Fraction(10)],
    ]
    return linear_tables([course_of(matrix, [Fraction(-49) / 20, 0, 0], 0)], [0], [level])


def test_two_currents_into_a_membrane_are_one_of_the_common_systems():
    row = cuba().driven
    form = int(row[FORM])
    assert form & HAS_B and form & RESTS and form & 7 == FROM_ZERO
    assert (row[TAU_M], row[TAU_A], row[TAU_B], row[F0]) == (20.0, 5.0, 10.0, 1.0)


def test_a_neuron_under_inhibition_is_left_alone_for_long(kernels):
    earliest_change, tables = kernels[1], cuba()
    work = scratch_of(tables)
    # the inhibition is slower than the excitation and larger: only the constant, 1 mV above threshold, can lift it
    assert earliest_change(tables, 0, np.array([-55.0, 10.0, -11.0]), 0, work) > 20.0
    assert earliest_change(tables, 0, np.array([-55.0, 10.0, 0.0]), 0, work) < 10.0


def test_who_surely_stays_below_a_level_does(kernels):
    earliest_driven, cross_driven, stays_under = kernels[5:8]
    row, rng, count = cuba().driven.tolist(), random.Random(5), [0, 0]
    form = int(row[FORM])
    numbers = [row[k] for k in (TAU_M, F0, COUPLING_A, COUPLING_B)]
    for _ in range(500):
        v, a, b = -50.0 - rng.expovariate(0.3), rng.expovariate(0.1), -rng.expovariate(0.1)
        span = rng.expovariate(0.3)
        stays = stays_under(v, a, b, form, -50.0, *numbers, span)
        count[stays] += 1
        if stays:
            # the promise of one who looks at the bound: it is sharper
            assert earliest_driven(v, a, b, form, -50.0, *numbers) >= span
            couplings = (row[COUPLING_A], row[TAU_A], row[COUPLING_B], row[TAU_B])
            assert cross_driven(v, a, b, form, -50.0, row[TAU_M], row[F0], *couplings, math.inf)[0] > span
    assert min(count) > 50


def test_what_has_no_level_never_crosses(kernels):
    earliest_change, first_crossing = kernels[1], kernels[2]
    tables, xs = cuba(math.inf), np.array([-55.0, 10.0, 0.0])
    work = scratch_of(tables)
    assert earliest_change(tables, 0, xs, 0, work) == math.inf
    assert first_crossing(tables, 0, xs, 0, math.inf, work) == (math.inf, NEVER)


def test_what_is_not_laid_out_says_why():
    turning = course_of([[-0.1, -1.0], [1.0, -0.1]], [0.0, 0.0])
    assert "resonance" in (find_obstacle(turning) or "")
    plain = course_of([[-0.1]], [0.0])
    assert find_obstacle(plain) is None
    wave = (0, Tone(0, 0.0, 0.0, 1.0, 0.0, True), 1.0)
    sung = Phase(plain.active.matrix, plain.active.constants, (wave,))
    three = course_of([[-0.1, 1.0, 1.0, 1.0], [0, -0.2, 0, 0], [0, 0, -0.3, 0], [0, 0, 0, -0.4]], [0.0] * 4)
    assert find_obstacle(three, -1) is None and find_obstacle(three, 0, math.inf) is None
    assert "two decaying currents" in (find_obstacle(three, 0, 1.0) or "")
    assert "functions of time" in (find_obstacle(LinearCourse(sung, sung)) or "")
