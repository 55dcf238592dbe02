r"""Where a sum of exponentials changes its sign: every change, in order, none missed and none invented.

A solution of linear equations, seen through a threshold, is ``f(s) = sum of c_j exp[chain_j](s)`` with the divided
differences of `differences`. For real rates the search is Rolle's theorem, applied as often as there are rates:
``f e^(-a s)`` has the derivative ``f_1 e^(-a s)`` with ``f_1 = (d/ds - a) f``, a sum with one rate less. So between
neighbouring sign changes of f_1 there is at most one of f, and a bracket finds it. The last sum has one rate and no
sign change at all. Nothing is scanned, and the number of steps does not depend on the rates.

The first rate to go is the variable's own, and f_1 is then its *drive*: whether a membrane can cross is decided on
currents, not on differences of large terms.

Accuracy
    A maximum that exceeds zero by more than 8 ulp of the sum of the terms' sizes is never missed; one below zero is
    never taken for a crossing. Maxima within `UNDECIDED` of zero are judged with sixty digits (`judge`).
Source
    Polya & Szego, Problems and Theorems in Analysis II, part V, problems 75-77. Section 6 of the explanation page
    "Finding crossings".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import factorial, inf

from .chains import Chain, Node, Terms, closure, elimination, elimination_order, nonzero
from .refinement import bracket, refine

#: Size of a sum, relative to that of its terms, below which its sign is in doubt: 8 ulp.
UNDECIDED = 8 * 2.0**-52

#: Slope, relative to the sizes of the terms and the fastest rate, below which a crossing is polished.
SHALLOW = 0.02

#: No event lies beyond [ms]: ten million years.
FOREVER = 1e18
#: Exponents up to which decay and growth are followed.
REACH = 700.0

#: What a quick bound leaves for rounding, of the height and of the size of the terms: generous, since it costs nothing.
MARGIN = 1e-6


class RealSum:
    """Sums over chains of real rates: finds all their sign changes.

    Parameters
    ----------
    nodes : sequence of Node
        Real ones.
    chains : iterable of tuple of int
        Over which the sums go.
    """

    def __init__(self, nodes: Sequence[Node], chains: Iterable[Chain]) -> None:
        wanted = list(dict.fromkeys(chains))
        self.size = len(wanted)
        used = {q for chain in wanted for q in chain}
        # the order is that of the chains asked for; their rests come in as the nodes go
        first = Terms(nodes, wanted)
        order = elimination_order(first, used)
        self.terms = Terms(nodes, [*first.chains, *closure(wanted)])
        self.levels = [
            elimination(self.terms, q, self.terms.nodes[q].rate, order[place + 1 :])
            for place, q in enumerate(order[:-1])
        ]
        self.has_long_chains = any(len(chain) > 2 for chain in wanted)
        # length of each chain wanted and, of a single rate, its size; None where a rate grows
        speeds = [(len(chain), abs(self.terms.nodes[chain[0]].rate)) for chain in wanted]
        self._lengths = None if any(self.terms.nodes[q].rate > 0.0 for q in used) else speeds
        self.last_rate = self.terms.nodes[order[-1]].rate if order else 0.0

    def earliest_change(self, coefficients: Sequence[float], start: float, sizes: Sequence[float]) -> float:
        """Return a time before which the sum cannot change its sign; 0 where that is not known so quickly.

        For rates that do not grow, a divided difference of n rates lies between 0 and ``s^(n-1)/(n-1)!``, and a single
        exponential ``c exp(-a s)`` rises from a negative c by ``|c| a s`` at most. So the sum has to climb at least as
        long as the sum of these needs for the height at which it starts.

        Parameters are those of `sign_changes`.
        """
        height = abs(start) * (1.0 - MARGIN) - MARGIN * sum(sizes)
        if self._lengths is None or not height > 0.0:
            return 0.0
        side = -1.0 if start > 0.0 else 1.0
        linear, higher = 0.0, []
        for c, (n, speed) in zip(coefficients, self._lengths, strict=True):
            c *= side
            if n == 1 and c < 0.0:
                linear -= c * speed
            elif n == 2 and c > 0.0:
                linear += c
            elif n > 2 and c > 0.0:
                higher.append((c / factorial(n - 1), n - 1))
        s = height / linear if linear > 0.0 else inf
        if not higher:
            return s
        s = min(s, *((height / c) ** (1.0 / n) for c, n in higher))
        while linear * s + sum(c * s**n for c, n in higher) > height:
            s *= 0.75
        return s

    def sign_changes(
        self, coefficients: Sequence[float], start: float, sizes: Sequence[float] | None = None
    ) -> tuple[int, list[float]]:
        """Return the sign right after s = 0 and every s > 0 at which the sum changes its sign.

        Parameters
        ----------
        coefficients : sequence of float
            One for each chain asked for.
        start : float
            The sum at s = 0 as the caller knows it, exactly; its sign is not judged again.
        sizes : sequence of float, optional
            For each coefficient the sizes of what was added to make it, where that is more than its own size.
        """
        return _Search(self, coefficients, start, sizes).run()

    def slope_and_size(
        self, coefficients: Sequence[float], s: float, sizes: Sequence[float] | None = None
    ) -> tuple[float, float]:
        """Return the derivative of the sum at s, and the sum of the sizes of its terms."""
        search = _Search(self, coefficients, 0.0, sizes)
        f, size = search.value(0, s)
        if not self.levels:
            return self.last_rate * f, size
        return self.levels[0].rate * f + search.value(1, s)[0], size


class _Search:
    """One search for the sign changes of a sum."""

    def __init__(
        self, plan: RealSum, coefficients: Sequence[float], start: float, sizes: Sequence[float] | None = None
    ) -> None:
        self.plan, self.terms, self.start = plan, plan.terms, start
        room = [0.0] * (len(plan.terms.chains) - len(coefficients))
        c = [*coefficients, *room]
        self.coefficients = c
        self.sizes: list[list[float]] = [[*map(abs, coefficients), *room] if sizes is None else [*sizes, *room]]
        self.sums = [nonzero(c)]
        for level in plan.levels:
            c = level.apply(c)
            self.sums.append(nonzero(c))
            self.sizes.append(level.apply_to_sizes(self.sizes[-1]))

    def value(self, k: int, s: float) -> tuple[float, float]:
        """Return the k-th sum at s, and the size of its terms."""
        total = size = 0.0
        sizes = self.sizes[k]
        for j, c in self.sums[k]:
            x = self.terms.value(j, s)
            total += c * x
            size += sizes[j] * abs(x)
        return total, size

    def sign(self, k: int, s: float) -> int:
        """Return the sign of the k-th sum; in doubt, sixty digits judge the first, and the others count as zero."""
        total, size = self.value(k, s)
        if not abs(total) > UNDECIDED * size:
            return self.terms.judge(self.coefficients, s, size) if k == 0 and size > 0.0 else 0
        return 1 if total > 0.0 else -1

    def run(self) -> tuple[int, list[float]]:
        """Go from the last sum, which keeps its sign, down to the first."""
        points: list[float] = []
        sign = 0
        for k in reversed(range(len(self.sums))):
            sign, points = self._changes(k, points)
        return sign, points

    def _changes(self, k: int, points: list[float]) -> tuple[int, list[float]]:
        """Return the first sign of the k-th sum and its sign changes, given those of the next."""
        if not self.sums[k]:
            return 0, []
        total = self.start if k == 0 else self.value(k, 0.0)[0]
        last = (total > 0.0) - (total < 0.0)
        far = self._far(k)
        first, found, a, touched = last, [], 0.0, -1.0
        for b, sign in self._signs(k, [*(p for p in points if p < far), far]):
            if sign == 0:
                touched = b
                continue
            if last == 0:
                first = sign
            elif sign != last:
                found.append(touched if touched >= 0.0 else self._solve(k, a, b, last))
            last, a, touched = sign, b, -1.0
        return first, found

    def _signs(self, k: int, edges: list[float]) -> Iterator[tuple[float, int]]:
        """Yield the edges between which the k-th sum changes its sign once at most, with its sign there."""
        a = 0.0
        for number, b in enumerate(edges):
            sign = self.sign(k, b)
            if sign == 0 and k == 0 and self.plan.levels and number + 1 < len(edges):
                summits = self._summits_beside(a, b, edges[number + 1])
                yield from summits
                if summits:
                    a = b
                    continue
            if sign == 0:
                # what can be told between the edges counts: f may be far from zero there and next to it at b
                sign, s = self._sign_before(k, a, b)
                if sign != 0:
                    yield s, sign
                    a = b
                    continue
            yield b, sign
            a = b

    def _summits_beside(self, a: float, e: float, b: float) -> list[tuple[float, int]]:
        """Return where f' changes its sign before and behind an edge at which f is in doubt, with the sign of f there.

        A fast rate puts the edges beside the zeros of f, not on its summits.
        """
        rate = self.plan.levels[0].rate

        def slope(s: float) -> float:
            return rate * self.value(0, s)[0] + self.value(1, s)[0]

        found = []
        b = min(b, 2.0 * e - a)
        for p, q in ((a, e), (e, b)):
            fp, fq = slope(p), slope(q)
            if fp < 0.0 < fq or fq < 0.0 < fp:
                z = bracket(slope, p, q, fp, fq, 1e-10 * (q - p))
                if sign := self.sign(0, z):
                    found.append((z, sign))
        return found

    def _sign_before(self, k: int, a: float, far: float) -> tuple[int, float]:
        """Return the last sign of the k-th sum that can be told, and when, where it tends to zero.

        Behind the last sign change of the next sum it keeps a sign once it has taken it, however small it becomes.
        """
        rates = [abs(rate) for rate in self._rates(k) if rate != 0.0]
        s = min(far, a + REACH / min(rates)) if rates else far
        while s > a * (1.0 + 1e-15) and s > 0.0:
            sign = self.sign(k, s)
            if sign != 0:
                return sign, s
            s = a + 0.5 * (s - a)
            if s - a < 1e-9 / max(rates, default=1.0):
                break
        return 0, far

    def _rates(self, k: int) -> set[float]:
        return {self.terms.nodes[q].rate for j, _ in self.sums[k] for q in self.terms.chains[j]}

    def _far(self, k: int) -> float:
        """Return a time by which the k-th sum has taken the sign that it keeps."""
        growth = max(self._rates(k))
        if growth > 0.0:
            return min(FOREVER, REACH / growth)
        if growth < 0.0:
            return min(FOREVER, -REACH / growth)
        return FOREVER

    def _solve(self, k: int, a: float, b: float, before: int) -> float:
        """Return where the k-th sum changes from the sign `before` between a and b."""
        a, b = self._narrow(k, a, b, before)
        rate = self.plan.levels[k].rate if k < len(self.plan.levels) else self.plan.last_rate
        fastest = max(self.terms.nodes[q].speed for j, _ in self.sums[k] for q in self.terms.chains[j])

        def evaluate(s: float) -> tuple[float, float]:
            f = self.start if k == 0 and s == 0.0 else self.value(k, s)[0]
            return f, self.value(k + 1, s)[0] if k + 1 < len(self.sums) else 0.0

        s = refine(evaluate, a, b, before, rate, fastest, tight=k == 0)
        return self._polish(s, a, b, fastest) if k == 0 and self.plan.levels else s

    def _polish(self, s: float, a: float, b: float, fastest: float) -> float:
        """Return a crossing after one step with a residual of sixty digits, where rounding of the sum shows.

        That is where the crossing is shallow, and where chains of three rates cost some ulp.
        """
        slope = self.plan.levels[0].rate * self.value(0, s)[0] + self.value(1, s)[0]
        is_shallow = abs(slope) < SHALLOW * fastest * sum(self.sizes[0])
        if slope == 0.0 or not (is_shallow or self.plan.has_long_chains):
            return s
        new = s - self.terms.precise_total(self.coefficients, s) / slope
        return new if a <= new <= b else s

    def _narrow(self, k: int, a: float, b: float, before: int) -> tuple[float, float]:
        """Return a bracket whose width is in proportion to the rates and to its distance from a."""
        fastest = max(self.terms.nodes[q].speed for j, _ in self.sums[k] for q in self.terms.chains[j])
        # a polynomial has no time of its own: try all
        width = 0.5 / fastest if fastest > 0.0 else 1e-6
        while a + width < b:
            total = self.value(k, a + width)[0]
            if (total > 0.0) - (total < 0.0) == -before:
                return a, a + width
            a += width
            width *= 4.0
        return a, b
