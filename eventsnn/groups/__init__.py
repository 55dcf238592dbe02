"""What the user describes: groups of neurons."""

from .neurongroup import NeuronGroup
from .subgroup import Subgroup

__all__ = ["NeuronGroup", "Subgroup"]
