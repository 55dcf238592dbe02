"""A membrane relaxes to rest, and its value is known at any time.

Shows: dv/dt = (1 - v)/tau, solved by v(t) = 1 - exp(-t/tau); `StateMonitor.at` gives this value at times of your
choice, after the run.

Expect: both columns equal to the last digit, and one curve lying on the other.

From: the first program of Brian 2's tutorial "Introduction to Brian part 1: Neurons".
"""

import sys

from eventsnn import *

start_scope()
tau = 10 * ms
eqs = "dv/dt = (1 - v)/tau : 1"

G = NeuronGroup(1, eqs, method="exact")
M = StateMonitor(G, "v", record=0)
run(100 * ms)

print("  t (ms)    v, simulated         v = 1 - exp(-t/tau)")
for t in [0, 1 / 3, 10, 30, 99.9] * ms:
    print(f"{t / ms:8.3f}    {M.at(t, 'v').item():.15f}    {1 - exp(-t / tau):.15f}")
print(f"after the run, v = {G.v[0]:.15f}")

figure(figsize=(6.4, 3.2), layout="constrained")
plot(M.t / ms, M.v[0], "C0", lw=4, alpha=0.5, label="eventsnn")
plot(M.t / ms, 1 - exp(-M.t / tau), "C1--", label="analytic")
xlim(0, 100)
xlabel("Time (ms)")
ylabel("v")
legend(frameon=False)

if "--show" in sys.argv:
    show()
else:
    savefig("01_relaxation.png")
