"""`PoissonGroup`: neurons that fire at random, at any rate, constant or not.

Equation
    In each short time ds a neuron fires with probability ``rate(t) ds``, whatever happened before.
Exact solution
    Constant rates, and rates that step (`TimedArray`, ``int(t > 5*ms)``): exponential intervals, stretched where the
    rate steps. Other functions of time: thinning under a certified bound.
Parameters
    rates, a frequency that is not negative; of any size: 20 kHz gives 20 spikes in a ms.
Events
    Spikes, at real-valued times; two of one neuron never closer than chance puts them.
Limits
    A rate that depends on time and goes below zero counts as zero there. An expression whose values have no finite
    bound is refused. Brian's group has at most one spike in a time step; this one has no step.
Source
    Brette (2009), Neural Computation 21, 188-215; Lewis & Shedler (1979), Naval Research Logistics Quarterly 26.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..clocks import defaultclock
from ..equations.dimensions import require_dimension
from ..equations.expression import Expression, parse_expression
from ..equations.scope import Scope
from ..randomness import Draws
from ..stimuli.rates import BoundedRates, ConstantRates, StepwiseRates, read_rates
from ..stimuli.renewal import ExponentialLaw, RenewalTrains, poisson_trains
from ..units import Quantity, get_dimensions, hertz
from .arguments import note_clock
from .sources import SpikeSource, check_not_negative

FREQUENCY = get_dimensions(hertz)


class RandomSource(SpikeSource):
    """A source of Poisson trains whose rates are numbers, or a text that may contain the time."""

    _rate_text: Expression | None = None
    #: By which rates are multiplied.
    _factor: float = 1.0
    #: What rates are called here.
    _RATES = "rates"

    def _take_rates(self, rates: Any) -> None:
        """Keep numbers as a variable, a text as an expression."""
        if isinstance(rates, str):
            self._rate_text = parse_expression(rates, f"{self._label}, {self._RATES}")
        else:
            self.write_variable("rates", np.arange(self._n), rates)

    def _check_values(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        check_not_negative(f"{self.name}.{self._RATES}", indices, values, "Hz", 1000.0)

    def _find_rates(self, surroundings: Mapping[str, Any], now: float) -> ConstantRates | StepwiseRates | BoundedRates:
        if self._rate_text is None:
            return ConstantRates(self._values["rates"] * self._factor)
        scope = Scope(self._label, self._equations, self._namespace, surroundings)
        require_dimension(self._rate_text, FREQUENCY, scope, self._RATES, "Rates are frequencies, such as 20*Hz.")
        numbers = {"N": float(self._n), "dt": defaultclock.step}
        rates = read_rates(self._rate_text, scope, self._n, numbers, now, self._factor)
        scope.forget_surroundings()
        return rates

    def _prepare(self, surroundings: Mapping[str, Any], now: float) -> None:
        rates = self._find_rates(surroundings, now)
        trains = self._trains
        if trains is None:
            self._trains = poisson_trains(Draws(self.name, "spikes"), self._n, rates, now)
            return
        assert isinstance(trains, RenewalTrains)
        if not trains.draws.is_current:
            trains.renew(trains.draws.begin_again())
        if isinstance(rates, ConstantRates) or not rates.says_the_same(trains.rates):
            trains.use(rates)

    def _restored_trains(self, snapshot: dict[str, Any], is_fresh: bool) -> RenewalTrains:
        return RenewalTrains.restored(snapshot, ExponentialLaw(), np.zeros(self._n), is_fresh)

    def _ways(self) -> list[str]:
        if isinstance(self._trains, RenewalTrains) and self._trains.rates is not None:
            return [self._trains.rates.way]
        return ["how its rates are handled is known after the first run"] if self._rate_text else [ConstantRates.way]


class PoissonGroup(RandomSource):
    """Neurons that fire at random, independently of each other.

    Parameters
    ----------
    N : int
        Number of neurons.
    rates : Quantity or str
        One rate, one for each neuron, or an expression: ``'(1 + sin(2*pi*5*Hz*t))*20*Hz'``, ``'stimulus(t, i)'``.
        Names in it are looked up at each run.
    namespace : dict, optional
        Values for these names; they come before the names of the code that calls `run`.
    dt, clock, when, order
        Accepted for compatibility: spikes lie on no grid, and come first at their instant.
    name : str, optional

    Attributes
    ----------
    rates : Quantity
        To be read, and assigned between runs when it is not an expression.

    Raises
    ------
    DimensionMismatchError
        When the rates are no frequencies.
    ArgumentError
        When a rate is negative or no number; the message names the neuron.
    EquationError
        When an expression cannot be read, or (at a run) has no finite bound.

    Examples
    --------
    >>> from eventsnn.groups.poisson import PoissonGroup
    >>> from eventsnn.units import Hz
    >>> P = PoissonGroup(3, [10, 20, 40]*Hz)
    >>> P.rates[1:] = 'i*5*Hz'
    >>> P.rates
    <poissongroup.rates: array([10.,  5., 10.]) * hertz>
    """

    def __init__(
        self,
        N: int,
        rates: Quantity | str,
        dt: Quantity | None = None,
        clock: Any = None,
        when: str = "thresholds",
        order: int = 0,
        namespace: Mapping[str, Any] | None = None,
        name: str = "poissongroup*",
    ) -> None:
        line = f"rates = {rates} : hertz" if isinstance(rates, str) else "rates : hertz"
        self._set_up(name, N, line, namespace)
        note_clock(self._label, "here: its spikes lie on no grid", dt=dt, clock=clock)
        self._take_rates(rates)

    def _describe(self) -> str:
        if self._rate_text is not None:
            return f"Poisson at {self._rate_text.text}"
        low, high = (Quantity(f(self._values["rates"]) * 1000.0, FREQUENCY) for f in (np.min, np.max))
        return f"Poisson at {low!s}" + (f" to {high!s}" if high > low else "")
