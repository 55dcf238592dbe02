"""eventsnn: spiking neural networks in continuous time.

Scripts written for Brian 2 run with eventsnn in its place, and spikes happen at their own real-valued times.

Examples
--------
>>> from eventsnn import *
>>> start_scope()
>>> tau = 10*ms
>>> G = NeuronGroup(1, 'dv/dt = (1 - v)/tau : 1', threshold='v > 0.8', reset='v = 0')
>>> M = SpikeMonitor(G)
>>> run(50*ms)
>>> print(M.t)
[16.09437912 32.18875825 48.28313737] ms
"""

from typing import TYPE_CHECKING, Any

from . import models
from ._version import __version__
from .clocks import Clock, defaultclock
from .compatibility import BrianLogger, device, get_device, prefs, set_device
from .equations.text import Equations
from .errors import (
    ArgumentError,
    CheckpointError,
    CheckpointNotFoundError,
    DimensionMismatchError,
    EndlessSpikingError,
    EquationError,
    EventSNNError,
    EventSNNWarning,
    ExactnessNote,
    MagicError,
    MissingError,
    NamespaceWarning,
    NoExactSolutionError,
    OutOfRangeError,
    PerformanceWarning,
    SimulationError,
    UnitError,
    UnknownNameError,
    UnusedObjectWarning,
    WrongTypeError,
)
from .groups import NeuronGroup, SpikeSource, Subgroup, Synapses
from .groups.correlated import CorrelatedPoissonGroup
from .groups.generator import SpikeGeneratorGroup
from .groups.links import linked_var
from .groups.packets import PulsePacketGroup
from .groups.poisson import PoissonGroup
from .groups.poissoninput import PoissonInput
from .groups.renewal import DeadTimePoissonGroup, GammaGroup, RegularGroup
from .monitors import EventMonitor, PopulationRateMonitor, SpikeMonitor, StateMonitor
from .pylab import STAR_NAMES, star_namespace
from .simulation import (
    MagicNetwork,
    Network,
    NetworkOperation,
    collect,
    magic_network,
    network_operation,
    restore,
    run,
    seed,
    start_scope,
    stop,
    store,
)
from .stimuli import TimedArray
from .units import *
from .units import ALL_STAR_UNITS, Dimension, get_dimensions, is_dimensionless
from .units import __all__ as _UNIT_NAMES

#: eventsnn's own nouns and verbs.
PUBLIC_NAMES = [
    "ArgumentError",
    "BrianLogger",
    "CheckpointError",
    "CheckpointNotFoundError",
    "Clock",
    "collect",
    "CorrelatedPoissonGroup",
    "DeadTimePoissonGroup",
    "defaultclock",
    "device",
    "Dimension",
    "DimensionMismatchError",
    "EndlessSpikingError",
    "EquationError",
    "Equations",
    "EventMonitor",
    "EventSNNError",
    "EventSNNWarning",
    "ExactnessNote",
    "GammaGroup",
    "get_device",
    "get_dimensions",
    "is_dimensionless",
    "linked_var",
    "magic_network",
    "MagicError",
    "MagicNetwork",
    "MissingError",
    "NamespaceWarning",
    "Network",
    "network_operation",
    "NetworkOperation",
    "NeuronGroup",
    "NoExactSolutionError",
    "OutOfRangeError",
    "PerformanceWarning",
    "PoissonGroup",
    "PoissonInput",
    "PopulationRateMonitor",
    "prefs",
    "PulsePacketGroup",
    "RegularGroup",
    "restore",
    "run",
    "seed",
    "set_device",
    "SimulationError",
    "SpikeGeneratorGroup",
    "SpikeMonitor",
    "SpikeSource",
    "start_scope",
    "StateMonitor",
    "stop",
    "store",
    "Subgroup",
    "Synapses",
    "TimedArray",
    "UnitError",
    "UnknownNameError",
    "UnusedObjectWarning",
    "WrongTypeError",
]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Say that there are many more names: units, NumPy's and pyplot's."""


# NumPy and pyplot lie beneath, units over them, and our own names over all
for _name, _value in star_namespace().items():
    globals().setdefault(_name, _value)
__all__ = list(dict.fromkeys([*PUBLIC_NAMES, *_UNIT_NAMES, *ALL_STAR_UNITS, *STAR_NAMES]))
