"""The blocks of a linear system: which variables depend on each other, and the rates of those that do.

A system is ordered so that each block drives only later ones. A block of one variable has its own coefficient as its
rate; a coupled pair and larger blocks have eigenvalues.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

import numpy as np

from ..crossing.chains import Node

Matrix = Sequence[Sequence[Fraction]]


def find_blocks(matrix: Matrix) -> list[list[int]]:
    """Return the groups of variables that depend on each other, each after all that drive it."""
    m = len(matrix)
    reaches = [[i == j or matrix[i][j] != 0 for j in range(m)] for i in range(m)]
    for k in range(m):
        for i in range(m):
            if reaches[i][k]:
                for j in range(m):
                    reaches[i][j] = reaches[i][j] or reaches[k][j]
    blocks: list[list[int]] = []
    for i in range(m):
        if not any(i in block for block in blocks):
            blocks.append([j for j in range(m) if reaches[i][j] and reaches[j][i]])
    # a block that reaches more than another depends on it, or stands beside it
    return sorted(blocks, key=lambda block: (sum(reaches[block[0]]), block))


def as_node(rate: Fraction) -> Node:
    """Return a real rate, rounded, with what is left over."""
    high = float(rate)
    return Node(high, float(rate - Fraction(high)))


def find_rates(block: Matrix) -> list[Node]:
    """Return the eigenvalues of a block as nodes, the fastest first; conjugates stand side by side."""
    if len(block) == 1:
        return [as_node(block[0][0])]
    if len(block) == 2:
        return _rates_of_pair(block)
    found = np.linalg.eigvals(np.array([[float(x) for x in row] for row in block]))
    polynomial = _characteristic_polynomial(block)
    rates = sorted((_polish(complex(rate), polynomial) for rate in found), key=lambda node: -abs(node.rate))
    nodes = [Node(node.rate.real, node.low.real) for node in rates if node.rate.imag == 0.0]
    for node in rates:
        if node.rate.imag > 0.0:
            nodes += [node, Node(node.rate.conjugate(), node.low.conjugate())]
    return nodes


def _rates_of_pair(block: Matrix) -> list[Node]:
    """Return the two rates of a coupled pair from its exact discriminant."""
    (a, b), (c, d) = block
    middle, discriminant = (a + d) / 2, ((a - d) / 2) ** 2 + b * c
    root = _square_root(abs(discriminant))
    if discriminant >= 0:
        side = -root if middle < 0 else root
        fast = middle + side
        # the other from the product of the two, which does not cancel
        slow = (a * d - b * c) / fast if fast else fast
        return [as_node(fast), as_node(slow)]
    return _conjugates(as_node(middle), as_node(root))


def _conjugates(real: Node, imaginary: Node) -> list[Node]:
    """Return a pair of complex rates."""
    rate, low = complex(real.rate, imaginary.rate), complex(real.low, imaginary.low)
    return [Node(rate, low), Node(rate.conjugate(), low.conjugate())]


def _square_root(x: Fraction) -> Fraction:
    """Return a square root to some 30 digits."""
    if x == 0:
        return Fraction(0)
    scale = max(0, 220 - (x.numerator.bit_length() - x.denominator.bit_length())) // 2
    return Fraction(isqrt((x.numerator << 2 * scale) // x.denominator), 1 << scale)


def _characteristic_polynomial(matrix: Matrix) -> list[Fraction]:
    """Return the exact coefficients, the highest power first (Faddeev-LeVerrier)."""
    n = len(matrix)
    coefficients = [Fraction(1)]
    m = [[Fraction(0)] * n for _ in range(n)]
    for k in range(1, n + 1):
        for i in range(n):
            m[i][i] += coefficients[-1]
        m = [[sum((matrix[i][l] * m[l][j] for l in range(n)), Fraction(0)) for j in range(n)] for i in range(n)]
        coefficients.append(-sum((m[i][i] for i in range(n)), Fraction(0)) / k)
    return coefficients


def _polish(z: complex, polynomial: list[Fraction]) -> Node:
    """Return a root of a polynomial and what its rounding leaves over, by Newton steps with exact residuals."""
    for _ in range(6):
        x, y = Fraction(z.real), Fraction(z.imag)
        p = dp = (Fraction(0), Fraction(0))
        for c in polynomial:
            dp = (dp[0] * x - dp[1] * y + p[0], dp[0] * y + dp[1] * x + p[1])
            p = (p[0] * x - p[1] * y + c, p[0] * y + p[1] * x)
        slope = complex(float(dp[0]), float(dp[1]))
        if slope == 0.0:
            break
        step = complex(float(p[0]), float(p[1])) / slope
        if abs(step) > 0.1 * abs(z):
            break  # a multiple root: its neighbours serve as well
        if abs(step) <= 2e-16 * abs(z):
            return Node(z, -step)
        z -= step
    return Node(z, 0.0j)


def newton_matrices(block: Matrix, nodes: Sequence[Node]) -> list[list[list[complex | float]]]:
    """Return ``Q_k = (B - rate_1)...(B - rate_k)``, so that ``exp(B s) = sum of exp[rate_1, ..., rate_(k+1)](s) Q_k``.

    Source
    ------
    Newton's interpolation of the exponential at the eigenvalues; Putzer (1966), American Mathematical Monthly 73, 2-7.
    """
    n = len(block)
    is_real = all(node.is_real for node in nodes)
    # exact complex numbers, as pairs; rounded at the end
    product = [[(Fraction(int(i == j)), Fraction(0)) for j in range(n)] for i in range(n)]
    result = [product]
    for node in nodes[:-1]:
        (x, y), (x_low, y_low) = _parts(node.rate), _parts(node.low)
        x, y = x + x_low, y + y_low
        shifted = [[(b - x * (i == j), -y * (i == j)) for j, b in enumerate(row)] for i, row in enumerate(block)]
        product = [[_dot(row, [line[j] for line in shifted]) for j in range(n)] for row in product]
        result.append(product)
    if is_real:
        return [[[float(u) for u, _ in row] for row in matrix] for matrix in result]
    return [[[complex(float(u), float(v)) for u, v in row] for row in matrix] for matrix in result]


def _parts(z: complex | float) -> tuple[Fraction, Fraction]:
    return Fraction(z.real), Fraction(z.imag)


def _dot(a: list[tuple[Fraction, Fraction]], b: list[tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction]:
    pairs = list(zip(a, b, strict=True))
    return (
        sum((u[0] * v[0] - u[1] * v[1] for u, v in pairs), Fraction(0)),
        sum((u[0] * v[1] + u[1] * v[0] for u, v in pairs), Fraction(0)),
    )
