"""What ``group.explain()`` says."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..crossing.first_time import Search
from ..crossing.leaves import CLOCK, FIXED, Combination
from ..equations.expression import Expression
from ..equations.text import Equation
from ..neurons.description import Description
from ..neurons.model import Model
from ..neurons.ticking import ClockedDynamics
from ..synapses.names import POST, PRE
from ..synapses.statements import is_additive


@dataclass(frozen=True)
class Explanation:
    """A text that shows itself, in a terminal and in a notebook."""

    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text)}</pre>"


def explain_synapses(synapses: Any, solutions: Sequence[str]) -> Explanation:
    """Describe the pathways of a `Synapses` object, their delays, and the solution of its states."""
    source, target = synapses.source.name, synapses.target.name
    references = synapses._names.references
    lines = [f"Synapses '{synapses.name}': {len(synapses)} from {source} to {target}"]
    lines += [f"  state {solution}" for solution in solutions]
    for summed in synapses._sums.summed:
        lines.append(f"  {summed.line}")
        lines.append(f"      exact: group '{synapses.target.name}' has taken over the equations of the sum")
    for pathway in synapses._pathways.values():
        event = "spikes" if pathway.event == "spike" else f"events '{pathway.event}'"
        lines.append(f"  {pathway.key}: waits for {event} of {pathway.source.name}, {_explain_delays(pathway)}")
        division = pathway._division
        for statement in pathway._statements:
            adds = is_additive(statement) and statement in division.early
            target = references.get(statement.target)
            at_neuron = target is not None and target.side in (PRE, POST)
            when = "after the sums of this instant" if statement in division.late else ""
            when = "added to what else arrives at this instant" if adds and at_neuron and not when else when
            lines.append(f"      {statement.line}" + (f"    ({when})" if when else ""))
    return Explanation("\n".join(lines))


def _explain_delays(pathway: Any) -> str:
    delays = np.atleast_1d(pathway._delays)
    if not len(delays) or np.all(delays == delays[0]):
        return f"delay {delays[0]:g} ms" if len(delays) and delays[0] else "no delay"
    return f"delays {delays.min():g} to {delays.max():g} ms"


def explain_model(name: str, n: int, description: Description, model: Model, note: str = "") -> Explanation:
    """Describe the solution of each equation, the crossing method of the threshold, and the rest."""
    dynamics = model.dynamics
    how = f"on a clock, {dynamics.kind}" if isinstance(dynamics, ClockedDynamics) else "solved exactly, without a clock"
    lines = [f"group '{name}': {n} neuron{'s' * (n != 1)}, {how}"]
    for j, line in enumerate(_differential(description)):
        lines.append(f"  {line}")
        solutions = model.dynamics.solutions(j, line.name)
        for family, formula, count in solutions:
            share = f" ({count} neurons)" if len(solutions) > 1 else ""
            lines.append(f"      {family}{share}: {formula}")
        if "unless refractory" in line.flags:
            lines.append("      frozen during the refractory period")
        elif model.dynamics.has_own_refractory_course(j):
            lines.append("      other coefficients during the refractory period (it uses not_refractory)")
    steps = model.until[np.isfinite(model.until)]
    if len(steps):
        lines.append(f"  drives or levels step at given instants, next at {steps.min():g} ms; solved anew at each")
    lines += _explain_spikes(description, model)
    if note:
        lines.append(f"  {note}")
    return Explanation("\n".join(lines))


def _differential(description: Description) -> list[Equation]:
    return [description.equations[name] for name in description.equations.state_names]


def _explain_spikes(description: Description, model: Model) -> list[str]:
    if description.threshold is None:
        return ["  no threshold: it never fires"]
    lines = [f"  threshold {description.threshold.text}"]
    states = description.equations.state_names
    if isinstance(model.dynamics, ClockedDynamics):
        lines.append(f"      {model.dynamics.describe_threshold()}")
    elif model.threshold is not None:
        lines += _explain_leaves(model, model.threshold, states)
    lines += [f"  reset {statement.line}" for statement in description.reset] or ["  reset none"]
    lines.append(f"  refractory {_explain_refractory(description, model)}")
    return lines


def _explain_leaves(model: Model, threshold: Search, states: Sequence[str]) -> list[str]:
    lines = []
    for number, leaf in enumerate(threshold.leaves):
        if leaf.variable == CLOCK:
            lines.append("      time reaches its level: known beforehand")
        elif leaf.variable == FIXED:
            lines.append("      one part does not change between events")
        else:
            level = threshold.of(0)[number][0]
            what = f"{states[leaf.variable]} reaches its level" if leaf.variable >= 0 else _name(level, states)
            ways = model.dynamics.crossings(leaf, level, states)
            lines += [f"      {what} by {way}" for way in ways]
    return lines


def _name(combination: Combination, states: Sequence[str]) -> str:
    names = [states[j] for j, _ in combination.weights] + ["functions of t"] * bool(combination.tones)
    return f"the combination of {' and '.join(names)} changes its sign"


def _explain_refractory(description: Description, model: Model) -> str:
    text = description.refractory
    if isinstance(text, Expression):
        kind = "ends at its first false instant" if model.duration is None else "evaluated once after each reset"
        return f"{text.text} ({kind})"
    return "none" if text is None else f"{text:g} ms"
