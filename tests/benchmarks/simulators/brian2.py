"""Workloads in Brian 2: as one C++ program that is run again and again, or in Cython.

    python -m simulators.brian2 W3 --mode cpp        # one row for each line that comes in

C++ standalone is generated and compiled once; then it runs whenever a line arrives on the standard input, in a process
of its own each time, and tells the time of its loop itself. Its memory and processor time are those of that process.
Cython keeps what it has compiled on disk; the loop is that between the first and the last report.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .measuring import facts, options, peak_mb, row, tell, weight_facts
from .scripts import write

WORKLOADS = ("W1a", "W1b", "W2", "W3", "W4", "W5", "W6", "W7", "W8")
MODES = ("cpp", "cython", "numpy", "cpp-listed", "cython-listed")
NAMES = {"cpp": "C++", "cython": "Cython", "numpy": "NumPy"}
#: Runs the program and writes down its memory and its share of the processor; the compiler's are not among them.
WATCHER = """
import resource, subprocess, sys, time
began = time.perf_counter()
status = subprocess.call(['./main'] + sys.argv[1:])
wall, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
open('used', 'w').write(f'{used.ru_maxrss} {(used.ru_utime + used.ru_stime)/wall}')
sys.exit(status)
"""


class Made:
    """A workload in Brian 2, and what is told of it."""

    def __init__(self, s: ModuleType, found: argparse.Namespace, imports: float) -> None:
        self.s, self.found, self.imports = s, found, imports
        self.began = time.perf_counter()
        target, _, kicks = found.mode.partition("-")
        self.who = f"Brian 2 {NAMES[target]}" + (", listed kicks" if kicks else "")
        self.folder = self._choose_cpp() if target == "cpp" else ""
        if not self.folder:
            s.prefs.codegen.target = target
        s.defaultclock.dt = found.dt * s.ms
        s.seed(found.seed)
        self.script = write(s, found.workload, found.size, found.duration, found.seed, kicks or "group")
        self.monitor = s.SpikeMonitor(self.script.group)
        self.network = s.Network(self.script.group, self.monitor, *self.script.others)

    def _choose_cpp(self) -> str:
        s, folder = self.s, tempfile.mkdtemp(prefix="brian2-")
        s.set_device("cpp_standalone", build_on_run=False, directory=folder)
        s.prefs.devices.cpp_standalone.openmp_threads = self.found.threads if self.found.threads > 1 else 0
        s.prefs.devices.cpp_standalone.run_cmd_unix = [sys.executable, "-c", WATCHER]
        return folder

    def run_program(self) -> None:
        """Generate and compile the program; run it for each line on the standard input."""
        s = self.s
        self.network.run(self.found.duration * s.ms)
        s.device.build(directory=self.folder, compile=True, run=False, with_output=False)
        built = time.perf_counter() - self.began
        for _ in sys.stdin:
            began = time.perf_counter()
            s.device.run(self.folder, with_output=False, run_args=[])
            whole, loop = time.perf_counter() - began, s.device._last_run_time
            memory, share = map(float, (Path(self.folder) / "used").read_text().split())
            peak = round(memory / 1024, 1)
            self.tell(build=built + whole - loop, loop=loop, cpu=loop * min(share, 1.0), peak=peak)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run_here(self) -> None:
        """Run in this process."""
        told: list[tuple[float, float]] = []

        def note(elapsed: Any, done: float, start: Any, duration: Any) -> None:
            told.append((float(elapsed), time.process_time()))

        s = self.s
        self.network.run(self.found.duration * s.ms, report=note, report_period=1e9 * s.second)
        loop, cpu = told[-1][0], told[-1][1] - told[0][1]
        self.tell(build=time.perf_counter() - self.began - loop, loop=loop, cpu=cpu, peak=peak_mb())

    def tell(self, **measured: float) -> None:
        """Print the row of a run."""
        found = self.found
        who, times = np.array(self.monitor.i), np.array(self.monitor.t / self.s.ms)
        judged = facts(found.workload, found.size, found.duration, who, times)
        if self.script.learning is not None:
            judged |= weight_facts(np.array(self.script.learning.w), times, found.duration)
        tell({**row(self.who, self.s.__version__, found, judged, **measured), "imports": self.imports})


def main() -> None:
    found = options(WORKLOADS, MODES)
    began = time.perf_counter()
    import brian2

    brian2.BrianLogger.suppress_hierarchy("brian2")
    made = Made(brian2, found, time.perf_counter() - began)
    if made.folder:
        made.run_program()
    else:
        made.run_here()


if __name__ == "__main__":
    main()
