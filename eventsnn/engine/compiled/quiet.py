"""Neurons that rest below their threshold: only an input makes them fire, at its own instant.

They are most neurons of networks that are kept going by their inputs, and the quickest to take through a window:
between two inputs nothing can happen, so nobody asks when it would. The inputs of a neuron's own Poisson train are made
where they act, a block at a time.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from ...instants import elapsed
from ...neurons.leaky import SHORT, shrink
from ...neurons.leaky import flow as leaky_flow
from .arrivals import DONE, HANDOVER, NO_SPIKES
from .neuron import end_of_period
from .poisson import BLOCK, fill_block
from .tables import COURSE, CROWD, DUE, NO_PERIOD, SINCE, SINCE_LOW, UNTIL, UNTIL_LOW, X

#: In place of how many intervals of a block are used up: there is none.
NO_BLOCK = BLOCK + 1


@kernel
def visit_quiet(todo, lo, hi, width, part, end, net, state, found, room):
    """Take a batch of neurons, whose arrivals are gathered, through a window; those that are not quiet are left out.

    Parameters are those of `solo.visit_solo`.
    """
    laws, rows, wake, earliest, lastspike = net.laws, state.rows, state.wake, state.earliest, state.lastspike
    quiet, motions, levels, stricts, periods = laws.quiet, laws.row, laws.level, laws.strict, laws.period
    first_step, step_value, ps, qs, group_of = laws.first_step, laws.step_value, laws.p, laws.q, net.group_of
    spike_time, spike_neuron, spikes = found.time[part], found.neuron[part], found.spikes[part]
    instants, weights, offsets = room.instants[part], room.weights[part], room.offsets[part]
    scratch = room.scratch[part]
    trains, capacity, drawn = state.trains, len(spike_time), 0
    first_train, lowest, highest, places = trains.first_train, trains.lowest, trains.highest, trains.place
    dues, counts, slopes, lefts, origins = trains.next, trains.count, trains.slope, trains.left, trains.origin
    for at in range(lo, hi):
        g = todo[at]
        row = g * width
        c = int(rows[row + COURSE])
        if not is_quiet_now(quiet[c], rows[row + DUE]):
            continue
        # 1. the neuron, from where it moves freely
        x, since, since_low = rows[row + X], rows[row + SINCE], rows[row + SINCE_LOW]
        until, until_low = rows[row + UNTIL], rows[row + UNTIL_LOW]
        base, base_low = (until, until_low) if until > since else (since, since_low)
        p, q, level, strict = ps[motions[c]], qs[motions[c]], levels[c], stricts[c]
        after, period = step_value[first_step[c]], periods[c]
        # 2. its own train
        train, place, own, weight = -1, 0, inf, 0.0
        group = group_of[g]
        if first_train[group] < first_train[group + 1]:
            train = first_train[group]
            if lowest[train] <= g < highest[train]:
                place, weight = places[train] + g - lowest[train], trains.weight[train]
                own = dues[place]
            else:
                train = -1
        number = key_0 = key_1 = count = 0
        slot, slope, begun = NO_BLOCK, 1.0, 0.0
        if own < end:
            count, slope = counts[place], slopes[place]
            number, key_0, key_1 = g - lowest[train], trains.key_0[train], trains.key_1[train]
            fill_block(number, key_0, key_1, count, slope, scratch)
            slot = 0
        # 3. from input to input
        i, inputs = offsets[at - lo], offsets[at - lo + 1]
        other, other_weight = (instants[i], weights[i]) if i < inputs else (inf, 0.0)
        while True:
            # which of both comes is not to be guessed: as few branches as can be
            is_own = own < other
            now, total = (own, weight) if is_own else (other, other_weight)
            if not now < end:
                break
            if is_own or own == now:
                # at one instant with another input the sum is the same in any order
                total = total if is_own else total + weight
                begun = own
                own = own + scratch[BLOCK + slot]
                slot += 1
                if slot == BLOCK:
                    drawn += BLOCK
                    count += BLOCK
                    lefts[place] = scratch[BLOCK - 1]
                    slot = NO_BLOCK
                    if own < end:
                        fill_block(number, key_0, key_1, count, slope, scratch)
                        slot = 0
            if not is_own:
                i += 1
                other, other_weight = (instants[i], weights[i]) if i < inputs else (inf, 0.0)
                while other == now:
                    total += other_weight
                    i += 1
                    other, other_weight = (instants[i], weights[i]) if i < inputs else (inf, 0.0)
            if now < until or total == 0.0:
                continue
            if now != since:
                s = elapsed(base, base_low, now, 0.0)
                z = s / q
                if 0.0 < z < SHORT:
                    x = x - (p - x) * shrink(z)
                elif s > 0.0:
                    x = leaky_flow(x, p, q, s)
                since, since_low = now, 0.0
                base, base_low = now, 0.0
            x = x + total
            if x < level:
                continue
            if x - x != 0.0 or lastspike[g] == now:
                return HANDOVER
            if x == level and strict != 0:
                continue
            # 4. a spike
            if spikes == capacity:
                return NO_SPIKES
            spike_time[spikes], spike_neuron[spikes], lastspike[g] = now, g, now
            spikes += 1
            x = after
            if period == NO_PERIOD:
                until = -inf
            else:
                until, until_low = end_of_period(now, since_low, period)
            base, base_low = (until, until_low) if until > since else (since, since_low)
        if x - x != 0.0:
            return HANDOVER
        # 5. back to the arrays
        rows[row + X], rows[row + SINCE], rows[row + SINCE_LOW] = x, since, since_low
        rows[row + UNTIL], rows[row + UNTIL_LOW] = until, until_low
        if train >= 0 and own != dues[place]:
            if 0 < slot < BLOCK:
                count += slot
                drawn += slot
                lefts[place] = scratch[slot - 1]
            counts[place], dues[place], origins[place] = count, own, begun
        wake[g] = own
        if own < earliest[g // CROWD]:
            earliest[g // CROWD] = own
    found.spikes[part] = spikes
    found.inputs[part] += drawn
    return DONE


@kernel
def is_quiet_now(quiet, due):
    """Return whether a neuron is quiet by its course, and no spike of it is due by itself."""
    return quiet != 0 and due == inf
