"""Sums over chains of rates: their terms, and how one rate after the other is taken away from them.

A *chain* names rates by their numbers; its term is the divided difference of the exponential over these rates. Applying
``d/ds - a`` to a sum takes the rate a away (`elimination`), which is what the search in `sums` repeats.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .differences import complex_difference, difference
from .differences_over import over_times
from .judge import sum_of_terms

#: What is left of a sum that grazes zero, relative to the size of its terms: the rounding of their coefficients.
TOUCH = 2.0**-52

Chain = tuple[int, ...]


@dataclass(frozen=True)
class Node:
    """A rate [1/ms], float or complex, and what its rounding left over."""

    rate: Any
    low: Any = 0.0

    @property
    def is_real(self) -> bool:
        return not isinstance(self.rate, complex)

    @property
    def exact(self) -> tuple[complex, complex]:
        """The rate and its remainder."""
        return complex(self.rate), complex(self.low)

    @property
    def speed(self) -> float:
        """Size of the rate."""
        return abs(self.rate)


class Terms:
    """Divided differences over chains of nodes, ready to be evaluated.

    Parameters
    ----------
    nodes : sequence of Node
    chains : iterable of tuple of int
        Each a sorted tuple of numbers of nodes.
    """

    def __init__(self, nodes: Sequence[Node], chains: Iterable[Chain]) -> None:
        self.nodes = tuple(nodes)
        self.chains = tuple(dict.fromkeys(chains))
        self.number = {chain: j for j, chain in enumerate(self.chains)}
        self.ready = [self._prepare(chain) for chain in self.chains]

    def _prepare(self, chain: Chain) -> tuple:
        members = [self.nodes[q] for q in chain]
        if all(node.is_real for node in members):
            members.sort(key=lambda node: (-node.rate, -node.low))
            return True, tuple(node.rate for node in members), tuple(node.low for node in members)
        return False, tuple(complex(node.rate) for node in members), tuple(complex(node.low) for node in members)

    def value(self, j: int, s: float) -> Any:
        """Return the j-th divided difference at time s."""
        is_real, rates, lows = self.ready[j]
        if is_real:
            return difference(rates, lows, 0, len(rates) - 1, s)
        return complex_difference(rates, lows, s)

    def values(self, j: int, s: np.ndarray) -> np.ndarray:
        """Return the j-th divided difference at many times, for reading."""
        _, rates, lows = self.ready[j]
        return over_times(rates, lows, s)

    def total(self, coefficients: Sequence, s: float) -> float:
        """Return the sum (its real part) at time s."""
        total: Any = 0.0
        for j, c in enumerate(coefficients):
            if c:
                total += c * self.value(j, s)
        return total.real

    def judge(self, coefficients: Sequence, s: float, size: float) -> int:
        """Return the sign of the sum at time s, from sixty digits; 0 within the rounding of its coefficients."""
        total = self.precise_total(coefficients, s)
        return (total > TOUCH * size) - (total < -TOUCH * size)

    def precise_total(self, coefficients: Sequence, s: float) -> float:
        """Return the sum at time s, from sixty digits."""
        chosen = [(chain, c) for chain, c in zip(self.chains, coefficients, strict=False) if c]
        rates = [[node.exact for node in map(self.nodes.__getitem__, chain)] for chain, _ in chosen]
        return sum_of_terms(rates, [c for _, c in chosen], s)


def without(chain: Chain, node: int) -> Chain:
    """Return the chain with one appearance of the node left out."""
    place = chain.index(node)
    return chain[:place] + chain[place + 1 :]


@dataclass(frozen=True)
class Level:
    """The step from one sum to the next: which rate goes, and how the coefficients change.

    Attributes
    ----------
    moves : tuple
        ``(from, to, factor)``.
    """

    node: int
    rate: float
    moves: tuple[tuple[int, int, complex | float], ...]

    def apply_to_sizes(self, sizes: Sequence[float]) -> list[float]:
        """Return the sizes of what adds up to the coefficients of ``(d/ds - rate) f``."""
        result = [0.0] * len(sizes)
        for source, target, factor in self.moves:
            result[target] += sizes[source] * abs(factor)
        return result

    def apply(self, coefficients: Sequence) -> list:
        """Return the coefficients of ``(d/ds - rate) f``."""
        result = [0.0] * len(coefficients)
        for source, target, factor in self.moves:
            c = coefficients[source]
            if c:
                result[target] += c * factor
        return result


def closure(chains: Iterable[Chain]) -> list[Chain]:
    """Return the chains and all that is left of them when nodes are taken away."""
    found: dict[Chain, None] = {}
    waiting = list(chains)
    while waiting:
        chain = waiting.pop()
        if chain and chain not in found:
            found[chain] = None
            waiting += [without(chain, node) for node in set(chain)]
    return sorted(found, key=lambda chain: (-len(chain), chain))


def elimination(terms: Terms, node: int, rate: complex | float, next_nodes: Sequence[int] = ()) -> Level:
    """Return the step that applies ``d/ds - rate`` to sums over `terms`, `rate` being that of `node`."""
    moves: list[tuple[int, int, complex | float]] = []
    for j, chain in enumerate(terms.chains):
        if node in chain:
            rest = without(chain, node)
            if rest:
                moves.append((j, terms.number[rest], 1.0))
            continue
        # (d/ds - a) exp[b, ...] = exp[...] + (b - a) exp[b, ...], for any b of the chain
        other = next((q for q in next_nodes if q in chain), chain[0])
        rest = without(chain, other)
        if rest:
            moves.append((j, terms.number[rest], 1.0))
        moves.append((j, j, _distance(terms.nodes[other], terms.nodes[node], rate)))
    return Level(node, rate if not isinstance(rate, complex) else rate.real, tuple(moves))


def _distance(b: Node, a: Node, rate: complex | float) -> complex | float:
    """Return b - a with what the rounding of both left over; `rate` is a or its conjugate."""
    return (b.rate - rate) + (b.low - a.low)


def nonzero(coefficients: Sequence) -> list[tuple[int, Any]]:
    """Return the coefficients that are not zero, each with its number."""
    return [(j, c) for j, c in enumerate(coefficients) if c]


def elimination_order(terms: Terms, nodes: Iterable[int]) -> list[int]:
    """Return in which order nodes go: what most chains end with first, at last the slowest rate."""
    left = {q: max(chain.count(q) for chain in terms.chains) for q in nodes}
    chains = set(terms.chains)
    order = []
    while sum(left.values()) > 0:
        candidates = [q for q, times in left.items() if times]
        share = {q: sum(q in chain for chain in chains) for q in candidates}
        chosen = max(candidates, key=lambda q: (share[q], terms.nodes[q].speed, -q))
        order.append(chosen)
        left[chosen] -= 1
        rests = {without(chain, chosen) if chosen in chain else chain for chain in chains}
        chains = {chain for chain in rests if chain}
    return order
