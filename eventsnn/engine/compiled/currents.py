"""Leaky neurons under one or two currents that decay by themselves, each taken through all that happens in a window.

These are the networks with exponential synapses. As in `solo`, the variables of a neuron stay in the processor's
registers from its first input to its last; otherwise all goes as in `many`. The variables are called v, a and b; in
place of b stands a once more where there is only one current.
"""

from __future__ import annotations

from math import expm1, inf

from ..._jit import kernel
from ...crossing.shared import NEAR
from ...instants import elapsed, later
from .arrivals import DONE, HANDOVER, NO_CHANGES, NO_SPIKES
from .driven import HANDOVER as UNKNOWN
from .driven import cross_driven, earliest_driven, earliest_under, flow_driven, flow_resting
from .driven_tables import (
    A_IS_SLOWER,
    B_IS_SLOWER,
    B_IS_SLOWEST,
    CONSTANT,
    COUPLING_A,
    COUPLING_B,
    F0,
    FORM,
    FROM_ZERO,
    GAP_0,
    GAP_A,
    GAP_B,
    HAS_B,
    LOW_A,
    LOW_B,
    LOW_V,
    RATE_A,
    RATE_B,
    RATE_V,
    RESTS,
    SOURCE,
    TAU_A,
    TAU_B,
    TAU_M,
    WIDTH,
    A,
    B,
    V,
)
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
    SET,
    SINCE,
    SINCE_LOW,
    UNTIL,
    UNTIL_LOW,
    X,
)


@kernel
def visit_currents(todo, lo, hi, width, part, end, net, state, found, room):
    """Take a batch of neurons, whose inputs are gathered, through a window.

    Parameters are those of `solo.visit_solo`.
    """
    laws, rows, wake, earliest, lastspike = net.laws, state.rows, state.wake, state.earliest, state.lastspike
    families, systems, motions, levels, upwards = laws.family, laws.system, laws.row, laws.level, laws.upward
    stricts, periods, first_step, frozen, driven = (
        laws.strict,
        laws.period,
        laws.first_step,
        laws.frozen,
        net.linear.driven,
    )
    step_kind, step_value, step_variable = laws.step_kind, laws.step_value, laws.step_variable
    spike_time, spike_neuron, spikes = found.time[part], found.neuron[part], found.spikes[part]
    change, recorded, capacity = found.change[part], net.is_recorded, len(spike_time)
    instants, weights, variables = room.instants[part], room.weights[part], room.variables[part]
    offsets, woken = room.offsets[part], room.woken[part]
    course = form = of_v = of_a = of_b = upward = strict = 0
    gap_0 = rate_v = low_v = constant = gap_a = rate_a = low_a = coupling_a = 0.0
    gap_b = rate_b = low_b = coupling_b = level = tau_m = tau_a = tau_b = drive = period = 0.0
    steady = reach_a = reach_b = 0.0
    has_b = rests = is_usual = is_b_first = v_is_frozen = a_is_frozen = b_is_frozen = False
    course = -1
    for at in range(lo, hi):
        g, i, inputs = todo[at], offsets[at - lo], offsets[at - lo + 1]
        row = g * width
        if g < 0 or row < 0 or i < 0:
            # never; but a compiler that knows it leaves out what would count places from the end
            return HANDOVER
        c = int(rows[row + COURSE])
        if c != course:
            # 1. numbers that many neurons share
            if families[c] != DRIVEN:
                continue
            course, o, active = c, systems[c] * WIDTH, motions[c]
            form, of_v, of_a, of_b = int(driven[o + FORM]), int(driven[o + V]), int(driven[o + A]), int(driven[o + B])
            gap_0, rate_v, low_v, constant = (
                driven[o + GAP_0],
                driven[o + RATE_V],
                driven[o + LOW_V],
                driven[o + CONSTANT],
            )
            gap_a, rate_a, low_a = driven[o + GAP_A], driven[o + RATE_A], driven[o + LOW_A]
            gap_b, rate_b, low_b = driven[o + GAP_B], driven[o + RATE_B], driven[o + LOW_B]
            coupling_a, coupling_b, drive = driven[o + COUPLING_A], driven[o + COUPLING_B], driven[o + F0]
            tau_m, tau_a, tau_b = driven[o + TAU_M], driven[o + TAU_A], driven[o + TAU_B]
            level, upward, strict, period = levels[c], upwards[c], stricts[c], periods[c]
            # what drives it towards its level: the constant, and for a unit of each current
            side = 1.0 if upward != 0 else -1.0
            steady, reach_a, reach_b = side * drive, side * tau_m * coupling_a, side * tau_m * coupling_b
            is_b_first = form & B_IS_SLOWEST != 0
            has_b, rests = form & HAS_B != 0, form & RESTS != 0
            is_usual = has_b and form & (SOURCE | A_IS_SLOWER | B_IS_SLOWER) == FROM_ZERO
            v_is_frozen, a_is_frozen = frozen[active + of_v] != 0, frozen[active + of_a] != 0
            b_is_frozen = frozen[active + of_b] != 0
        # 2. what is known of the neuron
        at_v, at_a, at_b = row + X + of_v, row + X + of_a, row + X + of_b
        if at_v < 0 or at_a < 0 or at_b < 0:
            return HANDOVER
        v, a, b = rows[at_v], rows[at_a], rows[at_b]
        since, since_low, until, until_low = (
            rows[row + SINCE],
            rows[row + SINCE_LOW],
            rows[row + UNTIL],
            rows[row + UNTIL_LOW],
        )
        due, due_low, is_recorded, repeats = rows[row + DUE], rows[row + DUE_LOW], recorded[g], 0
        while True:
            instant = instants[i] if i < inputs else inf
            if is_usual and since < instant and instant < due and until <= since and not is_recorded:
                # from input to input, as long as nothing else happens: as below, without its questions
                s = elapsed(since, since_low, instant, 0.0)
                d_0, d_a, d_b = gap_0 * s, gap_a * s, gap_b * s
                if 0.0 < d_0 < NEAR and 0.0 < d_a < NEAR and 0.0 < d_b < NEAR:
                    more_v = more_a = more_b = 0.0
                    now = instant
                    while i < inputs and instants[i] == now:
                        of, weight = variables[i], weights[i]
                        more_a += weight if of == of_a else 0.0
                        more_b += weight if of == of_b else 0.0
                        more_v += 0.0 if of == of_a or of == of_b else weight
                        i += 1
                    if more_v == 0.0 and more_a == 0.0 and more_b == 0.0:
                        continue
                    # as in `pair_and_next`
                    shrunk = expm1(-d_0)
                    value_0, e_v = -shrunk / gap_0, 1.0 + shrunk
                    shrunk = expm1(-d_a)
                    value_a, e_a = -shrunk / gap_a * e_v, e_v + e_v * shrunk
                    shrunk = expm1(-d_b)
                    value_b, e_b = -shrunk / gap_b * e_v, e_v + e_v * shrunk
                    v = 0.0 + v * e_v + constant * value_0 + a * coupling_a * value_a + b * coupling_b * value_b
                    a, b, since, since_low = 0.0 + a * e_a, 0.0 + b * e_b, now, 0.0
                    if more_v != 0.0:
                        v += more_v
                    if more_a != 0.0:
                        a += more_a
                    if more_b != 0.0:
                        b += more_b
                    if (v - v) + (a - a) + (b - b) != 0.0:
                        return HANDOVER
                    if holds(v, level, upward, strict):
                        due, due_low = since, since_low
                    else:
                        # as `earliest_driven`, whose questions have been answered for all neurons of this course
                        slow, fast = (reach_b * b, reach_a * a) if is_b_first else (reach_a * a, reach_b * b)
                        due, due_low = now + earliest_under(abs(v - level), tau_m, steady, slow, fast), BOUND
                    continue
            if due_low == BOUND and (due <= instant if i < inputs else due < end):
                # 3. a closer look where a bound comes up
                v_0, a_0, b_0, base, base_low = v, a, b, since, since_low
                if until > since:
                    s = elapsed(since, since_low, until, until_low)
                    if s > 0.0:
                        if rests:
                            a_0, b_0 = flow_resting(a, b, s, rate_a, low_a, rate_b, low_b)
                        else:
                            v_0, a_0, b_0 = flow_driven(
                                v,
                                a,
                                b,
                                s,
                                form,
                                gap_0,
                                rate_v,
                                low_v,
                                constant,
                                gap_a,
                                rate_a,
                                low_a,
                                coupling_a,
                                gap_b,
                                rate_b,
                                low_b,
                                coupling_b,
                            )
                    base, base_low = until, until_low
                if base == inf:
                    due, due_low = inf, 0.0
                elif holds(v_0, level, upward, strict):
                    due, due_low = base, base_low
                else:
                    s = earliest_driven(v_0, a_0, b_0, form, level, tau_m, drive, coupling_a, coupling_b)
                    due = base + (base_low + s)
                    if due <= instant if i < inputs else due < end:
                        if v_0 - v_0 != 0.0 or a_0 - a_0 != 0.0 or b_0 - b_0 != 0.0:
                            return HANDOVER
                        s, status = cross_driven(
                            v_0, a_0, b_0, form, level, tau_m, drive, coupling_a, tau_a, coupling_b, tau_b, inf
                        )
                        if status == UNKNOWN:
                            return HANDOVER
                        due, due_low = inf, 0.0
                        if s < inf:
                            due, due_low = later(base, base_low, s)
            # 4. what comes first: a spike, inputs, the end of the window
            is_spike, more_v, more_a, more_b = due < instant, 0.0, 0.0, 0.0
            if is_spike:
                if not due < end:
                    break
                if spikes == capacity:
                    return NO_SPIKES
                now, low = due, due_low
            elif i < inputs:
                # all of this instant, as one sum for each variable
                now = instant
                while i < inputs and instants[i] == now:
                    of = variables[i]
                    if of == of_a:
                        more_a += weights[i]
                    elif of == of_b:
                        more_b += weights[i]
                    else:
                        more_v += weights[i]
                    i += 1
                if now < until:
                    more_v = 0.0 if v_is_frozen else more_v
                    more_a = 0.0 if a_is_frozen else more_a
                    more_b = 0.0 if b_is_frozen else more_b
                if more_v == 0.0 and more_a == 0.0 and more_b == 0.0:
                    continue
                low = due_low if due == now else 0.0
            else:
                break
            # 5. to that instant
            if is_spike or since != now:
                # who is due stands on its threshold, or was beyond it before
                crosses, base, base_low = due == now, since, since_low
                if until > since:
                    base, base_low = (now, 0.0) if now < until else (until, until_low)
                    s = elapsed(since, since_low, base, base_low)
                    if s > 0.0:
                        if rests:
                            a, b = flow_resting(a, b, s, rate_a, low_a, rate_b, low_b)
                        else:
                            v, a, b = flow_driven(
                                v,
                                a,
                                b,
                                s,
                                form,
                                gap_0,
                                rate_v,
                                low_v,
                                constant,
                                gap_a,
                                rate_a,
                                low_a,
                                coupling_a,
                                gap_b,
                                rate_b,
                                low_b,
                                coupling_b,
                            )
                crosses = crosses and not holds(v, level, upward, strict)
                s = elapsed(base, base_low, now, low)
                if s > 0.0:
                    v, a, b = flow_driven(
                        v,
                        a,
                        b,
                        s,
                        form,
                        gap_0,
                        rate_v,
                        low_v,
                        constant,
                        gap_a,
                        rate_a,
                        low_a,
                        coupling_a,
                        gap_b,
                        rate_b,
                        low_b,
                        coupling_b,
                    )
                if crosses:
                    v = level
                since, since_low = now, low
            if is_spike:
                # 6. a spike
                repeats = repeats + 1 if lastspike[g] == now else 0
                if repeats > 1:
                    # three at one instant: whether that will ever end is not for us to say
                    return HANDOVER
                lastspike[g] = now
                spike_time[spikes], spike_neuron[spikes] = now, g
                spikes += 1
                for step in range(first_step[c], first_step[c + 1]):
                    value, what, of = step_value[step], step_kind[step], step_variable[step]
                    x = a if of == of_a else (b if of == of_b else v)
                    x = value if what == SET else (x + value if what == ADD else x - value)
                    if of == of_a:
                        a = x
                    elif of == of_b:
                        b = x
                    else:
                        v = x
                if v - v != 0.0 or a - a != 0.0 or (has_b and b - b != 0.0):
                    return HANDOVER
                if period == NO_PERIOD:
                    until = -inf
                else:
                    until, until_low = end_of_period(now, low, period)
            else:
                # 7. the inputs
                if more_v != 0.0:
                    v += more_v
                if more_a != 0.0:
                    a += more_a
                if more_b != 0.0:
                    b += more_b
                if (
                    (more_v != 0.0 and v - v != 0.0)
                    or (more_a != 0.0 and a - a != 0.0)
                    or (more_b != 0.0 and b - b != 0.0)
                ):
                    return HANDOVER
            if is_recorded:
                changes = found.changes[part]
                if changes == len(change):
                    return NO_CHANGES
                note = change[changes]
                note[0], note[1], note[2] = g, since, lastspike[g]
                note[3], note[4], note[5], note[6] = since, since_low, until, until_low
                if has_b:
                    note[7 + of_b] = b
                note[7 + of_v], note[7 + of_a] = v, a
                found.changes[part] = changes + 1
            # what comes next is not known yet
            due, due_low = max(since, until), BOUND
        # 8. back to the arrays
        if has_b:
            rows[at_b] = b
        rows[at_v], rows[at_a], rows[row + SINCE], rows[row + SINCE_LOW] = v, a, since, since_low
        rows[row + UNTIL], rows[row + UNTIL_LOW], rows[row + DUE], rows[row + DUE_LOW] = until, until_low, due, due_low
        wakes = min(due, woken[at - lo])
        wake[g] = wakes
        if wakes < earliest[g // CROWD]:
            earliest[g // CROWD] = wakes
    found.spikes[part] = spikes
    return DONE
