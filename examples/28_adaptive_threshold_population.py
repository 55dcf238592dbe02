"""A thousand noisy neurons whose thresholds move: what holds the rate of a population down.

Shows: noise (`xi`) together with a threshold that is a variable, which runs on a clock; the instantaneous rate of the
population as a histogram, and smoothed.

Expect: each spike raises a neuron's threshold by 5 mV, which it forgets within 100 ms; so the rate falls from 150 Hz to
less than a third of it. In the mean over the population the threshold stands above its rest by 5 mV times the sum of
exp(-(t - t_spike)/tau_t) over the spikes of a neuron; what is seen of it differs by the forward Euler method only, by
less than dt/(2*tau_t) = 0.05 %. At any moment the rate is nearly the one by which a neuron would fire for ever whose
threshold stood there: Siegert's formula gives that, and is somewhat below in the end, since neurons whose threshold is
low just then fire more, on average, than the others fire less.

From: the last program of Brian 2's tutorial "Introduction to Brian part 1: Neurons". That divides the counts of 1 ms by
the step of the clock, 0.1 ms, and so its axis shows ten times the rate; here they are divided by the width of the bins.
"""

import sys
import warnings

from eventsnn import *
from eventsnn import models, plotting

warnings.simplefilter("ignore", ExactnessNote)  # noise runs on a clock: that is what this example is about
start_scope()
seed(1)
N = 1000
tau = 10 * ms
vr = -70 * mV
vt0 = -50 * mV
delta_vt0 = 5 * mV
tau_t = 100 * ms
sigma = 0.5 * (vt0 - vr)
v_drive = 2 * (vt0 - vr)
duration = 100 * ms
eqs = """
dv/dt = (v_drive + vr - v)/tau + sigma*xi*tau**-0.5 : volt
dvt/dt = (vt0 - vt)/tau_t : volt
"""
reset = """
v = vr
vt += delta_vt0
"""

G = NeuronGroup(N, eqs, threshold="v > vt", reset=reset, refractory=5 * ms, method="euler")
G.v = "rand()*(vt0 - vr) + vr"
G.vt = vt0
spikemon = SpikeMonitor(G)
M = StateMonitor(G, ["v", "vt"], record=0)
run(duration)

width = 1 * ms
edges = arange(101) * width
rate = histogram(spikemon.t / ms, edges / ms)[0] / (N * width)
since_spike = edges[:, newaxis] - spikemon.t
mean_vt = vt0 + delta_vt0 / N * sum(where(since_spike >= 0 * ms, exp(-since_spike / tau_t), 0), axis=1)
steady = models.lif_rate(vr + v_drive, sigma, tau, mean_vt, vr)

print(f"mean threshold after {duration / ms:.0f} ms: {mean(G.vt) / mV:.3f} mV,", end=" ")
print(f"by the times of the spikes {mean_vt[-1] / mV:.3f} mV")
print("rate (Hz)      counted    Siegert's formula at the mean threshold")
for first in (0, 20, 50, 90):
    print(f"{first:2d} to {first + 10:3d} ms", end="")
    print(f"{mean(rate[first : first + 10]) / Hz:11.1f}    {mean(steady[first : first + 11]) / Hz:39.1f}")

fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), layout="constrained")
left.stairs(rate / Hz, edges / ms, fill=True, color="0.82", label="counts in 1 ms")
plotting.rates(spikemon, width=1 * ms, ax=left, color="C0", linewidth=1, label="smoothed over 1 ms")
left.plot(edges / ms, steady / Hz, "C1--", label="Siegert's formula at the mean threshold")
left.set(xlim=(0, 100), ylabel="Instantaneous firing rate (Hz)")
left.legend(frameon=False)
plotting.trace(M, "vt", ax=right, color="C1", label="threshold vt of neuron 0")
plotting.trace(M, "v", ax=right, color="C0", linewidth=1, label="its v")
right.set(ylabel="v and vt (mV)", ylim=(-80, -15))
right.legend(frameon=False, loc="upper left")

if "--show" in sys.argv:
    show()
else:
    savefig("28_adaptive_threshold_population.png")
