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

import numpy as np

MULTIPLIER_0, MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10
MASK = 0xFFFFFFFF
TO_UNIT = 2.0**-53


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


class Source:
    """The seed behind all streams, and how often it was set.

    Attributes
    ----------
    seed : int
        Random until `set` is called.
    epoch : int
        Counts restores that ask for fresh noise.
    """

    def __init__(self) -> None:
        self.seed, self.epoch = secrets.randbits(63), 0
        self._sequences: dict[tuple[str, str, int], tuple[tuple[int, int], np.ndarray]] = {}

    def set(self, seed: int | None) -> None:
        """Start all streams again, from a given or a random seed; seed NumPy's global generator too, as Brian does."""
        self.seed = secrets.randbits(63) if seed is None else int(seed)
        self.epoch = 0
        self._sequences.clear()
        np.random.seed(None if seed is None else int(seed) & MASK)

    def sequence(self, name: str, purpose: str, occurrence: int, n: int) -> tuple[tuple[int, int], np.ndarray]:
        """Return the key of one sequence and the counters of its `n` neurons.

        Counters go on until the seed is set: an object made later under the same name (in the next trial, after
        `start_scope`) draws on, it does not repeat.
        """
        key, counts = self._sequences.get((name, purpose, occurrence), (None, np.zeros(0, np.int64)))
        if key is None:
            text = f"{self.seed}|{self.epoch}|{name}|{purpose}|{occurrence}"
            digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
            key = (int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little"))
        if len(counts) < n:
            counts = np.concatenate([counts, np.zeros(n - len(counts), np.int64)])
        self._sequences[name, purpose, occurrence] = key, counts
        return key, counts


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

    def draw_many(self, function: str, neurons: np.ndarray, occurrence: int) -> np.ndarray:
        """Return the next ``rand`` or ``randn`` of each of several neurons."""
        key, counts = SOURCE.sequence(self.name, self.purpose, occurrence, self.n)
        who, count = neurons.astype(np.uint64), counts[neurons].astype(np.uint64)
        counts[neurons] += 1
        half = np.uint64(32)
        mask = np.uint64(MASK)
        words = philox((who & mask, who >> half, count & mask, count >> half), key)
        if function == "rand":
            return _uniform(words[0].astype(np.int64), words[1].astype(np.int64))
        rows = zip(*(word.tolist() for word in words), strict=True)
        return np.array([_normal(row) for row in rows], dtype=float)
