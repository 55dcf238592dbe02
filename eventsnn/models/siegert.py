"""How often, and how regularly, a leaky integrate-and-fire neuron fires on white noise.

Equation
    ``dv/dt = (mu - v)/tau_m + sigma*xi*tau_m**-0.5``; at ``V_th`` a spike, ``v = V_reset``, and v stands still for
    ``t_ref``
Meaning of sigma
    In the unit of v. Without a threshold v is Gaussian with standard deviation ``sigma/sqrt(2)``; of the same equation
    with ``sigma*sqrt(2/tau_m)*xi`` the standard deviation would be sigma.
Exact solution
    With a = (V_reset - mu)/sigma and b = (V_th - mu)/sigma the mean interval is
    ``t_ref + tau_m sqrt(pi) int_a^b exp(x**2) (1 + erf x) dx``, the rate is one over it, and the variance is
    ``2 pi tau_m**2 int_a^b exp(x**2) int_-oo^x exp(y**2) (1 + erf y)**2 dy dx``.
Accuracy
    About 1e-14 relative, times ``1 + 2*b**2`` for b > 0: so far below threshold the formula itself reacts to the
    rounding of b.
Limits
    ``sigma = 0`` gives the noiseless neuron: never a spike for ``mu <= V_th``. Below 1e-308 Hz the rate is 0.
Source
    Siegert (1951), Phys Rev 81, 617-623; Ricciardi (1977), Diffusion processes and related topics in biology; Brunel
    (2000), J Comput Neurosci 8, 183-208, eq. 21 (rate) and appendix A.1 (coefficient of variation).
See also
    `LIF`; docs: how to choose the step of a noisy group.

Both integrals grow as ``exp(b**2)`` and fall as 1/a; they are taken on either side of 0 by itself, with all large
factors in front: above 0 relative to ``exp(b**2)``, below 0 by quadrature up to `FAR`, and from there on, where the
integrands are series in 1/x, term by term.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy as np

from ..errors import ArgumentError, DimensionMismatchError
from ..units import Quantity, describe_dimension, hertz, ms, second, split, with_dimensions

#: Integrands are smooth, and shrink by exp(-DEPTH) at most over what is integrated: so many nodes give all digits.
NODES, DEPTH = 48, 40.0

#: From here on series in 1/x take over; with so many terms they have all digits there.
FAR, TERMS = 10.0, 12

#: Levels further above mu than so many sigma are as good as infinitely far.
LARGEST = 1e100

#: So many neurons are integrated at a time: what is between is 48 * 48 times as much.
PIECE = 256


def lif_rate(
    mu: Quantity | float,
    sigma: Quantity | float,
    tau_m: Quantity,
    V_th: Quantity | float,
    V_reset: Quantity | float,
    t_ref: Quantity = 0 * ms,
) -> Quantity:
    """Return the stationary firing rate of a leaky integrate-and-fire neuron on white noise.

    The neuron is ``dv/dt = (mu - v)/tau_m + sigma*xi*tau_m**-0.5``, with v reset from `V_th` to `V_reset` and held
    there for `t_ref`. Without a threshold v would vary with standard deviation ``sigma/sqrt(2)``.

    Parameters
    ----------
    mu : quantity or number
        Mean of the free membrane. Arrays of any arguments broadcast.
    sigma : quantity or number
        Strength of the noise, not negative. Like all levels it has the dimension of v.
    tau_m : quantity
        Membrane time constant.
    V_th, V_reset : quantity or number
        Threshold, and reset below it.
    t_ref : quantity, optional
        Refractory period, in which v stands still.

    Returns
    -------
    rate : Quantity
        In hertz.

    Raises
    ------
    DimensionMismatchError
        When levels differ in dimension, or times are none.
    ArgumentError
        When a value is out of range.

    Accuracy
    --------
    About 1e-14 relative, times ``1 + 2*b**2`` where b = (V_th - mu)/sigma is positive. Rates below 1e-308 Hz are 0.

    Source
    ------
    Siegert (1951), Phys Rev 81, 617-623; Brunel (2000), J Comput Neurosci 8, 183-208, eq. 21.

    Examples
    --------
    >>> from eventsnn import models, ms
    >>> print(models.lif_rate(mu=[0.8, 1.5], sigma=0.5, tau_m=10*ms, V_th=1, V_reset=0, t_ref=2*ms))
    [37.75889847 86.28643674] Hz
    """
    levels, times = dict(mu=mu, sigma=sigma, V_th=V_th, V_reset=V_reset), dict(tau_m=tau_m, t_ref=t_ref)
    interval, shrink = _each(_mean_interval, _checked("lif_rate", levels, times))
    # of both nothing is left where threshold is infinitely far, in units of the noise
    rate = np.divide(shrink, interval, out=np.zeros_like(shrink), where=interval > 0.0)
    return with_dimensions(rate[()], hertz.dim)


def lif_cv(
    mu: Quantity | float,
    sigma: Quantity | float,
    tau_m: Quantity,
    V_th: Quantity | float,
    V_reset: Quantity | float,
    t_ref: Quantity = 0 * ms,
) -> float | np.ndarray:
    """Return the coefficient of variation of the intervals of a leaky integrate-and-fire neuron on white noise.

    The standard deviation of the interspike intervals over their mean: 0 of a clock, 1 of a Poisson train, and so far
    below threshold. Parameters, units and errors are those of `lif_rate`.

    Returns
    -------
    cv : float or ndarray
        nan where the neuron never fires (``sigma = 0`` and ``mu <= V_th``).

    Accuracy
    --------
    About 1e-13 relative.

    Source
    ------
    Brunel (2000), J Comput Neurosci 8, 183-208, appendix A.1.

    Examples
    --------
    >>> from eventsnn import models, ms
    >>> print(models.lif_cv(mu=[0.8, 1.5], sigma=0.5, tau_m=10*ms, V_th=1, V_reset=0, t_ref=2*ms))
    [0.64129092 0.39870295]
    """
    levels, times = dict(mu=mu, sigma=sigma, V_th=V_th, V_reset=V_reset), dict(tau_m=tau_m, t_ref=t_ref)
    arguments = _checked("lif_cv", levels, times)
    interval, _ = _each(_mean_interval, arguments)
    (deviation,) = _each(_deviation, arguments)
    mean, noise, limit, *_ = arguments
    never = (noise == 0.0) & (mean <= limit)
    return np.where(never, np.nan, deviation / np.where(never, 1.0, interval))[()]


# --- arguments ----------------------------------------------------------------------------------------------------

#: What is asked of arguments, in words and as a condition.
RANGES: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "mu": ("finite", np.isfinite),
    "V_th": ("finite", np.isfinite),
    "V_reset": ("finite", np.isfinite),
    "sigma": ("finite and not negative", lambda x: np.isfinite(x) & (x >= 0)),
    "tau_m": ("finite and positive", lambda x: np.isfinite(x) & (x > 0)),
    "t_ref": ("finite and not negative", lambda x: np.isfinite(x) & (x >= 0)),
}


def _checked(where: str, levels: dict[str, Any], times: dict[str, Any]) -> tuple[np.ndarray, ...]:
    """Return the SI numbers of levels and times, broadcast, after checking dimensions and ranges."""
    values, (first, *_) = {}, levels
    for name, given in (levels | times).items():
        number, dimension = split(given)
        wanted = second.dim if name in times else split(levels[first])[1]
        if dimension is not wanted:
            like = "" if name in times else f" as {first} is"
            raise DimensionMismatchError(
                f"{where}: expected {name} to be {describe_dimension(wanted)}{like}, "
                f"found it to be {describe_dimension(dimension)}."
            )
        values[name] = number.astype(float)
    for name, (words, is_allowed) in RANGES.items():
        if not np.all(is_allowed(values[name])):
            found = with_dimensions(values[name][~is_allowed(values[name])].flat[0], split((levels | times)[name])[1])
            raise ArgumentError(f"{where}: expected {name} to be {words}, got {found}.")
    try:
        columns = np.broadcast_arrays(*values.values())
    except ValueError:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in values.items() if value.ndim)
        raise ArgumentError(f"{where}: expected arrays that broadcast, got the shapes {shapes}.") from None
    if not np.all(columns[list(values).index("V_reset")] < columns[list(values).index("V_th")]):
        raise ArgumentError(f"{where}: expected V_reset below V_th, or the neuron would fire again at once.")
    return columns


def _each(moment: Callable, arguments: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Return moments for each neuron, some neurons at a time."""
    shape, columns = arguments[0].shape, [column.ravel() for column in arguments]
    pieces = range(0, max(len(columns[0]), 1), PIECE)
    # what overflows or divides by zero belongs to a side that is not there, or stands for infinity
    with np.errstate(all="ignore"):
        parts = [moment(*(column[begin : begin + PIECE] for column in columns)) for begin in pieces]
    return [np.concatenate(part).reshape(shape) for part in zip(*parts, strict=True)]


# --- moments of the interval --------------------------------------------------------------------------------------


def _mean_interval(mu, sigma, V_th, V_reset, tau_m, t_ref) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean interval [s] times exp(-b**2), and that factor, which is 1 above threshold."""
    below, above = _sides(mu, sigma, V_th, V_reset)
    shrink = np.exp(-above.end * above.end)
    integral = _product(shrink, below.integrate(_erfcx, MEAN_SERIES, 0)) + above.integrate(_grown, 1.0)
    return shrink * t_ref + tau_m * sqrt(pi) * integral, shrink


def _deviation(mu, sigma, V_th, V_reset, tau_m, _) -> tuple[np.ndarray]:
    """Return the standard deviation of the interval [s] times exp(-b**2)."""
    below, above = _sides(mu, sigma, V_th, V_reset)
    shrink = np.exp(-2.0 * above.end * above.end)
    start = _product(shrink, below.integrate(_inner_below, VARIANCE_SERIES, 2))
    return (tau_m * np.sqrt(2.0 * pi * (start + above.integrate(_inner_above, 2.0))),)


def _product(factor: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return a product that is zero where the factor is, whatever the value."""
    return np.where(factor == 0.0, 0.0, factor * value)


def _erfcx(x: np.ndarray) -> np.ndarray:
    """Return exp(x**2) (1 - erf x)."""
    from scipy.special import erfcx

    return erfcx(x)


def _grown(x: np.ndarray) -> np.ndarray:
    """Return 1 + erf x."""
    from scipy.special import erfc

    return erfc(-x)


def _inner_below(x: np.ndarray) -> np.ndarray:
    """Return exp(x**2) times the inner integral of the variance at -x: of exp(-2xs - s**2) erfcx(x + s)**2 over s."""
    far = DEPTH / (x + np.sqrt(x * x + DEPTH))
    return _integrate(lambda s: np.exp(-s * (2.0 * x[..., None] + s)) * _erfcx(x[..., None] + s) ** 2, 0.0 * x, far)


def _inner_above(x: np.ndarray) -> np.ndarray:
    """Return exp(-x**2) times the inner integral of the variance at x: what lies below 0, and the rest."""
    rest = _Above(x, x).integrate(lambda y: _grown(y) ** 2, 1.0)
    return np.exp(-x * x) * _inner_below(np.zeros(1)) + rest


# --- integrals on either side of zero -----------------------------------------------------------------------------


def _sides(mu, sigma, V_th, V_reset) -> tuple[_Below, _Above]:
    """Return what of the integral from (V_reset - mu)/sigma to (V_th - mu)/sigma lies below zero and what above."""
    gap, low, high = V_th - V_reset, V_reset - mu, V_th - mu
    start, end = (np.where(level == 0.0, 0.0, level / sigma) for level in (low, high))
    # differences of the levels have more digits than differences of start and end
    width, growth = gap / sigma, np.where(high < 0.0, -gap / high, np.inf)
    below = _Below(np.maximum(-end, 0.0), np.maximum(-start, 0.0), np.where(end <= 0.0, width, -start), growth)
    return below, _Above(np.clip(end, 0.0, LARGEST), np.where(start >= 0.0, width, np.maximum(end, 0.0)))


class _Below:
    """The part of the integral over x = -y > 0, from `begin` to `end`, which is `width` and ``growth*begin`` more."""

    def __init__(self, begin: np.ndarray, end: np.ndarray, width: np.ndarray, growth: np.ndarray) -> None:
        near = np.where(end < FAR, width, FAR - np.minimum(begin, FAR))
        self._begin = np.minimum(begin, FAR)
        # in log(1 + x), in which the integrands are smooth at all scales
        self._span = np.log1p(np.maximum(near, 0.0) / (1.0 + self._begin))
        self._far = np.maximum(begin, FAR)
        self._decades = np.log1p(np.where(begin >= FAR, growth, np.maximum(end / FAR - 1.0, 0.0)))

    def integrate(self, integrand: Callable, series: np.ndarray, power: int) -> np.ndarray:
        """Return the integral; beyond `FAR` the integrand is the sum of ``series[n]/x**(2*n + power + 1)``."""

        def stretched(u: np.ndarray) -> np.ndarray:
            x = np.expm1(u)
            return integrand(x) * (1.0 + x)

        near = _integrate(stretched, np.log1p(self._begin), self._span)
        far = np.zeros_like(near)
        for n, coefficient in enumerate(series):
            k = 2 * n + power
            far += coefficient * (-np.expm1(-k * self._decades) / (k * self._far**k) if k else self._decades)
        return near + far


class _Above:
    """The part of the integral over y > 0, to `end` from `width` before it."""

    def __init__(self, end: np.ndarray, width: np.ndarray) -> None:
        self.end, self._width = end, np.minimum(width, end)

    def integrate(self, integrand: Callable, power: float) -> np.ndarray:
        """Return the integral of ``exp(power*y**2)*integrand(y)``, relative to its exponential at the end."""
        end = self.end[..., None]
        # beyond, the exponential is below exp(-DEPTH)
        root = np.sqrt(np.maximum(self.end * self.end - DEPTH / power, 0.0))
        depth = np.where(root > 0.0, DEPTH / power / (self.end + root), self.end)

        def relative(s: np.ndarray) -> np.ndarray:
            return np.exp(-power * s * (2.0 * end - s)) * integrand(end - s)

        return _integrate(relative, 0.0 * self.end, np.minimum(depth, self._width))


def _integrate(integrand: Callable, begin: np.ndarray, span: np.ndarray) -> np.ndarray:
    """Return the integral of a smooth function for each begin, by the rule of Gauss and Legendre."""
    nodes, weights = _gauss_legendre()
    return np.sum(integrand(begin[..., None] + span[..., None] * nodes) * weights, axis=-1) * span


@functools.cache
def _gauss_legendre() -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def _tails(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the series of both integrands far below zero: of erfcx(x) in x**-(2k+1), of the inner one in x**-(2k+3).

    The first is known: ``erfcx(x) = sum (-1)**k (2k-1)!!/(2x**2)**k/(x sqrt(pi))``. The inner integral g obeys
    ``dg/dx = 2*x*g - erfcx(x)**2``, by which its terms follow from each other.
    """
    factors = [-(2 * k - 1) / 2 for k in range(1, n)]
    mean = np.cumprod([1.0, *factors])
    square = np.convolve(mean, mean)[:n] / pi
    variance = np.empty(n)
    variance[0] = square[0] / 2
    for k in range(1, n):
        variance[k] = (square[k] - (2 * k + 1) * variance[k - 1]) / 2
    return mean / sqrt(pi), variance


MEAN_SERIES, VARIANCE_SERIES = _tails(TERMS)
