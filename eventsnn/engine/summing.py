"""Summed variables during a run: what an event changes at a synapse, it changes in the sums of its neuron."""

from __future__ import annotations

from typing import Any

from ..equations.scope import Scope
from ..errors import NoExactSolutionError
from ..groups import Synapses
from ..synapses.names import OWN, POST
from ..synapses.summed import Summed
from .arrivals import Target
from .cells import Cells


class Summing:
    """One summed variable of the synapses of one pathway.

    Parameters
    ----------
    summed : Summed
    synapses : Synapses
    scope : Scope
    cells : Cells
        Of the neurons that have the sum.
    """

    def __init__(self, summed: Summed, synapses: Synapses, scope: Scope, cells: Cells) -> None:
        self.summed, self.cells, self.is_behind = summed, cells, summed.side == POST
        self._synapses, self._scope = synapses, scope
        self._weights = synapses._sums.weights[summed.target]
        states = cells.store.states
        self.targets: list[Target] = [
            states.index(summed.variable(state, other)) for state in summed.states for other in summed.around[state]
        ]
        self.targets.append(summed.rest)
        behind = synapses._equations.names_behind(*summed.line.formula.names())
        changed = behind & synapses._written()[OWN] - {*summed.states}
        self._changes_weights = bool(changed)
        shared = sorted(name for name in changed if synapses._equations[name].shared)
        if shared:
            raise NoExactSolutionError(
                f"{synapses._owner}, summed {summed.line.name}: '{shared[0]}' is shared by all synapses and changed by "
                f"events\n    {summed.line}\nLet each synapse have its own, or let nothing write to it."
            )

    def parts(self, k: int) -> list[float]:
        """Return what synapse k contributes to each target."""
        store, weights = self._synapses._store, self._weights
        parts = [
            float(weights.by_state[state][k]) * float(store.states[other][k])
            for state in self.summed.states
            for other in self.summed.around[state]
        ]
        return [*parts, float(weights.rest[k])]

    def changes(self, k: int, before: list[float]) -> list[tuple[Target, float]]:
        """Return what an event has changed, by target."""
        if self._changes_weights:
            self._weights.renew(k, self.summed, self._scope, lambda name: self._value(name, k))
        after = self.parts(k)
        return [(target, new - old) for target, new, old in zip(self.targets, after, before, strict=True) if new != old]

    def _value(self, name: str, k: int) -> Any:
        values = self._synapses._store.parameters[name]
        return values[k if len(values) > 1 else 0].item()
