"""Spikes that go to a file: the same as in memory, readable at any time, never lost by a slip."""

import os

import numpy as np
import pytest

from eventsnn import (
    ArgumentError,
    CheckpointError,
    EventMonitor,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SimulationError,
    SpikeMonitor,
    ms,
    mV,
)
from eventsnn.recording import spikes as spikes_module
from eventsnn.recording.spikes import SpikeRecord


@pytest.fixture
def file(tmp_path):
    return tmp_path / "spikes.npy"


def regular(n=3, name="G"):
    """Neuron i fires every 10/(i + 1) ms."""
    return NeuronGroup(
        n,
        "dv/dt = (i + 1)*mV/(10*ms) : volt\nfull = v > 0.5*mV : boolean\nk : integer",
        threshold="v > 1*mV",
        reset="v = 0*mV; k += 1",
        name=name,
    )


def pair(file, *arguments, **options):
    """Return a network with a monitor of a file and one in memory."""
    G = regular()
    M = SpikeMonitor(G, *arguments, filename=file, name="filed", **options)
    plain = SpikeMonitor(G, *arguments, name="plain")
    return Network(G, M, plain), M, plain


def assert_alike(filed, plain):
    assert filed.t_.tolist() == plain.t_.tolist()
    assert filed.i.tolist() == plain.i.tolist()
    assert filed.count.tolist() == plain.count.tolist()
    assert len(filed) == len(plain) == filed.num_spikes
    trains, others = filed.spike_trains(), plain.spike_trains()
    assert {k: train.tolist() for k, train in trains.items()} == {k: train.tolist() for k, train in others.items()}


@pytest.mark.parametrize("piece", [1, 2, 5, spikes_module.PIECE])
def test_a_file_holds_the_spikes_that_memory_would_hold(file, piece, monkeypatch):
    monkeypatch.setattr(spikes_module, "PIECE", piece)
    net, filed, plain = pair(file)
    assert (len(filed), filed.t.shape, filed.i.shape) == (0, (0,), (0,))
    for _ in range(3):
        net.run(25 * ms)
        assert_alike(filed, plain)
    assert filed.filename == str(file) and plain.filename is None


def test_any_numpy_reads_the_file(file):
    net, _, plain = pair(file)
    net.run(50 * ms)
    rows = np.load(file, mmap_mode="r")
    assert rows.dtype.names == ("t", "i")
    assert rows["t"].tolist() == plain.t_.tolist() and rows["i"].tolist() == plain.i.tolist()
    # twelve bytes a spike, and a head
    assert rows.dtype.itemsize == 12
    assert file.stat().st_size <= 12 * len(plain) + 256 and (file.stat().st_size - 12 * len(plain)) % 64 == 0


def test_variables_have_columns_of_their_own(file):
    net, filed, plain = pair(file, ["v", "k", "full", "i"])
    net.run(50 * ms)
    rows = np.load(file)
    assert rows.dtype.names == ("t", "i", "v", "k", "full")
    assert [rows.dtype[name].kind for name in ("v", "k", "full")] == ["f", "i", "b"]
    for name in ("v", "k", "full"):
        assert rows[name].tolist() == np.asarray(getattr(plain, name)).tolist()
        assert getattr(filed, name).tolist() == getattr(plain, name).tolist()
    assert filed.v.dim == mV.dim
    values, others = filed.values("v"), plain.values("v")
    assert {k: v.tolist() for k, v in values.items()} == {k: v.tolist() for k, v in others.items()}
    assert_alike(filed, plain)


def test_what_is_read_stays_in_the_file_and_as_it_was(file):
    net, filed, _ = pair(file)
    net.run(20 * ms)
    before, copy = filed.t, filed.t.tolist()
    assert not before.flags.writeable and not before.flags.owndata
    net.run(20 * ms)
    assert before.tolist() == copy and len(filed.t) > len(before)


def test_spikes_of_stimuli_and_of_parts_and_custom_events_go_to_files(tmp_path):
    P = PoissonGroup(10, 100 * Hz)
    G = NeuronGroup(4, "dx/dt = (i + 1)/(10*ms) : 1", events={"half": "x > 0.5"})
    monitors = [
        (SpikeMonitor(P[3:7], filename=tmp_path / "part.npy"), SpikeMonitor(P[3:7])),
        (EventMonitor(G, "half", filename=tmp_path / "event.npy"), EventMonitor(G, "half")),
    ]
    Network(P, G, monitors).run(100 * ms)
    for filed, plain in monitors:
        assert len(plain) and filed.t_.tolist() == plain.t_.tolist() and filed.i.tolist() == plain.i.tolist()


@pytest.mark.parametrize("piece", [1, 4, spikes_module.PIECE])
def test_many_spikes_at_once_go_to_a_file_as_single_ones_do(file, piece, monkeypatch):
    monkeypatch.setattr(spikes_module, "PIECE", piece)
    record = SpikeRecord(5)
    record.keep_in(file, "x", "M")
    times, neurons = np.arange(9.0), np.array([0, 4, 4, 1, 2, 0, 4, 3, 3])
    for begin, end in ((0, 1), (1, 1), (1, 6), (6, 9)):
        record.add(times[begin:end], neurons[begin:end])
        assert len(record.times) < piece and record.total == end
        assert record.time_array().tolist() == times[:end].tolist()
        assert record.counts().tolist() == np.bincount(neurons[:end], minlength=5).tolist()
    assert np.load(file)["i"].tolist() == record.neuron_array().tolist() == neurons.tolist()


def test_a_function_called_in_the_run_sees_all_spikes_up_to_then(file):
    net, filed, plain = pair(file)
    seen = []
    net.at([12, 31] * ms, lambda: seen.append((filed.t_.tolist() == plain.t_.tolist(), len(filed))))
    net.run(50 * ms)
    assert seen == [(True, 6), (True, 18)]


# --- what is there already --------------------------------------------------------------------------------------------


def test_a_file_that_is_there_is_refused(file):
    file.write_bytes(b"precious")
    with pytest.raises(ArgumentError, match="is there already. Choose another name; or mode='w' to replace it"):
        SpikeMonitor(regular(), filename=file)
    assert file.read_bytes() == b"precious"


def test_a_file_may_be_replaced_while_somebody_looks_into_it(file):
    net, first, _ = pair(file)
    net.run(50 * ms)
    seen, copy = first.t, first.t.tolist()
    net, again, plain = pair(file, mode="w")
    assert len(np.load(file)) == 0
    net.run(30 * ms)
    assert_alike(again, plain)
    assert seen.tolist() == copy


def test_a_file_may_be_gone_on_with(file):
    net, first, _ = pair(file)
    net.run(30 * ms)
    known = first.i.tolist()
    net, again, plain = pair(file, mode="a")
    assert again.i.tolist() == known and again.count.tolist() == first.count.tolist()
    net.run(30 * ms)
    assert again.i.tolist() == known + plain.i.tolist()
    assert np.load(file)["i"].tolist() == known + plain.i.tolist()


def test_to_go_on_with_a_file_that_is_not_there_begins_it(file):
    net, filed, plain = pair(file, mode="a")
    net.run(30 * ms)
    assert_alike(filed, plain)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"precious", "is no file of spikes that could be gone on with"),
        (np.zeros(3), r"holds other columns: float64, while t \(float64\), i \(int32\) are to be recorded"),
        (np.zeros(2, [("t", "<f8"), ("i", "<i8")]), r"holds other columns: t \(float64\), i \(int64\), while"),
        (np.array([(0.0, 7)], [("t", "<f8"), ("i", "<i4")]), "holds spikes of neuron 7, and there are 3 neurons"),
    ],
)
def test_other_files_cannot_be_gone_on_with(file, content, message):
    file.write_bytes(content) if isinstance(content, bytes) else np.save(file, content)
    before = file.read_bytes()
    with pytest.raises(ArgumentError, match=message):
        SpikeMonitor(regular(), filename=file, mode="a")
    assert file.read_bytes() == before


def test_a_file_that_numpy_wrote_may_be_gone_on_with(file):
    np.save(file, np.array([(0.5, 1)], [("t", "<f8"), ("i", "<i4")]))
    net, _, plain = pair(file, mode="a")
    net.run(30 * ms)
    assert np.load(file)["t"].tolist() == [0.5, *plain.t_.tolist()]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"filename": 3}, "filename: expected the name of a file, found 3"),
        ({"filename": "nowhere/s.npy"}, "there is no folder for 'nowhere/s.npy'. Make '.*nowhere' first"),
        ({"mode": "r"}, "mode: expected 'x', 'w' or 'a', found 'r'"),
        ({"record": False}, "filename= needs record=True; counts alone are kept in memory"),
        ({"accuracy": True}, "accuracy=True is kept in memory; leave filename= out"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(file, options, message):
    with pytest.raises(ArgumentError, match=message):
        SpikeMonitor(regular(), **{"filename": file, **options})
    assert not file.exists()


def test_a_file_that_is_gone_is_an_error(file):
    net, _, _ = pair(file)
    net.run(20 * ms)
    os.remove(file)
    with pytest.raises(SimulationError, match="SpikeMonitor 'filed': its file '.*' is gone"):
        net.run(20 * ms)


def test_two_monitors_cannot_share_a_file(file):
    net, _, _ = pair(file)
    net.run(20 * ms)
    G = regular(name="H")
    other = Network(G, SpikeMonitor(G, filename=file, mode="a", name="late"))
    other.run(20 * ms)
    with pytest.raises(SimulationError, match="SpikeMonitor 'filed': somebody else has written to its file"):
        net.run(20 * ms)


# --- states -----------------------------------------------------------------------------------------------------------


def test_a_restored_state_has_the_spikes_of_then(file):
    net, filed, plain = pair(file)
    net.run(20 * ms)
    net.store()
    net.run(20 * ms)
    net.restore()
    assert_alike(filed, plain)
    net.run(5 * ms)
    assert_alike(filed, plain)
    assert np.load(file)["t"].tolist() == plain.t_.tolist()


def test_states_can_be_restored_in_turn_as_long_as_nothing_is_written_over(file):
    net, filed, plain = pair(file)
    net.store("beginning")
    net.run(20 * ms)
    net.store("middle")
    for name in ("beginning", "middle", "beginning", "middle"):
        net.restore(name)
        assert_alike(filed, plain)


def test_a_state_whose_spikes_were_written_over_is_refused(file):
    net, filed, plain = pair(file)
    net.run(20 * ms)
    net.store("early")
    net.run(20 * ms)
    net.store("late")
    net.restore("early")
    net["G"].v = 0.9 * mV
    net.run(20 * ms)
    now = net.t
    with pytest.raises(
        CheckpointError, match=r"SpikeMonitor 'filed': its file '.*' does not begin with the \d+ spikes"
    ):
        net.restore("late")
    assert net.t == now
    assert_alike(filed, plain)


def test_a_recording_is_gone_on_with_in_a_later_process(file, tmp_path):
    state = tmp_path / "state.evsnn"
    net, filed, plain = pair(file)
    net.run(20 * ms)
    net.store(filename=state)
    # the first process went on for a while before it was ended
    net.run(20 * ms)
    net, filed, plain = pair(file, mode="a")
    net.restore(filename=state)
    assert_alike(filed, plain)
    net.run(20 * ms)
    assert_alike(filed, plain)
    assert np.load(file)["t"].tolist() == plain.t_.tolist()


@pytest.mark.parametrize("was_filed", [True, False])
def test_memory_and_file_do_not_take_over_from_each_other(file, tmp_path, was_filed):
    state = tmp_path / "state.evsnn"

    def network(in_file):
        G = regular()
        return Network(G, SpikeMonitor(G, name="M", **({"filename": file, "mode": "w"} if in_file else {})))

    net = network(was_filed)
    net.run(20 * ms)
    net.store(filename=state)
    with pytest.raises(
        CheckpointError, match="went to a file then, and here" if was_filed else "in memory then, and go"
    ):
        network(not was_filed).restore(filename=state)


def test_a_description_says_where_spikes_are(file):
    net, _, plain = pair(file)
    net.run(20 * ms)
    assert f"spikes of G, {len(plain)} recorded in '{file}'" in str(net.describe())
