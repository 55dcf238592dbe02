"""All that arrives at one instant, in the order of the laws of time.

1. Every synapse's early statements run: contributions to neurons are only collected.
2. The contributions to one variable of one neuron are added as one sum.
3. The late statements run: assignments, and what depends on the sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np

from .arrivals import Target, receive
from .cells import Cells
from .flights import Arrival
from .projection import Projection, Sums, Waiting


def deliver(projections: Sequence[Projection], arrivals: Sequence[Arrival], now: float) -> dict[Cells, dict[int, None]]:
    """Let spikes arrive that are due at `now`; return the neurons that they changed, in order.

    Parameters
    ----------
    projections : sequence of Projection
        By their ranks.
    arrivals : sequence of (rank, neuron, synapses)
        Of one round, by rank and neuron.
    """
    if len(arrivals) == 1 and len(arrivals[0][2]) == 1:
        rank, _, numbers = arrivals[0]
        simple = projections[rank].deliver_one(int(numbers[0]), now)
        if simple is not None:
            return simple
    sums: Sums = {}
    late: list[tuple[Projection, list[Waiting]]] = []
    for rank, numbers in _batches(arrivals):
        projection = projections[rank]
        waiting = projection.collect(numbers, now, sums)
        if waiting:
            late.append((projection, waiting))
    changed: dict[Cells, dict[int, None]] = {}
    for cells, own in _by_cells(sums):
        changed[cells] = dict.fromkeys(receive(cells, own, now))
    for projection, waiting in late:
        for k, out, last in waiting:
            for cells, neuron in projection.finish(k, out, last, now):
                changed.setdefault(cells, {})[neuron] = None
    return changed


def _batches(arrivals: Sequence[Arrival]) -> Iterable[tuple[int, np.ndarray]]:
    """Yield the synapses of each pathway and neuron in the order of their creation."""
    if len(arrivals) == 1:
        yield arrivals[0][0], arrivals[0][2]
        return
    for (rank, _), group in groupby(arrivals, key=lambda arrival: arrival[:2]):
        pieces = [numbers for _, _, numbers in group]
        # several spikes of one neuron, sent at different times, may arrive together
        yield rank, pieces[0] if len(pieces) == 1 else np.sort(np.concatenate(pieces), kind="stable")


def _by_cells(sums: Sums) -> Iterable[tuple[Cells, dict[Target, dict[int, float]]]]:
    own: dict[Cells, dict[Target, dict[int, float]]] = {}
    for (cells, target), by_neuron in sums.items():
        own.setdefault(cells, {})[target] = by_neuron
    return own.items()
