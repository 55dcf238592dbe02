"""Thresholds and other conditions as data: comparisons, joined by and/or.

A comparison of one variable knows its level (per neuron), its side and its strictness; one of several variables, or
of waves, knows the combination whose sign decides. Whether it *holds* is asked at the start of a stretch, with the
operator of the user's text; along the stretch only the instants matter at which it changes, and those the neuron
family gives.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..equations.affine import AffineAlgebra
from ..equations.expression import Expression
from ..equations.forms import Affine, Moment, Ratio, level_and_side
from ..equations.scope import Scope

TIME = "t"

COMPARABLE = (
    "Solved exactly: comparisons of state variables, t, and functions of t with each other and with parameters, each "
    "with a constant factor, joined by 'and', 'or', 'not'."
)


@dataclass(frozen=True)
class Comparison:
    """``variable > level`` (or <, >=, <=).

    Attributes
    ----------
    variable : str
        A state variable, or ``t``.
    level : ndarray or float
        Internal units, one per neuron or one for all.
    upward : ndarray or bool
        Whether it holds above the level.
    strict : bool
        Whether it fails on the level itself.
    """

    variable: str
    level: Any
    upward: Any
    strict: bool


@dataclass(frozen=True)
class Combined:
    """``form > 0`` (or <, >=, <=) for a form in several variables or with functions of time.

    Attributes
    ----------
    form : Affine
    upward : bool
        Whether it holds where the form is positive.
    strict : bool
        Whether it fails where the form is zero.
    """

    form: Affine
    upward: bool
    strict: bool


@dataclass(frozen=True)
class Fixed:
    """A condition that does not change between events: true or false per neuron."""

    truth: Any


@dataclass(frozen=True)
class Join:
    """Several conditions joined by ``and`` or ``or``."""

    operator: str
    parts: tuple


Leaf = Comparison | Combined | Fixed
Condition = Comparison | Combined | Fixed | Join


class ConditionAlgebra(AffineAlgebra):
    """Interpret a text as a condition whose comparisons may involve changing variables."""

    def compare_states(self, operator: str, difference: Affine, node: ast.Compare) -> Condition:
        if operator in ("==", "!="):
            self.refuse(
                node,
                "A variable that changes continuously is equal to a value at single instants only.",
                "Compare with >, >=, < or <=.",
            )
        if difference.square:
            self.refuse(node, f"It compares the square of {difference.square.name}.", COMPARABLE)
        if len(difference.terms) > 1 or not isinstance(next(iter(difference.terms)), str):
            return Combined(difference, operator in (">", ">="), operator in (">", "<"))
        ((name, slope),) = difference.terms.items()
        return _solve_for(name, slope, difference.constant, operator)

    def _as_affine(self, form: Any, node: ast.AST) -> Affine:
        """Take a condition on time alone for the number that it is between its steps, as in ``1 - int(t > 5*ms)``."""
        truth = None if isinstance(form, Affine) else self._truth_of_time(form)
        return super()._as_affine(form if truth is None else Affine(Ratio(truth)), node)

    def _truth_of_time(self, condition: Condition) -> Any:
        """Return the truth, right after the moment, of a condition on time; None if it asks for anything else."""
        if isinstance(condition, Fixed):
            return condition.truth
        if isinstance(condition, Join):
            parts = [self._truth_of_time(part) for part in condition.parts]
            join = np.logical_and if condition.operator == "and" else np.logical_or
            return None if any(part is None for part in parts) else join.reduce(np.broadcast_arrays(*parts))
        if isinstance(condition, Combined) and condition.form.is_sinusoid:
            return self.moment.sine_holds(condition.form, condition.upward)
        if not isinstance(condition, Comparison) or condition.variable != TIME:
            return None
        return self.moment.holds(condition.level, condition.upward)

    def boolean(self, operator: str, operands: list, node: ast.AST) -> Any:
        if all(isinstance(o, Affine) and o.is_constant for o in operands):
            return super().boolean(operator, operands, node)
        return Join(operator, tuple(_as_condition(o) for o in operands))

    def unary(self, operator: str, operand: Any, node: ast.UnaryOp) -> Any:
        if operator == "not" and not (isinstance(operand, Affine) and operand.is_constant):
            return negate(_as_condition(operand))
        return super().unary(operator, operand, node)


def _solve_for(name: str, slope: Ratio, constant: Ratio, operator: str) -> Comparison:
    """Read ``slope*x + constant <operator> 0`` as a comparison of x alone."""
    return Comparison(name, *level_and_side(slope, constant, operator), operator in (">", "<"))


def _as_condition(form: Any) -> Condition:
    return Fixed(np.asarray(form.constant.value) != 0) if isinstance(form, Affine) else form


def negate(condition: Condition) -> Condition:
    """Return the opposite of a condition."""
    if isinstance(condition, Fixed):
        return Fixed(np.logical_not(condition.truth))
    if isinstance(condition, Comparison):
        return Comparison(condition.variable, condition.level, np.logical_not(condition.upward), not condition.strict)
    if isinstance(condition, Combined):
        return Combined(condition.form, not condition.upward, not condition.strict)
    opposite = "or" if condition.operator == "and" else "and"
    return Join(opposite, tuple(negate(part) for part in condition.parts))


def find_condition(
    expression: Expression,
    scope: Scope,
    where: str,
    read: Callable[[str], Any],
    states: frozenset[str],
    moment: Moment | None = None,
) -> Condition:
    """Return a user's condition, as it is right after a moment, as data.

    Raises
    ------
    NoExactSolutionError
        When the instants at which it changes cannot be found exactly.
    """
    return _as_condition(expression.fold(ConditionAlgebra(expression, scope, where, read, states, moment)))


def comparisons(condition: Condition) -> tuple[Leaf, ...]:
    """Return the leaves of a condition, from left to right."""
    if isinstance(condition, Join):
        return tuple(leaf for part in condition.parts for leaf in comparisons(part))
    return (condition,)
