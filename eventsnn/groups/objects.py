"""Names, scopes and the life of the objects that a network is made of."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import re
import sys
import warnings
import weakref
from typing import Any, Protocol

from ..errors import ArgumentError, SimulationError, UnusedObjectWarning, user_frame


class Host(Protocol):
    """What an object asks of the network that runs it."""

    @property
    def now(self) -> float: ...
    @property
    def is_running(self) -> bool: ...
    def admits_changes(self) -> bool: ...


class _Scope:
    """The scope that `start_scope` starts: default names count anew in each."""

    def __init__(self) -> None:
        self.number = 0
        self.ordinals: dict[str, int] = {}
        self.serials = itertools.count()

    def start(self) -> None:
        self.number += 1
        self.ordinals.clear()

    def name(self, stem: str) -> str:
        ordinal = self.ordinals.get(stem, 0)
        self.ordinals[stem] = ordinal + 1
        return stem if ordinal == 0 else f"{stem}_{ordinal}"


SCOPE = _Scope()
_NAME = re.compile(r"[A-Za-z]\w*\*?$")
_never_run: weakref.WeakSet = weakref.WeakSet()


class SimulationObject:
    """Anything that takes part in a network: it has a name and belongs to one network at most.

    Attributes
    ----------
    name : str
        Given, or the class name and an ordinal since `start_scope`.
    """

    #: What it does with the objects that it requires, for messages.
    _verb = "records from"

    #: Whether ``run()`` takes it into a network that has run already.
    _may_come_late = False

    name: str
    _scope_number: int
    _serial: int
    _network: Host | None
    _made_at: tuple[str, int]
    #: What `run_regularly` has made.
    _runners: list[Any]

    def _register(self, name: str) -> None:
        """Choose the name and remember where the object was made."""
        if not isinstance(name, str) or not _NAME.match(name):
            raise ArgumentError(f"{type(self).__name__}.name: expected a name of letters and digits, found {name!r}")
        state = self.__dict__
        state["name"] = SCOPE.name(name[:-1]) if name.endswith("*") else name
        state["_scope_number"] = SCOPE.number
        state["_serial"] = next(SCOPE.serials)
        state["_network"] = None
        state["_runners"] = []
        frame = user_frame()
        state["_made_at"] = (frame.f_code.co_filename, frame.f_lineno)
        _never_run.add(self)

    def __hash__(self) -> int:
        return id(self)

    @property
    def _now(self) -> float:
        """Present time of the object's network [ms]."""
        return self._network.now if self._network is not None else 0.0

    def _join(self, network: Host) -> None:
        self.__dict__["_network"] = network
        for runner in self._runners:
            runner._begin_anew()

    def _leave(self) -> None:
        self.__dict__["_network"] = None

    def _may_change(self) -> bool:
        """Return whether it may be changed now, and let the network know that it will be."""
        return self._network is None or self._network.admits_changes()

    def _require_change(self, where: str, what: str = "set") -> None:
        """Refuse a change while the network runs, but for network operations."""
        if not self._may_change():
            raise SimulationError(f"{where}: cannot be {what} while the network runs (by a report function)")

    def _mark_run(self) -> None:
        _never_run.discard(self)

    def _requires(self) -> list[Any]:
        """Return the objects without which this one cannot run."""
        return []

    # --- checkpoints ------------------------------------------------------------------------------------------

    def _signature(self) -> dict[str, Any]:
        """Return what an object must have in common with this one to take over its state, in words."""
        return {"kind": type(self).__name__}

    def _snapshot(self) -> dict[str, Any]:
        """Return the state: plain data, arrays and values that nobody changes, none of them shared with the object."""
        return {}

    def _objection(self, snapshot: dict[str, Any]) -> str:
        """Return why a state of an object like this one cannot be put back; empty where it can."""
        return ""

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        """Take over a state, and leave the snapshot as it is.

        Parameters
        ----------
        is_fresh : bool
            Whether random numbers that are still to come are others than those that came after the snapshot.
        """

    def __del__(self) -> None:
        # a half-made object has no name; at exit the modules that the warning needs may be gone
        if not sys.is_finalizing() and "name" in self.__dict__ and self in _never_run:
            warn_unused(self)


def warn_unused(thing: SimulationObject) -> None:
    """Say that an object was made but never run, at the line where it was made."""
    _never_run.discard(thing)
    file, line = thing._made_at
    warnings.warn_explicit(
        f"{type(thing).__name__} '{thing.name}' was made but never run. run() collects the objects that are variables "
        "of the code that calls it (not those inside lists or dictionaries); use Network(...) for others.",
        UnusedObjectWarning,
        file,
        line,
    )


@atexit.register
def _warn_of_leftovers() -> None:
    # an error that nobody caught has ended the program: it is why they never ran, and should be the last word
    if getattr(sys, "last_type", None) is not None or getattr(sys, "last_exc", None) is not None:
        return
    for thing in sorted(_never_run, key=lambda o: o._made_at):
        # where warnings are errors, nobody is left at exit to catch one
        with contextlib.suppress(UnusedObjectWarning):
            warn_unused(thing)
