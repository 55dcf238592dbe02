"""Timed code of groups during one run: what `run_regularly` asks for, at one tick.

For neurons the statements are events, as resets are: who is changed is brought to the present and asked anew. What only
writes parameters leaves the neurons alone, unless their solution hangs on these; then it is solved again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..crossing.leaves import Combination
from ..equations.code import Function, Layout, write_function
from ..equations.expression import parse_expression, replace_names
from ..equations.scope import Scope
from ..equations.statements import TEMPORARY, Statement, check_statements, with_temporaries, write_assignment
from ..equations.values import OPERATIONS, evaluate
from ..errors import ArgumentError, EquationError, NoExactSolutionError, SimulationError
from ..groups import NeuronGroup, Synapses
from ..groups.subgroup import whole_of
from ..groups.timed import CodeRunner
from ..groups.variables import fit
from ..monitors.base import Monitor
from ..monitors.state import StateMonitor
from ..neurons.model import layout_of, parameter_arrays, renewed_by, step
from ..store import scalars
from .arrivals import arrive
from .cells import Cells, drawer
from .clocked import ClockedCells
from .emitter import Emitter
from .events import present_state
from .machine import Machine
from .projection import record_synapse
from .steps import take_step

#: Combinations that stand on zero by definition, and their values before a change.
Standing = tuple[tuple[Combination, ...], list[float]]

#: What differs between the members of a group, and is no variable of its own.
OF_MEMBERS = ("i", "j", "lastspike", "lastupdate", "not_refractory")


class TimedCode:
    """The code of one runner, during one run.

    Attributes
    ----------
    is_a_cut : bool
        Whether the machine has to be built anew after it, since more depends on it than one group.
    """

    is_a_cut = False

    def carry_out(self, machine: Machine, now: float) -> None:
        """Carry out the code at one tick."""
        raise NotImplementedError


def prepare(
    runner: CodeRunner,
    machine: Machine,
    surroundings: Mapping[str, Any],
    monitors: Sequence[Monitor],
    linked: frozenset[str],
) -> TimedCode:
    """Return the code of a runner, checked and made ready for one run.

    Parameters
    ----------
    surroundings : mapping
        Where names are looked up.
    linked : frozenset of str
        Variables that other groups are linked to.

    Raises
    ------
    EquationError, DimensionMismatchError, UnknownNameError
        With the line, the piece and the reason.
    """
    whole = whole_of(runner.group)
    if isinstance(whole, NeuronGroup):
        cells = next(part for part in machine.cells if part.group is whole)
        code = TimedNeurons(runner, cells, surroundings)
        code.is_a_cut = bool(runner._targets & linked)
        return code
    if isinstance(whole, Synapses):
        return TimedSynapses(runner, whole, surroundings, [m for m in monitors if m.source is whole])
    emitter = next(emitter for emitter in machine.emitters if emitter.source is whole)
    return TimedSource(runner, emitter, surroundings)


# --- neurons --------------------------------------------------------------------------------------------------------


class TimedNeurons(TimedCode):
    """Statements about the neurons of a group, or of a part of it."""

    def __init__(self, runner: CodeRunner, cells: Cells, surroundings: Mapping[str, Any]) -> None:
        group, whole = runner.group, cells.group
        self.cells, self.neurons = cells, range(group.start, group.stop)
        self._where = runner._where
        lines, states = whole.equations, cells.store.states
        scope = Scope(f"group '{whole.name}'", lines, whole.namespace, surroundings)
        statements = _of_part(runner._statements, group, whole)
        inner = with_temporaries(statements, scope, self._where)
        check_statements(statements, lines, inner, self._where)
        _refuse_linked(statements, lines, scope, self._where)
        once, each = _divide(statements, inner, self._where)
        self.once, self.each = (self._write(part, inner, runner) for part in (once, each))
        targets = {s.target for s in (*once, *each)}
        moved = {states.index(name) for name in targets if name in states}
        self._moves, self._deaf_in_refractory = bool(moved), moved <= cells.frozen
        self._reads = bool(lines.names_behind(*(n for s in each for n in s.value.names())) & {*states})
        changed = frozenset(targets & {*cells.store.parameters})
        self._written = [(name, scalars(cells.store.parameters[name])) for name in sorted(changed)]
        self._arrays = [cells.store.parameters[name] for name in sorted(changed)]
        self._renewal = renewed_by(whole._description, cells.model, changed)
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
        fixed = {**names.fixed, "not_refractory": hears, "dt": repr(runner._clock.step)}
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
        if cells.next_step == now:
            for k in take_step(cells, now):
                machine.ask(cells, k, now)
            machine.put_step(cells)
        before = [array.copy() for array in self._arrays] if self._renewal else []
        touched: dict[int, Standing] = {}
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
            for j, value in enumerate(cells.variables(k)):
                if value - value != 0.0 and not cells.courses[k].may_leave_infinity(j, value):
                    self._stop(now, f"leaves {cells.store.states[j]} of neuron {k} at {value}")

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
            for k in range(n):
                touched.setdefault(k, ((), []))
                arrive(cells, k, now)
                cells.solve_again(k, now)
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


def _of_part(statements: Sequence[Statement], group: Any, whole: Any) -> tuple[Statement, ...]:
    """Return statements about a part of a group, in which i and N are those of the part."""
    if group is whole:
        return tuple(statements)
    new: dict[str, Any] = {"i": parse_expression(f"i - {group.start}", "i").tree, "N": len(group)}
    return tuple(Statement(s.target, s.operator, replace_names(s.value, new), s.line) for s in statements)


def _refuse_linked(statements: Iterable[Statement], lines: Mapping[str, Any], scope: Scope, where: str) -> None:
    for statement in statements:
        line = lines.get(statement.target)
        if line is not None and "linked" in line.flags:
            raise EquationError(
                f"{scope.owner}, {where}: '{statement.target}' is linked to another group, and changes with the "
                f"variable there\n    {statement.line}"
            )


def _divide(
    statements: Sequence[Statement], scope: Scope, where: str
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Return the statements about shared variables, carried out once, and those carried out for each member.

    Raises
    ------
    EquationError
        When a shared variable gets what differs between members, or comes after a variable of theirs.
    """
    last = max((n for n, s in enumerate(statements) if _is_shared(s.target, scope)), default=-1)
    once, each = tuple(statements[: last + 1]), tuple(statements[last + 1 :])
    own: set[str] = set()
    for statement in once:
        variable = scope.variable(statement.target)
        if variable is not None and variable.kind == TEMPORARY:
            own.add(statement.target)
        elif not _is_shared(statement.target, scope):
            _refuse(statement, scope, where, f"'{statement.target}' is not shared, and stands before a shared variable")
        differing = sorted(name for name in statement.value.names() - own if not _is_one_for_all(name, scope))
        if differing:
            reason = f"'{statement.target}' is one value for all, but '{differing[0]}' differs between them"
            _refuse(statement, scope, where, reason)
    for statement in each:
        used = sorted(own & statement.value.names())
        if used:
            _refuse(statement, scope, where, f"'{used[0]}' was made for shared variables; make it again after them")
    return once, each


def _is_shared(name: str, scope: Scope) -> bool:
    variable = scope.variable(name)
    return variable is not None and variable.shared


def _is_one_for_all(name: str, scope: Scope) -> bool:
    variable = scope.variable(name)
    return variable is None or variable.shared or name in ("t", "dt", "N", "N_pre", "N_post")


def _refuse(statement: Statement, scope: Scope, where: str, reason: str) -> None:
    raise EquationError(
        f"{scope.owner}, {where}: {reason}\n    {statement.line}\nWrite the shared variables first, from what is "
        "shared, too."
    )


# --- synapses and stimuli -------------------------------------------------------------------------------------------


class _Assigning(TimedCode):
    """Statements carried out for all members at once, as assignments by the user's hand are."""

    def __init__(self, runner: CodeRunner, owner: Any, scope: Scope) -> None:
        self.owner, self._runner, self._where = owner, runner, runner._where
        group = runner.group
        self._numbers = np.arange(group.start, group.start + len(group))
        statements = runner._statements if group is owner else _of_part(runner._statements, group, owner)
        self._scope = with_temporaries(statements, scope, self._where)
        settable = {name: line for name, line in owner._equations.items() if "summed" not in line.flags}
        check_statements(statements, settable, self._scope, self._where)
        once, each = _divide(statements, self._scope, self._where)
        self._statements = (*once, *each)

    def _assign(self, now: float) -> None:
        own: dict[str, Any] = {}
        for number, statement in enumerate(self._statements):
            variable = self._scope.variable(statement.target)
            assert variable is not None
            where = np.zeros(1, np.int64) if variable.shared else self._numbers
            try:
                values = self._value(statement, number, where, own)
                if variable.kind == TEMPORARY:
                    own[statement.target] = values
                    continue
                place = f"{self.owner.name}.{statement.target}"
                self._put(statement.target, where, fit(values, where, variable, place, self.owner._MEMBER))
            except ArgumentError as problem:
                problem.args = (f"Simulation stopped at t = {now!r} ms: {self._where}: {problem.args[0]}",)
                raise

    def _value(self, statement: Statement, number: int, where: np.ndarray, own: dict[str, Any]) -> Any:
        owner = self.owner

        def read(name: str) -> Any:
            if name in own:
                return own[name]
            if name == "dt":
                return self._runner._clock.step
            line = self._scope.variable(name)
            return owner._read_internal(name, np.zeros(1, np.int64) if line is not None and line.shared else where)

        def draw(function: str, occurrence: int) -> np.ndarray:
            return owner._draw(f"{self._runner.name} {number}", function, where, occurrence)

        values = evaluate(statement.value, self._scope, self._where, read, draw)
        return OPERATIONS[statement.operator](read(statement.target), values) if statement.operator else values

    def _put(self, name: str, where: np.ndarray, values: np.ndarray) -> None:
        self.owner._put(name, where, values)


class TimedSource(_Assigning):
    """Statements about the variables of a stimulus, such as the rates of a `PoissonGroup`."""

    def __init__(self, runner: CodeRunner, emitter: Emitter, surroundings: Mapping[str, Any]) -> None:
        source = emitter.source
        super().__init__(runner, source, Scope(source._label, source._equations, source.namespace, surroundings))
        self._emitter, self._surroundings = emitter, surroundings

    def carry_out(self, machine: Machine, now: float) -> None:
        self._assign(now)
        self.owner._refresh(self._surroundings)
        self._emitter.next_instant = self.owner._next_instant(self._emitter.end)


class TimedSynapses(_Assigning):
    """Statements about the variables of synapses.

    Where sums of neurons, or the solution of the synapses' own states, depend on them, they make a cut.
    """

    def __init__(
        self, runner: CodeRunner, synapses: Synapses, surroundings: Mapping[str, Any], monitors: Sequence[Monitor]
    ) -> None:
        known = synapses._names.equations
        super().__init__(runner, synapses, Scope(synapses._owner, known, synapses._namespace, surroundings))
        lines = synapses._equations
        for statement in self._statements:
            line = self._scope.variable(statement.target)
            if statement.target not in lines and (line is None or line.kind != TEMPORARY):
                _refuse_foreign(statement, self._scope, self._where)
        solved = lines.names_behind(*(n for state in lines.state_names for n in lines[state].formula.names()))
        constants = {*lines.parameter_names}
        self.is_a_cut = bool(synapses._sums.summed) or bool(runner._targets & solved & constants)
        self._tapes = [monitor._prepare() for monitor in monitors if isinstance(monitor, StateMonitor)]

    def _put(self, name: str, where: np.ndarray, values: np.ndarray) -> None:
        self.owner._write_internal(name, where, values)

    def carry_out(self, machine: Machine, now: float) -> None:
        self._assign(now)
        for tape in self._tapes:
            for k in tape.tracks:
                record_synapse(self.owner, k, now, [tape], self._scope)


def _refuse_foreign(statement: Statement, scope: Scope, where: str) -> None:
    raise EquationError(
        f"{scope.owner}, {where}: '{statement.target}' belongs to the neurons, and several synapses would set it at "
        f"once\n    {statement.line}\nSet it by run_regularly() of their group."
    )
