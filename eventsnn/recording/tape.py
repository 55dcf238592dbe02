"""The tape: every state change of the recorded neurons, from which any value at any time can be rebuilt.

Memory grows with events, not with samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..neurons.interpolated import StepCourse
from .packed import PackedSegments

#: So much may a time lose on its way out in seconds and back in.
BORDER_ULPS = 2


def recognise(times: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the times, those that went out and came back as the known instants (increasing) that they were."""
    place = np.searchsorted(known, times)
    for neighbour in (np.maximum(place - 1, 0), np.minimum(place, len(known) - 1)):
        near = np.abs(known[neighbour] - times) <= BORDER_ULPS * np.spacing(np.abs(times))
        times = np.where(near, known[neighbour], times)
    return times


@dataclass
class Track:
    """The state changes of one neuron.

    Attributes
    ----------
    starts : list of float
        From when each segment describes the neuron [ms].
    segments : sequence of tuple
        ``(since, since_low, until, until_low, state, rows, extras, epoch)``: see `Tape.add`. Those of a group on the
        clock are packed.
    """

    starts: list[float] = field(default_factory=list)
    segments: list[tuple] | PackedSegments = field(default_factory=list)

    def add(self, start: float, segment: tuple) -> None:
        """Append a segment."""
        if not self.segments and isinstance(segment[5], StepCourse):
            self.segments = PackedSegments(segment)
        elif isinstance(self.segments, PackedSegments) and not self.segments.fits(segment):
            self.segments = list(self.segments)
        self.starts.append(start)
        self.segments.append(segment)

    def number_at(self, times: np.ndarray) -> np.ndarray:
        """Return which segment describes each time: the last that has begun (right-continuous)."""
        return np.searchsorted(np.array(self.starts), times, side="right") - 1


class Tape:
    """State changes of some neurons of a group.

    Parameters
    ----------
    neurons : ndarray of int
        Which ones.
    extras : tuple of str
        Parameters recorded with each segment, because a recorded variable needs them.
    """

    def __init__(self, neurons: np.ndarray, extras: tuple[str, ...]) -> None:
        self.neurons = neurons
        self.extras = extras
        self.tracks = {int(k): Track() for k in neurons}
        self.changes = 0

    def add(self, k: int, start: float, segment: tuple) -> None:
        """Record that from `start` on neuron `k` is described by `segment`.

        Parameters
        ----------
        segment : tuple
            Instant of the last state change, its remainder, end of the refractory period, its remainder, the state
            variables at that instant, the neuron's motions ``((kind, p, q, kind_r, p_r, q_r), ...)``, the values of
            `extras` with last spike time first, and the scope whose constants hold.
        """
        track = self.tracks[k]
        # on the clock every tick is new
        if isinstance(track.segments, list) and track.segments and track.segments[-1] == segment:
            return
        track.add(start, segment)
        self.changes += 1

    def takes_rows(self, k: int, m: int, has_slopes: bool, width: int) -> bool:
        """Return whether packed segments can be added for a neuron; see `add_rows`."""
        segments = self.tracks[k].segments
        return isinstance(segments, PackedSegments) and segments.fits_rows(m, has_slopes, width)

    def add_rows(self, neurons: Sequence[int], start: float, rows: np.ndarray, scope: Any) -> None:
        """Record many neurons of a group on the clock at once, as `add` does.

        Parameters
        ----------
        rows : ndarray, shape (neurons, numbers)
            Of each segment the numbers that `PackedSegments.append` keeps, in that order.
        """
        width, packed = rows.shape[1] * rows.itemsize, rows.tobytes()
        for place, k in enumerate(neurons):
            track = self.tracks[k]
            track.starts.append(start)
            track.segments.append_row(packed[place * width : (place + 1) * width], scope)  # type: ignore[union-attr]
        self.changes += len(neurons)

    def snapshot(self) -> dict[str, Any]:
        """Return all segments as columns, with the solutions and scopes that many of them share."""
        packed = {k: t.segments.snapshot() for k, t in self.tracks.items() if isinstance(t.segments, PackedSegments)}
        tracks = [track for k, track in self.tracks.items() if k not in packed]
        segments = [segment for track in tracks for segment in track.segments]
        courses, course_of = _distinct([segment[5] for segment in segments])
        scopes, scope_of = _distinct([segment[7] for segment in segments])
        return {
            "neurons": self.neurons.copy(),
            "extras": self.extras,
            "changes": self.changes,
            "packed": [[k, np.array(self.tracks[k].starts), segments] for k, segments in packed.items()],
            "counts": np.array([len(track.segments) for track in tracks], np.int64),
            "starts": np.array([start for track in tracks for start in track.starts]),
            "times": np.array([segment[:4] for segment in segments]).reshape(len(segments), 4),
            "states": _pack([segment[4] for segment in segments]),
            "values": _pack([segment[6] for segment in segments]),
            "courses": courses,
            "course_of": course_of,
            "scopes": scopes,
            "scope_of": scope_of,
        }

    @classmethod
    def restored(cls, snapshot: dict[str, Any]) -> Tape:
        """Return the tape that a snapshot was taken of."""
        tape = cls(snapshot["neurons"].copy(), tuple(snapshot["extras"]))
        tape.changes = snapshot["changes"]
        courses, scopes = snapshot["courses"], snapshot["scopes"]
        segments = [
            (*times, state, courses[course], values, scopes[scope])
            for times, state, values, course, scope in zip(
                snapshot["times"].tolist(),
                _unpack(snapshot["states"]),
                _unpack(snapshot["values"]),
                snapshot["course_of"].tolist(),
                snapshot["scope_of"].tolist(),
                strict=True,
            )
        ]
        starts, begin = snapshot["starts"].tolist(), 0
        packed = {k: Track(starts.tolist(), PackedSegments.restored(rows)) for k, starts, rows in snapshot["packed"]}
        others = [k for k in tape.tracks if k not in packed]
        for k, count in zip(others, snapshot["counts"].tolist(), strict=True):
            tape.tracks[k] = Track(starts[begin : begin + count], segments[begin : begin + count])
            begin += count
        tape.tracks.update(packed)
        return tape


def _distinct(things: Sequence[Any]) -> tuple[list, np.ndarray]:
    """Return each of some objects once, and which of them stands where."""
    known: dict[int, int] = {}
    found: list[Any] = []
    for thing in things:
        if id(thing) not in known:
            known[id(thing)] = len(found)
            found.append(thing)
    return found, np.array([known[id(thing)] for thing in things], np.int64)


def _pack(rows: Sequence[Sequence[float]]) -> list[np.ndarray]:
    """Return rows of numbers, which may differ in length, end to end, and their lengths."""
    return [np.array([x for row in rows for x in row], float), np.array([len(row) for row in rows], np.int64)]


def _unpack(columns: Sequence[np.ndarray]) -> list[tuple[float, ...]]:
    numbers, begin, rows = columns[0].tolist(), 0, []
    for length in columns[1].tolist():
        rows.append(tuple(numbers[begin : begin + length]))
        begin += length
    return rows
