"""`NeuronGroup`: neurons that share equations, threshold, reset and refractoriness."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..clocks import Clock
from ..equations.dimensions import find_compared_dimension
from ..equations.expression import parse_expression
from ..equations.scope import Scope, caller_names
from ..equations.statements import parse_statements
from ..equations.text import FLAGS_OF_SYNAPSES, Equation, Equations, as_equations, refuse_flags
from ..errors import (
    ArgumentError,
    ExactnessNote,
    MissingError,
    WrongTypeError,
    warn_user,
)
from ..neurons.description import Description
from ..neurons.dynamics import settle
from ..neurons.model import Model, solve
from ..neurons.remembered import recall, remember
from ..randomness import Stream
from ..store import Store
from ..units import Dimension, Quantity
from .arguments import (
    check_namespace,
    check_size,
    note_clock,
)
from .explanation import Explanation, explain_model
from .links import LinkedVariable, Links
from .neuron_arguments import (
    check_names,
    read_events,
    read_refractory,
    refractory_text,
    refuse_unsupported,
)
from .objects import Host, SimulationObject
from .onclock import OnClock
from .subgroup import WholeGroup


class NeuronGroup(WholeGroup, SimulationObject):
    """Neurons that share equations, threshold, reset and refractoriness.

    Parameters
    ----------
    N : int
        Number of neurons.
    model : str or Equations
        Their equations; see `Equations`.
    method : str, optional
        ``None`` or ``'exact'`` ask for the exact solution and fail where there is none. Brian's numerical methods are
        answered by the exact solution where there is one, with a note; where there is none ``'euler'``, ``'rk2'``,
        ``'rk4'`` and ``'exponential_euler'`` run the group on a clock, not exactly. ``'clocked_rk4'`` and the like
        always do so. Noise (``xi``) runs on the clock in any case: without a `method` by ``'euler'``, or by ``'heun'``
        where a variable multiplies it; ``'exact'`` there means the exact transition of linear equations from tick to
        tick.
    threshold : str, optional
        Condition for a spike, such as ``'v > -40*mV'``. It is a level, not an edge: a neuron that is above threshold
        when its refractory period ends fires at that instant.
    reset : str, optional
        Assignments carried out at each spike, one a line.
    dt, clock : Quantity, Clock
        Step of the clock of a group with noise or without an exact solution; ``defaultclock.dt`` otherwise.
    events : dict of str to str, optional
        Custom events: each happens whenever its condition becomes true. They can be recorded (`EventMonitor`), drive
        synapses (``on_event=``) and carry out statements (`run_on_event`).
    refractory : Quantity or str, optional
        A time, an expression evaluated after each reset (a parameter, ``'2*ms + rand()*ms'``), or a condition
        during which the neuron stays refractory.
    namespace : dict, optional
        Values for names in these texts; they come before the names of the code that calls `run`.
    name : str, optional
        ``'neurongroup'``, ``'neurongroup_1'``, ... by default.

    Raises
    ------
    EquationError
        When a text cannot be read.
    ArgumentError, DimensionMismatchError
        When an argument makes no sense.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, SpikeMonitor, Network, ms
    >>> G = NeuronGroup(1, 'dv/dt = (1 - v)/(10*ms) : 1', threshold='v > 0.8', reset='v = 0')
    >>> M = SpikeMonitor(G)
    >>> Network(G, M).run(50*ms)
    >>> print(M.t)
    [16.09437912 32.18875825 48.28313737] ms
    """

    def __init__(
        self,
        N: int,
        model: str | Equations | None,
        method: str | Sequence[str] | None = None,
        threshold: str | None = None,
        reset: str | None = None,
        refractory: Quantity | str | bool | None = None,
        events: Mapping[str, str] | None = None,
        namespace: Mapping[str, Any] | None = None,
        dtype: Any = None,
        dt: Quantity | None = None,
        clock: Any = None,
        order: int = 0,
        name: str = "neurongroup*",
        method_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._register(name)
        self._n = check_size(N, f"NeuronGroup '{self.name}'")
        self._equations = as_equations(model)
        check_names(self._equations, NeuronGroup)
        advice = "It belongs to the model of Synapses."
        refuse_flags(self._equations, FLAGS_OF_SYNAPSES, f"NeuronGroup '{self.name}'", advice)
        self._namespace = check_namespace(namespace, f"NeuronGroup '{self.name}'")
        self._on_clock = OnClock(self.name, method, dt, clock)
        for what, text in (("threshold", threshold), ("reset", reset)):
            if text and not isinstance(text, str):
                raise WrongTypeError(f"NeuronGroup '{self.name}'.{what}: expected a string, found {text!r}")
        refuse_unsupported(self.name, dtype=dtype, order=order)
        owner = f"group '{self.name}'"
        note_clock(owner, "here", method_options=method_options)
        self._description = Description(
            equations=self._equations,
            threshold=parse_expression(threshold, f"{owner}, threshold") if threshold else None,
            reset=parse_statements(reset or "", f"{owner}, reset"),
            refractory=read_refractory(refractory, owner),
            events=read_events(events, owner, self.name),
        )
        # whether the conditions of custom events held when the last run ended
        self._held: dict[str, list[bool]] = {}
        self._store = Store(self._n, self._equations, self._equations.state_names)
        self._links = Links(self)
        self._model: Model | None = None
        # the model before a step that comes at the very instant at which a run begins
        self._before_step: Model | None = None
        self._streams: dict[str, Stream] = {}
        self._noted_method = False

    # --- what it is -------------------------------------------------------------------------------------------

    @property
    def equations(self) -> Equations:
        """The equations as given."""
        return self._equations

    @property
    def threshold(self) -> str | None:
        """The threshold condition as given."""
        return self._description.threshold.text if self._description.threshold else None

    @property
    def reset(self) -> str | None:
        """The reset as given."""
        return "\n".join(s.line for s in self._description.reset) or None

    @property
    def refractory(self) -> str | None:
        """The refractory period: a text as given, or a time in ms; None without one."""
        return refractory_text(self._description.refractory)

    @property
    def method(self) -> str | None:
        """The method asked for."""
        return self._on_clock.method

    @property
    def clock(self) -> Clock:
        """The clock of ``dt=`` or ``clock=``, by default `defaultclock`; an exact group has no use for it."""
        return self._on_clock.clock

    @property
    def namespace(self) -> Mapping[str, Any] | None:
        """Values given for names in the texts."""
        return self._namespace

    @property
    def _event_names(self) -> tuple[str, ...]:
        """What its neurons send: spikes, if they have a threshold, and custom events."""
        return (*(("spike",) if self._description.threshold else ()), *self._description.events)

    def __repr__(self) -> str:
        variables = ", ".join(self._equations) or "no variables"
        spikes = f", threshold '{self.threshold}'" if self.threshold else ""
        return f"<NeuronGroup '{self.name}': {self._n} neuron{'s' * (self._n != 1)}, {variables}{spikes}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{html.escape(line.name)}</code></td><td>{line.kind}</td>"
            f"<td><code>{html.escape(str(line))}</code></td></tr>"
            for line in self._equations.values()
        )
        texts = "".join(
            f"<tr><td colspan='2'>{what}</td><td><code>{html.escape(str(text))}</code></td></tr>"
            for what, text in (
                ("threshold", self.threshold),
                ("reset", self.reset),
                ("refractory", self.refractory),
            )
            if text
        )
        head = "<tr><th>name</th><th>kind</th><th>line</th></tr>"
        title = f"NeuronGroup <b>{html.escape(self.name)}</b>, {self._n} neurons"
        return f"<table><caption>{title}</caption>{head}{rows}{texts}</table>"

    def explain(self, namespace: Mapping[str, Any] | None = None, level: int = 0) -> Explanation:
        """Say which exact solution was found for each equation and for the threshold, and why.

        Parameters
        ----------
        namespace, level
            Where names are looked up, as for `run`.

        Returns
        -------
        Explanation
            Prints as text.

        Raises
        ------
        NoExactSolutionError
            When there is none; the message says what prevents it.
        """
        surroundings = caller_names(level) if namespace is None else namespace
        with self._on_clock.looking():
            model = self._solve(surroundings)
        note = self._on_clock.note(model, self._description)
        return explain_model(self.name, self._n, self._description, model, note)

    @property
    def _solved(self) -> Model:
        assert self._model is not None, f"{self.name} has not been solved"
        return self._model

    def _threshold_dimension(self) -> Dimension:
        """Return the dimension of what the threshold compares; of the first comparison, if there are several."""
        threshold = self._description.threshold
        assert threshold is not None and self._model is not None
        dimension = find_compared_dimension(threshold, self._model.scope, "threshold")
        leaf = self._model.threshold.leaves[0].variable if self._model.threshold else -1
        return self._equations[self._store.states[leaf]].dimension if leaf >= 0 else dimension

    @property
    def events(self) -> dict[str, str]:
        """The conditions of the custom events, and the threshold as that of 'spike'."""
        own = {name: condition.text for name, condition in self._description.events.items()}
        return {**({"spike": self.threshold} if self.threshold else {}), **own}

    def run_on_event(self, event: str, code: str, when: str = "after_resets", order: int | None = None) -> None:
        """Carry out statements whenever a custom event happens, after the resets of that instant.

        Parameters
        ----------
        event : str
            One of ``events=``.
        code : str
            Assignments, one a line.
        when, order
            Accepted for compatibility.

        Raises
        ------
        MissingError
            When there is no such event.

        Examples
        --------
        >>> from eventsnn import NeuronGroup, EventMonitor, Network, ms
        >>> G = NeuronGroup(1, 'dx/dt = 1/(10*ms) : 1', events={'full': 'x > 1'})
        >>> G.run_on_event('full', 'x = 0')
        >>> M = EventMonitor(G, 'full')
        >>> Network(G, M).run(35*ms)
        >>> print(M.t)
        [10. 20. 30.] ms
        """
        known = self._description.events
        if event not in known:
            names = ", ".join(f"'{name}'" for name in known) or "none"
            advice = " What a spike does is its reset." if event == "spike" else ""
            raise MissingError(
                f"NeuronGroup '{self.name}'.run_on_event: there is no event '{event}'; events are: {names}.{advice}"
            )
        statements = parse_statements(code, f"group '{self.name}', event '{event}'")
        before = self._description.codes.get(event, ())
        codes = {**self._description.codes, event: (*before, *statements)}
        self._require_change(f"{self.name}.run_on_event", "used")
        self._description = replace(self._description, codes=codes)

    # --- how it is solved -------------------------------------------------------------------------------------

    def _solve(self, surroundings: Mapping[str, Any], written: frozenset[str] = frozenset()) -> Model:
        """Return the model solved with the present names and parameters.

        Parameters
        ----------
        written : frozenset of str
            Variables that events change, synapses among them.
        """
        scope = Scope(f"group '{self.name}'", self._equations, self._namespace, surroundings)
        used = {name for text in self._description.texts() for name in text.names()}
        scope.warn_about_shadows(used)

        def solve_exactly() -> Model:
            return solve(self._description, scope, self._store, self._now, written)

        self._on_clock.followed = next(iter(self._links.followed()), None)
        return self._on_clock.solve(solve_exactly, self._description, scope, self._store, written)

    def _refresh(self, surroundings: Mapping[str, Any], written: frozenset[str] = frozenset()) -> None:
        """Solve the model anew for a run that starts now; neurons whose parameters changed are brought to now first."""
        model = self._solve(surroundings, written)
        note = self._on_clock.note(model, self._description)
        if note and not self._noted_method:
            self._noted_method = True
            warn_user(f"group '{self.name}': {note}", ExactnessNote)
        if self._model is not None:
            before = self._model.scope
            if before.constants == model.scope.constants and before.time_functions == model.scope.time_functions:
                model.scope = before
            # who has a step at this very instant goes through it when the run begins
            steps = self._model.until <= self._now
            differs = np.broadcast_to(model.dynamics.differs_from(self._model.dynamics), (self._n,))
            settle(self._model.dynamics, self._store, np.flatnonzero(differs & ~steps), self._now)
            if self._on_clock.draws_anew(self._model, model):
                self._store.forget_noise()
            self._before_step = self._model if np.any(steps) else None
        # the names are resolved: what else the caller's scope holds need not be kept
        model.scope.forget_surroundings()
        self._model = model

    def _take_over(self, name: str, lines: Sequence[Equation]) -> None:
        """Put equations that synapses bring along in the place of a parameter (`synapses.summed`)."""
        if self._model is not None:
            settle(self._model.dynamics, self._store, np.arange(self._n), self._now)
        equations = self._equations.with_lines(name, lines)
        fresh, old = Store(self._n, equations, equations.state_names), self._store
        for what in ("since", "since_low", "until", "until_low", "lastspike", "was_told"):
            getattr(fresh, what)[:] = getattr(old, what)
        for state in old.states:
            fresh.column(state)[:] = old.column(state)
        for parameter in fresh.parameters.keys() & old.parameters.keys():
            fresh.parameters[parameter][:] = old.parameters[parameter]
        fresh.rest = old.rest
        self._equations, self._store, self._model = equations, fresh, None
        self._description = replace(self._description, equations=equations)

    def _join(self, network: Host) -> None:
        super()._join(network)
        self._store.place(network.now)

    def _leave(self) -> None:
        if self._model is not None:
            settle(self._model.dynamics, self._store, np.arange(self._n), self._now)
        self._store.lift(self._now)
        self._on_clock.forget_noise()
        super()._leave()

    def _stream(self, purpose: str) -> Stream:
        if purpose not in self._streams:
            self._streams[purpose] = Stream(self.name, purpose, self._n)
        return self._streams[purpose]

    # --- checkpoints ------------------------------------------------------------------------------------------

    def _signature(self) -> dict[str, Any]:
        return {**super()._signature(), "neurons": self._n, "equations": str(self._equations)}

    def _snapshot(self) -> dict[str, Any]:
        return {
            "store": self._store.snapshot(),
            "model": None if self._model is None else remember(self._model, self._description, self._now),
            "held": {name: list(held) for name, held in self._held.items()},
            "clock": self._on_clock.snapshot(),
        }

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        memory = snapshot["model"]
        self._store.restore(snapshot["store"])
        self._held = {name: list(held) for name, held in snapshot["held"].items()}
        self._on_clock.restore(snapshot["clock"], False)
        self._model, self._before_step = None, None
        if memory is not None:
            self._model = recall(memory, self._description, self._store, self._on_clock.noise)
        if is_fresh and self._model is not None and self._on_clock.noise:
            # the noise up to now is past; what is to come is other noise
            settle(self._model.dynamics, self._store, np.arange(self._n), self._now)
            self._store.forget_noise()
            self._on_clock.restore(snapshot["clock"], True)

    # --- variables --------------------------------------------------------------------------------------------

    def _read_internal(self, name: str, indices: np.ndarray) -> np.ndarray:
        store = self._store
        if name in store.states:
            if self._model is None:
                return store.column(name)[indices]
            return self._model.dynamics.values_at(store, store.states.index(name), indices, self._now)
        if name in self._links:
            return self._links.values(name, indices)
        if name in store.parameters:
            return store.parameters[name][indices]
        if name == "i":
            return indices
        if name == "lastspike":
            return store.lastspike[indices]
        if name == "not_refractory":
            return self._now >= store.until[indices]
        return np.full(len(indices), {"N": self._n, "t": self._now, "dt": self.clock.step}[name])

    def _write_internal(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        self._require_change(f"{self.name}.{name}")
        store = self._store
        if name in store.states:
            if np.any(np.isinf(values)) and not self._may_be_quadratic(name):
                raise ArgumentError(f"{self.name}.{name}: expected finite values, found {values[np.isinf(values)][0]}")
            if self._model is not None:
                settle(self._model.dynamics, store, np.unique(indices), self._now)
            store.column(name)[indices] = values
            for k in indices.tolist():
                store.standing.pop(k, None)
        elif name == "lastspike":
            if self._model is not None:
                settle(self._model.dynamics, store, np.unique(indices), self._now)
            store.lastspike[indices], store.was_told[indices] = values, True
        else:
            store.parameters[name][indices] = values

    def _more_states(self) -> tuple[str, ...]:
        return ("lastspike",) if self._description.threshold else ()

    def _more_computed(self) -> tuple[str, ...]:
        return ("not_refractory",) if self._description.threshold else ()

    def _link(self, name: str, value: Any) -> None:
        if not isinstance(value, LinkedVariable):
            raise WrongTypeError(
                f"{self.name}.{name}: it is declared as (linked) and takes its values from another group. Write "
                f"{self.name}.{name} = linked_var(other_group, 'variable')."
            )
        self._require_change(f"{self.name}.{name}")
        self._links.set(name, value)

    def _may_be_quadratic(self, name: str) -> bool:
        """Return whether the text of an equation squares its variable; then infinity is a state to start from."""
        text = self._equations[name].formula.text
        return "**" in text or len(re.findall(rf"\b{name}\b", text)) > 1

    def _draw(self, purpose: str, function: str, indices: np.ndarray, occurrence: int) -> np.ndarray:
        return self._stream(purpose).draw_many(function, indices, occurrence)
