"""The structure of a linear system: all that follows from its couplings and rates alone.

Neurons that have these in common share it, whatever their drives and states are.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain as chain_of

from ..crossing.chains import Chain, Node, Terms
from ..crossing.drives import find_simple_drive
from ..crossing.leaves import Tone
from ..crossing.oscillations import OscillatingSum
from ..crossing.shared import SharedTerms
from ..crossing.sine_drive import find_sine_drive
from ..crossing.sums import RealSum
from .blocks import find_blocks, find_rates, newton_matrices

Matrix = tuple[tuple[Fraction, ...], ...]
#: Where a contribution comes from: ``('x', i)``, ``('b', i)`` or ``('w', wave, part, i)``.
Cause = tuple


def tone_node(tone: Tone) -> Node:
    """Return the rate of a wave; sinusoids have a complex one."""
    return Node(complex(tone.rate, tone.omega)) if tone.omega else Node(tone.rate)


class Structure:
    """All that follows from the couplings and the rates alone; shared by the neurons that have them in common.

    Parameters
    ----------
    matrix : tuple of tuple of Fraction
    tones : tuple of Tone
        Waves that act on the system; only rates, frequencies and powers matter here.

    Attributes
    ----------
    nodes : tuple of Node
        Of the waves, of constants (`zero`), and of the blocks.
    responses : list of list of dict
        ``responses[i][j]`` gives x_j after a unit kick to x_i: chains of nodes with their coefficients.
    """

    def __init__(self, matrix: Matrix, tones: tuple[Tone, ...]) -> None:
        self.matrix, self.tones, self.m = matrix, tones, len(matrix)
        nodes = [Node(0.0)]
        self.zero = 0
        self.tone_nodes = []
        for tone in tones:
            node = tone_node(tone)
            if node not in nodes[1:]:
                nodes.append(node)
            self.tone_nodes.append(nodes.index(node, 1))
        self.responses: list[list[dict[Chain, complex | float]]] = [[{} for _ in matrix] for _ in matrix]
        done: list[int] = []
        for block in find_blocks(matrix):
            self._add_block(block, nodes, done)
            done += block
        self.nodes = tuple(nodes)
        self._plans: dict[tuple, tuple] = {}
        self._solutions: dict[frozenset, tuple] = {}

    def _add_block(self, block: list[int], nodes: list[Node], done: list[int]) -> None:
        """Add what reaches the variables of a block, from inside it and from the blocks before."""
        inner = [[self.matrix[i][j] for j in block] for i in block]
        rates = find_rates(inner)
        first = len(nodes)
        nodes += rates
        ways = newton_matrices(inner, rates)
        chains = [tuple(range(first, first + k + 1)) for k in range(len(rates))]
        for place, i in enumerate(block):
            for target, j in enumerate(block):
                for chain, way in zip(chains, ways, strict=True):
                    _add(self.responses[i][j], chain, way[target][place])
        for i in done:
            for entry, into in enumerate(block):
                for through in done:
                    coupling = float(self.matrix[into][through])
                    if coupling == 0.0:
                        continue
                    for before, weight in self.responses[i][through].items():
                        for target, j in enumerate(block):
                            for chain, way in zip(chains, ways, strict=True):
                                joined = tuple(sorted(before + chain))
                                _add(self.responses[i][j], joined, weight * coupling * way[target][entry])

    def contributions(self, j: int) -> Iterator[tuple[Chain, Cause, complex | float]]:
        """Yield what adds up to x_j: chain, cause and coefficient."""
        for i in range(self.m):
            for chain, weight in self.responses[i][j].items():
                yield chain, ("x", i), weight
                yield tuple(sorted((self.zero, *chain))), ("b", i), weight
                for r, tone in enumerate(self.tones):
                    for part in range(tone.power + 1):
                        joined = tuple(sorted(chain + (self.tone_nodes[r],) * (part + 1)))
                        yield joined, ("w", r, part, i), weight

    @cached_property
    def solution(self) -> tuple[Terms, list[list[tuple[int, Cause, complex | float]]]]:
        """The divided differences in the solution, and for each variable ``(number, cause, coefficient)``."""
        everything = [list(self.contributions(j)) for j in range(self.m)]
        terms = Terms(self.nodes, (chain for rows in everything for chain, _, _ in rows))
        return terms, [[(terms.number[chain], cause, w) for chain, cause, w in rows] for rows in everything]

    def solution_of(self, used: frozenset) -> tuple[SharedTerms, list[list[tuple[int, Cause, complex | float]]]]:
        """Return the same as `solution` where only some constants and waves play, with places among shared terms.

        Parameters
        ----------
        used : frozenset
            Causes of kind ``'b'`` and ``'w'`` that are not zero.
        """
        if used not in self._solutions:
            everything = [
                [entry for entry in self.contributions(j) if entry[1][0] == "x" or entry[1] in used]
                for j in range(self.m)
            ]
            terms = SharedTerms(self.nodes, (chain for rows in everything for chain, _, _ in rows))
            rows = [[(terms.place[chain], cause, w) for chain, cause, w in rows] for rows in everything]
            self._solutions[used] = terms, rows
        return self._solutions[used]

    def plan(self, targets: tuple[int, ...], direct: tuple[int, ...], used: frozenset) -> tuple:
        """Return what is the same for all sums over some variables, constants and waves.

        Parameters
        ----------
        targets : tuple of int
            Variables in the sum.
        direct : tuple of int
            Waves that stand in the sum themselves.
        used : frozenset
            Causes of kind ``'b'`` and ``'w'`` that are not zero.

        Returns
        -------
        finder : RealSum or OscillatingSum
            What finds the sign changes.
        drive : SimpleDrive or None
            What finds the first one quickly.
        entries : list
            ``(number of the coefficient, place in targets, cause, weight)``.
        constant : int
            Number of the coefficient that constants add to.
        tones : list of list of int
            For each wave in `direct`, the numbers of its coefficients.
        """
        key = targets, direct, used
        if key not in self._plans:
            parts = [
                (chain, place, cause, weight)
                for place, j in enumerate(targets)
                for chain, cause, weight in self.contributions(j)
                if cause[0] == "x" or cause in used
            ]
            waves = [[(self.tone_nodes[r],) * (p + 1) for p in range(self.tones[r].power + 1)] for r in direct]
            chains = chain_of.from_iterable(waves)
            wanted = list(dict.fromkeys([*(part[0] for part in parts), (self.zero,), *chains]))
            number = {chain: place for place, chain in enumerate(wanted)}
            is_real = all(self.nodes[q].is_real for chain in wanted for q in chain)
            finder = RealSum(self.nodes, wanted) if is_real else OscillatingSum(self.nodes, wanted)
            drive = find_simple_drive(finder) if isinstance(finder, RealSum) else find_sine_drive(finder)
            entries = [(number[chain], *rest) for chain, *rest in parts]
            tones = [[number[chain] for chain in chains] for chains in waves]
            self._plans[key] = finder, drive, entries, number[(self.zero,)], tones
        return self._plans[key]


def _add(response: dict, chain: Chain, weight: complex | float) -> None:
    if weight:
        response[chain] = response.get(chain, 0.0) + weight


@lru_cache(maxsize=4096)
def structure_of(matrix: Matrix, tones: tuple[Tone, ...]) -> Structure:
    """Return the structure of a system, made once."""
    return Structure(matrix, tones)
