"""The first instant at which a condition holds, for one neuron.

The leaves of a condition are numbered from left to right. A `Leaf` holds their variable's number (or `CLOCK`, `FIXED`,
`COMBINED`), and the levels of one neuron come as a tuple of ``(level, upward)``. What moves the neuron says when each
leaf changes; a leaf is asked for its next change when the one before has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from ..equations.forms import Affine
from ..equations.waves import Wave
from .conditions import TIME, Combined, Condition, Fixed, Join, comparisons
from .leaves import CLOCK, COMBINED, FIXED, Combination, Tone

#: Instant (double and remainder) at which something changes.
Instant = tuple[float, float]


@dataclass(frozen=True)
class Leaf:
    """Which variable a comparison is about, and whether it fails on its level."""

    variable: int
    strict: bool


@dataclass(frozen=True)
class Truth:
    """How the truths of leaves combine: a leaf by its number, or parts joined by an operator."""

    leaf: int = -1
    operator: str = ""
    parts: tuple[Truth, ...] = ()

    def __call__(self, truths: Sequence[bool]) -> bool:
        if not self.parts:
            return truths[self.leaf]
        if self.operator == "and":
            return all(part(truths) for part in self.parts)
        return any(part(truths) for part in self.parts)


@dataclass(frozen=True)
class Search:
    """A condition made ready for one group.

    Attributes
    ----------
    leaves : tuple of Leaf
    levels : list of tuple
        For each neuron and leaf ``(level, upward)``; for a fixed leaf ``(truth, True)``, for a combined one
        ``(Combination, upward)``.
    holds : Truth
        From the truth of all leaves to the truth of the condition.
    """

    leaves: tuple[Leaf, ...]
    levels: list[tuple[tuple[Any, bool], ...]]
    holds: Truth


def prepare_search(condition: Condition, states: Sequence[str], n: int) -> Search:
    """Spread a condition over the `n` neurons of a group whose state variables are `states`."""
    leaves: list[Leaf] = []
    columns: list[list[tuple[Any, bool]]] = []
    for leaf in comparisons(condition):
        if isinstance(leaf, Fixed):
            leaves.append(Leaf(FIXED, False))
            columns.append(_pairs(leaf.truth, True, n))
        elif isinstance(leaf, Combined):
            leaves.append(Leaf(COMBINED, leaf.strict))
            columns.append([(combination, leaf.upward) for combination in spread_combination(leaf.form, states, n)])
        else:
            number = CLOCK if leaf.variable == TIME else states.index(leaf.variable)
            leaves.append(Leaf(number, leaf.strict))
            columns.append(_pairs(leaf.level, leaf.upward, n))
    return Search(tuple(leaves), list(zip(*columns, strict=True)), _truth_function(condition))


def spread_combination(form: Affine, states: Sequence[str], n: int) -> list[Combination]:
    """Return a form for each of n neurons."""
    names = [name for name in form.terms if isinstance(name, str) and name != TIME]
    weights = [_spread(form.terms[name].value, n) for name in names]
    waves = [(spread_wave(wave, n), _spread(ratio.value, n)) for wave, ratio in form.waves.items()]
    constants = _spread(form.constant.value, n)
    numbers = [states.index(name) for name in names]
    levels: list = [None] * n
    if len(names) == 1:
        with np.errstate(all="ignore"):
            levels = _spread((-form.constant).over(form.terms[names[0]]) + 0.0, n)
    result = []
    for k in range(n):
        # a variable or a wave without weight does not take part
        parts = tuple(sorted((j, w[k]) for j, w in zip(numbers, weights, strict=True) if w[k]))
        tones = tuple((tone[k], a[k]) for tone, a in waves if a[k])
        result.append(Combination(parts, tones, constants[k], levels[k] if parts else None))
    return result


def spread_wave(wave: Wave, n: int) -> list[Tone]:
    """Return a wave for each of n neurons."""
    columns = (_spread(x, n) for x in (wave.rate, wave.origin, wave.omega, wave.phase))
    return [Tone(wave.power, a, b, omega, phase, wave.is_cosine) for a, b, omega, phase in zip(*columns, strict=True)]


def _spread(values: object, n: int) -> list[float]:
    return np.broadcast_to(np.asarray(values, dtype=float), (n,)).tolist()


def _pairs(values: object, sides: object, n: int) -> list[tuple[float, bool]]:
    spread = np.broadcast_to(np.asarray(values), (n,)).tolist()
    return list(zip(spread, np.broadcast_to(np.asarray(sides, bool), (n,)).tolist(), strict=True))


def _truth_function(condition: Condition) -> Truth:
    """Return how the truths of the leaves combine."""
    count = iter(range(len(comparisons(condition))))

    def build(part: Condition) -> Truth:
        if isinstance(part, Join):
            return Truth(operator=part.operator, parts=tuple(build(p) for p in part.parts))
        return Truth(next(count))

    return build(condition)


def leaf_holds(leaf: Leaf, level: float, upward: bool, x: float) -> bool:
    """Return whether a comparison holds for the value `x`, by the user's operator."""
    if x == level:
        return not leaf.strict
    return (x > level) == upward


def clock_change(level: float, upward: bool, holds: bool, now: float) -> Iterator[Instant]:
    """Yield when a comparison of time changes: time only moves up, so it becomes true or false once."""
    if upward != holds and now <= level < inf:
        yield level, 0.0


def first_time_true(
    search: Search,
    levels: Sequence[tuple[Any, bool]],
    x: Sequence[float],
    base: Instant,
    changes_of: Callable[[int], tuple[bool, Iterator[Instant]]],
    just_after: bool = False,
) -> tuple[float, float, tuple[int, ...]]:
    """Return the first instant from `base` on at which the condition holds.

    Parameters
    ----------
    levels : sequence of (level, bool)
        Of this neuron, one per leaf.
    x : sequence of float
        State variables at `base`.
    base : tuple of float
        Where the stretch begins: instant and remainder.
    changes_of : callable
        ``changes_of(number)`` gives the truth of a leaf at `base` and an iterator over the instants (double and
        remainder) at which it changes, in order.
    just_after : bool
        Ask at `base` not for what the user's operators say there, but for what holds from there on.

    Returns
    -------
    instant, remainder : float [ms]
        ``inf`` when it never holds; `base` when it holds at once.
    crossed : tuple of int
        The leaves that changed at that instant; empty when it held at once.
    """
    truths, courses, changes = _begin(search, levels, base, changes_of)
    if just_after:
        while changes and min(changes)[:2] <= base:
            _turn(truths, courses, changes)
    if search.holds(truths):
        return (*base, ())
    while changes:
        instant, low, turned = _turn(truths, courses, changes)
        if search.holds(truths):
            return instant, low, turned
    return inf, 0.0, ()


def truth_changes(
    search: Search,
    levels: Sequence[tuple[Any, bool]],
    base: Instant,
    changes_of: Callable[[int], tuple[bool, Iterator[Instant]]],
) -> Iterator[tuple[float, float, bool, tuple[int, ...]]]:
    """Yield the truth of a condition at `base`, and its changes: instant, remainder, truth, leaves that changed.

    Parameters are those of `first_time_true`.
    """
    truths, courses, changes = _begin(search, levels, base, changes_of)
    holds = search.holds(truths)
    yield (*base, holds, ())
    while changes:
        instant, low, turned = _turn(truths, courses, changes)
        if search.holds(truths) != holds:
            holds = not holds
            yield instant, low, holds, turned


def _begin(
    search: Search,
    levels: Sequence[tuple[Any, bool]],
    base: Instant,
    changes_of: Callable[[int], tuple[bool, Iterator[Instant]]],
) -> tuple[list[bool], list[Iterator[Instant]], list]:
    """Return the truths of the leaves at `base`, their changes to come, and the first of each."""
    truths: list[bool] = []
    courses: list[Iterator[Instant]] = []
    course: Iterator[Instant]
    for number, (leaf, (level, upward)) in enumerate(zip(search.leaves, levels, strict=True)):
        if leaf.variable == FIXED:
            holds, course = bool(level), iter(())
        elif leaf.variable == CLOCK:
            holds = leaf_holds(leaf, level, upward, base[0])
            course = clock_change(level, upward, holds, base[0])
        else:
            holds, course = changes_of(number)
        truths.append(holds)
        courses.append(course)
    return truths, courses, [(*first, n) for n, course in enumerate(courses) if (first := next(course, None))]


def _turn(truths: list[bool], courses: list[Iterator[Instant]], changes: list) -> tuple[float, float, tuple[int, ...]]:
    """Let the leaves change that change first, all at that instant, and ask them for their next changes."""
    instant, low, _ = min(changes)
    turned = tuple(sorted(number for hi, lo, number in changes if (hi, lo) == (instant, low)))
    changes[:] = [change for change in changes if change[:2] != (instant, low)]
    for number in turned:
        truths[number] = not truths[number]
        following = next(courses[number], None)
        if following:
            changes.append((*following, number))
    return instant, low, turned
