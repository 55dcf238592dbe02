"""Where a sound comes from, told by neurons that listen to both ears.

Shows: a delay for each synapse. A click reaches one ear before the other; its spikes run towards a row of neurons, from
the left ear past neuron 0 first, from the right ear past the last one first. Where they meet, a neuron fires: its place
tells the interaural time difference (ITD). The source of the clicks walks once around the head.

Expect: neuron j, whose two delays differ by best(j), fires for exactly those clicks whose ITD differs from best(j) by
less than tau*log(w/(1 - w)), the time for which one input of size w can wait for another. The mean of best(j) over the
neurons that fired is the ITD to half the distance of two such neurons, 3.5 us; a clock of 20 us, as in Brian's script,
rounds the clicks themselves by up to 10 us at each ear.

From: Brian 2's example "Jeffress 1948", after Jeffress 1948, "A place theory of sound localization"; without its noise,
and with clicks in place of a hissing sound.
"""

import sys

from eventsnn import *

start_scope()
max_itd = 20 * cm / (300 * metre / second)
N, tau, w = 201, 100 * us, 0.53

# clicks every 5.037 ms while the source goes round once in a second
clicks = arange(1, 199) * 5.037 * ms
itd = max_itd * sin(2 * pi * clicks / second)
heard = array([clicks - itd / 2, clicks + itd / 2]) * second

ears = SpikeGeneratorGroup(2, repeat([0, 1], len(clicks)), heard.flatten())
neurons = NeuronGroup(N, "dv/dt = -v/tau : 1", threshold="v > 1", reset="v = 0", refractory=1 * ms)
S = Synapses(ears, neurons, on_pre="v_post += w")
S.connect()
S.delay["i == 0"] = "1.05*max_itd*j/(N_post - 1)"
S.delay["i == 1"] = "1.05*max_itd*(1 - j/(N_post - 1))"
M = SpikeMonitor(neurons)
run(1010 * ms)

left, right = S.delay[:].reshape(2, N)
best = left - right
window = tau * log(w / (1 - w))
click = searchsorted(clicks - 1 * ms, M.t) - 1
found = array([mean(best[M.i[click == k]]) for k in range(len(clicks))]) * second
meeting = maximum(heard[0, click] + left[M.i], heard[1, click] + right[M.i])
on_clock = diff(around(heard / (20 * us)) * 20 * us, axis=0)[0]

print("time (ms)    ITD (us)    found (us)    neurons that fired")
for k in (0, 27, 64, 113, 149, 187):
    who = ", ".join(str(j) for j in sort(M.i[click == k]))
    print(f"{clicks[k] / ms:9.3f}    {itd[k] / us:8.3f}    {found[k] / us:10.3f}    {who}")
expected = sum(abs(itd - best[:, newaxis]) < window)
on_time = all(abs(M.t - meeting) < 1e-9 * us)
print(f"{M.num_spikes} spikes, expected {expected}; all at the instant when the second input arrives: {on_time}")
print(
    f"largest error {max(abs(found - itd)) / us:.2f} us, half the distance of neurons {diff(best)[0] / us / 2:.2f} us"
)
print(f"clicks rounded to a clock of 20 us: ITD wrong by up to {max(abs(on_clock - itd)) / us:.2f} us")

fig, (above, below) = subplots(1, 2, figsize=(10, 3.6), layout="constrained")
above.plot(clicks / ms, itd / us, "C1", lw=3, alpha=0.6, label="true ITD")
above.plot(M.t / ms, best[M.i] / us, "k.", markersize=2, label="spike of a neuron with this best ITD")
above.set(xlim=(0, 1000), ylim=(-1000, 1150), xlabel="Time (ms)", ylabel="ITD (us)")
above.legend(frameon=False, ncols=2, loc="upper center", markerscale=3)
below.axhspan(-3.5, 3.5, color="C0", alpha=0.15, label="half the distance of two neurons")
below.plot(clicks / ms, (on_clock - itd) / us, "C7.", markersize=4, label="clicks on a clock of 20 us")
below.plot(clicks / ms, (found - itd) / us, "C0.", markersize=4, label="mean of the neurons that fired")
below.set(xlim=(0, 1000), ylim=(-25, 45), xlabel="Time (ms)", ylabel="Error of the ITD (us)")
below.legend(frameon=False, loc="upper right")

if "--show" in sys.argv:
    show()
else:
    savefig("16_coincidence_detection.png")
