"""Groups on the clock that nothing else talks to: many ticks at once, in compiled code, with the same bits.

Such a group *leaps*: from a tick it is taken to a later one, before the next instant at which anybody could look. What
it does on the way is found at once, and kept aside; it becomes true when the leap ends, so that nothing ever lies ahead
of the network's time. `ClockedCells` leaps where its group has a `Leaper`; a leap in which something comes up that only
the ordinary way can tell (a value that leaves the numbers) is not taken.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from .._jit import find_compiler, has_loaded, has_other_functions, is_kept, is_loaded, load
from .._kept import announced
from ..instants import ticks as ticks_of
from ..monitors.base import Monitor
from ..neurons.ticking import ClockedDynamics, input_of
from .bulk_loop import DONE
from .bulk_texts import NotCompilable, Written, write_module
from .cells import Cells
from .clocked import ClockedCells
from .takers import Taker, find_taker

#: A run pays for loading what was compiled before if it takes so many steps of neurons, and for compiling if so many.
WORTH_LOADING, WORTH_COMPILING = 2e6, 1e7

#: Where compiled code is there already, a run pays for it if it takes so many.
WORTH_LEAPING = 1e5

#: A tick costs as much as these steps of neurons, however few there are; in compiled code a tenth of it.
TICK = 150

#: So many steps of neurons make a leap, some hundredths of a second: then the run looks at the clock on the wall.
LEAP = 4_000_000

#: About so many numbers of a block of neurons are at work at a time: they stay in the processor's first cache.
AT_WORK = 3072


@dataclass
class Leap:
    """What happens to a group in some ticks.

    Attributes
    ----------
    end : float [ms]
        The tick at which it is over.
    blocks : list of tuple
        Of each block of neurons: its slice, and the arrays x, q, until, until_low, lastspike at the end.
    times, neurons : ndarray
        All spikes in order.
    """

    end: float
    blocks: list[tuple]
    times: np.ndarray
    neurons: np.ndarray


class Leaper:
    """Takes one group through many ticks at once.

    Parameters
    ----------
    cells : ClockedCells
    written : Written
    run : callable
        `take_block` with the texts of the group.
    takers : sequence of callable
        What records its spikes.
    """

    def __init__(self, cells: ClockedCells, written: Written, run: Callable, takers: Sequence[Taker]) -> None:
        self.store, self.dynamics, self.model = cells.store, cells.dynamics, cells.model
        self.written, self.run, self.takers = written, run, takers
        # after one that was refused the ordinary way is taken that far
        self._not_before = -np.inf
        keys = self.dynamics.noise.keys
        # a compiler wants at least one
        self._keys = tuple(int(word) for key in keys for word in key) or (0, 0)
        m, sources = len(self.store.states), len(self.dynamics.law.sources)
        size = AT_WORK // (2 * m + sources + len(written.parameters) + 1)
        # a block begins with an even neuron, which shares its random numbers with the next one
        self._size = max(64, size - size % 64)

    def leap(self, now: float, horizon: float) -> Leap | None:
        """Return what happens from a tick to the last one before `horizon`, or not so far; None to go step by step."""
        dynamics = self.dynamics
        if horizon <= now:
            # timed code came before anybody has looked ahead
            return None
        begin, last = dynamics.number_after(now) - 1, dynamics.number_after(horizon) - 1
        if dynamics.tick(last) >= horizon:
            last -= 1
        steps = min(last - begin, max(LEAP // (self.store.n + TICK // 10), 2))
        if steps < 2 or now < self._not_before or not self._is_at(now):
            return None
        found = self.find(begin, steps)
        if found is None:
            self._not_before = dynamics.tick(begin + steps)
        return found

    def _is_at(self, now: float) -> bool:
        """Return whether all neurons are at this tick, with their inputs as they are stored."""
        dynamics, store = self.dynamics, self.store
        pairs = zip(dynamics.inputs, dynamics.law.inputs, strict=True)
        return bool((store.since == now).all()) and all(np.array_equal(mine, input_of(store, n)) for mine, n in pairs)

    def find(self, begin: int, steps: int) -> Leap | None:
        """Return what happens in some steps from tick number `begin` on; None where the ordinary way has to say it."""
        ticks = ticks_of(np.arange(begin, begin + steps + 1), self.dynamics.step)
        blocks, spikes, room = [], [], self._room(steps)
        for first in range(0, self.store.n, self._size):
            part = slice(first, min(first + self._size, self.store.n))
            block = self._read(part)
            status, found = self._take(first, block, ticks, begin + 1, room)
            if status != DONE:
                return None
            blocks.append((part, *block))
            spikes.append(found)
        times, neurons = (np.concatenate(columns) for columns in zip(*spikes, strict=True))
        return Leap(float(ticks[-1]), blocks, *_in_order(times, neurons))

    def _read(self, part: slice) -> tuple:
        store = self.store
        n, m = store.n, len(store.states)
        x = np.array(store.state.reshape(n, m)[part].T, order="C")
        q = np.empty((len(self.written.parameters), x.shape[1]))
        for row, name in zip(q, self.written.parameters, strict=True):
            values = store.parameters[name]
            row[:] = values[part] if len(values) == n else values
        return (x, q, *(array[part].copy() for array in (store.until, store.until_low, store.lastspike)))

    def _take(self, first: int, block: tuple, ticks: np.ndarray, number: int, room: tuple) -> tuple[int, tuple]:
        root, constants, (columns, *spikes) = sqrt(self.dynamics.step), self.written.constants, room
        width = block[0].shape[1]
        if width < columns[0].shape[1]:
            columns = tuple(np.empty((*column.shape[:-1], width), column.dtype) for column in columns)
        status, count = self.run(first, *block, ticks, number, root, self._keys, constants, columns, *spikes)
        return status, tuple(column[:count].copy() for column in spikes)

    def _room(self, steps: int) -> tuple:
        """Return arrays to work in, and room for all spikes that there could be."""
        m, sources = len(self.store.states), len(self.dynamics.law.sources)
        width = min(self._size, self.store.n)
        columns = np.empty((m, width)), np.empty((sources, width)), np.empty(width, bool)
        return columns, np.empty(width * steps), np.empty(width * steps, np.int64)

    def compile(self) -> None:
        """Let everything be compiled, by taking no step.

        Raises
        ------
        Exception
            Whichever the compiler likes, when it does not understand a text.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._take(0, self._read(slice(0, self._size)), np.zeros(1), 1, self._room(0))

    def land(self, leap: Leap) -> None:
        """Let a leap be true: its spikes are recorded, its neurons are where it ends."""
        store, m = self.store, len(self.store.states)
        rows = store.state.reshape(store.n, m)
        for part, x, q, *arrays in leap.blocks:
            rows[part] = x.T
            for name, row in zip(self.written.parameters, q, strict=True):
                if name in self.model.writes:
                    store.parameters[name][part] = row
            for mine, its in zip((store.until, store.until_low, store.lastspike), arrays, strict=True):
                mine[part] = its
        store.since[:], store.since_low[:] = leap.end, 0.0
        if self.model.renews:
            self.dynamics.take_all_inputs(store)
        for taker in self.takers:
            taker(leap.times, leap.neurons)


def _in_order(times: np.ndarray, neurons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return spikes by time, those of one instant by neuron."""
    order = np.argsort(times)
    times = times[order]
    if (times[1:] == times[:-1]).any():
        order = np.lexsort((neurons, times[np.argsort(order)]))
    return times, neurons[order]


# --- who leaps --------------------------------------------------------------------------------------------------------


class Unfit(Exception):
    """A group cannot leap; says why."""


#: The sources of modules that could not be compiled.
_HOPELESS: set[str] = set()


def find_leapers(
    cells: Sequence[Cells], connected: Container[int], monitors: Mapping[int, Sequence[Monitor]], now: float
) -> list[ClockedCells]:
    """Give those groups on the clock that can do it what takes them through many ticks at once; return them.

    Parameters
    ----------
    connected : container of int
        The groups that have synapses; groups are known by their ``id``.
    monitors : mapping of int to sequence of Monitor
        Of each group.
    """
    linked = {id(link.whole) for part in cells for link in part.group._links}
    found = []
    for part in cells:
        is_free = id(part.group) not in linked and id(part.group) not in connected and not [*part.group._links]
        if isinstance(part, ClockedCells) and is_free:
            part.leaper = find_leaper(part, monitors.get(id(part.group), ()), now)
            found += [part] if part.leaper is not None else []
    return found


def find_leaper(cells: ClockedCells, monitors: Iterable[Monitor], now: float) -> Leaper | None:
    """Return what takes a group through many ticks at once, where that is possible and worth its price."""
    work = (cells.end - now) / cells.dynamics.step * (cells.store.n + TICK)
    if work < (WORTH_LEAPING if has_loaded() else WORTH_LOADING):
        return None
    try:
        takers = [_taker(monitor) for monitor in monitors]
        written = write_text(cells)
        _require_worth(work, written)
        return _compiled(cells, written, takers)
    except (Unfit, NotCompilable):
        return None


def write_text(cells: ClockedCells) -> Written:
    """Return the module for a group that can leap.

    Raises
    ------
    Unfit, NotCompilable
        When it cannot.
    """
    law, model, store = cells.law, cells.model, cells.store
    if type(cells.dynamics) is not ClockedDynamics or not store.states:
        raise Unfit("its steps are of another kind")
    if law.refractory is not None or law.is_polled or law.drawn:
        raise Unfit("it has a refractory condition, or draws random numbers in its texts")
    if cells.tapes or cells.watchers:
        raise Unfit("somebody looks at its neurons")
    written = write_module(model, law, (*store.parameters,))
    for name in written.parameters:
        values, is_own = store.parameters[name], len(store.parameters[name]) == store.n
        if name in model.writes and not is_own:
            raise Unfit("its reset changes what is shared")
        if name in written.in_events and values.dtype != float:
            raise Unfit("its reset, or its refractory period, reads whole numbers")
    return written


def _taker(monitor: Monitor) -> Taker:
    """Return what hands spikes over to a monitor."""
    taker = find_taker(monitor)
    if taker is None:
        raise Unfit("a monitor wants more than spikes")
    return taker


def _require_worth(work: float, written: Written) -> None:
    source = written.source
    if not (is_loaded(source) or work >= WORTH_COMPILING or (work >= WORTH_LOADING and is_kept(source))):
        raise Unfit("compiling would take longer")


def _compiled(cells: ClockedCells, written: Written, takers: list[Taker]) -> Leaper:
    if written.source in _HOPELESS or find_compiler() is None:
        raise Unfit("there is no compiler, or none that takes it")
    if written.is_transcendental and has_other_functions():
        raise Unfit("the compiler has its own exponential, with other last bits")
    try:
        with announced(f"the steps of group '{cells.group.name}', once for such a model (some seconds)"):
            leaper = Leaper(cells, written, load(written.source).run, takers)
            leaper.compile()
        return leaper
    except Exception as problem:
        _HOPELESS.add(written.source)
        raise Unfit(f"it cannot be compiled: {problem}") from problem
