"""The affine form of an expression: which combination of state variables and functions of time it is.

``(v0 - v)/tau`` becomes ``{v: -1/tau} + v0/tau``, every coefficient an exact quotient of what the user wrote.

What changes in steps (a `TimedArray`, a comparison of t) counts as constant: the form holds at one moment, and the
moment notes until when.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ..errors import EventSNNError, NoExactSolutionError
from .builtins import FUNCTIONS, RANDOM
from .expression import Expression
from .forms import Affine, Moment, Ratio, level_and_side, product_of_lines, wave_form
from .scope import Scope
from .text import SUBEXPRESSION
from .values import COMPARISONS, OPERATIONS, internal_number
from .waves import Wave

SOLVED = (
    "Solved exactly: linear equations in any number of variables, driven by constants, by sin, cos and exp of t, and\n"
    "by steps (TimedArray, int(t > 5*ms), t % period); and dv/dt = a*(v - b)*(v - c) + I, the quadratic neuron, alone."
)

#: The largest power of t that is followed.
LARGEST_POWER = 4


class AffineAlgebra:
    """Interpret an expression by its affine form in the state variables and time.

    Parameters
    ----------
    read : callable
        ``read(name)`` gives the internal values of what is constant between events: parameters, ``i``, ``N``,
        ``lastspike``, ``not_refractory``.
    states : set of str
        Names that change continuously; ``t`` is always one of them.
    moment : Moment
        For what changes in steps.
    """

    def __init__(
        self,
        expression: Expression,
        scope: Scope,
        where: str,
        read: Callable[[str], Any],
        states: frozenset[str],
        moment: Moment | None = None,
    ) -> None:
        self.expression, self.scope, self.where = expression, scope, where
        self.read, self.states, self.moment = read, states, moment or Moment()

    def refuse(self, node: ast.AST, reason: str, advice: str = SOLVED) -> NoReturn:
        """Raise an error that points at the piece without an exact solution."""
        raise NoExactSolutionError(
            f"{self.scope.owner}, {self.where}: no exact solution is known\n"
            f"{self.expression.excerpt(node)}\n{reason}\n{advice}"
        )

    def number(self, value: Any, node: ast.AST) -> Affine:
        return _constant(internal_number(value))

    def name(self, name: str, node: ast.AST) -> Any:
        if name in self.states or name == "t":
            return Affine(Ratio(0.0), {name: Ratio(1.0)})
        variable = self.scope.variable(name)
        if variable is None:
            return _constant(self.scope.constant(name, self.expression, node, self.where).value)
        if variable.kind == SUBEXPRESSION:
            inner = type(self)(
                variable.formula,
                self.scope,
                f"{self.where}, sub-expression {name}",
                self.read,
                self.states,
                self.moment,
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
                return self._product(left, right, node)
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
            if exponent > 2.0 and left.states:
                self.refuse(node, f"It raises {_variables(left)} to the power {exponent:g}.")
            if not left.is_constant and exponent in range(2, LARGEST_POWER + 1):
                product = left
                for _ in range(int(exponent) - 1):
                    product = self._product(product, left, node)
                return product
        if operator in ("%", "//") and set(left.terms) == {"t"} and not left.square and right.is_constant:
            return self._round_of_time(operator, left, right.constant.value, node)
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

    def _product(self, left: Affine, right: Affine, node: ast.AST) -> Affine:
        """Multiply two forms that both change: functions of time, or one variable by itself."""
        if not left.states and not right.states:
            return self._product_of_waves(left, right, node)
        one_variable = len({*left.states, *right.states}) == 1 and not left.waves and not right.waves
        if one_variable and left.square is None and right.square is None and left.states == right.states:
            (name,) = left.states
            return product_of_lines(name, left, right)
        self.refuse(node, f"It multiplies {_variables(left)} by {_variables(right)}.")

    def _product_of_waves(self, left: Affine, right: Affine, node: ast.AST) -> Affine:
        total = Affine(left.constant * right.constant)
        for terms, factor in ((left.terms, right.constant), (right.terms, left.constant)):
            if not factor.is_zero():
                total = total + Affine(Ratio(0.0), terms).scale(factor)
        for one, factor in left.waves.items():
            for other, factor_too in right.waves.items():
                for share, wave in one.times(other):
                    if wave.power > LARGEST_POWER:
                        self.refuse(node, f"It has a power of t higher than {LARGEST_POWER}.")
                    total = total + wave_form(wave, factor * factor_too * Ratio(share))
        return total

    def compare_states(self, operator: str, difference: Affine, node: ast.Compare) -> Any:
        """Return the truth, right after the moment, of a comparison of t; others have no place in an equation."""
        if difference.is_sinusoid and operator not in ("==", "!="):
            return _constant(self.moment.sine_holds(difference, operator in (">", ">=")))
        if set(difference.terms) != {"t"} or difference.square or operator in ("==", "!="):
            self.refuse(node, f"It asks for a comparison of {_variables(difference)} inside an equation.")
        return _constant(self.moment.holds(*level_and_side(difference.terms["t"], difference.constant, operator)))

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
                "The threshold and the equations of neurons may draw it, once a step of a clock; a reset, timed code, "
                "a refractory time or an initial value does without one.",
            )
        forms = [_as_number(self._as_affine(a, piece)) for a, piece in zip(arguments, node.args, strict=True)]
        if function not in FUNCTIONS:
            return self._timed(function, forms, node)
        if function in ("sin", "cos", "exp") and set(forms[0].terms) == {"t"} and forms[0].square is None:
            return _wave(function, forms[0])
        for form in forms:
            if not form.is_constant:
                self.refuse(node, f"It takes {function}() of {_variables(form)}.")
        with np.errstate(all="ignore"):
            return _constant(FUNCTIONS[function].over_arrays(*(form.constant.value for form in forms)))

    def _timed(self, function: str, forms: list[Affine], node: ast.Call) -> Affine:
        """Return the present value of a TimedArray, and note when its next step comes."""
        array = self.scope.time_function(function, self.expression, node, self.where)
        when = forms[0]
        if not when.is_constant and (set(when.terms) != {"t"} or when.square):
            self.refuse(
                node, f"It takes {function}() of {_variables(when)}.", "Its first argument may be t + constant."
            )
        column: tuple = ()
        if len(forms) > 1:
            column = (self._as_constant(forms[1], node, "as an index"),)
        slope, offset = (when.terms["t"].value if when.terms else np.float64(0.0)), when.constant.value
        if not np.all(slope >= 0):
            self.refuse(node, f"It runs {function}() backwards in time.")
        place = slope * self.moment.now + offset
        moving = np.broadcast_to(np.asarray(slope > 0), np.shape(place))
        while True:
            step = np.where(moving, array.next_step(place), np.inf)
            with np.errstate(all="ignore"):
                instant = np.where(moving, (step - offset) / slope, np.inf)
            # rounding must not leave the moment at which a step comes before the step
            late = instant <= self.moment.now
            if not np.any(late):
                break
            place = np.where(late, step, place)
        self.moment.note(instant)
        try:
            return _constant(array.internal(place, *column))
        except EventSNNError as problem:
            where = f"{self.scope.owner}, {self.where}"
            raise type(problem)(f"{where}: {problem}\n{self.expression.excerpt(node)}") from None

    def _round_of_time(self, operator: str, form: Affine, period: Any, node: ast.AST) -> Affine:
        """Return ``(a t + b) % period`` or ``//``: a line, or a constant, until the next round begins."""
        slope, offset = form.terms["t"].value, form.constant.value
        if not (np.all(slope > 0) and np.all(period > 0)):
            self.refuse(node, f"It rounds t by {operator} with a slope or period that is not positive.")
        rounds = np.floor((slope * self.moment.now + offset) / period)
        instant = ((rounds + 1) * period - offset) / slope
        # rounding must not leave the moment at which a round begins before it
        rounds = np.where(instant <= self.moment.now, rounds + 1, rounds)
        self.moment.note(((rounds + 1) * period - offset) / slope)
        return _constant(rounds) if operator == "//" else form + _constant(-rounds * period)

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
    if numerator.dtype == np.float64:
        return form
    return Affine(Ratio(numerator.astype(float), form.constant.denominator), form.terms, form.square)


def _wave(function: str, argument: Affine) -> Affine:
    """Return sin, cos or exp of ``a*t + b``."""
    slope = argument.terms["t"]
    a, b = slope.value, argument.constant.value
    if function == "exp":
        # the origin as the user wrote it: exp(-(t - t0)/tau) has t0, to the last bit; a flat one is a constant
        with np.errstate(all="ignore"):
            origin = np.where(np.asarray(a) == 0, 0.0, (-argument.constant).over(slope))
            scale = np.where(np.asarray(a) == 0, FUNCTIONS["exp"].over_arrays(b), 1.0)
        return wave_form(Wave(rate=a, origin=origin), Ratio(scale))
    return wave_form(Wave(omega=a, phase=b, is_cosine=function == "cos"), Ratio(1.0))


def _variables(form: Affine) -> str:
    names = [f"{form.square.name}**2"] if form.square else []
    names += [key for key in form.terms if isinstance(key, str)]
    if any(isinstance(key, Wave) for key in form.terms):
        names.append("a function of t")
    return " and ".join(sorted(names)) or "a constant"


def find_affine_form(
    expression: Expression,
    scope: Scope,
    where: str,
    read: Callable[[str], Any],
    states: frozenset[str],
    moment: Moment | None = None,
) -> Affine:
    """Return the affine form of an expression at one moment.

    Raises
    ------
    NoExactSolutionError
        When it has none; the message shows the line and a caret under the piece that prevents it.
    """
    return expression.fold(AffineAlgebra(expression, scope, where, read, states, moment))
