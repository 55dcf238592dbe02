"""The workloads W1 to W8: parameters, random networks, exact answers. NumPy only, the same in every simulator.

Times in ms, voltages in mV (or 1 where a workload has no units), rates in Hz. *Clamped* means that v stays at its reset
and inputs to v are lost while a neuron is refractory. Thresholds are crossed when v > threshold.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

#: Two neurons of Brian's first tutorial; W1b goes on integrating while it is refractory.
W1 = SimpleNamespace(tau_a=10.0, tau_b=5.0, threshold=0.8, refractory_b=15.0, duration=50.0)
#: f-I curve: uncoupled neurons dv/dt = (drive - v)/tau, drives from 0 to three times their threshold.
W2 = SimpleNamespace(n=100_000, tau=10.0, threshold=1.0, highest=3.0, refractory=5.0, duration=1000.0)
#: Brunel (2000), model A with delta synapses: g 5, nu_ext/nu_thr 2. The 20 000 Hz are C_E trains taken together.
W3 = SimpleNamespace(
    n=12_500, tau=20.0, threshold=20.0, reset=10.0, refractory=2.0, delay=1.5, duration=1000.0,
    excitation=0.1, inhibition=-0.5, connected=0.1, drive_hz=20_000.0, drive=0.1,
)  # fmt: skip
#: Vogels and Abbott (2005) with currents: Brette et al. (2007), benchmark 2. 80 synapses a neuron on average.
W4 = SimpleNamespace(
    n=4000, tau=20.0, tau_e=5.0, tau_i=10.0, rest=-49.0, threshold=-50.0, reset=-60.0, refractory=5.0, delay=0.1,
    fan=80, excitation=1.62, inhibition=-9.0, duration=1000.0,
)  # fmt: skip
#: Hardly any activity: 0.48 Hz, delays of 1.0, 1.1, ... 10.0 ms, strong kicks from outside.
W5 = SimpleNamespace(
    n=100_000, tau=20.0, threshold=20.0, reset=0.0, refractory=2.0, duration=1000.0, fan=100,
    excitation=0.5, inhibition=-2.0, kick=15.0, kick_hz=5.0,
)  # fmt: skip
#: One neuron and a list of inputs; n counts the inputs, about one a millisecond, with 64 weights.
W6 = SimpleNamespace(n=1_000_000, tau=10.0, threshold=1.0, reset=0.0, refractory=2.0, levels=64, low=0.02, high=0.18)
#: Song, Miller and Abbott (2000) with delta synapses: weights that compete. n counts the inputs.
W7 = SimpleNamespace(
    n=1000, hz=15.0, tau=20.0, threshold=20.0, reset=0.0, refractory=2.0, duration=100_000.0,
    w_max=0.15, tau_stdp=20.0, up=0.01, down=0.0105,
)  # fmt: skip
#: The f-I neurons of W2 with white noise, by Euler and Maruyama.
W8 = SimpleNamespace(n=10_000, tau=10.0, threshold=1.0, highest=3.0, refractory=5.0, sigma=0.2, dt=0.1, duration=1000.0)


def duration_of(workload: str, n: int) -> float:
    """Return how long a workload of this size is simulated [ms], unless asked otherwise."""
    if workload == "W6":
        return n + 1.0
    if workload == "W3" and n > 2500:
        # the rate is stationary from the first moments on; precise simulators need minutes for more
        return 250.0
    return globals()[workload[:2]].duration


# --- networks: who is connected to whom ----------------------------------------------------------------------------


def brunel_pairs(n: int, seed: int) -> tuple[np.ndarray, int, int]:
    """Return the sources of each neuron (shape n x in-degree), how many are excitatory, of the neurons and in a row.

    Every neuron draws a tenth of the excitatory and a tenth of the inhibitory neurons, with replacement.
    """
    excitatory = n * 4 // 5
    rows = (int(W3.connected * excitatory), int(W3.connected * (n - excitatory)))
    rng = np.random.default_rng(seed)
    sources = np.empty((n, sum(rows)), np.int32)
    sources[:, : rows[0]] = rng.integers(0, excitatory, (n, rows[0]), dtype=np.int32)
    sources[:, rows[0] :] = rng.integers(excitatory, n, (n, rows[1]), dtype=np.int32)
    return sources, excitatory, rows[0]


def cuba_pairs(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return sources and targets of W4: each ordered pair, with itself too, with one probability."""
    rng = np.random.default_rng(seed)
    sources, targets = np.nonzero(rng.random((n, n)) < W4.fan / n)
    return sources.astype(np.int32), targets.astype(np.int32)


def cuba_start(n: int, seed: int) -> np.ndarray:
    """Return the initial voltages of W4 [mV]."""
    return W4.reset + np.random.default_rng(seed).random(n) * (W4.threshold - W4.reset)


def sparse_pairs(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return targets of each neuron of W5 and the delays to them in tenths of a millisecond, both n x 100."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, n, (n, W5.fan), dtype=np.int32)
    return targets, rng.integers(10, 101, (n, W5.fan), dtype=np.uint8)


def sparse_kicks(n: int, duration: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the kicks of W5 as a list: neurons and times [ms], by time."""
    rng = np.random.default_rng(seed + 1000)
    m = rng.poisson(n * W5.kick_hz * duration / 1000)
    return rng.integers(0, n, m), np.sort(rng.random(m) * duration)


def sparse_trains(n: int, duration: float, seed: int) -> list[np.ndarray]:
    """Return the same kicks neuron by neuron [ms]."""
    who, times = sparse_kicks(n, duration, seed)
    return np.split(times[np.argsort(who, kind="stable")], np.cumsum(np.bincount(who, minlength=n))[:-1])


def listed_levels(n: int) -> np.ndarray:
    """Return which of the 64 weights each input of W6 has; no two in a row have the same."""
    return np.floor(W6.levels * ((np.arange(n) * 1.4142135623730951) % 1.0)).astype(np.int64)


def listed_weights() -> np.ndarray:
    """Return the 64 weights of W6."""
    return W6.low + (W6.high - W6.low) * np.arange(W6.levels) / (W6.levels - 1)


def listed_times(n: int) -> np.ndarray:
    """Return the times of the inputs of W6 [ms]; number k lies between k and k + 1."""
    k = np.arange(n, dtype=np.float64)
    return k + (k * 0.6180339887498949) % 1.0


# --- exact answers -------------------------------------------------------------------------------------------------


def first_neuron_spikes(workload: str) -> np.ndarray:
    """Return the spike times of W1a or W1b [ms]."""
    if workload == "W1a":
        return W1.tau_a * math.log(5.0) * np.arange(1, 4)
    return W1.tau_b * math.log(5.0) + W1.refractory_b * np.arange(3)


def drives(n: int) -> np.ndarray:
    """Return the drives of W2 and W8."""
    return np.linspace(0.0, W2.highest, n)


def first_spikes(n: int) -> np.ndarray:
    """Return when each neuron of W2 fires first [ms]; `inf` for never. Later spikes follow every first + refractory."""
    first, drive = np.full(n, np.inf), drives(n)
    fires = drive > W2.threshold
    first[fires] = -W2.tau * np.log1p(-W2.threshold / drive[fires])
    return first


def count_fi_spikes(n: int, duration: float) -> int:
    """Return the number of spikes of W2: 5 261 247 for 100 000 neurons in a second."""
    first = first_spikes(n)
    first = first[first < duration]
    return int((np.floor((duration - first) / (first + W2.refractory)) + 1).sum())


def fi_errors(who: np.ndarray, times: np.ndarray, n: int) -> np.ndarray:
    """Return how far the spikes of W2 are from the closed form [us], matched by neuron and rank."""
    order = np.lexsort((times, who))
    who, times = np.asarray(who)[order], np.asarray(times)[order]
    rank = np.arange(len(who)) - np.searchsorted(who, who)
    first = first_spikes(n)[who]
    error = 1000 * np.abs(times - (first + rank * (first + W2.refractory)))
    return error[np.isfinite(error)]


def listed_spikes(n: int) -> np.ndarray:
    """Return the spike times of W6 [ms], input by input: 36 466 for a million; none is within 7e-7 of a tie."""
    v, last, spikes = 0.0, 0.0, []
    weights = listed_weights()[listed_levels(n)]
    for t, w in zip(listed_times(n).tolist(), weights.tolist(), strict=True):
        if t < last:
            # refractory: the input is lost
            continue
        v = v * math.exp((last - t) / W6.tau) + w
        last = t
        if v > W6.threshold:
            spikes.append(t)
            v, last = W6.reset, t + W6.refractory
    return np.array(spikes)
