"""The units with short names, as Brian's ``brian2.units.stdunits``: ``mV``, ``nA``, ``ms`` and others."""

from __future__ import annotations

from .names import STANDARD_NAMES, UNITS

__all__ = list(STANDARD_NAMES)
globals().update({name: UNITS[name] for name in __all__})
