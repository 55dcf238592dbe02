"""The slow truth for linear systems: states to some 50 digits, and every sign change of what a threshold looks at.

``x' = A x + b + sum of amplitude * t^n e^(rate t) cos or sin(omega t + phase)`` is made a homogeneous system of more
variables (one that stays 1, and the waves with their quadratures), and that is followed with ``e^(B h)`` for
h = 2**e, 2**(e+1), ...: a Taylor series for the first, squaring for the others. Numbers are integers in units of
2**-BITS, so nothing underflows silently, equal rates are no special case, and no eigenvalue is ever computed.

Sign changes are found by walking: 24 cells an octave of time, each at most a 24th of the fastest period. In a cell the
signs of f, f' and f'' at both ends tell whether there can be an extremum; then it is found by halving, and the sign of
f there decides. Nothing of Rolle, of divided differences or of envelopes, and nothing of eventsnn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from operator import mul

import mpmath
import numpy as np

BITS = 288
ONE = 1 << BITS
#: Cells of the walk in an octave of time.
CELLS = 24

mp = mpmath.mp.clone()
mp.prec = BITS + 64


def exact(x) -> Fraction:
    """Return the number that a double (or Fraction) stands for."""
    return x if isinstance(x, Fraction) else Fraction(x)


def as_mpf(x: Fraction):
    """Return a fraction to BITS digits."""
    return mp.mpf(x.numerator) / x.denominator


def fixed(x) -> int:
    """Return a number in units of 2**-BITS."""
    if isinstance(x, mpmath.mpf | type(mp.mpf(0))):
        return int(mp.floor(mp.ldexp(mp.mpf(x), BITS)))
    x = exact(x)
    return (x.numerator << BITS) // x.denominator


@dataclass(frozen=True)
class Wave:
    """``t**power e^(rate (t - origin)) cos(omega t + phase)``, or with the sine."""

    omega: float = 0.0
    phase: float = 0.0
    rate: float = 0.0
    power: int = 0
    is_cosine: bool = False
    origin: float = 0.0

    def start(self, t: Fraction) -> list:
        """Return ``[t^k cos, t^k sin for k = 0..power]`` at the instant t; `growth` is left out."""
        angle = as_mpf(exact(self.omega) * t + exact(self.phase))
        c, s = mp.cos(angle), mp.sin(angle)
        power = mp.mpf(1)
        result = []
        for _ in range(self.power + 1):
            result += [c * power, s * power]
            power *= as_mpf(t)
        return result

    def growth(self, t: Fraction):
        """Return ``e^(rate (t - origin))``, with which amplitudes are multiplied: alone it may be far from 1."""
        return mp.exp(as_mpf(exact(self.rate) * (t - exact(self.origin))))

    @property
    def place(self) -> int:
        """Which of these values the wave is."""
        return 2 * self.power + (not self.is_cosine)


@dataclass(frozen=True)
class System:
    """A linear system.

    Attributes
    ----------
    matrix, constants
        Doubles or Fractions [1/ms].
    waves : tuple of (int, Wave, float)
        The variable driven, the wave, the amplitude.
    """

    matrix: Sequence[Sequence]
    constants: Sequence
    waves: tuple = ()

    def path(self, x: Sequence, t: float | Fraction = 0.0) -> Path:
        """Return the course from the instant t on."""
        return Path(self, x, exact(t))


class Path:
    """The course of a system from given values on."""

    def __init__(self, system: System, x: Sequence, t: Fraction, observed: Sequence[Wave] = ()) -> None:
        self.system, self.begin, self.m = system, t, len(system.matrix)
        m = self.m
        kinds: list[Wave] = list(dict.fromkeys([wave for _, wave, _ in system.waves] + list(observed)))
        self.kinds, self.offsets, size = kinds, {}, m + 1
        for wave in kinds:
            self.offsets[wave] = size
            size += 2 * (wave.power + 1)
        B = [[Fraction(0)] * size for _ in range(size)]
        for i in range(m):
            for j in range(m):
                B[i][j] = exact(system.matrix[i][j])
            B[i][m] = exact(system.constants[i])
        for i, wave, amplitude in system.waves:
            B[i][self.offsets[wave] + wave.place] += _scaled(amplitude, wave.growth(t))
        for wave in kinds:
            for k in range(wave.power + 1):
                c = self.offsets[wave] + 2 * k
                for own, other, sign in ((c, c + 1, -1), (c + 1, c, 1)):
                    B[own][own] = exact(wave.rate)
                    B[own][other] = sign * exact(wave.omega)
                    if k:
                        B[own][own - 2] = Fraction(k)
        start = [fixed(exact(v)) for v in x] + [ONE]
        for wave in kinds:
            start += [fixed(v) for v in wave.start(t)]
        self.B, self.start, self.size_of_state = [[fixed(v) for v in row] for row in B], start, size
        # speeds, roughly: for the first step and the widths of the cells only
        inner = np.array([[float(v) for v in row[:m]] for row in B[:m]])
        spectrum = list(np.linalg.eigvals(inner)) if m else []
        spectrum += [complex(w.rate, w.omega) for w in kinds]
        self.fastest = max([abs(z) for z in spectrum] + [1e-9])
        self.omega = max([abs(z.imag) for z in spectrum if abs(z.imag) > 1e-6 * abs(z)] + [0.0])
        self.growth = max([z.real for z in spectrum] + [0.0])
        self.low = math.floor(-math.log2(self.fastest)) - 64
        # systems that differ in their initial values only share their propagators
        self.key = hash(tuple(map(tuple, self.B)))
        self._powers = _propagators(tuple(map(tuple, self.B)), self.low)

    # --- the flow ------------------------------------------------------------------------------------------------

    def propagator(self, e: int) -> list[list[int]]:
        """Return ``exp(B 2**e)``."""
        if e not in self._powers:
            self._powers[e] = self._series() if e <= self.low else _product(*[self.propagator(e - 1)] * 2)
        return self._powers[e]

    def _series(self) -> list[list[int]]:
        n = self.size_of_state
        total = [[ONE * (i == j) for j in range(n)] for i in range(n)]
        term, step = total, Fraction(2) ** self.low
        for k in range(1, 40):
            term = _product(term, self.B)
            term = [[v * step.numerator // (step.denominator * k) for v in row] for row in term]
            total = [[a + b for a, b in zip(p, q, strict=True)] for p, q in zip(total, term, strict=True)]
        return total

    def step(self, z: list[int], e: int) -> list[int]:
        """Return the state a time 2**e later."""
        return [sum(map(mul, row, z)) >> BITS for row in self.propagator(e)]

    def state(self, s: float | Fraction) -> list[int]:
        """Return the whole state after a time s."""
        return self.flow(self.start, s)

    def flow(self, z: list[int], s: float | Fraction) -> list[int]:
        """Return what becomes of a state in a time s."""
        s = exact(s)
        unit = Fraction(2) ** self.low
        count = s // unit
        e = self.low
        while count:
            if count & 1:
                z = self.step(z, e)
            count >>= 1
            e += 1
        rest = s - (s // unit) * unit
        term = z
        for k in range(1, 5):
            term = [sum(map(mul, row, term)) >> BITS for row in self.B]
            term = [v * rest.numerator // (rest.denominator * k) for v in term]
            z = [a + b for a, b in zip(z, term, strict=True)]
        return z

    def flow_of_row(self, row: list[int], s: Fraction) -> list[int]:
        """Return ``row . exp(B s)``, s in whole units of 2**low."""
        count, e = int(s / Fraction(2) ** self.low), self.low
        while count:
            if count & 1:
                row = [sum(map(mul, row, column)) >> BITS for column in zip(*self.propagator(e), strict=True)]
            count >>= 1
            e += 1
        return row

    def values(self, s: float | Fraction) -> list:
        """Return x after a time s, as numbers of many digits."""
        return [_number(v) for v in self.state(s)[: self.m]]

    @cached_property
    def sizing(self) -> tuple[Path, list[float]]:
        """The flow in which every constant drives by a variable of its own, and the sizes of what drives."""
        m, still = self.m, [0] * self.m
        rows = [[*row, *(float(i == j) for j in range(m))] for i, row in enumerate(self.system.matrix)]
        rows += [[0.0] * (2 * m)] * m
        flow = Path(System(rows, still + still, self.system.waves), still + still, self.begin)
        values = [abs(float(_number(v))) for v in [*self.start[:m], *(row[m] for row in self.B[:m])]]
        values = [*values, 0.0] + [1.0] * (flow.size_of_state - 2 * m - 1)
        for wave, first in flow.offsets.items():
            for k in range(wave.power + 1):
                values[first + 2 * k] = values[first + 2 * k + 1] = abs(float(self.begin)) ** k
        return flow, values

    def response(self, i: int, s: float) -> tuple[float, ...]:
        """Return, for each value of `sizing`, the size of what it makes of variable i after about a time s."""
        return _response(self.sizing[0], i, _coarse(s))

    def size(self, weights: Sequence, constant: float, waves: Sequence[tuple[Wave, float]], s: float) -> float:
        """Return the sum of the sizes of what each initial value, constant and wave contributes to a combination."""
        total = abs(float(constant))
        values = self.sizing[1]
        for i, w in enumerate(weights):
            if w:
                total += abs(float(w)) * sum(map(mul, self.response(i, s), values))
        for wave, amplitude in waves:
            t = self.begin + exact(s)
            total += abs(amplitude * float(as_mpf(t) ** wave.power * wave.growth(t)))
        return total

    # --- what a threshold looks at ---------------------------------------------------------------------------------

    def view(self, weights: Sequence, constant=0.0, waves: Sequence[tuple[Wave, float]] = ()) -> View:
        """Return ``weights . x + constant + sum of amplitude * wave`` along the path."""
        missing = [wave for wave, _ in waves if wave not in self.offsets]
        path = self
        if missing:
            path = Path(self.system, [Fraction(v, ONE) for v in self.start[: self.m]], self.begin, missing)
        h = [exact(w) for w in weights] + [exact(constant)] + [Fraction(0)] * (path.size_of_state - path.m - 1)
        for wave, amplitude in waves:
            h[path.offsets[wave] + wave.place] += _scaled(amplitude, wave.growth(path.begin))
        return View(path, h)


def _coarse(s: float) -> Fraction:
    """Return s to some three digits: enough for a size."""
    mantissa, exponent = math.frexp(float(s))
    return Fraction(round(mantissa * 2**10)) * Fraction(2) ** (exponent - 10)


#: Responses, for each flow (by its propagators), variable and time.
_responses: dict[tuple, tuple[float, ...]] = {}


def _response(flow: Path, i: int, s: Fraction) -> tuple[float, ...]:
    key = (flow.key, flow.low, i, s)
    if key not in _responses:
        if len(_responses) > 20_000:
            _responses.clear()
        row = [ONE * (j == i) for j in range(flow.size_of_state)]
        parts = [abs(float(_number(v))) for v in flow.flow_of_row(row, s)]
        if flow.omega:
            # an oscillation has its size where it passes zero, too; before its first turn it has none but its own
            slopes = flow.flow_of_row(flow.B[i], s)
            turn = min(1.0 / flow.omega, float(s))
            parts = [math.hypot(v, float(_number(d)) * turn) for v, d in zip(parts, slopes, strict=True)]
        _responses[key] = tuple(parts)
    return _responses[key]


@lru_cache(maxsize=64)
def _propagators(B: tuple, low: int) -> dict[int, list[list[int]]]:
    return {}


@dataclass
class Change:
    """A sign change: when, the sign afterwards, the slope there."""

    s: object
    sign: int
    slope: object


@dataclass
class Walk:
    """A path cut into monotone pieces of a view: ``(begin, end, state at begin, state at end)`` in units of 2**low.

    Attributes
    ----------
    nodes : list of int
        Numbers of the pieces that begin at the start or at an extremum; at last the number of pieces.
    """

    pieces: list[tuple[int, int, list[int], list[int]]]
    nodes: list[int]


class View:
    """A combination of the variables of a path, with its derivatives."""

    def __init__(self, path: Path, h: Sequence[Fraction]) -> None:
        self.path = path
        self._walks: dict[float, Walk] = {}
        self._nodes: dict[float, list[tuple[Fraction, object]]] = {}
        self._changes: dict[float, list[Change]] = {}
        self.rows = [[fixed(v) for v in h]]
        for _ in range(2):
            last = self.rows[-1]
            self.rows.append([sum(map(mul, last, column)) >> BITS for column in zip(*path.B, strict=True)])

    def with_constant(self, constant) -> View:
        """Return the view with another constant, which changes neither its extrema nor its pieces."""
        view = View.__new__(View)
        view.path, view._walks, view._nodes, view._changes = self.path, self._walks, {}, {}
        view.rows = [self.rows[0][:], *self.rows[1:]]
        view.rows[0][self.path.m] = fixed(constant)
        return view

    def _of(self, z: list[int], k: int = 0) -> int:
        return sum(map(mul, self.rows[k], z)) >> BITS

    def at(self, s: float | Fraction, k: int = 0):
        """Return the k-th derivative after a time s."""
        return _number(self._of(self.path.state(s), k))

    def cells(self, horizon: float) -> Iterator[tuple[int, int, list[int], list[int]]]:
        """Yield begin [2**low], exponent of the width [the same], and states at both ends."""
        path = self.path
        cap = math.floor(math.log2(2 * math.pi / path.omega / 24)) - path.low if path.omega else 10**6
        s, z, e, count = 0, path.start, 34, 0
        end = int(exact(horizon) / Fraction(2) ** path.low) + 1
        while s < end:
            width = min(e, cap)
            after = path.step(z, width + path.low)
            yield s, width, z, after
            s, z, count = s + (1 << width), after, count + 1
            if e < cap and count >= (2 * CELLS if e > 34 else CELLS):
                e, count = e + 1, CELLS

    def walk(self, horizon: float) -> Walk:
        """Return the monotone pieces up to the horizon and to the end of the cell that it lies in."""
        if horizon not in self._walks:
            pieces, nodes = [], [0]
            for s, e, a, b in self.cells(horizon):
                for left, right, p, q, turns in self._monotone(s, s + (1 << e), a, b):
                    pieces.append((left, right, p, q))
                    if turns:
                        nodes.append(len(pieces))
            if nodes[-1] != len(pieces):
                nodes.append(len(pieces))
            self._walks[horizon] = Walk(pieces, nodes)
        return self._walks[horizon]

    def nodes(self, horizon: float) -> list[tuple[Fraction, object]]:
        """Return start, extrema and end, and the values of f there; between them f is monotone."""
        if horizon not in self._nodes:
            walk, unit = self.walk(horizon), Fraction(2) ** self.path.low
            ends = [walk.pieces[number - 1] for number in walk.nodes[1:]]
            result = [(Fraction(0), _number(self._of(self.path.start)))]
            self._nodes[horizon] = result + [(right * unit, _number(self._of(q))) for _, right, _, q in ends]
        return self._nodes[horizon]

    def extrema(self, horizon: float) -> list[tuple[Fraction, object]]:
        """Return the places of all extrema and the values of f there."""
        return self.nodes(horizon)[1:-1]

    def changes(self, horizon: float) -> list[Change]:
        """Return every sign change of f in ``(0, end of the walk]``."""
        if horizon not in self._changes:
            walk, found, last = self.walk(horizon), [], _sign(self._of(self.path.start))
            for (_, f), first, after in zip(self.nodes(horizon)[1:], walk.nodes, walk.nodes[1:], strict=False):
                now = (f > 0) - (f < 0)
                if now and last == -now:
                    found.append(self._change(walk, first, after, now))
                last = now or last
            self._changes[horizon] = found
        return self._changes[horizon]

    def _change(self, walk: Walk, first: int, after: int, sign: int) -> Change:
        """Return the change of f to a sign in the monotone pieces from `first` on, before `after`."""
        low, high = first, after - 1
        while low < high:
            middle = (low + high) // 2
            if _sign(self._of(walk.pieces[middle][3])) == sign:
                high = middle
            else:
                low = middle + 1
        left, right, p, _ = walk.pieces[low]
        return self._root(left, right, p, sign)

    def _monotone(self, s: int, end: int, a: list[int], b: list[int]) -> Iterator[tuple]:
        """Yield pieces of a cell in which f is monotone: begin, end, states there, whether f turns at the end."""
        pieces = [(s, end, a, b)]
        if self._of(a, 2) * self._of(b, 2) < 0:
            middle, z = self._halve(s, end, a, 2)
            pieces = [(s, middle, a, z), (middle, end, z, b)]
        for left, right, p, q in pieces:
            if self._of(p, 1) * self._of(q, 1) < 0:
                middle, z = self._halve(left, right, p, 1)
                if middle > left:
                    yield left, middle, p, z, True
                    left, p = middle, z
            yield left, right, p, q, False

    def _halve(self, left: int, right: int, p: list[int], k: int) -> tuple[int, list[int]]:
        """Return the last place in [left, right) before the k-th derivative changes its sign, and the state there."""
        sign, path = self._of(p, k) > 0, self.path
        for n in reversed(range((right - left).bit_length())):
            if left + (1 << n) >= right:
                continue
            z = path.step(p, n + path.low)
            if (self._of(z, k) > 0) == sign:
                left, p = left + (1 << n), z
        return left, p

    def _root(self, left: int, right: int, p: list[int], sign: int) -> Change:
        count, z = self._halve(left, right, p, 0)
        s = count * Fraction(2) ** self.path.low
        f, slope, bend = (_number(self._of(z, k)) for k in range(3))
        # within 2**low: a Newton step and the second order are all that is left
        step = -f / slope if slope else mp.mpf(0)
        if slope and abs(step) < mp.mpf(2) ** (self.path.low + 1):
            step -= bend * step * step / (2 * slope)
        else:
            step = mp.mpf(0)
        return Change(as_mpf(s) + step, sign, slope + bend * step)


def _product(a: list[list[int]], b: list[list[int]]) -> list[list[int]]:
    columns = list(zip(*b, strict=True))
    return [[sum(map(mul, row, column)) >> BITS for column in columns] for row in a]


def _scaled(amplitude, growth) -> Fraction:
    return Fraction(fixed(as_mpf(exact(amplitude)) * growth), ONE)


def _sign(v: int) -> int:
    return (v > 0) - (v < 0)


def _number(v: int):
    return mp.ldexp(mp.mpf(v), -BITS)


def time_bound(s, slope, scale: float):
    """Return the promised bound of a crossing time: 2 x [ulp(t) + ulp(scale)/|f'|]."""
    return 2 * (mp.mpf(math.ulp(float(s))) + mp.mpf(math.ulp(scale)) / abs(slope))
