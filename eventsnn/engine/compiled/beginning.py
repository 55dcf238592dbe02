"""What is due when a run begins: the next spike of every neuron, from the state in which it stands."""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from ...neurons.dispatch import evaluate
from .neuron import after_period, next_spike
from .tables import COURSE, CROWD, DUE, DUE_LOW, SEPARATE, SINCE, SINCE_LOW, UNTIL, UNTIL_LOW, X


@kernel
def begin_solo(net, state, width, now):
    """Predict the next spikes of neurons with one variable that moves by itself, for a run that begins `now`.

    A prediction that lies in the past says that the threshold was moved in between: the test is at `now`.
    """
    laws, rows = net.laws, state.rows
    for g in range(len(state.wake)):
        row = g * width
        c = int(rows[row + COURSE])
        if laws.family[c] != SEPARATE or laws.m[c] != 1:
            continue
        active, resting = laws.row[c], laws.row[c] + 1
        kind, p, q, r = laws.kind[active], laws.p[active], laws.q[active], laws.r[active]
        kind_r, p_r, q_r, r_r = laws.kind[resting], laws.p[resting], laws.q[resting], laws.r[resting]
        for _ in range(2):
            x, since, since_low = rows[row + X], rows[row + SINCE], rows[row + SINCE_LOW]
            until, until_low = rows[row + UNTIL], rows[row + UNTIL_LOW]
            due, due_low = inf, 0.0
            if laws.leaf[c] >= 0 and not (until > since and until == inf):
                start, base, base_low = x, since, since_low
                if until > since:
                    start = after_period(x, since, since_low, until, until_low, kind_r, p_r, q_r, r_r)
                    base, base_low = until, until_low
                due, due_low = next_spike(
                    start, base, base_low, laws.level[c], laws.upward[c], laws.strict[c], kind, p, q, r
                )
            rows[row + DUE], rows[row + DUE_LOW] = due, due_low
            if due >= now or since == now:
                break
            rows[row + X] = evaluate(x, since, since_low, until, until_low, now, kind, p, q, r, kind_r, p_r, q_r, r_r)
            rows[row + SINCE], rows[row + SINCE_LOW] = now, 0.0
        state.wake[g] = due
        if due < state.earliest[g // CROWD]:
            state.earliest[g // CROWD] = due


@kernel
def begin_trains(net, state):
    """Let neurons wake for the next spikes of their own trains."""
    trains = state.trains
    for group in range(len(trains.first_train) - 1):
        for train in range(trains.first_train[group], trains.first_train[group + 1]):
            for g in range(trains.lowest[train], trains.highest[train]):
                instant = trains.next[trains.place[train] + g - trains.lowest[train]]
                if instant < state.wake[g]:
                    state.wake[g] = instant
                    if instant < state.earliest[g // CROWD]:
                        state.earliest[g // CROWD] = instant
