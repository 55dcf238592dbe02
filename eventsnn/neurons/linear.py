r"""Linear systems: any number of variables that drive each other, with constant coefficients.

Equation
    ``dx_i/dt = sum of A_ij x_j + b_i + sum of waves`` (constants, ramps, exponentials and sinusoids of time)
Exact solution
    ``x_j(s)`` is a sum over all ways from a cause (an initial value, a constant, a wave) along the couplings to x_j:
    each way contributes the product of its couplings times the divided difference of the exponential over the rates
    that it meets (`crossing.differences`). A coupled pair or a larger block is met with Newton's interpolation at its
    eigenvalues. Equal rates, zero rates (integrators) and complex rates (resonance) are ordinary cases.
Crossing
    A threshold is such a sum, too: `crossing.sums` and `crossing.oscillations` give all its sign changes.
Parameters
    The matrix A [1/ms], the constants b [unit of x per ms], the waves.
State
    The variables in the order of the equations.
Limits
    Blocks of three and more variables that are all coupled take their eigenvalues from LAPACK, polished to rounding.
Source
    Rotter & Diesmann (1999), Biological Cybernetics 81, 381-402, for the exact solution between events; McCurdy, Ng &
    Parlett (1984), Mathematics of Computation 43, 501-528, for divided differences.
See also
    `leaky`, `integrator`: one variable by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb, factorial, inf, pi
from typing import NamedTuple

import numpy as np

from ..crossing.drives import SimpleDrive
from ..crossing.leaves import Combination, Tone
from ..crossing.oscillations import OscillatingSum
from ..crossing.shared import SharedTerms
from ..crossing.sine_drive import SineDrive
from ..crossing.sums import RealSum
from ..instants import later
from .structure import Cause, Matrix, Structure, structure_of


class ObservedSum(NamedTuple):
    """A combination of variables as a sum of exponentials.

    Attributes
    ----------
    coefficients : list
        Of the divided differences.
    sizes : list of float
        The sizes of what adds up to each coefficient: rounding is in proportion to these.
    finder : RealSum or OscillatingSum
        What finds the sign changes.
    drive : SimpleDrive, SineDrive or None
        What finds the first one quickly.
    """

    coefficients: list
    sizes: list[float]
    finder: RealSum | OscillatingSum
    drive: SimpleDrive | SineDrive | None


@dataclass(frozen=True)
class Phase:
    """How the variables of one neuron move, in or outside the refractory period.

    Attributes
    ----------
    matrix : tuple of tuple of Fraction
    constants : tuple of Fraction
        b.
    waves : tuple of (int, Tone, float)
        Variable that is driven, the wave, and its amplitude [unit of x per ms].
    observed : tuple of Tone
        Waves in thresholds; they belong to the structure.
    """

    matrix: Matrix
    constants: tuple[Fraction, ...]
    waves: tuple[tuple[int, Tone, float], ...]
    observed: tuple[Tone, ...] = ()

    @cached_property
    def structure(self) -> Structure:
        tones = dict.fromkeys(tone.shape() for _, tone, _ in self.waves)
        tones.update(dict.fromkeys(tone.shape() for tone in self.observed))
        return structure_of(self.matrix, tuple(tones))

    @cached_property
    def _drives(self) -> list[tuple[int, int, Tone, float]]:
        """Variable, number of the wave in the structure, the wave, and its amplitude."""
        tones = self.structure.tones
        return [(i, tones.index(tone.shape()), tone, amplitude) for i, tone, amplitude in self.waves]

    @cached_property
    def floats(self) -> list[float]:
        return [float(b) for b in self.constants]

    def _wave_causes(self, base: float, low: float) -> dict[Cause, complex | float]:
        """Return the present values of the waves that drive the variables."""
        causes: dict[Cause, complex | float] = {}
        for i, r, tone, amplitude in self._drives:
            for part, value in enumerate(start_of(tone, base, low)):
                cause = ("w", r, part, i)
                causes[cause] = causes.get(cause, 0.0) + amplitude * value
        return causes

    def flow(self, x: Sequence[float], base: float, low: float, s: float) -> list[float]:
        """Return the variables a time `s` after the instant ``base + low``, where they are `x`."""
        if s == 0.0:
            return list(x)
        waves, values = self._wave_causes(base, low), self.solution[0].at(s)
        return [self._evaluate(j, x, waves, values) for j in range(len(x))]

    def value(self, j: int, x: Sequence[float], base: float, low: float, s: float) -> float:
        """Return variable j as `flow` does."""
        if s == 0.0:
            return x[j]
        return self._evaluate(j, x, self._wave_causes(base, low), self.solution[0].at(s))

    def values(self, j: int, x: Sequence[float], base: float, low: float, s: np.ndarray) -> np.ndarray:
        """Return variable j at many times, to rounding as `flow` does; exactly x at s = 0."""
        terms, rows = self.structure.solution
        waves, floats = self._wave_causes(base, low), self.floats
        weights: dict[int, complex | float] = {}
        for number, cause, weight in rows[j]:
            source = _source(cause, x, floats, waves)
            if source:
                weights[number] = weights.get(number, 0.0) + source * weight
        with np.errstate(all="ignore"):
            total = sum((weight * terms.values(number, s) for number, weight in weights.items()), 0.0 * s)
        return np.where(s == 0.0, x[j], total.real)

    @cached_property
    def solution(self) -> tuple[SharedTerms, list]:
        """What `Structure.solution_of` gives for the constants and waves of this neuron."""
        constants = [("b", i) for i, b in enumerate(self.floats) if b]
        waves = [("w", r, part, i) for i, r, tone, _ in self._drives for part in range(tone.power + 1)]
        return self.structure.solution_of(frozenset([*constants, *waves]))

    def _evaluate(self, j: int, x: Sequence[float], waves: dict, values: list) -> float:
        """Return variable j where the divided differences are `values`."""
        floats = self.floats
        total: complex | float = 0.0
        for place, cause, weight in self.solution[1][j]:
            source = _source(cause, x, floats, waves)
            if source:
                total += source * weight * values[place]
        return total.real

    def slope_and_size(
        self, combination: Combination, x: Sequence[float], base: tuple[float, float], s: float
    ) -> tuple[float, float]:
        """Return the derivative of a combination after time s, and the sum of the sizes of its terms there."""
        sums = self.observe(combination, x, *base)
        return sums.finder.slope_and_size(sums.coefficients, s, sums.sizes)

    def row(self, j: int) -> tuple:
        """Return all that the equation of variable j says."""
        return self.matrix[j], self.constants[j], tuple(wave for wave in self.waves if wave[0] == j)

    def describe(self, j: int) -> str:
        """Return what kind of solution variable j has."""
        structure = self.structure
        nodes = [structure.nodes[q] for q in self._nodes_behind(j)]
        waves = sum(any(structure.responses[i][j]) for i, _, _, _ in self._drives)
        if any(not node.is_real for node in nodes):
            kind = "coupled pair with complex rates (resonance)"
        elif len(nodes) > 1:
            kind = f"linear system of {len(nodes)} rates"
        else:
            kind = "leaky relaxation" if nodes[0].speed else "perfect integrator"
        return kind + (f", driven by {waves} function{'s' * (waves > 1)} of time" if waves else "")

    def rates(self, j: int) -> str:
        """Return the rates in the solution of variable j, as their users know them."""
        words = []
        for q in self._nodes_behind(j):
            rate = self.structure.nodes[q].rate
            if isinstance(rate, complex):
                if rate.imag > 0.0:
                    decay = f", decay {-1.0 / rate.real:.4g} ms" if rate.real else ""
                    words.append(f"oscillation {rate.imag / (2e-3 * pi):.4g} Hz{decay}")
            else:
                words.append(f"time constant {-1.0 / rate:.4g} ms" if rate else "no decay")
        return ", ".join(words)

    def _nodes_behind(self, j: int) -> list[int]:
        structure = self.structure
        return sorted({q for i in range(structure.m) for chain in structure.responses[i][j] for q in chain})

    def observe(self, combination: Combination, x: Sequence[float], base: float, low: float) -> ObservedSum:
        """Return a combination of variables as a sum of exponentials."""
        structure, floats = self.structure, self.floats
        x, constant = list(x), combination.constant
        if len(combination.weights) == 1:
            # measure the variable from its level: then the drive is what decides, exactly
            j, level = combination.weights[0][0], combination.level
            x[j], constant, floats = x[j] - level, 0.0, self.constants_above(j, level)
        waves = self._wave_causes(base, low)
        used = frozenset([("b", i) for i, b in enumerate(floats) if b] + list(waves))
        direct = tuple(structure.tones.index(tone.shape()) for tone, _ in combination.tones)
        targets = tuple(j for j, _ in combination.weights)
        finder, drive, entries, zero, tones = structure.plan(targets, direct, used)
        coefficients: list = [0.0] * finder.size
        sizes = [0.0] * finder.size
        for number, place, cause, weight in entries:
            source = _source(cause, x, floats, waves)
            if source:
                part = combination.weights[place][1] * (source * weight)
                coefficients[number] += part
                sizes[number] += abs(part)
        coefficients[zero] += constant
        sizes[zero] += abs(constant)
        for numbers, (tone, amplitude) in zip(tones, combination.tones, strict=True):
            for number, value in zip(numbers, start_of(tone, base, low), strict=True):
                coefficients[number] += amplitude * value
                sizes[number] += abs(amplitude * value)
        return ObservedSum(coefficients, sizes, finder, drive)

    @cached_property
    def _above(self) -> dict[tuple[int, float], list[float]]:
        return {}

    def constants_above(self, j: int, level: float) -> list[float]:
        """Return the constants b when variable j is measured from a level."""
        key = j, level
        if key not in self._above:
            height = Fraction(level)
            self._above[key] = [float(b + row[j] * height) for b, row in zip(self.constants, self.matrix, strict=True)]
        return self._above[key]

    def earliest_change(
        self, combination: Combination, start: float, x: Sequence[float], base: tuple[float, float]
    ) -> float:
        """Return a time after `base` before which a combination cannot change its sign, found quickly; 0 if not known.

        Parameters are those of `changes`.
        """
        if self._drives or self.structure.tones:
            return 0.0
        sums = self.observe(combination, x, *base)
        if not isinstance(sums.finder, RealSum):
            return 0.0
        return sums.finder.earliest_change(sums.coefficients, start, sums.sizes)

    def changes(
        self,
        combination: Combination,
        start: float,
        x: Sequence[float],
        base: tuple[float, float],
        horizon: float,
        only_first: bool = False,
    ) -> Iterator[tuple[float, float, int]]:
        """Yield the sign of a combination right after `base`, and each change of it: instant, remainder, new sign.

        Parameters
        ----------
        start : float
            Its value at `base`, as the caller knows it.
        horizon : float
            Changes later than this may be left out.
        only_first : bool
            Whether those after the first are of no interest.
        """
        sums = self.observe(combination, x, *base)
        coefficients, finder = sums.coefficients, sums.finder
        if only_first and sums.drive is not None and start != 0.0:
            sign = 1 if start > 0.0 else -1
            s = sums.drive.first_change(coefficients, start, horizon, sums.sizes)
            if s is not None:
                yield (*base, sign)
                if s < inf:
                    yield (*later(*base, s), -sign)
                return
        if isinstance(finder, RealSum):
            sign, points = finder.sign_changes(coefficients, start, sums.sizes)
            yield (*base, sign)
            for s in points:
                sign = -sign
                yield (*later(*base, s), sign)
            return
        for s, sign in finder.sign_changes(coefficients, start, horizon, sums.sizes):
            yield (*later(*base, s), sign)


def _source(cause: Cause, x: Sequence[float], constants: Sequence[float], waves: dict) -> complex | float:
    """Return how large a cause is now: an initial value, a constant, or a wave (0 if it does not play)."""
    kind, i = cause[0], cause[1]
    return x[i] if kind == "x" else constants[i] if kind == "b" else waves.get(cause, 0.0)


def start_of(tone: Tone, base: float, low: float) -> list[complex | float]:
    """Return the values of a wave at the instant ``base + low``, for each power of the time since then.

    ``(t0 + s)^n = sum of comb(n, k) t0^(n - k) s^k``, and ``s^k e^(a s)`` is k! times a divided difference.
    """
    c, d = tone.phasor(base, low)
    value: complex | float
    if tone.omega:
        value = complex(c, d) if tone.is_cosine else complex(d, -c)
    else:
        value = c if tone.is_cosine else d
    n, t0 = tone.power, base + low
    return [value * comb(n, k) * factorial(k) * t0 ** (n - k) for k in range(n + 1)]
