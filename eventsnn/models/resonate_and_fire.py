"""Resonate-and-fire.

Equation
    ``dx/dt = b x - omega y + I_e``, ``dy/dt = omega x + b y``, that is ``dz/dt = (b + i omega) z + I_e`` for
    ``z = x + i y``; at a spike ``x = x_reset``, ``y = y_reset``
Exact solution
    ``z(s) = z_inf + (z - z_inf) exp((b + i omega) s)``, ``z_inf = -I_e/(b + i omega)``: a damped rotation
Crossing
    Of y upwards through y_th: certified search under the envelope ``exp(b s)``, one window for each half turn. y that
    is set to exactly y_th does not fire, since the paper's reset puts it there.
Parameters
    - ``b`` = -0.1/ms: rate of attraction, negative where the rest is stable
    - ``omega`` = 1/ms: angular frequency [rad/ms], positive; the frequency is ``omega/(2 pi)``, 159 Hz
    - ``I_e`` = 0/ms: constant current into x
    - ``y_th`` = 1: threshold
    - ``x_reset`` = 0, ``y_reset`` = 1: reset, ``z = i``; y_reset at most y_th, or the run stops (below)
State
    ``x``, the current-like variable, and ``y``, the voltage-like one; numbers, both zero
Events
    Sends spikes. Receives jumps of x (``x_post += w``, w a number); their timing against the rotation decides.
Limits
    With ``y_reset = y_th``, y must sink after the reset: ``omega x_reset + b y_reset < 0``. Otherwise, and with y_reset
    above y_th, the run stops with an error that says that the neuron fires without end.
Source
    Izhikevich (2001), Neural Networks 14, 883-894. The paper's time has no unit: ms and
    ``b/omega = -0.1`` are examples.
See also
    `AdaptiveLIF` with a > 0, which resonates with units; ``neurons/linear.py``.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import ms
from .base import Recipe, Value

RECIPE = Recipe(
    equations="""
    dx/dt = b*x - omega*y + I_e : 1
    dy/dt = omega*x + b*y : 1
    b : hertz (constant)
    omega : hertz (constant)
    I_e : hertz (constant)
    y_th : 1 (constant)
    x_reset : 1 (constant)
    y_reset : 1 (constant)
    """,
    threshold="y > y_th",
    reset="x = x_reset; y = y_reset",
    refractory=None,
    positive=("omega",),
    not_negative=(),
    ordered=(),
)


def ResonateAndFire(
    N: int,
    *,
    b: Value = -0.1 / ms,
    omega: Value = 1 / ms,
    I_e: Value = 0 / ms,
    y_th: Value = 1,
    x_reset: Value = 0,
    y_reset: Value = 1,
    name: str = "resonate_and_fire*",
) -> NeuronGroup:
    """Make resonate-and-fire neurons.

    Examples
    --------
    >>> from eventsnn import Network, SpikeMonitor, models
    >>> G = models.ResonateAndFire(1)
    >>> G.x = 1.5  # as if a spike of this weight had just arrived
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(50*ms)
    >>> print(M.t)
    [0.80777799] ms
    """
    return RECIPE.make(**locals())
