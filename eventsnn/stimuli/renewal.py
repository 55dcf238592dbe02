"""Renewal trains: intervals that are independent of each other.

Equation
    The hazard of a neuron adds up to its own operational time, in which intervals have the mean 1: exponential
    (Poisson) or gamma distributed. After each spike follows a dead time during which the hazard is zero.
Exact solution
    Spike k+1 is at ``t_k + dead + E_k/rate`` where the rate is constant. Where it steps, what is left of E is worn
    down by ``rate*elapsed`` up to the step: the time change of a Poisson process. Where the rate is a bound, spikes are
    candidates, each kept with probability rate/bound.
    Where numbers are drawn anew (another seed, fresh noise after `restore`), so is what is left of a pending interval,
    given how long it has lasted: a quantile of the law beyond its age.
State
    For each neuron how many numbers it has drawn, when its next spike comes, and (for when the rate steps) from when on
    how much of E is left; for when numbers are drawn anew, how much of E was used up by then.
Source
    Cox (1962), Renewal Theory; Lewis & Shedler (1979), Naval Research Logistics Quarterly 26, 403-413 (thinning).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from ..randomness import Draws
from .exponential import exponential
from .rates import ConstantRates, Piece, Rates, TrueRates
from .trains import NO_SPIKES, Spikes, Trains, join, standing

#: At most so many numbers of one neuron are drawn at once.
LONGEST_BLOCK = 256

#: Probabilities below this are differences without digits.
FAR_OUT = 1e-12


class Law(Protocol):
    """How intervals are distributed, in operational time, with mean 1."""

    def intervals(self, u: np.ndarray, neurons: np.ndarray) -> np.ndarray:
        """Return an interval for each uniform number; `neurons` broadcasts with `u`."""
        ...

    def first(self, u: np.ndarray, v: np.ndarray, neurons: np.ndarray) -> np.ndarray:
        """Return the time to the first spike of a train that has been going on for ever."""
        ...

    def remaining(self, u: np.ndarray, ages: np.ndarray, are_first: np.ndarray) -> np.ndarray:
        """Return what is left of an interval of each neuron that has lasted for `ages`, at one uniform number each.

        Parameters
        ----------
        are_first : ndarray of bool
            For the time to the first spike of a train that has been going on for ever.
        """
        ...


class ExponentialLaw(Law):
    """Intervals of a Poisson process, which has no memory."""

    def intervals(self, u: np.ndarray, neurons: np.ndarray) -> np.ndarray:
        return exponential(u)

    def first(self, u: np.ndarray, v: np.ndarray, neurons: np.ndarray) -> np.ndarray:
        return exponential(u)

    def remaining(self, u: np.ndarray, ages: np.ndarray, are_first: np.ndarray) -> np.ndarray:
        return exponential(u)


class GammaLaw(Law):
    """Gamma distributed intervals, ``CV = 1/sqrt(shape)``.

    Source
    ------
    The time to the first spike is a uniform share of an interval chosen in proportion to its length, which is gamma
    distributed with shape + 1: Cox (1962), section 5.4.
    """

    def __init__(self, shapes: np.ndarray) -> None:
        self.shapes = shapes

    def intervals(self, u: np.ndarray, neurons: np.ndarray) -> np.ndarray:
        from scipy.special import gammaincinv

        shapes = self.shapes[neurons]
        return gammaincinv(shapes, u) / shapes

    def first(self, u: np.ndarray, v: np.ndarray, neurons: np.ndarray) -> np.ndarray:
        from scipy.special import gammaincinv

        shapes = self.shapes[neurons]
        return u * gammaincinv(shapes + 1.0, v) / shapes

    def remaining(self, u: np.ndarray, ages: np.ndarray, are_first: np.ndarray) -> np.ndarray:
        from scipy.special import gammainccinv

        shapes = self.shapes
        chance = np.where(are_first, self._chance_of_first(ages), self._chance(ages))
        wanted = (1.0 - u) * chance
        ends = np.where(are_first, self._first_with_chance(wanted, ages), gammainccinv(shapes, wanted) / shapes)
        # far out, where there are no digits left to invert, a gamma density falls like an exponential one
        return np.where(chance > FAR_OUT, np.maximum(ends - ages, 0.0), exponential(u) / shapes)

    def _chance(self, x: np.ndarray) -> np.ndarray:
        """Return the probability that an interval is longer than x."""
        from scipy.special import gammaincc

        return gammaincc(self.shapes, self.shapes * x)

    def _chance_of_first(self, x: np.ndarray) -> np.ndarray:
        """Return the probability that the first spike comes later than x: the integral of `_chance` from there on."""
        from scipy.special import gammaincc

        return gammaincc(self.shapes + 1.0, self.shapes * x) - x * self._chance(x)

    def _first_with_chance(self, wanted: np.ndarray, begin: np.ndarray) -> np.ndarray:
        """Return where `_chance_of_first`, which falls from `begin` on, comes to given values."""
        low, width = begin, np.ones(len(begin))
        while np.any(below := self._chance_of_first(low + width) > np.maximum(wanted, FAR_OUT)):
            width = np.where(below, 2.0 * width, width)
        for _ in range(60):
            width = 0.5 * width
            low = np.where(self._chance_of_first(low + width) > wanted, low + width, low)
        return low


class RenewalTrains(Trains):
    """Renewal trains of some neurons.

    Parameters
    ----------
    draws : Draws
    n : int
        Number of neurons.
    law : Law
    rates : Rates
        Hazards outside the dead time, or bounds of them (only for the exponential law).
    now : float [ms]
        When they begin.
    dead : ndarray [ms], optional
        Dead time after each spike.
    stationary : bool
        Whether they have been going on for ever, or have a spike (not sent) at `now`.
    """

    #: None from when the trains were restored until rates are given.
    rates: Rates | None

    def __init__(
        self,
        draws: Draws,
        n: int,
        law: Law,
        rates: Rates,
        now: float,
        dead: np.ndarray | None = None,
        stationary: bool = True,
    ) -> None:
        self.draws, self.n, self.law, self.now = draws, n, law, now
        self.everyone = np.arange(n)
        self.dead = np.zeros(n) if dead is None else dead
        self.count = np.zeros(n, np.int64)
        self.slope = np.full(n, np.nan)
        self.origin, self.left = np.full(n, now), np.empty(n)
        # how much of each interval was over at its origin, and whether nobody knows when it began
        self.age, self.is_first = np.zeros(n), np.full(n, stationary)
        self.next = np.full(n, np.nan)
        self.use(rates)
        self._begin(rates, stationary)

    def use(self, rates: Rates) -> None:
        """Let other rates hold from now on."""
        self.rates = rates
        self.until = self.now
        self.true_rates: TrueRates | None = None

    def renew(self, draws: Draws) -> None:
        """Draw other numbers from now on; what is left of the pending intervals, too, given how long they have lasted.

        A Poisson process, which has no memory, begins again.
        """
        self.draws = draws
        lasted = self.now - self.origin
        self.age = self.age + np.where((lasted > 0.0) & (self.slope > 0.0), self.slope * lasted, 0.0)
        # a dead time that is not over stays
        self.origin = np.maximum(self.origin, self.now)
        self.count = np.zeros(self.n, np.int64)
        self.left = self.law.remaining(draws.uniforms(self.everyone, self.count), self.age, self.is_first)
        self.count += 1
        # the next piece finds other slopes, and puts the new numbers to use
        self.slope = np.full(self.n, np.nan)
        self.until = self.now

    def _begin(self, rates: Rates, stationary: bool) -> None:
        """Draw the first interval of all."""
        u, v = self.draws.pairs(self.everyone, self.count)
        self.count += 1
        if not stationary:
            self.left = self.law.intervals(u, self.everyone)
            self.origin = self.now + self.dead
        elif self.dead.any():
            # with probability rate*dead one comes into a dead time, anywhere in it: hazard = rate/(1 - rate*dead)
            slope = rates.at(self.now).rates
            share = slope * self.dead / (1.0 + slope * self.dead)
            within = u < share
            self.origin = self.now + np.where(within, self.dead * (u / np.where(within, share, 1.0)), 0.0)
            self.left = self.law.first(v, v, self.everyone)
        else:
            self.left = self.law.first(u, v, self.everyone)

    def advance(self, end: float, budget: int) -> Spikes:
        parts = []
        made = 0
        while self.now < end and made < budget:
            self.enter()
            limit = min(end, self.until)
            if self.total > 0.0:
                # a stretch ends where about enough spikes are made
                limit = min(limit, max(self.now + (budget - made) / self.total, float(np.nextafter(self.now, np.inf))))
            times, neurons = self._fill(limit)
            self.now = limit
            made += len(times)
            if len(times):
                parts.append((times, neurons))
            if limit < min(end, self.until):
                break
        return join(parts)

    def enter(self) -> None:
        """Let the rates hold that belong to the present; what was predicted before may not be so any more."""
        if self.now >= self.until:
            assert self.rates is not None
            self._enter(self.rates.at(self.now))

    def _enter(self, piece: Piece) -> None:
        """Let the rates of a piece hold: wear down what is left of the intervals, and predict anew."""
        changed = np.flatnonzero(piece.rates != self.slope)
        self.until, self.true_rates = piece.until, piece.true_rates
        if not len(changed):
            return
        before, slope, origin = self.slope[changed], piece.rates[changed], self.origin[changed]
        left, begin = self.left[changed], np.maximum(origin, self.now)
        with np.errstate(all="ignore"):
            worn = np.where(begin > origin, before * (begin - origin), 0.0)
            worn = np.where(np.isnan(worn), 0.0, worn)
            left = np.maximum(left - worn, 0.0)
            wait = np.where(slope > 0.0, left / slope, np.inf)
        self.left[changed], self.origin[changed], self.next[changed] = left, begin, begin + wait
        self.age[changed] += worn
        self.slope = piece.rates.copy()
        self.total = float(self.slope.sum())

    def _fill(self, limit: float) -> Spikes:
        """Make all spikes before `limit`, which the rates of now reach."""
        parts = []
        active = np.flatnonzero(self.next < limit)
        while len(active):
            times, neurons, marks = self._block(active, limit)
            if marks is not None and self.true_rates is not None:
                kept = marks * self.slope[neurons] < self.true_rates(times, neurons)
                times, neurons = times[kept], neurons[kept]
            parts.append((times, neurons))
            active = active[self.next[active] < limit]
        return join(parts) if parts else NO_SPIKES

    def _block(self, active: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Make as many spikes of each active neuron as one block of numbers holds, up to `limit`.

        Returns
        -------
        times, neurons : ndarray
        marks : ndarray or None
            For candidates: a uniform number each, the second of the pair that made the interval before it.
        """
        slope, due, rows = self.slope[active], self.next[active], np.arange(len(active))
        # few numbers are wasted, and few neurons need another block
        expected = float(np.mean(slope * (limit - due)))
        width = int(min(expected + 2.0, LONGEST_BLOCK))
        places = active[:, np.newaxis], self.count[active, np.newaxis] - 1 + np.arange(width + 1)
        if self.true_rates is None:
            u, v = self.draws.uniforms(places[0], places[1][:, 1:]), None
        else:
            u, v = self.draws.pairs(*places)
            u, v = u[:, 1:], v[:, :-1]
        left = self.law.intervals(u, active[:, np.newaxis])
        steps = np.empty((len(active), width + 1))
        steps[:, 0] = due
        steps[:, 1:] = self.dead[active, np.newaxis] + left / slope[:, np.newaxis]
        # summed one by one from left to right, so that the width of a block changes no bit
        times = np.add.accumulate(steps, axis=1)
        comes = times[:, :width] < limit
        made = comes.sum(axis=1)
        self.count[active] += made
        self.origin[active] = times[rows, made - 1] + self.dead[active]
        self.left[active] = left[rows, made - 1]
        self.age[active], self.is_first[active] = 0.0, False
        self.next[active] = times[rows, made]
        return times[:, :width][comes], np.repeat(active, made), None if v is None else v[comes]

    def copy(self) -> RenewalTrains:
        other = RenewalTrains.__new__(RenewalTrains)
        other.__dict__.update(self.__dict__)
        for name in ("count", "slope", "origin", "left", "age", "is_first", "next"):
            setattr(other, name, getattr(self, name).copy())
        return other

    def snapshot(self) -> dict[str, Any]:
        names = ("count", "slope", "origin", "left", "age", "is_first", "next")
        return {
            "now": self.now,
            "draws": self.draws.snapshot(),
            **{name: getattr(self, name).copy() for name in names},
        }

    @classmethod
    def restored(cls, snapshot: dict[str, Any], law: Law, dead: np.ndarray, is_fresh: bool) -> RenewalTrains:
        """Return trains that stand where a snapshot says; the rates are still to be given, by `use`."""
        trains = standing(cls, snapshot)
        trains.draws = Draws.restored(snapshot["draws"], is_fresh)
        trains.n, trains.law, trains.dead = len(trains.count), law, dead
        trains.everyone = np.arange(trains.n)
        trains.total, trains.until = float(trains.slope.sum()), trains.now
        trains.rates = trains.true_rates = None
        return trains

    def shift(self, by: float, now: float) -> None:
        if by:
            self.now = self.until = now
            # the sum is rounded, and nothing may come before the present
            self.origin, self.next = self.origin + by, np.maximum(self.next + by, now)


def poisson_trains(draws: Draws, n: int, rates: Rates | np.ndarray, now: float) -> RenewalTrains:
    """Return Poisson trains, of given rates [1/ms] or of rates over time."""
    over_time = ConstantRates(rates) if isinstance(rates, np.ndarray) else rates
    return RenewalTrains(draws, n, ExponentialLaw(), over_time, now)
