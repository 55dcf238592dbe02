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

from ..._jit import kernel, variant
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
    sent = found.spikes.copy()
    tally[1] = tally[2] = 0
    while tally[1] < budget:
        status, begin, limit, mode, chosen = open_window(net, state, room, stimuli, per_ms, end, tally)
        if status != DONE or begin >= end:
            return status, min(begin, end)
        sent[:] = found.spikes
        # all visitors would be compiled a second time for a zero that is written here
        part = tally[2] - tally[2]
        status = visit_part(part, chosen, width, part, mode, limit, net, state, found, room)
        if status == DONE:
            status = close_window(net, state, found, room, sent, per_ms, mode, chosen, limit, tally)
        if status != DONE:
            return status, begin
        if limit == end:
            return DONE, end
    return DONE, limit


@kernel
def open_window(net, state, room, stimuli, per_ms, end, tally):
    """Begin the next window: send the spikes of stimuli, sort what arrives, and choose who is visited.

    Returns
    -------
    status : int
    begin, limit : float [ms]
        Of the window; `begin` is not before `end` where nothing is left to do.
    mode : int
        How arrivals are found; see `inputs`.
    chosen : int
        How many neurons stand in ``room.todo``.
    """
    calendar, earliest, todo = state.calendar, state.earliest, room.todo
    instants, senders, groups = stimuli
    window = next_window(state, stimuli, per_ms, end, tally)
    begin = end_of_window(window - 1, per_ms)
    if window < 0 or begin >= end:
        return DONE, end, end, NONE, 0
    tally[3] = window
    limit = min(end_of_window(window, per_ms), end)
    # 1. stimuli
    while tally[0] < len(instants) and instants[tally[0]] < limit:
        j = tally[0]
        status = send(calendar, net.ways, senders[j], groups[j], instants[j], per_ms, window)
        if status != DONE:
            return status, begin, limit, NONE, 0
        tally[0] = j + 1
    # 2. arrivals
    items = take_before(calendar, window, limit, room.time, room.rank, room.begin, room.end)
    if items < 0:
        return NO_ITEMS if items == -1 else NO_ENTRIES, begin, limit, NONE, 0
    arrivals = weigh_items(net.ways, room, items)
    if arrivals > len(room.item):
        return NO_ARRIVALS, begin, limit, NONE, 0
    # 3. who is visited
    if arrivals <= DENSE * len(room.first):
        chosen = chain_arrivals(net.ways, room, items)
        chosen = wake_up(state.wake, earliest, limit, room.first, todo, chosen)
        return DONE, begin, limit, CHAINED if arrivals > 0 else NONE, chosen
    mode = SORTED if are_sorted(room, items) else COUNTED
    if mode == COUNTED and (arrivals > WIDE * items or arrivals > MANY * len(room.first)):
        sort_items(room, items)
        weigh_items(net.ways, room, items)
        mode = SORTED
    if mode == SORTED and has_twins(net.ways, room, items):
        return HANDOVER, begin, limit, NONE, 0
    count_arrivals(net.ways, room, items)
    return DONE, begin, limit, mode, choose_counted(state.wake, earliest, limit, room.count, todo)


@kernel
def next_window(state, stimuli, per_ms, end, tally):
    """Return the number of the next window in which anything happens; -1 for none before `end`."""
    wakes, earliest, instants, window = inf, state.earliest, stimuli[0], -1
    for b in range(len(earliest)):
        wakes = min(wakes, earliest[b])
    if wakes < end:
        window = window_of(wakes, per_ms)
    if tally[0] < len(instants):
        n = window_of(instants[tally[0]], per_ms)
        window = n if window < 0 else min(window, n)
    n = next_bucket(state.calendar, tally[3])
    if n >= 0:
        window = n if window < 0 else min(window, n)
    return window


@kernel
def visit_part(lo, hi, width, part, mode, limit, net, state, found, room):
    """Take the neurons at some places of ``room.todo`` through the window, batch after batch; return a status.

    Several threads may do so at once, each with a part of its own, if no two have neurons of one `CROWD`.
    """
    todo = room.todo
    while lo < hi:
        status, stop = gather_inputs(todo, lo, hi, width, part, mode, limit, net, state, found, room)
        if status == DONE:
            status = visit_quiet(todo, lo, stop, width, part, limit, net, state, found, room)
        if status == DONE:
            status = visit_solo(todo, lo, stop, width, part, limit, net, state, found, room)
        if status != DONE:
            return status
        lo = stop
    return DONE


@kernel
def visit_part_of_all(lo, hi, width, part, mode, limit, net, state, found, room):
    """Do what `visit_part` does where neurons have several variables."""
    todo, has_one, has_driven, has_others = room.todo, net.has[0], net.has[1], net.has[2]
    while lo < hi:
        status, stop = gather_inputs(todo, lo, hi, width, part, mode, limit, net, state, found, room)
        if status == DONE and has_one:
            status = visit_quiet(todo, lo, stop, width, part, limit, net, state, found, room)
        if status == DONE and has_one:
            status = visit_solo(todo, lo, stop, width, part, limit, net, state, found, room)
        if status == DONE and has_driven:
            status = visit_currents(todo, lo, stop, width, part, limit, net, state, found, room)
        if status == DONE and has_others:
            status = visit_many(todo, lo, stop, width, part, limit, net, state, found, room)
        if status != DONE:
            return status
        lo = stop
    return DONE


@kernel
def close_window(net, state, found, room, sent, per_ms, mode, chosen, limit, tally):
    """End a window: send the spikes that were found in it.

    Parameters
    ----------
    sent : ndarray of int64, shape (parts,)
        How many there were before.

    Returns
    -------
    int
        A status.
    """
    window, calendar, group_of, sends = tally[3], state.calendar, net.group_of, net.sends
    for part in range(len(sent)):
        for j in range(sent[part], found.spikes[part]):
            g = found.neuron[part, j]
            if sends[group_of[g]]:
                status = send(calendar, net.ways, g, group_of[g], found.time[part, j], per_ms, window + 1)
                if status != DONE:
                    return status
        tally[1] += found.spikes[part] - sent[part] + found.inputs[part]
        tally[2] += found.inputs[part]
        found.inputs[part] = 0
    if mode >= COUNTED:
        room.first[:] = -1
    tally[1] += chosen
    if limit == end_of_window(window, per_ms):
        tally[3] = window + 1
    return DONE


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
    """Choose neurons that wake before `limit`, beside those chosen for their arrivals; return how many are chosen."""
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


#: `advance_windows` for networks in which neurons have several variables.
advance_windows_of_all = variant(advance_windows, "advance_windows_of_all", visit_part=visit_part_of_all)
