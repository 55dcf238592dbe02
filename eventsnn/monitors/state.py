"""`StateMonitor`: variables over time, sampled on a grid or asked for at any instant."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..border import from_internal, to_internal
from ..clocks import Clock, step_in_ms
from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError, MissingError, OutOfRangeError, WrongTypeError
from ..groups import NeuronGroup, Subgroup, Synapses
from ..groups.subgroup import whole_of
from ..recording.tape import Tape, recognise
from ..recording.traces import trace
from ..units import Quantity, get_dimensions, with_dimensions
from .base import Monitor, as_times


class StateMonitor(Monitor):
    """Record variables so that their exact value at any time can be had.

    What is stored are the changes of state (spikes, assignments), not samples; the values come from the closed-form
    solution when they are asked for.

    Parameters
    ----------
    source : NeuronGroup, Subgroup or Synapses
        Neurons, or synapses, to record from.
    variables : str, sequence of str, or True
        State variables, parameters or sub-expressions; True for all of them.
    record : bool, int, sequence of int or slice
        Which neurons or synapses: True for all, False for none; of synapses also ``S[i, j]``.
    dt : Quantity, optional
        Step of the samples ``M.v``; that of the source's clock otherwise.
    clock : Clock, optional
        In place of `dt`.
    when, order
        Accepted for compatibility; samples are right-continuous values.
    name : str, optional
    times : Quantity, optional
        Instants of the samples in place of a grid, in increasing order.

    Raises
    ------
    ArgumentError
        When a variable or neuron does not exist, or both `dt` and `times` are given.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, StateMonitor, Network, ms
    >>> G = NeuronGroup(1, 'dv/dt = (1 - v)/(10*ms) : 1')
    >>> M = StateMonitor(G, 'v', record=0)
    >>> Network(G, M).run(20*ms)
    >>> M.v.shape, M.at(12.34567*ms, 'v').round(6)
    ((1, 200), array([[0.709039]]))
    """

    _SOURCES = (NeuronGroup, Subgroup, Synapses)
    _EXPECTED = "a group or synapses"

    def __init__(
        self,
        source: NeuronGroup | Subgroup | Synapses,
        variables: str | Sequence[str] | bool,
        record: Any = None,
        dt: Quantity | None = None,
        clock: Clock | None = None,
        when: str = "start",
        order: int = 0,
        name: str = "statemonitor*",
        times: Quantity | None = None,
    ) -> None:
        self._attach(source, name)
        self.recorded_variables = self._choose_variables(variables)
        self.record = self._choose_neurons(record)
        self._clock = self._choose_clock(dt, clock, times)
        self._times = None if times is None else self._read_times(times, "times")
        if self._times is not None and np.any(np.diff(self._times) < 0):
            raise ArgumentError(f"StateMonitor '{self.name}'.times: expected increasing instants")
        self._tape = Tape(self.record + source.start, self._needed_parameters())
        self._cache: dict[str, tuple[Any, np.ndarray]] = {}
        self._complete()

    def _choose_variables(self, variables: Any) -> tuple[str, ...]:
        if isinstance(self.source, Synapses):
            return self._choose_synaptic_variables(variables)
        if variables is True:
            always = () if self._group.threshold is None else ("lastspike", "not_refractory")
            return (*self.source._equations, *always)
        names = (variables,) if isinstance(variables, str) else tuple(variables)
        for name in names:
            if self.source._variable(name) is None or name in ("dt", "N", "i"):
                known = ", ".join(self.source._equations)
                raise MissingError(
                    f"StateMonitor '{self.name}': {self.source.name} has no variable '{name}' to record; it has {known}"
                )
        return names

    def _choose_synaptic_variables(self, variables: Any) -> tuple[str, ...]:
        own = {name: line for name, line in self.source._equations.items() if "summed" not in line.flags}
        names = tuple(own) if variables is True else (variables,) if isinstance(variables, str) else tuple(variables)
        for name in names:
            if name not in own:
                known = ", ".join(own) or "no variables"
                raise MissingError(
                    f"StateMonitor '{self.name}': the synapses '{self.source.name}' have no variable '{name}' of their "
                    f"own to record; they have {known}. Record a variable of the neurons from their group."
                )
            foreign = self.source._equations.names_behind(name) & {*self.source._names.references} - {*own, "t"}
            if foreign:
                raise ArgumentError(
                    f"StateMonitor '{self.name}': '{name}' depends on '{min(foreign)}', which is no variable of the "
                    f"synapses\n    {own[name]}\nRecord what it is computed from, and compute it afterwards."
                )
        return names

    def _choose_neurons(self, record: Any) -> np.ndarray:
        n = len(self.source)
        if isinstance(self.source, Synapses) and not self.source._is_connected:
            raise ArgumentError(
                f"StateMonitor '{self.name}': {self.source.name} has no synapses yet to record; call connect() first"
            )
        if record is None:
            raise WrongTypeError(
                f"StateMonitor '{self.name}'.record: say which {_plural(self.source)} to record: "
                "True for all, an index or a list"
            )
        if isinstance(record, bool | np.bool_):
            return np.arange(n if record else 0)
        if isinstance(record, slice):
            return np.arange(n)[record]
        if isinstance(record, NeuronGroup | Subgroup):
            record = self._indices_of(record)
        try:
            chosen = np.atleast_1d([operator.index(k) for k in np.atleast_1d(record)]).astype(np.int64)
        except TypeError:
            raise WrongTypeError(
                f"StateMonitor '{self.name}'.record: expected True, an index or a list of indices, found {record!r}"
            ) from None
        outside = chosen[(chosen < 0) | (chosen >= n)]
        if len(outside):
            raise OutOfRangeError(
                f"StateMonitor '{self.name}'.record: {self.source.name} has {_plural(self.source)} 0 to {n - 1}, found "
                f"{outside[0]}"
            )
        return chosen

    def _indices_of(self, part: NeuronGroup | Subgroup) -> np.ndarray:
        """Return where the neurons of a part stand in the source."""
        if whole_of(part) is not self._group:
            raise ArgumentError(f"StateMonitor '{self.name}': {part.name} is no part of {self._group.name}")
        return np.arange(part.start, part.stop) - self.source.start

    def _choose_clock(self, dt: Quantity | None, clock: Clock | None, times: Any) -> Clock:
        if sum(x is not None for x in (dt, clock, times)) > 1:
            raise ArgumentError(f"StateMonitor '{self.name}': give only one of dt, clock and times")
        if dt is not None:
            step_in_ms(dt, f"StateMonitor '{self.name}'.dt")
            return Clock(dt, f"{self.name}_clock")
        return clock or self._source_clock

    def _needed_parameters(self) -> tuple[str, ...]:
        """Return the parameters that the recorded variables are computed from."""
        equations = self.source._equations
        for name in self.recorded_variables:
            if equations.draws_random(name):
                raise ArgumentError(
                    f"StateMonitor '{self.name}': '{name}' draws random numbers, so it has no value between events\n"
                    f"    {equations[name]}"
                )
            if "dt" in equations.names_behind(name):
                raise ArgumentError(
                    f"StateMonitor '{self.name}': '{name}' uses dt, the step of a clock, which is not recorded\n"
                    f"    {equations[name]}\nRecord what it is computed from, and compute it afterwards."
                )
        return tuple(sorted(equations.names_behind(*self.recorded_variables) & {*equations.parameter_names}))

    def _prepare(self) -> Tape:
        """Return the tape for a run to come; what a variable is computed from may be known only now."""
        needed = self._needed_parameters()
        if not self._tape.changes and self._tape.extras != needed:
            self._tape = Tape(self._tape.neurons, needed)
        return self._tape

    # --- checkpoints ------------------------------------------------------------------------------------------

    def _signature(self) -> dict[str, Any]:
        # how many synapses there are is part of a state, and may be another now
        source = {"source": self.source.name} if isinstance(self.source, Synapses) else {}
        return {
            **super()._signature(),
            **source,
            "variables": ", ".join(self.recorded_variables),
            "record": ", ".join(str(k) for k in self.record.tolist()),
        }

    def _snapshot(self) -> dict[str, Any]:
        return {**super()._snapshot(), "tape": self._tape.snapshot()}

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        super()._restore(snapshot, is_fresh)
        self._tape = Tape.restored(snapshot["tape"])
        self._cache.clear()

    # --- samples ----------------------------------------------------------------------------------------------

    def _sampling_step(self) -> float:
        return self._clock.step

    def _instants(self) -> np.ndarray:
        if self._times is None:
            return self._grid()[0]
        inside = [self._times[(start <= self._times) & (self._times < end)] for start, end in self._spans]
        return np.concatenate(inside) if inside else np.empty(0)

    @property
    def t(self) -> Quantity:
        """Instants of the samples; shape (samples,)."""
        return as_times(self._instants())

    @property
    def t_(self) -> np.ndarray:
        """Instants of the samples in seconds, without a unit."""
        return np.asarray(self.t)

    def _samples(self, name: str) -> Any:
        state = (self._tape.changes, tuple(self._spans))
        if name not in self._cache or self._cache[name][0] != state:
            self._cache[name] = (state, self._values(name, self._instants()))
        return self._with_unit(name, self._cache[name][1].copy())

    def _values(self, name: str, instants: np.ndarray, came_back: bool = False) -> np.ndarray:
        group = self._group
        values = np.empty((len(self.record), len(instants)))
        if len(instants):
            for row, k in enumerate(self._tape.neurons.tolist()):
                times = recognise(instants, np.array(self._tape.tracks[k].starts)) if came_back else instants
                values[row] = trace(self._tape, name, tuple(group._store.states), len(group), k, times)
        return values

    def _with_unit(self, name: str, values: np.ndarray) -> Any:
        variable = self.source._known(name)
        if variable.dtype is not float:
            return values.astype(variable.dtype)
        return with_dimensions(from_internal(values, variable.dimension), variable.dimension)

    def at(self, times: Quantity, variable: str) -> Any:
        """Return the exact values of a recorded variable at any instants inside the run.

        Parameters
        ----------
        times : Quantity
            One instant or several, in any order.
        variable : str

        Returns
        -------
        Quantity or ndarray, shape (recorded, times)
            Right-continuous: at the time of a spike the value after the reset (an instant within 2 ulp of the spike
            counts as it, since seconds and milliseconds round differently). At the end of the run, the limit from
            the left (the run has not handled what happens at that instant).

        Raises
        ------
        ArgumentError
            When an instant lies outside what was recorded, or the variable was not recorded.
        """
        if variable not in self.recorded_variables:
            known = ", ".join(self.recorded_variables)
            raise ArgumentError(f"StateMonitor '{self.name}': '{variable}' was not recorded; recorded are {known}")
        bounds = sorted({instant for span in self._spans for instant in span})
        instants = self._read_times(times, "at")
        instants = recognise(instants, np.array(bounds)) if bounds else instants
        for instant in instants[~self._covers(instants)][:1]:
            spans = ", ".join(f"{start:g} to {end:g} ms" for start, end in self._spans) or "nothing yet"
            raise ArgumentError(f"StateMonitor '{self.name}'.at: {instant:g} ms was not recorded; recorded is {spans}")
        return self._with_unit(variable, self._values(variable, instants, came_back=True))

    def _covers(self, instants: np.ndarray) -> np.ndarray:
        covered = np.zeros(len(instants), bool)
        for start, end in self._spans:
            covered |= (start <= instants) & (instants <= end)
        return covered

    def _read_times(self, times: Any, what: str) -> np.ndarray:
        if get_dimensions(times) != TIME:
            raise DimensionMismatchError(
                f"StateMonitor '{self.name}'.{what}: expected times, found {times!s}. Write [1, 2.5]*ms."
            )
        return np.atleast_1d(to_internal(np.asarray(times, dtype=float), TIME)).ravel()

    # --- access -----------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "recorded_variables" not in self.__dict__:
            raise AttributeError(name)
        if name in self.recorded_variables:
            return self._samples(name)
        if name.endswith("_") and name[:-1] in self.recorded_variables:
            return np.asarray(self._samples(name[:-1]))
        raise AttributeError(f"StateMonitor '{self.name}' has no attribute or recorded variable '{name}'")

    def __getitem__(self, index: Any) -> StateMonitorView:
        if isinstance(index, NeuronGroup | Subgroup):
            index = self._indices_of(index)
        if isinstance(index, slice):
            chosen = np.arange(len(self.source))[index]
        else:
            chosen = np.asarray(index)
        rows = []
        for k in np.atleast_1d(chosen):
            found = np.flatnonzero(self.record == k)
            if not len(found):
                raise IndexError(f"StateMonitor '{self.name}': {self.source._MEMBER} {k} was not recorded")
            rows.append(int(found[0]))
        return StateMonitorView(self, rows[0] if chosen.ndim == 0 else np.array(rows))

    def __repr__(self) -> str:
        names = ", ".join(self.recorded_variables)
        return (
            f"<StateMonitor '{self.name}': {names} of {len(self.record)} {_plural(self.source)} of {self.source.name}>"
        )


def _plural(source: Any) -> str:
    return "synapses" if isinstance(source, Synapses) else "neurons"


class StateMonitorView:
    """The recordings of some neurons, chosen by their index in the group: ``M[5].v``."""

    def __init__(self, monitor: StateMonitor, rows: Any) -> None:
        self._monitor, self._rows = monitor, rows

    @property
    def t(self) -> Quantity:
        """Instants of the samples."""
        return self._monitor.t

    def at(self, times: Quantity, variable: str) -> Any:
        """Return exact values at any instants; see `StateMonitor.at`."""
        return self._monitor.at(times, variable)[self._rows]

    def __getattr__(self, name: str) -> Any:
        if name.removesuffix("_") not in self._monitor.recorded_variables:
            raise AttributeError(f"StateMonitor '{self._monitor.name}' has no recorded variable '{name}'")
        return getattr(self._monitor, name)[self._rows]
