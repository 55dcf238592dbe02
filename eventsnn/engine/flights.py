"""Spikes on their way, ordered by the instant of their next arrival."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf

import numpy as np

from ..synapses.flight import Flight

#: Synapses that one spike reaches at one instant: rank of the pathway, neuron that fired, numbers of the synapses.
Arrival = tuple[int, int, np.ndarray]


class Flights:
    """All spikes on their way through a network.

    Parameters
    ----------
    flights : iterable of (rank, Flight)
        Those that a former run left; `rank` is the place of the pathway in the order of the laws of time.
    """

    def __init__(self, flights: Iterable[tuple[int, Flight]] = ()) -> None:
        self._serial = count()
        # the serial number keeps flights of one neuron apart, which have no order of their own
        self._heap = [(f.instant, rank, f.neuron, next(self._serial), f) for rank, f in flights]
        heapify(self._heap)

    @property
    def first_time(self) -> float:
        """Instant of the next arrival, `inf` if there is none."""
        return self._heap[0][0] if self._heap else inf

    def add(self, rank: int, flight: Flight) -> None:
        """Send a flight on its way; O(log flights)."""
        heappush(self._heap, (flight.instant, rank, flight.neuron, next(self._serial), flight))

    def pop_instant(self, now: float) -> list[Arrival]:
        """Take out what arrives at this instant, in canonical order."""
        heap, arrivals = self._heap, []
        while heap and heap[0][0] == now:
            _, rank, neuron, _, flight = heappop(heap)
            numbers, rest = flight.arrive()
            if rest is not None:
                self.add(rank, rest)
            arrivals.append((rank, neuron, numbers))
        return arrivals

    def left(self) -> list[tuple[int, Flight]]:
        """Return the flights that have not ended."""
        return [(rank, flight) for _, rank, _, _, flight in sorted(self._heap, key=lambda entry: entry[:4])]
