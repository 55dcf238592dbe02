"""Snapshots as text and arrays, and back: what a checkpoint file holds, and nothing that could run.

A snapshot is a tree of dictionaries, lists, tuples, numbers and texts, with NumPy arrays, and values of the few classes
listed here, which nobody changes. An object that stands in several places is written once, and is one object again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import Any

import numpy as np

from ..crossing.first_time import Leaf, Search, Truth
from ..crossing.leaves import Combination, Tone
from ..equations.scope import TIME, Constant, Scope
from ..errors import CheckpointError
from ..neurons.interpolated import StepCourse
from ..neurons.linear import Phase
from ..neurons.separate import SeparateCourse
from ..neurons.systems import LinearCourse
from ..stimuli import TimedArray
from ..units import Dimension, Quantity

#: Classes that are what their fields say.
VALUES = {
    kind.__name__: kind
    for kind in (Combination, Constant, Leaf, LinearCourse, Phase, Search, SeparateCourse, StepCourse, Tone, Truth)
}

#: Kinds of numbers that arrays may hold.
DTYPES = ("bool", "int32", "int64", "uint32", "uint64", "float64")


class Writer:
    """What turns snapshots into trees for JSON, and arrays beside them.

    Attributes
    ----------
    arrays : list of ndarray
    objects : list
        Trees of the values that were met, each after those that it holds.
    """

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.objects: list[Any] = []
        self._known: dict[int, int] = {}

    def encode(self, thing: Any) -> Any:
        """Return the tree of a snapshot or of a part of one.

        Raises
        ------
        CheckpointError
            When there is something in it that no file can hold.
        """
        match thing:
            case None | bool() | str():
                return thing
            case np.bool_():
                return bool(thing)
            case int() | np.integer():
                return int(thing)
            case float() | np.floating():
                return float(thing)
            case list():
                return [self.encode(part) for part in thing]
            case tuple():
                return {"$tuple": [self.encode(part) for part in thing]}
            case dict() if all(isinstance(key, str) and not key.startswith("$") for key in thing):
                return {key: self.encode(part) for key, part in thing.items()}
            case dict():
                return {"$items": [[self.encode(key), self.encode(part)] for key, part in thing.items()]}
            case np.ndarray() if thing.dtype.name in DTYPES and not isinstance(thing, Quantity):
                self.arrays.append(thing)
                return {"$array": len(self.arrays) - 1}
            case Fraction():
                return {"$fraction": [thing.numerator, thing.denominator]}
            case Dimension():
                return {"$dimension": list(thing.si_exponents)}
        if id(thing) not in self._known:
            tree = {"class": type(thing).__name__, "fields": self.encode(_parts_of(thing))}
            self._known[id(thing)] = len(self.objects)
            self.objects.append(tree)
        return {"$object": self._known[id(thing)]}


def _parts_of(thing: Any) -> dict[str, Any]:
    if type(thing) is Search:
        return {"leaves": thing.leaves, "levels": thing.levels, "holds": thing.holds}
    if type(thing) is TimedArray:
        return {"values": thing.values, "dim": thing.dim, "dt": thing._dt, "times": thing._times, "name": thing.name}
    names: tuple[str, ...]
    if type(thing) is Scope:
        names = "owner", "constants", "time_functions"
    elif VALUES.get(type(thing).__name__) is type(thing):
        names = tuple(field.name for field in fields(thing))
    else:
        raise CheckpointError(f"store: a {type(thing).__name__} cannot be written to a file: {thing!r}")
    return {name: getattr(thing, name) for name in names}


class Reader:
    """What turns trees back into snapshots.

    Parameters
    ----------
    arrays : sequence of ndarray
    objects : sequence
        Trees of values.
    equations : mapping of str to mapping
        The variables that belong to the owner of a `Scope`.
    """

    def __init__(self, arrays: Sequence[np.ndarray], objects: Sequence[Any], equations: Mapping[str, Mapping]) -> None:
        self._arrays, self._equations = arrays, equations
        self._objects: list[Any] = []
        for tree in objects:
            self._objects.append(self._make(tree["class"], self.decode(tree["fields"])))

    def decode(self, tree: Any) -> Any:
        """Return the snapshot of a tree."""
        match tree:
            case list():
                return [self.decode(part) for part in tree]
            case {"$tuple": parts}:
                return tuple(self.decode(part) for part in parts)
            case {"$items": pairs}:
                return {self.decode(key): self.decode(part) for key, part in pairs}
            case {"$array": number}:
                return self._arrays[number]
            case {"$fraction": [numerator, denominator]}:
                return Fraction(numerator, denominator)
            case {"$dimension": exponents}:
                return Dimension(exponents)
            case {"$object": number}:
                return self._objects[number]
            case dict():
                if any(key.startswith("$") for key in tree):
                    raise ValueError(f"unknown marks {', '.join(tree)}")
                return {key: self.decode(part) for key, part in tree.items()}
        return tree

    def _make(self, kind: str, parts: dict[str, Any]) -> Any:
        if kind == "TimedArray":
            dt, times = (None if parts[name] is None else Quantity(parts[name], TIME) for name in ("dt", "times"))
            return TimedArray(Quantity(parts["values"], parts["dim"]), dt, parts["name"], times=times)
        if kind == "Scope":
            owner = parts.pop("owner")
            return Scope(owner, self._equations.get(owner, {}), None, {}, **parts)
        if kind == "Search":
            return Search.of_levels(**parts)
        return VALUES[kind](**parts)
