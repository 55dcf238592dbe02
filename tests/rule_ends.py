"""Two groups for connection rules: what `Synapses` gives them, without `Synapses`."""

from __future__ import annotations

import numpy as np

from eventsnn.equations.scope import SPECIAL, Scope
from eventsnn.equations.text import Equation
from eventsnn.synapses.ends import Ends
from eventsnn.synapses.rules import find_pairs
from eventsnn.units import DIMENSIONLESS

WHERE = "Synapses 's'.connect"
OWN = ("i", "j", "N_pre", "N_post", "N_incoming")


def make_ends(n_pre, n_post, seed=1, constants=None, lines=(), **variables):
    """Return ends whose variables (``x_pre=[...]``) are given as arrays, and sub-expressions as `lines`."""
    names = {name: Equation(SPECIAL, name, None, DIMENSIONLESS, int, "integer") for name in OWN}
    names |= {name: Equation(SPECIAL, name, None, DIMENSIONLESS, float, "1") for name in variables}
    names |= {line.name: line for line in lines}

    def read(name, pre, post):
        assert len(pre) == len(post)
        return np.asarray(variables[name])[pre if name.endswith("_pre") else post]

    random = np.random.Generator(np.random.Philox(seed))
    return Ends(n_pre, n_post, Scope(WHERE, names, None, constants or {}), read, random, WHERE)


def connect(n_pre, n_post, *, ends=None, **arguments):
    """Return the pairs of one call as a list of tuples."""
    found = find_pairs(make_ends(n_pre, n_post, **(ends or {})), **arguments)
    assert found.pre.dtype == found.post.dtype == np.int32
    return list(zip(found.pre.tolist(), found.post.tolist(), strict=True))
