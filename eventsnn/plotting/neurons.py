"""Figures of single neurons: traces of their variables, and how often they fire against what drives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..border import from_internal
from ..equations.scope import TIME
from ..errors import ArgumentError
from ..monitors import SpikeMonitor, StateMonitor
from ..recording.traces import trace as values_of
from ..units import Quantity, split
from .axes import (
    LINES,
    best_unit,
    check_style,
    draw_time_axis,
    in_si,
    open_frame,
    present_axes,
    put_legend,
    require,
    require_times,
    with_aliases,
    with_gaps,
    with_unit,
)
from .recordings import choose_rows, choose_spans, dimension_of, read_level, time_base

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# So many neurons and no more get a legend
_LEGEND_ROWS = 5


def trace(
    statemon: StateMonitor,
    variable: str,
    neurons: int | Sequence[int] | None = None,
    spikes: SpikeMonitor | None = None,
    threshold: Any = None,
    peak: Any = None,
    between: Any = None,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    """Draw a variable over time from its exact values, with its jumps upright and its spikes as marks.

    The values do not come from samples: the line passes through the value just before and just after every event,
    so a reset is vertical at the true time of the spike, however coarse ``defaultclock.dt`` is.

    Parameters
    ----------
    statemon : StateMonitor
    variable : str
        One that `statemon` recorded.
    neurons : int or sequence of int, optional
        Which of the recorded neurons, by their index in the source; all of them otherwise.
    spikes : SpikeMonitor, optional
        Spikes of the same group, to be drawn as marks from the variable up to `peak`.
    threshold : number or Quantity, optional
        Drawn as a dotted line.
    peak : number or Quantity, optional
        Upper end of the marks; half the height of the trace above it otherwise.
    between : pair of Quantity, optional
        Draw only this part of the time.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the present axes otherwise.
    **style
        For ``Axes.plot``: ``color='C3'``, ``linewidth=2``, ...

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        When the variable or a neuron was not recorded, nothing was recorded between the two times, or `spikes` is of
        another group.
    DimensionMismatchError
        When `threshold`, `peak` or `between` has another dimension than what it is drawn against.
    """
    require(statemon, StateMonitor, "trace")
    check_style(style, trace, *LINES)
    rows = choose_rows(statemon, variable, neurons, "trace")
    spans = choose_spans(statemon, between, "trace")
    dim = dimension_of(statemon, variable)
    group = statemon._group
    times = [time_base([statemon._tape.tracks[int(k)]], spans) for k in rows]
    values = [
        from_internal(values_of(statemon._tape, variable, tuple(group._store.states), len(group), int(k), t), dim)
        for k, t in zip(rows, times, strict=True)
    ]
    marks = _spike_marks(statemon, variable, rows, spikes, spans)
    levels = [read_level(x, dim, f"trace, {what}") for x, what in ((threshold, "threshold"), (peak, "peak"))]

    ax = ax or present_axes()
    time_unit = draw_time_axis(ax, [instant for span in spans for instant in span])
    size, symbol = best_unit(np.concatenate(values), dim)
    bottom, top = _extent([*values, *(level for level in levels[:1] if level is not None)])
    tip = levels[1] if levels[1] is not None else top + 0.5 * ((top - bottom) or abs(top) or 1.0)
    for number, (k, t, x) in enumerate(zip(rows, times, values, strict=True)):
        label = {"label": f"{statemon.source._MEMBER} {k - statemon.source.start}"} if len(rows) > 1 else {}
        x, t = with_gaps(x, t, spans)
        (line,) = ax.plot(t * 1e-3 / time_unit, x / size, **with_aliases(label, style))
        if marks:
            at, base = marks[number]
            ax.vlines(at * 1e-3 / time_unit, base / size, tip / size, line.get_color(), linewidth=line.get_linewidth())
    if levels[0] is not None:
        ax.axhline(levels[0] / size, color="0.5", linestyle=":", linewidth=1.2, zorder=1)
    ax.set_ylabel(with_unit(variable, symbol))
    if 1 < len(rows) <= _LEGEND_ROWS:
        put_legend(ax, len(rows))
    return ax


def fi_curve(drive: Any, spikemon: SpikeMonitor, duration: Quantity, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw the firing rate of each neuron against what drives it.

    Parameters
    ----------
    drive : VariableView, Quantity or array, one value per neuron
        One value for each neuron of the monitor's source, such as ``G.I``.
    spikemon : SpikeMonitor
        Its counts are used, so ``record=False`` is enough.
    duration : Quantity
        The time during which the spikes were counted.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the present axes otherwise.
    **style
        For ``Axes.plot``.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        When there is not one drive for each neuron, or `duration` is not positive.
    DimensionMismatchError
        When `duration` is no time.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Network, SpikeMonitor, mV, ms, second
    >>> G = NeuronGroup(50, '''dv/dt = (I - v)/(10*ms) : volt
    ...                        I : volt''', threshold='v > 10*mV', reset='v = 0*mV')
    >>> G.I = 'i*mV'
    >>> S = SpikeMonitor(G)
    >>> Network(G, S).run(1*second)
    >>> ax = fi_curve(G.I, S, 1*second)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('I (mV)', 'Firing rate (Hz)')
    """
    require(spikemon, SpikeMonitor, "fi_curve")
    check_style(style, fi_curve, *LINES)
    values, dim = split(drive)
    n = len(spikemon.source)
    if np.shape(values) != (n,):
        raise ArgumentError(
            f"fi_curve, drive: expected {n} values, one for each neuron of {spikemon.source.name}, "
            f"found shape {np.shape(values)}"
        )
    seconds = in_si(duration, TIME, "fi_curve, duration")
    if not seconds > 0.0:
        raise ArgumentError(f"fi_curve, duration: expected a positive time, found {duration!s}")
    ax = ax or present_axes()
    size, symbol = best_unit(values, dim)
    look = {"marker": ".", "markersize": 4.0, "linewidth": 1.2}
    ax.plot(np.asarray(values) / size, spikemon.count / seconds, **with_aliases(look, style))
    name = getattr(drive, "name", None)
    name = name if isinstance(name, str) else "Drive"
    ax.set_xlabel(with_unit(name, symbol))
    ax.set_ylabel("Firing rate (Hz)")
    open_frame(ax)
    return ax


# --- what is drawn --------------------------------------------------------------------------------------------


def _spike_marks(
    statemon: StateMonitor,
    variable: str,
    rows: np.ndarray,
    spikes: SpikeMonitor | None,
    spans: list[tuple[float, float]],
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each neuron the times of its spikes [ms] and the values just before them (SI)."""
    if spikes is None:
        return []
    where = f"trace of StateMonitor '{statemon.name}', spikes"
    require(spikes, SpikeMonitor, where)
    require_times(spikes, where)
    group = statemon._group
    if spikes._group is not group:
        raise ArgumentError(f"{where}: expected spikes of group '{group.name}', found {spikes!r}")
    dim = dimension_of(statemon, variable)
    who, when = spikes.i + spikes.source.start, spikes._record.time_array()
    shown = np.any([(start <= when) & (when < end) for start, end in spans], axis=0)
    marks = []
    for k in rows.tolist():
        at = when[shown & (who == k)]
        # where the recording begins there is no value before
        before = np.maximum(np.nextafter(at, -np.inf), statemon._tape.tracks[k].starts[0])
        x = values_of(statemon._tape, variable, tuple(group._store.states), len(group), k, before)
        marks.append((at, np.asarray(from_internal(x, dim), dtype=float)))
    return marks


def _extent(values: list) -> tuple[float, float]:
    everything = np.concatenate([np.atleast_1d(np.asarray(x, dtype=float)) for x in values])
    finite = everything[np.isfinite(everything)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
