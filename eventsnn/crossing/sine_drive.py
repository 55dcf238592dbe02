r"""First crossing of a leaky variable under a constant and one sinusoid.

Equation
    ``tau f' = -f + D(s)``, ``D(s) = F0 + A cos(omega s + psi)``, f the distance to threshold
Method
    f rises through zero only while D > 0: in windows that return with the period P. There ``f exp(s/tau)`` grows, so f
    crosses in a window if, and only if, it is positive at its end. At the ends z_k the steady answer has one and the
    same value g, and ``f(z_k) = g + H exp(-z_k/tau)`` with H = f(0) minus the steady answer at 0. For H < 0 this grows
    with k, and the first window with a positive end is known by a logarithm, however late it comes; for H >= 0 it
    falls, and only the first window can have one. One bracketed solution inside the window is all that is left.
    Where D has one sign, f crosses once or never. Slow sinusoids are left to the general search.
Guarantee
    That of `oscillations`, whose sums are evaluated here: the ends of windows in doubt are judged with sixty digits.
Source
    Section 7 of the explanation page "Finding crossings".
"""

from __future__ import annotations

from collections.abc import Sequence
from math import acos, atan2, ceil, cos, floor, inf, log, pi, sin, sqrt

from .oscillations import OscillatingSum
from .refinement import refine

#: Beyond this many windows the general search is asked: the logarithm has lost its digits.
MOST_WINDOWS = 1e12


#: Radians in a time constant below which windows are so long that f has all but vanished at their ends.
SLOW = 1.0


class SineDrive:
    """A sum of exponentials seen as a leaky variable under a constant and one sinusoid.

    Parameters
    ----------
    plan : OscillatingSum
    node : int
        The leaky variable's own.
    constants, wave : list of int, int
        Coefficients of the drive that belong to constants, and that of the sinusoid.
    """

    def __init__(self, plan: OscillatingSum, node: int, constants: list[int], wave: int) -> None:
        self._plan, self._constants, self._wave = plan, constants, wave
        self._rate = plan.terms.nodes[node].rate
        self._tau = -1.0 / self._rate
        self._omega = plan.terms.nodes[plan.terms.chains[wave][0]].rate.imag

    def first_change(
        self, coefficients: Sequence, start: float, horizon: float, sizes: Sequence[float]
    ) -> float | None:
        """Return when the sum first changes its sign; `inf` for never, or not before `horizon`.

        None where the general search has to be asked.

        Parameters
        ----------
        start : float
            The sum at s = 0, not zero.
        """
        side = -1.0 if start > 0.0 else 1.0
        walk = self._plan.walk([side * c for c in coefficients], side * start, sizes)
        drive = dict(walk.sums[1])
        F0 = self._tau * sum(drive.get(j, 0.0).real for j in self._constants)
        z = self._tau * complex(drive.get(self._wave, 0.0))
        A, psi, omega = abs(z), atan2(z.imag, z.real), self._omega
        if omega < 0.0:
            psi, omega = -psi, -omega
        if F0 <= -A:
            return inf
        q = omega * self._tau
        if q < SLOW and F0 < A:
            return None
        H = side * start - F0 - A * (cos(psi) + q * sin(psi)) / (1.0 + q * q)
        if F0 >= A:
            least = F0 - A / sqrt(1.0 + q * q)
            if not least > 0.0:
                return None
            end = self._tau * log(max(1.0, -H / least)) + self._tau
            return self._solve(walk, 0.0, end) if walk.sign(end) > 0 else None
        half = acos(-F0 / A)
        period, first = 2.0 * pi / omega, ((half - psi) % (2.0 * pi)) / omega
        candidates = [0]
        if H < 0.0:
            g = q * (F0 * q + A * sin(half)) / (1.0 + q * q)
            if not g > 0.0:
                return None if walk.sign(first) != -1 else inf
            number = (self._tau * log(max(1.0, -H / g)) - first) / period
            if not number < MOST_WINDOWS:
                return None
            lowest = max(0, floor(number) - 1)
            candidates = list(range(lowest, max(0, ceil(number)) + 2))
        for k in candidates:
            end = first + k * period
            begin = max(0.0, end - 2.0 * half / omega)
            if begin > horizon:
                return inf
            if walk.sign(end) > 0:
                return self._solve(walk, begin, end)
        return None if H < 0.0 else inf

    def _solve(self, walk, a: float, b: float) -> float:
        def evaluate(s: float) -> tuple[float, float]:
            return walk.top(s), walk.value(walk.sums[1], s)

        return walk.polish(refine(evaluate, a, b, -1, self._rate, self._plan.fastest, tight=True), a, b)


def find_sine_drive(plan: OscillatingSum) -> SineDrive | None:
    """Return how the sums of a plan are driven by one sinusoid; None where they are driven by more."""
    nodes, chains = plan.terms.nodes, plan.terms.chains
    if len(plan.real_levels) != 1 + any(nodes[q].is_real and nodes[q].rate == 0.0 for c in plan.wanted for q in c):
        return None
    level = plan.real_levels[0]
    if not nodes[level.node].rate < 0.0:
        return None
    places = sorted({target for source, target, _ in level.moves if source < plan.size})
    own = [j for j in range(plan.size) if level.node not in chains[j] and nodes[chains[j][0]].rate != 0.0]
    waves = [j for j in places if not nodes[chains[j][0]].is_real]
    constants = [j for j in places if nodes[chains[j][0]].is_real and nodes[chains[j][0]].rate == 0.0]
    if own or len(waves) != 1 or len(waves) + len(constants) != len(places) or any(len(chains[j]) > 1 for j in places):
        return None
    return SineDrive(plan, level.node, constants, waves[0]) if nodes[chains[waves[0]][0]].rate.real == 0.0 else None
