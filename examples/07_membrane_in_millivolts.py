"""A neuron in millivolts.

Shows: equations with units; a refractory period during which v is held; spikes drawn as marks.

Expect: from -70 mV, driven towards -10 mV, v reaches -40 mV after tau*log(60/30) = 6.9314718... ms; then it starts at
-60 mV, rests for 5 ms, and needs tau*log(50/30) = 5.1082562... ms to fire again.

From: the first program of "[PYTHON] Simulate neural activity with Brian2" (a tutorial on the web, after Brian 2.3).
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
v0 = -10 * mV
tau = 10 * ms
eqs = "dv/dt = (v0 - v)/tau : volt (unless refractory)"

G = NeuronGroup(1, eqs, threshold="v > -40*mV", reset="v = -60*mV", refractory=5 * ms, method="exact")
G.v = -70 * mV
M = StateMonitor(G, "v", record=True)
S = SpikeMonitor(G)
run(50 * ms)

first, period = tau * log(60 / 30), 5 * ms + tau * log(50 / 30)
print("spike    simulated (ms)    analytic (ms)")
for k, t in enumerate(S.t):
    print(f"{k + 1:5d}   {t / ms:15.12f}  {(first + k * period) / ms:15.12f}")
# the second refractory period ends at first + period + 5 ms
rising = v0 - 50 * mV * exp(-(25 * ms - (first + period + 5 * ms)) / tau)
print(f"v at 10.5 ms: {M.at(10.5 * ms, 'v').item() / mV:.12f} mV, held at -60 mV")
print(f"v at 25 ms:   {M.at(25 * ms, 'v').item() / mV:.12f} mV, analytic {rising / mV:.12f} mV")

figure(figsize=(6.4, 3.2), layout="constrained")
plotting.trace(M, "v", spikes=S, threshold=-40 * mV, peak=0 * mV)

if "--show" in sys.argv:
    show()
else:
    savefig("07_membrane_in_millivolts.png")
