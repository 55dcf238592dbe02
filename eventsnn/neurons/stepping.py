"""Numerical methods for groups without an exact solution: from one tick of the clock to the next.

Each is a function over lists of columns, one column a state variable: floats of one neuron, or arrays of many, with
the same bits. What it is given is `Flow`, what it returns is `Stride`.

Source
------
Hairer, Norsett & Wanner (1993), Solving ordinary differential equations I, section II.1 (Runge-Kutta methods),
II.6 (Hermite interpolation). Exponential Euler: MacGregor (1987), Neural and brain modeling, chapter 14.
Euler-Maruyama: Maruyama (1955), Rend Circ Mat Palermo 4, 48-90.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

#: One column: the values of a variable, a float or an array.
Column = Any
Columns = Sequence[Column]


@dataclass(frozen=True)
class Flow:
    """What a method asks about the equations.

    Attributes
    ----------
    rates : callable
        ``rates(t, x)`` gives the derivatives; of a method for equations that are linear each in its own variable, a and
        b of ``dx/dt = a*x + b``, all a first.
    noise : callable or None
        ``noise(t, x)`` gives what the noise adds over the whole step to each variable.
    relax : callable
        ``relax(z)`` is ``(exp(z) - 1)/z``.
    """

    rates: Callable[[Column, Columns], Columns]
    noise: Callable[[Column, Columns], Columns] | None
    relax: Callable[[Column], Column]


@dataclass(frozen=True)
class Stride:
    """One step: where it leads, and the derivatives at both ends for methods that are worth a cubic in between."""

    ahead: list[Column]
    first: Columns | None = None
    last: Columns | None = None


def euler(flow: Flow, t: Column, x: Columns, h: Column) -> Stride:
    """Step by forward Euler, with noise by Euler and Maruyama."""
    ahead = [v + h * d for v, d in zip(x, flow.rates(t, x), strict=True)]
    if flow.noise is not None:
        ahead = [v + w for v, w in zip(ahead, flow.noise(t, x), strict=True)]
    return Stride(ahead)


def exponential_euler(flow: Flow, t: Column, x: Columns, h: Column) -> Stride:
    """Step each variable exactly as if all others stood still."""
    parts, m = flow.rates(t, x), len(x)
    return Stride([v + h * (a * v + b) * flow.relax(a * h) for v, a, b in zip(x, parts[:m], parts[m:], strict=True)])


def rk2(flow: Flow, t: Column, x: Columns, h: Column) -> Stride:
    """Step by the midpoint rule, of second order."""
    half = 0.5 * h
    first = flow.rates(t, x)
    middle = flow.rates(t + half, [v + half * d for v, d in zip(x, first, strict=True)])
    ahead = [v + h * d for v, d in zip(x, middle, strict=True)]
    return Stride(ahead, first, flow.rates(t + h, ahead))


def rk4(flow: Flow, t: Column, x: Columns, h: Column) -> Stride:
    """Step by the classical method of Runge and Kutta, of fourth order."""
    half, middle = 0.5 * h, t + 0.5 * h
    first = flow.rates(t, x)
    second = flow.rates(middle, [v + half * d for v, d in zip(x, first, strict=True)])
    third = flow.rates(middle, [v + half * d for v, d in zip(x, second, strict=True)])
    fourth = flow.rates(t + h, [v + h * d for v, d in zip(x, third, strict=True)])
    slopes = zip(x, first, second, third, fourth, strict=True)
    ahead = [v + h * ((a + 2.0 * (b + c) + d) / 6.0) for v, a, b, c, d in slopes]
    return Stride(ahead, first, flow.rates(t + h, ahead))


@dataclass(frozen=True)
class Method:
    """One numerical method.

    Attributes
    ----------
    step : callable
    order : int
        The error of a run shrinks as the step to this power.
    is_conditional : bool
        Whether it asks for equations that are linear each in its own variable.
    takes_noise : bool
    """

    step: Callable[[Flow, Column, Columns, Column], Stride]
    order: int
    is_conditional: bool = False
    takes_noise: bool = False


METHODS = {
    "euler": Method(euler, 1, takes_noise=True),
    "exponential_euler": Method(exponential_euler, 1, is_conditional=True),
    "rk2": Method(rk2, 2),
    "rk4": Method(rk4, 4),
}


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
