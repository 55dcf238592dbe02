"""Rules by which neurons are connected, drawn.

Shows: `Synapses.connect` with a probability, a condition, a generator and a probability that depends on the distance;
multiple synapses; a weight that depends on the distance; `plotting.connectivity`.

Expect: the numbers of synapses that the rules say. Random ones are binomial, N*(N - 1)*p in the mean with a variance of
N*(N - 1)*p*(1 - p), or sums of such terms where the probability p depends on the pair.

From: "More complex synapse models: connectivity" in Brian 2's tutorial "Introduction to Brian part 2: Synapses".
"""

import sys

from eventsnn import *
from eventsnn import plotting

start_scope()
seed(2)
N, width = 30, 3
G = NeuronGroup(N, "x : metre", name="cells")
G.x = "i*10*umetre"
k = arange(N)
p = exp(-((k[:, newaxis] - k) ** 2) / (2 * width**2))

chance = Synapses(G, G)
chance.connect("i != j", p=0.1)
ring = Synapses(G, G)
ring.connect(j="(i + 1) % N_post")
near = Synapses(G, G)
near.connect(j="k for k in range(i - 2, i + 3) if i != k", skip_if_invalid=True)
pairs = Synapses(G, G)
pairs.connect("i//5 == j//5", n="1 + int(i % 5 == j % 5)")
bell = Synapses(G, G)
bell.connect("i != j", p="exp(-(x_pre - x_post)**2/(2*(width*10*umetre)**2))")
weighted = Synapses(G, G, "w : 1")
weighted.connect("i != j")
weighted.w = "exp(-(x_pre - x_post)**2/(2*(width*10*umetre)**2))"
run(0 * ms)

off = ~eye(N, dtype=bool)
rules = [
    ("chance, p = 0.1", chance, N * (N - 1) * 0.1, sqrt(N * (N - 1) * 0.09)),
    ("each to the next", ring, N, 0),
    ("up to 2 away", near, 4 * N - 2 * (1 + 2), 0),
    ("in fives, self twice", pairs, N * 6, 0),
    ("nearer, likelier", bell, sum(p[off]), sqrt(sum((p * (1 - p))[off]))),
    ("nearer, stronger", weighted, N * (N - 1), 0),
]
for name, S, expected, spread in rules:
    print(f"{name:22s}{len(S):5d} synapses, expected {expected:6.1f} +- {spread:4.1f}")
print(
    f"weights equal exp(-(i - j)**2/(2*{width}**2)): {allclose(weighted.w[:], p[weighted.i[:], weighted.j[:]], 1e-14)}"
)

fig, axes = subplots(2, 4, figsize=(13, 6), layout="constrained", width_ratios=(2, 3, 3, 3))
plotting.connectivity(chance, "lines", ax=axes[0, 0])
plotting.connectivity(near, "lines", ax=axes[1, 0], color="C2")
ways = ["dots", "dots", "dots", "matrix", "dots", "dots"]
for (name, S, _, _), way, ax, color in zip(
    rules, ways, axes[:, 1:].flat, ["C0", "C1", "C2", "C3", "C4", "k"], strict=True
):
    plotting.connectivity(S, way, ax=ax, weight="w" if S is weighted else None, color=color)
    ax.set(title=name, xlabel="Source", ylabel="Target")

if "--show" in sys.argv:
    show()
else:
    savefig("20_connectivity.png")
