"""What an input does to a neuron: it is brought to the present, jumps, and is asked anew."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from ..crossing.leaves import Combination
from ..errors import SimulationError
from ..instants import elapsed
from .cells import Cells

#: Number of a state variable, or name of a parameter.
Target = int | str


def receive(cells: Cells, sums: dict[Target, dict[int, float]], now: float) -> list[int]:
    """Add what has arrived to the variables of neurons; return the neurons that it changed.

    Parameters
    ----------
    sums : dict of target to (dict of neuron to sum)
        A sum of zero changes nothing, not even a bit.
    """
    for name in cells.shared & sums.keys():
        # one value serves all neurons, and none of them moves by it
        (total,) = sums.pop(name).values()
        add_to_parameter(cells, 0, name, total, now)
    changes: dict[int, list[tuple[Target, float]]] = {}
    for target, by_neuron in sums.items():
        for k, value in by_neuron.items():
            if value != 0.0:
                changes.setdefault(k, []).append((target, value))
    cells.divide_together([*changes], now)
    return [k for k, parts in changes.items() if jump(cells, k, parts, now)]


def jump(cells: Cells, k: int, changes: Sequence[tuple[Target, float]], now: float) -> bool:
    """Let variables of neuron k jump at `now`; return False when it was deaf to all of it."""
    if now < cells.until[k] and cells.frozen:
        changes = [change for change in changes if change[0] not in cells.frozen]
        if not changes:
            return False
    combined = arrive(cells, k, now)
    x = cells.variables(k) if combined else ()
    before = [combination.at(x, now) for combination in combined]
    start, state = k * cells.m, cells.state
    for target, value in changes:
        if isinstance(target, int):
            result = state[start + target] + value
            if not isfinite(result) and not cells.courses[k].may_be_infinite(target):
                _refuse(cells, k, cells.store.states[target], result, now)
            state[start + target] = result
        else:
            add_to_parameter(cells, k, target, value, now)
    finish(cells, k, combined, before, now, any(not isinstance(target, int) for target, _ in changes))
    return True


def add_to_parameter(cells: Cells, k: int, name: str, value: float, now: float) -> None:
    """Add to a parameter, which may be a whole number."""
    array = cells.store.parameters[name]
    place = k if len(array) > 1 else 0
    result = array[place].item() + value
    if not isfinite(result) or (array.dtype.kind == "i" and not (result == int(result) and abs(result) < 2**63)):
        _refuse(cells, k, name, result, now)
    array[place] = result


def _refuse(cells: Cells, k: int, name: str, value: float, now: float) -> None:
    raise SimulationError(
        f"Simulation stopped at t = {now!r} ms: {name} of neuron {k} of group '{cells.group.name}' would be {value} "
        "after its synaptic input. Look for weights that are infinite, NaN, no whole numbers or too large."
    )


def finish(
    cells: Cells, k: int, combined: tuple[Combination, ...], before: list[float], now: float, renews: bool
) -> None:
    """Take up what a jump of neuron k has changed beside its variables."""
    if renews and cells.renews:
        cells.solve_again(k, now)
    if combined or cells.store.standing:
        cells.note_standing(k, now, combined, before)
    if cells.model.recovery is not None and cells.until[k] > now:
        cells.find_recovery(k)


def arrive(cells: Cells, k: int, now: float) -> tuple[Combination, ...]:
    """Bring neuron k to the present; return the combinations that stand on zero there by definition.

    Who reaches its threshold, or the level of a custom event, at this very instant stands on it.
    """
    if cells.since[k] == now:
        # something has changed it at this instant already: what was predicted before that is void
        return cells.store.standing.get(k, ())
    if cells.predicted[k] == now:
        crossed, threshold = cells.crossed[k], cells.model.threshold
        standing = cells.combined(threshold, k, crossed) if crossed else cells.standing_at(k, *cells.starts[k][1:])
        levels, combined = cells.watched(k, now)
        cells.bring_to(k, now, cells.low[k], [*cells.levels_crossed(threshold, k, crossed), *levels])
        return (*standing, *combined)
    start, (_, combined) = k * cells.m, cells.watched(k, now)
    if not cells.divide(k, now):
        for j, value in enumerate(values_at(cells, k, now)):
            cells.state[start + j] = value
        cells.since[k], cells.since_low[k] = now, 0.0
    return combined


def values_at(cells: Cells, k: int, now: float) -> Sequence[float]:
    """Return the state variables of neuron k at the present, without changing anything."""
    if cells.since[k] == now:
        return cells.variables(k)
    x, levels = _flow_to(cells, k, now), cells.watched(k, now)[0]
    if cells.predicted[k] == now:
        levels = [*cells.levels_crossed(cells.model.threshold, k, cells.crossed[k]), *levels]
    if levels:
        x = list(x)
        for variable, level in levels:
            x[variable] = level
    return x


def _flow_to(cells: Cells, k: int, now: float) -> Sequence[float]:
    within = cells.within_step(k, now)
    if within is not None:
        return within[0]
    x, base, low = cells.starts[k]
    if cells.predicted[k] == now:
        s = elapsed(base, low, now, cells.low[k])
        return cells.courses[k].advance(x, base, low, s, False) if s > 0.0 else x
    if now < base:
        # still refractory
        since, since_low = cells.since[k], cells.since_low[k]
        return cells.courses[k].advance(cells.variables(k), since, since_low, elapsed(since, since_low, now, 0.0), True)
    s = elapsed(base, low, now, 0.0)
    return cells.courses[k].advance(x, base, low, s, False) if s > 0.0 else x
