"""Neurons that share spikes: by `rand()` in their threshold, on a clock, and as exact trains.

Shows: a threshold that draws random numbers, which is asked once at each tick of a clock, and a `(shared)` variable
that `run_regularly` draws anew; beside it `CorrelatedPoissonGroup`, which has no clock.

Expect: the exact trains have the rate r; the counts of any two have the correlation c, and they share the part c of
their spikes. On the clock a neuron fires in a step by the common cause, which comes with probability r*dt and takes
each neuron with sqrt(c), or by itself, with probability r*(1 - sqrt(c))*dt. It follows that at c = 0.5 its rate is too
small by 0.2*r*dt, relatively, and the correlation by 0.4*r*dt; and spikes without a common cause meet at a tick, by
chance, with probability r*dt.

From: a course on neuromorphic and biological learning, "STDP demonstration", written for Brian 2, with 10 Hz and steps
of 0.1 ms; here 20 Hz and 5 ms, so that the steps show. Exact trains: Brette 2009, "Generation of correlated spike
trains".
"""

import sys
import warnings

from eventsnn import *
from eventsnn import plotting

warnings.simplefilter("ignore", ExactnessNote)  # that such a threshold runs on a clock is what this example is about
start_scope()
seed(2009)
N, rate, duration, step = 20, 20 * Hz, 20 * second, 5 * ms
threshold = "((v < rate*dt) and rand() < sqrt(c)) or rand() < rate*(1 - sqrt(c))*dt"


def in_theory(c):
    """Return of the group on the clock: its rate, the correlation in steps, the part of spikes shared with another."""
    by_itself = rate * (1 - sqrt(c)) * step
    with_cause = sqrt(c) + (1 - sqrt(c)) * by_itself
    once, both = (rate * step * with_cause**k + (1 - rate * step) * by_itself**k for k in (1, 2))
    return once / step, (both - once**2) / (once - once**2), both / once


def measure(monitor):
    """Return the same of a recording."""
    counts = histogram2d(monitor.i, monitor.t / step + 0.5, [arange(N + 1), arange(duration / step + 2)])[0]
    together = unique(monitor.t / ms, return_counts=True)[1]
    shared = sum(together * (together - 1)) / (N - 1) / monitor.num_spikes
    return monitor.num_spikes / N / duration, mean(corrcoef(counts)[triu_indices(N, 1)]), shared


monitors = {}
print("  c                   rate (Hz)  expected         correlation  expected    shared  expected")
for c in (0.0, 0.5, 1.0):
    G = NeuronGroup(N, "v : 1 (shared)", threshold=threshold, dt=step, namespace={"c": c})
    G.run_regularly("v = rand()")
    H = CorrelatedPoissonGroup(N, rate, c)
    monitors[c] = SpikeMonitor(G), SpikeMonitor(H)
    Network(G, H, monitors[c]).run(duration)
    spread = sqrt(rate * (1 + (N - 1) * c) / N / duration) / Hz
    for which, M, theory in zip(("on the clock", "exact"), monitors[c], (in_theory(c), (rate, c, c)), strict=True):
        pairs = list(zip(measure(M), theory, strict=True))
        print(f"{c:3.1f}  {which:12s}{pairs[0][0] / Hz:12.2f}  {pairs[0][1] / Hz:.2f} +- {spread:.2f}", end="")
        print("".join(f"{found:16.3f}{expected:10.3f}" for found, expected in pairs[1:]))

fig, axes = subplots(1, 3, figsize=(12, 3.6), layout="constrained", width_ratios=(3, 3, 2))
for which, title in enumerate((f"On the clock, steps of {step / ms:.0f} ms", "Exact")):
    chosen = {f"c = {c:g}": pair[which] for c, pair in monitors.items()}
    plotting.raster(chosen, ax=axes[which])
    axes[which].set(xlim=(0, 0.5), title=title)
curve = linspace(0, 1, 101)
for which, (theory, label) in enumerate([([in_theory(c)[2] for c in curve], "on the clock"), (curve, "exact")]):
    axes[2].plot(curve, theory, f"C{which}")
    axes[2].plot([*monitors], [measure(pair[which])[2] for pair in monitors.values()], f"C{which}o", label=label)
axes[2].set(xlabel="Correlation c", ylabel="Spikes shared with another", title="Measured, and theory")
axes[2].legend(frameon=False)
axes[2].spines[["top", "right"]].set_visible(False)

if "--show" in sys.argv:
    show()
else:
    savefig("30_correlated_by_rand.png")
