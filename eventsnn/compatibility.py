"""Settings of Brian's that have no meaning here: accepted, with one note each."""

from __future__ import annotations

from typing import Any

from .errors import ExactnessNote, warn_user

_noted: set[str] = set()


def _note(what: str) -> None:
    if what not in _noted:
        _noted.add(what)
        warn_user(f"{what} has no meaning in eventsnn and is ignored.", ExactnessNote)


class Preferences:
    """Stands for Brian's ``prefs``: settings may be made and read back, and change nothing."""

    def __init__(self, path: str = "prefs") -> None:
        self.__dict__["_path"] = path
        self.__dict__["_values"] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._values.setdefault(name, Preferences(f"{self._path}.{name}"))

    def __setattr__(self, name: str, value: Any) -> None:
        _note(f"{self._path}.{name}")
        self._values[name] = value

    def __getitem__(self, name: str) -> Any:
        return self._values.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        _note(f"{self._path}['{name}']")
        self._values[name] = value


class BrianLogger:
    """Stands for Brian's logger; its settings change nothing. Notes and warnings here are Python's own."""

    @classmethod
    def log_level_debug(cls) -> None:
        """Change nothing."""

    @classmethod
    def log_level_info(cls) -> None:
        """Change nothing."""

    @classmethod
    def log_level_warn(cls) -> None:
        """Change nothing."""

    @classmethod
    def log_level_error(cls) -> None:
        """Change nothing."""

    @classmethod
    def log_level_diagnostic(cls) -> None:
        """Change nothing."""

    @classmethod
    def suppress_hierarchy(cls, name: str, filter_log_file: bool = False) -> None:
        """Change nothing."""

    @classmethod
    def suppress_name(cls, name: str, filter_log_file: bool = False) -> None:
        """Change nothing."""


class RuntimeDevice:
    """Stands for Brian's device: there is nothing to build, ``run()`` has run."""

    def build(self, *arguments: Any, **options: Any) -> None:
        """Change nothing."""

    def delete(self, *arguments: Any, **options: Any) -> None:
        """Change nothing."""

    def activate(self, *arguments: Any, **options: Any) -> None:
        """Change nothing."""

    def reinit(self) -> None:
        """Change nothing."""


prefs = Preferences()
device = RuntimeDevice()


def set_device(name: str, **options: Any) -> None:
    """Accept Brian's choice of a device; everything runs here and now."""
    _note(f"set_device('{name}')")


def get_device() -> RuntimeDevice:
    """Return the only device there is."""
    return device
