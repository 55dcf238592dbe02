"""The window of spike-timing-dependent plasticity, and what pairs cannot explain.

Shows: `models.stdp` and `models.triplet_stdp`. Left, what one pair of spikes does to a weight, for 201 lags at once,
one synapse each. Middle, one pair as it is moved by less than a millisecond: only the lag counts, not where a pair
lies. Right, 60 pairs at a rate, the spike behind 10 ms later or earlier.

Expect: A_plus*exp(-lag/tau) for a lag that is not negative, at 0 too, and -A_minus*exp(lag/tau) before; a moved pair
changes the weight by the same to rounding, where one that rounds spikes to 1 ms is off by up to 3.4 %. In experiments
pairs potentiate the more, the higher their rate, and above 40 Hz whoever comes first. The pair rule has it the other
way round, since close pairs depress each other; the triplet rule follows.

From: Song, Miller & Abbott 2000, "Competitive Hebbian learning through spike-timing-dependent synaptic plasticity",
figure 1; Pfister & Gerstner 2006, "Triplets of spikes in a model of spike timing-dependent plasticity", figure 2,
with regular pairs.
"""

import sys

from eventsnn import *
from eventsnn import models

start_scope()
tau, A_plus, A_minus = 20 * ms, 0.01, 0.0105


def change(before, behind, make=models.stdp, **options):
    """Return what trains of spikes do to synapses, one for each row of instants [ms]."""
    ends = []
    for times in (before, behind):
        rows = repeat(arange(len(times)), [len(row) for row in times])
        ends.append(SpikeGeneratorGroup(len(times), rows, concatenate(times) * ms))
    S = make(*ends, effect="", clipped=False, **options)
    S.connect(j="i")
    S.w = 0.5
    Network(*ends, S).run((max(concatenate(before + behind)) + 1) * ms)
    return S.w[:] - 0.5


lags = linspace(-100, 100, 201)
window = change([[110.0]] * 201, [[110.0 + lag] for lag in lags])
formula = where(lags >= 0, A_plus * exp(-abs(lags) * ms / tau), -A_minus * exp(-abs(lags) * ms / tau))

places = arange(0, 3, 0.0371)
moved = change([[20 + t] for t in places], [[20 + t + 7.3] for t in places])
one = A_plus * exp(-7.3 * ms / tau)
rounded = A_plus * exp(-(around(places + 7.3) - around(places)) * ms / tau)

rates = array([1, 2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50])
trains = [100 + arange(60) * 1000 / rate for rate in rates]
rules = {"pairs": dict(), "triplets": dict(make=models.triplet_stdp)}
results = {
    (name, lag): change(trains, [train + lag for train in trains], **rule)
    for name, rule in rules.items()
    for lag in (10, -10)
}

print(f"one pair, 201 lags: largest distance from the formula {max(abs(window - formula)):.0e}")
print(f"at lag 0: {window[100]:+.4f}, A_plus = {A_plus}")
print(f"a pair moved by up to 3 ms: changes differ by less than 1e-14: {max(abs(moved - one)) < 1e-14}")
print(f"the same, spikes rounded to 1 ms: off by up to {max(abs(rounded / one - 1)):.1%}")
print("rate (Hz)   pairs, +10 ms   -10 ms   triplets, +10 ms   -10 ms")
for k in (0, 3, 5, 9, 11):
    a, b, c, d = (results[key][k] for key in results)
    print(f"{rates[k]:9d}   {a:+13.3f}   {b:+6.3f}   {c:+16.3f}   {d:+6.3f}")

fig, (left, middle, right) = subplots(1, 3, figsize=(12, 3.6), layout="constrained")
lag_label = r"$t_\mathrm{post} - t_\mathrm{pre}$ (ms)"
left.axhline(0, color="C7", lw=0.5)
for side in (lags >= 0, lags < 0):
    left.plot(lags[side], 100 * formula[side], "C1", lw=4, alpha=0.5, label="formula" if side[0] else None)
left.plot(lags, 100 * window, "k.", markersize=3, label="201 synapses")
left.set(xlabel=lag_label, ylabel="Change of weight (% of w_max)", title="One pair")
left.legend(frameon=False, loc="upper left")
middle.plot(places, 100 * (rounded / one - 1), "C7", label="rounded to 1 ms", drawstyle="steps-mid")
middle.plot(places, 100 * (moved / one - 1), "C0", lw=2, label="here")
middle.set(xlabel="Pair moved by (ms)", ylabel="Error of its change (%)", ylim=(-5, 5), title="The same pair, moved")
middle.legend(frameon=False, loc="upper right", ncols=2)
right.axhline(0, color="C7", lw=0.5)
for (name, lag), values in results.items():
    style = dict(color={"pairs": "C7", "triplets": "C3"}[name], ls="-" if lag > 0 else "--")
    right.plot(rates, values, label=f"{name}, {lag:+d} ms", **style)
right.set(xlabel="Rate of pairs (Hz)", ylabel="Change of weight (w_max)", title="60 pairs")
right.legend(frameon=False)

if "--show" in sys.argv:
    show()
else:
    savefig("21_stdp_window.png")
