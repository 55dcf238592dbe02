"""Noise on the clock: how steps are divided, what texts draw, and that nothing depends on where a run is cut."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsnn import (
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    seed,
    start_scope,
)
from eventsnn.errors import EquationError

pytestmark = pytest.mark.filterwarnings("ignore:group .* runs on the clock")

WIENER = "dx/dt = xi*ms**-0.5 : 1"


def wiener(n, duration, instants=(), weight=0.0, dt=1 * ms):
    """Return n Wiener processes at the end of a run, with inputs at these instants [ms]."""
    start_scope()
    seed(4)
    group = NeuronGroup(n, WIENER, dt=dt, name="walkers")
    source = SpikeGeneratorGroup(1, [0] * len(instants), np.array(instants) * ms, name="inputs")
    kicks = Synapses(source, group, on_pre=f"x_post += {weight}", name="kicks")
    kicks.connect()
    Network(group, source, kicks).run(duration * ms)
    return np.asarray(group.x)


# --- steps that are divided -------------------------------------------------------------------------------------


@given(st.lists(st.floats(0.01, 4.99), min_size=1, max_size=12, unique=True))
@settings(max_examples=25, deadline=None)
def test_inputs_leave_the_total_of_a_step_as_it_was_drawn(instants):
    weight = 0.5
    disturbed = wiener(3, 5, sorted(instants), weight)
    # each division adds and subtracts numbers of the size of a few, rounded each time
    rounding = 16 * (len(instants) + 5) * np.spacing(10.0)
    assert np.max(np.abs(disturbed - len(instants) * weight - wiener(3, 5))) <= rounding


def test_an_input_finds_the_neuron_with_the_variance_of_its_instant():
    n, s = 4000, 0.3
    # at the input a huge weight freezes nothing: what it found is what is there without the weight
    found = wiener(n, s, (s - 1e-9,), 1.0) - 1.0
    assert abs(found.var() / s - 1) < 4 * math.sqrt(2 / n)
    end = wiener(n, 1)
    # of a Wiener process cov(W(s), W(1)) = s
    assert abs(np.mean(found * end) - s) < 4 * math.sqrt((s + s * s) / n)


def test_what_is_read_within_a_step_is_what_an_input_would_find():
    read = wiener(5, 2.3)
    found = wiener(5, 2.3 + 1e-9, (2.3,), 1.0) - 1.0
    # noise acts for another 1e-9 ms: six standard deviations of it
    assert read == pytest.approx(found, abs=6 * math.sqrt(1e-9))


@pytest.mark.parametrize("n", [4, 40])
def test_reading_changes_nothing(n):
    def values(instants):
        start_scope()
        seed(8)
        group = NeuronGroup(n, "dv/dt = -v/(10*ms) + xi*ms**-0.5 : 1", threshold="v > 1", reset="v = 0", name="noisy")
        monitor = SpikeMonitor(group)
        net = Network(group, monitor)
        before = 0.0
        for instant in (*instants, 9.0):
            net.run((instant - before) * ms)
            before = instant
            group.v[:]
        return monitor.t_.tolist(), monitor.i[:].tolist(), group.v[:].tolist()

    assert values([0.25, 0.3, 1.0625, 4.5]) == values([])


def test_after_a_spike_new_noise_acts_for_the_rest_of_the_step():
    start_scope()
    seed(2)
    n, step = 20000, 1.0
    group = NeuronGroup(n, WIENER, threshold="x > 0.5", reset="x = 0", dt=step * ms)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(step * ms)
    # a straight path to W(1) > 0.5 crosses at 0.5/W(1)
    z = np.asarray(group.x)[monitor.i[:]] / np.sqrt(step - monitor.t_ / 1e-3)
    m = len(z)
    assert abs(m / n - 0.5 * math.erfc(0.5 / math.sqrt(2))) < 4 * math.sqrt(0.31 * 0.69 / n)
    assert abs(z.mean()) < 4 / math.sqrt(m)
    assert abs(z.var() - 1) < 4 * math.sqrt(2 / m)
    # it does not know how the spike came about
    assert abs(np.corrcoef(z, monitor.t_)[0, 1]) < 4 / math.sqrt(m)


def test_the_end_of_a_refractory_period_leaves_what_goes_on_as_it_was_drawn():
    def courses(threshold):
        start_scope()
        seed(6)
        model = "dx/dt = xi_1*ms**-0.5 : 1 (unless refractory)\ndy/dt = xi_1*ms**-0.5 : 1"
        # it fires at 1 ms, between two ticks, and its period ends between two others
        options = dict(threshold=threshold, refractory=1.3 * ms) if threshold else {}
        group = NeuronGroup(6, model, dt=0.7 * ms, name="walkers", **options)
        Network(group).run(4.9 * ms)
        return np.asarray(group.x), np.asarray(group.y)

    x, y = courses("t >= 1*ms and t < 1.5*ms")
    free, same = courses(None)
    assert free.tolist() == same.tolist()
    # the spike begins new noise, the end of the period only divides it
    assert not np.any(x == free)
    assert np.all(np.abs(y - free) < 6 * math.sqrt(0.4))


def mixed(instants):
    """Return spikes and states of exact excitatory and noisy inhibitory neurons, the run cut at these instants [ms]."""
    start_scope()
    seed(9)
    exact = NeuronGroup(
        6,
        "dv/dt = (1.3 - v)/(10*ms) : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0",
        refractory=2 * ms,
        name="exact",
    )
    noisy = NeuronGroup(
        10,
        """dv/dt = (0.9 - v)/(8*ms) + 0.4*xi_1*(8*ms)**-0.5 : 1 (unless refractory)
        dw/dt = -w/(5*ms) + 0.1*xi_1*ms**-0.5 : 1""",
        threshold="v > 1 + w/10",
        reset="v = 0",
        refractory=1.15 * ms,
        name="noisy",
    )
    exact.v = "i/7."
    excite = Synapses(exact, noisy, on_pre="v_post += 0.1; w_post += 0.05", delay=0.333 * ms, name="excite")
    inhibit = Synapses(noisy, exact, on_pre="v_post -= 0.2", delay=0.81 * ms, name="inhibit")
    excite.connect(p=0.5)
    inhibit.connect(p=0.5)
    monitors = [SpikeMonitor(group, name=f"spikes_{group.name}") for group in (exact, noisy)]
    net = Network(exact, noisy, excite, inhibit, *monitors)
    before = 0.0
    for instant in (*instants, 30.0):
        net.run((instant - before) * ms)
        before = instant
    spikes = [(m.t_.tolist(), m.i[:].tolist()) for m in monitors]
    return spikes, exact.v[:].tolist(), noisy.v[:].tolist(), noisy.w[:].tolist()


@given(st.lists(st.integers(1, 29 * 64), min_size=1, max_size=5, unique=True))
@settings(max_examples=12, deadline=None)
def test_a_mixed_network_may_be_cut_anywhere(places):
    # sums of 64ths are exact, so that the pieces end where the whole does
    assert mixed([place / 64 for place in sorted(places)]) == mixed([])


# --- what texts draw --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, 30])
def test_a_threshold_that_draws_is_asked_at_each_tick_and_from_the_beginning(n):
    start_scope()
    options = dict(threshold="rand() < 2", refractory=0.25 * ms, dt=0.1 * ms)
    group = NeuronGroup(n, "v : 1", **options)
    monitor = SpikeMonitor(group)
    net = Network(group, monitor)
    net.run(0.25 * ms)
    net.run(0.75 * ms)
    assert monitor.spike_trains()[0] / ms == pytest.approx([0, 0.3, 0.6, 0.9], abs=1e-12)
    assert np.all(monitor.count == 4)


@pytest.mark.parametrize("n", [4, 50])
def test_rates_of_a_drawing_threshold_are_binomial(n):
    start_scope()
    seed(1)
    group = NeuronGroup(n, "rates : Hz", threshold="rand() < rates*dt", dt=0.5 * ms)
    group.rates = 200 * Hz
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(500 * ms)
    ticks, p = 1000, 0.1
    assert abs(monitor.num_spikes - n * ticks * p) < 4 * math.sqrt(n * ticks * p * (1 - p))
    steps = monitor.t_ / 0.5e-3
    assert np.max(np.abs(steps - np.round(steps))) < 1e-9


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_an_equation_draws_one_number_a_step(method):
    start_scope()
    seed(3)
    group = NeuronGroup(2000, "dx/dt = rand()/dt : 1", method=method, dt=1 * ms, name="drawing")
    Network(group).run(8 * ms)
    # a sum of eight uniform numbers
    x = np.asarray(group.x)
    assert abs(x.mean() - 4) < 4 * math.sqrt(8 / 12 / 2000)
    # the fourth central moment of the sum is 3 (8/12)**2 - 8/120
    spread = math.sqrt(((3 * (8 / 12) ** 2 - 8 / 120) - (8 / 12) ** 2) / 2000)
    assert abs(x.var() - 8 / 12) < 4 * spread


def test_methods_draw_the_same_numbers():
    values = []
    for method in ("euler", "rk4"):
        start_scope()
        seed(3)
        group = NeuronGroup(12, "dx/dt = (rand() - 0.5)/ms + randn()/ms : 1", method=method, name="drawing")
        Network(group).run(1.23 * ms)
        values.append(np.asarray(group.x))
    assert values[0] == pytest.approx(values[1], rel=1e-12)


def test_a_subexpression_is_one_number_for_all_who_read_it():
    start_scope()
    seed(5)
    model = "dx/dt = kick/dt : 1\ndy/dt = -kick/dt : 1\nkick = randn() : 1 (constant over dt)"
    group = NeuronGroup(20, model, threshold="kick > 1.5", dt=1 * ms)
    monitor = SpikeMonitor(group, variables="x")
    Network(group, monitor).run(30 * ms)
    assert np.asarray(group.x).tolist() == (-np.asarray(group.y)).tolist()
    assert np.std(group.x) > 1
    assert 10 < len(monitor) < 90


@pytest.mark.parametrize("n", [3, 30])
@pytest.mark.parametrize("flags", ["shared", "shared, constant over dt"])
def test_a_shared_subexpression_is_one_number_for_the_whole_group(n, flags):
    start_scope()
    seed(5)
    group = NeuronGroup(n, f"dx/dt = (kick + own)/dt : 1\nkick = rand() : 1 ({flags})\nown = 0*rand() : 1", dt=1 * ms)
    Network(group).run(10 * ms)
    x = np.asarray(group.x)
    assert np.all(x == x[0])
    assert abs(x[0] - 5) < 4 * math.sqrt(10 / 12)


def test_drawing_groups_may_be_cut_anywhere():
    def spikes(pieces):
        start_scope()
        seed(7)
        group = NeuronGroup(
            12, "dv/dt = (2*rand() - v)/(10*ms) : 1", threshold="rand() < 0.02*v", reset="v = 0", name="drawing"
        )
        monitor = SpikeMonitor(group)
        net = Network(group, monitor)
        for piece in pieces:
            net.run(piece * ms)
        return monitor.t_.tolist(), monitor.i[:].tolist(), group.v[:].tolist()

    whole = spikes([40])
    assert len(whole[0]) > 20
    assert spikes([0.25, 0.5, 7.25, 12, 20]) == whole


# --- recognition ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model, options, reason",
    [
        ("dv/dt = -v/ms + xi*ms**-0.5 : 1", {}, r"noise (xi) has no exact solution. Method 'euler'"),
        ("dv/dt = -v/ms + v*xi*ms**-0.5 : 1", {}, "noise (xi) has no exact solution. Method 'heun'"),
        ("dv/dt = (rand() - v)/ms : 1", {}, "rand() in the equation of dv/dt is drawn once a step"),
        ("dv/dt = (s - v)/ms : 1\ns = randn() : 1", {}, "randn() in the equation of dv/dt is drawn once a step"),
        ("v : 1", dict(threshold="rand() < 0.1"), "rand() in the threshold is drawn once a step. A step of 0.1 ms"),
        (
            "dv/dt = -v/ms : 1",
            dict(threshold="v > dt/ms", reset="v = 0"),
            "the threshold names dt, the step of a clock",
        ),
        ("dv/dt = -v*dt/ms**2 : 1", {}, "the equation of dv/dt names dt, the step of a clock"),
    ],
)
def test_a_group_says_why_it_runs_on_the_clock(model, options, reason):
    start_scope()
    assert f"runs on the clock: {reason}" in str(NeuronGroup(2, model, **options).explain())


@pytest.mark.parametrize(
    "model, options",
    [
        ("dv/dt = -v/ms : 1", dict(threshold="v > xi*ms**0.5", reset="v = 0")),
        ("dv/dt = -v/ms : 1", dict(threshold="v > 1", reset="v = xi*ms**0.5")),
    ],
)
def test_noise_stands_in_equations_only(model, options):
    start_scope()
    with pytest.raises(EquationError, match="is noise\n.*\n.*\nWhite noise has no value at an instant. It stands in"):
        NeuronGroup(2, model, **options).explain()


def test_draws_of_a_reset_need_no_clock():
    start_scope()
    group = NeuronGroup(
        2,
        "dv/dt = (2 - v)/(10*ms) : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0.1*rand()",
        refractory="2*ms + rand()*ms",
    )
    assert "solved exactly, without a clock" in str(group.explain())


# --- noise times a variable -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method, order", [("heun", 1), ("milstein", 1)])
def test_noise_times_a_variable_is_meant_as_stratonovich_does(method, order):
    def errors(step):
        start_scope()
        seed(21)
        model = "dx/dt = 0.2*x/ms + 0.3*x*xi*ms**-0.5 : 1"
        group = NeuronGroup(300, model, method=method, dt=step * ms, name="walkers")
        group.x = 1
        Network(group).run(1 * ms)
        start_scope()
        seed(21)
        noise = NeuronGroup(300, WIENER, dt=step * ms, name="walkers")
        Network(noise).run(1 * ms)
        return np.sqrt(np.mean((np.asarray(group.x) - np.exp(0.2 + 0.3 * np.asarray(noise.x))) ** 2))

    coarse, fine = errors(1 / 16), errors(1 / 128)
    # of first order: eight times fewer; paths differ, so that the ratio scatters by some tenths
    assert 8**order / 1.5 < coarse / fine < 8**order * 1.5
    # Ito's meaning would be lower by a factor of exp(-0.045)
    assert fine < 0.005


def test_noise_may_be_shared_and_multiplied_in_many_variables():
    start_scope()
    seed(5)
    model = "dx/dt = -y*xi_1*ms**-0.5 : 1\ndy/dt = x*xi_1*ms**-0.5 : 1"
    group = NeuronGroup(50, model, dt=0.01 * ms)
    group.x = 1
    Network(group).run(3 * ms)
    # Stratonovich: a rotation, which leaves the radius alone. A step of Heun's by w multiplies the square of it by
    # 1 + w**4/4, whose mean is 1 + 0.75 dt**2 and whose variance is 6 dt**4
    square = np.asarray(group.x) ** 2 + np.asarray(group.y) ** 2
    assert abs(square.mean() - (1 + 0.75 * 0.01 * 3)) < 4 * math.sqrt(300 * 6 * 0.01**4 / 50) + 0.0225**2


def test_recorded_courses_end_where_steps_end():
    start_scope()
    seed(3)
    group = NeuronGroup(3, "dv/dt = -v/(10*ms) + mV*xi*ms**-0.5 : volt", dt=0.5 * ms, name="noisy")
    trace = StateMonitor(group, "v", record=True, dt=0.5 * ms)
    net = Network(group, trace)
    net.run(4 * ms)
    recorded = np.asarray(trace.v / mV)
    values = []
    start_scope()
    seed(3)
    other = NeuronGroup(3, "dv/dt = -v/(10*ms) + mV*xi*ms**-0.5 : volt", dt=0.5 * ms, name="noisy")
    again = Network(other)
    for _ in range(8):
        values.append(np.asarray(other.v / mV))
        again.run(0.5 * ms)
    assert recorded.T.tolist() == [v.tolist() for v in values]


def test_steps_of_another_length_begin_with_noise_of_their_own():
    start_scope()
    seed(14)
    n = 4000
    group = NeuronGroup(n, WIENER, dt=1 * ms)
    net = Network(group)
    net.run(0.5 * ms)
    group.x = 0
    # the step in which the next run begins ends at 0.6 ms, not at 1 ms
    group.clock.dt = 0.3 * ms
    net.run(0.1 * ms)
    assert abs(np.var(group.x) / 0.1 - 1) < 4 * math.sqrt(2 / n)


@pytest.mark.filterwarnings("ignore:group .* runs on the clock")
def test_a_refractory_condition_that_names_dt_asks_for_the_clock():
    start_scope()
    options = dict(threshold="v > 1", reset="v = 0", refractory="t - lastspike < 10*dt")
    group = NeuronGroup(1, "dv/dt = 2/ms : 1 (unless refractory)", **options)
    assert "the refractory condition names dt, the step of a clock" in str(group.explain())
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(4 * ms)
    assert monitor.t_ / 1e-3 == pytest.approx([0.5, 2.0, 3.5], abs=1e-9)


@pytest.mark.parametrize("method", ["euler", "heun", "exact"])
def test_inputs_divide_the_steps_of_many_as_they_do_of_each(method, monkeypatch):
    def spikes(few):
        monkeypatch.setattr("eventsnn.engine.clocked.FEW", few)
        start_scope()
        seed(1)
        group = NeuronGroup(
            40,
            """dv/dt = (0.5 - v)/(10*ms) + 0.1*xi_1*(10*ms)**-0.5 : 1 (unless refractory)
            dw/dt = -w/(10*ms) + 0.1*xi_1*ms**-0.5 + 0.2*xi_2*ms**-0.5 : 1""",
            threshold="v > 1",
            reset="v = 0; w += 0.1",
            refractory="1*ms + 0.1*ms*i/N",
            method=method,
            name="noisy",
        )
        source = SpikeGeneratorGroup(1, np.zeros(60, int), 0.0371 * ms + np.arange(60) * 0.25 * ms, name="inputs")
        kicks = Synapses(source, group, on_pre="v_post += 0.1; w_post += 0.01", name="kicks")
        kicks.connect(p=0.7)
        back = Synapses(group, group, on_pre="v_post += 0.01", name="back")
        back.connect(p=0.5)
        monitor = SpikeMonitor(group)
        Network(group, source, kicks, back, monitor).run(15 * ms)
        return monitor.t_.tolist(), monitor.i[:].tolist(), group.v[:].tolist(), group.w[:].tolist()

    together = spikes(8)
    assert len(together[0]) > 20
    assert together == spikes(1000)
