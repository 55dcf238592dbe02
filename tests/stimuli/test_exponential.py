"""Exponential numbers: minus the logarithm to the last digit but one, with the same bits everywhere."""

import math
import random

import mpmath
import numpy as np
import pytest
from compiled import compiled

from eventsnn.stimuli.exponential import exponential, minus_log


def numbers(rng, n):
    """Return numbers that 1 - u can be, evenly on their own and on a logarithmic scale, and next to what is special."""
    special = [k * 2.0**-53 for k in range(1, 40)] + [1.0 - k * 2.0**-53 for k in range(40)]
    root = int(math.sqrt(0.5) * 2.0**53)
    special += [(root + k) * 2.0**-53 for k in range(-20, 20)] + [2.0**-k for k in range(54)]
    evenly = [1.0 - rng.getrandbits(53) * 2.0**-53 for _ in range(n)]
    far = [max(math.floor(2.0 ** rng.uniform(0, 53)), 1) * 2.0**-53 for _ in range(n)]
    near = [1.0 - math.floor(2.0 ** rng.uniform(0, 52)) * 2.0**-53 for _ in range(n)]
    return special + evenly + far + near


def test_within_one_unit_of_the_last_place():
    x = numbers(random.Random(1), 3000)
    with mpmath.workdps(40):
        for value, found in zip(x, minus_log(np.array(x)).tolist(), strict=True):
            true = -mpmath.log(mpmath.mpf(value))
            assert abs(found - true) <= 0.85 * math.ulp(float(true)), value
            assert found > 0.0 or value == 1.0
    assert math.copysign(1.0, minus_log(1.0)) == 1.0


def test_one_number_many_and_compiled_have_the_same_bits():
    pytest.importorskip("numba")
    x, fast = numbers(random.Random(2), 300), compiled(minus_log)
    together = minus_log(np.array(x)).tolist()
    assert [float(minus_log(value)) for value in x] == together == [fast(value) for value in x]


def test_the_number_of_numbers_changes_none():
    u = np.random.default_rng(1).random((3, 7000))
    assert exponential(u).tobytes() == minus_log(1.0 - u).tobytes()
    assert exponential(u[:, :0]).shape == (3, 0) and exponential(u[:, ::2]).tolist() == exponential(u)[:, ::2].tolist()
