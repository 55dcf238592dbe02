"""What is due for neurons with several variables when a run begins."""

from __future__ import annotations

from ..._jit import kernel
from ...instants import elapsed
from .arrivals import DONE
from .linear_tables import scratch_of
from .many import flow_all, predict_many
from .tables import BOUND, COURSE, CROWD, DUE, DUE_LOW, SEPARATE, SINCE, SINCE_LOW, UNTIL, UNTIL_LOW, Net, X


def room_for_many(net: Net, width: int) -> int:
    """Return how much room neurons with several variables need, see `tables.Room`; 0 where there are none."""
    laws = net.laws
    if not ((laws.m != 1) | (laws.family != SEPARATE)).any():
        return 0
    return len(scratch_of(net.linear)) + 2 * (width - X)


@kernel
def begin_many(net, state, work, width, now):
    """Predict the next spikes of neurons with several variables, or give bounds, for a run that begins `now`.

    A prediction that lies in the past says that the threshold was moved in between: the test is at `now`.

    Parameters
    ----------
    work : ndarray
        See `tables.Room`.
    """
    laws, linear, rows, here = net.laws, net.linear, state.rows, len(work) - 2 * (width - X)
    for g in range(len(state.wake)):
        row = g * width
        c = int(rows[row + COURSE])
        if laws.family[c] == SEPARATE and laws.m[c] == 1:
            continue
        due, low, status = predict_many(laws, linear, c, rows, row, now, work, here)
        if status == DONE and due < now and rows[row + SINCE] != now:
            settle_many(laws, linear, c, rows, row, now, work)
            due, low, status = predict_many(laws, linear, c, rows, row, now, work, here)
        if status != DONE:
            # who looks at it will hand it over
            due, low = now, BOUND
        rows[row + DUE], rows[row + DUE_LOW] = due, low
        state.wake[g] = due
        if due < state.earliest[g // CROWD]:
            state.earliest[g // CROWD] = due


@kernel
def settle_many(laws, linear, c, rows, row, now, work):
    """Bring a neuron to the present as nothing but time goes by; see `dynamics.settle`."""
    since, since_low, until = rows[row + SINCE], rows[row + SINCE_LOW], rows[row + UNTIL]
    in_refractory = until > since and now < until
    if until > since and not in_refractory:
        until_low = rows[row + UNTIL_LOW]
        flow_all(laws, linear, c, True, rows, row + X, elapsed(since, since_low, until, until_low), work)
        since, since_low = until, until_low
    flow_all(laws, linear, c, in_refractory, rows, row + X, elapsed(since, since_low, now, 0.0), work)
    rows[row + SINCE], rows[row + SINCE_LOW] = now, 0.0
