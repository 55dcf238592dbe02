"""Forms: what a linear equation says, coefficient by coefficient.

Every coefficient is an exact quotient of what the user wrote (`Ratio`): that is what makes the time constant of
``(v0 - v)/tau`` the user's own ``tau`` and its resting value the user's ``v0``, to the last bit, instead of 1/(1/tau)
and (v0/tau)*tau.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .waves import TIME_WAVE, Wave, is_sinusoid, sine_is_above


@dataclass
class Moment:
    """When a form is asked for, and until when it holds.

    Attributes
    ----------
    now : float or ndarray [ms]
        The form is that right after `now`.
    until : float or ndarray [ms]
        When the next step comes; `inf` where none does.
    """

    now: Any = 0.0
    until: Any = np.inf

    def note(self, instants: Any) -> None:
        """Note steps at these instants."""
        self.until = np.minimum(self.until, np.where(np.asarray(instants) > self.now, instants, np.inf))

    def sine_holds(self, form: Affine, above: bool) -> Any:
        """Return whether one sinusoid is positive (or negative) right after the moment, and note its next change."""
        ((wave, amplitude),) = form.terms.items()
        side = 1.0 if above else -1.0
        truth, until = sine_is_above(wave, side * amplitude.value, side * form.constant.value, self.now)
        self.note(until)
        return truth

    def holds(self, level: Any, upward: Any) -> Any:
        """Return whether t lies above (or below) a level right after the moment, and note the step there."""
        self.note(level)
        return (np.asarray(self.now) >= level) == upward


@dataclass(frozen=True)
class Ratio:
    """A coefficient ``numerator / denominator``; scalars, or arrays over the neurons."""

    numerator: Any
    denominator: Any = 1.0

    @property
    def value(self) -> Any:
        """The quotient, rounded once."""
        with np.errstate(all="ignore"):
            return np.asarray(self.numerator) / np.asarray(self.denominator)

    def is_zero(self) -> bool:
        """Whether it vanishes for every neuron."""
        return not np.any(self.numerator)

    def __neg__(self) -> Ratio:
        return Ratio(-np.asarray(self.numerator), self.denominator)

    def __add__(self, other: Ratio) -> Ratio:
        if other.is_zero() and _is_defined(other):
            return self
        if self.is_zero() and _is_defined(self):
            return other
        if _same(self.denominator, other.denominator):
            return Ratio(self.numerator + other.numerator, self.denominator)
        return Ratio(self.value + other.value)

    def __mul__(self, other: Ratio) -> Ratio:
        return Ratio(_times(self.numerator, other.numerator), _times(self.denominator, other.denominator))

    def over(self, other: Ratio) -> Any:
        """Return the value of a quotient of coefficients; a common denominator cancels, without a rounding."""
        with np.errstate(all="ignore"):
            if _same(self.denominator, other.denominator):
                return np.asarray(self.numerator) / np.asarray(other.numerator)
            return (self * other.invert()).value

    def invert(self) -> Ratio:
        """Return the reciprocal."""
        return Ratio(self.denominator, self.numerator)


def _times(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 and a == 1.0:
        return b
    if np.ndim(b) == 0 and b == 1.0:
        return a
    return np.asarray(a) * np.asarray(b)


def _same(a: Any, b: Any) -> bool:
    return a is b or (np.shape(a) == np.shape(b) and np.array_equal(a, b))


def _is_defined(ratio: Ratio) -> bool:
    return bool(np.all(np.asarray(ratio.denominator) != 0))


@dataclass(frozen=True)
class Square:
    """``scale*(x - first)*(x - second)`` for the state variable `name`."""

    name: str
    scale: Ratio
    first: Any
    second: Any

    def times(self, factor: Ratio) -> Square:
        return Square(self.name, self.scale * factor, self.first, self.second)


@dataclass(frozen=True)
class Affine:
    """``constant + sum of terms[key] * key`` (+ square); keys are state variables, ``t``, or a `Wave`.

    A term whose coefficient is zero at present stays: the coefficient may be another after the next event, and what a
    group's equations depend on does not change.
    """

    constant: Ratio
    terms: Mapping[Any, Ratio] = field(default_factory=dict)
    square: Square | None = None

    @property
    def is_constant(self) -> bool:
        return not self.terms and self.square is None

    @property
    def is_sinusoid(self) -> bool:
        """Whether it is one sinusoid of time and a constant."""
        return len(self.terms) == 1 and self.square is None and is_sinusoid(next(iter(self.terms)))

    @property
    def states(self) -> list[str]:
        """The state variables in it."""
        found = {key for key in self.terms if isinstance(key, str) and key != "t"}
        return sorted(found | ({self.square.name} if self.square else set()))

    @property
    def waves(self) -> dict[Wave, Ratio]:
        """The functions of time in it, with their coefficients."""
        return {
            TIME_WAVE if key == "t" else key: ratio
            for key, ratio in self.terms.items()
            if key == "t" or isinstance(key, Wave)
        }

    def __add__(self, other: Affine) -> Affine:
        terms = dict(self.terms)
        for key, ratio in other.terms.items():
            terms[key] = terms[key] + ratio if key in terms else ratio
        constant, square = self.constant + other.constant, self.square or other.square
        if self.square and other.square:
            # a (x - p)(x - q) + b (x - r)(x - s) = (a + b) x**2 + ..., written out
            square = Square(self.square.name, self.square.scale + other.square.scale, 0.0, 0.0)
            for part in (self.square, other.square):
                roots = np.asarray(part.first) + part.second
                linear = part.scale * Ratio(-roots)
                terms[part.name] = terms[part.name] + linear if part.name in terms else linear
                constant = constant + part.scale * Ratio(np.asarray(part.first) * part.second)
        if square and square.scale.is_zero():
            square = None
        return Affine(constant, terms, square)

    def __neg__(self) -> Affine:
        square = self.square and self.square.times(Ratio(-1.0))
        return Affine(-self.constant, {key: -ratio for key, ratio in self.terms.items()}, square)

    def scale(self, factor: Ratio) -> Affine:
        """Return the form times a constant."""
        terms = {key: ratio * factor for key, ratio in self.terms.items()}
        square = None if factor.is_zero() else self.square and self.square.times(factor)
        return Affine(self.constant * factor, terms, square)


def wave_form(wave: Wave, amplitude: Ratio) -> Affine:
    """Return a wave with its amplitude; t itself and waves that are constant by their nature under their own names."""
    if wave == TIME_WAVE:
        return Affine(Ratio(0.0), {"t": amplitude})
    if wave == Wave():
        return Affine(amplitude)
    return Affine(Ratio(0.0), {wave: amplitude})


def level_and_side(slope: Ratio, constant: Ratio, operator: str) -> tuple[Any, Any]:
    """Read ``slope*x + constant <operator> 0`` as a comparison of x: its level, and whether it holds above."""
    with np.errstate(all="ignore"):
        level = (-constant).over(slope)
    rises, offset = slope.value, constant.value
    above = operator in (">", ">=")
    upward = (rises > 0) == above
    flat = np.asarray(rises) == 0
    if np.any(flat):
        # without a slope the comparison is true or false for ever: its level lies at an infinity
        compare = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}[operator]
        level = np.where(flat, np.where(compare(offset, 0.0), -np.inf, np.inf), level)
        upward = np.where(flat, True, upward)
    return level + 0.0, upward


def product_of_lines(name: str, left: Affine, right: Affine) -> Affine:
    """Return ``(p x + r)(q x + s)``: a square, but a line or a constant for neurons where p or q is zero."""
    p, q, r, s = left.terms[name], right.terms[name], left.constant, right.constant
    scale = p * q
    flat = np.asarray(scale.value) == 0
    if not np.any(flat):
        return Affine(Ratio(0.0), {}, Square(name, scale, (-r).over(p), (-s).over(q)))
    with np.errstate(all="ignore"):
        first, second = (np.where(flat, 0.0, (-end).over(slope)) for end, slope in ((r, p), (s, q)))
    line = Ratio(np.where(flat, (p * s + r * q).value, 0.0))
    return Affine(Ratio(np.where(flat, (r * s).value, 0.0)), {name: line}, Square(name, scale, first, second))
