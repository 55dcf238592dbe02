"""`Machine`: all that one run of a network works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from ..monitors.base import Monitor
from .cells import Cells
from .clocked import ClockedCells
from .emitter import Emitter
from .events import EventCells
from .flights import Flights
from .projection import Projection
from .queue import STEP, EventQueue

#: What sends spikes or events.
Sender = Cells | Emitter | EventCells


@dataclass
class Machine:
    """All that one run of a network works on.

    Attributes
    ----------
    cells : sequence of Cells
        The groups of neurons, in the order of the network.
    emitters : sequence of Emitter
        The stimuli.
    projections : sequence of Projection
        The pathways of all synapses, in the order in which they act at one instant.
    flights : Flights
        Spikes on their way.
    events : sequence of EventCells
        The custom events; in the queue they are numbered after the groups.
    leapers : sequence of ClockedCells
        Groups that nothing else talks to, and that go through many ticks at once.
    monitors : sequence of Monitor
        What records.
    queue : EventQueue
        What is predicted of neurons; empty until the machine has begun.
    has_begun : bool
        Whether it is known what comes next.
    """

    cells: Sequence[Cells]
    emitters: Sequence[Emitter] = ()
    projections: Sequence[Projection] = ()
    flights: Flights = field(default_factory=Flights)
    events: Sequence[EventCells] = ()
    leapers: Sequence[ClockedCells] = ()
    monitors: Sequence[Monitor] = ()
    queue: EventQueue = field(default_factory=EventQueue)
    has_begun: bool = False

    def __post_init__(self) -> None:
        self._number: dict[object, int] = {part: number for number, part in enumerate([*self.cells, *self.events])}
        self._outgoing: dict[Sender, list[Projection]] = {}

    def begin(self, now: float) -> None:
        """Find what comes next for every neuron, if that is not known yet: only an engine that goes by it needs it.

        Neurons of a group whose threshold was moved to where they have been before are brought to `now`.
        """
        if self.has_begun:
            return
        entries: list[tuple[float, int, int]] = []
        for number, part in enumerate(self.cells):
            entries += [(instant, number, k) for k, instant in enumerate(part.first_predictions(now))]
            entries.append((part.next_step, number, STEP))
            part.record_all(now)
        for number, event in enumerate(self.events, len(self.cells)):
            entries += [(event.begin(k, now), number, k) for k in range(event.cells.store.n)]
        self.queue, self.has_begun = EventQueue(entries), True

    def connect(self, sender: Sender, projection: Projection) -> None:
        """Let a projection wait for the spikes of a group or stimulus, or for custom events."""
        self._outgoing.setdefault(sender, []).append(projection)

    def outgoing(self, sender: Sender) -> Sequence[Projection]:
        """Return the pathways that wait for the spikes of a group or stimulus, or for custom events."""
        return self._outgoing.get(sender, ())

    def ask(self, part: Cells, k: int, now: float) -> None:
        """Put into the queue what comes next for neuron k, whose state has been changed."""
        number, before = self._number[part], part.predicted[k]
        instant = part.foresee(k)
        if instant < inf or before < inf:
            self.queue.put(instant, number, k)
        if part.renews:
            self.queue.put(part.next_step, number, STEP)
        for watcher in part.watchers:
            self.queue.put(watcher.ask(k, now), self._number[watcher], k)

    def look_again(self, part: Cells, k: int, now: float) -> None:
        """Put into the queue what comes next for neuron k, whose levels were moved while it went on."""
        self.queue.put(part.predict_from(k, now), self._number[part], k)

    def put_step(self, part: Cells) -> None:
        """Put into the queue the next step of a group's drives and levels."""
        self.queue.put(part.next_step, self._number[part], STEP)

    @property
    def next_instant(self) -> float:
        """When the next event comes [ms]; `inf` for none."""
        instant = min(self.queue.first_time, self.flights.first_time)
        for emitter in self.emitters:
            if emitter.next_instant < instant:
                instant = emitter.next_instant
        return instant

    # --- groups that go through many ticks at once ----------------------------------------------------------------

    @property
    def is_leaping(self) -> bool:
        """Whether a group goes through many ticks at once."""
        return any(part.is_leaping for part in self.leapers)

    def look_ahead(self, horizon: float) -> None:
        """Say up to when nobody looks at what is not connected."""
        for part in self.leapers:
            part.horizon = horizon

    def catch_up(self, now: float) -> None:
        """Let no group go further than to `now`, where the run stops; at the end of a run they are there anyway."""
        for part in self.leapers:
            part.catch_up(now)

    # --- events ---------------------------------------------------------------------------------------------------

    def look(self, now: float) -> None:
        """Search closely for the spikes of neurons that only a bound put at this instant."""
        if self.queue.first_time != now:
            return
        for number, k in self.queue.due(now):
            if number < len(self.cells) and k != STEP and self.cells[number].is_bound[k]:
                self.queue.put(self.cells[number].predict(k), number, k)

    def send(self, sender: Sender, k: int, t: float) -> None:
        """Send a spike of neuron k on its way through all its synapses."""
        for projection in self.outgoing(sender):
            if projection.first <= k < projection.stop:
                flight = projection.launch(k, t)
                if flight is not None:
                    self.flights.add(projection.rank, flight)

    def leave(self, now: float) -> None:
        """Leave with the user's objects, for the next run, what is under way: spikes, and conditions that hold."""
        for event in self.events if self.has_begun else ():
            event.end(now)
        for part in self.cells:
            part.watch.forget_loops()
        for projection in self.projections:
            projection.pathway._in_flight = []
        for rank, flight in self.flights.left():
            self.projections[rank].pathway._in_flight.append(flight)
