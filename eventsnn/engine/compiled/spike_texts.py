"""Texts that run when a neuron fires: resets that are no simple steps, refractory times that are formulas.

They are compiled as those of synapses are, and called by their addresses in the loop over instants, which takes all
networks that have any.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..._jit import kernel
from ...equations.code import Function
from ...neurons.model import parameter_arrays
from ..cells import Cells
from . import desk as at
from .arrivals import DONE, HANDOVER
from .calls import call_text
from .memory import address_of
from .neuron import end_of_period
from .places import get_number, get_short, get_whole, put_number
from .resets import find_steps
from .tables import DUE, DUE_LOW, UNTIL, UNTIL_LOW, X
from .texts import address_of_spike_text, find_obstacle

#: Places in the row of a group: addresses of its reset and its refractory time, 0 where they are none of these, with
#: their constants; of the table of its parameters, and of what a text gives out; its first neuron, number of variables;
#: rows of what has to be a number.
RESET, RESET_CONSTANTS, DURATION, DURATION_CONSTANTS, PARAMETERS, OUT, FIRST, M, CHECKS, FIRST_CHECK = range(10)
ROW = 10


def find_obstacle_at_spikes(cells: Cells) -> str | None:
    """Return what of the texts of a group is not compiled; None where there is nothing."""
    store, model, name = cells.store, cells.model, f"group '{cells.group.name}'"
    recorded = {extra for tape in cells.tapes for extra in tape.extras}
    if recorded & model.writes:
        return f"{name}: a StateMonitor records a parameter that its reset changes"
    reset = model.reset if find_steps(cells)[1] else None
    for function, what in ((reset, "reset"), (model.duration, "refractory")):
        reason = find_obstacle(function) if isinstance(function, Function) else None
        if reason:
            return f"{name}, {what}: {reason}"
    if needs_spike_texts(cells) and any(array.dtype.kind == "b" for array in store.parameters.values()):
        return f"{name}: has a parameter that is true or false, beside a reset or a refractory time that is compiled"
    return None


def needs_spike_texts(cells: Cells) -> bool:
    """Return whether a group has a reset that is no simple steps, or a refractory time that is a formula."""
    return isinstance(cells.model.duration, Function) or find_steps(cells)[1] is not None


class SpikeTexts:
    """The texts of all groups laid out.

    Parameters
    ----------
    first : sequence of int
        The number of the first neuron of each group.
    lasts : ndarray, shape (neurons,) [ms]
        Last spikes.

    Attributes
    ----------
    rows, checks : list of int
    changed : list of ndarray
        Parameters that resets write to.
    """

    def __init__(self, groups: Sequence[Cells], first: Sequence[int], lasts: np.ndarray) -> None:
        self.rows: list[int] = []
        self.checks: list[int] = []
        self.changed: list[np.ndarray] = []
        self._kept: list[np.ndarray] = []
        for number, cells in enumerate(groups):
            self._add(cells, first[number], lasts)

    def _hold(self, array: np.ndarray) -> int:
        self._kept.append(array)
        return address_of(array)

    def _add(self, cells: Cells, first: int, lasts: np.ndarray) -> None:
        row = [0] * ROW
        if needs_spike_texts(cells):
            store, model, arrays = cells.store, cells.model, parameter_arrays(cells.store)
            addresses = [*map(address_of, arrays[:-1]), address_of(lasts) + 8 * first]
            row[PARAMETERS], row[OUT] = self._hold(np.array(addresses)), self._hold(np.zeros(1))
            row[FIRST], row[M], row[FIRST_CHECK] = first, len(store.states), len(self.checks) // 2
            if find_steps(cells)[1]:
                row[RESET], row[RESET_CONSTANTS] = self._text(model.reset, arrays)
                written = [store.parameters[name] for name, _ in cells.written]
                self.changed += written
                for array in written:
                    self.checks += [address_of(array), int(len(array) == 1)]
                row[CHECKS] = len(written)
            if isinstance(model.duration, Function):
                row[DURATION], row[DURATION_CONSTANTS] = self._text(model.duration, arrays)
        self.rows += row

    def _text(self, function: Any, arrays: Sequence[np.ndarray]) -> tuple[int, int]:
        address, constants = address_of_spike_text(function, arrays)
        return address, self._hold(constants)


@kernel
def run_spike_texts(desk, g, row):
    """Let a neuron that fires be reset and become refractory by the texts of its group; return `DONE` or `HANDOVER`."""
    group = get_whole(desk, at.SPIKE_TEXTS) + 8 * ROW * get_short(get_whole(desk, at.GROUP_OF), g)
    if get_whole(group, PARAMETERS) == 0:
        return DONE
    k, m, now, low = g - get_whole(group, FIRST), get_whole(group, M), get_number(row, DUE), get_number(row, DUE_LOW)
    # the text has the state of all its group in one array, and its neuron's own there
    state = row + 8 * (X - k * m)
    table, out = get_whole(group, PARAMETERS), get_whole(group, OUT)
    reset, duration = get_whole(group, RESET), get_whole(group, DURATION)
    if reset != 0:
        call_text(reset, k, 0, 0, now, table, state, 0, 0, 0, get_whole(group, RESET_CONSTANTS), out)
        for j in range(X, X + m):
            x = get_number(row, j)
            if x - x != 0.0:
                return HANDOVER
        first = get_whole(group, FIRST_CHECK)
        for check in range(first, first + get_whole(group, CHECKS)):
            written = get_whole(desk, at.SPIKE_CHECKS) + 16 * check
            value = get_number(get_whole(written, 0), 0 if get_whole(written, 1) != 0 else k)
            if value != value:
                return HANDOVER
    if duration != 0:
        call_text(duration, k, 0, 0, now, table, state, 0, 0, 0, get_whole(group, DURATION_CONSTANTS), out)
        period = get_number(out, 0)
        if not period >= 0.0:
            return HANDOVER
        until, until_low = end_of_period(now, low, period)
        put_number(row, UNTIL, until)
        put_number(row, UNTIL_LOW, until_low)
    return DONE
