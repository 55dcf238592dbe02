"""Compiled kernels that are kept for later processes, and what is said while they are compiled."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from eventsnn import _jit, _kept
from eventsnn._jit import find_compiler, kept
from eventsnn.instants import elapsed, later

ROOT = Path(__file__).resolve().parent.parent

if find_compiler() is None:
    pytest.skip("there is no compiler", allow_module_level=True)

KERNELS = """
from typing import NamedTuple
import numpy as np
from eventsnn._jit import kernel
from eventsnn.instants import later

class Table(NamedTuple):
    x: np.ndarray
    n: np.ndarray

@kernel
def shift(t, k, s):
    return later(t.x[k], 0.0, s)[0]

@kernel
def total(t, s):
    found = 0.0
    for k in range(len(t.x)):
        found += shift(t, k, s)
    return found
"""

PROGRAM = """
import numpy as np, kernels
from eventsnn._jit import kept, kernel
run = kept(kernels.total)
table = kernels.Table(np.arange(5.0), np.arange(5))
result = run(table, 0.5)
hits, misses = (sum(counter.values()) for counter in (run.stats.cache_hits, run.stats.cache_misses))
print(result == kernels.total(table, 0.5), hits, misses)
"""


def start(folder: Path, **environment: str) -> subprocess.Popen:
    (folder / "kernels.py").write_text(KERNELS)
    path = os.pathsep.join([str(ROOT), str(folder)])
    given = {**os.environ, "PYTHONPATH": path, "EVENTSNN_CACHE_DIR": str(folder / "cache"), **environment}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", PROGRAM], env=given, text=True, **pipes)


def run(folder: Path, **environment: str) -> str:
    process = start(folder, **environment)
    out, err = process.communicate()
    assert process.returncode == 0, err
    return out.strip()


def files(folder: Path) -> list[Path]:
    return sorted((folder / "cache").rglob("*"))


def test_a_later_process_finds_what_was_compiled(tmp_path):
    assert run(tmp_path) == "True 0 1"
    before = {path: path.stat().st_mtime_ns for path in files(tmp_path)}
    # the kernel, the two that it calls and the one that these call
    assert len([path for path in before if path.suffix == ".code"]) == 4
    assert run(tmp_path) == "True 1 0"
    assert {path: path.stat().st_mtime_ns for path in files(tmp_path)} == before


def test_damaged_files_are_made_anew(tmp_path):
    run(tmp_path)
    for number, path in enumerate(path for path in files(tmp_path) if path.suffix == ".code"):
        path.write_bytes(b"" if number % 2 else path.read_bytes()[:100])
    assert run(tmp_path) == "True 0 1"
    assert run(tmp_path) == "True 1 0"


@pytest.mark.parametrize("where", ["", "a file", "nobody's"])
def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(where, tmp_path):
    folder = {"": "", "a file": tmp_path / "kernels.py", "nobody's": "/proc/nowhere"}[where]
    assert run(tmp_path, EVENTSNN_CACHE_DIR=str(folder)) == "True 0 1"


def test_processes_that_compile_at_the_same_time_do_each_other_no_harm(tmp_path):
    processes = [start(tmp_path) for _ in range(3)]
    outputs = [process.communicate() for process in processes]
    assert [out.split()[0] for out, _ in outputs] == ["True"] * 3, outputs
    assert not [path for path in files(tmp_path) if path.suffix == ".tmp"]
    assert run(tmp_path) == "True 1 0"


def test_switched_off_it_is_interpreted(monkeypatch):
    monkeypatch.setattr(_jit, "find_compiler", lambda: None)
    assert kept.__wrapped__(later) is later


def test_only_kernels_are_kept():
    with pytest.raises(TypeError, match="expected a function decorated with @kernel"):
        kept(lambda x: x)


def test_a_kept_kernel_has_the_bits_of_the_plain_one():
    for arguments in [(3.0, 1e-17, 3.1, 2e-17), (1.0, 0.0, 1.0, 0.0), (5.0, 0.0, 1.0, 0.0)]:
        assert kept(elapsed)(*arguments) == elapsed(*arguments)


# --- what is said -----------------------------------------------------------------------------------------------------


def compile_something():
    import numba

    return numba.njit(lambda x: x + 1.0)(1.0)


def test_long_compiling_is_told_with_dots_and_the_time_that_it_took(capsys, monkeypatch):
    monkeypatch.setattr(_kept, "WORTH_TELLING", 0.0)
    monkeypatch.setattr(_kept, "BETWEEN_DOTS", 0.0)
    with _kept.announced("the engine, once"):
        compile_something()
        compile_something()
    told = capsys.readouterr()
    assert told.out == ""
    first, last = told.err.rstrip("\n").rsplit(" ", 2)[0], told.err.split()[-1]
    assert first.startswith("eventsnn: compiling the engine, once .") and last == "s" and told.err.count("\n") == 1


def test_short_compiling_and_none_at_all_are_not_worth_a_word(capsys, monkeypatch):
    monkeypatch.setattr(_kept, "WORTH_TELLING", 1e9)
    with _kept.announced("the engine, once"):
        compile_something()
    with _kept.announced("the engine, once"):
        pass
    assert capsys.readouterr() == ("", "")


def test_the_line_is_ended_when_compiling_fails(capsys, monkeypatch):
    monkeypatch.setattr(_kept, "WORTH_TELLING", 0.0)
    with pytest.raises(ZeroDivisionError), _kept.announced("the engine, once"):
        compile_something()
        1 / 0
    assert capsys.readouterr().err.endswith(" s\n")


def test_without_numba_there_is_nothing_to_tell():
    program = """
        import sys
        sys.modules['numba'] = None
        from eventsnn._kept import announced
        from eventsnn._jit import find_compiler, is_interpreted, why_no_compiler
        with announced('it'):
            print(find_compiler(), is_interpreted(), why_no_compiler(), sep='; ')
    """
    given = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, env=given)
    assert done.stdout == "None; False; Numba is not installed\n", done.stderr


def test_a_compiler_that_is_switched_off_is_told_from_none():
    program = "from eventsnn import _jit; print(_jit.is_interpreted(), _jit.why_no_compiler())"
    given = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=given)
    assert done.stdout == "True NUMBA_DISABLE_JIT is set\n", done.stderr
