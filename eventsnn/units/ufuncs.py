"""What NumPy's elementwise functions do to dimensions.

`result_dimension` is the whole story: from the function and the dimensions of its inputs to the dimension of
its result, or an error that names both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DimensionMismatchError, UnitError
from .dimensions import DIMENSIONLESS, Dimension, name_dimension
from .display import show

#: Binary functions whose inputs must agree and that keep their dimension: how the message says it.
_SAME = {
    "add": "add {a} and {b}",
    "subtract": "subtract {b} from {a}",
    "maximum": "take the maximum of {a} and {b}",
    "minimum": "take the minimum of {a} and {b}",
    "fmax": "take the maximum of {a} and {b}",
    "fmin": "take the minimum of {a} and {b}",
    "remainder": "take the remainder of {a} by {b}",
    "fmod": "take the remainder of {a} by {b}",
    "hypot": "take the hypotenuse of {a} and {b}",
    "nextafter": "step from {a} towards {b}",
}
#: Binary functions whose inputs must agree and whose result is a plain number.
_COMPARE = {name: "compare {a} with {b}" for name in
            ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")}  # fmt: skip
_COMPARE["arctan2"] = "take the angle of {a} and {b}"
#: An infinite bound has no unit: it is larger than every voltage.
_INFINITY_IS_NEUTRAL = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
                        "maximum", "minimum", "fmax", "fmin"}  # fmt: skip

_PRODUCT = {"multiply", "matmul", "vecdot", "matvec", "vecmat"}
_RATIO = {"divide", "true_divide", "floor_divide"}
_KEEP_FIRST = {"negative", "positive", "absolute", "fabs", "conjugate", "floor", "ceil", "rint", "trunc",
               "spacing", "copysign", "ldexp"}  # fmt: skip
_POWERS = {"sqrt": 0.5, "cbrt": 1 / 3, "square": 2, "reciprocal": -1}
_PLAIN = {"isfinite", "isinf", "isnan", "sign", "signbit", "logical_and", "logical_or", "logical_xor",
          "logical_not", "heaviside"}  # fmt: skip

# What a reduction runs along; None for all axes
Axis = int | tuple[int, ...] | None


def result_dimension(ufunc: np.ufunc, values: list, dims: list[Dimension]) -> Dimension | tuple[Dimension, ...]:
    """Return the dimension of ``ufunc(*values)``, or a tuple of them when it has two results.

    Parameters
    ----------
    ufunc : numpy.ufunc
    values : list of arrays
        The inputs as SI numbers.
    dims : list of Dimension
        The dimension of each input.

    Raises
    ------
    DimensionMismatchError
        The inputs do not fit together, or the function takes pure numbers only.
    """
    name = ufunc.__name__
    if name in _SAME or name in _COMPARE:
        verb = _SAME.get(name) or _COMPARE[name]
        dim = common_dimension(values, dims, verb, infinity_is_neutral=name in _INFINITY_IS_NEUTRAL)
        return dim if name in _SAME else DIMENSIONLESS
    if name in _PRODUCT:
        return dims[0] * dims[1]
    if name in _RATIO:
        return dims[0] / dims[1]
    if name in ("power", "float_power"):
        return _power_dimension(values, dims)
    if name in _POWERS:
        return dims[0] ** _POWERS[name]
    if name in _KEEP_FIRST:
        return dims[0]
    if name in _PLAIN:
        return DIMENSIONLESS
    if name == "divmod":
        return DIMENSIONLESS, common_dimension(values, dims, _SAME["remainder"])
    if name == "modf":
        return dims[0], dims[0]
    _demand_dimensionless(name, values, dims)
    return (DIMENSIONLESS,) * ufunc.nout if ufunc.nout > 1 else DIMENSIONLESS


def reduced_dimension(ufunc: np.ufunc, method: str, value: np.ndarray, dim: Dimension, axis: Axis) -> Dimension:
    """Return the dimension of ``ufunc.reduce(value)`` (or accumulate, reduceat) along an axis."""
    name = ufunc.__name__
    if name in _PLAIN:
        return DIMENSIONLESS
    if name in _SAME:
        return dim
    if name == "multiply":
        if method == "reduce":
            return dim ** count_along(value, axis)
        raise UnitError(f"The products along {describe(value, dim)} would each have another dimension. "
                        "Divide by a unit first.")  # fmt: skip
    _demand_dimensionless(f"{name}.{method}", [value], [dim])
    return DIMENSIONLESS


def count_along(value: np.ndarray, axis: Axis) -> int:
    """Return how many values are combined by a reduction along `axis` (None: all)."""
    if axis is None:
        return value.size
    axes = axis if isinstance(axis, tuple) else (axis,)
    return int(np.prod([value.shape[k] for k in axes]))


def common_dimension(
    values: Sequence[Any], dims: Sequence[Dimension], verb: str, infinity_is_neutral: bool = False
) -> Dimension:
    """Return the dimension that all values share; the number 0 fits any.

    Parameters
    ----------
    values : sequence of arrays
    dims : sequence of Dimension
    verb : str
        What was tried, with ``{a}`` and ``{b}`` for the two sides, to complete "Cannot ...".
    infinity_is_neutral : bool
        Whether plain infinities fit any dimension, as in a comparison.
    """
    first = dims[0]
    if all(dim is first for dim in dims[1:]):
        return first
    found, where = None, 0
    for k, (value, dim) in enumerate(zip(values, dims, strict=True)):
        if dim is DIMENSIONLESS and _is_neutral(value, infinity_is_neutral):
            continue
        if found is None:
            found, where = dim, k
        elif dim is not found:
            sides = verb.format(a=describe(values[where], found), b=describe(value, dim))
            raise DimensionMismatchError(f"Cannot {sides}: their dimensions differ.")
    return found if found is not None else next(d for d in dims if d is not DIMENSIONLESS)


def _is_neutral(value, infinity_is_neutral: bool) -> bool:
    """Whether a plain value fits any dimension: the number 0, nothing at all, infinities where they can."""
    value = np.asarray(value)
    if value.ndim == 0 and value == 0:
        return True
    return value.size == 0 or (infinity_is_neutral and bool(np.isinf(value).all()))


def _power_dimension(values, dims) -> Dimension:
    base, exponent = dims
    if exponent is not DIMENSIONLESS:
        found = describe(values[1], exponent)
        raise DimensionMismatchError(f"An exponent must be a pure number, got {found}.")
    if base is DIMENSIONLESS:
        return DIMENSIONLESS
    powers = np.unique(np.asarray(values[1]))
    if powers.size != 1:
        raise UnitError(f"Cannot raise {describe(values[0], base)} to several powers: the elements of the "
                        "result would differ in dimension. Divide by a unit first.")  # fmt: skip
    return base ** float(powers[0])


def _demand_dimensionless(name: str, values, dims) -> None:
    for value, dim in zip(values, dims, strict=True):
        if dim is not DIMENSIONLESS:
            raise DimensionMismatchError(
                f"{name} expects a pure number, got {describe(value, dim)}. "
                f"Divide by a quantity of the same dimension first, e.g. {name}(x/{_example_unit(dim)})."
            )


def _example_unit(dim: Dimension) -> str:
    factors = dim.factors
    if len(factors) == 1 and factors[0][1] == 1:
        return factors[0][0]
    return "(" + "*".join(name if power == 1 else f"{name}**{power:g}" for name, power in factors) + ")"


def describe(value: Any, dim: Dimension) -> str:
    """Return a value with unit and meaning for a message: ``5. A (a current)``."""
    with np.printoptions(threshold=6, edgeitems=2, precision=8):
        text = " ".join(show(value, dim).split()).replace("[ ", "[")
    return f"{text} ({name_dimension(dim)})"
