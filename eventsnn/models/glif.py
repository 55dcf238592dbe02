"""Generalized linear integrate-and-fire, the Mihalas-Niebur neuron.

Equation
    - ``dv/dt = (I_e + I1 + I2 - G (v - E_L))/C_m``
    - ``dtheta/dt = a (v - E_L) - b (theta - Theta_inf)``
    - ``dI1/dt = -k1 I1``, ``dI2/dt = -k2 I2``
    - at a spike ``I1 = R1 I1 + A1``, ``I2 = R2 I2 + A2``, ``v = V_reset``, ``theta = max(Theta_r, theta)``
Exact solution
    A linear system of four variables, of rates ``k1``, ``k2``, ``G/C_m`` and ``b``
Crossing
    Of ``v - theta``: certified search among its turning points (Rolle's theorem). ``v = theta`` exactly fires.
Parameters
    The paper's names, but for C_m (C) and V_reset (V_r). It gives currents divided by C; with ``C_m = 1 nF`` its V/s
    are nA.

    - ``C_m`` = 1 nF: capacitance, positive
    - ``G`` = 50 nS: leak conductance, positive
    - ``E_L`` = -70 mV: resting potential
    - ``I_e`` = 0 nA: constant current
    - ``a`` = 0 Hz: coupling of the threshold to v, of either sign
    - ``b`` = 10 Hz: rate of the threshold, of either sign
    - ``Theta_inf`` = -50 mV: threshold at rest
    - ``Theta_r`` = -60 mV: least threshold after a spike
    - ``V_reset`` = -70 mV: reset, below Theta_r
    - ``k1`` = 200 Hz, ``k2`` = 20 Hz: rates of the spike-induced currents, positive
    - ``R1`` = 0, ``R2`` = 1: which part of them survives a spike, numbers
    - ``A1`` = 0 nA, ``A2`` = 0 nA: what a spike adds to them, of either sign
State
    ``v`` [volt], at rest (E_L); ``theta`` [volt], at Theta_inf; ``I1``, ``I2`` [amp], zero
Events
    Sends spikes. Receives jumps of v (``v_post += w``, w a voltage) or of the currents.
Limits
    There is no refractory period: since ``Theta_r > V_reset``, v is below the threshold after each spike. Equal rates,
    which the paper excludes, are no special case here.
Source
    Mihalas & Niebur (2009), Neural Comput 21, 704-718: equations 2.1 and 2.2, values of table 1, where the default is
    panel A, tonic spiking, without its current ``I_e = 1.5 nA``.
See also
    `AdaptiveLIF`; `AdaptiveThresholdLIF`; ``neurons/linear.py``.
"""

from __future__ import annotations

from ..groups import NeuronGroup
from ..units import Hz, mV, nA, nF, nS
from .base import Recipe, Value

RECIPE = Recipe(
    equations="""
    dv/dt = (I_e + I1 + I2 - G*(v - E_L))/C_m : volt
    dtheta/dt = a*(v - E_L) - b*(theta - Theta_inf) : volt
    dI1/dt = -k1*I1 : amp
    dI2/dt = -k2*I2 : amp
    C_m : farad (constant)
    G : siemens (constant)
    E_L : volt (constant)
    I_e : amp (constant)
    a : hertz (constant)
    b : hertz (constant)
    Theta_inf : volt (constant)
    Theta_r : volt (constant)
    V_reset : volt (constant)
    k1 : hertz (constant)
    k2 : hertz (constant)
    R1 : 1 (constant)
    R2 : 1 (constant)
    A1 : amp (constant)
    A2 : amp (constant)
    """,
    threshold="v >= theta",
    reset="I1 = R1*I1 + A1; I2 = R2*I2 + A2; v = V_reset; theta = max(Theta_r, theta)",
    refractory=None,
    start={"v": "E_L", "theta": "Theta_inf"},
    positive=("C_m", "G", "k1", "k2"),
    not_negative=(),
    ordered=(("V_reset", "Theta_r"),),
)


def GLIF(
    N: int,
    *,
    C_m: Value = 1 * nF,
    G: Value = 50 * nS,
    E_L: Value = -70 * mV,
    I_e: Value = 0 * nA,
    a: Value = 0 * Hz,
    b: Value = 10 * Hz,
    Theta_inf: Value = -50 * mV,
    Theta_r: Value = -60 * mV,
    V_reset: Value = -70 * mV,
    k1: Value = 200 * Hz,
    k2: Value = 20 * Hz,
    R1: Value = 0,
    R2: Value = 1,
    A1: Value = 0 * nA,
    A2: Value = 0 * nA,
    name: str = "glif*",
) -> NeuronGroup:
    """Make generalized linear integrate-and-fire neurons (Mihalas & Niebur 2009).

    Examples
    --------
    Table 1, panel N, phasic bursting:

    >>> from eventsnn import Hz, Network, SpikeMonitor, models, ms, nA
    >>> G = models.GLIF(1, I_e=1.5*nA, a=5*Hz, A1=10*nA, A2=-0.6*nA)
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(500*ms)
    >>> print(M.t)
    [25.19995361 27.88197784 30.86719219 34.23419669 38.10652354 42.7170415
     48.88997102] ms
    """
    return RECIPE.make(**locals())
