"""Nanoseconds for the pieces of a run: the queue of predictions, spikes under way, predictions, deliveries.

    python tests/benchmarks/micro.py [queue flights crossing delivery] [--engine compiled]

Printed is the best of several passes in processor time, on one core.

queue     the reference engine's queue: a prediction takes the place of another one; the first is taken out and put back
flights   spikes under way: the heap of the reference engine, the calendar of windows of the compiled one
crossing  predictions of a leaky membrane with two synaptic currents, compiled (see time_crossings.py for more of it)
delivery  one arrival, with all that follows from it, at neurons that never fire: by family, and for synapses that learn
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import numpy as np
import time_crossings
from simulators.ours import run_timed

#: What is printed: what was timed, of which size, and nanoseconds each.
Line = tuple[str, int, float]

#: Targets of a delivery; the last weakens and strengthens its synapses as in pair STDP.
TARGETS = {
    "leaky, delta": ("dv/dt = -v/tau : 1", "v_post += w"),
    "leaky, one current": ("dv/dt = (x - v)/tau : 1\ndx/dt = -x/(5*ms) : 1", "x_post += w"),
    "leaky, two currents": (
        "dv/dt = (x + y - v)/tau : 1\ndx/dt = -x/(5*ms) : 1\ndy/dt = -y/(10*ms) : 1",
        "x_post += w\ny_post -= w/2",
    ),
    "leaky, alpha current": (
        "dv/dt = (x - v)/tau : 1\ndx/dt = (y - x)/(5*ms) : 1\ndy/dt = -y/(5*ms) : 1",
        "y_post += w",
    ),
    "quadratic, delta": ("dv/dt = (v**2 - 1)/tau : 1", "v_post += w"),
    "leaky, delta, learning": ("dv/dt = -v/tau : 1", "v_post += w\na += 0.01\nw = clip(w - 0.001*a, 0, 1)"),
}


def best_of(passes: int, work: Callable[[], Any], number: int) -> float:
    """Return nanoseconds each of so many things that are done in one piece of work."""
    best = inf
    for _ in range(passes):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return 1e9 * best / number


def time_queue(options: argparse.Namespace) -> Iterator[Line]:
    """Yield what the queue of predictions costs."""
    from eventsnn.engine.queue import EventQueue

    rng, number = np.random.default_rng(options.seed), options.number
    for n in options.sizes:
        queue = EventQueue((t, 0, k) for k, t in enumerate(rng.random(n).tolist()))
        who, times = rng.integers(0, n, number).tolist(), rng.random(number).tolist()

        def replace(queue=queue, who=who, times=times) -> None:
            for k, t in zip(who, times, strict=True):
                queue.put(t, 0, k)

        def take(queue=queue, number=number) -> None:
            for _ in range(number):
                now = queue.first_time
                for group, k in queue.pop_instant():
                    queue.put(now + 1.0, group, k)

        yield "reference: replace a prediction", n, best_of(options.passes, replace, number)
        yield "reference: take out the first, put it back", n, best_of(options.passes, take, number)


def time_flights(options: argparse.Namespace) -> Iterator[Line]:
    """Yield what it costs to send a spike on its way and to take it out again."""
    from eventsnn.engine.flights import Flights
    from eventsnn.synapses.flight import Flight

    rng, number = np.random.default_rng(options.seed), options.number
    one = np.array([0])
    for n in options.sizes:
        flights = Flights((0, Flight(t, k, one)) for k, t in enumerate(rng.random(n).tolist()))

        def pass_on(flights=flights) -> None:
            for k in range(number):
                now = flights.first_time
                for _ in flights.pop_instant(now):
                    flights.add(0, Flight(now + 1.0, k, one))

        yield "reference: heap, in and out", n, best_of(options.passes, pass_on, number)
    if options.engine != "reference":
        yield from _time_calendar(options)


def _time_calendar(options: argparse.Namespace) -> Iterator[Line]:
    import numba

    from eventsnn._jit import compiled
    from eventsnn.engine.compiled import calendar as c

    put, take = compiled(c.put_entry), compiled(c.take_before)

    @numba.njit
    def fill_and_empty(book, times, time, rank, first, last):
        for t in times:
            put(book, int(t), t, 0, 0, 1)
        taken = 0
        for window in range(len(book.first)):
            taken += take(book, window, np.inf, time, rank, first, last)
        return taken

    rng, buckets = np.random.default_rng(options.seed), 16
    for n in options.sizes:
        book = c.make_calendar(buckets, 2 * buckets + n // c.BLOCK)
        times = buckets * rng.random(n)
        room = np.empty(n), np.empty(n, np.int32), np.empty(n, np.int64), np.empty(n, np.int64)
        assert fill_and_empty(book, times, *room) == n
        again = max(1, options.number // n)

        def work(book=book, times=times, room=room, again=again) -> None:
            for _ in range(again):
                fill_and_empty(book, times, *room)

        yield "compiled: calendar of 16 windows, in and out", n, best_of(options.passes, work, n * again)


def time_crossing(options: argparse.Namespace) -> Iterator[Line]:
    """Yield what a prediction costs in compiled code."""
    for name, nanoseconds, _ in time_crossings.measure(options.number, options.passes, options.seed):
        yield name, options.number, nanoseconds


def time_delivery(options: argparse.Namespace) -> Iterator[Line]:
    """Yield what one arrival costs, at a thousand neurons that 100 Poisson sources talk to."""
    import eventsnn as s

    sources, targets = 100, 1000
    for name, (equations, on_pre) in TARGETS.items():
        best = inf
        for _ in range(options.passes):
            s.start_scope()
            s.seed(options.seed)
            group = s.NeuronGroup(
                targets, equations, threshold="v > 1000", reset="v = 0", method="exact", namespace={"tau": 20 * s.ms}
            )
            group.v = -1.0 if "v**2" in equations else 0.0
            outside = s.PoissonGroup(sources, 100 * s.Hz)
            model = "w : 1" + ("\nda/dt = -a/(20*ms) : 1 (event-driven)" if "learning" in name else "")
            synapses = s.Synapses(outside, group, model, on_pre=on_pre, delay=1 * s.ms)
            synapses.connect(p=0.1)
            synapses.w = 0.001
            monitor, spikes = s.SpikeMonitor(outside), s.SpikeMonitor(group)
            network = s.Network(group, outside, synapses, monitor, spikes)
            # 10 000 spikes a second, each to about a hundred neurons
            _, cpu = run_timed(network, 1000.0 * options.number / 1e6, options.engine)
            arrivals = int(np.array(synapses.N_outgoing_pre)[np.array(monitor.i)].sum())
            best = min(best, 1e9 * cpu / max(arrivals, 1))
        yield name, targets, best


PIECES = {"queue": time_queue, "flights": time_flights, "crossing": time_crossing, "delivery": time_delivery}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pieces", nargs="*", help=f"of {', '.join(PIECES)} (default: all)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000, 100_000])
    parser.add_argument("--number", type=int, default=100_000, help="how many to time")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("auto", "reference", "compiled"), default="auto")
    options = parser.parse_args(arguments)
    for piece in options.pieces or PIECES:
        print(f"\n{piece:48s}{'size':>9s}{'ns each':>10s}")
        for what, size, nanoseconds in PIECES[piece](options):
            print(f"{what:48s}{size:9d}{nanoseconds:10.1f}", flush=True)


if __name__ == "__main__":
    main()
