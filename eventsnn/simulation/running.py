"""One run under way: events up to the next timed code, then the code, and so on to the end.

Where a function of the user's is called the run is *cut*: the network stands as between two runs. What the function
leaves alone goes on as it is; before it changes anything the machine is left, as at the end of a run, and built anew
after it.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Mapping
from math import inf
from typing import Any, Protocol

from .._kept import announced
from ..clocks import PRESENT
from ..engine.build import build
from ..engine.choice import (
    ASIDE,
    AUTO,
    COMPILED,
    COMPILING,
    HANDED_OVER,
    HERE,
    QUICKER,
    Choice,
    Pace,
    Stretch,
    choose,
    explain,
    is_of_the_compiler,
    settle,
)
from ..engine.compiled import driver
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
    _pace: Pace

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
    engine : 'auto', 'reference' or 'compiled'
    threads : int

    Attributes
    ----------
    choices : list of Choice
        The engines that have worked, in order, and why.
    """

    def __init__(
        self,
        network: Host,
        surroundings: Mapping[str, Any],
        end: float,
        watch: Watch,
        engine: str = AUTO,
        threads: int = 1,
    ) -> None:
        self._network, self._end, self.watch = network, end, watch
        self._wanted, self._threads = engine, threads
        # what the user has chosen for the whole run, if anything; and how long a machine takes to be built [s]
        self._settled: Choice | None = None
        self._rebuilding = 0.0
        # chosen by the work that there is, to hold up to this time on the wall clock
        self._chosen: Choice | None = None
        self._choose_at = -inf
        # whether the compiled engine has handed over, and for how long the reference engine goes on then [s]
        self._is_aside, self._aside = False, 0.0
        self.choices: list[Choice] = []
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
        self._admits, begun = True, time.perf_counter()
        try:
            machine = self._build()
        finally:
            self._admits = False
        self._rebuilding = time.perf_counter() - begun
        if self._settled is None or self._settled.engine == COMPILED:
            self._settled = settle(machine, self._wanted)
        return machine

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
        if not now < self._end:
            # a run of no length has to see what holds at its instant
            machine.begin(now)
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
        while True:
            if self._choose(instant).engine == COMPILED and self.watch.now < instant:
                stopped_at = self._go_compiled(instant)
                # what happens at the instant itself is left to the other one
                is_over = self.watch.now == instant and not through
            else:
                stopped_at = self._go_step_by_step(instant, through)
                is_over = stopped_at is None
            if is_over or (self.watch.stopped and stopped_at is not None):
                return stopped_at

    def _choose(self, instant: float) -> Choice:
        """Return which engine goes on, from now to an instant."""
        machine, clock = self._machine or self.build(), time.perf_counter()
        if self._is_aside:
            return HANDED_OVER
        choice = self._settled or self._chosen
        if choice is None or (self._settled is None and clock >= self._choose_at):
            stretch = Stretch(self.watch.now, instant, self._end, self._network._pace.value, self._rebuilding)
            choice = self._chosen = choose(machine, stretch)
            self._choose_at = clock + choice.patience
        if not self.choices or self.choices[-1].engine != choice.engine:
            self.choices.append(choice)
        return choice

    def _go_step_by_step(self, instant: float, through: bool) -> float | None:
        """Let the reference engine work, until it has come to an instant or another choice is due."""
        machine, watch, since = self._machine or self.build(), self.watch, self.watch.now
        machine.begin(since)
        begun = time.perf_counter()
        choose_at = self._choose_at if self._settled is None else inf
        # counted from here: a machine may have taken longer than that to be built
        watch.paused, watch.pause_at = False, begun + self._aside if self._is_aside else choose_at
        self._is_aside = False
        stopped_at = advance(machine, instant, watch, through)
        if stopped_at is not None and machine.leapers:
            # groups that had gone ahead were taken back to this instant, and go on from here as in another run
            self._leave_machine()
        self._network._pace.add(time.perf_counter() - begun, (instant if stopped_at is None else stopped_at) - since)
        return stopped_at

    def _go_compiled(self, instant: float) -> float | None:
        """Let the compiled engine work up to an instant, or to where the other one has to go on for a while.

        Where it cannot be compiled, everything stays as it is.
        """
        if self._machine is not None and self._machine.has_begun:
            # what is predicted in it is of no use there
            self._leave_machine()
        machine, watch, since = self._machine or self.build(), self.watch, self.watch.now
        watch.paused, watch.pause_at = False, inf
        watch.make_way()
        begun = time.perf_counter()
        try:
            with announced(f"the engine, once for this machine (about {COMPILING:.0f} s)"):
                outcome = driver.advance(machine, instant, watch, self._threads)
        except Exception as problem:
            if not is_of_the_compiler(problem):
                raise
            HERE.fail(problem)
            self._leave_machine()
            self._choose_at = -inf
            return None
        worked, watch.now = time.perf_counter() - begun, outcome.reached
        self._leave_machine()
        if HERE.is_loaded:
            self._network._pace.add(QUICKER * worked, watch.now - since)
        HERE.is_loaded = True
        if outcome.why == "handover":
            # if the next one follows at once, it is for longer; and never so short that building takes most of the time
            self._aside = 2.0 * self._aside if worked < self._aside else max(ASIDE, self._rebuilding)
            self._is_aside = True
        return outcome.reached if outcome.why == "stopped" else None

    def foresee(self) -> str:
        """Return which engine would begin, and why."""
        machine = self._machine or self.build()
        return explain(machine, self._choose(min(self._timetable.first[0], self._end)))

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
            machine.begin(now)
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
