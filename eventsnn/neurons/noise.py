"""The random numbers of a group on the clock: what noise adds in a step, and what the texts draw in it.

A source of noise has one normal number for each neuron and step, drawn as the step begins. What divides a step, as an
input does, divides that number, too: by the Brownian bridge, so that the whole stays what was drawn.

Source
------
Brownian bridge: Karatzas & Shreve (1991), Brownian motion and stochastic calculus, section 5.6.B.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import numpy as np

from ..randomness import Draws, counter_of
from ..store import Store

#: About so many random numbers are made at a time.
DRAWN_AHEAD = 1 << 13


class Noise:
    """The random numbers of a group on the clock.

    Parameters
    ----------
    sources : sequence of str
        ``xi`` and the like.
    texts : sequence of str
        What the texts call once in each step: ``rand`` or ``randn``.
    draws : callable
        ``draws(purpose)`` gives the `Draws` of the group for one purpose.
    step : float
        Of the clock [ms].
    store : Store
        Its `rest` gets a place for each source.
    """

    def __init__(
        self, sources: Sequence[str], texts: Sequence[str], draws: Callable[[str], Draws], step: float, store: Store
    ) -> None:
        self.sources, self.step, self._n = tuple(sources), step, store.n
        self._whole = [draws(f"noise {source}") for source in sources]
        self._divided = [draws(f"noise {source}, divided steps") for source in sources]
        self._fresh = [draws(f"noise {source}, rests of steps") for source in sources]
        self._texts = [(function, draws(f"{function} {j}")) for j, function in enumerate(texts)]
        self._rest = [store.rest.setdefault(source, np.full(store.n, np.nan)) for source in sources]
        self._ahead: dict[str, tuple[int, np.ndarray]] = {}

    @property
    def keys(self) -> list[tuple[int, int]]:
        """What tells these random numbers from all others."""
        return [draws.key for draws in (*self._whole, *self._divided, *self._fresh, *(d for _, d in self._texts))]

    # --- sources of noise -------------------------------------------------------------------------------------

    def whole(self, who: Any, number: int) -> list:
        """Return what each source adds to a neuron (int) or to many (indices) in the whole of step `number`."""
        root, columns = sqrt(self.step), [self._in_step("randn", draws, number)[who] for draws in self._whole]
        return [root * (float(column) if isinstance(who, int) else column) for column in columns]

    def rest(self, k: int, since: float, end: float) -> list[float]:
        """Return what each source still adds to neuron k from an instant within a step to the step's end.

        That is what an earlier division has left; after a spike, or where nothing was drawn, new noise.
        """
        left = [float(rest[k]) for rest in self._rest]
        return [
            x if x == x else sqrt(end - since) * draws.normal_at(k, since)
            for x, draws in zip(left, self._fresh, strict=True)
        ]

    def divide(self, k: int, amounts: Sequence[float], since: float, now: float, end: float) -> list[float]:
        """Return what each source adds to neuron k from `since` to `now`, of what it adds up to the step's end."""
        share, spread = (now - since) / (end - since), sqrt((now - since) * ((end - now) / (end - since)))
        return [
            share * amount + spread * draws.normal_at(k, now)
            for amount, draws in zip(amounts, self._divided, strict=True)
        ]

    def keep(self, k: int, left: Sequence[float]) -> None:
        """Note what each source still adds to neuron k in its present step."""
        for rest, x in zip(self._rest, left, strict=True):
            rest[k] = x

    def begin_afresh(self, k: int) -> None:
        """Let new noise act on neuron k for the rest of its step: it has fired."""
        for rest in self._rest:
            rest[k] = np.nan

    # --- what texts draw --------------------------------------------------------------------------------------

    def drawn(self, who: Any, number: int) -> tuple:
        """Return what the texts draw for a neuron (int) or for many (indices) in step `number`."""
        columns = [self._in_step(function, draws, number)[who] for function, draws in self._texts]
        return tuple(float(column) if isinstance(who, int) else column for column in columns)

    # --- drawing ----------------------------------------------------------------------------------------------

    def _in_step(self, function: str, draws: Draws, number: int) -> np.ndarray:
        """Return one draw of all neurons for step `number`, made for many steps at a time."""
        rows = max(1, DRAWN_AHEAD // self._n)
        block, row = divmod(number, rows)
        if self._ahead.get(draws.purpose, (None, None))[0] != block:
            steps = np.arange(block * rows, (block + 1) * rows, dtype=np.uint64)
            if function == "rand":
                values = draws.uniforms(np.arange(self._n)[None, :], steps[:, None])
            else:
                values = draws.normals_of_all(self._n, steps)
            self._ahead[draws.purpose] = block, values
        return self._ahead[draws.purpose][1][row]


class Chances(Noise):
    """The random numbers of a group whose steps are drawn as a whole, from the exact law of where they lead.

    Each noisy variable has a standard normal number in each step. Two more, and a normal one, decide whether and when
    the threshold was met on the way.

    Parameters
    ----------
    variables : sequence of str
        Those that noise reaches, directly or through others.
    texts, draws, step, store
        As `Noise` takes them.
    """

    def __init__(
        self, variables: Sequence[str], texts: Sequence[str], draws: Callable[[str], Draws], step: float, store: Store
    ) -> None:
        super().__init__(variables, texts, draws, step, store)
        self._behind = [draws(f"noise {name}, behind divisions") for name in variables]
        self._spikes = [draws(f"noise {name}, at spikes") for name in variables]
        self._passage, self._delay = draws("passages"), draws("times of passages")
        self._survival = draws("survival up to divisions")
        self.places = tuple(map(store.states.index, variables))

    @property
    def keys(self) -> list[tuple[int, int]]:
        more = (*self._behind, *self._spikes, self._passage, self._delay, self._survival)
        return [*super().keys, *(draws.key for draws in more)]

    def whole(self, who: Any, number: int) -> list:
        """Return the normal number of each noisy variable of a neuron (int) or of many (indices) in step `number`."""
        columns = [self._in_step("randn", draws, number)[who] for draws in self._whole]
        return [float(column) if isinstance(who, int) else column for column in columns]

    def rest(self, k: int, since: float, end: float) -> list[float]:
        """Return the normal number of each noisy variable of neuron k for the rest of a step."""
        left = [float(rest[k]) for rest in self._rest]
        return [x if x == x else draws.normal_at(k, since) for x, draws in zip(left, self._fresh, strict=True)]

    def inside(self, k: int, now: float, attempt: int) -> tuple[list[float], list[float]]:
        """Return normal numbers for a step that is divided, before the division and behind it."""
        before, behind = (
            [draws.again(attempt).normal_at(k, now) for draws in side] for side in (self._divided, self._behind)
        )
        return before, behind

    def survival(self, k: int, now: float, attempt: int) -> float:
        """Return the uniform number that says whether the threshold was met before a division."""
        return self._survival.again(attempt).pair(k, counter_of(now))[0]

    def passage(self, k: int, begin: int | float) -> tuple[float, float]:
        """Return two uniform numbers of neuron k: whether it passes the threshold in a step, and when.

        Parameters
        ----------
        begin : int or float
            The number of a whole step, or the instant from which the rest of one is taken.
        """
        return self._passage.pair(k, _counter(begin))

    def passages(self, who: np.ndarray, begin: int | float) -> tuple[np.ndarray, np.ndarray]:
        """Return `passage` of many neurons."""
        return self._passage.pairs(who, np.array(_counter(begin), np.uint64))

    def delays(self, who: np.ndarray, begin: int | float) -> np.ndarray:
        """Return the normal numbers that say, together with a uniform one, when neurons pass the threshold."""
        return self._delay.normals(who, np.array(_counter(begin), np.uint64))

    def at_spikes(self, who: np.ndarray, instants: np.ndarray) -> list[np.ndarray]:
        """Return the normal number of each noisy variable for the state at a spike."""
        return [draws.normals_at(who, instants) for draws in self._spikes]


def _counter(begin: int | float) -> int:
    return begin if isinstance(begin, int) else counter_of(begin)
