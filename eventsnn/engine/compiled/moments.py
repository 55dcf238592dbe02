"""One neuron at one instant: where it is, an input, a spike, and when it fires next.

The loop over instants goes from one neuron to another with every event, so that nothing of them stays at hand: what is
known of a neuron is in its row, and how it moves in the row of its course. These are neurons with one variable that
moves by itself; the steps are those of `engine.cells` and `engine.arrivals`. Rows are given by their addresses.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from ..._jit import kernel
from ...instants import elapsed
from .arrivals import DONE, HANDOVER
from .neuron import after_period, end_of_period, flow_on, holds, next_spike
from .places import get_number, get_whole, put_number
from .tables import ADD, DUE, DUE_LOW, NO_PERIOD, SEPARATE, SET, SINCE, SINCE_LOW, UNTIL, UNTIL_LOW, Laws, X

#: Places in the row of a course: threshold, refractory period, motions outside and in it, and the steps of its reset.
LEAF, LEVEL, UPWARD, STRICT, PERIOD, FROZEN = range(6)
KIND, P, Q, R, KIND_R, P_R, Q_R, R_R = range(6, 14)
FIRST_STEP, LAST_STEP = 14, 15

#: Whether it has one variable that moves by itself; if it has not, its family, number of variables, linear system, and
#: where the motions begin.
IS_SINGLE, FAMILY, M, SYSTEM, MOTION, LAW_SIZE = range(16, 22)

#: An input that a neuron in its refractory period does not take.
DEAF = -1


def law_of(laws: Laws) -> np.ndarray:
    """Return the rows of all courses; shape (courses, LAW_SIZE)."""
    table = np.zeros((len(laws.m), LAW_SIZE))
    if not len(table):
        return table
    active, resting = laws.row, laws.row + laws.m
    columns: tuple[Any, ...] = (laws.leaf, laws.level, laws.upward, laws.strict, laws.period, laws.frozen[active])
    columns += tuple(column[rows] for rows in (active, resting) for column in (laws.kind, laws.p, laws.q, laws.r))
    is_single = (laws.family == SEPARATE) & (laws.m == 1)
    columns += (laws.first_step[:-1], laws.first_step[1:], is_single, laws.family, laws.m, laws.system, laws.row)
    for number, column in enumerate(columns):
        table[:, number] = column
    return table


@kernel
def is_beyond(x, law):
    """Return whether the threshold holds for the value x."""
    return holds(x, get_number(law, LEVEL), int(get_number(law, UPWARD)), int(get_number(law, STRICT)))


@kernel
def rested(row, law):
    """Return the variable when the refractory period ends."""
    return after_period(
        get_number(row, X),
        get_number(row, SINCE),
        get_number(row, SINCE_LOW),
        get_number(row, UNTIL),
        get_number(row, UNTIL_LOW),
        int(get_number(law, KIND_R)),
        get_number(law, P_R),
        get_number(law, Q_R),
        get_number(law, R_R),
    )


@kernel
def value_at(row, law, now):
    """Return the variable of a neuron now, without changing anything; see `arrivals.values_at`."""
    x, since, until = get_number(row, X), get_number(row, SINCE), get_number(row, UNTIL)
    if since == now:
        return x
    base, base_low = since, get_number(row, SINCE_LOW)
    if until > since:
        if now < until:
            kind, s = int(get_number(law, KIND_R)), elapsed(since, base_low, now, 0.0)
            return flow_on(kind, x, get_number(law, P_R), get_number(law, Q_R), get_number(law, R_R), s)
        x = rested(row, law)
        base, base_low = until, get_number(row, UNTIL_LOW)
    if get_number(row, DUE) == now:
        # it stands on its threshold, or was beyond it when the period ended
        return x if is_beyond(x, law) else get_number(law, LEVEL)
    kind, s = int(get_number(law, KIND)), elapsed(base, base_low, now, 0.0)
    return flow_on(kind, x, get_number(law, P), get_number(law, Q), get_number(law, R), s)


@kernel
def take_input(row, law, now, total):
    """Let a neuron take the sum of what arrives now; return `DONE`, `DEAF` or `HANDOVER`."""
    if get_number(law, FROZEN) != 0.0 and now < get_number(row, UNTIL):
        return DEAF
    if get_number(row, SINCE) != now:
        low = get_number(row, DUE_LOW) if get_number(row, DUE) == now else 0.0
        put_number(row, X, value_at(row, law, now))
        put_number(row, SINCE, now)
        put_number(row, SINCE_LOW, low)
    x = get_number(row, X) + total
    if x - x != 0.0:
        return HANDOVER
    put_number(row, X, x)
    return DONE


@kernel
def fire(row, law, kinds, values):
    """Let a neuron fire at the instant that is due: reset, refractory period; return `DONE` or `HANDOVER`.

    Parameters
    ----------
    kinds, values : int
        Addresses of the steps of all resets.
    """
    due, low, x = get_number(row, DUE), get_number(row, DUE_LOW), get_number(row, X)
    if get_number(row, SINCE) != due:
        x = value_at(row, law, due)
    elif not is_beyond(x, law):
        x = get_number(law, LEVEL)
    for step in range(int(get_number(law, FIRST_STEP)), int(get_number(law, LAST_STEP))):
        value, what = get_number(values, step), get_whole(kinds, step)
        x = value if what == SET else (x + value if what == ADD else x - value)
    if x - x != 0.0:
        return HANDOVER
    until, until_low, period = -inf, get_number(row, UNTIL_LOW), get_number(law, PERIOD)
    if period != NO_PERIOD:
        until, until_low = end_of_period(due, low, period)
    put_number(row, X, x)
    put_number(row, SINCE, due)
    put_number(row, SINCE_LOW, low)
    put_number(row, UNTIL, until)
    put_number(row, UNTIL_LOW, until_low)
    return DONE


@kernel
def predict(row, law):
    """Find when a neuron fires that has just been changed; return that instant [ms]."""
    due, due_low = inf, 0.0
    x, since, until = get_number(row, X), get_number(row, SINCE), get_number(row, UNTIL)
    if get_number(law, LEAF) >= 0.0 and not (until > since and until == inf):
        base, base_low = since, get_number(row, SINCE_LOW)
        if until > since:
            x = rested(row, law)
            base, base_low = until, get_number(row, UNTIL_LOW)
        due, due_low = next_spike(
            x,
            base,
            base_low,
            get_number(law, LEVEL),
            int(get_number(law, UPWARD)),
            int(get_number(law, STRICT)),
            int(get_number(law, KIND)),
            get_number(law, P),
            get_number(law, Q),
            get_number(law, R),
        )
    put_number(row, DUE, due)
    put_number(row, DUE_LOW, due_low)
    return due
