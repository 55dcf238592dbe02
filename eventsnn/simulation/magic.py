"""The magic that Brian's users expect: ``run()`` without a network, and what goes with it.

It belongs to the whole process, as do the scope of names (`groups.objects.SCOPE`), the seed (`randomness.SOURCE`)
and the default clock; the engine knows none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from ..equations.scope import caller_names
from ..errors import MagicError, SimulationError
from ..groups.explanation import Explanation
from ..groups.objects import SCOPE, SimulationObject
from ..randomness import SOURCE
from ..units import Quantity
from . import checkpoints
from .description import describe_network
from .network import RUNNING, RUNS_ALREADY, TEN_SECONDS, Network
from .progress import Report


def start_scope() -> None:
    """Leave objects made so far out of the next ``run()``, and count default names anew."""
    SCOPE.start()


def collect(level: int = 0) -> list[SimulationObject]:
    """Return the objects that ``run()`` would simulate here.

    They are the values of the caller's local and global names (not inside lists or dictionaries), made since
    `start_scope`, in the order in which they were made.

    Parameters
    ----------
    level : int
        How many of the calling functions to skip.
    """
    found = {
        id(thing): thing
        for thing in caller_names(level).values()
        if isinstance(thing, SimulationObject) and thing._scope_number == SCOPE.number
    }
    return sorted(found.values(), key=lambda thing: thing._serial)


class MagicNetwork:
    """The network behind ``run()``: all new objects start at t = 0, the same objects go on.

    Objects that the caller can no longer see (``del M``) leave it.
    """

    def __init__(self) -> None:
        self._network = Network(name="magicnetwork")
        self._stored: dict[str, checkpoints.Snapshot] = {}

    @property
    def objects(self) -> tuple[SimulationObject, ...]:
        """What the last ``run()`` simulated."""
        return self._network.objects

    @property
    def t(self) -> Quantity:
        """Present time."""
        return self._network.t

    @property
    def network(self) -> Network:
        """The network of the last ``run()``."""
        return self._network

    def gather(self, level: int, who: str = "run") -> Network:
        """Return the network for the objects that are visible now.

        Parameters
        ----------
        level : int
        who : str
            The function that asks, for messages.

        Raises
        ------
        MagicError
            When there are none, or only some have been run before.
        """
        things = collect(level)
        if not things:
            raise MagicError(
                f"{who}(): found nothing to simulate. It collects groups and monitors that are variables of the code "
                "that calls it; objects in lists or made before start_scope() need a Network(...)."
            )
        if who == "run" and self._network.is_running and any(thing._network is self._network for thing in things):
            raise SimulationError(RUNS_ALREADY)
        foreign = [thing.name for thing in things if thing._network not in (None, self._network)]
        if foreign:
            raise MagicError(
                f"{who}(): {', '.join(foreign)} belong to another network. Run that network, or call start_scope() "
                "before making new objects."
            )
        old = [thing.name for thing in things if thing._network is not None]
        # who only records or listens may come later
        late = [thing for thing in things if thing._network is None and thing._may_come_late] if old else []
        new = [thing.name for thing in things if thing._network is None and thing not in late]
        if new and old:
            raise MagicError(
                f"{who}(): {', '.join(old)} were run before, {', '.join(new)} were not, so it is unclear whether time "
                "starts at 0. Call start_scope() before making new objects, or use a Network(...)."
            )
        if new:
            self._network = Network(*things, name="magicnetwork")
        self._network.add(*late)
        gone = [thing for thing in self._network.objects if thing not in things]
        self._network.remove(*gone)
        return self._network

    def store(self, name: str = "default", filename: str | PathLike | None = None, level: int = 0) -> None:
        """Keep the state of the objects that are visible now: see `Network.store`."""
        network = self._network if self._network.is_running else self.gather(level, "store")
        try:
            checkpoints.store(network, self._stored, name, filename)
        finally:
            self.forget_unless_run()

    def restore(
        self,
        name: str = "default",
        filename: str | PathLike | None = None,
        restore_random_state: bool = False,
        level: int = 0,
    ) -> None:
        """Let the objects that are visible now go back to a state: see `Network.restore`."""
        network = self.gather(level, "restore")
        try:
            checkpoints.restore(network, self._stored, name, filename, restore_random_state)
            # the time is that of the state, and these are its objects
            network.has_run = True
        finally:
            self.forget_unless_run()

    def get_states(
        self,
        units: bool = True,
        format: str = "dict",
        subexpressions: bool = False,
        read_only_variables: bool = True,
        level: int = 0,
    ) -> dict[str, Any]:
        """Return the variables of the objects that are visible now: see `Network.get_states`."""
        network = self.gather(level, "get_states")
        try:
            return network.get_states(units, format, subexpressions, read_only_variables, level)
        finally:
            self.forget_unless_run()

    def set_states(self, values: Mapping[str, Any], units: bool = True, format: str = "dict", level: int = 0) -> None:
        """Set variables of the objects that are visible now: see `Network.set_states`."""
        network = self.gather(level, "set_states")
        try:
            network.set_states(values, units, format, level)
        finally:
            self.forget_unless_run()

    def forget_unless_run(self) -> None:
        """Let go of objects whose first run failed before it began: they are still new."""
        if not self._network.has_run:
            self._network.remove(*self._network.objects)

    def describe(self, namespace: Mapping[str, Any] | None = None, level: int = 0) -> Explanation:
        """Say what ``run()`` would simulate here, as `Network.describe` does.

        Parameters
        ----------
        namespace, level
            Where objects, and names in their models, are looked up.
        """
        things, surroundings = collect(level), caller_names(level) if namespace is None else namespace
        network, name = self._network, "magic network"
        if any(thing._network is network for thing in things):
            # those that have come since would join the next run
            engine, timed = network._describe_engine(), network._appointments
            return describe_network(name, network.now, network.has_run, things, timed, surroundings, engine)
        return describe_network(name, 0.0, False, things, (), surroundings)

    def __repr__(self) -> str:
        return f"<MagicNetwork at t = {self.t!s}: {', '.join(o.name for o in self.objects) or 'empty'}>"


magic_network = MagicNetwork()


def run(
    duration: Quantity,
    report: str | Report | None = None,
    report_period: Quantity = TEN_SECONDS,
    namespace: Mapping[str, Any] | None = None,
    profile: bool | None = None,
    level: int = 0,
    *,
    engine: str | None = None,
    threads: int | None = None,
) -> None:
    """Simulate all groups and monitors that are variables of the calling code.

    All new: time starts at 0. All run before: time goes on. See `Network.run` for the parameters and `collect` for
    what is found.

    Raises
    ------
    MagicError
        When nothing is found, or new objects are mixed with old ones.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, SpikeMonitor, run, start_scope, ms
    >>> start_scope()
    >>> G = NeuronGroup(1, 'dv/dt = 1/(10*ms) : 1', threshold='v > 1', reset='v = 0')
    >>> M = SpikeMonitor(G)
    >>> run(25*ms)
    >>> print(M.t)
    [10. 20.] ms
    """
    network = magic_network.gather(level)
    surroundings = caller_names(level) if namespace is None else namespace
    try:
        network.run(duration, report, report_period, surroundings, profile, level, engine=engine, threads=threads)
    finally:
        magic_network.forget_unless_run()


def store(name: str = "default", filename: str | PathLike | None = None, level: int = 0) -> None:
    """Keep the state of all groups and monitors that are variables of the calling code, before or between runs.

    Parameters
    ----------
    name, filename
        See `Network.store`.
    level : int
        How many of the calling functions to skip.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, SpikeMonitor, restore, run, second, start_scope, store, ms
    >>> start_scope()
    >>> G = NeuronGroup(1, 'dv/dt = 1/tau : 1', threshold='v > 1', reset='v = 0')
    >>> M = SpikeMonitor(G)
    >>> store()
    >>> for tau in [5, 10, 20]*ms:
    ...     restore()
    ...     run(1*second)
    ...     print(M.num_spikes)
    199
    99
    49
    """
    magic_network.store(name, filename, level)


def restore(
    name: str = "default",
    filename: str | PathLike | None = None,
    restore_random_state: bool = False,
    level: int = 0,
) -> None:
    """Let all groups and monitors that are variables of the calling code go back to a state kept by `store`.

    Parameters
    ----------
    name, filename, restore_random_state
        See `Network.restore`.
    level : int
        How many of the calling functions to skip.
    """
    magic_network.restore(name, filename, restore_random_state, level)


def stop() -> None:
    """End the present run after the present instant (to be called from a report function)."""
    for network in RUNNING:
        network.stop()


def seed(seed: int | None = None) -> None:
    """Start all random streams again.

    Parameters
    ----------
    seed : int, optional
        The same seed gives the same draws; None takes a new one. NumPy's global generator is seeded too, as in Brian.
    """
    SOURCE.set(seed)
