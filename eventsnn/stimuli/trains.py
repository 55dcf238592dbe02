"""What every kind of train is to the objects that send its spikes."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import numpy as np

#: The spikes of a stretch: instants [ms] and neurons, in any order.
Spikes = tuple[np.ndarray, np.ndarray]

NO_SPIKES: Spikes = (np.empty(0), np.empty(0, np.int64))


Kind = TypeVar("Kind")


class Trains(Protocol):
    """The spike trains of some neurons, made ahead in stretches.

    Where a stretch ends changes nothing: each train is a function of its neuron's random numbers alone.

    Attributes
    ----------
    now : float [ms]
        Every spike before it has been handed out, no other.
    """

    now: float

    def advance(self, end: float, budget: int) -> Spikes:
        """Go on to `end`, or less far after about `budget` spikes, and return the spikes in between."""
        ...

    def copy(self) -> Trains:
        """Return trains that go on from here by themselves."""
        ...

    def shift(self, by: float, now: float) -> None:
        """Put off everything to come (from one network to another, where it is `now`)."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """Return as plain data where the trains stand, for ``restored(...)`` of the same class."""
        ...


def standing(kind: type[Kind], snapshot: dict[str, Any]) -> Kind:
    """Return trains that stand where a snapshot of their attributes says."""
    trains = kind.__new__(kind)
    for name, value in snapshot.items():
        setattr(trains, name, value.copy() if isinstance(value, np.ndarray) else value)
    return trains


def join(parts: list[Spikes]) -> Spikes:
    """Return the spikes of several stretches as one."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return NO_SPIKES
    return np.concatenate([times for times, _ in parts]), np.concatenate([neurons for _, neurons in parts])


def in_order(times: np.ndarray, neurons: np.ndarray) -> Spikes:
    """Return spikes in order of time, those of one instant in the order of neurons."""
    # one key is sorted ten times as fast as two, and of random instants no two are equal
    order = np.argsort(times)
    instants = times[order]
    if len(instants) > 1 and bool((instants[1:] == instants[:-1]).any()):
        order = np.lexsort((neurons, times))
        instants = times[order]
    return instants, neurons[order]


def multiples(start: Any, count: Any, step: Any) -> Any:
    """Return ``start + count*step`` (numbers or arrays), rounded once: the thousandth is as exact as the first.

    Source
    ------
    Dekker (1971), Numerische Mathematik 18, 224-242 (the product); Knuth, The Art of Computer Programming 2,
    section 4.2.2 (the sum).

    Examples
    --------
    >>> multiples(0.0, 10.0, 0.1), sum([0.1] * 10)
    (1.0, 0.9999999999999999)
    """
    product = count * step
    count_high, count_low = _split(count)
    step_high, step_low = _split(step)
    error = ((count_high * step_high - product) + count_high * step_low + count_low * step_high) + count_low * step_low
    total = start + product
    part = total - start
    return total + (((start - (total - part)) + (product - part)) + error)


def _split(a: Any) -> tuple[Any, Any]:
    """Return two halves of the digits of a number."""
    t = 134217729.0 * a
    high = t - (t - a)
    return high, a - high
