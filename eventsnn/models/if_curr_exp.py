"""PyNN's ``IF_curr_exp``: leaky integrate-and-fire, synaptic currents that decay exponentially.

Equation
    ``dv/dt = (E_L - v)/tau_m + (I_syn_ex + I_syn_in + I_e)/C_m``, ``dI_syn/dt = -I_syn/tau_syn`` for each of the two;
    at a spike ``v = V_reset``, and v stands still for ``t_ref`` while the currents go on
Exact solution
    A linear system: v is a sum of exponentials of rates ``1/tau_m``, ``1/tau_syn_ex``, ``1/tau_syn_in``
Crossing
    Certified search among the turning points of that sum (Rolle's theorem). v exactly at V_th fires, as in NEST.
Parameters
    Names are those of NEST; PyNN's in brackets.

    - ``tau_m`` = 20 ms: membrane time constant, positive [tau_m]
    - ``C_m`` = 1 nF: capacitance, positive [cm]
    - ``tau_syn_ex`` = 5 ms: decay of the excitatory current, positive [tau_syn_E]
    - ``tau_syn_in`` = 5 ms: decay of the inhibitory current, positive [tau_syn_I]
    - ``E_L`` = -65 mV: resting potential [v_rest]
    - ``I_e`` = 0 nA: constant current [i_offset]
    - ``V_th`` = -50 mV: threshold [v_thresh]
    - ``V_reset`` = -65 mV: reset, below V_th [v_reset]
    - ``t_ref`` = 0.1 ms: refractory period, not negative [tau_refrac]
State
    ``v`` [volt], at rest (E_L); ``I_syn_ex``, ``I_syn_in`` [amp], zero
Events
    Sends spikes. Receives jumps of the currents: ``I_syn_ex_post += w``, and ``I_syn_in_post += w`` with a negative w
    for inhibition, in the refractory period too. w is the peak of the current.
Limits
    Equal time constants are no special case: the solution is written in divided differences.
Source
    PyNN (``IF_curr_exp``), defaults included; NEST's ``iaf_psc_exp`` is the same with other defaults. Rotter &
    Diesmann (1999), Biol Cybern 81, 381-402; Brette (2007), Neural Comput 19, 2604-2609; Davison et al. (2009), Front
    Neuroinform 2, 11.
See also
    `IF_curr_alpha`, whose currents rise gradually; ``neurons/linear.py``.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import ms, mV, nA, nF
from .base import MEMBRANE, Recipe, Value

RECIPE = Recipe(
    equations=f"""
    dv/dt = (E_L - v)/tau_m + (I_syn_ex + I_syn_in + I_e)/C_m : volt (unless refractory)
    dI_syn_ex/dt = -I_syn_ex/tau_syn_ex : amp
    dI_syn_in/dt = -I_syn_in/tau_syn_in : amp
    tau_syn_ex : second (constant)
    tau_syn_in : second (constant)
    {MEMBRANE}
    """,
    threshold="v >= V_th",
    reset="v = V_reset",
    start={"v": "E_L"},
    positive=("tau_m", "C_m", "tau_syn_ex", "tau_syn_in"),
)


def IF_curr_exp(
    N: int,
    *,
    tau_m: Value = 20 * ms,
    C_m: Value = 1 * nF,
    tau_syn_ex: Value = 5 * ms,
    tau_syn_in: Value = 5 * ms,
    E_L: Value = -65 * mV,
    I_e: Value = 0 * nA,
    V_th: Value = -50 * mV,
    V_reset: Value = -65 * mV,
    t_ref: Value = 0.1 * ms,
    name: str = "if_curr_exp*",
) -> NeuronGroup:
    """Make PyNN's ``IF_curr_exp`` neurons (NEST: ``iaf_psc_exp``).

    Examples
    --------
    >>> from eventsnn import Network, SpikeMonitor, models, nA
    >>> G = models.IF_curr_exp(1)
    >>> G.I_syn_ex = 6*nA  # as if a spike of this weight had just arrived
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(50*ms)
    >>> print(M.t)
    [4.11660863] ms
    """
    return RECIPE.make(**locals())
