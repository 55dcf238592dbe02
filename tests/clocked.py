"""A clocked simulator as simple as can be: forward Euler on a grid, for comparison. NumPy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def euler(
    derivative: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    fires: Callable[[np.ndarray], np.ndarray],
    reset: Callable[[np.ndarray], np.ndarray],
    length: float,
    dt: float,
    refractory: float = 0.0,
) -> list[list[float]]:
    """Return the spike times of each neuron, multiples of `dt`.

    Parameters
    ----------
    derivative, fires, reset : callable
        Of the states of all neurons.
    refractory : float
        In which the state is frozen, rounded to steps.
    """
    x = np.array(start, dtype=float)
    free_from = np.zeros(len(x), int)
    trains: list[list[float]] = [[] for _ in x]
    for step in range(round(length / dt)):
        free = step >= free_from
        x = np.where(free, x + dt * derivative(x), x)
        firing = fires(x) & free
        for k in np.flatnonzero(firing):
            trains[k].append((step + 1) * dt)
        x = np.where(firing, reset(x), x)
        free_from[firing] = step + 1 + round(refractory / dt)
    return trains
