"""Networks drawn by hypothesis for the comparison of engines, how they are built and run, and all that comes out.

Structure is drawn by hypothesis, so that what fails is reduced; long lists of numbers come from a seed that it draws.
Most numbers lie on coarse grids: ties are frequent, and sums of few numbers are exact.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import eventsnn
from eventsnn import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SimulationError,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
)
from eventsnn.engine.choice import ObstacleError
from eventsnn.errors import ExactnessNote

# --- plans -----------------------------------------------------------------------------------------------------------

#: How v moves, other variables with what their synapses add to, and (low, high) of the drive, as for thresholds near 1.
MOTIONS: dict[str, tuple[str, str, tuple[float, float]]] = {
    "leaky": ("(I - v)/tau", "", (0.5, 1.6)),
    "leaky to zero": ("-v/tau", "", (0.0, 0.0)),
    "driven while active": ("(I*int(not_refractory) - v)/tau", "", (0.5, 1.6)),
    "integrator": ("I/tau", "", (-0.2, 1.0)),
    "growing": ("(v - I)/tau", "", (-0.1, 0.6)),
    "quadratic": ("(v**2 + I)/tau", "", (-0.5, 0.5)),
    "growing to infinity": ("v**2/tau", "", (0.0, 0.0)),
}

#: Those of several variables.
SYSTEMS: dict[str, tuple[str, str, tuple[float, float]]] = {
    "under a current": ("(I + g - v)/tau", "dg/dt = -g/(4*ms) : 1", (0.5, 1.6)),
    "under two currents": ("(I + g + h - v)/tau", "dg/dt = -g/(5*ms) : 1\ndh/dt = -h/(10*ms) : 1", (0.5, 1.3)),
    "under an alpha current": ("(I + g - v)/tau", "dg/dt = (h - g)/(4*ms) : 1\ndh/dt = -h/(4*ms) : 1", (0.5, 1.6)),
    "adapting": ("(I - v - g)/tau", "dg/dt = -g/(30*ms) : 1", (0.9, 2.0)),
    "beside another": ("(I - v)/tau", "dg/dt = (0.5 - g)/(3*ms) : 1", (0.5, 1.6)),
    "bound to another": ("(I - v - g)/tau", "dg/dt = (0.25*v - g)/(30*ms) : 1", (0.9, 2.0)),
}

RESETS = (None, "v = v_r", "v = 0", "v -= theta", "v += -0.75", "v = 0.25; v -= 0.5*theta", "v -= theta; v += 0.125")

REFRACTORY: dict[str, Any] = {
    "none": False,
    "zero": 0 * ms,
    "short": 0.25 * ms,
    "long": 2.5 * ms,
    "odd": 1.37 * ms,
    "own": "ref",
}


@dataclass(frozen=True)
class GroupPlan:
    """A group of neurons; `sign` -1 turns all upside down."""

    n: int = 3
    motion: str = "leaky"
    is_frozen: bool = False
    comparison: str | None = ">"
    level: str = "1"
    reset: str | None = "v = 0"
    refractory: str = "none"
    sign: int = 1
    is_alike: bool = False
    adds: str = ""
    seed: int = 0

    def build(self, number: int) -> NeuronGroup:
        formula, others, (low, high) = (MOTIONS | SYSTEMS)[self.motion]
        rng, s = np.random.default_rng([self.seed, 1]), self.sign
        if s < 0:
            # mirrored: u = -v
            formula, others = formula.replace("v**2", "-v**2"), others.replace("(0.5", "(-0.5")
        threshold = None
        if self.comparison is not None:
            comparison = self.comparison if s > 0 else self.comparison.replace(">", "<")
            threshold = f"v {comparison} {self.level if self.level == 'theta' else s}"
        reset = None if self.comparison is None else self.reset
        if reset is not None and s < 0:
            reset = reset.replace("+= -", "+= +").replace("= 0.25", "= -0.25").replace("+= 0.125", "-= 0.125")
        if reset is not None and others and self.adds:
            reset += f"; g {self.adds}"
        refractory = False if self.comparison is None else REFRACTORY[self.refractory]
        if self.reset is None and self.comparison is not None:
            # who never comes back needs a period
            refractory = refractory or 1 * ms
        group = NeuronGroup(
            self.n,
            f"dv/dt = {formula} : 1{' (unless refractory)' * self.is_frozen}\n{others}\n"
            "I : 1\ntau : second\ntheta : 1\nv_r : 1\nref : second",
            threshold=threshold,
            reset=reset,
            refractory=refractory,
            namespace={},
            name=f"group{number}",
        )
        size = 1 if self.is_alike else self.n

        def on_grid(low: float, high: float, parts: int) -> np.ndarray:
            return np.broadcast_to(rng.integers(round(low * parts), round(high * parts) + 1, size) / parts, self.n)

        group.I = s * on_grid(low, high, 16)
        group.tau = rng.choice([1.0, 4.0, 10.0, 20.0], size if rng.random() < 0.5 else 1) * ms
        group.theta = s * on_grid(0.75, 1.25, 8)
        group.ref = rng.choice([0.0, 0.5, 2.0], self.n) * ms
        group.v_r = s * on_grid(-0.5, 0.5, 4)
        group.v = s * on_grid(-0.5, 1.25, 16) if rng.random() < 0.5 else s * rng.uniform(0.0, 0.9, self.n)
        return group


#: Delays [ms]: of all, or to choose from for each synapse.
DELAYS: dict[str, Sequence[float]] = {
    "one": (1.5,),
    "short": (0.25,),
    "odd": (0.7,),
    "tiny": (0.01,),
    "grid": (0.5, 1.0, 1.5),
    "equal": (1.0, 1.0, 1.0),
    "odd ones": (0.3, 0.7, 1.9),
    "multiples": (0.1, 0.2, 0.3, 0.5),
    "far apart": (0.5, 30.0),
    "further apart": (0.25, 1.0, 200.0),
    "huge": (5000.0,),
    "endless": (0.5, 1e10),
    "hardly any": (1e-14,),
    "none": (0.0,),
    "some without": (0.0, 0.0, 0.5, 1.0),
}

#: What synapses do that do more than add: their variables besides w, and their texts.
PLASTIC: dict[str, tuple[str, str, str | None]] = {
    "pairs": (
        "dx/dt = -x/(10*ms) : 1 (event-driven)\ndy/dt = -y/(15*ms) : 1 (event-driven)",
        "v_post += w; x += 0.125; w = clip(w - y, -0.3, 0.5)",
        "y += 0.0625; w = clip(w + 0.3*x, -0.3, 0.5)",
    ),
    "nearest": (
        "dx/dt = -x/(10*ms) : 1 (event-driven)\ndy/dt = -y/(15*ms) : 1 (event-driven)",
        "v_post += w; x = 1; w -= 0.01*y",
        "y = 1; w += 0.01*x",
    ),
    "depressing": (
        "du/dt = -u/(50*ms) : 1 (event-driven)\ndx/dt = (1 - x)/(20*ms) : 1 (event-driven)",
        "u += 0.25*(1 - u); v_post += w*u*x; x -= u*x",
        None,
    ),
    "counting": ("a : 1", "v_post += w; a += 1", "a -= 0.25; w += 0.001*a"),
    "last": ("a : 1", "v_post += w*exp(-(t - lastspike_post)/(20*ms)); a = t/ms", None),
    "reading": ("a : 1", "a = v_post; v_post += w*int(a < 0.5)", None),
    "only behind": ("a : 1", "a += 1", "v_post -= 0.1*a; a = 0"),
    "assigning": ("a : 1", "v_post = 0.5*v_post", None),
    "random": ("a : 1", "v_post += w*rand()", None),
}

#: Weights: common to all synapses, or one for each.
WEIGHTS = ("common", "zero", "own", "own on a grid", "large", "enormous")


@dataclass(frozen=True)
class WirePlan:
    """Synapses; `pre` numbers what sends (groups with a threshold, then stimuli), `post` the groups."""

    pre: int = 0
    post: int = 0
    is_part: tuple[bool, bool] = (False, False)
    pairs: str = "some"
    is_shuffled: bool = False
    delays: str = "one"
    has_own_delays: bool = False
    weights: str = "common"
    is_added: bool = True
    sign: int = 1
    is_active: bool = True
    is_prompt: bool = False
    variable: int = 0
    plasticity: str = ""
    later: float = 0.0
    seed: int = 0

    def build(self, number: int, senders: Sequence[Any], groups: Sequence[NeuronGroup], signs: Sequence[int]) -> Any:
        rng, pre, post = np.random.default_rng([self.seed, 2]), senders[self.pre % len(senders)], groups[self.post]
        if self.is_part[0] and len(pre) > 1:
            pre = pre[len(pre) // 3 : max(len(pre) - 1, len(pre) // 3 + 1)]
        if self.is_part[1] and len(post) > 1:
            post = post[1:]
        has_own = self.weights.startswith("own")
        # with nearly no delay, or by currents that add up, they would fire more and more
        large = 0.5 if self.delays in ("tiny", "hardly any") or len(groups[self.post]._store.states) > 1 else 3.5
        enormous = 1e150 if "v**2" in str(groups[self.post].equations) else 1.5e308
        weight = {"common": 0.3, "zero": 0.0, "large": large, "double": 2.5, "enormous": enormous}.get(
            self.weights, 0.0
        )
        sign = self.sign * signs[self.post]
        names = self._variables_of(groups[self.post])
        text = "w" if has_own else repr(sign * weight)
        model, on_pre = "w : 1" * has_own, f"{names[self.variable % len(names)]}_post {'+-'[not self.is_added]}= {text}"
        on_post = None
        if self.plasticity:
            has_own = True
            more, on_pre, on_post = PLASTIC[self.plasticity]
            model = f"w : 1\n{more}"
            if groups[self.post].threshold is None:
                on_post = None
        synapses = Synapses(pre, post, model, on_pre=on_pre, on_post=on_post, namespace={}, name=f"wire{number}")
        a, b = len(pre), len(post)
        if self.pairs == "one to one":
            i = j = np.arange(min(a, b))
        elif self.pairs == "all" and a * b <= 1000:
            i, j = np.repeat(np.arange(a), b), np.tile(np.arange(b), a)
        else:
            # with multapses and, within a group, autapses
            m = {"few": 2, "some": a + b}.get(self.pairs, min(3 * a * b, 500))
            i, j = rng.integers(0, a, m), rng.integers(0, b, m)
            if not self.is_shuffled:
                i = np.sort(i)
        synapses.connect(i=i, j=j)
        m = len(synapses)
        if self.weights == "own":
            synapses.w = sign * rng.normal(0.2, 0.4, m)
        elif self.weights == "own on a grid":
            synapses.w = sign * rng.choice([-0.25, 0.0, 0.125, 0.25, 0.5], m)
        # what stimuli send acts at once where it is told to
        choices = (
            (0.0,)
            if self.is_prompt and not isinstance(senders[self.pre % len(senders)], NeuronGroup)
            else DELAYS[self.delays]
        )
        synapses.delay = (rng.choice(choices, m) if self.has_own_delays else choices[0]) * ms
        synapses.pre.active = self.is_active
        if on_post:
            synapses.post.delay = self.later * ms
        return synapses

    @staticmethod
    def _variables_of(group: NeuronGroup) -> Sequence[str]:
        return group._store.states


@dataclass(frozen=True)
class SourcePlan:
    """A stimulus."""

    kind: str = "given"
    n: int = 3
    target: int = 0
    is_part: bool = False
    weight: float = 0.4
    has_period: bool = False
    is_active: bool = True
    seed: int = 0

    def build(self, number: int, groups: Sequence[NeuronGroup], signs: Sequence[int]) -> Any:
        rng, name = np.random.default_rng([self.seed, 3]), f"source{number}"
        if self.kind == "input":
            target = groups[self.target]
            part = target[1:] if self.is_part and len(target) > 1 else target
            source: Any = PoissonInput(part, "v", 40, 10 * Hz, signs[self.target] * self.weight, name=name)
        elif self.kind == "given":
            m = 6 * self.n
            times = rng.integers(0, 4 * 12, m) / 4 if rng.random() < 0.7 else rng.uniform(0.0, 12.0, m).round(4)
            source = SpikeGeneratorGroup(
                self.n, rng.integers(0, self.n, m), times * ms, period=(12.5 if self.has_period else 0) * ms, name=name
            )
        elif self.kind == "one rate":
            source = PoissonGroup(self.n, 250 * Hz, name=name)
        else:
            source = PoissonGroup(self.n, rng.choice([0.0, 20.0, 300.0, 2000.0], self.n) * Hz, name=name)
        source.active = self.is_active
        return source


@dataclass(frozen=True)
class Step:
    """A stretch of a run, and what is done before it."""

    duration: float = 10.0
    engine: str = "compiled"
    before: str = "nothing"


@dataclass(frozen=True)
class Plan:
    """A network and the runs that it goes through."""

    groups: tuple[GroupPlan, ...]
    wires: tuple[WirePlan, ...] = ()
    sources: tuple[SourcePlan, ...] = ()
    monitors: tuple[str, ...] = ("spikes",)
    steps: tuple[Step, ...] = (Step(),)
    is_cut: bool = False
    seed: int = 0


# --- strategies ------------------------------------------------------------------------------------------------------

SEEDS = st.integers(0, 9999)


def one_of(*usual: Any, rarely: Sequence[Any] = ()) -> st.SearchStrategy:
    """Draw from some things, from others of them in about one case of twelve."""
    more = -(-11 * len(rarely) // len(usual)) if rarely else 1
    return st.sampled_from([*usual * more, *rarely])


#: Families with one variable, usual ones more often; and with several, too.
ALONE = one_of("leaky", "integrator", "quadratic", rarely=["leaky to zero", "driven while active", *list(MOTIONS)[4:]])
TOGETHER = st.one_of(st.sampled_from([*SYSTEMS]), ALONE)


@st.composite
def group_plans(draw: st.DrawFn, sizes: st.SearchStrategy[int], motions: st.SearchStrategy[str]) -> GroupPlan:
    return GroupPlan(
        n=draw(sizes),
        motion=draw(motions),
        is_frozen=draw(st.booleans()),
        comparison=draw(one_of(">", ">=", rarely=[None])),
        level=draw(st.sampled_from(["1", "theta"])),
        reset=draw(one_of(*RESETS[1:], rarely=[None])),
        refractory=draw(st.sampled_from([*REFRACTORY])),
        sign=draw(one_of(1, 1, -1)),
        is_alike=draw(st.booleans()),
        adds=draw(one_of("", "+= 0.125", "= 0", rarely=["*= 0.5"])),
        seed=draw(SEEDS),
    )


@st.composite
def wire_plans(draw: st.DrawFn, senders: int, groups: int, delays: Sequence[str], kinds: Sequence[str]) -> WirePlan:
    return WirePlan(
        pre=draw(st.integers(0, senders - 1)),
        post=draw(st.integers(0, groups - 1)),
        is_part=(draw(one_of(False, False, True)), draw(one_of(False, False, True))),
        pairs=draw(one_of("some", "all", "one to one", "many", "few")),
        is_shuffled=draw(st.booleans()),
        delays=draw(st.sampled_from(delays)),
        has_own_delays=draw(st.booleans()),
        weights=draw(one_of(*WEIGHTS[:4], rarely=WEIGHTS[4:])),
        is_added=draw(st.booleans()),
        sign=draw(one_of(1, 1, -1)),
        is_active=draw(one_of(True, rarely=[False])),
        is_prompt=draw(st.booleans()),
        variable=draw(st.integers(0, 2)),
        plasticity=draw(st.sampled_from(kinds)),
        later=draw(one_of(0.0, 0.75)),
        seed=draw(SEEDS),
    )


@st.composite
def source_plans(draw: st.DrawFn, groups: int) -> SourcePlan:
    return SourcePlan(
        kind=draw(st.sampled_from(["given", "input", "one rate", "rates"])),
        n=draw(st.integers(1, 5)),
        target=draw(st.integers(0, groups - 1)),
        is_part=draw(st.booleans()),
        weight=draw(one_of(0.4, -0.2, 0.0, 2.5)),
        has_period=draw(st.booleans()),
        is_active=draw(one_of(True, rarely=[False])),
        seed=draw(SEEDS),
    )


#: What is done between two runs.
BETWEEN = (
    *("nothing",) * 4,
    "move thresholds",
    "move variables",
    "move drives",
    "move weights",
    "move delays",
    "set last spikes",
    "store",
    "restore",
    "restore with numbers",
    "switch pathway",
    "switch source",
    "move rates",
    "new numbers",
    "look",
)

DURATIONS = st.sampled_from([0.0, 0.3, 1.0, 2.75, 7.0, 10.0, 12.3, 20.0])


#: Delays that leave neurons alone for a while.
LASTING = tuple(name for name in DELAYS if name not in ("hardly any", "none", "some without"))

#: And those that do not, often.
IMMEDIATE = (*DELAYS, "none", "some without", "some without")

#: Texts of synapses that do no more than add; and those that do more, most of which the compiled engine takes.
ADDING, CHANGING = ("",), ("", *[*PLASTIC][:-2] * 3, *PLASTIC)


@st.composite
def plans(
    draw: st.DrawFn,
    sizes: st.SearchStrategy[int] = st.integers(1, 6),  # noqa: B008
    motions: st.SearchStrategy[str] = ALONE,
    delays: Sequence[str] = LASTING,
    kinds: Sequence[str] = ADDING,
) -> Plan:
    """Networks of some groups, synapses and stimuli, and the runs that they go through."""
    groups = draw(st.lists(group_plans(sizes, motions), min_size=1, max_size=3))
    sources = draw(st.lists(source_plans(len(groups)), max_size=3))
    # what is no PoissonInput can send through synapses
    senders = len(groups) + sum(source.kind != "input" for source in sources)
    wires = draw(st.lists(wire_plans(senders, len(groups), delays, kinds), min_size=1, max_size=5))
    monitors = draw(st.lists(st.sampled_from(["spikes", "counts", "rates", "states", "part"]), max_size=4, unique=True))
    first = Step(draw(DURATIONS), "compiled")
    engines = one_of("compiled", "compiled", "reference")
    later = st.builds(Step, DURATIONS, engines, st.sampled_from(BETWEEN))
    steps = (first, *draw(st.lists(later, max_size=4)))
    is_cut = draw(one_of(False, rarely=[True]))
    return Plan(tuple(groups), tuple(wires), tuple(sources), tuple(monitors), steps, is_cut, draw(SEEDS))


# --- runs ------------------------------------------------------------------------------------------------------------


class Build:
    """A network as planned."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        eventsnn.start_scope()
        eventsnn.seed(plan.seed)
        signs = [group.sign for group in plan.groups]
        self.groups = [group.build(k) for k, group in enumerate(plan.groups)]
        self.sources = [source.build(k, self.groups, signs) for k, source in enumerate(plan.sources)]
        fire = [group for group in self.groups if group.threshold is not None]
        senders = [*fire, *(s for s in self.sources if not isinstance(s, PoissonInput))]
        wires = enumerate(plan.wires if senders else ())
        self.wires = [wire.build(k, senders, self.groups, signs) for k, wire in wires]
        self.monitors: list[Any] = []
        for kind in plan.monitors:
            if kind == "spikes":
                self.monitors += [SpikeMonitor(sender) for sender in senders]
            elif kind == "part":
                self.monitors += [SpikeMonitor(group[len(group) // 2 :]) for group in fire]
            elif kind == "counts":
                self.monitors += [SpikeMonitor(group, record=False) for group in fire]
            elif kind == "rates":
                self.monitors += [PopulationRateMonitor(group, dt=0.5 * ms) for group in fire[:1]]
            else:
                self.monitors += [StateMonitor(self.groups[-1], "v", record=[0], dt=0.25 * ms)]
                self.monitors += [StateMonitor(self.groups[0], True, record=True, dt=0.4 * ms)]
        if plan.is_cut:
            self.groups[-1].run_regularly("v *= 0.75", dt=3 * ms)
        self.network = Network(*self.groups, *self.sources, *self.wires, *self.monitors)
        self.stored = 0

    def do(self, what: str, number: int) -> None:
        """Do something between two runs."""
        rng = np.random.default_rng([number, 4])
        group, network = self.groups[number % len(self.groups)], self.network
        wire = self.wires[number % len(self.wires)] if self.wires else None
        if what == "move thresholds":
            group.theta = np.asarray(group.theta) * rng.choice([0.5, 1.0, 1.25], len(group))
        elif what == "move variables":
            group.v = np.asarray(group.v) * rng.choice([0.5, 1.0], len(group))
        elif what == "move drives":
            group.I = np.asarray(group.I) + rng.choice([0.0, 0.125], len(group))
        elif what == "move weights" and hasattr(wire, "w"):
            wire.w = np.asarray(wire.w) * 0.5
        elif what == "move delays" and wire is not None:
            wire.delay = 0.75 * ms
        elif what == "set last spikes" and group.threshold is not None:
            group.lastspike = network.t - rng.choice([0.0, 1.0, 30.0], len(group)) * ms
        elif what == "store":
            network.store(str(self.stored))
            self.stored += 1
        elif what.startswith("restore") and self.stored:
            network.restore(str(number % self.stored), restore_random_state="numbers" in what)
        elif what == "switch pathway" and wire is not None:
            wire.pre.active = not wire.pre.active
        elif what == "switch source" and self.sources:
            source = self.sources[number % len(self.sources)]
            source.active = not source.active
        elif what == "move rates":
            for source in self.sources:
                if isinstance(source, PoissonGroup):
                    source.rates = np.asarray(source.rates) * 0.5 * Hz
        elif what == "new numbers":
            eventsnn.seed(number)
        elif what == "look":
            assert all(np.isfinite(np.asarray(group.lastspike)).all() for group in self.groups if group.threshold)

    def state(self, has_failed: bool = False) -> dict[str, Any]:
        """Return all that there is, to the last bit."""
        found: dict[str, Any] = {"now": self.network.now}
        for group in self.groups:
            found[group.name] = bits(group._store.snapshot())
        for source in self.sources:
            snapshot = source._snapshot()
            # what was taken before the present says no more than that
            snapshot["taken"] = max(snapshot["taken"], np.nextafter(self.network.now, -np.inf))
            if has_failed:
                # whether they had been asked what comes next when the run was given up
                snapshot["trains"] = None
            found[source.name] = bits(snapshot)
        for wire in self.wires:
            arrays = {name: array.copy() for name, array in wire._store.arrays.items()}
            found[wire.name] = bits(arrays), on_the_way(wire.pre._in_flight)
        for monitor in self.monitors:
            if isinstance(monitor, StateMonitor):
                tape = monitor._tape.snapshot()
                # solutions are made anew whenever a machine is
                tape = {name: value for name, value in tape.items() if name[:6] not in ("course", "scopes", "scope_")}
                found[monitor.name] = bits(tape), bits(np.asarray(monitor.v)), bits(np.asarray(monitor.t))
            else:
                found[monitor.name] = bits(monitor._record.snapshot())
                if isinstance(monitor, PopulationRateMonitor):
                    found[f"{monitor.name}.rate"] = bits(np.asarray(monitor.rate))
        return found


def bits(thing: Any) -> Any:
    """Return nested data so that ``==`` compares bits: NaN equals itself, and zeros have signs."""
    if isinstance(thing, np.ndarray):
        if thing.dtype == object:
            return [bits(value) for value in thing.tolist()]
        return (
            thing.dtype.str,
            thing.shape,
            [value.hex() for value in thing.ravel().tolist()] if thing.dtype.kind == "f" else thing.tolist(),
        )
    if isinstance(thing, np.generic):
        return bits(thing.item())
    if isinstance(thing, float):
        return thing.hex()
    if isinstance(thing, dict):
        return {name: bits(value) for name, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [bits(value) for value in thing]
    return thing


def on_the_way(flights: Sequence[Any]) -> list[tuple[str, int, int]]:
    """Return which synapses are still to be reached, when and by whose spikes: however these are packed."""
    found = []
    for flight in flights:
        numbers = flight.numbers[flight.place :].tolist()
        instants = [flight.instant] * len(numbers) if flight.instants is None else flight.instants[flight.place :]
        found += [(t, flight.neuron, k) for t, k in zip(instants, numbers, strict=True)]
    return [(t.hex(), neuron, k) for t, neuron, k in sorted(found)]


def outcome(plan: Plan, engine: str | None = None, threads: int = 1) -> list[dict[str, Any]]:
    """Return the state of a network after each of the runs that are planned.

    Parameters
    ----------
    engine : str, optional
        In place of those of the plan.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExactnessNote)
        return _outcome(Build(plan), engine, threads)


def _outcome(build: Build, engine: str | None, threads: int) -> list[dict[str, Any]]:
    states: list[dict[str, Any]] = []
    for number, step in enumerate(build.plan.steps):
        try:
            build.do(step.before, number)
            build.network.run(step.duration * ms, engine=engine or step.engine, threads=threads, namespace={})
        except ObstacleError:
            raise
        except SimulationError as error:
            return [*states, build.state(has_failed=True) | {"error": f"{type(error).__name__}: {error}"}]
        states.append(build.state())
    return states
