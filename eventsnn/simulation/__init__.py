"""Running: networks, the magic ``run()``, progress and interruption."""

from .magic import MagicNetwork, collect, magic_network, restore, run, seed, start_scope, stop, store
from .network import Network
from .operations import NetworkOperation, network_operation

__all__ = [
    "MagicNetwork",
    "Network",
    "NetworkOperation",
    "network_operation",
    "collect",
    "magic_network",
    "restore",
    "run",
    "seed",
    "start_scope",
    "stop",
    "store",
]
