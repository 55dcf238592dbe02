"""Recorded spikes: two growing columns, and more for the variables recorded with each spike."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np


class SpikeRecord:
    """Times and neurons of spikes in the order in which they happened.

    Parameters
    ----------
    n : int
        Number of neurons that can appear.
    variables : tuple of str
        Recorded with every spike.
    """

    def __init__(self, n: int, variables: tuple[str, ...] = ()) -> None:
        self.n = n
        self.times = array("d")
        self.neurons = array("q")
        self.values = {name: array("d") for name in variables}
        # where accuracy is asked for: how steeply each spike crosses, and a bound on the error of its time
        self.slopes = array("d")
        self.errors = array("d")
        self.counted_only = np.zeros(n, np.int64)

    def add(self, times: np.ndarray, neurons: np.ndarray) -> None:
        """Append many spikes, in the order in which they happened; of a record without variables."""
        self.times.frombytes(times.astype(np.float64).tobytes())
        self.neurons.frombytes(neurons.astype(np.int64).tobytes())

    @property
    def total(self) -> int:
        """Number of spikes, those counted only among them."""
        return len(self.times) + int(self.counted_only.sum())

    def time_array(self) -> np.ndarray:
        """Return the spike times [ms], a copy."""
        return np.array(self.times, dtype=np.float64)

    def neuron_array(self) -> np.ndarray:
        """Return the neuron of each spike, a copy."""
        return np.array(self.neurons, dtype=np.int64)

    def value_array(self, name: str) -> np.ndarray:
        """Return a variable at each spike, internal units, a copy."""
        return np.array(self.values[name], dtype=np.float64)

    def counts(self) -> np.ndarray:
        """Return the number of spikes of each neuron."""
        return np.bincount(self.neuron_array(), minlength=self.n).astype(np.int64) + self.counted_only

    def snapshot(self) -> dict[str, Any]:
        """Return copies of all columns."""
        columns = {name: _as_numbers(getattr(self, name)) for name in _COLUMNS}
        values = {name: _as_numbers(column) for name, column in self.values.items()}
        return {**columns, "values": values, "counted_only": self.counted_only.copy()}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Let the record be that of a snapshot."""
        for name in _COLUMNS:
            setattr(self, name, _as_column(snapshot[name]))
        self.values = {name: _as_column(snapshot["values"][name]) for name in self.values}
        self.counted_only[:] = snapshot["counted_only"]


_COLUMNS = ("times", "neurons", "slopes", "errors")


def _as_numbers(column: array) -> np.ndarray:
    return np.array(column, dtype=np.int64 if column.typecode == "q" else np.float64)


def _as_column(numbers: np.ndarray) -> array:
    column = array("q" if numbers.dtype.kind == "i" else "d")
    column.frombytes(numbers.tobytes())
    return column
