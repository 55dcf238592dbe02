"""Connections given one by one: a matrix, a list of edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse
from rule_ends import WHERE, make_ends

from eventsnn.errors import ArgumentError, DimensionMismatchError, OutOfRangeError, WrongTypeError
from eventsnn.synapses.rules import find_pairs
from eventsnn.units import Quantity, mV, nA

DENSE = np.array([[0.0, 2.0, -1.0], [0.0, 0.0, 0.0], [3.0, 0.0, 0.5], [0.0, 4.0, 0.0]])
EXPECTED = [(0, 1, 2.0), (0, 2, -1.0), (2, 0, 3.0), (2, 2, 0.5), (3, 1, 4.0)]


def triples(**arguments):
    found = find_pairs(make_ends(4, 3), **arguments)
    assert found.pre.dtype == found.post.dtype == np.int32
    return list(zip(found.pre.tolist(), found.post.tolist(), np.asarray(found.weights).tolist(), strict=True))


@pytest.mark.parametrize(
    "form",
    [
        np.array,
        np.asfortranarray,
        np.ndarray.tolist,
        scipy.sparse.csr_array,
        scipy.sparse.csc_array,
        scipy.sparse.coo_array,
        scipy.sparse.lil_array,
        scipy.sparse.dok_array,
        scipy.sparse.csr_matrix,
        scipy.sparse.bsr_matrix,
    ],
)
def test_every_form_of_a_matrix_gives_its_entries_row_by_row(form):
    assert [triple for triple in triples(matrix=form(DENSE)) if triple[2] != 0.0] == EXPECTED


def test_a_stored_zero_is_a_synapse_and_repeated_entries_are_added_up():
    matrix = scipy.sparse.coo_array(([1.0, 2.0, 0.0, 5.0], ([3, 3, 0, 0], [1, 1, 2, 0])), shape=(4, 3))
    assert triples(matrix=matrix) == [(0, 0, 5.0), (0, 2, 0.0), (3, 1, 3.0)]


def test_the_users_matrix_is_left_alone():
    # one row whose columns are neither sorted nor unique, as a user may build it
    matrix = scipy.sparse.csr_array((np.array([1.0, 2.0, 3.0]), np.array([2, 0, 2]), np.array([0, 3, 3, 3, 3])), (4, 3))
    found = find_pairs(make_ends(4, 3), matrix=matrix)
    assert (found.pre.tolist(), found.post.tolist(), found.weights.tolist()) == ([0, 0], [0, 2], [2.0, 4.0])
    assert matrix.data.tolist() == [1.0, 2.0, 3.0] and matrix.indices.tolist() == [2, 0, 2]
    found.weights[:] = 0.0
    assert matrix.data.tolist() == [1.0, 2.0, 3.0]


def test_weights_keep_their_unit():
    for found in (
        find_pairs(make_ends(4, 3), matrix=DENSE * mV),
        find_pairs(make_ends(4, 3), edges=[(i, j, w * mV) for i, j, w in EXPECTED]),
    ):
        assert isinstance(found.weights, Quantity) and found.weights.dim == mV.dim
        assert np.asarray(found.weights / mV).tolist() == pytest.approx([w for _, _, w in EXPECTED])


@pytest.mark.parametrize("form", [list, np.array, lambda edges: iter(edges)])
def test_edges_keep_their_order(form):
    edges = [(3, 0), (0, 2), (0, 1), (0, 2)]
    found = find_pairs(make_ends(4, 3), edges=form(edges))
    assert list(zip(found.pre.tolist(), found.post.tolist(), strict=True)) == edges and found.weights is None
    weighted = [(3, 0, 0.5), (0, 2, -1.0), (0, 1, 0.0)]
    assert triples(edges=form(weighted)) == weighted


def test_no_edges_are_no_synapses():
    for none in ([], np.empty((0, 2)), np.empty((0, 3))):
        assert len(find_pairs(make_ends(4, 3), edges=none).pre) == 0


def with_entry(value):
    changed = DENSE.copy()
    changed[2, 1] = value
    return changed


@pytest.mark.parametrize(
    ("matrix", "family", "message"),
    [
        (np.eye(3), ArgumentError, "expected a matrix of shape (4, 3), one row for each neuron of the source"),
        (np.ones(4), ArgumentError, "found shape (4,)"),
        (with_entry(math.nan), ArgumentError, "matrix[2, 1] is nan; expected a finite number"),
        (
            scipy.sparse.csr_array(with_entry(-math.inf)),
            ArgumentError,
            "matrix[2, 1] is -inf; expected a finite number",
        ),
        (np.full((4, 3), 1j), WrongTypeError, "expected real numbers as weights, found complex128"),
        (np.full((4, 3), "a"), WrongTypeError, "connect, matrix: expected numbers, found"),
    ],
)
def test_matrices_that_make_no_sense_are_refused_with_the_entry(matrix, family, message):
    with pytest.raises(family) as error:
        find_pairs(make_ends(4, 3), matrix=matrix)
    assert str(error.value).startswith(WHERE) and message in str(error.value)


@pytest.mark.parametrize(
    ("edges", "family", "message"),
    [
        ([(0, 1), (4, 0)], OutOfRangeError, "connect, i: i of edges[1] is 4, but the source group has neurons 0 to 3"),
        (
            [(0, -1)],
            OutOfRangeError,
            "connect, j: j of edges[0] is -1, but the target group has neurons 0 to 2. Negative",
        ),
        ([(0, 1), (0.5, 0)], WrongTypeError, "connect, i: expected whole numbers, i of edges[1] is 0.5"),
        ([(0, 1, 2), (0, 1)], ArgumentError, "edges[1] is (0, 1), while edges[0] has 3 entries"),
        ([(0,)], ArgumentError, "expected edges (i, j) or (i, j, weight); edges[0] is (0,)"),
        ([(0, 1, 1), (0, 1, math.nan)], ArgumentError, "the weight of edges[1] is nan; expected a finite number"),
        ([(0, 1, "a")], WrongTypeError, "connect, weights: expected numbers, found ['a']"),
        ([(0, 1, 1 * mV), (0, 1, 1 * nA)], DimensionMismatchError, "connect, weights: "),
        (np.zeros((3, 4)), ArgumentError, "an array of shape (m, 2) or (m, 3); found shape (3, 4)"),
        (7, WrongTypeError, "as an array or a list; found 7"),
    ],
)
def test_edges_that_make_no_sense_are_refused_with_the_entry(edges, family, message):
    with pytest.raises(family) as error:
        find_pairs(make_ends(4, 3), edges=edges)
    assert str(error.value).startswith(WHERE) and message in str(error.value)
