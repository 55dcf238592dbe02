"""What a run works on is built without a look at each neuron; that comes when an engine goes by it."""

import numpy as np
import pytest

from eventsnn import EventMonitor, Network, NeuronGroup, SimulationError, StateMonitor, Synapses, ms, mV
from eventsnn.engine.build import build

LEAKY = "dv/dt = (v0 - v)/(10*ms) : 1\nv0 : 1"


def leaky(n=3, **options):
    group = NeuronGroup(n, LEAKY, threshold="v > 1", reset="v = 0", **options)
    group.v0 = np.linspace(0, 3, n)
    return group


def machine_of(group, *monitors):
    group._refresh({})
    return build([group], [], [], monitors, 0.0, 100.0)


def test_a_machine_asks_no_neuron_before_it_begins():
    group = leaky()
    machine = machine_of(group)
    (cells,) = machine.cells
    assert not machine.has_begun and machine.queue.first_time == np.inf
    assert "courses" not in vars(cells) and "levels" not in vars(group._solved.threshold)
    machine.begin(0.0)
    # the quickest goes to 3
    assert machine.queue.first_time == pytest.approx(10 * np.log(1.5))
    assert machine.queue.due(machine.queue.first_time) == [(0, 2)]


def test_a_machine_begins_once():
    group = leaky()
    machine = machine_of(group, StateMonitor(group, "v", record=True))
    machine.begin(0.0)
    queue, changes = machine.queue, machine.cells[0].tapes[0].changes
    machine.begin(0.0)
    assert machine.queue is queue and machine.cells[0].tapes[0].changes == changes == 3


def test_nothing_is_recorded_before_a_machine_begins():
    group = leaky()
    machine = machine_of(group, StateMonitor(group, "v", record=True))
    assert machine.cells[0].tapes[0].changes == 0


def test_a_state_that_is_no_number_is_refused_as_the_machine_is_built():
    group = leaky()
    group._store.state[1] = np.nan
    with pytest.raises(SimulationError, match="v of neuron 1 is nan"):
        machine_of(group)


def test_a_machine_that_never_begins_leaves_custom_events_alone():
    group = leaky(events={"half": "v > 0.5"})
    machine_of(group, EventMonitor(group, "half")).leave(0.0)
    assert group._held == {}
    # what holds from the beginning of the first run has not become true
    group.v = 0.7
    monitor = EventMonitor(group, "half")
    Network(group, monitor).run(1 * ms)
    assert len(monitor) == 0


def test_a_run_of_no_length_sees_whether_custom_events_hold():
    group = leaky(events={"half": "v > 0.5"})
    monitor = EventMonitor(group, "half")
    network = Network(group, monitor)
    network.run(0 * ms)
    group.v = 0.7
    network.run(1 * ms)
    assert monitor.t.tolist() == [0, 0, 0]


def test_synapses_have_no_courses_before_one_is_asked_for():
    group = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = Synapses(group, group, "ds/dt = -s/tau_s : 1\ntau_s : second", on_pre="s += 1")
    synapses.connect()
    synapses.tau_s = [1, 2, 3, 4] * ms
    synapses.s = 1
    network = Network(group, synapses)
    network.run(10 * ms)
    assert "_courses" not in vars(synapses._dynamics) and synapses._dynamics.is_individual
    assert synapses.s[:] == pytest.approx(np.exp(-10 / np.arange(1, 5)))
    assert synapses._dynamics.course(2).advance([1.0], 0.0, 0.0, 3.0, False) == pytest.approx([np.exp(-1)])


# --- what neurons have in common --------------------------------------------------------------------------------------


def test_neurons_that_are_alike_have_one_linear_system():
    model = "dv/dt = (I + u - v)/(10*ms) : 1\ndu/dt = -u/(5*ms) : 1\nI : 1"
    group = NeuronGroup(6, model, threshold="v > 1", reset="v = 0")
    group.I = [1, 2, 1, 2, -0.0, 0]
    Network(group).run(0 * ms)
    systems = group._solved.dynamics.systems
    assert systems[0] is systems[2] and systems[1] is systems[3] and systems[4] is systems[5]
    assert len({id(system) for system in systems}) == 3
    for k, system in enumerate(systems):
        alone = NeuronGroup(1, model, threshold="v > 1", reset="v = 0")
        alone.I = group.I[k]
        Network(alone).run(0 * ms)
        assert alone._solved.dynamics.systems == [system]


def test_neurons_that_differ_in_a_wave_alone_have_systems_of_their_own():
    model = "dv/dt = (sin(w*t) + u - v)/(10*ms) : 1\ndu/dt = -u/(5*ms) : 1\nw : Hz"
    group = NeuronGroup(3, model)
    group.w = [1, 2, 1] / ms
    Network(group).run(0 * ms)
    first, second, third = group._solved.dynamics.systems
    assert first is third and first != second


def test_neurons_whose_thresholds_show_other_waves_have_systems_of_their_own():
    model = "dv/dt = (u - v)/(10*ms) : volt\ndu/dt = -u/(5*ms) : volt\nw : Hz"
    group = NeuronGroup(3, model, threshold="v > 2*mV + mV*sin(w*t)", reset="v = 0*mV")
    group.w = [1, 2, 1] / ms
    Network(group).run(0 * ms)
    first, second, third = group._solved.dynamics.systems
    assert first == third and first != second
    assert group.v[:] / mV == pytest.approx([0, 0, 0])


def test_quadratic_neurons_that_are_alike_are_solved_as_each_alone():
    model = "dv/dt = (v**2 + I)/(10*ms) : 1\nI : 1"
    group = NeuronGroup(5, model, threshold="v > 10", reset="v = -10")
    group.I = [0.1, -0.3, 0.1, -0.3, 0]
    Network(group).run(0 * ms)
    columns = group._solved.dynamics.motions[0].active
    for k in range(5):
        alone = NeuronGroup(1, model, threshold="v > 10", reset="v = -10")
        alone.I = group.I[k]
        Network(alone).run(0 * ms)
        assert [c[k] for c in columns] == [c[0] for c in alone._solved.dynamics.motions[0].active]
