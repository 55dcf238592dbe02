"""Workloads in Arbor's lif_cell, event-driven and exact: W3, W5, W6.

    python -m simulators.arbor W6

The others have no counterpart: lif_cell has no current, no noise, no exponential synapses and no plasticity.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from . import definitions as d
from .measuring import Stopwatch, facts, options, peak_mb, row, tell

WORKLOADS = ("W3", "W5", "W6")
MODES = ("", "listed")


def recipe_of(A: ModuleType, n: int, p: Any, inputs: Callable, connections: Callable) -> Any:
    """Return a recipe of n equal cells, with functions that give the inputs and connections of a cell."""
    U = A.units
    cell = A.lif_cell(
        "s", "t", tau_m=p.tau * U.ms, V_th=p.threshold * U.mV, C_m=1 * U.pF, E_L=0 * U.mV, E_R=p.reset * U.mV,
        V_m=0 * U.mV, t_ref=p.refractory * U.ms,
    )  # fmt: skip

    class Recipe(A.recipe):
        def __init__(self) -> None:
            super().__init__()

        def num_cells(self) -> int:
            return n

        def cell_kind(self, gid: int) -> Any:
            return A.cell_kind.lif

        def cell_description(self, gid: int) -> Any:
            return cell

        def event_generators(self, gid: int) -> list:
            return inputs(gid)

        def connections_on(self, gid: int) -> list:
            return connections(gid)

    return Recipe()


def given(A: ModuleType, weight: float, times: np.ndarray) -> list:
    """Return the inputs at given times [ms]."""
    if not len(times):
        return []
    return [A.event_generator("t", weight, A.explicit_schedule([t * A.units.ms for t in times.tolist()]))]


def poisson(A: ModuleType, weight: float, hz: float, seed: int) -> list:
    """Return Poisson inputs."""
    return [A.event_generator("t", weight, A.poisson_schedule(hz / 1000 * A.units.kHz, seed=seed))]


def brunel(A: ModuleType, found: argparse.Namespace) -> Any:
    """Return W3."""
    p, ms = d.W3, A.units.ms
    sources, _, excitatory = d.brunel_pairs(found.size, found.seed)
    weights = [p.excitation] * excitatory + [p.inhibition] * (sources.shape[1] - excitatory)

    def connections(gid: int) -> list:
        row = sources[gid].tolist()
        return [A.connection((k, "s"), "t", w, p.delay * ms) for k, w in zip(row, weights, strict=True)]

    def inputs(gid: int) -> list:
        return poisson(A, p.drive, p.drive_hz, found.seed * 10_000_000 + gid)

    return recipe_of(A, found.size, p, inputs, connections)


def sparse(A: ModuleType, found: argparse.Namespace) -> Any:
    """Return W5."""
    p, n = d.W5, found.size
    targets, tenths = d.sparse_pairs(n, found.seed)
    # asked for by target
    order = np.argsort(targets.ravel(), kind="stable")
    cuts = np.searchsorted(targets.ravel()[order], np.arange(n + 1))
    sources, tenths = (order // p.fan).astype(np.int32), tenths.ravel()[order]
    delays, border = [k / 10 * A.units.ms for k in range(101)], int(0.8 * n)

    def connections(gid: int) -> list:
        part = slice(cuts[gid], cuts[gid + 1])
        pairs = zip(sources[part].tolist(), tenths[part].tolist(), strict=True)
        return [A.connection((k, "s"), "t", p.excitation if k < border else p.inhibition, delays[x]) for k, x in pairs]

    def inputs(gid: int) -> list:
        if found.mode == "listed":
            return given(A, p.kick, trains[gid])
        return poisson(A, p.kick, p.kick_hz, found.seed * 10_000_000 + gid)

    trains = d.sparse_trains(n, found.duration, found.seed) if found.mode == "listed" else []
    return recipe_of(A, n, p, inputs, connections)


def listed(A: ModuleType, found: argparse.Namespace) -> Any:
    """Return W6: a list for each weight."""
    levels, times, weights = d.listed_levels(found.size), d.listed_times(found.size), d.listed_weights()

    def inputs(gid: int) -> list:
        return [g for k, w in enumerate(weights) for g in given(A, w, times[levels == k])]

    return recipe_of(A, 1, d.W6, inputs, lambda gid: [])


def main() -> None:
    found = options(WORKLOADS, MODES)
    began = time.perf_counter()
    import arbor as A

    imported = time.perf_counter()
    recipe = {"W3": brunel, "W5": sparse, "W6": listed}[found.workload](A, found)
    context = A.context(threads=found.threads)
    # one group of cells is quicker than one group a cell, Arbor's choice, where little happens
    hint = {A.cell_kind.lif: A.partition_hint(cpu_group_size=max(1, found.size // found.threads))}
    parts = [A.partition_load_balance(recipe, context, hint)] if found.workload == "W5" else []
    simulation = A.simulation(recipe, context, *parts)
    # `all` records nothing where there are no connections
    simulation.record(A.spike_recording.local)
    watch, build = Stopwatch(), time.perf_counter() - imported
    watch.run(simulation.run, found.duration * A.units.ms, dt=found.dt * A.units.ms)
    spikes = simulation.spikes()
    peak = peak_mb()
    who = np.array([source[0] for source, _ in spikes], dtype=np.int64)
    judged = facts(found.workload, found.size, found.duration, who, np.array([t for _, t in spikes]))
    name = "Arbor" + (", listed kicks" if found.mode else "")
    measured = {"build": build, "loop": watch.loop, "cpu": watch.cpu, "peak": peak, "imports": imported - began}
    tell(row(name, A.__version__, found, judged, **measured))


if __name__ == "__main__":
    main()
