"""Expressions: the whitelist over Python's grammar, and the one walk that every interpretation shares.

A text becomes a tree of Python's own ``ast``, but only of the node types named here; it is never evaluated as
Python. An *algebra* says what numbers, names and operators mean: dimensions, values and affine forms are three
algebras over the same walk (`fold`).
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from ..errors import EquationError

BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
COMPARISON = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
UNARY = {ast.UAdd: "+", ast.USub: "-", ast.Not: "not"}
BOOLEAN = {ast.And: "and", ast.Or: "or"}

HINTS = {
    ast.BitXor: "Powers are written with **.",
    ast.BitAnd: "Conditions are joined with 'and'.",
    ast.BitOr: "Conditions are joined with 'or'.",
    ast.Invert: "A condition is negated with 'not'.",
    ast.IfExp: "Multiply by int(condition) instead.",
    ast.Subscript: "A name in equations stands for the value of one neuron; it takes no index.",
    ast.Attribute: "Use plain names; give values through namespace= or the surrounding code.",
}


#: Slips of the pen that Python only calls invalid syntax.
SLIPS = (
    (r"(?<![<>=!])=(?!=)", "'=' assigns; conditions compare with ==, >, >=, < or <=."),
    (r"\b(AND|OR|NOT)\b|&&|\|\|", "Conditions are joined with 'and', 'or' and 'not', in small letters."),
    (r"\n\s*(d\w+\s*/\s*dt|\w+)\s*(=|$)", "Does the line before lack its unit, as in ': volt'?"),
)


class Algebra(Protocol):
    """What the pieces of an expression mean in one interpretation."""

    def number(self, value: Any, node: ast.Constant) -> Any: ...
    def name(self, name: str, node: ast.Name) -> Any: ...
    def unary(self, operator: str, operand: Any, node: ast.UnaryOp) -> Any: ...
    def binary(self, operator: str, left: Any, right: Any, node: ast.BinOp) -> Any: ...
    def compare(self, operator: str, left: Any, right: Any, node: ast.Compare) -> Any: ...
    def boolean(self, operator: str, operands: list, node: ast.AST) -> Any: ...
    def call(self, function: str, arguments: list, node: ast.Call) -> Any: ...


@dataclass(frozen=True)
class Expression:
    """One expression of the user's, and the place where it stands.

    Attributes
    ----------
    text : str
        The expression alone, as written.
    tree : ast.expr
        Its checked tree.
    line : str
        The text around it that error messages show; may have several lines.
    column : int
        Where `text` starts in `line`.
    replaced : str
        The expression as it reads after names were replaced; empty where none were.
    """

    text: str
    tree: ast.expr = field(compare=False, repr=False)
    line: str = ""
    column: int = 0
    replaced: str = ""

    @property
    def shown(self) -> str:
        """The expression as it is computed."""
        return self.replaced or self.text

    def fold(self, algebra: Algebra) -> Any:
        """Interpret the expression in `algebra`."""
        return fold(self.tree, algebra)

    def names(self) -> set[str]:
        """Return the names used, functions left out."""
        return set(self._names)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(node.id for node in walk(self.tree) if isinstance(node, ast.Name))

    def calls(self) -> set[str]:
        """Return the functions called."""
        calls = (node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return {function.id for function in calls if isinstance(function, ast.Name)}

    def excerpt(self, node: ast.AST | None = None) -> str:
        """Return the line, indented, with a caret under `node` (under all of the expression without one)."""
        return show_excerpt(self.line or self.text, *self._span(node or self.tree))

    def _span(self, node: ast.AST) -> tuple[int, int]:
        """Return where `node` starts and ends in `line`."""
        if not isinstance(node, ast.expr):
            return self.column, self.column + len(self.text)
        starts = [0]
        for row in self.text.split("\n"):
            starts.append(starts[-1] + len(row) + 1)
        # the tree was parsed inside one opening parenthesis, which shifts the first row by one
        begin = starts[node.lineno - 1] + node.col_offset - (node.lineno == 1)
        end = starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0) - (node.end_lineno == 1)
        return self.column + begin, self.column + end


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node but the names of called functions."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(tree, ast.Call) and child is tree.func):
            yield from walk(child)


def show_excerpt(text: str, begin: int, end: int) -> str:
    """Return the row of `text` that holds position `begin`, indented, with carets up to `end`."""
    row_start = text.rfind("\n", 0, begin) + 1
    row_end = text.find("\n", begin)
    row = text[row_start : len(text) if row_end < 0 else row_end]
    width = max(1, min(end, row_start + len(row)) - begin)
    stripped = row.lstrip()
    return f"    {stripped}\n    {' ' * (begin - row_start - (len(row) - len(stripped)))}{'^' * width}"


def parse_expression(text: str, where: str, line: str = "", column: int | None = None) -> Expression:
    """Read one expression and check it against the whitelist.

    Parameters
    ----------
    text : str
        Such as ``'(v0 - v)/tau'``.
    where : str
        What it belongs to, for messages: ``"group 'exc', threshold"``.
    line, column
        The text that it was cut from and where it starts there.

    Raises
    ------
    EquationError
        When it is not an expression, or has pieces that are not allowed; the message points at them.
    """
    line = line or text
    if column is None:
        column = line.find(text)
    lead = len(text) - len(text.lstrip())
    text, column = text.strip(), column + lead
    if not text:
        raise EquationError(f"{where}: expected an expression, found nothing\n    {line.strip()}")
    try:
        tree = ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise EquationError(_describe_syntax_error(text, where, line, column, error)) from None
    expression = Expression(text, tree, line, column)
    if not text.isascii():
        stray = next(i for i, c in enumerate(text) if not c.isascii())
        excerpt = show_excerpt(line, column + stray, column + stray + 1)
        raise EquationError(f"{where}: expected plain ASCII characters, found {text[stray]!r}\n{excerpt}")
    _check(expression, where)
    return expression


def _describe_syntax_error(text: str, where: str, line: str, column: int, error: Exception) -> str:
    offset = (getattr(error, "offset", None) or 2) - 2
    begin = column + min(max(offset, 0), len(text) - 1)
    message = getattr(error, "msg", str(error)).split(". ")[0]
    hint = next((hint for pattern, hint in SLIPS if re.search(pattern, text)), "")
    return f"{where}: this is not an expression ({message})\n{show_excerpt(line, begin, begin + 1)}" + (
        f"\n{hint}" if hint else ""
    )


def _check(expression: Expression, where: str) -> None:
    """Refuse every node that is not in the whitelist."""
    for node in ast.walk(expression.tree):
        offence = _offence(node)
        if offence:
            what, kind = offence
            hint = HINTS.get(kind, "")
            raise EquationError(
                f"{where}: {what} cannot be used in equations\n{expression.excerpt(_placed(node, expression))}"
                + (f"\n{hint}" if hint else "")
            )


def _placed(node: ast.AST, expression: Expression) -> ast.AST:
    """Return `node`, or the smallest node with a position that holds it."""
    if hasattr(node, "lineno"):
        return node
    for parent in ast.walk(expression.tree):
        if hasattr(parent, "lineno") and node in ast.iter_child_nodes(parent):
            return parent
    return expression.tree


def _offence(node: ast.AST) -> tuple[str, type] | None:
    """Return what is wrong with a node and its type, or None."""
    kind: type = type(node)
    if kind in (ast.Load, ast.Name, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare):
        return None
    if kind in BINARY or kind in COMPARISON or kind in UNARY or kind in BOOLEAN:
        return None
    if isinstance(node, ast.Constant):
        good = isinstance(node.value, bool | int | float)
        return None if good else (f"the value {node.value!r}", kind)
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name):
            return "this kind of call", kind
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            return "arguments with a name or a star", kind
        return None
    return f"this piece ({kind.__name__})", kind


def fold(node: ast.AST, algebra: Algebra) -> Any:
    """Interpret a checked tree in `algebra`, from the leaves up."""
    match node:
        case ast.Constant():
            return algebra.number(node.value, node)
        case ast.Name():
            return algebra.name(node.id, node)
        case ast.UnaryOp():
            return algebra.unary(UNARY[type(node.op)], fold(node.operand, algebra), node)
        case ast.BinOp():
            left, right = fold(node.left, algebra), fold(node.right, algebra)
            return algebra.binary(BINARY[type(node.op)], left, right, node)
        case ast.BoolOp():
            return algebra.boolean(BOOLEAN[type(node.op)], [fold(v, algebra) for v in node.values], node)
        case ast.Compare():
            return _fold_comparison(node, algebra)
        case ast.Call():
            assert isinstance(node.func, ast.Name)
            return algebra.call(node.func.id, [fold(a, algebra) for a in node.args], node)
    raise AssertionError(f"unchecked node {ast.dump(node)}")


def _fold_comparison(node: ast.Compare, algebra: Algebra) -> Any:
    """Read a < b < c as (a < b) and (b < c)."""
    sides = [fold(side, algebra) for side in (node.left, *node.comparators)]
    links = [
        algebra.compare(COMPARISON[type(op)], left, right, node)
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
    ]
    return links[0] if len(links) == 1 else algebra.boolean("and", links, node)


def replace_names(expression: Expression, replacement: dict[str, Any]) -> Expression:
    """Return the expression with names replaced by other names (str), by trees or by values."""
    relevant = {name: new for name, new in replacement.items() if name in expression.names()}
    if not relevant:
        return expression

    class Replace(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            if node.id not in relevant:
                return node
            new = relevant[node.id]
            if isinstance(new, ast.expr):
                fresh = copy.deepcopy(new)
                for part in ast.walk(fresh):
                    ast.copy_location(part, node)
                return fresh
            fresh = ast.Name(new, ast.Load()) if isinstance(new, str) else ast.Constant(new)
            return ast.copy_location(fresh, node)

        def visit_Call(self, node: ast.Call) -> ast.AST:
            node.args = [self.visit(a) for a in node.args]
            return node

    tree = Replace().visit(copy.deepcopy(expression.tree))
    return Expression(expression.text, tree, expression.line, expression.column, _write(tree))


def _write(tree: ast.expr) -> str:
    """Return a tree as text, with the values that were put into it in brackets."""

    class Bracket(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.AST:
            plain = isinstance(node.value, bool | int | float)
            return node if plain else ast.Name(f"({node.value!r})", ast.Load())

    return ast.unparse(Bracket().visit(copy.deepcopy(tree)))
