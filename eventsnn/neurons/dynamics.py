"""The dynamics of a group at one moment: how each variable of each neuron moves until the next event.

Made from the equations and the present parameters; replaced as a whole when parameters or constants change, neuron by
neuron when an event changes a parameter of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..crossing.leaves import Tone
from ..equations.affine import SOLVED, find_affine_form
from ..equations.forms import Affine, Moment, Ratio
from ..equations.scope import Scope
from ..equations.text import Equation, Equations
from ..errors import ArgumentError, NoExactSolutionError
from ..store import Store
from .registry import choose_families
from .separate import Motion, SeparateDynamics
from .systems import LinearDynamics, build_systems
from .ticking import ClockedDynamics

Dynamics = SeparateDynamics | LinearDynamics | ClockedDynamics

#: Of one variable: its derivative outside the refractory period, and in it.
Forms = tuple[Affine, Affine]


def settle(dynamics: Dynamics, store: Store, indices: np.ndarray, now: float) -> None:
    """Make `now` the last state change of some neurons."""
    indices = indices[store.since[indices] != now]
    if len(indices) == 0:
        return
    if isinstance(dynamics, ClockedDynamics) and dynamics.law.noise is not None:
        # who stands within a step: its noise is divided
        dynamics.settle(store, indices, now)
        indices = indices[store.since[indices] != now]
    m = len(store.states)
    values = [dynamics.values_at(store, j, indices, now) for j in range(m)]
    for j, column in enumerate(values):
        store.state[indices * m + j] = column
    store.since[indices], store.since_low[indices] = now, 0.0
    for k in indices.tolist() if store.standing else ():
        store.standing.pop(k, None)


def find_form(
    equations: Equations,
    name: str,
    scope: Scope,
    n: int,
    read: Callable[[str], Any],
    states: tuple[str, ...],
    moment: Moment,
    first: int = 0,
) -> Forms:
    """Return what the differential equation of a variable says at one moment.

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
        When it has no exact solution.
    ArgumentError
        When a parameter makes a coefficient infinite or undefined; the message names the neuron.
    """
    line = equations[name]

    def solve(active: bool) -> Affine:
        def read_in_phase(other: str) -> Any:
            return active if other == "not_refractory" else read(other)

        where = f"equation of d{name}/dt"
        form = find_affine_form(line.formula, scope, where, read_in_phase, frozenset(states), moment)
        _require_finite(form, line, scope, n, first)
        _require_own_square(form, line, scope)
        return form

    form = solve(True)
    if "unless refractory" in line.flags:
        return form, Affine(Ratio(0.0))
    if "not_refractory" not in equations.names_behind(*line.formula.names()):
        return form, form
    return form, solve(False)


def _require_finite(form: Affine, line: Equation, scope: Scope, n: int, first: int) -> None:
    ratios = [form.constant, *form.terms.values()]
    numbers = [ratio.value for ratio in ratios]
    numbers += [x for wave in form.waves for x in (wave.rate, wave.origin, wave.omega, wave.phase)]
    if form.square:
        numbers += [form.square.scale.value, form.square.first, form.square.second]
    # a denominator of infinity makes a coefficient zero: no leak at all
    numbers += [ratio.numerator for ratio in ratios]
    finite = np.ones(n, bool)
    for x in numbers:
        finite &= np.broadcast_to(np.isfinite(np.asarray(x, dtype=float)), (n,))
    bad = np.flatnonzero(~finite)
    if len(bad):
        raise ArgumentError(
            f"{scope.owner}, equation of d{line.name}/dt: the equation has no finite coefficients for neuron "
            f"{first + bad[0]}\n{line.formula.excerpt()}\n"
            "A parameter there is zero, infinite or NaN; was it set (parameters start as zero)?"
        )


def _require_own_square(form: Affine, line: Equation, scope: Scope) -> None:
    """Refuse squares that do not stand alone."""
    if form.square is None:
        return
    name = form.square.name
    others = [other for other in form.states if other != line.name]
    if name != line.name:
        reason = f"The square of {name} drives {line.name}."
    elif others:
        reason = f"It has the square of {name} and also couples {name} to {' and '.join(others)}."
    elif form.waves:
        reason = f"It has the square of {name} and also a function of t."
    else:
        return
    _refuse(line, scope, reason)


def _refuse(line: Equation, scope: Scope, reason: str) -> None:
    raise NoExactSolutionError(
        f"{scope.owner}, equation of d{line.name}/dt: no exact solution is known\n{line.formula.excerpt()}\n"
        f"{reason}\n{SOLVED}"
    )


def move_separately(forms: Sequence[Forms], states: Sequence[str]) -> bool:
    """Return whether each variable moves by itself, driven by constants."""
    return all(
        set(form.states) <= {name} and not form.waves for name, both in zip(states, forms, strict=True) for form in both
    )


def find_dynamics(
    forms: Sequence[Forms],
    states: tuple[str, ...],
    n: int,
    observed: Sequence[Sequence[Tone]] | None,
    equations: Equations,
    scope: Scope,
) -> Dynamics:
    """Solve the differential equations of a group.

    Parameters
    ----------
    observed : sequence of sequence of Tone or None
        None where each condition asks for one variable, and each variable may move by itself; otherwise, for each
        neuron, the waves that conditions look at.

    Raises
    ------
    NoExactSolutionError
        When a quadratic variable takes part in a linear system.
    """
    if observed is None and move_separately(forms, states):
        return SeparateDynamics(tuple(_motion(both, name, n) for name, both in zip(states, forms, strict=True)))
    for name, both in zip(states, forms, strict=True):
        if any(form.square for form in both):
            _refuse(
                equations[name],
                scope,
                f"{name} is quadratic, and the group's equations or conditions combine variables or functions of t.",
            )
    return build_systems(forms, states, observed or [()] * n, n)


def _motion(both: Forms, name: str, n: int) -> Motion:
    active, refractory = both
    solved = choose_families(active, name, n)
    if refractory is active:
        return Motion(solved, solved)
    return Motion(solved, choose_families(refractory, name, n))
