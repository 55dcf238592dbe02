"""`CorrelatedPoissonGroup`: Poisson neurons any two of which share some of their spikes.

Equation
    Every neuron is Poisson at `rate`; the counts of any two, in windows of any length, have the correlation `c`, and
    what they share are spikes at exactly the same instant. Three ways to get there differ in higher orders:

    ========= ================= ============== ====================================================================
    kind      common rate       copied with    a common spike reaches
    ========= ================= ============== ====================================================================
    mixture   rate              sqrt(c)        some; the rest of each train is private
    copy      rate/c            c              few at a time, and all spikes are copies (multiple interaction process)
    common    c*rate            1              all at once; the rest is private (single interaction process)
    ========= ================= ============== ====================================================================
Exact solution
    See `eventsnn.stimuli.correlated`.
Parameters
    rate (a frequency), c from 0 (independent) to 1 (identical); both can be assigned between runs.
Events
    Spikes; those of one common spike at one instant.
Source
    Brette (2009), Neural Computation 21, 188-215; Kuhn, Aertsen & Rotter (2003), Neural Computation 15, 67-101.
See also
    mip_generator in NEST (copy); CorrelatedSpikeTrains in Brian 1 (mixture); cpp in Elephant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..randomness import Draws
from ..stimuli.correlated import KINDS, CorrelatedTrains, common_rate
from ..units import Quantity
from .sources import SpikeSource, check_not_negative


class CorrelatedPoissonGroup(SpikeSource):
    """Poisson neurons with a correlation between any two.

    Parameters
    ----------
    N : int
        Number of neurons.
    rate : Quantity
        Of each neuron.
    c : float
        Correlation of the spike counts of any two, from 0 to 1.
    kind : {'mixture', 'copy', 'common'}
        How the correlation comes about: some spikes of a common train in each neuron (``'mixture'``), copies of a
        fast common train and nothing else (``'copy'``), or common spikes of all (``'common'``).
    name : str, optional

    Raises
    ------
    ArgumentError
        When the rate is negative, `c` not between 0 and 1, or the kind unknown.
    DimensionMismatchError
        When the rate is no frequency.

    Examples
    --------
    >>> from eventsnn.groups.correlated import CorrelatedPoissonGroup
    >>> from eventsnn.units import Hz
    >>> CorrelatedPoissonGroup(100, rate=20*Hz, c=0.25)
    <CorrelatedPoissonGroup 'correlatedpoissongroup': 100 neurons, Poisson at 20. Hz, correlation 0.25 (mixture)>
    """

    def __init__(
        self, N: int, rate: Quantity, c: float, kind: str = "mixture", name: str = "correlatedpoissongroup*"
    ) -> None:
        self._set_up(name, N, "rate : hertz (shared)\nc : 1 (shared)")
        if kind not in KINDS:
            raise ArgumentError(f"{self._label}.kind: expected one of {', '.join(KINDS)}, found {kind!r}")
        self._kind = kind
        self.write_variable("rate", np.arange(1), rate)
        self.write_variable("c", np.arange(1), c)

    @property
    def kind(self) -> str:
        """How the correlation comes about."""
        return self._kind

    def _check_values(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        if name == "rate":
            check_not_negative(f"{self.name}.rate", indices, values, "Hz", 1000.0)
        elif not 0.0 <= values[0] <= 1.0:
            raise ArgumentError(f"{self.name}.c: expected a correlation from 0 to 1, found {values[0]:g}")

    def _describe(self) -> str:
        return f"Poisson at {self.rate!s}, correlation {float(self._values['c'][0]):g} ({self._kind})"

    def _ways(self) -> list[str]:
        rate, c = float(self._values["rate"][0]), float(self._values["c"][0])
        common, p = common_rate(self._kind, rate, c)
        return [
            f"a common Poisson train of {common * 1000.0:g} Hz, whose spikes each neuron copies with probability {p:g}",
            f"a private Poisson train of {(rate - p * common) * 1000.0:g} Hz for each neuron",
        ]

    def _prepare(self, surroundings: Mapping[str, Any], now: float) -> None:
        said = self._kind, float(self._values["rate"][0]), float(self._values["c"][0])
        trains = self._trains
        if trains is None:
            self._trains = CorrelatedTrains(self._begin_draws(), self._n, *said, now)
            return
        assert isinstance(trains, CorrelatedTrains)
        if not trains.copies.is_current:
            trains.renew(self._begin_draws())
        trains.use(*said)

    def _restored_trains(self, snapshot: dict[str, Any], is_fresh: bool) -> CorrelatedTrains:
        return CorrelatedTrains.restored(snapshot, is_fresh)

    def _begin_draws(self) -> tuple[Draws, Draws, Draws]:
        return Draws(self.name, "spikes"), Draws(self.name, "common spikes"), Draws(self.name, "copies")
