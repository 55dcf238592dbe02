"""A network whose size, rate and delays can be set one by one, for scaling curves in eventsnn.

    python -m simulators.scaled --neurons 10000 --fan 100 --rate 10 --shortest 1 --longest 10 --events 2e6

Leaky neurons fire by their own drive at the given rate (their time constant is a third of the interval) and send weak
kicks of both signs to targets drawn at random, so that the rate hardly depends on anything else. Idle neurons are of
the same group and have no drive. Simulated is as long as it takes for about so many synaptic events, and some delays.
"""

from __future__ import annotations

import argparse
import math
import time
from typing import Any

import numpy as np

from .measuring import peak_mb, tell
from .ours import engine_options, run_timed

#: The drive with which a neuron of threshold 1 fires every three time constants.
DRIVE = 1.0 / (1.0 - math.exp(-3.0))
KICK = 0.001


def network(found: argparse.Namespace) -> tuple[Any, Any]:
    """Return the network and the monitor of its spikes."""
    import eventsnn as s

    s.start_scope()
    s.seed(found.seed)
    rng, n, number = np.random.default_rng(found.seed), found.neurons, found.neurons * found.fan
    group = s.NeuronGroup(
        n + found.idle,
        "dv/dt = (drive - v)/tau : 1\ndrive : 1 (constant)",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
        namespace={"tau": 1000.0 / 3.0 / found.rate * s.ms},
    )
    # each somewhere between two spikes
    group.v[:n] = DRIVE * (1.0 - np.exp(-3.0 * rng.random(n)))
    group.drive[:n] = DRIVE
    synapses = s.Synapses(group, group, "w : 1", on_pre="v_post += w")
    synapses.connect(i=np.repeat(np.arange(n), found.fan), j=rng.integers(0, n, number))
    synapses.w = KICK * rng.choice((-1.0, 1.0), number)
    if found.shortest == found.longest:
        synapses.delay = found.shortest * s.ms
    else:
        synapses.delay = rng.uniform(found.shortest, found.longest, number) * s.ms
    monitor = s.SpikeMonitor(group)
    return s.Network(group, synapses, monitor), monitor


def measure(found: argparse.Namespace) -> dict[str, Any]:
    """Build and run the network; return what it took."""
    began = time.perf_counter()
    made, monitor = network(found)
    duration = 1000.0 * found.events / (found.neurons * found.fan * found.rate)
    duration = max(duration, 20.0, 5.0 * found.longest)
    loop, cpu = run_timed(made, duration, found.engine, found.threads)
    build = time.perf_counter() - began - loop
    peak, times = peak_mb(), np.array(monitor.t) * 1000.0
    # the last spikes are still under way at the end
    arrived = int((times < duration - 0.5 * (found.shortest + found.longest)).sum())
    return {
        "loop": loop, "cpu": cpu, "build": build, "peak": peak, "spikes": len(times), "events": arrived * found.fan,
        "duration": duration,
    }  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Return the reader of the command line."""
    made = argparse.ArgumentParser()
    made.add_argument("--neurons", type=int, default=10_000)
    made.add_argument("--fan", type=int, default=100, help="synapses of a neuron")
    made.add_argument("--rate", type=float, default=10.0, help="Hz")
    made.add_argument("--shortest", type=float, default=1.5, help="delay [ms]")
    made.add_argument("--longest", type=float, default=1.5, help="delay [ms]")
    made.add_argument("--idle", type=int, default=0, help="neurons more that never fire")
    made.add_argument("--events", type=float, default=2e6)
    made.add_argument("--threads", type=int, default=1)
    made.add_argument("--engine", choices=("auto", "reference", "compiled"), default="auto")
    made.add_argument("--seed", type=int, default=1)
    return made


def main() -> None:
    import eventsnn

    found = parser().parse_args()
    if found.engine != "reference":
        # load what will be needed, or compile it
        small = {**vars(found), "neurons": 100, "fan": 10, "idle": 0, "events": 1000, "engine": "compiled"}
        try:
            engine_options(eventsnn.Network, "compiled", 1)
            measure(argparse.Namespace(**small))
        except (SystemExit, eventsnn.EventSNNError):
            pass
    tell(measure(found))


if __name__ == "__main__":
    main()
