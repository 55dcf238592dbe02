"""Regular trains: equal intervals, without drift.

Equation
    Spike k of a neuron is at ``anchor + k/rate``, rounded once.
"""

from __future__ import annotations

import numpy as np

from .trains import Spikes, Trains, multiples


class RegularTrains(Trains):
    """Equal intervals.

    Parameters
    ----------
    rates : ndarray [1/ms]
    phases : ndarray
        When the first spike comes, in intervals after `begin`.
    begin : float [ms]
    now : float [ms]
        Spikes before it are left out.
    """

    def __init__(self, rates: np.ndarray, firsts: np.ndarray, now: float) -> None:
        self.now = now
        self.rates = rates
        self.intervals = _intervals(rates)
        self.anchor = firsts.copy()
        self.k = np.zeros(len(rates))
        self._pass_over(now)

    def use(self, rates: np.ndarray) -> None:
        """Let other rates hold from now on: what is left of an interval is stretched."""
        changed = np.flatnonzero(rates != self.rates)
        before, after = self.rates[changed], _intervals(rates)[changed]
        due = self._next()[changed]
        with np.errstate(all="ignore"):
            # a silent neuron keeps its share of an interval in place of an instant
            share = np.where(before > 0.0, (due - self.now) * before, self.anchor[changed])
            anchor = np.where(np.isinf(after), share, self.now + share * after)
        self.anchor[changed] = np.where(share == 0.0, np.where(np.isinf(after), 0.0, self.now), anchor)
        self.k[changed] = 0.0
        self.rates, self.intervals = rates, _intervals(rates)

    def _next(self) -> np.ndarray:
        return self._instants(np.arange(len(self.k)), self.k)

    def _instants(self, who: np.ndarray, k: np.ndarray) -> np.ndarray:
        silent = self.rates[who] == 0.0
        steps = np.where(silent, 1.0, self.intervals[who])
        return np.where(silent, np.inf, multiples(self.anchor[who], k, steps))

    def _pass_over(self, now: float) -> None:
        """Stand before the first spikes that are not before `now`."""
        with np.errstate(all="ignore"):
            self.k = np.maximum(self.k, np.floor((now - self.anchor) * self.rates) - 1.0)
        while np.any(early := self._next() < now):
            self.k[early] += 1.0

    def advance(self, end: float, budget: int) -> Spikes:
        total = float(self.rates.sum())
        if total > 0.0:
            due = float(self._next().min())
            end = min(end, max(due, self.now) + max(budget / total, 1e-9 * abs(due)))
        active = np.flatnonzero(self._next() < end)
        # one more than fit by the rounded quotient
        counts = (np.floor((end - self._next()[active]) * self.rates[active]) + 2.0).astype(np.int64)
        who = np.repeat(active, counts)
        starts = np.repeat(np.cumsum(counts) - counts, counts)
        instants = self._instants(who, self.k[who] + (np.arange(len(who)) - starts))
        comes = instants < end
        who = who[comes]
        self.k += np.bincount(who, minlength=len(self.k))
        self.now = end
        return instants[comes], who

    def copy(self) -> RegularTrains:
        other = RegularTrains.__new__(RegularTrains)
        other.__dict__.update(self.__dict__)
        other.k, other.anchor = self.k.copy(), self.anchor.copy()
        return other

    def shift(self, by: float) -> None:
        self.now += by
        self.anchor = np.where(self.rates > 0.0, self.anchor + by, self.anchor)


def _intervals(rates: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return 1.0 / rates
