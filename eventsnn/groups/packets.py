"""`PulsePacketGroup`: volleys of spikes around given times.

Equation
    In each packet `spikes` neurons, chosen at random (or all), fire once each, at a time that is normally distributed
    around the packet's centre with standard deviation `sigma`.
Exact solution
    One random number for each spike; sigma = 0 puts all of a packet at exactly its centre.
Parameters
    times (centres, in any order), spikes (from 0 to N; the activity `a` of a packet), sigma (a time, 0 or more).
Events
    Spikes.
Limits
    What falls before the present (before t = 0, to begin with) is not sent.
Source
    Diesmann, Gewaltig & Aertsen (1999), Nature 402, 529-533; pulsepacket_generator in NEST.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..border import from_internal, to_internal
from ..equations.dimensions import describe
from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError, WrongTypeError
from ..randomness import Draws
from ..stimuli.given import GivenTrains
from ..stimuli.packets import Packets, make_packets, renew_packets
from ..units import Quantity, split
from .sources import SpikeSource

ZERO_SECONDS = Quantity(0.0, TIME)


class PulsePacketGroup(SpikeSource):
    """Volleys of spikes around given times.

    Parameters
    ----------
    N : int
        Number of neurons.
    times : Quantity
        Centres of the packets, as times of the network.
    spikes : int or array of int, optional
        How many neurons fire in each packet; all by default.
    sigma : Quantity, optional
        Standard deviation of their times, for all packets or for each.
    name : str, optional

    Raises
    ------
    ArgumentError
        When a value is negative or no number, or there are more spikes than neurons.
    DimensionMismatchError
        When times or sigma are no times.

    Examples
    --------
    >>> from eventsnn.groups.packets import PulsePacketGroup
    >>> from eventsnn.units import ms
    >>> PulsePacketGroup(100, [50, 150]*ms, spikes=70, sigma=1*ms)
    <PulsePacketGroup 'pulsepacketgroup': 100 neurons, 2 packets of 70 spikes, sigma 1 ms>
    """

    def __init__(
        self,
        N: int,
        times: Quantity,
        spikes: Any = None,
        sigma: Quantity = ZERO_SECONDS,
        name: str = "pulsepacketgroup*",
    ) -> None:
        self._set_up(name, N)
        self._centres = np.atleast_1d(self._read_times("times", times))
        shape = self._centres.shape
        if len(shape) != 1:
            raise ArgumentError(f"{self._label}.times: expected a list of times, found shape {shape}")
        self._sigmas = self._one_each("sigma", self._read_times("sigma", sigma))
        self._counts = self._read_counts(self._n if spikes is None else spikes)
        self._draws: tuple[Draws, Draws] | None = None
        self._packets: Packets | None = None

    @property
    def times(self) -> Quantity:
        """Centres of the packets."""
        return Quantity(from_internal(self._centres, TIME), TIME)

    @property
    def spikes(self) -> np.ndarray:
        """How many neurons fire in each packet."""
        return self._counts.copy()

    @property
    def sigma(self) -> Quantity:
        """Standard deviation of the times in each packet."""
        return Quantity(from_internal(self._sigmas, TIME), TIME)

    def _describe(self) -> str:
        def span(values: np.ndarray) -> str:
            return f"{values.min():g}" + (f" to {values.max():g}" if np.ptp(values) else "")

        if not len(self._centres):
            return "no packets"
        count = len(self._centres)
        return f"{count} packet{'s' * (count != 1)} of {span(self._counts)} spikes, sigma {span(self._sigmas)} ms"

    def _ways(self) -> list[str]:
        return ["normally distributed times around each centre, one random number for each spike"]

    def _prepare(self, surroundings: Mapping[str, Any], now: float) -> None:
        if self._trains is not None and self._draws is not None and self._draws[0].is_current:
            return
        self._draws = Draws(self.name, "chosen"), Draws(self.name, "spikes")
        what = *self._draws, self._n, self._centres, self._counts, self._sigmas
        self._packets = renew_packets(self._packets, now, *what) if self._packets else make_packets(*what)
        self._trains = GivenTrains(*self._packets[:2], 0.0, now)

    def _signature(self) -> dict[str, Any]:
        rows = zip(self._centres.tolist(), self._counts.tolist(), self._sigmas.tolist(), strict=True)
        packets = [f"{count} spikes around {centre!r} ms, sigma {sigma!r} ms" for centre, count, sigma in rows]
        return {**super()._signature(), "packets": "\n".join(packets)}

    def _snapshot(self) -> dict[str, Any]:
        draws, packets = self._draws, self._packets
        return {
            **super()._snapshot(),
            "draws": None if draws is None else [each.snapshot() for each in draws],
            "packets": None if packets is None else [array.copy() for array in packets],
        }

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        draws, packets = snapshot["draws"], snapshot["packets"]
        self._draws = self._packets = None
        if draws is not None:
            chosen, spikes = draws
            self._draws = Draws.restored(chosen, is_fresh), Draws.restored(spikes, is_fresh)
        if packets is not None:
            times, neurons, which = packets
            self._packets = times.copy(), neurons.copy(), which.copy()
        super()._restore(snapshot, is_fresh)

    def _restored_trains(self, snapshot: dict[str, Any], is_fresh: bool) -> GivenTrains:
        return GivenTrains.restored(snapshot)

    # --- reading the arguments --------------------------------------------------------------------------------

    def _read_times(self, what: str, value: Any) -> np.ndarray:
        numbers, dimension = split(value)
        if dimension != TIME:
            raise DimensionMismatchError(
                f"{self._label}.{what}: expected a time, found {value!s} ({describe(dimension)}). Write 2*ms."
            )
        times = np.asarray(to_internal(np.asarray(numbers, dtype=float), TIME))
        for k in np.flatnonzero(~((times >= 0) & np.isfinite(times)))[:1]:
            found = Quantity(float(numbers.flat[k]), TIME)
            raise ArgumentError(f"{self._label}.{what}: expected finite times from 0 on, found {found!s} at [{k}]")
        return times

    def _one_each(self, what: str, values: np.ndarray) -> np.ndarray:
        if values.shape not in ((), self._centres.shape):
            raise ArgumentError(
                f"{self._label}.{what}: expected 1 value or {len(self._centres)} (one for each packet), "
                f"got shape {values.shape}"
            )
        return np.broadcast_to(values, self._centres.shape)

    def _read_counts(self, spikes: Any) -> np.ndarray:
        counts = np.asarray(spikes)
        if counts.dtype.kind not in "iuf" or isinstance(spikes, Quantity) or np.any(counts != np.floor(counts)):
            raise WrongTypeError(f"{self._label}.spikes: expected whole numbers, found {spikes!s}")
        counts = self._one_each("spikes", counts.astype(np.int64))
        for k in np.flatnonzero((counts < 0) | (counts > self._n))[:1]:
            raise ArgumentError(
                f"{self._label}.spikes: expected from 0 to {self._n} spikes (one from each neuron), "
                f"found {counts[k]} at [{k}]"
            )
        return counts
