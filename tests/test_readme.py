"""What the first pages promise is what happens: the README's commands and script, and the version everywhere.

The README marks its blocks by comments on the line above them: ``<!-- test-command -->`` for the command that
sets up and passes the tests, ``<!-- first-script -->`` and ``<!-- first-output -->`` for the first script and
what it prints, ``<!-- network-script -->`` and ``<!-- network-output -->`` for the second.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from eventsnn._version import __version__

ROOT = Path(__file__).resolve().parent.parent


def readme_block(mark: str) -> str:
    """Return the content of the fenced block that follows a marking comment in the README."""
    path = ROOT / "README.md"
    assert path.exists(), "README.md is missing."
    found = re.search(rf"<!-- {mark} -->\s*```\w*\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"README.md has no fenced block under a line <!-- {mark} -->."
    return found[1]


def test_ci_runs_the_test_command_of_the_readme():
    command = readme_block("test-command").strip()
    assert "\n" not in command, "The README's test command must be one line."
    assert f"test_command='{command}'" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("which", ["first", "network"])
def test_script_prints_what_the_readme_shows(tmp_path, which):
    script = tmp_path / f"{which}.py"
    script.write_text(readme_block(f"{which}-script"), encoding="utf-8")
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == readme_block(f"{which}-output").strip()


def test_citation_and_changelog_know_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in citation
    assert __version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
