"""``explain()`` in the less usual cases."""

from eventsnn import Equations, NeuronGroup, ms


def lines_of(*arguments, **options):
    group = NeuronGroup(*arguments, **options)
    return str(group.explain()).splitlines()


def test_a_group_without_threshold_never_fires():
    assert lines_of(1, "dv/dt = -v/(10*ms) : 1")[-1] == "  no threshold: it never fires"


def test_a_part_that_does_not_change_is_named():
    lines = lines_of(1, "dv/dt = 1/ms : 1\ngo : boolean", threshold="v > 1 and go", refractory=1 * ms)
    assert "      one part does not change between events" in lines
    assert "  reset none" in lines
    assert lines[-1] == "  refractory 1 ms"


def test_other_coefficients_during_the_refractory_period_are_mentioned():
    lines = lines_of(
        1, "dv/dt = int(not_refractory)/ms : 1", threshold="v > 1", reset="v = 0", refractory="v > 0.5 or t < 3*ms"
    )
    assert "      other coefficients during the refractory period (it uses not_refractory)" in lines
    assert lines[-1] == "  refractory v > 0.5 or t < 3*ms (ends at its first false instant)"


def test_an_explanation_shows_itself_in_a_notebook():
    explanation = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1").explain()
    assert repr(explanation) == str(explanation)
    assert explanation._repr_html_().startswith("<pre>group &#x27;neurongroup&#x27;: 1 neuron, solved exactly")


def test_names_may_be_given_for_the_explanation():
    group = NeuronGroup(1, "dv/dt = -v/tau_x : 1", namespace=None)
    assert "leaky relaxation" in str(group.explain(namespace={"tau_x": 10 * ms}))


def test_equations_show_and_compare_themselves():
    eqs = Equations("dv/dt = -v/tau : 1\nw : volt")
    assert repr(eqs) == "<Equations: dv/dt = -v/tau : 1; w : volt>"
    assert eqs.names == {"v", "w"}
    assert len({eqs, Equations(str(eqs))}) == 1


def test_the_method_and_namespace_are_those_given():
    group = NeuronGroup(2.0, "v : 1", method=("euler", "exact"), namespace={"a": 1})
    assert (group.method, group.namespace, group.reset, group.threshold, len(group)) == (
        "exact",
        {"a": 1},
        None,
        None,
        2,
    )
