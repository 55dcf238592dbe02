"""Figures of groups of neurons, one beside the other: who fired when, and how often all together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..border import to_internal
from ..equations.scope import TIME
from ..errors import ArgumentError
from ..groups import Subgroup
from ..monitors import PopulationRateMonitor, SpikeMonitor
from ..recording.measures import gaussian_rate
from ..units import Quantity
from .axes import (
    LINES,
    check_style,
    draw_time_axis,
    in_si,
    number_neurons,
    present_axes,
    put_legend,
    size_in_points,
    with_aliases,
    with_gaps,
)
from .members import Member, read_members

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A smooth rate is drawn in steps of a tenth of its width, at least and at most so many
_FEWEST_STEPS, _MOST_STEPS = 500, 50_000
# Room for the number of a neuron [pt], and a label of so many letters is long
_TICK_ROOM, _LONG_LABEL = 28.0, 8

#: What can be drawn together: one monitor, several, or several by name.
Monitors = SpikeMonitor | PopulationRateMonitor | Sequence[Any] | Mapping[str, Any]


def raster(
    spikemon: SpikeMonitor | Sequence[SpikeMonitor] | Mapping[str, SpikeMonitor],
    ax: Axes | None = None,
    groups: Mapping[str, int | Subgroup] | None = None,
    **style: Any,
) -> Axes:
    """Draw every spike as a mark at its exact time, one row for each neuron.

    Several monitors are stacked from below upwards, each in a colour of its own and with its neurons counted from 0.
    One monitor can be coloured by group: the rows stay where they are.

    Parameters
    ----------
    spikemon : SpikeMonitor, or several in a list or by name
        ``{'exc': Me, 'inh': Mi}`` names the bands; in a list they bear the names of their groups.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the present axes otherwise.
    groups : dict, optional
        Splits one monitor: numbers of neurons one after the other, ``{'exc': 3200, 'inh': 800}``, or parts of the
        monitor's group, ``{'exc': P[:3200], 'inh': P[3200:]}``.
    **style
        For ``Axes.plot``: ``color='C0'`` for all, ``color=['C3', 'C0']`` for each, ``marker='.'``, ...

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        When something is no SpikeMonitor, or kept nothing but counts (``record=False``); when `groups` does not fit.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Network, SpikeMonitor, ms
    >>> G = NeuronGroup(20, 'dv/dt = (2 - v)/(10*ms) : 1', threshold='v > 1', reset='v = 0')
    >>> G.v = 'i/N'
    >>> S = SpikeMonitor(G)
    >>> Network(G, S).run(50*ms)
    >>> raster(S, groups={'low': 5, 'high': 15}).get_ylabel()
    'Neuron index'
    """
    check_style(style, raster, *LINES)
    members = read_members(spikemon, groups, "raster", (SpikeMonitor,))
    ax = ax or present_axes()
    is_split = groups is not None
    bands = _stack(members, is_split)
    bottom, top = min(band.bottom for band in bands), max(band.top for band in bands)
    # a mark fills most of its row, yet stays visible when there are many rows
    row = size_in_points(ax)[1] / (top - bottom + 1)
    look = {"marker": "|", "markersize": float(np.clip(0.8 * row, 3.0, 14.0)), "linestyle": "none"}
    look, colors = _with_colors(with_aliases(look, style), bands, "raster")
    unit = draw_time_axis(ax, [instant for member in members for span in member.spans for instant in span])
    for band, color in zip(bands, colors, strict=True):
        member = band.member
        label = {"label": member.label} if member.label else {}
        ax.plot(member.times * 1e-3 / unit, member.neurons + band.shift, **{"color": color, **label, **look})
        _write_beside(ax, band, member.size * row, color)
    margin = max(0.5, 0.02 * (top - bottom + 1))
    ax.set_ylim(bottom - margin, top + margin)
    _draw_rows(ax, bands, is_split)
    ax.set_ylabel("Neuron index")
    return ax


def rates(
    monitors: Monitors,
    width: Quantity | None = None,
    ax: Axes | None = None,
    groups: Mapping[str, int | Subgroup] | None = None,
    **style: Any,
) -> Axes:
    """Draw how often the neurons of a group fire, over time: spikes per neuron and second, smoothed.

    Each spike is spread from its exact time by a normal density; no bins are involved. Near the ends of the recording,
    where part of the density lies outside, what lies inside counts for the whole, so the line does not sink there.

    Parameters
    ----------
    monitors : PopulationRateMonitor or SpikeMonitor, or several in a list or by name
        ``{'exc': Me, 'inh': Mi}`` gives the legend; in a list they bear the names of their groups.
    width : Quantity, optional
        Standard deviation of the density, a time; a hundredth of the time shown otherwise.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the present axes otherwise.
    groups : dict, optional
        Splits one SpikeMonitor, as in `raster`.
    **style
        For ``Axes.plot``: ``color='k'`` for all, ``color=['C3', 'C0']`` for each, ``linewidth=2``, ...

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        When something is no such monitor, kept nothing but counts or has recorded nothing yet; when `groups` does not
        fit, or `width` is not positive.
    DimensionMismatchError
        When `width` is no time.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Network, SpikeMonitor, ms
    >>> G = NeuronGroup(20, 'dv/dt = 1/(10*ms) : 1', threshold='v > 1', reset='v = 0')
    >>> G.v = 'i/N'
    >>> S = SpikeMonitor(G)
    >>> Network(G, S).run(100*ms)
    >>> ax = rates(S, width=5*ms)
    >>> ax.get_ylabel(), ax.lines[-1].get_ydata()[250].round(6).item()
    ('Firing rate (Hz)', 100.0)
    """
    check_style(style, rates, *LINES)
    members = read_members(monitors, groups, "rates", (SpikeMonitor, PopulationRateMonitor))
    for member in members:
        if not member.spans:
            raise ArgumentError(f"rates: {member.source} has recorded nothing yet. Call run(...) first.")
    instants = [instant for member in members for span in member.spans for instant in span]
    sigma = _read_width(width, max(instants) - min(instants))
    ax = ax or present_axes()
    unit = draw_time_axis(ax, instants)
    look, colors = _with_colors(with_aliases({"linewidth": 1.2}, style), members, "rates")
    for member, color in zip(members, colors, strict=True):
        t, rate = _smooth_rate(member, sigma)
        label = {"label": member.label} if member.label else {}
        ax.plot(t * 1e-3 / unit, rate * 1e3, **{"color": color, **label, **look})
    # the room above is for the highest line; a rate below zero does not exist
    ax.set_ylim(bottom=0.0)
    ax.set_ylabel("Firing rate (Hz)")
    if any(member.label for member in members):
        put_legend(ax, len(members))
    return ax


# --- rows -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Band:
    """Rows of a raster that belong together: neuron k of the member lies at height ``k + shift``."""

    member: Member
    shift: float

    @property
    def bottom(self) -> float:
        """Height of the first neuron."""
        return self.member.start + self.shift

    @property
    def top(self) -> float:
        """Height of the last neuron."""
        return self.bottom + self.member.size - 1


def _stack(members: list[Member], is_split: bool) -> list[Band]:
    """Return where each member lies: in its place in the group, or on top of the one before."""
    if is_split:
        return [Band(member, 0.0) for member in members]
    # bands stand apart by what a reader sees, however many rows there are
    gap = max(1.0, 0.03 * sum(member.size for member in members))
    bands, top = [], 0.0
    for member in members:
        bands.append(Band(member, top))
        top += member.size + gap
    return bands


def _draw_rows(ax: Axes, bands: list[Band], is_split: bool) -> None:
    """Number the neurons, and draw a line between bands."""
    for low, high in pairwise(bands):
        ax.axhline(0.5 * (low.top + high.bottom), color="0.8", linewidth=0.8, zorder=0)
    if is_split or len(bands) == 1:
        number_neurons(ax.yaxis)
    else:
        _number_bands(ax, bands)


def _number_bands(ax: Axes, bands: list[Band]) -> None:
    """Count the neurons of each band from 0."""
    from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator

    height = size_in_points(ax)[1]

    class PerBand(Locator):
        """Round indices within each band, also after zooming in."""

        def __call__(self) -> list[float]:
            return self.tick_values(*sorted(ax.yaxis.get_view_interval()))

        def tick_values(self, vmin: float, vmax: float) -> list[float]:
            ticks: list[float] = []
            for band in bands:
                first, last = max(0.0, vmin - band.shift), min(band.member.size - 1.0, vmax - band.shift)
                # where there is no room for two, the first is enough
                room = height * (last - first) / (vmax - vmin) / _TICK_ROOM
                steps = MaxNLocator(int(min(room, 8)), integer=True, steps=[1, 2, 5, 10]) if room >= 1 else None
                found: Any = steps.tick_values(first, last) if steps else np.array([math.ceil(first)])
                ticks.extend(band.shift + found[(first <= found) & (found <= last)])
            return ticks

    def index_at(height: float, _place: int | None = None) -> str:
        indices = [height - band.shift for band in bands if band.bottom - 0.5 <= height <= band.top + 0.5]
        return f"{indices[0]:.0f}" if indices else ""

    ax.yaxis.set_major_locator(PerBand())
    ax.yaxis.set_major_formatter(FuncFormatter(index_at))


def _write_beside(ax: Axes, band: Band, height: float, color: Any) -> None:
    """Write the label of a band to its right; one that is long stands upright, if the band's height [pt] has room."""
    label = band.member.label
    is_upright = len(label) > _LONG_LABEL and 7.0 * len(label) < height
    ax.annotate(
        label,
        (1.0, 0.5 * (band.bottom + band.top)),
        xytext=(5.0, 0.0),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        color=color,
        rotation=270.0 if is_upright else 0.0,
        verticalalignment="center",
        annotation_clip=True,
    )


def _with_colors(look: dict[str, Any], drawn: Sequence[Any], where: str) -> tuple[dict[str, Any], list[Any]]:
    """Return the style without its colour, and one colour for each thing drawn."""
    from matplotlib.colors import is_color_like

    color = look.pop("color", None)
    if color is None:
        return look, ["k"] if len(drawn) == 1 else [f"C{k}" for k in range(len(drawn))]
    if is_color_like(color):
        return look, [color] * len(drawn)
    if not isinstance(color, list | tuple) or len(color) != len(drawn):
        raise ArgumentError(f"{where}, color: expected one colour, or {len(drawn)} in a list, found {color!r}")
    return look, list(color)


# --- rates ----------------------------------------------------------------------------------------------------


def _read_width(width: Any, shown: float) -> float:
    """Return the width of the smoothing [ms]."""
    if width is None:
        return 0.01 * shown
    sigma = float(to_internal(in_si(width, TIME, "rates, width"), TIME))
    if not 0.0 < sigma < math.inf:
        raise ArgumentError(f"rates, width: expected a positive time, found {width!s}")
    return sigma


def _smooth_rate(member: Member, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Return instants [ms] and the rate at them [1/ms]."""
    grids = []
    for start, end in member.spans:
        steps = int(np.clip(10.0 * (end - start) / sigma, _FEWEST_STEPS, _MOST_STEPS))
        grids.append(np.linspace(start, end, steps + 1))
    t = np.concatenate(grids)
    rate = gaussian_rate(member.times, t, sigma, member.size) / _part_inside(member.spans, t, sigma)
    rate, t = with_gaps(rate, t, member.spans)
    return t, rate


def _part_inside(spans: list[tuple[float, float]], t: np.ndarray, sigma: float) -> np.ndarray:
    """Return how much of the density around each instant lies where was recorded."""
    scale = 1.0 / (math.sqrt(2.0) * sigma)
    part = np.zeros(len(t))
    for start, end in spans:
        part += [0.5 * (math.erf((end - x) * scale) - math.erf((start - x) * scale)) for x in t.tolist()]
    return part
