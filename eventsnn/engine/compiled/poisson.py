"""Poisson trains of constant rates in compiled code: the spikes of one neuron, or of all, up to some instant.

The numbers are those of `RenewalTrains`: interval k of a neuron is ``-log(1 - u)``, u its uniform number with the
counter k, over its rate; intervals are added one after the other. Nothing is kept from one call to the next but what
the trains keep: the counter, the next spike, the last one, and what the interval between them was drawn as. Numbers
that were drawn in vain are drawn again, the same, when their time has come.
"""

from __future__ import annotations

from math import nan, sqrt

import numpy as np

from ..._jit import kept, kernel
from ...normals import TO_UNIT
from ...philox import LESS_0, LESS_1, MASK, ROUNDS, WEYL_0, WEYL_1
from ...stimuli.exponential import minus_log
from ...stimuli.rates import ConstantRates
from ...stimuli.renewal import ExponentialLaw, RenewalTrains
from ...stimuli.trains import Spikes, Trains, join

#: So many intervals are drawn together. A processor makes them at once, so that one alone takes nearly as long.
BLOCK = 8

#: How many values a uniform number can have.
UNITS = 1 << 53


@kernel
def fill_block(neuron, key_0, key_1, count, slope, room):
    """Make the next `BLOCK` intervals of one neuron, in units of the mean, and behind them the same in ms.

    The rounds of `philox_words` stand here once more, as compilers make vector instructions only of what they see.
    """
    low, high = neuron & MASK, neuron >> 32
    for j in range(BLOCK):
        counter = count + j
        c0, c1, c2, c3, k0, k1 = low, high, counter & MASK, counter >> 32, key_0, key_1
        for _ in range(ROUNDS):
            p0, p1 = c0 * LESS_0, c2 * LESS_1
            c0, c1, c2, c3 = (c2 + (p1 >> 32)) ^ c1 ^ k0, p1 & MASK, (c0 + (p0 >> 32)) ^ c3 ^ k1, p0 & MASK
            k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
        # 1 - u, as exact as u
        interval = minus_log((UNITS - (((c0 >> 5) << 26) | (c1 >> 6))) * TO_UNIT)
        room[j] = interval
        room[BLOCK + j] = interval / slope


@kernel
def fill_poisson(neuron, key_0, key_1, count, due, slope, end, times, room):
    """Make the spikes of one neuron before `end`, or as many as there is room for.

    Parameters
    ----------
    neuron : int
        Its number in the trains.
    key_0, key_1 : int
        Of the trains' draws.
    count : int
        Of the next number to be drawn.
    due : float [ms]
        The neuron's next spike; infinite where the rate is zero.
    slope : float [1/ms]
        Its rate.
    end : float [ms]
    times : array of float, at least `BLOCK` long
        Gets the spikes [ms].
    room : array of float, at least ``2*BLOCK`` long
        To work in; another piece of memory than `times`.

    Returns
    -------
    made : int
        How many spikes there are. With `due` still before `end` there are more: call again.
    count : int
    due : float [ms]
    left, origin : float
        The interval that is pending, in units of its mean, and when it began [ms]: what the trains' arrays of these
        names hold, together with ``age = 0`` and ``is_first = False``. NaN where there was no spike, and the arrays
        stay as they are.
    """
    made, left, origin = 0, nan, nan
    while due < end and made + BLOCK <= len(times):
        # 1. a block of intervals
        fill_block(neuron, key_0, key_1, count, slope, room)
        # 2. one after the other, up to the end
        j = 0
        while j < BLOCK and due < end:
            times[made + j] = due
            due += room[BLOCK + j]
            j += 1
        made += j
        count += j
        left, origin = room[j - 1], times[made - 1]
    return made, count, due, left, origin


@kernel
def fill_trains(first, key_0, key_1, end, count, due, slope, left, origin, age, is_first, times, neurons, room):
    """Make the spikes of all neurons from one on, one neuron after the other, and let their trains stand at `end`.

    Parameters
    ----------
    first : int
        The first neuron.
    count, due, slope, left, origin, age, is_first : ndarray, shape (n,)
        Those of the trains; `due` is called ``next`` there.
    times, neurons : ndarray
        Get the spikes.

    Returns
    -------
    first : int
        The first neuron whose train does not stand at `end`, since the arrays are full; n for none.
    made : int
        How many spikes there are.
    """
    made = 0
    for k in range(first, len(count)):
        while due[k] < end:
            if made + BLOCK > len(times):
                return k, made
            number, count[k], due[k], left[k], origin[k] = fill_poisson(
                k, key_0, key_1, count[k], due[k], slope[k], end, times[made:], room
            )
            age[k], is_first[k] = 0.0, False
            for j in range(made, made + number):
                neurons[j] = k
            made += number
    return len(count), made


def is_poisson(trains: Trains | None) -> bool:
    """Return whether these are trains whose spikes `fill_poisson` makes."""
    return (
        isinstance(trains, RenewalTrains)
        and isinstance(trains.law, ExponentialLaw)
        and isinstance(trains.rates, ConstantRates)
        and not trains.dead.any()
    )


def advance_trains(trains: Trains, end: float, budget: int) -> Spikes:
    """Do what ``trains.advance(end, budget)`` does, and several times as fast where these are Poisson trains."""
    if not (isinstance(trains, RenewalTrains) and is_poisson(trains) and trains.now < end):
        return trains.advance(end, budget)
    trains.enter()
    expected = trains.total * (end - trains.now)
    if expected > budget:
        end = max(trains.now + budget / trains.total, float(np.nextafter(trains.now, np.inf)))
        expected = budget
    size, room = int(expected + 5.0 * sqrt(expected)) + 2 * BLOCK, np.empty(2 * BLOCK)
    arrays = (trains.count, trains.next, trains.slope, trains.left, trains.origin, trains.age, trains.is_first)
    first, parts = 0, []
    while first < trains.n:
        times, neurons = np.empty(size), np.empty(size, np.int64)
        first, made = kept(fill_trains)(first, *trains.draws.key, end, *arrays, times, neurons, room)
        parts.append((times[:made], neurons[:made]))
    trains.now = end
    return join(parts)
