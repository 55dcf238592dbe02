"""Which neurons meet their threshold inside a step whose ends are known, when, and in what state.

A distance to threshold that has noise of its own meets it by the law of the bridge, which chance decides. One that
noise reaches through other variables only, or not at all, moves smoothly: it is a cubic between the ends of the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nextafter

import numpy as np

from .bridge import Bridge, Distance, at_distance
from .noise import Chances
from .stepping import Column, Columns, add_up
from .stepping import between as on_cubic
from .transition import Diffusion, between

#: So often is a bracket halved for the time at which a cubic meets the threshold.
HALVINGS = 52

#: More than the largest factor of the sag in the bridge's exponent, ``2 sqrt(2 pi)``.
SAG = 5.02

#: A distance that has been zero at the beginning of a step is taken for so much.
SMALLEST = 5e-324

#: So many ulp of its terms is a state beyond threshold that stands there.
BEYOND = 4.0


@dataclass(frozen=True)
class Leg:
    """A step of some neurons, or the rest of one, with both of its ends.

    Attributes
    ----------
    who : ndarray of int, shape (n,)
    places : ndarray of int, or None
        Theirs in the laws; None for all there.
    since, end : float
        When it begins and ends [ms].
    begin : int or float
        What its random numbers are counted by: the number of a whole step, or `since`.
    x, ahead : list of ndarray
        The states at both ends.
    """

    who: np.ndarray
    places: np.ndarray | None
    since: float
    end: float
    begin: int | float
    x: list[np.ndarray]
    ahead: list[np.ndarray]

    def some(self, which: np.ndarray) -> Leg:
        """Return the steps of some of them."""
        x, ahead = ([v[which] for v in columns] for columns in (self.x, self.ahead))
        places = which if self.places is None else self.places[which]
        return Leg(self.who[which], places, self.since, self.end, self.begin, x, ahead)


@dataclass(frozen=True)
class Passages:
    """What was found.

    Attributes
    ----------
    which : ndarray of int
        Places in the leg of those that meet their threshold.
    instants : ndarray [ms]
        Inside of the leg, the ends excluded.
    states : list of ndarray
    """

    which: np.ndarray
    instants: np.ndarray
    states: list[np.ndarray]


def may_pass(distance: Distance, bridge: Bridge, x: Columns, ahead: Columns) -> bool:
    """Return whether one neuron can meet its threshold in a step at all, quickly."""
    start, last = distance.of(x), distance.of(ahead)
    if distance.power > 0.0:
        return bool(start > 0.0 and bridge.is_in_reach(start, last))
    return bool(_may_fall(start, last, distance.force(x), distance.force(ahead), bridge.span))


def find_passages(leg: Leg, distance: Distance, bridge: Bridge, diffusion: Diffusion, noise: Chances) -> Passages:
    """Return who meets the threshold.

    Parameters
    ----------
    leg : Leg
        Of neurons that are not refractory.
    distance, bridge
        Of these neurons, over the leg.
    diffusion : Diffusion
        By which they move.
    noise : Chances
    """
    start, last = (np.broadcast_to(distance.of(x), leg.who.shape) for x in (leg.x, leg.ahead))
    rough = np.broadcast_to(np.greater(distance.power, 0.0), leg.who.shape)
    found = []
    near = np.flatnonzero(rough & (start > 0.0) & bridge.is_in_reach(start, last))
    if len(near):
        found.append(_by_bridge(leg, near, distance, bridge, diffusion, noise))
    if not rough.all():
        found.append(_by_cubic(leg, np.flatnonzero(~rough), distance, diffusion, noise))
    if not found:
        return Passages(np.empty(0, int), np.empty(0), [np.empty(0) for _ in leg.x])
    which, instants = (np.concatenate(parts) for parts in list(zip(*found, strict=True))[:2])
    return Passages(which, instants, [np.concatenate(parts) for parts in zip(*(f[2] for f in found), strict=True)])


def _by_bridge(
    leg: Leg, near: np.ndarray, distance: Distance, bridge: Bridge, diffusion: Diffusion, noise: Chances
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    mine = leg.some(near)
    uniforms, others = noise.passages(mine.who, leg.begin)
    # most of those in reach are told from their uniform number alone
    kept = np.flatnonzero(_least_exponent(bridge.some(near), mine) <= -np.log(uniforms + 1e-300) * 1.000001 + 1e-6)
    near, mine, uniforms, others = near[kept], mine.some(kept), uniforms[kept], others[kept]
    met = np.flatnonzero(bridge.some(near).meets(mine.x, mine.ahead, uniforms))
    near, mine, others = near[met], mine.some(met), others[met]
    if not len(near):
        return near, np.empty(0), [np.empty(0) for _ in leg.x]
    distance, bridge = distance.some(near), bridge.some(near)
    normals = noise.delays(mine.who, leg.begin)
    times = bridge.time(distance.of(mine.x), distance.of(mine.ahead), normals, others)
    instants, inside = _within(leg, times)
    near, mine, distance, instants = near[inside], mine.some(inside), distance.some(inside), instants[inside]
    if not len(near):
        return near, instants, [np.empty(0) for _ in leg.x]
    transition = diffusion.over(instants - leg.since, mine.places)
    # one variable is where its threshold says
    own = noise.at_spikes(mine.who, instants, 0) if len(mine.x) > 1 else [0.0]
    states = _just_beyond(at_distance(transition, distance, mine.x, own), distance)
    return near, instants, [np.broadcast_to(v, near.shape) for v in states]


def _least_exponent(bridge: Bridge, leg: Leg) -> np.ndarray:
    """Return a bound below the exponent of the bridge, quickly."""
    distance = bridge.distance
    start, last = distance.of(leg.x), distance.of(leg.ahead)
    with np.errstate(all="ignore"):
        bend = SAG * np.abs(bridge.sag(leg.x, leg.ahead)) / np.sqrt(bridge.variance)
        exponent = 2.0 * start * last / bridge.variance * np.maximum(1.0 - bend, 0.0)
    return np.where((last > 0.0) & (exponent == exponent), exponent, 0.0)


def _by_cubic(
    leg: Leg, smooth: np.ndarray, distance: Distance, diffusion: Diffusion, noise: Chances
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    h, shape = leg.end - leg.since, leg.who.shape
    columns = distance.of(leg.x), distance.of(leg.ahead), distance.force(leg.x), distance.force(leg.ahead)
    low = np.flatnonzero(np.broadcast_to(_may_fall(*columns, h), shape)[smooth])
    smooth = smooth[low]
    mine, distance = leg.some(smooth), distance.some(smooth)
    cubic = np.stack([np.broadcast_to(column, shape)[smooth] for column in columns])
    cubic[0] = np.maximum(cubic[0], SMALLEST)
    high = _first_low(cubic, h)
    met = np.flatnonzero(high == high)
    instants, inside = _within(leg, _first_zero(cubic[:, met], high[met], h))
    met, instants = met[inside], instants[inside]
    mine, distance = mine.some(met), distance.some(met)
    if not len(met):
        return smooth[met], instants, [np.empty(0) for _ in leg.x]
    # inside the step as both of its ends say, and then at threshold, from which chance has no way to be far
    spans = instants - leg.since, leg.end - instants, np.full(len(met), h)
    first, rest, whole = (diffusion.over(span, mine.places) for span in spans)
    normals = noise.at_spikes(mine.who, instants, 0), noise.at_spikes(mine.who, instants, 1)
    states = _just_beyond(between(first, rest, whole, mine.x, mine.ahead, normals), distance)
    return smooth[met], instants, [np.broadcast_to(v, met.shape) for v in states]


def _just_beyond(states: Columns, distance: Distance) -> list[Column]:
    """Return the nearest states some ulp beyond threshold: a condition that is asked there finds them above it."""
    terms = [weight * v for weight, v in zip(distance.weights, states, strict=True)]
    scale = add_up(np.abs(term) for term in (distance.constant, *terms))
    with np.errstate(all="ignore"):
        excess = (distance.of(states) + BEYOND * np.spacing(scale)) / add_up(w * w for w in distance.weights)
    return [v - excess * weight for v, weight in zip(states, distance.weights, strict=True)]


def _may_fall(start: Column, final: Column, first: Column, last: Column, h: float) -> Column:
    """Return whether a cubic may be negative somewhere, quickly: derivatives have weights of at most 4/27 in it."""
    return (final < 0.0) | (np.minimum(start, final) < 0.15 * h * (np.abs(first) + np.abs(last)))


def _first_zero(cubic: np.ndarray, high: np.ndarray, h: float) -> np.ndarray:
    """Return when cubics, which are positive at the beginning and not at the time `high`, are zero in between."""
    low = np.zeros(len(high))
    for _ in range(HALVINGS if len(high) else 0):
        middle = 0.5 * (low + high)
        is_over = on_cubic(cubic[0], cubic[1], cubic[2], cubic[3], h, middle) <= 0.0
        low, high = np.where(is_over, low, middle), np.where(is_over, middle, high)
    return high


def _first_low(cubic: np.ndarray, h: float) -> np.ndarray:
    """Return a time by which cubics have fallen to zero, before which they do so once; NaN for never.

    Parameters
    ----------
    cubic : ndarray, shape (4, n)
        Values at both ends of the step, and derivatives.
    """
    start, final, first, last = cubic
    mean = (final - start) / h
    # its derivative: first + 2 a u + 3 b u^2 in the share u of the step
    a, b = 3.0 * mean - 2.0 * first - last, first + last - 2.0 * mean
    with np.errstate(all="ignore"):
        root = np.sqrt(a * a - 3.0 * b * first)
        # the smaller end of what it falls to, written without a difference where that would cancel
        u = np.where(a > 0.0, -first / (a + root), (root - a) / (3.0 * b))
        dips = (u > 0.0) & (u < 1.0) & (on_cubic(start, final, first, last, h, u * h) <= 0.0)
    return np.where(dips, u * h, np.where(final < 0.0, h, np.nan))


def _within(leg: Leg, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return instants inside of a leg, and the places of those for which there is one."""
    instants = np.minimum(leg.since + times, nextafter(leg.end, leg.since))
    return instants, np.flatnonzero(instants > leg.since)
