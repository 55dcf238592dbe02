"""Arguments that neurons, stimuli and synapses have in common, checked."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable, Mapping
from typing import Any

from ..clocks import Clock, defaultclock, step_in_ms
from ..errors import ArgumentError, ExactnessNote, WrongTypeError, warn_user
from ..neurons.stepping import METHODS

EXACT_METHODS = ("exact", "linear", "independent")
NUMERICAL_METHODS = (
    "euler",
    "rk2",
    "rk4",
    "heun",
    "milstein",
    "exponential_euler",
    "gsl",
    "gsl_rk2",
    "gsl_rk4",
    "gsl_rkf45",
    "gsl_rkck",
    "gsl_rk8pd",
)


#: Before the name of a method: a group runs on the clock even if it has an exact solution.
CLOCKED = "clocked_"


def did_you_mean(name: Any, known: Iterable[str]) -> str:
    """Return a question for a mistyped name, in small or capital letters, to be put behind a message; maybe empty."""
    plain = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), plain, n=1) if isinstance(name, str) else []
    return f" Did you mean '{plain[near[0]]}'?" if near else ""


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


def check_method(method: Any, label: str) -> str | None:
    """Return the method asked for; of a list the one that will be used."""
    if isinstance(method, tuple | list) and method:
        # Brian takes the first method of a list that works; here the exact one is tried first in any case
        choices = [check_method(choice, label) for choice in method]
        return next((choice for choice in choices if choice in EXACT_METHODS), choices[0])
    if method is None or method in EXACT_METHODS or method in NUMERICAL_METHODS:
        return method
    if isinstance(method, str) and method.removeprefix(CLOCKED) in METHODS:
        return method
    known = (*EXACT_METHODS, *NUMERICAL_METHODS, *(CLOCKED + name for name in METHODS))
    raise ArgumentError(
        f"{label}.method: expected 'exact', or on the clock 'rk4', 'rk2', 'euler' or 'exponential_euler', with noise "
        f"'euler', 'heun' or 'milstein' (after '{CLOCKED}', as in '{CLOCKED}rk4', even where there is an exact "
        f"solution), found {method!r}.{did_you_mean(method, known)}"
    )


def stepping_method(method: Any) -> str | None:
    """Return the numerical method that runs a group on the clock, the first one of a list; None where none is named."""
    names = [name.removeprefix(CLOCKED) for name in ([method] if isinstance(method, str) else method or ())]
    return next((name for name in names if name in METHODS), None)


def choose_clock(dt: Any, clock: Any, label: str) -> Clock:
    """Return the clock that `dt` or `clock` gives, the default one without them."""
    if dt is not None and clock is not None:
        raise ArgumentError(f"{label}: give only one of dt and clock")
    if dt is not None:
        step_in_ms(dt, f"{label}.dt")
        return Clock(dt, f"{label}.clock")
    if clock is not None and not isinstance(clock, Clock):
        raise WrongTypeError(f"{label}.clock: expected a Clock, found {clock!r}")
    return clock or defaultclock
