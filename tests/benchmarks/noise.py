"""Noisy neurons: wall time of 10 000 of them for a second, beside a plain NumPy loop and Brian 2, in turn.

    python tests/benchmarks/noise.py [--brian2 /path/to/a/python/with/brian2 [--standalone]] [--rounds 3]

Uncoupled leaky neurons with white noise, driven from 0 to three times their threshold, by Euler and Maruyama with steps
of 0.1 ms. Every simulator runs in processes of its own, one after the other in each round, and runs twice in a process:
counted is the loop of the second run, which goes on from the first; what the first one took more (code generation,
compilation or its loading) is printed beside it, the first round first. With ``--standalone`` Brian 2 also makes a C++
program, which takes a compiler and half a minute; its second run begins anew.

Printed are medians over the rounds: wall and CPU time, and whether all do the same work: the mean rate, and how far the
spike counts of the single neurons are from those of the NumPy loop, on average, with the standard error of that. A grid
rounds refractory periods and crossings to its ticks; eventsnn fires on the line between two ticks. So these means need
not vanish, but they stay within one Hz.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable

import numpy as np
from fresh import measure

PLAIN = """
import json, time
import numpy as np
n, T, dt, tau = {n}, {duration}, 0.1, 10.0
rng, drive, kick, hold = np.random.default_rng({seed}), np.linspace(0, 3, n), 0.2*np.sqrt(dt/tau), 50
v, free, took, ticks = np.zeros(n), np.zeros(n, np.int64), [], round(T/dt)
for turn in range(2):
    who, times = [], []
    began = time.perf_counter(), time.process_time()
    for k in range(turn*ticks, (turn + 1)*ticks):
        live = k >= free
        v += ((drive - v)*(dt/tau) + kick*rng.standard_normal(n))*live
        fired = np.flatnonzero((v > 1) & live)
        if len(fired):
            v[fired], free[fired] = 0.0, k + 1 + hold
            who.append(fired)
            times.append(np.full(len(fired), (k + 1)*dt))
    took.append((time.perf_counter() - began[0], time.process_time() - began[1]))
counts = np.bincount(np.concatenate(who), minlength=n)
print(json.dumps(dict(loop=took[1][0], cpu=took[1][1], first=took[0][0], counts=counts.tolist())))
"""

NETWORK = """
import json, time
from {package} import *
{settings}
seed({seed})
N, T, tau, sigma = {n}, {duration}*ms, 10*ms, 0.2
G = NeuronGroup(N, '''dv/dt = (v0 - v)/tau + sigma*tau**-0.5*xi : 1 (unless refractory)
v0 : 1 (constant)''', threshold='v > 1', reset='v = 0', refractory=5*ms, method='euler')
G.v0 = linspace(0, 3, N)
M = SpikeMonitor(G)
net = Network(G, M)
"""

IN_PROCESS = (
    NETWORK
    + """
took = []
def tell(elapsed, done, start, duration):
    took.append((float(elapsed), time.process_time()))
began = time.perf_counter()
net.run(T, report=tell, report_period=1e9*second)
first = time.perf_counter() - began
before = array(M.count)
net.run(T, report=tell, report_period=1e9*second)
cpu = took[-1][1] - took[-2][1]
print(json.dumps(dict(loop=took[-1][0], cpu=cpu, first=first, counts=(array(M.count) - before).tolist())))
"""
)

STANDALONE = (
    NETWORK
    + """
import resource, tempfile
def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
began = time.perf_counter()
net.run(T)
device.build(directory=tempfile.mkdtemp(), compile=True, run=True, with_output=False)
first = time.perf_counter() - began
before = used()
device.run(with_output=False)
print(json.dumps(dict(loop=device._last_run_time, cpu=used() - before, first=first, counts=array(M.count).tolist())))
"""
)

Case = tuple[str, Callable[[int], dict]]


def cases(options: argparse.Namespace) -> list[Case]:
    """Return the simulators, each with what runs it with a seed."""

    def case(name: str, python: str, script: str, package: str = "", settings: str = "") -> Case:
        values = {"n": options.neurons, "duration": options.duration, "package": package, "settings": settings}
        return name, lambda seed: measure(python, script, **values, seed=seed)

    found = [case("NumPy loop", sys.executable, PLAIN)]
    if options.brian2:
        target = "prefs.codegen.target = '{}'"
        found += [
            case(f"Brian 2 {name}", options.brian2, IN_PROCESS, "brian2", target.format(name))
            for name in ("numpy", "cython")
        ]
    if options.brian2 and options.standalone:
        settings = "set_device('cpp_standalone', build_on_run=False)"
        found.append(case("Brian 2 C++", options.brian2, STANDALONE, "brian2", settings))
    found.append(case("eventsnn", sys.executable, IN_PROCESS, "eventsnn"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--brian2", help="a Python that has Brian 2")
    parser.add_argument("--standalone", action="store_true", help="Brian 2 as a C++ program, too")
    parser.add_argument("--neurons", type=int, default=10_000)
    parser.add_argument("--duration", type=float, default=1000.0, help="of the simulation [ms]")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="a file to write all figures to")
    options = parser.parse_args()
    runners = cases(options)
    results: dict[str, list[dict]] = {name: [] for name, _ in runners}
    for number in range(options.rounds):
        for name, run in runners:
            results[name].append(run(number + 1))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file)
    steps, seconds = options.neurons * options.duration / 0.1, options.duration / 1000.0
    loops = {name: statistics.median(r["loop"] for r in runs) for name, runs in results.items()}
    truth = np.mean([r["counts"] for r in results["NumPy loop"]], axis=0)
    print("who              loop s   CPU s   million steps/s   loop/ours   before it s      rate Hz    - NumPy's Hz")
    for name, runs in results.items():
        first, *later = (r["first"] - r["loop"] for r in runs)
        before = f"{first:.1f}" + (f", {statistics.median(later):.1f}" if later else "")
        cpu = statistics.median(r["cpu"] for r in runs)
        counts = np.mean([r["counts"] for r in runs], axis=0)
        apart = (counts - truth) / seconds
        error = apart.std() / np.sqrt(len(apart))
        print(
            f"{name:15s}  {loops[name]:6.2f}  {cpu:6.2f}  {steps / loops[name] / 1e6:16.1f}  "
            f"{loops[name] / loops['eventsnn']:10.2f}   {before:14s}  {counts.mean() / seconds:8.2f}    "
            f"{apart.mean():+6.3f} +- {error:.3f}"
        )


if __name__ == "__main__":
    main()
