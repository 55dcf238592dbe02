"""The workloads W1 to W8 on eventsnn, and in the same run on other simulators where their Pythons are given.

    python tests/benchmarks/workloads.py [W2 W3 ...] [--brian2 PYTHON] [--nest PYTHON] [--arbor PYTHON]
        [--neuron PYTHON] [--nengo PYTHON] [--rounds 3] [--quick] [--size N ...] [--engine compiled] [--json FILE]

Without a path after it, such an option means this very Python (see the extra `bench`). Of each workload and size, all
simulators run in turn, and that again in each round, each in a process of its own on one core. Counted is the time loop
alone, spikes recorded in memory; printed are medians over the rounds. A simulator that took longer than ``--patience``
is not run again. What is measured how in whom is said in the modules of `simulators`, what the workloads are in
`simulators.definitions`; docs/project/benchmarks.md tells both in prose.

Columns: *build*, all before the loop but imports (with code generation and compilation where there is any); *x ours*,
their loop over that of eventsnn; *M syn/s*, millions of synaptic events per second of the loop, *M all/s* with those
from outside; *peak*, the largest memory of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from cases import WORKLOADS, Case, cases_of, sizes_of
from fresh import Failed, available_cores
from goals import judge
from table import loop_of, tables

PEERS = ("brian2", "nest", "arbor", "neuron", "nengo")


def read_options() -> argparse.Namespace:
    """Return the options, with the Python of each simulator."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", help=f"of {', '.join(WORKLOADS)} (default: all)")
    for peer in PEERS:
        parser.add_argument(f"--{peer}", nargs="?", const=sys.executable, metavar="PYTHON", help=f"one that has {peer}")
    parser.add_argument("--no-numpy", action="store_true", help="leave the plain NumPy loops out")
    parser.add_argument("--cython", action="store_true", help="Brian 2 in Cython, too")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="small sizes, for a trial")
    parser.add_argument("--size", type=int, nargs="+", help="neurons, or inputs of W6 and W7")
    parser.add_argument("--duration", type=float, default=0.0, help="ms to simulate (default: the workload's)")
    parser.add_argument("--engine", choices=("auto", "reference", "compiled"), default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--core", type=int, help="to run on (default: the last one)")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds after which a run is not repeated")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds after which a run is given up")
    parser.add_argument("--json", help="a file to write all figures to")
    options = parser.parse_args()
    # W1 is W1a and W1b
    options.workloads = [w for w in WORKLOADS if not options.workloads or {w, w[:2]} & set(options.workloads)]
    if not options.workloads:
        parser.error(f"workloads are {', '.join(WORKLOADS)}")
    options.pythons = {"ours": sys.executable} | {p: getattr(options, p) for p in PEERS if getattr(options, p)}
    if not options.no_numpy:
        options.pythons["plain_numpy"] = sys.executable
    cores = available_cores()
    options.cores = [] if not cores else cores[-1:] if options.core is None else [options.core]
    return options


def run_cases(cases: list[Case], options: argparse.Namespace) -> dict[Case, list[dict[str, Any]]]:
    """Run all in turn, round by round; return what each has measured."""
    results: dict[Case, list[dict[str, Any]]] = {case: [] for case in cases}
    waiting = list(cases)
    try:
        if cases[0].workload == "cold":
            # file caches, and the caches of what is compiled
            _run_each(waiting, {case: [] for case in cases})
        for _ in range(options.rounds):
            _run_each(waiting, results)
            waiting = [case for case in waiting if results[case] and results[case][-1]["whole"] < options.patience]
    finally:
        for case in cases:
            case.program.close()
    return {case: rows for case, rows in results.items() if rows}


def _run_each(waiting: list[Case], results: dict[Case, list[dict[str, Any]]]) -> None:
    for case in waiting:
        try:
            row = case.program.run()
        except Failed as error:
            print(f"  {case.simulator} {case.mode}: {error}", flush=True)
            continue
        results[case].append(
            {"simulator": case.simulator, "mode": case.mode, "load_average": os.getloadavg()[0], **row}
        )


def machine() -> str:
    """Say on what this runs."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    processor = models[0].split(":")[1].strip() if models else platform.processor()
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    options = read_options()
    print(f"{machine()}; on core {', '.join(map(str, options.cores)) or 'any'}, load {os.getloadavg()[0]:.1f}")
    loops: dict[tuple[str, int, str, str], tuple[float, float]] = {}
    everything: list[dict[str, Any]] = []
    for workload in options.workloads:
        for size, duration in sizes_of(workload, options):
            results = run_cases(list(cases_of(workload, size, duration, options)), options)
            print("", *tables(workload, size, duration, results), sep="\n", flush=True)
            for case, rows in results.items():
                loops[workload, size, case.simulator, case.mode] = loop_of(case, rows), loop_of(case, rows, "cpu")
                everything += [{"workload": workload, "size": size, **row} for row in rows]
            if options.json:
                Path(options.json).write_text(json.dumps({"machine": machine(), "rows": everything}, indent=1))
    if lines := judge(lambda *key: loops.get(key)):
        print("", "What it must reach", *lines, sep="\n")


if __name__ == "__main__":
    main()
