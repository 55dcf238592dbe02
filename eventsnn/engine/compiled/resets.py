"""Resets as steps: what a statement sets a variable to, adds to it, or takes from it, a number for each neuron."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...equations.builtins import RANDOM
from ...equations.code import Function, write_value
from ...equations.statements import Statement
from ...neurons.description import calls_behind
from ...neurons.model import layout_of
from ..cells import Cells
from .tables import ADD, SET, SUBTRACT

#: What is done, to which variable, and the number: one for all neurons, or one for each.
Step = tuple[int, int, Any]

_KINDS = {"": SET, "+": ADD, "-": SUBTRACT}

#: Names whose values change while a network runs.
_MOVING = frozenset({"t", "lastspike", "not_refractory"})


def find_steps(cells: Cells) -> tuple[list[Step], str | None]:
    """Return the steps of a group's reset, or why it is not made of such steps."""
    steps = []
    for statement in cells.group._description.reset:
        reason = _find_objection(statement, cells)
        if reason:
            return [], f"group '{cells.group.name}', reset '{statement.line}': {reason}"
        steps.append(
            (_KINDS[statement.operator], cells.store.states.index(statement.target), _value_of(statement, cells))
        )
    return steps, None


def _find_objection(statement: Statement, cells: Cells) -> str | None:
    group, states = cells.group, cells.store.states
    if statement.target not in states:
        return "it changes something else than a state variable"
    if statement.operator not in _KINDS:
        return "it does more than set a variable, add to it or take from it"
    lines = group._description.equations
    used = lines.names_behind(*statement.value.names())
    written = cells.model.writes | cells.written_from_outside
    if used & (frozenset(states) | _MOVING | written):
        return "its value depends on what changes from spike to spike"
    if calls_behind(statement.value, lines) & {*RANDOM}:
        return "it draws random numbers"
    return None


def _value_of(statement: Statement, cells: Cells) -> Any:
    """Return the value of a statement, for all neurons or for each, with the bits of the reset's own function."""
    group, store = cells.group, cells.store
    function = write_value(statement.value, cells.model.scope, "reset", layout_of(store, group._description.equations))
    names = group._description.equations.names_behind(*statement.value.names()) | statement.value.names()
    is_alike = "i" not in names and all(len(store.parameters[name]) == 1 for name in names & store.parameters.keys())
    indices = range(1 if is_alike else store.n)
    values = [_call(function, k, cells) for k in indices]
    return values[0] if is_alike and values else np.array(values, dtype=float)


def _call(function: Function, k: int, cells: Cells) -> float:
    return float(function.call(k, 0.0, cells.state, cells.parameters, function.constants, None))
