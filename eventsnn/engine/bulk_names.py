"""What a module of `bulk_texts` finds defined: helpers, random numbers and the loop, compiled or as they stand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf, nan, nextafter, sqrt
from typing import Any

import numpy as np

from .._jit import bound, compiled, jit, load
from ..equations.compilable import COMPILABLE
from ..equations.rates import FOR_ONE
from ..neurons.stepping import between
from ..normals import fill_normals, normal_of
from ..philox import MASK
from . import bulk_loop
from .bulk_loop import take_block

#: What the loop finds in a made module: functions of texts, those of `time_of_change`, random numbers.
TEXTS = [name for name, value in vars(bulk_loop).items() if value is bulk_loop.of_texts and name != "of_texts"]
TEXTS += ["holds_on", "margin_on", "fill_normals"]


def inside(t, since, end):
    """Return an instant of a step, as it is seen from inside of it."""
    earliest, latest = nextafter(since, inf), nextafter(end, -inf)
    later = t if t > earliest else earliest
    return later if later < latest else latest


def bits_of(instant):
    """Return the bits of a double as two words."""
    bits = np.float64(instant).view(np.int64)
    return bits & MASK, (bits >> 32) & MASK


def as_duration(value):
    """Return the value of a text that says how long a refractory period is; NaN for what is no duration."""
    return value if value >= 0.0 else nan


_OWN = (inside, bits_of, as_duration)
_COMMON: dict[str, Any] = {"nan": nan, "sqrt": sqrt}

#: Random numbers are the same for all groups: their module is made once.
NORMALS = '''"""Made by eventsnn to compile its random numbers; this file may be deleted."""

from eventsnn._jit import compiled, jit
from eventsnn.normals import fill_normals, normal_of

fill, draw = compiled(fill_normals), compiled(normal_of)


def normal_of(k, counter_low, counter_high, k0, k1):
    return draw(k, counter_low, counter_high, k0, k1)


def fill_normals(first, counter_low, counter_high, k0, k1, out):
    fill(first, counter_low, counter_high, k0, k1, out)


normal_of, fill_normals = (jit(f, is_kept=__file__ is not None) for f in (normal_of, fill_normals))
'''


def compiled_names(is_kept: bool) -> dict[str, Any]:
    """Return what a made module finds defined.

    Parameters
    ----------
    is_kept : bool
        Whether it has a file, beside which what is compiled is kept.
    """
    normals = load(NORMALS)
    names = {name: jit(function) for name, function in COMPILABLE.items()}
    names |= {function.__name__: jit(function) for function in _OWN}
    names |= {"between": compiled(between), "normal_of": normals.normal_of, "fill_normals": normals.fill_normals}
    return {**_COMMON, **names, "jit": jit, "jit_kept": partial(jit, is_kept=is_kept), "bound": _loop}


def plain_names() -> dict[str, Any]:
    """Return the same for a module that is not compiled: slow, and for tests."""

    def unchanged(function: Callable) -> Callable:
        return function

    logic = {"both": FOR_ONE["all_of"], "either": FOR_ONE["any_of"]}
    own = {function.__name__: function for function in (*_OWN, between, normal_of, fill_normals)}
    marks = {"jit": unchanged, "jit_kept": unchanged, "bound": partial(_loop, is_compiled=False)}
    return {**_COMMON, **FOR_ONE, **logic, **own, **marks}


def _loop(module: dict[str, Any], is_compiled: bool = True) -> Callable:
    """Return the loop with the functions of a made module."""
    return bound(take_block, {name: module[name] for name in TEXTS}, is_compiled)
