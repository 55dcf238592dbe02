"""The oracle of networks against what can be written down."""

from itertools import pairwise

import numpy as np
import pytest
from exponentials import Undecided, exact, mp, sign_changes, value
from network_oracle import Cell, Input, Neuron, Synapse, V, spikes_of
from propagated import NONE, Roundings

#: Of what is computed with 50 digits in a few steps.
CLOSE = mp.mpf(10) ** -45

SILENT = Cell(tau=10.0, rest=0.0, theta=1.0)
#: Fires first after 10 log 2 ms.
DRIVEN = Cell(tau=10.0, rest=2.0, theta=1.0)


def times(*arguments, neuron=None, **options):
    return [s.time for s in spikes_of(*arguments, **options) if neuron in (None, s.neuron)]


def who(*arguments, **options):
    return [(float(s.time), s.neuron) for s in spikes_of(*arguments, **options)]


def close(ours, truth):
    return len(ours) == len(truth) and all(abs(a - b) < CLOSE for a, b in zip(ours, truth, strict=True))


# --- sums of exponentials ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zeros", [["0.9"], ["0.5", "0.25"], ["0.9", "0.5", "0.2"], ["0.99", "0.98", "0.001"]])
def test_the_zeros_of_a_polynomial_in_an_exponential_are_found(zeros):
    coefficients = [exact(1)]
    for z in zeros:
        coefficients = [a - exact(z) * b for a, b in zip([*coefficients, 0], [0, *coefficients], strict=True)]
    terms = [(exact(r), c) for r, c in enumerate(reversed(coefficients))]
    assert close(sign_changes(terms), sorted(-mp.log(exact(z)) for z in zeros))


def test_no_zero_of_random_sums_is_missed_or_invented():
    rng = np.random.default_rng(1)
    counts = set()
    for _ in range(50):
        terms = [(exact(rng.uniform()), exact(rng.normal())) for _ in range(4)]
        found = sign_changes(terms)
        signs = [mp.sign(value(terms, exact(k) / 20)) for k in range(1, 400)]
        seen = [k / 20 for k, (a, b) in enumerate(pairwise(signs), 1) if a != b]
        # the walk along a grid may miss a pair between two of its points
        assert all(any(s <= f <= s + 0.05 for f in found) for s in seen)
        assert all(abs(value(terms, f)) < CLOSE for f in found)
        counts.add(len(found))
    assert counts >= {0, 1, 2}


def test_a_touch_is_not_decided():
    with pytest.raises(Undecided):
        sign_changes([(exact(0), exact(0.25)), (exact(1), exact(-1)), (exact(2), exact(1))])


# --- one neuron -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refractory", [0.0, 2.0, 0.1])
def test_a_driven_neuron_is_periodic(refractory):
    period = 10 * mp.log(2)
    truth = [period + k * (period + exact(refractory)) for k in range(11)]
    assert close(times([Cell(10.0, 2.0, 1.0, refractory=refractory)], most=11), truth)


def test_subtracting_the_threshold_keeps_the_rest():
    # from 3.5 three times at once; then from 1/2 up to 1
    cell = Cell(10.0, 2.0, 1.0, start=3.5, subtract=True)
    ours = times([cell], most=4)
    assert ours[:3] == [0, 0, 0]
    assert close(ours[3:], [10 * mp.log(exact(1.5))])


def test_a_jump_above_threshold_fires_at_its_instant():
    assert who([SILENT], inputs=[Input(3.3, 0, V, 1.5)]) == [(3.3, 0)]
    assert who([SILENT], inputs=[Input(3.3, 0, V, 1.0)]) == []


def test_a_kick_below_threshold_makes_the_crossing_earlier():
    # v = 2 - 2 e^{-t/10} + e^{-(t - 3)/10}/4 after it
    kick = [Input(3.0, 0, V, 0.25)]
    truth = 10 * mp.log(2 - exact(0.25) * mp.exp(exact(3) / 10))
    assert close(times([DRIVEN], inputs=kick, most=1), [truth])


def test_a_neuron_is_deaf_until_exactly_the_end_of_its_refractory_period():
    cell = Cell(10.0, 0.0, 1.0, refractory=2.0)
    for second, fires in ((6.9999, False), (7.0, True), (7.5, True)):
        ours = who([cell], inputs=[Input(5.0, 0, V, 1.5), Input(second, 0, V, 1.5)])
        assert ours == [(5.0, 0), (second, 0)][: 1 + fires]


# --- currents ---------------------------------------------------------------------------------------------------------


def response(t, tau, d):
    """Return v at `t` after a unit of a current that decays with `d`, from the resting membrane."""
    return d / (d - tau) * (mp.exp(-t / d) - mp.exp(-t / tau))


def test_the_first_crossing_of_a_postsynaptic_potential_is_the_root():
    tau, d, w = exact(20), exact(5), exact(24)
    truth = mp.findroot(lambda t: w * response(t, tau, d) - 1, (0.5, 4.0), solver="anderson", tol=1e-90)
    cell = Cell(20.0, 0.0, 1.0, decays=[5.0])
    # after the reset the current is still there
    ours = times([cell], inputs=[Input(1.5, 0, 1, 24.0)])
    assert len(ours) > 1
    assert abs(ours[0] - 1.5 - truth) < CLOSE
    assert abs(w * mp.exp(-truth / d) * response(ours[1] - ours[0], tau, d) - 1) < CLOSE


def test_a_potential_whose_peak_is_just_below_fires_never():
    tau, d = exact(20), exact(5)
    peak = mp.log(tau / d) * tau * d / (tau - d)
    needed = float(1 / response(peak, tau, d))
    for factor, count in ((1 - 1e-6, 0), (1 + 1e-6, 1)):
        cell = Cell(20.0, 0.0, 1.0, refractory=50.0, decays=[5.0])
        assert len(times([cell], inputs=[Input(0.0, 0, 1, needed * factor)])) == count


def test_an_excitation_and_an_inhibition_are_followed_as_a_differential_equation_is():
    cell = Cell(20.0, 0.875, 1.0, start=0.25, refractory=3.0, decays=[5.0, 10.0])
    inputs = [Input(1.0, 0, 1, 8.0), Input(2.5, 0, 2, -3.0), Input(4.0, 0, 1, 9.0), Input(12.0, 0, 1, 16.0)]
    ours = times([cell], inputs=inputs, end=40.0)
    assert len(ours) > 2
    # fourth-order Runge-Kutta in small steps: right to some 1e-9, and to a step at events
    x, free, found, h = np.array([0.25, 0.0, 0.0]), 0.0, [], 1 / 1024

    def speed(x, free):
        return np.array([free * (0.875 + x[1] + x[2] - x[0]) / 20, -x[1] / 5, -x[2] / 10])

    for k in range(40 * 1024):
        t = k * h
        for i in inputs:
            x[i.port] += i.weight * (i.time == t)
        now = t >= free
        a = speed(x, now)
        b = speed(x + h / 2 * a, now)
        c = speed(x + h / 2 * b, now)
        x = x + h / 6 * (a + 2 * b + 2 * c + speed(x + h * c, now))
        if x[0] > 1:
            found.append(t + h)
            x[0], free = 0.0, t + h + 3.0
    assert len(found) == len(ours)
    # a step late in each of them, and with it the next
    assert all(abs(float(a) - b) < 3 * h * len(ours) for a, b in zip(ours, found, strict=True))


# --- networks ---------------------------------------------------------------------------------------------------------


def test_a_spike_arrives_after_its_delay():
    # 0 fires at 10 log 2, 1.7 ms later 1 is kicked above, 2 only to 3/4
    ours = spikes_of([DRIVEN, SILENT, SILENT], [Synapse(0, 1, V, 1.25, 1.7), Synapse(0, 2, V, 0.75, 1.7)], end=10.0)
    first = 10 * mp.log(2)
    assert [s.neuron for s in ours] == [0, 1]
    assert close([s.time for s in ours], [first, first + exact(1.7)])


def test_kicks_of_a_chain_add_up_after_their_decay():
    # 0.75 at T and again at 2 T: 0.75 (1 + 1/2) > 1 where the membrane halves in T = 10 log 2
    ours = spikes_of([DRIVEN, SILENT], [Synapse(0, 1, V, 0.75, 0.25)], end=15.0)
    period = 10 * mp.log(2)
    assert [s.neuron for s in ours] == [0, 0, 1]
    assert close([s.time for s in ours], [period, 2 * period, 2 * period + exact(0.25)])


def test_zero_delays_are_rounds_of_one_instant():
    chain = [Synapse(k, k + 1, V, 1.5, 0.0) for k in range(9)]
    assert who([SILENT] * 10, chain, [Input(2.5, 0, V, 1.5)]) == [(2.5, k) for k in range(10)]


def test_all_resets_come_before_the_arrivals_they_cause():
    # both fire and hit each other after both resets: from -1/2 up to 1 takes 10 log(5/2)
    pair = [Synapse(0, 1, V, -0.5, 0.0), Synapse(1, 0, V, -0.5, 0.0)]
    period = [10 * mp.log(2), 10 * mp.log(exact(2.5))]
    ours = spikes_of([DRIVEN] * 2, pair, most=4)
    assert [s.neuron for s in ours] == [0, 1, 0, 1]
    assert close([s.time for s in ours], [period[0]] * 2 + [sum(period)] * 2)


def test_inputs_at_one_instant_are_summed_before_the_test():
    cancel = [Input(5.0, 0, V, 3.0), Input(5.0, 0, V, -3.0)]
    assert times([DRIVEN], inputs=cancel, end=50.0) == times([DRIVEN], end=50.0)


@pytest.mark.parametrize("weight, fires", [(-0.5, False), (-1e-30, False), (0.0, True), (1e-30, True), (0.5, True)])
def test_an_inhibition_at_exactly_a_crossing_prevents_the_spike(weight, fires):
    # no double is the logarithm of one: the arrival is made by hand
    neuron = Neuron(DRIVEN, Roundings())
    assert not neuron.fires(exact(0))
    crossing = neuron.look
    neuron.receive(crossing, V, exact(weight), NONE)
    assert neuron.fires(crossing) == fires


def test_near_ties_are_not_decided():
    with pytest.raises(Undecided):
        spikes_of([SILENT], inputs=[Input(1.0, 0, V, 0.5), Input(1.0 + 1e-9, 0, V, 0.5)])
    with pytest.raises(Undecided):
        spikes_of([SILENT], inputs=[Input(1.0, 0, V, 1.0 + 1e-9)])
    with pytest.raises(Undecided):
        spikes_of([DRIVEN], inputs=[Input(float(10 * mp.log(2)), 0, V, -0.5)])


@pytest.mark.parametrize("decays", [(), (5.0, 12.0)])
def test_the_slack_covers_the_oracle_itself_in_doubles(decays):
    rng = np.random.default_rng(7)
    cells = [
        Cell(20.0, r, 1.0, start=v, refractory=2.0, decays=decays) for r, v in rng.uniform([1.1, 0], [1.6, 0.9], (8, 2))
    ]
    synapses = [
        Synapse(i, j, V if not decays else 1 + (i > 5), w if i < 6 else -w, d)
        for i in range(8)
        for j in range(8)
        for w, d in [rng.uniform([0.01, 0.1], [0.1, 3.0])]
        if i != j
    ]
    truth = spikes_of(cells, synapses, most=60)
    with mp.workprec(53):
        rounded = spikes_of(cells, synapses, most=60)
    errors = [abs(a.time - b.time) for a, b in zip(truth, rounded, strict=True)]
    assert [s.neuron for s in rounded] == [s.neuron for s in truth]
    assert all(e <= s.slack for e, s in zip(errors, truth, strict=True))
    assert 0 < max(errors) and max(s.slack for s in truth) < 1e-9
