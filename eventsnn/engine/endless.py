"""Watching for neurons that would fire without end at one instant."""

from __future__ import annotations

from math import inf

from ..errors import EndlessSpikingError

#: So many spikes of one neuron at one instant are taken for an endless loop.
ENDLESS = 1000


class EndlessWatch:
    """Counts the spikes that each neuron of a group fires at one instant.

    A neuron may fire several times at an instant because its threshold still holds after its reset (``v -= theta`` from
    3.5 theta). It may even come to stand on its threshold and cross it again at once; a second time in a row is a loop.

    Parameters
    ----------
    group, threshold, reset : str
        For messages.
    n : int
        Number of neurons.
    """

    def __init__(self, group: str, threshold: str | None, reset: str | None, n: int) -> None:
        self._group, self._threshold = group, threshold
        self._after = f"after its reset '{'; '.join(reset.splitlines())}'" if reset else "(it has no reset)"
        self._fired = [-inf] * n
        self._spikes: dict[int, int] = {}
        self._crossings: dict[int, int] = {}

    def note(self, k: int, t: float, crossed: bool) -> None:
        """Note that neuron `k` fires at `t`, because a variable crosses the threshold or because the threshold holds.

        Raises
        ------
        EndlessSpikingError
            When it fires without end.
        """
        if self._fired[k] != t:
            self._fired[k] = t
            self._spikes.pop(k, None)
            self._crossings.pop(k, None)
            return
        self._spikes[k] = self._spikes.get(k, 1) + 1
        self._crossings[k] = self._crossings.get(k, 0) + crossed
        if self._crossings[k] > 1:
            self._stop(k, t, f"crosses its threshold '{self._threshold}' again at this same instant {self._after}")
        if self._spikes[k] > ENDLESS:
            holds = f"its threshold '{self._threshold}' still holds {self._after}"
            self._stop(k, t, f"fired {ENDLESS} times at this same instant: {holds}")

    def _stop(self, k: int, t: float, what: str) -> None:
        raise EndlessSpikingError(
            f"Simulation stopped at t = {t!r} ms: neuron {k} of group '{self._group}' {what}. "
            "Let the reset take it below threshold, or give it a refractory period."
        )
