"""Groups on the clock, as the reference engine handles them: every tick is one event for the whole group.

At a tick the step to the next one is taken for all neurons at once. What happens in between happens at its own time: a
spike where the interpolated path crosses, an input when it arrives, the end of a refractory period; the neuron
concerned then takes the rest of the step anew. A neuron fires at most once in a step.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from math import inf, nan
from typing import Any, Protocol, TypeGuard

import numpy as np

from ..equations.text import Equations
from ..errors import SimulationError
from ..groups import NeuronGroup
from ..neurons.interpolated import StepCourse
from ..neurons.model import Model
from ..neurons.recognition import is_linear_in_each
from ..neurons.stepping import Stride
from ..neurons.ticking import FEW, ClockedDynamics, leaves_numbers
from ..recording.tape import Tape
from ..store import scalars
from .arrivals import arrive
from .cells import Cells, Sink
from .clocked_steps import Steps


class Leaper(Protocol):
    """What takes a group through many ticks at once; see `bulk`."""

    def leap(self, now: float, horizon: float) -> Any: ...
    def find(self, begin: int, steps: int) -> Any: ...
    def land(self, leap: Any) -> None: ...


class Readable(Protocol):
    """What gives the values of a variable of another group; see `following`."""

    def read(self, now: float) -> np.ndarray: ...


class ClockedCells(Cells):
    """Neurons of one group on the clock, during one run; see `Cells`."""

    def __init__(
        self, group: NeuronGroup, sinks: list[Sink], tapes: list[Tape], end: float = inf, model: Model | None = None
    ) -> None:
        super().__init__(group, sinks, tapes, end, model)
        dynamics = self.model.dynamics
        assert isinstance(dynamics, ClockedDynamics)
        self.dynamics, self.law = dynamics, dynamics.law
        self.steps = Steps(self, dynamics)
        self.courses = self.steps  # type: ignore[assignment]
        self.starts = _Starts(self)  # type: ignore[assignment]
        # an array, so that all who are predicted something are found at once
        self._predicted = np.full(self.store.n, inf)
        self.predicted = scalars(self._predicted)
        self._next_tick = dynamics.tick(dynamics.number_after(float(self.store.since.min())))
        # linked variables that move in other groups; see `following`
        self.followed: dict[str, Readable] = {}
        # what takes the group through many ticks at once, up to where somebody looks at it next; see `bulk`
        self.leaper: Leaper | None = None
        self.horizon = -inf
        self._leap: Any = None

    # --- prediction -------------------------------------------------------------------------------------------

    @property
    def next_step(self) -> float:
        """The next tick."""
        return self._next_tick

    def predict(self, k: int) -> float:
        """Return the next instant at which neuron `k` fires or its refractory period ends; `inf` for none in this step.

        What is no spike is called a bound, so that an engine asks again at that instant: then the period ends, or a
        part of a step.
        """
        if self.is_bound[k]:
            self._move_on(k)
        return self.foresee(k)

    def first_predictions(self, now: float) -> list[float]:
        """Return the next instant for every neuron, for a run that begins `now`; all whose step began at once together.

        See `predict_from`, by which the others are asked.
        """
        store, dynamics = self.store, self.dynamics
        # the end of a refractory condition, found in the run before, is found anew
        is_open = (store.until > store.since) & np.isfinite(store.until) & (self.law.refractory is not None)
        asked = np.flatnonzero(is_open).tolist()
        for start in np.unique(store.since).tolist():
            indices = np.flatnonzero((store.since == start) & ~is_open)
            together = len(indices) > FEW and dynamics.tick(dynamics.number_after(start)) == self._next_tick
            asked += self._open(indices, start) if together else indices.tolist()
        for k in asked:
            self.predict_from(k, now)
        return self._predicted.tolist()

    def foresee(self, k: int) -> float:
        """Take the rest of the present step anew, and return what comes next."""
        instant, self.is_bound[k] = self._next_event(k)
        self.predicted[k] = instant
        return instant

    def _next_event(self, k: int) -> tuple[float, bool]:
        """Return the next event of neuron k in its present step, and whether it is the end of a refractory period."""
        course, since, x = self.steps[k], self.since[k], self.variables(k)
        if self.until[k] > since:
            if self.law.refractory is not None:
                self.until[k] = self.dynamics.recovers(k, x, since, course)
            if self.until[k] > since:
                self._require_finite(k, course)
                instant = min(self.until[k], course.end if course.end < self._next_tick else inf)
                return (instant, True) if instant <= self._next_tick else (inf, False)
            # it is over already
            course = self.steps[k]
        instant = inf if self._has_fired(k, since) else self.dynamics.first_spike(k, x, since, course)
        if instant == inf:
            self._require_finite(k, course)
        if instant == inf and course.end < self._next_tick:
            return course.end, True
        return instant, False

    def _has_fired(self, k: int, since: float) -> bool:
        """Return whether neuron k has fired in the present step already, and may not do so again."""
        if not self.dynamics.fires_once:
            return False
        begin = self.dynamics.tick(self.dynamics.number_after(since) - 1)
        return begin <= self.lastspike[k] <= since

    def _move_on(self, k: int) -> None:
        """Bring neuron k to the instant that was predicted, at which its refractory period or a part of a step ends."""
        now = self.predicted[k]
        if self.since[k] < now:
            self.bring_to(k, now, 0.0, [])
        self.is_bound[k] = False
        if self.until[k] == now:
            self.until_low[k] = 0.0
        if self.tapes:
            self.record(k, now)

    # --- the state at an instant ------------------------------------------------------------------------------

    def bring_to(self, k: int, t: float, low: float, standing: list[tuple[int, float]]) -> None:
        """Bring neuron `k` to an instant: the end of its step, what its path leads to before that, or another event."""
        if self.divide(k, t):
            return
        super().bring_to(k, t, low, standing)
        if self.law.noise is not None and t < self._next_tick:
            self.dynamics.noise.begin_afresh(k)
            self.steps.forget(k)

    def within_step(self, k: int, now: float) -> tuple[list, list] | None:
        """Return the state of neuron `k` at an instant in the midst of a step with noise, and what noise adds then."""
        since = self.since[k]
        if self.law.noise is None or not since < now < self._next_tick or self._is_found_on_path(k, now):
            return None
        return self.dynamics.within(k, self.variables(k), since, self.until[k] <= since, now)

    def divide(self, k: int, now: float) -> bool:
        """Bring neuron `k` to an event in the midst of a step with noise; return False where it is in no such step."""
        divided = self.within_step(k, now)
        if divided is None:
            return False
        x, left = divided
        for place, value in enumerate(x, k * self.m):
            self.state[place] = value
        self.since[k], self.since_low[k] = now, 0.0
        self.dynamics.noise.keep(k, left)
        return True

    def divide_together(self, neurons: Sequence[int], now: float) -> None:
        """Bring neurons to an event in the midst of a step with noise, as `divide` does: those that began it together.

        Left alone is who may be deaf to the event, and who fires at this very instant.
        """
        if self.law.noise is None or len(neurons) <= FEW or not now < self._next_tick:
            return
        indices, store = np.array(neurons), self.store
        since = store.since[indices]
        is_due = (since < now) & (self._predicted[indices] != now)
        if self.frozen:
            is_due &= store.until[indices] <= now
        for start in np.unique(since[is_due]).tolist():
            mine = indices[is_due & (since == start)]
            if len(mine) > FEW:
                active = (store.until[mine] <= start).astype(float)
                x = [np.ascontiguousarray(store.state[j :: self.m][mine]) for j in range(self.m)]
                ahead, left = self.dynamics.within_many(mine, x, start, active, now)
                for j, column in enumerate(ahead):
                    store.state[mine * self.m + j] = column
                store.since[mine], store.since_low[mine] = now, 0.0
                self.dynamics.noise.keep(mine, left)

    def _is_found_on_path(self, k: int, t: float) -> bool:
        """Return whether the path of neuron `k` itself leads to what happens to it now: a spike, or a condition."""
        condition = self.law.refractory
        return self.predicted[k] == t and (not self.is_bound[k] or (condition is not None and bool(condition.needs)))

    # --- firing -----------------------------------------------------------------------------------------------

    def fire(self, k: int, t: float) -> None:
        """Let neuron `k` fire at the instant that was predicted; see `Cells`."""
        super().fire(k, t)
        if not self.dynamics.fires_once:
            self.watch.note_in_step(k, t, self._next_tick, self.dynamics.step)

    def _start_refractory(self, k: int, t: float, low: float) -> None:
        condition = self.law.refractory
        if condition is None:
            super()._start_refractory(k, t, low)
            return
        holds = self.dynamics.holds(condition, k, self.variables(k), t, False)
        self.until[k], self.until_low[k] = (inf if holds else -inf), 0.0

    def lost(self, k: int) -> list[tuple[str, float]]:
        """Return the variables that an event has left without a number: none comes back from there on the clock."""
        pairs = zip(self.store.states, self.variables(k), strict=True)
        return [(name, value) for name, value in pairs if value - value != 0.0]

    def accuracy(self, k: int, t: float) -> tuple[float, float]:
        """Return that nothing is known of the accuracy of a spike on the clock."""
        return nan, inf

    def honour_last_spikes(self, now: float) -> None:
        """Make neurons refractory as if they had fired when their assigned `lastspike` says."""
        super().honour_last_spikes(now)
        self.dynamics.take_all_inputs(self.store)

    def solve_again(self, k: int, t: float) -> None:
        """Take up parameters that the reset of neuron `k`, or an input, changed."""
        self.dynamics.take_inputs(self.store, k)
        self.steps.forget(k)

    # --- ticks ------------------------------------------------------------------------------------------------

    def take_tick(self, now: float) -> list[int]:
        """Bring the neurons whose step ends at `now` there, and take their next one; return those to be asked anew."""
        has_landed = self._land(self._leap)
        due = np.arange(self.store.n) if has_landed else self._due(now)
        if len(due) <= FEW:
            for k in due.tolist():
                self.bring_to(k, now, 0.0, [])
        elif not has_landed:
            self.steps.close(due, now)
        if self._follow(now):
            # who came here before its tick has taken its step with what was read before
            due = np.arange(self.store.n)
            self.steps.forget_all()
        if self._leaps(now):
            return []
        self._next_tick = self.dynamics.tick(self.dynamics.number_after(now))
        asked = due.tolist()
        if len(due) > FEW:
            expected = due[self._predicted[due] < inf].tolist()
            asked = sorted({*expected, *self._open(due, now)})
        self._record_tick(due.tolist(), now)
        return asked

    def follow_from(self, now: float) -> None:
        """Read the linked variables that move in other groups, for those who stand at a tick as a run begins there."""
        stands = self.store.since == now
        if self.followed and stands.any() and self.dynamics.is_tick(now):
            self._follow(now, stands)

    def _follow(self, now: float, who: np.ndarray | None = None) -> bool:
        """Read the linked variables that move in other groups, for the step to come; return whether there are any.

        Parameters
        ----------
        who : ndarray of bool, optional
            For these neurons only; what all share is read for all.
        """
        for name, followed in self.followed.items():
            values = self.store.parameters[name]
            which = slice(None) if who is None or len(values) < len(who) else who
            values[which] = followed.read(now)[which]
        if self.followed:
            self.dynamics.take_all_inputs(self.store)
        return bool(self.followed)

    # --- many ticks at once -----------------------------------------------------------------------------------

    @property
    def is_leaping(self) -> bool:
        """Whether what happens up to the next step has been found already."""
        return self._leap is not None

    def _leaps(self, now: float) -> bool:
        """Return whether the group goes through many ticks at once from here, to what is its next step then."""
        if self.leaper is None or (self._predicted < inf).any():
            return False
        self._leap = self.leaper.leap(now, self.horizon)
        if self._leap is not None:
            self._next_tick = self._leap.end
        return self.is_leaping

    def _land(self, leap: Any) -> bool:
        """Let a leap be true, if there is one."""
        self._leap = None
        if leap is None or self.leaper is None:
            return False
        self.leaper.land(leap)
        self.steps.forget_all()
        return True

    def catch_up(self, now: float) -> None:
        """End a leap before its time, as the run stops: stand where all that happens up to `now` has happened."""
        if self._leap is None or self.leaper is None:
            return
        dynamics, self._leap = self.dynamics, None
        begin, end = (dynamics.number_after(t) - 1 for t in (float(self.store.since[0]), now))
        if end > begin:
            self._land(self.leaper.find(begin, end - begin))
        self._next_tick = dynamics.tick(end + 1)
        indices = np.arange(self.store.n)
        for k in self._open(indices, dynamics.tick(end)) if len(indices) > FEW else indices.tolist():
            self.foresee(k)
        while (instant := float(self._predicted.min())) <= now:
            k = int(self._predicted.argmin())
            if self.is_bound[k]:
                self.predict(k)
            else:
                self.fire(k, instant)
                self.foresee(k)

    # --- all at once ------------------------------------------------------------------------------------------

    def renew_together(self, now: float) -> Sequence[int]:
        """Take up parameters that timed code has changed; return the neurons that have to be asked one by one."""
        for k in np.flatnonzero(self.store.since < now).tolist():
            arrive(self, k, now)
        self.dynamics.take_all_inputs(self.store)
        neurons = range(self.store.n)
        for k in neurons:
            self.steps.forget(k)
        return self.take_together(neurons, now)

    def take_together(self, neurons: Sequence[int], now: float) -> Sequence[int]:
        """Take the rest of the step anew for neurons just changed; return those that have to be asked one by one."""
        if len(neurons) <= FEW:
            return neurons
        indices = np.array(neurons)
        asked = {*indices[self._predicted[indices] < inf].tolist()}
        for k in neurons:
            self.steps.forget(k)
        asked.update(self._open(indices, now))
        return [k for k in neurons if k in asked]

    def _open(self, indices: np.ndarray, now: float) -> list[int]:
        """Take the step from now to the next tick; return the neurons for which more than that happens in it."""
        m = self.m
        active = self.store.until[indices] <= now
        x = [np.ascontiguousarray(self.store.state[j::m][indices]) for j in range(m)]
        stride = self.steps.open(indices, x, now, active)
        # whose step leaves the numbers takes it in parts
        eventful = leaves_numbers(stride, len(indices))
        eventful |= self._may_change(indices, x, stride, now, active)
        return indices[eventful].tolist()

    def _due(self, now: float) -> np.ndarray:
        """Return the neurons whose step ends now: all but those that the end of a refractory period brought there."""
        return np.flatnonzero(self.store.since < now)

    def _record_tick(self, due: list[int], now: float) -> None:
        for tape in self.tapes:
            tracked = sorted(tape.tracks.keys() & due) if len(due) < self.store.n else [*tape.tracks]
            rest = tracked
            if len(tracked) > FEW:
                rows, is_row = self._rows(np.array(tracked), tape)
                columns, width = (self.m, self.steps.has_slopes), rows.shape[1]
                places = [j for j, k in enumerate(tracked) if is_row[j] and tape.takes_rows(k, *columns, width)]
                tape.add_rows([tracked[j] for j in places], now, rows[places], self.model.scope)
                rest = [tracked[j] for j in sorted({*range(len(tracked))} - {*places})]
            for k in rest:
                tape.add(k, now, self._segment(k, tape))

    def _rows(self, neurons: np.ndarray, tape: Tape) -> tuple[np.ndarray, np.ndarray]:
        """Return the segments of neurons as rows of numbers, and for which of them that is the present step."""
        store = self.store
        times = [array[neurons] for array in (store.since, store.since_low, store.until, store.until_low)]
        steps, is_row = self.steps.columns(neurons)
        values = [np.broadcast_to(store.parameters[name], store.n)[neurons] for name in tape.extras]
        return np.column_stack([*times, *steps, store.lastspike[neurons], *values]), is_row

    def _may_change(self, indices: np.ndarray, x: list, stride: Stride, now: float, active: np.ndarray) -> np.ndarray:
        """Return for which neurons a spike or the end of a refractory period falls into the step."""
        law, dynamics, is_active = self.law, self.dynamics, active.astype(float)
        found = active & dynamics.crosses(indices, x, now, is_active, stride)
        if law.refractory is not None:
            stays = dynamics.hold(law.refractory, indices, x, now, 0.0 * is_active) & dynamics.hold(
                law.refractory, indices, stride.ahead, self._next_tick, 0.0 * is_active
            )
            return found | ~active & ~stays
        return found | ~active & (self.store.until[indices] <= self._next_tick)

    def _require_finite(self, k: int, course: StepCourse) -> None:
        for j, value in enumerate(course.ahead):
            if value - value != 0.0:
                self._refuse(k, j, value, self.since[k])

    def _refuse(self, k: int, j: int, value: float, t: float) -> None:
        name, equations, step = self.store.states[j], self.group.equations, self.dynamics.step
        remedy = f"a shorter step, dt={step / 5:.3g}*ms"
        if not self.law.method.is_conditional and not self.law.sources and is_linear_in_each(equations):
            remedy += ", or method='exponential_euler'"
        quotient = " x/(exp(x) - 1) is 0/0 at x = 0: write 1/exprel(x)." if _may_be_zero_by_zero(equations) else ""
        raise SimulationError(
            f"Simulation stopped at t = {t:.10g} ms: {name} of neuron {k} of group '{self.group.name}' becomes {value} "
            f"by the method '{self.law.name}'\n    {equations[name]}\n"
            f"The steps of dt = {step:g} ms are too long, or the equations themselves grow without bound. Try {remedy}."
            f"{quotient}"
        )


def _may_be_zero_by_zero(equations: Equations) -> bool:
    """Return whether a divisor subtracts from or of an exponential, as ``x/(exp(x) - 1)`` does."""
    lines = [line.expression.tree for line in equations.values() if line.expression]
    divisors = [node.right for tree in lines for node in ast.walk(tree) if _is_operation(node, ast.Div)]
    differences = [node for tree in divisors for node in ast.walk(tree) if _is_operation(node, ast.Sub)]
    pieces = [piece for node in differences for piece in ast.walk(node)]
    return any(isinstance(piece, ast.Name) and piece.id == "exp" for piece in pieces)


def _is_operation(node: ast.AST, kind: type[ast.operator]) -> TypeGuard[ast.BinOp]:
    return isinstance(node, ast.BinOp) and isinstance(node.op, kind)


class _Starts:
    """Where predictions start: on the clock always at a neuron's last change of state."""

    def __init__(self, cells: ClockedCells) -> None:
        self._cells = cells

    def __getitem__(self, k: int) -> tuple[list[float], float, float]:
        return self._cells.variables(k), self._cells.since[k], 0.0
