"""Sums of exponentials that are a leaky variable under a simple drive: a constant and up to two decaying exponentials.

Most neurons are of this kind: one or two synaptic currents, spike-triggered adaptation, a moving threshold. Their first
crossing has a kernel of its own, `leaky_drive.next_crossing`, several times faster than the general search.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf

from .leaky_drive import FOUND, next_crossing
from .sums import RealSum

#: Currents that cancel to this part, with time constants as close, leave a drive of rounding errors.
CANCEL = 1e-3


class SimpleDrive:
    """A sum seen as ``tau_m f' = -f + F0 + I1 exp(-s/tau1) + I2 exp(-s/tau2)``.

    Parameters
    ----------
    plan : RealSum
        Of the sums.
    constants, decays : list of int
        Coefficients of the drive that belong to constants and to decaying exponentials.
    """

    def __init__(self, plan: RealSum, constants: list[int], decays: list[int]) -> None:
        self.level, self.room = plan.levels[0], len(plan.terms.chains)
        self.constants, self.decays = constants, decays
        nodes = plan.terms.nodes
        self.tau_m = _time_constant(nodes[self.level.node])
        self.taus = [_time_constant(nodes[plan.terms.chains[j][0]]) for j in decays]
        self.taus += [1.0] * (2 - len(decays))

    def first_change(
        self, coefficients: Sequence[float], start: float, horizon: float, sizes: Sequence[float]
    ) -> float | None:
        """Return when the sum first changes its sign, `inf` for never or not before `horizon`.

        None where two currents of nearly equal time constants all but cancel: that is for the general search.

        Parameters
        ----------
        start : float
            The sum at s = 0, not zero.
        """
        side = -1.0 if start > 0.0 else 1.0
        drive = self.level.apply([*coefficients, *[0.0] * (self.room - len(coefficients))])
        scale = side * self.tau_m
        # one by one: sum() rounds otherwise from Python 3.12 on
        constant = 0.0
        for j in self.constants:
            constant += drive[j]
        F0 = scale * constant
        currents = [scale * drive[j] for j in self.decays] + [0.0, 0.0]
        tau1, tau2 = self.taus
        both = abs(currents[0]) + abs(currents[1])
        if abs(tau1 - tau2) < CANCEL * tau1 and abs(currents[0] + currents[1]) < CANCEL * both:
            return None
        s, status = next_crossing(side * start, self.tau_m, F0, currents[0], tau1, currents[1], tau2, horizon)
        return s if status == FOUND else inf


def _time_constant(node) -> float:
    """Return the time constant of a decaying node [ms], rounded once."""
    return float(-1 / (Fraction(node.rate) + Fraction(node.low)))


def find_simple_drive(plan: RealSum) -> SimpleDrive | None:
    """Return how the kernel sees the sums of a plan; None where their drive is not that simple."""
    nodes, chains = plan.terms.nodes, plan.terms.chains
    if not plan.levels or not nodes[plan.levels[0].node].rate < 0.0:
        return None
    places = sorted({target for source, target, _ in plan.levels[0].moves if source < plan.size})
    if any(len(chains[j]) > 1 or nodes[chains[j][0]].rate > 0.0 for j in places):
        return None
    # a decay that does not pass the membrane makes a drive in proportion to the difference of the rates: be it slow
    own = plan.levels[0].node
    beside = [chain for chain in chains[: plan.size] if own not in chain]
    if any(abs(nodes[q].rate) > abs(nodes[own].rate) for chain in beside for q in chain):
        return None
    decays = [j for j in places if nodes[chains[j][0]].rate < 0.0]
    constants = [j for j in places if nodes[chains[j][0]].rate == 0.0]
    return SimpleDrive(plan, constants, decays) if len(decays) <= 2 else None
