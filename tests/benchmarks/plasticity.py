"""Weights that compete for a neuron: statistics and CPU time of long-run pair STDP against an event-by-event reference.

    python tests/benchmarks/plasticity.py [--duration 100] [--seeds 1 2 3] [--brian2 /path/to/a/python/with/brian2]

1000 independent Poisson inputs of 15 Hz drive one leaky neuron through weights between 0 and w_max that follow the
additive rule over all pairs of spikes (Song, Miller & Abbott 2000, with jumps of the membrane for conductances). An
input that fires the neuron counts as before it. The reference says the same in twenty lines of NumPy that share nothing
with the package. Every run draws spikes of its own, so what is compared are statistics: rates, in all and in the first
and last 20 s, the mean weight and the shares of weights below 10 and above 90 % of w_max. With ``--brian2`` the same
script runs in Brian 2, where pairs of one step count as at one instant.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from fresh import measure

SCRIPT = """
import json, time
from {package} import *
{settings}
seed({seed})
N, w_max, T = 1000, 0.15, {duration}*second
inputs = PoissonGroup(N, 15*Hz)
G = NeuronGroup(1, 'dv/dt = -v/(20*ms) : 1 (unless refractory)', threshold='v > 20', reset='v = 0', refractory=2*ms,
                method='exact')
S = Synapses(inputs, G, '''w : 1
dapre/dt = -apre/(20*ms) : 1 (event-driven)
dapost/dt = -apost/(20*ms) : 1 (event-driven)''',
on_pre='''v_post += w
apre += 0.01*w_max
w = clip(w + apost, 0, w_max)''',
on_post='''apost -= 0.0105*w_max
w = clip(w + apre, 0, w_max)''')
S.connect()
S.w = 'rand()*w_max'
M = SpikeMonitor(G)
net = Network(inputs, G, S, M)
net.run(0*ms)
began = time.process_time()
net.run(T)
cpu = time.process_time() - began
print(json.dumps(dict(cpu=cpu, w=(array(S.w)/w_max).tolist(), t=array(M.t/second).tolist())))
"""


def reference(seed: int, duration: float) -> dict:
    """Return weights over w_max and spike times [s] of a run event by event, in plain NumPy."""
    n, rate, tau, tau_stdp, w_max = 1000, 0.015, 20.0, 20.0, 0.15
    threshold, refractory, up, down = 20.0, 2.0, 0.01 * 0.15, 0.0105 * 0.15
    rng = np.random.default_rng(seed)
    times = np.sort(rng.random(rng.poisson(n * rate * 1000 * duration)) * 1000 * duration)
    who = rng.integers(0, n, len(times))
    w, trace, seen = rng.random(n) * w_max, np.zeros(n), np.zeros(n)
    v, since, post, fired, spikes = 0.0, 0.0, 0.0, 0.0, []
    began = time.process_time()
    for t, i in zip(times.tolist(), who.tolist(), strict=True):
        # in the refractory period the jump is lost, plasticity is not
        if t >= since:
            v, since = v * np.exp((since - t) / tau) + w[i], t
        w[i] = max(0.0, w[i] - down * post * np.exp((fired - t) / tau_stdp))
        trace[i], seen[i] = trace[i] * np.exp((seen[i] - t) / tau_stdp) + 1, t
        if v > threshold:
            spikes.append(t / 1000)
            w = np.minimum(w + up * trace * np.exp((seen - t) / tau_stdp), w_max)
            post, fired = post * np.exp((fired - t) / tau_stdp) + 1, t
            v, since = 0.0, t + refractory
    return {"cpu": time.process_time() - began, "w": (w / w_max).tolist(), "t": spikes}


def run(python: str, package: str, seed: int, duration: float, settings: str = "") -> dict:
    """Run the script in a fresh process and return what it measured."""
    return measure(python, SCRIPT, package=package, settings=settings, seed=seed, duration=duration)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--duration", type=float, default=100.0, help="of the simulation [s]")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--brian2", help="a Python that has Brian 2")
    options = parser.parse_args()
    compiled = "prefs.codegen.target = 'cython'"
    print("who          seed   rate Hz   first 20 s   last 20 s   mean w/w_max   below 10 %   above 90 %   CPU s")
    for seed in options.seeds:
        cases = [("reference", lambda s: reference(s, options.duration))]
        cases.append(("eventsnn", lambda s: run(sys.executable, "eventsnn", s, options.duration)))
        if options.brian2:
            cases.append(("Brian 2", lambda s: run(options.brian2, "brian2", s, options.duration, compiled)))
        for who, simulate in cases:
            found = simulate(seed)
            t, w = np.array(found["t"]), np.array(found["w"])
            window = min(20.0, options.duration)
            print(
                f"{who:10s}  {seed:5d}  {len(t) / options.duration:8.2f}  {np.sum(t < window) / window:11.2f}  "
                f"{np.sum(t > options.duration - window) / window:10.2f}  {w.mean():13.4f}  {np.mean(w < 0.1):11.3f}  "
                f"{np.mean(w > 0.9):11.3f}  {found['cpu']:6.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
