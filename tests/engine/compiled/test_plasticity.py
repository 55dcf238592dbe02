"""Synapses that read and write their own variables, in the loop over instants: the bits of the reference engine."""

import numpy as np
import pytest
from both_engines import interpreted, require_same_bits

from eventsnn import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    models,
    ms,
    seed,
    start_scope,
)
from eventsnn.engine import choice
from eventsnn.engine.compiled import plastic_survey

LEAKY = "dv/dt = (I - v)/(10*ms) : 1 (unless refractory)\nI : 1"

PAIRS = """w : 1
dx/dt = -x/(20*ms) : 1 (event-driven)
dy/dt = -y/(17*ms) : 1 (event-driven)"""

#: Equations of synapses and their texts.
RULES = {
    "pairs": (PAIRS, "v_post += w\nx += 0.02\nw = clip(w - y, 0, 1)", "y += 0.021\nw = clip(w + x, 0, 1)"),
    "own time constants": (
        PAIRS.replace("20*ms", "tau") + "\ntau : second",
        "x = 0.02\nw = clip(w - y*int(v_post < 0.5), 0, 1)\nv_post += w*int(not_refractory_post)",
        "y = 0.021\nw = clip(w + x*w**2, 0, 1)",
    ),
    "depression and facilitation": (
        "w : 1\ndx/dt = (1 - x)/(100*ms) : 1 (event-driven)\ndu/dt = -u/(50*ms) : 1 (event-driven)",
        "u += 0.3*(1 - u)\nv_post += w*u*x\nx -= u*x",
        None,
    ),
    "last spikes": (
        "w : 1\nlast : second",
        "v_post += w\nw = min(w + 0.01*exp(-(t - lastspike_post)/(10*ms)), 0.9)\nlast = t",
        "w = max(w - 0.004*exp((last - t)/(10*ms)), -0.2)",
    ),
    "both sides": (
        "w : 1\ndx/dt = -x/(20*ms) : 1 (event-driven)",
        "v_post += w\nv_pre -= 0.01*w\nx += 1 - exp(-(t - lastupdate)/(10*ms))",
        "w += 0.001*x*v_pre",
    ),
    "a shared count": ("w : 1\ncount : 1 (shared)", "v_post += w\ncount += 1", "w -= 0.001*count"),
    "changed by others only": ("w : 1", "v_post += w", "w *= 0.99"),
    "nothing": (PAIRS, "x += 1", "y += 1\nw = x"),
}


@pytest.fixture
def without_compiler():
    with interpreted():
        yield


def plastic_network(rule, number):
    rng = np.random.default_rng([number, 5])
    model, on_pre, on_post = RULES[rule]
    n = 5
    group = NeuronGroup(n, LEAKY, threshold="v > 1", reset="v = 0", refractory=rng.choice([0.0, 1.5]) * ms)
    group.I, group.v = rng.choice([0.0, 0.9, 1.2], n), np.round(rng.random(n), 1)
    poisson = PoissonGroup(6, 150 * Hz)
    source = group if rng.random() < 0.4 or "pre -=" in on_pre else poisson
    texts = {"on_pre": on_pre} | ({"on_post": on_post} if on_post else {})
    synapses = Synapses(source, group, model, **texts)
    if rng.random() < 0.5:
        synapses.connect()
    else:
        # not in the order of their sources
        synapses.connect(i=rng.integers(0, len(source), 12), j=rng.integers(0, n, 12))
    size = len(synapses)
    synapses.w = rng.choice([0.1, 0.3, 0.25], size)
    if "tau : second" in model:
        synapses.tau = rng.choice([10.0, 20.0], size if number % 2 else 1) * ms
    synapses.pre.delay = (0 * ms, 1 * ms, rng.choice([0.0, 0.5, 1.5], size) * ms)[rng.integers(3)]
    if on_post:
        synapses.post.delay = (0 * ms, 2 * ms, rng.choice([0.5, 2.0], size) * ms)[rng.integers(3)]
    return [group, poisson, synapses, SpikeMonitor(group)]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("rule", RULES)
def test_weights_and_spikes_have_the_bits_of_the_reference_engine(rule, number, without_compiler):
    cuts = (40.0,) if number % 2 else (9.7, 15.3, 15.0)
    require_same_bits(lambda: plastic_network(rule, number), cuts, budget=20 if number % 3 == 0 else 10**6)


@pytest.mark.parametrize("number", range(4))
def test_what_is_written_down_is_put_back(number, without_compiler, monkeypatch):
    # all objects count as large; chunks are done again, as there is no room for anything
    monkeypatch.setattr(plastic_survey, "LARGE", 0)
    monkeypatch.setattr("eventsnn.engine.compiled.instants_run.ENTRIES", 2)
    monkeypatch.setattr("eventsnn.engine.compiled.instants_run.LOGS", 6)
    require_same_bits(lambda: plastic_network("pairs", number), (20.0, 20.0))


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("rule", ["pairs", "own time constants", "last spikes", "both sides"])
def test_compiled_texts_have_the_bits_of_the_reference_engine(rule, number):
    pytest.importorskip("numba")
    require_same_bits(lambda: plastic_network(rule, number), (40.0,))


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("rule", ["pairs", "own time constants", "last spikes", "changed by others only"])
def test_recorded_synapses_have_the_bits_of_the_reference_engine(rule, number, without_compiler):
    def make():
        objects = plastic_network(rule, number)
        names = ["w", "x"] if "dx/dt" in RULES[rule][0] else ["w"]
        return [*objects, StateMonitor(objects[2], names, record=[0, 3, 7])]

    require_same_bits(make, (25.0, 15.0), budget=20 if number % 2 else 10**6)


@pytest.mark.parametrize("model", [models.stdp, models.tsodyks_markram, models.triplet_stdp])
def test_ready_made_plasticity_is_taken(model, without_compiler):
    def make():
        group = NeuronGroup(2, LEAKY, threshold="v > 1", reset="v = 0")
        poisson = PoissonGroup(5, 100 * Hz)
        synapses = model(poisson, group)
        synapses.connect()
        synapses.w = 0.4
        return [group, poisson, synapses, SpikeMonitor(group)]

    require_same_bits(make, (60.0,))


def test_restoring_a_state_gives_the_same_again(without_compiler):
    def weights(engine):
        start_scope()
        seed(3)
        network = Network(*plastic_network("pairs", 1))
        network.run(10 * ms, engine=engine)
        network.store()
        found = []
        for _ in range(2):
            network.restore(restore_random_state=True)
            network.run(20 * ms, engine=engine)
            found.append(np.array(network["synapses"].w).tobytes())
        return found

    compiled = weights("compiled")
    assert compiled[0] == compiled[1] and compiled == weights("reference")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("v_post = 0", "its text does more to neurons than to add to their variables"),
        ("w += rand()", "random numbers"),
        ("spare_post += w", "adds to something else than a state variable"),
    ],
)
def test_what_is_not_compiled_is_named(text, reason):
    group = NeuronGroup(2, LEAKY + "\nspare : 1", threshold="v > 1", reset="v = 0")
    synapses = Synapses(group, group, "w : 1", on_pre=text)
    synapses.connect()
    with pytest.raises(choice.ObstacleError, match=reason):
        Network(group, synapses).run(1 * ms, engine="compiled")


def test_compiled_resets_have_the_bits_of_the_reference_engine():
    pytest.importorskip("numba")

    def make():
        model = f"{LEAKY}\ndu/dt = -u/(30*ms) : 1\ncount : 1"
        reset = "u += v*0.25; v = clip(u, 0, 0.5)**2; count += 1"
        group = NeuronGroup(4, model, threshold="v > 1", reset=reset, refractory="exp(-count/10)*ms")
        group.I = np.linspace(1.2, 3.0, 4)
        synapses = Synapses(group, group, on_pre="v_post += 0.1")
        synapses.connect(condition="i != j")
        return [group, synapses, SpikeMonitor(group)]

    require_same_bits(make, (50.0,))
