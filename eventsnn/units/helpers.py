"""Questions about dimensions, checked functions, and unit-aware versions of some NumPy names."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from numbers import Number
from typing import Any, TypeVar

import numpy as np

from ..errors import DimensionMismatchError, UnitError
from . import display
from .dimensions import DIMENSIONLESS, Dimension, name_dimension
from .operands import dimensions_of, split
from .quantity import Quantity, Unit, with_dimensions
from .ufuncs import common_dimension, describe

Function = TypeVar("Function", bound=Callable)


def get_dimensions(obj: Any) -> Dimension:
    """Return the dimension of a quantity, unit, number or array (see `dimensions_of`)."""
    return dimensions_of(obj)


def is_dimensionless(obj: Any) -> bool:
    """Return whether a value is a pure number or an array of them."""
    return dimensions_of(obj) is DIMENSIONLESS


def have_same_dimensions(obj1: Any, obj2: Any) -> bool:
    """Return whether two values measure the same."""
    return dimensions_of(obj1) is dimensions_of(obj2)


def is_scalar_type(obj: Any) -> bool:
    """Return whether a value is a single plain number."""
    return (np.ndim(obj) == 0 and isinstance(obj, (Number, np.generic))) or (type(obj) is np.ndarray and obj.ndim == 0)


def get_unit(d: Dimension | Quantity) -> Unit:
    """Return the SI unit of a dimension, quantity or unit: ``volt`` for a voltage."""
    dim = d.dim
    scale, factors = min(display.spellings(dim), key=lambda spelling: abs(spelling[0]))
    return Unit(dim, scale, factors)


def in_unit(x: Any, u: Quantity, precision: int | None = None) -> str:
    """Write a value in the unit `u`, as in ``in_unit(3*mV, volt)``: ``'0.003 V'``."""
    return _as_quantity(x).in_unit(u, precision=precision)


def in_best_unit(x: Any, precision: int | None = None) -> str:
    """Write a value in the unit that fits best."""
    return _as_quantity(x).in_best_unit(precision=precision)


def register_new_unit(u: Unit) -> None:
    """Let printing choose the unit `u` for quantities of its dimension."""
    display.add_spelling(u.dim, u.scale, u.factors)


def fail_for_dimension_mismatch(
    obj1: Any, obj2: Any = None, error_message: str | None = None, **error_quantities: Any
) -> tuple[Dimension, Dimension]:
    """Raise unless two values measure the same; the number 0 fits any dimension.

    Parameters
    ----------
    obj1, obj2 : quantity or number
        Without `obj2`, the first must be a pure number.
    error_message : str, optional
        What the message says, with ``{name}`` for each of `error_quantities`.

    Returns
    -------
    dim1, dim2 : Dimension

    Raises
    ------
    DimensionMismatchError
        The dimensions differ.
    """
    (value1, dim1), (value2, dim2) = split(obj1), split(0 if obj2 is None else obj2)
    sides = [(value1, dim1), (value2, dim2)]
    try:
        if obj2 is None and dim1 is not DIMENSIONLESS:
            raise DimensionMismatchError(f"Expected a pure number, got {describe(value1, dim1)}.")
        common_dimension([value for value, _ in sides], [dim for _, dim in sides], "combine {a} and {b}")
    except DimensionMismatchError:
        if error_message is None:
            raise
        told = error_message.format(**{name: str(value) for name, value in error_quantities.items()})
        found = " and ".join(name_dimension(dim) for dim in ([dim1] if obj2 is None else [dim1, dim2]))
        raise DimensionMismatchError(f"{told.rstrip('.')} (found {found}).") from None
    return dim1, dim2


def check_units(**expected: Any) -> Callable[[Function], Function]:
    """Decorate a function so that it checks the units of its arguments and result.

    Parameters
    ----------
    **expected
        For each argument: a unit; 1 for a pure number; ``bool`` or another type; None for anything; or
        the name of another argument that it must agree with. ``result=`` may also be a function of the
        arguments' units.

    Examples
    --------
    >>> from eventsnn.units import amp, ohm, volt
    >>> @check_units(I=amp, R=ohm, result=volt)
    ... def voltage(I, R):
    ...     return I * R
    """

    def decorate(func):
        signature = inspect.signature(func)

        @functools.wraps(func)
        def checked(*args, **kwds):
            bound = signature.bind(*args, **kwds)
            given = dict(bound.arguments)
            for name, wanted in expected.items():
                if name != "result" and name in given:
                    _check_argument(func.__name__, name, given, wanted)
            result = func(*args, **kwds)
            if expected.get("result") is not None:
                bound.apply_defaults()
                _check_result(func.__name__, result, expected["result"], bound.arguments)
            return result

        # Brian's names, by which a function used in equations tells its units
        marks = vars(checked)
        marks["_arg_units"] = [expected.get(name) for name in signature.parameters]
        marks["_return_unit"] = expected.get("result")
        marks["_orig_func"] = func
        return checked

    return decorate


def _check_argument(function: str, name: str, given: dict, wanted) -> None:
    value = given[name]
    if wanted is None or value is None or isinstance(value, str):
        return
    if isinstance(wanted, type):
        if not isinstance(value, (wanted, np.bool_) if wanted is bool else wanted):
            raise UnitError(f"{function}: the argument {name!r} must be a {wanted.__name__}, got {value!r}.")
        return
    found = split(value)
    dim = dimensions_of(given[wanted] if isinstance(wanted, str) else wanted)
    if found[1] is not dim:
        like = f" as the argument {wanted!r}" if isinstance(wanted, str) else ""
        raise DimensionMismatchError(
            f"{function}: the argument {name!r} must be {_expected(dim)}{like}, got {describe(*found)}."
        )


def _check_result(function: str, result, wanted, given: dict) -> None:
    if isinstance(wanted, type):
        fits = isinstance(result, (wanted, np.bool_) if wanted is bool else wanted)
        if not fits:
            raise UnitError(f"{function}: the result must be a {wanted.__name__}, got {result!r}.")
        return
    if callable(wanted) and not hasattr(wanted, "dim"):
        units = [get_unit(dimensions_of(v)) if _is_number(v) else v for v in given.values()]
        wanted = wanted(*units)
    values, dim = split(result)
    if dim is not dimensions_of(wanted):
        raise DimensionMismatchError(
            f"{function}: the result must be {_expected(dimensions_of(wanted))}, got {describe(values, dim)}."
        )


def _expected(dim: Dimension) -> str:
    words = name_dimension(dim)
    return "a pure number" if dim is DIMENSIONLESS else words if str(dim) in words else f"{words} (in {dim})"


def _is_number(value) -> bool:
    return hasattr(value, "dim") or isinstance(value, (Number, np.ndarray))


def _as_quantity(x) -> Quantity:
    return x if isinstance(x, Quantity) else Quantity(x)


# -- unit-aware NumPy names --------------------------------------------------------------------------------


def arange(*args: Any, **kwargs: Any) -> Any:
    """Return evenly spaced values, as ``numpy.arange``, also with units: ``arange(0*ms, 10*ms, 1*ms)``."""
    named: dict[str, Any] = dict(zip(("start", "stop", "step") if len(args) > 1 else ("stop",), args, strict=False))
    extra: dict[str, Any] = {key: kwargs.pop(key) for key in ("start", "stop", "step") if key in kwargs}
    named.update({key: value for key, value in extra.items() if value is not None})
    if not any(hasattr(value, "dim") for value in named.values()):
        return np.arange(*args, **{**extra, **kwargs})
    values, dims = zip(*(split(value) for value in named.values()), strict=True)
    dim = common_dimension(values, dims, "make a range of {a} and {b}")
    numbers = dict(zip(named, (float(value) for value in values), strict=True))
    start, stop, step = numbers.get("start", 0.0), numbers["stop"], numbers.get("step", 1.0)
    return with_dimensions(np.arange(start, stop, step, **kwargs), dim)


def linspace(start: Any, stop: Any, *args: Any, **kwargs: Any) -> Any:
    """Return `num` evenly spaced values, as ``numpy.linspace``, also with units."""
    return np.linspace(start, stop, *args, **kwargs)


def ones_like(a: Any, *args: Any, **kwargs: Any) -> np.ndarray:
    """Return an array of plain ones shaped as `a` (``numpy.ones_like`` keeps the unit)."""
    return np.ones_like(np.asarray(a), *args, **kwargs)


def zeros_like(a: Any, *args: Any, **kwargs: Any) -> np.ndarray:
    """Return an array of plain zeros shaped as `a` (``numpy.zeros_like`` keeps the unit)."""
    return np.zeros_like(np.asarray(a), *args, **kwargs)


def exprel(x: Any) -> float | np.ndarray:
    """Return ``(exp(x) - 1) / x``, which is 1 at 0."""
    values, dim = split(x)
    if dim is not DIMENSIONLESS:
        raise DimensionMismatchError(f"exprel expects a pure number, got {describe(values, dim)}.")
    values = np.asarray(values, dtype=float)
    is_zero = values == 0
    safe = np.where(is_zero, 1.0, values)
    return np.where(is_zero, 1.0, np.expm1(safe) / safe)[()]
