"""`TimedArray`: a function of time that is constant between steps.

Equation
    ``f(t) = values[k]`` for ``t_k <= t < t_(k+1)``; ``t_k`` is ``k*dt`` or ``times[k]``. Before the first instant the
    first row holds, after the last instant the last row. With two-dimensional values, ``f(t, i)`` is column `i`.
Exact solution
    A constant between two steps, so equations that are solved exactly for constants stay exact: the engine stops at
    each step and goes on with the new constant.
Parameters
    values (any unit, finite), and dt (a time, positive) or times (times, increasing).
State, events
    None. `TimedArray.next_step` says when the function changes next; rows equal to the one before are no change.
Limits
    Right-continuous: at the instant of a step the new value holds, without tolerance. Only instants that the user
    gives in seconds (``ta(M.t)``) count as the step when they are at most 2 ulp short of it.
Source
    The class of this name in Brian 2 (Stimberg, Brette and Goodman 2019), which has no `times`.
See also
    `eventsnn.clocks.sample_instants`, whose grids agree with ``k*dt`` here to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..border import to_internal
from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError, OutOfRangeError, UnitError, WrongTypeError
from ..units import DIMENSIONLESS, Dimension, Quantity, name_dimension, split, with_dimensions


class TimedArray:
    """Values over time, each held until the next.

    Parameters
    ----------
    values : Quantity or array-like, shape (steps,) or (steps, columns)
        One row per step.
    dt : Quantity, optional
        How long each row holds; row k begins at ``k*dt``.
    name : str, optional
    times : Quantity, optional
        In place of `dt`: when each row begins, in increasing order.

    Attributes
    ----------
    values : ndarray of float
        In SI units, not to be written to.
    dim : Dimension
        What the values measure.
    is_2d : bool
        Whether it is called as ``ta(t, i)`` and not as ``ta(t)``.

    Raises
    ------
    ArgumentError
        When not exactly one of `dt` and `times` is given, a value is not finite or an instant not after the one
        before.
    DimensionMismatchError
        When `dt` or `times` are no times.

    Examples
    --------
    >>> from eventsnn.stimuli import TimedArray
    >>> from eventsnn.units import ms, mV
    >>> ta = TimedArray([1, 2, 3]*mV, dt=0.1*ms)
    >>> ta([0, 0.1, 0.15, 7]*ms)
    array([1., 2., 2., 3.]) * mvolt
    >>> TimedArray([[0, 10], [5, 50]], times=[0, 2.5]*ms)(3*ms, 1)
    50.0
    """

    #: By this the equations know it among the names that a text may use.
    is_time_function = True

    def __init__(
        self,
        values: Any,
        dt: Quantity | None = None,
        name: str | None = None,
        *,
        times: Quantity | None = None,
    ) -> None:
        self.name = _read_name(name)
        # for messages
        self._owner, self._call = ("TimedArray", "ta") if name is None else (f"TimedArray '{self.name}'", self.name)
        self.values, self.dim = self._read_values(values)
        self.is_2d = self.values.ndim == 2
        self._internal = to_internal(self.values, self.dim)
        self._check_finite("values", self._internal, self.values, self.dim)
        if (dt is None) == (times is None):
            problem = "say when the values hold" if dt is None else "give only one of dt and times"
            raise ArgumentError(
                f"{self._owner}: {problem}: dt=1*ms for steps of equal length, "
                "or times=[0, 2.5]*ms, one instant for each row of values"
            )
        self._dt = None if dt is None else self._read_dt(dt)
        self._times = None if times is None else self._read_times(times)
        # row k gives way to row k + 1 at steps[k]
        self._steps = self._regular_steps() if self._times is None else self._given_steps(self._times)
        differ = self._internal[1:] != self._internal[:-1]
        self._changes = self._steps[differ.any(axis=1) if self.is_2d else differ]
        self._next = np.append(self._changes, np.inf)

    # --- what it is -------------------------------------------------------------------------------------------

    @property
    def dt(self) -> Quantity | None:
        """How long each row holds, or None when the instants were given."""
        return None if self._dt is None else Quantity(self._dt, TIME)

    @property
    def times(self) -> Quantity | None:
        """When each row begins, or None when it is ``k*dt``."""
        return None if self._times is None else Quantity(self._times.copy(), TIME)

    @property
    def arguments(self) -> int:
        """How many arguments it is called with: 1, or 2 with a column."""
        return self.values.ndim

    @property
    def mean_step(self) -> float:
        """How far apart its changes are, on average [ms]; ``inf`` when there are fewer than two."""
        count = len(self._changes) - 1
        return float((self._changes[-1] - self._changes[0]) / count) if count > 0 else np.inf

    def __repr__(self) -> str:
        rows = f"{len(self.values)} rows of {self.values.shape[1]}" if self.is_2d else f"{len(self.values)} values"
        if self._times is None:
            return f"<TimedArray '{self.name}': {rows}, {name_dimension(self.dim)}, dt = {self.dt!s}>"
        first, last = Quantity(self._times[0], TIME), Quantity(self._times[-1], TIME)
        return f"<TimedArray '{self.name}': {rows}, {name_dimension(self.dim)}, times = {first!s} to {last!s}>"

    # --- its value --------------------------------------------------------------------------------------------

    def __call__(self, t: Any, i: Any = None) -> Any:
        """Return the value at one instant or several.

        Parameters
        ----------
        t : Quantity
            An instant at most 2 ulp short of a step counts as the step, since seconds and milliseconds round
            differently.
        i : int or array of int, optional
            Column, needed when there are columns; broadcasts with `t`.

        Returns
        -------
        Quantity, or float or ndarray when the values are pure numbers

        Raises
        ------
        DimensionMismatchError
            When `t` is no time or `i` no pure number.
        OutOfRangeError
            When there is no such column.
        WrongTypeError
            When a column is missing, not needed or not a whole number.
        """
        instants = to_internal(self._numbers("(t)", t, TIME, f"Write {self._call}(5*ms)."), TIME)
        if np.isnan(instants).any():
            raise ArgumentError(f"{self._owner}(t): expected instants, found {t!s}, which is not a time at all")
        if i is not None:
            i = self._numbers("(t, i)", i, DIMENSIONLESS, "A column is counted from 0.")
        reached = np.nextafter(np.nextafter(instants, np.inf), np.inf)
        return with_dimensions(self._pick(self.values, self._steps.searchsorted(reached, side="right"), i), self.dim)

    def internal(self, t: Any, i: Any = None) -> Any:
        """Return the value in internal units.

        Parameters
        ----------
        t : float or ndarray [ms]
        i : int or ndarray of int, optional
            Column, needed when there are columns; broadcasts with `t`.

        Returns
        -------
        np.float64 or ndarray of float

        Raises
        ------
        OutOfRangeError
            When there is no such column.
        """
        return self._pick(self._internal, self._steps.searchsorted(t, side="right"), i)

    def next_step(self, t: Any) -> Any:
        """Return the first instant after `t` at which the value of any column changes, ``inf`` when there is none.

        Parameters
        ----------
        t : float or ndarray [ms]

        Returns
        -------
        float or ndarray [ms]
            In O(log steps).
        """
        found = self._next[self._changes.searchsorted(t, side="right")]
        return found if found.ndim else float(found)

    def bounds(self, first: Any, last: Any, i: Any = None) -> tuple[Any, Any]:
        """Return the smallest and the largest value from one instant to another, both included, in internal units.

        Parameters
        ----------
        first, last : float or ndarray [ms]
            They broadcast with each other and with `i`.
        i : int or ndarray of int, optional
            Column; without one the bounds hold for every column.

        Returns
        -------
        low, high : np.float64 or ndarray of float
        """
        begins = self._steps.searchsorted(first, side="right")
        ends = self._steps.searchsorted(last, side="right") + 1
        begins, ends = np.broadcast_arrays(begins, ends)
        spans, which = np.unique(np.stack([begins.ravel(), ends.ravel()]), axis=1, return_inverse=True)
        pieces = [self._internal[begin:end] for begin, end in spans.T.tolist()]
        axis = 0 if self.is_2d and i is not None else None
        tables = [np.array([extreme(piece, axis=axis) for piece in pieces]) for extreme in (np.min, np.max)]
        rows = which.reshape(begins.shape)
        if axis is None:
            return tables[0][rows], tables[1][rows]
        return self._pick(tables[0], rows, i), self._pick(tables[1], rows, i)

    def _pick(self, table: np.ndarray, rows: Any, i: Any) -> Any:
        if not self.is_2d:
            if i is not None:
                raise WrongTypeError(f"{self._owner}: it has no columns, so it takes only the time: {self._call}(t)")
            return table[rows]
        if i is None:
            raise WrongTypeError(
                f"{self._owner}: it has {table.shape[1]} columns; say which one: "
                f"{self._call}(t, 0) or {self._call}(t, i)"
            )
        columns = self._read_columns(i)
        try:
            return table[rows, columns]
        except IndexError:
            raise ArgumentError(
                f"{self._owner}(t, i): expected shapes that broadcast, found {np.shape(rows)} for t and "
                f"{np.shape(columns)} for i. Give one column, or one for each instant."
            ) from None

    def _read_columns(self, i: Any) -> Any:
        count = self.values.shape[1]
        # the way of the engine, without the price of an array
        if (type(i) is int or isinstance(i, np.integer)) and 0 <= i < count:
            return i
        columns = np.asarray(i)
        # columns computed in an equation, i%2 say, are whole but floats
        kind = columns.dtype.kind
        if kind not in "iuf" or (kind == "f" and not np.array_equal(columns, np.floor(columns))):
            raise WrongTypeError(f"{self._owner}(t, i): expected a column, a whole number, found {columns!s}")
        outside = columns[(columns < 0) | (columns >= count)]
        if outside.size:
            raise OutOfRangeError(
                f"{self._owner}(t, i): there is no column {outside.flat[0]}; "
                f"columns count from 0, their number is {count}"
            )
        return columns.astype(np.int64, copy=False)

    # --- reading the arguments --------------------------------------------------------------------------------

    def _numbers(self, what: str, value: Any, expected: Dimension | None, advice: str) -> np.ndarray:
        """Return SI numbers after checking that they are real and measure what was expected."""
        try:
            numbers, dim = split(value)
        except UnitError as error:
            raise type(error)(f"{self._owner}{what}: {error}") from None
        if numbers.dtype.kind not in "biuf":
            raise WrongTypeError(f"{self._owner}{what}: expected real numbers, found {value!r}. {advice}")
        if expected is not None and dim is not expected:
            wanted = "a time" if expected is TIME else "a pure number"
            raise DimensionMismatchError(
                f"{self._owner}{what}: expected {wanted}, found {value!s} ({name_dimension(dim)}). {advice}"
            )
        return numbers

    def _read_values(self, values: Any) -> tuple[np.ndarray, Dimension]:
        advice = "Write [1, 2, 3]*nA."
        # a copy, and not to be written to: what is made from it would not follow
        numbers = np.array(self._numbers(".values", values, None, advice), dtype=np.float64)
        numbers.flags.writeable = False
        if numbers.ndim not in (1, 2) or not numbers.size:
            raise ArgumentError(
                f"{self._owner}.values: expected shape (steps,) or (steps, columns), found {numbers.shape}. {advice}"
            )
        return numbers, split(values)[1]

    def _read_dt(self, dt: Any) -> float:
        numbers = self._numbers(".dt", dt, TIME, "Write dt=0.1*ms for a tenth of a ms.")
        if numbers.ndim:
            raise ArgumentError(
                f"{self._owner}.dt: expected one time, found {dt!s}. For steps of unequal length give times= in its "
                "place: when each row begins."
            )
        if not 0.0 < to_internal(float(numbers), TIME) < np.inf:
            raise ArgumentError(f"{self._owner}.dt: expected a positive time, found {dt!s}")
        return float(numbers)

    def _read_times(self, times: Any) -> np.ndarray:
        numbers = self._numbers(".times", times, TIME, "Write times=[0, 2.5]*ms.")
        if numbers.shape != self.values.shape[:1]:
            raise ArgumentError(
                f"{self._owner}.times: expected {len(self.values)} instants, one for each row of values, "
                f"found shape {numbers.shape}"
            )
        return np.array(numbers, dtype=np.float64)

    def _regular_steps(self) -> np.ndarray:
        """Return when rows give way to the next [ms]: multiples of dt, with the bits of `sample_instants`.

        Each is rounded once from ``k*dt``, then to the decimal next to it: the third step of 0.1 ms is at 0.3 ms,
        not at 0.30000000000000004 ms.
        """
        step = to_internal(self._dt, TIME)
        with np.errstate(over="ignore", invalid="ignore"):
            instants = np.arange(1, len(self.values)) * step
            rounded = np.round(instants, 9)
            return np.where(np.abs(rounded - instants) <= 2 * np.spacing(np.abs(instants)), rounded, instants)

    def _given_steps(self, times: np.ndarray) -> np.ndarray:
        """Return when rows give way to the next [ms]: the given times but the first."""
        instants = to_internal(times, TIME)
        self._check_finite("times", instants, times, TIME)
        for k in np.flatnonzero(np.diff(instants) <= 0)[:1] + 1:
            before, here = (Quantity(times[n], TIME) for n in (k - 1, k))
            raise ArgumentError(
                f"{self._owner}.times: expected increasing instants, found {here!s} at [{k}] after {before!s} at "
                f"[{k - 1}]. Sort them, and the rows of values with them."
            )
        return instants[1:]

    def _check_finite(self, what: str, internal: np.ndarray, numbers: np.ndarray, dim: Dimension) -> None:
        """Raise when a number is not finite, or too large to be so inside."""
        places = np.argwhere(~np.isfinite(internal))
        for place in places[:1]:
            found = with_dimensions(numbers[tuple(place)], dim)
            others = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
            raise ArgumentError(
                f"{self._owner}.{what}: expected finite numbers, found {found!s} at {place.tolist()}{others}. "
                "Put a number in its place, or leave its row out and give times=."
            )


def _read_name(name: Any) -> str:
    if name is None:
        return "_timedarray"
    # Brian numbers names that end in a star
    if not isinstance(name, str) or not name.removesuffix("*").isidentifier():
        raise ArgumentError(f"TimedArray.name: expected a name of letters and digits, found {name!r}")
    return name.removesuffix("*")
