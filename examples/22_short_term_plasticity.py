"""Synapses that tire and synapses that warm up.

Shows: `models.tsodyks_markram` with depression and with facilitation. Two inputs fire at 20 Hz for half a second and
once more after a pause; the currents that they cause are exponential, and the membrane is leaky. Below, the size of a
spike in a long train at rates from 0.5 to 200 Hz.

Expect: ten spikes that shrink, or grow and shrink, and one that shows how much has recovered. A long train of rate f
settles at u*x with u = U/(1 - (1 - U)*exp(-1/(f*tau_facil))) and x = (1 - e)/(1 - (1 - u)*e), e = exp(-1/(f*tau_rec)).
Depression makes f*u*x level off at 1/tau_rec, so that high rates all look the same to the neuron; facilitation gives
u*x a peak at a rate of its own.

From: Tsodyks & Markram 1997, "The neural code between neocortical pyramidal neurons depends on neurotransmitter
release probability", figure 1, and Tsodyks, Pawelzik & Markram 1998, "Neural networks with dynamic synapses", figure 1;
values from there (pyramidal cell to pyramidal cell, and to interneuron).
"""

import sys

from eventsnn import *
from eventsnn import models

start_scope()
kinds = {
    "depression": dict(U=0.5, tau_rec=800 * ms, tau_facil=0 * ms),
    "facilitation": dict(U=0.03, tau_rec=130 * ms, tau_facil=530 * ms),
}
spikes = append(50 + 50 * arange(10), 1100) * ms

inputs = SpikeGeneratorGroup(1, zeros(11, dtype=int), spikes)
cells = NeuronGroup(
    2,
    """dv/dt = (R*I - v)/(40*ms) : volt
    dI/dt = -I/(3*ms) : amp
    R : ohm""",
)
cells.R = 1 * Gohm
drawn = {}
synapses = []
for k, (kind, values) in enumerate(kinds.items()):
    S = models.tsodyks_markram(inputs, cells[k : k + 1], effect="I_post += w*u*x", unit=pA, **values)
    S.connect()
    S.w = [100, 500][k] * pA
    drawn[kind] = StateMonitor(S, ["u", "x"], record=0)
    synapses.append(S)
V = StateMonitor(cells, "v", record=True, times=arange(0, 1400, 0.5) * ms)
Network(inputs, cells, V, *synapses, *drawn.values()).run(1400 * ms)


def steady(rate, U, tau_rec, tau_facil):
    """Return what the card of the model says of a train that has gone on for long."""
    e_f = exp(-1 / (rate * tau_facil)) if tau_facil else 0 * rate / Hz
    e = exp(-1 / (rate * tau_rec))
    u = U / (1 - (1 - U) * e_f)
    return u * (1 - e) / (1 - (1 - u) * e)


rates = array([0.5, 1, 2, 5, 10, 15, 20, 50, 100, 200])
found = {}
for kind, values in kinds.items():
    trains = RegularGroup(len(rates), rates * Hz, phase=0 * ms)
    silent = NeuronGroup(len(rates), "last : 1")
    S = models.tsodyks_markram(trains, silent, effect="last_post = u*x", **values)
    S.connect(j="i")
    Network(trains, silent, S).run(20 * second)
    found[kind] = silent.last[:]

print("u*x after 20 s at rate (Hz)    " + "  ".join(f"{rate:6g}" for rate in rates[[0, 2, 4, 6, 8]]))
for kind, values in kinds.items():
    formula = steady(rates * Hz, **values)
    print(f"{kind:14s}simulation       " + "  ".join(f"{x:6.4f}" for x in found[kind][[0, 2, 4, 6, 8]]))
    print(f"{kind:14s}formula          " + "  ".join(f"{x:6.4f}" for x in formula[[0, 2, 4, 6, 8]]))
for kind, M in drawn.items():
    x = M.at(spikes - 1 * us, "x")[0]
    print(
        f"{kind:14s}resources before the first, second, tenth, last spike: {x[0]:.4f} {x[1]:.4f} {x[9]:.4f} {x[10]:.4f}"
    )

fig, axes = subplots(2, 3, figsize=(12, 5.4), layout="constrained", width_ratios=(1.3, 1.3, 1))
for k, (kind, M) in enumerate(drawn.items()):
    fine = arange(0, 1400, 0.5) * ms
    above, below, side = axes[0, k], axes[1, k], axes[k, 2]
    above.plot(V.t / ms, V.v[k] / mV, color=f"C{k}")
    above.plot(spikes / ms, full(11, -0.25), "k|")
    above.set(title=kind.capitalize(), ylabel="Membrane (mV)", ylim=(-0.5, None))
    below.plot(fine / ms, M.at(fine, "x")[0], "C2", label="x, resources left")
    if "u" in synapses[k].equations.state_names:
        below.plot(fine / ms, M.at(fine, "u")[0], "C3", label="u, part used")
    below.set(xlabel="Time (ms)", ylim=(0, 1.05), ylabel="Part")
    below.legend(frameon=False, loc="upper right" if k == 0 else "center right")
    smooth = logspace(-0.5, 2.5, 200)
    side.semilogx(smooth, steady(smooth * Hz, **kinds[kind]), f"C{k}", lw=4, alpha=0.4, label="formula")
    side.semilogx(rates, found[kind], "k.", label="after 20 s")
    side.set(ylim=(0, None), ylabel=f"u*x, {kind}")
    side.legend(frameon=False)
axes[0, 2].set(title="Long train: size of a spike")
axes[1, 2].set(xlabel="Rate (Hz)")

if "--show" in sys.argv:
    show()
else:
    savefig("22_short_term_plasticity.png")
