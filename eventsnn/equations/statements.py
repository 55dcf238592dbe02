"""Statements: what a reset does, line by line."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import EquationError
from ..units import DIMENSIONLESS
from .code import CodeAlgebra, Function, Layout, Places, write_function
from .dimensions import find_dimension, require_dimension
from .expression import Expression, parse_expression, show_excerpt
from .scope import SPECIAL, Scope
from .text import SUBEXPRESSION, Equation

_STATEMENT = re.compile(
    r"^\s*(?P<target>[A-Za-z_]\w*)\s*(?P<operator>\+|-|\*\*|\*|//|/|%)?=(?!=)\s*(?P<value>.*)$", re.DOTALL
)


#: The kind of a name that statements make for themselves.
TEMPORARY = "temporary name"


@dataclass(frozen=True)
class Statement:
    """One assignment: ``target = value``, or ``target += value`` and the like.

    Attributes
    ----------
    target : str
    operator : str
        Empty for a plain assignment, otherwise the operator in front of ``=``.
    value : Expression
    line : str
        As the user wrote it.
    """

    target: str
    operator: str
    value: Expression
    line: str


def parse_statements(text: str, where: str) -> tuple[Statement, ...]:
    """Read statements, one a line or separated by semicolons; ``#`` starts a comment.

    Raises
    ------
    EquationError
        When a line is no assignment.
    """
    return tuple(_parse(line, where) for line in _split(text))


def _split(text: str) -> list[str]:
    lines, pending = [], ""
    for row in text.split("\n"):
        row = row.split("#", 1)[0]
        pending = f"{pending}\n{row}" if pending.strip() else row
        if pending.count("(") <= pending.count(")"):
            lines += [piece.strip() for piece in pending.split(";")]
            pending = ""
    lines.append(pending.strip())
    return [line for line in lines if line]


def _parse(line: str, where: str) -> Statement:
    match = _STATEMENT.match(line)
    if not match:
        raise EquationError(
            f"{where}: expected an assignment such as 'v = 0*mV' or 'v -= theta', found\n"
            f"{show_excerpt(line, 0, len(line))}"
        )
    value = parse_expression(match["value"], where, line, match.start("value"))
    return Statement(match["target"], match["operator"] or "", value, line)


def with_temporaries(statements: tuple[Statement, ...], scope: Scope, where: str) -> Scope:
    """Return a scope that also knows the names that statements make for later statements to use.

    As in Brian, ``over = v - theta`` followed by ``v = over`` may use a name of its own. A name that no later statement
    reads is no such name (it is rather a mistyped variable).
    """
    made: dict[str, Equation] = {}
    inner = Scope(
        scope.owner, ChainMap(made, dict(scope.equations)), scope.namespace, scope.surroundings, scope.constants
    )
    for number, statement in enumerate(statements):
        name = statement.target
        is_read = any(name in later.value.names() for later in statements[number + 1 :])
        if inner.variable(name) is None and not statement.operator and is_read:
            found = find_dimension(statement.value, inner, where)
            dimension = DIMENSIONLESS if isinstance(found, str) else found
            made[name] = Equation(TEMPORARY, name, None, dimension, float, str(dimension))
    return inner


def check_statements(
    statements: tuple[Statement, ...], equations: Mapping[str, Equation], scope: Scope, where: str
) -> None:
    """Check targets and dimensions; `scope` knows the statements' own names (`with_temporaries`).

    Raises
    ------
    EquationError
        When a target cannot be assigned to.
    DimensionMismatchError
        When a value does not fit its target.
    """
    for statement in statements:
        target = scope.variable(statement.target)
        if target is None or target.kind in (SUBEXPRESSION, SPECIAL):
            known = ", ".join(n for n, line in equations.items() if line.kind != SUBEXPRESSION) or "none"
            owner = "the synapses or their neurons" if scope.owner.startswith("Synapses") else "the group"
            kind = f"is not a variable of {owner}" if target is None else f"is a {target.kind} and cannot be set"
            if target is None and not statement.operator and len(statements) > 1:
                kind += ", and no later statement uses it"
            raise EquationError(
                f"{scope.owner}, {where}: '{statement.target}' {kind}\n"
                f"{show_excerpt(statement.line, 0, len(statement.target))}\nVariables that can be set: {known}."
            )
        if statement.operator in ("", "+", "-", "%"):
            advice = f"'{statement.target}' is declared as {target.unit}."
            if statement.value.text.strip() in ("0", "0.0", "0."):
                advice += " Give the zero its unit, as in 0*mV."
            require_dimension(statement.value, target.dimension, scope, where, advice)
        elif statement.operator in ("**", "//"):
            raise EquationError(
                f"{scope.owner}, {where}: '{statement.operator}=' cannot be used; write the assignment out\n"
                f"{show_excerpt(statement.line, 0, len(statement.line))}"
            )
        else:
            require_dimension(statement.value, DIMENSIONLESS, scope, where)


def write_assignment(statement: Statement, scope: Scope, where: str, layout: Places) -> str:
    """Return the line of code of one statement."""
    variable, target = scope.variable(statement.target), layout.place(statement.target)
    algebra = CodeAlgebra(statement.value, scope, where, layout)
    value = statement.value.fold(algebra)
    if statement.operator:
        value = algebra.binary(statement.operator, target, value, None)
    if variable is not None and variable.dtype is not float:
        value = f"whole({value})" if variable.dtype is int else f"(0 != {value})"
    return f"{target} = {value}"


def write_statements(statements: tuple[Statement, ...], scope: Scope, where: str, layout: Layout) -> Function:
    """Make the function that carries out the statements for one neuron."""
    body = []
    for statement in statements:
        variable = scope.variable(statement.target)
        if variable is not None and variable.kind == TEMPORARY:
            layout.fixed.setdefault(statement.target, f"own_{statement.target}")
        body.append(write_assignment(statement, scope, where, layout))
    return write_function(body or ["pass"], layout.code)
