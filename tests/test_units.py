"""Quantities and units: Brian 2's manners, dimensions that are never lost, messages that help."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsnn.units as units_package
from eventsnn.errors import DimensionMismatchError, UnitError
from eventsnn.units import (
    ALL_STAR_UNITS,
    DIMENSIONLESS,
    UNITS,
    Dimension,
    Hz,
    Mohm,
    Quantity,
    Unit,
    amp,
    arange,
    celsius,
    check_units,
    constants,
    exprel,
    fail_for_dimension_mismatch,
    get_dimensions,
    get_or_create_dimension,
    get_unit,
    have_same_dimensions,
    in_best_unit,
    in_unit,
    is_dimensionless,
    is_scalar_type,
    kHz,
    linspace,
    metre,
    mM,
    ms,
    mV,
    nA,
    name_dimension,
    nS,
    ohm,
    ones_like,
    quantity_with_dimensions,
    register_new_unit,
    second,
    siemens,
    uA,
    uF,
    volt,
    with_dimensions,
    zeros_like,
)
from eventsnn.units.allunits import __all__ as ALLUNITS
from eventsnn.units.stdunits import __all__ as STDUNITS

numbers = st.floats(-1e6, 1e6, allow_nan=False)
nonzero = numbers.filter(lambda x: abs(x) > 1e-6)
DIFFER = ": their dimensions differ."
some_units = st.sampled_from([volt, mV, nA, ms, second, Hz, nS, Mohm, metre, uF / metre**2, mV / ms, ms**-0.5])


@pytest.fixture
def q():
    return [1, 2, 3] * mV


def si(x):
    return np.asarray(x)


# -- dimensions --------------------------------------------------------------------------------------------


def test_there_is_one_object_per_dimension():
    assert volt.dim is (amp * ohm).dim
    assert Dimension(volt.dim.si_exponents) is volt.dim


def test_exponents_are_in_the_order_metre_kilogram_second_ampere():
    assert volt.dim.si_exponents == (2, 1, -3, -1, 0, 0, 0)


@given(st.integers(1, 12), st.integers(1, 12))
def test_a_fractional_power_comes_back_to_its_dimension(p, q):
    dim = volt.dim / second.dim
    assert (dim ** (p / q)) ** (q / p) is dim


def test_fractional_exponents_add_up():
    dim = second.dim
    assert dim**0.1 * dim**0.2 is dim**0.3
    assert ((dim**0.5) ** 0.5) ** 4 is dim


@pytest.mark.parametrize(
    "dim, unit, words",
    [
        (volt.dim, "V", "a voltage"),
        (second.dim, "s", "a time"),
        (amp.dim, "A", "a current"),
        (Hz.dim, "Hz", "a frequency"),
        (siemens.dim, "S", "a conductance"),
        (ohm.dim, "ohm", "a resistance"),
        (UNITS["farad"].dim, "F", "a capacitance"),
        (metre.dim, "m", "a length"),
        (UNITS["coulomb"].dim, "C", "a charge"),
        (DIMENSIONLESS, "1", "dimensionless"),
        (metre.dim / second.dim, "m s^-1", "a velocity"),
        (volt.dim / second.dim, "V s^-1", "a quantity in V s^-1"),
        (volt.dim**2, "V^2", "a quantity in V^2"),
        (volt.dim / second.dim**0.5, "V s^-0.5", "a quantity in V s^-0.5"),
        (siemens.dim / metre.dim**2, "S m^-2", "a quantity in S m^-2"),
    ],
)
def test_a_dimension_has_a_readable_unit_and_a_name(dim, unit, words):
    assert str(dim) == unit
    assert name_dimension(dim) == words


def test_a_dimension_is_inert_and_pickles_to_itself():
    with pytest.raises(AttributeError):
        volt.dim.si_exponents = (0,) * 7
    assert pickle.loads(pickle.dumps(volt.dim)) is volt.dim
    assert copy.deepcopy(volt.dim) is volt.dim


def test_dimensions_are_made_by_name():
    assert get_or_create_dimension(length=1, time=-1) is (metre / second).dim
    assert get_or_create_dimension([2, 1, -3, -1, 0, 0, 0]) is volt.dim
    assert volt.dim.get_dimension("length") == 2
    with pytest.raises(TypeError, match="'speed' is no base quantity; the names are length, mass"):
        get_or_create_dimension(speed=1)
    with pytest.raises(TypeError, match="A dimension has 7 exponents"):
        Dimension([1, 2])


# -- writing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, text",
    [
        (10 * nA * 5 * Mohm, "50. mV"),
        (20 * volt, "20. V"),
        (1000 * amp, "1. kA"),
        (1e-6 * amp, "1. uA"),
        (1e-4 * volt, "100. uV"),
        (0.05 * volt, "50. mV"),
        (1 / (3 * ms), "0.33333333 kHz"),
        (3 * ms * mV, "3. uWb"),
        (np.array([16.09437912, 32.18875825, 48.28313737]) * ms, "[16.09437912 32.18875825 48.28313737] ms"),
        ([1, 2, 3] * mV, "[1. 2. 3.] mV"),
        ([0, 1e-3] * volt, "[0. 1.] mV"),
        ([] * volt, "[] V"),
        (0 * volt, "0. V"),
        (np.nan * volt, "nan V"),
        (np.inf * volt, "inf V"),
        (1e-30 * second, "1.e-06 ys"),
        (-70 * mV, "-70. mV"),
        (3 * mM, "3. mM"),
        (70 * UNITS["kilogram"], "70. kg"),
        (1 * UNITS["mgram"], "1. mg"),
        (1 * UNITS["cm"], "10. mm"),
        (20000 * UNITS["umetre"] ** 2, "0.02 mm^2"),
        (1 * ms**2, "1. ms^2"),
        (1 * mV / ms, "1. V/s"),
        (30 * nS / UNITS["cm"] ** 2, "300. uS/m^2"),
        (2 * mV * (10 * ms) ** -0.5, "20. mV s^-0.5"),
        (1 * UNITS["joule"] / UNITS["kelvin"] / second**2, "1. m^2 kg s^-4 K^-1"),
    ],
)
def test_quantities_are_printed_in_one_fitting_unit(value, text):
    assert str(value) == text


@pytest.mark.parametrize(
    "value, text",
    [
        (10 * ms, "10. * msecond"),
        ([1.0, 2.0] * ms, "array([1., 2.]) * msecond"),
        ((2 * mV) ** 2, "4. * mvolt2"),
        (1 * mV / ms, "1. * volt / second"),
        (2 * volt * second**-0.5, "2. * volt * second ** -0.5"),
        (Quantity(3), "Quantity(3.)"),
        (Quantity([1, 2]), "Quantity(array([1., 2.]))"),
    ],
)
def test_the_repr_is_an_expression(value, text):
    assert repr(value) == text


@given(nonzero, some_units)
def test_the_repr_evaluates_to_the_printed_value(number, unit):
    value = number * unit
    back = eval(repr(value), dict(UNITS))  # our own repr, not a user's text
    assert back.dim is value.dim
    assert np.isclose(float(back), float(value), rtol=1e-6)


def test_units_are_printed_by_name():
    assert [str(u) for u in (mV, mV**2, mV / ms, 1 / ms, ms**0.5, mV * ms, mV * mV)] == [
        "mV", "mV^2", "mV/ms", "ms^-1", "ms^0.5", "mV ms", "mV^2",
    ]  # fmt: skip
    assert [repr(u) for u in (mV, mV**2, mV / ms, 1 / ms, np.sqrt(ms))] == [
        "mvolt", "mvolt2", "mvolt / msecond", "msecond ** -1", "msecond ** 0.5",
    ]  # fmt: skip
    assert str(UNITS["msiemens"] / UNITS["cm"] ** 2) == "mS/cm^2"
    assert (mV.name, mV.dispname, mV.scale, mV.iscompound) == ("mvolt", "mV", -3, False)


def test_a_unit_can_be_asked_for():
    assert (3 * mV).in_unit(volt) == "0.003 V"
    assert in_unit([1, 2] * mV, UNITS["uvolt"], 3) == "[1000. 2000.] uV"
    assert in_best_unit(3.12345678 * mV, 3) == "3.123 mV"
    assert (3 * nS).in_unit(nS, python_code=True) == "3. * nsiemens"
    assert (1 * uF / UNITS["cm"] ** 2).in_unit(uF / UNITS["cm"] ** 2) == "1. uF/cm^2"
    assert in_best_unit(3.0) == "3."
    assert (3 * mV).get_best_unit() == mV
    with pytest.raises(DimensionMismatchError, match=r"Cannot write 3\. mV \(a voltage\) in ms \(a time\)\."):
        (3 * mV).in_unit(ms)


def test_a_number_format_sees_si_and_an_empty_one_the_unit():
    assert f"{5 * mV}" == "5. mV"
    assert f"{5 * mV:.3f}" == "0.005"
    assert "%.3f" % (5 * mV) == "0.005"


def test_a_registered_unit_is_used_for_printing():
    dim = (UNITS["katal"] / volt**3).dim
    unit = Unit(dim, -2, (("zorp", "zp", 1),))
    register_new_unit(unit)
    assert str(0.05 * Quantity(1, dim=dim)) == "5. zp"


# -- what drops units sees SI ------------------------------------------------------------------------------


def test_whatever_drops_units_sees_si():
    assert float(10 * ms) == 0.01 and type(float(10 * ms)) is float
    assert int(5 * second) == 5
    assert complex(3 * mV) == 0.003
    assert bool(1 * mV) and not bool(0 * mV)
    assert type(np.asarray([1, 2] * ms)) is np.ndarray
    assert np.array([1 * mV, 2 * mV]).tolist() == [0.001, 0.002]


def test_rates_as_weights_of_a_histogram_are_si_numbers():
    weights = list(np.ones(3) / (5 * 0.1 * ms))
    assert np.allclose([float(w) for w in weights], 2000)
    assert np.allclose(np.asarray(weights), 2000)


@given(numbers, some_units)
def test_a_dimensionless_result_is_a_plain_number(x, unit):
    ratio = (x * unit) / unit
    assert type(ratio) is float
    assert type([x, x] * unit / unit) is np.ndarray
    assert ratio == pytest.approx(x, rel=1e-15)


def test_ten_ms_is_exactly_ten_times_a_thousandth():
    assert float(10 * ms) == 10 * 0.001
    assert float(ms) == 1e-3 and float(UNITS["um2"]) == 1e-12 and float(mV / ms) == 1.0
    assert 3 * ms == 0.003 * second


# -- arithmetic --------------------------------------------------------------------------------------------


def test_adding_different_dimensions_names_both_sides():
    with pytest.raises(DimensionMismatchError) as error:
        5 * amp + 10 * volt
    assert str(error.value) == "Cannot add 5. A (a current) and 10. V (a voltage)" + DIFFER


@pytest.mark.parametrize(
    "operation, message",
    [
        (
            lambda: 5 * mV - 3 * ms,
            "Cannot subtract 3. ms (a time) from 5. mV (a voltage)" + DIFFER,
        ),
        (
            lambda: 5 * mV < 3 * amp,
            "Cannot compare 5. mV (a voltage) with 3. A (a current)" + DIFFER,
        ),
        (
            lambda: 5 * mV == 3,
            "Cannot compare 5. mV (a voltage) with 3 (dimensionless)" + DIFFER,
        ),
        (
            lambda: 5 * mV + np.inf,
            "Cannot add 5. mV (a voltage) and inf (dimensionless)" + DIFFER,
        ),
        (
            lambda: 1 + 5 * mV,
            "Cannot add 1 (dimensionless) and 5. mV (a voltage)" + DIFFER,
        ),
        (
            lambda: np.exp(3 * mV),
            "exp expects a pure number, got 3. mV (a voltage). "
            "Divide by a quantity of the same dimension first, e.g. exp(x/volt).",
        ),
        (
            lambda: np.sin(2 * Hz),
            "sin expects a pure number, got 2. Hz (a frequency). "
            "Divide by a quantity of the same dimension first, e.g. sin(x/hertz).",
        ),
        (
            lambda: 2 ** (3 * mV),
            "An exponent must be a pure number, got 3. mV (a voltage).",
        ),
        (
            lambda: ([1, 2] * mV) ** [1, 2],
            "Cannot raise [1. 2.] mV (a voltage) to several powers: "
            "the elements of the result would differ in dimension. Divide by a unit first.",
        ),
        (
            lambda: np.multiply.accumulate([1, 2] * mV),
            "The products along [1. 2.] mV (a voltage) would each have another dimension. Divide by a unit first.",
        ),
        (
            lambda: Quantity([1 * mV, 2 * ms]),
            "Cannot mix 1. mV (a voltage) and 2. ms (a time)" + DIFFER,
        ),
        (
            lambda: Quantity(3 * mV, dim=amp),
            "Quantity: 3. mV (a voltage) cannot be made a current.",
        ),
        (
            lambda: Quantity("abc"),
            "Expected a number or a quantity, got 'abc' (of type str).",
        ),
        (
            lambda: 20 * celsius,
            "celsius is no unit: its zero is not the absolute zero. Write (20 + 273.15)*kelvin "
            "for a temperature of 20 degrees, and kelvin for differences of temperature.",
        ),
    ],
)
def test_messages_name_the_values_and_what_they_measure(operation, message):
    with pytest.raises(UnitError) as error:
        operation()
    assert str(error.value) == message


def test_a_long_array_is_shortened_in_messages():
    with pytest.raises(DimensionMismatchError, match=r"\[0\. 1\. \.\.\. 98\. 99\.\] mV \(a voltage\)"):
        np.arange(100) * mV + 1 * ms


def test_zero_fits_any_dimension_and_infinity_any_comparison():
    assert 5 * mV + 0 == 5 * mV == 0 + 5 * mV
    assert 5 * mV > 0 and 5 * mV != 0
    assert 5 * mV < np.inf
    assert sum([1 * mV, 2 * mV]) == 3 * mV
    assert np.clip(5 * mV, -np.inf, 3 * mV) == 3 * mV


def test_equality_with_something_else_is_false():
    nothing = None
    assert (5 * mV == nothing) is False and 5 * mV != "5 mV"
    assert (mV == nothing) is False and mV != "mV"


@given(numbers, numbers, some_units)
def test_addition_commutes_with_stripping_the_units(x, y, unit):
    assert float(x * unit + y * unit) == float(x * unit) + float(y * unit)


@given(nonzero, nonzero, some_units, some_units)
def test_multiplying_and_dividing_gives_the_dimension_back(x, y, u, w):
    a, b = x * u, y * w
    assert get_dimensions((a * b) / b) is u.dim
    assert get_dimensions(a * b) is get_dimensions(b * a) is u.dim * w.dim


@given(st.floats(0.001, 1e6), some_units)
def test_the_square_of_the_root_is_the_quantity(x, unit):
    root = np.sqrt(x * unit)
    assert (root * root).dim is unit.dim
    assert float(root**2) == pytest.approx(float(x * unit))


def test_units_make_units():
    assert isinstance(mV / ms, Unit) and isinstance(1 / ms, Unit) and isinstance(mV**2, Unit)
    assert mV / volt == 0.001 and type(mV / mV) is float
    assert not isinstance(2 * mV, Unit) and not isinstance(mV + mV, Unit) and not isinstance(-mV, Unit)
    assert 2 / ms == 2 * kHz
    assert str((3 * ms) ** -0.5).endswith("s^-0.5")


def test_numbers_of_all_kinds_take_units():
    for number in (3, 3.0, np.float64(3), np.float32(3), np.int64(3), np.array(3)):
        assert number * mV == mV * number == 3 * mV
        assert isinstance(number * mV, Quantity)
    assert (True * mV) == 1 * mV
    assert ([1 * mV, 2 * mV] * ms).dim is (volt * second).dim
    assert (np.random.rand(3) * mV).shape == (3,)
    with pytest.raises(TypeError):
        mV * "abc"
    with pytest.raises(TypeError):
        mV * None


def test_single_quantities_are_values_and_arrays_change_in_place(q):
    a = b = 5 * mV
    a += 1 * mV
    assert (a, b) == (6 * mV, 5 * mV)
    view = q
    q += 1 * mV
    q *= 2
    assert view is q and np.array_equal(view, [4, 6, 8] * mV)
    with pytest.raises(DimensionMismatchError, match="Cannot add"):
        q += 1


def test_an_operation_that_changes_the_dimension_makes_a_new_array(q):
    before = q
    q *= 2 * mV
    assert q.dim is volt.dim**2 and before.dim is volt.dim and before[0] == 1 * mV
    before /= mV
    assert type(before) is np.ndarray
    squared = [1, 2] * mV
    squared **= 2
    assert squared.dim is volt.dim**2
    plain = np.ones(2)
    plain *= nS
    assert np.array_equal(plain, [1, 1] * nS)


def test_a_unit_cannot_be_changed():
    u = mV
    u *= 2
    assert u == 2 * mV and float(mV) == 0.001
    with pytest.raises(ValueError):
        np.asarray(mV)[...] = 3


def test_an_output_array_keeps_what_it_measures(q):
    out = np.zeros(3) * mV
    assert np.add(q, q, out=out) is out and np.array_equal(out, 2 * q)
    with pytest.raises(DimensionMismatchError) as error:
        np.multiply(q, q, out=out)
    assert str(error.value) == (
        "The result is a quantity in V^2, but the array to be changed is a voltage (V). "
        "An output array cannot change what it measures: assign the result instead, x = f(...)."
    )
    with pytest.raises(DimensionMismatchError, match="the array to be changed is dimensionless"):
        np.add(q, q, out=np.zeros(3))
    plain = np.zeros(3)
    np.divide(q, mV, out=plain)
    assert np.allclose(plain, [1, 2, 3])


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda q: np.abs(-q), [1, 2, 3] * mV),
        (lambda q: np.square(q), [1, 4, 9] * mV**2),
        (lambda q: np.reciprocal(q), [1, 0.5, 1 / 3] / mV),
        (lambda q: np.cbrt(q**3), [1, 2, 3] * mV),
        (lambda q: np.maximum(q, 2 * mV), [2, 2, 3] * mV),
        (lambda q: np.minimum(q, np.inf), [1, 2, 3] * mV),
        (lambda q: np.hypot(3 * q, 4 * q), [5, 10, 15] * mV),
        (lambda q: q % (2 * mV), [1, 0, 1] * mV),
        (lambda q: np.sign(-q), [-1, -1, -1]),
        (lambda q: np.isfinite(q), [True] * 3),
        (lambda q: np.arctan2(q, q), [np.pi / 4] * 3),
        (lambda q: np.add.reduce(q), 6 * mV),
        (lambda q: np.multiply.reduce(q), 6 * mV**3),
        (lambda q: np.add.accumulate(q), [1, 3, 6] * mV),
        (lambda q: np.multiply.outer(q, q)[1], [2, 4, 6] * mV**2),
        (lambda q: q @ q, 14 * mV**2),
        (lambda q: q // mV, None),
        (lambda q: np.copysign(q, -1.0), [-1, -2, -3] * mV),
    ],
)
def test_elementwise_functions_keep_or_combine_dimensions(q, function, expected):
    result = function(q)
    if expected is not None:
        assert get_dimensions(result) is get_dimensions(expected)
        assert np.allclose(si(result), si(expected), atol=0)
    assert isinstance(result, Quantity) or is_dimensionless(result)


def test_divmod_and_at_know_units(q):
    whole, rest = divmod(5 * mV, 2 * mV)
    assert whole == 2 and rest == 1 * mV
    np.add.at(q, [0, 0], 1 * mV)
    assert q[0] == 3 * mV
    with pytest.raises(DimensionMismatchError):
        np.add.at(q, [0], 1)


# -- NumPy's other functions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda q: np.mean(q), 2 * mV),
        (lambda q: q.mean(), 2 * mV),
        (lambda q: q.std(), np.sqrt(2 / 3) * mV),
        (lambda q: q.var(), 2 / 3 * mV**2),
        (lambda q: np.var(q, ddof=1), 1 * mV**2),
        (lambda q: q.sum(), 6 * mV),
        (lambda q: q.max(), 3 * mV),
        (lambda q: np.min(q), 1 * mV),
        (lambda q: np.ptp(q), 2 * mV),
        (lambda q: q.ptp(), 2 * mV),
        (lambda q: q.prod(), 6 * mV**3),
        (lambda q: np.prod(np.stack([q, q]), axis=0), [1, 4, 9] * mV**2),
        (lambda q: q.cumsum(), [1, 3, 6] * mV),
        (lambda q: np.diff(q), [1, 1] * mV),
        (lambda q: np.diff(q, prepend=0), [1, 1, 1] * mV),
        (lambda q: np.median(q), 2 * mV),
        (lambda q: np.percentile(q, 50), 2 * mV),
        (lambda q: np.quantile(q, 0.5), 2 * mV),
        (lambda q: np.average(q, weights=[0, 0, 1]), 3 * mV),
        (lambda q: np.sort(q[::-1]), [1, 2, 3] * mV),
        (lambda q: np.clip(q, 2 * mV, None), [2, 2, 3] * mV),
        (lambda q: q.clip(0, 2 * mV), [1, 2, 2] * mV),
        (lambda q: np.concatenate([q, q]), [1, 2, 3, 1, 2, 3] * mV),
        (lambda q: np.hstack([q, 4 * mV]), [1, 2, 3, 4] * mV),
        (lambda q: np.vstack([q, q])[1], [1, 2, 3] * mV),
        (lambda q: np.append(q, 4 * mV), [1, 2, 3, 4] * mV),
        (lambda q: np.insert(q, 0, 0 * mV), [0, 1, 2, 3] * mV),
        (lambda q: np.where(q > 1 * mV, q, 0), [0, 2, 3] * mV),
        (lambda q: np.select([q > 2 * mV], [q]), [0, 0, 3] * mV),
        (lambda q: np.dot(q, q), 14 * mV**2),
        (lambda q: q.dot([1, 0, 0]), 1 * mV),
        (lambda q: np.outer(q, [1 * ms, 2 * ms])[0], [1, 2] * (mV * ms)),
        (lambda q: np.cross(q, q), [0, 0, 0] * mV**2),
        (lambda q: np.convolve(q, [1, 1]), [1, 3, 5, 3] * mV),
        (lambda q: np.trapezoid(q, [0, 1, 2] * ms), 4 * (mV * ms)),
        (lambda q: np.trapezoid(q, dx=1 * ms), 4 * (mV * ms)),
        (lambda q: np.gradient(q, 1 * ms), [1, 1, 1] * (mV / ms)),
        (lambda q: np.interp(1.5 * ms, [1, 2, 3] * ms, q), 1.5 * mV),
        (lambda q: np.interp(1.5, [1, 2, 3], q), 1.5 * mV),
        (lambda q: np.histogram(q, bins=2)[1], [1, 2, 3] * mV),
        (lambda q: np.histogram(q, bins=[0, 2, 4] * mV)[0], [1, 2]),
        (lambda q: np.unique([2, 1, 1] * mV), [1, 2] * mV),
        (lambda q: np.unique([2, 1, 1] * mV, return_counts=True)[1], [2, 1]),
        (lambda q: np.round([1.26, 1.24] * volt, 1), [1.3, 1.2] * volt),
        (lambda q: round(3.2 * second), 3 * second),
        (lambda q: np.zeros_like(q), [0, 0, 0] * mV),
        (lambda q: np.full_like(q, 3 * mV), [3, 3, 3] * mV),
        (lambda q: np.linspace(0 * ms, 10 * ms, 3), [0, 5, 10] * ms),
        (lambda q: np.argsort(-q), [2, 1, 0]),
        (lambda q: q.argmax(), 2),
        (lambda q: np.searchsorted(q, 1.5 * mV), 1),
        (lambda q: np.digitize([1.5] * mV, q), [1]),
        (lambda q: np.isin(q, [1 * mV]), [True, False, False]),
        (lambda q: np.array_equal(q, q), True),
        (lambda q: np.allclose(q, q * (1 + 1e-9)), True),
        (lambda q: np.isclose(1 * nA, 2 * nA), False),
        (lambda q: np.tile(q, 2), [1, 2, 3, 1, 2, 3] * mV),
        (lambda q: np.repeat(q, 2), [1, 1, 2, 2, 3, 3] * mV),
        (lambda q: q.reshape(3, 1).T[0], [1, 2, 3] * mV),
        (lambda q: np.ravel(q.reshape(3, 1)), [1, 2, 3] * mV),
        (lambda q: np.roll(q, 1), [3, 1, 2] * mV),
        (lambda q: np.split(q, 3)[2], [3] * mV),
        (lambda q: np.meshgrid(q, [1, 2] * ms)[1][:, 0], [1, 2] * ms),
        (lambda q: np.nanmean([np.nan, 1] * mV), 1 * mV),
        (lambda q: np.linalg.norm([3, 4] * mV), 5 * mV),
        (lambda q: np.linalg.solve([[2.0]] * mV, [4.0] * volt), [2000.0]),
        (lambda q: np.cov(q), 1 * mV**2),
        (lambda q: np.bincount([0, 1, 1], weights=q), [1, 5] * mV),
        (lambda q: np.histogram2d(q, q, bins=2)[2], [1, 2, 3] * mV),
        (lambda q: q.take([0, 2]), [1, 3] * mV),
        (lambda q: q.copy(), [1, 2, 3] * mV),
        (lambda q: np.all(q), True),
    ],
)
def test_numpy_functions_keep_or_combine_dimensions(q, function, expected):
    result = function(q)
    assert get_dimensions(result) is get_dimensions(expected)
    assert np.allclose(si(result), si(expected), rtol=1e-12, atol=0)
    assert isinstance(result, Quantity) == isinstance(expected, Quantity)


@pytest.mark.parametrize(
    "operation, message",
    [
        (
            lambda q: np.concatenate([q, [1, 2] * ms]),
            "Cannot use [1. 2. 3.] mV (a voltage) and [1. 2.] ms (a time) together in concatenate" + DIFFER,
        ),
        (
            lambda q: np.append(q, 3),
            "Cannot use [1. 2. 3.] mV (a voltage) and 3 (dimensionless) together in append" + DIFFER,
        ),
        (
            lambda q: np.allclose(q, 3),
            "Cannot use [1. 2. 3.] mV (a voltage) and 3 (dimensionless) together in allclose" + DIFFER,
        ),
        (
            lambda q: np.histogram(q, bins=[0, 1, 2]),
            "Cannot use [1. 2. 3.] mV (a voltage) and [0 1 2] (dimensionless) together in histogram" + DIFFER,
        ),
        (
            lambda q: np.polyfit(q, q, 1),
            "numpy.polyfit does not know about units, and got [1. 2. 3.] mV (a voltage). Strip the "
            "units first: x/ms (for x in milliseconds) or numpy.asarray(x) (in SI units).",
        ),
        (
            lambda q: np.cumprod(q),
            "The products along [1. 2. 3.] mV (a voltage) would each have another dimension. Divide by a unit first.",
        ),
        (
            lambda q: np.mean(q, out=np.zeros(())),
            "mean(..., out=...) is not available for quantities. Write x[:] = mean(...).",
        ),
    ],
)
def test_numpy_functions_refuse_with_a_reason(q, operation, message):
    with pytest.raises(UnitError) as error:
        operation(q)
    assert str(error.value) == message


def test_files_are_written_in_si(q, tmp_path):
    np.save(tmp_path / "q.npy", q)
    assert np.allclose(np.load(tmp_path / "q.npy"), [0.001, 0.002, 0.003])
    np.savez(tmp_path / "q.npz", v=q)
    np.savetxt(tmp_path / "q.txt", q)
    assert np.allclose(np.loadtxt(tmp_path / "q.txt"), [0.001, 0.002, 0.003])


# -- elements, copies --------------------------------------------------------------------------------------


def test_elements_are_quantities(q):
    assert q[0] == 1 * mV and isinstance(q[0], Quantity)
    assert [type(x) for x in q] == [Quantity] * 3 and type(q.tolist()[0]) is Quantity
    assert q[[True, False, True]].shape == (2,) and q[1:].dim is volt.dim and q[:, None].shape == (3, 1)
    assert (5 * mV).item() == 5 * mV
    assert len(q) == 3 and max(q) == 3 * mV and sorted(q)[0] == 1 * mV
    with pytest.raises(TypeError):
        iter(5 * mV)
    with pytest.raises(TypeError):
        len(5 * mV)


def test_assignment_checks_the_dimension(q):
    q[0] = 3 * mV
    q[1:] = [7, 8] * mV
    q[q > 7.5 * mV] = 0
    assert np.array_equal(q, [3, 7, 0] * mV)
    with pytest.raises(DimensionMismatchError) as error:
        q[0] = 3
    assert str(error.value) == ("Cannot store 3 (dimensionless) in [3. 7. 0.] mV (a voltage)" + DIFFER)
    with pytest.raises(DimensionMismatchError, match=r"Cannot store 3\. ms \(a time\) in"):
        q[0] = 3 * ms
    q.fill(1 * mV)
    q.put([0], 2 * mV)
    assert q.sum() == 4 * mV


def test_a_slice_is_a_view(q):
    q[:2][0] = 9 * mV
    assert q[0] == 9 * mV


@given(st.lists(numbers, max_size=5), some_units)
def test_pickling_and_copying_change_nothing(values, unit):
    original = Quantity(values, dim=unit.dim)
    for other in (pickle.loads(pickle.dumps(original)), copy.copy(original), copy.deepcopy(original)):
        assert type(other) is Quantity and other.dim is original.dim
        assert np.array_equal(si(other), si(original)) and other is not original
    back = pickle.loads(pickle.dumps(unit))
    assert type(back) is Unit and back == unit and str(back) == str(unit)
    assert copy.deepcopy(unit) is unit


def test_units_are_hashable_and_quantities_are_not():
    assert {mV: 1}[UNITS["mvolt"]] == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(3 * mV)


def test_anything_with_a_dimension_counts_as_a_quantity():
    class View:
        dim = volt.dim
        __array_ufunc__ = None

        def __array__(self, dtype=None, copy=None):
            return np.array([0.001, 0.002])

    assert get_dimensions(View()) is volt.dim
    assert np.array_equal(Quantity(View()), [1, 2] * mV)


# -- helpers -----------------------------------------------------------------------------------------------


def test_questions_about_dimensions():
    assert get_dimensions(3) is DIMENSIONLESS and get_dimensions([1 * mV]) is volt.dim
    assert is_dimensionless(3) and not is_dimensionless(mV)
    assert have_same_dimensions(3 * mV, volt) and (3 * mV).has_same_dimensions(volt)
    assert get_unit(volt.dim) == volt and repr(get_unit((volt * second).dim)) == "weber"
    assert is_scalar_type(3.0) and not is_scalar_type([3]) and not is_scalar_type(3 * mV)
    assert Quantity.with_dimensions(2, volt) == 2 * volt
    assert Quantity.with_dimensions(2, length=1) == 2 * metre
    assert (3 * mV).dimensions is volt.dim and Quantity(3).is_dimensionless
    with pytest.raises(UnitError, match="Expected a number or a quantity, got 'a'"):
        get_dimensions("a")


def test_dimensions_are_attached_only_where_there_are_any():
    assert type(with_dimensions(np.array(2.0), DIMENSIONLESS)) is float
    assert with_dimensions(np.arange(3), second.dim).dtype == np.float64
    assert type(quantity_with_dimensions(3, DIMENSIONLESS)) is Quantity


def test_fail_for_dimension_mismatch():
    assert fail_for_dimension_mismatch(3 * mV, volt) == (volt.dim, volt.dim)
    assert fail_for_dimension_mismatch(0, volt) == (DIMENSIONLESS, volt.dim)
    with pytest.raises(DimensionMismatchError, match=r"Expected a pure number, got 3\. mV \(a voltage\)\."):
        fail_for_dimension_mismatch(3 * mV)
    with pytest.raises(DimensionMismatchError) as error:
        fail_for_dimension_mismatch(3 * mV, 3 * ms, "No {a} for {b}", a=3 * mV, b=3 * ms)
    assert str(error.value) == "No 3. mV for 3. ms (found a voltage and a time)."


def test_check_units_checks_arguments_and_result():
    @check_units(I=amp, R=ohm, wait=bool, result=volt)
    def voltage(I, R, wait=False, note=None):
        return I * R if not wait else I

    assert voltage(1 * nA, R=1 * Mohm) == 1 * mV
    assert voltage.__name__ == "voltage"
    with pytest.raises(DimensionMismatchError) as error:
        voltage(1 * mV, 1 * Mohm)
    assert str(error.value) == "voltage: the argument 'I' must be a current (in A), got 1. mV (a voltage)."
    with pytest.raises(DimensionMismatchError, match=r"the result must be a voltage \(in V\), got 1\. nA"):
        voltage(1 * nA, 1 * Mohm, wait=True)
    with pytest.raises(UnitError, match="voltage: the argument 'wait' must be a bool, got 3"):
        voltage(1 * nA, 1 * Mohm, 3)


def test_check_units_compares_arguments_and_computes_the_result():
    @check_units(x=None, y="x", n=1, result=lambda x, y, n: x * y)
    def product(x, y, n=1):
        return x * y * n

    assert product(2 * mV, 3 * mV) == 6 * mV**2
    with pytest.raises(DimensionMismatchError, match=r"'y' must be a voltage .* as the argument 'x'"):
        product(2 * mV, 3)
    with pytest.raises(DimensionMismatchError, match="the argument 'n' must be a pure number"):
        product(2 * mV, 3 * mV, 2 * mV)


def test_ranges_have_units():
    assert np.allclose(arange(0 * ms, 10 * ms, 3 * ms) / ms, [0, 3, 6, 9])
    assert arange(3 * ms, step=1 * ms).shape == (3,)
    assert np.array_equal(arange(5), np.arange(5)) and arange(5).dtype == np.arange(5).dtype
    assert np.array_equal(linspace(0 * ms, 10 * ms, 3), [0, 5, 10] * ms)
    assert np.array_equal(linspace(0, 1, 3), [0, 0.5, 1])
    with pytest.raises(DimensionMismatchError, match="Cannot make a range of"):
        arange(0 * ms, 10 * mV, 1 * ms)


def test_plain_ones_and_zeros(q):
    assert type(ones_like(q)) is np.ndarray and ones_like(q).sum() == 3 and zeros_like(q).sum() == 0


def test_exprel_is_smooth_at_zero():
    assert exprel(0.0) == 1.0
    assert exprel(1e-10) == pytest.approx(1 + 5e-11, rel=1e-15)
    assert np.allclose(exprel([0, 1]), [1, np.e - 1])
    with pytest.raises(DimensionMismatchError, match="exprel expects a pure number"):
        exprel(1 * mV)


# -- names -------------------------------------------------------------------------------------------------


def _words(text):
    return text.split()


PREFIXES = ["da", *"yzafpnumcdhkMGTPEZY"]
# The base names of Brian 2.9's allunits, all of them with prefixes, squares and cubes
KINDS = _words("""
    metre meter second amp ampere mole mol candle gram gramme molar radian steradian hertz newton pascal joule
    watt coulomb volt farad ohm siemens weber tesla henry lumen lux becquerel gray sievert katal
""")
STANDARD = _words("""
    mV mA uA nA pA pF uF nF nS uS mS ms us Hz kHz MHz cm cm2 cm3 mm mm2 mm3 um um2 um3 mM uM nM
""")
# The units that `from brian2 import *` brings
STAR_KINDS = _words("""
    amp metre meter second mole coulomb farad gram gramme hertz joule molar liter litre pascal ohm siemens
    volt watt
""")
STAR = [prefix + kind for prefix in ["", *"pnumkMGT"] for kind in STAR_KINDS]
STAR += ["kelvin", "kilogram", "cmetre", "cmeter", *STANDARD]


def test_every_unit_of_brian_exists():
    names = [p + kind + power for p in ["", *PREFIXES] for kind in KINDS for power in ("", "2", "3")]
    names += [p + kind for p in ["", *PREFIXES] for kind in ("liter", "litre")]
    names += [kind + power for kind in ("kilogram", "kilogramme", "kelvin") for power in ("", "2", "3")]
    assert set(names) <= set(ALLUNITS) and "celsius" in ALLUNITS
    assert set(STDUNITS) == set(STANDARD)
    assert set(ALL_STAR_UNITS) == set(STAR)
    assert all(isinstance(getattr(units_package, name), Unit) for name in names + STANDARD)


def test_units_have_the_right_size():
    # fmt: off
    sizes = {"daamp": 10, "cmetre2": 1e-4, "umetre3": 1e-18, "litre": 1e-3, "mliter": 1e-6, "gram": 1e-3,
             "kgram": 1, "molar": 1e3, "mM": 1, "uM": 1e-3, "Yvolt": 1e24, "mradian": 1e-3,
             "mmolar2": 1}
    # fmt: on
    assert {name: float(UNITS[name]) for name in sizes} == sizes
    assert UNITS["mole"] / UNITS["litre"] == UNITS["molar"]
    assert uA == 1e-6 * amp and UNITS["us"] == 1e-6 * second


@pytest.mark.parametrize("name", sorted(set(STANDARD) | set(KINDS)))
def test_the_name_of_a_unit_leads_back_to_it(name):
    assert UNITS[UNITS[name].name] == UNITS[name]


def test_constants_have_units():
    assert constants.zero_celsius == 273.15 * UNITS["kelvin"]
    assert get_dimensions(constants.gas_constant * 300 * UNITS["kelvin"] / constants.faraday_constant) is volt.dim


def test_units_import_no_heavy_library():
    code = (
        "import sys, eventsnn.units\nprint([m for m in ('matplotlib', 'scipy', 'numba', 'sympy') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"
