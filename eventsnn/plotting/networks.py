"""Figures of connections: which neuron sends to which."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from ..errors import ArgumentError, MissingError
from ..groups import Synapses
from ..units import split
from .axes import best_unit, check_style, number_neurons, open_frame, present_axes, require, size_in_points, with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: So many synapses are drawn as dots where nothing else is asked for; more as an image.
MOST_DOTS = 10_000
#: Of more synapses, so many are drawn as lines.
MOST_LINES = 500
#: Cells of an image in each direction, at most.
MOST_CELLS = 200

_KINDS = ("lines", "dots", "matrix")
_ARTISTS = ("collections.LineCollection", "collections.PathCollection", "collections.QuadMesh")


@overload
def connectivity(
    synapses: Synapses, kind: None = None, ax: Any = None, weight: Any = None, **style: Any
) -> tuple[Axes, Axes]: ...


@overload
def connectivity(
    synapses: Synapses,
    kind: Literal["lines", "dots", "matrix"],
    ax: Axes | None = None,
    weight: Any = None,
    **style: Any,
) -> Axes: ...


def connectivity(
    synapses: Synapses, kind: str | None = None, ax: Any = None, weight: Any = None, **style: Any
) -> Axes | tuple[Axes, Axes]:
    """Draw who is connected to whom: as lines between two rows of neurons, and in the plane of source and target.

    Neurons are counted as ``S.i`` and ``S.j`` do, from the beginning of a part when the synapses join parts of groups.

    Parameters
    ----------
    synapses : Synapses
    kind : {'lines', 'dots', 'matrix'}, optional
        One way to draw them, into one Axes; lines and dots side by side otherwise, where a matrix takes the place of
        more than 10 000 dots. Of more than 500 synapses only 500 lines, chosen at random, are drawn.

        A matrix is an image of up to 200 by 200 cells: how many synapses there are for each pair of neurons (the
        probability of a connection, where no pair has two), or the mean of `weight`.
    ax : matplotlib.axes.Axes, or two of them without `kind`
        Where to draw; the present axes otherwise, or a new figure without `kind`.
    weight : str or array, optional
        Variable of the synapses (``'w'``, ``'delay'``, a sub-expression), or one value for each, shown as colour.
    **style
        For the collection that matplotlib draws: ``color='C3'``, ``cmap='magma'``, ``alpha=0.5``, ...

    Returns
    -------
    matplotlib.axes.Axes, or two of them without `kind`

    Raises
    ------
    ArgumentError
        When `synapses` were never connected, the kind is unknown, or there is not one weight for each synapse.
    MissingError
        When the synapses have no such variable.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Synapses
    >>> G = NeuronGroup(10, 'v : 1')
    >>> S = Synapses(G, G, 'w : 1')
    >>> S.connect(condition='abs(i - j) == 1')
    >>> S.w = 'i/10.0'
    >>> left, right = connectivity(S, weight='w')
    >>> len(left.collections[0].get_segments()), len(right.collections[0].get_offsets())
    (18, 18)
    """
    require(synapses, Synapses, "connectivity")
    check_style(style, connectivity, _ARTISTS, "s", "c", "marker", "plotnonfinite", "vmin", "vmax", "shading")
    if not synapses._is_connected:
        raise ArgumentError(f"connectivity: Synapses '{synapses.name}' were never connected. Call connect(...) first.")
    if kind is not None and kind not in _KINDS:
        raise ArgumentError(f"connectivity, kind: expected {', '.join(map(repr, _KINDS))} or None, found {kind!r}")
    picture = Picture(synapses, weight, style)
    if kind is not None:
        return picture.draw(kind, ax or present_axes())
    left, right = _two_axes(ax)
    plane = "dots" if len(synapses) <= MOST_DOTS else "matrix"
    # one scale for both: the colours of the right side hold for the left
    return picture.draw("lines", left, with_scale=False), picture.draw(plane, right)


def _two_axes(ax: Any) -> tuple[Axes, Axes]:
    from matplotlib import pyplot

    if ax is None:
        _, ax = pyplot.subplots(1, 2, figsize=(10.0, 4.0), layout="constrained", width_ratios=(3, 4))
    try:
        left, right = ax
    except (TypeError, ValueError):
        raise ArgumentError(
            "connectivity, ax: expected two Axes, for lines and for dots. Give kind='lines', 'dots' or 'matrix' "
            "to draw into one."
        ) from None
    return left, right


class Picture:
    """Synapses on their way into a figure: their ends, and the numbers that become colours.

    Parameters
    ----------
    synapses : Synapses
    weight : str, array or None
    style : dict
        The user's, for matplotlib's collections.
    """

    def __init__(self, synapses: Synapses, weight: Any, style: dict[str, Any]) -> None:
        self.source, self.target = synapses.source.name, synapses.target.name
        self.n_pre, self.n_post = len(synapses.source), len(synapses.target)
        self.pre, self.post = np.asarray(synapses.i[:]), np.asarray(synapses.j[:])
        self.values, self.label = _read_weight(synapses, weight)
        self.style = {"color" if key == "c" else key: value for key, value in style.items()}
        # how numbers become colours is told to what is drawn afterwards, in the same way to all
        self.mapping = {key: self.style.pop(key) for key in ("cmap", "norm", "vmin", "vmax") if key in style}

    def draw(self, kind: str, ax: Axes, with_scale: bool = True) -> Axes:
        """Draw in one of the ways, with a scale of the colours if there are any."""
        ways = {"lines": self._draw_lines, "dots": self._draw_dots, "matrix": self._draw_matrix}
        shown, label = ways[kind](ax)
        if shown.get_array() is not None and with_scale:
            ax.figure.colorbar(shown, ax=ax, label=label, pad=0.02)
        open_frame(ax)
        return ax

    # --- the three ways -------------------------------------------------------------------------------------------

    def _draw_lines(self, ax: Axes) -> tuple[Any, str]:
        from matplotlib.collections import LineCollection

        chosen = np.arange(len(self.pre))
        if len(chosen) > MOST_LINES:
            # any fixed step would pick out some rows and columns; these random numbers are nobody else's
            chosen = np.sort(np.random.default_rng(1).choice(len(chosen), MOST_LINES, replace=False))
            ax.set_title(f"{MOST_LINES} of {len(self.pre)} synapses", fontsize="medium")
        ends = np.stack([self.pre[chosen], self.post[chosen]], axis=1).astype(float)
        segments = np.stack([np.broadcast_to([0.0, 1.0], ends.shape), ends], axis=2)
        # many lines are thin and let others shine through
        alpha = float(np.clip(8.0 / math.sqrt(max(len(chosen), 1)), 0.25, 0.9))
        look = {"linewidth": 0.5 + 0.7 * alpha, "alpha": alpha, "zorder": 1}
        shown = ax.add_collection(LineCollection(list(segments), **{**look, **self.style}))
        for x, n in ((0.0, self.n_pre), (1.0, self.n_post)):
            size = float(np.clip(0.5 * size_in_points(ax)[1] / n, 1.0, 7.0))
            ax.plot(np.full(n, x), np.arange(n), "o", color="k", markersize=size, zorder=2, clip_on=False)
        ax.set(xlim=(-0.1, 1.1), ylim=_room(max(self.n_pre, self.n_post)), ylabel="Neuron index")
        ax.set_xticks([0.0, 1.0], [f"{self.source}\n(source)", f"{self.target}\n(target)"])
        ax.tick_params(axis="x", length=0.0)
        number_neurons(ax.yaxis)
        if self.values is not None:
            self._colour(shown, self.values[chosen])
        return shown, self.label

    def _draw_dots(self, ax: Axes) -> tuple[Any, str]:
        self._draw_plane(ax)
        width, height = size_in_points(ax)
        # a dot fills most of its place
        size = float(np.clip(0.7 * min(width / self.n_pre, height / self.n_post), 1.5, 9.0))
        look = {"s": size * size, "linewidth": 0.0, "rasterized": len(self.pre) > MOST_DOTS}
        shown = ax.scatter(self.pre, self.post, **{**look, **self.style})
        if self.values is not None:
            self._colour(shown, self.values)
        return shown, self.label

    def _draw_matrix(self, ax: Axes) -> tuple[Any, str]:
        self._draw_plane(ax)
        edges_pre, edges_post = _cell_edges(self.n_pre), _cell_edges(self.n_post)
        shape = len(edges_post) - 1, len(edges_pre) - 1
        column = np.searchsorted(edges_pre, self.pre, "right") - 1
        row = np.searchsorted(edges_post, self.post, "right") - 1
        places = row * shape[1] + column
        counts = np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape)
        if self.values is None:
            cells, label = counts / np.outer(np.diff(edges_post), np.diff(edges_pre)), "Synapses per pair"
        else:
            sums = np.bincount(places, self.values, minlength=counts.size).reshape(shape)
            # where there are no synapses there is no mean, and no colour
            cells = np.ma.masked_array(sums, counts == 0) / np.maximum(counts, 1)
            label = f"Mean of {self.label}" if counts.max(initial=0) > 1 else self.label
        color = self.style.get("color", "k")
        look = {key: value for key, value in self.style.items() if key != "color"}
        shown = ax.pcolormesh(edges_pre - 0.5, edges_post - 0.5, cells, **{"rasterized": True, **look})
        if self.values is None:
            self._shade(shown, color)
        else:
            self._colour(shown, cells)
        return shown, label

    def _draw_plane(self, ax: Axes) -> None:
        ax.set(xlim=_room(self.n_pre), ylim=_room(self.n_post))
        ax.set(xlabel=f"Source neuron index ({self.source})", ylabel=f"Target neuron index ({self.target})")
        for axis in (ax.xaxis, ax.yaxis):
            number_neurons(axis)
        if self.n_pre == self.n_post:
            ax.set_aspect("equal", adjustable="box")

    # --- colours --------------------------------------------------------------------------------------------------

    def _colour(self, shown: Any, numbers: np.ndarray) -> None:
        """Show numbers as colours, on one scale for all that is drawn."""
        assert self.values is not None
        low, high = _limits(self.values)
        # two colours part at 0; otherwise dark is far from it, as on white paper
        self._map(shown, numbers, "coolwarm" if low < 0.0 < high else "viridis_r", low, high)

    def _shade(self, shown: Any, color: Any) -> None:
        """Show how many there are by how dark it is, from white for none."""
        from matplotlib.colors import LinearSegmentedColormap

        numbers: Any = shown.get_array()
        shades = LinearSegmentedColormap.from_list("count", ["w", color])
        self._map(shown, numbers, shades, 0.0, float(numbers.max()) or 1.0)

    def _map(self, shown: Any, numbers: np.ndarray, cmap: Any, low: float, high: float) -> None:
        from matplotlib.colors import Normalize

        given = self.mapping
        shown.set_array(numbers)
        shown.set_cmap(given.get("cmap", cmap))
        shown.set_norm(given.get("norm", Normalize(given.get("vmin", low), given.get("vmax", high))))


def _read_weight(synapses: Synapses, weight: Any) -> tuple[np.ndarray | None, str]:
    """Return one number for each synapse, in the unit of the label."""
    if weight is None:
        return None, ""
    where = f"connectivity of Synapses '{synapses.name}', weight"
    name, is_shared = getattr(weight, "name", None), False
    if isinstance(weight, str):
        name, line = weight, synapses._variable(weight)
        if line is None:
            known = ", ".join([*synapses._equations, *(["delay"] if synapses._variable("delay") else [])])
            raise MissingError(f"{where}: the synapses have no variable '{weight}'; they have {known or 'none'}")
        weight, is_shared = getattr(synapses, weight)[:], line.shared
    numbers, dim = split(weight)
    if np.shape(numbers) != (len(synapses),) and not is_shared:
        raise ArgumentError(
            f"{where}: expected {len(synapses)} values, one for each synapse, found shape {np.shape(numbers)}"
        )
    values = np.broadcast_to(np.asarray(numbers, dtype=float), (len(synapses),))
    size, symbol = best_unit(values, dim)
    return values / size, with_unit(name if isinstance(name, str) else "Weight", symbol)


def _limits(values: np.ndarray) -> tuple[float, float]:
    """Return the ends of a scale of colours; one with both signs has its middle at 0."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    if low < 0.0 < high:
        return min(low, -high), max(high, -low)
    if low < high:
        return low, high
    return (min(low, 0.0), max(low, 0.0)) if low else (0.0, 1.0)


def _cell_edges(n: int) -> np.ndarray:
    """Return where the cells of an image begin, and where the last ends: all of one size but for the last."""
    return np.append(np.arange(0, n, math.ceil(n / MOST_CELLS)), n)


def _room(n: int) -> tuple[float, float]:
    margin = max(0.5, 0.02 * n)
    return -margin, n - 1 + margin
