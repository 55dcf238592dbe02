"""The loop over instants: synapses without delay, rounds, ties; the bits of the reference engine."""

import numpy as np
import pytest
from both_engines import interpreted, require_same_bits

from eventsnn import (
    Hz,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
)

LEAKY = "dv/dt = (I - v)/(10*ms) : 1 (unless refractory)\nI : 1"


@pytest.fixture(autouse=True)
def without_compiler():
    with interpreted():
        yield


def random_network(number):
    """Groups without and with refractory periods, driven and at rest; synapses with all kinds of delays."""
    rng = np.random.default_rng(number)
    n = int(rng.integers(2, 9))
    groups = []
    for _ in range(rng.integers(1, 3)):
        drive, frozen = rng.choice(["(I - v)", "I"]), rng.choice(["", "(unless refractory)"])
        group = NeuronGroup(
            n,
            f"dv/dt = {drive}/(10*ms) : 1 {frozen}\nI : 1",
            threshold="v > 1",
            reset=rng.choice(["v = 0", "v -= 1"]),
            refractory=rng.choice([0.0, 1.0, 2.5]) * ms,
        )
        group.I, group.v = rng.choice([0.0, 0.5, 0.9, 1.2], n), np.round(rng.random(n), 1)
        groups.append(group)
    poisson = PoissonGroup(6, 150 * Hz)
    given = SpikeGeneratorGroup(5, np.tile(np.arange(5), 6), np.repeat(np.arange(6) * 5.0 + 1.0, 5) * ms)
    synapses = []
    for _ in range(rng.integers(1, 4)):
        source = [*groups, poisson, given][rng.integers(len(groups) + 2)]
        target = groups[rng.integers(len(groups))]
        if rng.random() < 0.2 and n > 3:
            source, target = source[1:4], target[1:]
        own = Synapses(source, target, "w : 1", on_pre=rng.choice(["v_post += w", "v -= w", "v += 0.2"]))
        own.connect(i=rng.integers(0, len(source), 15), j=rng.integers(0, len(target), 15))
        own.w = rng.choice([0.1, 0.3, -0.2, 0.25], 15)
        own.delay = (0 * ms, 1 * ms, rng.choice([0.0, 0.5, 1.5], 15) * ms)[rng.integers(3)]
        synapses.append(own)
    monitors = [SpikeMonitor(group) for group in groups] + [StateMonitor(groups[0], "v", record=[0, 1])]
    return [*groups, poisson, given, *synapses, *monitors]


@pytest.mark.parametrize("number", range(40))
def test_a_random_network_has_the_bits_of_the_reference_engine(number):
    cuts = (30.0,) if number % 3 else (7.3, 12.7, 10.0)
    require_same_bits(lambda: random_network(number), cuts, budget=20 if number % 4 == 0 else 10**6)


#: Equations of several variables, what resets add to them, and what synapses act on.
SYSTEMS = {
    "two currents": ("dv/dt = (a + b - v + I)/(20*ms) : 1\nda/dt = -a/(5*ms) : 1\ndb/dt = -b/(10*ms) : 1", "", "ab"),
    "a slow current": ("dv/dt = (a - v + I)/(10*ms) : 1\nda/dt = -a/(20*ms) : 1", "; a -= 0.1", "av"),
    "each by itself": ("dv/dt = (I - v)/(10*ms) : 1\ndu/dt = -u/(30*ms) : 1 (unless refractory)", "; u += 0.1", "uv"),
    "more than it needs": (
        "dv/dt = (a + b - v + I)/(10*ms) : 1\nda/dt = -a/(5*ms) : 1\ndb/dt = -b/(3*ms) : 1\ndc/dt = -c/(6*ms) : 1",
        "",
        "ac",
    ),
}


def network_of_systems(name, number):
    """Neurons with several variables that kick each other, and synapses that look at them."""
    rng = np.random.default_rng([number, 9])
    equations, more, variables = SYSTEMS[name]
    flag = rng.choice(["", " (unless refractory)"])
    first, _, rest = equations.partition("\n")
    period = rng.choice([0.0, 1.0, 2.5]) * ms
    model = f"{first}{flag}\n{rest}\nI : 1"
    group = NeuronGroup(5, model, threshold="v > 1", reset=f"v = 0{more}", refractory=period)
    group.I, group.v = rng.choice([0.0, 0.9, 1.2, 1.3], 5), np.round(rng.random(5), 1)
    poisson = PoissonGroup(6, 150 * Hz)
    objects = [group, poisson, SpikeMonitor(group), StateMonitor(group, "v", record=True)]
    for source in (group, poisson):
        x = variables[rng.integers(2)]
        texts = {"on_pre": f"w += 0.01*v_post\n{x}_post += w", "on_post": f"w -= 0.01*{x}_post"}
        texts = texts if rng.random() < 0.5 else {"on_pre": f"{x}_post += w"}
        synapses = Synapses(source, group, "w : 1", **texts)
        synapses.connect(i=rng.integers(0, len(source), 12), j=rng.integers(0, 5, 12))
        synapses.w = rng.choice([0.3, 0.5, -0.4, 0.8], 12)
        synapses.delay = (0 * ms, rng.choice([0.0, 0.5, 1.5], 12) * ms)[rng.integers(2)]
        objects.append(synapses)
    return objects


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.filterwarnings("ignore:.* is read after the reset")
def test_neurons_with_several_variables_have_the_bits_of_the_reference_engine(name, number):
    cuts = (40.0,) if number % 2 else (9.7, 15.3, 15.0)
    require_same_bits(lambda: network_of_systems(name, number), cuts, budget=20 if number % 3 == 0 else 10**6)


def test_who_stands_on_the_threshold_beside_one_that_fires_is_looked_at_closely():
    def make():
        group = NeuronGroup(2, f"{SYSTEMS['more than it needs'][0]}\nI : 1", threshold="v > 1", reset="v = 0")
        other = NeuronGroup(2, LEAKY, threshold="v > 1", reset="v = 0")
        group.v, other.v, other.I = 1, 1, 1.3
        synapses = Synapses(other, group, on_pre="a += 0.1")
        synapses.connect()
        return [other, group, synapses, SpikeMonitor(group), SpikeMonitor(other)]

    require_same_bits(make, (20.0,))


#: Resets that are no steps, and refractory times that are no times.
SPIKES = {
    "a part is left": ("v = v*0.5 - 0.4*I", 1 * ms),
    "a parameter": ("v = 0", "period"),
    "a formula": ("v = 0; count += 1", "period*exp(-count)"),
    "by the last spike": ("v = 0.2*exp(-(t - last)/(10*ms)); last = t", 0.5 * ms),
    "an exchange": ("u += v*0.25; v = u - 0.9", False),
}


@pytest.mark.parametrize("delay", [0.0, 1.5])
@pytest.mark.parametrize("name", SPIKES)
def test_resets_and_refractory_times_may_be_any_texts(name, delay):
    def make():
        reset, period = SPIKES[name]
        model = f"{LEAKY}\ncount : 1\nperiod : second\nlast : second"
        model += "\ndu/dt = -u/(30*ms) : 1" if "u" in reset.split() else ""
        group = NeuronGroup(5, model, threshold="v > 1", reset=reset, refractory=period)
        group.I, group.v, group.period = np.linspace(0.5, 2.0, 5), np.linspace(0, 0.9, 5), [1, 2, 0.5, 1.5, 3] * ms
        synapses = Synapses(group, group, on_pre="v_post += 0.15", delay=delay * ms)
        synapses.connect(condition="i != j")
        return [group, synapses, SpikeMonitor(group), StateMonitor(group, "v", record=True)]

    assert len(require_same_bits(make, (17.0, 43.0), budget=30)["spikemonitor.t"]) > 0


def test_a_refractory_time_that_is_none_ends_with_the_error_of_the_reference_engine():
    def make():
        group = NeuronGroup(
            2, f"{LEAKY}\ncount : 1", threshold="v > 1", reset="v = 0; count += 1", refractory="(3.5 - count)*ms"
        )
        group.I = 2
        return [group, SpikeMonitor(group)]

    assert "not negative" in require_same_bits(make, (100.0,))["error"][1]


def chain(delay=0 * ms, n=6, **more):
    """Neurons in a row: the first is driven, and each makes the next fire at once."""
    group = NeuronGroup(n, LEAKY, threshold="v > 1", reset="v = 0", **more)
    group.I = [1.5, *[0.0] * (n - 1)]
    synapses = Synapses(group, group, on_pre="v_post += 1.25", delay=delay)
    synapses.connect(i=np.arange(n - 1), j=np.arange(1, n))
    return [group, synapses, SpikeMonitor(group), StateMonitor(group, "v", record=True)]


@pytest.mark.parametrize("refractory", [False, 3 * ms])
def test_a_chain_fires_in_rounds_of_one_instant(refractory):
    found = require_same_bits(lambda: chain(refractory=refractory), (40.0,))
    i = np.frombuffer(found["spikemonitor.i"], np.int64)
    assert i[:6].tolist() == list(range(6)) and len(i) % 6 == 0


def test_spikes_are_recorded_round_by_round():
    def make():
        # the last one fires first, and makes those before it fire
        group = NeuronGroup(4, LEAKY, threshold="v > 1", reset="v = 0")
        group.I = [0, 0, 0, 1.5]
        synapses = Synapses(group, group, on_pre="v_post += 1.25")
        synapses.connect(i=[3, 3, 1], j=[1, 2, 0])
        return [group, synapses, SpikeMonitor(group)]

    found = require_same_bits(make, (20.0,))
    assert np.frombuffer(found["spikemonitor.i"], np.int64)[:4].tolist() == [3, 1, 2, 0]


def test_a_loop_without_delay_ends_with_the_error_of_the_reference_engine():
    def make():
        group = NeuronGroup(2, LEAKY, threshold="v > 1", reset="v = 0")
        group.I = [1.5, 0]
        synapses = Synapses(group, group, on_pre="v_post += 1.25")
        synapses.connect(i=[0, 1], j=[1, 0])
        return [group, synapses, SpikeMonitor(group)]

    name, message = require_same_bits(make, (40.0,))["error"]
    assert name == "EndlessSpikingError" and "excites itself" in message


def test_a_neuron_that_stays_above_threshold_fires_again_at_the_same_instant():
    def make():
        group = NeuronGroup(1, LEAKY, threshold="v > 1", reset="v -= 1")
        kick = SpikeGeneratorGroup(1, [0, 0], [3, 8] * ms)
        synapses = Synapses(kick, group, on_pre="v += 5.5")
        synapses.connect()
        loop = Synapses(group, group, on_pre="v_post += 0.125")
        loop.connect()
        return [group, kick, synapses, loop, SpikeMonitor(group)]

    found = require_same_bits(make, (20.0,))
    assert len(np.frombuffer(found["spikemonitor.t"])) > 10


@pytest.mark.parametrize("delays", ["all", "each"])
def test_spikes_of_one_neuron_that_arrive_together_come_synapse_by_synapse(delays):
    def make():
        group = NeuronGroup(4, LEAKY, threshold="v > 1", reset="v -= 1")
        kick = SpikeGeneratorGroup(1, [0, 0], [3, 3.5] * ms)
        first = Synapses(kick, group, on_pre="v += 3.3")
        first.connect(i=[0], j=[0])
        own = Synapses(group, group, "w : 1", on_pre="v += w")
        own.connect(i=[0, 0, 0, 0], j=[1, 2, 3, 1])
        own.w = [0.1, 1e-17, 0.3, 0.7]
        own.delay = 1 * ms if delays == "all" else [1, 0.5, 1, 1.5] * ms
        at_once = Synapses(group, group, on_pre="v += 0.01")
        at_once.connect(i=[1, 2], j=[2, 3])
        return [group, kick, first, own, at_once, SpikeMonitor(group), StateMonitor(group, "v", record=True)]

    require_same_bits(make, (3.2, 6.8))


def test_private_poisson_input_reaches_neurons_that_are_coupled_without_delay():
    def make():
        group = NeuronGroup(5, LEAKY, threshold="v > 1", reset="v = 0", refractory=1 * ms)
        inputs = PoissonInput(group, "v", N=20, rate=30 * Hz, weight=0.2)
        synapses = Synapses(group, group, on_pre="v_post -= 0.1")
        synapses.connect(condition="i != j")
        return [group, synapses, inputs, SpikeMonitor(group)]

    assert len(require_same_bits(make, (25.0, 25.0))["spikemonitor.t"]) > 0


def test_what_is_on_its_way_survives_a_cut():
    def make():
        group = NeuronGroup(6, LEAKY, threshold="v > 1", reset="v = 0")
        group.I = np.linspace(1.1, 2.0, 6)
        late = Synapses(group, group, on_pre="v += 0.2")
        late.connect()
        late.delay = np.linspace(0, 9, 36) * ms
        return [group, late, SpikeMonitor(group)]

    whole, cut = require_same_bits(make, (40.0,)), require_same_bits(make, (13.0, 0.5, 26.5))
    assert whole["spikemonitor.t"] == cut["spikemonitor.t"]
