"""`EventMonitor`: when which neuron had a custom event."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from os import PathLike
from typing import Any

import numpy as np

from ..equations.scope import TIME
from ..errors import ArgumentError, MissingError
from ..groups import NeuronGroup, Subgroup
from ..recording.measures import by_neuron
from ..recording.spikes import Column, SpikeRecord
from ..units import Quantity, with_dimensions
from .base import Monitor


class EventMonitor(Monitor):
    """Record the exact time of every custom event, and variables of the neuron at that instant.

    Parameters
    ----------
    source : NeuronGroup or Subgroup
        Neurons to record from.
    event : str
        One of the group's ``events=``, or ``'spike'``.
    variables : str or sequence of str, optional
        Variables to record with each event, as they are before anything that it carries out.
    record : bool
        False keeps nothing but the counts.
    when, order
        Accepted for compatibility; recordings do not change anything.
    name : str, optional
    filename : str or Path, optional
        Where to keep the events instead of in memory: an ordinary ``.npy`` file with a row an event, in SI units, that
        grows while the network runs; ``numpy.load(filename, mmap_mode='r')`` reads it at any time. `t`, `i` and
        recorded variables are then arrays that stay in the file until they are looked at.
    mode : {'x', 'w', 'a'}
        Whether a file that is there is refused, replaced, or gone on with.

    Raises
    ------
    ArgumentError
        When the source has no such event or variable, or the file cannot be used.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, EventMonitor, Network, Hz, ms
    >>> G = NeuronGroup(2, 'dx/dt = (i + 1)/(10*ms) : 1', events={'half': 'x > 0.5'})
    >>> M = EventMonitor(G, 'half', variables='x')
    >>> Network(G, M).run(10*ms)
    >>> print(M.i, M.t, M.x)
    [1 0] [2.5 5. ] ms [0.5 0.5]
    """

    #: What its events are called in messages.
    _WHAT = "events"

    def __init__(
        self,
        source: NeuronGroup | Subgroup,
        event: str,
        variables: str | Sequence[str] | None = None,
        record: bool = True,
        when: str | None = None,
        order: int = 0,
        name: str = "eventmonitor*",
        *,
        filename: str | PathLike | None = None,
        mode: str = "x",
    ) -> None:
        self._attach(source, name)
        self.event = event
        self._watch(variables, record)
        self._keep_in(filename, mode)
        self._complete()

    def _keep_in(self, filename: str | PathLike | None, mode: str) -> None:
        """Let events go to a file."""
        if filename is not None:
            where = f"{type(self).__name__} '{self.name}'"
            if not self.record:
                raise ArgumentError(f"{where}: filename= needs record=True; counts alone are kept in memory")
            self._record.keep_in(filename, mode, where)

    def _watch(self, variables: str | Sequence[str] | None, record: bool) -> None:
        """Take down what is to be recorded."""
        source, kind = self.source, type(self).__name__
        if self.event not in self._group._event_names:
            have = ", ".join(f"'{event}'" for event in self._group._event_names) or "none"
            what = "has no threshold and never fires" if self.event == "spike" else f"has no event '{self.event}'"
            more = "" if self.event == "spike" else f"; events are: {have}"
            raise ArgumentError(f"{kind} '{self.name}': group '{self._group.name}' {what}{more}")
        self.variables, self.record = _names(variables), bool(record)
        for variable in self.variables:
            if source._variable(variable) is None:
                raise MissingError(f"{kind} '{self.name}'.variables: {source.name} has no variable '{variable}'")
            draws = source._equations.draws_random(variable)
            if variable == "dt" or draws or not isinstance(source, NeuronGroup | Subgroup):
                raise ArgumentError(f"{kind} '{self.name}'.variables: '{variable}' has no value that could be recorded")
        known = {name: source._known(name) for name in self.variables}
        columns = {name: Column(variable.dimension, variable.dtype) for name, variable in known.items()}
        self._record = SpikeRecord(len(source), columns)

    def _add_span(self, start: float, end: float) -> None:
        super()._add_span(start, end)
        self._record.flush()

    def _signature(self) -> dict[str, Any]:
        what = "everything" if self.record else "counts only"
        return {**super()._signature(), "event": self.event, "variables": ", ".join(self.variables), "record": what}

    def _snapshot(self) -> dict[str, Any]:
        return {**super()._snapshot(), "record": self._record.snapshot()}

    def _objection(self, snapshot: dict[str, Any]) -> str:
        return self._record.objection(snapshot["record"])

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        super()._restore(snapshot, is_fresh)
        self._record.restore(snapshot["record"])

    @property
    def filename(self) -> str | None:
        """The file in which the events are kept, if there is one."""
        return self._record.file.path if self._record.file else None

    @property
    def t(self) -> Quantity:
        """Times in the order in which they happened; shape (events,)."""
        self._require_record()
        return Quantity(self._record.shown("t"), TIME)

    @property
    def t_(self) -> np.ndarray:
        """Times in seconds, without a unit."""
        return np.asarray(self.t)

    @property
    def i(self) -> np.ndarray:
        """Index of the neuron of each event; shape (events,)."""
        self._require_record()
        return self._record.shown("i")

    @property
    def it(self) -> tuple[np.ndarray, Quantity]:
        """Indices and times."""
        return self.i, self.t

    @property
    def it_(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices, and times in seconds without a unit."""
        return self.i, self.t_

    @property
    def count(self) -> np.ndarray:
        """Number of events of each neuron; shape (N,)."""
        return self._record.counts()

    @property
    def num_events(self) -> int:
        """Number of all events."""
        return self._record.total

    @property
    def N(self) -> int:
        """Number of all events."""
        return self.num_events

    def __len__(self) -> int:
        return self.num_events

    def event_trains(self) -> dict[int, Quantity]:
        """Return the times of each neuron's events, by its index."""
        return self.values("t")

    def values(self, variable: str) -> dict[int, Any]:
        """Return a recorded variable (or ``'t'``) at the events of each neuron, by its index."""
        self._require_record()
        order, ends = by_neuron(self._record.shown("i"), len(self.source))
        sorted_values = self._column(variable)[order]
        starts = [0, *ends.tolist()]
        return {k: sorted_values[start:end] for k, (start, end) in enumerate(pairwise(starts))}

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
            raise ArgumentError(f"{type(self).__name__} '{self.name}': '{name}' was not recorded; recorded are {known}")
        return with_dimensions(self._record.shown(name), self.source._known(name).dimension)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "variables" not in self.__dict__:
            raise AttributeError(name)
        if name in self.variables:
            return self._column(name)
        if name.endswith("_") and name[:-1] in self.variables:
            return np.asarray(self._column(name[:-1]))
        kind = type(self).__name__
        if not self.record and hasattr(type(self), name):
            raise AttributeError(f"{kind} '{self.name}' has no {name}: it was made with record=False and only counts")
        raise AttributeError(f"{kind} '{self.name}' has no attribute or recorded variable '{name}'")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}': {len(self)} {self._WHAT} of {self.source.name}>"


def _names(variables: str | Sequence[str] | None) -> tuple[str, ...]:
    if variables is None:
        return ()
    return (variables,) if isinstance(variables, str) else tuple(variables)
