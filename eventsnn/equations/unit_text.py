"""Units as they stand behind the colon of an equation."""

from __future__ import annotations

import ast
import difflib
from typing import Any

from ..errors import EquationError
from ..units import DIMENSIONLESS, UNITS, Dimension, get_dimensions
from .expression import parse_expression

PLAIN_UNITS = (
    "volt",
    "amp",
    "second",
    "siemens",
    "ohm",
    "farad",
    "hertz",
    "Hz",
    "meter",
    "metre",
    "coulomb",
    "boolean",
)
#: Symbols that physicists write and Brian does not know.
SYMBOLS = {"V": "volt", "A": "amp", "s": "second", "S": "siemens", "F": "farad", "C": "coulomb", "m": "metre"}


class _UnitAlgebra:
    """Multiply, divide and raise units; refuse everything else."""

    def number(self, value: Any, node: ast.AST) -> Any:
        return value

    def name(self, name: str, node: ast.AST) -> Any:
        if name not in UNITS:
            near = SYMBOLS.get(name) or next(iter(difflib.get_close_matches(name, PLAIN_UNITS, n=1)), None)
            raise LookupError(f"'{name}' is no unit" + (f"; did you mean '{near}'?" if near else ""))
        return UNITS[name]

    def unary(self, operator: str, operand: Any, node: ast.AST) -> Any:
        return -operand if operator == "-" else operand

    def binary(self, operator: str, left: Any, right: Any, node: ast.AST) -> Any:
        if operator == "*":
            return left * right
        if operator == "/":
            return left / right
        if operator == "**":
            return left**right
        raise LookupError(f"units are not joined by '{operator}'")

    def compare(self, operator: str, left: Any, right: Any, node: ast.AST) -> Any:
        raise LookupError("this is a comparison")

    def boolean(self, operator: str, operands: list, node: ast.AST) -> Any:
        raise LookupError("this is a condition")

    def call(self, function: str, arguments: list, node: ast.AST) -> Any:
        raise LookupError("this is a function call")


def parse_unit(text: str, line: str, column: int) -> tuple[Dimension, type]:
    """Return the dimension and type that a unit stands for.

    Raises
    ------
    EquationError
        When it is no unit, or a scaled one such as mV: there the unit only names the dimension.
    """
    if text in ("boolean", "bool"):
        return DIMENSIONLESS, bool
    if text in ("integer", "int"):
        return DIMENSIONLESS, int
    lead = len(line[column:]) - len(line[column:].lstrip())
    expression = parse_expression(text, "Equations: unit", line, column + lead)
    try:
        unit = expression.fold(_UnitAlgebra())
    except (LookupError, TypeError) as problem:
        raise EquationError(
            f"Equations: {problem.args[0]}\n{expression.excerpt()}\n"
            "Expected 1, boolean, integer, or SI units such as volt, amp, second or siemens/meter**2."
        ) from None
    if float(unit) != 1.0:
        raise EquationError(
            f"Equations: the unit after the colon is one without prefix, found {text}\n{expression.excerpt()}\n"
            "It names the dimension only (write volt for mV, second for ms); values carry their own prefix."
        )
    return get_dimensions(unit), float
