"""One recurrent network in eventsnn, NEST (precise) and Brian 2, side by side: spike times, rates, and seconds.

    python tests/benchmarks/compare_networks.py [--nest PYTHON_WITH_NEST] [--brian2 PYTHON_WITH_BRIAN2] [--n 400]

The network is that of Vogels and Abbott with currents (Brette et al. 2007, benchmark 2), made smaller: each neuron
has 80 synapses on average, the delay is 0.1 ms. Neurons, connections and initial voltages are the same numbers in all
three, and each simulator runs in a process of its own. Small differences grow in such a network; so printed are,
beside the rates, the largest difference of the spikes of the first 20 ms, and when two simulators first disagree about
who fires.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

OURS = """
import json, sys, time
import numpy as np
from {package} import *
{settings}
data = np.load(sys.argv[1])
N, T = len(data['v']), float(data['T'])*ms
taum, taue, taui, El, Vt, Vr = 20*ms, 5*ms, 10*ms, -49*mV, -50*mV, -60*mV
G = NeuronGroup(N, '''dv/dt = (ge + gi - (v - El))/taum : volt (unless refractory)
dge/dt = -ge/taue : volt
dgi/dt = -gi/taui : volt''', threshold='v > Vt', reset='v = Vr', refractory=5*ms, method='exact')
G.v = data['v']*mV
first = data['pre'] < 0.8*N
Ce = Synapses(G, G, on_pre='ge_post += 1.62*mV', delay=0.1*ms)
Ce.connect(i=data['pre'][first], j=data['post'][first])
Ci = Synapses(G, G, on_pre='gi_post -= 9*mV', delay=0.1*ms)
Ci.connect(i=data['pre'][~first], j=data['post'][~first])
M = SpikeMonitor(G)
run(0*ms)
began = time.process_time()
run(T)
seconds = time.process_time() - began
print(json.dumps(dict(seconds=seconds, i=np.array(M.i).tolist(), t=np.array(M.t/ms).tolist())))
"""

NEST = """
import json, sys, time
import numpy as np
import nest
data = np.load(sys.argv[1])
N, T = len(data['v']), float(data['T'])
nest.set_verbosity('M_ERROR')
nest.resolution = 0.1
# 200 pF and 20 ms: a current of 10 pA moves the resting voltage by 1 mV
G = nest.Create('iaf_psc_exp_ps', N, dict(tau_m=20.0, C_m=200.0, tau_syn_ex=5.0, tau_syn_in=10.0, E_L=-49.0, I_e=0.0,
                                          V_th=-50.0, V_reset=-60.0, t_ref=5.0))
G.V_m = data['v'].tolist()
pre, post = data['pre'] + 1, data['post'] + 1
weight = np.where(data['pre'] < 0.8*N, 16.2, -90.0)
nest.Connect(pre, post, 'one_to_one', dict(weight=weight, delay=np.full(len(pre), 0.1)))
R = nest.Create('spike_recorder')
nest.Connect(G, R)
nest.Prepare()
began = time.process_time()
nest.Run(T)
seconds = time.process_time() - began
events = R.events
order = np.lexsort((events['senders'], events['times']))
print(json.dumps(dict(seconds=seconds, i=(events['senders'][order] - 1).tolist(), t=events['times'][order].tolist())))
"""


def network(n: int, duration: float) -> dict[str, np.ndarray]:
    """Return who is connected to whom, and where the voltages start."""
    rng = np.random.default_rng(1)
    pre, post = np.nonzero(rng.random((n, n)) < 80 / n)
    return {"pre": pre, "post": post, "v": -60 + 10 * rng.random(n), "T": np.array(duration)}


def run(python: str, script: str, file: Path) -> dict:
    """Run one simulator in a process of its own; return its seconds and spikes."""
    done = subprocess.run(
        [python, "-W", "ignore", "-c", script, str(file)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def first_disagreement(ours: dict, theirs: dict) -> float:
    """Return when two simulators first disagree about who fires next [ms]."""
    for k, l, t, u in zip(ours["i"], theirs["i"], ours["t"], theirs["t"], strict=False):
        if k != l and abs(t - u) > 1e-6:
            return min(t, u)
    return min(ours["t"][-1], theirs["t"][-1])


def largest_difference(ours: dict, theirs: dict, until: float) -> float:
    """Return how far the spikes before an instant are apart, neuron by neuron and in order [ms]; NaN if some lack."""
    trains = []
    for result in (ours, theirs):
        by_neuron: dict[int, list[float]] = {}
        for k, t in zip(result["i"], result["t"], strict=True):
            if t < until:
                by_neuron.setdefault(k, []).append(t)
        trains.append(by_neuron)
    a, b = trains
    if {k: len(v) for k, v in a.items()} != {k: len(v) for k, v in b.items()}:
        return float("nan")
    return max((abs(t - u) for k in a for t, u in zip(a[k], b[k], strict=True)), default=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nest", help="a Python that has NEST")
    parser.add_argument("--brian2", help="a Python that has Brian 2")
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--duration", type=float, default=200.0, help="of the simulation [ms]")
    options = parser.parse_args()
    cases = []
    if options.nest:
        cases.append(("NEST precise", options.nest, NEST))
    if options.brian2:
        for dt in ("0.1", "0.01"):
            settings = f"prefs.codegen.target = 'cython'; defaultclock.dt = {dt}*ms"
            script = OURS.replace("{package}", "brian2").replace("{settings}", settings)
            cases.append((f"Brian 2, {dt} ms", options.brian2, script))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.npz"
        np.savez(file, **network(options.n, options.duration))
        ours = run(sys.executable, OURS.replace("{package}", "eventsnn").replace("{settings}", ""), file)
        seconds = options.duration / 1000.0
        rate = len(ours["i"]) / options.n / seconds
        print(
            "who               CPU s    rate Hz    difference in the first 20 ms (ms)    agree on who fires until (ms)"
        )
        print(f"{'eventsnn':15s}  {ours['seconds']:6.2f}  {rate:9.3f}")
        for name, python, script in cases:
            theirs = run(python, script, file)
            rate = len(theirs["i"]) / options.n / seconds
            apart, until = largest_difference(ours, theirs, 20.0), first_disagreement(ours, theirs)
            print(f"{name:15s}  {theirs['seconds']:6.2f}  {rate:9.3f}  {apart:33.3g}  {until:30.2f}", flush=True)


if __name__ == "__main__":
    main()
