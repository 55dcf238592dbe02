"""What `Synapses` is made from, read and checked: the model, the texts of its pathways, their delays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..border import to_internal
from ..equations.dimensions import describe
from ..equations.scope import TIME
from ..equations.text import FLAGS_OF_NEURONS, PARAMETER, SUBEXPRESSION, Equations, as_equations, refuse_flags
from ..errors import ArgumentError, DimensionMismatchError, EquationError, MissingError, WrongTypeError
from ..synapses.names import POST, PRE
from ..units import get_dimensions


def read_model(model: Any, index: str | None, owner: str, taken: type) -> Equations:
    """Return the equations of synapses; `index` names a variable that counts synapses of one pair.

    Parameters
    ----------
    taken : type
        Whose attributes cannot be names of variables.
    """
    equations = as_equations(model)
    refuse_flags(equations, FLAGS_OF_NEURONS, owner, "It belongs to the model of a NeuronGroup.")
    if index:
        equations = equations + f"{index} : integer (constant)"
    if "lastupdate" in equations and equations.state_names:
        raise EquationError(
            f"{owner}: synapses with differential equations have a variable 'lastupdate' already, the time of the last "
            f"event\n    {equations['lastupdate']}\nLeave the line out."
        )
    for name in equations:
        if hasattr(taken, name) or name in ("name", "source", "target", "pre", "post"):
            raise EquationError(
                f"{owner}: '{name}' is an attribute that all synapses have; choose another name\n    {equations[name]}"
            )
    return equations


def read_texts(on_pre: Any, on_post: Any, owner: str, taken: type, own: Equations) -> dict[str, tuple[str, str]]:
    """Return side and text of each pathway, by its name."""
    texts: dict[str, tuple[str, str]] = {}
    for side, given in ((PRE, on_pre), (POST, on_post)):
        for key, text in (given if isinstance(given, Mapping) else {side: given} if given else {}).items():
            where = f"on_{side}" if key == side else f"on_{side}['{key}']"
            if not isinstance(text, str):
                raise WrongTypeError(f"{owner}.{where}: expected statements in a string, found {text!r}")
            if not isinstance(key, str) or not key.isidentifier() or key in texts or hasattr(taken, key):
                raise ArgumentError(f"{owner}.on_{side}: '{key}' cannot be the name of a pathway; choose another")
            texts[key] = (side, text)
            # S.delay is the delay of the pathway 'pre'
            for name in {key, "delay" if key == PRE else key} & {*own}:
                raise EquationError(
                    f"{owner}: '{name}' is an attribute that the pathway '{key}' gives these synapses; choose another "
                    f"name\n    {own[name]}"
                )
    return texts


def read_delays(delay: Any, pathways: Mapping[str, Any], owner: str) -> dict[str, float]:
    """Return the delays given for whole pathways [ms], by their names."""
    if delay is None:
        return {}
    given = dict(delay) if isinstance(delay, Mapping) else {PRE: delay}
    return {key: _read_delay(key, value, isinstance(delay, Mapping), pathways, owner) for key, value in given.items()}


def _read_delay(key: str, value: Any, is_named: bool, pathways: Mapping[str, Any], owner: str) -> float:
    where = f"{owner}.delay" + (f"['{key}']" if is_named else "")
    if key not in pathways:
        known = ", ".join(f"'{name}'" for name in pathways) or "none"
        advice = "" if is_named else " Give a dictionary: delay={'name': 2*ms}."
        raise MissingError(f"{where}: there is no pathway '{key}'; pathways are: {known}.{advice}")
    if isinstance(value, str):
        raise WrongTypeError(
            f"{where}: expected one time for all synapses, found the text {value!r}. Assign texts after connect(): "
            f"S.delay = {value!r}."
        )
    if get_dimensions(value) != TIME and not (isinstance(value, int | float) and value == 0):
        raise DimensionMismatchError(
            f"{where}: expected a time, found {value!s} ({describe(get_dimensions(value))}). Write delay=1.5*ms."
        )
    if np.shape(value) != ():
        raise ArgumentError(
            f"{where}: expected one time for all synapses, found shape {np.shape(value)}. For one delay per synapse "
            "assign S.delay = ... after connect()."
        )
    result = float(to_internal(float(value), TIME))
    if not 0.0 <= result < np.inf:
        raise ArgumentError(f"{where}: expected a finite time that is not negative, found {value!s}")
    return result


def read_events(on_event: Any, pathways: Mapping[str, Any], owner: str) -> dict[str, str]:
    """Return the events that pathways wait for, by their names."""
    if isinstance(on_event, str):
        return dict.fromkeys(pathways, on_event)
    if not isinstance(on_event, Mapping):
        raise WrongTypeError(f"{owner}.on_event: expected the name of an event, or a dictionary, found {on_event!r}")
    for key in on_event:
        if key not in pathways:
            known = ", ".join(f"'{name}'" for name in pathways) or "none"
            raise MissingError(f"{owner}.on_event: there is no pathway '{key}'; pathways are: {known}")
    return dict(on_event)


def choose_weight(weight: str | None, equations: Equations, owner: str) -> str:
    """Return the variable that takes the weights of a matrix or a list of edges."""
    where = f"{owner}.connect(weight=...)"
    numbers = [name for name, line in equations.items() if line.kind == PARAMETER and line.dtype is float]
    known = ", ".join(numbers) or "none"
    if weight is None:
        if len(numbers) != 1:
            raise ArgumentError(f"{where}: name the variable that takes the weights; parameters are: {known}")
        return numbers[0]
    if weight not in equations or equations[weight].kind == SUBEXPRESSION:
        raise MissingError(f"{where}: there is no variable '{weight}'; parameters are: {known}")
    return weight
