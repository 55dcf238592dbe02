"""Kernels, and how they are compiled where that pays.

A kernel is a plain function of floats and one-dimensional arrays: no allocation, no exceptions, transcendental
functions from `math` only, so that it can be compiled as it stands and gives the same bits.

The compiler is Numba. It takes a third of a second to load and some seconds to compile, so only large work asks for it,
and everything works without it. What it made is kept for later processes in a folder of its own, see `cache_folder`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from ._kept import SUFFIX, Shelf

#: Every kernel, by its full name; the law tests walk this table.
KERNELS: dict[str, Callable] = {}

#: Names the folder for compiled code; empty for none.
VARIABLE = "EVENTSNN_CACHE_DIR"


def kernel(function: Callable) -> Callable:
    """Register a function as a kernel."""
    KERNELS[f"{function.__module__}.{function.__name__}"] = function
    return function


def variant(function: Callable, name: str, **others: Callable) -> Callable:
    """Return a kernel that does what another does, with other kernels in place of some that it calls, under a new name.

    What a network does not need is not compiled for it.
    """
    origin: Any = function
    copy = FunctionType(origin.__code__, {**origin.__globals__, **others}, name)
    copy.__module__, copy.__doc__, copy.__qualname__ = origin.__module__, origin.__doc__, name
    return kernel(copy)


def is_kernel(thing: object) -> bool:
    """Return whether this is a function marked with ``@kernel``."""
    return isinstance(thing, FunctionType) and KERNELS.get(f"{thing.__module__}.{thing.__name__}") is thing


# --- the compiler -----------------------------------------------------------------------------------------------------


@cache
def find_compiler() -> Any:
    """Return the module ``numba``, or None where it is missing, broken or switched off."""
    numba, problem = _look_for_compiler()
    return None if problem else numba


def why_no_compiler() -> str:
    """Return why there is no compiler, as the beginning of a sentence; an empty text where there is one."""
    return _look_for_compiler()[1]


def is_interpreted() -> bool:
    """Return whether the compiler is switched off by its own variable, so that what it would compile is interpreted."""
    return find_compiler() is None and _look_for_compiler()[0] is not None


def _look_for_compiler() -> tuple[Any, str]:
    try:
        import numba
    except ModuleNotFoundError as problem:
        if problem.name == "numba":
            return None, "Numba is not installed"
        return None, f"Numba cannot be loaded ({problem})"
    except Exception as problem:
        # an installation that does not fit to NumPy raises whatever it likes
        return None, f"Numba cannot be loaded ({problem})"
    return numba, "NUMBA_DISABLE_JIT is set" if getattr(numba.config, "DISABLE_JIT", False) else ""


def jit(function: Callable, is_kept: bool = False, **options: bool) -> Callable:
    """Return a function to be compiled when it is first called: by the rules of IEEE 754, nothing reordered.

    Parameters
    ----------
    is_kept : bool
        Whether what was compiled is kept on disk, beside the file of the function.
    options
        Further ones of Numba's.
    """
    import numba

    compile_it: Any = numba.njit
    return compile_it(error_model="numpy", fastmath=False, cache=is_kept, **options)(function)


@cache
def compiled(function: Callable) -> Callable:
    """Return a kernel compiled as it stands, with all kernels that it calls; its module is not touched."""
    if not is_kernel(function):
        raise TypeError(f"{function!r}: expected a function decorated with @kernel.")
    return _jitted(_rebound(function, {}, compiled))


@cache
def kept(function: Callable) -> Callable:
    """Return a kernel compiled as `compiled` does, and kept on disk, with all kernels that it calls, each for itself.

    It lets other Python threads run meanwhile. Where there is no compiler it is the kernel as it stands.
    """
    if not is_kernel(function):
        raise TypeError(f"{function!r}: expected a function decorated with @kernel.")
    return function if find_compiler() is None else _kept(function, {"nogil": True}, "kept")


@cache
def _kept_inside(function: Callable) -> Callable:
    """Return a kernel that only compiled ones call: what Python would need to call it takes a quarter of the time."""
    options = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _kept(function, options, "kept_inside")


def _kept(function: Callable, options: dict[str, bool], how: str) -> Callable:
    copy = _rebound(function, {}, _kept_inside)
    # in machine code it has a name of its own: a version with other `bound` names is another function
    copy.__qualname__ = f"{function.__qualname__}_{how}"
    dispatcher = _jitted(copy, **options)
    folder = folder_of_all()
    # what this version of Numba does not know in this way, it does not need
    if folder is not None and hasattr(dispatcher, "_cache"):
        dispatcher._cache = Shelf(copy, folder)
    return dispatcher


def has_kept(module: str) -> bool:
    """Return whether `kept` kernels of a module, named as inside this package, are there from earlier processes."""
    folder = folder_of_all()
    return folder is not None and any(folder.glob(f"{module}.*_kept-*{SUFFIX}"))


def bound(function: Callable, names: Mapping[str, Any], is_compiled: bool = True) -> Callable:
    """Return a kernel for which some names in its module, and in those of kernels that it calls, mean something else.

    A compiler keeps what it made of a function that calls others by their names, not of one that is given them.
    """

    def bind(callee: Callable) -> Callable:
        if not _reads(callee, names):
            return compiled(callee) if is_compiled else callee
        copy = _rebound(callee, names, bind)
        return _jitted(copy) if is_compiled else copy

    return bind(function)


def _rebound(function: Any, names: Mapping[str, Any], bind: Callable[[Callable], Callable]) -> Callable:
    """Return a copy of a kernel whose globals hold `names`, and what `bind` makes of the kernels that it calls."""
    callees = _callees(function)
    others = {name: bind(callee) for name, callee in callees.items() if callee is not function and name not in names}
    copy = FunctionType(function.__code__, {**function.__globals__, **others, **names}, function.__name__)
    copy.__defaults__, copy.__module__, copy.__doc__ = function.__defaults__, function.__module__, function.__doc__
    return copy


def _jitted(copy: Any, **options: bool) -> Callable:
    """Return a copy of a kernel compiled, and let it call itself compiled, too."""
    dispatcher = jit(copy, **options)
    if copy.__name__ in copy.__code__.co_names:
        copy.__globals__[copy.__name__] = dispatcher
    return dispatcher


def _callees(function: Any) -> dict[str, Callable]:
    named = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    return {name: callee for name, callee in named.items() if is_kernel(callee)}


def _reads(function: Any, names: Mapping[str, Any]) -> bool:
    """Return whether a kernel, or one that it calls, reads one of some names."""
    if not names.keys().isdisjoint(function.__code__.co_names):
        return True
    return any(_reads(callee, names) for callee in _callees(function).values() if callee is not function)


def has_other_functions() -> bool:
    """Return whether the compiler has its own exponential and the like, with other last bits than the C library's."""
    return bool(find_compiler().config.USING_SVML)


# --- modules that are made while a script runs ------------------------------------------------------------------------


#: The modules that this process has made.
_MADE: set[str] = set()


def load(source: str) -> ModuleType:
    """Return a module made from its source; from a file in the cache folder, where there is one."""
    name = _name_of(source)
    if name in sys.modules:
        return sys.modules[name]
    path, module = _file_of(name, source), ModuleType(name)
    module.__file__ = None if path is None else str(path)
    # what was compiled before looks for its module there
    sys.modules[name] = module
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(source, module.__file__ or f"<{name}>", "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    _MADE.add(name)
    return module


def cache_folder() -> Path | None:
    """Return where compiled code is kept: the folder that `VARIABLE` names, or the user's own for caches.

    It may be deleted at any time. Below it each state of this package, of its compiler and of Python has a folder of
    its own, as compiled code does not see changes elsewhere.
    """
    given = os.environ.get(VARIABLE)
    if given is not None:
        return Path(given).expanduser() if given else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base) / "eventsnn" / "cache" if base else None
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "eventsnn"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eventsnn"


def has_loaded() -> bool:
    """Return whether this process has made any module: then the compiler is there already."""
    return bool(_MADE)


def is_loaded(source: str) -> bool:
    """Return whether this process has made the module of a source already."""
    return _name_of(source) in sys.modules


def is_kept(source: str) -> bool:
    """Return whether this source was compiled before, on this machine."""
    path = _path_of(_name_of(source))
    return path is not None and any(path.parent.glob(f"**/{path.stem}.*.nbc"))


def _file_of(name: str, source: str) -> Path | None:
    """Return the file of a made module, written if it is not there; None where nothing can be kept."""
    path = _path_of(name)
    if path is None:
        return None
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(source)
            # another process may do the same: whoever looks finds no file or a whole one
            os.replace(draft, path)
    except OSError:
        return None
    return path


def _path_of(name: str) -> Path | None:
    folder = folder_of_all()
    return None if folder is None else folder / f"{name}.py"


def folder_of_all() -> Path | None:
    """Return the folder for this state of the package, of its compiler and of Python; None where there is none."""
    try:
        folder = cache_folder()
        return None if folder is None else folder / _state_of_all()
    except (RuntimeError, OSError, importlib.metadata.PackageNotFoundError):
        # no home, no sources, no compiler
        return None


@cache
def _state_of_all() -> str:
    """Return the hash of this package's sources and of what they are compiled with."""
    root = Path(__file__).parent
    parts = [path.read_bytes() for path in sorted(root.rglob("*.py"))]
    # asked for without loading it
    parts += [part.encode() for part in (sys.version, importlib.metadata.version("numba"))]
    return _hash(b"\0".join(parts))


def _name_of(source: str) -> str:
    return f"eventsnn_made_{_hash(source.encode())}"


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=10).hexdigest()
