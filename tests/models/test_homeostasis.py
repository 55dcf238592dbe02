"""Rules that hold the rate of a neuron: weights as exact functions of time, and the rates that they reach."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plasticity_oracle import STEP

from eventsnn import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    RegularGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    models,
    ms,
    mV,
    second,
    seed,
)


def scaled(t, spikes, rho_0, tau_r, tau_w):
    """Return log(w/w_0) at an instant [ms]; `rho_0` is in kHz."""
    t, rho_0, tau_r, tau_w = (mpmath.mpf(value) for value in (t, rho_0, tau_r, tau_w))
    rises = mpmath.fsum(1 - mpmath.exp(-(t - a) / tau_r) for a in spikes if a <= t)
    return t / tau_w - rises / (rho_0 * tau_w)


@given(times=st.lists(st.integers(0, 20_000_000), max_size=10, unique=True), looks=st.lists(st.integers(0, 20_000_000),
       min_size=1, max_size=5))  # fmt: skip
def test_the_scaled_weight_is_an_exact_function_of_time(times, looks):
    times = [k / 10000 for k in sorted(times)]
    source = SpikeGeneratorGroup(1, [], [] * ms)
    target = SpikeGeneratorGroup(1, np.zeros(len(times), int), times * ms)
    synapses = models.synaptic_scaling(
        source, target, rho_0=5 * Hz, tau_r=300 * ms, tau_w=700 * ms, w_0=2 * mV, effect=""
    )
    synapses.connect()
    monitor = StateMonitor(synapses, ["w", "s", "r"], record=0)
    Network(source, target, synapses, monitor).run(2001 * ms)
    for t in sorted(k / 10000 for k in looks):
        s = scaled(t, times, 0.005, 300, 700)
        # each event adds the rounding of s, which stays below 3, and of r, which is 1/(rho_0 tau_w) = 0.29 each
        bound = STEP * (len(times) + 2) * 2 * (3 + 0.29 * len(times))
        assert abs(monitor.at(t * ms, "s")[0] - s) <= bound
        assert abs(monitor.at(t * ms, "w")[0] / mV - 2 * mpmath.exp(s)) <= 2 * mpmath.exp(s) * (bound + STEP)


def test_at_its_target_rate_a_neuron_keeps_its_weights():
    """A regular train at rho_0, whose trace has settled, leaves the weight where it was one period ago."""
    source, target = SpikeGeneratorGroup(1, [], [] * ms), RegularGroup(1, 5 * Hz)
    synapses = models.synaptic_scaling(source, target, rho_0=5 * Hz, tau_r=100 * ms, tau_w=1 * second, effect="")
    synapses.connect()
    monitor = StateMonitor(synapses, "s", record=0)
    Network(source, target, synapses, monitor).run(20 * second)
    # after 4 s the beginning is forgotten to exp(-40)
    firsts = monitor.at(np.arange(4, 20) * 1000.0 * ms, "s")[0]
    np.testing.assert_allclose(firsts, firsts[0], rtol=0, atol=100 * 2 * STEP)


@pytest.mark.parametrize("rate", [2, 8])
def test_off_its_target_the_weights_change_exponentially(rate):
    source, target = SpikeGeneratorGroup(1, [], [] * ms), RegularGroup(1, rate * Hz)
    synapses = models.synaptic_scaling(source, target, rho_0=5 * Hz, tau_r=50 * ms, tau_w=1 * second, effect="")
    synapses.connect()
    monitor = StateMonitor(synapses, "w", record=0)
    Network(source, target, synapses, monitor).run(10 * second)
    w = monitor.at(np.arange(2, 10) * second, "w")[0]
    # in each second `rate` spikes take 1/5 of the one unit by which log(w) rises
    np.testing.assert_allclose(np.diff(np.log(w)), 1 - rate / 5, rtol=1e-8)


def test_scaling_brings_a_neuron_to_its_target_and_keeps_the_ratios():
    source = RegularGroup(2, 100 * Hz)
    neuron = NeuronGroup(1, "dv/dt = -v/(20*ms) : volt", threshold="v > 10*mV", reset="v = 0*mV")
    synapses = models.synaptic_scaling(source, neuron, rho_0=10 * Hz, tau_r=1 * second, tau_w=10 * second, w_0=2 * mV)
    synapses.connect()
    synapses.w_0 = [2, 6] * mV
    monitor = SpikeMonitor(neuron)
    Network(source, neuron, synapses, monitor).run(100 * second)
    rate = np.sum(monitor.t > 50 * second) / 50
    assert rate == pytest.approx(10, rel=0.05)
    assert synapses.w[1] / synapses.w[0] == pytest.approx(3, rel=1e-15)


def test_weights_of_a_matrix_go_to_the_weights_at_the_start():
    G = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = models.synaptic_scaling(G, G)
    synapses.connect(matrix=np.array([[0, 2], [3, 0]]))
    assert synapses.w[:].tolist() == [2, 3]


def test_inhibition_drifts_by_the_difference_from_its_target():
    """Vogels et al. 2011: for independent trains eta*nu_pre*2*tau*(nu_post - rho_0) per time."""
    seed(4)
    n, T = 200, 15.0
    source, target = PoissonGroup(n, 20 * Hz), PoissonGroup(n, 8 * Hz)
    synapses = models.inhibitory_stdp(source, target, eta=0.001, rho_0=5 * Hz, clipped=False, effect="")
    synapses.connect(j="i")
    Network(source, target, synapses).run(T * second)
    expected = 0.001 * 20 * T * 2 * 0.020 * (8 - 5)
    w = synapses.w[:]
    # four standard errors of the mean
    assert abs(w.mean() - expected) < 4 * w.std() / math.sqrt(n)


def test_inhibition_holds_the_rate_that_it_is_told():
    seed(2)
    drive, inhibition = PoissonGroup(50, 40 * Hz), PoissonGroup(20, 40 * Hz)
    neuron = NeuronGroup(
        1, "dv/dt = -v/(20*ms) : volt (unless refractory)", threshold="v > 10*mV", reset="v = 0*mV",
        refractory=5 * ms,
    )  # fmt: skip
    static = models.tsodyks_markram(drive, neuron, U=1, tau_rec=0 * ms, unit=mV)
    static.connect()
    static.w = 0.4 * mV
    learning = models.inhibitory_stdp(inhibition, neuron, eta=0.01, rho_0=5 * Hz, w_max=2 * mV)
    learning.connect()
    monitor = SpikeMonitor(neuron)
    Network(drive, inhibition, neuron, static, learning, monitor).run(24 * second)
    t = np.asarray(monitor.t)
    assert np.sum(t < 1) > 20
    # in 12 s a Poisson neuron would fire 60 +- 8 times; this one is held at its count
    assert np.sum(t > 12) / 12 == pytest.approx(5, abs=1.3)
