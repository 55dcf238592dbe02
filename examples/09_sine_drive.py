"""A membrane driven by a sine, between exact values and steps of a clock.

Shows: `t` in an equation. The membrane follows the drive with the right amplitude and phase at every instant; stepping
the same equation by forward Euler, 0.1 ms at a time, adds an error of its own.

Expect: v = A*sin(w*t) - B*cos(w*t) + (5 + B)*exp(-t/tau), with w = 2*pi*100 Hz, A = 1/(1 + (w*tau)**2), B = w*tau*A,
to the last digits.

From: "A simple model" in Brian 2's tutorial "Introduction to Brian part 1: Neurons", its program with a sine.
"""

import sys

from eventsnn import *

start_scope()
tau = 10 * ms
eqs = "dv/dt = (sin(2*pi*100*Hz*t) - v)/tau : 1"

G = NeuronGroup(1, eqs)
G.v = 5
M = StateMonitor(G, "v", record=0)
run(60 * ms)

w = 2 * pi * 100 * Hz
A = 1 / (1 + (w * tau) ** 2)
B = w * tau * A
exact = A * sin(w * M.t) - B * cos(w * M.t) + (5 + B) * exp(-M.t / tau)

euler = [5.0]
for t in M.t[:-1]:
    euler.append(euler[-1] + (sin(w * t) - euler[-1]) / tau * (0.1 * ms))

print("  t (ms)        v, simulated         closed form       Euler, 0.1 ms")
for k in (0, 10, 25, 100, 300, 599):
    print(f"{M.t[k] / ms:8.1f}    {M.v[0][k]:16.13f}    {exact[k]:16.13f}    {euler[k]:16.13f}")
error = max(abs(M.v[0] - exact))
print(f"largest difference to the closed form: {'below 1e-14' if error < 1e-14 else error}")
print(f"and of Euler, with steps of 0.1 ms:    {max(abs(euler - exact)):.6f}")

fig, (left, right) = subplots(1, 2, figsize=(10, 3.4), layout="constrained")
for curve, style, label in (
    (M.v[0], "C0-", "eventsnn"),
    (exact, "k-", "closed form"),
    (euler, "C3--", "Euler, 0.1 ms"),
):
    look = {"lw": 5, "alpha": 0.4} if label == "eventsnn" else {"lw": 1}
    left.plot(M.t / ms, curve, style, label=label, **look)
    right.plot(M.t / ms, curve - exact, style, label=label, **look)
left.set(xlim=(0, 60), xlabel="Time (ms)", ylabel="v")
right.set(xlim=(0, 60), xlabel="Time (ms)", ylabel="Difference to the closed form")
left.legend(frameon=False)

if "--show" in sys.argv:
    show()
else:
    savefig("09_sine_drive.png")
