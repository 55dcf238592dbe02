"""Cutting a run, looking and recording change no bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import Setup, simulate
from strategies import grid, groups

from eventsnn import ms

END = 40.0
VARIABLES = ("v", "w")
QUESTIONS = st.lists(st.floats(0.0, 0.04).map(lambda t: t * 1000.0), min_size=1, max_size=8)


@given(groups(), st.lists(grid, max_size=4))
def test_splitting_a_run_anywhere_changes_nothing(setup, cuts):
    whole = simulate(setup, [END], record=VARIABLES, ask=[0.0, 7.7, 13.0, END])
    parts = simulate(setup, [*sorted(c for c in cuts if c <= END), END], record=VARIABLES, ask=[0.0, 7.7, 13.0, END])
    assert parts == whole


@given(groups(), st.data())
def test_splitting_a_run_exactly_at_spikes_changes_nothing(setup, data):
    whole = simulate(setup, [END], record=VARIABLES, ask=[3.3, END])
    if not whole.times:
        return
    cuts = data.draw(st.lists(st.sampled_from(whole.times), min_size=1, max_size=4, unique=True))
    # around a spike too: the doubles before and after it; and runs of no length
    if cuts[0] > 0.0:
        cuts += [np.nextafter(cuts[0], 0.0), np.nextafter(cuts[0], 100.0)]
    cuts += [cuts[0]]
    parts = simulate(setup, [*sorted(float(c) for c in cuts), END], record=VARIABLES, ask=[3.3, END])
    assert parts == whole


@given(groups())
def test_splitting_a_run_exactly_at_refractory_ends_changes_nothing(setup):
    setup = Setup(setup.n, setup.equations, setup.threshold, setup.reset, 2.25 * ms, setup.values)
    whole = simulate(setup, [END], record=VARIABLES)
    ends = sorted({t + 2.25 for t in whole.times[:6] if t + 2.25 < END})
    assert simulate(setup, [*ends, END], record=VARIABLES) == whole


@pytest.mark.parametrize(
    "cuts", [[8.0], [10.0], [8.0, 10.0], [8.0, 8.0, 8.0, 10.0, 10.0, 18.0], [1.0 * k for k in range(41)]]
)
def test_splitting_at_exact_ties_changes_nothing(cuts):
    setup = Setup(2, "dv/dt = 1/(8*ms) : 1 (unless refractory)\nw : 1", "v > 1", "v = 0; w += 1", 2 * ms)
    whole = simulate(setup, [41.0], record=VARIABLES, ask=np.arange(0, 41, 0.25))
    assert whole.times == [8.0, 8.0, 18.0, 18.0, 28.0, 28.0, 38.0, 38.0]
    assert simulate(setup, [*cuts, 41.0], record=VARIABLES, ask=np.arange(0, 41, 0.25)) == whole


@given(groups(), st.lists(grid, max_size=3))
def test_looking_at_the_variables_changes_nothing(setup, cuts):
    cuts = [*sorted(c for c in cuts if c <= END), END]
    assert simulate(setup, cuts, look=True) == simulate(setup, cuts, look=False)


@given(groups())
def test_recording_changes_nothing(setup):
    plain, recorded = simulate(setup, [END]), simulate(setup, [END], record=VARIABLES, ask=[1.0, 2.0])
    assert (plain.times, plain.neurons, plain.states) == (recorded.times, recorded.neurons, recorded.states)


@given(groups(), QUESTIONS)
def test_asking_during_the_run_changes_nothing(setup, questions):
    once = simulate(setup, [20.0, END], record=VARIABLES, ask=questions)
    again = simulate(setup, [20.0, END], record=VARIABLES, ask=questions, look=True)
    assert once == again


@given(groups())
def test_a_longer_run_begins_with_the_shorter_one(setup):
    short, long = simulate(setup, [END / 2]), simulate(setup, [END])
    m = len(short.times)
    assert long.times[:m] == short.times and long.neurons[:m] == short.neurons
    assert all(t >= END / 2 for t in long.times[m:])


@given(groups())
def test_spikes_come_in_the_order_of_time_and_inside_the_run(setup):
    out = simulate(setup, [END])
    assert out.times == sorted(out.times)
    assert all(0.0 <= t < END for t in out.times)
    # equal neurons at one instant: by number, but for those that fire again in a later round
    assert all(isinstance(i, int) and 0 <= i < setup.n for i in out.neurons)


@pytest.mark.slow
@settings(max_examples=1000)
@given(groups(), st.lists(grid, max_size=6))
def test_splitting_a_run_anywhere_changes_nothing_thorough(setup, cuts):
    whole = simulate(setup, [END], record=VARIABLES)
    assert simulate(setup, [*sorted(c for c in cuts if c <= END), END], record=VARIABLES) == whole


def test_splitting_a_run_after_a_refractory_condition_has_ended_changes_nothing():
    # the condition ends when v falls through its level; what comes after must not depend on whether that instant was
    # looked through in this run or in an earlier one
    n = 32
    setup = Setup(
        n,
        "dv/dt = int(not_refractory)*(I - v)/(7.3*ms) - int(not not_refractory)*v/(3.1*ms) : 1\nw : 1\nI : 1\nlow : 1",
        "v > 1",
        "w += 1",
        "v > low",
        {"I": np.linspace(1.3, 4.0, n), "low": np.linspace(0.11, 0.7, n)},
    )
    whole = simulate(setup, [END], record=VARIABLES, ask=[11.0, END])
    assert len(whole.times) > 4 * n
    assert simulate(setup, np.arange(1.0, END + 1.0).tolist(), record=VARIABLES, ask=[11.0, END]) == whole
