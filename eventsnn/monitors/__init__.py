"""What records: spikes, custom events, variables over time, population rates."""

from .event import EventMonitor
from .rate import PopulationRateMonitor
from .spike import SpikeMonitor
from .state import StateMonitor

__all__ = ["EventMonitor", "PopulationRateMonitor", "SpikeMonitor", "StateMonitor"]
