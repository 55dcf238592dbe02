"""How a group without an exact solution moves: a numerical method takes it from one tick of the clock to the next.

A step is a function of the state at its beginning, whenever that was, and of the random numbers that belong to it: so a
run may be cut anywhere, and whoever reads a variable takes the step for himself and keeps nothing. What arrives in the
middle of a step does so at its own time: it divides the step, and the rest is taken anew from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, nextafter
from typing import Any

import numpy as np

from ..equations.builtins import FUNCTIONS
from ..equations.rates import Draw, Rates
from ..instants import tick
from ..store import Store
from .interpolated import Condition, StepCourse, Who
from .noise import Noise
from .stepping import Column, Columns, Flow, Method, Stride, add_up, between

#: Groups up to this size are stepped neuron by neuron, which is quicker for so few.
FEW = 8

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
    drawn : tuple of Draw
        What the texts draw once in each step.
    is_polled : bool
        Whether the threshold draws random numbers: then it is asked at ticks only.
    """

    method: Method
    name: str
    rates: Rates
    noise: Rates | None
    sources: tuple[str, ...]
    threshold: Condition | None
    refractory: Condition | None
    inputs: tuple[str, ...]
    drawn: tuple[Draw, ...]
    is_polled: bool


class ClockedDynamics:
    """How a group moves from tick to tick.

    Parameters
    ----------
    law : Law
    step : float
        Of the clock [ms].
    store : Store
    noise : Noise

    Attributes
    ----------
    fires_once : bool
        Whether a neuron fires at most once in a step.
    kind : str
        How exact it is.
    """

    fires_once = True
    kind = "not exactly"

    def __init__(self, law: Law, step: float, store: Store, noise: Noise) -> None:
        self.law, self.step, self.states, self.noise = law, step, store.states, noise
        # the step that was asked for last: nearly all ask for the present one
        self._present = 0.0, 0.0, 0
        # taken over at events only: what was assigned between runs holds from then on
        self.inputs = [np.array(input_of(store, name), dtype=float) for name in law.inputs]

    # --- the clock --------------------------------------------------------------------------------------------

    def tick(self, number: int) -> float:
        """Return an instant of the clock [ms]."""
        return tick(number, self.step)

    def is_tick(self, now: float) -> bool:
        """Return whether an instant is one of the clock."""
        return self.tick(self.number_after(now) - 1) == now

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
        tick = end = self.tick(number)
        amounts = self._amounts(k, since, number)
        for _ in range(HALVINGS):
            part = amounts if end == tick else self.noise.divide(k, amounts, since, end, tick)
            stride = self._step_one(k, x, since, is_active, number, end, part)
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

    def within(self, k: int, x: Sequence[float], since: float, is_active: bool, now: float) -> tuple[list, list]:
        """Return the state of neuron k at an instant within its step, and what noise adds after that.

        It is what an event finds that divides the step there; who only looks changes nothing.
        """
        number = self.number_after(since)
        end, amounts = self.tick(number), self._amounts(k, since, number)
        part = self.noise.divide(k, amounts, since, now, end)
        left = [whole - first for whole, first in zip(amounts, part, strict=True)]
        return self._step_one(k, x, since, is_active, number, now, part).ahead, left

    def within_many(
        self, indices: np.ndarray, x: Columns, since: float, active: np.ndarray, now: float
    ) -> tuple[Columns, Columns]:
        """Return the states of some neurons at an instant within their steps, and what noise adds after that."""
        number = self.number_after(since)
        end, amounts = self.tick(number), self._amounts(indices, since, number)
        part = self.noise.divide(indices, amounts, since, now, end)
        left = [whole - first for whole, first in zip(amounts, part, strict=True)]
        return self._step_many(indices, x, since, active, number, now, part).ahead, left

    def many(self, indices: np.ndarray, x: Columns, since: float, active: np.ndarray) -> tuple[Column, Stride]:
        """Return the length of the step of some neurons from one instant to the next tick, and the step itself."""
        number = self.number_after(since)
        end = self.tick(number)
        amounts = self._amounts(indices, since, number)
        return end - since, self._step_many(indices, x, since, active, number, end, amounts)

    def whole_steps(self, indices: np.ndarray, x: Columns, since: float, active: np.ndarray) -> tuple[Column, Stride]:
        """Return the steps of some neurons to the next tick, as they are without a spike."""
        return self.many(indices, x, since, active)

    def _step_one(
        self,
        k: int,
        x: Sequence[float],
        since: float,
        is_active: bool,
        number: int,
        end: float,
        amounts: Sequence[float],
    ) -> Stride:
        active = 1.0 if is_active else 0.0
        return self._stride("one", float(k), self.inputs_of(k, number), active, since, list(x), end, amounts)

    def _step_many(
        self,
        indices: np.ndarray,
        x: Columns,
        since: float,
        active: np.ndarray,
        number: int,
        end: float,
        amounts: Sequence[Column],
    ) -> Stride:
        with np.errstate(all="ignore"):
            inputs = self._inputs_of_many(indices, number)
            return self._stride("many", indices.astype(float), inputs, active, since, x, end, amounts)

    def _stride(
        self,
        form: str,
        k: Column,
        inputs: tuple,
        active: Column,
        since: float,
        x: Columns,
        end: float,
        amounts: Sequence[Column],
    ) -> Stride:
        law, call = self.law, getattr(self.law.rates, form)
        # a drive that steps at either end is seen from inside: it would cost the method its order
        earliest, latest = nextafter(since, inf), nextafter(end, -inf)

        def rates(t: float, x: Columns) -> Columns:
            return call(min(max(t, earliest), latest), k, x, inputs, active, law.rates.constants)

        if law.noise is None:
            return law.method.step(Flow(rates, RELAX[form]), since, x, end - since)
        call_noise, m, constants = getattr(law.noise, form), len(x), law.noise.constants

        def noise(t: float, x: Columns, amounts: Sequence[Column]) -> Columns:
            factors = call_noise(min(max(t, earliest), latest), k, x, inputs, active, constants)
            totals = []
            for j in range(m):
                totals.append(add_up(amount * factors[s * m + j] for s, amount in enumerate(amounts)))
            return totals

        return law.method.step(Flow(rates, RELAX[form], noise, amounts), since, x, end - since)

    def _amounts(self, who: int | np.ndarray, since: float, number: int) -> list:
        """Return what each source of noise adds to a neuron, or to many, from `since` to tick `number`."""
        if not self.law.sources:
            return []
        if since == self.tick(number - 1):
            return self.noise.whole(who, number)
        if isinstance(who, int):
            return self.noise.rest(who, since, self.tick(number))
        return self.noise.rest_of_many(who, since, self.tick(number))

    def inputs_of(self, k: int, number: int) -> tuple[float, ...]:
        """Return what the texts read for neuron k in step `number`, what they draw included."""
        own = tuple(float(a[k] if len(a) > 1 else a[0]) for a in self.inputs)
        return own + self.noise.drawn(k, number) if self.law.drawn else own

    def _inputs_of_many(self, indices: np.ndarray, number: int) -> tuple:
        own = tuple(a[indices] if len(a) > 1 else a[0] for a in self.inputs)
        return own + self.noise.drawn(indices, number) if self.law.drawn else own

    def holds(self, condition: Condition, k: int, x: Sequence[float], t: float, is_active: bool) -> bool:
        """Return whether a condition holds for neuron k."""
        return condition.holds(self._who(k, t, is_active), x, t)

    def _who(self, k: int, t: float, is_active: bool) -> Who:
        return Who(float(k), self.inputs_of(k, self.number_after(t) if self.law.drawn else 0), is_active)

    def hold(self, condition: Condition, indices: np.ndarray, x: Columns, t: float, active: np.ndarray) -> np.ndarray:
        """Return for which of some neurons a condition holds."""
        truth = condition.truth
        inputs = self._inputs_of_many(indices, self.number_after(t) if self.law.drawn else 0)
        with np.errstate(all="ignore"):
            values = truth.many(t, indices.astype(float), x, inputs, active, truth.constants)[0]
        return np.broadcast_to(values, indices.shape) != 0.0

    def crosses(self, indices: np.ndarray, x: Columns, since: float, active: np.ndarray, stride: Stride) -> np.ndarray:
        """Return which of some neurons may fire in the step that they take from `since`, were they not refractory."""
        threshold, end = self.law.threshold, self.tick(self.number_after(since))
        if threshold is None:
            return np.zeros(len(indices), bool)
        found = self.hold(threshold, indices, x, since, active)
        if self.law.is_polled:
            return found if self.is_tick(since) else np.zeros(len(indices), bool)
        return found | self.hold(threshold, indices, stride.ahead, end, active)

    def first_spike(self, k: int, x: Sequence[float], since: float, course: StepCourse) -> float:
        """Return when neuron k crosses its threshold in the step that it takes from `since`; `inf` for not."""
        threshold = self.law.threshold
        if threshold is None:
            return inf
        who = self._who(k, since, True)
        if self.law.is_polled:
            return since if self.is_tick(since) and threshold.holds(who, x, since) else inf
        return threshold.first_time(True, who, x, since, course)

    def recovers(self, k: int, x: Sequence[float], since: float, course: StepCourse) -> float:
        """Return when the refractory condition of neuron k ceases to hold in its present step; `inf` for not."""
        condition = self.law.refractory
        assert condition is not None
        return condition.first_time(False, self._who(k, since, False), x, since, course)

    # --- as other dynamics do ---------------------------------------------------------------------------------

    def courses(self, n: int) -> list[StepCourse]:
        """Return no courses: they are made step by step."""
        return []

    def take_inputs(self, store: Store, k: int) -> None:
        """Take over the parameters of neuron k, which an event has changed."""
        for mine, name in zip(self.inputs, self.law.inputs, strict=True):
            its = input_of(store, name)
            place = k if len(its) > 1 else 0
            mine[place] = its[place]

    def replace_inputs(self, inputs: list[np.ndarray]) -> None:
        """Take over parameters that were remembered."""
        self.inputs = inputs

    def take_all_inputs(self, store: Store) -> None:
        """Take over the parameters of all neurons."""
        for mine, name in zip(self.inputs, self.law.inputs, strict=True):
            mine[:] = input_of(store, name)

    def values_at(self, store: Store, number: int, indices: np.ndarray, now: float) -> np.ndarray:
        """Return state variable `number` of some neurons at the instant `now`, without changing anything."""
        values, m = np.empty(len(indices)), len(self.states)
        since = store.since[indices]
        active = store.until[indices] <= since
        for start in np.unique(since).tolist():
            mine = np.flatnonzero(since == start)
            chosen = indices[mine]
            x = [np.ascontiguousarray(store.state[j::m][chosen]) for j in range(m)]
            is_within = self.law.noise is not None and now < self.tick(self.number_after(start))
            if start == now:
                values[mine] = x[number]
                continue
            if len(chosen) > FEW and is_within:
                values[mine] = self.within_many(chosen, x, start, active[mine].astype(float), now)[0][number]
                continue
            if len(chosen) > FEW:
                span, stride = self.whole_steps(chosen, x, start, active[mine].astype(float))
                values[mine] = _between(stride, number, x[number], span, now - start)
                left = leaves_numbers(stride, len(mine))
                mine, x = mine[left], [column[left] for column in x]
            for place, row in zip(mine.tolist(), np.transpose(x).tolist(), strict=True):
                values[place] = self._value_of(int(indices[place]), row, start, bool(active[place]), now)[number]
        return values

    def _value_of(self, k: int, x: list[float], since: float, is_active: bool, now: float) -> list[float]:
        """Return the state of neuron k at an instant of its present step."""
        if self.law.noise is not None and now < self.tick(self.number_after(since)):
            return self.within(k, x, since, is_active, now)[0]
        return self.one(k, x, since, is_active).advance(x, since, 0.0, now - since, False)

    def settle(self, store: Store, indices: np.ndarray, now: float) -> None:
        """Divide the steps of some neurons at the instant `now`."""
        m, since = len(self.states), store.since[indices]
        for start in np.unique(since).tolist():
            if self.tick(self.number_after(start)) > now:
                mine = indices[since == start]
                x = [np.ascontiguousarray(store.state[j::m][mine]) for j in range(m)]
                ahead, left = self.within_many(mine, x, start, (store.until[mine] <= start).astype(float), now)
                self.noise.keep(mine, left)
                for j, column in enumerate(ahead):
                    store.state[mine * m + j] = column
                store.since[mine], store.since_low[mine] = now, 0.0

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
        if mine.inputs != its.inputs or self.noise.keys != other.noise.keys:
            return np.array([True])
        differing = [a != b for a, b in zip(self.inputs, other.inputs, strict=True)]
        # a shared parameter has one value, others have one for each neuron
        return np.any(np.broadcast_arrays(*differing), axis=0) if differing else np.zeros(1, bool)

    def replace(self, k: int, one: Any) -> None:
        """Refuse: parameters are taken over by `take_inputs`."""
        raise NotImplementedError

    def describe(self) -> str:
        """Say which method is used with which step."""
        how = f"Method '{self.law.name}' with a step" if self.states else "A step"
        return f"{how} of {self.step:g} ms"

    def caveats(self) -> str:
        """Say what is not exact."""
        return "its spikes are not exact"

    def describe_threshold(self) -> str:
        """Say when the threshold is tested, and where a spike is."""
        if self.law.is_polled:
            return "asked once at each tick, as it draws random numbers; a spike is at the tick"
        return "tested at both ends of a step; the spike is where the interpolated path crosses"

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


def input_of(store: Store, name: str) -> np.ndarray:
    """Return the stored values of what texts read: a parameter, or the times of the last spikes."""
    return store.lastspike if name == "lastspike" else store.parameters[name]
