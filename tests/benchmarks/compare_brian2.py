"""Time eventsnn beside Brian 2, in turn, in fresh processes: the first tutorial neuron, f-I curves, driven neurons.

    python tests/benchmarks/compare_brian2.py --brian2 /path/to/a/python/with/brian2

The same script runs in both, with another import. Printed are medians over the runs, the ratio, and how far the
spikes are from their closed form; for driven neurons, how far Brian's are from eventsnn's. Without ``--brian2`` only
eventsnn is measured. Brian 2 compiles (Cython) on its first run of a model; the warm-up run, not counted, fills its
cache.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

FIRST_NEURON = """
import json, time
from {package} import *
G = NeuronGroup(1, 'dv/dt = (1 - v)/(10*ms) : 1', threshold='v > 0.8', reset='v = 0', method='exact')
M = SpikeMonitor(G)
run(50*ms)
error = max(abs(t/ms - (k + 1)*10*float(log(5))) for k, t in enumerate(M.t))
print(json.dumps(dict(seconds=None, spikes=len(M.t), error_us=1000*float(error))))
"""

FI_CURVE = """
import json, time
from {package} import *
N = {n}
eqs = '''dv/dt = (v0 - v)/(10*ms) : 1 (unless refractory)
v0 : 1'''
G = NeuronGroup(N, eqs, threshold='v > 1', reset='v = 0', refractory=5*ms, method='exact')
G.v0 = 'i*3.0/(N - 1)'
M = SpikeMonitor(G)
run(0*ms)
began = time.perf_counter()
run(1*second)
seconds = time.perf_counter() - began
v0 = array(G.v0)[array(M.i)]
first = -10*log1p(-1/v0)
order = argsort(array(M.i), kind='stable')
who = array(M.i)[order]
rank = arange(len(who)) - searchsorted(who, who)
exact = first[order] + rank*(first[order] + 5)
error = abs(array(M.t/ms)[order] - exact).max()
print(json.dumps(dict(seconds=seconds, spikes=len(who), error_us=1000*float(error))))
"""

DRIVEN = """
import json, time
from {package} import *
N = 100
tau = 10*ms
eqs = '''{equations}
drive : 1'''
G = NeuronGroup(N, eqs, threshold='{threshold}', reset='''{reset}''', refractory=2*ms, method='{method}')
G.drive = 'i*3.0/(N - 1)'
{start}
M = SpikeMonitor(G)
run(0*ms)
began = time.perf_counter()
run(1*second)
seconds = time.perf_counter() - began
trains = [[float(t/ms) for t in train] for train in M.spike_trains().values()]
print(json.dumps(dict(seconds=seconds, spikes=len(M.i), error_us=None, trains=trains)))
"""


def driven(method: str, equations: str, threshold: str = "v > 1", reset: str = "v = 0", start: str = "") -> str:
    """Return the script of a hundred neurons with such equations."""
    parts = {"method": method, "equations": equations, "threshold": threshold, "reset": reset, "start": start}
    script = DRIVEN
    for name, text in parts.items():
        script = script.replace("{" + name + "}", text)
    return script


CURRENTS = """dv/dt = (drive + I - J - v)/tau : 1 (unless refractory)
dI/dt = -I/(5*ms) : 1
dJ/dt = -J/(20*ms) : 1"""
MOVING = """dv/dt = (drive - v)/tau : 1 (unless refractory)
dvt/dt = (1 - vt)/(50*ms) : 1"""
SINE = "dv/dt = (drive + 0.5*sin(2*pi*10*Hz*t) - v)/tau : 1 (unless refractory)"

WORKLOADS = {
    "first neuron, whole process": FIRST_NEURON,
    "f-I of 100 neurons, 1 s": FI_CURVE.replace("{n}", "100"),
    "f-I of 10 000 neurons, 1 s": FI_CURVE.replace("{n}", "10000"),
    "two currents, 100 neurons": driven("exact", CURRENTS, reset="v = 0; I += 0.5; J += 0.3"),
    "moving threshold, 100": driven("exact", MOVING, "v > vt", "v = 0; vt += 0.2", "G.vt = 1"),
    "sine, 100 neurons": driven("euler", SINE),
}


def run_once(python: str, script: str, package: str) -> dict:
    """Run a workload in a fresh process; its time is that of the run, or of the whole process."""
    began = time.perf_counter()
    done = subprocess.run(
        [python, "-c", script.replace("{package}", package)], capture_output=True, text=True, check=True
    )
    whole = time.perf_counter() - began
    result = json.loads(done.stdout.splitlines()[-1])
    result["seconds"] = result["seconds"] or whole
    return result


def largest_difference(mine: list[list[float]], theirs: list[list[float]]) -> float:
    """Return the largest difference between spikes of the same neuron and rank [ms]."""
    pairs = (zip(a, b, strict=False) for a, b in zip(mine, theirs, strict=True))
    return max((abs(s - t) for pair in pairs for s, t in pair), default=0.0)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brian2", help="a Python that has Brian 2")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each (default 5)")
    options = parser.parse_args()
    sides = {"eventsnn": sys.executable} | ({"brian2": options.brian2} if options.brian2 else {})
    print(f"{'workload':30}{'simulator':>10}{'median s':>10}{'spikes':>9}{'worst error, us':>17}")
    for workload, script in WORKLOADS.items():
        results: dict[str, list[dict]] = {package: [] for package in sides}
        for number in range(options.runs + 1):
            for package, python in sides.items():
                result = run_once(python, script, package)
                if number:
                    results[package].append(result)
        medians = {package: statistics.median(r["seconds"] for r in rows) for package, rows in results.items()}
        if options.brian2 and "trains" in results["brian2"][-1]:
            mine, theirs = (results[package][-1]["trains"] for package in ("eventsnn", "brian2"))
            results["brian2"][-1]["error_us"] = 1000 * largest_difference(mine, theirs)
        for package, rows in results.items():
            last = rows[-1]
            error = "-" if last["error_us"] is None else f"{last['error_us']:.2g}"
            print(f"{workload:30}{package:>10}{medians[package]:10.3f}{last['spikes']:9}{error:>17}")
        if options.brian2:
            ratio = statistics.median(
                a["seconds"] / b["seconds"] for a, b in zip(results["eventsnn"], results["brian2"], strict=True)
            )
            print(f"{'':30}{'ratio':>10}{ratio:10.3f}  (eventsnn / Brian 2, median of pairs)")


if __name__ == "__main__":
    main()
