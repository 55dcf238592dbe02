"""`Subgroup`: neurons of a group that stand in a row, ``G[10:20]``."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..equations.text import SUBEXPRESSION, Equations
from ..errors import OutOfRangeError
from .timed import RunsRegularly
from .variables import VariableOwner


class Subgroup(RunsRegularly, VariableOwner):
    """Neurons ``start`` to ``stop - 1`` of a group; indices count from `start`.

    Made by slicing a group. Monitors accept it in place of a group.

    Attributes
    ----------
    source : NeuronGroup
        The whole group.
    start, stop : int
    """

    def __init__(self, source: VariableOwner, start: int, stop: int) -> None:
        self.__dict__.update(source=source, start=start, stop=stop, name=f"{source.name}[{start}:{stop}]")

    @classmethod
    def cut(cls, parent: VariableOwner, item: Any) -> Subgroup:
        """Return the part of a group that a slice names.

        Raises
        ------
        OutOfRangeError
            When it is empty or has gaps.
        """
        if isinstance(item, slice):
            start, stop, step = item.indices(len(parent))
        else:
            try:
                start = operator.index(item)
            except TypeError:
                start, stop, step = cls._bounds_of_indices(parent, item)
            else:
                start += len(parent) if start < 0 else 0
                stop, step = start + 1, 1
        if step != 1 or not 0 <= start < stop <= len(parent):
            raise OutOfRangeError(
                f"{parent.name}[...]: expected a slice of neighbours within 0:{len(parent)}, such as G[10:20], "
                f"found {item!r}"
            )
        source = parent.source if isinstance(parent, Subgroup) else parent
        return cls(source, parent.start + start, parent.start + stop)

    @staticmethod
    def _bounds_of_indices(parent: VariableOwner, item: Any) -> tuple[int, int, int]:
        indices = np.arange(len(parent))[item]
        if len(indices) and np.array_equal(indices, np.arange(indices[0], indices[0] + len(indices))):
            return int(indices[0]), int(indices[-1]) + 1, 1
        return 0, 0, 1

    def _may_change(self) -> bool:
        return self.source._may_change()

    def _whole_and_part(self) -> tuple[Any, slice]:
        return self.source, slice(self.start, self.stop)

    @property
    def _equations(self) -> Equations:
        return self.source._equations

    @property
    def _namespace(self) -> Mapping[str, Any] | None:
        return self.source._namespace

    def _variable(self, name: str) -> Any:
        return self.source._variable(name)

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, item: slice | int) -> Subgroup:
        return Subgroup.cut(self, item)

    def __repr__(self) -> str:
        return f"<Subgroup '{self.name}': {len(self)} neuron{'s' * (len(self) != 1)}>"

    def _offset(self, name: str) -> int:
        return 0 if self._known(name).shared else self.start

    def read_variable(self, name: str, indices: np.ndarray, level: int = 0) -> np.ndarray:
        """Return the values of a variable in SI units; a sub-expression sees the indices of the whole group."""
        if self._known(name).kind == SUBEXPRESSION:
            return self.source.read_variable(name, indices + self.start, level)
        return super().read_variable(name, indices)

    def _more_states(self) -> tuple[str, ...]:
        return self.source._more_states()

    def _more_computed(self) -> tuple[str, ...]:
        return self.source._more_computed()

    def _read_internal(self, name: str, indices: np.ndarray) -> np.ndarray:
        if name == "i":
            return indices
        if name == "N":
            return np.full(len(indices), len(self))
        return self.source._read_internal(name, indices + self._offset(name))

    def _write_internal(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        self.source._write_internal(name, indices + self._offset(name), values)

    def _draw(self, purpose: str, function: str, indices: np.ndarray, occurrence: int) -> np.ndarray:
        return self.source._draw(purpose, function, indices + self.start, occurrence)


class WholeGroup(RunsRegularly, VariableOwner):
    """A group of its own, from which parts can be cut.

    Attributes
    ----------
    start, stop : int
        0, and one past the last index (those of a `Subgroup` lie elsewhere).
    """

    _n: int

    @property
    def start(self) -> int:
        """The first index."""
        return 0

    @property
    def stop(self) -> int:
        """One past the last index."""
        return self._n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, item: slice | int) -> Subgroup:
        return Subgroup.cut(self, item)


def whole_of(group: Any) -> Any:
    """Return the whole group of a part, and a whole group itself."""
    return group.source if isinstance(group, Subgroup) else group
