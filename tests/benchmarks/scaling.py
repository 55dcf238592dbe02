"""How the time of a run grows: with neurons, synapses, rate, delays, threads, and neurons that do nothing.

    python tests/benchmarks/scaling.py [neurons synapses rate delays threads idle] [--events 2e6] [--figure scaling.svg]

Each point is the network of `simulators.scaled` in a process of its own, with one quantity changed and the others as by
default (10 000 neurons, 100 synapses each, 10 Hz, one delay of 1.5 ms); it is simulated until there have been about
``--events`` synaptic events. Printed is the median over the rounds: the loop, and from it nanoseconds per synaptic
event. Where cost grows with events and nothing else, that number stays what it is, as far as memory allows: events
that miss the processor's caches cost more. The last curve has a thousand active neurons and up to a million idle ones.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fresh import Failed, Program, available_cores

#: What is changed, point by point: the options of `simulators.scaled`. The label stands on the axis.
CURVES: dict[str, list[tuple[float | str, dict[str, float]]]] = {
    "neurons": [(n, {"neurons": n}) for n in (300, 1000, 3000, 10_000, 30_000, 100_000)],
    "synapses": [(k, {"fan": k}) for k in (1, 3, 10, 30, 100, 300, 1000)],
    "rate": [(r, {"rate": r, "neurons": 1000}) for r in (1, 3, 10, 30, 100, 300)],
    "delays": [
        (f"{a:g}" if a == b else f"{a:g} to {b:g}", {"shortest": a, "longest": b})
        for a, b in ((0.0, 0.0), (0.1, 0.1), (1.5, 1.5), (10.0, 10.0), (1.0, 2.0), (1.0, 10.0), (0.1, 10.0))
    ],
    "threads": [(k, {"threads": k}) for k in (1, 2, 4, 8)],
    "idle": [(n, {"neurons": 1000, "idle": n}) for n in (0, 1000, 10_000, 100_000, 1_000_000)],
}
TITLES = {
    "neurons": "neurons", "synapses": "synapses per neuron", "rate": "rate (Hz)", "delays": "delays (ms)",
    "threads": "threads", "idle": "idle neurons beside 1000 active ones",
}  # fmt: skip


def measure(curve: str, changed: dict[str, float], options: argparse.Namespace) -> dict[str, Any]:
    """Return the medians over the rounds for one point of a curve."""
    given = {"events": options.events, "engine": options.engine, **changed}
    arguments = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    cores = available_cores()
    # threads share out all the cores; else one core, the last, as in workloads.py
    pinned = cores if curve == "threads" else cores[-1:] if options.core is None else [options.core]
    program = Program(sys.executable, ["-m", "simulators.scaled", *arguments], pinned, limit=options.limit)
    rows = [program.run() for _ in range(options.rounds)]
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def points_of(curve: str, options: argparse.Namespace) -> list[tuple[float | str, dict[str, float]]]:
    """Return the points of a curve that this machine can do."""
    points = CURVES[curve][: options.points]
    if curve == "threads":
        return [point for point in points if point[1]["threads"] <= (os.cpu_count() or 1)]
    return points


def draw(curves: dict[str, list[tuple[float | str, dict[str, Any]]]], file: str) -> None:
    """Draw all curves into one figure, one panel each."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    columns = min(3, len(curves))
    rows = -(-len(curves) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.6 * columns, 2.8 * rows), squeeze=False, layout="constrained")
    for panel in axes.flat[len(curves) :]:
        panel.set_visible(False)
    for panel, (curve, points) in zip(axes.flat, curves.items(), strict=False):
        labels = [label for label, _ in points]
        is_scale = all(isinstance(label, int | float) for label in labels)
        places = labels if is_scale else range(len(labels))
        panel.plot(places, [nanoseconds(row) for _, row in points], "o-", color="C0")
        if not is_scale:
            panel.set_xticks(places, labels, rotation=45, ha="right", fontsize="small")
        elif curve == "idle":
            panel.set_xscale("symlog", linthresh=1000)
        elif curve != "threads":
            panel.set_xscale("log")
        panel.set_ylim(bottom=0)
        panel.set_xlabel(TITLES[curve])
        panel.set_ylabel("ns per synaptic event")
    figure.savefig(file)


def nanoseconds(row: dict[str, Any]) -> float:
    """Return the time of the loop per synaptic event [ns]."""
    return 1e9 * row["loop"] / max(row["events"], 1)


def main(arguments: list[str] | None = None, say: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("curves", nargs="*", help=f"of {', '.join(CURVES)} (default: all)")
    parser.add_argument("--events", type=float, default=2e6, help="about how many to time at each point")
    parser.add_argument("--points", type=int, help="only the first so many of each curve")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", choices=("auto", "reference", "compiled"), default="auto")
    parser.add_argument("--core", type=int, help="to run on (default: the last one)")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds after which a point is given up")
    parser.add_argument("--figure", help="a file to draw the curves into")
    parser.add_argument("--json", help="a file to write all figures to")
    options = parser.parse_args(arguments)
    curves: dict[str, list[tuple[float | str, dict[str, Any]]]] = {}
    for curve in options.curves or CURVES:
        say(f"\n{TITLES[curve]:>38s}    loop s     CPU s  synaptic events  ns each   build s  peak MB")
        curves[curve] = []
        for label, changed in points_of(curve, options):
            try:
                row = measure(curve, changed, options)
            except Failed as error:
                say(f"{label!s:>38s}  {error}")
                continue
            curves[curve].append((label, row))
            say(
                f"{label!s:>38s} {row['loop']:9.4f} {row['cpu']:9.4f} {row['events']:16,.0f} {nanoseconds(row):8.1f} "
                f"{row['build']:9.2f} {row['peak']:8.0f}"
            )
    if options.figure:
        draw(curves, options.figure)
    if options.json:
        Path(options.json).write_text(json.dumps(curves, indent=1))


if __name__ == "__main__":
    main()
