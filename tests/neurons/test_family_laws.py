"""Every exact family through the same laws."""

import math

import laws
import pytest
from hypothesis import assume, given
from strategies import crossings, moderate

from eventsnn.neurons import dispatch
from eventsnn.neurons.registry import FAMILIES

# the quadratic family has laws of its own kind in test_quadratic.py
KINDS = [pytest.param(f.kind, id=f.name) for f in FAMILIES if f.kind != dispatch.QUADRATIC]


def parameters_of(kind, rest, tau):
    """Return p and q of a family for a drive and a time scale."""
    return (rest, tau) if kind == dispatch.LEAKY else (rest / tau, 0.0)


def test_every_family_has_its_own_number():
    assert len({f.kind for f in FAMILIES}) == len(FAMILIES)


@pytest.mark.parametrize("kind", KINDS)
@given(case=crossings())
def test_zero_time_is_identity(kind, case):
    x, _, rest, tau = case
    laws.check_zero_time_is_identity(kind, x, *parameters_of(kind, rest, tau))


@pytest.mark.parametrize("kind", KINDS)
@given(case=crossings(), a=moderate(0.0, 5.0), b=moderate(0.0, 5.0))
def test_flow_of_a_then_b_is_flow_of_their_sum(kind, case, a, b):
    x, _, rest, tau = case
    p, q = parameters_of(kind, rest, tau)
    a, b = a * abs(tau), b * abs(tau)
    growth = math.exp((a + b) / -tau) if kind == dispatch.LEAKY and tau < 0 else 1.0
    largest = (abs(x) + abs(rest)) * growth if kind == dispatch.LEAKY else abs(x) + abs(p) * (a + b)
    # each of three flows: at most 7 roundings (U = ulp/2 or less) of terms up to 2*largest, those of the first carried
    # on by at most `growth` (in `largest` already); the exponents up to 10 lose 10 U each, and a + b loses U more
    laws.check_flow_law(kind, x, p, q, a, b, tolerance=3 * (7 + 10 + 1) * 2 * largest * 2.0**-53)


@pytest.mark.parametrize("kind", KINDS)
@given(case=crossings())
def test_at_the_crossing_the_state_is_on_the_level_and_before_it_never_beyond(kind, case):
    x, level, rest, tau = case
    assume(x != level)
    p, q = parameters_of(kind, rest, tau)
    # the promise for the time, 2 [ulp(t) + ulp(v)/|v'|], times the speed: as |v'| t = beyond*log1p(gap/beyond) <= gap,
    # which is at most 2 v, that makes 8 ulp(v) and 2 ulp(v); the flow itself adds 7 at most
    # beyond the crossing (twice its time) a growing state reaches (level - rest)^2/(x - rest)
    scale = max(abs(x), abs(level), abs(rest) if kind == dispatch.LEAKY else 0.0)
    if kind == dispatch.LEAKY and tau < 0 and x != rest:
        scale += (level - rest) ** 2 / abs(x - rest)
    laws.check_crossing(kind, x, level, p, q, tolerance=20 * math.ulp(scale))


@pytest.mark.parametrize("kind", KINDS)
@given(case=crossings(), part=moderate(0.0, 1.0))
def test_looking_at_a_neuron_on_the_way_does_not_move_its_crossing(kind, case, part):
    # the time to the level from a later state, plus the time that passed
    x, level, rest, tau = case
    assume(x != level)
    p, q = parameters_of(kind, rest, tau)
    s = dispatch.time_to_pass(kind, x, level, x < level, p, q, 0.0)
    assume(s < math.inf)
    y = dispatch.flow(kind, x, p, q, 0.0, part * s)
    assume((y < level) == (x < level) and y != level)
    speed = min(abs(rest - level), abs(rest - y)) / abs(tau) if kind == dispatch.LEAKY else abs(p)
    assume(speed > 0)
    largest = max(abs(x), abs(level), abs(rest) if kind == dispatch.LEAKY else 0.0)
    # two crossings at the promised bound, and 7 U of 2 v of the flow divided by the slower of the two speeds (the error
    # of a growing state grows as its speed does)
    bound = 4 * (math.ulp(s) + math.ulp(largest) / speed) + 14 * math.ulp(largest) / speed
    assert abs(part * s + dispatch.time_to_pass(kind, y, level, x < level, p, q, 0.0) - s) <= bound
