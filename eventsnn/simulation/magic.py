"""The magic that Brian's users expect: ``run()`` without a network, and what goes with it.

It belongs to the whole process, as do the scope of names (`groups.objects.SCOPE`), the seed (`randomness.SOURCE`)
and the default clock; the engine knows none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..equations.scope import caller_names
from ..errors import MagicError
from ..groups.objects import SCOPE, SimulationObject
from ..randomness import SOURCE
from ..units import Quantity
from .network import RUNNING, TEN_SECONDS, Network
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

    def gather(self, level: int) -> Network:
        """Return the network for the objects that are visible now.

        Raises
        ------
        MagicError
            When there are none, or only some have been run before.
        """
        things = collect(level)
        if not things:
            raise MagicError(
                "run(): found nothing to simulate. It collects groups and monitors that are variables of the code that "
                "calls it; objects in lists or made before start_scope() need a Network(...)."
            )
        foreign = [thing.name for thing in things if thing._network not in (None, self._network)]
        if foreign:
            raise MagicError(
                f"run(): {', '.join(foreign)} belong to another network. Run that network, or call start_scope() "
                "before making new objects."
            )
        old = [thing.name for thing in things if thing._network is not None]
        # who only records or listens may come later
        late = [thing for thing in things if thing._network is None and thing._may_come_late] if old else []
        new = [thing.name for thing in things if thing._network is None and thing not in late]
        if new and old:
            raise MagicError(
                f"run(): {', '.join(old)} were run before, {', '.join(new)} were not, so it is unclear whether time "
                "starts at 0. Call start_scope() before making new objects, or use a Network(...)."
            )
        if new:
            self._network = Network(*things, name="magicnetwork")
        self._network.add(*late)
        gone = [thing for thing in self._network.objects if thing not in things]
        self._network.remove(*gone)
        return self._network

    def forget_unless_run(self) -> None:
        """Let go of objects whose first run failed before it began: they are still new."""
        if not self._network.has_run:
            self._network.remove(*self._network.objects)

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
        network.run(duration, report, report_period, surroundings, profile, level)
    finally:
        magic_network.forget_unless_run()


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
