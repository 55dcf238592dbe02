"""A script in a process of its own, for benchmarks: what it measures is its last line, as JSON."""

from __future__ import annotations

import json
import subprocess


def measure(python: str, script: str, **values: object) -> dict:
    """Put values in the place of their names in braces, run the script and return what it measured."""
    for name, value in values.items():
        script = script.replace("{" + name + "}", str(value))
    done = subprocess.run([python, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])
