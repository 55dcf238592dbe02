r"""Between two ticks: whether a noisy path has met the threshold that both its ends are below, and when.

Equation
    Of the distance to threshold, ``D = w . x + d``, positive below it: ``dD = (F - g D) dt + s dW``, F the pull that is
    left at threshold. For the membrane ``dv = (mu - v)/tau dt + s dW`` below theta, g is 1/tau and F (theta - mu)/tau.
Chance to have met it
    ``exp(-2 D0 D1 / K)`` with ``K = s^2 sinh(g h)/g`` for a step h from D0 to D1 above zero; 1 if D1 is not.
    For ``exp(g t) D(t)`` is a Brownian motion in the time ``s^2 (exp(2 g t) - 1)/(2 g)``, and this is the chance that
    it meets a straight line on its way between the two ends. Without leak K is ``s^2 h``.
The line's sag
    The line is straight if F is 0. Otherwise the middle of the mean path hangs off it by the sag
    ``e = (g F - dF/dt) h^2/8`` (of the membrane: ``(theta - mu) h^2/(8 tau^2)``), nearly as a parabola does. To first
    order in the sag, by Girsanov's theorem and the mean of a Bessel bridge, the exponent is
    ``-2 D0 D1/K (1 + 2 sqrt(2 pi) e/sqrt(K) erfcx((D0 + D1)/sqrt(2 K)))``.
When it was met
    The share of the changed time T is ``1/(1 + z)``, with 1/z inverse Gaussian of mean ``D0/|exp(g h) D1|`` and shape
    ``D0^2/T``; by reflection for either sign of D1.
Limits
    The chance is exact for F = 0. Otherwise its error is at most ``u^2 + (g h)^2 u/10`` with ``u = |e|/sqrt(K)``, for
    steps up to tau/2; it would be 0.8 u without the correction. At a step of tau/5 and a threshold two standard
    deviations above rest that is 3e-4. The time given the ends leaves the sag out. Where x has several variables F is
    taken to change evenly. A distance without noise of its own (s = 0: noise that reaches it through a current) moves
    smoothly; `passages` looks for its crossings on a cubic between the ends.
Source
    Doob (1949), Ann Math Stat 20, 393-403 (time change, bridge). Giraudo, Sacerdote & Zucca (2001), Methodol Comput
    Appl Probab 3, 215-231 (bridges for firing times). Michael, Schucany & Haas (1976), American Statistician 30, 88-90
    (inverse Gaussian numbers). The correction for the sag is derived here: over the bridges that stay above zero the
    mean area beyond the chord is ``D0 D1/2 sqrt(2 pi h)/s erfcx(...) P/(1 - P)``, by Laplace transform, and Girsanov's
    factor is exp of that times ``8 e/(s h)^2``.
See also
    `transition`, the state at the end of a span.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from math import pi, sqrt
from typing import Any

import numpy as np

from ..equations.builtins import FUNCTIONS
from .stepping import Column, Columns
from .transition import Transition, dot

#: A threshold this many variances away from both ends, as a product, is out of reach of a uniform number of 53 bits.
OUT_OF_REACH = 40.0

#: So often is a state drawn again that must not have met the threshold.
ATTEMPTS = 200

#: Steps of more time constants than this are taken for such a step: its ends know nothing of each other.
LONGEST = 300.0

#: Ratios beyond this are all the same, and their squares are still numbers.
HUGE = 1e150

EXP, EXPREL, LOG, LOG1P, SINH, COSH = (
    FUNCTIONS[name].over_arrays for name in ("exp", "exprel", "log", "log1p", "sinh", "cosh")
)
ONE = {name: FUNCTIONS[name].for_one for name in ("exp", "exprel", "sinh", "cosh")}


@dataclass(frozen=True)
class Distance:
    """The distance to threshold ``D = weights . x + constant``, and how it moves next to it.

    Attributes
    ----------
    weights : tuple of float or ndarray
    constant : float or ndarray
    power : float or ndarray
        Variance of its own noise per time [unit of D squared / ms].
    leak : float or ndarray
        g [1/ms]; negative where it grows.
    pull : tuple of float or ndarray
        ``F = pull . x + push`` [unit of D / ms].
    push : float or ndarray
    """

    weights: tuple[Column, ...]
    constant: Column
    power: Column
    leak: Column
    pull: tuple[Column, ...]
    push: Column

    @classmethod
    def made(cls, A: Sequence, b: Sequence, B: Sequence, weights: Sequence[Column], constant: Column) -> Distance:
        """Return the distance of a linear system.

        Parameters
        ----------
        A, b, B : sequences of float or ndarray
            Of `Diffusion`, entry by entry, the neurons last.
        weights, constant
            With D positive below threshold.
        """
        m, sources = len(b), range(len(B[0]))
        along = [dot([B[i][s] for i in range(m)], weights) for s in sources]
        # how much of a move of D by chance is a move of each variable
        shares = [dot(B[i], along) for i in range(m)]
        drift = [dot([A[i][j] for i in range(m)], weights) for j in range(m)]
        power = dot(along, along)
        with np.errstate(all="ignore"):
            leak = _column(np.where(np.greater(power, 0.0), -np.divide(dot(drift, shares), power), 0.0))
        pull = tuple(slope + leak * weight for slope, weight in zip(drift, weights, strict=True))
        return cls(tuple(weights), constant, power, leak, pull, dot(b, weights) + leak * constant)

    def of(self, x: Columns) -> Column:
        """Return the distance of a state."""
        return dot(self.weights, x) + self.constant

    def force(self, x: Columns) -> Column:
        """Return F in a state."""
        return dot(self.pull, x) + self.push

    def some(self, who: Any) -> Distance:
        """Return the distances of some neurons, or of one."""
        values = [getattr(self, name) for name in DISTANCE]
        return self if _are_shared(values) else Distance(*(_pick(value, who) for value in values))

    def over(self, span: Column) -> Bridge:
        """Return the bridge over a span of time."""
        if isinstance(span, float) and isinstance(self.power, float) and isinstance(self.leak, float):
            return self._over_one(span, self.power, self.leak)
        z = np.clip(self.leak * span, -LONGEST, LONGEST)
        half = SINH(0.25 * z)
        with np.errstate(all="ignore"):
            variance = self.power * span * np.where(z == 0.0, 1.0, SINH(z) / z)
            # of the hyperbolic cosine that hangs there: a parabola's h^2/8 where the leak is small
            depth = np.where(z * z == 0.0, 0.125, 2.0 * half * half / (z * z) / COSH(0.5 * z)) * span * span
            leak = np.where(np.equal(span, 0.0), self.leak, z / span)
        return Bridge(self, span, *map(_column, (variance, EXP(z), span * EXPREL(2.0 * z), leak, depth)))

    def _over_one(self, span: float, power: float, leak: float) -> Bridge:
        """Return what `over` does of floats, with the same bits and many times as quickly."""
        z = min(max(leak * span, -LONGEST), LONGEST)
        half = ONE["sinh"](0.25 * z)
        variance = power * span * (ONE["sinh"](z) / z if z else 1.0)
        depth = (2.0 * half * half / (z * z) / ONE["cosh"](0.5 * z) if z * z else 0.125) * span * span
        return Bridge(
            self, span, variance, ONE["exp"](z), span * ONE["exprel"](2.0 * z), z / span if span else leak, depth
        )


@dataclass(frozen=True)
class Bridge:
    """The paths between the two ends of a span.

    Attributes
    ----------
    distance : Distance
    span : float or ndarray
        h [ms].
    variance : float or ndarray
        K.
    growth : float or ndarray
        ``exp(g h)``.
    clock : float or ndarray
        The changed time over the span, in units of the variance per time: ``(exp(2 g h) - 1)/(2 g)`` [ms].
    leak : float or ndarray
        g [1/ms].
    depth : float or ndarray
        Sag over ``g F - dF/dt`` [ms^2].
    """

    distance: Distance
    span: Column
    variance: Column
    growth: Column
    clock: Column
    leak: Column
    depth: Column

    def some(self, who: Any) -> Bridge:
        """Return the bridges of some neurons, or of one."""
        values = [getattr(self, name) for name in BRIDGE]
        distance = self.distance.some(who)
        if distance is self.distance and _are_shared(values):
            return self
        return Bridge(distance, *(_pick(value, who) for value in values))

    def is_in_reach(self, start: Column, end: Column) -> Column:
        """Return where the threshold may have been met at all, quickly, from the distances at both ends."""
        return (start * end < OUT_OF_REACH * self.variance) | (end <= 0.0)

    def sag(self, x: Columns, ahead: Columns) -> Column:
        """Return how far the mean path between two states hangs off its line, positive away from threshold."""
        before, after = self.distance.force(x), self.distance.force(ahead)
        return self.depth * (0.5 * self.leak * (before + after) - (after - before) / self.span)

    def exponent(self, x: Columns, ahead: Columns) -> np.ndarray:
        """Return minus the logarithm of the chance that the threshold has been met between two states."""
        from scipy.special import erfcx

        start, end, K = (np.asarray(part) for part in (self.distance.of(x), self.distance.of(ahead), self.variance))
        with np.errstate(all="ignore"):
            root = np.sqrt(K)
            bend = 2.0 * sqrt(2.0 * pi) * self.sag(x, ahead) / root * erfcx((start + end) / (sqrt(2.0) * root))
            exponent = 2.0 * start * end / K * np.maximum(1.0 + bend, 0.0)
        apart = np.where(K > 0.0, exponent, np.inf)
        return np.where((start > 0.0) & (end > 0.0), apart, 0.0)

    def meets(self, x: Columns, ahead: Columns, uniform: Column) -> np.ndarray:
        """Return whether the threshold has been met between two states; `uniform`, below one, decides."""
        return uniform < EXP(-self.exponent(x, ahead))

    def time(self, start: Column, end: Column, normal: Column, uniform: Column) -> np.ndarray:
        """Return how long after its beginning a path met the threshold, given that it did [ms].

        Parameters
        ----------
        start, end : float or ndarray
            Distances at both ends.
        normal, uniform : float or ndarray
            Random numbers, the one standard normal and the other between zero and one.

        Accuracy
        --------
        Above zero and at most the span.
        """
        start, end, normal = np.asarray(start), np.asarray(end), np.asarray(normal)
        with np.errstate(all="ignore"):
            m = np.minimum(self.growth * np.abs(end) / start, HUGE)
            q = np.minimum(0.5 * self.growth * self.variance * (normal / start) * (normal / start), HUGE)
            # 1/y of the smaller root y; both are sums of positive numbers, also for a mean that is infinite (m = 0)
            z = m + q + np.sqrt(q * (q + 2.0 * m))
            z = np.where(uniform * (z + m) <= z, z, m * (m / z))
            # back from the changed time: log(1 + 2 g c)/(2 g) of its share c
            share = self.clock / (1.0 + z)
            y = 2.0 * self.leak * share
            t = share * np.where(y == 0.0, 1.0, LOG1P(y) / y)
        return np.clip(np.where(start > 0.0, t, 0.0), np.nextafter(0.0, 1.0), self.span)


#: The names of what they hold, but for the distance of a bridge.
DISTANCE, BRIDGE = ([field.name for field in fields(kind) if field.name != "distance"] for kind in (Distance, Bridge))


def at_distance(
    transition: Transition, distance: Distance, x: Columns, normals: Sequence[Column], target: Column = 0.0
) -> list[Column]:
    """Return a state at the end of a span, given its distance to threshold there.

    What is left of chance in the other variables is drawn, as a Gaussian vector is given one of its components.

    Parameters
    ----------
    transition : Transition
    distance : Distance
    x, normals
        As `Transition.take` wants them.
    target : float or ndarray
        The distance; zero is at threshold.
    """
    together, variance = transition.spread(distance.weights)
    return _moved(distance, transition.take(x, normals), together, variance, target)


def survive(
    bridge: Bridge,
    x: Sequence[np.ndarray],
    draw: Callable[[int, np.ndarray], tuple[Sequence[Column], np.ndarray]],
    together: Sequence[Column],
    variance: Column,
) -> list[np.ndarray]:
    """Return states at the end of a span in which the threshold was not met.

    A state is drawn, and drawn again as often as the bridge to it meets the threshold. Who asks knows that it did not,
    so that is seldom unlikely: with the chance p not to have met it the mean number of attempts is 1/p, and over all
    neurons, each of which asks with this chance, it is one.

    Parameters
    ----------
    bridge : Bridge
        Over the span.
    x : sequence of ndarray
        The states at its beginning, a column a variable, below threshold.
    draw : callable
        ``draw(attempt, who)`` gives states at its end, whether or not they met the threshold (`Transition.take`, or
        `between` where the end of a longer span is known), and uniform numbers, for those places in the columns of x
        that are in `who`.
    together, variance
        As `Transition.spread` gives them for the distance.

    Accuracy
    --------
    Exact as the bridge is. After `ATTEMPTS` the distance is drawn from Rayleigh's law instead, that of a Brownian
    motion which starts next to the threshold and does not meet it. A neuron asks with the chance p not to have met it,
    and is refused so often with ``p (1 - p)**ATTEMPTS``: once in 500 inputs at worst, for p = 1/200, and once in 1e10
    for p = 1/10.
    """
    result, left = [np.array(v, dtype=float) for v in x], np.arange(len(x[0]))
    for attempt in range(ATTEMPTS):
        ahead, uniforms = draw(attempt, left)
        stays = ~bridge.some(left).meets([v[left] for v in x], ahead, uniforms)
        for column, values in zip(result, ahead, strict=True):
            column[left[stays]] = np.broadcast_to(values, stays.shape)[stays]
        left = left[~stays]
        if not len(left):
            return result
    ahead, uniforms = draw(ATTEMPTS, left)
    target = np.sqrt(-2.0 * _pick(variance, left) * LOG(1.0 - uniforms))
    shares = [_pick(share, left) for share in together]
    moved = _moved(bridge.distance.some(left), ahead, shares, _pick(variance, left), target)
    for column, values in zip(result, moved, strict=True):
        column[left] = values
    return result


def _moved(
    distance: Distance, x: Columns, together: Sequence[Column], variance: Column, target: Column
) -> list[Column]:
    """Return a state at another distance, the other variables as far as they go together with it."""
    with np.errstate(all="ignore"):
        excess = np.where(np.greater(variance, 0.0), np.divide(distance.of(x) - target, variance), 0.0)
    return [v - excess * share for v, share in zip(x, together, strict=True)]


def _column(values: Any) -> Column:
    """Return the values of many neurons, or one value as a float."""
    return float(values) if np.ndim(values) == 0 else values


def _pick(entry: Any, who: Any) -> Any:
    if isinstance(entry, tuple):
        return tuple(_pick(part, who) for part in entry)
    if isinstance(entry, float) or np.ndim(entry) == 0:
        return entry
    return float(entry[who]) if isinstance(who, int) else entry[who]


def _are_shared(values: Sequence[Any]) -> bool:
    """Return whether all neurons have all of these in common."""
    return all(_are_shared(v) if isinstance(v, tuple) else isinstance(v, float) for v in values)
