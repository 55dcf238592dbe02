"""What records many spikes at once, as arrays, where a monitor wants no more than spikes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..monitors.base import Monitor
from ..monitors.event import EventMonitor
from ..monitors.rate import PopulationRateMonitor
from ..recording.spikes import SpikeRecord

#: What gets spikes in order, as arrays of times and neurons.
Taker = Callable[[np.ndarray, np.ndarray], None]


def find_taker(monitor: Monitor) -> Taker | None:
    """Return what hands spikes over to a monitor; None where it wants more than spikes."""
    is_plain = type(monitor) is PopulationRateMonitor or (
        isinstance(monitor, EventMonitor)
        and monitor.event == "spike"
        and not monitor.variables
        and not getattr(monitor, "accuracy", False)
    )
    if not is_plain:
        return None
    record: SpikeRecord = monitor._record  # type: ignore[attr-defined]
    start, stop, is_counted = monitor.source.start, monitor.source.stop, not getattr(monitor, "record", True)

    def take(times: np.ndarray, neurons: np.ndarray) -> None:
        if start > 0 or stop < len(monitor._group):
            mine = (neurons >= start) & (neurons < stop)
            times, neurons = times[mine], neurons[mine] - start
        if is_counted:
            record.counted_only[:] += np.bincount(neurons, minlength=record.n)
        else:
            record.add(times, neurons)

    return take
