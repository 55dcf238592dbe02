"""The inputs of some neurons in a window, in order: spikes that arrive, and those of their own Poisson trains.

They are gathered for a batch of neurons at a time, so many that they stay in the processor's cache.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from .arrivals import DONE, HANDOVER, NO_INPUTS, are_twins, comes_before
from .poisson import fill_poisson
from .quiet import is_quiet_now
from .tables import COURSE, DUE

#: How the arrivals of a window are found: there are none; chained, or side by side, in any order; side by side, in
#: order.
NONE, CHAINED, COUNTED, SORTED = 0, 1, 2, 3

#: So many neurons are a batch at most.
BATCH = 128


@kernel
def gather_inputs(todo, lo, hi, width, part, mode, end, net, state, found, room):
    """Write the inputs of neurons before `end` where their visitor looks for them.

    Parameters
    ----------
    todo : ndarray of int32
        Neurons; from place `lo` on, before place `hi`.

    Returns
    -------
    status : int
    stop : int
        Up to which place there was room: those of place lo + i lie between ``offsets[i]`` and ``offsets[i + 1]``.
    """
    instants, weights, variables = room.instants[part], room.weights[part], room.variables[part]
    items, offsets, woken, drawn = room.items[part], room.offsets[part], room.woken[part], room.drawn[part]
    scratch, most = room.scratch[part], len(instants)
    item_time, item_rank, item_weight, item_of = room.time, room.rank, room.weight, room.item
    item_begin = room.begin
    first, count, following, value = room.first, room.count, room.following, room.value
    variable_of, group_of, trains = net.ways.variable, net.group_of, state.trains
    first_train, lowest, highest, place_of = trains.first_train, trains.lowest, trains.highest, trains.place
    due, counter, slope, left, origin = trains.next, trains.count, trains.slope, trains.left, trains.origin
    rows, quiet = state.rows, net.laws.quiet
    has_trains, has_variables = len(lowest) > 0, len(variables) == most
    n, stop = 0, min(hi, lo + BATCH)
    offsets[0] = 0
    # many rows at once are brought into the cache; one after the other each would be waited for
    warm = 0.0
    for at in range(lo, stop):
        warm += rows[todo[at] * width]
    scratch[len(scratch) - 1] = warm
    for at in range(lo, stop):
        g, begin = todo[at], n
        # 1. arrivals
        if mode == CHAINED:
            a = first[g]
            first[g] = -1
            while a >= 0:
                if n == most:
                    return NO_INPUTS, at
                item = item_of[a]
                items[n], instants[n], weights[n] = item, item_time[item], value[a]
                if has_variables:
                    variables[n] = variable_of[item_rank[item]]
                n += 1
                a = following[a]
            # the latest came first
            for i in range((n - begin) // 2):
                swap_inputs(instants, weights, variables, items, has_variables, begin + i, n - 1 - i)
        elif mode != NONE:
            size = count[g]
            if n + size > most:
                if at == lo:
                    return NO_INPUTS, at
                return DONE, at
            source = first[g] - size
            for i in range(size):
                item = item_of[source + i]
                weight = item_weight[item]
                instants[n] = item_time[item]
                weights[n] = weight if weight == weight else value[source + i]
                if mode == COUNTED:
                    items[n] = item
                if has_variables:
                    variables[n] = variable_of[item_rank[item]]
                n += 1
        if mode == CHAINED or mode == COUNTED:
            for i in range(begin + 1, n):
                j = i
                while j > begin and comes_before(item_time, item_rank, item_begin, items[j], items[j - 1]):
                    swap_inputs(instants, weights, variables, items, has_variables, j, j - 1)
                    j -= 1
                is_tie = j > begin and items[j] != items[j - 1] and instants[j] == instants[j - 1]
                if is_tie and are_twins(net.ways, room, items[j], items[j - 1]):
                    return HANDOVER, at
        # 2. the neuron's own trains; those of the quiet are made where they act
        wakes = inf
        if has_trains and not is_quiet_now(quiet[int(rows[g * width + COURSE])], rows[g * width + DUE]):
            group = group_of[g]
            for train in range(first_train[group], first_train[group + 1]):
                if not lowest[train] <= g < highest[train]:
                    continue
                k = g - lowest[train]
                place = place_of[train] + k
                while due[place] < end:
                    made, counter[place], due[place], left[place], origin[place] = fill_poisson(
                        k,
                        trains.key_0[train],
                        trains.key_1[train],
                        counter[place],
                        due[place],
                        slope[place],
                        end,
                        drawn,
                        scratch,
                    )
                    if n + made > most:
                        return NO_INPUTS, at
                    weight, variable = trains.weight[train], trains.variable[train]
                    # from the back, so that nothing is in the way; without a question that a processor guesses wrong
                    i, j, slot = n - 1, made - 1, n + made - 1
                    n += made
                    while i >= begin and j >= 0:
                        a, b = instants[i], drawn[j]
                        is_later = a > b
                        instants[slot] = a if is_later else b
                        weights[slot] = weights[i] if is_later else weight
                        if has_variables:
                            variables[slot] = variables[i] if is_later else variable
                        i -= 1 if is_later else 0
                        j -= 0 if is_later else 1
                        slot -= 1
                    while j >= 0:
                        instants[slot], weights[slot] = drawn[j], weight
                        if has_variables:
                            variables[slot] = variable
                        j -= 1
                        slot -= 1
                wakes = min(wakes, due[place])
        woken[at - lo] = wakes
        offsets[at - lo + 1] = n
    found.inputs[part] += n
    return DONE, stop


@kernel
def swap_inputs(instants, weights, variables, items, has_variables, i, j):
    instants[i], instants[j] = instants[j], instants[i]
    weights[i], weights[j] = weights[j], weights[i]
    if has_variables:
        variables[i], variables[j] = variables[j], variables[i]
    items[i], items[j] = items[j], items[i]
