"""What drives neurons from outside: currents over time."""

from .timedarray import TimedArray

__all__ = ["TimedArray"]
