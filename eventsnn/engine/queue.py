"""The queue of predicted events, ordered by the law of time: instant, then group, then neuron."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from sortedcontainers import SortedList

#: Stands in place of a neuron for a step of a group's drives or levels; it comes before the group's spikes.
STEP = -1


class EventQueue:
    """At most one predicted event for each neuron.

    Entries are ``(instant, group number, neuron)``; the order among entries of one instant is that of the groups in
    the network and of the neurons in a group.

    Examples
    --------
    >>> queue = EventQueue()
    >>> queue.put(2.0, 0, 7); queue.put(1.0, 0, 3); queue.put(1.0, 1, 0)
    >>> queue.first_time, queue.pop_instant(), len(queue)
    (1.0, [(0, 3), (1, 0)], 1)
    """

    def __init__(self, entries: Iterable[tuple[float, int, int]] = ()) -> None:
        self._entries = SortedList(entry for entry in entries if entry[0] < inf)
        self._instants = {(group, neuron): instant for instant, group, neuron in self._entries}
        self._stepping = {group for _, group, neuron in self._entries if neuron == STEP}

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def first_time(self) -> float:
        """Instant of the next event, `inf` if there is none; O(1)."""
        return self._entries[0][0] if self._entries else inf

    def put(self, instant: float, group: int, neuron: int) -> None:
        """Set the predicted event of a neuron, in place of an earlier prediction; `inf` for none; O(log n)."""
        key = (group, neuron)
        before = self._instants.pop(key, None)
        if before is not None:
            self._entries.remove((before, group, neuron))
        if instant < inf:
            self._instants[key] = instant
            self._entries.add((instant, group, neuron))
            if neuron == STEP:
                self._stepping.add(group)

    def due(self, now: float) -> list[tuple[int, int]]:
        """Return the events of this instant without taking them out."""
        return [(group, neuron) for _, group, neuron in self._entries.irange((now,), (now, inf))]

    def pop_steps(self, now: float) -> list[int]:
        """Take out the steps of this instant: the numbers of their groups."""
        due = [group for group in sorted(self._stepping) if self._instants.get((group, STEP)) == now]
        for group in due:
            self.put(inf, group, STEP)
        return due

    def pop_instant(self) -> list[tuple[int, int]]:
        """Take out all events of the first instant: their groups and neurons, in canonical order."""
        entries = self._entries
        instant, group, neuron = entries.pop(0)
        now = [(group, neuron)]
        while entries and entries[0][0] == instant:
            _, group, neuron = entries.pop(0)
            now.append((group, neuron))
        for key in now:
            del self._instants[key]
        return now
