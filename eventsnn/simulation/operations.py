"""Functions of the user's that are called in the course of a run: at every tick, or at given instants."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

import numpy as np

from ..border import from_internal, to_internal
from ..clocks import Clock
from ..equations.scope import TIME
from ..errors import ArgumentError, DimensionMismatchError, WrongTypeError
from ..groups.objects import SimulationObject
from ..groups.timed import Ticking, Timed
from ..recording.tape import recognise
from ..units import Quantity, get_dimensions

Function = Callable[..., Any]


class NetworkOperation(Ticking, SimulationObject):
    """A function that is called at every tick of a clock, while the network stands still.

    The function sees the network as it is between two runs: it may read and assign anything, connect synapses, switch
    monitors. What it leaves alone goes on to the same bits as without it.

    Parameters
    ----------
    function : callable
        Of no argument, or of the time.
    dt : Quantity, optional
        Time between calls, which come at multiples of it; ``defaultclock.dt`` otherwise.
    clock : Clock, optional
        In place of `dt`.
    when, order
        Place in the instant: one of Brian's slots. ``'start'`` comes before the arrivals and thresholds of the same
        instant, ``'end'`` after all that happens at it.
    name : str, optional

    Attributes
    ----------
    function : callable
    active : bool
        Whether it is called at the ticks to come.

    Raises
    ------
    WrongTypeError
        When it is no function, or wants other arguments.
    ArgumentError
        When there is no such slot.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Network, ms
    >>> G = NeuronGroup(1, 'dv/dt = (1 - v)/(10*ms) : 1')
    >>> seen = []
    >>> look = NetworkOperation(lambda t: seen.append((t, round(G.v[0], 3))), dt=10*ms)
    >>> Network(G, look).run(25*ms)
    >>> seen
    [(0. * second, 0.0), (10. * msecond, 0.632), (20. * msecond, 0.865)]
    """

    _may_come_late = True

    def __init__(
        self,
        function: Function,
        dt: Quantity | None = None,
        clock: Any = None,
        when: str = "start",
        order: int = 0,
        name: str = "networkoperation*",
    ) -> None:
        has_time = takes_time(function, "NetworkOperation")
        self._register(name)
        self._set_ticks(f"NetworkOperation '{self.name}'", dt, clock, when, order)
        self.function, self._has_time = function, has_time

    def _join(self, network: Any) -> None:
        super()._join(network)
        self._begin_anew()

    def _call(self, now: float) -> None:
        call(self.function, self._has_time, now)

    def __repr__(self) -> str:
        return f"<NetworkOperation '{self.name}': {_name_of(self.function)}, every {self.dt!s}>"


def network_operation(function: Any = None, **settings: Any) -> Any:
    """Make a `NetworkOperation` of the function below: ``@network_operation(dt=1*ms)``.

    Parameters
    ----------
    function : callable, Quantity or Clock
        Of no argument, or of the time; in its place ``dt`` or ``clock`` may be given. For a method write
        ``NetworkOperation(self.method, dt=...)``.
    **settings
        ``dt``, ``clock``, ``when``, ``order``, ``name`` of the `NetworkOperation`.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, run, start_scope, ms
    >>> start_scope()
    >>> G = NeuronGroup(1, 'dv/dt = (I - v)/(10*ms) : 1 \\n I : 1')
    >>> @network_operation(dt=20*ms)
    ... def switch(t):
    ...     G.I = 1 - G.I
    >>> run(50*ms)
    >>> print(G.I[0])
    1.0
    """
    if isinstance(function, Quantity) and "dt" not in settings:
        return network_operation(dt=function, **settings)
    if isinstance(function, Clock) and "clock" not in settings:
        return network_operation(clock=function, **settings)
    if function is not None:
        if not callable(function) or settings:
            raise WrongTypeError(
                "network_operation: write @network_operation, or name what it is given: "
                f"@network_operation(dt=1*ms, when='end'); found {function!r}"
            )
        return _make(function, {})
    return lambda function: _make(function, settings)


def _make(function: Function, settings: dict[str, Any]) -> NetworkOperation:
    operation = NetworkOperation(function, **settings)
    operation.__doc__ = function.__doc__
    return operation


class Appointment(Timed):
    """What `Network.at` returns: a function that is to be called at given instants.

    Attributes
    ----------
    function : callable
    """

    def __init__(self, function: Function, times: Sequence[float], when: Any, order: Any, number: int) -> None:
        self._has_time = takes_time(function, "Network.at")
        self._set_place("Network.at", when, order)
        self.function, self.active = function, True
        self._times, self._ordinal = sorted(times), number

    @property
    def times(self) -> Quantity:
        """The instants to come."""
        return Quantity([from_internal(t, TIME) for t in self._times], TIME)

    def cancel(self) -> None:
        """Let it not be called any more."""
        self._times = []

    def _next_instant(self, now: float) -> float:
        return self._times[0] if self._times else inf

    def _take(self, now: float) -> bool:
        if not self._times or self._times[0] != now:
            return False
        del self._times[0]
        return self.active

    def _call(self, now: float) -> None:
        call(self.function, self._has_time, now)

    def __repr__(self) -> str:
        instants = ", ".join(f"{t:g} ms" for t in self._times) or "nothing to come"
        return f"<Appointment of {_name_of(self.function)}: {instants}>"


def call(function: Function, has_time: bool, now: float) -> None:
    """Call a function of no argument, or of the time."""
    if has_time:
        function(Quantity(from_internal(now, TIME), TIME))
    else:
        function()


def takes_time(function: Any, where: str) -> bool:
    """Return whether a function wants the time.

    Raises
    ------
    WrongTypeError
        When it is none, or wants more.
    """
    if not callable(function):
        raise WrongTypeError(f"{where}: expected a function, found {function!r}")
    try:
        parameters = [*inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):
        # some that are built in say nothing
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    positional = [p for p in parameters if p.kind in kinds]
    wanted = [p.name for p in positional if p.default is p.empty]
    keywords = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if wanted[:1] == ["self"]:
        raise WrongTypeError(
            f"{where}: '{_name_of(function)}' is a method without its object. Use it where there is one: "
            "NetworkOperation(self.method, dt=...)."
        )
    if len(wanted) > 1 or keywords:
        raise WrongTypeError(
            f"{where}: '{_name_of(function)}' should take no argument, or the time; it wants "
            f"{', '.join((*wanted, *keywords))}"
        )
    return bool(wanted) or [p.name for p in positional] == ["t"]


def _name_of(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)


def read_instants(times: Any, now: float) -> list[float]:
    """Return instants that are still to come [ms].

    Raises
    ------
    DimensionMismatchError
        When they are no times.
    ArgumentError
        When one lies in the past, or is not finite.
    """
    if get_dimensions(times) != TIME:
        raise DimensionMismatchError(f"Network.at(t): expected a time, found {times!s}. Write net.at(5*ms).")
    given = np.atleast_1d(to_internal(np.asarray(times, dtype=float), TIME)).ravel()
    instants = recognise(given, np.array([now])).tolist()
    for t in instants:
        if not now <= t < inf:
            raise ArgumentError(
                f"Network.at(t): expected an instant from the present (t = {now:g} ms) on, found {t:g} ms"
            )
    return instants
