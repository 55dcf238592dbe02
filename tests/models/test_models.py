"""Ready-made models: spike times against closed forms and an independent integrator, defaults, errors."""

import inspect
import math
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import eventsnn
from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    Hz,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    TimedArray,
    models,
    ms,
    mV,
    nA,
    nF,
    nS,
    pA,
    pF,
    run,
    second,
)

#: What an integrator at rtol 1e-12 keeps of a spike time after some tens of intervals [ms].
INTEGRATED = 1e-8


def spikes(group, duration, neuron=0):
    """Return the spike times of one neuron [ms]."""
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(duration)
    return np.asarray(monitor.t / ms)[monitor.i == neuron]


@dataclass
class Truth:
    """A neuron in plain numbers: ms, mV, nA, nF, uS.

    Attributes
    ----------
    slope : callable
        ``slope(t, x)``.
    height : callable
        ``height(x)`` above threshold.
    reset : callable
        ``reset(x)`` gives the state after a spike.
    frozen : tuple of int
        Variables that stand still in the refractory period.
    """

    slope: object
    height: object
    reset: object
    start: list
    t_ref: float = 0.0
    frozen: tuple = ()
    found: list = field(default_factory=list)

    def run(self, end):
        """Return the spike times before `end`, by Runge-Kutta of order 8 and its dense output."""
        x, t = np.array(self.start, float), 0.0
        while t < end:
            rest = min(t + self.t_ref, end) if self.found else t
            if rest > t:
                x = self._integrate(t, x, rest, frozen=True).y[:, -1]
            solution = self._integrate(rest, x, end)
            if not solution.t_events[0].size:
                break
            t, x = solution.t_events[0][0], np.array(self.reset(solution.y_events[0][0]))
            self.found.append(t)
        return np.array(self.found)

    def _integrate(self, t, x, end, frozen=False):
        def slope(t, x):
            dx = np.array(self.slope(t, x))
            if frozen:
                dx[list(self.frozen)] = 0.0
            return dx

        def height(t, x):
            return -1.0 if frozen else self.height(x)

        height.terminal, height.direction = True, 1
        return solve_ivp(slope, (t, end), x, method="DOP853", rtol=1e-12, atol=1e-13, events=height, max_step=1.0)


class TestClosedForms:
    """Models with one variable, against their formulas."""

    def test_lif(self):
        # to 500 pA through 40 MOhm the membrane rises by 20 mV, three quarters of them to the threshold
        period = 10 * math.log(20 / (20 - 15))
        expected = period + (2 + period) * np.arange(6)
        np.testing.assert_allclose(spikes(models.LIF(1, I_e=500 * pA), 100 * ms), expected, rtol=1e-14)

    def test_pif(self):
        # 15 mV * 250 pF / 300 pA = 12.5 ms
        group = models.PIF(1, I_e=300 * pA, t_ref=1.5 * ms)
        np.testing.assert_allclose(spikes(group, 60 * ms), 12.5 + 14.0 * np.arange(4), rtol=1e-15)

    def test_qif_between_two_levels(self):
        # u' = k (u**2 + q)/C, centre -50 mV, q = 100/0.7 - 10**2 mV**2
        q, rate = 100 / 0.7 - 100.0, 0.7e-3 / 0.1

        def time(u, w):
            return (math.atan(w / math.sqrt(q)) - math.atan(u / math.sqrt(q))) / (rate * math.sqrt(q))

        first, period = time(-10.0, 85.0), time(0.0, 85.0)
        np.testing.assert_allclose(
            spikes(models.QIF(1, I_e=100 * pA), 200 * ms), first + period * np.arange(5), rtol=1e-13
        )

    def test_qif_from_infinity_to_infinity_is_the_normal_form(self):
        q, rate = 100 / 0.7 - 100.0, 0.7e-3 / 0.1
        group = models.QIF(1, I_e=100 * pA, V_th=np.inf * mV, V_reset=-np.inf * mV)
        intervals = np.diff(spikes(group, 300 * ms))
        assert len(intervals) >= 3
        np.testing.assert_allclose(intervals, math.pi / (rate * math.sqrt(q)), rtol=1e-13)

    def test_qif_at_rest_stays_and_beyond_the_critical_potential_runs_away(self):
        group = models.QIF(2)
        group.v = [-40.001, -39.999] * mV
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(300 * ms)
        assert list(monitor.count) == [0, 1]

    def test_resonate_and_fire(self):
        # from z = 1.5 the first summit of y = 1.5 exp(-0.1 t) sin(t) lies above 1; after z = i it never comes back
        group = models.ResonateAndFire(1)
        group.x = 1.5
        first = brentq(lambda t: 1.5 * math.exp(-0.1 * t) * math.sin(t) - 1, 0.0, math.pi / 2 - 0.1, xtol=1e-15)
        np.testing.assert_allclose(spikes(group, 50 * ms), [first], rtol=1e-14)

    def test_a_resonator_prefers_the_pulse_that_comes_after_a_whole_turn(self):
        # two pulses of 0.7: alone neither fires, after a turn the second adds, after half a turn it takes away
        fired = []
        for wait in (0.5, 1.0):
            group = models.ResonateAndFire(1)
            network, monitor = Network(group), SpikeMonitor(group)
            network.add(monitor)
            group.x = 0.9
            network.run(wait * 2 * math.pi * ms)
            group.x = float(group.x[0]) + 0.9
            network.run(20 * ms)
            fired.append(int(monitor.count[0]))
        assert fired == [0, 1]


class TestLinearSystems:
    """Models with several variables, against an integrator that shares nothing with the package."""

    def test_if_curr_exp(self):
        group = models.IF_curr_exp(1, I_e=0.6 * nA, tau_syn_in=11 * ms)
        group.I_syn_ex, group.I_syn_in = 9 * nA, -1 * nA
        truth = Truth(
            lambda t, x: [(-65 - x[0]) / 20 + x[1] + x[2] + 0.6, -x[1] / 5, -x[2] / 11],
            lambda x: x[0] + 50,
            lambda x: [-65, x[1], x[2]],
            [-65, 9, -1],
            0.1,
            (0,),
        ).run(60)
        found = spikes(group, 60 * ms)
        assert len(found) == len(truth) >= 2
        np.testing.assert_allclose(found, truth, atol=INTEGRATED, rtol=0)

    @pytest.mark.parametrize("tau_syn", [0.5, 7.0, 20.0, 20.0 * (1 + 1e-9)], ids=str)
    def test_if_curr_alpha_also_where_tau_syn_is_tau_m(self, tau_syn):
        group = models.IF_curr_alpha(1, I_e=0.8 * nA, tau_syn_ex=tau_syn * ms, tau_syn_in=9 * ms)
        group.h_syn_ex, group.h_syn_in = 20 * nA, -0.5 * nA
        e = math.e
        truth = Truth(
            lambda t, x: [
                (-65 - x[0]) / 20 + x[1] + x[3] + 0.8,
                (e * x[2] - x[1]) / tau_syn,
                -x[2] / tau_syn,
                (e * x[4] - x[3]) / 9,
                -x[4] / 9,
            ],
            lambda x: x[0] + 50,
            lambda x: [-65, *x[1:]],
            [-65, 0, 20, 0, -0.5],
            0.1,
            (0,),
        ).run(40)
        found = spikes(group, 40 * ms)
        assert len(found) == len(truth) >= 1
        np.testing.assert_allclose(found, truth, atol=INTEGRATED, rtol=0)

    def test_the_alpha_current_peaks_with_its_weight_after_tau_syn(self):
        group = models.IF_curr_alpha(1, V_th=1e6 * mV, tau_syn_ex=3 * ms)
        group.h_syn_ex = 2 * nA
        monitor = StateMonitor(group, "I_syn_ex", record=True)
        Network(group, monitor).run(10 * ms)
        values = monitor.at([2.9, 3.0, 3.1] * ms, "I_syn_ex")[0] / nA
        assert values[1] == pytest.approx(2.0, rel=1e-14) and values[1] > max(values[0], values[2])

    @pytest.mark.parametrize("a", [0.0, 0.004, 0.1], ids=["b alone", "real rates", "oscillation"])
    def test_adaptive_lif(self, a):
        group = models.AdaptiveLIF(1, I_e=(600 + 15000 * a) * pA, a=a * 1000 * nS)
        current = 0.6 + 15 * a
        truth = Truth(
            lambda t, x: [(-70 - x[0]) / 10 + (current - x[1]) / 0.25, (a * (x[0] + 70) - x[1]) / 144],
            lambda x: x[0] + 55,
            lambda x: [-70, x[1] + 0.0805],
            [-70, 0],
            2.0,
            (0,),
        ).run(200)
        found = spikes(group, 200 * ms)
        assert len(found) == len(truth) >= 4
        np.testing.assert_allclose(found, truth, atol=INTEGRATED, rtol=0)

    def test_adaptation_lengthens_the_intervals(self):
        for model in (models.AdaptiveLIF, models.AdaptiveThresholdLIF):
            intervals = np.diff(spikes(model(1, I_e=700 * pA), 200 * ms))
            assert len(intervals) > 3 and np.all(np.diff(intervals) > 0)

    def test_adaptive_threshold_lif(self):
        group = models.AdaptiveThresholdLIF(1, I_e=700 * pA, delta_th=3 * mV)
        truth = Truth(
            lambda t, x: [(-70 - x[0]) / 10 + 0.7 / 0.25, (-55 - x[1]) / 100],
            lambda x: x[0] - x[1],
            lambda x: [-70, x[1] + 3],
            [-70, -55],
            2.0,
            (0,),
        ).run(200)
        found = spikes(group, 200 * ms)
        assert len(found) == len(truth) >= 4
        np.testing.assert_allclose(found, truth, atol=INTEGRATED, rtol=0)

    @pytest.mark.parametrize(("current", "settings"), [
        (1.5, {"a": 5 * Hz}),
        (1.5, {"a": 5 * Hz, "A1": 10 * nA, "A2": -0.6 * nA}),
        (-1.0, {"a": 30 * Hz, "A1": 10 * nA, "A2": -0.6 * nA}),
    ])  # fmt: skip
    def test_glif(self, current, settings):
        a = float(settings["a"]) * 1e-3
        A1, A2 = (float(settings.get(name, 0)) * 1e9 for name in ("A1", "A2"))
        truth = Truth(
            lambda t, x: [
                current + x[2] + x[3] - 0.05 * (x[0] + 70),
                a * (x[0] + 70) - 0.01 * (x[1] + 50),
                -0.2 * x[2],
                -0.02 * x[3],
            ],
            lambda x: x[0] - x[1],
            lambda x: [-70, max(-60, x[1]), A1, x[3] + A2],
            [-70, -50, 0, 0],
        ).run(250)
        found = spikes(models.GLIF(1, I_e=current * nA, **settings), 250 * ms)
        assert len(found) == len(truth) >= 2
        np.testing.assert_allclose(found, truth, atol=INTEGRATED, rtol=0)


#: The spike-induced currents of the bursting neurons.
BURSTS = {"A1": 10 * nA, "A2": -0.6 * nA}


class TestMihalasAndNiebur:
    """Classes of spiking of their figure 1, with the values of their table 1 (currents over C in V/s, here nA)."""

    def answer(self, *steps, **settings):
        """Return the spikes to a current in steps, each ``(nA, ms)``."""
        group = models.GLIF(1, **settings)
        monitor = SpikeMonitor(group)
        network = Network(group, monitor)
        for current, duration in steps:
            group.I_e = current * nA
            network.run(duration * ms)
        return np.asarray(monitor.t / ms)

    def test_panel_a_tonic_spiking(self):
        # without adaptation a leaky neuron: 20 ms log(30/10)
        np.testing.assert_allclose(np.diff(self.answer((1.5, 200))), 20 * math.log(3), rtol=1e-12)

    def test_panel_b_class_1(self):
        # a millionth above threshold: 20 ms log(1e6), arbitrarily slow
        assert self.answer((1 + 1e-6, 500))[0] == pytest.approx(20 * math.log((1 + 1e-6) / 1e-6), rel=1e-9)
        assert len(self.answer((1 - 1e-6, 500))) == 0

    def test_panel_c_spike_frequency_adaptation(self):
        # the table's 2 V/s is the very current at which v and theta would meet at infinity; a little more here
        intervals = np.diff(self.answer((2 + 1e-9, 200), a=5 * Hz))
        assert len(intervals) == 9 and np.all(np.diff(intervals) > 0)

    def test_panel_c_at_the_current_of_the_table(self):
        near = self.answer((2 + 1e-9, 200), a=5 * Hz)
        np.testing.assert_allclose(self.answer((2, 200), a=5 * Hz), near, atol=1e-5)

    def test_panel_d_phasic_spiking(self):
        found = self.answer((1.5, 500), a=5 * Hz)
        assert len(found) >= 1 and found[-1] < 200

    def test_panel_e_accommodation(self):
        # the same final current, reached in steps, is answered by silence
        found = self.answer((1.5, 100), (0, 500), (0.5, 100), (1, 100), (1.5, 100), a=5 * Hz)
        assert len(found) >= 1 and found[-1] < 100

    def test_panel_g_rebound_spike(self):
        found = self.answer((0, 50), (-3.5, 756), (0, 194), a=5 * Hz)
        assert len(found) == 1 and found[0] > 806

    def test_panel_k_hyperpolarization_induced_spiking(self):
        intervals = np.diff(self.answer((-1, 400), a=30 * Hz))
        assert len(intervals) == 2
        np.testing.assert_allclose(intervals[0], intervals[1], rtol=1e-3)

    def test_panel_l_hyperpolarization_induced_bursting(self):
        found = self.answer((-1, 400), a=30 * Hz, **BURSTS)
        assert bursts(found) == [5, 4, 4]

    def test_panel_m_tonic_bursting(self):
        found = bursts(self.answer((2 + 1e-9, 500), a=5 * Hz, **BURSTS))
        assert len(found) == 4 and min(found) > 3

    def test_panel_n_phasic_bursting(self):
        assert bursts(self.answer((1.5, 500), a=5 * Hz, **BURSTS)) == [7]

    def test_panel_o_rebound_burst(self):
        found = self.answer((0, 100), (-3.5, 500), (0, 400), a=5 * Hz, **BURSTS)
        assert bursts(found) == [7] and found[0] > 600

    def test_panel_r_basal_bistability(self):
        # a pulse switches the firing on, a second one off
        found = self.answer((5, 10), (0, 90), (5, 10), (0, 290), A1=8 * nA, A2=-0.1 * nA)
        assert np.sum((found > 20) & (found < 100)) > 5
        assert not np.any(found > 200)

    def test_panel_t_spike_latency(self):
        found = self.answer((8, 2), (0, 48), a=-80 * Hz)
        assert len(found) == 1 and 10 < found[0] < 50


def bursts(times, gap=20.0):
    """Return the number of spikes in each burst."""
    return [len(part) for part in np.split(times, np.flatnonzero(np.diff(times) > gap) + 1)]


#: The defaults of the sources, in the units of these.
PYNN = {"tau_m": 20 * ms, "C_m": 1 * nF, "E_L": -65 * mV, "I_e": 0 * nA, "V_th": -50 * mV, "V_reset": -65 * mV,
        "t_ref": 0.1 * ms}  # fmt: skip
NEST = {"tau_m": 10 * ms, "C_m": 250 * pF, "E_L": -70 * mV, "I_e": 0 * pA, "V_th": -55 * mV, "V_reset": -70 * mV,
        "t_ref": 2 * ms}  # fmt: skip
SOURCES = {
    # pyNN/standardmodels/cells.py
    "IF_curr_delta": PYNN,
    "IF_curr_exp": {**PYNN, "tau_syn_ex": 5 * ms, "tau_syn_in": 5 * ms},
    "IF_curr_alpha": {**PYNN, "tau_syn_ex": 0.5 * ms, "tau_syn_in": 0.5 * ms},
    # models/iaf_psc_delta.cpp
    "LIF": NEST,
    # Brette & Gerstner 2005, table 1: tau_w = 144 ms, b = 0.0805 nA
    "AdaptiveLIF": {**NEST, "tau_w": 144 * ms, "a": 0 * nS, "b": 80.5 * pA},
    # Mihalas & Niebur 2009, table 1 and its caption (rates in 1/s, voltages in mV)
    "GLIF": {"G": 50 * nS, "C_m": 1 * nF, "k1": 200 * Hz, "k2": 20 * Hz, "a": 0 * Hz, "b": 10 * Hz, "R1": 0, "R2": 1,
             "E_L": -70 * mV, "V_reset": -70 * mV, "Theta_r": -60 * mV, "Theta_inf": -50 * mV, "A1": 0 * nA,
             "A2": 0 * nA, "I_e": 0 * nA},
    # Izhikevich 2007, chapter 8, regular spiking
    "QIF": {"C_m": 100 * pF, "k": 0.7 * nS / mV, "E_L": -60 * mV, "V_c": -40 * mV, "V_th": 35 * mV,
            "V_reset": -50 * mV, "I_e": 0 * pA, "t_ref": 0 * ms},
}  # fmt: skip


def defaults(name):
    """Return the default of each parameter of a model."""
    return {
        key: parameter.default
        for key, parameter in inspect.signature(models.MODELS[name]).parameters.items()
        if key not in ("N", "name")
    }


class TestWhatAModelIs:
    """Facts that hold for every model."""

    @pytest.mark.parametrize("name", SOURCES)
    def test_defaults_are_those_of_the_source(self, name):
        found = defaults(name)
        assert found.keys() == SOURCES[name].keys()
        for key, expected in SOURCES[name].items():
            assert found[key] == expected, key

    @pytest.mark.parametrize("name", models.MODELS)
    def test_the_signature_has_every_parameter_and_nothing_else(self, name):
        group = models.MODELS[name](2)
        assert set(defaults(name)) == set(group.equations.parameter_names)

    @pytest.mark.parametrize("name", models.MODELS)
    def test_the_card_names_every_parameter_variable_and_heading(self, name):
        model = models.MODELS[name]
        card = inspect.getmodule(model).__doc__
        group = model(1)
        for word in (*defaults(name), *group.equations.state_names):
            assert f"``{word}``" in card, word
        headings = re.findall(r"^([A-Z][a-z]+(?: [a-z]+)?)$", card, re.MULTILINE)
        assert headings == [
            "Equation", "Exact solution", "Crossing", "Parameters", "State", "Events", "Limits", "Source", "See also",
        ]  # fmt: skip

    @pytest.mark.parametrize("name", models.MODELS)
    def test_it_is_a_group_that_rests_and_explains_itself(self, name):
        group = models.MODELS[name](3)
        assert isinstance(group, NeuronGroup) and len(group) == 3
        assert group.name.replace("_", "") == name.replace("_", "").lower()
        text = str(group.explain())
        assert "3 neurons, solved exactly" in text and "threshold" in text
        # without a drive nothing moves
        before = {name: np.array(getattr(group, f"{name}_")[:]) for name in group.equations.state_names}
        assert len(spikes(group, 100 * ms)) == 0
        for variable, values in before.items():
            np.testing.assert_allclose(getattr(group, f"{variable}_")[:], values, rtol=1e-15)

    def test_explanations_name_the_kinds_of_solution(self):
        def text(group):
            return str(group.explain())

        assert "leaky relaxation" in text(models.LIF(1))
        assert "perfect integrator" in text(models.PIF(1))
        assert "quadratic neuron" in text(models.QIF(1))
        assert "linear system" in text(models.GLIF(1, a=1 * Hz))
        assert "Rolle's theorem" in text(models.IF_curr_alpha(1))
        assert "resonance" in text(models.ResonateAndFire(1))

    def test_they_are_reached_in_three_ways(self):
        import eventsnn.models as by_path

        assert eventsnn.models is by_path is models
        assert "LIF" not in eventsnn.__all__ and not hasattr(eventsnn, "LIF")

    def test_names_count_as_those_of_groups_do(self):
        assert [models.LIF(1).name, models.LIF(1).name, models.LIF(1, name="cell").name] == ["lif", "lif_1", "cell"]


class TestValues:
    """Parameters as one value, arrays, texts and functions of time."""

    def test_arrays_give_each_neuron_its_own(self):
        group = models.LIF(3, I_e=[400, 500, 700] * pA, tau_m=[10, 20, 10] * ms)
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(30 * ms)
        first = [monitor.t[monitor.i == k][0] / ms for k in range(3)]
        expected = [10 * math.log(16), 20 * math.log(40 / 25), 10 * math.log(28 / 13)]
        np.testing.assert_allclose(first, expected, rtol=1e-13)

    def test_texts_are_evaluated_for_each_neuron(self):
        group = models.LIF(4, tau_m="(1 + 0.1*i)*10*ms", E_L="-70*mV - i*mV")
        np.testing.assert_allclose(group.tau_m / ms, [10, 11, 12, 13])
        # it starts at rest, wherever that is
        np.testing.assert_allclose(group.v / mV, [-70, -71, -72, -73])

    def test_texts_use_the_names_of_the_caller(self):
        scale = 3 * nA
        np.testing.assert_allclose(models.LIF(2, I_e="i*scale").I_e / nA, [0, scale / nA])

    def test_a_text_with_t_holds_at_all_times(self):
        amplitude, f = 1 * nA, 20 * Hz
        group = models.LIF(1, I_e="amplitude*sin(2*pi*f*t)")
        assert "I_e = amplitude*sin(2*pi*f*t) : amp" in str(group.equations)
        monitor = SpikeMonitor(group)
        run(100 * ms)
        omega = 2 * math.pi * 0.02
        truth = Truth(
            lambda t, x: [(-70 - x[0]) / 10 + 4 * math.sin(omega * t)],
            lambda x: x[0] + 55,
            lambda x: [-70],
            [-70],
            2.0,
            (0,),
        ).run(100)
        assert len(truth) > 2 and amplitude > 0 and f > 0
        np.testing.assert_allclose(monitor.t / ms, truth, atol=INTEGRATED, rtol=0)

    def test_a_timed_array_drives(self):
        steps = TimedArray([0, 500, 0] * pA, dt=20 * ms)
        group = models.LIF(1, I_e="steps(t)")
        monitor = SpikeMonitor(group)
        run(60 * ms)
        assert steps is not None
        np.testing.assert_allclose(monitor.t / ms, [20 + 10 * math.log(4)], rtol=1e-14)

    def test_parameters_can_be_changed_afterwards(self):
        group = models.LIF(2)
        group.I_e = 500 * pA
        group.t_ref = [0, 3] * ms
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(60 * ms)
        period = 10 * math.log(4)
        np.testing.assert_allclose(np.diff(monitor.t[monitor.i == 0] / ms), period, rtol=1e-13)
        np.testing.assert_allclose(np.diff(monitor.t[monitor.i == 1] / ms), period + 3, rtol=1e-13)

    def test_the_same_name_in_the_script_is_no_second_meaning(self):
        tau_m, v = 20 * ms, 3 * mV
        group = models.LIF(1, tau_m=tau_m, I_e=500 * pA)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            run(1 * ms)
        assert group.tau_m[0] == tau_m and v > 0 * mV

    def test_an_input_that_lifts_to_the_threshold_fires(self):
        group = models.IF_curr_delta(2, t_ref=1 * ms)
        group.v = [-50, -50.001] * mV
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(1 * ms)
        assert list(monitor.count) == [1, 0]


class TestErrors:
    """Texts of errors: where, expected, found, what to do."""

    @pytest.mark.parametrize(
        ("make", "error", "text"),
        [
            (
                lambda: models.LIF(1, tau_m=20 * mV),
                DimensionMismatchError,
                "lif.tau_m: expected a time (s), found 20. mV (a voltage (V)). 'tau_m' is declared as second.",
            ),
            (
                lambda: models.LIF(1, tau_m=20),
                DimensionMismatchError,
                "lif.tau_m: expected a time (s), found 20 (dimensionless). 'tau_m' is declared as second.",
            ),
            (
                lambda: models.LIF(2, tau_m=[10, -10] * ms),
                ArgumentError,
                "lif.tau_m: expected a positive time (s), found -10. ms for neuron 1. Write tau_m=10*ms, say.",
            ),
            (
                lambda: models.QIF(1, k=0 * nS / mV),
                ArgumentError,
                "qif.k: expected a positive quantity in S V^-1, found 0. S/V for neuron 0. Write k=0.7*nS/mV, say.",
            ),
            (
                lambda: models.PIF(1, t_ref=-1 * ms),
                ArgumentError,
                "pif.t_ref: expected a non-negative time (s), found -1. ms for neuron 0. Write t_ref=10*ms, say.",
            ),
            (
                lambda: models.IF_curr_exp(2, V_reset=[-65, -50] * mV),
                ArgumentError,
                "if_curr_exp.V_reset: expected a value below V_th, found -50. mV where V_th is -50. mV, for neuron 1. "
                "After such a reset it would fire again at once.",
            ),
            (
                lambda: models.GLIF(1, Theta_r=-80 * mV),
                ArgumentError,
                "glif.V_reset: expected a value below Theta_r, found -70. mV where Theta_r is -80. mV",
            ),
            (
                lambda: models.LIF(3, I_e=[1, 2] * nA),
                ArgumentError,
                "lif.I_e: expected 1 value or 3 (one for each neuron), got shape (2,)",
            ),
            (
                lambda: models.LIF(3, I_e="i*mV"),
                DimensionMismatchError,
                "group 'lif', value of I_e: expected",
            ),
            (lambda: models.LIF(1, tau_m=20), DimensionMismatchError, "is declared as second. Write tau_m=10*ms, say."),
            (lambda: models.LIF(1, taum=20 * ms), TypeError, "LIF() has no parameter 'taum'. Did you mean 'tau_m'?"),
            (lambda: models.lif_neuron, AttributeError, "eventsnn.models has no model 'lif_neuron'."),
            (lambda: models.LIF(0), ArgumentError, "expected at least 1 neuron, found 0"),
        ],
    )
    def test_they_say_where_and_what(self, make, error, text):
        with pytest.raises(error, match=re.escape(text)):
            make()

    def test_a_function_of_time_of_the_wrong_dimension_is_refused_at_the_run(self):
        group = models.LIF(1, I_e="t/second*mV")
        with pytest.raises(DimensionMismatchError, match="sub-expression I_e: expected"):
            Network(group).run(1 * ms)

    def test_a_time_constant_that_changes_all_the_time_is_refused_with_its_reason(self):
        group = models.LIF(1, tau_m="10*ms + t")
        with pytest.raises(eventsnn.NoExactSolutionError, match="It divides by t"):
            Network(group).run(1 * ms)

    def test_a_model_that_was_refused_is_not_reported_as_never_run(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(ArgumentError):
                models.LIF(1, tau_m=-1 * ms)

    def test_a_resonator_that_is_reset_onto_its_threshold_and_rises_is_stopped(self):
        group = models.ResonateAndFire(1, b=0.1 / ms)
        group.y = 0.5
        with pytest.raises(eventsnn.EndlessSpikingError):
            Network(group).run(100 * ms)


PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "models.md"


@pytest.mark.parametrize("name", models.MODELS)
def test_the_page_lists_the_parameters_with_their_defaults(name):
    page = PAGE.read_text("utf-8")
    sections = dict(re.findall(r"^## `(\w+)`[^\n]*\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", sections[name], re.MULTILINE))
    units = {key: getattr(eventsnn, key) for key in ("ms", "mV", "pF", "nF", "pA", "nA", "nS", "Hz")}
    found = {key: eval(text.replace("−", "-").replace(" ", "*"), units) for key, text in rows.items()}
    expected = defaults(name)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key] == value, key


def test_a_longer_run_of_many_neurons_counts_right():
    group = models.PIF(50, I_e="(i + 1)*10*pA")
    monitor = SpikeMonitor(group)
    # 15 mV * 250 pF = 3.75 pC for each spike; no spike falls on the last millisecond but at its end
    Network(group, monitor).run(0.999 * second)
    assert list(monitor.count) == [math.floor((k + 1) * 9.99 / 3.75) for k in range(50)]
