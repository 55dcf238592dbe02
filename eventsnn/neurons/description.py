"""A group of neurons in the user's words, parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..equations.builtins import RANDOM
from ..equations.expression import Expression
from ..equations.statements import Statement
from ..equations.text import SUBEXPRESSION, Equations


@dataclass(frozen=True)
class Description:
    """A group of neurons in the user's words, parsed.

    Attributes
    ----------
    refractory : float, Expression or None
        A duration [ms], a text, or no refractory period.
    events : mapping of str to Expression
        Custom events: the conditions that make them happen.
    codes : mapping of str to tuple of Statement
        What is carried out when a custom event happens.
    """

    equations: Equations
    threshold: Expression | None
    reset: tuple[Statement, ...]
    refractory: float | Expression | None
    events: Mapping[str, Expression] = field(default_factory=dict)
    codes: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All that the reset and custom events carry out."""
        return (*self.reset, *(statement for code in self.codes.values() for statement in code))

    def texts(self) -> list[Expression]:
        """Return every expression of the model."""
        own = [line.expression for line in self.equations.values() if line.expression]
        more = [self.threshold, self.refractory, *self.events.values(), *(s.value for s in self.statements)]
        return own + [text for text in more if isinstance(text, Expression)]


def calls_behind(text: Expression, equations: Equations) -> set[str]:
    """Return which random numbers a text draws, itself or by its sub-expressions."""
    lines = [equations[name] for name in equations.names_behind(*text.names()) if name in equations]
    inner = [line.formula.calls() for line in lines if line.kind == SUBEXPRESSION]
    return set().union(text.calls(), *inner) & {*RANDOM}
