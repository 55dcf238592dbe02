"""`Machine`: all that one run of a network works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .cells import Cells
from .emitter import Emitter
from .flights import Flights
from .projection import Projection
from .queue import EventQueue


@dataclass
class Machine:
    """All that one run of a network works on.

    Attributes
    ----------
    cells : sequence of Cells
        The groups of neurons, in the order of the network.
    queue : EventQueue
        What is predicted of them.
    emitters : sequence of Emitter
        The stimuli.
    projections : sequence of Projection
        The pathways of all synapses, in the order in which they act at one instant.
    flights : Flights
        Spikes on their way.
    """

    cells: Sequence[Cells]
    queue: EventQueue
    emitters: Sequence[Emitter] = ()
    projections: Sequence[Projection] = ()
    flights: Flights = field(default_factory=Flights)

    def __post_init__(self) -> None:
        self._number = {part: number for number, part in enumerate(self.cells)}
        self._outgoing: dict[Cells | Emitter, list[Projection]] = {}

    def connect(self, sender: Cells | Emitter, projection: Projection) -> None:
        """Let a projection wait for the spikes of a group or stimulus."""
        self._outgoing.setdefault(sender, []).append(projection)

    def number(self, part: Cells) -> int:
        """Return the number of a group in the queue."""
        return self._number[part]

    @property
    def next_instant(self) -> float:
        """When the next event comes [ms]; `inf` for none."""
        instant = min(self.queue.first_time, self.flights.first_time)
        for emitter in self.emitters:
            if emitter.next_instant < instant:
                instant = emitter.next_instant
        return instant

    def send(self, sender: Cells | Emitter, k: int, t: float) -> None:
        """Send a spike of neuron k on its way through all its synapses."""
        for projection in self._outgoing.get(sender, ()):
            if projection.first <= k < projection.stop:
                flight = projection.launch(k, t)
                if flight is not None:
                    self.flights.add(projection.rank, flight)

    def keep_flights(self) -> None:
        """Leave the spikes that are on their way with their pathways, for the next run."""
        for projection in self.projections:
            projection.pathway._in_flight = []
        for rank, flight in self.flights.left():
            self.projections[rank].pathway._in_flight.append(flight)
