"""The slow truth about rules of plasticity: loops over all spikes that have been, at 30 digits.

Nothing is carried from event to event but the weight, and nothing here knows of traces: whenever a spike arrives, what
it changes is summed over the spikes before it. Times are in ms, as they arrive at the synapse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import mpmath

mpmath.mp.dps = 30

#: Relative error of one step of a trace: exp, its argument, a product and a sum, each within an ulp or two.
STEP = 4 * 2.0**-52

PRE, POST = 0, 1

#: Arrivals at a synapse in the order in which they act: at one instant the spike before comes first.
Events = list[tuple[float, int]]


def arrivals(pre: Iterable[float], post: Iterable[float]) -> Events:
    """Return the spikes of both sides in the order in which they act."""
    return sorted([*((t, PRE) for t in pre), *((t, POST) for t in post)])


def earlier(events: Events, k: int, side: int) -> list[tuple[int, float]]:
    """Return number and distance in time of all spikes of a side that acted before event k."""
    return [(n, mpmath.mpf(events[k][0]) - t) for n, (t, whose) in enumerate(events[:k]) if whose == side]


def partners(events: Events, k: int, pairing: str) -> list:
    """Return the distances of the spikes of the other side with which event k makes a pair."""
    side = events[k][1]
    before = earlier(events, k, 1 - side)
    own = [n for n, _ in earlier(events, k, side)]
    last_own, last_other = max(own, default=-1), max((n for n, _ in before), default=-1)
    match pairing:
        case "all":
            return [s for _, s in before]
        case "nearest":
            return [s for n, s in before if n == last_other]
        case "presynaptic":
            # a spike before with the last one behind; one behind with all that have had no next one yet
            return [s for n, s in before if (n == last_other if side == PRE else n > last_own)]
        case "reduced":
            return [s for n, s in before if n == last_other and n > last_own]
    raise ValueError(pairing)


@dataclass
class PairRule:
    """Pair STDP: parts of `w_max` = 1, time constants in ms."""

    A_plus: float = 0.01
    A_minus: float = 0.0105
    tau_plus: float = 20.0
    tau_minus: float = 20.0
    mu_plus: float = 0.0
    mu_minus: float = 0.0
    pairing: str = "all"

    def change(self, events: Events, k: int, w):
        """Return what event k does to the weight w."""
        found = partners(events, k, self.pairing)
        if events[k][1] == PRE:
            size = mpmath.fsum(mpmath.exp(-s / mpmath.mpf(self.tau_minus)) for s in found)
            return -mpmath.mpf(self.A_minus) * (w ** mpmath.mpf(self.mu_minus)) * size
        size = mpmath.fsum(mpmath.exp(-s / mpmath.mpf(self.tau_plus)) for s in found)
        return mpmath.mpf(self.A_plus) * ((1 - w) ** mpmath.mpf(self.mu_plus)) * size


@dataclass
class TripletRule:
    """Triplet STDP of Pfister & Gerstner (2006), equations 2 to 4."""

    A2_plus: float
    A3_plus: float
    A2_minus: float
    A3_minus: float
    tau_x: float
    tau_y: float
    pairing: str = "all"
    tau_plus: float = 16.8
    tau_minus: float = 33.7

    def change(self, events: Events, k: int, w):
        """Return what event k does to the weight w."""
        side = events[k][1]
        tau, tau_slow, A2, A3 = (
            (self.tau_minus, self.tau_x, -self.A2_minus, -self.A3_minus)
            if side == PRE
            else (self.tau_plus, self.tau_y, self.A2_plus, self.A3_plus)
        )
        fast = [mpmath.exp(-s / mpmath.mpf(tau)) for _, s in earlier(events, k, 1 - side)]
        slow = [mpmath.exp(-s / mpmath.mpf(tau_slow)) for _, s in earlier(events, k, side)]
        if self.pairing == "nearest":
            fast, slow = fast[-1:], slow[-1:]
        return mpmath.fsum(fast) * (mpmath.mpf(A2) + mpmath.mpf(A3) * mpmath.fsum(slow))


@dataclass
class InhibitoryRule:
    """The rule of Vogels et al. (2011)."""

    tau: float
    rho_0: float
    eta: float

    def change(self, events: Events, k: int, w):
        """Return what event k does to the weight w; `rho_0` is in kHz."""
        side = events[k][1]
        near = mpmath.fsum(mpmath.exp(-s / mpmath.mpf(self.tau)) for _, s in earlier(events, k, 1 - side))
        return mpmath.mpf(self.eta) * (near - (2 * mpmath.mpf(self.rho_0) * self.tau if side == PRE else 0))


def weight(rule, pre: Sequence[float], post: Sequence[float], w=0.5, clipped=True, watch: Callable | None = None):
    """Return the weight after all spikes, and a bound for the error of an event-by-event run in doubles.

    Each event moves the traces that it reads by a factor with a relative error of `STEP` at most, so that what was
    added n events ago has an error of n times that; the change and the sum with the weight add their own.
    """
    events = arrivals(pre, post)
    w, moved, largest = mpmath.mpf(w), mpmath.mpf(0), mpmath.mpf(w)
    for k in range(len(events)):
        change = rule.change(events, k, w)
        moved += abs(change)
        w += change
        largest = max(largest, abs(w))
        if clipped:
            w = min(max(w, mpmath.mpf(0)), mpmath.mpf(1))
        if watch is not None:
            watch(events[k], w)
    n = len(events)
    return w, STEP * float((n + 4) * moved + n * largest)
