"""A refractory period during which the membrane is held at its reset.

Shows: `refractory=5*ms` with the flag `(unless refractory)`, which freezes v after each spike.

Expect: the first spike at tau*log(5) = 16.0943791... ms, the others tau*log(5) + 5 ms apart.

From: "Refractoriness", first program, in Brian 2's tutorial "Introduction to Brian part 1: Neurons".
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
tau = 10 * ms
eqs = "dv/dt = (1 - v)/tau : 1 (unless refractory)"

G = NeuronGroup(1, eqs, threshold="v > 0.8", reset="v = 0", refractory=5 * ms, method="exact")
statemon = StateMonitor(G, "v", record=0)
spikemon = SpikeMonitor(G)
run(50 * ms)

first, period = tau * log(5), tau * log(5) + 5 * ms
print("spike    simulated (ms)    analytic (ms)")
for k, t in enumerate(spikemon.t):
    print(f"{k + 1:5d}   {t / ms:15.12f}  {(first + k * period) / ms:15.12f}")

figure(figsize=(6.4, 3.2), layout="constrained")
plotting.trace(statemon, "v", spikes=spikemon, threshold=0.8)
for t in spikemon.t:
    axvspan(t / ms, t / ms + 5, color="C1", alpha=0.2, lw=0)

if "--show" in sys.argv:
    show()
else:
    savefig("03_refractory_clamped.png")
