"""The firing rate of a neuron in millivolts against its input.

Shows: a parameter with a unit, one value for each of a hundred neurons.

Expect: an input I lets v relax to v0 + I. From -70 mV the first spike comes after
tau*log((v0 + I + 70 mV)/(v0 + I + 40 mV)), the others every 1 ms + tau*log((v0 + I + 60 mV)/(v0 + I + 40 mV)).
Inputs up to 10 mV do not reach the threshold. Just above it (neuron 25) the period hangs on the small difference of
v0 + I and the threshold, which the rounding of v0 + I itself leaves known to 13 digits.

From: the second program of "[PYTHON] Simulate neural activity with Brian2" (a tutorial on the web, after Brian 2.3).
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
N = 100
tau = 10 * ms
v0 = -50 * mV
I_max = 40 * mV
duration = 1000 * ms
eqs = """
dv/dt = (v0 - v + I)/tau : volt (unless refractory)
I : volt
"""

G = NeuronGroup(N, eqs, threshold="v > -40*mV", reset="v = -60*mV", refractory=1 * ms, method="exact")
G.v = -70 * mV
G.I = "i*I_max/(N - 1)"
M = SpikeMonitor(G)
run(duration)

trains = M.spike_trains()
print("neuron    I (mV)    spikes  analytic      last spike (ms)    analytic (ms)")
for i in (24, 25, 50, 99):
    rest = v0 + G.I[i]
    if rest <= -40 * mV:
        print(f"{i:6d}    {G.I[i] / mV:6.3f}    {M.count[i]:6d}  {0:8d}")
        continue
    first = tau * log((rest + 70 * mV) / (rest + 40 * mV))
    period = 1 * ms + tau * log((rest + 60 * mV) / (rest + 40 * mV))
    count = 1 + int((duration - first) / period)
    last = first + (count - 1) * period
    simulated = trains[i][-1]
    print(f"{i:6d}    {G.I[i] / mV:6.3f}    {M.count[i]:6d}  {count:8d}    {simulated / ms:15.9f}  {last / ms:15.9f}")

figure(figsize=(10, 3.6), layout="constrained")
plotting.raster(M, ax=subplot(121))
plotting.fi_curve(G.I, M, duration, ax=subplot(122))

if "--show" in sys.argv:
    show()
else:
    savefig("08_fi_curve_in_millivolts.png")
