"""One neuron with one variable that moves by itself: its value now, its next spike, what a spike does.

The steps are those of `engine.cells` and `engine.arrivals`, with numbers in place of objects: the same kernels, called
with the same arguments, so that they find the same bits. All arguments are numbers: what is called millions of times
passes no arrays.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from ...instants import elapsed, later, two_sum
from ...neurons.dispatch import LEAKY, flow, time_to_pass
from ...neurons.leaky import flow as leaky_flow
from .tables import NO_PERIOD

#: A crossing that a look at the value excludes: so far below its level, relative to the sizes that enter, that neither
#: the rounding of the value nor that of the instant can matter. Generous, as it only decides who looks closely.
MARGIN = 2.0**-20


@kernel
def holds(x, level, upward, strict):
    """Return whether the threshold holds for the value `x`; see `first_time.leaf_holds`."""
    if x == level:
        return strict == 0
    return (x > level) == (upward != 0)


@kernel
def flow_on(kind, x, p, q, r, s):
    """Return the variable after time `s`, as courses do: a time of zero changes nothing."""
    if not s > 0.0:
        return x
    if kind == LEAKY:
        # a compiler takes this one in, and not all families
        return leaky_flow(x, p, q, s)
    return flow(kind, x, p, q, r, s)


@kernel
def after_period(x, since, since_low, until, until_low, kind, p, q, r):
    """Return the variable when the refractory period ends, by the law that holds in it."""
    return flow_on(kind, x, p, q, r, elapsed(since, since_low, until, until_low))


@kernel
def next_spike(x, base, base_low, level, upward, strict, kind, p, q, r):
    """Return when the threshold holds, from the instant ``base + base_low`` on: the instant and its remainder."""
    if holds(x, level, upward, strict):
        return base, base_low
    s = time_to_pass(kind, x, level, upward != 0, p, q, r)
    if s < inf:
        return later(base, base_low, s)
    return inf, 0.0


@kernel
def stays_below(x, start, span, instant, level, upward, kind, p, q):
    """Return whether a leaky variable, which is at `x` now and was at `start`, has surely not passed its level.

    Its slope was never steeper than now or then; the instant is rounded, and so is the value.
    """
    if kind != LEAKY or upward == 0 or not q > 0.0:
        return False
    size = abs(level) + abs(p) + abs(x) + abs(start)
    steepest = (abs(p - start) + abs(p - x)) / q
    return level - x > MARGIN * size + steepest * (instant * 2.0**-48) and level - start > 0.0 and span >= 0.0


@kernel
def end_of_period(t, low, period):
    """Return when a refractory period ends that begins at the instant ``t + low``: the instant and its remainder."""
    if period == NO_PERIOD:
        return -inf, 0.0
    end, rest = two_sum(t, period)
    return two_sum(end, rest + low)
