"""Inputs that compete for a neuron: spike-timing-dependent plasticity sorts their weights.

Shows: `models.stdp` on 200 Poisson inputs of one leaky neuron, starting from weights spread evenly and from weights all
at their largest; the trajectories of some weights from a `StateMonitor`; a third run with half of the inputs in groups
that fire together (`CorrelatedPoissonGroup`).

Expect: weights run towards the ends, whatever they started from, and the neuron's rate falls until its inputs hardly
lift it over the threshold any more. Correlated inputs take part in what makes the neuron fire, and win.

From: Song, Miller & Abbott 2000, "Competitive Hebbian learning through spike-timing-dependent synaptic plasticity",
figures 2 and 5, with jumps of the membrane in place of conductances, fewer inputs, faster learning, and more depression
(A_minus is 1.2 times A_plus). tests/benchmarks/plasticity.py has it in full size, with an independent reference.
"""

import sys

from matplotlib import colormaps

from eventsnn import *
from eventsnn import models

N, rate, w_max, T = 200, 15 * Hz, 0.75 * mV, 15 * second


def learn(start, correlated=False):
    """Return synapses after learning, the neuron's spikes, and a monitor of some weights."""
    start_scope()
    seed(8)
    independent = PoissonGroup(N // 2, rate)
    others = CorrelatedPoissonGroup(N // 2, rate, c=0.03) if correlated else PoissonGroup(N // 2, rate)
    G = NeuronGroup(
        1, "dv/dt = -v/(20*ms) : volt (unless refractory)", threshold="v > 20*mV", reset="v = 0*mV", refractory=2 * ms
    )
    parts = []
    for inputs in (independent, others):
        S = models.stdp(inputs, G, w_max=w_max, A_plus=0.04, A_minus=0.048)
        S.connect()
        S.w = start
        parts.append(S)
    M, W = SpikeMonitor(G), StateMonitor(parts[0], "w", record=range(12))
    net = Network(independent, others, G, M, W, *parts)
    net.run(T)
    return [S.w[:] / w_max for S in parts], M.t[:], W


runs = {
    "from weights spread evenly": learn("rand()*w_max"),
    "from the largest weights": learn("w_max"),
    "half of the inputs correlated": learn("rand()*w_max", correlated=True),
}

print("                                 mean w/w_max   below 10 %   above 90 %   rate (Hz), first and last 3 s")
for name, (w, t, _) in runs.items():
    every = concatenate(w)
    first, last = sum(t < 3 * second) / 3, sum(t > T - 3 * second) / 3
    print(
        f"{name:31s}  {mean(every):12.3f}   {mean(every < 0.1):10.0%}   {mean(every > 0.9):10.0%}   "
        f"{first:9.1f}   {last:4.1f}"
    )
alone, together = runs["half of the inputs correlated"][0]
print(f"mean weight of independent inputs {mean(alone):.2f}, of correlated ones {mean(together):.2f} of w_max")

fig, axes = subplots(2, 2, figsize=(11, 6), layout="constrained")
(above, right), (below, last) = axes
_, t, W = runs["from weights spread evenly"]
fine = linspace(0, T / second, 1000, endpoint=False) * second
courses = W.at(fine, "w") / w_max
for place, k in enumerate(argsort(courses[:, 0])):
    # from small to large at the start
    above.plot(fine, courses[k], lw=0.8, color=colormaps["viridis"](place / len(courses)))
above.set(ylabel="Weight (w_max)", xlabel="Time (s)", title="Twelve weights, by their start", ylim=(-0.02, 1.02))
edges = arange(0, T / second + 1)
for (name, (w, t, _)), color in zip(runs.items(), ("C0", "C1", "C3"), strict=True):
    below.plot(edges[:-1] + 0.5, histogram(t / second, edges)[0], color=color, label=name)
    if name != "half of the inputs correlated":
        right.hist(concatenate(w), linspace(0, 1, 21), color=color, histtype="step", lw=1.5, label=name)
below.set(xlabel="Time (s)", ylabel="Rate (Hz)", title="The neuron", ylim=(0, None))
below.legend(frameon=False)
right.set(xlabel="Weight (w_max)", ylabel="Synapses", title=f"Weights after {T / second:.0f} s", xlim=(0, 1))
right.legend(frameon=False)
last.hist([alone, together], linspace(0, 1, 11), color=["C7", "C3"], label=["independent", "correlated"])
last.set(xlabel="Weight (w_max)", ylabel="Synapses", title="Half of the inputs correlated", xlim=(0, 1))
last.legend(frameon=False)

if "--show" in sys.argv:
    show()
else:
    savefig("23_stdp_poisson_inputs.png")
