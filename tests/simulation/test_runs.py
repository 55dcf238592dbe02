"""Runs: what is simulated, from when to when, and how a run ends."""

import itertools
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import eventsnn
from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    MagicError,
    Network,
    NeuronGroup,
    SimulationError,
    SpikeMonitor,
    StateMonitor,
    UnusedObjectWarning,
    collect,
    magic_network,
    ms,
    run,
    second,
    start_scope,
)


def clockwork(**options):
    """A neuron that fires at every whole millisecond."""
    return NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", **options)


def test_run_collects_what_the_caller_sees():
    group = clockwork()
    spikes = SpikeMonitor(group)
    hidden = [clockwork()]
    run(3.5 * ms)
    assert (spikes.t / ms).tolist() == [1, 2, 3]
    assert magic_network.objects == (group, spikes)
    assert magic_network.t == 3.5 * ms
    assert hidden[0].lastspike[0] < 0 * ms


def test_the_same_objects_go_on_in_the_next_run():
    group = clockwork()
    spikes = SpikeMonitor(group)
    run(1.5 * ms)
    run(2 * ms)
    assert (spikes.t / ms).tolist() == [1, 2, 3]
    assert group.t == 3.5 * ms


def test_new_objects_start_at_zero():
    group = clockwork()
    run(1.5 * ms)
    start_scope()
    group = clockwork()
    spikes = SpikeMonitor(group)
    run(1.5 * ms)
    assert (spikes.t / ms).tolist() == [1]


def test_old_and_new_objects_together_are_refused():
    group = clockwork()
    run(1.5 * ms)
    other = clockwork()
    with pytest.raises(MagicError, match="neurongroup were run before, neurongroup_1 were not, so it is unclear"):
        run(1 * ms)
    assert group._now == 1.5 and other._network is None


def test_a_monitor_may_come_after_a_first_run():
    group = clockwork()
    run(1.5 * ms)
    spikes = SpikeMonitor(group)
    run(1 * ms)
    assert group._now == 2.5 and len(spikes) == 1 and magic_network.t == 2.5 * ms


def test_objects_of_an_earlier_scope_are_left_out():
    old = clockwork()
    start_scope()
    new = clockwork()
    assert collect() == [new]
    run(1 * ms)
    assert old.t == 0 * ms


def test_a_run_without_objects_is_refused():
    with pytest.raises(MagicError, match="found nothing to simulate. It collects groups and monitors"):
        run(1 * ms)


def test_objects_of_a_network_are_not_run_by_magic():
    group = clockwork()
    net = Network(group)
    with pytest.raises(
        MagicError, match="neurongroup belong to another network. Run that network, or call start_scope"
    ):
        run(1 * ms)
    assert len(net) == 1


@pytest.mark.parametrize(
    ("duration", "error", "expected"),
    [
        (5, DimensionMismatchError, r"run\(duration\): expected a time, found 5. Write run\(100\*ms\)"),
        (-1 * ms, ArgumentError, "expected a finite time that is not negative, found -1. ms"),
        (float("inf") * ms, ArgumentError, "expected a finite time that is not negative"),
    ],
)
def test_a_duration_that_makes_no_sense_is_explained(duration, error, expected):
    with pytest.raises(error, match=expected):
        Network(clockwork()).run(duration)


# --- networks ---------------------------------------------------------------------------------------------------


def test_a_network_holds_its_objects_by_name():
    group, other = clockwork(name="a"), clockwork(name="b")
    net = Network([group, {"x": other}])
    assert net["a"] is group
    assert "b" in net
    assert other in net
    assert list(net) == [group, other]
    assert repr(net) == "<Network at t = 0. s: a, b>"
    with pytest.raises(KeyError, match="Network has no object 'c'; it has a, b"):
        net["c"]


def test_an_object_added_later_starts_where_the_network_is():
    first, second_ = clockwork(), clockwork()
    net = Network(first)
    net.run(1.25 * ms)
    spikes = SpikeMonitor(second_)
    net.add(second_, spikes)
    net.run(2.5 * ms)
    assert (spikes.t / ms).tolist() == [2.25, 3.25]


def test_an_object_that_was_removed_keeps_its_state_and_may_come_back():
    group, other = clockwork(), clockwork()
    net = Network(group, other)
    net.run(0.75 * ms)
    net.remove(group)
    assert group.v[0] == 0.75
    net.run(1 * ms)
    assert group.v[0] == 0.75
    spikes = SpikeMonitor(group)
    net.add(group, spikes)
    net.run(1 * ms)
    assert (spikes.t / ms).tolist() == [2.0]


def test_what_cannot_be_in_a_network_is_refused():
    group = clockwork(name="a")
    net = Network(group)
    with pytest.raises(ArgumentError, match="expected groups and monitors, found 3"):
        net.add(3)
    with pytest.raises(SimulationError, match="'a' belongs to another network. An object lives in one network only"):
        Network(group)
    with pytest.raises(ArgumentError, match="two objects have the name 'a'"):
        net.add(clockwork(name="a"))
    with pytest.raises(ArgumentError, match="is not in the network"):
        net.remove(clockwork(name="b"))


def test_a_monitor_needs_its_group():
    with pytest.raises(SimulationError, match="'spikemonitor' records from group 'neurongroup', which is not part"):
        Network(SpikeMonitor(clockwork())).run(1 * ms)


# --- time -------------------------------------------------------------------------------------------------------


def test_the_end_of_a_run_belongs_to_the_next():
    group = clockwork()
    spikes = SpikeMonitor(group)
    net = Network(group, spikes)
    net.run(2 * ms)
    assert (spikes.t / ms).tolist() == [1]
    net.run(0 * ms)
    assert (spikes.t / ms).tolist() == [1]
    net.run(1e-9 * ms)
    assert (spikes.t / ms).tolist() == [1, 2]


def test_many_short_runs_arrive_where_one_long_run_does():
    net, whole = Network(clockwork()), Network(clockwork())
    for _ in range(1000):
        net.run(0.1 * ms)
    whole.run(100 * ms)
    assert net.t == whole.t == 100 * ms


def test_a_threshold_moved_below_the_membrane_between_runs_fires_at_once():
    group = NeuronGroup(2, "dv/dt = 1/ms : 1\nvt : 1", threshold="v > vt", reset="v = 0")
    group.vt = 10
    spikes = SpikeMonitor(group)
    net = Network(group, spikes)
    net.run(4 * ms)
    group.vt[0] = 3
    group.vt[1] = 5
    net.run(4 * ms)
    assert (spikes.t / ms).tolist() == [4, 5, 7]
    assert spikes.i.tolist() == [0, 1, 0]


def test_a_parameter_changed_between_runs_acts_from_then_on():
    group = NeuronGroup(1, "dv/dt = (x - v)/(10*ms) : 1\nx : 1")
    net = Network(group)
    group.x = 1
    net.run(10 * ms)
    group.x = 2
    assert group.v[0] == pytest.approx(1 - np.exp(-1), rel=1e-15)
    net.run(5 * ms)
    assert group.v[0] == pytest.approx(2 - (1 + np.exp(-1)) * np.exp(-0.5), rel=4e-16)


def test_a_reset_onto_the_threshold_and_then_away_from_it_is_no_endless_loop():
    group = NeuronGroup(1, "dv/dt = 1/(10*ms) : 1", threshold="v > 1", reset="v -= 1")
    group.v = 3
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(15 * ms)
    assert (spikes.t / ms).tolist() == [0, 0, 0, 10]


# --- watching and stopping --------------------------------------------------------------------------------------


def test_a_report_function_is_told_how_far_it_is():
    calls = []
    net = Network(clockwork())
    net.run(1 * second, report=lambda *state: calls.append(state), report_period=0 * second)
    elapsed, done, start, duration = zip(*calls, strict=True)
    assert (done[0], done[-1]) == (0.0, 1.0)
    assert list(done) == sorted(done)
    assert all(a <= b for a, b in itertools.pairwise(elapsed))
    assert (start[0], duration[0]) == (0 * second, 1 * second)


def test_text_reports_say_what_they_mean(capsys):
    Network(clockwork()).run(1 * second, report="text", report_period=0 * second)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Starting simulation at t=0. s for a duration of 1. s"
    assert "simulated in" in lines[1]
    assert "remaining." in lines[1]
    assert lines[-1].startswith("1. s (100%) simulated in")
    with pytest.raises(ArgumentError, match="expected 'text', 'stdout', 'stderr' or a function, found 'loud'"):
        Network(clockwork()).run(1 * ms, report="loud")


def test_a_bar_appears_where_somebody_can_see_it(monkeypatch):
    from eventsnn.simulation import progress

    assert progress.Watch(0.0, 100.0, None, 10.0)._bar is None
    bars = []

    class Bar:
        n = 0.0

        def update(self, more):
            self.n += more

        def close(self):
            bars.append(self.n)

    monkeypatch.setattr(progress, "_make_bar", Bar)
    Network(clockwork()).run(512.5 * ms)
    # the bar is moved every 256 instants, in per cent, and taken away at the end
    assert bars == [pytest.approx(512 / 512.5 * 100)]


def test_stop_ends_the_run_and_the_next_goes_on_from_there():
    group = clockwork()
    spikes = SpikeMonitor(group)
    net = Network(group, spikes)
    net.run(1 * second, report=lambda elapsed, done, *_: net.stop() if done > 0 else None, report_period=0 * second)
    stopped = float(net.t / ms)
    assert 0 < stopped < 1000
    assert len(spikes) == stopped
    net.run(10.5 * ms)
    assert (spikes.t / ms).tolist() == [float(k) for k in range(1, int(stopped) + 11)]


def test_an_error_keeps_the_recordings_up_to_its_instant():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1\nk : 1", threshold="v > 1", reset="k += 1; v = log(5 - k)*0")
    spikes, states = SpikeMonitor(group), StateMonitor(group, "v", record=0)
    net = Network(group, spikes, states)
    with pytest.raises(SimulationError, match="is nan after its reset"):
        net.run(100 * ms)
    assert (spikes.t / ms).tolist() == [1, 2, 3, 4, 5]
    assert net.t == 5 * ms
    assert states.at(2.5 * ms, "v") == 0.5


def test_a_report_function_sees_the_present_and_cannot_change_it():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1\nu : 1", threshold="v > 1", reset="v = 0; u += 1")
    net = Network(group)
    seen = []

    def report(elapsed, done, start, duration):
        seen.append((net.t / ms, group.u[0], group.v[0]))
        for attempt in (lambda: setattr(group, "v", 3), lambda: net.run(1 * ms)):
            with pytest.raises(SimulationError, match="cannot be set while the network runs|is running already"):
                attempt()

    net.run(600 * ms, report=report, report_period=0 * second)
    assert len(seen) == 4
    # it is called at the beginning, every 256 instants and at the end, where the last spike is not yet due
    assert seen == [(0, 0, 0), (256, 256, 0), (512, 512, 0), (600, 599, 1)]


INTERRUPTED = """
from eventsnn import *
G = NeuronGroup(100, 'dv/dt = 1/ms : 1', threshold='v > 1 + 0.001*i', reset='v = 0')
M = SpikeMonitor(G)
print('ready', flush=True)
try:
    run(1e6*second, report=lambda *_: print('running', flush=True), report_period=0.05*second)
except KeyboardInterrupt:
    print('caught', len(M) > 0, magic_network.t >= M.t[-1], flush=True)
    before = len(M)
    run(5*ms)
    print('went on', 350 < len(M) - before < 650, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")
def test_ctrl_c_leaves_a_consistent_state():
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    assert process.stdout.readline() == "running\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    rest = [line for line in process.communicate(timeout=60)[0].splitlines() if line != "running"]
    assert rest == ["caught True True", "went on True"]


def test_an_object_that_never_ran_is_mentioned_where_it_was_made():
    with pytest.warns(UnusedObjectWarning, match="NeuronGroup 'lonely' was made but never run") as caught:
        group = clockwork(name="lonely")
        del group
    assert caught[0].filename == __file__


def test_an_object_that_ran_is_not_mentioned(recwarn):
    group = clockwork()
    Network(group).run(1 * ms)
    del group
    assert not [w for w in recwarn if w.category is UnusedObjectWarning]


def test_importing_the_package_is_light():
    code = "import sys, eventsnn; print([m for m in ('matplotlib', 'scipy', 'numba', 'tqdm') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_star_import_gives_what_tutorials_use():
    names = {}
    exec("from eventsnn import *", names)
    for name in (
        "ms",
        "mV",
        "exp",
        "plot",
        "figure",
        "subplot",
        "axvline",
        "ones",
        "np",
        "plt",
        "defaultclock",
        "rand",
    ):
        assert name in names
    assert names["run"] is eventsnn.run
    assert names["seed"] is eventsnn.seed
    assert isinstance(names["exp"](-1.0), float)
    assert np.isclose(names["exp"](-10 * ms / (5 * ms)), np.exp(-2))


# --- small print --------------------------------------------------------------------------------------------------


def test_collections_and_parts_may_be_added_and_removed():
    group, other = clockwork(), clockwork()
    net = Network(group[:1], [other])
    net.add(group)
    assert net.objects == (group, other)
    net.remove([group, other])
    assert net.objects == ()
    assert net.t_ == 0.0


def test_brians_settings_are_accepted_with_one_note():
    from eventsnn import BrianLogger, device, get_device, prefs, set_device
    from eventsnn.compatibility import _noted

    _noted.clear()
    with pytest.warns(eventsnn.ExactnessNote, match="prefs.codegen.target has no meaning in eventsnn") as notes:
        prefs.codegen.target = "numpy"
        prefs.codegen.target = "cython"
    assert len(notes) == 1
    assert prefs.codegen.target == "cython"
    with pytest.warns(eventsnn.ExactnessNote, match=r"prefs\['core.x'\] has no meaning"):
        prefs["core.x"] = 1
    assert prefs["core.x"] == 1
    with pytest.warns(eventsnn.ExactnessNote, match="set_device"):
        set_device("cpp_standalone", build_on_run=False)
    assert get_device() is device
    device.build(directory="x")
    BrianLogger.suppress_hierarchy("brian2")
