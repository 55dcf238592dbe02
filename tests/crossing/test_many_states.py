"""Very many states of each family against the slow truth, random ones and ones made to hurt; prints a table.

    python -m pytest -m slow -s tests/crossing/test_many_states.py

`STATES` in the environment changes how many states there are for each family.
"""

import math
import os
import random
from dataclasses import replace

import pytest
from linear_cases import (
    adaptation,
    adaptive_threshold,
    alpha_current,
    driven,
    grazing,
    judge,
    next_double,
    one_current,
    resonator,
    two_currents,
)
from linear_oracle import Wave

TAU = 10.0
#: Thresholds tried on one path.
VARIANTS = 24


def ratio(r):
    """Return a ratio of time constants: equal, equal but for some ulp, or anything."""
    kind = r.random()
    if kind < 0.2:
        return 1.0
    if kind < 0.4:
        return 1.0 + r.choice([1, -1]) * 2.0 ** -r.uniform(1, 53)
    return 10.0 ** r.uniform(-3, 3)


def size(r):
    kind = r.random()
    if kind < 0.1:
        return 0.0
    if kind < 0.3:
        return r.choice([1.0, -1.0]) * 10.0 ** r.uniform(-12, 3)
    return r.uniform(-4.0, 4.0)


def horizon(*ratios):
    return 60 * TAU * max(1.0, *ratios)


def a_current(r):
    q = ratio(r)
    return one_current(size(r), size(r), size(r), TAU, TAU * q, 1.0, horizon(q))


def currents(r):
    p, q = ratio(r), ratio(r)
    I = size(r)
    # often a current against another of nearly the same kind
    J, q = (
        (size(r), q) if r.random() < 0.6 else (-I * (1 + 2.0 ** -r.uniform(1, 50)), p * (1 + 2.0 ** -r.uniform(1, 52)))
    )
    return two_currents(size(r), I, J, size(r), TAU, TAU * p, TAU * q, 1.0, horizon(p, q))


def alpha(r):
    q = ratio(r)
    other = TAU * q if r.random() < 0.5 else TAU * q * ratio(r)
    return alpha_current(size(r), size(r), size(r), size(r), TAU, TAU * q, 1.0, horizon(q, other / TAU), tau_x=other)


def adapting(r):
    q = ratio(r)
    a = 0.0 if r.random() < 0.5 else r.choice([1.0, -0.5]) * 10.0 ** r.uniform(-9, 1)
    return adaptation(size(r), size(r), size(r), TAU, TAU * q, 1.0, horizon(q) / (3 if a else 1), a=a)


def moving_threshold(r):
    q = ratio(r)
    return adaptive_threshold(size(r), size(r), size(r), size(r), TAU, TAU * q, horizon(q))


def resonating(r):
    omega = 10.0 ** r.uniform(-3, 0.5)
    mu = r.choice([0.0, -(10.0 ** r.uniform(-3, 1)) * omega, -(10.0 ** r.uniform(-3, 1)) * omega, 0.01 * omega])
    more = () if r.random() < 0.5 else (size(r), 10.0 ** r.uniform(-1, 1.5))
    reach = min(r.uniform(1.0, 8.0) * 2 * math.pi / omega, 60 / -mu if mu < 0 else math.inf)
    return resonator(size(r), size(r), mu, omega, size(r) * omega, 1.0, reach, *more)


def a_sine(r):
    omega = 10.0 ** r.uniform(-2, 1.5)
    wave = Wave(omega=omega / TAU, phase=r.choice([0.0, r.uniform(-4, 4)]), is_cosine=r.random() < 0.5)
    reach = min(r.uniform(1.0, 8.0) * 2 * math.pi * TAU / omega, 50 * TAU)
    base = r.choice([0.0, 0.0, r.uniform(0, 1e5)])
    return driven(size(r), size(r), TAU, 1.0, reach, [(wave, size(r) * math.hypot(1, omega))], base=base)


FAMILIES = {
    "one current": a_current,
    "two currents": currents,
    "alpha": alpha,
    "adaptation": adapting,
    "adaptive threshold": moving_threshold,
    "resonator": resonating,
    "one sine": a_sine,
}


def variants(case, r):
    """Yield the path with thresholds that are ordinary, that its extrema graze, and that it starts on."""
    yield case
    values = [float(f) for _, f in case.nodes]
    low, high = min(values), max(values)
    extrema = len(values) - 2
    for _ in range(VARIANTS - 1):
        kind = r.random()
        near = None
        if kind < 0.6 and extrema:
            margin = r.choice([1, -1]) * 10.0 ** -r.uniform(3, 16)
            near = grazing(case, margin, r.randrange(min(extrema, 4)))
        elif kind < 0.75:
            level = next_double(case.constant - values[0], r.randint(-2, 2))
            near = case.with_constant(level, case.name + ", starts on the threshold")
        near = near or case.with_constant(case.constant - r.uniform(low, high))
        # a threshold of 1e-300, or 1e300, is another matter
        yield near if abs(near.constant) > 1e-60 else replace(near, constant=0.0)


def survey(name, states, seed=1):
    """Return states, changes, worst error, what was missed and invented, undecidable nodes, and what failed."""
    r = random.Random(f"{name} {seed}")
    count = changes = missed = invented = undecidable = 0
    worst, bad = 0.0, []
    while count < states:
        for case in variants(FAMILIES[name](r), r):
            for only_first in (False, True):
                verdict = judge(case, only_first)
                missed += len(verdict.missed)
                invented += len(verdict.invented)
                worst = max(worst, verdict.worst)
                if not verdict.fine:
                    bad.append((only_first, verdict, case))
            count += 1
            changes += verdict.changes
            undecidable += verdict.undecidable > 0
    return count, changes, worst, missed, invented, undecidable, bad


@pytest.fixture(scope="module")
def table():
    rows = []
    yield rows
    print(
        f"\n\n{'family':20} {'states':>8} {'changes':>8} {'worst':>7} {'missed':>7} {'invented':>8} {'undecidable':>11}"
    )
    for name, count, changes, worst, missed, invented, undecidable in rows:
        print(f"{name:20} {count:8} {changes:8} {worst:7.3f} {missed:7} {invented:8} {undecidable:11}")


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_many_states(name, table):
    *row, bad = survey(name, int(os.environ.get("STATES", "2400")))
    table.append((name, *row))
    for only_first, verdict, case in bad[:12]:
        print(f"\n{name}: {only_first=} {verdict}\n    {case}")
    assert not bad


def test_some_states_of_each_family():
    for name in FAMILIES:
        *_, bad = survey(name, VARIANTS * 2, seed=2)
        assert not bad, (name, bad[0])
