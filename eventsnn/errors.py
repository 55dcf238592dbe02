"""Every error and warning of eventsnn, one family.

::

    EventSNNError
    ├── UnitError (TypeError)
    │   └── DimensionMismatchError        two sides of an operation differ in dimension
    ├── EquationError (ValueError)        a text that the user wrote cannot be read
    │   ├── UnknownNameError (KeyError)   a name that is found nowhere
    │   └── NoExactSolutionError (NotImplementedError)
    ├── ArgumentError (ValueError)        an argument or assigned value that makes no sense
    │   ├── WrongTypeError (TypeError)    it is of the wrong kind, or cannot be set at all
    │   ├── OutOfRangeError (IndexError)  an index that is not there
    │   └── MissingError (KeyError)       a name or object that is not there
    ├── MagicError (RuntimeError)         run() cannot tell what is to be simulated
    ├── CheckpointError (RuntimeError)    a stored state, or its file, that cannot be written or taken over
    │   └── CheckpointNotFoundError (FileNotFoundError)   no file of this name, or no folder for it
    └── SimulationError (RuntimeError)    the simulation cannot go on
        └── EndlessSpikingError           a neuron fires without end at one instant

    EventSNNWarning (UserWarning)
    ├── ExactnessNote                     an exact solution answers a request for an approximate one
    ├── NamespaceWarning                  one name, two meanings
    ├── PerformanceWarning                a run takes longer than it has to
    └── UnusedObjectWarning               an object was made but never run

A message says where (object and attribute), what was expected, what was found and what to do next.
"""

from __future__ import annotations

import os
import sys
import warnings
from types import FrameType


class EventSNNError(Exception):
    """Base of every error that eventsnn raises on purpose."""


class UnitError(EventSNNError, TypeError):
    """A quantity has the wrong physical dimension."""


class DimensionMismatchError(UnitError):
    """Two quantities that must agree in dimension do not."""


class EquationError(EventSNNError, ValueError):
    """Equations, a threshold, a reset or an assigned string cannot be understood."""


class UnknownNameError(EquationError, KeyError):
    """A name in a string is defined nowhere."""

    # KeyError shows the repr of its message, which would hide the line breaks
    __str__ = Exception.__str__


class NoExactSolutionError(EquationError, NotImplementedError):
    """No exact solution is known for an equation, threshold or refractory condition."""


class ArgumentError(EventSNNError, ValueError):
    """An argument or an assigned value makes no sense."""


class WrongTypeError(ArgumentError, TypeError):
    """An argument is of the wrong kind, or something was assigned to that cannot be set."""


class OutOfRangeError(ArgumentError, IndexError):
    """An index names a neuron that is not there."""


class MissingError(ArgumentError, KeyError):
    """A variable or object that was asked for does not exist."""

    # KeyError shows the repr of its message, which would hide the line breaks
    __str__ = Exception.__str__


class MagicError(EventSNNError, RuntimeError):
    """``run()`` cannot tell which objects form the network."""


class CheckpointError(EventSNNError, RuntimeError):
    """A stored state, or its file, cannot be written or taken over."""


class CheckpointNotFoundError(CheckpointError, FileNotFoundError):
    """There is no file to restore a state from, or no folder to put one into."""


class SimulationError(EventSNNError, RuntimeError):
    """The simulation cannot go on."""


class EndlessSpikingError(SimulationError):
    """A neuron would fire without end at one instant."""


class EventSNNWarning(UserWarning):
    """Base of every warning that eventsnn gives."""


class ExactnessNote(EventSNNWarning):
    """Says what was computed exactly although an approximation was asked for, or the reverse."""


class NamespaceWarning(EventSNNWarning):
    """A name has more than one meaning; says which one was used."""


class PerformanceWarning(EventSNNWarning):
    """A run takes longer than it has to; says why."""


class UnusedObjectWarning(EventSNNWarning):
    """An object was made but never took part in a run."""


def user_frame() -> FrameType:
    """Return the frame of the user's code that called into this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        frame = frame.f_back
    return frame


def warn_user(message: str, category: type[EventSNNWarning]) -> None:
    """Warn so that Python shows the user's own line, not one of ours."""
    frame = user_frame()
    place = frame.f_globals
    registry = place.setdefault("__warningregistry__", {})
    # without a module's name Python would drop the warning
    file, module = frame.f_code.co_filename, place.get("__name__") or "<string>"
    warnings.warn_explicit(message, category, file, frame.f_lineno, module, registry)


def is_ours(frame: FrameType) -> bool:
    """Return whether a frame runs code of this package (a doctest of ours is a user)."""
    return frame.f_code.co_filename.startswith(_PACKAGE)


# as frames spell it, whatever the path by which the package was found
_PACKAGE = os.path.dirname(is_ours.__code__.co_filename) + os.sep
