"""From the texts of a group without an exact solution to its functions, for the method that the script names.

What such a group does is not exact. The texts are those of any group; on the clock they may hold whatever has a value.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..equations.builtins import RANDOM
from ..equations.code import Layout, write_value
from ..equations.dimensions import BOOLEAN, find_dimension
from ..equations.expression import Expression
from ..equations.rates import NotLinearError, RateAlgebra, RateLayout, Rates, inline, split_linear, write_rates
from ..equations.scope import Scope
from ..equations.text import Equations
from ..errors import NoExactSolutionError
from ..randomness import Draws
from ..store import Store
from .description import Description
from .interpolated import Condition
from .model import (
    Model,
    Renewal,
    check_dimensions,
    check_shared_targets,
    layout_of,
    refuse_without_threshold,
    write_code,
    writes_of,
)
from .present import Present
from .stepping import METHODS
from .ticking import ClockedDynamics, Law

#: Comparisons with a margin.
ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def noise_sources(description: Description) -> tuple[str, ...]:
    """Return the names of the sources of noise in the equations: ``xi``, ``xi_1`` and the like."""
    names = {name for line in description.equations.values() if line.expression for name in line.expression.names()}
    return tuple(sorted(name for name in names if name == "xi" or name.startswith("xi_")))


def is_linear_in_each(equations: Equations) -> bool:
    """Return whether each differential equation is linear in its own variable, as exponential Euler needs it."""
    try:
        for name in equations.state_names:
            split_linear(inline(equations[name].formula, equations, name).tree, name)
    except NotLinearError:
        return False
    return True


def fitting_methods(description: Description) -> tuple[str, ...]:
    """Return the methods that can run a group, the best one first; none where the group has to be exact."""
    texts = [line.expression for line in description.equations.values()] + [description.threshold]
    if description.events or any(text and text.calls() & {*RANDOM} for text in texts):
        return ()
    has_noise, is_linear = bool(noise_sources(description)), is_linear_in_each(description.equations)
    names = sorted(METHODS, key=lambda name: -METHODS[name].order)
    return tuple(
        name
        for name in names
        if (METHODS[name].takes_noise or not has_noise) and (is_linear or not METHODS[name].is_conditional)
    )


def solve_clocked(
    description: Description,
    scope: Scope,
    store: Store,
    written: frozenset[str],
    method: str,
    step: float,
    draws: Mapping[str, Draws],
) -> Model:
    """Return the model of a group that a numerical method steps along.

    Parameters
    ----------
    written : frozenset of str
        Variables that events change, synapses among them.
    method : str
        One of `METHODS`; another one is refused, which only noise asks for.
    step : float
        Of the clock [ms].
    draws : mapping of str to Draws
        Of each source of noise.

    Raises
    ------
    EquationError, DimensionMismatchError, UnknownNameError, NoExactSolutionError
        With the line, the piece and the reason.
    """
    check_dimensions(description, scope, has_clock=True)
    refuse_without_threshold(description, scope)
    check_shared_targets(description, scope, written)
    if description.events:
        raise NoExactSolutionError(
            f"{scope.owner}: custom events need an exact solution; a group on the clock (method='{method}') has only "
            "its threshold. Leave events= out, or write equations that are solved exactly."
        )
    text = description.refractory
    ends_by_condition = isinstance(text, Expression) and find_dimension(text, scope, "refractory") == BOOLEAN
    law = _Writer(description, scope, store, method, step, ends_by_condition).law()
    changed = writes_of(description) | (written - frozenset(store.states)) | {"lastspike"}
    duration: Any = text
    if isinstance(text, Expression):
        layout = _event_layout(description, store, step)
        duration = None if ends_by_condition else write_value(text, scope, "refractory", layout)
    layout = _event_layout(description, store, step)
    return Model(
        scope=scope,
        dynamics=ClockedDynamics(law, step, store, draws),
        threshold=None,
        reset=write_code(description.reset, scope, "reset", layout) if description.reset else None,
        duration=duration,
        recovery=None,
        writes=writes_of(description),
        renews=Renewal(bool(changed & {*law.inputs}), False, False),
        present=Present((), (None, np.inf), (None, np.inf)),
        until=np.full(store.n, np.inf),
    )


def _event_layout(description: Description, store: Store, step: float) -> Layout:
    """Return where the code of an event finds the variables; that code may ask for the step of the clock, too."""
    layout = layout_of(store, description.equations)
    layout.fixed["dt"] = repr(step)
    return layout


class _Writer:
    """What writes the texts of one group as functions."""

    def __init__(
        self,
        description: Description,
        scope: Scope,
        store: Store,
        method: str,
        step: float,
        ends_by_condition: bool,
    ) -> None:
        self.description, self.scope, self.store, self.name, self.step = description, scope, store, method, step
        # the name may be that of no method, where there is noise: `law` refuses it then
        self.method, self.equations = METHODS.get(method, METHODS["euler"]), description.equations
        lines = [self.equations[name].formula for name in store.states]
        # a duration is asked for once, when the period begins
        self.recovery = description.refractory if ends_by_condition else None
        texts = [*lines, description.threshold, self.recovery]
        names = {name for text in texts if isinstance(text, Expression) for name in text.names()}
        known = (*store.parameters, "lastspike")
        self.inputs = tuple(name for name in known if name in self.equations.names_behind(*names))
        self.sources = noise_sources(description)

    def law(self) -> Law:
        """Return all of them."""
        drifts, noise = self._drifts(), None
        if self.sources:
            noise = self._noise()
            if self.name not in METHODS or not self.method.takes_noise:
                raise NoExactSolutionError(
                    f"{self.scope.owner}: noise ({', '.join(self.sources)}) is stepped by method='euler' "
                    f"(Euler-Maruyama) only, found method='{self.name}'. Use method='euler'."
                )
        threshold = self.description.threshold
        return Law(
            self.method,
            self.name,
            self._conditional(drifts) if self.method.is_conditional else self._plain(drifts),
            noise,
            self.sources,
            self._condition(threshold, "threshold", "1.0"),
            self._condition(self.recovery, "refractory", "0.0"),
            self.inputs,
        )

    def _layout(self, phase: str = "active") -> RateLayout:
        fixed = {"t": "t", "i": "k", "N": repr(float(self.store.n)), "dt": repr(self.step), "not_refractory": phase}
        return RateLayout(self.store.states, self.inputs, fixed)

    def _drifts(self) -> list[Expression]:
        """Return the right-hand sides without their noise."""
        lines = []
        for name in self.store.states:
            line = self.equations[name].formula
            for source in self.sources:
                line = _with_tree(line, self._split(line, source, name)[1])
            lines.append(line)
        return lines

    def _noise(self) -> Rates:
        layout, values = self._layout(), []
        for source in self.sources:
            for name in self.store.states:
                line = self.equations[name].formula
                tree = self._split(line, source, name)[0]
                self._require_additive(_with_tree(line, tree), source, name)
                values.append((self._code(_with_tree(line, tree), name, layout), self._is_held(name)))
        return write_rates(values, layout)

    def _require_additive(self, factor: Expression, source: str, name: str) -> None:
        """Refuse noise whose strength moves with the state: there two calculi differ, and a method has to choose."""
        moving = self.equations.names_behind(*factor.names()) & {*self.store.states}
        if moving:
            raise NoExactSolutionError(
                f"{self.scope.owner}, equation of d{name}/dt: the noise {source} is multiplied by {min(moving)}\n"
                f"{self.equations[name].formula.excerpt()}\nSuch noise means one thing to Ito and another to "
                "Stratonovich, and needs a method that says which ('heun' and 'milstein' in Brian). There is none here "
                "yet; noise whose strength depends on parameters and on t only is supported."
            )

    def _plain(self, lines: Sequence[Expression]) -> Rates:
        layout = self._layout()
        codes = zip(lines, self.store.states, strict=True)
        return write_rates([(self._code(line, name, layout), self._is_held(name)) for line, name in codes], layout)

    def _conditional(self, lines: Sequence[Expression]) -> Rates:
        layout = self._layout()
        pairs = [self._split(line, name, name) for line, name in zip(lines, self.store.states, strict=True)]
        values = []
        for side in (0, 1):
            for line, name, pair in zip(lines, self.store.states, pairs, strict=True):
                values.append((self._code(_with_tree(line, pair[side]), name, layout), self._is_held(name)))
        return write_rates(values, layout)

    def _condition(self, text: Any, where: str, phase: str) -> Condition | None:
        if not isinstance(text, Expression):
            return None

        def write(piece: Expression) -> Rates:
            layout = self._layout(phase)
            return write_rates([(piece.fold(RateAlgebra(piece, self.scope, where, layout)), "")], layout)

        margin, tree = None, text.tree
        if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ORDERED):
            difference = ast.copy_location(ast.BinOp(tree.left, ast.Sub(), tree.comparators[0]), tree)
            margin = write(_with_tree(text, difference))
        used = self.equations.names_behind(*text.names())
        needs = tuple(j for j, name in enumerate(self.store.states) if name in used)
        return Condition(write(text), margin, needs)

    def _code(self, line: Expression, name: str, layout: RateLayout) -> str:
        return line.fold(RateAlgebra(line, self.scope, f"equation of d{name}/dt", layout))

    def _is_held(self, name: str) -> str:
        return "hold" if "unless refractory" in self.equations[name].flags else ""

    def _split(self, line: Expression, inner: str, name: str) -> tuple[ast.expr | None, ast.expr | None]:
        line = inline(line, self.equations, inner)
        try:
            return split_linear(line.tree, inner)
        except NotLinearError as problem:
            advice = "Use method='rk4', 'rk2' or 'euler'." if inner == name else "Noise must be added, times a factor."
            raise NoExactSolutionError(
                f"{self.scope.owner}, equation of d{name}/dt: the method '{self.name}' needs an equation that is "
                f"linear in {inner}\n{line.excerpt(problem.node)}\n{advice}"
            ) from None


def _with_tree(line: Expression, tree: ast.expr | None) -> Expression:
    """Return a piece of an expression; nothing counts as zero."""
    piece = tree if tree is not None else ast.copy_location(ast.Constant(0.0), line.tree)
    return Expression(line.text, piece, line.line, line.column, line.replaced)
