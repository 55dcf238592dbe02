"""Axes, units and arguments: what all figures share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError
from ..monitors import SpikeMonitor
from ..units import DIMENSIONLESS, Dimension, Quantity, Unit, name_dimension, split

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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


def legend_above(ax: Axes, columns: int) -> None:
    """Put a legend above the axes, where it covers no spikes."""
    ax.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=columns, handlelength=1.2)


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
