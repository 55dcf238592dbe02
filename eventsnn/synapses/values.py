"""The variables of synapses: parameters, and states that are exact functions of time between events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import inf
from typing import Any

import numpy as np

from ..equations.forms import Moment
from ..equations.scope import Scope
from ..equations.text import PARAMETER, Equations
from ..errors import ArgumentError, NoExactSolutionError
from ..instants import elapsed
from ..neurons.dispatch import flow
from ..neurons.dynamics import Dynamics, find_dynamics, find_form
from ..neurons.remembered import restored_dynamics
from ..neurons.separate import SeparateDynamics
from ..neurons.ticking import ClockedDynamics

_flow = np.frompyfunc(flow, 6, 1)
_TYPES = {float: np.float64, int: np.int64, bool: np.bool_}


class SynapseStore:
    """Parameters and states of all synapses of one object, in internal units.

    Attributes
    ----------
    parameters : dict of str to ndarray
        Shape (n,), or (1,) for shared ones.
    states : dict of str to ndarray, shape (n,)
        As they were at each synapse's own last change.
    lastupdate : ndarray
        Instant of that change [ms]; empty where there are no states.
    """

    def __init__(self, equations: Equations) -> None:
        lines = equations.items()
        self._shared = {name for name, line in lines if line.shared}
        self.parameters: dict[str, np.ndarray] = {
            name: np.zeros(1 if line.shared else 0, _TYPES[line.dtype])
            for name, line in lines
            if line.kind == PARAMETER
        }
        self.states = {name: np.zeros(0) for name in equations.state_names}
        self.lastupdate = np.zeros(0)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All of them by name, in the order in which generated code has them."""
        times = {"lastupdate": self.lastupdate} if self.states else {}
        return {**self.parameters, **self.states, **times}

    def snapshot(self) -> dict[str, Any]:
        """Return a copy of all arrays."""
        return {
            "parameters": {name: values.copy() for name, values in self.parameters.items()},
            "states": {name: values.copy() for name, values in self.states.items()},
            "lastupdate": self.lastupdate.copy(),
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take over all arrays, whatever their length."""
        self.parameters = {name: snapshot["parameters"][name].copy() for name in self.parameters}
        self.states = {name: snapshot["states"][name].copy() for name in self.states}
        self.lastupdate = snapshot["lastupdate"].copy()

    def grow(self, more: int, now: float) -> None:
        """Append `more` synapses, made at the instant `now`, all their variables zero."""
        for name, array in self.parameters.items():
            if name not in self._shared:
                self.parameters[name] = _append(array, more)
        for name, array in self.states.items():
            self.states[name] = _append(array, more)
        if self.states:
            self.lastupdate = np.concatenate([self.lastupdate, np.full(more, now)])


def _append(array: np.ndarray, more: int) -> np.ndarray:
    return np.concatenate([array, np.zeros(more, array.dtype)]) if len(array) else np.zeros(more, array.dtype)


class SynapseDynamics:
    """How the states of synapses move between events.

    Coefficients that are the same for all synapses are kept once.
    """

    def __init__(self, dynamics: Dynamics, count: int, states: tuple[str, ...]) -> None:
        self._dynamics, self._count, self._states = dynamics, count, states

    @cached_property
    def _courses(self) -> Any:
        return self._dynamics.courses(self._count)

    def course(self, k: int) -> Any:
        """Return the course of synapse k."""
        return self._courses[k if self._count > 1 else 0]

    def advance(self, k: int, x: Sequence[float], since: float, now: float) -> Sequence[float]:
        """Return the states of synapse k at the instant `now`, when they were `x` at `since`."""
        s = elapsed(since, 0.0, now, 0.0)
        return self.course(k).advance(x, since, 0.0, s, False) if s > 0.0 else x

    def values_at(self, store: SynapseStore, name: str, numbers: np.ndarray, now: float) -> np.ndarray:
        """Return one state of some synapses at the instant `now`, without changing anything."""
        since = store.lastupdate[numbers]
        if not isinstance(self._dynamics, SeparateDynamics):
            j, columns = self._states.index(name), [store.states[state][numbers].tolist() for state in self._states]
            rows = zip(numbers.tolist(), since.tolist(), zip(*columns, strict=True), strict=True)
            return np.array([self.advance(k, x, then, now)[j] for k, then, x in rows], dtype=float)
        motion = self._dynamics.motions[self._states.index(name)].active
        kind, *parameters = (column[numbers] if len(column) > 1 else column[0] for column in motion)
        passed = np.maximum(now - since, 0.0)
        values = store.states[name][numbers]
        moved = _flow(kind, values, *parameters, passed).astype(float)
        return np.where(passed == 0.0, values, moved)

    def settle(self, store: SynapseStore, numbers: np.ndarray, now: float) -> None:
        """Make `now` the last change of some synapses."""
        fresh = {name: self.values_at(store, name, numbers, now) for name in store.states}
        for name, values in fresh.items():
            store.states[name][numbers] = values
        store.lastupdate[numbers] = now

    @property
    def is_individual(self) -> bool:
        """Whether synapses have coefficients of their own."""
        return self._count > 1

    def differs_from(self, other: SynapseDynamics) -> bool:
        """Return whether any coefficient differs."""
        if self._count != other._count:
            return True
        return bool(np.any(self._dynamics.differs_from(other._dynamics)))

    def snapshot(self) -> dict[str, Any]:
        """Return the solution as plain data."""
        assert not isinstance(self._dynamics, ClockedDynamics)
        return {"dynamics": self._dynamics.snapshot(), "count": self._count}

    @classmethod
    def restored(cls, snapshot: dict[str, Any], states: tuple[str, ...]) -> SynapseDynamics:
        """Return the solution that a snapshot was taken of."""
        return cls(restored_dynamics(snapshot["dynamics"]), snapshot["count"], states)

    def describe(self) -> list[str]:
        """Return the solution of each state in words."""
        return [
            f"{name}: {family}, {formula}"
            for j, name in enumerate(self._states)
            for family, formula, _ in self._dynamics.solutions(j, name)
        ]


def solve_states(
    equations: Equations, scope: Scope, n: int, read: Callable[[str], Any], written: frozenset[str], now: float
) -> SynapseDynamics | None:
    """Solve the differential equations of synapses; None where there are none.

    Parameters
    ----------
    n : int
        Number of synapses.
    read : callable
        Internal values of what is constant between events, scalar or one for each synapse.
    written : frozenset of str
        Names that events change.

    Raises
    ------
    NoExactSolutionError
        When there is no exact solution, or events change its coefficients.
    """
    states = equations.state_names
    if not states:
        return None
    widest = 1

    def read_narrow(name: str) -> Any:
        nonlocal widest
        values = np.asarray(read(name))
        if values.shape == (0,):
            # without synapses any value will do
            return 1.0
        if values.ndim and len(values) and np.all(values == values[0]):
            values = values[0]
        widest = max(widest, values.size)
        return values

    for name in states:
        _refuse_changing_coefficients(equations, name, scope, written)
    moment = Moment(now)

    try:
        # one solution for all where nothing differs between them: `widest` says so afterwards
        found = [find_form(equations, name, scope, max(n, 1), read_narrow, states, moment) for name in states]
    except ArgumentError as problem:
        problem.args = (problem.args[0].replace("for neuron", "for synapse"),)
        raise
    except NoExactSolutionError as problem:
        advice = (
            "States of synapses are solved exactly between events, (clock-driven) ones too: a numerical method, as in "
            "method='euler', is for neurons only. Move the state to the neuron if it is the same for all its synapses, "
            "or linearise the equation."
        )
        problem.args = (f"{problem.args[0]}\n{advice}",)
        raise
    if np.any(np.asarray(moment.until) < inf):
        raise NoExactSolutionError(
            f"{scope.owner}: an equation of synapses changes in steps of time (TimedArray, comparison of t), which is "
            "not supported. Let the neurons' equations have the steps."
        )
    return SynapseDynamics(find_dynamics(found, states, widest, None, equations, scope), widest, states)


def _refuse_changing_coefficients(equations: Equations, name: str, scope: Scope, written: frozenset[str]) -> None:
    used = equations.names_behind(*equations[name].formula.names()) - set(equations.state_names)
    for other in sorted(used & written):
        raise NoExactSolutionError(
            f"{scope.owner}, equation of d{name}/dt: '{other}' is changed by events, so the coefficients of the "
            f"equation would change with every spike\n{equations[name].formula.excerpt()}\n"
            f"Keep '{other}' out of the equation, or let nothing write to it."
        )
