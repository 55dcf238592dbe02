"""Workloads in NEST: precise spike times (mode ps, for W4 exp_ps), or on its grid.

    python -m simulators.nest W3 --size 1250 --mode ps

W1b has no counterpart. Delays are at least one step, so what arrives at once elsewhere arrives 0.1 ms later here; the
spikes of W6 are shifted back. The precise neuron wants a refractory period of at least a step, so that W1a lags by one
step a spike. In W7 the delay counts as dendritic, which moves the mean weight a little.
"""

from __future__ import annotations

import argparse
import time
from types import ModuleType
from typing import Any

import numpy as np

from . import definitions as d
from .measuring import Stopwatch, facts, options, peak_mb, row, tell, weight_facts

WORKLOADS = ("W1a", "W2", "W3", "W4", "W5", "W6", "W7", "W8")
MODES = ("ps", "grid", "ps-listed", "grid-listed")
#: 1 pF, so that a current in pA is a slope in mV/ms.
PLAIN = {"E_L": 0.0, "V_m": 0.0, "C_m": 1.0}


class Makes:
    """Makes the workloads: neurons to record, and what else is to be read afterwards."""

    def __init__(self, nest: ModuleType, found: argparse.Namespace) -> None:
        self.nest, self.found = nest, found
        mode, _, listed = found.mode.partition("-")
        self.precise, self.listed = mode == "ps", bool(listed)
        self.delta = "iaf_psc_delta_ps" if self.precise else "iaf_psc_delta"
        self.poisson = "poisson_generator_ps" if self.precise else "poisson_generator"
        self.given = {"precise_times": True} if self.precise else {"allow_offgrid_times": True}
        self.inputs: Any = None

    def leaky(self, n: int, p: Any, **more: float) -> Any:
        values = {"tau_m": p.tau, "V_th": p.threshold, "V_reset": p.reset, "t_ref": p.refractory}
        return self.nest.Create(self.delta, n, PLAIN | values | more)

    def W1a(self) -> Any:
        pause = self.found.dt if self.precise else 0.0
        values = {"tau_m": d.W1.tau_a, "V_th": d.W1.threshold, "V_reset": 0.0, "t_ref": pause, "I_e": 1 / d.W1.tau_a}
        return self.nest.Create(self.delta, 1, PLAIN | values)

    def W2(self) -> Any:
        p, n = d.W2, self.found.size
        values = {"tau_m": p.tau, "V_th": p.threshold, "V_reset": 0.0, "t_ref": p.refractory}
        group = self.nest.Create(self.delta, n, PLAIN | values)
        group.I_e = d.drives(n) / p.tau
        return group

    def W3(self) -> Any:
        p, n, connect = d.W3, self.found.size, self.nest.Connect
        group, border = self.leaky(n, p), n * 4 // 5
        rows = int(p.connected * border), int(p.connected * (n - border))
        for part, k, w in ((group[:border], rows[0], p.excitation), (group[border:], rows[1], p.inhibition)):
            rule = {"rule": "fixed_indegree", "indegree": k}
            connect(part, group, rule, {"synapse_model": "static_synapse", "weight": w, "delay": p.delay})
        outside = self.nest.Create(self.poisson, params={"rate": p.drive_hz})
        connect(outside, group, syn_spec={"weight": p.drive, "delay": p.delay})
        return group

    def W4(self) -> Any:
        p, n = d.W4, self.found.size
        # 20 pF and 20 ms: a current of 1 pA moves the resting voltage by 1 mV
        values = {
            "E_L": p.rest, "V_th": p.threshold, "V_reset": p.reset, "t_ref": p.refractory, "tau_m": p.tau,
            "C_m": p.tau, "tau_syn_ex": p.tau_e, "tau_syn_in": p.tau_i,
        }  # fmt: skip
        group = self.nest.Create("iaf_psc_exp_ps" if self.precise else "iaf_psc_exp", n, values)
        group.V_m = d.cuba_start(n, self.found.seed)
        sources, targets = d.cuba_pairs(n, self.found.seed)
        first = group[0].global_id
        synapse = {
            "synapse_model": "static_synapse",
            "weight": np.where(sources < 0.8 * n, p.excitation, p.inhibition),
            "delay": np.full(len(sources), p.delay),
        }
        self.nest.Connect(sources + first, targets + first, "one_to_one", synapse)
        return group

    def W5(self) -> Any:
        p, n, create, connect = d.W5, self.found.size, self.nest.Create, self.nest.Connect
        group = self.leaky(n, p)
        targets, tenths = d.sparse_pairs(n, self.found.seed)
        sources, first = np.repeat(np.arange(n), p.fan), group[0].global_id
        synapse = {
            "synapse_model": "static_synapse",
            "weight": np.where(sources < int(0.8 * n), p.excitation, p.inhibition),
            "delay": tenths.ravel() / 10.0,
        }
        connect(sources + first, targets.ravel() + first, "one_to_one", synapse)
        if self.listed:
            # NEST takes no spike at time 0
            dt = self.found.dt
            trains = [np.maximum(t, dt / 2) + dt for t in d.sparse_trains(n, self.found.duration, self.found.seed)]
            outside = create("spike_generator", n, params=self.given)
            self.nest.SetStatus(outside, [{"spike_times": train} for train in trains])
            connect(outside, group, "one_to_one", {"weight": p.kick, "delay": 1.0})
        else:
            outside = create(self.poisson, params={"rate": p.kick_hz})
            connect(outside, group, syn_spec={"weight": p.kick, "delay": 1.0})
        return group

    def W6(self) -> Any:
        n = self.found.size
        group = self.leaky(1, d.W6)
        weights = d.listed_weights()[d.listed_levels(n)]
        given = self.given | {"spike_times": d.listed_times(n) + 1, "spike_weights": weights}
        outside = self.nest.Create("spike_generator", params=given)
        self.nest.Connect(outside, group, syn_spec={"weight": 1.0, "delay": self.found.dt})
        return group

    def W7(self) -> Any:
        p, n, create, connect = d.W7, self.found.size, self.nest.Create, self.nest.Connect
        group = self.leaky(1, p, tau_minus=p.tau_stdp)
        # a generator's spikes differ from synapse to synapse; parrots say to all the same
        self.inputs = create("parrot_neuron_ps" if self.precise else "parrot_neuron", n)
        connect(create(self.poisson, params={"rate": p.hz}), self.inputs)
        synapse = {
            "synapse_model": "stdp_synapse", "delay": self.found.dt, "tau_plus": p.tau_stdp, "mu_plus": 0.0,
            "mu_minus": 0.0, "Wmax": p.w_max, "alpha": p.down / p.up, "lambda": p.up,
            "weight": np.random.default_rng(self.found.seed).random((1, n)) * p.w_max,
        }  # fmt: skip
        connect(self.inputs, group, "all_to_all", synapse)
        return group

    def W8(self) -> Any:
        p, dt = d.W8, self.found.dt
        group = self.W2()
        # a constant current over each step that moves v as far as Euler and Maruyama's increment
        std = p.sigma * np.sqrt(dt / p.tau) / (p.tau * (1 - np.exp(-dt / p.tau)))
        self.nest.Connect(self.nest.Create("noise_generator", params={"std": std, "dt": dt}), group)
        return group


def main() -> None:
    found = options(WORKLOADS, MODES)
    began = time.perf_counter()
    import nest

    imported = time.perf_counter()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=found.dt, local_num_threads=found.threads, rng_seed=found.seed)
    made = Makes(nest, found)
    group = getattr(made, found.workload)()
    recorder = nest.Create("spike_recorder")
    nest.Connect(group, recorder)
    nest.Prepare()
    watch, build = Stopwatch(), time.perf_counter() - imported
    late = 1 + found.dt if found.workload == "W6" else 0.0
    watch.run(nest.Run, found.duration + (2 if late else 0))
    peak = peak_mb()
    events = recorder.events
    who, times = events["senders"] - group[0].global_id, events["times"] - late
    judged = facts(found.workload, found.size, found.duration, who, times)
    if found.workload == "W7":
        judged |= weight_facts(np.array(nest.GetConnections(made.inputs, group).weight), times, found.duration)
    name = ("NEST precise" if made.precise else "NEST grid") + (", listed kicks" if made.listed else "")
    measured = {"build": build, "loop": watch.loop, "cpu": watch.cpu, "peak": peak, "imports": imported - began}
    tell(row(name, nest.__version__, found, judged, **measured))


if __name__ == "__main__":
    main()
