"""The dynamics of a group at one moment: how each variable of each neuron moves until the next event.

Made from the equations and the present parameters; replaced as a whole when parameters or constants change, row
by row when an event changes a parameter of one neuron.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..equations.affine import SOLVED, Affine, find_affine_form
from ..equations.scope import Scope
from ..equations.text import Equation, Equations
from ..errors import ArgumentError, NoExactSolutionError
from ..store import Store
from .dispatch import INTEGRATOR, evaluate
from .registry import choose_families

_evaluate = np.frompyfunc(evaluate, 12, 1)


def evaluate_many(*columns: Any) -> np.ndarray:
    """Evaluate the kernel `dispatch.evaluate` over arrays, with its own bits."""
    return _evaluate(*columns).astype(float)


@dataclass(frozen=True)
class Motion:
    """How one state variable moves: arrays over the neurons, first outside, then inside the refractory period."""

    kind: np.ndarray
    p: np.ndarray
    q: np.ndarray
    kind_r: np.ndarray
    p_r: np.ndarray
    q_r: np.ndarray

    def columns(self) -> tuple[np.ndarray, ...]:
        return self.kind, self.p, self.q, self.kind_r, self.p_r, self.q_r


@dataclass(frozen=True)
class Dynamics:
    """The motions of all state variables of a group, in the order of its store."""

    motions: tuple[Motion, ...]

    def values_at(self, store: Store, number: int, indices: np.ndarray, now: float) -> np.ndarray:
        """Return state variable `number` of some neurons at the instant `now`, without changing anything."""
        stored = store.state[number :: len(store.states)][indices]
        times = (store.since, store.since_low, store.until, store.until_low)
        columns = (column[indices] for column in self.motions[number].columns())
        return evaluate_many(stored, *(a[indices] for a in times), now, *columns)

    def settle(self, store: Store, indices: np.ndarray, now: float) -> None:
        """Make `now` the last state change of some neurons."""
        indices = indices[store.since[indices] != now]
        if len(indices) == 0:
            return
        values = [self.values_at(store, j, indices, now) for j in range(len(self.motions))]
        for j, column in enumerate(values):
            store.state[indices * len(self.motions) + j] = column
        store.since[indices], store.since_low[indices] = now, 0.0

    def differs_from(self, other: Dynamics) -> np.ndarray:
        """Return for which neurons any parameter differs."""
        pairs = [
            (a, b)
            for mine, its in zip(self.motions, other.motions, strict=True)
            for a, b in zip(mine.columns(), its.columns(), strict=True)
        ]
        return np.any([a != b for a, b in pairs], axis=0) if pairs else np.zeros(0, bool)


def find_dynamics(
    equations: Equations,
    scope: Scope,
    n: int,
    read: Callable[[str], Any],
    states: tuple[str, ...],
    first: int = 0,
) -> Dynamics:
    """Solve the differential equations of a group.

    Parameters
    ----------
    first : int
        Number of the first of the `n` neurons, for messages.
    read : callable
        Internal values, scalar or one per neuron, of everything that is constant between events, but for
        ``not_refractory``, which each phase answers itself.

    Raises
    ------
    NoExactSolutionError
        For the first equation without an exact solution.
    ArgumentError
        When a parameter makes a rate infinite or undefined; the message names the neuron.
    """
    return Dynamics(tuple(_find_motion(equations, name, scope, n, read, states, first) for name in states))


def _find_motion(
    equations: Equations,
    name: str,
    scope: Scope,
    n: int,
    read: Callable[[str], Any],
    states: tuple[str, ...],
    first: int,
) -> Motion:
    line = equations[name]
    active = _solve(line, scope, n, _in_phase(read, True), states, first)
    if "unless refractory" in line.flags:
        frozen = (np.full(n, INTEGRATOR), np.zeros(n), np.zeros(n))
        return Motion(*active, *frozen)
    if "not_refractory" not in equations.names_behind(*line.formula.names()):
        return Motion(*active, *active)
    return Motion(*active, *_solve(line, scope, n, _in_phase(read, False), states, first))


def _in_phase(read: Callable[[str], Any], active: bool) -> Callable[[str], Any]:
    return lambda name: active if name == "not_refractory" else read(name)


def _solve(
    line: Equation, scope: Scope, n: int, read: Callable[[str], Any], states: tuple[str, ...], first: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    where = f"equation of d{line.name}/dt"
    form = find_affine_form(line.formula, scope, where, read, frozenset(states))
    _require_one_variable(form, line, scope, where)
    kind, p, q = choose_families(form, line.name, n)
    bad = np.flatnonzero(~(np.isfinite(p) & np.isfinite(q)))
    if len(bad):
        raise ArgumentError(
            f"{scope.owner}, {where}: the equation has no finite coefficients for neuron {first + bad[0]}\n"
            f"{line.formula.excerpt()}\n"
            "A parameter there is zero, infinite or NaN; was it set (parameters start as zero)?"
        )
    return kind, p, q


def _require_one_variable(form: Affine, line: Equation, scope: Scope, where: str) -> None:
    others = sorted(set(form.terms) - {line.name})
    if not others:
        return
    reason = (
        "It depends explicitly on time." if others == ["t"] else f"It couples {line.name} to {' and '.join(others)}."
    )
    raise NoExactSolutionError(
        f"{scope.owner}, {where}: no exact solution is known\n{line.formula.excerpt()}\n{reason}\n{SOLVED}"
    )
