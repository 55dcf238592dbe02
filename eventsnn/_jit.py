"""The mark of a kernel.

A kernel is a plain function of floats and one-dimensional arrays: no allocation, no exceptions, transcendental
functions from `math` only, so that it can be compiled as it stands and gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable

#: Every kernel, by its full name; the law tests walk this table.
KERNELS: dict[str, Callable] = {}


def kernel(function: Callable) -> Callable:
    """Register a function as a kernel."""
    KERNELS[f"{function.__module__}.{function.__name__}"] = function
    return function
