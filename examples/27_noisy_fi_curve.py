"""How often a neuron fires, against what drives it, with noise and without.

Shows: noise, `xi`, which sends a group to a clock: by Euler and Maruyama's method, and by `method='exact'`, whose steps
have the exact law; beside them the same group without noise, which has no clock, and Siegert's formula for the rate of
a noisy neuron, `models.lif_rate`.

Expect: noise rounds the corner of the f-I curve. Neurons that are driven to less than the threshold of 1 fire all the
same, by chance. A neuron that begins at its reset, not refractory, fires (T + 5 ms)*rate + (CV**2 - 1)/2 times in a
longer time T, give or take CV*sqrt(T*rate), with rate and CV (how irregular the intervals are) by Siegert's formula and
its like. Euler and Maruyama's method finds some percent less below threshold: it does not see the paths that cross and
come back within a step of 0.1 ms. The exact law finds them, in steps of 1 ms.

From: "Stochastic neurons" in Brian 2's tutorial "Introduction to Brian part 1: Neurons". Formula: Siegert 1951, "On the
first passage time probability problem".
"""

import sys
import warnings

from eventsnn import *
from eventsnn import models, plotting

warnings.simplefilter("ignore", ExactnessNote)  # noise runs on a clock: that is what this example is about
start_scope()
seed(1)
N = 100
tau = 10 * ms
v0_max = 3.0
duration = 1000 * ms
sigma = 0.2
eqs = """
dv/dt = (v0 - v)/tau + sigma*xi*tau**-0.5 : 1 (unless refractory)
v0 : 1
"""
noiseless = """
dv/dt = (v0 - v)/tau : 1 (unless refractory)
v0 : 1
"""

firing = dict(threshold="v > 1", reset="v = 0", refractory=5 * ms)
euler = NeuronGroup(N, eqs, method="euler", **firing)
exact = NeuronGroup(N, eqs, method="exact", dt=1 * ms, **firing)
still = NeuronGroup(N, noiseless, method="exact", **firing)
euler.v0 = exact.v0 = still.v0 = "i*v0_max/(N - 1)"
by_euler, by_law, without = SpikeMonitor(euler), SpikeMonitor(exact), SpikeMonitor(still)
noisy_v, still_v = StateMonitor(euler, "v", record=30), StateMonitor(still, "v", record=30)
run(duration)

v0 = euler.v0[:]
rate, cv = (formula(v0, sigma, tau, 1, 0, 5 * ms) for formula in (models.lif_rate, models.lif_cv))
expected, variance = (duration + 5 * ms) * rate + (cv**2 - 1) / 2, cv**2 * duration * rate
print("spikes      without noise    with noise, expected    'euler'    'exact'")
for what, part in (("v0 <= 1", v0 <= 1), ("v0 > 1", v0 > 1)):
    counts = [sum(M.count[part]) for M in (without, by_euler, by_law)]
    print(f"{what:8s}{counts[0]:17d}{sum(expected[part]):18.0f} +- {sqrt(sum(variance[part])):2.0f}", end="")
    print(f"{counts[1]:11d}{counts[2]:11d}")

fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), layout="constrained")
left.plot(v0, by_euler.count / duration / Hz, ".", color="C0", markersize=4, label="'euler', steps of 0.1 ms")
left.plot(v0, by_law.count / duration / Hz, ".", color="C2", markersize=4, label="'exact', steps of 1 ms")
left.plot(v0, rate / Hz, "C1", label="Siegert's formula")
left.plot(v0, without.count / duration / Hz, "k:", label="without noise")
left.set(xlim=(0, 3), ylim=(0, 130), xlabel="v0", ylabel="Firing rate (Hz)")
left.legend(frameon=False, loc="upper left")
shown = [0, 200] * ms
plotting.trace(noisy_v, "v", between=shown, spikes=by_euler, peak=1.5, ax=right, color="C0", linewidth=1)
plotting.trace(still_v, "v", between=shown, threshold=1, ax=right, color="k", linestyle=":")
right.set(ylabel=f"v for v0 = {v0[30]:.2f}")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)

if "--show" in sys.argv:
    show()
else:
    savefig("27_noisy_fi_curve.png")
