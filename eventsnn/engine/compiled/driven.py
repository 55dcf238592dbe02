"""A leaky variable under one or two currents that decay by themselves: kernels of numbers alone, without arrays.

What is called for every synaptic event passes no arrays, which a compiler would count. The numbers are those of a row
of `driven_tables`; the results have the bits of `linear`, and so of the reference engine.
"""

from __future__ import annotations

from math import inf

from ..._jit import kernel
from ...crossing.differences import exponential
from ...crossing.drives import CANCEL
from ...crossing.leaky_drive import next_crossing
from ...crossing.shared import pair, pair_and_next
from .driven_tables import A_IS_SLOWER, B_IS_SLOWER, B_IS_SLOWEST, FROM_A, FROM_B, FROM_ITSELF, FROM_ZERO, HAS_B, SOURCE

#: What `cross_under` says where it cannot tell, beside what `next_crossing` says.
HANDOVER = 3

#: What a bound leaves for rounding, of the height and of the size of the drive.
MARGIN = 1e-6


@kernel
def flow_driven(
    v, a, b, s, form, gap_0, rate_v, low_v, constant, gap_a, rate_a, low_a, coupling_a, gap_b, rate_b, low_b, coupling_b
):
    """Return v, a and b a time `s` > 0 later, outside the refractory period.

    Parameters
    ----------
    v, a, b : float
        b counts only where the form says that there are two currents.
    form, ... : float
        From a row of `driven_tables`.
    """
    has_b = form & HAS_B != 0
    value_0 = value_b = e_b = 0.0
    # from the slowest rate to the fastest, as `shared.SharedTerms` goes
    if form & (SOURCE | A_IS_SLOWER | B_IS_SLOWER) == FROM_ZERO:
        value_0, e_v = pair_and_next(1.0, gap_0, rate_v, low_v, s)
        value_a, e_a = pair_and_next(e_v, gap_a, rate_a, low_a, s)
        if has_b:
            value_b, e_b = pair_and_next(e_v, gap_b, rate_b, low_b, s)
    else:
        source, e_v, e_a, value_a = form & SOURCE, 0.0, 0.0, 0.0
        if source == FROM_ZERO:
            value_0, e_v = pair_and_next(1.0, gap_0, rate_v, low_v, s)
        elif source == FROM_ITSELF:
            e_v = exponential(rate_v, low_v, s)
        if form & A_IS_SLOWER:
            e_a = exponential(rate_a, low_a, s)
            if source == FROM_A:
                value_a, e_v = pair_and_next(e_a, gap_a, rate_v, low_v, s)
            else:
                value_a = pair(e_a, gap_a, s)
        if form & B_IS_SLOWER:
            e_b = exponential(rate_b, low_b, s)
            if source == FROM_B:
                value_b, e_v = pair_and_next(e_b, gap_b, rate_v, low_v, s)
            else:
                value_b = pair(e_b, gap_b, s)
        if not form & A_IS_SLOWER:
            value_a, e_a = pair_and_next(e_v, gap_a, rate_a, low_a, s)
        if has_b and not form & B_IS_SLOWER:
            value_b, e_b = pair_and_next(e_v, gap_b, rate_b, low_b, s)
    total = 0.0 + v * e_v
    total += constant * value_0
    total += a * coupling_a * value_a
    total += b * coupling_b * value_b
    return total, 0.0 + a * e_a, 0.0 + b * e_b


@kernel
def flow_resting(a, b, s, rate_a, low_a, rate_b, low_b):
    """Return a and b a time `s` > 0 later, in a refractory period in which v stands still."""
    return 0.0 + a * exponential(rate_a, low_a, s), 0.0 + b * exponential(rate_b, low_b, s)


@kernel
def earliest_driven(v, a, b, form, level, tau_m, F0, coupling_a, coupling_b):
    """Return a time before which v, outside the refractory period, cannot cross its level; 0 if not known quickly."""
    start = v - level
    scale = -tau_m if start > 0.0 else tau_m
    slow, fast = scale * (a * coupling_a), 0.0
    if form & HAS_B:
        fast = scale * (b * coupling_b)
        if form & B_IS_SLOWEST:
            slow, fast = fast, slow
    return earliest_under(abs(start), tau_m, -F0 if start > 0.0 else F0, slow, fast)


@kernel
def earliest_under(height, tau_m, F0, slow, fast):
    """Return a time before which a variable `height` below its level cannot reach it under a drive; 0 if not known.

    The drive never exceeds its constant and the largest sum of currents, the slowest first, so that the variable rises
    no faster than under that as a constant drive, and ``log1p(x) >= 2 x/(2 + x)``.

    Parameters
    ----------
    tau_m : float [ms]
    F0, slow, fast : float
        The drive less the level: its constant, the slower decaying current and the faster.

    Source
    ------
    Abel's summation: ``sum of I_k e_k <= max(0, I_1, I_1 + I_2, ...)`` for ``1 >= e_1 >= e_2 >= ... >= 0``.
    """
    margin = MARGIN * (height + abs(F0) + abs(slow) + abs(fast))
    height -= margin
    if not height > 0.0:
        return 0.0
    drive = F0 + max(0.0, slow + max(0.0, fast)) + margin
    if drive <= 0.0:
        return inf
    return tau_m * (2.0 * height / (2.0 * drive + height))


@kernel
def stays_under(v, a, b, form, level, tau_m, F0, coupling_a, coupling_b, span):
    """Return whether v, outside the refractory period, surely does not cross its level within a time `span`.

    Weaker than `earliest_driven`, and without a division: for those who keep an older bound as long as it holds.
    """
    start = v - level
    scale = -tau_m if start > 0.0 else tau_m
    slow, fast = scale * (a * coupling_a), 0.0
    if form & HAS_B:
        fast = scale * (b * coupling_b)
        if form & B_IS_SLOWEST:
            slow, fast = fast, slow
    drive, height = -F0 if start > 0.0 else F0, abs(start)
    margin = MARGIN * (height + abs(drive) + abs(slow) + abs(fast))
    drive += max(0.0, slow + max(0.0, fast)) + margin
    height -= margin
    # at most drive + height above what it is now, less what has leaked: 1 - exp(-x) <= x
    return height > 0.0 and (drive + height) * span < tau_m * height


@kernel
def cross_driven(v, a, b, form, level, tau_m, F0, coupling_a, tau_a, coupling_b, tau_b, horizon):
    """Return when v first crosses its level and what is known of that, as `cross_under`."""
    start = v - level
    scale = -tau_m if start > 0.0 else tau_m
    I2 = scale * (b * coupling_b) if form & HAS_B else 0.0
    return cross_under(start, tau_m, -F0 if start > 0.0 else F0, scale * (a * coupling_a), tau_a, I2, tau_b, horizon)


@kernel
def cross_under(start, tau_m, F0, I1, tau1, I2, tau2, horizon):
    """Return when a leaky variable first crosses its level, from which it is `start` away.

    Parameters
    ----------
    F0, I1, I2 : float
        The drive less the level, towards the level: its constant and two decaying currents.
    horizon : float [ms]

    Returns
    -------
    s : float [ms]
    status : int
        `FOUND`, `NEVER` or `NOT_BEFORE` as `next_crossing` says; `HANDOVER` where it starts on the level, or where two
        currents of nearly equal time constants all but cancel: that is for the general search.
    """
    if start == 0.0:
        return 0.0, HANDOVER
    if abs(tau1 - tau2) < CANCEL * tau1 and abs(I1 + I2) < CANCEL * (abs(I1) + abs(I2)):
        return 0.0, HANDOVER
    return next_crossing(-abs(start), tau_m, F0, I1, tau1, I2, tau2, horizon)
