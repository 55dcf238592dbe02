"""What went wrong while networks were made, one test each, named after what must hold."""

import numpy as np
import pytest

from eventsnn import (
    ArgumentError,
    EquationError,
    Hz,
    Network,
    NeuronGroup,
    NoExactSolutionError,
    PoissonGroup,
    PoissonInput,
    SimulationError,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    WrongTypeError,
    linked_var,
    ms,
)
from eventsnn.engine.cells import Cells

pytestmark = pytest.mark.filterwarnings("ignore::eventsnn.errors.EventSNNWarning")


def test_synapses_that_only_rounding_brings_together_act_in_the_order_of_their_numbers():
    # an instant at 1e7 ms is a multiple of 2e-9 ms: both delays are lost in it
    start = 1e7
    P = SpikeGeneratorGroup(1, [0], [start] * ms)
    G = NeuronGroup(1, "v : 1")
    S = Synapses(P, G, "w : 1", on_pre="v_post = w")
    S.connect(i=[0, 0], j=[0, 0])
    S.w, S.delay = [1, 2], [2e-10, 1e-10] * ms
    Network(P, G, S).run((start + 1) * ms)
    assert G.v[0] == 2


@pytest.mark.parametrize("make", [lambda: PoissonGroup(3, 2000 * Hz), lambda: SpikeGeneratorGroup(1, [0], [30] * ms)])
def test_a_stimulus_may_move_to_a_network_whose_time_is_any_double(make):
    # left + (joined - left) is not always joined
    rng = np.random.default_rng(1)
    for left, joined in 20.0 * rng.random((40, 2)):
        P = make()
        first = Network(P)
        first.run(left * ms)
        first.remove(P)
        second = Network(NeuronGroup(1, "v : 1", name="other"))
        second.run(joined * ms)
        M = SpikeMonitor(P)
        second.add(P, M)
        second.run(15 * ms)
        assert np.all(np.asarray(M.t) >= joined * 0.999999999 / 1000)


def test_the_weight_of_poisson_input_is_no_variable_of_its_target():
    G = NeuronGroup(1, "v : 1\ninput_weight : 1")
    G.input_weight = 1000
    P = PoissonInput(G, "v", N=1, rate=1000 * Hz, weight=0.125)
    M = SpikeMonitor(P)
    Network(G, P, M).run(20 * ms)
    assert len(M.t) > 0 and G.v[0] == 0.125 * len(M.t)


def test_an_assignment_that_a_refractory_neuron_ignores_is_not_read_by_the_next_statement():
    P = SpikeGeneratorGroup(1, [0, 0], [1, 6] * ms)
    G = NeuronGroup(
        1, "dv/dt = 0/ms : 1 (unless refractory)\nu : 1", threshold="v > 5", reset="v = 0", refractory=3 * ms
    )
    G.v, net = 6, Network(P, G)
    S = Synapses(P, G, on_pre="v_post = 2\nu_post = v_post + 1\nv_post *= 2")
    S.connect()
    net.add(S)
    net.run(2 * ms)
    assert (G.v[0], G.u[0]) == (0, 1)
    net.run(5 * ms)
    assert (G.v[0], G.u[0]) == (4, 3)


def test_a_sub_expression_counts_the_neurons_of_its_group_also_behind_synapses_of_a_part():
    P = SpikeGeneratorGroup(1, [0], [1] * ms)
    G = NeuronGroup(5, "v : 1\nx = 2*i + N/100 : 1")
    part = G[2:]
    S = Synapses(P, part, "y = x_post : 1\nz = i_post + 0.5*N_post : 1", on_pre="v_post += x_post")
    S.connect("x_post > 5")
    assert S.j[:].tolist() == [1, 2]
    assert S.y[:].tolist() == part.x[1:].tolist() == [6.05, 8.05]
    # the synapses' own texts speak of the part
    assert S.z[:].tolist() == [2.5, 3.5]
    Network(P, G, S).run(2 * ms)
    assert G.v[:].tolist() == [0, 0, 0, 6.05, 8.05]


def test_time_stands_where_an_error_came_although_no_neuron_was_concerned():
    P = SpikeGeneratorGroup(1, [0, 0], [1, 3] * ms)
    G = NeuronGroup(1, "v : 1")
    S = Synapses(P, G, "w : 1", on_pre="w = w/(t/ms - 3)")
    S.connect()
    S.w, net = 1, Network(P, G, S)
    with pytest.raises(SimulationError, match=r"t = 3.0 ms"):
        net.run(10 * ms)
    assert net.t_ == 0.003


def test_an_integer_that_overflows_is_an_error_that_names_it():
    P = SpikeGeneratorGroup(1, [0, 0], [1, 2] * ms)
    G = NeuronGroup(1, "n : integer")
    S = Synapses(P, G, on_pre="n_post += 2**62")
    S.connect()
    with pytest.raises(SimulationError, match=r"t = 2.0 ms: n of neuron 0 of group '.*' would be 9.22.*too large"):
        Network(P, G, S).run(3 * ms)


def test_a_bound_is_never_later_than_the_crossing_that_it_bounds():
    # with a constant slope the bound is the crossing but for rounding, and the base has a remainder
    G = NeuronGroup(1, "dv/dt = a/ms + g/ms : 1\ndg/dt = -g/(5*ms) : 1\na : 1", threshold="v > 1", reset="v = 0")
    G.a, G.v = 100, 0.5
    Network(G).run(0 * ms)
    cells = Cells(G, [], [])
    rng = np.random.default_rng(3)
    for start in 1e12 * (1 + rng.random(200)):
        cells.since[0], cells.since_low[0] = start, (rng.random() - 0.5) * 1.2e-4
        cells.state[0] = rng.random()
        bound, exact = cells.foresee(0), cells.predict(0)
        assert bound <= exact


def test_a_link_to_a_sub_expression_of_a_part_counts_the_neurons_of_the_whole_group():
    H = NeuronGroup(6, "a : 1\nx = a + i : 1")
    H.a = "100*i"
    G = NeuronGroup(3, "y : 1 (linked)")
    G.y = linked_var(H[3:], "x")
    assert G.y[:].tolist() == H[3:].x[:].tolist() == [303, 404, 505]


def test_sums_are_taken_anew_when_synapses_come_back_to_a_network():
    P = SpikeGeneratorGroup(1, [0], [1] * ms)
    G = NeuronGroup(1, "dv/dt = (g - v)/(10*ms) : 1\ng : 1")
    S = Synapses(P, G, "ds/dt = -s/(5*ms) : 1\ng_post = s : 1 (summed)", on_pre="s += 1")
    S.connect()
    net = Network(P, G, S)
    net.run(2 * ms)
    net.remove(S)
    # the sum goes on without its synapses, whose own time stands still
    net.run(5 * ms)
    net.add(S)
    net.run(0 * ms)
    assert G.g[0] == S.s[0] == pytest.approx(np.exp(-0.2))


def test_only_what_has_an_effect_can_be_set_on_a_pathway():
    G = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0")
    S = Synapses(G, G, on_pre="v_post += 1", on_post="v_pre += 1")
    S.connect()
    with pytest.raises(WrongTypeError, match=r"synapses_pre.order: expected a number, found 'first'"):
        S.pre.order = "first"
    with pytest.raises(AttributeError, match=r"synapses_pre.code cannot be set"):
        S.pre.code = "v_post += 2"


def test_variables_of_stimuli_are_not_listed_as_those_that_can_be_set():
    P, G = PoissonGroup(1, 10 * Hz), NeuronGroup(1, "v : 1")
    S = Synapses(P, G, on_pre="x_post += 1")
    S.connect()
    with pytest.raises(EquationError, match=r"Variables that can be set: v_post\."):
        Network(P, G, S).run(1 * ms)


def test_objects_of_a_network_that_could_not_be_made_are_free():
    A, B = NeuronGroup(1, "v : 1", name="twin"), NeuronGroup(1, "v : 1", name="twin")
    with pytest.raises(ArgumentError, match="two objects have the name 'twin'"):
        Network(A, B)
    Network(A).run(1 * ms)


def test_a_spike_before_an_error_at_the_same_instant_is_on_its_way():
    G = NeuronGroup(2, "dv/dt = 1/ms : 1\nk : 1", threshold="v > 1", reset="v = 0\nk = sqrt(k)")
    G.k = [1, -1]
    H = NeuronGroup(2, "u : 1")
    S = Synapses(G, H, on_pre="u_post += 1", delay=0.5 * ms)
    S.connect(j="i")
    net = Network(G, H, S)
    with pytest.raises(SimulationError, match="k of neuron 1 .* is nan after its reset"):
        net.run(5 * ms)
    net.run(0.75 * ms)
    assert H.u[0] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("I_post = 1/(t/ms - 1)", "t = 1.0 ms, as an event changed a parameter: group '.*', equation of dv/dt"),
        ("I_post += 1/(t/ms - 1)", "t = 1.0 ms: Synapses 'synapses', on_pre: adds inf at synapse 0"),
    ],
)
def test_what_a_synapse_makes_infinite_is_an_error_that_says_when(text, message):
    P = SpikeGeneratorGroup(1, [0], [1] * ms)
    G = NeuronGroup(1, "dv/dt = I/ms : 1\nI : 1")
    S = Synapses(P, G, on_pre=text)
    S.connect()
    with pytest.raises((ArgumentError, SimulationError), match=message):
        Network(P, G, S).run(3 * ms)


def test_synapses_made_later_have_the_delay_given_with_the_object():
    source, target = SpikeGeneratorGroup(1, [0], [1] * ms), NeuronGroup(3, "v : 1")
    synapses = Synapses(source, target, on_pre="v_post += 1", delay=2 * ms)
    synapses.connect(i=0, j=0)
    synapses.delay = 5 * ms
    synapses.connect(i=0, j=1)
    assert float(synapses.delay) == 0.005
    synapses.delay[0] = 3 * ms
    synapses.connect(i=0, j=2)
    assert np.array(synapses.delay / ms).tolist() == pytest.approx([3, 5, 2])


def test_a_second_sum_into_one_variable_is_told_from_a_missing_parameter():
    source, target = SpikeGeneratorGroup(1, [0], [1] * ms), NeuronGroup(1, "g : 1")
    first = Synapses(source, target, "ds/dt = -s/(5*ms) : 1\ng_post = s : 1 (summed)", on_pre="s += 1")
    with pytest.raises(EquationError, match="which is the sum of other synapses already, as a variable of group"):
        Synapses(source, target, "ds/dt = -s/(5*ms) : 1\ng_post = s : 1 (summed)", on_pre="s += 1")
    assert len(first) == 0


def test_arrays_in_the_place_of_a_condition_are_told_from_a_generator():
    group = NeuronGroup(2, "v : 1")
    with pytest.raises(
        WrongTypeError, match=r"found list of shape \(2,\). Indices are given as connect\(i=..., j=...\)"
    ):
        Synapses(group, group).connect([0, 1], [1, 0])
    with pytest.raises(WrongTypeError, match="expected one time for all synapses, found the text '1.ms'"):
        Synapses(group, group, on_pre="v += 1", delay="1*ms")


def test_a_shared_parameter_serves_every_synapse_that_adds_with_it():
    """A spike into the second of two synapses looked for the second of the shared values."""
    source, target = SpikeGeneratorGroup(2, [0, 1], [1, 2] * ms), NeuronGroup(1, "v : 1")
    synapses = Synapses(source, target, "w : 1\nU : 1 (shared)\nu = U : 1", on_pre="v_post += w*U*u")
    synapses.connect()
    synapses.w, synapses.U = [1, 10], 0.5
    Network(source, target, synapses).run(3 * ms)
    assert target.v[0] == 0.25 + 2.5


def test_a_variable_of_synapses_that_events_change_cannot_be_linked_to():
    """Whoever was linked to it kept the value that it had at the beginning."""
    source, target, group = (
        SpikeGeneratorGroup(1, [0], [1] * ms),
        NeuronGroup(1, "v : 1"),
        NeuronGroup(1, "x : 1 (linked)"),
    )
    synapses = Synapses(source, target, "w : 1\nfixed : 1", on_pre="w += 1", name="S")
    synapses.connect()
    synapses.fixed = 7
    group.x = linked_var(synapses, "w")
    with pytest.raises(NoExactSolutionError, match=r"is linked to S.w, and 'w' is changed by events"):
        Network(source, target, synapses, group).run(3 * ms)
    group.x = linked_var(synapses, "fixed")
    assert group.x[0] == 7


def test_in_the_texts_of_synapses_n_is_their_number():
    """It was the number of neurons behind them; N_pre and N_post are those of neurons."""
    source, target = SpikeGeneratorGroup(2, [0], [1] * ms), NeuronGroup(3, "v : 1")
    synapses = Synapses(source, target[1:], "w : 1\nx : 1\ny : 1", on_pre="x += N")
    synapses.connect(n=2)
    synapses.run_regularly("y = N", dt=1 * ms)
    synapses.w = "N + 10*N_pre + 100*N_post"
    Network(source, target, synapses).run(2 * ms)
    assert synapses.N == len(synapses) == 8
    assert set(synapses.w[:]) == {228.0} and set(synapses.x[:4]) == {8.0} and set(synapses.y[:]) == {8.0}
    with pytest.raises(EquationError, match="'N' belongs to synapses, which are only being made here"):
        synapses.connect("i < N")
