"""Spikes on their way, in a calendar of windows: one bucket for each window until the longest delay.

An entry says when some synapses of one pathway are reached: those at the places from `begin` to before `end`, in the
order (sender, synapse). A bucket is a chain of blocks, so that appending touches one place of memory and nothing is
ever moved. Windows are numbered by their place on a grid of time; the bucket of window n is n modulo the number of
buckets.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..._jit import kernel

#: Entries in a block.
BLOCK = 64

#: An entry of one synapse may name the neuron that it reaches: its end is this number less that of the neuron.
TARGET = -1

#: A window is by this part shorter than the smallest delay, so that no rounding takes an arrival into the window in
#: which it was sent.
SHORTER = 2.0**-20


class Calendar(NamedTuple):
    """Buckets of entries.

    Attributes
    ----------
    time : ndarray, shape (blocks * BLOCK,) [ms]
    rank : ndarray of int32
    begin, end : ndarray of int64
    following : ndarray of int64, shape (blocks,)
        The next block of the same bucket, -1 for none; of a free block, the next free one.
    first, last : ndarray of int64, shape (buckets,)
        The first and the last block of each bucket, -1 for an empty one.
    filled : ndarray of int64, shape (buckets,)
        How many entries stand in the last; the blocks before it are full.
    free : ndarray of int64, shape (1,)
        The first free block, -1 for none.
    """

    time: np.ndarray
    rank: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    following: np.ndarray
    first: np.ndarray
    last: np.ndarray
    filled: np.ndarray
    free: np.ndarray


def make_calendar(buckets: int, blocks: int) -> Calendar:
    """Return an empty calendar."""
    following = np.arange(1, blocks + 1)
    following[-1] = -1
    size = blocks * BLOCK
    return Calendar(
        time=np.empty(size),
        rank=np.empty(size, np.int32),
        begin=np.empty(size, np.int64),
        end=np.empty(size, np.int64),
        following=following,
        first=np.full(buckets, -1),
        last=np.full(buckets, -1),
        filled=np.zeros(buckets, np.int64),
        free=np.zeros(1, np.int64),
    )


def enlarged(calendar: Calendar) -> Calendar:
    """Return a copy with twice the room."""
    blocks = len(calendar.following)
    more = make_calendar(len(calendar.first), 2 * blocks)
    for name in ("time", "rank", "begin", "end", "following"):
        getattr(more, name)[: len(getattr(calendar, name))] = getattr(calendar, name)
    more.first[:], more.last[:], more.filled[:] = calendar.first, calendar.last, calendar.filled
    # the new blocks come after those that were free
    more.following[-1] = calendar.free[0]
    more.free[0] = blocks
    return more


def copy_of(calendar: Calendar) -> Calendar:
    """Return a calendar that goes on by itself."""
    return Calendar(*(column.copy() for column in calendar))


def entries_of(calendar: Calendar) -> list[tuple[float, int, int, int]]:
    """Return all entries in order: time, rank, begin, end."""
    found: list[tuple[float, int, int, int]] = []
    for bucket in np.flatnonzero(calendar.first >= 0).tolist():
        block = int(calendar.first[bucket])
        while block >= 0:
            fill = int(calendar.filled[bucket]) if block == calendar.last[bucket] else BLOCK
            part = slice(block * BLOCK, block * BLOCK + fill)
            columns = (calendar.time, calendar.rank, calendar.begin, calendar.end)
            found += zip(*(column[part].tolist() for column in columns), strict=True)
            block = int(calendar.following[block])
    return sorted((time, rank, begin, begin + 1 if end < 0 else end) for time, rank, begin, end in found)


@kernel
def window_of(t, per_ms):
    """Return the number of the window in which an instant lies."""
    return int(t * per_ms)


@kernel
def end_of_window(n, per_ms):
    """Return the first instant after window n: exactly where `window_of` gives another number."""
    if n < 0:
        return 0.0
    t = (n + 1) / per_ms
    while int(t * per_ms) > n:
        t = np.nextafter(t, -np.inf)
    while int(t * per_ms) <= n:
        t = np.nextafter(t, np.inf)
    return t


@kernel
def put_entry(calendar, window, time, rank, begin, end):
    """Put an entry into a bucket; return False where there is no room left."""
    bucket = window % len(calendar.first)
    block, fill = calendar.last[bucket], calendar.filled[bucket]
    if block < 0 or fill == BLOCK:
        fresh = calendar.free[0]
        if fresh < 0:
            return False
        calendar.free[0] = calendar.following[fresh]
        calendar.following[fresh] = -1
        if block < 0:
            calendar.first[bucket] = fresh
        else:
            calendar.following[block] = fresh
        calendar.last[bucket] = fresh
        block, fill = fresh, 0
    place = block * BLOCK + fill
    calendar.time[place] = time
    calendar.rank[place] = rank
    calendar.begin[place] = begin
    calendar.end[place] = end
    calendar.filled[bucket] = fill + 1
    return True


@kernel
def take_before(calendar, window, end, time, rank, first, last):
    """Take the entries of a bucket that come before an instant out of it, into other columns.

    Returns
    -------
    int
        How many they are; -1 where there is no room for them, -2 where there is none for those that stay.
    """
    bucket = window % len(calendar.first)
    block, final, filled = calendar.first[bucket], calendar.last[bucket], calendar.filled[bucket]
    calendar.first[bucket], calendar.last[bucket], calendar.filled[bucket] = -1, -1, 0
    times, ranks, begins, ends, next_of = calendar.time, calendar.rank, calendar.begin, calendar.end, calendar.following
    free, most, taken = calendar.free, len(time), 0
    while block >= 0:
        place, fill = block * BLOCK, filled if block == final else BLOCK
        for j in range(place, place + fill):
            if times[j] < end:
                if taken == most:
                    return -1
                time[taken], rank[taken], first[taken], last[taken] = times[j], ranks[j], begins[j], ends[j]
                taken += 1
            elif not put_entry(calendar, window, times[j], ranks[j], begins[j], ends[j]):
                return -2
        following = next_of[block]
        next_of[block], free[0] = free[0], block
        block = following
    return taken


@kernel
def next_bucket(calendar, window):
    """Return the number of the first window from `window` on whose bucket is not empty; -1 for none."""
    for n in range(window, window + len(calendar.first)):
        if calendar.first[n % len(calendar.first)] >= 0:
            return n
    return -1
