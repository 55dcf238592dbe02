"""Right-hand sides for the clock: one text written out twice, over floats and over arrays, with the same bits.

Where there is no exact solution a numerical method steps a group along, and what it asks for again and again is the
derivatives. Every piece of the source is written here, as in `code`; the functions have the signature::

    f(t, k, x, p, active, constants)

t : instant [ms]; k : index of the neuron; x : state variables; p : what else the texts read, and behind that the random
numbers that they draw; active : 1 outside the refractory period, 0 in it. All but the constants are floats for one
neuron, or arrays for many.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .builtins import FUNCTIONS, RANDOM, over_arrays, power
from .code import HELPERS, Code, CodeAlgebra
from .expression import Expression, replace_names
from .text import SUBEXPRESSION, Equations

SIGNATURE = "t, k, x, p, active, constants"

#: Powers that are written as products.
PRODUCTS = {2.0: "square", 3.0: "cube", 4.0: "fourth"}


def _square(x: Any) -> Any:
    return x * x


def _cube(x: Any) -> Any:
    return x * x * x


def _fourth(x: Any) -> Any:
    return (x * x) * (x * x)


_SAME = {"square": _square, "cube": _cube, "fourth": _fourth}

FOR_ONE: dict[str, Any] = {
    **HELPERS,
    **_SAME,
    "truth": float,
    "all_of": lambda *parts: float(all(parts)),
    "any_of": lambda *parts: float(any(parts)),
    "negate": lambda part: float(not part),
    "hold": lambda active, value: value if active else 0.0,
}

FOR_MANY: dict[str, Any] = {
    **_SAME,
    "divide": np.divide,
    "power": over_arrays(power, math.pow),
    "remainder": np.remainder,
    "whole_quotient": np.floor_divide,
    **{f"f_{name}": rule.over_arrays for name, rule in FUNCTIONS.items()},
    "truth": lambda condition: np.asarray(condition, dtype=float),
    "all_of": lambda *parts: np.asarray(np.logical_and.reduce(np.broadcast_arrays(*parts)), dtype=float),
    "any_of": lambda *parts: np.asarray(np.logical_or.reduce(np.broadcast_arrays(*parts)), dtype=float),
    "negate": lambda part: np.asarray(np.logical_not(part), dtype=float),
    "hold": lambda active, value: np.where(active, value, 0.0),
}


class Draw(NamedTuple):
    """A random number of each step: ``rand`` or ``randn``, one for each neuron or one for the whole group."""

    function: str
    is_shared: bool


@dataclass
class Drawn:
    """What the texts of a group draw once in each step: every call of ``rand()`` and ``randn()``, wherever it is read.

    Attributes
    ----------
    draws : list of Draw
    nodes : list of ast.AST
        The calls themselves: one that stands in a sub-expression is the same number for all who read it.
    """

    draws: list[Draw] = field(default_factory=list)
    nodes: list[ast.AST] = field(default_factory=list)

    def place(self, draw: Draw, node: ast.AST) -> int:
        """Return the number of a call."""
        for number, known in enumerate(self.nodes):
            if known is node:
                return number
        self.draws.append(draw)
        self.nodes.append(node)
        return len(self.nodes) - 1


@dataclass
class RateLayout:
    """Where the variables are, for the functions written here.

    Attributes
    ----------
    states : tuple of str
        Behind ``x``.
    inputs : tuple of str
        Behind ``p``.
    fixed : dict of str to str
        Code for further names.
    drawn : Drawn
    code : Code
    lines : list of str
        What has to be computed first: sub-expressions, each once.
    """

    states: tuple[str, ...]
    inputs: tuple[str, ...]
    fixed: dict[str, str]
    drawn: Drawn = field(default_factory=Drawn)
    code: Code = field(default_factory=Code)
    lines: list[str] = field(default_factory=list)

    def place(self, name: str) -> str:
        """Return the code that stands for a variable."""
        if name in self.states:
            return f"x[{self.states.index(name)}]"
        if name in self.inputs:
            return f"p[{self.inputs.index(name)}]"
        return self.fixed[name]


class RateAlgebra(CodeAlgebra):
    """Interpret an expression as source that holds for floats and for arrays."""

    layout: RateLayout
    #: Whether the text has one value for the whole group.
    is_shared = False

    def name(self, name: str, node: ast.AST) -> str:
        variable = self.scope.variable(name)
        if variable is None or variable.kind != SUBEXPRESSION:
            return super().name(name, node)
        if name not in self.layout.fixed:
            inner = RateAlgebra(variable.formula, self.scope, f"sub-expression {name}", self.layout)
            inner.is_shared = self.is_shared or variable.shared
            self.layout.lines.append(f"own_{name} = {variable.formula.fold(inner)}")
            self.layout.fixed[name] = f"own_{name}"
        return self.layout.fixed[name]

    def unary(self, operator: str, operand: str, node: ast.AST) -> str:
        return f"negate({operand})" if operator == "not" else super().unary(operator, operand, node)

    def binary(self, operator: str, left: str, right: str, node: ast.AST | None) -> str:
        if operator == "**" and isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant):
            product = PRODUCTS.get(node.right.value)  # type: ignore[arg-type]
            if product:
                return f"{product}({left})"
        return super().binary(operator, left, right, node)

    def compare(self, operator: str, left: str, right: str, node: ast.AST) -> str:
        return f"truth({left} {operator} {right})"

    def boolean(self, operator: str, operands: list, node: ast.AST) -> str:
        return f"{'all_of' if operator == 'and' else 'any_of'}({', '.join(operands)})"

    def call(self, function: str, arguments: list, node: ast.AST) -> str:
        if function in RANDOM:
            draw = Draw(function, self.is_shared)
            return f"p[{len(self.layout.inputs) + self.layout.drawn.place(draw, node)}]"
        if function not in FUNCTIONS:
            array = self.scope.time_function(function, self.expression, node, self.where)
            self.code.functions[f"at_{function}"] = array.internal
            return f"at_{function}({', '.join(arguments)})"
        return super().call(function, arguments, node)


@dataclass(frozen=True)
class Rates:
    """A written function, over floats and over arrays.

    Attributes
    ----------
    one, many : callable
        ``(t, k, x, p, active, constants)`` to a tuple of values.
    constants : tuple of float
    source : str
    functions : tuple of callable
        Those of time that it calls.
    """

    one: Callable[..., tuple]
    many: Callable[..., tuple]
    constants: tuple[float, ...]
    source: str
    functions: tuple[Callable, ...] = ()


def write_rates(values: Iterable[tuple[str, str]], layout: RateLayout) -> Rates:
    """Make the function that returns some values.

    Parameters
    ----------
    values : iterable of (code, held)
        Code made by a `RateAlgebra` over `layout`; `held` is ``'hold'`` for what stands still in the refractory period.
    """
    results = "".join(f"hold(active, {code}), " if held else f"{code}, " for code, held in values)
    body = [*layout.lines, f"return ({results})"]
    source = f"def f({SIGNATURE}):\n" + "".join(f"    {line}\n" for line in body)
    compiled = compile(source, "<eventsnn>", "exec")
    one: dict[str, Any] = dict(FOR_ONE, __builtins__={})
    many: dict[str, Any] = dict(FOR_MANY, __builtins__={})
    for name, function in layout.code.functions.items():
        one[name], many[name] = _for_floats(function), function
    exec(compiled, one)
    exec(compiled, many)
    return Rates(one["f"], many["f"], tuple(layout.code.constants), source, tuple(layout.code.functions.values()))


def _for_floats(function: Callable) -> Callable[..., float]:
    return lambda *arguments: float(function(*arguments))


class NotLinearError(Exception):
    """A tree is not linear in a name; carries the piece at fault."""

    def __init__(self, node: ast.expr) -> None:
        super().__init__()
        self.node = node


def split_linear(tree: ast.expr, name: str) -> tuple[ast.expr | None, ast.expr | None]:
    """Return trees a and b with ``tree = a*name + b``, neither of which holds the name; None stands for nothing.

    Raises
    ------
    NotLinearError
        When there are none.
    """
    if not _holds(tree, name):
        return None, tree
    match tree:
        case ast.Name():
            return _at(ast.Constant(1.0), tree), None
        case ast.UnaryOp(op=ast.UAdd() | ast.USub()):
            a, b = split_linear(tree.operand, name)
            return _signed(tree, a), _signed(tree, b)
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            (a, b), (c, d) = split_linear(tree.left, name), split_linear(tree.right, name)
            return _joined(tree, a, c), _joined(tree, b, d)
        case ast.BinOp(op=ast.Mult()) if not _holds(tree.right, name):
            return _times(tree, split_linear(tree.left, name), lambda part: (part, tree.right))
        case ast.BinOp(op=ast.Mult()) if not _holds(tree.left, name):
            return _times(tree, split_linear(tree.right, name), lambda part: (tree.left, part))
        case ast.BinOp(op=ast.Div()) if not _holds(tree.right, name):
            return _times(tree, split_linear(tree.left, name), lambda part: (part, tree.right))
    raise NotLinearError(tree)


def _holds(tree: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _at(node: ast.expr, place: ast.expr) -> ast.expr:
    return ast.copy_location(node, place)


def _signed(tree: ast.UnaryOp, part: ast.expr | None) -> ast.expr | None:
    return None if part is None else _at(ast.UnaryOp(tree.op, part), tree)


def _joined(tree: ast.BinOp, left: ast.expr | None, right: ast.expr | None) -> ast.expr | None:
    if right is None:
        return left
    if left is None:
        return right if isinstance(tree.op, ast.Add) else _at(ast.UnaryOp(ast.USub(), right), tree)
    return _at(ast.BinOp(left, tree.op, right), tree)


def _times(tree: ast.BinOp, parts: tuple, sides: Callable[[ast.expr], tuple[ast.expr, ast.expr]]) -> tuple:
    def put(part: ast.expr | None) -> ast.expr | None:
        if part is None:
            return None
        left, right = sides(part)
        return _at(ast.BinOp(left, tree.op, right), tree)

    return put(parts[0]), put(parts[1])


def inline(expression: Expression, equations: Equations, name: str) -> Expression:
    """Return the expression with every sub-expression written out that depends on a name."""
    names_behind = equations.names_behind
    while True:
        inner = {
            other: equations[other].formula.tree
            for other in expression.names()
            if other in equations and equations[other].kind == SUBEXPRESSION and name in names_behind(other)
        }
        if not inner:
            return expression
        expression = replace_names(expression, inner)
