"""The names that the texts of synapses may use: their own, ``x_pre`` and ``x_post``, and x for ``x_post``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..equations.expression import parse_expression, replace_names
from ..equations.scope import SPECIAL, SPECIALS, TIME
from ..equations.text import SUBEXPRESSION, Equation, Equations
from ..units import DIMENSIONLESS

OWN, PRE, POST, INDEX = "own", "pre", "post", "index"

#: What every synapse has beside its own equations.
INDICES = ("i", "j", "N", "N_pre", "N_post", "N_incoming", "N_outgoing", "t", "dt")

#: Of the variables that every neuron has, those that synapses may name with a suffix.
OF_NEURONS = ("i", "N", "lastspike", "not_refractory")


class Side(Protocol):
    """What a group at one end of synapses is asked for."""

    name: str

    @property
    def start(self) -> int: ...
    @property
    def _equations(self) -> Equations: ...
    @property
    def _namespace(self) -> Mapping[str, Any] | None: ...
    def _variable(self, name: str) -> Equation | None: ...


@dataclass(frozen=True)
class Reference:
    """What a name in a text of synapses means.

    Attributes
    ----------
    side : str
        `OWN`, `PRE`, `POST` or `INDEX`.
    name : str
        Of the variable on its side, without a suffix.
    """

    side: str
    name: str


class Names:
    """The names of one `Synapses` object.

    Parameters
    ----------
    own : Equations
    source, target : groups

    Attributes
    ----------
    equations : dict of str to Equation
        What a `Scope` is to know.
    references : dict of str to Reference
        What each name means; sub-expressions mean what stands in them.
    """

    def __init__(self, own: Equations, source: Side, target: Side) -> None:
        self.own, self.of_groups = own, (source._equations, target._equations)
        self.equations: dict[str, Equation] = {}
        self.references: dict[str, Reference] = {}
        for name in INDICES:
            like = SPECIALS.get(name) or Equation(SPECIAL, name, None, DIMENSIONLESS, int, "integer")
            self._add(replace(like, name=name), Reference(INDEX, name))
        for side, group in ((PRE, source), (POST, target)):
            for name, line in _variables_of(group):
                self._add(_with_suffix(line, group, f"_{side}"), Reference(side, name))
                if side == POST and name not in (*own, *INDICES):
                    self._add(replace(self.equations[f"{name}_post"], name=name), Reference(POST, name))
        for name, line in own.items():
            if "summed" not in line.flags:
                self._add(line, Reference(OWN, name))
        if own.state_names:
            self._add(Equation(SPECIAL, "lastupdate", None, TIME, float, "second"), Reference(OWN, "lastupdate"))

    def _add(self, line: Equation, reference: Reference) -> None:
        self.equations[line.name] = line
        self.references[line.name] = reference

    def behind(self, names: set[str]) -> set[Reference]:
        """Return what some names mean, sub-expressions resolved; names from outside mean nothing here."""
        found: set[Reference] = set()
        waiting, seen = list(names), set(names)
        while waiting:
            name = waiting.pop()
            line = self.equations.get(name)
            if line is None:
                continue
            if line.kind == SUBEXPRESSION:
                fresh = line.formula.names() - seen
                seen |= fresh
                waiting += fresh
            else:
                found.add(self.references[name])
        return found


def _variables_of(group: Side) -> Iterator[tuple[str, Equation]]:
    yield from group._equations.items()
    for name in OF_NEURONS:
        line = group._variable(name)
        if line is not None and name not in group._equations:
            yield name, line


def _with_suffix(line: Equation, group: Side, suffix: str) -> Equation:
    """Return a variable of a group as synapses see it; a sub-expression is written in their names."""
    expression = None
    if line.kind == SUBEXPRESSION:
        # what the group was given as its namespace holds in its sub-expressions, wherever they are used
        new: dict[str, Any] = dict(group._namespace or {})
        new |= {name: f"{name}{suffix}" for name, _ in _variables_of(group)}
        # the group speaks of all its neurons, also where only a part of it is connected
        whole: Any = getattr(group, "source", group)
        index = f"i{suffix}"
        new["i"] = parse_expression(f"{index} + {group.start}", line.name).tree if group.start else index
        new["N"] = len(whole)
        expression = replace_names(line.formula, new)
    return replace(line, name=f"{line.name}{suffix}", expression=expression)
