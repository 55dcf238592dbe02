"""Linear groups on the clock, stepped from the exact law of their equations: noise without a bias of the step.

From tick to tick the state is drawn from the law of where the equations lead (`transition`); a step of any length has
the right mean and the right covariance. Whether the threshold was met on the way is drawn, too (`passages`), so that
neurons do not fire less often where the step is longer.

1. A step that ends in a spike ends there: at the time that was drawn, in a state at threshold.
2. After a spike new noise acts for the rest of the step, and the neuron may fire again in it.
3. What divides a step finds a state inside it that fits both of its ends, and from which the threshold was not met
   before. What is left of the step's random numbers goes on from there.
4. Without noise the same is an exact flow.
5. A refractory condition on noisy variables is asked at the ends of steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, nan

import numpy as np

from ..equations.rates import Rates
from ..store import Store
from .bridge import survive
from .interpolated import StepCourse
from .laws import LawMaker, Laws, Phase
from .noise import Chances
from .passages import Leg, find_passages, may_pass
from .stepping import ADDITIVE, Column, Columns, Flow, Method, Stride
from .ticking import ClockedDynamics, Law
from .transition import Transition, between, dot

#: The name of the method.
EXACT = "exact"

#: Steps longer than this share of the time constant of the distance to threshold are too long for the bridge.
LONGEST = 0.5


def _no_step(flow: Flow, t: Column, x: Columns, h: float) -> Stride:
    raise NotImplementedError("steps are drawn from their law, not reckoned from derivatives")


EXACT_METHOD = Method(_no_step, 1, noise=ADDITIVE)


class ExactDynamics(ClockedDynamics):
    """How a linear group moves from tick to tick, by the exact law of its equations.

    Parameters
    ----------
    law : Law
        Its rates are A, row by row, and b; its noise is B.
    step : float
        Of the clock [ms].
    store : Store
    noise : Chances
    distance : Rates or None
        Weights and constant of the distance to threshold.
    """

    noise: Chances

    def __init__(self, law: Law, step: float, store: Store, noise: Chances, distance: Rates | None) -> None:
        super().__init__(law, step, store, noise)
        assert law.noise is not None
        self.kind = "exactly in distribution" if law.sources else "exactly from tick to tick"
        self.fires_once, self._everyone = law.is_polled, np.arange(store.n)
        self._maker = LawMaker(len(store.states), len(law.sources), step, law.rates, law.noise, distance)
        self._laws: Laws | None = None
        self._lastspike = store.lastspike
        # neurons whose parameters an event has changed since those were made, and whether any others have changed
        self._own: dict[int, Laws | None] = {}
        self._is_stale = True

    # --- the laws ---------------------------------------------------------------------------------------------

    @property
    def laws(self) -> Laws:
        """Those of all neurons."""
        if self._laws is None or self._is_stale or self._own:
            inputs = tuple(a if len(a) > 1 else a[0] for a in self.inputs)
            self._laws = self._maker.make(self._everyone.astype(float), inputs, self._laws)
            self._own.clear()
            self._is_stale = False
        return self._laws

    def _laws_of(self, k: int) -> tuple[Laws, int]:
        """Return the laws that hold for neuron k, and its place in them."""
        if self._laws is None or self._is_stale:
            return self.laws, k
        if k not in self._own:
            return self._laws, k
        own = self._own[k]
        if own is None:
            inputs = tuple(a[k] if len(a) > 1 else a[0] for a in self.inputs)
            own = self._own[k] = self._maker.make(np.array([float(k)]), inputs)
        return own, 0

    def take_inputs(self, store: Store, k: int) -> None:
        """Take over the parameters of neuron k, which an event has changed."""
        before = self._own_inputs(k)
        super().take_inputs(store, k)
        if self._laws is not None and self._own_inputs(k) != before:
            self._own[k] = None

    def take_all_inputs(self, store: Store) -> None:
        """Take over the parameters of all neurons."""
        super().take_all_inputs(store)
        self._is_stale = True

    def replace_inputs(self, inputs: list[np.ndarray]) -> None:
        """Take over parameters that were remembered."""
        super().replace_inputs(inputs)
        self._is_stale = True

    def _own_inputs(self, k: int) -> list[float]:
        return [a[k] if len(a) > 1 else a[0] for a in self.inputs]

    # --- one step ---------------------------------------------------------------------------------------------

    def one(self, k: int, x: Sequence[float], since: float, is_active: bool) -> StepCourse:
        """Return the step of neuron k from `since` to the next tick, or to its next spike before that."""
        number = self.number_after(since)
        end, (laws, place) = self.tick(number), self._laws_of(k)
        ahead = self._lead(laws.phase(is_active), k, place, x, since, number)
        if is_active and laws.watch is not None and all(map(isfinite, ahead)):
            is_whole = since == self.tick(number - 1)
            bridge = laws.watch.whole.some(place) if is_whole else laws.watch.distance.some(place).over(end - since)
            if may_pass(bridge.distance, bridge, x, ahead):
                columns = [np.array([v]) for v in x], [np.array([v]) for v in ahead]
                leg = Leg(np.array([k]), np.array([place]), since, end, number if is_whole else since, *columns)
                found = find_passages(leg, bridge.distance, bridge, laws.active.diffusion, self.noise)
                if len(found.which):
                    end, ahead = float(found.instants[0]), [float(v[0]) for v in found.states]
        if self.noise.sources:
            return StepCourse(end, end - since, tuple(ahead), None, None)
        first, last = (tuple(float(v) for v in _slopes(laws.phase(is_active), place, y)) for y in (x, ahead))
        return StepCourse(end, end - since, tuple(ahead), first, last)

    def _lead(self, phase: Phase, k: int, place: int, x: Sequence[float], since: float, number: int) -> list[float]:
        """Return where the step of neuron k leads, be there a threshold on the way or not."""
        if phase.is_still:
            return list(x)
        return self._over(phase, place, since, number).take(x, self._amounts(k, since, number))

    def _over(self, phase: Phase, place: int, since: float, number: int) -> Transition:
        if since == self.tick(number - 1):
            return phase.whole.of(place)
        return phase.diffusion.over(self.tick(number) - since, place)

    def _amounts(self, who: int | np.ndarray, since: float, number: int) -> list:
        """Return the normal number of each variable, for a neuron or for many, from `since` to tick `number`."""
        if since == self.tick(number - 1):
            return self.noise.whole(who, number)
        end = self.tick(number)
        if isinstance(who, int):
            return self.noise.rest(who, since, end)
        return [*np.array([self.noise.rest(k, since, end) for k in who.tolist()]).T]

    def within(self, k: int, x: Sequence[float], since: float, is_active: bool, now: float) -> tuple[list, list]:
        """Return the state of neuron k at an instant within its step, and the normal numbers that are left after it."""
        number, (laws, place) = self.number_after(since), self._laws_of(k)
        phase, end = laws.phase(is_active), self.tick(number)
        if phase.is_still:
            return list(x), [nan for _ in self.noise.places]
        first, rest = (phase.diffusion.over(span, place) for span in (now - since, end - now))
        if not first.noisy and not rest.noisy:
            return first.take(x, [0.0] * len(x)), [nan for _ in self.noise.places]
        whole = self._over(phase, place, since, number)
        ahead = whole.take(x, self._amounts(k, since, number))

        def draw(attempt: int) -> list[float]:
            return between(first, rest, whole, x, ahead, self.noise.inside(k, now, attempt))

        state = draw(0)
        if is_active and laws.watch is not None:
            distance = laws.watch.distance.some(place)
            bridge = distance.over(now - since)
            if distance.of(x) > 0.0 and bridge.is_in_reach(distance.of(x), distance.of(state)):

                def draw_again(attempt: int, _: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
                    uniform = self.noise.survival(k, now, attempt)
                    return [np.array([v]) for v in draw(attempt)], np.array([uniform])

                start = [np.array([v]) for v in x]
                found = survive(bridge, start, draw_again, *first.spread(distance.weights))
                state = [float(v[0]) for v in found]
        left = rest.normals_for(state, ahead)
        return state, [left[j] if rest.factor[j][j] else nan for j in self.noise.places]

    def within_many(
        self, indices: np.ndarray, x: Columns, since: float, active: np.ndarray, now: float
    ) -> tuple[Columns, Columns]:
        """Return the states of some neurons at an instant within their steps, and the normal numbers that are left."""
        rows = zip(indices.tolist(), np.transpose(x).tolist(), active.tolist(), strict=True)
        pairs = [self.within(k, row, since, bool(is_active), now) for k, row, is_active in rows]
        states, left = (np.array(side).reshape(len(indices), -1).T for side in zip(*pairs, strict=True))
        return [*states], [*left]

    # --- many -------------------------------------------------------------------------------------------------

    def many(self, indices: np.ndarray, x: Columns, since: float, active: np.ndarray) -> tuple[Column, Stride]:
        """Return the lengths of the steps of some neurons from one instant to the next tick or spike, and the steps."""
        number, laws = self.number_after(since), self.laws
        end, is_whole = self.tick(number), since == self.tick(number - 1)
        places = self._places(indices)
        with np.errstate(all="ignore"):
            ahead, active = self._lead_many(indices, places, x, since, number, active != 0.0), active != 0.0
            if laws.watch is None or not active.any():
                return end - since, Stride(ahead, *self._both_slopes(places, x, ahead, active))
            bridge = laws.watch.over(end - since, is_whole)
            leg = Leg(indices, places, since, end, number if is_whole else since, [*x], ahead)
            if places is not None:
                bridge = bridge.some(places)
            if not active.all():
                tested = np.flatnonzero(active)
                leg, bridge = leg.some(tested), bridge.some(tested)
            found = find_passages(leg, bridge.distance, bridge, laws.active.diffusion, self.noise)
        ends, which = np.full(len(indices), end), found.which if active.all() else tested[found.which]
        ends[which] = found.instants
        for column, values in zip(ahead, found.states, strict=True):
            column[which] = values
        return ends - since, Stride(ahead, *self._both_slopes(places, x, ahead, active), ends)

    def _places(self, indices: np.ndarray) -> np.ndarray | None:
        """Return where the laws of some neurons are: those of all, in their order, as they stand."""
        return None if np.array_equal(indices, self._everyone) else indices

    def whole_steps(self, indices: np.ndarray, x: Columns, since: float, active: np.ndarray) -> tuple[Column, Stride]:
        """Return the steps of some neurons to the next tick, be there a threshold on the way or not."""
        number = self.number_after(since)
        places = self._places(indices)
        with np.errstate(all="ignore"):
            ahead = self._lead_many(indices, places, x, since, number, active != 0.0)
        return self.tick(number) - since, Stride(ahead)

    def _lead_many(
        self, indices: np.ndarray, places: np.ndarray | None, x: Columns, since: float, number: int, active: np.ndarray
    ) -> list[np.ndarray]:
        """Return where the steps of many neurons lead."""
        laws, is_whole = self.laws, since == self.tick(number - 1)
        normals = self._amounts(indices if places is not None or not is_whole else None, since, number)  # type: ignore
        ahead = [np.empty(len(indices)) for _ in x]
        phases = [(laws.active, active), (laws.refractory, ~active)]
        if laws.active is laws.refractory or active.all() or not active.any():
            phases = [(laws.phase(bool(active.any())), np.ones(len(indices), bool))]
        for phase, chosen in phases:
            mine = slice(None) if len(phases) == 1 else np.flatnonzero(chosen)
            who = places if len(phases) == 1 else indices[mine]
            if is_whole:
                transition = phase.whole if who is None else phase.whole.of(who)
            else:
                transition = phase.diffusion.over(self.tick(number) - since, who)
            own = [v if isinstance(v, float) else v[mine] for v in normals]
            for column, values in zip(ahead, transition.take([v[mine] for v in x], own), strict=True):
                column[mine] = values
        return ahead

    def _both_slopes(
        self, places: np.ndarray | None, x: Columns, ahead: Columns, active: np.ndarray
    ) -> tuple[list[np.ndarray] | None, list[np.ndarray] | None]:
        """Return the derivatives at both ends of the steps of many neurons, which noise does not have."""
        if self.noise.sources:
            return None, None
        who, laws = slice(None) if places is None else places, self.laws

        def slopes(x: Columns) -> list[np.ndarray]:
            pairs = zip(_slopes(laws.active, who, x), _slopes(laws.refractory, who, x), strict=True)
            return [np.where(active, a, b) for a, b in pairs]

        return slopes(x), slopes(ahead)

    def _value_of(self, k: int, x: list[float], since: float, is_active: bool, now: float) -> list[float]:
        """Return the state of neuron k at an instant of its present step, or at its end."""
        number = self.number_after(since)
        if now < self.tick(number):
            return self.within(k, x, since, is_active, now)[0]
        laws, place = self._laws_of(k)
        return self._lead(laws.phase(is_active), k, place, x, since, number)

    # --- conditions -------------------------------------------------------------------------------------------

    def crosses(self, indices: np.ndarray, x: Columns, since: float, active: np.ndarray, stride: Stride) -> np.ndarray:
        """Return which of some neurons fire in the step that they take from `since`, were they not refractory."""
        threshold = self.law.threshold
        if threshold is None or self.law.is_polled:
            return super().crosses(indices, x, since, active, stride)
        found = self.hold(threshold, indices, x, since, active)
        found = found | self._leaves_threshold(indices, x, since)
        return found if stride.ends is None else found | (stride.ends < self.tick(self.number_after(since)))

    def first_spike(self, k: int, x: Sequence[float], since: float, course: StepCourse) -> float:
        """Return when neuron k fires in the step that it takes from `since`: then that ends; `inf` for not."""
        threshold = self.law.threshold
        if threshold is None or self.law.is_polled:
            return super().first_spike(k, x, since, course)
        if self.holds(threshold, k, x, since, True):
            return since
        laws, place = self._laws_of(k)
        if laws.watch is not None and self._lastspike[k] != since:
            distance = laws.watch.distance.some(place)
            if distance.of(x) == 0.0 and (distance.power > 0.0 or distance.force(x) < 0.0):
                return since
        return course.end if course.end < self.tick(self.number_after(since)) else inf

    @property
    def _asks_at_ticks(self) -> bool:
        """Whether a refractory condition looks at noisy states."""
        return self.law.refractory is not None and bool(self.law.refractory.needs and self.law.sources)

    def _leaves_threshold(self, indices: np.ndarray, x: Columns, since: float) -> np.ndarray:
        """Return which of some neurons stand at threshold and go beyond it at once, but have not just fired.

        A smooth path may have got there as a step ended. One with noise has no chance not to pass it from there.
        """
        watch, nobody = self.laws.watch, np.zeros(len(indices), bool)
        if watch is None:
            return nobody
        distance = watch.distance if self._places(indices) is None else watch.distance.some(indices)
        stands = np.broadcast_to(distance.of(x), len(indices)) == 0.0
        if not stands.any():
            return nobody
        leaves = np.greater(distance.power, 0.0) | (distance.force(x) < 0.0)
        return stands & leaves & (self._lastspike[indices] != since)

    def recovers(self, k: int, x: Sequence[float], since: float, course: StepCourse) -> float:
        """Return when the refractory condition of neuron k ceases to hold in its present step; `inf` for not.

        Where it looks at a noisy state, whose path between the ends nobody knows: at which end it does not hold.
        """
        condition = self.law.refractory
        assert condition is not None
        if not self._asks_at_ticks:
            return super().recovers(k, x, since, course)
        if not self.holds(condition, k, x, since, False):
            return since
        return inf if self.holds(condition, k, course.ahead, course.end, False) else course.end

    # --- what is said of it -----------------------------------------------------------------------------------

    def describe(self) -> str:
        """Say which law is used, with which step."""
        if not self.law.sources:
            return f"Exact flow from tick to tick, a step of {self.step:g} ms"
        text = f"Exact in distribution: Ornstein-Uhlenbeck transition, a step of {self.step:g} ms"
        return f"{text}; {self.describe_crossings()}" if self.laws.watch is not None else text

    def describe_crossings(self) -> str:
        """Say how crossings of the threshold between ticks are found."""
        watch = self.laws.watch
        rough = watch is not None and bool(np.any(watch.distance.power))
        smooth = watch is not None and not np.all(watch.distance.power)
        how = "the Brownian bridge" if rough or not smooth else "cubics"
        if rough and smooth:
            how += " or, where no noise acts on the distance itself, by cubics"
        return f"crossings between ticks by {how}"

    def caveats(self) -> str:
        """Say what is not exact."""
        fastest = self._fastest
        words = []
        if self.law.sources and isfinite(fastest) and self.step * fastest > LONGEST:
            words.append(
                f"the step is longer than half the time constant of {1.0 / fastest:.3g} ms, where the test for "
                f"crossings becomes inaccurate: take dt of at most {LONGEST / fastest:.2g} ms"
            )
        if self._asks_at_ticks:
            words.append("the refractory condition is asked at ticks")
        if self.law.is_polled:
            words.append("the threshold is asked at ticks")
        return "; ".join(words)

    @property
    def _fastest(self) -> float:
        """The fastest leak of the distance to threshold [1/ms]."""
        watch = self.laws.watch
        return 0.0 if watch is None else float(np.max(np.abs(watch.distance.leak)))

    def describe_threshold(self) -> str:
        """Say when the threshold is tested, and where a spike is."""
        if self.laws.watch is None:
            return super().describe_threshold()
        return f"{self.describe_crossings()}; a spike is at the time of the crossing"

    def solutions(self, j: int, name: str) -> list[tuple[str, str, int]]:
        """Return how variable j is found."""
        kind = "exact in distribution" if name in self.noise.sources else "exact flow between ticks"
        how = "Ornstein-Uhlenbeck transition" if name in self.noise.sources else "linear equations"
        return [("on the clock", f"{kind}: {how}, a step of {self.step:g} ms", 1)]


def _slopes(phase: Phase, place: int | slice | np.ndarray, x: Columns) -> list[Column]:
    """Return the derivatives of the variables where there is no noise."""
    A, b, _ = (part[0] if len(part) == 1 else part[place] for part in phase.parts)
    m = range(len(x))
    return [dot([A[..., i, j] for j in m], x) + b[..., i] for i in m]
