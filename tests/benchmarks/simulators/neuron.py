"""Workloads in NEURON's artificial cells, event-driven and exact: W1a, W3, W5, W6.

    python -m simulators.neuron W5 --size 10000

IntFire2 is the only cell with a constant drive and has no refractory period (so no W2, no W4); there is no noise and no
pair STDP for IntFire1, which resets to 0: in W3 a connection of each cell to itself lifts it to the reset when its
refractory period is over.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from . import definitions as d
from .measuring import Stopwatch, facts, options, peak_mb, row, tell

WORKLOADS = ("W1a", "W3", "W5", "W6")


def first_neuron(h: Any, found: argparse.Namespace) -> tuple[list, list]:
    """Return W1a; the cell fires at 1."""
    cell = h.IntFire2()
    cell.taum, cell.taus, cell.ib = d.W1.tau_a, 2 * d.W1.tau_a, 1 / d.W1.threshold
    return [cell], []


def leaky(h: Any, n: int, p: Any) -> list:
    """Return cells that fire at 1."""
    cells = [h.IntFire1() for _ in range(n)]
    for cell in cells:
        cell.tau, cell.refrac = p.tau, p.refractory
    return cells


def kicked(h: Any, cells: list, hz: float, weight: float, seed: int) -> list:
    """Return Poisson inputs and their connections."""
    kept = []
    for k, cell in enumerate(cells):
        source = h.NetStim()
        source.start, source.interval, source.number, source.noise = 0.0, 1000.0 / hz, 1e9, 1.0
        source.noiseFromRandom123(k, seed, 0)
        kept += [source, h.NetCon(source, cell, 0, 0.0, weight)]
    return kept


def brunel(h: Any, found: argparse.Namespace) -> tuple[list, list]:
    """Return W3."""
    p = d.W3
    cells, kept = leaky(h, found.size, p), []
    sources, _, excitatory = d.brunel_pairs(found.size, found.seed)
    for cell, row_of in zip(cells, sources.tolist(), strict=True):
        for rank, k in enumerate(row_of):
            w = p.excitation if rank < excitatory else p.inhibition
            kept.append(h.NetCon(cells[k], cell, 0, p.delay, w / p.threshold))
        kept.append(h.NetCon(cell, cell, 0, p.refractory + 1e-9, p.reset / p.threshold))
    return cells, kept + kicked(h, cells, p.drive_hz, p.drive / p.threshold, found.seed)


def sparse(h: Any, found: argparse.Namespace) -> tuple[list, list]:
    """Return W5."""
    p = d.W5
    cells, kept = leaky(h, found.size, p), []
    targets, tenths = d.sparse_pairs(found.size, found.seed)
    for k, cell in enumerate(cells):
        w = (p.excitation if k < int(0.8 * found.size) else p.inhibition) / p.threshold
        pairs = zip(targets[k].tolist(), tenths[k].tolist(), strict=True)
        kept += [h.NetCon(cell, cells[j], 0, x / 10.0, w) for j, x in pairs]
    return cells, kept + kicked(h, cells, p.kick_hz, p.kick / p.threshold, found.seed)


def listed(h: Any, found: argparse.Namespace) -> tuple[list, list]:
    """Return W6, all inputs 1 ms late, since no delay may be 0."""
    cells, context, kept = leaky(h, 1, d.W6), h.ParallelContext(), []
    for k, w in enumerate(d.listed_weights()):
        connection = context.gid_connect(1000 + k, cells[0])
        connection.weight[0], connection.delay = w / d.W6.threshold, 1.0
        kept.append(connection)
    played = h.PatternStim()
    times, who = h.Vector(d.listed_times(found.size)), h.Vector(1000 + d.listed_levels(found.size))
    played.play(times, who)
    return cells, [*kept, played, times, who]


def main() -> None:
    found = options(WORKLOADS)
    began = time.perf_counter()
    from neuron import h

    imported = time.perf_counter()
    makes = {"W1a": first_neuron, "W3": brunel, "W5": sparse, "W6": listed}
    cells, kept = makes[found.workload](h, found)
    times, who = h.Vector(), h.Vector()
    for k, cell in enumerate(cells):
        connection = h.NetCon(cell, None)
        connection.record(times, who, k)
        kept.append(connection)
    context = h.ParallelContext()
    context.nthread(found.threads)
    # no steps: from event to event
    h.CVode().active(1)
    context.set_maxstep(10)
    h.finitialize()
    watch, build = Stopwatch(), time.perf_counter() - imported
    late = 1.0 if found.workload == "W6" else 0.0
    watch.run(context.psolve, found.duration + late)
    peak = peak_mb()
    neurons, instants = np.array(who.as_numpy(), dtype=np.int64), np.array(times.as_numpy()) - late
    judged = facts(found.workload, found.size, found.duration, neurons, instants)
    measured = {"build": build, "loop": watch.loop, "cpu": watch.cpu, "peak": peak, "imports": imported - began}
    tell(row("NEURON", h.nrnversion(0), found, judged, **measured))


if __name__ == "__main__":
    main()
