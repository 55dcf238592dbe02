"""Synaptic scaling: all weights of a neuron grow while it fires too little, and shrink while it fires too much.

Equation
    ``w = w_0*exp(s)``, ``ds/dt = (1 - r/rho_0)/tau_w``, ``dr/dt = -r/tau_r``; a spike of the source acts by `effect`, a
    spike of the target ``r -> r + 1/tau_r``. So ``dw/dt = w*(1 - r/rho_0)/tau_w``, where r follows the rate of the
    target
Rule at coincidence
    A spike changes the slope of w, not w; so there is nothing to order
Exact solution
    ``s(t) = t/tau_w - sum over spikes of the target at t_k of (1 - exp(-(t - t_k)/tau_r))/(rho_0*tau_w)``: between
    spikes the weight is an exact function of time, which `StateMonitor` records
Parameters
    - ``rho_0`` = 5 Hz: rate of the target at which nothing changes in the mean, positive
    - ``tau_r`` = 1 s: memory of the rate, positive
    - ``tau_w`` = 10 s: a silent neuron's weights grow by e in this time, positive
    - ``w_0`` = 1: weight at ``s = 0``; has any unit, and one value for each synapse as the weights of other models have
Options
    - ``effect`` = ``'v_post += w'``: what a spike of the source does
    - ``delay``: from the spike to its arrival; one time, or one for each pathway
State
    ``s`` and ``r``, which start at 0; ``w`` follows from them
Events
    Spikes of both sides. Sends what `effect` says.
Limits
    There are no bounds: the weights of a neuron that cannot fire grow for ever. Where tau_w is not much longer than
    tau_r, the rate swings around its target. r starts at 0, as though the target had been silent
Source
    Turrigiano, Leslie, Desai, Rutherford & Nelson (1998), Nature 391, 892; van Rossum, Bi & Turrigiano (2000), J
    Neurosci 20, 8812, equation 4 without its integral term: ``beta = 1/(rho_0*tau_w)``
See also
    `inhibitory_stdp`; ``docs/how-to/plasticity.md``.
"""

from __future__ import annotations

from ..units import Hz, second
from .synaptic import Delay, Group, ModelSynapses, Quantity, SynapseRecipe, Value, lines, take, unit_of


def synaptic_scaling(
    source: Group,
    target: Group = None,
    *,
    rho_0: Value = 5 * Hz,
    tau_r: Value = 1 * second,
    tau_w: Value = 10 * second,
    w_0: Quantity | float = 1,
    effect: str | None = "v_post += w",
    delay: Delay = None,
    name: str = "synaptic_scaling*",
) -> ModelSynapses:
    """Make synapses that scale with the rate of their target; connect them, then set `w_0` where weights differ.

    Examples
    --------
    >>> from eventsnn import Network, SpikeGeneratorGroup, models, ms, second
    >>> before, behind = SpikeGeneratorGroup(1, [], []*ms), SpikeGeneratorGroup(1, [0], [500]*ms)
    >>> S = models.synaptic_scaling(before, behind, effect='')
    >>> S.connect()
    >>> Network(before, behind, S).run(1*second)
    >>> print(round(S.w[0], 8))
    1.09650803
    """
    unit = unit_of("synaptic_scaling.w_0", w_0)
    recipe = SynapseRecipe(
        equations=f"""
        w = w_0*exp(s) : {unit}
        ds/dt = (1 - r/rho_0)/tau_w : 1 (clock-driven)
        dr/dt = -r/tau_r : hertz (clock-driven)
        w_0 : {unit}
        rho_0 : hertz (constant)
        tau_r : second (constant)
        tau_w : second (constant)
        """,
        on_pre=lines(effect),
        on_post="r += 1/tau_r",
        start={"w_0": w_0},
        weight="w_0",
        positive=("rho_0", "tau_r", "tau_w"),
        effect=effect,
        sized_by="w_0",
    )
    return recipe.make(source, target, delay, name, **take(locals(), "rho_0", "tau_r", "tau_w"))
