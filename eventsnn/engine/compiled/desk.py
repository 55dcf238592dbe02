"""The desk of the loop over instants: one table of addresses and numbers from which everything is found.

Its places are named here. All are eight bytes: addresses of arrays, sizes, and what is counted while the loop goes on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .memory import address_of

#: Neurons: their rows, rows of the courses and steps of resets (kinds, values); next and last spikes; group of each,
#: whether it is recorded; of each group whether it sends; for texts: ends of refractory periods and last spikes.
ROWS, LAW, STEP_KINDS, STEP_VALUES, WAKE, LASTSPIKE, GROUP_OF, RECORDED, SENDS, UNTILS, LASTS = range(11)

#: Where spikes go; see `tables.Ways`.
FIRST_WAY, WAY, FIRST, STOP, STARTS, NUMBERS, POST, TARGET, VARIABLE, DELAYS, WEIGHTS, DELAY, WEIGHT = range(11, 24)

#: What texts say; see `deeds`.
DEEDS, PORT_ROWS, STATE_ROWS, CHECK_ROWS, LOG_ROWS = range(24, 29)

#: Heap of neurons and their places in it; heap of arrivals: when, which pathway, the synapses from one place to
#: another.
HEAP, PLACE, SOON_TIME, SOON_RANK, SOON_BEGIN, SOON_END = range(29, 35)

#: Arrivals of a round: the key that orders them, pathway, places; who fires in it; how often each has fired at an
#: instant.
ITEM_KEY, ITEM_RANK, ITEM_BEGIN, ITEM_END, DUE_NOW, FIRED = range(35, 41)

#: Sums for each variable of each neuron, whether there is one, and for which; former values: where, and which.
SUM, IS_THERE, TOUCHED, LOG_ADDRESS, LOG_VALUE = range(41, 46)

#: Spikes found: when, whose; changes of recorded neurons. Spikes of stimuli: when, whose, of which group.
FOUND_TIME, FOUND_NEURON, FOUND_CHANGE, STIMULUS_TIME, STIMULUS_SENDER, STIMULUS_GROUP = range(46, 52)

#: Sizes: neurons, width of a row and of a note of a change, variables with sums, spikes of stimuli; room for arrivals,
#: former values, spikes, changes.
N_NEURONS, WIDTH, NOTE, VARIABLES, N_STIMULI, ROOM_SOON, ROOM_LOG, ROOM_SPIKES, ROOM_CHANGES = range(52, 61)

#: What is counted: neurons in the heap, arrivals in theirs, arrivals of the round, sums, former values, work; spikes
#: and changes found; spikes of stimuli sent.
N_HEAP, N_SOON, N_ITEMS, N_TOUCHED, N_LOGS, WORK, N_SPIKES, N_CHANGES, N_SENT = range(61, 70)

#: Several variables: motions of those that move each by themselves, which take no input in the refractory period, what
#: resets change; linear systems, room in which they work, and for the variables of a neuron.
MOTION_KINDS, MOTION_P, MOTION_Q, MOTION_R, FROZEN, STEP_VARIABLES = range(70, 76)
LINEAR_INTS, LINEAR_FLOATS, DRIVEN_ROWS, WORK_ROOM, ASIDE = range(76, 81)

#: How long these are; whether there are neurons with several variables, and addresses of what such neurons do.
N_INTS, N_FLOATS, N_DRIVEN, N_WORK, HAS_SEVERAL, SHOW, TAKE, FIRE, PREDICT = range(81, 90)

#: Recorded synapses: which variables are noted, the notes, numbers in one, room for them, how many there are.
NOTED_ROWS, SYNAPSE_NOTES, SYNAPSE_NOTE, ROOM_NOTES, N_NOTES = range(90, 95)

#: Resets and refractory times that are texts: a row for each group, what has to be a number; whether there are any.
SPIKE_TEXTS, SPIKE_CHECKS, HAS_SPIKE_TEXTS = range(95, 98)

SIZE = 98


class Desk:
    """The table, filled from Python.

    Attributes
    ----------
    table : ndarray of int64, shape (SIZE,)
    address : int
        Its own.
    """

    def __init__(self) -> None:
        self.table = np.zeros(SIZE, np.int64)
        self.address = address_of(self.table)
        self._kept: dict[int, Any] = {}

    def lay(self, place: int, array: Any, kind: type | None = None) -> np.ndarray:
        """Put an array on the desk, in the form in which it is expected there; return that."""
        own = np.ascontiguousarray(array, kind)
        self._kept[place], self.table[place] = own, address_of(own)
        return own
