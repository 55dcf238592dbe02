"""The loop over windows: as long as the smallest delay between neurons, so that in it they are independent.

A window begins at the next thing that happens anywhere; silent stretches are jumped over. In it

1. the spikes of stimuli are sent,
2. what arrives is sorted by neuron,
3. neurons are chosen that have an input, or whose own spike is due,
4. each is taken through the window by itself (`solo`, `many`),
5. the spikes found are sent; they arrive in later windows.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from .arrivals import (
    DONE,
    HANDOVER,
    NO_ARRIVALS,
    NO_ENTRIES,
    NO_ITEMS,
    are_sorted,
    chain_arrivals,
    count_arrivals,
    has_twins,
    send,
    sort_items,
    weigh_items,
)
from .calendar import end_of_window, next_bucket, take_before, window_of
from .currents import visit_currents
from .inputs import CHAINED, COUNTED, NONE, SORTED, gather_inputs
from .many import visit_many
from .memory import borrowed
from .quiet import visit_quiet
from .solo import visit_solo
from .tables import CROWD

#: Arrivals are sorted by counting where there are so many for each neuron, and chained where there are fewer.
DENSE = 0.5

#: Items are sorted, and not the arrivals of each neuron, where each has so many arrivals, or each neuron.
WIDE, MANY = 4, 32


@kernel
def advance_windows(net, state, found, room, stimuli, width, per_ms, end, budget, tally):
    """Go through windows until `end`, or until about so much has been done.

    Parameters
    ----------
    stimuli : tuple of ndarray
        Instants [ms], senders and their groups, in order; all before `end`.
    width : int
        Of a neuron's row.
    per_ms : float
        Windows in a ms.
    budget : int
        Of arrivals and visits.
    tally : ndarray of int64, shape (4,)
        Spikes of stimuli that are sent; work done; arrivals; the window in which, or after which, this goes on.

    Returns
    -------
    status : int
    now : float [ms]
        Everything before is done, nothing later; on a status that is not `DONE`, the beginning of the window in which
        it came up.
    """
    net, state, found, room = borrowed(net), borrowed(state), borrowed(found), borrowed(room)
    calendar, earliest = state.calendar, state.earliest
    parts, has_many = len(found.spikes), room.work.shape[1] > 0
    instants, senders, groups = stimuli
    tally[1] = tally[2] = 0
    while tally[1] < budget:
        # where the next window begins
        wakes = inf
        for b in range(len(earliest)):
            wakes = min(wakes, earliest[b])
        window = window_of(wakes, per_ms) if wakes < end else -1
        if tally[0] < len(instants):
            n = window_of(instants[tally[0]], per_ms)
            window = n if window < 0 else min(window, n)
        n = next_bucket(calendar, tally[3])
        if n >= 0:
            window = n if window < 0 else min(window, n)
        if window < 0:
            return DONE, end
        tally[3] = window
        limit = end_of_window(window, per_ms)
        is_cut = end < limit
        limit = min(limit, end)
        begin = end_of_window(window - 1, per_ms)
        if begin >= end:
            return DONE, end
        # 1. stimuli
        while tally[0] < len(instants) and instants[tally[0]] < limit:
            j = tally[0]
            status = send(calendar, net.ways, senders[j], groups[j], instants[j], per_ms, window)
            if status != DONE:
                return status, begin
            tally[0] = j + 1
        # 2. arrivals
        items = take_before(calendar, window, limit, room.time, room.rank, room.begin, room.end)
        if items < 0:
            return NO_ITEMS if items == -1 else NO_ENTRIES, begin
        arrivals = weigh_items(net.ways, room, items)
        if arrivals > len(room.item):
            return NO_ARRIVALS, begin
        mode, chosen, todo = NONE, 0, room.todo
        if arrivals > DENSE * len(room.first):
            mode = SORTED if are_sorted(room, items) else COUNTED
            if mode == COUNTED and (arrivals > WIDE * items or arrivals > MANY * len(room.first)):
                sort_items(room, items)
                weigh_items(net.ways, room, items)
                mode = SORTED
            if mode == SORTED and has_twins(net.ways, room, items):
                return HANDOVER, begin
            count_arrivals(net.ways, room, items)
            # 3. who is visited
            chosen = choose_counted(state.wake, earliest, limit, room.count, todo)
        else:
            if arrivals > 0:
                mode = CHAINED
                chosen = chain_arrivals(net.ways, room, items)
            chosen = wake_up(state.wake, earliest, limit, room.first, todo, chosen)
        # 4. visits
        sent = found.spikes.copy()
        for part in range(parts):
            lo, hi = chosen * part // parts, chosen * (part + 1) // parts
            while lo < hi:
                status, stop = gather_inputs(todo, lo, hi, width, part, mode, limit, net, state, found, room)
                if status == DONE:
                    status = visit_quiet(todo, lo, stop, width, part, limit, net, state, found, room)
                if status == DONE:
                    status = visit_solo(todo, lo, stop, width, part, limit, net, state, found, room)
                if status == DONE and has_many:
                    status = visit_currents(todo, lo, stop, width, part, limit, net, state, found, room)
                if status == DONE and has_many:
                    status = visit_many(todo, lo, stop, width, part, limit, net, state, found, room)
                if status != DONE:
                    return status, begin
                lo = stop
        # 5. spikes are sent
        for part in range(parts):
            for j in range(sent[part], found.spikes[part]):
                g = found.neuron[part, j]
                if net.sends[net.group_of[g]]:
                    status = send(calendar, net.ways, g, net.group_of[g], found.time[part, j], per_ms, window + 1)
                    if status != DONE:
                        return status, begin
            tally[1] += found.spikes[part] - sent[part] + found.inputs[part]
            tally[2] += found.inputs[part]
            found.inputs[part] = 0
        if mode >= COUNTED:
            room.first[:] = -1
        tally[1] += chosen
        if is_cut:
            return DONE, end
        tally[3] = window + 1
        if tally[1] >= budget:
            return DONE, limit
    return DONE, end


@kernel
def choose_counted(wake, earliest, limit, count, todo):
    """Choose neurons that have an arrival, or that wake before `limit`; return how many they are."""
    chosen = 0
    for b in range(len(earliest)):
        later = inf
        for g in range(b * CROWD, min(b * CROWD + CROWD, len(wake))):
            if count[g] > 0 or wake[g] < limit:
                todo[chosen] = g
                chosen += 1
            else:
                later = min(later, wake[g])
        earliest[b] = later
    return chosen


@kernel
def wake_up(wake, earliest, limit, first, todo, chosen):
    """Choose neurons that wake before `limit`, beside those chosen for their arrivals; return how many there are then."""
    for b in range(len(earliest)):
        if earliest[b] < limit:
            later = inf
            for g in range(b * CROWD, min(b * CROWD + CROWD, len(wake))):
                if wake[g] >= limit:
                    later = min(later, wake[g])
                elif first[g] < 0:
                    todo[chosen] = g
                    chosen += 1
            # who is visited says by itself when it wakes next
            earliest[b] = later
    return chosen
