"""`Pathway`: what the spikes of one side of synapses do, and how long they travel."""

from __future__ import annotations

import weakref
from numbers import Real
from typing import Any

import numpy as np

from ..equations.scope import TIME, Scope
from ..equations.statements import Statement, parse_statements
from ..equations.text import Equations
from ..errors import ArgumentError, SimulationError, WrongTypeError
from ..synapses.flight import Flight, pack, unpack
from ..synapses.names import PRE
from ..synapses.pairs import Fan
from ..synapses.statements import Division, divide
from ..views import VariableView
from .variables import VariableOwner, is_everyone

_DELAY = Equations("delay : second")

#: Pathways of sources come before those of targets, as in Brian.
ORDER = {"pre": -1, "post": 1}


class Pathway(VariableOwner):
    """One text of a `Synapses` object, with its delays: ``S.pre``, ``S.post``, or under a name of its own.

    Attributes
    ----------
    name : str
        Such as ``'synapses_pre'``.
    side : str
        ``'pre'`` or ``'post'``: whose spikes it waits for.
    code : str
        The statements as given.
    event : str
        ``'spike'``, or a custom event of the group.
    order : int
        Pathways with a lower order act first at one instant; -1 for ``'pre'`` and 1 for ``'post'`` to begin with.
        Those of equal order follow the order of their `Synapses` in the network, then their names.
    active : bool
        Whether it takes up spikes in the next runs; those that are on their way arrive in any case.
    delay : VariableView
        Time from the spike to its arrival; any times that are not negative, zero by default.
    """

    _MEMBER = "synapse"
    _COMPUTED = ("N",)

    def __init__(self, synapses: Any, key: str, side: str, text: str, event: str, delay: float | None) -> None:
        # as attributes of the object: those with a leading underscore pass through VariableOwner unasked
        self.__dict__.update(key=key, side=side, code=text, event=event, order=ORDER[side], active=True)
        self.__dict__.update(
            name=f"{synapses.name}_{key}", _synapses_reference=weakref.ref(synapses), _equations=_DELAY, _namespace=None
        )
        where = f"{synapses._owner}, on_{key}" if key in ORDER else f"{synapses._owner}, on_{side} '{key}'"
        self._where = where.removeprefix(f"{synapses._owner}, ")
        self._statements: tuple[Statement, ...] = parse_statements(text, where)
        self._noted = False
        self._divided: tuple[Any, Division] | None = None
        self._delays: float | np.ndarray = 0.0 if delay is None else delay
        # a delay given with the object serves the synapses that are made later, too
        self._serves_all = delay is not None
        self._given = 0.0 if delay is None else delay
        self._fan: Fan | None = None
        # spikes on their way when the last run ended
        self._in_flight: list[Flight] = []

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("name", "key", "side", "code", "event"):
            raise AttributeError(f"{self.name}.{name} cannot be set (only active, order and delay can)")
        if name == "order" and not isinstance(value, Real):
            raise WrongTypeError(f"{self.name}.order: expected a number, found {value!r}")
        super().__setattr__(name, value)

    def _may_change(self) -> bool:
        return self._synapses._may_change()

    @property
    def _synapses(self) -> Any:
        # weakly, or the two would keep each other alive, and millions of weights with them
        synapses = self._synapses_reference()
        if synapses is None:
            raise SimulationError(f"pathway '{self.name}': its Synapses object is gone; keep it in a variable")
        return synapses

    @property
    def _division(self) -> Division:
        names = self._synapses._names
        if self._divided is None or self._divided[0] is not names:
            self._divided = names, divide(self._statements, names)
        return self._divided[1]

    @property
    def source(self) -> Any:
        """The group whose spikes it waits for."""
        return self._synapses.source if self.side == PRE else self._synapses.target

    @property
    def target(self) -> Any:
        """The group on the other side."""
        return self._synapses.target if self.side == PRE else self._synapses.source

    def __len__(self) -> int:
        return len(self._synapses)

    def __repr__(self) -> str:
        return f"<Pathway '{self.name}': {'; '.join(self.code.split(chr(10)))}>"

    def places(self, item: Any) -> np.ndarray:
        """Return the synapses that an index names: see `Synapses.places`."""
        return self._synapses.places(item)

    def fan(self) -> Fan:
        """Return the synapses grouped by the neuron whose spikes they wait for, then by delay."""
        if self._fan is None:
            self._fan = self._synapses._pairs.fan(self.side == PRE, self._delays)
        return self._fan

    @property
    def shortest_delay(self) -> float:
        """The smallest delay of any synapse [ms]; 0 without synapses."""
        return float(np.min(self._delays)) if np.size(self._delays) else 0.0

    def _grow(self, more: int) -> None:
        """Take note of new synapses: they have the delay that was given with the object, zero without one."""
        self._fan = None
        if isinstance(self._delays, float) and (self._serves_all or self._delays == self._given):
            return
        before = np.broadcast_to(self._delays, (len(self) - more,))
        self._delays = np.concatenate([before, np.full(more, self._given)])

    def _variable(self, name: str) -> Any:
        return _DELAY.get(name) or self._synapses._variable(name)

    def __getattr__(self, name: str) -> Any:
        if name == "delay" and "_serves_all" in self.__dict__:
            # one delay given for all is one value, as in Brian
            return VariableView(self, name, TIME, scalar=self._serves_all)
        return super().__getattr__(name)

    def _snapshot(self) -> dict[str, Any]:
        delays = self._delays
        return {
            "active": self.active,
            "order": self.order,
            "delays": delays if isinstance(delays, float) else delays.copy(),
            "serves_all": self._serves_all,
            "flights": pack(self._in_flight),
        }

    def _restore(self, snapshot: dict[str, Any]) -> None:
        delays = snapshot["delays"]
        self.__dict__.update(active=snapshot["active"], order=snapshot["order"], _serves_all=snapshot["serves_all"])
        self._delays = delays if isinstance(delays, float) else delays.copy()
        self._in_flight, self._fan = unpack(snapshot["flights"]), None

    # --- delays as a variable -------------------------------------------------------------------------------------

    def _scope(self) -> Scope:
        return self._synapses._scope()

    def _read_internal(self, name: str, indices: np.ndarray) -> np.ndarray:
        if name != "delay":
            return self._synapses._read_internal(name, indices)
        if isinstance(self._delays, float):
            return np.full(len(indices), self._delays)
        return self._delays[indices]

    def _write_internal(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        self._synapses._require_settable("delay")
        if len(values) and not (values.min() >= 0.0 and values.max() < np.inf):
            bad = np.flatnonzero(~((values >= 0.0) & (values < np.inf)))
            raise ArgumentError(
                f"{self.name}.delay: expected times that are finite and not negative, found {values[bad[0]]:g} ms for "
                f"synapse {indices[bad[0]]}"
            )
        self._fan = None
        # an index may name a synapse twice and leave out another
        whole = is_everyone(indices, len(self))
        if whole and len(values) and np.all(values == values[0]):
            self._delays = float(values[0])
            return
        self._serves_all = False
        if whole:
            self._delays = np.array(values, dtype=float)
            return
        if isinstance(self._delays, float):
            self._delays = np.full(len(self), self._delays)
        self._delays[indices] = values

    def _draw(self, purpose: str, function: str, indices: np.ndarray, occurrence: int) -> np.ndarray:
        return self._synapses._draw(f"{self.key} {purpose}", function, indices, occurrence)
