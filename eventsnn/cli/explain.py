"""``eventsnn explain``: how the groups of a script would be solved."""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import os
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..equations.scope import TIME, caller_names
from ..errors import EventSNNError, EventSNNWarning, user_frame
from ..groups import NeuronGroup, SpikeSource, Synapses
from ..groups.timed import Timed
from ..simulation import Network, checkpoints
from ..simulation.description import describe_timed
from ..units import Quantity
from .figures import suppress_figures
from .run import FAILURE, complain, execute
from .source import ScriptError, read_script


@dataclass
class Tally:
    """What was explained, what was refused, and how many stimuli and synapses there were besides."""

    explained: int = 0
    refused: int = 0
    stimuli: int = 0
    synapses: int = 0

    def __str__(self) -> str:
        if not self.explained + self.refused:
            return "the script runs no group"
        words = f"groups: {self.explained + self.refused} explained"
        words += f", {self.refused} of them refused" if self.refused else ""
        others = (("stimuli", self.stimuli), ("synapses", self.synapses))
        return words + "".join(f"; {what}: {count}" for what, count in others if count)

    def add(self, other: Tally) -> None:
        """Count what another has counted."""
        self.explained += other.explained
        self.refused += other.refused
        self.stimuli += other.stimuli
        self.synapses += other.synapses


@dataclass
class Block:
    """What is printed once, and where the script came upon the same again."""

    place: str
    call: str
    lines: list[str]
    others: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.call}", *self.lines]
        if self.others:
            what, n = "run" if self.call.startswith("run(") else "call", len(self.others)
            elsewhere = [place for place in dict.fromkeys(self.others) if place != self.place]
            where = f" ({', '.join(elsewhere)})" if elsewhere else ""
            lines.append(f"the same at {n} more {what}{'s' * (n != 1)}{where}")
        return "\n".join(lines)


@dataclass
class Findings:
    """What a script's runs would be, each kind once, in the order in which the script came upon them."""

    tally: Tally = field(default_factory=Tally)
    has_run: bool = False
    _blocks: dict[Any, Block] = field(default_factory=dict)

    def add(self, key: Any, call: str, lines: list[str]) -> bool:
        """Take in what was found at the user's present line; return whether it is new."""
        frame = user_frame()
        place = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
        known = self._blocks.get(key)
        if known is not None:
            known.others.append(place)
            return False
        self._blocks[key] = Block(place, call, lines)
        return True

    def __str__(self) -> str:
        return "\n\n".join([*map(str, self._blocks.values()), str(self.tally)])


def explain_script(given: str, arguments: Sequence[str]) -> int:
    """Print how each group of a script would be solved, at each of its runs.

    Parameters
    ----------
    given : str
        File name; ``-`` reads standard input.
    arguments : sequence of str
        For the script.

    Returns
    -------
    int
        0 when every group can be run, exactly or on a clock, and the script came to its end.
    """
    try:
        script = read_script(given)
    except ScriptError as problem:
        return complain(str(problem))
    warnings.simplefilter("ignore", EventSNNWarning)
    warnings.filterwarnings("ignore", message=".*is non-interactive")
    suppress_figures()
    findings, out = Findings(), sys.stdout
    _explain_instead_of_running(findings)
    _leave_checkpoint_files_alone(findings)

    def finish(ended_by: BaseException | None) -> None:
        print(findings, file=out)
        out.flush()
        if ended_by is not None and not (isinstance(ended_by, SystemExit) and ended_by.code in (None, 0)):
            print(_why_it_ended(ended_by, findings.has_run), file=sys.stderr)

    with contextlib.redirect_stdout(io.StringIO()):
        status = execute(script, arguments, finish)
    return status or (FAILURE if findings.tally.refused else 0)


def _why_it_ended(problem: BaseException, has_run: bool) -> str:
    """Say that the script ended early; errors of ours have their reasons, others may miss the results of a run."""
    missed = "what comes later is not explained"
    if has_run and isinstance(problem, Exception) and not isinstance(problem, EventSNNError):
        return (
            "The script stopped with this error, probably because 'eventsnn explain' simulates nothing: time stands "
            f"still and nothing is recorded. {missed.capitalize()}."
        )
    return f"The script ended here; {missed}."


def _explain_instead_of_running(findings: Findings) -> None:
    original = Network.run
    signature = inspect.signature(original)

    @functools.wraps(original)
    def run(network: Network, *arguments: Any, **options: Any) -> None:
        given = signature.bind(network, *arguments, **options)
        given.apply_defaults()
        surroundings = given.arguments["namespace"]
        if surroundings is None:
            surroundings = caller_names(given.arguments["level"])
        lines: list[str] = []
        engine: list[str] = []
        tally = Tally()
        groups = [thing for thing in network.objects if isinstance(thing, NeuronGroup)]
        try:
            solved = all([_explain(group, surroundings, tally, lines) for group in groups])
            if solved:
                _explain_network(network, surroundings, tally, lines)
            lines += [f"timed code: {describe_timed(thing)}" for thing in _timed_code(network)]
            if solved:
                engine = _explain_engine(network, given.arguments, surroundings)
        finally:
            # runs that differ in their length alone are the same
            if findings.add(_without_names(lines, network), f"run({given.arguments['duration']!s})", [*lines, *engine]):
                findings.tally.add(tally)
            findings.has_run = True
        if solved:
            original(network, Quantity(0.0, TIME), namespace=surroundings)
        for thing in network.objects:
            thing._mark_run()

    Network.run = run  # type: ignore[method-assign, assignment]


def _leave_checkpoint_files_alone(findings: Findings) -> None:
    """Let nobody's file be overwritten with what was not simulated; what is kept in memory is harmless."""

    def without_files(original: Callable[..., None], said: str) -> Callable[..., None]:
        signature = inspect.signature(original)

        @functools.wraps(original)
        def in_memory_only(*arguments: Any, **options: Any) -> None:
            filename = signature.bind(*arguments, **options).arguments["filename"]
            if filename is None:
                return original(*arguments, **options)
            frame, verb = user_frame(), original.__name__
            key = (verb, frame.f_code, frame.f_lineno)
            findings.add(key, f"{verb}(filename={os.fspath(filename)!r})", [f"  skipped: {said}"])

        return in_memory_only

    checkpoints.store = without_files(checkpoints.store, "the file is not written, as nothing is simulated")
    checkpoints.restore = without_files(checkpoints.restore, "the file is not read, the state stays as it is")


def _without_names(lines: Sequence[str], network: Network) -> str:
    """Return an explanation in which objects are known by their order: by it, one is the same as another's."""
    order = {thing.name: f"<{number}>" for number, thing in enumerate(network.objects)}
    text = "\n".join(lines)
    if not order:
        return text
    names = "|".join(sorted(map(re.escape, order), key=len, reverse=True))
    return re.sub(rf"(?<!\w)({names})(?=_run_regularly|\W|$)", lambda found: order[found[1]], text)


def _explain_network(network: Network, surroundings: Mapping[str, Any], tally: Tally, lines: list[str]) -> None:
    """Say what stimuli send and what synapses do."""
    for thing in network.objects:
        if isinstance(thing, SpikeSource):
            tally.stimuli += 1
            lines.append(str(thing.explain()))
        elif isinstance(thing, Synapses):
            tally.synapses += 1
            lines.append(str(thing.explain(namespace=surroundings)))


def _explain_engine(network: Network, given: Mapping[str, Any], surroundings: Mapping[str, Any]) -> list[str]:
    """Say which engine would run it, and why."""
    wanted = {name: given[name] for name in ("engine", "threads")}
    first, *others = str(network.explain(given["duration"], surroundings, **wanted)).split("\n")
    return [f"engine: {first}", *(f"    {line}" for line in others)]


def _explain(group: NeuronGroup, surroundings: Mapping[str, Any], tally: Tally, lines: list[str]) -> bool:
    """Say how a group is solved, or why it is not; return whether it is."""
    try:
        text = str(group.explain(namespace=surroundings))
    except EventSNNError as problem:
        tally.refused += 1
        lines.append(f"{type(problem).__name__}: {problem}")
        return False
    tally.explained += 1
    lines.append(text)
    return True


def _timed_code(network: Network) -> list[Timed]:
    """Return what happens at ticks and at given instants."""
    runners = [runner for thing in network.objects for runner in thing._runners]
    return [*runners, *(thing for thing in network.objects if isinstance(thing, Timed)), *network._appointments]
