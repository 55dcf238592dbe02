"""A neuron that fires at 0.8 and starts again from 0.

Shows: `threshold=` and `reset=`, and spikes at their exact times.

Expect: a spike every tau*log(5) = 16.0943791... ms. A simulator with a clock of 0.1 ms reports 16.0, 32.1 and 48.2.

From: "Adding spikes" in Brian 2's tutorial "Introduction to Brian part 1: Neurons".
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
tau = 10 * ms
eqs = "dv/dt = (1 - v)/tau : 1"

G = NeuronGroup(1, eqs, threshold="v > 0.8", reset="v = 0", method="exact")
statemon = StateMonitor(G, "v", record=0)
spikemon = SpikeMonitor(G)
run(50 * ms)

period = tau * log(5)
print("spike    simulated (ms)    k*tau*log(5) (ms)")
for k, t in enumerate(spikemon.t, start=1):
    print(f"{k:5d}    {t / ms:14.12f}    {k * period / ms:15.12f}")

figure(figsize=(6.4, 3.2), layout="constrained")
plotting.trace(statemon, "v", spikes=spikemon, threshold=0.8)

if "--show" in sys.argv:
    show()
else:
    savefig("02_threshold_and_reset.png")
