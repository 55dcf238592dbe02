"""Nengo's single neuron, which encodes a cosine in its spikes.

Shows: equations that drive each other. The input cos(8*t) passes a synapse of 5 ms into x, which drives a LIF neuron
of 100 Hz at x = 1 and of 0 Hz below x = -0.5; each spike adds d/tau to `decoded`, the spike train times the decoder d
behind a filter of 10 ms.

Expect: J = gain*x + bias is 1, the threshold, at x = -0.5, and at x = 1 it fires every 10 ms. The decoder is what
Nengo's solver LstsqL2(reg=0.1) finds: of rates a at m points x it returns d = sum(a*x)/(sum(a*a) + m*(0.1*max(a))**2).
Nengo takes 750 scattered points; many regular ones on [-1, 1] give the limit, 5.7214 ms, which those meet within 0.3%.

From: Nengo's example "A Single Neuron", as told in a post on the web, "SNN[1]: LIF". Its neuron starts at a random
voltage, this one at 0; that Nengo never lets v below 0 makes no difference here, as J stays above 0.3.
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
tau_rc, tau_ref, tau_syn, tau = 20 * ms, 2 * ms, 5 * ms, 10 * ms
max_rate, intercept = 100 * Hz, -0.5

# at x = 1 the drive is that of a LIF neuron which fires at max_rate
J_max = 1 / (1 - exp((tau_ref - 1 / max_rate) / tau_rc))
gain = (J_max - 1) / (1 - intercept)
bias = 1 - gain * intercept

# the decoder, from the rates at many x
x = (arange(100_000) + 0.5) / 50_000 - 1
J = gain * x + bias
rate = zeros(len(x)) * Hz
rate[J > 1] = 1 / (tau_ref - tau_rc * log(1 - 1 / J[J > 1]))
d = mean(rate * x) / (mean(rate**2) + (0.1 * max_rate) ** 2)

eqs = """
dv/dt = (gain*x + bias - v)/tau_rc : 1 (unless refractory)
dx/dt = (cos(8*t/second) - x)/tau_syn : 1
ddecoded/dt = -decoded/tau : 1
"""
G = NeuronGroup(1, eqs, threshold="v > 1", reset="v = 0; decoded += d/tau", refractory=tau_ref)
M = StateMonitor(G, True, record=0)
S = SpikeMonitor(G)
run(1 * second)

print(f"gain {gain:.12f}, bias {bias:.12f}, decoder {d / ms:.6f} ms")
print(f"{S.num_spikes} spikes, of which the first at {', '.join(f'{t / ms:.9f}' for t in S.t[:3])} ms")
print("  t (s)    cos(8*t)    x               decoded        summed over the spikes")
for t in [0.05, 0.1, 0.4, 0.8, 0.95] * second:
    X, D = M.at(t, "x").item(), M.at(t, "decoded").item()
    total = sum(d / tau * exp(-(t - S.t[S.t < t]) / tau))
    print(f"{t / second:7.2f}    {cos(8 * t / second):8.5f}    {X:12.9f}    {D:11.9f}    {total:11.9f}")

fig, (top, middle, bottom) = subplots(
    3, 1, sharex=True, height_ratios=(5, 1, 3), figsize=(6.4, 5), layout="constrained"
)
plotting.trace(M, "decoded", ax=top, label="decoded", linewidth=1)
top.plot(M.t / second, cos(8 * M.t / second), "C1", label="input")
top.set(xlabel="", ylabel="decoded and input")
top.legend(frameon=False, loc="lower left")
plotting.raster(S, ax=middle)
middle.set(xlabel="", ylabel="spikes", yticks=[])
plotting.trace(M, "v", threshold=1, ax=bottom, color="C3", linewidth=1)

if "--show" in sys.argv:
    show()
else:
    savefig("10_nengo_neuron.png")
