"""Code for what happens at events: the checked tree of a text written out as a Python function.

Never the user's text: every piece of the source is written here, from nodes that passed the whitelist, over arrays
in internal units. The functions have one fixed signature::

    f(k, t, state, parameters, constants, draw)

k : index of the neuron; t : instant [ms]; state : flat, neuron by neuron; parameters : tuple of arrays; constants :
tuple of floats; draw : ``draw(function, k, occurrence)`` for random numbers.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from .builtins import FUNCTIONS, RANDOM, power
from .expression import Expression
from .scope import Scope
from .text import SUBEXPRESSION
from .values import internal_number

SIGNATURE = "k, t, state, parameters, constants, draw"


def divide(a: float, b: float) -> float:
    """Divide as IEEE 754 does: by zero gives an infinity or NaN, not an exception."""
    if b != 0.0:
        return a / b
    return math.nan if a == 0.0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def remainder(a: float, b: float) -> float:
    """Return the remainder with the sign of `b`, NaN for b = 0."""
    return a % b if b != 0.0 else math.nan


def whole_quotient(a: float, b: float) -> float:
    """Return the rounded-down quotient."""
    return a // b if b != 0.0 else divide(a, b)


def whole(x: float) -> int:
    """Return what an integer variable takes: nothing is rounded without being asked for."""
    n = int(x)
    if n != x:
        raise ValueError(f"{x:g}; write int(...) to round down")
    return n


HELPERS: dict[str, Any] = {
    "divide": divide,
    "power": power,
    "remainder": remainder,
    "whole_quotient": whole_quotient,
    "whole": whole,
    **{f"f_{name}": rule.for_one for name, rule in FUNCTIONS.items()},
}
GUARDED = {"/": "divide", "**": "power", "%": "remainder", "//": "whole_quotient"}


@dataclass
class Code:
    """What grows while code is written.

    Attributes
    ----------
    constants : list of float
    draws : int
        How many random numbers the text asks for, so far.
    functions : dict
        Further functions that the code calls: those of time.
    """

    constants: list[float] = field(default_factory=list)
    draws: int = 0
    functions: dict[str, Callable] = field(default_factory=dict)

    def constant(self, value: float) -> str:
        """Return the code of a constant."""
        value = float(value)
        if value not in self.constants:
            self.constants.append(value)
        return f"constants[{self.constants.index(value)}]"


class Places(Protocol):
    """Where the variables are that a text names, and what grows while its code is written."""

    code: Code

    def place(self, name: str) -> str:
        """Return the code that stands for a variable, on either side of an assignment."""


@dataclass
class Layout:
    """Where the variables of a group are, for the functions that are written.

    Attributes
    ----------
    states : tuple of str
        State variables in the order of the store.
    parameters : tuple of str
        Names behind the signature's ``parameters``.
    shared : frozenset of str
        Those of them that have one value for all.
    fixed : dict
        Code for further names: ``{'not_refractory': 'False'}``.
    code : Code
    """

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    shared: frozenset[str]
    fixed: dict[str, str]
    code: Code = field(default_factory=Code)

    def place(self, name: str) -> str:
        """Return the code that stands for a variable, on either side of an assignment."""
        if name in self.states:
            m, j = len(self.states), self.states.index(name)
            return f"state[{'k' if m == 1 else f'k*{m}+{j}'}]"
        if name in self.parameters:
            return f"parameters[{self.parameters.index(name)}][{'0' if name in self.shared else 'k'}]"
        return self.fixed[name]


class CodeAlgebra:
    """Interpret an expression as Python source."""

    def __init__(self, expression: Expression, scope: Scope, where: str, layout: Places) -> None:
        self.expression, self.scope, self.where, self.layout = expression, scope, where, layout
        self.code = layout.code

    def number(self, value: Any, node: ast.AST) -> str:
        value = internal_number(value)
        return repr(value) if math.isfinite(value) else self.code.constant(value)

    def name(self, name: str, node: ast.AST) -> str:
        variable = self.scope.variable(name)
        if variable is None:
            return self.code.constant(self.scope.constant(name, self.expression, node, self.where).value)
        if variable.kind == SUBEXPRESSION:
            return variable.formula.fold(CodeAlgebra(variable.formula, self.scope, self.where, self.layout))
        return self.layout.place(name)

    def unary(self, operator: str, operand: str, node: ast.AST) -> str:
        return f"({operator} {operand})"

    def binary(self, operator: str, left: str, right: str, node: ast.AST | None) -> str:
        if operator in GUARDED:
            return f"{GUARDED[operator]}({left}, {right})"
        return f"({left} {operator} {right})"

    def compare(self, operator: str, left: str, right: str, node: ast.AST) -> str:
        return f"({left} {operator} {right})"

    def boolean(self, operator: str, operands: list, node: ast.AST) -> str:
        return "(" + f" {operator} ".join(operands) + ")"

    def call(self, function: str, arguments: list, node: ast.AST) -> str:
        if function in RANDOM:
            self.code.draws += 1
            return f"draw({function!r}, k, {self.code.draws - 1})"
        if function not in FUNCTIONS:
            array = self.scope.time_function(function, self.expression, node, self.where)
            self.code.functions[f"at_{function}"] = array.internal
            return f"float(at_{function}({', '.join(arguments)}))"
        return f"f_{function}({', '.join(arguments)})"


@dataclass(frozen=True)
class Function:
    """A written function with the constants that it takes."""

    call: Callable
    constants: tuple[float, ...]
    source: str


def write_function(body: list[str], code: Code, signature: str = SIGNATURE) -> Function:
    """Make the function with these lines of code."""
    source = f"def f({signature}):\n" + "".join(f"    {line}\n" for line in body)
    names: dict[str, Any] = dict(HELPERS, __builtins__={"float": float}, **code.functions)
    exec(compile(source, "<eventsnn>", "exec"), names)
    return Function(names["f"], tuple(code.constants), source)


def write_value(expression: Expression, scope: Scope, where: str, layout: Layout) -> Function:
    """Make the function that returns the value of an expression for one neuron."""
    return write_function([f"return {expression.fold(CodeAlgebra(expression, scope, where, layout))}"], layout.code)
