"""What all monitors share: their source, and the stretches of time that they saw."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..border import from_internal
from ..equations.scope import TIME
from ..errors import ArgumentError
from ..groups import NeuronGroup, Subgroup
from ..groups.objects import SimulationObject
from ..units import Quantity


class Monitor(SimulationObject):
    """An object that records from a group or part of one.

    Attributes
    ----------
    source : NeuronGroup or Subgroup
    """

    def _attach(self, source: NeuronGroup | Subgroup, name: str) -> None:
        if not isinstance(source, NeuronGroup | Subgroup):
            raise ArgumentError(f"{type(self).__name__}: expected a group to record from, found {source!r}")
        self._register(name)
        self.source = source
        self._spans: list[tuple[float, float]] = []

    @property
    def _group(self) -> NeuronGroup:
        return self.source.source if isinstance(self.source, Subgroup) else self.source

    def _requires(self) -> list[Any]:
        return [self._group]

    def _add_span(self, start: float, end: float) -> None:
        """Note that the network ran from `start` to `end` [ms] with this monitor in it."""
        if self._spans and self._spans[-1][1] == start:
            start = self._spans.pop()[0]
        self._spans.append((start, end))


def as_times(instants: np.ndarray) -> Quantity:
    """Return instants [ms] with their unit."""
    return Quantity(from_internal(np.asarray(instants, dtype=float), TIME), TIME)
