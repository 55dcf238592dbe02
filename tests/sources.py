"""Sources of spikes, driven by hand: what an engine does with them, and nothing else."""

from __future__ import annotations

import warnings

import numpy as np

from eventsnn import seed, start_scope
from eventsnn.errors import EventSNNWarning


class Host:
    """What a source asks of its network."""

    def __init__(self, now=0.0):
        self.now, self.is_running = now, False

    def admits_changes(self):
        return not self.is_running


def drive(source, *ends, names=None, look=None):
    """Return the spikes ``(instant, neuron)`` of runs that end at `ends` [ms]; `look` [ms] bounds each look ahead."""
    host = source._network
    if host is None:
        host = Host()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EventSNNWarning)
            source._join(host)
    spikes = []
    for end in ends:
        source._refresh(names or {})
        while True:
            horizon = end if look is None else min(end, host.now + look)
            instant = source._next_instant(horizon)
            if instant < horizon:
                who = source._take(instant)
                assert who and who == sorted(who)
                spikes += [(instant, k) for k in who]
            elif horizon == end:
                break
            else:
                host.now = horizon
        host.now = end
    return spikes


def drive_together(source, *ends, names=None, look=None):
    """Return what `drive` does, of spikes that are taken up to each instant together."""
    if source._network is None:
        source._join(Host())
    host, spikes = source._network, []
    for end in ends:
        source._refresh(names or {})
        while host.now < end:
            host.now = end if look is None else min(end, host.now + look)
            instants, neurons = source._take_before(host.now)
            assert (instants.dtype, neurons.dtype) == (np.float64, np.int64)
            spikes += zip(instants.tolist(), neurons.tolist(), strict=True)
    return spikes


def arrays(spikes):
    """Return instants and neurons."""
    return np.array([t for t, _ in spikes]), np.array([k for _, k in spikes], dtype=int)


def trains(spikes, n):
    """Return the instants of each neuron."""
    times, who = arrays(spikes)
    order = np.argsort(who, kind="stable")
    return np.split(times[order], np.searchsorted(who[order], np.arange(1, n)))


def fresh(make, *ends, seeded=1, **options):
    """Return the spikes of a new source under a new seed."""
    start_scope()
    seed(seeded)
    return drive(make(), *ends, **options)


def kolmogorov(samples, distribution):
    """Return sqrt(n) times the largest distance of an empirical from a continuous distribution.

    Above 2.7 in one of a million cases: P(> c) = 2 exp(-2 c^2).
    """
    p = distribution(np.sort(np.asarray(samples)))
    n = len(p)
    return np.sqrt(n) * max((p - np.arange(n) / n).max(), (np.arange(1, n + 1) / n - p).max())
