"""How the neurons of a network move, laid out by course: neurons that have all numbers in common have one course."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...equations.code import Function
from ...neurons.dispatch import INTEGRATOR, LEAKY
from ...neurons.separate import Motion, SeparateDynamics
from ...neurons.systems import LinearCourse, LinearDynamics
from ..cells import Cells
from .driven_tables import FORM, WIDTH
from .linear_tables import LinearTables, find_obstacle, linear_tables
from .resets import Step, find_steps
from .tables import DRIVEN, LINEAR, NO_PERIOD, SEPARATE, SET, Laws


def find_obstacle_of_system(cells: Cells) -> str | None:
    """Return why the equations of a group cannot be laid out; None where they can.

    Its threshold is one variable against a level for each neuron.
    """
    dynamics = cells.model.dynamics
    if isinstance(dynamics, SeparateDynamics):
        return None
    if not isinstance(dynamics, LinearDynamics):
        return f"group '{cells.group.name}' has equations of another kind"
    leaf, levels, _ = _threshold_of(cells)
    asked = {(id(system), level): system for system, level in zip(dynamics.systems, levels.tolist(), strict=True)}
    reasons = (find_obstacle(system, leaf, level) for (_, level), system in asked.items())
    reason = next((reason for reason in reasons if reason), None)
    return None if reason is None else f"group '{cells.group.name}' has {reason}"


def lay_out_laws(cells: Sequence[Cells]) -> tuple[Laws, LinearTables, np.ndarray]:
    """Return the courses of all groups, their linear systems, and which course each neuron has."""
    parts: list[dict[str, np.ndarray]] = []
    courses, base, systems = [], 0, _Systems()
    for part in cells:
        steps, _ = find_steps(part)
        table, which = _distinct_rows(_columns_of(part, steps))
        courses.append(base + which)
        parts.append(_courses_of(part, table, steps, systems))
        base += len(table)
    tables = linear_tables(systems.courses, systems.leaves, systems.levels)
    laws = {name: np.concatenate([p[name] for p in parts]) if parts else np.empty(0) for name in Laws._fields}
    for name, many in (("row", "kind"), ("first_step", "step_kind")):
        # places in the columns of one group become places in those of all
        begins = np.cumsum([0, *(len(p[many]) for p in parts)])[:-1]
        laws[name] = np.concatenate([p[name] + begin for p, begin in zip(parts, begins, strict=True)] or [np.empty(0)])
    laws["first_step"] = np.append(laws["first_step"], len(laws["step_kind"]))
    is_linear = laws["family"] == LINEAR
    has_row = tables.driven[WIDTH * laws["system"][is_linear].astype(np.int64) + FORM] != 0.0
    laws["family"][is_linear] = np.where(has_row, DRIVEN, LINEAR)
    floats = ("level", "period", "p", "q", "r", "step_value")
    columns = {name: laws[name].astype(np.float64 if name in floats else np.int64) for name in Laws._fields}
    return Laws(**columns), tables, np.concatenate(courses) if courses else np.empty(0)


class _Systems:
    """Linear systems with their thresholds, each once."""

    def __init__(self) -> None:
        self.courses: list[LinearCourse] = []
        self.leaves: list[int] = []
        self.levels: list[float] = []
        self._numbers: dict[tuple[int, int, float], int] = {}

    def number_of(self, course: LinearCourse, leaf: int, level: float) -> int:
        """Return the number of a system; a new one where there is none yet."""
        key = id(course), leaf, level
        if key not in self._numbers:
            self._numbers[key] = len(self.courses)
            self.courses.append(course)
            self.leaves.append(leaf)
            self.levels.append(level)
        return self._numbers[key]


def _threshold_of(part: Cells) -> tuple[int, np.ndarray, np.ndarray]:
    """Return the variable that the threshold of a group asks for, -1 for none; levels and sides of all neurons."""
    n, search = part.store.n, part.model.threshold
    if search is None:
        return -1, np.zeros(n), np.zeros(n)
    levels, sides = (np.broadcast_to(np.asarray(column, float), (n,)) for column in search.columns[0])
    return search.leaves[0].variable, levels, sides


def _kinds_of(dynamics: LinearDynamics) -> tuple[list[LinearCourse], np.ndarray]:
    """Return the systems of a group, each once, and which of them each neuron has."""
    places: dict[int, int] = {}
    which = [places.setdefault(id(system), len(places)) for system in dynamics.systems]
    kinds = {id(system): system for system in dynamics.systems}
    return [kinds[key] for key in places], np.array(which)


def _motions_of(dynamics: Any) -> Sequence[Motion]:
    return dynamics.motions


def _columns_of(part: Cells, steps: Sequence[Step]) -> np.ndarray:
    """Return all numbers in which neurons of a group can differ, a row each; shape (n, numbers)."""
    n, dynamics = part.store.n, part.model.dynamics
    if isinstance(dynamics, LinearDynamics):
        columns: list[Any] = [_kinds_of(dynamics)[1]]
    else:
        columns = [c for motion in _motions_of(dynamics) for c in motion.columns()]
    # a formula is evaluated after each spike
    duration = part.model.duration
    duration = NO_PERIOD if duration is None or isinstance(duration, Function) else duration
    columns += [*_threshold_of(part)[1:], duration, *(value for _, _, value in steps)]
    return np.stack([np.broadcast_to(np.asarray(c, float), (n,)) for c in columns], axis=1)


def _distinct_rows(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that differ, and which of them each is; all of them where nearly all differ."""
    n = len(table)
    if n == 0 or (table == table[0]).all():
        return table[:1], np.zeros(n, np.int64)
    bits = np.ascontiguousarray(table).view(np.uint64)
    weights = np.random.default_rng(0).integers(1, 2**63, table.shape[1], np.uint64) | np.uint64(1)
    _, firsts, which = np.unique((bits * weights).sum(axis=1), return_index=True, return_inverse=True)
    if (bits[firsts][which] == bits).all():
        return table[firsts], which
    return table, np.arange(n)


def _courses_of(part: Cells, table: np.ndarray, steps: Sequence[Step], systems: _Systems) -> dict[str, np.ndarray]:
    """Return the columns of `Laws` for the courses of one group: what `_columns_of` gives of each."""
    m, search, n, dynamics = len(part.store.states), part.model.threshold, len(table), part.model.dynamics
    leaf, is_linear = _threshold_of(part)[0], isinstance(dynamics, LinearDynamics)
    own = 1 if is_linear else 8 * m
    level, side, period = table[:, own : own + 3].T
    motions, numbers = np.zeros((2 * m * n, 4)), [0] * n
    if isinstance(dynamics, LinearDynamics):
        kinds = _kinds_of(dynamics)[0]
        rows = zip(table[:, 0].tolist(), level.tolist(), strict=True)
        numbers = [systems.number_of(kinds[int(kind)], leaf, one) for kind, one in rows]
    else:
        motions = table[:, :own].reshape(n, m, 2, 4).transpose(0, 2, 1, 3).reshape(-1, 4)
    frozen = [int(j in part.frozen) for j in range(m)] * 2
    return {
        "family": np.full(n, LINEAR if is_linear else SEPARATE),
        "m": np.full(n, m),
        "row": 2 * m * np.arange(n),
        "system": np.array(numbers, np.int64),
        "leaf": np.full(n, leaf),
        "upward": side,
        "strict": np.full(n, 0 if search is None else int(search.leaves[0].strict)),
        "quiet": _are_quiet(part, table, steps),
        "level": level,
        "period": period,
        "first_step": len(steps) * np.arange(n),
        "kind": motions[:, 0],
        "frozen": np.tile(frozen, n),
        "p": motions[:, 1],
        "q": motions[:, 2],
        "r": motions[:, 3],
        "step_kind": np.tile([kind for kind, _, _ in steps], n),
        "step_variable": np.tile([variable for _, variable, _ in steps], n),
        "step_value": table[:, own + 3 :].reshape(-1),
    }


def _are_quiet(part: Cells, table: np.ndarray, steps: Sequence[Step]) -> np.ndarray:
    """Return which courses rest below their threshold, are reset below it, and do not move while refractory."""
    m, search = len(part.store.states), part.model.threshold
    is_one = m == 1 and search is not None and len(steps) == 1 and steps[0][0] == SET and not part.tapes
    if not is_one or not isinstance(part.model.dynamics, SeparateDynamics):
        return np.zeros(len(table))
    kind, p, q, _, kind_r, p_r, _, _, level, side, period, value = table.T
    rests = (period == NO_PERIOD) | ((0 in part.frozen) & (kind_r == INTEGRATOR) & (p_r == 0.0))
    is_reset = (value < level) | ((value == level) & part.model.threshold.leaves[0].strict)  # type: ignore[union-attr]
    return (kind == LEAKY) & (q > 0.0) & (side != 0.0) & (p <= level) & rests & is_reset
