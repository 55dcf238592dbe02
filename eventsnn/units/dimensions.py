"""Physical dimensions: what a quantity measures, apart from how much of it there is.

A `Dimension` is a product of powers of the seven base quantities of the SI. There is one object per
dimension (they are interned), so ``==`` and ``is`` agree and comparing costs nothing. Exponents may be
fractions, because noise has units such as ``volt * second**-0.5``.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

#: Name and symbol of the base units, in the order of every tuple of exponents.
BASE_UNITS = (
    ("metre", "m"),
    ("kilogram", "kg"),
    ("second", "s"),
    ("amp", "A"),
    ("kelvin", "K"),
    ("mole", "mol"),
    ("candle", "cd"),
)

#: Units with a name of their own: symbol, exponents, and what they measure. The first unit listed for a
#: dimension is the one used for printing; those without words are never needed for that.
NAMED_UNITS = {
    "metre": ("m", (1, 0, 0, 0, 0, 0, 0), "a length"),
    "kilogram": ("kg", (0, 1, 0, 0, 0, 0, 0), "a mass"),
    "second": ("s", (0, 0, 1, 0, 0, 0, 0), "a time"),
    "amp": ("A", (0, 0, 0, 1, 0, 0, 0), "a current"),
    "kelvin": ("K", (0, 0, 0, 0, 1, 0, 0), "a temperature"),
    "mole": ("mol", (0, 0, 0, 0, 0, 1, 0), "an amount of substance"),
    "candle": ("cd", (0, 0, 0, 0, 0, 0, 1), "a luminous intensity"),
    "hertz": ("Hz", (0, 0, -1, 0, 0, 0, 0), "a frequency"),
    "volt": ("V", (2, 1, -3, -1, 0, 0, 0), "a voltage"),
    "ohm": ("ohm", (2, 1, -3, -2, 0, 0, 0), "a resistance"),
    "siemens": ("S", (-2, -1, 3, 2, 0, 0, 0), "a conductance"),
    "farad": ("F", (-2, -1, 4, 2, 0, 0, 0), "a capacitance"),
    "coulomb": ("C", (0, 0, 1, 1, 0, 0, 0), "a charge"),
    "molar": ("M", (-3, 0, 0, 0, 0, 1, 0), "a concentration"),
    "newton": ("N", (1, 1, -2, 0, 0, 0, 0), "a force"),
    "pascal": ("Pa", (-1, 1, -2, 0, 0, 0, 0), "a pressure"),
    "joule": ("J", (2, 1, -2, 0, 0, 0, 0), "an energy"),
    "watt": ("W", (2, 1, -3, 0, 0, 0, 0), "a power"),
    "weber": ("Wb", (2, 1, -2, -1, 0, 0, 0), "a magnetic flux"),
    "tesla": ("T", (0, 1, -2, -1, 0, 0, 0), "a magnetic flux density"),
    "henry": ("H", (2, 1, -2, -2, 0, 0, 0), "an inductance"),
    "katal": ("kat", (0, 0, -1, 0, 0, 1, 0), "a catalytic activity"),
    "lux": ("lx", (-2, 0, 0, 0, 0, 0, 1), "an illuminance"),
    "gray": ("Gy", (2, 0, -2, 0, 0, 0, 0), ""),
    "lumen": ("lm", (0, 0, 0, 0, 0, 0, 1), ""),
    "becquerel": ("Bq", (0, 0, -1, 0, 0, 0, 0), ""),
    "sievert": ("Sv", (2, 0, -2, 0, 0, 0, 0), ""),
}

_MORE_WORDS = {
    (2, 0, 0, 0, 0, 0, 0): "an area",
    (3, 0, 0, 0, 0, 0, 0): "a volume",
    (1, 0, -1, 0, 0, 0, 0): "a velocity",
    (1, 0, -2, 0, 0, 0, 0): "an acceleration",
    (0, 0, 0, 0, 0, 0, 0): "dimensionless",
}

# The other names under which a base dimension may be given, as in Brian's keyword arguments
_KEYWORDS = {
    "length": 0, "metre": 0, "meter": 0, "metres": 0, "meters": 0, "m": 0,
    "mass": 1, "kilogram": 1, "kilogramme": 1, "kilograms": 1, "kilogrammes": 1, "kg": 1,
    "time": 2, "second": 2, "seconds": 2, "s": 2,
    "current": 3, "electric current": 3, "electriccurrent": 3, "ampere": 3, "amperes": 3, "amp": 3, "A": 3,
    "temperature": 4, "kelvin": 4, "kelvins": 4, "K": 4,
    "substance": 5, "quantity of substance": 5, "mole": 5, "moles": 5, "mol": 5,
    "luminosity": 6, "candle": 6, "candles": 6, "candela": 6, "cd": 6,
}  # fmt: skip

_INTERNED: dict[tuple, Dimension] = {}


class Dimension:
    """What a quantity measures: seven exponents of the base quantities.

    Parameters
    ----------
    exponents : sequence of 7 numbers
        Powers of metre, kilogram, second, ampere, kelvin, mole and candela.

    Examples
    --------
    >>> Dimension((1, 0, 0, 0, 0, 0, 0)) / Dimension((0, 0, 1, 0, 0, 0, 0))
    metre * second ** -1
    """

    __slots__ = ("si_exponents", "_factors")

    #: Powers of (metre, kilogram, second, ampere, kelvin, mole, candela): int, or float when not whole.
    si_exponents: tuple
    _factors: tuple | None

    def __new__(cls, exponents: Iterable[float]) -> Dimension:
        key = tuple(_tidy(exponent) for exponent in exponents)
        known = _INTERNED.get(key)
        if known is not None:
            return known
        if len(key) != 7:
            raise TypeError(f"A dimension has 7 exponents (metre ... candela), got {len(key)}.")
        made = super().__new__(cls)
        object.__setattr__(made, "si_exponents", key)
        object.__setattr__(made, "_factors", None)
        return _INTERNED.setdefault(key, made)

    def __setattr__(self, name, value):
        raise AttributeError("A dimension cannot be changed.")

    def __mul__(self, other: Dimension) -> Dimension:
        if not isinstance(other, Dimension):
            return NotImplemented
        return Dimension([a + b for a, b in zip(self.si_exponents, other.si_exponents, strict=True)])

    def __truediv__(self, other: Dimension) -> Dimension:
        if not isinstance(other, Dimension):
            return NotImplemented
        return Dimension([a - b for a, b in zip(self.si_exponents, other.si_exponents, strict=True)])

    def __pow__(self, power) -> Dimension:
        power = _tidy(power)
        return Dimension([a * power for a in self.si_exponents])

    @property
    def is_dimensionless(self) -> bool:
        """Whether this is the dimension of a pure number."""
        return self is DIMENSIONLESS

    @property
    def dim(self) -> Dimension:
        """This dimension, so that units, quantities and dimensions can be asked alike."""
        return self

    def get_dimension(self, name: str) -> float:
        """Return the exponent of one base quantity, as in ``volt.dim.get_dimension("length")``."""
        return self.si_exponents[_KEYWORDS[name]]

    @property
    def factors(self) -> tuple:
        """Pairs (unit name, power) that spell this dimension with as few units as possible."""
        if self._factors is None:
            object.__setattr__(self, "_factors", _spell(self))
        return self._factors or ()

    def __str__(self):
        return " ".join(_with_power(_symbol(name), power, "^") for name, power in self.factors) or "1"

    def __repr__(self):
        if self.is_dimensionless:
            return "Dimension()"
        powers = zip(BASE_UNITS, self.si_exponents, strict=True)
        return " * ".join(_with_power(name, power, " ** ") for (name, _), power in powers if power)

    def __reduce__(self):
        return Dimension, (self.si_exponents,)


def get_or_create_dimension(*args: Iterable[float], **kwds: float) -> Dimension:
    """Return the dimension with the given exponents: a sequence of seven, or by name (``length=1``)."""
    if args:
        return Dimension(args[0])
    exponents: list[float] = [0] * 7
    for name, power in kwds.items():
        if name not in _KEYWORDS:
            known = ", ".join(("length", "mass", "time", "current", "temperature", "substance", "luminosity"))
            raise TypeError(f"{name!r} is no base quantity; the names are {known}.")
        exponents[_KEYWORDS[name]] = power
    return Dimension(exponents)


def name_dimension(dim: Dimension) -> str:
    """Say in words what a dimension measures, for messages.

    Examples
    --------
    >>> name_dimension(Dimension((2, 1, -3, -1, 0, 0, 0)))
    'a voltage'
    >>> name_dimension(Dimension((2, 1, -4, -1, 0, 0, 0)))
    'a quantity in V s^-1'
    """
    return _WORDS.get(dim) or f"a quantity in {dim}"


def _tidy(exponent):
    """Return the exponent as an int, or as the float of the simple fraction nearest to it.

    0.1 + 0.2 must be the same exponent as 0.3, or a dimension would not come back to itself.
    """
    if type(exponent) is int:
        return exponent
    exponent = float(exponent)
    if exponent.is_integer():
        return int(exponent)
    simple = Fraction(exponent).limit_denominator(1000)
    if abs(simple - Fraction(exponent)) < 1e-9:
        exponent = float(simple)
    return int(exponent) if exponent.is_integer() else exponent


def _with_power(name: str, power, sign: str) -> str:
    return name if power == 1 else f"{name}{sign}{power:.12g}"


def _symbol(name: str) -> str:
    return NAMED_UNITS[name][0]


def _spell(dim: Dimension) -> tuple:
    """Return pairs (unit name, power): a named unit, a power of one, two of them, or base units."""
    if dim.is_dimensionless:
        return ()
    if dim in _NAMED:
        return ((_NAMED[dim], 1),)
    base = tuple((name, power) for (name, _), power in zip(BASE_UNITS, dim.si_exponents, strict=True) if power)
    for power in (2, 3, None, -1, -2, 0.5, -0.5):
        if power is None and len(base) == 1:
            return base
        root = power and _NAMED.get(dim ** (1 / power))
        if root:
            return ((root, power),)
    for name, power in _TAILS:
        head = _NAMED.get(dim / NAMED_DIMENSIONS[name] ** power)
        if head in _HEADS:
            return ((head, 1), (name, power))
    return base


#: The dimension of every named unit.
NAMED_DIMENSIONS = {name: Dimension(exponents) for name, (_, exponents, _) in NAMED_UNITS.items()}
DIMENSIONLESS = Dimension((0,) * 7)

_WORDS = {Dimension(key): words for key, words in _MORE_WORDS.items()}
_WORDS.update({NAMED_DIMENSIONS[name]: words for name, (_, _, words) in NAMED_UNITS.items() if words})

# One molar is 1000 mol m^-3, so it cannot spell an SI unit; a velocity squared should not be called gray
_NAMED: dict[Dimension, str] = {}
for _name in NAMED_UNITS:
    if _name not in ("molar", "gray", "sievert"):
        _NAMED.setdefault(NAMED_DIMENSIONS[_name], _name)

# Two-unit spellings, e.g. "S m^-2" (a conductance density), "V s^-1", "V s^-0.5", "ohm m"
_HEADS = {"volt", "amp", "siemens", "farad", "ohm", "coulomb", "joule", "watt", "mole"}
_TAILS = (
    ("metre", -2), ("second", -1), ("second", -0.5), ("second", 0.5), ("metre", -1), ("metre", 1),
    ("metre", 2), ("second", 1), ("second", -2), ("second", 2), ("metre", -3),
    ("volt", -1), ("volt", -2), ("volt", 2),
)  # fmt: skip


def describe_dimension(dim: Dimension) -> str:
    """Return words and unit for messages: ``'a voltage (V)'``."""
    words = name_dimension(dim)
    return words if dim is DIMENSIONLESS or str(dim) in words else f"{words} ({dim})"
