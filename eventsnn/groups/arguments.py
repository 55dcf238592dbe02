"""Arguments that neurons, stimuli and synapses have in common, checked."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, ExactnessNote, WrongTypeError, warn_user


def check_size(n: Any, label: str) -> int:
    """Return a number of neurons; `label` is whose, for messages."""
    try:
        size = operator.index(n)
    except TypeError:
        if isinstance(n, float) and n.is_integer():
            size = int(n)
        else:
            raise WrongTypeError(f"{label}: expected a whole number of neurons, found {n!r}") from None
    if size < 1:
        raise ArgumentError(f"{label}: expected at least 1 neuron, found {size}")
    return size


def check_namespace(namespace: Any, label: str) -> Mapping[str, Any] | None:
    """Return a namespace if it is one."""
    if namespace is not None and not isinstance(namespace, Mapping):
        raise WrongTypeError(f"{label}.namespace: expected a dictionary, found {type(namespace).__name__}")
    return namespace


def note_clock(label: str, why: str, **given: Any) -> None:
    """Say that the settings of a clock have no meaning, where any is given."""
    names = [name for name, value in given.items() if value is not None and value is not False]
    if names:
        warn_user(f"{label}: {', '.join(names)} has no meaning {why}.", ExactnessNote)
