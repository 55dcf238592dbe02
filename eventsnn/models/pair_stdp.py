"""Spike-timing-dependent plasticity by pairs of spikes.

Equation
    ``dx/dt = -x/tau_plus``, ``dy/dt = -y/tau_minus``. A spike of the source acts by `effect` and depresses,
    ``w -> w - A_minus*w_max*(w/w_max)**mu_minus*y``, then marks itself, ``x -> x + 1``; a spike of the target
    potentiates, ``w -> w + A_plus*w_max*(1 - w/w_max)**mu_plus*x``, then ``y -> y + 1``
Rule at coincidence
    The spike before comes first: it depresses by earlier spikes only, and the spike behind sees it at full size. So a
    pair at distance 0 potentiates by A_plus
Exact solution
    Exponentials between events; without bounds and weight dependence the sum over all pairs
    ``A_plus*w_max*exp(-(t_post - t_pre)/tau_plus)`` for t_pre <= t_post and
    ``-A_minus*w_max*exp(-(t_pre - t_post)/tau_minus)`` otherwise. The t are instants of arrival at the synapse:
    t_pre that of the spike plus ``delay``, t_post the spike itself, unless the pathway ``post`` has a delay, too
Parameters
    - ``tau_plus`` = 20 ms: window of potentiation, positive
    - ``tau_minus`` = 20 ms: window of depression, positive
    - ``A_plus`` = 0.01: largest potentiation by a pair, as a part of w_max
    - ``A_minus`` = 0.0105: largest depression by a pair, as a part of w_max
    - ``w_max`` = 1: largest weight, positive; the weight has its unit
    - ``mu_plus`` = 0: 0 potentiates all weights alike, 1 in proportion to what is left to w_max; not negative
    - ``mu_minus`` = 0: 0 depresses all weights alike, 1 in proportion to the weight; not negative
Options
    - ``pairing``: which pairs count, see below
    - ``clipped`` = True: keep w between 0 and w_max
    - ``effect`` = ``'v_post += w'``: what a spike does, with the weight from before its own change; '' for nothing
    - ``delay``: from the spike to its arrival; one time, or one for each pathway
State
    ``w`` [unit of w_max], to be set after connect(); ``x`` and ``y``, which start at 0
Events
    Spikes of both sides. Sends what `effect` says.
Limits
    Pairings (Morrison et al. 2008, figure 7): ``'all'``, every spike with every one; ``'nearest'``, each spike with
    the last one of the other side (7A, symmetric); ``'presynaptic'``, each spike before with the last one and the next
    one behind (7B); ``'reduced'``, as this, but immediate pairs only (7C). A mu of 0, the number, leaves the factor and
    the parameter out
Source
    Gerstner, Kempter, van Hemmen & Wagner (1996), Nature 383, 76; Song, Miller & Abbott (2000), Nature Neurosci 3, 919
    (additive, A_minus/A_plus = 1.05, both windows 20 ms); van Rossum, Bi & Turrigiano (2000), J Neurosci 20, 8812
    (mu_plus 0, mu_minus 1); Guetig, Aharonov, Rotter & Sompolinsky (2003), J Neurosci 23, 3697 (mu between 0 and 1);
    Morrison, Diesmann & Gerstner (2008), Biol Cybern 98, 459. Names: PyNN and NEST's ``stdp_synapse``, whose ``lambda``
    is A_plus and whose ``alpha`` is A_minus/A_plus
See also
    `triplet_stdp`; ``docs/how-to/plasticity.md``.
"""

from __future__ import annotations

from ..errors import ArgumentError
from ..units import ms
from .synaptic import Delay, Group, ModelSynapses, SynapseRecipe, Value, is_number, lines, take, unit_of

#: What a spike of the source, and of the target, does to the traces x and y, by the name of the pairing.
PAIRINGS = {
    "all": ("x += 1", "y += 1"),
    "nearest": ("x = 1", "y = 1"),
    "presynaptic": ("x += 1", "x = 0\ny = 1"),
    "reduced": ("y = 0\nx = 1", "x = 0\ny = 1"),
}


def stdp(
    source: Group,
    target: Group = None,
    *,
    tau_plus: Value = 20 * ms,
    tau_minus: Value = 20 * ms,
    A_plus: Value = 0.01,
    A_minus: Value = 0.0105,
    w_max: Value = 1,
    mu_plus: Value = 0,
    mu_minus: Value = 0,
    pairing: str = "all",
    clipped: bool = True,
    effect: str | None = "v_post += w",
    delay: Delay = None,
    name: str = "stdp*",
) -> ModelSynapses:
    """Make synapses with spike-timing-dependent plasticity by pairs of spikes; connect them, then set `w`.

    Examples
    --------
    >>> from eventsnn import Network, SpikeGeneratorGroup, models, ms
    >>> before, behind = SpikeGeneratorGroup(1, [0], [10]*ms), SpikeGeneratorGroup(1, [0], [15]*ms)
    >>> S = models.stdp(before, behind, effect='')
    >>> S.connect()
    >>> S.w = 0.5
    >>> Network(before, behind, S).run(20*ms)
    >>> print(S.w[0])
    0.5077880078307141
    """
    if pairing not in PAIRINGS:
        raise ArgumentError(f"stdp.pairing: expected one of {', '.join(map(repr, PAIRINGS))}, found {pairing!r}")
    unit = unit_of("stdp.w_max", w_max)
    values = take(locals(), "tau_plus", "tau_minus", "A_plus", "A_minus", "w_max")
    up, down, more = "A_plus*w_max*", "A_minus*w_max*", ""
    for mu, value in (("mu_plus", mu_plus), ("mu_minus", mu_minus)):
        if not is_number(value, 0):
            values[mu] = value
            more += f"{mu} : 1 (constant)\n"
    if "mu_plus" in values:
        up += "clip(1 - w/w_max, 0, 1)**mu_plus*"
    if "mu_minus" in values:
        down += "clip(w/w_max, 0, 1)**mu_minus*"
    mark_pre, mark_post = PAIRINGS[pairing]
    recipe = SynapseRecipe(
        equations=f"""
        w : {unit}
        dx/dt = -x/tau_plus : 1 (event-driven)
        dy/dt = -y/tau_minus : 1 (event-driven)
        tau_plus : second (constant)
        tau_minus : second (constant)
        A_plus : 1 (constant)
        A_minus : 1 (constant)
        w_max : {unit} (constant)
        {more}""",
        on_pre=lines(effect, change(f"w - {down}y", unit, clipped), mark_pre),
        on_post=lines(change(f"w + {up}x", unit, clipped), mark_post),
        positive=("tau_plus", "tau_minus", "w_max"),
        not_negative=tuple(mu for mu in ("mu_plus", "mu_minus") if mu in values),
        clipped=clipped,
        effect=effect,
    )
    return recipe.make(source, target, delay, name, **values)


def change(value: str, unit: str, clipped: bool) -> str:
    """Return the statement that gives w a value, kept between 0 and w_max or not."""
    zero = "0" if unit == "1" else f"0*{unit}" if unit.isidentifier() else f"0*({unit})"
    return f"w = clip({value}, {zero}, w_max)" if clipped else f"w = {value}"
