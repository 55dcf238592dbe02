"""What the texts of a model say at one moment: the forms of its equations, and its conditions.

A step of a drive or level changes only the texts that it stands in; the others are taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..crossing.conditions import Combined, Condition, comparisons, find_condition, negate
from ..crossing.first_time import Search, prepare_search
from ..crossing.leaves import COMBINED, Tone
from ..equations.expression import Expression
from ..equations.forms import Moment
from ..equations.scope import Scope
from ..errors import ArgumentError
from ..store import Store
from .description import Description
from .dynamics import Dynamics, Forms, find_dynamics, find_form
from .separate import SeparateDynamics


@dataclass(frozen=True)
class Present:
    """What holds for a group, or for one neuron of it, from one moment to the next step.

    Attributes
    ----------
    forms : tuple of (Forms, until)
        Of each state variable, and when its next step comes [ms], scalar or per neuron.
    threshold, recovery : (Condition or None, until)
        The recovery is the opposite of a refractory condition.
    events : tuple of (Condition, until)
        Of the custom events, in the order of the description.
    """

    forms: tuple[tuple[Forms, Any], ...]
    threshold: tuple[Condition | None, Any]
    recovery: tuple[Condition | None, Any]
    events: tuple[tuple[Condition, Any], ...] = ()

    @property
    def until(self) -> Any:
        """When the next step of any text comes [ms]."""
        until: Any = np.inf
        for _, its in (*self.forms, self.threshold, self.recovery, *self.events):
            until = np.minimum(until, its)
        return until


def find_present(
    description: Description,
    scope: Scope,
    store: Store,
    now: float,
    ends_by_condition: bool,
    k: int | None = None,
    before: Present | None = None,
) -> Present:
    """Return what the texts say right after the instant `now`, for all neurons or for neuron k.

    Parameters
    ----------
    ends_by_condition : bool
        Whether the refractory text is a condition.
    before : Present, optional
        What held before a step at `now`; texts that it does not concern are taken over.
    """
    read, n, first = reader_of(store, k), (store.n if k is None else 1), k or 0
    states = frozenset(store.states)

    def find(old: tuple | None, text: Callable[[Moment], Any]) -> tuple:
        if old is not None and np.all(old[1] > now):
            return old
        moment = Moment(now)
        return text(moment), moment.until

    def form(name: str) -> Callable[[Moment], Forms]:
        return lambda moment: find_form(description.equations, name, scope, n, read, store.states, moment, first)

    def condition(text: Expression, where: str, read: Callable[[str], Any]) -> Callable[[Moment], Condition]:
        def find_at(moment: Moment) -> Condition:
            found = find_condition(text, scope, where, read, states, moment)
            _check_levels(found, text, scope, where, n, first)
            return found

        return find_at

    def read_in_refractory(name: str) -> Any:
        return False if name == "not_refractory" else read(name)

    forms = tuple(find(before.forms[j] if before else None, form(name)) for j, name in enumerate(store.states))
    threshold: tuple = (None, np.inf)
    if description.threshold is not None:
        threshold = find(before.threshold if before else None, condition(description.threshold, "threshold", read))
    recovery: tuple = (None, np.inf)
    text = description.refractory
    if ends_by_condition and isinstance(text, Expression):
        opposite = condition(text, "refractory", read_in_refractory)
        recovery = find(before.recovery if before else None, lambda moment: negate(opposite(moment)))
    events = tuple(
        find(before.events[j] if before else None, condition(text, f"event '{name}'", read))
        for j, (name, text) in enumerate(description.events.items())
    )
    return Present(forms, threshold, recovery, events)


def solve_present(
    present: Present,
    description: Description,
    scope: Scope,
    states: tuple[str, ...],
    n: int,
    like: Dynamics | None = None,
    known: Mapping[int, Search | None] | None = None,
) -> tuple[Dynamics, list[Search | None]]:
    """Return dynamics of n neurons, and the searches for threshold, recovery and each custom event.

    Parameters
    ----------
    like : Dynamics, optional
        To be of its kind.
    known : mapping, optional
        Searches that were prepared before, by the identity of their conditions.
    """
    known = known or {}

    def prepare(condition: Condition | None) -> Search | None:
        if condition is None:
            return None
        return known[id(condition)] if id(condition) in known else prepare_search(condition, states, n)

    searches = [prepare(condition) for condition, _ in (present.threshold, present.recovery, *present.events)]
    observed = _observed_tones(searches, n)
    if like is not None:
        observed = None if isinstance(like, SeparateDynamics) else observed or [()] * n
    forms = [form for form, _ in present.forms]
    return find_dynamics(forms, states, n, observed, description.equations, scope), searches


def _observed_tones(searches: list[Search | None], n: int) -> list[tuple[Tone, ...]] | None:
    """Return for each neuron the waves that conditions look at; None where each asks for one variable."""
    combined = [
        (search, number)
        for search in searches
        if search is not None
        for number, leaf in enumerate(search.leaves)
        if leaf.variable == COMBINED
    ]
    if not combined:
        return None
    columns = [search.columns[number][0] for search, number in combined]
    if all(len({*map(id, column)}) == 1 for column in columns):
        # alike for all
        return [tuple(tone for column in columns for tone, _ in column[0].tones)] * n
    return [tuple(tone for column in columns for tone, _ in column[k].tones) for k in range(n)]


def reader_of(store: Store, k: int | None = None) -> Callable[[str], Any]:
    """Return what gives the values of all that is constant between events, for all neurons or one."""

    def read(name: str) -> Any:
        if name == "N":
            return float(store.n)
        if name == "i":
            return np.arange(store.n, dtype=float) if k is None else float(k)
        if name == "not_refractory":
            return True  # thresholds are tested outside the refractory period only
        values = store.lastspike if name == "lastspike" else store.parameters[name]
        if len(values) == 1:
            return values[0].item()
        return values.copy() if k is None else values[k].item()

    return read


def _check_levels(condition: Condition, text: Expression, scope: Scope, where: str, n: int, first: int) -> None:
    for leaf in comparisons(condition):
        numbers = [getattr(leaf, "level", 0.0)]
        if isinstance(leaf, Combined):
            numbers = [leaf.form.constant.value, *(ratio.value for ratio in leaf.form.terms.values())]
        bad = np.flatnonzero(np.any([np.isnan(np.broadcast_to(x, (n,))) for x in numbers], axis=0))
        if len(bad):
            raise ArgumentError(
                f"{scope.owner}, {where}: the level to compare with is not a number for neuron {first + bad[0]}\n"
                f"{text.excerpt()}"
            )
