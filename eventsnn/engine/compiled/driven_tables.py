"""The commonest linear systems, each as one row of numbers: a leaky variable under one or two decaying currents.

The currents decay by themselves, such as those of synapses and of adaptation; the variable that they drive goes on or
stands still in the refractory period. Kernels in `driven` take these numbers one by one.
"""

from __future__ import annotations

from math import inf

from ...crossing.shared import ONE, PAIR, PAIR_AND_NEXT, SINGLE, SharedTerms, Step
from ...neurons.linear import Phase
from ...neurons.systems import LinearCourse

#: The row of a system. `FORM` is 0 where it is none of these; `V`, `A` and `B` are its variables, that which is driven
#: and those that drive it, B = A where there is one only.
FORM, V, A, B, LEVEL = 0, 1, 2, 3, 4
#: Of v: its gap to zero, rate and what its rounding left over, constant drive.
GAP_0, RATE_V, LOW_V, CONSTANT = 5, 6, 7, 8
#: Of both currents: gap to the rate of v, rate, what its rounding left over, coupling.
GAP_A, RATE_A, LOW_A, COUPLING_A = 9, 10, 11, 12
GAP_B, RATE_B, LOW_B, COUPLING_B = 13, 14, 15, 16
#: The drive above the level: time constants, and the constant.
TAU_M, TAU_A, TAU_B, F0 = 17, 18, 19, 20
WIDTH = 24

# What `FORM` is made of: where the exponential of v comes from (zero, itself, the current a, the current b); whether
# each current is slower than v; whether there are two; whether v stands still in the refractory period; whether b is
# slower than a.
FROM_ZERO, FROM_ITSELF, FROM_A, FROM_B = 1, 2, 3, 4
SOURCE = 7
A_IS_SLOWER, B_IS_SLOWER, HAS_B, RESTS, B_IS_SLOWEST = 8, 16, 32, 64, 128


def driven_row(course: LinearCourse, leaf: int, level: float) -> list[float]:
    """Return the row of a system; with zero for its form where it is not one of these."""
    row = [0.0] * WIDTH
    phase, m = course.active, len(course.active.matrix)
    if leaf < 0 or abs(level) == inf or m not in (2, 3):
        return row
    currents = [j for j in range(m) if j != leaf]
    a, b = currents[0], currents[-1]
    form = _form_of_flow(phase, leaf, currents, row)
    form |= _form_of_rest(course, leaf, currents)
    if not form & SOURCE or form & UNKNOWN or not _note_drive(phase, leaf, currents, level, row):
        return [0.0] * WIDTH
    if a != b:
        form |= HAS_B
        if row[TAU_B] > row[TAU_A]:
            form |= B_IS_SLOWEST
    row[FORM], row[V], row[A], row[B], row[LEVEL] = form, leaf, a, b, level
    return row


#: Beside the bits of a form: it is none of these.
UNKNOWN = 1 << 20


class _Making:
    """How the values of a solution are made, by their places."""

    def __init__(self, terms: SharedTerms) -> None:
        self.main: dict[int, Step] = {step.place: step for step in terms.steps}
        self.beside: dict[int, Step] = {step.next: step for step in terms.steps if step.kind == PAIR_AND_NEXT}

    def is_plain(self, place: int) -> bool:
        """Return whether this is an exponential made by itself."""
        return place in self.main and self.main[place].kind in (ONE, SINGLE)

    def is_pair(self, place: int, source: int) -> bool:
        return self.main[place].kind in (PAIR, PAIR_AND_NEXT) and self.main[place].source == source


def _form_of_flow(phase: Phase, v: int, currents: list[int], row: list[float]) -> int:
    """Return how the exponentials come from each other; note rates and couplings in the row."""
    terms, rows = phase.solution
    making, nodes = _Making(terms), phase.structure.nodes
    if any([entry[1:] for entry in rows[j]] != [(("x", j), 1.0)] for j in currents):
        return UNKNOWN
    own, *others = rows[v]
    constant = others[:1] if others and others[0][1] == ("b", v) else []
    drives = others[len(constant) :]
    if own[1:] != (("x", v), 1.0) or [entry[1] for entry in drives] != [("x", j) for j in currents]:
        return UNKNOWN
    if constant and constant[0][2] != 1.0:
        return UNKNOWN
    rate_of = {chain[0]: nodes[chain[0]] for chain in terms.place if len(chain) == 1}
    node_at = {terms.place[(q,)]: node for q, node in rate_of.items()}
    form, e_v = 0, own[0]
    row[RATE_V], row[LOW_V] = node_at[e_v].rate, node_at[e_v].low
    if constant:
        row[GAP_0], row[CONSTANT] = making.main[constant[0][0]].gap, phase.floats[v]
        form = FROM_ZERO if making.beside.get(e_v) is making.main[constant[0][0]] else UNKNOWN
        source = making.main[constant[0][0]].source
        form |= 0 if making.main.get(source, Step(SINGLE, 0)).kind == ONE else UNKNOWN
    elif making.is_plain(e_v):
        form = FROM_ITSELF
    for j, (k, _, coupling), at, slower, through in zip(
        currents, drives, (GAP_A, GAP_B), (A_IS_SLOWER, B_IS_SLOWER), (FROM_A, FROM_B), strict=False
    ):
        e = rows[j][0][0]
        row[at : at + 4] = [making.main[k].gap, node_at[e].rate, node_at[e].low, coupling]
        if making.is_pair(k, e_v):
            form |= 0 if e == e_v or making.beside.get(e) is making.main[k] else UNKNOWN
        elif making.is_pair(k, e) and making.is_plain(e):
            form |= slower
            if making.main[k].kind == PAIR_AND_NEXT:
                form |= through if making.beside.get(e_v) is making.main[k] and not form & SOURCE else UNKNOWN
        else:
            form |= UNKNOWN
    return form if form & SOURCE else UNKNOWN


def _form_of_rest(course: LinearCourse, v: int, currents: list[int]) -> int:
    """Return what v does in the refractory period."""
    phase = course.refractory
    if phase == course.active:
        return 0
    terms, rows = phase.solution
    making = _Making(terms)
    by_themselves = all([entry[1:] for entry in rows[j]] == [(("x", j), 1.0)] for j in (v, *currents))
    if not by_themselves or any(phase.matrix[j] != course.active.matrix[j] for j in currents):
        return UNKNOWN
    if making.main[rows[v][0][0]].kind != ONE or not all(making.is_plain(rows[j][0][0]) for j in currents):
        return UNKNOWN
    return RESTS


def _note_drive(phase: Phase, v: int, currents: list[int], level: float, row: list[float]) -> bool:
    """Note the drive above the level in the row; return False where it is not made of one number for each current."""
    constants = phase.constants_above(v, level)
    used = frozenset(("b", i) for i, b in enumerate(constants) if b)
    _, drive, entries, _, _ = phase.structure.plan((v,), (), used)
    if drive is None or len(drive.decays) != len(currents):
        return False
    moves: dict[int, list] = {}
    for source, target, factor in drive.level.moves:
        moves.setdefault(source, []).append((target, factor))
    aims = {("x", j): target for j, target in zip(currents, drive.decays, strict=True)}
    if len(drive.constants) == 1:
        aims["b", v] = drive.constants[0]
    for number, _, cause, weight in entries:
        expected = [(aims[cause], 1.0)] if cause in aims else []
        if moves.get(number, []) != expected:
            return False
        if cause == ("b", v):
            row[F0] = drive.tau_m * (constants[v] * weight)
        elif cause in aims and weight != row[COUPLING_A if cause[1] == currents[0] else COUPLING_B]:
            return False
    if len({number for number, _, _, _ in entries}) != len(entries):
        return False
    row[TAU_M : TAU_B + 1] = [drive.tau_m, *drive.taus]
    return True
