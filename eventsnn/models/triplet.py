"""Spike-timing-dependent plasticity by triplets of spikes.

Equation
    ``dr1/dt = -r1/tau_plus``, ``dr2/dt = -r2/tau_x``, ``do1/dt = -o1/tau_minus``, ``do2/dt = -o2/tau_y``. A spike of
    the source acts by `effect`, then ``w -> w - w_max*o1*(A2_minus + A3_minus*r2)``, then r1 and r2 grow by 1; a spike
    of the target ``w -> w + w_max*r1*(A2_plus + A3_plus*o2)``, then o1 and o2 grow by 1
Rule at coincidence
    The spike before comes first: it sees o1 from before the spike behind, and this sees r1 with the spike before in it
Exact solution
    Exponentials between events; without bounds a sum over pairs and triplets. With t' < t for two spikes of one side,
    a spike behind at t adds ``A2_plus*exp(-(t - s)/tau_plus)`` for each spike before at s <= t and
    ``A3_plus*exp(-(t - s)/tau_plus - (t - t')/tau_y)`` for each such s and t'; the spikes before likewise, with s < t
Parameters
    - ``tau_plus`` = 16.8 ms: of potentiation by pairs, positive
    - ``tau_minus`` = 33.7 ms: of depression by pairs, positive
    - ``tau_x``: of depression by triplets, positive; left out of the model where A3_minus is 0
    - ``tau_y``: of potentiation by triplets, positive
    - ``A2_plus``: potentiation by a pair, as a part of w_max
    - ``A2_minus``: depression by a pair
    - ``A3_plus``: potentiation by a triplet, two spikes behind and one before
    - ``A3_minus``: depression by a triplet, two spikes before and one behind
    - ``w_max`` = 1: largest weight, positive; the weight has its unit. The paper's changes are relative to the weight
      before the experiment, so that its w_max is 1
Options
    - ``fit`` = ``'visual cortex'``: whose values the parameters above have that are not given: this, ``'hippocampus'``,
      or either with ``', full'``; see `FITS`
    - ``pairing`` = ``'all'``; ``'nearest'`` lets a trace rise to 1 instead of by 1. Each has values of its own
    - ``clipped`` = True: keep w between 0 and w_max
    - ``effect`` = ``'v_post += w'``, ``delay``: as for `stdp`
State
    ``w`` [unit of w_max], to be set after connect(); ``r1``, ``o1``, ``o2``, and ``r2`` where A3_minus is not 0; they
    start at 0
Events
    Spikes of both sides. Sends what `effect` says.
Limits
    With A3_plus = A3_minus = 0 it is the pair rule. There is no weight dependence
Source
    Pfister & Gerstner (2006), J Neurosci 26, 9673: equations 2 to 4; values of table 3 (visual cortex, Sjostrom et al.
    2001) and table 4 (hippocampal culture, Wang et al. 2005). NEST: ``stdp_triplet_synapse``, all-to-all
See also
    `stdp`; ``docs/how-to/plasticity.md``.
"""

from __future__ import annotations

from ..errors import ArgumentError
from ..units import ms
from .pair_stdp import change
from .synaptic import Delay, Group, ModelSynapses, SynapseRecipe, Value, is_number, lines, take, unit_of

#: A2_plus, A3_plus, A2_minus, A3_minus, tau_x and tau_y [ms] by fit and pairing: Pfister & Gerstner 2006, tables 3, 4.
FITS: dict[tuple[str, str], tuple[float, float, float, float, float, float]] = {
    # the minimal models have no tau_x: what stands there serves those who give an A3_minus
    ("visual cortex", "all"): (0.0, 6.5e-3, 7.1e-3, 0.0, 101.0, 114.0),
    ("visual cortex", "nearest"): (0.0, 5e-2, 8e-3, 0.0, 714.0, 40.0),
    ("hippocampus", "all"): (5.3e-3, 8e-3, 3.5e-3, 0.0, 946.0, 40.0),
    ("hippocampus", "nearest"): (4.6e-3, 9.1e-3, 3e-3, 0.0, 575.0, 48.0),
    ("visual cortex, full", "all"): (5e-10, 6.2e-3, 7e-3, 2.3e-4, 101.0, 125.0),
    ("visual cortex, full", "nearest"): (8.8e-11, 5.3e-2, 6.6e-3, 3.1e-3, 714.0, 40.0),
    ("hippocampus, full", "all"): (6.1e-3, 6.7e-3, 1.6e-3, 1.4e-3, 946.0, 27.0),
    ("hippocampus, full", "nearest"): (4.6e-3, 9.1e-3, 3e-3, 7.5e-9, 575.0, 47.0),
}


def triplet_stdp(
    source: Group,
    target: Group = None,
    *,
    fit: str = "visual cortex",
    tau_plus: Value = 16.8 * ms,
    tau_minus: Value = 33.7 * ms,
    tau_x: Value | None = None,
    tau_y: Value | None = None,
    A2_plus: Value | None = None,
    A3_plus: Value | None = None,
    A2_minus: Value | None = None,
    A3_minus: Value | None = None,
    w_max: Value = 1,
    pairing: str = "all",
    clipped: bool = True,
    effect: str | None = "v_post += w",
    delay: Delay = None,
    name: str = "triplet_stdp*",
) -> ModelSynapses:
    """Make synapses with spike-timing-dependent plasticity by triplets of spikes; connect them, then set `w`.

    Examples
    --------
    >>> from eventsnn import Network, SpikeGeneratorGroup, models, ms
    >>> before = SpikeGeneratorGroup(1, [0, 0], [10, 30]*ms)
    >>> behind = SpikeGeneratorGroup(1, [0, 0], [20, 40]*ms)
    >>> S = models.triplet_stdp(before, behind, effect='')
    >>> S.connect()
    >>> S.w = 0.5
    >>> Network(before, behind, S).run(50*ms)
    >>> print(round(S.w[0], 8))
    0.49864507
    """
    if (fit, pairing) not in FITS:
        fits, pairings = (", ".join(map(repr, dict.fromkeys(key[n] for key in FITS))) for n in (0, 1))
        where, known, found = ("fit", fits, fit) if pairing in ("all", "nearest") else ("pairing", pairings, pairing)
        raise ArgumentError(f"triplet_stdp.{where}: expected one of {known}, found {found!r}")
    unit = unit_of("triplet_stdp.w_max", w_max)
    fitted = zip(("A2_plus", "A3_plus", "A2_minus", "A3_minus", "tau_x", "tau_y"), FITS[fit, pairing], strict=True)
    given = locals()
    values = take(given, "tau_plus", "tau_minus", "w_max")
    for parameter, value in fitted:
        unset = value * ms if parameter.startswith("tau") else value
        values[parameter] = unset if given[parameter] is None else given[parameter]
    has_slow_source = not is_number(values["A3_minus"], 0)
    if not has_slow_source:
        del values["A3_minus"], values["tau_x"]
    recipe = _recipe(unit, has_slow_source, pairing, clipped, effect)
    return recipe.make(source, target, delay, name, **values)


def _recipe(unit: str, has_slow_source: bool, pairing: str, clipped: bool, effect: str | None) -> SynapseRecipe:
    """Return the texts of the rule, with the slow trace of the source where it counts."""
    more = "dr2/dt = -r2/tau_x : 1 (event-driven)\nA3_minus : 1 (constant)\ntau_x : second (constant)"
    down = "(A2_minus + A3_minus*r2)" if has_slow_source else "A2_minus"
    mark = "= 1" if pairing == "nearest" else "+= 1"
    return SynapseRecipe(
        equations=f"""
        w : {unit}
        dr1/dt = -r1/tau_plus : 1 (event-driven)
        do1/dt = -o1/tau_minus : 1 (event-driven)
        do2/dt = -o2/tau_y : 1 (event-driven)
        tau_plus : second (constant)
        tau_minus : second (constant)
        tau_y : second (constant)
        A2_plus : 1 (constant)
        A3_plus : 1 (constant)
        A2_minus : 1 (constant)
        w_max : {unit} (constant)
        {more if has_slow_source else ""}""",
        on_pre=lines(
            effect,
            change(f"w - w_max*o1*{down}", unit, clipped),
            f"r1 {mark}",
            f"r2 {mark}" if has_slow_source else "",
        ),
        on_post=lines(change("w + w_max*r1*(A2_plus + A3_plus*o2)", unit, clipped), f"o1 {mark}", f"o2 {mark}"),
        positive=("tau_plus", "tau_minus", "tau_y", "w_max", *(("tau_x",) if has_slow_source else ())),
        clipped=clipped,
        effect=effect,
    )
