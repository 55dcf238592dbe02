"""The window of a plasticity rule, measured: what one spike before and one behind a synapse do to its weight.

Nothing is derived from the texts. The model itself runs, in a network of its own: for each lag one synapse between two
neurons that fire once, with the user's equations, statements, constants, delays and present values.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..border import from_internal, to_internal
from ..equations.scope import TIME, caller_names
from ..equations.text import PARAMETER, SUBEXPRESSION, Equation, Equations
from ..errors import ArgumentError, EventSNNWarning, MissingError, OutOfRangeError, WrongTypeError, warn_user
from ..groups import NeuronGroup, Synapses
from ..groups.subgroup import whole_of
from ..monitors import StateMonitor
from ..recording.traces import trace as values_of
from ..simulation import Network
from ..synapses.names import OWN, POST, PRE
from ..units import DIMENSIONLESS, Hz, Quantity, get_dimensions, with_dimensions
from .axes import in_si, require
from .bounds import Bounds, read_bounds

# When a neuron of the private network fires, and how it is kept from firing again
_DUE, _NEVER = "instant_of_its_spike", "after_all_ends"
# The same of a neuron that fires several times
_FIRST, _COUNT, _PAIRS, _PERIOD = "instant_of_its_first", "spikes_so_far", "spikes_of_each", "period_of_pairs"
# States that have come to rest do not move from here to twice as far [ms]
_LONG = 1e9


def stdp_curve(
    synapses: Synapses,
    lags: Any,
    weight: str = "w",
    *,
    synapse: int = 0,
    start: Mapping[str, Any] | None = None,
    delays: bool = True,
    pairs: int = 1,
    rate: Any = None,
    namespace: Mapping[str, Any] | None = None,
    level: int = 0,
) -> Any:
    """Return what one spike of the source and one of the target change in a variable of the synapse between them.

    The model itself is run, in a network of its own; the user's objects and random numbers are left alone. Variables
    of the neurons are there with their present values and do not move by themselves: what is measured is the synapse.

    A weight that the texts keep within bounds by ``w = clip(..., low, high)``, as ready-made rules do, begins in the
    middle between them where it would begin at one of them, as new weights do at 0: there half of the curve would be
    cut away. A rule of triplets with ``A2_plus = 0``, as `models.triplet_stdp` has for the visual cortex, is right to
    show no potentiation by one pair: give `pairs` and `rate`.

    Parameters
    ----------
    synapses : Synapses
        Connected or not.
    lags : Quantity, any shape
        Spike time of the target minus that of the source: positive when the source fires first. Zero is the very same
        instant, at which the pathways act in their order.
    weight : str
        The variable: a parameter, a state or a sub-expression of the synapses.
    synapse : int
        Whose parameters, delays and weight to begin with; those of its two neurons, too. Zeros where there are no
        synapses yet.
    start : dict of str to Quantity, optional
        Values of the synapse's variables to begin with, in place of those: ``{'w': 0.5*nS}``. States that are not
        named, traces say, begin where they rest without spikes.
    delays : bool
        False measures as if all delays were zero. With them the window is shifted: what counts at the synapse is when
        spikes arrive.
    pairs : int
        How many pairs there are, all with the same lag, one after the other.
    rate : Quantity, needed for more than one pair
        How often a pair comes: ``pairs=60, rate=20*Hz`` is a protocol of experiments.
    namespace, level
        Where names are looked up, as for `run`.

    Returns
    -------
    Quantity or ndarray, of the shape of `lags`
        The value right after the last arrival minus the value before the first spike.

    Raises
    ------
    ArgumentError
        When no pathway changes the variable, a lag is not finite, or `pairs` and `rate` do not go together.
    MissingError, OutOfRangeError
        When there is no such variable or synapse.
    DimensionMismatchError
        When the lags are no times, or the rate is none.

    Warns
    -----
    EventSNNWarning
        When the weight came to one of its bounds, so that its change is not all that the rule asks for. Who gives its
        ``start`` knows where it begins, and is not told.

    Examples
    --------
    >>> from eventsnn import NeuronGroup, Synapses, ms
    >>> G = NeuronGroup(2, 'v : 1', threshold='v > 1', reset='v = 0')
    >>> S = Synapses(G, G, '''w : 1
    ...                       da/dt = -a/(20*ms) : 1 (event-driven)
    ...                       db/dt = -b/(20*ms) : 1 (event-driven)''',
    ...              on_pre='a += 0.01; w -= b; v_post += w', on_post='b += 0.0105; w += a')
    >>> stdp_curve(S, [-20, 0, 20]*ms).round(6)
    array([-0.003863,  0.01    ,  0.003679])
    """
    where = "stdp_curve"
    require(synapses, Synapses, where)
    where = f"{where} of Synapses '{synapses.name}'"
    numbers = np.asarray(to_internal(in_si(lags, TIME, f"{where}, lags"), TIME))
    if not np.all(np.isfinite(numbers)):
        raise ArgumentError(f"{where}, lags: expected finite times, found {lags!s}")
    _check_weight(synapses, weight, where)
    if not 0 <= synapse < max(len(synapses), 1):
        raise OutOfRangeError(f"{where}, synapse: there are {len(synapses)} synapses, found {synapse}")
    for thing in (synapses, whole_of(synapses.source), whole_of(synapses.target)):
        # they have served; nobody need be told that they were never run
        thing._mark_run()
    copy = Copy(synapses, numbers.ravel(), synapse, delays, pairs, read_period(pairs, rate, where))
    copy.begin(start or {}, weight, where, caller_names(level) if namespace is None else namespace)
    changes = copy.run(weight).reshape(numbers.shape)
    if weight not in (start or {}):
        copy.warn_of_cuts(weight, where)
    dim = synapses._equations[weight].dimension
    return with_dimensions(from_internal(changes, dim), dim)


def read_period(pairs: Any, rate: Any, where: str) -> float:
    """Return the time from one pair to the next [ms]; 0 for a single one."""
    if not isinstance(pairs, int | np.integer) or isinstance(pairs, bool) or pairs < 1:
        raise ArgumentError(f"{where}, pairs: expected a positive whole number, found {pairs!r}")
    if (rate is None) != (pairs == 1):
        found = f"pairs={pairs} alone" if rate is None else f"rate={rate!s} alone"
        raise ArgumentError(f"{where}: expected both or neither of pairs=60, rate=20*Hz, found {found}")
    if rate is None:
        return 0.0
    hertz = in_si(rate, get_dimensions(Hz), f"{where}, rate")
    if np.ndim(hertz) or not 0.0 < hertz < np.inf:
        raise ArgumentError(f"{where}, rate: expected one positive rate, found {rate!s}")
    return 1000.0 / hertz


def discontinuities(
    synapses: Synapses, synapse: int = 0, delays: bool = True, pairs: int = 1, period: float = 0.0
) -> list[float]:
    """Return the lags [ms] at which spikes of the source and of the target arrive together."""
    sides: dict[str, set[float]] = {PRE: set(), POST: set()}
    for pathway in synapses._pathways.values():
        sides[pathway.side].add(_delay(pathway, synapse) if delays else 0.0)
    shifts = [k * period for k in range(1 - pairs, pairs)]
    return sorted({before - behind + shift for before in sides[PRE] for behind in sides[POST] for shift in shifts})


def _check_weight(synapses: Synapses, weight: str, where: str) -> None:
    line = synapses._equations.get(weight)
    if line is None or "summed" in line.flags:
        known = ", ".join(name for name, other in synapses._equations.items() if "summed" not in other.flags)
        raise MissingError(
            f"{where}, weight: the synapses have no variable '{weight}' of their own; they have {known or 'none'}"
        )
    written = synapses._written()[OWN]
    if line.dtype is not float:
        raise WrongTypeError(f"{where}, weight: '{weight}' is {line.unit}, expected a real number")
    if line.kind == PARAMETER and weight not in written:
        changed = ", ".join(f"'{name}'" for name in sorted(written)) or "none of the synapses' own variables"
        raise ArgumentError(
            f"{where}, weight: no pathway changes '{weight}'; on_pre and on_post change {changed}. Name the variable "
            "that is plastic: weight='...'."
        )


def _delay(pathway: Any, synapse: int) -> float:
    given = np.atleast_1d(pathway._delays)
    return float(given[synapse if len(given) > 1 else 0]) if len(given) else 0.0


class Copy:
    """The user's synapses once more, one for each lag, between neurons that fire once or at regular times.

    Parameters
    ----------
    original : Synapses
    lags : ndarray, shape (n,) [ms]
    synapse : int
        Of the original, whose values all copies have.
    with_delays : bool
    pairs : int
        How often each neuron fires.
    period : float [ms]
        How long it waits in between.
    """

    def __init__(
        self,
        original: Synapses,
        lags: np.ndarray,
        synapse: int,
        with_delays: bool,
        pairs: int = 1,
        period: float = 0.0,
    ) -> None:
        self.original, self.lags, self.synapse, n = original, lags, synapse, len(lags)
        self.pairs, self.period = pairs, period
        self.due = {PRE: np.maximum(-lags, 0.0), POST: np.maximum(lags, 0.0)}
        self.neurons = {side: self._stand_in(side) for side in (PRE, POST)}
        # names of their own: random numbers go by the names of objects
        own = Equations("").with_lines("", [x for x in original._equations.values() if "summed" not in x.flags])
        texts = {side: {p.key: p.code for p in original._pathways.values() if p.side == side} for side in (PRE, POST)}
        self.synapses = Synapses(
            self.neurons[PRE],
            self.neurons[POST],
            own,
            on_pre=texts[PRE],
            on_post=texts[POST],
            namespace=original._namespace,
            name=f"{original.name}_window",
        )
        self.synapses._mark_run()
        # in messages they bear the name that the user knows
        self.synapses._owner = original._owner
        self.synapses.connect(i=np.arange(n), j=np.arange(n))
        self.arrived = np.zeros(n)
        for key, pathway in original._pathways.items():
            copy, delay = self.synapses._pathways[key], _delay(pathway, synapse) if with_delays else 0.0
            copy.order = pathway.order
            copy._write_internal("delay", np.arange(n), np.full(n, delay))
            self.arrived = np.maximum(self.arrived, self.due[pathway.side] + (pairs - 1) * period + delay)

    # --- neurons --------------------------------------------------------------------------------------------------

    def _stand_in(self, side: str) -> NeuronGroup:
        """Return neurons that fire at given times and have what the synapses ask of a neuron, but do not move."""
        original, n = self.original, len(self.lags)
        group = original.source if side == PRE else original.target
        due = Equation(PARAMETER, _DUE, None, TIME, float, "second")
        own, reset = [due], f"{_DUE} += {_NEVER}"
        if self.pairs > 1:
            own += [replace(due, name=_FIRST), Equation(PARAMETER, _COUNT, None, DIMENSIONLESS, float, "1")]
            # counted from the first, so that no rounding adds up
            reset = f"{_COUNT} += 1\n{_DUE} = {_FIRST} + {_COUNT}*{_PERIOD} + {_NEVER}*int({_COUNT} >= {_PAIRS})"
        asked = [_still(group._equations[name]) for name in self._asked_of(group, side)]
        constants = {_NEVER: Quantity(1e9, TIME), _PERIOD: Quantity(self.period * 1e-3, TIME), _PAIRS: self.pairs}
        neurons = NeuronGroup(
            n,
            Equations("").with_lines("", [*own, *asked]),
            threshold=f"t >= {_DUE}",
            reset=reset,
            namespace={**(group._namespace or {}), **constants},
            name=f"{original.name}_window_{side}",
        )
        neurons._mark_run()
        for line in own[:2]:
            neurons._write_internal(line.name, np.arange(n), self.due[side])
        for line in asked:
            if line.kind == PARAMETER:
                _fill(neurons, line, self._value_at_neuron(group, side, line))
        return neurons

    def _asked_of(self, group: Any, side: str) -> list[str]:
        """Return the variables of a group that the texts of the synapses name, and what these are computed from."""
        texts = [statement for pathway in self.original._pathways.values() for statement in pathway._statements]
        names = {name for text in texts for name in (text.target, *text.value.names())}
        names |= self.original._equations.identifiers
        references = self.original._names.references
        asked = {references[name].name for name in names if name in references and references[name].side == side}
        behind = group._equations.names_behind(*asked)
        return [name for name in group._equations if name in behind]

    def _value_at_neuron(self, group: Any, side: str, line: Equation) -> Any:
        if line.shared or not len(self.original):
            k = np.zeros(1, np.int64)
        else:
            numbers = np.array([self.synapse])
            k = self.original._pairs.pre_of(numbers) if side == PRE else self.original._pairs.post[numbers]
        return group._read_internal(line.name, k)[0]

    # --- values to begin with -------------------------------------------------------------------------------------

    def begin(self, start: Mapping[str, Any], weight: str, where: str, surroundings: Mapping[str, Any]) -> None:
        """Give the synapses their values, with all traces at rest."""
        own, everyone = self.synapses._equations, np.arange(len(self.lags))
        for name in start:
            if name not in own or own[name].kind == SUBEXPRESSION:
                known = ", ".join(name for name, line in own.items() if line.kind != SUBEXPRESSION)
                raise MissingError(f"{where}, start: there is no variable '{name}' to set; there are {known or 'none'}")
        for name, line in own.items():
            if name in start:
                if np.ndim(start[name]):
                    raise ArgumentError(f"{where}, start: expected one value of '{name}', found {start[name]!s}")
                self.synapses.write_variable(name, np.zeros(1, np.int64) if line.shared else everyone, start[name])
            elif line.kind != SUBEXPRESSION:
                _fill(self.synapses, line, self._value_of(line))
        kind = own[weight].kind
        self.bounds: Bounds | None = None
        if len(self.lags) and weight not in start and kind != SUBEXPRESSION and not own[weight].shared:
            self.bounds = read_bounds(self.synapses, weight, surroundings)
        if self.bounds is not None:
            self.first = float(self.synapses._read_own(weight, everyone)[0])
            if self.bounds.has_middle and not self.bounds.has_inside(self.first):
                self.first = self.bounds.middle
                _fill(self.synapses, own[weight], self.first)
        self.monitor = None
        if kind != PARAMETER or self.bounds is not None:
            # one that moves between spikes counts at the last arrival; one that has bounds may have been at them
            self.monitor = StateMonitor(self.synapses, weight, record=True, name=f"{self.original.name}_window_values")
            self.monitor._mark_run()
        self.network = Network(*self.neurons.values(), self.synapses, *([self.monitor] if self.monitor else []))
        self.surroundings = surroundings
        self._run(0.0)
        self._rest([name for name in own.state_names if name not in (weight, *start)])

    def _value_of(self, line: Equation) -> Any:
        if line.shared:
            return self.original._store.parameters[line.name][0]
        return self.original._read_own(line.name, np.array([self.synapse]))[0] if len(self.original) else 0

    def _rest(self, names: list[str]) -> None:
        """Put states where they come to rest; those that never do stay."""
        dynamics, store, everyone = self.synapses._dynamics, self.synapses._store, np.arange(len(self.lags))
        at_rest = {}
        for name in names:
            assert dynamics is not None
            try:
                late, later = (dynamics.values_at(store, name, everyone, t) for t in (_LONG, 2.0 * _LONG))
            except OverflowError:
                continue
            if np.all(np.isfinite(late)) and np.array_equal(late, later):
                at_rest[name] = late
        for name, values in at_rest.items():
            self.synapses._write_internal(name, everyone, values)

    # --- the two spikes -------------------------------------------------------------------------------------------

    def run(self, weight: str) -> np.ndarray:
        """Let all neurons fire, and return the change of the weight of each synapse, internal units."""
        store = self.synapses._store
        if weight in store.parameters:
            before = store.parameters[weight].copy()
            self._run(float(self.arrived.max(initial=0.0)) + 1.0)
            return np.broadcast_to(store.parameters[weight] - before, self.lags.shape).copy()
        assert self.monitor is not None
        before = to_internal(self.synapses.read_variable(weight, np.arange(len(self.lags))), self._dimension(weight))
        self._run(float(self.arrived.max(initial=0.0)) + 1.0)
        states, n = tuple(store.states), len(self.lags)
        times = enumerate(self.arrived.tolist())
        after = [values_of(self.monitor._tape, weight, states, n, k, np.array([t]))[0] for k, t in times]
        return np.array(after, dtype=float) - before

    def warn_of_cuts(self, weight: str, where: str) -> None:
        """Warn when the weight of a synapse came to one of its bounds."""
        bounds = self.bounds
        if bounds is None:
            return
        assert self.monitor is not None
        cut = 0
        for k in range(len(self.lags)):
            values = np.array(self._values_after_events(weight, k))
            # one that has always been at a bound may have left it
            values = values if bounds.has_inside(self.first) else values[-1:]
            cut += bool(np.any((values <= bounds.low) | (values >= bounds.high)))
        if cut:
            dim = self._dimension(weight)
            first = with_dimensions(from_internal(self.first, dim), dim)
            warn_user(
                f"{where}: from {weight} = {first!s} on, the change of '{weight}' is cut at a bound of {bounds.text} "
                f"at {cut} of {len(self.lags)} lags. Begin elsewhere, start={{'{weight}': ...}}, or measure a rule "
                "without bounds (ready-made ones: clipped=False).",
                EventSNNWarning,
            )

    def _values_after_events(self, weight: str, k: int) -> list[float]:
        """Return the values of a recorded variable right after each event of a synapse, the one to begin with first."""
        assert self.monitor is not None
        tape, store = self.monitor._tape, self.synapses._store
        segments = tape.tracks[k].segments
        if weight in store.states:
            place = list(store.states).index(weight)
            return [float(segment[4][place]) for segment in segments]
        # the time of the last spike stands first
        place = 1 + tape.extras.index(weight)
        return [float(segment[6][place]) for segment in segments]

    def _dimension(self, weight: str) -> Any:
        return self.synapses._equations[weight].dimension

    def _run(self, length: float) -> None:
        # who listens to runs (`eventsnn run` does) asks for those of the user's networks
        run = inspect.unwrap(Network.run)
        run(self.network, Quantity(from_internal(length, TIME), TIME), namespace=self.surroundings)


def _still(line: Equation) -> Equation:
    """Return a variable of a neuron as one that only events change; a sub-expression stays."""
    if line.kind == SUBEXPRESSION:
        return line
    return replace(line, kind=PARAMETER, expression=None, flags=("shared",) if line.shared else ())


def _fill(owner: Any, line: Equation, value: Any) -> None:
    """Give all members of a group the same value, in internal units."""
    indices = np.arange(1 if line.shared else len(owner))
    owner._write_internal(line.name, indices, np.full(len(indices), value, dtype=line.dtype))
