"""`SpikeSource`: what all stimuli that send spikes have in common.

An engine asks a source two things: when its next spike is due (`SpikeSource._next_instant`), and who fires then
(`SpikeSource._take`). Or it takes all spikes up to some instant together (`SpikeSource._take_before`), and gives back
those that it could not use (`SpikeSource._give_back`). Trains are made ahead in stretches, whose ends change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..clocks import defaultclock
from ..equations.text import Equations
from ..errors import ArgumentError, WrongTypeError
from ..randomness import Stream
from ..stimuli.trains import NO_SPIKES, Spikes, Trains, in_order, join
from .arguments import check_namespace, check_size
from .explanation import Explanation
from .objects import Host, SimulationObject
from .subgroup import WholeGroup

#: About how many spikes are made ahead at a time; and how many where they are taken together.
STRETCH, BULK = 1 << 14, 1 << 17

#: ``advance(trains, end, budget)``
Advance = Callable[[Trains, float, int], Spikes]


def plainly(trains: Trains, end: float, budget: int) -> Spikes:
    """Let trains make their spikes themselves."""
    return trains.advance(end, budget)


class Ahead:
    """Spikes that are made but not yet taken, and where the trains stood before."""

    __slots__ = ("instants", "neurons", "times", "who", "position", "checkpoints", "taken", "since", "bulk")

    def __init__(self) -> None:
        #: the spikes at this instant, and before, are taken
        self.taken = -np.inf
        #: a run can be stopped at this instant at the earliest
        self.since = 0.0
        self.forget()

    def forget(self) -> None:
        """Let go of all spikes."""
        self.checkpoints: list[Trains] = []
        #: what was taken before the spikes that were last taken together, and their instants
        self.bulk = self.taken, NO_SPIKES[0]
        self.hold(*NO_SPIKES)

    def hold(self, instants: np.ndarray, neurons: np.ndarray) -> None:
        """Hold other spikes, none of which is taken."""
        self.instants, self.neurons = instants, neurons
        #: the same as lists, as soon as somebody takes them one by one, and the place of the next
        self.times: list[float] = []
        self.who: list[int] = []
        self.position = 0

    def list_all(self) -> None:
        """Make the lists."""
        self.times, self.who = self.instants.tolist(), self.neurons.tolist()

    def forget_checkpoints(self) -> None:
        """Let go of those that are of no use, as a run is stopped no more before `since`."""
        while len(self.checkpoints) > 1 and self.checkpoints[1].now <= self.since:
            self.checkpoints.pop(0)


class SpikeSource(WholeGroup, SimulationObject):
    """Neurons that fire by themselves, whatever the rest of the network does.

    A subclass makes its trains in `_prepare`, at the start of every run.

    Attributes
    ----------
    active : bool
        Whether it fires in the next runs; its trains go on all the same.
    """

    _equations: Equations
    _namespace: Mapping[str, Any] | None
    _n: int
    _trains: Trains | None
    _values: dict[str, np.ndarray]
    _streams: dict[str, Stream]

    def _set_up(self, name: str, N: Any, equations: str = "", namespace: Any = None) -> None:
        """Name the object and lay out its variables."""
        self._register(name)
        self.__dict__["active"] = True
        self._n = check_size(N, f"{type(self).__name__} '{self.name}'")
        self._equations = Equations(equations)
        self._namespace = check_namespace(namespace, self._label)
        self._values = {
            name: np.zeros(1 if line.shared else self._n)
            for name, line in self._equations.items()
            if line.expression is None
        }
        self._streams = {}
        self._trains = None
        self._ahead = Ahead()
        self._left_at = 0.0

    # --- what it is -------------------------------------------------------------------------------------------

    @property
    def _label(self) -> str:
        return f"{type(self).__name__} '{self.name}'"

    @property
    def _event_names(self) -> tuple[str, ...]:
        """What its neurons send."""
        return ("spike",)

    @property
    def namespace(self) -> Mapping[str, Any] | None:
        """Values given for names in the texts."""
        return self._namespace

    def __repr__(self) -> str:
        return f"<{self._label}: {self._n} neuron{'s' * (self._n != 1)}, {self._describe()}>"

    def explain(self) -> Explanation:
        """Say how its spike times are found."""
        return Explanation("\n".join([f"{self._label}: {self._describe()}", *(f"  {line}" for line in self._ways())]))

    def _describe(self) -> str:
        """Return what it sends, in a few words."""
        raise NotImplementedError

    def _ways(self) -> list[str]:
        """Return how its spike times are found, line by line."""
        raise NotImplementedError

    # --- what engines ask -------------------------------------------------------------------------------------

    def _refresh(self, surroundings: Mapping[str, Any]) -> None:
        """Look up names anew for a run that starts now; what lies before now stays."""
        self._ahead.since = self._rewind()
        self._prepare(surroundings, self._ahead.since)

    def _prepare(self, surroundings: Mapping[str, Any], now: float) -> None:
        """Make the trains, or let what has changed take effect at `now`."""
        raise NotImplementedError

    def _next_instant(self, end: float) -> float:
        """Return when the next spikes are due [ms], ``inf`` when not before `end`."""
        ahead, trains = self._ahead, self._trains
        assert trains is not None, f"{self.name} has not been refreshed"
        while ahead.position == len(ahead.times):
            if len(ahead.times) < len(ahead.instants):
                ahead.list_all()
            elif trains.now < end:
                self._make_stretch(trains, end)
            else:
                return np.inf
        instant = ahead.times[ahead.position]
        return instant if instant < end else np.inf

    def _take(self, now: float) -> list[int]:
        """Return who fires at exactly this instant, in ascending order, and go on."""
        ahead = self._ahead
        times, begin = ahead.times, ahead.position
        position, stop = begin, len(times)
        while position < stop and times[position] == now:
            position += 1
        ahead.position = position
        ahead.taken = ahead.since = now
        return ahead.who[begin:position]

    def _make_stretch(self, trains: Trains, end: float) -> None:
        ahead = self._ahead
        # a run may be stopped, and go on otherwise, at any instant from the last one taken
        ahead.forget_checkpoints()
        ahead.checkpoints.append(trains.copy())
        ahead.hold(*in_order(*trains.advance(end, self._budget)))

    def _take_before(self, end: float, advance: Advance = plainly) -> Spikes:
        """Return all spikes before `end` [ms] that are not taken yet, in order of time, then neuron, and go on there.

        A run may still be stopped at any instant from the beginning of these spikes on, if `_give_back` is told so.
        Until then there is one checkpoint for all of them: giving back makes them again from there.

        Parameters
        ----------
        advance : callable
            What makes spikes: ``advance(trains, end, budget)`` does what ``trains.advance(end, budget)`` does.

        Returns
        -------
        instants : ndarray [ms]
        neurons : ndarray of int
        """
        ahead, trains = self._ahead, self._trains
        assert trains is not None, f"{self.name} has not been refreshed"
        if not self.active:
            return NO_SPIKES
        begin = ahead.position
        stop = begin + int(np.searchsorted(ahead.instants[begin:], end, side="left"))
        parts = [(ahead.instants[begin:stop], ahead.neurons[begin:stop])]
        ahead.hold(ahead.instants[stop:], ahead.neurons[stop:])
        ahead.forget_checkpoints()
        if trains.now < end:
            ahead.checkpoints.append(trains.copy())
        while trains.now < end:
            parts.append(in_order(*advance(trains, end, max(BULK, self._budget))))
        instants, neurons = join([part for part in parts if len(part[0])])
        ahead.bulk = ahead.taken, instants
        if len(instants):
            ahead.taken = float(instants[-1])
        ahead.since = end
        return instants, neurons

    def _give_back(self, now: float) -> None:
        """Take back, of the spikes that were last taken together, those at `now` [ms] and later.

        They come again; or others, where a run is stopped here and something changes.
        """
        ahead = self._ahead
        before, instants = ahead.bulk
        kept = int(np.searchsorted(instants, now, side="left"))
        ahead.taken = float(instants[kept - 1]) if kept else before
        # the spikes of this very instant may have been taken before, one by one
        ahead.since = max(now, float(np.nextafter(ahead.taken, np.inf)))
        self._stand(ahead.since)

    def _rewind(self) -> float:
        """Let the trains stand at the present, or right after it when its spikes are taken, and return where.

        Spikes that were made ahead are made again when they are asked for, from the same random numbers.
        """
        ahead = self._ahead
        now = self._now if ahead.taken < self._now else float(np.nextafter(ahead.taken, np.inf))
        self._stand(now)
        return now

    def _stand(self, now: float) -> None:
        """Let the trains stand at an instant, and what they have made ahead be forgotten."""
        ahead = self._ahead
        if self._trains is not None and self._trains.now > now:
            self._trains = next(c for c in reversed(ahead.checkpoints) if c.now <= now)
        while self._trains is not None and self._trains.now < now:
            self._trains.advance(now, self._budget)
        ahead.forget()

    @property
    def _budget(self) -> int:
        return max(STRETCH, 2 * self._n)

    def _join(self, network: Host) -> None:
        super()._join(network)
        self._ahead.taken = -np.inf
        if self._trains is not None:
            self._trains.shift(network.now - self._left_at, network.now)

    def _leave(self) -> None:
        self._rewind()
        self._left_at = self._now
        super()._leave()

    # --- checkpoints ------------------------------------------------------------------------------------------

    def _signature(self) -> dict[str, Any]:
        return {**super()._signature(), "neurons": self._n, "equations": str(self._equations)}

    def _snapshot(self) -> dict[str, Any]:
        self._rewind()
        return {
            "active": self.active,
            "values": {name: values.copy() for name, values in self._values.items()},
            "trains": None if self._trains is None else self._trains.snapshot(),
            "taken": self._ahead.taken,
        }

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        self.__dict__["active"] = snapshot["active"]
        for name, values in snapshot["values"].items():
            self._values[name][:] = values
        trains = snapshot["trains"]
        self._trains = None if trains is None else self._restored_trains(trains, is_fresh)
        self._ahead = Ahead()
        self._ahead.taken = snapshot["taken"]

    def _restored_trains(self, snapshot: dict[str, Any], is_fresh: bool) -> Trains:
        """Return trains that stand where a snapshot says, of the kind that `_prepare` makes."""
        raise NotImplementedError

    # --- variables --------------------------------------------------------------------------------------------

    def _read_internal(self, name: str, indices: np.ndarray) -> np.ndarray:
        if name in self._values:
            return self._values[name][indices]
        if name == "i":
            return indices
        if name in ("lastspike", "not_refractory"):
            raise AttributeError(f"{self._label} has no '{name}': it does not remember its spikes. Use a SpikeMonitor.")
        return np.full(len(indices), {"N": self._n, "t": self._now, "dt": defaultclock.step}[name])

    def _write_internal(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        self._require_change(f"{self.name}.{name}")
        self._put(name, indices, values)

    def _put(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        """Take over values, whether the network runs or not."""
        if name not in self._values:
            raise WrongTypeError(f"{self.name}.{name}: it is computed and cannot be set")
        self._check_values(name, indices, values)
        self._values[name][indices] = values

    def _check_values(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        """Raise when a value makes no sense."""

    def _draw(self, purpose: str, function: str, indices: np.ndarray, occurrence: int) -> np.ndarray:
        if purpose not in self._streams:
            self._streams[purpose] = Stream(self.name, purpose, self._n)
        return self._streams[purpose].draw_many(function, indices, occurrence)


def check_not_negative(where: str, indices: np.ndarray, values: np.ndarray, unit: str, scale: float) -> None:
    """Raise when a value is negative or infinite; `scale` makes the user's unit of an internal number."""
    bad = np.flatnonzero(~((values >= 0) & np.isfinite(values)))
    if len(bad):
        raise ArgumentError(
            f"{where}: expected finite values that are not negative, found {values[bad[0]] * scale:g} {unit} "
            f"for neuron {indices[bad[0]]}"
        )
