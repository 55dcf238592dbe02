r"""Leaky relaxation, the integrate-and-fire membrane.

Equation
    ``dx/dt = (rest - x)/tau``
Exact solution
    ``x(s) = rest + (x - rest) exp(-s/tau)``
Crossing
    ``s = tau log1p((level - x)/(rest - level))`` upward, if ``rest > level``; never otherwise
Parameters
    ``rest`` [unit of x], ``tau`` [ms], not zero; a negative `tau` is growth away from `rest`
State
    ``x``
Limits
    ``rest == level`` is reached only after infinite time: a touch, no crossing. With ``tau < 0`` the state leaves
    `rest` in the direction in which it stands, and stays there if it stands on it. After some 40 `tau` the double is
    `rest` itself; it then meets a condition such as ``x >= rest`` when it is tested anew, after an assignment.
Source
    Lapicque (1907); closed form as in Brette (2006), Neural Computation 18, 2004-2027.
See also
    `integrator`, the limit of ``tau -> inf`` at constant ``rest/tau``.
"""

from __future__ import annotations

from math import exp, expm1, inf, log, log1p

from .._jit import kernel

# exp(-z) is needed beyond this size only where its result is infinite or of no account
LARGEST_EXPONENT = 709.0

# below this, `shrink` has all digits; and the inverse factorials of 3 to 9
SHORT = 0.03125
C3, C4, C5, C6 = 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0
C7, C8, C9 = 1.0 / 5040.0, 1.0 / 40320.0, 1.0 / 362880.0


@kernel
def shrink(z):
    """Return ``expm1(-z)`` for 0 <= z < 1/32, within 0.6 ulp: its series, the last term below 2**-58 of the sum.

    Most steps between inputs are that short, and a compiler takes a polynomial in where it would call a library.
    """
    y = -z
    w = y * y
    late = (C6 + y * C7) + w * (C8 + y * C9)
    return y + w * ((0.5 + y * C3) + w * ((C4 + y * C5) + w * late))


@kernel
def flow(x, rest, tau, s):
    """Return x after time `s`.

    Accuracy
    --------
    Within 3 ulp of max(|x|, |rest|); exactly `x` for s = 0 and exactly `rest` after long times. Near the start the
    step is added to x, later the distance is added to rest, so neither end loses digits.
    """
    z = s / tau
    if 0.0 <= z < SHORT:
        return x - (rest - x) * shrink(z)
    if z < -LARGEST_EXPONENT:
        return rest if x == rest else (inf if x > rest else -inf)
    if z < 0.5:
        return x - (rest - x) * expm1(-z)
    return rest + (x - rest) * exp(-z)


@kernel
def time_to_pass(x, level, upward, rest, tau):
    """Return the time until x passes `level` in the given direction, from its near side or from the level itself.

    Accuracy
    --------
    The differences are exact where they matter (Sterbenz), the rest costs 3 ulp of the result.
    """
    gap = level - x if upward else x - level
    if tau > 0.0:
        reserve = rest - level if upward else level - rest
    else:
        reserve = x - rest if upward else rest - x
    if not reserve > 0.0:
        return inf
    ratio = gap / reserve
    return abs(tau) * (log1p(ratio) if ratio < inf else log(gap) - log(reserve))
