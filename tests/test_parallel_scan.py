"""The script of the how-to page on scans in parallel processes runs, and prints what stands below it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "how-to" / "parameter-scans.md"


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def run_script(path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_scan_in_processes_prints_what_the_page_says_however_many_there_are(tmp_path):
    (script,), (expected,) = blocks("python"), blocks("text")
    (tmp_path / "scan.py").write_text(script, encoding="utf-8")
    assert run_script(tmp_path / "scan.py") == expected
    (tmp_path / "alone.py").write_text(script.replace("Executor()", "Executor(1)"), encoding="utf-8")
    assert run_script(tmp_path / "alone.py") == expected
