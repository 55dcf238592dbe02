"""The neurons of one group as the reference engine handles them: predict, fire, record.

Works on the group's store in place, one neuron at a time, with Python floats.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np

from ..crossing.first_time import Search, first_time_true, leaf_holds
from ..equations.code import Function
from ..errors import ArgumentError, SimulationError
from ..groups import NeuronGroup
from ..instants import elapsed, later, two_sum
from ..neurons.dispatch import flow, time_to_pass
from ..neurons.model import parameter_arrays, solve_one
from ..recording.tape import Tape
from ..store import scalars
from .endless import EndlessWatch

Sink = Callable[[int, float], None]


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
    """

    def __init__(self, group: NeuronGroup, sinks: list[Sink], tapes: list[Tape]) -> None:
        store, model = group._store, group._solved
        self.group, self.model, self.store = group, model, store
        self.sinks, self.tapes = sinks, tapes
        self.m = len(store.states)
        self.state = scalars(store.state)
        self.since, self.since_low = scalars(store.since), scalars(store.since_low)
        self.until, self.until_low = scalars(store.until), scalars(store.until_low)
        self.lastspike = scalars(store.lastspike)
        self.parameters = tuple(scalars(array) for array in parameter_arrays(store))
        self.rows = _rows(model.dynamics.motions, store.n)
        self.low = [0.0] * store.n
        self.crossed: list[tuple[int, ...]] = [()] * store.n
        # where the prediction started from: the state at the end of the refractory period, and that instant
        self.starts: list[tuple[list[float], float, float]] = [([], 0.0, 0.0)] * store.n
        self.recovered: dict[int, list[tuple[int, float]]] = {}
        self.watch = EndlessWatch(group.name, group.threshold, group.reset, store.n)
        self.written = [(n, scalars(a)) for n, a in store.parameters.items() if n in model.writes]
        shared = {name for name, array in store.parameters.items() if name in model.writes and len(array) < store.n}
        # what one neuron's reset changes for all is recorded for all
        self.records_all = any(shared & set(tape.extras) for tape in tapes)
        self.draw_reset = _drawer(group, "reset")
        self.draw_refractory = _drawer(group, "refractory")

    # --- prediction -------------------------------------------------------------------------------------------

    def predict(self, k: int) -> float:
        """Return the instant at which neuron `k` fires if nothing else happens to it; `inf` for never."""
        search = self.model.threshold
        if search is None:
            return inf
        self.starts[k] = x, base, base_low = self._after_refractory(k)
        if base == inf:
            return inf
        instant, low, crossed = self._first_time(search, k, x, base, base_low, 0)
        self.low[k], self.crossed[k] = low, crossed
        return instant

    def predict_from(self, k: int, now: float) -> float:
        """Return the next instant at which neuron `k` fires, for a run that begins `now`.

        A prediction that lies in the past says that the threshold was moved in between: the test is at `now`.
        """
        instant = self.predict(k)
        if instant < now:
            self.model.dynamics.settle(self.store, np.array([k]), now)
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
            x = [flow(r[3], v, r[4], r[5], s) for v, r in zip(x, self.rows[k], strict=True)]
            for variable, level in self.recovered.get(k, ()):
                x[variable] = level
            return x, until, until_low
        return x, since, low

    def _first_time(
        self, search: Search, k: int, x: list[float], base: float, base_low: float, phase: int
    ) -> tuple[float, float, tuple[int, ...]]:
        """Return when a condition first holds from `base` on; `phase` is 0 for the active motions, 3 for refractory.

        A refractory condition is asked for what holds *just after* `base`: the neuron has just crossed a level, and
        ``threshold='v > 1', refractory='v > 1'`` means refractory for as long as v is above.
        """
        row, levels = self.rows[k], search.levels[k]

        def changes_at(variable: int, value: float, level: float, upward: bool) -> tuple[float, float]:
            r = row[variable]
            s = time_to_pass(r[phase], value, level, upward, r[phase + 1], r[phase + 2])
            if s == inf:
                return inf, 0.0
            return later(base, base_low, s)

        if len(levels) == 1 and search.leaves[0].variable >= 0 and phase == 0:
            # the usual case, one variable against its level: the general search without its lists
            (leaf,), ((level, upward),) = search.leaves, levels
            value = x[leaf.variable]
            if leaf_holds(leaf, level, upward, value):
                return base, base_low, ()
            return (*changes_at(leaf.variable, value, level, upward), (0,))
        return first_time_true(search, levels, x, (base, base_low), changes_at, just_after=phase == 3)

    # --- firing -----------------------------------------------------------------------------------------------

    def fire(self, k: int, t: float) -> None:
        """Let neuron `k` fire at the instant that was predicted: record, reset, start the refractory period."""
        low = self.low[k]
        standing = self._levels_crossed(self.model.threshold, k, self.crossed[k])
        self.watch.note(k, t, bool(standing), self._left_by_reset)
        # 1. the state at the crossing; a variable that crosses stands on its level by definition
        self._bring_to(k, t, low, standing)
        # 2. recordings see the neuron before its reset
        self.lastspike[k] = t
        for sink in self.sinks:
            sink(k, t)
        # 3. reset
        self._reset(k, t)
        if self.model.renews:
            self._solve_again(k)
        # 4. refractory period
        self._start_refractory(k, t, low)
        if self.records_all:
            self.record_all(t)
        elif self.tapes:
            self.record(k, t)

    def _bring_to(self, k: int, t: float, low: float, standing: list[tuple[int, float]]) -> None:
        x, base, base_low = self.starts[k]
        s = elapsed(base, base_low, t, low)
        if s > 0.0:
            x = [flow(r[0], v, r[1], r[2], s) for v, r in zip(x, self.rows[k], strict=True)]
        for variable, level in standing:
            x[variable] = level
        start = k * self.m
        for j, value in enumerate(x):
            self.state[start + j] = value
        self.since[k], self.since_low[k] = t, low

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
        for j in range(self.m):
            value = self.state[k * self.m + j]
            if value - value != 0.0:
                what = f"{self.store.states[j]} of neuron {k} of group '{self.group.name}'"
                self._stop(t, f"{what} is {value} after its reset")

    def _left_by_reset(self, k: int) -> tuple:
        state = self.state[k * self.m : k * self.m + self.m].tolist()
        return (*state, *(values[k if len(values) > 1 else 0] for _, values in self.written))

    def _stop(self, t: float, what: str) -> None:
        raise SimulationError(f"Simulation stopped at t = {t!r} ms: {what}\n    {self.group.reset}")

    def _start_refractory(self, k: int, t: float, low: float) -> None:
        duration = self.model.duration
        if self.model.recovery is not None:
            self._find_recovery(k)
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

    def _find_recovery(self, k: int) -> None:
        """Find when a refractory condition becomes false; the variable that ends it stands on its level then."""
        m, search = self.m, self.model.recovery
        assert search is not None
        x = self.state[k * m : k * m + m].tolist()
        end, rest, crossed = self._first_time(search, k, x, self.since[k], self.since_low[k], 3)
        self.until[k], self.until_low[k] = end, rest
        self.recovered[k] = self._levels_crossed(search, k, crossed)

    @staticmethod
    def _levels_crossed(search: Search | None, k: int, crossed: tuple[int, ...]) -> list[tuple[int, float]]:
        """Return the variables that stood on their level when a condition changed, with those levels."""
        if search is None:
            return []
        leaves = [(search.leaves[number].variable, search.levels[k][number][0]) for number in crossed]
        return [(variable, level) for variable, level in leaves if variable >= 0]

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
            for k in range(self.store.n):
                if self.until[k] > self.since[k]:
                    self._renew_recovery_of(k, now)

    def _renew_recovery_of(self, k: int, now: float) -> None:
        before = self.until[k], self.until_low[k]
        self._find_recovery(k)
        if (self.until[k], self.until_low[k]) == before or min(before[0], self.until[k]) >= now:
            return
        # what is past stays: a period that is over keeps its end, one that would have ended by now ends now
        self.until[k], self.until_low[k] = before
        self.recovered[k] = []
        if before[0] > now:
            self.model.dynamics.settle(self.store, np.array([k]), now)
            self._find_recovery(k)

    def _solve_again(self, k: int) -> None:
        """Take up parameters that the reset of neuron `k` changed."""
        dynamics, levels = solve_one(self.group._description, self.model, self.store, k)
        if dynamics is not None:
            for mine, fresh in zip(self.model.dynamics.motions, dynamics.motions, strict=True):
                for column, value in zip(mine.columns(), fresh.columns(), strict=True):
                    column[k] = value[0]
            self.rows[k] = _rows(dynamics.motions, 1)[0]
        for search, level in zip((self.model.threshold, self.model.recovery), levels, strict=True):
            if search is not None and level is not None:
                search.levels[k] = level

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

    def _segment(self, k: int, tape: Tape) -> tuple:
        m, parameters = self.m, self.store.parameters
        extras = (self.lastspike[k], *(float(parameters[n][k if len(parameters[n]) > 1 else 0]) for n in tape.extras))
        state = tuple(self.state[k * m : k * m + m].tolist())
        times = (self.since[k], self.since_low[k], self.until[k], self.until_low[k])
        return (*times, state, self.rows[k], extras, self.model.scope)


def _rows(motions: tuple, n: int) -> list[tuple]:
    """Return for each neuron, for each variable, ``(kind, p, q, kind_r, p_r, q_r)``."""
    variables = [list(zip(*(c.tolist() for c in motion.columns()), strict=True)) for motion in motions]
    return list(zip(*variables, strict=True)) if variables else [()] * n


def _drawer(group: NeuronGroup, purpose: str) -> Callable[[str, int, int], float]:
    stream = group._stream(purpose)
    return lambda function, k, occurrence: stream.draw_one(function, k, occurrence)
