"""Pulse packets: spikes that are normally distributed around given centres.

Equation
    In packet k, `spikes` neurons chosen at random fire once each, at ``times[k] + sigma*g`` with g standard normal.
    Drawn anew in the middle of a packet, it keeps the spikes that have come; the others are chosen anew, and g is a
    normal number beyond the present, ``-Phi^-1[(1 - u) Phi(-a)]`` with u uniform and a the least that g can be.
Source
    Diesmann, Gewaltig & Aertsen (1999), Nature 402, 529-533.
"""

from __future__ import annotations

import numpy as np

from ..randomness import Draws

#: Instants [ms], neurons, and the packet of each spike, in order of time and neuron.
Packets = tuple[np.ndarray, np.ndarray, np.ndarray]


def make_packets(
    chance: Draws, places: Draws, n: int, centres: np.ndarray, spikes: np.ndarray, sigmas: np.ndarray
) -> Packets:
    """Return the spikes of all packets.

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
    parts = []
    for k, (centre, count, sigma) in enumerate(zip(centres, spikes.tolist(), sigmas, strict=True)):
        chosen = _choose(chance, k, everyone, count)
        shift = sigma * places.normals(chosen, np.full(len(chosen), k)) if sigma else 0.0
        parts.append((np.broadcast_to(centre + shift, chosen.shape), chosen))
    return _in_order(parts)


def renew_packets(
    before: Packets,
    now: float,
    chance: Draws,
    places: Draws,
    n: int,
    centres: np.ndarray,
    spikes: np.ndarray,
    sigmas: np.ndarray,
) -> Packets:
    """Return packets whose spikes up to `now` [ms] are those of `before`, and the others are drawn anew."""
    from scipy.special import ndtr, ndtri

    instants, who, which = before
    parts = []
    for k, (centre, count, sigma) in enumerate(zip(centres, spikes.tolist(), sigmas, strict=True)):
        past = (which == k) & (instants < now)
        waiting = np.setdiff1d(np.arange(n), who[past])
        chosen = _choose(chance, k, waiting, count - int(past.sum()))
        times = np.full(len(chosen), centre)
        if sigma:
            u = places.uniforms(chosen, np.full(len(chosen), k))
            times = np.maximum(centre - sigma * ndtri((1.0 - u) * ndtr((centre - now) / sigma)), now)
        parts.append((np.concatenate([instants[past], times]), np.concatenate([who[past], chosen])))
    return _in_order(parts)


def _choose(chance: Draws, k: int, neurons: np.ndarray, count: int) -> np.ndarray:
    """Return as many of some neurons as fire in packet k."""
    if count == len(neurons):
        return neurons
    order = np.argsort(chance.uniforms(neurons, np.full(len(neurons), k)), kind="stable")
    return np.sort(neurons[order[:count]])


def _in_order(parts: list[tuple[np.ndarray, np.ndarray]]) -> Packets:
    instants = np.concatenate([np.empty(0), *(times for times, _ in parts)])
    who = np.concatenate([np.empty(0, np.int64), *(neurons for _, neurons in parts)])
    which = np.repeat(np.arange(len(parts)), [len(times) for times, _ in parts])
    order = np.lexsort((who, instants))
    return instants[order], who[order], which[order]
