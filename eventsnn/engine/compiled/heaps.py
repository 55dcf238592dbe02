"""What comes next: neurons in a heap with places, arrivals in a heap.

A heap of neurons keeps for each the place at which it stands, so that a new prediction moves it from there; whose
prediction is infinite is not in it. Among equals there is no order: who comes at one instant is sorted when it is taken
out.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from . import desk as at
from .places import get_number, get_whole, put_number, put_whole


@kernel
def rise(heap, place, due, i):
    """Let the neuron at place i of the heap go up as far as it belongs."""
    g = get_whole(heap, i)
    key = get_number(due, g)
    while i > 0:
        up = (i - 1) >> 1
        other = get_whole(heap, up)
        if not key < get_number(due, other):
            break
        put_whole(heap, i, other)
        put_whole(place, other, i)
        i = up
    put_whole(heap, i, g)
    put_whole(place, g, i)


@kernel
def sink(heap, place, due, i, n):
    """Let the neuron at place i of a heap of n go down as far as it belongs."""
    g = get_whole(heap, i)
    key = get_number(due, g)
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and get_number(due, get_whole(heap, down + 1)) < get_number(due, get_whole(heap, down)):
            down += 1
        other = get_whole(heap, down)
        if not get_number(due, other) < key:
            break
        put_whole(heap, i, other)
        put_whole(place, other, i)
        i = down
    put_whole(heap, i, g)
    put_whole(place, g, i)


@kernel
def put_neuron(desk, g, instant):
    """Note when a neuron fires; `inf` takes it out of the heap."""
    heap, place, due = get_whole(desk, at.HEAP), get_whole(desk, at.PLACE), get_whole(desk, at.WAKE)
    before, i, n = get_number(due, g), get_whole(place, g), get_whole(desk, at.N_HEAP)
    put_number(due, g, instant)
    if i >= 0:
        if instant < before:
            rise(heap, place, due, i)
        elif instant < inf:
            sink(heap, place, due, i, n)
        else:
            last = n - 1
            put_whole(desk, at.N_HEAP, last)
            put_whole(place, g, -1)
            if i < last:
                other = get_whole(heap, last)
                put_whole(heap, i, other)
                put_whole(place, other, i)
                rise(heap, place, due, i)
                sink(heap, place, due, get_whole(place, other), last)
    elif instant < inf:
        put_whole(heap, n, g)
        put_whole(desk, at.N_HEAP, n + 1)
        rise(heap, place, due, n)


@kernel
def pile_up(desk):
    """Make the heap anew, of all neurons that are ever to fire."""
    heap, place, due, n = get_whole(desk, at.HEAP), get_whole(desk, at.PLACE), get_whole(desk, at.WAKE), 0
    for g in range(get_whole(desk, at.N_NEURONS)):
        put_whole(place, g, -1)
        if get_number(due, g) < inf:
            put_whole(heap, n, g)
            put_whole(place, g, n)
            n += 1
    put_whole(desk, at.N_HEAP, n)
    for i in range(n // 2 - 1, -1, -1):
        sink(heap, place, due, i, n)


@kernel
def push_arrival(desk, t, rank, begin, end):
    """Put an arrival into its heap; return False where there is no room."""
    time, ranks, begins, ends = (
        get_whole(desk, at.SOON_TIME),
        get_whole(desk, at.SOON_RANK),
        get_whole(desk, at.SOON_BEGIN),
        get_whole(desk, at.SOON_END),
    )
    i = get_whole(desk, at.N_SOON)
    if i == get_whole(desk, at.ROOM_SOON):
        return False
    put_whole(desk, at.N_SOON, i + 1)
    while i > 0:
        up = (i - 1) >> 1
        if not t < get_number(time, up):
            break
        move_arrival(time, ranks, begins, ends, up, i)
        i = up
    put_number(time, i, t)
    put_whole(ranks, i, rank)
    put_whole(begins, i, begin)
    put_whole(ends, i, end)
    return True


@kernel
def drop_arrival(desk):
    """Take the first arrival out of its heap."""
    time, ranks, begins, ends = (
        get_whole(desk, at.SOON_TIME),
        get_whole(desk, at.SOON_RANK),
        get_whole(desk, at.SOON_BEGIN),
        get_whole(desk, at.SOON_END),
    )
    n = get_whole(desk, at.N_SOON) - 1
    put_whole(desk, at.N_SOON, n)
    # the last one goes down from the top
    i, t = 0, get_number(time, n)
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and get_number(time, down + 1) < get_number(time, down):
            down += 1
        if not get_number(time, down) < t:
            break
        move_arrival(time, ranks, begins, ends, down, i)
        i = down
    move_arrival(time, ranks, begins, ends, n, i)


@kernel
def move_arrival(time, ranks, begins, ends, i, j):
    put_number(time, j, get_number(time, i))
    put_whole(ranks, j, get_whole(ranks, i))
    put_whole(begins, j, get_whole(begins, i))
    put_whole(ends, j, get_whole(ends, i))
