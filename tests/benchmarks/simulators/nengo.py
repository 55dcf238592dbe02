"""Workloads in Nengo's NumPy backend: W1a, W2, W8.

    python -m simulators.nengo W8

It has neither delta synapses with delays nor pair STDP in its core, and W1b would be clamped.
"""

from __future__ import annotations

import time

import numpy as np

from . import definitions as d
from .measuring import Stopwatch, facts, options, peak_mb, row, tell

WORKLOADS = ("W1a", "W2", "W8")


def main() -> None:
    found = options(WORKLOADS)
    began = time.perf_counter()
    import nengo

    imported = time.perf_counter()
    noise, n, dt = None, found.size, found.dt
    if found.workload == "W1a":
        # thresholds are 1
        drives, tau, pause = np.array([1 / d.W1.threshold]), d.W1.tau_a, 0.0
    else:
        drives, tau, pause = d.drives(n), d.W2.tau, d.W2.refractory
    if found.workload == "W8":
        # a current over each step that moves v as far as Euler and Maruyama's increment
        std = d.W8.sigma * np.sqrt(dt / tau) / (1 - np.exp(-dt / tau))
        noise = nengo.processes.WhiteNoise(nengo.dists.Gaussian(0, std), scale=False)
    who: list[np.ndarray] = [np.empty(0, np.int64)]
    times: list[np.ndarray] = [np.empty(0)]

    def keep(t: float, x: np.ndarray) -> None:
        fired = np.flatnonzero(x)
        if len(fired):
            who.append(fired)
            times.append(np.full(len(fired), t * 1000))

    with nengo.Network(seed=found.seed) as network:
        start = {"voltage": nengo.dists.Choice([0])}
        kind = nengo.LIF(tau_rc=tau / 1000, tau_ref=pause / 1000, min_voltage=-np.inf, initial_state=start)
        neurons = nengo.Ensemble(
            n, 1, neuron_type=kind, gain=np.ones(n), bias=drives, encoders=np.ones((n, 1)), noise=noise
        ).neurons
        nengo.Connection(neurons, nengo.Node(keep, size_in=n), synapse=None)
    simulator = nengo.Simulator(network, dt=dt / 1000, progress_bar=False)
    watch, build = Stopwatch(), time.perf_counter() - imported
    watch.run(simulator.run_steps, round(found.duration / dt))
    peak = peak_mb()
    judged = facts(found.workload, n, found.duration, np.concatenate(who), np.concatenate(times))
    measured = {"build": build, "loop": watch.loop, "cpu": watch.cpu, "peak": peak, "imports": imported - began}
    tell(row("Nengo", nengo.__version__, found, judged, **measured))


if __name__ == "__main__":
    main()
