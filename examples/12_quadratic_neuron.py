"""The quadratic neuron, which fires at infinity.

Shows: dv/dt = (v**2 + I)/tau with the threshold `v > inf` and the reset `v = -inf`. For I > 0, v follows a tangent and
is at infinity in finite time; that instant is the spike, and no cut-off is chosen.

Expect: spikes every pi*tau/sqrt(I), so that the rate grows as the square root of I. For I <= 0 v comes to rest at
-sqrt(-I) and never fires.

From: the normal form of neurons that begin to fire at any low rate (Ermentrout & Kopell 1986, the "theta neuron").
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
N = 101
tau = 10 * ms
duration = 1 * second
eqs = """
dv/dt = (v**2 + I)/tau : 1
I : 1
"""

G = NeuronGroup(N, eqs, threshold="v > inf", reset="v = -inf")
G.v = -inf
G.I = "-1 + 0.05*i"
M = StateMonitor(G, "v", record=[10, 40])
S = SpikeMonitor(G)
run(duration)

trains = S.spike_trains()
print("neuron       I    spikes  analytic    last spike (ms)    analytic (ms)")
for i in (0, 20, 21, 40, 100):
    period = pi * tau / sqrt(G.I[i]) if G.I[i] > 0 else inf * ms
    count = int(duration / period)
    last = f"    {trains[i][-1] / ms:15.10f}    {count * period / ms:13.10f}" if count else ""
    print(f"{i:6d}  {G.I[i]:6.2f}    {S.count[i]:6d}  {count:8d}{last}")
for t in [1, 10, 20, 30] * ms:
    print(f"I = 1: v at {t / ms:2.0f} ms is {M.at(t, 'v')[1, 0]:14.10f}, -1/tan(t/tau) = {-1 / tan(t / tau):14.10f}")

fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for i in (40, 10):
    plotting.trace(M, "v", neurons=i, spikes=S, between=[0, 150] * ms, ax=left, label=f"I = {G.I[i]:.1f}")
left.set_ylim(-10, 10)
left.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
plotting.fi_curve(G.I, S, duration, ax=right, label="counted")
drive = linspace(0, 4, 400)
right.plot(drive, sqrt(drive) / (pi * tau) / Hz, "C1", lw=1, label="sqrt(I)/(pi*tau)")
right.legend(frameon=False)

if "--show" in sys.argv:
    show()
else:
    savefig("12_quadratic_neuron.png")
