r"""Linear equations with additive noise over any span of time: where they lead on average, and how far chance spreads.

Equation
    ``dx = (A x + b) dt + B dW``, with m variables and independent Wiener processes W
Exact solution
    ``x(t + s) = E x(t) + c + L N`` in distribution, N standard normal,
    ``E = exp(A s)``, ``c = int_0^s exp(A r) b dr``, ``L L' = S = int_0^s exp(A r) B B' exp(A' r) dr``
One variable
    ``E = exp(a s)``, ``c = b s r(a s)``, ``S = B B' s r(2 a s)`` with ``r(z) = (exp(z) - 1)/z``, which is 1 at z = 0
Several variables
    The power series of all three in s, whose coefficients are made once; a span that is long beside the couplings is
    halved until they converge, and composed again: ``E_2s = E E``, ``c_2s = c + E c``, ``S_2s = S + E S E'``.
    Van Loan's block exponential, the usual way, holds exp(-A s) beside exp(A s), and loses all digits where a fast
    variable has long forgotten its past. Here nothing that grows is subtracted, and every entry has its own digits.
Limits
    S may be singular (a variable that no noise reaches, two that move alike): L has columns of zeros there.
Source
    Gardiner (2009), Stochastic methods, chapter 4 (Ornstein-Uhlenbeck process). Van Loan (1978), Computing
    integrals involving the matrix exponential, IEEE Trans Automat Contr 23, 395-404, for comparison; doubling as in
    Higham (2005), The scaling and squaring method revisited, SIAM J Matrix Anal Appl 26, 1179-1193.
See also
    `bridge`, what happens inside the span.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..equations.builtins import FUNCTIONS
from .stepping import Column, Columns, add_up

#: A series over at most half the fastest time constant has converged after so many terms, and two more per variable.
TERMS = 18

#: A pivot of the covariance below this share of its variance is rounding: that variable follows from those before.
SINGULAR = 1e-13

EXP, EXPREL = FUNCTIONS["exp"].over_arrays, FUNCTIONS["exprel"].over_arrays
EXP_OF_ONE, EXPREL_OF_ONE = FUNCTIONS["exp"].for_one, FUNCTIONS["exprel"].for_one

#: So many transitions of single neurons are kept.
KNOWN = 256


@dataclass(frozen=True)
class Transition:
    """Where a span of time leads: ``x(t + s) = mean x(t) + shift + factor N``.

    Each entry is a float that all neurons share, or an array with one value for each.

    Attributes
    ----------
    mean : tuple of tuple of float or ndarray
        Row by row.
    shift : tuple of float or ndarray
    factor : tuple of tuple of float or ndarray
        Lower triangular.
    """

    mean: tuple[tuple[Column, ...], ...]
    shift: tuple[Column, ...]
    factor: tuple[tuple[Column, ...], ...]

    @property
    def noisy(self) -> tuple[int, ...]:
        """The variables that a normal number of their own is needed for."""
        return tuple(j for j in range(len(self.shift)) if _counts(self.factor[j][j]))

    def of(self, who: int | np.ndarray) -> Transition:
        """Return the transition of one neuron, as floats, or of some."""
        entries = (*self.shift, *(entry for rows in (self.mean, self.factor) for row in rows for entry in row))
        if all(isinstance(entry, float) for entry in entries):
            return self

        def pick(entry: Column) -> Column:
            if isinstance(entry, float):
                return entry
            return float(entry[who]) if isinstance(who, int) else entry[who]

        mean, factor = (tuple(tuple(map(pick, row)) for row in rows) for rows in (self.mean, self.factor))
        return Transition(mean, tuple(map(pick, self.shift)), factor)

    def expect(self, x: Columns) -> list[Column]:
        """Return the mean state at the end of the span."""
        ahead = []
        for row, constant in zip(self.mean, self.shift, strict=True):
            for entry, v in zip(row, x, strict=True):
                if _counts(entry):
                    constant = constant + entry * v
            ahead.append(constant)
        return ahead

    def take(self, x: Columns, normals: Sequence[Column]) -> list[Column]:
        """Return the state at the end of the span.

        Parameters
        ----------
        x : sequence of float or ndarray
            The state at its beginning, a column a variable.
        normals : sequence of float or ndarray
            One for each variable; those that are not among `noisy` are not looked at.
        """
        ahead = self.expect(x)
        for i, row in enumerate(self.factor):
            for entry, normal in zip(row[: i + 1], normals, strict=False):
                if _counts(entry):
                    ahead[i] = ahead[i] + entry * normal
        return ahead

    def normals_for(self, x: Columns, ahead: Columns) -> list[Column]:
        """Return the normal numbers with which the span leads from one state to another; zero where none is needed."""
        found: list[Column] = []
        for i, (row, v, mean) in enumerate(zip(self.factor, ahead, self.expect(x), strict=True)):
            found.append(_quotient(v - mean - dot(row[:i], found), row[i]))
        return found

    def weigh(self, gap: Columns) -> list[Column]:
        """Return y with ``S y = gap``, S being the covariance; zero for what chance does not reach."""
        m, halfway = len(gap), list[Column]()
        for i, row in enumerate(self.factor):
            halfway.append(_quotient(gap[i] - dot(row[:i], halfway), row[i]))
        found: list[Column] = [0.0] * m
        for j in reversed(range(m)):
            below = range(j + 1, m)
            rest = dot([self.factor[i][j] for i in below], [found[i] for i in below])
            found[j] = _quotient(halfway[j] - rest, self.factor[j][j])
        return found

    def spread(self, weights: Sequence[Column]) -> tuple[list[Column], Column]:
        """Return the covariance of every variable with ``weights . x`` at the end of the span, and the variance of it.

        Parameters
        ----------
        weights : sequence of float or ndarray
            One for each variable.
        """
        m = len(weights)
        along = [dot([self.factor[i][j] for i in range(m)], weights) for j in range(m)]
        return [dot(row, along) for row in self.factor], dot(along, along)


class Diffusion:
    """Linear equations with additive noise of many neurons, from which transitions over any span are made.

    Neurons with the same coefficients are reckoned once.

    Parameters
    ----------
    A : ndarray, shape (n, m, m)
        Couplings [1/ms]. Here and below n may be 1 where all neurons have the same.
    b : ndarray, shape (n, m)
        Drives [unit of x / ms].
    B : ndarray, shape (n, m, s)
        What each of s sources of noise is multiplied by [unit of x / sqrt(ms)].

    Attributes
    ----------
    n, m : int
        Numbers of neurons and of variables.

    Examples
    --------
    A Brownian motion for 4 ms:

    >>> over = Diffusion(np.zeros((1, 1, 1)), np.zeros((1, 1)), np.ones((1, 1, 1))).over(4.0)
    >>> over.mean, over.shift, over.factor
    (((1.0,),), (0.0,), ((2.0,),))
    """

    def __init__(self, A: np.ndarray, b: np.ndarray, B: np.ndarray) -> None:
        A, b, B = (np.asarray(part, dtype=float) for part in (A, b, B))
        self.n, self.m = max(map(len, (A, b, B))), A.shape[1]
        parts = [np.broadcast_to(part, (self.n, *part.shape[1:])).reshape(self.n, -1) for part in (A, b, B)]
        together = np.concatenate(parts, axis=1)
        if any(len(part) > 1 for part in (A, b, B)):
            _, first, self._kind = np.unique(together, axis=0, return_index=True, return_inverse=True)
            self._kind = self._kind.reshape(-1)
        else:
            first, self._kind = np.zeros(1, int), np.zeros(self.n, int)
        self._A, self._b, self._B = (part[first if len(part) > 1 else np.zeros(len(first), int)] for part in (A, b, B))
        self._series = _Series(self._A, self._b, self._B) if self.m > 1 else None
        # many neurons meet the same input at the same instant
        self._known: dict[tuple[int, float], Transition] = {}

    @property
    def coefficients(self) -> tuple[tuple, tuple, tuple]:
        """A, b and B, entry by entry, each a float that all share or an array with one value for each neuron."""
        A, b, B = (
            np.moveaxis(part[self._kind], 0, -1) if len(part) > 1 else np.moveaxis(part, 0, -1)
            for part in (self._A, self._b, self._B)
        )
        return _entries(A), tuple(map(_entry, b)), _entries(B)

    def over(self, span: float | np.ndarray, who: int | np.ndarray | None = None) -> Transition:
        """Return the transition over a span of time.

        Parameters
        ----------
        span : float or ndarray
            [ms], at least zero; an array has one for each of `who`.
        who : int or ndarray, optional
            One neuron, whose transition is made of floats, or some; all if left out.

        Accuracy
        --------
        One variable: within 4 ulp while ``|a s| < 1``. Several: within 32 ulp; the diagonal of `mean` beside the 1 that
        it starts from, covariances beside the two standard deviations, and what oscillates beside its amplitude.
        """
        if isinstance(who, int):
            return self._over_one(float(span), int(self._kind[who]) if self.n > 1 else 0)
        kinds = self._kind if who is None else self._kinds(who)
        spans = np.broadcast_to(np.asarray(span, dtype=float), kinds.shape)
        is_same = len(kinds) == 1 or (len(self._A) == 1 and np.ndim(span) == 0)
        if is_same or np.ndim(span) == 0:
            used, back = (kinds[:1], None) if is_same else np.unique(kinds, return_inverse=True)
            mean, shift, factor = self._reckon(used, spans[: len(used)])
            if back is not None:
                mean, shift, factor = (part[..., back] for part in (mean, shift, factor))
        else:
            mean, shift, factor = self._reckon(kinds, spans)
        return Transition(_entries(mean), tuple(map(_entry, shift)), _entries(factor))

    def _over_one(self, span: float, kind: int) -> Transition:
        """Return the transition of one row of coefficients."""
        if (kind, span) not in self._known:
            if len(self._known) > KNOWN:
                self._known.clear()
            self._known[kind, span] = self._reckon_one(span, kind)
        return self._known[kind, span]

    def _reckon_one(self, span: float, kind: int) -> Transition:
        if self._series is not None:
            found = self._series.over_one(kind, span)
            if found is not None:
                return found
            mean, shift, factor = self._reckon(np.array([kind]), np.array([span]))
            return Transition(_entries(mean), tuple(map(_entry, shift)), _entries(factor))
        # as `_reckon` does, many times as quickly
        a, b, power = float(self._A[kind, 0, 0]), float(self._b[kind, 0]), 0.0
        for factor_of in self._B[kind, 0].tolist():
            power = power + factor_of * factor_of
        variance = power * span * EXPREL_OF_ONE(2.0 * (a * span))
        root = math.sqrt(variance) if variance >= 0.0 else math.nan
        return Transition(((EXP_OF_ONE(a * span),),), (b * span * EXPREL_OF_ONE(a * span),), ((root,),))

    def _kinds(self, who: np.ndarray) -> np.ndarray:
        return self._kind[who] if self.n > 1 else np.zeros(len(who), int)

    def _reckon(self, kinds: np.ndarray, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return E, c and L for rows of coefficients and a span for each, the last axis theirs."""
        if self._series is None:
            a, b, B = self._A[kinds, 0, 0], self._b[kinds, 0], self._B[kinds, 0]
            power, z = np.zeros(len(kinds)), a * spans
            for column in B.T:
                power = power + column * column
            L = np.sqrt(power * spans * EXPREL(2.0 * z))
            return EXP(z)[None, None], (b * spans * EXPREL(z))[None], L[None, None]
        E, c, S = self._series.over(kinds, spans)
        return E, c, find_factor(S)


class _Series:
    """The power series in time of the exponential less one, of the shift and of the covariance."""

    def __init__(self, A: np.ndarray, b: np.ndarray, B: np.ndarray) -> None:
        A, b, B = (np.moveaxis(part, 0, -1) for part in (A, b, B))
        m = len(A)
        norm = np.maximum(np.sum(np.abs(A), axis=1).max(axis=0), np.sum(np.abs(A), axis=0).max(axis=0))
        # a power of two, so that nothing is rounded: half the time constant of the fastest coupling, at most
        self.reach = np.ldexp(1.0, -np.frexp(norm)[1] - 1)
        A = A * self.reach
        identity = np.broadcast_to(np.eye(m)[..., None], A.shape)
        power, response, covariance = identity, b * self.reach, _product(B, np.swapaxes(B, 0, 1)) * self.reach
        terms = []
        for k in range(TERMS + 2 * m):
            # over k + 1, for each integral over time raises the power of s by one
            power, response = _product(A, power) / (k + 1), response / (k + 1)
            covariance = covariance / (k + 1)
            terms.append(np.concatenate([power.reshape(m * m, -1), response, covariance.reshape(m * m, -1)]))
            half = _product(A, covariance)
            response, covariance = _product(A, response[:, None])[:, 0], half + np.swapaxes(half, 0, 1)
        self.m, self.terms = m, np.array(terms)
        # those of rows that were asked for alone, from the highest power down
        self._columns: dict[int, list[list[float]]] = {}

    def over(self, kinds: np.ndarray, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return E, c and S."""
        m, z = self.m, spans / self.reach[kinds]
        doublings = np.maximum(np.frexp(z)[1], 0)
        z = np.ldexp(z, -doublings)
        terms = self.terms[..., kinds]
        total = terms[-1]
        for term in terms[-2::-1]:
            total = total * z + term
        total = total * z
        F, c, S = total[: m * m].reshape(m, m, -1), total[m * m : m * m + m], total[m * m + m :].reshape(m, m, -1)
        identity = np.eye(m)[..., None]
        for done in range(int(doublings.max(initial=0))):
            more, E = doublings > done, F + identity
            S = np.where(more, S + _product(_product(E, S), np.swapaxes(E, 0, 1)), S)
            c = np.where(more, c + (c + _product(F, c[:, None])[:, 0]), c)
            # without the one, beside which a slow variable would lose its digits
            F = np.where(more, 2.0 * F + _product(F, F), F)
        return F + identity, c, S

    def over_one(self, kind: int, span: float) -> Transition | None:
        """Return the transition of one row over a span that needs no doubling, as `over` does, quickly; else None."""
        m, z = self.m, span / float(self.reach[kind])
        if not z < 1.0:
            return None
        if kind not in self._columns:
            if len(self._columns) > KNOWN:
                self._columns.clear()
            self._columns[kind] = self.terms[::-1, :, kind].T.tolist()
        totals = []
        for column in self._columns[kind]:
            total = column[0]
            for term in column[1:]:
                total = total * z + term
            totals.append(total * z)
        rows = range(m)
        mean = tuple(tuple(totals[i * m + j] + (1.0 if i == j else 0.0) for j in rows) for i in rows)
        S = [totals[m * m + m + i * m : m * m + m + i * m + m] for i in rows]
        return Transition(mean, tuple(totals[m * m : m * m + m]), _factor_of_one(S))


def _factor_of_one(S: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    """Return what `find_factor` does of one matrix."""
    m = len(S)
    L = [[0.0] * m for _ in S]
    for j in range(m):
        rest = [S[i][j] - add_up(L[i][k] * L[j][k] for k in range(j)) for i in range(j, m)]
        if rest[0] > SINGULAR * S[j][j]:
            pivot = math.sqrt(rest[0])
            for i in range(j, m):
                L[i][j] = rest[i - j] / pivot if i > j else pivot
    return tuple(map(tuple, L))


def find_factor(S: np.ndarray) -> np.ndarray:
    """Return the lower triangle L with ``L L' = S``, with columns of zeros where S is singular.

    Parameters
    ----------
    S : ndarray, shape (m, m, n)
        Symmetric without negative eigenvalues, but for rounding.
    """
    L = np.zeros_like(S)
    for j in range(len(S)):
        rest = S[j:, j] - add_up(L[j:, k] * L[j, k] for k in range(j))
        is_own = rest[0] > SINGULAR * S[j, j]
        pivot = np.sqrt(np.where(is_own, rest[0], 1.0))
        L[j:, j] = np.where(is_own, rest / pivot, 0.0)
        L[j, j] = np.where(is_own, pivot, 0.0)
    return L


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the products of matrices, the last axis being that of the neurons; in one order of work for any number."""
    total = a[:, 0, None] * b[None, 0]
    for j in range(1, len(b)):
        total = total + a[:, j, None] * b[None, j]
    return total


def between(
    first: Transition,
    rest: Transition,
    whole: Transition,
    x: Columns,
    ahead: Columns,
    normals: tuple[Sequence[Column], Sequence[Column]],
) -> list[Column]:
    """Return a state inside a span whose both ends are known: the Brownian bridge of linear equations.

    A path is drawn that does not mind the end, and is then moved there: what it misses the end by is shared out as the
    covariance of the state inside with that at the end says.

    Parameters
    ----------
    first, rest, whole : Transition
        From the beginning to the instant, from there to the end, and over both.
    x, ahead : sequence of float or ndarray
        The states at both ends.
    normals : pair of sequences
        For both parts.

    Source
    ------
    Hoffman & Ribak (1991), Astrophys J 380, L5-L8 (Gaussian fields with constraints).
    """
    inside = first.take(x, normals[0])
    missed = [v - w for v, w in zip(ahead, rest.take(inside, normals[1]), strict=True)]
    y = whole.weigh(missed)
    m = range(len(y))
    together, _ = first.spread([dot([rest.mean[i][j] for i in m], y) for j in m])
    return [v + share for v, share in zip(inside, together, strict=True)]


def _quotient(a: Column, b: Column) -> Column:
    """Return a/b, and zero for b = 0."""
    if isinstance(b, float):
        return a / b if b else 0.0
    return np.divide(a, b, out=np.zeros_like(b), where=b != 0.0)


def dot(row: Sequence[Column], column: Sequence[Column]) -> Column:
    """Return the sum of the products of two lists of columns."""
    return add_up(a * b for a, b in zip(row, column, strict=True))


def _counts(entry: Column) -> bool:
    return not isinstance(entry, float) or entry != 0.0


def _entries(rows: np.ndarray) -> tuple[tuple[Column, ...], ...]:
    return tuple(tuple(map(_entry, row)) for row in rows)


def _entry(values: np.ndarray) -> Any:
    """Return one entry of many neurons as a float where they share it."""
    if len(values) == 1 or not np.any(values):
        return float(values[0])
    return np.ascontiguousarray(values)
