"""Excitation and inhibition that nearly cancel: a network that fires irregularly, by itself.

Shows: 400 neurons, four in five excitatory; one `Synapses` from each kind, which is a part of the group, to all;
a raster and rates by group.

Expect: each neuron would fire on its own (it rests 1 mV above its threshold), but inhibition outweighs excitation: in
the mean the inputs p*320*rate*taue*we and p*80*rate*taui*wi move the rest below the threshold, and spikes come from
fluctuations, a few in a second. The currents are sums over all spikes that have arrived, w*exp(-(t - t_spike - d)/tau),
and must be this at the end to rounding.

From: the network CUBA of Brette et al. 2007, "Simulation of networks of spiking neurons", after Vogels & Abbott 2005;
a tenth of its neurons with ten times its probability of connections, and so with as many inputs for each neuron.
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
seed(2005)
N, N_exc, p, d, duration = 400, 320, 0.2, 0.1 * ms, 200 * ms
taum, taue, taui = 20 * ms, 5 * ms, 10 * ms
El, Vt, Vr = -49 * mV, -50 * mV, -60 * mV
we, wi = 1.62 * mV, -9 * mV
eqs = """
dv/dt = (ge + gi - (v - El))/taum : volt (unless refractory)
dge/dt = -ge/taue : volt
dgi/dt = -gi/taui : volt
"""

P = NeuronGroup(N, eqs, threshold="v > Vt", reset="v = Vr", refractory=5 * ms)
P.v = "Vr + rand()*(Vt - Vr)"
exc, inh = P[:N_exc], P[N_exc:]
Ce = Synapses(exc, P, on_pre="ge_post += we", delay=d)
Ci = Synapses(inh, P, on_pre="gi_post += wi", delay=d)
Ce.connect(p=p)
Ci.connect(p=p)
spikes = SpikeMonitor(P)
M = StateMonitor(P, ["v", "ge", "gi"], record=0)
run(duration)

rate = {"excitatory": spikes.count[:N_exc].mean() / duration, "inhibitory": spikes.count[N_exc:].mean() / duration}
for name, value in rate.items():
    print(f"{name} neurons: {value / Hz:.2f} Hz")
mean_ge, mean_gi = p * N_exc * rate["excitatory"] * taue * we, p * (N - N_exc) * rate["inhibitory"] * taui * wi
print(f"mean inputs, from these rates: {mean_ge / mV:.2f} mV and {mean_gi / mV:.2f} mV;", end=" ")
print(f"the rest moves from {(El - Vt) / mV:.2f} to {(El + mean_ge + mean_gi - Vt) / mV:.2f} mV above threshold")

for name, S, w, tau, first in (("ge", Ce, we, taue, 0), ("gi", Ci, wi, taui, N_exc)):
    arrived = (spikes.i >= first) & (spikes.i < first + len(S.source)) & (spikes.t + d < duration)
    matrix = zeros((len(S.source), N))
    matrix[S.i[:], S.j[:]] = 1
    left_of_each = exp(-(duration - spikes.t[arrived] - d) / tau)
    sums = w * (left_of_each @ matrix[spikes.i[arrived] - first])
    difference = max(abs(getattr(P, name)[:] - sums))
    print(f"{name} at the end: {sums[0] / mV:.9f} mV in neuron 0;", end=" ")
    print(f"in all neurons equal to the sum over spikes: {difference < 1e-12 * mV}")

fig, axes = subplot_mosaic("ac;ad;bd", figsize=(10, 5), layout="constrained", width_ratios=(3, 2))
parts = {"exc": N_exc, "inh": N - N_exc}
plotting.raster(spikes, groups=parts, ax=axes["a"], color=["C3", "C0"])
plotting.rates(spikes, groups=parts, width=3 * ms, ax=axes["b"], color=["C3", "C0"])
plotting.trace(M, "ge", ax=axes["c"], color="C3", linewidth=1)
plotting.trace(M, "gi", ax=axes["c"], color="C0", linewidth=1)
plotting.trace(M, "v", spikes=spikes, threshold=Vt, peak=-30 * mV, ax=axes["d"], color="k", linewidth=1)
axes["c"].set_ylabel("ge and gi (mV)")
axes["a"].set_xlabel("")
axes["c"].set_xlabel("")

if "--show" in sys.argv:
    show()
else:
    savefig("18_balanced_network.png")
