"""Leaky integrate-and-fire with a threshold that jumps at each spike.

Equation
    ``dv/dt = (E_L - v)/tau_m + I_e/C_m``, ``dtheta/dt = (V_th - theta)/tau_th``; at a spike ``v = V_reset``,
    ``theta += delta_th``, and v stands still for ``t_ref`` while theta goes on
Exact solution
    Two leaky relaxations
Crossing
    Of ``v - theta``: certified search among its turning points (Rolle's theorem). ``v = theta`` exactly fires.
Parameters
    - ``tau_m`` = 10 ms: membrane time constant, positive
    - ``C_m`` = 250 pF: capacitance, positive
    - ``tau_th`` = 100 ms: time constant of the threshold, positive
    - ``delta_th`` = 2 mV: jump of the threshold at each spike, of either sign
    - ``E_L`` = -70 mV: resting potential
    - ``I_e`` = 0 pA: constant current
    - ``V_th`` = -55 mV: threshold at rest
    - ``V_reset`` = -70 mV: reset, below V_th
    - ``t_ref`` = 2 ms: refractory period, not negative
State
    ``v`` [volt], at rest (E_L); ``theta`` [volt], at V_th
Events
    Sends spikes. Receives jumps of v (``v_post += w``, a voltage); those in the refractory period are lost.
Limits
    A negative `delta_th` may bring theta below V_reset; the neuron then fires at the end of each refractory period.
Source
    Chacron, Pakdaman & Longtin (2003), Neural Comput 15, 253-278; Kobayashi, Tsubo & Shinomoto (2009), Front Comput
    Neurosci 3, 9 (whose potential is not reset); Bellec et al. (2018), NeurIPS 31 (the ALIF neuron). The membrane is
    that of `LIF`; ``tau_th`` and ``delta_th`` are examples, not from a source.
See also
    `AdaptiveLIF`; `GLIF`; ``neurons/linear.py``.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import ms, mV, pA, pF
from .base import MEMBRANE, Recipe, Value

RECIPE = Recipe(
    equations=f"""
    dv/dt = (E_L - v)/tau_m + I_e/C_m : volt (unless refractory)
    dtheta/dt = (V_th - theta)/tau_th : volt
    tau_th : second (constant)
    delta_th : volt (constant)
    {MEMBRANE}
    """,
    threshold="v >= theta",
    reset="v = V_reset; theta += delta_th",
    start={"v": "E_L", "theta": "V_th"},
    positive=("tau_m", "C_m", "tau_th"),
)


def AdaptiveThresholdLIF(
    N: int,
    *,
    tau_m: Value = 10 * ms,
    C_m: Value = 250 * pF,
    tau_th: Value = 100 * ms,
    delta_th: Value = 2 * mV,
    E_L: Value = -70 * mV,
    I_e: Value = 0 * pA,
    V_th: Value = -55 * mV,
    V_reset: Value = -70 * mV,
    t_ref: Value = 2 * ms,
    name: str = "adaptive_threshold_lif*",
) -> NeuronGroup:
    """Make leaky integrate-and-fire neurons whose threshold jumps at each spike.

    Examples
    --------
    >>> from eventsnn import Network, SpikeMonitor, models, pA
    >>> G = models.AdaptiveThresholdLIF(1, I_e=600*pA)
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(60*ms)
    >>> print(M.t)
    [ 9.80829253 23.76431801 39.93387654 58.26709824] ms
    """
    return RECIPE.make(**locals())
