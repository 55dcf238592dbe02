"""What comes next: neurons in a heap with places, arrivals in a heap.

A heap of neurons keeps for each the place at which it stands, so that a new prediction moves it from there; whose
prediction is infinite is not in it. Among equals there is no order: who comes at one instant is sorted when it is taken out.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel

#: Places in `counts`: neurons in the heap, arrivals in theirs.
NEURONS, ENTRIES = 0, 1


@kernel
def rise(heap, place, due, i):
    """Let the neuron at place i of the heap go up as far as it belongs."""
    g = heap[i]
    key = due[g]
    while i > 0:
        up = (i - 1) >> 1
        other = heap[up]
        if not key < due[other]:
            break
        heap[i] = other
        place[other] = i
        i = up
    heap[i] = g
    place[g] = i


@kernel
def sink(heap, place, due, i, n):
    """Let the neuron at place i of a heap of n go down as far as it belongs."""
    g = heap[i]
    key = due[g]
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and due[heap[down + 1]] < due[heap[down]]:
            down += 1
        other = heap[down]
        if not due[other] < key:
            break
        heap[i] = other
        place[other] = i
        i = down
    heap[i] = g
    place[g] = i


@kernel
def put_neuron(heap, place, due, counts, g, instant):
    """Note when a neuron fires; `inf` takes it out of the heap."""
    before, i, n = due[g], place[g], counts[NEURONS]
    due[g] = instant
    if i >= 0:
        if instant < before:
            rise(heap, place, due, i)
        elif instant < inf:
            sink(heap, place, due, i, n)
        else:
            last = n - 1
            counts[NEURONS], place[g] = last, -1
            if i < last:
                other = heap[last]
                heap[i] = other
                place[other] = i
                rise(heap, place, due, i)
                sink(heap, place, due, place[other], last)
    elif instant < inf:
        heap[n] = g
        counts[NEURONS] = n + 1
        rise(heap, place, due, n)


@kernel
def pile_up(heap, place, due, counts):
    """Make the heap anew, of all neurons that are ever to fire."""
    n = 0
    for g in range(len(due)):
        place[g] = -1
        if due[g] < inf:
            heap[n] = g
            place[g] = n
            n += 1
    counts[NEURONS] = n
    for i in range(n // 2 - 1, -1, -1):
        sink(heap, place, due, i, n)


@kernel
def push_entry(time, rank, begin, end, counts, t, r, b, e):
    """Put an arrival into its heap; return False where there is no room."""
    i = counts[ENTRIES]
    if i == len(time):
        return False
    counts[ENTRIES] = i + 1
    while i > 0:
        up = (i - 1) >> 1
        if not t < time[up]:
            break
        time[i], rank[i], begin[i], end[i] = time[up], rank[up], begin[up], end[up]
        i = up
    time[i], rank[i], begin[i], end[i] = t, r, b, e
    return True


@kernel
def drop_entry(time, rank, begin, end, counts):
    """Take the first arrival out of its heap."""
    n = counts[ENTRIES] - 1
    counts[ENTRIES] = n
    t, r, b, e = time[n], rank[n], begin[n], end[n]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and time[down + 1] < time[down]:
            down += 1
        if not time[down] < t:
            break
        time[i], rank[i], begin[i], end[i] = time[down], rank[down], begin[down], end[down]
        i = down
    if n > 0:
        time[i], rank[i], begin[i], end[i] = t, r, b, e
