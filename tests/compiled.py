"""Kernels compiled with Numba as they stand, for the tests of their bits and for the benchmarks.

Division by zero gives an infinity there and an error in Python, so that a test of both finds it.
"""

from eventsnn._jit import compiled, is_kernel

__all__ = ["compiled", "is_kernel"]
