"""Figures of recordings, connections and plasticity: each function draws into an Axes and returns it.

matplotlib is imported when the first figure is drawn.

Examples
--------
>>> from eventsnn import NeuronGroup, Network, SpikeMonitor, StateMonitor, ms, plotting
>>> G = NeuronGroup(1, 'dv/dt = (1 - v)/(10*ms) : 1', threshold='v > 0.8', reset='v = 0')
>>> M, S = StateMonitor(G, 'v', record=0), SpikeMonitor(G)
>>> Network(G, M, S).run(50*ms)
>>> ax = plotting.trace(M, 'v', spikes=S, threshold=0.8)
>>> ax.get_xlabel(), ax.get_ylabel()
('Time (ms)', 'v')
"""

from __future__ import annotations

from .networks import connectivity
from .neurons import fi_curve, trace
from .plasticity import plot_stdp_curve, plot_weight_trajectories, plot_weights
from .populations import raster, rates
from .recordings import POINTS as POINTS
from .windows import stdp_curve

__all__ = [
    "connectivity",
    "fi_curve",
    "plot_stdp_curve",
    "plot_weight_trajectories",
    "plot_weights",
    "raster",
    "rates",
    "stdp_curve",
    "trace",
]
