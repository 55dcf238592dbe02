"""`Synapses`: what the spikes of one group do to another, and when they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..equations.dimensions import require_dimension, require_rate
from ..equations.scope import Scope, caller_names
from ..equations.text import DIFFERENTIAL, SUBEXPRESSION
from ..errors import (
    ArgumentError,
    EquationError,
    ExactnessNote,
    NoExactSolutionError,
    SimulationError,
    WrongTypeError,
    warn_user,
)
from ..randomness import SOURCE
from ..synapses.ends import Ends
from ..synapses.names import OWN, POST, PRE
from ..synapses.pairs import Pairs
from ..synapses.rules import find_pairs
from ..synapses.values import SynapseDynamics, SynapseStore, solve_states
from ..units import Quantity
from .arguments import NUMERICAL_METHODS, check_method, check_namespace, note_clock
from .explanation import Explanation, explain_synapses
from .neurongroup import NeuronGroup
from .pathway import Pathway
from .sources import SpikeSource
from .subgroup import Subgroup, whole_of
from .sums import Sums
from .synaptic_arguments import choose_weight, read_delays, read_events, read_model, read_texts
from .synaptic_variables import SynapticVariables


class Synapses(SynapticVariables):
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
        Accepted for compatibility: the order of what happens at one instant is that of the pathways (``S.pre.order``).
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
        self._equations = read_model(model, multisynaptic_index, self._owner, type(self))
        self._multisynaptic_index = multisynaptic_index
        self._namespace = check_namespace(namespace, self._owner)
        self._sums = Sums(self)
        self._known_names = None
        self._store = SynapseStore(self._equations)
        self._pairs = Pairs(len(source), len(target))
        self._is_connected = False
        self._dynamics: SynapseDynamics | None = None
        self._streams = {}
        self._pathways: dict[str, Pathway] = {}
        self._make_pathways(on_pre, on_post, on_event, delay)
        if check_method(method, self._owner) in NUMERICAL_METHODS and self._equations.state_names:
            note = f"method='{method}' was asked for; the exact solution is used instead."
            warn_user(f"{self._owner}: {note}", ExactnessNote)
        why = "for synapses, which have no step"
        note_clock(self._owner, why, dt=dt, clock=clock, method_options=method_options)

    def _make_pathways(self, on_pre: Any, on_post: Any, on_event: Any, delay: Any) -> None:
        texts = read_texts(on_pre, on_post, self._owner, type(self), self._equations)
        delays, events = read_delays(delay, texts, self._owner), read_events(on_event, texts, self._owner)
        for key, (side, text) in texts.items():
            event = events.get(key, "spike")
            pathway = Pathway(self, key, side, text, event, delays.get(key))
            self._check_event(pathway)
            self._pathways[key] = pathway
            self.__dict__[key] = pathway

    def _check_event(self, pathway: Pathway) -> None:
        group = whole_of(pathway.source)
        known = group._event_names
        if pathway.event not in known:
            have = ", ".join(f"'{event}'" for event in known) or "no events: it has no threshold"
            raise ArgumentError(
                f"{self._owner}, {pathway._where}: waits for '{pathway.event}' of {group.name}, which has {have}"
            )

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
        edges : array or list of pairs, or of triples, optional
            Indices before and behind, and perhaps a weight, for each synapse.
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
        variable = choose_weight(weight, self._equations, self._owner) if found.weights is not None else None
        if self._dynamics is not None and more:
            # what was solved was solved for the synapses that were there
            self._dynamics.settle(self._store, np.arange(first), self._now)
            self._dynamics = None
        self._pairs.add(found.pre, found.post)
        self._is_connected = self._sums.is_stale = True
        self._store.grow(more, self._now)
        for pathway in self._pathways.values():
            pathway._grow(more)
        if self._multisynaptic_index:
            self._store.parameters[self._multisynaptic_index] = self._pairs.place_among_equals()
        if variable is not None and more:
            self.write_variable(variable, np.arange(first, first + more), found.weights * unit)

    def _read_for_pairs(self, name: str, pre: np.ndarray, post: np.ndarray) -> Any:
        reference = self._names.references[name]
        if reference.side == OWN or name in ("N", "N_incoming", "N_outgoing"):
            raise EquationError(
                f"{self._owner}.connect: '{name}' belongs to synapses, which are only being made here. Use i, j and "
                "the variables of the neurons, such as x_pre."
            )
        return self._read_at(name, np.empty(0, np.int64), pre, post)

    @property
    def active(self) -> bool:
        """Whether any pathway takes up spikes in the next runs; may be set for all of them."""
        return any(pathway.active for pathway in self._pathways.values())

    @active.setter
    def active(self, value: bool) -> None:
        for pathway in self._pathways.values():
            pathway.active = bool(value)

    def __repr__(self) -> str:
        return f"<Synapses '{self.name}': {len(self)} from {self.source.name} to {self.target.name}>"

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
        return list(dict.fromkeys([whole_of(self.source), whole_of(self.target)]))

    def _written(self) -> dict[str, set[str]]:
        """Return the names of variables that events change, by the name of their side."""
        written: dict[str, set[str]] = {OWN: set(), PRE: set(), POST: set()}
        for pathway in self._pathways.values():
            for reference in pathway._division.writes:
                if reference.side in written:
                    written[reference.side].add(reference.name)
        for summed in self._sums.summed:
            if summed.rest_from & written[OWN]:
                written[summed.side].add(summed.rest)
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
        self._sums.refresh(self, scope)
        return scope

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
        # the neurons have gone on with their sums, the synapses have not
        self._sums.is_stale = True

    # --- checkpoints ----------------------------------------------------------------------------------------------

    def _signature(self) -> dict[str, Any]:
        return {
            **super()._signature(),
            "source": f"{self.source.name}, {len(self.source)} neurons",
            "target": f"{self.target.name}, {len(self.target)} neurons",
            "equations": str(self._equations),
            "pathways": ", ".join(f"{key} ({pathway.side})" for key, pathway in self._pathways.items()),
        }

    def _snapshot(self) -> dict[str, Any]:
        return {
            "is_connected": self._is_connected,
            "pairs": self._pairs.snapshot(),
            "store": self._store.snapshot(),
            "dynamics": None if self._dynamics is None else self._dynamics.snapshot(),
            "sums": self._sums.snapshot(),
            "pathways": {key: pathway._snapshot() for key, pathway in self._pathways.items()},
        }

    def _restore(self, snapshot: dict[str, Any], is_fresh: bool) -> None:
        # the number of synapses, too, is that of then
        self._is_connected = snapshot["is_connected"]
        self._pairs.restore(snapshot["pairs"])
        self._store.restore(snapshot["store"])
        dynamics, states = snapshot["dynamics"], tuple(self._equations.state_names)
        self._dynamics = None if dynamics is None else SynapseDynamics.restored(dynamics, states)
        self._sums.restore(snapshot["sums"])
        for key, pathway in self._pathways.items():
            pathway._restore(snapshot["pathways"][key])

    def _shift(self, span: float) -> None:
        """Count times from another beginning."""
        self._store.lastupdate += span
        for pathway in self._pathways.values():
            pathway._in_flight = [flight.shifted(span) for flight in pathway._in_flight]


def names_written(synapses: Iterable[Synapses], groups: Iterable[NeuronGroup]) -> dict[Any, frozenset[str]]:
    """Return for each group, and for the synapses, the names of the variables that events change."""
    written: dict[Any, frozenset[str]] = {}
    for group in groups:
        written[group] = frozenset(s.target for s in group._description.statements)
    for thing in synapses:
        names = thing._written()
        written[thing] = frozenset(names[OWN])
        for side, group in ((PRE, whole_of(thing.source)), (POST, whole_of(thing.target))):
            written[group] = written.get(group, frozenset()) | names[side]
    return written
