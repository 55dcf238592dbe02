"""Functions that compiled loops call by their addresses, so that a loop is compiled once, without those that it may
call.

Such are the texts of synapses, which differ from network to network, and what only some networks need. Where there is
no compiler they are functions of Python's, and their addresses numbers given to them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..._jit import find_compiler, kept

#: Functions of Python's by the addresses given to them, and the other way round.
_PLAIN: dict[int, Callable] = {}
_ADDRESSES: dict[Callable, int] = {}

#: What is kept alive, as only its address is known.
_ALIVE: list[Any] = []


def plain_address(function: Callable) -> int:
    """Return the address given to a function of Python's."""
    if function not in _ADDRESSES:
        _ADDRESSES[function] = len(_PLAIN) + 1
        _PLAIN[_ADDRESSES[function]] = function
    return _ADDRESSES[function]


def address_of_text(function: Callable, is_kept: bool) -> int:
    """Return the address of the function that a text was written as, compiled.

    Parameters
    ----------
    is_kept : bool
        Whether it is kept on disk, beside the file of its module.
    """
    from numba import cfunc, types

    whole, real = types.int64, types.float64
    signature = types.void(whole, whole, whole, real, *[whole] * 7)
    made = cfunc(signature, cache=is_kept, error_model="numpy", fastmath=False)(function)
    _ALIVE.append(made)
    address: Any = made.address
    return address


def address_of_kernel(function: Callable) -> int:
    """Return the address of a kernel for `call_kernel`, compiled and kept on disk where there is a compiler."""
    if find_compiler() is None:
        return plain_address(function)
    from numba import types

    whole, real = types.int64, types.float64
    dispatcher: Any = kept(function)
    dispatcher.compile(real(whole, whole, whole, whole, real, whole))
    (compiled,) = dispatcher.overloads.values()
    return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_cfunc_wrapper_name)


def call_text(address, k, a, b, t, own, pre_x, pre, post_x, post, constants, out):
    """Call the text at an address; see `texts.ARGUMENTS`."""
    _PLAIN[int(address)](int(k), int(a), int(b), float(t), own, pre_x, pre, post_x, post, constants, out)


def call_kernel(address, desk, g, row, law, now, out):
    """Call the kernel at an address, which takes these numbers and gives one."""
    return _PLAIN[int(address)](desk, g, row, law, now, out)


@cache
def teach_calls() -> None:
    """Let the compiler know what these functions are; before anything is compiled that calls them."""
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba import types
    from numba.extending import intrinsic, overload

    whole, real = types.int64, types.float64
    ir_whole, ir_real = ir.IntType(64), ir.DoubleType()

    def call_at(builder, kind, arguments):
        return builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), arguments[1:])

    @intrinsic
    def text_at(typingctx, address, k, a, b, t, own, pre_x, pre, post_x, post, constants, out):
        def make(context, builder, signature, arguments):
            kind = ir.FunctionType(ir.VoidType(), [ir_whole, ir_whole, ir_whole, ir_real, *[ir_whole] * 7])
            call_at(builder, kind, arguments)
            return context.get_dummy_value()

        return types.void(whole, whole, whole, whole, real, *[whole] * 7), make

    @intrinsic
    def kernel_at(typingctx, address, desk, g, row, law, now, out):
        def make(context, builder, signature, arguments):
            return call_at(builder, ir.FunctionType(ir_real, [*[ir_whole] * 4, ir_real, ir_whole]), arguments)

        return real(whole, whole, whole, whole, whole, real, whole), make

    # what these are called with is not what they are written with
    to_text_at: Any = text_at
    to_kernel_at: Any = kernel_at

    @overload(call_text)
    def to_text(address, k, a, b, t, own, pre_x, pre, post_x, post, constants, out):
        return lambda address, k, a, b, t, own, pre_x, pre, post_x, post, constants, out: to_text_at(
            address, k, a, b, t, own, pre_x, pre, post_x, post, constants, out
        )

    @overload(call_kernel)
    def to_kernel(address, desk, g, row, law, now, out):
        return lambda address, desk, g, row, law, now, out: to_kernel_at(address, desk, g, row, law, now, out)
