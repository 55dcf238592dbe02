"""The border: SI numbers in, internal decimals out, and back."""

import math
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsnn import border
from eventsnn.border import from_internal, internal_exponent, to_internal
from eventsnn.units import Dimension, Mohm, amp, kelvin, metre, mM, ms, mV, nA, nF, second, uS, volt

UNITS_INSIDE = [ms, mV, nA, Mohm, nF, uS]
decimals = st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 6)).map(lambda p: p[0] / 10 ** p[1])
unit_inside = st.sampled_from(UNITS_INSIDE)


@pytest.mark.parametrize("unit", UNITS_INSIDE, ids=str)
def test_each_internal_unit_is_one_inside(unit):
    assert to_internal(float(unit), unit.dim) == 1.0
    assert from_internal(1.0, unit.dim) == float(unit)


def test_the_internal_units_belong_together():
    assert internal_exponent((nA * Mohm).dim) == internal_exponent(volt.dim) == -3
    assert internal_exponent((Mohm * nF).dim) == internal_exponent(second.dim) == -3
    assert internal_exponent((amp / metre**2).dim) == 3
    assert internal_exponent((volt / second**0.5).dim) == -1.5
    assert internal_exponent(kelvin.dim) == 0 == internal_exponent(Dimension([0] * 7))


@pytest.mark.parametrize(
    "quantity, inside",
    [
        (9 * ms, 9.0),
        (16.1 * ms, 16.1),
        (-70 * mV, -70.0),
        (0.1 * ms, 0.1),
        (200 * nF, 200.0),
        (0.3 * nA, 0.3),
    ],
)
def test_typed_decimals_arrive_as_typed(quantity, inside):
    assert to_internal(float(quantity), quantity.dim) == inside
    assert to_internal(np.asarray(quantity), quantity.dim) == inside
    assert to_internal(np.asarray([quantity]), quantity.dim).tolist() == [inside]


@given(decimals, unit_inside)
def test_every_decimal_with_six_places_arrives_as_typed(x, unit):
    assert to_internal(float(x * unit), unit.dim) == x


@given(st.floats(-1e4, 1e4), unit_inside)
def test_other_numbers_are_the_quotient(x, unit):
    quotient = float(x * unit) / float(f"1e{internal_exponent(unit.dim)}")
    is_decimal = abs(round(quotient, 6) - quotient) <= 2 * math.ulp(quotient)
    assert to_internal(float(x * unit), unit.dim) == (round(quotient, 6) if is_decimal else quotient)


@given(st.lists(st.floats(), max_size=8))
def test_arrays_and_single_numbers_agree_to_the_bit(values):
    array = to_internal(np.array(values), second.dim)
    single = np.array([to_internal(value, second.dim) for value in values])
    assert array.tobytes() == single.tobytes() or np.array_equal(array, single, equal_nan=True)


@given(st.lists(st.floats(-1e12, 1e12), max_size=7), st.sampled_from([1, 2, 3]))
def test_large_arrays_are_converted_piece_by_piece(values, piece):
    whole = to_internal(np.array(values), volt.dim)
    with patch.object(border, "_PIECE", piece):
        assert to_internal(np.array(values), volt.dim).tolist() == whole.tolist()
        table = np.array([values, values])
        assert to_internal(table.T, volt.dim).tolist() == np.array([whole, whole]).T.tolist()


def test_many_random_decimals_survive_as_arrays():
    x = np.round(np.random.default_rng(1).uniform(-1000, 1000, 100_000), 3)
    assert np.array_equal(to_internal(np.asarray(x * ms), second.dim), x)
    noise = np.random.default_rng(2).random(100_000)
    assert np.array_equal(to_internal(noise * 0.001, second.dim), noise * 0.001 / 0.001)


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e300, 1e15, 1e9 + 0.1, 5e-324, 0.0])
def test_huge_and_strange_values_stay_near(value):
    inside = to_internal(value, second.dim)
    assert inside == pytest.approx(value / 0.001, rel=1e-15, abs=0)
    assert to_internal(np.array([value]), second.dim)[0] == inside


def test_nan_stays_nan():
    assert math.isnan(to_internal(math.nan, second.dim))
    assert np.isnan(to_internal(np.array([math.nan, 1.0]), second.dim)).tolist() == [True, False]


def test_dimensions_without_a_scale_are_unchanged():
    assert to_internal(0.1 + 0.2, kelvin.dim) == 0.1 + 0.2
    assert to_internal(np.array([0.1 + 0.2]), Dimension([0] * 7))[0] == 0.1 + 0.2
    assert to_internal(float(3 * mM), mM.dim) == 3e-18


def test_numbers_are_python_floats_and_arrays_are_plain():
    assert type(to_internal(np.float64(0.01), second.dim)) is float
    assert type(to_internal(1, second.dim)) is float and to_internal(1, second.dim) == 1000.0
    assert type(from_internal(np.array(3.0), second.dim)) is float
    assert type(from_internal([1, 2] * ms, second.dim)) is np.ndarray


def test_the_array_given_is_not_changed():
    given_array = np.array([0.0161])
    to_internal(given_array, second.dim)
    assert given_array[0] == 0.0161
