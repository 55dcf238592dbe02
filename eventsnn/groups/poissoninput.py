"""`PoissonInput`: many Poisson inputs to each neuron of a group, taken together.

Equation
    Each target neuron receives events at the rate ``N*rate``, independently of the others; each adds `weight` to
    `target_var`.
Exact solution
    The sum of N Poisson processes of one rate is one Poisson process of N times that rate; its events are drawn as
    those of a `PoissonGroup`, and two never fall into one step, since there is none.
Parameters
    N (0 or more), rate (a frequency, or an expression of t and of i, the target neuron), weight (in the unit of the
    target variable, or an expression in the target's variables, evaluated at each event).
Events
    One for each input spike, without a delay.
Limits
    As for `PoissonGroup`.
Source
    The class of this name in Brian 2 (Stimberg, Brette and Goodman 2019), where the number of events in a step is
    binomial.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..equations.dimensions import describe, require_dimension
from ..equations.expression import Expression, parse_expression
from ..equations.scope import Scope
from ..equations.text import SUBEXPRESSION, Equation
from ..errors import ArgumentError, DimensionMismatchError, MissingError, WrongTypeError
from ..units import DIMENSIONLESS, Quantity, split
from .neurongroup import NeuronGroup
from .poisson import RandomSource
from .subgroup import Subgroup, whole_of
from .synapses import Synapses


class PoissonInput(RandomSource):
    """Independent Poisson input to a variable of each neuron of a group.

    Parameters
    ----------
    target : NeuronGroup or Subgroup
    target_var : str
        The variable that each event adds to.
    N : int
        Number of inputs to each neuron.
    rate : Quantity or str
        Of each input; as `rates` of a `PoissonGroup`, with `i` the neuron of the target.
    weight : Quantity, float or str
        What an event adds; a text is evaluated at each event, with the target neuron's variables.
    when, order
        Accepted for compatibility.
    name : str, optional

    Raises
    ------
    MissingError
        When the target has no such variable.
    WrongTypeError
        When the variable cannot be set, or an argument is of the wrong kind.
    DimensionMismatchError
        When the weight is not in the unit of the variable, or the rate no frequency.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Hz, mV
    >>> from eventsnn.groups.poissoninput import PoissonInput
    >>> G = NeuronGroup(5, 'v : volt')
    >>> PoissonInput(G, 'v', N=100, rate=10*Hz, weight=0.1*mV)
    <PoissonInput 'poissoninput': 5 neurons, 100 inputs each at 10. Hz, v += 100. uV>
    """

    _RATES = "rate"
    _verb = "sends to"
    _may_come_late = True

    def __init__(
        self,
        target: NeuronGroup | Subgroup,
        target_var: str,
        N: int,
        rate: Quantity | str,
        weight: Quantity | float | str,
        when: str = "synapses",
        order: int = 0,
        name: str = "poissoninput*",
    ) -> None:
        self._target = target
        size = len(target) if isinstance(target, NeuronGroup | Subgroup) else 1
        line = f"rates = {rate} : hertz" if isinstance(rate, str) else "rates : hertz"
        self._set_up(name, size, line)
        self._variable_of_target = self._check_target(target, target_var)
        self._inputs = self._check_inputs(N)
        self._factor = float(self._inputs)
        self._given_rate, self._weight = rate, weight
        if not isinstance(rate, str) and np.shape(rate) not in ((), (size,)):
            raise ArgumentError(f"{self._label}.rate: expected 1 value or {size}, got shape {np.shape(rate)}")
        self._take_rates(rate)
        self._weight_text = self._read_weight(weight)
        self._order = order
        self._synapses: Synapses | None = None

    @property
    def target(self) -> NeuronGroup | Subgroup:
        """The group that receives the input."""
        return self._target

    @property
    def target_var(self) -> str:
        """The variable that each event adds to."""
        return self._variable_of_target.name

    @property
    def N(self) -> int:
        """The number of inputs to each neuron."""
        return self._inputs

    @property
    def rate(self) -> Quantity | str:
        """The rate of each input, as given."""
        return self._given_rate

    @property
    def weight(self) -> Quantity | float | str:
        """What an event adds, as given."""
        return self._weight

    def _describe(self) -> str:
        weight = self._weight if isinstance(self._weight, str) else f"{self._weight!s}"
        return f"{self._inputs} inputs each at {self._given_rate!s}, {self.target_var} += {weight}"

    def _requires(self) -> list[Any]:
        return [whole_of(self._target)]

    def _prepare(self, surroundings: Mapping[str, Any], now: float) -> None:
        if self._weight_text is not None:
            require_dimension(
                self._weight_text,
                self._variable_of_target.dimension,
                self._weight_scope(surroundings),
                f"weight of {self._label}",
                f"'{self.target_var}' is declared as {self._variable_of_target.unit}.",
            )
        super()._prepare(surroundings, now)

    def _snapshot(self) -> dict[str, Any]:
        # a run may be stopped between the rounds of an instant, with events on their way
        return {**super()._snapshot(), "pathway": self._delivery()._pathways["pre"]._snapshot()}

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        super()._restore(snapshot, is_fresh)
        self._delivery()._pathways["pre"]._restore(snapshot["pathway"])

    def _weight_scope(self, surroundings: Mapping[str, Any]) -> Scope:
        """Return the names that the weight may use: those of the target."""
        group = self._requires()[0]
        return Scope(f"group '{group.name}'", group._equations, group._namespace, surroundings)

    def _delivery(self) -> Synapses:
        """Return the synapses, one to each neuron of the target and without delay, that add the weight."""
        if self._synapses is None:
            is_text, name = isinstance(self._weight, str), "input_weight"
            while name in self._target._equations:
                # a variable of the target would come before the value given here
                name = f"{name}_"
            self._synapses = Synapses(
                self,
                self._target,
                on_pre=f"{self.target_var}_post += ({self._weight if is_text else name})",
                namespace={**(self._requires()[0]._namespace or {}), **({} if is_text else {name: self._weight})},
                name=f"{self.name}_synapses",
            )
            self._synapses.connect(j="i")
            self._synapses._pathways["pre"].order = self._order
            # it is a part of this object, and runs whenever this does
            self._synapses._mark_run()
        self._synapses.__dict__["_network"] = self._network
        return self._synapses

    # --- reading the arguments --------------------------------------------------------------------------------

    def _check_target(self, target: Any, target_var: Any) -> Equation:
        if not isinstance(target, NeuronGroup | Subgroup):
            raise WrongTypeError(
                f"{self._label}.target: expected a NeuronGroup or a part of one, found {type(target).__name__}"
            )
        variable = target._equations.get(target_var) if isinstance(target_var, str) else None
        if variable is None:
            raise MissingError(
                f"{self._label}.target_var: '{target_var}' is not a variable of group '{target.name}'; "
                f"it has {', '.join(target._equations) or 'none'}"
            )
        if variable.kind == SUBEXPRESSION or variable.shared or variable.dtype is not float:
            why = (
                "a sub-expression" if variable.kind == SUBEXPRESSION else "shared" if variable.shared else variable.unit
            )
            raise WrongTypeError(
                f"{self._label}.target_var: '{target_var}' of group '{target.name}' is {why} and cannot be added to "
                "for single neurons"
            )
        return variable

    def _check_inputs(self, N: Any) -> int:
        try:
            inputs = int(N) if isinstance(N, float) and N.is_integer() else operator.index(N)
        except TypeError:
            raise WrongTypeError(f"{self._label}.N: expected a whole number of inputs, found {N!r}") from None
        if inputs < 0:
            raise ArgumentError(f"{self._label}.N: expected a number of inputs that is not negative, found {N!r}")
        return inputs

    def _read_weight(self, weight: Any) -> Expression | None:
        """Check the weight; return it as an expression if it is a text."""
        if isinstance(weight, str):
            return parse_expression(weight, f"{self._label}, weight")
        variable, where = self._variable_of_target, f"{self._label}.weight"
        try:
            numbers, dimension = split(weight)
        except DimensionMismatchError:
            raise
        except TypeError:
            raise WrongTypeError(f"{where}: expected a number, a quantity or a string, found {weight!r}") from None
        if dimension != variable.dimension and not (dimension == DIMENSIONLESS and not np.any(numbers)):
            raise DimensionMismatchError(
                f"{where}: expected {describe(variable.dimension)}, found {weight!s} ({describe(dimension)}). "
                f"'{variable.name}' is declared as {variable.unit}."
            )
        if np.shape(numbers) != () or not np.isfinite(numbers):
            raise ArgumentError(f"{where}: expected one finite value, found {weight!s}")
        return None
