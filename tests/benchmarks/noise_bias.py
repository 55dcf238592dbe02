"""Firing rate against the step: how much too seldom noisy neurons fire on a clock, beside Siegert's formula.

    python tests/benchmarks/noise_bias.py [--brian2 /path/to/a/python/with/brian2] [--spikes 20000] [--figure bias.svg]

Leaky neurons with white noise (tau 10 ms, threshold 1, reset 0, refractory for 2 ms, sigma 0.5), driven to 0.8 and to
1.5, by steps of 0.5 to 0.01 ms: by Euler and Maruyama on a grid in plain NumPy, by Brian 2 when there is one, by
eventsnn with method='euler' and with method='exact'. What a path does between two ticks is not seen by the first three,
so that they fire as if the threshold were higher by 0.5826 standard deviations of a step (Asmussen, Glynn & Pitman
1995): the bias falls as the root of the step only. By exact transitions and the bridge's crossing test there is none.

Printed are rates with standard errors, and how many of these they are away from Siegert's rate. In Brian 2 a refractory
period is one step shorter (three steps of 0.5 ms for 2 ms), which makes up for some of the bias at long steps. A run
takes ten minutes; `measure_here`, eventsnn alone with few spikes, about as many seconds.
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable, Iterable

import numpy as np
from fresh import measure

from eventsnn import (
    ExactnessNote,
    Network,
    NeuronGroup,
    SpikeMonitor,
    models,
    ms,
    seed,
    start_scope,
)

DRIVES = (0.8, 1.5)
STEPS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
TAU, SIGMA, T_REF = 10.0, 0.5, 2.0

#: So long is a run, and from then on spikes count: neurons that start together have forgotten it [ms].
DURATION, WARM = 560.0, 60.0

#: Of -zeta(1/2)/sqrt(2 pi): by how much a walk overshoots a level, in standard deviations of its steps.
OVERSHOOT = 0.5825971579390107

NETWORK = """
import json
from brian2 import *
prefs.codegen.target = 'cython'
seed({seed})
n, mu, tau = {n}, {mu}, 10*ms
defaultclock.dt = {dt}*ms
G = NeuronGroup(n, 'dv/dt = (mu - v)/tau + 0.5*xi*tau**-0.5 : 1 (unless refractory)', threshold='v > 1',
                reset='v = 0', refractory=2*ms, method='euler')
M = SpikeMonitor(G)
run({duration}*ms)
print(json.dumps(bincount(array(M.i)[array(M.t/ms) >= {warm} - 1e-9], minlength=n).tolist()))
"""


def siegert(mu: float, dt: float = 0.0) -> float:
    """Return the rate [Hz], of a threshold that is higher by what a walk of this step overshoots."""
    raised = 1 + OVERSHOOT * SIGMA * math.sqrt(dt / TAU)
    return float(models.lif_rate(mu, SIGMA, TAU * ms, raised, 0, T_REF * ms))


def neurons_for(mu: float, spikes: float) -> int:
    """Return how many neurons fire so often in all, while they count."""
    return math.ceil(spikes / siegert(mu) / (DURATION - WARM) * 1000)


def count_by_numpy(mu: float, dt: float, n: int, number: int) -> np.ndarray:
    """Return spike counts of plain Euler-Maruyama, where spikes and resets are at the ticks."""
    rng, v, free = np.random.default_rng(number), np.zeros(n), np.zeros(n, int)
    counts, hold, first = np.zeros(n, int), round(T_REF / dt), round(WARM / dt)
    for k in range(1, round(DURATION / dt) + 1):
        live = k > free
        v += live * ((mu - v) * (dt / TAU) + SIGMA * math.sqrt(dt / TAU) * rng.standard_normal(n))
        fired = np.flatnonzero(v > 1)
        v[fired], free[fired] = 0.0, k + hold
        if k > first:
            counts[fired] += 1
    return counts


def count_here(method: str) -> Callable[[float, float, int, int], np.ndarray]:
    """Return what simulates with eventsnn by a method, and returns spike counts."""

    def count(mu: float, dt: float, n: int, number: int) -> np.ndarray:
        start_scope()
        seed(number)
        model = "dv/dt = (mu - v)/tau + sigma*xi*tau**-0.5 : 1 (unless refractory)"
        names = {"mu": mu, "tau": TAU * ms, "sigma": SIGMA}
        options = dict(threshold="v > 1", reset="v = 0", refractory=T_REF * ms, method=method, dt=dt * ms)
        group = NeuronGroup(n, model, namespace=names, **options)
        monitor = SpikeMonitor(group)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExactnessNote)
            Network(group, monitor).run(DURATION * ms)
        return np.bincount(monitor.i[:][np.asarray(monitor.t / ms) >= WARM], minlength=n)

    return count


def count_by_brian2(python: str) -> Callable[[float, float, int, int], np.ndarray]:
    """Return what simulates with Brian 2 in a process of its own."""

    def count(mu: float, dt: float, n: int, number: int) -> np.ndarray:
        return np.array(measure(python, NETWORK, mu=mu, dt=dt, n=n, seed=number, duration=DURATION, warm=WARM))

    return count


def rates(
    count: Callable[[float, float, int, int], np.ndarray], mu: float, steps: Iterable[float], spikes: float
) -> list[tuple[float, float, float]]:
    """Return for each step [ms] the step, the rate and its standard error [Hz]."""
    found, n = [], neurons_for(mu, spikes)
    for number, dt in enumerate(steps):
        counts = count(mu, dt, n, round(1000 * mu) + number) / (DURATION - WARM) * 1000
        found.append((dt, float(counts.mean()), float(counts.std(ddof=1)) / math.sqrt(n)))
    return found


def measure_here(steps: Iterable[float] = (0.5, 0.2, 0.1), spikes: float = 2000) -> dict:
    """Return rates of eventsnn alone, by drive and method: for a figure that is made anew each time."""
    steps = tuple(steps)
    return {
        (mu, method): rates(count_here(method), mu, steps, spikes) for mu in DRIVES for method in ("euler", "exact")
    }


def draw(found: dict, axes: Iterable) -> None:
    """Draw rates against the step, one panel for each drive, with Siegert's rate and what the overshoot makes of it.

    Parameters
    ----------
    found : dict
        From drive and name to what `rates` returns.
    """
    for mu, ax in zip(DRIVES, axes, strict=True):
        mine = {name: values for (drive, name), values in found.items() if drive == mu}
        shortest, longest = (f(dt for values in mine.values() for dt, *_ in values) for f in (min, max))
        fine = np.geomspace(shortest / 1.3, longest * 1.3, 60)
        ax.axhline(siegert(mu), color="0.3", linewidth=1, label="Siegert")
        ax.plot(fine, [siegert(mu, dt) for dt in fine], color="0.6", linestyle="--", label="threshold + overshoot")
        for j, (name, values) in enumerate(mine.items()):
            dt, rate, error = np.array(values).T
            # side by side, so that bars can be told apart
            ax.errorbar(dt * 1.04**j, rate, 2 * error, fmt="os^D"[j % 4], markersize=4, capsize=2, label=name)
        ax.set(xscale="log", xlabel="dt (ms)", ylabel="rate (Hz)", title=f"mu = {mu:g}")
    ax.legend()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--spikes", type=float, default=20000, help="that are counted for each point, about")
    parser.add_argument("--steps", nargs="+", type=float, default=STEPS, help="[ms]")
    parser.add_argument("--brian2", help="a Python that has Brian 2")
    parser.add_argument("--figure", help="a file to draw into")
    options = parser.parse_args()
    who = {"NumPy": count_by_numpy}
    if options.brian2:
        who["Brian 2"] = count_by_brian2(options.brian2)
    who |= {f"eventsnn, {method}": count_here(method) for method in ("euler", "exact")}
    found = {}
    print("who                  mu   dt ms    rate Hz      +-   of Siegert    z   threshold + overshoot")
    for mu in DRIVES:
        for name, count in who.items():
            found[mu, name] = rates(count, mu, options.steps, options.spikes)
            for dt, rate, error in found[mu, name]:
                truth = siegert(mu)
                print(
                    f"{name:18s} {mu:4.1f}  {dt:6.2f}  {rate:9.3f}  {error:6.3f}  {100 * (rate / truth - 1):+9.2f} %  "
                    f"{(rate - truth) / error:+5.1f}  {100 * (siegert(mu, dt) / truth - 1):+8.2f} %",
                    flush=True,
                )
    if options.figure:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot as plt

        figure, axes = plt.subplots(1, len(DRIVES), figsize=(9, 3.6), layout="constrained")
        draw(found, axes)
        figure.savefig(options.figure)


if __name__ == "__main__":
    main()
