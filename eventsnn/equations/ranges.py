"""The range of an expression while time passes: bounds that no value leaves.

Interval arithmetic over the same tree as values and dimensions. Thinning a Poisson process needs a rate that is
never exceeded; a dense sample of the true rate would only suggest one.

A range is made for every neuron at once. Where both ends are equal the piece does not change, and its value is that
of `values`, to the last bit; every other result is rounded outwards, by one ulp after an operation of IEEE 754 and
by a few after a function of the C library.

Source
------
Moore, Kearfott & Cloud (2009), Introduction to Interval Analysis, SIAM, chapters 2 and 5.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from ..errors import EquationError
from .builtins import FUNCTIONS, RANDOM
from .expression import Expression
from .scope import Scope
from .text import SUBEXPRESSION
from .values import COMPARISONS, OPERATIONS, internal_number

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


class RangeAlgebra:
    """Interpret an expression by its range.

    Parameters
    ----------
    read : callable
        ``read(name)`` gives the `Range` of a variable, of ``t`` above all.

    Attributes
    ----------
    culprit : (node, str) or None
        The first piece that has no finite bounds though its parts have, and why.
    """

    def __init__(self, expression: Expression, scope: Scope, where: str, read: Callable[[str], Range]) -> None:
        self.expression, self.scope, self.where, self.read = expression, scope, where, read
        self.culprit: tuple[ast.AST, str] | None = None

    def number(self, value: Any, node: ast.AST) -> Range:
        return point(internal_number(value))

    def name(self, name: str, node: ast.AST) -> Range:
        variable = self.scope.variable(name)
        if variable is None:
            return point(self.scope.constant(name, self.expression, node, self.where).value)
        if variable.kind == SUBEXPRESSION:
            inner = RangeAlgebra(variable.formula, self.scope, f"sub-expression {name}", self.read)
            found = variable.formula.fold(inner)
            if inner.culprit and self.culprit is None:
                self.culprit = (node, inner.culprit[1])
            return found
        return self.read(name)

    def unary(self, operator: str, operand: Range, node: ast.AST) -> Range:
        if operator == "not":
            return Range(1.0 - operand.high, 1.0 - operand.low)
        return Range(-operand.high, -operand.low, operand.undefined) if operator == "-" else operand

    def binary(self, operator: str, left: Range, right: Range, node: ast.BinOp) -> Range:
        if left.is_point and right.is_point:
            found = point(OPERATIONS[operator](left.low, right.low))
        elif operator == "*" and ast.dump(node.left) == ast.dump(node.right):
            found = _power(left, point(2.0))
        else:
            found = _BINARY[operator](left, right)
        undefined = left.undefined | right.undefined | _may_be_undefined(operator, left, right)
        found = Range(found.low, found.high, undefined)
        return self._watch(found, [left, right], node, _REASONS.get(operator, "It overflows."))

    def compare(self, operator: str, left: Range, right: Range, node: ast.AST) -> Range:
        if left.is_point and right.is_point:
            return point(COMPARISONS[operator](left.low, right.low))
        truth = self._compare(operator, left, right, node)
        doubt = left.undefined | right.undefined
        return Range(np.where(doubt, 0.0, truth.low), np.where(doubt, 1.0, truth.high))

    def _compare(self, operator: str, left: Range, right: Range, node: ast.AST) -> Range:
        compare = COMPARISONS[operator]
        if operator in ("==", "!="):
            apart = (left.high < right.low) | (right.high < left.low)
            both = (left.low == left.high) & (right.low == right.high) & (left.low == right.low)
            same = Range(np.where(both, 1.0, 0.0), np.where(apart, 0.0, 1.0))
            return same if operator == "==" else self.unary("not", same, node)
        if operator in ("<", "<="):
            sure, possible = compare(left.high, right.low), compare(left.low, right.high)
        else:
            sure, possible = compare(left.low, right.high), compare(left.high, right.low)
        return Range(np.asarray(sure, dtype=float), np.asarray(possible, dtype=float))

    def boolean(self, operator: str, operands: list, node: ast.AST) -> Range:
        join = np.minimum if operator == "and" else np.maximum
        truths = [_truth(operand) for operand in operands]
        total = truths[0]
        for truth in truths[1:]:
            total = Range(join(total.low, truth.low), join(total.high, truth.high))
        return total

    def call(self, function: str, arguments: list, node: ast.Call) -> Range:
        if function in RANDOM:
            raise EquationError(
                f"{self.scope.owner}, {self.where}: {function}() would be drawn anew at every instant\n"
                f"{self.expression.excerpt(node)}\nDraw once instead, into a number of the surrounding code."
            )
        if function not in FUNCTIONS:
            array = self.scope.time_function(function, self.expression, node, self.where)
            when = arguments[0]
            first, last = (np.where(when.undefined, end, x) for end, x in ((-np.inf, when.low), (np.inf, when.high)))
            return Range(*array.bounds(first, last, *_column(arguments[1:])))
        if all(argument.is_point for argument in arguments):
            found = point(FUNCTIONS[function].over_arrays(*(argument.low for argument in arguments)))
        else:
            found = _FUNCTIONS[function](*arguments)
        undefined = np.isnan(found.low) | np.isnan(found.high) | found.undefined
        for argument in arguments:
            undefined = undefined | argument.undefined
        found = Range(found.low, found.high, undefined)
        return self._watch(found, arguments, node, f"{function}() is not finite everywhere there.")

    def _watch(self, found: Range, parts: list[Range], node: ast.AST, reason: str) -> Range:
        if self.culprit is None and not _is_finite(found) and all(_is_finite(part) for part in parts):
            self.culprit = (node, reason)
        return found


def _is_finite(found: Range) -> bool:
    return bool(np.all(np.isfinite(found.low)) and np.all(np.isfinite(found.high)))


def _column(arguments: list[Range]) -> list[Any]:
    """Return a column as TimedArrays take it; None, every column, where it changes."""
    return [argument.low if argument.is_point else None for argument in arguments]


def _truth(operand: Range) -> Range:
    surely = ((operand.low > 0) | (operand.high < 0)) & ~np.asarray(operand.undefined)
    never = (operand.low == 0) & (operand.high == 0) & ~np.asarray(operand.undefined)
    return Range(np.where(surely, 1.0, 0.0), np.where(never, 0.0, 1.0))


# --- operators -------------------------------------------------------------------------------------------------

_REASONS = {
    "/": "It divides by what passes zero.",
    "**": "It raises zero to a negative power, what is negative to a broken power, or grows without bound.",
}


def _may_be_undefined(operator: str, a: Range, b: Range) -> Any:
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


def _power(a: Range, b: Range) -> Range:
    power = OPERATIONS["**"]
    corners = [power(np.maximum(x, 0.0), y) for x in (a.low, a.high) for y in (b.low, b.high)]
    above = _extremes(corners, LIBRARY_ULPS)
    if np.all(a.low >= 0):
        return Range(np.maximum(above.low, 0.0), above.high)
    whole = (b.low == b.high) & (b.low == np.floor(b.low))
    around = _whole_power(a, b.low)
    # what is negative has no broken power; exponents that change could be whole at times
    lost = (a.low < 0) & np.where(b.low == b.high, _leaves(a, 0.0), True)
    broken = Range(np.where(lost, -np.inf, np.maximum(above.low, 0.0)), np.where(lost, np.inf, above.high))
    return Range(np.where(whole, around.low, broken.low), np.where(whole, around.high, broken.high))


def _whole_power(a: Range, n: Any) -> Range:
    """Bound a power with a whole exponent, of any base."""
    power, inside = OPERATIONS["**"], a.has(0.0)
    ends = _extremes([power(a.low, n), power(a.high, n)], LIBRARY_ULPS)
    even = np.mod(n, 2.0) == 0
    # where the base passes zero an even power is smallest, and a negative one infinite
    low = np.where(inside & even & (n > 0), 0.0, ends.low)
    low = np.where(inside & (n < 0), np.where(even, ends.low, -np.inf), low)
    return Range(low, np.where(inside & (n < 0), np.inf, ends.high))


_BINARY: dict[str, Callable[[Range, Range], Range]] = {
    "+": lambda a, b: _outward(a.low + b.low, a.high + b.high),
    "-": lambda a, b: _outward(a.low - b.high, a.high - b.low),
    "*": _multiply,
    "/": _divide,
    "//": _divide_whole,
    "%": _remainder,
    "**": _power,
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


_FUNCTIONS: dict[str, Callable[..., Range]] = {
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


def find_range(
    expression: Expression, scope: Scope, where: str, read: Callable[[str], Range]
) -> tuple[Range, tuple[ast.AST, str] | None]:
    """Return the range of an expression, and the piece that keeps it from being finite, with the reason.

    Parameters
    ----------
    read : callable
        ``read(name)`` gives the `Range` of a variable.
    """
    algebra = RangeAlgebra(expression, scope, where, read)
    with np.errstate(all="ignore"):
        return expression.fold(algebra), algebra.culprit


def refuse_range(expression: Expression, scope: Scope, where: str, node: ast.AST, reason: str) -> NoReturn:
    """Raise an error that points at the piece without a bound."""
    raise EquationError(
        f"{scope.owner}, {where}: no bound can be found\n{expression.excerpt(node)}\n{reason}\n"
        "Keep it finite, for instance with clip(..., 0*Hz, 1000*Hz)."
    )
