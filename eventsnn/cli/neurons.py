"""The neurons of Brian's first tutorial, each computed three ways: by eventsnn, in closed form, and on a clock.

Times in ms; voltages are numbers, or mV.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

from ..border import from_internal, to_internal
from ..equations.scope import TIME
from ..groups import NeuronGroup
from ..monitors import SpikeMonitor, StateMonitor
from ..simulation import Network
from ..units import Quantity, mV

#: The step of the clock, Brian's default [ms].
STEP = 0.1
#: Digits of the closed forms; a double has 16.
DIGITS = 30


@dataclass(frozen=True)
class Neuron:
    """Leaky neurons that differ in where they come to rest.

    Attributes
    ----------
    rest : array, shape (n,)
        Where `v` would end without a threshold.
    tau, refractory, duration : float [ms]
    freezes : bool
        Whether `v` stands still during the refractory period (``unless refractory``), or runs on.
    in_millivolt : bool
        Whether the voltages are in mV, or plain numbers.
    """

    title: str
    rest: np.ndarray
    tau: float
    threshold: float
    reset: float
    start: float
    refractory: float
    freezes: bool
    duration: float
    in_millivolt: bool = False

    @property
    def unit(self) -> str:
        """The unit of `v`, for texts."""
        return " mV" if self.in_millivolt else ""

    # --- by eventsnn ------------------------------------------------------------------------------------------

    def simulate(self, name: str) -> tuple[NeuronGroup, StateMonitor, SpikeMonitor]:
        """Run eventsnn and return the group with what was recorded."""
        flag = " (unless refractory)" if self.freezes else ""
        kind = "volt" if self.in_millivolt else "1"
        group = NeuronGroup(
            len(self.rest),
            f"dv/dt = (rest - v)/tau : {kind}{flag}\nrest : {kind}",
            threshold=f"v > {self.threshold!r}{self._factor}",
            reset=f"v = {self.reset!r}{self._factor}",
            refractory=milliseconds(self.refractory),
            namespace={"tau": milliseconds(self.tau)},
            name=name,
        )
        group.rest, group.v = self.with_unit(self.rest), self.with_unit(self.start)
        states, spikes = (
            StateMonitor(group, "v", record=0, name=f"{name}_states"),
            SpikeMonitor(group, name=f"{name}_spikes"),
        )
        Network(group, states, spikes).run(milliseconds(self.duration))
        return group, states, spikes

    @property
    def _factor(self) -> str:
        return "*mV" if self.in_millivolt else ""

    def with_unit(self, value: Any) -> Any:
        """Return a voltage with its unit."""
        return value * mV if self.in_millivolt else value

    # --- in closed form ---------------------------------------------------------------------------------------

    def closed_form(self, k: int = 0) -> list[Decimal]:
        """Return the spike times of neuron `k` to 30 digits, from the numbers as written (0.8 is four fifths)."""
        with localcontext() as context:
            context.prec = DIGITS
            return list(self._spike_times(k))

    def _spike_times(self, k: int) -> Iterator[Decimal]:
        # `rest` was computed, so its double is meant; the others stand in the tutorials as decimals
        rest, theta, tau = Decimal(float(self.rest[k])), Decimal(repr(self.threshold)), Decimal(self.tau)
        if rest <= theta:
            return

        def rise(start: float) -> Decimal:
            return tau * ((rest - Decimal(start)) / (rest - theta)).ln()

        refractory, cycle = Decimal(self.refractory), rise(self.reset)
        # what runs on may be above threshold when the refractory period ends: the neuron fires at that instant
        period = refractory + cycle if self.freezes else max(refractory, cycle)
        t = rise(self.start)
        while t < Decimal(self.duration):
            yield t
            t += period

    # --- on a clock -------------------------------------------------------------------------------------------

    def on_a_clock(self) -> tuple[np.ndarray, np.ndarray]:
        """Return times and neurons of the spikes that a simulation with a clock reports.

        As in Brian with ``method='exact'``: in each step the state is updated exactly, then tested, then reset, and a
        spike is stamped with the time at which the step began.
        """
        decay = np.exp(-STEP / self.tau)
        v = np.full(len(self.rest), self.start)
        free_from = np.zeros(len(self.rest), dtype=int)
        times, neurons = [], []
        for step in range(round(self.duration / STEP)):
            is_free = step >= free_from
            moves = is_free if self.freezes else np.full(len(v), True)
            v = np.where(moves, self.rest + (v - self.rest) * decay, v)
            fires = np.flatnonzero(is_free & (v > self.threshold))
            v[fires] = self.reset
            free_from[fires] = step + round(self.refractory / STEP)
            times += [step * STEP] * len(fires)
            neurons += fires.tolist()
        return np.array(times), np.array(neurons, dtype=int)


def milliseconds(value: Any) -> Quantity:
    """Return a time in ms, or several, with its unit."""
    return Quantity(from_internal(np.asarray(value, dtype=float), TIME), TIME)


def spike_times(monitor: SpikeMonitor, k: int = 0) -> list[float]:
    """Return the recorded spike times of one neuron in ms."""
    return [float(to_internal(float(t), TIME)) for t in monitor.spike_trains()[k]]


#: In the order of the tutorials: part 1 of Brian's, and the membrane in millivolts of a second text.
ONE_NEURON = (
    Neuron("threshold and reset", np.array([1.0]), 10.0, 0.8, 0.0, 0.0, 0.0, False, 50.0),
    Neuron("refractory for 5 ms, v frozen", np.array([1.0]), 10.0, 0.8, 0.0, 0.0, 5.0, True, 50.0),
    Neuron("refractory for 15 ms, v runs on", np.array([1.0]), 5.0, 0.8, 0.0, 0.0, 15.0, False, 50.0),
    Neuron("membrane in millivolts", np.array([-10.0]), 10.0, -40.0, -60.0, -70.0, 5.0, True, 50.0, True),
)
#: 100 neurons, each with a drive of its own.
MANY_NEURONS = Neuron("f-I curve", np.arange(100) * 3.0 / 99, 10.0, 1.0, 0.0, 0.0, 5.0, True, 1000.0)
