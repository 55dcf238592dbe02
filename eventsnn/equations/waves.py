"""Functions of time that linear equations can be driven by: ``t**n exp(a t) sin(omega t + phase)`` and products.

``t`` itself, ramps, exponentials and sinusoids are all of this form, and so are their products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Wave:
    """``t**power exp(rate t) sin(omega t + phase)``, or with the cosine; scalars, or arrays over the neurons.

    Attributes
    ----------
    power : int
    rate : [1/ms]
    omega : [rad/ms]
    phase : [rad]
    is_cosine : bool
    """

    power: int = 0
    rate: Any = 0.0
    omega: Any = 0.0
    phase: Any = 0.0
    is_cosine: bool = True

    def _key(self) -> tuple:
        arrays = (np.asarray(x, dtype=float) for x in (self.rate, self.omega, self.phase))
        return (self.power, self.is_cosine, *((a.shape, (a + 0.0).tobytes()) for a in arrays))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wave) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def oscillates(self) -> bool:
        return not self.is_cosine or bool(np.any(np.asarray(self.omega) != 0) or np.any(np.asarray(self.phase) != 0))

    def times(self, other: Wave) -> Iterator[tuple[float, Wave]]:
        """Yield the product as a sum of waves, each with its factor."""
        power, rate = self.power + other.power, np.asarray(self.rate) + other.rate
        if not self.oscillates or not other.oscillates:
            wave = other if not self.oscillates else self
            yield 1.0, Wave(power, rate, wave.omega, wave.phase, wave.is_cosine)
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
        yield first, Wave(power, rate, *total, is_cosine)
        yield second, Wave(power, rate, *gap, is_cosine)


#: Time itself.
TIME_WAVE = Wave(power=1)
