"""Philox-4x32-10: four random words of 32 bits for each block, a pure function of the block's counter and a key.

A block's counter has four words and the key two; what they stand for is said in `randomness` and `normals`. Here they
are scrambled, in ten rounds of two multiplications whose halves change places. `philox_words` makes one block, in
Python or compiled; `philox_halves` makes many with NumPy, the same bits.

Source
------
Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. SC'11.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ._jit import kernel

MULTIPLIER_0, MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
LESS_0, LESS_1 = MULTIPLIER_0 - (1 << 32), MULTIPLIER_1 - (1 << 32)
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10
MASK, SIGN = 0xFFFFFFFF, 0x80000000

#: One word of many blocks: an array of uint64, or a number where all blocks have the same.
Words = np.ndarray | int

# NumPy takes arrays of no dimension as they are, where it must look at a Python number each time
_TIMES_0, _TIMES_1 = np.array(MULTIPLIER_0, np.uint64), np.array(MULTIPLIER_1, np.uint64)
_HALF, _LOW = np.array(32, np.uint64), np.array(MASK, np.uint64)


@kernel
def philox_words(c0, c1, c2, c3, k0, k1):
    """Return the four words of one block.

    Parameters
    ----------
    c0, c1, c2, c3 : int
        The counter: words below 2**32, where this is compiled as signed 64-bit numbers.
    k0, k1 : int
        The key: words below 2**32, likewise.
    """
    for _ in range(ROUNDS):
        # the halves of c*M are those of c*2**32 + c*(M - 2**32): so no product leaves the signed numbers of 64 bits,
        # outside of which a compiler may do as it likes
        p0, p1 = c0 * LESS_0, c2 * LESS_1
        c0, c1, c2, c3 = (c2 + (p1 >> 32)) ^ c1 ^ k0, p1 & MASK, (c0 + (p0 >> 32)) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@kernel
def fill_halves(block, c1, c2, c3, key_0, key_1, halves):
    """Write the words of successive blocks, an upper and a lower one in each number, as `philox_halves` has them.

    The rounds stand here once more, as compilers make vector instructions of a loop only where they see all of it.

    Parameters
    ----------
    block, c1, c2, c3 : int
        The counter of the first block; its first word grows.
    halves : array of int64
        The two halves of each block.
    """
    for j in range(len(halves) // 2):
        c0, w1, w2, w3, k0, k1 = block + j, c1, c2, c3, key_0, key_1
        for _ in range(ROUNDS):
            p0, p1 = c0 * LESS_0, w2 * LESS_1
            c0, w1, w2, w3 = (w2 + (p1 >> 32)) ^ w1 ^ k0, p1 & MASK, (c0 + (p0 >> 32)) ^ w3 ^ k1, p0 & MASK
            k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
        halves[2 * j] = (((c0 ^ SIGN) - SIGN) << 32) | w1
        halves[2 * j + 1] = (((w2 ^ SIGN) - SIGN) << 32) | w3


def words(number: int) -> tuple[int, int]:
    """Return the lower and the upper word of a number of 64 bits."""
    return number & MASK, number >> 32 & MASK


def words_of(numbers: np.ndarray) -> tuple[Words, Words]:
    """Return the lower and the upper words of one or many numbers; one number for all where that is quick to see."""
    if numbers.size == 1:
        return words(int(numbers.reshape(())))
    numbers = numbers.astype(np.uint64)
    upper = numbers >> 32
    return numbers & MASK, upper if upper.any() else 0


def philox_halves(c0: Words, c1: Words, c2: Words, c3: Words, key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the words 0 and 1 of many blocks, and the words 2 and 3, each two as one number of 64 bits.

    Some hundred operations on arrays, whatever their length: best for some thousands of blocks at a time.

    Parameters
    ----------
    c0, c1, c2, c3 : arrays of uint64, or ints
        Words of the counters, below 2**32. Arrays have one length, and c0 or c2 is one.

    Returns
    -------
    first, second : ndarray of uint64
        The word with the lower number in the upper half.
    """
    early, late = _keys_of_rounds(*key)
    # a word that is one number for all blocks is so still after a round, or two
    for k0, k1 in early:
        p0, p1 = c0 * MULTIPLIER_0, c2 * MULTIPLIER_1
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & MASK, (p0 >> 32) ^ c3 ^ k1, p0 & MASK
    n = max(np.size(c0), np.size(c2))
    a0, a1, a2, a3 = (_spread(word, n) for word in (c0, c1, c2, c3))
    q0, q1 = np.empty(n, np.uint64), np.empty(n, np.uint64)
    multiply, shift, add, keep = np.multiply, np.right_shift, np.bitwise_xor, np.bitwise_and
    for l0, l1 in late:
        multiply(a0, _TIMES_0, q0)
        multiply(a2, _TIMES_1, q1)
        shift(q1, _HALF, a0)
        shift(q0, _HALF, a2)
        add(a0, a1, a0)
        add(a2, a3, a2)
        add(a0, l0, a0)
        add(a2, l1, a2)
        keep(q1, _LOW, a1)
        keep(q0, _LOW, a3)
    return a0 << 32 | a1, a2 << 32 | a3


def _spread(word: Words, n: int) -> np.ndarray:
    """Return a word of n blocks as an array."""
    return np.full(n, word, np.uint64) if isinstance(word, int) else word


@lru_cache(maxsize=1024)
def _keys_of_rounds(k0: int, k1: int) -> tuple[list[tuple[int, int]], list[tuple[np.ndarray, np.ndarray]]]:
    """Return the words of a key in the first two rounds, and in the others."""
    keys = [((k0 + j * WEYL_0) & MASK, (k1 + j * WEYL_1) & MASK) for j in range(ROUNDS)]
    return keys[:2], [(np.array(a, np.uint64), np.array(b, np.uint64)) for a, b in keys[2:]]
