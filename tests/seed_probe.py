"""Runs a program written for Brian 2 and writes down what its runs recorded and what it drew.

Called by tests/test_seed_programs.py in a process of its own:

    python seed_probe.py import|command OUT.pickle PROGRAM...

``import`` replaces ``brian2`` by ``eventsnn`` in the program's text, and drops IPython's lines as IPython would;
``command`` gives the unmodified program to ``eventsnn run``. Both start from the same seed, as no program has one.
"""

import pickle
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import eventsnn
from eventsnn.cli import main

SEED = 20220211


def watch_runs(runs, away):
    """Append to `runs`, after each run, the variables before and after it and all that its monitors recorded.

    `away`: by how many frames the program is further away than it was. Its own net.run() takes names from there;
    run() hands on the names it has found.
    """
    original = eventsnn.Network.run

    def run(network, *arguments, **options):
        groups = [thing for thing in network.objects if isinstance(thing, eventsnn.NeuronGroup)]
        before = {name: np.array(getattr(group, name)) for group in groups for name in group.equations}
        level = {"level": away} if len(arguments) == 1 else {}
        original(network, *arguments, **level, **options)
        found = {"before": before, "spikes": None, "samples": None}
        found["after"] = {name: np.array(getattr(group, name)) for group in groups for name in group.equations}
        for thing in network.objects:
            if isinstance(thing, eventsnn.SpikeMonitor):
                trains = [np.array(train / eventsnn.ms) for train in thing.spike_trains().values()]
                found["spikes"], found["count"] = trains, np.array(thing.count)
            elif isinstance(thing, eventsnn.StateMonitor):
                found["samples"] = np.array(thing.t / eventsnn.ms), np.array(thing.v)
        runs.append(found)

    eventsnn.Network.run = run


def read_figures():
    """Return the lines of each axes of each open figure: their x and y data."""
    axes = [ax for number in plt.get_fignums() for ax in plt.figure(number).axes]
    return [[(np.array(line.get_xdata()), np.array(line.get_ydata())) for line in ax.lines] for ax in axes]


def run_program(mode, program):
    if mode == "command":
        return main(["run", program])
    text = Path(program).read_text(encoding="utf-8").replace("brian2", "eventsnn")
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("%"))
    exec(compile(text, program, "exec"), {"__name__": "__main__"})
    return 0


def probe(mode, out, programs):
    results, runs = {}, []
    # one frame of this file, and for `eventsnn run` one of its report
    watch_runs(runs, away=2 if mode == "command" else 1)
    for program in programs:
        runs.clear()
        eventsnn.start_scope()
        eventsnn.seed(SEED)
        with redirect_stdout(StringIO()) as printed:
            status = run_program(mode, program)
        found = {"status": status, "printed": printed.getvalue(), "runs": list(runs), "axes": read_figures()}
        results[Path(program).stem] = found
        plt.close("all")
    Path(out).write_bytes(pickle.dumps(results))


if __name__ == "__main__":
    probe(sys.argv[1], sys.argv[2], sys.argv[3:])
