"""``SpikeMonitor(G, accuracy=True)``: the slope of each crossing, and a bound on the error of its time."""

import math

import mpmath
import numpy as np
import pytest

from eventsnn import DimensionMismatchError, Network, NeuronGroup, SpikeMonitor, ms, mV, second, us, volt
from eventsnn.units import get_dimensions

mp = mpmath.mp.clone()
mp.dps = 40


def watched(group, length=300 * ms):
    monitor = SpikeMonitor(group, accuracy=True)
    Network(group, monitor).run(length, namespace={})
    return monitor


def test_slopes_are_those_of_the_closed_form_and_errors_keep_the_promised_bound():
    group = NeuronGroup(
        4, "dv/dt = (E - v)/(10*ms) : volt\nE : volt", threshold="v > -50*mV", reset="v = -60*mV", namespace={}
    )
    rests = [-49.99, -49.0, -45.0, -40.0]
    group.v, group.E = -60 * mV, rests * mV
    monitor = watched(group)
    for k, rest in enumerate(rests):
        mine = monitor.i == k
        slope = (rest + 50.0) / 10.0
        np.testing.assert_allclose(np.asarray(monitor.slope[mine]), slope, rtol=1e-12)  # mV/ms is V/s
        period = mp.mpf(10) * mp.log((mp.mpf(rest) + 60) / (mp.mpf(rest) + 50))
        t, error = (np.asarray(x[mine])[0] * 1e3 for x in (monitor.t, monitor.error))
        assert abs(mp.mpf(t) - period) <= error
        expected = 2 * (math.ulp(t) + math.ulp(60.0) / slope)
        assert error == pytest.approx(expected, rel=1e-6)


def test_the_slope_has_the_unit_of_what_is_compared_over_time():
    group = NeuronGroup(1, "dv/dt = 5*mV/ms : volt", threshold="v > 20*mV", reset="v = 0*mV", namespace={})
    assert get_dimensions(watched(group).slope) == volt.dim / second.dim
    group = NeuronGroup(
        1,
        "dv/dt = 5*mV/ms : volt\ndw/dt = -w/(20*ms) : volt",
        threshold="v - 0.3*w > 20*mV",
        reset="v = 0*mV; w += 1*mV",
        namespace={},
    )
    monitor = watched(group)
    assert get_dimensions(monitor.slope) == volt.dim / second.dim
    # v rises by 5 mV/ms, w falls a little
    assert np.all((np.asarray(monitor.slope) >= 5.0) & (np.asarray(monitor.slope) < 5.1))


def test_grazing_spikes_are_listed():
    # the peak of this current's answer is 1.2566...; the thresholds lie below it by a part in 1e3 to 1e12
    margins = np.array([1e-3, 1e-6, 1e-9, 1e-12])
    tau_m, tau_s = mp.mpf(20), mp.mpf(5)
    s = tau_m * tau_s / (tau_m - tau_s) * mp.log(tau_m / tau_s)

    def response(u):
        return 6 * tau_s / (tau_s - tau_m) * (mp.exp(-u / tau_s) - mp.exp(-u / tau_m))

    peak = response(s)
    group = NeuronGroup(
        4,
        "dv/dt = (I - v)/(20*ms) : 1\ndI/dt = -I/(5*ms) : 1\ntheta : 1",
        threshold="v > theta",
        reset="v = 0",
        namespace={},
    )
    group.I, group.theta = 6, float(peak) * (1 - margins)
    monitor = watched(group, 30 * ms)
    assert sorted(monitor.i[:4]) == [0, 1, 2, 3]
    first = {int(i): n for n, i in reversed(list(enumerate(monitor.i)))}
    slopes = np.asarray(monitor.slope)[[first[k] for k in range(4)]]
    # near its peak the membrane is a parabola: the slope goes like the root of the margin
    curvature = float(
        abs(mp.diff(lambda u: 6 * tau_s / (tau_s - tau_m) * (mp.exp(-u / tau_s) - mp.exp(-u / tau_m)), s, 2))
    )
    expected = np.sqrt(2 * curvature * float(peak) * margins) * 1e3
    np.testing.assert_allclose(slopes[:3], expected[:3], rtol=0.1)
    listed = monitor.grazing(1e-6 * us)
    assert set(monitor.i[listed]) == {2, 3} or set(monitor.i[listed]) == {3}
    assert len(monitor.grazing(1 * second)) == 0
    for k, margin in enumerate(margins):
        x = s - mp.sqrt(2 * mp.mpf(float(peak) * margin) / curvature)
        t = np.asarray(monitor.t)[first[k]] * 1e3
        assert abs(t - x) < 0.1 * abs(s - x) + 1e-5


def test_spikes_at_given_instants_have_no_slope_and_the_error_of_their_rounding():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="t > 3*ms", refractory=5 * ms, reset="v = 0", namespace={})
    monitor = watched(group, 10 * ms)
    assert np.all(np.isnan(np.asarray(monitor.slope)))
    assert np.all(np.asarray(monitor.error) <= 2.0**-50 * np.asarray(monitor.t))


def test_what_was_not_kept_is_explained():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", namespace={})
    plain = SpikeMonitor(group)
    with pytest.raises(AttributeError, match="make it with accuracy=True"):
        plain.slope
    with pytest.raises(AttributeError, match="did not keep the accuracy"):
        plain.grazing(1 * us)
    with pytest.raises(ValueError, match="accuracy=True needs record=True"):
        SpikeMonitor(group, record=False, accuracy=True)
    monitor = SpikeMonitor(group, accuracy=True)
    Network(group, plain, monitor).run(3 * ms, namespace={})
    with pytest.raises(DimensionMismatchError, match="grazing: expected a time"):
        monitor.grazing(3)
