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

from ..equations.rates import Draw
from ..randomness import Draws, counter_of
from ..store import Store

#: About so many random numbers are made at a time.
DRAWN_AHEAD = 1 << 13

#: Up to so many numbers are quicker made one by one.
FEW = 12


class Noise:
    """The random numbers of a group on the clock.

    Parameters
    ----------
    sources : sequence of str
        ``xi`` and the like.
    texts : sequence of Draw
        What the texts draw once in each step.
    draws : callable
        ``draws(purpose)`` gives the `Draws` of the group for one purpose.
    step : float
        Of the clock [ms].
    store : Store
        Its `rest` gets a place for each source.
    """

    def __init__(
        self, sources: Sequence[str], texts: Sequence[Draw], draws: Callable[[str], Draws], step: float, store: Store
    ) -> None:
        self.sources, self.step, self._n = tuple(sources), step, store.n
        self._whole = [draws(f"noise {source}") for source in sources]
        self._divided = [draws(f"noise {source}, divided steps") for source in sources]
        self._fresh = [draws(f"noise {source}, rests of steps") for source in sources]
        self._texts = [(draw, draws(f"{draw.function} {j}")) for j, draw in enumerate(texts)]
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

    def rest_of_many(self, indices: np.ndarray, since: float, end: float) -> list[np.ndarray]:
        """Return `rest` of many neurons."""
        columns = [rest[indices] for rest in self._rest]
        for left, draws in zip(columns, self._fresh, strict=True):
            is_new = np.isnan(left)
            if is_new.any():
                left[is_new] = sqrt(end - since) * draws.normals_at(indices[is_new], np.array(since))
        return columns

    def divide(self, who: Any, amounts: Sequence[Any], since: float, now: float, end: float) -> list:
        """Return what each source adds from `since` to `now`, of what it adds up to the step's end."""
        share, spread = (now - since) / (end - since), sqrt((now - since) * ((end - now) / (end - since)))
        pairs = zip(amounts, self._divided, strict=True)
        if isinstance(who, int):
            return [share * amount + spread * draws.normal_at(who, now) for amount, draws in pairs]
        return [share * amount + spread * draws.normals_at(who, np.array(now)) for amount, draws in pairs]

    def keep(self, who: Any, left: Sequence[Any]) -> None:
        """Note what each source still adds to a neuron, or to many, in the present step."""
        for rest, x in zip(self._rest, left, strict=True):
            rest[who] = x

    def begin_afresh(self, k: int) -> None:
        """Let new noise act on neuron k for the rest of its step: it has fired."""
        for rest in self._rest:
            rest[k] = np.nan

    # --- what texts draw --------------------------------------------------------------------------------------

    def drawn(self, who: Any, number: int) -> tuple:
        """Return what the texts draw for a neuron (int) or for many (indices) in step `number`."""
        columns = []
        for draw, draws in self._texts:
            column = self._in_step(draw.function, draws, number)
            # what is one number for all is that of the first neuron
            columns.append(column[0] if draw.is_shared else column[who])
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

    Each noisy variable has a standard normal number in each step. Two uniform ones, and another normal one, decide
    whether and when the threshold was met on the way. Lists of normal numbers have a place for every variable.

    Parameters
    ----------
    variables : sequence of str
        Those that noise reaches, directly or through others.
    texts, draws, step, store
        As `Noise` takes them.
    """

    def __init__(
        self, variables: Sequence[str], texts: Sequence[Draw], draws: Callable[[str], Draws], step: float, store: Store
    ) -> None:
        super().__init__(variables, texts, draws, step, store)
        self._inside = [self._divided, [draws(f"noise {name}, behind divisions") for name in variables]]
        self._spikes = [[draws(f"noise {name}, {side} spikes") for name in variables] for side in ("before", "behind")]
        self._passage, self._delay = draws("passages"), draws("times of passages")
        self._survival = draws("survival up to divisions")
        self._m, self.places = len(store.states), tuple(map(store.states.index, variables))

    @property
    def keys(self) -> list[tuple[int, int]]:
        more = (*self._inside[1], *self._spikes[0], *self._spikes[1], self._passage, self._delay, self._survival)
        return [*super().keys, *(draws.key for draws in more)]

    def spread(self, normals: Sequence[Any]) -> list[Any]:
        """Return the normal numbers of the noisy variables as a list for all, of zeros where none is needed."""
        column: list[Any] = [0.0] * self._m
        for place, values in zip(self.places, normals, strict=True):
            column[place] = values
        return column

    def whole(self, who: Any, number: int) -> list:
        """Return the normal numbers of a neuron (int) or of many (indices; None: all) for the whole step `number`."""
        columns = [self._in_step("randn", draws, number) for draws in self._whole]
        if who is None:
            return self.spread(columns)
        return self.spread([float(column[who]) if isinstance(who, int) else column[who] for column in columns])

    def rest(self, k: int, since: float, end: float) -> list[float]:
        """Return the normal numbers of neuron k for the rest of a step."""
        left = [float(rest[k]) for rest in self._rest]
        normals = [x if x == x else draws.normal_at(k, since) for x, draws in zip(left, self._fresh, strict=True)]
        return self.spread(normals)

    def inside(self, k: int, now: float, attempt: int) -> tuple[list[float], list[float]]:
        """Return normal numbers for a step that is divided, before the division and behind it."""
        before, behind = (
            self.spread([draws.again(attempt).normal_at(k, now) for draws in side]) for side in self._inside
        )
        return before, behind

    def survival(self, k: int, now: float, attempt: int) -> float:
        """Return the uniform number that says whether the threshold was met before a division."""
        return self._survival.again(attempt).pair(k, counter_of(now))[0]

    def passages(self, who: np.ndarray, begin: int | float) -> tuple[np.ndarray, np.ndarray]:
        """Return two uniform numbers of some neurons: whether they meet the threshold in a step, and when.

        Parameters
        ----------
        begin : int or float
            The number of a whole step, or the instant from which the rest of one is taken.
        """
        if len(who) <= FEW:
            pairs = [self._passage.pair(k, _counter(begin)) for k in who.tolist()]
            first, second = (np.array(column) for column in zip(*pairs, strict=True))
            return first, second
        return self._passage.pairs(who, np.array(_counter(begin), np.uint64))

    def delays(self, who: np.ndarray, begin: int | float) -> np.ndarray:
        """Return the normal numbers that say, together with uniform ones, when neurons meet the threshold."""
        if len(who) <= FEW:
            return np.array([self._delay.normal(k, _counter(begin)) for k in who.tolist()])
        return self._delay.normals(who, np.array(_counter(begin), np.uint64))

    def at_spikes(self, who: np.ndarray, instants: np.ndarray, side: int) -> list[Any]:
        """Return normal numbers for the state at a spike, before it (0) or behind it (1)."""
        if len(who) <= FEW:
            pairs = [*zip(who.tolist(), instants.tolist(), strict=True)]
            return self.spread([np.array([draws.normal_at(*pair) for pair in pairs]) for draws in self._spikes[side]])
        return self.spread([draws.normals_at(who, instants) for draws in self._spikes[side]])


def _counter(begin: int | float) -> int:
    return begin if isinstance(begin, int) else counter_of(begin)
