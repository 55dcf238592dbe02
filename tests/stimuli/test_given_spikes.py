"""`SpikeGeneratorGroup`: exactly the given times, in a canonical order."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import Host, drive

from eventsnn import Hz, Quantity, ms, mV, second
from eventsnn.errors import ArgumentError, DimensionMismatchError, EventSNNWarning, OutOfRangeError, WrongTypeError
from eventsnn.groups.generator import SpikeGeneratorGroup


def test_times_are_kept_to_the_bit_and_off_any_grid():
    source = SpikeGeneratorGroup(3, [0, 1, 2], [16.1, 3, 7.0371123] * ms)
    assert drive(source, 100.0) == [(3.0, 1), (7.0371123, 2), (16.1, 0)]


def test_the_order_of_the_list_does_not_matter_and_a_neuron_may_fire_twice_at_one_instant():
    spikes = [(2.0, 1), (5.0, 0), (5.0, 1), (5.0, 1), (5.0, 2), (9.5, 0)]
    for order in (slice(None), slice(None, None, -1), [3, 1, 5, 0, 4, 2]):
        times, who = (np.array(column)[order] for column in zip(*spikes, strict=True))
        assert drive(SpikeGeneratorGroup(3, who, times * ms), 10.0) == spikes


def test_a_run_does_not_contain_its_end():
    source = SpikeGeneratorGroup(1, [0, 0], [5, 10] * ms)
    assert drive(source, 5.0) == [] and drive(source, 10.0) == [(5.0, 0)] and drive(source, 11.0) == [(10.0, 0)]


@given(
    st.lists(st.one_of(st.just(0.0), st.floats(0.01, 9.99)), min_size=1, max_size=5),
    st.floats(10, 30),
    st.integers(0, 20),
)
def test_rounds_are_rounded_once(times, period, first):
    source = SpikeGeneratorGroup(1, [0] * len(times), np.array(times) * ms, period=period * ms)
    inside, length = source._given_times.tolist(), source._period
    end = length * (first + 3)
    expected = [float(Fraction(t) + k * Fraction(length)) for k in range(first + 4) for t in inside]
    assert [t for t, _ in drive(source, end)] == [t for t in expected if t < end]


def test_a_period_repeats_from_zero_wherever_the_group_is_added():
    source = SpikeGeneratorGroup(2, [0, 1], [1, 4] * ms, period=5 * ms)
    source._join(Host(1003.0))
    assert drive(source, 1012.0) == [(1004.0, 1), (1006.0, 0), (1009.0, 1), (1011.0, 0)]
    assert source.period == 5 * ms
    assert SpikeGeneratorGroup(1, [0], [1] * ms, period=float("inf") * second).period == 0 * ms


def test_new_spikes_between_runs():
    source = SpikeGeneratorGroup(2, [0, 1], [1, 40] * ms)
    assert drive(source, 10.0) == [(1.0, 0)]
    source.set_spikes([1, 1], [12, 10] * ms)
    assert drive(source, 30.0) == [(10.0, 1), (12.0, 1)]
    assert (source.spike_time / ms).tolist() == [10, 12] and source.neuron_index.tolist() == [1, 1]
    source.set_spikes([], [] * ms)
    assert drive(source, 100.0) == []


def test_spikes_of_the_past_are_not_sent_and_a_warning_says_so():
    source = SpikeGeneratorGroup(1, [0, 0, 0], [7, 3, 20] * ms, name="late")
    message = r"'late': 2 of its spikes, the first at 3. ms, lie before the present time t = 10. ms and are not sent"
    with pytest.warns(EventSNNWarning, match=message):
        source._join(Host(10.0))
    assert drive(source, 50.0) == [(20.0, 0)]
    with pytest.warns(EventSNNWarning, match="1 of its spikes, the first at 49. ms, lie before"):
        source.set_spikes([0, 0], [49, 50] * ms)
    assert drive(source, 60.0) == [(50.0, 0)]


@pytest.mark.parametrize(
    ("indices", "times", "options", "error", "message"),
    [
        ([0, 1], [1, 2, 3] * ms, {}, ArgumentError, "one time for each index, found 2 indices and 3 times"),
        ([0, 3], [1, 2] * ms, {}, OutOfRangeError, r"there is no neuron 3 \(at \[1\]\); .* number is 3"),
        ([-1, 0], [1, 2] * ms, {}, OutOfRangeError, r"there is no neuron -1 \(at \[0\]\)"),
        ([0, 0.5], [1, 2] * ms, {}, WrongTypeError, r"indices: expected whole numbers, found 0.5 at \[1\]"),
        ([0] * mV, [1] * ms, {}, WrongTypeError, "indices: expected a list of whole numbers"),
        ([0, 0], [1, -2] * ms, {}, ArgumentError, r"times: expected finite times from 0 on, found -2. ms at \[1\]"),
        ([0], [np.nan] * ms, {}, ArgumentError, r"times: expected finite times from 0 on, found nan s at \[0\]"),
        ([0], [np.inf] * ms, {}, ArgumentError, r"times: expected finite times from 0 on, found inf s at \[0\]"),
        ([0], [1] * mV, {}, DimensionMismatchError, r"times: expected times, found a voltage"),
        ([0], [1], {}, DimensionMismatchError, r"times: expected times, found dimensionless"),
        ([0], [[1]] * ms, {}, ArgumentError, r"times: expected a list of times, found shape \(1, 1\)"),
        (
            [0, 0],
            [1, 5] * ms,
            {"period": 5 * ms},
            ArgumentError,
            r"period: expected more than every time, found 5. ms, and 5. ms at \[1\]",
        ),
        ([0], [1] * ms, {"period": 5 * Hz}, DimensionMismatchError, "period: expected a time, found 5. Hz"),
        ([0], [1] * ms, {"period": -5 * ms}, ArgumentError, "period: expected a time that is not negative, found -5"),
    ],
)
def test_errors_say_which_entry(indices, times, options, error, message):
    with pytest.raises(error, match=message):
        SpikeGeneratorGroup(3, indices, times, **options)
    source = SpikeGeneratorGroup(3, [], [] * ms)
    with pytest.raises(error, match=message):
        source.set_spikes(indices, times, **options)
    assert isinstance(source.spike_time, Quantity) and drive(source, 5.0) == []
