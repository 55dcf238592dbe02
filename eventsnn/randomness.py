"""Random numbers that do not depend on the order of work.

A draw is a pure function of (seed, epoch, object, purpose, neuron, counter): the first four make the key of a Philox
generator, the last two its counter. So a later object, a cut run or another engine changes no other draw.

A uniform number of neuron k comes from the first two words of the block with counter (k, counter), 64 bits each, the
lower halves first. What normal numbers come from is said in `normals`.

Source
------
Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. SC'11. Philox-4x32, 10 rounds.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import numpy as np

from .normals import normal_of, normals_of, normals_of_all, uniform, uniforms_of
from .philox import MASK, philox_halves, philox_words, words, words_of

#: So many draws are made at a time: their words stay in the cache.
PIECE = 1 << 13


class Source:
    """The seed behind all streams, and how often it was set.

    Attributes
    ----------
    seed : int
        Random until `set` is called.
    is_given : bool
        Whether somebody chose it.
    epoch : int
        Grows with each restore that asks for fresh noise.
    setting : int
        Changes whenever streams start again, and never comes back.
    """

    def __init__(self) -> None:
        self.seed, self.epoch, self.setting = secrets.randbits(63), 0, 0
        self.is_given = False
        self._sequences: dict[tuple[str, str, int], tuple[tuple[int, int], np.ndarray]] = {}
        self._begun: dict[tuple[str, str], int] = {}

    def set(self, seed: int | None) -> None:
        """Start all streams again, from a given or a random seed; seed NumPy's global generator too, as Brian does."""
        self.seed, self.is_given = secrets.randbits(63) if seed is None else int(seed), seed is not None
        self.epoch = 0
        self._forget()
        np.random.seed(None if seed is None else int(seed) & MASK)

    def renew(self, past: int = 0) -> None:
        """Let all that is drawn from now on be other numbers, from the same seed.

        Parameters
        ----------
        past : int
            An epoch of which, as of all before it, no number may come again.
        """
        self.epoch = max(self.epoch, past) + 1
        self._forget()

    def _forget(self) -> None:
        self.setting += 1
        self._sequences.clear()
        self._begun.clear()

    def snapshot(self) -> dict[str, Any]:
        """Return from where all streams go on, NumPy's global generator among them."""
        return {
            "seed": self.seed,
            "epoch": self.epoch,
            "is_given": self.is_given,
            "sequences": [[*name, counts.copy()] for name, (_, counts) in self._sequences.items()],
            "begun": [[*name, ordinal] for name, ordinal in self._begun.items()],
            "numpy": np.random.get_state(),
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Let all streams go on from a snapshot."""
        self.seed, self.epoch, self.is_given = (snapshot[name] for name in ("seed", "epoch", "is_given"))
        self._forget()
        for *name, counts in snapshot["sequences"]:
            self._sequences[tuple(name)] = self._key(*name), counts.copy()
        self._begun.update({(name, purpose): ordinal for name, purpose, ordinal in snapshot["begun"]})
        np.random.set_state(snapshot["numpy"])

    def sequence(self, name: str, purpose: str, occurrence: int, n: int) -> tuple[tuple[int, int], np.ndarray]:
        """Return the key of one sequence and the counters of its `n` neurons.

        Counters go on until the seed is set: an object made later under the same name (in the next trial, after
        `start_scope`) draws on, it does not repeat.
        """
        key, counts = self._sequences.get((name, purpose, occurrence), (None, np.zeros(0, np.int64)))
        if key is None:
            key = self._key(name, purpose, occurrence)
        if len(counts) < n:
            counts = np.concatenate([counts, np.zeros(n - len(counts), np.int64)])
        self._sequences[name, purpose, occurrence] = key, counts
        return key, counts

    def begin(self, name: str, purpose: str) -> tuple[int, int]:
        """Return the key of a sequence that nobody has used since the seed was set.

        An object made later under the same name gets another one.
        """
        ordinal = self._begun.get((name, purpose), 0)
        self._begun[name, purpose] = ordinal + 1
        return self._key(name, purpose, ordinal)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Let sequences be begun that nobody will use."""
        begun = dict(self._begun)
        try:
            yield
        finally:
            self._begun = begun

    def _key(self, name: str, purpose: str, ordinal: int) -> tuple[int, int]:
        digest = self._digest(name, purpose, ordinal, 8)
        return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")

    def generator(self, name: str, purpose: str) -> np.random.Generator:
        """Return a NumPy generator for one piece of work, such as one call of ``connect``; the next has another."""
        _, counts = self.sequence(name, purpose, 0, 1)
        counts[0] += 1
        digest = self._digest(name, purpose, int(counts[0]), 16)
        return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))

    def _digest(self, name: str, purpose: str, occurrence: int, size: int) -> bytes:
        text = f"{self.seed}|{self.epoch}|{name}|{purpose}|{occurrence}"
        return hashlib.blake2b(text.encode(), digest_size=size).digest()


#: The one source of a process. Initial values given as strings draw from it, long before there is a simulation.
SOURCE = Source()


class Stream:
    """The draws of one object for one purpose.

    Parameters
    ----------
    name : str
        Of the object.
    purpose : str
        Such as ``'reset'`` or ``'initial v'``.
    n : int
        Number of neurons.
    """

    def __init__(self, name: str, purpose: str, n: int) -> None:
        self.name, self.purpose, self.n = name, purpose, n

    def draw_one(self, function: str, neuron: int, occurrence: int) -> float:
        """Return the next ``rand`` or ``randn`` of one neuron.

        Parameters
        ----------
        occurrence : int
            Which call of the text asks: each has its own sequence.
        """
        key, counts = SOURCE.sequence(self.name, self.purpose, occurrence, self.n)
        count = int(counts[neuron])
        counts[neuron] += 1
        # every neuron has blocks of its own, those of an even one among neurons that share them two by two
        if function == "randn":
            return normal_of(2 * int(neuron), *words(count), *key)
        high, low, _, _ = philox_words(*words(int(neuron)), *words(count), *key)
        return uniform(high, low)

    def draw_together(self, function: str, members: np.ndarray, occurrence: int) -> np.ndarray:
        """Return a ``rand`` or ``randn`` for each of many members, which count their draws together.

        For millions of synapses, whose counters would take as much memory as their weights.
        """
        key, counts = SOURCE.sequence(self.name, self.purpose, occurrence, 1)
        count = int(counts[0])
        counts[0] += 1
        pieces = [
            _draw(function, members[begin : begin + PIECE], np.array(count), key)
            for begin in range(0, len(members), PIECE)
        ]
        return np.concatenate(pieces) if pieces else np.empty(0)

    def draw_many(self, function: str, neurons: np.ndarray, occurrence: int) -> np.ndarray:
        """Return the next ``rand`` or ``randn`` of each of several neurons."""
        key, counts = SOURCE.sequence(self.name, self.purpose, occurrence, self.n)
        count = counts[neurons]
        counts[neurons] += 1
        return _draw(function, neurons, count, key)


def _draw(function: str, members: np.ndarray, count: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Return the draws of some members with these counts."""
    if function == "randn":
        return normals_of(2 * members.astype(np.uint64), count, key)
    return uniforms_of(_numbers(members, count, key)[0])


def _numbers(neurons: np.ndarray, counters: np.ndarray, key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the two numbers of 64 bits of some neurons' own blocks."""
    who, counter = words_of(neurons), words_of(counters)
    if not any(np.ndim(word) for word in (*who, *counter)):
        who = np.full(len(neurons), who[0], np.uint64), who[1]
    return philox_halves(*who, *counter, key)


class Draws:
    """Random numbers of one object for one purpose, by neuron and counter, whoever asks and how often.

    Where a `Stream` counts by itself, here the asker counts: who draws ahead can go back.

    Parameters
    ----------
    name : str
        Of the object.
    purpose : str
        Such as ``'spikes'``.
    """

    def __init__(self, name: str, purpose: str) -> None:
        self.name, self.purpose = name, purpose
        self.key, self._setting = SOURCE.begin(name, purpose), SOURCE.setting

    @property
    def is_current(self) -> bool:
        """Whether the seed is still the one under which these draws began."""
        return self._setting == SOURCE.setting

    def begin_again(self) -> Draws:
        """Return draws for the same use from the present seed."""
        return Draws(self.name, self.purpose)

    def snapshot(self) -> dict[str, Any]:
        """Return what they are; who draws has counted, and keeps the counters."""
        return {"name": self.name, "purpose": self.purpose, "key": self.key, "is_current": self.is_current}

    @classmethod
    def restored(cls, snapshot: dict[str, Any], is_fresh: bool) -> Draws:
        """Return draws as they were, or, where the noise to come is to be fresh, no longer current."""
        draws = cls.__new__(cls)
        draws.name, draws.purpose, draws.key = snapshot["name"], snapshot["purpose"], tuple(snapshot["key"])
        # no setting is below zero: seeds that were set before the snapshot, or others since, make them out of date
        draws._setting = SOURCE.setting if snapshot["is_current"] and not is_fresh else -1
        return draws

    # --- uniform numbers -------------------------------------------------------------------------------------------

    def uniforms(self, neurons: np.ndarray, counters: np.ndarray) -> np.ndarray:
        """Return a uniform number in [0, 1) for each neuron and counter; the arguments broadcast."""
        (numbers,) = self._make(neurons, counters, 1)
        return numbers

    def pairs(self, neurons: np.ndarray, counters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return two independent uniform numbers for each neuron and counter, the first that of `uniforms`."""
        first, second = self._make(neurons, counters, 2)
        return first, second

    def _make(self, neurons: np.ndarray, counters: np.ndarray, amount: int) -> list[np.ndarray]:
        """Return one or two uniform numbers of each block, some at a time so that they stay in the cache."""
        who, count = np.broadcast_arrays(neurons, counters)
        results = [np.empty(who.size) for _ in range(amount)]
        shape, who, count = who.shape, who.ravel(), count.ravel()
        for begin in range(0, len(who), PIECE):
            part = slice(begin, begin + PIECE)
            for result, numbers in zip(results, _numbers(who[part], count[part], self.key), strict=False):
                result[part] = uniforms_of(numbers)
        return [result.reshape(shape) for result in results]

    def pair(self, neuron: int, counter: int) -> tuple[float, float]:
        """Return what `pairs` does of one neuron and counter."""
        w0, w1, w2, w3 = philox_words(*words(neuron), *words(counter), *self.key)
        return uniform(w0, w1), uniform(w2, w3)

    def again(self, attempt: int) -> Draws:
        """Return the draws of another attempt at the same thing; those of the attempt 0 are these."""
        if attempt == 0:
            return self
        other = copy(self)
        # one block in its own corner of the counters: no neuron has so high a number
        other.key = philox_words(attempt, MASK, MASK, MASK, *self.key)[:2]
        return other

    # --- normal numbers; whoever asks for these should not ask for uniform ones, which have bits of the same blocks ---

    def normal(self, neuron: int, counter: int) -> float:
        """Return the standard normal number of one neuron and counter."""
        return normal_of(neuron, *words(counter), *self.key)

    def normals(self, neurons: np.ndarray, counters: np.ndarray) -> np.ndarray:
        """Return a standard normal number for each neuron and counter; the arguments broadcast.

        Quickest, like `normals_of_all`, for neurons 0, 1, 2, ... at one counter.
        """
        who, count = np.asarray(neurons), np.asarray(counters)
        if count.size == 1 and count.ndim <= who.ndim == 1 and _is_everyone(who):
            return self.normals_of_all(len(who), count.ravel())[0]
        shape = np.broadcast_shapes(who.shape, count.shape)
        if count.size > 1:
            count = np.broadcast_to(count, shape).ravel()
        who = np.broadcast_to(who, shape).ravel().astype(np.uint64)
        return normals_of(who, count, self.key).reshape(shape)

    def normals_of_all(self, n: int, counters: np.ndarray) -> np.ndarray:
        """Return the standard normal numbers of neurons 0 to n - 1 at some counters, in rows of one counter each.

        A call has the price of some thousand numbers, so that the counters to come are best asked for together where
        the neurons are few.
        """
        return normals_of_all(n, counters, self.key)

    def normal_at(self, neuron: int, instant: float) -> float:
        """Return the standard normal number that belongs to a neuron and an instant [ms], for any two equal doubles.

        What splits a step of noise does so at an instant that nobody could have counted beforehand: it may be a spike,
        an input, or the end of a run, in any order. Its counter is the 64 bits of the double. Numbers of ticks, small
        integers, are the bits of no instant above 1e-307, and 0 those of the instant 0 alone: a step never begins with
        tick 0.
        """
        return normal_of(neuron, *words(counter_of(instant)), *self.key)

    def normals_at(self, neurons: np.ndarray, instants: np.ndarray) -> np.ndarray:
        """Return `normal_at` for each neuron and instant; the arguments broadcast."""
        return self.normals(neurons, (np.asarray(instants, dtype=float) + 0.0).view(np.uint64))


def counter_of(instant: float) -> int:
    """Return the counter of what belongs to an instant; see `Draws.normal_at`."""
    (counter,) = struct.unpack("<Q", struct.pack("<d", instant + 0.0))  # -0.0 is 0.0
    return counter


def _is_everyone(neurons: np.ndarray) -> bool:
    """Return whether these are 0, 1, 2, ... in order."""
    n = len(neurons)
    return n > 0 and bool(neurons[0] == 0) and bool(neurons[-1] == n - 1) and bool((neurons[1:] > neurons[:-1]).all())
