"""Which engine takes a stretch of a run, and why.

The reference engine begins at once; the compiled one has its price, which large work pays back. The results are the
same to the last bit, so that nothing but time hangs on a choice: it may be made from guesses, and again from what the
clock on the wall says when some of the work is done.
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_left
from dataclasses import dataclass
from math import inf
from typing import Any

from .._jit import find_compiler, has_kept, has_other_functions, is_interpreted, why_no_compiler
from ..errors import ArgumentError, PerformanceWarning, SimulationError, WrongTypeError, warn_user
from .clocked import ClockedCells
from .compiled.survey import find_obstacle
from .emitter import Emitter
from .machine import Machine, Sender

AUTO, REFERENCE, COMPILED = "auto", "reference", "compiled"
ENGINES = (AUTO, REFERENCE, COMPILED)

#: What the reference engine takes for a spike that is sent, or that arrives through one synapse [s]. Measured in Python
#: 3.11: 8 microseconds in Brunel's network, where Poisson spikes arrive one to one; 27 for neurons that fire by
#: themselves; 28 where inputs move exponential currents.
REFERENCE_EVENT = 15e-6

#: What it costs to have the compiled engine: to load compiler and code that an earlier process has kept (0.3 to 0.6 s),
#: or to compile it [s].
LOADING, COMPILING = 0.5, 30.0

#: What it costs to go over to the compiled engine and back, besides building a machine anew [s].
TURN = 0.01

#: The compiled engine is taken where the reference engine would work so many times as long as the other costs.
GAIN = 2.0

#: How often a neuron with a threshold is taken to fire where nothing is known of it [1/ms]: 10 Hz.
USUAL_RATE = 0.01

#: The compiled engine is quicker by such a factor at least; from it follows how long the other would have worked.
QUICKER = 50.0

#: A measured pace counts when so much work was measured; the reference engine works so long before it is asked [s].
MEASURABLE, PATIENCE = 0.05, 1.0

#: When something comes up that is not compiled, the reference engine goes on for so long [s], some thousand events;
#: longer if it comes up again at once.
ASIDE = 0.05

#: Where there is no compiler it is said once, when so much work is to be done [s].
WORTH_SAYING = 120.0


CANNOT = "the compiled engine cannot take this network"


class ObstacleError(SimulationError):
    """The compiled engine was asked for and cannot take a network."""


@dataclass(frozen=True)
class Choice:
    """Which engine runs, and why.

    Attributes
    ----------
    engine : 'reference' or 'compiled'
    why : str
    patience : float [s]
        When to choose again, on the wall clock.
    """

    engine: str
    why: str
    patience: float = inf

    def __str__(self) -> str:
        return f"the {self.engine} engine ({self.why})"


#: What holds for a while where the compiled engine has handed over.
HANDED_OVER = Choice(REFERENCE, "something came up that is not compiled")


# --- what the user asks for -------------------------------------------------------------------------------------------


def read_engine(value: Any, where: str) -> str:
    """Return the name of an engine.

    Raises
    ------
    ArgumentError
        When there is none of this name.
    """
    if value not in ENGINES:
        raise ArgumentError(f"{where}: expected 'auto', 'reference' or 'compiled', found {value!r}")
    return value


def read_threads(value: Any, where: str) -> int:
    """Return a number of threads.

    Raises
    ------
    WrongTypeError, ArgumentError
        When it is no whole number, or none at all.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise WrongTypeError(f"{where}: expected a whole number of threads, found {value!r}")
    if number < 1:
        raise ArgumentError(f"{where}: expected one thread or more, found {value!r}")
    return number


# --- how much there is to do ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """How many events are expected.

    Attributes
    ----------
    certain : float
        Spikes of stimuli and their arrivals, and neurons that have to be asked at the beginning.
    likely : float
        Besides, if neurons fire at their usual rate.
    """

    certain: float
    likely: float


def expect(machine: Machine, now: float, end: float) -> Work:
    """Return about how many events come between two instants [ms].

    An event is a spike that leaves, or one that arrives through one synapse. Groups on the clock are left out: their
    steps cost the same in both engines.
    """
    span = end - now
    certain = likely = 0.0
    for emitter in machine.emitters:
        certain += spikes_to_come(emitter, now, end) * (1.0 + _synapses_of(machine, emitter, len(emitter.source)))
    for part in machine.cells:
        n = part.store.n
        if part.model.threshold is not None:
            likely += n * USUAL_RATE * span * (1.0 + _synapses_of(machine, part, n))
        if not (machine.has_begun or isinstance(part, ClockedCells)):
            certain += n
    return Work(certain, likely)


def spikes_to_come(emitter: Emitter, now: float, end: float) -> float:
    """Return about how many spikes a stimulus sends between two instants: those made ahead say how many come after."""
    ahead, trains = emitter.source._ahead, emitter.source._trains
    made_until = min(trains.now, end)
    made = bisect_left(ahead.times, made_until) - ahead.position
    if emitter.next_instant == inf or made_until <= now:
        return 0.0
    return made * max(1.0, (end - now) / (made_until - now)) if made_until < end else float(made)


def _synapses_of(machine: Machine, sender: Sender, n: int) -> float:
    """Return through how many synapses a neuron sends its spikes, on the average of all in a group."""
    return sum(float(projection.fan.starts[-1]) for projection in machine.outgoing(sender)) / n


class Pace:
    """How long the reference engine works for a millisecond of the network's time, as measured.

    What lies long ago counts little.
    """

    def __init__(self) -> None:
        self._worked, self._span = 0.0, 0.0

    def add(self, worked: float, span: float) -> None:
        """Take in that it has worked some seconds for a time of the network [ms]."""
        if self._worked > PATIENCE:
            self._worked, self._span = 0.5 * self._worked, 0.5 * self._span
        self._worked, self._span = self._worked + worked, self._span + span

    @property
    def value(self) -> float | None:
        """In seconds for a millisecond; None where too little was measured."""
        return self._worked / self._span if self._worked >= MEASURABLE and self._span > 0.0 else None


# --- the choice -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stretch:
    """What is to be run.

    Attributes
    ----------
    now, cut, end : float [ms]
        The present, the next instant at which timed code wants to see the network, and the end of the run.
    pace : float or None
        What `Pace` has measured.
    rebuilding : float [s]
        How long it takes to build the machine anew.
    """

    now: float
    cut: float
    end: float
    pace: float | None = None
    rebuilding: float = 0.0


@dataclass
class Here:
    """What this process knows of the compiled engine.

    Attributes
    ----------
    is_loaded : bool
        Whether it has run.
    failure : str
        Why it cannot run any more.
    is_told : bool
        Whether it was said that it is not there.
    """

    is_loaded: bool = False
    failure: str = ""
    is_told: bool = False

    def price(self) -> float:
        """Return what it costs to have it [s]."""
        return 0.0 if self.is_loaded else LOADING if has_kept("engine.compiled") else COMPILING

    def fail(self, problem: Exception) -> None:
        """Take note of an error of the compiler's: the compiled engine is not tried again."""
        self.failure = f"Numba fails here ({type(problem).__name__}: {_first_line(problem)})"

    def missing(self) -> str:
        """Return why there is none, as the beginning of a sentence; an empty text where there is one."""
        if self.failure or is_interpreted():
            return self.failure
        if find_compiler() is None:
            return why_no_compiler()
        return "Numba has other exponentials here, with other last bits (Intel's SVML)" if has_other_functions() else ""


HERE = Here()


def settle(machine: Machine, wanted: str) -> Choice | None:
    """Return the choice that the user has made for a whole run; None where it is made by the work that there is.

    Raises
    ------
    ObstacleError
        When the compiled engine is wanted and cannot take this network.
    """
    if wanted == AUTO:
        return None
    if wanted == REFERENCE:
        return Choice(REFERENCE, "asked for")
    obstacle = find_obstacle(machine)
    if obstacle is not None:
        raise ObstacleError(
            f"run(engine='compiled'): {CANNOT}: {obstacle}. With engine='auto' the reference engine takes it."
        )
    missing = HERE.missing()
    if missing:
        _warn(f"run(engine='compiled'): {missing}, so the reference engine runs, with the same results.")
        return Choice(REFERENCE, missing)
    return Choice(COMPILED, "asked for" + ", interpreted as NUMBA_DISABLE_JIT is set" * is_interpreted())


def choose(machine: Machine, stretch: Stretch) -> Choice:
    """Return which engine takes a stretch of a run, by the work that there is."""
    span, rest = stretch.cut - stretch.now, stretch.end - stretch.now
    expected, once, turn = expect(machine, stretch.now, stretch.end), HERE.price(), TURN + stretch.rebuilding
    known = max(expected.certain * REFERENCE_EVENT, (stretch.pace or 0.0) * rest)
    guess = 0.0 if stretch.pace is not None else expected.likely * REFERENCE_EVENT
    work, least = f"about {_said(known + guess)} of work is expected", GAIN * max(once, turn)
    if known + guess < least:
        return Choice(REFERENCE, f"{work}, and the compiled engine pays from {_said(least)} on", PATIENCE)
    if once == COMPILING and known < least:
        # nobody is to wait for a compiler because of a guess
        return Choice(REFERENCE, f"{work}, a guess; should it prove true, the compiled engine goes on", PATIENCE)
    if (known + guess) * span < GAIN * turn * rest:
        often = f"timed code comes every {span:.3g} ms"
        return Choice(REFERENCE, f"{often}, and the compiled engine would begin anew each time", PATIENCE)
    obstacle = find_obstacle(machine)
    if obstacle is not None:
        return Choice(REFERENCE, f"{CANNOT}: {obstacle}")
    missing = why_no_compiler() if is_interpreted() else HERE.missing()
    if missing:
        if known > WORTH_SAYING and not is_interpreted() and not HERE.is_told:
            _warn(f"run: {missing}, so the reference engine runs. The other would be some {QUICKER:g} times as fast.")
        return Choice(REFERENCE, missing)
    return Choice(COMPILED, work)


def explain(machine: Machine, choice: Choice) -> str:
    """Return which engine was chosen, why, and whether the compiled one could take the network."""
    if choice.engine == COMPILED or CANNOT in choice.why:
        return str(choice)
    obstacle = find_obstacle(machine)
    return f"{choice}\n{CANNOT}: {obstacle}" if obstacle else f"{choice}\nthe compiled engine could take this network"


def _warn(message: str) -> None:
    HERE.is_told = True
    install = " Numba is installed with: pip install numba" if find_compiler() is None else ""
    warn_user(f"{message}{install}", PerformanceWarning)


def _first_line(problem: Exception) -> str:
    """Return what an error of the compiler's says, without the colours and without where it came up."""
    lines = [_COLOUR.sub("", line).strip() for line in str(problem).splitlines()]
    told = [line for line in lines if line and not line.startswith("Failed in")]
    return told[0][:200] if told else "no reason given"


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def is_of_the_compiler(problem: Exception) -> bool:
    """Return whether an error comes from the compiler, which does not take what it is given or does not work."""
    return type(problem).__module__.split(".")[0] in ("numba", "llvmlite")


def _said(seconds: float) -> str:
    """Return a time as people say it."""
    number, unit = (seconds, "s") if seconds >= 1.0 else (seconds * 1000.0, "ms")
    return f"{float(f'{number:.2g}'):g} {unit}"
