"""Groups: arguments, variables as attributes, parts, and what they say about themselves."""

import pickle

import numpy as np
import pytest

from eventsnn import (
    ArgumentError,
    Clock,
    DimensionMismatchError,
    ExactnessNote,
    Network,
    NeuronGroup,
    SpikeMonitor,
    amp,
    ms,
    mV,
    nA,
    seed,
    start_scope,
    volt,
)

MODEL = """dv/dt = (E - v)/tau : volt (unless refractory)
I = 2*J : amp
J : amp
n : integer
on : boolean
gain : 1 (shared)"""
NAMES = {"E": -50 * mV, "tau": 10 * ms, "scale": 3}


@pytest.fixture
def group():
    return NeuronGroup(4, MODEL, namespace=NAMES)


def test_names_count_from_the_start_of_a_scope():
    names = [NeuronGroup(1, "v : 1").name for _ in range(3)]
    assert names == ["neurongroup", "neurongroup_1", "neurongroup_2"]
    start_scope()
    assert NeuronGroup(1, "v : 1").name == "neurongroup"
    assert NeuronGroup(1, "v : 1", name="exc*").name == "exc"
    assert NeuronGroup(1, "v : 1", name="exc*").name == "exc_1"


def test_values_are_set_and_read_with_units(group):
    group.v = -70 * mV
    group.v[1] = -60 * mV
    group.v[2:] = [-55, -54] * mV
    assert (group.v[:] / mV).tolist() == [-70, -60, -55, -54]
    assert group.v[3] == -54 * mV
    assert group.v_.tolist() == [-0.07, -0.06, -0.055, -0.054]
    group.v_ = -0.01
    assert group.v[0] == -10 * mV


def test_strings_are_evaluated_per_neuron(group):
    scale_here = 2
    group.J = "i*nA/(N - 1)"
    group.v = "E + scale*i*mV + scale_here*mV"
    assert np.asarray(group.J / nA).tolist() == [0, 1 / 3, 2 / 3, 1]
    assert (group.v / mV).tolist() == [-48, -45, -42, -39]
    group.v["i > 1 and J > 0.9*nA"] = 0 * mV
    assert (group.v / mV).tolist() == [-48, -45, -42, 0]
    assert (group.v["i == 3"] / mV).tolist() == [0]
    assert scale_here == 2


def test_random_initial_values_repeat_with_the_seed_and_differ_between_neurons(group):
    seed(5)
    group.v = "rand()*mV"
    first = np.array(group.v)
    seed(5)
    group.v = "rand()*mV"
    assert np.array_equal(first, np.array(group.v))
    assert len(set(first)) == 4
    group.v = "rand()*mV"
    assert not np.array_equal(first, np.array(group.v))


def test_in_place_arithmetic_changes_the_variable(group):
    group.v = -70 * mV
    group.v += 10 * mV
    group.v[0] -= 5 * mV
    group.gain = 2
    group.gain *= 3
    assert (group.v / mV).tolist() == [-65, -60, -60, -60]
    assert float(group.gain) == 6.0


def test_a_variable_behaves_like_an_array(group):
    group.v = "i*mV"
    assert (group.v + 1 * mV)[0] == 1 * mV
    assert (3 * mV - group.v)[3] == 0 * mV
    assert (group.v > 1.5 * mV).tolist() == [False, False, True, True]
    assert np.mean(group.v) == 1.5 * mV
    assert group.v.max() == 3 * mV
    assert (len(group.v), group.v.shape, max(group.v)) == (4, (4,), 3 * mV)
    assert [float(v) for v in group.v] == [0.0, 0.001, 0.002, 0.003]
    assert np.asarray(group.v).tolist() == [0.0, 0.001, 0.002, 0.003]
    assert f"{group.v[1] / mV:.1f}" == "1.0"


def test_types_of_parameters_are_kept(group):
    group.n, group.on = 3, [True, False, True, False]
    assert group.n[:].dtype == np.int64
    assert group.on[:].tolist() == [True, False, True, False]
    assert isinstance(group.n[0], int)
    assert group.on[0] is True


def test_sub_expressions_are_computed_on_reading(group):
    group.J = 2 * nA
    assert group.I[1] == 4 * nA


def test_every_neuron_has_the_special_variables(group):
    assert (group.N, group.i[:].tolist(), group.t) == (4, [0, 1, 2, 3], 0 * ms)
    assert group.lastspike[0] == -1e4 * ms * 1000
    assert group.not_refractory[:].all()


@pytest.mark.parametrize(
    ("name", "value", "error", "expected"),
    [
        ("v", 3, DimensionMismatchError, "neurongroup.v: expected a voltage (V), found 3 (dimensionless). 'v' is"),
        ("v", 3 * amp, DimensionMismatchError, "expected a voltage (V), found 3. A (a current (A))"),
        ("v", "i*amp", DimensionMismatchError, "value of v: expected a voltage (V), found a current (A)\n    i*amp"),
        ("v", [1, 2] * mV, ArgumentError, "neurongroup.v: expected 1 value or 4 (one for each neuron), got shape (2,)"),
        ("v", float("nan") * mV, ArgumentError, "the value for neuron 0 is not a number (NaN)"),
        ("v", float("-inf") * mV, ArgumentError, "neurongroup.v: expected finite values, found -inf"),
        ("v", None, ArgumentError, "expected numbers or a string, found None"),
        ("n", 2.5, ArgumentError, "it is declared as integer, found 2.5. Write int(...) to round down."),
        ("I", 2 * nA, ArgumentError, "neurongroup.I: it is a sub-expression and cannot be set"),
        ("i", 2, ArgumentError, "neurongroup.i: it is computed and cannot be set"),
        ("V", 2, AttributeError, "NeuronGroup 'neurongroup' has no variable or attribute 'V'"),
        ("run_regulary", 2, AttributeError, "attribute 'run_regulary'. Did you mean 'run_regularly'?"),
        ("lastspyke", 2, AttributeError, "Did you mean 'lastspike'?"),
    ],
)
def test_a_value_that_does_not_fit_is_explained(group, name, value, error, expected):
    with pytest.raises(error) as caught:
        setattr(group, name, value)
    assert expected in str(caught.value)


def test_what_brian_can_do_and_we_cannot_yet_is_said(group):
    with pytest.raises(AttributeError, match=r"Brian's set_event_schedule\(\) is not supported yet."):
        group.set_event_schedule("spike")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (dict(N=0), "expected at least 1 neuron, found 0"),
        (dict(N=2.5), "expected a whole number of neurons, found 2.5"),
        (dict(N="2"), "expected a whole number of neurons, found '2'"),
        (
            dict(method="exakt"),
            "method: expected 'exact', or on the clock 'rk4', 'rk2', 'euler' or 'exponential_euler', with noise "
            "'euler', 'heun' or 'milstein' (after",
        ),
        (
            dict(method="RK4"),
            "as in 'clocked_rk4', even where there is an exact solution), found 'RK4'. Did you mean 'rk4'?",
        ),
        (dict(method=4), "found 4."),
        (dict(method="clocked_exact"), "found 'clocked_exact'. Did you mean"),
        (dict(dt=-1 * ms), "dt: expected a positive time, found -1. ms"),
        (dict(dt=1 * ms, clock=Clock(1 * ms)), "give only one of dt and clock"),
        (dict(clock=1 * ms), "clock: expected a Clock, found 1. * msecond"),
        (dict(name="a b"), "expected a name of letters and digits, found 'a b'"),
        (dict(namespace=[1]), "namespace: expected a dictionary, found list"),
        (dict(refractory=-1 * ms, threshold="v>1"), "expected a time that is not negative, found -1. ms"),
        (dict(refractory=[1, 2] * ms, threshold="v>1"), "declare a parameter 'ref : second' and give refractory='ref'"),
        (dict(events={"spike": "v > 1"}), "'spike' cannot be the name of an event. Spikes are given by threshold=."),
        (dict(events="v > 1"), "events: expected a dictionary of conditions by name, found 'v > 1'"),
        (dict(dtype=np.float32), "states are double precision here"),
    ],
)
def test_an_argument_that_makes_no_sense_is_explained(options, expected):
    arguments = {"N": 1, "model": "v : 1", **options}
    with pytest.raises(ArgumentError) as caught:
        NeuronGroup(**arguments)
    assert expected in str(caught.value)


def test_a_refractory_period_without_unit_is_refused():
    with pytest.raises(DimensionMismatchError, match=r"refractory: expected a time, found 5 .* Write refractory=5\*ms"):
        NeuronGroup(1, "v : 1", threshold="v > 1", refractory=5)


def test_reset_without_threshold_is_refused():
    with pytest.raises(ValueError, match="reset and refractory given without a threshold"):
        Network(NeuronGroup(1, "v : 1", reset="v = 0", refractory=1 * ms)).run(1 * ms)


def test_a_numerical_method_gets_the_exact_solution_and_one_note():
    group = NeuronGroup(1, "dv/dt = (1 - v)/(10*ms) : 1", method="euler")
    net = Network(group)
    with pytest.warns(ExactnessNote, match="method='euler' was asked for; the exact solution is used instead") as notes:
        net.run(10 * ms)
        net.run(10 * ms)
    assert len(notes) == 1
    assert group.v[0] == 1 - np.exp(-2)


def test_settings_of_a_clock_get_a_note():
    group = NeuronGroup(1, "v : 1", dt=1 * ms)
    with pytest.warns(ExactnessNote, match="dt and clock have no meaning for an exact group"):
        Network(group).run(1 * ms)


# --- parts ------------------------------------------------------------------------------------------------------


def test_a_part_counts_from_its_own_start(group):
    group.v = "i*mV"
    part = group[1:3]
    assert (len(part), part.N, part.i[:].tolist(), part.start, part.stop) == (2, 2, [0, 1], 1, 3)
    assert (part.v / mV).tolist() == [1, 2]
    part.v = "10*i*mV + N*volt*0.001"
    assert (group.v / mV).tolist() == [0, 2, 12, 3]
    part.v["i == 1"] = 7 * mV
    assert group.v[2] == 7 * mV
    assert (part[1:].v / mV).tolist() == [7]
    assert (group[3].v / mV).tolist() == [3]
    part.gain = 5
    assert float(group.gain) == 5.0


def test_random_values_of_a_part_are_those_of_its_neurons():
    whole = NeuronGroup(4, "v : 1", name="a")
    seed(1)
    whole.v = "rand()"
    expected = np.array(whole.v)[1:3]
    whole[1:3].v = 0
    seed(1)
    whole[1:3].v = "rand()"
    assert np.array_equal(np.array(whole.v)[1:3], expected)


@pytest.mark.parametrize("item", [slice(2, 9, 2), slice(2, 2), [0, 2], 9])
def test_a_part_with_gaps_or_without_neurons_is_refused(group, item):
    with pytest.raises(ArgumentError, match=r"expected a slice of neighbours within 0:4, such as G\[10:20\]"):
        group[item]


def test_a_monitor_of_a_part_sees_only_its_neurons():
    group = NeuronGroup(3, "dv/dt = 1/ms : 1", threshold="v > 1 + i", reset="v = 0")
    part = SpikeMonitor(group[1:])
    Network(group, part).run(4.5 * ms)
    assert (part.i.tolist(), (part.t / ms).tolist()) == ([0, 1, 0], [2.0, 3.0, 4.0])
    assert part.count.tolist() == [2, 1]


# --- what it says about itself -----------------------------------------------------------------------------------


def test_a_group_shows_what_it_is(group):
    assert repr(group) == "<NeuronGroup 'neurongroup': 4 neurons, v, I, J, n, on, gain>"
    assert repr(group[1:3]) == "<Subgroup 'neurongroup[1:3]': 2 neurons>"
    assert repr(group.v) == "<neurongroup.v: array([0., 0., 0., 0.]) * volt>"
    html = group._repr_html_()
    assert html.count("<tr>") == 7
    assert "dv/dt = (E - v)/tau : volt (unless refractory)" in html


def test_the_solution_is_explained():
    group = NeuronGroup(
        2,
        "dv/dt = -g*v/ms : 1 (unless refractory)\ng : 1",
        threshold="v > 1 or t > 5*ms",
        reset="v = 0; g = 1",
        refractory="2*ms",
        method="rk4",
    )
    group.g = [0, 1]
    assert str(group.explain()) == (
        "group 'neurongroup': 2 neurons, solved exactly, without a clock\n"
        "  dv/dt = -g*v/ms : 1 (unless refractory)\n"
        "      leaky relaxation (1 neurons): v(s) = rest + (v - rest)*exp(-s/tau)\n"
        "      perfect integrator (1 neurons): v(s) = v + slope*s\n"
        "      frozen during the refractory period\n"
        "  threshold v > 1 or t > 5*ms\n"
        "      v reaches its level by logarithm: s = tau*log1p((level - v)/(rest - level))\n"
        "      v reaches its level by division: s = (level - v)/slope\n"
        "      time reaches its level: known beforehand\n"
        "  reset v = 0\n"
        "  reset g = 1\n"
        "  refractory 2*ms (evaluated once after each reset)\n"
        "  method='rk4' was asked for; the exact solution is used instead."
    )


def test_values_handed_out_can_be_pickled(group):
    group.v = -70 * mV
    again = pickle.loads(pickle.dumps(group.v[:]))
    assert (again == -70 * mV).all()
    assert again.dim == volt.dim
