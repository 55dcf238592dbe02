"""``eventsnn run``: a script in eventsnn's hands behaves as it would in Python's."""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from types import CodeType, ModuleType, TracebackType
from typing import Any

from ..engine.choice import AUTO
from ..errors import EventSNNError, UnusedObjectWarning
from ..simulation import Network
from . import stand_in
from .figures import FigureSaver, choose_backend, count_open_figures
from .report import Report
from .source import Script, ScriptError, read_script

#: Exit statuses: as Python's own, and for Ctrl-C as in shells.
FAILURE, USAGE, INTERRUPTED = 1, 2, 130


def run_script(
    given: str,
    arguments: Sequence[str],
    quiet: bool = False,
    figures: str | None = None,
    *,
    engine: str = AUTO,
    threads: int = 1,
) -> int:
    """Run a Brian 2 script with eventsnn in place of brian2, and report.

    Parameters
    ----------
    given : str
        File name; ``-`` reads standard input.
    arguments : sequence of str
        For the script.
    quiet : bool
        No report.
    figures : str, optional
        Folder in which to save the figures that the script shows or leaves open.
    engine : 'auto', 'reference' or 'compiled'
        For networks of which the script itself asks for nothing else.
    threads : int
        Likewise.

    Returns
    -------
    int
        The exit status of the script.
    """
    try:
        script = read_script(given)
    except ScriptError as problem:
        return complain(str(problem))
    without_screen = choose_backend()
    report, saver = Report(quiet), FigureSaver(figures) if figures else None
    if saver is not None:
        try:
            saver.watch_pyplot()
        except OSError as problem:
            return complain(f"--save-figures: cannot make the folder '{figures}': {problem.strerror}")
    report.watch_warnings()
    if engine != AUTO or threads != 1:
        _prefer(engine, threads)
    report.watch_runs()

    def finish(ended_by: BaseException | None) -> None:
        if saver is not None:
            saver.save_open_figures()
            report.print(saver.saved)
        else:
            report.print(unseen=count_open_figures() if without_screen and "show(" in script.text else 0)

    return execute(script, arguments, finish)


def _prefer(engine: str, threads: int) -> None:
    """Let networks be run by an engine, with a number of threads, where the script leaves that open."""
    original = Network.run

    @functools.wraps(original)
    def run(network: Network, *arguments: Any, **options: Any) -> None:
        if options.get("engine") is None and network.engine == AUTO:
            options["engine"] = engine
        if options.get("threads") is None and network.threads == 1:
            options["threads"] = threads
        original(network, *arguments, **options)

    Network.run = run  # type: ignore[method-assign, assignment]


def complain(message: str) -> int:
    """Say on one line what is wrong with the command."""
    print(f"eventsnn: {message}", file=sys.stderr)
    return USAGE


def execute(script: Script, arguments: Sequence[str], finish: Callable[[BaseException | None], None]) -> int:
    """Carry out a script as the main program of this process and return its exit status.

    Parameters
    ----------
    finish : callable
        Called when the script has ended in whatever way, with its error if there was one, before that is shown.
    """
    try:
        code = script.compile()
    except SyntaxError as problem:
        _show(problem.with_traceback(None))
        return FAILURE
    stand_in.install()
    module = _prepare_main(script, arguments)
    ended_by: BaseException | None = None
    try:
        _execute(code, module)
    except BaseException as problem:
        ended_by = problem
    finish(ended_by)
    return _exit_status(ended_by)


def _prepare_main(script: Script, arguments: Sequence[str]) -> ModuleType:
    """Set up what a script finds around it."""
    module = ModuleType("__main__")
    module.__dict__.update(__file__=script.name, __builtins__=__builtins__, __annotations__={})
    sys.modules["__main__"] = module
    sys.argv = [script.name if script.path else "-", *arguments]
    sys.path.insert(0, os.path.realpath(script.path.parent) if script.path else "")
    return module


def _execute(code: CodeType, module: ModuleType) -> None:
    exec(code, module.__dict__)


def _exit_status(ended_by: BaseException | None) -> int:
    """Return the status with which Python would have ended, having shown what it would have shown."""
    sys.stdout.flush()
    if ended_by is None:
        return 0
    if isinstance(ended_by, SystemExit):
        if ended_by.code is None or isinstance(ended_by.code, int):
            return ended_by.code or 0
        print(ended_by.code, file=sys.stderr)
        return FAILURE
    if isinstance(ended_by, NameError) and stand_in.is_missing(ended_by.name):
        ended_by.add_note(stand_in.describe_missing("brian2", str(ended_by.name)))
    # what was made but not run is no surprise now
    warnings.simplefilter("ignore", UnusedObjectWarning)
    _show(ended_by)
    return INTERRUPTED if isinstance(ended_by, KeyboardInterrupt) else FAILURE


def _show(problem: BaseException) -> None:
    """Show an error as Python does, without the frames of this command.

    Errors that eventsnn raises on purpose say themselves what is wrong: of these only the user's frames are shown.
    """
    seen: set[int] = set()
    link: BaseException | None = problem
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        hidden = "eventsnn." if isinstance(link, EventSNNError) else "eventsnn.cli."
        link.__traceback__ = _without_frames(link.__traceback__, hidden)
        link = link.__cause__ or link.__context__
    sys.excepthook(type(problem), problem, problem.__traceback__)


def _without_frames(trace: TracebackType | None, hidden: str) -> TracebackType | None:
    if trace is None:
        return None
    rest = _without_frames(trace.tb_next, hidden)
    if trace.tb_frame.f_globals.get("__name__", "").startswith(hidden):
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
