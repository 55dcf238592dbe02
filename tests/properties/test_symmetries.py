"""What the laws of nature do not care about: when it is, how neurons are numbered, in which units one counts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import Setup, simulate, spikes
from strategies import groups

from eventsnn import Network, NeuronGroup, SpikeMonitor, ms, mV, second, uvolt, volt

END = 40.0


@given(groups(), st.permutations(range(4)))
def test_renumbering_neurons_renumbers_spikes(setup, order):
    # without random numbers and i, which belong to the number
    if "rand" in setup.reset + str(setup.refractory) or "i)" in setup.threshold:
        setup = Setup(setup.n, setup.equations, "v > theta", "v = 0", 0.5 * ms, setup.values)
    order = [k for k in order if k < setup.n]
    # neuron j of the second group is neuron order[j] of the first
    values = {
        name: np.asarray(x)[order] * second if name in ("tau", "ref") else x[order] for name, x in setup.values.items()
    }
    first = simulate(setup, [END])
    second_ = simulate(Setup(setup.n, setup.equations, setup.threshold, setup.reset, setup.refractory, values), [END])
    for j, k in enumerate(order):
        ours = [t for t, i in zip(first.times, first.neurons, strict=True) if i == k]
        assert [t for t, i in zip(second_.times, second_.neurons, strict=True) if i == j] == ours
        assert second_.states["v"][j] == first.states["v"][k]


@given(groups())
def test_a_neuron_does_not_notice_its_neighbours(setup):
    if "rand" in setup.reset + str(setup.refractory) or "i)" in setup.threshold:
        setup = Setup(setup.n, setup.equations, "v > theta", "v = 0", 0.5 * ms, setup.values)
    together = simulate(setup, [END])
    for k in range(setup.n):
        values = {n: np.asarray(x)[k] * second if n in ("tau", "ref") else x[k] for n, x in setup.values.items()}
        alone = simulate(Setup(1, setup.equations, setup.threshold, setup.reset, setup.refractory, values), [END])
        assert alone.times == [t for t, i in zip(together.times, together.neurons, strict=True) if i == k]


def started_later(offset, drive, tau, ref):
    """Return spikes of a group that joins a network after an idle run of `offset` ms."""
    idle = NeuronGroup(1, "x : 1", name="idle")
    network = Network(idle)
    network.run(offset * ms)
    begin = network.now
    group = NeuronGroup(
        1,
        "dv/dt = (I - v)/tau : 1 (unless refractory)\nI : 1\ntau : second",
        threshold="v > 1",
        reset="v = 0",
        refractory=ref * ms,
        namespace={},
        name=f"g{len(network)}",
    )
    group.I, group.tau = drive, tau * ms
    monitor = SpikeMonitor(group)
    network.add(group, monitor)
    network.run(100 * ms, namespace={})
    return begin, spikes(monitor)[0]


@given(
    st.sampled_from([0.0371, 0.1, 1e-9, 123.4567, 1e6 + 0.0371]),
    st.floats(1.05, 20.0),
    st.floats(0.5, 30.0),
    st.sampled_from([0.0, 0.1, 3.0]),
)
def test_starting_later_moves_every_spike_by_exactly_that(offset, drive, tau, ref):
    _, base = started_later(0.0, drive, tau, ref)
    begin, moved = started_later(offset, drive, tau, ref)
    # the run's end moves by a rounding, so a spike at the end may fall out
    assert abs(len(moved) - len(base)) <= 1
    for n, (a, b) in enumerate(zip(base, moved, strict=False), 1):
        # both are rounded once; the remainder that is kept is itself rounded, to an ulp of an interval a spike
        bound = math.ulp(b) + math.ulp(a) + n * 2 * math.ulp(a / n)
        assert abs((b - begin) - a) <= bound


@pytest.mark.parametrize("offset", [0.0371, 0.015625, 7.0, 1e-7, 90.123])
def test_moving_every_input_moves_every_spike(offset):
    def run(shift):
        # inputs: time thresholds of one group, and another's drive that waits for time
        group = NeuronGroup(5, "T : second", threshold="t > T", reset="T += 10.03*ms", namespace={})
        group.T = (np.arange(5) * 1.7 + 1.0 + shift) * ms
        monitor = SpikeMonitor(group)
        Network(group, monitor).run((50 + shift) * ms, namespace={})
        return spikes(monitor)

    (base, who), (moved, same) = run(0.0), run(offset)
    assert who == same
    for a, b in zip(base, moved, strict=True):
        # T + 10.03 rounds at each of at most five spikes, in both
        assert abs(b - a - offset) <= 6 * 2 * math.ulp(150.0)


@given(st.floats(-80.0, -60.0), st.floats(-49.9, 20.0), st.floats(1.0, 50.0))
def test_the_unit_of_the_equations_does_not_matter(v0, E, tau):
    def run(unit, size):
        group = NeuronGroup(
            1,
            "dv/dt = (E - v)/tau : volt\nE : volt\ntau : second",
            threshold="v > theta",
            reset="v = v_r",
            namespace={"theta": -50 / size * unit, "v_r": -65 / size * unit},
        )
        group.v, group.E, group.tau = v0 / size * unit, E / size * unit, tau * ms
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(60 * ms, namespace={})
        return spikes(monitor)[0]

    base = run(mV, 1.0)
    for unit, size in ((volt, 1000.0), (uvolt, 1e-3)):
        other = run(unit, size)
        assert abs(len(other) - len(base)) <= 1
        for n, (a, b) in enumerate(zip(base, other, strict=False), 1):
            # every voltage arrives within 3 ulp of the other's (two roundings at each border); gap and drive are off by
            # two voltages each; n intervals of it
            d = 6 * math.ulp(80.0)
            slowest = (E + 50.0) / tau
            assert (
                abs(a - b) <= n * (2 * d / slowest * (1 + 30 / (E + 50.0)) + 8 * math.ulp(a))
                if slowest > 1e-6
                else True
            )


@given(st.integers(-40, 40), groups())
def test_scaling_all_voltages_by_a_power_of_two_changes_no_bit_of_time(power, setup):
    size = 2.0**power
    equations = "dv/dt = (I - v)/tau : 1\nI : 1\ntau : second\ntheta : 1"
    values = {name: setup.values[name] for name in ("I", "tau", "theta", "v")}
    scaled = {name: x if name == "tau" else x * size for name, x in values.items()}
    one = simulate(Setup(setup.n, equations, "v > theta", "v -= theta", 1.3 * ms, values), [END])
    other = simulate(Setup(setup.n, equations, "v > theta", "v -= theta", 1.3 * ms, scaled), [END])
    assert other.times == one.times and other.neurons == one.neurons
    assert other.states["v"] == [size * v for v in one.states["v"]]


@given(groups(), st.sampled_from([2.0, 4.0, 0.5]))
def test_scaling_all_times_by_a_power_of_two_scales_all_spikes(setup, factor):
    equations = "dv/dt = (I - v)/tau : 1\nI : 1\ntau : second\ntheta : 1\nref : second"

    def run(size):
        values = {name: setup.values[name] for name in ("I", "theta", "v")}
        group = Setup(setup.n, equations, "v > theta", "v = 0", "ref", values).build()
        # set inside: the border may round times
        group._store.parameters["tau"][:] = np.asarray(setup.values["tau"]) * 1000.0 * size
        group._store.parameters["ref"][:] = np.asarray(setup.values["ref"]) * 1000.0 * size
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(32 * size * ms, namespace={})
        return spikes(monitor)

    (a, i), (b, j) = run(1.0), run(factor)
    assert j == i and b == [factor * t for t in a]
