"""Numbers by their addresses, read and written one by one: what the loop over instants works on.

That loop goes from one neuron and one synapse to another, with a few numbers to read and write at each. An array handed
on from function to function costs a count of its users each time, and an address nothing. So all is found from one
address, that of the `desk`; and what is written is written: a compiler that sees an array come into being, as those of
`memory`, takes what is put into it, and never read again, for lost work, and leaves it out.
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


def get_short(address, i):
    """Return the int32 number at place i from an address on."""
    return ctypes.c_int32.from_address(int(address) + 4 * int(i)).value


def put_short(address, i, value):
    """Write the int32 number at place i from an address on."""
    ctypes.c_int32.from_address(int(address) + 4 * int(i)).value = int(value)


@cache
def teach_places() -> None:
    """Let the compiler know what these functions are; before anything is compiled that calls them."""
    from numba import carray, types
    from numba.extending import intrinsic, overload

    whole = types.int64

    def pointer_to(kind):
        @intrinsic
        def pointer(typingctx, address):
            def make(context, builder, signature, arguments):
                return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

            return types.CPointer(kind)(whole), make

        return pointer

    def place_of(context, builder, kind, arguments):
        pointer = builder.inttoptr(arguments[0], context.get_value_type(kind).as_pointer())
        return builder.gep(pointer, [arguments[1]])

    def reader_of(kind, seen):
        @intrinsic
        def read(typingctx, address, i):
            def make(context, builder, signature, arguments):
                value = builder.load(place_of(context, builder, kind, arguments))
                return context.cast(builder, value, kind, seen)

            return seen(whole, whole), make

        return read

    def writer_of(kind, seen):
        @intrinsic
        def write(typingctx, address, i, value):
            def make(context, builder, signature, arguments):
                value = context.cast(builder, arguments[2], seen, kind)
                builder.store(value, place_of(context, builder, kind, arguments))
                return context.get_dummy_value()

            return types.void(whole, whole, seen), make

        return write

    # none of them is put in its place by Numba itself: that would make way for leaving out what is written
    _teach_array(overload, numbers_at, carray, pointer_to(types.float64))
    _teach_array(overload, wholes_at, carray, pointer_to(whole))
    for get, put, kind, seen in (
        (get_number, put_number, types.float64, types.float64),
        (get_whole, put_whole, whole, whole),
        (get_short, put_short, types.int32, whole),
    ):
        _teach_one(overload, get, put, reader_of(kind, seen), writer_of(kind, seen))


def _teach_array(overload, function, carray, pointer):
    @overload(function)
    def array(address, n):
        return lambda address, n: carray(pointer(address), n)


def _teach_one(overload, get, put, read, write):
    @overload(get)
    def got(address, i):
        return lambda address, i: read(address, i)

    @overload(put)
    def putting(address, i, value):
        return lambda address, i, value: write(address, i, value)
