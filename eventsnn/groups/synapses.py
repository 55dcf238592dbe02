"""`Synapses`: what the spikes of one group do to another, and when they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..border import to_internal
from ..clocks import defaultclock
from ..equations.dimensions import describe, require_dimension, require_rate
from ..equations.scope import TIME, Scope, caller_names
from ..equations.text import (
    DIFFERENTIAL,
    FLAGS_OF_NEURONS,
    PARAMETER,
    SUBEXPRESSION,
    Equation,
    as_equations,
    refuse_flags,
)
from ..errors import (
    ArgumentError,
    DimensionMismatchError,
    EquationError,
    ExactnessNote,
    MissingError,
    NoExactSolutionError,
    SimulationError,
    WrongTypeError,
    warn_user,
)
from ..randomness import SOURCE, Stream
from ..synapses.names import INDEX, OWN, POST, PRE, Names
from ..synapses.pairs import Pairs
from ..synapses.rules import Ends, find_pairs
from ..synapses.summed import Summed, Weights, find_summed, read_target, require_no_drive
from ..synapses.values import SynapseDynamics, SynapseStore, solve_states
from ..units import Quantity, get_dimensions
from .explanation import Explanation, explain_synapses
from .neurongroup import NeuronGroup
from .objects import SimulationObject
from .pathway import Pathway
from .sources import SpikeSource
from .subgroup import Subgroup
from .variables import VariableOwner, pick

Group = NeuronGroup | SpikeSource


class Synapses(VariableOwner, SimulationObject):
    """Synapses from the neurons of one group to those of another.

    Parameters
    ----------
    source, target : NeuronGroup, stimulus, or a part of one
        The target is the source where none is given.
    model : str or Equations, optional
        Variables of each synapse: parameters (``w : volt``), sub-expressions, and linear differential equations, which
        are solved exactly between spikes whether they are ``(event-driven)`` or ``(clock-driven)``.
    on_pre, on_post : str, or dict of str to str
        Statements carried out when a spike of the source (of the target) arrives: ``'v_post += w'``. A name without
        suffix is the synapse's own, or else that of the neuron behind it. A dictionary makes several pathways with
        names of their own.
    delay : Quantity or dict of str to Quantity, optional
        One delay for all synapses of a pathway (of ``pre`` if it is not a dictionary). ``S.delay = ...`` sets one for
        each synapse. Any time that is not negative; zero where none is given.
    on_event : str or dict of str to str
        A custom event in place of ``'spike'``, for both pathways or by name.
    multisynaptic_index : str, optional
        Name of a variable that counts the synapses between the same two neurons.
    method : str, optional
        Of the differential equations; Brian's methods are accepted, the solution is exact.
    namespace : dict, optional
        Values for names in these texts; they come before the names of the code that calls `run`.
    order : int
        Added to the order of its pathways.
    name : str, optional

    Attributes
    ----------
    source, target : groups
    pre, post : Pathway
        And one for each name in a dictionary.

    Raises
    ------
    EquationError
        When a text cannot be read.
    ArgumentError, DimensionMismatchError
        When an argument makes no sense.

    Examples
    --------
    >>> from eventsnn import *
    >>> start_scope()
    >>> G = NeuronGroup(2, 'dv/dt = (I - v)/(10*ms) : 1\\nI : 1', threshold='v > 1', reset='v = 0')
    >>> G.I = [2, 0]
    >>> S = Synapses(G, G, 'w : 1', on_pre='v_post += w')
    >>> S.connect(i=0, j=1)
    >>> S.w, S.delay = 1.5, 1.037*ms
    >>> M = SpikeMonitor(G)
    >>> run(10*ms)
    >>> print(M.i, M.t)
    [0 1] [6.93147181 7.96847181] ms
    """

    _MEMBER = "synapse"
    _verb = "connects"

    def __init__(
        self,
        source: Any,
        target: Any = None,
        model: Any = None,
        on_pre: str | Mapping[str, str] | None = None,
        pre: Any = None,
        on_post: str | Mapping[str, str] | None = None,
        post: Any = None,
        connect: Any = None,
        delay: Quantity | Mapping[str, Quantity] | None = None,
        on_event: str | Mapping[str, str] = "spike",
        multisynaptic_index: str | None = None,
        namespace: Mapping[str, Any] | None = None,
        dtype: Any = None,
        codeobj_class: Any = None,
        dt: Quantity | None = None,
        clock: Any = None,
        order: int = 0,
        method: Any = None,
        method_options: Any = None,
        name: str = "synapses*",
    ) -> None:
        self._register(name)
        self._owner = f"Synapses '{self.name}'"
        for old, new, given in (("pre", "on_pre", pre), ("post", "on_post", post), ("connect", "connect()", connect)):
            if given is not None:
                raise ArgumentError(f"{self._owner}: '{old}=' is no argument any more; use {new}")
        target = source if target is None else target
        for what, group in (("source", source), ("target", target)):
            if not isinstance(group, NeuronGroup | SpikeSource | Subgroup):
                raise WrongTypeError(
                    f"{self._owner}.{what}: expected a group of neurons or a stimulus, found {group!r}"
                )
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "target", target)
        self._equations = self._read_model(model, multisynaptic_index)
        self._multisynaptic_index = multisynaptic_index
        self._namespace = self._check_namespace(namespace)
        self._summed = self._adopt_sums()
        self._weights: dict[str, Weights] = {}
        # whether a sum has to be made anew: something was assigned
        self._sums_are_stale = True
        self._known_names: Names | None = None
        self._store = SynapseStore(self._equations)
        self._pairs = Pairs(len(source), len(target))
        self._is_connected = False
        self._dynamics: SynapseDynamics | None = None
        self._streams: dict[str, Stream] = {}
        self._pathways: dict[str, Pathway] = {}
        self._make_pathways(on_pre, on_post, on_event, delay, order)
        ignored = [what for what, given in (("dt", dt), ("clock", clock), ("method_options", method_options)) if given]
        if ignored:
            warn_user(
                f"{self._owner}: {', '.join(ignored)} has no meaning for synapses, which have no step.", ExactnessNote
            )

    # --- making ---------------------------------------------------------------------------------------------------

    def _read_model(self, model: Any, index: str | None) -> Any:
        equations = as_equations(model)
        refuse_flags(equations, FLAGS_OF_NEURONS, self._owner, "It belongs to the model of a NeuronGroup.")
        if index:
            equations = equations + f"{index} : integer (constant)"
        for name in equations:
            if hasattr(type(self), name) or name in ("name", "source", "target", "pre", "post"):
                raise EquationError(
                    f"{self._owner}: '{name}' is an attribute that all synapses have; choose another name\n"
                    f"    {equations[name]}"
                )
        return equations

    def _adopt_sums(self) -> list[Summed]:
        """Let the groups take over the equations of summed variables."""
        found = []
        for line in self._equations.values():
            if "summed" not in line.flags:
                continue
            groups = {PRE: _whole(self.source), POST: _whole(self.target)}
            side, target = read_target(line, self._owner, groups)
            names = Names(self._equations, self.source, self.target)
            stem = f"{target}_{self.name}"
            summed = find_summed(self._equations, names, self._owner, side, line, stem)
            group = groups[side]
            namespace = dict(self._namespace or {})
            group._take_over(target, summed.lines(self._equations, namespace, group._equations[target]))
            found.append(summed)
        return found

    def _check_namespace(self, namespace: Any) -> Mapping[str, Any] | None:
        if namespace is not None and not isinstance(namespace, Mapping):
            raise WrongTypeError(f"{self._owner}.namespace: expected a dictionary, found {type(namespace).__name__}")
        return namespace

    def _make_pathways(self, on_pre: Any, on_post: Any, on_event: Any, delay: Any, order: int) -> None:
        texts: dict[str, tuple[str, str]] = {}
        for side, given in ((PRE, on_pre), (POST, on_post)):
            for key, text in (given if isinstance(given, Mapping) else {side: given} if given else {}).items():
                where = f"on_{side}" if key == side else f"on_{side}['{key}']"
                if not isinstance(text, str):
                    raise WrongTypeError(f"{self._owner}.{where}: expected statements in a string, found {text!r}")
                if not isinstance(key, str) or not key.isidentifier() or key in texts or hasattr(type(self), key):
                    raise ArgumentError(
                        f"{self._owner}.on_{side}: '{key}' cannot be the name of a pathway; choose another"
                    )
                texts[key] = (side, text)
        delays = self._read_delays(delay, texts)
        for key, (side, text) in texts.items():
            event = on_event if isinstance(on_event, str) else on_event.get(key, "spike")
            pathway = Pathway(self, key, side, text, event, delays.get(key))
            pathway.order += order
            self._check_event(pathway)
            self._pathways[key] = pathway
            self.__dict__[key] = pathway

    def _check_event(self, pathway: Pathway) -> None:
        group = _whole(pathway.source)
        known = group._event_names
        if pathway.event not in known:
            have = ", ".join(f"'{event}'" for event in known) or "no events: it has no threshold"
            raise ArgumentError(
                f"{self._owner}, {pathway._where}: waits for '{pathway.event}' of {group.name}, which has {have}"
            )

    def _read_delays(self, delay: Any, texts: Mapping[str, Any]) -> dict[str, float]:
        if delay is None:
            return {}
        given = dict(delay) if isinstance(delay, Mapping) else {PRE: delay}
        result = {}
        for key, value in given.items():
            where = f"{self._owner}.delay" + (f"['{key}']" if isinstance(delay, Mapping) else "")
            if key not in texts:
                known = ", ".join(f"'{name}'" for name in texts) or "none"
                advice = "" if isinstance(delay, Mapping) else " Give a dictionary: delay={'name': 2*ms}."
                raise MissingError(f"{where}: there is no pathway '{key}'; pathways are: {known}.{advice}")
            if get_dimensions(value) != TIME and not (isinstance(value, int | float) and value == 0):
                raise DimensionMismatchError(
                    f"{where}: expected a time, found {value!s} ({describe(get_dimensions(value))}). "
                    "Write delay=1.5*ms."
                )
            if np.shape(value) != ():
                raise ArgumentError(
                    f"{where}: expected one time for all synapses, found shape {np.shape(value)}. For one delay per "
                    "synapse assign S.delay = ... after connect()."
                )
            result[key] = float(to_internal(float(value), TIME))
            if not 0.0 <= result[key] < np.inf:
                raise ArgumentError(f"{where}: expected a finite time that is not negative, found {value!s}")
        return result

    # --- connecting -----------------------------------------------------------------------------------------------

    def connect(
        self,
        condition: Any = None,
        i: Any = None,
        j: Any = None,
        p: Any = 1.0,
        n: Any = 1,
        skip_if_invalid: bool = False,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
        *,
        matrix: Any = None,
        edges: Any = None,
        weight: str | None = None,
        unit: Any = 1,
    ) -> None:
        """Make synapses; several calls add up.

        Parameters
        ----------
        condition : str or bool, optional
            Over i, j, N_pre, N_post and variables with ``_pre`` or ``_post``: ``'i != j and abs(i - j) < 4'``. With
            no argument at all every pair is connected.
        i, j : int, array of int or str, optional
            Neurons by their indices, pairwise; or one of them as a string: ``j='i'``,
            ``j='k for k in range(i-3, i+4) if i != k'``, ``j='k for k in sample(N_post, size=5)'``.
        p : float or str
            Probability with which each of these synapses is made.
        n : int or str
            Number of synapses for each pair.
        skip_if_invalid : bool
            Leave out targets that do not exist, at the ends of a row say; an error otherwise.
        namespace, level
            Where names are looked up, as for `run`.
        matrix : scipy.sparse matrix or ndarray, shape (N_pre, N_post), optional
            One synapse for each entry (each that is not zero, in an ndarray), row by row.
        edges : array or list of (i, j) or (i, j, weight), optional
        weight : str, optional
            Variable that takes the numbers of `matrix` or the third column of `edges`; the only parameter of the
            model where none is named.
        unit : Quantity
            Of those numbers.

        Raises
        ------
        ArgumentError, OutOfRangeError
            When arguments contradict each other or name neurons that do not exist; the message says which.

        Examples
        --------
        >>> from eventsnn import NeuronGroup, Synapses
        >>> G = NeuronGroup(4, 'v : 1')
        >>> S = Synapses(G, G, 'w : 1')
        >>> S.connect(j='k for k in range(i-1, i+2) if k != i', skip_if_invalid=True)
        >>> print(S.i[:], S.j[:])
        [0 1 1 2 2 3] [1 0 2 1 3 2]
        """
        self._require_not_running("connect")
        surroundings = caller_names(level) if namespace is None else namespace
        ends = Ends(
            n_pre=len(self.source),
            n_post=len(self.target),
            scope=Scope(self._owner, self._names.equations, self._namespace, surroundings),
            read=self._read_for_pairs,
            random=SOURCE.generator(self.name, "connect"),
            where=f"{self._owner}.connect",
        )
        found = find_pairs(
            ends, condition=condition, i=i, j=j, p=p, n=n, skip_if_invalid=skip_if_invalid, matrix=matrix, edges=edges
        )
        first, more = len(self), len(found.pre)
        variable = self._weight_variable(weight) if found.weights is not None else None
        self._pairs.add(found.pre, found.post)
        self._is_connected = self._sums_are_stale = True
        self._store.grow(more, self._now)
        for pathway in self._pathways.values():
            pathway._grow(more)
        # what was solved was solved for the synapses that were there
        self._dynamics = (
            None if more and self._dynamics is not None and self._dynamics.is_individual else self._dynamics
        )
        if self._multisynaptic_index:
            self._store.parameters[self._multisynaptic_index] = self._pairs.place_among_equals()
        if variable is not None and more:
            self.write_variable(variable, np.arange(first, first + more), found.weights * unit)

    def _weight_variable(self, weight: str | None) -> str:
        where = f"{self._owner}.connect(weight=...)"
        numbers = [name for name, line in self._equations.items() if line.kind == PARAMETER and line.dtype is float]
        if weight is None:
            if len(numbers) != 1:
                raise ArgumentError(
                    f"{where}: name the variable that takes the weights; parameters are: {', '.join(numbers) or 'none'}"
                )
            return numbers[0]
        if weight not in self._equations or self._equations[weight].kind == SUBEXPRESSION:
            raise MissingError(f"{where}: there is no variable '{weight}'; parameters are: {', '.join(numbers)}")
        return weight

    def _read_for_pairs(self, name: str, pre: np.ndarray, post: np.ndarray) -> Any:
        reference = self._names.references[name]
        if reference.side == OWN or name in ("N_incoming", "N_outgoing"):
            raise EquationError(
                f"{self._owner}.connect: '{name}' belongs to synapses, which are only being made here. Use i, j and "
                "the variables of the neurons, such as x_pre."
            )
        return self._read_at(name, np.empty(0, np.int64), pre, post)

    # --- who is connected -----------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._pairs)

    @property
    def start(self) -> int:
        """0, the first number."""
        return 0

    @property
    def N_outgoing_pre(self) -> np.ndarray:
        """Number of synapses that start from each neuron of the source; shape (len(source),)."""
        return self._pairs.outgoing()

    @property
    def N_incoming_post(self) -> np.ndarray:
        """Number of synapses that end at each neuron of the target; shape (len(target),)."""
        return self._pairs.incoming()

    def __getitem__(self, item: Any) -> np.ndarray:
        """Return the numbers of the synapses that an index names: see `places`."""
        return np.atleast_1d(self.select(item) if isinstance(item, str) else self.places(item))

    def places(self, item: Any) -> np.ndarray:
        """Return the synapses that an index names.

        Parameters
        ----------
        item : int, slice, array, or tuple
            Numbers in the order of creation; or ``(i, j)`` for those from neurons i to neurons j, each an index, a
            slice or an array, and ``(i, j, k)`` for the k-th of those that join the same two.

        Raises
        ------
        IndexError
            When a number does not exist.
        """
        if not isinstance(item, tuple):
            return super().places(item)
        if len(item) not in (2, 3):
            raise ArgumentError(f"{self._owner}[...]: expected one index, or [i, j], or [i, j, k], found {item!r}")
        ends = (self.source, item[0]), (self.target, item[1])
        pre, post = (np.atleast_1d(pick(len(group), index, group.name, "neuron")) for group, index in ends)
        numbers = self._pairs.matching(pre, post)
        if len(item) == 3:
            among = self._pairs.place_among_equals()[numbers]
            most = int(among.max(initial=-1)) + 1
            numbers = numbers[np.isin(among, np.atleast_1d(np.arange(most)[item[2]]))]
        return numbers

    def __repr__(self) -> str:
        return f"<Synapses '{self.name}': {len(self)} from {self.source.name} to {self.target.name}>"

    @property
    def _names(self) -> Names:
        """The names that the texts may use; groups may since have taken over equations of summed variables."""
        names, ends = self._known_names, (self.source._equations, self.target._equations)
        if names is None or not all(a is b for a, b in zip(names.of_groups, ends, strict=True)):
            names = self._known_names = Names(self._equations, self.source, self.target)
        return names

    # --- variables ------------------------------------------------------------------------------------------------

    def _scope(self) -> Scope:
        return Scope(self._owner, self._names.equations, self._namespace, caller_names())

    def _variable(self, name: str) -> Equation | None:
        names = self._names if "_known_names" in self.__dict__ else None
        if name == "delay" and PRE in self.__dict__.get("_pathways", {}):
            return self._pathways[PRE]._equations["delay"]
        return names.equations.get(name) if names else None

    def _special_value(self, name: str) -> Any:
        if name == "N":
            return len(self)
        return Quantity((self._now if name == "t" else defaultclock.step) / 1000.0, TIME)

    def __getattr__(self, name: str) -> Any:
        if name == "delay" and "_pathways" in self.__dict__ and PRE not in self._pathways:
            known = ", ".join(f"S.{key}.delay" for key in self._pathways) or "no pathway"
            raise AttributeError(f"{self._owner} has no pathway 'pre' whose delay this would be; it has {known}")
        if name == "N" and "_pairs" in self.__dict__:
            return len(self)
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_pathways", {}) or (
            name in ("source", "target") and "_known_names" in self.__dict__
        ):
            raise AttributeError(f"{self._owner}.{name} cannot be set")
        super().__setattr__(name, value)

    def _read_internal(self, name: str, indices: np.ndarray) -> np.ndarray:
        reference = self._names.references.get(name)
        if name == "delay" and reference is None:
            return self._pathways[PRE]._read_internal(name, indices)
        assert reference is not None
        if reference.side == OWN:
            return self._read_own(name, indices)
        needs_pre = reference.side == PRE or name in ("i", "N_outgoing")
        needs_post = reference.side == POST or name in ("j", "N_incoming")
        line = self._names.equations[name]
        pre = self._pairs.pre_of(indices) if needs_pre and not line.shared else indices
        post = self._pairs.post[indices] if needs_post and not line.shared else indices
        return self._read_at(name, indices, pre, post)

    def _read_own(self, name: str, indices: np.ndarray) -> np.ndarray:
        store = self._store
        if name in store.states and self._dynamics is not None:
            return self._dynamics.values_at(store, name, indices, self._now)
        return store.arrays[name][indices]

    def _read_at(self, name: str, numbers: np.ndarray, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
        """Return a variable that follows from the neurons on both sides."""
        reference = self._names.references[name]
        if reference.side in (PRE, POST):
            group, indices = (self.source, pre) if reference.side == PRE else (self.target, post)
            if self._names.equations[name].shared:
                indices = np.zeros(1, np.int64)
            return group._read_internal(reference.name, indices)
        match name:
            case "i":
                return pre
            case "j":
                return post
            case "N_outgoing":
                return self.N_outgoing_pre[pre]
            case "N_incoming":
                return self.N_incoming_post[post]
        value = {"N_pre": len(self.source), "N_post": len(self.target), "t": self._now, "dt": defaultclock.step}[name]
        return np.full(len(pre), value)

    def write_variable(self, name: str, indices: np.ndarray, value: Any) -> None:
        """Set the values of a variable: see `VariableOwner.write_variable`."""
        reference = self._names.references.get(name) or self._names.references.get(name.removesuffix("_"))
        if reference is not None and (reference.side != OWN or reference.name == "lastupdate"):
            where = f"{self._owner}.{name}"
            if reference.side == INDEX or reference.name == "lastupdate":
                raise WrongTypeError(f"{where}: it is computed and cannot be set")
            group = self.source if reference.side == PRE else self.target
            raise WrongTypeError(
                f"{where}: it belongs to the neurons; set it there: {group.name}.{reference.name} = ..."
            )
        self._require_settable(name)
        super().write_variable(name, indices, value)

    def _require_settable(self, name: str) -> None:
        self._require_not_running(name)
        if not self._is_connected:
            line = self._variable(name) or self._variable(name.removesuffix("_"))
            if line is None or not line.shared:
                raise ArgumentError(
                    f"{self._owner}.{name}: there are no synapses yet to set it for; call connect() first"
                )

    def _require_not_running(self, what: str) -> None:
        if self._network is not None and self._network.is_running:
            raise SimulationError(f"{self._owner}.{what}: cannot be used while the network runs (by a report function)")

    def _write_internal(self, name: str, indices: np.ndarray, values: np.ndarray) -> None:
        store = self._store
        self._sums_are_stale = True
        if name == "delay" and name not in self._equations:
            self._pathways[PRE]._write_internal(name, indices, values)
            return
        if np.any(np.isinf(values)):
            raise ArgumentError(f"{self._owner}.{name}: expected finite values, found {values[np.isinf(values)][0]}")
        if name in store.states:
            if self._dynamics is not None:
                self._dynamics.settle(store, indices, self._now)
            store.states[name][indices] = values
        else:
            store.parameters[name][indices] = values

    def _draw(self, purpose: str, function: str, indices: np.ndarray, occurrence: int) -> np.ndarray:
        return self._stream(purpose, 1).draw_together(function, indices, occurrence)

    def _stream(self, purpose: str, n: int) -> Stream:
        if purpose not in self._streams or self._streams[purpose].n != n:
            self._streams[purpose] = Stream(self.name, purpose, n)
        return self._streams[purpose]

    def explain(self, namespace: Mapping[str, Any] | None = None, level: int = 0) -> Explanation:
        """Say what each pathway does and in which order, and how the states of the synapses are solved.

        Parameters
        ----------
        namespace, level
            Where names are looked up, as for `run`.

        Raises
        ------
        NoExactSolutionError
            When a state has no exact solution.
        """
        surroundings = caller_names(level) if namespace is None else namespace
        scope = Scope(self._owner, self._names.equations, self._namespace, surroundings)
        self._check_lines(scope)
        return explain_synapses(self, (dynamics.describe() if (dynamics := self._solve(scope)) else []))

    def _solve(self, scope: Scope) -> SynapseDynamics | None:
        written = frozenset(self._written()[OWN])
        return solve_states(self._equations, scope, len(self), self._read_coefficient, written, self._now)

    # --- running --------------------------------------------------------------------------------------------------

    def _requires(self) -> list[Any]:
        return list(dict.fromkeys([_whole(self.source), _whole(self.target)]))

    def _written(self) -> dict[str, set[str]]:
        """Return the names of variables that events change, by the name of their side."""
        written: dict[str, set[str]] = {OWN: set(), PRE: set(), POST: set()}
        for pathway in self._pathways.values():
            for reference in pathway._division.writes:
                if reference.side in written:
                    written[reference.side].add(reference.name)
        return written

    def _refresh(self, surroundings: Mapping[str, Any]) -> Scope:
        """Look names up and solve the states of the synapses anew, for a run that starts now."""
        if not self._is_connected:
            raise SimulationError(
                f"{self._owner} was never connected. Call {self.name}.connect(...) before run(); connect() alone joins "
                "every neuron of the source to every one of the target."
            )
        scope = Scope(self._owner, self._names.equations, self._namespace, surroundings)
        self._check_lines(scope)
        fresh = self._solve(scope)
        if fresh is not None and self._dynamics is not None and fresh.differs_from(self._dynamics):
            self._dynamics.settle(self._store, np.arange(len(self)), self._now)
        self._dynamics = fresh
        for summed in self._summed:
            self._refresh_sum(summed, scope)
        self._sums_are_stale = False
        return scope

    def _refresh_sum(self, summed: Summed, scope: Scope) -> None:
        """Sum over all synapses anew, if something was assigned since it was done."""
        states = [other for around in summed.around.values() for other in around]
        require_no_drive(self._equations, states, scope, self._read_coefficient)
        weights = Weights(summed, scope, self._read_coefficient, len(self))
        if not self._sums_are_stale and not weights.differs_from(self._weights.get(summed.target)):
            return
        self._weights[summed.target] = weights
        end, neurons = (self.target, self._pairs.post) if summed.side == POST else (self.source, self._pairs.pre)
        numbers, group = np.arange(len(self)), _whole(end)
        values = {state: self._read_own(state, numbers) for state in states}
        parts = {summed.rest: weights.rest}
        for state in summed.states:
            for other in summed.around[state]:
                parts[summed.variable(state, other)] = weights.by_state[state] * values[other]
        for name, contributions in parts.items():
            sums = np.bincount(neurons, weights=contributions, minlength=len(end))
            group._write_internal(name, np.arange(end.start, end.stop), sums)

    def _check_lines(self, scope: Scope) -> None:
        for line in self._equations.values():
            if line.kind == DIFFERENTIAL:
                require_rate(line.formula, line.dimension, line.unit, scope, f"equation of d{line.name}/dt")
            elif line.kind == SUBEXPRESSION:
                advice = f"'{line.name}' is declared as {line.unit}."
                require_dimension(line.formula, line.dimension, scope, f"sub-expression {line.name}", advice)

    def _read_coefficient(self, name: str) -> Any:
        if name not in self._store.parameters:
            raise NoExactSolutionError(
                f"{self._owner}: '{name}' stands in a differential equation of the synapses. Only their own "
                "parameters, constants and functions of t may; a value of a neuron can be taken over at a spike, in "
                "on_pre or on_post."
            )
        values = self._store.parameters[name]
        return values[0] if len(values) == 1 else values

    def _leave(self) -> None:
        if self._dynamics is not None:
            self._dynamics.settle(self._store, np.arange(len(self)), self._now)
        self._shift(-self._now)
        super()._leave()

    def _join(self, network: Any) -> None:
        super()._join(network)
        self._shift(network.now)

    def _shift(self, span: float) -> None:
        """Count times from another beginning."""
        self._store.lastupdate += span
        for pathway in self._pathways.values():
            pathway._in_flight = [flight.shifted(span) for flight in pathway._in_flight]


def names_written(synapses: Iterable[Synapses], groups: Iterable[NeuronGroup]) -> dict[Any, frozenset[str]]:
    """Return for each group the names of the variables that its reset and synapses change."""
    written = {group: frozenset(s.target for s in group._description.statements) for group in groups}
    for thing in synapses:
        names = thing._written()
        for side, group in ((PRE, _whole(thing.source)), (POST, _whole(thing.target))):
            written[group] = written.get(group, frozenset()) | names[side]
    return written


def _whole(group: Any) -> Any:
    return group.source if isinstance(group, Subgroup) else group
