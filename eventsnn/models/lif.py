"""Leaky integrate-and-fire.

Equation
    ``dv/dt = (E_L - v)/tau_m + I_e/C_m``; at a spike ``v = V_reset``, and v stands still for ``t_ref``
Exact solution
    ``v(s) = v_inf + (v - v_inf) exp(-s/tau_m)``, ``v_inf = E_L + I_e tau_m/C_m``
Crossing
    ``s = tau_m log((v_inf - v)/(v_inf - V_th))``, never for ``v_inf <= V_th``. An input that lifts v to exactly V_th
    makes it fire.
Parameters
    - ``tau_m`` = 10 ms: membrane time constant, positive
    - ``C_m`` = 250 pF: capacitance, positive
    - ``E_L`` = -70 mV: resting potential
    - ``I_e`` = 0 pA: constant current
    - ``V_th`` = -55 mV: threshold
    - ``V_reset`` = -70 mV: reset, below V_th
    - ``t_ref`` = 2 ms: refractory period, not negative
State
    ``v`` [volt], at rest (E_L)
Events
    Sends spikes. Receives jumps of v (``v_post += w``, w a voltage); those in the refractory period are lost.
Limits
    None: ``tau_m = inf*ms`` is the perfect integrator.
Source
    Lapicque (1907), J Physiol Pathol Gen 9, 620-635; Gerstner, Kistler, Naud & Paninski (2014), Neuronal Dynamics,
    section 1.3. Names and defaults: NEST's ``iaf_psc_delta``.
See also
    `PIF`; `IF_curr_delta`, the same with PyNN's defaults; ``neurons/leaky.py``.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import ms, mV, pA, pF
from .base import MEMBRANE, Recipe, Value

RECIPE = Recipe(
    equations=f"""
    dv/dt = (E_L - v)/tau_m + I_e/C_m : volt (unless refractory)
    {MEMBRANE}
    """,
    threshold="v >= V_th",
    reset="v = V_reset",
    start={"v": "E_L"},
)


def LIF(
    N: int,
    *,
    tau_m: Value = 10 * ms,
    C_m: Value = 250 * pF,
    E_L: Value = -70 * mV,
    I_e: Value = 0 * pA,
    V_th: Value = -55 * mV,
    V_reset: Value = -70 * mV,
    t_ref: Value = 2 * ms,
    name: str = "lif*",
) -> NeuronGroup:
    """Make leaky integrate-and-fire neurons, with the defaults of NEST's ``iaf_psc_delta``.

    Examples
    --------
    >>> from eventsnn import Network, SpikeMonitor, models, pA
    >>> G = models.LIF(1, I_e=500*pA)
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(50*ms)
    >>> print(M.t)
    [13.86294361 29.72588722 45.58883083] ms
    """
    return RECIPE.make(**locals())
