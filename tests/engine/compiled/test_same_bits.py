"""The compiled engine gives the bits of the reference engine, in every network that it takes.

Networks are drawn by hypothesis (`drawn_networks`) and run twice: as planned, and by the reference engine alone. All
that there is afterwards is compared, after each run of the plan. By default the kernels are interpreted, so that their
constants can be changed and the ways that they go be counted; slow tests compare what is compiled.
"""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from drawn_networks import (
    CHANGING,
    IMMEDIATE,
    TOGETHER,
    GroupPlan,
    Plan,
    SourcePlan,
    Step,
    WirePlan,
    outcome,
    plans,
)
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from eventsnn.engine import choice, reference
from eventsnn.engine.compiled import arrivals, calendar, driver, inputs, tables, team, windows
from eventsnn.simulation import running

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Sizes:
    """Constants and rooms of the compiled engine, so small that all their ends are met.

    Those that kernels have compiled into them can be changed where they are interpreted only.
    """

    budget: int = driver.BUDGET
    stretch: int = driver.STRETCH
    room: int = 0
    dense: float = windows.DENSE
    wide: float = windows.WIDE
    crowd: int = tables.CROWD
    block: int = calendar.BLOCK
    batch: int = inputs.BATCH
    buckets: int = driver.BUCKETS
    threads: int = 1

    @contextmanager
    def used(self, is_interpreted: bool) -> Iterator[Counter]:
        """Run with these sizes; yield how often each way is gone."""
        seen: Counter = Counter()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(driver, "BUDGET", self.budget)
            patch.setattr(driver, "STRETCH", self.stretch)
            patch.setattr(driver, "BUCKETS", self.buckets)
            # where something is handed over, the other engine is not to keep the rest
            patch.setattr(running, "ASIDE", 1e-6)
            patch.setattr(reference, "POLL_EVERY", 3)
            if self.room:
                self._make_narrow(patch)
            _count(patch, driver._Run, "_loop", seen, lambda result: f"chunk: {NAMES[result[0]]}")
            _count(patch, driver, "advance", seen, lambda result: f"advance: {result.why}")
            _count(patch, team.ThreadPoolExecutor, "submit", seen, lambda result: "shared")
            if is_interpreted:
                self._interpret(patch, seen)
            yield seen

    def _make_narrow(self, patch: pytest.MonkeyPatch) -> None:
        """Let every room be small at first."""
        n, is_first = self.room, False
        small = {"blocks": n, "items": n, "arrivals": n, "spikes": n, "changes": n, "inputs": n + 16}
        begin = driver._Run.__init__

        def begin_narrow(run: Any, *given: Any) -> None:
            nonlocal is_first
            is_first = True
            begin(run, *given)
            is_first = False

        def narrow(function: Callable) -> Callable:
            signature = inspect.signature(function)

            def make(*given: Any, **named: Any) -> Any:
                call = signature.bind(*given, **named)
                if is_first:
                    call.arguments.update({name: small[name] for name in small.keys() & call.arguments.keys()})
                return function(*call.args, **call.kwargs)

            return make

        patch.setattr(driver._Run, "__init__", begin_narrow)
        for name in ("_make_room", "_make_found", "make_calendar"):
            patch.setattr(driver, name, narrow(getattr(driver, name)))

    def _interpret(self, patch: pytest.MonkeyPatch, seen: Counter) -> None:
        """Interpret all kernels, with these constants."""
        changes = [
            ("kept", driver.kept, _as_it_is),
            ("find_compiler", driver.find_compiler, _find_none),
            ("CROWD", tables.CROWD, self.crowd),
            ("BATCH", inputs.BATCH, self.batch),
            # another module has other blocks
            ("BLOCK", calendar.BLOCK, self.block),
        ]
        for module in [m for key, m in sys.modules.items() if key.startswith("eventsnn.engine.compiled.")]:
            for name, before, after in changes:
                if getattr(module, name, None) == before:
                    patch.setattr(module, name, after)
        patch.setattr(choice, "is_interpreted", lambda: True)
        patch.setattr(windows, "DENSE", self.dense)
        patch.setattr(windows, "WIDE", self.wide)
        _count(
            patch,
            windows,
            "gather_inputs",
            seen,
            lambda result, mode: f"gather: {MODES[mode]}, {NAMES[result[0]]}",
            "mode",
        )
        for name in [name for name in vars(windows) if name.startswith("visit_")]:
            _count(patch, windows, name, seen, lambda status: f"visit: {NAMES[status]}")
        _count(patch, windows, "send", seen, lambda status: f"send: {NAMES[status]}")
        _count(patch, windows, "has_twins", seen, lambda found: f"twins: {found}")
        _count(patch, windows, "take_before", seen, lambda items: f"take: {min(items, 0)}")


MODES = {inputs.NONE: "none", inputs.CHAINED: "chained", inputs.COUNTED: "counted", inputs.SORTED: "sorted"}
NAMES = {getattr(arrivals, name): name for name in vars(arrivals) if name in ("DONE", "HANDOVER") or name[:3] == "NO_"}


def _as_it_is(function: Callable) -> Callable:
    return function


def _find_none() -> None:
    return None


def _count(patch: pytest.MonkeyPatch, place: Any, name: str, seen: Counter, describe: Any, *asked: str) -> None:
    """Count the calls of a function, by what they give and by some of its arguments."""
    function = getattr(place, name)
    numbers = [[*inspect.signature(function).parameters].index(one) for one in asked]

    def counted(*given: Any) -> Any:
        result = function(*given)
        seen[describe(result, *(given[number] for number in numbers))] += 1
        return result

    patch.setattr(place, name, counted)


def compare(plan: Plan, sizes: Sizes, is_interpreted: bool) -> Counter:
    """Require the same bits of both engines; return which ways were gone, or nothing where there is an obstacle."""
    expected = outcome(plan, "reference")
    with sizes.used(is_interpreted) as seen:
        try:
            found = outcome(plan, threads=sizes.threads)
        except choice.ObstacleError as error:
            note(f"obstacle: {error}")
            seen.clear()
            seen["refused"] = seen[str(error).split(": ", 3)[-1]] = 1
            return seen
    assert len(found) == len(expected)
    for number, (mine, theirs) in enumerate(zip(found, expected, strict=True)):
        for name in theirs:
            assert mine.get(name) == theirs[name], f"step {number}: {name}"
        assert mine.keys() == theirs.keys()
    seen["taken"] = 1
    return seen


#: What can be changed where kernels are compiled, and what only where they are interpreted.
OUTER = {
    "budget": st.sampled_from([driver.BUDGET, 1, 7, 50]),
    "stretch": st.sampled_from([driver.STRETCH, 5, 50]),
    "room": st.sampled_from([0, 1, 5]),
    "buckets": st.sampled_from([driver.BUCKETS, 1, 8]),
    "threads": st.sampled_from([1, 1, 2, 3]),
}
INNER = {
    "dense": st.sampled_from([windows.DENSE, 0.0, 1e9]),
    "wide": st.sampled_from([windows.WIDE, 0.0, 1e9]),
    "crowd": st.sampled_from([tables.CROWD, 1, 3]),
    "block": st.sampled_from([calendar.BLOCK, 1, 3]),
    "batch": st.sampled_from([inputs.BATCH, 1, 2]),
}
SIZES = st.builds(Sizes, **OUTER, **INNER)

#: Around the number of neurons that have one wake together.
MANY = st.sampled_from([1, 63, 64, 65, 100, 128, 129])

#: Networks, how many of them are run by default, and how many times as many as are refused have to be taken.
KINDS: dict[str, tuple[st.SearchStrategy[Plan], int, int]] = {
    "alone": (plans(), 50, 9),
    "many": (plans(MANY), 10, 9),
    "systems": (plans(motions=TOGETHER), 40, 1),
    "immediate": (plans(delays=IMMEDIATE), 30, 9),
    "plastic": (plans(delays=IMMEDIATE, kinds=CHANGING), 40, 1),
}

#: Those that go through windows.
WINDOWS = ("alone", "many", "systems")

#: All of these have to be met.
ALL_SIZES = {f"chunk: {name}" for name in ("NO_ENTRIES", "NO_SPIKES", "NO_CHANGES", "HANDOVER")}
WAYS: dict[str, set[str]] = {
    "alone": {
        *ALL_SIZES,
        *(f"chunk: {name}" for name in ("NO_ITEMS", "NO_ARRIVALS", "NO_INPUTS")),
        *(f"gather: {mode}, DONE" for mode in MODES.values()),
        "gather: chained, HANDOVER",
        "visit: HANDOVER",
        "twins: True",
        "take: -1",
        "take: -2",
        "advance: handover",
        "shared",
    },
    "systems": {"visit: DONE", "chunk: HANDOVER"},
    "immediate": {"chunk: HANDOVER"},
}


def firing_thrice(weights: str = "large", delays: str = "short") -> Plan:
    """Return a network in which neurons fire several times at one instant, with synapses for each of these spikes."""
    groups = (GroupPlan(n=3, motion="integrator", reset="v -= theta", level="theta", is_alike=True),)
    wires = (
        WirePlan(pre=1, pairs="one to one", weights=weights, is_prompt=True),
        WirePlan(pairs="many", weights="own", delays=delays),
    )
    return Plan(groups, wires, (SourcePlan(n=3),), ("spikes", "states"), (Step(6.0), Step(6.0)))


def busy(n: int) -> Plan:
    """Return a network with many arrivals in a window, and arrivals on their way when a run ends."""
    wires = (WirePlan(pre=1, pairs="all", is_prompt=True), WirePlan(delays="grid", has_own_delays=True, weights="own"))
    sources = (SourcePlan(kind="rates", n=4),)
    return Plan((GroupPlan(n=n),), wires, sources, ("spikes",), (Step(5.3), Step(4.1), Step(3.0)))


#: Ways that are gone rarely: three spikes at an instant; two, whose arrivals belong together; infinite states; threads.
RARE = [
    (firing_thrice(), Sizes()),
    (firing_thrice("double"), Sizes(dense=0.0, wide=0.0)),
    (firing_thrice("double"), Sizes(dense=1e9, room=1, block=1)),
    (firing_thrice("double"), Sizes(dense=0.0, wide=1e9, room=1, block=1)),
    (firing_thrice("enormous"), Sizes()),
    (busy(3), Sizes(room=1, block=1, buckets=1)),
    (busy(12), Sizes(dense=0.0, wide=0.0, batch=1, crowd=1, threads=2)),
    (busy(12), Sizes(dense=0.0, wide=1e9, batch=1, crowd=1, threads=3)),
]
RARE_IN_ROUNDS = [
    (firing_thrice("large", "none"), Sizes(room=1)),
    (firing_thrice("double", "none"), Sizes()),
    (firing_thrice("enormous", "none"), Sizes()),
]

options = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def check(kind: str, factor: int = 1) -> None:
    """Require the same bits of many networks of a kind, interpreted."""
    drawn, examples, share = KINDS[kind]
    seen: Counter = Counter()

    @settings(options, max_examples=factor * examples)
    @given(drawn, SIZES)
    def compare_two(plan: Plan, sizes: Sizes) -> None:
        seen.update(compare(plan, sizes, is_interpreted=True))

    for plan, sizes in RARE if kind in WINDOWS else RARE_IN_ROUNDS:
        compare_two = example(plan, sizes)(compare_two)
    compare_two()
    assert seen["taken"] > share * seen["refused"], seen
    missing = WAYS.get(kind, set()) - seen.keys()
    assert not missing, f"{missing} in {seen}"


@pytest.mark.parametrize("kind", KINDS)
def test_interpreted_kernels_give_the_bits_of_the_reference_engine(kind):
    check(kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_interpreted_kernels_give_the_same_bits_in_many_networks(kind):
    check(kind, factor=20)


# --- compiled ---------------------------------------------------------------------------------------------------------


def check_compiled(kind: str, examples: int) -> None:
    """Require the same bits of networks of a kind, compiled."""
    drawn, _, share = KINDS[kind]
    seen: Counter = Counter()

    @settings(options, max_examples=examples)
    @given(drawn, st.builds(Sizes, **OUTER))
    def compare_two(plan: Plan, sizes: Sizes) -> None:
        seen.update(compare(plan, sizes, is_interpreted=False))

    for plan, sizes in RARE if kind in WINDOWS else RARE_IN_ROUNDS:
        compare_two = example(plan, replace(Sizes(), room=sizes.room))(compare_two)
    compare_two()
    assert seen["taken"] > share * seen["refused"], seen


# the loops take most of a minute to be compiled, and each text of synapses some seconds
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_compiled_kernels_give_the_bits_of_the_reference_engine(kind):
    pytest.importorskip("numba")
    check_compiled(kind, 100 if kind == "plastic" else 500)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_give_the_bits_of_the_reference_engine(threads):
    pytest.importorskip("numba")
    n = 2000
    wires = (
        WirePlan(pre=2, weights="own", pairs="one to one", is_prompt=True),
        WirePlan(pre=0, post=1, weights="own", pairs="some", is_shuffled=True, delays="grid", has_own_delays=True),
        WirePlan(pre=1, post=0, pairs="some"),
    )
    groups = (GroupPlan(n=n, level="theta"), GroupPlan(n=n, motion="under a current", refractory="short"))
    sources = (SourcePlan(kind="rates", n=n), SourcePlan(kind="input", target=1))
    plan = Plan(groups, wires, sources, ("spikes", "counts"), (Step(8.0), Step(7.0, before="move thresholds")))
    seen = compare(plan, Sizes(threads=threads), is_interpreted=False)
    assert seen["shared"] > 0, seen


def test_without_the_compiler_the_engine_gives_the_same_bits():
    plan = firing_thrice("double")
    script = f"""
        from drawn_networks import GroupPlan, Plan, SourcePlan, Step, WirePlan, outcome
        from eventsnn._jit import is_interpreted
        assert is_interpreted()
        plan = {plan!r}
        for threads in (1, 2):
            assert outcome(plan, threads=threads) == outcome(plan, "reference")
        print("the same")
        """
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.stdout == "the same\n", result.stderr
