"""Matplotlib draws the SI numbers of quantities, also where it computes with them on the way."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def register_quantities_with_matplotlib(kind: type) -> None:
    """Tell matplotlib's unit registry to convert arrays of class `kind` to SI numbers, if it is loaded.

    Called again and again (matplotlib may be imported after us), so it does its work only once.
    """
    units: Any = sys.modules.get("matplotlib.units")
    # While matplotlib is being imported, its registry may not be there yet
    registry = getattr(units, "registry", None)
    if registry is None or kind in registry:
        return

    class SIConverter(units.ConversionInterface):
        @staticmethod
        def convert(value, unit, axis):
            if isinstance(value, (list, tuple)):
                return [np.asarray(element) for element in value]
            return np.asarray(value)

    registry[kind] = SIConverter()
