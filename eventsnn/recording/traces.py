"""Traces: the value of any variable at any time, rebuilt from a tape."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from ..equations.scope import Scope
from ..equations.values import evaluate
from ..neurons.interpolated import StepCourse
from ..neurons.separate import SeparateCourse, evaluate_many
from ..neurons.systems import values_at
from .packed import PackedSegments
from .tape import Tape, Track


def trace(tape: Tape, name: str, states: tuple[str, ...], n: int, k: int, times: np.ndarray) -> np.ndarray:
    """Return the variable `name` of neuron `k` at the given times, internal units.

    Parameters
    ----------
    states : tuple of str
        State variables of the group, in the order of its store.
    n : int
        Size of the group.
    times : ndarray, shape (m,) [ms]
        Not before the tape begins.

    Accuracy
    --------
    That of the family's flow, about 1e-15 of the largest term; at the time of an event the value right after it.
    """
    track = tape.tracks[k]
    numbers = track.number_at(times)
    if name in states:
        return _state(track, states.index(name), numbers, times)
    values = np.empty(len(times))
    begin = 0
    # a sub-expression is evaluated stretch by stretch: within one segment parameters and constants stay
    for number, same in groupby(numbers.tolist()):
        end = begin + len(list(same))
        values[begin:end] = _other(tape, track, name, states, n, k, number, times[begin:end])
        begin = end
    return values


def _state(track: Track, j: int, numbers: np.ndarray, times: np.ndarray) -> np.ndarray:
    if not len(times):
        return np.empty(0)
    if isinstance(track.segments, PackedSegments):
        return track.segments.values(j, numbers, times)
    used, place = np.unique(numbers, return_inverse=True)
    if not all(isinstance(track.segments[number][5], SeparateCourse) for number in used.tolist()):
        return _by_segment(track, j, used, place, times)
    segments = (track.segments[number] for number in used.tolist())
    columns = zip(*((s[4][j], *s[:4], *s[5].active[j], *s[5].refractory[j]) for s in segments), strict=True)
    x, since, since_low, until, until_low, *motion = (np.array(column)[place] for column in columns)
    return evaluate_many(x, since, since_low, until, until_low, times, *motion)


def _by_segment(track: Track, j: int, used: np.ndarray, place: np.ndarray, times: np.ndarray) -> np.ndarray:
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(len(used)), side="right")
    values = np.empty(len(times))
    begin = 0
    for number, end in zip(used.tolist(), ends.tolist(), strict=True):
        mine = order[begin:end]
        values[mine] = _one_segment(track.segments[number], j, times[mine])
        begin = end
    return values


def _one_segment(segment: tuple, j: int, times: np.ndarray) -> np.ndarray:
    course = segment[5]
    if isinstance(course, SeparateCourse):
        state, motion = segment[4][j], (*course.active[j], *course.refractory[j])
        return evaluate_many(np.full(len(times), state), *segment[:4], times, *motion)
    if isinstance(course, StepCourse):
        return course.values(segment, j, times)
    return values_at(segment, j, times)


def _other(
    tape: Tape, track: Track, name: str, states: tuple[str, ...], n: int, k: int, number: int, times: np.ndarray
) -> np.ndarray | float:
    segment: tuple = track.segments[number]
    until, (lastspike, *values), scope = segment[2], *segment[6:8]
    extras = dict(zip(tape.extras, values, strict=True))

    def read(other: str) -> object:
        if other in states:
            return _state(track, states.index(other), np.full(len(times), number), times)
        if other in extras:
            return extras[other]
        present = {"t": times, "i": k, "N": n, "lastspike": lastspike, "not_refractory": times >= until}
        return present[other]

    return _value_of(name, scope, read)


def _value_of(name: str, scope: Scope, read) -> np.ndarray | float:
    line = scope.variable(name)
    if line is None or line.expression is None:
        return np.asarray(read(name), dtype=float)
    return np.asarray(evaluate(line.expression, scope, f"sub-expression {name}", read), dtype=float)
