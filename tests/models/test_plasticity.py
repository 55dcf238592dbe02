"""What holds for every ready-made model of synapses: card, texts, values, messages, page."""

import inspect
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import eventsnn
from eventsnn import (
    ArgumentError,
    DimensionMismatchError,
    EventSNNWarning,
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    models,
    ms,
    mV,
    nS,
    second,
    seed,
    volt,
)
from eventsnn.models.triplet import FITS

#: Arguments that are no parameters of the model.
OPTIONS = ("source", "target", "pairing", "clipped", "effect", "delay", "name", "fit", "unit")

#: Arguments with which every parameter and every state is in the model.
WHOLE = {
    "stdp": {"mu_plus": 1, "mu_minus": 1},
    "triplet_stdp": {"fit": "visual cortex, full"},
    "tsodyks_markram": {"tau_facil": 1 * second},
}


def parameters(name):
    return {k: p.default for k, p in inspect.signature(models.PLASTICITY[name]).parameters.items() if k not in OPTIONS}


def make(name, *groups, **options):
    return models.PLASTICITY[name](*groups, **{**WHOLE.get(name, {}), **options})


def groups():
    return SpikeGeneratorGroup(2, [0, 1], [5, 6] * ms), NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")


@pytest.mark.parametrize("name", models.PLASTICITY)
class TestEveryModel:
    """Facts that hold for every model."""

    def test_the_signature_has_every_parameter(self, name):
        synapses = make(name, *groups())
        own = {key for key, line in synapses.equations.items() if "constant" in line.flags}
        assert own | ({"w_0"} if name == "synaptic_scaling" else set()) == set(parameters(name))

    def test_the_card_names_every_parameter_variable_and_heading(self, name):
        card = inspect.getmodule(models.PLASTICITY[name]).__doc__
        for word in (*parameters(name), *make(name, *groups()).equations.state_names, "effect", "delay"):
            assert f"``{word}``" in card, word
        headings = re.findall(r"^([A-Z][a-z]+(?: [a-z]+)*)$", card, re.MULTILINE)
        assert headings == [
            "Equation", "Rule at coincidence", "Exact solution", "Parameters", "Options", "State", "Events", "Limits",
            "Source", "See also",
        ]  # fmt: skip

    def test_its_texts_can_be_copied(self, name):
        """Made from its own texts by hand, with the parameters as numbers, it does the same to the last bit."""

        def story(by_hand):
            eventsnn.start_scope()
            source = SpikeGeneratorGroup(2, [0, 1, 0, 1, 1], [5, 6, 6, 30.0371, 80] * ms)
            target = SpikeGeneratorGroup(1, [0, 0, 0], [6, 20, 33] * ms)
            ready = make(name, source, target, effect="")
            copy = Synapses(source, target, str(ready.equations), on_pre=ready.on_pre, on_post=ready.on_post or None)
            synapses = copy if by_hand else ready
            synapses.connect()
            if by_hand:
                for parameter in ready.equations.parameter_names:
                    if ready.equations[parameter].shared:
                        setattr(copy, parameter, getattr(ready, parameter))
            for variable in {"w", "w_0", "x"} & {*ready.equations} - {*ready.equations.subexpression_names}:
                setattr(synapses, variable, 1 if variable == "x" and name == "tsodyks_markram" else 0.5)
            Network(source, target, synapses).run(100 * ms)
            return [getattr(synapses, variable)[:].tolist() for variable in ("w", *ready.equations.state_names)]

        assert story(True) == story(False)

    def test_it_is_connected_runs_and_explains_itself(self, name):
        source, target = groups()
        synapses = make(name, source, target)
        assert isinstance(synapses, Synapses) and len(synapses) == 0
        assert synapses.name == name
        synapses.connect(p=1)
        Network(source, target, synapses).run(10 * ms)
        assert "pre: waits for spikes" in str(synapses.explain())

    def test_a_text_is_evaluated_for_each_synapse_also_for_those_made_later(self, name):
        source, target = groups()
        tau = next(key for key in parameters(name) if key.startswith("tau"))
        synapses = make(name, source, target, **{tau: "(10 + i + 2*j)*ms"})
        synapses.connect(i=0, j=[0, 1])
        synapses.connect(i=1, j=[1])
        np.testing.assert_allclose(getattr(synapses, tau) / ms, [10, 12, 13])
        setattr(synapses, tau, [5, 6, 7] * ms)
        Network(source, target, synapses).run(10 * ms)
        np.testing.assert_allclose(getattr(synapses, tau) / ms, [5, 6, 7])

    def test_weights_have_the_unit_of_their_scale_and_may_come_with_a_matrix(self, name):
        source, target = groups()
        scale = {"synaptic_scaling": "w_0", "tsodyks_markram": "unit"}.get(name, "w_max")
        synapses = make(name, source, target, effect="", **{scale: 8 * nS})
        synapses.connect(matrix=np.array([[0, 1], [2, 3]]), unit=nS)
        np.testing.assert_allclose(synapses.w / nS, [1, 2, 3])
        with pytest.raises(DimensionMismatchError):
            setattr(synapses, "w_0" if scale == "w_0" else "w", 3 * mV)

    def test_the_same_names_in_the_script_are_no_second_meaning(self, name):
        source, target = groups()
        tau_plus = tau = tau_rec = w = x = 3 * ms
        synapses = make(name, source, target)
        synapses.connect()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            eventsnn.run(1 * ms)
        assert tau_plus == tau == tau_rec == w == x


class TestValues:
    """Parameters as one value and as texts; how synapses start."""

    def test_a_number_serves_all_and_can_be_changed_between_runs(self):
        source, target = SpikeGeneratorGroup(1, [0, 0], [10, 60] * ms), SpikeGeneratorGroup(1, [0, 0], [11, 61] * ms)
        synapses = models.stdp(source, target, effect="", tau_plus=10 * ms, A_minus=0)
        synapses.A_plus = 0.1
        synapses.connect()
        network = Network(source, target, synapses)
        network.run(50 * ms)
        assert synapses.w[0] == pytest.approx(0.1 * np.exp(-0.1), rel=1e-15)
        synapses.A_plus = 0
        network.run(50 * ms)
        assert synapses.w[0] == pytest.approx(0.1 * np.exp(-0.1), rel=1e-15)

    def test_texts_may_draw_random_numbers(self):
        seed(3)
        synapses = models.tsodyks_markram(*groups(), U="0.2 + 0.1*rand()", tau_rec="(800 + 100*randn())*ms")
        synapses.connect(n=50)
        assert len(np.unique(synapses.U)) == 200 and np.all((synapses.U >= 0.2) & (synapses.U <= 0.3))

    def test_the_effect_may_be_any_statement(self):
        source, target = SpikeGeneratorGroup(1, [0], [5] * ms), NeuronGroup(1, "dg/dt = -g/(5*ms) : siemens")
        synapses = models.tsodyks_markram(source, target, unit=nS, effect="g_post += 2*w*u*x")
        synapses.connect()
        synapses.w = 3 * nS
        monitor = StateMonitor(target, "g", record=0)
        Network(source, target, synapses, monitor).run(10 * ms)
        assert monitor.at(5 * ms, "g")[0] / nS == pytest.approx(3, rel=1e-15)

    def test_one_group_may_be_both_ends(self):
        G = NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0")
        synapses = models.stdp(G, w_max=2)
        synapses.connect("i != j")
        assert synapses.target is G and len(synapses) == 6

    @pytest.mark.parametrize(("fit", "pairing"), FITS)
    def test_the_fits_fill_in_what_is_not_given(self, fit, pairing):
        synapses = models.triplet_stdp(*groups(), fit=fit, pairing=pairing, A2_minus=0.5)
        A2_plus, A3_plus, _, A3_minus, _, tau_y = FITS[fit, pairing]
        assert (synapses.A2_plus[0], synapses.A3_plus[0], synapses.A2_minus[0]) == (A2_plus, A3_plus, 0.5)
        assert synapses.tau_y[0] / ms == pytest.approx(tau_y)
        assert ("r2" in synapses.equations) == (A3_minus > 0)


class TestErrors:
    """Texts of errors: where, expected, found, what to do."""

    @pytest.mark.parametrize(
        ("call", "error", "text"),
        [
            (
                lambda a, b: models.stdp(a, b, tau_plus=[10, 20] * ms),
                ArgumentError,
                "stdp.tau_plus: expected one value for all synapses, or a text that is evaluated for each, found shape "
                "(2,). For values of their own give a text such as tau_plus='10*ms', call connect(), and assign "
                "stdp.tau_plus = ...",
            ),
            (
                lambda a, b: models.stdp(a, b, tau_plus=20),
                DimensionMismatchError,
                "stdp.tau_plus: expected a time (s), found 20 (dimensionless). 'tau_plus' is declared as second. "
                "Write tau_plus=10*ms, say.",
            ),
            (
                lambda a, b: models.stdp(a, b, Aplus=1),
                TypeError,
                "stdp() has no parameter 'Aplus'. Did you mean 'A_plus'?",
            ),
            (
                lambda a, b: models.tsodyks_markram(a, b, wmax=1),
                TypeError,
                "tsodyks_markram() has no parameter 'wmax'. Parameters are source, target, U,",
            ),
            (lambda a, b: models.STDP, AttributeError, "eventsnn.models has no model 'STDP'. Did you mean 'stdp'?"),
            (
                lambda a, b: models.stdp(a, b, tau_minus=-1 * ms),
                ArgumentError,
                "stdp.tau_minus: expected a positive time (s), found -1. ms. Write tau_minus=10*ms, say.",
            ),
            (
                lambda a, b: models.stdp(a, b, mu_plus=-1),
                ArgumentError,
                "stdp.mu_plus: expected a non-negative number, found -1.0. Write mu_plus=0.5, say.",
            ),
            (
                lambda a, b: models.stdp(a, b, w_max="2*mV"),
                ArgumentError,
                "stdp.w_max: expected one value for all synapses, found the text '2*mV'. Its unit is that of the "
                "weights, which has to be known at once: write w_max=2*mV, without quotes.",
            ),
            (
                lambda a, b: models.stdp(a, b, pairing="some"),
                ArgumentError,
                "stdp.pairing: expected one of 'all', 'nearest', 'presynaptic', 'reduced', found 'some'",
            ),
            (
                lambda a, b: models.triplet_stdp(a, b, fit="cerebellum"),
                ArgumentError,
                "triplet_stdp.fit: expected one of 'visual cortex', 'hippocampus', 'visual cortex, full', "
                "'hippocampus, full', found 'cerebellum'",
            ),
            (
                lambda a, b: models.triplet_stdp(a, b, pairing="reduced"),
                ArgumentError,
                "triplet_stdp.pairing: expected one of 'all', 'nearest', found 'reduced'",
            ),
            (
                lambda a, b: models.inhibitory_stdp(a, b, rho_0=-1 * Hz),
                ArgumentError,
                "inhibitory_stdp.rho_0: expected a non-negative frequency (Hz), found -1. Hz. Write rho_0=20*Hz, say.",
            ),
            (
                lambda a, b: models.tsodyks_markram(a, b, U=1.5),
                ArgumentError,
                "tsodyks_markram.U: expected a number from 0 to 1, found 1.5. Write U=0.5, say.",
            ),
            (
                lambda a, b: models.tsodyks_markram(a, b, U="1 + j").connect(),
                ArgumentError,
                "tsodyks_markram.U: expected a number from 0 to 1, found 2.0 for synapse 1. Write U=0.5, say.",
            ),
            (
                lambda a, b: models.tsodyks_markram(a, b, tau_rec="0*ms").connect(),
                ArgumentError,
                "tsodyks_markram.tau_rec: expected a positive time (s), found 0. s for synapse 0.",
            ),
            (
                lambda a, b: models.synaptic_scaling(a, b, rho_0=0 * Hz),
                ArgumentError,
                "synaptic_scaling.rho_0: expected a positive frequency (Hz), found 0. Hz. Write rho_0=20*Hz, say.",
            ),
        ],
    )
    def test_they_say_where_and_what(self, call, error, text):
        with pytest.raises(error, match=re.escape(text)):
            call(*groups())

    def test_a_model_that_was_refused_is_not_reported_as_never_run(self):
        source, target = groups()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(ArgumentError):
                models.stdp(source, target, tau_plus=-1 * ms)

    @pytest.mark.parametrize(
        ("name", "advice"),
        [
            ("stdp", "write w_max=1*mV, say; or give another effect= than 'v_post += w'."),
            ("inhibitory_stdp", "write w_max=1*mV, say"),
            ("synaptic_scaling", "write w_0=1*mV, say"),
            ("tsodyks_markram", "write unit=mV, say; or give another effect= than 'v_post += w*u*x'."),
        ],
    )
    def test_a_weight_that_is_no_voltage_is_told_from_one(self, name, advice):
        source = SpikeGeneratorGroup(1, [0], [5] * ms)
        target = NeuronGroup(1, "v : volt", threshold="v > 1*mV", reset="v = 0*mV")
        synapses = models.PLASTICITY[name](source, target)
        synapses.connect()
        with pytest.raises(DimensionMismatchError, match="expected a voltage") as caught:
            Network(source, target, synapses).run(1 * ms)
        assert advice in str(caught.value)

    @pytest.mark.parametrize("name", ["stdp", "triplet_stdp", "inhibitory_stdp"])
    def test_a_weight_that_will_be_clipped_is_told_of(self, name):
        synapses = models.PLASTICITY[name](*groups(), w_max=1 * mV, effect="")
        synapses.connect()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            synapses.w = 1 * mV
        with pytest.warns(EventSNNWarning, match=r"from 0 to w_max = 1. mV, found 5. mV for synapse 1. The next"):
            synapses.w[1] = 5 * mV
        free = models.PLASTICITY[name](*groups(), clipped=False, effect="")
        free.connect()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            free.w = 5


PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "plasticity.md"


@pytest.mark.parametrize("name", models.PLASTICITY)
def test_the_page_lists_the_parameters_with_their_defaults(name):
    page = PAGE.read_text("utf-8")
    sections = dict(re.findall(r"^## `(\w+)`[^\n]*\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", sections[name], re.MULTILINE))
    units = {"ms": ms, "s": second, "Hz": Hz, "mV": mV, "V": volt}
    expected = parameters(name)
    assert rows.keys() == expected.keys()
    for key, value in expected.items():
        found = None if rows[key] == "of the fit" else eval(rows[key].replace("−", "-").replace(" ", "*"), units)
        assert found == value, key
