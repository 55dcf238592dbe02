"""Physical constants with units, under the names of Brian's ``brian2.units.constants`` (CODATA 2014).

These are the values that Brian 2 uses, so that a script gives the same numbers here; later CODATA values
differ by less than one part in a million.
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

avogadro_constant = 6.022140857e23 * _mole**-1
boltzmann_constant = 1.38064852e-23 * (_joule / _kelvin)
electric_constant = 8.854187817e-12 * (_farad / _metre)
electron_mass = 9.10938356e-31 * _kilogram
elementary_charge = 1.6021766208e-19 * _coulomb
faraday_constant = 96485.33289 * (_coulomb / _mole)
gas_constant = 8.3144598 * (_joule / (_mole * _kelvin))
magnetic_constant = 1.2566370614359173e-6 * (_newton / _amp**2)
molar_mass_constant = 1e-3 * (_kilogram / _mole)
zero_celsius = 273.15 * _kelvin
