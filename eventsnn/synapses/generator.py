"""Connections by generator: ``j='k for k in range(i - 3, i + 4) if i != k'``.

Read from left to right: an *element* (the index that is sought), a *variable*, the *places* that it goes over, and
perhaps a *condition*. The places are ``range(...)`` as in Python, or ``sample(...)``: the same with ``p=`` (each place
with that probability) or ``size=`` (so many places, all different). A text without ``for`` stands for one place:
``j='i'``, ``j='i + 1 if i < N_pre - 1'``.

The text is taken apart by Python's own parser, but each piece goes through the whitelist of `parse_expression`, and
the whole is evaluated over many neurons at once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from ..equations.expression import show_excerpt
from ..equations.scope import Scope
from ..errors import ArgumentError, EquationError, OutOfRangeError
from .ends import (
    NEEDS_OF,
    Block,
    Ends,
    Formula,
    as_probabilities,
    read_condition,
    read_formula,
    read_index,
    require_whole,
    with_local,
)
from .sampling import every_place, subsets

FORM = "Expected 'k for k in range(...)', 'k for k in sample(..., p=...)' or a plain index such as 'i + 1'."

#: The functions that may follow 'in', and the arguments of which they take exactly one by name.
PLACES: dict[str, tuple[str, ...]] = {"range": (), "sample": ("p", "size")}


@dataclass(frozen=True)
class Places:
    """What the variable goes over: ``range(start, stop, step)``, all of it or a part.

    Attributes
    ----------
    start, stop, step : Formula or None
        None where left out.
    p, size : Formula or None
        Of ``sample``; both None for ``range``.
    """

    start: Formula | None
    stop: Formula | None
    step: Formula | None
    p: Formula | None = None
    size: Formula | None = None

    def of(self, ends: Ends, index: str, neurons: np.ndarray, skip: bool) -> Iterator[Block]:
        """Yield, for each neuron of one end, the values of the variable, under the name ``'place'``."""
        each = Block({index: neurons})
        start, stop, step = (
            _whole(formula, ends, each, default)
            for formula, default in ((self.start, 0), (self.stop, 1), (self.step, 1))
        )
        if self.step is not None and not step.all():
            self.step.fail(ArgumentError, f"the step is 0{each.describe(np.flatnonzero(step == 0)[0])}")
        # rounded up: as many steps as fit before stop
        counts = np.maximum(0, -((start - stop) // step))
        for row, place in self._chosen(ends, each, counts, skip):
            yield Block({index: neurons[row], "place": start[row] + place * step[row]})

    def _chosen(self, ends: Ends, each: Block, counts: np.ndarray, skip: bool) -> Iterator[tuple]:
        if self.p is not None:
            chances = self.p.over(ends, each)
            # a neuron that has nothing to choose from needs no probability
            chances = as_probabilities(np.where(counts > 0, chances, 0.0), self.p, each)
            sizes = ends.random.binomial(counts, chances)
            return subsets(counts, sizes, ends.random)
        if self.size is not None:
            return subsets(counts, self._sizes(ends, each, counts, skip), ends.random)
        return every_place(counts)

    def _sizes(self, ends: Ends, each: Block, counts: np.ndarray, skip: bool) -> np.ndarray:
        assert self.size is not None
        sizes = _whole(self.size, ends, each, 0)
        bad = np.flatnonzero((sizes < 0) | (sizes > counts))
        if len(bad) and not skip:
            worst = bad[0]
            self.size.fail(
                OutOfRangeError,
                f"cannot choose {sizes[worst]} different places out of {counts[worst]}{each.describe(worst)}",
                "With skip_if_invalid=True as many are chosen as there are.",
            )
        return np.clip(sizes, 0, counts)


@dataclass(frozen=True)
class Generator:
    """A text that gives, for every neuron of one end, neurons of the other end.

    Attributes
    ----------
    sought, given : str
        The index that the text gives and the one that it starts from: ``'j'`` and ``'i'``, or the other way round.
    element : Formula
    variable : str
    places : Places
    condition : Formula or None
    """

    sought: str
    given: str
    element: Formula
    variable: str
    places: Places
    condition: Formula | None

    @property
    def scope(self) -> Scope:
        """The scope of the user's names and the iteration variable."""
        return self.element.scope

    def pairs(self, ends: Ends, skip_if_invalid: bool) -> Iterator[Block]:
        """Yield the pairs, neuron after neuron of the given end.

        Raises
        ------
        OutOfRangeError
            When an index names no neuron, unless those are to be skipped.
        """
        condition, neurons = self.condition, ends.indices(self.given)
        if condition is not None and condition.needs <= NEEDS_OF[self.given]:
            # one answer for each neuron: where it is no, nothing else need make sense
            neurons = neurons[condition.over(ends, Block({self.given: neurons})).astype(bool)]
            condition = None
        # A variable of the sought neuron can only be read if that neuron exists; otherwise the condition goes first,
        # so that it can itself leave out what is invalid.
        needs = condition.needs if condition else frozenset()
        is_checked_first = bool((needs - {self.sought}) & NEEDS_OF[self.sought])
        for block in self._candidates(ends, neurons, skip_if_invalid):
            if is_checked_first:
                block = self._require_neurons(ends, block, skip_if_invalid)
            if condition is not None:
                block = block.kept(condition.over(ends, block))
            yield self._require_neurons(ends, block, skip_if_invalid)

    def _candidates(self, ends: Ends, neurons: np.ndarray, skip: bool) -> Iterator[Block]:
        for block in self.places.of(ends, self.given, neurons, skip):
            known = {self.given: block.known[self.given], self.variable: block.known["place"]}
            yield Block({**known, self.sought: self.element.over(ends, Block(known))})

    def _require_neurons(self, ends: Ends, block: Block, skip: bool) -> Block:
        """Check that the neurons found exist, or leave out those that do not."""
        found, size = block.known[self.sought], ends.size(self.sought)
        require_whole(found, self.element, Block({k: v for k, v in block.known.items() if k != self.sought}))
        is_valid = (found >= 0) & (found < size)
        if not is_valid.all():
            if not skip:
                self._refuse(ends, block, int(np.flatnonzero(~is_valid)[0]))
            block = block.kept(is_valid)
        return Block({**block.known, self.sought: block.known[self.sought].astype(ends.index_type)})

    def _refuse(self, ends: Ends, block: Block, place: int) -> NoReturn:
        start, end, limit = ("source", "target", "N_post") if self.sought == "j" else ("target", "source", "N_pre")
        given, found, size = block.known[self.given][place], block.known[self.sought][place], ends.size(self.sought)
        there = f"has neurons 0 to {size - 1}" if size else "is empty"
        self.element.fail(
            OutOfRangeError,
            f"{start} neuron {self.given} = {given} is given the {end} {self.sought} = {found:.0f}, "
            f"but the {end} group {there}",
            f"Add a condition, as in '... if {self.sought} >= 0 and {self.sought} < {limit}', or leave such pairs out "
            "with skip_if_invalid=True.",
        )


def _whole(formula: Formula | None, ends: Ends, each: Block, default: int) -> np.ndarray:
    """Return whole numbers, one for each neuron."""
    if formula is None:
        return np.full(each.shape, default, np.int64)
    values = formula.over(ends, each)
    require_whole(values, formula, each)
    return values.astype(np.int64)


def read_generator(ends: Ends, sought: str, text: str) -> Generator:
    """Read the text given as ``j=`` (or ``i=``).

    Raises
    ------
    EquationError
        When it is not of the form described in this module.
    ArgumentError
        When a piece uses what is not known yet, such as the neuron that the text is to find.
    """
    return _Reader(ends.scope, sought, text).read()


class _Reader:
    """Takes one text apart."""

    def __init__(self, scope: Scope, sought: str, text: str) -> None:
        self.scope, self.sought, self.text = scope, sought, text
        self.given = "j" if sought == "i" else "i"
        self.where = f"{scope.owner}, {sought}"

    def read(self) -> Generator:
        if not self.text.isascii():
            stray = next(place for place, sign in enumerate(self.text) if not sign.isascii())
            self._fail(f"expected plain ASCII characters, found {self.text[stray]!r}", stray, stray + 1)
        return self._read_loop() if re.search(r"\bfor\b", self.text) else self._read_plain()

    def _read_plain(self) -> Generator:
        """Read ``'element'`` or ``'element if condition'``."""
        match = re.fullmatch(r"(?P<element>.*?)\bif\b(?P<condition>.*)", self.text, re.DOTALL)
        if match is None or re.search(r"\belse\b", self.text):
            return self._make((0, len(self.text)), "_", Places(None, None, None), None)
        return self._make(match.span("element"), "_", Places(None, None, None), match.span("condition"))

    def _read_loop(self) -> Generator:
        """Read ``'element for variable in places if condition'``."""
        loop = self._parse()
        clause = loop.generators[0]
        if len(loop.generators) > 1:
            self._refuse("there should be one 'for' only", loop.generators[1].target)
        if len(clause.ifs) > 1:
            self._refuse("there should be one 'if' only; join conditions with 'and'", clause.ifs[1])
        if not isinstance(clause.target, ast.Name):
            self._refuse("one variable should follow 'for'", clause.target)
        variable = clause.target.id
        if self.scope.variable(variable):
            self._refuse(f"'{variable}' has a meaning of its own here; take another name, such as k", clause.target)
        condition = self._span(clause.ifs[0]) if clause.ifs else None
        return self._make(self._span(loop.elt), variable, self._read_places(clause.iter), condition)

    def _parse(self) -> ast.GeneratorExp:
        try:
            tree = ast.parse(f"({self.text})", mode="eval").body
        except (SyntaxError, ValueError) as error:
            row, column = getattr(error, "lineno", None) or 1, (getattr(error, "offset", None) or 1) - 1
            place = min(max(self._position(row, column), 0), len(self.text) - 1)
            reason = getattr(error, "msg", str(error)).split(". ")[0]
            self._fail(f"this is not a generator ({reason})", place, place + 1)
        if not isinstance(tree, ast.GeneratorExp):
            self._refuse("this is not a generator; it takes no brackets", tree)
        return tree

    def _read_places(self, call: ast.expr) -> Places:
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in PLACES:
            self._refuse("range(...) or sample(...) should follow 'in'", call)
        name, wanted = call.func.id, PLACES[call.func.id]
        if not 1 <= len(call.args) <= 3 or any(isinstance(piece, ast.Starred) for piece in call.args):
            self._refuse(
                f"{name}() takes one to three whole numbers: (stop), (start, stop) or (start, stop, step)", call
            )
        named = {keyword.arg or "**": keyword.value for keyword in call.keywords}
        if len(named) != bool(wanted) or not named.keys() <= set(wanted):
            self._refuse(f"{name}() takes {' or '.join(f'{w}=' for w in wanted) or 'no argument with a name'}", call)
        places = [self._given(self._span(piece)) for piece in call.args]
        start, stop, step = {1: (None, *places, None), 2: (*places, None), 3: tuple(places)}[len(places)]
        return Places(start, stop, step, **{key: self._given(self._span(piece)) for key, piece in named.items()})

    def _given(self, span: tuple[int, int]) -> Formula:
        """Read a number that depends on nothing but the given end."""
        formula = read_formula(self.scope, **self._piece(span))
        self._refuse_circles(formula)
        return formula

    def _make(self, element: tuple, variable: str, places: Places, condition: tuple | None) -> Generator:
        scope = with_local(self.scope, variable)
        sought = read_index(scope, **self._piece(element), local=variable)
        self._refuse_circles(sought)
        test = None if condition is None else read_condition(scope, **self._piece(condition), local=variable)
        return Generator(self.sought, self.given, sought, variable, places, test)

    def _refuse_circles(self, formula: Formula) -> None:
        why = f"The text is to give '{self.sought}', so this piece can only use {self.given} and what belongs to it."
        formula.refuse(NEEDS_OF[self.sought], f"{why} Write a condition behind 'if', or as condition='...'.")

    def _piece(self, span: tuple[int, int]) -> dict[str, Any]:
        return {"text": self.text[slice(*span)], "what": self.sought, "line": self.text, "column": span[0]}

    def _position(self, row: int, column: int) -> int:
        """Return where in the text a place of the tree is; the tree was parsed inside one opening bracket."""
        rows = self.text.split("\n")[: row - 1]
        return sum(len(before) + 1 for before in rows) + column - (row == 1)

    def _span(self, node: ast.expr) -> tuple[int, int]:
        end = self._position(node.end_lineno or 1, node.end_col_offset or 0)
        return self._position(node.lineno, node.col_offset), end

    def _refuse(self, what: str, node: ast.expr) -> NoReturn:
        self._fail(what, *self._span(node))

    def _fail(self, what: str, begin: int, end: int) -> NoReturn:
        raise EquationError(f"{self.where}: {what}\n{show_excerpt(self.text, begin, end)}\n{FORM}")
