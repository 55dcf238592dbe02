"""`linked_var`: a variable of one group that is a variable of another."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..equations.dimensions import describe
from ..equations.text import DIFFERENTIAL, PARAMETER, SUBEXPRESSION, Equation
from ..errors import ArgumentError, DimensionMismatchError, MissingError, NoExactSolutionError, WrongTypeError
from ..views import VariableView
from .subgroup import whole_of

#: Names of what changes with time alone.
MOVING = ("t", "lastspike", "not_refractory")


@dataclass(frozen=True)
class LinkedVariable:
    """What `linked_var` returns: to be assigned to a variable with the flag ``(linked)``.

    Attributes
    ----------
    group : NeuronGroup or Subgroup
    name : str
    index : None, ndarray of int, or str
        Which neuron of that group each neuron takes the value of.
    """

    group: Any
    name: str
    index: Any = None

    @property
    def whole(self) -> Any:
        """The whole group that owns the variable."""
        return whole_of(self.group)

    def line(self) -> Equation:
        """Return the equation of the variable that is linked to."""
        return self.group._known(self.name)


def linked_var(group_or_variable: Any, name: str | None = None, index: Any = None) -> LinkedVariable:
    """Link to a variable of another group: ``G.x = linked_var(H, 'y')``.

    The two are one: whatever is assigned to ``H.y`` holds for ``G.x``, which has ``x : 1 (linked)`` among its
    equations.

    Parameters
    ----------
    group_or_variable : NeuronGroup, Subgroup or a variable of one (``H.y``)
    name : str, optional
        Of the variable, when a group is given.
    index : array of int or str, optional
        For each neuron of the group that links, the neuron that it is linked to; or the name of one of its integer
        parameters. By default neurons of the same index, or one for all where the other group has one neuron or the
        variable is shared.

    Raises
    ------
    MissingError, WrongTypeError
        When there is no such variable.

    Notes
    -----
    Parameters, and sub-expressions of parameters, can be linked to. A variable that changes continuously would
    couple the equations of two groups, which has no exact solution here: write its equation in both groups. Where
    either group is on a clock anyway, with noise for one, the other follows it there: it reads the variable once in
    each of its steps. So many neurons have one source of noise in common.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, linked_var
    >>> H = NeuronGroup(1, 'drive : 1')
    >>> G = NeuronGroup(3, 'x : 1 (linked)')
    >>> G.x = linked_var(H, 'drive')
    >>> H.drive = 2
    >>> print(G.x[:])
    [2. 2. 2.]
    """
    if isinstance(group_or_variable, VariableView):
        if name is not None:
            raise ArgumentError("linked_var: give a group and a name, or a variable alone, not both")
        return linked_var(group_or_variable._owner, group_or_variable.name, index)
    if not isinstance(name, str):
        raise WrongTypeError(f"linked_var: expected a group and the name of a variable, found name={name!r}")
    if not hasattr(group_or_variable, "_variable"):
        raise WrongTypeError(f"linked_var: expected a group or a variable of one, found {group_or_variable!r}")
    if group_or_variable._variable(name) is None:
        raise MissingError(f"linked_var: {group_or_variable.name} has no variable '{name}'")
    return LinkedVariable(group_or_variable, name, index)


def _has_clock(group: Any, asked: set[int]) -> bool:
    """Return whether a group is on a clock: by itself, or as it follows one that is."""
    if id(group) in asked or not hasattr(group, "_on_clock"):
        return False
    asked.add(id(group))
    followed = [link.whole for link in group._links if Links._changing(link)]
    by_itself = group._on_clock.asks_for_clock(group._description)
    return by_itself or any(_has_clock(other, asked) for other in followed)


class Links:
    """The linked variables of one group.

    Parameters
    ----------
    owner : NeuronGroup
    """

    def __init__(self, owner: Any) -> None:
        # weakly, or the two would keep each other alive
        self._owner_reference = weakref.ref(owner)
        self._linked: dict[str, LinkedVariable] = {}

    @property
    def _owner(self) -> Any:
        return self._owner_reference()

    def __contains__(self, name: str) -> bool:
        return name in self._linked

    def __iter__(self) -> Iterator[LinkedVariable]:
        return iter(self._linked.values())

    def set(self, name: str, link: LinkedVariable) -> None:
        """Link a variable.

        Raises
        ------
        DimensionMismatchError, ArgumentError, WrongTypeError
            When the two do not fit, or it leads back to itself.
        """
        line, other = self._owner._equations[name], link.line()
        where = f"{self._owner.name}.{name}"
        if "linked" not in line.flags:
            raise WrongTypeError(f"{where}: only a variable declared with (linked) can be linked\n    {line}")
        if other.dimension != line.dimension:
            raise DimensionMismatchError(
                f"{where}: expected {describe(line.dimension)}, found {link.group.name}.{link.name} "
                f"({describe(other.dimension)})"
            )
        if link.index is None and not other.shared and len(link.group) not in (1, len(self._owner)):
            raise ArgumentError(
                f"{where}: {link.group.name} has {len(link.group)} neurons and {self._owner.name} {len(self._owner)}; "
                "say which belongs to which by index=..."
            )
        self._require_no_circle(name, link)
        self._linked[name] = link
        self._indices(name, np.arange(len(self._owner)))

    def _require_no_circle(self, name: str, link: LinkedVariable) -> None:
        """Refuse a link that leads back to its own variable with nothing but links and sub-expressions between."""
        waiting, owner = [link], self._owner
        seen: set[tuple[int, str]] = set()
        while waiting:
            whole, behind = (current := waiting.pop()).whole, current.whole._equations.names_behind(current.name)
            own = whole._links._linked if hasattr(whole, "_links") else {}
            if whole is owner and name in behind:
                raise ArgumentError(
                    f"{owner.name}.{name}: its link to {link.group.name}.{link.name} leads back to itself, so it would "
                    "have no value. Link to what a differential equation moves, or to a parameter."
                )
            fresh = [other for other in sorted(behind & own.keys()) if (id(whole), other) not in seen]
            seen.update((id(whole), other) for other in fresh)
            waiting += [own[other] for other in fresh]

    def values(self, name: str, indices: np.ndarray) -> np.ndarray:
        """Return the present values of a linked variable, internal units."""
        link = self._linked[name]
        where = self._indices(name, indices)
        line = link.line()
        if line.kind != SUBEXPRESSION:
            return link.group._read_internal(link.name, where)
        # it speaks of all neurons of the group, also where a part of it is linked to
        whole, where = link.whole, where + link.group.start
        values = whole._evaluate(line.formula, whole._scope(), f"sub-expression {link.name}", where)
        return np.broadcast_to(values, where.shape)

    def _indices(self, name: str, indices: np.ndarray) -> np.ndarray:
        link, n = self._linked[name], len(self._linked[name].group)
        if link.index is None:
            return np.zeros_like(indices) if n == 1 or link.line().shared else indices
        if isinstance(link.index, str):
            chosen = self._owner._read_internal(link.index, indices)
        else:
            chosen = np.broadcast_to(np.asarray(link.index), (len(self._owner),))[indices]
        if chosen.dtype.kind not in "iu" or np.any((chosen < 0) | (chosen >= n)):
            raise ArgumentError(
                f"{self._owner.name}.{name}: its link expects indices of {link.group.name}, 0 to {n - 1}, found "
                f"{link.index!r}"
            )
        return chosen

    def refresh(self, written: Mapping[Any, frozenset[str]]) -> None:
        """Take the values over for a run that starts now; refuse what would change during the run.

        Parameters
        ----------
        written : mapping of group to names
            What resets and synapses change.

        Raises
        ------
        NoExactSolutionError
            When the variable that is linked to changes continuously, or by events.
        MissingError
            When a variable was never linked.
        """
        owner = self._owner
        for name, line in owner._equations.items():
            if "linked" not in line.flags:
                continue
            if name not in self._linked:
                raise MissingError(
                    f"group '{owner.name}': '{name}' is declared as (linked) but not linked yet. Write "
                    f"{owner.name}.{name} = linked_var(other_group, 'variable')."
                )
            if name in self.followed():
                # once the group has run, a tick brings the next value
                if owner._model is not None:
                    continue
            else:
                self._require_constant(name, written)
            owner._store.parameters[name][:] = self.values(name, np.arange(len(owner._store.parameters[name])))

    def followed(self) -> list[str]:
        """Return the variables whose other ends change continuously, where a clock says when they are read."""
        owner, found = self._owner, []
        for name, link in self._linked.items():
            if self._changing(link) and (_has_clock(owner, set()) or _has_clock(link.whole, set())):
                found.append(name)
        return found

    @staticmethod
    def _changing(link: LinkedVariable) -> list[str]:
        """Return what moves behind a link: variables of differential equations, or time."""
        lines = link.whole._equations
        behind = sorted(lines.names_behind(link.name))
        return [n for n in behind if n in MOVING or (n in lines and lines[n].kind == DIFFERENTIAL)]

    def places(self, name: str) -> tuple[LinkedVariable, np.ndarray]:
        """Return where the neurons find the values of a linked variable: the neurons of the whole other group."""
        link = self._linked[name]
        size = len(self._owner._store.parameters[name])
        return link, self._indices(name, np.arange(size)) + link.group.start

    def _require_constant(self, name: str, written: Mapping[Any, frozenset[str]]) -> None:
        link = self._linked[name]
        group, lines = link.whole, link.whole._equations
        behind = lines.names_behind(link.name)
        changing = self._changing(link)
        changed = [n for n in sorted(behind & written.get(group, frozenset())) if lines[n].kind == PARAMETER]
        if changing or changed:
            what, how = (changing or changed)[0], "changes continuously" if changing else "is changed by events"
            advice = "write the equation in both groups, or send the changes through synapses"
            if changing:
                advice += ", or let one of the groups run on the clock, with method='clocked_euler'"
            raise NoExactSolutionError(
                f"group '{self._owner.name}': '{name}' is linked to {group.name}.{link.name}, and '{what}' {how}, so "
                f"the equations of two groups would hang together. Only parameters can be linked: {advice}."
            )
