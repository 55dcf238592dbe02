"""Watching for neurons that would fire without end at one instant."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from ..errors import EndlessSpikingError

#: So many spikes of one neuron at one instant are taken for an endless loop.
ENDLESS = 1000


class EndlessWatch:
    """Counts the spikes that each neuron of a group fires at one instant.

    A neuron may fire several times at an instant because its threshold still holds after its reset (``v -= theta`` from
    3.5 theta), or because the reset leaves it on the threshold and it crosses again at once. If it crosses again and
    the reset changes nothing more, it is in a loop.

    Parameters
    ----------
    group, threshold, reset : str
        For messages.
    n : int
        Number of neurons.
    """

    def __init__(self, group: str, threshold: str | None, reset: str | None, n: int) -> None:
        self._group, self._threshold, self._reset = group, threshold, reset
        self._after = f"after its reset '{'; '.join(reset.splitlines())}'" if reset else "(it has no reset)"
        self._fired = [-inf] * n
        self._spikes: dict[int, int] = {}
        self._state: dict[int, tuple] = {}
        # on a clock: the end of the step in which each has fired last, and how often in that
        self._in_step: dict[int, tuple[float, int]] = {}
        # who has had an input at the instant of its last spike, after it
        self._kicked: set[int] = set()
        #: When each neuron last had an input.
        self.kicked_at: dict[int, float] = {}
        #: Says which synapses without delay lead from the group back to it; None where none do.
        self.describe_loop: Callable[[float], str | None] = _no_loop

    def forget_loops(self) -> None:
        """Let go of the synapses: the run is over."""
        self.describe_loop = _no_loop

    def kick(self, k: int, t: float) -> None:
        """Note that neuron `k` has an input at `t`: if it has just fired, it may now do so again."""
        self.kicked_at[k] = t
        if self._fired[k] == t:
            self._kicked.add(k)
            self._state.pop(k, None)

    def note(self, k: int, t: float, crossed: bool, state_of: Callable[[int], tuple]) -> None:
        """Note that neuron `k` fires at `t`, because a variable crosses the threshold or because the threshold holds.

        Parameters
        ----------
        state_of : callable
            ``state_of(k)`` gives all that the last reset of the neuron left; asked for a second spike at one instant.

        Raises
        ------
        EndlessSpikingError
            When it fires without end.
        """
        if self._fired[k] != t:
            self._fired[k] = t
            self._spikes.pop(k, None)
            self._state.pop(k, None)
            self._kicked.discard(k)
            return
        self._spikes[k] = self._spikes.get(k, 1) + 1
        before, self._state[k] = self._state.get(k), state_of(k)
        if crossed and before == self._state[k]:
            self._stop(k, t, f"crosses its threshold '{self._threshold}' again at this same instant {self._after}")
        if self._spikes[k] > ENDLESS:
            loop = self.describe_loop(t) if k in self._kicked else None
            if loop is not None:
                raise EndlessSpikingError(
                    f"Simulation stopped at t = {t!r} ms: {ENDLESS} rounds at this same instant. {loop}"
                )
            holds = f"its threshold '{self._threshold}' still holds {self._after}"
            self._stop(k, t, f"fired {ENDLESS} times at this same instant: {holds}")

    def note_in_step(self, k: int, t: float, end: float, step: float) -> None:
        """Note that neuron `k` fires in the step that ends at `end`, on a clock where it may do so more than once.

        Noise that begins next to the threshold passes it at once, and the nearer, the sooner.
        """
        last, count = self._in_step.get(k, (end, 0))
        self._in_step[k] = end, count + 1 if last == end else 1
        if self._in_step[k][1] > ENDLESS:
            raise EndlessSpikingError(
                f"Simulation stopped at t = {t:.10g} ms: neuron {k} of group '{self._group}' fired {ENDLESS} times in "
                f"one step of {step:g} ms: its reset leaves it next to the threshold, which noise passes from there at "
                f"once\n    {self._reset}\nReset it farther away, or give it a refractory period."
            )

    def _stop(self, k: int, t: float, what: str) -> None:
        raise EndlessSpikingError(
            f"Simulation stopped at t = {t!r} ms: neuron {k} of group '{self._group}' {what}. "
            "Let the reset take it below threshold, or give it a refractory period."
        )


def _no_loop(t: float) -> str | None:
    return None
