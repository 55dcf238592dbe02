"""What a checkpoint keeps of a solved model: how the neurons move from their last state changes to the present.

Names and texts are looked up and solved anew when the next run begins. Until then the neurons move as they did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..crossing.first_time import Search
from ..equations.expression import Expression
from ..randomness import Draws
from ..store import Store
from .clocked import solve_clocked
from .description import Description
from .dynamics import Dynamics
from .model import Model, Renewal
from .present import Present
from .separate import SeparateDynamics
from .systems import LinearDynamics
from .ticking import ClockedDynamics


def remember(model: Model, description: Description, now: float) -> dict[str, Any]:
    """Return of a model what holds for the past of the instant `now` [ms], as plain data."""
    # conditions are asked again only where a step of a drive or level comes at this very instant
    searches = model.searches if np.any(model.until <= now) else []
    dynamics = model.dynamics
    return {
        "scope": model.scope,
        "dynamics": dynamics.snapshot()
        if not isinstance(dynamics, ClockedDynamics)
        else _remember_clock(dynamics, description),
        "until": model.until.copy(),
        "searches": [_copy(search) for search in searches],
        "events": list(model.events),
    }


def _remember_clock(dynamics: ClockedDynamics, description: Description) -> dict[str, Any]:
    """Return what a step depends on beside the equations and the constants."""
    return {
        "conditions": _conditions(description),
        "method": dynamics.law.name,
        "step": dynamics.step,
        "inputs": {name: values.copy() for name, values in zip(dynamics.law.inputs, dynamics.inputs, strict=True)},
    }


def recall(memory: dict[str, Any], description: Description, store: Store, draws: Mapping[str, Draws]) -> Model:
    """Return a model that moves neurons as the remembered one did; it fires none.

    Parameters
    ----------
    description, store
        Of a group on the clock, whose equations are functions: these are made again.
    draws : mapping of str to Draws
        Of its noise.
    """
    clock = memory["dynamics"]
    if "method" in clock:
        # what a spike does is no matter here; conditions are, by the parameters that a step takes note of for them
        past = replace(description, reset=(), codes={})
        if clock["conditions"] != _conditions(description):
            past = replace(past, threshold=None, refractory=None)
        method, step = clock["method"], clock["step"]
        model = solve_clocked(past, memory["scope"], store, frozenset(), method, step, draws.__getitem__)
        assert isinstance(model.dynamics, ClockedDynamics)
        model.dynamics.replace_inputs([clock["inputs"][name].copy() for name in model.dynamics.law.inputs])
        return model
    threshold, recovery, *events = [_copy(search) for search in memory["searches"]] or [None, None]
    return Model(
        scope=memory["scope"],
        dynamics=restored_dynamics(memory["dynamics"]),
        threshold=threshold,
        reset=None,
        duration=None,
        recovery=recovery,
        writes=frozenset(),
        renews=Renewal(False, False, False),
        present=Present((), (None, np.inf), (None, np.inf)),
        until=memory["until"].copy(),
        events={name: search for name, search in zip(memory["events"], events, strict=False) if search is not None},
    )


def _conditions(description: Description) -> list[str | None]:
    """Return the texts of the threshold and of the refractory period."""
    texts = description.threshold, description.refractory
    return [text.text if isinstance(text, Expression) else None for text in texts]


def restored_dynamics(snapshot: dict[str, Any]) -> Dynamics:
    """Return the dynamics that a snapshot was taken of."""
    return (SeparateDynamics if "motions" in snapshot else LinearDynamics).restored(snapshot)


def _copy(search: Search | None) -> Search | None:
    # levels are replaced neuron by neuron where events change parameters
    return None if search is None else search.copy()
