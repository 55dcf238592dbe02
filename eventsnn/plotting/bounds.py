"""Bounds of a weight, read from the texts that keep it within them: ``w = clip(..., low, high)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..equations.expression import parse_expression
from ..errors import EventSNNError
from ..groups import Synapses
from ..synapses.names import OWN


@dataclass(frozen=True)
class Bounds:
    """The smallest and the largest value that a weight may have, in internal units, and the text that says so."""

    low: float
    high: float
    text: str

    @property
    def middle(self) -> float:
        """Where both are equally far."""
        return 0.5 * (self.low + self.high)

    @property
    def has_middle(self) -> bool:
        """Whether there is a value between both."""
        return bool(np.isfinite(self.high - self.low)) and self.low < self.high

    def has_inside(self, value: float) -> bool:
        """Whether a value is neither at a bound nor beyond."""
        return self.low < value < self.high


def read_bounds(synapses: Synapses, weight: str, surroundings: Mapping[str, Any]) -> Bounds | None:
    """Return the bounds of a variable of connected synapses; None where no text has any that can be read.

    Read are statements that give the variable ``clip(anything, low, high)`` as a whole, with bounds of constants and
    of the synapse's variables.
    """
    found = []
    for first, last in _clips(synapses, weight):
        try:
            low, high = (_value(synapses, end, surroundings) for end in (first, last))
        except EventSNNError:
            # a temporary name, say
            continue
        found.append(Bounds(low, high, f"clip({weight}, {first}, {last})"))
    if not found:
        return None
    # what one pathway allows another may forbid
    return Bounds(max(each.low for each in found), min(each.high for each in found), found[0].text)


def _clips(synapses: Synapses, weight: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of the bounds in each statement that has some."""
    references = synapses._names.references
    for pathway in synapses._pathways.values():
        for statement in pathway._statements:
            reference, tree = references.get(statement.target), statement.value.tree
            if reference is None or (reference.side, reference.name) != (OWN, weight) or statement.operator:
                continue
            if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "clip":
                yield ast.unparse(tree.args[1]), ast.unparse(tree.args[2])


def _value(synapses: Synapses, text: str, surroundings: Mapping[str, Any]) -> float:
    scope = synapses._scope()
    scope.surroundings = surroundings
    where = "bound of a weight"
    values = synapses._evaluate(parse_expression(text, where), scope, where, np.arange(len(synapses)))
    return float(np.ravel(values)[0])
