"""Standard normal numbers, each a pure function of a key, a neuron and a counter, by the ziggurat.

The area under exp(-x**2/2) is covered by 256 layers of equal area: 255 rectangles that stand on each other, and below
them one that ends at ``TAIL`` and has the tail beside it. A point of a layer chosen at random lies, 99 times in 100,
where the layer is under the curve for sure, and its x is the number. Otherwise it is compared with the curve, or drawn
from the tail; if it lies above the curve, another point is chosen.

What is drawn
-------------
A neuron k has its own numbers of 64 bits, X(0), X(1), X(2), ...: of the block of `philox` with counter
(k >> 1, a, lower half of the counter, upper half), an even neuron's X(a) is words 0 and 1, an odd one's words 2 and 3,
the lower word above. A block serves two neurons. They are used one after the other, each for one purpose:

- for a point: its lowest 8 bits are the layer, its highest 54 the place, a number with its sign in two's complement;
- for its comparison with the curve: 53 bits as a uniform number, the height in the layer;
- for each attempt in the tail (Marsaglia 1964): two of them, as two uniform numbers.

So 988 of 1000 numbers take X(0) alone, and the others go on with bits that nothing else has seen.

`normal_of` and `fill_normals` are kernels, to be compiled or not; `normals_of` and `normals_of_all` do the same with
NumPy and have the same bits. Logarithm and exponential are the C library's in all of them, and needed in 1 of 80
numbers.

Source
------
Marsaglia & Tsang (2000), The ziggurat method for generating random variables. J. Stat. Software 5(8). Doornik (2005),
An improved ziggurat method to generate normal random samples (256 layers; layer and place from different bits).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ._jit import kernel
from .philox import SIGN, Words, fill_halves, philox_halves, philox_words, words, words_of

LAYERS = 256
#: Where the tail begins, for which the layers have equal areas (Doornik 2005, table 1).
TAIL = 3.6541528853610088
#: Of each layer.
AREA = TAIL * math.exp(-0.5 * TAIL * TAIL) + math.sqrt(0.5 * math.pi) * math.erfc(TAIL / math.sqrt(2.0))

TO_UNIT = 2.0**-53

#: So many blocks are made at a time: their words stay in the cache.
BLOCKS = 1 << 12

#: `fill_normals` makes so many at a time.
FILLED = 1024

#: Up to so many numbers are quicker made one by one.
FEW = 8


def _edges() -> list[float]:
    """Return where each layer ends, from the one below to the top, and the top's 0.

    The lowest layer is as wide as a rectangle of its area would be.
    """
    edges = [AREA / math.exp(-0.5 * TAIL * TAIL), TAIL]
    for _ in range(LAYERS - 2):
        x = edges[-1]
        edges.append(math.sqrt(-2.0 * math.log(math.exp(-0.5 * x * x) + AREA / x)))
    return [*edges, 0.0]


_X = _edges()
_Y = [math.exp(-0.5 * x * x) for x in _X]
#: The width of each layer, in units of a place's last bit; up to where it is under the curve for sure.
SCALES, SURE = np.array(_X[:-1]) * TO_UNIT, np.array(_X[1:])
#: Where each layer begins in height, and how high it is; the lowest one is not asked.
FLOORS, HEIGHTS = np.array(_Y[:-1]), np.diff(_Y)


# --- one by one, and compiled ----------------------------------------------------------------------------------------


@kernel
def own_words(k, attempt, counter_low, counter_high, k0, k1):
    """Return X(attempt) of neuron k, as its upper and its lower word."""
    w0, w1, w2, w3 = philox_words(k >> 1, attempt, counter_low, counter_high, k0, k1)
    if k & 1:
        return w2, w3
    return w0, w1


@kernel
def uniform(high, low):
    """Return the 53-bit number in [0, 1) of two words."""
    return ((high >> 5) * 67108864.0 + (low >> 6)) * TO_UNIT


@kernel
def place(high, low):
    """Return the place of two words: the upper 54 of their bits, in two's complement."""
    return (((high ^ SIGN) - SIGN) << 22) | (low >> 10)


@kernel
def normal_of(k, counter_low, counter_high, k0, k1):
    """Return the standard normal number of one neuron and counter.

    Parameters
    ----------
    k : int
        Of the neuron, from 0 to 2**33 - 1.
    counter_low, counter_high : int
        Words of the counter.
    k0, k1 : int
        Words of the key. All are signed 64-bit numbers where this is compiled.
    """
    high, low = own_words(k, 0, counter_low, counter_high, k0, k1)
    layer = low & 255
    x = place(high, low) * float(SCALES[layer])
    if abs(x) < SURE[layer]:
        return x
    return settled(x, layer, k, counter_low, counter_high, k0, k1)


@kernel
def settled(x, layer, k, counter_low, counter_high, k0, k1):
    """Return the number to which a first point comes that is not under the curve for sure."""
    attempt = 1
    while layer > 0:
        high, low = own_words(k, attempt, counter_low, counter_high, k0, k1)
        if FLOORS[layer] + uniform(high, low) * HEIGHTS[layer] < math.exp(-0.5 * x * x):
            return x
        high, low = own_words(k, attempt + 1, counter_low, counter_high, k0, k1)
        layer = low & 255
        x = place(high, low) * float(SCALES[layer])
        if abs(x) < SURE[layer]:
            return x
        attempt += 2
    beyond = tail_of(k, attempt, counter_low, counter_high, k0, k1)
    return beyond if x > 0.0 else -beyond


@kernel
def tail_of(k, attempt, counter_low, counter_high, k0, k1):
    """Return a number from the normal distribution beyond `TAIL` (Marsaglia 1964), from X(attempt) on."""
    while True:
        high, low = own_words(k, attempt, counter_low, counter_high, k0, k1)
        beyond = -math.log(1.0 - uniform(high, low)) / TAIL
        high, low = own_words(k, attempt + 1, counter_low, counter_high, k0, k1)
        if -2.0 * math.log(1.0 - uniform(high, low)) > beyond * beyond:
            return TAIL + beyond
        attempt += 2


@kernel
def fill_normals(first, counter_low, counter_high, k0, k1, out):
    """Write the normal numbers of successive neurons at one counter, those of `normal_of`.

    For compiled loops: three plain passes over each piece, of which a compiler makes vector instructions.

    Parameters
    ----------
    first : int
        The neuron whose number is ``out[0]``.
    out : array of float, contiguous
    """
    n, begin = len(out), first & 1
    if begin == 1 and n > 0:
        # its block is that of a neuron before
        out[0] = normal_of(first, counter_low, counter_high, k0, k1)
    while begin + 1 < n:
        piece = out[begin : begin + min((n - begin) // 2, FILLED) * 2]
        _fill_pairs(first + begin, counter_low, counter_high, k0, k1, piece, piece.view(np.int64))
        begin += len(piece)
    if begin < n:
        out[begin] = normal_of(first + begin, counter_low, counter_high, k0, k1)


@kernel
def _fill_pairs(first, counter_low, counter_high, k0, k1, out, bits):
    """Write the normal numbers of whole blocks; `bits` is the memory of `out` as integers."""
    fill_halves(first >> 1, 0, counter_low, counter_high, k0, k1, bits)
    for j in range(len(out)):
        layer = bits[j] & 255
        x = (bits[j] >> 10) * SCALES[layer]
        out[j] = x if abs(x) < SURE[layer] else math.nan
    for j in range(len(out)):
        if out[j] != out[j]:
            out[j] = normal_of(first + j, counter_low, counter_high, k0, k1)


# --- with NumPy ------------------------------------------------------------------------------------------------------


def normals_of(neurons: np.ndarray, counters: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Return the normal numbers of some neurons, whichever they are.

    Parameters
    ----------
    neurons : ndarray of uint64, shape (n,)
    counters : ndarray of int
        One for all neurons, or one for each.
    """
    parts = [slice(begin, begin + BLOCKS) for begin in range(0, len(neurons), BLOCKS)]
    pieces = (_own_numbers(neurons[part], 0, *words_of(_at(part, counters)), key) for part in parts)
    values, rare, layers = _look_up_all(pieces, len(neurons))
    _complete(values, rare, layers, neurons[rare], _at(rare, counters), key)
    return values


def normals_of_all(n: int, counters: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Return the normal numbers of neurons 0 to n - 1 at some counters, where a block serves two neurons.

    Parameters
    ----------
    counters : ndarray of int, shape (rows,)

    Returns
    -------
    ndarray of float, shape (rows, n)
    """
    width, rows = (n + 1) // 2, len(counters)
    total = rows * width

    def make(begin: int) -> np.ndarray:
        blocks, counter = np.arange(begin, min(begin + BLOCKS, total), dtype=np.uint64), counters
        if rows > 1:
            row, blocks = np.divmod(blocks, width)
            counter = counters[row]
        numbers = np.empty((len(blocks), 2), np.uint64)
        numbers[:, 0], numbers[:, 1] = philox_halves(blocks, 0, *words_of(counter), key)
        return numbers.ravel()

    values, rare, layers = _look_up_all(map(make, range(0, total, BLOCKS)), 2 * total)
    if rare.size:
        row, who = np.divmod(rare, 2 * width)
        _complete(values, rare, layers, who.astype(np.uint64), _at(row, counters), key)
    return values.reshape(rows, 2 * width)[:, :n]


def uniforms_of(numbers: np.ndarray) -> np.ndarray:
    """Return what `uniform` does of numbers of 64 bits, an upper and a lower word in each."""
    return ((numbers >> 37 << 26) | (numbers >> 6 & 0x3FFFFFF)).view(np.int64) * TO_UNIT


def _at(index: slice | np.ndarray, counters: np.ndarray) -> np.ndarray:
    """Return the counters of some neurons."""
    return counters if counters.size == 1 else counters[index]


def _own_numbers(neurons: np.ndarray, attempt: Words, low: Words, high: Words, key: tuple[int, int]) -> np.ndarray:
    """Return X(attempt) of some neurons."""
    first, second = philox_halves(neurons >> 1, attempt, low, high, key)
    return np.where(neurons & 1, second, first)


def _look_up(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the x of points, which of them are not under the curve for sure, and the layers of these."""
    layers = (numbers & 255).view(np.int64)
    x = (numbers.view(np.int64) >> 10).astype(float)
    x *= SCALES.take(layers)
    rare = np.flatnonzero(np.abs(x) >= SURE.take(layers))
    return x, rare, layers[rare]


def _look_up_all(pieces: Iterable[np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `_look_up` does of n numbers that are made piece by piece."""
    values, begin = np.empty(n), 0
    places, layers = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for numbers in pieces:
        x, rare, its_layers = _look_up(numbers)
        values[begin : begin + len(x)] = x
        places.append(rare + begin)
        layers.append(its_layers)
        begin += len(x)
    return values, np.concatenate(places), np.concatenate(layers)


def _complete(
    values: np.ndarray,
    rare: np.ndarray,
    layers: np.ndarray,
    neurons: np.ndarray,
    counters: np.ndarray,
    key: tuple[int, int],
) -> None:
    """Replace points that are not under the curve for sure by what `settled` makes of them.

    Parameters
    ----------
    values : ndarray of float
        The x of all points.
    rare, layers, neurons, counters : ndarray
        Where these points stand in it, their layers, neurons and counters (or the one of all).
    """
    n, left = len(rare), np.arange(len(rare))
    if n > FEW:
        # X(1) and X(2) are enough for nearly all
        twice, attempts = np.tile(neurons, 2), np.repeat(np.array([1, 2], np.uint64), n)
        low, high = words_of(counters if counters.size == 1 else np.tile(counters, 2))
        numbers = _own_numbers(twice, attempts, low, high, key)
        chosen, is_open = _decide(values[rare], layers, numbers[:n], numbers[n:])
        values[rare[~is_open]] = chosen[~is_open]
        left = np.flatnonzero(is_open)
    for j in left.tolist():
        where, counter = rare[j], words(int(counters.flat[j if counters.size > 1 else 0]))
        values[where] = settled(float(values[where]), int(layers[j]), int(neurons[j]), *counter, *key)


def _decide(x: np.ndarray, layers: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers that points come to with their X(1) and X(2), and where these are not enough."""
    curve = np.array([math.exp(a) for a in (-0.5 * x * x).tolist()])
    heights, (again, rare, _) = uniforms_of(first), _look_up(second)
    above = FLOORS[layers] + heights * HEIGHTS[layers] >= curve
    is_open = np.zeros(len(x), bool)
    is_open[rare] = above[rare]
    values = np.where(above, again, x)
    for j in np.flatnonzero(layers == 0).tolist():
        beyond = -math.log(1.0 - float(heights[j])) / TAIL
        is_open[j] = -2.0 * math.log(1.0 - float(uniforms_of(second[j : j + 1])[0])) <= beyond * beyond
        values[j] = math.copysign(TAIL + beyond, x[j])
    return values, is_open
