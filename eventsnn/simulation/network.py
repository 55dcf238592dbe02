"""`Network`: objects that are run together, and their common time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from os import PathLike
from typing import Any

from ..border import from_internal, to_internal
from ..clocks import step_in_ms
from ..engine.choice import AUTO, Choice, ObstacleError, Pace, read_engine, read_threads
from ..equations.scope import TIME, caller_names
from ..errors import ArgumentError, DimensionMismatchError, MissingError, SimulationError, WrongTypeError
from ..groups import Subgroup, Synapses
from ..groups.explanation import Explanation
from ..groups.objects import SimulationObject
from ..groups.subgroup import whole_of
from ..groups.timed import CodeRunner
from ..groups.variables import VariableOwner
from ..units import Quantity, get_dimensions
from . import checkpoints
from .description import describe_network
from .operations import Appointment, read_instants
from .progress import Report, Watch
from .running import Run

#: The networks whose run is under way, for `stop`.
RUNNING: list[Network] = []
TEN_SECONDS = Quantity(10.0, TIME)

#: Said where a function that a run calls wants to run the same network.
RUNS_ALREADY = (
    "run: the network is running already, and a function that is called in its run (a network operation, one of "
    "net.at, a report function) cannot run it again. The run goes on when the function returns. What should happen "
    "later, schedule with net.at(t, function); or end the run with stop(), and call run() after it."
)


class Network:
    """Objects that are run together.

    Parameters
    ----------
    *objects
        Groups and monitors, or collections of them.
    name : str, optional
    engine : 'auto', 'reference' or 'compiled'
        What `run` works with: the reference engine begins at once, the compiled one is quicker in large networks; the
        results are the same, bit for bit. ``'auto'`` chooses by the work that there is.
    threads : int
        How many threads the compiled engine may use.

    Raises
    ------
    ArgumentError
        When an engine or a number of threads makes no sense.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Network, ms
    >>> G = NeuronGroup(1, 'dv/dt = (1 - v)/(10*ms) : 1')
    >>> net = Network(G)
    >>> net.run(10*ms)
    >>> net.t, G.v[0]
    (10. * msecond, 0.6321205588285577)
    """

    def __init__(self, *objects: Any, name: str = "network", engine: str = AUTO, threads: int = 1) -> None:
        self.name = name
        self.engine, self.threads = engine, threads
        # how long runs have taken, and which engines took the last one
        self._pace = Pace()
        self._choices: list[Choice] = []
        self._objects: list[SimulationObject] = []
        # an exact sum, rounded only where it is read: cutting a run changes no instant
        self._exact_time = Fraction(0)
        self._run: Run | None = None
        # what `at` has made and is still to come, and how many there were
        self._appointments: list[Appointment] = []
        self._appointments_made = 0
        # what `store` keeps, and what a state that is restored may still have to come
        self._stored: dict[str, checkpoints.Snapshot] = {}
        self._all_appointments: dict[int, Appointment] = {}
        # whether any run got as far as simulating
        self.has_run = False
        try:
            self.add(*objects)
        except BaseException:
            # nobody will ever have this network: its objects are free again
            self.remove(*self._objects)
            raise

    # --- how it is run ----------------------------------------------------------------------------------------

    @property
    def engine(self) -> str:
        """The engine that runs it, where `run` is not given another: 'auto', 'reference' or 'compiled'."""
        return self._engine

    @engine.setter
    def engine(self, value: str) -> None:
        self._engine = read_engine(value, "Network.engine")

    @property
    def threads(self) -> int:
        """How many threads the compiled engine may use, where `run` is not given another number."""
        return self._threads

    @threads.setter
    def threads(self, value: int) -> None:
        self._threads = read_threads(value, "Network.threads")

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
            elif isinstance(thing, CodeRunner):
                # it goes wherever its group goes
                self._add_one(whole_of(thing.group))
            elif isinstance(thing, Mapping):
                self.add(*thing.values())
            elif isinstance(thing, Iterable) and not isinstance(thing, str):
                self.add(*thing)
            else:
                raise WrongTypeError(f"Network.add: expected groups and monitors, found {thing!r}")

    def _refuse_while_running(self) -> None:
        if self.is_running:
            raise SimulationError(
                "Network: objects cannot be added or removed while it runs (by a report function or an operation)"
            )

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

    def describe(self, namespace: Mapping[str, Any] | None = None, level: int = 0) -> Explanation:
        """Say what the network is made of: its groups and how they are solved, stimuli, synapses, monitors.

        What cannot be solved as it is now is named, with the reason.

        Parameters
        ----------
        namespace, level
            Where names in the models are looked up, as for `run`.

        Returns
        -------
        Explanation
            Prints as text, and shows itself in a notebook.
        """
        surroundings = caller_names(level) if namespace is None else namespace
        name, appointments, engine = f"network '{self.name}'", self._appointments, self._describe_engine()
        return describe_network(name, self.now, self.has_run, self._objects, appointments, surroundings, engine)

    def _describe_engine(self) -> str:
        """Return which engine is asked for and which took the last run; nothing where neither is worth a word."""
        if self.engine == AUTO and self.threads == 1 and not self._choices:
            return ""
        threads = f", {self.threads} threads" if self.threads > 1 else ""
        last = ", then ".join(map(str, self._choices))
        return f"engine '{self.engine}'{threads}" + (f"; the last run took {last}" if last else "")

    def explain(
        self,
        duration: Quantity,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
        *,
        engine: str | None = None,
        threads: int | None = None,
    ) -> Explanation:
        """Say which engine would begin a run, and why; nothing is simulated.

        Models are solved and checked, as by ``run(0*ms)``.

        Parameters
        ----------
        duration : Quantity
            Of the run.
        namespace, level, engine, threads
            As for `run`.

        Returns
        -------
        Explanation
            Prints as text, and shows itself in a notebook.

        Raises
        ------
        EquationError, DimensionMismatchError, UnknownNameError
            When a model cannot be solved.

        Examples
        --------
        >>> from eventsnn import NeuronGroup, Network, ms
        >>> net = Network(NeuronGroup(1, 'dv/dt = (1 - v)/(10*ms) : 1'))
        >>> net.explain(100*ms, engine='reference')
        the reference engine (asked for)
        the compiled engine could take this network
        """
        self._refuse_while_running()
        surroundings = caller_names(level) if namespace is None else namespace
        end = float(self._exact_time + Fraction(_duration_in_ms(duration)))
        self._check()
        # nobody has to see how it gets on
        watch = Watch(self.now, end, lambda *_: None, 0.0)
        run = self._prepare(watch, surroundings, engine, threads)
        try:
            return Explanation(run.foresee())
        except ObstacleError as problem:
            return Explanation(f"no engine: {problem}")
        finally:
            run.close()

    def _prepare(self, watch: Watch, surroundings: Mapping[str, Any], engine: str | None, threads: int | None) -> Run:
        wanted = self.engine if engine is None else read_engine(engine, "run(engine)")
        number = self.threads if threads is None else read_threads(threads, "run(threads)")
        return Run(self, surroundings, watch.end, watch, wanted, number)

    # --- time -------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Present time [ms]."""
        return float(self._exact_time) if self._run is None else self._run.watch.now

    @property
    def is_running(self) -> bool:
        """Whether a run is under way (seen from a report function or a network operation)."""
        return self._run is not None

    def admits_changes(self) -> bool:
        """Return whether its objects may be changed now: between runs, and where functions of the user's cut a run."""
        return self._run is None or self._run.admits_changes()

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
        *,
        engine: str | None = None,
        threads: int | None = None,
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
        engine : 'auto', 'reference' or 'compiled', optional
            In place of the network's own, `engine`.
        threads : int, optional
            In place of the network's own, `threads`.

        Raises
        ------
        EquationError, DimensionMismatchError, UnknownNameError
            When a model cannot be solved; nothing has been simulated then.
        SimulationError
            When the simulation cannot go on; time stands where it stopped, and all recordings up to there are kept.
            When the compiled engine is asked for and cannot take this network.
        KeyboardInterrupt
            After Ctrl-C, likewise.
        """
        if self.is_running:
            raise SimulationError(f"Network.{RUNS_ALREADY}")
        surroundings = caller_names(level) if namespace is None else namespace
        period = step_in_ms(report_period, "run(report_period)", zero=True) / 1000.0
        start, exact_end = self.now, self._exact_time + Fraction(_duration_in_ms(duration))
        end = float(exact_end)
        self._check()
        for thing in self._objects:
            thing._mark_run()
        watch = Watch(start, end, report, period)
        run = self._prepare(watch, surroundings, engine, threads)
        run.build()
        self.has_run, self._run = True, run
        RUNNING.append(self)
        reached: Fraction | None = None
        try:
            with watch:
                stopped_at = run.go()
                reached = exact_end if stopped_at is None else Fraction(stopped_at)
            if watch.interrupted:
                raise KeyboardInterrupt
        finally:
            if reached is None:  # an error at some instant: that is how far it came
                reached = Fraction(watch.now)
            self._run, self._exact_time = None, min(reached, exact_end)
            RUNNING.remove(self)
            watch.now = self.now
            run.close()
            self._choices = run.choices

    def at(self, t: Quantity, function: Callable[..., Any] | None = None, when: str = "start", order: int = 0) -> Any:
        """Call a function once at a given instant, any real number of time, while the network stands still.

        The function sees the network as it is between two runs, as that of a `NetworkOperation` does.

        Parameters
        ----------
        t : Quantity
            An instant from the present on, or several; the present itself is the beginning of the next run.
        function : callable, optional
            Of no argument, or of the time. Without it, `at` decorates the function below: ``@net.at(5*ms)``.
        when, order
            Place in the instant: one of Brian's slots. ``'start'`` comes before the arrivals and thresholds of the
            same instant, ``'end'`` after all that happens at it.

        Returns
        -------
        Appointment
            Can be given up by its method ``cancel()``.

        Raises
        ------
        ArgumentError
            When the instant is past.

        Examples
        --------
        >>> from eventsnn import NeuronGroup, Network, ms
        >>> G = NeuronGroup(1, 'dv/dt = -v/(10*ms) : 1')
        >>> net = Network(G)
        >>> @net.at(3.14159*ms)
        ... def kick():
        ...     G.v += 1
        >>> net.run(13.14159*ms)
        >>> print(G.v[0])
        0.36787944117144233
        """
        if function is None:
            return lambda function: self.at(t, function, when, order)
        self._appointments_made += 1
        appointment = Appointment(function, read_instants(t, self.now), when, order, self._appointments_made)
        self._all_appointments[self._appointments_made] = appointment
        if appointment._times:
            self._appointments.append(appointment)
            if self._run is not None:
                self._run.schedule(appointment)
        return appointment

    # --- its state --------------------------------------------------------------------------------------------

    def store(self, name: str = "default", filename: str | PathLike | None = None) -> None:
        """Keep the present state under a name, for `restore`.

        It is all that determines the future and the recorded past: variables and delays, spikes on their way, the
        trains of stimuli, connections, recordings, the time and the state of the random numbers. Equations, statements
        and constants are not part of it: a constant is looked up anew at each run, after `restore` too.

        Parameters
        ----------
        name : str
            Several states may be kept side by side.
        filename : str or Path, optional
            To write it to a file, beside states of other names that the file holds. Without one it is kept in memory.

        Raises
        ------
        CheckpointError
            When there is a file that is no checkpoint, or is damaged; it is left as it is.
        OSError
            When the file cannot be written; what was there before is left as it is.

        Examples
        --------
        >>> from eventsnn import NeuronGroup, Network, ms
        >>> G = NeuronGroup(1, 'v : 1')
        >>> net = Network(G)
        >>> net.store()
        >>> G.v = 3
        >>> net.run(5*ms)
        >>> net.restore()
        >>> net.t, G.v[0]
        (0. * second, 0.0)
        """
        checkpoints.store(self, self._stored, name, filename)

    def restore(
        self,
        name: str = "default",
        filename: str | PathLike | None = None,
        restore_random_state: bool = False,
    ) -> None:
        """Go back to a state that was kept by `store`, or written to a file by the same script in another process.

        Parameters
        ----------
        name : str
        filename : str or Path, optional
        restore_random_state : bool
            Whether random numbers, those of NumPy's global generator among them, go on as they did after the state was
            stored, so that everything happens again to the last bit. By default what is random from here on is drawn
            anew, for independent trials.

        Raises
        ------
        MissingError
            When there is no state of this name.
        CheckpointError
            When the state is that of other objects, or the file is no checkpoint, damaged, or of another format. The
            network is as it was before then.
        """
        checkpoints.restore(self, self._stored, name, filename, restore_random_state)
        # its past is that of the state
        self.has_run = self.has_run or self.now > 0.0

    def get_states(
        self,
        units: bool = True,
        format: str = "dict",
        subexpressions: bool = False,
        read_only_variables: bool = True,
        level: int = 0,
    ) -> dict[str, Any]:
        """Return the variables of all groups, synapses and pathways, by their names: see `NeuronGroup.get_states`."""
        return {
            name: owner.get_states(None, units, format, subexpressions, read_only_variables, level)
            for name, owner in self._owners().items()
        }

    def set_states(self, values: Mapping[str, Any], units: bool = True, format: str = "dict", level: int = 0) -> None:
        """Set variables of groups, synapses and pathways: see `NeuronGroup.set_states`.

        Raises
        ------
        MissingError
            When the network has no object of a name, or the object no such variable; nothing is set then.
        """
        owners = self._owners()
        for name in values:
            if name not in owners:
                raise MissingError(f"Network.set_states: there is no object '{name}'; there are {', '.join(owners)}")
        for name, states in values.items():
            owners[name]._check_states(states, units, format)
        for name, states in values.items():
            owners[name].set_states(states, units, format, level)

    def _owners(self) -> dict[str, VariableOwner]:
        """Return all that has variables, by name."""
        found: dict[str, VariableOwner] = {}
        for thing in self._objects:
            if isinstance(thing, VariableOwner):
                found[thing.name] = thing
            if isinstance(thing, Synapses):
                found |= {pathway.name: pathway for pathway in thing._pathways.values()}
        return found

    def stop(self) -> None:
        """End the present run after the present instant (from a report function or a network operation)."""
        if self._run is not None:
            self._run.watch.stopped = True

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
