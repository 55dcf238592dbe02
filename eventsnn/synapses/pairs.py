"""Who is connected to whom: pairs of neurons in the order of their creation, and the same grouped for deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

#: From so many synapses of a neuron on, sorting those of each neuron is quicker than sorting all.
MANY = 32


class Pairs:
    """The synapses between two groups, as neurons before and behind.

    A synapse has a number: its place in the order of creation, which never changes. When synapses are made source by
    source, as nearly all rules do, the sources are kept as the places where each one's synapses begin.

    Parameters
    ----------
    n_pre, n_post : int
        Sizes of the groups.
    """

    def __init__(self, n_pre: int, n_post: int) -> None:
        self.n_pre, self.n_post = n_pre, n_post
        self.post = np.empty(0, np.int32)
        self._pre: np.ndarray | None = None
        self._starts: np.ndarray | None = np.zeros(n_pre + 1, np.int64)

    def __len__(self) -> int:
        return len(self.post)

    @property
    def pre(self) -> np.ndarray:
        """The neuron before each synapse; shape (n,)."""
        if self._starts is None:
            assert self._pre is not None
            return self._pre
        return np.repeat(np.arange(self.n_pre, dtype=_index_type(self.n_pre)), np.diff(self._starts))

    def pre_of(self, numbers: np.ndarray) -> np.ndarray:
        """Return the neurons before some synapses."""
        if self._starts is None:
            return self.pre[numbers]
        return np.searchsorted(self._starts, numbers, side="right") - 1

    def add(self, pre: np.ndarray, post: np.ndarray) -> None:
        """Append synapses."""
        if not len(self):
            self.post = np.ascontiguousarray(post, dtype=_index_type(self.n_post))
        else:
            pre = np.concatenate([self.pre, pre])
            self.post = np.concatenate([self.post, post]).astype(self.post.dtype, copy=False)
        if len(pre) < 2 or bool(np.all(pre[1:] >= pre[:-1])):
            self._starts, self._pre = _starts_of(pre, self.n_pre), None
        else:
            self._starts, self._pre = None, np.ascontiguousarray(pre, dtype=_index_type(self.n_pre))

    def snapshot(self) -> dict[str, Any]:
        """Return a copy of all pairs."""
        arrays = {"post": self.post, "pre": self._pre, "starts": self._starts}
        return {name: None if array is None else array.copy() for name, array in arrays.items()}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Let the synapses be those of a snapshot."""
        pre, starts = snapshot["pre"], snapshot["starts"]
        self.post = snapshot["post"].copy()
        self._pre, self._starts = (None if array is None else array.copy() for array in (pre, starts))

    def matching(self, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
        """Return the synapses between any of some neurons and any of others, in the order of creation."""
        wanted_pre, wanted_post = np.zeros(self.n_pre, bool), np.zeros(self.n_post, bool)
        wanted_pre[pre], wanted_post[post] = True, True
        numbers = np.flatnonzero(wanted_post[self.post])
        return numbers[wanted_pre[self.pre_of(numbers)]]

    def outgoing(self) -> np.ndarray:
        """Return the number of synapses of each neuron before; shape (n_pre,)."""
        return np.diff(self._starts) if self._starts is not None else np.bincount(self.pre, minlength=self.n_pre)

    def incoming(self) -> np.ndarray:
        """Return the number of synapses of each neuron behind; shape (n_post,)."""
        return np.bincount(self.post, minlength=self.n_post)

    def place_among_equals(self) -> np.ndarray:
        """Return for each synapse how many before it join the same two neurons; shape (n,)."""
        keys = self.pre.astype(np.int64) * self.n_post + self.post
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(keys) else order
        places = np.arange(len(keys)) - np.repeat(first, np.diff(np.append(first, len(keys))))
        result = np.empty(len(keys), np.int64)
        result[order] = places
        return result

    def fan(self, from_pre: bool, delays: float | np.ndarray) -> Fan:
        """Group the synapses by the neuron before (or behind) each, and by their delays [ms]."""
        n = self.n_pre if from_pre else self.n_post
        equal = np.ndim(delays) == 0
        if from_pre and self._starts is not None:
            if equal:
                return Fan(self._starts, None, float(delays))
            keys, starts = self.pre, self._starts
        else:
            keys = self.pre if from_pre else self.post
            starts = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=n))])
        if equal:
            return Fan(starts, _compact(np.argsort(keys, kind="stable"), len(self)), float(delays))
        delays = np.asarray(delays)
        if self._starts is starts and len(self) > MANY * n:
            return Fan(starts, _sort_each(starts, delays, len(self)), delays)
        order = np.lexsort((delays, keys))
        return Fan(starts, _compact(order, len(self)), delays)


@dataclass(frozen=True)
class Fan:
    """Synapses grouped by the neuron whose spikes they wait for, those of one neuron by their delays.

    Attributes
    ----------
    starts : ndarray of int, shape (neurons + 1,)
        Where the synapses of each neuron begin in `numbers`.
    numbers : ndarray of int or None
        Synapses; None where they stand in this order already.
    delays : float or ndarray
        One for all, or of each synapse in the order of creation [ms].
    """

    starts: np.ndarray
    numbers: np.ndarray | None
    delays: float | np.ndarray

    def of(self, k: int) -> np.ndarray:
        """Return the synapses of neuron k, the quickest first, then in the order of creation."""
        begin, end = self.starts[k], self.starts[k + 1]
        return np.arange(begin, end) if self.numbers is None else self.numbers[begin:end]


def _sort_each(starts: np.ndarray, delays: np.ndarray, n: int) -> np.ndarray:
    """Return the synapses, which stand source by source, with those of each source by their delays."""
    order: np.ndarray = np.empty(n, _index_type(n))
    for begin, end in pairwise(starts.tolist()):
        order[begin:end] = np.argsort(delays[begin:end], kind="stable")
        order[begin:end] += begin
    return order


def _starts_of(keys: np.ndarray, n: int) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=n))]).astype(np.int64)


def _index_type(n: int) -> type:
    return np.int32 if n <= 2**31 else np.int64


def _compact(order: np.ndarray, n: int) -> np.ndarray:
    return order.astype(_index_type(n), copy=False)
