"""How a group without an exact solution moves: a numerical method takes it from one tick of the clock to the next.

A step is a function of the state at its beginning alone, whenever that was: so a run may be cut anywhere, and whoever
reads a variable takes the step for himself and keeps nothing. What arrives in the middle of a step does so at its own
time, and the rest of the step is taken anew from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nextafter, sqrt
from typing import Any

import numpy as np

from ..equations.builtins import FUNCTIONS
from ..equations.rates import Rates
from ..instants import tick
from ..randomness import Draws
from ..store import Store
from .interpolated import Condition, StepCourse, Who
from .stepping import Column, Columns, Flow, Method, Stride, between

#: Groups up to this size are stepped neuron by neuron, which is quicker for so few.
FEW = 8

#: About so many random numbers are made at a time.
DRAWN_AHEAD = 1 << 13

#: So often may a step be halved that leaves the numbers.
HALVINGS = 40

#: ``(exp(z) - 1)/z``, of floats and of arrays.
RELAX = {"one": FUNCTIONS["exprel"].for_one, "many": FUNCTIONS["exprel"].over_arrays}


@dataclass(frozen=True)
class Law:
    """The equations of a group as functions, and what they read.

    Attributes
    ----------
    method : Method
    name : str
        Of the method.
    rates : Rates
        Derivatives; or a and b of ``dx/dt = a*x + b``, for a method that wants these.
    noise : Rates or None
        What each source of noise is multiplied by in each equation, source by source.
    sources : tuple of str
        ``xi`` and the like.
    threshold, refractory : Condition or None
    inputs : tuple of str
        Parameters, and perhaps ``lastspike``, that any of them reads.
    """

    method: Method
    name: str
    rates: Rates
    noise: Rates | None
    sources: tuple[str, ...]
    threshold: Condition | None
    refractory: Condition | None
    inputs: tuple[str, ...]


class ClockedDynamics:
    """How a group moves from tick to tick.

    Parameters
    ----------
    law : Law
    step : float
        Of the clock [ms].
    store : Store
    draws : mapping of str to Draws
        Of each source of noise.
    """

    def __init__(self, law: Law, step: float, store: Store, draws: Mapping[str, Draws]) -> None:
        self.law, self.step, self.states, self.draws = law, step, store.states, draws
        self._n = store.n
        self._drawn: dict[str, tuple[int, np.ndarray]] = {}
        # the step that was asked for last: nearly all ask for the present one
        self._present = 0.0, 0.0, 0
        # taken over at events only: what was assigned between runs holds from then on
        self.inputs = [np.array(_input(store, name), dtype=float) for name in law.inputs]

    # --- the clock --------------------------------------------------------------------------------------------

    def tick(self, number: int) -> float:
        """Return an instant of the clock [ms]."""
        return tick(number, self.step)

    def number_after(self, now: float) -> int:
        """Return the number of the first tick after an instant."""
        begin, end, number = self._present
        if begin <= now < end:
            return number
        number = round(now / self.step)
        while self.tick(number) <= now:
            number += 1
        while self.tick(number - 1) > now:
            number -= 1
        self._present = self.tick(number - 1), self.tick(number), number
        return number

    # --- one step ---------------------------------------------------------------------------------------------

    def one(self, k: int, x: Sequence[float], since: float, is_active: bool) -> StepCourse:
        """Return the step of neuron k from `since` to the next tick.

        A shorter one, to half the way or half of that, where the whole step would leave the numbers: a spike's upstroke
        may be steeper than the clock, and the threshold lies on the way.
        """
        number = self.number_after(since)
        end = self.tick(number)
        inputs = self.inputs_of(k)
        active = 1.0 if is_active else 0.0
        for _ in range(HALVINGS):
            stride = self._stride("one", float(k), inputs, active, since, list(x), end, number, k)
            if all(isfinite(value) for value in (*stride.ahead, *(stride.last or ()))):
                break
            middle = since + 0.5 * (end - since)
            end = middle if since < middle else end
        else:
            # on a line, to infinity if need be: there the threshold can be asked
            slopes, span = stride.first, end - since
            stride = Stride([v + span * d for v, d in zip(x, slopes, strict=True)] if slopes else stride.ahead)
        first, last = (None if d is None else tuple(d) for d in (stride.first, stride.last))
        return StepCourse(end, end - since, tuple(stride.ahead), first, last)

    def many(self, indices: np.ndarray, x: Columns, since: float, active: np.ndarray) -> tuple[float, Stride]:
        """Return the length of the step of some neurons from one instant to the next tick, and the step itself."""
        number = self.number_after(since)
        end = self.tick(number)
        inputs = tuple(a[indices] if len(a) > 1 else a[0] for a in self.inputs)
        with np.errstate(all="ignore"):
            stride = self._stride("many", indices.astype(float), inputs, active, since, x, end, number, indices)
        return end - since, stride

    def _stride(
        self,
        form: str,
        k: Column,
        inputs: tuple,
        active: Column,
        since: float,
        x: Columns,
        end: float,
        number: int,
        who: int | np.ndarray,
    ) -> Stride:
        law, call, span = self.law, getattr(self.law.rates, form), end - since
        # a drive that steps at either end is seen from inside: it would cost the method its order
        earliest, latest = nextafter(since, inf), nextafter(end, -inf)

        def rates(t: float, x: Columns) -> Columns:
            return call(min(max(t, earliest), latest), k, x, inputs, active, law.rates.constants)

        if law.noise is None:
            return law.method.step(Flow(rates, None, RELAX[form]), since, x, span)
        amounts, call_noise, m = self._increments(who, number, span), getattr(law.noise, form), len(x)
        constants = law.noise.constants

        def noise(t: float, x: Columns) -> Columns:
            factors = call_noise(max(t, earliest), k, x, inputs, active, constants)
            totals = []
            for j in range(m):
                parts = [amount * factors[s * m + j] for s, amount in enumerate(amounts)]
                totals.append(sum(parts[1:], parts[0]))
            return totals

        return law.method.step(Flow(rates, noise, RELAX[form]), since, x, span)

    def _increments(self, who: int | np.ndarray, number: int, span: float) -> list[Column]:
        """Return what each source of noise adds from here to tick `number`: its share of the draw for the step."""
        share = sqrt(self.step) * min(span / self.step, 1.0)
        draws = [self._normals(name, number)[who] for name in self.law.sources]
        return [share * (float(draw) if isinstance(who, int) else draw) for draw in draws]

    def _normals(self, source: str, number: int) -> np.ndarray:
        """Return the draws of one source of noise for tick `number`, made for many ticks at a time."""
        n = self._n
        rows = max(1, DRAWN_AHEAD // n)
        block, row = divmod(number, rows)
        if self._drawn.get(source, (None, None))[0] != block:
            ticks = np.arange(block * rows, (block + 1) * rows, dtype=np.uint64)
            values = self.draws[source].normals(np.tile(np.arange(n), rows), np.repeat(ticks, n))
            self._drawn[source] = block, values.reshape(rows, n)
        return self._drawn[source][1][row]

    def inputs_of(self, k: int) -> tuple[float, ...]:
        """Return what the texts read for neuron k."""
        return tuple(float(a[k] if len(a) > 1 else a[0]) for a in self.inputs)

    def holds(self, condition: Condition, k: int, x: Sequence[float], t: float, is_active: bool) -> bool:
        """Return whether a condition holds for neuron k."""
        return condition.holds(Who(float(k), self.inputs_of(k), is_active), x, t)

    def hold(self, condition: Condition, indices: np.ndarray, x: Columns, t: float, active: np.ndarray) -> np.ndarray:
        """Return for which of some neurons a condition holds."""
        inputs, truth = tuple(a[indices] if len(a) > 1 else a[0] for a in self.inputs), condition.truth
        with np.errstate(all="ignore"):
            values = truth.many(t, indices.astype(float), x, inputs, active, truth.constants)[0]
        return np.broadcast_to(values, indices.shape) != 0.0

    def first_time(
        self,
        condition: Condition,
        truth: bool,
        k: int,
        x: Sequence[float],
        since: float,
        is_active: bool,
        course: StepCourse,
    ) -> float:
        """Return the first instant from `since` to the end of a step at which a condition has a truth, else `inf`."""
        return condition.first_time(truth, Who(float(k), self.inputs_of(k), is_active), x, since, course)

    # --- as other dynamics do ---------------------------------------------------------------------------------

    def courses(self, n: int) -> list[StepCourse]:
        """Return no courses: they are made step by step."""
        return []

    def take_inputs(self, store: Store, k: int) -> None:
        """Take over the parameters of neuron k, which an event has changed."""
        for mine, name in zip(self.inputs, self.law.inputs, strict=True):
            its = _input(store, name)
            place = k if len(its) > 1 else 0
            mine[place] = its[place]

    def take_all_inputs(self, store: Store) -> None:
        """Take over the parameters of all neurons."""
        for mine, name in zip(self.inputs, self.law.inputs, strict=True):
            mine[:] = _input(store, name)

    def values_at(self, store: Store, number: int, indices: np.ndarray, now: float) -> np.ndarray:
        """Return state variable `number` of some neurons at the instant `now`, without changing anything."""
        values, m = np.empty(len(indices)), len(self.states)
        since = store.since[indices]
        active = store.until[indices] <= since
        for start in np.unique(since).tolist():
            mine = np.flatnonzero(since == start)
            chosen = indices[mine]
            x = [np.ascontiguousarray(store.state[j::m][chosen]) for j in range(m)]
            if start == now:
                values[mine] = x[number]
            elif len(chosen) > FEW:
                span, stride = self.many(chosen, x, start, active[mine].astype(float))
                values[mine] = _between(stride, number, x[number], span, now - start)
                mine = mine[leaves_numbers(stride, len(mine))]
            if len(chosen) <= FEW or len(mine) < len(chosen):
                for place, k in zip(mine.tolist(), indices[mine].tolist(), strict=True):
                    row = store.state[k * m : k * m + m].tolist()
                    course = self.one(k, row, start, bool(active[place]))
                    values[place] = course.advance(row, start, 0.0, now - start, False)[number]
        return values

    def differs_from(self, other: Any) -> np.ndarray:
        """Return for which neurons the step would be another one."""
        if not isinstance(other, ClockedDynamics) or self.step != other.step or self.law.name != other.law.name:
            return np.array([True])
        mine, its = self.law, other.law
        for a, b in ((mine.rates, its.rates), (mine.noise, its.noise)):
            if (a and (a.source, a.constants)) != (b and (b.source, b.constants)):
                return np.array([True])
            if a and b and not all(map(_is_same_function, a.functions, b.functions)):
                return np.array([True])
        keys, other_keys = ([draws[name].key for name in mine.sources] for draws in (self.draws, other.draws))
        if mine.inputs != its.inputs or keys != other_keys:
            return np.array([True])
        differing = [a != b for a, b in zip(self.inputs, other.inputs, strict=True)]
        # a shared parameter has one value, others have one for each neuron
        return np.any(np.broadcast_arrays(*differing), axis=0) if differing else np.zeros(1, bool)

    def replace(self, k: int, one: Any) -> None:
        """Refuse: parameters are taken over by `take_inputs`."""
        raise NotImplementedError

    def describe(self) -> str:
        """Say which method is used with which step."""
        return f"Method '{self.law.name}' with a step of {self.step:g} ms"

    # --- for explain() ----------------------------------------------------------------------------------------

    def solutions(self, j: int, name: str) -> list[tuple[str, str, int]]:
        """Return how variable j is found."""
        return [("on the clock, not exact", f"method '{self.law.name}', a step every {self.step:g} ms", 1)]

    def has_own_refractory_course(self, j: int) -> bool:
        """Return False: that is said by the equation."""
        return False

    def crossings(self, leaf: Any, level: Any, names: Sequence[str]) -> list[str]:
        """Return how crossings are found."""
        return ["interpolation between two ticks"]


def _is_same_function(a: Any, b: Any) -> bool:
    """Return whether two functions of time are those of one `TimedArray`, or of one that came back from a file."""
    mine, its = a.__self__, b.__self__
    what = "values", "dim", "dt", "times"
    return mine is its or all(np.array_equal(getattr(mine, name), getattr(its, name)) for name in what)


def leaves_numbers(stride: Stride, n: int) -> np.ndarray:
    """Return for which of n neurons a step does not end at finite numbers, or not at a finite speed."""
    with np.errstate(all="ignore"):
        total = np.sum([np.broadcast_to(values, n) for values in (*stride.ahead, *(stride.last or ()))], axis=0)
    return ~np.isfinite(total)


def _between(stride: Stride, j: int, x: Column, span: float, s: float) -> Column:
    if s >= span:
        return stride.ahead[j]
    if stride.first is None or stride.last is None:
        return between(x, stride.ahead[j], None, None, span, s)
    return between(x, stride.ahead[j], stride.first[j], stride.last[j], span, s)


def _input(store: Store, name: str) -> np.ndarray:
    return store.lastspike if name == "lastspike" else store.parameters[name]
