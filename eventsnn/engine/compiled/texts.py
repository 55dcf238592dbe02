"""Statements of synapses as compiled functions that the loop over instants calls by their addresses.

A text becomes a function of numbers and addresses alone, so that one loop, compiled once, calls the texts of any
network. Each is made in a module of its own and kept on disk by its source: the same text is compiled once on a
machine. Where there is no compiler the same source is a function of Python's, and its address a number given to it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..._jit import find_compiler, jit, load
from ...equations.code import HELPERS, Function
from ...equations.compilable import COMPILABLE
from ...store import scalars
from .calls import plain_address
from .places import numbers_at, teach_places, wholes_at

#: Arguments of a text: number of the synapse, of the neuron before and behind in their whole groups, instant [ms]; then
#: addresses: of the table of the synapses' arrays, of the state of the neuron before, of the table of its group's
#: arrays, the same behind, of constants, and of what the text gives out.
ARGUMENTS = "k, a, b, t, own_table, pre_state, pre_table, post_state, post_table, constants_at, out_at"

#: Longer than any array.
MANY = 1 << 40

#: What a text calls that is not compiled: random numbers, whole numbers with their own errors, functions of time,
#: counts.
_NOT_COMPILED = re.compile(r"\b(draw|whole|at_\w+|outgoing|incoming)\(")

#: The module in which a text is compiled.
_MODULE = '''"""Made by eventsnn to compile what a text of synapses says; this file may be deleted."""

from eventsnn.engine.compiled import calls
from eventsnn.engine.compiled.texts import names_of_texts

globals().update(names_of_texts())


{source}
text = calls.address_of_text(f, __file__ is not None)
'''


def find_obstacle(function: Function) -> str | None:
    """Return why a written text cannot be compiled; None where it can."""
    found = _NOT_COMPILED.search(function.source)
    if found is None:
        return None
    what = {"draw": "random numbers", "whole": "a variable of whole numbers"}
    return f"it asks for {what.get(found[1], 'a function of time or a number of synapses')}"


def address_of_text(
    function: Function, arrays: dict[str, Sequence[np.ndarray]], sizes: dict[str, int]
) -> tuple[int, np.ndarray]:
    """Return the address of a compiled text, and the constants that it takes.

    Parameters
    ----------
    function : Function
        As the reference engine has it.
    arrays : dict of str to sequence of ndarray
        Those behind ``own``, ``pre`` and ``post``.
    sizes : dict of str to int
        How many numbers there are in ``pre_x``, ``post_x`` and ``out``.
    """
    body, constants = _Exponents.taken_out(function)
    lines = [f"constants = numbers_at(constants_at, {len(constants)})", f"out = numbers_at(out_at, {sizes['out']})"]
    for side in ("pre", "post"):
        lines.append(f"{side}_x = numbers_at({side}_state, {sizes[f'{side}_x']})")
    for name, members in arrays.items():
        lines += _table_of(name, name, members)
    source = f"def f({ARGUMENTS}):\n" + "".join(f"    {line}\n" for line in (*lines, *body))
    # room for none at all, too
    return _compiled(source) if find_compiler() is not None else _plain(source), np.array([*constants, 0.0])


def address_of_spike_text(function: Function, arrays: Sequence[np.ndarray]) -> tuple[int, np.ndarray]:
    """Return the address of a compiled reset or refractory time of a group, and the constants that it takes.

    Parameters
    ----------
    function : Function
    arrays : sequence of ndarray
        Its parameters.
    """
    body, constants = _Exponents.taken_out(function)
    lines = [f"constants = numbers_at(constants_at, {len(constants)})", f"state = numbers_at(pre_state, {MANY})"]
    lines += _table_of("parameters", "own", arrays)
    if body[-1].startswith("return "):
        body[-1] = f"numbers_at(out_at, 1)[0] = {body[-1].removeprefix('return ')}"
    source = f"def f({ARGUMENTS}):\n" + "".join(f"    {line}\n" for line in (*lines, *body))
    return _compiled(source) if find_compiler() is not None else _plain(source), np.array([*constants, 0.0])


def _table_of(name: str, table: str, arrays: Sequence[np.ndarray]) -> list[str]:
    """Return the code that finds arrays by the addresses in a table."""
    pieces = [f"{_READERS[array.dtype.kind]}(table[{n}], {MANY})" for n, array in enumerate(arrays)]
    return [
        f"table = wholes_at({table}_table, {len(arrays)})",
        f"{name} = ({''.join(piece + ', ' for piece in pieces)})",
    ]


def _compiled(source: str) -> int:
    teach_places()
    return load(_MODULE.format(source=source)).text


@cache
def _plain(source: str) -> int:
    names = dict(HELPERS, numbers_at=_as_scalars(numbers_at, np.float64), wholes_at=_as_scalars(wholes_at, np.int64))
    exec(compile(source, "<eventsnn>", "exec"), names)
    return plain_address(names["f"])


#: How arrays of each kind are reached. Of truth values there are none in texts that are compiled.
_READERS = {"f": "numbers_at", "i": "wholes_at", "b": "numbers_at"}


class _Exponents(ast.NodeTransformer):
    """Takes the constants out of powers: a compiler that knows them would have its own way, with other last bits."""

    def __init__(self, constants: Sequence[float]) -> None:
        self.constants = [*constants]

    @classmethod
    def taken_out(cls, function: Function) -> tuple[list[str], list[float]]:
        """Return the lines of a text, and its constants with those that were taken out."""
        own = cls(function.constants)
        tree = own.visit(ast.parse(function.source))
        return ast.unparse(ast.fix_missing_locations(tree).body[0].body).splitlines(), own.constants

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "power":
            node.args = [self._taken_out(argument) for argument in node.args]
        return node

    def _taken_out(self, node: ast.expr) -> ast.expr:
        try:
            value = float(ast.literal_eval(node))
        except ValueError:
            return node
        self.constants.append(value)
        return ast.parse(f"constants[{len(self.constants) - 1}]", mode="eval").body


# --- what a made module finds -----------------------------------------------------------------------------------------


def f_int(x):
    # of a condition, too
    number = 1.0 * x
    return np.copysign(np.trunc(number), number)


def _as_scalars(reader: Callable, kind: type) -> Callable:
    # Python's own numbers, as the reference engine has; seen from C they have a byte order, which it would not take
    return lambda address, n: scalars(reader(address, n).view(kind))


def names_of_texts() -> dict[str, Any]:
    """Return what the source of a text finds defined."""
    functions = {name: jit(function) for name, function in {**COMPILABLE, "f_int": f_int}.items()}
    return {**functions, "numbers_at": numbers_at, "wholes_at": wholes_at}
