"""Clocks: steps of samples, of timed code and of groups without an exact solution; nothing else lies on a grid."""

from __future__ import annotations

import weakref
from math import inf
from typing import Protocol

import numpy as np

from .border import from_internal, to_internal
from .equations.scope import TIME
from .errors import ArgumentError, DimensionMismatchError
from .instants import tick
from .units import Quantity, get_dimensions


def step_in_ms(dt: Quantity, where: str, zero: bool = False) -> float:
    """Return a span of time in ms, positive, or `zero` too.

    Raises
    ------
    DimensionMismatchError, ArgumentError
        When it is no positive, finite time.
    """
    if get_dimensions(dt) != TIME:
        raise DimensionMismatchError(f"{where}: expected a time, found {dt!s}. Write 0.1*ms for a tenth of a ms.")
    step = to_internal(float(dt), TIME)
    if not 0.0 < step < np.inf and not (zero and step == 0.0):
        raise ArgumentError(f"{where}: expected a positive time, found {dt!s}")
    return step


class Timekeeper(Protocol):
    """What has a present time [ms]: a network."""

    @property
    def now(self) -> float: ...


class _Present:
    """The network that runs, or ran last; clocks show its time."""

    def __init__(self) -> None:
        self._keeper: weakref.ref[Timekeeper] | None = None

    def follow(self, keeper: Timekeeper) -> None:
        self._keeper = weakref.ref(keeper)

    @property
    def now(self) -> float:
        keeper = self._keeper() if self._keeper is not None else None
        return keeper.now if keeper is not None else 0.0


PRESENT = _Present()


class Clock:
    """The step of samples, of timed code, or of a group that has no exact solution.

    Parameters
    ----------
    dt : Quantity
        Time between ticks, which are its multiples.
    name : str

    Notes
    -----
    In Brian a clock moves all neurons; here exact ones have no use for it.
    """

    def __init__(self, dt: Quantity, name: str = "clock") -> None:
        self.name = name
        self.dt = dt

    @property
    def dt(self) -> Quantity:
        """Time between samples."""
        return Quantity(self._dt.copy(), self._dt.dim)

    @dt.setter
    def dt(self, value: Quantity) -> None:
        self._step = step_in_ms(value, f"{self.name}.dt")
        self._dt = Quantity(np.array(float(value)), TIME)

    @property
    def t(self) -> Quantity:
        """Present time of the network that runs, or ran last."""
        return Quantity(from_internal(PRESENT.now, TIME), TIME)

    @property
    def step(self) -> float:
        """Time between samples [ms]."""
        return self._step

    def __repr__(self) -> str:
        return f"<Clock '{self.name}': dt = {self.dt!s}>"


defaultclock = Clock(Quantity(0.1e-3, TIME), "defaultclock")


def sample_instants(start: float, end: float, step: float) -> np.ndarray:
    """Return the multiples of `step` in ``[start, end)`` [ms].

    An end (or start) that is a multiple of the step to 1e-9 of it counts as that multiple. Instants are the decimal
    next to ``k*step`` where there is one, without drift.
    """
    first, last = _whole(start / step), _whole(end / step)
    instants = np.arange(first, max(first, last)) * step
    rounded = np.round(instants, 9)
    return np.where(np.abs(rounded - instants) <= 2 * np.spacing(np.abs(instants)), rounded, instants)


def first_tick(now: float, step: float, last: float = -inf) -> float:
    """Return the first multiple of `step` that is not before `now`, and after `last` [ms]."""
    k = max(int(now / step) - 1, 0)
    while (instant := tick(k, step)) < now or instant <= last:
        k += 1
    return instant


def _whole(x: float) -> int:
    """Return the smallest whole number not below `x`, taking a whole number within 1e-9 for itself."""
    nearest = round(x)
    return nearest if abs(x - nearest) <= 1e-9 else int(np.ceil(x))
