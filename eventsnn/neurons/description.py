"""A group of neurons in the user's words, parsed."""

from __future__ import annotations

from dataclasses import dataclass

from ..equations.expression import Expression
from ..equations.statements import Statement
from ..equations.text import Equations


@dataclass(frozen=True)
class Description:
    """A group of neurons in the user's words, parsed.

    Attributes
    ----------
    refractory : float, Expression or None
        A duration [ms], a text, or no refractory period.
    """

    equations: Equations
    threshold: Expression | None
    reset: tuple[Statement, ...]
    refractory: float | Expression | None

    def texts(self) -> list[Expression]:
        """Return every expression of the model."""
        own = [line.expression for line in self.equations.values() if line.expression]
        more = [self.threshold, self.refractory, *(s.value for s in self.reset)]
        return own + [text for text in more if isinstance(text, Expression)]
