"""`Equations`: the lines of a model, read and checked one by one.

Three kinds of line::

    dv/dt = (v0 - v)/tau : volt (unless refractory)     a differential equation
    I = g*(E - v) : amp                                 a sub-expression
    v0 : volt (constant)                                a parameter

A line ends after its unit; an expression may run over several physical lines. ``#`` starts a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import EquationError
from ..units import UNITS, Dimension, Quantity
from .builtins import CONSTANTS, FUNCTIONS, RANDOM, is_noise
from .expression import Expression, parse_expression, replace_names, show_excerpt
from .unit_text import parse_unit

DIFFERENTIAL, SUBEXPRESSION, PARAMETER = "differential equation", "sub-expression", "parameter"

#: Names that every neuron has, whatever its equations say.
RESERVED = ("t", "dt", "i", "j", "N", "lastspike", "not_refractory", "t_in_timesteps")

FLAGS = {
    DIFFERENTIAL: ("unless refractory", "event-driven", "clock-driven"),
    SUBEXPRESSION: ("shared", "constant over dt", "summed"),
    PARAMETER: ("shared", "constant", "linked"),
}

#: Flags that only neurons may have, and those that only synapses may have.
FLAGS_OF_NEURONS = ("unless refractory", "linked")
FLAGS_OF_SYNAPSES = ("event-driven", "clock-driven", "summed")

_LINE = re.compile(
    r"""\s* (?: d\s*(?P<state>\w+)\s*/\s*dt | (?P<name>\w+) )
        \s* (?: = (?P<expression>[^:]*) )?
        : (?P<unit>[^:]*) $""",
    re.VERBOSE | re.DOTALL,
)
_FLAGS_AT_END = re.compile(r"(?P<unit>.*[\w)])\s*\((?P<flags>[^()]*)\)\s*$", re.DOTALL)


@dataclass(frozen=True)
class Equation:
    """One line of a model.

    Attributes
    ----------
    kind : str
        ``'differential equation'``, ``'sub-expression'`` or ``'parameter'``.
    name : str
        The variable that it defines.
    expression : Expression or None
        Right-hand side; None for a parameter.
    dimension : Dimension
        Of the variable (not of its derivative).
    dtype : type
        ``float``, ``int`` or ``bool``.
    unit : str
        As the user wrote it.
    flags : tuple of str
    """

    kind: str
    name: str
    expression: Expression | None
    dimension: Dimension
    dtype: type
    unit: str
    flags: tuple[str, ...] = ()

    @property
    def formula(self) -> Expression:
        """The right-hand side of a line that has one."""
        assert self.expression is not None, self.name
        return self.expression

    @property
    def shared(self) -> bool:
        """Whether one value serves the whole group."""
        return "shared" in self.flags

    def __str__(self) -> str:
        left = f"d{self.name}/dt" if self.kind == DIFFERENTIAL else self.name
        right = f" = {self.expression.shown}" if self.expression else ""
        flags = f" ({', '.join(self.flags)})" if self.flags else ""
        return f"{left}{right} : {self.unit}{flags}"


class Equations(Mapping):
    """The equations of one model: a mapping from names to `Equation`.

    Parameters
    ----------
    text : str
        Lines as described in this module.
    **substitutions : str or number or Quantity
        Names to replace, in the equations' left and right sides by other names (a string), on the right by
        values: ``Equations('dv/dt = -v/tau : volt', tau=10*ms)``.

    Raises
    ------
    EquationError
        When a line cannot be read; the message shows it.

    Examples
    --------
    >>> from eventsnn.units import ms
    >>> eqs = Equations('dx/dt = -x/tau : 1', x='g', tau=5*ms) + 'tau_r : second'
    >>> list(eqs), eqs.parameter_names
    (['g', 'tau_r'], ('tau_r',))
    """

    def __init__(self, text: str, **substitutions: Any) -> None:
        if not isinstance(text, str):
            raise EquationError(f"Equations: expected a text, found {type(text).__name__}")
        self._lines: dict[str, Equation] = {}
        for line in _split_lines(text):
            self._add(_substitute(_read_line(line), substitutions))
        self._check_subexpressions()
        self._check_shared()

    def _check_shared(self) -> None:
        """Refuse shared sub-expressions that differ between neurons."""
        for name in self.subexpression_names:
            if not self._lines[name].shared:
                continue
            for other in sorted(self.names_behind(*self._lines[name].formula.names())):
                line = self._lines.get(other)
                if other == "i" or (line is not None and line.kind != SUBEXPRESSION and not line.shared):
                    raise EquationError(
                        f"Equations: '{name}' is shared by all neurons, but '{other}' differs between them\n"
                        f"    {self._lines[name]}"
                    )

    def _add(self, equation: Equation) -> None:
        if equation.name in self._lines:
            raise EquationError(
                f"Equations: '{equation.name}' is defined twice\n    {self._lines[equation.name]}\n    {equation}"
            )
        self._lines[equation.name] = equation

    def _check_subexpressions(self) -> None:
        """Refuse sub-expressions that need themselves."""
        done: set[str] = set()

        def visit(name: str, path: tuple[str, ...]) -> None:
            if name in path:
                circle = " -> ".join((*path[path.index(name) :], name))
                raise EquationError(f"Equations: sub-expressions need each other in a circle: {circle}")
            if name in done:
                return
            for other in sorted(self._lines[name].formula.names()):
                if other in self._lines and self._lines[other].kind == SUBEXPRESSION:
                    visit(other, (*path, name))
            done.add(name)

        for name in self.subexpression_names:
            visit(name, ())

    def with_lines(self, name: str, lines: Iterable[Equation]) -> Equations:
        """Return the equations with other lines in the place of one."""
        total = Equations("")
        for equation in (*(line for line in self.values() if line.name != name), *lines):
            total._add(equation)
        return total

    def __add__(self, other: Equations | str) -> Equations:
        other = Equations(other) if isinstance(other, str) else other
        if not isinstance(other, Equations):
            return NotImplemented
        total = Equations("")
        for equation in (*self.values(), *other.values()):
            total._add(equation)
        total._check_subexpressions()
        return total

    def __radd__(self, other: str) -> Equations:
        return Equations(other) + self if isinstance(other, str) else NotImplemented

    def __getitem__(self, name: str) -> Equation:
        return self._lines[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def _names_of(self, kind: str) -> tuple[str, ...]:
        return tuple(name for name, line in self._lines.items() if line.kind == kind)

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names that have a differential equation (Brian: ``diff_eq_names``)."""
        return self._names_of(DIFFERENTIAL)

    diff_eq_names = state_names

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self._names_of(PARAMETER)

    @property
    def subexpression_names(self) -> tuple[str, ...]:
        """Names of the sub-expressions."""
        return self._names_of(SUBEXPRESSION)

    @property
    def names(self) -> set[str]:
        """All names that the equations define."""
        return set(self._lines)

    @property
    def identifiers(self) -> set[str]:
        """All names that the right-hand sides use."""
        return {n for line in self.values() if line.expression for n in line.expression.names()}

    def names_behind(self, *names: str) -> set[str]:
        """Return the names given and, for sub-expressions, all names that they use, at any depth."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                line = self._lines.get(name)
                if line is not None and line.kind == SUBEXPRESSION:
                    waiting += line.formula.names()
        return found

    def draws_random(self, name: str) -> bool:
        """Return whether a sub-expression draws random numbers, itself or through others."""
        lines = [self._lines[n] for n in self.names_behind(name) if n in self._lines]
        return any(line.kind == SUBEXPRESSION and line.formula.calls() & set(RANDOM) for line in lines)

    def __str__(self) -> str:
        return "\n".join(str(line) for line in self.values())

    def __repr__(self) -> str:
        return f"<Equations: {'; '.join(str(line) for line in self.values())}>"

    def __hash__(self) -> int:
        return hash(str(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equations) and self._lines == other._lines


def _split_lines(text: str) -> Iterator[str]:
    """Yield the logical lines: each ends where brackets balance and a unit has been given."""
    pending = ""
    for row in text.split("\n"):
        row = row.split("#", 1)[0].rstrip()
        if not row.strip() and not pending.strip():
            continue
        pending = f"{pending}\n{row}" if pending else row
        if ":" in pending and pending.count("(") <= pending.count(")") and pending.rstrip()[-1] != ":":
            yield pending
            pending = ""
    if pending.count("(") > pending.count(")"):
        place = pending.rfind("(")
        raise EquationError(f"Equations: a bracket is not closed\n{show_excerpt(pending, place, place + 1)}")
    if pending.strip():
        raise EquationError(
            f"Equations: this line has no unit\n{show_excerpt(pending, len(pending), len(pending) + 1)}\n"
            "Every line ends with a colon and the unit of its variable, as in 'dv/dt = -v/tau : volt'; "
            "a pure number has the unit 1."
        )


def _read_line(line: str) -> Equation:
    match = _LINE.match(line)
    if not match:
        raise EquationError(
            f"Equations: this line is neither an equation nor a parameter\n    {line.strip()}\n"
            "Expected 'dx/dt = expression : unit', 'x = expression : unit' or 'x : unit'."
        )
    state, text = match["state"], match["expression"]
    name = state or match["name"]
    kind = DIFFERENTIAL if state else (SUBEXPRESSION if text is not None else PARAMETER)
    if state and text is None:
        raise EquationError(
            f"Equations: the differential equation of '{name}' has no right-hand side\n    {line.strip()}"
        )
    unit, flags = _split_flags(match["unit"], kind, line)
    # g_post = ... (summed) writes to a variable of the neurons
    _check_name(re.sub("_(pre|post)$", "", name) if "summed" in flags else name, line)
    dimension, dtype = parse_unit(unit, line, match.start("unit"))
    if state and dtype is not float:
        raise EquationError(f"Equations: '{name}' changes continuously and cannot be {unit}\n    {line.strip()}")
    expression = None
    if text is not None:
        where = f"equation of d{name}/dt" if state else f"sub-expression {name}"
        expression = parse_expression(text, where, line, match.start("expression"))
    return Equation(kind, name, expression, dimension, dtype, unit, flags)


def _split_flags(unit: str, kind: str, line: str) -> tuple[str, tuple[str, ...]]:
    match = _FLAGS_AT_END.match(unit)
    if not match:
        return unit.strip(), ()
    flags = tuple(" ".join(flag.split()) for flag in match["flags"].split(","))
    for flag in flags:
        if flag not in FLAGS[kind]:
            known = ", ".join(f"({f})" for f in FLAGS[kind])
            begin = line.rfind(match["flags"].split(",")[flags.index(flag)].strip())
            raise EquationError(
                f"Equations: a {kind} cannot be '({flag})'\n{show_excerpt(line, begin, begin + len(flag))}\n"
                f"It may be {known}."
            )
    return match["unit"].strip(), flags


def _check_name(name: str, line: str) -> None:
    problem = None
    if name in RESERVED or is_noise(name):
        problem = "has a meaning of its own in every model"
    elif name in FUNCTIONS or name in CONSTANTS:
        problem = "is the name of a function or constant"
    elif name in UNITS:
        problem = "is the name of a unit"
    elif name.startswith("_") or name[0].isdigit():
        problem = "does not start with a letter"
    elif name.endswith(("_pre", "_post")):
        problem = "ends like the variables that synapses see"
    if problem:
        begin = line.find(name)
        raise EquationError(
            f"Equations: '{name}' {problem} and cannot be defined\n{show_excerpt(line, begin, begin + len(name))}"
        )


def _substitute(equation: Equation, substitutions: Mapping[str, Any]) -> Equation:
    for name, new in substitutions.items():
        if not isinstance(new, str | int | float | Quantity) and _shape_of(new) != ():
            raise EquationError(
                f"Equations: the replacement of '{name}' is {new!r}; expected a name, a number or a quantity"
            )
    name = substitutions.get(equation.name, equation.name)
    if not isinstance(name, str):
        raise EquationError(
            f"Equations: '{equation.name}' is defined by the equations; it can be renamed by a string, "
            f"not replaced by {name!r}"
        )
    expression = equation.expression and replace_names(equation.expression, dict(substitutions))
    if name != equation.name:
        _check_name(name, name)
    return replace(equation, name=name, expression=expression)


def _shape_of(value: Any) -> tuple[int, ...] | None:
    """Return the shape of a number or array, None for anything else."""
    return getattr(value, "shape", () if isinstance(value, bool | int | float) else None)


def refuse_flags(equations: Equations, flags: tuple[str, ...], owner: str, advice: str) -> None:
    """Refuse lines with flags that make no sense for an owner.

    Raises
    ------
    EquationError
        Naming the line and the flag.
    """
    for line in equations.values():
        for flag in line.flags:
            if flag in flags:
                raise EquationError(f"{owner}: '({flag})' has no meaning here\n    {line}\n{advice}")


def as_equations(model: Equations | str | None) -> Equations:
    """Return equations from whatever a group accepts as its model."""
    if model is None:
        return Equations("")
    return model if isinstance(model, Equations) else Equations(model)
