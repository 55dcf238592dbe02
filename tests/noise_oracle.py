"""The slow truth about noise: closed forms, also of discretised chains, Siegert's integrals to 30 digits, plain NumPy.

Imports nothing of eventsnn. Times are in ms, and noise is as in ``dv/dt = (mu - v)/tau + sigma*xi*tau**-0.5``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import mpmath
import numpy as np
from scipy import linalg

DIGITS = 30
mp = mpmath.mp.clone()
mp.dps = DIGITS

#: By how much a walk that is looked at only every dt overshoots a level, in its standard deviation per step:
#: -zeta(1/2)/sqrt(2 pi), Siegmund (1979), Adv Appl Prob 11, 701-719; Asmussen, Glynn & Pitman (1995), Ann Appl Prob 5.
OVERSHOOT = float(-mpmath.zeta(0.5) / mpmath.sqrt(2 * mpmath.pi))


# --- intervals of the leaky integrator --------------------------------------------------------------------------


def siegert_interval(mu: float, sigma: float, tau: float, V_th: float, V_reset: float, t_ref: float = 0.0):
    """Return the mean interval: ``t_ref + tau sqrt(pi) int_a^b exp(x**2) (1 + erf x) dx``."""
    a, b = _levels(mu, sigma, V_th, V_reset)
    integral = _quad(lambda x: mp.exp(x * x) * mp.erfc(-x), _cuts(a, b))
    return mp.mpf(t_ref) + mp.mpf(tau) * mp.sqrt(mp.pi) * integral


def siegert_variance(mu: float, sigma: float, tau: float, V_th: float, V_reset: float):
    """Return the variance of the interval: ``2 pi tau**2 int_a^b exp(x**2) int_-oo^x exp(y**2) (1 + erf y)**2 dy dx``.

    In the other order: for each y the outer integral is that of exp(x**2) from max(a, y) to b, which is known.
    """
    a, b = _levels(mu, sigma, V_th, V_reset)

    top, whole = mp.erfi(b), mp.erfi(b) - mp.erfi(a)

    def inner(y):
        return mp.exp(y * y) * mp.erfc(-y) ** 2

    # below a it shrinks as exp(-y**2), in steps of 1/a if that is far below zero
    step = 1 / (1 + abs(a))
    below = whole * _quad(inner, [a - k * step for k in (40, 16, 6, 2, 0)])
    integral = below + _quad(lambda y: inner(y) * (top - mp.erfi(y)), _cuts(a, b))
    return mp.pi ** mp.mpf(1.5) * mp.mpf(tau) ** 2 * integral


def _levels(mu: float, sigma: float, V_th: float, V_reset: float) -> tuple:
    return tuple((mp.mpf(level) - mp.mpf(mu)) / mp.mpf(sigma) for level in (V_reset, V_th))


def _cuts(a, b) -> list:
    """Return where quadrature from a to b is cut: decades below zero, steps by which exp(b**2) grows above it."""
    cuts = [-(mp.mpf(10) ** k) for k in range(20)] + [mp.mpf(k) for k in (-4, -2, 0, 1, 2, 4)]
    cuts += [b - k / b for k in (1, 3, 10, 30)] if b > 4 else []
    return sorted({a, b, *(x for x in cuts if a < x < b)})


def _quad(integrand, cuts: list):
    """Return an integral, to a relative error: mpmath stops at an absolute one."""
    scale = max(abs(integrand((x + y) / 2) * (y - x)) for x, y in pairwise(cuts))
    return scale * mp.quad(lambda x: integrand(x) / scale, cuts) if scale else scale


# --- linear equations without threshold -------------------------------------------------------------------------


@dataclass(frozen=True)
class LinearNoise:
    """``dx/dt = A x + b + B xi``: Gaussian, and so is it in steps by Euler and Maruyama, with moments of their own.

    Attributes
    ----------
    A, B : ndarray, shape (m, m) and (m, sources)
    b : ndarray, shape (m,)
    method : str
        ``'euler'``: the chain of steps by Euler and Maruyama; ``'exact'``: the process itself.
    """

    A: np.ndarray
    b: np.ndarray
    B: np.ndarray
    method: str = "euler"

    @classmethod
    def leaky(cls, mu: float, sigma: float, tau: float, method: str = "euler") -> LinearNoise:
        """Return the membrane ``dv/dt = (mu - v)/tau + sigma*xi*tau**-0.5``."""
        return cls(np.array([[-1 / tau]]), np.array([mu / tau]), np.array([[sigma * tau**-0.5]]), method)

    def moments(self, x0: Sequence[float], spans: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and covariance at the end of each span, from x0 without variance; spans may differ."""
        mean, covariance = np.array(x0, float), np.zeros(self.A.shape)
        means, covariances = [], []
        for h in spans:
            M, shift, noise = self._step(h)
            mean, covariance = M @ mean + shift, M @ covariance @ M.T + noise
            means.append(mean)
            covariances.append(covariance)
        return np.array(means), np.array(covariances)

    def memory(self, h: float, steps: int) -> np.ndarray:
        """Return what the state some steps later keeps: cov(x(t + steps*h), x(t)) is this times cov(x(t))."""
        return np.linalg.matrix_power(self._step(h)[0], steps)

    def _step(self, h: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what a span keeps, what it adds, and the covariance of its noise."""
        m, power = len(self.b), self.B @ self.B.T
        if self.method == "euler":
            return np.eye(m) + h * self.A, h * self.b, h * power
        # Van Loan (1978), IEEE Trans Automat Contr 23, 395-404
        zero = np.zeros((m, 1))
        M = linalg.expm(h * np.block([[self.A, self.b[:, None]], [zero.T, 0.0]]))
        block = linalg.expm(h * np.block([[-self.A, power], [np.zeros((m, m)), self.A.T]]))
        return M[:m, :m], M[:m, m], block[m:, m:].T @ block[:m, m:]


# --- the leaky integrator by Euler and Maruyama, with threshold -------------------------------------------------


class EulerNeuron:
    """How often a leaky neuron fires whose path is stepped by Euler and Maruyama and looked at at the ticks.

    With k(x, y) the density of a step from x to y, the mean number of steps until v is above threshold solves
    ``u(x) = 1 + int_-oo^V_th k(x, y) u(y) dy``: an integral equation with a smooth kernel, which quadrature makes a
    linear system. A rate is one over step times mean number of steps. To 1e-9; no simulation. That a neuron reaches
    threshold from reset in one step is neglected.

    Parameters
    ----------
    mu, sigma, tau, V_th, V_reset, t_ref : float
        `t_ref` is a multiple of `dt`.
    dt : float
    """

    def __init__(self, mu, sigma, tau, V_th, V_reset, t_ref, dt) -> None:
        self.mu, self.tau, self.V_th, self.V_reset, self.t_ref, self.dt = mu, tau, V_th, V_reset, t_ref, dt
        self.noise = sigma * tau**-0.5
        self.spread = self.noise * math.sqrt(dt)
        # eight standard deviations of the free membrane below all that matters
        bottom = min(mu, V_reset) - 8 * sigma / math.sqrt(2 - dt / tau)
        self.x, self.weights = composite_rule(bottom, V_th, 2 * self.spread)
        self._kernel = _normal(self.x, self._drifted(self.x), self.spread) * self.weights
        self.steps = np.linalg.solve(np.eye(len(self.x)) - self._kernel, np.ones(len(self.x)))

    def rate_on_the_grid(self) -> float:
        """Return the rate [1/ms] where the spike is at the tick that finds v above threshold, and v is reset there."""
        landing = self._after_reset(np.zeros(1), np.ones(1))
        return 1 / (self.t_ref + self.dt * (1 + landing @ self.steps))

    def rate_between_ticks(self) -> float:
        """Return the rate [1/ms] where the spike is on the line between ticks, and the rest of its step starts anew.

        From the first tick after a spike to the first tick after the next one, there are as many steps as from where
        the rest of a step leads.
        """
        return 1 / (self.t_ref + self.dt * (1 + self._landing_between_ticks()[0] @ self.steps))

    def deviation_between_ticks(self) -> tuple[float, float]:
        """Return the standard deviation of the intervals of `rate_between_ticks` [ms], and by how much it may be off.

        That of the ticks is known; the spikes are before them by what is left of two steps.
        """
        landing, spread_of_rests = self._landing_between_ticks()
        # of the squares of numbers of steps, by the equation of their means
        squares = np.linalg.solve(np.eye(len(self.x)) - self._kernel, 2 * self.steps - 1)
        mean, square = 1 + landing @ self.steps, 1 + landing @ (2 * self.steps + squares)
        return self.dt * math.sqrt(square - mean * mean), 2 * spread_of_rests

    def _landing_between_ticks(self) -> tuple[np.ndarray, float]:
        """Return where the first whole step after a spike leads, and the standard deviation of the rest before it."""
        y, weights = composite_rule(self.V_th, self.V_th + 9 * self.spread, self.spread)
        leap = _normal(y, self._drifted(self.x), self.spread) * weights
        # how much of a step is left follows from where paths cross
        left = self.dt * (y - self.V_th) / (y - self.x[:, None])
        rest, share = np.zeros(1), np.ones(1)
        # it hardly depends on how much was left at the spike before
        for _ in range(4):
            landing = self._after_reset(rest, share)
            visits = np.linalg.solve(np.eye(len(self.x)) - self._kernel.T, landing)
            flux = visits[:, None] * leap
            counts = flux > 1e-13 * flux.max()
            rest, share = left[counts], flux[counts] / flux[counts].sum()
        mean = share @ rest
        return landing, math.sqrt(share @ (rest - mean) ** 2)

    def _after_reset(self, rest: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Return where (a weight for each node) the first whole step after a reset leads.

        Parameters
        ----------
        rest, share : ndarray
            How much is left of the step after the reset, with which share.
        """
        memory = 1 - self.dt / self.tau
        start = self.V_reset + rest * (self.mu - self.V_reset) / self.tau
        spread = self.noise * np.sqrt(self.dt + rest * memory * memory)
        return share @ _normal(self.x, self._drifted(start), spread[:, None]) * self.weights

    def _drifted(self, x):
        return x + self.dt * (self.mu - x) / self.tau


def _normal(x: np.ndarray, mean: np.ndarray, spread) -> np.ndarray:
    """Return normal densities, a row for each mean."""
    return np.exp(-0.5 * ((x - mean[:, None]) / spread) ** 2) / (spread * math.sqrt(2 * math.pi))


def composite_rule(begin: float, end: float, piece: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of Gauss and Legendre's rule on pieces of about this length."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(begin, end, 1 + math.ceil((end - begin) / piece))
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (nodes + 1)).ravel(), (half * weights).ravel()


# --- plain simulation -------------------------------------------------------------------------------------------


def euler_maruyama(
    mu: float,
    sigma: float,
    tau: float,
    V_th: float,
    V_reset: float,
    t_ref: float,
    *,
    dt: float,
    n: int,
    steps: int,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return neurons and ticks of the spikes of n leaky neurons on a grid: twelve lines that anybody would write."""
    v, free, hold = np.full(n, V_reset, float), np.zeros(n, int), round(t_ref / dt)
    who, when = [], []
    for step in range(1, steps + 1):
        live = step > free
        v += live * ((mu - v) * (dt / tau) + sigma * math.sqrt(dt / tau) * generator.standard_normal(n))
        fired = np.flatnonzero(live & (v > V_th))
        v[fired], free[fired] = V_reset, step + hold
        who.append(fired)
        when.append(np.full(len(fired), step))
    return np.concatenate(who), np.concatenate(when)
