"""Neurons with one variable that moves by itself, each taken through all that happens to it in a window.

The value, the last change and the refractory period of a neuron stay in the processor's registers from its first input
to its last. As long as the next input shows the value well below threshold, nobody asks when it would have crossed.
"""

from __future__ import annotations

from math import inf, nan

from ..._jit import kernel
from ...instants import elapsed, later
from ...neurons.dispatch import INTEGRATOR, LEAKY, time_to_pass
from ...neurons.leaky import SHORT, shrink
from ...neurons.leaky import flow as leaky_flow
from .arrivals import DONE, HANDOVER, NO_CHANGES, NO_SPIKES
from .neuron import after_period, end_of_period, flow_on, holds, stays_below
from .quiet import is_quiet_now
from .tables import (
    ADD,
    COURSE,
    CROWD,
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
def visit_solo(todo, lo, hi, width, part, end, net, state, found, room):
    """Take a batch of neurons, whose inputs are gathered, through a window.

    Parameters
    ----------
    todo : ndarray of int32
        Which neurons; from place `lo` on, before place `hi`. Others than those of this kind are left out.
    width : int
        Of a neuron's row.
    part : int
        Whose room this is.
    end : float [ms]
        Of the window.
    """
    laws, rows, wake, earliest, lastspike = net.laws, state.rows, state.wake, state.earliest, state.lastspike
    families, sizes, motions, leaves, levels = laws.family, laws.m, laws.row, laws.leaf, laws.level
    upwards, stricts, periods, first_step, frozen = laws.upward, laws.strict, laws.period, laws.first_step, laws.frozen
    kinds, ps, qs, rs, step_kind, step_value = laws.kind, laws.p, laws.q, laws.r, laws.step_kind, laws.step_value
    quiet = laws.quiet
    spike_time, spike_neuron, spikes = found.time[part], found.neuron[part], found.spikes[part]
    change, recorded, capacity = found.change[part], net.is_recorded, len(spike_time)
    instants, weights, offsets, woken = room.instants[part], room.weights[part], room.offsets[part], room.woken[part]
    for at in range(lo, hi):
        g = todo[at]
        row = g * width
        c = int(rows[row + COURSE])
        if families[c] != SEPARATE or sizes[c] != 1 or is_quiet_now(quiet[c], rows[row + DUE]):
            continue
        # 1. what is known of the neuron
        x, since, since_low = rows[row + X], rows[row + SINCE], rows[row + SINCE_LOW]
        until, until_low = rows[row + UNTIL], rows[row + UNTIL_LOW]
        due, due_low, is_known = rows[row + DUE], rows[row + DUE_LOW], True
        active, resting = motions[c], motions[c] + 1
        kind, p, q, r = kinds[active], ps[active], qs[active], rs[active]
        kind_r, p_r, q_r, r_r = kinds[resting], ps[resting], qs[resting], rs[resting]
        leaf, level, upward, strict = leaves[c], levels[c], upwards[c], stricts[c]
        is_frozen, is_recorded, period = frozen[active] != 0, recorded[g], periods[c]
        # a spike that no input comes before needs the logarithm once
        known_x, known_s, repeats = nan, inf, 0
        i, inputs = offsets[at - lo], offsets[at - lo + 1]
        instant = instants[i] if i < inputs else inf
        # what rests below its threshold crosses it by inputs alone
        is_quiet = kind == LEAKY and q > 0.0 and upward != 0 and leaf >= 0 and level >= p and not is_recorded
        # what every spike leaves alike, and what does not move while it is refractory, fires at one interval
        is_regular = (
            first_step[c + 1] - first_step[c] == 1
            and step_kind[first_step[c]] == SET
            and kind_r == INTEGRATOR
            and p_r == 0.0
            and period >= 0.0
            and not holds(step_value[first_step[c]], level, upward, strict)
            and not is_recorded
        )
        while True:
            if is_quiet and due == inf:
                if until > since:
                    while is_frozen and i < inputs and instants[i] < until:
                        i += 1
                else:
                    # from input to input, as long as nothing else happens: as below, without its questions
                    while i < inputs:
                        now, total = instants[i], weights[i]
                        i += 1
                        while i < inputs and instants[i] == now:
                            total += weights[i]
                            i += 1
                        if total == 0.0:
                            continue
                        if now != since:
                            s = elapsed(since, since_low, now, 0.0)
                            z = s / q
                            if 0.0 < z < SHORT:
                                x = x - (p - x) * shrink(z)
                            elif s > 0.0:
                                x = leaky_flow(x, p, q, s)
                            since, since_low = now, 0.0
                        x = x + total
                        if not x < level:
                            break
                    if x - x != 0.0:
                        return HANDOVER
                    is_known = True
                    if holds(x, level, upward, strict):
                        due, due_low = since, since_low
                instant = instants[i] if i < inputs else inf
            if is_regular and i >= inputs and is_known and due < end:
                # from spike to spike, all alike: as below, without its questions
                first_s = time_to_pass(kind, step_value[first_step[c]], level, upward != 0, p, q, r)
                x = step_value[first_step[c]]
                while due < end:
                    if spikes == capacity:
                        return NO_SPIKES
                    if lastspike[g] == due:
                        return HANDOVER
                    since, since_low, lastspike[g] = due, due_low, due
                    spike_time[spikes], spike_neuron[spikes] = due, g
                    spikes += 1
                    until, until_low = end_of_period(due, due_low, period)
                    if not first_s < inf:
                        due, due_low = inf, 0.0
                    elif until > since:
                        due, due_low = later(until, until_low, first_s)
                    else:
                        due, due_low = later(since, since_low, first_s)
                break
            # 2. what comes first: a spike, an input, the end of the window
            if not is_known:
                # since its last change it moves freely, from below its threshold
                horizon = instant if i < inputs else end
                s = elapsed(since, since_low, horizon, 0.0)
                ahead = flow_on(kind, x, p, q, r, s)
                if i < inputs and stays_below(ahead, x, s, horizon, level, upward, kind, p, q):
                    due = inf
                else:
                    if x != known_x:
                        known_x, known_s = x, time_to_pass(kind, x, level, upward != 0, p, q, r)
                    due, due_low, is_known = inf, 0.0, True
                    if known_s < inf:
                        due, due_low = later(since, since_low, known_s)
            if due < instant:
                if not due < end:
                    break
                # 3. a spike
                if spikes == capacity:
                    return NO_SPIKES
                if until > since:
                    x = after_period(x, since, since_low, until, until_low, kind_r, p_r, q_r, r_r)
                if not holds(x, level, upward, strict):
                    x = level
                repeats = repeats + 1 if lastspike[g] == due else 0
                if repeats > 1:
                    # three at one instant: whether that will ever end is not for us to say
                    return HANDOVER
                since, since_low = due, due_low
                lastspike[g] = due
                spike_time[spikes], spike_neuron[spikes] = due, g
                spikes += 1
                for step in range(first_step[c], first_step[c + 1]):
                    value, what = step_value[step], step_kind[step]
                    x = value if what == SET else (x + value if what == ADD else x - value)
                if x - x != 0.0:
                    return HANDOVER
                if period == NO_PERIOD:
                    until = -inf
                else:
                    until, until_low = end_of_period(due, due_low, period)
            else:
                if not instant < end:
                    break
                # 4. all inputs of this instant, as one sum
                total = weights[i]
                i += 1
                now, instant = instant, instants[i] if i < inputs else inf
                while instant == now:
                    total += weights[i]
                    i += 1
                    instant = instants[i] if i < inputs else inf
                if total == 0.0 or (is_frozen and now < until):
                    continue
                if since != now:
                    if due == now:
                        # it stands on its threshold
                        if until > since:
                            x = after_period(x, since, since_low, until, until_low, kind_r, p_r, q_r, r_r)
                        if not holds(x, level, upward, strict):
                            x = level
                        since_low = due_low
                    else:
                        if not is_known:
                            x = ahead
                        elif until > since:
                            if now < until:
                                x = flow_on(kind_r, x, p_r, q_r, r_r, elapsed(since, since_low, now, 0.0))
                            else:
                                x = after_period(x, since, since_low, until, until_low, kind_r, p_r, q_r, r_r)
                                x = flow_on(kind, x, p, q, r, elapsed(until, until_low, now, 0.0))
                        else:
                            x = flow_on(kind, x, p, q, r, elapsed(since, since_low, now, 0.0))
                        since_low = 0.0
                    since = now
                x = x + total
                if x - x != 0.0:
                    return HANDOVER
            # 5. what comes next
            if is_recorded:
                changes = found.changes[part]
                if changes == len(change):
                    return NO_CHANGES
                note = change[changes]
                note[0], note[1], note[2] = g, since, lastspike[g]
                note[3], note[4], note[5], note[6], note[7] = since, since_low, until, until_low, x
                found.changes[part] = changes + 1
            due, due_low, is_known = inf, 0.0, True
            if leaf < 0:
                continue
            if until > since:
                if until < inf:
                    ahead = after_period(x, since, since_low, until, until_low, kind_r, p_r, q_r, r_r)
                    if holds(ahead, level, upward, strict):
                        due, due_low = until, until_low
                    else:
                        if ahead != known_x:
                            known_x, known_s = ahead, time_to_pass(kind, ahead, level, upward != 0, p, q, r)
                        if known_s < inf:
                            due, due_low = later(until, until_low, known_s)
            elif holds(x, level, upward, strict):
                due, due_low = since, since_low
            else:
                is_known = False
        # 6. back to the arrays
        rows[row + X], rows[row + SINCE], rows[row + SINCE_LOW] = x, since, since_low
        rows[row + UNTIL], rows[row + UNTIL_LOW], rows[row + DUE], rows[row + DUE_LOW] = until, until_low, due, due_low
        wakes = min(due, woken[at - lo])
        wake[g] = wakes
        if wakes < earliest[g // CROWD]:
            earliest[g // CROWD] = wakes
    found.spikes[part] = spikes
    return DONE
