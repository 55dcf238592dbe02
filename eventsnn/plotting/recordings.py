"""What a `StateMonitor` holds, on its way into a figure: which rows, which stretches of time, at which instants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..border import to_internal
from ..equations.scope import TIME
from ..errors import ArgumentError
from ..monitors import StateMonitor
from ..recording.tape import Track
from ..units import Dimension, split
from .axes import in_si

#: Points of a trace beside its jumps and kinks: more than a figure has pixels.
POINTS = 2000


def choose_rows(statemon: StateMonitor, variable: str, neurons: int | Sequence[int] | None, figure: str) -> np.ndarray:
    """Return the wanted neurons by their index in the group."""
    where = f"{figure} of StateMonitor '{statemon.name}'"
    if variable not in statemon.recorded_variables:
        known = ", ".join(statemon.recorded_variables)
        raise ArgumentError(f"{where}: '{variable}' was not recorded; recorded are {known}")
    wanted = statemon.record if neurons is None else np.atleast_1d(neurons)
    missing = wanted[~np.isin(wanted, statemon.record)]
    if len(missing) or not len(wanted):
        recorded = ", ".join(str(k) for k in statemon.record[:10]) + (", ..." if len(statemon.record) > 10 else "")
        found = f"{statemon.source._MEMBER} {missing[0]} was not recorded" if len(missing) else "nothing to draw"
        raise ArgumentError(f"{where}: {found}; recorded are {recorded or 'none'}")
    return np.asarray(wanted, dtype=np.int64) + statemon.source.start


def choose_spans(statemon: StateMonitor, between: Any, figure: str) -> list[tuple[float, float]]:
    """Return the stretches of time to draw [ms]."""
    where = f"{figure} of StateMonitor '{statemon.name}'"
    spans = [(start, end) for start, end in statemon._spans if end > start]
    if not spans:
        raise ArgumentError(f"{where}: nothing was recorded yet. Call run(...) first.")
    if between is None:
        return spans
    if np.shape(split(between)[0]) != (2,):
        raise ArgumentError(f"{where}, between: expected two times, found {between!s}")
    first, last = to_internal(in_si(between, TIME, f"{where}, between"), TIME).tolist()
    inside = [(max(start, first), min(end, last)) for start, end in spans if max(start, first) < min(end, last)]
    if not inside:
        raise ArgumentError(
            f"{where}: nothing was recorded between {first:g} and {last:g} ms; recorded is "
            + ", ".join(f"{start:g} to {end:g} ms" for start, end in spans)
        )
    return inside


def time_base(tracks: Sequence[Track], spans: list[tuple[float, float]]) -> np.ndarray:
    """Return instants [ms] that show all of some traces: a grid, and both sides of every event and refractory end.

    Where there are more events of several traces than points of the grid, the grid alone.
    """
    segments = [segment for track in tracks for segment in track.segments]
    ends = [segment[2] for segment in segments if segment[2] > segment[0]]
    edges = np.unique(np.array([*(start for track in tracks for start in track.starts), *ends]))
    if len(tracks) > 1 and len(edges) > POINTS:
        edges = edges[:0]
    pieces = []
    for start, end in spans:
        inside = edges[(start < edges) & (edges < end)]
        grid = np.linspace(start, end, POINTS + 1)
        # the run has not handled what happens at its very end
        grid[-1] = np.nextafter(end, start)
        pieces.append(np.sort(np.concatenate([grid, inside, np.nextafter(inside, start)])))
    return np.concatenate(pieces)


def dimension_of(statemon: StateMonitor, variable: str) -> Dimension:
    """Return what a recorded variable measures."""
    line = statemon.source._variable(variable)
    assert line is not None, "a monitor records variables of its source only"
    return line.dimension


def read_level(value: Any, dim: Dimension, where: str) -> float | None:
    """Return a level that is to be drawn, in SI units; None without one."""
    if value is None:
        return None
    if np.shape(split(value)[0]) != ():
        raise ArgumentError(f"{where}: expected one value, found {value!s}")
    return in_si(value, dim, where)
