"""Linear systems as two flat arrays: what `linear` works on, one record for each system with its threshold.

A record holds the steps of `crossing.shared.SharedTerms` for both phases, the sums over their values, and what
`crossing.drives.SimpleDrive` makes of the state. The commonest systems, a leaky variable under one or two currents that
decay by themselves, have their numbers in one row beside, for kernels that work without arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

import numpy as np

from ...crossing.drives import SimpleDrive
from ...crossing.shared import OTHER
from ...crossing.sums import RealSum
from ...neurons.linear import Phase
from ...neurons.systems import LinearCourse
from .driven_tables import WIDTH, driven_row

#: How the first crossing of a system is found: there is none; by `leaky_drive`; by the reference engine.
UNREACHABLE, SIMPLE, GENERAL = 0, 1, 2

# --- the record of a system: HEAD whole numbers, that say where the others stand --------------------------------------

#: Number of variables; which of them the threshold asks for; how its crossing is found; where the system's own floats
#: stand: `LEVEL` and so on.
M, LEAF, SEARCH, OWN = 0, 1, 2, 3
#: Of each phase: number of steps, where their whole numbers and floats begin; number of values; where the sums begin.
ACTIVE, RESTING = 4, 9
STEPS, STEP_INTS, STEP_FLOATS, VALUES, ROWS = 0, 1, 2, 3, 4
#: Parts of the coefficients of a sum; moves from there to those of its drive; which of them belong to constants, and
#: which to the two currents, -1 for none.
N_PARTS, PART_INTS, PART_FLOATS = 14, 15, 16
N_MOVES, MOVE_INTS, MOVE_FLOATS = 17, 18, 19
N_CONSTANTS, CONSTANTS, DECAY_1, DECAY_2, CHAINS = 20, 21, 22, 23, 24
HEAD = 25

#: Floats of a system: the level, three time constants, and for bounds the parts of the drive (the constant, the slower
#: current, the faster) as sums over the variables and 1.
LEVEL, TAU_M, TAU_1, TAU_2, REACH = 0, 1, 2, 3, 4


class LinearTables(NamedTuple):
    """Linear systems.

    Attributes
    ----------
    ints : ndarray of int64
    floats : ndarray
        Records, as the constants of this module say.
    driven : ndarray, shape (systems * driven_tables.WIDTH,)
        Rows of `driven_tables`.
    """

    ints: np.ndarray
    floats: np.ndarray
    driven: np.ndarray


def find_obstacle(course: LinearCourse, leaf: int = -1, level: float = inf) -> str | None:
    """Return why a system with its threshold cannot be laid out; None where it can."""
    for phase in (course.active, course.refractory):
        if phase.waves or phase.observed:
            return "functions of time in its equations or its threshold"
        if any(not node.is_real for node in phase.structure.nodes):
            return "complex rates (resonance)"
    if leaf >= 0 and abs(level) < inf and sum_above(course.active, leaf, level)[1] is None:
        return "a variable at the threshold that is driven by more than a constant and two decaying currents"
    return None


def linear_tables(courses: Sequence[LinearCourse], leaves: Sequence[int], levels: Sequence[float]) -> LinearTables:
    """Lay out systems that have no obstacle.

    Parameters
    ----------
    courses : sequence of LinearCourse
    leaves : sequence of int
        The variable that each one's threshold asks for; -1 where there is no threshold.
    levels : sequence of float
    """
    columns = _Columns([0] * (HEAD * len(courses)))
    rows = np.zeros((len(courses), WIDTH))
    for c, (course, leaf, level) in enumerate(zip(courses, leaves, levels, strict=True)):
        columns.begin(c, len(course.active.matrix), leaf, level)
        columns.add_phase(ACTIVE, course.active)
        columns.add_phase(RESTING, course.refractory)
        columns.add_search(course.active, leaf, level)
        rows[c] = driven_row(course, leaf, level)
    return LinearTables(np.array(columns.ints, np.int64), np.array(columns.floats, float), rows.ravel())


def scratch_of(tables: LinearTables) -> np.ndarray:
    """Return room for the kernels of `linear` to work in."""
    heads = [tables.ints[k : k + HEAD].tolist() for k in range(0, HEAD * (len(tables.driven) // WIDTH), HEAD)]
    # a chain has a rate for each variable at most, and one for a constant
    needs = [max(max(h[ACTIVE + VALUES], h[RESTING + VALUES]) + h[M] + 1, 2 * h[CHAINS]) for h in heads]
    return np.zeros(max(needs, default=0))


@dataclass
class _Columns:
    """The arrays as they grow, and where the present system's head stands."""

    ints: list[int]
    floats: list[Any] = field(default_factory=list)
    head: int = 0

    def begin(self, c: int, m: int, leaf: int, level: float) -> None:
        self.head = c * HEAD
        self._note({M: m, LEAF: leaf, OWN: len(self.floats)})
        self.floats.append(level)

    def _note(self, entries: dict[int, int]) -> None:
        for place, value in entries.items():
            self.ints[self.head + place] = value

    def add_phase(self, part: int, phase: Phase) -> None:
        """Add the flow in one phase."""
        terms, rows = phase.solution
        constants = phase.floats
        steps: list[int] = []
        numbers: list[Any] = []
        for step in terms.steps:
            source, following = step.source, step.next
            if step.kind == OTHER:
                # rates of a chain, then what their rounding left over
                _, rates, lows = terms.terms.ready[step.source]
                source, following = len(self.floats), len(rates)
                self.floats += [*rates, *lows]
            steps += [step.kind, step.place, source, following]
            numbers += [step.rate, step.low, step.gap]
        self._note({part + STEPS: len(terms.steps), part + VALUES: terms.size})
        self._note({part + STEP_INTS: len(self.ints), part + STEP_FLOATS: len(self.floats)})
        self.ints += steps
        self.floats += numbers
        # for each variable: number of terms, where their weights begin, and for each term its value and its variable
        self._note({part + ROWS: len(self.ints)})
        for entries in rows:
            self.ints += [len(entries), len(self.floats)]
            for place, (cause, i), weight in entries:
                self.ints += [place, i if cause == "x" else -1]
                self.floats.append(weight if cause == "x" else constants[i] * weight)

    def add_search(self, phase: Phase, leaf: int, level: float) -> None:
        """Add how the first crossing of a level is found."""
        own = self.head + OWN
        if leaf < 0 or abs(level) == inf:
            self._note({SEARCH: UNREACHABLE})
            return
        _, drive, entries, constants = sum_above(phase, leaf, level)
        self._note({SEARCH: GENERAL if drive is None else SIMPLE})
        if drive is None:
            return
        m = len(constants)
        self.ints[own] = len(self.floats)
        self.floats += [level, drive.tau_m, *drive.taus]
        self.floats += _reach(drive, entries, constants).ravel().tolist()
        decays = [*drive.decays, -1, -1]
        self._note({N_PARTS: len(entries), PART_INTS: len(self.ints), PART_FLOATS: len(self.floats)})
        for number, _, (cause, i), weight in entries:
            self.ints += [number, i if cause == "x" else -1]
            self.floats.append(weight if cause == "x" else constants[i] * weight)
        moves = drive.level.moves
        self._note({N_MOVES: len(moves), MOVE_INTS: len(self.ints), MOVE_FLOATS: len(self.floats)})
        for source, target, factor in moves:
            self.ints += [source, target]
            self.floats.append(factor)
        self._note({N_CONSTANTS: len(drive.constants), CONSTANTS: len(self.ints), CHAINS: drive.room})
        self._note({DECAY_1: decays[0], DECAY_2: decays[1]})
        self.ints += drive.constants
        assert m == len(phase.matrix)


def sum_above(phase: Phase, leaf: int, level: float) -> tuple[RealSum, SimpleDrive | None, list, list[float]]:
    """Return a variable above a level as a sum: its finder, drive and parts, and the constants; see `Phase.observe`."""
    constants = phase.constants_above(leaf, level)
    used = frozenset(("b", i) for i, b in enumerate(constants) if b)
    finder, drive, entries, _, _ = phase.structure.plan((leaf,), (), used)
    return finder, drive, entries, constants


def _reach(drive: SimpleDrive, entries: list, constants: list[float]) -> np.ndarray:
    """Return the parts of a drive as sums over the variables and 1: the constant, the slower current, the faster."""
    reach = np.zeros((3, len(constants) + 1))
    slowest_first = sorted(range(len(drive.decays)), key=lambda k: -drive.taus[k])
    row_of: dict[int, int] = dict.fromkeys(drive.constants, 0)
    row_of.update((drive.decays[k], 1 + place) for place, k in enumerate(slowest_first))
    for number, _, (cause, i), weight in entries:
        for source, target, factor in drive.level.moves:
            if source == number and target in row_of:
                part: Any = drive.tau_m * weight * factor
                reach[row_of[target], i if cause == "x" else -1] += part if cause == "x" else constants[i] * part
    return reach
