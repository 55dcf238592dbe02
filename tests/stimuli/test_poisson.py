"""Poisson trains: the right statistics for constant, stepping and changing rates, and for inputs taken together."""

import numpy as np
import pytest
from sources import Host, arrays, drive, fresh, kolmogorov, trains

from eventsnn import Hz, NeuronGroup, TimedArray, defaultclock, kHz, ms, mV, nA, seed, start_scope
from eventsnn.errors import (
    ArgumentError,
    DimensionMismatchError,
    EquationError,
    MissingError,
    SimulationError,
    UnknownNameError,
    WrongTypeError,
)
from eventsnn.groups.poisson import PoissonGroup
from eventsnn.groups.poissoninput import PoissonInput
from eventsnn.stimuli import rates as rates_module


def intervals(spikes, n):
    return np.concatenate([np.diff(train) for train in trains(spikes, n)])


def within(found, expected, sigma):
    """Whether a normal number lies within five standard deviations: not so in 1 of 1.7 million cases."""
    return abs(found - expected) < 5 * sigma


@pytest.mark.parametrize("rate", [0.05, 3.0, 20.0])
def test_counts_intervals_and_neurons_are_those_of_a_poisson_process(rate):
    n, end = 20, 20_000 / rate / 20
    spikes = fresh(lambda: PoissonGroup(n, rate * kHz), end)
    assert within(len(spikes), rate * n * end, np.sqrt(rate * n * end))
    counts = np.array([len(train) for train in trains(spikes, n)])
    # sum of (count - mean)^2/mean: chi-square of 20
    assert abs(((counts - rate * end) ** 2 / (rate * end)).sum() - n) < 5 * np.sqrt(2 * n) + 10
    waits = intervals(spikes, n)
    assert kolmogorov(waits, lambda x: 1 - np.exp(-rate * x)) < 2.7
    # successive intervals do not know of each other
    pairs = np.concatenate([(w[:-1] * rate - 1) * (w[1:] * rate - 1) for w in map(np.diff, trains(spikes, n))])
    assert abs(pairs.mean()) < 5 / np.sqrt(len(pairs))


def test_the_first_spike_is_as_far_as_any_other():
    n = 4000
    spikes = fresh(lambda: PoissonGroup(n, 100 * Hz), 300.0)
    first = [train[0] for train in trains(spikes, n)]
    assert kolmogorov(first, lambda x: 1 - np.exp(-0.1 * x)) < 2.7


def test_neurons_are_independent_of_each_other():
    n, end, bin = 40, 20_000.0, 50.0
    times, who = arrays(fresh(lambda: PoissonGroup(n, 20 * Hz), end))
    counts = np.histogram2d(who, times, bins=(np.arange(n + 1), np.arange(0, end + bin, bin)))[0]
    correlation = np.corrcoef(counts)[np.triu_indices(n, 1)]
    # 780 coefficients of standard deviation 1/sqrt(400)
    assert abs(correlation.mean()) < 5 * 0.05 / np.sqrt(780) and abs(correlation).max() < 6 * 0.05


def rescaled(spikes, n, integral):
    """Return the intervals in operational time: unit exponentials, whatever the rate."""
    return np.concatenate([np.diff(integral(train), prepend=0.0) for train in trains(spikes, n)])


def test_a_sinusoidal_rate():
    n, end, f = 50, 4000.0, 5.0
    spikes = fresh(lambda: PoissonGroup(n, "(1 + sin(2*pi*f*t))*20*Hz"), end, names={"f": f * Hz})
    times, _ = arrays(spikes)
    assert within(len(times), 0.02 * n * end, np.sqrt(0.02 * n * end))
    # phases: chi-square over 20 bins against the integral of the rate
    phase = (times * f / 1000.0) % 1.0
    edges = np.linspace(0, 1, 21)
    share = np.diff(edges - np.cos(2 * np.pi * edges) / (2 * np.pi))
    found = np.histogram(phase, edges)[0]
    # 99.9999 % of a chi-square of 19 lie below 66
    assert ((found - len(times) * share) ** 2 / (len(times) * share)).sum() < 66

    def integral(t):
        return 0.02 * (t + 1000 / (2 * np.pi * f) * (1 - np.cos(2 * np.pi * f * t / 1000)))

    assert kolmogorov(rescaled(spikes, n, integral), lambda x: 1 - np.exp(-x)) < 2.7


def test_a_decaying_rate_is_exact_although_its_windows_shrink():
    n, tau = 50, 30.0
    spikes = fresh(lambda: PoissonGroup(n, "r*exp(-t/tau)"), 400.0, names={"r": 2 * kHz, "tau": tau * ms})
    waits = rescaled(spikes, n, lambda t: 2 * tau * (1 - np.exp(-t / tau)))
    assert within(len(spikes), n * 2 * tau, np.sqrt(n * 2 * tau))
    assert kolmogorov(waits, lambda x: 1 - np.exp(-x)) < 2.7


def test_steps_of_the_rate_come_at_their_instants():
    values = np.array([[100, 0], [400, 50], [0, 900], [200, 200]])
    steps = TimedArray(values * Hz, dt=25 * ms)
    n = 2000
    times, who = arrays(fresh(lambda: PoissonGroup(n, "steps(t, i % 2)"), 100.0, names={"steps": steps}))
    for k, row in enumerate(values):
        for column in (0, 1):
            inside = (times >= 25 * k) & (times < 25 * (k + 1)) & (who % 2 == column)
            mean = row[column] * 0.025 * n / 2
            assert within(inside.sum(), mean, np.sqrt(mean)) if mean else not inside.any()
    # within a piece the spikes lie anywhere
    last = times[(times >= 75)]
    assert kolmogorov(last, lambda t: (t - 75) / 25) < 2.7


def test_fine_steps_are_looked_up_where_a_candidate_falls():
    values = np.random.default_rng(3).choice([0.0, 100.0, 400.0], 1000)
    source = PoissonGroup(1000, "fine(t)")
    times, _ = arrays(drive(source, 100.0, names={"fine": TimedArray(values * Hz, dt=0.1 * ms)}))
    assert "candidates at a certified bound" in str(source.explain())
    rates = values[np.minimum((times / 0.1 + 1e-9).astype(int), 999)]
    for rate in (0.0, 100.0, 400.0):
        mean = (values == rate).sum() * 0.1e-3 * rate * 1000
        assert within((rates == rate).sum(), mean, np.sqrt(mean)) if rate else not np.any(rates == 0)


def test_a_comparison_of_time_switches_the_rate_exactly():
    times, who = arrays(fresh(lambda: PoissonGroup(50, "int(t >= i*ms)*2*kHz"), 60.0))
    assert np.all(times >= who) and np.all(
        [train[0] - k < 10 for k, train in enumerate(trains(list(zip(times, who, strict=True)), 50))]
    )


def test_which_way_is_taken():
    def way(text, **names):
        source = PoissonGroup(2, text)
        drive(source, 1.0, names=names)
        return str(source.explain())

    assert "known after the first run" in str(PoissonGroup(1, "f").explain())
    assert "constant rates: each" in str(PoissonGroup(1, 3 * Hz).explain())
    assert "constant rates: each" in way("f*i", f=3 * Hz)
    assert "constant rates between steps" in way("s(t)", s=TimedArray([1, 2] * Hz, dt=1 * ms))
    assert "constant rates between steps" in way("int(t > 5*ms)*3*Hz")
    for text in ("t*Hz/second", "3*Hz*exp(-t/second)", "int(t > 5*ms)*3*Hz*cos(t/second)", "3*Hz/(1 + t/second)"):
        assert "candidates at a certified bound" in way(text)


def test_below_zero_a_changing_rate_is_zero():
    times, _ = arrays(fresh(lambda: PoissonGroup(100, "sin(2*pi*10*Hz*t)*200*Hz"), 1000.0))
    assert np.all((times % 100) < 50)
    mean = 100 * 200 / np.pi
    assert within(len(times), mean, np.sqrt(mean))
    # a rate below zero for ever is silent
    assert fresh(lambda: PoissonGroup(3, "-1*Hz*(1 + t/second)"), 1000.0) == []
    assert fresh(lambda: PoissonGroup(3, "(int(t < 0*ms) - 1)*Hz"), 1000.0) == []


def test_windows_depend_on_time_and_text_alone():
    def pieces(order):
        source = PoissonGroup(3, "20*kHz*exp(-t/(40*ms)) + i*Hz*(1 + sin(t/ms))")
        drive(source, 0.0)
        rates = source._trains.rates
        return {now: (rates.at(now).until, tuple(rates.at(now).rates)) for now in order}

    instants = [0.0, 0.1, 3.7, 63.9999, 64.0, 511.0, 7.0, 40_000.5]
    assert pieces(instants) == pieces(instants[::-1])
    source = PoissonGroup(3, "20*kHz*exp(-t/(40*ms))")
    drive(source, 0.0)
    now = 0.0
    for _ in range(50):
        until = source._trains.rates.at(now).until
        middle = 0.5 * (now + until)
        assert source._trains.rates.at(middle).until == until > now
        now = until


def test_rates_that_change_between_runs_change_only_what_comes_after():
    def spikes(change):
        start_scope()
        seed(5)
        source = PoissonGroup(4, 200 * Hz)
        first = drive(source, 30.0)
        change(source)
        return first, drive(source, 60.0)

    def half(source):
        source.rates[1] = 100 * Hz

    def none(source):
        source.rates = 0 * Hz

    def same(source):
        source.rates = "200*Hz"

    first, rest = spikes(lambda source: None)
    for change in (half, none, same):
        before, after = spikes(change)
        assert before == first
        if change is none:
            assert after == []
        elif change is same:
            assert after == rest
        else:
            assert [s for s in after if s[1] != 1] == [s for s in rest if s[1] != 1]
            # the same random numbers, at half the rate: all intervals after 30 ms are twice as long
            new, old = ([t for t, k in s if k == 1] for s in (after, rest))
            assert np.allclose((np.array(new) - 30) / 2, np.array(old)[: len(new)] - 30, atol=1e-9) and len(new)


def test_silence_between_runs_loses_nothing():
    start_scope()
    seed(5)
    source = PoissonGroup(2, 200 * Hz)
    first = drive(source, 30.0)
    source.rates = 0 * Hz
    assert drive(source, 80.0) == []
    source.rates = 200 * Hz
    last = drive(source, 120.0)
    whole = fresh(lambda: PoissonGroup(2, 200 * Hz), 70.0, seeded=5)
    joined = first + [(t - 50.0, k) for t, k in last]
    assert [k for _, k in joined] == [k for _, k in whole]
    np.testing.assert_allclose([t for t, _ in joined], [t for t, _ in whole], atol=1e-9)


def test_constants_are_looked_up_at_each_run():
    source = PoissonGroup(50, "f*(1 + 0*t/second)", namespace=None)
    assert drive(source, 100.0, names={"f": 0 * Hz}) == []
    spikes = drive(source, 200.0, names={"f": 400 * Hz})
    assert within(len(spikes), 2000, np.sqrt(2000)) and min(spikes)[0] >= 100
    given = PoissonGroup(2, "f", namespace={"f": 50 * kHz})
    assert len(drive(given, 5.0, names={"f": 0 * Hz})) > 300


def test_rates_are_read_and_assigned_with_units():
    source = PoissonGroup(4, [1, 2, 3, 4] * Hz)
    source.rates[2:] = 7 * Hz
    source.rates["i < 1"] = "i*Hz + 9*Hz"
    assert (source.rates / Hz).tolist() == pytest.approx([9, 2, 7, 7]) and source.rates_[1] == 2.0
    changing = PoissonGroup(2, "(1 + i)*f*exp(-t/second)", namespace={"f": 3 * Hz})
    assert (changing.rates / Hz).tolist() == [3, 6]
    with pytest.raises(WrongTypeError, match="rates: it is a sub-expression and cannot be set"):
        changing.rates = 3 * Hz
    part = source[1:3]
    part.rates = [5, 6] * Hz
    assert (source.rates / Hz).tolist() == pytest.approx([9, 5, 6, 7])


def test_dt_in_a_rate_is_the_default_step():
    source = PoissonGroup(1, "1/dt")
    spikes = drive(source, 1000.0)
    assert within(len(spikes), 10_000, 100) and defaultclock.dt == 0.1 * ms


@pytest.mark.parametrize(
    ("rates", "error", "message"),
    [
        ([1, -2, 3] * Hz, ArgumentError, r"p.rates: expected finite values that are not .* -2 Hz for neuron 1"),
        ([1, 2, np.inf] * Hz, ArgumentError, r"p.rates: expected finite values .* inf Hz for neuron 2"),
        ([np.nan, 2, 3] * Hz, ArgumentError, r"p.rates: the value for neuron 0 is not a number"),
        ([1, 2] * Hz, ArgumentError, r"p.rates: expected 1 value or 3 \(one for each neuron\), got shape \(2,\)"),
        (5 * mV, DimensionMismatchError, r"p.rates: expected a frequency \(Hz\), found 5. mV"),
        (5, DimensionMismatchError, r"p.rates: expected a frequency \(Hz\), found 5"),
        (None, WrongTypeError, r"p.rates: expected numbers or a string, found None"),
        ("3*Hz +", EquationError, r"not an expression"),
    ],
)
def test_errors_in_given_rates(rates, error, message):
    with pytest.raises(error, match=message):
        PoissonGroup(3, rates, name="p")


@pytest.mark.parametrize(
    ("rates", "error", "message"),
    [
        ("3*mV", DimensionMismatchError, "expected a frequency .Hz., found a voltage"),
        ("i*f", UnknownNameError, "'f' is not defined"),
        ("(1 - i)*Hz", ArgumentError, r"expected finite rates that are not negative, found -1 Hz for neuron 2$"),
        ("(1/i)*Hz", ArgumentError, r"finite rates that are not negative, found inf Hz for neuron 0$"),
        (
            "Hz/(1 - t/(5*ms))",
            EquationError,
            r"rates: no bound can be found\n .*\n *\^+\nIt divides by what passes zero",
        ),
        (
            "Hz*log(t/ms - 3)",
            EquationError,
            r"no bound can be found\n .*\n *\^+\nlog\(\) is not finite everywhere there",
        ),
        ("rand()*Hz", EquationError, r"rand\(\) and randn\(\) would be drawn anew at every instant"),
        ("Hz*int(not_refractory)", EquationError, "'not_refractory' is known of neurons, not of a source"),
        ("Hz/(lastspike/ms)", EquationError, "'lastspike' is known of neurons, not of a source"),
    ],
)
def test_errors_in_texts_come_with_the_run(rates, error, message):
    source = PoissonGroup(3, rates, name="p")
    with pytest.raises(error, match=f"(?m){message}") as problem:
        drive(source, 50.0)
    assert "PoissonGroup 'p', rates" in str(problem.value)


def test_a_rate_above_its_bound_stops_the_run(monkeypatch):
    source = PoissonGroup(3, "100*Hz*(1 + sin(t/ms))")
    monkeypatch.setattr(rates_module.BoundedRates, "_is_good", lambda *_: True)
    true = rates_module.BoundedRates._bound

    def wrong(self, *window):
        bounds, culprit = true(self, *window)
        return bounds * 0.5, culprit

    monkeypatch.setattr(rates_module.BoundedRates, "_bound", wrong)
    with pytest.raises(SimulationError, match=r"rate .* Hz of neuron \d at t = .* exceeds its bound 100.0+\d* Hz"):
        drive(source, 200.0)


# --- PoissonInput ----------------------------------------------------------------------------------------------


def target():
    return NeuronGroup(10, "dv/dt = -v/(10*ms) : volt\nw : volt (shared)\nk : integer\nx = 2*v : volt", name="target")


def test_inputs_are_taken_together():
    group = target()
    source = PoissonInput(group[2:6], "v", 200, 5 * Hz, 0.1 * mV)
    assert source.N == 200 and source.target_var == "v" and source.rate == 5 * Hz and source.weight == 0.1 * mV
    assert source._requires() == [group] and source.target.start == 2 and len(source) == 4
    spikes = drive(source, 2000.0)
    assert within(len(spikes), 8000, np.sqrt(8000))
    assert kolmogorov(intervals(spikes, 4), lambda x: 1 - np.exp(-x)) < 2.7
    assert drive(PoissonInput(group, "v", 0, 5 * Hz, 0 * mV), 100.0) == []


def test_the_rate_of_an_input_may_change_with_time():
    for text in ("i*f*int(t > 50*ms)", "i*f*(1 + sin(2*pi*10*Hz*t))*int(t > 50*ms)"):
        source = PoissonInput(target(), "v", 100, text, "0.1*v + 2*rand()*mV")
        times, who = arrays(drive(source, 1050.0, names={"f": 2 * Hz}))
        assert times.min() > 50 and not np.any(who == 0)
        assert within(len(times), 9000, np.sqrt(9000))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("u", 1, 1 * Hz, 1 * mV), MissingError, "'u' is not a variable of group 'target'; it has v, w, k, x"),
        (("x", 1, 1 * Hz, 1 * mV), WrongTypeError, "'x' of group 'target' is a sub-expression and cannot be added to"),
        (("w", 1, 1 * Hz, 1 * mV), WrongTypeError, "'w' of group 'target' is shared and cannot be added to"),
        (("k", 1, 1 * Hz, 1), WrongTypeError, "'k' of group 'target' is integer and cannot be added to"),
        (("v", 1.5, 1 * Hz, 1 * mV), WrongTypeError, "N: expected a whole number of inputs, found 1.5"),
        (("v", -1, 1 * Hz, 1 * mV), ArgumentError, "N: expected a number of inputs that is not negative, found -1"),
        (("v", 1, -1 * Hz, 1 * mV), ArgumentError, r"rate: expected finite values .* found -1 Hz for neuron 0"),
        (("v", 1, [1, 2] * Hz, 1 * mV), ArgumentError, r"rate: expected 1 value or 10, got shape \(2,\)"),
        (("v", 1, 1 * Hz, 1 * nA), DimensionMismatchError, r"weight: expected a voltage \(V\), found 1. nA"),
        (("v", 1, 1 * Hz, [1, 2] * mV), ArgumentError, "weight: expected one finite value, found"),
        (("v", 1, 1 * Hz, np.nan * mV), ArgumentError, "weight: expected one finite value, found nan"),
        (("v", 1, 1 * Hz, "2*"), EquationError, "weight: this is not an expression"),
    ],
)
def test_errors_of_inputs(arguments, error, message):
    with pytest.raises(error, match=message):
        PoissonInput(target(), *arguments)


def test_errors_of_inputs_that_come_with_the_run():
    with pytest.raises(WrongTypeError, match="target: expected a NeuronGroup or a part of one, found PoissonGroup"):
        PoissonInput(PoissonGroup(1, 3 * Hz), "v", 1, 1 * Hz, 1 * mV)
    source = PoissonInput(target(), "v", 1, 1 * Hz, "2*nA")
    source._join(Host())
    with pytest.raises(DimensionMismatchError, match=r"weight of PoissonInput .*: expected a voltage"):
        source._refresh({})
