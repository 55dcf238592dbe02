"""How often a neuron fires, against what drives it.

Shows: a parameter that differs from neuron to neuron, `v0 : 1`, set by a string; counts of spikes as rates.

Expect: with drive v0 the first spike comes after T = tau*log(v0/(v0 - 1)), the others every T + 5 ms. A drive of 1 or
less never reaches the threshold of 1: neuron 33, driven by exactly 1, approaches it and never fires.

From: "Parameters" in Brian 2's tutorial "Introduction to Brian part 1: Neurons".
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
N = 100
tau = 10 * ms
v0_max = 3.0
duration = 1000 * ms
eqs = """
dv/dt = (v0 - v)/tau : 1 (unless refractory)
v0 : 1
"""

G = NeuronGroup(N, eqs, threshold="v > 1", reset="v = 0", refractory=5 * ms, method="exact")
M = SpikeMonitor(G)
G.v0 = "i*v0_max/(N - 1)"
run(duration)

trains = M.spike_trains()
print("neuron      v0    spikes  analytic      last spike (ms)     analytic (ms)")
for i in (32, 33, 34, 50, 99):
    v0 = G.v0[i]
    if v0 <= 1:
        print(f"{i:6d}  {v0:6.4f}    {M.count[i]:6d}  {0:8d}")
        continue
    T = tau * log(v0 / (v0 - 1))
    count = 1 + int((duration - T) / (T + 5 * ms))
    last = T + (count - 1) * (T + 5 * ms)
    print(f"{i:6d}  {v0:6.4f}    {M.count[i]:6d}  {count:8d}     {trains[i][-1] / ms:16.11f}  {last / ms:16.11f}")

figure(figsize=(10, 3.6), layout="constrained")
plotting.raster(M, ax=subplot(121))
plotting.fi_curve(G.v0, M, duration, ax=subplot(122))

if "--show" in sys.argv:
    show()
else:
    savefig("06_fi_curve.png")
