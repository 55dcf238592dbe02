"""W1a, W1b, W2 and W8 as a loop over steps in plain NumPy, the code that one would write by hand.

    python -m simulators.plain_numpy W8

W1 and W2 take the exact solution of one step, W8 Euler and Maruyama's.
"""

from __future__ import annotations

import time

import numpy as np

from . import definitions as d
from .measuring import Stopwatch, facts, options, peak_mb, row, tell

WORKLOADS = ("W1a", "W1b", "W2", "W8")


def main() -> None:
    found = options(WORKLOADS)
    began = time.perf_counter()
    rng = np.random.default_rng(found.seed)
    n, dt, is_noisy, is_clamped = found.size, found.dt, found.workload == "W8", found.workload != "W1b"
    if found.workload in ("W1a", "W1b"):
        drives, threshold = np.ones(1), d.W1.threshold
        tau, pause = (d.W1.tau_a, 0.0) if is_clamped else (d.W1.tau_b, d.W1.refractory_b)
    else:
        drives, threshold, tau, pause = d.drives(n), d.W2.threshold, d.W2.tau, d.W2.refractory
    # from which step on a neuron integrates (if it is clamped) and fires again
    v, free = np.zeros(n), np.zeros(n, np.int64)
    factor, hold = dt / tau if is_noisy else 1 - np.exp(-dt / tau), round(pause / dt)
    kick = d.W8.sigma * np.sqrt(dt / tau)
    who: list[np.ndarray] = [np.empty(0, np.int64)]
    times: list[np.ndarray] = [np.empty(0)]

    def loop() -> None:
        for k in range(round(found.duration / dt)):
            change = (drives - v) * factor
            if is_noisy:
                change += kick * rng.standard_normal(n)
            live = k >= free
            np.add(v, change * live if is_clamped else change, out=v)
            fired = np.flatnonzero((v > threshold) & live)
            if len(fired):
                v[fired], free[fired] = 0.0, k + hold + is_clamped
                who.append(fired)
                times.append(np.full(len(fired), (k + 1) * dt))

    watch, build = Stopwatch(), time.perf_counter() - began
    watch.run(loop)
    peak = peak_mb()
    judged = facts(found.workload, n, found.duration, np.concatenate(who), np.concatenate(times))
    measured = {"build": build, "loop": watch.loop, "cpu": watch.cpu, "peak": peak, "imports": 0.0}
    tell(row("NumPy loop", np.__version__, found, judged, **measured))


if __name__ == "__main__":
    main()
