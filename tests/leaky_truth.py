"""The slow truth of `eventsnn.crossing.leaky_drive`, and states that are hard for it.

Both truths walk through the windows in which the drive is positive: only there can f rise through zero, and at most
once. They find the windows' ends and the crossings by bisection and know nothing of Newton, curvature, bounds or
rejection tests. `crossings` does so in 60 digits for one state, `crossings_extended` in extended precision (64 bits)
for many at once. `highest_sample` is blind even to the windows: it only samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import mpmath
import numpy as np

mp = mpmath.mp.clone()
mp.dps = 60
# beyond so many slowest time constants nothing is looked for where F0 <= 0
LONGEST = 600.0


@dataclass(frozen=True)
class Crossing:
    """A crossing: its time, the speed of f there, the scale there, and how high f rises until its drive ends.

    `overshoot` is in ulp of the scale at the summit, infinite when f stays above.
    """

    s: mpmath.mpf
    speed: mpmath.mpf
    scale: mpmath.mpf
    overshoot: float


class Motion:
    """The exact solution in 60 digits."""

    def __init__(self, state):
        self.f0, self.tau_m, self.F0, I1, tau1, I2, tau2 = (mp.mpf(float(x)) for x in state)
        self.currents = [(I, tau) for I, tau in ((I1, tau1), (I2, tau2)) if I != 0]
        self.slowest = max([self.tau_m, *(tau for _, tau in self.currents)])

    def drive(self, s):
        return self.F0 + mp.fsum(I * mp.exp(-s / tau) for I, tau in self.currents)

    def drive_starts(self):
        """Return the first of D, D', D'' at s = 0 that is not zero; sums and products are exact in 60 digits."""
        if self.drive(0) != 0 or not self.currents:
            return self.drive(0)
        (I1, tau1), (I2, tau2) = self.currents if len(self.currents) == 2 else (*self.currents, (0, 1))
        return -(I1 * tau2 + I2 * tau1) or I1 * (tau2 - tau1)

    def terms(self, s):
        e_m = mp.exp(-s / self.tau_m)
        yield self.F0
        yield (self.f0 - self.F0) * e_m
        for I, tau in self.currents:
            if tau == self.tau_m:
                yield I * s / self.tau_m * e_m
            else:
                yield I * tau / (tau - self.tau_m) * (mp.exp(-s / tau) - e_m)

    def value(self, s):
        return mp.fsum(self.terms(s))

    def scale(self, s):
        return mp.fsum(abs(term) for term in self.terms(s))

    def speed(self, s):
        return (self.drive(s) - self.value(s)) / self.tau_m

    def turn(self):
        """Return when D turns from falling to rising or back; None for never."""
        if len(self.currents) < 2:
            return None
        (I1, tau1), (I2, tau2) = self.currents
        if tau1 == tau2 or I1 * I2 > 0:
            return None
        s = mp.log(-(I1 / tau1) / (I2 / tau2)) / (1 / tau1 - 1 / tau2)
        return s if 0 < s < 5000 * self.slowest else None


def bisect(g, low, high):
    """Return where g changes its sign between two times at which its signs differ."""
    upper = g(high) > 0
    if low == 0:
        low = high * mp.mpf(10) ** -60
        if (g(low) > 0) == upper:
            return low
    while high > 4 * low:
        middle = mp.sqrt(low * high)
        low, high = (low, middle) if (g(middle) > 0) == upper else (middle, high)
    while high - low > high * mp.mpf(10) ** -40:
        # a secant shortens the way; bisection follows whatever it finds
        for s in ((low * g(high) - high * g(low)) / (g(high) - g(low)), (low + high) / 2):
            for t in (s - (high - low) / 10**6, s, s + (high - low) / 10**6):
                if low < t < high:
                    low, high = (low, t) if (g(t) > 0) == upper else (t, high)
    return high


def ulps(value, scale) -> float:
    """Return a value in units in the last place of the double next to `scale`."""
    if scale == 0:
        return float(mp.sign(value))
    _, exponent = mp.frexp(scale)
    return float(value / mp.ldexp(1, exponent - 53))


def crossings(state) -> tuple[list[Crossing], list[float]]:
    """Return all crossings, and the heights [ulp of the scale] of the summits that stay at or below zero."""
    motion = Motion(state)
    far, turn = 5000 * motion.slowest, motion.turn()
    edges = [mp.mpf(0), turn, far] if turn else [mp.mpf(0), far]
    ends = [mp.mpf(0)]
    for low, high in pairwise(edges):
        before = motion.drive_starts() if low == 0 else motion.drive(low)
        if (before > 0) != (motion.drive(high) > 0):
            ends.append(bisect(motion.drive, low, high))
    found, below = [], []
    for low, high in pairwise([*ends, far]):
        if motion.drive((low + high) / 2) <= 0:
            continue
        top = motion.value(high)
        height = mp.inf if motion.F0 > 0 and high == far else ulps(top, motion.scale(high))
        if top <= 0:
            below.append(float(height))
        elif motion.value(low) <= 0:
            s = mp.mpf(0) if low == 0 and motion.f0 == 0 else bisect(motion.value, low, high)
            found.append(Crossing(s, motion.speed(s), motion.scale(s), float(height)))
    return found, below


def highest_sample(state, end: float, samples: int) -> float:
    """Return the largest f/scale on a fine grid of ``(0, end)``, in double precision, by the textbook formula."""
    f0, tau_m, F0, I1, tau1, I2, tau2 = (np.longdouble(float(x)) for x in state)
    s = np.linspace(0.0, end, samples, dtype=np.longdouble)[1:-1]
    e_m = np.exp(-s / tau_m)
    f = F0 + (f0 - F0) * e_m
    scale = abs(F0) + abs(f0 - F0) * e_m
    for I, tau in ((I1, tau1), (I2, tau2)):
        K = s / tau_m * e_m if tau == tau_m else tau / (tau - tau_m) * (np.exp(-s / tau) - e_m)
        f, scale = f + I * K, scale + abs(I * tau / (tau - tau_m) * e_m if tau != tau_m else I * K)
    return float(np.max(f / scale))


# ---------------------------------------------------------------------------------- many states, 64 bits


def solution_extended(s, states):
    """Return f, D and the scale at the times `s`, one for each state, in extended precision."""
    f0, tau_m, F0, I1, tau1, I2, tau2 = (column.astype(np.longdouble) for column in states.T)
    e_m = np.exp(-s / tau_m)
    f = F0 + (f0 - F0) * e_m
    near = s < tau_m / 2
    f = np.where(near, f0 + (f0 - F0) * np.expm1(-s / tau_m), f)
    D, scale = F0, abs(F0) + abs(f0 - F0) * e_m
    for I, tau in ((I1, tau1), (I2, tau2)):
        difference = tau - tau_m
        q = s / tau_m * (difference / tau)
        e = np.exp(-s / tau)
        small = np.clip(q, -1, 1)
        phi = np.where(small == 0, 1, np.expm1(small) / np.where(small == 0, 1, small))
        K = np.where(abs(q) < 1, s / tau_m * e_m * phi, tau / np.where(difference == 0, 1, difference) * (e - e_m))
        f, D, scale = f + I * K, D + I * e, scale + abs(I) * K
    return f, D, scale


def turn_extended(states):
    """Return when D turns, inf for never."""
    _, tau_m, _, I1, tau1, I2, tau2 = (column.astype(np.longdouble) for column in states.T)
    turns = (I1 * I2 < 0) & (tau1 != tau2)
    with np.errstate(all="ignore"):
        late, early = np.where(tau1 > tau2, I1 * tau2, I2 * tau1), np.where(tau1 > tau2, I2 * tau1, I1 * tau2)
        s = tau1 * (tau2 / abs(tau1 - tau2)) * np.log1p(-(late + early) / late)
    longest = 4000 * np.maximum(tau_m, np.maximum(tau1, tau2))
    return np.where(turns & (s > 0) & (s < longest), s, np.inf)


def bisect_extended(which, low, high, states):
    """Return where f (which = 0) or D (1) changes its sign between two columns of times."""
    low, high = low.copy(), high.copy()
    upper = solution_extended(high, states)[which] > 0
    for k in range(95):
        wide = (high > 4 * low) & (k < 22)
        geometric = np.sqrt(np.maximum(low, high * np.longdouble(1e-60))) * np.sqrt(high)
        middle = np.where(wide, geometric, low + (high - low) / 2)
        same = (solution_extended(middle, states)[which] > 0) == upper
        low, high = np.where(same, low, middle), np.where(same, middle, high)
    return high


def ends_of_drive(states):
    """Return the windows' edges as four columns: 0, up to two zeros of D, and the far end."""
    n = len(states)
    far = 4000 * np.max(states[:, [1, 4, 6]], axis=1).astype(np.longdouble)
    turn = np.minimum(turn_extended(states), far)
    edges = [np.zeros(n, np.longdouble)]
    for low, high in ((edges[0], turn), (turn, far)):
        signs = [solution_extended(s, states)[1] > 0 for s in (low, high)]
        changes = (signs[0] != signs[1]) & (low < high)
        zero = low.copy()
        if changes.any():
            zero[changes] = bisect_extended(1, low[changes], high[changes], states[changes])
        edges.append(zero)
    edges.append(far)
    return edges


def crossings_extended(states):
    """Return the first crossing (inf for none), its speed and scale, and the smallest |height| of a summit [scale].

    Where that height is below 1e-14 the states deserve more digits.
    """
    n = len(states)
    s, doubt = np.full(n, np.inf, np.longdouble), np.full(n, np.inf)
    edges = ends_of_drive(states)
    for low, high in pairwise(edges):
        drive = solution_extended(low + (high - low) / 2, states)[1]
        window = (high > low) & (drive > 0) & ~np.isfinite(s)
        top, _, scale = solution_extended(high, states)
        with np.errstate(all="ignore"):
            height = np.where(scale > 0, abs(top) / scale, 0)
        doubt = np.where((high > low), np.minimum(doubt, height.astype(float)), doubt)
        rises = window & (top > 0) & (solution_extended(low, states)[0] <= 0)
        at_once = rises & (low == 0) & (states[:, 0] == 0)
        if rises.any():
            s[rises] = bisect_extended(0, low[rises], high[rises], states[rises])
        s[at_once] = 0
    at = np.where(np.isfinite(s), s, 0)
    f, D, scale = solution_extended(at, states)
    return s, (D - f) / states[:, 1], scale, doubt


# ------------------------------------------------------------------------------------------- hard states


def hard_states(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return about n states as rows, and the name of the kind of each."""
    draw = np.random.default_rng(seed)
    each = n // len(KINDS)
    parts, names = [], []
    for name, make in KINDS.items():
        rows = _ordinary(draw, each)
        make(draw, rows)
        rows[:, 0] = -abs(rows[:, 0])
        parts.append(rows)
        names += [name] * each
    return np.concatenate(parts), np.array(names)


def _power(draw, low, high, n):
    return 10.0 ** draw.uniform(low, high, n)


def _sign(draw, n):
    return draw.choice((-1.0, 1.0), n)


def _ordinary(draw, n):
    """Return states with all time constants within a factor of 30."""
    tau_m = _power(draw, 0, 2, n)
    rows = np.empty((n, 7))
    rows[:, 0] = -_power(draw, -2, 1.5, n)
    rows[:, 1] = tau_m
    rows[:, 2] = draw.normal(-5, 10, n)
    rows[:, 3], rows[:, 5] = draw.normal(0, 60, (2, n))
    rows[:, 4], rows[:, 6] = tau_m * _power(draw, -1.5, 1.5, n), tau_m * _power(draw, -1.5, 1.5, n)
    return rows


def _nothing(draw, rows):
    pass


def _near(draw, x):
    """Return numbers 1e-1 to 1 ulp from x, some equal."""
    n = len(x)
    delta = _sign(draw, n) * _power(draw, -16.5, -1, n) * (draw.random(n) > 0.1)
    return np.where(draw.random(n) < 0.15, np.nextafter(x, _sign(draw, n) * np.inf), x * (1 + delta))


def _equal_rates(draw, rows):
    tau_m = rows[:, 1]
    which = draw.integers(0, 4, len(rows))
    rows[:, 4] = np.where(which != 1, _near(draw, tau_m), rows[:, 4])
    rows[:, 6] = np.where(which == 0, _near(draw, tau_m), rows[:, 6])
    rows[:, 6] = np.where(which == 1, _near(draw, rows[:, 4]), rows[:, 6])
    rows[:, 6] = np.where(which == 2, _near(draw, rows[:, 4]), rows[:, 6])


def _graze(draw, rows):
    """Move f0 such that a summit lies 1e-2 to 1e-17 of its scale from zero, on either side."""
    n = len(rows)
    rows[:, 2] = np.where(draw.random(n) < 0.8, -abs(rows[:, 2]), rows[:, 2])
    rows[:, 3] = abs(rows[:, 3])
    edges = ends_of_drive(rows)
    top = np.where(edges[2] > edges[0], edges[2], edges[1])
    _, D, _ = solution_extended(np.maximum(top - top * np.longdouble(1e-6), 0), rows)
    top = np.where(D > 0, top, edges[1])
    usable = (top > 0) & (top < 30 * rows[:, 1])
    rows[:, 0] = 0.0
    f, _, scale = solution_extended(top, rows)
    margin = _sign(draw, n) * _power(draw, -17, -2, n)
    with np.errstate(all="ignore"):
        f0 = ((margin * scale - f) / np.exp(-top / rows[:, 1])).astype(float)
    rows[:, 0] = np.where(usable & (f0 < 0), f0, -_power(draw, -2, 1, n))


def _graze_equal_rates(draw, rows):
    _equal_rates(draw, rows)
    _graze(draw, rows)


def _graze_swing(draw, rows):
    """A fast inhibition and a slow excitation: the drive rises, then falls."""
    rows[:, 6] = rows[:, 4] * _power(draw, -2, -0.01, len(rows))
    rows[:, 3] = abs(rows[:, 3])
    rows[:, 5] = -rows[:, 3] * rows[:, 4] / rows[:, 6] * draw.uniform(0.05, 3, len(rows))
    _graze(draw, rows)


def _graze_then_rise(draw, rows):
    """A first summit near zero, an inhibition, then a drive that stays above."""
    n = len(rows)
    rows[:, 6] = rows[:, 4] * _power(draw, 0.05, 1.5, n)
    rows[:, 3] = abs(rows[:, 3])
    rows[:, 2] = abs(rows[:, 2])
    rows[:, 5] = -(rows[:, 2] + rows[:, 3] * draw.uniform(0.05, 0.99, n))
    keep = rows[:, 2].copy()
    _graze(draw, rows)
    change = rows[:, 2] != keep
    rows[change, 2] = keep[change]


def _ratios(draw, rows):
    for column in (4, 6):
        rows[:, column] = rows[:, 1] * _power(draw, -5, 3, len(rows))
    rows[:, 3] *= _power(draw, 0, 3, len(rows))


def _no_reserve(draw, rows):
    n = len(rows)
    rows[:, 2] = _sign(draw, n) * _power(draw, -17, -1, n) * (draw.random(n) > 0.3)


def _at_threshold(draw, rows):
    n = len(rows)
    rows[:, 0] = _power(draw, -17, -1, n) * (draw.random(n) > 0.2)


def _currents(draw, rows):
    n = len(rows)
    rows[:, 3] *= _power(draw, -9, 6, n) * (draw.random(n) > 0.1)
    rows[:, 5] *= _power(draw, -9, 6, n) * (draw.random(n) > 0.1)


def _no_drive(draw, rows):
    """D(0) = 0 up to rounding, with f0 at or near zero in half of them."""
    n = len(rows)
    rows[:, 2] = -(rows[:, 3] + rows[:, 5])
    rows[:, 0] *= np.where(draw.random(n) < 0.5, 1.0, _power(draw, -17, -1, n) * (draw.random(n) > 0.3))


def _no_slope(draw, rows):
    """D'(0) = 0 up to rounding, exactly in half of them, and D(0) = 0 too in some."""
    n = len(rows)
    exact = draw.random(n) < 0.5
    rows[:, 6] = np.where(exact, rows[:, 4] * 2.0 ** draw.integers(-3, 4, n), rows[:, 6])
    rows[:, 5] = -rows[:, 3] * (rows[:, 6] / rows[:, 4])
    zero = draw.random(n) < 0.5
    rows[:, 2] = np.where(zero, -(rows[:, 3] + rows[:, 5]), rows[:, 2])
    rows[:, 0] *= np.where(draw.random(n) < 0.5, 1.0, _power(draw, -17, -1, n) * (draw.random(n) > 0.3))


def _inhibition_then_rise(draw, rows):
    rows[:, 2] = _power(draw, -6, 1, len(rows))
    rows[:, 3] = -abs(rows[:, 3])
    rows[:, 0] *= draw.random(len(rows)) < 0.9


KINDS = {
    "ordinary": _nothing,
    "grazing": _graze,
    "grazing, nearly equal rates": _graze_equal_rates,
    "grazing after a swing": _graze_swing,
    "grazing, then a rise": _graze_then_rise,
    "nearly equal rates": _equal_rates,
    "ratios 1e-5 to 1e3": _ratios,
    "F0 zero or tiny": _no_reserve,
    "f0 zero or tiny": _at_threshold,
    "currents 1e-9 to 1e6": _currents,
    "D(0) = 0": _no_drive,
    "D'(0) = 0": _no_slope,
    "inhibition, then a rise": _inhibition_then_rise,
}
