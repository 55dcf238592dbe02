"""What all programs share: their command line, what they measure, and the line that they print.

A row is a dictionary. ``loop`` is the wall time of the time loop alone [s], ``cpu`` its processor time, ``build`` all
that comes before it but imports. ``peak`` is the largest memory of the process so far [MB]. ``facts`` say what the
workload has come to, to be compared with closed forms and other simulators.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import definitions as d


def options(workloads: Sequence[str], modes: Sequence[str] = ("",)) -> argparse.Namespace:
    """Read the command line of a program; the first mode is taken where none is given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=workloads)
    parser.add_argument("--size", type=int, default=0, help="neurons, or inputs of W6 and W7; 0 is the workload's own")
    parser.add_argument("--duration", type=float, default=0.0, help="ms to simulate; 0 is the workload's own")
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--dt", type=float, default=0.1, help="step of the grid where there is one [ms]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--engine", choices=("auto", "reference", "compiled"), default="auto", help="eventsnn only")
    found = parser.parse_args()
    return complete(found)


def complete(found: argparse.Namespace) -> argparse.Namespace:
    """Put in the size and duration that are the workload's own."""
    found.size = found.size or (1 if found.workload in ("W1a", "W1b") else getattr(d, found.workload).n)
    found.duration = found.duration or d.duration_of(found.workload, found.size)
    return found


class Stopwatch:
    """Wall and processor time of a call, in seconds."""

    def __init__(self) -> None:
        self.loop = self.cpu = 0.0

    def run(self, function: Callable[..., Any], *values: Any, **named: Any) -> None:
        """Call a function and keep how long it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        function(*values, **named)
        self.loop, self.cpu = time.perf_counter() - wall, time.process_time() - cpu


def peak_mb(who: int = resource.RUSAGE_SELF) -> float:
    """Return the largest memory of this process so far [MB]."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(who).ru_maxrss / unit, 1)


def facts(workload: str, size: int, duration: float, who: np.ndarray, times: np.ndarray) -> dict[str, Any]:
    """Return what the spikes of a workload are to be judged by."""
    found: dict[str, Any] = {"spikes": len(times)}
    if workload in ("W1a", "W1b"):
        exact = d.first_neuron_spikes(workload)
        k = min(len(exact), len(times))
        found["error_us"] = float(1000 * np.abs(np.sort(times)[:k] - exact[:k]).max())
    elif workload == "W2":
        error = d.fi_errors(who, times, size)
        found |= {"error_us": float(error.max()), "median_error_us": float(np.median(error))}
    elif workload == "W6":
        exact = d.listed_spikes(size)
        found["exact_spikes"] = len(exact)
        if len(exact) == len(times):
            found["error_us"] = float(1000 * np.abs(np.sort(times) - exact).max())
    elif workload == "W8":
        # rates of a hundred blocks of neurons: enough to tell a bias from chance
        counts = np.bincount(who, minlength=size)
        found["block_hz"] = [float(part.mean() / duration * 1000) for part in np.array_split(counts, min(100, size))]
    neurons = 1 if workload in ("W6", "W7") else size
    found["rate_hz"] = len(times) / neurons / duration * 1000
    return found


def weight_facts(w: np.ndarray, times: np.ndarray, duration: float) -> dict[str, Any]:
    """Return the statistics of the weights of W7, and the rate in the last fifth [Hz]."""
    x = np.asarray(w) / d.W7.w_max
    late = float((times > 0.8 * duration).sum() / (0.2 * duration) * 1000)
    return {
        "w_mean": float(x.mean()), "w_low": float((x < 0.1).mean()), "w_high": float((x > 0.9).mean()), "late_hz": late
    }  # fmt: skip


def count_events(workload: str, size: int, duration: float, spikes: int) -> tuple[int, int]:
    """Return the synaptic events of a run (spikes times mean out-degree) and the events from outside, as expected."""
    seconds = duration / 1000
    fan = {
        "W3": int(d.W3.connected * (size * 4 // 5)) + int(d.W3.connected * (size - size * 4 // 5)),
        "W4": d.W4.fan,
        "W5": d.W5.fan,
    }.get(workload, 0)
    outside = {
        "W3": size * d.W3.drive_hz * seconds,
        "W5": size * d.W5.kick_hz * seconds,
        "W6": size,
        "W7": size * d.W7.hz * seconds,
    }.get(workload, 0)
    return spikes * fan, int(outside)


def row(who: str, version: str, found: argparse.Namespace, facts: dict[str, Any], **measured: Any) -> dict[str, Any]:
    """Return what one run has measured."""
    events, outside = count_events(found.workload, found.size, found.duration, facts["spikes"])
    return {
        "who": who, "version": version, "workload": found.workload, "size": found.size, "duration": found.duration,
        "seed": found.seed, "threads": found.threads, "events": events, "outside": outside, **measured, "facts": facts,
    }  # fmt: skip


def tell(line: dict[str, Any]) -> None:
    """Print a row as the last line."""
    print(json.dumps(line), flush=True)
