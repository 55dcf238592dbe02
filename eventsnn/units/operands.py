"""The two sides of a quantity: its SI numbers and its dimension, taken apart for any operand."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DimensionMismatchError, UnitError
from .dimensions import DIMENSIONLESS, Dimension, describe_dimension
from .ufuncs import common_dimension


def dimensions_of(value: Any) -> Dimension:
    """Return the dimension of a quantity, number, array, or sequence of these.

    Any object with a `Dimension` as its attribute ``dim`` counts as a quantity.

    Raises
    ------
    TypeError
        The object is no number.
    """
    return split(value)[1]


def split(value: Any) -> tuple[np.ndarray, Dimension]:
    """Return the SI numbers and the dimension of a quantity, number, array, or sequence of these."""
    parts = split_operand(value)
    if parts is None:
        raise UnitError(f"Expected a number or a quantity, got {value!r} (of type {type(value).__name__}).")
    return np.asarray(parts[0]), parts[1]


def split_operand(value):
    """As `split`, but None for what is no number at all."""
    dim = getattr(value, "dim", None)
    if isinstance(dim, Dimension):
        return np.asarray(value), dim
    if isinstance(value, (int, float)):
        return value, DIMENSIONLESS
    if isinstance(value, (list, tuple)) and _mentions_units(value):
        parts = [split_operand(element) for element in value]
        if any(part is None for part in parts):
            return None
        elements, dims = zip(*parts, strict=True)
        return np.array(elements), common_dimension(elements, dims, "mix {a} and {b}")
    try:
        values = np.asarray(value)
    except ValueError:
        return None
    return (values, DIMENSIONLESS) if values.dtype.kind in "biufc" else None


def _mentions_units(values) -> bool:
    return any(_mentions_units(v) if isinstance(v, (list, tuple)) else hasattr(v, "dim") for v in values)


def check_outputs(out, dim):
    """Return output arrays as plain ones, after checking that the result's dimension is theirs."""
    dims = dim if isinstance(dim, tuple) else (dim,) * len(out)
    plain = []
    for array, result in zip(out, dims, strict=True):
        own = getattr(array, "dim", DIMENSIONLESS)
        if array is not None and own is not result:
            found, expected = describe_dimension(result), describe_dimension(own)
            raise DimensionMismatchError(
                f"The result is {found}, but the array to be changed is {expected}. "
                "An output array cannot change what it measures: assign the result instead, x = f(...)."
            )
        plain.append(None if array is None else np.asarray(array))
    return tuple(plain)
