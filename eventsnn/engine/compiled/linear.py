"""One neuron whose variables drive each other: where they are later, and when the threshold is reached.

The kernels do what `neurons.linear.Phase.flow`, `crossing.drives.SimpleDrive` and `engine.cells` do with objects, by
the same operations in the same order, on the tables of `linear_tables`; `driven` does it faster for the commonest
systems. A bound is the exception: when to look at a neuron changes no bit, so `earliest_change` has a sharper one than
the reference engine.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from ...crossing.differences import CLOSE, difference_of_close, difference_of_two, exponential
from ...crossing.leaky_drive import NEVER
from ...crossing.shared import ONE, PAIR, PAIR_AND_NEXT, SINGLE, pair, pair_and_next
from .driven import HANDOVER, cross_under, earliest_under
from .linear_tables import (
    ACTIVE,
    CHAINS,
    CONSTANTS,
    DECAY_1,
    DECAY_2,
    HEAD,
    LEAF,
    LEVEL,
    MOVE_FLOATS,
    MOVE_INTS,
    N_CONSTANTS,
    N_MOVES,
    N_PARTS,
    OWN,
    PART_FLOATS,
    PART_INTS,
    REACH,
    RESTING,
    ROWS,
    SEARCH,
    SIMPLE,
    STEP_FLOATS,
    STEP_INTS,
    STEPS,
    TAU_1,
    TAU_2,
    TAU_M,
    UNREACHABLE,
    VALUES,
    M,
)


@kernel
def flow(T, c, in_refractory, xs, i, s, work):
    """Replace the variables ``xs[i : i + m]`` of a neuron by those a time `s` later.

    Parameters
    ----------
    T : LinearTables
    c : int
        Number of the neuron's system.
    in_refractory : bool
    xs : ndarray
    i : int
    s : float [ms]
    work : ndarray
        Room, see `linear_tables.scratch_of`.
    """
    if s == 0.0:
        return
    ints, floats = T.ints, T.floats
    m, head = ints[c * HEAD + M], c * HEAD + (RESTING if in_refractory else ACTIVE)
    # 1. all divided differences at s
    at, number = ints[head + STEP_INTS], ints[head + STEP_FLOATS]
    for _ in range(ints[head + STEPS]):
        kind, place, source = ints[at], ints[at + 1], ints[at + 2]
        if kind == PAIR_AND_NEXT:
            rate, low, gap = floats[number], floats[number + 1], floats[number + 2]
            work[place], work[ints[at + 3]] = pair_and_next(work[source], gap, rate, low, s)
        elif kind == PAIR:
            work[place] = pair(work[source], floats[number + 2], s)
        elif kind == SINGLE:
            work[place] = exponential(floats[number], floats[number + 1], s)
        elif kind == ONE:
            work[place] = 1.0
        else:
            work[place] = difference_of_many(floats, source, ints[at + 3], s, work, ints[head + VALUES])
        at += 4
        number += 3
    # 2. the sums over them
    at, new = ints[head + ROWS], ints[head + VALUES]
    for j in range(m):
        total, n, number = 0.0, ints[at], ints[at + 1]
        at += 2
        for k in range(number, number + n):
            variable, part = ints[at + 1], floats[k]
            if variable >= 0:
                part *= xs[i + variable]
            # what grows may be infinite
            if part != 0.0:
                total += part * work[ints[at]]
            at += 2
        work[new + j] = total
    for j in range(m):
        xs[i + j] = work[new + j]


@kernel
def difference_of_many(floats, at, n, s, work, room):
    """Return what `differences.difference` does for n rates, which stand at a place, without calling itself.

    Parameters
    ----------
    room : int
        From where on there is place for n numbers in `work`.
    """
    rates, lows = floats[at : at + n], floats[at + n : at + 2 * n]
    for i in range(n):
        work[room + i] = exponential(rates[i], lows[i], s)
    # from those over some rates to those over one more
    for k in range(1, n):
        for i in range(n - k):
            j = i + k
            gap = (rates[i] - rates[j]) + (lows[i] - lows[j])
            if k == 1:
                work[room + i] = difference_of_two(rates[i], lows[i], gap, s)
            elif gap * s > CLOSE * (k - 1):
                work[room + i] = (work[room + i] - work[room + i + 1]) / gap
            else:
                work[room + i] = difference_of_close(rates, lows, i, j, s)
    return work[room]


@kernel
def earliest_change(T, c, xs, i, work):
    """Return a time before which a neuron outside the refractory period cannot cross its level; 0 if not known quickly.

    Parameters are those of `flow`.
    """
    ints, floats = T.ints, T.floats
    head = c * HEAD
    if ints[head + SEARCH] != SIMPLE:
        return inf if ints[head + SEARCH] == UNREACHABLE else 0.0
    m, leaf, own = ints[head + M], ints[head + LEAF], ints[head + OWN]
    start = xs[i + leaf] - floats[own + LEVEL]
    constant_row = own + REACH
    slow_row = constant_row + m + 1
    fast_row = slow_row + m + 1
    F0, slow, fast = floats[constant_row + m], floats[slow_row + m], floats[fast_row + m]
    for j in range(m):
        x = start if j == leaf else xs[i + j]
        F0 += floats[constant_row + j] * x
        slow += floats[slow_row + j] * x
        fast += floats[fast_row + j] * x
    if start > 0.0:
        F0, slow, fast = -F0, -slow, -fast
    return earliest_under(abs(start), floats[own + TAU_M], F0, slow, fast)


@kernel
def first_crossing(T, c, xs, i, horizon, work):
    """Return when the variable of the threshold first crosses its level, outside the refractory period.

    The threshold does not hold now.

    Parameters
    ----------
    horizon : float [ms]
        As for `next_crossing`: from now on.

    Returns
    -------
    s : float [ms]
        From now on; ``inf`` for `NEVER`.
    status : int
        `FOUND`, `NEVER`, `NOT_BEFORE` as `next_crossing` says, or `HANDOVER`.
    """
    ints, floats = T.ints, T.floats
    head = c * HEAD
    if ints[head + SEARCH] != SIMPLE:
        return inf, NEVER if ints[head + SEARCH] == UNREACHABLE else HANDOVER
    leaf, own, chains = ints[head + LEAF], ints[head + OWN], ints[head + CHAINS]
    start = xs[i + leaf] - floats[own + LEVEL]
    # 1. the coefficients of the sum, then those of its drive
    for j in range(2 * chains):
        work[j] = 0.0
    at, number = ints[head + PART_INTS], ints[head + PART_FLOATS]
    for k in range(ints[head + N_PARTS]):
        variable, part = ints[at + 2 * k + 1], floats[number + k]
        if variable >= 0:
            part *= xs[i + variable] if variable != leaf else start
        work[ints[at + 2 * k]] += part
    at, number = ints[head + MOVE_INTS], ints[head + MOVE_FLOATS]
    for k in range(ints[head + N_MOVES]):
        x = work[ints[at + 2 * k]]
        if x != 0.0:
            work[chains + ints[at + 2 * k + 1]] += x * floats[number + k]
    # 2. what the kernel is told of it
    tau_m = floats[own + TAU_M]
    scale = -tau_m if start > 0.0 else tau_m
    F0 = I1 = I2 = 0.0
    at = ints[head + CONSTANTS]
    for k in range(ints[head + N_CONSTANTS]):
        F0 += work[chains + ints[at + k]]
    first, second = ints[head + DECAY_1], ints[head + DECAY_2]
    if first >= 0:
        I1 = scale * work[chains + first]
    if second >= 0:
        I2 = scale * work[chains + second]
    return cross_under(start, tau_m, scale * F0, I1, floats[own + TAU_1], I2, floats[own + TAU_2], horizon)
