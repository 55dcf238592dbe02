"""Between two ticks: the interpolated path of one neuron, and where on it a condition changes.

Source
------
Dowell & Jarratt (1971), A modified regula falsi method. BIT 11, 168-174.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan, nextafter
from typing import Any

import numpy as np

from .._jit import kernel
from ..equations.rates import Rates
from .stepping import between

#: So many steps of false position come before halving.
FALSE_POSITIONS = 12

#: Next to a point of false position the other side is tried this many ulp away.
NEAR = 4.0


@dataclass(frozen=True, slots=True)
class StepCourse:
    """The present step of one neuron: an interpolation between its two ends.

    Attributes
    ----------
    end, span : float
        When it ends, and its length [ms].
    ahead : tuple of float
        The state at its end.
    first, last : tuple of float, or None
        Derivatives at both ends.
    """

    end: float
    span: float
    ahead: tuple[float, ...]
    first: tuple[float, ...] | None
    last: tuple[float, ...] | None

    def advance(self, x: Sequence[float], base: float, low: float, s: float, in_refractory: bool) -> list[float]:
        """Return the variables a time `s` after the beginning of the step, where they are `x`."""
        return [self.value(j, v, s) for j, v in enumerate(x)]

    def value(self, j: int, x: float, s: float) -> float:
        """Return variable j a time `s` after the beginning of the step, where it is `x`."""
        return self.ahead[j] if s >= self.span else self._at(j, x, s)

    def values(self, segment: tuple, j: int, times: np.ndarray) -> np.ndarray:
        """Return variable j at many instants of the step, from a segment of a tape that holds this course."""
        s = np.maximum(times - segment[0], 0.0)
        return np.where(s >= self.span, self.ahead[j], self._at(j, segment[4][j], s))

    def _at(self, j: int, x: float, s: Any) -> Any:
        if self.first is None or self.last is None:
            return between(x, self.ahead[j], None, None, self.span, s)
        return between(x, self.ahead[j], self.first[j], self.last[j], self.span, s)

    def may_be_infinite(self, j: int) -> bool:
        """Return whether infinity is a state of variable j."""
        return False

    def may_leave_infinity(self, j: int, value: float) -> bool:
        """Return whether variable j comes back from an infinite value."""
        return False


@dataclass(frozen=True, slots=True)
class Who:
    """Who is asked: the index of a neuron, what the texts read for it, whether it is outside its refractory period."""

    k: float
    inputs: tuple[float, ...]
    is_active: bool


@dataclass(frozen=True)
class Condition:
    """A condition as functions.

    Attributes
    ----------
    truth : Rates
        1 where it holds, 0 where not.
    margin : Rates or None
        Of a single comparison: the difference of its sides, which changes its sign where the truth changes.
    needs : tuple of int
        The state variables that it looks at.
    """

    truth: Rates
    margin: Rates | None
    needs: tuple[int, ...]

    def holds(self, who: Who, x: Sequence[float], t: float) -> bool:
        """Return whether it holds."""
        return bool(_value(self.truth, who, x, t))

    def first_time(self, truth: bool, who: Who, x: Sequence[float], since: float, course: StepCourse) -> float:
        """Return the first instant from `since` to the end of a step at which it has a truth, else `inf`.

        It is asked at both ends; where it differs between them the instant in between is found, see `time_of_change`.
        """
        if self.holds(who, x, since) is truth:
            return since
        if self.holds(who, course.ahead, course.end) is not truth:
            return inf
        path = _Path(self, who, x, since, course, list(x))
        return time_of_change(path, truth, since, course.end)


@dataclass(frozen=True, slots=True)
class _Path:
    """One neuron's path through a step, and the condition that is asked on it."""

    condition: Condition
    who: Who
    x: Sequence[float]
    since: float
    course: StepCourse
    values: list[float]

    def at(self, t: float) -> Sequence[float]:
        for j in self.condition.needs:
            self.values[j] = self.course.value(j, self.x[j], t - self.since)
        return self.values


def holds_on(path: _Path, t: float) -> bool:
    """Return whether the condition holds at an instant of a path."""
    return path.condition.holds(path.who, path.at(t), t)


def margin_on(path: _Path, t: float) -> float:
    """Return the margin of the condition at an instant of a path, NaN where it has none."""
    margin = path.condition.margin
    return nan if margin is None else _value(margin, path.who, path.at(t), t)


@kernel
def time_of_change(path, truth, low, high):
    """Return when a condition changes on a path, between two instants of which it has a truth at the later one only.

    It is found by false position (the Illinois rule), if a margin is known, and by halving down to neighbouring
    doubles. Compiled code has a path, `holds_on` and `margin_on` of its own.

    Parameters
    ----------
    path : any
        For these two.
    truth : bool
    low, high : float [ms]
        Not negative.
    """
    before, after = margin_on(path, low), margin_on(path, high)
    for _ in range(FALSE_POSITIONS):
        middle = low - before * ((high - low) / (after - before)) if after != before else low
        if not low < middle < high:
            break
        rest = margin_on(path, middle)
        if holds_on(path, middle) == truth:
            # where the path is straight the point is the crossing: its neighbour shuts it in
            near = middle - NEAR * (nextafter(middle, inf) - middle)
            if near > low and holds_on(path, near) != truth:
                low, high = near, middle
                break
            high, after, before = middle, rest, 0.5 * before
        else:
            near = middle + NEAR * (nextafter(middle, inf) - middle)
            if near < high and holds_on(path, near) == truth:
                low, high = middle, near
                break
            low, before, after = middle, rest, 0.5 * after
    middle = 0.5 * (low + high)
    while low < middle < high:
        if holds_on(path, middle) == truth:
            high = middle
        else:
            low = middle
        middle = 0.5 * (low + high)
    return high


def _value(function: Rates, who: Who, x: Sequence[float], t: float) -> float:
    return function.one(t, who.k, x, who.inputs, 1.0 if who.is_active else 0.0, function.constants)[0]
