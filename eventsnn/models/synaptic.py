"""What all ready-made models of synapses share: from a `SynapseRecipe` and values to a `Synapses` object.

A model is one file: its card, and a function that writes the texts and hands them over with its arguments::

    def stdp(source, target=None, *, tau_plus: Value = 20 * ms, ..., name: str = "stdp*") -> ModelSynapses:
        values = take(locals(), "tau_plus", ...)
        recipe = SynapseRecipe(equations="w : 1 ...", on_pre=lines(effect, "w = ..."), on_post="w = ...")
        return recipe.make(source, target, delay, name, **values)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..equations.scope import Scope
from ..equations.statements import check_statements, parse_statements, with_temporaries
from ..equations.text import Equation, Equations
from ..errors import ArgumentError, DimensionMismatchError, EventSNNError, EventSNNWarning, warn_user
from ..groups import Synapses
from ..units import Quantity, get_dimensions, with_dimensions
from ..units.display import spellings, unit_name
from .base import NOT_NEGATIVE, POSITIVE, Requirement, assign, require, unless_refused

#: What a parameter may be: one value for all synapses, or a text that is evaluated for each.
Value = Quantity | float | str

#: What synapses may join.
Group = Any

#: One time, or one for each pathway by its name.
Delay = Quantity | Mapping[str, Quantity] | None

FRACTION: Requirement = ("number from 0 to 1", lambda x: (x >= 0) & (x <= 1))


class ModelSynapses(Synapses):
    """`Synapses` whose texts the user did not write.

    Attributes
    ----------
    equations : Equations
    on_pre, on_post : str
        Its texts, to look at, or to copy and change: ``Synapses(G, G, str(S.equations), on_pre=S.on_pre, ...)``.
    """

    def __init__(self, source: Group, target: Group, recipe: SynapseRecipe, **options: Any) -> None:
        super().__init__(source, target, recipe.equations, recipe.on_pre, on_post=recipe.on_post or None, **options)
        self._recipe = recipe

    @property
    def equations(self) -> Equations:
        """Its variables."""
        return self._equations

    @property
    def on_pre(self) -> str:
        """What a spike of the source does when it arrives."""
        return self._recipe.on_pre

    @property
    def on_post(self) -> str:
        """What a spike of the target does when it arrives."""
        return self._recipe.on_post

    def connect(self, *arguments: Any, **options: Any) -> None:
        """Make synapses as `Synapses.connect` does; they start as the model says.

        The weights of a matrix or a list of edges go to the weight of the model where no other variable is named.
        """
        first = len(self)
        options.setdefault("weight", self._recipe.weight)
        super().connect(*arguments, **options)
        fresh = np.arange(first, len(self))
        taken = options["weight"] if _brings_weights(**options) else None
        if len(fresh):
            for variable, value in self._recipe.start.items():
                if variable != taken:
                    self.write_variable(variable, fresh, value)
            self._recipe.check(self)

    def write_variable(self, name: str, indices: np.ndarray, value: Any) -> None:
        """Set the values of a variable, as those of any synapses; weights that will be clipped are told of."""
        super().write_variable(name, indices, value)
        if self._recipe.clipped and name.removesuffix("_") == self._recipe.weight and len(indices):
            self._tell_of_clipping(indices)

    def _tell_of_clipping(self, indices: np.ndarray) -> None:
        line, weight = self._equations["w_max"], self._recipe.weight
        weights = self.read_variable(weight, indices)
        largest = self.read_variable("w_max", np.zeros_like(indices) if line.shared else indices)
        # a w_max of each synapse is set after the weights of a matrix: until then it is zero
        beyond = (largest > 0) & ((weights < 0) | (weights > largest * (1 + 1e-12)))
        for k in np.flatnonzero(beyond)[:1]:
            limit, found = (with_dimensions(float(values[k]), line.dimension) for values in (largest, weights))
            warn_user(
                f"{self.name}.{weight}: expected weights from 0 to w_max = {limit!s}, found {found!s} for synapse "
                f"{indices[k]}. The next spike will clip it; give a larger w_max, or clipped=False.",
                EventSNNWarning,
            )

    def _refresh(self, surroundings: Mapping[str, Any]) -> Scope:
        scope = super()._refresh(surroundings)
        for pathway in self._pathways.values():
            statements, where = pathway._statements, pathway._where
            try:
                check_statements(statements, self._equations, with_temporaries(statements, scope, where), where)
            except DimensionMismatchError as problem:
                problem.args = (f"{problem.args[0]}\n{self._recipe.advise_on_unit(self._names.equations)}",)
                raise
            except EventSNNError:
                # whoever writes the code finds it, too, and knows more about it
                pass
        return scope


def _brings_weights(matrix: Any = None, edges: Any = None, **_: Any) -> bool:
    """Return whether `connect` is given weights with the neurons."""
    return matrix is not None or np.shape(edges)[1:] == (3,)


@dataclass(frozen=True)
class SynapseRecipe:
    """A model of synapses: its texts, how new synapses start, and which values its parameters may have.

    Attributes
    ----------
    equations : str
        The variables, parameters among them. One that is given as a number becomes ``(shared, constant)``.
    on_pre, on_post : str
    start : mapping of str to value
        Where the variables of new synapses start; the others start at zero.
    weight : str
        The variable that takes the weights of a matrix.
    clipped : bool
        Whether the weight is kept between 0 and w_max.
    effect : str, optional
        What a spike does to the neuron: part of `on_pre`.
    sized_by : str
        The parameter that gives the weights their unit.
    positive, not_negative, fractions : tuple of str
        Parameters for which only such values make sense.
    """

    equations: str
    on_pre: str
    on_post: str = ""
    start: Mapping[str, Any] = field(default_factory=dict)
    weight: str = "w"
    clipped: bool = False
    effect: str | None = None
    sized_by: str = "w_max"
    positive: tuple[str, ...] = ()
    not_negative: tuple[str, ...] = ()
    fractions: tuple[str, ...] = ()

    def make(self, source: Group, target: Group, delay: Delay, name: str, **values: Value) -> ModelSynapses:
        """Return synapses of this kind, not yet connected.

        Raises
        ------
        DimensionMismatchError
            When a value has another dimension than its parameter.
        ArgumentError
            When a value is out of range, or is no single value.
        """
        texts = {name: value for name, value in values.items() if isinstance(value, str)}
        shared = {name: value for name, value in values.items() if name not in texts}
        found = replace(self, equations=self._equations_with(shared), start={**self.start, **texts})
        synapses = ModelSynapses(source, target, found, delay=delay, name=name)
        with unless_refused(synapses):
            for parameter, value in shared.items():
                _require_single(synapses, parameter, value)
                assign(synapses, parameter, value)
            self.check(synapses)
        return synapses

    def advise_on_unit(self, names: Mapping[str, Equation]) -> str:
        """Return what to do when the effect of a spike does not fit the neuron, of whose variables are `names`."""
        effect = parse_statements(self.effect or "", "effect")
        unit = next((names[s.target].unit for s in effect if s.target in names), "volt")
        value = {"1": "0.5", "volt": "1*mV", "amp": "1*nA", "siemens": "1*nS"}.get(unit, f"1*{unit}")
        if self.sized_by == "unit":
            value = value.removeprefix("1*").replace("0.5", "1")
        return (
            f"The weights take their unit from {self.sized_by}=: write {self.sized_by}={value}, say; or give another "
            f"effect= than '{self.effect}'."
        )

    def _equations_with(self, shared: Mapping[str, Value]) -> str:
        flags = ("shared", "constant")
        read = Equations(self.equations).values()
        return "\n".join(str(replace(line, flags=flags) if line.name in shared else line) for line in read)

    def check(self, synapses: ModelSynapses) -> None:
        """Refuse values that make no sense."""
        for parameters, requirement in (
            (self.positive, POSITIVE),
            (self.not_negative, NOT_NEGATIVE),
            (self.fractions, FRACTION),
        ):
            for parameter in parameters:
                require(synapses, parameter, requirement)


def _require_single(synapses: ModelSynapses, parameter: str, value: Any) -> None:
    if np.shape(value) != ():
        raise ArgumentError(
            f"{synapses.name}.{parameter}: expected one value for all synapses, or a text that is evaluated for each, "
            f"found shape {np.shape(value)}. For values of their own give a text such as "
            f"{parameter}='{_example(value)}', call connect(), and assign {synapses.name}.{parameter} = ..."
        )


def _example(value: Any) -> str:
    first = np.ravel(value)[:1]
    return str(first[0]).replace(". ", "*").replace(" ", "*") if len(first) else "1"


def take(arguments: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return those of a function's arguments that are parameters of its model."""
    return {name: arguments[name] for name in names}


def lines(*statements: str | None) -> str:
    """Return statements as a text, without the empty ones."""
    return "\n".join(statement.strip() for statement in statements if statement and statement.strip())


def is_number(value: Value, number: float) -> bool:
    """Return whether a value is this pure number."""
    return (
        not isinstance(value, str)
        and np.shape(value) == ()
        and bool(get_dimensions(value).is_dimensionless)
        and (float(value) == number)
    )


def unit_of(name: str, value: Value) -> str:
    """Return the unit in which a value is declared: ``'volt'`` for ``3*mV``.

    Raises
    ------
    ArgumentError
        For a text, whose dimension is not known before it is evaluated.
    """
    if isinstance(value, str):
        raise ArgumentError(
            f"{name}: expected one value for all synapses, found the text {value!r}. Its unit is that of the weights, "
            f"which has to be known at once: write {name.rpartition('.')[2]}={value}, without quotes."
        )
    plain = next(factors for scale, factors in spellings(get_dimensions(value)) if scale == 0)
    return unit_name(plain) or "1"
