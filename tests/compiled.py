"""Kernels compiled with Numba as they stand, for the tests of their bits and for the benchmarks.

A kernel calls other kernels through the globals of its module. `compiled` makes a copy of the function whose
globals hold the compiled callees instead; the modules themselves are not touched.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType

from eventsnn._jit import KERNELS


def is_kernel(thing: object) -> bool:
    """Is it a function marked with ``@kernel``?"""
    return isinstance(thing, FunctionType) and KERNELS.get(f"{thing.__module__}.{thing.__name__}") is thing


@cache
def compiled(kernel: Callable) -> Callable:
    """Return the Numba dispatcher of a kernel and of all kernels that it calls: no fastmath, the same bits.

    Division by zero gives an infinity here and an error in Python, so that a test of both finds it.
    """
    import numba

    if not is_kernel(kernel):
        raise TypeError(f"{kernel!r}: expected a function decorated with @kernel.")
    callees = {name: kernel.__globals__.get(name) for name in kernel.__code__.co_names}
    names = {name: compiled(callee) for name, callee in callees.items() if is_kernel(callee) and callee is not kernel}
    copy = FunctionType(kernel.__code__, kernel.__globals__ | names, kernel.__name__, kernel.__defaults__)
    copy.__module__, copy.__doc__ = kernel.__module__, kernel.__doc__
    dispatcher = numba.njit(error_model="numpy", fastmath=False)(copy)
    if any(callee is kernel for callee in callees.values()):
        copy.__globals__[kernel.__name__] = dispatcher
    return dispatcher
