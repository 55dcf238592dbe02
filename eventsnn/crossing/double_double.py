"""Numbers of twice the digits: a double and its remainder, about 31 decimal digits.

They decide what a double leaves in doubt, so they are slow and short rather than fast. A number is passed as two
doubles ``(high, low)`` with ``high`` the rounded sum of both; its relative error is a few 1e-32. Products of numbers
outside 1e-140 .. 1e290 lose digits (the remainder underflows, the splitting overflows).

Source
------
Dekker (1971), Numerische Mathematik 18, 224-242; Hida, Li and Bailey (2001), ARITH-15, 155-162.
"""

from __future__ import annotations

from math import floor, ldexp

from .._jit import kernel
from ..instants import two_sum

# multiplying by 2^27 + 1 parts the 53 bits of a double into two halves
SPLITTER = 134217729.0
# log 2 = LOG2_HIGH + LOG2_LOW within 6e-34
LOG2_HIGH, LOG2_LOW = 0.6931471805599453, 2.3190468138462996e-17
# for |x| < 1/2 the next term of the series of `growth` is below 1e-34
TERMS = 25
# below exp(-690) the remainder of a double is no longer a normal number
SMALLEST_EXPONENT = -690.0


@kernel
def two_product(a, b):
    """Return the rounded product of two doubles and its rounding error (0 where the numbers are too large for that)."""
    product = a * b
    t = SPLITTER * a
    a_high = t - (t - a)
    a_low = a - a_high
    t = SPLITTER * b
    b_high = t - (t - b)
    b_low = b - b_high
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error if error - error == 0.0 else 0.0  # the splitting of huge numbers overflows


@kernel
def add(a, a_low, b, b_low):
    """Return a + b; the error is relative to the sum even where the numbers cancel."""
    total, rest = two_sum(a, b)
    low, low_rest = two_sum(a_low, b_low)
    total, rest = two_sum(total, rest + low)
    return two_sum(total, rest + low_rest)


@kernel
def multiply(a, a_low, b, b_low):
    """Return a * b."""
    product, rest = two_product(a, b)
    return two_sum(product, rest + (a * b_low + a_low * b))


@kernel
def divide(a, a_low, b, b_low):
    """Return a / b for b != 0, by long division with two digits, each a double."""
    first = a / b
    product, product_low = multiply(first, 0.0, b, b_low)
    left, left_low = add(a, a_low, -product, -product_low)
    second = left / b
    product, product_low = multiply(second, 0.0, b, b_low)
    left, left_low = add(left, left_low, -product, -product_low)
    first, second = two_sum(first, second)
    return two_sum(first, second + left / b)


@kernel
def growth(x, x_low):
    """Return ``expm1(x)/x`` for |x| <= 1/2, which is 1 at x = 0."""
    value, low = 1.0, 0.0
    for n in range(TERMS, 1, -1):
        step, step_low = divide(x, x_low, float(n), 0.0)
        value, low = multiply(value, low, step, step_low)
        value, low = add(value, low, 1.0, 0.0)
    return value, low


@kernel
def exponential(x, x_low):
    """Return exp(x) for x <= 700 within |x| 1e-32; zero below exp(-690)."""
    if x < SMALLEST_EXPONENT:
        return 0.0, 0.0
    halvings = floor(x / LOG2_HIGH + 0.5)
    shift, shift_low = multiply(float(halvings), 0.0, LOG2_HIGH, LOG2_LOW)
    rest, rest_low = add(x, x_low, -shift, -shift_low)
    value, low = growth(rest, rest_low)
    value, low = multiply(value, low, rest, rest_low)
    value, low = add(value, low, 1.0, 0.0)
    return ldexp(value, int(halvings)), ldexp(low, int(halvings))


@kernel
def precise_decay(s, tau):
    """Return ``exp(-s/tau)`` of doubles s and tau in double-double."""
    z, z_low = divide(s, 0.0, tau, 0.0)
    return exponential(-z, -z_low)
