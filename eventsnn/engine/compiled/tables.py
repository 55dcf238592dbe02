"""What the loops of the compiled engine work on: flat arrays, gathered in named tuples.

Neurons of all exact groups are numbered through, group after group; the neurons of stimuli follow them, so that every
sender of spikes has a number of its own. What neurons have in common is kept once, by *course*: the row of `Laws` that
a neuron's row names. The names and types of the arrays are the same for all networks, so that what is compiled
serves every one of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .calendar import Calendar
from .linear_tables import LinearTables

# --- one neuron's row: what changes while it runs ---------------------------------------------------------------------

#: Places in the row of a neuron: instant of its last change with its remainder, end of the refractory period, next
#: spike (or an instant before which there is none, where `BOUND` stands in place of its remainder) with its remainder,
#: course, and variables.
SINCE, SINCE_LOW, UNTIL, UNTIL_LOW, DUE, DUE_LOW, COURSE, X = 0, 1, 2, 3, 4, 5, 6, 7

#: In place of the remainder of a spike: the instant is none at which the neuron fires, but one before which it does
#: not.
BOUND = 2.0

# --- kinds ------------------------------------------------------------------------------------------------------------

#: Families of solutions: variables that move each by itself; linear systems; those among them that have a row in
#: `driven_tables`.
SEPARATE, LINEAR, DRIVEN = 0, 1, 2

#: What a reset does to a variable: it sets it, adds to it, takes from it.
SET, ADD, SUBTRACT = 0, 1, 2

#: No refractory period.
NO_PERIOD = -1.0


class Laws(NamedTuple):
    """How neurons move, by course; ``row[c]`` is the first of the m rows of motions outside the refractory period.

    Attributes
    ----------
    family, m, row, system : ndarray of int64, shape (courses,)
        `system` numbers the system of a linear course in its own tables.
    leaf, upward, strict : ndarray of int64, shape (courses,)
        Which variable the threshold asks for, -1 for none; in which direction; whether its level is below threshold.
    quiet : ndarray of int64, shape (courses,)
        Whether only inputs make such a neuron fire, and all that follows is simple; see `quiet`.
    level, period : ndarray, shape (courses,)
        Refractory period [ms], `NO_PERIOD` where there is none.
    first_step : ndarray of int64, shape (courses + 1,)
        Where the steps of each course's reset begin.
    kind, frozen : ndarray of int64, shape (rows,)
        Of each variable outside the refractory period, then of each in it; `frozen` ones take no input in it.
    p, q, r : ndarray, shape (rows,)
    step_kind, step_variable : ndarray of int64
    step_value : ndarray
    """

    family: np.ndarray
    m: np.ndarray
    row: np.ndarray
    system: np.ndarray
    leaf: np.ndarray
    upward: np.ndarray
    strict: np.ndarray
    quiet: np.ndarray
    level: np.ndarray
    period: np.ndarray
    first_step: np.ndarray
    kind: np.ndarray
    frozen: np.ndarray
    p: np.ndarray
    q: np.ndarray
    r: np.ndarray
    step_kind: np.ndarray
    step_variable: np.ndarray
    step_value: np.ndarray


class Ways(NamedTuple):
    """The pathways of all synapses, by rank. Synapses stay where the user's objects have them: here are addresses.

    Attributes
    ----------
    first_way : ndarray of int64, shape (senders' groups + 1,)
        Where the ranks of each group's pathways begin in `way`.
    way : ndarray of int64
    first, stop : ndarray of int64, shape (pathways,)
        Senders whose spikes the pathway takes up.
    starts, numbers, post : ndarray of int64, shape (pathways,)
        Addresses: where the synapses of each sender begin; which synapses these are (0 where they stand in that order);
        the neuron behind each.
    size : ndarray of int64, shape (pathways,)
        Number of synapses.
    target : ndarray of int64, shape (pathways,)
        Added to the neuron behind a synapse to make it a number of ours.
    variable : ndarray of int64, shape (pathways,)
        That is added to.
    delays, weights : ndarray of int64, shape (pathways,)
        Addresses; 0 where all have one `delay` [ms] or `weight`.
    delay, weight : ndarray, shape (pathways,)
    """

    first_way: np.ndarray
    way: np.ndarray
    first: np.ndarray
    stop: np.ndarray
    starts: np.ndarray
    numbers: np.ndarray
    post: np.ndarray
    size: np.ndarray
    target: np.ndarray
    variable: np.ndarray
    delays: np.ndarray
    weights: np.ndarray
    delay: np.ndarray
    weight: np.ndarray


class Trains(NamedTuple):
    """Poisson trains that belong to one neuron each, and are made where it is visited.

    Attributes
    ----------
    first_train : ndarray of int64, shape (groups + 1,)
        Where the trains of each group's neurons begin.
    lowest, highest : ndarray of int64, shape (trains,)
        From which neuron on, and before which, each has one.
    place : ndarray of int64, shape (trains,)
        Where the columns of its neurons begin.
    variable, rank : ndarray of int64, shape (trains,)
        What it adds to, and its place among all pathways at one instant.
    weight : ndarray, shape (trains,)
    key_0, key_1 : ndarray of int64, shape (trains,)
        Of its random numbers.
    count : ndarray of int64
        Numbers drawn, by neuron, train after train.
    next, slope, origin, left : ndarray
        The next spike; the rate; since when `left` of the interval is to be worn down. See `stimuli.renewal`.
    """

    first_train: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    place: np.ndarray
    variable: np.ndarray
    rank: np.ndarray
    weight: np.ndarray
    key_0: np.ndarray
    key_1: np.ndarray
    count: np.ndarray  # type: ignore[assignment]
    next: np.ndarray
    slope: np.ndarray
    origin: np.ndarray
    left: np.ndarray


class Net(NamedTuple):
    """What stays the same while a network runs.

    Attributes
    ----------
    laws : Laws
    linear : LinearTables
    ways : Ways
    group_of : ndarray of int32, shape (neurons,)
    is_recorded : ndarray of bool, shape (neurons,)
        Whose changes of state are written down.
    sends : ndarray of bool, shape (groups,)
        Whose spikes go anywhere.
    has : ndarray of bool, shape (3,)
        Which neurons there are: with one variable that moves by itself, `DRIVEN` ones, others.
    """

    laws: Laws
    linear: LinearTables
    ways: Ways
    group_of: np.ndarray
    is_recorded: np.ndarray
    sends: np.ndarray
    has: np.ndarray


class State(NamedTuple):
    """What changes while a network runs.

    Attributes
    ----------
    rows : ndarray, shape (neurons * width,)
        One row of numbers for each neuron.
    lastspike : ndarray, shape (neurons,) [ms]
    wake : ndarray, shape (neurons,) [ms]
        When each neuron is to be looked at, even if no spike arrives.
    earliest : ndarray [ms]
        The same, or something earlier, for each `CROWD` of neurons.
    calendar : Calendar
    trains : Trains
    """

    rows: np.ndarray
    lastspike: np.ndarray
    wake: np.ndarray
    earliest: np.ndarray
    calendar: Calendar
    trains: Trains


#: Neurons whose wakes have one entry in `earliest`.
CROWD = 64


class Found(NamedTuple):
    """What happened: the spikes of each part of the neurons, and changes of recorded neurons.

    Attributes
    ----------
    time : ndarray, shape (parts, room) [ms]
    neuron : ndarray of int32, shape (parts, room)
    spikes : ndarray of int64, shape (parts,)
        How many there are.
    change : ndarray, shape (parts, room, width + 1)
        Neuron, instant, last spike and row of every change of a recorded neuron.
    changes : ndarray of int64, shape (parts,)
    inputs : ndarray of int64, shape (parts,)
        How many inputs there were in the present window.
    """

    time: np.ndarray
    neuron: np.ndarray
    spikes: np.ndarray
    change: np.ndarray
    changes: np.ndarray
    inputs: np.ndarray


class Room(NamedTuple):
    """Where a window is worked on; nothing in it outlives the window.

    Attributes
    ----------
    time, rank, begin, end, weight : ndarray
        Items: the entries of the calendar that come up; `weight` is NaN where synapses have their own.
    item, value, following : ndarray
        Arrivals: the item of each, its weight, and the next arrival at the same neuron (-1 for none).
    first, count : ndarray of int32, shape (neurons,)
        The first arrival of each neuron (-1 for none), or how many it has.
    todo : ndarray of int32, shape (neurons,)
    instants, weights : ndarray, shape (parts, room)
        Of the inputs of a batch of neurons, in order.
    variables, items : ndarray of int32, shape (parts, room)
        To which variable each is added (one place only where no neuron has several), and the item that it comes from.
    offsets : ndarray of int64, shape (parts, BATCH + 1)
        Where the inputs of each neuron of the batch begin.
    woken : ndarray, shape (parts, BATCH) [ms]
        When the own trains of each have their next spike, after the window.
    drawn, scratch : ndarray, shape (parts, room)
        Instants that a train gives, and where it makes them.
    work : ndarray, shape (parts, room)
        For neurons with several variables: what linear systems need, a neuron's variables, and what is added to them.
    """

    time: np.ndarray
    rank: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    weight: np.ndarray
    item: np.ndarray
    value: np.ndarray
    following: np.ndarray
    first: np.ndarray
    count: np.ndarray  # type: ignore[assignment]
    todo: np.ndarray
    instants: np.ndarray
    weights: np.ndarray
    variables: np.ndarray
    items: np.ndarray
    offsets: np.ndarray
    woken: np.ndarray
    drawn: np.ndarray
    scratch: np.ndarray
    work: np.ndarray
