"""Leaky integrate-and-fire with an adaptation current.

Equation
    ``dv/dt = (E_L - v)/tau_m + (I_e - w)/C_m``, ``dw/dt = (a (v - E_L) - w)/tau_w``; at a spike ``v = V_reset``,
    ``w += b``, and v stands still for ``t_ref`` while w goes on
Exact solution
    A linear system of two variables: exponentials, or a damped oscillation when
    ``(1/tau_m - 1/tau_w)**2 < 4 a/(C_m tau_w)``
Crossing
    Certified search: turning points (real rates), envelope and windows (oscillation). v exactly at V_th fires.
Parameters
    - ``tau_m`` = 10 ms: membrane time constant, positive
    - ``C_m`` = 250 pF: capacitance, positive
    - ``tau_w`` = 144 ms: time constant of adaptation, positive
    - ``a`` = 0 nS: coupling of w to v below threshold, of either sign
    - ``b`` = 80.5 pA: increase of w at each spike, of either sign
    - ``E_L`` = -70 mV: resting potential
    - ``I_e`` = 0 pA: constant current
    - ``V_th`` = -55 mV: threshold
    - ``V_reset`` = -70 mV: reset, below V_th
    - ``t_ref`` = 2 ms: refractory period, not negative
State
    ``v`` [volt], at rest (E_L); ``w`` [amp], zero
Events
    Sends spikes. Receives jumps of v (``v_post += w``, a voltage); those in the refractory period are lost.
Limits
    For ``a < -C_m/tau_m`` the rest is unstable and v runs away.
Source
    Treves (1993), Network 4, 259-284 (b alone); Gerstner, Kistler, Naud & Paninski (2014), Neuronal Dynamics, section
    6.1. Names, ``tau_w`` and ``b``: Brette & Gerstner (2005), J Neurophysiol 94, 3637-3642, whose exponential term is
    left out; the membrane is that of `LIF`.
See also
    `AdaptiveThresholdLIF`; `GLIF`; ``neurons/linear.py``.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import ms, mV, nS, pA, pF
from .base import MEMBRANE, Recipe, Value

RECIPE = Recipe(
    equations=f"""
    dv/dt = (E_L - v)/tau_m + (I_e - w)/C_m : volt (unless refractory)
    dw/dt = (a*(v - E_L) - w)/tau_w : amp
    tau_w : second (constant)
    a : siemens (constant)
    b : amp (constant)
    {MEMBRANE}
    """,
    threshold="v >= V_th",
    reset="v = V_reset; w += b",
    start={"v": "E_L"},
    positive=("tau_m", "C_m", "tau_w"),
)


def AdaptiveLIF(
    N: int,
    *,
    tau_m: Value = 10 * ms,
    C_m: Value = 250 * pF,
    tau_w: Value = 144 * ms,
    a: Value = 0 * nS,
    b: Value = 80.5 * pA,
    E_L: Value = -70 * mV,
    I_e: Value = 0 * pA,
    V_th: Value = -55 * mV,
    V_reset: Value = -70 * mV,
    t_ref: Value = 2 * ms,
    name: str = "adaptive_lif*",
) -> NeuronGroup:
    """Make leaky integrate-and-fire neurons with an adaptation current.

    Examples
    --------
    >>> from eventsnn import Network, SpikeMonitor, models, pA
    >>> G = models.AdaptiveLIF(1, I_e=600*pA)
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(80*ms)
    >>> print(M.t)
    [ 9.80829253 24.35291548 43.27331583 69.60683474] ms
    """
    return RECIPE.make(**locals())
