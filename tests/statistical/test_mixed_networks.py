"""A network of exact and of noisy neurons that excite and inhibit each other: the same however its run is cut."""

from __future__ import annotations

import numpy as np
import pytest

from eventsnn import Network, NeuronGroup, SpikeMonitor, Synapses, ms, seed, start_scope

pytestmark = pytest.mark.filterwarnings("ignore:group .* runs on the clock")


def mixed(scale, dt, method):
    """Return the network of 4*scale exact excitatory and scale noisy inhibitory neurons, and its monitors."""
    start_scope()
    seed(401)
    exact = NeuronGroup(
        4 * scale,
        """dv/dt = (1.15 - v + g)/(20*ms) : 1 (unless refractory)
        dg/dt = -g/(5*ms) : 1""",
        threshold="v > 1",
        reset="v = 0",
        refractory=2 * ms,
        name="excitatory",
    )
    noisy = NeuronGroup(
        scale,
        """dv/dt = (0.9 - v)/(10*ms) + 0.4*xi*(10*ms)**-0.5 : 1 (unless refractory)
        drive : 1""",
        threshold="v > 1",
        reset="v = 0",
        refractory=1.37 * ms,
        method=method,
        dt=dt * ms,
        name="inhibitory",
    )
    exact.v = "rand()"
    noisy.v = "rand()"
    synapses = []
    # each neuron gets in all as much, however large the network
    for source, target, effect, weight, delay in (
        (exact, noisy, "v_post +=", 0.24, 0.73),
        (noisy, exact, "g_post -=", 1.6, 1.1),
        (noisy, noisy, "v_post -=", 0.4, 0.0),
    ):
        name = f"{source.name}_to_{target.name}"
        synapses.append(Synapses(source, target, on_pre=f"{effect} {weight / scale}", delay=delay * ms, name=name))
        synapses[-1].connect(p=0.2)
    monitors = [SpikeMonitor(group, name=f"spikes_of_{group.name}") for group in (exact, noisy)]
    return Network(exact, noisy, *synapses, *monitors), (exact, noisy), monitors


def outcome(groups, monitors):
    spikes = [(np.asarray(m.t_).tolist(), m.i[:].tolist()) for m in monitors]
    return spikes, [np.asarray(group.v).tolist() for group in groups]


@pytest.mark.parametrize("method", ["euler", "heun"])
@pytest.mark.parametrize(
    "scale, duration, cuts",
    [pytest.param(8, 60, 9, id="short"), pytest.param(100, 500, 60, id="long", marks=pytest.mark.statistical)],
)
def test_a_mixed_network_is_the_same_however_it_is_cut(scale, duration, cuts, method):
    net, groups, monitors = mixed(scale, 0.5, method)
    net.run(duration * ms)
    whole = outcome(groups, monitors)
    assert all(len(monitor) > scale for monitor in monitors)
    net, groups, monitors = mixed(scale, 0.5, method)
    # in 64ths, whose sums are exact: on ticks and off them
    places = np.sort(np.random.default_rng(9).choice(64 * duration - 1, cuts, replace=False) + 1) / 64
    for piece in np.diff([0, *places, duration]):
        net.run(piece * ms)
        # to look is no event
        groups[1].v[:]
    assert outcome(groups, monitors) == whole


def test_a_mixed_network_goes_on_from_a_checkpoint_bit_for_bit():
    net, groups, monitors = mixed(8, 0.5, "euler")
    net.run(17.3 * ms)
    net.store()
    net.run(30 * ms)
    first = outcome(groups, monitors)
    net.restore(restore_random_state=True)
    net.run(30 * ms)
    assert outcome(groups, monitors) == first
