"""The loop over instants, one after the other and in rounds, in the order of the laws of time.

It takes what the loop over windows cannot: synapses without delay, and texts that read and write what synapses have. At
an instant

1. stimuli are sent,
2. all that arrives is delivered: synapses in canonical order, contributions summed, neurons changed by the sums,
3. all neurons that are due fire; what they send without delay arrives in the next round of the same instant.
"""

from __future__ import annotations

from math import inf

import numpy as np

from ..._jit import kernel
from ..endless import ENDLESS
from . import desk as at
from .arrivals import DONE, HANDOVER, NO_CHANGES, NO_ITEMS, NO_SPIKES
from .calls import call_kernel
from .deeds import DEED_SIZE, NOTHING, TEXT, add_weights, run_text
from .heaps import pile_up, put_neuron
from .moments import DEAF, IS_SINGLE, LAW_SIZE, LEAF, fire, is_beyond, predict, take_input
from .places import get_number, get_short, get_whole, put_number, put_short, put_whole, wholes_at
from .rounds import begin_round, launch, order_items
from .spike_texts import run_spike_texts
from .tables import BOUND, COURSE, DUE_LOW, SINCE, UNTIL, X

#: So few neurons are sorted where they stand.
FEW = 32


@kernel
def advance_instants(desk, end, budget):
    """Go through instants until `end`, or until about so much has been done.

    Parameters
    ----------
    desk : int
        Address of the desk.
    end : float [ms]
    budget : int
        Of arrivals, spikes and instants.

    Returns
    -------
    status : int
    now : float [ms]
        Everything before is done, nothing later; on a status that is not `DONE`, the instant at which it came up.
    """
    enter(desk)
    while True:
        now = next_instant(desk)
        if not now < end:
            return DONE, end
        if get_whole(desk, at.HAS_SEVERAL) != 0:
            # before anything happens: which spikes really are due
            bound = find_bound(desk, now)
            if bound >= 0:
                if not look(desk, bound, now):
                    return HANDOVER, now
                continue
        if get_whole(desk, at.WORK) >= budget or is_nearly_full(desk):
            return DONE, now
        put_whole(desk, at.WORK, get_whole(desk, at.WORK) + 1)
        # 1. stimuli, and spikes that have been on their way
        status = begin_round(desk, now)
        while status == DONE:
            # 2. arrivals; nothing is tested before all are in
            if get_whole(desk, at.N_ITEMS) > 0:
                status = deliver(desk, now)
            # 3. spikes
            if status != DONE:
                break
            if get_whole(desk, at.N_HEAP) > 0 and get_number(get_whole(desk, at.WAKE), first_neuron(desk)) == now:
                status = fire_all(desk, now)
            elif get_whole(desk, at.N_ITEMS) == 0:
                break
        if status != DONE:
            return status, now


@kernel
def enter(desk):
    """Make what is told again at the beginning of each chunk."""
    rows, width = get_whole(desk, at.ROWS), get_whole(desk, at.WIDTH)
    for g in range(get_whole(desk, at.N_NEURONS)):
        put_number(get_whole(desk, at.UNTILS), g, get_number(rows, g * width + UNTIL))
        put_number(get_whole(desk, at.LASTS), g, get_number(get_whole(desk, at.LASTSPIKE), g))
        put_whole(get_whole(desk, at.FIRED), g, 0)
    pile_up(desk)
    put_whole(desk, at.N_ITEMS, 0)
    put_whole(desk, at.N_TOUCHED, 0)
    put_whole(desk, at.N_LOGS, 0)
    put_whole(desk, at.N_NOTES, 0)
    put_whole(desk, at.WORK, 0)


@kernel
def first_neuron(desk):
    """Return who fires next."""
    return get_whole(get_whole(desk, at.HEAP), 0)


@kernel
def next_instant(desk):
    """Return when the next thing happens; `inf` for never."""
    now = inf
    if get_whole(desk, at.N_HEAP) > 0:
        now = get_number(get_whole(desk, at.WAKE), first_neuron(desk))
    if get_whole(desk, at.N_SENT) < get_whole(desk, at.N_STIMULI):
        now = min(now, get_number(get_whole(desk, at.STIMULUS_TIME), get_whole(desk, at.N_SENT)))
    if get_whole(desk, at.N_SOON) > 0:
        now = min(now, get_number(get_whole(desk, at.SOON_TIME), 0))
    return now


@kernel
def find_bound(desk, now):
    """Return a neuron that comes now, and by a bound only; -1 where there is none."""
    heap, wake, n = get_whole(desk, at.HEAP), get_whole(desk, at.WAKE), get_whole(desk, at.N_HEAP)
    # who comes now stands at the top of the heap, everyone below another one of them
    waiting, open_places = 0, get_whole(desk, at.DUE_NOW)
    if n > 0:
        put_whole(open_places, 0, 0)
        waiting = 1
    while waiting > 0:
        waiting -= 1
        i = get_whole(open_places, waiting)
        g = get_whole(heap, i)
        if get_number(wake, g) != now:
            continue
        if get_number(row_of(desk, g), DUE_LOW) == BOUND:
            return g
        for down in range(2 * i + 1, min(2 * i + 3, n)):
            put_whole(open_places, waiting, down)
            waiting += 1
    return -1


@kernel
def look(desk, g, now):
    """Search closely for the spike of a neuron that a bound put here; return whether that can be done."""
    row = row_of(desk, g)
    instant = next_spike_of(desk, row, law_of_row(desk, row), now)
    if instant != instant:
        return False
    put_neuron(desk, g, instant)
    return True


@kernel
def row_of(desk, g):
    """Return the address of a neuron's row."""
    return get_whole(desk, at.ROWS) + 8 * get_whole(desk, at.WIDTH) * g


@kernel
def law_of_row(desk, row):
    """Return the address of the row of its course."""
    return get_whole(desk, at.LAW) + 8 * LAW_SIZE * int(get_number(row, COURSE))


@kernel
def is_nearly_full(desk):
    """Return whether what has been found is to be taken away before more is found."""
    return (
        2 * get_whole(desk, at.N_SPIKES) > get_whole(desk, at.ROOM_SPIKES)
        or 2 * get_whole(desk, at.N_CHANGES) > get_whole(desk, at.ROOM_CHANGES)
        or 2 * get_whole(desk, at.N_LOGS) > get_whole(desk, at.ROOM_LOG)
        or 2 * get_whole(desk, at.N_NOTES) > get_whole(desk, at.ROOM_NOTES)
    )


# --- arriving ---------------------------------------------------------------------------------------------------------


@kernel
def deliver(desk, now):
    """Let all arrive that is due in this round."""
    n = get_whole(desk, at.N_ITEMS)
    if n > 1:
        order_items(desk, n)
    ranks, begins, ends = get_whole(desk, at.ITEM_RANK), get_whole(desk, at.ITEM_BEGIN), get_whole(desk, at.ITEM_END)
    # 1. what synapses do; contributions are only collected
    i = 0
    while i < n:
        rank, begin, end, copies = get_whole(ranks, i), get_whole(begins, i), get_whole(ends, i), 1
        i += 1
        # spikes of one neuron that were sent at different times and arrive together
        while i < n and get_whole(ranks, i) == rank and get_whole(begins, i) < end:
            if get_whole(begins, i) != begin or get_whole(ends, i) != end:
                return HANDOVER
            copies += 1
            i += 1
        put_whole(desk, at.WORK, get_whole(desk, at.WORK) + (end - begin) * copies)
        deed = get_whole(desk, at.DEEDS) + 8 * DEED_SIZE * rank
        text = get_whole(deed, TEXT)
        if text == 0:
            add_weights(desk, rank, begin, end, copies)
        elif text != NOTHING:
            status = run_text(desk, deed, rank, begin, end, copies, now)
            if status != DONE:
                return status
    put_whole(desk, at.N_ITEMS, 0)
    return take_sums(desk, now)


@kernel
def take_sums(desk, now):
    """Let neurons take the sums of a round; a sum of zero changes nothing, not even a bit."""
    sums, is_there, touched = get_whole(desk, at.SUM), get_whole(desk, at.IS_THERE), get_whole(desk, at.TOUCHED)
    n, variables = get_whole(desk, at.N_TOUCHED), get_whole(desk, at.VARIABLES)
    put_whole(desk, at.N_TOUCHED, 0)
    for j in range(n):
        slot = get_whole(touched, j)
        if get_whole(is_there, slot) == 0:
            # with another variable of its neuron
            continue
        put_whole(is_there, slot, 0)
        total, g = get_number(sums, slot), slot // variables
        row = row_of(desk, g)
        law = law_of_row(desk, row)
        if get_number(law, IS_SINGLE) != 0.0:
            if total == 0.0:
                continue
            status = take_input(row, law, now, total)
        else:
            put_whole(is_there, slot, 1)
            status = int(call_kernel(get_whole(desk, at.TAKE), desk, g, row, law, now, 0))
        if status == DEAF:
            continue
        if status != DONE:
            return status
        instant = next_spike_of(desk, row, law, now)
        if instant != instant:
            return HANDOVER
        if instant < inf or get_number(get_whole(desk, at.WAKE), g) < inf:
            put_neuron(desk, g, instant)
        if get_whole(get_whole(desk, at.RECORDED), g) != 0 and not note_change(desk, g, row):
            return NO_CHANGES
    return DONE


@kernel
def next_spike_of(desk, row, law, now):
    """Return when a neuron fires that has just been changed, or a bound; NaN where that cannot be found here."""
    if get_number(law, IS_SINGLE) != 0.0:
        return predict(row, law)
    return call_kernel(get_whole(desk, at.PREDICT), desk, 0, row, law, now, get_whole(desk, at.ASIDE))


# --- firing -----------------------------------------------------------------------------------------------------------


@kernel
def fire_all(desk, now):
    """Let all neurons fire that are due now, and send their spikes."""
    due, wake, n = get_whole(desk, at.DUE_NOW), get_whole(desk, at.WAKE), 0
    while get_whole(desk, at.N_HEAP) > 0 and get_number(wake, first_neuron(desk)) == now:
        g = first_neuron(desk)
        put_whole(due, n, g)
        put_neuron(desk, g, inf)
        n += 1
    if n > 1:
        sort_wholes(due, n)
    for j in range(n):
        g = get_whole(due, j)
        row = row_of(desk, g)
        law = law_of_row(desk, row)
        if is_endless(desk, g, row, law, now):
            # whether that will ever end is not for us to say
            return HANDOVER
        spikes = get_whole(desk, at.N_SPIKES)
        if spikes == get_whole(desk, at.ROOM_SPIKES):
            return NO_SPIKES
        put_number(get_whole(desk, at.FOUND_TIME), spikes, now)
        put_short(get_whole(desk, at.FOUND_NEURON), spikes, g)
        put_whole(desk, at.N_SPIKES, spikes + 1)
        put_number(get_whole(desk, at.LASTSPIKE), g, now)
        if get_number(law, IS_SINGLE) != 0.0:
            status = fire(row, law, get_whole(desk, at.STEP_KINDS), get_whole(desk, at.STEP_VALUES))
        else:
            status = int(call_kernel(get_whole(desk, at.FIRE), desk, g, row, law, now, 0))
        put_number(get_whole(desk, at.LASTS), g, now)
        if status == DONE and get_whole(desk, at.HAS_SPIKE_TEXTS) != 0:
            status = run_spike_texts(desk, g, row)
        if status != DONE:
            return status
        put_number(get_whole(desk, at.UNTILS), g, get_number(row, UNTIL))
        if get_whole(get_whole(desk, at.RECORDED), g) != 0 and not note_change(desk, g, row):
            return NO_CHANGES
        instant = next_spike_of(desk, row, law, now)
        if instant != instant:
            return HANDOVER
        put_neuron(desk, g, instant)
        put_whole(desk, at.WORK, get_whole(desk, at.WORK) + 1)
        group = get_short(get_whole(desk, at.GROUP_OF), g)
        if get_whole(get_whole(desk, at.SENDS), group) != 0 and not launch(desk, g, group, now):
            return NO_ITEMS
    return DONE


@kernel
def is_endless(desk, g, row, law, now):
    """Note that a neuron fires; return whether it may do so for ever: so often, or again from its level."""
    fired = get_whole(desk, at.FIRED)
    count = get_whole(fired, g) + 1 if get_number(get_whole(desk, at.LASTSPIKE), g) == now else 1
    put_whole(fired, g, count)
    if count < 3 or get_number(row, SINCE) != now:
        return False
    return count > ENDLESS or not is_beyond(get_number(row, X + int(get_number(law, LEAF))), law)


@kernel
def sort_wholes(address, n):
    """Sort n whole numbers."""
    if n > FEW:
        order = np.sort(wholes_at(address, n))
        for i in range(n):
            put_whole(address, i, order[i])
        return
    for i in range(1, n):
        value, j = get_whole(address, i), i
        while j > 0 and get_whole(address, j - 1) > value:
            put_whole(address, j, get_whole(address, j - 1))
            j -= 1
        put_whole(address, j, value)


@kernel
def note_change(desk, g, row):
    """Write down the present state of a neuron that is recorded; return False where there is no room."""
    n, size = get_whole(desk, at.N_CHANGES), get_whole(desk, at.NOTE)
    if n == get_whole(desk, at.ROOM_CHANGES):
        return False
    note = get_whole(desk, at.FOUND_CHANGE) + 8 * size * n
    put_number(note, 0, float(g))
    put_number(note, 1, get_number(row, SINCE))
    put_number(note, 2, get_number(get_whole(desk, at.LASTSPIKE), g))
    for i in range(UNTIL + 2):
        put_number(note, 3 + i, get_number(row, i))
    for i in range(X, X + size - UNTIL - 5):
        put_number(note, UNTIL + 5 + i - X, get_number(row, i))
    put_whole(desk, at.N_CHANGES, n + 1)
    return True
