"""Variables as arrays, in the less usual ways."""

import numpy as np
import pytest

from eventsnn import ArgumentError, Network, NeuronGroup, ms, mV, volt


@pytest.fixture
def group():
    made = NeuronGroup(4, "v : volt\nk : integer\ngain : 1 (shared)\nnoisy = rand() : 1")
    made.v = "i*mV"
    made.gain = 2
    return made


def test_a_shared_variable_is_one_value(group):
    assert (group.gain[0], group.gain[:], group.gain[...], len(group.gain)) == (2.0, 2.0, 2.0, 1)
    assert bool(group.gain)
    assert f"{group.gain:.1f} {group.gain}" == "2.0 2.0"
    group.gain[:] = 3
    assert list(group.gain) == [3.0]


def test_all_values_can_be_set_and_had_at_once(group):
    group.v.set_value(5 * mV)
    assert (group.v.get_value() == 5 * mV).all()
    group.v -= 1 * mV
    group.v /= 2
    assert (group.v / mV).tolist() == [2, 2, 2, 2]
    group.k = [1, 2, 3, 4]
    group.v = group.k * mV
    assert (group.v / mV).tolist() == [1, 2, 3, 4]
    other = NeuronGroup(4, "v : volt")
    other.v = group.v
    assert np.array_equal(np.array(other.v), np.array(group.v))


def test_values_are_computed_on_reading_and_so_always_copies(group):
    with pytest.raises(ArgumentError, match="neurongroup.v: values are computed on reading; a copy is needed"):
        np.array(group.v, copy=False)
    values = group.v[:]
    values[0] = 7 * volt
    assert group.v[0] == 0 * mV


def test_numpy_functions_take_variables_in_lists_too(group):
    assert (np.concatenate([group.v, group.v]) / mV).tolist() == [0, 1, 2, 3] * 2
    assert np.allclose(group.v, [0, 1, 2, 3] * mV)
    assert np.where(group.v > 1.5 * mV, 1, 0).tolist() == [0, 0, 1, 1]


def test_a_string_cannot_be_used_in_place(group):
    with pytest.raises(ArgumentError, match=r"write neurongroup.v = 'v \+ ...'"):
        group.v += "1*mV"


def test_a_sub_expression_with_rand_is_drawn_at_each_look(group):
    assert len(set(group.noisy[:]) | set(group.noisy[:])) == 8


def test_a_variable_is_no_key(group):
    with pytest.raises(TypeError, match="unhashable"):
        {group.v: 1}


def test_a_variable_cannot_be_written_into_by_numpy(group):
    with pytest.raises(TypeError, match="neurongroup.v: NumPy cannot write into a variable. Assign instead"):
        np.add(group.v, 1 * mV, out=group.v)


def test_an_index_beyond_the_group_is_an_error(group):
    with pytest.raises(IndexError):
        group.v[4]
    with pytest.raises(IndexError):
        group.v[[0, 9]] = 0 * mV


def test_values_read_during_a_refractory_period_are_those_of_that_period():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1 (unless refractory)", threshold="v > 1", reset="v = 0", refractory=2 * ms)
    net = Network(group)
    net.run(2 * ms)
    assert (group.v[0], group.not_refractory[0]) == (0.0, False)
    net.run(2 * ms)
    assert (group.v[0], group.not_refractory[0]) == (1.0, True)
