"""Figures of scripts that run where there is no screen."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any


def choose_backend() -> bool:
    """Let matplotlib draw without a screen where there is none; return whether that was our choice, not the user's."""
    has_screen = sys.platform in ("win32", "darwin") or any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY"))
    if has_screen or "MPLBACKEND" in os.environ:
        return False
    os.environ["MPLBACKEND"] = "Agg"
    return True


def count_open_figures() -> int:
    """Return how many figures are open, without importing matplotlib."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return len(pyplot.get_fignums()) if pyplot else 0


def suppress_figures() -> None:
    """Let figures neither be shown nor written to files in this process; one drawn into memory is."""
    os.environ["MPLBACKEND"] = "Agg"
    try:
        import matplotlib
        from matplotlib.animation import Animation
        from matplotlib.backend_bases import FigureCanvasBase
        from matplotlib.figure import Figure
    except ImportError:  # who has no matplotlib draws nothing
        return
    original = FigureCanvasBase.print_figure

    def print_figure(canvas: Any, filename: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(filename, io.BytesIO):
            return original(canvas, filename, *arguments, **options)

    def do_nothing(*arguments: Any, **options: Any) -> None:
        pass

    # a script may ask for windows of its own, which would wait for the user
    matplotlib.use("Agg")
    matplotlib.use = do_nothing
    FigureCanvasBase.print_figure = print_figure  # type: ignore[method-assign, assignment]
    Figure.show = Animation.save = do_nothing  # type: ignore[method-assign]


class FigureSaver:
    """Saves what a script would show, as ``figure-1.png`` and so on.

    ``show()`` acts as on a screen whose windows the user closes: the figures are gone afterwards, and what is
    plotted next goes to a new one.

    Parameters
    ----------
    folder : str
        Made if it does not exist.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.saved: list[Path] = []

    def watch_pyplot(self) -> None:
        """Take the place of pyplot's ``show``.

        Raises
        ------
        OSError
            When the folder cannot be made.
        """
        import matplotlib

        self.folder.mkdir(parents=True, exist_ok=True)
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        def show(*arguments: Any, **options: Any) -> None:
            self.save_open_figures()

        plt.show = show

    def save_open_figures(self) -> None:
        """Save and close every open figure."""
        import matplotlib.pyplot as plt

        for number in plt.get_fignums():
            path = self.folder / f"figure-{len(self.saved) + 1}.png"
            plt.figure(number).savefig(path)
            plt.close(number)
            self.saved.append(path)
