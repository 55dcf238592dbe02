"""Ready-made models: functions that make a `NeuronGroup` or `Synapses`, solved exactly like any other.

``models.LIF(100, I_e='i*10*pA')`` is a group with equations, threshold and reset of the leaky integrate-and-fire
neuron. A parameter is one value, an array of one value for each neuron, or a text: evaluated once for each neuron, or,
when it contains ``t``, at all times. Parameters can be read and set as variables of the group (``G.tau_m``); the state
starts at rest. Each module of this package is the card of one model: equation, solution, parameters, state, source.

``models.stdp(G, G, w_max=1*mV)`` are synapses with spike-timing-dependent plasticity, to be connected as any others. A
parameter is one value for all of them, or a text that is evaluated for each.

``models.lif_rate(mu, sigma, ...)`` is no model but theory: how often a noisy neuron fires, and `lif_cv` how regularly.

Examples
--------
>>> from eventsnn import Network, SpikeMonitor, models, ms, nA
>>> G = models.LIF(3, I_e=[0.3, 0.5, 0.7]*nA)
>>> M = SpikeMonitor(G)
>>> Network(G, M).run(1000*ms)
>>> print(M.count)
[  0  63 103]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..groups import NeuronGroup, Synapses
from ..groups.arguments import did_you_mean
from .adaptive_lif import AdaptiveLIF
from .adaptive_threshold_lif import AdaptiveThresholdLIF
from .base import with_hints
from .glif import GLIF
from .if_curr_alpha import IF_curr_alpha
from .if_curr_delta import IF_curr_delta
from .if_curr_exp import IF_curr_exp
from .inhibitory import inhibitory_stdp
from .lif import LIF
from .pair_stdp import stdp
from .pif import PIF
from .qif import QIF
from .resonate_and_fire import ResonateAndFire
from .scaling import synaptic_scaling
from .short_term import tsodyks_markram
from .siegert import lif_cv, lif_rate
from .triplet import triplet_stdp

#: All models of neurons by name.
MODELS: dict[str, Callable[..., NeuronGroup]] = {
    model.__name__: with_hints(model)
    for model in (
        LIF,
        PIF,
        QIF,
        IF_curr_delta,
        IF_curr_exp,
        IF_curr_alpha,
        AdaptiveLIF,
        AdaptiveThresholdLIF,
        GLIF,
        ResonateAndFire,
    )
}

#: All models of synapses by name.
PLASTICITY: dict[str, Callable[..., Synapses]] = {
    model.__name__: with_hints(model)
    for model in (stdp, triplet_stdp, inhibitory_stdp, synaptic_scaling, tsodyks_markram)
}

# those to be called ask back about a mistyped parameter
globals().update(MODELS)
globals().update(PLASTICITY)


def __getattr__(name: str) -> Any:
    """Ask back about a mistyped model."""
    raise AttributeError(f"eventsnn.models has no model '{name}'.{did_you_mean(name, __all__)}")


__all__ = [
    "LIF",
    "PIF",
    "QIF",
    "IF_curr_delta",
    "IF_curr_exp",
    "IF_curr_alpha",
    "AdaptiveLIF",
    "AdaptiveThresholdLIF",
    "GLIF",
    "ResonateAndFire",
    "stdp",
    "triplet_stdp",
    "inhibitory_stdp",
    "synaptic_scaling",
    "tsodyks_markram",
    "lif_rate",
    "lif_cv",
    "MODELS",
    "PLASTICITY",
]
