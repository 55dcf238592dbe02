"""``network.describe()`` says what a network is made of, also while it cannot run yet."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from eventsnn import (
    ExactnessNote,
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    linked_var,
    magic_network,
    models,
    ms,
    mV,
    nA,
    run,
    seed,
    start_scope,
)


@pytest.fixture
def parts():
    """A plastic network of all kinds of objects, which nobody has run."""
    inputs = PoissonGroup(4, 20 * Hz, name="inputs")
    model = """dv/dt = (I - v)/tau : 1 (unless refractory)
    I : 1
    square = v**2 : 1"""
    cells = NeuronGroup(10, model, threshold="v > 1", reset="v = 0", refractory=2 * ms, name="cells")
    synapses = Synapses(
        inputs,
        cells,
        """w : 1
        da/dt = -a/tau : 1 (event-driven)""",
        on_pre="v_post += w\na += 1",
        on_post="w += a",
        name="plastic",
    )
    synapses.connect()
    synapses.delay = "(1 + i)*ms"
    extra = PoissonInput(cells[:5], "v", 10, 2 * Hz, 0.1, name="extra")
    spikes, states = SpikeMonitor(cells, name="spikes"), StateMonitor(synapses, "w", record=[0, 1], name="weights")
    rate = PopulationRateMonitor(cells, name="rate")
    return Network(inputs, cells, synapses, extra, spikes, states, rate)


def lines_of(network, namespace):
    return str(network.describe(namespace=namespace)).split("\n")


TAU = {"tau": 10 * ms}


def test_the_first_line_has_the_time_the_state_and_the_seed(parts):
    seed(12)
    assert lines_of(parts, TAU)[0] == "network 'network' at t = 0 ms, has not run yet; seed 12"
    parts.run(2500 * ms, namespace=TAU)
    assert lines_of(parts, TAU)[0] == "network 'network' at t = 2.5 s, has run; seed 12"


def test_a_group_is_described_line_by_line_with_its_solution(parts):
    lines = lines_of(parts, TAU)
    begin = lines.index("Groups (10 neurons)")
    assert lines[begin + 1 : begin + 11] == [
        "  group 'cells': 10 neurons, solved exactly, without a clock",
        "    parameter I = 0 : 1",
        "    sub-expression square = v**2 : 1",
        "    dv/dt = (I - v)/tau : 1 (unless refractory)",
        "        leaky relaxation: v(s) = rest + (v - rest)*exp(-s/tau)",
        "        frozen during the refractory period",
        "    threshold v > 1",
        "        v reaches its level by logarithm: s = tau*log1p((level - v)/(rest - level))",
        "    reset v = 0",
        "    refractory 2 ms",
    ]


def test_a_group_without_exact_solution_says_that_it_is_on_a_clock():
    group = NeuronGroup(1, "dv/dt = -v**3/(10*ms) : 1", method="euler")
    text = str(Network(group).describe())
    assert "on a clock, not exact" in text and "0.1 ms" in text


def test_custom_events_and_what_they_do_are_told():
    group = NeuronGroup(1, "dx/dt = 1/(10*ms) : 1", events={"full": "x > 1"})
    group.run_on_event("full", "x = 0")
    lines = str(Network(group).describe()).split("\n")
    assert lines[-2:] == ["    event 'full' x > 1", "        x = 0"]


def test_what_cannot_be_solved_says_why_and_the_rest_is_described_all_the_same(parts):
    lines = lines_of(parts, {})
    assert "  group 'cells': 10 neurons, cannot be solved as it is now" in lines
    assert "    threshold v > 1" in lines and "    refractory 2 ms" in lines
    assert "    because: group 'cells', equation of dv/dt: 'tau' is not defined" in lines
    assert "    because: Synapses 'plastic', equation of da/dt: 'tau' is not defined" in lines
    assert "    pre: v_post += w" in lines and "Monitors (3)" in lines


def test_a_group_with_no_known_solution_shows_the_reason():
    group = NeuronGroup(2, "dv/dt = exp(-v)/ms : 1", threshold="v > 1", reset="v = 0")
    lines = str(Network(group).describe()).split("\n")
    assert lines[3] == "  group 'neurongroup': 2 neurons, cannot be solved as it is now"
    assert any("no exact solution" in line for line in lines)


def test_after_a_run_names_that_are_out_of_reach_do_no_harm(parts):
    parts.run(1 * ms, namespace=TAU)
    lines = lines_of(parts, {})
    assert "  group 'cells': 10 neurons, solved exactly, without a clock" in lines
    assert "    as in its last run; names are unknown here" in lines


def test_stimuli_are_told_with_what_they_send(parts):
    lines = lines_of(parts, TAU)
    assert "  PoissonGroup 'inputs': Poisson at 20. Hz, 4 neurons" in lines
    assert "  PoissonInput 'extra': 10 inputs each at 2. Hz, v += 0.1 to cells[0:5]" in lines


def test_what_is_switched_off_is_marked(parts):
    parts["inputs"].active = parts["spikes"].active = parts["plastic"].post.active = False
    lines = lines_of(parts, TAU)
    assert "  PoissonGroup 'inputs': Poisson at 20. Hz, 4 neurons; not active" in lines
    assert "  SpikeMonitor 'spikes': spikes of cells, 0 recorded; not active" in lines
    assert "    not active: post" in lines


def test_synapses_are_told_with_ends_delays_and_order(parts):
    parts["plastic"].pre.order = 2
    lines = lines_of(parts, TAU)
    assert "Synapses (1 object, 40 synapses)" in lines
    # w, a and lastupdate, 8 bytes each; where each of 4 sources begins; targets of 4 bytes; the delays
    size = 3 * 40 * 8 + 5 * 8 + 40 * 4 + 40 * 8
    assert f"  Synapses 'plastic': 40 from inputs to cells, {size / 1000:.3g} kB" in lines
    assert "    pre: waits for spikes of inputs, delays 1 to 4 ms" in lines
    assert "    post: waits for spikes of cells, no delay" in lines
    assert "    at one instant in the order post, pre" in lines
    assert "    state a: leaky relaxation, a(s) = rest + (a - rest)*exp(-s/tau)" in lines


def test_parameters_are_told_with_their_values_in_fitting_units():
    equations = """dv/dt = (I - v)/tau_m : volt
    I : volt
    tau_m : second
    E : amp (shared)
    n : integer
    is_on : boolean
    g : siemens (linked)"""
    source = NeuronGroup(4, "g_source : siemens", name="source")
    group = NeuronGroup(4, equations, name="cells")
    group.g = linked_var(source, "g_source")
    group.I, group.E, group.n, group.is_on = 1.5 * mV, 0.25 * nA, [1, 2, 3, 4], [True, True, True, False]
    group.tau_m = [5, 7.5, 10, 20] * ms
    lines = str(Network(source, group).describe()).split("\n")
    assert lines[lines.index("  group 'cells': 4 neurons, solved exactly, without a clock") + 1 :][:6] == [
        "    parameter I = 1.5 mV : volt",
        "    parameter tau_m = 5 to 20 ms : second",
        "    parameter E = 250 pA : amp (shared)",
        "    parameter n = 1 to 4 : integer",
        "    parameter is_on = True for 3 of 4 : boolean",
        "    parameter g : siemens (linked)",
    ]
    assert "    parameter g_source = 0 S : siemens" in lines


def test_weights_and_parameters_of_ready_made_synapses_are_told():
    group = NeuronGroup(5, "v : volt", threshold="v > 1*mV", reset="v = 0*mV")
    synapses = models.stdp(group, group, w_max=2 * mV)
    network = Network(group, synapses)
    lines = str(network.describe()).split("\n")
    # there are no weights yet, but what is shared is there
    assert "    parameter w : volt" in lines and "    parameter A_plus = 0.01 : 1 (shared, constant)" in lines
    synapses.connect()
    synapses.w = "i/4.0*w_max"
    lines = str(network.describe()).split("\n")
    assert "    parameter w = 0 to 2 mV : volt" in lines
    assert "    parameter tau_plus = 20 ms : second (shared, constant)" in lines


def test_spikes_in_flight_are_counted():
    source, target = SpikeGeneratorGroup(2, [0, 1], [1, 2] * ms), NeuronGroup(1, "v : 1")
    synapses = Synapses(source, target, on_pre="v_post += 1", delay=5 * ms)
    synapses.connect()
    network = Network(source, target, synapses)
    network.run(3 * ms)
    assert "    on their way: 2 spikes" in str(network.describe()).split("\n")


def test_synapses_that_were_never_connected_say_so():
    group = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0")
    loose = Synapses(group, group, "w : 1", on_pre="v_post += w", name="loose")
    lines = str(Network(group, loose).describe()).split("\n")
    assert "  Synapses 'loose': 0 from neurongroup to neurongroup; never connected" in lines


def test_monitors_tell_how_much_they_have(parts):
    parts.run(100 * ms, namespace=TAU)
    n, changes = parts["spikes"].num_spikes, parts["weights"]._tape.changes
    assert changes > 2
    assert lines_of(parts, TAU)[-3:] == [
        f"  SpikeMonitor 'spikes': spikes of cells, {n} recorded, from 0 ms to 100 ms",
        f"  StateMonitor 'weights': w of 2 synapses of plastic, {changes} changes of state, from 0 ms to 100 ms",
        f"  PopulationRateMonitor 'rate': rate of cells, {n} spikes, from 0 ms to 100 ms",
    ]


def test_timed_code_is_told_with_its_ticks():
    group = NeuronGroup(2, "v : 1", name="cells")
    runner = group.run_regularly("v += 1", dt=5 * ms, when="end")

    def look():
        pass

    operation = NetworkOperation(look, dt=2 * ms, name="watch")
    network = Network(group, operation)
    network.at([3, 7] * ms, look)
    runner.active = False
    lines = str(network.describe()).split("\n")
    assert lines[lines.index("Timed code (3)") :] == [
        "Timed code (3)",
        "  CodeRunner 'cells_run_regularly': v += 1, every 5. ms, in the slot 'end'; not active",
        "  NetworkOperation 'watch': look, every 2. ms",
        "  Appointment of look: 3 ms, 7 ms",
    ]


def test_an_empty_network_is_empty():
    assert str(Network().describe()).endswith("\nit is empty")


def test_names_are_looked_up_where_it_is_asked():
    tau_of_the_caller = 5 * ms
    group = NeuronGroup(1, "dv/dt = -v/tau_of_the_caller : 1")
    assert "leaky relaxation" in str(Network(group).describe())
    assert tau_of_the_caller == 5 * ms


def test_describing_changes_nothing_and_warns_of_nothing():
    def simulate(look):
        start_scope()
        seed(1)
        group = NeuronGroup(2, "dv/dt = (2 - v)/(10*ms) : 1", threshold="v > 1", reset="v = rand()", method="euler")
        source = PoissonGroup(2, "(1 + sin(2*pi*t/(50*ms)))*100*Hz")
        synapses = Synapses(source, group, on_pre="v_post += 0.1*rand()", delay=1 * ms)
        synapses.connect(p=0.7)
        spikes = SpikeMonitor(group)
        network = Network(group, source, synapses, spikes)
        for _ in range(3):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                _ = look and network.describe()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExactnessNote)
                network.run(20 * ms)
        return spikes.t_.tolist(), np.random.rand()

    assert simulate(True) == simulate(False)


def test_the_magic_network_describes_what_would_run():
    start_scope()
    group = NeuronGroup(3, "dv/dt = 1/(10*ms) : 1", threshold="v > 1", reset="v = 0", name="seen")
    assert "magic network at t = 0 ms, has not run yet" in str(magic_network.describe())
    assert "group 'seen': 3 neurons" in str(magic_network.describe())
    run(25 * ms)
    late = SpikeMonitor(group)
    text = str(magic_network.describe())
    assert "magic network at t = 25 ms, has run" in text and f"SpikeMonitor '{late.name}'" in text


def test_it_shows_itself_in_a_terminal_and_a_notebook(parts):
    description = parts.describe(namespace=TAU)
    assert repr(description) == str(description)
    assert description._repr_html_().startswith("<pre>network &#x27;network&#x27; at t = 0 ms")
