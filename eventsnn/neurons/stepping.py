"""Numerical methods for groups without an exact solution: from one tick of the clock to the next.

Each is a function over lists of columns, one column a state variable: floats of one neuron, or arrays of many, with
the same bits. What it is given is `Flow`, what it returns is `Stride`.

Source
------
Hairer, Norsett & Wanner (1993), Solving ordinary differential equations I, section II.1 (Runge-Kutta methods),
II.6 (Hermite interpolation). Exponential Euler: MacGregor (1987), Neural and brain modeling, chapter 14. With noise:
Kloeden & Platen (1992), Numerical solution of stochastic differential equations, section 10.2 (Euler-Maruyama), 11.1
(Milstein's method without derivatives, in its Stratonovich form); Rümelin (1982), SIAM J Numer Anal 19, 604 (Heun).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import sqrt
from operator import add
from typing import Any

import numpy as np

from .._jit import kernel

#: One column: the values of a variable, a float or an array.
Column = Any
Columns = Sequence[Column]


def add_up(parts: Iterable[Column]) -> Column:
    """Return the sum of columns, from the left; 0.0 of none.

    Not by ``sum()``, which since Python 3.12 rounds floats otherwise than arrays.
    """
    terms = [*parts]
    return reduce(add, terms) if terms else 0.0


@dataclass(frozen=True)
class Flow:
    """What a method asks about the equations.

    Attributes
    ----------
    rates : callable
        ``rates(t, x)`` gives the derivatives; of a method for equations that are linear each in its own variable, a and
        b of ``dx/dt = a*x + b``, all a first.
    relax : callable
        ``relax(z)`` is ``(exp(z) - 1)/z``.
    noise : callable or None
        ``noise(t, x, amounts)`` gives what the noise adds to each variable when its sources add these amounts.
    amounts : sequence of column
        What each source of noise adds over the step [ms**0.5].
    """

    rates: Callable[[Column, Columns], Columns]
    relax: Callable[[Column], Column]
    noise: Callable[[Column, Columns, Sequence[Column]], Columns] | None = None
    amounts: Sequence[Column] = ()


@dataclass(frozen=True)
class Stride:
    """One step: where it leads, and the derivatives at both ends for methods that are worth a cubic in between.

    Steps that end before the next tick, as they lead to spikes, have their `ends` [ms].
    """

    ahead: list[Column]
    first: Columns | None = None
    last: Columns | None = None
    ends: np.ndarray | None = None


def euler(flow: Flow, t: Column, x: Columns, h: float) -> Stride:
    """Step by forward Euler, with noise by Euler and Maruyama."""
    ahead = [v + h * d for v, d in zip(x, flow.rates(t, x), strict=True)]
    if flow.noise is not None:
        ahead = [v + w for v, w in zip(ahead, flow.noise(t, x, flow.amounts), strict=True)]
    return Stride(ahead)


def heun(flow: Flow, t: Column, x: Columns, h: float) -> Stride:
    """Step by forward Euler, with noise by Heun's method: the mean of its strengths at both ends (Stratonovich)."""
    if flow.noise is None:
        return euler(flow, t, x, h)
    first = flow.noise(t, x, flow.amounts)
    last = flow.noise(t + h, [v + w for v, w in zip(x, first, strict=True)], flow.amounts)
    slopes = zip(x, flow.rates(t, x), first, last, strict=True)
    return Stride([v + h * d + 0.5 * (a + b) for v, d, a, b in slopes])


def milstein(flow: Flow, t: Column, x: Columns, h: float) -> Stride:
    """Step by Milstein's method without derivatives (Stratonovich), where each variable has a source of its own.

    The strength of the noise is asked for again where a typical noise alone would lead. With the drift in that, as
    Brian has it, the correction, whose mean is not zero here, would be wrong by the root of h, and so would the result.
    """
    euler_step = euler(flow, t, x, h)
    if flow.noise is None:
        return euler_step
    root = sqrt(h)
    squares, roots = [amount * amount for amount in flow.amounts], [root for _ in flow.amounts]
    support = [v + g for v, g in zip(x, flow.noise(t, x, roots), strict=True)]
    pairs = zip(flow.noise(t, support, squares), flow.noise(t, x, squares), strict=True)
    corrections = [(ahead - here) / (2.0 * root) for ahead, here in pairs]
    return Stride([v + c for v, c in zip(euler_step.ahead, corrections, strict=True)])


def exponential_euler(flow: Flow, t: Column, x: Columns, h: float) -> Stride:
    """Step each variable exactly as if all others stood still."""
    parts, m = flow.rates(t, x), len(x)
    return Stride([v + h * (a * v + b) * flow.relax(a * h) for v, a, b in zip(x, parts[:m], parts[m:], strict=True)])


def rk2(flow: Flow, t: Column, x: Columns, h: float) -> Stride:
    """Step by the midpoint rule, of second order."""
    half = 0.5 * h
    first = flow.rates(t, x)
    middle = flow.rates(t + half, [v + half * d for v, d in zip(x, first, strict=True)])
    ahead = [v + h * d for v, d in zip(x, middle, strict=True)]
    return Stride(ahead, first, flow.rates(t + h, ahead))


def rk4(flow: Flow, t: Column, x: Columns, h: float) -> Stride:
    """Step by the classical method of Runge and Kutta, of fourth order."""
    half, middle = 0.5 * h, t + 0.5 * h
    first = flow.rates(t, x)
    second = flow.rates(middle, [v + half * d for v, d in zip(x, first, strict=True)])
    third = flow.rates(middle, [v + half * d for v, d in zip(x, second, strict=True)])
    fourth = flow.rates(t + h, [v + h * d for v, d in zip(x, third, strict=True)])
    slopes = zip(x, first, second, third, fourth, strict=True)
    ahead = [v + h * ((a + 2.0 * (b + c) + d) / 6.0) for v, a, b, c, d in slopes]
    return Stride(ahead, first, flow.rates(t + h, ahead))


#: What kinds of noise a method integrates, each including those before it.
NO_NOISE, ADDITIVE, DIAGONAL, MULTIPLICATIVE = range(4)


@dataclass(frozen=True)
class Method:
    """One numerical method.

    Attributes
    ----------
    step : callable
    order : int
        Without noise: the error of a run shrinks as the step to this power.
    is_conditional : bool
        Whether it asks for equations that are linear each in its own variable.
    noise : int
        Which noise it integrates: `ADDITIVE`, or times a variable, in the sense of Stratonovich: `DIAGONAL` where each
        variable has a source of its own, `MULTIPLICATIVE` in general.
    """

    step: Callable[[Flow, Column, Columns, float], Stride]
    order: int
    is_conditional: bool = False
    noise: int = NO_NOISE


METHODS = {
    "euler": Method(euler, 1, noise=ADDITIVE),
    "exponential_euler": Method(exponential_euler, 1, is_conditional=True),
    "rk2": Method(rk2, 2),
    "rk4": Method(rk4, 4),
    "heun": Method(heun, 1, noise=MULTIPLICATIVE),
    "milstein": Method(milstein, 1, noise=DIAGONAL),
}


@kernel
def between(x: Column, ahead: Column, first: Column, last: Column, h: Column, s: Column) -> Column:
    """Return a variable a time s into a step of length h: on a line, or with derivatives on Hermite's cubic.

    Parameters
    ----------
    first, last : float, array or None
        Derivatives at both ends.
    """
    u = s / h
    if first is None:
        return x + (ahead - x) * u
    mean = (ahead - x) / h
    return x + s * (first + u * ((3.0 * mean - 2.0 * first - last) + u * (first + last - 2.0 * mean)))
