"""Timed code of synapses and stimuli: statements for all members at once, as assignments by the user's hand are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..clocks import defaultclock
from ..equations.scope import Scope
from ..equations.statements import TEMPORARY, Statement, check_statements, with_temporaries
from ..equations.values import OPERATIONS, evaluate
from ..errors import ArgumentError, EquationError
from ..groups import Synapses
from ..groups.timed import CodeRunner
from ..groups.variables import fit
from ..monitors.base import Monitor
from ..monitors.state import StateMonitor
from .emitter import Emitter
from .machine import Machine
from .projection import record_synapse
from .timed_texts import divide, of_part


class _Assigning:
    """Statements carried out for all members at once."""

    is_a_cut = False

    def __init__(self, runner: CodeRunner, owner: Any, scope: Scope) -> None:
        self.owner, self._runner, self._where = owner, runner, runner._where
        group = runner.group
        self._numbers = np.arange(group.start, group.start + len(group))
        statements = runner._statements if group is owner else of_part(runner._statements, group, owner)
        self._scope = with_temporaries(statements, scope, self._where)
        settable = {name: line for name, line in owner._equations.items() if "summed" not in line.flags}
        check_statements(statements, settable, self._scope, self._where)
        once, each = divide(statements, self._scope, self._where)
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
                return getattr(owner, "clock", defaultclock).step
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
