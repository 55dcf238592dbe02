"""A hundred neurons that start at random.

Shows: initial values from a string, `G.v = 'rand()'`, and a raster plot. `seed(...)` fixes the draws.

Expect: neuron i, which starts at v0, fires at tau*log(2 - v0) and then every tau*log(2) = 6.9314718... ms.

From: "Multiple neurons" in Brian 2's tutorial "Introduction to Brian part 1: Neurons".
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
seed(2024)
N = 100
tau = 10 * ms
eqs = "dv/dt = (2 - v)/tau : 1"

G = NeuronGroup(N, eqs, threshold="v > 1", reset="v = 0", method="exact")
G.v = "rand()"
start = G.v[:]
spikemon = SpikeMonitor(G)
run(50 * ms)

trains = spikemon.spike_trains()
print(f"{spikemon.num_spikes} spikes of {N} neurons")
print("neuron    v at 0      first spike (ms)    analytic (ms)      last spike (ms)     analytic (ms)")
for i in (0, 1, 50, 99):
    first = tau * log(2 - start[i])
    last = first + (len(trains[i]) - 1) * tau * log(2)
    print(
        f"{i:6d}    {start[i]:.6f}    {trains[i][0] / ms:15.12f}    {first / ms:15.12f}"
        f"    {trains[i][-1] / ms:16.12f}    {last / ms:15.12f}"
    )

figure(figsize=(6.4, 3.8), layout="constrained")
plotting.raster(spikemon)

if "--show" in sys.argv:
    show()
else:
    savefig("05_many_neurons.png")
