"""The custom events of one group during one run."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from ..crossing.first_time import Instant, Search, truth_changes
from ..errors import EndlessSpikingError, SimulationError
from .arrivals import arrive, finish, values_at
from .cells import Cells, Sink, drawer
from .endless import ENDLESS

#: Instant, remainder, truth from there on, leaves that changed.
Change = tuple[float, float, bool, tuple[int, ...]]
NEVER: Change = (inf, 0.0, False, ())


class EventCells:
    """The neurons of one group, watched for one custom event: it happens whenever its condition becomes true.

    Parameters
    ----------
    cells : Cells
    name : str
        Of the event.
    sinks : list of callable
        ``sink(k, t)`` for every event, called before its statements are carried out.
    """

    def __init__(self, cells: Cells, name: str, sinks: list[Sink]) -> None:
        self.cells, self.name, self.sinks = cells, name, sinks
        self.code = cells.model.codes.get(name)
        n = cells.store.n
        # whether the condition held just before the present, and what is known of its course
        self.held: list[bool] = cells.group._held.get(name) or []
        self._is_new = not self.held
        self.held = self.held or [False] * n
        self._courses: list[Iterator[Change]] = [iter(())] * n
        self._next: list[Change] = [NEVER] * n
        self._counts: dict[int, tuple[float, int]] = {}
        self._draw = drawer(cells.group, f"event {name}")

    @property
    def _search(self) -> Search:
        return self.cells.model.events[self.name]

    def begin(self, k: int, now: float) -> float:
        """Return the first event of neuron k in a run that begins now."""
        self._courses[k] = self._course(k)
        instant, _, truth, _ = next(self._courses[k])
        if self._is_new:
            # what holds from the beginning has not become true
            self.held[k] = truth
        elif instant == now:
            # the neuron was changed between the runs
            self._next[k] = (now, 0.0, truth, ())
            return self._rise(k)
        self._next[k] = next(self._courses[k], NEVER)
        self._pass(k, now)
        return self._rise(k)

    def ask(self, k: int, now: float) -> float:
        """Return the next event of neuron k, whose state has just been changed; `now` if the change makes it happen."""
        self._pass(k, now)
        self._courses[k] = self._course(k)
        _, low, truth, _ = next(self._courses[k])
        self._next[k] = (now, low, truth, ())
        return self._rise(k)

    def _pass(self, k: int, now: float) -> None:
        """Take note of the changes before `now`."""
        while self._next[k][0] < now:
            self.held[k] = self._next[k][2]
            self._next[k] = next(self._courses[k], NEVER)

    def _rise(self, k: int) -> float:
        """Go on to the next instant at which the condition becomes true, and return it."""
        while self._next[k][0] < inf and (self.held[k] or not self._next[k][2]):
            self.held[k] = self._next[k][2]
            self._next[k] = next(self._courses[k], NEVER)
        return self._next[k][0]

    def _course(self, k: int) -> Iterator[Change]:
        """Yield the truth from the last change of neuron k on: in its refractory period, then after it."""
        cells, search = self.cells, self._search
        start, until = (cells.since[k], cells.since_low[k]), (cells.until[k], cells.until_low[k])
        holds: bool | None = None
        if until[0] > start[0]:
            for change in self._phase(search, k, cells._variables(k), start, True):
                if change[:2] >= until:
                    break
                holds = change[2]
                yield change
            if until[0] == inf:
                return
        x, base, low = cells.starts[k]
        for change in self._phase(search, k, x, (base, low), False):
            if change[2] != holds:
                holds = change[2]
                yield change

    def _phase(self, search: Search, k: int, x: list[float], base: Instant, in_refractory: bool) -> Iterator[Change]:
        cells, levels = self.cells, search.levels[k]

        def changes_of(number: int) -> tuple[bool, Iterator[Instant]]:
            leaf, (level, upward) = search.leaves[number], levels[number]
            return cells.courses[k].leaf_changes(leaf, level, upward, x, base, in_refractory, cells.end, False)

        return truth_changes(search, levels, base, changes_of)

    def happen(self, k: int, now: float) -> None:
        """Let the event happen: record it, and note that the condition holds."""
        self._watch(k, now)
        for sink in self.sinks:
            sink(k, now)
        self.held[k] = True

    def carry_out(self, k: int, now: float) -> bool:
        """Carry out the statements of the event, and return whether there are any; else go on to the next event."""
        _, low, _, turned = self._next[k]
        self._next[k] = next(self._courses[k], NEVER)
        if self.code is None:
            return False
        cells = self.cells
        combined = arrive(cells, k, now)
        if turned and cells.since[k] == now:
            levels = cells._levels_crossed(self._search, k, turned)
            for variable, level in levels:
                cells.state[k * cells.m + variable] = level
            if levels:
                cells.since_low[k] = low
        before = [c.at(cells._variables(k), now) for c in combined]
        try:
            self.code.call(k, now, cells.state, cells.parameters, self.code.constants, self._draw)
        except (ValueError, OverflowError) as problem:
            self._stop(now, f"gives no whole number for neuron {k} ({problem})")
        for j, value in enumerate(cells._variables(k)):
            if value - value != 0.0 and not cells.courses[k].may_leave_infinity(j, value):
                self._stop(now, f"leaves {cells.store.states[j]} of neuron {k} at {value}")
        finish(cells, k, combined, before, now, True)
        return True

    def following(self, k: int) -> float:
        """Return the next event of neuron k, when this one has changed nothing."""
        return self._rise(k)

    def _stop(self, now: float, what: str) -> None:
        raise SimulationError(
            f"Simulation stopped at t = {now!r} ms: event '{self.name}' of group '{self.cells.group.name}' {what}"
        )

    def _watch(self, k: int, now: float) -> None:
        instant, count = self._counts.get(k, (now, 0))
        self._counts[k] = now, count + 1 if instant == now else 1
        if self._counts[k][1] > ENDLESS:
            raise EndlessSpikingError(
                f"Simulation stopped at t = {now!r} ms: event '{self.name}' of neuron {k} of group "
                f"'{self.cells.group.name}' happened {ENDLESS} times at this same instant: what it carries out makes "
                "its condition false and true again. Let it take the neuron away from where the condition changes."
            )

    def end(self, now: float) -> None:
        """Leave with the group whether the condition held just before the end of the run."""
        for k in range(self.cells.store.n):
            self._pass(k, now)
        self.cells.group._held[self.name] = self.held


def present_state(cells: Cells, k: int, now: float, scratch: list[float]) -> list[float]:
    """Write the present variables of neuron k where generated code looks for them, in a copy that belongs to nobody."""
    for j, value in enumerate(values_at(cells, k, now)):
        scratch[k * cells.m + j] = value
    return scratch
