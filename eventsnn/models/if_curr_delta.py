"""PyNN's ``IF_curr_delta``: leaky integrate-and-fire, synapses that shift the potential.

Equation
    ``dv/dt = (E_L - v)/tau_m + I_e/C_m``; at a spike ``v = V_reset``, and v stands still for ``t_ref``
Exact solution
    ``v(s) = v_inf + (v - v_inf) exp(-s/tau_m)``, ``v_inf = E_L + I_e tau_m/C_m``
Crossing
    ``s = tau_m log((v_inf - v)/(v_inf - V_th))``, never for ``v_inf <= V_th``. An input that lifts v to exactly V_th
    makes it fire, as in NEST.
Parameters
    Names are those of NEST; PyNN's in brackets.

    - ``tau_m`` = 20 ms: membrane time constant, positive [tau_m]
    - ``C_m`` = 1 nF: capacitance, positive [cm]
    - ``E_L`` = -65 mV: resting potential [v_rest]
    - ``I_e`` = 0 nA: constant current [i_offset]
    - ``V_th`` = -50 mV: threshold [v_thresh]
    - ``V_reset`` = -65 mV: reset, below V_th [v_reset]
    - ``t_ref`` = 0.1 ms: refractory period, not negative [tau_refrac]
State
    ``v`` [volt], at rest (E_L)
Events
    Sends spikes. Receives jumps of v (``v_post += w``, w a voltage, negative for inhibition); those in the refractory
    period are lost, as in NEST with ``refractory_input=False``.
Limits
    None. NEST's ``V_min`` is not there.
Source
    PyNN 0.10 (``IF_curr_delta``), defaults included; NEST's ``iaf_psc_delta`` is the same with other defaults: Davison
    et al. (2009), Front Neuroinform 2, 11; Gewaltig & Diesmann (2007), Scholarpedia 2, 1430.
See also
    `LIF`, which has NEST's defaults; `IF_curr_exp`; `IF_curr_alpha`.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import ms, mV, nA, nF
from .base import Value
from .lif import RECIPE


def IF_curr_delta(
    N: int,
    *,
    tau_m: Value = 20 * ms,
    C_m: Value = 1 * nF,
    E_L: Value = -65 * mV,
    I_e: Value = 0 * nA,
    V_th: Value = -50 * mV,
    V_reset: Value = -65 * mV,
    t_ref: Value = 0.1 * ms,
    name: str = "if_curr_delta*",
) -> NeuronGroup:
    """Make PyNN's ``IF_curr_delta`` neurons (NEST: ``iaf_psc_delta``).

    Examples
    --------
    >>> from eventsnn import Network, SpikeMonitor, models, nA
    >>> G = models.IF_curr_delta(1, I_e=1*nA)
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(80*ms)
    >>> print(M.t)
    [27.72588722 55.55177444] ms
    """
    return RECIPE.make(**locals())
