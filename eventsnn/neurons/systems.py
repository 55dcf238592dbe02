"""Groups whose variables drive each other, or are driven by functions of time: a linear system for each neuron."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from math import inf
from typing import Any

import numpy as np

from ..crossing.first_time import Instant, Leaf, leaf_holds
from ..crossing.leaves import COMBINED, Combination, Tone
from ..crossing.sine_drive import SineDrive
from ..crossing.sums import RealSum
from ..equations.forms import Affine, Ratio
from ..instants import elapsed
from ..store import Store
from .linear import Phase


@dataclass(frozen=True)
class LinearCourse:
    """How the variables of one neuron move, outside the refractory period and in it."""

    active: Phase
    refractory: Phase

    def phase(self, in_refractory: bool) -> Phase:
        return self.refractory if in_refractory else self.active

    def advance(self, x: Sequence[float], base: float, low: float, s: float, in_refractory: bool) -> list[float]:
        """Return the variables a time `s` after the instant ``base + low``, where they are `x`."""
        return self.phase(in_refractory).flow(x, base, low, s)

    def leaf_changes(
        self,
        leaf: Leaf,
        level: Any,
        upward: bool,
        x: Sequence[float],
        base: Instant,
        in_refractory: bool,
        horizon: float,
        at_level: bool,
        only_first: bool = False,
    ) -> tuple[bool, Iterator[Instant]]:
        """Return whether a comparison holds at `base`, and the instants at which it changes, in order.

        Parameters
        ----------
        at_level : bool
            Whether a combination stands on zero by definition, its neuron having just crossed there.
        only_first : bool
            Whether changes after the first are of no interest.
        """
        combination = as_combination(leaf, level)
        if leaf.variable == COMBINED:
            start = 0.0 if at_level else combination.at(x, *base)
            holds = not leaf.strict if start == 0.0 else (start > 0.0) == upward
        else:
            start = x[leaf.variable] - level
            holds = leaf_holds(leaf, level, upward, x[leaf.variable])
        if combination.is_out_of_reach:
            return holds, iter(())
        phase, reach = self.phase(in_refractory), horizon - base[0]
        return holds, _turns(phase.changes(combination, start, x, base, reach, only_first), upward, holds)

    def earliest_change(self, leaf: Leaf, level: Any, x: Sequence[float], base: Instant) -> float:
        """Return a time after `base`, outside the refractory period, before which a comparison cannot change."""
        combination = as_combination(leaf, level)
        if leaf.variable < 0 or combination.is_out_of_reach:
            return 0.0
        return self.active.earliest_change(combination, x[leaf.variable] - level, x, base)

    def accuracy(self, leaf: Leaf, level: Any, x: Sequence[float], base: Instant, s: float) -> tuple[float, float]:
        """Return the slope at a crossing and the size of the numbers that enter."""
        return self.active.slope_and_size(as_combination(leaf, level), x, base, s)

    def may_be_infinite(self, j: int) -> bool:
        """Return whether infinity is a state of variable j: no."""
        return False

    def may_leave_infinity(self, j: int, value: float) -> bool:
        """Return whether variable j comes back from an infinite value: no."""
        return False


def _turns(changes: Iterator[tuple[float, float, int]], upward: bool, holds: bool) -> Iterator[Instant]:
    """Yield the instants at which a comparison becomes true or false."""
    for instant, low, sign in changes:
        if sign and ((sign > 0) == upward) != holds:
            holds = not holds
            yield instant, low


def as_combination(leaf: Leaf, level: Any) -> Combination:
    """Return what a comparison asks for the sign of."""
    if leaf.variable == COMBINED:
        return level
    return Combination(((leaf.variable, 1.0),), (), -level, level)


@dataclass
class LinearDynamics:
    """The linear systems of all neurons of a group."""

    systems: list[LinearCourse] = field(default_factory=list)

    def courses(self, n: int) -> list[LinearCourse]:
        """Return the course of each neuron."""
        return list(self.systems)

    def replace(self, k: int, one: LinearDynamics) -> None:
        """Take over the system of neuron k from that of a group of one."""
        self.systems[k] = one.systems[0]

    def values_at(self, store: Store, number: int, indices: np.ndarray, now: float) -> np.ndarray:
        """Return state variable `number` of some neurons at the instant `now`, without changing anything."""
        m = len(store.states)
        values = np.empty(len(indices))
        for place, k in enumerate(indices.tolist()):
            x = store.state[k * m : k * m + m].tolist()
            since, since_low, until, until_low = (
                float(a[k]) for a in (store.since, store.since_low, store.until, store.until_low)
            )
            values[place] = value_at(self.systems[k], number, x, since, since_low, until, until_low, now)
        return values

    def differs_from(self, other: Any) -> np.ndarray:
        """Return for which neurons any parameter differs."""
        if not isinstance(other, LinearDynamics):
            return np.array([True])
        known: dict[tuple[int, int], bool] = {}
        pairs = [(id(a), id(b)) for a, b in zip(self.systems, other.systems, strict=True)]
        for pair, a, b in zip(pairs, self.systems, other.systems, strict=True):
            if pair not in known:
                known[pair] = a != b
        return np.array([known[pair] for pair in pairs])

    def snapshot(self) -> dict[str, Any]:
        """Return the systems, which nobody changes."""
        return {"systems": list(self.systems)}

    @classmethod
    def restored(cls, snapshot: dict[str, Any]) -> LinearDynamics:
        """Return the dynamics that a snapshot was taken of."""
        return cls(list(snapshot["systems"]))

    # --- for explain() ----------------------------------------------------------------------------------------

    def solutions(self, j: int, name: str) -> list[tuple[str, str, int]]:
        """Return name, formula and number of neurons of the solutions of variable j."""
        found: dict[str, list[Phase]] = {}
        for system in self.systems:
            found.setdefault(system.active.describe(j), []).append(system.active)
        return [
            (kind, f"{name}(s) is a sum of exponentials: {_rates_of(phases, j)}", len(phases))
            for kind, phases in found.items()
        ]

    def has_own_refractory_course(self, j: int) -> bool:
        """Return whether variable j moves differently in the refractory period."""
        return any(system.active.row(j) != system.refractory.row(j) for system in self.systems)

    def crossings(self, leaf: Leaf, level: Any, names: Sequence[str]) -> list[str]:
        """Return how the crossings of a comparison are found."""
        combination = as_combination(leaf, level)
        if combination.is_out_of_reach:
            return ["no search: the level is infinite"]
        sums = self.systems[0].active.observe(combination, [1.0] * len(names), 0.0, 0.0)
        if isinstance(sums.drive, SineDrive):
            return ["analysis of the drive, a constant and a sinusoid: the window of the certified first crossing"]
        if sums.drive is not None:
            return ["analysis of the drive, a constant and at most two exponentials: certified first crossing"]
        if isinstance(sums.finder, RealSum):
            return ["Rolle's theorem on the drive: every sign change of the sum, certified"]
        return ["envelope and windows: every sign change of the oscillating sum, certified"]


def _rates_of(phases: Sequence[Phase], j: int) -> str:
    """Return the rates of one neuron, and whether others differ."""
    texts = dict.fromkeys(phase.rates(j) for phase in dict.fromkeys(phases))
    first = next(iter(texts))
    return first if len(texts) == 1 else f"{first} (one neuron; others differ)"


def value_at(
    course: LinearCourse,
    j: int,
    x: Sequence[float],
    since: float,
    since_low: float,
    until: float,
    until_low: float,
    now: float,
) -> float:
    """Return variable j at the instant `now`, through the end of the refractory period if that lies between."""
    in_refractory = until > since and now < until
    if until > since and not in_refractory:
        x = course.advance(x, since, since_low, elapsed(since, since_low, until, until_low), True)
        since, since_low = until, until_low
    return course.phase(in_refractory).value(j, x, since, since_low, elapsed(since, since_low, now, 0.0))


def values_at(segment: tuple, j: int, times: np.ndarray) -> np.ndarray:
    """Return variable j at many instants [ms] that one segment of a tape describes, for reading."""
    since, since_low, until, until_low, x, course = segment[:6]
    values = np.empty(len(times))
    rests = (times < until) if until > since else np.zeros(len(times), bool)
    if np.any(rests):
        values[rests] = course.refractory.values(j, x, since, since_low, _elapsed(since, since_low, times[rests]))
    if not np.all(rests):
        if until > since:
            x = course.advance(x, since, since_low, elapsed(since, since_low, until, until_low), True)
            since, since_low = until, until_low
        values[~rests] = course.active.values(j, x, since, since_low, _elapsed(since, since_low, times[~rests]))
    return values


def _elapsed(since: float, since_low: float, times: np.ndarray) -> np.ndarray:
    """Return the time since an instant, as `instants.elapsed` does."""
    return np.where(times == since, 0.0, np.maximum((times - since) - since_low, 0.0))


def build_systems(
    forms: Sequence[tuple[Affine, Affine]],
    states: Sequence[str],
    observed: Sequence[Sequence[Tone]],
    n: int,
) -> LinearDynamics:
    """Return the linear systems of n neurons.

    Parameters
    ----------
    forms : sequence of (Affine, Affine)
        Of each variable, outside the refractory period and in it.
    observed : sequence of sequence of Tone
        For each neuron, waves that thresholds look at.
    """
    active = _phases([active for active, _ in forms], states, observed, n)
    is_same = all(refractory is active for active, refractory in forms)
    refractory = active if is_same else _phases([refractory for _, refractory in forms], states, observed, n)
    systems: dict[tuple[int, int], LinearCourse] = {}
    result = []
    for pair in zip(active, refractory, strict=True):
        key = id(pair[0]), id(pair[1])
        if key not in systems:
            systems[key] = LinearCourse(*pair)
        result.append(systems[key])
    return LinearDynamics(result)


def _phases(forms: Sequence[Affine], states: Sequence[str], observed: Sequence[Sequence[Tone]], n: int) -> list[Phase]:
    """Return the phase of each neuron; those that are alike have one."""
    members, kinds = _kinds(forms, observed, n)
    places, quotients = np.array(members), _Quotients()
    rows = [_rows([quotients(form.terms.get(name, NOTHING), places) for name in states]) for form in forms]
    constants = _rows([quotients(form.constant, places) for form in forms])
    waves = _rows([_waves(form, j, places) for j, form in enumerate(forms)])
    columns = (_spread(column, len(members)) for column in (_rows(rows), constants, waves))
    phases = [
        Phase(matrix, constant, tuple(chain(*drives)), tuple(observed[k]))
        for matrix, constant, drives, k in zip(*columns, members, strict=True)
    ]
    return [phases[kind] for kind in kinds]


def _kinds(forms: Sequence[Affine], observed: Sequence[Sequence[Tone]], n: int) -> tuple[list[int], list[int]]:
    """Return the first neuron of every kind, and the kind of each: neurons of one kind have the same numbers."""
    # zeros of two signs are the same number
    columns = [np.asarray(x, dtype=float) + 0.0 for form in forms for x in _numbers(form) if np.ndim(x)]
    if any(observed) and len({*map(id, observed)}) > 1:
        columns.append(np.arange(n, dtype=float))
    if not columns:
        return [0], [0] * n
    # rows are compared as bytes, which is the quickest way
    table = np.stack([np.broadcast_to(x, (n,)) for x in columns], axis=1)
    rows = np.ascontiguousarray(table).view(f"V{8 * len(columns)}").ravel()
    _, first, kinds = np.unique(rows, return_index=True, return_inverse=True)
    return first.tolist(), kinds.tolist()


def _numbers(form: Affine) -> list:
    """Return all numbers in a form, scalars or arrays over the neurons."""
    found = [x for ratio in (form.constant, *form.terms.values()) for x in (ratio.numerator, ratio.denominator)]
    return found + [x for wave in form.waves for x in (wave.rate, wave.origin, wave.omega, wave.phase)]


# --- columns: a list with an entry for each of some neurons, or with one entry for all of them ------------------------

#: Where an equation does not name a variable.
NOTHING = Ratio(0.0)


class _Quotients:
    """Exact values of coefficients; quotients of the same doubles are one object."""

    def __init__(self) -> None:
        self._known: dict[tuple[float, float], Fraction] = {}

    def __call__(self, ratio: Ratio, places: np.ndarray) -> list[Fraction]:
        """Return a coefficient of some neurons, a column."""
        if not np.ndim(ratio.numerator) and not np.ndim(ratio.denominator):
            return [self._quotient(float(ratio.numerator), float(ratio.denominator))]
        return [*map(self._quotient, _at(ratio.numerator, places), _at(ratio.denominator, places))]

    def _quotient(self, numerator: float, denominator: float) -> Fraction:
        key = numerator, denominator
        if key not in self._known:
            self._known[key] = Fraction(0) if abs(denominator) == inf else Fraction(numerator) / Fraction(denominator)
        return self._known[key]


def _waves(form: Affine, j: int, places: np.ndarray) -> list[tuple[tuple[int, Tone, float], ...]]:
    """Return the waves that drive variable j of some neurons, a column."""
    columns: list[list] = []
    for wave, ratio in form.waves.items():
        numbers = (_at(x, places) for x in (wave.rate, wave.origin, wave.omega, wave.phase))
        rows = zip(_at(ratio.value, places), *numbers, strict=True)
        columns.append([(a, Tone(wave.power, b, c, d, e, wave.is_cosine)) for a, b, c, d, e in rows])
    # a wave without amplitude does not take part
    return [tuple((j, tone, a) for a, tone in row if a) for row in zip(*columns, strict=True)] or [()]


def _rows(columns: Sequence[list]) -> list[tuple]:
    """Return columns as one column of tuples."""
    count = max(map(len, columns), default=1)
    return [*zip(*(_spread(column, count) for column in columns), strict=True)] or [()]


def _spread(column: list, count: int) -> list:
    return column * count if len(column) == 1 else column


def _at(values: Any, places: np.ndarray) -> list[float]:
    values = np.asarray(values, dtype=float)
    return (values[places] if values.size > 1 else np.broadcast_to(values, places.shape)).tolist()
