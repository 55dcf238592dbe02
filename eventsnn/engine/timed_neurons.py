"""Timed code of neurons: statements that are events, as resets are.

Who is changed is brought to the present and asked anew. What only writes parameters leaves the neurons alone, unless
their solution hangs on these; then it is solved again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..crossing.leaves import Combination
from ..equations.code import Function, Layout, write_function
from ..equations.scope import Scope
from ..equations.statements import TEMPORARY, Statement, check_statements, with_temporaries, write_assignment
from ..errors import ArgumentError, EquationError, NoExactSolutionError, SimulationError
from ..groups.timed import CodeRunner
from ..neurons.model import Renewal, layout_of, parameter_arrays, renewed_by, step
from ..store import scalars
from .arrivals import arrive
from .cells import Cells, drawer
from .clocked import ClockedCells
from .events import present_state
from .machine import Machine
from .steps import take_step
from .timed_texts import divide, of_part

#: Combinations that stand on zero by definition, and their values before a change.
Standing = tuple[tuple[Combination, ...], list[float]]


class TimedNeurons:
    """Statements about the neurons of a group, or of a part of it."""

    is_a_cut = False

    def __init__(self, runner: CodeRunner, cells: Cells, surroundings: Mapping[str, Any]) -> None:
        group, whole = runner.group, cells.group
        self.cells, self.neurons = cells, range(group.start, group.stop)
        self._where = runner._where
        lines, states = whole.equations, cells.store.states
        scope = Scope(f"group '{whole.name}'", lines, whole.namespace, surroundings)
        statements = of_part(runner._statements, group, whole)
        inner = with_temporaries(statements, scope, self._where)
        check_statements(statements, lines, inner, self._where)
        _refuse_linked(statements, lines, scope, self._where)
        once, each = divide(statements, inner, self._where)
        self.once, self.each = (self._write(part, inner, runner) for part in (once, each))
        targets = {s.target for s in (*once, *each)}
        moved = {states.index(name) for name in targets if name in states}
        self._moves, self._deaf_in_refractory = bool(moved), moved <= cells.frozen
        self._reads = bool(lines.names_behind(*(n for s in each for n in s.value.names())) & {*states})
        changed = frozenset(targets & {*cells.store.parameters})
        self._written = [(name, scalars(cells.store.parameters[name])) for name in sorted(changed)]
        self._arrays = [cells.store.parameters[name] for name in sorted(changed)]
        self._renewal = _find_renewal(cells, changed)
        self._is_recorded = any(changed & {*tape.extras} for tape in cells.tapes)
        self._parameters = (*(scalars(array) for array in parameter_arrays(cells.store)), cells.until)
        self._scratch = [0.0] * len(cells.state)
        self._draw = drawer(whole, runner.name)

    def _write(self, statements: Sequence[Statement], scope: Scope, runner: CodeRunner) -> Function | None:
        """Make the function that carries out statements for one neuron; deaf variables are passed over."""
        if not statements:
            return None
        cells, lines = self.cells, self.cells.group.equations
        names = layout_of(cells.store, lines)
        hears = f"(parameters[{len(names.parameters)}][k] <= t)"
        fixed = {**names.fixed, "not_refractory": hears, "dt": repr(self.cells.group.clock.step)}
        layout = Layout(names.states, names.parameters, names.shared, fixed)
        frozen, body = {cells.store.states[j] for j in cells.frozen}, []
        for statement in statements:
            variable = scope.variable(statement.target)
            if variable is not None and variable.kind == TEMPORARY:
                layout.fixed.setdefault(statement.target, f"own_{statement.target}")
            condition = f"if {hears}: " if statement.target in frozen else ""
            body.append(f"{condition}{write_assignment(statement, scope, self._where, layout)}")
        return write_function(body, layout.code)

    def carry_out(self, machine: Machine, now: float) -> None:
        cells = self.cells
        # who is due at this instant really stands on its threshold, and drives have stepped
        machine.look(now)
        touched: dict[int, Standing] = {}
        if cells.next_step == now:
            touched = {k: self._touch(k, now) for k in take_step(cells, now)}
            machine.put_step(cells)
        before = [array.copy() for array in self._arrays] if self._renewal else []
        if self.once is not None:
            self._call(self.once, self.neurons.start, now, cells.state)
        if self.each is not None:
            for k in self.neurons:
                self._change(self.each, k, now, touched)
        renews = any(not np.array_equal(old, new) for old, new in zip(before, self._arrays, strict=False))
        if renews:
            self._renew(now, touched)
        self._ask(machine, touched, renews, now)
        if touched or renews or self._is_recorded:
            cells.record_all(now)

    def _change(self, function: Function, k: int, now: float, touched: dict[int, Standing]) -> None:
        cells = self.cells
        state: Any = cells.state
        if self._moves and not (self._deaf_in_refractory and cells.until[k] > now):
            touched[k] = self._touch(k, now)
        elif self._reads:
            state = present_state(cells, k, now, self._scratch)
        self._call(function, k, now, state)
        if k in touched:
            for name, value in cells.lost(k):
                self._stop(now, f"leaves {name} of neuron {k} at {value}")

    def _touch(self, k: int, now: float) -> Standing:
        """Bring neuron k to the present."""
        combined = arrive(self.cells, k, now)
        x = self.cells.variables(k) if combined else ()
        return combined, [c.at(x, now) for c in combined]

    def _call(self, function: Function, k: int, now: float, state: Any) -> None:
        try:
            function.call(k, now, state, self._parameters, function.constants, self._draw)
        except (ValueError, OverflowError) as problem:
            self._stop(now, f"gives no whole number for neuron {k} ({problem})")
        for name, values in self._written:
            value = values[k if len(values) > 1 else 0]
            if value != value:
                self._stop(now, f"leaves {name} of neuron {k} at nan")

    def _renew(self, now: float, touched: dict[int, Standing]) -> None:
        """Solve the group with its new parameters; whoever moves otherwise from now on is brought to the present."""
        cells, n = self.cells, self.cells.store.n
        if isinstance(cells, ClockedCells):
            for k in cells.renew_together(now):
                touched.setdefault(k, ((), []))
            return
        try:
            model = step(cells.group._description, cells.model, cells.store, now, anew=True)
        except (ArgumentError, NoExactSolutionError) as problem:
            # a value that cannot be: it came by the code, and not from the user's own hand
            text = f"Simulation stopped at t = {now!r} ms, as {self._where} changed a parameter: {problem.args[0]}"
            problem.args = (text,)
            raise
        differs = np.broadcast_to(model.dynamics.differs_from(cells.model.dynamics), (n,))
        for k in range(n) if any(self._renewal.events) else np.flatnonzero(differs).tolist():
            if k not in touched:
                touched[k] = self._touch(k, now)
        cells.model = cells.group._model = model
        cells.courses = [*model.dynamics.courses(n)]

    def _ask(self, machine: Machine, touched: dict[int, Standing], renews: bool, now: float) -> None:
        """Take up what follows, and ask anew who was changed."""
        cells = self.cells
        for k, (combined, before) in touched.items():
            if combined or cells.store.standing:
                cells.note_standing(k, now, combined, before)
            if cells.model.recovery is not None and cells.until[k] > now:
                cells.find_recovery(k)
        if renews and (self._renewal.threshold or self._renewal.recovery):
            # levels have moved for those, too, who go on as they were
            cells.renew_recovery(now)
            for k in range(cells.store.n):
                if k not in touched:
                    machine.look_again(cells, k, now)
                    if cells.since[k] == now and cells.watchers:
                        # its threshold was moved to where it has been before
                        machine.ask(cells, k, now)
        for k in touched:
            machine.ask(cells, k, now)
        if renews:
            machine.put_step(cells)

    def _stop(self, now: float, what: str) -> None:
        raise SimulationError(
            f"Simulation stopped at t = {now!r} ms: group '{self.cells.group.name}', {self._where} {what}"
        )


def _find_renewal(cells: Cells, changed: frozenset[str]) -> Renewal:
    """Return what is out of date when these parameters have changed."""
    if isinstance(cells, ClockedCells):
        # steps, and the conditions asked at their ends, read copies of the parameters
        return Renewal(bool(changed & {*cells.law.inputs}), False, False)
    return renewed_by(cells.group._description, cells.model, changed)


def _refuse_linked(statements: Iterable[Statement], lines: Mapping[str, Any], scope: Scope, where: str) -> None:
    for statement in statements:
        line = lines.get(statement.target)
        if line is not None and "linked" in line.flags:
            raise EquationError(
                f"{scope.owner}, {where}: '{statement.target}' is linked to another group, and changes with the "
                f"variable there\n    {statement.line}"
            )
