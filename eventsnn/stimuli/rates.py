"""Rates over time: constant, constant between steps, or under a bound.

A train asks for a `Piece`: until when the rates (or their bounds) hold, and, where they are bounds, what the true
rates are. Pieces follow from the text and the time alone, never from where a run or a stretch is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..equations.affine import find_affine_form
from ..equations.builtins import RANDOM
from ..equations.expression import Expression
from ..equations.forms import Moment
from ..equations.intervals import Range, point
from ..equations.ranges import find_range, refuse_range
from ..equations.scope import Scope
from ..equations.values import evaluate
from ..errors import ArgumentError, EquationError, NoExactSolutionError, SimulationError

#: The longest window with one bound, about 16 s, and one so short that a rate without a bound there has none [ms].
LONGEST, SHORTEST = 2.0**14, 2.0**-40
#: At how many instants of a window the true rate is looked at before its bound is called good.
SAMPLES = 8
#: A bound is good when it is at most so many times the mean of these rates,
LOOSE = 3.0
#: or when so few candidates are expected that a shorter window would not pay.
FEW = 256.0

#: Steps of a TimedArray closer than this are not taken one by one [ms].
FINE = 2.0

#: ``true_rates(times, neurons)`` gives the rates [1/ms] there.
TrueRates = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Piece:
    """Rates from one instant to another.

    Attributes
    ----------
    rates : ndarray [1/ms]
        For each neuron.
    until : float [ms]
    true_rates : callable or None
        What `rates` are bounds of; None where they are the rates themselves.
    """

    rates: np.ndarray
    until: float = np.inf
    true_rates: TrueRates | None = None


class Rates(Protocol):
    """Rates of some neurons over time."""

    #: How it is computed, for people.
    way: str

    def at(self, now: float) -> Piece:
        """Return the piece that begins at, or holds, `now`."""
        ...


class ConstantRates(Rates):
    """Rates that stay [1/ms]."""

    way = "constant rates: each interval is one random number over the rate"

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def at(self, now: float) -> Piece:
        return Piece(self.values)


class RatesInText:
    """What an expression says about the rates of some neurons.

    Parameters
    ----------
    expression : Expression
    scope : Scope
    n : int
        Number of neurons.
    numbers : mapping of str to float
        The names ``N`` and ``dt``.
    factor : float
        By which all are multiplied (many inputs in one).
    """

    where = "rates"

    def __init__(
        self, expression: Expression, scope: Scope, n: int, numbers: Mapping[str, float], factor: float = 1.0
    ) -> None:
        self.expression, self.scope, self.n, self.numbers, self.factor = expression, scope, n, numbers, factor
        self.everyone = np.arange(n)
        #: Whether they change with time; then below zero counts as zero, else it is an error.
        self.changes = "t" in expression.names()
        for name in ("lastspike", "not_refractory"):
            if name in expression.names():
                raise EquationError(
                    f"{scope.owner}, {self.where}: '{name}' is known of neurons, not of a source\n"
                    f"{expression.excerpt()}"
                )
        if expression.calls() & set(RANDOM):
            raise EquationError(
                f"{scope.owner}, {self.where}: rand() and randn() would be drawn anew at every instant\n"
                f"{expression.excerpt()}\nFor random rates assign them once: P.rates = 'rand()*20*Hz'."
            )

    def says_the_same(self, other: Any) -> bool:
        """Return whether these rates are those of `other` at all times."""
        return (
            isinstance(other, RatesInText)
            and self.expression.text == other.expression.text
            and self.scope.constants == other.scope.constants
            and self.scope.time_functions == other.scope.time_functions
            and (self.numbers, self.factor, self.n) == (other.numbers, other.factor, other.n)
        )

    def values(self, t: Any, neurons: np.ndarray) -> np.ndarray:
        """Return the rates [1/ms] at given instants, as they are computed; those below zero are zero."""

        def read(name: str) -> Any:
            return t if name == "t" else neurons if name == "i" else self.numbers[name]

        found = evaluate(self.expression, self.scope, self.where, read)
        shape = np.broadcast_shapes(np.shape(t), neurons.shape)
        return self.check(np.broadcast_to(np.asarray(found, float) * self.factor, shape), t, neurons)

    def check(self, rates: np.ndarray, t: Any, neurons: np.ndarray) -> np.ndarray:
        """Raise where a rate is no number, infinite, or constant and negative."""
        good = np.isfinite(rates) & (self.changes | (rates >= 0))
        if not good.all():
            place = tuple(np.argwhere(~good)[0])
            t, neurons = (np.broadcast_to(x, rates.shape)[place] for x in (t, neurons))
            when = f" at t = {t:g} ms" if self.changes else ""
            raise ArgumentError(
                f"{self.scope.owner}, {self.where}: expected finite rates that are not negative, found "
                f"{rates[place] * 1000.0:g} Hz for neuron {neurons}{when}\n{self.expression.excerpt()}"
            )
        return np.maximum(rates, 0.0)


class StepwiseRates(RatesInText, Rates):
    """Rates that are constant between steps, of a `TimedArray` or a comparison of t."""

    @property
    def way(self) -> str:  # type: ignore[override]
        between = " between steps" if self.changes else ""
        return f"constant rates{between}: each interval is one random number, stretched by the integral of the rate"

    def at(self, now: float) -> Piece:
        moment = Moment(now)
        form = find_affine_form(self.expression, self.scope, self.where, self._read, frozenset(), moment)
        if not form.is_constant:
            raise NoExactSolutionError(f"{self.scope.owner}, {self.where}: not constant\n{self.expression.excerpt()}")
        rates = np.broadcast_to(np.asarray(form.constant.value, float) * self.factor, (self.n,))
        return Piece(self.check(rates, now, self.everyone), float(np.min(moment.until)))

    def _read(self, name: str) -> Any:
        return self.everyone if name == "i" else self.numbers[name]


class BoundedRates(RatesInText, Rates):
    """Any rates that have finite bounds, in windows.

    A window is a piece ``[k*2**m, (k + 1)*2**m)`` ms of time, halved from 16 s on until its bound is good, so that
    which one holds an instant depends on nothing but the text.

    Source
    ------
    Lewis & Shedler (1979), Naval Research Logistics Quarterly 26, 403-413 (thinning).
    """

    way = "changing rates: candidates at a certified bound of the rate, each kept with probability rate/bound"

    def at(self, now: float) -> Piece:
        length = LONGEST
        while True:
            begin = np.floor(now / length) * length
            end = begin + length
            bounds, culprit = self._bound(begin, float(np.nextafter(end, -np.inf)))
            if culprit is None and self._is_good(bounds, begin, length):
                return Piece(bounds, end, self._true_rates(bounds))
            if length <= max(SHORTEST, 4.0 * float(np.spacing(now))):
                culprit = culprit or (self.expression.tree, f"It exceeds {bounds.max() * 1000.0:g} Hz.")
                refuse_range(self.expression, self.scope, self.where, *culprit)
            length *= 0.5

    def _bound(self, begin: float, last: float) -> tuple[np.ndarray, Any]:
        """Return the largest the rates can be, from `begin` to `last`, and what is to blame if that is no number."""

        def read(name: str) -> Range:
            if name == "t":
                return Range(np.float64(begin), np.float64(last))
            return point(self.everyone if name == "i" else self.numbers[name])

        found, culprit = find_range(self.expression, self.scope, self.where, read)
        high = np.nextafter(np.maximum(found.high, 0.0) * self.factor, np.inf)
        if np.isfinite(high).all():
            culprit = None
        elif culprit is None:
            culprit = (self.expression.tree, "It is infinite.")
        # what cannot be positive stays silent
        high = np.where(found.high <= 0.0, 0.0, high)
        return np.broadcast_to(high, (self.n,)), culprit

    def _is_good(self, bounds: np.ndarray, begin: float, length: float) -> bool:
        total = float(bounds.sum())
        if total * length <= FEW:
            return True
        instants = begin + length * (np.arange(SAMPLES) + 0.5) / SAMPLES
        return total <= LOOSE * float(self.values(instants[:, np.newaxis], self.everyone).sum()) / SAMPLES

    def _true_rates(self, bounds: np.ndarray) -> TrueRates:
        def true_rates(times: np.ndarray, neurons: np.ndarray) -> np.ndarray:
            rates = self.values(times, neurons)
            above = np.flatnonzero(rates > bounds[neurons])
            if len(above):
                k = above[0]
                rate, bound = (float(x) * 1000.0 for x in (rates[k], bounds[neurons[k]]))
                raise SimulationError(
                    f"{self.scope.owner}, {self.where}: the rate {rate!r} Hz of neuron {neurons[k]} at "
                    f"t = {float(times[k])!r} ms exceeds its bound {bound!r} Hz\n"
                    f"{self.expression.excerpt()}\nThis is an error in eventsnn; please report the expression."
                )
            return rates

        return true_rates


def read_rates(
    expression: Expression, scope: Scope, n: int, numbers: Mapping[str, float], now: float, factor: float = 1.0
) -> StepwiseRates | BoundedRates:
    """Return the rates that an expression says, in the simplest way that is exact.

    Raises
    ------
    EquationError, ArgumentError
        When they have no bound, are negative, or no numbers.
    """
    stepwise = StepwiseRates(expression, scope, n, numbers, factor)
    try:
        stepwise.at(now)
        # every step costs as much as some hundred candidates
        if all(array.mean_step >= FINE for array in scope.time_functions.values()):
            return stepwise
    except NoExactSolutionError:
        pass
    bounded = BoundedRates(expression, scope, n, numbers, factor)
    bounded.at(now)
    return bounded
