"""One neuron with several variables at one instant, as `moments` has those with one.

What moves each by itself, and what a linear system moves, go the same way; the steps are those of `many`. When the next
spike comes is first known as a bound, and looked at closely when that comes up. The loop calls these kernels by their
addresses, with the same arguments all of them: only networks that need them compile them.
"""

from __future__ import annotations

from math import inf, nan

from ..._jit import kernel
from ...instants import elapsed, later
from ...neurons.dispatch import flow, time_to_pass
from . import desk as at
from . import driven_tables as form
from .arrivals import DONE, HANDOVER
from .driven import HANDOVER as UNKNOWN
from .driven import cross_driven, earliest_driven, flow_driven, flow_resting
from .driven_tables import RESTS, WIDTH
from .linear import earliest_change, first_crossing
from .linear import flow as flow_linear
from .linear_tables import LinearTables
from .moments import DEAF, FAMILY, FIRST_STEP, LAST_STEP, LEAF, LEVEL, MOTION, PERIOD, SYSTEM, UPWARD, M, is_beyond
from .neuron import end_of_period
from .places import get_number, get_whole, numbers_at, put_number, put_whole, wholes_at
from .tables import ADD, BOUND, DRIVEN, DUE, DUE_LOW, NO_PERIOD, SEPARATE, SET, SINCE, SINCE_LOW, UNTIL, UNTIL_LOW, X


@kernel
def systems_at(desk):
    """Return the tables of all linear systems."""
    return LinearTables(
        wholes_at(get_whole(desk, at.LINEAR_INTS), get_whole(desk, at.N_INTS)),
        numbers_at(get_whole(desk, at.LINEAR_FLOATS), get_whole(desk, at.N_FLOATS)),
        numbers_at(get_whole(desk, at.DRIVEN_ROWS), get_whole(desk, at.N_DRIVEN)),
    )


@kernel
def room_at(desk):
    """Return the room in which linear systems work."""
    return numbers_at(get_whole(desk, at.WORK_ROOM), get_whole(desk, at.N_WORK))


@kernel
def move(desk, law, in_refractory, xs, s):
    """Replace the variables at an address by those a time `s` later."""
    family, m = int(get_number(law, FAMILY)), int(get_number(law, M))
    if not s > 0.0:
        return
    if family == DRIVEN:
        move_driven(get_whole(desk, at.DRIVEN_ROWS) + 8 * WIDTH * int(get_number(law, SYSTEM)), in_refractory, xs, s)
    elif family != SEPARATE:
        system = int(get_number(law, SYSTEM))
        flow_linear(systems_at(desk), system, in_refractory, numbers_at(xs, m), 0, s, room_at(desk))
    else:
        first = int(get_number(law, MOTION)) + (m if in_refractory else 0)
        kinds, ps = get_whole(desk, at.MOTION_KINDS), get_whole(desk, at.MOTION_P)
        qs, rs = get_whole(desk, at.MOTION_Q), get_whole(desk, at.MOTION_R)
        for j in range(m):
            k = first + j
            p, q, r = get_number(ps, k), get_number(qs, k), get_number(rs, k)
            put_number(xs, j, flow(get_whole(kinds, k), get_number(xs, j), p, q, r, s))


@kernel
def move_driven(o, in_refractory, xs, s):
    """Replace a leaky variable and the currents that drive it by those a time `s` > 0 later."""
    kind = int(get_number(o, form.FORM))
    of_v, of_a, of_b = int(get_number(o, form.V)), int(get_number(o, form.A)), int(get_number(o, form.B))
    v, a, b = get_number(xs, of_v), get_number(xs, of_a), get_number(xs, of_b)
    rate_a, low_a = get_number(o, form.RATE_A), get_number(o, form.LOW_A)
    rate_b, low_b = get_number(o, form.RATE_B), get_number(o, form.LOW_B)
    if in_refractory and kind & RESTS != 0:
        a, b = flow_resting(a, b, s, rate_a, low_a, rate_b, low_b)
    else:
        v, a, b = flow_driven(
            v,
            a,
            b,
            s,
            kind,
            get_number(o, form.GAP_0),
            get_number(o, form.RATE_V),
            get_number(o, form.LOW_V),
            get_number(o, form.CONSTANT),
            get_number(o, form.GAP_A),
            rate_a,
            low_a,
            get_number(o, form.COUPLING_A),
            get_number(o, form.GAP_B),
            rate_b,
            low_b,
            get_number(o, form.COUPLING_B),
        )
    # with one current it is meant by both
    put_number(xs, of_b, b)
    put_number(xs, of_a, a)
    put_number(xs, of_v, v)


@kernel
def bring_several(desk, row, law, now, low, stands):
    """Bring a neuron to the instant ``now + low``, at which it fires, or would, if it `stands` there."""
    xs, since, since_low = row + 8 * X, get_number(row, SINCE), get_number(row, SINCE_LOW)
    until, until_low = get_number(row, UNTIL), get_number(row, UNTIL_LOW)
    put_number(row, SINCE, now)
    put_number(row, SINCE_LOW, low)
    if until > since:
        if now < until:
            move(desk, law, True, xs, elapsed(since, since_low, now, 0.0))
            return
        move(desk, law, True, xs, elapsed(since, since_low, until, until_low))
        since, since_low = until, until_low
    leaf = int(get_number(law, LEAF))
    # a variable that crosses its level stands on it
    crosses = stands and not is_beyond(get_number(xs, leaf), law)
    move(desk, law, False, xs, elapsed(since, since_low, now, low))
    if crosses:
        put_number(xs, leaf, get_number(law, LEVEL))


@kernel
def show_several(desk, g, row, law, now, out):
    """Write the variables of a neuron as they are now to an address, without changing anything."""
    m, since, until = int(get_number(law, M)), get_number(row, SINCE), get_number(row, UNTIL)
    for j in range(m):
        put_number(out, j, get_number(row, X + j))
    if since == now:
        return 0.0
    base, base_low, leaf = since, get_number(row, SINCE_LOW), int(get_number(law, LEAF))
    stands = get_number(row, DUE) == now and get_number(row, DUE_LOW) != BOUND
    low = get_number(row, DUE_LOW) if stands else 0.0
    if until > since:
        if now < until:
            move(desk, law, True, out, elapsed(since, base_low, now, 0.0))
            return 0.0
        until_low = get_number(row, UNTIL_LOW)
        move(desk, law, True, out, elapsed(since, base_low, until, until_low))
        base, base_low = until, until_low
    crosses = stands and not is_beyond(get_number(out, leaf), law)
    move(desk, law, False, out, elapsed(base, base_low, now, low))
    if crosses:
        put_number(out, leaf, get_number(law, LEVEL))
    return 0.0


@kernel
def take_inputs(desk, g, row, law, now, out):
    """Let a neuron take the sums of what arrives now; return `DONE`, `DEAF` or `HANDOVER`."""
    m, first = int(get_number(law, M)), g * get_whole(desk, at.VARIABLES)
    sums, is_there = get_whole(desk, at.SUM), get_whole(desk, at.IS_THERE)
    frozen = get_whole(desk, at.FROZEN) + 8 * int(get_number(law, MOTION))
    is_deaf, has_any = now < get_number(row, UNTIL), False
    for j in range(m):
        if get_whole(is_there, first + j) == 0 or (is_deaf and get_whole(frozen, j) != 0):
            put_number(sums, first + j, 0.0)
        put_whole(is_there, first + j, 0)
        has_any = has_any or get_number(sums, first + j) != 0.0
    if not has_any:
        return float(DEAF)
    if get_number(row, SINCE) != now:
        stands = get_number(row, DUE) == now and get_number(row, DUE_LOW) != BOUND
        bring_several(desk, row, law, now, get_number(row, DUE_LOW) if stands else 0.0, stands)
    for j in range(m):
        total = get_number(sums, first + j)
        if total != 0.0:
            x = get_number(row, X + j) + total
            if x - x != 0.0:
                return float(HANDOVER)
            put_number(row, X + j, x)
    return float(DONE)


@kernel
def fire_several(desk, g, row, law, now, out):
    """Let a neuron fire at the instant that is due: reset, refractory period; return `DONE` or `HANDOVER`."""
    due, low, m = get_number(row, DUE), get_number(row, DUE_LOW), int(get_number(law, M))
    bring_several(desk, row, law, due, low, True)
    for step in range(int(get_number(law, FIRST_STEP)), int(get_number(law, LAST_STEP))):
        value, what = get_number(get_whole(desk, at.STEP_VALUES), step), get_whole(get_whole(desk, at.STEP_KINDS), step)
        j = X + get_whole(get_whole(desk, at.STEP_VARIABLES), step)
        x = get_number(row, j)
        put_number(row, j, value if what == SET else (x + value if what == ADD else x - value))
    for j in range(X, X + m):
        x = get_number(row, j)
        if x - x != 0.0:
            return float(HANDOVER)
    period = get_number(law, PERIOD)
    if period == NO_PERIOD:
        put_number(row, UNTIL, -inf)
    else:
        until, until_low = end_of_period(due, low, period)
        put_number(row, UNTIL, until)
        put_number(row, UNTIL_LOW, until_low)
    return float(DONE)


@kernel
def predict_several(desk, g, row, law, now, room):
    """Find when a neuron fires that has just been changed, or an instant after `now` before which it does not.

    Parameters
    ----------
    room : int
        Address of room for its variables.

    Returns
    -------
    float [ms]
        That instant, which is also noted; NaN where it cannot be found here.
    """
    base, base_low, until = get_number(row, SINCE), get_number(row, SINCE_LOW), get_number(row, UNTIL)
    leaf, m, family = int(get_number(law, LEAF)), int(get_number(law, M)), int(get_number(law, FAMILY))
    if leaf < 0 or (until > base and until == inf):
        return note_due(row, inf, 0.0)
    # 1. where it is when nothing keeps it from firing
    for j in range(m):
        put_number(room, j, get_number(row, X + j))
    if until > base:
        until_low = get_number(row, UNTIL_LOW)
        move(desk, law, True, room, elapsed(base, base_low, until, until_low))
        base, base_low = until, until_low
    # 2. when it is beyond its threshold
    x = get_number(room, leaf)
    if is_beyond(x, law):
        return note_due(row, base, base_low)
    if family == SEPARATE:
        k = int(get_number(law, MOTION)) + leaf
        kind, p = get_whole(get_whole(desk, at.MOTION_KINDS), k), get_number(get_whole(desk, at.MOTION_P), k)
        q, r = get_number(get_whole(desk, at.MOTION_Q), k), get_number(get_whole(desk, at.MOTION_R), k)
        s = time_to_pass(kind, x, get_number(law, LEVEL), get_number(law, UPWARD) != 0.0, p, q, r)
        return note_later(row, base, base_low, s)
    s = earliest_of(desk, law, room)
    bound, _ = later(base, base_low, s)
    if bound > now:
        return note_due(row, bound, BOUND if bound < inf else 0.0)
    for j in range(m):
        x = get_number(room, j)
        if x - x != 0.0:
            return nan
    s, status = crossing_of(desk, law, room)
    if status == UNKNOWN:
        return nan
    return note_later(row, base, base_low, s)


@kernel
def note_later(row, base, base_low, s):
    """Note that a neuron fires a time `s` after an instant; return when that is."""
    if not s < inf:
        return note_due(row, inf, 0.0)
    due, due_low = later(base, base_low, s)
    return note_due(row, due, due_low)


@kernel
def note_due(row, due, low):
    """Note when a neuron fires; return that instant."""
    put_number(row, DUE, due)
    put_number(row, DUE_LOW, low)
    return due


@kernel
def earliest_of(desk, law, xs):
    """Return a time before which a linear system at an address does not cross its level."""
    system = int(get_number(law, SYSTEM))
    if int(get_number(law, FAMILY)) != DRIVEN:
        return earliest_change(systems_at(desk), system, numbers_at(xs, int(get_number(law, M))), 0, room_at(desk))
    o = get_whole(desk, at.DRIVEN_ROWS) + 8 * WIDTH * system
    return earliest_driven(
        get_number(xs, int(get_number(o, form.V))),
        get_number(xs, int(get_number(o, form.A))),
        get_number(xs, int(get_number(o, form.B))),
        int(get_number(o, form.FORM)),
        get_number(law, LEVEL),
        get_number(o, form.TAU_M),
        get_number(o, form.F0),
        get_number(o, form.COUPLING_A),
        get_number(o, form.COUPLING_B),
    )


@kernel
def crossing_of(desk, law, xs):
    """Return when a linear system at an address first crosses its level, and what is known of that."""
    system = int(get_number(law, SYSTEM))
    if int(get_number(law, FAMILY)) != DRIVEN:
        return first_crossing(systems_at(desk), system, numbers_at(xs, int(get_number(law, M))), 0, inf, room_at(desk))
    o = get_whole(desk, at.DRIVEN_ROWS) + 8 * WIDTH * system
    return cross_driven(
        get_number(xs, int(get_number(o, form.V))),
        get_number(xs, int(get_number(o, form.A))),
        get_number(xs, int(get_number(o, form.B))),
        int(get_number(o, form.FORM)),
        get_number(law, LEVEL),
        get_number(o, form.TAU_M),
        get_number(o, form.F0),
        get_number(o, form.COUPLING_A),
        get_number(o, form.TAU_A),
        get_number(o, form.COUPLING_B),
        get_number(o, form.TAU_B),
        inf,
    )
