"""What a `NeuronGroup` is made from, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..border import to_internal
from ..equations.dimensions import describe
from ..equations.expression import Expression, parse_expression
from ..equations.scope import TIME
from ..equations.text import Equations
from ..errors import ArgumentError, DimensionMismatchError, EquationError, WrongTypeError
from ..units import get_dimensions


def check_names(equations: Equations, taken: type) -> None:
    """Refuse variables with the name of an attribute of the class `taken`."""
    for name in equations:
        if hasattr(taken, name) or name == "name":
            raise EquationError(
                f"Equations: '{name}' is an attribute that every group has; choose another name\n    {equations[name]}"
            )


def read_events(events: Any, owner: str, name: str) -> dict[str, Expression]:
    """Return the conditions of custom events."""
    if events is not None and not isinstance(events, Mapping):
        raise WrongTypeError(
            f"NeuronGroup '{name}'.events: expected a dictionary of conditions by name, found {events!r}"
        )
    read = {}
    for event, text in (events or {}).items():
        if event == "spike" or not isinstance(event, str) or not event.isidentifier():
            advice = " Spikes are given by threshold=." if event == "spike" else ""
            raise ArgumentError(f"NeuronGroup '{name}'.events: {event!r} cannot be the name of an event.{advice}")
        if not isinstance(text, str):
            raise WrongTypeError(f"NeuronGroup '{name}'.events['{event}']: expected a condition, found {text!r}")
        read[event] = parse_expression(text, f"{owner}, event '{event}'")
        if "not_refractory" in read[event].names():
            raise EquationError(
                f"{owner}, event '{event}': 'not_refractory' cannot be used in the condition of an event\n"
                f"{read[event].excerpt()}\nAn event happens whenever its condition becomes true, refractory or not."
            )
    return read


def refuse_unsupported(name: str, dtype: Any, order: int) -> None:
    """Refuse other types of numbers than double precision."""
    types = set(dtype.values()) if isinstance(dtype, Mapping) else {dtype} - {None}
    if any(np.dtype(each) != np.float64 for each in types):
        raise ArgumentError(f"NeuronGroup '{name}'.dtype: states are double precision here, found {dtype!r}")


def read_refractory(refractory: Any, owner: str) -> float | Expression | None:
    """Return the refractory period: a time [ms], a text, or None."""
    if refractory is None or refractory is False:
        return None
    if isinstance(refractory, str):
        return parse_expression(refractory, f"{owner}, refractory")
    found = get_dimensions(refractory)
    if found != TIME and not (isinstance(refractory, int | float) and refractory == 0 and refractory is not True):
        raise DimensionMismatchError(
            f"{owner}, refractory: expected a time, found {refractory!s} ({describe(found)}). "
            "Write refractory=5*ms for five milliseconds."
        )
    if np.shape(refractory) != ():
        raise ArgumentError(
            f"{owner}, refractory: expected one time, found shape {np.shape(refractory)}. For one time per neuron "
            "declare a parameter 'ref : second' and give refractory='ref'."
        )
    duration = to_internal(float(refractory), TIME)
    if not duration >= 0.0:
        raise ArgumentError(f"{owner}, refractory: expected a time that is not negative, found {refractory!s}")
    return duration or None


def refractory_text(refractory: float | Expression | None) -> str | None:
    """Return a refractory period as its user knows it."""
    if refractory is None:
        return None
    return refractory.text if isinstance(refractory, Expression) else f"{refractory:g} ms"
