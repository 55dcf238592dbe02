"""The functions and constants that equations may use: one table, read by every interpretation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf}

#: Draws of random numbers; in an equation or a threshold they would need a clock.
RANDOM = ("rand", "randn")


def is_noise(name: str) -> bool:
    """Return whether a name stands for white noise, ``xi`` or ``xi_`` and more."""
    return name == "xi" or name.startswith("xi_")


@dataclass(frozen=True)
class Function:
    """One function of the whitelist.

    Attributes
    ----------
    over_arrays : callable
        Acts on NumPy arrays: initial values and coefficients.
    for_one : callable
        Acts on floats, by the C library: used at events.
    arguments : int
        How many it takes.
    dimension : str
        ``'none'``: dimensionless in and out; ``'same'``: result as the arguments, which agree;
        ``'sqrt'``: the root of the argument's; ``'sign'``: any in, dimensionless out.
    """

    over_arrays: Callable
    for_one: Callable
    arguments: int = 1
    dimension: str = "none"


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0)) if x == x else x


def _smaller(a: float, b: float) -> float:
    # as NumPy does, and Python not: NaN is not lost
    return a if a < b or a != a else b


def _larger(a: float, b: float) -> float:
    return a if a > b or a != a else b


def _clip(x: float, low: float, high: float) -> float:
    return _smaller(_larger(x, low), high)


def _exprel(x: float) -> float:
    return math.expm1(x) / x if x else 1.0


def _truncate(x: float) -> float:
    return math.copysign(math.trunc(x), x) if math.isfinite(x) else x


def _round_down(x: float) -> float:
    return math.copysign(math.floor(x), x) if math.isfinite(x) else x


def _round_up(x: float) -> float:
    return math.copysign(math.ceil(x), x) if math.isfinite(x) else x


def _guarded(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return the function with NaN or infinity in place of exceptions, as IEEE 754 has it."""

    def call(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -math.inf if x == 0.0 and function in (math.log, math.log10) else math.nan
        except OverflowError:
            return -math.inf if x < 0.0 and function is math.sinh else math.inf

    return call


def power(a: float, b: float) -> float:
    """Raise to a power as IEEE 754 does."""
    try:
        return math.pow(a, b)
    except ValueError:
        return math.inf if a == 0.0 else math.nan
    except OverflowError:
        return -math.inf if a < 0.0 and b % 2.0 == 1.0 else math.inf


def over_arrays(function: Callable[..., float], quick: Callable[..., float] | None = None) -> Callable[..., np.ndarray]:
    """Let a function of floats act on arrays, with the same bits.

    NumPy's own transcendental functions differ from the C library's in some last bits.

    Parameters
    ----------
    quick : callable, optional
        The same function where it raises no exception; tried first.
    """

    def call(*values: Any) -> np.ndarray:
        arrays = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in values))
        shape, size, columns = arrays[0].shape, arrays[0].size, [array.ravel().tolist() for array in arrays]
        try:
            return np.fromiter(map(quick or function, *columns), float, size).reshape(shape)
        except (ValueError, OverflowError):
            return np.fromiter(map(function, *columns), float, size).reshape(shape)

    return call


def _from_libm(function: Callable[[float], float]) -> Function:
    safe = _guarded(function)
    return Function(over_arrays(safe, function), safe)


def _exprel_of_arrays(x: Any) -> np.ndarray:
    x = np.asarray(x, dtype=float)
    with np.errstate(all="ignore"):
        return np.where(x == 0.0, 1.0, FUNCTIONS["expm1"].over_arrays(x) / x)


FUNCTIONS = {
    "exp": _from_libm(math.exp),
    "expm1": _from_libm(math.expm1),
    "exprel": Function(_exprel_of_arrays, _guarded(_exprel)),
    "log": _from_libm(math.log),
    "log10": _from_libm(math.log10),
    "log1p": _from_libm(math.log1p),
    "sin": _from_libm(math.sin),
    "cos": _from_libm(math.cos),
    "tan": _from_libm(math.tan),
    "sinh": _from_libm(math.sinh),
    "cosh": _from_libm(math.cosh),
    "tanh": _from_libm(math.tanh),
    "arcsin": _from_libm(math.asin),
    "arccos": _from_libm(math.acos),
    "arctan": _from_libm(math.atan),
    "sqrt": Function(np.sqrt, _guarded(math.sqrt), dimension="sqrt"),
    "abs": Function(np.abs, abs, dimension="same"),
    "floor": Function(np.floor, _round_down),
    "ceil": Function(np.ceil, _round_up),
    "sign": Function(np.sign, _sign, dimension="sign"),
    "int": Function(lambda x: np.trunc(np.asarray(x, dtype=float)), _truncate),
    "clip": Function(lambda x, a, b: np.minimum(np.maximum(x, a), b), _clip, 3, "same"),
    "min": Function(np.minimum, _smaller, 2, "same"),
    "max": Function(np.maximum, _larger, 2, "same"),
}
