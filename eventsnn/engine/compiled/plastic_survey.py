"""Which loop a network needs, and the tables of synapses that do more than add a number.

The loop over windows wants delays between neurons, and synapses that each add one number that no event changes. All
else goes through the loop over instants, where the texts of synapses run as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...neurons.model import parameter_arrays
from ...neurons.separate import SeparateDynamics
from ...synapses.names import OWN, POST, PRE
from ..machine import Machine
from ..pathway_code import Side
from ..projection import Projection
from . import deeds as at
from .desk import CHECK_ROWS, DEEDS, LOG_ROWS, NOTED_ROWS, PORT_ROWS, STATE_ROWS
from .memory import address_of
from .spike_texts import needs_spike_texts
from .texts import address_of_text
from .texts import find_obstacle as find_text_obstacle

#: Windows as long as such a delay [ms] hold next to nothing.
SHORTEST = 1e-3

#: Of larger objects the changes are written down, and not all they have kept at the beginning of each chunk.
LARGE = 1 << 18


def needs_instants(machine: Machine) -> bool:
    """Return whether a network needs the loop over instants."""
    if any(needs_spike_texts(part) for part in machine.cells):
        return True
    return any(not is_static(p, machine) or _is_immediate(p) for p in machine.projections)


def _is_immediate(projection: Projection) -> bool:
    if projection.sends_from.cells is None or not projection.pathway.active or not len(projection.synapses):
        return False
    return projection.pathway.shortest_delay < SHORTEST


def is_static(projection: Projection, machine: Machine) -> bool:
    """Return whether each synapse adds one number to a state variable of the neuron behind, and always the same."""
    if projection._batch_values is None or projection.written.late is not None or len(projection.written.ports) != 1:
        return False
    port, cells = projection.written.ports[0], projection.post.cells
    if port.side != POST or cells is None or port.name not in projection.post.states:
        return False
    return not any(p.synapses is projection.synapses and _own_writes(p) for p in machine.projections)


def _own_writes(projection: Projection) -> list[str]:
    """Return the variables of its synapses that a text writes to."""
    writes = projection.pathway._division.writes
    return sorted(r.name for r in writes if r.side == OWN and r.name in projection.synapses._equations)


def find_obstacle(projection: Projection, machine: Machine) -> str | None:
    """Return what of the text of a pathway is not compiled; None where there is nothing."""
    if is_static(projection, machine):
        return None
    synapses, written = projection.synapses, projection.written
    name = f"{synapses._owner}, {projection.pathway._where}"
    if written.late is not None:
        return f"{name}: its text does more to neurons than to add to their variables"
    if projection._summing:
        return f"{name}: it changes what neurons have as a sum over synapses"
    if projection._moves and not isinstance(_motions_of(synapses), SeparateDynamics):
        return f"{name}: states of its synapses depend on each other"
    for port in written.ports:
        side = projection.post if port.side == POST else projection.pre
        if side.cells is None or port.name not in side.states:
            return f"{name}: adds to something else than a state variable of a neuron"
    if projection._shared_tapes:
        return f"{name}: changes a recorded variable that all synapses share"
    targets = [(port.side, port.name) for port in written.ports]
    if projection._batch_values is not None and len({*targets}) < len(targets):
        return f"{name}: adds to one variable twice"
    if any(_is_truth(reference, projection) for reference in projection.pathway._division.uses):
        return f"{name}: uses a variable that is true or false"
    reason = None if written.early is None else find_text_obstacle(written.early)
    return None if reason is None else f"{name}: {reason}"


def _motions_of(synapses: Any) -> Any:
    """Return how the states of synapses move."""
    return synapses._dynamics._dynamics


def _is_truth(reference: Any, projection: Projection) -> bool:
    arrays = projection.synapses._store.arrays
    if reference.side in (PRE, POST):
        side = projection.pre if reference.side == PRE else projection.post
        arrays = dict(zip(side.names, _arrays_of(side), strict=True))
    elif reference.side != OWN:
        return False
    return reference.name in arrays and arrays[reference.name].dtype.kind == "b"


def _arrays_of(side: Side) -> Sequence[np.ndarray]:
    """Return the arrays behind the names of a side, as they are in the user's objects."""
    return (*parameter_arrays(side.whole._store), side.whole._store.until) if side.names else ()


# --- tables -----------------------------------------------------------------------------------------------------------


@dataclass
class Plasticity:
    """The texts of a network laid out.

    Attributes
    ----------
    tables : dict of int to ndarray of int64
        By their places on the desk.
    changed : list of ndarray
        Arrays that events write to, and that are kept at the beginning of a chunk.
    kept : list of ndarray
        What is kept alive for its address.
    noted : dict of int to list of str
        Of pathways that change recorded synapses, the variables that are noted.
    """

    tables: dict[int, np.ndarray]
    changed: list[np.ndarray]
    kept: list[np.ndarray]
    noted: dict[int, list[str]]


def lay_out(machine: Machine, first: Sequence[int], lastspike: np.ndarray, until: np.ndarray) -> Plasticity:
    """Lay out the texts of all pathways, and compile them.

    Parameters
    ----------
    first : sequence of int
        The number of the first neuron of each group.
    lastspike, until : ndarray, shape (neurons,) [ms]
        The present ones, of all groups.
    """
    texts = _Texts(machine, first, lastspike, until)
    for projection in machine.projections:
        texts.add(projection)
    columns = (texts.rows, texts.ports, texts.states, texts.checks, texts.logs, texts.noted_rows)
    rows = zip(_TABLES, columns, strict=True)
    tables = {place: np.array(table, np.int64).reshape(-1) for place, table in rows}
    return Plasticity(tables, [*texts.changed.values()], texts.kept, texts.noted)


_TABLES = (DEEDS, PORT_ROWS, STATE_ROWS, CHECK_ROWS, LOG_ROWS, NOTED_ROWS)


class _Texts:
    """Tables that grow, pathway by pathway."""

    def __init__(self, machine: Machine, first: Sequence[int], lastspike: np.ndarray, until: np.ndarray) -> None:
        self.machine, self.first, self.lastspike, self.until = machine, first, lastspike, until
        self.number = {id(part): number for number, part in enumerate(machine.cells)}
        self.rows: list[list[int]] = []
        self.ports: list[tuple[int, int]] = []
        self.states: list[tuple[int, ...]] = []
        self.checks: list[tuple[int, int]] = []
        self.logs: list[int] = []
        self.noted_rows: list[int] = []
        self.noted: dict[int, list[str]] = {}
        self.changed: dict[int, np.ndarray] = {}
        self.kept: list[np.ndarray] = []
        # one neuron's state, before and behind, and what a text gives out
        most = max((len(part.store.states) for part in machine.cells), default=0)
        self.pre_x, self.post_x = (self._hold(np.zeros(most + 1)) for _ in range(2))

    def _hold(self, array: Any, kind: type = np.float64) -> int:
        array = np.ascontiguousarray(array, kind)
        self.kept.append(array)
        return address_of(array)

    def add(self, projection: Projection) -> None:
        """Add the row of a pathway."""
        row = [0] * at.DEED_SIZE
        self.rows.append(row)
        if is_static(projection, self.machine):
            return
        early, synapses = projection.written.early, projection.synapses
        row[at.TEXT] = at.NOTHING
        if early is None:
            return
        pairs = synapses._pairs
        own = [*synapses._store.arrays.values()]
        out = max(projection.written.size, 1)
        arrays = {"own": own, "pre": _arrays_of(projection.pre), "post": _arrays_of(projection.post)}
        sizes = {"out": out, "pre_x": len(projection.pre.states), "post_x": len(projection.post.states)}
        row[at.TEXT], constants = address_of_text(early, arrays, sizes)
        row[at.CONSTANTS], row[at.OUT] = self._hold(constants), self._hold(np.zeros(out))
        row[at.PRE_X], row[at.POST_X] = self.pre_x, self.post_x
        row[at.OWN] = self._hold([address_of(array) for array in own], np.int64)
        row[at.PRE_TABLE], row[at.PRE_FIRST] = self._side(projection.pre)
        row[at.POST_TABLE], row[at.POST_FIRST] = self._side(projection.post)
        row[at.PRE_OFFSET], row[at.POST_OFFSET] = projection.pre.offset, projection.post.offset
        body = early.source.partition("\n")[2]
        if re.search(r"\ba\b|\bpre_x\b", body) or any(port.side == PRE for port in projection.written.ports):
            row[at.NEEDS_PRE], row[at.SIZE_PRE] = 1, pairs.n_pre
            if pairs._starts is not None:
                row[at.STARTS_PRE] = self._hold(pairs._starts, np.int64)
            else:
                row[at.LIST_PRE] = self._hold(pairs._pre, np.int32)
        row[at.READS_PRE], row[at.READS_POST] = int(projection._reads[PRE]), int(projection._reads[POST])
        row[at.MOVES], row[at.READS_LAST] = int(projection._moves), int(projection._reads_last)
        row[at.FIRST_PORT], row[at.PORTS] = len(self.ports), len(projection.written.ports)
        for port in projection.written.ports:
            side = projection.post if port.side == POST else projection.pre
            self.ports.append((int(port.side == POST), side.states.index(port.name)))
        self._add_variables(row, projection)
        if projection.tapes and projection._batch_values is None:
            self._add_notes(row, projection)

    def _add_notes(self, row: list[int], projection: Projection) -> None:
        """Add what is noted of recorded synapses: all that events can change and that each has for itself."""
        store, tracked = projection.synapses._store, np.zeros(len(projection.synapses), np.int64)
        for tape in projection.tapes:
            tracked[[*tape.tracks]] = 1
        names = [name for name, array in store.arrays.items() if array.dtype.kind != "b" and len(array) == len(tracked)]
        row[at.TRACKED] = self._hold(tracked, np.int64)
        row[at.FIRST_NOTED], row[at.NOTED] = len(self.noted_rows), len(names)
        self.noted_rows += [address_of(store.arrays[name]) for name in names]
        self.noted[projection.rank] = names

    def _side(self, side: Side) -> tuple[int, int]:
        """Return the address of the table of a side's arrays, and the number of its first neuron."""
        if side.cells is None:
            return self._hold([0], np.int64), 0
        first = self.first[self.number[id(side.cells)]]
        addresses = [address_of(array) for array in _arrays_of(side)]
        # these two are not the user's while the network runs
        addresses[-2:] = [address_of(self.lastspike) + 8 * first, address_of(self.until) + 8 * first]
        return self._hold(addresses, np.int64), first

    def _add_variables(self, row: list[int], projection: Projection) -> None:
        """Add the states of the synapses, and what has to be finite and be kept of what the text writes."""
        synapses = projection.synapses
        store, n = synapses._store, len(synapses)
        written = [store.arrays[name] for name in _own_writes(projection) if name in store.arrays]
        row[at.FIRST_STATE], row[at.FIRST_CHECK], row[at.FIRST_LOG] = len(self.states), len(self.checks), len(self.logs)
        if projection._moves:
            row[at.LASTUPDATE] = address_of(store.lastupdate)
            for values, motion in zip(store.states.values(), _motions_of(synapses).motions, strict=True):
                columns = [self._hold(column) for column in motion.active]
                self.states.append((address_of(values), *columns, int(len(motion.active[0]) > 1)))
            written += [*store.states.values(), store.lastupdate]
        row[at.STATES] = len(self.states) - row[at.FIRST_STATE]
        for name, _ in projection._changed:
            values = store.arrays[name]
            self.checks.append((address_of(values), int(len(values) == 1)))
        row[at.CHECKS] = len(self.checks) - row[at.FIRST_CHECK]
        for array in {address_of(array): array for array in written}.values():
            if len(array) == n > LARGE:
                self.logs.append(address_of(array))
            else:
                self.changed[address_of(array)] = array
        row[at.LOGS] = len(self.logs) - row[at.FIRST_LOG]
