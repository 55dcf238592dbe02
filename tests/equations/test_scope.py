"""Names are looked up when a run starts, anew at each run, in the documented order."""

import pytest

from eventsnn import NamespaceWarning, Network, NeuronGroup, UnknownNameError, ms, mV, ones, run


def final_value(group):
    Network(group).run(1000 * ms, level=1)
    return group.v[0]


def test_the_equations_own_names_come_first():
    tau, x = 1 * ms, 5.0
    group = NeuronGroup(1, "dv/dt = (x - v)/tau : 1\nx : 1")
    group.x = 2
    with pytest.warns(
        NamespaceWarning, match="'x' is a variable of its equations and also defined in the caller's scope"
    ):
        assert final_value(group) == 2.0
    assert x == 5.0
    assert tau == 1 * ms


def test_namespace_comes_before_the_callers_scope():
    tau, x = 1 * ms, 5.0
    assert final_value(NeuronGroup(1, "dv/dt = (x - v)/tau : 1", namespace={"x": 3.0})) == 3.0
    assert (tau, x) == (1 * ms, 5.0)


def test_a_name_that_is_also_a_unit_is_taken_from_the_user_with_a_warning():
    with pytest.warns(NamespaceWarning, match="'e' is 3.0 in namespace= and also a built-in"):
        assert final_value(NeuronGroup(1, "dv/dt = (e - v)/ms : 1", namespace={"e": 3.0})) == 3.0


def test_a_users_name_for_the_same_unit_is_no_conflict():
    volt_, mV_ = 1, mV
    assert volt_ == 1
    assert final_value(NeuronGroup(1, "dv/dt = (2*mV - v)/ms : volt", namespace={"mV": mV_})) == 2 * mV


def test_constants_are_looked_up_anew_at_each_run():
    tau, x = 10 * ms, 1.0
    group = NeuronGroup(1, "dv/dt = (x - v)/tau : 1")
    net = Network(group)
    net.run(1000 * ms)
    first = group.v[0]
    x = 3.0
    net.run(1000 * ms)
    assert (first, group.v[0], x) == (1.0, 3.0, 3.0)
    assert tau == 10 * ms


def test_what_changes_between_runs_acts_from_then_on():
    tau = 10 * ms
    group = NeuronGroup(1, "dv/dt = 1/tau : 1")
    net = Network(group)
    net.run(5 * ms)
    tau = 5 * ms
    net.run(5 * ms)
    assert group.v[0] == 1.5
    assert tau == 5 * ms


def test_run_takes_a_namespace_in_place_of_the_callers_names():
    tau = 7 * ms
    group = NeuronGroup(1, "dv/dt = 1/tau : 1")
    Network(group).run(10 * ms, namespace={"tau": 5 * ms})
    assert group.v[0] == 2.0
    assert tau == 7 * ms


def test_local_names_of_the_calling_function_are_seen():
    def simulate(tau):
        group = NeuronGroup(1, "dv/dt = 1/tau : 1")
        run(10 * ms)
        return group.v[0]

    assert simulate(5 * ms) == 2.0


def helper_that_runs(network):
    network.run(10 * ms, level=1)


def test_level_skips_the_users_own_helper_functions():
    tau = 5 * ms
    group = NeuronGroup(1, "dv/dt = 1/tau : 1")
    helper_that_runs(Network(group))
    assert group.v[0] == 2.0
    assert tau == 5 * ms


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ones(3) * ms, "found an array of shape (3,) in namespace="),
        ("text", "should be a single value, found str in namespace="),
        (None, "should be a single value, found NoneType"),
    ],
)
def test_a_name_that_is_no_number_is_refused(value, expected):
    group = NeuronGroup(1, "dv/dt = 1/tau_x : 1", namespace={"tau_x": value})
    with pytest.raises(UnknownNameError) as caught:
        group.explain()
    assert expected in str(caught.value)
