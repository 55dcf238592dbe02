r"""Linear systems: any number of variables that drive each other, with constant coefficients.

Equation
    ``dx_i/dt = sum of A_ij x_j + b_i + sum of waves`` (constants, ramps, exponentials and sinusoids of time)
Exact solution
    ``x_j(s)`` is a sum over all ways from a cause (an initial value, a constant, a wave) along the couplings to x_j:
    each way contributes the product of its couplings times the divided difference of the exponential over the rates
    that it meets (`crossing.differences`). A coupled pair or a larger block is met with Newton's interpolation at its
    eigenvalues. Equal rates, zero rates (integrators) and complex rates (resonance) are ordinary cases.
Crossing
    A threshold is such a sum, too: `crossing.sums` and `crossing.oscillations` give all its sign changes.
Parameters
    The matrix A [1/ms], the constants b [unit of x per ms], the waves.
State
    The variables in the order of the equations.
Limits
    Blocks of three and more variables that are all coupled take their eigenvalues from LAPACK, polished to rounding.
Source
    Rotter & Diesmann (1999), Biological Cybernetics 81, 381-402, for the exact solution between events; McCurdy, Ng &
    Parlett (1984), Mathematics of Computation 43, 501-528, for divided differences.
See also
    `leaky`, `integrator`: one variable by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain as chain_of
from math import comb, cos, exp, factorial, inf, pi, sin

from ..crossing.differences import product_error
from ..crossing.drives import SimpleDrive, find_simple_drive
from ..crossing.leaves import Combination, Tone
from ..crossing.oscillations import OscillatingSum
from ..crossing.sums import Chain, Node, RealSum, Terms
from ..instants import later
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
            drive = find_simple_drive(finder) if isinstance(finder, RealSum) else None
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


@dataclass(frozen=True)
class Phase:
    """How the variables of one neuron move, in or outside the refractory period.

    Attributes
    ----------
    matrix : tuple of tuple of Fraction
    constants : tuple of Fraction
        b.
    waves : tuple of (int, Tone, float)
        Variable that is driven, the wave, and its amplitude [unit of x per ms].
    observed : tuple of Tone
        Waves in thresholds; they belong to the structure.
    """

    matrix: Matrix
    constants: tuple[Fraction, ...]
    waves: tuple[tuple[int, Tone, float], ...]
    observed: tuple[Tone, ...] = ()

    @cached_property
    def structure(self) -> Structure:
        tones = dict.fromkeys(tone.shape() for _, tone, _ in self.waves)
        tones.update(dict.fromkeys(tone.shape() for tone in self.observed))
        return structure_of(self.matrix, tuple(tones))

    @cached_property
    def _drives(self) -> list[tuple[int, int, Tone, float]]:
        """Variable, number of the wave in the structure, the wave, and its amplitude."""
        tones = self.structure.tones
        return [(i, tones.index(tone.shape()), tone, amplitude) for i, tone, amplitude in self.waves]

    @cached_property
    def _floats(self) -> list[float]:
        return [float(b) for b in self.constants]

    def _wave_causes(self, base: float, low: float) -> dict[Cause, complex | float]:
        """Return the present values of the waves that drive the variables."""
        causes: dict[Cause, complex | float] = {}
        for i, r, tone, amplitude in self._drives:
            for part, value in enumerate(start_of(tone, base, low)):
                cause = ("w", r, part, i)
                causes[cause] = causes.get(cause, 0.0) + amplitude * value
        return causes

    def flow(self, x: Sequence[float], base: float, low: float, s: float) -> list[float]:
        """Return the variables a time `s` after the instant ``base + low``, where they are `x`."""
        if s == 0.0:
            return list(x)
        waves = self._wave_causes(base, low) if self.waves else {}
        values: dict[int, complex | float] = {}
        return [self._evaluate(j, x, waves, s, values) for j in range(len(x))]

    def value(self, j: int, x: Sequence[float], base: float, low: float, s: float) -> float:
        """Return variable j as `flow` does."""
        if s == 0.0:
            return x[j]
        return self._evaluate(j, x, self._wave_causes(base, low) if self.waves else {}, s, {})

    def _evaluate(self, j: int, x: Sequence[float], waves: dict, s: float, values: dict) -> float:
        """Return variable j after time s > 0; `values` keeps the divided differences at s."""
        terms, rows = self.structure.solution
        floats = self._floats
        total: complex | float = 0.0
        for number, cause, weight in rows[j]:
            kind, i = cause[0], cause[1]
            source = x[i] if kind == "x" else floats[i] if kind == "b" else waves.get(cause, 0.0)
            if source:
                if number not in values:
                    values[number] = terms.value(number, s)
                total += source * weight * values[number]
        return total.real

    def slope_and_size(
        self, combination: Combination, x: Sequence[float], base: tuple[float, float], s: float
    ) -> tuple[float, float]:
        """Return the derivative of a combination after time s, and the sum of the sizes of its terms there."""
        coefficients, finder, _ = self.observe(combination, x, *base)
        return finder.slope_and_size(coefficients, s)

    def row(self, j: int) -> tuple:
        """Return all that the equation of variable j says."""
        return self.matrix[j], self.constants[j], tuple(wave for wave in self.waves if wave[0] == j)

    def describe(self, j: int) -> str:
        """Return what kind of solution variable j has."""
        structure = self.structure
        nodes = [structure.nodes[q] for q in self._nodes_behind(j)]
        waves = sum(any(structure.responses[i][j]) for i, _, _, _ in self._drives)
        if any(not node.is_real for node in nodes):
            kind = "coupled pair with complex rates (resonance)"
        elif len(nodes) > 1:
            kind = f"linear system of {len(nodes)} rates"
        else:
            kind = "leaky relaxation" if nodes[0].speed else "perfect integrator"
        return kind + (f", driven by {waves} function{'s' * (waves > 1)} of time" if waves else "")

    def rates(self, j: int) -> str:
        """Return the rates in the solution of variable j, as their users know them."""
        words = []
        for q in self._nodes_behind(j):
            rate = self.structure.nodes[q].rate
            if isinstance(rate, complex):
                if rate.imag > 0.0:
                    decay = f", decay {-1.0 / rate.real:.4g} ms" if rate.real else ""
                    words.append(f"oscillation {rate.imag / (2e-3 * pi):.4g} Hz{decay}")
            else:
                words.append(f"time constant {-1.0 / rate:.4g} ms" if rate else "no decay")
        return ", ".join(words)

    def _nodes_behind(self, j: int) -> list[int]:
        structure = self.structure
        return sorted({q for i in range(structure.m) for chain in structure.responses[i][j] for q in chain})

    def observe(
        self, combination: Combination, x: Sequence[float], base: float, low: float
    ) -> tuple[list, RealSum | OscillatingSum, SimpleDrive | None]:
        """Return the coefficients of a combination of variables as a sum of exponentials, and what searches it."""
        structure, floats = self.structure, self._floats
        x, constant = list(x), combination.constant
        if len(combination.weights) == 1:
            # measure the variable from its level: then the drive is what decides, exactly
            j, level = combination.weights[0][0], combination.level
            x[j], constant, floats = x[j] - level, 0.0, self._constants_above(j, level)
        waves = self._wave_causes(base, low) if self.waves else {}
        used = frozenset([("b", i) for i, b in enumerate(floats) if b] + list(waves))
        direct = tuple(structure.tones.index(tone.shape()) for tone, _ in combination.tones)
        targets = tuple(j for j, _ in combination.weights)
        finder, drive, entries, zero, tones = structure.plan(targets, direct, used)
        coefficients: list[complex | float] = [0.0] * finder.size
        for number, place, cause, weight in entries:
            kind, i = cause[0], cause[1]
            source = x[i] if kind == "x" else floats[i] if kind == "b" else waves.get(cause, 0.0)
            if source:
                coefficients[number] += combination.weights[place][1] * (source * weight)
        coefficients[zero] += constant
        for numbers, (tone, amplitude) in zip(tones, combination.tones, strict=True):
            for number, value in zip(numbers, start_of(tone, base, low), strict=True):
                coefficients[number] += amplitude * value
        return coefficients, finder, drive

    @cached_property
    def _above(self) -> dict[tuple[int, float], list[float]]:
        return {}

    def _constants_above(self, j: int, level: float) -> list[float]:
        """Return the constants b when variable j is measured from a level."""
        key = j, level
        if key not in self._above:
            height = Fraction(level)
            self._above[key] = [float(b + row[j] * height) for b, row in zip(self.constants, self.matrix, strict=True)]
        return self._above[key]

    def changes(
        self,
        combination: Combination,
        start: float,
        x: Sequence[float],
        base: tuple[float, float],
        horizon: float,
        only_first: bool = False,
    ) -> Iterator[tuple[float, float, int]]:
        """Yield the sign of a combination right after `base`, and each change of it: instant, remainder, new sign.

        Parameters
        ----------
        start : float
            Its value at `base`, as the caller knows it.
        horizon : float
            Changes later than this may be left out.
        only_first : bool
            Whether those after the first are of no interest.
        """
        coefficients, finder, drive = self.observe(combination, x, *base)
        if only_first and drive is not None and start != 0.0:
            sign = 1 if start > 0.0 else -1
            yield (*base, sign)
            s = drive.first_change(coefficients, start, horizon)
            if s < inf:
                yield (*later(*base, s), -sign)
            return
        if isinstance(finder, RealSum):
            sign, points = finder.sign_changes(coefficients, start)
            yield (*base, sign)
            for s in points:
                sign = -sign
                yield (*later(*base, s), sign)
            return
        for s, sign in finder.sign_changes(coefficients, start, horizon):
            yield (*later(*base, s), sign)


def start_of(tone: Tone, base: float, low: float) -> list[complex | float]:
    """Return the values of a wave at the instant ``base + low``, for each power of the time since then.

    ``(t0 + s)^n = sum of comb(n, k) t0^(n - k) s^k``, and ``s^k e^(a s)`` is k! times a divided difference.
    """
    phase = tone.omega * base
    rest = product_error(tone.omega, base, phase) + tone.omega * low + tone.phase
    c, d = cos(phase), sin(phase)
    c, d = c * cos(rest) - d * sin(rest), d * cos(rest) + c * sin(rest)
    value: complex | float
    if tone.omega:
        value = complex(c, d) if tone.is_cosine else complex(d, -c)
    else:
        value = c if tone.is_cosine else d
    if tone.rate:
        value *= exp(tone.rate * base) if tone.rate * base < 709.0 else inf
    n, t0 = tone.power, base + low
    return [value * comb(n, k) * factorial(k) * t0 ** (n - k) for k in range(n + 1)]
