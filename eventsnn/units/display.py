"""How quantities are written: one fitting prefix, eight digits, Brian's spelling.

A unit is spelled by *factors*, triples (name, symbol, power) such as ``("mvolt", "mV", 1)``; its size in SI
units is ``10**scale``. Both are all that writing needs, so this module knows no unit objects.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .dimensions import NAMED_UNITS, Dimension

#: Every SI prefix and its power of ten.
PREFIXES = {
    "y": -24, "z": -21, "a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "c": -2, "d": -1, "": 0,
    "da": 1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24,
}  # fmt: skip

# Nobody measures in deci or hecto: printing uses whole thousands
_FITTING = [(prefix, power) for prefix, power in PREFIXES.items() if power % 3 == 0]
_CONCENTRATION = NAMED_UNITS["molar"][1]
_SPELLINGS: dict[Dimension, list] = {}

Factors = tuple[tuple[str, str, float], ...]


def show(si_values: Any, dim: Dimension) -> str:
    """Write values for a person, as ``str`` does: ``[1. 2. 3.] mV``."""
    scale, factors = fitting_unit(si_values, dim)
    return show_in(si_values, scale, unit_symbol(factors))


def show_in(si_values: Any, scale: float, symbol: str, precision: int | None = None) -> str:
    """Write values in the unit that is ``10**scale`` SI units large and is called `symbol`."""
    values = np.asarray(si_values)
    text = np.array2string(values / unit_size(scale) if symbol else values, precision=precision)
    return f"{text} {symbol}" if symbol else text


def represent(si_values: Any, dim: Dimension) -> str:
    """Write values so that Python can read them again, as ``repr`` does: ``5. * mvolt``."""
    scale, factors = fitting_unit(si_values, dim)
    return represent_in(si_values, scale, unit_name(factors))


def represent_in(si_values: Any, scale: float, name: str) -> str:
    """Write values as an expression in the unit called `name`."""
    values = np.asarray(si_values) / unit_size(scale)
    text = np.array2string(values) if values.ndim == 0 else np.array_repr(values)
    return f"{text} * {name}" if name else text


def unit_size(scale: float) -> float:
    """Return ``10**scale`` as the float nearest to it: ``1e-3`` and not the product of three tenths."""
    return float(f"1e{scale}") if isinstance(scale, int) else 10.0**scale


def fitting_unit(si_values: Any, dim: Dimension) -> tuple[float, Factors]:
    """Choose the unit in which most values are near ten.

    The prefix minimises the sum of squares of ``log10(value) - 1`` over all values but 0, inf and nan, which
    is as much as being nearest to the mean of these logarithms.
    """
    choices = spellings(dim)
    sizes = np.abs(np.asarray(si_values)).ravel()
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    wanted = float(np.mean(np.log10(sizes))) - 1 if sizes.size else 0.0
    return min(choices, key=lambda spelling: abs(spelling[0] - wanted))


def add_spelling(dim: Dimension, scale: float, factors: Factors) -> None:
    """Let printing choose one more unit for this dimension."""
    spellings(dim).insert(0, (scale, factors))


def unit_symbol(factors: Factors) -> str:
    """Return the printed name of a unit: ``mV``, ``mV/ms``, ``ms^-0.5``."""
    return _join([(symbol, power) for _, symbol, power in factors], "^", " ", "/")


def unit_name(factors: Factors) -> str:
    """Return the name of a unit as a Python expression: ``mvolt``, ``mvolt / msecond``, ``mvolt2``."""
    # Squares and cubes have names of their own, such as cmetre2
    pairs = [(f"{name}{power}", 1) if power in (2, 3) else (name, power) for name, _, power in factors]
    return _join(pairs, " ** ", " * ", " / ")


def _join(pairs, sign: str, times: str, over: str) -> str:
    above = [_powered(name, power, sign) for name, power in pairs if power > 0]
    below = [(name, power) for name, power in pairs if power < 0]
    # One divisor is written as a fraction, several as negative powers, so that no brackets are needed
    if above and len(below) == 1 and isinstance(below[0][1], int):
        return times.join(above) + over + _powered(below[0][0], -below[0][1], sign)
    return times.join(above + [_powered(name, power, sign) for name, power in below])


def _powered(name: str, power, sign: str) -> str:
    return name if power == 1 else f"{name}{sign}{power:.12g}"


def spellings(dim: Dimension) -> list[tuple[float, Factors]]:
    """Return every (scale, factors) that printing may choose for a dimension."""
    if dim not in _SPELLINGS:
        _SPELLINGS[dim] = _make_spellings(dim)
    return _SPELLINGS[dim]


def _make_spellings(dim: Dimension) -> list:
    if dim.si_exponents == _CONCENTRATION:
        factors: tuple = (("molar", 1),)
    else:
        factors = dim.factors
    rest = tuple((name, NAMED_UNITS[name][0], power) for name, power in factors[1:])
    # A prefix makes sense on a unit or its square, not on a root or on the first of three base units
    if len(factors) not in (1, 2) or factors[0][1] not in (1, 2, 3):
        first = tuple((name, NAMED_UNITS[name][0], power) for name, power in factors[:1])
        return [(0, first + rest)]
    name, power = factors[0]
    made = []
    for prefix, exponent in sorted(_FITTING, key=lambda pair: abs(pair[1])):
        scale = (exponent + _own_scale(name)) * power
        scale = int(scale) if float(scale).is_integer() else scale
        made.append((scale, ((*_prefixed(name, prefix), power), *rest)))
    return made


def _own_scale(name: str) -> int:
    # Prefixes go on gram and on molar, which are not the SI units of their dimensions
    return {"kilogram": -3, "molar": 3}.get(name, 0)


def _prefixed(name: str, prefix: str) -> tuple[str, str]:
    if name == "kilogram":
        return ("kilogram", "kg") if prefix == "k" else (f"{prefix}gram", f"{prefix}g")
    return prefix + name, prefix + NAMED_UNITS[name][0]
