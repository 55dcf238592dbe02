"""The tape: every state change of the recorded neurons, from which any value at any time can be rebuilt.

Memory grows with events, not with samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

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
    segments : list of tuple
        ``(since, since_low, until, until_low, state, rows, extras, epoch)``: see `Tape.add`.
    """

    starts: list[float] = field(default_factory=list)
    segments: list[tuple] = field(default_factory=list)

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
        if track.segments and track.segments[-1] == segment:
            return
        track.starts.append(start)
        track.segments.append(segment)
        self.changes += 1
