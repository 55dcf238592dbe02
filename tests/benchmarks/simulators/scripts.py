"""The workloads as a user writes them: one script for eventsnn and for Brian 2, whose names are the same.

`s` is the simulator's module, eventsnn or brian2. Where both mean something else by the same text, `s` is asked which
it is: in Brian a jump also reaches a clamped neuron, unless the statement says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from . import definitions as d


@dataclass
class Script:
    """What a script has made: the neurons that are recorded, all other objects, and synapses that learn."""

    group: Any
    others: tuple[Any, ...] = ()
    learning: Any = None


def is_brian(s: ModuleType) -> bool:
    """Return whether this is Brian 2."""
    return s.__name__ == "brian2"


def jump(s: ModuleType, weight: str = "w") -> str:
    """Return the statement by which a spike moves v, but not that of a clamped neuron."""
    return f"v_post += {weight}*int(not_refractory_post)" if is_brian(s) else f"v_post += {weight}"


def leaky(s: ModuleType, n: int, p: Any) -> Any:
    """Return leaky neurons that rest at 0, clamped while they are refractory."""
    return s.NeuronGroup(
        n,
        "dv/dt = -v/tau : 1 (unless refractory)",
        threshold="v > theta",
        reset="v = v_reset",
        refractory=p.refractory * s.ms,
        method="exact",
        namespace={"tau": p.tau * s.ms, "theta": p.threshold, "v_reset": p.reset},
    )


def first_neuron(s: ModuleType, workload: str) -> Script:
    """Return W1a, the first neuron of Brian's tutorial, or W1b, which goes on integrating while it is refractory."""
    tau, pause = (d.W1.tau_a, False) if workload == "W1a" else (d.W1.tau_b, d.W1.refractory_b * s.ms)
    group = s.NeuronGroup(
        1,
        "dv/dt = (1 - v)/tau : 1",
        threshold="v > 0.8",
        reset="v = 0",
        refractory=pause,
        method="exact",
        namespace={"tau": tau * s.ms},
    )
    return Script(group)


def driven(s: ModuleType, n: int, p: Any, noise: str = "") -> Script:
    """Return W2, uncoupled neurons with drives from 0 to three times threshold, or with noise W8."""
    group = s.NeuronGroup(
        n,
        f"dv/dt = (drive - v)/tau{noise} : 1 (unless refractory)\ndrive : 1 (constant)",
        threshold="v > 1",
        reset="v = 0",
        refractory=p.refractory * s.ms,
        method="euler" if noise else "exact",
        namespace={"tau": p.tau * s.ms, "sigma": d.W8.sigma},
    )
    group.drive = d.drives(n)
    return Script(group)


def brunel(s: ModuleType, n: int, seed: int) -> Script:
    """Return W3: delta synapses, excitation balanced by inhibition, 20 kHz from outside."""
    p = d.W3
    group = leaky(s, n, p)
    sources, _, excitatory = d.brunel_pairs(n, seed)
    objects = []
    for part, w in ((sources[:, :excitatory], p.excitation), (sources[:, excitatory:], p.inhibition)):
        synapses = s.Synapses(group, group, on_pre=jump(s), delay=p.delay * s.ms, namespace={"w": w})
        synapses.connect(i=part.ravel(), j=np.repeat(np.arange(n, dtype=np.int32), part.shape[1]))
        objects.append(synapses)
    if is_brian(s):
        # the inputs of a step in one, lost while refractory; a PoissonInput would not be
        group.run_regularly("v += drive*poisson(mean)*int(not_refractory)", when="synapses")
        group.namespace.update(drive=p.drive, mean=p.drive_hz * float(s.defaultclock.dt))
    else:
        objects.append(s.PoissonInput(group, "v", N=1000, rate=p.drive_hz / 1000 * s.Hz, weight=p.drive))
    return Script(group, tuple(objects))


def cuba(s: ModuleType, n: int, seed: int) -> Script:
    """Return W4: exponential currents, self-sustained activity."""
    p = d.W4
    group = s.NeuronGroup(
        n,
        """dv/dt = (ge + gi - (v - El))/taum : 1 (unless refractory)
        dge/dt = -ge/taue : 1
        dgi/dt = -gi/taui : 1""",
        threshold="v > Vt",
        reset="v = Vr",
        refractory=p.refractory * s.ms,
        method="exact",
        namespace={
            "taum": p.tau * s.ms, "taue": p.tau_e * s.ms, "taui": p.tau_i * s.ms,
            "El": p.rest, "Vt": p.threshold, "Vr": p.reset,
        },
    )  # fmt: skip
    group.v = d.cuba_start(n, seed)
    sources, targets = d.cuba_pairs(n, seed)
    objects = []
    for of, variable, w in (
        (sources < 0.8 * n, "ge", p.excitation),
        (sources >= 0.8 * n, "gi", p.inhibition),
    ):
        synapses = s.Synapses(group, group, on_pre=f"{variable}_post += w", delay=p.delay * s.ms, namespace={"w": w})
        synapses.connect(i=sources[of], j=targets[of])
        objects.append(synapses)
    return Script(group, tuple(objects))


def sparse(s: ModuleType, n: int, seed: int, duration: float, kicks: str) -> Script:
    """Return W5: kicks are 'listed', from a 'group' of Poisson sources, or by a Poisson 'input' (eventsnn)."""
    p = d.W5
    group = leaky(s, n, p)
    targets, tenths = d.sparse_pairs(n, seed)
    border = int(0.8 * n)
    objects = []
    for low, high, w in ((0, border, p.excitation), (border, n, p.inhibition)):
        synapses = s.Synapses(group, group, on_pre=jump(s), namespace={"w": w})
        synapses.connect(i=np.repeat(np.arange(low, high, dtype=np.int32), p.fan), j=targets[low:high].ravel())
        synapses.delay = tenths[low:high].ravel() / 10.0 * s.ms
        objects.append(synapses)
    if kicks == "input":
        return Script(group, (*objects, s.PoissonInput(group, "v", N=1, rate=p.kick_hz * s.Hz, weight=p.kick)))
    if kicks == "listed":
        who, times = d.sparse_kicks(n, duration, seed)
        if is_brian(s):
            # a source of Brian's fires once in a step; a dozen kicks of 500 000 are lost
            steps = np.floor(times / float(s.defaultclock.dt / s.ms)).astype(np.int64)
            _, kept = np.unique(steps * n + who, return_index=True)
            who, times = who[kept], times[kept]
        outside = s.SpikeGeneratorGroup(n, who, times * s.ms)
    else:
        outside = s.PoissonGroup(n, p.kick_hz * s.Hz)
    kick = s.Synapses(outside, group, on_pre=jump(s, "kick"), namespace={"kick": p.kick})
    kick.connect(j="i")
    return Script(group, (*objects, outside, kick))


def listed(s: ModuleType, inputs: int) -> Script:
    """Return W6: one neuron, a list of inputs through 64 synapses of different weights."""
    group = leaky(s, 1, d.W6)
    outside = s.SpikeGeneratorGroup(d.W6.levels, d.listed_levels(inputs), d.listed_times(inputs) * s.ms)
    synapses = s.Synapses(outside, group, "w : 1", on_pre=jump(s))
    synapses.connect()
    synapses.w = d.listed_weights()
    return Script(group, (outside, synapses))


def learning(s: ModuleType, inputs: int, seed: int) -> Script:
    """Return W7: pair STDP, all pairs, additive, between bounds."""
    p = d.W7
    group = leaky(s, 1, p)
    outside = s.PoissonGroup(inputs, p.hz * s.Hz)
    synapses = s.Synapses(
        outside,
        group,
        """w : 1
        dapre/dt = -apre/taus : 1 (event-driven)
        dapost/dt = -apost/taus : 1 (event-driven)""",
        on_pre=f"""{jump(s)}
        apre += up
        w = clip(w + apost, 0, w_max)""",
        on_post="""apost -= down
        w = clip(w + apre, 0, w_max)""",
        namespace={"taus": p.tau_stdp * s.ms, "w_max": p.w_max, "up": p.up * p.w_max, "down": p.down * p.w_max},
    )
    synapses.connect()
    synapses.w = np.random.default_rng(seed).random(inputs) * p.w_max
    return Script(group, (outside, synapses), learning=synapses)


def write(s: ModuleType, workload: str, size: int, duration: float, seed: int, kicks: str = "group") -> Script:
    """Return the script of a workload."""
    if workload in ("W1a", "W1b"):
        return first_neuron(s, workload)
    if workload == "W2":
        return driven(s, size, d.W2)
    if workload == "W3":
        return brunel(s, size, seed)
    if workload == "W4":
        return cuba(s, size, seed)
    if workload == "W5":
        return sparse(s, size, seed, duration, kicks)
    if workload == "W6":
        return listed(s, size)
    if workload == "W7":
        return learning(s, size, seed)
    return driven(s, size, d.W8, " + sigma*tau**-0.5*xi")
