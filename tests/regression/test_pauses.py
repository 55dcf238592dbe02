"""Regression: a run that pauses for another choice of the engine loses nothing of groups that leap ahead."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from eventsnn import NeuronGroup, SpikeMonitor, ms, run, seed, start_scope
from eventsnn.engine import bulk
from eventsnn.simulation.progress import Watch


def spikes_of_a_run(engine: str) -> list[np.ndarray]:
    start_scope()
    seed(9)
    tau = 10 * ms
    equations = "dv/dt = (0.8 - v)/tau + 0.5*xi*tau**-0.5 : 1 (unless refractory)"
    firing = {"threshold": "v > 1", "reset": "v = 0", "refractory": 2 * ms, "dt": 1 * ms, "namespace": {"tau": tau}}
    leaping = NeuronGroup(40, equations, method="euler", name="leaping", **firing)
    stepping = NeuronGroup(40, equations, method="exact", name="stepping", **firing)
    first, second = SpikeMonitor(leaping), SpikeMonitor(stepping)
    run(100 * ms, engine=engine)
    assert len(first) > 50 and len(second) > 50
    return [np.array(column) for monitor in (first, second) for column in (monitor.t, monitor.i)]


@pytest.mark.filterwarnings("ignore::eventsnn.errors.ExactnessNote")
def test_a_pause_loses_no_spike_of_a_group_that_leaps(monkeypatch):
    pytest.importorskip("numba")
    for name in ("WORTH_LOADING", "WORTH_COMPILING", "WORTH_LEAPING"):
        monkeypatch.setattr(bulk, name, 0.0)
    expected = spikes_of_a_run("reference")
    polls, poll = count(), Watch.poll

    def poll_and_pause(watch: Watch, now: float) -> None:
        poll(watch, now)
        watch.paused = next(polls) == 10

    monkeypatch.setattr(Watch, "poll", poll_and_pause)
    for mine, other in zip(spikes_of_a_run("auto"), expected, strict=True):
        assert np.array_equal(mine, other)
