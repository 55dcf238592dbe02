"""Files of spikes that grow while a network runs: ordinary ``.npy`` files, a row a spike, that `numpy.load` reads.

The number of rows stands in the head of the file, which has a fixed length; rows are written behind those that are
there, then the head. Whatever happens in between, the file is whole, with as many rows as its head says.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from typing import IO, Any

import numpy as np

from ..errors import ArgumentError, SimulationError

#: What may be done with a file that is there: refuse it, replace it, go on with it.
MODES = ("x", "w", "a")

#: Digits that the number of rows may have.
DIGITS = 20

#: So many bytes are read together.
PIECE = 1 << 22


class SpikeFile:
    """A file of rows.

    Parameters
    ----------
    path : str or Path
    columns : dict of str to data-type
        Names and types of the columns.
    mode : {'x', 'w', 'a'}
        See `MODES`.
    where : str
        Whose file it is, for messages.

    Attributes
    ----------
    count : int
        Number of rows that belong to the recording; the file may hold more, which are written over.
    checksum : int
        Of these rows.

    Raises
    ------
    ArgumentError
        When the file is there and should not be, or is no such file; when there is no folder for it.
    OSError
        When it cannot be written.
    """

    def __init__(self, path: str | os.PathLike, columns: dict[str, Any], mode: str, where: str) -> None:
        if not isinstance(path, str | os.PathLike):
            raise ArgumentError(f"{where}, filename: expected the name of a file, found {path!r}")
        if mode not in MODES:
            raise ArgumentError(f"{where}, mode: expected 'x', 'w' or 'a', found {mode!r}")
        # the script may go to another folder
        self.path, self._where = os.path.abspath(path), where
        self.dtype = np.dtype([(name, np.dtype(kind).newbyteorder("<")) for name, kind in columns.items()])
        self.count = self._written = self.checksum = 0
        folder = os.path.dirname(self.path)
        if not os.path.isdir(folder):
            raise ArgumentError(
                f"{where}, filename: there is no folder for '{os.fspath(path)}'. Make '{folder}' first: "
                "os.makedirs(folder, exist_ok=True)."
            )
        if mode == "a" and os.path.exists(self.path):
            self._take_over()
        else:
            self._create(replace=mode == "w")

    def _create(self, replace: bool) -> None:
        if os.path.exists(self.path):
            if not replace:
                raise ArgumentError(
                    f"{self._where}, filename: '{self.path}' is there already. Choose another name; or mode='w' to "
                    "replace it, or mode='a' to go on with what it holds."
                )
            # not emptied: arrays may still look into the old one
            os.remove(self.path)
        fields = self._fields(0)
        # as NumPy does it: all that comes before the rows is a multiple of 64 bytes long
        self._room = len(fields) + DIGITS + 64 - (10 + len(fields) + DIGITS) % 64
        with open(self.path, "xb") as file:
            file.write(b"\x93NUMPY\x01\x00" + self._room.to_bytes(2, "little"))
            self._write_head(file, 0)

    def _take_over(self) -> None:
        """Let the rows of the file be those of the recording."""
        try:
            with open(self.path, "rb") as file:
                version = np.lib.format.read_magic(file)
                shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
                self._room = file.tell() - 10
        except ValueError as problem:
            raise ArgumentError(
                f"{self._where}, filename: '{self.path}' is no file of spikes that could be gone on with ({problem})"
            ) from None
        if version != (1, 0) or is_fortran or len(shape) != 1 or dtype != self.dtype:
            raise ArgumentError(
                f"{self._where}, filename: '{self.path}' holds other columns: {_names_of(dtype)}, while "
                f"{_names_of(self.dtype)} are to be recorded"
            )
        self.count = self._written = shape[0]
        self.checksum = self.checksum_of(self.count)

    # --- writing --------------------------------------------------------------------------------------------------

    def append(self, columns: Sequence[np.ndarray]) -> None:
        """Write rows behind those of the recording, and over all that may stand there.

        Raises
        ------
        SimulationError
            When somebody else has changed the file.
        """
        rows = np.empty(len(columns[0]), self.dtype)
        for name, column in zip(self.dtype.names or (), columns, strict=True):
            rows[name] = column
        try:
            with open(self.path, "r+b") as file:
                self._require_own(file)
                if self.count < self._written:
                    self._write_head(file, self.count)
                file.seek(10 + self._room + self.count * self.dtype.itemsize)
                file.write(rows.data)
                file.flush()
                self._write_head(file, self.count + len(rows))
        except FileNotFoundError:
            raise SimulationError(
                f"{self._where}: its file '{self.path}' is gone; rows that were in it cannot come back"
            ) from None
        self.count = self._written = self.count + len(rows)
        self.checksum = zlib.crc32(rows.data, self.checksum)

    def _require_own(self, file: IO[bytes]) -> None:
        file.seek(10)
        if file.read(self._room) != self._head(self._written):
            raise SimulationError(
                f"{self._where}: somebody else has written to its file '{self.path}' meanwhile. Give every monitor a "
                "file of its own."
            )

    def _write_head(self, file: IO[bytes], count: int) -> None:
        file.seek(10)
        file.write(self._head(count))

    def _head(self, count: int) -> bytes:
        return self._fields(count).ljust(self._room - 1).encode() + b"\n"

    def _fields(self, count: int) -> str:
        described = np.lib.format.dtype_to_descr(self.dtype)
        return f"{{'descr': {described!r}, 'fortran_order': False, 'shape': ({count},), }}"

    # --- reading --------------------------------------------------------------------------------------------------

    def rows(self) -> np.ndarray:
        """Return the rows of the recording; they stay in the file until they are looked at."""
        if not self.count:
            return np.empty(0, self.dtype)
        return np.memmap(self.path, self.dtype, "r", 10 + self._room, (self.count,))

    def checksum_of(self, count: int) -> int:
        """Return the checksum of the first rows."""
        checksum, left = 0, count * self.dtype.itemsize
        with open(self.path, "rb") as file:
            file.seek(10 + self._room)
            while left and (piece := file.read(min(left, PIECE))):
                checksum, left = zlib.crc32(piece, checksum), left - len(piece)
        return checksum

    def holds(self, count: int, checksum: int) -> bool:
        """Return whether the file begins with these rows."""
        try:
            return count <= self._written and self.checksum_of(count) == checksum
        except OSError:
            return False

    def go_back(self, count: int, checksum: int) -> None:
        """Let the first rows be all that belong to the recording; the others are there until they are written over."""
        self.count, self.checksum = count, checksum


def _names_of(dtype: np.dtype) -> str:
    return ", ".join(f"{name} ({dtype[name]})" for name in dtype.names or ()) or str(dtype)
