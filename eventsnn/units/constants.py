"""Physical constants with units, under the names of Brian's ``brian2.units.constants`` (CODATA 2018 values).

Those fixed by the definition of the SI are exact.
"""

from __future__ import annotations

from .names import UNITS

_amp, _coulomb, _farad, _joule = (UNITS[name] for name in ("amp", "coulomb", "farad", "joule"))
_kelvin, _kilogram, _metre, _mole = (UNITS[name] for name in ("kelvin", "kilogram", "metre", "mole"))
_newton = UNITS["newton"]

__all__ = [
    "avogadro_constant",
    "boltzmann_constant",
    "electric_constant",
    "electron_mass",
    "elementary_charge",
    "faraday_constant",
    "gas_constant",
    "magnetic_constant",
    "molar_mass_constant",
    "zero_celsius",
]

avogadro_constant = 6.02214076e23 * _mole**-1
boltzmann_constant = 1.380649e-23 * (_joule / _kelvin)
electric_constant = 8.8541878128e-12 * (_farad / _metre)
electron_mass = 9.1093837015e-31 * _kilogram
elementary_charge = 1.602176634e-19 * _coulomb
faraday_constant = 96485.33212331 * (_coulomb / _mole)
gas_constant = 8.31446261815324 * (_joule / (_mole * _kelvin))
magnetic_constant = 1.25663706212e-6 * (_newton / _amp**2)
molar_mass_constant = 0.99999999965e-3 * (_kilogram / _mole)
zero_celsius = 273.15 * _kelvin
