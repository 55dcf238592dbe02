"""Which exact family solves a differential equation: a table, one line a family.

A family looks at the coefficient ``a`` and the constant ``b`` of ``dx/dt = a x + b``, both quotients of what the
user wrote, and gives its two parameters for the neurons that are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..equations.affine import Affine, Ratio
from .dispatch import INTEGRATOR, LEAKY


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
        ``applies(a)`` says for which neurons.
    parameters : callable
        ``parameters(a, b)`` gives p and q.
    """

    name: str
    solution: str
    crossing: str
    kind: int
    applies: Callable[[np.ndarray], np.ndarray]
    parameters: Callable[[Ratio, Ratio], tuple]


def _leaky_parameters(a: Ratio, b: Ratio) -> tuple:
    return (-b).over(a) + 0.0, -np.asarray(a.denominator) / np.asarray(a.numerator)


FAMILIES = (
    Family(
        "leaky relaxation",
        "{x}(s) = rest + ({x} - rest)*exp(-s/tau)",
        "logarithm: s = tau*log1p((level - {x})/(rest - level))",
        LEAKY,
        lambda a: a != 0,
        _leaky_parameters,
    ),
    Family(
        "perfect integrator",
        "{x}(s) = {x} + slope*s",
        "division: s = (level - {x})/slope",
        INTEGRATOR,
        lambda a: a == 0,
        lambda a, b: (b.value, 0.0),
    ),
)


def choose_families(form: Affine, name: str, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return kind, p and q of each of `n` neurons for ``d name/dt = form``.

    Values that make no sense (a time constant of zero) come out as NaN, for the caller to refuse.
    """
    a, b = form.terms.get(name, Ratio(0.0)), form.constant
    with np.errstate(all="ignore"):
        rate = np.broadcast_to(a.value, (n,))
    kind, p, q = np.zeros(n, np.int64), np.full(n, np.nan), np.full(n, np.nan)
    for family in FAMILIES:
        mine = family.applies(rate)
        if not np.any(mine):
            continue
        with np.errstate(all="ignore"):
            values = family.parameters(a, b)
        kind[mine] = family.kind
        for target, value in zip((p, q), values, strict=True):
            target[mine] = np.broadcast_to(value, (n,))[mine]
    p[np.isnan(rate) | np.isinf(rate)] = np.nan
    return kind, p, q


def families_in_use(kind: np.ndarray) -> list[Family]:
    """Return the families that some neuron uses."""
    present = set(np.unique(kind).tolist())
    return [family for family in FAMILIES if family.kind in present]
