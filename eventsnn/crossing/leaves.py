"""What the leaves of a condition compare, for one neuron: plain numbers, ready to be evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import cos, inf, sin

from ..instants import two_sum
from .differences import exponential
from .double_double import two_product

#: Kinds of leaves beside a variable's number: time alone, what never changes, and a combination of variables.
CLOCK, FIXED, COMBINED = -1, -2, -3


@dataclass(frozen=True)
class Tone:
    """``t**power exp(rate (t - origin)) cos(omega t + phase)``, or with the sine, for one neuron [ms]."""

    power: int
    rate: float
    origin: float
    omega: float
    phase: float
    is_cosine: bool

    def shape(self) -> Tone:
        """Return what the rates of the solution depend on: the wave without its phase and origin."""
        return replace(self, origin=0.0, phase=0.0, is_cosine=True)

    def phasor(self, t: float, low: float) -> tuple[float, float]:
        """Return the factor ``exp(rate (t - origin))`` times cosine and sine of the phase at the instant ``t + low``.

        The rounding of the phase is taken into account: at late times it is as large as the phase is.
        """
        angle, rest = two_product(self.omega, t)
        rest += self.omega * low + self.phase
        c, d = cos(angle), sin(angle)
        c, d = c * cos(rest) - d * sin(rest), d * cos(rest) + c * sin(rest)
        growth = exponential(self.rate, 0.0, (t - self.origin) + low) if self.rate else 1.0
        return growth * c, growth * d

    def at(self, t: float, low: float = 0.0) -> float:
        """Return the value at the instant ``t + low``."""
        c, d = self.phasor(t, low)
        return (c if self.is_cosine else d) * (t + low) ** self.power


@dataclass(frozen=True)
class Combination:
    """``sum of weight*x + sum of amplitude*tone + constant``; its sign is asked for.

    Attributes
    ----------
    weights : tuple of (int, float)
        State variables and their factors; may be empty.
    tones : tuple of (Tone, float)
    constant : float
    given_level : float or None
        For one variable and no tones: where it changes its sign, as the caller computed it.
    """

    weights: tuple[tuple[int, float], ...]
    tones: tuple[tuple[Tone, float], ...]
    constant: float
    given_level: float | None = None

    @property
    def is_out_of_reach(self) -> bool:
        """Whether the sign never changes, as the level is infinite."""
        return abs(self.constant) == inf or (self.given_level is not None and abs(self.given_level) == inf)

    @cached_property
    def level(self) -> float:
        """Where a single variable changes the sign of the combination without its waves."""
        if self.given_level is not None:
            return self.given_level
        (_, weight), constant = self.weights[0], self.constant
        return -constant / weight

    def distance(self, value: float) -> float:
        """Return the combination for one variable, without its waves."""
        (_, weight) = self.weights[0]
        return weight * (value - self.level)

    def is_level_of(self, other: Combination) -> bool:
        """Return whether the other combination is zero wherever this one is: it is the same, or its negative."""
        return self == other or (
            self.constant == -other.constant
            and self.weights == tuple((j, -w) for j, w in other.weights)
            and self.tones == tuple((tone, -a) for tone, a in other.tones)
        )

    def at(self, x: Sequence[float], t: float, low: float = 0.0) -> float:
        """Return the value for the variables `x` at the instant ``t + low``."""
        if len(self.weights) == 1 and not self.tones:
            return self.distance(x[self.weights[0][0]])
        parts = [weight * x[j] for j, weight in self.weights]
        parts += [amplitude * tone.at(t, low) for tone, amplitude in self.tones]
        total, rest = self.constant, 0.0
        for part in parts:
            total, error = two_sum(total, part)
            rest += error
        return total + rest
