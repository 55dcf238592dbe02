"""`OnClock`: what a group of neurons needs should it have to run on a clock, and when it has to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..equations.scope import Scope
from ..errors import NoExactSolutionError
from ..neurons.clocked import noise_sources, solve_clocked
from ..neurons.description import Description
from ..neurons.model import Model
from ..neurons.stepping import METHODS
from ..neurons.ticking import ClockedDynamics
from ..randomness import Draws
from ..store import Store
from .arguments import CLOCKED, NUMERICAL_METHODS, check_method, choose_clock, stepping_method


class OnClock:
    """The method and the clock that a group names, and the noise that it draws on it.

    Parameters
    ----------
    name : str
        Of the group.
    method, dt, clock
        As the user gave them.

    Attributes
    ----------
    method : str or None
        As asked for.
    clock : Clock
    noise : dict of str to Draws
        Random numbers of each source of noise.
    """

    def __init__(self, name: str, method: Any, dt: Any, clock: Any) -> None:
        label = f"NeuronGroup '{name}'"
        self._name, self.method, self._stepping = name, check_method(method, label), stepping_method(method)
        self.clock = choose_clock(dt, clock, label)
        self._has_own_clock = dt is not None or clock is not None
        self.noise: dict[str, Draws] = {}
        # the length of the steps that its draws are counted by [ms]
        self._noise_step = 0.0

    # --- which solution ---------------------------------------------------------------------------------------

    def solve(
        self, solve_exactly: Callable[[], Model], description: Description, scope: Scope, store: Store, written: Any
    ) -> Model:
        """Return the exact model, or the one on the clock where there is noise, no exact solution, or it is asked for.

        Parameters
        ----------
        solve_exactly : callable
        written : frozenset of str
            Variables that events change.

        Raises
        ------
        NoExactSolutionError
            When no numerical method is named, either; the message says which there are.
        """
        sources = noise_sources(description)
        method = "euler" if self.method is None and sources else self._stepping
        if method is not None and (sources or self._is_forced):
            return self._solve(description, scope, store, written, method, sources)
        try:
            return solve_exactly()
        except NoExactSolutionError as problem:
            if method is not None:
                return self._solve(description, scope, store, written, method, sources)
            problem.args = (f"{problem.args[0]}\n{self._advise()}",)
            raise

    @property
    def _is_forced(self) -> bool:
        return str(self.method).startswith(CLOCKED)

    def _solve(
        self, description: Description, scope: Scope, store: Store, written: Any, method: str, sources: tuple[str, ...]
    ) -> Model:
        noise, step = dict(self.noise), self.clock.step
        for source in sources:
            draws = noise.get(source)
            # steps of another length are counted otherwise, and would meet numbers that have been used
            if draws is None or not draws.is_current or step != self._noise_step:
                noise[source] = draws.begin_again() if draws else Draws(self._name, f"noise {source}")
        # the step that is under way when a seed is set goes on with the draws that it began with
        self.noise, self._noise_step = noise, step
        return solve_clocked(description, scope, store, written, method, step, noise)

    # --- what is said of it -----------------------------------------------------------------------------------

    def _advise(self) -> str:
        known = ", ".join(f"'{name}'" for name in METHODS)
        if self.method in NUMERICAL_METHODS:
            return f"On the clock, the methods are {known}; method='{self.method}' is not one of them."
        return f"A numerical method, chosen by name, runs such a group on a clock, not exactly: method={known}."

    def note(self, model: Model) -> str:
        """Return what of method and clock is used otherwise than asked for, or that the group is not exact."""
        dynamics = model.dynamics
        if isinstance(dynamics, ClockedDynamics):
            why = " as asked for" if self._is_forced else ": it has no exact solution"
            why = ": noise has no exact solution" if dynamics.law.sources else why
            return f"runs on the clock{why}. {dynamics.describe()}; its spikes are not exact."
        if self.method in NUMERICAL_METHODS:
            return f"method='{self.method}' was asked for; the exact solution is used instead."
        if self._has_own_clock:
            return "dt and clock have no meaning for an exact group, which has no step."
        return ""

    # --- the noise --------------------------------------------------------------------------------------------

    def forget_noise(self) -> None:
        """Draw from new numbers: another network counts its time, and the steps of noise, from its own beginning."""
        self.noise = {}

    def snapshot(self) -> dict[str, Any]:
        """Return what of the noise is kept in a checkpoint."""
        return {
            "noise": {source: draws.snapshot() for source, draws in self.noise.items()},
            "noise_step": self._noise_step,
        }

    def restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        """Go back to a checkpoint, or to other numbers from there on."""
        self.noise = {source: Draws.restored(draws, is_fresh) for source, draws in snapshot["noise"].items()}
        self._noise_step = snapshot["noise_step"]
