"""Intervals: all that a number can be, and the operators and functions over them, rounded outwards.

Source
------
Moore, Kearfott & Cloud (2009), Introduction to Interval Analysis, SIAM, chapters 2 and 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .builtins import FUNCTIONS
from .values import OPERATIONS

#: Ulps by which results of the C library are widened: they are off by at most one or two.
LIBRARY_ULPS = 4

#: By so much of its size an argument may leave the domain of a function: sqrt(1 - sin(t)**2) is no error.
SLACK = 1e-9


@dataclass(frozen=True)
class Range:
    """All that a piece of an expression can be: from `low` to `high`, numbers or arrays over the neurons.

    Where `undefined` holds it may also be no number (0/0, the logarithm of -1): then nothing is sure of a comparison.
    """

    low: Any
    high: Any
    undefined: Any = False

    @property
    def is_point(self) -> bool:
        """Whether it is one value (for each neuron)."""
        return self.low is self.high or bool(np.all(self.low == self.high) and not np.any(self.undefined))

    def has(self, value: float) -> Any:
        """Return whether a value lies in it."""
        return (self.low <= value) & (value <= self.high)


def point(value: Any) -> Range:
    """Return the range of what does not change."""
    value = np.asarray(value, dtype=np.float64)
    return Range(value, value, np.isnan(value))


def _outward(low: Any, high: Any, ulps: int = 1) -> Range:
    # not beyond zero: no rounding changes a sign, and what divides by it may not
    floor, ceiling = np.where(low >= 0, 0.0, -np.inf), np.where(high <= 0, 0.0, np.inf)
    for _ in range(ulps):
        low, high = np.nextafter(low, floor), np.nextafter(high, ceiling)
    # what is not a number could be anything
    return Range(np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high))


def truth_of(operand: Range) -> Range:
    """Return whether a number counts as true: 1, 0, or both."""
    surely = ((operand.low > 0) | (operand.high < 0)) & ~np.asarray(operand.undefined)
    never = (operand.low == 0) & (operand.high == 0) & ~np.asarray(operand.undefined)
    return Range(np.where(surely, 1.0, 0.0), np.where(never, 0.0, 1.0))


# --- operators -------------------------------------------------------------------------------------------------

REASONS = {
    "/": "It divides by what passes zero.",
    "**": "It raises zero to a negative power, what is negative to a broken power, or grows without bound.",
}


def may_be_undefined(operator: str, a: Range, b: Range) -> Any:
    """Return whether an operation on numbers may give none."""
    a_infinite, b_infinite = (np.isinf(x.low) | np.isinf(x.high) for x in (a, b))
    if operator in "+-":
        return a_infinite & b_infinite
    if operator == "*":
        return (a.has(0.0) & b_infinite) | (b.has(0.0) & a_infinite)
    if operator == "/":
        return (a.has(0.0) & b.has(0.0)) | (a_infinite & b_infinite)
    if operator == "**":
        return (a.low < 0) & ~((b.low == b.high) & (b.low == np.floor(b.low)))
    return a_infinite | b_infinite | b.has(0.0)


def _extremes(candidates: list[Any], ulps: int = 1) -> Range:
    low, high = candidates[0], candidates[0]
    for candidate in candidates[1:]:
        low, high = np.minimum(low, candidate), np.maximum(high, candidate)
    return _outward(low, high, ulps)


def _multiply(a: Range, b: Range) -> Range:
    products = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    # zero times what is unbounded: the bound is no value, zero is the product
    return _extremes([np.where(np.isnan(product), 0.0, product) for product in products])


def _divide(a: Range, b: Range) -> Range:
    # an end that is zero is approached from inside
    low = np.where(b.low == 0, 0.0, b.low)
    high = np.where(b.high == 0, -0.0, b.high)
    quotients = [np.asarray(x / y) for x in (a.low, a.high) for y in (low, high)]
    found = _extremes([np.where(np.isnan(quotient), 0.0, quotient) for quotient in quotients])
    hopeless = ((b.low < 0) & (b.high > 0)) | ((b.low == 0) & (b.high == 0))
    return Range(np.where(hopeless, -np.inf, found.low), np.where(hopeless, np.inf, found.high))


def _divide_whole(a: Range, b: Range) -> Range:
    quotient = _divide(a, b)
    return Range(np.floor(quotient.low), np.floor(quotient.high))


def _remainder(a: Range, b: Range) -> Range:
    """Bound ``a % b``, which has the sign of `b` and is smaller."""
    low = np.where(b.high > 0, 0.0, b.low)
    high = np.where(b.low < 0, 0.0, b.high)
    low, high = np.minimum(low, np.minimum(b.low, 0.0)), np.maximum(high, np.maximum(b.high, 0.0))
    # for b > 0 what is not negative does not grow; within one round the remainder is a line
    upward = (b.low > 0) & (a.low >= 0)
    high = np.where(upward, np.minimum(high, a.high), high)
    fixed = (b.low == b.high) & (b.low > 0)
    first, last = np.mod(a.low, b.low), np.mod(a.high, b.low)
    in_one_round = fixed & (a.high - a.low < b.low * (1 - 1e-12)) & (first <= last)
    return Range(np.where(in_one_round, first, low), np.where(in_one_round, last, high))


def power_of(a: Range, b: Range) -> Range:
    """Return a power."""
    power = OPERATIONS["**"]
    corners = [power(np.maximum(x, 0.0), y) for x in (a.low, a.high) for y in (b.low, b.high)]
    above = _extremes(corners, LIBRARY_ULPS)
    if np.all(a.low >= 0):
        return Range(np.maximum(above.low, 0.0), above.high)
    whole = (b.low == b.high) & (b.low == np.floor(b.low))
    around = _wholepower_of(a, b.low)
    # what is negative has no broken power; exponents that change could be whole at times
    lost = (a.low < 0) & np.where(b.low == b.high, _leaves(a, 0.0), True)
    broken = Range(np.where(lost, -np.inf, np.maximum(above.low, 0.0)), np.where(lost, np.inf, above.high))
    return Range(np.where(whole, around.low, broken.low), np.where(whole, around.high, broken.high))


def _wholepower_of(a: Range, n: Any) -> Range:
    """Bound a power with a whole exponent, of any base."""
    power, inside = OPERATIONS["**"], a.has(0.0)
    ends = _extremes([power(a.low, n), power(a.high, n)], LIBRARY_ULPS)
    even = np.mod(n, 2.0) == 0
    # where the base passes zero an even power is smallest, and a negative one infinite
    low = np.where(inside & even & (n > 0), 0.0, ends.low)
    low = np.where(inside & (n < 0), np.where(even, ends.low, -np.inf), low)
    return Range(low, np.where(inside & (n < 0), np.inf, ends.high))


BINARY: dict[str, Callable[[Range, Range], Range]] = {
    "+": lambda a, b: _outward(a.low + b.low, a.high + b.high),
    "-": lambda a, b: _outward(a.low - b.high, a.high - b.low),
    "*": _multiply,
    "/": _divide,
    "//": _divide_whole,
    "%": _remainder,
    "**": power_of,
}


# --- functions -------------------------------------------------------------------------------------------------


def _leaves(a: Range, low: float, high: float = np.inf) -> Any:
    """Return whether a range leaves a domain by more than the roundings on the way to it."""
    below, above = (np.where(np.isfinite(end), SLACK * np.abs(end), 0.0) for end in (a.high, a.low))
    return (a.low < low - np.maximum(below, SLACK * abs(low))) | (a.high > high + above)


def _rising(name: str, domain: tuple[float, float] = (-np.inf, np.inf), ulps: int = LIBRARY_ULPS) -> Callable:
    function = FUNCTIONS[name].over_arrays

    def bound(a: Range) -> Range:
        low, high = function(np.clip(a.low, *domain)), function(np.clip(a.high, *domain))
        found = _outward(low, high, ulps)
        return _within_domain(found, a, *domain, undefined=np.isnan(low) | np.isnan(high))

    return bound


def _within_domain(found: Range, a: Range, low: float, high: float, undefined: Any = False) -> Range:
    """Return a range that says what it is like outside the function's domain: no number, which has no bounds."""
    lost = _leaves(a, low, high)
    undefined = undefined | (a.low < low) | (a.high > high)
    return Range(np.where(lost, -np.inf, found.low), np.where(lost, np.inf, found.high), undefined)


def _not_below(bound: Callable[..., Range], least: float, most: float = np.inf) -> Callable[..., Range]:
    def bound_again(*arguments: Range) -> Range:
        found = bound(*arguments)
        return Range(np.maximum(found.low, least), np.minimum(found.high, most), found.undefined)

    return bound_again


def _even(name: str, ulps: int) -> Callable[[Range], Range]:
    function = FUNCTIONS[name].over_arrays

    def bound(a: Range) -> Range:
        far = np.maximum(np.abs(a.low), np.abs(a.high))
        near = np.where(a.has(0.0), 0.0, np.minimum(np.abs(a.low), np.abs(a.high)))
        return _outward(function(near), function(far), ulps)

    return bound


def _falling_arccos(a: Range) -> Range:
    function = FUNCTIONS["arccos"].over_arrays
    found = _outward(function(np.clip(a.high, -1, 1)), function(np.clip(a.low, -1, 1)), LIBRARY_ULPS)
    return _within_domain(found, a, -1.0, 1.0)


def _passes(a: Range, place: float, period: float) -> Any:
    """Return whether ``place + k*period`` lies in a range for a whole k; yes in case of doubt."""
    doubt = 1e-15 * (4.0 + np.abs(a.low) + np.abs(a.high))
    k = np.ceil((a.low - doubt - place) / period)
    return ~(place + k * period > a.high + doubt)


def _periodic(name: str, top: float) -> Callable[[Range], Range]:
    function, turn = FUNCTIONS[name].over_arrays, 2.0 * math.pi

    def bound(a: Range) -> Range:
        ends = _extremes([function(a.low), function(a.high)], LIBRARY_ULPS)
        low = np.where(_passes(a, top + math.pi, turn), -1.0, np.maximum(ends.low, -1.0))
        high = np.where(_passes(a, top, turn), 1.0, np.minimum(ends.high, 1.0))
        return Range(low, high, np.isinf(a.low) | np.isinf(a.high))

    return bound


def _tangent(a: Range) -> Range:
    function = FUNCTIONS["tan"].over_arrays
    found = _outward(function(a.low), function(a.high), LIBRARY_ULPS)
    pole = _passes(a, 0.5 * math.pi, math.pi)
    undefined = np.isinf(a.low) | np.isinf(a.high)
    return Range(np.where(pole, -np.inf, found.low), np.where(pole, np.inf, found.high), undefined)


def _each(function: Callable) -> Callable[..., Range]:
    """Let a function that rises in each argument act on both ends; it chooses, and rounds nothing."""
    return lambda *arguments: Range(function(*(a.low for a in arguments)), function(*(a.high for a in arguments)))


RANGES: dict[str, Callable[..., Range]] = {
    "exp": _not_below(_rising("exp"), 0.0),
    "expm1": _not_below(_rising("expm1"), -1.0),
    "exprel": _not_below(_rising("exprel"), 0.0),
    "log": _rising("log", (0.0, np.inf)),
    "log10": _rising("log10", (0.0, np.inf)),
    "log1p": _rising("log1p", (-1.0, np.inf)),
    "sin": _periodic("sin", 0.5 * math.pi),
    "cos": _periodic("cos", 0.0),
    "tan": _tangent,
    "sinh": _rising("sinh"),
    "cosh": _not_below(_even("cosh", LIBRARY_ULPS), 1.0),
    "tanh": _not_below(_rising("tanh"), -1.0, 1.0),
    "arcsin": _rising("arcsin", (-1.0, 1.0)),
    "arccos": _falling_arccos,
    "arctan": _rising("arctan"),
    "sqrt": _not_below(_rising("sqrt", (0.0, np.inf), ulps=1), 0.0),
    "abs": _even("abs", 0),
    "floor": _each(np.floor),
    "ceil": _each(np.ceil),
    "sign": _each(np.sign),
    "int": _each(np.trunc),
    "clip": _each(FUNCTIONS["clip"].over_arrays),
    "min": _each(np.minimum),
    "max": _each(np.maximum),
}
