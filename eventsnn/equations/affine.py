"""The affine form of an expression: which combination of state variables and time it is.

``(v0 - v)/tau`` becomes ``{v: -1/tau} + v0/tau``, every coefficient an exact quotient of what the user wrote.
Keeping quotients apart is what makes the time constant of ``(v0 - v)/tau`` the user's own ``tau`` and its
resting value the user's ``v0``, to the last bit, instead of 1/(1/tau) and (v0/tau)*tau.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from ..errors import NoExactSolutionError
from .builtins import FUNCTIONS, RANDOM
from .expression import Expression
from .scope import Scope
from .text import SUBEXPRESSION
from .values import COMPARISONS, OPERATIONS, internal_number

SOLVED = (
    "Solved exactly: differential equations of the form dv/dt = (v0 - v)/tau or dv/dt = constant, one by one, "
    "with any parameters that do not change in between."
)


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
class Affine:
    """``constant + sum of terms[name] * name``; names are state variables or ``t``."""

    constant: Ratio
    terms: Mapping[str, Ratio] = field(default_factory=dict)

    @property
    def is_constant(self) -> bool:
        return not self.terms

    def __add__(self, other: Affine) -> Affine:
        terms = dict(self.terms)
        for name, ratio in other.terms.items():
            terms[name] = terms[name] + ratio if name in terms else ratio
        return Affine(self.constant + other.constant, _without_zeros(terms))

    def __neg__(self) -> Affine:
        return Affine(-self.constant, {name: -ratio for name, ratio in self.terms.items()})

    def scale(self, factor: Ratio) -> Affine:
        """Return the form times a constant."""
        terms = {name: ratio * factor for name, ratio in self.terms.items()}
        return Affine(self.constant * factor, _without_zeros(terms))


def _without_zeros(terms: Mapping[str, Ratio]) -> dict[str, Ratio]:
    return {name: ratio for name, ratio in terms.items() if not ratio.is_zero()}


class AffineAlgebra:
    """Interpret an expression by its affine form in the state variables and time.

    Parameters
    ----------
    read : callable
        ``read(name)`` gives the internal values of what is constant between events: parameters, ``i``, ``N``,
        ``lastspike``, ``not_refractory``.
    states : set of str
        Names that change continuously; ``t`` is always one of them.
    """

    def __init__(
        self,
        expression: Expression,
        scope: Scope,
        where: str,
        read: Callable[[str], Any],
        states: frozenset[str],
    ) -> None:
        self.expression, self.scope, self.where = expression, scope, where
        self.read, self.states = read, states

    def refuse(self, node: ast.AST, reason: str, advice: str = SOLVED) -> NoReturn:
        """Raise an error that points at the piece without an exact solution."""
        raise NoExactSolutionError(
            f"{self.scope.owner}, {self.where}: no exact solution is known\n"
            f"{self.expression.excerpt(node)}\n{reason}\n{advice}"
        )

    def number(self, value: Any, node: ast.AST) -> Affine:
        return _constant(internal_number(value))

    def name(self, name: str, node: ast.AST) -> Any:
        if name == "xi" or name.startswith("xi_"):
            self.refuse(node, f"{name} is noise, and noise has no closed form.", "Noisy groups are not supported yet.")
        if name in self.states or name == "t":
            return Affine(Ratio(0.0), {name: Ratio(1.0)})
        variable = self.scope.variable(name)
        if variable is None:
            return _constant(self.scope.constant(name, self.expression, node, self.where).value)
        if variable.kind == SUBEXPRESSION:
            inner = type(self)(
                variable.formula, self.scope, f"{self.where}, sub-expression {name}", self.read, self.states
            )
            return variable.formula.fold(inner)
        return _constant(self.read(name))

    def unary(self, operator: str, operand: Any, node: ast.UnaryOp) -> Any:
        operand = self._as_affine(operand, node.operand)
        if operator == "not":
            return _constant(np.logical_not(self._as_constant(operand, node.operand, "in a condition")))
        return -_as_number(operand) if operator == "-" else operand

    def binary(self, operator: str, left: Any, right: Any, node: ast.BinOp) -> Affine:
        left = _as_number(self._as_affine(left, node.left))
        right = _as_number(self._as_affine(right, node.right))
        if operator in "+-":
            return left + (-right if operator == "-" else right)
        if operator == "*":
            if not left.is_constant and not right.is_constant:
                self.refuse(node, f"It multiplies {_variables(left)} by {_variables(right)}.")
            return right.scale(left.constant) if left.is_constant else left.scale(right.constant)
        if operator == "/":
            if not right.is_constant:
                self.refuse(node.right, f"It divides by {_variables(right)}.")
            return left.scale(right.constant.invert())
        return self._constant_operation(operator, left, right, node)

    def _constant_operation(self, operator: str, left: Affine, right: Affine, node: ast.BinOp) -> Affine:
        if operator == "**" and right.is_constant and np.ndim(right.constant.value) == 0:
            exponent = float(right.constant.value)
            if exponent == 1.0:
                return left
            if exponent == -1.0 and left.is_constant:
                return Affine(left.constant.invert())
        reason = {
            "**": "It raises {} to a power." if right.is_constant else "It has {} in an exponent.",
            "%": "It takes a remainder of {}.",
            "//": "It divides {} and rounds.",
        }[operator]
        for side in (left, right):
            if not side.is_constant:
                self.refuse(node, reason.format(_variables(side)))
        with np.errstate(all="ignore"):
            return _constant(OPERATIONS[operator](left.constant.value, right.constant.value))

    def compare(self, operator: str, left: Any, right: Any, node: ast.Compare) -> Any:
        left, right = _as_number(self._as_affine(left, node)), _as_number(self._as_affine(right, node))
        difference = left + -right
        if difference.is_constant:
            return _constant(COMPARISONS[operator](left.constant.value, right.constant.value))
        return self.compare_states(operator, difference, node)

    def compare_states(self, operator: str, difference: Affine, node: ast.Compare) -> Any:
        """Say what a comparison means whose truth changes in between (here: nothing that can be solved)."""
        self.refuse(node, f"It asks for a comparison of {_variables(difference)} inside an equation.")

    def boolean(self, operator: str, operands: list, node: ast.AST) -> Any:
        join = np.logical_and if operator == "and" else np.logical_or
        values = [self._as_constant(o, node, "in a condition") for o in operands]
        total = values[0]
        for value in values[1:]:
            total = join(total, value)
        return _constant(total)

    def call(self, function: str, arguments: list, node: ast.Call) -> Affine:
        if function in RANDOM:
            self.refuse(
                node,
                f"{function}() in an equation or threshold is noise, which has no closed form.",
                "Noisy groups are not supported yet; rand() in a reset or an initial value stays exact.",
            )
        forms = [self._as_affine(a, piece) for a, piece in zip(arguments, node.args, strict=True)]
        for form in forms:
            if not form.is_constant:
                self.refuse(node, f"It takes {function}() of {_variables(form)}.")
        with np.errstate(all="ignore"):
            return _constant(FUNCTIONS[function].over_arrays(*(form.constant.value for form in forms)))

    def _as_affine(self, form: Any, node: ast.AST) -> Affine:
        if not isinstance(form, Affine):
            self.refuse(node, "A condition on a changing variable is used as a number.")
        return form

    def _as_constant(self, form: Any, node: ast.AST, place: str) -> Any:
        form = self._as_affine(form, node)
        if not form.is_constant:
            self.refuse(node, f"It uses {_variables(form)} {place}.")
        return form.constant.value


def _constant(value: Any) -> Affine:
    return Affine(Ratio(value))


def _as_number(form: Affine) -> Affine:
    """Return the form with True counted as 1."""
    numerator = np.asarray(form.constant.numerator)
    return form if numerator.dtype == np.float64 else Affine(Ratio(numerator.astype(float)), form.terms)


def _variables(form: Affine) -> str:
    return " and ".join(sorted(form.terms)) or "a constant"


def find_affine_form(
    expression: Expression, scope: Scope, where: str, read: Callable[[str], Any], states: frozenset[str]
) -> Affine:
    """Return the affine form of an expression.

    Raises
    ------
    NoExactSolutionError
        When it has none; the message shows the line and a caret under the piece that prevents it.
    """
    return expression.fold(AffineAlgebra(expression, scope, where, read, states))
