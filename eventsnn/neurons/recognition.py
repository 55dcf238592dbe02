"""What in the texts of a group asks for a clock, which noise they have, and which methods can integrate it."""

from __future__ import annotations

import ast

from ..equations.builtins import is_noise
from ..equations.expression import Expression
from ..equations.rates import NotLinearError, inline, split_linear
from ..equations.text import Equations
from .affine import NotAffineError, find_sums
from .description import Description, calls_behind
from .stepping import ADDITIVE, DIAGONAL, METHODS, MULTIPLICATIVE, NO_NOISE


def noise_sources(description: Description) -> tuple[str, ...]:
    """Return the names of the sources of noise in the equations: ``xi``, ``xi_1`` and the like."""
    names = {name for line in description.equations.values() if line.expression for name in line.expression.names()}
    return tuple(sorted(filter(is_noise, names)))


def reason_for_clock(description: Description) -> str:
    """Return what in the texts of a group asks for a clock; nothing where it may be exact.

    Noise does, and what is drawn or named once a step in an equation or in the threshold. Draws of a reset do not.
    """
    sources, equations = noise_sources(description), description.equations
    if sources:
        return f"noise ({', '.join(sources)}) has no exact solution"
    texts = {f"the equation of d{name}/dt": equations[name].formula for name in equations.state_names}
    if description.threshold is not None:
        texts["the threshold"] = description.threshold
    refractory = description.refractory
    if isinstance(refractory, Expression) and _is_condition(refractory.tree):
        texts["the refractory condition"] = refractory
    for where, text in texts.items():
        calls = calls_behind(text, equations)
        if calls:
            return f"{min(calls)}() in {where} is drawn once a step"
        if "dt" in equations.names_behind(*text.names()) and "dt" not in equations:
            return f"{where} names dt, the step of a clock"
    return ""


def _is_condition(tree: ast.expr) -> bool:
    """Return whether a text is written as a condition; others are times."""
    is_negation = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    return is_negation or isinstance(tree, ast.Compare | ast.BoolOp)


def kind_of_noise(description: Description) -> int:
    """Return which noise the equations have, as `Method.noise` counts it; the worst of it where it is not linear."""
    equations, found = description.equations, NO_NOISE
    owners: dict[str, int] = {}
    for source in noise_sources(description):
        for name in equations.state_names:
            try:
                factor = split_linear(inline(equations[name].formula, equations, source).tree, source)[0]
            except NotLinearError:
                return MULTIPLICATIVE
            if factor is None:
                continue
            used = {node.id for node in ast.walk(factor) if isinstance(node, ast.Name)}
            moving = equations.names_behind(*used) & {*equations.state_names}
            owners[source] = owners.get(source, 0) + 1
            owners[name] = owners.get(name, 0) + 1
            found = max(found, (DIAGONAL if moving == {name} else MULTIPLICATIVE) if moving else ADDITIVE)
    return MULTIPLICATIVE if found == DIAGONAL and max(owners.values()) > 1 else found


def is_linear_in_each(equations: Equations) -> bool:
    """Return whether each differential equation is linear in its own variable, as exponential Euler needs it."""
    try:
        for name in equations.state_names:
            split_linear(inline(equations[name].formula, equations, name).tree, name)
    except NotLinearError:
        return False
    return True


def is_affine(description: Description) -> bool:
    """Return whether method 'exact' can run a group on the clock: see `affine`."""
    try:
        find_sums(description, noise_sources(description))
    except NotAffineError:
        return False
    return bool(description.equations.state_names)


def fitting_methods(description: Description) -> tuple[str, ...]:
    """Return the methods that can run a group, the best one first; none where the group has to be exact."""
    if description.events:
        return ()
    noise, is_linear = kind_of_noise(description), is_linear_in_each(description.equations)
    # with noise 'euler' where it serves, else 'heun', as in Brian; without noise these do nothing more than 'euler'
    names = sorted(METHODS, key=lambda name: name == "milstein" if noise else -METHODS[name].order)
    return tuple(
        name
        for name in names
        if (METHODS[name].noise >= noise if noise else METHODS[name].noise <= ADDITIVE)
        and (is_linear or not METHODS[name].is_conditional)
    )
