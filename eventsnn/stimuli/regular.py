"""Regular trains: equal intervals, without drift.

Equation
    Spike k of a neuron is at ``anchor + k/rate``, rounded once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .trains import Spikes, Trains, multiples, standing


class RegularTrains(Trains):
    """Equal intervals.

    Parameters
    ----------
    rates : ndarray [1/ms]
    firsts : ndarray [ms]
        An instant of each train; `inf` where nothing fires at present.
    shares : ndarray
        For neurons that do not fire at present: how much of an interval is left when they begin to.
    now : float [ms]
        Spikes before it are left out.
    """

    def __init__(self, rates: np.ndarray, firsts: np.ndarray, shares: np.ndarray, now: float) -> None:
        self.now, self.rates = now, rates
        self.anchor, self.share = firsts.copy(), shares.copy()
        self.k = np.zeros(len(rates))
        self._pass_over(now)

    def use(self, rates: np.ndarray) -> None:
        """Let other rates hold from now on: what is left of an interval is stretched."""
        changed = np.flatnonzero(rates != self.rates)
        before, after = self.rates[changed], rates[changed]
        with np.errstate(all="ignore"):
            share = np.where(before > 0.0, (self._next()[changed] - self.now) * before, self.share[changed])
            self.anchor[changed] = np.where(after > 0.0, self.now + share / after, np.inf)
        self.share[changed], self.k[changed], self.rates = share, 0.0, rates

    def _next(self) -> np.ndarray:
        return self._instants(np.arange(len(self.k)), self.k)

    def _instants(self, who: np.ndarray, k: np.ndarray) -> np.ndarray:
        fires = self.rates[who] > 0.0
        steps = 1.0 / np.where(fires, self.rates[who], 1.0)
        return np.where(fires, multiples(np.where(fires, self.anchor[who], 0.0), k, steps), np.inf)

    def _pass_over(self, now: float) -> None:
        """Stand before the first spikes that are not before `now`."""
        anchor = np.where(self.rates > 0.0, self.anchor, now)
        self.k = np.maximum(self.k, np.floor((now - anchor) * self.rates) - 1.0)
        while np.any(early := self._next() < now):
            self.k[early] += 1.0

    def advance(self, end: float, budget: int) -> Spikes:
        total = float(self.rates.sum())
        if total > 0.0:
            due = float(self._next().min())
            end = min(end, max(due + budget / total, float(np.nextafter(due, np.inf))))
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
        other.k, other.anchor, other.share = self.k.copy(), self.anchor.copy(), self.share.copy()
        return other

    def shift(self, by: float, now: float) -> None:
        self.now = now
        self.anchor = self.anchor + by

    def snapshot(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name).copy() for name in ("rates", "anchor", "share", "k")}
        return {"now": self.now, **arrays}

    @classmethod
    def restored(cls, snapshot: dict[str, Any]) -> RegularTrains:
        """Return trains that stand where a snapshot says."""
        return standing(cls, snapshot)
