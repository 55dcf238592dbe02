"""The one place that turns the small integer `kind` into a family's kernel.

Every variable that moves by itself has a kind and three parameters ``p, q, r``: `LEAKY` (rest, tau, unused),
`INTEGRATOR` (slope, unused, unused), `QUADRATIC` (center, kappa, rate).
"""

from __future__ import annotations

from .._jit import kernel
from ..instants import elapsed
from .integrator import flow as integrator_flow
from .integrator import time_to_pass as integrator_time_to_pass
from .leaky import flow as leaky_flow
from .leaky import time_to_pass as leaky_time_to_pass
from .quadratic import flow as quadratic_flow
from .quadratic import time_to_pass as quadratic_time_to_pass

LEAKY, INTEGRATOR, QUADRATIC = 0, 1, 2


@kernel
def flow(kind, x, p, q, r, s):
    """Return the variable after time `s`."""
    if kind == LEAKY:
        return leaky_flow(x, p, q, s)
    if kind == QUADRATIC:
        return quadratic_flow(x, p, q, r, s)
    return integrator_flow(x, p, s)


@kernel
def time_to_pass(kind, x, level, upward, p, q, r):
    """Return the time until the variable passes `level` in the given direction."""
    if kind == LEAKY:
        return leaky_time_to_pass(x, level, upward, p, q)
    if kind == QUADRATIC:
        return quadratic_time_to_pass(x, level, upward, p, q, r)
    return integrator_time_to_pass(x, level, upward, p)


@kernel
def speed(kind, x, p, q, r):
    """Return the derivative of the variable where it is x."""
    if kind == LEAKY:
        return (p - x) / q
    if kind == QUADRATIC:
        return r * ((x - p) * (x - p) + q)
    return p


@kernel
def evaluate(x, since, since_low, until, until_low, now, kind, p, q, r, kind_r, p_r, q_r, r_r):
    """Return a variable at the instant `now`, through the end of the refractory period if that lies between.

    Parameters
    ----------
    x, since, since_low : float
        Value at the last state change, and that instant.
    until, until_low : float
        End of the refractory period; at or before `since` where there is none.
    now : float [ms]
    kind, p, q, r
        Family and parameters outside the refractory period; ``kind_r, p_r, q_r, r_r`` inside.
    """
    if until > since:
        if now < until:
            return flow(kind_r, x, p_r, q_r, r_r, elapsed(since, since_low, now, 0.0))
        x = flow(kind_r, x, p_r, q_r, r_r, elapsed(since, since_low, until, until_low))
        since, since_low = until, until_low
    return flow(kind, x, p, q, r, elapsed(since, since_low, now, 0.0))
