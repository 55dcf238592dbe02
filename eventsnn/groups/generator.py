"""`SpikeGeneratorGroup`: neurons that fire at given times.

Equation
    Neuron ``indices[j]`` fires at ``times[j] + k*period`` (k = 0, 1, ..., or only k = 0 without a period).
Exact solution
    The list itself: nothing is rounded to a grid, and the sum is rounded once.
Parameters
    indices (whole numbers from 0 to N - 1), times (not negative, any order), period (larger than all times).
Events
    Spikes; those at one instant in the order of neurons. A neuron may be listed twice at one instant and fires twice.
Limits
    Times are times of the network. What lies before the present when the group is added, or when `set_spikes` is
    called, is not sent, and a warning says so.
Source
    The class of this name in Brian 2 (Stimberg, Brette and Goodman 2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..border import from_internal, to_internal
from ..equations.dimensions import describe
from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError, EventSNNWarning, OutOfRangeError, WrongTypeError, warn_user
from ..stimuli.given import GivenTrains
from ..units import Quantity, get_dimensions, split
from .arguments import note_clock
from .objects import Host
from .sources import Ahead, SpikeSource

ZERO_SECONDS = Quantity(0.0, TIME)


class SpikeGeneratorGroup(SpikeSource):
    """Neurons that fire at given times.

    Parameters
    ----------
    N : int
        Number of neurons.
    indices : array of int
        Who fires, one entry per spike.
    times : Quantity
        When, one entry per spike; any times from 0 on, as times of the network.
    period : Quantity, optional
        After which the list repeats, from t = 0; larger than all times. Zero for a list that is gone through once.
    sorted : bool, optional
        Accepted for compatibility: a list in order is recognised.
    dt, clock, when, order
        Accepted for compatibility: spikes lie on no grid, and come first at their instant.
    name : str, optional

    Raises
    ------
    ArgumentError
        When the lists differ in length, a time is negative or not finite, or the period is too short.
    OutOfRangeError, WrongTypeError
        When an index is no index of a neuron.
    DimensionMismatchError
        When times or period are no times.

    Examples
    --------
    >>> from eventsnn.groups.generator import SpikeGeneratorGroup
    >>> from eventsnn.units import ms
    >>> SpikeGeneratorGroup(2, [1, 0, 1], [16.1, 3, 7.03]*ms)
    <SpikeGeneratorGroup 'spikegeneratorgroup': 2 neurons, 3 given spikes>
    """

    def __init__(
        self,
        N: int,
        indices: Any,
        times: Quantity,
        dt: Quantity | None = None,
        clock: Any = None,
        period: Quantity = ZERO_SECONDS,
        when: str = "thresholds",
        order: int = 0,
        sorted: bool = False,
        name: str = "spikegeneratorgroup*",
    ) -> None:
        self._set_up(name, N)
        note_clock(self._label, "here: its spikes lie on no grid", dt=dt, clock=clock)
        self._read_spikes(indices, times, period)

    def set_spikes(self, indices: Any, times: Quantity, period: Quantity = ZERO_SECONDS, sorted: bool = False) -> None:
        """Replace the list of spikes; those before the present time are not sent.

        Parameters
        ----------
        indices, times, period, sorted
            As for the group.
        """
        if not self._may_change():
            raise ArgumentError(f"{self._label}.set_spikes: not while the network runs (by a report function)")
        self._read_spikes(indices, times, period)
        self._trains = None
        self._ahead = Ahead()
        if self._network is not None:
            self._warn_of_past()

    @property
    def period(self) -> Quantity:
        """After which the list repeats; zero without repetition."""
        return Quantity(from_internal(self._period, TIME), TIME)

    @property
    def spike_time(self) -> Quantity:
        """The given times, in order."""
        return Quantity(from_internal(self._given_times, TIME), TIME)

    @property
    def neuron_index(self) -> np.ndarray:
        """The neurons of these times."""
        return self._given_neurons.copy()

    def _describe(self) -> str:
        count = len(self._given_times)
        rounds = f", every {self.period!s}" if self._period else ""
        return f"{count} given spike{'s' * (count != 1)}{rounds}"

    def _ways(self) -> list[str]:
        sums = ["the k-th round is at times + k*period, rounded once"] if self._period else []
        return ["fires at exactly the given times, on no grid", *sums]

    def _prepare(self, surroundings: Mapping[str, Any], now: float) -> None:
        if self._trains is None:
            self._trains = GivenTrains(self._given_times, self._given_neurons, self._period, now)

    def _snapshot(self) -> dict[str, Any]:
        given = [self._given_times.copy(), self._given_neurons.copy(), self._period]
        return {**super()._snapshot(), "given": given}

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        times, neurons, self._period = snapshot["given"]
        self._given_times, self._given_neurons = times.copy(), neurons.copy()
        super()._restore(snapshot, is_fresh)

    def _restored_trains(self, snapshot: dict[str, Any], is_fresh: bool) -> GivenTrains:
        return GivenTrains.restored(snapshot)

    def _join(self, network: Host) -> None:
        super()._join(network)
        self._warn_of_past()

    def _warn_of_past(self) -> None:
        late = self._given_times[self._given_times < self._now]
        if len(late) and not self._period:
            first, now = (Quantity(from_internal(t, TIME), TIME) for t in (late[0], self._now))
            warn_user(
                f"{self._label}: {len(late)} of its spikes, the first at {first!s}, lie before the present time "
                f"t = {now!s} and are not sent. Its times are times of the network.",
                EventSNNWarning,
            )

    # --- reading the arguments --------------------------------------------------------------------------------

    def _read_spikes(self, indices: Any, times: Any, period: Any) -> None:
        neurons, instants = self._read_indices(indices), self._read_times(times)
        if len(neurons) != len(instants):
            raise ArgumentError(
                f"{self._label}: expected one time for each index, found {len(neurons)} indices and "
                f"{len(instants)} times"
            )
        length = self._read_period(period)
        if length:
            late = np.flatnonzero(instants >= length)
            if len(late):
                found = Quantity(from_internal(instants[late[0]], TIME), TIME)
                raise ArgumentError(
                    f"{self._label}.period: expected more than every time, found {period!s}, and {found!s} at "
                    f"[{late[0]}] of times"
                )
        order = np.lexsort((neurons, instants))
        self._given_times, self._given_neurons, self._period = instants[order], neurons[order], length

    def _read_indices(self, indices: Any) -> np.ndarray:
        numbers, dimension = split(indices)
        numbers = np.atleast_1d(numbers)
        if numbers.size == 0:
            return np.empty(0, np.int64)
        if numbers.dtype.kind not in "iuf" or numbers.ndim != 1 or dimension != get_dimensions(1):
            raise WrongTypeError(f"{self._label}.indices: expected a list of whole numbers, found {indices!r}")
        if numbers.dtype.kind == "f":
            for k in np.flatnonzero(~(numbers == np.floor(numbers)))[:1]:
                raise WrongTypeError(f"{self._label}.indices: expected whole numbers, found {numbers[k]} at [{k}]")
        for k in np.flatnonzero((numbers < 0) | (numbers >= self._n))[:1]:
            raise OutOfRangeError(
                f"{self._label}.indices: there is no neuron {numbers[k]:g} (at [{k}]); "
                f"neurons count from 0, their number is {self._n}"
            )
        return numbers.astype(np.int64)

    def _read_times(self, times: Any) -> np.ndarray:
        numbers, dimension = split(times)
        numbers = np.atleast_1d(numbers)
        if numbers.size == 0:
            return np.empty(0)
        if dimension != TIME:
            raise DimensionMismatchError(
                f"{self._label}.times: expected times, found {describe(dimension)}. Write [1, 2.5]*ms."
            )
        if numbers.ndim != 1:
            raise ArgumentError(f"{self._label}.times: expected a list of times, found shape {numbers.shape}")
        instants = to_internal(np.asarray(numbers, dtype=float), TIME)
        for k in np.flatnonzero(~((instants >= 0) & np.isfinite(instants)))[:1]:
            found = Quantity(float(numbers[k]), TIME)
            raise ArgumentError(f"{self._label}.times: expected finite times from 0 on, found {found!s} at [{k}]")
        return instants

    def _read_period(self, period: Any) -> float:
        dimension = get_dimensions(period)
        if dimension != TIME and not (isinstance(period, int | float) and period == 0):
            raise DimensionMismatchError(
                f"{self._label}.period: expected a time, found {period!s} ({describe(dimension)})"
            )
        length = to_internal(float(period), TIME)
        if not length >= 0:
            raise ArgumentError(f"{self._label}.period: expected a time that is not negative, found {period!s}")
        return 0.0 if np.isinf(length) else length
