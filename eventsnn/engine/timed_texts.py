"""The statements of `run_regularly`: those about a part of a group, and those about what is one value for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..equations.expression import parse_expression, replace_names
from ..equations.scope import Scope
from ..equations.statements import TEMPORARY, Statement
from ..errors import EquationError


def of_part(statements: Sequence[Statement], group: Any, whole: Any) -> tuple[Statement, ...]:
    """Return statements about a part of a group, in which i and N are those of the part."""
    if group is whole:
        return tuple(statements)
    new: dict[str, Any] = {"i": parse_expression(f"i - {group.start}", "i").tree, "N": len(group)}
    return tuple(Statement(s.target, s.operator, replace_names(s.value, new), s.line) for s in statements)


def divide(
    statements: Sequence[Statement], scope: Scope, where: str
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Return the statements about shared variables, carried out once, and those carried out for each member.

    Raises
    ------
    EquationError
        When a shared variable gets what differs between members, or comes after a variable of theirs.
    """
    last = max((n for n, s in enumerate(statements) if _is_shared(s.target, scope)), default=-1)
    once, each = tuple(statements[: last + 1]), tuple(statements[last + 1 :])
    own: set[str] = set()
    for statement in once:
        variable = scope.variable(statement.target)
        if variable is not None and variable.kind == TEMPORARY:
            own.add(statement.target)
        elif not _is_shared(statement.target, scope):
            _refuse(statement, scope, where, f"'{statement.target}' is not shared, and stands before a shared variable")
        differing = sorted(name for name in statement.value.names() - own if not _is_one_for_all(name, scope))
        if differing:
            reason = f"'{statement.target}' is one value for all, but '{differing[0]}' differs between them"
            _refuse(statement, scope, where, reason)
    for statement in each:
        used = sorted(own & statement.value.names())
        if used:
            _refuse(statement, scope, where, f"'{used[0]}' was made for shared variables; make it again after them")
    return once, each


def _is_shared(name: str, scope: Scope) -> bool:
    variable = scope.variable(name)
    return variable is not None and variable.shared


def _is_one_for_all(name: str, scope: Scope) -> bool:
    variable = scope.variable(name)
    return variable is None or variable.shared or name in ("t", "dt", "N", "N_pre", "N_post")


def _refuse(statement: Statement, scope: Scope, where: str, reason: str) -> None:
    raise EquationError(
        f"{scope.owner}, {where}: {reason}\n    {statement.line}\nWrite the shared variables first, from what is "
        "shared, too."
    )
