"""Axes, units and arguments: what all figures share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from inspect import signature
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError
from ..monitors import SpikeMonitor
from ..units import DIMENSIONLESS, Dimension, Quantity, Unit, name_dimension, split

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDES: tuple[Literal["left", "center", "right"], ...] = ("left", "center", "right")
# Lines of so many points and no more are looked through for the best place of a legend
_FEW_POINTS = 100_000

# --- axes -----------------------------------------------------------------------------------------------------


def present_axes() -> Axes:
    """Return the axes into which pyplot would draw now."""
    from matplotlib import pyplot

    return pyplot.gca()


def open_frame(ax: Axes) -> None:
    """Leave away the frame's top and right side."""
    ax.spines[["top", "right"]].set_visible(False)


def draw_time_axis(ax: Axes, instants: Sequence[float]) -> float:
    """Label the time axis, let it span the instants [ms], and return its unit in seconds."""
    ends = np.asarray(instants, dtype=float) * 1e-3
    size, symbol = best_unit(ends, TIME) if len(ends) else (1e-3, "ms")
    ax.set_xlabel(f"Time ({symbol})")
    if len(ends):
        ax.set_xlim(float(ends.min()) / size, float(ends.max()) / size)
    open_frame(ax)
    return size


def number_neurons(axis: Any) -> None:
    """Put whole numbers at an axis that counts neurons."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))


def put_legend(ax: Axes, columns: int) -> None:
    """Put a legend above the axes, where it covers no spikes, or into them where nothing makes room for it.

    Above there is room when the figure has a layout (``layout='constrained'``) and there is no title. A legend is never
    wider than the axes as they are now: it has fewer columns then.
    """
    if ax.figure.get_layout_engine() is not None and not any(ax.get_title(side) for side in _SIDES):
        for number in range(columns, 0, -1):
            legend = ax.legend(
                frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=number, handlelength=1.2
            )
            if legend.get_window_extent().width <= ax.get_window_extent().width:
                return
        return
    # to look for the best place takes long where there is much to avoid
    points = sum(len(np.atleast_1d(np.asarray(line.get_xdata()))) for line in ax.lines)
    place: Literal["best", "upper right"] = "best" if points <= _FEW_POINTS else "upper right"
    ax.legend(loc=place, fontsize="small", handlelength=1.2, framealpha=0.8, edgecolor="none", borderpad=0.2)


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Return the width and height of the axes in points."""
    extent, scale = ax.get_window_extent(), 72.0 / ax.figure.dpi
    return extent.width * scale, extent.height * scale


def with_aliases(defaults: dict[str, Any], style: dict[str, Any]) -> dict[str, Any]:
    """Let the user's style replace our defaults, also where it uses matplotlib's short names."""
    from matplotlib import cbook
    from matplotlib.lines import Line2D

    return {**defaults, **cbook.normalize_kwargs(style, Line2D)}


def with_gaps(x: np.ndarray, t: np.ndarray, spans: Sequence[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Break the line between stretches of time that do not touch."""
    apart = [start for (_, end), (start, _) in pairwise(spans) if start > end]
    places = np.searchsorted(t, apart)
    return np.insert(np.asarray(x, dtype=float), places, np.nan), np.insert(t, places, apart)


# --- units ----------------------------------------------------------------------------------------------------


def best_unit(values: Any, dim: Dimension) -> tuple[float, str]:
    """Return the size of the unit in which the largest value prints best, and its symbol (none for pure numbers)."""
    if dim is DIMENSIONLESS:
        return 1.0, ""
    sizes = np.abs(np.asarray(values, dtype=float))
    largest = float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))
    unit: Unit = Quantity(largest, dim=dim).get_best_unit()
    return float(unit), unit.dispname


def with_unit(name: str, symbol: str) -> str:
    """Return the label of an axis."""
    return f"{name} ({symbol})" if symbol else name


def in_si(value: Any, dim: Dimension, where: str) -> Any:
    """Return SI numbers after checking what they measure."""
    numbers, found = split(value)
    if found is not dim:
        raise DimensionMismatchError(
            f"{where}: expected {name_dimension(dim)}, found {value!s} ({name_dimension(found)})"
        )
    return float(numbers) if np.ndim(numbers) == 0 else np.asarray(numbers, dtype=float)


# --- arguments ------------------------------------------------------------------------------------------------


#: What `check_style` has to know of ``Axes.plot``.
LINES = (("lines.Line2D",), "scalex", "scaley")


def check_style(style: Mapping[str, Any], own: Callable[..., Any], artists: Sequence[str], *others: str) -> None:
    """Raise when a keyword is neither one of a function of ours nor one of what matplotlib draws for it.

    Parameters
    ----------
    style : mapping
        Keywords that the function does not know.
    own : callable
        The function.
    artists : sequence of str
        Kinds of things that it draws, as ``'lines.Line2D'``.
    *others : str
        Keywords of the methods of Axes that it calls.
    """
    if not style:
        return
    known = {*others}
    for artist in artists:
        module, kind = artist.split(".")
        known |= _setters(getattr(import_module(f"matplotlib.{module}"), kind))
    for name in style:
        if name not in known:
            mine = [other for other in signature(own).parameters if other not in ("style", "level")]
            near = get_close_matches(name, mine, 1) or get_close_matches(name, sorted(known), 1)
            guess = f" Did you mean '{near[0]}'?" if near else ""
            drawn = ", ".join(artist.split(".")[1] for artist in artists)
            raise ArgumentError(
                f"{own.__name__}: unknown keyword '{name}'.{guess} It has {', '.join(mine)}, and what matplotlib's "
                f"{drawn} can be told."
            )


def _setters(kind: type) -> set[str]:
    """Return the properties of what matplotlib draws, with their short names."""
    from matplotlib.artist import ArtistInspector

    found = ArtistInspector(kind)
    return {*found.get_setters(), *(short for shorts in found.aliasd.values() for short in shorts)}


def require(thing: Any, kind: type, where: str) -> None:
    """Raise when a thing is of another kind."""
    if not isinstance(thing, kind):
        raise ArgumentError(f"{where}: expected a {kind.__name__}, found {thing!r}")


def require_times(spikemon: SpikeMonitor, where: str) -> None:
    """Raise when a monitor kept nothing but counts."""
    if not spikemon.record:
        raise ArgumentError(
            f"{where}: SpikeMonitor '{spikemon.name}' kept only counts. Make it without record=False to have times."
        )
