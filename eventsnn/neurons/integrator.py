"""Perfect integrator.

Equation
    ``dx/dt = slope``
Exact solution
    ``x(s) = x + slope s``
Crossing
    ``s = (level - x)/slope`` if `slope` points towards the level; never otherwise
Parameters
    ``slope`` [unit of x per ms]; zero stands for a variable that is frozen
State
    ``x``
Source
    Gerstein & Mandelbrot (1964), Biophysical Journal 4, 41-68, without their noise.
See also
    `leaky`
"""

from __future__ import annotations

from math import inf

from .._jit import kernel


@kernel
def flow(x, slope, s):
    """Return x after time `s`; exact up to one rounding of the product and one of the sum."""
    return x + slope * s if slope != 0.0 else x


@kernel
def time_to_pass(x, level, upward, slope):
    """Return the time until x passes `level` in the given direction, from its near side or from the level itself."""
    gap, speed = (level - x, slope) if upward else (x - level, -slope)
    return gap / speed if speed > 0.0 else inf
