"""The reference engine: plain Python, one event after the other, in the order of the laws of time.

It starts at once and runs everything; the compiled engine is judged by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .cells import Cells
from .queue import STEP, EventQueue

#: How many instants pass between two looks at the wall clock.
POLL_EVERY = 256


class Control(Protocol):
    """What watches a run from outside."""

    stopped: bool

    def poll(self, now: float) -> None: ...


def advance(cells: Sequence[Cells], queue: EventQueue, end: float, control: Control) -> float | None:
    """Handle every event before `end`, in order.

    Numbers are those of the laws of time. Refractory periods that end (1) and samples (6) need no event of their
    own: a prediction looks through the end of a refractory period, and recorded values are rebuilt from the tape.

    Returns
    -------
    float or None
        The instant after which the run was stopped from outside; None when it came to its end.
    """
    instants = 0
    while (now := queue.first_time) < end:
        firing = queue.pop_instant()
        # 2. steps of drives and levels; who is concerned is asked again, at this same instant
        stepping = [number for number, k in firing if k == STEP]
        if stepping:
            _take_steps(cells, queue, stepping, firing, now)
            continue
        # 4. whoever crosses at this very instant fires in this round
        # 5. resets and recordings
        for number, k in firing:
            cells[number].fire(k, now)
        # who still stands above threshold is due again at this instant, in a next round
        for number, k in firing:
            queue.put(cells[number].predict(k), number, k)
            if cells[number].model.renews:
                queue.put(cells[number].next_step, number, STEP)
        instants += 1
        if instants % POLL_EVERY == 0:
            control.poll(now)
        if control.stopped:
            return now
    return None


def _take_steps(
    cells: Sequence[Cells], queue: EventQueue, stepping: list[int], firing: list[tuple[int, int]], now: float
) -> None:
    """Let the drives of some groups step, and put back what the steps leave due."""
    for number, k in firing:
        if k != STEP:
            queue.put(now, number, k)
    for number in stepping:
        part = cells[number]
        due = [k for other, k in firing if other == number and k != STEP]
        for k in part.take_step(now, due):
            queue.put(part.predict(k), number, k)
        queue.put(part.next_step, number, STEP)
