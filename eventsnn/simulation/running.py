"""One run under way: events up to the next timed code, then the code, and so on to the end.

Where a function of the user's is called the run is *cut*: the network stands as between two runs. What the function
leaves alone goes on as it is; before it changes anything the machine is left, as at the end of a run, and built anew
after it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..clocks import PRESENT
from ..engine.build import build
from ..engine.machine import Machine
from ..engine.reference import advance
from ..engine.timed import TimedCode, prepare
from ..groups import NeuronGroup, SpikeSource, Synapses, names_written
from ..groups.objects import SimulationObject
from ..groups.poissoninput import PoissonInput
from ..groups.timed import CodeRunner, Timed
from ..monitors.base import Monitor
from ..randomness import SOURCE
from .operations import Appointment, NetworkOperation
from .progress import Watch


class Host(Protocol):
    """What a run asks of its network."""

    _appointments: list[Appointment]

    @property
    def objects(self) -> tuple[SimulationObject, ...]: ...
    @property
    def now(self) -> float: ...


class Timetable:
    """What is due next, of all timed code.

    At one instant: those before it, those after it; each by slot, then by order, then by creation.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[float, bool, tuple, Timed]] = []
        self._known: set[Timed] = set()

    def take_in(self, things: Iterable[Timed], now: float) -> None:
        """Take in those that are not there yet."""
        for thing in things:
            if thing not in self._known:
                self._known.add(thing)
                self._put(thing, now)

    def _put(self, thing: Timed, now: float) -> None:
        instant = thing._next_instant(now)
        if instant < float("inf"):
            heapq.heappush(self._entries, (instant, thing._comes_after, thing._rank, thing))
        else:
            self._known.discard(thing)

    @property
    def first(self) -> tuple[float, bool]:
        """When the next is due [ms], `inf` for none, and whether it comes after all else at that instant."""
        return self._entries[0][:2] if self._entries else (float("inf"), False)

    def pop(self) -> Timed | None:
        """Take out the next one; None where it is not to happen."""
        now, _, _, thing = heapq.heappop(self._entries)
        happens = thing._take(now)
        self._put(thing, now)
        return thing if happens else None


class Run:
    """One run under way.

    Parameters
    ----------
    network : Network
    surroundings : mapping
        Where names are looked up, at the beginning and after every cut.
    end : float [ms]
    watch : Watch
    """

    def __init__(self, network: Host, surroundings: Mapping[str, Any], end: float, watch: Watch) -> None:
        self._network, self._end, self.watch = network, end, watch
        # names mean to the end of the run what they meant at its beginning
        self._surroundings = dict(surroundings) if self._is_cut else surroundings
        self._machine: Machine | None = None
        self._timed: dict[CodeRunner, TimedCode] = {}
        self._monitors: list[Monitor] = []
        self._timetable = Timetable()
        # up to where monitors know that they have seen everything, and whether changes are welcome
        self._noted = watch.start
        self._admits = False
        # where the run stands: everything before this instant is done, or this instant as well
        self._reached = (watch.start, False)

    @property
    def _is_cut(self) -> bool:
        things = self._network.objects
        return bool(self._network._appointments) or any(isinstance(t, NetworkOperation) or t._runners for t in things)

    # --- the machine ----------------------------------------------------------------------------------------------

    def build(self) -> Machine:
        """Look names up, solve the models and return what the run works on from now on."""
        self._admits = True
        try:
            return self._build()
        finally:
            self._admits = False

    def _build(self) -> Machine:
        things, now = self._network.objects, self.watch.now
        groups = [thing for thing in things if isinstance(thing, NeuronGroup)]
        sources = [thing for thing in things if isinstance(thing, SpikeSource)]
        synapses = [
            thing._delivery() if isinstance(thing, PoissonInput) else thing
            for thing in things
            if isinstance(thing, Synapses | PoissonInput)
        ]
        self._monitors = [thing for thing in things if isinstance(thing, Monitor) and thing.active]
        written = names_written(synapses, groups)
        for group in groups:
            group._links.refresh(written)
        # synapses first: what they sum up, the groups are solved with
        scopes = [(thing, thing._refresh(self._surroundings)) for thing in synapses]
        for group in groups:
            group._refresh(self._surroundings, written[group])
        for source in sources:
            source._refresh(self._surroundings)
        machine = build(groups, sources, scopes, self._monitors, now, self._end)
        runners = [runner for thing in things for runner in thing._runners]
        self._timed = {
            runner: prepare(runner, machine, self._surroundings, self._monitors, _linked(groups, runner))
            for runner in runners
        }
        operations = [thing for thing in things if isinstance(thing, NetworkOperation)]
        self._timetable.take_in([*runners, *operations, *self._network._appointments], now)
        self._machine = machine
        return machine

    def admits_changes(self) -> bool:
        """Return whether objects may be changed now; if so, leave the machine, so that they are as between runs."""
        if self._admits:
            self._leave_machine()
        return self._admits

    def _leave_machine(self) -> None:
        if self._machine is not None:
            machine, self._machine = self._machine, None
            machine.leave(self.watch.now)

    def _note_spans(self) -> None:
        """Let monitors know up to where they have recorded."""
        now = self.watch.now
        for monitor in self._monitors:
            monitor._add_span(self._noted, now)
        self._noted = now

    def close(self) -> None:
        """Leave everything to the next run."""
        self._leave_machine()
        self._note_spans()

    # --- time -----------------------------------------------------------------------------------------------------

    def go(self) -> float | None:
        """Go to the end; return the instant after which it was stopped, None when it was not."""
        PRESENT.follow(self._network)
        while (due := self._timetable.first)[0] < self._end:
            stopped_at = self._advance(*due)
            if stopped_at is not None and stopped_at < due[0]:
                return stopped_at
            self._carry_out(due[0])
            if self.watch.stopped:
                return self._finish_instant(due[0])
        return self._advance(self._end, False)

    def schedule(self, thing: Timed) -> None:
        """Take in timed code that has just been made."""
        self._timetable.take_in([thing], self.watch.now)

    def _advance(self, instant: float, through: bool) -> float | None:
        """Handle all before an instant, or with `through` at it as well."""
        if (instant, through) == self._reached and not through:
            return None
        self._reached = instant, through
        return advance(self._machine or self.build(), instant, self.watch, through)

    def _finish_instant(self, now: float) -> float:
        """After a stop: what belongs to this instant still happens."""
        while (due := self._timetable.first)[0] == now:
            self._advance(*due)
            self._carry_out(now)
        self._advance(now, True)
        return now

    def _carry_out(self, now: float) -> None:
        """Carry out what is due next."""
        self.watch.poll(now)
        thing = self._timetable.pop()
        if isinstance(thing, CodeRunner):
            machine = self._machine or self.build()
            code = self._timed[thing]
            code.carry_out(machine, now)
            if code.is_a_cut:
                self._leave_machine()
        elif isinstance(thing, NetworkOperation | Appointment):
            self._call(thing, now)

    def _call(self, thing: NetworkOperation | Appointment, now: float) -> None:
        """Call a function of the user's, at a cut."""
        self._note_spans()
        setting, self._admits = SOURCE.setting, True
        try:
            thing._call(now)
        finally:
            if isinstance(thing, Appointment) and not thing._times:
                self._network._appointments.remove(thing)
            if SOURCE.setting != setting:
                # seed() was called: all streams begin again
                self._leave_machine()
            self._admits = False


def _linked(groups: Iterable[NeuronGroup], runner: CodeRunner) -> frozenset[str]:
    """Return the variables of a runner's group on which links between groups hang: what is linked to, and indices."""
    whole = runner._whole()
    found: set[str] = set()
    for group in groups:
        for link in group._links:
            if link.whole is whole:
                found |= whole._equations.names_behind(link.name)
            if group is whole and isinstance(link.index, str):
                found.add(link.index)
    return frozenset(found)
