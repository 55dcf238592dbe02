"""What happens at a synapse when a spike arrives: the user's statements, in the order that the laws of time ask for.

At one instant all ``+=`` into one variable of one neuron are summed before anything else is done to it. So the
statements of a text are divided in two: *early* ones run for every synapse first (they only collect what goes to
neurons), and *late* ones after the sums have been added.

==================  ==========================================================================
statement           early or late
==================  ==========================================================================
``v_post += w``     early: adds to a sum, its right-hand side from values before the round
``w = clip(..)``    early: a synapse's own variable, at once
``v_post = 0``      late: it is an assignment to a neuron's variable, as are ``*=`` and ``clip``
whatever depends    late: it reads or writes what a late statement writes, writes what one reads,
on these            or reads a neuron's variable that this text has just added to
==================  ==========================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..equations.code import Code, CodeAlgebra, Function, write_function
from ..equations.expression import Expression
from ..equations.scope import Scope
from ..equations.statements import TEMPORARY, Statement, write_assignment
from .names import INDEX, OWN, POST, PRE, Names, Reference

#: k: synapse; a, b: neurons in their whole groups; ``*_x``: state of one neuron, the others arrays over all.
SIGNATURE = "k, a, b, t, own, pre_x, pre, post_x, post, constants, draw, out"


@dataclass(frozen=True)
class Port:
    """Where an additive statement sends what it collects.

    Attributes
    ----------
    side, name : str
        A variable of the neuron before (`PRE`) or behind (`POST`).
    value : Expression
    is_negative : bool
        For ``-=``.
    line : str
        As the user wrote it.
    """

    side: str
    name: str
    value: Expression
    is_negative: bool
    line: str


@dataclass(frozen=True)
class Division:
    """The statements of one text, divided."""

    early: tuple[Statement, ...]
    late: tuple[Statement, ...]
    reads_early: frozenset[Reference]
    reads_late: frozenset[Reference]
    writes: frozenset[Reference]

    @property
    def uses(self) -> frozenset[Reference]:
        """All variables that the text reads or writes."""
        return self.reads_early | self.reads_late | self.writes


def is_additive(statement: Statement) -> bool:
    """Return whether a statement adds to its target."""
    return statement.operator in ("+", "-")


def divide(statements: tuple[Statement, ...], names: Names) -> Division:
    """Divide the statements of one text into early and late ones."""
    early: list[Statement] = []
    late: list[Statement] = []
    reads: dict[bool, set[Reference]] = {False: set(), True: set()}
    late_writes: set[Reference] = set()
    added: set[Reference] = set()
    for statement in statements:
        # a name of the text's own is neither of the synapse nor of a neuron
        target = names.references.get(statement.target, Reference(TEMPORARY, statement.target))
        read = names.behind(statement.value.names())
        read |= {Reference(TEMPORARY, name) for name in statement.value.names() if name not in names.references}
        at_neuron = target.side in (PRE, POST)
        adds = at_neuron and is_additive(statement)
        if statement.operator and not adds:
            read.add(target)
        is_late = (at_neuron and not adds) or bool(read & (late_writes | added)) or target in late_writes | reads[True]
        reads[is_late] |= read
        (late if is_late else early).append(statement)
        if is_late:
            late_writes.add(target)
        elif adds:
            added.add(target)
    writes = {names.references[s.target] for s in statements if s.target in names.references}
    return Division(tuple(early), tuple(late), frozenset(reads[False]), frozenset(reads[True]), frozenset(writes))


@dataclass
class SynapseLayout:
    """Where the variables are that a text of synapses names.

    Attributes
    ----------
    names : Names
    own, pre, post : tuple of str
        Variables behind the arrays of the signature, in their order.
    pre_states, post_states : tuple of str
        Variables behind ``pre_x`` and ``post_x``.
    shared : frozenset of (side, name)
        Variables of which there is one for all.
    offsets : tuple of int
        First neuron of the source and of the target in their whole groups.
    fixed : mapping of str to str
        Code of further indices: ``N_pre`` and the like.
    frozen : frozenset of (side, name)
        Variables that take nothing while their neuron is refractory.
    temporaries : dict
        Names that the text makes for itself, and their places in ``out``.
    """

    names: Names
    own: tuple[str, ...]
    pre: tuple[str, ...]
    post: tuple[str, ...]
    pre_states: tuple[str, ...]
    post_states: tuple[str, ...]
    shared: frozenset[tuple[str, str]]
    offsets: tuple[int, int]
    fixed: dict[str, str]
    frozen: frozenset[tuple[str, str]] = frozenset()
    temporaries: dict[str, int] = field(default_factory=dict)
    code: Code = field(default_factory=Code)

    def place(self, name: str) -> str:
        """Return the code that stands for a variable, on either side of an assignment."""
        if name in self.temporaries:
            return f"out[{self.temporaries[name]}]"
        reference = self.names.references[name]
        if reference.side == OWN:
            return f"own[{self.own.index(reference.name)}][{self._index(reference, 'k')}]"
        if reference.side == INDEX:
            return self._index_code(reference.name)
        return self._neuron_code(reference)

    def _index(self, reference: Reference, index: str) -> str:
        return "0" if (reference.side, reference.name) in self.shared else index

    def _index_code(self, name: str) -> str:
        if name in ("i", "j"):
            letter, offset = ("a", self.offsets[0]) if name == "i" else ("b", self.offsets[1])
            return f"({letter} - {offset})" if offset else letter
        return "t" if name == "t" else self.fixed[name]

    def _neuron_code(self, reference: Reference) -> str:
        side, name = reference.side, reference.name
        letter = "a" if side == PRE else "b"
        states, arrays = (self.pre_states, self.pre) if side == PRE else (self.post_states, self.post)
        if name in states:
            return f"{side}_x[{states.index(name)}]"
        if name == "not_refractory":
            return self._hears(side)
        if name == "i":
            offset = self.offsets[side == POST]
            return f"({letter} - {offset})" if offset else letter
        if name == "N":
            return self.fixed[f"N_{side}"]
        return f"{side}[{arrays.index(name)}][{self._index(reference, letter)}]"

    def condition(self, name: str) -> str:
        """Return what stands before an assignment to a variable: nothing, or that its neuron is not refractory."""
        reference = self.names.references.get(name)
        is_frozen = reference is not None and (reference.side, reference.name) in self.frozen
        return f"if {self._hears(reference.side)}: " if reference is not None and is_frozen else ""

    def _hears(self, side: str) -> str:
        letter, arrays = ("a", self.pre) if side == PRE else ("b", self.post)
        return f"({side}[{arrays.index('until')}][{letter}] <= t)"


@dataclass(frozen=True)
class Written:
    """A text of synapses as functions.

    Attributes
    ----------
    ports : tuple of Port
        What ``out[0]``, ``out[1]``, ... are added to.
    early, late : Function or None
    size : int
        Places that ``out`` needs.
    """

    ports: tuple[Port, ...]
    early: Function | None
    late: Function | None
    size: int


def write(division: Division, scope: Scope, where: str, layout: SynapseLayout) -> Written:
    """Write the functions of a divided text; `scope` knows the text's own names."""
    additive = [s for s in division.early if is_additive(s) and _side(s, layout.names) in (PRE, POST)]
    ports = tuple(_port(s, layout.names) for s in additive)
    own_names = [n for n in dict.fromkeys(s.target for s in (*division.early, *division.late)) if _is_own(n, scope)]
    layout.temporaries.update({name: len(ports) + number for number, name in enumerate(own_names)})

    def lines(statements: tuple[Statement, ...]) -> list[str]:
        body = []
        for statement in statements:
            number = next((n for n, s in enumerate(additive) if s is statement), None)
            if number is not None:
                value = statement.value.fold(CodeAlgebra(statement.value, scope, where, layout))
                sign = "-" if statement.operator == "-" else ""
                body.append(f"out[{number}] = {sign}{value}")
            else:
                condition = layout.condition(statement.target)
                body.append(f"{condition}{write_assignment(statement, scope, where, layout)}")
        return body

    early, late = lines(division.early), lines(division.late)
    functions = [write_function(body, layout.code, SIGNATURE) if body else None for body in (early, late)]
    return Written(ports, functions[0], functions[1], len(ports) + len(own_names))


def _is_own(name: str, scope: Scope) -> bool:
    line = scope.variable(name)
    return line is not None and line.kind == TEMPORARY


def _side(statement: Statement, names: Names) -> str | None:
    reference = names.references.get(statement.target)
    return reference.side if reference else None


def _port(statement: Statement, names: Names) -> Port:
    reference = names.references[statement.target]
    return Port(reference.side, reference.name, statement.value, statement.operator == "-", statement.line)
