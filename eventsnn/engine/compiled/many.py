"""Neurons with several variables, each taken through all that happens to it in a window.

What moves each by itself, and what a linear system moves, go the same way here, on the rows of the neurons. When the
next spike comes is first known as a bound; who has an input before it comes up is never asked for more. `currents` does
the same for the commonest linear systems.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from ...instants import elapsed, later
from ...neurons.dispatch import flow, time_to_pass
from .arrivals import DONE, HANDOVER, NO_CHANGES, NO_SPIKES
from .driven import HANDOVER as UNKNOWN
from .linear import earliest_change, first_crossing
from .linear import flow as flow_linear
from .neuron import end_of_period, holds
from .tables import (
    ADD,
    BOUND,
    COURSE,
    CROWD,
    DRIVEN,
    DUE,
    DUE_LOW,
    NO_PERIOD,
    SEPARATE,
    SET,
    SINCE,
    SINCE_LOW,
    UNTIL,
    UNTIL_LOW,
    X,
)


@kernel
def flow_all(laws, linear, c, in_refractory, xs, i, s, work):
    """Replace the variables ``xs[i : i + m]`` of a neuron of course c by those a time `s` later."""
    if laws.family[c] != SEPARATE:
        flow_linear(linear, laws.system[c], in_refractory, xs, i, s, work)
        return
    first = laws.row[c] + (laws.m[c] if in_refractory else 0)
    for j in range(laws.m[c]):
        k = first + j
        xs[i + j] = flow(laws.kind[k], xs[i + j], laws.p[k], laws.q[k], laws.r[k], s)


@kernel
def predict_many(laws, linear, c, rows, row, stop, work, here):
    """Return the instant at which a neuron fires that has no further input, or one before which it does not.

    Parameters
    ----------
    row : int
        Where its row begins in `rows`.
    stop : float [ms]
        A bound later than that will do.
    work : ndarray
        Room; from place `here` on for its variables.

    Returns
    -------
    due, low : float [ms]
        `low` is `BOUND` for a bound.
    status : int
        `DONE`, or `HANDOVER` where the crossing cannot be found here.
    """
    base, base_low, until = rows[row + SINCE], rows[row + SINCE_LOW], rows[row + UNTIL]
    leaf, level, upward, m = laws.leaf[c], laws.level[c], laws.upward[c], laws.m[c]
    if leaf < 0 or (until > base and until == inf):
        return inf, 0.0, DONE
    # 1. where it is when nothing keeps it from firing
    for j in range(m):
        work[here + j] = rows[row + X + j]
    if until > base:
        until_low = rows[row + UNTIL_LOW]
        flow_all(laws, linear, c, True, work, here, elapsed(base, base_low, until, until_low), work)
        base, base_low = until, until_low
    # 2. when it is beyond its threshold
    x = work[here + leaf]
    if holds(x, level, upward, laws.strict[c]):
        return base, base_low, DONE
    if laws.family[c] == SEPARATE:
        k = laws.row[c] + leaf
        s = time_to_pass(laws.kind[k], x, level, upward != 0, laws.p[k], laws.q[k], laws.r[k])
    else:
        system = laws.system[c]
        bound, _ = later(base, base_low, earliest_change(linear, system, work, here, work))
        if bound > stop:
            return bound, BOUND, DONE
        for j in range(m):
            if work[here + j] - work[here + j] != 0.0:
                return base, BOUND, HANDOVER
        s, status = first_crossing(linear, system, work, here, inf, work)
        if status == UNKNOWN:
            return base, BOUND, HANDOVER
    if s < inf:
        due, due_low = later(base, base_low, s)
        return due, due_low, DONE
    return inf, 0.0, DONE


@kernel
def bring_to(laws, linear, c, rows, row, now, low, stands, work):
    """Bring a neuron to the instant ``now + low``.

    Parameters
    ----------
    stands : bool
        Whether it fires there, or would: a variable that crosses its level stands on it.
    """
    xs, since, since_low, until = row + X, rows[row + SINCE], rows[row + SINCE_LOW], rows[row + UNTIL]
    rows[row + SINCE], rows[row + SINCE_LOW] = now, low
    if until > since:
        if now < until:
            flow_all(laws, linear, c, True, rows, xs, elapsed(since, since_low, now, 0.0), work)
            return
        until_low = rows[row + UNTIL_LOW]
        flow_all(laws, linear, c, True, rows, xs, elapsed(since, since_low, until, until_low), work)
        since, since_low = until, until_low
    leaf = laws.leaf[c]
    crosses = stands and not holds(rows[xs + leaf], laws.level[c], laws.upward[c], laws.strict[c])
    s = elapsed(since, since_low, now, low)
    if s > 0.0:
        flow_all(laws, linear, c, False, rows, xs, s, work)
    if crosses:
        rows[xs + leaf] = laws.level[c]


@kernel
def visit_many(todo, lo, hi, width, part, end, net, state, found, room):
    """Take a batch of neurons, whose inputs are gathered, through a window.

    Parameters are those of `solo.visit_solo`.
    """
    laws, linear, rows, wake, earliest, lastspike = (
        net.laws,
        net.linear,
        state.rows,
        state.wake,
        state.earliest,
        state.lastspike,
    )
    families, sizes, periods, first_step, step_kind = laws.family, laws.m, laws.period, laws.first_step, laws.step_kind
    frozen, motions = laws.frozen, laws.row
    spike_time, spike_neuron, spikes = found.time[part], found.neuron[part], found.spikes[part]
    change, recorded, capacity = found.change[part], net.is_recorded, len(spike_time)
    instants, weights, variables = room.instants[part], room.weights[part], room.variables[part]
    offsets, woken, work = room.offsets[part], room.woken[part], room.work[part]
    # room of the linear systems, then for the variables of a neuron, then for what is added to them
    here = len(work) - 2 * (width - X)
    sums = here + width - X
    for at in range(lo, hi):
        g = todo[at]
        row = g * width
        c = int(rows[row + COURSE])
        if families[c] == DRIVEN or (families[c] == SEPARATE and sizes[c] == 1):
            continue
        xs, m, leaf, period, is_recorded = row + X, sizes[c], laws.leaf[c], periods[c], recorded[g]
        active, repeats = motions[c], 0
        due, due_low = rows[row + DUE], rows[row + DUE_LOW]
        i, inputs = offsets[at - lo], offsets[at - lo + 1]
        while True:
            # 1. a closer look where a bound comes up
            instant = instants[i] if i < inputs else inf
            if due_low == BOUND and (due <= instant if i < inputs else due < end):
                stop = instant if i < inputs else end
                due, due_low, status = predict_many(laws, linear, c, rows, row, stop, work, here)
                if status != DONE:
                    return HANDOVER
            if due < instant:
                if not due < end:
                    break
                # 2. a spike
                if spikes == capacity:
                    return NO_SPIKES
                repeats = repeats + 1 if lastspike[g] == due else 0
                if repeats > 1:
                    # three at one instant: whether that will ever end is not for us to say
                    return HANDOVER
                bring_to(laws, linear, c, rows, row, due, due_low, True, work)
                lastspike[g] = due
                spike_time[spikes], spike_neuron[spikes] = due, g
                spikes += 1
                for step in range(first_step[c], first_step[c + 1]):
                    value, what, j = laws.step_value[step], step_kind[step], xs + laws.step_variable[step]
                    x = rows[j]
                    rows[j] = value if what == SET else (x + value if what == ADD else x - value)
                for j in range(xs, xs + m):
                    if rows[j] - rows[j] != 0.0:
                        return HANDOVER
                if period == NO_PERIOD:
                    rows[row + UNTIL] = -inf
                else:
                    rows[row + UNTIL], rows[row + UNTIL_LOW] = end_of_period(due, due_low, period)
            elif i < inputs:
                # 3. all inputs of this instant, as one sum for each variable
                for j in range(m):
                    work[sums + j] = 0.0
                now, has_any = instant, False
                while i < inputs and instants[i] == now:
                    work[sums + variables[i]] += weights[i]
                    i += 1
                is_deaf = now < rows[row + UNTIL]
                for j in range(m):
                    if is_deaf and frozen[active + j] != 0:
                        work[sums + j] = 0.0
                    has_any = has_any or work[sums + j] != 0.0
                if not has_any:
                    continue
                if rows[row + SINCE] != now:
                    # who is due at this instant stands on its threshold
                    stands = due == now
                    bring_to(laws, linear, c, rows, row, now, due_low if stands else 0.0, stands, work)
                for j in range(m):
                    total = work[sums + j]
                    if total != 0.0:
                        x = rows[xs + j] + total
                        if x - x != 0.0:
                            return HANDOVER
                        rows[xs + j] = x
            else:
                break
            # 4. what comes next is not known yet
            if is_recorded:
                changes = found.changes[part]
                if changes == len(change):
                    return NO_CHANGES
                note = change[changes]
                note[0], note[1], note[2] = g, rows[row + SINCE], lastspike[g]
                for j in range(4):
                    note[3 + j] = rows[row + SINCE + j]
                for j in range(m):
                    note[7 + j] = rows[xs + j]
                found.changes[part] = changes + 1
            due, due_low = max(rows[row + SINCE], rows[row + UNTIL]), BOUND
            if leaf < 0:
                due, due_low = inf, 0.0
        # 5. back to the arrays
        rows[row + DUE], rows[row + DUE_LOW] = due, due_low
        wakes = min(due, woken[at - lo])
        wake[g] = wakes
        if wakes < earliest[g // CROWD]:
            earliest[g // CROWD] = wakes
    found.spikes[part] = spikes
    return DONE
