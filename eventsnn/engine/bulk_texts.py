"""The texts of a group on the clock as one module to be compiled: its functions, and what joins them to the loop.

The functions of `rates` and `code` are taken from their source, which the package itself has written from checked
trees; what they call is given by `compilable`. Where they index arrays, here they name numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..equations.code import Function
from ..equations.compilable import COMPILABLE, TRANSCENDENTAL
from ..equations.rates import Rates
from ..neurons.model import Model
from ..neurons.ticking import Law


class NotCompilable(Exception):
    """A text has something in it that the compiled loop does not take; says what."""


@dataclass(frozen=True)
class Written:
    """A group's texts as a module.

    Attributes
    ----------
    source : str
    constants : tuple of tuple of float
        Of rates, noise, threshold, margin, reset and duration.
    parameters : tuple of str
        Those that are read or written, in the order of the rows of q.
    in_events : frozenset of str
        Those of them that the reset, or the text of the refractory period, reads or writes.
    calls : frozenset of str
        What the texts call.
    """

    source: str
    constants: tuple[tuple[float, ...], ...]
    parameters: tuple[str, ...]
    in_events: frozenset[str]
    calls: frozenset[str]

    @property
    def is_transcendental(self) -> bool:
        """Whether the last bits of its values are the C library's."""
        return bool(self.calls & TRANSCENDENTAL)


def write_module(model: Model, law: Law, known: tuple[str, ...]) -> Written:
    """Return the module for one group.

    Parameters
    ----------
    known : tuple of str
        All parameters of its store, behind which the functions of `code` find ``lastspike``.

    Raises
    ------
    NotCompilable
    """
    functions = [law.rates, law.noise, model.reset, model.duration]
    functions += [law.threshold.truth, law.threshold.margin] if law.threshold else []
    texts = [(f.source, f.constants) if isinstance(f, Rates | Function) else f for f in functions]
    names = known, model.dynamics.states, law.name, law.sources, law.inputs, model.writes  # type: ignore[union-attr]
    basis = repr((texts, names[:-1], sorted(names[-1])))
    if basis not in _WRITTEN:
        if len(_WRITTEN) > MOST_WRITTEN:
            _WRITTEN.clear()
        _WRITTEN[basis] = _Writer(model, law, known).write()
    return _WRITTEN[basis]


#: Modules that were written: a run that is cut asks for the same one again and again.
_WRITTEN: dict[str, Written] = {}
MOST_WRITTEN = 100


class _Writer:
    def __init__(self, model: Model, law: Law, known: tuple[str, ...]) -> None:
        self.model, self.law, self.known = model, law, known
        self.m, self.sources = len(model.dynamics.states), len(law.sources)  # type: ignore[union-attr]
        self.constants: list[list[float]] = []
        self.calls: set[str] = set()
        functions = [f for f in (model.reset, model.duration) if isinstance(f, Function)]
        indices = {number for f in functions for number in _parameters_in(f.source)}
        self.in_events = frozenset(known[number] for number in indices if number < len(known))
        self.parameters = tuple(name for name in known if name in self.in_events or name in law.inputs)

    def write(self) -> Written:
        condition = self.law.threshold
        parts = [
            self._rates("rates", self.law.rates),
            self._rates("noise", self.law.noise),
            self._rates("threshold", condition.truth if condition else None),
            self._rates("margin", condition.margin if condition else None),
            self._reset(),
            self._duration(),
            *self._columns(),
            *self._noise(),
            *self._step(),
            *self._conditions(),
        ]
        source = "\n\n\n".join([HEADER, *(f"@jit\n{part}" for part in parts), ENTRY])
        constants = tuple(tuple(some) for some in self.constants)
        return Written(source, constants, self.parameters, self.in_events, frozenset(self.calls))

    # --- the group's own texts ------------------------------------------------------------------------------------

    def _rates(self, name: str, rates: Rates | None) -> str:
        if rates is None:
            self.constants.append([])
            return f"def {name}(t, k, x, p, active, constants):\n    return ({', '.join(['0.0'] * self.m)},)"
        if rates.functions:
            raise NotCompilable("a function of time")
        return self._rewrite(rates.source, name, rates.constants, _Rewriting)

    def _rewrite(self, source: str, name: str, constants: Iterable[float], how: Callable) -> str:
        self.constants.append([*constants])
        tree = ast.parse(source)
        function = tree.body[0]
        assert isinstance(function, ast.FunctionDef)
        function.name = name
        rewriting = how(self, self.constants[-1])
        tree = rewriting.visit(tree)
        self.calls |= rewriting.calls
        return ast.unparse(ast.fix_missing_locations(tree))

    def _reset(self) -> str:
        if self.model.reset is None:
            self.constants.append([])
            return "def reset(k, t, x, q, c):\n    return (x, q)"
        results = [f"({self._all('float(x{})', self.m)})", f"({self._all('q{}', len(self.parameters))})"]
        return self._event_code(self.model.reset, "reset", f"return ({', '.join(results)})")

    def _duration(self) -> str:
        duration = self.model.duration
        if not isinstance(duration, Function):
            # a constant, in no function's list: the module serves for all
            self.constants.append([-1.0 if duration is None else float(duration)])
            return "def duration(k, t, x, q, c):\n    return c[5][0]"
        return self._event_code(duration, "duration", "").replace("return ", "return as_duration(") + ")"

    def _event_code(self, function: Function, name: str, last: str) -> str:
        text = self._rewrite(function.source, name, function.constants, _EventRewriting)
        _, *lines = text.split("\n")
        opening = [f"x{j} = x[{j}]" for j in range(self.m)]
        opening += [f"q{j} = q[{j}]" for j in range(len(self.parameters))]
        opening += ["lastspike = t", f"constants = c[{len(self.constants) - 1}]"]
        body = [f"    {line}" for line in opening] + lines + ([f"    {last}"] if last else [])
        return f"def {name}(k, t, x, q, c):\n" + "\n".join(body)

    # --- what joins them ------------------------------------------------------------------------------------------

    @staticmethod
    def _all(piece: str, n: int) -> str:
        """Return the inside of a tuple of n pieces."""
        return "".join(f"{piece.format(j, j=j)}, " for j in range(n)).strip()

    def _columns(self) -> list[str]:
        of, n = self._all, len(self.parameters)
        written = [j for j, name in enumerate(self.parameters) if name in self.model.writes]
        put_state = [f"columns[{j}, i] = x[{j}]" for j in range(self.m)]
        put_parameters = [f"columns[{j}, i] = q[{j}]" for j in written]
        inputs = [n if n == "lastspike" else f"q[{self.parameters.index(n)}]" for n in self.law.inputs]
        finite = " & ".join(f"(x[{j}] - x[{j}] == 0.0)" for j in range(self.m))
        defined = " & ".join(f"(q[{j}] == q[{j}])" for j in written)
        return [
            f"def state_of(columns, i):\n    return ({of('columns[{}, i]', self.m)})",
            f"def parameters_of(columns, i):\n    return ({of('columns[{}, i]', n)})",
            _function("put_state(columns, i, x)", put_state),
            _function("put_parameters(columns, i, q)", put_parameters),
            f"def inputs_of(q, lastspike):\n    return ({''.join(f'{name}, ' for name in inputs)})",
            _function("are_numbers(x)", [f"return {finite or True}"]),
            _function("are_defined(q)", [f"return {defined or True}"]),
        ]

    def _noise(self) -> list[str]:
        of, n = self._all, self.sources
        normal = "normal_of(k, low, high, keys[{0}], keys[{1}])"
        fresh = "".join(f"root * {normal.format(4 * n + 2 * s, 4 * n + 2 * s + 1)}, " for s in range(n))
        parts = "".join(
            f"share * amounts[{s}] + spread * {normal.format(2 * n + 2 * s, 2 * n + 2 * s + 1)}, " for s in range(n)
        )
        rest_of = ["low, high = bits_of(since)", "root = sqrt(end - since)", f"return ({fresh})"]
        divide = [
            "low, high = bits_of(now)",
            "share = (now - since) / (end - since)",
            "spread = sqrt((now - since) * ((end - now) / (end - since)))",
            f"part = ({parts})",
            "ahead = step(since, now, float(k), x, p, active, part, c)[0]",
            f"return (ahead, ({of('amounts[{j}] - part[{j}]', n)}))",
        ]
        interpolate = [
            "whole = step(since, end, float(k), x, p, active, amounts, c)",
            "return (at(x, whole, end - since, now - since), ())",
        ]
        total = "".join(
            " + ".join(f"amounts[{s}] * factors[{s * self.m + j}]" for s in range(n)) + ", " for j in range(self.m)
        )
        return [
            f"def amounts_of(normals, root, i):\n    return ({of('root * normals[{}, i]', n)})",
            _function("rest_of(k, since, end, keys)", rest_of if n else ["return ()"]),
            _function("within(k, x, p, active, amounts, since, now, end, keys, c)", divide if n else interpolate),
            _function(
                "totals(t, k, x, p, active, amounts, c)",
                ["factors = noise(t, k, x, p, active, c[1])", f"return ({total})"],
            )
            if n
            else "def totals(t, k, x, p, active, amounts, c):\n    return ()",
        ]

    def _step(self) -> list[str]:
        """Return the step by the group's method, as `stepping` has it, and the path that it takes."""
        methods = {
            "euler": self._euler,
            "heun": self._heun if self.sources else self._euler,
            "milstein": self._milstein if self.sources else self._euler,
            "exponential_euler": self._exponential_euler,
            "rk2": self._rk2,
            "rk4": self._rk4,
        }
        if self.law.name not in methods:
            raise NotCompilable(f"method '{self.law.name}'")
        lines, all_of = methods[self.law.name](), self._all
        is_cubic = self.law.name in ("rk2", "rk4")
        slopes = "first[{j}], last[{j}]" if is_cubic else "None, None"
        finite = " & ".join(f"({part}[{j}] - {part}[{j}] == 0.0)" for part in PARTS[is_cubic] for j in range(self.m))
        path = [
            *(f"{part} = step[{number}]" for number, part in enumerate(("ahead", "first", "last")[: 1 + 2 * is_cubic])),
            "if s >= span:",
            "    return ahead",
            f"return ({all_of('between(x[{j}], ahead[{j}], ' + slopes + ', span, s)', self.m)})",
        ]
        ends = ["ahead = step[0]"] + ["last = step[2]"] * is_cubic + [f"return {finite or True}"]
        return [
            _function("step(since, end, k, x, p, active, amounts, c)", ["h = end - since", *lines]),
            _function("at(x, step, span, s)", path),
            _function("is_finite(step)", ends),
        ]

    def _rate(self, name: str, instant: str, x: str) -> str:
        return f"{name} = rates({self._seen(instant)}, k, {x}, p, active, c[0])"

    def _total(self, name: str, instant: str, x: str, amounts: str) -> str:
        return f"{name} = totals({self._seen(instant)}, k, {x}, p, active, {amounts}, c)"

    def _seen(self, instant: str) -> str:
        """Return how an instant of a step is seen from inside of it, as a drive may change at its ends."""
        texts = [text for text in (self.law.rates, self.law.noise) if text is not None]
        reads_time = any("t" in _names_in(text.source) for text in texts)
        return f"inside({instant}, since, end)" if reads_time else instant

    def _each(self, name: str, piece: str) -> str:
        return f"{name} = ({self._all(piece, self.m)})"

    def _euler(self) -> list[str]:
        lines = [self._rate("slopes", "since", "x"), self._each("ahead", "x[{j}] + h * slopes[{j}]")]
        if self.sources:
            lines += [self._total("added", "since", "x", "amounts"), self._each("ahead", "ahead[{j}] + added[{j}]")]
        return [*lines, "return (ahead,)"]

    def _heun(self) -> list[str]:
        return [
            self._total("first", "since", "x", "amounts"),
            self._each("moved", "x[{j}] + first[{j}]"),
            self._total("last", "since + h", "moved", "amounts"),
            self._rate("slopes", "since", "x"),
            f"return (({self._all('x[{j}] + h * slopes[{j}] + 0.5 * (first[{j}] + last[{j}])', self.m)}),)",
        ]

    def _milstein(self) -> list[str]:
        n = len(self.law.sources)
        return [
            *self._euler()[:-1],
            "root = sqrt(h)",
            f"squares = ({self._all('amounts[{j}] * amounts[{j}]', n)})",
            f"roots = ({'root, ' * n})",
            self._total("strengths", "since", "x", "roots"),
            self._each("support", "x[{j}] + strengths[{j}]"),
            self._total("there", "since", "support", "squares"),
            self._total("here", "since", "x", "squares"),
            f"return (({self._all('ahead[{j}] + (there[{j}] - here[{j}]) / (2.0 * root)', self.m)}),)",
        ]

    def _exponential_euler(self) -> list[str]:
        self.calls.add("f_exprel")
        a, b = "parts[{j}]", f"parts[{self.m} + {{j}}]"
        each = f"x[{{j}}] + h * ({a} * x[{{j}}] + {b}) * f_exprel({a} * h)"
        return [self._rate("parts", "since", "x"), f"return (({self._all(each, self.m)}),)"]

    def _rk2(self) -> list[str]:
        return [
            "half = 0.5 * h",
            self._rate("first", "since", "x"),
            self._each("moved", "x[{j}] + half * first[{j}]"),
            self._rate("middle", "since + half", "moved"),
            self._each("ahead", "x[{j}] + h * middle[{j}]"),
            self._rate("last", "since + h", "ahead"),
            "return (ahead, first, last)",
        ]

    def _rk4(self) -> list[str]:
        mean = "(first[{j}] + 2.0 * (second[{j}] + third[{j}]) + fourth[{j}]) / 6.0"
        return [
            "half, middle = 0.5 * h, since + 0.5 * h",
            self._rate("first", "since", "x"),
            self._each("moved", "x[{j}] + half * first[{j}]"),
            self._rate("second", "middle", "moved"),
            self._each("moved", "x[{j}] + half * second[{j}]"),
            self._rate("third", "middle", "moved"),
            self._each("moved", "x[{j}] + h * third[{j}]"),
            self._rate("fourth", "since + h", "moved"),
            self._each("ahead", f"x[{{j}}] + h * ({mean})"),
            self._rate("last", "since + h", "ahead"),
            "return (ahead, first, last)",
        ]

    def _conditions(self) -> list[str]:
        path = ["since, span, k, x, step, p, c = path", "now = at(x, step, span, t - since)"]
        threshold = self.law.threshold
        margin = "margin(t, k, now, p, 1.0, c[3])[0]" if threshold and threshold.margin else "nan"
        holds = "threshold(t, k, x, p, 1.0, c[2])[0] != 0.0" if threshold else "False"
        return [
            _function("holds(t, k, x, p, c)", [f"return {holds}"]),
            _function("holds_on(path, t)", [*path, "return holds(t, k, now, p, c)"]),
            _function("margin_on(path, t)", [*path, f"return {margin}"]),
        ]


#: What of a step has to be finite: on a line, and on a cubic.
PARTS = (("ahead",), ("ahead", "last"))

HEADER = '''"""Made by eventsnn from the texts of one group, and compiled; this file may be deleted."""

from eventsnn.engine.bulk_names import compiled_names

globals().update(compiled_names(is_kept=__file__ is not None))'''

ARGUMENTS = "first, x, q, until, until_low, lastspike, ticks, number, root, keys, c, room, times, neurons"

ENTRY = f"""take_block = bound(globals())


@jit_kept
def run({ARGUMENTS}):
    return take_block({ARGUMENTS})
"""


def _function(head: str, lines: Iterable[str]) -> str:
    return f"def {head}:\n" + "\n".join(f"    {line}" for line in [*lines] or ["pass"])


class _Rewriting(ast.NodeTransformer):
    """Lets a written function call what a compiler takes, and looks for what it does not."""

    def __init__(self, writer: _Writer, constants: list[float]) -> None:
        self.writer, self.constants, self.calls = writer, constants, set[str]()

    def visit_Call(self, node: ast.Call) -> ast.AST:
        assert isinstance(node.func, ast.Name)
        name = {"all_of": "both", "any_of": "either"}.get(node.func.id, node.func.id)
        if name not in COMPILABLE:
            raise NotCompilable(f"{name}()")
        self.generic_visit(node)
        self.calls.add(name)
        if name in ("both", "either"):
            first, *others = node.args
            for other in others:
                first = _call(name, first, other)
            return first
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Put a number among the constants: then the text serves for other numbers, too.

        And the compiler does not see it, which for an exponent that it knows has its own ideas of the power.
        """
        if isinstance(node.value, bool):
            return node
        value = float(node.value)  # type: ignore[arg-type]
        if value not in self.constants or value == 0.0:
            # equal zeros may differ in sign
            self.constants.append(value)
        return ast.parse(
            f"constants[{self.constants.index(value) if value else len(self.constants) - 1}]", mode="eval"
        ).body


class _EventRewriting(_Rewriting):
    """Lets code of an event act on numbers: x0, q0 and the like in place of ``state[k]`` and ``parameters[0][k]``."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "constants":
            return node
        if isinstance(node.value, ast.Name):
            # state[k] or state[k * m + j]
            j = node.slice.right.value if isinstance(node.slice, ast.BinOp) else 0  # type: ignore[attr-defined]
            return ast.Name(f"x{j}", node.ctx)
        assert isinstance(node.value, ast.Subscript)
        known, number = self.writer.known, node.value.slice.value  # type: ignore[attr-defined]
        if number == len(known):
            return ast.Name("lastspike", node.ctx)
        return ast.Name(f"q{self.writer.parameters.index(known[number])}", node.ctx)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        return _call("truth", node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _call("negate", node.operand) if isinstance(node.op, ast.Not) else node


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [*arguments], [])


def _parameters_in(source: str) -> Iterator[int]:
    """Yield the numbers of the parameters that code of an event names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "parameters":
            yield node.slice.value  # type: ignore[attr-defined]


def _names_in(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
