"""Each file of examples/ runs, prints what is stored beside this test, and draws its figure.

After a change that is meant to change what an example prints, look at it and store it anew::

    MPLBACKEND=Agg python examples/NN_name.py > tests/examples/expected/NN_name.txt
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = Path(__file__).resolve().parent / "expected"
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))


@pytest.mark.examples
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_its_stored_output_and_draws_its_figure(example, tmp_path):
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(example)], cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    assert done.stdout == (EXPECTED / f"{example.stem}.txt").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == [f"{example.stem}.png"]
    assert (tmp_path / f"{example.stem}.png").read_bytes().startswith(b"\x89PNG")


def test_examples_and_stored_outputs_belong_together():
    assert [path.stem for path in EXAMPLES] == sorted(path.stem for path in EXPECTED.glob("*.txt"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_says_what_it_shows_what_to_expect_and_where_it_is_from(example):
    text = example.read_text(encoding="utf-8")
    opening = text.split('"""')[1]
    assert text.startswith('"""')
    assert all(f"\n{word}: " in opening for word in ("Shows", "Expect", "From"))
