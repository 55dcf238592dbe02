"""What every test starts from: no screen, a fresh scope, and hypothesis without chance."""

from __future__ import annotations

import os
import shutil
import tempfile

os.environ.setdefault("MPLBACKEND", "Agg")
# what tests compile is no part of anybody's cache; the folder goes when the tests are over
os.environ["EVENTSNN_CACHE_DIR"] = tempfile.mkdtemp(prefix="eventsnn-tests-")

import pytest
from hypothesis import HealthCheck, settings

import eventsnn
from eventsnn.groups import objects

# "ci" gives the same examples on every machine; "thorough" looks for new ones and takes its time
settings.register_profile(
    "ci", derandomize=True, max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "thorough", max_examples=3000, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure(config):
    # most tests use a Network or never run what they make; the tests of the warning itself ask for it with pytest.warns
    config.addinivalue_line("filterwarnings", "ignore::eventsnn.errors.UnusedObjectWarning")


def pytest_unconfigure(config):
    # what is left over from the tests is no news to anybody
    objects._never_run.clear()
    shutil.rmtree(os.environ["EVENTSNN_CACHE_DIR"], ignore_errors=True)


@pytest.fixture(autouse=True)
def _fresh_scope():
    eventsnn.start_scope()
