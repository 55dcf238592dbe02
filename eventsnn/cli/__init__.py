"""The ``eventsnn`` command: run, explain and demonstrate."""

from .main import main

__all__ = ["main"]
