"""Correlated Poisson trains: copies of a common train beside a private one.

Equation
    A common Poisson train has the rate R. Each neuron copies each of its spikes with probability p, and has a private
    train of rate ``r - p*R``. So each neuron is Poisson of rate r, two share spikes at the rate ``p**2*R``, and the
    correlation of their counts is ``c = p**2*R/r`` in windows of any length.
Exact solution
    Both trains as in `renewal`; the copies of a common spike are at its very instant.
Source
    Brette (2009), Neural Computation 21, 188-215 (mixture); Kuhn, Aertsen & Rotter (2003), Neural Computation 15,
    67-101 (single and multiple interaction processes).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..randomness import Draws
from .exponential import exponential
from .rates import ConstantRates
from .renewal import ExponentialLaw, RenewalTrains, poisson_trains
from .trains import NO_SPIKES, Spikes, Trains, join

KINDS = ("mixture", "copy", "common")


def common_rate(kind: str, rate: float, c: float) -> tuple[float, float]:
    """Return the rate of the common train and the probability with which a neuron copies a spike.

    Examples
    --------
    >>> [common_rate(kind, 20.0, 0.25) for kind in KINDS]
    [(20.0, 0.5), (80.0, 0.25), (5.0, 1.0)]
    """
    if c == 0.0:
        return 0.0, 0.0
    if kind == "mixture":
        return rate, math.sqrt(c)
    return (rate / c, c) if kind == "copy" else (c * rate, 1.0)


class CorrelatedTrains(Trains):
    """Poisson trains of one rate with one correlation between any two.

    Parameters
    ----------
    private, common, copies : Draws
        Random numbers of the neurons' own trains, of the common train, and for who copies.
    n : int
    kind : str
        One of `KINDS`.
    rate : float [1/ms]
    c : float
    now : float [ms]
    """

    def __init__(self, draws: tuple[Draws, Draws, Draws], n: int, kind: str, rate: float, c: float, now: float) -> None:
        private, common, self.copies = draws
        self.n, self.now = n, now
        self.private = poisson_trains(private, n, np.zeros(n), now)
        self.common = poisson_trains(common, 1, np.zeros(1), now)
        self.use(kind, rate, c)

    def use(self, kind: str, rate: float, c: float) -> None:
        """Let another rate or correlation hold from now on."""
        self.total = rate * self.n
        common, self.p = common_rate(kind, rate, c)
        # without correlation all is private, with the whole of it nothing; else a copied share is taken off
        private = 0.0 if kind == "copy" and c > 0.0 else rate * (1.0 - (c if kind == "common" else self.p))
        self.private.use(ConstantRates(np.full(self.n, private)))
        self.common.use(ConstantRates(np.array([common])))

    def renew(self, draws: tuple[Draws, Draws, Draws]) -> None:
        """Begin again with another seed."""
        self.private.renew(draws[0])
        self.common.renew(draws[1])
        self.copies = draws[2]

    def advance(self, end: float, budget: int) -> Spikes:
        if self.total > 0.0:
            end = min(end, max(self.now + budget / self.total, float(np.nextafter(self.now, np.inf))))
        own = [_all_before(self.private, end)]
        # a train's counter is one ahead of the spikes that it has sent
        first = int(self.common.count[0]) - 1
        instants, _ = _all_before(self.common, end)
        self.now = end
        if len(instants):
            which, who = choose(self.copies, first + np.arange(len(instants)), self.n, self.p)
            own.append((instants[which], who))
        return join(own)

    def copy(self) -> CorrelatedTrains:
        other = CorrelatedTrains.__new__(CorrelatedTrains)
        other.__dict__.update(self.__dict__)
        other.private, other.common = self.private.copy(), self.common.copy()
        return other

    def shift(self, by: float, now: float) -> None:
        self.now = now
        self.private.shift(by, now)
        self.common.shift(by, now)

    def snapshot(self) -> dict[str, Any]:
        return {
            "now": self.now,
            "private": self.private.snapshot(),
            "common": self.common.snapshot(),
            "copies": self.copies.snapshot(),
        }

    @classmethod
    def restored(cls, snapshot: dict[str, Any], is_fresh: bool) -> CorrelatedTrains:
        """Return trains that stand where a snapshot says; rate and correlation are still to be given, by `use`."""
        trains = cls.__new__(cls)
        trains.now, trains.copies = snapshot["now"], Draws.restored(snapshot["copies"], is_fresh)
        trains.private, trains.common = (
            RenewalTrains.restored(part, ExponentialLaw(), np.zeros(len(part["count"])), is_fresh)
            for part in (snapshot["private"], snapshot["common"])
        )
        trains.n = trains.private.n
        return trains


def _all_before(trains: Trains, end: float) -> Spikes:
    parts = []
    while trains.now < end:
        parts.append(trains.advance(end, 1 << 20))
    return join(parts) if parts else NO_SPIKES


def choose(draws: Draws, spikes: np.ndarray, n: int, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Choose for each common spike the neurons that copy it, each with probability `p`.

    Neurons that do not are skipped over, by a geometric number: a few draws for a few copies, not one for every neuron.

    Parameters
    ----------
    spikes : ndarray of int
        Numbers of the common spikes.

    Returns
    -------
    which, who : ndarray of int
        Places in `spikes`, and neurons.
    """
    if p <= 0.0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if p >= 1.0:
        return np.repeat(np.arange(len(spikes)), n), np.tile(np.arange(n), len(spikes))
    log_of_other = math.log1p(-p)
    found_which, found_who = [], []
    active, place, drawn = np.arange(len(spikes)), np.full(len(spikes), -1.0), 0
    while len(active):
        width = int(min(n * p + 2.0, 256.0))
        u = draws.uniforms(drawn + np.arange(width), spikes[active, np.newaxis])
        steps = 1.0 + np.minimum(np.floor(exponential(u) / -log_of_other), n)
        places = place[active, np.newaxis] + np.add.accumulate(steps, axis=1)
        chosen = places < n
        rows, _ = np.nonzero(chosen)
        found_which.append(active[rows])
        found_who.append(places[chosen].astype(np.int64))
        place[active] = places[:, -1]
        drawn += width
        active = active[place[active] < n]
    return np.concatenate(found_which), np.concatenate(found_who)
