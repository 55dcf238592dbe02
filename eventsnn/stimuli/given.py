"""Given spikes: a list, once or over and over.

Equation
    Spike j of neuron ``neurons[j]`` is at ``times[j] + k*period``, k = 0, 1, ...; rounded once, so that the
    thousandth round is as exact as the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .trains import NO_SPIKES, Spikes, Trains, join, multiples, standing


class GivenTrains(Trains):
    """Spikes from a list.

    Parameters
    ----------
    times : ndarray [ms]
        Not negative, in increasing order.
    neurons : ndarray of int
    period : float [ms]
        Larger than every time, or 0 for a list that is gone through once.
    now : float [ms]
        Spikes before it are left out.
    """

    def __init__(self, times: np.ndarray, neurons: np.ndarray, period: float, now: float) -> None:
        self.times, self.neurons, self.period = times, neurons, period
        self.now = now
        self._place(now)

    def _place(self, now: float) -> None:
        """Stand before the first spike that is not before `now`."""
        self.round = 0
        if self.period and len(self.times):
            # one early, since the quotient is rounded; what lies before is passed over
            self.round = max(int(now / self.period) - 1, 0)
        self.position = 0
        while (instants := self._instants(self.round)) is not None:
            self.position = int(np.searchsorted(instants, now, side="left"))
            if self.position < len(instants) or not self.period:
                break
            self.round, self.position = self.round + 1, 0

    def _instants(self, k: int) -> np.ndarray | None:
        """Return the instants of one round, None of an empty list."""
        if not len(self.times):
            return None
        if k == 0:
            return self.times
        return multiples(self.times, float(k), self.period)

    def advance(self, end: float, budget: int) -> Spikes:
        parts: list[Spikes] = []
        made = 0
        while (instants := self._instants(self.round)) is not None:
            stop = int(np.searchsorted(instants, end, side="left"))
            if stop - self.position > budget:
                # no stretch ends between two spikes of one instant
                stop = int(np.searchsorted(instants, instants[self.position + budget], side="right"))
            parts.append((instants[self.position : stop], self.neurons[self.position : stop]))
            made += stop - self.position
            self.position = stop
            if stop < len(instants):
                self.now = min(end, float(instants[stop]))
                return join(parts)
            if not self.period:
                break
            self.round, self.position = self.round + 1, 0
            if made > budget:
                self.now = min(end, float(multiples(self.times[0], float(self.round), self.period)))
                return join(parts)
        self.now = end
        return join(parts) if parts else NO_SPIKES

    def copy(self) -> GivenTrains:
        other = GivenTrains.__new__(GivenTrains)
        other.__dict__.update(self.__dict__)
        return other

    def shift(self, by: float, now: float) -> None:
        """Stay: the times are times of the network."""
        self.now = now
        self._place(now)

    def snapshot(self) -> dict[str, Any]:
        return {
            "now": self.now,
            "times": self.times.copy(),
            "neurons": self.neurons.copy(),
            "period": self.period,
            "round": self.round,
            "position": self.position,
        }

    @classmethod
    def restored(cls, snapshot: dict[str, Any]) -> GivenTrains:
        """Return trains that stand where a snapshot says."""
        return standing(cls, snapshot)
