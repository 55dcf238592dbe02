"""`Quantity`, an array that knows what it measures, and `Unit`, the quantities that have a name.

A quantity is a NumPy array of SI numbers with a dimension beside it. Operations check or combine the
dimensions (`ufuncs` and `functions` hold the rules); a result without dimension is a plain number or array.
Whatever does not know about units, such as ``float`` or a plotting library, sees the SI numbers.
"""

from __future__ import annotations

import operator
from numbers import Number
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..errors import DimensionMismatchError, UnitError
from . import display
from .dimensions import DIMENSIONLESS, Dimension, get_or_create_dimension, name_dimension
from .operands import check_outputs, dimensions_of, split, split_operand
from .plotting import register_quantities_with_matplotlib
from .ufuncs import common_dimension, describe, reduced_dimension, result_dimension

#: What ``np.f(quantity)`` does, filled by `functions`: from the NumPy function to ours.
FUNCTION_RULES: dict = {}


if TYPE_CHECKING:

    def _typed_as_any(self: Any, *operands: Any) -> Any: ...


class Quantity(np.ndarray):
    """An array of numbers, or one number, with a physical dimension.

    Parameters
    ----------
    value : array_like
        Numbers in SI units, or quantities that share a dimension.
    dim : Dimension or Unit, optional
        What plain numbers measure; nothing when omitted.
    dtype : data-type, optional
        ``float64`` unless the numbers are complex.
    copy : bool
        Whether to copy an array that could be shared.

    Raises
    ------
    DimensionMismatchError
        The values have different dimensions, or another one than `dim`.

    Examples
    --------
    >>> from eventsnn.units import volt
    >>> Quantity([1, 2], dim=volt)
    array([1., 2.]) * volt
    """

    __array_priority__ = 1000

    def __new__(
        cls, value: Any, dim: Dimension | Quantity | None = None, dtype: Any = None, copy: bool = False
    ) -> Self:
        values, found = split(value)
        if dim is None:
            dim = found
        else:
            if float(getattr(dim, "scale", 0)) != 0.0:
                raise UnitError(
                    f"Quantity: {dim} is no dimension. Write {value}*{dim}, or dim={dim}.dim for SI numbers."
                )
            dim = dim.dim
            if found is not DIMENSIONLESS and found is not dim:
                raise DimensionMismatchError(
                    f"Quantity: {describe(values, found)} cannot be made {name_dimension(dim)}."
                )
        if dtype is None and values.dtype.kind != "c":
            dtype = np.float64
        made = np.array(values, dtype=dtype, copy=copy or None).view(cls)
        made.dim = dim
        return made

    def __array_finalize__(self, source):
        self.dim = getattr(source, "dim", DIMENSIONLESS)
        # Here because matplotlib may be imported at any time, and must know before it draws a quantity
        register_quantities_with_matplotlib(Quantity)

    @property
    def dimensions(self) -> Dimension:
        """What this quantity measures."""
        return self.dim

    @property
    def is_dimensionless(self) -> bool:
        """Whether this is a pure number."""
        return self.dim is DIMENSIONLESS

    @staticmethod
    def with_dimensions(value: Any, *args: Any, **keywords: float) -> Quantity:
        """Return `value` with the dimension of a unit, or with exponents by name (``length=1, time=-1``)."""
        if len(args) == 1 and hasattr(args[0], "dim"):
            return Quantity(value, dim=args[0].dim)
        return Quantity(value, dim=get_or_create_dimension(*args, **keywords))

    def has_same_dimensions(self, other: Any) -> bool:
        """Return whether `other` measures the same as this quantity."""
        return dimensions_of(other) is self.dim

    # -- arithmetic ----------------------------------------------------------------------------------------

    if TYPE_CHECKING:
        # what 10*ms is depends on the units: a quantity, or a plain number when they cancel
        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _typed_as_any
        __pow__ = __neg__ = _typed_as_any

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if method == "at":
            return _ufunc_at(ufunc, *inputs)
        parts = [split_operand(value) for value in inputs]
        if any(part is None for part in parts):
            return NotImplemented
        values, dims = [list(side) for side in zip(*parts, strict=True)]
        if method in ("__call__", "outer"):
            dim: Any = result_dimension(ufunc, values, dims)
        else:
            axis = kwargs.get("axis", 0)
            dim = reduced_dimension(ufunc, method, values[0], dims[0], axis)
            values[1:] = list(inputs[1:])
        if kwargs.get("where", True) is not True:
            kwargs["where"] = np.asarray(kwargs["where"])
        # x *= mV on numbers x comes here as multiply(x, mV, out=x): x moves on to a new array, as in Brian
        if out is not None and out[0] is inputs[0] and type(out[0]) is np.ndarray:
            out = out if dim is DIMENSIONLESS else None
        if out is not None:
            kwargs["out"] = check_outputs(out, dim)
        result = getattr(ufunc, method)(*values, **kwargs)
        if out is not None:
            return out[0] if len(out) == 1 else out
        if isinstance(result, tuple):
            each = dim if isinstance(dim, tuple) else (dim,) * len(result)
            return tuple(with_dimensions(part, d) for part, d in zip(result, each, strict=True))
        return with_dimensions(result, dim)

    def __array_function__(self, func, types, args, kwargs):
        rule = FUNCTION_RULES.get(func)
        if rule is None:
            name = f"{func.__module__}.{func.__name__}"
            raise UnitError(
                f"{name} does not know about units, and got {describe(np.asarray(self), self.dim)}. "
                "Strip the units first: x/ms (for x in milliseconds) or numpy.asarray(x) (in SI units)."
            )
        return rule(func, args, kwargs)

    def __eq__(self, other):
        return super().__eq__(other) if split_operand(other) is not None else NotImplemented

    def __ne__(self, other):
        return super().__ne__(other) if split_operand(other) is not None else NotImplemented

    __hash__ = None

    def __round__(self, digits=0):
        return with_dimensions(np.round(np.asarray(self), digits or 0), self.dim)

    # -- elements ------------------------------------------------------------------------------------------

    def __getitem__(self, key):
        return with_dimensions(np.asarray(self)[key], self.dim)

    def __setitem__(self, key, value):
        np.asarray(self)[key] = self._fitting(value, "store {b} in {a}")

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("iteration over a single quantity")
        return (with_dimensions(value, self.dim) for value in np.asarray(self))

    def fill(self, value: Any) -> None:
        """Set every element to `value`."""
        np.asarray(self).fill(self._fitting(value, "fill {a} with {b}"))

    def put(self, indices: Any, values: Any, mode: Any = "raise") -> None:
        """Set the elements at flat `indices`."""
        np.asarray(self).put(indices, self._fitting(values, "store {b} in {a}"), mode)

    def item(self, *args: Any) -> Any:
        """Return one element as a quantity."""
        return with_dimensions(np.asarray(self).item(*args), self.dim)

    def tolist(self) -> Any:
        """Return a list of quantities, nested as the array is."""
        if self.ndim == 0:
            return self.item()
        return [element.tolist() for element in self] if self.dim is not DIMENSIONLESS else np.asarray(self).tolist()

    def _fitting(self, value, verb: str) -> np.ndarray:
        """Return a value to be stored in this array as SI numbers."""
        values, dim = split(value)
        common_dimension([np.asarray(self), values], [self.dim, dim], verb)
        if self.dim is DIMENSIONLESS and dim is not DIMENSIONLESS:
            sides = verb.format(a=describe(np.asarray(self), self.dim), b=describe(values, dim))
            raise DimensionMismatchError(f"Cannot {sides}: their dimensions differ.")
        return values

    # -- copies --------------------------------------------------------------------------------------------

    def __reduce__(self):
        return _rebuild, (np.array(self), self.dim)

    def __deepcopy__(self, memo):
        return self.copy()

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """Return a copy with another number type."""
        return with_dimensions(np.asarray(self).astype(dtype, *args, **kwargs), self.dim)

    # -- writing -------------------------------------------------------------------------------------------

    def __str__(self):
        return display.show(np.asarray(self), self.dim)

    def __repr__(self):
        if self.dim is DIMENSIONLESS:
            values = np.asarray(self)
            return f"Quantity({np.array2string(values) if values.ndim == 0 else np.array_repr(values)})"
        return display.represent(np.asarray(self), self.dim)

    def __format__(self, spec):
        # A format for numbers, as in f"{x:.3f}", gets the SI number, like everything that drops units
        return str(self) if not spec else format(np.asarray(self)[()], spec)

    def get_best_unit(self, *_: Any) -> Unit:
        """Return the unit in which this quantity is printed."""
        scale, factors = display.fitting_unit(np.asarray(self), self.dim)
        return Unit(self.dim, scale, factors)

    def in_best_unit(self, precision: int | None = None, python_code: bool = False, *_: Any) -> str:
        """Write this quantity in the unit that fits best, with up to `precision` digits after the point."""
        return self.in_unit(self.get_best_unit(), precision, python_code)

    def in_unit(self, u: Quantity, precision: int | None = None, python_code: bool = False) -> str:
        """Write this quantity in the unit `u`.

        Examples
        --------
        >>> from eventsnn.units import mV, volt
        >>> (3 * mV).in_unit(volt)
        '0.003 V'
        """
        wanted = dimensions_of(u)
        if wanted is not self.dim:
            found = describe(np.asarray(self), self.dim)
            raise DimensionMismatchError(f"Cannot write {found} in {u} ({name_dimension(wanted)}).")
        if not isinstance(u, Unit):
            return f"{np.array2string(np.asarray(self) / np.asarray(u), precision=precision)} * ({u})"
        if python_code:
            return display.represent_in(np.asarray(self), u.scale, u.name)
        return display.show_in(np.asarray(self), u.scale, u.dispname, precision)


class Unit(Quantity):
    """A quantity of size ``10**scale`` that has a name, such as ``mvolt``.

    Units multiply, divide and take powers into units, so that ``mV/ms`` still has a readable name; with
    anything else they behave as quantities do. They cannot be changed.

    Parameters
    ----------
    dim : Dimension
    scale : number
        The size as a power of ten in SI units.
    factors : tuple of (name, symbol, power)
        How the unit is spelled.
    """

    def __new__(cls, dim: Dimension, scale: float, factors: display.Factors) -> Self:
        made = np.array(display.unit_size(scale)).view(cls)
        made.dim, made.scale, made.factors = dim, scale, factors
        made.flags.writeable = False
        return made

    def __array_finalize__(self, source):
        self.dim = getattr(source, "dim", DIMENSIONLESS)
        self.scale = getattr(source, "scale", 0)
        self.factors = getattr(source, "factors", ())

    @property
    def name(self) -> str:
        """The name as a Python expression: ``mvolt``."""
        return display.unit_name(self.factors)

    @property
    def dispname(self) -> str:
        """The printed name: ``mV``."""
        return display.unit_symbol(self.factors)

    @property
    def iscompound(self) -> bool:
        """Whether the unit is made of several others."""
        return len(self.factors) > 1

    def __mul__(self, other):
        if isinstance(other, Unit):
            return _multiply_units(self, other, 1)
        return Quantity.__mul__(self, other)

    def __truediv__(self, other):
        if isinstance(other, Unit):
            return _multiply_units(self, other, -1)
        return Quantity.__truediv__(self, other)

    def __rtruediv__(self, other):
        is_one = isinstance(other, Number) and other == 1
        return self**-1 if is_one else Quantity.__rtruediv__(self, other)

    def __pow__(self, power, modulo=None):
        dim = self.dim**power if isinstance(power, Number) else DIMENSIONLESS
        if dim is DIMENSIONLESS:
            return Quantity.__pow__(self, power)
        factors = tuple((name, symbol, _whole(own * power)) for name, symbol, own in self.factors)
        return Unit(dim, _whole(self.scale * power), factors)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if ufunc is np.sqrt and method == "__call__" and not kwargs:
            return self**0.5
        return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __hash__(self):  # type: ignore[override]
        return hash((self.dim, self.scale))

    def __eq__(self, other):
        return super().__eq__(other)

    def __str__(self):
        return self.dispname

    def __repr__(self):
        return self.name

    def __reduce__(self):
        return Unit, (self.dim, self.scale, self.factors)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def copy(self, order: Any = "C") -> Self:
        """Return this unit, which cannot change."""
        return self


def with_dimensions(value: Any, dim: Dimension) -> Any:
    """Return SI numbers as a quantity, or as they are when `dim` is dimensionless.

    Parameters
    ----------
    value : number or array
        In SI units; whole numbers become floats when they get a dimension.
    dim : Dimension

    Returns
    -------
    Quantity, or float or ndarray
    """
    if dim is DIMENSIONLESS:
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        # A Python float, because lists of them print as people expect
        return float(value) if type(value) is np.float64 else value
    values = np.asarray(value)
    if values.dtype.kind not in "fc":
        values = values.astype(np.float64)
    made = values.view(Quantity)
    made.dim = dim
    return made


def quantity_with_dimensions(floatval: Any, dims: Dimension) -> Quantity:
    """Return SI numbers as a quantity, also when dimensionless."""
    return Quantity(floatval, dim=dims)


def _ufunc_at(ufunc, target, indices, *others):
    """Do ``ufunc.at``: change some elements, which must keep their dimension."""
    values, dims = zip(*(split(value) for value in (target, *others)), strict=True)
    dim = result_dimension(ufunc, list(values), list(dims))
    (plain,) = check_outputs((target,), dim)
    ufunc.at(plain, indices, *values[1:])


def _multiply_units(left: Unit, right: Unit, sign: int):
    """Return ``left * right`` (sign 1) or ``left / right`` (sign -1), with a name when it has a dimension."""
    dim = left.dim * right.dim if sign > 0 else left.dim / right.dim
    scale = _whole(left.scale + sign * right.scale)
    if dim is DIMENSIONLESS:
        return display.unit_size(scale)
    powers: dict = {}
    for unit, direction in ((left, 1), (right, sign)):
        for name, symbol, power in unit.factors:
            powers[name, symbol] = _whole(powers.get((name, symbol), 0) + direction * power)
    return Unit(dim, scale, tuple((*key, power) for key, power in powers.items() if power))


def _whole(number):
    return int(number) if float(number).is_integer() else float(number)


def _rebuild(values: np.ndarray, dim: Dimension) -> Quantity:
    made = values.view(Quantity)
    made.dim = dim
    return made


def _in_place(name: str):
    """Return an operator such as ``+=``: arrays change in place, single quantities are values like floats.

    Where the dimension changes (``x /= mV``) there is a new array, as in Brian.
    """
    plain = getattr(operator, name)

    def operate(self, other):
        result = plain(self, other)
        if self.ndim == 0 or getattr(result, "dim", DIMENSIONLESS) is not self.dim:
            return result
        np.asarray(self)[...] = np.asarray(result)
        return self

    return operate


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(Quantity, f"__i{_name}__", _in_place(_name))
