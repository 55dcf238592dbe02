"""Short-term plasticity: depression and facilitation by the synapse's own spikes.

Equation
    ``dx/dt = (1 - x)/tau_rec``, ``du/dt = -u/tau_facil``. A spike of the source first raises the part of the resources
    that it uses, ``u -> u + U*(1 - u)``, then acts by `effect` with that u and the x from before it, then uses them,
    ``x -> x - u*x``
Rule at coincidence
    There are no spikes of the target in it. An effect that assigns instead of adding, and what follows it in the text,
    waits for the sums of its instant
Exact solution
    From the nth spike to the next, Delta later: ``u_{n+1} = U + (1 - U)*u_n*exp(-Delta/tau_facil)`` and
    ``x_{n+1} = 1 + (x_n*(1 - u_n) - 1)*exp(-Delta/tau_rec)``, with ``u_1 = U`` and ``x_1 = 1``; the nth spike has the
    size ``w*u_n*x_n``. For a regular train both are geometric: ``u_inf = U/(1 - (1 - U)*e_f)``,
    ``x_inf = (1 - e_r)/(1 - (1 - u_inf)*e_r)``
Parameters
    - ``U`` = 0.5: part of the resources that a spike after a long rest uses, from 0 to 1
    - ``tau_rec`` = 800 ms: recovery of the resources, not negative; 0 means at once, which leaves facilitation alone
    - ``tau_facil`` = 0 ms: decay of facilitation, not negative; 0 means at once, which leaves depression alone
Options
    - ``unit`` = 1: unit of the weight, such as ``mV``
    - ``effect`` = ``'v_post += w*u*x'``: what a spike does
    - ``delay``: from the spike to its arrival
State
    ``w`` [unit], the size of a spike that uses everything, to be set after connect(); ``x``, which starts at 1, and
    ``u``, which starts at 0
Events
    Spikes of the source. Sends what `effect` says.
Limits
    With tau_facil = 0 u is the constant U, with tau_rec = 0 x is 1, and their equations are left out. Such a time
    constant is the number or quantity 0, not a text. The synaptic current's own decay (the papers' active state)
    is the neuron's; where it is not much shorter than tau_rec, the papers' recovery starts a little later
Source
    Tsodyks & Markram (1997), PNAS 94, 719 (depression); Tsodyks, Pawelzik & Markram (1998), Neural Comput 10, 821,
    equations 2.1 to 2.5 (u decays to 0, and rises before it is used). The same as Maass & Markram (2002), equations 4
    and 5, and NEST's ``tsodyks2_synapse``, whose names and defaults these are (``tau_facil`` is its tau_fac)
See also
    ``docs/how-to/short-term-plasticity.md``, which has the other convention, too.
"""

from __future__ import annotations

from ..units import Quantity, get_dimensions, ms, second
from .synaptic import Delay, Group, ModelSynapses, SynapseRecipe, Value, is_number, lines, take, unit_of


def tsodyks_markram(
    source: Group,
    target: Group = None,
    *,
    U: Value = 0.5,
    tau_rec: Value = 800 * ms,
    tau_facil: Value = 0 * ms,
    unit: Quantity | float = 1,
    effect: str | None = "v_post += w*u*x",
    delay: Delay = None,
    name: str = "tsodyks_markram*",
) -> ModelSynapses:
    """Make synapses with short-term depression and facilitation; connect them, then set `w`.

    Examples
    --------
    >>> from eventsnn import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, models, ms, mV
    >>> inputs, G = SpikeGeneratorGroup(1, [0, 0, 0], [10, 20, 30]*ms), NeuronGroup(1, 'v : volt')
    >>> S = models.tsodyks_markram(inputs, G, U=0.5, tau_rec=100*ms, unit=mV)
    >>> S.connect()
    >>> S.w = 2*mV
    >>> M = StateMonitor(G, 'v', record=0)
    >>> Network(inputs, G, S, M).run(40*ms)
    >>> print(M.at([10, 20, 30]*ms, 'v')[0])
    [1.         1.54758129 1.89047989] mV
    """
    values = take(locals(), "U", "tau_rec", "tau_facil")
    recovers, facilitates = not _is_zero(tau_rec), not _is_zero(tau_facil)
    x = "dx/dt = (1 - x)/tau_rec : 1 (event-driven)\ntau_rec : second (constant)" if recovers else "x = 1 : 1"
    u = "du/dt = -u/tau_facil : 1 (event-driven)\ntau_facil : second (constant)" if facilitates else "u = U : 1"
    for parameter, stays in (("tau_rec", recovers), ("tau_facil", facilitates)):
        if not stays:
            del values[parameter]
    recipe = SynapseRecipe(
        equations=f"""
        w : {unit_of("tsodyks_markram.unit", unit)}
        {x}
        {u}
        U : 1 (constant)
        """,
        on_pre=lines("u += U*(1 - u)" if facilitates else "", effect, "x -= u*x" if recovers else ""),
        start={"x": 1} if recovers else {},
        positive=tuple(parameter for parameter in ("tau_rec", "tau_facil") if parameter in values),
        fractions=("U",),
        effect=effect,
        sized_by="unit",
    )
    return recipe.make(source, target, delay, name, **values)


def _is_zero(value: Value) -> bool:
    is_time = not isinstance(value, str) and get_dimensions(value) is get_dimensions(second)
    return is_number(value, 0) or (is_time and float(value) == 0)
