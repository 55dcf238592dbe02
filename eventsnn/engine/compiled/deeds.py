"""What synapses do when a spike arrives: add a number to a sum, or what their text says.

Contributions to neurons are only collected, one sum for each variable of each neuron; the first one is the sum, to the
bit.
"""

from __future__ import annotations

from ..._jit import kernel
from ...instants import elapsed
from . import desk as at
from .arrivals import DONE, HANDOVER, NO_ITEMS
from .calls import call_kernel, call_text
from .moments import IS_SINGLE, LAW_SIZE, value_at
from .neuron import flow_on
from .places import get_number, get_short, get_whole, put_number, put_whole
from .tables import COURSE

#: Places in the row of a pathway: address of its text (0: it adds a number, `NOTHING`: it does nothing), of the tables
#: of arrays and of constants,
TEXT, OWN, PRE_TABLE, POST_TABLE, CONSTANTS = range(5)
#: addresses of what a text is given and gives out,
PRE_X, POST_X, OUT = range(5, 8)
#: the numbers of the first neurons of the groups before and behind, and where the connected parts begin in them,
PRE_FIRST, POST_FIRST, PRE_OFFSET, POST_OFFSET = range(8, 12)
#: addresses of where the synapses of each neuron before begin, and how many these are, or of a list; whether it is
#: asked for,
STARTS_PRE, SIZE_PRE, LIST_PRE, NEEDS_PRE = range(12, 16)
#: whether the text reads the state of these neurons, whether that of the synapses moves, and whether the text reads
#: when it did so last; the address of those instants,
READS_PRE, READS_POST, MOVES, READS_LAST, LASTUPDATE = range(16, 21)
#: how many rows it has in the other tables, and from where on.
PORTS, FIRST_PORT, STATES, FIRST_STATE, CHECKS, FIRST_CHECK, LOGS, FIRST_LOG, NOTED, FIRST_NOTED = range(21, 31)
#: Address of what says which synapses are recorded, 0 for none.
TRACKED, DEED_SIZE = 31, 32

NOTHING = -1

#: A port: whether it leads to the neuron behind, and to which variable. A check, of what has to be finite: address,
#: whether all synapses share it. A log, of what is written down before it changes: address.
PORT_SIZE, CHECK_SIZE, LOG_SIZE = 2, 2, 1

#: A state of synapses: addresses of its values, of kinds and parameters; whether each synapse has its own of these.
STATE_SIZE = 6


@kernel
def add_to_sum(desk, g, variable, amount):
    """Add a contribution to the sum for a variable of a neuron."""
    slot = g * get_whole(desk, at.VARIABLES) + variable
    sums, is_there = get_whole(desk, at.SUM), get_whole(desk, at.IS_THERE)
    if get_whole(is_there, slot) != 0:
        put_number(sums, slot, get_number(sums, slot) + amount)
        return
    n = get_whole(desk, at.N_TOUCHED)
    put_whole(is_there, slot, 1)
    put_number(sums, slot, amount)
    put_whole(get_whole(desk, at.TOUCHED), n, slot)
    put_whole(desk, at.N_TOUCHED, n + 1)


@kernel
def add_weights(desk, rank, begin, end, copies):
    """Let synapses add their weights, those at some places, in this order, each as often as spikes arrive."""
    numbers, post = get_whole(get_whole(desk, at.NUMBERS), rank), get_whole(get_whole(desk, at.POST), rank)
    target, variable = get_whole(get_whole(desk, at.TARGET), rank), get_whole(get_whole(desk, at.VARIABLE), rank)
    weights, weight = get_whole(get_whole(desk, at.WEIGHTS), rank), get_number(get_whole(desk, at.WEIGHT), rank)
    for place in range(begin, end):
        number = get_short(numbers, place) if numbers != 0 else place
        g = get_short(post, number) + target
        amount = get_number(weights, number) if weights != 0 else weight
        for _ in range(copies):
            add_to_sum(desk, g, variable, amount)


@kernel
def run_text(desk, deed, rank, begin, end, copies, now):
    """Let the text of a pathway run for the synapses at some places; return `DONE`, `NO_ITEMS` or `HANDOVER`."""
    numbers, post = get_whole(get_whole(desk, at.NUMBERS), rank), get_whole(get_whole(desk, at.POST), rank)
    needs_pre, listed, starts = get_whole(deed, NEEDS_PRE), get_whole(deed, LIST_PRE), get_whole(deed, STARTS_PRE)
    pre_offset, post_offset = get_whole(deed, PRE_OFFSET), get_whole(deed, POST_OFFSET)
    moves, reads_last, lastupdate = get_whole(deed, MOVES), get_whole(deed, READS_LAST), get_whole(deed, LASTUPDATE)
    logs, reads = get_whole(deed, LOGS), get_whole(deed, READS_PRE) + get_whole(deed, READS_POST)
    tracked = get_whole(deed, TRACKED)
    a = sender = 0
    for visit in range((end - begin) * copies):
        place = begin + visit // copies
        k = get_short(numbers, place) if numbers != 0 else place
        b = get_short(post, k) + post_offset
        if needs_pre != 0:
            if listed != 0:
                a = get_short(listed, k) + pre_offset
            else:
                if not get_whole(starts, sender) <= k < get_whole(starts, sender + 1):
                    sender = sender_of(starts, get_whole(deed, SIZE_PRE), k)
                a = sender + pre_offset
        # 1. what was there before
        if logs != 0 and not log(desk, deed, k):
            return NO_ITEMS
        # 2. the synapse's own state comes to the present
        last = now
        if moves != 0:
            last = get_number(lastupdate, k)
            if last != now:
                bring_to(desk, deed, k, elapsed(last, 0.0, now, 0.0))
                put_number(lastupdate, k, last if reads_last != 0 else now)
        # 3. the text
        if reads != 0:
            show_neurons(desk, deed, a, b, now)
        call_text(
            get_whole(deed, TEXT),
            k,
            a,
            b,
            now,
            get_whole(deed, OWN),
            get_whole(deed, PRE_X),
            get_whole(deed, PRE_TABLE),
            get_whole(deed, POST_X),
            get_whole(deed, POST_TABLE),
            get_whole(deed, CONSTANTS),
            get_whole(deed, OUT),
        )
        if reads_last != 0:
            put_number(lastupdate, k, now)
        if not is_sound(desk, deed, k):
            return HANDOVER
        # 4. what it gives to neurons
        for port in range(get_whole(deed, PORTS)):
            amount = get_number(get_whole(deed, OUT), port)
            if amount - amount != 0.0:
                return HANDOVER
            row = PORT_SIZE * (get_whole(deed, FIRST_PORT) + port)
            is_behind = get_whole(get_whole(desk, at.PORT_ROWS), row) != 0
            g = get_whole(deed, POST_FIRST) + b if is_behind else get_whole(deed, PRE_FIRST) + a
            add_to_sum(desk, g, get_whole(get_whole(desk, at.PORT_ROWS), row + 1), amount)
        if tracked != 0 and get_whole(tracked, k) != 0 and not note_synapse(desk, deed, rank, k, now):
            return NO_ITEMS
    return DONE


@kernel
def bring_to(desk, deed, k, s):
    """Let the states of synapse k move for a time s."""
    if not s > 0.0:
        return
    first = get_whole(deed, FIRST_STATE)
    for state in range(first, first + get_whole(deed, STATES)):
        row = get_whole(desk, at.STATE_ROWS) + 8 * STATE_SIZE * state
        values, own = get_whole(row, 0), k if get_whole(row, 5) != 0 else 0
        kind, p = int(get_number(get_whole(row, 1), own)), get_number(get_whole(row, 2), own)
        q, r = get_number(get_whole(row, 3), own), get_number(get_whole(row, 4), own)
        put_number(values, k, flow_on(kind, get_number(values, k), p, q, r, s))


@kernel
def show_neurons(desk, deed, a, b, now):
    """Put the states of the neurons before and behind where the text finds them."""
    rows, width, law = get_whole(desk, at.ROWS), get_whole(desk, at.WIDTH), get_whole(desk, at.LAW)
    if get_whole(deed, READS_PRE) != 0:
        show_neuron(desk, rows + 8 * width * (get_whole(deed, PRE_FIRST) + a), law, now, get_whole(deed, PRE_X))
    if get_whole(deed, READS_POST) != 0:
        show_neuron(desk, rows + 8 * width * (get_whole(deed, POST_FIRST) + b), law, now, get_whole(deed, POST_X))


@kernel
def show_neuron(desk, row, laws, now, out):
    """Write the variables of a neuron as they are now to an address."""
    law = laws + 8 * LAW_SIZE * int(get_number(row, COURSE))
    if get_number(law, IS_SINGLE) != 0.0:
        put_number(out, 0, value_at(row, law, now))
    else:
        call_kernel(get_whole(desk, at.SHOW), desk, 0, row, law, now, out)


@kernel
def is_sound(desk, deed, k):
    """Return whether all that a text has written at synapse k is finite."""
    first = get_whole(deed, FIRST_CHECK)
    for check in range(first, first + get_whole(deed, CHECKS)):
        row = get_whole(desk, at.CHECK_ROWS) + 8 * CHECK_SIZE * check
        value = get_number(get_whole(row, 0), 0 if get_whole(row, 1) != 0 else k)
        if value - value != 0.0:
            return False
    return True


@kernel
def log(desk, deed, k):
    """Write down what synapse k has before it changes; return False where there is no room."""
    n, first, logs = get_whole(desk, at.N_LOGS), get_whole(deed, FIRST_LOG), get_whole(deed, LOGS)
    if n + logs > get_whole(desk, at.ROOM_LOG):
        return False
    for j in range(logs):
        values = get_whole(get_whole(desk, at.LOG_ROWS), first + j)
        put_whole(get_whole(desk, at.LOG_ADDRESS), n + j, values + 8 * k)
        put_whole(get_whole(desk, at.LOG_VALUE), n + j, get_whole(values, k))
    put_whole(desk, at.N_LOGS, n + logs)
    return True


@kernel
def note_synapse(desk, deed, rank, k, now):
    """Write down the present state of synapse k, which is recorded; return False where there is no room."""
    n, size = get_whole(desk, at.N_NOTES), get_whole(desk, at.SYNAPSE_NOTE)
    if n == get_whole(desk, at.ROOM_NOTES):
        return False
    note, first = get_whole(desk, at.SYNAPSE_NOTES) + 8 * size * n, get_whole(deed, FIRST_NOTED)
    put_whole(note, 0, rank)
    put_whole(note, 1, k)
    put_number(note, 2, now)
    for j in range(get_whole(deed, NOTED)):
        put_whole(note, 3 + j, get_whole(get_whole(get_whole(desk, at.NOTED_ROWS), first + j), k))
    put_whole(desk, at.N_NOTES, n + 1)
    return True


@kernel
def put_back(desk):
    """Put former values back, the latest first."""
    for j in range(get_whole(desk, at.N_LOGS) - 1, -1, -1):
        put_whole(get_whole(get_whole(desk, at.LOG_ADDRESS), j), 0, get_whole(get_whole(desk, at.LOG_VALUE), j))
    put_whole(desk, at.N_LOGS, 0)


@kernel
def sender_of(starts, n, k):
    """Return whose synapses are those that k is among, of n neurons."""
    low, high = 0, n
    while high - low > 1:
        middle = (low + high) >> 1
        if get_whole(starts, middle) <= k:
            low = middle
        else:
            high = middle
    return low
