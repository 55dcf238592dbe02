"""Many ticks of a group that nothing else talks to: the loop, to be compiled together with the texts of the group.

It does what `ClockedCells` does, neuron by neuron and step by step, and so finds the same bits; what it cannot do it
reports, and leaves to them. Neurons are taken in blocks that fit into the processor's cache, each through all ticks.
At a tick all of a block take their step without a question, which a compiler turns into vector instructions, and those
for whom something happens in it take it again, one by one.

An array passed on costs a count of its users, so that what is done for one neuron is done with numbers alone.
"""

from __future__ import annotations

from math import inf
from typing import Any

from .._jit import kernel
from ..instants import two_sum
from ..neurons.interpolated import time_of_change
from ..normals import fill_normals
from ..philox import MASK

#: What `take_block` reports.
DONE, REFUSED = 0, 1


def of_texts(*arguments: Any) -> Any:
    """Stand for a function of the group's texts: a copy of this module is made with them."""
    raise NotImplementedError


# In these functions a state x, its inputs p and its parameters q are tuples, c is the tuple of all constants.

#: ``state_of(columns, i)`` and ``parameters_of(columns, i)`` read the columns of neuron i.
state_of = parameters_of = of_texts
#: ``put_state(columns, i, x)``; of the parameters only those that a reset changes are written.
put_state = put_parameters = of_texts
#: ``inputs_of(q, lastspike)``: what equations and conditions read.
inputs_of = of_texts
#: ``amounts_of(normals, root, i)``: what each source of noise adds in a whole step.
amounts_of = of_texts
#: ``rest_of(k, since, end, keys)``: what it adds after a spike within a step, to the step's end.
rest_of = of_texts
#: ``step(since, end, k, x, p, active, amounts, c)``: the step as a tuple, the state at its end first.
step = of_texts
#: ``is_finite(step)``: whether it stays within the numbers.
is_finite = of_texts
#: ``at(x, step, span, s)``: the state a time s after the beginning of a step, on its path.
at = of_texts
#: ``within(k, x, p, active, amounts, since, now, end, keys, c)``: the state at an instant at which an event divides a
#: step, and what noise still adds after that.
within = of_texts
#: ``holds(t, k, x, p, c)``: whether the threshold does.
holds = of_texts
#: ``reset(k, t, x, q, c)`` gives x and q.
reset = of_texts
#: ``duration(k, t, x, q, c)``: of the refractory period; -1 for none, NaN for what is no duration.
duration = of_texts
#: ``are_numbers(x)``: whether all are finite; ``are_defined(q)``: whether none that the reset changes is NaN.
are_numbers = are_defined = of_texts


@kernel
def take_block(first, x, q, until, until_low, lastspike, ticks, number, root, keys, c, room, times, neurons):
    """Take a block of neurons from the first of some ticks to the last.

    Parameters
    ----------
    first : int
        Index of the first neuron.
    x, q : ndarray, shape (number of them, neurons)
        State variables and parameters.
    until, until_low, lastspike : ndarray, shape (neurons,)
    ticks : ndarray [ms]
    number : int
        Of the first step.
    root : float
        Square root of the clock's step.
    keys : tuple of int
        Two words for each source of noise in whole steps, for its divided steps, and for its rests of steps.
    c : tuple
    room : tuple
        Arrays to work in: ``ahead`` like x, ``normals`` (sources, neurons), ``is_eventful`` (neurons,).
    times, neurons : ndarray
        Get the spikes; as long as there are neurons times steps.

    Returns
    -------
    status : int
        `DONE`; or `REFUSED`, when what happens is for others to say, and all that was written is worthless.
    spikes : int
        How many there are.
    """
    ahead, normals, is_eventful = room
    spikes = 0
    for j in range(len(ticks) - 1):
        since, end = ticks[j], ticks[j + 1]
        for s in range(normals.shape[0]):
            low, high = (number + j) & MASK, (number + j) >> 32
            fill_normals(first, low, high, keys[2 * s], keys[2 * s + 1], normals[s])
        step_all(first, x, q, until, lastspike, since, end, root, normals, c, ahead, is_eventful)
        if find_events(first, x, q, until, lastspike, since, end, c, ahead, is_eventful) > 0:
            for i in range(len(until)):
                if is_eventful[i]:
                    status, tau, after, own, until[i], until_low[i] = take_step(
                        first + i,
                        state_of(x, i),
                        parameters_of(q, i),
                        until[i],
                        until_low[i],
                        lastspike[i],
                        amounts_of(normals, root, i),
                        since,
                        end,
                        keys,
                        c,
                    )
                    if status != DONE:
                        return status, spikes
                    put_state(ahead, i, after)
                    if tau < inf:
                        put_parameters(q, i, own)
                        lastspike[i] = tau
                        times[spikes], neurons[spikes] = tau, first + i
                        spikes += 1
        for row in range(x.shape[0]):
            for i in range(x.shape[1]):
                x[row, i] = ahead[row, i]
    return DONE, spikes


@kernel
def step_all(first, x, q, until, lastspike, since, end, root, normals, c, ahead, is_eventful):
    """Let all neurons of a block take a step, as if nothing happened in it; note whose step leaves the numbers."""
    for i in range(len(until)):
        own = state_of(x, i)
        p = inputs_of(parameters_of(q, i), lastspike[i])
        active = 1.0 if until[i] <= since else 0.0
        amounts = amounts_of(normals, root, i)
        stride = step(since, end, float(first + i), own, p, active, amounts, c)
        put_state(ahead, i, stride[0])
        is_eventful[i] = not is_finite(stride)


@kernel
def find_events(first, x, q, until, lastspike, since, end, c, ahead, is_eventful):
    """Find for which neurons something may happen in the step; return how many they are."""
    found = 0
    for i in range(len(until)):
        own, after = state_of(x, i), state_of(ahead, i)
        k, p = float(first + i), inputs_of(parameters_of(q, i), lastspike[i])
        crosses = holds(since, k, own, p, c) | holds(end, k, after, p, c)
        is_active = until[i] <= since
        may_happen = (is_active & crosses) | ((not is_active) & (until[i] <= end)) | is_eventful[i]
        is_eventful[i] = may_happen
        if may_happen:
            found += 1
    return found


@kernel
def take_step(k, x, q, until, until_low, lastspike, amounts, begin, end, keys, c):
    """Take one neuron through a step in which it may fire, or in which its refractory period ends.

    Returns
    -------
    status : int
    tau : float
        When it fires; infinity for not.
    x, q : tuple
        At the end of the step.
    until, until_low : float
    """
    since, tau, p = begin, inf, inputs_of(q, lastspike)
    while True:
        active = 1.0 if until <= since else 0.0
        if until > since and until < end:
            # the period ends within the step, and divides it
            x, amounts = within(k, x, p, active, amounts, since, until, end, keys, c)
            since, until_low = until, 0.0
            if not are_numbers(x):
                return REFUSED, tau, x, q, until, until_low
            continue
        stride = step(since, end, float(k), x, p, active, amounts, c)
        if not is_finite(stride):
            return REFUSED, tau, x, q, until, until_low
        if until == end:
            until_low = 0.0
        instant = inf
        if until <= since and not (begin <= lastspike and lastspike <= since):
            instant = crossing_time((since, end - since, float(k), x, stride, p, c), end)
        # at the very end of the step the threshold holds at the beginning of the next
        if not instant < end:
            return DONE, tau, stride[0], q, until, until_low
        if instant > since:
            x = at(x, stride, end - since, instant - since)
        if instant > begin:
            # after a spike the noise is new
            amounts = rest_of(k, instant, end, keys)
        since = tau = lastspike = instant
        x, q = reset(k, tau, x, q, c)
        length = duration(k, tau, x, q, c)
        if not (are_numbers(x) and are_defined(q) and length == length):
            return REFUSED, tau, x, q, until, until_low
        p = inputs_of(q, lastspike)
        if length < 0.0:
            until = -inf
        else:
            total, rest = two_sum(tau, length)
            until, until_low = two_sum(total, rest)


@kernel
def crossing_time(path, end):
    """Return when a neuron crosses its threshold on its path to the end of a step; infinity for not.

    Parameters
    ----------
    path : tuple
        (since, span, k, x, step, p, c), as `time_of_change` is given it, too.
    """
    since, _, k, x, stride, p, c = path
    if holds(since, k, x, p, c):
        return since
    if not holds(end, k, stride[0], p, c):
        return inf
    return time_of_change(path, True, since, end)
