"""Monitors of custom events: what they keep, in which forms, and what they refuse."""

import numpy as np
import pytest

from eventsnn import (
    ArgumentError,
    EventMonitor,
    MissingError,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    ms,
    mV,
    second,
)
from eventsnn.errors import WrongTypeError


@pytest.fixture
def group():
    """Neuron i is at x = 2 after 2/(i + 1) ms."""
    return NeuronGroup(
        4,
        "dx/dt = (i + 1)/ms : 1\nu = x*mV : volt\nk : integer\nshare : 1 (shared)",
        threshold="x > 4",
        reset="x = 0; k += 1",
        events={"half": "x > 2"},
        name="G",
    )


def record(group, *arguments, end=4.5, **options):
    monitor = EventMonitor(group, *arguments, **options)
    Network(getattr(group, "source", group), monitor).run(end * ms)
    return monitor


def test_events_come_in_the_order_of_time_then_of_neurons(group):
    monitor = record(group, "half", end=3.5)
    # neuron 0 at 2, then every 4; 1 at 1 and 3; 2 at 2/3, 2, 10/3; 3 at 1/2, 3/2, 5/2
    assert monitor.i.tolist() == [3, 2, 1, 3, 0, 2, 3, 1, 2]
    assert monitor.t / ms == pytest.approx([0.5, 2 / 3, 1, 1.5, 2, 2, 2.5, 3, 10 / 3], rel=1e-15)
    assert monitor.count.tolist() == [1, 2, 3, 3]
    assert (monitor.num_events, len(monitor), monitor.N, monitor.event) == (9, 9, 9, "half")


def test_all_forms_say_the_same(group):
    monitor = record(group, "half")
    assert monitor.t_.tolist() == np.asarray(monitor.t / second).tolist()
    i, t = monitor.it
    assert (i.tolist(), t.tolist()) == (monitor.i.tolist(), monitor.t.tolist())
    i, t = monitor.it_
    assert t.tolist() == monitor.t_.tolist()
    trains = monitor.event_trains()
    assert sorted(trains) == [0, 1, 2, 3]
    assert {k: (train / ms).tolist() for k, train in trains.items()} == {
        k: (monitor.t[monitor.i == k] / ms).tolist() for k in range(4)
    }
    assert {k: v.tolist() for k, v in monitor.values("t").items()} == {k: v.tolist() for k, v in trains.items()}


def test_variables_are_those_of_the_event_before_what_it_carries_out(group):
    group.run_on_event("half", "x = 1; k = 100")
    monitor = record(group, "half", variables=["x", "u", "k", "i"], end=1.75)
    # neuron 3 at 0.5 and each quarter after, neuron 2 at 2/3 and each third, neuron 1 at 1 and each half
    assert set(monitor.x.tolist()) == {2.0}
    assert (monitor.u / mV).tolist() == [2.0] * len(monitor)
    assert monitor.k.dtype == np.int64
    assert monitor.values("k")[3].tolist() == [0, 100, 100, 100, 100]
    assert monitor.i.tolist() == monitor._column("i").tolist()
    assert monitor.u_[0] == 0.002
    assert set(monitor.all_values()) == {"x", "u", "k", "i", "t"}


def test_variables_at_a_crossing_that_is_rounded_stand_on_the_level():
    group = NeuronGroup(100, "dx/dt = (a - x)/(10*ms) : 1\na : 1", events={"e": "x > 1"}, name="G")
    group.a = np.linspace(1.1, 5, 100)
    monitor = EventMonitor(group, "e", variables="x")
    Network(group, monitor).run(30 * ms)
    assert monitor.x.tolist() == [1.0] * 100


def test_variables_at_a_jump_are_those_after_it(group):
    source = SpikeGeneratorGroup(1, [0], [0.25] * ms)
    synapses = Synapses(source, group, on_pre="x += 10*(i_post == 0) + 0.5*(i_post == 1)")
    group.x = -100
    group.x[:2] = 0
    synapses.connect()
    monitor = EventMonitor(group, "half", variables="x")
    Network(source, group, synapses, monitor).run(1 * ms)
    assert (monitor.i.tolist(), monitor.x.tolist()) == ([0, 1], [10.25, 2.0])
    assert monitor.t / ms == pytest.approx([0.25, 0.75], rel=1e-15)


def test_counts_alone_may_be_kept(group):
    monitor = record(group, "half", record=False)
    assert monitor.count.tolist() == [1, 2, 3, 4]
    assert monitor.num_events == 10
    with pytest.raises(AttributeError, match="made with record=False and only counts"):
        monitor.t
    with pytest.raises(AttributeError, match="made with record=False and only counts"):
        monitor.i


def test_a_part_of_a_group_counts_from_its_own_start(group):
    monitor = record(group[1:3], "half", variables="i", end=2.5)
    assert (monitor.i.tolist(), monitor._column("i").tolist()) == ([1, 0, 1], [1, 0, 1])
    assert monitor.count.tolist() == [1, 2]


def test_spikes_are_an_event_too(group):
    monitor, spikes = EventMonitor(group, "spike", variables="x"), SpikeMonitor(group)
    Network(group, monitor, spikes).run(4.5 * ms)
    assert monitor.i.tolist() == spikes.i.tolist()
    assert monitor.t.tolist() == spikes.t.tolist()
    assert set(monitor.x) == {4.0}


def test_several_monitors_record_each_their_own_event(group):
    other = NeuronGroup(1, "dx/dt = 1/ms : 1", events={"half": "x > 1"})
    monitors = [EventMonitor(group, "half"), EventMonitor(other, "half"), EventMonitor(group[:1], "half")]
    Network(group, other, *monitors).run(2.25 * ms)
    assert [len(monitor) for monitor in monitors] == [6, 1, 1]


def test_recording_changes_nothing():
    results = []
    for count in (0, 1, 3):
        group = NeuronGroup(
            10,
            "dx/dt = (2 - x)/(7*ms) : 1\ndy/dt = (x - y)/(3*ms) : 1",
            threshold="y > 1",
            reset="x = 0.1*i; y = 0",
            events={"e": "x > 1"},
            name=f"G{count}",
        )
        monitors = [EventMonitor(group, "e", variables=["x", "y"], record=number != 1) for number in range(count)]
        Network(group, *monitors).run(50 * ms)
        results.append((group.x[:].tolist(), group.y[:].tolist()))
    assert results[0] == results[1] == results[2]


def test_a_monitor_that_is_not_active_skips_a_run(group):
    monitor = EventMonitor(group, "half")
    net = Network(group, monitor)
    net.run(0.75 * ms)
    monitor.active = False
    net.run(1.5 * ms)
    monitor.active = True
    net.run(0.5 * ms)
    assert monitor.i.tolist() == [3, 2, 3]


def test_a_monitor_says_what_it_is(group):
    monitor = record(group, "half", end=1.25)
    assert repr(monitor) == "<EventMonitor 'eventmonitor': 3 events of G>"


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "error", "expected"),
    [
        (
            ("full",),
            {},
            ArgumentError,
            "EventMonitor 'eventmonitor': group 'G' has no event 'full'; events are: 'spike', 'half'",
        ),
        (
            ("half",),
            dict(variables="y"),
            MissingError,
            "EventMonitor 'eventmonitor'.variables: G has no variable 'y'",
        ),
        (("half",), dict(variables=["x", "dt"]), ArgumentError, "'dt' has no value that could be recorded"),
        (("half",), dict(name="a b"), ArgumentError, "EventMonitor.name: expected a name of letters and digits"),
    ],
)
def test_what_cannot_be_recorded_is_refused(group, arguments, options, error, expected):
    with pytest.raises(error) as caught:
        EventMonitor(group, *arguments, **options)
    assert expected in str(caught.value)


def test_sources_without_events_are_refused():
    plain = NeuronGroup(1, "x : 1", name="P")
    with pytest.raises(ArgumentError, match="group 'P' has no event 'e'; events are: none"):
        EventMonitor(plain, "e")
    with pytest.raises(ArgumentError, match="group 'P' has no threshold and never fires"):
        EventMonitor(plain, "spike")
    with pytest.raises(WrongTypeError, match="EventMonitor: expected a group to record from, found 3"):
        EventMonitor(3, "e")


def test_what_was_not_recorded_is_named(group):
    monitor = record(group, "half", variables="x")
    with pytest.raises(ArgumentError, match="EventMonitor 'eventmonitor': 'k' was not recorded; recorded are t, x"):
        monitor.values("k")
    with pytest.raises(AttributeError, match="has no attribute or recorded variable 'k'"):
        monitor.k
    with pytest.raises(AttributeError, match=r"'variables' cannot be set \(only 'active' can\)"):
        monitor.variables = ("k",)
