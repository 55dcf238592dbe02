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
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ..errors import EquationError
from .builtins import FUNCTIONS, RANDOM
from .expression import Expression
from .intervals import BINARY, RANGES, REASONS, Range, may_be_undefined, point, power_of, truth_of
from .scope import Scope
from .text import SUBEXPRESSION
from .values import COMPARISONS, OPERATIONS, internal_number


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
            found = power_of(left, point(2.0))
        else:
            found = BINARY[operator](left, right)
        undefined = left.undefined | right.undefined | may_be_undefined(operator, left, right)
        found = Range(found.low, found.high, undefined)
        return self._watch(found, [left, right], node, REASONS.get(operator, "It overflows."))

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
        truths = [truth_of(operand) for operand in operands]
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
            found = RANGES[function](*arguments)
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
