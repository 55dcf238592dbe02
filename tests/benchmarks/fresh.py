"""Scripts and programs in processes of their own, for benchmarks: what they measure is their last line, as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: One thread for whatever libraries would take more.
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


class Failed(Exception):
    """A process ended with an error, or took too long; says its last words."""


def measure(python: str, script: str, **values: object) -> dict:
    """Put values in the place of their names in braces, run the script and return what it measured."""
    for name, value in values.items():
        script = script.replace("{" + name + "}", str(value))
    done = subprocess.run([python, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def available_cores() -> list[int]:
    """Return the numbers of the cores that this process may use; none where that cannot be said."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def environment() -> dict[str, str]:
    """Return the environment of a measured process: one thread, and this package where it is not installed."""
    paths = [*filter(None, [os.environ.get("PYTHONPATH")]), str(HERE.parents[1])]
    return {**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(paths)}


class Program:
    """A program that tells one line a run.

    Parameters
    ----------
    python : str
    arguments : sequence of str
        As behind ``python``.
    cores : collection of int
        On which it runs; empty for any.
    stands : bool
        The process stays, and runs once more for each line that it is sent; otherwise each run is a fresh process.
    limit : float
        Seconds after which a run is given up.
    """

    def __init__(
        self, python: str, arguments: Sequence[str], cores: Sequence[int] = (), stands: bool = False, limit: float = 900
    ) -> None:
        self._command = [python, "-W", "ignore", *arguments]
        self._cores, self._stands, self._limit = set(cores), stands, limit
        self._process: subprocess.Popen | None = None

    def run(self) -> dict:
        """Run once; return what was measured, with the wall time of the whole as ``whole`` [s]."""
        began = time.perf_counter()
        line = self._ask() if self._stands else self._finish(self._start())
        whole = time.perf_counter() - began
        try:
            return {**json.loads(line), "whole": whole}
        except ValueError:
            raise Failed(f"told no measurement, but {line[-200:]!r}") from None

    def _start(self) -> subprocess.Popen:
        pin = (lambda: os.sched_setaffinity(0, self._cores)) if self._cores else None
        pipe = subprocess.PIPE
        errors = subprocess.DEVNULL if self._stands else pipe
        return subprocess.Popen(
            self._command,
            stdin=pipe,
            stdout=pipe,
            stderr=errors,
            text=True,
            cwd=HERE,
            env=environment(),
            preexec_fn=pin,
        )

    def _finish(self, process: subprocess.Popen) -> str:
        try:
            out, errors = process.communicate(timeout=self._limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failed(f"more than {self._limit:g} s") from None
        if process.returncode:
            raise Failed(" ".join(errors.strip().splitlines()[-1:]) or f"ended with {process.returncode}")
        return out.strip().splitlines()[-1] if out.strip() else ""

    def _ask(self) -> str:
        process = self._process = self._process or self._start()
        try:
            process.stdin.write("\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise Failed("has ended") from None
        # what else is said on the way is not for us
        for line in process.stdout:
            if line.startswith("{"):
                return line
        raise Failed(f"ended with {process.wait()}")

    def close(self) -> None:
        """End a process that stays."""
        if self._process is not None:
            process, self._process = self._process, None
            # its input ends, and so does it; what it says on leaving is lost
            process.communicate()
