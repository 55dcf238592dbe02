"""A threshold that moves: each spike raises it, and it relaxes back.

Shows: `threshold='v > vt'`, where vt is a variable with an equation of its own; the reset adds 5 mV to it.

Expect: the first spike at tau*log(drive/(drive - 20 mV)), where the threshold still rests. Then the spikes move apart
until, a time T after each, v has risen to where vt has sunk:
drive*(1 - exp(-T/tau)) = 20 mV + 5 mV/(exp(T/tau_t) - 1). A drive of 20 mV or less never reaches the threshold.

From: the moving threshold in Brian 2's tutorial "Introduction to Brian part 1: Neurons", without its noise and its
refractory period, and with a drive for each neuron.
"""

import sys

from scipy.optimize import brentq

from eventsnn import *
from eventsnn import plotting

start_scope()
tau, tau_t = 5 * ms, 100 * ms
vr, vt0, delta = -70 * mV, -50 * mV, 5 * mV
eqs = """
dv/dt = (vr + drive - v)/tau : volt
dvt/dt = (vt0 - vt)/tau_t : volt
drive : volt
"""

G = NeuronGroup(4, eqs, threshold="v > vt", reset="v = vr; vt += delta")
G.v, G.vt = vr, vt0
G.drive = [20, 25, 40, 80] * mV
M = StateMonitor(G, ["v", "vt"], record=2)
S = SpikeMonitor(G)
run(3 * second)


def gap(seconds, drive):
    """Return how far v is above vt such a time after a spike, in the long run."""
    T = seconds * second
    return (vr + drive * (1 - exp(-T / tau)) - vt0 - delta / (exp(T / tau_t) - 1)) / mV


trains = S.spike_trains()
print("drive (mV)    spikes    first spike (ms)    analytic (ms)    last interval (ms)    analytic (ms)")
for train, drive in list(zip(trains.values(), G.drive, strict=True))[1:]:
    first, last = tau * log(drive / (drive - 20 * mV)), brentq(gap, 0.001, 1, args=(drive,), xtol=1e-15) * second
    print(f"{drive / mV:10.0f}    {len(train):6d}    {train[0] / ms:16.10f}    {first / ms:13.10f}", end="")
    print(f"    {(train[-1] - train[-2]) / ms:18.9f}    {last / ms:13.9f}")
print(f"with a drive of 20 mV: {S.count[0]} spikes")

fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), layout="constrained")
plotting.trace(M, "vt", between=[0, 200] * ms, ax=left, color="C1", label="threshold vt")
plotting.trace(M, "v", between=[0, 200] * ms, ax=left, color="C0", linewidth=1, label="v")
left.set(ylim=(-71, -19), ylabel="v and vt (mV), drive 40 mV")
for i in (1, 2, 3):
    right.plot(trains[i][1:] / ms, 1 / diff(trains[i]) / Hz, ".-", label=f"drive {G.drive[i] / mV:.0f} mV")
right.set(xlim=(0, 500), ylim=(0, None), xlabel="Time (ms)", ylabel="1 / interval (Hz)")
left.legend(frameon=False, loc="upper right", ncols=2)
right.legend(frameon=False)

if "--show" in sys.argv:
    show()
else:
    savefig("11_adaptive_threshold.png")
