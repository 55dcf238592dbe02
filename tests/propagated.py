"""How far a simulator that rounds, but keeps its promises, may be from the truth after many events.

To first order every error is a signed sum over the single roundings that came before, and it is kept as that: one
coefficient a rounding, times its greatest size. Only at the end are absolute values added. (Adding them at every step
would forget that the errors of one cause cancel, and grow by orders of magnitude.)

An error of state at a time, ours less the truth, moves as the state itself does. One of time, sigma, positive if ours
is late, makes one of state where something happens at that time:

=====================================  =======================
v crosses its threshold                sigma = -dv/v'
v is set, or set free                  dv = -v' sigma
w is added to v                        dv = w sigma/tau
w is added to a current that drives v  dg = w sigma/d, dv = -w sigma/tau
=====================================  =======================

Nothing here is taken from eventsnn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

#: Roundings that can be told apart.
MOST = 20_000

Error = np.ndarray
NONE = np.zeros(MOST)


class Roundings:
    """Counts roundings."""

    def __init__(self) -> None:
        self.n = 0

    def one(self, size: float) -> Error:
        """Return the error of one more rounding of at most this size."""
        error = np.zeros(MOST)
        error[self.n] = size
        self.n += 1
        return error


def bound(error: Error) -> float:
    return float(np.abs(error).sum())


class StateError:
    """The errors of v and of the currents that drive it, ``[dv, dg_1, ...]``, and of the time of the last event.

    A change of state costs 8 ulp of the largest number that has entered so far, a crossing what is promised:
    2 [ulp(t) + ulp(v)/|v'|].
    """

    def __init__(self, roundings: Roundings, tau: float, decays: Sequence[float]) -> None:
        self.roundings, self.tau, self.decays, self.ulp = roundings, tau, decays, 0.0
        self.of_state = [NONE for _ in range(1 + len(decays))]
        self.of_time = NONE

    def see(self, *numbers: float) -> None:
        self.ulp = max(self.ulp, *(math.ulp(x) for x in numbers))

    def _rounded(self) -> Error:
        return self.roundings.one(8 * self.ulp)

    def flow(self, s: float, frozen: bool) -> None:
        v, *currents = self.of_state
        own = math.exp(-s / self.tau)
        if not frozen:
            v = v * own + self._rounded()
            for g, d in zip(currents, self.decays, strict=True):
                v = v + g * (d / (d - self.tau) * (math.exp(-s / d) - own))
        currents = [g * math.exp(-s / d) + self._rounded() for g, d in zip(currents, self.decays, strict=True)]
        self.of_state = [v, *currents]

    def cross(self, now: float, slope: float) -> None:
        own = self.roundings.one(2 * (math.ulp(now) + self.ulp / abs(slope)))
        self.of_time = own - self.of_state[0] / slope

    def happen(self, now: float, time_error: Error) -> None:
        """Let the last event be one whose time is the rounded sum of another and a delay."""
        self.of_time = time_error + self.roundings.one(math.ulp(now))

    def add(self, port: int, weight: float) -> None:
        sign = 1.0 if port == 0 else -1.0
        self.of_state[0] = self.of_state[0] + sign * weight / self.tau * self.of_time + self._rounded()
        if port:
            self.of_state[port] = self.of_state[port] + weight / self.decays[port - 1] * self.of_time + self._rounded()

    def set(self) -> None:
        self.of_state[0] = self._rounded()

    def set_free(self, slope: float) -> None:
        self.of_state[0] = self.of_state[0] - slope * self.of_time
