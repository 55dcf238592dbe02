"""Timed code of groups during one run: what `run_regularly` asks for, made ready to be carried out at ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..groups import NeuronGroup, Synapses
from ..groups.subgroup import whole_of
from ..groups.timed import CodeRunner
from ..monitors.base import Monitor
from .machine import Machine
from .timed_members import TimedSource, TimedSynapses
from .timed_neurons import TimedNeurons


class TimedCode(Protocol):
    """The code of one runner, during one run.

    Attributes
    ----------
    is_a_cut : bool
        Whether the machine has to be built anew after it, since more depends on it than one group.
    """

    is_a_cut: bool

    def carry_out(self, machine: Machine, now: float) -> None:
        """Carry out the code at one tick."""


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
        Variables on which links between groups hang.

    Raises
    ------
    EquationError, DimensionMismatchError, UnknownNameError
        With the line, the piece and the reason.
    """
    whole = whole_of(runner.group)
    code: TimedCode
    if isinstance(whole, NeuronGroup):
        cells = next(part for part in machine.cells if part.group is whole)
        code = TimedNeurons(runner, cells, surroundings)
    elif isinstance(whole, Synapses):
        code = TimedSynapses(runner, whole, surroundings, [m for m in monitors if m.source is whole])
    else:
        emitter = next(emitter for emitter in machine.emitters if emitter.source is whole)
        code = TimedSource(runner, emitter, surroundings)
    code.is_a_cut = code.is_a_cut or bool(runner._targets & linked)
    return code
