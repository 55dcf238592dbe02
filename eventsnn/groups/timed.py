"""Timed code: what happens at the ticks of a clock, and where in an instant it stands.

An instant has two places for it: *before* all else (ahead of arrivals, thresholds and resets), and *after* all rounds
have come to rest. Brian's slots are put into these two; within a place, slots keep Brian's order.
"""

from __future__ import annotations

import weakref
from math import inf
from numbers import Real
from typing import Any

from ..clocks import Clock, first_tick
from ..equations.statements import Statement, parse_statements
from ..errors import ArgumentError, WrongTypeError
from ..units import Quantity
from .arguments import choose_clock, did_you_mean
from .objects import SCOPE

_NAMES = ("start", "groups", "thresholds", "synapses", "resets", "end")

#: Brian's slots, in the order in which it goes through them.
SLOTS = tuple(f"{prefix}{name}" for name in _NAMES for prefix in ("before_", "", "after_"))

#: Those of them that come before arrivals and thresholds.
BEFORE = (*SLOTS[: SLOTS.index("before_thresholds") + 1], "before_synapses")


class Timed:
    """Something that happens at instants of its own.

    Attributes
    ----------
    when : str
        Slot of Brian's: which place in an instant.
    order : int
        Lower ones first, within a slot; equal ones by creation.
    active : bool
        Whether it happens at the ticks to come.
    """

    active: bool

    def _set_place(self, where: str, when: Any, order: Any) -> None:
        if when not in SLOTS:
            raise ArgumentError(
                f"{where}.when: expected 'start', before all else at the instant, or 'end', after it (or another slot "
                f"of Brian's), found {when!r}.{did_you_mean(when, SLOTS)}"
            )
        if not isinstance(order, Real):
            raise WrongTypeError(f"{where}.order: expected a number, found {order!r}")
        self._when, self._order, self._number = when, order, next(SCOPE.serials)

    @property
    def when(self) -> str:
        """The slot."""
        return self._when

    @property
    def order(self) -> Any:
        """Its rank within the slot."""
        return self._order

    @property
    def _comes_after(self) -> bool:
        return self.when not in BEFORE

    @property
    def _rank(self) -> tuple[int, Any, int]:
        return SLOTS.index(self._when), self._order, self._number

    def _next_instant(self, now: float) -> float:
        """Return the next instant at which it happens, from `now` on [ms]; `inf` for none."""
        raise NotImplementedError

    def _take(self, now: float) -> bool:
        """Take note that this instant has come, and return whether it happens."""
        raise NotImplementedError


class Ticking(Timed):
    """Something that happens at every tick of a clock.

    Ticks are the multiples of the step, in the time of the network; all that has to be kept is the last one.
    """

    def _set_ticks(self, where: str, dt: Any, clock: Any, when: Any, order: Any) -> None:
        self._set_place(where, when, order)
        self._clock, self.active, self._last = choose_clock(dt, clock, where), True, -inf

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self._clock

    @property
    def dt(self) -> Quantity:
        """Time between ticks."""
        return self._clock.dt

    def _next_instant(self, now: float) -> float:
        return first_tick(now, self._clock.step, self._last)

    def _take(self, now: float) -> bool:
        self._last = now
        return self.active

    def _begin_anew(self) -> None:
        """Forget the ticks so far: the time may be another now."""
        self._last = -inf

    def _snapshot(self) -> dict[str, Any]:
        """Return what a checkpoint keeps: plain data."""
        return {"active": self.active, "last": self._last}

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool = False) -> None:
        """Take over what a checkpoint kept."""
        self.active, self._last = snapshot["active"], snapshot["last"]


class CodeRunner(Ticking):
    """What `run_regularly` returns: statements that are carried out at every tick.

    Attributes
    ----------
    name : str
    group : NeuronGroup, Synapses or stimulus, or a part of one
    code : str
        The statements as given.
    active : bool
        May be set at any time.
    """

    def __init__(
        self, whole: Any, part: slice | None, code: str, name: str | None, dt: Any, clock: Any, when: Any, order: Any
    ) -> None:
        where = f"{whole.name}.run_regularly"
        taken = {runner.name for runner in whole._runners}
        stem = f"{whole.name}_run_regularly"
        if name is None:
            name = next(n for n in (stem, *(f"{stem}_{k}" for k in range(1, len(taken) + 2))) if n not in taken)
        elif not isinstance(name, str) or name in taken:
            raise ArgumentError(f"{where}: {name!r} is no name, or has been given already")
        if not isinstance(code, str):
            raise WrongTypeError(f"{where}: expected statements as a string, found {code!r}")
        self.name, self.code = name, code
        if dt is None and clock is None:
            clock = whole.clock if "_on_clock" in whole.__dict__ else None
        self._set_ticks(where, dt, clock, when, order)
        self._where = f"run_regularly '{name}'"
        self._statements: tuple[Statement, ...] = parse_statements(code, f"{whole.name}, {self._where}")
        # weakly, or the two would keep each other alive
        self._whole = weakref.ref(whole)
        self._part = part

    @property
    def group(self) -> Any:
        """Whose variables it changes."""
        whole = self._whole()
        return whole if self._part is None or whole is None else whole[self._part]

    @property
    def _targets(self) -> frozenset[str]:
        return frozenset(statement.target for statement in self._statements)

    def __repr__(self) -> str:
        return f"<CodeRunner '{self.name}': {'; '.join(s.line for s in self._statements)}, every {self.dt!s}>"


class RunsRegularly:
    """Gives groups the method `run_regularly`."""

    def _whole_and_part(self) -> tuple[Any, slice | None]:
        """Return the group that takes part in a network, and which of its neurons are meant, if not all."""
        return self, None

    def run_regularly(
        self,
        code: str,
        dt: Quantity | None = None,
        clock: Any = None,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
        codeobj_class: Any = None,
    ) -> CodeRunner:
        """Carry out statements at every multiple of `dt`.

        Parameters
        ----------
        code : str
            Assignments, one a line, to variables of the group; ``rand()`` is drawn anew at each tick, for each
            neuron or synapse. A variable with ``(unless refractory)`` is left alone while its neuron is refractory.
        dt : Quantity, optional
            Time between ticks, which are multiples of it; ``defaultclock.dt`` otherwise.
        clock : Clock, optional
            In place of `dt`.
        when, order
            Place in the instant: one of Brian's slots. ``'start'`` comes before the arrivals and thresholds of the
            same instant, ``'end'`` after all that happens at it.
        name : str, optional
        codeobj_class
            Accepted for compatibility.

        Returns
        -------
        CodeRunner
            Can be switched off by its attribute `active`.

        Raises
        ------
        EquationError
            When the code is no list of assignments. What cannot be assigned is found at the run.
        ArgumentError
            When there is no such slot.

        Examples
        --------
        >>> from eventsnn import NeuronGroup, StateMonitor, Network, ms
        >>> G = NeuronGroup(1, 'dv/dt = (I - v)/(10*ms) : 1\\nI : 1')
        >>> runner = G.run_regularly('I = 1 - I', dt=20*ms)
        >>> M = StateMonitor(G, 'I', record=0, dt=10*ms)
        >>> Network(G, M).run(60*ms)
        >>> print(M.I[0])
        [1. 1. 0. 0. 1. 1.]
        """
        whole, part = self._whole_and_part()
        runner = CodeRunner(whole, part, code, name, dt, clock, when, order)
        whole._require_change(f"{whole.name}.run_regularly", "used")
        whole._runners.append(runner)
        return runner
