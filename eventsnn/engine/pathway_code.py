"""The texts of one pathway as functions, for one run; and what they give for many synapses at once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..equations.builtins import RANDOM
from ..equations.expression import Expression, show_excerpt
from ..equations.scope import Scope
from ..equations.statements import Statement, check_statements
from ..equations.text import SUBEXPRESSION
from ..equations.values import evaluate
from ..errors import EquationError
from ..groups import NeuronGroup
from ..groups.pathway import Pathway
from ..groups.subgroup import whole_of
from ..neurons.model import parameter_arrays
from ..store import scalars
from ..synapses.names import INDEX, OWN, POST, PRE, Names, Reference
from ..synapses.statements import Port, SynapseLayout, Written, write
from .arrivals import values_at
from .cells import Cells

#: Gives the contributions of many synapses: a list, or one number for all.
BatchValue = Callable[[np.ndarray], Any]


class Side:
    """The neurons at one end of a projection, as its functions see them.

    Attributes
    ----------
    cells : Cells or None
        None for a stimulus.
    arrays : tuple
        Parameters, last spike times and ends of refractory periods.
    names : tuple of str
        What these are.
    """

    def __init__(self, group: Any, cells: Cells | None) -> None:
        self.cells = cells
        self.offset = group.start
        self.whole = whole_of(group)
        self.names: tuple[str, ...] = ()
        self.arrays: tuple = ()
        self.states: tuple[str, ...] = ()
        if isinstance(self.whole, NeuronGroup):
            store = self.whole._store
            self.names = (*store.parameters, "lastspike", "until")
            self.arrays = tuple(scalars(array) for array in (*parameter_arrays(store), store.until))
            self.states = store.states

    def shared(self, side: str) -> set[tuple[str, str]]:
        """Return the variables that have one value for all."""
        lines = self.whole._equations
        return {(side, name) for name in self.names if name in lines and lines[name].shared}

    def frozen(self, side: str) -> set[tuple[str, str]]:
        """Return the variables that take nothing in the refractory period."""
        cells = self.cells
        return {(side, self.states[j]) for j in cells.frozen} if cells is not None else set()

    def values(self, k: int, now: float) -> Any:
        """Return the state of one neuron now."""
        return values_at(self.cells, k, now) if self.cells is not None else ()

    def reads_state(self, side: str, references: frozenset[Reference]) -> bool:
        """Return whether any state variable of these neurons is among the references."""
        return any(r.side == side and r.name in self.states for r in references)


def write_pathway(pathway: Pathway, scope: Scope, inner: Scope, pre: Side, post: Side) -> Written:
    """Check the statements of a pathway and write them as functions.

    Parameters
    ----------
    scope, inner : Scope
        Of the synapses, and with the names that the statements make for themselves.

    Raises
    ------
    EquationError, DimensionMismatchError, UnknownNameError
        With the line, the piece and the reason.
    """
    synapses = pathway._synapses
    _require_variables(pathway, scope, pre, post)
    check_statements(pathway._statements, _settable(synapses, pre, post), inner, pathway._where)
    shared = {(OWN, name) for name, line in synapses._equations.items() if line.shared}
    layout = SynapseLayout(
        names=synapses._names,
        own=tuple(synapses._store.arrays),
        pre=pre.names,
        post=post.names,
        pre_states=pre.states,
        post_states=post.states,
        shared=frozenset(pre.shared(PRE) | post.shared(POST) | shared),
        frozen=frozenset(pre.frozen(PRE) | post.frozen(POST)),
        offsets=(pre.offset, post.offset),
        fixed={
            "N": repr(float(len(synapses))),
            "N_pre": repr(float(len(synapses.source))),
            "N_post": repr(float(len(synapses.target))),
        },
    )
    used = {reference.name for reference in pathway._division.uses if reference.side == INDEX}
    for name, side, letter, counts in (("N_outgoing", pre, "a", "outgoing"), ("N_incoming", post, "b", "incoming")):
        if name in used:
            layout.code.functions[counts] = getattr(synapses._pairs, counts)().__getitem__
            layout.fixed[name] = f"float({counts}({letter} - {side.offset}))"
    return write(pathway._division, inner, pathway._where, layout)


def _settable(synapses: Any, pre: Side, post: Side) -> Mapping[str, Any]:
    """Return what a message lists as variables that can be set."""
    lines = dict(synapses._equations)
    for side, neurons in ((PRE, pre), (POST, post)):
        if isinstance(neurons.whole, NeuronGroup):
            lines |= {f"{name}_{side}": line for name, line in neurons.whole._equations.items()}
    return {name: line for name, line in lines.items() if line.kind != SUBEXPRESSION}


def _require_variables(pathway: Pathway, scope: Scope, pre: Side, post: Side) -> None:
    """Refuse what events cannot read or change: variables of stimuli, numbers of synapses, the step of a clock."""
    for statement in pathway._statements:
        used = pathway._synapses._names.behind(statement.value.names() | {statement.target})
        for reference in sorted(used, key=lambda r: (r.side, r.name)):
            reason = _objection(reference, pre, post)
            if reason:
                excerpt = _excerpt_of(reference, statement, pathway._synapses._names)
                raise EquationError(f"{scope.owner}, {pathway._where}: {reason}\n{excerpt}")


def _excerpt_of(reference: Reference, statement: Statement, names: Names) -> str:
    """Return a statement with a caret under the name that means a reference, itself or by a sub-expression."""
    for node in ast.walk(statement.value.tree):
        if isinstance(node, ast.Name) and reference in names.behind({node.id}):
            return statement.value.excerpt(node)
    return show_excerpt(statement.line, 0, len(statement.target))


def _objection(reference: Reference, pre: Side, post: Side) -> str:
    if reference.side in (PRE, POST) and reference.name not in ("i", "N"):
        neurons = pre if reference.side == PRE else post
        if not isinstance(neurons.whole, NeuronGroup):
            kind = type(neurons.whole).__name__
            return f"'{reference.name}' of '{neurons.whole.name}' (a {kind}) cannot be used when a spike arrives"
    if reference.name == "dt":
        return "dt is the step of a clock, and there is none; write the time that is meant"
    return ""


# --- many synapses at once ------------------------------------------------------------------------------------------


def find_batch_values(pathway: Pathway, inner: Scope, written: Written) -> list[BatchValue] | None:
    """Return what gives the contributions of many synapses at once; None where more than parameters enters them.

    The caller knows that no state enters: neither of the neurons nor of the synapses.
    """
    only_adds = len(pathway._division.early) == len(written.ports) > 0
    names = pathway._synapses._names
    if not only_adds or any(_differs_from_event_to_event(port.value, inner, names) for port in written.ports):
        return None
    return [_batch_value(port, pathway, inner) for port in written.ports]


def _differs_from_event_to_event(value: Expression, inner: Scope, names: Names) -> bool:
    if _draws(value, names):
        return True
    if any(r.name in ("t", "lastspike", "not_refractory") for r in names.behind(value.names())):
        return True
    # a name that the text makes for itself
    return any(name not in names.references and inner.variable(name) for name in value.names())


def _draws(value: Expression, names: Names) -> bool:
    """Return whether a value asks for random numbers, itself or through sub-expressions."""
    lines = [names.equations[name] for name in value.names() if name in names.equations]
    inner = [line.formula for line in lines if line.kind == SUBEXPRESSION]
    return bool(value.calls() & set(RANDOM)) or any(_draws(formula, names) for formula in inner)


def plain_parameter(port: Port, synapses: Any) -> str | None:
    """Return the parameter of the synapses that is all that a port adds; None where there is more to it."""
    text, parameters = port.value.text, synapses._store.parameters
    is_own = text in parameters and synapses._names.references[text].side == OWN
    return text if is_own and not port.is_negative and not synapses._equations[text].shared else None


def _batch_value(port: Port, pathway: Pathway, inner: Scope) -> BatchValue:
    synapses, sign = pathway._synapses, -1.0 if port.is_negative else 1.0
    names, plain = synapses._names, plain_parameter(port, synapses)
    if plain is not None:
        array = synapses._store.parameters[plain]
        return lambda numbers: array[numbers].astype(float, copy=False).tolist()

    def value(numbers: np.ndarray) -> Any:
        def read(name: str) -> Any:
            # of a shared variable there is number 0 and no other
            return synapses._read_internal(name, numbers[:1] * 0 if names.equations[name].shared else numbers)

        return evaluate(port.value, inner, pathway._where, read)

    if not names.behind(port.value.names()):
        constant = sign * float(value(np.zeros(1, np.int64)))
        return lambda numbers: constant
    return lambda numbers: (sign * np.broadcast_to(value(numbers), numbers.shape)).tolist()
