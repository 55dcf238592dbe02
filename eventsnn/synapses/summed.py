r"""Summed variables, exactly: ``g_post = w*s : 1 (summed)``.

A neuron's g is the sum of an expression over all its synapses. Where the expression is linear in the states of the
synapses, and these obey one linear law without a drive,

    ``g = sum over k of (sum over j of c[k, j] s[k, j]) + d[k]``,   ``ds[k, j]/dt = sum over l of A[j, l] s[k, l]``,

the sum obeys that law, too: with ``S[j, l] = sum over k of c[k, j] s[k, l]``,

    ``dS[j, l]/dt = sum over l' of A[l, l'] S[j, l']``,   ``g = sum over j of S[j, j] + D``.

So the target group takes over the S as variables of its own, g becomes a sub-expression of them, and the group is
solved like any other. An event at a synapse changes S and D by what it changes at that synapse.

What depends on the neurons' own variables (``w*(v_pre - v_post)``, a gap junction) couples the neurons continuously,
and is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..equations.affine import find_affine_form
from ..equations.expression import parse_expression, replace_names
from ..equations.forms import Moment
from ..equations.scope import Scope
from ..equations.text import DIFFERENTIAL, PARAMETER, SUBEXPRESSION, Equation, Equations
from ..errors import EquationError, NoExactSolutionError
from .names import OWN, Names

ADVICE = (
    "A summed variable is exact where it is a linear combination of the synapses' own states and parameters, and the "
    "states obey linear equations without a drive, the same for all synapses: 'ds/dt = -s/tau', 'g_post = w*s'."
)


@dataclass(frozen=True)
class Summed:
    """One summed variable.

    Attributes
    ----------
    line : Equation
        As given: ``g_post = w*s : 1 (summed)``.
    side, target : str
        The group and its variable.
    states : tuple of str
        States of the synapses in the expression.
    around : dict of str to tuple of str
        For each of them, the states that it depends on, itself first.
    stem : str
        Of the names of the variables that the group takes over.
    rest_from : frozenset of str
        Variables of the synapses that may change D.
    """

    line: Equation
    side: str
    target: str
    states: tuple[str, ...]
    around: dict[str, tuple[str, ...]]
    stem: str
    rest_from: frozenset[str]

    def variable(self, state: str, other: str) -> str:
        """Return the name of S[state, other] in the group."""
        return f"{self.stem}_{state}" if state == other else f"{self.stem}_{state}_{other}"

    @property
    def rest(self) -> str:
        """The name of D in the group."""
        return f"{self.stem}_rest"

    def lines(self, own: Equations, namespace: dict[str, Any], target: Equation) -> list[Equation]:
        """Return the equations that take the place of the target's parameter."""
        result = []
        for state in self.states:
            for other in self.around[state]:
                new = {name: self.variable(state, name) for name in self.around[state]}
                formula = replace_names(own[other].formula, {**namespace, **new})
                dimension = target.dimension / own[state].dimension * own[other].dimension
                name = self.variable(state, other)
                result.append(Equation(DIFFERENTIAL, name, formula, dimension, float, str(dimension)))
        result.append(Equation(PARAMETER, self.rest, None, target.dimension, float, target.unit))
        text = " + ".join([*(self.variable(state, state) for state in self.states), self.rest])
        formula = parse_expression(text, f"summed variable {self.target}")
        result.append(replace(target, kind=SUBEXPRESSION, expression=formula, flags=()))
        return result


def find_summed(own: Equations, names: Names, owner: str, side: str, line: Equation, stem: str) -> Summed:
    """Return what a line with the flag ``(summed)`` says.

    Raises
    ------
    NoExactSolutionError
        When its texts use anything but the synapses' own variables and constants.
    """
    formula = line.formula
    target = line.name.rsplit("_", 1)[0]
    _require_own(formula, names, f"{owner}, summed {line.name}")
    states = tuple(name for name in own.state_names if name in own.names_behind(*formula.names()))
    around: dict[str, tuple[str, ...]] = {}
    for state in states:
        reached = [state]
        for name in reached:
            text = own[name].formula
            behind = own.names_behind(*text.names())
            wrong = sorted(n for n in behind if n in own and own[n].kind != DIFFERENTIAL)
            if wrong or behind & {"t"}:
                what = wrong[0] if wrong else "t"
                raise NoExactSolutionError(
                    f"{owner}, summed {line.name}: the equation of {name} uses '{what}'\n{text.excerpt()}\n{ADVICE}\n"
                    "Give its rates by constants from outside the equations."
                )
            reached += [n for n in own.state_names if n in behind and n not in reached]
        around[state] = tuple(reached)
    rest_from = own.names_behind(*formula.names()) - {*states} if _has_rest(formula.tree, own) else ()
    return Summed(line, side, target, states, around, stem, frozenset(rest_from))


def _has_rest(node: ast.AST, own: Equations) -> bool:
    """Return whether an expression that is linear in the states has a part without any of them."""
    match node:
        case ast.BinOp(left, ast.Mult(), right):
            return _has_rest(left, own) and _has_rest(right, own)
        case ast.BinOp(left, ast.Add() | ast.Sub(), right):
            return _has_rest(left, own) or _has_rest(right, own)
        case ast.BinOp(left, ast.Div(), _) | ast.UnaryOp(operand=left):
            return _has_rest(left, own)
        case ast.Name(name) if name in own and own[name].kind == SUBEXPRESSION:
            return _has_rest(own[name].formula.tree, own)
        case ast.Name(name):
            return not (name in own and own[name].kind == DIFFERENTIAL)
    return True


def _require_own(formula: Any, names: Names, where: str) -> None:
    for reference in sorted(names.behind(formula.names()), key=lambda r: (r.side, r.name)):
        if reference.side != OWN or reference.name == "lastupdate":
            raise NoExactSolutionError(
                f"{where}: it depends on '{reference.name}', which is no variable of the synapses\n"
                f"{formula.excerpt()}\n{ADVICE}\n"
                "A current through a gap junction, w*(v_pre - v_post), would couple all neurons."
            )


class Weights:
    """The coefficients c and d of one summed variable, for all synapses.

    Attributes
    ----------
    by_state : dict of str to ndarray, shape (n,)
        c of each state.
    rest : ndarray, shape (n,)
        d.
    """

    def __init__(self, summed: Summed, scope: Scope, read: Callable[[str], Any], n: int) -> None:
        form = _form(summed, scope, read)
        self.by_state = {
            state: np.broadcast_to(form.terms[state].value if state in form.terms else 0.0, (n,)).astype(float)
            for state in summed.states
        }
        self.rest = np.broadcast_to(form.constant.value, (n,)).astype(float)

    def snapshot(self) -> dict[str, Any]:
        """Return a copy of all coefficients."""
        return {"by_state": {state: c.copy() for state, c in self.by_state.items()}, "rest": self.rest.copy()}

    @classmethod
    def restored(cls, snapshot: dict[str, Any]) -> Weights:
        """Return the coefficients that a snapshot was taken of."""
        weights = cls.__new__(cls)
        weights.by_state = {state: c.copy() for state, c in snapshot["by_state"].items()}
        weights.rest = snapshot["rest"].copy()
        return weights

    def differs_from(self, other: Weights | None) -> bool:
        """Return whether any coefficient differs."""
        if other is None or len(self.rest) != len(other.rest):
            return True
        pairs = [(self.rest, other.rest), *((c, other.by_state[state]) for state, c in self.by_state.items())]
        return any(not np.array_equal(a, b) for a, b in pairs)

    def renew(self, k: int, summed: Summed, scope: Scope, read: Callable[[str], Any]) -> None:
        """Take up what an event has changed at synapse k."""
        form = _form(summed, scope, read)
        for state, values in self.by_state.items():
            values[k] = float(form.terms[state].value) if state in form.terms else 0.0
        self.rest[k] = float(form.constant.value)


def _form(summed: Summed, scope: Scope, read: Callable[[str], Any]) -> Any:
    line, states = summed.line, frozenset(summed.states)
    form = find_affine_form(line.formula, scope, f"summed {line.name}", read, states, Moment())
    if form.square is not None or form.waves or "t" in form.terms:
        raise NoExactSolutionError(
            f"{scope.owner}, summed {line.name}: it is not linear in the states of the synapses\n"
            f"{line.formula.excerpt()}\n{ADVICE}"
        )
    return form


def require_no_drive(own: Equations, states: Sequence[str], scope: Scope, read: Callable[[str], Any]) -> None:
    """Refuse states with a constant drive, which would grow with the number of synapses.

    Raises
    ------
    NoExactSolutionError
    """
    for name in states:
        form = find_affine_form(own[name].formula, scope, f"equation of d{name}/dt", read, frozenset(own.state_names))
        if form.waves or form.square is not None or not form.constant.is_zero():
            raise NoExactSolutionError(
                f"{scope.owner}, equation of d{name}/dt: a state behind a summed variable has a drive of its own\n"
                f"{own[name].formula.excerpt()}\n{ADVICE}"
            )


def read_target(line: Equation, owner: str, groups: dict[str, Any]) -> tuple[str, str]:
    """Return side and name of the variable that a summed line writes to.

    Raises
    ------
    EquationError
        When the group has no such variable.
    """
    stem, _, side = line.name.rpartition("_")
    if side not in groups:
        raise EquationError(
            f"{owner}: a summed variable is one of the neurons, written with _post or _pre, found '{line.name}'\n"
            f"    {line}"
        )
    group = groups[side]
    target = group._equations.get(stem)
    if target is None or target.kind != PARAMETER or target.shared or target.dtype is not float:
        what = "is no variable" if target is None else "is no plain parameter"
        advice = f"Declare it there as '{stem} : {line.unit}'."
        if target is not None and target.kind == SUBEXPRESSION and f"{stem}_" in target.formula.text:
            what = "is the sum of other synapses already, as a variable"
            advice = f"Let each have its own, {stem}1 and {stem}2, and write {stem} = {stem}1 + {stem}2."
        raise EquationError(
            f"{owner}: '{line.name}' is a sum for '{stem}', which {what} of group '{group.name}'\n    {line}\n{advice}"
        )
    if target.dimension != line.dimension:
        raise EquationError(
            f"{owner}: '{line.name}' is declared as {line.unit}, and '{stem}' of group '{group.name}' as "
            f"{target.unit}\n    {line}"
        )
    return side, stem
