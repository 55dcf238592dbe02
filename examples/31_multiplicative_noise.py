"""Noise that is multiplied by a variable: what Stratonovich and Ito make of it, and how good a step is.

Shows: `xi` times a variable, integrated by Heun's method in the sense of Stratonovich, as in Brian; how to write Ito's
sense; and that noise is determined by the seed, the group's name and the step, so that other equations meet the same.

Expect: dx/dt = mu*x + s*x*xi means x = exp(mu*t + s*W) to Stratonovich and x = exp((mu - s**2/2)*t + s*W) to Ito, with
the same W, the integral of xi. Each path follows its own formula, with an error that is halved with the step. So over
many neurons the logarithm of x is Gaussian, with means that are 0.8 apart here. Milstein's method does the same as
Heun's, to rounding, where the noise is multiplied by x itself.

From: this project. Solutions: Kloeden & Platen 1992, "Numerical solution of stochastic differential equations", section
4.4. Such noise in the brain: the sizes of synapses, Loewenstein, Kuras & Rumpel 2011, "Multiplicative dynamics underlie
the emergence of the log-normal distribution of spine sizes in the neocortex in vivo".
"""

import sys
import warnings

from eventsnn import *

warnings.simplefilter("ignore", ExactnessNote)  # noise runs on a clock: that is what this example is about
N, duration = 1000, 100 * ms
mu, s = 5 * Hz, 4 * Hz**0.5
senses = {
    "Stratonovich": ("dx/dt = mu*x + s*x*xi : 1", mu),
    "Ito": ("dx/dt = mu*x - s**2/2*x + s*x*xi : 1", mu - s**2 / 2),
}


def simulate(eqs, method, step):
    """Return all values at the end, and the recorded ones of neuron 0; the noise is that of the seed."""
    start_scope()
    seed(1966)
    G = NeuronGroup(N, eqs, method=method, dt=step)
    name = G.equations.state_names[0]
    M = StateMonitor(G, name, record=0)
    if name == "x":
        G.x = 1
    run(duration)
    return getattr(G, name)[:], M


steps, errors, ends, paths = [2, 1, 0.5, 0.25], {}, {}, {}
for step in steps:
    W, paths["W"] = simulate("dW/dt = xi : second**0.5", "euler", step * ms)
    for sense, (eqs, growth) in senses.items():
        x, paths[sense] = simulate(eqs, "heun", step * ms)
        errors[sense, step] = sqrt(mean((log(x) - growth * duration - s * W) ** 2))
        ends[sense] = log(x)
    other, _ = simulate(senses["Stratonovich"][0], "milstein", step * ms)
    errors["milstein", step] = sqrt(mean((log(other) - mu * duration - s * W) ** 2))

print("root of the mean square error of log(x) after 100 ms, along each path")
print("step (ms)    Stratonovich, heun    Stratonovich, milstein    Ito, heun")
for step in steps:
    print(f"{step:<9g}{errors['Stratonovich', step]:22.5f}{errors['milstein', step]:26.5f}{errors['Ito', step]:13.5f}")
for sense, (_, growth) in senses.items():
    expected, error = growth * duration, s * sqrt(duration / N)
    print(f"mean of log(x), {sense}: {mean(ends[sense]):.3f}, expected {expected:.2f} +- {error:.2f}")

colors = {"Stratonovich": "C0", "Ito": "C1"}
fig, (left, middle, right) = subplots(1, 3, figsize=(12, 3.6), layout="constrained")
times = paths["W"].t
for sense, (_, growth) in senses.items():
    left.plot(paths[sense].t / ms, paths[sense].x[0], colors[sense], label=sense)
    left.plot(times / ms, exp(growth * times + s * paths["W"].W[0]), "k:", linewidth=1)
    middle.hist(ends[sense], linspace(-5, 5, 26), color=colors[sense], alpha=0.35, density=True)
    at, variance = linspace(-5, 5, 201), s**2 * duration
    middle.plot(at, exp(-((at - growth * duration) ** 2) / (2 * variance)) / sqrt(2 * pi * variance), colors[sense])
    right.loglog(steps, [errors[sense, step] for step in steps], "o-", color=colors[sense], label=sense)
left.plot([], [], "k:", linewidth=1, label="formula, with the same noise")
left.set(xlim=(0, 100), ylim=(0, 6), xlabel="Time (ms)", ylabel="x of neuron 0")
middle.set(xlabel="log(x) after 100 ms", ylabel="Probability density")
right.loglog(steps, [0.02 * step for step in steps], "k:", linewidth=1, label="proportional to the step")
right.set_xticks(steps, [f"{step:g}" for step in steps])
right.set_yticks([0.003, 0.01, 0.03], ["0.003", "0.01", "0.03"])
right.minorticks_off()
right.set(xlabel="Step (ms)", ylabel="Error of log(x)")
for ax in (left, right):
    ax.legend(frameon=False)
for ax in (left, middle, right):
    ax.spines[["top", "right"]].set_visible(False)

if "--show" in sys.argv:
    show()
else:
    savefig("31_multiplicative_noise.png")
