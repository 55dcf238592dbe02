"""One pathway of synapses during a run: it sends spikes off, and says what they do when they arrive."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from ..equations.scope import Scope
from ..equations.statements import with_temporaries
from ..errors import SimulationError
from ..groups import Synapses
from ..groups.pathway import Pathway
from ..store import scalars
from ..synapses.flight import Flight, depart
from ..synapses.names import OWN, POST, PRE
from ..synapses.statements import Port
from .arrivals import Target, arrive, finish, jump
from .cells import Cells
from .pathway_code import Side, find_batch_values, plain_parameter, write_pathway
from .summing import Summing

#: A synapse whose late statements have still to run: its number, what the early ones left, when it was changed before.
Waiting = tuple[int, list[float], float]

#: Sums of contributions: by the cells that they go to and the variable, for each neuron.
Sums = dict[tuple[Cells, Target], dict[int, float]]


class Projection:
    """One pathway during one run.

    Parameters
    ----------
    pathway : Pathway
    scope : Scope
        Of its `Synapses`, for this run.
    pre, post : Cells or None
        The neurons before and behind; None for a stimulus.
    rank : int
        Its place among all pathways at one instant.
    tapes : list of Tape
        Of monitors that record synapses.
    """

    def __init__(
        self, pathway: Pathway, scope: Scope, pre: Cells | None, post: Cells | None, rank: int, tapes: list
    ) -> None:
        synapses: Synapses = pathway._synapses
        self.pathway, self.synapses, self.rank, self.tapes = pathway, synapses, rank, tapes
        lines = synapses._equations
        written = {r.name for r in pathway._division.writes if r.side == OWN and r.name in lines}
        self._shared_tapes = [tape for tape in tapes if any(lines[n].shared for n in written.intersection(tape.extras))]
        self.pre, self.post = Side(synapses.source, pre), Side(synapses.target, post)
        for side, end in ((PRE, self.pre), (POST, self.post)):
            if end.cells is not None:
                end.cells.note_shared({r.name for r in pathway._division.writes if r.side == side})
        self.sends_from = self.pre if pathway.side == PRE else self.post
        self.first = self.sends_from.offset
        self.stop = self.first + len(pathway.source)
        self.fan = pathway.fan()
        self.scope = with_temporaries(pathway._statements, scope, pathway._where)
        self.written = write_pathway(pathway, scope, self.scope, self.pre, self.post)
        self._own = {name: scalars(array) for name, array in synapses._store.arrays.items()}
        self._own_arrays = tuple(self._own.values())
        self._changed = [(name, self._own[name]) for name in sorted(written) if lines[name].dtype is float]
        self._states = [self._own[name] for name in synapses._store.states]
        self._written_sides = {r.side for r in pathway._division.writes} & {PRE, POST}
        uses = pathway._division.uses
        # while its statements run, `lastupdate` is the time of the event before
        self._reads_last = any(r.side == OWN and r.name == "lastupdate" for r in uses) and bool(self._states)
        self._moves = self._reads_last or any(r.side == OWN and r.name in synapses._store.states for r in uses)
        sides, division = {PRE: self.pre, POST: self.post}, pathway._division
        self._reads = {side: end.reads_state(side, division.reads_early) for side, end in sides.items()}
        self._reads_late = {side: end.reads_state(side, division.reads_late) for side, end in sides.items()}
        is_static = not (self._moves or any(self._reads.values()))
        self._batch_values = find_batch_values(pathway, self.scope, self.written) if is_static else None
        self._post = scalars(synapses._pairs.post)
        self._single = self._find_single()
        self._summing = self._find_summing(scope)
        self._moves = self._moves or (bool(self._summing) and bool(self._states))
        purpose = pathway.key
        self._draw = lambda function, k, occurrence: synapses._stream(purpose, len(synapses)).draw_one(
            function, k, occurrence
        )

    def _find_summing(self, scope: Scope) -> list[Summing]:
        """Return the summed variables that the statements change."""
        synapses, found = self.synapses, []
        written = {r.name for r in self.pathway._division.writes if r.side == OWN}
        for summed in synapses._sums.summed:
            behind = synapses._equations.names_behind(*summed.line.formula.names())
            states = {other for around in summed.around.values() for other in around}
            cells = (self.post if summed.side == POST else self.pre).cells
            if written & (behind | states) and cells is not None:
                found.append(Summing(summed, synapses, scope, cells))
        return found

    def _find_single(self) -> tuple[Cells, Target, Any, float] | None:
        """Return where a single synapse sends a parameter, or a constant, if that is all that it does.

        Most synapses are of this kind, and with delays of their own they arrive one by one.
        """
        if self._batch_values is None or len(self.written.ports) != 1 or self.written.late is not None:
            return None
        (port,), names, cells = self.written.ports, self.synapses._names, self.post.cells
        if port.side != POST or cells is None or port.name in cells.shared or port.is_negative:
            return None
        target = self.post.states.index(port.name) if port.name in self.post.states else port.name
        plain = plain_parameter(port, self.synapses)
        if plain is not None:
            return cells, target, self._own[plain], 0.0
        if not names.behind(port.value.names()):
            return cells, target, None, self._batch_values[0](np.zeros(1, np.int64))
        return None

    # --- running --------------------------------------------------------------------------------------------------

    def launch(self, k: int, t: float) -> Flight | None:
        """Return the flight of a spike that neuron k fired at t; None where it has no synapses."""
        numbers = self.fan.of(k - self.first)
        return depart(k, t, numbers, self.fan.delays) if len(numbers) else None

    def collect(self, numbers: np.ndarray, now: float, sums: Sums) -> list[Waiting]:
        """Let the early statements of some synapses run; return what their late statements need."""
        if self._batch_values is not None:
            for port, value in zip(self.written.ports, self._batch_values, strict=True):
                self._add_many(port, numbers, value(numbers), sums)
            if self.written.late is None:
                return []
            return [(k, [], now) for k in numbers.tolist()]
        early, late = self.written.early, []
        pre, post = self._ends(numbers)
        for k, a, b in zip(numbers.tolist(), pre, post, strict=True):
            out = [0.0] * self.written.size
            last = self._advance(k, now) if self._moves else now
            before = [summing.parts(k) for summing in self._summing]
            if early is not None:
                pre_x = self.pre.values(a, now) if self._reads[PRE] else ()
                post_x = self.post.values(b, now) if self._reads[POST] else ()
                self._call_with_last(early, last, k, a, b, now, pre_x, post_x, out)
            for number, port in enumerate(self.written.ports):
                self._require_finite(port, out[number], k, now)
                sink, shared = self._sink(port, sums)
                _add(sink, 0 if shared else b if port.side == POST else a, out[number])
            for summing, parts in zip(self._summing, before, strict=True):
                for target, change in summing.changes(k, parts):
                    _add(sums.setdefault((summing.cells, target), {}), b if summing.is_behind else a, change)
            if self.written.late is not None:
                late.append((k, out, last))
            elif self.tapes:
                self.record(k, now)
        return late

    def deliver_one(self, k: int, now: float) -> dict[Cells, dict[int, None]] | None:
        """Let the spike arrive at synapse k alone, if that is simple; return the neuron changed, None if it is not."""
        if self._single is None:
            return None
        cells, target, values, value = self._single
        if values is not None:
            value = float(values[k])
        neuron = self._post[k] + self.post.offset
        return {cells: {neuron: None}} if value != 0.0 and jump(cells, neuron, ((target, value),), now) else {}

    def _ends(self, numbers: np.ndarray) -> tuple[list[int], list[int]]:
        """Return the neurons before and behind some synapses, by their indices in the whole groups."""
        pairs = self.synapses._pairs
        pre, post = pairs.pre_of(numbers) + self.pre.offset, pairs.post[numbers] + self.post.offset
        return pre.tolist(), post.tolist()

    def _sink(self, port: Port, sums: Sums) -> tuple[dict[int, float], bool]:
        neurons = self.post if port.side == POST else self.pre
        target = neurons.states.index(port.name) if port.name in neurons.states else port.name
        shared = neurons.whole._equations[port.name].shared
        assert neurons.cells is not None
        return sums.setdefault((neurons.cells, target), {}), shared

    def _add_many(self, port: Port, numbers: np.ndarray, values: Any, sums: Sums) -> None:
        sink, shared = self._sink(port, sums)
        pairs = self.synapses._pairs
        side, indices = (self.post, pairs.post[numbers]) if port.side == POST else (self.pre, pairs.pre_of(numbers))
        neurons = [0] * len(numbers) if shared else (indices + side.offset if side.offset else indices).tolist()
        if isinstance(values, float):
            values = [values] * len(neurons)
        if not sink:
            sink.update(zip(neurons, values, strict=True))
            if len(sink) == len(neurons):
                return
            sink.clear()
        for neuron, value in zip(neurons, values, strict=True):
            _add(sink, neuron, value)

    def _require_finite(self, port: Port, value: float, k: int, now: float) -> None:
        if not isfinite(value):
            raise SimulationError(
                f"Simulation stopped at t = {now!r} ms: {self.synapses._owner}, {self.pathway._where}: adds {value} at "
                f"synapse {k}\n    {port.line}"
            )

    def _advance(self, k: int, now: float) -> float:
        """Bring the states of synapse k to the present; return when they were changed before."""
        dynamics, since = self.synapses._dynamics, self._own["lastupdate"]
        assert dynamics is not None
        last = since[k]
        if last != now:
            x = dynamics.advance(k, [array[k] for array in self._states], last, now)
            for array, value in zip(self._states, x, strict=True):
                array[k] = value
            since[k] = now
        return last

    def _call_with_last(self, function: Any, last: float, k: int, a: int, b: int, now: float, *rest: Any) -> None:
        """Call a function of the statements; those that ask for it see the time of the event before."""
        if self._reads_last:
            self._own["lastupdate"][k] = last
        self._call(function, k, a, b, now, *rest)
        if self._reads_last:
            self._own["lastupdate"][k] = now
        for name, values in self._changed:
            value = values[k if len(values) > 1 else 0]
            if value - value != 0.0:
                raise SimulationError(
                    f"Simulation stopped at t = {now!r} ms: {name} of synapse {k} is {value} after "
                    f"{self.synapses._owner}, {self.pathway._where}"
                )

    def _call(self, function: Any, k: int, a: int, b: int, now: float, pre_x: Any, post_x: Any, out: list) -> None:
        try:
            function.call(
                k,
                a,
                b,
                now,
                self._own_arrays,
                pre_x,
                self.pre.arrays,
                post_x,
                self.post.arrays,
                function.constants,
                self._draw,
                out,
            )
        except (ValueError, OverflowError) as problem:
            # only what has no place in an integer variable comes here
            raise SimulationError(
                f"Simulation stopped at t = {now!r} ms: {self.synapses._owner}, {self.pathway._where} gives no whole "
                f"number ({problem})"
            ) from None

    def finish(self, k: int, out: list[float], last: float, now: float) -> list[tuple[Cells, int]]:
        """Let the late statements of synapse k run, after all sums have been added; return the neurons concerned."""
        ((a,), (b,)) = self._ends(np.array([k]))
        written = self._written_sides
        held: dict[tuple[Cells, int], tuple] = {}
        x: dict[str, Any] = {}
        for side, neurons, index in ((PRE, self.pre, a), (POST, self.post, b)):
            cells = neurons.cells
            if cells is not None and side in written:
                # a neuron that stands on both sides is one neuron
                if (cells, index) not in held:
                    combined = arrive(cells, index, now)
                    values = cells.variables(index)
                    held[cells, index] = combined, [c.at(values, now) for c in combined], values
                x[side] = held[cells, index][2]
            else:
                x[side] = neurons.values(index, now) if self._reads_late[side] else ()
        if self.pre.cells is self.post.cells and a == b and len(written) == 1:
            x[PRE] = x[POST] = next(iter(held.values()))[2]
        out = out or [0.0] * self.written.size
        parts = [summing.parts(k) for summing in self._summing]
        self._call_with_last(self.written.late, last, k, a, b, now, x[PRE], x[POST], out)
        concerned = list(held)
        for (cells, index), its in held.items():
            self._store(cells, index, its, now)
        for summing, before in zip(self._summing, parts, strict=True):
            neuron, changes = b if summing.is_behind else a, summing.changes(k, before)
            if changes and jump(summing.cells, neuron, changes, now):
                concerned.append((summing.cells, neuron))
        if self.tapes:
            self.record(k, now)
        return concerned

    def _store(self, cells: Cells, k: int, held: tuple, now: float) -> None:
        combined, before, x = held
        for j, value in enumerate(x):
            if not isfinite(value) and not cells.courses[k].may_be_infinite(j):
                raise SimulationError(
                    f"Simulation stopped at t = {now!r} ms: {cells.store.states[j]} of neuron {k} of group "
                    f"'{cells.group.name}' is {value} after {self.synapses._owner}, {self.pathway._where}"
                )
            cells.state[k * cells.m + j] = value
        finish(cells, k, combined, before, now, True)

    # --- recording ------------------------------------------------------------------------------------------------

    def record(self, k: int, now: float) -> None:
        """Write the present segments of synapse k, and of those that share what it has changed, on the tapes."""
        record_synapse(self.synapses, k, now, self.tapes, self.scope)
        for tape in self._shared_tapes:
            for other in tape.tracks.keys() - {k}:
                record_synapse(self.synapses, other, now, [tape], self.scope)


def _add(sink: dict[int, float], neuron: int, value: float) -> None:
    """Add a contribution to the sum for a neuron; the first one is the sum, to the bit."""
    sink[neuron] = sink[neuron] + value if neuron in sink else value


def record_synapse(synapses: Synapses, k: int, now: float, tapes: list, scope: Scope) -> None:
    """Write what describes synapse k from `now` on, on the tapes that follow it."""
    store = synapses._store
    for tape in tapes:
        if k not in tape.tracks:
            continue
        state = tuple(float(array[k]) for array in store.states.values())
        since = float(store.lastupdate[k]) if store.states else now
        course = synapses._dynamics.course(k) if synapses._dynamics is not None else None
        parameters = store.parameters
        extras = (0.0, *(float(parameters[n][k if len(parameters[n]) > 1 else 0]) for n in tape.extras))
        tape.add(k, now, (since, 0.0, -np.inf, 0.0, state, course, extras, scope))
