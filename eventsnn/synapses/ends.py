"""The two groups that a rule connects, and the user's texts over pairs of their neurons."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from ..equations.builtins import RANDOM
from ..equations.dimensions import BOOLEAN, find_dimension, require_condition, require_dimension
from ..equations.expression import Expression, parse_expression
from ..equations.scope import SPECIAL, Scope
from ..equations.text import SUBEXPRESSION, Equation
from ..equations.values import evaluate
from ..errors import ArgumentError, WrongTypeError
from ..units import DIMENSIONLESS

#: What a text may need besides local names: the indices, variables of either end, and chance.
OF_PRE, OF_POST, CHANCE = "_pre", "_post", "rand()"
NEEDS_OF = {"i": frozenset({"i", OF_PRE}), "j": frozenset({"j", OF_POST})}

#: How many synapses a neuron has: not known while they are made.
COUNTS = ("N_incoming", "N_outgoing")

#: Whole numbers beyond this are not all doubles.
LARGEST = 2.0**53


@dataclass(frozen=True)
class Block:
    """Some candidate pairs, or what is known of them so far.

    Attributes
    ----------
    known : dict of str to ndarray
        ``'i'``, ``'j'`` and local names, in shapes that go together (NumPy's broadcasting).
    """

    known: Mapping[str, np.ndarray]

    @cached_property
    def shape(self) -> tuple[int, ...]:
        return np.broadcast_shapes(*(values.shape for values in self.known.values()))

    def kept(self, keep: np.ndarray) -> Block:
        """Return the pairs for which `keep` holds, as a plain list."""
        places = np.unravel_index(np.flatnonzero(keep), keep.shape)
        return Block({name: np.broadcast_to(values, keep.shape)[places] for name, values in self.known.items()})

    def repeated(self, times: int | np.ndarray) -> Block:
        """Return each pair of a list several times, side by side."""
        return Block({name: np.repeat(values, times) for name, values in self.known.items()})

    def listed(self) -> Block:
        """Return the pairs of a grid as a plain list."""
        if all(values.shape == self.shape and values.ndim == 1 for values in self.known.values()):
            return self
        return Block({name: np.broadcast_to(values, self.shape).ravel() for name, values in self.known.items()})

    def describe(self, place: int) -> str:
        """Return words for one pair, ``' for i = 3, j = 7'``; empty when nothing is known."""
        spread = {name: np.broadcast_to(values, self.shape).ravel() for name, values in self.known.items()}
        shown = [f"{name} = {values[place]:g}" for name, values in spread.items() if name != "_"]
        return f" for {', '.join(shown)}" if shown else ""


@dataclass(frozen=True)
class Ends:
    """What a rule may ask about the two groups; made anew for every call of ``connect``.

    Attributes
    ----------
    n_pre, n_post : int
        Sizes.
    scope : Scope
        Knows i, j, N_pre, N_post, x_pre, x_post, ... as its `equations`, and the constants.
    read : callable
        ``read(name, pre, post)`` gives the internal values of a variable for pairs (two arrays of equal length). Of
        names in ``_pre`` it is asked once for all neurons of the group, with zeros in place of the other end, and
        likewise ``_post``. Of i, j, N_pre and N_post it is never asked.
    random : numpy.random.Generator
    where : str
        For messages: ``"Synapses 'synapses'.connect"``.
    """

    n_pre: int
    n_post: int
    scope: Scope
    read: Callable[[str, np.ndarray, np.ndarray], Any]
    random: np.random.Generator
    where: str
    _of_all: dict[str, np.ndarray] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def index_type(self) -> type:
        return np.int32 if max(self.n_pre, self.n_post) <= 2**31 else np.int64

    def size(self, index: str) -> int:
        """Return how many neurons ``'i'`` or ``'j'`` goes over."""
        return self.n_pre if index == "i" else self.n_post

    def indices(self, index: str) -> np.ndarray:
        """Return all neurons that ``'i'`` or ``'j'`` goes over."""
        return np.arange(self.size(index), dtype=self.index_type)

    def values(self, name: str, block: Block) -> Any:
        """Return the values of a name for the pairs of a block."""
        if name in block.known:
            return block.known[name]
        if name in ("N_pre", "N_post"):
            return self.n_pre if name == "N_pre" else self.n_post
        # Read per neuron and then spread: a block may be a whole grid of pairs, and arithmetic on one end is then
        # done once for each row or column of it.
        for suffix, index in ((OF_PRE, "i"), (OF_POST, "j")):
            if name.endswith(suffix):
                return self._values_of_all(name, index)[block.known[index]]
        pre, post = np.broadcast_arrays(block.known["i"], block.known["j"])
        return np.broadcast_to(self.read(name, pre.ravel(), post.ravel()), pre.size).reshape(pre.shape)

    def _values_of_all(self, name: str, index: str) -> np.ndarray:
        if name not in self._of_all:
            neurons = self.indices(index)
            zeros = np.zeros_like(neurons)
            values = self.read(name, *((neurons, zeros) if index == "i" else (zeros, neurons)))
            self._of_all[name] = np.broadcast_to(values, neurons.shape)
        return self._of_all[name]


@dataclass(frozen=True)
class Formula:
    """A text of the user's, to be evaluated over pairs.

    Attributes
    ----------
    expression : Expression
    scope : Scope
    what : str
        Which argument it is: ``'p'``.
    local : str
        Name of the iteration variable that it may use; empty without one.
    """

    expression: Expression
    scope: Scope
    what: str
    local: str = ""

    @property
    def where(self) -> str:
        return f"{self.scope.owner}, {self.what}"

    @cached_property
    def needs(self) -> frozenset[str]:
        """What it depends on: of ``'i'``, ``'j'``, ``'_pre'``, ``'_post'``, the local name and ``'rand()'``."""
        return self._needs_of(self.expression)

    def _needs_of(self, expression: Expression) -> frozenset[str]:
        chance = frozenset({CHANCE}) if expression.calls() & set(RANDOM) else frozenset()
        return chance.union(*(self._needs_of_name(name) for name in expression.names()))

    def _needs_of_name(self, name: str) -> frozenset[str]:
        variable = self.scope.variable(name)
        if name in ("i", "j", self.local, *COUNTS):
            return frozenset({name})
        if variable is None or name in ("N_pre", "N_post"):
            return frozenset()
        if variable.kind == SUBEXPRESSION:
            return self._needs_of(variable.formula)
        suffixes = [suffix for suffix in (OF_PRE, OF_POST) if name.endswith(suffix)]
        return frozenset(suffixes or (OF_PRE, OF_POST))

    def over(self, ends: Ends, block: Block) -> np.ndarray:
        """Return the values for all pairs of a block, in its shape."""

        def draw(function: str, _: int) -> np.ndarray:
            return ends.random.random(block.shape) if function == "rand" else ends.random.standard_normal(block.shape)

        values = evaluate(self.expression, self.scope, self.what, lambda name: ends.values(name, block), draw)
        return np.broadcast_to(values, block.shape)

    def refuse(self, needs: frozenset[str], why: str) -> None:
        """Raise an error that points at the first name with a forbidden need, if there is one."""
        for node in ast.walk(self.expression.tree):
            if isinstance(node, ast.Name) and self._needs_of_name(node.id) & needs:
                raise ArgumentError(f"{self.where}: '{node.id}' cannot be used here\n{self._excerpt(node)}\n{why}")

    def fail(self, error: type[ArgumentError], message: str, advice: str = "") -> NoReturn:
        """Raise an error that shows the text."""
        raise error(f"{self.where}: {message}\n{self._excerpt()}" + (f"\n{advice}" if advice else ""))

    def _excerpt(self, node: ast.AST | None = None) -> str:
        return self.expression.excerpt(node)


def _read(scope: Scope, text: str, what: str, local: str, place: dict[str, Any]) -> Formula:
    formula = Formula(parse_expression(text, f"{scope.owner}, {what}", **place), scope, what, local)
    formula.refuse(frozenset(COUNTS), "This is what the call itself changes.")
    return formula


def read_formula(scope: Scope, text: str, what: str, local: str = "", **place: Any) -> Formula:
    """Read a text that gives a number; its place in a longer `line` may be told as for `parse_expression`."""
    formula = _read(scope, text, what, local, place)
    require_dimension(formula.expression, DIMENSIONLESS, scope, what, "A pure number is needed here.")
    return formula


def read_index(scope: Scope, text: str, what: str, local: str = "", **place: Any) -> Formula:
    """Read a text that gives a neuron's index."""
    formula = read_formula(scope, text, what, local, **place)
    if find_dimension(formula.expression, scope, what) == BOOLEAN:
        formula.fail(WrongTypeError, "expected the index of a neuron, found a condition", "Write condition='...'.")
    return formula


def read_condition(scope: Scope, text: str, what: str, local: str = "", **place: Any) -> Formula:
    """Read a text that is true or false."""
    formula = _read(scope, text, what, local, place)
    require_condition(formula.expression, scope, what)
    return formula


def with_local(scope: Scope, name: str) -> Scope:
    """Return the scope with one more variable, which beats constants of the same name."""
    return replace(scope, equations={**scope.equations, name: Equation(SPECIAL, name, None, DIMENSIONLESS, int, "1")})


def require_whole(values: np.ndarray, formula: Formula, block: Block) -> None:
    """Check that a formula gave whole numbers."""
    bad = np.flatnonzero(~((values == np.trunc(values)) & (np.abs(values) <= LARGEST)))
    if len(bad):
        found = float(values.ravel()[bad[0]])
        advice = "Write int(...) to round down." if abs(found) < LARGEST else ""
        formula.fail(WrongTypeError, f"expected a whole number, found {found:g}{block.describe(bad[0])}", advice)


def as_probabilities(values: np.ndarray, formula: Formula, block: Block) -> np.ndarray:
    """Return what a formula gave as probabilities; what is above 1 is certain, as in Brian."""
    bad = np.flatnonzero(~(values >= 0.0))
    if len(bad):
        formula.fail(
            ArgumentError,
            f"expected a probability, 0 or more, found {values.ravel()[bad[0]]:g}{block.describe(int(bad[0]))}",
            "Write clip(..., 0, 1) to cut at zero.",
        )
    return np.minimum(values, 1.0)
