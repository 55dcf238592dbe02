"""The inputs of some neurons in a window, in order: spikes that arrive, and those of their own Poisson trains.

They are gathered for a batch of neurons at a time, so many that they stay in the processor's cache.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from .arrivals import DONE, HANDOVER, NO_INPUTS, are_twins, comes_before
from .poisson import fill_poisson

#: How the arrivals of a window are found: there are none; chained, or side by side, in any order; side by side, in order.
NONE, CHAINED, COUNTED, SORTED = 0, 1, 2, 3

#: So many neurons are a batch at most.
BATCH = 128


@kernel
def gather_inputs(todo, lo, hi, part, mode, end, net, state, found, room):
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
    first, count, following, value = room.first, room.count, room.following, room.value
    variable_of, group_of, trains = net.ways.variable, net.group_of, state.trains
    first_train, lowest, highest, place_of = trains.first_train, trains.lowest, trains.highest, trains.place
    due, counter, slope, left, origin = trains.next, trains.count, trains.slope, trains.left, trains.origin
    has_trains = len(lowest) > 0
    n, stop = 0, min(hi, lo + BATCH)
    offsets[0] = 0
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
                variables[n] = variable_of[item_rank[item]]
                n += 1
                a = following[a]
            # the latest came first
            for i in range((n - begin) // 2):
                swap_inputs(instants, weights, variables, items, begin + i, n - 1 - i)
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
                items[n], instants[n] = item, item_time[item]
                weights[n] = weight if weight == weight else value[source + i]
                variables[n] = variable_of[item_rank[item]]
                n += 1
        if mode == CHAINED or mode == COUNTED:
            for i in range(begin + 1, n):
                j = i
                while j > begin and comes_before(room, items[j], items[j - 1]):
                    swap_inputs(instants, weights, variables, items, j, j - 1)
                    j -= 1
                if j > begin and items[j] != items[j - 1] and are_twins(net.ways, room, items[j], items[j - 1]):
                    return HANDOVER, at
        # 2. the neuron's own trains
        wakes = inf
        if has_trains:
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
                    # from the back, so that nothing is in the way
                    i, j = n - 1, made - 1
                    n += made
                    for slot in range(n - 1, begin - 1, -1):
                        if j < 0:
                            break
                        if i >= begin and instants[i] > drawn[j]:
                            instants[slot], weights[slot], variables[slot] = instants[i], weights[i], variables[i]
                            i -= 1
                        else:
                            instants[slot], weights[slot], variables[slot] = drawn[j], weight, variable
                            j -= 1
                wakes = min(wakes, due[place])
        woken[at - lo] = wakes
        offsets[at - lo + 1] = n
    found.inputs[part] += n
    return DONE, stop


@kernel
def swap_inputs(instants, weights, variables, items, i, j):
    instants[i], instants[j] = instants[j], instants[i]
    weights[i], weights[j] = weights[j], weights[i]
    variables[i], variables[j] = variables[j], variables[i]
    items[i], items[j] = items[j], items[i]
