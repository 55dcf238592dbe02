"""Quadratic integrate-and-fire.

Equation
    ``dv/dt = (k (v - E_L) (v - V_c) + I_e)/C_m``; at a spike ``v = V_reset``, and v stands still for ``t_ref``
Exact solution
    With ``u = v - (E_L + V_c)/2`` and ``q = I_e/k - (V_c - E_L)**2/4``: ``u(s) = sqrt(q) tan(sqrt(q) k s/C_m + const)``
    for ``q > 0``, a hyperbolic function for ``q < 0``, ``1/s`` for ``q = 0``
Crossing
    Arc tangent, logarithm or division; see ``neurons/quadratic.py``
Parameters
    - ``C_m`` = 100 pF: capacitance, positive
    - ``k`` = 0.7 nS/mV: curvature, positive; ``k (V_c - E_L)`` is the conductance at rest
    - ``E_L`` = -60 mV: resting potential
    - ``V_c`` = -40 mV: critical potential, beyond which v runs away without input; below
      E_L the two change places
    - ``I_e`` = 0 pA: constant current
    - ``V_th`` = 35 mV: peak, where the spike is counted; ``inf*mV`` is allowed
    - ``V_reset`` = -50 mV: reset, below V_th; ``-inf*mV`` is allowed
    - ``t_ref`` = 0 ms: refractory period, not negative
State
    ``v`` [volt], at rest (E_L)
Events
    Sends spikes. Receives jumps of v (``v_post += w``, w a voltage); those in the refractory period are lost.
Limits
    It fires repetitively for ``I_e > k (V_c - E_L)**2/4``. With ``V_th = inf*mV`` and ``V_reset = -inf*mV`` it is the
    normal form (theta neuron), of period ``pi C_m/(k sqrt(q))``. Currents that change all the time, and synaptic
    currents of its own, have no exact solution beside the square.
Source
    Ermentrout & Kopell (1986), SIAM J Appl Math 46, 233-253; Latham, Richmond, Nelson & Nirenberg (2000),
    J Neurophysiol 83, 808-827. Form and defaults: Izhikevich (2007), Dynamical Systems in Neuroscience, chapter 8,
    the regular spiking neuron without its recovery variable.
See also
    `LIF`, its linearisation about E_L; ``neurons/quadratic.py``.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import ms, mV, nS, pA, pF
from .base import Recipe, Value

RECIPE = Recipe(
    equations="""
    dv/dt = (k*(v - E_L)*(v - V_c) + I_e)/C_m : volt (unless refractory)
    C_m : farad (constant)
    k : siemens/volt (constant)
    E_L : volt (constant)
    V_c : volt (constant)
    I_e : amp (constant)
    V_th : volt (constant)
    V_reset : volt (constant)
    t_ref : second (constant)
    """,
    threshold="v >= V_th",
    reset="v = V_reset",
    start={"v": "E_L"},
    positive=("C_m", "k"),
)


def QIF(
    N: int,
    *,
    C_m: Value = 100 * pF,
    k: Value = 0.7 * nS / mV,
    E_L: Value = -60 * mV,
    V_c: Value = -40 * mV,
    I_e: Value = 0 * pA,
    V_th: Value = 35 * mV,
    V_reset: Value = -50 * mV,
    t_ref: Value = 0 * ms,
    name: str = "qif*",
) -> NeuronGroup:
    """Make quadratic integrate-and-fire neurons.

    Examples
    --------
    >>> from eventsnn import Network, SpikeMonitor, models, pA
    >>> G = models.QIF(1, I_e=100*pA)
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(100*ms)
    >>> print(M.t)
    [54.22903504 86.82926017] ms
    """
    return RECIPE.make(**locals())
