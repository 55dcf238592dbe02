"""Volleys of spikes travel along a chain of groups, get sharper, or die out.

Shows: `PulsePacketGroup`, and a chain: every neuron of a group sends to every neuron of the next. The membranes rest at
different distances from the threshold, as if by background noise, and so do not answer in step.

Expect: of each volley the number of spikes a and their spread (standard deviation). Enough spikes within a short time
fire nearly all neurons of the next group, within less time, and so on to the end: the spread sinks to that with which a
group answers a volley without spread. This one is known: n inputs at once let v rise by
n*w*tau_s/(tau - tau_s)*(exp(-s/tau) - exp(-s/tau_s)), and a neuron fires at the time s at which this is the distance of
its rest from the threshold. Too few spikes, or spread too far, fire ever fewer neurons until none are left.

From: Diesmann, Gewaltig & Aertsen 1999, "Stable propagation of synchronous spiking in cortical neural networks"; with
eight groups of 50, currents that decay exponentially, and differences in place of noise.
"""

import sys

from scipy.optimize import brentq

from eventsnn import *
from eventsnn import plotting

start_scope()
seed(1999)
n, groups, w = 50, 8, 4.2 * mV
tau, tau_s, theta = 10 * ms, 1 * ms, -55 * mV
centres, sizes, sigmas = [10, 40, 70] * ms, [50, 45, 26], [0, 2, 3] * ms
eqs = """
dv/dt = (rest - v + x)/tau : volt (unless refractory)
dx/dt = -x/tau_s : volt
rest : volt (constant)
"""

stimulus = PulsePacketGroup(n, centres, spikes=sizes, sigma=sigmas)
chain = NeuronGroup(n * groups, eqs, threshold="v > theta", reset="v = -70*mV", refractory=2 * ms)
chain.rest = "-63*mV + clip(2.5*randn(), -7, 7)*mV"
chain.v = "rest"
first = Synapses(stimulus, chain[:n], on_pre="x_post += w", delay=1 * ms)
first.connect()
onwards = Synapses(chain, chain, on_pre="x_post += w", delay=1 * ms)
onwards.connect("j//n == i//n + 1")
sent, M = SpikeMonitor(stimulus), SpikeMonitor(chain)
run(100 * ms)


def volley(monitor, packet, first, last):
    """Return when neurons `first` to `last` - 1 fired because of a packet."""
    mine = (monitor.i >= first) & (monitor.i < last) & (abs(monitor.t - centres[packet] - 5 * ms) < 15 * ms)
    return monitor.t[mine]


def time_to_threshold(distance):
    """Return how long after n inputs at once the membrane has risen by a distance."""
    a, peak = n * w * tau_s / (tau - tau_s), log(tau / tau_s) / (1 / tau_s - 1 / tau)

    def missing(s):
        return (a * (exp(-s * ms / tau) - exp(-s * ms / tau_s)) - distance) / mV

    return brentq(missing, 0, peak / ms, xtol=1e-15) * ms


volleys = [[volley(sent, k, 0, n), *(volley(M, k, g * n, g * n + n) for g in range(groups))] for k in range(3)]
print("packet   " + "    ".join(f"{k}:   a    spread (ms)" for k in range(3)))
for g in range(groups + 1):
    spreads = [f"{std(v[g]) / ms:.4f}" if len(v[g]) else "-" for v in volleys]
    columns = [f"{len(v[g]):9d}    {spread:>11s}" for v, spread in zip(volleys, spreads, strict=True)]
    print(f"group {g} " if g else "sent    ", *columns, sep="")
analytic = sort([centres[0] + 1 * ms + time_to_threshold(theta - rest) for rest in chain.rest[:n]])
print(f"group 1, packet 0: spread {std(analytic) / ms:.4f} ms in closed form,", end=" ")
print(f"all spikes within 1e-12 ms of it: {all(abs(volleys[0][1] / second - analytic) * 1e3 < 1e-12)}")

fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), layout="constrained", width_ratios=(3, 2))
plotting.raster({"sent": sent, "chain": M}, ax=left, color=["C7", "k"])
for k, v in enumerate(volleys):
    alive = [times for times in v if len(times)]
    label = f"packet {k}: {sizes[k]} spikes, sigma {sigmas[k] / ms:g} ms"
    right.plot([std(times) / ms for times in alive], [len(times) for times in alive], ".-", label=label)
right.set(xlabel="Spread of a volley (ms)", ylabel="Spikes in it", ylim=(0, 75))
right.legend(frameon=False, loc="upper right")

if "--show" in sys.argv:
    show()
else:
    savefig("17_synfire_chain.png")
