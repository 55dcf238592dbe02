"""What all ready-made models share: from a `Recipe` and the values of its parameters to a `NeuronGroup`.

A model is one file: its card, its recipe and a function whose signature holds names and defaults::

    RECIPE = Recipe(equations="dv/dt = ... : volt", threshold="v >= V_th", reset="v = V_reset", positive=("tau_m",))

    def LIF(N: int, *, tau_m: Value = 10 * ms, ..., name: str = "lif*") -> NeuronGroup:
        return RECIPE.make(**locals())
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import numpy as np

from ..equations.dimensions import describe
from ..equations.expression import parse_expression
from ..equations.text import PARAMETER, Equations
from ..errors import ArgumentError, DimensionMismatchError, EventSNNError, WrongTypeError
from ..groups import NeuronGroup, Synapses
from ..groups.arguments import did_you_mean
from ..units import Quantity, with_dimensions

Arguments = ParamSpec("Arguments")
Made = TypeVar("Made")

#: What a parameter may be: one value, one for each neuron, or a text such as ``'(1 + 0.1*i)*10*ms'``.
Value = Quantity | np.ndarray | float | str

#: Words for a message, in which ``{}`` stands for the dimension, and the condition.
Requirement = tuple[str, Callable[[np.ndarray], np.ndarray]]

#: The parameters of a membrane with a leak.
MEMBRANE = """
    tau_m : second (constant)
    C_m : farad (constant)
    E_L : volt (constant)
    I_e : amp (constant)
    V_th : volt (constant)
    V_reset : volt (constant)
    t_ref : second (constant)
"""

_EXAMPLES = {
    "second": "10*ms",
    "volt": "10*mV",
    "amp": "0.5*nA",
    "farad": "250*pF",
    "siemens": "10*nS",
    "siemens/volt": "0.7*nS/mV",
    "hertz": "20*Hz",
}

#: What is checked of a parameter: in words, and as a condition.
POSITIVE: Requirement = ("positive {}", lambda x: x > 0)
NOT_NEGATIVE: Requirement = ("non-negative {}", lambda x: x >= 0)


class ModelGroup(NeuronGroup):
    """A `NeuronGroup` whose equations the user did not write.

    In ``LIF(1, tau_m=tau_m)`` the caller's `tau_m` is no second meaning of the name, so nobody is warned of it: outside
    are looked up only the names that the equations do not define, those in a text given for a parameter.
    """

    def _solve(self, surroundings: Mapping[str, Any], written: frozenset[str] = frozenset()) -> Any:
        outside = {name: value for name, value in surroundings.items() if name not in self._equations}
        return super()._solve(outside, written)


@contextlib.contextmanager
def unless_refused(thing: NeuronGroup | Synapses) -> Iterator[None]:
    """Give an object its values; one that is refused is run by nobody, and that it is not run is no news."""
    try:
        yield
    except EventSNNError:
        thing._mark_run()
        raise


@dataclass(frozen=True)
class Recipe:
    """A model: its texts, where it starts, and which values its parameters may have.

    Attributes
    ----------
    equations : str
        Of the state, and the parameters, each with its unit.
    threshold, reset : str
    refractory : str, optional
    start : mapping of str to str
        Initial values, expressions in the parameters; the rest of the state starts at zero.
    positive, not_negative : tuple of str
        Parameters for which only such values make sense.
    ordered : tuple of (str, str)
        Pairs of which the first must lie below the second.
    """

    equations: str
    threshold: str
    reset: str
    refractory: str | None = "t_ref"
    start: Mapping[str, str] = field(default_factory=dict)
    positive: tuple[str, ...] = ("tau_m", "C_m")
    not_negative: tuple[str, ...] = ("t_ref",)
    ordered: tuple[tuple[str, str], ...] = (("V_reset", "V_th"),)

    def make(self, N: int, name: str, **values: Value) -> NeuronGroup:
        """Return a group of `N` such neurons.

        Raises
        ------
        DimensionMismatchError
            When a value has another dimension than its parameter.
        ArgumentError
            When a value is out of range, or has a shape that does not fit.
        """
        timed = {key: text for key, text in values.items() if isinstance(text, str) and _asks_for_time(text, key)}
        group = ModelGroup(
            N,
            self._equations_with(timed),
            threshold=self.threshold,
            reset=self.reset,
            refractory=self.refractory,
            name=name,
        )
        with unless_refused(group):
            for parameter, value in values.items():
                if parameter not in timed:
                    assign(group, parameter, value)
            for variable, text in self.start.items():
                setattr(group, variable, text)
            self._check(group)
        return group

    def _equations_with(self, timed: Mapping[str, str]) -> Equations:
        """Return the equations; a parameter given as a function of time is a sub-expression in them."""
        lines = Equations(self.equations).values()
        return Equations(
            "\n".join(
                f"{line.name} = {' '.join(timed[line.name].split())} : {line.unit}" if line.name in timed else str(line)
                for line in lines
            )
        )

    def _check(self, group: NeuronGroup) -> None:
        for parameter in self.positive:
            require(group, parameter, POSITIVE)
        for parameter in self.not_negative:
            require(group, parameter, NOT_NEGATIVE)
        for low, high in self.ordered:
            _require_below(group, low, high)


def with_hints(model: Callable[Arguments, Made]) -> Callable[Arguments, Made]:
    """Return a model that asks back when a parameter is mistyped: ``taum`` for ``tau_m``."""
    known = inspect.signature(model).parameters

    @functools.wraps(model)
    def make(*arguments: Arguments.args, **options: Arguments.kwargs) -> Made:
        for name in options.keys() - known.keys():
            hint = did_you_mean(name, known) or f" Parameters are {', '.join(known)}."
            raise WrongTypeError(f"{model.__name__}() has no parameter '{name}'.{hint}")
        return model(*arguments, **options)

    return make


def assign(group: Any, parameter: str, value: Value) -> None:
    """Give a parameter of neurons or of synapses its value; a wrong unit is answered with an example."""
    try:
        setattr(group, parameter, value)
    except DimensionMismatchError as problem:
        example = _EXAMPLES.get(group.equations[parameter].unit)
        if example and not isinstance(value, str):
            problem.args = (f"{problem.args[0]} Write {parameter}={example}, say.",)
        raise


def _asks_for_time(text: str, parameter: str) -> bool:
    return "t" in parse_expression(text, f"value of {parameter}").names()


def require(group: Any, parameter: str, requirement: Requirement) -> None:
    """Refuse values of a parameter, of neurons or of synapses, that make no sense."""
    which, is_allowed = requirement
    values, line = _values(group, parameter), group.equations[parameter]
    for k in np.flatnonzero(~is_allowed(values))[:1]:
        what = describe(line.dimension).removeprefix("a ").removeprefix("an ").replace("dimensionless", "number")
        example = _EXAMPLES.get(line.unit, "0.5")
        found = _show(group, parameter, values[k]) + ("" if line.shared else f" for {group._MEMBER} {k}")
        raise ArgumentError(
            f"{group.name}.{parameter}: expected a {which.format(what)}, found {found}. "
            f"Write {parameter}={example}, say."
        )


def _require_below(group: NeuronGroup, low: str, high: str) -> None:
    below, above = _values(group, low), _values(group, high)
    if not len(below) or not len(above):
        return
    for k in np.flatnonzero(~(below < above))[:1]:
        raise ArgumentError(
            f"{group.name}.{low}: expected a value below {high}, found {_show(group, low, below[k])} where {high} is "
            f"{_show(group, high, above[k])}, for neuron {k}. After such a reset it would fire again at once."
        )


def _values(group: Any, parameter: str) -> np.ndarray:
    """Return the values of a parameter in SI units; none for a function of time, whose values are not known yet."""
    line = group.equations[parameter]
    if line.kind != PARAMETER:
        return np.array([])
    return group.read_variable(parameter, np.arange(1 if line.shared else len(group)))


def _show(group: Any, parameter: str, value: float) -> str:
    return str(with_dimensions(value, group.equations[parameter].dimension))
