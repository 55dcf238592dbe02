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

from ..randomness import Draws
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
            steps = np.repeat(np.arange(block * rows, (block + 1) * rows, dtype=np.uint64), self._n)
            make = draws.uniforms if function == "rand" else draws.normals
            values = make(np.tile(np.arange(self._n), rows), steps)
            self._ahead[draws.purpose] = block, values.reshape(rows, self._n)
        return self._ahead[draws.purpose][1][row]
