"""A stimulus during a run."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

Sink = Callable[[int, float], None]


class Emitter:
    """A stimulus during a run: it fires at its own times, and is recorded.

    Parameters
    ----------
    source : SpikeSource
        Refreshed for this run.
    sinks : list of callable
        ``sink(k, t)`` for every spike.
    end : float [ms]
        Of the run.
    """

    def __init__(self, source: Any, sinks: list[Sink], end: float) -> None:
        # one that is not active looks no further than its beginning
        self.source, self.sinks, self.end = source, sinks, end if source.active else -inf
        self.next_instant = source._next_instant(self.end)

    def fire(self, now: float) -> list[int]:
        """Return the neurons that fire now, and look for the next instant."""
        neurons = self.source._take(now)
        for sink in self.sinks:
            for k in neurons:
                sink(k, now)
        self.next_instant = self.source._next_instant(self.end)
        return neurons
