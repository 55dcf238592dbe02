"""Give the same grazing input to eventsnn, to Brian 2 and to NEST: who sees a membrane that just exceeds threshold?

    python tests/benchmarks/compare_grazing.py --brian2 PYTHON_WITH_BRIAN2 --nest PYTHON_WITH_NEST

An exponential current lifts a leaky membrane to a summit 4.0236 ms later, by a margin above or below threshold, between
two points of a grid of 0.1 ms. From 10 ms on a constant current makes the neuron fire regularly. Printed are the spike
times [ms] that each program reports. Without the options only eventsnn is run.

The input is made so that it means the same everywhere: everything that jumps does so on the grid. In NEST a spike
emitted at 1 ms brings the current at 2 ms, since it knows no delay of zero; these 2 ms are taken off.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

#: Height of the summit above threshold [mV].
MARGINS = [1e-2, 1e-3, 1e-4, 1e-6, 1e-9, -1e-6, -1e-4]

#: The same text for both programs; their units and names are the same.
EQUATIONS = """
import json
from {package} import *
defaultclock.dt = {dt}*ms
tau, tau_s, R = 10*ms, 2*ms, 40*Mohm
steps = TimedArray(([0]*10 + [0.5])*nA, dt=1*ms)
eqs = '''
dv/dt = (R*(I + steps(t)) - v)/tau : volt (unless refractory)
dI/dt = -I/tau_s : amp
'''
margins = {margins}
G = NeuronGroup(len(margins), eqs, threshold='v > 15*mV', reset='v = 0*mV', refractory=2*ms, method='exact')
summit = (tau_s/tau)**(tau/(tau - tau_s))
G.I = (15 + array(margins))*mV/(R*summit)
M = SpikeMonitor(G)
run(50*ms)
trains = M.spike_trains()
print(json.dumps([[float(t/ms) for t in trains[k]] for k in range(len(margins))]))
"""

NEST = """
import json
import nest
nest.verbosity = nest.VerbosityLevel.ERROR
tau, tau_s, R = 10.0, 2.0, 40.0
summit = (tau_s/tau)**(tau/(tau - tau_s))
result = []
for margin in {margins}:
    nest.ResetKernel()
    nest.resolution = {dt}
    neuron = nest.Create("{model}", params=dict(
        C_m=1000*tau/R, tau_m=tau, tau_syn_ex=tau_s, tau_syn_in=tau_s, E_L=0.0, V_m=0.0, V_reset=0.0, V_th=15.0,
        t_ref=2.0))
    kick = nest.Create("spike_generator", params=dict(spike_times=[1.0], precise_times=True))
    nest.Connect(kick, neuron, syn_spec=dict(weight=1000*(15 + margin)/(R*summit), delay=1.0))
    step = nest.Create("step_current_generator", params=dict(amplitude_times=[11.0], amplitude_values=[500.0]))
    nest.Connect(step, neuron, syn_spec=dict(delay=1.0))
    recorder = nest.Create("spike_recorder")
    nest.Connect(neuron, recorder)
    try:
        nest.Simulate(52.0)
        result.append([float(t) - 2.0 for t in recorder.events["times"]])
    except Exception as error:
        result.append(type(error).__name__)
print(json.dumps(result))
"""


def run_script(python: str, script: str, **values: object) -> list:
    """Run a script in a fresh process and return what its last line holds: for each margin spike times or an error."""
    for name, value in values.items():
        script = script.replace("{" + name + "}", str(value))
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Run all programs that are there, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brian2", help="a Python that has Brian 2")
    parser.add_argument("--nest", help="a Python that has NEST")
    options = parser.parse_args()
    rows = {"eventsnn": (sys.executable, EQUATIONS, {"package": "eventsnn", "dt": 0.1})}
    if options.brian2:
        for dt in (0.1, 0.01):
            rows[f"Brian 2, dt {dt} ms"] = (options.brian2, EQUATIONS, {"package": "brian2", "dt": dt})
    if options.nest:
        for model in ("iaf_psc_exp", "iaf_psc_exp_ps", "iaf_psc_exp_ps_lossless"):
            for dt in (0.1, 0.01):
                rows[f"{model}, {dt} ms"] = (options.nest, NEST, {"model": model, "dt": dt})
    results = {name: run_script(python, text, margins=MARGINS, **more) for name, (python, text, more) in rows.items()}
    for number, margin in enumerate(MARGINS):
        print(f"\nsummit {'above' if margin > 0 else 'below'} threshold by {abs(margin):g} mV")
        for name, trains in results.items():
            found = trains[number]
            spikes = found if isinstance(found, str) else "  ".join(f"{t:13.9f}" for t in found)
            print(f"    {name:36}{spikes}")


if __name__ == "__main__":
    main()
