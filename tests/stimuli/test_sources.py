"""What all sources have in common: no cut, no other object and no look ahead changes a train."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sources import Host, drive, drive_together, fresh

from eventsnn import Hz, NeuronGroup, TimedArray, kHz, ms, mV, seed, start_scope
from eventsnn.errors import ArgumentError, ExactnessNote, SimulationError, WrongTypeError
from eventsnn.groups import sources
from eventsnn.groups.correlated import CorrelatedPoissonGroup
from eventsnn.groups.generator import SpikeGeneratorGroup
from eventsnn.groups.packets import PulsePacketGroup
from eventsnn.groups.poisson import PoissonGroup
from eventsnn.groups.poissoninput import PoissonInput
from eventsnn.groups.renewal import DeadTimePoissonGroup, GammaGroup, RegularGroup

FINE = TimedArray(np.random.default_rng(1).uniform(0, 400, 500) * Hz, dt=0.1 * ms)
NAMES = {
    "fine": FINE,
    "steps": TimedArray(np.array([[50, 0, 200], [0, 400, 10], [80, 80, 80]]) * Hz, dt=7.3 * ms),
    "tau": 20 * ms,
}

MAKERS = {
    "constant": lambda: PoissonGroup(3, [100, 0, 400] * Hz),
    "fast": lambda: PoissonGroup(2, 20 * kHz),
    "steps": lambda: PoissonGroup(3, "steps(t, i)"),
    "fine steps": lambda: PoissonGroup(3, "fine(t)*i"),
    "condition": lambda: PoissonGroup(4, "int(t > i*5*ms)*200*Hz"),
    "sine condition": lambda: PoissonGroup(4, "int(sin(2*pi*70*Hz*t + i) > 0.3)*300*Hz"),
    "thinned": lambda: PoissonGroup(4, "(1 + sin(2*pi*40*Hz*t + i))*150*Hz"),
    "decay": lambda: PoissonGroup(3, "5000*Hz*exp(-t/tau)"),
    "input": lambda: PoissonInput(NeuronGroup(3, "v : volt", name="target"), "v", 50, 4 * Hz, 1 * mV),
    "regular": lambda: RegularGroup(4, "i*77*Hz"),
    "gamma": lambda: GammaGroup(3, 150 * Hz, [0.5, 3, 40]),
    "dead": lambda: DeadTimePoissonGroup(3, 200 * Hz, [0, 1, 4] * ms),
    "mixture": lambda: CorrelatedPoissonGroup(4, 120 * Hz, 0.3),
    "copy": lambda: CorrelatedPoissonGroup(4, 120 * Hz, 0.3, "copy"),
    "common": lambda: CorrelatedPoissonGroup(4, 120 * Hz, 0.3, "common"),
    "packets": lambda: PulsePacketGroup(20, [10, 30] * ms, spikes=12, sigma=3 * ms),
    "given": lambda: SpikeGeneratorGroup(3, [0, 2, 2, 1], [1, 3.3, 3.3, 0] * ms, period=4.7 * ms),
}
every = pytest.mark.parametrize("make", MAKERS.values(), ids=list(MAKERS))
END = 50.0


@every
@given(
    cuts=st.lists(st.floats(0, END), max_size=5),
    stretch=st.sampled_from([1, 2, 7, 100]),
    look=st.sampled_from([None, 0.3, 11.0]),
)
@settings(max_examples=8)
def test_neither_runs_nor_stretches_nor_looking_ahead_change_a_train(make, cuts, stretch, look):
    whole = fresh(make, END, names=NAMES)
    assert whole and all(0 <= t < END for t, _ in whole) and whole == sorted(whole)
    usual, sources.STRETCH = sources.STRETCH, stretch
    try:
        cut = fresh(make, *sorted(cuts), END, names=NAMES, look=look)
    finally:
        sources.STRETCH = usual
    assert cut == whole


@every
def test_a_run_that_is_stopped_goes_on_where_it_was(make):
    whole = fresh(make, END, names=NAMES)
    for stop in (0, len(whole) // 3, len(whole) // 2):
        start_scope()
        seed(1)
        source = make()
        host = Host()
        source._join(host)
        source._refresh(NAMES)
        spikes = []
        while len(spikes) <= stop:
            instant = source._next_instant(END)
            spikes += [(instant, k) for k in source._take(instant)]
        source._next_instant(END)  # the engine looks ahead before it stops
        host.now = instant
        assert spikes + drive(source, END, names=NAMES) == whole


def begin(make, now=0.0):
    """Return a new source in a run that begins now."""
    start_scope()
    seed(1)
    source = make()
    source._join(Host(now))
    source._refresh(NAMES)
    return source


def plain(state):
    """Return a snapshot as something that can be compared, with all bits."""
    if isinstance(state, np.ndarray):
        return state.dtype.str, state.tobytes()
    if isinstance(state, dict):
        return {name: plain(value) for name, value in state.items()}
    return [plain(value) for value in state] if isinstance(state, list | tuple) else repr(state)


@every
@given(
    cuts=st.lists(st.floats(0, END), max_size=4),
    stretch=st.sampled_from([7, 100]),
    look=st.sampled_from([None, 0.3, 11.0]),
)
@settings(max_examples=8)
def test_spikes_taken_together_are_those_taken_one_by_one(make, cuts, stretch, look):
    ends = *sorted(cuts), END
    one_by_one = fresh(make, *ends, names=NAMES)
    usual, sources.BULK = sources.BULK, stretch
    try:
        source = begin(make)
        assert drive_together(source, *ends, names=NAMES, look=look) == one_by_one
    finally:
        sources.BULK = usual
    found = plain(source._snapshot())
    other = begin(make)
    drive(other, *ends, names=NAMES)
    assert plain(other._snapshot()) == found


@every
@given(
    begun=st.floats(0, END / 2),
    ended=st.floats(END / 2, END),
    stop=st.floats(0, 1),
    at_a_spike=st.booleans(),
    stretch=st.sampled_from([20, 1 << 14]),
)
@settings(max_examples=10)
def test_spikes_that_were_given_back_come_again(make, begun, ended, stop, at_a_spike, stretch):
    whole = fresh(make, END, names=NAMES)
    usual, sources.STRETCH, sources.BULK = sources.STRETCH, stretch, 2 * stretch
    try:
        source = begin(make)
        source._next_instant(END)  # as engines do when they begin
        spikes = list(zip(*(part.tolist() for part in source._take_before(begun)), strict=True))
        instants, neurons = source._take_before(ended)
        stopped = begun + stop * (ended - begun)
        if at_a_spike and len(instants):
            stopped = float(instants[int(stop * (len(instants) - 1))])
        kept = instants < stopped
        source._give_back(stopped)
    finally:
        sources.STRETCH, sources.BULK = usual, 1 << 17
    spikes += zip(instants[kept].tolist(), neurons[kept].tolist(), strict=True)
    source._network.now = stopped
    found = plain(source._snapshot())
    assert spikes + drive(source, END, names=NAMES) == whole
    # as after a run that ended there
    other = begin(make)
    drive(other, stopped, names=NAMES)
    assert plain(other._snapshot()) == found


def test_spikes_are_taken_together_after_some_one_by_one_and_the_other_way_round():
    whole = fresh(MAKERS["fast"], END)
    source = begin(MAKERS["fast"])
    spikes = [(instant, k) for instant in [source._next_instant(END)] for k in source._take(instant)]
    spikes += zip(*(part.tolist() for part in source._take_before(20.0)), strict=True)
    for end in (30.0, END):
        while (instant := source._next_instant(end)) < end:
            spikes += [(instant, k) for k in source._take(instant)]
    assert spikes == whole


def test_nothing_is_given_back_at_the_instant_of_a_spike_that_was_taken_alone():
    whole = fresh(MAKERS["fast"], END)
    source = begin(MAKERS["fast"])
    instant = source._next_instant(END)
    source._take(instant)
    source._network.now = instant
    # another engine begins at this instant, and gives up at once
    source._rewind()
    source._take_before(END)
    source._give_back(instant)
    assert drive(source, END) == whole[1:]


def test_long_stretches_are_kept_once():
    source = begin(lambda: PoissonGroup(50, 20 * kHz))
    for end in (300.0, 600.0, 1000.0):
        instants, _ = source._take_before(end)
        assert len(instants) > sources.BULK and len(source._ahead.checkpoints) <= 2
    source._give_back(600.0)
    assert source._trains.now == 600.0 and len(source._ahead.checkpoints) == 0


def test_a_source_that_is_not_active_sends_nothing_and_goes_on_all_the_same():
    make = MAKERS["constant"]
    whole = fresh(make, END)
    source = begin(make)
    source.active = False
    assert [len(part) for part in source._take_before(20.0)] == [0, 0]
    source._give_back(15.0)
    source._network.now = 20.0
    source.active = True
    assert drive(source, END) == [spike for spike in whole if spike[0] >= 20.0]


@every
def test_the_seed_decides_and_other_objects_do_not(make):
    alone = fresh(make, END, names=NAMES)

    def beside():
        PoissonGroup(5, 30 * Hz, name="elsewhere")
        other = PoissonGroup(5, 30 * Hz, name="somewhere")
        drive(other, END)
        return make()

    assert fresh(beside, END, names=NAMES) == alone


@pytest.mark.parametrize("name", [name for name in MAKERS if name not in ("given",)])
def test_another_seed_and_another_object_of_the_same_name_are_different(name):
    make = MAKERS[name]
    first = fresh(make, END, names=NAMES)
    start_scope()
    second = drive(make(), END, names=NAMES)  # the same names again, without a seed
    assert len({str(x) for x in (first, second, fresh(make, END, names=NAMES, seeded=2))}) == 3
    # and with the seed, the two of them again
    assert fresh(make, END, names=NAMES) == first
    start_scope()
    assert drive(make(), END, names=NAMES) == second


@pytest.mark.parametrize("name", ["constant", "steps", "thinned", "mixture", "copy"])
def test_a_seed_between_runs_makes_poisson_trains_independent_of_what_was_before(name):
    results = []
    for first in (1, 2):
        start_scope()
        seed(first)
        source = MAKERS[name]()
        drive(source, 20.0, names=NAMES)
        seed(3)
        results.append(drive(source, END, names=NAMES))
    assert results[0] == results[1]


@pytest.mark.parametrize("name", ["constant", "gamma", "regular", "dead", "mixture"])
def test_an_object_that_changes_its_network_takes_its_intervals_along(name):
    whole = fresh(MAKERS[name], END)
    start_scope()
    seed(1)
    source = MAKERS[name]()
    spikes = drive(source, 20.0)
    source._leave()
    source._join(Host(1000.0))
    spikes += [(t - 980.0, k) for t, k in drive(source, 1030.0)]
    assert [k for _, k in spikes] == [k for _, k in whole]
    np.testing.assert_allclose([t for t, _ in spikes], [t for t, _ in whole], atol=1e-9)


@every
def test_what_they_say_of_themselves(make):
    source = make()
    assert source.name in repr(source) and repr(source).startswith(f"<{type(source).__name__} '")
    assert str(source.explain()).startswith(f"{type(source).__name__} '{source.name}': ")
    assert (source.start, source.stop, len(source)) == (0, len(source), len(source))
    part = source[1:]
    assert (len(part), part.source, part.start, part.stop) == (len(source) - 1, source, 1, len(source))
    assert source.i[:].tolist() == list(range(len(source)))
    with pytest.raises(AttributeError, match="has no 'lastspike': it does not remember its spikes"):
        source.lastspike[:]


def test_a_step_has_no_meaning():
    for make in (
        lambda **o: PoissonGroup(2, 3 * Hz, **o),
        lambda **o: SpikeGeneratorGroup(2, [0], [1] * ms, **o),
    ):
        with pytest.warns(ExactnessNote, match="dt has no meaning here: its spikes lie on no grid"):
            make(dt=1 * ms)


def test_numbers_of_neurons():
    assert len(PoissonGroup(3.0, 1 * Hz)) == 3
    with pytest.raises(WrongTypeError, match="PoissonGroup 'p': expected a whole number of neurons, found 2.5"):
        PoissonGroup(2.5, 1 * Hz, name="p")
    with pytest.raises(ArgumentError, match="expected at least 1 neuron, found 0"):
        RegularGroup(0, 1 * Hz)
    with pytest.raises(WrongTypeError, match=r"PoissonGroup 'poissongroup.*'.namespace: expected a dictionary"):
        PoissonGroup(1, "f", namespace=[3])


def test_nothing_is_assigned_while_the_network_runs():
    source = PoissonGroup(2, 3 * Hz)
    drive(source, 1.0)
    source._network.is_running = True
    with pytest.raises(SimulationError, match="rates: cannot be set while the network runs"):
        source.rates = 5 * Hz
