"""store() and restore(): the state comes back whole, here or in another process, bit for bit or with fresh noise."""

from __future__ import annotations

import gc
import json
import math
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import stored_networks
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import run_until, spikes
from scipy import stats
from stored_networks import KINDS, outcome
from strategies import grid

import eventsnn
from eventsnn import (
    CheckpointError,
    DeadTimePoissonGroup,
    GammaGroup,
    Hz,
    MagicError,
    MissingError,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PulsePacketGroup,
    RegularGroup,
    SimulationError,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    magic_network,
    ms,
    restore,
    run,
    second,
    seed,
    start_scope,
    store,
)
from eventsnn.simulation import checkpoint_files

END = 35.0

pytestmark = pytest.mark.filterwarnings("ignore::eventsnn.ExactnessNote")


@pytest.fixture(autouse=True)
def _scope():
    start_scope()
    yield
    start_scope()


def uninterrupted(kind, number=1):
    network = KINDS[kind](number)
    run_until(network, END)
    return outcome(network)


# --- the same again, bit for bit --------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0.0, 13.0, 20.0, 11.37])
@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_network_goes_on_bit_for_bit(kind, at, tmp_path):
    network = KINDS[kind](1)
    run_until(network, at)
    network.store()
    network.store(filename=tmp_path / "state.evsnn")
    truth = uninterrupted(kind)
    # twice from memory, then in another network that has run, too
    for again in range(2):
        network.restore(restore_random_state=True)
        assert network.now == at
        run_until(network, END)
        assert outcome(network) == truth, again
    other = KINDS[kind](1)
    run_until(other, 7.7)
    other.restore(filename=tmp_path / "state.evsnn", restore_random_state=True)
    run_until(other, END)
    assert outcome(other) == truth


@settings(max_examples=25)
@given(st.sampled_from(sorted(KINDS)), grid, st.integers(0, 50))
def test_whenever_it_is_stored(tmp_path_factory, kind, at, number):
    file = tmp_path_factory.getbasetemp() / "whenever.evsnn"
    try:
        truth = uninterrupted(kind, number)
    except eventsnn.EndlessSpikingError:
        return
    network = KINDS[kind](number)
    run_until(network, min(at, END))
    network.store(filename=file)
    other = KINDS[kind](number)
    other.restore(filename=file, restore_random_state=True)
    run_until(other, END)
    assert outcome(other) == truth


@pytest.mark.parametrize("kind", ["everything", "stimuli", "plastic", "events"])
def test_stored_exactly_at_a_spike(kind):
    network = KINDS[kind](2)
    run_until(network, END)
    truth = outcome(network)
    times = {t for thing in network if isinstance(thing, SpikeMonitor) and thing.record for t in spikes(thing)[0]}
    for t in sorted(times)[3 :: len(times) // 4]:
        for at in (t, float(np.nextafter(t, END))):
            network = KINDS[kind](2)
            run_until(network, at)
            network.store()
            run_until(network, END)
            network.restore(restore_random_state=True)
            run_until(network, END)
            assert outcome(network) == truth


@pytest.mark.parametrize("kind", KINDS)
def test_another_process_goes_on_bit_for_bit(kind, tmp_path):
    file = tmp_path / "state.evsnn"
    network = KINDS[kind](3)
    run_until(network, 14.2)
    network.store(filename=file)
    script = Path(stored_networks.__file__)
    root = Path(eventsnn.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), kind, "3", str(file), str(END)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == uninterrupted(kind, 3)


def test_a_run_that_was_stopped_between_rounds_of_one_instant():
    network = KINDS["everything"](5)
    calls = iter(range(10**9))
    network.run(20 * ms, report=lambda *_: next(calls) == 3 and network.stop(), report_period=0 * second)
    network.store()
    run_until(network, END)
    truth = outcome(network)
    network.restore(restore_random_state=True)
    run_until(network, END)
    assert outcome(network) == truth


def test_a_state_stored_by_a_network_operation_is_that_of_a_cut():
    network = KINDS["plastic"](1)
    network.at(13.3 * ms, lambda: network.store())
    run_until(network, END)
    truth = outcome(network)
    network.restore(restore_random_state=True)
    assert network.now == 13.3
    run_until(network, END)
    assert outcome(network) == truth


def test_restoring_in_the_course_of_a_run_is_refused():
    G = NeuronGroup(1, "v : 1")
    network = Network(G)
    network.store()
    network.at(1 * ms, lambda: network.restore())
    with pytest.raises(SimulationError, match="its time would jump"):
        network.run(2 * ms)


def test_storing_in_a_report_function_is_refused():
    G = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0")
    network = Network(G)
    with pytest.raises(SimulationError, match="not while the network runs"):
        network.run(2000 * ms, report=lambda *_: network.store(), report_period=0 * second)


# --- what belongs to a state ------------------------------------------------------------------------------------------


def test_names_hold_states_apart():
    G = NeuronGroup(1, "v : 1")
    network = Network(G)
    for name, value in (("one", 1), ("two", 2), ("default", 3)):
        G.v = value
        network.store(name)
        network.run(1 * ms)
    for name, value in (("two", 2), ("one", 1), ("two", 2)):
        network.restore(name)
        assert (G.v[0], network.now) == (value, {"one": 0, "two": 1}[name])
    with pytest.raises(MissingError, match="no state 'three' was stored; known names are 'one', 'two', 'default'"):
        network.restore("three")
    with pytest.raises(KeyError, match="nothing was stored yet"):
        Network(name="empty").restore()


def test_what_is_assigned_after_the_store_is_undone():
    G = NeuronGroup(2, "dv/dt = -v/(10*ms) : 1\nI : 1\nn : integer\nb : boolean", threshold="v > 1", reset="v = 0")
    P, H = PoissonGroup(2, 10 * Hz), SpikeGeneratorGroup(2, [0], [1] * ms)
    S = Synapses(G, G, "w : 1", on_pre="v_post += w")
    S.connect(i=[0, 1], j=[1, 0])
    M = SpikeMonitor(G)
    network = Network(G, P, H, S, M)
    G.v, G.I, G.n, G.b, S.w, S.delay = 0.5, 2, 3, True, 0.3, 1.5 * ms
    network.run(3 * ms)
    before = network.get_states()
    network.store()
    G.v, G.I, G.n, G.b, P.rates, S.w, S.delay = 0, 0, 0, False, 7 * Hz, 9, [2, 3] * ms
    S.connect(i=0, j=0)
    H.set_spikes([1, 1], [20, 21] * ms)
    S.pre.active, S.pre.order, M.active, P.active = False, 3, False, False
    G.lastspike = 1 * ms
    network.restore()
    assert str(network.get_states()) == str(before)
    assert (len(S), S.pre.active, S.pre.order, M.active, P.active) == (2, True, -1, True, True)
    assert list(H.spike_time / ms) == [1.0]


def test_synapses_that_were_not_connected_are_so_again():
    G = NeuronGroup(3, "v : 1")
    S = Synapses(G, G, "w : 1")
    M = Network(G, S)
    M.store()
    S.connect()
    S.w = 1
    M.restore()
    assert len(S) == 0
    S.connect(i=0, j=1)
    assert S.w[:] == [0.0]


def test_connect_is_undone_under_a_monitor_of_synapses():
    G = NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0")
    S = Synapses(G, G, "w : 1", on_pre="v_post += w")
    S.connect(i=0, j=1)
    M = StateMonitor(S, "w", record=True, dt=1 * ms)
    network = Network(G, S, M)
    network.run(2 * ms)
    network.store()
    S.connect(i=1, j=2)
    network.run(2 * ms)
    network.restore()
    assert len(S) == 1
    network.run(3 * ms)
    assert M.w.shape == (1, 5)


def test_spikes_on_their_way_arrive_again():
    H = SpikeGeneratorGroup(1, [0], [1] * ms)
    G = NeuronGroup(2, "v : 1")
    S = Synapses(H, G, on_pre="v_post += 1")
    S.connect()
    S.delay = [5, 7] * ms
    network = Network(H, G, S)
    network.run(3 * ms)
    network.store()
    for _ in range(2):
        network.run(4 * ms)
        assert G.v[:].tolist() == [1.0, 0.0]
        network.run(4 * ms)
        assert G.v[:].tolist() == [1.0, 1.0]
        network.restore()


def test_monitors_hold_what_they_held():
    G = NeuronGroup(1, "dv/dt = 1/(3*ms) : 1", threshold="v > 1", reset="v = 0")
    M, T = SpikeMonitor(G), StateMonitor(G, "v", record=True)
    network = Network(G, M, T)
    network.run(10 * ms)
    network.store()
    at_store = M.t[:], T.v[:]
    network.run(10 * ms)
    assert (len(M), T.v.shape) == (6, (1, 200))
    network.restore()
    assert np.array_equal(M.t, at_store[0]) and np.array_equal(T.v, at_store[1])
    network.run(10 * ms)
    assert (len(M), T.v.shape) == (6, (1, 200))
    assert np.allclose(T.at([4.5, 13.5] * ms, "v"), 0.5)


def test_constants_are_looked_up_anew():
    G = NeuronGroup(1, "dv/dt = 1/tau : 1", threshold="v > 1", reset="v = 0")
    M = SpikeMonitor(G)
    network = Network(G, M)
    tau = 10 * ms
    network.run(15 * ms)
    network.store()
    found = []
    for tau in [10, 20] * ms:  # noqa: B007
        network.restore()
        # up to here it moves as it did
        assert math.isclose(G.v[0], 0.5)
        network.run(20 * ms)
        found.append((M.t / ms).round(6).tolist())
    assert found == [[10.0, 20.0, 30.0], [10.0, 25.0]]


def test_a_file_written_with_another_constant_keeps_the_past(tmp_path):
    file = tmp_path / "x.evsnn"

    def make(tau):
        start_scope()
        G = NeuronGroup(1, "dv/dt = -v/tau : 1", namespace={"tau": tau})
        return G, Network(G)

    G, network = make(10 * ms)
    G.v = 1
    network.run(10 * ms)
    network.store(filename=file)
    G, network = make(5 * ms)
    network.restore(filename=file)
    assert math.isclose(G.v[0], math.exp(-1))
    network.run(10 * ms)
    assert math.isclose(G.v[0], math.exp(-3))


def test_custom_events_know_whether_their_condition_held():
    G = NeuronGroup(1, "dv/dt = 1/(10*ms) : 1", events={"high": "v > 0.5"})
    M = eventsnn.EventMonitor(G, "high")
    network = Network(G, M)
    network.run(7 * ms)
    network.store()
    G.v = 0
    network.run(7 * ms)
    assert len(M) == 2
    network.restore()
    network.run(7 * ms)
    assert len(M) == 1


def test_an_appointment_that_was_switched_off_since_is_on_again():
    seen = []
    network = Network(NeuronGroup(1, "v : 1"))
    appointment = network.at(2 * ms, lambda: seen.append(network.now))
    network.store()
    appointment.active = False
    network.restore()
    network.run(3 * ms)
    assert seen == [2.0]


def test_appointments_are_to_come_again(tmp_path):
    seen = []
    G = NeuronGroup(1, "v : 1")

    def make():
        network = Network(G)
        network.at([2, 5] * ms, lambda: seen.append(network.now))
        return network

    network = make()
    network.run(3 * ms)
    network.store()
    network.store(filename=tmp_path / "x.evsnn")
    network.run(3 * ms)
    network.restore()
    network.run(3 * ms)
    assert seen == [2.0, 5.0, 5.0]
    network.remove(G)
    network = make()
    network.restore(filename=tmp_path / "x.evsnn")
    network.run(3 * ms)
    assert seen == [2.0, 5.0, 5.0, 5.0]
    network.remove(G)
    network = Network(G)
    with pytest.raises(CheckpointError, match=r"at t = 5 ms is part of the file and not of the network"):
        network.restore(filename=tmp_path / "x.evsnn")


# --- the magic network ------------------------------------------------------------------------------------------------


def test_the_loop_of_brians_third_tutorial():
    num_inputs, input_rate = 100, 10 * Hz
    tau_range = np.linspace(1, 10, 4) * ms
    rates = {}
    for times in range(2):
        start_scope()
        seed(7)
        P = PoissonGroup(num_inputs, rates=input_rate)
        G = NeuronGroup(1, "dv/dt = -v/tau : 1", threshold="v>1", reset="v=0", method="exact")
        S = Synapses(P, G, on_pre="v += 0.1")
        S.connect()
        M = SpikeMonitor(G)
        store()
        rates[times] = []
        for tau in tau_range:  # noqa: B007
            restore()
            run(1 * second)
            rates[times].append(M.num_spikes / second)
    assert rates[0] == rates[1]
    assert rates[0] == sorted(rates[0]) and rates[0][0] < rates[0][-1]


def test_train_once_and_test_many_times():
    G = NeuronGroup(1, "dw/dt = 1/(10*ms) : 1\nx : 1")
    run(10 * ms)
    store("trained")
    for trial in range(3):
        restore("trained")
        assert magic_network.t == 10 * ms and G.x[0] == 0
        G.x = trial + 1
        run(5 * ms)
        assert math.isclose(G.w[0], 1.5)


def test_a_new_process_restores_before_it_has_run(tmp_path):
    file = tmp_path / "x.evsnn"

    def make():
        start_scope()
        G = NeuronGroup(1, "dv/dt = 1/(10*ms) : 1", threshold="v > 1", reset="v = 0", name="G")
        return G, SpikeMonitor(G, name="M")

    G, M = make()
    run(15 * ms)
    store(filename=file)
    G, M = make()
    restore(filename=file)
    run(10 * ms)
    assert magic_network.t == 25 * ms
    assert (M.t / ms).tolist() == [10.0, 20.0]
    assert math.isclose(G.v[0], 0.5)


def test_storing_before_the_first_run_binds_nothing():
    G = NeuronGroup(1, "v : 1")
    store()
    H = NeuronGroup(1, "v : 1")
    run(1 * ms)
    assert set(magic_network.objects) == {G, H}
    with pytest.raises(
        CheckpointError, match="NeuronGroup 'neurongroup_1' is part of the network and not of the store"
    ):
        restore()


def test_level_reaches_the_objects_of_the_caller():
    G = NeuronGroup(1, "v : 1")

    def keep():
        store(level=1)

    def back():
        restore(level=1)

    keep()
    G.v = 1
    run(1 * ms)
    back()
    assert G.v[0] == 0
    with pytest.raises(MagicError, match=r"store\(\): found nothing"):
        _store_nothing()


def _store_nothing():
    store()


# --- randomness -------------------------------------------------------------------------------------------------------

SOURCES = {
    "poisson": lambda: PoissonGroup(3, 300 * Hz),
    "changing": lambda: PoissonGroup(3, "(1 + sin(2*pi*5*Hz*t))*300*Hz"),
    "gamma": lambda: GammaGroup(3, 300 * Hz, shape=4),
    "dead": lambda: DeadTimePoissonGroup(3, 300 * Hz, dead_time=1 * ms),
    "packets": lambda: PulsePacketGroup(20, [20, 30] * ms, spikes=10, sigma=5 * ms),
    "correlated": lambda: eventsnn.CorrelatedPoissonGroup(3, rate=300 * Hz, c=0.3),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_each_restore_brings_fresh_noise_and_the_past_stays(kind):
    seed(3)
    source = SOURCES[kind]()
    M = SpikeMonitor(source)
    network = Network(source, M)
    network.run(20 * ms)
    network.store()
    past = spikes(M)
    network.run(30 * ms)
    found = [spikes(M)]
    for _ in range(3):
        network.restore()
        network.run(30 * ms)
        found.append(spikes(M))
    n = len(past[0])
    assert n and all((times[:n], who[:n]) == past for times, who in found)
    # not one spike to come is the same, that which was drawn ahead included
    for k, (times, _) in enumerate(found):
        for others, _ in found[:k]:
            assert not set(times[n:]) & set(others[n:])


def test_fresh_noise_follows_from_the_seed():
    def trials():
        start_scope()
        seed(4)
        P = PoissonGroup(2, 300 * Hz)
        G = NeuronGroup(2, "v : 1")
        M = SpikeMonitor(P)
        network = Network(P, G, M)
        network.run(10 * ms)
        network.store()
        found = []
        for _ in range(3):
            network.restore()
            G.v = "rand()"
            network.run(10 * ms)
            found.append((spikes(M), G.v[:].tolist(), np.random.rand()))
        return found

    assert trials() == trials()


def test_a_seed_after_restore_decides_all_that_comes():
    P, Q = PoissonGroup(2, 300 * Hz), GammaGroup(2, 300 * Hz, shape=3)
    M, N = SpikeMonitor(P), SpikeMonitor(Q)
    network = Network(P, Q, M, N)
    network.run(10 * ms)
    network.store()
    found = []
    for trial in (1, 2, 1, 2):
        network.restore()
        seed(trial)
        network.run(10 * ms)
        found.append((spikes(M), spikes(N), np.random.rand()))
    assert found[0] == found[2] and found[1] == found[3] and found[0] != found[1]


def test_the_state_of_random_numbers_comes_back_with_numpys_own():
    G = NeuronGroup(2, "v : 1")
    S = Synapses(G, G)
    network = Network(G, S)
    seed(11)
    G.v = "rand()"
    network.store()

    def draw():
        G.v = "rand()"
        S.connect(p=0.5)
        return G.v[:].tolist(), S.i[:].tolist(), np.random.rand(3).tolist()

    first = draw()
    network.restore(restore_random_state=True)
    assert draw() == first
    network.restore()
    fresh = draw()
    assert fresh[0] != first[0] and fresh[2] != first[2]
    seed(12)
    network.restore(restore_random_state=True)
    assert draw() == first


def test_a_regular_train_keeps_its_phase():
    seed(1)
    R = RegularGroup(4, 100 * Hz)
    M = SpikeMonitor(R)
    network = Network(R, M)
    network.run(25 * ms)
    network.store()
    network.run(25 * ms)
    went_on = spikes(M)
    network.restore()
    network.run(25 * ms)
    assert spikes(M) == went_on
    assert len(went_on[0]) in range(16, 25)


def test_noise_on_the_clock_is_fresh_and_the_present_stays():
    seed(2)
    G = NeuronGroup(4, "dv/dt = -v/(10*ms) + xi*(10*ms)**-0.5 : 1", method="euler")
    network = Network(G)
    # not at a tick, so that the present step is under way
    network.run(5.03 * ms)
    network.store()
    present = G.v[:]
    network.run(5 * ms)
    first = G.v[:]
    network.restore()
    assert np.array_equal(G.v[:], present)
    network.run(0.001 * ms)
    assert np.all(np.abs(G.v[:] - present) < 0.1)
    network.run(4.999 * ms)
    assert not np.any(G.v[:] == first)


def waiting_times(make, warm_up, trials=60, n=200):
    """Return how long each neuron has to wait for its next spike, over many restores of one state."""
    seed(5)
    source = make(n)
    M = SpikeMonitor(source)
    network = Network(source, M)
    network.run(warm_up * ms)
    before = len(M)
    last = np.full(n, np.nan)
    last[spikes(M)[1]] = spikes(M)[0]
    network.store()
    waits = np.full((trials, n), np.nan)
    for k in range(trials):
        network.restore()
        network.run(100 * ms)
        times, who = spikes(M)
        for t, i in zip(times[:before:-1], who[:before:-1], strict=True):
            waits[k, i] = t - warm_up
        waits[k, who[before]] = times[before] - warm_up
    return waits, warm_up - last


def test_noise_of_the_past_of_a_state_never_comes_again():
    seed(1)
    P, Q = PoissonGroup(1, 300 * Hz), NeuronGroup(50, "v : 1")
    M = SpikeMonitor(P)
    network = Network(P, Q, M)
    network.store("beginning")
    network.restore("beginning")
    Q.v = "rand()"
    network.run(50 * ms)
    network.store("later")
    past = Q.v[:]
    # the random state goes back to where that of the state above began
    network.restore("beginning", restore_random_state=True)
    network.restore("later")
    Q.v = "rand()"
    network.run(50 * ms)
    times = np.array(spikes(M)[0])
    assert not set(Q.v[:]) & set(past)
    assert len(times) > 15 and not set(times[times < 50].round(9)) & set((times[times >= 50] - 50.0).round(9))


def test_numbers_drawn_anew_obey_values_that_were_assigned_before_the_store():
    seed(1)
    Q = GammaGroup(20, 200 * Hz, shape=4)
    M = SpikeMonitor(Q)
    network = Network(Q, M)
    network.run(20.3 * ms)
    Q.shape = 0.5
    seed(7)
    network.store()
    network.run(30 * ms)
    truth = spikes(M)
    network.restore(restore_random_state=True)
    network.run(30 * ms)
    assert spikes(M) == truth


@pytest.mark.parametrize("shape", [0.5, 1.0, 4.0])
def test_what_is_left_of_a_gamma_interval_is_drawn_given_its_age(shape):
    waits, ages = waiting_times(lambda n: GammaGroup(n, 100 * Hz, shape=shape), 50.0)
    law = stats.gamma(shape, scale=10.0 / shape)
    known = ~np.isnan(ages)
    left = waits[:, known]
    chances = (law.sf(ages[known] + left) / law.sf(ages[known]))[~np.isnan(left)]
    assert len(chances) > 10000
    assert stats.kstest(chances, "uniform").pvalue > 1e-4


def test_before_the_first_spike_the_age_is_unknown():
    shape, warm_up = 4.0, 6.0
    waits, ages = waiting_times(lambda n: GammaGroup(n, 100 * Hz, shape=shape), warm_up)
    law = stats.gamma(shape, scale=10.0 / shape)
    unknown = np.isnan(ages)
    left = waits[:, unknown].ravel()
    beyond = stats.gamma(shape + 1.0, scale=10.0 / shape)

    def chance(t):
        return beyond.sf(t) - t / 10.0 * law.sf(t)

    assert len(left) > 3000 and not np.isnan(left).any()
    assert stats.kstest(chance(warm_up + left) / chance(warm_up), "uniform").pvalue > 1e-4


def test_a_dead_time_goes_on_and_what_comes_after_is_fresh():
    waits, ages = waiting_times(lambda n: DeadTimePoissonGroup(n, 100 * Hz, dead_time=4 * ms), 50.0)
    known = ~np.isnan(ages)
    still_dead = np.maximum(4.0 - ages[known], 0.0)
    left = waits[:, known] - still_dead
    left = left[~np.isnan(left)]
    assert left.min() >= 0.0
    # hazard = rate/(1 - rate*dead)
    assert stats.kstest(left, "expon", args=(0.0, 6.0)).pvalue > 1e-4


def test_packets_keep_what_has_come_and_their_number_of_spikes():
    seed(6)
    P = PulsePacketGroup(400, [20, 200] * ms, spikes=[300, 200], sigma=5 * ms)
    M = SpikeMonitor(P)
    network = Network(P, M)
    network.run(22 * ms)
    network.store()
    before = len(M)
    late = []
    for _ in range(40):
        network.restore()
        network.run(230 * ms)
        times, who = (np.array(x) for x in spikes(M))
        first = times < 100.0
        assert len(times) == 500 and len(set(who[first])) == 300
        late.append(times[before:300])
    normal = stats.norm(20.0, 5.0)
    chances = normal.sf(np.concatenate(late)) / normal.sf(22.0)
    assert stats.kstest(chances, "uniform").pvalue > 1e-4


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path):
    """Return a network, its file, and what it looks like."""
    network = KINDS["plastic"](1)
    run_until(network, 5.0)
    file = tmp_path / "x.evsnn"
    network.store(filename=file)
    run_until(network, 8.0)
    return network, file


def untouched(network, action, *expected, error=CheckpointError):
    """Check that an action fails and leaves a network as it was."""
    before = outcome(network)
    state = eventsnn.randomness.SOURCE.snapshot()
    with pytest.raises(error) as caught:
        action()
    for text in expected:
        assert text in str(caught.value)
    after = eventsnn.randomness.SOURCE.snapshot()
    assert (state["seed"], state["epoch"]) == (after["seed"], after["epoch"])
    now = outcome(network)
    del before["random"], now["random"]
    assert now == before


def test_a_file_that_was_cut_off_is_refused(stored):
    network, file = stored
    whole = file.read_bytes()
    for length in sorted(
        {*np.linspace(0, len(whole) - 1, 30).astype(int).tolist(), 1, 3, 29, 43, 64, 65, len(whole) - 1}
    ):
        file.write_bytes(whole[:length])
        untouched(network, lambda: network.restore(filename=file), "x.evsnn")
    file.write_bytes(whole)
    network.restore(filename=file)


def test_a_file_with_flipped_bytes_is_refused(stored):
    network, file = stored
    whole = file.read_bytes()
    rng = np.random.default_rng(1)
    for place in [0, 35, len(whole) - 1, *rng.integers(0, len(whole), 40).tolist()]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(damaged)
        untouched(network, lambda: network.restore(filename=file), "x.evsnn")


def rewritten(file, **head):
    """Write a checkpoint file anew with another head."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["eventsnn.json"] = json.dumps({**json.loads(members["eventsnn.json"]), **head}).encode()
    with open(file, "w+b") as new:
        with zipfile.ZipFile(new, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            archive.comment = b"0" * checkpoint_files.CHECKSUM
        checkpoint_files._seal(new)


def test_another_format_is_refused_with_both_versions(stored):
    network, file = stored
    rewritten(file, format=99, eventsnn="7.8.9")
    texts = ("format 99", "written by eventsnn 7.8.9", f"this is eventsnn {eventsnn.__version__}", "reads format 2")
    untouched(network, lambda: network.restore(filename=file), *texts)
    before = file.read_bytes()
    untouched(network, lambda: network.store(filename=file), *texts, "left as it is")
    assert file.read_bytes() == before


def test_what_cannot_be_understood_is_refused_and_undone(stored):
    network, file = stored
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = next(m for m in members if m.endswith("tree.json"))
    for old, new in (("$tuple", "$nothing"), ('"until"', '"till"'), ('"spans"', '"span"'), ("$array", "$object")):
        with open(file, "w+b") as changed:
            with zipfile.ZipFile(changed, "w") as archive:
                for member, content in members.items():
                    content = content.replace(old.encode(), new.encode()) if member == name else content
                    archive.writestr(member, content)
                archive.comment = b"0" * checkpoint_files.CHECKSUM
            checkpoint_files._seal(changed)
        untouched(network, lambda: network.restore(filename=file), "cannot be")


def test_a_file_made_by_other_means_is_refused_whatever_is_wrong_with_it(tmp_path):
    file = tmp_path / "x.evsnn"
    G = NeuronGroup(2, "v : 1", name="G")
    network = Network(G)

    def forge(change):
        network.store(filename=file)
        with zipfile.ZipFile(file) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        content = json.loads(members["0/tree.json"])
        change(content["tree"])
        members["0/tree.json"] = json.dumps(content).encode()
        with open(file, "w+b") as forged:
            with zipfile.ZipFile(forged, "w") as archive:
                for member, content in members.items():
                    archive.writestr(member, content)
                archive.comment = b"0" * checkpoint_files.CHECKSUM
            checkpoint_files._seal(forged)

    for change in (
        lambda tree: tree.pop("objects"),
        lambda tree: tree["objects"]["G"].pop("signature"),
        lambda tree: tree["objects"]["G"].update(signature="x"),
        lambda tree: tree.update(appointments=[1]),
        lambda tree: tree.update(time="soon"),
        lambda tree: tree.update(time={"$fraction": [1, 0]}),
        lambda tree: tree.update(time=json.loads("[" * 900 + "]" * 900)),
    ):
        forge(change)
        untouched(network, lambda: network.restore(filename=file), "cannot be")


def test_foreign_files_are_refused_and_never_written_over(stored, tmp_path):
    network, _ = stored
    foreign = tmp_path / "notes.txt"
    archive = tmp_path / "other.zip"
    with zipfile.ZipFile(archive, "w") as other:
        other.writestr("hello.txt", "hello")
    for file, content in ((foreign, b"important notes, not to be lost\n" * 10), (archive, archive.read_bytes())):
        file.write_bytes(content)
        untouched(network, lambda file=file: network.restore(filename=file), "is no checkpoint file of eventsnn")
        untouched(network, lambda file=file: network.store(filename=file), "is no checkpoint", "delete it first")
        assert file.read_bytes() == content


def test_a_missing_file_or_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = Network(NeuronGroup(1, "v : 1"))
    for kind in (FileNotFoundError, CheckpointError):
        with pytest.raises(
            kind, match=r"restore: there is no file 'nowhere\.evsnn' \(.*nowhere\.evsnn\)\. Look for"
        ) as at:
            network.restore(filename="nowhere.evsnn")
        assert at.value.__suppress_context__
        with pytest.raises(
            kind, match=r"no folder for the file '.*x\.evsnn'\. Make '.*results' first: os\.makedirs"
        ) as at:
            network.store(filename=tmp_path / "results" / "x.evsnn")
        assert ".tmp" not in str(at.value)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NotADirectoryError) as found:
        network.store(filename="file/x.evsnn")
    assert found.value.filename == str(tmp_path / "file" / "x.evsnn")


def test_who_has_stored_nothing_is_told_so():
    network = Network(NeuronGroup(1, "v : 1"))
    with pytest.raises(MissingError, match=r"^restore: no state 'default' was stored; .*: call store\(\) first$"):
        network.restore()
    with pytest.raises(MissingError, match=r"nothing was stored yet: call store\('trained'\) first$"):
        network.restore("trained")


def test_the_name_of_a_file_is_no_name_of_a_state(tmp_path):
    network = Network(NeuronGroup(1, "v : 1"))
    network.store(filename=tmp_path / "x.evsnn")
    for name in (tmp_path / "x.evsnn", str(tmp_path / "x.evsnn")):
        with pytest.raises(MissingError, match=r"There is a file of this name: write restore\(filename='.*x.evsnn'\)"):
            network.restore(name)


def test_one_file_holds_several_names(tmp_path):
    file = tmp_path / "x.evsnn"
    G = NeuronGroup(1, "v : 1")
    network = Network(G)
    for name, value in (("a", 1), ("b/../c", 2), ("a", 3), ("ä b", 4)):
        G.v = value
        network.store(name, file)
    for name, value in (("b/../c", 2), ("a", 3), ("ä b", 4)):
        network.restore(name, file)
        assert G.v[0] == value
    with pytest.raises(MissingError, match=r"holds no state 'd'; it holds 'b/\.\./c', 'a', 'ä b'"):
        network.restore("d", file)


@pytest.mark.skipif(os.name != "posix", reason="no such permissions here")
def test_a_file_that_others_may_not_read_stays_so(stored):
    network, file = stored
    file.chmod(0o600)
    network.store("another", file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_switches_of_numpys_kind_can_be_written(tmp_path):
    G, P = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0"), PoissonGroup(1, 3 * Hz)
    S, M = Synapses(P, G, on_pre="v_post += 1"), SpikeMonitor(G)
    S.connect()
    network = Network(G, P, S, M)
    S.pre.active = M.active = P.active = np.bool_(False)
    S.pre.order = np.float32(2)
    network.store(filename=tmp_path / "x")
    S.pre.active = M.active = P.active = True
    S.pre.order = 1
    network.restore(filename=tmp_path / "x")
    assert (S.pre.active, M.active, P.active, S.pre.order) == (False, False, False, 2)


def test_who_only_looks_at_a_state_is_not_told_to_run_it(tmp_path, recwarn):
    def make():
        G = NeuronGroup(1, "v : 1", name="G")
        return G, Network(G)

    G, network = make()
    network.run(1 * ms)
    network.store(filename=tmp_path / "x")
    G, network = make()
    network.restore(filename=tmp_path / "x")
    assert str(network.describe()).startswith("network 'network' at t = 1 ms, has run")
    del G, network
    gc.collect()
    assert not [w for w in recwarn if issubclass(w.category, eventsnn.UnusedObjectWarning)]


def test_the_same_state_makes_the_same_file(stored, tmp_path):
    network, _ = stored
    network.store(filename=tmp_path / "1")
    network.store(filename=tmp_path / "2")
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_files_hold_nothing_that_runs(stored):
    _, file = stored
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert name.endswith(".json") or content.startswith(b"\x93NUMPY")
            assert b"descr': '|O'" not in content


@pytest.mark.parametrize("step", ["_write_text", "_seal", "_checksum"])
def test_an_interrupted_save_leaves_the_old_file_and_nothing_beside_it(stored, monkeypatch, step):
    network, file = stored
    old = file.read_bytes()

    def fail(*_):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint_files, step, fail)
        if step != "_checksum":
            untouched(network, lambda: network.store(filename=file), "no space left", error=OSError)
            untouched(network, lambda: network.store(filename=file.parent / "new"), "no space left", error=OSError)
        else:
            untouched(network, lambda: network.store(filename=file.parent / "new"), "no space left", error=OSError)
    assert file.read_bytes() == old
    assert [f.name for f in file.parent.iterdir()] == [file.name]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_save_leaves_the_old_file(stored):
    network, file = stored
    old = file.read_bytes()
    script = f"""
import os, signal, sys
from eventsnn import *
from eventsnn.simulation import checkpoint_files
checkpoint_files._seal = lambda file: (file.flush(), os.kill(os.getpid(), signal.SIGKILL))
G = NeuronGroup(1, 'v : 1')
store('other', {str(file)!r})
"""
    root = Path(eventsnn.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(root)}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert file.read_bytes() == old
    network.restore(filename=file)
    network.store("another", file)
    network.restore("default", file)


def test_a_value_that_no_file_can_hold_leaves_the_old_file(stored):
    network, file = stored
    old = file.read_bytes()
    network["neurons"]._snapshot = lambda: {"what": object()}
    with pytest.raises(CheckpointError, match="a object cannot be written to a file"):
        network.store(filename=file)
    assert file.read_bytes() == old


# --- other objects ----------------------------------------------------------------------------------------------------


def small(n=10, equations="dv/dt = -v/(10*ms) : 1", extra=False, name="G", make=NeuronGroup, pathways="v_post += 1"):
    start_scope()
    G = make(n, equations, threshold="v > 1", reset="v = 0", name=name)
    S = Synapses(G, G, on_pre=pathways, name="S")
    S.connect(i=0, j=0)
    M = StateMonitor(G, "v", record=[0, 1], name="M")
    others = [NeuronGroup(1, "v : 1", name="H")] if extra else []
    return Network(G, S, M, *others)


@pytest.mark.parametrize(
    "arguments, texts",
    [
        ({"n": 12}, ("NeuronGroup 'G' has 10 neurons in {where} and 12 here",)),
        (
            {"equations": "dv/dt = -v/(5*ms) : 1"},
            ("'G': not the same equations", "in {where}: dv/dt = -v/(10*ms) : 1", "here: dv/dt = -v/(5*ms) : 1"),
        ),
        ({"extra": True}, ("NeuronGroup 'H' is part of the network and not of {where}, which holds 'G', 'S', 'M'",)),
        ({"name": "F"}, ("NeuronGroup 'F' is part of the network and not of {where}",)),
        ({"pathways": {"a": "v_post += 1"}}, ("'S': not the same pathways", "here: a (pre)")),
    ],
)
def test_the_state_of_other_objects_is_refused(arguments, texts, tmp_path):
    file = tmp_path / "x.evsnn"
    network = small()
    network.run(1 * ms)
    network.store(filename=file)
    other = small(**arguments)
    untouched(other, lambda: other.restore(filename=file), *(text.format(where="the file") for text in texts))


def test_objects_that_are_missing_are_named():
    network = small(extra=True)
    network.store()
    network.remove(network["H"])
    untouched(network, lambda: network.restore(), "NeuronGroup 'H' is part of the stored state and not of the network")


def test_an_object_of_another_kind_is_refused(tmp_path):
    file = tmp_path / "x.evsnn"
    Network(PoissonGroup(2, 3 * Hz, name="G")).store(filename=file)
    network = Network(NeuronGroup(2, "v : 1", name="G"))
    untouched(
        network, lambda: network.restore(filename=file), "'G' is a PoissonGroup in the file and a NeuronGroup here"
    )


def test_what_an_event_does_may_be_something_else():
    # train with plasticity, test without
    network = small()
    network.run(1 * ms)
    network.store()
    fixed = small(pathways="v_post += 2")
    fixed._stored = network._stored
    fixed.restore()
    assert fixed.now == 1.0


@pytest.mark.parametrize("threshold, reset", [("v > 1", "v = 0"), ("v > top", "v = bottom")])
def test_another_threshold_leaves_the_present_step_of_a_clock_as_it_was(threshold, reset, tmp_path):
    def make(threshold, reset):
        start_scope()
        G = NeuronGroup(
            2,
            "dv/dt = (I - v**3)/(10*ms) : 1\nvt : 1\nI : 1",
            threshold=threshold,
            reset=reset,
            method="euler",
            dt=1 * ms,
            namespace={"top": 1.0, "bottom": 0.0},
            name="G",
        )
        G.vt, G.I = 77, 0.5
        return G, Network(G)

    # the old threshold reads a parameter that the new one does not
    G, network = make("v > vt", "v = 0")
    network.run(3.3 * ms)
    network.store(filename=tmp_path / "x")
    other, elsewhere = make(threshold, reset)
    elsewhere.restore(filename=tmp_path / "x")
    assert np.array_equal(other.v[:], G.v[:])
    network.run(2 * ms)
    elsewhere.run(2 * ms)
    assert np.allclose(other.v[:], G.v[:], rtol=1e-14)


def test_packets_are_part_of_what_an_object_is(tmp_path):
    def make(times):
        start_scope()
        return Network(PulsePacketGroup(5, times, sigma=2 * ms, name="P"))

    network = make([10, 20] * ms)
    network.run(12 * ms)
    network.store(filename=tmp_path / "x")
    other = make([10, 30] * ms)
    texts = ("'P': not the same packets", "5 spikes around 20.0 ms, sigma 2.0 ms", "5 spikes around 30.0 ms")
    untouched(other, lambda: other.restore(filename=tmp_path / "x"), *texts)


def test_a_network_operation_is_known_by_its_name(tmp_path):
    calls = []

    def make():
        start_scope()
        G = NeuronGroup(1, "v : 1", name="G")
        return Network(G, NetworkOperation(lambda t: calls.append(float(t / ms)), dt=2 * ms, name="look"))

    network = make()
    network.run(5 * ms)
    network.store(filename=tmp_path / "x")
    network = make()
    network.restore(filename=tmp_path / "x")
    network.run(4 * ms)
    assert calls == [0.0, 2.0, 4.0, 6.0, 8.0]
