"""Functions of time that linear equations can be driven by: ``t**n exp(a (t - b)) sin(omega t + phase)``.

``t`` itself, ramps, exponentials and sinusoids are all of this form, and so are their products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .builtins import FUNCTIONS


@dataclass(frozen=True, eq=False)
class Wave:
    """``t**power exp(rate (t - origin)) sin(omega t + phase)``, or the cosine; scalars, or arrays over the neurons.

    Attributes
    ----------
    power : int
    rate : [1/ms]
    origin : [ms]
        0 where the rate is.
    omega : [rad/ms]
    phase : [rad]
    is_cosine : bool
    """

    power: int = 0
    rate: Any = 0.0
    origin: Any = 0.0
    omega: Any = 0.0
    phase: Any = 0.0
    is_cosine: bool = True

    def _key(self) -> tuple:
        arrays = (np.asarray(x, dtype=float) for x in (self.rate, self.origin, self.omega, self.phase))
        return (self.power, self.is_cosine, *((a.shape, (a + 0.0).tobytes()) for a in arrays))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wave) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def oscillates(self) -> bool:
        return not self.is_cosine or bool(np.any(np.asarray(self.omega) != 0) or np.any(np.asarray(self.phase) != 0))

    def times(self, other: Wave) -> Iterator[tuple[Any, Wave]]:
        """Yield the product as a sum of waves, each with its factor."""
        power = self.power + other.power
        rate, origin, scale = _product_of_exponentials(self, other)
        if not self.oscillates or not other.oscillates:
            wave = other if not self.oscillates else self
            yield scale, Wave(power, rate, origin, wave.omega, wave.phase, wave.is_cosine)
            return
        total = np.asarray(self.omega) + other.omega, np.asarray(self.phase) + other.phase
        gap = np.asarray(self.omega) - other.omega, np.asarray(self.phase) - other.phase
        # sin sin, cos cos, sin cos and cos sin as waves of the sum and the difference
        is_cosine = self.is_cosine == other.is_cosine
        first, second = {
            (False, False): (-0.5, 0.5),
            (True, True): (0.5, 0.5),
            (False, True): (0.5, 0.5),
            (True, False): (0.5, -0.5),
        }[self.is_cosine, other.is_cosine]
        yield first * scale, Wave(power, rate, origin, *total, is_cosine)
        yield second * scale, Wave(power, rate, origin, *gap, is_cosine)


def _product_of_exponentials(one: Wave, other: Wave) -> tuple[Any, Any, Any]:
    """Return rate and origin of ``exp(a (t - p)) exp(b (t - q))``, and a factor."""
    a, p, b, q = (np.asarray(x, dtype=float) for x in (one.rate, one.origin, other.rate, other.origin))
    if not np.any(b):
        return a, p, 1.0
    if not np.any(a):
        return b, q, 1.0
    # exp(a (t - p) + b (t - q)) = exp((a + b) (t - q)) exp(a (q - p)), or with p and q exchanged: what does not grow
    from_p = a * (q - p) > 0
    factor = FUNCTIONS["exp"].over_arrays(np.where(from_p, b * (p - q), a * (q - p)))
    return a + b, np.where(a + b == 0, 0.0, np.where(from_p, p, q)), factor


#: Time itself.
TIME_WAVE = Wave(power=1)


def is_sinusoid(wave: object) -> bool:
    """Return whether something is a wave that only oscillates."""
    return isinstance(wave, Wave) and wave.power == 0 and wave.oscillates and not np.any(wave.rate)


def sine_is_above(wave: Wave, amplitude: Any, constant: Any, now: Any) -> tuple[Any, Any]:
    """Return whether ``amplitude*wave + constant > 0`` right after `now`, and when that changes next.

    As a cosine, ``cos(theta) > r`` holds while theta is less than ``arccos(r)`` away from a multiple of two pi.
    """
    a, c = np.asarray(amplitude, dtype=float), np.asarray(constant, dtype=float)
    omega, phase = np.asarray(wave.omega, dtype=float), np.asarray(wave.phase, dtype=float)
    phase = phase - (0.0 if wave.is_cosine else 0.5 * np.pi) + np.where(a < 0, np.pi, 0.0)
    omega, phase = np.abs(omega), np.where(omega < 0, -phase, phase)
    with np.errstate(all="ignore"):
        r = -c / np.abs(a)
        reach = np.arccos(np.clip(r, -1.0, 1.0))
        theta = omega * now + phase
        place = np.mod(theta + reach, 2.0 * np.pi)
        inside = place < 2.0 * reach
        left = np.where(inside, 2.0 * reach, 2.0 * np.pi) - place
        # an edge that rounding puts just ahead of the moment has been reached
        reached = left <= 1e-12 * (1.0 + np.abs(theta))
        left = left + np.where(reached, np.where(inside, 2.0 * (np.pi - reach), 2.0 * reach), 0.0)
        inside = inside ^ reached
        changes = (np.abs(r) < 1.0) & (omega > 0)
        flat = np.where(a == 0, c > 0, np.where(omega > 0, r < 0, np.cos(phase) > r))
        return np.where(changes, inside, flat), np.where(changes, now + left / omega, np.inf)
