"""`Network`: objects that are run together, and their common time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from ..border import from_internal, to_internal
from ..clocks import step_in_ms
from ..engine.build import build
from ..engine.reference import advance
from ..equations.scope import TIME, caller_names
from ..errors import ArgumentError, DimensionMismatchError, MissingError, SimulationError, WrongTypeError
from ..groups import NeuronGroup, SpikeSource, Subgroup, Synapses, names_written
from ..groups.objects import SimulationObject
from ..groups.poissoninput import PoissonInput
from ..monitors.base import Monitor
from ..units import Quantity, get_dimensions
from .progress import Report, Watch

#: The networks whose run is under way, for `stop`.
RUNNING: list[Network] = []
TEN_SECONDS = Quantity(10.0, TIME)


class Network:
    """Objects that are run together.

    Parameters
    ----------
    *objects
        Groups and monitors, or collections of them.
    name : str, optional

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Network, ms
    >>> G = NeuronGroup(1, 'dv/dt = (1 - v)/(10*ms) : 1')
    >>> net = Network(G)
    >>> net.run(10*ms)
    >>> net.t, G.v[0]
    (10. * msecond, 0.6321205588285577)
    """

    def __init__(self, *objects: Any, name: str = "network") -> None:
        self.name = name
        self._objects: list[SimulationObject] = []
        # an exact sum, rounded only where it is read: cutting a run changes no instant
        self._exact_time = Fraction(0)
        self._watch: Watch | None = None
        # whether any run got as far as simulating
        self.has_run = False
        try:
            self.add(*objects)
        except BaseException:
            # nobody will ever have this network: its objects are free again
            self.remove(*self._objects)
            raise

    # --- objects ----------------------------------------------------------------------------------------------

    @property
    def objects(self) -> tuple[SimulationObject, ...]:
        """The objects in the network, in the order in which they were added."""
        return tuple(self._objects)

    def add(self, *objects: Any) -> None:
        """Add groups and monitors, or collections of them.

        Raises
        ------
        ArgumentError
            When an object cannot be part of a network or has the name of another.
        SimulationError
            When it belongs to another network.
        """
        self._refuse_while_running()
        for thing in objects:
            if isinstance(thing, SimulationObject):
                self._add_one(thing)
            elif isinstance(thing, Subgroup):
                self._add_one(thing.source)
            elif isinstance(thing, Mapping):
                self.add(*thing.values())
            elif isinstance(thing, Iterable) and not isinstance(thing, str):
                self.add(*thing)
            else:
                raise WrongTypeError(f"Network.add: expected groups and monitors, found {thing!r}")

    def _refuse_while_running(self) -> None:
        if self.is_running:
            raise SimulationError("Network: objects cannot be added or removed while it runs (by a report function)")

    def _add_one(self, thing: SimulationObject) -> None:
        if thing in self._objects:
            return
        if thing._network is not None:
            raise SimulationError(
                f"{type(thing).__name__} '{thing.name}' belongs to another network. An object lives in one network "
                "only; remove it there first, or make a new one."
            )
        if any(other.name == thing.name for other in self._objects):
            raise ArgumentError(
                f"Network: two objects have the name '{thing.name}'. Give one of them another with name='...'"
            )
        thing._join(self)
        self._objects.append(thing)

    def remove(self, *objects: Any) -> None:
        """Take objects out; they keep their state.

        Raises
        ------
        ArgumentError
            When one is not in the network.
        """
        self._refuse_while_running()
        for thing in objects:
            if isinstance(thing, Iterable) and not isinstance(thing, SimulationObject):
                self.remove(*thing)
                continue
            if thing not in self._objects:
                raise MissingError(f"Network.remove: {thing!r} is not in the network")
            thing._leave()
            self._objects.remove(thing)

    def __getitem__(self, name: str) -> SimulationObject:
        for thing in self._objects:
            if thing.name == name:
                return thing
        raise KeyError(f"Network has no object '{name}'; it has {', '.join(o.name for o in self._objects)}")

    def __contains__(self, name: object) -> bool:
        return any(name in (thing, thing.name) for thing in self._objects)

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterator[SimulationObject]:
        return iter(self.objects)

    def __repr__(self) -> str:
        return f"<Network at t = {self.t!s}: {', '.join(o.name for o in self._objects) or 'empty'}>"

    # --- time -------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Present time [ms]."""
        return float(self._exact_time) if self._watch is None else self._watch.now

    @property
    def is_running(self) -> bool:
        """Whether a run is under way (seen from a report function)."""
        return self._watch is not None

    @property
    def t(self) -> Quantity:
        """Present time."""
        return Quantity(from_internal(self.now, TIME), TIME)

    @property
    def t_(self) -> float:
        """Present time in seconds, without a unit."""
        return float(self.t)

    def run(
        self,
        duration: Quantity,
        report: str | Report | None = None,
        report_period: Quantity = TEN_SECONDS,
        namespace: Mapping[str, Any] | None = None,
        profile: bool | None = None,
        level: int = 0,
    ) -> None:
        """Simulate the time from now to now + `duration`, its end not included.

        Parameters
        ----------
        duration : Quantity
            A time; zero only checks and solves the models.
        report : 'text', 'stdout', 'stderr' or callable, optional
            Progress lines, or a function of (elapsed, completed, start, duration). Without it a progress bar appears
            in terminals and notebooks when a run takes long.
        report_period : Quantity
            Wall time between reports.
        namespace : dict, optional
            Values for names in the models, in place of the names of the calling code.
        profile
            Accepted for compatibility.
        level : int
            How many functions of the user's to skip when names of the calling code are looked up.

        Raises
        ------
        EquationError, DimensionMismatchError, UnknownNameError
            When a model cannot be solved; nothing has been simulated then.
        SimulationError
            When the simulation cannot go on; time stands where it stopped, and all recordings up to there are kept.
        KeyboardInterrupt
            After Ctrl-C, likewise.
        """
        if self.is_running:
            raise SimulationError("Network.run: the network is running already; a report function cannot run it again")
        surroundings = caller_names(level) if namespace is None else namespace
        period = step_in_ms(report_period, "run(report_period)", zero=True) / 1000.0
        start, exact_end = self.now, self._exact_time + Fraction(_duration_in_ms(duration))
        end = float(exact_end)
        self._check()
        groups = [thing for thing in self._objects if isinstance(thing, NeuronGroup)]
        sources = [thing for thing in self._objects if isinstance(thing, SpikeSource)]
        synapses = [
            thing._delivery() if isinstance(thing, PoissonInput) else thing
            for thing in self._objects
            if isinstance(thing, Synapses | PoissonInput)
        ]
        monitors = [thing for thing in self._objects if isinstance(thing, Monitor) and thing.active]
        for thing in self._objects:
            thing._mark_run()
        written = names_written(synapses, groups)
        for group in groups:
            group._links.refresh(written)
        # synapses first: what they sum up, the groups are solved with
        scopes = [(thing, thing._refresh(surroundings)) for thing in synapses]
        for group in groups:
            group._refresh(surroundings, written[group])
        for source in sources:
            source._refresh(surroundings)
        machine = build(groups, sources, scopes, monitors, start, end)
        watch = Watch(start, end, report, period)
        self.has_run, self._watch = True, watch
        RUNNING.append(self)
        reached: Fraction | None = None
        try:
            with watch:
                stopped_at = advance(machine, end, watch)
                reached = exact_end if stopped_at is None else Fraction(stopped_at)
            if watch.interrupted:
                raise KeyboardInterrupt
        finally:
            if reached is None:  # an error at some instant: that is how far it came
                reached = Fraction(watch.now)
            self._watch, self._exact_time = None, min(reached, exact_end)
            RUNNING.remove(self)
            machine.leave(self.now)
            for monitor in monitors:
                monitor._add_span(start, self.now)

    def stop(self) -> None:
        """End the present run after the present instant (to be called from a report function)."""
        if self._watch is not None:
            self._watch.stopped = True

    def _check(self) -> None:
        """Refuse to run objects whose source is missing."""
        for thing in self._objects:
            for needed in thing._requires():
                if needed not in self._objects:
                    raise SimulationError(
                        f"{type(thing).__name__} '{thing.name}' {thing._verb} group '{needed.name}', which is not part "
                        "of the network. Add the group too."
                    )


def _duration_in_ms(duration: Any) -> float:
    if get_dimensions(duration) != TIME:
        raise DimensionMismatchError(
            f"run(duration): expected a time, found {duration!s}. Write run(100*ms) for a hundred milliseconds."
        )
    value = to_internal(float(duration), TIME)
    if not 0.0 <= value < float("inf"):
        raise ArgumentError(f"run(duration): expected a finite time that is not negative, found {duration!s}")
    return value
