"""``eventsnn explain``: how the groups of a script would be solved."""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..equations.scope import TIME, caller_names
from ..errors import EventSNNError, EventSNNWarning, user_frame
from ..groups import NeuronGroup, SpikeSource, Synapses
from ..simulation import Network
from ..units import Quantity
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
        words += f", {self.refused} of them without an exact solution" if self.refused else ""
        others = (("stimuli", self.stimuli), ("synapses", self.synapses))
        return words + "".join(f"; {what}: {count}" for what, count in others if count)


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
        0 when every group has an exact solution and the script came to its end.
    """
    try:
        script = read_script(given)
    except ScriptError as problem:
        return complain(str(problem))
    os.environ["MPLBACKEND"] = "Agg"
    warnings.simplefilter("ignore", EventSNNWarning)
    warnings.filterwarnings("ignore", message=".*is non-interactive")
    tally, out = Tally(), sys.stdout
    _explain_instead_of_running(tally, out)

    def finish() -> None:
        print(tally, file=out)
        out.flush()

    with contextlib.redirect_stdout(io.StringIO()):
        status = execute(script, arguments, finish)
    if status:
        print("The script ended here, without simulated data; runs that come later are not explained.", file=sys.stderr)
    return status or (FAILURE if tally.refused else 0)


def _explain_instead_of_running(tally: Tally, out: Any) -> None:
    original = Network.run
    signature = inspect.signature(original)

    @functools.wraps(original)
    def run(network: Network, *arguments: Any, **options: Any) -> None:
        given = signature.bind(network, *arguments, **options)
        given.apply_defaults()
        surroundings = given.arguments["namespace"]
        if surroundings is None:
            surroundings = caller_names(given.arguments["level"])
        frame = user_frame()
        file, line = os.path.basename(frame.f_code.co_filename), frame.f_lineno
        print(f"{file}:{line}: run({given.arguments['duration']!s})", file=out)
        groups = [thing for thing in network.objects if isinstance(thing, NeuronGroup)]
        if all([_explain(group, surroundings, tally, out) for group in groups]):
            _explain_network(network, surroundings, tally, out)
            original(network, Quantity(0.0, TIME), namespace=surroundings)
        for thing in network.objects:
            thing._mark_run()
        print(file=out)

    Network.run = run  # type: ignore[method-assign, assignment]


def _explain_network(network: Network, surroundings: Any, tally: Tally, out: Any) -> None:
    """Print what stimuli send and what synapses do."""
    for thing in network.objects:
        if isinstance(thing, SpikeSource):
            tally.stimuli += 1
            print(thing.explain(), file=out)
        elif isinstance(thing, Synapses):
            tally.synapses += 1
            print(thing.explain(namespace=surroundings), file=out)


def _explain(group: NeuronGroup, surroundings: Any, tally: Tally, out: Any) -> bool:
    """Print how a group is solved, or why it is not; return whether it is."""
    try:
        text = str(group.explain(namespace=surroundings))
    except EventSNNError as problem:
        tally.refused += 1
        print(f"{type(problem).__name__}: {problem}", file=out)
        return False
    tally.explained += 1
    print(text, file=out)
    return True
