r"""What a leaky variable does under a constant and two decaying exponentials: the exact solution and its shape.

Equation
    ``tau_m df/ds = -f + D(s)``, ``D(s) = F0 + I1 exp(-s/tau1) + I2 exp(-s/tau2)``
Exact solution
    ``f = F0 + (f0 - F0) e_m + I1 K1 + I2 K2`` with ``e_m = exp(-s/tau_m)`` and the answer to one exponential
    ``K(s) = s/tau_m e_m phi(q)``, ``phi(q) = expm1(q)/q``, ``q = s (tau - tau_m)/(tau_m tau)``.
Shape
    The drive D turns at most once, at a known time; K has a known largest value; from f = 0 the first derivative that
    is not zero decides. What rests on a sign here rests on an exact one.
Limits
    The difference of the time constants comes first and is exact where they are close (Sterbenz), so equal and nearly
    equal ones are no special case: only q = 0 is, where phi = 1.
"""

from __future__ import annotations

from math import exp, expm1, inf, log, log1p, sqrt

from .._jit import kernel
from ..instants import two_sum
from .double_double import add, divide, growth, multiply, precise_decay, two_product


@kernel
def decay(s, tau):
    """Return ``exp(-s/tau)`` as a double and what the rounding of s/tau makes wrong with it."""
    z = s / tau
    e = exp(-z)
    if z < 0.25 or z > 700.0:
        return e, 0.0
    product, rest = two_product(z, tau)
    return e, e * (((product - s) + rest) / tau)


@kernel
def response(s, z, e_m, e_m_low, tau_m, tau):
    """Return the answer K to ``exp(-s/tau)`` and ``exp(-s/tau)`` itself; z is s/tau_m."""
    difference = tau - tau_m
    q = z * (difference / tau)
    # with |q| < 1 the two exponentials would cancel; with more expm1 could overflow while e_m vanishes
    if -1.0 < q < 1.0:
        e_m += e_m_low
        if q == 0.0:
            return z * e_m, e_m
        grown = expm1(q)
        return z * e_m * (grown / q), e_m + e_m * grown
    e, low = decay(s, tau)
    return tau / difference * ((e - e_m) + (low - e_m_low)), e


@kernel
def distance(s, f0, tau_m, F0, I1, tau1, I2, tau2):
    """Return what is to be known of the solution at time `s`.

    Returns
    -------
    f, D, A1, A2, scale : float
        The distance to threshold, the drive ``F0 + A1 + A2``, its decaying terms, and the sum of the sizes of the
        terms of f.

    Accuracy
    --------
    f within 13 units of 2^-53 of the scale, most often within 1. Near the start the step is added to f0 and the scale
    is that of the step: a small f0 keeps its digits.
    """
    z = s / tau_m
    gap, gap_low = two_sum(f0, -F0)
    if z < 0.5:
        shrunk = expm1(-z)
        e_m, e_m_low = 1.0 + shrunk, 0.0
        constant, part0 = f0, gap * shrunk
        low = gap_low * shrunk
    else:
        e_m, e_m_low = decay(s, tau_m)
        constant, part0 = F0, gap * e_m
        low = gap * e_m_low + gap_low * e_m
    A1 = A2 = part1 = part2 = 0.0
    if I1 != 0.0:
        K, e = response(s, z, e_m, e_m_low, tau_m, tau1)
        A1, part1 = I1 * e, I1 * K
    if I2 != 0.0:
        K, e = response(s, z, e_m, e_m_low, tau_m, tau2)
        A2, part2 = I2 * e, I2 * K
    own, own_low = two_sum(constant, part0)
    driven, driven_low = two_sum(part1, part2)
    f = (own + driven) + ((own_low + driven_low) + low)
    return f, F0 + (A1 + A2), A1, A2, (abs(constant) + abs(part0)) + (abs(part1) + abs(part2))


@kernel
def precise_response(s, tau_m, tau):
    """Return K as `response` does, in double-double."""
    difference, difference_low = two_sum(tau, -tau_m)
    z, z_low = divide(s, 0.0, tau_m, 0.0)
    q, q_low = divide(difference, difference_low, tau, 0.0)
    q, q_low = multiply(q, q_low, z, z_low)
    e, e_low = precise_decay(s, tau_m)
    if -0.5 < q < 0.5:
        grown, grown_low = growth(q, q_low)
        z, z_low = multiply(z, z_low, e, e_low)
        return multiply(z, z_low, grown, grown_low)
    other, other_low = precise_decay(s, tau)
    e, e_low = add(other, other_low, -e, -e_low)
    e, e_low = multiply(e, e_low, tau, 0.0)
    return divide(e, e_low, difference, difference_low)


@kernel
def precise_distance(s, f0, tau_m, F0, I1, tau1, I2, tau2):
    """Return f at time `s`, computed in double-double: within 1e-28 of its scale."""
    f, low = two_sum(f0, -F0)
    e, e_low = precise_decay(s, tau_m)
    f, low = multiply(f, low, e, e_low)
    f, low = add(f, low, F0, 0.0)
    if I1 != 0.0:
        K, K_low = precise_response(s, tau_m, tau1)
        K, K_low = multiply(K, K_low, I1, 0.0)
        f, low = add(f, low, K, K_low)
    if I2 != 0.0:
        K, K_low = precise_response(s, tau_m, tau2)
        K, K_low = multiply(K, K_low, I2, 0.0)
        f, low = add(f, low, K, K_low)
    return f


@kernel
def exact_sum(a, b, c):
    """Return a + b + c with the right sign, zero only if it is."""
    total, rest = two_sum(a, b)
    total, more = two_sum(total, c)
    return total + (rest + more)


@kernel
def log_ratio(a, b):
    """Return log(a/b) for positive a and b, also where a/b is no double."""
    ratio = a / b
    return log(ratio) if 0.0 < ratio < inf else log(a) - log(b)


@kernel
def turning_time(I1, tau1, I2, tau2):
    """Return the time s > 0 at which D turns from falling to rising or back; inf if it never does.

    The slower current decides in the end, so D turns if it does the opposite at the start. Both claims rest on the
    exact sign of ``I1 tau2 + I2 tau1``, not on the rounded value of D'.
    """
    if tau1 == tau2 or not ((I1 > 0.0 and I2 < 0.0) or (I1 < 0.0 and I2 > 0.0)):
        return inf
    late, late_low = two_product(I1, tau2)
    early, early_low = two_product(I2, tau1)
    total, low = add(late, late_low, early, early_low)
    total += low
    if late == 0.0 or (total > 0.0) == (late > 0.0) or total == 0.0:
        return inf
    ratio = -total / late
    return tau2 / (tau1 - tau2) * tau1 * (log1p(ratio) if ratio < 1e300 else log_ratio(abs(early), abs(late)))


@kernel
def rises_at_once(F0, I1, tau1, I2, tau2):
    """Does f rise from zero at once: is the first of D, D', D'' at s = 0 that is not zero positive?"""
    drive = exact_sum(I1, I2, F0)
    if drive != 0.0:
        return drive > 0.0
    first, first_low = two_product(I1, tau2)
    second, second_low = two_product(I2, tau1)
    falling, _ = add(first, first_low, second, second_low)
    if falling != 0.0:
        return falling < 0.0
    # now I1/tau1 = -I2/tau2
    return (I1 > 0.0 and tau2 > tau1) or (I1 < 0.0 and tau2 < tau1)


@kernel
def largest_response(tau_m, tau):
    """Return an upper bound, some percent too high at most for comparable time constants, of K over all times.

    The largest K is ``exp(-1/L)`` with L the logarithmic mean of 1 and x = tau/tau_m, and
    ``L <= (4 sqrt(x) + 1 + x)/6`` (Carlson 1972, American Mathematical Monthly 79, 615-618).
    """
    x = tau / tau_m
    a = 1.5 / (4.0 * sqrt(x) + 1.0 + x)
    root = 1.0 + a * (1.0 + a * (0.5 + a * (1.0 / 6.0)))
    square = root * root
    return (1.0 + 2.0**-48) / (square * square)
