"""Poisson trains whose rate changes, and Poisson trains that share spikes.

Shows: `PoissonGroup` with a rate that depends on time, and `CorrelatedPoissonGroup`.

Expect: with the rate r(t) the counts in the bins of a histogram are Poisson numbers around the integral of r over each
bin; so the sum of (count - expected)**2/expected over n bins is about n, give or take sqrt(2 n). With correlation c
each train still has the rate r, any two trains share spikes at the rate c*r, at exactly equal times, and the counts of
any two in windows of any length have the correlation c.

From: this project, after Brette 2009, "Generation of correlated spike trains".
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
seed(2009)
duration, r, f, N = 10 * second, 20 * Hz, 2 * Hz, 20

sine = PoissonGroup(200, "r*(1 + sin(2*pi*f*t))")
groups = [CorrelatedPoissonGroup(N, r, c) for c in (0, 0.5, 1)]
S, monitors = SpikeMonitor(sine), [SpikeMonitor(group) for group in groups]
Network(sine, groups, S, monitors).run(duration)

edges = linspace(0, 10, 501) * second
integral = r * (edges - cos(2 * pi * f * edges) / (2 * pi * f))
expected, counts = len(sine) * diff(integral), histogram(S.t / second, edges / second)[0]
total, n = len(sine) * r * duration, len(expected)
print(f"sine: {S.num_spikes} spikes, expected {total:.0f} +- {sqrt(total):.0f};", end=" ")
print(f"chi2 {sum((counts - expected) ** 2 / expected):.1f} in {n} bins, expected {n} +- {sqrt(2 * n):.0f}")


def correlation(monitor, window):
    """Return the mean correlation of the counts of two neurons in windows."""
    table = histogram2d(monitor.i, monitor.t / window, [arange(N + 1), arange(duration / window + 1)])[0]
    return mean(corrcoef(table)[triu_indices(N, 1)])


print("  c    rate (Hz)    expected          spikes shared with another    count correlation in 5 ms    in 100 ms")
for group, M in zip(groups, monitors, strict=True):
    c = float(group.c[0])
    m = unique(M.t / ms, return_counts=True)[1]
    shared = sum(m * (m - 1)) / (N - 1) / M.num_spikes
    spread = sqrt(r * (1 + (N - 1) * c) / N / duration)
    print(f"{c:3.1f}    {M.num_spikes / N / duration / Hz:9.2f}    {r / Hz:.2f} +- {spread / Hz:.2f}", end="")
    print(f"    {shared:26.3f}    {correlation(M, 5 * ms):25.2f}    {correlation(M, 100 * ms):9.2f}")

fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), layout="constrained")
left.stairs(counts / len(sine) / diff(edges) / Hz, edges / second, color="C7", label="counts in 20 ms")
plotting.rates(S, width=20 * ms, ax=left, label="smoothed over 20 ms")
left.plot(edges / second, r * (1 + sin(2 * pi * f * edges)) / Hz, "C1--", label="theory")
left.set(xlim=(0, 1), ylim=(0, 56))
left.legend(frameon=False, ncols=3, loc="upper center", handlelength=1.2)
plotting.raster({f"c = {float(group.c[0]):g}": M for group, M in zip(groups, monitors, strict=True)}, ax=right)
right.set_xlim(0, 1)

if "--show" in sys.argv:
    show()
else:
    savefig("19_inhomogeneous_and_correlated.png")
