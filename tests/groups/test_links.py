"""Linked variables: one value under two names."""

import numpy as np
import pytest

from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    MissingError,
    Network,
    NeuronGroup,
    NoExactSolutionError,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    linked_var,
    ms,
    mV,
)
from eventsnn.errors import WrongTypeError


@pytest.fixture
def groups():
    """Two neurons whose variables are linked to, and two that link."""
    other = NeuronGroup(2, "y : 1\nu : volt\ng : 1 (shared)\nz = 10*y : 1\nn : integer", name="H")
    return other, NeuronGroup(2, "x : 1 (linked)", name="G")


def test_what_is_assigned_to_one_holds_for_the_other(groups):
    other, group = groups
    group.x = linked_var(other, "y")
    other.y = [1, 2]
    assert group.x[:].tolist() == [1, 2]
    other.y[1] = 5
    assert (group.x[1], group.x["i == 0"].tolist()) == (5, [1])


def test_a_variable_itself_can_be_given(groups):
    other, group = groups
    group.x = linked_var(other.y)
    other.y = [1, 2]
    assert group.x[:].tolist() == [1, 2]


@pytest.mark.parametrize("name", ["y", "z"])
def test_a_single_neuron_serves_all(name):
    other = NeuronGroup(1, "y : 1\nz = y : 1")
    group = NeuronGroup(3, "x : 1 (linked)")
    group.x = linked_var(other, name)
    other.y = 7
    assert group.x[:].tolist() == [7, 7, 7]


def test_a_shared_variable_serves_all():
    other = NeuronGroup(4, "g : 1 (shared)")
    group = NeuronGroup(3, "x : 1 (linked)")
    group.x = linked_var(other, "g")
    other.g = 7
    assert group.x[:].tolist() == [7, 7, 7]


def test_a_sub_expression_is_computed_where_it_stands(groups):
    other, group = groups
    group.x = linked_var(other, "z")
    other.y = [1, 2]
    assert group.x[:].tolist() == [10, 20]


def test_an_index_says_which_belongs_to_which():
    other = NeuronGroup(3, "y : 1")
    group = NeuronGroup(4, "x : 1 (linked)\nwhich : integer")
    other.y = [1, 2, 3]
    group.x = linked_var(other, "y", index=np.array([2, 2, 0, 1]))
    assert group.x[:].tolist() == [3, 3, 1, 2]
    assert group.x[1:3].tolist() == [3, 1]
    group.which = [1, 0, 2, 2]
    group.x = linked_var(other, "y", index="which")
    assert group.x[:].tolist() == [2, 1, 3, 3]
    # the parameter may change afterwards
    group.which = 0
    assert group.x[:].tolist() == [1, 1, 1, 1]


def test_a_part_of_a_group_counts_from_its_own_start():
    other = NeuronGroup(4, "y : 1")
    group = NeuronGroup(2, "x : 1 (linked)")
    other.y = [1, 2, 3, 4]
    group.x = linked_var(other[2:], "y")
    assert group.x[:].tolist() == [3, 4]
    group.x = linked_var(other[1:3], "y", index=[1, 1])
    assert group.x[:].tolist() == [3, 3]


def test_units_are_kept():
    other, group = NeuronGroup(1, "u : volt"), NeuronGroup(2, "x : volt (linked)")
    group.x = linked_var(other, "u")
    other.u = 3 * mV
    assert (group.x[:] / mV).tolist() == [3, 3]


def test_a_linked_variable_drives_equations_and_holds_from_run_to_run(groups):
    other = groups[0]
    group = NeuronGroup(2, "dv/dt = (x - v)/(10*ms) : 1\nx : 1 (linked)", threshold="v > 100", reset="v = 0")
    group.x = linked_var(other, "y")
    other.y = [1, 2]
    trace = StateMonitor(group, ["v", "x"], record=True)
    net = Network(other, group, trace)
    net.run(10 * ms)
    first = -np.expm1(-1.0)
    assert group.v[:].tolist() == [first, 2 * first]
    other.y = [3, 0]
    net.run(10 * ms)
    expected = [3 + (first - 3) * np.exp(-1.0), 2 * first * np.exp(-1.0)]
    assert group.v[:] == pytest.approx(expected, rel=2.0**-50)
    assert trace.at([5, 15] * ms, "x").tolist() == [[1, 3], [2, 0]]


def test_a_linked_variable_may_be_a_threshold(groups):
    other = groups[0]
    group = NeuronGroup(2, "dv/dt = 1/ms : 1\nx : 1 (linked)", threshold="v > x", reset="v = 0")
    group.x = linked_var(other, "y")
    other.y = [2, 3]
    spikes = SpikeMonitor(group)
    Network(other, group, spikes).run(6.5 * ms)
    assert (spikes.i.tolist(), (spikes.t / ms).tolist()) == ([0, 1, 0, 0, 1], [2, 3, 4, 6, 6])


def test_cutting_a_run_changes_no_bit(groups):
    results = []
    for cuts in ((10.0,), (0.3, 2.7, 7.0)):
        other = NeuronGroup(2, "y : 1")
        group = NeuronGroup(2, "dv/dt = (x - v)/(10*ms) : 1\nx : 1 (linked)", threshold="v > 0.7", reset="v = 0")
        group.x = linked_var(other, "y")
        other.y = [1.1, 2.3]
        spikes = SpikeMonitor(group)
        net = Network(other, group, spikes)
        for cut in cuts:
            net.run(cut * ms)
        results.append((spikes._record.time_array().tolist(), group.v[:].tolist()))
    assert results[0] == results[1]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "expected"),
    [
        (("y", "y"), WrongTypeError, "linked_var: expected a group or a variable of one, found 'y'"),
        (("H", None), WrongTypeError, "linked_var: expected a group and the name of a variable, found name=None"),
        (("H", "q"), MissingError, "linked_var: H has no variable 'q'"),
        (("H.y", "y"), ArgumentError, "linked_var: give a group and a name, or a variable alone, not both"),
    ],
)
def test_links_to_nowhere_are_refused(groups, arguments, error, expected):
    names = {"H": groups[0], "H.y": groups[0].y}
    with pytest.raises(error) as caught:
        linked_var(names.get(arguments[0], arguments[0]), arguments[1])
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("link", "error", "expected"),
    [
        (lambda other: 3, WrongTypeError, "G.x: it is declared as (linked) and takes its values from another group."),
        (
            lambda other: linked_var(other, "u"),
            DimensionMismatchError,
            "G.x: expected dimensionless, found H.u",
        ),
        (
            lambda other: linked_var(NeuronGroup(3, "y : 1", name="K"), "y"),
            ArgumentError,
            "G.x: K has 3 neurons and G 2; say which belongs to which by index=...",
        ),
        (
            lambda other: linked_var(other, "y", index=[0, 2]),
            ArgumentError,
            "G.x: its link expects indices of H, 0 to 1, found [0, 2]",
        ),
        (lambda other: linked_var(other, "y", index=[0.5, 1]), ArgumentError, "its link expects indices of H, 0 to 1"),
    ],
)
def test_links_that_do_not_fit_are_refused(groups, link, error, expected):
    other, group = groups
    with pytest.raises(error) as caught:
        group.x = link(other)
    assert expected in str(caught.value)


def test_only_what_is_declared_as_linked_can_be_linked(groups):
    plain = NeuronGroup(2, "x : 1", name="P")
    with pytest.raises(ValueError, match=r"P\.x: "):
        plain.x = linked_var(groups[0], "y")


def test_a_variable_that_was_never_linked_is_an_error_at_the_run(groups):
    with pytest.raises(
        MissingError,
        match=r"group 'G': 'x' is declared as \(linked\) but not linked yet. Write G.x = linked_var\(other_group, 'var",
    ):
        Network(groups[1]).run(1 * ms)


def test_a_part_cannot_be_linked(groups):
    with pytest.raises(WrongTypeError, match="it is linked; link it from the whole group"):
        groups[1][:1].x = linked_var(groups[0], "y")


def test_a_variable_that_moves_cannot_be_linked_to():
    other = NeuronGroup(1, "dy/dt = -y/ms : 1\nz = y + 1 : 1\nwave = sin(t/ms) : 1", name="H")
    for name, text in (("y", "'y' changes cont"), ("z", "'y' changes cont"), ("wave", "'t' changes cont")):
        group = NeuronGroup(1, "x : 1 (linked)", name="G*")
        group.x = linked_var(other, name)
        with pytest.raises(NoExactSolutionError) as caught:
            Network(NeuronGroup(1, "q : 1"), group, *([other] if other._network is None else [])).run(1 * ms)
        assert f"'x' is linked to H.{name}, and {text}" in str(caught.value)
        assert "write the equation in both groups" in str(caught.value)


def test_a_variable_that_events_change_cannot_be_linked_to():
    other = NeuronGroup(1, "dv/dt = 1/ms : 1\ny : 1", threshold="v > 1", reset="v = 0; y += 1", name="H")
    group = NeuronGroup(1, "x : 1 (linked)", name="G")
    group.x = linked_var(other, "y")
    with pytest.raises(NoExactSolutionError, match=r"'x' is linked to H.y, and 'y' is changed by events"):
        Network(other, group).run(1 * ms)


def test_a_variable_that_synapses_change_cannot_be_linked_to():
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    other, group = NeuronGroup(1, "y : 1", name="H"), NeuronGroup(1, "x : 1 (linked)", name="G")
    group.x = linked_var(other, "y")
    synapses = Synapses(source, other, on_pre="y += 1")
    synapses.connect()
    with pytest.raises(NoExactSolutionError, match=r"'x' is linked to H.y, and 'y' is changed by events"):
        Network(source, other, group, synapses).run(2 * ms)


# --- together with others ---------------------------------------------------------------------------------------------


def test_links_may_go_over_several_groups():
    first = NeuronGroup(1, "y : 1")
    second = NeuronGroup(2, "x : 1 (linked)\nz = 2*x : 1")
    third = NeuronGroup(2, "dv/dt = (w + q - v)/(10*ms) : 1\nw : 1 (linked)\nq : 1 (linked)")
    third.w, third.q = linked_var(second, "x"), linked_var(second, "z")
    second.x = linked_var(first, "y")
    first.y = 2
    Network(first, third, second).run(10 * ms)
    assert third.w[:].tolist() == [2, 2]
    assert third.v[:].tolist() == [6 * -np.expm1(-1.0)] * 2


def test_synapses_read_linked_variables(groups):
    other, _ = groups
    target = NeuronGroup(2, "x : 1 (linked)\nseen : 1")
    target.x = linked_var(other, "y")
    other.y = [1, 2]
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    synapses = Synapses(source, target, "w : 1", on_pre="seen += w*x")
    synapses.connect("x_post > 1.5")
    synapses.connect()
    synapses.w = 10
    Network(source, target, synapses, other).run(2 * ms)
    assert (len(synapses), target.seen[:].tolist()) == (3, [10, 40])


def test_the_group_that_is_linked_to_need_not_be_run(groups):
    other, group = groups
    group.x = linked_var(other, "y")
    other.y = [1, 2]
    Network(group).run(1 * ms)
    assert group.x[:].tolist() == [1, 2]
