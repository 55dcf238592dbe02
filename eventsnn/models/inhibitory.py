"""Plasticity of inhibitory synapses, which holds the rate of the target.

Equation
    ``dx/dt = -x/tau``, ``dy/dt = -y/tau``. A spike of the source acts by `effect`, then
    ``w -> w + eta*w_max*(y - 2*rho_0*tau)``, then ``x -> x + 1``; a spike of the target ``w -> w + eta*w_max*x``, then
    ``y -> y + 1``
Rule at coincidence
    The spike before comes first; a pair at distance 0 counts once, like any other
Exact solution
    Exponentials between events; without bounds ``eta*w_max*exp(-|t_post - t_pre|/tau)`` for each pair, whatever its
    order, and ``-2*eta*w_max*rho_0*tau`` for each spike before
Parameters
    - ``tau`` = 20 ms: window, positive
    - ``rho_0`` = 3 Hz: rate of the target at which nothing changes in the mean, not negative
    - ``eta`` = 0.001: rate of learning, as a part of w_max
    - ``w_max`` = 1: largest weight, positive; the weight has its unit
Options
    - ``clipped`` = True: keep w between 0 and w_max
    - ``effect`` = ``'v_post -= w'``: what a spike does, with the weight from before its own change; '' for nothing
    - ``delay``: from the spike to its arrival; one time, or one for each pathway
State
    ``w`` [unit of w_max], not negative, to be set after connect(); ``x`` and ``y``, which start at 0
Events
    Spikes of both sides. Sends what `effect` says.
Limits
    The rate is held only where inhibition can hold it: w between 0 and w_max, sources that fire. For independent trains
    the mean change is ``eta*w_max*2*tau*nu_pre*(nu_post - rho_0)`` per time; correlation adds to it
Source
    Vogels, Sprekeler, Zenke, Clopath & Gerstner (2011), Science 334, 1569, equations 1 and 2, where
    ``alpha = 2*rho_0*tau``. Defaults and names ``eta``, ``tau``: NEST's ``vogels_sprekeler_synapse``, alpha = 0.12; it
    sends the weight from after the change
See also
    `synaptic_scaling`; ``docs/how-to/plasticity.md``.
"""

from __future__ import annotations

from ..units import Hz, ms
from .pair_stdp import change
from .synaptic import Delay, Group, ModelSynapses, SynapseRecipe, Value, lines, take, unit_of


def inhibitory_stdp(
    source: Group,
    target: Group = None,
    *,
    tau: Value = 20 * ms,
    rho_0: Value = 3 * Hz,
    eta: Value = 0.001,
    w_max: Value = 1,
    clipped: bool = True,
    effect: str | None = "v_post -= w",
    delay: Delay = None,
    name: str = "inhibitory_stdp*",
) -> ModelSynapses:
    """Make inhibitory synapses that hold the rate of their target; connect them, then set `w`.

    Examples
    --------
    >>> from eventsnn import Network, SpikeGeneratorGroup, models, ms
    >>> before, behind = SpikeGeneratorGroup(1, [0], [10]*ms), SpikeGeneratorGroup(1, [0], [15]*ms)
    >>> S = models.inhibitory_stdp(before, behind, eta=0.01, effect='')
    >>> S.connect()
    >>> S.w = 0.5
    >>> Network(before, behind, S).run(20*ms)
    >>> print(round(S.w[0], 8))
    0.50658801
    """
    unit = unit_of("inhibitory_stdp.w_max", w_max)
    values = take(locals(), "tau", "rho_0", "eta", "w_max")
    recipe = SynapseRecipe(
        equations=f"""
        w : {unit}
        dx/dt = -x/tau : 1 (event-driven)
        dy/dt = -y/tau : 1 (event-driven)
        tau : second (constant)
        rho_0 : hertz (constant)
        eta : 1 (constant)
        w_max : {unit} (constant)
        """,
        on_pre=lines(effect, change("w + eta*w_max*(y - 2*rho_0*tau)", unit, clipped), "x += 1"),
        on_post=lines(change("w + eta*w_max*x", unit, clipped), "y += 1"),
        positive=("tau", "w_max"),
        not_negative=("rho_0",),
        clipped=clipped,
        effect=effect,
    )
    return recipe.make(source, target, delay, name, **values)
