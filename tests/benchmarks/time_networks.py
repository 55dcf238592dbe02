"""Time the making of synapses, their memory, and deliveries: 1e5, 1e6, 1e7 synapses, each in a fresh process.

    python tests/benchmarks/time_networks.py [--sizes 1e5 1e6 1e7] [--brian2 /path/to/a/python/with/brian2]

Leaky neurons that fire by their own drive kick each other a little; all synapses have a weight, and either one delay
or one each. Memory is what is held when all is made, the engine's copies included (by tracemalloc). With ``--brian2``
the same script runs in Brian 2 too (its NumPy and its compiled code), in the same round.
"""

from __future__ import annotations

import argparse
import sys

from fresh import measure

SCRIPT = """
import json, time, tracemalloc
from {package} import *
{settings}
n, own_delays, T = {n}, {own_delays}, {duration}*ms
N = 10000 if n >= 1e6 else 1000

seed(1)
G = NeuronGroup(N, '''dv/dt = (I - v)/(20*ms) : 1 (unless refractory)
I : 1''', threshold='v > 20', reset='v = 10', refractory=2*ms, method='exact')
G.v, G.I = '10 + 10*rand()', '15 + 10*rand()'
M = SpikeMonitor(G)
tracemalloc.start()
began = time.perf_counter()
S = Synapses(G, G, 'w : 1', on_pre='v_post += w')
S.connect(p=n/N**2)
connected = time.perf_counter()
S.w = '0.002*(rand() - 0.5)'
S.delay = '(1 + 9*rand())*ms' if own_delays else 1.5*ms
made = time.perf_counter()
net = Network(G, S, M)
net.run(0*ms)
ready = time.perf_counter()
memory = tracemalloc.get_traced_memory()[0]
tracemalloc.stop()
cpu = time.process_time()
net.run(T)
cpu = time.process_time() - cpu
deliveries = int(bincount(array(M.i), minlength=N) @ array(S.N_outgoing_pre))
print(json.dumps(dict(synapses=len(S), connect=connected - began, assign=made - connected, first_run=ready - made,
                      bytes_each=memory/len(S), deliveries=deliveries, cpu=cpu)))
"""


def run(python: str, package: str, n: float, own_delays: bool, duration: float, settings: str = "") -> dict:
    """Run the script in a fresh process and return what it measured."""
    return measure(python, SCRIPT, package=package, settings=settings, n=n, own_delays=own_delays, duration=duration)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", nargs="+", type=float, default=[1e5, 1e6, 1e7])
    parser.add_argument("--deliveries", type=float, default=3e5, help="about how many to time")
    parser.add_argument("--brian2", help="a Python that has Brian 2")
    options = parser.parse_args()
    print("who       synapses  delays   connect s   assign s   first run s   bytes each   deliveries   per second")
    for n in options.sizes:
        for own_delays in (False, True):
            # ten spikes a second of each neuron, so that many deliveries come about
            duration = min(200.0, 1e3 * options.deliveries / (10.0 * n))
            cases = [("eventsnn", sys.executable, "eventsnn", "")]
            if options.brian2:
                for target in ("numpy", "cython"):
                    cases.append((target, options.brian2, "brian2", f"prefs.codegen.target = '{target}'"))
            for who, python, package, settings in cases:
                f = run(python, package, n, own_delays, duration, settings)
                kind = "each own" if own_delays else "all one"
                print(
                    f"{who:8s}  {f['synapses']:8d}  {kind}  {f['connect']:9.2f}  {f['assign']:9.2f}  "
                    f"{f['first_run']:12.2f}  {f['bytes_each']:11.1f}  {f['deliveries']:11d}  "
                    f"{f['deliveries'] / f['cpu']:11.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
