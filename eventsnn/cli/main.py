"""The command line: what can be asked, and who answers."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from .._version import __version__
from ..engine.choice import AUTO, ENGINES
from .demo import demonstrate
from .explain import explain_script
from .run import run_script
from .warmup import warm_up

#: Exit status of a command that was called wrongly, as in Unix tools.
USAGE = 2

_RUN = """\
Run a Brian 2 script, unmodified, with eventsnn in place of brian2.

The script sees the arguments after its name, and its exit status is that of this command. Lines for IPython
(%matplotlib inline) are ignored. At the end a report of what was exact, and what was not, goes to standard error.
"""

_EXPLAIN = """\
Say how each group of a script would be solved, without simulating anything.

The script runs as with 'eventsnn run', but every run() explains its groups and takes no time, and what the script
prints is not shown. What is the same at many runs is said once. A group that cannot be solved is shown with the
reason. The exit status is 0 when every group can be run: exactly, or on a clock by the method that it names.

No figure is shown or saved, and checkpoint files are neither written nor read. What the script writes by other means
(np.savetxt, open, pickle) it does write, over what was there, and without results in it.
"""

_DEMO = """\
Simulate the neurons of Brian's first tutorial and compare.

Prints every spike time as eventsnn computes it, beside its closed form and beside what a simulation with a clock
of 0.1 ms reports, and saves a figure of each neuron.
"""


_WARMUP = """\
Compile the engine for large networks, once for this machine.

What is compiled is kept in the folder for caches, so that no later run has to wait for it. It is compiled anew by
itself when eventsnn, Numba or Python have changed; then this command saves the wait again. Where it was compiled before
it takes a moment.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer the command line and return the exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.
    """
    parser = _make_parser()
    given = parser.parse_args(arguments)
    if given.command == "run":
        wanted = {"engine": given.engine, "threads": given.threads}
        return run_script(given.script, given.arguments, given.quiet, given.save_figures, **wanted)
    try:
        if given.command == "explain":
            return explain_script(given.script, given.arguments)
        if given.command == "demo":
            return demonstrate(given.out)
        if given.command == "warmup":
            return warm_up()
    except BrokenPipeError:  # who reads the output has seen enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    parser.print_help(sys.stderr)
    return USAGE


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eventsnn",
        description="Spiking neural networks without a time step: Brian 2 scripts, exact spike times.",
        epilog="'eventsnn COMMAND --help' says more. Without a command this text is shown and the exit status is 2.",
    )
    parser.add_argument("--version", action="version", version=f"eventsnn {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")

    run = _add_command(commands, "run", "run a Brian 2 script exactly", _RUN, "eventsnn run tutorial.py")
    run.add_argument("--quiet", "-q", action="store_true", help="no report at the end, and no notes on exactness")
    run.add_argument(
        "--save-figures",
        metavar="DIR",
        help="save what the script would show, at each show() and at the end, as DIR/figure-1.png and so on",
    )
    run.add_argument("--engine", choices=ENGINES, default=AUTO, help="what runs the networks (%(default)s)")
    run.add_argument(
        "--threads",
        metavar="N",
        type=_number_of_threads,
        default=1,
        help="threads of the compiled engine (%(default)s)",
    )
    _add_script(run)

    explain = _add_command(
        commands, "explain", "say how a script would be solved", _EXPLAIN, "eventsnn explain tutorial.py"
    )
    _add_script(explain)

    demo = _add_command(
        commands, "demo", "exact spike times beside those of a clock", _DEMO, "eventsnn demo --out figures"
    )
    demo.add_argument("--out", metavar="DIR", default="eventsnn-demo", help="folder for the figures (%(default)s)")

    _add_command(commands, "warmup", "compile the engine for large networks, once", _WARMUP, "eventsnn warmup")
    return parser


def _number_of_threads(text: str) -> int:
    """Return a number of threads; argparse says what is wrong with others."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected one thread or more, found {text}")
    return number


def _add_command(commands, name: str, summary: str, description: str, example: str) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"example: {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_script(command: argparse.ArgumentParser) -> None:
    command.add_argument("script", metavar="SCRIPT.py", help="a Python file; - reads standard input")
    command.add_argument("arguments", metavar="ARGS", nargs=argparse.REMAINDER, help="arguments for the script")
