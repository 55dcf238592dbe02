"""Groups whose variables drive each other, or are driven by functions of time: a linear system for each neuron."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from math import inf
from typing import Any

import numpy as np

from ..crossing.first_time import Instant, Leaf, leaf_holds, spread_wave
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
        return np.array([a != b for a, b in zip(self.systems, other.systems, strict=True)])

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
    fractions = _Fractions()
    columns = [[_Column(forms[j][side], states, n, fractions) for j in range(len(states))] for side in (0, 1)]
    shared: dict[tuple, Phase] = {}

    def phase(side: int, k: int) -> Phase:
        rows = columns[side]
        waves = tuple(chain.from_iterable(column.waves(j, k) for j, column in enumerate(rows)))
        key = (tuple(c.row(k) for c in rows), tuple(c.constant(k) for c in rows), waves, tuple(observed[k]))
        if key not in shared:
            shared[key] = Phase(*key)
        return shared[key]

    systems: dict[tuple[int, int], LinearCourse] = {}
    result = []
    for k in range(n):
        active, refractory = phase(0, k), phase(1, k)
        pair = id(active), id(refractory)
        if pair not in systems:
            systems[pair] = LinearCourse(active, refractory)
        result.append(systems[pair])
    return LinearDynamics(result)


class _Fractions:
    """Exact quotients of doubles, remembered."""

    def __init__(self) -> None:
        self._known: dict[tuple[float, float], Fraction] = {}

    def __call__(self, numerator: float, denominator: float) -> Fraction:
        key = numerator, denominator
        if key not in self._known:
            self._known[key] = Fraction(0) if abs(denominator) == inf else Fraction(numerator) / Fraction(denominator)
        return self._known[key]


class _Column:
    """The coefficients of one equation, for each neuron."""

    def __init__(self, form: Affine, states: Sequence[str], n: int, fractions: _Fractions) -> None:
        self._quotient = fractions
        self._zero = Fraction(0)
        self._weights = [_pairs(form.terms[name], n) if name in form.terms else None for name in states]
        self._constant = _pairs(form.constant, n)
        self._waves = [(spread_wave(wave, n), _floats(ratio.value, n)) for wave, ratio in form.waves.items()]

    def row(self, k: int) -> tuple[Fraction, ...]:
        return tuple(self._quotient(*pairs[k]) if pairs else self._zero for pairs in self._weights)

    def constant(self, k: int) -> Fraction:
        return self._quotient(*self._constant[k])

    def waves(self, j: int, k: int) -> Iterator[tuple[int, Tone, float]]:
        for tones, amplitudes in self._waves:
            if amplitudes[k]:
                yield j, tones[k], amplitudes[k]


def _pairs(ratio: Ratio, n: int) -> list[tuple[float, float]]:
    return list(zip(_floats(ratio.numerator, n), _floats(ratio.denominator, n), strict=True))


def _floats(values: Any, n: int) -> list[float]:
    return np.broadcast_to(np.asarray(values, dtype=float), (n,)).tolist()
