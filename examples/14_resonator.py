"""A membrane that prefers a frequency.

Shows: two variables that drive each other. A slow current w opposes v, and together they swing: of sines with the same
amplitude, those near 17 Hz move v most. With `reset=''` and `refractory='v > 1'` a crossing of the threshold is noted
as a spike, once each time, and leaves v as it is.

Expect: a sine of frequency f lets v swing with amplitude a/abs(1 + x*tau + g/(1 + x*tau_w)), where x = 2j*pi*f. Where
this is above the threshold of 1, there is one spike in every period 1/f once the start is forgotten; elsewhere none.

From: this project, after Hutcheon & Yarom 2000, "Resonance, oscillation and the intrinsic frequency preferences".
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
N = 24
tau, tau_w, g, a = 10 * ms, 50 * ms, 5, 1.5
eqs = """
dv/dt = (a*sin(2*pi*f*t) - v - w)/tau : 1
dw/dt = (g*v - w)/tau_w : 1
f : Hz
"""

G = NeuronGroup(N, eqs, threshold="v > 1", reset="", refractory="v > 1")
G.f = "1.5*(i + 1)*Hz"
M = StateMonitor(G, "v", record=True)
S = SpikeMonitor(G)
run(1 * second)

f, x = G.f[:], 2j * pi * G.f[:]
theory = a / abs(1 + x * tau + g / (1 + x * tau_w))
# the amplitude of a sine, from two exact values a quarter of its period apart
v = M.at(concatenate([[0.6], 0.6 + 0.25 / f * Hz]) * second, "v")
swing = hypot(v[:, 0], diag(v[:, 1:]))
trains = S.spike_trains()
late = array([sum(trains[i] > 0.6 * second) for i in range(N)])

print("f (Hz)    amplitude, simulated            theory    spikes after 0.6 s    last interval * f")
for i in range(1, N, 3):
    last = f"{(trains[i][-1] - trains[i][-2]) * f[i]:.12f}" if late[i] else "-"
    print(f"{f[i] / Hz:6.1f}    {swing[i]:20.12f}    {theory[i]:14.12f}    {late[i]:18d}    {last:>17s}")
print(f"theory above 1 at {f[theory > 1][[0, -1]]}, still firing at {f[late > 0][[0, -1]]}")

fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for i in (1, 9, 19):
    plotting.trace(M, "v", neurons=i, between=[0, 500] * ms, threshold=1, ax=left, label=f"{f[i] / Hz:.0f} Hz")
left.set_ylim(-1.8, 1.4)
left.legend(frameon=False, loc="lower right", ncols=3)
right.plot(f / Hz, theory, "C7", lw=1, label="theory")
right.plot(f[late == 0] / Hz, swing[late == 0], "C0.", label="simulated")
right.plot(f[late > 0] / Hz, swing[late > 0], "C3.", label="simulated, fires")
right.set(xlim=(0, 37), ylim=(0, None), xlabel="Frequency of the drive (Hz)", ylabel="Amplitude of v")
right.legend(frameon=False)

if "--show" in sys.argv:
    show()
else:
    savefig("14_resonator.png")
