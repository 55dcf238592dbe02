"""`PopulationRateMonitor`: how often the neurons of a group fire, over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..clocks import step_in_ms
from ..errors import ArgumentError
from ..groups import NeuronGroup, Subgroup
from ..recording.measures import binned_rate, flat_rate, gaussian_rate
from ..recording.spikes import SpikeRecord
from ..units import Quantity, hertz
from .base import Monitor, as_times


class PopulationRateMonitor(Monitor):
    """Record the spikes of a group as a rate per neuron.

    Parameters
    ----------
    source : NeuronGroup or Subgroup
    name : str, optional
    dt : Quantity, optional
        Width of the bins of `rate`; that of the source's clock otherwise.
    """

    def __init__(self, source: NeuronGroup | Subgroup, name: str = "ratemonitor*", dt: Quantity | None = None) -> None:
        self._attach(source, name)
        if "spike" not in self._group._event_names:
            raise ArgumentError(
                f"PopulationRateMonitor '{self.name}': group '{self._group.name}' has no threshold and never fires"
            )
        self._given_step = None if dt is None else step_in_ms(dt, f"PopulationRateMonitor '{self.name}'.dt")
        self._record = SpikeRecord(len(source))
        self._complete()

    def _sampling_step(self) -> float:
        return self._given_step or super()._sampling_step()

    def _snapshot(self) -> dict[str, Any]:
        return {**super()._snapshot(), "record": self._record.snapshot()}

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        super()._restore(snapshot, is_fresh)
        self._record.restore(snapshot["record"])

    @property
    def t(self) -> Quantity:
        """Beginnings of the bins; shape (bins,)."""
        return as_times(self._grid()[0])

    @property
    def t_(self) -> np.ndarray:
        """Beginnings of the bins in seconds, without a unit."""
        return np.asarray(self.t)

    @property
    def rate(self) -> Quantity:
        """Spikes per neuron and time in each bin; shape (bins,)."""
        starts, widths = self._grid()
        return _in_hertz(binned_rate(self._record.time_array(), starts, widths, self._record.n))

    @property
    def rate_(self) -> np.ndarray:
        """The rate in hertz, without a unit."""
        return np.asarray(self.rate)

    def smooth_rate(self, window: Any = "gaussian", width: Quantity | None = None) -> Quantity:
        """Return the rate at `t`, averaged over a window around each instant.

        The named windows act on the exact spike times, not on bins.

        Parameters
        ----------
        window : {'gaussian', 'flat'} or ndarray
            An array acts on the bins, as in Brian; its length is odd.
        width : Quantity
            Standard deviation of the Gaussian, or full width of the flat window.

        Raises
        ------
        ArgumentError
            When the window is unknown, or `width` is missing or given beside an array.
        """
        where = f"PopulationRateMonitor '{self.name}'.smooth_rate"
        if not isinstance(window, str):
            return self._convolve(np.asarray(window, dtype=float), width, where)
        shapes = {"gaussian": gaussian_rate, "flat": flat_rate}
        if window not in shapes:
            raise ArgumentError(f"{where}: expected 'gaussian', 'flat' or an array, found {window!r}")
        if width is None:
            raise ArgumentError(f"{where}: the {window} window needs a width, such as width=5*ms")
        breadth = step_in_ms(width, f"{where}, width")
        rates = shapes[window](self._record.time_array(), self._grid()[0], breadth, self._record.n)
        return _in_hertz(rates)

    def _convolve(self, window: np.ndarray, width: Quantity | None, where: str) -> Quantity:
        if width is not None:
            raise ArgumentError(f"{where}: a window given as an array has its own width")
        if window.ndim != 1 or len(window) % 2 != 1 or not window.sum():
            raise ArgumentError(f"{where}: expected an array of odd length that does not sum to zero")
        rates = np.asarray(self.rate)
        smooth = np.convolve(rates, window / window.sum(), mode="same") if len(rates) else rates
        return Quantity(smooth, hertz.dim)

    def __repr__(self) -> str:
        return f"<PopulationRateMonitor '{self.name}' of {self.source.name}>"


def _in_hertz(per_ms: np.ndarray) -> Quantity:
    return Quantity(per_ms * 1000.0, hertz.dim)
