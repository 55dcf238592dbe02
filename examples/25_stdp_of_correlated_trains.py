"""Spike-timing dependent plasticity between Poisson neurons that share more or fewer of their spikes.

Shows: `plotting.plot_stdp_curve`, which measures the window of a rule by running it; a synapse with pair STDP between
two neurons of a `CorrelatedPoissonGroup`; `plotting.plot_weight_trajectories`.

Expect: the window is exp(-|lag|/tau), positive where the source fires first or at the same time. Neurons with
correlation c share spikes at the rate c*r, each of which adds 1; all other pairs cancel in the mean. So the weight
after the time T is c*r*T, give or take sqrt(c*r*T + (1 - c**2)*r**2*T*tau); with c = 1 it is the number of spikes. The
other rule looks at spikes that follow each other in the record of all neurons: between the two there is mostly
somebody else, so it sees what they share and little more.

From: a course on neuromorphic and biological learning, "STDP demonstration", written for Brian 2; its groups draw
spikes in steps of dt (see "Coming from Brian"), here they are `CorrelatedPoissonGroup`. Its dt is the lag with the
other sign.
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
seed(74)
N, rate, duration, tau = 10, 10 * Hz, 4 * second, 10 * ms


def dw(dt):
    """Return what a pair of spikes changes; dt is the time of the source's minus that of the target's."""
    if dt == 0 * ms:
        return 1
    return exp(dt / tau) if dt < 0 * ms else -exp(-dt / tau)


correlations = [0.0, 0.5, 1.0]
groups, monitors, synapses, weights = [], [], [], []
for c in correlations:
    G = CorrelatedPoissonGroup(N, rate, c)
    S = Synapses(
        G,
        G,
        """w : 1
        da/dt = -a/tau : 1 (event-driven)
        db/dt = -b/tau : 1 (event-driven)""",
        on_pre="a += 1; w -= b",
        on_post="b += 1; w += a",
    )
    S.connect(i=0, j=1)
    groups.append(G)
    synapses.append(S)
    monitors.append(SpikeMonitor(G))
    weights.append(StateMonitor(S, "w", record=True))
Network(groups, synapses, monitors, weights).run(duration)

lags = linspace(-50, 50, 101) * ms
measured = plotting.stdp_curve(synapses[0], lags)
formula = [dw(-lag) for lag in lags]
print(f"window measured at {len(lags)} lags, equals the formula to 1e-15: {max(abs(measured - formula)) < 1e-15}")


def successive(monitor):
    """Return the weight after every spike of the record but the last two, by pairs that follow each other in it."""
    w, course = 0.0, []
    who, when = monitor.i, monitor.t
    for k in range(len(who) - 2):
        if (who[k], who[k + 1]) == (1, 0):
            w += dw(when[k + 1] - when[k])
        if (who[k], who[k + 1]) == (0, 1):
            w += dw(when[k] - when[k + 1])
        course.append(w)
    return course


courses = [successive(M) for M in monitors]
print("  c    rate (Hz)    shared    weight of the synapse    expected        by successive spikes")
for c, M, S, course in zip(correlations, monitors, synapses, courses, strict=True):
    mean = c * rate * duration
    spread = sqrt(mean + (1 - c**2) * rate**2 * duration * tau)
    trains = M.spike_trains()
    shared = len(intersect1d(trains[0] / ms, trains[1] / ms))
    print(f"{c:3.1f}    {M.num_spikes / N / duration / Hz:9.2f}    {shared:6d}    {S.w[0]:21.2f}", end="")
    print(f"    {mean:4.0f} +- {spread:4.1f}    {course[-1]:20.2f}")

fig = figure(figsize=(12, 7.5), layout="constrained")
axes = fig.subplot_mosaic([["0", "window"], ["1", "record"], ["2", "time"]], width_ratios=(3, 2))
for k, (c, M) in enumerate(zip(correlations, monitors, strict=True)):
    plotting.raster(M, ax=axes[f"{k}"], color=f"C{k}", marker=".", markersize=5)
    axes[f"{k}"].set(title=f"Correlation = {c:.1f}", xlabel="Time (s)" if k == 2 else "", ylabel="Neurons")
plotting.plot_stdp_curve(synapses[0], lags, theory=lambda lag: dw(-lag), ax=axes["window"])
axes["window"].set_title("Window of the rule")
for k, (c, course) in enumerate(zip(correlations, courses, strict=True)):
    axes["record"].plot(course, color=f"C{k}", linewidth=2.5, label=f"Correlation = {c:.1f}")
    plotting.plot_weight_trajectories(weights[k], "w", ax=axes["time"], color=f"C{k}", linewidth=2.5)
axes["record"].set(xlim=(0, 350), ylim=(-5, 35), xlabel="Spikes in the record", ylabel="Synaptic weight")
axes["record"].set_title("Pairs of successive spikes")
axes["record"].legend(frameon=False, loc="upper left")
axes["record"].spines[["top", "right"]].set_visible(False)
axes["time"].set(ylim=(-5, 48), ylabel="Synaptic weight", title="A synapse: all pairs, at their times")

if "--show" in sys.argv:
    show()
else:
    savefig("25_stdp_of_correlated_trains.png")
