"""The tables of the benchmarks: one for each workload and size, medians over the rounds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

import numpy as np
from cases import COLD_NAMES, TITLES, Case
from simulators.definitions import count_fi_spikes

#: What a case has measured, round by round.
Results = Mapping[Case, list[dict[str, Any]]]

HEAD = (
    f"{'':42s} {'build s':>8} {'loop s':>9} {'CPU s':>9} {'x ours':>7} {'M syn/s':>8} {'M all/s':>8} {'rate Hz':>9} "
    f"{'peak MB':>8}  agreement"
)


def median(rows: list[dict[str, Any]], name: str) -> float:
    """Return the median of one measure over the rounds."""
    return statistics.median(row[name] for row in rows)


def loop_of(case: Case, rows: list[dict[str, Any]], measure: str = "loop") -> float:
    """Return the seconds that count: of the loop, or at a cold start of the whole process."""
    return median(rows, "whole" if case.workload == "cold" else measure)


def tables(workload: str, size: int, duration: float, results: Results) -> list[str]:
    """Return the lines of one table."""
    title = TITLES[workload].format(f"{size:,}".replace(",", " "))
    if workload == "cold":
        return [title, f"{'':42s} {'whole s':>8} {'x ours':>7}", *cold_lines(results)]
    lines = [f"{title}, {duration:g} ms", HEAD]
    most = max(map(len, results.values()), default=0)
    for case, rows in results.items():
        last, loop = rows[-1], loop_of(case, rows)
        ours = loop_beside(case, results)
        ratio = f"{loop / ours:7.2f}" if ours else f"{'-':>7}"
        # the first run may also have compiled or filled caches, which takes memory of its own
        peak = min(row["peak"] for row in rows)
        seconds = f"{median(rows, 'build'):8.2f} {significant(loop)} {significant(median(rows, 'cpu'))}"
        paces = f"{per_second(last['events'], loop)} {per_second(last['events'] + last['outside'], loop)}"
        lines.append(
            f"{name_of(rows, most):42s} {seconds} {ratio} {paces} {last['facts']['rate_hz']:9.3f} {peak:8.0f}  "
            f"{agreement(case, last['facts'], results)}"
        )
    return lines


def cold_lines(results: Results) -> list[str]:
    """Return the lines of the cold start."""
    ours = next((loop_of(case, rows) for case, rows in results.items() if case.is_ours), None)
    lines = []
    for case, rows in results.items():
        loop = loop_of(case, rows)
        ratio = f"{loop / ours:7.2f}" if ours else f"{'-':>7}"
        lines.append(f"{COLD_NAMES[case.simulator]:42s} {loop:8.3f} {ratio}")
    return lines


def name_of(rows: list[dict[str, Any]], most: int) -> str:
    """Return the name of a row, with the number of runs where others have more."""
    return rows[0]["who"] + (f" ({len(rows)} of {most} runs)" if len(rows) < most else "")


def significant(seconds: float) -> str:
    """Write seconds with three digits or so."""
    return f"{seconds:9.4f}" if seconds < 1 else f"{seconds:9.2f}"


def per_second(events: int, loop: float) -> str:
    """Write millions of events per second."""
    return f"{events / loop / 1e6:8.2f}" if events else f"{'-':>8}"


def loop_beside(case: Case, results: Results) -> float | None:
    """Return the loop of eventsnn to compare with: that of the same kicks."""
    if case.is_ours:
        return loop_of(case, results[case])
    mine = [other for other in results if other.is_ours]
    same = [other for other in mine if other.is_listed == case.is_listed]
    return next((loop_of(other, results[other]) for other in same + mine), None)


# --- who agrees ----------------------------------------------------------------------------------------------------


def agreement(case: Case, facts: dict[str, Any], results: Results) -> str:
    """Say how a result compares with the closed form, or with the exact peers."""
    if case.workload in ("W1a", "W1b"):
        return f"worst spike {facts['error_us']:.2g} us off"
    if case.workload == "W2":
        errors = f"{facts['error_us']:.2g} us off at worst, {facts['median_error_us']:.2g} in the median"
        return f"{_spikes(facts, count_fi_spikes(case.size, case.duration))}; {errors}"
    if case.workload == "W6":
        errors = f"; {facts['error_us']:.2g} us off at worst" if "error_us" in facts else ""
        return _spikes(facts, facts["exact_spikes"]) + errors
    if case.workload == "W7":
        weights = f"mean w {facts['w_mean']:.3f}, {facts['w_low']:.0%} low, {facts['w_high']:.0%} high"
        return f"{weights}, at the end {facts['late_hz']:.1f} Hz"
    return _noisy(facts, results) if case.workload == "W8" else _rate(case, facts, results)


def _spikes(facts: dict[str, Any], exact: int) -> str:
    found = facts["spikes"]
    if found == exact:
        return f"all {exact} spikes"
    return f"{found} spikes, {found / exact - 1:+.2%}"


def _rate(case: Case, facts: dict[str, Any], results: Results) -> str:
    judges = [rows for other, rows in results.items() if other.is_exact and other is not case]
    if not judges:
        return "-"
    rate = statistics.mean(rows[-1]["facts"]["rate_hz"] for rows in judges)
    return f"{facts['rate_hz'] / rate - 1:+.2%} of the exact peers' rate"


def _noisy(facts: dict[str, Any], results: Results) -> str:
    plain = [rows for other, rows in results.items() if other.simulator == "plain_numpy"]
    if not plain or plain[0][-1]["facts"] is facts:
        return "-"
    apart = np.subtract(facts["block_hz"], plain[0][-1]["facts"]["block_hz"])
    return f"{apart.mean():+.3f} +- {apart.std() / np.sqrt(len(apart)):.3f} Hz of the NumPy loop"
