"""The summed variables of one `Synapses` object: the groups take over their equations, and get their values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..equations.scope import Scope
from ..synapses.names import POST, PRE, Names
from ..synapses.summed import Summed, Weights, find_summed, read_target, require_no_drive
from .subgroup import whole_of


class Sums:
    """The summed variables of one `Synapses` object.

    Attributes
    ----------
    summed : list of Summed
    weights : dict of str to Weights
        Their coefficients, by the name of the variable.
    is_stale : bool
        Whether something was assigned since the sums were made.
    """

    def __init__(self, synapses: Any) -> None:
        self.summed = _adopt(synapses)
        self.weights: dict[str, Weights] = {}
        self.is_stale = True

    def snapshot(self) -> dict[str, Any]:
        """Return what the sums were made with."""
        return {"weights": {name: w.snapshot() for name, w in self.weights.items()}, "is_stale": self.is_stale}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Let the sums be those of a snapshot; what they amount to is with the neurons."""
        self.weights = {name: Weights.restored(w) for name, w in snapshot["weights"].items()}
        self.is_stale = snapshot["is_stale"]

    def refresh(self, synapses: Any, scope: Scope) -> None:
        """Sum over all synapses anew, if something was assigned since it was done."""
        for summed in self.summed:
            states = [other for around in summed.around.values() for other in around]
            require_no_drive(synapses._equations, states, scope, synapses._read_coefficient)
            weights = Weights(summed, scope, synapses._read_coefficient, len(synapses))
            if self.is_stale or weights.differs_from(self.weights.get(summed.target)):
                self.weights[summed.target] = weights
                _sum_up(synapses, summed, weights, states)
        self.is_stale = False


def _adopt(synapses: Any) -> list[Summed]:
    """Let the groups take over the equations of summed variables."""
    own, found = synapses._equations, []
    for line in own.values():
        if "summed" not in line.flags:
            continue
        groups = {PRE: whole_of(synapses.source), POST: whole_of(synapses.target)}
        side, target = read_target(line, synapses._owner, groups)
        names = Names(own, synapses.source, synapses.target)
        summed = find_summed(own, names, synapses._owner, side, line, f"{target}_{synapses.name}")
        group, namespace = groups[side], dict(synapses._namespace or {})
        group._take_over(target, summed.lines(own, namespace, group._equations[target]))
        found.append(summed)
    return found


def _sum_up(synapses: Any, summed: Summed, weights: Weights, states: list[str]) -> None:
    pairs = synapses._pairs
    end, neurons = (synapses.target, pairs.post) if summed.side == POST else (synapses.source, pairs.pre)
    numbers = np.arange(len(synapses))
    values = {state: synapses._read_own(state, numbers) for state in states}
    parts = {summed.rest: weights.rest}
    for state in summed.states:
        for other in summed.around[state]:
            parts[summed.variable(state, other)] = weights.by_state[state] * values[other]
    for name, contributions in parts.items():
        totals = np.bincount(neurons, weights=contributions, minlength=len(end))
        whole_of(end)._write_internal(name, np.arange(end.start, end.stop), totals)
