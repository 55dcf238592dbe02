"""The arrays of a group: what changes while the network runs.

A neuron's state is stored as it was at the neuron's last state change, with the instant of that change; between
changes the family's flow says what it is. Nothing here is advanced by reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .equations.text import PARAMETER, Equation

_ARRAYS = ("state", "since", "since_low", "until", "until_low", "lastspike", "was_told")

#: "Long ago", for neurons that have not fired (Brian's value, -10 000 s) [ms].
LONG_AGO = -1e7


def scalars(array: np.ndarray) -> Any:
    """Return a view whose elements are Python's own numbers, read several times faster than an array's."""
    return array.data


class Store:
    """State and parameters of `n` neurons, in internal units (ms, mV, nA, ...).

    Attributes
    ----------
    state : ndarray, shape (n * number of state variables,)
        Neuron by neuron, at each neuron's own last state change.
    since, since_low : ndarray, shape (n,)
        Instant of that change and what its rounding left over [ms].
    until, until_low : ndarray, shape (n,)
        End of the refractory period that followed that change [ms]; at or before `since` where none did.
    lastspike : ndarray, shape (n,)
        [ms]
    was_told : ndarray of bool, shape (n,)
        Whether `lastspike` was assigned since the last run.
    rest : dict of str to ndarray, shape (n,)
        On the clock: what each source of noise still adds in a step that an event has divided [ms**0.5]; NaN where
        nothing was drawn. It has no meaning for who stands at a tick. By method 'exact', instead, the standard normal
        number of each noisy variable.
    standing : dict
        Neurons that stand on a threshold of several variables by definition, having just crossed it.
    parameters : dict of str to ndarray
        Shape (n,), or (1,) for shared ones; float64, int64 or bool.
    """

    def __init__(self, n: int, equations: Mapping[str, Equation], states: tuple[str, ...]) -> None:
        self.n = n
        self.states = states
        self.state = np.zeros(n * len(states))
        self.since = np.zeros(n)
        self.since_low = np.zeros(n)
        self.until = np.full(n, -np.inf)
        self.until_low = np.zeros(n)
        self.lastspike = np.full(n, LONG_AGO)
        self.was_told = np.zeros(n, bool)
        self.rest: dict[str, np.ndarray] = {}
        self.standing: dict[int, tuple] = {}
        self.parameters = {
            name: np.zeros(1 if line.shared else n, dtype={float: float, int: np.int64, bool: bool}[line.dtype])
            for name, line in equations.items()
            if line.kind == PARAMETER
        }

    def column(self, name: str) -> np.ndarray:
        """Return the stored values of one state variable, a view."""
        return self.state[self.states.index(name) :: len(self.states)]

    def snapshot(self) -> dict[str, Any]:
        """Return copies of all that is in it."""
        arrays = {name: getattr(self, name).copy() for name in _ARRAYS}
        parameters = {name: values.copy() for name, values in self.parameters.items()}
        rest = {name: values.copy() for name, values in self.rest.items()}
        return {**arrays, "standing": dict(self.standing), "parameters": parameters, "rest": rest}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over what a snapshot of a store of the same equations holds."""
        for name in _ARRAYS:
            getattr(self, name)[:] = snapshot[name]
        for name, values in snapshot["parameters"].items():
            self.parameters[name][:] = values
        for name, values in self.rest.items():
            # those who solved the model hold on to these arrays
            values[:] = snapshot["rest"].get(name, np.nan)
        self.rest.update({name: snapshot["rest"][name].copy() for name in snapshot["rest"].keys() - self.rest.keys()})
        self.standing = dict(snapshot["standing"])

    def place(self, now: float) -> None:
        """Say that the stored state holds at `now`, when the group joins a network."""
        self.since[:], self.since_low[:] = now, 0.0
        self.until += now
        self.lastspike[self.lastspike > LONG_AGO] += now
        # ticks come at other instants of its course
        self.forget_noise()

    def forget_noise(self) -> None:
        """Let new noise act for the rest of the present step."""
        for values in self.rest.values():
            values[:] = np.nan

    def lift(self, now: float) -> None:
        """Count times from `now`, when the group leaves a network."""
        self.place(-now)
        self.since[:] = 0.0
