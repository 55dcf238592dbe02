"""Steps of drives and levels: the neurons concerned are brought to that instant, and solved anew from there."""

from __future__ import annotations

import numpy as np

from ..neurons.dynamics import settle
from ..neurons.model import step
from .cells import Cells
from .clocked import ClockedCells


def take_step(cells: Cells, now: float) -> list[int]:
    """Bring the neurons whose drive or level steps at `now` there and solve their group anew; return them.

    Of a group on the clock: take its next tick.
    """
    if isinstance(cells, ClockedCells):
        return cells.take_tick(now)
    stepping = _arrive(cells, now)
    model = step(cells.group._description, cells.model, cells.store, now)
    cells.model = cells.group._model = model
    cells.courses = [*model.dynamics.courses(cells.store.n)]
    for k in stepping:
        if model.recovery is not None and cells.until[k] > now:
            cells.find_recovery(k)
    cells.record_changed(stepping, now)
    return stepping


def take_pending_step(cells: Cells, now: float) -> None:
    """Bring them there for a step that comes at the very instant at which one run ended and the next begins."""
    for k in _stepping(cells, now).tolist():
        if cells.model.recovery is not None and cells.until[k] > cells.since[k]:
            cells.renew_recovery_of(k, now)
        cells.predict(k)
    _arrive(cells, now)


def _stepping(cells: Cells, now: float) -> np.ndarray:
    return np.flatnonzero(cells.model.until <= now)


def _arrive(cells: Cells, now: float) -> list[int]:
    """Bring the neurons whose drive or level steps at `now` there, as the model before the step moves them.

    Who reaches the threshold at this very instant stands on it; whether it fires is said by what comes after.
    """
    stepping, threshold = _stepping(cells, now), cells.model.threshold
    crossing = [k for k in stepping.tolist() if cells.predicted[k] == now and cells.starts[k][1] < now]
    for k in crossing:
        cells.bring_to(k, now, cells.low[k], cells.levels_crossed(threshold, k, cells.crossed[k]))
    settle(cells.model.dynamics, cells.store, stepping, now)
    for k in crossing:
        cells.store.standing[k] = cells.combined(threshold, k, cells.crossed[k])
    return stepping.tolist()
