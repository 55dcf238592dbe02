"""Perfect (non-leaky) integrate-and-fire.

Equation
    ``dv/dt = I_e/C_m``; at a spike ``v = V_reset``, and v stands still for ``t_ref``
Exact solution
    ``v(s) = v + s I_e/C_m``
Crossing
    ``s = (V_th - v) C_m/I_e``; never for ``I_e <= 0``. An input that lifts v to exactly V_th makes it fire.
Parameters
    - ``C_m`` = 250 pF: capacitance, positive
    - ``I_e`` = 0 pA: constant current
    - ``V_th`` = 15 mV: threshold
    - ``V_reset`` = 0 mV: reset, below V_th
    - ``t_ref`` = 0 ms: refractory period, not negative
State
    ``v`` [volt], at V_reset
Events
    Sends spikes. Receives jumps of v (``v_post += w``, w a voltage); those in the refractory period are lost.
Limits
    It forgets nothing: without a lower bound v may sink for ever under inhibition.
Source
    Gerstein & Mandelbrot (1964), Biophys J 4, 41-68; Knight (1972), J Gen Physiol 59, 734-766 (the "forgetless"
    neuron). The defaults are those of `LIF`, counted from rest.
See also
    `LIF`; ``neurons/integrator.py``.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import ms, mV, pA, pF
from .base import Recipe, Value

RECIPE = Recipe(
    equations="""
    dv/dt = I_e/C_m : volt (unless refractory)
    C_m : farad (constant)
    I_e : amp (constant)
    V_th : volt (constant)
    V_reset : volt (constant)
    t_ref : second (constant)
    """,
    threshold="v >= V_th",
    reset="v = V_reset",
    start={"v": "V_reset"},
    positive=("C_m",),
)


def PIF(
    N: int,
    *,
    C_m: Value = 250 * pF,
    I_e: Value = 0 * pA,
    V_th: Value = 15 * mV,
    V_reset: Value = 0 * mV,
    t_ref: Value = 0 * ms,
    name: str = "pif*",
) -> NeuronGroup:
    """Make perfect integrators.

    Examples
    --------
    >>> from eventsnn import Network, SpikeMonitor, models, pA
    >>> G = models.PIF(1, I_e=300*pA)
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(40*ms)
    >>> print(M.t)
    [12.5 25.  37.5] ms
    """
    return RECIPE.make(**locals())
