"""The value of an expression over many neurons at once, in internal units."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..border import to_internal
from ..units import Quantity, get_dimensions
from .builtins import FUNCTIONS, RANDOM, over_arrays, power
from .expression import Expression, fold
from .scope import Scope
from .text import SUBEXPRESSION

OPERATIONS: dict[str, Callable] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": over_arrays(power, math.pow),
}
COMPARISONS: dict[str, Callable] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


class ValueAlgebra:
    """Interpret an expression by its value.

    Parameters
    ----------
    read : callable
        ``read(name)`` gives the internal values of a variable of the group.
    draw : callable or None
        ``draw(function, occurrence)`` gives random numbers, one for each neuron; None where none are allowed.
    """

    def __init__(
        self,
        expression: Expression,
        scope: Scope,
        where: str,
        read: Callable[[str], Any],
        draw: Callable[[str, int], Any] | None = None,
    ) -> None:
        self.expression, self.scope, self.where = expression, scope, where
        self.read, self.draw, self.draws = read, draw, 0

    def number(self, value: Any, node: ast.AST) -> Any:
        return internal_number(value)

    def name(self, name: str, node: ast.AST) -> Any:
        variable = self.scope.variable(name)
        if variable is None:
            return self.scope.constant(name, self.expression, node, self.where).value
        if variable.kind == SUBEXPRESSION:
            inner = ValueAlgebra(variable.formula, self.scope, f"sub-expression {name}", self.read, self.draw)
            return variable.formula.fold(inner)
        return self.read(name)

    def unary(self, operator: str, operand: Any, node: ast.AST) -> Any:
        if operator == "not":
            return np.logical_not(operand)
        return -_arithmetic(operand) if operator == "-" else operand

    def binary(self, operator: str, left: Any, right: Any, node: ast.AST) -> Any:
        left, right = _arithmetic(left), _arithmetic(right)
        return OPERATIONS[operator](left, right)

    def compare(self, operator: str, left: Any, right: Any, node: ast.AST) -> Any:
        return COMPARISONS[operator](np.asarray(left), np.asarray(right))

    def boolean(self, operator: str, operands: list, node: ast.AST) -> Any:
        join = np.logical_and if operator == "and" else np.logical_or
        total = operands[0]
        for operand in operands[1:]:
            total = join(total, operand)
        return total

    def call(self, function: str, arguments: list, node: ast.AST) -> Any:
        if function in RANDOM:
            if self.draw is None:
                raise LookupError(f"{function}() cannot be drawn here")
            self.draws += 1
            return self.draw(function, self.draws - 1)
        if function not in FUNCTIONS:
            array = self.scope.time_function(function, self.expression, node, self.where)
            return array.internal(*(_arithmetic(argument) for argument in arguments))
        return FUNCTIONS[function].over_arrays(*arguments)


def _arithmetic(value: Any) -> np.ndarray:
    """Return an array in which True counts as 1 and whole numbers are floats (2**-1 is one half)."""
    return np.asarray(value, dtype=np.float64)


def internal_number(value: Any) -> float | bool:
    """Return a literal in internal units: numbers as they are, quantities (put in by substitution) converted."""
    if isinstance(value, Quantity):
        return float(to_internal(float(value), get_dimensions(value)))
    return value if isinstance(value, bool) else float(value)


def evaluate(
    expression: Expression,
    scope: Scope,
    where: str,
    read: Callable[[str], Any],
    draw: Callable[[str, int], Any] | None = None,
) -> Any:
    """Return the value of an expression (array or scalar, internal units)."""
    with np.errstate(all="ignore"):
        return expression.fold(ValueAlgebra(expression, scope, where, read, draw))


def evaluate_constant(node: ast.AST, expression: Expression, scope: Scope, where: str) -> float | None:
    """Return the value of a piece that uses no variable of the group, None where it does."""

    def refuse(name: str) -> Any:
        raise LookupError(name)

    try:
        return float(fold(node, ValueAlgebra(expression, scope, where, refuse)))
    except LookupError as missing:
        if type(missing) is not LookupError:
            raise
        return None
