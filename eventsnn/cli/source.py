"""Reading a script: a file or standard input, with the lines that only IPython understands taken out."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from ..errors import EventSNNError

#: ``%matplotlib inline``, ``%%time``, ``!pip install brian2``, ``NeuronGroup?``
_MAGIC = re.compile(r"(?P<indent>\s*)(?:[%!?].*|[\w.]+\?{1,2}\s*)$")
#: Magics that carry a statement to be carried out: ``%time run(100*ms)``.
_TIMED = re.compile(r"(?P<indent>\s*)%(?:time|timeit|prun)\s+(?:-\w+\s*\d*\s+)*(?P<statement>[^\s-].*)$")


class ScriptError(EventSNNError, OSError):
    """A script cannot be read."""


@dataclass(frozen=True)
class Script:
    """A script that was read.

    Attributes
    ----------
    path : Path or None
        Of its file; None for standard input.
    name : str
        As it stands in tracebacks.
    text : str
        As it was read.
    """

    path: Path | None
    name: str
    text: str

    def compile(self) -> CodeType:
        """Return the script's code.

        Raises
        ------
        SyntaxError
            As Python would raise it.
        """
        tree = _parse(self.text, self.name)
        return compile(_WithoutIPython().visit(tree), self.name, "exec", dont_inherit=True)


def read_script(given: str) -> Script:
    """Read the script that the user named; ``-`` stands for standard input.

    Raises
    ------
    ScriptError
        When there is none.
    """
    if given == "-":
        return Script(None, "<stdin>", sys.stdin.read())
    path = Path(given)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ScriptError(f"there is no file '{given}'") from None
    except IsADirectoryError:
        raise ScriptError(f"'{given}' is a folder, not a script") from None
    except OSError as problem:
        raise ScriptError(f"'{given}' cannot be read: {problem.strerror}") from None
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        text = io.TextIOWrapper(io.BytesIO(raw), encoding).read()
    except (SyntaxError, UnicodeDecodeError) as problem:
        raise ScriptError(f"'{given}' is not a Python script: {problem}") from None
    return Script(path, given, text)


def _parse(text: str, name: str) -> ast.Module:
    try:
        return ast.parse(text, name)
    except SyntaxError:
        cleaned = without_magics(text)
        if cleaned == text:
            raise
    return ast.parse(cleaned, name)


def without_magics(text: str) -> str:
    """Return a script in which lines for IPython do nothing; every other line keeps its number.

    A line that begins like a magic but continues an expression or a string is none:

    >>> print(without_magics("%matplotlib inline\\nx = (17\\n% 5)\\n"))
    pass
    x = (17
    % 5)
    """
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        found = _MAGIC.match(line.rstrip("\r\n"))
        if found and not _is_open("".join(lines[:number])):
            timed = _TIMED.match(line.rstrip("\r\n"))
            statement = timed["statement"] if timed else "pass"
            lines[number] = f"{found['indent']}{statement}\n"
    return "".join(lines)


def _is_open(text: str) -> bool:
    """Return whether a bracket, a string or a line is still open at the end of a text."""
    if text.rstrip("\r\n").endswith("\\"):
        return True
    try:
        for _ in tokenize.generate_tokens(io.StringIO(text).readline):
            pass
    except tokenize.TokenError:
        return True
    except SyntaxError:  # a mistake that has its own message when the whole is compiled
        pass
    return False


class _WithoutIPython(ast.NodeTransformer):
    """Takes out statements such as ``get_ipython().run_line_magic('matplotlib', 'inline')``."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        call = node.value
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Call)
            and isinstance(call.func.value.func, ast.Name)
            and call.func.value.func.id == "get_ipython"
        ):
            return ast.copy_location(ast.Pass(), node)
        return node
