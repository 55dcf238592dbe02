"""The slow truth about first passages of noisy paths: quadrature and closed forms. Imports nothing of eventsnn.

The distance to threshold moves as ``dD = (F - D/tau) dt + s dW`` from D(0) > 0, with time in ms. In Y = exp(t/tau) D
and the time T(t) = s^2 tau/2 (exp(2 t/tau) - 1) it is a Brownian motion that has to meet a curve. The density of the
time at which it does solves a Volterra equation of the second kind, whose kernel is zero where the curve is straight.

Source
------
Durbin (1985), The first-passage density of a continuous Gaussian process to a general boundary, J Appl Prob 22, 99-122.
"""

from __future__ import annotations

import numpy as np


class Passage:
    """First passage of D through zero, within a span.

    Parameters
    ----------
    start : float
        D(0).
    force, tau, power, span : float
        F, tau, s^2 and the span.
    pieces : int
        Of the changed time; the error falls as their square, and chances are within 1e-6 here.
    """

    def __init__(self, start, force, tau, power, span, pieces=1600):
        self.tau, self.power, self.span = tau, power, span
        self.growth = np.exp(span / tau)
        self.end = power * tau / 2 * (self.growth**2 - 1)
        # fine next to both ends, where the density is steep when D is small there
        self.T = self.end * np.sin(np.linspace(0.0, np.pi / 2, pieces + 1)) ** 2
        self.weights = np.gradient(self.T)
        self.weights[[0, -1]] /= 2
        root = np.sqrt(1 + 2 * self.T / (power * tau))
        # a standard Brownian motion W meets the curve: Y = curve - W
        self.curve = start + force * tau * (root - 1)
        slope = force / power / root
        self.density = np.zeros(pieces + 1)
        for i in range(1, pieces + 1):
            ago, up = self.T[i] - self.T[1:i], self.curve[i] - self.curve[1:i]
            value = (self.curve[i] / self.T[i] - slope[i]) * _gauss(self.T[i], self.curve[i])
            kernel = (up / ago - slope[i]) * _gauss(ago, up)
            self.density[i] = value - np.sum(self.density[1:i] * kernel * self.weights[1:i])

    def chance(self):
        """Return the chance to pass within the span."""
        return np.sum(self.density * self.weights)

    def chance_between(self, end):
        """Return the chance to have passed, given D at the end of the span."""
        return self._passing_to(end).sum() / _gauss(self.end, self.curve[-1] - self.growth * end)

    def times_between(self, end):
        """Return instants, and the shares of paths that have passed by then, given that they do and the end D < 0."""
        passing = self._passing_to(end)
        times = self.tau / 2 * np.log1p(2 * self.T[1:-1] / (self.power * self.tau))
        return times, (np.cumsum(passing) - passing / 2) / passing.sum()

    def _passing_to(self, end):
        W = self.curve[-1] - self.growth * end
        return self.density[1:-1] * _gauss(self.end - self.T[1:-1], W - self.curve[1:-1]) * self.weights[1:-1]


def _gauss(variance, x):
    return np.exp(-x * x / (2 * variance)) / np.sqrt(2 * np.pi * variance)
