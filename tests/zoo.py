"""One network of everything: groups of every exact family, and synapses of every kind between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from laws import run_until, spikes
from networks import some_delay, some_time

import eventsnn
from eventsnn import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, TimedArray, ms

#: Neurons in each group.
N = 4

#: Text of the equations, threshold, reset, refractory period. All have a v that can be kicked.
KINDS: dict[str, tuple[str, str, str, Any]] = {
    "leaky": ("dv/dt = (I - v)/(10*ms) : 1\nI : 1", "v > 1", "v = 0", None),
    "frozen": ("dv/dt = (I - v)/(7.3*ms) : 1 (unless refractory)\nI : 1", "v >= 1", "v = 0.1", 2.25 * ms),
    "running": ("dv/dt = (I - v)/(12*ms) : 1\nI : 1", "v > 1", "v -= 1", 1.5 * ms),
    "pacemaker": ("dv/dt = I/(8*ms) : 1\nI : 1", "v > 1", "v = 0", None),
    "still": ("v : 1\nI : 1", "v > 1", "v -= 1", None),
    "quadratic": ("dv/dt = (v**2 + I)/(10*ms) : 1\nI : 1", "v > 20", "v = -5", None),
    "current": (
        "dv/dt = (I + g - v)/(20*ms) : 1 (unless refractory)\ndg/dt = -g/(5*ms) : 1\nI : 1",
        "v > 1",
        "v = 0; g *= 0.5",
        "1*ms + 0.5*ms*rand()",
    ),
    "tired": ("dv/dt = (I - v)/(10*ms) : 1\ndvt/dt = (1 - vt)/(30*ms) : 1\nI : 1", "v > vt", "v = 0; vt += 0.4", None),
    "driven": ("dv/dt = (I*drive(t) - v)/(10*ms) : 1\nI : 1", "v > 1", "v = 0", 0.5 * ms),
    "waiting": (
        "dv/dt = (I - v)/(10*ms) : 1 (unless refractory)\ndw/dt = -w/(10*ms) : 1\nI : 1",
        "v > 1",
        "v = 0; w += 1",
        "w > 0.6",
    ),
}

EFFECTS = (
    "v_post += w",
    "v_post += w; a += 1",
    "v_post = 0.5*v_post",
    "v_post = clip(v_post + w, -2, 2)",
    "v_post *= 0.9",
    "a = v_post; v_post += w*int(a < 0.5)",
    "v_post += w*v_post; v_pre -= 0.1*w",
    "v_post += w*rand()",
    "x += 0.1; w = clip(w + y, -0.3, 0.3); v_post += w",
)


def group_of(kind: str, rng: np.random.Generator) -> NeuronGroup:
    """Return a group of this kind with drives and initial values drawn at random."""
    equations, threshold, reset, refractory = KINDS[kind]
    drive = TimedArray([0.5, 1.0, 0.0, 1.0], times=[0, 7.5, 15.1, 16.0] * ms)
    group = NeuronGroup(
        N,
        equations,
        threshold=threshold,
        reset=reset,
        refractory=refractory or False,
        namespace={"drive": drive},
        name=kind,
    )
    group.I, group.v = rng.uniform(0.9, 2.5, N), rng.uniform(0.0, 0.9, N)
    return group


def build(seed: int) -> tuple[Network, dict[str, SpikeMonitor], list]:
    """Return a network drawn at random, its monitors, and all that has variables."""
    eventsnn.start_scope()
    eventsnn.seed(seed)
    rng = np.random.default_rng(seed)
    groups = [group_of(kind, rng) for kind in rng.choice(list(KINDS), size=5, replace=False).tolist()]
    times = [some_time(rng, 0.0, 30.0) for _ in range(20)]
    source = SpikeGeneratorGroup(20, np.arange(20), times * ms, name="inputs")
    wires = []
    for k, effect in enumerate(rng.choice(EFFECTS, size=8).tolist()):
        a, b = groups[rng.integers(5)] if k > 1 else source, groups[rng.integers(5)]
        wire = Synapses(
            a,
            b,
            "w : 1\na : 1\ndx/dt = -x/(10*ms) : 1 (event-driven)\ndy/dt = -y/(15*ms) : 1 (event-driven)",
            on_pre=effect if k > 1 else "v_post += w",
            on_post="y -= 0.05; w = clip(w + 0.3*x, -0.3, 0.3)" if rng.random() < 0.5 else None,
            name=f"wire{k}",
        )
        wire.connect(p=0.4)
        if len(wire):
            wire.w = rng.uniform(-0.2, 0.5, len(wire))
            wire.pre.delay = [some_delay(rng) for _ in range(len(wire))] * ms
            wires.append(wire)
    monitors = {group.name: SpikeMonitor(group, name=f"spikes_of_{group.name}") for group in groups}
    return Network(*groups, source, *wires, *monitors.values()), monitors, [*groups, *wires]


def run(seed: int, *ends: float, look: bool = False) -> dict[str, Any]:
    """Run to each of `ends` [ms] in turn; return all spikes and all variables, to the last bit."""
    network, monitors, owners = build(seed)

    def values():
        return {
            f"{owner.name}.{x}": np.asarray(getattr(owner, x)).tolist()
            for owner in owners
            for x in ("v", "I", "g", "vt", "w", "a", "x", "y")
            if hasattr(owner, x)
        }

    try:
        for end in ends:
            run_until(network, end)
            if look:
                values()
    except eventsnn.EndlessSpikingError as error:
        return {"stopped": str(error)}
    return {name: spikes(monitor) for name, monitor in monitors.items()} | values()
