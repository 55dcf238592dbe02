"""Arrays by their addresses: how compiled loops reach what any number of the user's objects hold, without copies."""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np


def address_of(array: np.ndarray) -> int:
    """Return where the numbers of an array begin; the caller keeps it alive."""
    assert array.flags.c_contiguous
    return array.ctypes.data


def floats_at(address, n):
    """Return the n float64 numbers at an address as an array; no copy."""
    return _array_at(address, n, ctypes.c_double)


def longs_at(address, n):
    """Return the n int64 numbers at an address as an array; no copy."""
    return _array_at(address, n, ctypes.c_int64)


def ints_at(address, n):
    """Return the n int32 numbers at an address as an array; no copy."""
    return _array_at(address, n, ctypes.c_int32)


def _array_at(address, n, kind) -> np.ndarray:
    return np.ctypeslib.as_array((kind * int(n)).from_address(int(address)))


@cache
def teach_compiler() -> None:
    """Let the compiler know what these functions are; before anything is compiled that calls them."""
    from llvmlite import ir
    from numba import carray, types
    from numba.extending import intrinsic, overload

    def pointer_to(kind):
        @intrinsic
        def pointer(typingctx, address):
            def make(context, builder, signature, arguments):
                return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

            return types.CPointer(kind)(types.int64), make

        return pointer

    assert ir is not None
    as_float, as_long, as_int = (pointer_to(kind) for kind in (types.float64, types.int64, types.int32))

    @overload(floats_at, inline="always")
    def floats(address, n):
        return lambda address, n: carray(as_float(address), n)

    @overload(longs_at, inline="always")
    def longs(address, n):
        return lambda address, n: carray(as_long(address), n)

    @overload(ints_at, inline="always")
    def ints(address, n):
        return lambda address, n: carray(as_int(address), n)
