"""Which engine takes a stretch: how much work is expected, what that is compared with, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

from eventsnn import Hz, Network, NeuronGroup, PoissonGroup, PoissonInput, SpikeGeneratorGroup, Synapses, ms, seed
from eventsnn.engine import choice
from eventsnn.engine.choice import (
    COMPILED,
    COMPILING,
    LOADING,
    PATIENCE,
    REFERENCE,
    Choice,
    Here,
    Pace,
    Stretch,
    choose,
    expect,
    read_threads,
)
from eventsnn.engine.machine import Machine
from eventsnn.simulation.progress import Watch
from eventsnn.simulation.running import Run


@pytest.fixture
def here(monkeypatch) -> Here:
    """A process that has a compiler, and a compiled engine that takes everything."""
    found = Here()
    monkeypatch.setattr(choice, "HERE", found)
    monkeypatch.setattr(choice, "find_obstacle", lambda machine: None)
    monkeypatch.setattr(choice, "find_compiler", lambda: "a compiler")
    monkeypatch.setattr(choice, "has_other_functions", lambda: False)
    monkeypatch.setattr(choice, "has_kept", lambda module: False)
    return found


def machine_of(*objects, end=1000.0) -> Machine:
    return Run(Network(*objects), {}, end, Watch(0.0, end, None, 10.0)).build()


def cells(n=10, threshold="v > 1"):
    reset = "v = 0" if threshold else None
    return NeuronGroup(n, "dv/dt = -v/(10*ms) : 1", threshold=threshold, reset=reset, namespace={"ms": ms})


def wire(source, target, **options):
    synapses = Synapses(source, target, on_pre="v_post += 0.1", delay=1 * ms)
    synapses.connect(**options)
    return synapses


# --- how much there is to do ------------------------------------------------------------------------------------------


def test_spikes_of_a_generator_are_counted_with_their_arrivals():
    group, times = cells(), np.arange(100.0) * 10.0
    source = SpikeGeneratorGroup(2, np.zeros(100, int), times * ms)
    machine = machine_of(group, source, wire(source, group))
    # each reaches all ten neurons; ten more are asked at the beginning
    assert expect(machine, 0.0, 1000.0).certain == 100 * 11 + 10
    assert expect(machine, 0.0, 495.0).certain == 50 * 11 + 10
    machine.begin(0.0)
    assert expect(machine, 0.0, 1000.0).certain == 100 * 11


@pytest.mark.parametrize("end", [1000.0, 1e6])
def test_spikes_of_poisson_neurons_are_guessed_from_those_that_are_made(end):
    seed(1)
    group, source = cells(100), PoissonGroup(1000, 20 * Hz)
    inputs = PoissonInput(group, "v", 10, 5 * Hz, 0.1)
    machine = machine_of(group, source, inputs, wire(source, group, j="i % 100"), end=end)
    true = (1000 * 20 + 100 * 50) * end / 1000.0 * 2
    assert expect(machine, 0.0, end).certain == pytest.approx(true, rel=0.03)


def test_a_stimulus_that_is_silent_or_switched_off_is_no_work():
    silent, off = PoissonGroup(5, 0 * Hz), PoissonGroup(5, 100 * Hz)
    off.active = False
    assert expect(machine_of(silent, off), 0.0, 1000.0).certain == 0.0


def test_neurons_are_guessed_to_fire_now_and_then():
    group = cells()
    machine = machine_of(group, cells(50, threshold=None), wire(group, group))
    # 10 Hz for a second; each spike reaches ten
    assert expect(machine, 0.0, 1000.0).likely == 10 * 10 * 11


def test_a_pace_is_measured_once_there_is_something_to_measure():
    pace = Pace()
    pace.add(0.01, 5.0)
    assert pace.value is None
    pace.add(0.09, 5.0)
    assert pace.value == pytest.approx(0.01)
    pace.add(100.0, 10_000.0)
    # what lies long ago counts little
    for _ in range(20):
        pace.add(2.0, 1.0)
    assert pace.value == pytest.approx(2.0, rel=0.01)


# --- the choice -------------------------------------------------------------------------------------------------------


class Guess:
    """A machine of which only the work is known."""


def chosen(monkeypatch, certain, likely=0.0, **stretch) -> Choice:
    """Return the choice for some work [s], in a stretch of a second."""
    work = choice.Work(certain / choice.REFERENCE_EVENT, likely / choice.REFERENCE_EVENT)
    monkeypatch.setattr(choice, "expect", lambda machine, now, end: work)
    given = {"now": 0.0, "cut": 1000.0, "end": 1000.0, **stretch}
    return choose(Guess(), Stretch(**given))  # type: ignore[arg-type]


def test_little_work_is_not_worth_loading(here, monkeypatch):
    found = chosen(monkeypatch, 0.1, 0.1)
    assert (found.engine, found.patience) == (REFERENCE, PATIENCE)
    assert found.why == "about 200 ms of work is expected, and the compiled engine pays from 60 s on"


def test_work_that_is_certain_is_worth_compiling_and_a_guess_is_not(here, monkeypatch):
    assert chosen(monkeypatch, 3.0 * COMPILING).engine == COMPILED
    found = chosen(monkeypatch, 1.0, 3.0 * COMPILING)
    assert (found.engine, found.patience) == (REFERENCE, PATIENCE) and "a guess" in found.why


def test_a_guess_is_worth_loading_what_was_compiled_before(here, monkeypatch):
    monkeypatch.setattr(choice, "has_kept", lambda module: True)
    assert chosen(monkeypatch, 0.0, 3.0 * LOADING).engine == COMPILED
    assert chosen(monkeypatch, 0.0, 1.5 * LOADING).engine == REFERENCE


def test_where_it_is_loaded_little_work_is_enough(here, monkeypatch):
    here.is_loaded = True
    assert chosen(monkeypatch, 0.1).engine == COMPILED
    assert chosen(monkeypatch, 0.1, rebuilding=0.2).engine == REFERENCE


def test_what_was_measured_counts_more_than_a_guess(here, monkeypatch):
    assert chosen(monkeypatch, 0.0, 0.001, pace=1.0).engine == COMPILED
    assert chosen(monkeypatch, 0.0, 1000.0, pace=1e-4).engine == REFERENCE


def test_timed_code_that_comes_often_leaves_no_time_for_the_compiled_engine(here, monkeypatch):
    here.is_loaded = True
    found = chosen(monkeypatch, 10.0, cut=1.0)
    assert found.engine == REFERENCE and found.why.startswith("timed code comes every 1 ms")
    assert chosen(monkeypatch, 10.0, cut=100.0).engine == COMPILED


def test_a_network_that_it_cannot_take_is_not_asked_about_again(here, monkeypatch):
    monkeypatch.setattr(choice, "find_obstacle", lambda machine: "group 'a' is odd")
    found = chosen(monkeypatch, 100.0)
    assert found.engine == REFERENCE and found.patience == np.inf
    assert found.why == "the compiled engine cannot take this network: group 'a' is odd"


def test_nobody_looks_for_obstacles_in_small_work(here, monkeypatch):
    monkeypatch.setattr(choice, "find_obstacle", lambda machine: pytest.fail("looked"))
    assert chosen(monkeypatch, 0.1).engine == REFERENCE


def test_without_a_compiler_small_work_is_not_worth_a_word(here, monkeypatch):
    monkeypatch.setattr(choice, "find_compiler", lambda: None)
    monkeypatch.setattr(choice, "why_no_compiler", lambda: "Numba is not installed")
    found = chosen(monkeypatch, 2.5 * COMPILING)
    assert (found.engine, found.why, here.is_told) == (REFERENCE, "Numba is not installed", False)


def test_exponentials_of_the_compilers_own_are_a_reason_against_it(here, monkeypatch):
    monkeypatch.setattr(choice, "has_other_functions", lambda: True)
    assert "Intel's SVML" in chosen(monkeypatch, 2.5 * COMPILING).why


def test_arguments_of_numpy_are_numbers():
    assert read_threads(np.int32(3), "here") == 3 and type(read_threads(np.int32(3), "here")) is int
