"""Steps of current, through a synapse, into a membrane.

Shows: `TimedArray(..., times=...)`, whose steps begin at any instants, on no grid; and a current that drives v.

Expect: a step of height dA, a time s ago, contributes R*dA*(1 - (tau*exp(-s/tau) - tau_s*exp(-s/tau_s))/(tau - tau_s))
to v, and a spike a time s ago takes away 15 mV*exp(-s/tau). The sum of all these is v, and 15 mV at every spike.

From: this project; the closed form is the textbook's for two exponentials in series.
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
tau, tau_s, R = 10 * ms, 3 * ms, 50 * Mohm
begins = [0, 7.123, 41.4142, 68.2, 103.5] * ms
heights = [0, 0.28, 0.1, 0.5, 0] * nA
steps = TimedArray(heights, times=begins)
eqs = """
dv/dt = (R*I - v)/tau : volt
dI/dt = (steps(t) - I)/tau_s : amp
"""

G = NeuronGroup(1, eqs, threshold="v > 15*mV", reset="v = 0*mV")
M = StateMonitor(G, ["v", "I"], record=0)
S = SpikeMonitor(G)
run(130 * ms)


def closed_form(t):
    """Return v just before t, given the spikes."""
    v = -15 * mV * sum(exp(-(t - S.t[S.t < t]) / tau))
    for begin, rise in zip(begins[1:], diff(heights), strict=True):
        s = max(t - begin, 0 * ms)
        v += R * rise * (1 - (tau * exp(-s / tau) - tau_s * exp(-s / tau_s)) / (tau - tau_s))
    return v


print("  t (ms)    v, simulated (mV)    closed form (mV)")
for t in [7.124, 20, 41.5, 60, 110] * ms:
    print(f"{t / ms:8.3f}    {M.at(t, 'v').item() / mV:17.12f}    {closed_form(t) / mV:16.12f}")
print("spike at (ms)    v there, closed form (mV)")
for t in S.t:
    print(f"{t / ms:13.9f}    {closed_form(t) / mV:25.10f}")

fig, (top, bottom) = subplots(2, 1, sharex=True, height_ratios=(1, 1.5), figsize=(6.4, 4.4), layout="constrained")
top.stairs(heights / nA, [*(begins / ms), 130], baseline=None, color="0.6", label="steps(t)")
plotting.trace(M, "I", ax=top, color="C1", label="I")
top.set(xlabel="", ylabel="Current (nA)")
top.legend(frameon=False, loc="upper left")
plotting.trace(M, "v", spikes=S, threshold=15 * mV, ax=bottom)

if "--show" in sys.argv:
    show()
else:
    savefig("13_steps_of_current.png")
