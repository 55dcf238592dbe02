"""Variables as attributes: ``G.v``, ``G.v = '...'``, ``G.v_``, for groups and their parts."""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np

from ..border import from_internal, to_internal
from ..equations.dimensions import describe, require_condition, require_dimension
from ..equations.expression import Expression, parse_expression
from ..equations.scope import SPECIAL, SPECIALS, Scope, caller_names
from ..equations.text import SUBEXPRESSION, Equation
from ..equations.values import evaluate
from ..errors import ArgumentError, DimensionMismatchError, OutOfRangeError, WrongTypeError
from ..units import DIMENSIONLESS, Quantity, split
from ..views import VariableView
from .states import StatesOwner

#: What Brian's groups can do and ours cannot yet.
NOT_YET = ("set_event_schedule", "custom_operation")

READ_ONLY = {"t", "dt", "i", "N", "not_refractory"}


class VariableOwner(StatesOwner):
    """Gives a group's variables as attributes.

    A subclass has `name`, ``_equations``, ``_namespace``, ``__len__`` and the two methods that reach the store:
    ``_read_internal(name, indices)`` and ``_write_internal(name, indices, values)``, plus ``_draw``.
    """

    #: What it consists of, for messages.
    _MEMBER = "neuron"

    #: Says whether it may be changed now, and lets its network know: see `SimulationObject`.
    _may_change: Any

    def places(self, item: Any) -> np.ndarray:
        """Return the indices that an index, a slice or an array names; an array of no dimension for a single one.

        Raises
        ------
        OutOfRangeError
            When one does not exist.
        """
        return pick(len(self), item, self.name, self._MEMBER)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        variable = self._known(name)
        dimension = variable.dimension if variable.name == name else DIMENSIONLESS
        if variable.name in ("N", "t", "dt"):
            value = self._special_value(variable.name)
            return value if variable.name == name else float(value)
        return VariableView(self, name, dimension, variable.shared)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name in self.__dict__ or hasattr(type(self), name):
            if name in ("active", "order"):
                self._may_change()
            object.__setattr__(self, name, value)
        elif self._variable(name) or self._variable(name.removesuffix("_")):
            if not isinstance(value, VariableView) or value._owner is not self or value.name != name:
                self.write_variable(name, np.arange(1 if self._known(name).shared else len(self)), value)
        else:
            raise AttributeError(self._describe_missing(name))

    def _variable(self, name: str) -> Equation | None:
        equations = self.__dict__.get("_equations", {})
        return equations.get(name) or SPECIALS.get(name)

    def _known(self, name: str) -> Equation:
        """Return the variable behind ``'v'`` or the unitless ``'v_'``."""
        variable = self._variable(name) or self._variable(name.removesuffix("_"))
        if variable is None:
            raise AttributeError(self._describe_missing(name))
        return variable

    def _describe_missing(self, name: str) -> str:
        known = [*self.__dict__.get("_equations", {}), *SPECIALS]
        known += [attribute for attribute in dir(type(self)) if not attribute.startswith("_")]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        if name in NOT_YET:
            hint = f" Brian's {name}() is not supported yet."
        return f"{type(self).__name__} '{self.__dict__.get('name', '?')}' has no variable or attribute '{name}'.{hint}"

    def _special_value(self, name: str) -> Any:
        if name == "N":
            return len(self)
        value = self._read_internal(name, np.array([0]))[0]
        return Quantity(from_internal(value, SPECIALS[name].dimension), SPECIALS[name].dimension)

    def _scope(self) -> Scope:
        return Scope(f"group '{self.name}'", self._equations, self._namespace, caller_names())

    def read_variable(self, name: str, indices: np.ndarray, level: int = 0) -> np.ndarray:
        """Return the values of a variable (``'v'`` or ``'v_'``) in SI units, without their unit."""
        variable = self._known(name)
        if variable.kind == SUBEXPRESSION:
            scope = self._scope()
            if level:
                scope.surroundings = caller_names(level)
            values = self._evaluate(variable.formula, scope, f"sub-expression {variable.name}", indices)
        else:
            values = self._read_internal(variable.name, indices)
        values = np.broadcast_to(values, indices.shape)
        return values.copy() if variable.dtype is not float else from_internal(values, variable.dimension)

    def write_variable(self, name: str, indices: np.ndarray, value: Any) -> None:
        """Set the values of a variable from a number, an array, a quantity or a string.

        Raises
        ------
        DimensionMismatchError
            When the value has another dimension than the variable.
        ArgumentError
            When the shape or kind of the values does not fit, or one is not a number.
        """
        variable = self._known(name)
        where = f"{self.name}.{name}"
        if "linked" in variable.flags:
            self._link(variable.name, value)
            return
        if variable.kind == SUBEXPRESSION or variable.name in READ_ONLY:
            what = "a sub-expression" if variable.kind == SUBEXPRESSION else "computed"
            raise WrongTypeError(f"{where}: it is {what} and cannot be set")
        if isinstance(value, str):
            values = self._from_text(variable, value, indices)
        else:
            values = self._from_values(variable, where, value, unitless=variable.name != name)
        self._write_internal(variable.name, indices, fit(values, indices, variable, where, self._MEMBER))

    def _link(self, name: str, value: Any) -> None:
        """Link a variable that is declared as such."""
        raise WrongTypeError(f"{self.name}.{name}: it is linked; link it from the whole group")

    def _from_text(self, variable: Equation, text: str, indices: np.ndarray) -> Any:
        where, scope = f"value of {variable.name}", self._scope()
        expression = parse_expression(text, f"{scope.owner}, {where}")
        advice = f"'{variable.name}' is declared as {variable.unit}."
        if variable.shared:
            self._require_one_value(expression, scope, where)
        require_dimension(expression, variable.dimension, scope, where, advice)
        return self._evaluate(expression, scope, where, indices, f"initial {variable.name}")

    def _require_one_value(self, expression: Expression, scope: Scope, where: str) -> None:
        for name in sorted(expression.names()):
            used = self._variable(name)
            if name == "i" or (used is not None and used.kind != SPECIAL and not used.shared):
                raise WrongTypeError(
                    f"{scope.owner}, {where}: one value serves all neurons, but '{name}' differs between them\n"
                    f"{expression.excerpt()}"
                )

    def _from_values(self, variable: Equation, where: str, value: Any, unitless: bool) -> Any:
        try:
            numbers, found = split(value)
        except DimensionMismatchError:
            raise
        except TypeError:
            raise WrongTypeError(f"{where}: expected numbers or a string, found {value!r}") from None
        found = DIMENSIONLESS if unitless else found
        if not unitless and found != variable.dimension and not (found == DIMENSIONLESS and not np.any(numbers)):
            raise DimensionMismatchError(
                f"{where}: expected {describe(variable.dimension)}, found {value!s} ({describe(found)}). "
                f"'{variable.name}' is declared as {variable.unit}."
            )
        return to_internal(np.asarray(numbers, dtype=float), variable.dimension)

    def select(self, condition: str) -> np.ndarray:
        """Return the indices for which a condition holds."""
        scope = self._scope()
        expression = parse_expression(condition, f"{scope.owner}, index")
        require_condition(expression, scope, "index")
        truth = self._evaluate(expression, scope, "index", np.arange(len(self)), "index")
        return np.flatnonzero(np.broadcast_to(truth, (len(self),)))

    def _evaluate(self, expression, scope: Scope, where: str, indices: np.ndarray, purpose: str = "read") -> Any:
        def read(name: str) -> np.ndarray:
            return self._read_internal(name, np.array([0]) if self._known(name).shared else indices)

        def draw(function: str, occurrence: int) -> np.ndarray:
            return self._draw(purpose, function, indices, occurrence)

        return evaluate(expression, scope, where, read, draw)


def pick(n: int, item: Any, owner: str, member: str) -> np.ndarray:
    """Return the indices below n that an index, a slice or an array names."""
    try:
        return np.asarray(np.arange(n)[item])
    except IndexError:
        what = "synapses" if member == "synapse" else f"{member}s"
        known = f"{what} 0 to {n - 1}" if n else f"no {what}"
        raise OutOfRangeError(f"{owner}[...]: it has {known}, found {item!r}") from None


def fit(values: Any, indices: np.ndarray, variable: Equation, where: str, member: str) -> np.ndarray:
    """Return the values as an array for `indices`, of the variable's type."""
    values = np.asarray(values)
    if values.ndim and values.shape != indices.shape:
        try:
            np.broadcast_to(values, indices.shape)
        except ValueError:
            raise ArgumentError(
                f"{where}: expected 1 value or {len(indices)} (one for each {member}), got shape {values.shape}"
            ) from None
    # one value for all is looked at once
    bad = np.flatnonzero(np.isnan(values.astype(float, copy=False)))
    if len(bad) and indices.size:
        raise ArgumentError(f"{where}: the value for {member} {indices[bad[0]]} is not a number (NaN)")
    if variable.dtype is int:
        if np.any(values != np.trunc(values)):
            bad = values[values != np.trunc(values)][0]
            raise ArgumentError(f"{where}: it is declared as integer, found {bad}. Write int(...) to round down.")
        return np.broadcast_to(values.astype(np.int64, copy=False), indices.shape)
    return np.broadcast_to(values.astype(variable.dtype, copy=False), indices.shape)


def is_everyone(indices: np.ndarray, n: int) -> bool:
    """Return whether indices are those of n members, each once and in order."""
    return len(indices) == n and (n == 0 or (indices[0] == 0 and indices[-1] == n - 1 and _rises(indices)))


def _rises(indices: np.ndarray) -> bool:
    return bool(np.all(indices[1:] > indices[:-1]))
