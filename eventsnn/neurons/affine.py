"""Which groups on the clock can be stepped from their exact law, and what their coefficients are.

The equations have to be linear, ``dx = (A x + b) dt + B dW``, with coefficients that stand still between events, and
the threshold a single comparison that is linear, too. Whatever parameters do in them is left as the texts say it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ..equations.builtins import FUNCTIONS, RANDOM
from ..equations.expression import Expression, replace_names
from ..equations.rates import NotLinearError, split_linear
from ..equations.text import SUBEXPRESSION, Equations
from .description import Description

Tree = ast.expr | None


class NotAffineError(Exception):
    """A text cannot be solved so; says where it stands, which piece is at fault, and why."""

    def __init__(self, where: str, excerpt: str, why: str) -> None:
        super().__init__()
        self.where, self.excerpt, self.why = where, excerpt, why


@dataclass(frozen=True)
class Sum:
    """A text as a sum.

    Attributes
    ----------
    text : Expression
        With its sub-expressions written out.
    factors : dict of str to tree or None
        What names are multiplied by; None stands for nothing.
    rest : tree or None
        What is added to that.
    """

    text: Expression
    factors: dict[str, Tree]
    rest: Tree


@dataclass(frozen=True)
class Sums:
    """The texts of a group as sums.

    Attributes
    ----------
    lines : dict of str to Sum
        Of each variable, the right-hand side of its equation, over variables and sources of noise.
    distance : Sum or None
        How far the neuron is below its threshold; None where there is none, or where it draws random numbers.
    """

    lines: dict[str, Sum]
    distance: Sum | None

    def reached_from(self, sources: Sequence[str]) -> tuple[str, ...]:
        """Return the variables that noise reaches, directly or through others."""
        reached = {*sources}
        while more := {name for name in self.lines.keys() - reached if self._reads(name, reached)}:
            reached |= more
        return tuple(name for name in self.lines if name in reached)

    def _reads(self, name: str, others: set[str]) -> bool:
        return any(self.lines[name].factors[other] is not None for other in others)


def find_sums(description: Description, sources: Sequence[str]) -> Sums:
    """Return the texts of a group as sums.

    Parameters
    ----------
    sources : sequence of str
        Of noise.

    Raises
    ------
    NotAffineError
    """
    equations, threshold = description.equations, description.threshold
    states = equations.state_names
    lines = {
        name: _split(f"equation of d{name}/dt", _written_out(equations[name].formula, equations), sources, states)
        for name in states
    }
    if threshold is None:
        return Sums(lines, None)
    text = _written_out(threshold, equations)
    if text.calls() & {*RANDOM}:
        return Sums(lines, None)
    tree = text.tree
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1 or isinstance(tree.ops[0], ast.Eq | ast.NotEq):
        raise NotAffineError("threshold", threshold.excerpt(), "it is not a single comparison with < or >")
    upper, lower = tree.left, tree.comparators[0]
    if not isinstance(tree.ops[0], ast.Lt | ast.LtE):
        # v > theta: the neuron is theta - v below it
        upper, lower = lower, upper
    difference = ast.copy_location(ast.BinOp(upper, ast.Sub(), lower), tree)
    return Sums(lines, _split("threshold", with_tree(text, difference), (), states))


def with_tree(line: Expression, tree: Tree) -> Expression:
    """Return a piece of an expression; nothing counts as zero."""
    piece = tree if tree is not None else ast.copy_location(ast.Constant(0.0), line.tree)
    return Expression(line.text, piece, line.line, line.column, line.replaced)


def _split(where: str, text: Expression, sources: Sequence[str], states: Sequence[str]) -> Sum:
    factors: dict[str, Tree] = {}
    rest: Tree = text.tree
    for name in (*sources, *states):
        try:
            factors[name], rest = (None, None) if rest is None else split_linear(rest, name)
        except NotLinearError as problem:
            raise NotAffineError(where, text.excerpt(problem.node), f"it is not linear in {name} here") from None
        why = f"the noise {name} is multiplied by a variable" if name in sources else f"it is not linear in {name} here"
        _require_constant(where, text, factors[name], states, why)
    _require_constant(where, text, rest, states, "")
    return Sum(text, factors, rest)


def _require_constant(where: str, text: Expression, tree: Tree, states: Sequence[str], why: str) -> None:
    """Refuse what changes between events."""
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.Name(id=name) if name in states:
                raise NotAffineError(where, text.excerpt(node), why)
            case ast.Name(id="t"):
                raise NotAffineError(where, text.excerpt(node), "it depends on t")
            case ast.Call(func=ast.Name(id=name)) if name in RANDOM:
                raise NotAffineError(where, text.excerpt(node), f"{name}() is drawn once a step")
            case ast.Call(func=ast.Name(id=name)) if name not in FUNCTIONS:
                raise NotAffineError(where, text.excerpt(node), f"{name} is a function of time")


def _written_out(text: Expression, equations: Equations) -> Expression:
    """Return an expression with its sub-expressions written out."""
    while True:
        inner = {
            name: equations[name].formula.tree
            for name in text.names()
            if name in equations and equations[name].kind == SUBEXPRESSION
        }
        if not inner:
            return text
        text = replace_names(text, inner)
