"""What the compiled engine is to reach, as ratios of wall time within one run, and whether it does.

Ratios of processor time stand beside them: where other work shares the core, these say more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: Inputs per second of Arbor in W6, measured elsewhere; stands in where Arbor is not there.
ARBOR_PUBLISHED = 13.3e6


@dataclass(frozen=True)
class Goal:
    """A workload is to be `least` times as fast as a simulator in one of its modes, better `aim` times."""

    workload: str
    size: int
    simulator: str
    mode: str
    against: str
    least: float
    aim: float
    is_listed: bool = False


GOALS = (
    Goal("W2", 100_000, "brian2", "cpp", "Brian 2 C++", 4, 10),
    Goal("W3", 1250, "brian2", "cpp", "Brian 2 C++", 1, 3),
    Goal("W3", 2500, "brian2", "cpp", "Brian 2 C++", 1, 3),
    Goal("W3", 12_500, "brian2", "cpp", "Brian 2 C++", 1, 3),
    Goal("W3", 1250, "nest", "ps", "NEST precise", 8, 25),
    Goal("W3", 2500, "nest", "ps", "NEST precise", 8, 25),
    Goal("W3", 12_500, "nest", "ps", "NEST precise", 8, 25),
    Goal("W4", 4000, "brian2", "cpp", "Brian 2 C++", 0.5, 2),
    Goal("W4", 4000, "nest", "ps", "NEST exp_ps", 7, 20),
    Goal("W5", 100_000, "brian2", "cpp-listed", "Brian 2 C++, listed kicks", 4, 10, is_listed=True),
    Goal("W6", 1_000_000, "arbor", "", "Arbor", 1, 3),
    Goal("W7", 1000, "brian2", "cpp", "Brian 2 C++", 1, 3),
    Goal("W8", 10_000, "plain_numpy", "", "NumPy loop", 1.2, 3),
    Goal("cold", 1, "brian2", "cython", "Brian 2 Cython, cache filled", 2, 5),
)

#: Median wall and CPU seconds of (workload, size, simulator, mode), None where it was not measured.
Loops = Callable[[str, int, str, str], tuple[float, float] | None]


def judge(loops: Loops) -> list[str]:
    """Return a line for each goal whose both sides were measured."""
    lines = []
    for goal in GOALS:
        mode = "listed" if goal.is_listed else "group" if goal.workload == "W5" else ""
        ours = loops(goal.workload, goal.size, "ours", mode)
        theirs, against = loops(goal.workload, goal.size, goal.simulator, goal.mode), goal.against
        if theirs is None and goal.workload == "W6":
            published = goal.size / ARBOR_PUBLISHED
            theirs, against = (published, published), f"{against} (published, not measured here)"
        if ours is None or theirs is None:
            continue
        ratio, of_cpu = (a / b for a, b in zip(theirs, ours, strict=True))
        verdict = "aim reached" if ratio >= goal.aim else "reached" if ratio >= goal.least else "NOT reached"
        lines.append(
            f"{goal.workload:5s} {goal.size:>9,}  {against:42s} {ratio:8.2f} x {of_cpu:8.2f} x {goal.least:7g} x "
            f"{goal.aim:6g} x  {verdict}"
        )
    head = f"{'':5s} {'size':>9}  {'against':42s} {'faster':>10} {'in CPU s':>10} {'least':>9} {'aim':>8}"
    return [head, *lines] if lines else []
