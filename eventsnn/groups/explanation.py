"""What ``group.explain()`` says."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np

from ..crossing.first_time import CLOCK, FIXED
from ..equations.expression import Expression
from ..equations.text import Equation
from ..neurons.model import Description, Model
from ..neurons.registry import families_in_use


@dataclass(frozen=True)
class Explanation:
    """A text that shows itself, in a terminal and in a notebook."""

    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text)}</pre>"


def explain_model(name: str, n: int, description: Description, model: Model, note: str = "") -> Explanation:
    """Describe the solution of each equation, the crossing method of the threshold, and the rest."""
    lines = [f"group '{name}': {n} neuron{'s' * (n != 1)}, solved exactly, without a clock"]
    for line, motion in zip(_differential(description), model.dynamics.motions, strict=True):
        lines.append(f"  {line}")
        families = families_in_use(motion.kind)
        for family in families:
            share = f" ({np.sum(motion.kind == family.kind)} neurons)" if len(families) > 1 else ""
            lines.append(f"      {family.name}{share}: {family.solution.format(x=line.name)}")
        if "unless refractory" in line.flags:
            lines.append("      frozen during the refractory period")
        elif not all(np.array_equal(a, b) for a, b in zip(motion.columns()[:3], motion.columns()[3:], strict=True)):
            lines.append("      other coefficients during the refractory period (it uses not_refractory)")
    lines += _explain_spikes(description, model)
    if note:
        lines.append(f"  {note}")
    return Explanation("\n".join(lines))


def _differential(description: Description) -> list[Equation]:
    return [description.equations[name] for name in description.equations.state_names]


def _explain_spikes(description: Description, model: Model) -> list[str]:
    if model.threshold is None:
        return ["  no threshold: it never fires"]
    assert description.threshold is not None
    lines = [f"  threshold {description.threshold.text}"]
    states = description.equations.state_names
    for leaf in model.threshold.leaves:
        if leaf.variable == CLOCK:
            lines.append("      time reaches its level: known beforehand")
        elif leaf.variable == FIXED:
            lines.append("      one part does not change between events")
        else:
            name = states[leaf.variable]
            for family in families_in_use(model.dynamics.motions[leaf.variable].kind):
                lines.append(f"      {name} reaches its level by {family.crossing.format(x=name)}")
    lines += [f"  reset {statement.line}" for statement in description.reset] or ["  reset none"]
    lines.append(f"  refractory {_explain_refractory(description, model)}")
    return lines


def _explain_refractory(description: Description, model: Model) -> str:
    text = description.refractory
    if isinstance(text, Expression):
        kind = "ends at its first false instant" if model.recovery else "evaluated once after each reset"
        return f"{text.text} ({kind})"
    return "none" if text is None else f"{text:g} ms"
