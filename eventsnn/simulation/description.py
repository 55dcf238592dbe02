"""What ``network.describe()`` says: what a network is made of, and how far it is."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..border import from_internal
from ..equations.text import DIFFERENTIAL, PARAMETER, Equation
from ..errors import EventSNNError, EventSNNWarning, UnknownNameError
from ..groups import NeuronGroup, SpikeSource, Synapses
from ..groups.explanation import Explanation, explain_model
from ..groups.pathway import Pathway
from ..groups.poissoninput import PoissonInput
from ..groups.timed import Timed
from ..monitors import EventMonitor, PopulationRateMonitor, StateMonitor
from ..monitors.base import Monitor
from ..randomness import SOURCE
from ..units import DIMENSIONLESS, Quantity


def describe_network(
    name: str,
    now: float,
    has_run: bool,
    objects: Sequence[Any],
    appointments: Sequence[Timed],
    surroundings: Mapping[str, Any],
    engine: str = "",
) -> Explanation:
    """Describe a network: its time, its objects kind by kind, the seed, and what it is run by.

    Parameters
    ----------
    now : float [ms]
    objects : sequence of SimulationObject
    appointments : sequence of Timed
        Functions that are to be called at given instants.
    surroundings : mapping
        Where names in the models are looked up.
    engine : str
        What there is to say of engines.
    """
    state = "has run" if has_run else "has not run yet"
    seed = f"seed {SOURCE.seed}" + ("" if SOURCE.is_given else ", chosen at random")
    seed += f", noise renewed {SOURCE.epoch} times" if SOURCE.epoch else ""
    lines = [f"{name} at t = {_time(now)}, {state}; {seed}", *([engine] if engine else [])]
    with warnings.catch_warnings():
        # what there is to warn of is said when it is run
        warnings.simplefilter("ignore", EventSNNWarning)
        for title, kind, describe in _SECTIONS:
            chosen = [thing for thing in objects if isinstance(thing, kind)]
            if chosen:
                lines += ["", f"{title} ({_count(kind, chosen)})"]
                for thing in chosen:
                    lines += [f"  {line}" for line in describe(thing, surroundings)]
    operations = [thing for thing in objects if isinstance(thing, Timed)]
    timed = [*(runner for thing in objects for runner in thing._runners), *operations, *appointments]
    if timed:
        lines += ["", f"Timed code ({len(timed)})", *(f"  {describe_timed(thing)}" for thing in timed)]
    if not objects and not timed:
        lines.append("it is empty")
    return Explanation("\n".join(lines))


def _count(kind: type, things: Sequence[Any]) -> str:
    if kind is Synapses:
        return f"{_plural(len(things), 'object')}, {sum(map(len, things))} synapses"
    if kind is NeuronGroup:
        return _plural(sum(map(len, things)), "neuron")
    return str(len(things))


# --- groups ---------------------------------------------------------------------------------------------------


def _describe_group(group: NeuronGroup, surroundings: Mapping[str, Any]) -> list[str]:
    """Return the equations with their solutions, or why there are none."""
    try:
        lines = str(group.explain(namespace=surroundings)).split("\n")
    except EventSNNError as problem:
        lines = _without_solution(group, problem)
    variables = [f"  {_with_value(group, line)}" for line in group.equations.values() if line.kind != DIFFERENTIAL]
    for event, condition in group._description.events.items():
        lines.append(f"  event '{event}' {condition.text}")
        lines += [f"      {statement.line}" for statement in group._description.codes.get(event, ())]
    return [lines[0], *variables, *lines[1:]]


def _without_solution(group: NeuronGroup, problem: EventSNNError) -> list[str]:
    # who asks from elsewhere may not know the names; what the last run used is known
    if isinstance(problem, UnknownNameError) and group._model is not None:
        known = "as in its last run; names are unknown here"
        return str(explain_model(group.name, len(group), group._description, group._model, known)).split("\n")
    lines = [f"group '{group.name}': {_plural(len(group), 'neuron')}, cannot be solved as it is now"]
    lines += [f"  {line}" for line in group.equations.values() if line.kind == DIFFERENTIAL]
    lines += [f"  threshold {group.threshold}"] if group.threshold else ["  no threshold: it never fires"]
    if group.threshold:
        lines += [f"  reset {line}" for line in (group.reset or "none").split("\n")]
        lines.append(f"  refractory {group.refractory or 'none'}")
    return [*lines, *_because(problem)]


def _with_value(owner: NeuronGroup | Synapses, line: Equation) -> str:
    """Return a line of the equations with its kind; a parameter with its present value, or the range of its values."""
    if line.kind == DIFFERENTIAL:
        return f"{line}"
    if line.kind != PARAMETER or "linked" in line.flags:
        return f"{line.kind} {line}"
    values = owner._read_internal(line.name, np.arange(1 if line.shared else len(owner)))
    if not len(values):
        return f"{line.kind} {line}"
    left, right = f"{line}".split(" : ", 1)
    return f"{line.kind} {left} = {_range(values, line)} : {right}"


def _range(values: np.ndarray, line: Equation) -> str:
    """Return the one value that there is, in its best unit, or the smallest and the largest."""
    if line.dtype is bool:
        n = int(np.count_nonzero(values))
        return f"{n > 0}" if n in (0, len(values)) else f"True for {n} of {len(values)}"
    ends = from_internal(np.array([values.min(), values.max()], dtype=float), line.dimension)
    symbol = ""
    if line.dimension is not DIMENSIONLESS:
        largest = float(np.max(np.abs(ends), where=np.isfinite(ends), initial=0.0))
        unit = Quantity(largest, dim=line.dimension).get_best_unit()
        ends, symbol = ends / float(unit), f" {unit.dispname}"
    low, high = (f"{end:.4g}" if line.dtype is float else f"{end:.0f}" for end in ends.tolist())
    return f"{low}{symbol}" if low == high else f"{low} to {high}{symbol}"


def _because(problem: EventSNNError) -> list[str]:
    first, *others = str(problem).split("\n")
    return [f"  because: {first}", *(f"      {line}" for line in others)]


# --- stimuli --------------------------------------------------------------------------------------------------


def _describe_source(source: SpikeSource, surroundings: Mapping[str, Any]) -> list[str]:
    first, *others = str(source.explain()).split("\n")
    to = f" to {source.target.name}" if isinstance(source, PoissonInput) else f", {_plural(len(source), 'neuron')}"
    return [f"{first}{to}{_unless_active(source)}", *others]


def _unless_active(thing: Any) -> str:
    return "" if thing.active else "; not active"


# --- synapses -------------------------------------------------------------------------------------------------


def _describe_synapses(synapses: Synapses, surroundings: Mapping[str, Any]) -> list[str]:
    """Return the pathways with their delays, the solutions of states, and what it all takes."""
    try:
        first, *others = str(synapses.explain(namespace=surroundings)).split("\n")
    except EventSNNError as problem:
        first = f"Synapses '{synapses.name}': {len(synapses)} from {synapses.source.name} to {synapses.target.name}"
        others = []
        for pathway in synapses._pathways.values():
            others += [f"  {pathway.key}: {statement.line}" for statement in pathway._statements]
        others += _because(problem)
    lines = [line for line in synapses._equations.values() if "summed" not in line.flags]
    facts = [f"  {_with_value(synapses, line)}" for line in lines]
    facts += others
    if not synapses._is_connected:
        return [f"{first}; never connected", *facts]
    pathways = sorted(synapses._pathways.values(), key=lambda pathway: (pathway.order, pathway.name))
    flying = sum(len(pathway._in_flight) for pathway in pathways)
    silent = [pathway.key for pathway in pathways if not pathway.active]
    if len(pathways) > 1:
        facts.append(f"  at one instant in the order {', '.join(pathway.key for pathway in pathways)}")
    facts += [f"  not active: {', '.join(silent)}"] if silent else []
    facts += [f"  on their way: {_plural(flying, 'spike')}"] if flying else []
    return [f"{first}, {_size(_bytes_of(synapses, pathways))}", *facts]


def _bytes_of(synapses: Synapses, pathways: Sequence[Pathway]) -> int:
    """Return the memory of all arrays of some synapses."""
    pairs, store = synapses._pairs, synapses._store
    arrays: list[Any] = [*store.arrays.values(), pairs.post, pairs._pre, pairs._starts]
    for pathway in pathways:
        arrays += [pathway._delays, *(pathway._fan.arrays if pathway._fan is not None else ())]
    # a fan may share its arrays with the pairs
    found = {id(array): array.nbytes for array in arrays if isinstance(array, np.ndarray)}
    return sum(found.values())


def _size(count: int) -> str:
    """Return a number of bytes as people say it."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"


# --- monitors -------------------------------------------------------------------------------------------------


def _describe_monitor(monitor: Monitor, surroundings: Mapping[str, Any]) -> list[str]:
    spans = " and ".join(f"{_time(start)} to {_time(end)}" for start, end in monitor._spans if end > start)
    when = f", from {spans}" if spans else ""
    return [f"{type(monitor).__name__} '{monitor.name}': {_recorded(monitor)}{when}{_unless_active(monitor)}"]


def _recorded(monitor: Monitor) -> str:
    """Return what a monitor records, and how much it has."""
    source = monitor.source.name
    if isinstance(monitor, EventMonitor):
        extras = f" with {', '.join(monitor.variables)}" if monitor.variables else ""
        counted = "recorded" if monitor.record else "counted"
        kept = f" in '{monitor.filename}'" if monitor.filename else ""
        return f"{monitor._WHAT} of {source}{extras}, {monitor.num_events} {counted}{kept}"
    if isinstance(monitor, StateMonitor):
        names, n = ", ".join(monitor.recorded_variables), len(monitor.record)
        what = "synapse" if isinstance(monitor.source, Synapses) else "neuron"
        plural = {"synapse": "synapses", "neuron": "neurons"}[what]
        return f"{names} of {n} {what if n == 1 else plural} of {source}, {monitor._tape.changes} changes of state"
    if isinstance(monitor, PopulationRateMonitor):
        return f"rate of {source}, {monitor._record.total} spikes"
    return f"records from {source}"


# --- timed code -----------------------------------------------------------------------------------------------


def describe_timed(thing: Timed) -> str:
    """Return what is carried out, and when."""
    slot = "" if thing.when == "start" else f", in the slot '{thing.when}'"
    return f"{repr(thing).strip('<>')}{slot}{_unless_active(thing)}"


def _time(instant: float) -> str:
    return f"{instant:g} ms" if instant < 1000.0 else f"{instant / 1000.0:g} s"


def _plural(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


#: From top to bottom.
_SECTIONS: tuple[tuple[str, type, Any], ...] = (
    ("Groups", NeuronGroup, _describe_group),
    ("Stimuli", SpikeSource, _describe_source),
    ("Synapses", Synapses, _describe_synapses),
    ("Monitors", Monitor, _describe_monitor),
)
