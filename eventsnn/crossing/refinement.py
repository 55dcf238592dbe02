"""From a bracket to the zero in it."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log1p


def refine(evaluate, a: float, b: float, before: int, rate: float, fastest: float, tight: bool) -> float:
    """Return the zero of f in a bracket, by Newton's method for ``f e^(-rate s)``, in steps that freeze the drive.

    With ``f' = rate f + g``, the zero for frozen g is at ``s - log1p(rate f/g)/rate``: exact for one rate and a
    constant drive. Steps that leave the bracket become bisections, and so does every second one that comes late.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(s)`` gives f and g.
    a, b : float
        f has the sign `before` at a and the other at b.
    fastest : float
        Largest rate [1/ms], for the judgement how far a step can be trusted; 0 for polynomials.
    tight : bool
        Whether every digit counts; otherwise some ten do.
    """
    s, last = a, inf
    for count in range(200):
        f, g = evaluate(s)
        if f == 0.0 and s > a:
            return s
        if (f > 0.0) - (f < 0.0) == -before:
            b = s
        else:
            a = s
        step = _frozen_step(f, g, rate)
        new = s + step
        if a <= new <= b and not (count > 6 and count % 2):
            # the steps shrink quadratically: the next is far below step**2/last
            rest = abs(step) * (min(1.0, abs(step) / last) if last < inf else 1.0)
            if rest <= 5e-17 * new or (not tight and abs(step) < 1e-6 * (1.0 / fastest if fastest else new)):
                return new
            last = abs(step)
        else:
            new, last = 0.5 * (a + b), inf
        if new == s or not a < new < b:
            # the bracket is as narrow as doubles allow, or the step ended on its edge
            if b - a <= 4e-16 * b or new == s:
                return new
            new, last = 0.5 * (a + b), inf
            if not a < new < b:
                return b
        s = new
    return b


def _frozen_step(f: float, g: float, rate: float) -> float:
    if g == 0.0:
        return inf
    ratio = -f / g
    x = rate * ratio
    if abs(x) < 1e-9:
        return ratio * (1.0 + 0.5 * x)
    return -log1p(-x) / rate if x < 1.0 else inf


def bracket(f: Callable[[float], float], a: float, b: float, fa: float, fb: float, width: float) -> float:
    """Return a sign change of f between a and b up to `width`, by the Illinois method with bisections.

    Source
    ------
    Dowell & Jarratt (1971), BIT 11, 168-174.
    """
    for count in range(200):
        s = (a * fb - b * fa) / (fb - fa) if count % 4 < 3 else 0.5 * (a + b)
        if not a < s < b:
            s = 0.5 * (a + b)
        fs = f(s)
        if fs == 0.0 or b - a < width:
            return s
        if (fs > 0.0) == (fb > 0.0):
            if abs(fs) > 0.5 * abs(fb):
                fa *= 0.5
            b, fb = s, fs
        else:
            if abs(fs) > 0.5 * abs(fa):
                fb *= 0.5
            a, fa = s, fs
    return 0.5 * (a + b)
