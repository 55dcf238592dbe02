"""Who is drawn: monitors, or parts of one, with their labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..groups import Subgroup
from ..monitors import SpikeMonitor
from ..monitors.base import Monitor
from .axes import require_times


@dataclass(frozen=True)
class Member:
    """Neurons that are drawn together, and their spikes.

    Attributes
    ----------
    source : str
        The monitor, for messages.
    label : str
        Empty where there is nothing to tell apart.
    times : ndarray [ms]
    neurons : ndarray of int
        Who fired, by the index in the monitor's group.
    start, size : int
        The first of these neurons, and how many there are.
    spans : list of (float, float)
        The stretches of time that were recorded [ms].
    """

    source: str
    label: str
    times: np.ndarray
    neurons: np.ndarray
    start: int
    size: int
    spans: list[tuple[float, float]]


def read_members(monitors: Any, groups: Any, where: str, kinds: tuple[type, ...]) -> list[Member]:
    """Return what is to be drawn, the lowest first."""
    named = _name(monitors, where, kinds)
    if groups is None:
        return [_member(label, monitor) for label, monitor in named]
    if len(named) > 1:
        raise ArgumentError(
            f"{where}, groups: splits one monitor, found {len(named)}; name them in a dictionary instead"
        )
    monitor = named[0][1]
    if not isinstance(monitor, SpikeMonitor):
        raise ArgumentError(f"{where}, groups: needs a SpikeMonitor, which knows who fired; found {monitor!r}")
    return _split(monitor, groups, where)


def _name(monitors: Any, where: str, kinds: tuple[type, ...]) -> list[tuple[str, Any]]:
    """Return monitors with their labels; a single one needs none."""
    named: list[tuple[str, Any]] = [("", monitors)]
    if isinstance(monitors, Mapping):
        named = [(str(label), monitor) for label, monitor in monitors.items()]
    elif isinstance(monitors, list | tuple):
        named = [(monitor.source.name if isinstance(monitor, Monitor) else "", monitor) for monitor in monitors]
    if not named:
        raise ArgumentError(f"{where}: expected at least one monitor, found none")
    for label, monitor in named:
        if not isinstance(monitor, kinds):
            place = f", '{label}'" if isinstance(monitors, Mapping) else ""
            expected = " or ".join(kind.__name__ for kind in kinds)
            raise ArgumentError(f"{where}{place}: expected a {expected}, found {monitor!r}")
        if isinstance(monitor, SpikeMonitor):
            require_times(monitor, where)
    return named


def _member(label: str, monitor: Any) -> Member:
    times, neurons = monitor._record.time_array(), monitor._record.neuron_array()
    spans = [(start, end) for start, end in monitor._spans if end > start]
    return Member(f"'{monitor.name}'", label, times, neurons, 0, len(monitor.source), spans)


def _split(monitor: SpikeMonitor, groups: Any, where: str) -> list[Member]:
    """Return the parts of one monitor that `groups` names."""
    if not isinstance(groups, Mapping) or not groups:
        raise ArgumentError(
            f"{where}, groups: expected a dictionary such as {{'exc': 3200, 'inh': 800}}, found {groups!r}"
        )
    parts, n, end = [], len(monitor.source), 0
    for label, part in groups.items():
        if isinstance(part, Subgroup):
            start, end = part.start - monitor.source.start, part.stop - monitor.source.start
            if part.source is not monitor._group or start < 0 or end > n:
                raise ArgumentError(
                    f"{where}, groups['{label}']: expected a part of {monitor.source.name}, found {part!r}"
                )
        elif isinstance(part, int | np.integer) and not isinstance(part, bool) and part > 0:
            start, end = end, end + int(part)
        else:
            raise ArgumentError(
                f"{where}, groups['{label}']: expected a number of neurons or a part of {monitor.source.name}, "
                f"found {part!r}"
            )
        parts.append((str(label), start, end))
    if end > n or (end < n and not any(isinstance(part, Subgroup) for part in groups.values())):
        raise ArgumentError(f"{where}, groups: the numbers add up to {end}, but {monitor.source.name} has {n} neurons")
    whole = _member("", monitor)
    members = []
    for label, start, end in parts:
        inside = (start <= whole.neurons) & (whole.neurons < end)
        times, neurons = whole.times[inside], whole.neurons[inside]
        members.append(Member(whole.source, label, times, neurons, start, end - start, whole.spans))
    return members
