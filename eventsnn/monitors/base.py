"""What all monitors share: their source, and the stretches of time that they saw."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..border import from_internal
from ..clocks import Clock, defaultclock, sample_instants
from ..equations.scope import TIME
from ..errors import SimulationError, WrongTypeError
from ..groups import NeuronGroup, SpikeSource, Subgroup
from ..groups.objects import Host, SimulationObject
from ..groups.subgroup import whole_of
from ..units import Quantity


class Monitor(SimulationObject):
    """An object that records from a group or part of one.

    Attributes
    ----------
    source : NeuronGroup or Subgroup
    active : bool
        Whether the next runs are recorded; False skips them (to leave out a warm-up, say).
    """

    _may_come_late = True

    #: What it can record from.
    _SOURCES: tuple[type, ...] = (NeuronGroup, Subgroup, SpikeSource)
    _EXPECTED = "a group"

    def _attach(self, source: Any, name: str) -> None:
        if not isinstance(source, self._SOURCES):
            raise WrongTypeError(f"{type(self).__name__}: expected {self._EXPECTED} to record from, found {source!r}")
        self._register(name)
        self.source: Any = source
        self.active = True
        # the stretches of time that it saw, and the step of samples in each [ms]
        self._spans: list[tuple[float, float]] = []
        self._steps: list[float] = []

    def _complete(self) -> None:
        """Say that the monitor has all its attributes: others cannot be set from now on."""
        self.__dict__["_is_complete"] = True

    def __setattr__(self, name: str, value: Any) -> None:
        if "_is_complete" in self.__dict__ and not name.startswith("_") and name not in ("active", "name"):
            raise AttributeError(f"{type(self).__name__} '{self.name}': '{name}' cannot be set (only 'active' can)")
        if name == "active" and "_is_complete" in self.__dict__ and bool(value) != self.active:
            # a monitor that is switched during a run sees what follows
            self._may_change()
        object.__setattr__(self, name, value)

    @property
    def t(self) -> Quantity:
        """Instants that were recorded: of samples, bins or events."""
        raise NotImplementedError

    @property
    def N(self) -> int:
        """Number of instants that were recorded, as in Brian."""
        return len(self.t)

    @property
    def _group(self) -> Any:
        return whole_of(self.source)

    def _join(self, network: Host) -> None:
        if self._spans and network.now < self._spans[-1][1]:
            raise SimulationError(
                f"{type(self).__name__} '{self.name}' holds recordings up to {self._spans[-1][1]:g} ms and cannot "
                f"join a network that is at {network.now:g} ms. Make a new monitor."
            )
        super()._join(network)

    def _requires(self) -> list[Any]:
        return [self._group]

    @property
    def _source_clock(self) -> Clock:
        """The clock of what is recorded: that of a group with ``dt=`` or ``clock=``, or the default one."""
        return getattr(self._group, "clock", defaultclock)

    def _sampling_step(self) -> float:
        """Return the step of samples or bins in the present run [ms]."""
        return self._source_clock.step

    def _add_span(self, start: float, end: float) -> None:
        """Note that the network ran from `start` to `end` [ms] with this monitor in it."""
        step = self._sampling_step()
        if self._spans and self._spans[-1][1] == start and self._steps[-1] == step:
            start = self._spans.pop()[0]
            self._steps.pop()
        self._spans.append((start, end))
        self._steps.append(step)

    def _signature(self) -> dict[str, Any]:
        return {**super()._signature(), "source": f"{self.source.name}, {len(self.source)} members"}

    def _snapshot(self) -> dict[str, Any]:
        return {"active": self.active, "spans": list(self._spans), "steps": list(self._steps)}

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        self.active = snapshot["active"]
        self._spans, self._steps = [tuple(span) for span in snapshot["spans"]], list(snapshot["steps"])

    def _grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the instants of samples in all runs, and the step at each [ms]."""
        pieces = [sample_instants(*span, step) for span, step in zip(self._spans, self._steps, strict=True)]
        steps = [np.full(len(piece), step) for piece, step in zip(pieces, self._steps, strict=True)]
        return (np.concatenate(pieces), np.concatenate(steps)) if pieces else (np.empty(0), np.empty(0))


def as_times(instants: np.ndarray) -> Quantity:
    """Return instants [ms] with their unit."""
    return Quantity(from_internal(np.asarray(instants, dtype=float), TIME), TIME)
