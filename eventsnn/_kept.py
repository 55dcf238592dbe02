"""Compiled code kept on disk for later processes: a file for each kernel and signature.

Numba's own cache keeps an index for each function, which processes rewrite in turn. Here no file is ever changed once
it is there, so that any number of processes may fill and read one folder. What is damaged, or cannot be read or
written, is as if it were not there.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: How files of compiled kernels end.
SUFFIX = ".code"

#: Compiling is told of when it has lasted so long, and by a further dot whenever so much more has passed [s].
WORTH_TELLING, BETWEEN_DOTS = 0.3, 1.0


class Shelf:
    """Keeps the compiled versions of one function: takes the place of Numba's cache in its dispatcher.

    Parameters
    ----------
    function : callable
    folder : Path
        Of this state of the package and its compiler, as compiled code does not see changes elsewhere.
    """

    def __init__(self, function: Callable, folder: Path) -> None:
        self._function, self._folder = function, folder
        self._code = hashlib.blake2b(function.__code__.co_code, digest_size=8).hexdigest()

    @property
    def cache_path(self) -> str:
        """The folder, as Numba's statistics ask for it."""
        return str(self._folder)

    def enable(self) -> None:
        """Do nothing: it is always in use."""

    disable = flush = enable

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return the compiled function for a signature; None where there is none that can be used."""
        from numba.core.compiler import CompileResult

        target.refresh()
        try:
            kept = self._path(signature, target.codegen()).read_bytes()
            return CompileResult._rebuild(target, *pickle.loads(kept))
        except Exception:
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep a compiled function, where that is possible."""
        from numba.core.serialize import dumps

        path = self._path(signature, result.codegen)
        # what holds addresses of this process is of no use to others
        if result.library.has_dynamic_globals or result.lifted or " at 0x" in str(signature):
            return
        # whatever prevents it: the next process compiles again
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(dumps(result._reduce()))
                # whoever looks finds no file or a whole one
                os.replace(draft, path)
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
        except Exception:
            return

    def _path(self, signature: Any, codegen: Any) -> Path:
        """Return the file for a signature on this kind of processor."""
        from numba.core.sigutils import normalize_signature

        arguments, _ = normalize_signature(signature)
        what = repr((self._code, [str(kind) for kind in arguments], codegen.magic_tuple()))
        name = f"{self._function.__module__}.{self._function.__qualname__}".removeprefix("eventsnn.")
        return self._folder / f"{name}-{hashlib.blake2b(what.encode(), digest_size=10).hexdigest()}{SUFFIX}"


# --- telling of it ----------------------------------------------------------------------------------------------------


@contextmanager
def announced(what: str) -> Iterator[None]:
    """Say on standard error if something is compiled inside, as soon as it takes long, and how long it took.

    Parameters
    ----------
    what : str
        Such as ``'the engine, once for this machine (about 15 s)'``.
    """
    try:
        from numba.core import event
    except Exception:
        # nothing will be compiled
        yield
        return
    event.Listener.register(_Teller)
    teller = _Teller(what)
    event.register("numba:compile", teller)
    try:
        yield
    finally:
        event.unregister("numba:compile", teller)
        teller.close()


class _Teller:
    """Listens to the compiler; events come at the beginning and end of each function, those that it calls inside."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._depth, self._begun, self._spent, self._told_at = 0, 0.0, 0.0, 0.0

    def notify(self, event: Any) -> None:
        """Take note that a function begins or ends, as Numba calls it."""
        now = time.perf_counter()
        if event.is_start:
            self._begun = self._begun if self._depth else now
            self._depth += 1
        else:
            self._depth -= 1
        spent = self._spent + now - self._begun
        if self._depth == 0:
            self._spent = spent
        if not self._told_at and spent >= WORTH_TELLING:
            self._say(f"eventsnn: compiling {self._what} ", now)
        elif self._told_at and now - self._told_at >= BETWEEN_DOTS:
            self._say(".", now)

    def _say(self, text: str, now: float) -> None:
        self._told_at = now
        print(text, end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line, if there is one."""
        if self._told_at:
            print(f" {self._spent:.1f} s", file=sys.stderr, flush=True)
