"""Sources whose intervals are more regular than chance: `RegularGroup`, `GammaGroup`, `DeadTimePoissonGroup`.

Equation
    Intervals are independent of each other, with the mean ``1/rate``: all equal; gamma distributed, with the
    coefficient of variation ``1/sqrt(shape)``; or a dead time and an exponential rest.
Exact solution
    One random number for each interval (none for regular trains, whose spike k is at ``first + k/rate``, rounded once).
Parameters
    rates, and the phase, shape or dead time; one value or one for each neuron. What is a variable can be assigned
    between runs: what is left of an interval is then stretched to the new rate.
Events
    Spikes.
Limits
    A dead time must be shorter than ``1/rate``. Trains are stationary from the beginning, as if they had been going on
    for ever, so that the rate is right from t = 0; `equilibrium=False` begins right after a spike instead. Rates do not
    depend on time.
Source
    Cox (1962), Renewal Theory; Deger, Helias, Boucsein & Rotter (2012), J. Comput. Neurosci. 32, 443-463 (dead time).
See also
    gamma_sup_generator and ppd_sup_generator of NEST (with one process); StationaryGammaProcess and
    StationaryPoissonProcess(refractory_period) of Elephant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..border import from_internal, to_internal
from ..equations.dimensions import describe
from ..equations.expression import parse_expression
from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError, EquationError
from ..randomness import Draws
from ..stimuli.rates import ConstantRates
from ..stimuli.regular import RegularTrains
from ..stimuli.renewal import ExponentialLaw, GammaLaw, Law, RenewalTrains
from ..units import Quantity, split
from .sources import SpikeSource, check_not_negative


class _RenewalSource(SpikeSource):
    """A source with constant rates, and perhaps one more variable."""

    def _take_value(self, name: str, value: Any) -> None:
        """Set a variable from an argument; a text may not contain the time."""
        if isinstance(value, str):
            expression = parse_expression(value, f"{self._label}, {name}")
            if "t" in expression.names():
                raise EquationError(
                    f"{self._label}, {name}: it cannot change with time here\n{expression.excerpt()}\n"
                    "A PoissonGroup takes rates that do."
                )
        self.write_variable(name, np.arange(self._n), value)

    def _check_values(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        if name == "rates":
            check_not_negative(f"{self.name}.rates", indices, values, "Hz", 1000.0)

    def _span(self, name: str, scale: float = 1.0) -> str:
        values = self._values[name] * scale
        return f"{values.min():g}" + (f" to {values.max():g}" if np.ptp(values) else "")


class RegularGroup(_RenewalSource):
    """Neurons that fire at equal intervals.

    Parameters
    ----------
    N : int
        Number of neurons.
    rates : Quantity or str
        One rate, one for each neuron, or an expression of i (evaluated once).
    phase : Quantity, optional
        When the first spike comes, as a time of the network: one for all or one for each neuron. Without it each train
        begins at a random place of its interval.
    namespace : dict, optional
        Values for names in assigned texts.
    name : str, optional

    Raises
    ------
    ArgumentError
        When a rate or a phase is negative or no number.
    DimensionMismatchError
        When a value has the wrong unit.

    Examples
    --------
    >>> from eventsnn.groups.renewal import RegularGroup
    >>> from eventsnn.units import Hz, ms
    >>> RegularGroup(10, 50*Hz, phase=3*ms)
    <RegularGroup 'regulargroup': 10 neurons, regular at 50 Hz>
    """

    def __init__(
        self,
        N: int,
        rates: Quantity | str,
        phase: Quantity | None = None,
        namespace: Mapping[str, Any] | None = None,
        name: str = "regulargroup*",
    ) -> None:
        self._set_up(name, N, "rates : hertz", namespace)
        self._take_value("rates", rates)
        self._phase = None if phase is None else self._read_phase(phase)
        self._draws: Draws | None = None

    @property
    def phase(self) -> Quantity | None:
        """When the first spike of each neuron comes; None for random phases."""
        return None if self._phase is None else Quantity(from_internal(self._phase, TIME), TIME)

    def _describe(self) -> str:
        return f"regular at {self._span('rates', 1000.0)} Hz"

    def _ways(self) -> list[str]:
        return ["spike k is at first + k/rate, rounded once: no drift"]

    def _prepare(self, surroundings: Mapping[str, Any], now: float) -> None:
        rates, trains = self._values["rates"].copy(), self._trains
        if trains is None or (self._draws is not None and not self._draws.is_current):
            self._trains = self._begin(rates, now)
        elif isinstance(trains, RegularTrains):
            trains.use(rates)

    def _begin(self, rates: np.ndarray, now: float) -> RegularTrains:
        fires = rates > 0.0
        if self._phase is None:
            self._draws = Draws(self.name, "phase")
            shares = self._draws.uniforms(np.arange(self._n), np.zeros(self._n, np.int64))
            firsts = now + shares / np.where(fires, rates, 1.0)
        else:
            shares, firsts = np.ones(self._n), self._phase
        return RegularTrains(rates, np.where(fires, firsts, np.inf), shares, now)

    def _snapshot(self) -> dict[str, Any]:
        draws = None if self._draws is None else self._draws.snapshot()
        return {**super()._snapshot(), "draws": draws}

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        draws = snapshot["draws"]
        # a train that goes on has a phase already, and no noise after it
        self._draws = None if draws is None else Draws.restored(draws, is_fresh=False)
        super()._restore(snapshot, is_fresh)

    def _restored_trains(self, snapshot: dict[str, Any], is_fresh: bool) -> RegularTrains:
        return RegularTrains.restored(snapshot)

    def _read_phase(self, phase: Any) -> np.ndarray:
        numbers, dimension = split(phase)
        if dimension != TIME:
            raise DimensionMismatchError(
                f"{self._label}.phase: expected a time, found {phase!s} ({describe(dimension)}). Write 3*ms."
            )
        times = np.asarray(to_internal(np.asarray(numbers, dtype=float), TIME))
        if times.shape not in ((), (self._n,)):
            raise ArgumentError(
                f"{self._label}.phase: expected 1 value or {self._n} (one for each neuron), got shape {times.shape}"
            )
        times = np.broadcast_to(times, (self._n,))
        check_not_negative(f"{self._label}.phase", np.arange(self._n), times, "ms", 1.0)
        return times


class _RandomRenewalSource(_RenewalSource):
    """A source with random intervals."""

    _equilibrium: bool

    def _take_equilibrium(self, equilibrium: bool) -> None:
        self._equilibrium = bool(equilibrium)

    @property
    def equilibrium(self) -> bool:
        """Whether its trains are stationary from the beginning."""
        return self._equilibrium

    def _law(self) -> Law:
        return ExponentialLaw()

    def _hazards(self) -> np.ndarray:
        """Return the rates of operational time [1/ms]."""
        return self._values["rates"].copy()

    def _dead(self) -> np.ndarray:
        return np.zeros(self._n)

    def _prepare(self, surroundings: Mapping[str, Any], now: float) -> None:
        rates, trains = ConstantRates(self._hazards()), self._trains
        if trains is None:
            draws = Draws(self.name, "spikes")
            self._trains = RenewalTrains(draws, self._n, self._law(), rates, now, self._dead(), self._equilibrium)
            return
        assert isinstance(trains, RenewalTrains)
        trains.law, trains.dead = self._law(), self._dead()
        if not trains.draws.is_current:
            trains.renew(trains.draws.begin_again())
        trains.use(rates)

    def _restored_trains(self, snapshot: dict[str, Any], is_fresh: bool) -> RenewalTrains:
        return RenewalTrains.restored(snapshot, self._law(), self._dead(), is_fresh)


class GammaGroup(_RandomRenewalSource):
    """Neurons with gamma distributed intervals.

    Parameters
    ----------
    N : int
        Number of neurons.
    rates : Quantity or str
        One rate, one for each neuron, or an expression of i (evaluated once).
    shape : float, array or str
        Of the gamma distribution; the coefficient of variation of the intervals is ``1/sqrt(shape)``: 1 is a Poisson
        process, more is more regular, less is burstier.
    equilibrium : bool
        Whether trains are stationary from the beginning, or begin right after a spike.
    namespace : dict, optional
        Values for names in assigned texts.
    name : str, optional

    Raises
    ------
    ArgumentError
        When a rate is negative, or a shape not positive.
    DimensionMismatchError
        When a value has the wrong unit.

    Examples
    --------
    >>> from eventsnn.groups.renewal import GammaGroup
    >>> from eventsnn.units import Hz
    >>> GammaGroup(10, 50*Hz, shape=4)
    <GammaGroup 'gammagroup': 10 neurons, gamma at 50 Hz, shape 4>
    """

    def __init__(
        self,
        N: int,
        rates: Quantity | str,
        shape: Any,
        equilibrium: bool = True,
        namespace: Mapping[str, Any] | None = None,
        name: str = "gammagroup*",
    ) -> None:
        self._set_up(name, N, "rates : hertz\nshape : 1", namespace)
        self._take_equilibrium(equilibrium)
        self._take_value("rates", rates)
        self._take_value("shape", shape)

    def _check_values(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        super()._check_values(name, indices, values)
        bad = np.flatnonzero(~((values > 0) & np.isfinite(values)))
        if name == "shape" and len(bad):
            raise ArgumentError(
                f"{self.name}.shape: expected positive, finite values, found {values[bad[0]]:g} for neuron "
                f"{indices[bad[0]]}"
            )

    def _law(self) -> Law:
        return GammaLaw(self._values["shape"].copy())

    def _describe(self) -> str:
        return f"gamma at {self._span('rates', 1000.0)} Hz, shape {self._span('shape')}"

    def _ways(self) -> list[str]:
        return ["each interval is a quantile of the gamma distribution, at one uniform random number"]


class DeadTimePoissonGroup(_RandomRenewalSource):
    """Poisson neurons that cannot fire for some time after each spike.

    Parameters
    ----------
    N : int
        Number of neurons.
    rates : Quantity or str
        The rates that come out, dead time included.
    dead_time : Quantity or str
        After each spike, shorter than ``1/rate``.
    equilibrium : bool
        Whether trains are stationary from the beginning, or begin right after a spike.
    namespace : dict, optional
        Values for names in assigned texts.
    name : str, optional

    Raises
    ------
    ArgumentError
        When a value is negative, or a dead time leaves no room for the rate.
    DimensionMismatchError
        When a value has the wrong unit.

    Examples
    --------
    >>> from eventsnn.groups.renewal import DeadTimePoissonGroup
    >>> from eventsnn.units import Hz, ms
    >>> DeadTimePoissonGroup(10, 100*Hz, dead_time=2*ms)
    <DeadTimePoissonGroup 'deadtimepoissongroup': 10 neurons, Poisson at 100 Hz, dead time 2 ms>
    """

    def __init__(
        self,
        N: int,
        rates: Quantity | str,
        dead_time: Quantity | str,
        equilibrium: bool = True,
        namespace: Mapping[str, Any] | None = None,
        name: str = "deadtimepoissongroup*",
    ) -> None:
        self._set_up(name, N, "rates : hertz\ndead_time : second", namespace)
        self._take_equilibrium(equilibrium)
        self._take_value("dead_time", dead_time)
        self._take_value("rates", rates)

    def _check_values(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        super()._check_values(name, indices, values)
        if name == "dead_time":
            check_not_negative(f"{self.name}.dead_time", indices, values, "ms", 1.0)
        rates, dead = (values if name == own else self._values[own][indices] for own in ("rates", "dead_time"))
        crowded = np.flatnonzero(rates * dead >= 1.0)
        if len(crowded):
            k = crowded[0]
            raise ArgumentError(
                f"{self.name}.{name}: expected a dead time below 1/rate, found {dead[k]:g} ms at "
                f"{rates[k] * 1000.0:g} Hz (1/rate = {1.0 / rates[k]:g} ms) for neuron {indices[k]}"
            )

    def _hazards(self) -> np.ndarray:
        rates = self._values["rates"]
        return rates / (1.0 - rates * self._values["dead_time"])

    def _dead(self) -> np.ndarray:
        return self._values["dead_time"].copy()

    def _describe(self) -> str:
        return f"Poisson at {self._span('rates', 1000.0)} Hz, dead time {self._span('dead_time')} ms"

    def _ways(self) -> list[str]:
        return ["each interval is the dead time and one exponential random number over rate/(1 - rate*dead_time)"]
