r"""Quadratic integrate-and-fire, the normal form of a neuron that begins to fire at a saddle-node bifurcation.

Equation
    ``dx/dt = rate ((x - center)**2 + kappa)``
Exact solution
    With ``u = x - center`` and ``k = sqrt(|kappa|)``

    - ``kappa > 0``: ``u(s) = (u cos z + k sin z)/(cos z - (u/k) sin z)``, ``z = k rate s``
    - ``kappa = 0``: ``u(s) = u/(1 - u rate s)``
    - ``kappa < 0``: ``u(s) = k + (u - k)/(e - (u - k) b)``, ``e = exp(-2 k rate s)``, ``b = (1 - e)/(2 k)``

    For ``rate > 0`` it may explode: it is at +inf after a finite time, comes from -inf in a finite time. For
    ``rate < 0`` all this is mirrored: ``-x`` obeys the same equation with ``-center`` and ``-rate``.
Crossing
    From u up to ``w = level - center``, for ``rate > 0``; both may be infinite

    - ``kappa > 0``: ``s = atan2(k (w - u), kappa + u w)/(k rate)``
    - ``kappa = 0``: ``s = (w - u)/(u w rate)``, if zero does not lie between them
    - ``kappa < 0``: ``s = log1p(2 k (w - u)/((w + k) (u - k)))/(2 k rate)``, if ``u > k`` or ``w < -k``; between the
      fixed points the flow goes down, with the opposite sign of the fraction
Parameters
    ``center`` [unit of x]; ``kappa`` [unit of x squared], of any sign; ``rate`` [1/(unit of x * ms)], not zero, of
    either sign
State
    ``x``; -inf and inf are allowed
Limits
    ``kappa = 0``: one fixed point, at `center`; ``kappa < 0``: two, at ``center - k`` (stable for ``rate > 0``) and
    ``center + k``. A state on a fixed point stays; as a level it is never passed. k is carried to 48 digits: on which
    side of it a state stands is seen to a distance of 1e-32 k. The limit ``kappa -> 0`` is smooth and costs no digit.
    Once exploded, the state stays at infinity. Sizes of x, level and center up to 1e300; a time beyond the largest
    double is infinite.
Source
    Ermentrout & Kopell (1986), SIAM Journal on Applied Mathematics 46, 233-253. The crossing is the antiderivative of
    ``1/(u**2 + kappa)``, written with the difference of the two states. Error-free transformations: Dekker (1971),
    Numerische Mathematik 18, 224-242.
See also
    `leaky`, the linearisation about a fixed point.
"""

from __future__ import annotations

from math import atan2, cos, exp, expm1, inf, log, pi, sin, sqrt, tan

from .._jit import kernel
from ..crossing.double_double import multiply, two_product
from ..instants import two_sum

#: What pi leaves over.
PI_LOW = 1.2246467991473532e-16

#: Below this an angle or exponent z is expanded: the next terms, of relative size z**2, are beyond the last digit.
SMALL = 2.0**-30

#: Sizes whose products neither overflow nor lose their rounding errors; others are first brought in between.
LARGE, TINY = 2.0**400, 2.0**-400
SHRINK, GROW = 2.0**-500, 2.0**500

#: A state so much larger than all others is as good as infinite.
FAR = 2.0**200


# --- numbers of two doubles, the second being what the rounding of the first left over -------------------------------
#
# A crossing passes through some ten operations. Were each rounded, the time would be off by several ulp, and next to a
# fixed point, where u - k cancels, by as many digits as the distance is short. So only the logarithm, the arc tangent
# and the result are rounded.


@kernel
def _add(a, a_low, b, b_low):
    """Return a + b where they do not cancel: half the work of `double_double.add`."""
    total, error = two_sum(a, b)
    return two_sum(total, error + (a_low + b_low))


@kernel
def _divide(a, a_low, b, b_low):
    """Return a/b, for b not zero: one digit less than `double_double.divide`, for half the work."""
    quotient = a / b
    product, error = two_product(quotient, b)
    rest = ((((a - product) - error) + a_low) - quotient * b_low) / b
    return two_sum(quotient, rest if rest - rest == 0.0 else 0.0)


@kernel
def _root(square):
    """Return the square root of a double that is not negative, in three parts."""
    if square == 0.0:
        return 0.0, 0.0, 0.0
    # below, the rounding errors of the squares would be lost
    factor = 1.0
    if square < TINY:
        square, factor = square * GROW, 2.0**-250
    root = sqrt(square)
    product, error = two_product(root, root)
    rest = (square - product) - error
    low = rest / (2.0 * root)
    product, error = two_product(2.0 * root, low)
    lowest = (((rest - product) - error) - low * low) / (2.0 * root)
    return root * factor, low * factor, lowest * factor


@kernel
def _distance(u, u_low, k, k_low, k_lowest):
    """Return u + k where they may all but cancel: no digit is lost as long as its size is above 1e-32 k."""
    total, error = two_sum(u, k)
    total_low, error_low = two_sum(u_low, k_low)
    # next to a fixed point the first error is zero, and the others matter
    total, rest = two_sum(total, total_low)
    return two_sum(total, error + (rest + (error_low + k_lowest)))


# --- crossing --------------------------------------------------------------------------------------------------------


@kernel
def time_to_pass(x, level, upward, center, kappa, rate):
    """Return the time until x passes `level` in the given direction, from its near side or from the level itself.

    To pass `inf` upward is to explode; from the far side a level is never passed.

    Accuracy
    --------
    Within 2 ulp of the result wherever the states stand, next to a fixed point too, given a libm whose log and atan2
    err by less than 0.75 ulp. `inf` if and only if the level is never passed, as far as k has digits (Limits, above).
    """
    if rate < 0.0:
        x, level, upward, center, rate = -x, -level, not upward, -center, -rate
    if not (x <= level if upward else x >= level) or rate == 0.0:
        return inf
    u, u_low = two_sum(x, -center)
    w, w_low = two_sum(level, -center)
    k, k_low, k_lowest = _root(abs(kappa))
    if kappa > 0.0:
        if not upward:
            return inf
        if x == level:
            return 0.0
        if u == -inf and w == inf:
            return _time_of_angle(pi, PI_LOW, k, k_low, rate)
        if u == -inf or -u > FAR * (abs(w) + k):
            return _time_of_far_turn(-w, -w_low, k, k_low, rate)
        if w == inf or w > FAR * (abs(u) + k):
            return _time_of_far_turn(u, u_low, k, k_low, rate)
        return _time_of_turn(u, u_low, w, w_low, k, k_low, rate)
    above, _ = _distance(w, w_low, -k, -k_low, -k_lowest)
    plus, plus_low = _distance(w, w_low, k, k_low, k_lowest)
    minus, minus_low = _distance(u, u_low, -k, -k_low, -k_lowest)
    if upward:
        passes = minus > 0.0 if above > 0.0 else plus < 0.0
    else:
        passes = minus < 0.0 and above < 0.0 and plus > 0.0
    if not passes:
        return inf
    if x == level:
        return 0.0
    # the fraction of the logarithm without its factor 2 k; positive, as two of its three factors are negative or none
    if u == -inf:
        z, z_low = _divide(-1.0, 0.0, plus, plus_low)
    elif w == inf:
        z, z_low = _divide(1.0, 0.0, minus, minus_low)
    else:
        gap, gap_low = two_sum(level, -x)
        z, z_low = _divide(gap, gap_low, plus, plus_low)
        z, z_low = _divide(z, z_low, minus, minus_low)
    return _time_of_decay(z, z_low, k, k_low, rate)


@kernel
def _time_of_decay(z, z_low, k, k_low, rate):
    """Return log(1 + 2 k z)/(2 k rate), for k z >= 0; z/rate in the limit."""
    k, k_low = 2.0 * k, 2.0 * k_low
    y, y_low = multiply(k, k_low, z, z_low)
    if not y >= SMALL:
        time, _ = _divide(z, z_low - 0.5 * y * z, rate, 0.0)
        return time
    y, y_rest = two_sum(1.0, y)
    time, time_low = _divide(log(y), (y_rest + y_low) / y, k, k_low)
    time, _ = _divide(time, time_low, rate, 0.0)
    return time


@kernel
def _time_of_turn(u, u_low, w, w_low, k, k_low, rate):
    """Return atan2(k (w - u), k k + u w)/(k rate), for u < w both finite; (w - u)/(u w rate) in the limit."""
    size, factor = max(abs(u), abs(w), k), 1.0
    if size > LARGE or size < TINY:
        factor = SHRINK if size > LARGE else GROW
    u, u_low, w, w_low = factor * u, factor * u_low, factor * w, factor * w_low
    c, c_low = factor * k, factor * k_low
    gap, gap_low = _add(w, w_low, -u, -u_low)
    y, y_low = multiply(c, c_low, gap, gap_low)
    square, square_low = multiply(c, c_low, c, c_low)
    product, product_low = multiply(u, u_low, w, w_low)
    x, x_low = _add(square, square_low, product, product_low)
    if y < SMALL * x:
        z, z_low = _divide(gap, gap_low, x, x_low)
        time, _ = _divide(z, z_low, rate, 0.0)
        return factor * time
    angle, angle_low = _angle(y, y_low, x, x_low)
    return _time_of_angle(angle, angle_low, k, k_low, rate)


@kernel
def _time_of_far_turn(x, x_low, k, k_low, rate):
    """Return atan2(k, x)/(k rate), from x to inf or from -inf to -x; 1/(x rate) in the limit."""
    if k < SMALL * x:
        z, z_low = _divide(1.0, 0.0, x, x_low)
        time, _ = _divide(z, z_low, rate, 0.0)
        return time
    angle, angle_low = _angle(k, k_low, x, x_low)
    return _time_of_angle(angle, angle_low, k, k_low, rate)


@kernel
def _angle(y, y_low, x, x_low):
    """Return atan2(y, x), not both zero."""
    # what the low parts turn: (x dy - y dx)/(x x + y y), with the larger of both taken out
    if y > abs(x):
        slope = x / y
        turn = (slope * (y_low / y) - x_low / y) / (1.0 + slope * slope)
    else:
        slope = y / x
        turn = (y_low / x - slope * (x_low / x)) / (1.0 + slope * slope)
    return atan2(y, x), turn


@kernel
def _time_of_angle(angle, angle_low, k, k_low, rate):
    """Return the time in which the arc tangent of u/k grows by `angle`."""
    time, time_low = _divide(angle, angle_low, k, k_low)
    time, _ = _divide(time, time_low, rate, 0.0)
    return time


# --- flow ------------------------------------------------------------------------------------------------------------


@kernel
def flow(x, center, kappa, rate, s):
    """Return x after time `s`; infinite from the explosion on.

    Accuracy
    --------
    Within 32 ulp of max(|x(s)|, |center|) and what 32 ulp of `s` make out, if every rounding erred the same way; within
    4 of each in 5e5 adverse cases. Exactly `x` for s = 0 and on a fixed point. Infinite exactly from
    ``s = time_to_pass(x, inf, True, center, kappa, rate)`` on (mirrored for ``rate < 0``).
    """
    if not s > 0.0 or rate == 0.0:
        return x
    if rate < 0.0:
        return -_forward(-x, -center, kappa, -rate, s)
    return _forward(x, center, kappa, rate, s)


@kernel
def _forward(x, center, kappa, rate, s):
    """Return x after time s > 0, for rate > 0."""
    if x == inf or rate * s == 0.0:
        return x
    if kappa > 0.0:
        return _turn(x, center, kappa, rate, s)
    return _decay(x, center, kappa, rate, s)


@kernel
def _turn(x, center, kappa, rate, s):
    """Return x after time s > 0, for rate > 0 and without fixed points."""
    k, u, reach = sqrt(kappa), x - center, rate * s
    z = k * reach
    if z < 1.5:
        c, b = cos(z), (sin(z) / k if z > SMALL else reach)
        rest = c - u * b
        # in the first half of the way to the explosion `rest` is never smaller
        if rest >= 0.5:
            if abs(u) * b > 1.0:
                return center + (c + (kappa / u) * b) / (c / u - b)
            step = (u * (u * b) + kappa * b) / rest
            ahead = (u * c + kappa * b) / rest
            return x + step if abs(step) < abs(ahead) else center + ahead
    # in the second half: by the time that is left
    reach = rate * (time_to_pass(x, inf, True, center, kappa, rate) - s)
    if not reach > 0.0:
        return inf
    z = k * reach
    return center + (k / tan(z) if z > SMALL else 1.0 / reach)


@kernel
def _decay(x, center, kappa, rate, s):
    """Return x after time s > 0, for rate > 0 and fixed points at -k and k about the center."""
    u, u_low = two_sum(x, -center)
    k, k_low, k_lowest = _root(-kappa)
    p, _ = _distance(u, u_low, k, k_low, k_lowest)
    q, _ = _distance(u, u_low, -k, -k_low, -k_lowest)
    if p == 0.0 or q == 0.0:
        return x
    e, b = _decay_and_reach(k, rate * s)
    if q > 0.0 and q * b > 0.5 * e:
        # in the second half of the way to the explosion: by the time that is left
        e, b = _decay_and_reach(k, rate * (time_to_pass(x, inf, True, center, kappa, rate) - s))
        return center + (k + e / b) if b > 0.0 else inf
    # the state as seen from where it was, from the upper and from the lower fixed point: the nearest loses no digits
    if abs(q) * b > 1.0:
        rest = e / q - b
        step, upper, lower = inf, 1.0 / rest, (p / q if q > -inf else 1.0) * (e / rest)
    else:
        rest = e - q * b
        if rest == 0.0:
            return x
        step, upper, lower = p * (q * b / rest), q / rest, p * (e / rest)
    if abs(step) < abs(upper) and abs(step) < abs(lower):
        return x + step
    if abs(upper) < abs(lower):
        return center + (k + (upper + k_low))
    return center + ((lower - k_low) - k)


@kernel
def _decay_and_reach(k, reach):
    """Return exp(-2 k reach) and the integral of exp(-2 k r) over r up to `reach`, for k >= 0."""
    z = 2.0 * k * reach
    # not through z <= SMALL: z is no number for k = 0 and an infinite reach
    if z > SMALL * SMALL:
        return exp(-z), -expm1(-z) / (2.0 * k)
    return 1.0, reach
