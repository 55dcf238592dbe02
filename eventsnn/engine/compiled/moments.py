"""One neuron at one instant: where it is, an input, a spike, and when it fires next.

The loop over instants goes from one neuron to another with every event, so that nothing of them stays at hand: what is
known of a neuron is in its row, and how it moves in the row of its course. These are neurons with one variable that moves by
itself; the steps are those of `engine.cells` and `engine.arrivals`.
"""

from __future__ import annotations

from math import inf

import numpy as np

from ..._jit import kernel
from ...instants import elapsed
from .arrivals import DONE, HANDOVER
from .neuron import after_period, end_of_period, flow_on, holds, next_spike
from .tables import ADD, DUE, DUE_LOW, NO_PERIOD, SET, SINCE, SINCE_LOW, UNTIL, UNTIL_LOW, Laws, X

#: Places in the row of a course: threshold, refractory period, motions outside and in it, and the steps of its reset.
LEAF, LEVEL, UPWARD, STRICT, PERIOD, FROZEN = 0, 1, 2, 3, 4, 5
KIND, P, Q, R, KIND_R, P_R, Q_R, R_R = 6, 7, 8, 9, 10, 11, 12, 13
FIRST_STEP, LAST_STEP, LAW = 14, 15, 16

#: An input that a neuron in its refractory period does not take.
DEAF = 3


def law_of(laws: Laws) -> np.ndarray:
    """Return the rows of all courses, one after the other."""
    table = np.zeros((len(laws.m), LAW))
    active = laws.row
    resting = active + laws.m
    columns = (laws.leaf, laws.level, laws.upward, laws.strict, laws.period, laws.frozen[active] if len(active) else [])
    columns += tuple(column[rows] for rows in (active, resting) for column in (laws.kind, laws.p, laws.q, laws.r))
    for number, column in enumerate((*columns, laws.first_step[:-1], laws.first_step[1:])):
        table[:, number] = column
    return table.reshape(-1)


@kernel
def value_at(rows, row, law, c, now):
    """Return the variable of a neuron now, without changing anything; see `arrivals.values_at`."""
    x, since, until = rows[row + X], rows[row + SINCE], rows[row + UNTIL]
    if since == now:
        return x
    if until > since:
        resting = int(law[c + KIND_R]), law[c + P_R], law[c + Q_R], law[c + R_R]
        if now < until:
            s = elapsed(since, rows[row + SINCE_LOW], now, 0.0)
            return flow_on(resting[0], x, resting[1], resting[2], resting[3], s)
        x = after_period(
            x,
            since,
            rows[row + SINCE_LOW],
            until,
            rows[row + UNTIL_LOW],
            resting[0],
            resting[1],
            resting[2],
            resting[3],
        )
        base, base_low = until, rows[row + UNTIL_LOW]
    else:
        base, base_low = since, rows[row + SINCE_LOW]
    if rows[row + DUE] == now:
        # it stands on its threshold, or was beyond it when the period ended
        return x if holds(x, law[c + LEVEL], int(law[c + UPWARD]), int(law[c + STRICT])) else law[c + LEVEL]
    return flow_on(int(law[c + KIND]), x, law[c + P], law[c + Q], law[c + R], elapsed(base, base_low, now, 0.0))


@kernel
def take_input(rows, row, law, c, now, total):
    """Let a neuron take the sum of what arrives now; return `DONE`, `DEAF` or `HANDOVER`."""
    if law[c + FROZEN] != 0.0 and now < rows[row + UNTIL]:
        return DEAF
    if rows[row + SINCE] != now:
        low = rows[row + DUE_LOW] if rows[row + DUE] == now else 0.0
        rows[row + X] = value_at(rows, row, law, c, now)
        rows[row + SINCE], rows[row + SINCE_LOW] = now, low
    x = rows[row + X] + total
    if x - x != 0.0:
        return HANDOVER
    rows[row + X] = x
    return DONE


@kernel
def fire(rows, row, law, c, kinds, values):
    """Let a neuron fire at the instant that is due: reset, refractory period; return `DONE` or `HANDOVER`.

    Parameters
    ----------
    kinds, values : ndarray
        Of the steps of all resets.
    """
    due, low = rows[row + DUE], rows[row + DUE_LOW]
    if rows[row + SINCE] != due:
        rows[row + X] = value_at(rows, row, law, c, due)
    elif not holds(rows[row + X], law[c + LEVEL], int(law[c + UPWARD]), int(law[c + STRICT])):
        rows[row + X] = law[c + LEVEL]
    rows[row + SINCE], rows[row + SINCE_LOW] = due, low
    x = rows[row + X]
    for step in range(int(law[c + FIRST_STEP]), int(law[c + LAST_STEP])):
        value, what = values[step], kinds[step]
        x = value if what == SET else (x + value if what == ADD else x - value)
    if x - x != 0.0:
        return HANDOVER
    rows[row + X] = x
    if law[c + PERIOD] == NO_PERIOD:
        rows[row + UNTIL] = -inf
    else:
        rows[row + UNTIL], rows[row + UNTIL_LOW] = end_of_period(due, low, law[c + PERIOD])
    return DONE


@kernel
def predict(rows, row, law, c):
    """Find when a neuron fires that has just been changed; return that instant [ms]."""
    due, due_low = inf, 0.0
    x, since, until = rows[row + X], rows[row + SINCE], rows[row + UNTIL]
    if law[c + LEAF] >= 0.0 and not (until > since and until == inf):
        base, base_low = since, rows[row + SINCE_LOW]
        if until > since:
            kind = int(law[c + KIND_R])
            x = after_period(
                x, since, base_low, until, rows[row + UNTIL_LOW], kind, law[c + P_R], law[c + Q_R], law[c + R_R]
            )
            base, base_low = until, rows[row + UNTIL_LOW]
        level, upward, strict = law[c + LEVEL], int(law[c + UPWARD]), int(law[c + STRICT])
        kind = int(law[c + KIND])
        due, due_low = next_spike(x, base, base_low, level, upward, strict, kind, law[c + P], law[c + Q], law[c + R])
    rows[row + DUE], rows[row + DUE_LOW] = due, due_low
    return due
