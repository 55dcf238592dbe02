"""Which exact family solves the equation of a variable that moves by itself: a table, one line a family.

A family looks at ``dx/dt = s (x - f)(x - g) + a x + b``, all of it quotients of what the user wrote, and gives its
parameters for the neurons that are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..equations.forms import Affine, Ratio
from .dispatch import INTEGRATOR, LEAKY, QUADRATIC


@dataclass(frozen=True)
class Family:
    """One exact solution.

    Attributes
    ----------
    name, solution, crossing : str
        For ``explain()``.
    kind : int
        Its number in `dispatch`.
    applies : callable
        ``applies(square, a)`` says for which neurons, from the coefficients of ``x**2`` and x.
    parameters : callable
        ``parameters(form, name)`` gives p, q and r.
    """

    name: str
    solution: str
    crossing: str
    kind: int
    applies: Callable[[np.ndarray, np.ndarray], np.ndarray]
    parameters: Callable[[Affine, str], tuple]


def _leaky_parameters(form: Affine, name: str) -> tuple:
    a = form.terms[name]
    return (-form.constant).over(a) + 0.0, -np.asarray(a.denominator) / np.asarray(a.numerator), 0.0


def _quadratic_parameters(form: Affine, name: str) -> tuple:
    """Return center, kappa and rate of ``s (x - f)(x - g) + a x + b``, kappa rounded once."""
    assert form.square is not None
    square, a, b = form.square, form.terms.get(name, Ratio(0.0)), form.constant
    parts = (square.first, square.second, square.scale, a, b)
    columns = [np.broadcast_to(np.asarray(x, dtype=float), _common_shape(parts)).ravel() for x in _numbers(parts)]
    # exact arithmetic is slow, and many neurons are alike
    rows = [*zip(*(column.tolist() for column in columns), strict=True)]
    squares = {row: _complete_square(*row) for row in {*rows}}
    p, q = (np.array(column).reshape(_common_shape(parts)) for column in zip(*map(squares.get, rows), strict=True))
    return p, q, square.scale.value


def _numbers(parts: tuple) -> list:
    return [x for part in parts for x in ((part.numerator, part.denominator) if isinstance(part, Ratio) else (part,))]


def _common_shape(parts: tuple) -> tuple[int, ...]:
    return np.broadcast_shapes(*(np.shape(x) for x in _numbers(parts)))


def _complete_square(first, second, scale, scale_d, a, a_d, b, b_d) -> tuple[float, float]:
    """Return center and kappa in ``scale ((x - center)**2 + kappa)``, from exact arithmetic."""
    try:
        f, g, s = Fraction(first), Fraction(second), Fraction(scale) / Fraction(scale_d)
        linear, constant = Fraction(a) / Fraction(a_d) / s, Fraction(b) / Fraction(b_d) / s
    except (ValueError, OverflowError, ZeroDivisionError):
        return np.nan, np.nan
    middle, half = (f + g) / 2, (f - g) / 2
    return float(middle - linear / 2), float(constant - half * half + linear * middle - linear * linear / 4)


FAMILIES = (
    Family(
        "leaky relaxation",
        "{x}(s) = rest + ({x} - rest)*exp(-s/tau)",
        "logarithm: s = tau*log1p((level - {x})/(rest - level))",
        LEAKY,
        lambda square, a: (square == 0) & (a != 0),
        _leaky_parameters,
    ),
    Family(
        "perfect integrator",
        "{x}(s) = {x} + slope*s",
        "division: s = (level - {x})/slope",
        INTEGRATOR,
        lambda square, a: (square == 0) & (a == 0),
        lambda form, name: (form.constant.value, 0.0, 0.0),
    ),
    Family(
        "quadratic neuron",
        "{x}(s) = center + k*tan(k*rate*s + const), or tanh, or 1/s: d{x}/dt = rate*(({x} - center)**2 + kappa)",
        "arc tangent (kappa > 0), logarithm (kappa < 0) or division (kappa = 0) of the difference level - {x}",
        QUADRATIC,
        lambda square, a: square != 0,
        _quadratic_parameters,
    ),
)


def choose_families(form: Affine, name: str, n: int) -> tuple[np.ndarray, ...]:
    """Return kind, p, q and r of each of `n` neurons for ``d name/dt = form``.

    Values that make no sense (a time constant of zero) come out as NaN, for the caller to refuse.
    """
    with np.errstate(all="ignore"):
        rate = np.broadcast_to(form.terms.get(name, Ratio(0.0)).value, (n,))
        square = np.broadcast_to(form.square.scale.value if form.square else 0.0, (n,))
    kind, *parameters = np.zeros(n, np.int64), np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    for family in FAMILIES:
        mine = family.applies(square, rate)
        if not np.any(mine):
            continue
        with np.errstate(all="ignore"):
            values = family.parameters(form, name)
        kind[mine] = family.kind
        for target, value in zip(parameters, values, strict=True):
            target[mine] = np.broadcast_to(value, (n,))[mine]
    parameters[0][~np.isfinite(rate) | ~np.isfinite(square)] = np.nan
    return kind, *parameters


def families_in_use(kind: np.ndarray) -> list[Family]:
    """Return the families that some neuron uses."""
    present = set(np.unique(kind).tolist())
    return [family for family in FAMILIES if family.kind in present]
