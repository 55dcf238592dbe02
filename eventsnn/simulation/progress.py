"""Watching a run: reports, the progress bar, and stopping it from outside."""

from __future__ import annotations

import importlib.util
import signal
import sys
import threading
import time
from collections.abc import Callable
from math import inf
from types import FrameType
from typing import Any

from ..equations.scope import TIME
from ..errors import ArgumentError
from ..units import Quantity

#: A bar appears when a run takes longer than this [s].
BAR_DELAY = 2.0

Report = Callable[[Quantity, float, Quantity, Quantity], Any]


class Watch:
    """Follows one run: reports progress and takes requests to stop.

    Use it as a context: inside, Ctrl-C asks the run to stop after the present instant, so that state and recordings
    are consistent; a second Ctrl-C stops at once.

    Parameters
    ----------
    start, end : float
        Of the run [ms].
    report : None, 'text', 'stdout', 'stderr' or callable
        A callable gets (elapsed wall time, fraction done, start, duration), as in Brian.
    period : float
        Wall time between reports [s].
    """

    def __init__(self, start: float, end: float, report: str | Report | None, period: float) -> None:
        self.start, self.end, self.period, self.now = start, end, period, start
        self.stopped = self.interrupted = False
        self._report = _choose_report(report)
        self._bar = None if self._report else _make_bar()
        self._before: Any = None
        # whether an engine is to come back, as another may go on; and from when on, by `time.perf_counter`
        self.paused, self.pause_at = False, inf

    def __enter__(self) -> Watch:
        self._began = self._last = time.perf_counter()
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            self._tell(0.0)
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        self._restore()
        if self._bar is not None:
            self._bar.close()
        if kind is None and not self.stopped:
            self.now = self.end
            self._tell(1.0)

    def _restore(self) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.stopped = self.interrupted = True

    def make_way(self) -> None:
        """Clear the line of the progress bar, for other words; it is drawn again later."""
        if self._bar is not None:
            self._bar.clear()

    def poll(self, now: float) -> None:
        """Report if it is time to."""
        clock, self.now = time.perf_counter(), now
        self.paused = clock >= self.pause_at
        done = (now - self.start) / (self.end - self.start) if self.end > self.start else 1.0
        if self._bar is not None:
            self._bar.update(100.0 * done - self._bar.n)
        if clock - self._last >= self.period:
            self._last = clock
            self._tell(done)

    def _tell(self, done: float) -> None:
        if self._report is not None:
            passed = Quantity(time.perf_counter() - self._began, TIME)
            start, duration = (Quantity(ms * 0.001, TIME) for ms in (self.start, self.end - self.start))
            self._report(passed, done, start, duration)


def _choose_report(report: str | Report | None) -> Report | None:
    if report is None or callable(report):
        return report
    streams = {"text": sys.stdout, "stdout": sys.stdout, "stderr": sys.stderr}
    if report not in streams:
        raise ArgumentError(f"run(report=...): expected 'text', 'stdout', 'stderr' or a function, found {report!r}")
    return _TextReport(streams[report])


class _TextReport:
    """Writes a line at the start, one at each report, and one at the end."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __call__(self, elapsed: Quantity, completed: float, start: Quantity, duration: Quantity) -> None:
        if completed == 0.0:
            line = f"Starting simulation at t={start!s} for a duration of {duration!s}"
        elif completed < 1.0:
            left = float(elapsed) * (1.0 - completed) / completed
            line = (
                f"{completed * duration!s} ({completed:.0%}) simulated in {float(elapsed):.1f} s, "
                f"estimated {left:.1f} s remaining."
            )
        else:
            line = f"{duration!s} (100%) simulated in {float(elapsed):.1f} s"
        print(line, file=self.stream, flush=True)


def _make_bar() -> Any:
    """Return a progress bar where somebody can see it."""
    in_notebook = "ipykernel" in sys.modules
    if not in_notebook and not (sys.stderr is not None and sys.stderr.isatty()):
        return None
    if in_notebook and importlib.util.find_spec("ipywidgets"):
        from tqdm.notebook import tqdm
    else:
        from tqdm import tqdm

    layout = "{l_bar}{bar}| {elapsed}<{remaining}"
    return tqdm(total=100.0, delay=BAR_DELAY, leave=False, bar_format=layout, desc="simulating")
