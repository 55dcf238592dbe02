"""get_states() and set_states(): all variables at once."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    Hz,
    MissingError,
    Network,
    NeuronGroup,
    PoissonGroup,
    Quantity,
    SpikeMonitor,
    Synapses,
    WrongTypeError,
    linked_var,
    magic_network,
    ms,
    mV,
    run,
    second,
    start_scope,
    volt,
)


@pytest.fixture
def network():
    start_scope()
    G = NeuronGroup(
        3,
        """dv/dt = -v/(10*ms) : 1
        I : volt
        s : second (shared)
        n : integer
        b : boolean
        k = 2*v : 1""",
        threshold="v > 1",
        reset="v = 0",
        name="G",
    )
    G.v, G.I, G.s, G.n = [0.1, 0.2, 0.3], [1, 2, 3] * mV, 5 * ms, [1, 2, 3]
    S = Synapses(
        G,
        G,
        "w : 1\nc : 1 (shared)\ndx/dt = -x/(10*ms) : 1 (event-driven)",
        on_pre="v_post += w",
        on_post="x += 1",
        name="S",
    )
    S.connect(i=[0, 1], j=[1, 2])
    S.w, S.pre.delay = [0.5, 0.6], [1, 2] * ms
    P = PoissonGroup(2, [10, 20] * Hz, name="P")
    return Network(G, S, P, SpikeMonitor(G, name="M"))


def test_all_variables_with_their_units(network):
    states = network["G"].get_states()
    assert set(states) == {"N", "i", "t", "dt", "v", "I", "s", "n", "b", "lastspike", "not_refractory"}
    assert states["N"] == 3 and states["t"] == 0 * second
    assert isinstance(states["I"], Quantity) and states["I"].dim == volt.dim
    assert not isinstance(states["v"], Quantity)
    assert states["s"].shape == () and states["s"] == 5 * ms
    assert states["n"].dtype == np.int64 and states["b"].dtype == bool
    assert states["i"].tolist() == [0, 1, 2]


def test_without_units_they_are_numbers_in_si(network):
    states = network["G"].get_states(units=False)
    assert not any(isinstance(value, Quantity) for value in states.values())
    assert states["I"].tolist() == [0.001, 0.002, 0.003]


def test_they_are_copies(network):
    G = network["G"]
    states = G.get_states()
    for value in states.values():
        if value.shape and value.dtype.kind == "f":
            value[:] = value + value
    assert G.v[:].tolist() == [0.1, 0.2, 0.3] and G.I[0] == 1 * mV


def test_only_some(network):
    G = network["G"]
    assert {k: v.tolist() for k, v in G.get_states(["v", "k"]).items()} == {"v": [0.1, 0.2, 0.3], "k": [0.2, 0.4, 0.6]}
    assert "k" in G.get_states(subexpressions=True)
    assert set(G.get_states(read_only_variables=False)) == {"v", "I", "s", "n", "b", "lastspike"}
    with pytest.raises(MissingError, match=r"G\.get_states: there is no variable 'q'; there are N, i, t, dt, v"):
        G.get_states(["q"])


def test_what_was_got_can_be_set(network):
    states = network.get_states(read_only_variables=False)
    G, S, P = (network[name] for name in ("G", "S", "P"))
    G.v, G.I, G.s, G.n, G.b, S.w, S.c, S.x, S.pre.delay, P.rates = 9, 9 * mV, 9 * ms, 9, True, 9, 9, 9, 9 * ms, 9 * Hz
    network.set_states(states)
    assert str(network.get_states(read_only_variables=False)) == str(states)
    plain = network.get_states(read_only_variables=False, units=False)
    G.v, S.pre.delay, P.rates = 9, 9 * ms, 9 * Hz
    network.set_states(plain, units=False)
    assert str(network.get_states(read_only_variables=False)) == str(states)


def test_a_network_gives_groups_synapses_pathways_and_stimuli(network):
    states = network.get_states()
    assert set(states) == {"G", "S", "S_pre", "S_post", "P"}
    assert set(states["S"]) == {
        *("N", "N_pre", "N_post", "i", "j", "N_incoming", "N_outgoing", "t", "dt", "w", "c", "x", "lastupdate")
    }
    assert states["S"]["i"].tolist() == [0, 1] and states["S"]["N"] == 2
    assert (states["S_pre"]["delay"] / ms).tolist() == [1.0, 2.0]
    assert (states["P"]["rates"] / Hz).tolist() == [10.0, 20.0]
    assert set(network["S"].get_states(read_only_variables=False)) == {"w", "c", "x"}


def test_a_variable_of_the_neurons_can_be_asked_for_by_name(network):
    assert network["S"].get_states(["v_post", "w"])["v_post"].tolist() == [0.2, 0.3]


def test_states_are_those_of_the_present(network):
    network.run(10 * ms)
    states = network["G"].get_states(["v", "t"])
    assert np.allclose(states["v"], np.array([0.1, 0.2, 0.3]) / np.e) and states["t"] == 10 * ms


def test_part_of_a_group(network):
    part = network["G"][1:]
    states = part.get_states()
    assert states["v"].tolist() == [0.2, 0.3] and states["N"] == 2 and states["i"].tolist() == [0, 1]
    part.set_states({"v": [5, 6], "I": 7 * mV})
    assert network["G"].v[:].tolist() == [0.1, 5.0, 6.0]
    assert (network["G"].I / mV).tolist() == [1.0, 7.0, 7.0]


def test_text_is_a_value(network):
    network["G"].set_states({"v": "i*0.1", "I": "(i + 1)*mV"})
    assert (network["G"].I / mV).tolist() == [1.0, 2.0, 3.0]


def test_names_are_checked_before_anything_is_set(network):
    G = network["G"]
    for wrong, error, text in (
        ({"v": 0, "N": 3}, WrongTypeError, r"G\.set_states: 'N' cannot be set; it is computed"),
        ({"v": 0, "k": 3}, WrongTypeError, r"'k' cannot be set"),
        ({"v": 0, "not_refractory": True}, WrongTypeError, r"'not_refractory' cannot be set"),
        ({"v": 0, "zz": 3}, MissingError, r"there is no variable 'zz'"),
        ([1, 2], WrongTypeError, r"expected a dictionary of values by names, found list"),
    ):
        with pytest.raises(error, match=text):
            G.set_states(wrong)
    with pytest.raises(KeyError, match=r"there is no object 'H'; there are G, S, S_pre, S_post, P"):
        network.set_states({"G": {"v": 0}, "H": {}})
    with pytest.raises(WrongTypeError, match=r"S\.set_states: 'v_post' cannot be set"):
        network.set_states({"G": {"v": 0}, "S": {"v_post": 0}})
    assert G.v[:].tolist() == [0.1, 0.2, 0.3]


def test_wrong_values_are_refused_as_in_an_assignment(network):
    with pytest.raises(DimensionMismatchError, match=r"G\.I: expected"):
        network["G"].set_states({"I": 3})
    with pytest.raises(ArgumentError, match=r"G\.v: expected 1 value or 3"):
        network["G"].set_states({"v": [1, 2]})


def test_a_linked_variable_is_read_but_belongs_to_another():
    H, G = NeuronGroup(1, "y : 1"), NeuronGroup(2, "x : 1 (linked)\nz : 1")
    G.x, H.y = linked_var(H, "y"), 3
    assert G.get_states()["x"].tolist() == [3.0, 3.0]
    assert set(G.get_states(read_only_variables=False)) == {"z"}
    with pytest.raises(WrongTypeError, match="'x' cannot be set"):
        G.set_states({"x": 1})


def test_names_in_subexpressions_are_those_of_the_caller():
    G = NeuronGroup(1, "x : 1\ny = x + offset : 1")
    offset = 5

    def show(level):
        offset = 1
        del offset
        return G.get_states(subexpressions=True, level=level)["y"][0]

    def show_own():
        offset = 1  # noqa: F841
        return G.get_states(["y"])["y"][0], G.get_states(["y"], level=1)["y"][0]

    assert show(1) == offset and show_own() == (1.0, 5.0)


def test_the_magic_network_has_them_too():
    G = NeuronGroup(2, "v : 1", name="G")
    assert magic_network.get_states()["G"]["v"].tolist() == [0.0, 0.0]
    magic_network.set_states({"G": {"v": [1, 2]}})
    run(1 * ms)
    assert G.v[:].tolist() == [1.0, 2.0]


def test_unknown_formats_and_missing_pandas(network, monkeypatch):
    G = network["G"]
    with pytest.raises(ArgumentError, match="expected format 'dict' or 'pandas', found 'xml'"):
        G.get_states(format="xml")
    with pytest.raises(ArgumentError, match="a table of pandas has no units. Write units=False"):
        G.get_states(format="pandas")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ArgumentError, match="needs pandas, which is not installed"):
        G.get_states(units=False, format="pandas")


class Column(np.ndarray):
    def to_numpy(self):
        return np.asarray(self)


class Frame(dict):
    """As much of pandas.DataFrame as is asked of it."""

    def __init__(self, values):
        rows = max(np.size(value) for value in values.values())
        super().__init__({k: np.broadcast_to(v, (rows,)).view(Column) for k, v in values.items()})
        self.columns = list(self)


def test_tables_of_pandas(network, monkeypatch):
    pandas = ModuleType("pandas")
    pandas.DataFrame = Frame
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    G = network["G"]
    table = G.get_states(units=False, format="pandas", read_only_variables=False)
    assert table["s"].tolist() == [0.005] * 3
    G.v, G.s = 0, 1 * ms
    G.set_states(table, units=False, format="pandas")
    assert G.v[:].tolist() == [0.1, 0.2, 0.3] and G.s[:] == 5 * ms
    with pytest.raises(WrongTypeError, match="expected a DataFrame, found dict"):
        G.set_states({}, units=False, format="pandas")
    with pytest.raises(WrongTypeError, match="'N' cannot be set"):
        G.set_states(Frame({"N": 3}), units=False, format="pandas")
