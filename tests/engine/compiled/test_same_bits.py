"""The compiled engine gives the bits of the reference engine, in every network that it takes.

Networks are drawn by hypothesis (`drawn_networks`) and run twice: as planned, and by the reference engine alone. All that
there is afterwards is compared, after each run of the plan. In most of these tests the kernels are interpreted, so that
their constants can be changed and the ways that they go be counted; what is compiled is compared where that is slow.
"""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from drawn_networks import Plan, outcome, plans
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import eventsnn.engine.compiled
from eventsnn.engine import choice, reference
from eventsnn.engine.compiled import arrivals, beginning, calendar, driver, inputs, solo, survey, windows
from eventsnn.engine.compiled.survey import find_obstacle
from eventsnn.simulation import running

ROOT = Path(__file__).resolve().parents[3]

#: Modules whose kernels may be interpreted.
MODULES = [
    importlib.import_module(f"{eventsnn.engine.compiled.__name__}.{info.name}")
    for info in pkgutil.iter_modules(eventsnn.engine.compiled.__path__)
]


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
    crowd: int = windows.CROWD
    block: int = calendar.BLOCK

    @contextmanager
    def used(self, is_interpreted: bool) -> Iterator[Counter]:
        """Run with these sizes; yield how often each way is gone."""
        seen: Counter = Counter()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(driver, "BUDGET", self.budget)
            patch.setattr(driver, "STRETCH", self.stretch)
            # where something is handed over, the other engine is not to keep the rest
            patch.setattr(running, "ASIDE", 1e-6)
            patch.setattr(reference, "POLL_EVERY", 3)
            if self.room:
                self._make_narrow(patch)
            _count(patch, driver._Run, "_loop", seen, lambda result, *_: f"chunk: {NAMES[result[0]]}")
            _count(patch, driver, "advance", seen, lambda result, *_: f"advance: {result.why}")
            if is_interpreted:
                self._interpret(patch, seen)
            yield seen

    def _make_narrow(self, patch: pytest.MonkeyPatch) -> None:
        """Let every room be small at first."""
        begin, make_calendar, n = driver._Run.__init__, driver.make_calendar, self.room

        def begin_narrow(run: Any, *given: Any) -> None:
            begin(run, *given)
            parts = len(run.found.spikes)
            # a train needs room for a block
            run.room = driver._make_room(len(run.room.first), parts, n, n, n + 16)
            run.found = driver._make_found(parts, n, n, run.laid.width)

        patch.setattr(driver._Run, "__init__", begin_narrow)
        patch.setattr(driver, "make_calendar", lambda buckets, blocks: make_calendar(buckets, n))

    def _interpret(self, patch: pytest.MonkeyPatch, seen: Counter) -> None:
        """Interpret all kernels, with these constants."""
        for module in MODULES:
            for name, value in (("kept", lambda function: function), ("find_compiler", lambda: None)):
                if hasattr(module, name):
                    patch.setattr(module, name, value)
        patch.setattr(choice, "is_interpreted", lambda: True)
        for module in (windows, solo, beginning, survey):
            patch.setattr(module, "CROWD", self.crowd)
        patch.setattr(windows, "DENSE", self.dense)
        patch.setattr(windows, "WIDE", self.wide)
        patch.setattr(calendar, "BLOCK", self.block)
        _count(patch, windows, "visit_solo", seen, lambda status, *given: f"visit: {MODES[given[5]]}, {NAMES[status]}")
        _count(patch, windows, "send", seen, lambda status, *given: f"send: {NAMES[status]}")
        _count(patch, windows, "has_twins", seen, lambda found, *given: f"twins: {bool(found)}")
        _count(patch, windows, "take_before", seen, lambda items, *given: f"take: {'none' if items < 0 else 'items'}")


MODES = {inputs.NONE: "none", inputs.CHAINED: "chained", inputs.COUNTED: "counted", inputs.SORTED: "sorted"}
NAMES = {getattr(arrivals, name): name for name in vars(arrivals) if name in ("DONE", "HANDOVER") or name[:3] == "NO_"}


def _count(patch: pytest.MonkeyPatch, place: Any, name: str, seen: Counter, describe: Any = None) -> None:
    """Count the calls of a function, by what they give."""
    function = getattr(place, name)

    def counted(*given: Any) -> Any:
        result = function(*given)
        seen[name if describe is None else describe(result, *given)] += 1
        return result

    patch.setattr(place, name, counted)


def compare(plan: Plan, sizes: Sizes, is_interpreted: bool, threads: int = 1) -> Counter:
    """Require the same bits of both engines; return which ways were gone, or nothing where there is an obstacle."""
    expected = outcome(plan, "reference")
    with sizes.used(is_interpreted) as seen:
        try:
            found = outcome(plan, threads=threads)
        except choice.ObstacleError as error:
            note(f"obstacle: {error}")
            seen.clear()
            seen["refused"] = 1
            return seen
    assert len(found) == len(expected)
    for number, (mine, theirs) in enumerate(zip(found, expected, strict=True)):
        for name in theirs:
            assert mine.get(name) == theirs[name], f"step {number}: {name}"
        assert mine.keys() == theirs.keys()
    seen["taken"] = 1
    return seen


SIZES = st.builds(
    Sizes,
    budget=st.sampled_from([driver.BUDGET, 1, 7, 50]),
    stretch=st.sampled_from([driver.STRETCH, 1, 10]),
    room=st.sampled_from([0, 1, 5]),
    dense=st.sampled_from([windows.DENSE, 0.0, 1e9]),
    wide=st.sampled_from([windows.WIDE, 0.0, 1e9]),
    crowd=st.sampled_from([windows.CROWD, 1, 3]),
    block=st.sampled_from([calendar.BLOCK, 1, 3]),
)

#: Around the number of neurons that have one wake together.
MANY = st.sampled_from([1, 63, 64, 65, 100, 128, 129])

options = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("has_many", [False, True])
def test_interpreted_kernels_give_the_bits_of_the_reference_engine(has_many):
    seen: Counter = Counter()

    @settings(options, max_examples=20 if has_many else 150)
    @given(plans(MANY) if has_many else plans(), SIZES)
    def check(plan, sizes):
        seen.update(compare(plan, sizes, is_interpreted=True))

    check()
    print(seen)
    assert seen["taken"] > 3 * seen["refused"]
