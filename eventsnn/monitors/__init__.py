"""What the user records: spikes, states, rates."""

from .rate import PopulationRateMonitor
from .spike import SpikeMonitor
from .state import StateMonitor

__all__ = ["PopulationRateMonitor", "SpikeMonitor", "StateMonitor"]
