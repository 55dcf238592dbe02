"""What texts call, written so that a compiler takes it: the same values as `rates.FOR_ONE` and `code.HELPERS` give.

Those meet exceptions of Python's; here the rules are those of IEEE 754, which compiled code follows by itself. Only
where Python's library and C's do not mean the same is something said. Uncompiled these functions serve nobody.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


def divide(a, b):
    return a / b


def power(a, b):
    # of -0.0 C has an infinity with a sign
    return math.inf if a == 0.0 and b < 0.0 else math.pow(a, b)


def remainder(a, b):
    return a % b if b != 0.0 else math.nan


def whole_quotient(a, b):
    return a // b if b != 0.0 else a / b


def square(x):
    return x * x


def cube(x):
    return x * x * x


def fourth(x):
    return (x * x) * (x * x)


def truth(condition):
    return 1.0 if condition else 0.0


def both(a, b):
    return 1.0 if (a != 0.0) & (b != 0.0) else 0.0


def either(a, b):
    return 1.0 if (a != 0.0) | (b != 0.0) else 0.0


def negate(a):
    return 1.0 if a == 0.0 else 0.0


def hold(active, value):
    return value if active != 0.0 else 0.0


def f_exprel(x):
    return math.expm1(x) / x if x != 0.0 else 1.0


def f_log1p(x):
    return math.log1p(x) if x != -1.0 else math.nan


def f_floor(x):
    return math.copysign(np.floor(x), x)


def f_ceil(x):
    return math.copysign(np.ceil(x), x)


def f_int(x):
    return math.copysign(np.trunc(x), x)


def f_sign(x):
    return x if x != x else (1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0))


def f_min(a, b):
    return a if a < b or a != a else b


def f_max(a, b):
    return a if a > b or a != a else b


def f_clip(x, low, high):
    larger = x if x > low or x != x else low
    return larger if larger < high or larger != larger else high


def f_abs(x):
    return abs(x)


def _from_math(name: str) -> Callable:
    """Return a function of the C library, which compiled code calls as it is."""
    function = getattr(math, name)

    def call(x):
        return function(x)

    return call


#: Those of the C library, by their names in texts and in `math`.
FROM_MATH = {
    "exp": "exp",
    "expm1": "expm1",
    "log": "log",
    "log10": "log10",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "sqrt": "sqrt",
}

_PLAIN = (divide, power, remainder, whole_quotient, square, cube, fourth, truth, both, either, negate, hold)
_WHITELIST = (f_exprel, f_log1p, f_floor, f_ceil, f_int, f_sign, f_min, f_max, f_clip, f_abs)

#: All of them, by the names under which they are called.
COMPILABLE: dict[str, Callable] = {
    **{function.__name__: function for function in (*_PLAIN, *_WHITELIST)},
    **{f"f_{name}": _from_math(own) for name, own in FROM_MATH.items()},
}

#: Those whose last bits are the C library's.
TRANSCENDENTAL = frozenset({"power", "f_exprel", "f_log1p"} | {f"f_{name}" for name in FROM_MATH} - {"f_sqrt"})
