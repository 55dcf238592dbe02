"""Clocks: here only default steps for sampling, since nothing is simulated on a grid."""

from __future__ import annotations

import numpy as np

from .border import to_internal
from .equations.scope import TIME
from .errors import ArgumentError, DimensionMismatchError
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


class Clock:
    """A sampling step.

    Parameters
    ----------
    dt : Quantity
        Time between samples.
    name : str

    Notes
    -----
    In Brian a clock also moves the neurons; here it only says how often monitors sample.
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


def _whole(x: float) -> int:
    """Return the smallest whole number not below `x`, taking a whole number within 1e-9 for itself."""
    nearest = round(x)
    return nearest if abs(x - nearest) <= 1e-9 else int(np.ceil(x))
