"""Connections that are given one by one: arrays of indices, a matrix, a list of edges."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..equations.dimensions import describe
from ..errors import ArgumentError, DimensionMismatchError, EventSNNError, OutOfRangeError, WrongTypeError
from ..units import DIMENSIONLESS, Quantity, split
from .ends import Block, Ends

GROUP_OF = {"i": "source", "j": "target"}


def pairs_of_arrays(ends: Ends, i: Any, j: Any) -> Block:
    """Return the pairs of two lists of indices, or of a list and one index."""
    pre, post = np.atleast_1d(_read_indices(ends, i, "i"), _read_indices(ends, j, "j"))
    if len(pre) == len(post):
        return Block({"i": pre, "j": post})
    try:
        pre, post = np.broadcast_arrays(pre, post)
    except ValueError:
        raise ArgumentError(
            f"{ends.where}: i has {pre.size} entries and j has {post.size}; expected as many, or a single index"
        ) from None
    return Block({"i": pre, "j": post})


def pairs_of_matrix(ends: Ends, matrix: Any) -> tuple[Block, np.ndarray]:
    """Return the pairs of a matrix's entries, row by row, and their weights.

    A sparse matrix has a synapse for every stored entry, also for a stored zero; entries that a COO matrix holds
    twice are added up, as SciPy does on conversion. An ordinary array has one for every entry that is not zero.
    """
    shape = getattr(matrix, "shape", None) or np.shape(matrix)
    if tuple(shape) != (ends.n_pre, ends.n_post):
        raise ArgumentError(
            f"{ends.where}: expected a matrix of shape ({ends.n_pre}, {ends.n_post}), one row for each neuron of the "
            f"source and one column for each of the target; found shape {tuple(shape)}"
        )
    if hasattr(matrix, "tocsr"):
        rows = matrix.tocsr()
        if not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()
        pre = np.repeat(ends.indices("i"), np.diff(rows.indptr))
        block, weights = Block({"i": pre, "j": rows.indices.astype(ends.index_type)}), rows.data
    else:
        numbers, dimension = _split(ends, matrix, "matrix")
        found = np.nonzero(numbers)
        block = Block({name: places.astype(ends.index_type) for name, places in zip("ij", found, strict=True)})
        weights = _with_unit(numbers[found], dimension)
    pre, post = block.known["i"], block.known["j"]
    return block, _read_weights(ends, weights, lambda at: f"matrix[{pre[at]}, {post[at]}]")


def pairs_of_edges(ends: Ends, edges: Any) -> tuple[Block, np.ndarray | None]:
    """Return the pairs of a list of edges (i, j) or (i, j, weight), in its order, and the weights if it has any."""
    columns = _read_columns(ends, edges)
    pre, post = (_read_indices(ends, columns[k], name, f"{name} of edges[{{}}]") for k, name in enumerate("ij"))
    weights = _read_weights(ends, columns[2], lambda at: f"the weight of edges[{at}]") if len(columns) == 3 else None
    return Block({"i": pre, "j": post}), weights


def _read_columns(ends: Ends, edges: Any) -> list:
    """Return what stands first, second and perhaps third in each edge."""
    expected = f"{ends.where}: expected edges (i, j) or (i, j, weight)"
    if hasattr(edges, "ndim"):
        if edges.ndim != 2 or edges.shape[1] not in (2, 3):
            raise ArgumentError(f"{expected}, an array of shape (m, 2) or (m, 3); found shape {edges.shape}")
        return [edges[:, column] for column in range(edges.shape[1])]
    try:
        rows = [tuple(edge) for edge in edges]
    except TypeError:
        raise WrongTypeError(f"{expected}, as an array or a list; found {edges!r}") from None
    width = len(rows[0]) if rows else 2
    for at, row in enumerate(rows):
        if len(row) not in (2, 3) or len(row) != width:
            more = f", while edges[0] has {width} entries" if len(row) in (2, 3) else ""
            raise ArgumentError(f"{expected}; edges[{at}] is {row}{more}")
    return [[row[column] for row in rows] for column in range(width)]


def _split(ends: Ends, values: Any, name: str) -> tuple[np.ndarray, Any]:
    """Return numbers and their dimension."""
    try:
        return split(values)
    except DimensionMismatchError as error:
        raise DimensionMismatchError(f"{ends.where}, {name}: {error}") from None
    except EventSNNError:
        raise WrongTypeError(f"{ends.where}, {name}: expected numbers, found {values!r}") from None


def _read_indices(ends: Ends, values: Any, name: str, entry: str = "") -> np.ndarray:
    """Return indices of neurons, whole and within the group."""
    numbers, dimension = _split(ends, values, name)
    where, size = f"{ends.where}, {name}", ends.size(name)
    if dimension != DIMENSIONLESS:
        raise DimensionMismatchError(f"{where}: an index is a pure number, found {describe(dimension)}")
    if numbers.dtype.kind == "b":
        raise WrongTypeError(f"{where}: expected indices, found True and False. Write np.flatnonzero(...) around them.")
    if numbers.dtype.kind not in "iuf":
        raise WrongTypeError(f"{where}: expected whole numbers, found {numbers.dtype}")
    if numbers.ndim > 1:
        raise ArgumentError(f"{where}: expected one index or a list of them, found shape {numbers.shape}")

    def called(at: int) -> str:
        return entry.format(at) if entry else f"entry {at}" if numbers.ndim else "the index"

    if numbers.dtype.kind == "f":
        broken = np.flatnonzero(numbers != np.trunc(numbers))
        if len(broken):
            found = np.atleast_1d(numbers)[broken[0]]
            raise WrongTypeError(f"{where}: expected whole numbers, {called(broken[0])} is {found:g}")
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < size):
        outside = np.flatnonzero((numbers < 0) | (numbers >= size))
        there = f"has neurons 0 to {size - 1}" if size else "is empty"
        raise OutOfRangeError(
            f"{where}: {called(outside[0])} is {np.atleast_1d(numbers)[outside[0]]:.0f}, but the {GROUP_OF[name]} "
            f"group {there}." + (" Negative indices do not count from the end." if numbers.min() < 0 else "")
        )
    # a copy in any case: the user may change the array
    return numbers.astype(ends.index_type)


def _read_weights(ends: Ends, values: Any, called: Any) -> np.ndarray:
    """Return finite weights, with their unit if they have one."""
    numbers, dimension = _split(ends, values, "weights")
    if numbers.dtype.kind not in "biuf":
        raise WrongTypeError(f"{ends.where}: expected real numbers as weights, found {numbers.dtype}")
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise ArgumentError(f"{ends.where}: {called(bad[0])} is {numbers[bad[0]]}; expected a finite number")
    return _with_unit(numbers.astype(np.float64), dimension)


def _with_unit(numbers: np.ndarray, dimension: Any) -> np.ndarray:
    return numbers if dimension == DIMENSIONLESS else Quantity(numbers, dimension)
