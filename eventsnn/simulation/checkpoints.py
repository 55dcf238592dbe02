"""Checkpoints: the state of a network under a name, in memory or in a file, and how it is put back.

What belongs to a state each object says itself (`SimulationObject._snapshot`); here it is collected, checked and handed
back. A snapshot shares nothing with the objects, so that it can be put back any number of times.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Protocol

from ..errors import CheckpointError, MissingError, SimulationError, WrongTypeError
from ..groups import Synapses
from ..groups.objects import SimulationObject
from ..randomness import SOURCE
from .checkpoint_files import read_state, write_state
from .operations import Appointment

#: A state that was stored in memory.
Snapshot = dict[str, Any]

#: Longer lines are not shown whole.
LONG = 100


class Stage(Protocol):
    """What is asked of a network."""

    _exact_time: Fraction
    _appointments: list[Appointment]
    _all_appointments: dict[int, Appointment]

    @property
    def objects(self) -> tuple[SimulationObject, ...]: ...
    @property
    def now(self) -> float: ...
    @property
    def is_running(self) -> bool: ...
    def admits_changes(self) -> bool: ...


def store(network: Stage, stored: dict[str, Snapshot], name: str, filename: str | os.PathLike | None) -> None:
    """Keep the present state of a network among `stored`, or in a file."""
    if not isinstance(name, str):
        raise WrongTypeError(f"store(name): expected a text, found {name!r}")
    if not network.admits_changes():
        raise SimulationError("store: not while the network runs, but for a network operation")
    snapshot = take(network)
    if filename is None:
        stored[name] = snapshot
    else:
        write_state(filename, name, snapshot)


def restore(
    network: Stage,
    stored: Mapping[str, Snapshot],
    name: str,
    filename: str | os.PathLike | None,
    restore_random_state: bool,
) -> None:
    """Put a state back that was stored under a name.

    Raises
    ------
    MissingError
        When nothing was stored under this name.
    CheckpointNotFoundError
        When there is no such file.
    CheckpointError
        When it is the state of other objects, or the file is of no use. The network is as it was then.
    """
    if network.is_running:
        raise SimulationError("restore: not while the network runs; its time would jump under it")
    if filename is not None:
        where, snapshot = "the file", read_state(filename, name, _equations_of(network))
    elif name in stored:
        where, snapshot = "the stored state", stored[name]
    else:
        raise MissingError(_describe_missing(stored, name))
    # what comes from a file may have been made by anybody
    before = None if filename is None else take(network)
    try:
        _check(network, snapshot["objects"], where)
        _check_appointments(network, snapshot["appointments"], where)
        put_back(network, snapshot, restore_random_state)
    except Exception as problem:
        if before is None or isinstance(problem, CheckpointError):
            raise
        put_back(network, before, True)
        raise CheckpointError(
            f"restore: state '{name}' cannot be put back ({type(problem).__name__}: {problem})"
        ) from problem


def _describe_missing(stored: Mapping[str, Snapshot], name: Any) -> str:
    """Say that there is no state of a name, and what to do."""
    if stored:
        found = f"known names are {', '.join(repr(known) for known in stored)}"
    else:
        given = f"'{name}'" if name != "default" else ""
        found = f"nothing was stored yet: call store({given}) first"
    advice = f". There is a file of this name: write restore(filename='{name}')." if _is_file(name) else ""
    return f"restore: no state '{name}' was stored; {found}{advice}"


def _is_file(name: Any) -> bool:
    return isinstance(name, str | os.PathLike) and os.path.isfile(name)


def take(network: Stage) -> Snapshot:
    """Return a snapshot of a network."""
    objects = {
        thing.name: {
            "signature": thing._signature(),
            "state": thing._snapshot(),
            "runners": {runner.name: runner._snapshot() for runner in thing._runners},
        }
        for thing in network.objects
    }
    return {
        "time": Fraction(network.now) if network.is_running else network._exact_time,
        "random": SOURCE.snapshot(),
        "objects": objects,
        # functions are not part of a state: they are known by their numbers
        "appointments": [
            [each._ordinal, list(each._times), each.active] for each in network._appointments if each._times
        ],
    }


def put_back(network: Stage, snapshot: Snapshot, restore_random_state: bool) -> None:
    """Let a network and its objects be those of a snapshot."""
    if restore_random_state:
        SOURCE.restore(snapshot["random"])
    else:
        # restores may have gone back in between: what was drawn up to this state is not to come once more
        SOURCE.renew(past=snapshot["random"]["epoch"])
    network._exact_time = Fraction(snapshot["time"])
    for thing in network.objects:
        kept = snapshot["objects"][thing.name]
        thing._restore(kept["state"], not restore_random_state)
        for runner in thing._runners:
            if runner.name in kept["runners"]:
                runner._restore(kept["runners"][runner.name])
            else:
                runner._begin_anew()
        # who only looks at a state has used its objects, too
        thing._mark_run()
    network._appointments = []
    for ordinal, times, active in snapshot["appointments"]:
        appointment = network._all_appointments[ordinal]
        appointment._times, appointment.active = list(times), active
        network._appointments.append(appointment)


def _equations_of(network: Stage) -> dict[str, Any]:
    """Return the variables of all objects that have some, by what their scopes are called."""
    found = {}
    for thing in network.objects:
        if isinstance(thing, Synapses):
            found[thing._owner] = thing._names.equations
        elif hasattr(thing, "_equations"):
            found[f"group '{thing.name}'"] = thing._equations
    return found


def _check(network: Stage, stored: Mapping[str, Any], where: str) -> None:
    """Refuse the state of other objects; say what the first difference is."""
    here = {thing.name: thing for thing in network.objects}
    for name, thing in here.items():
        if name not in stored:
            known = ", ".join(f"'{known}'" for known in stored) or "nothing"
            raise CheckpointError(
                f"restore: {type(thing).__name__} '{name}' is part of the network and not of {where}, which holds "
                f"{known}. Objects are known by their names: give them some, or make them in the same order."
            )
        problem = _difference(name, stored[name]["signature"], thing._signature(), where)
        if problem:
            raise CheckpointError(f"restore: {problem}")
        problem = thing._objection(stored[name]["state"])
        if problem:
            raise CheckpointError(f"restore: {type(thing).__name__} '{name}': {problem}")
    missing = [name for name in stored if name not in here]
    if missing:
        kind = stored[missing[0]]["signature"]["kind"]
        raise CheckpointError(
            f"restore: {kind} '{missing[0]}' is part of {where} and not of the network, which has {', '.join(here)}. "
            "Objects are known by their names: give them some, or make them in the same order."
        )


def _check_appointments(network: Stage, stored: Iterable[Any], where: str) -> None:
    for ordinal, times, _ in stored:
        if ordinal not in network._all_appointments:
            raise CheckpointError(
                f"restore: a function that is to be called at t = {times[0]:g} ms is part of {where} and not of the "
                f"network: it was number {ordinal} of those given to Network.at. Give them again before restoring."
            )


def _difference(name: str, theirs: Mapping[str, Any], ours: Mapping[str, Any], where: str) -> str:
    """Return in words in what two signatures differ; empty where they agree."""
    kind = ours["kind"]
    if theirs["kind"] != kind:
        return f"'{name}' is a {theirs['kind']} in {where} and a {kind} here"
    for what, own in ours.items():
        other = theirs.get(what)
        if other == own:
            continue
        if isinstance(own, int) and isinstance(other, int):
            return f"{kind} '{name}' has {other} {what} in {where} and {own} here"
        lines = [str(text).split("\n") for text in (other, own)]
        row = next((k for k, (a, b) in enumerate(zip(*lines, strict=False)) if a != b), min(map(len, lines)))
        shown = [part[row][:LONG] if row < len(part) else "(nothing)" for part in lines]
        return f"{kind} '{name}': not the same {what}\n    in {where}: {shown[0]}\n    here: {shown[1]}"
    return ""
