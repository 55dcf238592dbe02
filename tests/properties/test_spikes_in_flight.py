"""What is true of every network: no spike is lost, and it matters neither where a run is cut nor when it begins."""

from dataclasses import replace

import numpy as np
import pytest
from exponentials import Undecided
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from laws import run_until
from network_oracle import Cell, Input, Synapse, V
from networks import Wiring, currents, delta, exactly, off_grid

from eventsnn import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, second

END = 40.0
SEEDS = st.integers(0, 2**32)
#: Times that are the same doubles inside: any, and such that meet.
TIMES = st.one_of(st.floats(0.0, END).filter(lambda t: exactly(t) is not None), st.integers(0, 80).map(lambda k: k / 2))
CUTS = st.lists(TIMES.filter(lambda t: t < END), max_size=5, unique=True).map(sorted)


def quiet(rng, n=12):
    """Draw neurons that fire only when they are kicked, without any two events at one instant."""
    cells = tuple(Cell(20.0, 0.5, 1.0, start=0.5, refractory=1.5) for _ in range(n))
    synapses = [
        Synapse(i, j, V, float(rng.uniform(-0.2, 0.5)), off_grid(rng, 0.1, 5.0))
        for i in range(n)
        for j in rng.permutation(n)[:4].tolist()
    ]
    inputs = [Input(off_grid(rng, 1.0, END), int(rng.integers(n)), V, float(rng.uniform(0.1, 0.8))) for _ in range(60)]
    return Wiring(cells, tuple(synapses), tuple(inputs))


# --- no spike is lost -------------------------------------------------------------------------------------------------


@given(
    st.lists(st.lists(TIMES, max_size=6, unique=True), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), TIMES), min_size=1, max_size=12),
    CUTS,
    st.booleans(),
)
def test_each_spike_reaches_each_target_once_for_each_synapse(trains, wires, cuts, through_relays):
    n = len(trains)
    wires = [(i % n, j, d) for i, j, d in wires]
    sent = [(i, t) for i, train in enumerate(trains) for t in train]
    generator = SpikeGeneratorGroup(n, [i for i, _ in sent], np.array([float(exactly(t)) for _, t in sent]) * second)
    source, parts = generator, [generator]
    if through_relays:
        source = NeuronGroup(n, "v : 1", threshold="v > 0.5", reset="v = 0")
        relay = Synapses(generator, source, on_pre="v_post += 1")
        relay.connect(j="i")
        parts += [source, relay]
    target = NeuronGroup(3, "n : 1")
    wiring = Synapses(source, target, "c : 1", on_pre="c += 1; n_post += 1")
    wiring.connect(i=np.array([i for i, _, _ in wires]), j=np.array([j for _, j, _ in wires]))
    wiring.delay = np.array([float(exactly(d)) for _, _, d in wires]) * second
    network = Network(*parts, target, wiring)
    for end in [*cuts, END]:
        run_until(network, end)
        expected = [sum(t + d < end for t in trains[i]) for i, _, d in wires]
        assert np.asarray(wiring.c).tolist() == expected
        assert np.asarray(target.n).tolist() == [
            sum(c for (_, j, _), c in zip(wires, expected, strict=True) if j == k) for k in range(3)
        ]


@given(SEEDS, CUTS)
def test_what_a_network_sends_itself_arrives(seed, cuts):
    # a counter beside each neuron hears what the neuron hears: as many as were sent in time
    wiring = delta(np.random.default_rng(seed))
    network, group, monitor = wiring.build()
    count = NeuronGroup(len(wiring.cells), "n : 1", name="count")
    ears = Synapses(group, count, on_pre="n_post += 1", name="ears")
    ears.connect(i=np.array([s.source for s in wiring.synapses]), j=np.array([s.target for s in wiring.synapses]))
    ears.delay = np.array([s.delay for s in wiring.synapses]) * 1e-3 * second
    network.add(count, ears)
    for end in [*cuts, END]:
        run_until(network, end)
    spikes = list(zip(monitor._record.time_array().tolist(), monitor.i.tolist(), strict=True))
    expected = [
        sum(t + s.delay < END for s in wiring.synapses if s.target == k for t, i in spikes if i == s.source)
        for k in range(len(wiring.cells))
    ]
    assert np.asarray(count.n).tolist() == expected


# --- where a run is cut -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [delta, currents])
@given(SEEDS, CUTS)
def test_cutting_a_run_with_spikes_in_flight_changes_no_bit(draw, seed, cuts):
    wiring = draw(np.random.default_rng(seed))
    assert wiring.run(*cuts, END) == wiring.run(END)


@pytest.mark.parametrize("draw", [delta, currents])
@given(SEEDS, st.data())
def test_cutting_a_run_exactly_at_spikes_and_arrivals_changes_no_bit(draw, seed, data):
    wiring = draw(np.random.default_rng(seed))
    whole = wiring.run(END)
    assume(whole.times)
    events = [
        t + s.delay for t, i in zip(whole.times, whole.neurons, strict=True) for s in wiring.synapses if s.source == i
    ]
    events += [x for t in events for x in (np.nextafter(t, 0.0), np.nextafter(t, 100.0))]
    cuts = data.draw(st.lists(st.sampled_from([float(t) for t in events if 0 < t < END]), max_size=5, unique=True))
    assert wiring.run(*sorted(cuts), END) == whole


@given(SEEDS)
def test_a_longer_run_begins_with_the_shorter_one(seed):
    wiring = delta(np.random.default_rng(seed))
    short, long = wiring.run(END / 2), wiring.run(END)
    m = len(short.times)
    assert (long.times[:m], long.neurons[:m]) == (short.times, short.neurons)
    assert all(t >= END / 2 for t in long.times[m:])


@given(SEEDS)
def test_looking_and_recording_change_no_bit(seed):
    wiring = currents(np.random.default_rng(seed))
    whole = wiring.run(END)
    network, group, monitor = wiring.build()
    network.add(SpikeMonitor(group, variables=["v", "g1"], name="more"))
    for end in (END / 3, END / 2, END):
        run_until(network, end)
        np.asarray(group.v), np.asarray(group.g1), monitor.count
    assert monitor._record.time_array().tolist() == whole.times
    assert np.asarray(group.v).tolist() == whole.states["v"]


@given(SEEDS, SEEDS)
def test_a_network_does_not_notice_another_beside_it(seed, other):
    alone = delta(np.random.default_rng(seed)).run(END)
    network, group, monitor = delta(np.random.default_rng(seed)).build()
    beside = NeuronGroup(5, "dv/dt = (I - v)/(7*ms) : 1\nI : 1", threshold="v > 1", reset="v = 0", name="beside")
    beside.I = np.random.default_rng(other).uniform(1.1, 3.0, 5)
    loop = Synapses(beside, beside, on_pre="v_post -= 0.25", name="aaa")
    loop.connect()
    loop.delay = "j*0.5*ms"
    network.add(beside, loop)
    run_until(network, END)
    assert (monitor._record.time_array().tolist(), monitor.i.tolist()) == (alone.times, alone.neurons)
    assert np.asarray(group.v).tolist() == alone.states["v"]


# --- when it begins, and how it is numbered ---------------------------------------------------------------------------


@settings(max_examples=20)  # the oracle takes its time
@given(SEEDS, st.sampled_from([0.0371, 0.1, 7.0, 123.456789]))
def test_moving_all_inputs_moves_all_spikes(seed, shift):
    wiring = quiet(np.random.default_rng(seed))
    moved = replace(wiring, inputs=tuple(i._replace(time=round(i.time + shift, 6)) for i in wiring.inputs))
    try:
        truth, later = wiring.truth(most=60), moved.truth(most=60)
    except Undecided:
        assume(False)
    assume(truth)
    a, b = wiring.run(float(truth[-1].time) + 1e-3), moved.run(float(later[-1].time) + 1e-3)
    assert a.neurons == b.neurons
    for x, y, s, t in zip(a.times, b.times, truth, later, strict=True):
        # either may be off by its slack; and so, by as much again, may be the truth itself, since the moved decimals
        # are rounded anew
        assert abs(y - x - shift) <= 2 * (s.slack + t.slack)


@given(SEEDS, st.permutations(range(12)))
def test_renumbering_neurons_renumbers_spikes(seed, order):
    wiring = quiet(np.random.default_rng(seed))
    # neuron k of the first is neuron order[k] of the second
    other = replace(
        wiring,
        synapses=tuple(s._replace(source=order[s.source], target=order[s.target]) for s in wiring.synapses),
        inputs=tuple(i._replace(target=order[i.target]) for i in wiring.inputs),
    )
    first, second_ = wiring.run(END), other.run(END)
    assert second_.times == first.times
    assert second_.neurons == [order[k] for k in first.neurons]
    assert [second_.states["v"][order[k]] for k in range(12)] == first.states["v"]
