"""Draw noise_bias.svg, the figure of the page on choosing the step of a noisy group.

How far the firing rate of a leaky neuron with white noise is below Siegert's formula, against the step: by Euler and
Maruyama's method in Brian 2 and here, and by the exact transition with the bridge crossing test.

Run as ``python docs/_static/noise_bias.py``, which takes some minutes. Brian's rates are not measured anew; they are
those of ``python tests/benchmarks/noise_bias.py --brian2 PYTHON --spikes 200000``, with Brian 2.9.
"""

import sys
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "benchmarks"))
from noise_bias import DRIVES, STEPS, count_here, rates, siegert

#: Step [ms], rate and its standard error [Hz], for each drive.
BRIAN_2 = {
    0.8: (
        (0.5, 34.023, 0.054),
        (0.2, 34.903, 0.054),
        (0.1, 35.657, 0.053),
        (0.05, 36.159, 0.054),
        (0.02, 36.656, 0.053),
        (0.01, 37.025, 0.055),
    ),
    1.5: (
        (0.5, 83.538, 0.080),
        (0.2, 83.437, 0.079),
        (0.1, 83.859, 0.078),
        (0.05, 84.257, 0.077),
        (0.02, 84.851, 0.077),
        (0.01, 85.343, 0.077),
    ),
}

SPIKES = 200000


def main():
    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "eventsnn", "svg.fonttype": "path"})
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.1), layout="constrained", sharey=True)
    fine = np.geomspace(0.008, 0.63, 60)
    for mu, ax in zip(DRIVES, axes, strict=True):
        truth = siegert(mu)
        found = {
            "Brian 2, 'euler'": ("C1", "s", BRIAN_2[mu]),
            "eventsnn, 'euler'": ("C0", "o", rates(count_here("euler"), mu, STEPS, SPIKES)),
            "eventsnn, 'exact'": ("C2", "D", rates(count_here("exact"), mu, STEPS, SPIKES)),
        }
        ax.axhline(0.0, color="0.3", linewidth=1, label="Siegert's formula")
        raised = [100 * (siegert(mu, dt) / truth - 1) for dt in fine]
        ax.plot(fine, raised, color="0.5", linestyle="--", linewidth=1, label="its threshold raised by the overshoot")
        for j, (name, (color, marker, values)) in enumerate(found.items()):
            dt, rate, error = np.array(values).T
            for row in values:
                print(f"mu = {mu}  {name:20s} dt = {row[0]:5.2f} ms: {row[1]:.3f} +- {row[2]:.3f} Hz", end="")
                print(f", {100 * (row[1] / truth - 1):+.2f} +- {100 * row[2] / truth:.2f} %")
            # side by side, so that bars can be told apart
            at, off, bar = dt * 1.05 ** (j - 1), 100 * (rate / truth - 1), 200 * error / truth
            ax.errorbar(at, off, bar, color=color, fmt=marker, markersize=4, capsize=2, linewidth=1, label=name)
        ax.set(xscale="log", xlabel="Step (ms)", title=f"Driven to {mu:g}: {truth:.1f} Hz")
        ax.set_xticks(STEPS, [f"{step:g}" for step in STEPS])
        ax.minorticks_off()
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("Rate beside the true one (%)")
    axes[1].legend(frameon=False, loc="lower left", fontsize=8)
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
