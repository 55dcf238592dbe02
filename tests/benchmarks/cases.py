"""Who runs what: the workloads with their sizes, and the simulators that have them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from fresh import Program
from simulators import definitions

WORKLOADS = ("W1a", "W1b", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "cold")
TITLES = {
    "W1a": "W1a: first tutorial neuron",
    "W1b": "W1b: the same, integrating while refractory",
    "W2": "W2: f-I curve, {} uncoupled neurons",
    "W3": "W3: Brunel's network, {} neurons, delta synapses",
    "W4": "W4: Vogels and Abbott's network, {} neurons, exponential currents",
    "W5": "W5: sparse activity, {} neurons",
    "W6": "W6: one neuron, {} listed inputs",
    "W7": "W7: pair STDP, {} inputs",
    "W8": "W8: noise, {} neurons",
    "cold": "cold start: a fresh process runs W1a and ends",
}
SIZES = {
    "W1a": (1,), "W1b": (1,), "W2": (100_000,), "W3": (1250, 2500, 12_500), "W4": (4000,), "W5": (10_000, 100_000),
    "W6": (1_000_000,), "W7": (1000,), "W8": (10_000,), "cold": (1,),
}  # fmt: skip
#: Sizes and durations [ms] for a trial: some seconds each, with the reference engine too.
QUICK = {
    "W1a": (1, 50.0), "W1b": (1, 50.0), "W2": (2000, 1000.0), "W3": (250, 100.0), "W4": (400, 500.0),
    "W5": (2000, 500.0), "W6": (20_000, 20_001.0), "W7": (1000, 2000.0), "W8": (1000, 200.0), "cold": (1, 50.0),
}  # fmt: skip
#: Modes by simulator and workload, in the order of the tables. A workload that is not there has no counterpart.
MODES = {
    "ours": {w: ("",) for w in WORKLOADS} | {"W5": ("group", "input", "listed")},
    "brian2": {w: ("cpp",) for w in WORKLOADS}
    | {"W1a": ("cython",), "W1b": ("cython",), "W5": ("cpp", "cpp-listed"), "cold": ("cython",)},
    "nest": {w: ("ps",) for w in ("W1a", "W2", "W3", "W4", "W6", "W7", "cold")}
    | {"W5": ("ps", "ps-listed"), "W8": ("grid",)},
    "arbor": {"W3": ("",), "W5": ("",), "W6": ("",)},
    "neuron": {w: ("",) for w in ("W1a", "W5", "W6", "cold")},
    "nengo": {w: ("",) for w in ("W1a", "W2", "W8", "cold")},
    "plain_numpy": {w: ("",) for w in ("W1a", "W1b", "W2", "W8")},
}
COLD_NAMES = {
    "ours": "eventsnn", "brian2": "Brian 2 Cython, cache filled", "nest": "NEST precise", "neuron": "NEURON",
    "nengo": "Nengo",
}  # fmt: skip
#: The first tutorial neuron as a user's script: one import and five lines.
FIRST_NEURON = """
import json
from {package} import *
G = NeuronGroup(1, 'dv/dt = (1 - v)/(10*ms) : 1', threshold='v > 0.8', reset='v = 0', method='exact')
M = SpikeMonitor(G)
run(50*ms)
print(json.dumps(dict(spikes=[float(t/ms) for t in M.t])))
"""


@dataclass(frozen=True)
class Case:
    """One workload of one size in one simulator; `program` measures it."""

    workload: str
    size: int
    duration: float
    simulator: str
    mode: str
    program: Program

    @property
    def is_ours(self) -> bool:
        return self.simulator == "ours"

    @property
    def is_listed(self) -> bool:
        return "listed" in self.mode

    @property
    def is_exact(self) -> bool:
        """Whether it is another simulator that knows no grid, by which rates are judged."""
        return self.simulator in ("arbor", "neuron") or self.mode.startswith("ps")


def sizes_of(workload: str, options: argparse.Namespace) -> list[tuple[int, float]]:
    """Return sizes and durations [ms] of a workload."""
    if options.quick and not options.size:
        return [QUICK[workload]]
    sizes = options.size if options.size and workload not in ("W1a", "W1b", "cold") else SIZES[workload]
    known = "W1a" if workload == "cold" else workload
    return [(n, options.duration or definitions.duration_of(known, n)) for n in sizes]


def cases_of(workload: str, size: int, duration: float, options: argparse.Namespace) -> Iterator[Case]:
    """Yield who runs a workload, in the order of a round."""
    for simulator, modes in MODES.items():
        python = options.pythons.get(simulator)
        for mode in modes.get(workload, ()) if python else ():
            program = cold_program if workload == "cold" else loop_program
            arguments, stands = program(workload, size, duration, simulator, mode, options)
            made = Program(python, arguments, options.cores, stands, options.limit)
            yield Case(workload, size, duration, simulator, mode, made)
    python = options.pythons.get("brian2")
    if python and options.cython and workload in ("W2", "W3", "W4", "W5", "W8"):
        mode = "cython-listed" if workload == "W5" else "cython"
        arguments, _ = loop_program(workload, size, duration, "brian2", mode, options)
        yield Case(
            workload, size, duration, "brian2", mode, Program(python, arguments, options.cores, False, options.limit)
        )


def loop_program(
    workload: str, size: int, duration: float, simulator: str, mode: str, options: argparse.Namespace
) -> tuple[list[str], bool]:
    """Return the arguments of a program that times its loop, and whether its process stays between rounds."""
    given = {"size": size, "duration": duration, "seed": options.seed} | ({"mode": mode} if mode else {})
    if simulator == "ours":
        given["engine"] = options.engine
    arguments = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    return ["-m", f"simulators.{simulator}", workload, *arguments], mode.startswith("cpp")


def cold_program(
    workload: str, size: int, duration: float, simulator: str, mode: str, options: argparse.Namespace
) -> tuple[list[str], bool]:
    """Return the arguments of a process that is timed as a whole."""
    if simulator in ("ours", "brian2"):
        package = "eventsnn" if simulator == "ours" else "brian2"
        return ["-c", FIRST_NEURON.replace("{package}", package)], False
    return ["-m", f"simulators.{simulator}", "W1a", *(["--mode", mode] if mode else [])], False
