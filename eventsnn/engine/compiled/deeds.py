"""What synapses do when a spike arrives: add a number to a sum, or what their text says.

Contributions to neurons are only collected, one sum for each variable of each neuron; the first one is the sum, to the bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..._jit import kernel
from ...instants import elapsed
from .arrivals import DONE, FULL, HANDOVER
from .heaps import ENTRIES
from .memory import floats_at, ints_at, longs_at
from .moments import LAW, value_at
from .neuron import flow_on
from .places import get_number, get_whole, put_number, put_whole
from .tables import COURSE
from .texts import call_text

#: Places in the row of a pathway: address of its text (0 for none), of the tables of arrays and of constants,
TEXT, OWN, PRE_TABLE, POST_TABLE, CONSTANTS = 0, 1, 2, 3, 4
#: addresses of what a text is given and gives out,
PRE_X, POST_X, OUT = 5, 6, 7
#: the numbers of the first neurons of the groups before and behind, and where the connected parts begin in them,
PRE_FIRST, POST_FIRST, PRE_OFFSET, POST_OFFSET = 8, 9, 10, 11
#: addresses: which synapses stand at the places, and the neurons behind; of those before, where the synapses of each begin
#: and how many they are, or a list; whether it is asked for at all,
NUMBERS, POST, STARTS_PRE, SIZE_PRE, LIST_PRE, NEEDS_PRE = 12, 13, 14, 15, 16, 17
#: whether the text reads the state of these neurons, whether that of the synapses moves, and whether the text reads when it
#: did so last; the address of those instants,
READS_PRE, READS_POST, MOVES, READS_LAST, LASTUPDATE = 18, 19, 20, 21, 22
#: how many rows it has in the other tables, and from where on.
PORTS, FIRST_PORT, STATES, FIRST_STATE, CHECKS, FIRST_CHECK, LOGS, FIRST_LOG = 23, 24, 25, 26, 27, 28, 29, 30
#: Addresses of the neurons behind, of the weights or 0, how many there are; of what adds a number and no more.
DEED = 32

#: A state of synapses: address of its values, of kinds and parameters, how many synapses have each of them.
STATE = 6

#: Further places in `counts`: slots with a sum, entries of the journal.
TOUCHED, JOURNAL = ENTRIES + 1, ENTRIES + 2


class Deeds(NamedTuple):
    """What the pathways do, by rank.

    Attributes
    ----------
    rows : ndarray of int64, shape (pathways * DEED,)
    ports : ndarray of int64
        Of each port whether it leads to the neuron behind, and to which variable.
    states : ndarray of int64, shape (states * STATE,)
    checks : ndarray of int64
        Addresses of variables of synapses that have to be finite, and whether all synapses share one.
    logs : ndarray of int64
        Addresses of variables whose former values are written down.
    """

    rows: np.ndarray
    ports: np.ndarray
    states: np.ndarray
    checks: np.ndarray
    logs: np.ndarray


class Sums(NamedTuple):
    """What arrives in one round.

    Attributes
    ----------
    value : ndarray, shape (neurons * variables,)
    is_there : ndarray of bool
    touched : ndarray of int64
        The slots that have a sum, in the order in which they got it.
    """

    value: np.ndarray
    is_there: np.ndarray
    touched: np.ndarray


class Journal(NamedTuple):
    """Former values, to be put back should a chunk be done again.

    Attributes
    ----------
    address, value : ndarray of int64
        Eight bytes each, whatever they mean.
    """

    address: np.ndarray
    value: np.ndarray


@kernel
def add_weights(ways, rank, begin, end, copies, sums, counts, variables):
    """Let synapses add their weights, those at some places, in this order, each as often as spikes arrive."""
    post, has_numbers = ints_at(ways.post[rank], ways.size[rank]), ways.numbers[rank] != 0
    numbers = ints_at(ways.numbers[rank], ways.size[rank] if has_numbers else 0)
    has_weights, weight = ways.weights[rank] != 0, ways.weight[rank]
    weights = floats_at(ways.weights[rank], ways.size[rank] if has_weights else 0)
    target, variable = ways.target[rank], ways.variable[rank]
    value, is_there, touched, n = sums.value, sums.is_there, sums.touched, counts[TOUCHED]
    for place in range(begin, end):
        number = numbers[place] if has_numbers else place
        slot = (post[number] + target) * variables + variable
        amount = weights[number] if has_weights else weight
        for _ in range(copies):
            if is_there[slot]:
                value[slot] += amount
            else:
                is_there[slot], value[slot] = True, amount
                touched[n] = slot
                n += 1
    counts[TOUCHED] = n


@kernel
def run_text(deeds, rank, begin, end, copies, now, rows, width, law, sums, journal, counts, variables):
    """Let the text of a pathway run for the synapses at some places; return `DONE`, `FULL` or `HANDOVER`."""
    deed, ports, states, checks, logs = deeds.rows, deeds.ports, deeds.states, deeds.checks, deeds.logs
    d = rank * DEED
    text, own, pre_table, post_table = deed[d + TEXT], deed[d + OWN], deed[d + PRE_TABLE], deed[d + POST_TABLE]
    constants, pre_x, post_x, out = deed[d + CONSTANTS], deed[d + PRE_X], deed[d + POST_X], deed[d + OUT]
    has_numbers, is_listed = deed[d + NUMBERS] != 0, deed[d + LIST_PRE] != 0
    # as long as any: no array is looked at behind its end
    most = 1 << 40
    numbers = ints_at(deed[d + NUMBERS], most if has_numbers else 0)
    post = ints_at(deed[d + POST], most)
    list_pre = ints_at(deed[d + LIST_PRE], most if is_listed else 0)
    starts = longs_at(deed[d + STARTS_PRE], 0 if is_listed else deed[d + SIZE_PRE] + 1)
    lastupdate, moves, reads_last = deed[d + LASTUPDATE], deed[d + MOVES] != 0, deed[d + READS_LAST] != 0
    needs_pre, first_log = deed[d + NEEDS_PRE] != 0, deed[d + FIRST_LOG]
    last_log = first_log + deed[d + LOGS]
    a = 0
    for visit in range((end - begin) * copies):
        place = begin + visit // copies
        k = numbers[place] if has_numbers else place
        b = post[k] + deed[d + POST_OFFSET]
        if needs_pre:
            if is_listed:
                a = list_pre[k] + deed[d + PRE_OFFSET]
            else:
                a = sender_of(starts, k) + deed[d + PRE_OFFSET]
        # 1. what was there before
        if last_log > first_log:
            j = counts[JOURNAL]
            if j + last_log - first_log > len(journal.address):
                return FULL
            for log in range(first_log, last_log):
                journal.address[j], journal.value[j] = logs[log] + 8 * k, get_whole(logs[log], k)
                j += 1
            counts[JOURNAL] = j
        # 2. the synapse's own state comes to the present
        last = now
        if moves:
            last = get_number(lastupdate, k)
            if last != now:
                s = elapsed(last, 0.0, now, 0.0)
                if s > 0.0:
                    for state in range(deed[d + FIRST_STATE], deed[d + FIRST_STATE] + deed[d + STATES]):
                        i = state * STATE
                        one = k if states[i + 5] > 1 else 0
                        kind = int(get_number(states[i + 1], one))
                        p, q = get_number(states[i + 2], one), get_number(states[i + 3], one)
                        r = get_number(states[i + 4], one)
                        put_number(states[i], k, flow_on(kind, get_number(states[i], k), p, q, r, s))
                put_number(lastupdate, k, last if reads_last else now)
        # 3. the text
        if deed[d + READS_PRE] != 0:
            g = deed[d + PRE_FIRST] + a
            put_number(pre_x, 0, value_at(rows, g * width, law, int(rows[g * width + COURSE]) * LAW, now))
        if deed[d + READS_POST] != 0:
            g = deed[d + POST_FIRST] + b
            put_number(post_x, 0, value_at(rows, g * width, law, int(rows[g * width + COURSE]) * LAW, now))
        call_text(text, k, a, b, now, own, pre_x, pre_table, post_x, post_table, constants, out)
        if reads_last:
            put_number(lastupdate, k, now)
        for check in range(deed[d + FIRST_CHECK], deed[d + FIRST_CHECK] + deed[d + CHECKS]):
            changed = get_number(checks[2 * check], 0 if checks[2 * check + 1] != 0 else k)
            if changed - changed != 0.0:
                return HANDOVER
        # 4. what it gives to neurons
        for port in range(deed[d + PORTS]):
            amount, row = get_number(out, port), 2 * (deed[d + FIRST_PORT] + port)
            if amount - amount != 0.0:
                return HANDOVER
            g = deed[d + POST_FIRST] + b if ports[row] != 0 else deed[d + PRE_FIRST] + a
            slot = g * variables + ports[row + 1]
            if sums.is_there[slot]:
                sums.value[slot] += amount
            else:
                sums.is_there[slot], sums.value[slot] = True, amount
                sums.touched[counts[TOUCHED]] = slot
                counts[TOUCHED] += 1
    return DONE


@kernel
def sender_of(starts, k):
    """Return whose synapses are those that k is among."""
    low, high = 0, len(starts) - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if starts[middle] <= k:
            low = middle
        else:
            high = middle
    return low


@kernel
def put_back(journal, counts):
    """Put former values back, the latest first."""
    for j in range(counts[JOURNAL] - 1, -1, -1):
        put_whole(journal.address[j], 0, journal.value[j])
    counts[JOURNAL] = 0
