"""A timed array is constant between steps, takes the new value at a step, and knows its next change."""

import copy
import math
import pickle
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from eventsnn import Hz, Network, NeuronGroup, Quantity, StateMonitor, mA, ms, mV, nA, second, us, volt
from eventsnn.border import to_internal
from eventsnn.clocks import sample_instants
from eventsnn.equations.scope import TIME
from eventsnn.errors import ArgumentError, DimensionMismatchError, OutOfRangeError, UnitError, WrongTypeError
from eventsnn.stimuli import TimedArray

INF, NAN = math.inf, math.nan


@pytest.fixture
def ta():
    return TimedArray([1, 2, 3] * mV, dt=1 * ms)


@pytest.fixture
def columns():
    return TimedArray([[1, 2], [3, 4], [5, 6]] * mV, dt=1 * ms, name="drive")


def internal(ta, t, *i):
    return ta.internal(t, *i).tolist()


# --- its value, for the user --------------------------------------------------------------------------------------


def test_a_row_holds_from_its_step_to_the_next(ta):
    assert (ta([0, 0.5, 0.999, 1, 1.5, 2] * ms) / mV).tolist() == [1, 1, 1, 2, 2, 3]


def test_outside_the_first_and_the_last_row_hold(ta):
    assert (ta([-INF, -1, 99, INF] * ms) / mV).tolist() == [1, 1, 3, 3]


def test_given_instants_need_not_be_regular():
    ta = TimedArray([1, 2, 3], times=[-1, 0.25, 100] * ms)
    assert ta([-5, -1, 0, 0.25, 99.999, 100, 1e9] * ms).tolist() == [1, 1, 1, 2, 2, 3, 3]


def test_a_single_row_always_holds():
    for ta in (TimedArray([7], dt=1 * ms), TimedArray([7], times=[3] * ms)):
        assert (ta(-9 * ms), ta(9 * ms), ta.next_step(-INF)) == (7, 7, INF)


def test_it_returns_what_its_values_measure(ta, columns):
    one, many = ta(1 * ms), ta([[0, 1], [2, 3]] * ms)
    assert isinstance(one, Quantity) and one.shape == () and one == 2 * mV
    assert isinstance(many, Quantity) and many.shape == (2, 2) and many.dim is volt.dim
    assert isinstance(columns(1 * ms, 0), Quantity)


def test_pure_numbers_come_back_as_plain_ones():
    ta, two = TimedArray([1, 2], dt=1 * ms), TimedArray([[1, 2]], dt=1 * ms)
    assert (type(ta(1 * ms)), type(ta([1, 2] * ms))) == (float, np.ndarray)
    assert (type(two(1 * ms, 0)), type(two(1 * ms, [0, 1]))) == (float, np.ndarray)


def test_columns_broadcast_with_instants(columns):
    def values(t, i):
        return np.asarray(columns(t * ms, i) / mV).tolist()

    assert values(1, 0) == values(1, np.int32(0)) == values(1, np.array(0)) == 3
    assert values(1, [0, 1]) == [3, 4]
    assert values(np.array([0, 1]), 0) == [1, 3]
    assert values(np.array([0, 1]), [0, 1]) == [1, 4]
    assert values(np.array([[0], [1]]), [0, 1]) == [[1, 2], [3, 4]]
    assert columns(1 * ms, np.array([], int)).shape == (0,)


def test_the_value_of_a_row_comes_back_bit_for_bit():
    values = np.array([0.1, 16.1, -0.07, 1 / 3]) * 1e-9
    ta = TimedArray(Quantity(values, nA.dim), dt=1 * ms)
    assert np.asarray(ta(np.arange(4) * ms)).tolist() == values.tolist()


# --- what it is ---------------------------------------------------------------------------------------------------


def test_it_tells_what_it_was_made_of(ta, columns):
    assert ta.values.tolist() == [0.001, 0.002, 0.003] and type(ta.values) is np.ndarray
    assert (ta.dim is volt.dim, ta.dt == 1 * ms, ta.times, ta.name) == (True, True, None, "_timedarray")
    assert (ta.is_2d, ta.arguments, columns.is_2d, columns.arguments) == (False, 1, True, 2)
    given = TimedArray([1, 2], times=[0, 2.5] * ms)
    assert given.dt is None and (given.times / ms).tolist() == [0, 2.5]
    assert TimedArray.is_time_function


def test_the_name_stands_third_as_in_brian():
    assert TimedArray([1], 1 * ms, "drive").name == TimedArray([1], 1 * ms, name="drive*").name == "drive"


def test_it_says_what_it_is(ta, columns):
    assert repr(ta) == "<TimedArray '_timedarray': 3 values, a voltage, dt = 1. ms>"
    assert repr(columns) == "<TimedArray 'drive': 3 rows of 2, a voltage, dt = 1. ms>"
    given = TimedArray([1, 2], times=[0, 2.5] * ms, name="steps")
    assert repr(given) == "<TimedArray 'steps': 2 values, dimensionless, times = 0. s to 2.5 ms>"


def test_it_keeps_its_values_whatever_becomes_of_the_array_it_was_made_of():
    source, times = np.array([1.0, 2.0]), [0, 1] * ms
    ta = TimedArray(source, times=times)
    source[:], times[:] = 9, 9 * ms
    assert (ta(0 * ms), ta(1 * ms), ta.values.tolist()) == (1, 2, [1, 2])
    with pytest.raises(ValueError, match="read-only"):
        ta.values[0] = 9
    ta.times[:] = 7 * ms
    assert (ta.times / ms).tolist() == [0, 1]
    result = ta([0, 1] * ms)
    result[:] = 9
    assert ta(0 * ms) == 1


def test_values_may_be_a_list_of_quantities_integers_or_booleans():
    assert TimedArray([1 * mA, 2 * nA], dt=1 * ms)(1 * ms) == 2 * nA
    assert TimedArray([True, False], dt=1 * ms).values.tolist() == [1.0, 0.0]


def test_it_survives_pickling_and_copying(columns):
    for twin in (pickle.loads(pickle.dumps(columns)), copy.deepcopy(columns)):
        assert twin(1 * ms, 1) == 4 * mV and twin.next_step(0.0) == 1.0 and repr(twin) == repr(columns)


# --- its value, for the engine ------------------------------------------------------------------------------------


def test_inside_values_are_in_internal_units():
    ta = TimedArray([1, 2] * mA, dt=1 * second)
    assert internal(ta, 1000.0) == 2e6
    assert internal(ta, np.array([0.0, 999.9, 1000.0])) == [1e6, 1e6, 2e6]


def test_inside_the_types_are_floats_of_double_precision(ta, columns):
    for value in (ta.internal(1.0), columns.internal(1.0, 1), columns.internal(1.0, np.int64(1))):
        assert type(value) is np.float64
    assert columns.internal(1.0, np.array([0, 1])).dtype == np.float64
    assert type(ta.next_step(0.0)) is float and type(ta.next_step(9.0)) is float


def test_inside_columns_broadcast_and_whole_floats_are_columns(columns):
    assert internal(columns, 1.0, np.array([0, 1, 0])) == [3, 4, 3]
    assert internal(columns, np.array([0.0, 2.0]), np.array([1, 0])) == [2, 5]
    assert internal(columns, 1.0, np.arange(4.0) % 2) == [3, 4, 3, 4]
    assert internal(columns, 1.0, 1.0) == 4


def test_inside_a_step_has_no_tolerance():
    ta = TimedArray([1, 2], dt=0.3 * ms)
    assert internal(ta, np.array([np.nextafter(0.3, 0), 0.3])) == [1, 2]
    assert (ta.next_step(np.nextafter(0.3, 0)), ta.next_step(0.3)) == (0.3, INF)


def test_the_next_step_passes_over_rows_that_change_nothing():
    ta = TimedArray([0, 0, 5, 5, 5, 0, 0], dt=1 * ms)
    assert ta.next_step(np.array([-INF, -1, 0, 1.9, 2, 4.9, 5, 6, INF])).tolist() == [2, 2, 2, 2, 5, 5, INF, INF, INF]
    assert TimedArray([3, 3, 3], times=[0, 1, 2] * ms).next_step(-1.0) == INF


def test_the_next_step_is_that_of_any_column():
    ta = TimedArray([[0, 0], [0, 1], [0, 1], [2, 1]], times=[0, 0.5, 7, 9] * ms)
    assert ta.next_step(np.array([[0, 0.5], [7, 9]])).tolist() == [[0.5, 9], [9, INF]]


def test_values_that_differ_by_a_bit_make_a_step():
    assert TimedArray([1.0, np.nextafter(1, 2)], dt=1 * ms).next_step(0.0) == 1.0


def test_steps_beyond_all_floats_are_never_reached():
    ta = TimedArray([1, 2, 3], dt=1e305 * second)
    assert (ta.next_step(0.0), ta(1 * second)) == (1e308, 1)
    assert ta.next_step(1e308) == INF


# --- grids --------------------------------------------------------------------------------------------------------

STEPS = (0.1 * ms, 0.3 * ms, 0.7 * ms, 25 * us, 0.05 * ms, 1.1 * ms, ms / 3, ms / 7, 1 / (44100 * Hz), 1.23456789 * us)


@pytest.mark.parametrize("dt", STEPS, ids=str)
def test_samples_of_the_same_step_see_one_row_each(dt):
    rows = 100_000
    ta = TimedArray(np.arange(rows), dt=dt)
    step = to_internal(float(dt), TIME)
    instants = sample_instants(0.0, rows * step, step)
    assert np.array_equal(ta.internal(instants), np.arange(rows))
    assert np.array_equal(ta.next_step(instants[:-1]), instants[1:])
    before = np.nextafter(instants[1:], -INF)
    assert np.array_equal(ta.internal(before), np.arange(rows - 1))
    assert np.array_equal(ta.next_step(before), instants[1:])


@pytest.mark.parametrize("dt", STEPS, ids=str)
def test_samples_that_went_out_in_seconds_see_their_row(dt):
    rows = 20_000
    monitor = StateMonitor(NeuronGroup(1, "v : 1"), "v", record=0, dt=dt)
    Network(monitor.source, monitor).run(rows * dt)
    assert np.array_equal(TimedArray(np.arange(rows), dt=dt)(monitor.t), np.arange(rows))


# the last of these steps shows the limit: its 100th multiple is a decimal inside, and some ulp off in seconds
@pytest.mark.parametrize("dt", STEPS[:-1], ids=str)
def test_multiples_counted_in_seconds_see_their_row(dt):
    rows = 100_000
    assert np.array_equal(TimedArray(np.arange(rows), dt=dt)(np.arange(rows) * dt), np.arange(rows))


@pytest.mark.parametrize(("fine", "ratio"), [(0.1 * ms, 3), (0.1 * ms, 7), (0.025 * ms, 4), (0.3 * ms, 11)])
def test_finer_samples_see_each_row_equally_often(fine, ratio):
    rows = 20_000
    ta = TimedArray(np.arange(rows), dt=ratio * fine)
    step = to_internal(float(fine), TIME)
    instants = sample_instants(0.0, rows * ratio * step, step)
    assert np.array_equal(ta.internal(instants), np.repeat(np.arange(rows), ratio))


def test_given_instants_agree_with_a_regular_step():
    regular = TimedArray(np.arange(50), dt=0.3 * ms)
    given = TimedArray(np.arange(50), times=np.arange(50) * 0.3 * ms)
    t = np.arange(-10, 200) * 0.1
    assert np.array_equal(regular.internal(t), given.internal(t))


# --- against a brute force ----------------------------------------------------------------------------------------


def row_of(starts, t):
    """Return the last row that has begun, found by looking at each."""
    return max([k for k, start in enumerate(starts) if start <= t], default=0)


def change_after(starts, table, t):
    """Return the first instant after `t` at which rows differ, found by looking at each."""
    later = [starts[k] for k in range(1, len(table)) if starts[k] > t and list(table[k]) != list(table[k - 1])]
    return min(later, default=INF)


small = st.integers(0, 2).map(float)
tables = hnp.array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=8).flatmap(
    lambda shape: hnp.arrays(float, shape, elements=st.one_of(small, st.floats(-1e3, 1e3)))
)
instants_in_ms = st.floats(-1e6, 1e6)


@given(table=tables, data=st.data())
def test_given_instants_agree_with_looking_at_each_row(table, data):
    distinct = st.lists(instants_in_ms, min_size=len(table), max_size=len(table), unique_by=lambda x: round(x, 3))
    starts = sorted(data.draw(distinct))
    ta = TimedArray(table, times=Quantity(np.array(starts) * 1e-3, TIME))
    check(ta, table, [to_internal(float(s), TIME) for s in np.asarray(ta.times)], data)


@given(table=tables, dt=st.one_of(st.sampled_from([0.1, 0.3, 0.7, 1.0]), st.floats(1e-3, 1e3)), data=st.data())
def test_a_regular_step_agrees_with_looking_at_each_row(table, dt, data):
    ta = TimedArray(table, dt=Quantity(dt * 1e-3, TIME))
    step = to_internal(dt * 1e-3, TIME)
    check(ta, table, [nearest_decimal(k, step) for k in range(len(table))], data)


def nearest_decimal(k, step):
    """Return ``k*step`` rounded once, or the decimal of nine places that lies within 2 ulp of it."""
    exact = float(k * Fraction(step))
    decimal = round(exact, 9)
    return decimal if abs(decimal - exact) <= 2 * math.ulp(exact) else exact


def check(ta, table, starts, data):
    """Hold a timed array against its rows and when they begin [ms], at, beside and between the steps."""
    rows = table.reshape(len(table), -1)
    at = data.draw(st.one_of(st.sampled_from(starts), instants_in_ms))
    for t in (np.nextafter(at, -INF), at, np.nextafter(at, INF), -INF, INF):
        row, change = row_of(starts, t), change_after(starts, rows, t)
        assert ta.next_step(t) == change
        assert ta.next_step(np.array([t, t])).tolist() == [change, change]
        if ta.is_2d:
            columns = np.arange(rows.shape[1])
            assert internal(ta, t, columns) == rows[row].tolist()
            assert [internal(ta, t, int(i)) for i in columns] == rows[row].tolist()
            assert internal(ta, np.array([[t], [t]]), columns) == [rows[row].tolist()] * 2
        else:
            assert internal(ta, t) == rows[row, 0]
            assert internal(ta, np.array([t, t])) == [rows[row, 0]] * 2


@given(table=tables, t=instants_in_ms)
@example(table=np.array([0.0, -0.0, 0.0]), t=-1.0)
def test_between_two_next_steps_nothing_changes_and_at_each_something_does(table, t):
    ta = TimedArray(table, dt=0.3 * ms)
    columns = (np.arange(table.shape[1]),) if ta.is_2d else ()
    for _ in range(len(table)):
        step = ta.next_step(t)
        assert step > t
        before = internal(ta, t, *columns)
        if step == INF:
            assert internal(ta, INF, *columns) == before
            break
        assert internal(ta, float(np.nextafter(step, -INF)), *columns) == before
        assert internal(ta, step, *columns) != before
        t = step
    else:
        pytest.fail("more steps than rows")


# --- what is refused ----------------------------------------------------------------------------------------------

VALUES_OR_TIMES = "dt=1*ms for steps of equal length, or times=[0, 2.5]*ms, one instant for each row of values"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: TimedArray([1, 2]), ArgumentError, f"TimedArray: say when the values hold: {VALUES_OR_TIMES}"),
        (
            lambda: TimedArray([1, 2], dt=1 * ms, times=[0, 1] * ms, name="x"),
            ArgumentError,
            f"TimedArray 'x': give only one of dt and times: {VALUES_OR_TIMES}",
        ),
        (
            lambda: TimedArray([1, NAN] * nA, dt=1 * ms, name="x"),
            ArgumentError,
            "TimedArray 'x'.values: expected finite numbers, found nan A at [1]. Put a number in its place, or leave "
            "its row out and give times=.",
        ),
        (
            lambda: TimedArray([[1, 2], [INF, NAN], [1, -INF]], dt=1 * ms),
            ArgumentError,
            "TimedArray.values: expected finite numbers, found inf at [1, 0] (and 2 more). Put a number",
        ),
        (lambda: TimedArray([1e306] * volt, dt=1 * ms), ArgumentError, "TimedArray.values: expected finite numbers"),
        (
            lambda: TimedArray(3 * mV, dt=1 * ms),
            ArgumentError,
            "TimedArray.values: expected shape (steps,) or (steps, columns), found (). Write [1, 2, 3]*nA.",
        ),
        (lambda: TimedArray([[[1]]], dt=1 * ms), ArgumentError, "(steps, columns), found (1, 1, 1)"),
        (lambda: TimedArray([], dt=1 * ms), ArgumentError, "(steps, columns), found (0,)"),
        (lambda: TimedArray([[], []], dt=1 * ms), ArgumentError, "(steps, columns), found (2, 0)"),
        (
            lambda: TimedArray([1 + 2j], dt=1 * ms),
            WrongTypeError,
            "TimedArray.values: expected real numbers, found [(1+2j)]. Write [1, 2, 3]*nA.",
        ),
        (lambda: TimedArray("abc", dt=1 * ms), UnitError, "TimedArray.values: Expected a number or a quantity, got"),
        (lambda: TimedArray([[1, 2], [3]], dt=1 * ms), UnitError, "TimedArray.values: Expected a number or a quantity"),
        (
            lambda: TimedArray([1 * mV, 2 * ms], dt=1 * ms),
            DimensionMismatchError,
            "TimedArray.values: Cannot mix 1. mV (a voltage) and 2. ms (a time)",
        ),
        (
            lambda: TimedArray([1], dt=1 * mV, name="x"),
            DimensionMismatchError,
            "TimedArray 'x'.dt: expected a time, found 1. mV (a voltage). Write dt=0.1*ms for a tenth of a ms.",
        ),
        (lambda: TimedArray([1], dt=1), DimensionMismatchError, "TimedArray.dt: expected a time, found 1 "),
        (lambda: TimedArray([1], dt=0 * ms), ArgumentError, "TimedArray.dt: expected a positive time, found 0. s"),
        (lambda: TimedArray([1], dt=-1 * ms), ArgumentError, "TimedArray.dt: expected a positive time, found -1. ms"),
        (lambda: TimedArray([1], dt=NAN * ms), ArgumentError, "TimedArray.dt: expected a positive time, found nan s"),
        (lambda: TimedArray([1], dt=INF * ms), ArgumentError, "TimedArray.dt: expected a positive time, found inf s"),
        (
            lambda: TimedArray([1, 2], dt=[1, 2] * ms),
            ArgumentError,
            "TimedArray.dt: expected one time, found [1. 2.] ms. For steps of unequal length give times= in its place",
        ),
        (
            lambda: TimedArray([1, 2], times=[1, 2] * mV),
            DimensionMismatchError,
            "TimedArray.times: expected a time, found [1. 2.] mV (a voltage). Write times=[0, 2.5]*ms.",
        ),
        (
            lambda: TimedArray([1, 2], times=[0, 1, 2] * ms),
            ArgumentError,
            "TimedArray.times: expected 2 instants, one for each row of values, found shape (3,)",
        ),
        (
            lambda: TimedArray([1, 2, 3, 4], times=[0, 2, 2, 1] * ms, name="x"),
            ArgumentError,
            "TimedArray 'x'.times: expected increasing instants, found 2. ms at [2] after 2. ms at [1]. Sort them, and "
            "the rows of values with them.",
        ),
        (
            lambda: TimedArray([1, 2, 3], times=[0, NAN, 2] * ms),
            ArgumentError,
            "TimedArray.times: expected finite numbers, found nan s at [1].",
        ),
        (lambda: TimedArray([1], dt=1 * ms, name="a b"), ArgumentError, "TimedArray.name: expected a name of letters"),
    ],
)
def test_what_makes_no_timed_array_says_so(make, error, message):
    with pytest.raises(error, match=re.escape(message)) as caught:
        make()
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("t", "i", "error", "message"),
    [
        (
            3 * mV,
            0,
            DimensionMismatchError,
            "TimedArray 'drive'(t): expected a time, found 3. mV (a voltage). Write drive(5*ms).",
        ),
        (3, 0, DimensionMismatchError, "TimedArray 'drive'(t): expected a time, found 3 "),
        (0, 0, DimensionMismatchError, "TimedArray 'drive'(t): expected a time, found 0 "),
        ("3", 0, UnitError, "TimedArray 'drive'(t): Expected a number or a quantity, got '3'"),
        ([0, NAN] * ms, 0, ArgumentError, "TimedArray 'drive'(t): expected instants, found [ 0. nan] s"),
        (
            1 * ms,
            None,
            WrongTypeError,
            "TimedArray 'drive': it has 2 columns; say which one: drive(t, 0) or drive(t, i)",
        ),
        (
            1 * ms,
            2,
            OutOfRangeError,
            "TimedArray 'drive'(t, i): there is no column 2; columns count from 0, their number is 2",
        ),
        (1 * ms, [0, -1], OutOfRangeError, "TimedArray 'drive'(t, i): there is no column -1;"),
        (1 * ms, 0.5, WrongTypeError, "TimedArray 'drive'(t, i): expected a column, a whole number, found 0.5"),
        (1 * ms, [0, NAN], WrongTypeError, "expected a column, a whole number, found [ 0. nan]"),
        (1 * ms, True, WrongTypeError, "expected a column, a whole number, found True"),
        (
            1 * ms,
            1 * mV,
            DimensionMismatchError,
            "TimedArray 'drive'(t, i): expected a pure number, found 1. mV (a voltage). A column is counted from 0.",
        ),
        (
            [1, 2, 3] * ms,
            [0, 1],
            ArgumentError,
            "TimedArray 'drive'(t, i): expected shapes that broadcast, found (3,) for t and (2,) for i. Give one",
        ),
    ],
)
def test_what_is_no_instant_or_column_says_so(columns, t, i, error, message):
    with pytest.raises(error, match=re.escape(message)) as caught:
        columns(t, i)
    assert type(caught.value) is error


def test_without_columns_none_can_be_chosen(ta):
    for call in (lambda: ta(1 * ms, 0), lambda: ta.internal(1.0, 0)):
        with pytest.raises(WrongTypeError, match=r"TimedArray: it has no columns, so it takes only the time: ta\(t\)"):
            call()


@pytest.mark.parametrize("i", [2, -1, np.int64(2), np.array([0, 2]), 2.0, 1e300, INF, np.uint64(7)])
def test_inside_too_a_column_must_exist(columns, i):
    with pytest.raises(OutOfRangeError, match=r"TimedArray 'drive'\(t, i\): there is no column .* their number is 2"):
        columns.internal(1.0, i)


def test_inside_too_a_column_must_be_chosen(columns):
    with pytest.raises(WrongTypeError, match="it has 2 columns; say which one"):
        columns.internal(1.0)
