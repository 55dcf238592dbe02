"""The neurons of one group as the reference engine handles them: predict, fire, record.

Works on the group's store in place, one neuron at a time, with Python floats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from math import inf, nan, ulp
from typing import Protocol

import numpy as np

from ..crossing.first_time import Instant, Search, first_time_true, leaf_holds
from ..crossing.leaves import CLOCK, COMBINED, FIXED, Combination
from ..equations.code import Function
from ..errors import ArgumentError, SimulationError
from ..groups import NeuronGroup
from ..instants import elapsed, later, two_sum
from ..neurons.dispatch import time_to_pass
from ..neurons.dynamics import settle
from ..neurons.model import Model, parameter_arrays, solve_one
from ..neurons.separate import SeparateCourse
from ..neurons.systems import LinearCourse
from ..recording.tape import Tape
from ..store import scalars
from .endless import EndlessWatch

Sink = Callable[[int, float], None]
Course = SeparateCourse | LinearCourse


class Watcher(Protocol):
    """What watches neurons for a custom event."""

    def ask(self, k: int, now: float) -> float: ...
    def standing(self, k: int, now: float) -> tuple[list[tuple[int, float]], tuple[Combination, ...]]: ...


class Cells:
    """Neurons of one group during one run.

    Parameters
    ----------
    group : NeuronGroup
        Solved for this run.
    sinks : list of callable
        ``sink(k, t)`` for every spike, called just before the reset.
    tapes : list of Tape
        Where changes of state are recorded.
    end : float [ms]
        The run looks no further; what it finds before does not depend on it.
    model : Model, optional
        In place of the group's present one.
    """

    def __init__(
        self,
        group: NeuronGroup,
        sinks: list[Sink],
        tapes: list[Tape],
        end: float = inf,
        model: Model | None = None,
    ) -> None:
        store, model = group._store, model or group._solved
        self.group, self.model, self.store = group, model, store
        self.sinks, self.tapes, self.end = sinks, tapes, end
        self.m = len(store.states)
        self.state = scalars(store.state)
        self.since, self.since_low = scalars(store.since), scalars(store.since_low)
        self.until, self.until_low = scalars(store.until), scalars(store.until_low)
        self.lastspike = scalars(store.lastspike)
        self.parameters = tuple(scalars(array) for array in parameter_arrays(store))
        self.low = [0.0] * store.n
        self.crossed: list[tuple[int, ...]] = [()] * store.n
        # where the prediction started from: the state at the end of the refractory period, and that instant
        self.starts: list[tuple[list[float], float, float]] = [([], 0.0, 0.0)] * store.n
        # what stands on its level when a refractory condition ends: variables, and combinations
        self.recovered: dict[int, list[tuple[int, float]]] = {}
        self.recombined: dict[int, tuple[Combination, ...]] = {}
        self.renews = bool(model.renews)
        # the prediction itself, and the variables that take no input in the refractory period
        self.predicted = [inf] * store.n
        # whether it is no instant at which the neuron fires, but one before which it does not
        self.is_bound = [False] * store.n
        flags = [group.equations[name].flags for name in store.states]
        self.frozen = frozenset(j for j, own in enumerate(flags) if "unless refractory" in own)
        # who watches these neurons for custom events
        self.watchers: list[Watcher] = []
        self.watch = EndlessWatch(group.name, group.threshold, group.reset, store.n)
        self.written = [(n, scalars(a)) for n, a in store.parameters.items() if n in model.writes]
        self.written_from_outside: set[str] = set()
        self.shared = frozenset(name for name in store.parameters if group.equations[name].shared)
        shared = {name for name, array in store.parameters.items() if name in model.writes and len(array) < store.n}
        # what one neuron's reset changes for all is recorded for all
        self.records_all = any(shared & set(tape.extras) for tape in tapes)
        self.draw_reset = drawer(group, "reset")
        self.draw_refractory = drawer(group, "refractory")

    @cached_property
    def courses(self) -> list[Course]:
        """How each neuron moves; made when somebody asks for it, as large groups pay for it."""
        return [*self.model.dynamics.courses(self.store.n)]

    def note_shared(self, names: set[str]) -> None:
        """Take note of variables that synapses change: a shared one is recorded for all neurons."""
        self.written_from_outside |= names
        shared = names & self.shared
        self.records_all = self.records_all or any(shared.intersection(tape.extras) for tape in self.tapes)

    # --- prediction -------------------------------------------------------------------------------------------

    def predict(self, k: int) -> float:
        """Return the instant at which neuron `k` fires if nothing else happens to it; `inf` for never."""
        self.is_bound[k] = False
        search = self.model.threshold
        self.starts[k] = x, base, base_low = self._after_refractory(k)
        if search is None or base == inf:
            self.predicted[k] = inf
            return inf
        instant, self.low[k], self.crossed[k] = self._first_time(search, k, x, base, base_low, False)
        self.predicted[k] = instant
        return instant

    def foresee(self, k: int) -> float:
        """Return the instant at which neuron `k` fires, or one before which it does not, where that is had quickly.

        Many neurons get their next input before a bound comes up, so that the search is never needed. When to look at a
        neuron changes nothing of what is found.
        """
        search = self.model.threshold
        course = self.courses[k]
        if search is None or len(search.leaves) > 1 or not isinstance(course, LinearCourse):
            return self.predict(k)
        x, base, base_low = self._after_refractory(k)
        leaf, (level, upward) = search.leaves[0], search.levels[k][0]
        if base == inf or leaf.variable < 0 or leaf_holds(leaf, level, upward, x[leaf.variable]):
            return self.predict(k)
        # rounded as the crossing itself is: the later time is not the earlier instant
        instant, _ = later(base, base_low, course.earliest_change(leaf, level, x, (base, base_low)))
        if not instant > base:
            return self.predict(k)
        self.starts[k], self.predicted[k], self.is_bound[k] = (x, base, base_low), instant, True
        return instant

    def take_together(self, neurons: Sequence[int], now: float) -> Sequence[int]:
        """Return the neurons that have to be asked anew one by one, of those that have just been changed: all."""
        return neurons

    def first_predictions(self, now: float) -> list[float]:
        """Return the next instant at which each neuron fires, for a run that begins `now`; see `predict_from`."""
        return [self.predict_from(k, now) for k in range(self.store.n)]

    def predict_from(self, k: int, now: float) -> float:
        """Return the next instant at which neuron `k` fires, for a run that begins `now`.

        A prediction that lies in the past says that the threshold was moved in between: the test is at `now`.
        """
        instant = self.predict(k)
        if instant < now:
            settle(self.model.dynamics, self.store, np.array([k]), now)
            instant = self.predict(k)
        return instant

    def _after_refractory(self, k: int) -> tuple[list[float], float, float]:
        """Return the state when the refractory period ends (or at the last change), and that instant."""
        m = self.m
        x, since, low, until = self.state[k * m : k * m + m].tolist(), self.since[k], self.since_low[k], self.until[k]
        if until > since:
            if until == inf:
                return x, inf, 0.0
            until_low = self.until_low[k]
            s = elapsed(since, low, until, until_low)
            x = self.courses[k].advance(x, since, low, s, True)
            for variable, level in self.recovered.get(k, ()):
                x[variable] = level
            return x, until, until_low
        return x, since, low

    def _first_time(
        self, search: Search, k: int, x: list[float], base: float, base_low: float, in_refractory: bool
    ) -> tuple[float, float, tuple[int, ...]]:
        """Return when a condition first holds from `base` on, as neuron k moves outside or in the refractory period.

        A refractory condition is asked for what holds *just after* `base`: the neuron has just crossed a level, and
        ``threshold='v > 1', refractory='v > 1'`` means refractory for as long as v is above.
        """
        course, levels = self.courses[k], search.levels[k]
        if len(levels) == 1 and isinstance(course, SeparateCourse) and not in_refractory:
            # the usual case, one variable against its level: the general search without its lists
            (leaf,), ((level, upward),) = search.leaves, levels
            if leaf.variable >= 0:
                value = x[leaf.variable]
                if leaf_holds(leaf, level, upward, value):
                    return base, base_low, ()
                kind, p, q, r = course.active[leaf.variable]
                s = time_to_pass(kind, value, level, upward, p, q, r)
                return (*later(base, base_low, s), (0,)) if s < inf else (inf, 0.0, (0,))
        standing = self.standing_at(k, base, base_low)

        def changes_of(number: int) -> tuple[bool, Iterator[Instant]]:
            leaf, (level, upward) = search.leaves[number], levels[number]
            at_level = leaf.variable == COMBINED and any(level.is_level_of(other) for other in standing)
            where = (base, base_low), in_refractory, self.end
            return course.leaf_changes(leaf, level, upward, x, *where, at_level, only_first=len(levels) == 1)

        return first_time_true(search, levels, x, (base, base_low), changes_of, just_after=in_refractory)

    def standing_at(self, k: int, base: float, base_low: float) -> tuple[Combination, ...]:
        """Return the combinations that are zero by definition where a prediction for neuron k starts."""
        if (base, base_low) == (self.since[k], self.since_low[k]):
            # the last reset left them alone
            return self.store.standing.get(k, ())
        if (base, base_low) == (self.until[k], self.until_low[k]):
            # their change has ended the refractory period
            return self.recombined.get(k, ())
        return ()

    # --- firing -----------------------------------------------------------------------------------------------

    def fire(self, k: int, t: float) -> None:
        """Let neuron `k` fire at the instant that was predicted: record, reset, start the refractory period."""
        low = self.low[k]
        standing = self.levels_crossed(self.model.threshold, k, self.crossed[k])
        combined = self.combined(self.model.threshold, k, self.crossed[k])
        self.watch.note(k, t, bool(standing or combined), self._left_by_reset)
        # 1. the state at the crossing; a variable that crosses stands on its level by definition
        levels, watched = self.watched(k, t)
        self.bring_to(k, t, low, [*standing, *levels])
        combined = (*combined, *watched)
        # 2. recordings see the neuron before its reset
        self.lastspike[k] = t
        for sink in self.sinks:
            sink(k, t)
        # 3. reset
        before = [combination.at(self.variables(k), t) for combination in combined]
        self._reset(k, t)
        if self.renews:
            self.solve_again(k, t)
        self.note_standing(k, t, combined, before)
        # 4. refractory period
        self._start_refractory(k, t, low)
        if self.records_all:
            self.record_all(t)
        elif self.tapes:
            self.record(k, t)

    def watched(self, k: int, t: float) -> tuple[list[tuple[int, float]], tuple[Combination, ...]]:
        """Return what stands on its level at `t` as the condition of a custom event changes there.

        Nothing does after a change of the neuron at this same instant, which has said where all stand.
        """
        if not self.watchers or self.since[k] == t:
            return [], ()
        found = [watcher.standing(k, t) for watcher in self.watchers]
        return [pair for levels, _ in found for pair in levels], tuple(c for _, parts in found for c in parts)

    def bring_to(self, k: int, t: float, low: float, standing: list[tuple[int, float]]) -> None:
        x, base, base_low = self.starts[k]
        s = elapsed(base, base_low, t, low)
        if s > 0.0:
            x = self.courses[k].advance(x, base, base_low, s, False)
        for variable, level in standing:
            x[variable] = level
        start = k * self.m
        for j, value in enumerate(x):
            self.state[start + j] = value
        self.since[k], self.since_low[k] = t, low

    def within_step(self, k: int, now: float) -> tuple[list, list] | None:
        """Return the state of neuron `k` in the midst of a step with noise; None, as there are no steps here."""
        return None

    def divide(self, k: int, now: float) -> bool:
        """Bring neuron `k` to an event in the midst of a step with noise; return False, as there are no steps here."""
        return False

    def divide_together(self, neurons: Sequence[int], now: float) -> None:
        """Bring many neurons at once to an event in the midst of their steps; there are none here."""

    def variables(self, k: int) -> list[float]:
        return self.state[k * self.m : k * self.m + self.m].tolist()

    def accuracy(self, k: int, t: float) -> tuple[float, float]:
        """Return how steeply the spike of neuron k at t crosses [unit/ms], and a bound on the error of its time [ms].

        A spike at a given instant (a time threshold, a level met when a refractory period ends) has no slope.
        """
        search, (x, base, base_low) = self.model.threshold, self.starts[k]
        assert search is not None
        slope, error = nan, ulp(t)
        s = elapsed(base, base_low, t, self.low[k])
        for number in self.crossed[k]:
            leaf, (level, _) = search.leaves[number], search.levels[k][number]
            if leaf.variable in (CLOCK, FIXED):
                continue
            steepness, size = self.courses[k].accuracy(leaf, level, x, (base, base_low), s)
            bound = 2.0 * (ulp(t) + (ulp(size) / abs(steepness) if steepness else inf))
            if bound >= error:
                slope, error = steepness, bound
        return slope, error

    def note_standing(self, k: int, t: float, combined: tuple[Combination, ...], before: list[float]) -> None:
        """Note which combinations stand on zero after the reset, as it did not change them."""
        self.store.standing.pop(k, None)
        if combined:
            x = self.variables(k)
            kept = [c for c, value in zip(combined, before, strict=True) if c.at(x, t) == value]
            if kept:
                self.store.standing[k] = tuple(kept)

    def _reset(self, k: int, t: float) -> None:
        reset = self.model.reset
        if reset is None:
            return
        try:
            reset.call(k, t, self.state, self.parameters, reset.constants, self.draw_reset)
        except (ValueError, OverflowError) as problem:
            # only what has no place in an integer variable comes here
            self._stop(t, f"the reset of neuron {k} of group '{self.group.name}' gives no whole number ({problem})")
        for name, values in self.written:
            value = values[k if len(values) > 1 else 0]
            if value != value:
                self._stop(t, f"{name} of neuron {k} of group '{self.group.name}' is nan after its reset")
        for name, value in self.lost(k):
            self._stop(t, f"{name} of neuron {k} of group '{self.group.name}' is {value} after its reset")

    def lost(self, k: int) -> list[tuple[str, float]]:
        """Return the variables that an event has left without a number to go on from, and what they are."""
        course, states = self.courses[k], self.store.states
        return [
            (states[j], value)
            for j, value in enumerate(self.variables(k))
            if value - value != 0.0 and not course.may_leave_infinity(j, value)
        ]

    def _left_by_reset(self, k: int) -> tuple:
        return (*self.variables(k), *(values[k if len(values) > 1 else 0] for _, values in self.written))

    def _stop(self, t: float, what: str) -> None:
        raise SimulationError(f"Simulation stopped at t = {t!r} ms: {what}\n    {self.group.reset}")

    def _start_refractory(self, k: int, t: float, low: float) -> None:
        duration = self.model.duration
        if self.model.recovery is not None:
            self.find_recovery(k)
        elif duration is None:
            self.until[k] = -inf
        else:
            if isinstance(duration, Function):
                duration = self._evaluate_duration(duration, k, t)
            end, rest = two_sum(t, duration)
            self.until[k], self.until_low[k] = two_sum(end, rest + low)

    def _evaluate_duration(self, duration: Function, k: int, t: float) -> float:
        value = duration.call(k, t, self.state, self.parameters, duration.constants, self.draw_refractory)
        if not value >= 0.0:
            raise ArgumentError(
                f"group '{self.group.name}', refractory: expected a time that is not negative, found {value:g} ms for "
                f"neuron {k} at t = {t!r} ms\n    {self.group.refractory}"
            )
        return value

    def find_recovery(self, k: int) -> None:
        """Find when a refractory condition becomes false; the variable that ends it stands on its level then."""
        search = self.model.recovery
        assert search is not None
        end, rest, crossed = self._first_time(search, k, self.variables(k), self.since[k], self.since_low[k], True)
        self.until[k], self.until_low[k] = end, rest
        self.recovered[k] = self.levels_crossed(search, k, crossed)
        self.recombined[k] = self.combined(search, k, crossed)

    @staticmethod
    def levels_crossed(search: Search | None, k: int, crossed: tuple[int, ...]) -> list[tuple[int, float]]:
        """Return the variables that stood on their level when a condition changed, with those levels."""
        if search is None:
            return []
        leaves = [(search.leaves[number].variable, search.levels[k][number][0]) for number in crossed]
        return [(variable, level) for variable, level in leaves if variable >= 0]

    @staticmethod
    def combined(search: Search | None, k: int, crossed: tuple[int, ...]) -> tuple[Combination, ...]:
        """Return the combinations that changed their sign when a condition changed."""
        if search is None:
            return ()
        levels = search.levels[k]
        return tuple(levels[number][0] for number in crossed if search.leaves[number].variable == COMBINED)

    def honour_last_spikes(self, now: float) -> None:
        """Make neurons refractory as if they had fired when their assigned `lastspike` says."""
        for k in np.flatnonzero(self.store.was_told).tolist():
            duration = self.model.duration
            if isinstance(duration, Function):
                duration = self._evaluate_duration(duration, k, now)
            if duration is not None:
                end, rest = two_sum(self.lastspike[k], duration)
                self.until[k], self.until_low[k] = (end, rest) if end > now else (-inf, 0.0)
        self.store.was_told[:] = False

    def renew_recovery(self, now: float) -> None:
        """Find the ends of refractory conditions anew at the start of a run: state or parameters may be others now."""
        if self.model.recovery is not None:
            for k in np.flatnonzero(self.store.until > self.store.since).tolist():
                self.renew_recovery_of(k, now)

    def renew_recovery_of(self, k: int, now: float) -> None:
        before = self.until[k], self.until_low[k]
        self.find_recovery(k)
        if (self.until[k], self.until_low[k]) == before or min(before[0], self.until[k]) >= now:
            return
        # what is past stays: a period that is over keeps its end, one that would have ended by now ends now
        self.until[k], self.until_low[k] = before
        self.recovered[k] = []
        if before[0] > now:
            settle(self.model.dynamics, self.store, np.array([k]), now)
            self.find_recovery(k)

    def solve_again(self, k: int, t: float) -> None:
        """Take up parameters that the reset of neuron `k`, or an input, changed."""
        try:
            dynamics, levels, until = solve_one(self.group._description, self.model, self.store, k, t)
        except ArgumentError as problem:
            # a value that cannot be: it came by an event, and not from the user's own hand
            problem.args = (f"Simulation stopped at t = {t!r} ms, as an event changed a parameter: {problem.args[0]}",)
            raise
        self.model.until[k] = until
        if dynamics is not None:
            self.model.dynamics.replace(k, dynamics)  # type: ignore[arg-type]
            self.courses[k] = dynamics.courses(1)[0]  # type: ignore[assignment]
        for search, level in zip(self.model.searches, levels, strict=True):
            if search is not None and level is not None:
                search.replace(k, level)

    # --- steps of drives ---------------------------------------------------------------------------------------

    @property
    def next_step(self) -> float:
        """The instant of the next step of a drive or a level of any neuron; `inf` for none."""
        return float(self.model.until.min(initial=inf))

    # --- recording --------------------------------------------------------------------------------------------

    def record(self, k: int, start: float) -> None:
        """Write the present segment of neuron `k` on the tapes that follow it."""
        for tape in self.tapes:
            if k in tape.tracks:
                tape.add(k, start, self._segment(k, tape))

    def record_all(self, start: float) -> None:
        """Write the present segments of all neurons on the tapes that follow them."""
        for tape in self.tapes:
            for k in tape.tracks:
                tape.add(k, start, self._segment(k, tape))

    def record_changed(self, neurons: Iterable[int], start: float) -> None:
        """Write the segments of neurons that an input has changed."""
        if self.records_all:
            self.record_all(start)
        elif self.tapes:
            for k in neurons:
                self.record(k, start)

    def _segment(self, k: int, tape: Tape) -> tuple:
        m, parameters = self.m, self.store.parameters
        extras = (self.lastspike[k], *(float(parameters[n][k if len(parameters[n]) > 1 else 0]) for n in tape.extras))
        state = tuple(self.state[k * m : k * m + m].tolist())
        times = (self.since[k], self.since_low[k], self.until[k], self.until_low[k])
        return (*times, state, self.courses[k], extras, self.model.scope)


def drawer(group: NeuronGroup, purpose: str) -> Callable[[str, int, int], float]:
    stream = group._stream(purpose)
    return lambda function, k, occurrence: stream.draw_one(function, k, occurrence)
