"""The dimension of an expression, and errors that point at the piece that does not fit."""

from __future__ import annotations

import ast
from typing import Any, NoReturn

from ..errors import DimensionMismatchError, EquationError
from ..units import DIMENSIONLESS, Dimension, describe_dimension, get_dimensions
from .builtins import FUNCTIONS, RANDOM, is_noise
from .expression import Expression, fold
from .scope import TIME, Scope
from .values import evaluate_constant

#: Stands for "a condition, true or false" among the dimensions; counts as dimensionless in arithmetic.
BOOLEAN = "a condition"

_VERBS = {"+": "add", "-": "subtract", "%": "take the remainder of", "//": "divide (whole)"}


def describe(dimension: Dimension | str) -> str:
    """Return words and unit: ``'a voltage (V)'``."""
    return dimension if isinstance(dimension, str) else describe_dimension(dimension)


class DimensionAlgebra:
    """Interpret an expression by its dimension; noise is refused but in the equations of neurons (`has_noise`)."""

    def __init__(self, expression: Expression, scope: Scope, where: str, has_noise: bool = False) -> None:
        self.expression, self.scope, self.where, self.has_noise = expression, scope, where, has_noise

    def fail(self, message: str, node: ast.AST, advice: str = "", dimensions: tuple[Dimension, ...] = ()) -> NoReturn:
        """Raise a mismatch, of these dimensions, that points at `node`."""
        advice = advice or _noise_advice(self.expression, *dimensions)
        raise DimensionMismatchError(
            f"{self.scope.owner}, {self.where}: {message}\n{self.expression.excerpt(node)}"
            + (f"\n{advice}" if advice else "")
        )

    def number(self, value: Any, node: ast.AST) -> Dimension | str:
        return BOOLEAN if isinstance(value, bool) else get_dimensions(value)

    def name(self, name: str, node: ast.AST) -> Dimension | str:
        if not self.has_noise:
            self.scope.refuse_noise(name, self.expression, node, self.where)
        if is_noise(name):
            return TIME**-0.5
        variable = self.scope.variable(name)
        if variable:
            return BOOLEAN if variable.dtype is bool else variable.dimension
        return self.scope.constant(name, self.expression, node, self.where).dimension

    def unary(self, operator: str, operand: Any, node: ast.UnaryOp) -> Dimension | str:
        if operator == "not":
            self._require_condition(operand, node.operand)
        return operand

    def binary(self, operator: str, left: Any, right: Any, node: ast.BinOp) -> Dimension:
        left, right = _plain(left), _plain(right)
        if operator == "*":
            return left * right
        if operator == "/":
            return left / right
        if operator == "**":
            return self._power(left, right, node)
        if left != right:
            message = f"cannot {_VERBS[operator]} {describe(left)} and {describe(right)}"
            self.fail(message, node.right, dimensions=(left, right))
        return DIMENSIONLESS if operator == "//" else left

    def _power(self, base: Dimension, exponent: Dimension, node: ast.BinOp) -> Dimension:
        if exponent != DIMENSIONLESS:
            self.fail(f"an exponent is a pure number, found {describe(exponent)}", node.right)
        if base == DIMENSIONLESS:
            return DIMENSIONLESS
        value = evaluate_constant(node.right, self.expression, self.scope, self.where)
        if value is None:
            self.fail(f"the exponent of {describe(base)} should be a constant", node.right)
        return base**value

    def compare(self, operator: str, left: Any, right: Any, node: ast.Compare) -> str:
        if _plain(left) != _plain(right):
            advice = _zero_advice(node) or self._advise_on_probability(left, right, node)
            self.fail(f"cannot compare {describe(left)} with {describe(right)}", node.comparators[0], advice)
        return BOOLEAN

    def _advise_on_probability(self, left: Any, right: Any, node: ast.Compare) -> str:
        """Say how a random number is compared with a rate, where it is."""
        sides = [(left, node.left), (right, node.comparators[0])]
        rates = [ast.unparse(side) for dimension, side in sides if _plain(dimension) == TIME**-1]
        draws = [side.func.id for _, side in sides if isinstance(side, ast.Call) and isinstance(side.func, ast.Name)]
        if len(node.ops) > 1 or len(rates) != 1 or draws != ["rand"] or self.scope.owner.startswith("Synapses"):
            return ""
        rate = rates[0] if rates[0].isidentifier() else f"({rates[0]})"
        return f"A rate times the step is a probability: rand() < {rate}*dt."

    def boolean(self, operator: str, operands: list, node: ast.AST) -> str:
        pieces = node.values if isinstance(node, ast.BoolOp) else [node] * len(operands)
        for operand, piece in zip(operands, pieces, strict=True):
            self._require_condition(operand, piece)
        return BOOLEAN

    def _require_condition(self, found: Any, node: ast.AST) -> None:
        if found != BOOLEAN:
            self.fail(f"expected a condition, found {describe(found)}", node)

    def call(self, function: str, arguments: list, node: ast.Call) -> Dimension:
        if function in RANDOM:
            if arguments:
                owner = "synapse" if self.scope.owner.startswith("Synapses") else "neuron"
                advice = f"Each {owner} draws its own number: write {function}()."
                raise EquationError(f"{self._arity(function, 0, node)}\n{advice}")
            return DIMENSIONLESS
        if function not in FUNCTIONS:
            return self._call_of_time(function, arguments, node)
        rule = FUNCTIONS[function]
        if len(arguments) != rule.arguments:
            raise EquationError(self._arity(function, rule.arguments, node))
        found = [_plain(a) for a in arguments]
        if rule.dimension == "same":
            for piece, dimension in zip(node.args, found, strict=True):
                if dimension != found[0]:
                    self.fail(
                        f"the arguments of {function}() should agree, found {describe(found[0])} "
                        f"and {describe(dimension)}",
                        piece,
                    )
            return found[0]
        if rule.dimension == "sqrt":
            return found[0] ** 0.5
        if rule.dimension == "none" and found[0] != DIMENSIONLESS:
            self.fail(f"{function}() takes a pure number, found {describe(found[0])}", node.args[0])
        return DIMENSIONLESS

    def _call_of_time(self, function: str, arguments: list, node: ast.Call) -> Dimension:
        array = self.scope.time_function(function, self.expression, node, self.where)
        if len(arguments) != array.arguments:
            way = "t alone, as it has one column" if array.arguments == 1 else f"t and a column, as in {function}(t, i)"
            raise EquationError(
                f"{self.scope.owner}, {self.where}: {function}() takes {way}; found {len(arguments)} argument(s)\n"
                f"{self.expression.excerpt(node)}"
            )
        for piece, dimension, expected in zip(node.args, arguments, (TIME, DIMENSIONLESS), strict=False):
            if _plain(dimension) != expected:
                what = describe(expected) if expected == TIME else "an index (a pure number)"
                self.fail(f"{function}() takes {what} here, found {describe(dimension)}", piece)
        return array.dim

    def _arity(self, function: str, expected: int, node: ast.Call) -> str:
        return (
            f"{self.scope.owner}, {self.where}: {function}() takes {expected} argument(s), "
            f"found {len(node.args)}\n{self.expression.excerpt(node)}"
        )


def _plain(dimension: Dimension | str) -> Dimension:
    return DIMENSIONLESS if isinstance(dimension, str) else dimension


def _noise_advice(expression: Expression, *dimensions: Dimension) -> str:
    """Return how noise is written, where its unit has not come out even."""
    sources = sorted(filter(is_noise, expression.names()))
    if not sources or all(float(dimension.get_dimension("time")).is_integer() for dimension in dimensions):
        return ""
    xi = sources[0]
    return (
        f"{xi} has the unit second**-0.5: write {xi}*sqrt(2/tau) or {xi}*tau**-0.5, times an amplitude in the unit of "
        "the variable."
    )


def _zero_advice(node: ast.Compare) -> str:
    zero = any(isinstance(side, ast.Constant) and side.value == 0 for side in (node.left, *node.comparators))
    return "Give the zero its unit, as in 0*mV." if zero else ""


def find_dimension(expression: Expression, scope: Scope, where: str, has_noise: bool = False) -> Dimension | str:
    """Return the dimension of an expression, or `BOOLEAN`.

    Parameters
    ----------
    has_noise : bool
        Whether white noise may stand there: in differential equations and sub-expressions of neurons.

    Raises
    ------
    DimensionMismatchError
        Where two pieces do not fit; the message shows the line, a caret under the piece and both dimensions.
    EquationError
        Where noise stands that may not.
    """
    return expression.fold(DimensionAlgebra(expression, scope, where, has_noise))


def find_compared_dimension(condition: Expression, scope: Scope, where: str) -> Dimension:
    """Return the dimension of the two sides of the first comparison in a condition."""
    algebra = DimensionAlgebra(condition, scope, where)
    comparisons = (node for node in ast.walk(condition.tree) if isinstance(node, ast.Compare))
    return next((_plain(fold(node.left, algebra)) for node in comparisons), DIMENSIONLESS)


def require_dimension(
    expression: Expression, expected: Dimension, scope: Scope, where: str, advice: str = "", has_noise: bool = False
) -> None:
    """Check that an expression has the expected dimension."""
    found = _plain(find_dimension(expression, scope, where, has_noise))
    if found != expected:
        _mismatch(expression, scope, where, describe(expected), describe(found), advice)


def require_rate(
    expression: Expression, variable: Dimension, unit: str, scope: Scope, where: str, has_noise: bool = False
) -> None:
    """Check that an expression has the dimension of a variable, whose declared unit is `unit`, over time."""
    found = _plain(find_dimension(expression, scope, where, has_noise))
    if found == variable / TIME:
        return
    if found == variable:
        advice = _advise_on_time_constant(expression, scope)
    else:
        advice = _noise_advice(expression, found)
        advice = advice or f"The variable is declared as {unit}, so its derivative is {unit}/second."
    _mismatch(expression, scope, where, f"{unit}/second", describe(found), advice)


def _advise_on_time_constant(expression: Expression, scope: Scope) -> str:
    """Say which divisor is a pure number, if there is one; otherwise that there is none."""
    for node in ast.walk(expression.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.right, ast.Name):
            constant = scope.constants.get(node.right.id)
            if constant is not None and constant.dimension == DIMENSIONLESS:
                name, value = node.right.id, f"{constant.value:g}"
                return f"'{name}' is {value}, a pure number; a time constant has a unit, as in {name} = {value}*ms."
    return "Is a division by a time constant missing, as in (...)/tau?"


def require_condition(expression: Expression, scope: Scope, where: str) -> None:
    """Check that an expression is a condition."""
    found = find_dimension(expression, scope, where)
    if found != BOOLEAN:
        raise EquationError(
            f"{scope.owner}, {where}: expected a condition such as 'v > 1', found {describe(found)}\n"
            f"{expression.excerpt()}"
        )


def _mismatch(expression: Expression, scope: Scope, where: str, expected: str, found: str, advice: str) -> NoReturn:
    raise DimensionMismatchError(
        f"{scope.owner}, {where}: expected {expected}, found {found}\n{expression.excerpt()}"
        + (f"\n{advice}" if advice else "")
    )
