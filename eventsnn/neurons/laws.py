"""The laws by which a linear group on the clock moves, with its present parameters: made anew where these change."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from ..equations.rates import Rates
from .bridge import Bridge, Distance
from .stepping import Column
from .transition import Diffusion, Transition


@dataclass(frozen=True)
class Phase:
    """How neurons move outside of their refractory period, or in it.

    Attributes
    ----------
    parts : tuple of ndarray
        A, b and B of `Diffusion`.
    diffusion : Diffusion
    whole : Transition
        Over a whole step of the clock.
    is_still : bool
        Whether nothing moves.
    """

    parts: tuple[np.ndarray, ...]
    diffusion: Diffusion
    whole: Transition
    is_still: bool


@dataclass(frozen=True)
class Watch:
    """The distance to threshold, and how it moves over a whole step.

    Attributes
    ----------
    parts : tuple of float or ndarray
        Its weights and its constant.
    distance : Distance
    whole : Bridge
    """

    parts: tuple[Column, ...]
    distance: Distance
    whole: Bridge

    def over(self, span: float, is_whole: bool) -> Bridge:
        """Return how it moves over a whole step, or over a part of one."""
        return self.whole if is_whole else self.distance.over(span)


@dataclass(frozen=True)
class Laws:
    """The laws of many neurons, or of one.

    Attributes
    ----------
    refractory, active : Phase
        The same one where they do not differ.
    watch : Watch or None
        None where no threshold can be met between ticks.
    """

    refractory: Phase
    active: Phase
    watch: Watch | None

    def phase(self, is_active: bool) -> Phase:
        """Return one of both phases."""
        return self.active if is_active else self.refractory


@dataclass(frozen=True)
class LawMaker:
    """Makes laws from the texts of a group.

    Attributes
    ----------
    m, sources : int
        Numbers of variables and of sources of noise.
    step : float
        Of the clock [ms].
    rates, noise : Rates
        A, row by row, and b; B, row by row.
    distance : Rates or None
        Weights and constant of the distance to threshold.
    """

    m: int
    sources: int
    step: float
    rates: Rates
    noise: Rates
    distance: Rates | None

    def make(self, k: np.ndarray, inputs: tuple, known: Laws | None = None) -> Laws:
        """Return laws.

        Parameters
        ----------
        k : ndarray of float
            The index of each neuron, or of one.
        inputs : tuple
            What the texts read, for each neuron or for all.
        known : Laws, optional
            Those from before, of which is kept what has not changed.
        """
        with np.errstate(all="ignore"):
            active = self._phase(k, inputs, 1.0, known.active if known else None)
            refractory = self._phase(k, inputs, 0.0, active)
            return Laws(refractory, active, self._watch(k, inputs, active, known))

    def _phase(self, k: np.ndarray, inputs: tuple, active: float, known: Phase | None) -> Phase:
        m = self.m
        rates = _values(self.rates, k, inputs, active)
        noise = _values(self.noise, k, inputs, active) or [np.zeros(1)] * m
        parts = tuple(
            np.stack(np.broadcast_arrays(*values), axis=-1).reshape(-1, *shape)
            for values, shape in ((rates[: m * m], (m, m)), (rates[m * m :], (m,)), (noise, (m, max(self.sources, 1))))
        )
        if known is not None and all(map(np.array_equal, parts, known.parts)):
            return known
        diffusion = Diffusion(*parts)
        return Phase(parts, diffusion, diffusion.over(self.step), not any(np.any(part) for part in parts))

    def _watch(self, k: np.ndarray, inputs: tuple, active: Phase, known: Laws | None) -> Watch | None:
        if self.distance is None:
            return None
        # copies: what is read may be the parameters themselves, which events change
        parts = tuple(float(v[0]) if len(v) == 1 else v.copy() for v in _values(self.distance, k, inputs, 1.0))
        before = known.watch if known is not None and known.active is active else None
        if before is not None and all(map(np.array_equal, parts, before.parts)):
            return before
        distance = Distance.made(*active.diffusion.coefficients, parts[:-1], parts[-1])
        return Watch(parts, distance, distance.over(self.step))


def _values(rates: Rates, k: np.ndarray, inputs: tuple, active: float) -> list[np.ndarray]:
    """Return the values of a function of parameters, one for all neurons or one for each."""
    values: Any = rates.many(nan, k, (), inputs, active, rates.constants)
    return [np.atleast_1d(np.asarray(value, dtype=float)) for value in values]
