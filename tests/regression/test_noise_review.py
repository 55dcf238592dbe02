"""Faults that a review of noise on the clock found."""

from __future__ import annotations

import numpy as np
import pytest

from eventsnn import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    defaultclock,
    linked_var,
    ms,
    seed,
    start_scope,
)
from eventsnn.engine import bulk
from eventsnn.errors import EndlessSpikingError

pytestmark = pytest.mark.filterwarnings("ignore:group .* runs on the clock")

OWN = """dv/dt = -v/tau + s*xi*ms**-0.5 : 1
tau : second
s : 1"""


def own_laws(n=40):
    """Return neurons of which each moves by a law of its own, drawn exactly."""
    group = NeuronGroup(n, OWN, threshold="v > 3", reset="v = 0", method="exact", name="noisy")
    group.tau, group.s = np.linspace(2, 20, n) * ms, np.linspace(0.1, 1, n)
    return group


@pytest.mark.parametrize("at", [0.2, 0.25])
def test_inputs_reach_the_same_neurons_in_whatever_order(at):
    values = []
    for step in (1, -1):
        start_scope()
        seed(5)
        group = own_laws()
        source = SpikeGeneratorGroup(40, np.arange(40), np.full(40, at) * ms, name="inputs")
        kicks = Synapses(source, group, on_pre="v_post += 0.5", name="kicks")
        kicks.connect(i=np.arange(40), j=np.arange(40)[::step])
        Network(group, source, kicks).run(2 * ms)
        values.append(group.v[:].tolist())
    assert values[0] == values[1]


def test_neurons_are_read_in_the_order_that_is_asked_for():
    start_scope()
    seed(5)
    group = own_laws()
    Network(group).run(1.03 * ms)
    whole, order = np.asarray(group.v), np.arange(40)[::-1]
    assert np.asarray(group.v[order.tolist()]).tolist() == whole[order].tolist()
    assert np.asarray(group.v[[3] * 40]).tolist() == [whole[3]] * 40


@pytest.mark.parametrize("dt", [0.1, 0.5])
@pytest.mark.parametrize(
    "model",
    ["dv/dt = (u - v)/(10*ms) : 1\ndu/dt = -u/(5*ms) + xi*ms**-0.5 : 1", "dv/dt = -v/(10*ms) + 0.25*xi*ms**-0.5 : 1"],
)
def test_who_fires_stands_beyond_threshold(model, dt):
    start_scope()
    seed(3)
    # a neuron that is refractory for as long as it is above threshold must be found there
    options = dict(threshold="v > 0.5", refractory="v > 0.5", method="exact", dt=dt * ms)
    group = NeuronGroup(60, model, **options)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(40 * ms)
    steps = monitor.t_ / (dt * 1e-3)
    assert len(monitor) > 20
    assert not np.any(np.abs(steps - np.round(steps)) < 1e-9)


def test_noise_passes_a_threshold_on_which_it_begins():
    start_scope()
    seed(1)
    options = dict(threshold="v > 1", reset="v = -1000", method="exact")
    group = NeuronGroup(200, "dv/dt = -5/ms + xi*ms**-0.5 : 1", **options)
    group.v = 1
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(0.5 * ms)
    assert monitor.t_.tolist() == [0.0] * 200


@pytest.mark.parametrize("change", ["none", "state", "parameter", "seed"])
def test_what_is_followed_is_read_where_a_run_begins(change):
    start_scope()
    source = NeuronGroup(1, "dx/dt = 1/ms : 1", method="clocked_euler")
    group = NeuronGroup(2, "dv/dt = x/ms + 0*p/ms : 1\nx : 1 (linked)\np : 1", method="clocked_euler")
    group.x = linked_var(source, "x")
    net = Network(source, group)
    net.run(0.5 * ms)
    if change == "state":
        group.v = group.v[:]
    elif change == "parameter":
        group.p = 5
    elif change == "seed":
        seed(8)
    net.run(0.6 * ms)
    # the sum of 0, 0.1, ... 1.0, times a step
    assert np.asarray(group.v) == pytest.approx([0.55, 0.55], rel=1e-12)


def test_asking_for_an_explanation_changes_no_draw():
    values = []
    for asks in (False, True):
        start_scope()
        seed(4)
        group = NeuronGroup(3, "dv/dt = -v/(10*ms) + xi*ms**-0.5 : 1", name="noisy")
        net = Network(group)
        if asks:
            group.explain()
        net.run(1 * ms)
        if asks:
            defaultclock.dt = 0.2 * ms
            group.explain()
            defaultclock.dt = 0.1 * ms
        net.run(1 * ms)
        values.append(group.v[:].tolist())
    assert values[0] == values[1]


def test_a_negated_refractory_condition_may_name_dt():
    start_scope()
    options = dict(threshold="v > 1", reset="v = 0", refractory="not (t - lastspike > 5*dt)")
    group = NeuronGroup(1, "dv/dt = 2/ms : 1", **options)
    assert "the refractory condition names dt" in str(group.explain())


def test_a_threshold_that_resets_move_is_followed_by_exact_steps():
    counts = []
    for threshold in ("v > theta", "v > 2*theta/2"):
        start_scope()
        seed(1)
        group = NeuronGroup(
            40,
            "dv/dt = (1.3 - v)/(2*ms) + 0.5*xi*(2*ms)**-0.5 : 1\ntheta : 1",
            threshold=threshold,
            reset="v = 0; theta = 1.6 - theta",
            method="exact",
            dt=1 * ms,
            name="noisy",
        )
        group.theta = 0.4
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(60 * ms)
        counts.append(monitor.num_spikes)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("fresh", [False, True])
def test_a_group_with_exact_steps_and_without_refractoriness_is_restored(fresh):
    start_scope()
    seed(1)
    options = dict(threshold="v > 1", reset="v = 0", method="exact")
    group = NeuronGroup(3, "dv/dt = (1 - v)/(5*ms) + 0.5*xi*(5*ms)**-0.5 : 1", **options)
    net = Network(group)
    net.run(1.03 * ms)
    net.store()
    net.run(3 * ms)
    after = group.v[:].tolist()
    net.restore(restore_random_state=not fresh)
    net.run(3 * ms)
    assert (group.v[:].tolist() == after) is not fresh


@pytest.mark.parametrize("n", [1, 12])
def test_who_comes_to_a_tick_by_the_end_of_its_period_follows_from_there(n):
    def values(pieces):
        start_scope()
        seed(1)
        source = NeuronGroup(1, "dx/dt = -x/(5*ms) + xi*ms**-0.5 : 1", name="source")
        options = dict(threshold="v > 1", reset="v = 0", refractory=0.1 * ms, method="clocked_euler", name="group")
        group = NeuronGroup(n, "dv/dt = (I - v)/(5*ms) : 1\nI : 1 (linked)", **options)
        group.v = 2
        group.I = linked_var(source, "x")
        net = Network(source, group)
        for piece in pieces:
            net.run(piece * ms)
        return group.v[:].tolist()

    assert values([0.5]) == values([0.125, 0.375])


def test_links_are_followed_along_a_chain():
    start_scope()
    noisy = NeuronGroup(1, "dx/dt = -x/(5*ms) + xi*ms**-0.5 : 1")
    middle = NeuronGroup(1, "dv/dt = (u - v)/(5*ms) : 1\nu : 1 (linked)")
    last = NeuronGroup(2, "dw/dt = (s - w)/(5*ms) : 1\ns : 1 (linked)")
    middle.u, last.s = linked_var(noisy, "x"), linked_var(middle, "v")
    Network(noisy, middle, last).run(2 * ms)
    assert np.all(np.asarray(last.w) != 0)


def test_a_leap_waits_until_somebody_has_looked_ahead(monkeypatch):
    # every run that begins at a tick of the timed code takes that tick before it looks for anything else
    for name in ("WORTH_LEAPING", "WORTH_LOADING", "WORTH_COMPILING"):
        monkeypatch.setattr(bulk, name, 0.0)
    start_scope()
    seed(1)
    group = NeuronGroup(20, "dv/dt = -v/(5*ms) + 0.2*xi*(5*ms)**-0.5 : 1")
    group.run_regularly("v *= 0.9", dt=2 * ms)
    net = Network(group)
    net.run(4 * ms)
    net.run(4 * ms)
    assert np.all(np.isfinite(group.v))


def test_noise_that_is_reset_next_to_the_threshold_ends_in_an_error():
    start_scope()
    seed(1)
    options = dict(threshold="v > 1", reset="v = 1 - 1e-7", method="exact", name="noisy")
    group = NeuronGroup(1, "dv/dt = (1.1 - v)/(5*ms) + 0.5*xi*(5*ms)**-0.5 : 1", **options)
    with pytest.raises(EndlessSpikingError, match="neuron 0 of group 'noisy' fired 1000 times in one step of 0.1 ms"):
        Network(group).run(20 * ms)
