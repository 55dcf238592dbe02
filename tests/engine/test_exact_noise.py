"""Linear groups with noise, stepped from their exact law: any step, any cut, any division, one law."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from eventsnn import (
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    seed,
    start_scope,
)
from eventsnn.errors import NoExactSolutionError
from eventsnn.models import lif_rate

pytestmark = pytest.mark.filterwarnings("ignore:group .* runs on the clock")

FREE = "dv/dt = (0.8 - v)/(10*ms) + 0.5*xi*(10*ms)**-0.5 : 1"
LIF = FREE + " (unless refractory)"


def deviations(values, mean, covariance):
    """Return by how many standard deviations moments of a sample differ; four are passed once in 16 000 times."""
    n = values.shape[-1]
    centred, own = values - np.reshape(mean, (-1, 1)), np.diag(covariance)
    spread = np.sqrt((np.outer(own, own) + np.square(covariance)) / n)
    return [*(centred.mean(axis=1) / np.sqrt(own / n)), *((centred @ centred.T / n - covariance) / spread).ravel()]


def moments(A, b, B, x, t):
    """Return mean and covariance of a linear system that starts at x, by Van Loan's block exponentials."""
    A, b, B, m = (np.array(part, dtype=float) for part in (A, b, B, len(b)))
    m = len(b)
    extended = np.zeros((m + 1, m + 1))
    extended[:m, :m], extended[:m, m] = A, b
    mean = (expm(extended * t) @ [*x, 1.0])[:m]
    F = expm(np.block([[-A, B @ B.T], [np.zeros((m, m)), A.T]]) * t)
    return mean, F[m:, m:].T @ F[:m, m:]


# --- where steps lead -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dt, duration", [(7.0, 7.0), (0.5, 2.5), (1.0, 3.3)])
def test_the_free_membrane_has_its_moments_with_any_step_and_inside_one(dt, duration):
    start_scope()
    seed(1)
    n = 3000
    group = NeuronGroup(n, FREE, method="exact", dt=dt * ms)
    group.v = 0.1
    Network(group).run(duration * ms)
    fade = math.exp(-duration / 10)
    mean, variance = 0.8 + (0.1 - 0.8) * fade, 0.5**2 / 2 * (1 - fade * fade)
    assert np.max(np.abs(deviations(np.array([group.v]), [mean], np.array([[variance]])))) < 4


def test_the_free_membrane_forgets_exponentially():
    start_scope()
    seed(2)
    n, first, lag = 3000, 4.0, 6.5
    group = NeuronGroup(n, FREE, method="exact", dt=4 * ms)
    group.v = 0.8
    net = Network(group)
    net.run(first * ms)
    before = np.asarray(group.v) - 0.8
    # the end of this run lies inside a step
    net.run(lag * ms)
    after = np.asarray(group.v) - 0.8
    own, its = (0.125 * (1 - math.exp(-0.2 * t)) for t in (first, first + lag))
    expected = own * math.exp(-0.1 * lag)
    assert abs(np.mean(before * after) - expected) < 4 * math.sqrt((own * its + expected**2) / n)


@pytest.mark.parametrize("dt, duration", [(3.0, 6.0), (3.0, 4.7)])
def test_variables_that_noise_reaches_through_others_have_their_moments(dt, duration):
    start_scope()
    seed(3)
    model = """
    dv/dt = (I - v)/(8*ms) + 0.05*xi_2*ms**-0.5 : 1
    dI/dt = (1 - I)/(3*ms) + 0.4*xi_1*ms**-0.5 - 0.1*xi_2*ms**-0.5 : 1
    dw/dt = (v - w)/(20*ms) : 1
    """
    group = NeuronGroup(2500, model, method="exact", dt=dt * ms)
    group.v = 0.3
    Network(group).run(duration * ms)
    A = [[-1 / 8, 1 / 8, 0], [0, -1 / 3, 0], [1 / 20, 0, -1 / 20]]
    expected = moments(A, [0, 1 / 3, 0], [[0, 0.05], [0.4, -0.1], [0, 0]], [0.3, 0, 0], duration)
    assert np.max(np.abs(deviations(np.array([group.v, group.I, group.w]), *expected))) < 4


def test_two_variables_of_one_source_that_move_alike_stay_alike():
    start_scope()
    seed(4)
    model = "dx/dt = -x/(5*ms) + xi_1*ms**-0.5 : 1\ndy/dt = -y/(5*ms) + xi_1*ms**-0.5 : 1"
    group = NeuronGroup(9, model, method="exact", dt=1 * ms)
    Network(group).run(3.7 * ms)
    assert np.std(group.x) > 0.3
    assert np.asarray(group.x) == pytest.approx(np.asarray(group.y), abs=1e-12)


def test_neurons_have_their_own_coefficients():
    start_scope()
    seed(5)
    n = 8000
    group = NeuronGroup(n, "dv/dt = -v/tau + s*xi*tau**-0.5 : 1\ntau : second\ns : 1", method="exact", dt=5 * ms)
    group.tau = "(2 + 8*(i % 2))*ms"
    group.s = "0.5 + (i % 4)//2"
    Network(group).run(5 * ms)
    for first in range(4):
        tau, s = 2 + 8 * (first % 2), 0.5 + first // 2
        variance = s * s / 2 * (1 - math.exp(-10 / tau))
        assert np.max(np.abs(deviations(np.array([group.v[first::4]]), [0], np.array([[variance]])))) < 4


# --- spikes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dt", [0.5, 2.0])
@pytest.mark.parametrize("refractory", [0.0, 2.0])
def test_the_rate_does_not_know_of_the_step(dt, refractory):
    start_scope()
    seed(6)
    n, warm, duration = 150, 50, 200
    options = dict(refractory=refractory * ms) if refractory else {}
    group = NeuronGroup(n, LIF, threshold="v > 1", reset="v = 0", method="exact", dt=dt * ms, **options)
    monitor = SpikeMonitor(group)
    net = Network(group, monitor)
    net.run(warm * ms)
    before = np.array(monitor.count)
    net.run(duration * ms)
    rates = (np.array(monitor.count) - before) / (duration * 1e-3)
    truth = float(lif_rate(0.8, 0.5, 10 * ms, 1.0, 0.0, refractory * ms) / Hz)
    assert abs(rates.mean() - truth) < 4 * rates.std() / math.sqrt(n)


def test_passages_of_a_brownian_motion_are_those_of_the_reflection_principle():
    start_scope()
    seed(7)
    n, level, T = 4000, 0.7, 2.0
    group = NeuronGroup(
        n, "dx/dt = xi*ms**-0.5 : 1", threshold="x > 0.7", reset="x = -100", method="exact", dt=2 * T * ms
    )
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(T * ms)
    for t in (0.1, 0.5, 2.0):
        p = math.erfc(level / math.sqrt(2 * t))
        found = np.sum(monitor.t_ * 1e3 <= t)
        assert abs(found - n * p) < 4 * math.sqrt(n * p * (1 - p))


def test_a_neuron_may_fire_more_than_once_in_a_step():
    start_scope()
    seed(8)
    n, duration = 60, 8
    options = dict(threshold="x > 0.5", reset="x = 0", refractory=0.1 * ms, method="exact")
    group = NeuronGroup(n, "dx/dt = 1/ms + 0.3*xi*ms**-0.5 : 1 (unless refractory)", dt=4 * ms, **options)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(duration * ms)
    # intervals are inverse Gaussian, of mean 0.5 ms and variance 0.5 * 0.3**2 ms**2, and 0.1 ms
    intervals = np.concatenate([np.diff(train / ms)[:5] for train in monitor.spike_trains().values()]) - 0.1
    # the first few of each, which are there whatever their lengths
    assert len(intervals) == 5 * n
    assert abs(intervals.mean() - 0.5) < 4 * math.sqrt(0.045 / len(intervals))
    # the fourth cumulant of the distribution is 15 mean**7/shape**3, the shape mean**3/variance
    spread = math.sqrt((15 * 0.5**7 / (0.125 / 0.045) ** 3 + 2 * 0.045**2) / len(intervals))
    assert abs(intervals.var() - 0.045) < 4 * spread


def test_after_a_spike_new_noise_acts():
    start_scope()
    seed(9)
    n, T = 3000, 1.0
    group = NeuronGroup(n, "dx/dt = xi*ms**-0.5 : 1", threshold="x > 0.5", reset="x = -100", method="exact", dt=T * ms)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(T * ms)
    z = (np.asarray(group.x)[monitor.i[:]] + 100) / np.sqrt(T - monitor.t_ / 1e-3)
    assert len(z) > n / 2
    assert abs(z.mean()) < 4 / math.sqrt(len(z))
    assert abs(z.var() - 1) < 4 * math.sqrt(2 / len(z))
    assert abs(np.corrcoef(z, monitor.t_)[0, 1]) < 4 / math.sqrt(len(z))


def test_a_spike_is_at_threshold():
    start_scope()
    seed(10)
    model = LIF.replace(" (unless refractory)", "") + "\ndtheta/dt = (1 - theta)/(20*ms) + 0.02*xi_2*ms**-0.5 : 1"
    group = NeuronGroup(40, model, threshold="v > theta", reset="v = 0; theta += 0.2", method="exact", dt=1 * ms)
    group.theta = 1
    monitor = SpikeMonitor(group, variables=["v", "theta"])
    Network(group, monitor).run(30 * ms)
    assert len(monitor.t_) > 20
    assert np.asarray(monitor.v) == pytest.approx(np.asarray(monitor.theta), abs=1e-12)
    assert np.std(monitor.theta) > 0.02


def test_recordings_lead_to_the_threshold_and_read_what_is_there_at_ticks():
    start_scope()
    seed(11)
    group = NeuronGroup(30, FREE, threshold="v > 1", reset="v = 0", method="exact", dt=1 * ms)
    states, spikes = StateMonitor(group, "v", record=True, dt=1 * ms), SpikeMonitor(group)
    net = Network(group, states, spikes)
    for _ in range(20):
        net.run(1 * ms)
        values = np.asarray(group.v)
    net.run(0.5 * ms)
    assert np.asarray(states.v)[:, 20].tolist() == values.tolist()
    assert len(spikes.t_) > 5
    assert np.max(states.v) < 1


def test_a_threshold_reached_by_noise_through_a_current_is_crossed_smoothly():
    def rate(dt, method):
        start_scope()
        seed(12)
        model = """dv/dt = (0.7 + I - v)/(10*ms) : 1
        dI/dt = -I/(5*ms) + 0.6*xi*(5*ms)**-0.5 : 1"""
        group = NeuronGroup(150, model, threshold="v > 1", reset="v = 0", method=method, dt=dt * ms)
        monitor = SpikeMonitor(group)
        net = Network(group, monitor)
        net.run(120 * ms)
        counts = np.array(monitor.count)
        return counts.mean(), counts.std() / math.sqrt(150)

    (coarse, e), (fine, f) = rate(1.0, "exact"), rate(0.05, "euler")
    assert abs(coarse - fine) < 4 * math.hypot(e, f)


# --- divided steps ----------------------------------------------------------------------------------------------


def disturbed(instants, weights, n=4, duration=10.0, dt=2.0, threshold=True):
    start_scope()
    seed(13)
    options = dict(threshold="v > 1", reset="v = 0") if threshold else {}
    group = NeuronGroup(n, FREE, method="exact", dt=dt * ms, name="noisy", **options)
    source = SpikeGeneratorGroup(len(instants), range(len(instants)), np.array(instants) * ms, name="inputs")
    kicks = Synapses(source, group, "w : 1", on_pre="v_post += w", name="kicks")
    kicks.connect()
    kicks.w = np.repeat(weights, n)
    group.v = 0.5
    monitors = [SpikeMonitor(group)] if threshold else []
    Network(group, source, kicks, *monitors).run(duration * ms)
    return np.asarray(group.v), *monitors


@given(st.lists(st.floats(0.01, 9.99), min_size=1, max_size=8, unique=True))
@settings(max_examples=15, deadline=None)
def test_inputs_leave_what_was_drawn_for_a_step(instants):
    instants = sorted(instants)
    weights = np.full(len(instants), 0.25)
    (free,), (moved,) = disturbed([9.99], [0.0], threshold=False), disturbed(instants, weights, threshold=False)
    expected = sum(0.25 * math.exp(-(10 - t) / 10) for t in instants)
    # what is left of a step is rounded beside a quotient by its own spread, that of a rest of 1e-2 ms at least
    assert np.max(np.abs(moved - free - expected)) < 1e-10


def test_inputs_of_no_weight_change_no_law():
    n, duration = 250, 10.0
    instants = np.arange(0.137, duration, 0.31)
    _, monitor = disturbed(instants, np.full(len(instants), 1e-300), n, duration)
    _, free = disturbed([0.5], [0.0], n, duration, dt=0.2)
    counts, others = np.array(monitor.count), np.array(free.count)
    assert counts.mean() > 0.2
    assert abs(counts.mean() - others.mean()) < 4 * math.sqrt((counts.var() + others.var()) / n)


def test_readers_find_what_an_input_would():
    n, now = 5, 3.7
    read, _ = disturbed([9.5], [0.0], n, duration=now)
    found, _ = disturbed([now], [1e-300], n, duration=now + 1e-9)
    # noise acts for another 1e-9 ms: six standard deviations of it
    assert read == pytest.approx(found, abs=6 * 0.5 * math.sqrt(1e-10))


# --- nothing depends on the order of work -----------------------------------------------------------------------


def network(n, dt=1.0):
    """Return a network of a group with all that divides steps: inputs, ends of refractory periods, several spikes."""
    start_scope()
    seed(14)
    model = """
    dv/dt = (I + mu - v)/(6*ms) + 0.5*xi*(6*ms)**-0.5 : 1 (unless refractory)
    dI/dt = -I/(4*ms) + (0.1 + 0.1*int(not_refractory))*xi_2*ms**-0.5 : 1
    dtheta/dt = (1 - theta)/(15*ms) : 1
    mu : 1
    """
    group = NeuronGroup(
        n, model, threshold="v > theta", reset="v = 0; theta += 0.1; mu -= 0.05", refractory=0.73 * ms, method="exact",
        dt=dt * ms, name="noisy",
    )  # fmt: skip
    group.mu, group.theta = "1.2 + 0.02*(i % 5)", 1
    source = SpikeGeneratorGroup(
        1, [0] * 9, np.array([0.4, 1.0, 3.3, 3.6, 3.7, 5.01, 7.9, 8, 11.2]) * ms, name="inputs"
    )
    kicks = Synapses(source, group, on_pre="v_post += 0.05; I_post += 0.1", name="kicks")
    kicks.connect(j="k for k in range(3)")
    monitor = SpikeMonitor(group, name="spikes")
    states = StateMonitor(group, ["v", "I"], record=[0, 1], dt=0.25 * ms, name="states")
    return Network(group, source, kicks, monitor, states)


def results(net, neurons=None):
    group, monitor, states = (net[name] for name in ("noisy", "spikes", "states"))
    times, who = np.asarray(monitor.t_), np.asarray(monitor.i[:])
    kept = who < (neurons or len(group))
    columns = [np.asarray(getattr(group, name))[:neurons].tolist() for name in ("v", "I", "theta", "mu")]
    return [times[kept].tolist(), who[kept].tolist(), *columns, np.asarray(states.v).tolist()]


@pytest.fixture(scope="module")
def uncut():
    found = {}
    for n in (5, 30):
        net = network(n)
        net.run(14 * ms)
        found[n] = results(net)
    assert len(found[5][0]) > 8
    return found


@pytest.mark.parametrize("n", [5, 30])
@given(places=st.lists(st.integers(1, 14 * 64 - 1), min_size=1, max_size=5, unique=True), reads=st.booleans())
@settings(max_examples=12, deadline=None)
def test_a_run_may_be_cut_and_read_anywhere(uncut, n, places, reads):
    net, before = network(n), 0.0
    # sums of 64ths are exact, so that the pieces end where the whole does
    for place in [*(place / 64 for place in sorted(places)), 14.0]:
        net.run((place - before) * ms)
        before = place
        if reads:
            _ = net["noisy"].v[:], net["noisy"].I[:]
    assert results(net) == uncut[n]


def test_the_size_of_a_group_changes_none_of_its_neurons():
    def found(n):
        net = network(n)
        net["noisy"].mu = "1 + 0.01*i"
        net.run(14 * ms)
        return results(net, 5)

    assert found(5) == found(30)


@pytest.mark.parametrize("now", [5.0, 6.375])
@pytest.mark.parametrize("in_file", [False, True])
def test_a_checkpoint_brings_everything_back(uncut, tmp_path, now, in_file):
    net = network(5)
    options = dict(filename=tmp_path / "state") if in_file else {}
    net.run(now * ms)
    net.store(**options)
    net.run((14 - now) * ms)
    assert results(net) == uncut[5]
    if in_file:
        net = network(5)
    net.restore(restore_random_state=True, **options)
    net.run((14 - now) * ms)
    assert results(net) == uncut[5]


@pytest.mark.parametrize("n", [4, 20])
def test_parameters_may_change_between_runs(n):
    start_scope()
    seed(15)
    model = "dv/dt = (mu - v)/(5*ms) + s*xi*ms**-0.5 : 1\nmu : 1\ns : 1"
    group = NeuronGroup(n, model, method="exact", dt=2 * ms)
    net = Network(group)
    net.run(3 * ms)
    assert np.asarray(group.v).tolist() == [0] * n
    group.mu = 1
    net.run(5 * ms)
    assert np.asarray(group.v) == pytest.approx(1 - math.exp(-1), abs=1e-12)
    group.s = 0.1
    net.run(1 * ms)
    assert 0.02 < np.std(group.v) < 0.2


@pytest.mark.parametrize("n", [3, 30])
def test_inputs_may_change_parameters_in_mid_step(n):
    start_scope()
    group = NeuronGroup(n, "dv/dt = (mu - v)/(5*ms) + s*xi*ms**-0.5 : 1\nmu : 1\ns : 1", method="exact", dt=2 * ms)
    source = SpikeGeneratorGroup(1, [0, 0], [2.7, 4] * ms)
    kicks = Synapses(source, group, on_pre="mu_post += 1")
    kicks.connect()
    Network(group, source, kicks).run(6.5 * ms)
    parts = math.exp(-(6.5 - 4) / 5), math.exp(-(6.5 - 2.7) / 5)
    assert np.asarray(group.v) == pytest.approx(2 - parts[0] - parts[1], abs=1e-13)


# --- without noise ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, 30])
def test_a_drawing_threshold_leaves_linear_equations_exact(n):
    start_scope()
    seed(16)
    model = "dv/dt = (I - v)/(5*ms) : 1\ndI/dt = -I/(5*ms) : 1"
    group = NeuronGroup(n, model, threshold="rand() < 0.1", reset="v += 0.5", dt=1 * ms)
    group.I = 1
    monitor, states = SpikeMonitor(group), StateMonitor(group, "v", record=True, dt=0.5 * ms)
    net = Network(group, monitor, states)
    net.run(7.3 * ms)

    def expected(t):
        kicks = [0.5 * np.exp(-(t - spike) / 5) * (spike < t) for spike in monitor.t_ * 1e3]
        return [t / 5 * np.exp(-t / 5) + sum(x for x, k in zip(kicks, monitor.i[:], strict=True) if k == neuron)
                for neuron in range(n)]  # fmt: skip

    assert len(monitor.t_) >= n // 4
    assert np.asarray(group.v) == pytest.approx(np.array(expected(7.3)), abs=1e-13)
    # between ticks a recording is a cubic: h**4/384 times the fourth derivative, of at most 3/5**4
    quiet = [k for k in range(n) if k not in monitor.i[:]]
    assert np.asarray(states.v)[quiet, 5] == pytest.approx(0.5 * math.exp(-0.5), abs=4 / 5**4 / 384)


def test_a_smooth_threshold_is_crossed_where_the_cubic_is():
    start_scope()
    # named so that the group runs on the clock
    group = NeuronGroup(12, "dv/dt = (2 - v)/(10*ms) : 1", threshold="v > 1 + 0*dt/ms", reset="v = 0", dt=0.5 * ms)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(20 * ms)
    # h**4/384 times the fourth derivative, 2e-4 at most, over the slope of 0.1/ms: of each interval
    expected = 10 * math.log(2) * np.arange(1, 3)
    assert monitor.spike_trains()[3] / ms == pytest.approx(expected, abs=2 * 0.5**4 / 384 * 2e-4 / 0.1 + 1e-12)


def test_a_refractory_condition_is_asked_at_ticks():
    start_scope()
    seed(17)
    options = dict(threshold="v > 1", reset="v = 2", refractory="v > 0.5", method="exact", dt=1 * ms)
    group = NeuronGroup(30, "dv/dt = -v/(5*ms) + 0.4*xi*ms**-0.5 : 1", **options)
    group.v = 0.9
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(60 * ms)
    intervals = np.concatenate([np.diff(train / ms) for train in monitor.spike_trains().values()])
    assert len(intervals) > 30
    assert "the refractory condition is asked at ticks" in str(group.explain())


# --- what is said -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model, options, why",
    [
        ("dv/dt = -v**2/ms + xi*ms**-0.5 : 1", {}, "it is not linear in v here"),
        ("dv/dt = -v*w/ms + xi*ms**-0.5 : 1\ndw/dt = -w/ms : 1", {}, "it is not linear in v here"),
        ("dv/dt = -v/ms + v*xi*ms**-0.5 : 1", {}, "the noise xi is multiplied by a variable"),
        ("dv/dt = (sin(t/ms) - v)/ms + xi*ms**-0.5 : 1", {}, "it depends on t"),
        ("dv/dt = (drive(t) - v)/ms + xi*ms**-0.5 : 1", {}, "drive is a function of time"),
        ("dv/dt = (s - v)/ms + xi*ms**-0.5 : 1\ns = drive(t) : 1", {}, "drive is a function of time"),
        ("dv/dt = (rand() - v)/ms : 1", {}, r"rand\(\) is drawn once a step"),
        ("dv/dt = -v/ms + xi*ms**-0.5 : 1", dict(threshold="v**2 > 1", reset="v = 0"), "it is not linear in v here"),
        (
            "dv/dt = -v/ms + xi*ms**-0.5 : 1",
            dict(threshold="v > 1 and v < 2", reset="v = 0"),
            "it is not a single comparison with < or >",
        ),
        ("dv/dt = -v/ms + xi*ms**-0.5 : 1", dict(threshold="v > 1 + t/second", reset="v = 0"), "it depends on t"),
    ],
)
def test_what_is_not_linear_is_refused_with_the_reason(model, options, why):
    start_scope()
    group = NeuronGroup(2, model, method="exact", namespace=dict(drive=TimedArray([1, 2], dt=1 * ms)), **options)
    with pytest.raises(NoExactSolutionError, match=rf"linear with coefficients .*; {why}\n.*\n +\^+\nUse method='"):
        group.explain()


@pytest.mark.parametrize(
    "model, options, words",
    [
        (
            LIF,
            dict(threshold="v > 1", reset="v = 0"),
            "step of 0.1 ms; crossings between ticks by the Brownian bridge.",
        ),
        (FREE, {}, "Exact in distribution: Ornstein-Uhlenbeck transition, a step of 0.1 ms."),
        (LIF, dict(threshold="v > 1", reset="v = 0", dt=6 * ms), "longer than half the time constant of 10 ms"),
        ("dv/dt = -v/ms : 1", dict(threshold="rand() < 0.1"), "Exact flow from tick to tick, a step of 0.1 ms"),
    ],
)
def test_a_group_says_that_it_is_exact_in_distribution(model, options, words):
    start_scope()
    text = str(NeuronGroup(2, model, method="exact", **options).explain())
    assert words in text
    assert "not exact" not in text


def test_linear_groups_that_draw_are_exact_by_themselves_and_noisy_ones_are_asked():
    start_scope()
    drawing = dict(threshold="rand() < 0.1")
    assert "Exact flow" in str(NeuronGroup(2, "dv/dt = -v/ms : 1", **drawing).explain())
    assert "'rk4'" in str(NeuronGroup(2, "dv/dt = -v**3/ms : 1", **drawing).explain())
    assert "'rk2'" in str(NeuronGroup(2, "dv/dt = -v/ms : 1", method="rk2", **drawing).explain())
    assert "'euler'" in str(NeuronGroup(2, FREE).explain())
    assert "Exact in" in str(NeuronGroup(2, FREE, method=("exact", "euler")).explain())
    cubic = FREE.replace("0.8 - v", "0.8 - v**3")
    assert "'euler'" in str(NeuronGroup(2, cubic, method=("exact", "euler")).explain())
