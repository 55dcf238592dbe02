"""The custom events of one group during one run."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from ..crossing.first_time import Instant, Search, truth_changes
from ..crossing.leaves import COMBINED, Combination
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
        cells.watchers.append(self)
        n = cells.store.n
        # whether the condition held just before the present, and what is known of its course
        self.held: list[bool] = cells.group._held.get(name) or []
        self._is_new = not self.held
        self.held = self.held or [False] * n
        self._courses: list[Iterator[Change]] = [iter(())] * n
        # the changes to come that have been looked at
        self._ahead: list[list[Change]] = [[]] * n
        # the last change that was an event
        self._last: list[Change] = [NEVER] * n
        self._counts: dict[int, tuple[float, int]] = {}
        self._draw = drawer(cells.group, f"event {name}")

    @property
    def _search(self) -> Search:
        return self.cells.model.events[self.name]

    # --- what is to come ------------------------------------------------------------------------------------------

    def begin(self, k: int, now: float) -> float:
        """Return the first event of neuron k in a run that begins now."""
        self._follow(k)
        first = self._look(k, 0)
        if self._is_new:
            # what holds from the beginning has not become true
            self.held[k] = first[2]
        if first[0] == now:
            # the neuron was changed between the runs
            self._take_up(k)
            return self._rise(k)
        stored = self.held[k]
        self._pass(k, now)
        if stored != self.held[k] and self._look(k, 0)[0] == now and not (self.held[k] and self._holds(k, now)):
            # the last run was stopped right after this instant; or a level was moved to where the neuron is just now
            self.held[k] = self._ahead[k].pop(0)[2]
        if self.held[k] and not stored:
            # its level was moved between the runs
            self._ahead[k].insert(0, (now, 0.0, True, ()))
            self.held[k] = False
        return self._rise(k)

    def _holds(self, k: int, now: float) -> bool:
        """Return whether the condition holds at this very instant, as its operator says."""
        x = [*values_at(self.cells, k, now)]
        return next(self._phase(self._search, k, x, (now, 0.0), self.cells.until[k] > now), NEVER)[2]

    def ask(self, k: int, now: float) -> float:
        """Return the next event of neuron k, whose state has just been changed; `now` if the change makes it happen."""
        self._pass(k, now)
        self._follow(k)
        _, low, truth, turned = self._look(k, 0)
        self._ahead[k][0] = (now, low, truth, turned)
        self._take_up(k)
        return self._rise(k)

    def _follow(self, k: int) -> None:
        self._courses[k], self._ahead[k] = self._course(k), []

    def _look(self, k: int, place: int) -> Change:
        """Return a change to come."""
        ahead = self._ahead[k]
        while len(ahead) <= place:
            ahead.append(next(self._courses[k], NEVER))
        return ahead[place]

    def _take_up(self, k: int) -> None:
        """Take note of what a change of the neuron at the present instant has made false."""
        (instant, low, truth, _), following = self._look(k, 0), self._look(k, 1)
        if not truth and self.held[k]:
            # on its level for no time, what held and holds just after has not ceased to hold
            self.held[k] = following[:2] == (instant, low)
            del self._ahead[k][0]

    def _pass(self, k: int, now: float) -> None:
        """Take note of the changes before `now`."""
        while self._look(k, 0)[0] < now:
            self.held[k] = self._ahead[k].pop(0)[2]

    def _rise(self, k: int) -> float:
        """Return the next instant at which the condition becomes true."""
        holds, place = self.held[k], 0
        while (change := self._look(k, place))[0] < inf and (holds or not change[2]):
            holds, place = change[2], place + 1
        return change[0]

    def standing(self, k: int, now: float) -> tuple[list[tuple[int, float]], tuple[Combination, ...]]:
        """Return what stands on its level at `now` as the condition changes: variables with levels, combinations."""
        changes = [self._last[k], *self._ahead[k]]
        turned = tuple(number for change in changes if change[0] == now for number in change[3])
        return self.cells.levels_crossed(self._search, k, turned), self.cells.combined(self._search, k, turned)

    def _course(self, k: int) -> Iterator[Change]:
        """Yield the truth from the last change of neuron k on: in its refractory period, then after it."""
        cells, search = self.cells, self._search
        start, until = (cells.since[k], cells.since_low[k]), (cells.until[k], cells.until_low[k])
        holds: bool | None = None
        if until[0] > start[0]:
            for change in self._phase(search, k, cells.variables(k), start, True):
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
        standing = cells.standing_at(k, *base)

        def changes_of(number: int) -> tuple[bool, Iterator[Instant]]:
            leaf, (level, upward) = search.leaves[number], levels[number]
            at_level = leaf.variable == COMBINED and any(level.is_level_of(other) for other in standing)
            return cells.courses[k].leaf_changes(leaf, level, upward, x, base, in_refractory, cells.end, at_level)

        return truth_changes(search, levels, base, changes_of)

    # --- what happens ---------------------------------------------------------------------------------------------

    def happen(self, k: int, now: float) -> None:
        """Let the event happen: record it, and go on to what follows."""
        self._watch(k, now)
        for sink in self.sinks:
            sink(k, now)
        while True:
            change, held = self._ahead[k].pop(0), self.held[k]
            self.held[k] = change[2]
            if change[2] and not held:
                self._last[k] = change
                return

    def carry_out(self, k: int, now: float, has_changed: bool) -> bool:
        """Carry out the statements of the event, and return whether there are any.

        Parameters
        ----------
        has_changed : bool
            Whether the neuron has been changed in this round: by its reset, or by another event.
        """
        if self.code is None:
            return False
        cells, (_, low, _, turned) = self.cells, self._last[k]
        combined = cells.store.standing.get(k, ()) if has_changed else arrive(cells, k, now)
        if turned and not has_changed:
            for variable, level in cells.levels_crossed(self._search, k, turned):
                cells.state[k * cells.m + variable] = level
                cells.since_low[k] = low
        before = [c.at(cells.variables(k), now) for c in combined]
        try:
            self.code.call(k, now, cells.state, cells.parameters, self.code.constants, self._draw)
        except (ValueError, OverflowError) as problem:
            self._stop(now, f"gives no whole number for neuron {k} ({problem})")
        for name, value in cells.lost(k):
            self._stop(now, f"leaves {name} of neuron {k} at {value}")
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
            watch = self.cells.watch
            loop = watch.describe_loop(now) if watch.kicked_at.get(k) == now else None
            if loop is not None:
                raise EndlessSpikingError(
                    f"Simulation stopped at t = {now!r} ms: {ENDLESS} events '{self.name}' of neuron {k} at this same "
                    f"instant. {loop}"
                )
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
