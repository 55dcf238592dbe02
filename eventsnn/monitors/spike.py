"""`SpikeMonitor`: when which neuron fired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..border import from_internal
from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError, MissingError
from ..groups import NeuronGroup, Subgroup
from ..recording.spikes import SpikeRecord
from ..units import Quantity, get_dimensions, with_dimensions
from .base import Monitor, as_times


class SpikeMonitor(Monitor):
    """Record the exact time of every spike, and variables of the neuron just before its reset.

    Parameters
    ----------
    source : NeuronGroup or Subgroup
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

    Raises
    ------
    ArgumentError
        When the source has no threshold or no such variable.

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

    def __init__(
        self,
        source: NeuronGroup | Subgroup,
        variables: str | Sequence[str] | None = None,
        record: bool = True,
        when: str | None = None,
        order: int = 0,
        name: str = "spikemonitor*",
        *,
        accuracy: bool = False,
    ) -> None:
        self._attach(source, name)
        if "spike" not in self._group._event_names:
            raise ArgumentError(
                f"SpikeMonitor '{self.name}': group '{self._group.name}' has no threshold and never fires"
            )
        self.variables = _names(variables)
        self.record, self.accuracy = bool(record), bool(accuracy)
        if accuracy and not record:
            raise ArgumentError(f"SpikeMonitor '{self.name}': accuracy=True needs record=True; each spike has its own")
        for variable in self.variables:
            if source._variable(variable) is None:
                raise MissingError(f"SpikeMonitor '{self.name}'.variables: {source.name} has no variable '{variable}'")
            if variable == "dt" or source._equations.draws_random(variable):
                raise ArgumentError(
                    f"SpikeMonitor '{self.name}'.variables: '{variable}' has no value that could be recorded"
                )
        self._record = SpikeRecord(len(source), self.variables)
        self._complete()

    @property
    def t(self) -> Quantity:
        """Spike times in the order in which they happened; shape (num_spikes,)."""
        self._require_record()
        return as_times(self._record.time_array())

    @property
    def t_(self) -> np.ndarray:
        """Spike times in seconds, without a unit."""
        return np.asarray(self.t)

    @property
    def i(self) -> np.ndarray:
        """Index of the neuron of each spike; shape (num_spikes,)."""
        self._require_record()
        return self._record.neuron_array()

    @property
    def it(self) -> tuple[np.ndarray, Quantity]:
        """Indices and times."""
        return self.i, self.t

    @property
    def it_(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices, and times in seconds without a unit."""
        return self.i, self.t_

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
    def count(self) -> np.ndarray:
        """Number of spikes of each neuron; shape (N,)."""
        return self._record.counts()

    @property
    def num_spikes(self) -> int:
        """Number of all spikes."""
        return self._record.total

    def __len__(self) -> int:
        return self.num_spikes

    def spike_trains(self) -> dict[int, Quantity]:
        """Return the spike times of each neuron, by its index."""
        return self.values("t")

    def values(self, variable: str) -> dict[int, Any]:
        """Return a recorded variable (or ``'t'``) at the spikes of each neuron, by its index."""
        neurons = self.i
        order = np.argsort(neurons, kind="stable")
        ends = np.cumsum(np.bincount(neurons, minlength=len(self.source)))
        sorted_values = self._column(variable)[order]
        return {k: sorted_values[start:end] for k, (start, end) in enumerate(zip([0, *ends], ends, strict=False))}

    def all_values(self) -> dict[str, dict[int, Any]]:
        """Return `values` for every recorded variable and ``'t'``."""
        return {name: self.values(name) for name in (*self.variables, "t")}

    def _require_record(self) -> None:
        if not self.record:
            raise AttributeError("not recorded")

    def _column(self, name: str) -> Any:
        if name == "t":
            return self.t
        if name not in self.variables:
            known = ", ".join(("t", *self.variables))
            raise ArgumentError(f"SpikeMonitor '{self.name}': '{name}' was not recorded; recorded are {known}")
        variable = self.source._known(name)
        values = from_internal(self._record.value_array(name), variable.dimension)
        return with_dimensions(values if variable.dtype is float else values.astype(variable.dtype), variable.dimension)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "variables" not in self.__dict__:
            raise AttributeError(name)
        if name in self.variables:
            return self._column(name)
        if name.endswith("_") and name[:-1] in self.variables:
            return np.asarray(self._column(name[:-1]))
        if name in ("slope", "error"):
            self._require_accuracy()
        if not self.record and hasattr(type(self), name):
            raise AttributeError(
                f"SpikeMonitor '{self.name}' has no {name}: it was made with record=False and only counts"
            )
        raise AttributeError(f"SpikeMonitor '{self.name}' has no attribute or recorded variable '{name}'")

    def __repr__(self) -> str:
        return f"<SpikeMonitor '{self.name}': {self.num_spikes} spikes of {self.source.name}>"


def _names(variables: str | Sequence[str] | None) -> tuple[str, ...]:
    if variables is None:
        return ()
    return (variables,) if isinstance(variables, str) else tuple(variables)
