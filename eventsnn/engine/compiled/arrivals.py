"""Who gets which inputs in a window: from the entries of the calendar to the arrivals of each neuron.

Where there are many, arrivals are sorted by counting, so that those of one neuron lie side by side; where there are
few, they are chained, and neurons that get none are never touched.
"""

from __future__ import annotations

from math import nan

import numpy as np

from ..._jit import kernel
from .calendar import BLOCK, TARGET, put_entry, window_of
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
        status = send_one_by_one(calendar, ways, rank, begin, end, t, per_ms, earliest)
        if status != DONE:
            return status
    return DONE


@kernel
def send_one_by_one(calendar, ways, rank, begin, end, t, per_ms, earliest):
    """Put arrivals with delays of their own into the calendar, each with the neuron that it reaches.

    The steps of `put_entry` stand here once more: this is what sparse networks do most.
    """
    times, ranks, begins, ends = calendar.time, calendar.rank, calendar.begin, calendar.end
    following, first, last, filled, free = (
        calendar.following,
        calendar.first,
        calendar.last,
        calendar.filled,
        calendar.free,
    )
    size, has_numbers, target = ways.size[rank], ways.numbers[rank] != 0, ways.target[rank]
    delays, post = floats_at(ways.delays[rank], size), ints_at(ways.post[rank], size)
    numbers = ints_at(ways.numbers[rank], size if has_numbers else 0)
    buckets = len(first)
    for place in range(begin, end):
        number = numbers[place] if has_numbers else place
        arrival = t + delays[number]
        window = int(arrival * per_ms)
        if window < earliest:
            return HANDOVER
        bucket = window % buckets
        block, fill = last[bucket], filled[bucket]
        if block < 0 or fill == BLOCK:
            fresh = free[0]
            if fresh < 0:
                return NO_ENTRIES
            free[0] = following[fresh]
            following[fresh] = -1
            if block < 0:
                first[bucket] = fresh
            else:
                following[block] = fresh
            last[bucket] = fresh
            block, fill = fresh, 0
        slot = block * BLOCK + fill
        times[slot], ranks[slot], begins[slot] = arrival, rank, place
        ends[slot] = TARGET - (post[number] + target)
        filled[bucket] = fill + 1
    return DONE


@kernel
def comes_before(time, rank, begin, i, j):
    """Return whether item i comes before item j by the laws of time: instant, pathway, sender and synapse."""
    if time[i] != time[j]:
        return time[i] < time[j]
    if rank[i] != rank[j]:
        return rank[i] < rank[j]
    return begin[i] < begin[j]


@kernel
def are_sorted(room, n):
    """Return whether n items are in the order of the laws of time."""
    time, rank, begin = room.time, room.rank, room.begin
    for i in range(1, n):
        if comes_before(time, rank, begin, i, i - 1):
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
        while j > 0 and comes_before(room.time, room.rank, room.begin, j, j - 1):
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
    time = room.time
    for i in range(1, n):
        if time[i - 1] == time[i] and are_twins(ways, room, i - 1, i):
            return True
    return False


@kernel
def weigh_items(ways, room, n):
    """Note the weight of each item; return the number of arrivals of all."""
    total, ranks, begin, end, weight = 0, room.rank, room.begin, room.end, room.weight
    addresses, weights = ways.weights, ways.weight
    for i in range(n):
        rank = ranks[i]
        weight[i] = weights[rank] if addresses[rank] == 0 else nan
        total += end[i] - begin[i] if end[i] >= 0 else 1
    return total


@kernel
def chain_arrivals(ways, room, n):
    """Chain the arrivals of n items at each neuron, the latest first; return how many neurons get any, in `todo`."""
    arrivals = touched = 0
    first, todo, item, value, following = room.first, room.todo, room.item, room.value, room.following
    ranks, begins, ends = room.rank, room.begin, room.end
    posts, sizes, lists, addresses = ways.post, ways.size, ways.numbers, ways.weights
    common, targets = ways.weight, ways.target
    for i in range(n):
        rank = ranks[i]
        size, has_numbers, has_weights = sizes[rank], lists[rank] != 0, addresses[rank] != 0
        post, numbers = ints_at(posts[rank], size), ints_at(lists[rank], size if has_numbers else 0)
        weights, weight, target = floats_at(addresses[rank], size if has_weights else 0), common[rank], targets[rank]
        begin, end = begins[i], ends[i]
        is_known = end < 0
        for place in range(begin, begin + 1 if is_known else end):
            number = numbers[place] if has_numbers else place
            g = TARGET - end if is_known else post[number] + target
            before = first[g]
            if before < 0:
                todo[touched] = g
                touched += 1
            item[arrivals] = i
            value[arrivals] = weights[number] if has_weights else weight
            following[arrivals] = before
            first[g] = arrivals
            arrivals += 1
    return touched


@kernel
def count_arrivals(ways, room, n):
    """Sort the arrivals of n items by neuron; afterwards `first` is behind the last arrival of each."""
    count, first, item, value = room.count, room.first, room.item, room.value
    ranks, begins, ends = room.rank, room.begin, room.end
    posts, sizes, lists, addresses, targets = ways.post, ways.size, ways.numbers, ways.weights, ways.target
    for g in range(len(count)):
        count[g] = 0
    for i in range(n):
        rank, begin, end = ranks[i], begins[i], ends[i]
        size, has_numbers, target = sizes[rank], lists[rank] != 0, targets[rank]
        post, numbers = ints_at(posts[rank], size), ints_at(lists[rank], size if has_numbers else 0)
        if end < 0:
            count[TARGET - end] += 1
        elif has_numbers:
            for place in range(begin, end):
                count[post[numbers[place]] + target] += 1
        else:
            for place in range(begin, end):
                count[post[place] + target] += 1
    total = 0
    for g in range(len(count)):
        first[g] = total
        total += count[g]
    for i in range(n):
        rank, begin, end = ranks[i], begins[i], ends[i]
        size, has_numbers, has_weights, target = sizes[rank], lists[rank] != 0, addresses[rank] != 0, targets[rank]
        post, numbers = ints_at(posts[rank], size), ints_at(lists[rank], size if has_numbers else 0)
        weights = floats_at(addresses[rank], size if has_weights else 0)
        if end < 0:
            place = begin
            slot = first[TARGET - end]
            item[slot] = i
            if has_weights:
                value[slot] = weights[numbers[place] if has_numbers else place]
            first[TARGET - end] = slot + 1
        elif has_numbers or has_weights:
            for place in range(begin, end):
                number = numbers[place] if has_numbers else place
                g = post[number] + target
                slot = first[g]
                item[slot] = i
                if has_weights:
                    value[slot] = weights[number]
                first[g] = slot + 1
        else:
            for place in range(begin, end):
                g = post[place] + target
                slot = first[g]
                item[slot] = i
                first[g] = slot + 1
