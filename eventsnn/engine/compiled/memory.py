"""Arrays by their addresses: how compiled loops reach what any number of the user's objects hold, without copies."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

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


def borrowed(arrays):
    """Return an array, or a tuple of arrays and tuples, as it is; the caller keeps it alive.

    In compiled code references to what is returned are not counted: a count costs some nanoseconds, and a function that
    takes tens of arrays counts each of them.
    """
    return arrays


def _array_at(address, n, kind) -> np.ndarray:
    return np.ctypeslib.as_array((kind * int(n)).from_address(int(address)))


@cache
def teach_compiler() -> None:
    """Let the compiler know what these functions are; before anything is compiled that calls them."""
    from llvmlite import ir  # type: ignore[import-untyped]
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

    def without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        if isinstance(kind, types.Array):
            array = context.make_array(kind)(context, builder, value=value)
            array.meminfo = array.meminfo.type(None)
            array.parent = array.parent.type(None)
            return array._getvalue()
        if isinstance(kind, types.BaseTuple):
            for number, part in enumerate(kind.types):  # type: ignore[attr-defined]
                inner = without_owner(context, builder, part, builder.extract_value(value, number))
                value = builder.insert_value(value, inner, number)
        return value

    @intrinsic
    def borrow(typingctx, arrays):
        def make(context, builder, signature, arguments):
            return without_owner(context, builder, signature.args[0], arguments[0])

        return arrays(arrays), make

    # what it is called with is not what it is written with
    to_borrow: Any = borrow

    @overload(borrowed)
    def borrow_all(arrays):
        return lambda arrays: to_borrow(arrays)

    @overload(floats_at, inline="always")
    def floats(address, n):
        return lambda address, n: carray(as_float(address), n)

    @overload(longs_at, inline="always")
    def longs(address, n):
        return lambda address, n: carray(as_long(address), n)

    @overload(ints_at, inline="always")
    def ints(address, n):
        return lambda address, n: carray(as_int(address), n)
