"""Exact neurons and noisy ones in one network: excitation and inhibition in turn.

Shows: an excitatory population that is solved exactly and an inhibitory one with noise, which runs on a clock, coupled
both ways by synapses whose delays are any real numbers; the raster and the rates of both.

Expect: the excitatory neurons are driven above their threshold, each by a drive of its own. When they fire they excite
the inhibitory ones; these fire within a few milliseconds and silence everybody, until their inhibition has decayed. So
both populations fire in volleys, the inhibitory ones a little later. Only the inhibitory group's own path is
approximated: its spikes act on the exact neurons at their own times, so that an inhibitory current is the sum of
w*exp(-(t - t_spike - d)/tau) over the spikes that have arrived, to rounding. And a run that is cut, wherever it may be,
is the same run to the last bit: a cut divides no step of the noise.

From: this project. The rhythm: Whittington et al. 2000, "Inhibition-based rhythms" (pyramidal-interneuron gamma).
"""

import sys
import warnings

from eventsnn import *
from eventsnn import plotting

warnings.simplefilter("ignore", ExactnessNote)  # noise runs on a clock: that is what this example is about
n_exc, n_inh, duration = 80, 20, 200 * ms
tau, tau_e, tau_i, sigma = 10 * ms, 2 * ms, 8 * ms, 0.15
w_ei, w_ie, p = 0.3, -0.5, 0.4
excitatory = """
dv/dt = (drive + g - v)/tau : 1 (unless refractory)
dg/dt = -g/tau_i : 1
drive : 1
"""
inhibitory = """
dv/dt = (0.3 + g - v)/tau + sigma*xi*sqrt(2/tau) : 1 (unless refractory)
dg/dt = -g/tau_e : 1
"""
firing = dict(threshold="v > 1", reset="v = 0", refractory=2 * ms)


def simulate(*pieces):
    """Return the network after a run in pieces of these lengths."""
    start_scope()
    seed(7)
    exc = NeuronGroup(n_exc, excitatory, name="exc", **firing)
    inh = NeuronGroup(n_inh, inhibitory, name="inh", dt=0.1 * ms, **firing)
    exc.drive = "1.5 + 0.3*rand()"
    exc.v, inh.v = "rand()", 0
    to_inh = Synapses(exc, inh, on_pre="g_post += w_ei", name="to_inh")
    to_exc = Synapses(inh, exc, on_pre="g_post += w_ie", name="to_exc")
    to_inh.connect(p=p)
    to_exc.connect(p=p)
    to_inh.delay, to_exc.delay = "1*ms + 0.5*ms*rand()", "0.5*ms + 0.5*ms*rand()"
    spikes = SpikeMonitor(exc, name="E"), SpikeMonitor(inh, name="I")
    voltages = StateMonitor(exc, "v", record=0, name="vE"), StateMonitor(inh, "v", record=0, name="vI")
    network = Network(exc, inh, to_inh, to_exc, spikes, voltages)
    for piece in pieces:
        network.run(piece)
    return network


network = simulate(duration)
E, I, exc, to_exc = (network[name] for name in ("E", "I", "exc", "to_exc"))
for name, M, n in (("excitatory", E, n_exc), ("inhibitory", I, n_inh)):
    print(f"{name} neurons: {M.num_spikes} spikes, {M.num_spikes / n / duration / Hz:.1f} Hz")
lag = correlate(*(histogram(M.t / ms, arange(0, 200.5, 0.5))[0] for M in (I, E)), "full").argmax() - 399
print(f"inhibitory volleys come {0.5 * lag:.1f} ms after excitatory ones")

spikes = I.spike_trains()
arrived = [duration - d - spikes[i] for i, d in zip(to_exc.i, to_exc.delay, strict=True)]
sums = [w_ie * sum(exp(-since[since > 0 * ms] / tau_i)) for since in arrived]
currents = bincount(to_exc.j, sums, n_exc)
print(f"inhibition of neuron 0 at the end: {exc.g[0]:.9f};", end=" ")
print(f"in all neurons equal to the sum over spikes: {max(abs(exc.g - currents)) < 1e-12}")

cut = simulate(33.3333 * ms, 0.01 * ms, duration - 33.3433 * ms)
same = all(array_equal(getattr(cut[name], x), getattr(network[name], x)) for name in "EI" for x in "it")
print(f"the same run cut in three: {same}")

fig, axes = subplot_mosaic("ac;bd", figsize=(10, 4.6), layout="constrained", width_ratios=(3, 2))
both = {"exc": E, "inh": I}

plotting.raster(both, ax=axes["a"], color=["C3", "C0"])
plotting.rates(both, width=1 * ms, ax=axes["b"], color=["C3", "C0"])
look = dict(threshold=1, peak=1.6, linewidth=1)
plotting.trace(network["vE"], "v", spikes=E, ax=axes["c"], color="C3", **look)
plotting.trace(network["vI"], "v", spikes=I, ax=axes["d"], color="C0", **look)
axes["c"].set(ylabel="v of exc 0: exact", xlabel="")
axes["d"].set(ylabel="v of inh 0: with noise")
axes["a"].set_xlabel("")

if "--show" in sys.argv:
    show()
else:
    savefig("29_mixed_network.png")
