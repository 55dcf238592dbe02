"""The loop over windows with several threads: in windows with many neurons each thread takes a part of them.

The steps of a window are those of `windows.advance_windows`, called one by one from Python, which costs some hundred
microseconds a window. What a thread writes belongs to its neurons or to its part alone, and what is found is put
together in the order of time afterwards: the results are the same for any number of threads, to the last bit.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from ..._jit import kept
from .arrivals import DONE
from .inputs import BATCH, COUNTED
from .tables import CROWD
from .windows import close_window, open_window, visit_part, visit_part_of_all


class Team:
    """Some threads that share the neurons of a window.

    Parameters
    ----------
    size : int
        How many; 2 or more.
    has_many : bool
        Whether neurons have several variables.
    """

    def __init__(self, size: int, has_many: bool) -> None:
        self.size, self._visiting = size, visit_part_of_all if has_many else visit_part
        self._pool = ThreadPoolExecutor(size)

    def advance(self, net: Any, state: Any, found: Any, room: Any, stimuli: tuple, *rest: Any) -> tuple[int, float]:
        """Do what `windows.advance_windows` does with these arguments."""
        width, per_ms, end, budget, tally = rest
        opening, closing = kept(open_window), kept(close_window)
        tally[1] = tally[2] = 0
        limit = end
        while tally[1] < budget:
            status, begin, limit, mode, chosen = opening(net, state, room, stimuli, per_ms, end, tally)
            if status != DONE or begin >= end:
                return status, min(begin, end)
            sent = found.spikes.copy()
            status = self._visit(chosen, width, mode, limit, (net, state, found, room))
            if status == DONE:
                status = closing(net, state, found, room, sent, per_ms, mode, chosen, limit, tally)
            if status != DONE:
                return status, begin
            if limit == end:
                return DONE, end
        return DONE, limit

    def _visit(self, chosen: int, width: int, mode: int, limit: float, work: tuple) -> int:
        """Let the threads visit the neurons of a window; return the first status that is not `DONE`."""
        visit, todo = kept(self._visiting), work[3].todo
        # neurons that arrivals have chained are in no order, and those of one crowd may not be parted
        if mode < COUNTED or chosen < 2 * BATCH * self.size:
            return visit(0, chosen, width, 0, mode, limit, *work)
        cuts = [_end_of_crowd(todo, chosen * part // self.size, chosen) for part in range(1, self.size)]
        cuts = [0, *cuts, chosen]
        futures = [
            self._pool.submit(visit, lo, hi, width, part, mode, limit, *work)
            for part, (lo, hi) in enumerate(pairwise(cuts))
        ]
        statuses = [future.result() for future in futures]
        return next((status for status in statuses if status != DONE), DONE)

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown()


def _end_of_crowd(todo: np.ndarray, place: int, chosen: int) -> int:
    """Return the first place, from a given one on, at which another crowd of neurons begins."""
    while place < chosen and todo[place] // CROWD == todo[place - 1] // CROWD:
        place += 1
    return place
