"""PyNN's ``IF_curr_alpha``: leaky integrate-and-fire, synaptic currents in the form of an alpha function.

Equation
    ``dv/dt = (E_L - v)/tau_m + (I_syn_ex + I_syn_in + I_e)/C_m``; for each of the two currents
    ``dI_syn/dt = (e h_syn - I_syn)/tau_syn``, ``dh_syn/dt = -h_syn/tau_syn``, where ``e = 2.718...``; at a spike
    ``v = V_reset``, and v stands still for ``t_ref`` while the currents go on
Exact solution
    A linear system. After a jump of ``h_syn`` by w, ``I_syn(s) = w (s/tau_syn) exp(1 - s/tau_syn)``: its peak is w, at
    ``s = tau_syn``
Crossing
    Certified search among the turning points of v (Rolle's theorem). v exactly at V_th fires, as in NEST.
Parameters
    Names are those of NEST; PyNN's in brackets.

    - ``tau_m`` = 20 ms: membrane time constant, positive [tau_m]
    - ``C_m`` = 1 nF: capacitance, positive [cm]
    - ``tau_syn_ex`` = 0.5 ms: rise time of the excitatory current, positive [tau_syn_E]
    - ``tau_syn_in`` = 0.5 ms: rise time of the inhibitory current, positive [tau_syn_I]
    - ``E_L`` = -65 mV: resting potential [v_rest]
    - ``I_e`` = 0 nA: constant current [i_offset]
    - ``V_th`` = -50 mV: threshold [v_thresh]
    - ``V_reset`` = -65 mV: reset, below V_th [v_reset]
    - ``t_ref`` = 0.1 ms: refractory period, not negative [tau_refrac]
State
    ``v`` [volt], at rest (E_L); ``I_syn_ex``, ``I_syn_in`` [amp] and what they rise towards, ``h_syn_ex``, ``h_syn_in``
    [amp], all zero
Events
    Sends spikes. Receives jumps of ``h_syn``: ``h_syn_ex_post += w``, and ``h_syn_in_post += w`` with a negative w for
    inhibition, in the refractory period too. w is the peak of the current.
Limits
    ``tau_syn == tau_m`` and ``tau_syn_ex == tau_syn_in`` are no special cases: the solution is written in divided
    differences.
Source
    PyNN (``IF_curr_alpha``), defaults included; NEST's ``iaf_psc_alpha`` is the same with other defaults (its
    ``dI_syn`` is ``e h_syn/tau_syn``). Rotter & Diesmann (1999), Biol Cybern 81, 381-402; Davison et al. (2009), Front
    Neuroinform 2, 11.
See also
    `IF_curr_exp`, whose currents rise at once; ``neurons/linear.py``.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import ms, mV, nA, nF
from .base import MEMBRANE, Recipe, Value

RECIPE = Recipe(
    equations=f"""
    dv/dt = (E_L - v)/tau_m + (I_syn_ex + I_syn_in + I_e)/C_m : volt (unless refractory)
    dI_syn_ex/dt = (e*h_syn_ex - I_syn_ex)/tau_syn_ex : amp
    dh_syn_ex/dt = -h_syn_ex/tau_syn_ex : amp
    dI_syn_in/dt = (e*h_syn_in - I_syn_in)/tau_syn_in : amp
    dh_syn_in/dt = -h_syn_in/tau_syn_in : amp
    tau_syn_ex : second (constant)
    tau_syn_in : second (constant)
    {MEMBRANE}
    """,
    threshold="v >= V_th",
    reset="v = V_reset",
    start={"v": "E_L"},
    positive=("tau_m", "C_m", "tau_syn_ex", "tau_syn_in"),
)


def IF_curr_alpha(
    N: int,
    *,
    tau_m: Value = 20 * ms,
    C_m: Value = 1 * nF,
    tau_syn_ex: Value = 0.5 * ms,
    tau_syn_in: Value = 0.5 * ms,
    E_L: Value = -65 * mV,
    I_e: Value = 0 * nA,
    V_th: Value = -50 * mV,
    V_reset: Value = -65 * mV,
    t_ref: Value = 0.1 * ms,
    name: str = "if_curr_alpha*",
) -> NeuronGroup:
    """Make PyNN's ``IF_curr_alpha`` neurons (NEST: ``iaf_psc_alpha``).

    Examples
    --------
    >>> from eventsnn import Network, SpikeMonitor, models, nA
    >>> G = models.IF_curr_alpha(1)
    >>> G.h_syn_ex = 15*nA  # as if a spike of this weight had just arrived
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(50*ms)
    >>> print(M.t)
    [1.37903824] ms
    """
    return RECIPE.make(**locals())
