"""What was exact in a script's runs, and what was not; and the warnings on the way."""

from __future__ import annotations

import functools
import sys
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from .._version import __version__
from ..crossing.leaves import CLOCK, FIXED
from ..errors import EventSNNWarning, ExactnessNote
from ..groups import NeuronGroup, SpikeSource, Synapses
from ..groups.objects import SimulationObject
from ..monitors import SpikeMonitor
from ..neurons.model import Model
from ..neurons.ornstein_uhlenbeck import ExactDynamics
from ..neurons.ticking import ClockedDynamics
from ..simulation import Network

#: matplotlib's words when show() has no screen to show on; the report says it better
_NO_SCREEN = "is non-interactive, and thus cannot be shown"


@dataclass
class Ran:
    """What is known of the runs of one object.

    Attributes
    ----------
    count, what : int, str
        How many neurons or synapses it has.
    duration : float [ms]
        Of all runs together, those that a restore has undone among them; so are the spikes.
    """

    name: str
    count: int
    what: str = "neuron"
    solution: tuple[str, ...] = ()
    duration: float = 0.0
    runs: int = 0
    spikes: int | None = None
    is_exact: bool = True


@dataclass
class Report:
    """Follows the runs of a script, without keeping its objects or changing its results."""

    quiet: bool = False
    groups: dict[int, Ran] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _warned: set[str] = field(default_factory=set)

    # --- listening --------------------------------------------------------------------------------------------

    def watch_runs(self) -> None:
        """Be told of every run from now on."""
        original = Network.run

        @functools.wraps(original)
        def run(network: Network, *arguments: Any, **options: Any) -> None:
            before, counts = network.now, _count_spikes(network)
            try:
                original(network, *arguments, **options)
            except BaseException:
                if network.now > before:
                    self._add_run(network, network.now - before, counts)
                raise
            self._add_run(network, network.now - before, counts)

        Network.run = run  # type: ignore[method-assign, assignment]

    def _add_run(self, network: Network, duration: float, before: Mapping[SpikeMonitor, int]) -> None:
        """Add one run to what is known; `before` has the spikes that had been recorded when it began."""
        spikes: dict[int, int] = {}
        for monitor, count in _count_spikes(network).items():
            # of several monitors of one group, the one that was listening
            serial, new = monitor.source._serial, count - before.get(monitor, 0)
            spikes[serial] = max(new, spikes.get(serial, 0))
        for thing in network.objects:
            if isinstance(thing, Synapses):
                ran = self.groups.setdefault(thing._serial, Ran(thing.name, len(thing), "synapse"))
                ran.solution = (f"from {thing.source.name} to {thing.target.name}, delays as given",)
            elif isinstance(thing, SpikeSource):
                ran = self.groups.setdefault(thing._serial, Ran(thing.name, len(thing)))
                ran.solution = (f"stimulus: {thing._describe()}",)
            elif isinstance(thing, NeuronGroup) and thing._model is not None:
                ran = self.groups.setdefault(thing._serial, Ran(thing.name, len(thing)))
                ran.solution = describe_solution(thing)
                ran.is_exact = not isinstance(thing._model.dynamics, ClockedDynamics)
            else:
                continue
            ran.duration += duration
            ran.runs += duration > 0.0
            if thing._serial in spikes:
                ran.spikes = (ran.spikes or 0) + spikes[thing._serial]

    def watch_warnings(self) -> None:
        """Show each of eventsnn's warnings once, on one line; keep notes on exactness for the end."""
        shown_otherwise = warnings.showwarning
        warnings.simplefilter("always", EventSNNWarning)

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, EventSNNWarning):
                self._add_warning(str(message), category, filename, lineno)
            elif _NO_SCREEN not in str(message):
                shown_otherwise(message, category, filename, lineno, file, line)

        warnings.showwarning = show

    def _add_warning(self, message: str, category: type[Warning], filename: str, lineno: int) -> None:
        line = f"{Path(filename).name}:{lineno}: {message}"
        if line in self._warned:
            return
        self._warned.add(line)
        if issubclass(category, ExactnessNote):
            self.notes.append(line)
        else:
            print(f"eventsnn: {line}", file=sys.stderr)

    # --- telling ----------------------------------------------------------------------------------------------

    def print(self, saved: Sequence[Path] = (), unseen: int = 0) -> None:
        """Write the report to standard error.

        Parameters
        ----------
        saved : sequence of Path
            Figures that were saved.
        unseen : int
            Number of figures that the script wanted to show where there is no screen.
        """
        if not self.quiet:
            lines = [*self._lines(), *_tell_of_figures(saved, unseen)]
            if lines:
                sys.stdout.flush()
                print("\n".join(lines), file=sys.stderr)

    def _lines(self) -> list[str]:
        if not self.groups and not self.notes:
            return []
        kinds = Counter(
            (r.name, r.count, r.what, r.duration, r.runs, r.spikes, r.solution) for r in self.groups.values()
        )
        lines = [f"--- eventsnn {__version__}: {self._summary()} ---"]
        for (name, count, what, duration, runs, spikes, solution), times in kinds.items():
            together = f" in {runs} runs" if runs > 1 else ""
            repeated = f", {times} times" if times > 1 else ""
            counted = "" if spikes is None else f", {_plural(spikes, 'spike')}"
            lines.append(f"{name}: {_plural(count, what)}, {duration:g} ms{together}{repeated}{counted}")
            lines += [f"    {line}" for line in solution]
        if self.notes:
            lines += ["notes:", *(f"    {note}" for note in self.notes)]
        return lines

    def _summary(self) -> str:
        if not self.groups:
            return "nothing was simulated"
        exact = "every spike and every state at its exact time, no time step"
        return exact if all(ran.is_exact for ran in self.groups.values()) else f"{exact}, but for groups on a clock"


def _count_spikes(network: Network) -> dict[SpikeMonitor, int]:
    """Return what monitors of whole groups have counted so far."""
    monitors = [thing for thing in network.objects if isinstance(thing, SpikeMonitor)]
    return {monitor: monitor.num_spikes for monitor in monitors if isinstance(monitor.source, SimulationObject)}


def _tell_of_figures(saved: Sequence[Path], unseen: int) -> list[str]:
    if saved:
        return [f"figures: {saved[0]}" if len(saved) == 1 else f"figures: {saved[0]} to {saved[-1].name}"]
    if unseen:
        return [f"figures: {unseen} not shown, as there is no screen; 'eventsnn run --save-figures DIR' saves them"]
    return []


def describe_solution(group: NeuronGroup) -> tuple[str, ...]:
    """Return one line for each equation of a group that was run, and one for its threshold."""
    model = group._model
    if model is None:
        return ()
    if isinstance(model.dynamics, ClockedDynamics):
        return _describe_steps(group, model.dynamics)
    lines = []
    for j, name in enumerate(group.equations.state_names):
        families = " or ".join(family for family, _, _ in model.dynamics.solutions(j, name))
        lines.append(f"d{name}/dt: {families}, closed form")
    if model.threshold is None:
        return (*lines, "no threshold")
    ways = dict.fromkeys(
        _crossing(group.equations.state_names, model, number) for number in range(len(model.threshold.leaves))
    )
    return (*lines, f"threshold {group.threshold}: {', '.join(ways)}")


def _describe_steps(group: NeuronGroup, dynamics: ClockedDynamics) -> tuple[str, ...]:
    rates = ", ".join(f"d{name}/dt" for name in group.equations.state_names)
    method = f"{rates}: '{dynamics.law.name}' with" if rates else "on a clock with"
    exact = "exact in distribution" if dynamics.law.sources else "exact from tick to tick"
    how = f"{method} a step of {dynamics.step:g} ms, {exact if isinstance(dynamics, ExactDynamics) else 'not exact'}"
    if group.threshold is None:
        return (how, "no threshold")
    where = "asked once at each tick" if dynamics.law.is_polled else "interpolated inside the step"
    if isinstance(dynamics, ExactDynamics) and not dynamics.law.is_polled:
        where = dynamics.describe_crossings()
    return (how, f"threshold {group.threshold}: {where}")


def _crossing(names: Sequence[str], model: Model, number: int) -> str:
    assert model.threshold is not None
    leaf, (level, _) = model.threshold.leaves[number], model.threshold.of(0)[number]
    if leaf.variable == CLOCK:
        return "time known beforehand"
    if leaf.variable == FIXED:
        return "does not change between events"
    return " or ".join(way.partition(":")[0] for way in model.dynamics.crossings(leaf, level, names))


def _plural(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"
