"""Recorded variables as functions of time, from which lines can be drawn."""

from __future__ import annotations

import numpy as np

from ..border import from_internal
from ..monitors import StateMonitor
from ..recording.tape import Tape
from ..recording.traces import trace as values_of
from .axes import with_gaps
from .recordings import POINTS, dimension_of, time_base

# A mean that changes more often than this is drawn on a grid of so many points
_MOST_STEPS = 10 * POINTS

Spans = list[tuple[float, float]]


class Courses:
    """A recorded variable as a function of time: instants [ms] and values (SI) from which a line can be drawn.

    Parameters
    ----------
    statemon : StateMonitor
    variable : str
    spans : list of (float, float)
        The stretches of time that are wanted [ms].
    """

    def __init__(self, statemon: StateMonitor, variable: str, spans: Spans) -> None:
        group = statemon._group
        self.tape, self.variable, self.spans = statemon._tape, variable, spans
        self.states, self.n = tuple(group._store.states), len(group)
        self.dim = dimension_of(statemon, variable)
        # a parameter moves at events only, and is on the tape as it is
        self.has_steps = variable in self.tape.extras

    @property
    def drawstyle(self) -> str:
        """How matplotlib is to join the points."""
        return "steps-post" if self.has_steps else "default"

    def of(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the course of one synapse."""
        if self.has_steps:
            pieces = [_steps(self.tape, self.variable, k, *span) for span in self.spans]
            t, x = (np.concatenate(column) for column in zip(*pieces, strict=True))
        else:
            t = time_base([self.tape.tracks[k]], self.spans)
            x = self._at(k, t)
        return self._finish(t, x)

    def mean(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the course of the mean of several."""
        if self.has_steps:
            pieces = [self._mean_steps(rows.tolist(), *span) for span in self.spans]
            t, x = (np.concatenate(column) for column in zip(*pieces, strict=True))
        else:
            t = time_base([self.tape.tracks[k] for k in rows.tolist()], self.spans)
            x = np.zeros(len(t))
            for k in rows.tolist():
                x += self._at(k, t)
            x /= len(rows)
        return self._finish(t, x)

    def _at(self, k: int, t: np.ndarray) -> np.ndarray:
        return values_of(self.tape, self.variable, self.states, self.n, k, t)

    def _mean_steps(self, rows: list[int], start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
        pieces = [_steps(self.tape, self.variable, k, start, end) for k in rows]
        t = np.unique(np.concatenate([piece[0] for piece in pieces]))
        if len(t) > _MOST_STEPS:
            t = np.linspace(start, end, _MOST_STEPS + 1)
        total = np.zeros(len(t))
        for times, values in pieces:
            # what is changed at an instant holds from there on
            total += values[np.searchsorted(times, t, side="right") - 1]
        return t, total / len(rows)

    def _finish(self, t: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, t = with_gaps(from_internal(x, self.dim), t, self.spans)
        return t, x


def _steps(tape: Tape, name: str, k: int, start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Return when a recorded parameter changes between two instants [ms], and to what; the first and last are both."""
    track, place = tape.tracks[k], 1 + tape.extras.index(name)
    starts, values = np.array(track.starts), np.array([segment[6][place] for segment in track.segments], dtype=float)
    # of several changes at one instant the last one holds
    last = np.append(starts[1:] != starts[:-1], True)
    starts, values = starts[last], values[last]
    first = max(int(np.searchsorted(starts, start, side="right")) - 1, 0)
    inside = np.flatnonzero((start < starts) & (starts < end))
    t, x = np.concatenate([[start], starts[inside]]), values[np.concatenate([[first], inside])]
    moves = np.append(True, x[1:] != x[:-1])
    t, x = t[moves], x[moves]
    return np.append(t, end), np.append(x, x[-1])
