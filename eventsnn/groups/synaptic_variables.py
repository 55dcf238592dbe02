"""The variables of synapses as their user sees them: by number, by neurons, by condition; read and assigned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..clocks import defaultclock
from ..equations.scope import TIME, Scope, caller_names
from ..equations.text import Equation, Equations
from ..errors import ArgumentError, OutOfRangeError, WrongTypeError
from ..randomness import Stream
from ..synapses.names import INDEX, OWN, POST, PRE, Names
from ..synapses.pairs import Pairs
from ..synapses.values import SynapseDynamics, SynapseStore
from ..units import Quantity
from .objects import SimulationObject
from .subgroup import whole_of
from .sums import Sums
from .timed import RunsRegularly
from .variables import VariableOwner, is_everyone, pick


class SynapticVariables(RunsRegularly, VariableOwner, SimulationObject):
    """What `Synapses` has as variables: its own, and those that follow from the neurons on both sides."""

    _MEMBER = "synapse"
    _COMPUTED = ("N", "N_pre", "N_post", "i", "j", "N_incoming", "N_outgoing", "t", "dt")

    source: Any
    target: Any
    _owner: str
    _equations: Equations
    _namespace: Mapping[str, Any] | None
    _known_names: Names | None
    _store: SynapseStore
    _pairs: Pairs
    _is_connected: bool
    _dynamics: SynapseDynamics | None
    _pathways: dict[str, Any]
    _streams: dict[str, Stream]
    _sums: Sums

    # --- who is connected -----------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._pairs)

    @property
    def start(self) -> int:
        """0, the first number."""
        return 0

    @property
    def N_outgoing_pre(self) -> np.ndarray:
        """Number of synapses that start from each neuron of the source; shape (len(source),)."""
        return self._pairs.outgoing()

    @property
    def N_incoming_post(self) -> np.ndarray:
        """Number of synapses that end at each neuron of the target; shape (len(target),)."""
        return self._pairs.incoming()

    def __getitem__(self, item: Any) -> np.ndarray:
        """Return the numbers of the synapses that an index names: see `places`."""
        return np.atleast_1d(self.select(item) if isinstance(item, str) else self.places(item))

    def places(self, item: Any) -> np.ndarray:
        """Return the synapses that an index names.

        Parameters
        ----------
        item : int, slice, array, or tuple
            Numbers in the order of creation; or ``(i, j)`` for those from neurons i to neurons j, each an index, a
            slice or an array, and ``(i, j, k)`` for the k-th of those that join the same two.

        Raises
        ------
        IndexError
            When a number does not exist.
        """
        if not isinstance(item, tuple):
            return super().places(item)
        if len(item) not in (2, 3):
            raise ArgumentError(f"{self._owner}[...]: expected one index, or [i, j], or [i, j, k], found {item!r}")
        ends = (self.source, item[0]), (self.target, item[1])
        pre, post = (np.atleast_1d(_neurons(group, index)) for group, index in ends)
        numbers = self._pairs.matching(pre, post)
        if len(item) == 3:
            among = self._pairs.place_among_equals()[numbers]
            most = int(among.max(initial=-1)) + 1
            numbers = numbers[np.isin(among, np.atleast_1d(np.arange(most)[item[2]]))]
        return numbers

    @property
    def _names(self) -> Names:
        """The names that the texts may use; groups may since have taken over equations of summed variables."""
        names, ends = self._known_names, (self.source._equations, self.target._equations)
        if names is None or not all(a is b for a, b in zip(names.of_groups, ends, strict=True)):
            names = self._known_names = Names(self._equations, self.source, self.target)
        return names

    # --- variables ------------------------------------------------------------------------------------------------

    def _scope(self) -> Scope:
        known = dict(self._names.equations)
        delay = self._variable("delay")
        if delay is not None:
            known["delay"] = delay
        return Scope(self._owner, known, self._namespace, caller_names())

    def _variable(self, name: str) -> Equation | None:
        names = self._names if "_known_names" in self.__dict__ else None
        if name == "delay" and PRE in self.__dict__.get("_pathways", {}):
            return self._pathways[PRE]._equations["delay"]
        return names.equations.get(name) if names else None

    def _more_computed(self) -> tuple[str, ...]:
        return ("lastupdate",) if self._store.states else ()

    def _special_value(self, name: str) -> Any:
        if name == "N":
            return len(self)
        return Quantity((self._now if name == "t" else defaultclock.step) / 1000.0, TIME)

    def __getattr__(self, name: str) -> Any:
        if name == "delay" and "_pathways" in self.__dict__ and PRE not in self._pathways:
            known = ", ".join(f"S.{key}.delay" for key in self._pathways) or "no pathway"
            raise AttributeError(f"{self._owner} has no pathway 'pre' whose delay this would be; it has {known}")
        if name in ("N", "N_pre", "N_post") and "_pairs" in self.__dict__:
            return {"N": len(self), "N_pre": self._pairs.n_pre, "N_post": self._pairs.n_post}[name]
        if name == "delay" and "_pathways" in self.__dict__:
            return self._pathways[PRE].delay
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_pathways", {}) or (
            name in ("source", "target") and "_known_names" in self.__dict__
        ):
            raise AttributeError(f"{self._owner}.{name} cannot be set")
        if name in ("delay", "delay_") and PRE in self.__dict__.get("_pathways", {}):
            setattr(self._pathways[PRE], name, value)
            return
        super().__setattr__(name, value)

    def _read_internal(self, name: str, indices: np.ndarray) -> np.ndarray:
        reference = self._names.references.get(name)
        if name == "delay" and reference is None:
            return self._pathways[PRE]._read_internal(name, indices)
        assert reference is not None
        if reference.side == OWN:
            return self._read_own(name, indices)
        needs_pre = reference.side == PRE or name in ("i", "N_outgoing")
        needs_post = reference.side == POST or name in ("j", "N_incoming")
        line = self._names.equations[name]
        pre = self._pairs.pre_of(indices) if needs_pre and not line.shared else indices
        post = self._pairs.post[indices] if needs_post and not line.shared else indices
        return self._read_at(name, indices, pre, post)

    def _read_own(self, name: str, indices: np.ndarray) -> np.ndarray:
        store = self._store
        if name in store.states and self._dynamics is not None:
            return self._dynamics.values_at(store, name, indices, self._now)
        return store.arrays[name][indices]

    def _read_at(self, name: str, numbers: np.ndarray, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
        """Return a variable that follows from the neurons on both sides."""
        reference = self._names.references[name]
        if reference.side in (PRE, POST):
            group, indices = (self.source, pre) if reference.side == PRE else (self.target, post)
            if self._names.equations[name].shared:
                indices = np.zeros(1, np.int64)
            return group._read_internal(reference.name, indices)
        match name:
            case "i":
                return pre
            case "j":
                return post
            case "N_outgoing":
                return self.N_outgoing_pre[pre]
            case "N_incoming":
                return self.N_incoming_post[post]
        ends = {"N_pre": len(self.source), "N_post": len(self.target)}
        value = {**ends, "N": len(self), "t": self._now, "dt": defaultclock.step}[name]
        return np.full(len(pre), value)

    def write_variable(self, name: str, indices: np.ndarray, value: Any) -> None:
        """Set the values of a variable: see `VariableOwner.write_variable`."""
        reference = self._names.references.get(name) or self._names.references.get(name.removesuffix("_"))
        if reference is not None and (reference.side != OWN or reference.name == "lastupdate"):
            where = f"{self._owner}.{name}"
            if reference.side == INDEX or reference.name == "lastupdate":
                raise WrongTypeError(f"{where}: it is computed and cannot be set")
            group = self.source if reference.side == PRE else self.target
            raise WrongTypeError(
                f"{where}: it belongs to the neurons; set it there: {group.name}.{reference.name} = ..."
            )
        self._require_settable(name)
        super().write_variable(name, indices, value)

    def _require_settable(self, name: str) -> None:
        self._require_not_running(name)
        if not self._is_connected:
            line = self._variable(name) or self._variable(name.removesuffix("_"))
            if line is None or not line.shared:
                raise ArgumentError(
                    f"{self._owner}.{name}: there are no synapses yet to set it for; call connect() first"
                )

    def _require_not_running(self, what: str) -> None:
        self._require_change(f"{self._owner}.{what}", "used")

    def _write_internal(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        store = self._store
        self._sums.is_stale = True
        if name == "delay" and name not in self._equations:
            self._pathways[PRE]._write_internal(name, indices, values)
            return
        if len(values) and np.isinf([values.min(), values.max()]).any():
            raise ArgumentError(f"{self._owner}.{name}: expected finite values, found {values[np.isinf(values)][0]}")
        if name in store.states:
            if self._dynamics is not None:
                self._dynamics.settle(store, indices, self._now)
            array = store.states[name]
        else:
            array = store.parameters[name]
        # all of them at once need no index
        array[slice(None) if is_everyone(indices, len(array)) else indices] = values

    def _draw(self, purpose: str, function: str, indices: np.ndarray, occurrence: int) -> np.ndarray:
        return self._stream(purpose, 1).draw_together(function, indices, occurrence)

    def _stream(self, purpose: str, n: int) -> Stream:
        if purpose not in self._streams or self._streams[purpose].n != n:
            self._streams[purpose] = Stream(self.name, purpose, n)
        return self._streams[purpose]


def _neurons(group: Any, index: Any) -> np.ndarray:
    """Return the neurons of a group that an index names; a part of it names its own."""
    if isinstance(index, VariableOwner) and whole_of(index) is whole_of(group):
        index = slice(index.start - group.start, index.stop - group.start)
        if not 0 <= index.start <= index.stop <= len(group):
            raise OutOfRangeError(f"{group.name}[...]: the part named reaches beyond it")
    return pick(len(group), index, group.name, "neuron")
