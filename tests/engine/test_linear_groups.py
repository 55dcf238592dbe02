"""Groups with linear systems through the public API: spike trains, cuts and looks, clocked simulators, stimuli."""

import math

import numpy as np
import pytest
from clocked import euler
from laws import Setup, run_until, simulate, times_of
from linear_cases import inverse
from linear_oracle import System, Wave, exact
from linear_runs import LinearNeuron, frozen, train

from eventsnn import Network, NeuronGroup, SpikeMonitor, TimedArray, ms


def check_train(ours, truth, gain=1.0, least=3):
    """Compare spike trains.

    Each interval adds what one crossing may be off, 2 [ulp(t) + ulp(size)/|f'|], and the rounding of the state at the
    events (8 ulp of the terms, over the slope); `gain` is by how much an error of one event is magnified at the next,
    1 where a state only forgets.
    """
    assert len(ours) == len(truth) >= least
    bound, before = 0.0, 0.0
    for t, spike in zip(ours, truth, strict=True):
        interval = float(spike.t) - before
        one = 2 * (math.ulp(interval) + math.ulp(spike.size) / spike.slope)
        one += 8 * math.ulp(spike.size) / spike.slope + math.ulp(interval)
        bound = gain * bound + one
        assert abs(exact(t) - spike.t) <= bound + math.ulp(t), (t, float(spike.t), bound)
        before = float(spike.t)


def spike_train(setup, end):
    return simulate(setup, [end]).times


TAU = inverse(10.0)


def kicked(**changes):
    """Return a reset: ``name=(factor, offset)`` for the number of a variable."""
    numbers = {int(name[1:]): change for name, change in changes.items()}

    def reset(x):
        return [exact(numbers[j][0]) * v + exact(numbers[j][1]) if j in numbers else v for j, v in enumerate(x)]

    return reset


@pytest.mark.parametrize("still", [(), (0,), (0, 1), (1,)])
@pytest.mark.parametrize("tau_s", [2.0, 10.0, 40.0])
def test_a_current_that_each_spike_renews(still, tau_s):
    # the reset kicks the current, as an autapse would
    lines = ["dv/dt = (I + 0.4 - v)/(10*ms) : 1", f"dI/dt = -I/({tau_s!r}*ms) : 1"]
    text = "\n".join(line + " (unless refractory)" * (j in still) for j, line in enumerate(lines))
    kick = 25.0 if tau_s < 5 else 1.5
    setup = Setup(1, text, "v > 1", f"v = 0\nI += {kick}", 2 * ms, {"I": 10.0})
    system = System(((-TAU, TAU), (0.0, -inverse(tau_s))), (TAU * exact(0.4), 0.0))
    neuron = LinearNeuron(system, (1.0, 0.0), -1.0, kicked(x0=(0, 0), x1=(1, kick)), 2.0, frozen(system, *still))
    check_train(spike_train(setup, 150.0), train(neuron, (0.0, 10.0), 150.0), gain=1.0 if 1 not in still else 2.0)


@pytest.mark.parametrize("a", [0.0, 0.3, 3.0])
@pytest.mark.parametrize("still", [(), (0,), (1,), (0, 1)])
def test_adaptation(a, still):
    # with a = 3 the pair turns: complex rates
    lines = ["dv/dt = (2.5 - v - w)/(10*ms) : 1", f"dw/dt = ({a!r}*v - w)/(30*ms) : 1"]
    text = "\n".join(line + " (unless refractory)" * (j in still) for j, line in enumerate(lines))
    setup = Setup(1, text, "v > 0.5", "v = 0\nw += 0.2", 1.5 * ms)
    p, q = TAU, inverse(30.0)
    system = System(((-p, -p), (exact(a) * q, -q)), (p * exact(2.5), 0.0))
    neuron = LinearNeuron(system, (1.0, 0.0), -0.5, kicked(x0=(0, 0), x1=(1, 0.2)), 1.5, frozen(system, *still))
    check_train(spike_train(setup, 200.0), train(neuron, (0.0, 0.0), 200.0), gain=1.2)


def test_a_threshold_that_moves():
    text = "dv/dt = (1.7 - v)/(10*ms) : 1 (unless refractory)\ndvt/dt = (1 - vt)/(25*ms) : 1"
    setup = Setup(1, text, "v > vt", "v = 0\nvt += 0.3", 1 * ms, {"vt": 1.0})
    q = inverse(25.0)
    system = System(((-TAU, 0.0), (0.0, -q)), (TAU * exact(1.7), q))
    neuron = LinearNeuron(system, (1.0, -1.0), 0.0, kicked(x0=(0, 0), x1=(1, 0.3)), 1.0, frozen(system, 0))
    check_train(spike_train(setup, 400.0), train(neuron, (0.0, 1.0), 400.0), least=10)


def test_a_combination_as_threshold():
    text = "dv/dt = (2 - v)/(10*ms) : 1\ndw/dt = (v - w)/(40*ms) : 1"
    setup = Setup(1, text, "v - 0.3*w > 0.9", "v = 0.1*v\nw -= 0.1")
    q = inverse(40.0)
    system = System(((-TAU, 0.0), (q, -q)), (2 * TAU, 0.0))
    neuron = LinearNeuron(system, (1.0, -0.3), -0.9, kicked(x0=(0.1, 0), x1=(1, -0.1)))
    check_train(spike_train(setup, 200.0), train(neuron, (0.0, 0.0), 200.0), least=10)


@pytest.mark.parametrize("omega, drive", [(0.05, 0.3), (0.7, 0.9), (3.0, 1.2)])
def test_a_sine_drives(omega, drive):
    text = f"dv/dt = ({drive!r} + 1.5*sin({omega!r}*t/ms + 0.2) - v)/(10*ms) : 1 (unless refractory)"
    setup = Setup(1, text, "v > 0.8", "v = 0", 2 * ms)
    wave = Wave(omega=omega, phase=0.2)
    system = System(((-TAU,),), (TAU * exact(drive),), ((0, wave, exact(1.5) * TAU),))
    neuron = LinearNeuron(system, (1.0,), -0.8, kicked(x0=(0, 0)), 2.0, frozen(system, 0))
    check_train(spike_train(setup, 300.0), train(neuron, (0.0,), 300.0), gain=1.5)


def test_resonate_and_fire():
    text = "dx/dt = (-0.1*x - y + 0.55)/ms : 1\ndy/dt = (x - 0.1*y)/ms : 1"
    setup = Setup(1, text, "y > 0.7", "x = 0; y = 0.2", 3 * ms)
    system = System(((-0.1, -1.0), (1.0, -0.1)), (0.55, 0.0))
    neuron = LinearNeuron(system, (0.0, 1.0), -0.7, kicked(x0=(0, 0), x1=(0, 0.2)), 3.0)
    check_train(spike_train(setup, 100.0), train(neuron, (0.0, 0.0), 100.0), least=10)


def test_steps_of_a_timed_array():
    steps = TimedArray([0.5, 2.0, 0.0, 1.4], times=[0, 3.3, 31.7, 41.1] * ms)
    group = NeuronGroup(
        1,
        "dv/dt = (I + steps(t) - v)/(10*ms) : 1\ndI/dt = -I/(4*ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * ms,
        namespace={"steps": steps},
    )
    group.I = 2.0
    monitor = SpikeMonitor(group)
    run_until(Network(group, monitor), 100.0)

    def change(level):
        def into(neuron):
            system = System(neuron.active.matrix, (TAU * exact(level), 0.0))
            return LinearNeuron(system, neuron.weights, neuron.constant, neuron.reset, neuron.length)

        return into

    system = System(((-TAU, TAU), (0.0, -inverse(4.0))), (TAU * exact(0.5), 0.0))
    neuron = LinearNeuron(system, (1.0, 0.0), -1.0, kicked(x0=(0, 0)), 1.0)
    truth = train(neuron, (0.0, 2.0), 100.0, [(3.3, change(2.0)), (31.7, change(0.0)), (41.1, change(1.4))])
    check_train(times_of(monitor), truth)


# --- cutting a run, looking and recording -----------------------------------------------------------------------------

RAMP = np.linspace(0.0, 1.0, 6)
KINDS = {
    "two currents": Setup(
        4,
        "dv/dt = (I - J + 2.1 - v)/tau : 1 (unless refractory)\ndI/dt = -I/(3*ms) : 1\ndJ/dt = -J/(8*ms) : 1\n"
        "tau : second",
        "v > 1",
        "v = 0\nI += 0.7\nJ += 0.4",
        1.25 * ms,
        {"tau": [4, 8, 10, 20] * ms, "I": [0.0, 1.0, 2.0, 3.0]},
    ),
    "adaptation that turns": Setup(
        3,
        "dv/dt = (3 - v - w)/(10*ms) : 1\ndw/dt = (a*v - w)/(20*ms) : 1\na : 1",
        "v > 0.6",
        "v = 0; w += 0.1",
        "0.3*ms + rand()*ms",
        {"a": [0.0, 0.2, 5.0]},
    ),
    "sinusoids": Setup(
        3,
        "dv/dt = (a + sin(2*pi*f*t) + 0.5*cos(2*pi*3.3*f*t + 1) - v)/(10*ms) : 1\na : 1\nf : Hz",
        "v > 0.7",
        "v = 0.1*v",
        0.5 * ms,
        {"a": [0.5, 0.9, 1.4], "f": [40, 130, 11] * ms**-1 * 1e-3},
    ),
    "moving threshold": Setup(
        3,
        "dv/dt = (1.8 - v)/(10*ms) : 1 (unless refractory)\ndvt/dt = (1 - vt)/(15*ms) : 1\nup : 1",
        "v > vt",
        "v = 0; vt += 0.3*up",
        "v > 0.5*vt and t - lastspike < 3*ms or t - lastspike < 1*ms",
        {"vt": 1.0, "up": [0.1, 0.5, 1.0]},
    ),
    "composed threshold": Setup(
        3,
        "dv/dt = (1.5 - v + 0.2*sin(t/ms))/(6*ms) : 1\ndw/dt = (v - w)/(9*ms) : 1\nk : 1",
        "v - k*w > 0.5 and w > 0.2 or v > 1.2 and not (w < 0.3)",
        "v = 0; w *= 0.9",
        "w > 0.35 and t - lastspike < 2*ms or t - lastspike < 0.2*ms",
        {"k": [0.1, 0.3, 0.6]},
    ),
    "resonator": Setup(
        2,
        "dx/dt = (-0.1*x - w0*y)/ms + 0.5*int(not_refractory)/ms : 1\ndy/dt = (w0*x - 0.1*y)/ms : 1\nw0 : 1",
        "y > 0.3",
        "x = 0; y = 0",
        2 * ms,
        {"w0": [1.0, 0.6]},
    ),
    "a step of t": Setup(
        2,
        "dv/dt = (I + 2*int(t > (1 + i)*5.3*ms) - v)/(10*ms) : 1\ndI/dt = -I/(5*ms) : 1",
        "v > 1 - 0.01*t/ms",
        "v = 0; I += 0.3",
        1 * ms,
        {"I": 1.0},
    ),
}
END = 40.0
every_kind = pytest.mark.parametrize("setup", KINDS.values(), ids=KINDS)


def state_names(setup):
    return [line.split("/")[0][1:].strip() for line in setup.equations.splitlines() if line.startswith("d")]


@every_kind
def test_cutting_a_run_changes_no_bit(setup):
    names, ask = state_names(setup), [0.0, 7.7, 13.0, END]
    whole = simulate(setup, [END], record=names, ask=ask)
    assert len(whole.times) > 2 * setup.n
    at_spikes = sorted({t for t in whole.times if t > 0.0})[:12]
    around = sorted({math.nextafter(t, side) for t in at_spikes[:6] for side in (0.0, 100.0)} | set(at_spikes))
    for cuts in (np.arange(1.0, END).tolist(), at_spikes, around, [5.3, 5.3, 10.6]):
        assert simulate(setup, [*cuts, END], record=names, ask=ask) == whole


@every_kind
def test_looking_and_recording_change_no_bit(setup):
    names = state_names(setup)
    plain = simulate(setup, [10.0, 20.0, END])
    assert simulate(setup, [10.0, 20.0, END], look=True) == plain
    seen = simulate(setup, [10.0, 20.0, END], record=names, ask=np.linspace(0.0, END, 17).tolist(), look=True)
    assert (seen.times, seen.neurons, seen.states) == (plain.times, plain.neurons, plain.states)


# --- a clocked simulator comes to us as its step shrinks ----------------------------------------------------------


@pytest.mark.parametrize(
    "name, derivative, fires, reset, length",
    [
        (
            "two variables",
            lambda x: np.array([(x[1] + 1.8 - x[0]) / 10, -x[1] / 4]),
            lambda x: x[0] > 1,
            lambda x: np.array([0 * x[0], x[1] + 0.5]),
            30.0,
        ),
        (
            "moving threshold",
            lambda x: np.array([(2 - x[0]) / 10, (1 - x[1]) / 20]),
            lambda x: x[0] > x[1],
            lambda x: np.array([0 * x[0], x[1] + 0.3]),
            60.0,
        ),
        (
            "resonator",
            lambda x: np.array([-0.1 * x[0] - x[1] + 0.5, x[0] - 0.1 * x[1]]),
            lambda x: x[1] > 0.6,
            lambda x: np.array([0 * x[0], 0 * x[1]]),
            30.0,
        ),
    ],
)
def test_a_clock_converges_to_ours(name, derivative, fires, reset, length):
    texts = {
        "two variables": ("dv/dt = (I + 1.8 - v)/(10*ms) : 1\ndI/dt = -I/(4*ms) : 1", "v > 1", "v = 0; I += 0.5"),
        "moving threshold": (
            "dv/dt = (2 - v)/(10*ms) : 1\ndvt/dt = (1 - vt)/(20*ms) : 1",
            "v > vt",
            "v = 0; vt += 0.3",
        ),
        "resonator": ("dx/dt = (-0.1*x - y + 0.5)/ms : 1\ndy/dt = (x - 0.1*y)/ms : 1", "y > 0.6", "x = 0; y = 0"),
    }
    start = {"two variables": {"I": 1.0}, "moving threshold": {"vt": 1.0}, "resonator": {}}[name]
    x = np.array([0.0, *(start.values() or [0.0])])
    ours = simulate(Setup(1, *texts[name], values=start), [length]).times
    errors = []
    for dt in (0.02, 0.01, 0.005):
        # `euler` takes each entry for a neuron: both variables of ours stand for one
        train_ = _euler_of_one(derivative, x, fires, reset, length, dt)
        assert len(train_) == len(ours) > 2
        errors.append(max(abs(a - b) for a, b in zip(train_, ours, strict=True)))
    # Euler's method is of first order, and the grid adds a step for each spike
    assert errors[2] < 0.6 * errors[0]
    assert errors[2] <= 2 * len(ours) * 0.005 * (1 + length / 10)


def _euler_of_one(derivative, x, fires, reset, length, dt):
    def spread(one):
        return lambda both: np.broadcast_to(one(both), both.shape)

    return euler(derivative, x, spread(fires), reset, length, dt)[0]


# --- stimuli ----------------------------------------------------------------------------------------------------


def first_spikes(equations, threshold="v > 1", n=1, end=60.0, refractory=None, values=None, **namespace):
    group = NeuronGroup(n, equations, threshold=threshold, reset="v = 0", refractory=refractory, namespace=namespace)
    for name, value in (values or {}).items():
        setattr(group, name, value)
    monitor = SpikeMonitor(group)
    run_until(Network(group, monitor), end)
    return [times_of(monitor, k) for k in range(n)]


CURRENT = "\ndI/dt = -I/(4*ms) : 1"


def test_a_timed_array_by_steps_and_by_times_is_the_same():
    values = [0.5, 2.0, 0.0, 1.4]
    regular = TimedArray(values, dt=8 * ms)
    listed = TimedArray(values, times=[0, 8, 16, 24] * ms)
    text = "dv/dt = (I + s(t) - v)/(10*ms) : 1" + CURRENT
    a, b = (first_spikes(text, values={"I": 2.0}, s=s) for s in (regular, listed))
    assert a == b and len(a[0]) > 2


def test_columns_of_a_timed_array_are_arrays_of_their_own():
    table = np.array([[0.5, 2.0], [2.0, 0.0], [1.3, 1.4]])
    text = "dv/dt = (I + s(t, i) - v)/(10*ms) : 1" + CURRENT
    both = first_spikes(text, n=2, values={"I": 2.0}, s=TimedArray(table, dt=9 * ms))
    alone = "dv/dt = (I + s(t) - v)/(10*ms) : 1" + CURRENT
    for k in range(2):
        assert both[k] == first_spikes(alone, values={"I": 2.0}, s=TimedArray(table[:, k], dt=9 * ms))[0]
        assert len(both[k]) > 2


def test_a_comparison_of_t_is_a_step():
    steps = TimedArray([0.0, 2.0], times=[0, 5.3] * ms)
    a = first_spikes("dv/dt = (I + 2*int(t > 5.3*ms) - v)/(10*ms) : 1" + CURRENT, values={"I": 0.5})
    b = first_spikes("dv/dt = (I + s(t) - v)/(10*ms) : 1" + CURRENT, values={"I": 0.5}, s=steps)
    assert a == b and len(a[0]) > 2


def test_a_timed_array_as_threshold():
    # v is above the new threshold at once when it falls: a spike at the very step
    steps = TimedArray([2.0, 0.5], times=[0, 7.3] * ms)
    ((first, *_),) = first_spikes("dv/dt = (I + 1.5 - v)/(10*ms) : 1" + CURRENT, "v > s(t)", s=steps)
    assert first == 7.3
    # and one that lies between: the crossing is that with a constant threshold
    steps = TimedArray([2.0, 1.2], times=[0, 7.3] * ms)
    text = "dv/dt = (I + 1.5 - v)/(10*ms) : 1" + CURRENT
    ((a, *_),), ((b, *_),) = first_spikes(text, "v > s(t)", s=steps), first_spikes(text, "v > 1.2")
    slope = 0.3 / 10
    # looking at the step starts the search anew there: two searches and the rounding of the state between them
    assert abs(a - b) <= 4 * (math.ulp(a) + math.ulp(1.5) / slope) + 8 * math.ulp(1.5) / slope


def test_a_combination_compared_with_a_number_is_that_of_a_variable():
    # u = v - 0.3 w as a variable of its own
    text = "dv/dt = (2 - v)/(10*ms) : 1\ndw/dt = -w/(40*ms) : 1"
    ((a, *_),) = first_spikes(text, "v - 0.3*w > 0.9", values={"w": 1.0})
    both = "du/dt = (2 - v)/(10*ms) + 0.3*w/(40*ms) : 1\n" + text
    group = NeuronGroup(1, both, threshold="u > 0.9", reset="v = 0; u = 0", namespace={})
    group.w, group.u = 1.0, -0.3
    monitor = SpikeMonitor(group)
    run_until(Network(group, monitor), 60.0)
    b = times_of(monitor)[0]
    slope = (2 - 0.9 - 0.3) / 10
    # u's equation integrates: its terms are a few units
    assert abs(a - b) <= 4 * (math.ulp(a) + math.ulp(4.0) / slope)


def test_a_refractory_period_that_ends_when_v_falls_below_the_threshold():
    # after a spike without reset, v stays above vt until the current has died away: one spike for each time above
    text = "dv/dt = (I - v)/(10*ms) : 1\ndI/dt = -I/(4*ms) : 1\ndvt/dt = (1 - vt)/(20*ms) : 1"
    setup = Setup(1, text, "v > vt", "vt += 0.0", "v > vt", {"I": 8.0, "vt": 1.0})
    out = simulate(setup, [100.0], record=["v", "vt"], ask=[20.0, 100.0])
    assert len(out.times) == 1
    group_free = Setup(1, text, "v > vt", "I += 0", "v > vt", {"I": 8.0, "vt": 1.0})
    assert simulate(group_free, [13.3, 50.0, 100.0], record=["v", "vt"], ask=[20.0, 100.0]) == out
