"""One test for each fault that a reader or a comparison with Brian 2 found, named after what went wrong."""

import gc
import signal
import weakref

import numpy as np
import pytest
from laws import times_of

from eventsnn import (
    ArgumentError,
    EquationError,
    Equations,
    ExactnessNote,
    MissingError,
    Network,
    NeuronGroup,
    OutOfRangeError,
    PopulationRateMonitor,
    SimulationError,
    SpikeMonitor,
    StateMonitor,
    UnitError,
    WrongTypeError,
    defaultclock,
    magic_network,
    ms,
    mV,
    nA,
    run,
    second,
    stop,
)

PACEMAKER = "dv/dt = 1/(8*ms) : 1"


def spikes_of(group, *lengths):
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    for length in lengths:
        network.run(length * ms)
    return (monitor.t / ms).tolist()


def test_a_refractory_condition_with_not_refractory_was_read_in_two_ways():
    def make():
        return NeuronGroup(
            1,
            "dv/dt = 1/(8*ms) : 1 (unless refractory)\ndw/dt = -w/(10*ms) : 1\nc : 1",
            threshold="v > 1",
            reset="v = 0; w = 1; c += 0",
            refractory="w > 0.2 + 0.3*int(not_refractory)*(1 + c)",
        )

    assert spikes_of(make(), 60) == spikes_of(make(), *[1] * 60)


def test_several_resets_at_one_instant_were_taken_for_a_loop():
    group = NeuronGroup(1, "v : 1", threshold="v > 1 and t > 5*ms", reset="v -= 1")
    group.v = 3.5
    assert spikes_of(group, 20) == [5, 5, 5]
    group = NeuronGroup(1, PACEMAKER + "\nu : 1", threshold="v > 1 and u > 1", reset="u -= 1")
    group.u = 3.5
    assert spikes_of(group, 20) == [8, 8, 8]


def test_a_group_took_its_refractory_end_along_as_a_time_of_the_old_network():
    group = NeuronGroup(1, PACEMAKER + " (unless refractory)", threshold="v > 1", reset="v = 0", refractory=100 * ms)
    old = Network(group)
    old.run(50 * ms)  # fires at 8 ms: 58 ms of the period are left
    old.remove(group)
    assert not group.not_refractory[0]
    assert spikes_of(group, 200) == [66, 174]


def test_a_monitor_with_recordings_could_join_a_network_in_its_past():
    group = NeuronGroup(1, PACEMAKER)
    monitor = StateMonitor(group, "v", record=0)
    old = Network(group, monitor)
    old.run(20 * ms)
    old.remove(group, monitor)
    with pytest.raises(SimulationError, match="holds recordings up to 20 ms and cannot join a network that is at 0 ms"):
        Network(group, monitor)


def test_a_shared_parameter_was_recorded_for_the_neuron_that_fired_only():
    group = NeuronGroup(
        2, "dv/dt = s/(8*ms) : 1\ns : 1\ntotal : 1 (shared)", threshold="v > 1", reset="v = 0; total += 1"
    )
    group.s = [1, 0.5]
    monitor = StateMonitor(group, "total", record=True)
    Network(group, monitor).run(40 * ms)
    # neuron 0 fires every 8 ms, neuron 1 every 16 ms
    assert monitor.at([9, 17, 30, 39] * ms, "total").tolist() == [[1, 3, 4, 6], [1, 3, 4, 6]]


def test_recording_kept_the_callers_variables_alive():
    group = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1")
    monitor = StateMonitor(group, "v", record=0)
    network = Network(group, monitor)

    class Big:
        pass

    def run_beside_something_big():
        big = Big()
        network.run(1 * ms)
        return weakref.ref(big)

    kept = [run_beside_something_big() for _ in range(3)]
    gc.collect()
    assert [reference() for reference in kept] == [None] * 3
    assert len(monitor._tape.tracks[0].segments) == 1


def test_a_report_that_failed_at_once_left_ctrl_c_in_its_hands():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError):
        Network(NeuronGroup(1, PACEMAKER)).run(1 * ms, report=lambda *_: 1 / 0)
    assert signal.getsignal(signal.SIGINT) is before


def test_stop_did_not_stop_a_network():
    network = Network(NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0"))
    network.run(20 * second, report=lambda elapsed, done, *_: stop() if done else None, report_period=0 * second)
    assert network.t < 1 * second


def test_a_parameter_that_became_nan_silenced_a_neuron():
    group = NeuronGroup(1, PACEMAKER + "\nth : 1", threshold="v > th", reset="v = 0; th = sqrt(th - 1.5)")
    group.th = 1
    with pytest.raises(SimulationError, match="th of neuron 0 of group 'neurongroup' is nan after its reset"):
        spikes_of(group, 50)


def test_a_state_left_as_nan_ran_on():
    group = NeuronGroup(1, PACEMAKER, threshold="v > 1", reset="v = log(-v)")
    network = Network(group)
    with pytest.raises(SimulationError, match="v of neuron 0 of group 'neurongroup' is nan after its reset"):
        network.run(20 * ms)
    with pytest.raises(SimulationError, match=r"v of neuron 0 is nan (.|\n)*left so by a run that stopped"):
        network.run(20 * ms)
    group.v = 0
    network.run(4 * ms)
    assert group.v[0] == 0.5


@pytest.mark.parametrize("value", ["n/0", "(1 - n)/0", "1e30"])
def test_an_integer_without_a_value_was_a_bare_error(value):
    group = NeuronGroup(1, PACEMAKER + "\nn : integer", threshold="v > 1", reset=f"v = 0; n = {value}")
    with pytest.raises(SimulationError, match="the reset of neuron 0 of group 'neurongroup' gives no whole number"):
        spikes_of(group, 20)


def test_the_wrong_neuron_was_blamed():
    group = NeuronGroup(
        4, "dv/dt = (2 - v)/tau : 1\ntau : second", threshold="v > 1", reset="v = 0; tau -= 5*ms", name="exc"
    )
    group.tau = [30, 30, 30, 5] * ms
    with pytest.raises(ArgumentError, match="no finite coefficients for neuron 3"):
        spikes_of(group, 20)


def test_conditions_on_parameters_could_not_be_counted_in_a_threshold():
    group = NeuronGroup(2, PACEMAKER + "\nb : boolean", threshold="v > 1 + int(not b)", reset="v = 0")
    group.b = [True, False]
    assert spikes_of(group, 17) == [8, 16, 16]


def test_what_cannot_be_recorded_with_a_spike_failed_in_mid_run():
    group = NeuronGroup(1, PACEMAKER + "\nx = rand() : 1", threshold="v > 1", reset="v = 0")
    for name in ("x", "dt"):
        with pytest.raises(ArgumentError, match=f"'{name}' has no value that could be recorded"):
            SpikeMonitor(group, variables=name)
    monitor = SpikeMonitor(group, variables="lastspike")
    Network(group, monitor).run(20 * ms)
    assert (monitor.lastspike / ms).tolist() == [8, 16]


def test_a_sub_expression_of_a_part_saw_other_indices():
    group = NeuronGroup(4, "x = i : 1")
    assert group[2:].x[:].tolist() == group.x[2:].tolist() == [2, 3]


def test_a_shared_variable_took_the_value_of_neuron_0():
    with pytest.raises(EquationError, match=r"'x' is shared by all neurons, but 'v' differs between them"):
        NeuronGroup(2, "v : 1\nx = v*2 : 1 (shared)")
    group = NeuronGroup(2, "a : 1 (shared)\nv : 1")
    for text in ("v*10", "i"):
        with pytest.raises(WrongTypeError, match="one value serves all neurons, but '[vi]' differs between them"):
            group.a = text


@pytest.mark.parametrize("name", ["name", "start", "reset", "select", "explain"])
def test_a_variable_could_take_the_name_of_an_attribute(name):
    with pytest.raises(EquationError, match=f"'{name}' is an attribute that every group has"):
        NeuronGroup(1, f"{name} : 1")


def test_a_variable_could_hide_a_unit():
    with pytest.raises(EquationError, match="'mV' is the name of a unit and cannot be defined"):
        Equations("mV : 1")


def test_a_replaced_name_was_printed_unreplaced():
    eqs = Equations("dx/dt = (2 - x)/tau_x : 1", x="v", tau_x=10 * ms)
    assert str(eqs) == "dv/dt = (2 - v) / (10. * msecond) : 1"
    assert eqs != Equations("dx/dt = (2 - x)/tau_x : 1", x="v", tau_x=20 * ms)
    with pytest.raises(EquationError, match="'t' has a meaning of its own"):
        Equations("dx/dt = -x/ms : 1", x="t")


def test_recorded_bins_changed_with_the_default_clock():
    group = NeuronGroup(1, PACEMAKER, threshold="v > 1", reset="v = 0")
    rates = PopulationRateMonitor(group)
    network = Network(group, rates)
    network.run(10 * ms)
    defaultclock.dt = 1 * ms
    try:
        assert len(rates.t) == 100
        network.run(10 * ms)
        assert (len(rates.t), float(rates.rate.sum() / second**-1)) == (110, 10000 + 1000)
    finally:
        defaultclock.dt = 0.1 * ms


def test_a_deleted_monitor_went_on_recording():
    group = NeuronGroup(1, PACEMAKER, threshold="v > 1", reset="v = 0")
    monitor = SpikeMonitor(group)
    run(10 * ms)
    kept = [monitor]
    del monitor
    run(10 * ms)
    assert times_of(kept[0]) == [8]
    assert magic_network.objects == (group,)


def test_a_run_that_could_not_start_made_its_objects_old():
    group = NeuronGroup(1, "dv/dt = -v/tau_x : 1")
    with pytest.raises(KeyError):
        run(1 * ms)
    monitor = StateMonitor(group, "v", record=0)
    tau_x = 10 * ms
    run(1 * ms)
    assert monitor.v.shape == (1, 10)
    assert tau_x == 10 * ms


# --- beside Brian 2 ----------------------------------------------------------------------------------------------


def test_an_inactive_monitor_recorded_all_the_same():
    group = NeuronGroup(1, PACEMAKER, threshold="v > 1", reset="v = 0")
    spikes, states = SpikeMonitor(group), StateMonitor(group, "v", record=0)
    network = Network(group, spikes, states)
    for active in (True, False, True):
        spikes.active = states.active = active
        network.run(10 * ms)
    assert times_of(spikes) == [8, 24]
    assert len(states.t) == 200
    assert states.at(25 * ms, "v") == 0.125
    with pytest.raises(ArgumentError, match="15 ms was not recorded"):
        states.at(15 * ms, "v")


def test_a_monitor_took_any_attribute():
    monitor = StateMonitor(NeuronGroup(1, PACEMAKER), "v", record=0)
    for name in ("actve", "v", "record"):
        with pytest.raises(AttributeError, match=f"'{name}' cannot be set"):
            setattr(monitor, name, False)
    assert (monitor.N, monitor.active) == (0, True)


def test_an_assigned_last_spike_did_not_make_a_neuron_refractory():
    model = "dv/dt = (2 - v)/(10*ms) : 1 (unless refractory)"
    group = NeuronGroup(2, model, threshold="v > 1", reset="v = 0", refractory=5 * ms)
    group.lastspike = [0, -20] * ms
    first = 10 * np.log(2)
    assert spikes_of(group, 14) == pytest.approx([first, 5 + first], rel=1e-15)


def test_a_list_of_quantities_lost_its_unit():
    group = NeuronGroup(3, "v : volt")
    group.v = [-70 * mV, -65 * mV, -60 * mV]
    group.v[[0, 1]] = (1 * mV, 2 * mV)
    assert (group.v / mV).tolist() == [1, 2, -60]
    with pytest.raises(UnitError):
        group.v = [1 * mV, 2 * nA, 3 * mV]


def test_a_group_could_not_be_iterated_or_used_as_an_index():
    group = NeuronGroup(4, "v : 1")
    group.v = "i"
    assert [part.v[0] for part in group] == [0, 1, 2, 3]
    monitor = StateMonitor(group, "v", record=group[2:4])
    Network(group, monitor).run(1 * ms)
    assert monitor.record.tolist() == [2, 3]
    assert monitor[group[3:4]].v.tolist() == [[3.0] * 10]
    with pytest.raises(ArgumentError, match="is no part of"):
        StateMonitor(group, "v", record=NeuronGroup(2, "v : 1"))


def test_a_reset_could_not_use_names_of_its_own():
    group = NeuronGroup(
        1, "dv/dt = 1/(8*ms) : 1\nd : 1", threshold="v > 1", reset="over = v - 0.5\nv = 0\nd = 2*over", name="exc"
    )
    assert spikes_of(group, 10) == [8]
    assert group.d[0] == 1.0
    with pytest.raises(EquationError, match="'V' is not a variable of the group"):
        spikes_of(NeuronGroup(1, PACEMAKER, threshold="v > 1", reset="V = 0"), 10)


def test_the_star_imports_np_lost_units():
    names = {}
    exec("from eventsnn import *", names)
    steps = names["np"].arange(0 * ms, 3 * ms, 1 * ms)
    assert (steps / ms).tolist() == [0, 1, 2]
    assert (names["np"].linspace(0 * ms, 2 * ms, 3) / ms).tolist() == [0, 1, 2]
    assert names["np"].mean([1, 2]) == 1.5
    assert names["np"].random is np.random


def test_a_unit_was_taken_for_a_dimension():
    from eventsnn import Quantity

    with pytest.raises(UnitError, match=r"ms is no dimension. Write 3\*ms"):
        Quantity(3, ms)


@pytest.mark.parametrize(
    "options", [dict(threshold=1), dict(threshold=-40 * mV), dict(threshold="v>1", reset=["v = 0"])]
)
def test_a_text_of_another_kind_was_a_bare_error(options):
    with pytest.raises(WrongTypeError, match=r"NeuronGroup 'neurongroup'\.(threshold|reset): expected a string, found"):
        NeuronGroup(1, PACEMAKER, **options)


def test_errors_are_of_the_kinds_that_scripts_catch():
    group = NeuronGroup(2, PACEMAKER)
    with pytest.raises(IndexError):
        group[5]
    with pytest.raises(OutOfRangeError):
        StateMonitor(group, "v", record=[10])
    with pytest.raises(MissingError) as caught:
        StateMonitor(group, "w", record=0)
    assert isinstance(caught.value, KeyError)
    assert str(caught.value).startswith("StateMonitor")
    with pytest.raises(TypeError):
        group.i = 3


def test_unitless_special_values_are_single_values():
    group = NeuronGroup(3, "v : 1")
    assert (group.t_, group.N_, group.dt_) == (0.0, 3.0, 0.0001)


def test_a_note_to_nameless_code_was_dropped():
    code = "from eventsnn import *\nG = NeuronGroup(1, 'dv/dt = -v/(10*ms) : 1', method='euler')\nNetwork(G).run(1*ms)"
    with pytest.warns(ExactnessNote):
        exec(compile(code, "<nameless>", "exec"), {"__builtins__": __builtins__})
