"""Random choice among the places of rows, without ever holding all places.

A *row* is what one neuron chooses from: its `counts` places, numbered from 0. Many rows are handled at once, in blocks
of bounded memory; every function yields two arrays of equal length, the row and the place in it, in ascending order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

#: How many pairs are looked at together: large enough for NumPy to be quick, small enough for a small machine.
BLOCK = 1 << 20


def every_place(counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield all places of all rows; a long row may go over several blocks."""
    ends = np.cumsum(counts)
    starts = ends - counts
    total = int(ends[-1]) if len(ends) else 0
    for begin in range(0, total, BLOCK):
        end = min(begin + BLOCK, total)
        first, last = np.searchsorted(ends, (begin, end - 1), side="right")
        rows = np.arange(first, last + 1)
        row = np.repeat(rows, np.minimum(ends[rows], end) - np.maximum(starts[rows], begin))
        yield row, np.arange(begin, end) - starts[row]


def subsets(
    counts: np.ndarray, sizes: np.ndarray, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield `sizes` different places of each row, all subsets of that size being equally likely.

    Parameters
    ----------
    counts, sizes : ndarray of int64
        One entry for each row; ``0 <= sizes <= counts``.
    """
    for some in _row_blocks(sizes):
        row = np.repeat(np.arange(some.start, some.stop), sizes[some])
        yield row, _choose(counts[some], sizes[some], random)


def scattered(total: int, p: float, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield the places below `total` that are taken when each is taken with probability `p` on its own.

    The distance from one taken place to the next is geometrically distributed (Bernoulli trials up to the first
    success), so only places that are taken cost anything.

    Examples
    --------
    >>> [block.tolist() for block in scattered(4, 1.0, np.random.default_rng(1))]
    [[0, 1, 2, 3]]
    """
    last = -1
    while p > 0.0 and last < total - 1:
        expected = (total - 1 - last) * p
        jumps = random.geometric(p, min(BLOCK, int(expected + 4.0 * math.sqrt(expected)) + 16))
        # a tiny p gives jumps up to 2**63; cut to one step beyond the end, the first sum that overshoots cannot
        # overflow (total <= 2**62), and the sums behind it are not looked at
        places = last + np.cumsum(np.minimum(jumps, total + 1))
        beyond = (places >= total) | (places < 0)
        if beyond.any():
            yield places[: beyond.argmax()]
            return
        yield places
        last = int(places[-1])


def _row_blocks(sizes: np.ndarray) -> Iterator[slice]:
    """Yield successive rows that together take about `BLOCK` places, one row at least."""
    ends = np.cumsum(sizes)
    first = 0
    while first < len(sizes):
        before = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + BLOCK, side="right")))
        yield slice(first, last)
        first = last


def _choose(counts: np.ndarray, sizes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return `sizes` different places of each row, row after row, ascending in each."""
    starts = np.cumsum(counts) - counts
    is_dense = sizes > counts // 2
    keys = _different(starts[~is_dense], counts[~is_dense], sizes[~is_dense], random)
    if is_dense.any():
        dense = _all_but(starts[is_dense], counts[is_dense], (counts - sizes)[is_dense], random)
        keys = np.sort(np.concatenate([keys, dense]))
    return keys - np.repeat(starts, sizes)


def _all_but(starts: np.ndarray, counts: np.ndarray, sizes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the keys of all places but `sizes` of each row; quicker where most places are taken."""
    inner = np.cumsum(counts) - counts
    is_kept = np.ones(int(counts.sum()), bool)
    is_kept[_different(inner, counts, sizes, random)] = False
    return np.flatnonzero(is_kept) + np.repeat(starts - inner, counts - sizes)


def _different(starts: np.ndarray, counts: np.ndarray, sizes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the keys (start of the row + place) of `sizes` different places of each row, sorted.

    Places are drawn with repetition, repeated ones dropped, and as many drawn anew as are missing. A round never
    draws more than are missing, so the set is that of the first different numbers in one endless sequence of draws:
    all sets are equally likely. With at most half of the places taken, a draw is new with probability 1/2 or more.
    """
    keys = np.empty(0, np.int64)
    missing = sizes
    while missing.any():
        row = np.repeat(np.arange(len(counts)), missing)
        drawn = starts[row] + random.integers(0, counts[row])
        keys = np.sort(np.concatenate([keys, drawn]))
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
        missing = sizes - (np.searchsorted(keys, starts + counts) - np.searchsorted(keys, starts))
    return keys
