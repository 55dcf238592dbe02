"""Short-term plasticity against its recursion, its closed form for regular trains, and NEST's recursion."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plasticity_oracle import STEP

from eventsnn import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, models, ms, mV

#: U, tau_rec, tau_facil [ms]: depression alone, both, facilitation alone, and a synapse that does nothing.
KINDS = {
    "depression": (0.5, 800.0, 0.0),
    "both": (0.16, 45.0, 376.0),
    "more facilitation": (0.03, 130.0, 530.0),
    "facilitation": (0.1, 0.0, 600.0),
    "neither": (0.3, 0.0, 0.0),
}


def answers(times, U, tau_rec, tau_facil, w=1.0):
    """Return the jumps of the target at its spikes, the synapse, and its monitor."""
    source = SpikeGeneratorGroup(1, np.zeros(len(times), int), np.array(times) * ms)
    target = NeuronGroup(1, "v : 1")
    synapses = models.tsodyks_markram(
        source, target, U=U, tau_rec=tau_rec * ms, tau_facil=tau_facil * ms, effect="v = w*u*x"
    )
    synapses.connect()
    synapses.w = w
    monitor = StateMonitor(target, "v", record=0)
    Network(source, target, synapses, monitor).run((max(times, default=0) + 50) * ms)
    return monitor.at(times * ms, "v")[0], synapses


def decay(span, tau):
    return mpmath.exp(-mpmath.mpf(span) / mpmath.mpf(tau)) if tau else mpmath.mpf(0)


def recursion(times, U, tau_rec, tau_facil):
    """Return u*x at each spike as NEST's tsodyks2_synapse computes it (Maass & Markram 2002, equations 4 and 5)."""
    u, x, found = mpmath.mpf(U), mpmath.mpf(1), []
    for k, t in enumerate(times):
        if k:
            span = mpmath.mpf(t) - mpmath.mpf(times[k - 1])
            x = 1 + (x - x * u - 1) * decay(span, tau_rec)
            u = U + u * (1 - mpmath.mpf(U)) * decay(span, tau_facil)
        found.append(u * x)
    return found


@pytest.mark.parametrize("kind", KINDS)
@given(times=st.lists(st.integers(0, 30_000_000), min_size=1, max_size=12, unique=True))
def test_each_spike_has_the_size_that_the_recursion_says(kind, times):
    times = [k / 10000 for k in sorted(times)]
    found, _ = answers(times, *KINDS[kind])
    expected = recursion(times, *KINDS[kind])
    # u and x lie between 0 and 1, and a step does not increase their errors: STEP more for each, and its own product
    for n, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert abs(a - b) <= 2 * STEP * (n + 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [2, 10, 50, 200])
def test_a_regular_train_follows_its_closed_form(kind, rate):
    U, tau_rec, tau_facil = (mpmath.mpf(p) for p in KINDS[kind])
    span, n = mpmath.mpf(1000) / rate, 30
    e_r, e_f = decay(span, tau_rec), decay(span, tau_facil)
    # u is geometric ...
    u_inf = U / (1 - (1 - U) * e_f)
    u = [u_inf + (U - u_inf) * ((1 - U) * e_f) ** k for k in range(n)]
    # ... and x solves a linear recursion whose coefficients follow u
    x = []
    for k in range(n):
        kept = [e_r * (1 - u[j]) for j in range(k)]
        x.append(mpmath.fprod(kept) + mpmath.fsum((1 - e_r) * mpmath.fprod(kept[j + 1 :]) for j in range(k)))
    found, _ = answers([k * 1000 / rate for k in range(n)], *KINDS[kind])
    for k in range(n):
        assert abs(found[k] - u[k] * x[k]) <= 2 * STEP * (k + 1)


@pytest.mark.parametrize("rate", [5, 20, 100])
def test_depression_alone_is_geometric(rate):
    U, tau = 0.5, 800.0
    found, _ = answers([k * 1000 / rate for k in range(40)], U, tau, 0)
    e = math.exp(-1000 / rate / tau)
    steady = (1 - e) / (1 - (1 - U) * e)
    expected = [U * (steady + (1 - steady) * ((1 - U) * e) ** k) for k in range(40)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2 * STEP * 40)
    # Tsodyks & Markram 1997: at high rates the steady answer falls as one over the rate
    assert found[-1] * rate == pytest.approx(1000 / tau, rel=0.2 if rate == 100 else 1)


@pytest.mark.parametrize("kind", ["both", "more facilitation"])
@pytest.mark.parametrize("rate", [5, 20, 100])
def test_the_steady_state_is_that_of_the_card(kind, rate):
    U, tau_rec, tau_facil = KINDS[kind]
    # u approaches its limit by 5 % from spike to spike, or faster
    found, synapses = answers([k * 1000 / rate for k in range(1000)], *KINDS[kind])
    e_r, e_f = math.exp(-1000 / rate / tau_rec), math.exp(-1000 / rate / tau_facil)
    u = U / (1 - (1 - U) * e_f)
    x = (1 - e_r) / (1 - (1 - u) * e_r)
    assert found[-1] == pytest.approx(u * x, rel=1e-12)
    # and what is left of both 50 ms later
    assert synapses.u[0] == pytest.approx(u * math.exp(-50 / tau_facil), rel=1e-12)
    assert synapses.x[0] == pytest.approx(1 - (1 - x * (1 - u)) * math.exp(-50 / tau_rec), rel=1e-12)


def test_u_rises_before_it_is_used_and_x_is_used_before_it_falls():
    found, synapses = answers([10.0], 0.2, 100.0, 100.0)
    assert found[0] == 0.2
    synapses = answers([10.0, 10.0 + 1e-4], 0.2, 1e9, 1e9)[1]
    # two spikes at once, almost: u = U + U(1 - U), x = (1 - U)(1 - u)
    assert synapses.u[0] == pytest.approx(0.36, rel=1e-6)
    assert synapses.x[0] == pytest.approx(0.8 * 0.64, rel=1e-6)


def test_the_other_convention_can_be_written_down():
    """Mongillo et al. 2008: u returns to U and is used as it is before the spike raises it."""
    times, U, tau_rec, tau_facil = [10.0, 30.0, 75.0], 0.2, 200.0, 1500.0
    source, target = SpikeGeneratorGroup(1, [0] * 3, times * ms), NeuronGroup(1, "v : 1")
    synapses = Synapses(
        source,
        target,
        "du/dt = (U - u)/tau_facil : 1 (event-driven)\ndx/dt = (1 - x)/tau_rec : 1 (event-driven)",
        on_pre="v += u*x; x -= u*x; u += U*(1 - u)",
        namespace={"U": U, "tau_rec": tau_rec * ms, "tau_facil": tau_facil * ms},
    )
    synapses.connect()
    synapses.u, synapses.x = U, 1
    Network(source, target, synapses).run(80 * ms)
    u, x, total = U, 1.0, 0.0
    for k, t in enumerate(times):
        if k:
            span = t - times[k - 1]
            u, x = U + (u - U) * math.exp(-span / tau_facil), 1 + (x - 1) * math.exp(-span / tau_rec)
        total, x, u = total + u * x, x - u * x, u + U * (1 - u)
    assert target.v[0] == pytest.approx(total, rel=10 * STEP)


def test_resources_are_exact_functions_of_time():
    source, target = SpikeGeneratorGroup(1, [0, 0], [10, 30.0371] * ms), NeuronGroup(1, "v : volt")
    synapses = models.tsodyks_markram(source, target, U=0.3, tau_rec=100 * ms, tau_facil=50 * ms, unit=mV)
    synapses.connect()
    monitor = StateMonitor(synapses, ["u", "x"], record=0)
    Network(source, target, synapses, monitor).run(100 * ms)
    assert monitor.at([0, 9.99] * ms, "x")[0].tolist() == [1, 1]
    assert monitor.at([0, 9.99] * ms, "u")[0].tolist() == [0, 0]
    for t in (10.0, 17.123, 30.0):
        assert monitor.at(t * ms, "u")[0] == pytest.approx(0.3 * math.exp(-(t - 10) / 50), rel=1e-14)
        assert monitor.at(t * ms, "x")[0] == pytest.approx(1 - 0.3 * math.exp(-(t - 10) / 100), rel=1e-14)


def test_synapses_made_later_start_rested_too():
    source, target = SpikeGeneratorGroup(2, [0, 1], [10, 20] * ms), NeuronGroup(1, "v : 1")
    synapses = models.tsodyks_markram(source, target, U=0.25)
    synapses.connect(i=0, j=0)
    synapses.w = 1
    network = Network(source, target, synapses)
    network.run(15 * ms)
    used = synapses.x[0]
    synapses.connect(i=1, j=0)
    assert synapses.x[:].tolist() == [used, 1]
    synapses.w[1] = 1
    network.run(10 * ms)
    assert target.v[0] == 0.5


def test_moving_all_spikes_moves_nothing_else():
    times = [3.0, 17.25, 18.0, 60.5]
    here = answers(times, *KINDS["both"])[0]
    there = answers([t + 0.0371 for t in times], *KINDS["both"])[0]
    # each interval may differ by two roundings of 60 ms; x feels them over 45 ms
    np.testing.assert_allclose(here, there, rtol=0, atol=8 * STEP + 4 * 6 * math.ulp(60) / 45)
