"""Arrivals in the loop over instants: where spikes go, and what comes in one round.

A spike without delay arrives in the next round of its instant; all others wait in a heap.
"""

from __future__ import annotations

import numpy as np

from ..._jit import kernel
from . import desk as at
from .arrivals import DONE, NO_ITEMS
from .heaps import drop_arrival, push_arrival
from .places import get_number, get_short, get_whole, put_whole, wholes_at

#: Of a key that orders arrivals, the part behind the pathway.
PLACES = 1 << 44


@kernel
def begin_round(desk, now):
    """Send the spikes of stimuli, and find what arrives now of what was sent before; return `DONE` or what is full."""
    sent, stimuli = get_whole(desk, at.N_SENT), get_whole(desk, at.N_STIMULI)
    while sent < stimuli and get_number(get_whole(desk, at.STIMULUS_TIME), sent) == now:
        sender, group = (
            get_whole(get_whole(desk, at.STIMULUS_SENDER), sent),
            get_whole(get_whole(desk, at.STIMULUS_GROUP), sent),
        )
        if not launch(desk, sender, group, now):
            return NO_ITEMS
        sent += 1
    put_whole(desk, at.N_SENT, sent)
    while get_whole(desk, at.N_SOON) > 0 and get_number(get_whole(desk, at.SOON_TIME), 0) == now:
        rank, begin = get_whole(get_whole(desk, at.SOON_RANK), 0), get_whole(get_whole(desk, at.SOON_BEGIN), 0)
        if not put_item(desk, rank, begin, get_whole(get_whole(desk, at.SOON_END), 0)):
            return NO_ITEMS
        drop_arrival(desk)
    return DONE


@kernel
def launch(desk, sender, group, t):
    """Send a spike on its way through all its synapses; return False where there is no room."""
    first_way, way = get_whole(desk, at.FIRST_WAY), get_whole(desk, at.WAY)
    for j in range(get_whole(first_way, group), get_whole(first_way, group + 1)):
        rank = get_whole(way, j)
        k = sender - get_whole(get_whole(desk, at.FIRST), rank)
        if k < 0 or sender >= get_whole(get_whole(desk, at.STOP), rank):
            continue
        starts = get_whole(get_whole(desk, at.STARTS), rank)
        begin, end = get_whole(starts, k), get_whole(starts, k + 1)
        delays = get_whole(get_whole(desk, at.DELAYS), rank)
        if begin == end:
            continue
        if delays == 0:
            if not put_arrival(desk, t, t + get_number(get_whole(desk, at.DELAY), rank), rank, begin, end):
                return False
            continue
        numbers = get_whole(get_whole(desk, at.NUMBERS), rank)
        for place in range(begin, end):
            arrival = t + get_number(delays, get_short(numbers, place) if numbers != 0 else place)
            if not put_arrival(desk, t, arrival, rank, place, place + 1):
                return False
    return True


@kernel
def put_arrival(desk, now, arrival, rank, begin, end):
    """Put an arrival where it belongs: to this instant, or to a later one; return False where there is no room."""
    if arrival == now:
        return put_item(desk, rank, begin, end)
    return push_arrival(desk, arrival, rank, begin, end)


@kernel
def put_item(desk, rank, begin, end):
    """Put an arrival to those of the present round; return False where there is no room."""
    n = get_whole(desk, at.N_ITEMS)
    if n == get_whole(desk, at.ROOM_SOON):
        return False
    put_whole(get_whole(desk, at.ITEM_KEY), n, rank * PLACES + begin)
    put_whole(get_whole(desk, at.ITEM_RANK), n, rank)
    put_whole(get_whole(desk, at.ITEM_BEGIN), n, begin)
    put_whole(get_whole(desk, at.ITEM_END), n, end)
    put_whole(desk, at.N_ITEMS, n + 1)
    return True


@kernel
def order_items(desk, n):
    """Bring the arrivals of a round into canonical order: pathway, sender, synapse."""
    keys, is_ordered = get_whole(desk, at.ITEM_KEY), True
    for i in range(1, n):
        is_ordered = is_ordered and get_whole(keys, i - 1) <= get_whole(keys, i)
    if is_ordered:
        return
    order = np.argsort(wholes_at(keys, n), kind="mergesort")
    for column in (at.ITEM_RANK, at.ITEM_BEGIN, at.ITEM_END):
        address = get_whole(desk, column)
        moved = wholes_at(address, n)[order]
        for i in range(n):
            put_whole(address, i, moved[i])
