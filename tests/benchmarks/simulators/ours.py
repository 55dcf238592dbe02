"""Workloads in eventsnn: the loop of one run, in a process that has loaded what it needs.

    python -m simulators.ours W3 --size 1250 [--engine compiled] [--threads 2] [--mode listed]

The mode says where the kicks of W5 come from: a Poisson group as in Brian's script, a list, or a Poisson input. The
compiled engine loads its kernels when it is first used (and compiles them, the first time on a machine). So the same
script is run first in miniature; how long that takes is told as ``load`` and is no part of ``build`` or ``loop``.
"""

from __future__ import annotations

import argparse
import inspect
import time
from typing import Any

import numpy as np

from .measuring import facts, options, peak_mb, row, tell, weight_facts
from .scripts import write

WORKLOADS = ("W1a", "W1b", "W2", "W3", "W4", "W5", "W6", "W7", "W8")
KICKS = ("group", "listed", "input")
#: Sizes and durations [ms] at which a script calls all that it will call.
MINIATURES = {
    "W1a": (1, 50.0), "W1b": (1, 50.0), "W2": (100, 100.0), "W3": (100, 20.0), "W4": (100, 50.0), "W5": (100, 200.0),
    "W6": (1000, 1001.0), "W7": (1000, 200.0), "W8": (10_000, 100.0),
}  # fmt: skip


def engine_options(network: Any, engine: str, threads: int) -> dict[str, Any]:
    """Return what a run is told about its engine, where its version takes that."""
    taken = inspect.signature(network.run).parameters
    if engine == "reference" and "engine" not in taken:
        engine = "auto"
    wanted = ({} if engine == "auto" else {"engine": engine}) | ({} if threads == 1 else {"threads": threads})
    if missing := [name for name in wanted if name not in taken]:
        raise SystemExit(f"this version of eventsnn knows no {' and no '.join(missing)}")
    return wanted


def run_timed(network: Any, duration: float, engine: str = "auto", threads: int = 1) -> tuple[float, float]:
    """Run a network for so many ms; return wall and processor time of the loop, from the first report to the last."""
    from eventsnn import ms, second

    told: list[tuple[float, float]] = []

    def note(elapsed: Any, done: float, start: Any, duration: Any) -> None:
        told.append((float(elapsed), time.process_time()))

    chosen = engine_options(network, engine, threads)
    network.run(duration * ms, report=note, report_period=1e9 * second, **chosen)
    (_, before), (loop, after) = told[0], told[-1]
    return loop, after - before


def simulate(found: argparse.Namespace) -> dict[str, Any]:
    """Build and run a workload; return its row, but for what came before it."""
    began = time.perf_counter()
    import eventsnn as s

    s.start_scope()
    s.seed(found.seed)
    script = write(s, found.workload, found.size, found.duration, found.seed, found.mode)
    monitor = s.SpikeMonitor(script.group)
    network = s.Network(script.group, monitor, *script.others)
    loop, cpu = run_timed(network, found.duration, found.engine, found.threads)
    build = time.perf_counter() - began - loop
    peak = peak_mb()
    who, times = np.array(monitor.i), np.array(monitor.t / s.ms)
    judged = facts(found.workload, found.size, found.duration, who, times)
    if script.learning is not None:
        judged |= weight_facts(np.array(script.learning.w), times, found.duration)
    measured = {"build": build, "loop": loop, "cpu": cpu, "peak": peak}
    return row(name_of(found, network), s.__version__, found, judged, **measured)


def name_of(found: argparse.Namespace, network: Any) -> str:
    """Return what a row of the table is called: with the engines that took the last run, where it is said."""
    said = next((line for line in str(network.describe()).splitlines() if "the last run took" in line), "")
    places = sorted((said.find(f"the {name} engine"), name) for name in ("reference", "compiled"))
    engines = ", then ".join(name for place, name in places if place >= 0)
    kicks = {"listed": ", listed kicks", "input": ", Poisson input"}.get(found.mode, "")
    threads = "" if found.threads == 1 else f", {found.threads} threads"
    return f"eventsnn{kicks}{threads}" + (f" ({engines})" if engines else "")


def miniature(found: argparse.Namespace) -> argparse.Namespace:
    """Return the same workload so small that it takes no time, in the engine that has something to load."""
    size, duration = MINIATURES[found.workload]
    engine = "compiled" if found.engine == "auto" else found.engine
    return argparse.Namespace(**{**vars(found), "size": size, "duration": duration, "engine": engine})


def load(found: argparse.Namespace) -> float:
    """Have all loaded (or compiled) that the workload needs; return how long it took [s]."""
    began = time.perf_counter()
    import eventsnn

    small = miniature(found)
    try:
        engine_options(eventsnn.Network, small.engine, 1)
        simulate(small)
    except (SystemExit, eventsnn.EventSNNError):
        # no such engine, or none for this workload
        simulate(argparse.Namespace(**{**vars(small), "engine": found.engine}))
    return time.perf_counter() - began


def main() -> None:
    found = options(WORKLOADS, KICKS)
    began = time.perf_counter()
    import eventsnn  # noqa: F401

    imports = time.perf_counter() - began
    loaded = 0.0 if found.engine == "reference" else load(found)
    tell({**simulate(found), "imports": imports, "load": loaded})


if __name__ == "__main__":
    main()
