"""Pulse packets: spikes that are normally distributed around given centres.

Equation
    In packet k, `spikes` neurons chosen at random fire once each, at ``times[k] + sigma*g`` with g standard normal.
Source
    Diesmann, Gewaltig & Aertsen (1999), Nature 402, 529-533.
"""

from __future__ import annotations

import numpy as np

from ..randomness import Draws
from .trains import Spikes


def make_packets(
    chance: Draws, places: Draws, n: int, centres: np.ndarray, spikes: np.ndarray, sigmas: np.ndarray
) -> Spikes:
    """Return the spikes of all packets, in order of time and neuron.

    Parameters
    ----------
    chance, places : Draws
        For who fires, and when.
    n : int
        Number of neurons.
    centres, spikes, sigmas : ndarray
        When [ms], how many and how far apart [ms], for each packet.
    """
    everyone = np.arange(n)
    times, neurons = [np.empty(0)], [np.empty(0, np.int64)]
    for k, (centre, count, sigma) in enumerate(zip(centres, spikes.tolist(), sigmas, strict=True)):
        chosen = everyone
        if count < n:
            order = np.argsort(chance.uniforms(everyone, np.full(n, k)), kind="stable")
            chosen = np.sort(order[:count])
        shift = sigma * places.normals(chosen, np.full(len(chosen), k)) if sigma else 0.0
        times.append(np.broadcast_to(centre + shift, chosen.shape))
        neurons.append(chosen)
    instants, who = np.concatenate(times), np.concatenate(neurons)
    order = np.lexsort((who, instants))
    return instants[order], who[order]
