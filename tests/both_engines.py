"""One network run by both engines, with its kernels interpreted or compiled, and all bits that come out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from eventsnn import ArgumentError, Network, SimulationError, StateMonitor, ms, seed, start_scope
from eventsnn.engine import choice
from eventsnn.engine.compiled import driver
from eventsnn.simulation import running

#: Makes the objects of a network, always the same.
Maker = Callable[[], Sequence[Any]]


@contextmanager
def interpreted() -> Iterator[None]:
    """Let kernels be interpreted, so that nothing has to be compiled."""
    with pytest.MonkeyPatch.context() as patch:
        for module in [m for key, m in sys.modules.items() if key.startswith("eventsnn.engine.compiled.")]:
            for name, value in (("kept", lambda function: function), ("find_compiler", lambda: None)):
                if hasattr(module, name):
                    patch.setattr(module, name, value)
        patch.setattr(choice, "is_interpreted", lambda: True)
        yield


def run(make: Maker, cuts: Sequence[float], engine: str) -> dict[str, Any]:
    """Run a network for some times [ms], one after the other; return all that there is afterwards."""
    start_scope()
    seed(7)
    objects = make()
    network = Network(*objects)
    found: dict[str, Any] = {}
    for cut in cuts:
        try:
            network.run(cut * ms, engine=engine)
        except choice.ObstacleError:
            raise
        except (SimulationError, ArgumentError) as error:
            found["error"] = type(error).__name__, str(error)
            break
    found["t"] = float(network.t / ms)
    for thing in objects:
        found |= {f"{thing.name}.{name}": values for name, values in _all_of(thing, found["t"]).items()}
    return found


def _all_of(thing: Any, t: float) -> dict[str, bytes]:
    arrays: dict[str, Any] = {}
    store = getattr(thing, "_store", None)
    if hasattr(store, "since"):
        names = ("state", "since", "since_low", "until", "until_low", "lastspike")
        arrays = {name: getattr(store, name) for name in names} | store.parameters
    elif store is not None:
        arrays = store.arrays
    if isinstance(thing, StateMonitor):
        names, times = [name for name in ("v", "w", "x") if hasattr(thing, name)], np.linspace(0.0, 0.999 * t, 50) * ms
        arrays = {name: thing.at(times, name) for name in names} if t > 0.0 else {}
    elif hasattr(thing, "spike_trains"):
        arrays = {"t": thing.t, "i": np.asarray(thing.i, np.int64)}
    return {name: np.asarray(array).tobytes() for name, array in arrays.items()}


def require_same_bits(make: Maker, cuts: Sequence[float], budget: int = driver.BUDGET) -> dict[str, Any]:
    """Require the same of both engines; return it."""
    expected = run(make, cuts, "reference")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "BUDGET", budget)
        # where something is handed over, the other engine is not to keep the rest
        patch.setattr(running, "ASIDE", 1e-6)
        found = run(make, cuts, "compiled")
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == value, name
    return expected
