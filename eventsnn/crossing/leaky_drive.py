r"""First crossing of a leaky variable under a constant and up to two decaying exponentials.

Equation
    ``tau_m df/ds = -f + D(s)``, ``D(s) = F0 + I1 exp(-s/tau1) + I2 exp(-s/tau2)``, with f the distance to threshold
    (negative below it). Any signs and sizes of F0, I1, I2; all time constants positive and finite, equal or not.
Exact solution
    ``f = F0 + (f0 - F0) e_m + I1 K1 + I2 K2`` with ``e_m = exp(-s/tau_m)`` and the answer to one exponential
    ``K(s) = s/tau_m e_m phi(q)``, ``phi(q) = expm1(q)/q``, ``q = s (tau - tau_m)/(tau_m tau)``. The difference of the
    time constants comes first and is exact where they are close, so equal and nearly equal ones are no special case.
Crossing
    In ``y = exp(s/tau_m)`` the function ``h = y f`` has the zeros and the signs of f, and ``dh/dy = D``,
    ``d2h/dy2 = tau_m D'/y`` (Rolle's theorem with the factor exp(s/tau_m)). So f crosses only while D > 0; h is
    concave where D falls and convex where it rises; and D, a constant and two exponentials, turns at most once, at a
    time known in closed form. That leaves three stretches:

    - D falls, `climb`: Newton's step in y, ``s + tau_m log1p(-f/D)``, is the closed form for a drive frozen at its
      present value, which is too strong: it never passes the crossing, and where it ends with D <= 0 there is none.
      Halley's step costs no further exponential and is taken where it does not jump the summit.
    - D rises from the start and falls later, `swing`: the sign of f where D turns tells on which side to look.
    - D rises to F0 > 0 at last, `overtake`: exactly one crossing, between two signs of f.

    A summit of f whose sign is within its rounding error is computed anew with twice the digits, `summit`.
Guarantee
    No crossing whose overshoot exceeds 8 ulp of ``|F0| + |f0 - F0| e_m + |I1| K1 + |I2| K2`` (the scale) is missed,
    and none is invented: f that touches zero from below does not cross. Time error at most
    ``2 [ulp(s) + ulp(scale)/|f'|]``. The first rests on a derived bound of the rounding error of f; the factor 2 is
    measured: 1.9 was the worst of 685 000 states made to be hard, where the derived bound would allow about 13.
Limits
    Where all exponentials have died away (beyond some 650 of the slowest time constant, F0 <= 0) no crossing is looked
    for. Numbers beyond 1e140 or below 1e-140 may lose the digits of the summits in doubt.
Source
    Brette (2007), Neural Computation 19, 2604-2609, for exponential currents by Descartes' rule; Krishnan et al.
    (2018), Frontiers in Neuroinformatics 11:75, for a test that loses no crossing with one exponential.
"""

from __future__ import annotations

from math import inf, log1p, sqrt

from .._jit import kernel
from .leaky_response import (
    distance,
    exact_sum,
    largest_response,
    log_ratio,
    precise_distance,
    rises_at_once,
    turning_time,
)

# What `next_crossing` says of its time.
NEVER = 0
FOUND = 1
NOT_BEFORE = 2

# The computed f is wrong by less than 13 units of 2^-53 of its scale; below one such unit all of it is noise.
DOUBT = 16.0 * 2.0**-53
NOISE = 2.0**-53
# A Halley step smaller than this, in the units in which D changes, leaves less than 2^-54 of itself.
CLOSE = 7e-9
# A drive smaller than this part of the scale crosses so slowly that the rounding of f moves the crossing.
SHALLOW = 0.02
# The time by which a horizon must be passed, relative to it, before it is said to be.
SLACK = 2.0**-47
# Beyond so many of the slowest time constant every exponential is zero; before, exp(-s/tau_m) is a normal number.
FAR, TAIL = 1600.0, 650.0
# Every second step bisects once there were six: 34 times from zero, 11 in the exponent, 54 in the digits suffice.
MOST_STEPS = 220


@kernel
def later(s, tau_m, x):
    """Return ``s + tau_m log1p(x)`` for x > -1; a short series for the last, small steps."""
    if -1e-3 < x < 1e-3:
        return s + tau_m * (x * (1.0 - x * (0.5 - x * (1.0 / 3.0 - x * (0.25 - x * (0.2 - x * (1.0 / 6.0)))))))
    return s + tau_m * log1p(x)


@kernel
def sharpness(model):
    """Return ``1 + tau_m/tau`` for the faster of the currents: how much faster than e_m the drive may change."""
    _, tau_m, _, _, tau1, I2, tau2 = model
    return 1.0 + tau_m / (tau2 if I2 != 0.0 else tau1)


@kernel
def bend(model, A1, A2):
    """Return ``tau_m D'`` and a bound of its size from now on."""
    _, tau_m, _, _, tau1, _, tau2 = model
    part1, part2 = A1 * (tau_m / tau1), A2 * (tau_m / tau2)
    return -(part1 + part2), abs(part1) + abs(part2)


@kernel
def is_certain(D, bound, scale):
    """Will a drive D > 0 that falls no faster than `bound` surely lift f by 4 times its rounding error?"""
    return 8.0 * DOUBT * (scale / D) * (bound + D) < D


@kernel
def step(f, D, dD):
    """Return the step in y to the crossing, relative to y, and whether it is Halley's.

    It is Newton's where the curvature is so strong that Halley's would reach more than seven times as far.
    """
    ratio = -f / D
    curve = 1.0 + 0.5 * ratio * (dD / D)
    if 0.15 < curve < inf:
        return ratio / curve, True
    return ratio, False


@kernel
def middle(low, high):
    """Return a time between two times, their geometric mean when they are far apart."""
    if high < 4.0 * low:
        return low + 0.5 * (high - low)
    return sqrt(low) * sqrt(high) if low > 0.0 else high * 2.0**-32


@kernel
def sharpen(model, s, D, scale):
    """Return a crossing after one step with a residual in double-double, where it is so shallow that rounding shows.

    `D` and `scale` are those of a time close to it.
    """
    if SHALLOW * scale < D:
        return s
    D = distance(s, *model)[1]
    sharp = s - model[1] * precise_distance(s, *model) / D if D > 0.0 else s
    return sharp if abs(sharp - s) < CLOSE * s else s


@kernel
def between(model, low, high, s, f, D, A1, A2, scale):
    """Return the one crossing in ``[low, high]``, f(low) < 0 <= f(high), starting from the values at `s`."""
    tau_m, sharp = model[1], sharpness(model)
    for k in range(MOST_STEPS):
        if f < 0.0:
            low = s
        else:
            high = s
        t = low
        if D > 0.0:
            dD, bound = bend(model, A1, A2)
            x, _ = step(f, D, dD)
            if x > -1.0:
                t = later(s, tau_m, x)
                # the step must be small beside the time too: a crossing soon after the start keeps its digits
                if (abs(x) * (sharp + bound / D) < CLOSE and s <= 2.0 * t) or abs(f) <= NOISE * scale:
                    return sharpen(model, min(max(t, low), high), D, scale), FOUND
        if (k > 5 and k % 2 == 1) or not low < t < high:
            t = middle(low, high)
            if not low < t < high:
                break
        s = t
        f, D, A1, A2, scale = distance(s, *model)
    return high, FOUND


@kernel
def climb(model, s, f, D, A1, A2, scale, turn, horizon, peak1, peak2):
    """Return the first crossing before `turn`, while D falls, from a time at which f < 0 < D.

    Every time that becomes `s` is certified: f < 0 < D there, and D was larger before, so h rose up to it.
    """
    tau_m, F0, sharp = model[1], model[2], sharpness(model)
    far = FAR * max(tau_m, model[4])
    for _ in range(6):
        if F0 <= 0.0 and peak1 * max(A1, 0.0) + peak2 * max(A2, 0.0) < -max(f + DOUBT * scale, F0):
            return inf, NEVER
        dD, bound = bend(model, A1, A2)
        x, is_halley = step(f, D, dD)
        t = later(s, tau_m, x)
        if t > horizon:
            # beyond the turn D rises and Newton's step proves nothing
            earliest = min(later(s, tau_m, -f / D), turn)
            earliest -= SLACK * (earliest + tau_m * (scale / D))
            if earliest > horizon:
                return earliest, NOT_BEFORE
        if is_halley and x * (sharp + bound / D) < CLOSE:
            if is_certain(D, bound, scale) or (F0 > 0.0 and turn == inf):
                return sharpen(model, t, D, scale), FOUND
            break
        if is_halley and t > turn:
            is_halley, t = False, later(s, tau_m, -f / D)
        if t > turn:
            return inf, NEVER
        if t > far:
            break
        f_t, D_t, A1_t, A2_t, scale_t = distance(t, *model)
        if D_t <= 0.0 and is_halley:  # it jumped the summit; Newton's step does not
            t = later(s, tau_m, -f / D)
            f_t, D_t, A1_t, A2_t, scale_t = distance(t, *model)
        if D_t <= 0.0:
            if f_t < -DOUBT * scale_t:
                return inf, NEVER
            break
        if f_t >= 0.0:
            if f_t > DOUBT * scale_t or is_certain(D_t, bound, scale_t):
                return between(model, s, t, t, f_t, D_t, A1_t, A2_t, scale_t)
            break
        s, f, D, A1, A2, scale = t, f_t, D_t, A1_t, A2_t, scale_t
    return summit(model, s, turn, horizon)


@kernel
def end_of_drive(model, low, high):
    """Return the time at which the drive falls through zero, D(low) > 0 >= D(high)."""
    _, _, F0, _, tau1, _, tau2 = model
    s = low
    for k in range(MOST_STEPS):
        _, D, A1, A2, _ = distance(s, *model)
        if D > 0.0:
            low = s
        else:
            high = s
        slope = A1 / tau1 + A2 / tau2
        t = s + D / slope if slope > 0.0 else low
        if abs(t - s) <= 2.0 * NOISE * s or abs(D) <= NOISE * (abs(F0) + abs(A1) + abs(A2)):
            return s
        if (k > 5 and k % 2 == 1) or not low < t < high:
            t = middle(low, high)
            if not low < t < high:
                break
        s = t
    return high


@kernel
def summit(model, low, turn, horizon):
    """Return the crossing before the summit that follows `low`, where D > 0 falls; decide by the summit's sign."""
    _, tau_m, F0, I1, tau1, I2, _ = model
    high = turn
    if turn == inf:
        if F0 > 0.0:
            return overtake(model, low, horizon)
        # D <= F0 + (I1 + I2) exp(-s/tau1), the positive ones of both currents
        high = TAIL * max(tau_m, tau1)
        if F0 < 0.0:
            high = 1e-9 * tau1 + tau1 * log_ratio(max(I1, 0.0) + max(I2, 0.0), -F0)
            high = max(low, high * (1.0 + 1e-9))
    f, D, A1, A2, scale = distance(high, *model)
    if D > 0.0 and F0 > 0.0:
        return overtake(model, low, horizon)
    top = end_of_drive(model, low, high) if D <= 0.0 else high
    f, D, A1, A2, scale = distance(top, *model)
    dD, _ = bend(model, A1, A2)
    if f > DOUBT * scale:
        s = top - tau_m * sqrt(2.0 * f / -dD) if dD < 0.0 else low
        s = s if low < s else middle(low, top)
        f, D, A1, A2, scale = distance(s, *model)
        return between(model, low, top, s, f, D, A1, A2, scale)
    if f < -DOUBT * scale or not dD < 0.0 or (F0 == 0.0 and top == high):
        return inf, NEVER
    return near_summit(model, top, dD)


@kernel
def near_summit(model, top, dD):
    """Return the crossing just before a summit at `top` that is not zero beyond the doubt of a double."""
    tau_m = model[1]
    f = precise_distance(top, *model)
    if not f > 0.0:
        return inf, NEVER
    s = max(top - tau_m * sqrt(2.0 * f / -dD), 0.0)
    for _ in range(2):
        f = precise_distance(s, *model)
        _, D, _, _, _ = distance(s, *model)
        if not D > 0.0:
            break
        s = min(max(s - tau_m * (f / D), 0.0), top)
    return s, FOUND


@kernel
def overtake(model, low, horizon):
    """Return the one crossing after `low` that F0 > 0 brings about; f <= 0 until then."""
    f0, tau_m, F0, I1, tau1, _, _ = model
    if horizon < inf:
        beyond = horizon * (1.0 + SLACK)
        f, D, A1, A2, scale = distance(beyond, *model)
        if f < -2.0 * DOUBT * scale:
            return beyond, NOT_BEFORE
    # what is left to be overtaken dies away with the slowest time constant
    slowest = max(tau_m, tau1)
    amount = F0 - f0 + abs(I1) * (tau1 / max(abs(tau1 - tau_m), 0.25 * tau_m))
    s = slowest * log_ratio(amount, F0)
    s = s if s > low else low + tau_m
    for k in range(MOST_STEPS):
        f, D, A1, A2, scale = distance(s, *model)
        if f >= 0.0:
            break
        low, t = s, 2.0 * s + slowest
        if D > 0.0 and k % 2 == 0:
            t = min(t, later(s, tau_m, -f / D))
        s = t
    return between(model, low, s, s, f, D, A1, A2, scale)


@kernel
def swing(model, D0, turn, horizon, peak1, peak2):
    """Return the crossing when D rises until `turn` and falls afterwards."""
    f0, _, _, I1, _, I2, _ = model
    if horizon < turn:
        beyond = horizon * (1.0 + SLACK)
        f, D, A1, A2, scale = distance(beyond, *model)
        if f < -2.0 * DOUBT * scale:
            return beyond, NOT_BEFORE
    f, D, A1, A2, scale = distance(turn, *model)
    if D <= 0.0 and not f > DOUBT * scale:
        return inf, NEVER
    if f < 0.0:
        return climb(model, turn, f, D, A1, A2, scale, inf, horizon, peak1, peak2)
    bound = bend(model, A1, A2)[1]
    if not (f > DOUBT * scale or is_certain(D, bound, scale)):
        return summit(model, turn, inf, horizon)
    if D0 > 0.0 and f0 < 0.0:
        return between(model, 0.0, turn, 0.0, f0, D0, I1, I2, -f0)
    return between(model, 0.0, turn, turn, f, D, A1, A2, scale)


@kernel
def next_crossing(f0, tau_m, F0, I1, tau1, I2, tau2, horizon):
    """Return the first time from which f > 0, given f0 <= 0.

    From f0 = 0 it crosses at once if it rises at once; else it first goes below.

    Parameters
    ----------
    f0, F0, I1, I2 : float
        Distance to threshold now, constant drive less threshold, and the decaying drives, all in the unit of f.
    tau_m, tau1, tau2 : float [ms]
        Positive and finite, also for a current that is zero.
    horizon : float [ms]
        Of interest are crossings up to here; ``inf`` is allowed.

    Returns
    -------
    s : float [ms]
        Does not depend on the horizon, bit by bit, if it is ``FOUND``; ``inf`` for ``NEVER``.
    status : int
        ``FOUND``, ``NEVER``, or ``NOT_BEFORE``: there is no crossing before s, which lies beyond a horizon > 0.

    Accuracy
    --------
    See the guarantee above. Three estimates without an exponential reject most states at once.

    Examples
    --------
    >>> next_crossing(-15.0, 20.0, -5.0, 160.0, 5.0, -10.0, 10.0, inf)
    (2.53421723084..., 1)
    """
    if f0 > 0.0 or (f0 == 0.0 and rises_at_once(F0, I1, tau1, I2, tau2)):
        return 0.0, FOUND
    if I2 != 0.0 and (I1 == 0.0 or tau2 > tau1):
        I1, tau1, I2, tau2 = I2, tau2, I1, tau1
    rise1, rise2 = max(I1, 0.0), max(I2, 0.0)
    most = F0 + rise1 + rise2
    if most <= 0.0:
        return inf, NEVER
    peak1 = peak2 = 0.0
    if F0 <= 0.0:
        peak1 = largest_response(tau_m, tau1)
        peak2 = largest_response(tau_m, tau2)
        if peak1 * rise1 + peak2 * rise2 < -max(f0, F0):
            return inf, NEVER
    # expm1(u) <= u (1 + u) for u <= 1
    beyond = horizon * (1.0 + SLACK)
    u = beyond / tau_m
    if u < 0.5 and f0 + (most + SLACK * (rise1 + rise2)) * (u * (1.0 + u)) < 0.0:
        return beyond, NOT_BEFORE
    return search(f0, tau_m, F0, I1, tau1, I2, tau2, horizon, peak1, peak2)


@kernel
def search(f0, tau_m, F0, I1, tau1, I2, tau2, horizon, peak1, peak2):
    """Return the first crossing by the shape of D; the slower current comes first, the only one too."""
    D0 = exact_sum(I1, I2, F0)
    model = (f0, tau_m, F0, I1, tau1, I2, tau2)
    if I1 == 0.0:
        return later(0.0, tau_m, -f0 / F0) if -f0 / F0 < inf else tau_m * log_ratio(-f0, F0), FOUND
    turn = turning_time(I1, tau1, I2, tau2)
    falls = I1 + I2 > 0.0 if tau1 == tau2 else (I1 > 0.0) == (turn == inf)
    if turn > FAR * tau1:
        turn = inf
    if not falls and turn < inf:
        return swing(model, D0, turn, horizon, peak1, peak2)
    if falls:
        s, status = inf, NEVER
        if D0 > 0.0 and f0 < 0.0:
            s, status = climb(model, 0.0, f0, D0, I1, I2, -f0, turn, horizon, peak1, peak2)
        if status != NEVER or turn == inf:
            return s, status
    if F0 > 0.0:
        return overtake(model, turn if falls else 0.0, horizon)
    return inf, NEVER
