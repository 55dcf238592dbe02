"""Draw exact_spike.svg, the figure of README.md and of the documentation's first page.

A membrane relaxes towards 1 and fires at 0.8, as in Brian's tutorial; the true spike is at 10 ms times log(5), which is
16.0943791... ms. A simulator with a clock of 0.1 ms first sees v above 0.8 at its step to 16.1 ms, and reports 16.0 ms.

Run as ``python docs/_static/exact_spike.py``.
"""

from math import exp
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from eventsnn import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, plotting

TAU, THETA, DT = 10.0, 0.8, 0.1  # ms, 1, ms
EXACT, CLOCKED = "C0", "C1"


def clocked_run(steps):
    """Return the samples (t, v) of a clocked simulator that is exact within its steps, and its spike times."""
    v, samples, spikes = 0.0, [], []
    for k in range(steps):
        samples.append((k * DT, v))
        v = 1.0 + (v - 1.0) * exp(-DT / TAU)
        if v > THETA:
            # noticed at the end of the step, reported with the step's own time, as Brian does
            spikes.append(k * DT)
            v = 0.0
    return samples, spikes


def main():
    group = NeuronGroup(1, "dv/dt = (1 - v)/(10*ms) : 1", threshold="v > 0.8", reset="v = 0")
    states, spikes = StateMonitor(group, "v", record=0), SpikeMonitor(group)
    Network(group, states, spikes).run(50 * ms)
    true = spikes.t[0] / ms
    samples, reported = clocked_run(500)

    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "eventsnn", "svg.fonttype": "path"})
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 2.9), layout="constrained", width_ratios=(1.15, 1))

    plotting.trace(states, "v", spikes=spikes, threshold=THETA, ax=left, color=EXACT, linewidth=1.4)
    for t in spikes.t / ms:
        digits = f"{t:.9f}"[:-2]  # cut, not rounded, before the dots
        left.annotate(f"{digits}…", (t, 1.2), (-4, 0), textcoords="offset points", ha="right", va="top", color=EXACT)
    left.set_title("Spikes happen at their own times", loc="left", fontsize=9.5)

    plotting.trace(states, "v", between=[15.78, 16.33] * ms, ax=right, color=EXACT, linewidth=1.8)
    right.axhline(THETA, color="0.5", linestyle=":", linewidth=1.2)
    shown = [(t, v) for t, v in samples if 15.75 < t < 16.05]
    noticed = 1.0 + (shown[-1][1] - 1.0) * exp(-DT / TAU)
    right.plot(*zip(*shown, strict=True), "o", color=CLOCKED, markersize=5)
    right.plot(16.1, noticed, "o", color=CLOCKED, markersize=5, markerfacecolor="white")
    right.axvline(reported[0], color=CLOCKED, linestyle="--", linewidth=1.2)
    right.set_ylim(0.7935, 0.8032)
    right.text(15.99, 0.8030, "clock of 0.1 ms:\nreports 16.0", color=CLOCKED, ha="right", va="top")
    right.text(true + 0.02, 0.7943, f"true crossing:\n{true:.10f}… ms", color=EXACT)
    right.text(16.12, noticed + 0.00012, "noticed here", color=CLOCKED, va="bottom")
    right.set_title("The first one, enlarged", loc="left", fontsize=9.5)

    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
