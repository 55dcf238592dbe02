"""What ``group.explain()`` says."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..crossing.first_time import CLOCK, FIXED
from ..equations.expression import Expression
from ..neurons.model import Model
from ..neurons.registry import families_in_use

if TYPE_CHECKING:
    from .neurongroup import NeuronGroup


@dataclass(frozen=True)
class Explanation:
    """A text that shows itself, in a terminal and in a notebook."""

    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text)}</pre>"


def explain_model(group: NeuronGroup, model: Model) -> Explanation:
    """Describe the solution of each equation, the crossing method of the threshold, and the rest."""
    n = len(group)
    lines = [f"group '{group.name}': {n} neuron{'s' * (n != 1)}, solved exactly, without a clock"]
    for name, motion in zip(group.equations.state_names, model.dynamics.motions, strict=True):
        lines.append(f"  {group.equations[name]}")
        families = families_in_use(motion.kind)
        for family in families:
            share = f" ({np.sum(motion.kind == family.kind)} neurons)" if len(families) > 1 else ""
            lines.append(f"      {family.name}{share}: {family.solution.format(x=name)}")
        if "unless refractory" in group.equations[name].flags:
            lines.append("      frozen during the refractory period")
        elif not all(np.array_equal(a, b) for a, b in zip(motion.columns()[:3], motion.columns()[3:], strict=True)):
            lines.append("      other coefficients during the refractory period (it uses not_refractory)")
    lines += _explain_spikes(group, model)
    if group.method not in (None, "exact", "linear", "independent"):
        lines.append(f"  method '{group.method}' was asked for; the exact solution is used instead")
    return Explanation("\n".join(lines))


def _explain_spikes(group: NeuronGroup, model: Model) -> list[str]:
    if model.threshold is None:
        return ["  no threshold: it never fires"]
    lines = [f"  threshold {group.threshold}"]
    states = group.equations.state_names
    for leaf in model.threshold.leaves:
        if leaf.variable == CLOCK:
            lines.append("      time reaches its level: known beforehand")
        elif leaf.variable == FIXED:
            lines.append("      one part does not change between events")
        else:
            name = states[leaf.variable]
            for family in families_in_use(model.dynamics.motions[leaf.variable].kind):
                lines.append(f"      {name} reaches its level by {family.crossing.format(x=name)}")
    for row in (group.reset or "none").splitlines():
        lines.append(f"  reset {row}")
    lines.append(f"  refractory {_explain_refractory(group, model)}")
    return lines


def _explain_refractory(group: NeuronGroup, model: Model) -> str:
    text = group._description.refractory
    if isinstance(text, Expression):
        kind = "ends at its first false instant" if model.recovery else "evaluated once after each reset"
        return f"{text.text} ({kind})"
    return "none" if text is None else f"{text:g} ms"
