r"""Where a sum with oscillating terms changes its sign: sinusoids, resonators, damped waves.

Two steps. A *majorant* replaces every oscillation by its envelope: it is a sum of real exponentials, whose sign
changes `sums` finds at once however far they are, and where it is negative nothing needs to be looked at. What is left
is walked through in windows no longer than half a period of the fastest oscillation, and in each window Rolle's
theorem is applied as for real rates. A pair of complex rates ``mu +- i omega`` goes in two steps: where
``sin(phi) > 0``, ``phi = omega s + const``,

    (f e^(-mu s)/sin phi)' = W e^(-mu s)/sin^2 phi,      W = (f' - mu f) sin phi - omega f cos phi
    (W e^(-mu s))' = f_2 e^(-mu s) sin phi,              f_2 = (d/ds - mu - i omega)(d/ds - mu + i omega) f

so the sign changes of f_2 separate those of W, and these separate those of f (Polya's factorisation). The last pair
has its zeros in closed form, and sets no limit to the window: with one frequency it is a whole period.

The windows are counted from the zeros of the majorant, so the answer does not depend on how far one looks.

Source
    Polya (1922), Transactions of the AMS 24, 312-324. Section 7 of the explanation page "Finding crossings".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from math import atan2, cos, inf, pi, sin

from .chains import Chain, Node, Terms, closure, elimination, elimination_order, nonzero, without
from .refinement import bracket, refine
from .sums import SHALLOW, UNDECIDED, RealSum

#: A window is this part of half a period, so that the sine stays away from zero in it.
WINDOW = 0.9
#: No window is longer than this [ms]: eleven days.
LONGEST = 1e9
#: Times whose divided differences a walk remembers.
KEPT = 500
#: Rates that differ by less than this part are kept together when an envelope is drawn.
APART = 0.05


class OscillatingSum:
    """Sums over chains with complex rates: finds their sign changes one after the other.

    Parameters
    ----------
    nodes : sequence of Node
        A complex rate stands for itself alone; the sum is the real part.
    chains : iterable of tuple of int
        Over which the sums go.
    """

    def __init__(self, nodes: Sequence[Node], chains: Iterable[Chain]) -> None:
        self.wanted = list(dict.fromkeys(chains))
        self.size = len(self.wanted)
        self.terms = Terms(nodes, [*self.wanted, *closure(self.wanted)])
        self._plan_steps()
        self.envelope = _Envelope(self.terms, self.wanted)
        omegas = [abs(node.rate.imag) for node in self.terms.nodes if isinstance(node.rate, complex)]
        self.fastest = max(node.speed for node in self.terms.nodes)
        self.window = min(LONGEST, (2 if len(self.pairs) == 1 else WINDOW) * pi / max(omegas))

    def _plan_steps(self) -> None:
        """Set the steps: real rates first, then one pair after the other but for the last."""
        terms, used = self.terms, sorted({q for chain in self.wanted for q in chain})
        first = Terms(terms.nodes, self.wanted)
        real = [q for q in used if terms.nodes[q].is_real]
        order = [q for q in elimination_order(first, used) if q in real]
        self.real_levels = [
            elimination(terms, q, terms.nodes[q].rate, order[place + 1 :]) for place, q in enumerate(order)
        ]
        # each pair as often as one of its two rates stands in a chain at most
        times: dict[complex, int] = {}
        for chain in self.wanted:
            rates = [terms.nodes[q].rate for q in chain if not terms.nodes[q].is_real]
            for rate in set(rates):
                pair = complex(rate.real, abs(rate.imag))
                times[pair] = max(times.get(pair, 0), rates.count(rate))
        self.pairs = [key for key, n in sorted(times.items(), key=lambda item: -item[0].imag) for _ in range(n)]
        self.pair_levels = [
            (_complex_elimination(terms, rate), _complex_elimination(terms, rate.conjugate())) for rate in self.pairs
        ]

    def sign_changes(
        self, coefficients: Sequence, start: float, horizon: float = inf, sizes: Sequence[float] | None = None
    ) -> Iterator[tuple[float, int]]:
        """Yield the sign changes: the time and the sign afterwards; first ``(0.0, sign)`` right after the start.

        Parameters
        ----------
        start : float
            The sum at s = 0 as the caller knows it.
        horizon : float
            Changes after it may be left out; what is found does not depend on it.
        sizes : sequence of float, optional
            For each coefficient the sizes of what was added to make it, where that is more than its own size.
        """
        walk = _Walk(self, coefficients, start, sizes)
        sign = walk.first_sign()
        yield 0.0, sign
        s = 0.0
        while sign != 0:
            found = walk.next_change(s, sign, horizon)
            if found is None:
                return
            s, sign = found, -sign
            yield s, sign

    def walk(self, coefficients: Sequence, start: float, sizes: Sequence[float]) -> _Walk:
        """Return a walk along one sum."""
        return _Walk(self, coefficients, start, sizes)

    def slope_and_size(
        self, coefficients: Sequence, s: float, sizes: Sequence[float] | None = None
    ) -> tuple[float, float]:
        """Return the derivative of the sum at s, and the sum of the sizes of its terms."""
        sizes = [abs(x) for x in coefficients] if sizes is None else sizes
        c = [*coefficients, *[0.0] * (len(self.terms.chains) - len(coefficients))]
        size = sum(size * abs(self.terms.value(j, s)) for j, size in enumerate(sizes) if size)
        return self.terms.total(_derivative(self.terms, c), s), size


def _complex_elimination(terms: Terms, rate: complex) -> Callable[[Sequence], list]:
    """Return what turns the coefficients of f into those of ``(d/ds - rate) f``."""
    same = [q for q, node in enumerate(terms.nodes) if node.rate == rate]
    moves = []
    for j, chain in enumerate(terms.chains):
        here = next((q for q in same if q in chain), None)
        other = here if here is not None else max(chain, key=lambda q: abs(terms.nodes[q].rate - rate))
        rest = without(chain, other)
        if rest:
            moves.append((j, terms.number[rest], 1.0 + 0.0j))
        if here is None:
            moves.append((j, j, terms.nodes[other].rate - rate))

    def apply(coefficients: Sequence) -> list:
        result: list[complex] = [0.0j] * len(coefficients)
        for source, target, factor in moves:
            if coefficients[source]:
                result[target] += coefficients[source] * factor
        return result

    return apply


def _derivative(terms: Terms, coefficients: Sequence, shift: float = 0.0) -> list:
    """Return the coefficients of ``f' - shift f``."""
    result: list[complex] = [0.0j] * len(coefficients)
    for j, c in enumerate(coefficients):
        if c:
            chain = terms.chains[j]
            # by the node whose rate is closest: for that of a pair the difference is i omega, without cancellation
            q = min(chain, key=lambda q: abs(terms.nodes[q].rate - shift))
            result[j] += c * (terms.nodes[q].rate - shift)
            if len(chain) > 1:
                result[terms.number[without(chain, q)]] += c
    return result


class _Envelope:
    """The majorant of a sum: what is real stays, what oscillates is replaced by its size.

    The modulus of ``exp[a, b, ...]`` is at most ``exp[re a, re b, ...]``. Complex rates are first split from those that
    are far from them, ``exp[a, b, ...] = (exp[a, ...] - exp[b, ...])/(a - b)``, so that the envelope is close.
    """

    def __init__(self, terms: Terms, wanted: Sequence[Chain]) -> None:
        self.nodes = terms.nodes
        self.pieces = [list(_split(terms.nodes, chain).items()) for chain in wanted]
        everything = dict.fromkeys(piece for pieces in self.pieces for piece, _ in pieces)
        self.real = [piece for piece in everything if all(self.nodes[q].is_real for q in piece)]
        self.waves = [piece for piece in everything if piece not in set(self.real)]
        flat = [node if node.is_real else Node(node.rate.real) for node in self.nodes]
        self.sum = RealSum(flat, [*self.real, *self.waves])

    def coefficients(self, coefficients: Sequence, side: int) -> list[float]:
        """Return the coefficients of the majorant of ``side * f``."""
        parts: dict[Chain, complex] = {}
        for c, pieces in zip(coefficients, self.pieces, strict=False):
            if c:
                for piece, factor in pieces:
                    parts[piece] = parts.get(piece, 0.0) + c * factor
        # rounding of the split must not make the envelope too small
        real = [side * complex(parts.get(piece, 0.0)).real for piece in self.real]
        return real + [abs(parts.get(piece, 0.0)) * (1 + 1e-12) for piece in self.waves]


def _split(nodes: Sequence[Node], chain: Chain) -> dict[Chain, complex]:
    """Return a chain as a combination of chains whose members are all real or close together."""
    rates = [complex(nodes[q].rate) for q in chain]
    if any(rate.imag for rate in rates):
        gap, p, q = max(
            (
                (abs(a - b), i, j)
                for i, a in enumerate(rates)
                for j, b in enumerate(rates)
                if i != j and a.imag and a != b
            ),
            default=(0.0, 0, 0),
        )
        if gap > APART * max(abs(rates[p]), abs(rates[q])):
            result: dict[Chain, complex] = {}
            for left_out, factor in ((q, 1.0), (p, -1.0)):
                for piece, c in _split(nodes, chain[:left_out] + chain[left_out + 1 :]).items():
                    result[piece] = result.get(piece, 0.0) + c * factor / (rates[p] - rates[q])
            return result
    return {chain: 1.0 + 0.0j}


class _Walk:
    """One walk along a sum, window by window."""

    def __init__(
        self, plan: OscillatingSum, coefficients: Sequence, start: float, sizes: Sequence[float] | None = None
    ) -> None:
        self.plan, self.start = plan, start
        c: list = [complex(x) for x in coefficients]
        self.given = c
        self.sizes = [abs(x) for x in coefficients] if sizes is None else list(sizes)
        c = c + [0.0j] * (len(plan.terms.chains) - len(c))
        self.first = c
        self.sums = [nonzero(c)]
        for level in plan.real_levels:
            c = level.apply(c)
            self.sums.append(nonzero(c))
        # for every pair but the last: the sum, the one with (d/ds - mu), and the next
        self.pair_sums = []
        for rate, (one, other) in zip(plan.pairs, plan.pair_levels, strict=True):
            slope = _derivative(plan.terms, c, rate.real)
            self.pair_sums.append((nonzero(c), nonzero(slope)))
            c = other(one(c))
        self.slope = nonzero(_derivative(plan.terms, self.first))
        # divided differences at times that several sums are asked for
        self.known: dict[float, dict[int, complex | float]] = {}
        self.majorants: dict[int, tuple[int, list[float]]] = {}

    def value(self, c: Sequence[tuple[int, complex | float]], s: float) -> float:
        """Return the sum with these coefficients at s."""
        known = self.known.get(s)
        if known is None:
            if len(self.known) > KEPT:
                self.known.clear()
            known = self.known[s] = {}
        total: complex | float = 0.0
        for j, weight in c:
            x = known.get(j)
            if x is None:
                x = known[j] = self.plan.terms.value(j, s)
            total += weight * x
        return total.real

    def top(self, s: float) -> float:
        """Return f, as the caller knows it at the start."""
        return self.start if s == 0.0 else self.value(self.sums[0], s)

    def sign(self, s: float) -> int:
        """Return the sign of f; where it is in doubt, sixty digits judge."""
        total = size = 0.0
        for j, c in self.sums[0]:
            x = self.plan.terms.value(j, s)
            total += (c * x).real
            size += self.sizes[j] * abs(x)
        if not abs(total) > UNDECIDED * size:
            return self.plan.terms.judge(self.first, s, size) if size > 0.0 else 0
        return 1 if total > 0.0 else -1

    def first_sign(self) -> int:
        """Return the sign of f right after the start."""
        if self.start != 0.0:
            return 1 if self.start > 0.0 else -1
        edges = self._edges(0.0, self.plan.window)
        for b in edges[1:]:
            if sign := self.sign(b):
                return sign
        return self._sign_before(0.0, edges[1])[0]

    def _sign_before(self, a: float, b: float) -> tuple[int, float]:
        """Return a sign of f between a and b that can be told, and where; the nearest to b that halving finds."""
        for _ in range(60):
            b = 0.5 * (a + b)
            if sign := self.sign(b):
                return sign, b
        return 0, b

    def _summits_beside(self, a: float, e: float, b: float) -> list[tuple[float, int]]:
        """Return where f' changes its sign on either side of an edge at which f is in doubt, and the sign of f there.

        A fast rate puts the edges beside the zeros of f, not on its summits.
        """
        found = []
        for p, q in ((a, e), (e, b)):
            fp, fq = self.value(self.slope, p), self.value(self.slope, q)
            if fp < 0.0 < fq or fq < 0.0 < fp:
                z = bracket(partial(self.value, self.slope), p, q, fp, fq, 1e-8 / self.plan.fastest)
                found.append((z, self.sign(z)))
        return found

    def next_change(self, s: float, sign: int, horizon: float) -> float | None:
        """Return the first change after s, where f has the given sign right after s."""
        lo = s
        while True:
            window = self._next_window(lo, -sign)
            if window is None or window[0] > horizon:
                return None
            a, b = window
            found = self._change_in(a, b, s, sign)
            if found is not None:
                return found
            lo = b

    def _next_window(self, s: float, side: int) -> tuple[float, float] | None:
        """Return the next window in which ``side * f`` may be positive."""
        if side not in self.majorants:
            c = self.plan.envelope.coefficients(self.given, side)
            total = sum(c_j * self.plan.envelope.sum.terms.value(j, 0.0) for j, c_j in enumerate(c))
            # what is known of f at the start must not get lost in the rounding of the envelope
            total = max(total, side * self.start, 0.0 if self.start == 0.0 else -inf)
            self.majorants[side] = self.plan.envelope.sum.sign_changes(c, total)
        sign, changes = self.majorants[side]
        begin = 0.0
        for change in [*changes, inf]:
            if sign >= 0 and s < change:
                break
            begin, sign = change, -sign
        else:
            return None
        width = self.plan.window
        if s <= begin:
            return begin, begin + width
        number = round((s - begin) / width)
        number -= begin + number * width > s
        return max(s, begin + number * width), begin + (number + 1) * width

    def _change_in(self, a: float, b: float, after: float, sign: int) -> float | None:
        """Return the first change after `after` of f from `sign` in the window [a, b]."""
        edges = self._edges(a, b)
        last, left = sign, max(a, after)
        for number, edge in enumerate(edges[1:], 1):
            if edge <= left:
                continue
            points = [(edge, self.sign(edge))]
            if points[0][1] == 0 and edge == edges[-1]:
                points = [self._sign_before(left, edge)[::-1]]
            elif points[0][1] == 0:
                points = self._summits_beside(max(left, edges[number - 1]), edge, edges[number + 1])
                points = points or [self._sign_before(left, edge)[::-1]]
            for right, now in points:
                if now == -last:
                    return self._refine(left, right, last)
                if now:
                    left = right
        return None

    def _refine(self, left: float, right: float, before: int) -> float:
        def evaluate(s: float) -> tuple[float, float]:
            return self.top(s), self.value(self.slope, s)

        return self.polish(refine(evaluate, left, right, before, 0.0, self.plan.fastest, tight=True), left, right)

    def polish(self, s: float, left: float, right: float) -> float:
        """Return a crossing after one more step where it is shallow, with a residual of sixty digits."""
        slope = self.value(self.slope, s)
        if slope == 0.0 or abs(slope) > SHALLOW * self.plan.fastest * sum(self.sizes):
            return s
        # there the rounding of the sum shows
        new = s - self.plan.terms.precise_total(self.first, s) / slope
        return new if left <= new <= right else s

    def _edges(self, a: float, b: float) -> list[float]:
        """Return a, b and between them the sign changes of what f is monotone between."""
        points = self._last_pair(a, b)
        for number in reversed(range(len(self.plan.pairs) - 1)):
            points = self._pair(number, a, b, points)
        if len(self.sums) == 1:
            # these are the sign changes of f itself: separate them
            points = [0.5 * (p + q) for p, q in pairwise(points)]
        for c in reversed(self.sums[1:-1]):
            points = self._changes(partial(self.value, c), [a, *points, b])
        return [a, *points, b]

    def _last_pair(self, a: float, b: float) -> list[float]:
        """Return the zeros of the sum with one pair left, in closed form."""
        rate = self.plan.pairs[-1]
        c, slope = self.pair_sums[-1]
        x, y = self.value(c, a), self.value(slope, a) / rate.imag
        if x == 0.0 and y == 0.0:
            return []
        # x cos + y sin vanishes where the tangent is -x/y; the phase next to zero keeps its digits
        phase = atan2(-x, y) if y > 0.0 else atan2(x, -y)
        zeros = [(phase + k * pi) / rate.imag for k in range(-3, int((b - a) * rate.imag / pi) + 4)]
        return [a + z for z in zeros if 0.0 < z < b - a]

    def _pair(self, number: int, a: float, b: float, points: list[float]) -> list[float]:
        """Return the sign changes of the sum before a pair was taken away, given those of the next."""
        rate = self.plan.pairs[number]
        c, slope = self.pair_sums[number]
        omega = rate.imag
        lead = 0.5 * (pi - omega * (b - a))

        def wronskian(s: float) -> float:
            phi = omega * (s - a) + lead
            return self.value(slope, s) * sin(phi) - omega * self.value(c, s) * cos(phi)

        middle = self._changes(wronskian, [a, *points, b])
        return self._changes(partial(self.value, c), [a, *middle, b])

    def _changes(self, f: Callable[[float], float], edges: list[float]) -> list[float]:
        """Return the sign changes of f, at most one between neighbouring edges."""
        found, values = [], [f(s) for s in edges]
        for a, b, fa, fb in zip(edges, edges[1:], values, values[1:], strict=False):
            if fa < 0.0 < fb or fb < 0.0 < fa:
                found.append(bracket(f, a, b, fa, fb, min(1e-11 * (edges[-1] - edges[0]), 1e-8 / self.plan.fastest)))
            elif fb == 0.0 and b != edges[-1]:
                found.append(b)
        return found
