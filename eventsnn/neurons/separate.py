"""Groups whose variables move each by itself: one family a variable, the fastest and sharpest formulas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from ..crossing.first_time import Instant, Leaf, leaf_holds
from ..instants import later
from ..store import Store
from .dispatch import INTEGRATOR, QUADRATIC, evaluate, flow, speed, time_to_pass
from .registry import families_in_use

_evaluate = np.frompyfunc(evaluate, 14, 1)


def evaluate_many(*columns: Any) -> np.ndarray:
    """Evaluate the kernel `dispatch.evaluate` over arrays, with its own bits."""
    # infinite states are legal (the quadratic neuron), and NumPy would warn of what the kernel does with them
    with np.errstate(all="ignore"):
        return _evaluate(*columns).astype(float)


@dataclass(frozen=True)
class Motion:
    """How one variable moves: ``(kind, p, q, r)``, arrays over the neurons, outside and in the refractory period."""

    active: tuple[np.ndarray, ...]
    refractory: tuple[np.ndarray, ...]

    def columns(self) -> tuple[np.ndarray, ...]:
        return *self.active, *self.refractory

    @property
    def kind(self) -> np.ndarray:
        return self.active[0]


@dataclass(frozen=True, slots=True)
class SeparateCourse:
    """How the variables of one neuron move: ``(kind, p, q, r)`` of each, outside the refractory period and in it."""

    active: tuple[tuple, ...]
    refractory: tuple[tuple, ...]

    def advance(self, x: Sequence[float], base: float, low: float, s: float, in_refractory: bool) -> list[float]:
        """Return the variables a time `s` after the instant ``base + low``, where they are `x`."""
        rows = self.refractory if in_refractory else self.active
        return [flow(kind, v, p, q, r, s) for v, (kind, p, q, r) in zip(x, rows, strict=True)]

    def leaf_changes(
        self,
        leaf: Leaf,
        level: float,
        upward: bool,
        x: Sequence[float],
        base: Instant,
        in_refractory: bool,
        horizon: float,
        at_level: bool,
        only_first: bool = False,
    ) -> tuple[bool, Iterator[Instant]]:
        """Return whether a comparison holds at `base`, and the instants at which it changes: one at most."""
        kind, p, q, r = (self.refractory if in_refractory else self.active)[leaf.variable]
        value = x[leaf.variable]
        holds = leaf_holds(leaf, level, upward, value)
        s = time_to_pass(kind, value, level, upward != holds, p, q, r)
        return holds, iter(() if s == inf else (later(*base, s),))

    def accuracy(self, leaf: Leaf, level: float, x: Sequence[float], base: Instant, s: float) -> tuple[float, float]:
        """Return the slope at a crossing and the size of the numbers that enter."""
        kind, p, q, r = self.active[leaf.variable]
        size = max(abs(level), abs(p) if kind != INTEGRATOR else 0.0, abs(x[leaf.variable]))
        return speed(kind, level, p, q, r), size if size < inf else abs(level)

    def may_be_infinite(self, j: int) -> bool:
        """Return whether infinity is a state of variable j: of a quadratic one, which explodes."""
        return self.active[j][0] == QUADRATIC

    def may_leave_infinity(self, j: int, value: float) -> bool:
        """Return whether variable j comes back from an infinite value: a quadratic one does, on one side."""
        kind, _, _, r = self.active[j]
        return kind == QUADRATIC and value * r < 0.0


@dataclass(frozen=True)
class SeparateDynamics:
    """The motions of all state variables of a group, in the order of its store."""

    motions: tuple[Motion, ...]

    def courses(self, n: int) -> list[SeparateCourse]:
        """Return the course of each neuron."""
        active = [list(zip(*(c.tolist() for c in motion.active), strict=True)) for motion in self.motions]
        refractory = [list(zip(*(c.tolist() for c in motion.refractory), strict=True)) for motion in self.motions]
        if not self.motions:
            return [SeparateCourse((), ())] * n
        rows = zip(zip(*active, strict=True), zip(*refractory, strict=True), strict=True)
        return [SeparateCourse(*row) for row in rows]

    def replace(self, k: int, one: SeparateDynamics) -> None:
        """Take over the motions of neuron k from those of a group of one."""
        for mine, fresh in zip(self.motions, one.motions, strict=True):
            for column, value in zip(mine.columns(), fresh.columns(), strict=True):
                column[k] = value[0]

    def values_at(self, store: Store, number: int, indices: np.ndarray, now: float) -> np.ndarray:
        """Return state variable `number` of some neurons at the instant `now`, without changing anything."""
        stored = store.state[number :: len(store.states)][indices]
        times = (store.since, store.since_low, store.until, store.until_low)
        columns = (column[indices] for column in self.motions[number].columns())
        return evaluate_many(stored, *(a[indices] for a in times), now, *columns)

    def differs_from(self, other: Any) -> np.ndarray:
        """Return for which neurons any parameter differs."""
        if not isinstance(other, SeparateDynamics):
            return np.array([True])
        pairs = [
            (a, b)
            for mine, its in zip(self.motions, other.motions, strict=True)
            for a, b in zip(mine.columns(), its.columns(), strict=True)
        ]
        return np.any([a != b for a, b in pairs], axis=0) if pairs else np.zeros(1, bool)

    def snapshot(self) -> dict[str, Any]:
        """Return copies of all parameters."""
        return {"motions": [[column.copy() for column in motion.columns()] for motion in self.motions]}

    @classmethod
    def restored(cls, snapshot: dict[str, Any]) -> SeparateDynamics:
        """Return the dynamics that a snapshot was taken of."""
        motions = ([column.copy() for column in columns] for columns in snapshot["motions"])
        return cls(tuple(Motion(tuple(columns[:4]), tuple(columns[4:])) for columns in motions))

    # --- for explain() ----------------------------------------------------------------------------------------

    def solutions(self, j: int, name: str) -> list[tuple[str, str, int]]:
        """Return name, formula and number of neurons of the solutions of variable j."""
        kind = self.motions[j].kind
        return [
            (family.name, family.solution.format(x=name), int(np.sum(kind == family.kind)))
            for family in families_in_use(kind)
        ]

    def has_own_refractory_course(self, j: int) -> bool:
        """Return whether variable j moves differently in the refractory period."""
        motion = self.motions[j]
        return not all(np.array_equal(a, b) for a, b in zip(motion.active, motion.refractory, strict=True))

    def crossings(self, leaf: Leaf, level: Any, names: Sequence[str]) -> list[str]:
        """Return how the crossings of a comparison are found."""
        name = names[leaf.variable]
        return [family.crossing.format(x=name) for family in families_in_use(self.motions[leaf.variable].kind)]
