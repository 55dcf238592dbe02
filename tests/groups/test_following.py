"""Linked variables that move in another group, which a group on the clock reads once a step."""

from __future__ import annotations

import numpy as np
import pytest

from eventsnn import Network, NeuronGroup, SpikeMonitor, StateMonitor, linked_var, ms, seed, start_scope
from eventsnn.errors import ArgumentError, NoExactSolutionError

pytestmark = pytest.mark.filterwarnings("ignore:group .* runs on the clock")

NAMES = {"tau": 10 * ms, "tau_input": 5 * ms}
COMMON = "dx/dt = -x/tau_input + (2/tau_input)**0.5*xi : 1"
NEURONS = """dv/dt = (0.9 + 0.5*I - v)/tau + 0.015*(2/tau)**0.5*xi : 1
I : 1 (linked)"""


def common_noise(pieces, n, line="x", common=COMMON):
    """Return what n neurons with one source of noise in common do, as in Brian's example 'reliability'."""
    start_scope()
    seed(1)
    source = NeuronGroup(1, common, name="source")
    group = NeuronGroup(n, NEURONS, threshold="v > 1", reset="v = 0", refractory=5 * ms, method="euler", name="group")
    group.v = "rand()"
    group.I = linked_var(source, line)
    spikes = SpikeMonitor(group)
    traces = StateMonitor(group, "I", record=True), StateMonitor(source, line, record=True)
    net = Network(source, group, spikes, *traces)
    for piece in pieces:
        net.run(piece * ms, namespace=NAMES)
    return (
        spikes.t_.tolist(),
        spikes.i[:].tolist(),
        np.asarray(traces[0].I),
        np.asarray(getattr(traces[1], line)),
        group,
    )


@pytest.mark.parametrize("n", [3, 20])
def test_neurons_have_noise_in_common(n):
    times, _, read, moved, group = common_noise([100], n)
    # both clocks tick together: what is read at a tick is what is there
    assert np.array_equal(read, np.repeat(moved, n, axis=0))
    assert len(times) > 2
    assert "method 'euler'" in str(group.explain(namespace=NAMES))


def test_what_is_followed_may_be_cut_anywhere():
    whole, pieces = common_noise([60], 12), common_noise([0.25, 3.5, 17.0625, 39.1875], 12)
    assert whole[:2] == pieces[:2]


def test_a_subexpression_of_what_moves_is_followed():
    _, _, read, moved, _ = common_noise([20], 4, "y", COMMON + "\ny = 2*x + 1 : 1")
    assert np.array_equal(read, np.repeat(moved, 4, axis=0))


def test_a_group_without_noise_follows_a_noisy_one_on_the_clock():
    start_scope()
    seed(2)
    source = NeuronGroup(3, COMMON, name="source")
    group = NeuronGroup(3, "dv/dt = (I - v)/tau : 1\nI : 1 (linked)", name="group")
    group.I = linked_var(source, "x")
    assert "its linked variable I is read once a step" in str(group.explain(namespace=NAMES))
    trace, moved = StateMonitor(group, "v", record=True), StateMonitor(source, "x", record=True)
    Network(source, group, trace, moved).run(5 * ms, namespace=NAMES)
    v = np.zeros(3)
    for x, found in zip(np.asarray(moved.x).T, np.asarray(trace.v).T, strict=True):
        # with an input that stands still in each step a step of rk4 is wrong by 0.01**5/120 of what decays
        assert found == pytest.approx(v, abs=1e-9)
        v = x + (v - x) * np.exp(-0.1 / 10)


def test_links_that_go_round_in_a_circle_are_refused():
    start_scope()
    model = "L : 1 (linked)\nout = 2*L : 1"
    first, second = NeuronGroup(1, model, name="first"), NeuronGroup(1, model, name="second")
    first.L = linked_var(second, "out")
    with pytest.raises(ArgumentError, match=r"second.L: its link to first.out leads back to itself"):
        second.L = linked_var(first, "out")
    with pytest.raises(ArgumentError, match="leads back to itself"):
        second.L = linked_var(second, "out")


def test_links_of_what_moves_may_go_round():
    start_scope()
    seed(3)
    model = "dx/dt = (0.5*L - x)/tau + 0.1*xi*tau**-0.5 : 1\nL : 1 (linked)"
    first, second = NeuronGroup(2, model, name="first"), NeuronGroup(2, model, name="second")
    first.L, second.L = linked_var(second, "x"), linked_var(first, "x")
    Network(first, second).run(2 * ms, namespace=NAMES)
    assert np.all(np.asarray(first.x) != 0)


def test_exact_groups_do_not_follow():
    start_scope()
    source = NeuronGroup(1, "dx/dt = -x/tau : 1")
    group = NeuronGroup(2, "dv/dt = (I - v)/tau : 1\nI : 1 (linked)")
    group.I = linked_var(source, "x")
    with pytest.raises(NoExactSolutionError, match="'x' changes continuously.*let one of the groups run on the clock"):
        Network(source, group).run(1 * ms, namespace=NAMES)
