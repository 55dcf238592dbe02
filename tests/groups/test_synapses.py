"""Synapses as their user makes, names and fills them: variables, indices, delays, rules, and what is refused."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsnn
from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    EquationError,
    ExactnessNote,
    MissingError,
    Network,
    NeuronGroup,
    SimulationError,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    UnknownNameError,
    ms,
    mV,
    run,
    second,
    seed,
    volt,
)
from eventsnn.errors import OutOfRangeError, WrongTypeError

MODEL = """w : 1
n : integer
t0 : second
q : 1 (shared)
h = 2*w : 1"""


@pytest.fixture
def groups():
    """Four neurons that may fire and have events, and three that only listen."""
    source = NeuronGroup(
        4, "x : 1\ntwice = 2*x : 1\ng : 1 (shared)", threshold="x > 1", reset="x = 0", events={"e": "x > 3"}, name="G"
    )
    target = NeuronGroup(3, "y : 1\nu : volt", name="H")
    return source, target


@pytest.fixture
def connected(groups):
    """All twelve pairs, source by source."""
    synapses = Synapses(*groups, MODEL, on_pre="y += w")
    synapses.connect()
    return synapses


# --- construction -----------------------------------------------------------------------------------------------------


def test_synapses_say_what_they_are(groups, connected):
    assert repr(connected) == "<Synapses 'synapses': 12 from G to H>"
    assert repr(connected.pre) == "<Pathway 'synapses_pre': y += w>"
    assert (len(connected), connected.N, connected.name) == (12, 12, "synapses")
    assert (connected.source, connected.target) == groups


def test_the_target_is_the_source_where_none_is_given(groups):
    synapses = Synapses(groups[0], on_pre="x += 1")
    synapses.connect("i != j")
    assert (synapses.target, len(synapses)) == (groups[0], 12)


def test_synapses_without_statements_or_variables_are_in_order(groups):
    synapses = Synapses(*groups)
    synapses.connect(i=[0, 1], j=[2, 2])
    Network(*groups, synapses).run(1 * ms)
    assert synapses.N_incoming_post.tolist() == [0, 0, 2]


def test_a_pathway_knows_its_text_and_its_ends(groups):
    synapses = Synapses(groups[0], groups[0], on_pre="x += 1", on_post={"back": "x_pre += 2"}, on_event={"back": "e"})
    pre, back = synapses.pre, synapses.back
    assert (pre.name, pre.side, pre.event, pre.order, pre.code) == ("synapses_pre", "pre", "spike", -1, "x += 1")
    assert (back.name, back.side, back.event, back.order) == ("synapses_back", "post", "e", 1)
    assert pre.source is back.target is synapses.source
    assert not hasattr(synapses, "post")


def test_the_order_of_an_object_is_not_that_of_its_pathways(groups):
    synapses = Synapses(groups[0], groups[0], on_pre="x += 1", on_post="x_pre += 1", order=10)
    assert (synapses.pre.order, synapses.post.order) == (-1, 1)


def test_settings_of_a_clock_get_a_note(groups):
    with pytest.warns(ExactnessNote, match="Synapses 'synapses': dt has no meaning for synapses, which have no step."):
        Synapses(*groups, on_pre="y += 1", dt=1 * ms)


@pytest.mark.parametrize(
    ("arguments", "error", "expected"),
    [
        (dict(pre="y += 1"), ArgumentError, "Synapses 'synapses': 'pre=' is no argument any more; use on_pre"),
        (dict(post="y += 1"), ArgumentError, "'post=' is no argument any more; use on_post"),
        (dict(connect="i == j"), ArgumentError, "'connect=' is no argument any more; use connect()"),
        (dict(model="w : 1 (linked)"), EquationError, "'(linked)' has no meaning here\n    w : 1 (linked)"),
        (
            dict(model="dw/dt = -w/ms : 1 (unless refractory)"),
            EquationError,
            "'(unless refractory)' has no meaning here",
        ),
        (dict(model="connect : 1"), EquationError, "'connect' is an attribute that all synapses have; choose another"),
        (dict(model="pre : 1"), EquationError, "'pre' is an attribute that all synapses have; choose another name"),
        (dict(model="w_pre : 1"), EquationError, "'w_pre' ends like the variables that synapses see"),
        (
            dict(model="delay : 1", on_pre="y += 1"),
            EquationError,
            "'delay' is an attribute that the pathway 'pre' gives these synapses; choose another name\n    delay : 1",
        ),
        (
            dict(model="up : 1", on_pre={"up": "y += 1"}),
            EquationError,
            "'up' is an attribute that the pathway 'up' gives these synapses; choose another name\n    up : 1",
        ),
        (dict(namespace=[1]), WrongTypeError, "Synapses 'synapses'.namespace: expected a dictionary, found list"),
        (dict(on_pre=3), WrongTypeError, "Synapses 'synapses'.on_pre: expected statements in a string, found 3"),
        (dict(on_pre={"a": 3}), WrongTypeError, "on_pre['a']: expected statements in a string, found 3"),
        (dict(on_pre={"connect": "y += 1"}), ArgumentError, "on_pre: 'connect' cannot be the name of a pathway"),
        (dict(on_pre={"a b": "y += 1"}), ArgumentError, "on_pre: 'a b' cannot be the name of a pathway"),
        (
            dict(on_pre={"a": "y += 1"}, on_post={"a": "y += 1"}),
            ArgumentError,
            "Synapses 'synapses'.on_post: 'a' cannot be the name of a pathway; choose another",
        ),
        (
            dict(on_pre="y +"),
            EquationError,
            "Synapses 'synapses', on_pre: expected an assignment such as 'v = 0*mV' or 'v -= theta', found\n    y +",
        ),
        (
            dict(on_post="y += 1"),
            ArgumentError,
            "on_post: waits for 'spike' of H, which has no events: it has no threshold",
        ),
        (
            dict(on_pre="y += 1", on_event="f"),
            ArgumentError,
            "Synapses 'synapses', on_pre: waits for 'f' of G, which has 'spike', 'e'",
        ),
        (
            dict(on_pre="y += 1", on_event={"post": "e"}),
            MissingError,
            "Synapses 'synapses'.on_event: there is no pathway 'post'; pathways are: 'pre'",
        ),
        (
            dict(on_pre="y += 1", on_event=3),
            WrongTypeError,
            "on_event: expected the name of an event, or a dictionary, found 3",
        ),
        (
            dict(delay=1 * ms),
            MissingError,
            "Synapses 'synapses'.delay: there is no pathway 'pre'; pathways are: none. Give a dictionary",
        ),
        (dict(on_pre={"a": "y += 1"}, delay=1 * ms), MissingError, "there is no pathway 'pre'; pathways are: 'a'."),
        (dict(on_pre="y += 1", delay={"b": 1 * ms}), MissingError, "delay['b']: there is no pathway 'b'; pathways are"),
        (
            dict(on_pre="y += 1", delay=1),
            DimensionMismatchError,
            "Synapses 'synapses'.delay: expected a time, found 1 (dimensionless). Write delay=1.5*ms.",
        ),
        (
            dict(on_pre="y += 1", delay=[1, 2] * ms),
            ArgumentError,
            "expected one time for all synapses, found shape (2,). For one delay per synapse assign S.delay",
        ),
        (dict(on_pre="y += 1", delay=-1 * ms), ArgumentError, "expected a finite time that is not negative, found -1."),
        (dict(on_pre="y += 1", delay=np.inf * ms), ArgumentError, "expected a finite time that is not negative, found"),
    ],
)
def test_an_argument_that_makes_no_sense_is_explained(groups, arguments, error, expected):
    with pytest.raises(error) as caught:
        Synapses(*groups, **arguments)
    assert expected in str(caught.value)


@pytest.mark.parametrize("ends", [(3, "H"), (lambda: 0, None)])
def test_ends_that_are_no_groups_are_refused(ends):
    with pytest.raises(WrongTypeError, match="Synapses 'synapses'.source: expected a group of neurons or a stimulus"):
        Synapses(*ends)


def test_synapses_that_were_never_connected_are_refused_at_the_run(groups):
    synapses = Synapses(*groups, on_pre="y += 1")
    with pytest.raises(SimulationError, match=r"'synapses' was never connected. Call synapses.connect\(\.\.\.\)"):
        Network(*groups, synapses).run(1 * ms)


def test_synapses_without_their_groups_are_refused_at_the_run(groups, connected):
    with pytest.raises(SimulationError, match="Synapses 'synapses' connects group 'H', which is not part of the netw"):
        Network(groups[0], connected).run(1 * ms)


def test_synapses_do_not_outlive_their_last_user(groups):
    def make():
        synapses = Synapses(*groups, MODEL, on_pre="y += w")
        synapses.connect()
        return weakref.ref(synapses)

    ghost = make()
    gc.collect()
    assert ghost() is None


# --- variables --------------------------------------------------------------------------------------------------------


def test_variables_have_units_and_types(connected):
    connected.t0 = 3 * ms
    connected.n = 2
    connected.q = 5
    assert connected.t0[4] == 3 * ms
    assert connected.t0_[4] == 0.003
    assert connected.n[:].dtype == np.int64
    assert float(connected.q) == 5.0
    connected.w = np.arange(12)
    assert connected.h[:].tolist() == [2.0 * k for k in range(12)]
    connected.w *= 2
    connected.w[3] += 100
    assert connected.w[:5].tolist() == [0, 2, 4, 106, 8]


def test_texts_see_both_neurons_and_the_indices(groups, connected):
    source, target = groups
    source.x, target.y, source.g = [0.1, 0.2, 0.3, 0.4], [10, 20, 30], 7
    brute = [(x, y, i, j) for i, x in enumerate([0.1, 0.2, 0.3, 0.4]) for j, y in enumerate([10, 20, 30])]
    connected.w = "x_pre*y_post + i - 100*j"
    assert connected.w[:].tolist() == [x * y + i - 100 * j for x, y, i, j in brute]
    connected.w = "twice_pre + g_pre + y + N_pre + 10*N_post + N_incoming + N_outgoing"
    # the same sums in the same order
    assert connected.w[:].tolist() == [2 * x + 7 + y + 4 + 30 + 4 + 3 for x, y, _, _ in brute]
    connected.w["x_pre > 0.25 and j == 1"] = -1
    assert [(i, j) for i, j, w in zip(connected.i, connected.j, connected.w, strict=True) if w == -1] == [
        (2, 1),
        (3, 1),
    ]


def test_a_name_without_suffix_is_the_synapses_own_before_it_is_the_targets():
    source = NeuronGroup(1, "a : 1\nb : 1")
    target = NeuronGroup(1, "a : 1\nb : 1")
    source.a, source.b, target.a, target.b = 1, 2, 3, 4
    synapses = Synapses(source, target, "a : 1\nresult : 1")
    synapses.connect()
    synapses.a = 5
    synapses.result = "a + 10*b + 100*a_pre + 1000*a_post"
    assert synapses.result[0] == 5 + 40 + 100 + 3000


def test_variables_of_both_neurons_can_be_read_and_not_set(groups, connected):
    groups[0].x = "i"
    assert connected.x_pre[:].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert connected.x_pre["j == 1"].tolist() == [0, 1, 2, 3]
    groups[1].y = [5, 6, 7]
    assert connected.y_post[0, :].tolist() == connected.y[0, :].tolist() == [5, 6, 7]
    assert float(connected.g_pre) == 0.0
    assert connected.not_refractory_pre[:].all()


def test_names_come_from_the_namespace_then_from_the_caller(groups):
    scale, shift = 10, 0.5
    synapses = Synapses(*groups, "w : 1", namespace={"scale": 3})
    synapses.connect()
    synapses.w = "scale*i + shift"
    assert synapses.w["j == 0"].tolist() == [0.5, 3.5, 6.5, 9.5]
    assert (scale, shift) == (10, 0.5)


def test_names_in_statements_are_those_at_the_run(groups):
    synapses = Synapses(*groups, on_pre="y += scale", namespace={"scale": 3})
    synapses.connect(i=0, j=0)
    other = Synapses(*groups, on_pre="y += strength")
    other.connect(i=0, j=1)
    groups[0].x = [2, 0, 0, 0]
    strength = 4
    Network(*groups, synapses, other).run(1 * ms)
    assert (groups[1].y[:].tolist(), strength) == ([3, 4, 0], 4)


@pytest.mark.parametrize(
    ("name", "value", "error", "expected"),
    [
        ("x_pre", 3, WrongTypeError, "Synapses 'synapses'.x_pre: it belongs to the neurons; set it there: G.x = ..."),
        ("y", 3, WrongTypeError, "Synapses 'synapses'.y: it belongs to the neurons; set it there: H.y = ..."),
        ("i", 3, WrongTypeError, "Synapses 'synapses'.i: it is computed and cannot be set"),
        ("h", 3, WrongTypeError, "synapses.h: it is a sub-expression and cannot be set"),
        ("v", 3, AttributeError, "Synapses 'synapses' has no variable or attribute 'v'"),
        ("w", 3 * ms, DimensionMismatchError, "synapses.w: expected dimensionless, found 3. ms (a time (s))."),
        ("w", [1, 2], ArgumentError, "synapses.w: expected 1 value or 12 (one for each synapse), got shape (2,)"),
        ("w", np.inf, ArgumentError, "Synapses 'synapses'.w: expected finite values, found inf"),
        ("w", "x_pre*mV", DimensionMismatchError, "value of w: expected dimensionless, found a voltage (V)"),
        ("w", "unheard", UnknownNameError, "Synapses 'synapses', value of w: 'unheard' is not defined"),
        ("n", 2.5, ArgumentError, "synapses.n: it is declared as integer, found 2.5. Write int(...) to round down."),
        ("q", "i*1.0", WrongTypeError, "value of q: one value serves all neurons, but 'i' differs between them"),
        ("pre", 3, AttributeError, "Synapses 'synapses'.pre cannot be set"),
        ("source", None, AttributeError, "Synapses 'synapses'.source cannot be set"),
    ],
)
def test_a_value_that_does_not_fit_is_explained(connected, name, value, error, expected):
    with pytest.raises(error) as caught:
        setattr(connected, name, value)
    assert expected in str(caught.value)


@pytest.mark.parametrize("name", ["w", "delay"])
def test_nothing_can_be_set_before_there_are_synapses(groups, name):
    synapses = Synapses(*groups, MODEL, on_pre="y += w")
    synapses.q = 3
    with pytest.raises(ArgumentError, match=rf"'synapses'.{name}: there are no synapses yet to set it for; call conn"):
        setattr(synapses, name, 1 * ms)


def test_random_values_are_those_of_each_synapse_and_repeat_with_the_seed(connected):
    seed(4)
    connected.w = "rand()"
    first = connected.w[:].copy()
    assert len(set(first)) == 12
    seed(4)
    connected.w["i == 2"] = "rand()"
    assert np.array_equal(connected.w[:], first)
    connected.w = "rand()"
    assert not set(first) & set(connected.w[:])


# --- indices ----------------------------------------------------------------------------------------------------------

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=12)


def indices_below(n):
    return st.one_of(
        st.integers(-n, n - 1),
        st.slices(n),
        st.lists(st.integers(-n, n - 1), min_size=1, max_size=n),
    )


@given(pairs=PAIRS, i=indices_below(4), j=indices_below(3), k=st.one_of(st.none(), st.integers(0, 2), st.slices(3)))
def test_pairs_of_neurons_name_the_synapses_between_them(pairs, i, j, k):
    synapses = Synapses(NeuronGroup(4, "x : 1"), NeuronGroup(3, "x : 1"), "w : 1")
    synapses.connect(i=[a for a, _ in pairs], j=[b for _, b in pairs])
    synapses.w = np.arange(len(pairs))
    wanted_i, wanted_j = set(np.atleast_1d(np.arange(4)[i])), set(np.atleast_1d(np.arange(3)[j]))
    expected = [n for n, (a, b) in enumerate(pairs) if a in wanted_i and b in wanted_j]
    item = (i, j)
    if k is not None:
        # the k-th of those that join the same two neurons
        ranks = {n: pairs[:n].count(pairs[n]) for n in expected}
        most = max(ranks.values(), default=-1) + 1
        if isinstance(k, int) and k >= most:
            return
        wanted_k = set(np.atleast_1d(np.arange(most)[k]))
        expected, item = [n for n in expected if ranks[n] in wanted_k], (i, j, k)
    assert synapses[item].tolist() == expected
    assert np.atleast_1d(synapses.w[item]).tolist() == expected
    synapses.w[item] = -1.0
    assert np.flatnonzero(synapses.w[:] == -1).tolist() == expected


def test_numbers_slices_and_conditions_name_synapses(connected):
    connected.w = np.arange(12)
    assert connected.w[5] == 5.0
    assert isinstance(connected.w[5], float)
    assert connected.w[-2:].tolist() == [10, 11]
    assert connected.w[[3, 1]].tolist() == [3, 1]
    assert connected.w[2, 1].tolist() == [7.0]
    assert connected.w[:, 2].tolist() == [2, 5, 8, 11]
    assert connected.w["i == j"].tolist() == [0, 4, 8]
    assert connected["i < j"].tolist() == [1, 2, 5]
    assert connected["w > 9 or x_pre > 1"].tolist() == [10, 11]
    assert connected[7].tolist() == [7]
    assert connected[3, :].tolist() == [9, 10, 11]


@pytest.mark.parametrize(
    ("item", "error", "expected"),
    [
        (12, OutOfRangeError, "synapses[...]: it has synapses 0 to 11, found 12"),
        ((4, 0), OutOfRangeError, "G[...]: it has neurons 0 to 3, found 4"),
        ((0, 3), OutOfRangeError, "H[...]: it has neurons 0 to 2, found 3"),
        ((0, 0, 1), IndexError, "out of bounds"),
        ((0, 0, 0, 0), ArgumentError, "expected one index, or [i, j], or [i, j, k], found (0, 0, 0, 0)"),
        ("w", EquationError, "Synapses 'synapses', index: expected a condition such as 'v > 1', found dimensionless"),
        ("no > 1", UnknownNameError, "Synapses 'synapses', index: 'no' is not defined"),
    ],
)
def test_an_index_that_does_not_exist_is_an_error(connected, item, error, expected):
    with pytest.raises(error) as caught:
        connected.w[item]
    assert expected in str(caught.value)


@given(pairs=PAIRS)
def test_synapses_are_counted_at_both_ends(pairs):
    synapses = Synapses(NeuronGroup(4, "x : 1"), NeuronGroup(3, "x : 1"), "w : 1", multisynaptic_index="k")
    synapses.connect(i=[a for a, _ in pairs], j=[b for _, b in pairs])
    sources, targets = [a for a, _ in pairs], [b for _, b in pairs]
    assert synapses.N_outgoing_pre.tolist() == [sources.count(a) for a in range(4)]
    assert synapses.N_incoming_post.tolist() == [targets.count(b) for b in range(3)]
    assert synapses.N_outgoing[:].tolist() == [sources.count(a) for a in sources]
    assert synapses.N_incoming[:].tolist() == [targets.count(b) for b in targets]
    assert synapses.k[:].tolist() == [pairs[:n].count(pair) for n, pair in enumerate(pairs)]


def test_the_multisynaptic_index_goes_on_over_several_calls_and_may_be_used_in_texts():
    group = NeuronGroup(2, "x : 1")
    synapses = Synapses(group, group, "w : 1", multisynaptic_index="k")
    synapses.connect("i == j", n=2)
    synapses.connect()
    assert (synapses.i[:].tolist(), synapses.k[:].tolist()) == ([0, 0, 1, 1, 0, 0, 1, 1], [0, 1, 0, 1, 2, 0, 0, 2])
    synapses.w = "10*k"
    assert synapses.w["k == 2"].tolist() == [20, 20]


# --- delays -----------------------------------------------------------------------------------------------------------


def in_ms(times):
    return (np.asarray(times) * 1000).round(9).tolist()


def test_a_delay_given_with_the_object_serves_all_synapses_of_all_calls(groups):
    synapses = Synapses(*groups, on_pre="y += 1", delay=1.5 * ms)
    synapses.connect(i=0, j=0)
    assert synapses.delay == synapses.delay[:] == 1.5 * ms
    synapses.connect(i=1, j=[0, 1])
    assert synapses.delay == 1.5 * ms
    synapses.delay = [1, 2, 3] * ms
    assert in_ms(synapses.delay[:]) == [1, 2, 3]


def test_delays_of_several_pathways_are_their_own(groups):
    texts = {"fast": "y += 1", "slow": "y += 2"}
    synapses = Synapses(*groups, on_pre=texts, delay={"slow": 5 * ms})
    synapses.connect(i=0, j=[0, 1])
    synapses.fast.delay = [1, 2] * ms
    assert (in_ms(synapses.fast.delay[:]), in_ms(synapses.slow.delay[:])) == ([1, 2], 5)
    with pytest.raises(AttributeError, match="no pathway 'pre' whose delay this would be; it has S.fast.delay, S.slow"):
        synapses.delay


def test_the_delay_of_the_synapses_is_that_of_their_pathway_pre(connected):
    connected.delay = 2 * ms
    connected.pre.delay[0, :] = 3 * ms
    connected.delay[0, 0] += 1 * ms
    connected.delay[0, 0] -= 1 * ms
    assert in_ms(connected.delay["i < 2"]) == [3, 3, 3, 2, 2, 2]
    assert in_ms(connected.pre.delay[:, 0]) == [3, 2, 2, 2]


def test_delays_may_be_given_as_texts_and_for_some(groups, connected):
    groups[0].x = [0.1, 0.2, 0.3, 0.4]
    connected.delay = "1*ms + abs(i - j)*ms"
    assert in_ms(connected.delay[:]) == [1 + abs(i - j) for i in range(4) for j in range(3)]
    connected.delay["i == j"] = "x_pre*ms"
    assert in_ms(connected.delay["i == j"]) == [0.1, 0.2, 0.3]
    connected.delay[[0, 0, 1]] = [7, 8, 9] * ms
    assert in_ms(connected.delay[:3]) == [8, 9, 3]


def test_a_delay_named_twice_leaves_the_others_alone():
    group = NeuronGroup(3, "x : 1", threshold="x > 1", reset="x = 0")
    synapses = Synapses(group, group, on_pre="x_post += 1")
    synapses.connect("i == j")
    synapses.delay = [1, 2, 3] * ms
    # as many values as synapses
    synapses.delay[[0, 0, 1]] = [5, 6, 7] * ms
    assert in_ms(synapses.delay[:]) == [6, 7, 3]
    synapses.delay[[0, 0, 0]] = 9 * ms
    assert in_ms(synapses.delay[:]) == [9, 7, 3]


def test_random_delays_are_those_of_each_synapse(connected):
    seed(1)
    connected.delay = "1*ms + rand()*ms"
    first = np.array(connected.delay[:])
    assert len(set(first)) == 12
    assert np.all((first >= 0.001) & (first < 0.002))
    seed(1)
    connected.delay["i == 1"] = "1*ms + rand()*ms"
    assert np.array_equal(np.array(connected.delay[:]), first)


def test_synapses_made_later_have_no_delay_unless_one_was_given_for_all(groups, connected):
    connected.delay = 2 * ms
    connected.connect(i=0, j=0)
    assert in_ms(connected.delay[-2:]) == [2, 0]


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (-1 * ms, ArgumentError, "synapses_pre.delay: expected times that are finite and not negative, found -1 ms"),
        ("-j*ms", ArgumentError, "finite and not negative, found -1 ms for synapse 1"),
        (np.inf * second, ArgumentError, "finite and not negative, found inf ms for synapse 0"),
        (3, DimensionMismatchError, "synapses_pre.delay: expected a time (s), found 3 (dimensionless)"),
        ("3*volt", DimensionMismatchError, "value of delay: expected a time (s), found a voltage (V)"),
        ([1, 2] * ms, ArgumentError, "synapses_pre.delay: expected 1 value or 12 (one for each synapse), got"),
    ],
)
def test_a_delay_that_makes_no_sense_is_explained(connected, value, error, expected):
    with pytest.raises(error) as caught:
        connected.delay = value
    assert expected in str(caught.value)
    assert in_ms(connected.delay[:]) == [0.0] * 12


def test_a_delay_that_is_assigned_holds_for_spikes_to_come():
    source = SpikeGeneratorGroup(1, [0, 0], [1, 4] * ms)
    target = NeuronGroup(1, "x : 1", threshold="x > 0.5", reset="x = 0")
    synapses = Synapses(source, target, on_pre="x += 1", delay=2.5 * ms)
    synapses.connect()
    spikes = SpikeMonitor(target)
    network = Network(source, target, synapses, spikes)
    network.run(2 * ms)
    synapses.delay = 0.25 * ms
    network.run(8 * ms)
    # the first spike was on its way already
    assert (spikes.t / ms).tolist() == [3.5, 4.25]


# --- connecting -------------------------------------------------------------------------------------------------------


def test_several_calls_add_up_in_their_order(groups):
    synapses = Synapses(*groups, "w : 1")
    synapses.connect(i=3, j=1)
    synapses.w = 5
    synapses.connect(i=[0, 3], j=[0, 2])
    assert (synapses.i[:].tolist(), synapses.j[:].tolist()) == ([3, 0, 3], [1, 0, 2])
    assert synapses.w[:].tolist() == [5, 0, 0]
    synapses.connect(False)
    assert len(synapses) == 3


def test_spikes_pass_through_synapses_whatever_the_order_of_their_making():
    source = SpikeGeneratorGroup(3, [0, 1, 2], [1, 2, 3] * ms)
    target = NeuronGroup(3, "x : 1")
    synapses = Synapses(source, target, "w : 1", on_pre="x += w")
    synapses.connect(i=[2, 0, 1, 0], j=[0, 0, 1, 2])
    synapses.w = [1, 10, 100, 1000]
    network = Network(source, target, synapses)
    network.run(1.5 * ms)
    assert target.x[:].tolist() == [10, 0, 1000]
    # synapses may be added between runs
    synapses.connect(i=1, j=0)
    synapses.w[-1] = 10000
    network.run(3 * ms)
    assert target.x[:].tolist() == [10011, 100, 1000]


def test_matrices_and_edges_bring_their_weights():
    group = NeuronGroup(3, "u : volt")
    synapses = Synapses(group, group, "w : volt\nd : second")
    synapses.connect(matrix=np.array([[0, 1, 2], [0, 0, 3], [4, 0, 0]]), weight="w", unit=mV)
    pairs = list(zip(synapses.i, synapses.j, strict=True))
    assert pairs == [(0, 1), (0, 2), (1, 2), (2, 0)]
    assert (synapses.w[:] / mV).tolist() == [1, 2, 3, 4]
    synapses.connect(edges=[(1, 1, 0.5), (0, 0, 0.25)], weight="d", unit=ms)
    assert ((synapses.d[:] / ms).tolist(), synapses.w[4]) == ([0, 0, 0, 0, 0.5, 0.25], 0 * volt)


def test_the_only_parameter_takes_the_weights():
    group = NeuronGroup(2, "u : 1")
    synapses = Synapses(group, group, "w : 1\nk : integer\nh = 2*w : 1")
    synapses.connect(edges=[(0, 1, 0.5)])
    assert synapses.w[0] == 0.5


@pytest.mark.parametrize(
    ("arguments", "error", "expected"),
    [
        (
            dict(edges=[(0, 0, 1.0)]),
            ArgumentError,
            "connect(weight=...): name the variable that takes the weights; parameters are: w, t0, q",
        ),
        (dict(edges=[(0, 0, 1.0)], weight="z"), MissingError, "there is no variable 'z'; parameters are: w, t0, q"),
        (dict(edges=[(0, 0, 1.0)], weight="h"), MissingError, "there is no variable 'h'; parameters are: w, t0, q"),
        (
            dict(edges=[(0, 0, 1.0)], weight="t0"),
            DimensionMismatchError,
            "synapses.t0: expected a time (s), found",
        ),
        (
            dict(condition="w > 1"),
            EquationError,
            "Synapses 'synapses'.connect: 'w' belongs to synapses, which are only being made here. Use i, j and",
        ),
        (dict(condition="N_incoming > 1"), ArgumentError, "'N_incoming' cannot be used here"),
        (dict(i=4, j=0), OutOfRangeError, "4"),
    ],
)
def test_a_call_of_connect_that_makes_no_sense_is_explained(connected, arguments, error, expected):
    with pytest.raises(error) as caught:
        connected.connect(**arguments)
    assert expected in str(caught.value)


def test_a_call_that_fails_makes_no_synapses(groups):
    synapses = Synapses(*groups, MODEL)
    with pytest.raises(MissingError):
        synapses.connect(edges=[(0, 0, 1.0)], weight="z")
    assert len(synapses) == 0


def test_rules_read_the_neurons(groups):
    source, target = groups
    source.x, target.y = [1, 2, 3, 4], [2, 4, 6]
    synapses = Synapses(source, target)
    synapses.connect("twice_pre == y_post")
    assert list(zip(synapses.i, synapses.j, strict=True)) == [(0, 0), (1, 1), (2, 2)]


def test_chance_repeats_with_the_seed_and_depends_on_nothing_else():
    def draw(first):
        eventsnn.start_scope()
        seed(3)
        group = NeuronGroup(30, "x : 1")
        if first:
            other = Synapses(group, group, name="other")
            other.connect(p=0.5)
        synapses = Synapses(group, group, name="mine")
        synapses.connect(p=0.2)
        before = len(synapses)
        synapses.connect(p=0.2)
        return synapses.i[:].tolist(), synapses.j[:].tolist(), before

    first, second_time = draw(False), draw(True)
    assert first == second_time
    i, j, before = first
    # the second call draws on
    assert list(zip(i, j, strict=True))[:before] != list(zip(i, j, strict=True))[before:]


# --- parts of groups --------------------------------------------------------------------------------------------------


def test_parts_of_groups_count_from_their_own_start():
    whole = NeuronGroup(6, "x : 1\ny : 1", threshold="x > 1", reset="x = 0")
    whole.x, whole.y = [2, 0, 2, 0, 0, 0], "i"
    synapses = Synapses(whole[1:4], whole[3:], "w : 1", on_pre="y_post += w")
    synapses.connect()
    assert (len(synapses), synapses.N_pre, synapses.i[:].tolist()) == (9, 3, [0, 0, 0, 1, 1, 1, 2, 2, 2])
    assert synapses.y_pre[:].tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert synapses.y_post[:3].tolist() == [3, 4, 5]
    synapses.w = "100*(i + 1) + j"
    Network(whole, synapses).run(1 * ms)
    # neuron 2, the second of the part, fires; neuron 0 is no part of it
    assert whole.y[:].tolist() == [0, 1, 2, 3 + 200, 4 + 201, 5 + 202]


def test_indices_in_statements_are_those_of_the_parts():
    whole = NeuronGroup(5, "x : 1\nseen : 1\nback : 1", threshold="x > 1", reset="x = 0")
    whole.x = [0, 0, 2, 2, 0]
    synapses = Synapses(
        whole[2:], whole[1:3], on_pre="seen_post += 1000*N_pre + 100*N_post + 10*i + j; back_pre += i_pre + 10*i_post"
    )
    synapses.connect()
    Network(whole, synapses).run(1 * ms)
    assert whole.seen[:].tolist() == [0, 6400 + 10, 6400 + 12, 0, 0]
    assert whole.back[:].tolist() == [0, 0, 10, 12, 0]


def test_on_post_waits_for_the_neurons_of_the_part_only():
    whole = NeuronGroup(4, "x : 1\nheard : 1", threshold="x > 1", reset="x = 0")
    whole.x = 2
    synapses = Synapses(whole[:2], whole[2:3], on_post="heard_pre += 1")
    synapses.connect()
    Network(whole, synapses).run(1 * ms)
    assert whole.heard[:].tolist() == [1, 1, 0, 0]


# --- statements that a weight alone does not exhaust ------------------------------------------------------------------


def deliver(model, on_pre, n=4, lines="x : 1\ny : 1", **values):
    """Return x of n targets after one spike through the synapses i -> j of one source."""
    source = SpikeGeneratorGroup(1, [0], [1] * ms, name="source")
    target = NeuronGroup(n, lines, name="target")
    synapses = Synapses(source, target, model, on_pre=on_pre, name="mine")
    synapses.connect()
    for name, value in values.items():
        setattr(synapses if name in synapses._equations else target, name, value)
    Network(source, target, synapses).run(2 * ms)
    return target.x[:].tolist()


def test_a_contribution_may_be_a_sub_expression():
    assert deliver("w : 1\nstrong = 3*w : 1", "x += strong", w=[1, 2, 3, 4]) == [3, 6, 9, 12]
    assert deliver("w : 1\nstrong = w*y : 1", "x -= strong", w=[1, 2, 3, 4], y=[1, 10, 100, 0]) == [-1, -20, -300, 0]


def test_a_contribution_may_be_shared_or_whole_or_true():
    assert deliver("w : 1 (shared)", "x += w", w=2.5) == [2.5] * 4
    assert deliver("k : integer", "x += k", k=[1, 2, 3, 4]) == [1, 2, 3, 4]
    assert deliver("on : boolean", "x += int(on)", on=[True, False, True, False]) == [1, 0, 1, 0]
    assert deliver("w : 1", "x += 1.5") == [1.5] * 4


def test_functions_in_contributions_are_those_of_the_math_library():
    import math

    w = np.linspace(-2, 2, 1000)
    for text, function in (("exp", math.exp), ("sin", math.sin), ("tanh", math.tanh)):
        assert deliver("w : 1", f"x += {text}(w)", n=1000, w=w) == [function(value) for value in w.tolist()]


def test_chance_behind_a_sub_expression_is_drawn_for_each_synapse():
    x = deliver("noise = rand() : 1", "x += noise")
    assert len(set(x)) == 4
    assert all(0 <= value < 1 for value in x)


def test_several_targets_of_one_text_get_each_their_own():
    source = SpikeGeneratorGroup(2, [0, 1], [1, 1] * ms)
    target = NeuronGroup(2, "x : 1\ny : 1\ng : 1 (shared)")
    synapses = Synapses(source, target, "w : 1", on_pre="x += w; y -= 2*w; g_post += w")
    synapses.connect()
    synapses.w = [1, 2, 4, 8]
    Network(source, target, synapses).run(2 * ms)
    assert (target.x[:].tolist(), target.y[:].tolist(), float(target.g)) == ([5, 10], [-10, -20], 15)


# --- randomness at arrivals -------------------------------------------------------------------------------------------


def noisy(cuts=(), other=False, more=0):
    """Return what three spikes through four noisy synapses leave."""
    eventsnn.start_scope()
    seed(9)
    parts = []
    if other:
        crowd = NeuronGroup(3, "z : 1", threshold="rand() < 2", reset="z = rand()", refractory="1*ms", name="crowd")
        crowd.z = "rand()"
    source = SpikeGeneratorGroup(2, [0, 1, 0], [1, 2, 3] * ms, name="source")
    target = NeuronGroup(2 + more, "x : 1\ny : 1", name="target")
    synapses = Synapses(source, target, "w : 1", on_pre="w = rand() + randn(); x += w; y += rand()", name="mine")
    synapses.connect("j < 2")
    parts += [source, target, synapses]
    if other:
        second_object = Synapses(source, target, on_pre="x += 0*rand()", name="another")
        second_object.connect()
        parts.insert(0, second_object)
    network = Network(*parts)
    for cut in (*cuts, 5 - sum(cuts)):
        network.run(cut * ms)
    return synapses.w[:].tolist(), target.x[:2].tolist(), target.y[:2].tolist()


def test_draws_at_arrivals_differ_between_synapses_and_from_spike_to_spike():
    w, x, y = noisy()
    assert len(set(w)) == 4
    # three spikes reach each target; the last values of w are not all that went into x
    assert x != [w[0] + w[2], w[1] + w[3]]
    assert all(0 < value < 3 for value in y)


@pytest.mark.parametrize("cuts", [(1,), (2.5, 0.25), (1, 1, 1, 1)])
def test_cutting_a_run_changes_no_draw(cuts):
    assert noisy(cuts) == noisy()


@pytest.mark.parametrize("change", [dict(other=True), dict(more=3)])
def test_other_objects_change_no_draw(change):
    assert noisy(**change) == noisy()


def test_synapses_made_later_change_no_draw_of_the_others():
    def drawn(more):
        eventsnn.start_scope()
        seed(2)
        source = SpikeGeneratorGroup(1, [0, 0], [1, 3] * ms)
        target = NeuronGroup(3, "x : 1")
        synapses = Synapses(source, target, on_pre="x += rand()", name="mine")
        synapses.connect(i=0, j=[0, 1])
        network = Network(source, target, synapses)
        network.run(2 * ms)
        if more:
            synapses.connect(i=0, j=2)
        network.run(2 * ms)
        return target.x[:2].tolist()

    assert drawn(True) == drawn(False)


# --- conservation -----------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=10),
    st.lists(st.lists(st.integers(0, 60), max_size=6, unique=True), min_size=4, max_size=4),
    st.data(),
)
def test_every_spike_reaches_every_synapse_of_its_neuron_once(pairs, trains, data):
    """Whatever the delays and cuts; from both sides."""
    eventsnn.start_scope()
    sources = SpikeGeneratorGroup(4, *_train(trains))
    targets = SpikeGeneratorGroup(3, *_train(trains[:3]))
    synapses = Synapses(sources, targets, "n : integer\nm : integer", on_pre="n += 1", on_post="m += 1")
    synapses.connect(i=[i for i, _ in pairs], j=[j for _, j in pairs])
    delays = st.lists(st.sampled_from([0.0, 0.25, 3.0, 20.0]), min_size=len(pairs), max_size=len(pairs))
    synapses.pre.delay, synapses.post.delay = data.draw(delays) * ms, data.draw(delays) * ms
    network = Network(sources, targets, synapses)
    for cut in data.draw(st.lists(st.sampled_from([0.25, 5.0, 7.125]), max_size=3)):
        network.run(cut * ms)
    network.run(100 * ms)
    assert synapses.n[:].tolist() == [len(trains[i]) for i, _ in pairs]
    assert synapses.m[:].tolist() == [len(trains[j]) for _, j in pairs]


def _train(trains):
    return [i for i, train in enumerate(trains) for _ in train], [t / 4 for train in trains for t in train] * ms


# --- pathways and their order -----------------------------------------------------------------------------------------


def orders(texts, **order):
    """Return x after one spike through several pathways that change it in ways that do not commute."""
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    target = NeuronGroup(1, "x : 1")
    target.x = 3
    synapses = Synapses(source, target, on_pre=texts)
    synapses.connect()
    for name, value in order.items():
        getattr(synapses, name).order = value
    Network(source, target, synapses).run(2 * ms)
    return target.x[0]


def test_pathways_follow_their_order_then_their_names():
    texts = {"b": "x = 2*x", "a": "x = x + 1"}
    assert orders(texts) == 2 * (3 + 1)
    assert orders(texts, a=5) == 2 * 3 + 1
    assert orders(texts, b=-5) == 2 * 3 + 1
    assert orders(texts, b=5) == 2 * (3 + 1)


def test_pathways_of_equal_order_follow_the_place_of_their_synapses_in_the_network():
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    results = []
    for swap in (False, True):
        eventsnn.start_scope()
        source = SpikeGeneratorGroup(1, [0], [1] * ms)
        target = NeuronGroup(1, "x : 1")
        target.x = 3
        double = Synapses(source, target, on_pre="x = 2*x", name="z_double")
        more = Synapses(source, target, on_pre="x = x + 1", name="a_more")
        double.connect()
        more.connect()
        Network(source, target, *((more, double) if swap else (double, more))).run(2 * ms)
        results.append(target.x[0])
    assert results == [7, 8]


def test_a_custom_event_and_a_spike_drive_pathways_of_one_object():
    source = NeuronGroup(
        1, "dx/dt = 1/ms : 1", threshold="x > 4", reset="x = 0", events={"half": "x > 2", "most": "x > 3"}
    )
    target = NeuronGroup(1, "story : 1")
    synapses = Synapses(
        source,
        target,
        on_pre={"spikes": "story = 10*story + 3", "halves": "story = 10*story + 1", "mosts": "story = 10*story + 2"},
        on_event={"halves": "half", "mosts": "most"},
        delay={"halves": 1.5 * ms},
    )
    synapses.connect()
    Network(source, target, synapses).run(7.75 * ms)
    # at 3 most, at 2 + 1.5 the half, at 4 the spike; at 7 most, at 6 + 1.5 the half again
    assert target.story[0] == 21321


def test_magic_run_collects_synapses(groups):
    source, target = groups
    source.x = 2
    synapses = Synapses(source, target, on_pre="y += 1")
    synapses.connect()
    run(1 * ms)
    assert target.y[:].tolist() == [4, 4, 4]
    assert len(synapses) == 12
