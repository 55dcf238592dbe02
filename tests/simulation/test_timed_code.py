"""Timed code: `run_regularly`, network operations and `Network.at`, their place in an instant and their exactness."""

import gc
import os
import signal

import numpy as np
import pytest

from eventsnn import *
from eventsnn import (
    ArgumentError,
    Clock,
    DimensionMismatchError,
    EquationError,
    Network,
    NetworkOperation,
    NoExactSolutionError,
    SimulationError,
    UnknownNameError,
    WrongTypeError,
    network_operation,
)
from eventsnn.clocks import first_tick, sample_instants, tick
from eventsnn.groups.timed import BEFORE, SLOTS

END = 40.0
PLACES = ("start", "end")
WAYS = ("run_regularly", "operation", "at")


def rich(more=()):
    """A network of everything: noise, delays, plasticity, currents, refractoriness, custom events, monitors."""
    start_scope()
    seed(4)
    P = PoissonGroup(10, 90 * Hz)
    G = NeuronGroup(
        6,
        """dv/dt = (I + I0 - v)/(10*ms) : 1 (unless refractory)
        dI/dt = -I/(3*ms) : 1
        I0 : 1
        vt : 1
        n : integer
        x : 1""",
        threshold="v > vt",
        reset="v = 0; n += 1",
        refractory=2 * ms,
        events={"half": "v > 0.5"},
    )
    G.v, G.I0, G.vt = "rand()", "0.5 + rand()", "1 + 0.2*rand()"
    S = Synapses(
        P,
        G,
        """w : 1
        da/dt = -a/(20*ms) : 1 (event-driven)
        db/dt = -b/(20*ms) : 1 (event-driven)""",
        on_pre="I_post += w; a += 1; w = clip(w - 0.01*b, 0, 1)",
        on_post="b += 1; w = clip(w + 0.02*a, 0, 1)",
    )
    S.connect(p=0.6)
    S.w, S.pre.delay = "0.3*rand()", "rand()*3*ms"
    R = Synapses(G, G, "u : 1", on_pre="v_post += u", delay=1 * ms)
    R.connect("i != j", p=0.5)
    R.u = "0.1*randn()"
    things = dict(P=P, G=G, S=S, R=R, M=SpikeMonitor(G), E=EventMonitor(G, "half"), rate=PopulationRateMonitor(G))
    things["V"] = StateMonitor(G, ("v", "I", "n", "I0"), record=[0, 3], dt=1 * ms)
    things["W"] = StateMonitor(S, ("w", "a"), record=[0, 5], dt=1 * ms)
    return things


def go(things, *more, cuts=()):
    """Run the network, in pieces, and return all of it that can be seen."""
    net = Network(*things.values(), *more)
    for begin, end in zip([0.0, *cuts], [*cuts, END], strict=True):
        net.run((end - begin) * ms)
    return outcome(things)


def outcome(things):
    G, S, M, E, V, W = (things[name] for name in "GSMEVW")
    seen = [M.i, M.t_, E.i, E.t_, things["rate"].rate_, V.t_, V.v, V.I, V.n, V.I0, W.w, W.a]
    seen += [G.v[:], G.I[:], G.n[:], S.w[:], S.a[:]]
    return [np.asarray(part).tolist() for part in seen]


def assigning(owner, code):
    """Return a function that carries out statements as assignments by hand."""

    def assign():
        for statement in code.split(";"):
            name, value = statement.split("=", 1)
            setattr(owner, name.strip(), value.strip())

    return assign


# --- the place in an instant -----------------------------------------------------------------------------------------


def at_a_tie(way, when, instant, code, eqs="dv/dt = 0.25/ms : 1\nx : 1", kicks=(), **options):
    """Let code meet something at an instant [ms]; a neuron that is left alone fires at 4 and at 8 ms."""
    start_scope()
    G = NeuronGroup(1, eqs, threshold="v > 1", reset="v = 0", **options)
    M, V = SpikeMonitor(G), StateMonitor(G, "v", record=0, dt=0.5 * ms)
    net = Network(G, M, V)
    if kicks:
        times, weights = zip(*kicks, strict=True)
        source = SpikeGeneratorGroup(len(kicks), range(len(kicks)), list(times) * ms)
        S = Synapses(source, G, "w : 1", on_pre="v_post += w")
        S.connect()
        S.w = weights
        net.add(source, S)
    if way == "run_regularly":
        once = ";".join(f"{t} = {t} + int(abs(t - {instant}*ms) < 1*us)*({v})" for t, v in code.items())
        G.run_regularly(once, dt=instant * ms, when=when)
    else:
        once = ";".join(f"{t} = {t} + ({v})" for t, v in code.items())
        if way == "at":
            net.at(instant * ms, assigning(G, once), when=when)
        else:

            @network_operation(dt=instant * ms, when=when)
            def operate(t):
                if t == instant * ms:
                    assigning(G, once)()

            net.add(operate)
    net.run(11 * ms)
    return (M.t / ms).tolist(), float(G.x[0]), V.v[0]


@pytest.mark.parametrize("way", WAYS)
def test_code_before_an_instant_moves_a_neuron_away_from_its_crossing_and_code_after_it_comes_after_the_reset(way):
    times, _, v = at_a_tie(way, "start", 4, {"v": "-0.5"})
    assert times == [6.0, 10.0] and v[8] == 0.5
    times, _, v = at_a_tie(way, "end", 4, {"v": "-0.5"})
    assert times == [4.0, 10.0] and v[8] == -0.5


@pytest.mark.parametrize("way", WAYS)
def test_code_before_an_instant_sees_a_neuron_on_its_threshold(way):
    assert at_a_tie(way, "start", 4, {"x": "v"})[:2] == ([4.0, 8.0], 1.0)
    assert at_a_tie(way, "end", 4, {"x": "v"})[:2] == ([4.0, 8.0], 0.0)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("when", SLOTS)
def test_code_comes_before_or_after_arrivals_as_its_slot_says(way, when):
    _, seen, _ = at_a_tie(way, when, 3, {"x": "v"}, kicks=[(3, 0.125)])
    assert seen == (0.75 if when in BEFORE else 0.875)


@pytest.mark.parametrize("way", WAYS)
def test_what_code_after_an_instant_causes_happens_at_that_instant(way):
    times, _, v = at_a_tie(way, "end", 3, {"v": "2"})
    assert times == [3.0, 7.0, 11.0][:2] and v[6] == 0.0


DEAF = "v : 1\ndw/dt = 0/ms : 1 (unless refractory)\nx : 1"


@pytest.mark.parametrize("when", PLACES)
def test_a_frozen_variable_is_deaf_to_run_regularly_until_the_end_of_the_period(when):
    def kicked_at(instant):
        eqs = "dv/dt = 0/ms : 1 (unless refractory)\nx : 1"
        times, *_ = at_a_tie(
            "run_regularly", when, instant, {"v": "2", "x": "1"}, eqs, kicks=[(4, 2)], refractory=2 * ms
        )
        return times

    assert kicked_at(5.5) == [4.0]
    assert kicked_at(6) == [4.0, 6.0]
    assert kicked_at(6.5) == [4.0, 6.5]


def test_the_period_that_begins_at_an_instant_counts_for_code_after_it_only():
    start_scope()
    eqs = "dv/dt = 0.25/ms : 1\ndw/dt = 0/ms : 1 (unless refractory)\nx : 1"
    seen = {}
    for when in PLACES:
        G = NeuronGroup(1, eqs, threshold="v > 1", reset="v = 0", refractory=1 * ms)
        G.run_regularly("w += 1; x += int(not_refractory)", dt=4 * ms, when=when)
        Network(G).run(5 * ms)
        seen[when] = float(G.w[0]), float(G.x[0])
    assert seen == {"start": (2.0, 2.0), "end": (1.0, 1.0)}


def test_operations_may_change_frozen_variables_as_assignments_do():
    eqs = "dv/dt = 0/ms : 1 (unless refractory)\nx : 1"
    for way in ("operation", "at"):
        times, _, v = at_a_tie(way, "start", 5, {"v": "2"}, eqs, kicks=[(4, 2)], refractory=2 * ms)
        assert times == [4.0, 6.0] and v[10] == 2.0


def test_timed_code_goes_by_slot_then_order_then_creation():
    start_scope()
    log = []
    G = NeuronGroup(1, "x : 1")

    def made(name, **options):
        return NetworkOperation(lambda: log.append(name), dt=1 * ms, **options)

    operations = [
        made("end", when="end"),
        made("later", order=2),
        made("early", order=-1),
        made("plain"),
        made("after_start", when="after_start", order=-9),
        made("thresholds", when="thresholds"),
        made("before_start", when="before_start", order=7),
        made("again"),
    ]
    net = Network(G, operations)
    net.at(0 * ms, lambda: log.append("at"))
    net.run(1 * ms)
    plain = ["before_start", "early", "plain", "again", "at", "later", "after_start", "thresholds", "end"]
    assert log == plain


def test_run_regularly_and_operations_stand_in_one_row():
    start_scope()
    G = NeuronGroup(1, "x : 1\ny : 1")
    first = NetworkOperation(lambda: setattr(G, "x", "x + 1"), dt=1 * ms)
    G.run_regularly("y = x", dt=1 * ms)
    second = NetworkOperation(lambda: setattr(G, "x", "x*10"), dt=1 * ms)
    Network(G, first, second).run(3 * ms)
    assert (G.x[0], G.y[0]) == (1110.0, 111.0)


# --- ticks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0.1, 0.05, 1 / 3, 0.025, 0.7, 2.5, 0.0371, 10.0])
def test_ticks_are_the_instants_of_samples_and_do_not_drift(step):
    instants = sample_instants(0.0, 5000 * step, step).tolist()
    assert [tick(k, step) for k in range(len(instants))] == instants
    for now, following in zip(instants[:-1:7], instants[1::7], strict=False):
        assert first_tick(now, step) == now
        assert first_tick(now, step, now) == first_tick(np.nextafter(now, np.inf), step) == following


def test_operations_are_called_at_multiples_of_dt_whatever_the_pieces():
    for pieces in ([100.0], [0.05] * 40 + [98.0], [33.3, 33.35, 33.35], [1e-7, 99.9999999]):
        start_scope()
        G = NeuronGroup(1, "x : 1")
        called, M = [], StateMonitor(G, "x", record=0)
        net = Network(G, M, NetworkOperation(lambda t, called=called: called.append(float(t)), dt=0.1 * ms))
        for piece in pieces:
            net.run(piece * ms)
        assert called == M.t_.tolist() and len(called) == 1000


def test_the_first_tick_is_the_first_multiple_from_the_beginning_of_the_run():
    start_scope()
    G = NeuronGroup(1, "x : 1")
    net = Network(G)
    net.run(3.7 * ms)
    called = []
    net.add(NetworkOperation(lambda t: called.append(t / ms), dt=2 * ms))
    net.run(4.3 * ms)
    assert called == [4.0, 6.0]


def test_the_default_step_is_that_of_the_default_clock_and_a_clock_may_be_given():
    start_scope()
    G = NeuronGroup(1, "x : 1\ny : 1\nz : 1")
    clock = Clock(0.5 * ms)
    runners = G.run_regularly("x += dt/ms"), G.run_regularly("y += 1", clock=clock)
    Network(G).run(2 * ms)
    assert G.x[0] == pytest.approx(2.0) and G.y[0] == 4.0
    assert runners[0].clock is defaultclock and runners[1].dt == 0.5 * ms
    with pytest.raises(ArgumentError, match="give only one of dt and clock"):
        G.run_regularly("x = 1", dt=1 * ms, clock=clock)


def test_clocks_show_the_time_of_the_network_that_runs():
    start_scope()
    G = NeuronGroup(1, "x : 1")
    seen = []
    net = Network(G, NetworkOperation(lambda t: seen.append((float(t), float(defaultclock.t))), dt=1 * ms))
    net.run(3 * ms)
    assert seen == [(0.0, 0.0), (0.001, 0.001), (0.002, 0.002)]
    assert defaultclock.t == 3 * ms


# --- exactness -------------------------------------------------------------------------------------------------------

CODES = [
    ("G", "x = v + 1"),
    ("G", "I0 = 0.5 + 0.4*sin(t/ms) + 0.1*I"),
    ("G", "vt = 1 + 0.1*cos(t/ms); I0 = I0*1.01"),
    ("G", "vt = 1 + 0.1*cos(t/ms)"),
    ("G", "I = I*0.5 + v; x = I"),
    ("S", "w = clip(w*0.97 + 0.001*v_post, 0, 1)"),
    ("S", "a = a*0.5"),
    ("P", "rates = (60 + 30*cos(t/(5*ms)) + i)*Hz"),
]


@pytest.mark.parametrize(("owner", "code"), CODES)
def test_run_regularly_is_a_loop_of_runs_with_assignments(owner, code):
    things = rich()
    things[owner].run_regularly(code, dt=2.5 * ms)
    result = go(things)
    things = rich()
    assign, net = assigning(things[owner], code), Network(*things.values())
    for _ in range(16):
        assign()
        net.run(2.5 * ms)
    assert result == outcome(things)
    things = rich()
    operation = NetworkOperation(assigning(things[owner], code), dt=2.5 * ms)
    assert result == go(things, operation)


@pytest.mark.parametrize("when", PLACES)
def test_an_operation_that_only_reads_changes_no_bit(when):
    plain = go(rich())
    things, seen = rich(), []

    @network_operation(dt=0.3 * ms, when=when)
    def look():
        seen.append((things["G"].v[:], things["S"].w[:], things["M"].t_, things["V"].v, things["G"].vt_[0]))

    assert go(things, look) == plain
    assert len(seen) == 134


@pytest.mark.parametrize("when", PLACES)
@pytest.mark.parametrize("dt", [2.5, 0.7371])
def test_building_everything_anew_at_a_cut_changes_no_bit(when, dt):
    plain = go(rich())
    things = rich()
    # what is switched stays as it was, but nobody can know
    operation = NetworkOperation(lambda: setattr(things["R"], "active", True), dt=dt * ms, when=when)
    assert go(things, operation) == plain


def test_cuts_at_the_very_instants_of_spikes_change_no_bit():
    plain = go(rich())
    things = rich()
    net = Network(*things.values())
    for instant in plain[1]:
        for when in PLACES:
            net.at(instant * second, lambda: setattr(things["R"], "active", True), when=when)
    net.run(END * ms)
    assert outcome(things) == plain


@pytest.mark.parametrize("cuts", [[7.3, 20.0], [2.5, 2.5, 5.0, 30.0], [12.5], [0.0, 19.99999]])
def test_cutting_a_run_with_timed_code_changes_no_bit(cuts):
    def prepared():
        things = rich()
        G, S, P = things["G"], things["S"], things["P"]
        G.run_regularly("I0 = 0.5 + rand(); x += v", dt=2.5 * ms)
        G[2:5].run_regularly("I += 0.1*rand()", dt=5 * ms, when="end")
        S.run_regularly("w = clip(w + 0.01*randn(), 0, 1)", dt=2.5 * ms, when="end")
        P.run_regularly("rates = 100*rand()*Hz", dt=10 * ms)
        return things, NetworkOperation(lambda: setattr(G, "vt", "vt*1.01"), dt=5 * ms, when="end")

    whole = go(*prepared())
    assert go(*prepared(), cuts=cuts) == whole


def test_moving_appointments_and_inputs_moves_every_spike():
    def spikes(shift):
        start_scope()
        G = NeuronGroup(1, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", threshold="v > 1", reset="v = 0", refractory=2 * ms)
        M, net = SpikeMonitor(G), Network(G)
        net.add(M)
        net.at((5 + shift) * ms, lambda: setattr(G, "I", 1.5))
        net.at((33.3 + shift) * ms, lambda: setattr(G, "v", "v + 0.4"), when="end")
        net.at((60 + shift) * ms, lambda: setattr(G, "I", 0.5))
        net.run((100 + shift) * ms)
        return M.t / ms

    plain = spikes(0.0)
    assert len(plain) == 5
    for shift in (0.0371, 1.25, 7.123456):
        assert np.allclose(spikes(shift), plain + shift, rtol=0, atol=1e-12)


def test_a_shared_variable_is_evaluated_once_and_all_neurons_are_solved_again():
    start_scope()
    seed(8)
    G = NeuronGroup(
        3, "dv/dt = (R*I - v)/(10*ms) : volt\nI : amp (shared)\nR : ohm", threshold="v > 15*mV", reset="v = 0*mV"
    )
    G.R = [1, 2, 3] * Mohm
    G.run_regularly("I = (30 + rand()*20)*nA", dt=10 * ms)
    V, I = StateMonitor(G, "v", record=True, dt=10 * ms), StateMonitor(G, "I", record=True, dt=10 * ms)
    M = SpikeMonitor(G)
    Network(G, V, I, M).run(50 * ms)
    assert (I.I[0] == I.I[2]).all() and len(set(I.I[0] / nA)) == 5
    for k in range(3):
        drive = (k + 1) * Mohm * I.I[k][0]
        assert M.t[M.i == k][0] == pytest.approx(float(-10 * ms * np.log(1 - 15 * mV / drive)), rel=1e-12)


def test_a_part_of_a_group_has_code_of_its_own():
    start_scope()
    G = NeuronGroup(5, "x : 1\ny : 1\nk : integer")
    runner = G[1:4].run_regularly("x = i; y = N; k += 1", dt=1 * ms)
    Network(G).run(2 * ms)
    assert (
        G.x[:].tolist() == [0, 0, 1, 2, 0] and G.y[:].tolist() == [0, 3, 3, 3, 0] and G.k[:].tolist() == [0, 2, 2, 2, 0]
    )
    assert len(runner.group) == 3 and runner.group.source is G


def test_rand_is_drawn_for_each_neuron_and_tick_and_by_nobody_else():
    def values(more):
        start_scope()
        seed(3)
        G = NeuronGroup(4, "x : 1", name="g")
        if more:
            NeuronGroup(2, "x : 1").run_regularly("x = rand()", dt=0.5 * ms)
        G.run_regularly("x = rand()", dt=1 * ms, name="noise")
        M = StateMonitor(G, "x", record=True, dt=1 * ms)
        Network(G, M).run(10 * ms)
        return M.x

    plain = values(False)
    assert len(set(plain.ravel().tolist())) == 40
    with pytest.warns(UserWarning, match="never run"):
        assert (values(True) == plain).all()
        gc.collect()


def test_summed_variables_stay_right():
    def traces(way):
        start_scope()
        P = SpikeGeneratorGroup(2, [0, 1, 0], [1, 2, 5] * ms)
        G = NeuronGroup(1, "dv/dt = (g - v)/(10*ms) : 1\ng : 1")
        S = Synapses(P, G, "w : 1\nds/dt = -s/(5*ms) : 1 (clock-driven)\ng_post = w*s : 1 (summed)", on_pre="s += 1")
        S.connect()
        S.w = [1, 2]
        M = StateMonitor(G, ("v", "g"), record=0, dt=0.5 * ms)
        net = Network(P, G, S, M)
        if way == "runs":
            for _ in range(4):
                S.w, S.s = "w*0.5", "s + 0.25"
                net.run(2.5 * ms)
        else:
            S.run_regularly("w = w*0.5; s = s + 0.25", dt=2.5 * ms)
            net.run(10 * ms)
        assert G.g[0] == pytest.approx(float(np.sum(S.w[:] * S.s[:])), rel=1e-12)
        return M.v.tolist(), M.g.tolist()

    assert traces("run_regularly") == traces("runs")


def test_coefficients_of_the_synapses_own_states_may_change():
    start_scope()
    P, G = SpikeGeneratorGroup(1, [0], [0] * ms), NeuronGroup(1, "v : 1")
    S = Synapses(P, G, "tau : second\nds/dt = -s/tau : 1 (clock-driven)", on_pre="s = 1")
    S.connect()
    S.tau = 10 * ms
    S.run_regularly("tau = 5*ms*int(t > 1*ms) + 10*ms*int(t <= 1*ms)", dt=10 * ms)
    Network(P, G, S).run(15 * ms)
    assert S.s[0] == pytest.approx(np.exp(-2), rel=1e-12)


def test_linked_variables_follow():
    start_scope()
    H = NeuronGroup(1, "drive : 1")
    G = NeuronGroup(2, "dv/dt = (d - v)/(10*ms) : 1\nd : 1 (linked)")
    G.d = linked_var(H, "drive")
    H.run_regularly("drive = 1 - drive", dt=10 * ms)
    Network(H, G).run(20 * ms)
    assert G.v[1] == pytest.approx((1 - np.exp(-1)) * np.exp(-1), rel=1e-12)


def test_links_follow_the_indices_they_go_by():
    start_scope()
    H = NeuronGroup(2, "drive : 1")
    H.drive = [1, 3]
    G = NeuronGroup(1, "dv/dt = (d - v)/(10*ms) : 1\nd : 1 (linked)\nwhich : integer")
    G.d = linked_var(H, "drive", index="which")
    G.run_regularly("which = 1 - which", dt=10 * ms)
    Network(H, G).run(20 * ms)
    assert G.v[0] == pytest.approx(1 + (3 * (1 - np.exp(-1)) - 1) * np.exp(-1), rel=1e-12)


def test_links_follow_the_rates_of_stimuli():
    start_scope()
    P = PoissonGroup(1, 1 * Hz)
    G = NeuronGroup(1, "dv/dt = (rate*second - v)/(10*ms) : 1\nrate : Hz (linked)")
    G.rate = linked_var(P, "rates")
    P.run_regularly("rates = rates*2", dt=10 * ms)
    Network(P, G).run(20 * ms)
    assert G.v[0] == pytest.approx(4 + (2 * (1 - np.exp(-1)) - 4) * np.exp(-1), rel=1e-12)


def test_timed_arrays_can_be_used_everywhere():
    start_scope()
    drive = TimedArray([[1, 2], [3, 4], [5, 6]], dt=2 * ms)
    G = NeuronGroup(2, "x : 1\ny : 1\nz = drive(t, i) : 1")
    G.run_regularly("x = drive(t, i)", dt=1 * ms)
    M = StateMonitor(G, ("x", "y"), record=True, dt=1 * ms)

    @network_operation(dt=1 * ms)
    def take_over(drive=drive):
        G.y = "drive(t, i)"

    P = PoissonGroup(2, rates="drive(t, i)*kHz")
    spikes = SpikeMonitor(P)
    Network(G, M, take_over, P, spikes).run(6 * ms)
    assert M.x.tolist() == M.y.tolist() == [[1, 1, 3, 3, 5, 5], [2, 2, 4, 4, 6, 6]]
    assert len(spikes) > 10


def test_a_level_that_moves_past_a_neuron_fires_it_at_the_tick():
    start_scope()
    G = NeuronGroup(1, "dv/dt = 0.125/ms : 1\nvt : 1", threshold="v > vt", reset="v = 0")
    G.vt = 1
    G.run_regularly("vt = 1 - 0.75*int(t == 4*ms)", dt=4 * ms)
    M = SpikeMonitor(G)
    Network(G, M).run(11 * ms)
    assert (M.t / ms).tolist() == [4.0, 6.0]


@pytest.mark.parametrize("way", ["run_regularly", "operation"])
@pytest.mark.parametrize(("condition", "events"), [("v < level", []), ("v <= level", [4.0]), ("v > level", [1.0])])
def test_a_level_that_moves_to_where_a_neuron_is_makes_an_event_as_the_operator_says(way, condition, events):
    start_scope()
    G = NeuronGroup(1, "dv/dt = 0.125/ms : 1\nlevel : 1", events={"e": condition})
    G.level = 0.125
    G.run_on_event("e", "level = level")
    E = EventMonitor(G, "e")
    net = Network(G, E)
    if way == "operation":
        net.at(4 * ms, lambda: setattr(G, "level", 0.5))
    else:
        G.run_regularly("level = 0.125 + 0.375*int(t == 4*ms)", dt=4 * ms)
    net.run(6 * ms)
    assert (E.t / ms).tolist() == events


@pytest.mark.parametrize("way", ["run_regularly", "operation"])
def test_a_level_that_moves_away_and_an_input_at_the_same_instant_make_an_event(way):
    start_scope()
    P = SpikeGeneratorGroup(1, [0], [4] * ms)
    G = NeuronGroup(1, "v : 1\nlevel : 1", events={"e": "v > level"})
    S = Synapses(P, G, on_pre="v_post += 1")
    S.connect()
    G.v, G.level = 1, 0.5
    E = EventMonitor(G, "e")
    net = Network(P, G, S, E)
    if way == "operation":
        net.at(4 * ms, lambda: setattr(G, "level", 1.5))
    else:
        G.run_regularly("level = 0.5 + int(t == 4*ms)", dt=4 * ms)
    net.run(6 * ms)
    assert (E.t / ms).tolist() == [4.0]


def test_a_refractory_condition_follows_its_level():
    start_scope()
    eqs = "dv/dt = -0.125/ms : 1\nlevel : 1\nc : 1"
    G = NeuronGroup(1, eqs, threshold="v > 1", reset="c += 1", refractory="v > level")
    G.v, G.level = 2, 1
    # left alone the period ends at 8 ms, when v is 1; with the level at 0.5 it goes on to 12 ms
    G.run_regularly("level = 1 - 0.5*int(t < 10*ms)", dt=2 * ms)
    M, V = SpikeMonitor(G), StateMonitor(G, "not_refractory", record=0)
    Network(G, M, V).run(20 * ms)
    assert (M.t / ms).tolist() == [0.0]
    assert V.at([7.9, 9.99, 10, 11] * ms, "not_refractory").tolist() == [[0, 0, 1, 1]]


@pytest.mark.parametrize("when", PLACES)
@pytest.mark.parametrize("code", ["x = v", "v = v; x = v"])
def test_a_drive_that_steps_at_a_tick_has_stepped(when, code):
    start_scope()
    names = {"drive": TimedArray([0.25, -1], times=[0, 4] * ms)}
    G = NeuronGroup(1, "dv/dt = drive(t)/ms : 1\nx : 1", threshold="v >= 1", reset="v = 0", namespace=names)
    G.run_regularly(code, dt=4 * ms, when=when)
    M = SpikeMonitor(G)
    Network(G, M).run(5 * ms)
    assert (M.t / ms).tolist() == [4.0]
    assert G.x[0] == (1.0 if when == "start" else 0.0) and G.v[0] == -1.0


@pytest.mark.filterwarnings("ignore:group .* runs on the clock")
def test_groups_on_the_clock_have_timed_code():
    def values(way):
        start_scope()
        seed(5)
        G = NeuronGroup(
            3,
            "dv/dt = (drive - v**3)/(10*ms) + 0.3*xi*(10*ms)**-0.5 : 1 (unless refractory)\ndrive : 1",
            threshold="v > 0.9",
            reset="v = 0",
            refractory=2 * ms,
            method="euler",
        )
        G.drive = 0.9
        M = SpikeMonitor(G)
        net = Network(G, M)
        for code, dt in (("drive = drive*1.02", 2), ("v = v*0.95", 2.0371)):
            if way == "run_regularly":
                G.run_regularly(code, dt=dt * ms)
            else:
                net.add(NetworkOperation(assigning(G, code), dt=dt * ms))
        net.run(40 * ms)
        assert len(M) > 5
        return M.t_.tolist(), G.v[:].tolist()

    # in its refractory period v is zero, so that it makes no difference who changes it
    assert values("run_regularly") == values("operation")


@pytest.mark.filterwarnings("ignore:group .* runs on the clock")
@pytest.mark.parametrize(
    ("refractory", "code"), [("v > level", "level = level*0.8"), ("t - lastspike < span", "span = span*1.5")]
)
def test_refractory_conditions_on_the_clock_follow_their_levels(refractory, code):
    def values(way):
        start_scope()
        eqs = "dv/dt = (1.5 - v**3)/(10*ms) : 1\nlevel : 1\nspan : second"
        G = NeuronGroup(2, eqs, threshold="v > 1", reset="v -= 0.3", refractory=refractory, method="rk4")
        G.level, G.span = "0.6 + 0.1*i", "3*ms + i*ms"
        M, V = SpikeMonitor(G), StateMonitor(G, ("v", "not_refractory"), record=True, dt=0.7 * ms)
        net = Network(G, M, V)
        if way == "run_regularly":
            G.run_regularly(code, dt=2.5 * ms)
        else:
            net.add(NetworkOperation(assigning(G, code), dt=2.5 * ms))
        net.run(40 * ms)
        return M.t_.tolist(), V.v.tolist(), V.not_refractory.tolist()

    assert values("run_regularly") == values("operation")


# --- network operations ----------------------------------------------------------------------------------------------


def test_a_decorated_function_is_found_by_run():
    start_scope()
    G = NeuronGroup(1, "x : 1")
    calls = []

    @network_operation
    def always():
        """What it says."""
        calls.append("always")

    @network_operation(dt=1 * ms, when="end", order=3, name="sometimes")
    def other(t):
        calls.append(t)

    @network_operation(1 * ms)
    def positional():
        calls.append("positional")

    @network_operation(Clock(0.5 * ms))
    def by_clock():
        calls.append("by clock")

    run(2 * ms)
    assert (calls.count("positional"), calls.count("by clock")) == (2, 4)
    assert calls.count("always") == 20 and calls[-1] == "always" and calls.count(1 * ms) == 1
    assert isinstance(always, NetworkOperation) and always.__doc__ == "What it says."
    assert (other.name, other.when, other.order, other.dt) == ("sometimes", "end", 3, 1 * ms)
    assert len(G) == 1


def test_a_runner_goes_where_its_group_goes():
    start_scope()
    G = NeuronGroup(4, "x : 1")
    runners = [G.run_regularly("x += 1", dt=1 * ms), G[2:].run_regularly("x += 10", dt=1 * ms)]
    net = Network(runners)
    net.add(G, runners[0])
    net.run(2 * ms)
    assert net.objects == (G,) and G.x[:].tolist() == [2, 2, 22, 22]


def test_methods_need_an_object():
    start_scope()

    class Counter:
        def __init__(self):
            self.times = []
            self.operation = NetworkOperation(self.count, dt=1 * ms)

        def count(self, t):
            self.times.append(t / ms)

    counter = Counter()
    Network(NeuronGroup(1, "x : 1"), counter.operation).run(3 * ms)
    assert counter.times == [0, 1, 2]
    with pytest.raises(WrongTypeError, match=r"'count' is a method without its object"):
        NetworkOperation(Counter.count)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda a, b: 0, "should take no argument, or the time; it wants a, b"),
        (lambda *, a: 0, "should take no argument, or the time; it wants a"),
        (3, "expected a function, found 3"),
    ],
)
def test_functions_that_want_more_are_refused(function, expected):
    with pytest.raises(WrongTypeError, match=expected):
        NetworkOperation(function)
    with pytest.raises(WrongTypeError, match=expected):
        Network().at(1 * ms, function)


def test_operations_can_be_switched_off_and_on():
    start_scope()
    G = NeuronGroup(1, "x : 1\ny : 1")
    runner = G.run_regularly("x += 1", dt=1 * ms)
    calls = []
    operation = NetworkOperation(lambda: calls.append(1), dt=1 * ms)
    net = Network(G, operation)

    @net.at([2, 4] * ms)
    def switch(t):
        operation.active = runner.active = t == 4 * ms

    net.run(6 * ms)
    assert (G.x[0], len(calls)) == (4.0, 4)
    assert switch.times.tolist() == []


def test_anything_may_be_changed_at_a_cut():
    start_scope()
    P = SpikeGeneratorGroup(1, [0, 0, 0, 0], [1, 3, 5, 7] * ms)
    G = NeuronGroup(2, "v : 1")
    S = Synapses(P, G, "w : 1", on_pre="v_post += w")
    S.connect(i=0, j=0)
    S.w = 1
    M = SpikeMonitor(P)
    net = Network(P, G, S, M)

    @net.at(2 * ms)
    def grow():
        S.connect(i=0, j=1)
        S.w["j == 1"] = 10
        S.delay = 0.5 * ms

    @net.at(4 * ms)
    def rest():
        S.pre.active = False

    @net.at(6 * ms)
    def go_on():
        S.active = True
        P.set_spikes([0, 0], [6.5, 9] * ms)

    net.run(10 * ms)
    assert G.v[:].tolist() == [4.0, 30.0]
    assert (M.t / ms).tolist() == [1, 3, 5, 6.5, 9]


def test_spikes_on_their_way_survive_a_change():
    start_scope()
    P, G = SpikeGeneratorGroup(1, [0], [1] * ms), NeuronGroup(1, "v : 1")
    S = Synapses(P, G, on_pre="v_post += 1", delay=3 * ms)
    S.connect()
    M = StateMonitor(G, "v", record=0, dt=1 * ms)
    net = Network(P, G, S, M)
    net.at(2 * ms, lambda: setattr(G, "v", 5))
    net.run(6 * ms)
    assert M.v[0].tolist() == [0, 0, 5, 5, 6, 6]


def test_what_was_recorded_so_far_can_be_read():
    start_scope()
    G = NeuronGroup(1, "dv/dt = 0.25/ms : 1", threshold="v > 1", reset="v = 0")
    M, V, R = SpikeMonitor(G), StateMonitor(G, "v", record=0, dt=1 * ms), PopulationRateMonitor(G, dt=1 * ms)
    seen = []
    net = Network(G, M, V, R)
    net.at([4, 8] * ms, lambda: seen.append((M.num_spikes, V.v[0].tolist(), len(R.rate))))
    net.at(4 * ms, lambda: seen.append((M.num_spikes, V.at(3.5 * ms, "v")[0, 0])), when="end")
    net.run(10 * ms)
    assert seen[0] == (0, [0, 0.25, 0.5, 0.75], 4)
    assert seen[1] == (1, 0.875)
    assert seen[2] == (1, [0, 0.25, 0.5, 0.75] * 2, 8)
    assert len(V.t) == 10


def test_monitors_start_and_stop_during_a_run():
    start_scope()
    G = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", events={"half": "v > 0.5"})
    M, E, R = SpikeMonitor(G), EventMonitor(G, "half"), PopulationRateMonitor(G, dt=1 * ms)
    V = StateMonitor(G, "v", record=0, dt=0.25 * ms)
    monitors = (M, E, R, V)
    for monitor in monitors:
        monitor.active = False
    net = Network(G, *monitors)

    @net.at([2.25, 5.25] * ms)
    def switch(t):
        for monitor in monitors:
            monitor.active = t < 3 * ms

    net.run(7 * ms)
    for monitor in monitors:
        monitor.active = True
    net.run(1 * ms)
    assert (M.t / ms).tolist() == [3, 4, 5, 7] and (E.t / ms).tolist() == [2.5, 3.5, 4.5, 7.5]
    assert V.t[0] == 2.25 * ms and (V.t[11:] / ms).tolist() == [5.0, 7.0, 7.25, 7.5, 7.75]
    assert V.at([2.375, 5.125, 7.875] * ms, "v").tolist() == [[0.375, 0.125, 0.875]]
    with pytest.raises(ArgumentError, match="6 ms was not recorded; recorded is 2.25 to 5.25 ms, 7 to 8 ms"):
        V.at(6 * ms, "v")
    assert (R.t / ms).tolist() == [3, 4, 5, 7] and (R.rate / kHz).tolist() == [1, 1, 1, 1]


def test_an_error_in_an_operation_leaves_everything_in_order():
    things = rich()
    plain = go(things)
    things = rich()
    calls = []

    @network_operation(dt=13.7 * ms)
    def fail(t):
        calls.append(t / ms)
        if len(calls) == 2:
            things["G"].x = 3
            raise RuntimeError("no")

    net = Network(*things.values(), fail)
    with pytest.raises(RuntimeError, match="no"):
        net.run(END * ms)
    assert net.t == 13.7 * ms and not net.is_running
    net.run((END - 13.7) * ms)
    assert outcome(things) == plain
    assert calls == pytest.approx([0, 13.7, 27.4])


def test_stop_ends_the_run_after_the_instant_and_nothing_is_done_twice():
    start_scope()
    G = NeuronGroup(1, "dv/dt = 0.25/ms : 1\nx : 1", threshold="v > 1", reset="v = 0")
    G.run_regularly("x += 1", dt=4 * ms, when="end")
    M, calls = SpikeMonitor(G), []

    def enough(t):
        calls.append(t / ms)
        if len(calls) == 2:
            net.stop()

    net = Network(G, M, NetworkOperation(enough, dt=4 * ms))
    net.run(20 * ms)
    assert (net.t, calls, G.x[0], len(M)) == (4 * ms, [0, 4], 2.0, 1)
    net.run(5 * ms)
    assert (net.t, calls, G.x[0], len(M)) == (9 * ms, [0, 4, 8], 3.0, 2)


def test_stop_without_a_network_is_for_those_that_run():
    start_scope()
    G = NeuronGroup(1, "x : 1")

    @network_operation(dt=1 * ms)
    def halt(t):
        if t > 1.5 * ms:
            stop()

    run(10 * ms)
    assert magic_network.t == 2 * ms and len(G) == 1


def test_the_keyboard_ends_a_run_of_operations():
    start_scope()
    G = NeuronGroup(1, "x : 1")
    net = Network(G)
    net.at(3 * ms, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        net.run(10 * ms)
    assert net.t == 3 * ms


def test_progress_goes_on_through_the_cuts():
    start_scope()
    G = NeuronGroup(1, "x : 1")
    fractions = []
    operation = NetworkOperation(lambda: setattr(G, "x", 1), dt=1 * ms)
    net = Network(G, operation)

    def report(elapsed, completed, start, duration):
        fractions.append(completed)
        with pytest.raises(SimulationError, match=r"x: cannot be set while the network runs \(by a report function\)"):
            G.x = 2

    net.run(4 * ms, report=lambda *a: report(*a) if 0 < a[1] < 1 else fractions.append(a[1]), report_period=0 * second)
    assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] == 1 and len(fractions) >= 5
    assert G.x[0] == 1


def test_a_network_in_an_operation_cannot_be_run_or_changed():
    start_scope()
    G = NeuronGroup(1, "x : 1")
    net = Network(G)
    net.at(1 * ms, lambda: net.run(1 * ms))
    with pytest.raises(SimulationError, match="the network is running already"):
        net.run(2 * ms)
    late = SpikeMonitor(NeuronGroup(1, "x : 1", threshold="x > 1", reset="x = 0"))
    net.at(net.t, lambda: net.add(late))
    with pytest.raises(SimulationError, match="cannot be added or removed while it runs"):
        net.run(2 * ms)


def test_magic_run_in_an_operation_says_what_to_do_instead():
    start_scope()
    G = NeuronGroup(1, "v : 1")

    @network_operation(dt=5 * ms)
    def again():
        G.v += 1
        if G.v[0] == 2:
            run(1 * ms)

    advice = r"schedule with net\.at\(t, function\); or end the run with stop\(\), and call run\(\) after it"
    with pytest.raises(SimulationError, match=rf"^run: the network is running already.*{advice}"):
        run(20 * ms)
    assert magic_network.t == 5 * ms
    run(4 * ms)


def test_another_network_may_be_run_in_an_operation():
    start_scope()
    G, H = NeuronGroup(1, "x : 1"), NeuronGroup(1, "dv/dt = 1/ms : 1")
    other = Network(H)
    net = Network(G, NetworkOperation(lambda: other.run(0.5 * ms), dt=1 * ms))
    net.run(3 * ms)
    assert H.v[0] == 1.5 and net.t == 3 * ms


def test_seed_in_an_operation_begins_all_streams_again():
    start_scope()
    P = PoissonGroup(5, 1 * kHz)
    M = SpikeMonitor(P)
    net = Network(P, M)
    net.at([10, 20] * ms, lambda: seed(7))
    net.run(30 * ms)
    first, second_ = (M.t_[(M.t_ >= a) & (M.t_ < a + 0.005)] - a for a in (0.01, 0.02))
    assert len(first) > 5 and np.allclose(first, second_[: len(first)])


def test_constants_are_not_looked_up_anew_at_a_cut():
    start_scope()
    names = {"rate": 1 / ms}
    G = NeuronGroup(1, "dv/dt = rate : 1")
    net = Network(G)

    @net.at(1 * ms)
    def change():
        names["rate"] = 5 / ms
        G.v += 10

    net.run(3 * ms, namespace=names)
    assert G.v[0] == 13.0
    net.run(1 * ms, namespace=names)
    assert G.v[0] == 18.0


# --- appointments ----------------------------------------------------------------------------------------------------


def test_appointments_are_kept_at_any_real_instant():
    start_scope()
    G = NeuronGroup(1, "dv/dt = 1/ms : 1")
    net = Network(G)
    seen = []

    @net.at(3.14159 * ms)
    def look(t):
        seen.append((t, G.v[0]))

    twice = net.at([5, 1] * ms, lambda: seen.append(float(net.t)))
    gone = net.at(2 * ms, lambda: seen.append("never"))
    gone.cancel()
    net.run(4 * ms)
    assert seen == [0.001, (3.14159 * ms, 3.14159)]
    assert (twice.times / ms).tolist() == [5.0]
    net.run(4 * ms)
    assert seen[2:] == [0.005]


def test_the_present_is_the_beginning_of_the_next_run_and_the_past_is_over():
    start_scope()
    G = NeuronGroup(1, "x : 1")
    net = Network(G)
    net.run(16.1 * ms)
    calls = []
    net.at(net.t, lambda: calls.append("now"))
    net.run(0 * ms)
    assert calls == []
    net.run(1 * ms)
    assert calls == ["now"]
    with pytest.raises(ArgumentError, match=r"from the present \(t = 17.1 ms\) on, found 16.1 ms"):
        net.at(16.1 * ms, lambda: None)
    with pytest.raises(DimensionMismatchError, match="expected a time"):
        net.at(3 * mV, lambda: None)
    with pytest.raises(ArgumentError, match="found inf ms"):
        net.at(np.inf * ms, lambda: None)


@pytest.mark.parametrize("when", PLACES)
def test_appointments_can_be_made_from_inside(when):
    start_scope()
    G = NeuronGroup(1, "x : 1")
    net = Network(G)
    calls = []

    def next_one(t):
        calls.append(t / ms)
        if len(calls) < 6:
            net.at(t + 0.37 * ms, next_one, when=when)
        if len(calls) == 2:
            for other in PLACES:
                net.at(t, lambda other=other: calls.append(other), when=other)

    net.at(0.5 * ms, next_one, when=when)
    net.run(2 * ms)
    assert calls[2:4] == ["start", "end"]
    assert [c for c in calls if not isinstance(c, str)] == pytest.approx([0.5, 0.87, 1.24, 1.61])
    assert not net._appointments


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error", "expected"),
    [
        ("y = 1", EquationError, "'y' is not a variable of the group\n    y = 1\n"),
        ("v = 3*mV", DimensionMismatchError, "run_regularly 'g_run_regularly'"),
        ("v = q", UnknownNameError, "'q' is not defined"),
        ("z = 3", EquationError, "'z' is a sub-expression and cannot be set"),
        ("t = 3*ms", EquationError, "'t' is a special variable and cannot be set"),
        ("s = v", EquationError, "'s' is one value for all, but 'v' differs between them"),
        ("v = 1; s = 2", EquationError, "'v' is not shared, and stands before a shared variable"),
        ("q = rand(); s = q; v = q", EquationError, "'q' was made for shared variables"),
        ("l = 3", EquationError, "'l' is linked to another group"),
    ],
)
def test_code_that_cannot_be_carried_out_is_refused_before_the_run(code, error, expected):
    start_scope()
    H = NeuronGroup(1, "l : 1")
    G = NeuronGroup(2, "dv/dt = -v/(10*ms) : 1\ns : 1 (shared)\nz = 2*v : 1\nl : 1 (linked)", name="g")
    G.l = linked_var(H, "l")
    G.run_regularly(code, dt=1 * ms)
    net = Network(G, H)
    with pytest.raises(error) as caught:
        net.run(1 * ms)
    assert expected in str(caught.value)
    assert net.t == 0 * ms and not net.has_run


def test_arguments_of_run_regularly_are_checked():
    G = NeuronGroup(2, "v : 1", name="g")
    with pytest.raises(
        ArgumentError, match=r"g.run_regularly.when: expected 'start', before .* 'end', .* found 'noon'.$"
    ):
        G.run_regularly("v = 1", when="noon")
    with pytest.raises(ArgumentError, match="found 'After_Tresholds'. Did you mean 'after_thresholds'?"):
        G.run_regularly("v = 1", when="After_Tresholds")
    with pytest.raises(WrongTypeError, match="order: expected a number, found 'first'"):
        G.run_regularly("v = 1", order="first")
    with pytest.raises(WrongTypeError, match="expected statements as a string, found 3"):
        G.run_regularly(3)
    with pytest.raises(EquationError, match="expected an assignment"):
        G.run_regularly("v + 1")
    with pytest.raises(DimensionMismatchError, match="expected a time"):
        G.run_regularly("v = 1", dt=1 * mV)
    first, second_ = G.run_regularly("v = 1"), G.run_regularly("v = 2")
    assert (first.name, second_.name) == ("g_run_regularly", "g_run_regularly_1")
    assert (first.code, first.when, first.order, first.active, first.group) == ("v = 1", "start", 0, True, G)
    with pytest.raises(ArgumentError, match="has been given already"):
        G.run_regularly("v = 1", name="g_run_regularly")
    with pytest.raises(ArgumentError, match=r"NetworkOperation 'networkoperation.*'.when: expected 'start'"):
        NetworkOperation(lambda: None, when="noon")
    with pytest.raises(WrongTypeError, match="write @network_operation, or name what it is given"):
        network_operation(1)
    Network(G).run(1 * ms)


def test_synapses_do_not_set_variables_of_neurons():
    start_scope()
    G = NeuronGroup(1, "v : 1")
    S = Synapses(G, G, "w : 1")
    S.connect()
    S.run_regularly("v_post = w", dt=1 * ms)
    with pytest.raises(EquationError, match="'v_post' belongs to the neurons"):
        Network(G, S).run(1 * ms)


@pytest.mark.parametrize(
    ("eqs", "code", "expected"),
    [
        ("dv/dt = -v/(10*ms) : 1\nx : 1", "v = 1/x", "leaves v of neuron 0 at inf"),
        ("v : 1\nx : 1", "v = 0/x", "leaves v of neuron 0 at nan"),
        ("k : integer\nx : 1", "k = 0.5", "gives no whole number for neuron 0"),
    ],
)
def test_what_has_no_value_stops_the_simulation(eqs, code, expected):
    start_scope()
    G = NeuronGroup(1, eqs, name="g")
    G.run_regularly(code, dt=1 * ms, when="end")
    with pytest.raises(SimulationError) as caught:
        Network(G).run(1 * ms)
    found = str(caught.value)
    assert f"Simulation stopped at t = 0.0 ms: group 'g', run_regularly 'g_run_regularly' {expected}" in found


def test_parameters_that_spoil_the_solution_stop_the_simulation():
    start_scope()
    G = NeuronGroup(1, "dv/dt = -v/tau : 1\ntau : second", name="g")
    G.tau = 5 * ms
    G.run_regularly("tau = tau - 1*ms", dt=1 * ms)
    net = Network(G)
    with pytest.raises(
        ArgumentError, match=r"Simulation stopped at t = 4.0 ms, as run_regularly 'g_run_regularly' changed"
    ):
        net.run(10 * ms)
    assert net.t == 4 * ms
    G.run_regularly("tau = 7*ms", dt=1 * ms)
    G.tau = 7 * ms


def test_rates_that_are_negative_stop_the_simulation():
    start_scope()
    P = PoissonGroup(2, 10 * Hz)
    P.run_regularly("rates = rates - 6*Hz", dt=1 * ms)
    net = Network(P)
    with pytest.raises(ArgumentError, match=r"Simulation stopped at t = 1.0 ms: .*not negative, found -2 Hz"):
        net.run(10 * ms)


def test_a_shared_variable_that_a_reset_changes_is_still_refused():
    start_scope()
    G = NeuronGroup(2, "dv/dt = (s - v)/(10*ms) : 1\ns : 1 (shared)", threshold="v > 1", reset="v = 0; s = 0")
    G.run_regularly("s = 2", dt=1 * ms)
    with pytest.raises(NoExactSolutionError, match="'s' is shared by all neurons"):
        Network(G).run(1 * ms)
