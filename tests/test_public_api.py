"""Every public function, method and class is typed and says what it is for.

Public is what a user reaches by the names in `PUBLIC_MODULES`: those of ``PUBLIC_NAMES`` or ``__all__``, or,
where a module has neither, those that do not begin with an underscore and were made in this package. What comes
from other libraries (NumPy's functions, say) is theirs to document.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import types
from collections.abc import Iterator

import pytest

PUBLIC_MODULES = (
    "eventsnn",
    "eventsnn.errors",
    "eventsnn.units",
    "eventsnn.models",
    "eventsnn.plotting",
    "eventsnn.cli",
)
SPECIAL_METHODS = ("__init__", "__call__")


def public_names(module: types.ModuleType) -> list[str]:
    """Return what ``from module import *`` would bring."""
    listed = getattr(module, "PUBLIC_NAMES", None) or getattr(module, "__all__", None)
    return list(listed) if listed is not None else [name for name in vars(module) if not name.startswith("_")]


def is_made_here(thing: object) -> bool:
    """Is it a function or class of this package?"""
    return (getattr(thing, "__module__", None) or "").split(".")[0] == "eventsnn"


def members(owner: type, path: str) -> Iterator[tuple[str, object]]:
    """Yield the public methods and properties that a class or its bases in this package define."""
    for base in owner.__mro__:
        if is_made_here(base):
            for name in vars(base):
                if not name.startswith("_") or name in SPECIAL_METHODS:
                    yield f"{path}.{name}", inspect.getattr_static(owner, name)


def public_modules() -> Iterator[types.ModuleType]:
    """Yield the public modules that exist (an empty folder is none)."""
    for name in PUBLIC_MODULES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            yield importlib.import_module(name)


def public_things() -> dict[str, object]:
    """Return every public function, class, method and property of the package by its dotted path."""
    things: dict[str, object] = {}
    for module in public_modules():
        things[module.__name__] = module
        for name in public_names(module):
            thing, path = getattr(module, name, None), f"{module.__name__}.{name}"
            if inspect.isclass(thing) and is_made_here(thing):
                things[path] = thing
                things.update(members(thing, path))
            elif inspect.isfunction(thing) and is_made_here(thing):
                things[path] = thing
    return things


def functions_of(thing: object) -> list[types.FunctionType]:
    """Return the functions behind a function, method or property that are ours to type."""
    if isinstance(thing, property):
        parts = [part for part in (thing.fget, thing.fset) if part is not None]
    elif isinstance(thing, staticmethod | classmethod):
        parts = [thing.__func__]
    elif hasattr(thing, "func") and not inspect.isfunction(thing):  # functools.cached_property
        parts = [thing.func]
    else:
        parts = [thing]
    return [part for part in parts if inspect.isfunction(part) and is_made_here(part)]


def untyped_parts(function: types.FunctionType, is_method: bool) -> list[str]:
    """Return the parameters without a type, and "return" when the value has none."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if is_method and parameters:
        parameters = parameters[1:]
    missing = [part.name for part in parameters if part.annotation is part.empty]
    if function.__name__ != "__init__" and signature.return_annotation is signature.empty:
        missing.append("return")
    return missing


THINGS = public_things()


@pytest.mark.parametrize("path", THINGS)
def test_public_signature_is_typed(path):
    owner = THINGS.get(path.rpartition(".")[0])
    is_method = inspect.isclass(owner) and not isinstance(THINGS[path], staticmethod)
    for function in functions_of(THINGS[path]):
        missing = untyped_parts(function, is_method)
        assert not missing, f"{path}: give a type to {', '.join(missing)} ({function.__module__})"


@pytest.mark.parametrize("path", THINGS)
def test_public_object_has_a_docstring(path):
    thing = THINGS[path]
    if path.endswith(SPECIAL_METHODS):
        return  # their class says it
    if inspect.isclass(thing):
        # inspect.getdoc would hand down the text of a base class
        assert thing.__doc__, f"{path} has no docstring"
        return
    owner = THINGS.get(path.rpartition(".")[0])
    is_plain_value = inspect.isclass(owner) and not functions_of(thing)
    if not is_plain_value:
        # an overriding method may inherit its docstring
        name = path.rpartition(".")[2]
        documented = inspect.getdoc(getattr(owner, name) if inspect.isclass(owner) else thing)
        assert documented, f"{path} has no docstring"


def test_names_listed_as_public_exist():
    for module in public_modules():
        missing = [name for name in public_names(module) if not hasattr(module, name)]
        assert not missing, f"{module.__name__}.__all__ lists what does not exist: {missing}"


class TestTheTestItself:
    """A test that cannot fail holds nothing."""

    def test_finds_untyped_parameters_and_values(self):
        def function(a, b: int, *rest, **options: int): ...

        assert untyped_parts(function, is_method=False) == ["a", "rest", "return"]

    def test_passes_over_self_and_the_value_of_init(self):
        class Thing:
            def __init__(self, a: int): ...

        assert untyped_parts(Thing.__init__, is_method=True) == []

    def test_walks_into_the_errors(self):
        assert "eventsnn.errors.UnitError" in THINGS and "eventsnn.errors.warn_user" in THINGS
