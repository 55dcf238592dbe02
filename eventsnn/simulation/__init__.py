"""Running: networks, the magic ``run()``, progress and interruption."""

from .magic import MagicNetwork, collect, magic_network, run, seed, start_scope, stop
from .network import Network

__all__ = ["MagicNetwork", "Network", "collect", "magic_network", "run", "seed", "start_scope", "stop"]
