"""Connection rules: from what the user asks of ``connect`` to the pairs of neurons.

All pairs, those that fulfil a condition, those that a generator gives, a matrix or a list. Each way yields blocks of
pairs of bounded size (`Block`); then every pair is kept with its probability `p` and repeated `n` times.

The order of creation is Brian's: source after source, and for each its targets ascending; for ``i='...'`` target after
target; for arrays and edges the order in which they are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from ..equations.dimensions import describe
from ..equations.scope import Scope
from ..errors import ArgumentError, DimensionMismatchError, EventSNNError, WrongTypeError
from ..units import DIMENSIONLESS, split
from .ends import (
    NEEDS_OF,
    Block,
    Ends,
    Formula,
    as_probabilities,
    read_condition,
    read_formula,
    require_whole,
)
from .generator import read_generator
from .given import pairs_of_arrays, pairs_of_edges, pairs_of_matrix
from .sampling import BLOCK, scattered, subsets


@dataclass(frozen=True)
class Found:
    """Pairs in the order of creation.

    Attributes
    ----------
    pre, post : ndarray of int32
        int64 when a group has more than 2**31 neurons.
    weights : ndarray or None
        Of a matrix or a list of edges; a `Quantity` if they had a unit.
    """

    pre: np.ndarray
    post: np.ndarray
    weights: np.ndarray | None = None


def find_pairs(
    ends: Ends,
    *,
    condition: str | bool | None = None,
    i: Any = None,
    j: Any = None,
    p: float | str = 1.0,
    n: int | str = 1,
    skip_if_invalid: bool = False,
    matrix: Any = None,
    edges: Any = None,
) -> Found:
    """Return the pairs that a call of ``connect`` asks for.

    Parameters
    ----------
    ends : Ends
    condition : str or bool, optional
        Over i, j, N_pre, N_post, the variables of both ends, constants, rand().
    i, j : int, array of int, or str, optional
        Both as indices; or one of them as a generator (see `generator`).
    p : float or str
        Probability of each pair.
    n : int or str
        How many synapses for each pair.
    skip_if_invalid : bool
        Leave out what a generator finds beyond the ends of the group.
    matrix, edges : optional
        See `given`.

    Raises
    ------
    ArgumentError
        When arguments contradict each other or make no sense; `WrongTypeError`, `OutOfRangeError` among them.
    EquationError, DimensionMismatchError
        When a text cannot be understood.
    """
    _refuse_contradictions(ends, condition, i, j, p, n, skip_if_invalid, matrix, edges)
    if matrix is not None:
        block, weights = pairs_of_matrix(ends, matrix)
        return Found(block.known["i"], block.known["j"], weights)
    if edges is not None:
        block, edge_weights = pairs_of_edges(ends, edges)
        return Found(block.known["i"], block.known["j"], edge_weights)
    scope, local = ends.scope, ""
    if isinstance(i, str) or isinstance(j, str):
        generator = read_generator(ends, *(("i", i) if isinstance(i, str) else ("j", j)))
        scope, local = generator.scope, generator.variable
        blocks = generator.pairs(ends, skip_if_invalid)
    chance, times = _read_probability(ends, p, scope, local), _read_number(ends, n, scope, local)
    if i is None and j is None:
        blocks = _connect(ends, _read_test(ends, condition), chance)
    elif not isinstance(i, str) and not isinstance(j, str):
        blocks = _thin(ends, iter([pairs_of_arrays(ends, i, j)]), chance)
    else:
        blocks = _thin(ends, blocks, chance)
    return _join(ends, _repeat(ends, blocks, times))


def _refuse_contradictions(ends: Ends, condition, i, j, p, n, skip_if_invalid, matrix, edges) -> None:
    """Refuse arguments that cannot go together."""
    given = {"condition": condition, "i": i, "j": j, "matrix": matrix, "edges": edges}
    names = [name for name, value in given.items() if value is not None]
    names += [name for name, value, usual in (("p", p, 1.0), ("n", n, 1)) if _is_given(value, usual)]
    names += ["skip_if_invalid"] if skip_if_invalid else []

    if condition is not None and not isinstance(condition, str | bool | np.bool_):
        _read_test(ends, condition)

    def refuse(one: str, others: tuple[str, ...], advice: str) -> None:
        clashing = [f"{name}=" for name in others if name in names and name != one]
        if one in names and clashing:
            raise WrongTypeError(f"{ends.where}: {one}= cannot go together with {' and '.join(clashing)}. {advice}")

    everything = ("condition", "i", "j", "p", "n", "skip_if_invalid", "matrix", "edges")
    refuse("matrix", everything, "A matrix says it all: one synapse for every entry.")
    refuse("edges", everything, "Edges say it all: one synapse for every entry of the list.")
    refuse(
        "condition", ("i", "j"), "In a generator the condition stands behind 'if': j='k for k in range(N_post) if ...'."
    )
    texts = [name for name in ("i", "j") if isinstance(given[name], str)]
    if texts:
        refuse(texts[0], ("i", "j"), f"A text as {texts[0]}= starts from all neurons of the other group.")
    elif "i" in names or "j" in names:
        if ("i" in names) != ("j" in names):
            one, other = ("i", "j") if "i" in names else ("j", "i")
            raise ArgumentError(
                f"{ends.where}: {one}= is given without {other}=. Indices come in pairs; a rule for all neurons is "
                "written as a text, as in condition='i < 10' or j='i + 1'."
            )
        refuse("skip_if_invalid", ("i", "j"), "It is for i= or j= as a text.")


def _is_given(value: Any, usual: float) -> bool:
    return not (isinstance(value, Real) and value == usual)


def _read_test(ends: Ends, condition: Any) -> Formula | bool:
    if condition is None or isinstance(condition, bool | np.bool_):
        return condition is None or bool(condition)
    if not isinstance(condition, str):
        shape = f" of shape {np.shape(condition)}" if np.ndim(condition) else ""
        raise WrongTypeError(
            f"{ends.where}: expected a condition as text, True or False, found {type(condition).__name__}{shape}. "
            "Indices are given as connect(i=..., j=...), matrices as connect(matrix=...)."
        )
    if re.search(r"\bfor\b", condition):
        raise ArgumentError(f"{ends.where}: this is a generator, not a condition. Write connect(j={condition!r}).")
    return read_condition(ends.scope, condition, "condition")


def _read_probability(ends: Ends, p: Any, scope: Scope, local: str) -> float | Formula:
    """Return a probability, or a text whose value differs from pair to pair."""
    if not isinstance(p, str):
        value = _pure_number(ends, p, "p")
        if not 0.0 <= value <= 1.0:
            raise ArgumentError(f"{ends.where}, p: expected a probability between 0 and 1, found {value:g}")
        return value
    formula = read_formula(scope, p, "p", local)
    if formula.needs:
        return formula
    return float(as_probabilities(formula.over(ends, Block({})), formula, Block({})))


def _read_number(ends: Ends, n: Any, scope: Scope, local: str) -> int | Formula:
    """Return how many synapses each pair gets, or a text that says it."""
    if isinstance(n, str):
        return read_formula(scope, n, "n", local)
    value = _pure_number(ends, n, "n")
    if value < 0 or value != int(value):
        raise (ArgumentError if value < 0 else WrongTypeError)(
            f"{ends.where}, n: expected a whole number of synapses, 0 or more, found {value:g}"
        )
    return int(value)


def _pure_number(ends: Ends, value: Any, name: str) -> float:
    try:
        number, dimension = split(value)
    except EventSNNError:
        number, dimension = np.empty(0), DIMENSIONLESS
    if dimension != DIMENSIONLESS:
        raise DimensionMismatchError(f"{ends.where}, {name}: expected a pure number, found {describe(dimension)}")
    if number.ndim or number.dtype.kind not in "biuf":
        raise WrongTypeError(f"{ends.where}, {name}: expected a number or a text, found {value!r}")
    if not np.isfinite(number):
        raise ArgumentError(f"{ends.where}, {name}: expected a finite number, found {number:g}")
    return float(number)


def _connect(ends: Ends, test: Formula | bool, p: float | Formula) -> Iterator[Block]:
    """Yield the pairs that fulfil a condition, each with its probability."""
    sources = ends.indices("i")
    if isinstance(test, Formula) and test.needs <= NEEDS_OF["i"]:
        # one answer for each source
        sources = sources[test.over(ends, Block({"i": sources})).astype(bool)]
        test = True
    if test is False or not ends.n_post:
        return iter(())
    # Chance and condition are independent of each other, so it does not matter for the result's law which of them a
    # pair has to pass first. Chance first costs only as much as there are pairs taken.
    taken = _take(ends, sources, p, is_only=test is True)
    if taken is not None:
        return _where(ends, taken, test)
    return _thin(ends, _where(ends, _grid(ends, sources), test), p)


def _take(ends: Ends, sources: np.ndarray, p: float | Formula, is_only: bool) -> Iterator[Block] | None:
    """Return the pairs that chance takes; None when all pairs must be looked at."""
    targets = ends.indices("j")
    if isinstance(p, Formula):
        if not p.needs <= NEEDS_OF["i"]:
            return None
        each = Block({"i": sources})
        chances = p.over(ends, each)
        if not np.all(chances >= 0.0) and not is_only:
            return None  # the condition may leave out just those sources
        chances = as_probabilities(chances, p, each)
        counts = np.full(len(sources), len(targets))
        chosen = subsets(counts, ends.random.binomial(counts, chances), ends.random)
    elif p < 1.0:
        flat = scattered(len(sources) * len(targets), p, ends.random)
        chosen = (np.divmod(places, len(targets)) for places in flat)
    else:
        return None
    return (Block({"i": sources[row], "j": targets[place]}) for row, place in chosen)


def _grid(ends: Ends, sources: np.ndarray) -> Iterator[Block]:
    """Yield all pairs, as grids of sources and targets."""
    targets = ends.indices("j")
    height = max(1, BLOCK // len(targets))
    for first in range(0, len(sources), height):
        for left in range(0, len(targets), BLOCK):
            yield Block({"i": sources[first : first + height, None], "j": targets[None, left : left + BLOCK]})


def _where(ends: Ends, blocks: Iterator[Block], test: Formula | bool) -> Iterator[Block]:
    """Keep the pairs that fulfil a condition."""
    for block in blocks:
        yield block.kept(test.over(ends, block)) if isinstance(test, Formula) else block


def _thin(ends: Ends, blocks: Iterator[Block], p: float | Formula) -> Iterator[Block]:
    """Keep each pair with its probability."""
    for block in blocks:
        chance: Any = p
        if isinstance(p, Formula):
            chance = p.over(ends, block)
            chance = as_probabilities(chance, p, block)
        if isinstance(p, Formula) or p < 1.0:
            block = block.kept(ends.random.random(block.shape) < chance)
        yield block.listed()


def _repeat(ends: Ends, blocks: Iterator[Block], n: int | Formula) -> Iterator[Block]:
    """Make several synapses of each pair."""
    for block in blocks:
        if not isinstance(n, Formula):
            yield block if n == 1 else block.repeated(n)
            continue
        times = n.over(ends, block)
        require_whole(times, n, block)
        bad = np.flatnonzero(times < 0)
        if len(bad):
            n.fail(ArgumentError, f"expected 0 or more synapses, found {times[bad[0]]:g}{block.describe(bad[0])}")
        yield block.repeated(times.astype(np.int64))


def _join(ends: Ends, blocks: Iterator[Block]) -> Found:
    pieces: dict[str, list[np.ndarray]] = {"i": [], "j": []}
    for block in blocks:
        for name, found in pieces.items():
            found.append(block.known[name].astype(ends.index_type, copy=False))
    # one after the other: the pieces of i are gone before those of j are doubled
    return Found(*(_joined(pieces.pop(name), ends.index_type) for name in ("i", "j")))


def _joined(pieces: list[np.ndarray], kind: type) -> np.ndarray:
    return np.ascontiguousarray(pieces[0]) if len(pieces) == 1 else np.concatenate([np.empty(0, kind), *pieces])
