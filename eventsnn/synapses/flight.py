"""`Flight`: a spike on its way through the synapses of one pathway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Flight:
    """A spike on its way: which synapses it still has to reach, and when.

    Attributes
    ----------
    instant : float [ms]
        Of its next arrival.
    neuron : int
        Who fired, by its index in the whole group.
    numbers : ndarray of int
        The synapses that it reaches, in the order of arrival.
    instants : list of float or None [ms]
        When it reaches each; None when all at `instant`.
    place : int
        How many it has reached.
    """

    instant: float
    neuron: int
    numbers: np.ndarray
    instants: list[float] | None = None
    place: int = 0

    def arrive(self) -> tuple[np.ndarray, Flight | None]:
        """Return the synapses reached at `instant`, in the order of creation, and what is left of the flight."""
        if self.instants is None:
            return self.numbers, None
        end, instants = self.place + 1, self.instants
        while end < len(instants) and instants[end] == self.instant:
            end += 1
        reached = self.numbers[self.place : end]
        if end > self.place + 1:
            # delays that differ by less than an instant is rounded arrive together
            reached = np.sort(reached)
        if end == len(instants):
            return reached, None
        return reached, Flight(instants[end], self.neuron, self.numbers, instants, end)

    def shifted(self, span: float) -> Flight:
        """Return the flight as it is when all times are larger by `span`."""
        instants = None if self.instants is None else [instant + span for instant in self.instants]
        return replace(self, instant=self.instant + span, instants=instants)


def depart(neuron: int, t: float, numbers: np.ndarray, delays: float | np.ndarray) -> Flight:
    """Return the flight of a spike fired at `t`.

    Parameters
    ----------
    numbers : ndarray of int
        Synapses that it reaches, the quickest first; at least one.
    delays : float or ndarray
        Of all of them, or of all synapses by their numbers [ms].
    """
    if not isinstance(delays, np.ndarray):
        return Flight(t + delays, neuron, numbers)
    instants = (t + delays[numbers]).tolist()
    if instants[0] == instants[-1]:
        return Flight(instants[0], neuron, np.sort(numbers))
    return Flight(instants[0], neuron, numbers, instants)


def pack(flights: Sequence[Flight]) -> dict[str, Any]:
    """Return flights as columns, for `unpack`."""
    nothing = np.empty(0, np.int64)
    return {
        "instants": np.array([flight.instant for flight in flights]),
        "neurons": np.array([flight.neuron for flight in flights], np.int64),
        "places": np.array([flight.place for flight in flights], np.int64),
        "sizes": np.array([len(flight.numbers) for flight in flights], np.int64),
        "numbers": np.concatenate([nothing, *(flight.numbers for flight in flights)]),
        # those whose synapses have delays of their own
        "spread": np.array([flight.instants is not None for flight in flights], bool),
        "arrivals": np.concatenate([np.empty(0), *(flight.instants for flight in flights if flight.instants)]),
    }


def unpack(columns: dict[str, Any]) -> list[Flight]:
    """Return the flights that `pack` was given."""
    flights, begin, first = [], 0, 0
    rows = zip(*(columns[name].tolist() for name in ("instants", "neurons", "places", "sizes", "spread")), strict=True)
    for instant, neuron, place, size, is_spread in rows:
        instants = columns["arrivals"][first : first + size].tolist() if is_spread else None
        flights.append(Flight(instant, neuron, columns["numbers"][begin : begin + size].copy(), instants, place))
        begin, first = begin + size, first + size * is_spread
    return flights
