"""What hangs on the clock of a group with ``dt=``: samples and bins of monitors, and ``dt`` in timed code."""

from __future__ import annotations

import numpy as np
import pytest

from eventsnn import Network, NeuronGroup, PopulationRateMonitor, StateMonitor, ms, start_scope

MODEL = "dv/dt = (1 - v**3)/(10*ms) : 1"


@pytest.mark.filterwarnings("ignore:group .* runs on the clock")
def test_monitors_sample_at_the_step_of_their_group():
    start_scope()
    group = NeuronGroup(2, MODEL, threshold="v > 0.5", reset="v = 0", method="rk4", dt=0.5 * ms)
    trace, rate = StateMonitor(group, "v", record=True), PopulationRateMonitor(group)
    finer = StateMonitor(group, "v", record=True, dt=0.1 * ms)
    Network(group, trace, rate, finer).run(20 * ms)
    assert trace.v.shape == (2, 40)
    assert len(rate.rate) == 40
    assert finer.v.shape == (2, 200)


@pytest.mark.filterwarnings("ignore:group .* runs on the clock")
def test_timed_code_reads_the_step_of_its_group():
    start_scope()
    group = NeuronGroup(2, "v : 1", threshold="rand() < 0", dt=0.25 * ms)
    # carried out every millisecond, as in Brian with the step of the group
    group.run_regularly("v += dt/ms", dt=1 * ms)
    Network(group).run(4 * ms)
    assert np.asarray(group.v).tolist() == [1.0, 1.0]
