"""Random numbers that do not depend on the order of work.

A draw is a pure function of (seed, epoch, object, purpose, neuron, counter): the first four make the key of a Philox
generator, the last two its counter. So a later object, a cut run or another engine changes no other draw.

Source
------
Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. SC'11. Philox-4x32, 10 rounds.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from typing import Any

import numpy as np

MULTIPLIER_0, MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10
MASK = 0xFFFFFFFF
TO_UNIT = 2.0**-53

#: So many draws are made at a time: their words stay in the cache.
PIECE = 1 << 14


def philox(counter: tuple, key: tuple[int, int]) -> tuple:
    """Return the four 32-bit words of Philox-4x32-10.

    Parameters
    ----------
    counter : tuple of four ints, or of four uint64 arrays
        Words below 2**32.
    key : tuple of two ints
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        product_0, product_1 = MULTIPLIER_0 * c0, MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (product_1 >> 32) ^ c1 ^ k0,
            product_1 & MASK,
            (product_0 >> 32) ^ c3 ^ k1,
            product_0 & MASK,
        )
        k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


def _uniform(high, low):
    """Return the 53-bit number in [0, 1) of two words."""
    return ((high >> 5) * 67108864.0 + (low >> 6)) * TO_UNIT


def _normal(words) -> float:
    """Return a standard normal number from four words (Box & Muller 1958)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - _uniform(words[0], words[1])))
    return radius * math.cos(2.0 * math.pi * _uniform(words[2], words[3]))


def _normals(words: tuple) -> np.ndarray:
    """Return the normal numbers of many words, each with the bits of `_normal`.

    The logarithm and the cosine are the C library's, as everywhere; the rest is rounded correctly by any library.
    """
    first, second = (_uniform(words[j].view(np.int64), words[j + 1].view(np.int64)) for j in (0, 2))
    radius = np.sqrt(-2.0 * _each_log(1.0 - first).astype(float))
    return radius * _each_cos(2.0 * math.pi * second).astype(float)


_each_log, _each_cos = np.frompyfunc(math.log, 1, 1), np.frompyfunc(math.cos, 1, 1)


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
        words = philox((neuron & MASK, neuron >> 32, count & MASK, count >> 32), key)
        return _uniform(words[0], words[1]) if function == "rand" else _normal(words)

    def draw_together(self, function: str, members: np.ndarray, occurrence: int) -> np.ndarray:
        """Return a ``rand`` or ``randn`` for each of many members, which count their draws together.

        For millions of synapses, whose counters would take as much memory as their weights.
        """
        key, counts = SOURCE.sequence(self.name, self.purpose, occurrence, 1)
        count = int(counts[0])
        counts[0] += 1
        pieces = [
            _draw(function, members[begin : begin + PIECE], np.uint64(count), key)
            for begin in range(0, len(members), PIECE)
        ]
        return np.concatenate(pieces) if pieces else np.empty(0)

    def draw_many(self, function: str, neurons: np.ndarray, occurrence: int) -> np.ndarray:
        """Return the next ``rand`` or ``randn`` of each of several neurons."""
        key, counts = SOURCE.sequence(self.name, self.purpose, occurrence, self.n)
        count = counts[neurons].astype(np.uint64)
        counts[neurons] += 1
        return _draw(function, neurons, count, key)


def _draw(function: str, members: np.ndarray, count: np.ndarray | np.uint64, key: tuple[int, int]) -> np.ndarray:
    """Return the draws of some members with these counts."""
    who, half, mask = members.astype(np.uint64), np.uint64(32), np.uint64(MASK)
    words = philox((who & mask, who >> half, count & mask, count >> half), key)
    if function == "rand":
        return _uniform(words[0].astype(np.int64), words[1].astype(np.int64))
    return _normals(words)


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

    def uniforms(self, neurons: np.ndarray, counters: np.ndarray) -> np.ndarray:
        """Return a uniform number in [0, 1) for each neuron and counter; the arguments broadcast."""
        (numbers,) = self._make(neurons, counters, ((0, 1),))
        return numbers

    def pairs(self, neurons: np.ndarray, counters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return two independent uniform numbers for each neuron and counter, the first that of `uniforms`."""
        first, second = self._make(neurons, counters, ((0, 1), (2, 3)))
        return first, second

    def normals(self, neurons: np.ndarray, counters: np.ndarray) -> np.ndarray:
        """Return a standard normal number for each neuron and counter; the arguments have one dimension."""
        return _normals(self._words(neurons, counters))

    def normal_at(self, neuron: int, instant: float) -> float:
        """Return the standard normal number of a neuron that belongs to an instant: its bits are the counter."""
        return float(self.normals(np.array([neuron]), np.array([instant]).view(np.uint64))[0])

    def _make(self, neurons: np.ndarray, counters: np.ndarray, places: tuple[tuple[int, int], ...]) -> list[np.ndarray]:
        """Return uniform numbers from pairs of words, some at a time so that they stay in the cache."""
        who, count = np.broadcast_arrays(neurons, counters)
        results = [np.empty(who.size) for _ in places]
        shape, who, count = who.shape, who.ravel(), count.ravel()
        for begin in range(0, len(who), PIECE // 2):
            part = slice(begin, begin + PIECE // 2)
            words = self._words(who[part], count[part])
            for result, (high, low) in zip(results, places, strict=True):
                result[part] = _uniform(words[high].view(np.int64), words[low].view(np.int64))
        return [result.reshape(shape) for result in results]

    def _words(self, neurons: np.ndarray, counters: np.ndarray) -> tuple:
        who, count = neurons.astype(np.uint64), counters.astype(np.uint64)
        half, mask = np.uint64(32), np.uint64(MASK)
        return philox((who & mask, who >> half, count & mask, count >> half), self.key)
