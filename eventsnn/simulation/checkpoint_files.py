"""Checkpoint files: a zip archive of arrays and one JSON tree for each state, whole or not there at all.

The archive's comment holds a checksum of all that comes before it: whatever is cut off or changed is noticed before
anything is read. A file is written beside the old one and takes its place in one step.

========================= ==============================================================================
``eventsnn.json``         number of the format, version of eventsnn, the names of the states and their folders
``<folder>/tree.json``    `plain.Writer`: the tree, and the objects that it refers to
``<folder>/<n>.npy``      array number n
========================= ==============================================================================
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from .._version import __version__
from ..errors import CheckpointError, CheckpointNotFoundError, MissingError
from .plain import Reader, Writer

FORMAT = 2

HEAD = "eventsnn.json"
#: How a file of ours begins: the header of the first member of a zip archive, with its name at byte 30.
SIGNATURE, NAME_AT = b"PK\x03\x04", 30
#: Characters of the checksum.
CHECKSUM = 64
PIECE = 1 << 20


def write_state(path: str | os.PathLike, name: str, snapshot: Mapping[str, Any]) -> None:
    """Put a snapshot under a name into a file, beside those that it holds.

    Raises
    ------
    CheckpointError
        When the file is there and is no checkpoint, is damaged, or has another format.
    CheckpointNotFoundError
        When there is no folder for it.
    OSError
        When it cannot be written; the old one is as it was.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.exists():
        raise CheckpointNotFoundError(
            f"store: there is no folder for the file '{os.fspath(path)}'. Make '{target.parent}' first: "
            "os.makedirs(folder, exist_ok=True)."
        )
    writer = Writer()
    tree = {"tree": writer.encode(dict(snapshot)), "objects": writer.objects}
    others, members = _read_others(target, name) if target.exists() else ({}, {})
    folder = next(number for number in map(str, range(len(others) + 1)) if number not in others.values())
    head = {"format": FORMAT, "eventsnn": __version__, "states": {**others, name: folder}}
    with _replacing(target) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _write_text(archive, HEAD, head)
            for member, content in members.items():
                archive.writestr(_member(member), content)
            _write_text(archive, f"{folder}/tree.json", tree)
            for number, array in enumerate(writer.arrays):
                with archive.open(_member(f"{folder}/{number}.npy"), "w", force_zip64=True) as member_file:
                    np.lib.format.write_array(member_file, np.ascontiguousarray(array), allow_pickle=False)
            archive.comment = b"0" * CHECKSUM
        _seal(file)


def read_state(path: str | os.PathLike, name: str, equations: Mapping[str, Mapping]) -> dict[str, Any]:
    """Return the snapshot of this name.

    Parameters
    ----------
    equations : mapping of str to mapping
        See `Reader`.

    Raises
    ------
    CheckpointNotFoundError
        When there is no such file.
    CheckpointError
        When it is no checkpoint, is damaged, or has another format.
    MissingError
        When it has no state of this name.
    """
    with _open(path) as file:
        states = _check(file, path)
        if name not in states:
            known = ", ".join(f"'{known}'" for known in states) or "nothing"
            raise MissingError(f"restore: '{os.fspath(path)}' holds no state '{name}'; it holds {known}")
        try:
            with zipfile.ZipFile(file) as archive:
                tree = json.loads(archive.read(f"{states[name]}/tree.json"))
                count = sum(m.startswith(f"{states[name]}/") and m.endswith(".npy") for m in archive.namelist())
                arrays = [_read_array(archive, f"{states[name]}/{number}.npy") for number in range(count)]
            return Reader(arrays, tree["objects"], equations).decode(tree["tree"])
        except (OSError, MemoryError):
            raise
        except Exception as problem:
            raise CheckpointError(
                f"'{os.fspath(path)}': its state '{name}' cannot be understood ({type(problem).__name__}: {problem}). "
                f"It was not written by eventsnn {__version__}, or by other means."
            ) from problem


def _open(path: str | os.PathLike) -> IO[bytes]:
    try:
        return open(path, "rb")
    except FileNotFoundError:
        given, found_at = os.fspath(path), os.path.realpath(path)
        where = "" if given == found_at else f" ({found_at})"
        raise CheckpointNotFoundError(
            f"restore: there is no file '{given}'{where}. Look for a slip in its name, or write it first: "
            "store(filename=...) after the run whose state you want."
        ) from None


def _check(file: IO[bytes], path: str | os.PathLike) -> dict[str, str]:
    """Return the folders of all states by their names, after all that can be said against the file."""
    where = f"'{os.fspath(path)}'"
    begin = file.read(NAME_AT + len(HEAD))
    size = os.fstat(file.fileno()).st_size
    if not begin or begin[:4] != SIGNATURE[: len(begin)] or begin[NAME_AT:] != HEAD.encode()[: len(begin[NAME_AT:])]:
        raise CheckpointError(f"{where} is no checkpoint file of eventsnn (or its beginning is damaged)")
    expected = b""
    if size > CHECKSUM:
        file.seek(size - CHECKSUM)
        expected = file.read()
    if expected != _checksum(file, size - CHECKSUM):
        raise CheckpointError(
            f"{where} is damaged: its checksum does not agree with its {size} bytes. It was cut off, or changed since "
            "it was written; nothing of it was used."
        )
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            head = json.loads(archive.read(HEAD))
        number, version, states = head["format"], head["eventsnn"], head.get("states", {})
    except OSError:
        raise
    except Exception as problem:
        raise CheckpointError(f"{where} is no checkpoint file of eventsnn ({problem})") from problem
    if number != FORMAT:
        raise CheckpointError(
            f"{where} has format {number}, written by eventsnn {version}; this is eventsnn {__version__}, which reads "
            f"format {FORMAT}. Restore it with the version that wrote it."
        )
    return states


def _read_others(target: Path, name: str) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the folders of the states with other names by these, and all their members."""
    try:
        with open(target, "rb") as file:
            others = {other: folder for other, folder in _check(file, target).items() if other != name}
            with zipfile.ZipFile(file) as archive:
                members = [m for m in archive.namelist() if m.split("/")[0] in others.values()]
                return others, {m: archive.read(m) for m in members}
    except CheckpointError as problem:
        raise CheckpointError(
            f"store: {problem.args[0]}\nThe file was left as it is. Choose another name, or delete it first."
        ) from None


def _read_array(archive: zipfile.ZipFile, member: str) -> np.ndarray:
    with archive.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _write_text(archive: zipfile.ZipFile, member: str, tree: Any) -> None:
    archive.writestr(_member(member), json.dumps(tree, separators=(",", ":")))


def _member(name: str) -> zipfile.ZipInfo:
    # without the time of day: the same state makes the same file
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _seal(file: IO[bytes]) -> None:
    """Put the checksum of all before it into the place that was kept for it."""
    size = file.seek(0, os.SEEK_END)
    checksum = _checksum(file, size - CHECKSUM)
    file.seek(size - CHECKSUM)
    file.write(checksum)


def _checksum(file: IO[bytes], size: int) -> bytes:
    digest = hashlib.blake2b(digest_size=CHECKSUM // 2)
    file.seek(0)
    while size > 0 and (piece := file.read(min(PIECE, size))):
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest().encode()


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[IO[bytes]]:
    """Give a new file beside `target` that takes its place if all goes well, and is gone if anything does not."""
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(beside, "x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            with contextlib.suppress(OSError):
                shutil.copymode(target, beside)
        os.replace(beside, target)
    except BaseException as problem:
        with contextlib.suppress(OSError):
            beside.unlink()
        if isinstance(problem, OSError) and problem.filename == os.fspath(beside):
            # of the file beside it nobody has heard
            problem.filename = os.fspath(target)
            del problem.filename2
        raise
    _flush_folder(target.parent)


def _flush_folder(folder: Path) -> None:
    """Make sure that the new name is on the disk, where the system has a way."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
