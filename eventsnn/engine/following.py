"""Linked variables whose other ends move: a group on the clock reads them at each tick, and holds them in its step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..equations.text import SUBEXPRESSION
from ..equations.values import evaluate
from ..groups.links import LinkedVariable
from .cells import Cells
from .clocked import ClockedCells


class Followed:
    """A linked variable of one group that moves in another.

    Parameters
    ----------
    link : LinkedVariable
    places : ndarray of int
        Where the values are: neurons of the other group.
    other : Cells
        Of that group.
    """

    def __init__(self, link: LinkedVariable, places: np.ndarray, other: Cells) -> None:
        self._link, self._other = link, other
        # many neurons may read one
        self._neurons, self._of_each = np.unique(places, return_inverse=True)

    def read(self, now: float) -> np.ndarray:
        """Return the values at the instant `now`, without changing anything."""
        line = self._link.line()
        if line.kind != SUBEXPRESSION:
            return self._value(line.name, now)[self._of_each]
        scope, where = self._other.model.scope, f"sub-expression {line.name}"
        values = evaluate(line.formula, scope, where, lambda name: self._value(name, now))
        return np.broadcast_to(values, self._neurons.shape)[self._of_each]

    def _value(self, name: str, now: float) -> Any:
        store, neurons = self._other.store, self._neurons
        if name in store.states:
            return self._other.model.dynamics.values_at(store, store.states.index(name), neurons, now)
        if name in store.parameters:
            values = store.parameters[name]
            return values[neurons] if len(values) > 1 else values[0]
        if name == "lastspike":
            return store.lastspike[neurons]
        if name == "not_refractory":
            return store.until[neurons] <= now
        present = {"t": now, "i": neurons, "N": store.n, "dt": self._other.group.clock.step}
        return present[name]


def follow_links(cells: Sequence[Cells], now: float) -> None:
    """Let the groups on the clock follow what their variables are linked to, where it moves, in a run from `now` on."""
    parts = {id(part.group): part for part in cells}
    for part in cells:
        if isinstance(part, ClockedCells):
            links = part.group._links
            for name in links.followed():
                link, places = links.places(name)
                if id(link.whole) in parts:
                    part.followed[name] = Followed(link, places, parts[id(link.whole)])
            part.follow_from(now)
