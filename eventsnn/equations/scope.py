"""What a name in the user's text refers to, and where it was looked for.

In this order: the equations' own names and those that every neuron has (``i``, ``N``, ``t``, ...), the
``namespace=`` of the group, the scope of the caller, and last the units and constants that every text may use.
"""

from __future__ import annotations

import difflib
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

import numpy as np

from ..border import to_internal
from ..errors import EquationError, NamespaceWarning, UnknownNameError, user_frame, warn_user
from ..units import DIMENSIONLESS, UNITS, Dimension, Quantity, get_dimensions, second
from .builtins import CONSTANTS, FUNCTIONS, RANDOM, is_noise
from .expression import Expression
from .text import SUBEXPRESSION, Equation

TIME = get_dimensions(second)
SPECIAL = "special variable"

#: Functions of Brian's that texts cannot call here.
NOT_YET = ("poisson", "timestep")

#: What to write for functions of NumPy's that draw random numbers.
DRAWS = {
    **dict.fromkeys(("normal", "gauss", "standard_normal"), "For a normal number write randn(), as in m + s*randn(). "),
    "uniform": "For an evenly distributed number write rand(), as in a + b*rand(). ",
}

#: Variables that every neuron has.
SPECIALS = {
    "t": Equation(SPECIAL, "t", None, TIME, float, "second"),
    "dt": Equation(SPECIAL, "dt", None, TIME, float, "second"),
    "i": Equation(SPECIAL, "i", None, DIMENSIONLESS, int, "integer"),
    "N": Equation(SPECIAL, "N", None, DIMENSIONLESS, int, "integer"),
    "lastspike": Equation(SPECIAL, "lastspike", None, TIME, float, "second"),
    "not_refractory": Equation(SPECIAL, "not_refractory", None, DIMENSIONLESS, bool, "boolean"),
}


@dataclass(frozen=True)
class Constant:
    """A value from outside the equations, in internal units."""

    value: float
    dimension: Dimension


class TimeFunction(Protocol):
    """What equations ask of a `TimedArray`: a function of time, and perhaps of a column, that changes in steps."""

    dim: Dimension
    arguments: int
    mean_step: float

    def internal(self, t: Any, i: Any = None) -> Any: ...
    def next_step(self, t: Any) -> Any: ...
    def bounds(self, first: Any, last: Any, i: Any = None) -> tuple[Any, Any]: ...


@dataclass(eq=False)
class Scope:
    """The names that one group's texts may use, at one moment.

    Parameters
    ----------
    owner : str
        For messages: ``"group 'exc'"``.
    equations : mapping of str to Equation
        The group's own variables.
    namespace : mapping, optional
        What the user gave the group as ``namespace=``.
    surroundings : mapping
        The caller's local and global names.
    """

    owner: str
    equations: Mapping[str, Equation]
    namespace: Mapping[str, Any] | None
    surroundings: Mapping[str, Any]
    constants: dict[str, Constant] = field(default_factory=dict)
    time_functions: dict[str, TimeFunction] = field(default_factory=dict)

    def variable(self, name: str) -> Equation | None:
        """Return the group's own variable of this name, if there is one."""
        return self.equations.get(name) or SPECIALS.get(name)

    def constant(self, name: str, expression: Expression, node: Any, where: str) -> Constant:
        """Return the outside value of a name.

        Raises
        ------
        UnknownNameError
            When it is found nowhere, or is not a single number; the message says where it was looked for.
        """
        if name not in self.constants:
            self.constants[name] = self._look_up(name, expression, node, where)
        return self.constants[name]

    def time_function(self, name: str, expression: Expression, node: Any, where: str) -> TimeFunction:
        """Return the `TimedArray` of a name that is called.

        Raises
        ------
        UnknownNameError
            When there is none.
        """
        if name not in self.time_functions:
            found = [values[name] for _, values in self._places() if name in values]
            arrays = [value for value in found if getattr(value, "is_time_function", False)]
            if not arrays:
                self._refuse_call(name, found, expression, node, where)
            self.time_functions[name] = arrays[0]
        return self.time_functions[name]

    def _refuse_call(self, name: str, found: list, expression: Expression, node: Any, where: str) -> None:
        if name in NOT_YET:
            what = f"Brian's {name}() is not supported yet"
        elif found:
            what = f"'{name}' is a {type(found[0]).__name__} in the surrounding code, not a TimedArray"
        else:
            what = f"'{name}' is no function that equations may call"
        known = [*FUNCTIONS, "rand", "randn"]
        near = difflib.get_close_matches(name, known, n=1)
        hint = DRAWS.get(name, f"Did you mean '{near[0]}'? " if near else "")
        raise UnknownNameError(
            f"{self.owner}, {where}: {what}\n{expression.excerpt(node)}\n"
            f"{hint}Known: {', '.join(sorted(known))}, and any TimedArray. A step in time is written int(t > 5*ms)."
        )

    def forget_surroundings(self) -> None:
        """Keep the constants that were looked up, and let go of everything else."""
        self.namespace, self.surroundings = None, {}

    def warn_about_shadows(self, names: set[str]) -> None:
        """Warn of names that mean a variable of the group here and a number outside."""
        for name in sorted(names):
            if name not in self.equations:
                continue
            for place, values in self._places():
                if name in values and _as_constant(values[name]) is not None:
                    warn_user(
                        f"{self.owner}: '{name}' is a variable of its equations and also defined in {place} "
                        f"(as {values[name]!s}). The equations' own variable is used.",
                        NamespaceWarning,
                    )

    def _places(self) -> list[tuple[str, Mapping[str, Any]]]:
        given = [("namespace=", self.namespace)] if self.namespace else []
        return [*given, ("the caller's scope", self.surroundings)]

    def _look_up(self, name: str, expression: Expression, node: Any, where: str) -> Constant:
        builtin = _builtin(name)
        self.refuse_noise(name, expression, node, where)
        if name in FUNCTIONS:
            self._refuse_function(name, expression, node, where)
        for place, values in self._places():
            if name not in values:
                continue
            found = _as_constant(values[name])
            if found is None and name in RANDOM:
                break
            if found is None and builtin is None:
                self._refuse_value(name, values[name], place, expression, node, where)
            if found is None:
                continue
            if builtin and (found.value, found.dimension) != (builtin.value, builtin.dimension):
                warn_user(
                    f"{self.owner}, {where}: '{name}' is {values[name]!s} in {place} and also a built-in "
                    "unit or constant. The value given is used.",
                    NamespaceWarning,
                )
            return found
        if builtin:
            return builtin
        if name in RANDOM:
            self._refuse_function(name, expression, node, where)
        return self._refuse_name(name, expression, node, where)

    def refuse_noise(self, name: str, expression: Expression, node: Any, where: str) -> None:
        """Raise an error if a name stands for white noise, or for a sub-expression that holds some.

        Raises
        ------
        EquationError
        """
        source = self._noise_behind(name)
        if source is None:
            return
        what = f"{name} is noise" if source == name else f"'{name}' holds noise ({source})"
        raise EquationError(
            f"{self.owner}, {where}: {what}\n{expression.excerpt(node)}\nWhite noise has no value at an instant. It "
            "stands in the differential equations of neurons, added to the rest, times a factor without noise: dv/dt = "
            f"-v/tau + sigma*{source}*tau**-0.5. For a random number at an event, in a threshold or in an initial "
            "value write randn()."
        )

    def _noise_behind(self, name: str) -> str | None:
        if is_noise(name):
            return name
        line = self.variable(name)
        if line is None or line.kind != SUBEXPRESSION:
            return None
        return next(filter(None, map(self._noise_behind, sorted(line.formula.names()))), None)

    def _refuse_function(self, name: str, expression: Expression, node: Any, where: str) -> NoReturn:
        call = f"{name}()" if name in RANDOM else f"{name}(...)"
        raise UnknownNameError(
            f"{self.owner}, {where}: '{name}' is a function: write {call}\n{expression.excerpt(node)}"
        )

    def _refuse_value(self, name: str, value: Any, place: str, expression, node, where: str) -> None:
        if getattr(value, "is_time_function", False):
            found = "a TimedArray"
            advice = f"Call it: {name}(t)" + (f" or {name}(t, i)." if value.arguments == 2 else ".")
        elif getattr(value, "shape", ()) != ():
            found = f"an array of shape {value.shape}"
            advice = f"For one value per neuron declare a parameter '{name} : unit' and assign group.{name} = ..."
        else:
            found = f"{type(value).__name__}"
            advice = "A name in equations stands for a number or a quantity."
        raise UnknownNameError(
            f"{self.owner}, {where}: '{name}' should be a single value, found {found} in {place}\n"
            f"{expression.excerpt(node)}\n{advice}"
        )

    def _refuse_name(self, name: str, expression: Expression, node: Any, where: str) -> Constant:
        ours = (
            "the synapses' and their neurons' variables"
            if self.owner.startswith("Synapses")
            else "the group's variables"
        )
        looked = [ours, *(place for place, _ in self._places()), "units and constants"]
        candidates = [*self.equations, *SPECIALS, *UNITS, *CONSTANTS]
        for _, values in self._places():
            candidates += [n for n in values if not n.startswith("_") and _as_constant(values[n])]
        near = difflib.get_close_matches(name, candidates, n=1)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        raise UnknownNameError(
            f"{self.owner}, {where}: '{name}' is not defined\n{expression.excerpt(node)}\n"
            f"{hint}Looked in: {', '.join(looked)}."
        )


def _builtin(name: str) -> Constant | None:
    if name in UNITS:
        return _as_constant(UNITS[name])
    if name in CONSTANTS:
        return Constant(CONSTANTS[name], DIMENSIONLESS)
    return None


def _as_constant(value: Any) -> Constant | None:
    """Return a number or scalar quantity in internal units, None for anything else."""
    if getattr(value, "is_time_function", False):
        return None
    if isinstance(value, Quantity) and value.shape == ():
        return Constant(float(to_internal(float(value), value.dim)), value.dim)
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return Constant(float(value), DIMENSIONLESS)
    if isinstance(value, np.ndarray) and value.shape == () and value.dtype.kind in "biuf":
        return Constant(float(value), DIMENSIONLESS)
    return None


def caller_names(level: int = 0) -> Mapping[str, Any]:
    """Return the local and global names of the user's code that called into this package.

    Parameters
    ----------
    level : int
        How many of the user's own frames to skip, for helper functions that wrap ``run`` (as in Brian).
    """
    frame = user_frame()
    for _ in range(level):
        frame = frame.f_back or frame
    return ChainMap(dict(frame.f_locals), frame.f_globals)
