"""Recorded spikes: two growing columns, and more for the variables recorded with each spike; in memory or in a file."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..border import from_internal, to_internal
from ..equations.scope import TIME
from ..errors import ArgumentError
from ..units import Dimension
from .files import SpikeFile

#: So many spikes are kept in memory before they go to a file, and so many are counted together.
PIECE = 1 << 19

#: Beyond so many neurons their numbers take eight bytes.
MANY = 2**31


@dataclass(frozen=True)
class Column:
    """What a recorded variable is to its user.

    Attributes
    ----------
    dimension : Dimension
    kind : type
        float, int or bool.
    """

    dimension: Dimension
    kind: type = float

    def shown(self, numbers: np.ndarray) -> np.ndarray:
        """Return values in SI units, of their type, from internal ones; a copy."""
        return from_internal(numbers, self.dimension) if self.kind is float else numbers.astype(self.kind)


class SpikeRecord:
    """Times and neurons of spikes in the order in which they happened: twelve bytes a spike.

    Parameters
    ----------
    n : int
        Number of neurons that can appear.
    variables : mapping of str to Column
        Recorded with every spike.

    Attributes
    ----------
    times, neurons, values
        Columns of those spikes that are not in the file, or of all where there is none; internal units.
    file : SpikeFile or None
    """

    def __init__(self, n: int, variables: Mapping[str, Column] | None = None) -> None:
        self.n = n
        self.times = array("d")
        self.neurons = array("i" if n < MANY else "q")
        self.variables = dict(variables or {})
        self.values = {name: array("d") for name in self.variables}
        # where accuracy is asked for: how steeply each spike crosses, and a bound on the error of its time
        self.slopes = array("d")
        self.errors = array("d")
        self.counted_only = np.zeros(n, np.int64)
        self.file: SpikeFile | None = None
        # of the spikes in the file
        self._counts = np.zeros(n, np.int64)

    # --- recording ------------------------------------------------------------------------------------------------

    def add(self, times: np.ndarray, neurons: np.ndarray) -> None:
        """Append many spikes, in the order in which they happened; of a record without variables."""
        _append(self.times, times)
        _append(self.neurons, neurons)
        self.make_room()

    def make_room(self) -> None:
        """Let spikes go to the file, if there is one, when they have become many."""
        if self.file is not None and len(self.times) >= PIECE:
            self.flush()

    def flush(self) -> None:
        """Write all spikes to the file, if there is one."""
        if self.file is None or not len(self.times):
            return
        names = self.file.dtype.names
        self.file.append([self._shown_from_memory(name) for name in names or ()])
        self._counts += self._counts_in_memory()
        self._empty()

    def _empty(self) -> None:
        """Let go of the spikes in memory; who records holds on to the columns."""
        columns: list[array] = [self.times, self.neurons, *self.values.values()]
        for column in columns:
            del column[:]

    def keep_in(self, path: Any, mode: str, where: str) -> None:
        """Let spikes go to a file; see `SpikeFile`. With mode 'a', those that it holds are taken over."""
        kinds = {name: column.kind for name, column in self.variables.items() if name not in ("t", "i")}
        columns = {"t": np.float64, "i": self.neurons.typecode, **kinds}
        self.file = SpikeFile(path, columns, mode, where)
        most = int(self.file.rows()["i"].max(initial=-1))
        if most >= self.n:
            raise ArgumentError(
                f"{where}, filename: '{self.file.path}' holds spikes of neuron {most}, and there are {self.n} neurons"
            )
        self._count_file()

    def _count_file(self) -> None:
        assert self.file is not None
        self._counts[:] = 0
        for neurons in _pieces(self.file.rows()["i"]):
            self._counts += np.bincount(neurons, minlength=self.n)

    # --- reading --------------------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Number of spikes, those counted only among them."""
        return len(self.times) + (self.file.count if self.file else 0) + int(self.counted_only.sum())

    def shown(self, name: str) -> np.ndarray:
        """Return the column of a variable, ``'t'`` or ``'i'``, as users see it: in SI units.

        It is a copy; of a file it is an array that stays there until it is looked at, and cannot be written to.
        """
        if self.file is None:
            return self._shown_from_memory(name)
        self.flush()
        return self.file.rows()[name]

    def _shown_from_memory(self, name: str) -> np.ndarray:
        if name == "t":
            return from_internal(np.asarray(self.times), TIME)
        if name == "i":
            return np.array(self.neurons, dtype=np.int64)
        return self.variables[name].shown(np.asarray(self.values[name]))

    def time_array(self) -> np.ndarray:
        """Return the spike times [ms], a copy; those of a file to within rounding."""
        if self.file is None:
            return np.array(self.times, dtype=np.float64)
        return to_internal(self.shown("t"), TIME)

    def neuron_array(self) -> np.ndarray:
        """Return the neuron of each spike, a copy."""
        return np.array(self.neurons if self.file is None else self.shown("i"), dtype=np.int64)

    def counts(self) -> np.ndarray:
        """Return the number of spikes of each neuron."""
        return self._counts + self._counts_in_memory() + self.counted_only

    def _counts_in_memory(self) -> np.ndarray:
        counts = np.zeros(self.n, np.int64)
        for neurons in _pieces(np.asarray(self.neurons)):
            counts += np.bincount(neurons, minlength=self.n)
        return counts

    # --- checkpoints ----------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return copies of all columns; of a file, how to know it again."""
        if self.file is not None:
            self.flush()
            return {"rows": self.file.count, "checksum": self.file.checksum}
        columns = {name: np.array(getattr(self, name)) for name in _COLUMNS}
        values = {name: np.array(column) for name, column in self.values.items()}
        return {**columns, "values": values, "counted_only": self.counted_only.copy()}

    def objection(self, snapshot: dict[str, Any]) -> str:
        """Return why the record cannot be that of a snapshot; empty where it can."""
        if self.file is None:
            return "its spikes went to a file then, and here it has none" if "rows" in snapshot else ""
        if "rows" not in snapshot:
            return f"its spikes were kept in memory then, and go to the file '{self.file.path}' here"
        if self.file.holds(snapshot["rows"], snapshot["checksum"]):
            return ""
        return (
            f"its file '{self.file.path}' does not begin with the {snapshot['rows']} spikes that had been recorded "
            "when the state was stored: others were written over them, or it is another file"
        )

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Let the record be that of a snapshot."""
        if self.file is not None:
            self._empty()
            self.file.go_back(snapshot["rows"], snapshot["checksum"])
            self._count_file()
            return
        for name in _COLUMNS:
            setattr(self, name, _as_column(snapshot[name], getattr(self, name).typecode))
        self.values = {name: _as_column(snapshot["values"][name], "d") for name in self.values}
        self.counted_only[:] = snapshot["counted_only"]


_COLUMNS = ("times", "neurons", "slopes", "errors")


def _append(column: array, numbers: np.ndarray) -> None:
    """Append numbers without a copy in between, where they are of the column's type."""
    column.frombytes(np.ascontiguousarray(numbers, dtype=column.typecode).view(np.uint8))  # type: ignore[arg-type]


def _as_column(numbers: np.ndarray, typecode: str) -> array:
    column = array(typecode)
    _append(column, numbers)
    return column


def _pieces(numbers: np.ndarray) -> Iterator[np.ndarray]:
    # counting makes every number eight bytes long
    return (numbers[begin : begin + PIECE] for begin in range(0, len(numbers), PIECE))
