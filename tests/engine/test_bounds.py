"""When a neuron is looked at changes nothing: bounds in the queue give the same bits as searching at once."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsnn
from eventsnn import Network, NeuronGroup, PoissonGroup, SpikeMonitor, StateMonitor, Synapses, ms
from eventsnn.crossing.chains import Node
from eventsnn.crossing.sums import RealSum
from eventsnn.engine.cells import Cells

MODELS = {
    "two currents": (
        """dv/dt = (ge + gi + 0.9 - v)/(20*ms) : 1 (unless refractory)
        dge/dt = -ge/(5*ms) : 1
        dgi/dt = -gi/(10*ms) : 1""",
        {"exc": "ge_post += 0.6", "inh": "gi_post -= 0.5"},
        "v = 0",
    ),
    "alpha": (
        """dv/dt = (x - v)/(10*ms) : 1 (unless refractory)
        dx/dt = (y - x)/(2*ms) : 1
        dy/dt = -y/(2*ms) : 1""",
        {"exc": "y_post += 2.4", "inh": "y_post -= 0.6"},
        "v = 0",
    ),
    "adaptation": (
        """dv/dt = (ge - w - v)/(10*ms) : 1
        dw/dt = (0.2*v - w)/(50*ms) : 1
        dge/dt = -ge/(4*ms) : 1""",
        {"exc": "ge_post += 0.9", "inh": "ge_post -= 0.3"},
        "v = 0; w += 0.1",
    ),
}


def recurrent(model: str) -> tuple:
    """Run a small network under Poisson input; return its spikes and the course of its membranes."""
    eventsnn.start_scope()
    eventsnn.seed(5)
    equations, texts, reset = MODELS[model]
    G = NeuronGroup(12, equations, threshold="v > 1", reset=reset, refractory=1.3 * ms)
    P = PoissonGroup(12, 300 * eventsnn.Hz)
    kick = Synapses(P, G, on_pre=texts["exc"])
    kick.connect(j="i")
    inside = Synapses(G, G, on_pre=texts["inh"], delay=0.7 * ms)
    inside.connect(condition="i != j", p=0.5)
    M, V = SpikeMonitor(G), StateMonitor(G, "v", record=True)
    Network(G, P, kick, inside, M, V).run(120 * ms)
    return M._record.times, M._record.neurons, V.v.tolist()


@pytest.mark.parametrize("model", MODELS)
def test_bounds_in_the_queue_do_not_change_a_bit(model, monkeypatch):
    searches = []
    search = Cells.predict
    monkeypatch.setattr(Cells, "predict", lambda cells, k: searches.append(k) or search(cells, k))
    bounded = recurrent(model)
    few = len(searches)
    searches.clear()
    monkeypatch.setattr(Cells, "foresee", Cells.predict)
    assert recurrent(model) == bounded
    assert len(bounded[0]) > 30
    # and they spare most of the searches
    assert few < 0.7 * len(searches)


rates = st.sampled_from([0.0, -0.05, -0.1, -0.2, -1.0, -3.0])
chain = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda c: tuple(sorted(c)))
chains = st.lists(chain, min_size=1, max_size=5)


@given(st.lists(rates, min_size=4, max_size=4), chains, st.lists(st.floats(-5, 5), min_size=5, max_size=5))
def test_no_sum_changes_its_sign_before_the_bound(rates, chains, numbers):
    plan = RealSum([Node(rate, 0.0) for rate in rates], chains)
    coefficients = numbers[: plan.size]
    start = math.fsum(c for chain, c in zip(dict.fromkeys(chains), coefficients, strict=True) if len(chain) == 1)
    if start == 0.0:
        return
    bound = plan.earliest_change(coefficients, start, [abs(c) for c in coefficients])
    sign, changes = plan.sign_changes(coefficients, start)
    assert sign == math.copysign(1.0, start)
    assert all(s >= bound for s in changes)


def test_a_rate_that_grows_has_no_quick_bound():
    plan = RealSum([Node(0.1, 0.0)], [(0,)])
    assert plan.earliest_change([-1.0], -1.0, [1.0]) == 0.0
