"""`VariableView`: a variable of a group as its user sees it, with units, by index, slice or condition.

Reading evaluates the exact solution at the present time and stores nothing; assigning is a change of state.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .errors import ArgumentError
from .units import Dimension, with_dimensions


class Owner(Protocol):
    """What a view asks of its group."""

    name: str

    def __len__(self) -> int: ...
    def read_variable(self, name: str, indices: np.ndarray) -> np.ndarray: ...
    def write_variable(self, name: str, indices: np.ndarray, value: Any) -> None: ...
    def select(self, condition: str) -> np.ndarray: ...
    def places(self, item: Any) -> np.ndarray: ...


class VariableView(NDArrayOperatorsMixin):
    """One variable of a group.

    Parameters
    ----------
    owner : object
        A group, a part of one, a stimulus or synapses.
    name : str
    dimension : Dimension
        Of the values handed out; dimensionless for the unitless ``G.v_``.
    scalar : bool
        Whether one value serves the whole group.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, mV, start_scope
    >>> start_scope()
    >>> G = NeuronGroup(4, 'v : volt')
    >>> G.v = 'i*mV'
    >>> G.v['i>1'] = 7*mV
    >>> G.v
    <neurongroup.v: array([0., 1., 7., 7.]) * mvolt>
    """

    # an array operation with a view on the right should come here, not iterate over it
    __array_priority__ = 20.0

    def __init__(self, owner: Owner, name: str, dimension: Dimension, scalar: bool = False) -> None:
        self._owner, self.name, self.dim, self.scalar = owner, name, dimension, scalar

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, str):
            return self._get(self._owner.select(item))
        if self.scalar:
            return self.get_value()[item] if item not in (slice(None), Ellipsis, 0) else self.get_value()
        indices = self._owner.places(item)
        if np.ndim(indices) == 0:
            return _plain_scalar(self._get(np.array([indices]))[0])
        return self._get(indices)

    def __setitem__(self, item: Any, value: Any) -> None:
        if isinstance(item, str):
            indices = self._owner.select(item)
        elif self.scalar:
            indices = np.atleast_1d(np.arange(1)[item])
        else:
            indices = np.atleast_1d(self._owner.places(item))
        self._owner.write_variable(self.name, indices, value)

    def _get(self, indices: np.ndarray) -> Any:
        return with_dimensions(self._owner.read_variable(self.name, indices), self.dim)

    def get_value(self) -> Any:
        """Return all values: an array, or one value if the variable is shared."""
        if self.scalar:
            return _plain_scalar(self._get(np.array([0]))[0])
        return self._get(np.arange(len(self._owner)))

    def set_value(self, value: Any) -> None:
        """Set all values."""
        self[:] = value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ArgumentError(f"{self._owner.name}.{self.name}: values are computed on reading; a copy is needed")
        return np.asarray(self.get_value(), dtype=dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if any(isinstance(x, VariableView) for x in options.get("out", ())):
            where = f"{self._owner.name}.{self.name}"
            raise TypeError(f"{where}: NumPy cannot write into a variable. Assign instead: {where} = ...")
        plain = [x.get_value() if isinstance(x, VariableView) else x for x in inputs]
        return getattr(ufunc, method)(*plain, **options)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        def resolve(x: Any) -> Any:
            if isinstance(x, VariableView):
                return x.get_value()
            return type(x)(resolve(y) for y in x) if isinstance(x, list | tuple) else x

        return function(*resolve(arguments), **{key: resolve(x) for key, x in options.items()})

    def _in_place(self, function: Any, value: Any) -> VariableView:
        if isinstance(value, str):
            raise ArgumentError(
                f"{self._owner.name}.{self.name}: a string cannot be used in place; write "
                f"{self._owner.name}.{self.name} = '{self.name} + ...'"
            )
        self[:] = function(self.get_value(), value)
        return self

    def __iadd__(self, value: Any) -> VariableView:
        return self._in_place(operator.add, value)

    def __isub__(self, value: Any) -> VariableView:
        return self._in_place(operator.sub, value)

    def __imul__(self, value: Any) -> VariableView:
        return self._in_place(operator.mul, value)

    def __itruediv__(self, value: Any) -> VariableView:
        return self._in_place(operator.truediv, value)

    def __getattr__(self, name: str) -> Any:
        # shape, mean(), max(), ...: whatever the array of values has
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.get_value(), name)

    def __len__(self) -> int:
        return 1 if self.scalar else len(self._owner)

    def __iter__(self) -> Iterator:
        return iter(np.atleast_1d(self.get_value()))

    def __float__(self) -> float:
        return float(self.get_value())

    def __bool__(self) -> bool:
        return bool(self.get_value())

    def __format__(self, specification: str) -> str:
        return format(self.get_value(), specification)

    def __str__(self) -> str:
        return str(self.get_value())

    def __repr__(self) -> str:
        return f"<{self._owner.name}.{self.name}: {self.get_value()!r}>"

    __hash__ = None  # type: ignore[assignment]  # its values change


def _plain_scalar(value: Any) -> Any:
    """Return a dimensionless number as Python's own."""
    return value.item() if isinstance(value, np.generic) else value
