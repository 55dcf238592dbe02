"""Who is connected to whom: pairs of neurons in the order of their creation, and the same grouped for deliveries."""

from __future__ import annotations

from typing import Any

import numpy as np

#: So many synapses are looked at together where that saves memory.
PIECE = 1 << 20


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
        """Append synapses; the arrays are taken over where they come first and are of the right type."""
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
        return np.diff(self._starts if self._starts is not None else _starts_of(self.pre, self.n_pre))

    def incoming(self) -> np.ndarray:
        """Return the number of synapses of each neuron behind; shape (n_post,)."""
        return np.diff(_starts_of(self.post, self.n_post))

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
        """Group the synapses by the neuron before (or behind) each, with their delays [ms]."""
        delays = np.asarray(delays) if np.ndim(delays) else float(delays)
        if from_pre and self._starts is not None:
            return Fan(self._starts, None, delays)
        keys, n = (self.pre, self.n_pre) if from_pre else (self.post, self.n_post)
        return Fan(_starts_of(keys, n), _compact(np.argsort(keys, kind="stable"), len(self)), delays)


class Fan:
    """Synapses grouped by the neuron whose spikes they wait for, those of one neuron by their delays.

    Parameters
    ----------
    starts : ndarray of int64, shape (neurons + 1,)
        Where the synapses of each neuron begin in `unsorted`.
    unsorted : ndarray of int or None
        The synapses neuron by neuron, those of each in the order of creation; None where all stand in this order.
    delays : float or ndarray
        One for all, or of each synapse in the order of creation [ms].
    """

    def __init__(self, starts: np.ndarray, unsorted: np.ndarray | None, delays: float | np.ndarray) -> None:
        self.starts, self.unsorted, self.delays = starts, unsorted, delays
        # by their delays, of those neurons that somebody has asked for
        self._sorted: np.ndarray | None = None
        self._is_sorted = np.zeros(0, bool)

    @property
    def arrays(self) -> tuple[np.ndarray | None, ...]:
        """All that it holds beside the delays."""
        return self.starts, self.unsorted, self._sorted, self._is_sorted

    def of(self, k: int) -> np.ndarray:
        """Return the synapses of neuron k, the quickest first, then in the order of creation."""
        begin, end = self.starts[k], self.starts[k + 1]
        if not isinstance(self.delays, np.ndarray):
            return self._as_made(begin, end)
        if self._sorted is None:
            # memory that is never written to takes no room
            self._sorted = np.empty(len(self.delays), _index_type(len(self.delays)))
            self._is_sorted = np.zeros(len(self.starts) - 1, bool)
        if not self._is_sorted[k]:
            own = self._as_made(begin, end)
            self._sorted[begin:end] = own[np.argsort(self.delays[own], kind="stable")]
            self._is_sorted[k] = True
        return self._sorted[begin:end]

    def _as_made(self, begin: int, end: int) -> np.ndarray:
        return np.arange(begin, end) if self.unsorted is None else self.unsorted[begin:end]


def _starts_of(keys: np.ndarray, n: int) -> np.ndarray:
    """Return where the keys of each of n neurons begin when they are sorted."""
    starts = np.zeros(n + 1, np.int64)
    # counted in pieces: NumPy makes every key eight bytes long
    for begin in range(0, len(keys), PIECE):
        starts[1:] += np.bincount(keys[begin : begin + PIECE], minlength=n)
    return np.cumsum(starts, out=starts)


def _index_type(n: int) -> type:
    return np.int32 if n <= 2**31 else np.int64


def _compact(order: np.ndarray, n: int) -> np.ndarray:
    return order.astype(_index_type(n), copy=False)
