"""What noise may do in the equations of a group, whatever the method: it is added, times a factor without noise.

Checked on the texts alone, before dimensions: who writes the square of noise is told so, and not of its unit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ..equations.builtins import is_noise
from ..equations.expression import Expression
from ..equations.rates import NotLinearError, inline, split_linear
from ..equations.text import Equations
from ..errors import EquationError

#: The source without a name, as in Brian: it stands in a single equation.
NAMELESS = "xi"


def check_noise(equations: Equations, sources: Sequence[str], owner: str) -> None:
    """Refuse noise that is shared by neurons, or not added, or without a name in two equations.

    Parameters
    ----------
    sources : sequence of str
        Names of noise in the equations.
    owner : str
        For messages: ``"group 'exc'"``.

    Raises
    ------
    EquationError
        With the line, the piece and what to write.
    """
    _refuse_shared(equations, owner)
    for name in equations.state_names:
        for source in sources:
            _require_sum(equations, source, name, owner)
    _require_names(equations, owner)


def _refuse_shared(equations: Equations, owner: str) -> None:
    for name in equations.subexpression_names:
        formula = equations[name].formula
        source = next(iter(_noise_behind(equations, formula.names())), "")
        if equations[name].shared and source:
            raise EquationError(
                f"{owner}, sub-expression {name}: it is shared by all neurons, but each of them has noise ({source}) "
                f"of its own\n{formula.excerpt(_reader_of(source, formula, equations))}\nFor independent noise write "
                f"{source} in the differential equation itself, or leave (shared) out; noise that neurons have in "
                "common comes from a TimedArray, or from a variable of another group, as (linked)."
            )


def _require_sum(equations: Equations, source: str, name: str, owner: str) -> None:
    """Refuse an equation that is not ``factor*source + rest`` with a factor without noise."""
    where, line = f"{owner}, equation of d{name}/dt", inline(equations[name].formula, equations, source)
    try:
        factor = split_linear(line.tree, source)[0]
    except NotLinearError as problem:
        raise EquationError(
            f"{where}: it is not linear in the noise {source}\n{line.excerpt(problem.node)}\nNoise must be added, "
            f"times a factor, as in sigma*{source}*tau**-0.5. The square of white noise, or another function of it, "
            "has no meaning."
        ) from None
    for node in ast.walk(factor) if factor is not None else ():
        for other in _noise_behind(equations, [node.id]) if isinstance(node, ast.Name) else ():
            raise EquationError(
                f"{where}: two sources of noise are multiplied, {source} and {other}\n{line.excerpt(node)}\n"
                f"Noise must be added, times a factor without noise, as in sigma*{source}*tau**-0.5."
            )


def _require_names(equations: Equations, owner: str) -> None:
    """Refuse noise without a name in two equations: it does not say whether it is the same in both."""
    users = [name for name in equations.state_names if NAMELESS in _noise_behind(equations, [*_names(equations, name)])]
    if len(users) < 2:
        return
    places = [f"d{name}/dt" for name in users]
    formula = equations[users[1]].formula
    raise EquationError(
        f"{owner}, equation of {places[1]}: {NAMELESS} stands in {', '.join(places[:-1])} and {places[-1]}\n"
        f"{formula.excerpt(_reader_of(NAMELESS, formula, equations))}\nName the sources: {NAMELESS}_1 and {NAMELESS}_2 "
        "are independent; the same name twice is the same noise."
    )


def _names(equations: Equations, name: str) -> set[str]:
    return equations[name].formula.names()


def _noise_behind(equations: Equations, names: Iterable[str]) -> list[str]:
    """Return the sources of noise among names, or in the sub-expressions that they stand for."""
    return sorted(filter(is_noise, equations.names_behind(*names)))


def _reader_of(source: str, text: Expression, equations: Equations) -> ast.AST | None:
    """Return the name in a text that is a source, or stands for a sub-expression that holds it."""
    names = (node for node in ast.walk(text.tree) if isinstance(node, ast.Name))
    return next((node for node in names if source in _noise_behind(equations, [node.id])), None)
