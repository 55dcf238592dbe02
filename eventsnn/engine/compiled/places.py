"""Numbers by their addresses, to be read and written one by one.

Arrays made with `memory` are for reading only: a compiler that sees an array come into being takes what is written to it,
and never read again, for lost work, and leaves it out. These functions do what they say.
"""

from __future__ import annotations

import ctypes
from functools import cache

from .memory import floats_at as _floats_at
from .memory import longs_at as _longs_at


def numbers_at(address, n):
    """Return the n float64 numbers at an address as an array to be written to; no copy."""
    return _floats_at(address, n)


def wholes_at(address, n):
    """Return the n int64 numbers at an address as an array to be written to; no copy."""
    return _longs_at(address, n)


def get_number(address, i):
    """Return the float64 number at place i from an address on."""
    return ctypes.c_double.from_address(int(address) + 8 * int(i)).value


def put_number(address, i, value):
    """Write the float64 number at place i from an address on."""
    ctypes.c_double.from_address(int(address) + 8 * int(i)).value = value


def get_whole(address, i):
    """Return the int64 number at place i from an address on."""
    return ctypes.c_int64.from_address(int(address) + 8 * int(i)).value


def put_whole(address, i, value):
    """Write the int64 number at place i from an address on."""
    ctypes.c_int64.from_address(int(address) + 8 * int(i)).value = int(value)


@cache
def teach_places() -> None:
    """Let the compiler know what these functions are; before anything is compiled that calls them."""
    from numba import carray, types
    from numba.extending import intrinsic, overload

    def pointer_to(kind):
        @intrinsic
        def pointer(typingctx, address):
            def make(context, builder, signature, arguments):
                return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

            return types.CPointer(kind)(types.int64), make

        return pointer

    def reader_of(kind):
        @intrinsic
        def read(typingctx, address, i):
            def make(context, builder, signature, arguments):
                pointer = builder.inttoptr(arguments[0], context.get_value_type(kind).as_pointer())
                return builder.load(builder.gep(pointer, [arguments[1]]))

            return kind(types.int64, types.int64), make

        return read

    def writer_of(kind):
        @intrinsic
        def write(typingctx, address, i, value):
            def make(context, builder, signature, arguments):
                pointer = builder.inttoptr(arguments[0], context.get_value_type(kind).as_pointer())
                builder.store(arguments[2], builder.gep(pointer, [arguments[1]]))
                return context.get_dummy_value()

            return types.void(types.int64, types.int64, kind), make

        return write

    as_number, as_whole = pointer_to(types.float64), pointer_to(types.int64)
    read_number, read_whole = reader_of(types.float64), reader_of(types.int64)
    write_number, write_whole = writer_of(types.float64), writer_of(types.int64)

    # none of them "inline": that would make way for leaving out what is written
    @overload(numbers_at)
    def numbers(address, n):
        return lambda address, n: carray(as_number(address), n)

    @overload(wholes_at)
    def wholes(address, n):
        return lambda address, n: carray(as_whole(address), n)

    @overload(get_number)
    def number(address, i):
        return lambda address, i: read_number(address, i)

    @overload(put_number)
    def to_number(address, i, value):
        return lambda address, i, value: write_number(address, i, value)

    @overload(get_whole)
    def whole(address, i):
        return lambda address, i: read_whole(address, i)

    @overload(put_whole)
    def to_whole(address, i, value):
        return lambda address, i, value: write_whole(address, i, value)
