"""All variables of a group at once, as a dictionary or a table: ``G.get_states()``, ``G.set_states(...)``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..equations.text import SUBEXPRESSION, Equation
from ..errors import ArgumentError, MissingError, WrongTypeError
from ..units import with_dimensions

FORMATS = ("dict", "pandas")

#: One number for the whole object.
SINGLE = ("N", "N_pre", "N_post", "t", "dt")


class StatesOwner:
    """What has variables that can be had, and set, all at once."""

    name: str
    _equations: Any

    #: What is known of it beside its equations, and cannot be set.
    _COMPUTED: tuple[str, ...] = ("N", "i", "t", "dt")

    def __len__(self) -> int:
        raise NotImplementedError

    def get_states(
        self,
        vars: Iterable[str] | None = None,
        units: bool = True,
        format: str = "dict",
        subexpressions: bool = False,
        read_only_variables: bool = True,
        level: int = 0,
    ) -> Any:
        """Return copies of variables, by their names.

        Parameters
        ----------
        vars : list of str, optional
            Which ones; all by default.
        units : bool
            Whether values come with their units, or as numbers in SI units.
        format : {'dict', 'pandas'}
            A dictionary, or a table (``pandas.DataFrame``, without units).
        subexpressions : bool
            Whether these count among all.
        read_only_variables : bool
            Whether what cannot be set counts among all; without it `set_states` takes what this returns.
        level : int
            How many of the calling functions to skip where names in sub-expressions are looked up.

        Raises
        ------
        MissingError
            When there is no such variable.
        ArgumentError
            When the format is unknown, or asked for with units where it has none.
        """
        where = f"{self.name}.get_states"
        _check_format(format, units, where)
        names = self._state_names(subexpressions, read_only_variables) if vars is None else list(vars)
        for name in names:
            self._require_variable(name, where)
        values = {name: self._state(name, units, level) for name in names}
        return values if format == "dict" else _pandas(where).DataFrame(values)

    def set_states(self, values: Any, units: bool = True, format: str = "dict", level: int = 0) -> None:
        """Set variables from values by their names, as `get_states` returns them.

        Parameters
        ----------
        values : mapping, or DataFrame
        units : bool
            Whether values have units, or are numbers in SI units.
        format : {'dict', 'pandas'}
        level : int
            Accepted for compatibility.

        Raises
        ------
        MissingError
            When there is no such variable; nothing is set then.
        WrongTypeError
            When a variable cannot be set; nothing is set then.
        """
        self._check_states(values, units, format)
        for name in values if format == "dict" else values.columns:
            value = values[name] if format == "dict" else values[name].to_numpy()
            indices = np.arange(1 if self._known(name).shared else len(self))
            if format == "pandas" and len(indices) == 1:
                # a table repeats what is one value for all
                value = value[0]
            self.write_variable(name if units else f"{name}_", indices, value)

    def _check_states(self, values: Any, units: bool, format: str) -> None:
        """Raise when one of the values cannot be set because of its name."""
        where = f"{self.name}.set_states"
        _check_format(format, units, where)
        if format == "pandas" and not hasattr(values, "columns"):
            raise WrongTypeError(f"{where}: expected a DataFrame, found {type(values).__name__}")
        if format == "dict" and not isinstance(values, Mapping):
            raise WrongTypeError(f"{where}: expected a dictionary of values by names, found {type(values).__name__}")
        for name in values if format == "dict" else values.columns:
            self._require_variable(name, where)
            if name not in self._state_names(False, False):
                raise WrongTypeError(f"{where}: '{name}' cannot be set; it is computed, or belongs to another object")

    def _require_variable(self, name: Any, where: str) -> None:
        if not isinstance(name, str) or (self._variable(name) is None and name not in SINGLE):
            known = ", ".join(self._state_names(True, True))
            raise MissingError(f"{where}: there is no variable {name!r}; there are {known}")

    def _state_names(self, subexpressions: bool, read_only_variables: bool) -> list[str]:
        """Return the names of all variables of these kinds."""
        own = [
            name
            for name, line in self._equations.items()
            if not {"summed", "linked"} & {*line.flags} and line.kind != SUBEXPRESSION
        ]
        if not read_only_variables:
            return [*own, *self._more_states()]
        shown = [n for n, line in self._equations.items() if subexpressions or line.kind != SUBEXPRESSION]
        shown = [name for name in shown if "summed" not in self._equations[name].flags]
        return [*self._COMPUTED, *shown, *self._more_states(), *self._more_computed()]

    def _more_states(self) -> tuple[str, ...]:
        """Return names of variables beside the equations that can be set."""
        return ()

    def _more_computed(self) -> tuple[str, ...]:
        """Return names of variables beside the equations that cannot be set."""
        return ()

    def _state(self, name: str, units: bool, level: int) -> Any:
        if name in SINGLE:
            value = getattr(self, name)
            return np.array(value, copy=True, subok=units)
        variable = self._known(name)
        values = self.read_variable(name, np.arange(1 if variable.shared else len(self)), level)
        if variable.shared:
            values = np.reshape(values, ())
        return with_dimensions(values, variable.dimension) if units else values

    # --- what `VariableOwner` has -----------------------------------------------------------------------------

    def _variable(self, name: str) -> Equation | None:
        raise NotImplementedError

    def _known(self, name: str) -> Equation:
        raise NotImplementedError

    def read_variable(self, name: str, indices: np.ndarray, level: int = 0) -> np.ndarray:
        raise NotImplementedError

    def write_variable(self, name: str, indices: np.ndarray, value: Any) -> None:
        raise NotImplementedError


def _check_format(format: str, units: bool, where: str) -> None:
    if format not in FORMATS:
        raise ArgumentError(f"{where}: expected format 'dict' or 'pandas', found {format!r}")
    if format == "pandas":
        if units:
            raise ArgumentError(f"{where}: a table of pandas has no units. Write units=False for numbers in SI units.")
        _pandas(where)


def _pandas(where: str) -> Any:
    try:
        import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        raise ArgumentError(
            f"{where}: format='pandas' needs pandas, which is not installed. Install it, or use format='dict'."
        ) from None
    return pandas
