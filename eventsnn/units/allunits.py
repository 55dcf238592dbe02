"""Every unit, with all prefixes, squares and cubes, as Brian's ``brian2.units.allunits``."""

from __future__ import annotations

from .names import STANDARD_NAMES, UNITS, celsius

__all__ = [name for name in UNITS if name not in STANDARD_NAMES] + ["celsius"]
globals().update({name: UNITS[name] for name in __all__ if name != "celsius"})
