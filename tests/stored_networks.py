"""Networks to be stored and restored, here or by another process: ``python stored_networks.py kind seed file end``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

import zoo
from laws import run_until, spikes

import eventsnn
from eventsnn import (
    CorrelatedPoissonGroup,
    DeadTimePoissonGroup,
    EventMonitor,
    GammaGroup,
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    PulsePacketGroup,
    RegularGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    linked_var,
    ms,
    mV,
)


def begin(seed: int) -> None:
    eventsnn.start_scope()
    eventsnn.seed(seed)


def everything(seed: int) -> Network:
    """Return groups of every exact family with synapses of every kind, drawn at random."""
    return zoo.build(seed)[0]


def stimuli(seed: int) -> Network:
    """Return every kind of stimulus."""
    begin(seed)
    bumps = TimedArray([10, 400, 0, 100] * Hz, dt=7.3 * ms, name="bumps")
    parts: list[Any] = [
        PoissonGroup(3, [100, 0, 300] * Hz, name="constant"),
        PoissonGroup(2, "(1 + sin(2*pi*50*Hz*t))*200*Hz", name="changing"),
        PoissonGroup(2, "bumps(t)", namespace={"bumps": bumps}, name="stepping"),
        GammaGroup(3, 200 * Hz, shape=[0.5, 1, 6], name="gamma"),
        DeadTimePoissonGroup(3, 200 * Hz, dead_time=2 * ms, name="dead"),
        RegularGroup(3, [50, 130, 0] * Hz, name="regular"),
        RegularGroup(2, 111 * Hz, phase=[0, 1.3] * ms, name="in_phase"),
        CorrelatedPoissonGroup(4, rate=150 * Hz, c=0.3, name="correlated"),
        PulsePacketGroup(5, [10, 20, 33] * ms, spikes=[3, 5, 4], sigma=[4, 0, 6] * ms, name="packets"),
        SpikeGeneratorGroup(2, [0, 1, 0], [1, 2.5, 2.5] * ms, period=3.7 * ms, name="periodic"),
        SpikeGeneratorGroup(2, [0, 1, 0, 1], [1, 2.5, 12.5, 31] * ms, name="given"),
    ]
    parts += [SpikeMonitor(source, name=f"of_{source.name}") for source in parts]
    return Network(parts)


def plastic(seed: int) -> Network:
    """Return a network in which weights, delays, summed currents and the background are all different."""
    begin(seed)
    n = 8
    neurons = NeuronGroup(
        n,
        """dv/dt = (E - v + 5*mV*g + s)/tau : volt (unless refractory)
        dg/dt = -g/(3*ms) : 1
        s : volt
        tau : second
        E = E_0 + 2*mV*int(t > 11*ms) : volt""",
        threshold="v > -50*mV + a*mV*sin(2*pi*30*Hz*t)",
        reset="v = -65*mV",
        refractory="1*ms + 2*ms*rand()",
        namespace={"E_0": -53 * mV, "a": 0.5},
        name="neurons",
    )
    neurons.tau, neurons.v = "8*ms + 4*ms*rand()", "-65*mV + 12*mV*rand()"
    inputs = PoissonGroup(6, 150 * Hz, name="inputs")
    noise = PoissonInput(neurons, "g", N=10, rate=10 * Hz, weight="0.1*rand()")
    stdp = Synapses(
        inputs,
        neurons,
        "w : 1\ndx/dt = -x/(10*ms) : 1 (event-driven)\ndy/dt = -y/(15*ms) : 1 (event-driven)",
        on_pre="g_post += w; x += 0.1; w = clip(w - y, 0, 1)",
        on_post="y += 0.1; w = clip(w + x, 0, 1)",
        name="stdp",
    )
    stdp.connect(p=0.6)
    stdp.w, stdp.pre.delay, stdp.post.delay = "rand()", "5*ms*rand()", 1.5 * ms
    slow = Synapses(
        neurons,
        neurons,
        "ds/dt = -s/(6*ms) : 1\nu : 1\ns_post = u*s*mV : volt (summed)",
        on_pre={"up": "s += 1", "later": "u *= 0.9"},
        delay={"up": 2.2 * ms},
        name="slow",
    )
    slow.connect(i=[3, 1, 0, 3, 5], j=[1, 2, 2, 0, 7])
    slow.u, slow.later.delay = "0.5 + rand()", [1, 2, 3, 0, 1] * ms
    parts = [neurons, inputs, noise, stdp, slow]
    parts += [
        SpikeMonitor(neurons, variables="v", name="spikes"),
        SpikeMonitor(neurons[2:5], record=False, name="counts"),
        StateMonitor(neurons, ["v", "g", "s", "E"], record=[0, 3, 7], dt=0.7 * ms, name="trace"),
        StateMonitor(stdp, ["w", "x"], record=[0, 1, 2], dt=1.1 * ms, name="weights"),
        PopulationRateMonitor(neurons, name="rate"),
    ]
    return Network(parts)


def events(seed: int) -> Network:
    """Return custom events, linked variables, drives in steps and refractory conditions."""
    begin(seed)
    drive = TimedArray([0.5, 1.5, 0.0, 2.0, 1.2, 0.1, 3.0], dt=5 * ms)
    shared = NeuronGroup(1, "level : 1", name="shared")
    neurons = NeuronGroup(
        4,
        """dv/dt = (I*drive(t) - v)/(7*ms) : 1 (unless refractory)
        dw/dt = -w/(20*ms) : 1
        I : 1
        n : integer
        low : 1 (linked)""",
        threshold="v > 1 and w < 2",
        reset="v = low; w += 0.7; n += 1; I *= 1.02",
        refractory="w > 0.9",
        events={"half": "v > 0.5 + 0.1*sin(2*pi*100*Hz*t)", "tired": "w > 1"},
        namespace={"drive": drive},
        name="neurons",
    )
    neurons.run_on_event("tired", "w *= 0.8")
    neurons.low, shared.level = linked_var(shared, "level"), 0.1
    neurons.I = "1 + rand()"
    kick = Synapses(neurons, neurons, on_pre="v_post += 0.2*rand()", on_event="half", delay=0.9 * ms, name="kick")
    kick.connect(condition="i != j")
    parts = [shared, neurons, kick, SpikeMonitor(neurons, accuracy=True, name="spikes")]
    parts += [EventMonitor(neurons, event, variables="w", name=event) for event in ("half", "tired")]
    parts += [StateMonitor(neurons, True, record=True, name="trace")]
    return Network(parts)


def timed(seed: int) -> Network:
    """Return code at the ticks of clocks, and functions that are called in the course of a run."""
    begin(seed)
    neurons = NeuronGroup(
        3, "dv/dt = (I - v)/(9*ms) : 1\nI : 1", threshold="v > 1", reset="v = 0", refractory=1 * ms, name="neurons"
    )
    neurons.I = 1.2
    neurons.run_regularly("I = 1 + 0.5*rand()", dt=1.7 * ms, name="new drive")
    neurons.run_regularly("v += 0.01*randn()", dt=0.9 * ms, when="end", name="jitter")

    def slow_down() -> None:
        neurons.I = 0.9 * neurons.I[:]

    network = Network(
        neurons,
        NetworkOperation(slow_down, dt=3 * ms, name="operation"),
        SpikeMonitor(neurons, name="spikes"),
        StateMonitor(neurons, ["v", "I"], record=True, name="trace"),
    )
    network.at([4, 17.21, 26] * ms, lambda: neurons.__setattr__("v", "0.5*rand()"))
    return network


def clocked(seed: int) -> Network:
    """Return groups that a numerical method steps along, with noise and without."""
    begin(seed)
    noisy = NeuronGroup(
        5,
        "dv/dt = (I - v)/(10*ms) + 0.3*xi*(10*ms)**-0.5 : 1 (unless refractory)\nI : 1",
        threshold="v > 1",
        reset="v = 0; I *= 1.01",
        refractory=1 * ms,
        method="euler",
        name="noisy",
    )
    cubic = NeuronGroup(
        3,
        "dv/dt = (v - v**3/3 - w + 0.7)/ms : 1\ndw/dt = 0.08*(v + 0.7 - 0.8*w)/ms : 1",
        threshold="v > 1.5",
        reset="",
        refractory="v > 1.5",
        method="rk4",
        name="cubic",
    )
    noisy.I = 1.1
    wire = Synapses(cubic, noisy, on_pre="v_post += 0.4", delay=1.23 * ms, name="wire")
    wire.connect()
    parts = [noisy, cubic, wire]
    parts += [SpikeMonitor(group, name=f"of_{group.name}") for group in (noisy, cubic)]
    parts += [StateMonitor(group, True, record=True, dt=0.3 * ms, name=f"in_{group.name}") for group in (noisy, cubic)]
    return Network(parts)


KINDS: dict[str, Callable[[int], Network]] = {
    make.__name__: make for make in (everything, stimuli, plastic, events, timed, clocked)
}


def outcome(network: Network) -> dict[str, Any]:
    """Return all that can be seen of a network, to the last bit, as plain data."""
    found: dict[str, Any] = {"t": network.now}
    for thing in network:
        if isinstance(thing, EventMonitor):
            found[thing.name] = spikes(thing) if thing.record else thing.count.tolist()
            for name in thing.variables:
                found[f"{thing.name}.{name}"] = np.asarray(getattr(thing, name)).tolist()
            if getattr(thing, "accuracy", False):
                found[f"{thing.name}.error"] = np.asarray(thing.error).tolist()
        elif isinstance(thing, StateMonitor):
            for name in ("t", *thing.recorded_variables):
                found[f"{thing.name}.{name}"] = np.asarray(getattr(thing, name)).tolist()
        elif isinstance(thing, PopulationRateMonitor):
            found[thing.name] = [np.asarray(thing.t).tolist(), np.asarray(thing.rate).tolist()]
        elif hasattr(thing, "get_states"):
            states = thing.get_states(units=False)
            found |= {f"{thing.name}.{name}": np.asarray(values).tolist() for name, values in states.items()}
    found["random"] = eventsnn.randomness.SOURCE.epoch, np.random.rand()
    # as text, so that nan is nan and nothing is lost on the way from another process
    return {name: repr(values) for name, values in found.items()}


if __name__ == "__main__":
    kind, seed, file, target = sys.argv[1:]
    stored = KINDS[kind](int(seed))
    eventsnn.seed(None)
    stored.restore(filename=file, restore_random_state=True)
    run_until(stored, float(target))
    json.dump(outcome(stored), sys.stdout)
