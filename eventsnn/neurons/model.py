"""The model of a group: its description in the user's words, and the solved form that the engines run.

`Description` is made once, with the group. `solve` is called when a run starts (and by ``explain()``): it looks up
the names, checks every dimension and finds the exact solution, or says why there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ..crossing.first_time import Search
from ..equations.builtins import RANDOM
from ..equations.code import Function, Layout, write_value
from ..equations.dimensions import BOOLEAN, describe, find_dimension, require_condition, require_dimension, require_rate
from ..equations.expression import Expression, show_excerpt
from ..equations.scope import TIME, Scope
from ..equations.statements import Statement, check_statements, with_temporaries, write_statements
from ..equations.text import DIFFERENTIAL
from ..errors import DimensionMismatchError, EquationError, NoExactSolutionError
from ..store import Store
from .description import Description, calls_behind
from .dynamics import Dynamics
from .present import Present, find_present, solve_present
from .separate import SeparateDynamics


@dataclass(frozen=True)
class Renewal:
    """Which parts of a solved model depend on what a spike changes: parameters that the reset writes, ``lastspike``."""

    dynamics: bool
    threshold: bool
    recovery: bool
    events: tuple[bool, ...] = ()

    def __bool__(self) -> bool:
        return self.dynamics or self.threshold or self.recovery or any(self.events)

    def of_searches(self) -> tuple[bool, ...]:
        """Return the answer for each search, in the order of `Model.searches`."""
        return self.threshold, self.recovery, *self.events


@dataclass
class Model:
    """A solved model.

    Attributes
    ----------
    scope : Scope
    dynamics : Dynamics
    threshold : Search or None
    reset : Function or None
    duration : float, Function or None
        Refractory period [ms], constant or evaluated after each reset.
    recovery : Search or None
        For a refractory *condition*: when it has become false.
    writes : set of str
        Parameters that the reset changes.
    renews : Renewal
        What one spike makes out of date for its neuron.
    present : Present
        What was solved.
    until : ndarray, shape (n,) [ms]
        When the next step of a drive or level comes, for each neuron; `inf` where none does.
    events : dict of str to Search
        When custom events happen.
    codes : dict of str to Function
        What they carry out.
    """

    scope: Scope
    dynamics: Dynamics
    threshold: Search | None
    reset: Function | None
    duration: float | Function | None
    recovery: Search | None
    writes: frozenset[str]
    renews: Renewal
    present: Present
    until: np.ndarray
    events: dict[str, Search] = field(default_factory=dict)
    codes: dict[str, Function] = field(default_factory=dict)

    @property
    def searches(self) -> list[Search | None]:
        """Those for threshold, recovery and each custom event."""
        return [self.threshold, self.recovery, *self.events.values()]


def solve(
    description: Description,
    scope: Scope,
    store: Store,
    now: float = 0.0,
    written: frozenset[str] = frozenset(),
) -> Model:
    """Look up, check and solve a model with the present parameters, as it is right after the instant `now` [ms].

    Parameters
    ----------
    written : frozenset of str
        Variables that events change, synapses among them.

    Raises
    ------
    UnknownNameError, DimensionMismatchError, NoExactSolutionError, EquationError, ArgumentError
        With the line, the piece and the reason.
    """
    check_dimensions(description, scope)
    check_termination(description, scope)
    check_shared_targets(description, scope, written)
    ends_by_condition = _is_condition(description.refractory, scope)
    present = find_present(description, scope, store, now, ends_by_condition)
    dynamics, (threshold, recovery, *events) = solve_present(present, description, scope, store.states, store.n)

    def write(statements: tuple[Statement, ...], where: str) -> Function:
        return write_code(statements, scope, where, layout_of(store, description.equations))

    states, writes = frozenset(description.equations.state_names), writes_of(description)
    return Model(
        scope=scope,
        dynamics=dynamics,
        threshold=threshold,
        reset=write(description.reset, "reset") if description.reset else None,
        duration=None if ends_by_condition else solve_duration(description, scope, store),
        recovery=recovery,
        writes=writes,
        renews=_renewal(description, writes | (written - states) | {"lastspike"}, ends_by_condition),
        present=present,
        until=np.broadcast_to(present.until, (store.n,)).copy(),
        events=_by_name(description.events, events),
        codes={name: write(code, f"event '{name}'") for name, code in description.codes.items()},
    )


def step(description: Description, model: Model, store: Store, now: float, anew: bool = False) -> Model:
    """Return the model after the step of a drive or level at the instant `now`.

    Parameters
    ----------
    anew : bool
        Whether parameters of the whole group were changed, so that all of it is to be solved.
    """
    # where spikes change parameters, what held before is not what the neurons have now
    before = None if model.renews or anew else model.present
    scope, n = model.scope, store.n
    present = find_present(description, scope, store, now, model.recovery is not None, before=before)
    conditions = [condition for condition, _ in (_of(model.present))]
    known = {id(condition): search for condition, search in zip(conditions, model.searches, strict=True)}
    dynamics, (threshold, recovery, *events) = solve_present(
        present, description, scope, store.states, n, model.dynamics, known if before else None
    )
    return replace(
        model,
        dynamics=dynamics,
        threshold=threshold,
        recovery=recovery,
        present=present,
        until=np.broadcast_to(present.until, (n,)).copy(),
        events=_by_name(model.events, events),
    )


def writes_of(description: Description) -> frozenset[str]:
    """Return the parameters that the reset and custom events change."""
    return frozenset(s.target for s in description.statements) - frozenset(description.equations.state_names)


def write_code(statements: tuple[Statement, ...], scope: Scope, where: str, layout: Layout) -> Function:
    """Make the function that carries out statements for one neuron."""
    return write_statements(statements, with_temporaries(statements, scope, where), where, layout)


def _by_name(names: Iterable[str], searches: Iterable[Search | None]) -> dict[str, Search]:
    return {name: search for name, search in zip(names, searches, strict=True) if search is not None}


def _of(present: Present) -> tuple:
    return present.threshold, present.recovery, *present.events


def solve_one(
    description: Description, model: Model, store: Store, k: int, now: float
) -> tuple[Dynamics | None, list, float]:
    """Return what a spike of neuron `k` at the instant `now` made out of date, from present parameters.

    Returns
    -------
    dynamics : Dynamics or None
        Of this neuron alone.
    levels : list
        Its levels for threshold, recovery and each custom event, None where they stay.
    until : float
        When its next step comes.
    """
    renews, scope = model.renews, model.scope
    present = find_present(description, scope, store, now, model.recovery is not None, k)
    dynamics, searches = solve_present(present, description, scope, store.states, 1, model.dynamics)
    levels = [
        search.of(0) if search is not None and renewed else None
        for search, renewed in zip(searches, renews.of_searches(), strict=True)
    ]
    # a linear system knows the waves that its conditions look at
    is_renewed = renews.dynamics or not isinstance(dynamics, SeparateDynamics)
    return dynamics if is_renewed else None, levels, float(np.min(present.until))


def check_dimensions(description: Description, scope: Scope, has_clock: bool = False) -> None:
    """Check every line, the threshold, the reset and the refractory period."""
    for line in description.equations.values():
        if line.expression is None:
            continue
        if line.kind == DIFFERENTIAL:
            require_rate(line.expression, line.dimension, line.unit, scope, f"equation of d{line.name}/dt", True)
        else:
            advice = f"'{line.name}' is declared as {line.unit}."
            require_dimension(line.expression, line.dimension, scope, f"sub-expression {line.name}", advice, True)
    if description.threshold is not None:
        require_condition(description.threshold, scope, "threshold")
    for name, condition in description.events.items():
        require_condition(condition, scope, f"event '{name}'")
    codes = {"reset": description.reset, **{f"event '{name}'": code for name, code in description.codes.items()}}
    for where, statements in codes.items():
        check_statements(statements, description.equations, with_temporaries(statements, scope, where), where)
    if isinstance(description.refractory, Expression):
        found = find_dimension(description.refractory, scope, "refractory")
        if found not in (BOOLEAN, TIME):
            raise DimensionMismatchError(
                f"{scope.owner}, refractory: expected a time or a condition, found {describe(found)}\n"
                f"{description.refractory.excerpt()}"
            )
        _refuse_drawn_end(description.refractory, description, scope, found == BOOLEAN)
    for text in () if has_clock else description.texts():
        if "dt" in text.names() and "dt" not in scope.equations:
            advice = "Write the time that is meant, such as 0.1*ms."
            if text.calls() & set(RANDOM):
                advice = "Neurons that fire at random with given rates are PoissonGroup(N, rates)."
            raise NoExactSolutionError(
                f"{scope.owner}: dt is the step of a clock; this group has none\n{text.excerpt()}\n{advice}"
            )


def _refuse_drawn_end(text: Expression, description: Description, scope: Scope, is_condition: bool) -> None:
    """Refuse a refractory condition that draws random numbers, with a clock or without."""
    calls = calls_behind(text, description.equations)
    if calls and is_condition:
        raise EquationError(
            f"{scope.owner}, refractory: a condition that draws {min(calls)}() has no first instant at which it is "
            f"false\n{text.excerpt()}\nA time may draw it: refractory='2*ms + rand()*ms'."
        )


def refuse_without_threshold(description: Description, scope: Scope) -> None:
    """Refuse a reset or a refractory period that no spike would ever use."""
    if description.threshold is not None:
        return
    unused = [n for n, x in (("reset", description.reset), ("refractory", description.refractory)) if x]
    if unused:
        raise EquationError(f"{scope.owner}: {' and '.join(unused)} given without a threshold. Add threshold='...'.")


def check_termination(description: Description, scope: Scope) -> None:
    """Refuse a neuron that would fire at one instant for ever."""
    refuse_without_threshold(description, scope)
    if description.threshold is None:
        return
    if not description.reset and description.refractory in (None, 0.0):
        raise EquationError(
            f"{scope.owner}: the threshold '{description.threshold.text}' has neither reset nor refractory period, "
            "so the neuron would fire without end.\nAdd reset='...' or refractory=..."
        )


def check_shared_targets(description: Description, scope: Scope, written: frozenset[str]) -> None:
    lines = description.equations
    texts = [*(lines[name].formula for name in lines.state_names), description.threshold, description.refractory]
    texts += description.events.values()
    used = _names_behind(description, texts)
    for statement in description.statements:
        line = lines.get(statement.target)
        if line is not None and line.shared and line.name in used:
            raise NoExactSolutionError(
                f"{scope.owner}, {'reset' if statement in description.reset else 'event'}: '{line.name}' is shared by "
                "all neurons and used by their equations, so one spike would change the course of every other neuron\n"
                f"{show_excerpt(statement.line, 0, len(statement.target))}\n"
                f"Declare it without (shared) if each neuron has its own."
            )
    own = {statement.target for statement in description.statements}
    for name in sorted((written - own) & used):
        if name in lines and lines[name].shared:
            raise NoExactSolutionError(
                f"{scope.owner}: '{name}' is shared by all neurons and used by their equations, and synapses change "
                f"it, so one spike would change the course of every neuron\n    {lines[name]}\n"
                "Declare it without (shared) if each neuron has its own."
            )


def _is_condition(refractory: float | Expression | None, scope: Scope) -> bool:
    return isinstance(refractory, Expression) and find_dimension(refractory, scope, "refractory") == BOOLEAN


def solve_duration(description: Description, scope: Scope, store: Store) -> float | Function | None:
    text = description.refractory
    if not isinstance(text, Expression):
        return text
    return write_value(text, scope, "refractory", layout_of(store, description.equations))


def layout_of(store: Store, equations: Mapping) -> Layout:
    """Return where generated code finds the variables of a group; `parameter_arrays` gives the arrays."""
    return Layout(
        states=store.states,
        parameters=(*store.parameters, "lastspike"),
        shared=frozenset(name for name in store.parameters if equations[name].shared),
        fixed={"i": "k", "N": repr(float(store.n)), "t": "t", "not_refractory": "False"},
    )


def parameter_arrays(store: Store) -> tuple[np.ndarray, ...]:
    """Return the arrays behind ``parameters`` of generated functions, in the order of `layout_of`."""
    return (*store.parameters.values(), store.lastspike)


def _renewal(description: Description, changed: frozenset[str], has_recovery: bool) -> Renewal:
    lines = description.equations

    def uses(*texts: object) -> bool:
        return bool(_names_behind(description, texts) & changed)

    return Renewal(
        dynamics=uses(*(lines[name].formula for name in lines.state_names)),
        threshold=uses(description.threshold),
        recovery=has_recovery and uses(description.refractory),
        events=tuple(uses(condition) for condition in description.events.values()),
    )


def renewed_by(description: Description, model: Model, changed: frozenset[str]) -> Renewal:
    """Return what is out of date when these variables have changed."""
    return _renewal(description, changed, model.recovery is not None)


def _names_behind(description: Description, texts: Iterable[object]) -> set[str]:
    names = {name for text in texts if isinstance(text, Expression) for name in text.names()}
    return description.equations.names_behind(*names)
