"""``eventsnn warmup``: the compiled engine is compiled before anybody waits for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .._jit import folder_of_all, is_interpreted, why_no_compiler
from .._kept import SUFFIX
from ..engine.choice import COMPILED, ObstacleError
from ..groups import NeuronGroup, Synapses
from ..groups.generator import SpikeGeneratorGroup
from ..groups.objects import SimulationObject
from ..groups.poisson import PoissonGroup
from ..groups.poissoninput import PoissonInput
from ..monitors import SpikeMonitor, StateMonitor
from ..simulation import Network
from ..units import Hz, ms

#: Neurons of each network: few, but more than one thread's share.
SIZE = 4


def warm_up() -> int:
    """Run a few tiny networks in the compiled engine, and say how long that takes and where what is compiled is kept.

    Returns
    -------
    int
        The exit status: 0 when there is compiled code now that later processes find.
    """
    if why_no_compiler():
        advice = "" if is_interpreted() else ". Install it with: pip install numba"
        print(f"eventsnn: there is nothing to compile with: {why_no_compiler()}{advice}", file=sys.stderr)
        return 1
    begun = time.perf_counter()
    for title, make in NETWORKS.items():
        _compile(title, make)
    folder = folder_of_all()
    files = [*folder.glob(f"*{SUFFIX}")] if folder is not None else []
    seconds = time.perf_counter() - begun
    if not files:
        where = f"in {folder}" if folder is not None else "as there is no folder (EVENTSNN_CACHE_DIR names one)"
        print(f"eventsnn: nothing could be kept {where}; {seconds:.1f} s", file=sys.stderr)
        return 1
    print(f"kept in {folder}: {_size(files)}; {seconds:.1f} s in all")
    return 0


def _compile(title: str, make: Callable[[], Network]) -> None:
    """Run a network, and print a line about it; how compiling gets on is told on standard error."""
    begun = time.perf_counter()
    try:
        make().run(5.0 * ms, engine=COMPILED)
        print(f"{title}: {time.perf_counter() - begun:.1f} s", flush=True)
    except ObstacleError:
        print(f"{title}: left to the reference engine", flush=True)


def _size(files: list[Path]) -> str:
    return f"{len(files)} functions, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB"


# --- the networks -----------------------------------------------------------------------------------------------------


def _cells(equations: str = "dv/dt = (I - v)/(10*ms) : 1 (unless refractory)\nI : 1") -> NeuronGroup:
    group = NeuronGroup(SIZE, equations, threshold="v > 1", reset="v = 0", refractory=1.0 * ms, namespace={"ms": ms})
    group.I = "1.2 + 0.1*i"
    return group


def _alone() -> Network:
    group = _cells()
    return Network(group, SpikeMonitor(group))


def _connected() -> Network:
    """Return neurons with delays of all sizes, several stimuli, and their values recorded."""
    group, source = _cells(), PoissonGroup(SIZE, 500 * Hz)
    given = SpikeGeneratorGroup(SIZE, [0, 1, 2, 2], np.array([0.5, 1.0, 1.5, 2.0]) * ms)
    parts: list[SimulationObject] = [group, source, given, PoissonInput(group, "v", 10, 100 * Hz, 0.01)]
    for sender, delay in ((source, None), (given, 0.5 * ms), (group, "(1 + 0.1*i)*ms")):
        synapses = Synapses(sender, group, "w : 1", on_pre="v_post += w", namespace={"ms": ms})
        synapses.connect()
        synapses.w = 0.01
        if delay is not None:
            synapses.delay = delay
        parts.append(synapses)
    return Network(*parts, SpikeMonitor(group), StateMonitor(group, "v", record=True))


def _currents() -> Network:
    """Return neurons with exponential currents."""
    group = _cells("dv/dt = (I + g - v)/(10*ms) : 1 (unless refractory)\ndg/dt = -g/(5*ms) : 1\nI : 1")
    synapses = Synapses(group, group, on_pre="g_post += 0.1", delay=1.0 * ms)
    synapses.connect()
    return Network(group, synapses, SpikeMonitor(group))


def _at_once() -> Network:
    """Return neurons whose spikes arrive without delay."""
    group = _cells()
    synapses = Synapses(group, group, on_pre="v_post += 0.01")
    synapses.connect(condition="i != j")
    return Network(group, synapses, SpikeMonitor(group))


def _plastic() -> Network:
    """Return neurons whose inputs learn by pairs of spikes."""
    group, source = _cells(), PoissonGroup(SIZE, 500 * Hz)
    synapses = Synapses(
        source,
        group,
        "w : 1\ndx/dt = -x/(20*ms) : 1 (event-driven)\ndy/dt = -y/(20*ms) : 1 (event-driven)",
        on_pre="v_post += w\nx += 0.01\nw = clip(w + y, 0, 0.1)",
        on_post="y -= 0.01\nw = clip(w + x, 0, 0.1)",
        namespace={"ms": ms},
    )
    synapses.connect()
    synapses.w = 0.05
    return Network(source, group, synapses, SpikeMonitor(group))


#: Between them they take every path that a network can take through the engine.
NETWORKS: dict[str, Callable[[], Network]] = {
    "neurons by themselves": _alone,
    "synapses with delays, stimuli": _connected,
    "exponential currents": _currents,
    "synapses without delay": _at_once,
    "synapses that learn": _plastic,
}
