"""One spike silences all others, however close behind it they were.

Shows: a race. Ten neurons that inhibit each other without delay rise towards the threshold; each is a gap behind the
one before it, in the time at which it would cross. An event happens at its own time, so what comes first comes first.

Expect: in every race with a gap the first neuron fires at T, 2 T, 3 T, ..., where T = tau*log(I/(I - 1)) with its
drive I, and nobody else fires at all: each of its spikes puts the others back to 0. With no gap all ten cross at the
very same time and fire together; that is no race. A clock of 0.1 ms, beside it in a few lines of NumPy, cannot tell
neurons apart that cross in the same step, and has several winners.

From: this project; winner-take-all by the first spike after Thorpe 1990, "Spike arrival times: a highly efficient
coding scheme for neural networks".
"""

import sys

from eventsnn import *

start_scope()
gaps = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-9, 1e-12, 0] * ms
runners = 10
T, tau, duration = 10.03 * ms, 10 * ms, 200 * ms

G = NeuronGroup(
    runners * len(gaps),
    """dv/dt = (I - v)/tau : 1
    I : 1
    race : integer""",
    threshold="v > 1",
    reset="v = 0",
)
G.race = "i // runners"
when = T + repeat(gaps, runners) * tile(arange(runners), len(gaps))
G.I = 1 / (1 - exp(-when / tau))
S = Synapses(G, G, on_pre="v_post = 0")
S.connect("race_pre == race_post and i != j")
M = StateMonitor(G, "v", record=range(70, 74))  # the gap of 1e-12 ms
spikes = SpikeMonitor(G)
run(duration)
counts = spikes.count.reshape(-1, runners)


def winners_on_a_clock(I, dt=0.1 * ms):
    """Return who fires in a race that is looked at once in every step."""
    v, won = zeros(len(I)), zeros(len(I), bool)
    for _ in range(round(duration / dt)):
        v = I + (v - I) * exp(-dt / tau)
        fired = v > 1
        if any(fired):
            won |= fired
            v[:] = 0
    return won


clocked = [sum(winners_on_a_clock(I)) for I in asarray(G.I).reshape(-1, runners)]
print("gap (ms)    spikes of the first    analytic    of the others    winners    winners on a clock")
for gap, count, ticks in zip(gaps, counts, clocked, strict=True):
    print(f"{gap / ms:8g}    {count[0]:19d}    {int(duration / T):8d}    {sum(count[1:]):13d}", end="")
    print(f"    {sum(count > 0):7d}    {ticks:18d}")

# times in steps of 1e-14 ms, a few units in the last place of T
first = spikes.spike_trains()[70][0]
t = first + arange(-400, 401) * 1e-14 * ms
v = M.at(t, "v")
fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for k in range(4):
    left.plot((t - first) / ms * 1e12, (v[k] - 1) * 1e12, f"C{k}", label=f"neuron {k}")
left.axhline(0, color="0.5", linestyle=":", linewidth=1.2)
left.set(
    xlim=(-4, 2), ylim=(-0.41, 0.03), xlabel="Time since the first spike (1e-12 ms)", ylabel="v - threshold (1e-12)"
)
left.legend(frameon=False, title="Gap of 1e-12 ms")
exponents = arange(len(gaps))
right.plot(exponents, clocked, "C7s-", label="clock of 0.1 ms")
right.plot(exponents, sum(counts > 0, axis=1), "C0o-", label="eventsnn")
right.set_xticks(exponents, [f"{gap / ms:g}".replace("e-0", "e-") for gap in gaps])
right.set(ylim=(0, 10.8), xlabel="Gap (ms)", ylabel="Winners among ten")
right.legend(frameon=False, loc="center", bbox_to_anchor=(0.6, 0.6))

if "--show" in sys.argv:
    show()
else:
    savefig("15_winner_take_all.png")
