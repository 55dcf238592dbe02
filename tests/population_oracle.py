"""Noisy populations in plain NumPy, as anybody would write them: Euler-Maruyama, and everything happens on ticks.

Imports nothing of eventsnn. Membranes obey ``dv/dt = (drive - v)/tau + sigma*xi*tau**-0.5``; times are in ms.
"""

from __future__ import annotations

import numpy as np

TAU = 10.0
STEP = 0.1
#: How long a neuron does not fire again, in ticks: 5 ms.
REFRACTORY = 50


def fixed_threshold(drives: np.ndarray, duration: float, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Count the spikes of each neuron: threshold 1, reset 0, held at 0 for 5 ms (W8 of the workloads)."""
    v, count, free_at = np.zeros(len(drives)), np.zeros(len(drives), int), np.zeros(len(drives), int)
    for tick in range(1, round(duration / STEP)):
        free = free_at < tick
        step = STEP / TAU * (drives - v) + sigma * np.sqrt(STEP / TAU) * rng.standard_normal(len(v))
        v = np.where(free, v + step, v)
        fires = free & (v > 1)
        v[fires] = 0.0
        count += fires
        free_at[fires] = tick + REFRACTORY
    return count


def moving_threshold(starts: np.ndarray, duration: float, rng: np.random.Generator) -> np.ndarray:
    """Return all spike times of seed 001's last population: v (in mV) runs on while the neuron cannot fire."""
    v, threshold = starts.copy(), np.full(len(starts), -50.0)
    free_at, times = np.zeros(len(v), int), []
    for tick in range(round(duration / STEP)):
        if tick:
            v = v + STEP / TAU * (40 - 70 - v) + 10 * np.sqrt(STEP / TAU) * rng.standard_normal(len(v))
            threshold = threshold + STEP / 100 * (-50 - threshold)
        fires = (free_at <= tick) & (v > threshold)
        v[fires] = -70.0
        threshold[fires] += 5.0
        free_at[fires] = tick + REFRACTORY
        times.append(np.full(fires.sum(), tick * STEP))
    return np.concatenate(times)
