"""Figures of plasticity: the window of a rule, how weights are distributed, and how they move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..border import from_internal, to_internal
from ..equations.scope import TIME, caller_names
from ..errors import ArgumentError, MissingError, UnitError
from ..groups import Synapses
from ..monitors import StateMonitor
from ..units import Dimension, Quantity, split
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
    with_aliases,
    with_unit,
)
from .courses import Courses
from .recordings import POINTS, choose_rows, choose_spans, dimension_of, read_level
from .windows import discontinuities, read_period, stdp_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Of more weights, so many are drawn over time.
MOST_TRAJECTORIES = 100
# So many and no more have colours of their own and a legend
_LEGEND_ROWS = 5
# Lines of more points are pixels in a drawing of lines: an SVG would be huge
_MOST_VERTICES = 10_000
# Lags of a window that is not told any [ms]
_LAGS = np.linspace(-100.0, 100.0, 201)


# --- the window of a rule -------------------------------------------------------------------------------------


def plot_stdp_curve(
    synapses: Synapses | None = None,
    lags: Any = None,
    changes: Any = None,
    theory: Any = None,
    ax: Axes | None = None,
    *,
    weight: str = "w",
    synapse: int = 0,
    start: Mapping[str, Any] | None = None,
    delays: bool = True,
    pairs: int = 1,
    rate: Any = None,
    namespace: Mapping[str, Any] | None = None,
    level: int = 0,
    **style: Any,
) -> Axes:
    """Draw the window of a plasticity rule: what a pair of spikes changes, against the lag between them.

    The window is measured by running the model (see `stdp_curve`, which returns the numbers), or it is given. A weight
    that would begin at a bound of its rule begins in the middle. For rules of triplets, which may ask for more than
    one pair, there are `pairs` and `rate`.

    Parameters
    ----------
    synapses : Synapses, optional
        Whose window is measured.
    lags : Quantity, optional
        Spike time of the target minus that of the source; every millisecond from -100 to 100 ms otherwise.
    changes : array, optional
        One for each lag: draws these and measures nothing.
    theory : callable, or array with one value for each lag, optional
        To be drawn behind. A function gets one lag at a time, as a quantity.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the present axes otherwise.
    weight, synapse, start, delays, pairs, rate, namespace, level
        As for `stdp_curve`.
    **style
        For ``Axes.plot``: ``color='C3'``, ``marker=''``, ...

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        When there is neither a `Synapses` object nor a pair of lags and changes, or their numbers do not fit.
    DimensionMismatchError
        When the lags are no times, or the theory has another dimension than the changes.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Synapses, ms
    >>> G = NeuronGroup(2, 'v : 1', threshold='v > 1', reset='v = 0')
    >>> S = Synapses(G, G, '''w : 1
    ...                       da/dt = -a/(20*ms) : 1 (event-driven)''', on_pre='a += 0.01', on_post='w += a')
    >>> ax = plot_stdp_curve(S, [-10, 10, 20, 30]*ms)
    >>> ax.get_ylabel(), ax.lines[-1].get_ydata()[-3:].round(5)
    ('Change of w', array([0.00607, 0.00368, 0.00223]))
    """
    where = "plot_stdp_curve"
    check_style(style, plot_stdp_curve, *LINES)
    lags = Quantity(_LAGS * 1e-3, TIME) if lags is None else lags
    breaks = [0.0]
    if changes is None:
        if synapses is None:
            raise ArgumentError(f"{where}: expected Synapses, or changes=... with one value for each of lags=...")
        surroundings = caller_names(level) if namespace is None else namespace
        options: dict[str, Any] = {"synapse": synapse, "start": start, "delays": delays, "namespace": surroundings}
        changes = stdp_curve(synapses, lags, weight, pairs=pairs, rate=rate, **options)
        breaks = discontinuities(synapses, synapse, delays, pairs, read_period(pairs, rate, where))
    x = np.atleast_1d(to_internal(in_si(lags, TIME, f"{where}, lags"), TIME))
    numbers, dim = split(changes)
    y = np.atleast_1d(np.asarray(numbers, dtype=float))
    if x.ndim != 1 or y.shape != x.shape:
        raise ArgumentError(f"{where}: expected one change for each lag, found {y.size} changes and {x.size} lags")
    curve = _read_theory(theory, x, breaks, dim, where)

    ax = ax or present_axes()
    time_unit, time_symbol = best_unit(x * 1e-3, TIME)
    size, symbol = best_unit(np.concatenate([y, curve[1]]), dim)
    for draw_level in (ax.axhline, ax.axvline):
        draw_level(0.0, color="0.8", linewidth=0.8, zorder=0)
    if len(curve[0]):
        ax.plot(curve[0] * 1e-3 / time_unit, curve[1] / size, color="C1", linewidth=3.0, alpha=0.6, label="theory")
    order = np.argsort(x, kind="stable")
    t, change = _broken(x[order], y[order], breaks)
    look = {"color": "k", "linewidth": 1.0, "marker": ".", "markersize": 3.0, "label": "measured"}
    ax.plot(t * 1e-3 / time_unit, change / size, **with_aliases(look, style))
    ax.set_xlabel(with_unit(r"$t_\mathrm{post} - t_\mathrm{pre}$", time_symbol))
    ax.set_ylabel(with_unit(f"Change of {weight}" + (f" by {pairs} pairs" if pairs > 1 else ""), symbol))
    # plain labels of small changes would push the name of the axis out of a figure without a layout
    ax.ticklabel_format(axis="y", scilimits=(-2, 4), useMathText=True)
    open_frame(ax)
    if len(curve[0]):
        ax.legend(frameon=False)
    return ax


def _read_theory(
    theory: Any, x: np.ndarray, breaks: list[float], dim: Dimension, where: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return lags [ms] and values (SI) of the curve to compare with; empty without one."""
    if theory is None:
        return np.empty(0), np.empty(0)
    if not callable(theory):
        values = np.atleast_1d(in_si(theory, dim, f"{where}, theory"))
        if values.shape != x.shape:
            raise ArgumentError(f"{where}, theory: expected a function or {len(x)} values, one for each lag")
        order = np.argsort(x, kind="stable")
        return _broken(x[order], values[order], breaks)
    if not len(x):
        return x, x
    first, last = float(x.min()), float(x.max())
    # both sides of a jump, nearer than anybody sees, and no line from one to the other
    beside = 1e-9 * (last - first)
    t = np.concatenate([np.linspace(first, last, POINTS + 1), *([b - beside, b + beside] for b in breaks)])
    t = np.sort(t[(first <= t) & (t <= last) & ~np.isin(t, breaks)])
    values = np.array([in_si(theory(lag), dim, f"{where}, theory") for lag in Quantity(from_internal(t, TIME), TIME)])
    return _broken(t, values, breaks)


def _broken(x: np.ndarray, y: np.ndarray, breaks: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Break a line where its values may jump; a point at the very place stands alone."""
    places = np.concatenate([np.searchsorted(x, breaks, side) for side in ("left", "right")]).astype(int)
    places = np.unique(places[(places > 0) & (places < len(x))])
    return np.insert(x, places, np.nan), np.insert(y, places, np.nan)


# --- the distribution of weights ------------------------------------------------------------------------------


def plot_weights(
    weights: Any,
    variable: str = "w",
    bins: Any = 50,
    range: Any = None,
    w_max: Any = None,
    times: Any = None,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    """Draw a histogram of weights.

    Parameters
    ----------
    weights : Synapses, StateMonitor, or array
        Their present values, what was recorded, or any numbers.
    variable : str
        Of the synapses or the monitor; the label of an array.
    bins : int or array
        How many, or their edges.
    range : pair of Quantity, optional
        Where the bins begin and end; the smallest and largest weight otherwise, and 0 and `w_max` if that is given.
    w_max : number or Quantity, optional
        The largest weight that the rule allows, drawn as a dotted line.
    times : Quantity, optional
        At which what was recorded is shown, a histogram for each; the end of the recording otherwise.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the present axes otherwise.
    **style
        For ``Axes.stairs``: ``color='C3'``, ``fill=False``, ...

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingError, ArgumentError
        When there is no such variable, nothing was recorded, or a weight is not finite.
    DimensionMismatchError
        When `bins`, `range` or `w_max` measure something else than the weights.

    Examples
    --------
    >>> from eventsnn import Network, NeuronGroup, Synapses, ms
    >>> G = NeuronGroup(10, 'v : 1')
    >>> S = Synapses(G, G, 'w : 1')
    >>> S.connect()
    >>> S.w = '(i + 0.5)/10'
    >>> Network(G, S).run(0*ms)
    >>> ax = plot_weights(S, 'w', bins=5, w_max=1)
    >>> ax.patches[-1].get_data().values
    array([20, 20, 20, 20, 20])
    """
    where = "plot_weights"
    check_style(style, plot_weights, ["patches.StepPatch"], "orientation", "baseline")
    columns, labels, dim, name = _read_weights(weights, variable, times, where)
    if not all(np.all(np.isfinite(column)) for column in columns):
        raise ArgumentError(f"{where}: expected finite weights, found some that are infinite or no numbers")
    top = read_level(w_max, dim, f"{where}, w_max")
    everything = np.concatenate(columns)
    ends = _read_range(range, dim, everything, top, where)
    size, symbol = best_unit(np.concatenate([everything, [top or 0.0]]), dim)
    edges: Any = bins if np.ndim(bins) == 0 else in_si(bins, dim, f"{where}, bins") / size
    edges = np.histogram_bin_edges(everything / size, edges, None if ends is None else (ends[0] / size, ends[1] / size))

    ax = ax or present_axes()
    look = _with_patch_aliases(style)
    for number, (column, label) in enumerate(zip(columns, labels, strict=True)):
        # one histogram is an area; several are outlines, which do not hide each other
        single = {"fill": True, "color": "C0"} if len(columns) == 1 else {"color": f"C{number}", "linewidth": 1.5}
        named = {"label": label} if len(columns) > 1 else {}
        ax.stairs(np.histogram(column / size, edges)[0], edges, **{**single, **named, **look})
    if top is not None:
        ax.axvline(top / size, color="0.5", linestyle=":", linewidth=1.2, zorder=1)
    ax.set_xlabel(with_unit(name, symbol))
    member = weights.source._MEMBER if isinstance(weights, StateMonitor) else "synapse"
    ax.set_ylabel(f"{member.capitalize()}s")
    open_frame(ax)
    if len(columns) > 1:
        put_legend(ax, len(columns))
    return ax


def _read_weights(
    weights: Any, variable: str, times: Any, where: str
) -> tuple[list[np.ndarray], list[str], Dimension, str]:
    """Return the weights for each histogram (SI), its label, what they measure, and their name."""
    if isinstance(weights, StateMonitor):
        choose_rows(weights, variable, None, where)
        spans = choose_spans(weights, None, where)
        times = Quantity(from_internal(np.array([spans[-1][1]]), TIME), TIME) if times is None else times
        table = np.asarray(weights.at(times, variable), dtype=float)
        size, symbol = best_unit(times, TIME)
        labels = [f"{t:g} {symbol}" for t in np.atleast_1d(np.asarray(times, dtype=float)) / size]
        return list(table.T), labels, dimension_of(weights, variable), variable
    if times is not None:
        raise ArgumentError(f"{where}, times: needs a StateMonitor, which knows the past; found {weights!r}")
    name = getattr(weights, "name", None)
    if isinstance(weights, Synapses):
        line = weights._variable(variable)
        if line is None:
            known = ", ".join([*weights._equations, *(["delay"] if weights._variable("delay") else [])])
            raise MissingError(
                f"{where} of Synapses '{weights.name}': they have no variable '{variable}'; they have {known or 'none'}"
            )
        name, n = variable, len(weights)
        weights = getattr(weights, variable)[:]
        weights = np.broadcast_to(weights, (n,), subok=True) if line.shared else weights
    try:
        numbers, dim = split(weights)
    except UnitError:
        if isinstance(weights, list | tuple):
            raise
        raise ArgumentError(f"{where}: expected Synapses, a StateMonitor or numbers, found {weights!r}") from None
    return [np.ravel(np.asarray(numbers, dtype=float))], [""], dim, name if isinstance(name, str) else variable


def _read_range(
    given: Any, dim: Dimension, values: np.ndarray, top: float | None, where: str
) -> tuple[float, float] | None:
    """Return where the bins begin and end (SI); None for the values' own range."""
    if given is not None:
        if np.shape(split(given)[0]) != (2,):
            raise ArgumentError(f"{where}, range: expected a pair, found {given!s}")
        low, high = in_si(given, dim, f"{where}, range").tolist()
        return low, high
    if top is None:
        return None
    ends = np.concatenate([values, [0.0, top]])
    return float(ends.min()), float(ends.max())


def _with_patch_aliases(style: dict[str, Any]) -> dict[str, Any]:
    from matplotlib import cbook
    from matplotlib.patches import Patch

    return cbook.normalize_kwargs(style, Patch)


# --- weights over time ----------------------------------------------------------------------------------------


def plot_weight_trajectories(
    statemon: StateMonitor,
    variable: str = "w",
    synapses: int | Sequence[int] | None = None,
    mean: bool = True,
    w_max: Any = None,
    between: Any = None,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    """Draw weights over time as the functions that they are, and their mean.

    What only spikes change is drawn in steps at their exact times; what moves between spikes passes through the exact
    values on both sides of each. Of more than 100 weights 100, chosen at random, are drawn, which the legend says; the
    mean is that of all.

    Parameters
    ----------
    statemon : StateMonitor
        Of `Synapses`.
    variable : str
        One that `statemon` recorded.
    synapses : int or sequence of int, optional
        Which of the recorded synapses; all of them otherwise.
    mean : bool
        Whether to draw the mean of several.
    w_max : number or Quantity, optional
        The largest weight that the rule allows, drawn as a dotted line.
    between : pair of Quantity, optional
        Draw only this part of the time.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the present axes otherwise.
    **style
        For ``Axes.plot``, of the single weights: ``color='C3'``, ``alpha=0.5``, ...

    Returns
    -------
    matplotlib.axes.Axes
        Its lines are the weights in the order of `synapses`, then the mean.

    Raises
    ------
    ArgumentError
        When the variable or a synapse was not recorded, or nothing was recorded between the two times.
    DimensionMismatchError
        When `w_max` measures something else than the weights.

    Examples
    --------
    >>> from eventsnn import Network, SpikeGeneratorGroup, StateMonitor, Synapses, ms
    >>> G = SpikeGeneratorGroup(2, [0, 1, 0], [1, 2, 3.5]*ms)
    >>> S = Synapses(G, G, 'w : 1', on_pre='w += 1')
    >>> S.connect(j='i')
    >>> M = StateMonitor(S, 'w', record=True)
    >>> Network(G, S, M).run(5*ms)
    >>> ax = plot_weight_trajectories(M, 'w')
    >>> print(*ax.lines[-1].get_data())
    [0.  1.  2.  3.5 5. ] [0.  0.5 1.  1.5 1.5]
    """
    where = "plot_weight_trajectories"
    check_style(style, plot_weight_trajectories, *LINES)
    require(statemon, StateMonitor, where)
    rows = choose_rows(statemon, variable, synapses, where)
    spans = choose_spans(statemon, between, where)
    dim = dimension_of(statemon, variable)
    top = read_level(w_max, dim, f"{where}, w_max")
    shown = rows
    if len(rows) > MOST_TRAJECTORIES:
        # these random numbers are nobody else's
        shown = rows[np.sort(np.random.default_rng(1).choice(len(rows), MOST_TRAJECTORIES, replace=False))]
    source = Courses(statemon, variable, spans)
    curves = [source.of(int(k)) for k in shown]
    middle = source.mean(rows) if mean and len(rows) > 1 else None

    ax = ax or present_axes()
    time_unit = draw_time_axis(ax, [instant for span in spans for instant in span])
    everything = [x for _, x in curves] + ([middle[1]] if middle else [])
    size, symbol = best_unit(np.concatenate([*everything, [top or 0.0]]), dim)
    is_few = len(rows) <= _LEGEND_ROWS
    look: dict[str, Any] = {"linewidth": 1.2, "drawstyle": source.drawstyle}
    if sum(len(t) for t, _ in curves) > _MOST_VERTICES:
        look["rasterized"] = True
    if not is_few:
        look |= {"color": "0.55", "linewidth": 0.7, "alpha": float(np.clip(4.0 / np.sqrt(len(shown)), 0.4, 0.9))}
    names = _name_curves(statemon, shown, rows)
    for (t, x), named in zip(curves, names, strict=True):
        ax.plot(t * 1e-3 / time_unit, x / size, **with_aliases({**look, **named}, style))
    if middle:
        t, x, label = middle[0] * 1e-3 / time_unit, middle[1] / size, f"mean of {len(rows)}"
        many = len(t) > _MOST_VERTICES
        ax.plot(t, x, color="k", linewidth=2.0, drawstyle=look["drawstyle"], label=label, rasterized=many)
    if top is not None:
        ax.axhline(top / size, color="0.5", linestyle=":", linewidth=1.2, zorder=1)
    ax.set_ylabel(with_unit(variable, symbol))
    if entries := sum(map(bool, names)) + bool(middle):
        put_legend(ax, entries)
    return ax


def _name_curves(statemon: StateMonitor, shown: np.ndarray, rows: np.ndarray) -> list[dict[str, str]]:
    """Return the entries of single weights in a legend: of few each, of many how many of them are drawn."""
    member = statemon.source._MEMBER
    if 1 < len(rows) <= _LEGEND_ROWS:
        return [{"label": f"{member} {k - statemon.source.start}"} for k in shown.tolist()]
    names: list[dict[str, str]] = [{} for _ in shown]
    if len(shown) < len(rows):
        plural = "synapses" if isinstance(statemon.source, Synapses) else f"{member}s"
        names[0] = {"label": f"{len(shown)} of {len(rows)} {plural}"}
    return names
