"""Every unit by name: with all SI prefixes, squared and cubed, and the short names such as ``mV``."""

from __future__ import annotations

from ..errors import UnitError
from .dimensions import DIMENSIONLESS, NAMED_DIMENSIONS, NAMED_UNITS
from .display import PREFIXES
from .quantity import Unit

# Other spellings of a unit
_ALSO_CALLED = {"metre": ("meter",), "amp": ("ampere",), "mole": ("mol",), "candle": ("candela",)}
_WITHOUT_PREFIX = {"kilogram", "kelvin"}

#: The short names, as in Brian's ``stdunits``.
STANDARD_NAMES = {
    "mV": "mvolt", "mA": "mamp", "uA": "uamp", "nA": "namp", "pA": "pamp", "pF": "pfarad", "uF": "ufarad",
    "nF": "nfarad", "nS": "nsiemens", "uS": "usiemens", "mS": "msiemens", "ms": "msecond", "us": "usecond",
    "Hz": "hertz", "kHz": "khertz", "MHz": "Mhertz", "cm": "cmetre", "cm2": "cmetre2", "cm3": "cmetre3",
    "mm": "mmetre", "mm2": "mmetre2", "mm3": "mmetre3", "um": "umetre", "um2": "umetre2", "um3": "umetre3",
    "mM": "mmolar", "uM": "umolar", "nM": "nmolar",
}  # fmt: skip


class _Celsius:
    """Explains, on any use, why a temperature in degrees Celsius is no multiple of a unit."""

    def _refuse(self, *_):
        raise UnitError(
            "celsius is no unit: its zero is not the absolute zero. Write (20 + 273.15)*kelvin for a "
            "temperature of 20 degrees, and kelvin for differences of temperature."
        )

    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = _refuse
    __array_ufunc__ = None

    def __repr__(self):
        return "celsius"


def _family(names: tuple, symbol: str, dim, scale: int, prefixes, powers=(1, 2, 3)) -> dict[str, Unit]:
    """Return the units of one kind under all their names, with every prefix and power."""
    made = {}
    for power in powers:
        suffix = "" if power == 1 else str(power)
        powered = dim**power
        for prefix, exponent in prefixes.items():
            for name in names:
                factors = ((prefix + name, prefix + symbol, power),)
                made[prefix + name + suffix] = Unit(powered, power * (scale + exponent), factors)
    return made


def _all_units() -> dict[str, Unit]:
    """Return every unit by every name it has."""
    plain, made = {"": 0}, {}
    for name, (symbol, _, _) in NAMED_UNITS.items():
        names = (name, *_ALSO_CALLED.get(name, ()))
        scale = 3 if name == "molar" else 0
        prefixes = plain if name in _WITHOUT_PREFIX else PREFIXES
        made.update(_family(names, symbol, NAMED_DIMENSIONS[name], scale, prefixes))
    mass, length, number = NAMED_DIMENSIONS["kilogram"], NAMED_DIMENSIONS["metre"], DIMENSIONLESS
    made.update(_family(("kilogramme",), "kg", mass, 0, plain))
    made.update(_family(("gram", "gramme"), "g", mass, -3, PREFIXES))
    made.update(_family(("liter", "litre"), "l", length**3, -3, PREFIXES, powers=(1,)))
    made.update(_family(("radian",), "rad", number, 0, PREFIXES))
    made.update(_family(("steradian",), "sr", number, 0, PREFIXES))
    made.update({short: made[long] for short, long in STANDARD_NAMES.items()})
    return made


#: Every unit under each of its names, as equations may use them.
UNITS: dict[str, Unit] = _all_units()
#: In place of the unit that there cannot be.
celsius = _Celsius()

_STAR_PREFIXES = ("p", "n", "u", "m", "", "k", "M", "G", "T")
_STAR_KINDS = ("amp", "metre", "meter", "second", "mole", "coulomb", "farad", "gram", "gramme", "hertz",
               "joule", "molar", "liter", "litre", "pascal", "ohm", "siemens", "volt", "watt")  # fmt: skip

#: The units that ``from brian2 import *`` brings: not all, since names such as ``gray`` mean other things.
ALL_STAR_UNITS = [prefix + kind for kind in _STAR_KINDS for prefix in _STAR_PREFIXES]
ALL_STAR_UNITS += ["kelvin", "kilogram", "cmetre", "cmeter", *STANDARD_NAMES]
