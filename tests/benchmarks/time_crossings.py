"""Nanoseconds per prediction of the next crossing of a leaky membrane with two exponential synapses.

    python tests/benchmarks/time_crossings.py --states 200000 --passes 15

Membrane 20 ms, synapses 5 and 10 ms, threshold 15 mV above rest, v uniform in [-10, 14.9] mV unless the population
says otherwise. Printed is the best of several passes over the same states, in processor time, on one core. Needs Numba.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path

import numpy as np

from eventsnn.crossing import leaky_drive

TAU_M, TAU_1, TAU_2, THETA = 20.0, 5.0, 10.0, 15.0


def load_compiled() -> Callable:
    """Return the function of tests/compiled.py, which is no package."""
    spec = importlib.util.spec_from_file_location("compiled", Path(__file__).resolve().parents[1] / "compiled.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compiled


def states(draw, first, second, rest=0.0, tau_1=TAU_1):
    """Return rows of the arguments of `next_crossing` without its horizon, v drawn below threshold."""
    n = len(first)
    f0 = draw.uniform(-10.0, 14.9, n) - THETA
    columns = (f0, TAU_M, rest - THETA, first, tau_1, second, TAU_2)
    return np.stack(np.broadcast_arrays(*columns), axis=1)


def grazing(draw, n):
    """Return states whose summit lies 1e-2 to 1e-13 of the drive from threshold, on both sides."""
    rows = states(draw, draw.uniform(100.0, 200.0, n), draw.uniform(-20.0, 20.0, n))
    for row in rows:
        row[0] = -5.0
        low = 0.0  # the drive at the summit is zero: find it, then choose f0 such that the summit is there
        high = 200.0
        for _ in range(60):
            s = 0.5 * (low + high)
            low, high = (s, high) if leaky_drive.distance(s, *row)[1] > 0.0 else (low, s)
        row[0] = 0.0
        summit = leaky_drive.distance(low, *row)[0]
        margin = draw.choice((-1.0, 1.0)) * 10.0 ** draw.uniform(-13.0, -2.0)
        row[0] = (-summit + 15.0 * margin) * np.exp(low / TAU_M)
    return rows[rows[:, 0] < 0.0]


def populations(n: int, seed: int) -> dict:
    """Return states and horizon by name."""
    draw = np.random.default_rng(seed)

    def uniform(low, high):
        return draw.uniform(low, high, n)

    moderate = states(draw, uniform(0, 100), uniform(-20, 0))
    wide = states(draw, draw.normal(0, 100, n), draw.normal(0, 100, n))
    slow_inhibition = states(draw, uniform(0, 100), uniform(-100, 0), rest=uniform(16, 25))
    return {
        "sub-threshold, balanced": (states(draw, uniform(0, 20), uniform(-20, 0)), inf),
        "moderate excitation": (moderate, inf),
        "wide, both signs": (wide, inf),
        "two excitatory": (states(draw, uniform(0, 100), uniform(0, 100)), inf),
        "all cross": (states(draw, uniform(150, 300), uniform(150, 300)), inf),
        "tau_1 = tau_m (1 + 1e-9)": (states(draw, uniform(0, 100), uniform(0, 100), tau_1=TAU_M * (1 + 1e-9)), inf),
        "above threshold at rest, slow inhibition": (slow_inhibition, inf),
        "the same, horizon 0.5 ms": (slow_inhibition, 0.5),
        "moderate, horizon 0.5 ms": (moderate, 0.5),
        "wide, horizon 0.5 ms": (wide, 0.5),
        "grazing": (grazing(draw, min(n, 5000)), inf),
    }


def measure(number: int, passes: int, seed: int) -> Iterator[tuple[str, float, float]]:
    """Yield for each population nanoseconds per prediction, and the share of states that cross."""
    import numba

    predict = load_compiled()(leaky_drive.next_crossing)

    @numba.njit
    def sweep(rows, horizon):
        total, crossed = 0.0, 0
        for row in rows:
            s, status = predict(row[0], row[1], row[2], row[3], row[4], row[5], row[6], horizon)
            if status == leaky_drive.FOUND:
                total += s
                crossed += 1
        return total, crossed

    for name, (rows, horizon) in populations(number, seed).items():
        sweep(rows[:1], horizon)
        best = inf
        for _ in range(passes):
            began = time.process_time()
            _, crossed = sweep(rows, horizon)
            best = min(best, time.process_time() - began)
        yield name, best / len(rows) * 1e9, crossed / len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--states", type=int, default=200_000)
    parser.add_argument("--passes", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{'population':44}{'ns':>8}{'crossing':>10}")
    for name, nanoseconds, share in measure(options.states, options.passes, options.seed):
        print(f"{name:44}{nanoseconds:8.0f}{share:10.1%}")


if __name__ == "__main__":
    main()
