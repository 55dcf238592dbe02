"""Loops of synapses without delay, for the message about a network that would go on for ever at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..synapses.names import PRE
from .machine import Machine
from .projection import Projection


def watch_loops(machine: Machine) -> None:
    """Let every group know how to name the loop in which its neurons kick themselves, should they do so endlessly."""
    for part in machine.cells:
        part.watch.describe_loop = partial(_describe_loop_of, machine.projections, part.group)


def find_loop(projections: list[Projection], group: Any) -> list[Projection] | None:
    """Return the shortest way through projections from a group back to it; None where there is none."""
    ways: list[list[Projection]] = [[p] for p in projections if _from(p) is group]
    seen: set[int] = set()
    while ways:
        way = ways.pop(0)
        here = _to(way[-1])
        if here is group:
            return way
        if id(here) not in seen:
            seen.add(id(here))
            ways += [[*way, p] for p in projections if _from(p) is here]
    return None


def _describe_loop_of(projections: Sequence[Projection], group: Any, t: float) -> str | None:
    # a delay may be too small to make a later instant of t
    immediate = [p for p in projections if t + p.pathway.shortest_delay == t]
    return _describe(find_loop(immediate, group))


def _from(projection: Projection) -> Any:
    return projection.sends_from.whole


def _to(projection: Projection) -> Any:
    """Return the group that a projection changes: the one it waits for, or the one on its other side."""
    sides = {port.side for port in projection.written.ports} | {r.side for r in projection.pathway._division.writes}
    other = projection.post if projection.pathway.side == PRE else projection.pre
    far = "post" if projection.pathway.side == PRE else "pre"
    return other.whole if far in sides else projection.sends_from.whole


def _describe(loop: list[Projection] | None) -> str | None:
    if loop is None:
        return None
    through = " and ".join(dict.fromkeys(f"'{p.synapses.name}'" for p in loop))
    groups = list(dict.fromkeys(f"'{_from(p).name}'" for p in loop))
    if len(groups) == 1:
        who = f"Group {groups[0]} excites itself through {through}"
    else:
        who = f"Groups {', '.join(groups[:-1])} and {groups[-1]} excite each other through {through}"
    many = len(loop) > 1
    small = "0 ms" if all(p.pathway.shortest_delay == 0.0 for p in loop) else "too small for an instant of its own"
    delay = f"whose delays are {small}" if many else f"whose delay is {small}"
    periods = [p.sends_from.whole.refractory for p in loop if hasattr(p.sends_from.whole, "refractory")]
    rest = ", and has no refractory period" if not any(periods) and not many else ""
    rest = ", without a refractory period" if many and not any(periods) else rest
    return f"{who}, {delay}{rest}. Give one of them a positive time."
