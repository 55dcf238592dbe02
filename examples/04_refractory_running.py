"""A refractory period during which the membrane runs on.

Shows: `refractory=15*ms` without `(unless refractory)`. After the reset v rises at once, passes the threshold while the
neuron may not fire, and goes on. The threshold is a level: the neuron fires the instant the period ends.

Expect: spikes at 5*log(5) = 8.0471895... ms, and then every 15 ms exactly.

From: "Refractoriness", second program, in Brian 2's tutorial "Introduction to Brian part 1: Neurons".
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
tau = 5 * ms
eqs = "dv/dt = (1 - v)/tau : 1"

G = NeuronGroup(1, eqs, threshold="v > 0.8", reset="v = 0", refractory=15 * ms, method="exact")
statemon = StateMonitor(G, "v", record=0)
spikemon = SpikeMonitor(G, variables="v")
run(50 * ms)

print("spike    simulated (ms)    analytic (ms)      v then            analytic")
for k, (t, v) in enumerate(zip(spikemon.t, spikemon.v, strict=True)):
    expected = 0.8 if k == 0 else 1 - exp(-15 * ms / tau)
    print(f"{k + 1:5d}   {t / ms:15.12f}  {5 * log(5) + 15 * k:15.12f}    {v:.12f}    {expected:.12f}")

figure(figsize=(6.4, 3.2), layout="constrained")
plotting.trace(statemon, "v", spikes=spikemon, threshold=0.8)
for t in spikemon.t:
    axvspan(t / ms, t / ms + 15, color="C1", alpha=0.2, lw=0)

if "--show" in sys.argv:
    show()
else:
    savefig("04_refractory_running.png")
