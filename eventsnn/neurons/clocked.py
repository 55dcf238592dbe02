"""From the texts of a group without an exact solution to its functions, for the method that the script names.

What such a group does is not exact. The texts are those of any group; on the clock they may hold whatever has a value.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..equations.code import Layout, write_value
from ..equations.dimensions import BOOLEAN, find_dimension
from ..equations.expression import Expression
from ..equations.rates import Drawn, NotLinearError, RateAlgebra, RateLayout, Rates, inline, split_linear, write_rates
from ..equations.scope import Scope
from ..errors import NoExactSolutionError
from ..randomness import Draws
from ..store import Store
from .affine import NotAffineError, Sums, find_sums, with_tree
from .description import Description, calls_behind
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
from .noise import Chances, Noise
from .noise_texts import check_noise
from .ornstein_uhlenbeck import EXACT, EXACT_METHOD, ExactDynamics
from .present import Present
from .recognition import fitting_methods, kind_of_noise, noise_sources
from .stepping import ADDITIVE, METHODS
from .ticking import ClockedDynamics, Law

#: Comparisons with a margin.
ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def solve_clocked(
    description: Description,
    scope: Scope,
    store: Store,
    written: frozenset[str],
    method: str,
    step: float,
    draws: Callable[[str], Draws],
) -> Model:
    """Return the model of a group that a numerical method steps along.

    Parameters
    ----------
    written : frozenset of str
        Variables that events change, synapses among them.
    method : str
        One of `METHODS`, or 'exact' where equations and threshold are linear; noise refuses any other one.
    step : float
        Of the clock [ms].
    draws : callable
        ``draws(purpose)`` gives random numbers of the group.

    Raises
    ------
    EquationError, DimensionMismatchError, UnknownNameError, NoExactSolutionError
        With the line, the piece and the reason.
    """
    check_noise(description.equations, noise_sources(description), scope.owner)
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
    is_exact = method == EXACT and bool(store.states)
    writer = (_ExactWriter if is_exact else _Writer)(description, scope, store, method, step, ends_by_condition)
    law = writer.law()
    changed = writes_of(description) | (written - frozenset(store.states)) | {"lastspike"}
    duration: Any = text
    if isinstance(text, Expression):
        layout = _event_layout(description, store, step)
        duration = None if ends_by_condition else write_value(text, scope, "refractory", layout)
    # another one: each text has constants of its own
    layout = _event_layout(description, store, step)
    return Model(
        scope=scope,
        dynamics=writer.dynamics(law, draws),
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
        self.sources, self.drawn = noise_sources(description), Drawn()

    def law(self) -> Law:
        """Return all of them."""
        threshold = self.description.threshold
        rates, noise = self._rates_and_noise()
        return Law(
            method=self.method,
            name=self.name,
            rates=rates,
            noise=noise,
            sources=self.sources,
            threshold=self._condition(threshold, "threshold", "1.0"),
            refractory=self._condition(self.recovery, "refractory", "0.0"),
            inputs=self.inputs,
            drawn=tuple(self.drawn.draws),
            is_polled=threshold is not None and bool(calls_behind(threshold, self.equations)),
        )

    def _rates_and_noise(self) -> tuple[Rates, Rates | None]:
        drifts = self._drifts()
        noise = self._noise() if self.sources else None
        if self.sources:
            self._require_fitting_noise()
        return self._conditional(drifts) if self.method.is_conditional else self._plain(drifts), noise

    def dynamics(self, law: Law, draws: Callable[[str], Draws]) -> ClockedDynamics:
        """Return how the group moves by these."""
        noise = Noise(law.sources, law.drawn, draws, self.step, self.store)
        return ClockedDynamics(law, self.step, self.store, noise)

    def _layout(self, phase: str = "active") -> RateLayout:
        fixed = {"t": "t", "i": "k", "N": repr(float(self.store.n)), "dt": repr(self.step), "not_refractory": phase}
        return RateLayout(self.store.states, self.inputs, fixed, self.drawn)

    def _drifts(self) -> list[Expression]:
        """Return the right-hand sides without their noise."""
        lines = []
        for name in self.store.states:
            line = self.equations[name].formula
            for source in self.sources:
                line = with_tree(line, self._split(line, source, name)[1])
            lines.append(line)
        return lines

    def _noise(self) -> Rates:
        layout, values = self._layout(), []
        for source in self.sources:
            for name in self.store.states:
                line = self.equations[name].formula
                tree = self._split(line, source, name)[0]
                values.append((self._code(with_tree(line, tree), name, layout), self._is_held(name)))
        return write_rates(values, layout)

    def _require_fitting_noise(self) -> None:
        """Refuse a method that does not integrate the noise of the equations."""
        kind = kind_of_noise(self.description)
        if self.name in METHODS and self.method.noise >= kind:
            return
        fitting = fitting_methods(self.description)
        names = " or ".join(map(repr, fitting))
        if kind == ADDITIVE:
            raise NoExactSolutionError(
                f"{self.scope.owner}: noise ({', '.join(self.sources)}) is integrated by 'euler', 'heun' or "
                f"'milstein', and 'exact' where the equations are linear; found '{self.name}'. Leave method= out, or "
                "use method='euler' (Euler-Maruyama)."
            )
        source, name, line = self._multiplied()
        why = ""
        if self.name == "milstein":
            why = " 'milstein' needs for each variable a source of its own, multiplied by that variable alone."
        raise NoExactSolutionError(
            f"{self.scope.owner}, equation of d{name}/dt: the noise {source} is multiplied by a variable\n"
            f"{line.excerpt()}\nSuch noise means one thing to Ito and another to Stratonovich. {names} integrates it "
            f"in the sense of Stratonovich, as in Brian; found '{self.name}'.{why} For Ito's meaning subtract half the "
            "strength times its derivative from the equation."
        )

    def _multiplied(self) -> tuple[str, str, Expression]:
        """Return the first source of noise that is multiplied by a variable, whose equation it stands in, and that."""
        for source in self.sources:
            for name in self.store.states:
                factor, line = self._split(self.equations[name].formula, source, name)[0], self.equations[name].formula
                if self.equations.names_behind(*with_tree(line, factor).names()) & {*self.store.states}:
                    return source, name, line
        raise AssertionError("no noise is multiplied by a variable")

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
                values.append((self._code(with_tree(line, pair[side]), name, layout), self._is_held(name)))
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
            margin = write(with_tree(text, difference))
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
            raise NoExactSolutionError(
                f"{self.scope.owner}, equation of d{name}/dt: the method '{self.name}' needs an equation that is "
                f"linear in {inner}\n{line.excerpt(problem.node)}\nUse method='rk4', 'rk2' or 'euler'."
            ) from None


class _ExactWriter(_Writer):
    """What writes the texts of a group that is stepped from the exact law of its equations; `rates` are A and b."""

    def _rates_and_noise(self) -> tuple[Rates, Rates | None]:
        self.sums, self.method = self._find_sums(), EXACT_METHOD
        lines, layout, noise_layout = self.sums.lines, self._layout(), self._layout()
        pieces = [(name, lines[name].factors[other]) for name in lines for other in lines]
        pieces += [(name, line.rest) for name, line in lines.items()]
        noise = [(name, line.factors[source]) for name, line in lines.items() for source in self.sources]
        return (
            write_rates([self._piece(name, tree, layout) for name, tree in pieces], layout),
            # also where there is none: so that whatever divides a step does so by the law, and not on a line
            write_rates([self._piece(name, tree, noise_layout) for name, tree in noise], noise_layout),
        )

    def dynamics(self, law: Law, draws: Callable[[str], Draws]) -> ClockedDynamics:
        """Return how the group moves by these."""
        reached = self.sums.reached_from(self.sources)
        noise = Chances(reached, law.drawn, draws, self.step, self.store)
        return ExactDynamics(law, self.step, self.store, noise, self._distance())

    def _piece(self, name: str, tree: ast.expr | None, layout: RateLayout) -> tuple[str, str]:
        text = with_tree(self.sums.lines[name].text, tree)
        return self._code(text, name, layout), self._is_held(name)

    def _distance(self) -> Rates | None:
        """Return the weights and the constant of the distance to threshold."""
        distance, layout = self.sums.distance, self._layout("1.0")
        if distance is None:
            return None
        trees = [*distance.factors.values(), distance.rest]
        texts = [with_tree(distance.text, tree) for tree in trees]
        return write_rates([(x.fold(RateAlgebra(x, self.scope, "threshold", layout)), "") for x in texts], layout)

    def _find_sums(self) -> Sums:
        try:
            return find_sums(self.description, self.sources)
        except NotAffineError as problem:
            names = " or ".join(f"method='{name}'" for name in fitting_methods(self.description)[:2])
            raise NoExactSolutionError(
                f"{self.scope.owner}, {problem.where}: on the clock method='exact' is for equations, and for a "
                f"threshold, that are linear with coefficients that stand still between events; {problem.why}\n"
                f"{problem.excerpt}\nUse {names}."
            ) from None
