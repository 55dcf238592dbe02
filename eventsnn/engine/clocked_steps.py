"""The steps of a group on the clock that are under way: taken for all neurons at a tick, or for one alone."""

from __future__ import annotations

from math import isfinite

import numpy as np

from ..neurons.interpolated import StepCourse
from ..neurons.stepping import Stride
from ..neurons.ticking import ClockedDynamics, leaves_numbers
from .cells import Cells


class Steps:
    """The present step of every neuron: taken for all at a tick, as arrays, or for one alone.

    Parameters
    ----------
    cells : Cells
        Of the group.
    dynamics : ClockedDynamics
    """

    def __init__(self, cells: Cells, dynamics: ClockedDynamics) -> None:
        self._cells, self._dynamics = cells, dynamics
        n, m = cells.store.n, cells.m
        # of those who have taken it alone: what it was taken from, and the step
        self._alone: dict[int, tuple[tuple, StepCourse]] = {}
        # of the others, what it was taken from, and the step; a span of zero says that there is none
        self._since, self._active, self._x = np.zeros(n), np.zeros(n, bool), [np.zeros(n) for _ in range(m)]
        self._end, self._span, self._ahead = np.zeros(n), np.zeros(n), [np.zeros(n) for _ in range(m)]
        self._slopes: tuple[list[np.ndarray], list[np.ndarray]] | None = None

    def __getitem__(self, k: int) -> StepCourse:
        """Take the rest of the step for neuron k from its present state."""
        cells = self._cells
        x, since, is_active = cells.variables(k), cells.since[k], cells.until[k] <= cells.since[k]
        basis = (since, is_active, *x)
        if k in self._alone and self._alone[k][0] == basis:
            return self._alone[k][1]
        if self._span[k] and basis == (self._since[k], self._active[k], *(column[k] for column in self._x)):
            course = self._of_all(k)
            if all(isfinite(value) for value in (*course.ahead, *(course.last or ()))):
                return course
        course = self._dynamics.one(k, x, since, is_active)
        self._alone[k] = basis, course
        return course

    def _of_all(self, k: int) -> StepCourse:
        """Return the step of neuron k that was taken for all at once."""
        slopes = self._slopes
        first, last = (None, None) if slopes is None else (tuple(float(a[k]) for a in side) for side in slopes)
        ahead, span = tuple(float(a[k]) for a in self._ahead), float(self._span[k])
        return StepCourse(float(self._end[k]), span, ahead, first, last)

    @property
    def has_slopes(self) -> bool:
        """Whether the method gives derivatives at both ends of a step."""
        return self._slopes is not None

    def columns(self, neurons: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Return the steps of neurons that were taken for all at once: end, span, states at both ends, derivatives.

        And for which of them that is the present step.
        """
        store, m = self._cells.store, self._cells.m
        x, ahead, span = [a[neurons] for a in self._x], [a[neurons] for a in self._ahead], self._span[neurons]
        slopes = [a[neurons] for side in self._slopes or () for a in side]
        is_present = (span != 0.0) & (self._since[neurons] == store.since[neurons])
        is_present &= self._active[neurons] == (store.until[neurons] <= store.since[neurons])
        for j, values in enumerate(x):
            is_present &= values == store.state[neurons * m + j]
        is_present &= ~leaves_numbers(Stride(ahead, None, slopes[m:] or None), len(neurons))
        is_present[[int(k) in self._alone for k in neurons]] = False
        return [self._end[neurons], span, *x, *ahead, *slopes], is_present

    def forget(self, k: int) -> None:
        """Let go of the step of neuron k, whose parameters have changed."""
        self._alone.pop(k, None)
        self._span[k] = 0.0

    def forget_all(self) -> None:
        """Let go of all steps."""
        self._alone.clear()
        self._span[:] = 0.0

    def close(self, indices: np.ndarray, now: float) -> None:
        """Bring neurons to the end of their step."""
        cells, store = self._cells, self._cells.store
        is_alone = (self._span == 0.0) | (self._since != store.since)
        is_alone[[*self._alone]] = True
        is_alone = is_alone[indices]
        for k in indices[is_alone].tolist():
            cells.bring_to(k, now, 0.0, [])
            self._alone.pop(k, None)
        rest = indices[~is_alone]
        for j, column in enumerate(self._ahead):
            store.state[rest * cells.m + j] = column[rest]
        store.since[rest], store.since_low[rest] = now, 0.0

    def open(self, indices: np.ndarray, x: list, now: float, active: np.ndarray) -> Stride:
        """Take the next step of neurons, all at once."""
        span, stride = self._dynamics.many(indices, x, now, active.astype(float))
        self._span[indices], self._since[indices], self._active[indices] = span, now, active
        self._end[indices] = self._cells.next_step if stride.ends is None else stride.ends
        pairs = [(self._ahead, stride.ahead), (self._x, x)]
        if stride.first is not None and stride.last is not None:
            if self._slopes is None:
                n = self._cells.store.n
                self._slopes = [np.zeros(n) for _ in x], [np.zeros(n) for _ in x]
            pairs += [(self._slopes[0], [*stride.first]), (self._slopes[1], [*stride.last])]
        for columns, fresh in pairs:
            for column, values in zip(columns, fresh, strict=True):
                column[indices] = values
        return stride
