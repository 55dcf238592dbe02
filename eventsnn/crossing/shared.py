r"""The divided differences of one solution at one time, with the exponentials that they share computed once.

``exp[a, b](s)`` for a > b is ``(e^(a s) - e^(b s))/(a - b)``. Where both are close, the `expm1` that gives it without
cancellation also takes ``e^(a s)`` to ``e^(b s)``. So a neuron with a leak and two synaptic currents needs three
transcendental functions where the terms one by one need six. The rates are visited from the slowest to the fastest.

Accuracy
    That of `differences`, within 3 ulp: no more than two exponentials in a row are made each from the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import expm1
from typing import Any, NamedTuple

from .._jit import kernel
from .chains import Chain, Node, Terms
from .differences import exponential

#: What a step of the evaluation makes: the exponential of zero, that of a rate, a pair, a pair and the exponential of
#: its faster rate; any other chain.
ONE, SINGLE, PAIR, PAIR_AND_NEXT, OTHER = range(5)

#: Exponents apart up to which the faster exponential is made from the slower one, and beyond which they are subtracted.
NEAR = 0.8
#: So many exponentials in a row are made each from the one before.
LONGEST = 2


class Step(NamedTuple):
    """One step of the evaluation.

    Attributes
    ----------
    kind : int
    place : int
        Where the result goes; of an `OTHER` chain its number among the terms, too.
    source : int
        Where the exponential of the slower rate of a pair stands.
    next : int
        Where that of its faster rate goes.
    rate, low : float
        Of the exponential that is made.
    gap : float
        From the slower rate down to the faster.
    """

    kind: int
    place: int
    source: int = 0
    next: int = 0
    rate: float = 0.0
    low: float = 0.0
    gap: float = 0.0


@kernel
def pair(e, gap, s):
    """Return exp[a, a - gap](s) where e is exp(a s)."""
    d = gap * s
    return s * e if d == 0.0 else -expm1(-d) / gap * e


@kernel
def pair_and_next(e, gap, rate, low, s):
    """Return exp[a, b](s) and exp(b s) for b = rate + low = a - gap, where e is exp(a s)."""
    d = gap * s
    if d < NEAR:
        if d == 0.0:
            return s * e, e
        shrunk = expm1(-d)
        return -shrunk / gap * e, e + e * shrunk
    following = exponential(rate, low, s)
    return (e - following) / gap, following


class SharedTerms:
    """Divided differences over chains of nodes, evaluated together.

    Parameters
    ----------
    nodes : sequence of Node
    chains : iterable of tuple of int
        As for `Terms`.

    Attributes
    ----------
    place : dict
        Of each chain among the values.
    steps : tuple of Step
    size : int
        Number of values.
    """

    def __init__(self, nodes: Sequence[Node], chains: Iterable[Chain]) -> None:
        self.terms = terms = Terms(nodes, chains)
        # equal rates are one
        first = {node: q for q, node in reversed([*enumerate(terms.nodes)])}
        same = [first[node] for node in terms.nodes]

        def decay(q: int) -> tuple[float, float]:
            return -terms.nodes[q].rate, -terms.nodes[q].low

        short: dict[Chain, Chain] = {}
        for chain in terms.chains:
            if len(chain) <= 2 and all(terms.nodes[q].is_real for q in chain):
                short[chain] = tuple(sorted((same[q] for q in chain), key=decay))
        others = [chain for chain in terms.chains if chain not in short]
        pairs = [(chain[0], chain[1]) for chain in dict.fromkeys(short.values()) if len(chain) == 2]
        # exponentials that are asked for, and those of the slower rates of pairs
        singles = dict.fromkeys(chain[:1] for chain in sorted(short.values(), key=len))
        spots: dict[Chain, int] = {chain: k for k, chain in enumerate([*singles, *pairs, *others])}
        self.place = {chain: spots[short.get(chain, chain)] for chain in terms.chains}
        self.size = len(spots)
        self.steps = tuple(self._steps(spots, sorted((q for (q,) in singles), key=decay), pairs, others))

    def _steps(
        self, spots: dict[Chain, int], order: list[int], pairs: list[tuple[int, int]], others: list[Chain]
    ) -> Iterator[Step]:
        """Yield the steps, from the slowest rate to the fastest, and the other chains at last."""
        nodes, depth = self.terms.nodes, dict.fromkeys(order, -1)
        for q in order:
            node, spot = nodes[q], spots[(q,)]
            if depth[q] < 0:
                depth[q] = 0
                yield Step(SINGLE, spot, rate=node.rate, low=node.low) if node.rate or node.low else Step(ONE, spot)
            for slow, fast in pairs:
                if slow != q:
                    continue
                place, target = spots[slow, fast], nodes[fast]
                gap = (node.rate - target.rate) + (node.low - target.low)
                if depth.get(fast, 0) < 0 and depth[q] < LONGEST and node.rate <= 0.0:
                    depth[fast] = depth[q] + 1
                    yield Step(PAIR_AND_NEXT, place, spot, spots[(fast,)], target.rate, target.low, gap)
                else:
                    yield Step(PAIR, place, spot, gap=gap)
        for chain in others:
            yield Step(OTHER, spots[chain], source=self.terms.number[chain])

    def at(self, s: float) -> list[Any]:
        """Return all values at time s."""
        values: list[Any] = [0.0] * self.size
        for kind, place, source, other, rate, low, gap in self.steps:
            if kind == SINGLE:
                values[place] = exponential(rate, low, s)
            elif kind == PAIR:
                values[place] = pair(values[source], gap, s)
            elif kind == PAIR_AND_NEXT:
                values[place], values[other] = pair_and_next(values[source], gap, rate, low, s)
            elif kind == ONE:
                values[place] = 1.0
            else:
                values[place] = self.terms.value(source, s)
        return values
