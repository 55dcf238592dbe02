"""Who gets which inputs in a window: from the entries of the calendar to the arrivals of each neuron.

Where there are many, arrivals are sorted by counting, so that those of one neuron lie side by side; where there are few,
they are chained, and neurons that get none are never touched.
"""

from __future__ import annotations

from math import nan

import numpy as np

from ..._jit import kernel
from .calendar import put_entry, window_of
from .memory import floats_at, ints_at, longs_at

#: What steps of a window report: all is well; it is for the reference engine to say; there is no room left: for entries
#: of the calendar, items, arrivals, inputs of a neuron, spikes, or changes of recorded neurons.
DONE, HANDOVER = 0, 1
NO_ENTRIES, NO_ITEMS, NO_ARRIVALS, NO_INPUTS, NO_SPIKES, NO_CHANGES = 2, 3, 4, 5, 6, 7


@kernel
def send(calendar, ways, sender, group, t, per_ms, earliest):
    """Put the arrivals of a spike into the calendar.

    Parameters
    ----------
    sender, group : int
    t : float [ms]
    earliest : int
        The first window into which an arrival may fall.

    Returns
    -------
    int
        `DONE`, `NO_ENTRIES`, or `HANDOVER` for an arrival before that window.
    """
    for j in range(ways.first_way[group], ways.first_way[group + 1]):
        rank = ways.way[j]
        if not ways.first[rank] <= sender < ways.stop[rank]:
            continue
        k = sender - ways.first[rank]
        starts = longs_at(ways.starts[rank], k + 2)
        begin, end = starts[k], starts[k + 1]
        if begin == end:
            continue
        if ways.delays[rank] == 0:
            arrival = t + ways.delay[rank]
            window = window_of(arrival, per_ms)
            if window < earliest:
                return HANDOVER
            if not put_entry(calendar, window, arrival, rank, begin, end):
                return NO_ENTRIES
            continue
        delays = floats_at(ways.delays[rank], ways.size[rank])
        has_numbers = ways.numbers[rank] != 0
        numbers = ints_at(ways.numbers[rank], ways.size[rank] if has_numbers else 0)
        for place in range(begin, end):
            arrival = t + delays[numbers[place] if has_numbers else place]
            window = window_of(arrival, per_ms)
            if window < earliest:
                return HANDOVER
            if not put_entry(calendar, window, arrival, rank, place, place + 1):
                return NO_ENTRIES
    return DONE


@kernel
def comes_before(room, i, j):
    """Return whether item i comes before item j by the laws of time: instant, pathway, sender and synapse."""
    if room.time[i] != room.time[j]:
        return room.time[i] < room.time[j]
    if room.rank[i] != room.rank[j]:
        return room.rank[i] < room.rank[j]
    return room.begin[i] < room.begin[j]


@kernel
def are_sorted(room, n):
    """Return whether n items are in the order of the laws of time."""
    for i in range(1, n):
        if comes_before(room, i, i - 1):
            return False
    return True


@kernel
def sort_items(room, n):
    """Bring n items into the order of the laws of time."""
    order = np.argsort(room.time[:n])
    time, rank, begin, end = room.time[:n][order], room.rank[:n][order], room.begin[:n][order], room.end[:n][order]
    room.time[:n], room.rank[:n], room.begin[:n], room.end[:n] = time, rank, begin, end
    for i in range(1, n):
        j = i
        # ties are few
        while j > 0 and comes_before(room, j, j - 1):
            swap_items(room, j, j - 1)
            j -= 1


@kernel
def swap_items(room, i, j):
    room.time[i], room.time[j] = room.time[j], room.time[i]
    room.rank[i], room.rank[j] = room.rank[j], room.rank[i]
    room.begin[i], room.begin[j] = room.begin[j], room.begin[i]
    room.end[i], room.end[j] = room.end[j], room.end[i]


@kernel
def are_twins(ways, room, i, j):
    """Return whether two items are two spikes of one sender that arrive at once, with weights that differ.

    Then their arrivals at one neuron are summed synapse by synapse, not spike by spike.
    """
    if room.time[i] != room.time[j] or room.rank[i] != room.rank[j] or room.begin[i] != room.begin[j]:
        return False
    return ways.weights[room.rank[i]] != 0 and room.end[i] - room.begin[i] > 1


@kernel
def has_twins(ways, room, n):
    """Return whether there are twins among n items in order."""
    for i in range(1, n):
        if are_twins(ways, room, i - 1, i):
            return True
    return False


@kernel
def weigh_items(ways, room, n):
    """Note the weight of each item; return the number of arrivals of all."""
    total = 0
    for i in range(n):
        rank = room.rank[i]
        room.weight[i] = ways.weight[rank] if ways.weights[rank] == 0 else nan
        total += room.end[i] - room.begin[i]
    return total


@kernel
def chain_arrivals(ways, room, n):
    """Chain the arrivals of n items at each neuron, the latest first; return how many neurons get any, in `todo`."""
    arrivals = touched = 0
    for i in range(n):
        rank = room.rank[i]
        post, has_numbers = ints_at(ways.post[rank], ways.size[rank]), ways.numbers[rank] != 0
        numbers = ints_at(ways.numbers[rank], ways.size[rank] if has_numbers else 0)
        weights = floats_at(ways.weights[rank], ways.size[rank] if ways.weights[rank] != 0 else 0)
        has_weights, weight, target = ways.weights[rank] != 0, ways.weight[rank], ways.target[rank]
        for place in range(room.begin[i], room.end[i]):
            number = numbers[place] if has_numbers else place
            g = post[number] + target
            before = room.first[g]
            if before < 0:
                room.todo[touched] = g
                touched += 1
            room.item[arrivals] = i
            room.value[arrivals] = weights[number] if has_weights else weight
            room.following[arrivals] = before
            room.first[g] = arrivals
            arrivals += 1
    return touched


@kernel
def count_arrivals(ways, room, n):
    """Sort the arrivals of n items by neuron; afterwards `first` is behind the last arrival of each."""
    count, first = room.count, room.first
    for g in range(len(count)):
        count[g] = 0
    for i in range(n):
        rank = room.rank[i]
        post, has_numbers = ints_at(ways.post[rank], ways.size[rank]), ways.numbers[rank] != 0
        numbers = ints_at(ways.numbers[rank], ways.size[rank] if has_numbers else 0)
        target = ways.target[rank]
        if has_numbers:
            for place in range(room.begin[i], room.end[i]):
                count[post[numbers[place]] + target] += 1
        else:
            for place in range(room.begin[i], room.end[i]):
                count[post[place] + target] += 1
    total = 0
    for g in range(len(count)):
        first[g] = total
        total += count[g]
    for i in range(n):
        rank = room.rank[i]
        post, has_numbers = ints_at(ways.post[rank], ways.size[rank]), ways.numbers[rank] != 0
        numbers = ints_at(ways.numbers[rank], ways.size[rank] if has_numbers else 0)
        weights = floats_at(ways.weights[rank], ways.size[rank] if ways.weights[rank] != 0 else 0)
        has_weights, target, item = ways.weights[rank] != 0, ways.target[rank], room.item
        if has_numbers or has_weights:
            for place in range(room.begin[i], room.end[i]):
                number = numbers[place] if has_numbers else place
                g = post[number] + target
                slot = first[g]
                item[slot] = i
                if has_weights:
                    room.value[slot] = weights[number]
                first[g] = slot + 1
        else:
            for place in range(room.begin[i], room.end[i]):
                g = post[place] + target
                slot = first[g]
                item[slot] = i
                first[g] = slot + 1
