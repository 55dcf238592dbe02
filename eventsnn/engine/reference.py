"""The reference engine: plain Python, one event after the other, in the order of the laws of time.

It starts at once and runs everything; the compiled engine is judged by it.
"""

from __future__ import annotations

from typing import Protocol

from .deliveries import deliver
from .machine import Machine
from .queue import STEP
from .steps import take_step

#: How many instants pass between two looks at the wall clock.
POLL_EVERY = 256


class Control(Protocol):
    """What watches a run from outside."""

    #: The instant that is being handled.
    now: float
    #: whether the run is to end after this instant; or only the engine is to come back, as another may go on
    stopped: bool
    paused: bool

    def poll(self, now: float) -> None: ...


def advance(machine: Machine, end: float, control: Control, through: bool = False) -> float | None:
    """Handle every event before `end`, in order; with `through` also those at this very instant.

    Numbers are those of the laws of time. Refractory periods that end (1) and samples (6) need no event of their
    own: a prediction looks through the end of a refractory period, and recorded values are rebuilt from the tape.

    Returns
    -------
    float or None
        The instant after which it was stopped or paused from outside; None when it came to its end.
    """
    try:
        return _advance(machine, end, control, through)
    finally:
        machine.catch_up(control.now)


def _advance(machine: Machine, end: float, control: Control, through: bool) -> float | None:
    machine.begin(control.now)
    machine.look_ahead(end)
    instants = 0
    while (now := machine.next_instant) < end or (through and now == end):
        # should something go wrong, time stands here
        control.now = now
        # before anything happens: which spikes really are due
        machine.look(now)
        # 0. stimuli, whatever the network does
        _emit(machine, now)
        # 2. steps of drives and levels; who is concerned is asked again, at this same instant
        _take_steps(machine, now)
        # 3. arrivals; nothing is tested before all are in
        _deliver(machine, now)
        # 4. whoever crosses at this very instant fires in this round; 5. resets and recordings, then emission
        _fire(machine, now)
        instants += 1
        if instants % POLL_EVERY == 0 or machine.is_leaping:
            control.poll(now)
        # an instant is gone through to its last round
        if (control.stopped or control.paused) and machine.next_instant > now:
            return now
    return None


def _emit(machine: Machine, now: float) -> None:
    """Let the stimuli fire that are due; what they send without delay arrives in the round to come."""
    for emitter in machine.emitters:
        if emitter.next_instant == now:
            for k in emitter.fire(now):
                machine.send(emitter, k, now)


def _take_steps(machine: Machine, now: float) -> None:
    """Let the drives and levels of groups step, and ask the neurons concerned anew."""
    queue = machine.queue
    for number in queue.pop_steps(now):
        part = machine.cells[number]
        for k in take_step(part, now):
            machine.ask(part, k, now)
        queue.put(part.next_step, number, STEP)


def _deliver(machine: Machine, now: float) -> None:
    """Let all arrive that is due at this instant, and ask the neurons anew that it has changed."""
    arrivals = machine.flights.pop_instant(now)
    if not arrivals:
        return
    for part, neurons in deliver(machine.projections, arrivals, now).items():
        for k in neurons:
            part.watch.kick(k, now)
        for k in part.take_together([*neurons], now):
            machine.ask(part, k, now)
        part.record_changed(neurons, now)


def _fire(machine: Machine, now: float) -> None:
    """Let all neurons fire that are due; who then still stands above threshold is due again, in a next round."""
    if machine.queue.first_time != now:
        return
    cells, n = machine.cells, len(machine.cells)
    firing = machine.queue.pop_instant()
    spikes = [(cells[number], k) for number, k in firing if number < n]
    events = [(number, machine.events[number - n], k) for number, k in firing if number >= n]
    # custom events see their neurons before any reset
    for _, event, k in events:
        event.happen(k, now)
    for part, k in spikes:
        part.fire(k, now)
        # arrives in the next round at the earliest
        machine.send(part, k, now)
    changed = dict.fromkeys(spikes)
    for _, event, k in events:
        if event.carry_out(k, now, (event.cells, k) in changed):
            changed[event.cells, k] = None
    for number, event, k in events:
        machine.send(event, k, now)
        if (event.cells, k) not in changed:
            machine.queue.put(event.following(k), number, k)
    for part, k in changed:
        machine.ask(part, k, now)
    for _, event, k in events:
        event.cells.record_changed([k], now)
