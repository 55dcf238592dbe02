"""`SpikeMonitor`: when which neuron fired."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from ..border import from_internal
from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError
from ..groups import NeuronGroup, SpikeSource, Subgroup
from ..units import Quantity, get_dimensions, with_dimensions
from .base import as_times
from .event import EventMonitor


class SpikeMonitor(EventMonitor):
    """Record the exact time of every spike, and variables of the neuron just before its reset.

    Parameters
    ----------
    source : NeuronGroup, stimulus or Subgroup
        Neurons to record from.
    variables : str or sequence of str, optional
        Variables to record with each spike; at a threshold crossing the membrane is at the threshold itself.
    record : bool
        False keeps nothing but the counts.
    accuracy : bool
        Whether to keep for every spike how steeply the threshold was crossed (`slope`) and a bound on the error of
        its time (`error`); `grazing` lists the shallow ones.
    when, order
        Accepted for compatibility; recordings do not change anything.
    name : str, optional
    filename, mode
        To keep the spikes in a file instead of in memory: see `EventMonitor`.

    Raises
    ------
    ArgumentError
        When the source has no threshold or no such variable, or the file cannot be used.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, SpikeMonitor, Network, ms
    >>> G = NeuronGroup(2, 'dv/dt = (1 - v)/(10*ms) : 1', threshold='v > 0.8', reset='v = 0')
    >>> G.v = [0, 0.5]
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(30*ms)
    >>> print(M.i, M.t)
    [1 0 1] [ 9.16290732 16.09437912 25.25728644] ms
    """

    _WHAT = "spikes"

    def __init__(
        self,
        source: NeuronGroup | SpikeSource | Subgroup,
        variables: str | Sequence[str] | None = None,
        record: bool = True,
        when: str | None = None,
        order: int = 0,
        name: str = "spikemonitor*",
        *,
        accuracy: bool = False,
        filename: str | PathLike | None = None,
        mode: str = "x",
    ) -> None:
        self._attach(source, name)
        self.event = "spike"
        self._watch(variables, record)
        self.accuracy = bool(accuracy)
        if accuracy and not record:
            raise ArgumentError(f"SpikeMonitor '{self.name}': accuracy=True needs record=True; each spike has its own")
        if accuracy and not isinstance(self._group, NeuronGroup):
            raise ArgumentError(
                f"SpikeMonitor '{self.name}': accuracy=True is for neurons; the spikes of {self._group.name} cross "
                "no threshold"
            )
        if accuracy and filename is not None:
            raise ArgumentError(f"SpikeMonitor '{self.name}': accuracy=True is kept in memory; leave filename= out")
        self._keep_in(filename, mode)
        self._complete()

    def _signature(self) -> dict[str, Any]:
        return {**super()._signature(), "accuracy": "kept" if self.accuracy else "not kept"}

    @property
    def slope(self) -> Quantity:
        """How steeply each spike crosses: derivative of what the threshold compares, a variable or a difference.

        NaN for spikes at given instants, where nothing crosses (a threshold on time, a level that holds when the
        refractory period ends); shape (num_spikes,).
        """
        self._require_accuracy()
        slopes = np.array(self._record.slopes, dtype=float)
        dimension = self._group._threshold_dimension() / TIME
        return with_dimensions(from_internal(slopes, dimension), dimension)

    @property
    def error(self) -> Quantity:
        """Bound on the error of each spike time, ``2 [ulp(t) + ulp(v)/|slope|]``; shape (num_spikes,).

        v stands for the numbers that enter the crossing. The bound holds for one crossing: it does not add up the
        errors of the spikes before, which a regular train does not accumulate.
        """
        self._require_accuracy()
        return as_times(np.array(self._record.errors, dtype=float))

    def grazing(self, worse_than: Quantity) -> np.ndarray:
        """Return the positions in `t` and `i` of the spikes whose time is uncertain by more than `worse_than`.

        Parameters
        ----------
        worse_than : Quantity
            A time.
        """
        if get_dimensions(worse_than) != TIME:
            raise DimensionMismatchError(f"SpikeMonitor '{self.name}'.grazing: expected a time, found {worse_than!s}")
        return np.flatnonzero(np.asarray(self.error) > float(worse_than))

    def _require_accuracy(self) -> None:
        if not self.accuracy:
            raise AttributeError(
                f"SpikeMonitor '{self.name}' did not keep the accuracy of spikes; make it with accuracy=True"
            )

    @property
    def num_spikes(self) -> int:
        """Number of all spikes."""
        return self.num_events

    def spike_trains(self) -> dict[int, Quantity]:
        """Return the spike times of each neuron, by its index."""
        return self.event_trains()

    def __getattr__(self, name: str) -> Any:
        if name in ("slope", "error") and "accuracy" in self.__dict__:
            self._require_accuracy()
        return super().__getattr__(name)
