"""The first instant at which a condition holds, for one neuron.

The leaves of a condition are numbered from left to right. A `Leaf` holds their variable's number (or `CLOCK`, `FIXED`,
`COMBINED`), a column the levels of all neurons, and the levels of one neuron come as a tuple of ``(level, upward)``.
What moves the neuron says when each leaf changes; a leaf is asked for its next change when the one before has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
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


#: Of one leaf, for all neurons: levels, and whether it holds above them.
Column = tuple[Any, np.ndarray]


@dataclass(frozen=True, eq=False)
class Search:
    """A condition made ready for one group.

    Attributes
    ----------
    leaves : tuple of Leaf
    columns : list of (levels, sides)
        For each leaf what all neurons have: levels and whether it holds above them, arrays that may be views of one
        value; for a fixed leaf ``(truths, True)``, for a combined one ``(list of Combination, sides)``.
    holds : Truth
        From the truth of all leaves to the truth of the condition.
    """

    leaves: tuple[Leaf, ...]
    columns: list[Column]
    holds: Truth

    @classmethod
    def of_levels(cls, leaves: tuple[Leaf, ...], levels: list[tuple[tuple[Any, bool], ...]], holds: Truth) -> Search:
        """Return the search that has these levels."""
        columns: list[Column] = []
        for leaf, pairs in zip(leaves, zip(*levels, strict=True), strict=True):
            its, sides = zip(*pairs, strict=True)
            kind = bool if leaf.variable == FIXED else float
            columns.append((list(its) if leaf.variable == COMBINED else np.array(its, kind), np.array(sides, bool)))
        return cls(leaves, columns, holds)

    @cached_property
    def levels(self) -> list[tuple[tuple[Any, bool], ...]]:
        """For each neuron and leaf ``(level, upward)``: the columns as plain numbers, to read; see `replace`."""
        pairs = (zip(_listed(levels), sides.tolist(), strict=True) for levels, sides in self.columns)
        return list(zip(*pairs, strict=True))

    def of(self, k: int) -> tuple[tuple[Any, bool], ...]:
        """Return the levels of neuron k alone."""
        return tuple((*_listed(levels[k : k + 1]), bool(sides[k])) for levels, sides in self.columns)

    def replace(self, k: int, fresh: tuple[tuple[Any, bool], ...]) -> None:
        """Take over the levels of neuron k."""
        for number, (level, upward) in enumerate(fresh):
            levels, sides = self.columns[number] = _own(self.columns[number])
            levels[k], sides[k] = level, upward
        if "levels" in self.__dict__:
            self.levels[k] = fresh

    def copy(self) -> Search:
        """Return one whose levels can be replaced alone."""
        return Search(self.leaves, [(levels.copy(), sides.copy()) for levels, sides in self.columns], self.holds)


def _listed(levels: Any) -> list:
    return levels if isinstance(levels, list) else levels.tolist()


def _own(column: Column) -> Column:
    """Return a column that can be written: not one value for all."""
    levels, sides = column
    if not isinstance(levels, list) and not levels.flags.writeable:
        levels = levels.copy()
    return levels, sides if sides.flags.writeable else sides.copy()


def prepare_search(condition: Condition, states: Sequence[str], n: int) -> Search:
    """Spread a condition over the `n` neurons of a group whose state variables are `states`."""
    leaves: list[Leaf] = []
    columns: list[Column] = []
    for leaf in comparisons(condition):
        if isinstance(leaf, Fixed):
            leaves.append(Leaf(FIXED, False))
            columns.append((_column(leaf.truth, bool, n), _column(True, bool, n)))
        elif isinstance(leaf, Combined):
            leaves.append(Leaf(COMBINED, leaf.strict))
            columns.append((spread_combination(leaf.form, states, n), _column(leaf.upward, bool, n)))
        else:
            number = CLOCK if leaf.variable == TIME else states.index(leaf.variable)
            leaves.append(Leaf(number, leaf.strict))
            columns.append((_column(leaf.level, float, n), _column(leaf.upward, bool, n)))
    return Search(tuple(leaves), columns, _truth_function(condition))


def spread_combination(form: Affine, states: Sequence[str], n: int) -> list[Combination]:
    """Return a form for each of n neurons; one for all where they are alike."""
    names = [name for name in form.terms if isinstance(name, str) and name != TIME]
    if n > 1 and _is_alike(form):
        return spread_combination(form, states, 1) * n
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


def _is_alike(form: Affine) -> bool:
    """Return whether a form says the same for all neurons."""
    numbers = [x for ratio in (form.constant, *form.terms.values()) for x in (ratio.numerator, ratio.denominator)]
    numbers += [x for wave in form.waves for x in (wave.rate, wave.origin, wave.omega, wave.phase)]
    return all(np.ndim(x) == 0 for x in numbers)


def spread_wave(wave: Wave, n: int) -> list[Tone]:
    """Return a wave for each of n neurons."""
    columns = (_spread(x, n) for x in (wave.rate, wave.origin, wave.omega, wave.phase))
    return [Tone(wave.power, a, b, omega, phase, wave.is_cosine) for a, b, omega, phase in zip(*columns, strict=True)]


def _spread(values: object, n: int) -> list[float]:
    return np.broadcast_to(np.asarray(values, dtype=float), (n,)).tolist()


def _column(values: object, kind: type, n: int) -> np.ndarray:
    return np.broadcast_to(np.asarray(values, dtype=kind), (n,))


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
