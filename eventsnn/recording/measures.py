"""Measures of recorded spikes."""

from __future__ import annotations

import math

import numpy as np

# terms beyond this many standard deviations are below 1e-15 of the peak
GAUSSIAN_REACH = 8.5


def by_neuron(neurons: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the order that puts spikes neuron by neuron, those of each as they are, and where each neuron's end."""
    # NumPy sorts numbers of sixteen bits without comparing them
    order = np.argsort(neurons.astype(np.uint16), kind="stable")
    for shift in range(16, (max(n, 1) - 1).bit_length(), 16):
        order = order[np.argsort((neurons[order] >> shift).astype(np.uint16), kind="stable")]
    return order, np.cumsum(np.bincount(neurons, minlength=n))


def binned_rate(spikes: np.ndarray, starts: np.ndarray, widths: np.ndarray, n: int) -> np.ndarray:
    """Return spikes per neuron and ms in the bins ``[start, start + width)`` of increasing starts."""
    ends = np.append(starts[1:], starts[-1:] + widths[-1:])
    # a bin ends where the next begins, to the last bit, unless there is a gap
    ends = np.minimum(ends, starts + widths * (1 + 1e-9))
    return (np.searchsorted(spikes, ends) - np.searchsorted(spikes, starts)) / (n * widths)


def flat_rate(spikes: np.ndarray, times: np.ndarray, width: float, n: int) -> np.ndarray:
    """Return spikes per neuron and ms in the window ``[t - width/2, t + width/2)`` around each time."""
    first = np.searchsorted(spikes, times - width / 2)
    return (np.searchsorted(spikes, times + width / 2) - first) / (n * width)


def gaussian_rate(spikes: np.ndarray, times: np.ndarray, sigma: float, n: int) -> np.ndarray:
    """Return spikes per neuron and ms, each spike spread by a normal density of standard deviation `sigma`."""
    first = np.searchsorted(spikes, times - GAUSSIAN_REACH * sigma)
    last = np.searchsorted(spikes, times + GAUSSIAN_REACH * sigma)
    scale = 1.0 / (n * sigma * math.sqrt(2.0 * math.pi))
    rates = np.zeros(len(times))
    for row, (a, b, t) in enumerate(zip(first, last, times, strict=True)):
        distance = (spikes[a:b] - t) / sigma
        rates[row] = scale * np.exp(-0.5 * distance * distance).sum()
    return rates
