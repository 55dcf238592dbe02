"""The border between the user's SI numbers and the numbers inside.

Inside, time is counted in ms, voltage in mV, current in nA, resistance in MOhm, capacitance in nF and
conductance in uS. These belong together (mV = nA MOhm, ms = MOhm nF): they follow from measuring metres in
um, kilograms in 1e-9 kg, seconds in ms and amperes in nA, so that for every dimension

    internal number = SI number / 10**k,   k = sum of (exponent of a base unit) * (its own power of ten).

A number typed in decimals should arrive as that decimal: ``16.1*ms`` is the double next to 0.0161, and inside
it must be 16.1, or whole and half milliseconds would not add up to ties. Dividing by 0.001 gives 16.1 back in
98.5 % of all cases, and where it misses by an ulp or two the decimal is taken instead.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .units.dimensions import Dimension

#: Powers of ten of the internal base units: um, 1e-9 kg, ms, nA, and the SI units of the others.
_BASE_SCALES = (-6, -9, -3, -9, 0, 0, 0)

#: So many numbers are converted together: they stay in the processor's cache, and no large arrays come in between.
_PIECE = 1 << 15

# How far from a decimal a quotient may lie to be taken for it, in units in the last place, and its digits
_ULPS, _PLACES = 2, 6


def internal_exponent(dim: Dimension) -> float:
    """Return `k` such that the internal number of this dimension is the SI number over ``10**k``.

    Examples
    --------
    >>> from eventsnn.units import volt, siemens
    >>> internal_exponent(volt.dim), internal_exponent(siemens.dim)
    (-3, -6)
    """
    power = sum(a * scale for a, scale in zip(dim.si_exponents, _BASE_SCALES, strict=True))
    return int(power) if float(power).is_integer() else power


def to_internal(si_value: Any, dim: Dimension) -> Any:
    """Convert SI numbers to internal numbers, giving back the decimals that the user typed.

    Parameters
    ----------
    si_value : float or array
        In SI units.
    dim : Dimension

    Returns
    -------
    float or ndarray of float
        A Python float for a scalar.

    Accuracy
    --------
    Within 2.5 ulp of ``si_value / 10**k``; equal to a decimal with at most six places when that lies within
    2 ulp of the quotient.

    Examples
    --------
    >>> from eventsnn.units import second
    >>> to_internal(16.1 * 0.001, second.dim)
    16.1
    """
    exponent = internal_exponent(dim)
    if isinstance(si_value, (float, int)):
        return _nearby_decimal(float(si_value) / _scale(exponent)) if exponent else float(si_value)
    values = np.asarray(si_value, dtype=np.float64)
    if values.ndim == 0:
        return to_internal(float(values), dim)
    if not exponent:
        return values
    result, scale = np.empty(values.shape), _scale(exponent)
    flat, given = result.reshape(-1), values.reshape(-1)
    with np.errstate(over="ignore"):
        for begin in range(0, flat.size, _PIECE):
            flat[begin : begin + _PIECE] = _nearby_decimals(given[begin : begin + _PIECE] / scale)
    return result


def from_internal(value: Any, dim: Dimension) -> Any:
    """Convert internal numbers to plain SI numbers (a Python float for a scalar)."""
    exponent = internal_exponent(dim)
    if not isinstance(value, (float, int)):
        value = np.asarray(value, dtype=np.float64)
        if value.ndim:
            return value * _scale(exponent)
    return float(value) * _scale(exponent)


def _scale(exponent) -> float:
    # The float nearest to a whole power of ten, as the user's own 1e-3 is
    return float(f"1e{exponent}") if isinstance(exponent, int) else 10.0**exponent


def _nearby_decimal(x: float) -> float:
    """Return the decimal with at most six places within 2 ulp of `x`, or `x` where there is none."""
    if not math.isfinite(x):
        return x
    decimal = round(x, _PLACES)
    return decimal if abs(decimal - x) <= _ULPS * math.ulp(x) else x


def _nearby_decimals(x: np.ndarray) -> np.ndarray:
    """Do `_nearby_decimal` for an array, with the same bits.

    Below 2**30, x * 1e6 is near enough to the whole number n wanted, and n / 1e6 is rounded once: `np.round`
    then gives the same double as Python's exact `round`. Larger values are few and are done one by one.
    """
    size = np.abs(x)
    small = size < 2.0**30
    rounded = np.round(np.where(small, x, 0.0), _PLACES)
    result = np.where(small & (np.abs(rounded - x) <= _ULPS * np.spacing(size)), rounded, x)
    result[~small] = [_nearby_decimal(float(value)) for value in x[~small]]
    return result
