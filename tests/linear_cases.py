"""States of linear systems for the search of crossings, from ordinary to hopeless, and the judge of what is found."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice

import linear_oracle
import pytest
from linear_oracle import System, View, Wave, exact, time_bound

from eventsnn.crossing.leaves import Combination, Tone
from eventsnn.neurons.linear import Phase

U = 2.0**-52
#: Overshoots below this part of the terms' sizes cannot be decided.
UNDECIDABLE = 8 * U
#: Part of the largest input below which the slow truth has digits no more: its steps are squared some seventy times.
RESOLUTION = 2.0**-200


def tone(wave: Wave) -> Tone:
    return Tone(wave.power, wave.rate, wave.origin, wave.omega, wave.phase, wave.is_cosine)


@dataclass(frozen=True)
class Case:
    """``weights . x + constant + sum of amplitude * wave`` for a system that has the values x at the instant base."""

    matrix: tuple
    constants: tuple
    x: tuple
    weights: tuple
    constant: float
    horizon: float
    waves: tuple = ()
    observed: tuple = ()
    base: float = 0.0
    name: str = ""

    @cached_property
    def view(self) -> View:
        system = System(self.matrix, self.constants, self.waves)
        return system.path(self.x, self.base).view(self.weights, self.constant, self.observed)

    @cached_property
    def phase(self) -> Phase:
        return Phase(
            tuple(tuple(exact(a) for a in row) for row in self.matrix),
            tuple(exact(b) for b in self.constants),
            tuple((i, tone(wave), amplitude) for i, wave, amplitude in self.waves),
            tuple(tone(wave) for wave, _ in self.observed),
        )

    @property
    def combination(self) -> Combination:
        weights = tuple((j, w) for j, w in enumerate(self.weights) if w)
        return Combination(weights, tuple((tone(wave), a) for wave, a in self.observed), self.constant)

    @cached_property
    def nodes(self) -> list:
        """Start, extrema, and an end a little beyond the horizon, with the values there."""
        return self.view.nodes(self.horizon)

    def found(self, only_first: bool = False) -> list[tuple[float, int]]:
        """Return what the search finds, up to the last node: ``(s, sign afterwards)``; first the sign at the start."""
        phase, combination, end = self.phase, self.combination, float(self.nodes[-1][0])
        start = combination.at(self.x, self.base)
        more = {"only_first": True} if only_first else {}
        result = phase.changes(combination, start, self.x, (self.base, 0.0), end, **more)
        if only_first:
            result = islice(result, 2)
        found = [(float(exact(t) - exact(self.base) + exact(low)), sign) for t, low, sign in result]
        return [(s, sign) for s, sign in found if s <= end]

    @cached_property
    def _measured(self) -> tuple:
        """The path from which sizes are taken, and the constant: a single variable is measured from its threshold."""
        x, constant, b = list(self.x), self.constant, [exact(v) for v in self.constants]
        own = [j for j, w in enumerate(self.weights) if w]
        if len(own) == 1 and not self.observed:
            level = -exact(constant) / exact(self.weights[own[0]])
            x[own[0]] = exact(x[own[0]]) - level
            b = [v + exact(row[own[0]]) * level for v, row in zip(b, self.matrix, strict=True)]
            constant = 0.0
        return System(self.matrix, b, self.waves).path(x, self.base), constant

    def size(self, s: float) -> float:
        """Return the sum of the sizes of what each initial value, constant and wave contributes.

        Measured from the threshold, as the search does; from the matrix exponential, not from the search's own terms.
        """
        path, constant = self._measured
        return path.size(self.weights, constant, self.observed, s)

    def with_constant(self, constant: float, name: str = "") -> Case:
        """Return the case with another threshold; the walk along the path is not done again."""
        case = replace(self, constant=constant, name=name or self.name)
        case.__dict__["view"] = self.view.with_constant(constant)
        return case


@dataclass
class Verdict:
    """How a search did; `worst` in units of half the promised bound.

    Attributes
    ----------
    undecidable : int
        Extrema, starts and ends whose sign nobody can tell.
    """

    missed: list
    invented: list
    worst: float
    undecidable: int
    changes: int

    @property
    def fine(self) -> bool:
        return not self.missed and not self.invented and self.worst <= 2.0


def judge(case: Case, only_first: bool = False) -> Verdict:
    """Compare a search with the truth; with `only_first`, the quick one that looks for no more than the first change.

    The path is cut at its start, its extrema and its end. Where f is above `UNDECIDABLE` parts of its terms' sizes at
    such a node, its sign there is known. Between neighbours that are known there is one change, to be found within the
    promised bound, or none. Over nodes that are not known, every found change must lie where f cannot be told from
    zero, there may be one for each monotone piece, and their number must lead to the next known sign: how far such a
    change is from a true one depends on how flat f is.
    """
    found = [s for s, _ in case.found(only_first)[1:]]
    verdict = Verdict([], [], 0.0, 0, 0)
    known = list(_known(case))
    verdict.undecidable = sum(sign == 0 for _, sign in known)
    begin, between = (known[0][0], known[0][1]), 0
    roots = [change for change in case.view.changes(case.horizon)]
    verdict.changes = len(roots)
    for number, (s, sign) in enumerate(known[1:], start=1):
        is_last = number == len(known) - 1
        if sign == 0 and not is_last:
            between += 1
            continue
        inner = [change for change in roots if begin[0] < change.s <= s]
        doubtful = begin[1] == 0 or sign == 0 or between > 0
        # what is found a rounding beyond the next node belongs here if the truth is here
        here = [f for f in found if f <= s or any(abs(f - change.s) <= 2 * math.ulp(f) for change in inner)]
        found = found[len(here) :]
        if not doubtful:
            _compare(case, here, inner, verdict)
        else:
            room = between + 1
            good = [f for f in here if _is_zero(case, f) or any(_off(case, f, change) <= 2.0 for change in inner)]
            verdict.invented += [f for f in here if f not in good] + good[room:]
            odd = begin[1] * sign == -1
            if odd and not here:
                verdict.missed.append(float(inner[0].s))
            elif begin[1] * sign and len(here) % 2 != odd and not only_first:
                verdict.invented.append(here[-1])
        if only_first and here:
            verdict.missed = []
            break
        if only_first and inner and not doubtful:
            break
        begin, between = (s, sign), 0
    return verdict


def _known(case: Case) -> Iterator[tuple[Fraction, int]]:
    """Yield the nodes with their signs, 0 where they cannot be told."""
    largest = max(1.0, *(abs(float(v)) for v in case.x))
    for number, (s, f) in enumerate(case.nodes):
        if number == 0 and not case.observed:
            yield s, (f > 0) - (f < 0)  # the start is known exactly
        elif abs(f) <= max(UNDECIDABLE * case.size(float(s)), RESOLUTION * largest):
            yield s, 0
        else:
            yield s, 1 if f > 0 else -1


def _compare(case: Case, found: list, truth: list, verdict: Verdict) -> None:
    """Compare what was found between two known signs with the truth, at most one change."""
    if not truth:
        verdict.invented += found
        return
    if not found:
        verdict.missed.append(float(truth[0].s))
        return
    verdict.worst = max(verdict.worst, _off(case, found[0], truth[0]))
    verdict.invented += found[1:]


def _off(case: Case, s: float, change) -> float:
    """Return how far a found time is from the truth, in units of ulp(t) + ulp(size)/|f'|."""
    size = case.size(float(change.s))
    off = float(abs(s - change.s) / (time_bound(change.s, change.slope, size) / 2))
    if off > 2.0:
        # the promise is about the scale that a monitor of accuracy reports: coupled variables have larger terms
        size = max(size, case.phase.slope_and_size(case.combination, case.x, (case.base, 0.0), float(change.s))[1])
        off = float(abs(s - change.s) / (time_bound(change.s, change.slope, size) / 2))
    if off <= 2.0:
        return off
    # near a summit the slope changes on the way: what counts there is how far f is from zero
    step = 2 * math.ulp(s)
    values = [case.view.at(exact(s) + part * exact(step)) for part in (-1, 0, 1) if s > step or part >= 0]
    if min(values) <= 0 <= max(values):
        return 2.0
    return min(off, float(min(map(abs, values))) / math.ulp(size))


def _is_zero(case: Case, s: float) -> bool:
    """Return whether f cannot be told from zero at s or within its rounding."""
    step = 2 * exact(math.ulp(s))
    values = [case.view.at(exact(s) + part * step) for part in (0, -1, 1) if exact(s) + part * step >= 0]
    return min(values) <= 0 <= max(values) or abs(values[0]) <= max(UNDECIDABLE * case.size(s), RESOLUTION)


def grazing(case: Case, margin: float, number: int = 0) -> Case | None:
    """Shift the constant so that the number-th extremum exceeds zero by `margin` of the terms' size."""
    extrema = case.view.extrema(case.horizon)
    if len(extrema) <= number:
        return None
    s, f = extrema[number]
    size = case.size(float(s))
    moved = linear_oracle.as_mpf(exact(case.constant)) - f + margin * size
    return case.with_constant(float(moved), f"{case.name}, margin {margin:g}")


def next_double(x: float, ulps: int = 1) -> float:
    for _ in range(abs(ulps)):
        x = math.nextafter(x, math.copysign(math.inf, ulps))
    return x


def inverse(tau: float) -> Fraction:
    """Return 1/tau exactly."""
    return 1 / Fraction(tau)


def some(values, *chosen):
    """Return parameters of which only the chosen ones are in the default run."""
    return [x if x in chosen else pytest.param(x, marks=pytest.mark.slow) for x in values]


# --- the families -----------------------------------------------------------------------------------------------


def one_current(v, I, drive, tau, tau_s, theta, horizon) -> Case:
    """``dv/dt = (drive + I - v)/tau, dI/dt = -I/tau_s``, v > theta."""
    a, b = inverse(tau), inverse(tau_s)
    return Case(((-a, a), (0.0, -b)), (a * exact(drive), 0.0), (v, I), (1.0, 0.0), -theta, horizon, name="one current")


def two_currents(v, I, J, drive, tau, tau_i, tau_j, theta, horizon) -> Case:
    a = inverse(tau)
    matrix = ((-a, a, a), (0.0, -inverse(tau_i), 0.0), (0.0, 0.0, -inverse(tau_j)))
    return Case(matrix, (a * exact(drive), 0.0, 0.0), (v, I, J), (1.0, 0.0, 0.0), -theta, horizon, name="two currents")


def alpha_current(v, I, x, drive, tau, tau_s, theta, horizon, tau_x=None) -> Case:
    """``dv/dt = (drive + I - v)/tau, dI/dt = (x - I)/tau_s, dx/dt = -x/tau_x``."""
    a, b = inverse(tau), inverse(tau_s)
    matrix = ((-a, a, 0.0), (0.0, -b, b), (0.0, 0.0, -inverse(tau_x or tau_s)))
    return Case(matrix, (a * exact(drive), 0.0, 0.0), (v, I, x), (1.0, 0.0, 0.0), -theta, horizon, name="alpha")


def adaptation(v, w, drive, tau, tau_w, theta, horizon, a=0.0) -> Case:
    """``dv/dt = (drive - v - w)/tau, dw/dt = (a v - w)/tau_w``."""
    p, q = inverse(tau), inverse(tau_w)
    matrix = ((-p, -p), (exact(a) * q, -q))
    name = "subthreshold adaptation" if a else "adaptation"
    return Case(matrix, (p * exact(drive), 0.0), (v, w), (1.0, 0.0), -theta, horizon, name=name)


def adaptive_threshold(v, vt, drive, vt0, tau, tau_t, horizon) -> Case:
    """``dv/dt = (drive - v)/tau, dvt/dt = (vt0 - vt)/tau_t``, v > vt."""
    p, q = inverse(tau), inverse(tau_t)
    matrix, constants = ((-p, 0.0), (0.0, -q)), (p * exact(drive), q * exact(vt0))
    return Case(matrix, constants, (v, vt), (1.0, -1.0), 0.0, horizon, name="adaptive threshold")


def resonator(v, w, mu, omega, drive, theta, horizon, I=0.0, tau_s=None) -> Case:
    """``dv/dt = mu v - omega w + drive (+ I), dw/dt = omega v + mu w``."""
    matrix, constants, x, weights = ((mu, -omega), (omega, mu)), (drive, 0.0), (v, w), (1.0, 0.0)
    if tau_s:
        matrix = ((mu, -omega, 1.0), (omega, mu, 0.0), (0.0, 0.0, -inverse(tau_s)))
        constants, x, weights = (drive, 0.0, 0.0), (v, w, I), (1.0, 0.0, 0.0)
    return Case(matrix, constants, x, weights, -theta, horizon, name="resonator")


def driven(v, drive, tau, theta, horizon, sines, base=0.0) -> Case:
    """``dv/dt = (drive + sum of amplitude * wave - v)/tau``."""
    a = inverse(tau)
    waves = tuple((0, wave, amplitude / tau) for wave, amplitude in sines)
    return Case(((-a,),), (a * exact(drive),), (v,), (1.0,), -theta, horizon, waves, base=base, name="sines")
