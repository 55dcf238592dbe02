"""Two ways in which a neuron keeps its rate.

Shows: `models.inhibitory_stdp` and `models.synaptic_scaling`. A neuron is driven by Poisson inputs, and after 20 s by
twice as many. Above, its excitation is fixed, and the weights of inhibitory inputs learn. Below, another neuron has no
inhibition, and its excitatory weights are scaled by its own rate; they are exact functions of time between its spikes.

Expect: both neurons come back to 5 Hz, with stronger inhibition, and with weaker excitation; scaling keeps the ratios
of weights. For independent trains the inhibitory weights drift by 2*eta*w_max*tau*rate_pre*(rate - rho_0) in the mean.

From: Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011, "Inhibitory plasticity balances excitation and inhibition in
sensory pathways and memory networks"; van Rossum, Bi & Turrigiano 2000, "Stable Hebbian learning from spike
timing-dependent plasticity".
"""

import sys

from eventsnn import *
from eventsnn import models

start_scope()
seed(6)
T, target = 40 * second, 5 * Hz
neuron = dict(
    model="dv/dt = -v/(20*ms) : volt (unless refractory)",
    threshold="v > 15*mV",
    reset="v = 0*mV",
    refractory=5 * ms,
)
always, later = PoissonGroup(60, 12 * Hz), PoissonGroup(60, "12*Hz*int(t >= 20*second)")
inhibition = PoissonGroup(40, 20 * Hz)

balanced = NeuronGroup(1, **neuron)
fixed = []
for inputs in (always, later):
    S = Synapses(inputs, balanced, on_pre="v_post += 1*mV")
    S.connect()
    fixed.append(S)
learning = models.inhibitory_stdp(inhibition, balanced, rho_0=target, eta=0.01, w_max=3 * mV)
learning.connect()

scaled = NeuronGroup(1, **neuron)
scaling = []
for inputs in (always, later):
    S = models.synaptic_scaling(inputs, scaled, rho_0=target, tau_r=1 * second, tau_w=10 * second, w_0=1 * mV)
    S.connect()
    S.w_0 = "(0.5 + j + i/(N_pre - 1))*mV"
    scaling.append(S)

spikes = [SpikeMonitor(balanced), SpikeMonitor(scaled)]
W = [StateMonitor(learning, "w", record=range(6)), StateMonitor(scaling[0], "w", record=range(0, 60, 12))]
net = Network(always, later, inhibition, balanced, scaled, learning, *fixed, *scaling, *spikes, *W)
net.run(T)

windows = ((0, 1), (10, 20), (20, 21), (30, 40))
print("rate (Hz) from ... to (s)      " + "   ".join(f"{a:3d}-{b:<3d}" for a, b in windows))
for name, M in zip(("inhibition that learns", "weights that are scaled"), spikes, strict=True):
    rates = [sum((M.t >= a * second) & (M.t < b * second)) / (b - a) for a, b in windows]
    print(f"{name:31s}" + "   ".join(f"{r:5.1f}  " for r in rates))
w = scaling[0].w[:]
print(f"scaled weights: largest over smallest {w[59] / w[0]:.12f}, as at the start {1.5 / 0.5:.12f}")
# one weight, from the spikes: log(w/w_0) = t/tau_w - sum of (1 - exp(-(t - t_k)/tau_r))/(rho_0*tau_w)
instants = linspace(0.05, 39.95, 400) * second
wait = instants[:, newaxis] - spikes[1].t
risen = where(wait >= 0 * ms, 1 - exp(-maximum(wait, 0 * ms) / second), 0)
formula = W[1].at(0 * ms, "w")[0] * exp(instants / (10 * second) - sum(risen, axis=1) / 50)
error = max(abs(W[1].at(instants, "w")[0] / formula - 1))
print(f"weight over time against its closed form: equal to 1e-12: {error < 1e-12}")

fig, axes = subplots(2, 2, figsize=(11, 5.6), layout="constrained", sharex=True)
edges = arange(0, 41, 1)
fine = linspace(0, 39.99, 2000) * second
for k, (name, M) in enumerate(zip(("Inhibition learns", "Weights are scaled"), spikes, strict=True)):
    rate, weights = axes[k]
    rate.axhline(target / Hz, color="C7", lw=0.8, label="target")
    rate.step(edges, append(histogram(M.t / second, edges)[0], nan), where="post", color=f"C{k}", label="rate")
    rate.set(ylabel="Rate (Hz)", title=name, ylim=(0, None))
    rate.legend(frameon=False)
    weights.plot(fine, W[k].at(fine, "w").T / mV, lw=0.9)
    weights.set(ylabel="Weight (mV)", title=("Six inhibitory weights", "Five excitatory weights")[k], ylim=(0, None))
    for ax in (rate, weights):
        ax.axvline(20, color="C7", ls=":")
for ax in axes[1]:
    ax.set(xlabel="Time (s)")

if "--show" in sys.argv:
    show()
else:
    savefig("24_homeostasis.png")
