"""Segments of groups on the clock, packed: there is one for every tick, so each is a row of numbers, not an object."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..neurons.interpolated import StepCourse
from ..neurons.stepping import between

#: Numbers before the states: since, since_low, until, until_low, end, span.
HEAD = 6


class PackedSegments(Sequence):
    """The segments of one neuron, as `Tape.add` takes them, with a `StepCourse` each.

    Parameters
    ----------
    like : tuple
        A segment: all have as many numbers, and derivatives or none.
    """

    def __init__(self, like: tuple) -> None:
        self._lay_out(*self._shape(like))

    def _lay_out(self, m: int, has_slopes: bool, n_extras: int) -> None:
        self._m, self._has_slopes, self._n_extras = m, has_slopes, n_extras
        self._width = HEAD + (4 if self._has_slopes else 2) * self._m + self._n_extras
        self._numbers = array("d")
        # scopes change from run to run at most: each with the number of segments before it
        self._scopes: list[tuple[int, Any]] = []

    @staticmethod
    def _shape(segment: tuple) -> tuple[int, bool, int]:
        return len(segment[4]), segment[5].first is not None, len(segment[6])

    def fits(self, segment: tuple) -> bool:
        """Return whether a segment can be appended."""
        return isinstance(segment[5], StepCourse) and self._shape(segment) == (
            self._m,
            self._has_slopes,
            self._n_extras,
        )

    def append(self, segment: tuple) -> None:
        """Append a segment that fits."""
        *times, state, course, extras, scope = segment
        if not self._scopes or self._scopes[-1][1] is not scope:
            self._scopes.append((len(self), scope))
        slopes = (*course.first, *course.last) if self._has_slopes else ()
        self._numbers.extend((*times, course.end, course.span, *state, *course.ahead, *slopes, *extras))

    def fits_rows(self, m: int, has_slopes: bool, width: int) -> bool:
        """Return whether rows can be appended that are as long, of so many variables, with derivatives or without."""
        return (m, has_slopes, width) == (self._m, self._has_slopes, self._width)

    def append_row(self, row: bytes, scope: Any) -> None:
        """Append a segment that is packed already: the numbers of `append` in their order."""
        if self._scopes[-1][1] is not scope:
            self._scopes.append((len(self), scope))
        self._numbers.frombytes(row)

    def snapshot(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {
            "shape": (self._m, self._has_slopes, self._n_extras),
            "numbers": np.array(self._numbers, dtype=np.float64),
            "scopes": list(self._scopes),
        }

    @classmethod
    def restored(cls, snapshot: dict[str, Any]) -> PackedSegments:
        """Return the segments that a snapshot was taken of."""
        segments = cls.__new__(cls)
        segments._lay_out(*snapshot["shape"])
        segments._numbers.frombytes(snapshot["numbers"].tobytes())
        segments._scopes = list(snapshot["scopes"])
        return segments

    def __len__(self) -> int:
        return len(self._numbers) // self._width

    def __getitem__(self, number: Any) -> Any:
        number = range(len(self))[number]
        row = self._numbers[number * self._width : (number + 1) * self._width].tolist()
        m, parts = self._m, row[HEAD:]
        state, ahead = tuple(parts[:m]), tuple(parts[m : 2 * m])
        first = last = None
        if self._has_slopes:
            first, last = tuple(parts[2 * m : 3 * m]), tuple(parts[3 * m : 4 * m])
        extras = tuple(row[self._width - self._n_extras :])
        scope = next(scope for begin, scope in reversed(self._scopes) if begin <= number)
        return (*row[:4], state, StepCourse(row[4], row[5], ahead, first, last), extras, scope)

    def __iter__(self) -> Iterator[tuple]:
        return (self[number] for number in range(len(self)))

    def values(self, j: int, numbers: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Return state variable j at some instants [ms], each in its segment, as `StepCourse.values` does."""
        rows = np.frombuffer(self._numbers).reshape(-1, self._width)[numbers]
        since, span, m = rows[:, 0], rows[:, 5], self._m
        x, ahead = rows[:, HEAD + j], rows[:, HEAD + m + j]
        first, last = (rows[:, HEAD + 2 * m + j], rows[:, HEAD + 3 * m + j]) if self._has_slopes else (None, None)
        s = np.maximum(times - since, 0.0)
        with np.errstate(invalid="ignore"):
            return np.where(s >= span, ahead, between(x, ahead, first, last, span, s))
