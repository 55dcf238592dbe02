"""A Hodgkin-Huxley neuron, which has no exact solution.

Shows: what happens where there is no exact solution. The script names a numerical method, so the group runs on a clock,
and a note says that it is not exact. Spikes are interpolated inside a step: with rk4 their times converge to the true
ones with the fourth power of the step.

Expect: the number of digits that agree grows by 1.2 (log10 of 2**4) whenever the step is halved; for forward Euler by
0.3.

From: this project. Model: Wang & Buzsaki 1996, "Gamma oscillation by synaptic inhibition in a hippocampal interneuronal
network model", with m as a variable. True spike times: scipy's DOP853 with a tolerance of 1e-12.
"""

import sys
import warnings

from eventsnn import *
from eventsnn import plotting

warnings.simplefilter("ignore", ExactnessNote)  # that it is not exact is what this example is about
start_scope()
g_L, E_L, g_Na, E_Na, g_K, E_K, C = 10 * nS, -65 * mV, 3500 * nS, 55 * mV, 900 * nS, -90 * mV, 100 * pF
eqs = """
dv/dt = (I - g_L*(v - E_L) - g_Na*m**3*h*(v - E_Na) - g_K*n**4*(v - E_K))/C : volt
dm/dt = 5*(1/exprel(-(v + 35*mV)/(10*mV))*(1 - m) - 4*exp(-(v + 60*mV)/(18*mV))*m)/ms : 1
dh/dt = 5*(0.07*exp(-(v + 58*mV)/(20*mV))*(1 - h) - 1/(exp(-0.1/mV*(v + 28*mV)) + 1)*h)/ms : 1
dn/dt = 5*(0.1/exprel(-(v + 34*mV)/(10*mV))*(1 - n) - 0.125*exp(-(v + 44*mV)/(80*mV))*n)/ms : 1
I : amp
"""
truth = array([6.7152942039, 15.6316666279, 24.4425425143])


def simulate(method, step):
    start_scope()
    G = NeuronGroup(1, eqs, threshold="v > -20*mV", refractory="v > -20*mV", method=method, dt=step)
    G.v, G.h, G.n, G.I = -64 * mV, 0.78, 0.09, 200 * pA
    M, S = StateMonitor(G, "v", record=0), SpikeMonitor(G)
    run(30 * ms)
    return M, S


steps = array([0.04, 0.02, 0.01, 0.005])
errors = {}
print("step (ms)   largest error of a spike time (ms)")
print(f"{'':12s}{'euler':>12s}{'exp. Euler':>12s}{'rk2':>12s}{'rk4':>12s}")
for method in ("euler", "exponential_euler", "rk2", "rk4"):
    errors[method] = [abs(simulate(method, step * ms)[1].t / ms - truth).max() for step in steps]
for row, step in enumerate(steps):
    print(f"{step:<12g}" + "".join(f"{errors[method][row]:12.1e}" for method in errors))

fig, (left, right) = subplots(1, 2, figsize=(10, 3.6), layout="constrained", width_ratios=[3, 2])
M, S = simulate("rk4", 0.02 * ms)
plotting.trace(M, "v", neurons=0, ax=left)
left.plot(S.t / ms, full(len(S.t), -20), "C3.")
for method, marker in zip(errors, "osd^", strict=True):
    right.loglog(steps, errors[method], f"{marker}-", label=method, ms=4)
right.set_xticks(steps, [f"{step:g}" for step in steps])
right.minorticks_off()
right.spines[["top", "right"]].set_visible(False)
right.set(xlabel="Step (ms)", ylabel="Error of spike times (ms)")
right.legend(frameon=False, fontsize="small")

if "--show" in sys.argv:
    show()
else:
    savefig("26_hodgkin_huxley.png")
