"""Quantities with units, in Brian 2's manners.

``10*nA*5*Mohm`` is ``50. mV``; adding volts to amperes is an error that says so; ``float(10*ms)`` is 0.01.
Every unit can be imported from here by name, as in ``from eventsnn.units import mV, ms, Hz``.
"""

# What is imported here is offered to the rest of the package; `__all__` is the smaller list for users
# ruff: noqa: F401

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DimensionMismatchError
from . import functions as _functions  # teaches quantities NumPy's functions
from .dimensions import DIMENSIONLESS, Dimension, describe_dimension, get_or_create_dimension, name_dimension
from .helpers import (
    arange,
    check_units,
    exprel,
    fail_for_dimension_mismatch,
    get_dimensions,
    get_unit,
    have_same_dimensions,
    in_best_unit,
    in_unit,
    is_dimensionless,
    is_scalar_type,
    linspace,
    ones_like,
    register_new_unit,
    zeros_like,
)
from .names import ALL_STAR_UNITS, STANDARD_NAMES, UNITS, celsius
from .operands import dimensions_of, split
from .quantity import Quantity, Unit, quantity_with_dimensions, with_dimensions

if TYPE_CHECKING:

    def __getattr__(name: str) -> Unit:
        """Say that every unit is there by its name."""


globals().update(UNITS)

if TYPE_CHECKING:
    # The units are too many to be written down one by one

    def __getattr__(name: str) -> Unit: ...


#: What ``from eventsnn.units import *`` brings, which is what Brian's brings.
__all__ = [
    "DimensionMismatchError",
    "Quantity",
    "Unit",
    "arange",
    "check_units",
    "exprel",
    "get_dimensions",
    "get_or_create_dimension",
    "get_unit",
    "have_same_dimensions",
    "in_best_unit",
    "in_unit",
    "is_dimensionless",
    "is_scalar_type",
    "linspace",
    "ones_like",
    "register_new_unit",
    "zeros_like",
]
__all__ += ALL_STAR_UNITS
