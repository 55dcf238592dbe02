"""The first instant at which a condition holds, for one neuron.

The leaves of a condition are numbered from left to right. A `Leaf` holds their variable's number (or `CLOCK`, or
`FIXED`), and the levels of one neuron come as a tuple of ``(level, upward)``. Along a stretch without events each
variable here moves one way only, so every leaf changes at most once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from .conditions import TIME, Comparison, Condition, Fixed, Join, comparisons

CLOCK, FIXED = -1, -2


@dataclass(frozen=True)
class Leaf:
    """Which variable a comparison is about, and whether it fails on its level."""

    variable: int
    strict: bool


@dataclass(frozen=True)
class Search:
    """A condition made ready for one group.

    Attributes
    ----------
    leaves : tuple of Leaf
    levels : list of tuple
        For each neuron and leaf ``(level, upward)``; for a fixed leaf ``(truth, True)``.
    holds : callable
        From the truth of all leaves to the truth of the condition.
    """

    leaves: tuple[Leaf, ...]
    levels: list[tuple[tuple[float, bool], ...]]
    holds: Callable[[Sequence[bool]], bool]


def prepare_search(condition: Condition, states: Sequence[str], n: int) -> Search:
    """Spread a condition over the `n` neurons of a group whose state variables are `states`."""
    leaves, columns = [], []
    for leaf in comparisons(condition):
        if isinstance(leaf, Fixed):
            leaves.append(Leaf(FIXED, False))
            columns.append(_pairs(leaf.truth, True, n))
        else:
            number = CLOCK if leaf.variable == TIME else states.index(leaf.variable)
            leaves.append(Leaf(number, leaf.strict))
            columns.append(_pairs(leaf.level, leaf.upward, n))
    return Search(tuple(leaves), list(zip(*columns, strict=True)), _truth_function(condition))


def _pairs(values: object, sides: object, n: int) -> list[tuple[float, bool]]:
    spread = np.broadcast_to(np.asarray(values), (n,)).tolist()
    return list(zip(spread, np.broadcast_to(np.asarray(sides, bool), (n,)).tolist(), strict=True))


def _truth_function(condition: Condition) -> Callable[[Sequence[bool]], bool]:
    """Return how the truths of the leaves combine."""
    count = iter(range(len(comparisons(condition))))

    def build(part: Condition) -> Callable[[Sequence[bool]], bool]:
        if isinstance(part, Join):
            inner = [build(p) for p in part.parts]
            if part.operator == "and":
                return lambda truths: all(f(truths) for f in inner)
            return lambda truths: any(f(truths) for f in inner)
        assert isinstance(part, Comparison | Fixed)
        number = next(count)
        return lambda truths: truths[number]

    return build(condition)


def leaf_holds(leaf: Leaf, level: float, upward: bool, x: float) -> bool:
    """Return whether a comparison holds for the value `x`, by the user's operator."""
    if x == level:
        return not leaf.strict
    return (x > level) == upward


def first_time_true(
    search: Search,
    levels: Sequence[tuple[float, bool]],
    x: Sequence[float],
    base: tuple[float, float],
    changes_at: Callable[[int, float, float, bool], tuple[float, float]],
    just_after: bool = False,
) -> tuple[float, float, tuple[int, ...]]:
    """Return the first instant from `base` on at which the condition holds.

    Parameters
    ----------
    levels : sequence of (float, bool)
        Of this neuron, one per leaf.
    x : sequence of float
        State variables at `base`.
    base : tuple of float
        Where the stretch begins: instant and remainder.
    changes_at : callable
        ``changes_at(variable, x, level, upward)`` gives the instant (double and remainder) at which a variable
        passes a level, infinite if never.
    just_after : bool
        Ask at `base` not for what the user's operators say there, but for what holds from there on.

    Returns
    -------
    instant, remainder : float [ms]
        ``inf`` when it never holds; `base` when it holds at once.
    crossed : tuple of int
        The leaves that changed at that instant; empty when it held at once.
    """
    truths: list[bool] = []
    changes: list[tuple[float, float, int]] = []
    for number, (leaf, (level, upward)) in enumerate(zip(search.leaves, levels, strict=True)):
        if leaf.variable == FIXED:
            truths.append(bool(level))
            continue
        value = base[0] if leaf.variable == CLOCK else x[leaf.variable]
        now = leaf_holds(leaf, level, upward, value)
        truths.append(now)
        if leaf.variable == CLOCK:
            # time only moves up: it makes an upward comparison true, or a downward one false, once
            instant = (level, 0.0) if upward != now and base[0] <= level else (inf, 0.0)
        else:
            # a comparison that holds ends when its variable passes back to the other side
            instant = changes_at(leaf.variable, value, level, upward != now)
        if instant[0] < inf:
            changes.append((*instant, number))
    changes.sort()
    if just_after:
        while changes and changes[0][:2] <= base:
            number = changes.pop(0)[2]
            truths[number] = not truths[number]
    if search.holds(truths):
        return (*base, ())
    return _first_change(search, truths, changes)


def _first_change(search: Search, truths: list[bool], changes: list) -> tuple[float, float, tuple[int, ...]]:
    """Go through the changes in order of time until the condition holds."""
    while changes:
        instant, low, _ = changes[0]
        now = [number for hi, lo, number in changes if (hi, lo) == (instant, low)]
        changes = changes[len(now) :]
        for number in now:
            truths[number] = not truths[number]
        if search.holds(truths):
            return instant, low, tuple(now)
    return inf, 0.0, ()
