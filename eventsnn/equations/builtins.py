"""The functions and constants that equations may use: one table, read by every interpretation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf}

#: Draws of random numbers; in an equation or a threshold they would need a clock.
RANDOM = ("rand", "randn")


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
    return float((x > 0) - (x < 0))


def _clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


def _exprel(x: float) -> float:
    return math.expm1(x) / x if x else 1.0


def _round_down(x: float) -> float:
    return float(math.floor(x))


def _round_up(x: float) -> float:
    return float(math.ceil(x))


FUNCTIONS = {
    "exp": Function(np.exp, math.exp),
    "expm1": Function(np.expm1, math.expm1),
    "exprel": Function(lambda x: np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x)), _exprel),
    "log": Function(np.log, math.log),
    "log10": Function(np.log10, math.log10),
    "log1p": Function(np.log1p, math.log1p),
    "sin": Function(np.sin, math.sin),
    "cos": Function(np.cos, math.cos),
    "tan": Function(np.tan, math.tan),
    "sinh": Function(np.sinh, math.sinh),
    "cosh": Function(np.cosh, math.cosh),
    "tanh": Function(np.tanh, math.tanh),
    "arcsin": Function(np.arcsin, math.asin),
    "arccos": Function(np.arccos, math.acos),
    "arctan": Function(np.arctan, math.atan),
    "sqrt": Function(np.sqrt, math.sqrt, dimension="sqrt"),
    "abs": Function(np.abs, abs, dimension="same"),
    "floor": Function(np.floor, _round_down),
    "ceil": Function(np.ceil, _round_up),
    "sign": Function(np.sign, _sign, dimension="sign"),
    "int": Function(lambda x: np.trunc(x).astype(np.int64), int),
    "clip": Function(lambda x, a, b: np.minimum(np.maximum(x, a), b), _clip, 3, "same"),
    "min": Function(np.minimum, min, 2, "same"),
    "max": Function(np.maximum, max, 2, "same"),
}
