"""`OnClock`: what a group of neurons needs should it have to run on a clock, and when it has to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..equations.scope import Scope
from ..errors import NoExactSolutionError
from ..neurons.clocked import solve_clocked
from ..neurons.description import Description, calls_behind
from ..neurons.model import Model, check_termination
from ..neurons.ornstein_uhlenbeck import EXACT
from ..neurons.recognition import fitting_methods, is_affine, noise_sources, reason_for_clock
from ..neurons.ticking import ClockedDynamics
from ..randomness import SOURCE, Draws
from ..store import Store
from .arguments import CLOCKED, EXACT_METHODS, NUMERICAL_METHODS, check_method, choose_clock, stepping_method

#: Why a group runs on the clock that has neither noise nor draws.
NO_SOLUTION = "it has no exact solution"


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
    followed : str or None
        A variable that is linked to one of another group, and read there once in each step.
    noise : dict of str to Draws
        Random numbers for each purpose: of the sources of noise, and of what the texts draw.
    """

    def __init__(self, name: str, method: Any, dt: Any, clock: Any) -> None:
        label = f"NeuronGroup '{name}'"
        self._name, self.method, self._stepping = name, check_method(method, label), stepping_method(method)
        self.clock = choose_clock(dt, clock, label)
        self._has_own_clock = dt is not None or clock is not None
        self.noise: dict[str, Draws] = {}
        self.followed: str | None = None
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
        if self._reason(description) or self._is_forced:
            return self._solve(description, scope, store, written, self._method_for_clock(description))
        try:
            return solve_exactly()
        except NoExactSolutionError as problem:
            if self._stepping is None:
                advice = self._advise(description)
                problem.args = (f"{problem.args[0]}\n{advice}" if advice else problem.args[0],)
                raise
        # out of reach of the error above, which is none
        return self._solve(description, scope, store, written, self._stepping)

    def _method_for_clock(self, description: Description) -> str:
        if self._wants_exact(description):
            return EXACT
        if self.method is None:
            # where nothing fits, that is said there, after worse mistakes
            return next(iter(fitting_methods(description)), "euler")
        return self._stepping or self.method

    def _wants_exact(self, description: Description) -> bool:
        """Return whether steps are to be drawn from their exact law: as asked for, or where no noise makes it dear."""
        if self.method in EXACT_METHODS:
            # the first one of a list that can be used is
            return self._stepping is None or is_affine(description)
        # where an input changes at every tick the laws would have to be made anew at every tick
        is_quick = not noise_sources(description) and not self.followed
        return self.method is None and is_quick and is_affine(description)

    def asks_for_clock(self, description: Description) -> bool:
        """Return whether the clock is asked for: by the texts of the group, or by the name of a numerical method."""
        return bool(reason_for_clock(description) or self._stepping)

    def _reason(self, description: Description) -> str:
        followed = f"its linked variable {self.followed} is read once a step" if self.followed else ""
        return reason_for_clock(description) or followed

    @property
    def _is_forced(self) -> bool:
        return str(self.method).startswith(CLOCKED)

    def _solve(self, description: Description, scope: Scope, store: Store, written: Any, method: str) -> Model:
        known, used, step = self.noise, {}, self.clock.step
        is_other_step = step != self._noise_step

        def draws(purpose: str) -> Draws:
            mine = known.get(purpose)
            # steps of another length are counted otherwise, and would meet numbers that have been used
            if mine is None or not mine.is_current or is_other_step:
                mine = mine.begin_again() if mine else Draws(self._name, purpose)
            used[purpose] = mine
            return mine

        model = solve_clocked(description, scope, store, written, method, step, draws)
        threshold = description.threshold
        if method == EXACT and threshold is not None and not calls_behind(threshold, description.equations):
            check_termination(description, scope)
        self.noise, self._noise_step = used, step
        return model

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Let the group be solved without any change of what it draws."""
        before = self.noise, self._noise_step
        with SOURCE.looking():
            yield
        self.noise, self._noise_step = before

    # --- what is said of it -----------------------------------------------------------------------------------

    def _advise(self, description: Description) -> str:
        best, *others = fitting_methods(description) or ("",)
        if not best:
            return "Custom events need an exact solution, so no numerical method helps." if description.events else ""
        found = f"method='{self.method}' is not there. " if self.method in NUMERICAL_METHODS else ""
        rest = f" (or {', '.join(map(repr, others))})" if others else ""
        return (
            f"{found}On a clock, not exactly, the group runs with method='{best}'{rest}; "
            "docs: how to run a model that has no exact solution."
        )

    def note(self, model: Model, description: Description) -> str:
        """Return what of method and clock is used otherwise than asked for, or that the group is not exact."""
        dynamics = model.dynamics
        if isinstance(dynamics, ClockedDynamics):
            why = " as asked for" if self._is_forced else f": {self._reason(description) or NO_SOLUTION}"
            caveats = dynamics.caveats()
            return f"runs on the clock{why}. {dynamics.describe()}{'; ' if caveats else ''}{caveats}."
        if self.method in NUMERICAL_METHODS:
            return f"method='{self.method}' was asked for; the exact solution is used instead."
        if self._has_own_clock:
            return "dt and clock have no meaning for an exact group, which has no step."
        return ""

    def draws_anew(self, before: Model, now: Model) -> bool:
        """Return whether two models draw other noise: the seed was set in between, or the step has another length."""
        models = [m.dynamics.noise.keys if isinstance(m.dynamics, ClockedDynamics) else [] for m in (before, now)]
        return models[0] != models[1]

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
