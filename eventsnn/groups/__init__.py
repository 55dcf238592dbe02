"""What the user describes: groups of neurons, stimuli and synapses."""

from .neurongroup import NeuronGroup
from .pathway import Pathway
from .sources import SpikeSource
from .subgroup import Subgroup
from .synapses import Synapses, names_written

__all__ = ["NeuronGroup", "Pathway", "SpikeSource", "Subgroup", "Synapses", "names_written"]
